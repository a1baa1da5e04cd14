"""What a chemist expects of ligands, salts and acid on the surface, from the recipe to the film."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import halodot
from halodot import Result
from halodot.study import from_document, to_document

CASES = Path(__file__).parents[2] / "shared" / "cases" / "chemistry"
Step = dict[str, Any]


def changed(name: str, edit: Callable[[dict[str, Any]], None]) -> Result:
    """A library study as far as the film, with its recipe edited."""
    document = copy.deepcopy(dict(to_document(halodot.load(name, ["run.stop_after=film"]))))
    edit(document["recipe"])
    return halodot.simulate(from_document(document))


@cache
def plain(name: str) -> Result:
    return changed(name, lambda recipe: None)


def in_pot(step: Step) -> Result:
    """The control with one more reagent in the pot, before cesium arrives."""
    return changed("paper-control", lambda recipe: recipe["pot"].insert(2, step))


def after_a_wash(*steps: Step) -> Result:
    """The control with reagents added between its two washes."""

    def edit(recipe: dict[str, Any]) -> None:
        recipe["work_up"][3:3] = steps

    return changed("paper-control", edit)


def acid(amount: str) -> Result:
    def edit(recipe: dict[str, Any]) -> None:
        recipe["stocks"]["ligand"][0]["amount"] = amount

    return changed("paper-hi-only", edit)


@pytest.mark.parametrize("salt", ["NH4I", "KI", "ZnI2", "SrI2", "butylammonium iodide"])
def test_halide_salt_in_excess_raises_yield_and_stability(salt: str) -> None:
    """More of it, more so; with flask.metal_binding at 0 a metal salt still brings its halide."""
    series = [plain("paper-control"), *(in_pot({"add": salt, "amount": amount}) for amount in ("1 mmol", "3 mmol"))]
    for quantity in ("plqy", "pl_retained_in_air"):
        values = [getattr(result.dots, quantity) for result in series]
        assert values == sorted(values)
        assert values[0] < values[1] < values[2]


def test_dots_of_a_pot_without_spare_halide_are_dimmer() -> None:
    def without_zinc(recipe: dict[str, Any]) -> None:
        recipe["pot"] = [step for step in recipe["pot"] if step.get("add") != "ZnI2"]

    poor, rich = changed("paper-control", without_zinc), plain("paper-control")
    assert poor.flask.samples[0].halide_vacancies > 1.5 * rich.flask.samples[0].halide_vacancies
    assert all(poor.dots.plqy_by_wash < rich.dots.plqy_by_wash)


def test_a_salt_without_halide_does_not_fill_vacancies() -> None:
    assert in_pot({"add": "zinc acetate", "amount": "1 mmol"}).flask.samples[0].halide_vacancies == pytest.approx(
        plain("paper-control").flask.samples[0].halide_vacancies, rel=1e-6
    )


@pytest.mark.parametrize(
    "ligand", ["dodecylbenzenesulfonic acid", "octadecylphosphonic acid", "lecithin", "tetrabutylammonium iodide"]
)
def test_a_binding_ligand_after_growth_passivates_and_holds(ligand: str) -> None:
    bare, treated = plain("paper-control"), after_a_wash({"inject": ligand, "amount": "0.1 mmol"})
    assert treated.flask.samples[-1].coverage_short > 0.3
    assert treated.dots.plqy > bare.dots.plqy + 0.05
    assert treated.dots.pl_retained_in_air > bare.dots.pl_retained_in_air
    lost = {result: result.dots.plqy_by_wash[1] - result.dots.plqy for result in (bare, treated)}
    assert lost[treated] < lost[bare]


def test_etched_dots_are_never_brighter_than_intact_ones_with_the_same_ligands() -> None:
    intact = changed("paper-hi-only", lambda recipe: recipe["stocks"]["ligand"].pop(0))
    series = [intact, *(acid(f"{amount} mmol") for amount in (0.01, 0.03, 0.06, 0.1, 0.15))]
    retained = [result.flask.material_retained for result in series]
    assert retained == sorted(retained, reverse=True)
    assert retained[-1] < 0.5
    for one, other in itertools.pairwise(series):
        assert all(other.dots.plqy_by_wash <= one.dots.plqy_by_wash)
    assert series[-1].flask.surface_left < 0.8
    assert intact.flask.surface_left == pytest.approx(1.0, abs=1e-6)


def test_every_wash_costs_light_and_leaves_the_vacancies() -> None:
    for name in ("paper-control", "paper-0.2"):
        result = plain(name)
        assert all(result.dots.plqy_by_wash[1:] < result.dots.plqy_by_wash[:-1])
        vacancies = [sample.halide_vacancies for sample in result.flask.samples]
        assert vacancies == pytest.approx([vacancies[0]] * len(vacancies))


def chains(short_share: float) -> Result:
    """The control with a share of octanoic acid and octylamine in place of oleic acid and oleylamine of the pot."""

    def edit(recipe: dict[str, Any]) -> None:
        for long, short, volume in (("oleic acid", "octanoic acid", 1.0), ("oleylamine", "octylamine", 2.0)):
            place = next(i for i, step in enumerate(recipe["pot"]) if step.get("inject") == long)
            parts = {long: (1.0 - short_share) * volume, short: 0.5 * short_share * volume}
            recipe["pot"][place : place + 1] = [
                {"inject": name, "volume": f"{amount} mL"} for name, amount in parts.items() if amount > 0.0
            ]

    return changed("paper-control", edit)


def test_a_longer_chain_means_a_lower_mobility_in_mixtures_too() -> None:
    series = [chains(share) for share in (0.0, 0.25, 0.5, 1.0)]
    lengths = [result.flask.native_ligand_length for result in series]
    gaps = [result.film.gap for result in series]
    # of dots alike but for their ligands: the mobility at one size and one disorder
    from halodot.film.transport import hopping_mobility
    from halodot.study.library import parameters

    film: Any = parameters("film")[0]
    mobilities = [hopping_mobility(6e-9, gap, 0.03, film) for gap in gaps]
    assert lengths == sorted(lengths, reverse=True)
    assert gaps == sorted(gaps, reverse=True)
    assert mobilities == sorted(mobilities)
    assert mobilities[-1] > 1.2 * mobilities[0]


def test_a_short_ammonium_halide_shortens_the_gap_like_its_amine() -> None:
    gaps = [
        in_pot({"add": name, "amount": "3 mmol"}).film.gap
        for name in ("NH4I", "octylammonium iodide", "butylammonium iodide")
    ]
    assert gaps[0] > gaps[1] > gaps[2]


def test_the_amine_in_the_vial_leaves_no_acid() -> None:
    case = CASES / "amine_in_the_vial.yaml"
    if not case.exists():
        pytest.skip(f"{case} is not there")
    result = halodot.simulate(halodot.load(case, ["run.stop_after=dots"]))
    assert (result.flask.excess_acid, result.flask.material_retained) == (0.0, 1.0)
    assert result.flask.edge_length == pytest.approx(plain("oleylammonium-iodide").flask.edge_length, rel=0.01)
    assert result.flask.amounts["alkylammonium halide"] == pytest.approx(
        plain("oleylammonium-iodide").flask.amounts["alkylammonium halide"], rel=1e-9
    )
