"""Random recipes through the whole chain: whatever comes out, sites, charges and photons add up."""

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import halodot
from halodot import Result
from halodot.errors import HalodotError, ValidityError
from halodot.flask.amounts import check_validity
from halodot.flask.batch import Batch
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import Pot, run_pot
from halodot.flask.work_up import run_work_up
from halodot.states import Chemical, Recipe, Step, replaced, sum_of_parts
from halodot.study import library, with_inputs
from halodot.study.reagents import completed

STUDY = halodot.load("paper-0.2")
COARSE = replaced(
    STUDY,
    run=replaced(
        STUDY.run, voltages=np.linspace(0.0, 5.0, 11), wavelength=np.linspace(540e-9, 790e-9, 26), positions=3
    ),
)
#: input -> range of a factor on it
VARIED = {
    "recipe.stocks.ligand[0].amount": (0.1, 3.0),
    "recipe.stocks.ligand[1].equivalents": (0.0, 2.0),
    "recipe.pot[0].mass": (0.5, 2.0),
    "recipe.pot[4].volume": (0.5, 2.0),
    "recipe.pot[5].volume": (0.7, 2.0),
    "recipe.pot[7].volume": (0.3, 1.5),
    "recipe.pot[8].duration": (0.2, 6.0),
    "recipe.work_up[1].wash.methyl acetate": (0.2, 3.0),
}
factors = st.fixed_dictionaries({path: st.floats(*limits) for path, limits in VARIED.items()})


def check_balances(result: Result) -> None:
    """Raise where a balance of a result is open."""
    if result.flask is not None:
        for sample in result.flask.samples:
            covered = sample.coverage_native + sample.coverage_short + sample.coverage_bare
            assert abs(covered - 1.0) < 1e-12
    if result.device_solution is None:
        assert result.flask is not None
        assert not result.flask.survived
        assert result.flask.reason
        return
    emission, device_solution = result.emission, result.device_solution
    assert emission is not None
    parts = sum_of_parts(device_solution, "current_density")
    error = np.abs(parts - device_solution.current_density) / np.maximum(np.abs(device_solution.current_density), 1e-9)
    assert np.all(device_solution.converged)
    assert np.max(error) < 1e-9
    lit = np.isfinite(emission.air)
    # the bound that the optics state for their budget: the power of a thin, lossy film is found to 1e-8
    assert np.max(np.abs(sum_of_parts(emission, "exciton")[lit] - 1.0), initial=0.0) < 1e-8


@given(factors)
@settings(max_examples=50, deadline=None)
def test_the_balances_of_any_recipe_close(scale: dict[str, float]) -> None:
    values = {path: STUDY.inputs[path].value * factor for path, factor in scale.items()}
    result, refusal = None, ""
    try:
        result = halodot.simulate(with_inputs(COARSE, values))
    except ValidityError as error:
        refusal = str(error)
    if result is None:
        assert refusal.strip()
    else:
        check_balances(result)


ML = 1e-6


@cache
def chemicals() -> dict[str, Chemical]:
    """Every reagent of the library."""
    entries = {name: library.chemical(name).values for name in library.chemicals()}
    return {name: Chemical(**completed({"name": name, **values})) for name, values in entries.items()}


@cache
def crude() -> tuple[Pot, FlaskParameters]:
    """The crude solution that every random work-up starts from, and the parameters."""
    assert STUDY.recipe is not None
    assert STUDY.flask is not None
    return run_pot(
        replaced(STUDY.recipe, chemicals={**chemicals(), **STUDY.recipe.chemicals}),
        STUDY.flask,
        STUDY.perovskite,
        bins=40,
    ), STUDY.flask


def of_roles(*roles: str) -> list[str]:
    return [name for name, chemical in chemicals().items() if chemical.role in roles and chemical.density > 0.0]


times = st.floats(0.0, 6.0).map(lambda power: 10.0**power)
warmth = st.one_of(st.just(math.nan), st.floats(253.15, 473.15))
amounts = st.floats(-9.0, -3.0).map(lambda power: 10.0**power)
volumes = st.floats(-2.0, 1.5).map(lambda power: ML * 10.0**power)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """A step of a work-up, with any reagent."""
    kind = draw(
        st.sampled_from(
            ["inject", "add", "hold", "heat", "cool", "dry", "centrifuge", "wash", "wash", "redisperse", "filter"]
        )
    )
    fields: dict[str, Any] = {}
    if kind in ("inject", "add"):
        slow = draw(st.one_of(st.just(math.nan), times))
        name = draw(st.sampled_from(sorted(chemicals())))
        fields = {"material": name, "amount": draw(amounts), "addition_time": slow}
    elif kind in ("hold", "heat", "cool", "dry"):
        fields = {"duration": draw(times), "temperature": draw(warmth)}
        fields["atmosphere"] = draw(st.sampled_from(["", "air", "nitrogen"]))
    elif kind == "centrifuge":
        fields = {"duration": draw(times), "centrifugal_force": draw(st.floats(10.0, 1e5))}
        fields["keep"] = draw(st.sampled_from(["", "liquid", "solid"]))
    elif kind == "wash":
        names = draw(st.lists(st.sampled_from(of_roles("solvent")), min_size=1, max_size=2, unique=True))
        fields = {"antisolvents": tuple((name, draw(volumes)) for name in names)}
    elif kind == "redisperse":
        fields = {"material": draw(st.sampled_from(of_roles("solvent"))), "volume": draw(volumes)}
    else:
        fields = {"pore": draw(st.floats(2e-9, 1e-6))}
    return Step(kind, **fields)


def followed(lines: list[Step]) -> Batch | None:
    """Return what a work-up leaves, None where it is refused with a sentence."""
    pot, parameters = crude()
    assert STUDY.recipe is not None
    work_up = tuple(replace(step, where=f"recipe.work_up[{place}]") for place, step in enumerate(lines))
    recipe = Recipe(stocks={}, pot=(), work_up=work_up, chemicals=chemicals())
    refusal = ""
    try:
        check_validity(recipe)
        return run_work_up(pot, recipe, parameters)
    except HalodotError as error:
        refusal = str(error)
    assert len(refusal) > 20
    return None


def numbers(batch: Batch) -> tuple[float, ...]:
    """What an operation may change, of dots, surface and liquid."""
    surface, crystals = batch.colloid.surface, batch.colloid.crystals
    held = (batch.pool.free_amine, batch.pool.pairs, batch.free_acid, batch.alkylammonium_halide, batch.metal_salt)
    on_dots = (surface.native, surface.short, surface.bare, surface.halide_vacancies)
    sizes = (*(crystals.length * 1e9), *(crystals.dots * 1e9), crystals.monomer * 1e3)
    return (*on_dots, *sizes, *held, batch.volume * 1e6, batch.temperature, batch.colloid.zwitterion * 1e3)


def check_batch(batch: Batch) -> None:
    """Raise where sites, dots or perovskite of a batch do not add up."""
    pot, _ = crude()
    assert pot.colloid is not None
    surface, crystals, first = batch.colloid.surface, batch.colloid.crystals, pot.colloid.crystals
    assert abs(surface.native + surface.short + surface.bare - 1.0) < 1e-9
    assert min(surface.native, surface.short, surface.bare, surface.vacant) >= -1e-12
    assert np.isclose(crystals.monomer + crystals.lost, first.monomer + first.lost, rtol=1e-9)
    assert crystals.dots.sum() <= first.dots.sum() * (1.0 + 1e-9)
    assert min(batch.pool.free_amine, batch.pool.pairs, batch.free_acid, batch.halide, batch.volume) >= 0.0


def in_order(lines: list[Step]) -> list[Step]:
    """The steps that may follow one another, so that fewer work-ups are refused: a wash, then a solvent."""
    found: list[Step] = []
    dispersed = True
    for step in lines:
        if step.kind == "redisperse" and dispersed:
            continue
        if not dispersed and step.kind in ("wash", "filter", "add", "inject"):
            found.append(Step("redisperse", "octane", volume=2.0 * ML))
        found.append(step)
        dispersed = step.kind != "wash" and (
            dispersed or step.kind not in ("hold", "heat", "cool", "dry", "centrifuge")
        )
    return found or [Step("hold", duration=60.0)]


@given(st.lists(steps(), min_size=1, max_size=4).map(in_order))
@settings(max_examples=150, deadline=None)
def test_no_step_of_a_work_up_is_ignored(lines: list[Step]) -> None:
    before = followed(lines[:-1])
    after = followed(lines)
    if before is None or after is None or before.colloid.reason:
        return
    check_batch(after)
    last = lines[-1]
    place = f"recipe.work_up[{len(lines) - 1}]"
    noted = any(note.where == place for note in after.notes)
    changed = (before.dispersed, before.liquids) != (after.dispersed, after.liquids)
    changed = changed or not np.array_equal(numbers(before), numbers(after))
    # dots that a centrifuge leaves in the liquid and a filter lets pass are what was wanted of them
    assert noted or changed or last.kind in ("centrifuge", "filter", "cool"), last
