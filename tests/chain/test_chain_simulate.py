"""The chain as a whole: budgets, given quantities, parts left out, and the behaviour of the model case."""

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.chain.emitting_layer import complete_stack
from halodot.chain.simulate import simulate
from halodot.errors import ValidityError
from halodot.numerics import cell_centres
from halodot.results.summary import evaluate, peak_point
from halodot.states import replaced, sum_of_parts, with_properties
from halodot.study import with_inputs

DEVICE = """
halodot: 1
title: bare device
device:
  area: 4 mm2
  emitter: {peak: 645 nm, fwhm: 38 nm, plqy: 0.87, radiative_lifetime: 8.1 ns}
  layers:
    - glass
    - ITO: {thickness: 150 nm, contact: anode}
    - PEDOT:PSS: 30 nm
    - PTAA: 30 nm
    - dots: {thickness: 30 nm, index: 1.9}
    - TmPyPB: 6 nm
    - PO-T2T: 40 nm
    - LiF: 1 nm
    - Al: {thickness: 100 nm, contact: cathode}
run:
  stop_after: light
"""


def optics_of(thickness: str, index: float) -> float:
    """Outcoupling of the bare device at a thickness of its electron conductor and an index of its dots."""
    text = DEVICE.replace("PO-T2T: 40 nm", f"PO-T2T: {thickness}").replace("index: 1.9", f"cauchy_a: {index}")
    return evaluate(simulate(halodot.study.from_text(text)), "outcoupling")


def test_charges_add_up_to_the_current(treated: Result) -> None:
    device_solution = treated.device_solution
    assert device_solution is not None
    scale = np.maximum(np.abs(device_solution.current_density), 1e-9)
    assert np.all(device_solution.converged)
    assert (
        np.max(np.abs(sum_of_parts(device_solution, "current_density") - device_solution.current_density) / scale)
        < 1e-9
    )


def test_photons_add_up_to_the_excitons(treated: Result) -> None:
    emission, optics = treated.emission, treated.optics
    assert emission is not None
    assert optics is not None
    lit = np.isfinite(emission.air)
    total = sum_of_parts(emission, "exciton")
    assert lit.sum() > 30
    assert np.max(np.abs(total[lit] - 1.0)) < 1e-9
    assert np.max(np.abs(sum_of_parts(optics, "power") / optics.power - 1.0)) < 1e-8
    assert np.max(np.abs(sum_of_parts(optics, "guided") - optics.guided)) < 1e-9 * np.max(optics.power)


def test_eqe_is_charge_balance_times_air_share(treated: Result) -> None:
    """Photons per electron are excitons per electron times photons into air per exciton."""
    point = peak_point(treated.emission)
    expected = treated.device_solution.charge_balance[point] * treated.emission.air[point]
    assert treated.emission.eqe[point] == pytest.approx(expected, rel=1e-9)


def test_a_given_yield_replaces_the_computed_one_and_scales_the_eqe(treated: Result) -> None:
    dimmer = simulate(halodot.load("paper-0.2", ["given.dots.plqy=0.6"]))
    assert dimmer.dots.plqy == 0.6
    assert dimmer.summary["plqy"].role == "given"
    ratio = evaluate(dimmer, "eqe_max") / evaluate(treated, "eqe_max")
    share = treated.emission.exciton_yield[peak_point(treated.emission)]
    lossy = dimmer.emission.exciton_yield[peak_point(dimmer.emission)]
    assert ratio < 0.6 / treated.dots.plqy + 0.05
    # Photons that the film takes back come again with the yield, so that the EQE falls a little faster.
    assert 0.95 * lossy / share < ratio < 1.01 * lossy / share


def test_a_given_yield_of_the_film_reaches_the_light_and_is_not_that_of_the_solution(treated: Result) -> None:
    dimmer = simulate(halodot.load("paper-0.2", ["given.film.plqy=0.6"]))
    assert dimmer.summary["film_plqy"].role == "given"
    assert dimmer.summary["plqy"].role != "given"
    assert dimmer.summary["plqy"].value == treated.summary["plqy"].value
    assert evaluate(dimmer, "eqe_max") < 0.8 * evaluate(treated, "eqe_max")


@pytest.mark.parametrize(("path", "quantity"), [("dots.plqy", "film_plqy"), ("flask.edge_length", "pl_peak")])
def test_a_changed_given_quantity_is_not_taken_from_the_previous_result(path: str, quantity: str) -> None:
    value = {"dots.plqy": "0.6", "flask.edge_length": "5 nm"}[path]
    study = halodot.load("paper-0.2", [f"given.{path}={value}", "run.stop_after=film"])
    changed = with_inputs(study, {f"given.{path}": 0.9 * study.inputs[f"given.{path}"].value})
    again = simulate(changed, simulate(study))
    assert evaluate(again, quantity) == evaluate(simulate(changed), quantity)
    assert evaluate(again, quantity) != evaluate(simulate(study), quantity)


def test_all_numbers_of_a_given_state_are_given() -> None:
    text = """
halodot: 1
given:
  film: {gap: 1.5 nm, core_fraction: 0.45, index: 1.85, extinction: 0, spectrum: 1, mobility: 1e-5 cm2/Vs,
    electron_affinity: 3.7 eV, ionisation_energy: 5.6 eV, density_of_states: 5e18 1/cm3, relative_permittivity: 5,
    plqy: 0.8, radiative_rate: 1.2e8 1/s, nonradiative_rate: 0.3e8 1/s, roughness: 3 nm,
    leakage_conductance: 1e-4 S/m2}
"""
    summary = simulate(halodot.study.from_text(text)).summary
    assert {summary[name].role for name in ("film_plqy", "gap", "mobility", "roughness")} == {"given"}
    assert summary["plqy"].role != "given"


def test_thicker_electron_conductor_raises_outcoupling() -> None:
    thin, thick = optics_of("40 nm", 1.9), optics_of("60 nm", 1.9)
    assert 0.265 < thin < 0.285
    assert 0.285 < thick < 0.305


def test_half_the_acid_leaves_the_ligand_undissolved() -> None:
    """With 0.75 equivalents the acid is used up by the amino acid and a quarter of that stays a zwitterion."""
    study = halodot.load("paper-0.2", ["run.stop_after=flask", "recipe.stocks.ligand[1].equivalents=0.75"])
    flask = simulate(study).flask
    assert flask.excess_acid == 0.0
    assert flask.undissolved_ligand > 0.2 * 0.2e-3 * 0.9
    assert flask.survived


def test_insulators_carry_no_current() -> None:
    study = halodot.load("paper-0.2")
    paths = [path for path in study.inputs if path.startswith("device.layers.") and path.endswith("_mobility")]
    dead = with_inputs(study, {**dict.fromkeys(paths, 1e-30), "film.reference_mobility": 1e-30})
    device_solution = simulate(dead).device_solution
    solved = (
        device_solution.current_density[device_solution.converged]
        - device_solution.shunt_current[device_solution.converged]
    )
    assert solved.size > 0
    assert np.max(np.abs(solved)) < 1e-9


def test_decomposition_is_an_answer() -> None:
    result = simulate(halodot.load("paper-hi-only"))
    assert not result.flask.survived
    assert result.flask.reason
    assert (result.dots, result.film, result.device_solution, result.emission) == (None, None, None, None)
    assert result.summary["eqe_max"].value is None


def test_optics_alone_needs_no_recipe() -> None:
    result = simulate(halodot.study.from_text(DEVICE.replace("index: 1.9", "cauchy_a: 1.9")))
    assert result.flask is None
    assert result.device_solution is None
    assert 0.2 < evaluate(result, "outcoupling") < 0.35


def test_reused_stages_give_what_a_fresh_run_gives(treated: Result) -> None:
    """Every input, changed in a study with earlier results at hand, must reach all that depends on it."""
    paths = [
        "film.reference_mobility",
        "device.layers.PO-T2T.thickness",
        "dots.trap_share",
        "ageing.half_life",
        "device.layers.dots.thickness",
    ]
    for path in paths:
        changed = with_inputs(treated.study, {path: treated.study.inputs[path].value * 1.1})
        fresh, reused = simulate(changed), simulate(changed, treated)
        for name in ("eqe_max", "outcoupling", "half_life", "plqy", "roughness"):
            assert evaluate(reused, name) == pytest.approx(evaluate(fresh, name), rel=1e-9), (path, name)


def test_stated_layer_numbers_win_over_the_film(treated: Result) -> None:
    stack = treated.study.stack
    stated = tuple(
        with_properties(layer, electron_mobility=1e-7) if layer.role == "emitter" else layer for layer in stack.layers
    )
    layer = next(x for x in complete_stack(replaced(stack, layers=stated), treated.film).layers if x.role == "emitter")
    assert layer.transport.electron_mobility == 1e-7
    assert layer.transport.hole_mobility == treated.film.mobility


def test_a_partly_stated_emitter_takes_the_rest_from_the_film(treated: Result) -> None:
    lying = simulate(halodot.load("paper-0.2", ["device.emitter.horizontal_fraction=1.0"]))
    assert lying.stack.emitter.horizontal_fraction == 1.0
    assert lying.stack.emitter.radiative_rate == treated.stack.emitter.radiative_rate
    assert evaluate(lying, "outcoupling") > 1.2 * evaluate(treated, "outcoupling")


def test_a_stated_yield_reaches_the_light_through_reused_stages() -> None:
    study = halodot.load("paper-0.2", ["device.emitter.plqy=0.6"])
    before = simulate(study)
    after = simulate(with_inputs(study, {"device.emitter.plqy": 0.5}), before)
    assert evaluate(after, "exciton_yield") < 0.9 * evaluate(before, "exciton_yield")


def test_temperature_and_humidity_of_the_run_reach_film_and_ageing(treated: Result) -> None:
    study = treated.study
    warm = simulate(with_inputs(study, {"run.temperature": 330.0}), treated)
    moist = simulate(with_inputs(study, {"run.humidity": 0.9}), treated)
    assert warm.film.mobility > treated.film.mobility
    assert warm.ageing.half_life < treated.ageing.half_life
    assert moist.ageing.half_life < treated.ageing.half_life
    assert not {"film.temperature", "ageing.temperature", "ageing.humidity"} & set(study.inputs)


def test_positions_are_centres_of_equal_slices() -> None:
    assert cell_centres(30e-9, 3) == pytest.approx([5e-9, 15e-9, 25e-9])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("recipe.pot[0].add=PbCl2", "form no mixed"),
        ("recipe.stocks.cs_oleate[0].add=formamidinium acetate", "organic cation"),
        ("recipe.pot[2].add=water", "too polar"),
        ("recipe.pot[0].add=ZnI2", "no lead"),
    ],
)
def test_a_recipe_outside_validity_is_refused_with_a_sentence(change: str, reason: str) -> None:
    study = halodot.load("paper-control", [change])
    with pytest.raises(ValidityError, match=reason):
        simulate(study)


def test_other_readings_say_what_they_would_change() -> None:
    from halodot.learn.sensitivity import with_readings

    result = with_readings(simulate(halodot.load("paper-0.2", ["run.stop_after=flask"])))
    assert result.flask.interpretations
    assert all("edge" in item.effect for item in result.flask.interpretations)


def test_the_film_says_how_its_excitons_end_unless_the_study_does(treated: Result) -> None:
    emitter, film = treated.stack.emitter, treated.film
    assert emitter.trion_auger_rate == pytest.approx(1.0 / treated.dots.trion_auger_lifetime)
    for name in ("dot_volume", "charging_energy", "exciton_diffusivity", "quenching_field"):
        assert getattr(emitter, name) == getattr(film, name)
    layer = next(layer for layer in treated.stack.layers if layer.role == "emitter")
    assert layer.transport.statistics == "gaussian"
    assert layer.transport.electron_disorder == layer.transport.hole_disorder == film.carrier_disorder > 0.0
    assert np.nanmax(
        treated.device_solution.electron_density[:, emitting_nodes(treated)]
    ) < layer.transport.electron_density_of_states * (1.0 + 1e-9)
    stated = halodot.load(
        "paper-0.2",
        ["device.emitter.trion_auger_rate=0 1/s", "device.emitter.quenching_field=10 MV/cm", "run.stop_after=light"],
    )
    emitter = simulate(stated).stack.emitter
    assert emitter.trion_auger_rate == 0.0
    assert emitter.quenching_field == 1e9
    assert emitter.dot_volume == film.dot_volume


def emitting_nodes(result: Result) -> np.ndarray:
    index = [layer.role for layer in result.stack.layers].index("emitter")
    return result.device_solution.layer_of_node == index


def test_a_bare_device_has_the_fates_that_it_states() -> None:
    text = DEVICE.replace("plqy: 0.87,", "plqy: 0.87, trion_auger_rate: 8 1/ns, dot_volume: 280 nm3,")
    text = text.replace("index: 1.9", "cauchy_a: 1.9")
    emitter = simulate(halodot.study.from_text(text)).stack.emitter
    assert emitter.trion_auger_rate == pytest.approx(8e9)
    assert emitter.dot_volume == pytest.approx(2.8e-25)
    assert emitter.exciton_diffusivity == 0.0
    assert emitter.quenching_field == float("inf")
