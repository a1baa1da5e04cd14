"""Devices that others measured: the fits that are kept meet the data, and what is blind does not see its own family.

Data without a licence do not ship. Without their folder (HALODOT_MEASURED) these tests are skipped.
"""

from __future__ import annotations

import math

import measured_blind as blind
import measured_families as families
import numpy as np
import pytest
from measured_data import (
    FOLDER,
    MOST_CURRENT,
    NPD_WINDOW,
    MeasuredCurrent,
    hole_only,
    hole_only_materials,
    oled,
    oled_substrates,
    present,
)
from measured_fits import LAYER, current, fit, inputs_of, stored

import halodot
from halodot.states import replaced

WITHIN = 0.25
with_folder = pytest.mark.skipif(not present(), reason=f"no measured devices in {FOLDER}; set HALODOT_MEASURED")
AT = MeasuredCurrent("curve", np.linspace(2.0, 7.0, 5), np.ones(5), np.ones(5), np.ones(5))


@pytest.mark.parametrize("material", hole_only_materials())
def test_hole_only_diodes_are_met_at_all_temperatures(material: str) -> None:
    found = families.hole_only_task(material, series=True).kept(points=4)
    assert len(found.deviations) >= 6
    assert found.rms < WITHIN


@pytest.mark.parametrize("material", hole_only_materials())
def test_the_study_of_a_diode_states_what_was_fitted(material: str) -> None:
    task = families.hole_only_task(material, series=True)
    inputs = halodot.load(task.study).inputs
    for path, value in inputs_of(task.numbers, stored()[task.name]).items():
        assert inputs[path].value == pytest.approx(value, rel=1e-3), path
        assert inputs[path].kind == "calibrated", path


def test_two_polymers_and_six_blends_ship_with_their_licence() -> None:
    assert len(hole_only_materials()) == 8
    for material in hole_only_materials():
        for curve in hole_only(material):
            assert curve.voltage[0] >= 0.5
            assert np.all(curve.current > 0.0)


@with_folder
def test_alpha_npd_is_met_from_2_5_to_7_volts() -> None:
    task = families.alpha_npd_task()
    voltage = task.curves[0].voltage
    assert voltage[0] == pytest.approx(NPD_WINDOW[0], abs=0.1)
    assert voltage[-1] == pytest.approx(NPD_WINDOW[1], abs=0.1)
    assert task.kept().largest < WITHIN


@with_folder
def test_the_study_of_alpha_npd_states_what_was_fitted() -> None:
    task = families.alpha_npd_task()
    inputs = halodot.load(task.study).inputs
    for path, value in inputs_of(task.numbers, stored()[task.name]).items():
        assert inputs[path].value == pytest.approx(value, rel=1e-3), path


@with_folder
def test_every_substrate_alone_lies_within_its_quartiles() -> None:
    for task in families.oled_tasks():
        found = task.kept(points=4)
        assert families.inside_quartiles(families.thinned(task.curves[0], 4), found.deviations[0]) == 1.0, task.name


@with_folder
def test_windows_of_the_substrates_end_before_the_source_does() -> None:
    for substrate in oled_substrates():
        curve = oled(substrate)
        assert curve.current.max() <= 10.0 * MOST_CURRENT
        assert np.all(curve.low <= curve.high)
        assert all(1e-8 < thickness < 7e-8 for thickness in (curve.thickness or {}).values()), substrate


def test_a_factor_on_all_mobilities_is_one_on_the_current() -> None:
    """Why one factor stands for a batch: drift, diffusion, Langevin's capture and hops all are proportional to it."""
    study = halodot.load("npb-alq3")
    paths = [path for path in study.inputs if path.endswith("_mobility")]
    faster = {path: 10.0 * study.inputs[path].value for path in paths}
    curve = replaced(AT, voltage=AT.voltage + 2.0)
    ratio = current(study, curve, faster) / current(study, curve, {})
    assert ratio == pytest.approx(10.0, rel=1e-3)


def test_a_fit_finds_the_numbers_that_made_a_curve() -> None:
    study = halodot.load("alpha-npd")
    truth = {"hole_mobility": 8e-10, "field_activation": 2e-4, "built_in_voltage": 0.6}
    made = current(study, AT, inputs_of(families.ALPHA_NPD, truth))
    found = fit(study, [replaced(AT, current=made, low=made, high=made)], families.ALPHA_NPD)
    assert found.largest < 1e-3
    for name, value in truth.items():
        assert found.values[name] == pytest.approx(value, rel=0.02), name


def test_a_blind_number_does_not_see_its_own_family() -> None:
    fits = stored()
    for family in blind.FAMILIES:
        others = {name: values for name, values in fits.items() if name.startswith("OLED") or "alpha" in name}
        changed = {
            name: {key: 10.0 * value if key in family.fitted else value for key, value in values.items()}
            if name.startswith(family.devices) and set(family.fitted) <= set(values)
            else values
            for name, values in others.items()
        }
        assert blind.share_of_others(family, changed) == blind.share_of_others(family, others)
        moved = blind.measured_share(family, changed) - blind.measured_share(family, others)
        assert moved == pytest.approx(1.0)


def test_drawn_mobilities_have_the_share_at_the_field_of_comparison() -> None:
    """With a share of -1 +- 0.6 decades and 0.5 of its own: median a tenth, standard deviation 0.78 decades."""
    family = blind.FAMILIES[0]
    drawn = blind.drawn_inputs(family, (-1.0, 0.6), 4000)
    layer = f"{LAYER}alpha-NPD.hole"
    at_field = [
        one[f"{layer}_mobility"] * math.exp(one[f"{layer}_field_activation"] * math.sqrt(blind.FIELD)) for one in drawn
    ]
    decades = np.log10(np.array(at_field) / (family.mobilities["alpha-NPD.hole_mobility"] * families.CENTI))
    assert np.median(decades) == pytest.approx(-1.0, abs=0.05)
    assert np.std(decades) == pytest.approx(math.hypot(0.6, blind.OWN_SPREAD), rel=0.05)
