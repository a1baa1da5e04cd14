"""Random pots with every reagent of the library: refused with a sentence, or followed with every balance closed."""

import math
from functools import cache
from typing import Any

import pytest
from flask_bench import parameters
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import HALIDES

from halodot.errors import HalodotError
from halodot.flask import synthesise
from halodot.states import Chemical, Flask, Recipe, Step
from halodot.study import library
from halodot.study.reagents import completed


@cache
def chemicals() -> dict[str, Chemical]:
    """Every reagent of the library."""
    entries = {name: library.chemical(name).values for name in library.chemicals()}
    return {name: Chemical(**completed({"name": name, **values})) for name, values in entries.items()}


def of_role(*roles: str) -> list[str]:
    return sorted(name for name, chemical in chemicals().items() if chemical.role in roles)


def mmol(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(math.log10(low), math.log10(high)).map(lambda power: 1e-3 * 10.0**power)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """A pot with a lead source, ligands, halides and anything else, into which cesium is injected."""

    def add(kind: str, name: str, amount: float) -> Step:
        return Step(kind, name, amount=amount, where="recipe.pot")

    salts = ["PbI2", "PbBr2", "PbCl2", *of_role("lead source")]
    lead = add("add", draw(st.sampled_from(salts)), draw(mmol(0.05, 1.0)))
    oil = Step("add", "1-octadecene", volume=draw(st.floats(2e-6, 5e-5)))
    acid = add("add", draw(st.sampled_from(of_role("carboxylic acid"))), draw(mmol(0.1, 10.0)))
    amine = add("add", draw(st.sampled_from(of_role("amine"))), draw(mmol(0.1, 10.0)))
    before = [add("add", name, draw(mmol(1e-3, 2.0))) for name in draw(st.lists(anything(), max_size=2))]
    after = [add("inject", name, draw(mmol(1e-3, 1.0))) for name in draw(st.lists(anything(), max_size=2))]
    heat = Step(
        "heat",
        temperature=draw(st.one_of(st.floats(400.0, 520.0), st.floats(280.0, 530.0))),
        duration=draw(st.floats(0.0, 600.0)),
    )
    cesium = add("inject", draw(st.sampled_from(of_role("cesium source"))), draw(mmol(0.01, 1.0)))
    hold = Step("hold", duration=draw(st.floats(0.0, 3600.0)))
    cool = Step("cool", temperature=draw(st.floats(275.0, 320.0)))
    wash = Step("wash", antisolvents=(("methyl acetate", 3.0),), per_dispersion=True)
    ended = draw(st.sampled_from([(), (wash,)]))
    pot = (oil, lead, acid, amine, *before, heat, cesium, hold, cool, *after)
    used = {"methyl acetate", *(step.material for step in pot if step.material)}
    return Recipe(stocks={}, pot=pot, work_up=ended, chemicals={name: chemicals()[name] for name in sorted(used)})


def anything() -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(chemicals()))


def check(flask: Flask) -> None:
    """Raise where a balance of a flask is open."""
    assert flask.survived == (flask.reason is None)
    assert math.fsum(flask.halides.values()) == pytest.approx(1.0, abs=1e-9)
    assert min(flask.amounts.values()) >= -1e-15
    if not flask.survived:
        assert flask.reason
        return
    held = flask.amounts
    halide = math.fsum(held.get(name, 0.0) for name in ("chloride", "bromide", "iodide"))
    assert held["perovskite in dots"] <= min(held["cesium"], held["lead"], halide / 3.0) * (1.0 + 1e-9)
    assert 0.0 <= flask.chemical_yield <= 1.0 + 1e-9
    assert 1e-9 < flask.edge_length < 200e-9
    if flask.edge_length > 30e-9:  # beyond every recipe of the fit
        assert any(note.kind == "extrapolated" for note in flask.notes)
    assert flask.edge_length_spread > 0.0
    for sample in flask.samples:
        shares = (sample.coverage_native, sample.coverage_short, sample.coverage_bare)
        assert math.fsum(shares) == pytest.approx(1.0, abs=1e-9)
        assert min(shares) >= -1e-12


@given(recipes())
@settings(max_examples=150, deadline=None)
def test_any_pot_is_followed_with_closed_balances_or_refused_with_a_sentence(recipe: Recipe) -> None:
    result: Any = None
    refusal = ""
    try:
        result = synthesise(recipe, parameters(), HALIDES, bins=30)
    except HalodotError as error:
        refusal = str(error)
    if result is not None:
        check(result)
    else:
        assert len(refusal.split()) > 5


def test_crystals_beyond_every_published_cube_are_noted() -> None:
    """Ten minutes at 230 degC: growth goes on beyond the cubes that the sizes were fitted to."""
    pot = (
        Step("add", "1-octadecene", volume=2e-5),
        Step("add", "PbBr2", amount=1e-3, where="recipe.pot"),
        Step("add", "2-bromohexadecanoic acid", amount=1e-3, where="recipe.pot"),
        Step("add", "1,8-diaminooctane", amount=1e-3, where="recipe.pot"),
        Step("heat", temperature=503.0, duration=0.0),
        Step("inject", "Cs2CO3", amount=3.2e-4, where="recipe.pot"),
        Step("hold", duration=550.0),
        Step("cool", temperature=275.0),
        Step("inject", "RbI", amount=1e-3, where="recipe.pot"),
    )
    used = {"methyl acetate", *(step.material for step in pot if step.material)}
    recipe = Recipe(stocks={}, pot=pot, work_up=(), chemicals={name: chemicals()[name] for name in sorted(used)})
    flask = synthesise(recipe, parameters(), HALIDES, bins=30)
    assert flask.edge_length > 30e-9
    assert any(note.kind == "extrapolated" and "fitted to published cubes" in note.text for note in flask.notes)
