"""Speed of the material stages, warm, and the balances of five hundred random recipes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import halodot
from halodot.constants import AVOGADRO, GAS_CONSTANT
from halodot.flask import interpretation_effects, synthesise
from halodot.flask.growth import amount_in_dots, grow, nucleate
from halodot.flask.heat import isothermal
from halodot.states import Recipe, replaced
from halodot.study import Study

HOT, VOLUME, CESIUM = 413.15, 1.12e-5, 0.1144e-3


@pytest.fixture(scope="module")
def study() -> Study:
    """The paper's treated dots, as far as their film."""
    return halodot.load("paper-0.2", ["run.stop_after=film"])


def test_synthesise_warm(benchmark: Any, study: Study) -> None:
    """Recipe to flask with 300 sizes; under 20 ms."""
    synthesise(study.recipe, study.flask, study.perovskite)
    benchmark.pedantic(synthesise, args=(study.recipe, study.flask, study.perovskite), rounds=30)
    shortest = benchmark.stats.stats.min
    print(f"\nsynthesise: {shortest * 1e3:.1f} ms")
    assert shortest < 0.02


def test_recipe_to_film_warm(benchmark: Any, study: Study) -> None:
    """Flask, dots and film together; under 300 ms."""
    halodot.simulate(study)
    benchmark.pedantic(halodot.simulate, args=(study,), rounds=10)
    shortest = benchmark.stats.stats.min
    print(f"\nrecipe to film: {shortest * 1e3:.1f} ms")
    assert shortest < 0.3


def test_effects_of_all_readings_warm(benchmark: Any, study: Study) -> None:
    """One synthesis for each alternative reading of the recipe; under half a second."""
    benchmark.pedantic(
        interpretation_effects, args=(study.recipe, study.flask, study.perovskite), rounds=3, warmup_rounds=1
    )
    shortest = benchmark.stats.stats.min
    print(f"\neffects of readings: {shortest * 1e3:.0f} ms")
    assert shortest < 0.5


def test_growth_beside_stiff_integration(benchmark: Any, study: Study) -> None:
    """Five seconds of growth of 300 cohorts, beside scipy's BDF on the same unknowns; at least four times as fast."""
    numbers = replaced(study.flask, formula_volume=study.perovskite.iodide_formula_volume)
    made = nucleate(CESIUM, HOT, numbers)
    made = replaced(made, born=made.length.size, length=np.linspace(2.0e-9, 2.3e-9, made.length.size))
    inverse = 1.0 / HOT - 1.0 / 423.15
    speed = numbers.growth_constant * math.exp(-numbers.growth_activation / GAS_CONSTANT * inverse)
    saturation = numbers.solubility * math.exp(-numbers.solubility_enthalpy / GAS_CONSTANT * inverse)
    capillary = 4.0 * numbers.bare_surface_energy * 0.003 * numbers.formula_volume / GAS_CONSTANT / HOT

    def rates(_: float, nanometres: Any) -> Any:
        length = nanometres * 1e-9
        left = (CESIUM - made.dots @ length**3 * AVOGADRO / numbers.formula_volume) / VOLUME
        return speed * (left - saturation * np.exp(capillary / length)) * 1e9

    def stiff() -> Any:
        return solve_ivp(rates, (0.0, 5.0), made.length * 1e9, method="BDF", rtol=1e-6, atol=1e-6)

    from time import perf_counter

    start = perf_counter()
    exact = stiff().y[:, -1] * 1e-9
    yardstick = perf_counter() - start
    grown = grow(made, isothermal(HOT, 5.0), VOLUME, 0.003, 1.0, numbers)
    assert grown.length == pytest.approx(exact, rel=1e-5)
    benchmark.pedantic(grow, args=(made, isothermal(HOT, 5.0), VOLUME, 0.003, 1.0, numbers), rounds=20)
    ratio = benchmark.stats.stats.min / yardstick
    print(f"\ngrowth of 300 cohorts: {benchmark.stats.stats.min * 1e3:.2f} ms, {ratio:.3f} of scipy's BDF")
    assert ratio < 0.25
    assert amount_in_dots(grown, numbers) <= CESIUM


def scaled(recipe: Recipe, draw: np.random.Generator) -> Recipe:
    """The recipe with every amount and every hold of pot and ligand stock changed by up to a factor of three."""

    def changed(step: Any) -> Any:
        factor = float(3.0 ** draw.uniform(-1.0, 1.0))
        names = ("amount", "mass", "equivalents", *(("volume",) if step.material != "cs_oleate" else ()))
        changes = {name: factor * getattr(step, name) for name in names}
        return replaced(step, **changes, duration=factor * step.duration)

    stocks = dict(recipe.stocks) | {"ligand": tuple(map(changed, recipe.stocks["ligand"]))}
    return replaced(recipe, stocks=stocks, pot=tuple(map(changed, recipe.pot)))


def test_five_hundred_random_recipes(benchmark: Any, study: Study) -> None:
    """No recipe breaks the balances of protons, amine, monomer and sites."""
    assert study.recipe is not None
    draw = np.random.default_rng(7)
    recipes = [scaled(study.recipe, draw) for _ in range(500)]
    flasks = benchmark.pedantic(lambda: [synthesise(made, study.flask, study.perovskite) for made in recipes], rounds=1)
    survivors = 0
    for flask in flasks:
        held = flask.amounts
        if flask.reason and "without enough ion pairs" in flask.reason:
            continue
        taken = held["protons on amine"] + held["protons on dots"]
        given = held["strong acid"] - held["strong acid, left"] - held["short ligand, dissolved"]
        assert taken == pytest.approx(given, rel=1e-9, abs=1e-15)
        pairs = held["ion pairs, free"] + held["ion pairs on dots"]
        assert held["free amine"] + pairs + taken == pytest.approx(held["amine"], rel=1e-8)
        assert held["perovskite in dots"] <= min(held["cesium"], held["lead"], held["iodide"] / 3.0) * (1.0 + 1e-9)
        for sample in flask.samples:
            shares = (sample.coverage_native, sample.coverage_short, sample.coverage_bare)
            assert sum(shares) == pytest.approx(1.0, abs=1e-12)
        survivors += flask.survived
    print(f"\n{survivors} of 500 random recipes leave dots")
    assert 0 < survivors < 500
