"""What a bench cannot hold, and liquids that wash nothing."""

import pytest

from halodot.errors import InputError
from halodot.study import from_text, load


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("recipe.pot[0].mass=1e300 kg", "more than a laboratory handles"),
        ("recipe.pot[2].volume=5000 L", "at most 1000 L"),
        ("recipe.pot[3].temperature=900 degC", "400 degC"),
        ("recipe.work_up[1].wash={toluene: 4}", "keeps the dots in solution"),
        ("recipe.work_up[1].wash={hexane: 4}", "keeps the dots in solution"),
    ],
)
def test_is_refused_with_a_sentence(change: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load("paper-0.2", [change])


def test_esters_wash() -> None:
    assert load("paper-0.2", ["recipe.work_up[1].wash={ethyl acetate: 4}"]).recipe is not None


def test_a_given_result_that_nothing_reads_is_noted() -> None:
    notes = load("paper-0.2", ["given.dots.pl_peak=650 nm"]).notes
    assert any("no later stage reads it" in note.text for note in notes)
    assert not load("paper-0.2", ["given.dots.plqy=0.6"]).notes


FILM = """
halodot: 1
device:
  layers:
    - {anode: 5.6 eV}
    - film: {thickness: 150 nm, relative_permittivity: 6, electron_affinity: 3.68 eV, ionisation_energy: 5.60 eV,
        electron_density_of_states: 5e18 1/cm3, hole_density_of_states: 5e18 1/cm3,
        electron_mobility: 1e-5 cm2/Vs, hole_mobility: 1e-5 cm2/Vs}
    - {cathode: 5.6 eV}
run: {temperature: 25 celsius, voltage: [0 V, 1 V]}
"""


def test_words_and_separators_in_a_whole_study() -> None:
    assert from_text(FILM).run.temperature == 298.15
    bottle = from_text("extends: recipe-only\nrecipe: {chemicals: {oleylamine: {purity: 90 % w/w}}}")
    assert bottle.recipe is not None
    assert bottle.recipe.chemicals["oleylamine"].purity == 0.9
    with pytest.raises(InputError) as caught:
        from_text(FILM.replace("150 nm", "'1,000 nm'"), "film.yaml")
    (problem,) = caught.value.problems
    assert "'1000 nm'" in problem.message
    assert "'1.000 nm'" in problem.message
    assert (problem.file, problem.line) == ("film.yaml", 6)
