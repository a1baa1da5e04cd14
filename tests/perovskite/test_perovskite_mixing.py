"""Pure and mixed cesium lead halides."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from perovskites import BROMIDE, CHLORIDE, HALIDES, IODIDE

import halodot
from halodot.constants import AVOGADRO
from halodot.errors import InputError, ValidityError
from halodot.perovskite import perovskite_of
from halodot.states import Perovskite

NUMBERS = [item.name for item in fields(Perovskite) if "unit" in item.metadata]
BROMIDE_FLASK = """
halodot: 1
given:
  flask: {survived: true, edge_length: 9 nm, edge_length_spread: 0.9 nm, sites: 1 mmol, dots: 0.5 umol,
    excess_acid: 0 mmol, free_amine: 0 mmol, undissolved_ligand: 0 mmol, stripped_fraction: 0, material_retained: 1,
    native_ligand_length: 2 nm, halides: %s,
    samples: [{antisolvent_ratio: 3, coverage_native: 0.95, coverage_short: 0, coverage_bare: 0.05}]}
run: {stop_after: film}
"""


@pytest.mark.parametrize(("halide", "word"), [("I", "iodide"), ("Br", "bromide"), ("Cl", "chloride")])
def test_a_pure_halide_has_its_own_numbers(halide: str, word: str) -> None:
    pure = perovskite_of({halide: 0.7}, HALIDES)
    assert pure.halides == {halide: 1.0}
    assert pure.notes == ()
    for name in ("band_gap", "reduced_mass", "formula_volume", "density", "core_index"):
        assert getattr(pure, name) == getattr(HALIDES, f"{word}_{name}")


@given(share=st.floats(1e-9, 1.0 - 1e-9), other=st.sampled_from(["I", "Cl"]))
def test_a_mixed_crystal_lies_between_its_ends(share: float, other: str) -> None:
    ends = (BROMIDE, IODIDE if other == "I" else CHLORIDE)
    mixed = perovskite_of({"Br": 1.0 - share, other: share}, HALIDES)
    for name in NUMBERS:
        low, high = sorted(getattr(end, name) for end in ends)
        slack = 0.25 * HALIDES.bromide_iodide_bowing if name == "band_gap" else 1e-9 * abs(high)
        slack = 0.01 * high if name == "density" else slack
        assert low - slack <= getattr(mixed, name) <= high + slack, name
    assert mixed.density * mixed.formula_volume == pytest.approx(mixed.formula_mass)
    length = (1.0 - share) * ends[0].lattice_length + share * ends[1].lattice_length
    assert mixed.formula_volume == pytest.approx(AVOGADRO * length**3)
    assert [note.kind for note in mixed.notes] == ["missing physics"]


def test_gaps_of_published_mixtures() -> None:
    """CsPbI2Br has 1.88 to 1.92 eV and CsPbIBr2 2.05 to 2.1 eV in films, excitons included."""
    assert perovskite_of({"I": 2.0, "Br": 1.0}, HALIDES).band_gap == pytest.approx(1.91, abs=0.05)
    assert perovskite_of({"I": 1.0, "Br": 2.0}, HALIDES).band_gap == pytest.approx(2.09, abs=0.09)


def test_cells_are_those_of_diffraction() -> None:
    """Pseudocubic: 0.629 nm cubic CsPbI3, 0.584 nm orthorhombic CsPbBr3, 0.5605 nm CsPbCl3."""
    for perovskite, length in ((IODIDE, 0.629e-9), (BROMIDE, 0.584e-9), (CHLORIDE, 0.5605e-9)):
        assert perovskite.lattice_length == pytest.approx(length, rel=2e-3)
        assert perovskite.density == pytest.approx(perovskite.formula_mass / perovskite.formula_volume, rel=3e-3)


def test_chloride_and_iodide_form_no_mixed_crystal() -> None:
    with pytest.raises(ValidityError, match="no mixed crystals"):
        perovskite_of({"Cl": 0.3, "I": 0.7}, HALIDES)
    with pytest.raises(ValidityError, match="'F' is unknown"):
        perovskite_of({"F": 1.0}, HALIDES)
    with pytest.raises(ValidityError, match="not positive"):
        perovskite_of({}, HALIDES)


def test_a_study_of_given_dots_takes_the_numbers_of_their_halides() -> None:
    peaks = {}
    for halides in ("{Br: 1}", "{Cl: 1}", "{Br: 0.5, I: 0.5}", "{I: 1}"):
        study = _study(halides)
        words = {path.split(".")[1].split("_")[0] for path in study.inputs if path.startswith("perovskite.")}
        assert words <= {"bromide", "iodide", "chloride"}
        assert ("bromide" in words) == ("Br" in halides)
        result = halodot.simulate(study)
        assert result.dots is not None
        assert result.film is not None
        assert result.film.ionisation_energy == pytest.approx(
            perovskite_of(result.dots.halides, study.perovskite).ionisation_energy
        )
        peaks[halides] = result.dots.pl_peak * 1e9
    assert peaks["{Br: 1}"] == pytest.approx(514.0, abs=8.0)
    assert peaks["{Cl: 1}"] == pytest.approx(410.0, abs=5.0)
    assert peaks["{Br: 1}"] < peaks["{Br: 0.5, I: 0.5}"] < peaks["{I: 1}"]


def test_impossible_halides_of_given_dots_are_refused_at_their_place() -> None:
    for halides in ("{F: 1}", "{Br: -1}", "{}"):
        with pytest.raises(InputError, match="halides"):
            _study(halides)


def test_the_old_path_of_a_gap_is_read() -> None:
    with pytest.warns(DeprecationWarning, match=r"perovskite\.iodide_band_gap"):
        study = halodot.load("recipe-only", ["dots.band_gap=1.7 eV"])
    assert study.perovskite.iodide_band_gap == 1.7


def _study(halides: str) -> halodot.Study:
    from halodot.study import from_text

    return from_text(BROMIDE_FLASK % halides)
