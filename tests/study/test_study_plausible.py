"""Values that have the right dimension and cannot be meant: each is noted, with what was probably meant."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from halodot.errors import InputError
from halodot.sources import Sourced
from halodot.states import Chemical, Dispersion, Dots, Film, Flask, Layer, Note, Stack, Step
from halodot.study import EmitterNumbers, Run, library, load, with_inputs
from halodot.study.plausible import likely_slip, shown, widened
from halodot.study.records import numbers_of
from halodot.study.usual import is_usual, usual_range


def unlikely(study: str, *changes: str) -> list[Note]:
    """Return the notes on implausible values of a changed study."""
    return [note for note in load(study, changes).notes if note.kind == "unlikely"]


PEROVSKITE = "device.layers.perovskite"
#: study, change, what it was meant to be as the note says it, where
SLIPS = [
    ("device-only", "device.layers.PTAA.thickness=30 um", "30 nm", "device.layers.PTAA.thickness"),
    ("device-only", "device.layers.dots.ionisation_energy=56 eV", "5.6 eV", "device.layers.dots.ionisation_energy"),
    ("device-only", "device.layers.dots.electron_affinity=0.368 eV", "3.68 eV", "device.layers.dots.electron_affinity"),
    ("device-only", "device.layers.PTAA.hole_mobility=1e-4 m2/Vs", "0.0001 cm2/Vs", "device.layers.PTAA.hole_mobility"),
    ("device-only", "device.layers.dots.hole_mobility=1e-4 m2/Vs", "0.0001 cm2/Vs", "device.layers.dots.hole_mobility"),
    (
        "device-only",
        "device.layers.dots.hole_density_of_states=5e18 1/m3",
        "5e+18 1/cm3",
        "device.layers.dots.hole_density_of_states",
    ),
    ("device-only", "device.area=4 m2", "4 cm2", "device.area"),
    ("device-only", "device.emitter.radiative_lifetime=8.1 s", "8.1 ns", "device.emitter.radiative_lifetime"),
    ("device-only", "run.temperature=25 K", "25 degC", "run.temperature"),
    ("device-only", "run.voltage=[0 V, 6 kV]", "6 V", "run.voltage"),
    ("recipe-only", "recipe.pot[0].mass=170 g", "170 mg", "recipe.pot[0].mass"),
    ("recipe-only", "recipe.pot[6].heat=150 K", "150 degC", "recipe.pot[6].temperature"),
    ("recipe-only", "recipe.pot[4].volume=1 L", "1 mL", "recipe.pot[4].volume"),
    ("device-only", "device.layers.LiF.thickness=1 um", "1 nm", "device.layers.LiF.thickness"),
    (
        "6_psc_ions_steady",
        "device.layers.perovskite.generation=2.7e21 1/m3/s",
        "2.7e+21 1/cm3/s",
        "device.layers.perovskite.generation",
    ),
    ("recipe-only", "parameters.perovskite.iodide_band_gap=17.3 eV", "1.73 eV", "perovskite.iodide_band_gap"),
    (
        "recipe-only",
        "recipe.chemicals.oleylamine.density=813 g/mL",
        "0.813 g/mL",
        "recipe.chemicals.oleylamine.density",
    ),
]


@pytest.mark.parametrize(("study", "change", "meant", "where"), SLIPS, ids=[slip[1] for slip in SLIPS])
def test_a_slip_of_the_unit_is_noted_with_what_was_meant(study: str, change: str, meant: str, where: str) -> None:
    (note,) = unlikely(study, change)
    assert note.where == where
    assert f"Was {meant} meant?" in note.text


def test_exchanged_contacts_are_noted() -> None:
    (note,) = unlikely(
        "3_bipolar_langevin", "device.layers.anode.work_function=2.9 eV", "device.layers.cathode.work_function=5.1 eV"
    )
    assert "exchanged" in note.text


def test_a_cathode_as_deep_as_the_anode_is_a_device_for_holes_alone() -> None:
    assert not unlikely("3_bipolar_langevin", "device.layers.cathode.work_function=5.2 eV")


def test_photons_above_the_gap_are_noted() -> None:
    (note,) = unlikely("device-only", "device.layers.dots.ionisation_energy=4.9 eV")
    assert note.where == "device.emitter.peak"
    assert "1.92 eV" in note.text
    assert "1.5 eV" in note.text


def test_a_level_far_from_the_librarys_own_is_noted() -> None:
    (note,) = unlikely("device-only", "device.layers.TmPyPB.electron_affinity=4.5 eV")
    assert "of TmPyPB" in note.text


@pytest.mark.parametrize("study", library.studies())
def test_shipped_studies_are_plausible(study: str) -> None:
    assert not unlikely(study)


@pytest.mark.parametrize(("kind", "entry"), [("chemicals", library.chemical), ("materials", library.material)])
def test_the_library_is_plausible(kind: str, entry: Callable[[str], library.Entry]) -> None:
    for name in getattr(library, kind)():
        for key, found in entry(name).inputs.items():
            assert is_usual(found.value, key, found.unit), f"{name}.{key} = {found.value} {found.unit}"


@pytest.mark.parametrize("record", [Chemical, Step, Dispersion, Flask, Dots, Film, Layer, Stack, Run, EmitterNumbers])
def test_every_number_that_a_study_can_state_has_a_usual_range_or_is_a_share(record: type) -> None:
    for name, unit in numbers_of(record).items():
        low, high = usual_range(name, unit)
        if math.isinf(high):
            assert unit == "1", f"{record.__name__}.{name} [{unit}] has no usual range"
        else:
            assert low < high


@pytest.mark.parametrize("stage", library.STAGES)
def test_the_librarys_parameters_lie_in_their_own_range(stage: str) -> None:
    for path, entry in library.parameters(stage)[1].items():
        low, high = widened(entry, 3.0)
        assert low <= entry.value <= high, path


def test_a_number_that_is_changed_in_python_is_looked_at_again() -> None:
    study = load("device-only")
    wrong = with_inputs(study, {"device.layers.PTAA.thickness": 30e-6})
    assert [note.where for note in wrong.notes] == ["device.layers.PTAA.thickness"]
    assert not with_inputs(wrong, {"device.layers.PTAA.thickness": 30e-9}).notes


def test_levels_above_vacuum_are_refused_with_the_value_that_is_meant() -> None:
    with pytest.raises(InputError) as caught:
        load("device-only", ["device.layers.dots.ionisation_energy=-5.6 eV"])
    assert "5.6 eV" in [problem.suggestion for problem in caught.value.problems]


def test_nothing_of_what_may_be_absent_is_usual() -> None:
    assert is_usual(0.0, "device.layers.dots.acceptor_density", "1/m3")
    assert not is_usual(1.0, "device.layers.dots.acceptor_density", "1/m3")


def test_the_ends_of_a_range_are_usual() -> None:
    low, high = usual_range("device.layers.dots.thickness", "m")
    assert (low, high) == pytest.approx((2e-10, 2e-5))
    assert is_usual(low, "thickness", "m")
    assert is_usual(high, "thickness", "m")
    assert not is_usual(high * 1.001, "thickness", "m")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3e-8, "m", "30 nm"),
        (3e-5, "m", "30 um"),
        (8.1e-9, "s", "8.1 ns"),
        (7200.0, "s", "2 h"),
        (0.17, "kg", "170 g"),
        (25.0, "K", "25 K"),
        (298.15, "K", "25 degC"),
        (1e-8, "m2/V/s", "0.0001 cm2/Vs"),
        (0.5, "1", "0.5"),
        (0.0, "m", "0 nm"),
    ],
)
def test_numbers_are_shown_as_the_bench_writes_them(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


def test_no_slip_is_proposed_that_is_itself_unusual() -> None:
    assert likely_slip(5.0, "eV", (1e-3, 0.3)) == pytest.approx(5e-3)
    assert likely_slip(1e9, "eV", (1e-3, 0.3)) is None


def test_a_range_widens_in_proportion_where_it_is_positive() -> None:
    assert widened(Sourced(2.0, low=1.0, high=2.0), 1.0) == pytest.approx((0.5, 4.0))
    assert widened(Sourced(0.0, low=-1.0, high=1.0), 1.0) == pytest.approx((-3.0, 3.0))
    assert widened(Sourced(5.0, sd=0.5), 1.0)[0] == pytest.approx(4.0 * 4.0 / 6.0)
