"""The numbers of a study are called as a person calls them."""

from __future__ import annotations

import pytest

from halodot import load
from halodot.wording import in_words, listed, shortly


def test_a_short_name_keeps_its_layer() -> None:
    names = {shortly(f"device.layers.{layer}.ionisation_energy", 18) for layer in ("dots", "poly-TPD")}
    assert names == {"HOMO dots", "HOMO poly-TPD"}
    assert shortly("device.layers.dots.thickness", 30) == "thickness of dots"
    for most in range(12, 60):
        for word in ("ionisation_energy", "cauchy_a", "trap_density_of_the_upper_interface"):
            said = shortly(f"device.layers.PEDOT:PSS.{word}", most)
            assert "PEDOT:PSS" in said
            assert len(said) <= most


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("device.layers.PTAA.hole_mobility", "hole mobility of PTAA"),
        ("device.layers[3].thickness", "thickness of layer 4"),
        ("device.layers.PEDOT:PSS.ionisation_energy", "HOMO or valence-band level of PEDOT:PSS"),
        ("device.emitter.plqy", "PL quantum yield of the emitter"),
        ("device.sheet_resistance", "sheet resistance of the device"),
        ("recipe.chemicals.5-aminopentanoic acid.purity", "purity of 5-aminopentanoic acid"),
        ("recipe.pot[3].duration", "time in line 4 of the pot"),
        ("recipe.stocks.cs_oleate[1].volume", "volume in line 2 of the stock cs_oleate"),
        ("flask.pair_constant", "pair constant in the synthesis"),
        ("dots.pl_width", "PL width of the dots"),
    ],
)
def test_a_path_in_words(path: str, words: str) -> None:
    assert in_words(path) == words


def test_no_number_of_a_study_is_called_by_its_path() -> None:
    for path in load("paper-0.2").inputs:
        words = in_words(path)
        assert "_" not in words.replace("cs_oleate", "")
        assert "device." not in words
        assert "recipe." not in words


def test_a_list_names_the_first_few_and_counts_the_others() -> None:
    paths = tuple(f"flask.constant_{number}" for number in range(5))
    assert listed(paths) == (
        "constant 0 in the synthesis, constant 1 in the synthesis, constant 2 in the synthesis and 2 more"
    )
