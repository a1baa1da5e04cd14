"""What a bench cannot hold, and liquids that wash nothing."""

import pytest

from halodot.errors import InputError
from halodot.study import load


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("recipe.pot[0].mass=1e300 kg", "no bench holds this"),
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
