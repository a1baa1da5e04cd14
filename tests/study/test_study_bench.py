"""What a bench cannot hold, and liquids that wash nothing."""

import pytest

from halodot.errors import InputError
from halodot.study import from_text, library, load
from halodot.study.usual import is_usual
from halodot.study.verbs import EXAMPLES, VERBS, kind_of
from halodot.units import to_si


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


def worked_up(step: str) -> str:
    """The recipe of the library with one more step on its crude solution."""
    text = (library.ROOT / "studies" / "recipe-only.yaml").read_text(encoding="utf-8")
    return text.replace("  work_up:\n", f"  work_up:\n    - {step}\n")


@pytest.mark.parametrize(
    ("step", "suggestion"),
    [
        ("{add: methyl acetate, volume: 12 mL}", "{wash: {methyl acetate: 12 mL}}"),
        ("{inject: MeOAc, volume: 5 mL}\n    - {dilute: MeOAc, volume: 7 mL}", "{wash: {methyl acetate: 5 mL}}"),
        ("{add: butyl acetate, mass: 8.8 g}", "{wash: {butyl acetate: "),
        ("{add: acetone, volume: 1 mL}", "{wash: {acetone: 1 mL}}"),
        ("{add: ethanol, volume: 12 mL}", "{wash: {ethanol: 12 mL}}"),
        ("{add: acetonitrile, volume: 12 mL}", ""),
    ],
)
def test_an_antisolvent_is_a_wash(step: str, suggestion: str) -> None:
    with pytest.raises(InputError, match=r"write a wash|takes the dots apart") as caught:
        from_text(worked_up(step))
    assert caught.value.problems[0].suggestion.startswith(suggestion)
    assert caught.value.problems[0].path == "recipe.work_up[0]"


@pytest.mark.parametrize("step", ["add: methyl acetate, volume: 1 mL", "add: chloroform, volume: 12 mL"])
def test_a_little_polar_liquid_and_what_disperses_dots_are_none(step: str) -> None:
    assert from_text(worked_up(f"{{{step}}}")).recipe is not None


def test_a_slip_in_a_name_is_answered_by_the_name() -> None:
    with pytest.raises(InputError) as caught:
        from_text(worked_up("{wash: {methyl acetat: 12 mL}}"))
    (problem,) = caught.value.problems
    assert problem.suggestion == "methyl acetate"
    assert len(problem.message) < 120


def test_every_word_of_a_recipe_has_an_example_that_is_read() -> None:
    assert EXAMPLES.keys() == VERBS.keys()
    text = (library.ROOT / "studies" / "recipe-only.yaml").read_text(encoding="utf-8")
    for word, (example, _) in EXAMPLES.items():
        part, first = VERBS[word].parts[-1], "{wash: {methyl acetate: 12 mL}}"
        steps = (first, example) if word == "redisperse" else (example,)
        lines = "".join(f"    - {step}\n" for step in steps)
        if part == "film":
            study = text.replace("  work_up:\n", f"  film:\n{lines}  work_up:\n")
        else:
            study = text.split("  work_up:\n")[0] + f"  work_up:\n{lines}"
        recipe = from_text(study.replace("volume: 2.2 mL", "volume: 1 mL")).recipe
        assert recipe is not None
        assert getattr(recipe, part)[-1].kind == kind_of(word)


def test_a_dispersion_is_stored_for_months() -> None:
    assert is_usual(to_si("300 day", "s"), "recipe.work_up[3].duration", "s")
    assert not is_usual(to_si("60 day", "s"), "recipe.pot[3].duration", "s")
