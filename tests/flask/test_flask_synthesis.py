"""The whole stage: the dose series and its controls, the switches, and what lies outside the model."""

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from flask_bench import (
    BEFORE_LIGAND,
    CELSIUS,
    CHEMICALS,
    COOL,
    MG,
    ML,
    MMOL,
    REAGENTS,
    WORK_UP,
    add,
    changed,
    inject,
    ligand_stock,
    post_synthesis,
    recipe,
    shipped,
    treated,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import ValidityError
from halodot.flask import FlaskParameters, synthesise
from halodot.states import Chemical, Dispersion, Flask, Recipe, ShellRecord, Step, replaced
from halodot.units import to_si

DOSES = (0.1, 0.2, 0.3)


def run(made: Recipe, **changes: Any) -> Flask:
    return synthesise(made, changed(**changes))


def numbers(state: Flask | Dispersion | ShellRecord) -> list[Any]:
    found: list[Any] = []
    for item in fields(state):
        value = getattr(state, item.name)
        if item.name in ("samples", "shell"):
            found += [numbers(sample) for sample in value]
        elif isinstance(value, np.ndarray):
            found.append(value.tolist())
        elif item.name != "interpretations":
            found.append("nan" if isinstance(value, float) and math.isnan(value) else value)
    return found


@pytest.mark.parametrize(("dose", "acid"), [(0.1, 0.05), (0.2, 0.10), (0.3, 0.15)])
def test_the_dose_series_survives_with_the_free_acid_of_one_and_a_half_times(dose: float, acid: float) -> None:
    flask = run(treated(dose))
    assert flask.survived
    assert flask.reason is None
    assert flask.excess_acid / MMOL == pytest.approx(acid, rel=1e-12)
    assert flask.undissolved_ligand == 0.0
    assert 0.0 < flask.stripped_fraction < 0.2
    assert flask.samples[0].coverage_short > 0.3


def test_dots_become_smaller_and_more_exchanged_with_the_dose() -> None:
    flasks = [run(recipe()), *(run(treated(dose)) for dose in DOSES)]
    lengths = [flask.edge_length for flask in flasks]
    assert lengths == sorted(lengths, reverse=True)
    short = [flask.samples[-1].coverage_short for flask in flasks]
    assert short == sorted(short)
    kept = [flask.material_retained for flask in flasks]
    assert kept == sorted(kept, reverse=True)


def test_exchanged_dots_keep_their_coverage_and_their_size_distribution() -> None:
    control, dots = run(recipe()), run(treated(0.2))
    assert dots.samples[2].coverage_bare < control.samples[2].coverage_bare
    assert dots.edge_length_spread / dots.edge_length < control.edge_length_spread / control.edge_length


def test_an_optimum_of_the_dose_comes_out_of_benefit_and_damage() -> None:
    bare = {dose: run(treated(dose), damage=6.0).samples[1].coverage_bare for dose in (0.05, 0.2, 0.6)}
    assert bare[0.2] < bare[0.05]
    assert bare[0.2] < bare[0.6]


def test_acid_alone_decomposes_the_dots() -> None:
    flask = run(recipe(ligand_stock(acid=0.3)))
    assert not flask.survived
    assert flask.samples == ()
    assert flask.reason is not None
    assert "acid on bare surface dissolved" in flask.reason
    assert math.isnan(flask.edge_length)
    assert flask.excess_acid / MMOL == pytest.approx(0.3)


def test_a_little_acid_alone_leaves_smaller_and_barer_dots() -> None:
    control, little = run(recipe()), run(recipe(ligand_stock(acid=0.1)))
    assert little.survived
    assert little.edge_length < control.edge_length
    assert little.samples[0].coverage_bare > 5.0 * control.samples[0].coverage_bare


def test_acid_after_purification_decomposes_the_dots() -> None:
    flask = run(post_synthesis(ligand_stock(0.2, 1.5)))
    assert not flask.survived
    assert flask.reason is not None
    assert "protons removed" in flask.reason
    assert flask.free_amine < 0.05 * run(treated(0.2)).free_amine


def test_free_amine_protects_the_dots() -> None:
    saved = synthesise(post_synthesis((*ligand_stock(0.2, 1.5),)), changed(pool_carry_over=1.0))
    assert saved.survived


def test_short_ligand_without_acid_does_nothing() -> None:
    with_ligand, without = run(recipe(ligand_stock(0.2))), run(recipe(ligand_stock()))
    assert with_ligand.undissolved_ligand / MMOL == pytest.approx(0.2)
    assert with_ligand.stripped_fraction == 0.0
    assert with_ligand.edge_length == without.edge_length
    assert math.isnan(with_ligand.short_ligand_length)
    for one, other in zip(with_ligand.samples, without.samples, strict=True):
        assert numbers(one) == numbers(other)


def test_three_quarters_of_an_equivalent_leave_ligand_and_no_acid() -> None:
    flask = run(treated(0.2, 0.75))
    assert flask.undissolved_ligand / MMOL == pytest.approx(0.05)
    assert flask.excess_acid == 0.0
    assert flask.stripped_fraction == 0.0
    assert flask.material_retained == 1.0


def test_without_the_line_of_the_ligand_it_is_the_ester_alone() -> None:
    full = ligand_stock(0.2, 1.5)
    assert numbers(run(recipe(full[1:]))) == numbers(run(recipe(ligand_stock())))
    assert run(recipe(full[1:])).interpretations[0].name == run(recipe(ligand_stock())).interpretations[0].name


def test_the_ester_alone_only_chills_and_dilutes() -> None:
    control, ester = run(recipe()), run(recipe(ligand_stock()))
    assert ester.stripped_fraction == 0.0
    assert ester.material_retained == 1.0
    assert 0.97 < ester.edge_length / control.edge_length < 1.0
    chilled, warm = (run(recipe(ligand_stock()), volatile_retained=share, iodide_exponent=0.0) for share in (0.0, 1.0))
    assert chilled.edge_length < warm.edge_length


def test_a_strong_acid_without_iodide_exchanges_too() -> None:
    iodide = run(treated(0.2))
    other = run(recipe(ligand_stock(0.2, 1.5, acid_name="tetrafluoroboric acid")))
    assert other.survived
    assert other.samples[0].coverage_short == pytest.approx(iodide.samples[0].coverage_short, rel=0.05)
    assert other.amounts["iodide"] == pytest.approx(run(recipe()).amounts["iodide"], rel=1e-12)
    assert other.edge_length > iodide.edge_length


def test_double_the_amine_halves_the_stripping() -> None:
    richer = recipe(ligand_stock(0.2, 1.5))
    pot = tuple(replaced(step, volume=2.2 * ML) if step.material == "oleylamine" else step for step in richer.pot)
    assert run(replaced(richer, pot=pot)).stripped_fraction < 0.7 * run(treated(0.2)).stripped_fraction
    assert run(treated(0.2), free_amine_factor=2.0).stripped_fraction < 0.6 * run(treated(0.2)).stripped_fraction


@settings(max_examples=20, deadline=None)
@given(dose=st.floats(0.0, 1.0), equivalents=st.floats(0.0, 3.0), amine=st.floats(0.3, 4.0))
def test_protons_and_short_ligand_are_conserved(dose: float, equivalents: float, amine: float) -> None:
    base = treated(dose, equivalents)
    pot = tuple(replaced(step, volume=amine * ML) if step.material == "oleylamine" else step for step in base.pot)
    flask = run(replaced(base, pot=pot))
    amounts = flask.amounts
    if flask.reason and "a pot without enough ion pairs" in flask.reason:
        return
    dissolved = amounts["short ligand, dissolved"]
    found = amounts["protons on amine"] + amounts["protons on dots"] + amounts["strong acid, left"] + dissolved
    assert found == pytest.approx(amounts["strong acid"], rel=1e-9, abs=1e-15)
    assert dissolved + flask.undissolved_ligand == pytest.approx(amounts["short ligand"], rel=1e-12, abs=1e-15)
    assert flask.excess_acid == pytest.approx(amounts["strong acid"] - dissolved, rel=1e-9, abs=1e-15)
    assert flask.survived == (flask.reason is None) == bool(flask.samples)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.7])
@pytest.mark.parametrize("sites", [2.4e18, 3.4e18])
def test_the_controls_hold_over_the_uncertain_amounts(factor: float, sites: float) -> None:
    uncertain = {"free_amine_factor": factor, "proton_selectivity": 0.3 * factor, "site_density": sites}
    assert all(run(treated(dose), **uncertain).survived for dose in DOSES)
    assert not run(recipe(ligand_stock(acid=0.3)), **uncertain).survived
    assert not run(post_synthesis(ligand_stock(0.2, 1.5)), **uncertain).survived


def test_lengths_and_masses_of_the_ligands() -> None:
    flask = run(treated(0.2))
    assert flask.native_ligand_mass == pytest.approx(0.5 * (282.46e-3 + 267.49e-3))
    assert flask.native_ligand_length == pytest.approx(2.0e-9)
    assert flask.short_ligand_mass == 117.15e-3
    assert flask.short_ligand_length == 0.75e-9
    assert math.isnan(run(recipe()).short_ligand_length)


def test_the_polar_share_of_the_pot() -> None:
    assert run(treated(0.2), volatile_retained=1.0).polar_fraction == pytest.approx(0.085, abs=0.001)
    assert run(recipe()).polar_fraction == 0.0


def test_iodide_at_both_ends_of_the_ester_that_stays() -> None:
    ends = [run(treated(0.2), volatile_retained=share, iodide_exponent=0.15).edge_length for share in (0.0, 1.0)]
    assert ends[0] < ends[1]


def test_readings_are_reported() -> None:
    names = [item.name for item in run(treated(0.2)).interpretations]
    assert names == [
        "1.5 times hydroiodic acid",
        "dose of 5-aminopentanoic acid: M or mmol",
        "hydrolysis of ethyl acetate in the acidic stock",
        "ethyl acetate that stays in the hot pot",
        "free amine",
    ]
    assert len(set(names)) == len(names)
    alone = [item.name for item in run(recipe(ligand_stock(acid=0.3))).interpretations]
    assert alone.count("dose of hydroiodic acid without short ligand") == 1
    by_volume = run(treated(0.2), equivalents_reading="volume").interpretations[0]
    assert by_volume.taken.startswith("by volume")
    assert "by moles" in by_volume.alternatives


def test_hydrolysed_ester_costs_free_amine() -> None:
    assert run(treated(0.2), ester_hydrolysed=0.02).free_amine < run(treated(0.2)).free_amine


def extra(name: str, role: str, **properties: Any) -> dict[str, Chemical]:
    return CHEMICALS | {name: Chemical(name, name, role, 0.1, density=1000.0, **properties)}


@pytest.mark.parametrize(
    ("name", "role", "properties", "message"),
    [
        ("PbF2", "lead source", {"halide": "F", "halide_count": 2.0, "cation_count": 1.0}, "F ions"),
        ("Rb2CO3", "rubidium source", {"cation_count": 2.0}, "state its role as one of"),
        ("formamidinium acetate", "organic cation source", {}, "given: dots"),
        ("water", "solvent", {"relative_permittivity": 80.0}, "too polar"),
        ("methanol", "solvent", {"relative_permittivity": 33.0}, "too polar"),
        ("glycine", "amino acid", {}, "compete for the same sites"),
    ],
)
def test_chemicals_outside_the_model(name: str, role: str, properties: dict[str, Any], message: str) -> None:
    base = recipe(ligand_stock(0.2, 1.5), chemicals=extra(name, role, **properties))
    with pytest.raises(ValidityError, match=message):
        run(replaced(base, pot=(add(name, mass=10 * MG), *base.pot)))
    with pytest.raises(ValidityError, match=message):
        run(replaced(base, work_up=(*WORK_UP, Step("wash", antisolvents=((name, 1e-6),)))))


@pytest.mark.parametrize(
    ("missing", "message"), [("PbI2", "no lead"), ("cs_oleate", "no cesium"), ("Cs2CO3", "no cesium")]
)
def test_no_dots_without_their_ions(missing: str, message: str) -> None:
    base = recipe()
    pot = tuple(step for step in base.pot if step.material != missing)
    stocks = {name: tuple(s for s in steps if s.material != missing) for name, steps in base.stocks.items()}
    with pytest.raises(ValidityError, match=message):
        run(replaced(base, pot=pot, stocks=stocks))


def test_acid_before_the_dots_is_refused() -> None:
    base = recipe(ligand_stock(0.2, 1.5))
    with pytest.raises(ValidityError, match="before the dots"):
        run(replaced(base, pot=(inject("ligand"), *BEFORE_LIGAND, COOL)))


def test_cold_injection_is_refused() -> None:
    pot = tuple(replaced(s, temperature=40 + CELSIUS) if s.kind in ("heat", "dry") else s for s in BEFORE_LIGAND)
    with pytest.raises(ValidityError, match="hot injection"):
        run(recipe(pot=(*pot, COOL)))


def test_dots_without_ligands_decompose_at_once() -> None:
    pot = tuple(step for step in recipe().pot if step.material != "oleylamine")
    flask = run(recipe(pot=pot))
    assert not flask.survived
    assert flask.reason is not None
    assert "without enough ion pairs" in flask.reason


def test_an_unknown_chemical_and_a_missing_amount_are_refused() -> None:
    base = recipe()
    with pytest.raises(ValidityError, match="'unobtainium'"):
        run(replaced(base, pot=(add("unobtainium", mass=1e-6), *base.pot)))
    with pytest.raises(ValidityError, match="does not say how much"):
        run(replaced(base, pot=(add("PbI2"), *base.pot)))


@pytest.mark.parametrize("switch", ["equivalents_reading", "free_amine_reading"])
def test_an_unknown_word_for_a_switch_is_refused(switch: str) -> None:
    with pytest.raises(ValidityError, match=switch):
        run(recipe(), **{switch: "guess"})


def test_all_reagents_have_a_role_that_the_stage_knows() -> None:
    assert {chemical.name for chemical in REAGENTS} == set(CHEMICALS)
    run(treated(0.2))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_parameters_within_their_ranges_give_an_answer(data: st.DataObject) -> None:
    drawn: dict[str, Any] = {}
    for item in fields(FlaskParameters):
        if "unit" in item.metadata and item.name in shipped():
            low, high = (to_si(shipped()[item.name][end], item.metadata["unit"]) for end in ("low", "high"))
            drawn[item.name] = data.draw(st.floats(low, high), label=item.name)
    ligand = ligand_stock(data.draw(st.floats(0.0, 0.6), label="dose"), data.draw(st.floats(0.0, 3.0)))
    make = data.draw(st.sampled_from([recipe, post_synthesis]))
    flask = run(make(ligand), **drawn)
    assert flask.survived == bool(flask.samples)
    assert math.isfinite(flask.edge_length) == flask.survived
    for sample in flask.samples:
        coverages = (sample.coverage_native, sample.coverage_short, sample.coverage_bare)
        assert sum(coverages) == pytest.approx(1.0, abs=1e-13)
        assert min(coverages) >= 0.0


def test_cesium_after_the_dots_is_refused() -> None:
    """A second injection would grow or nucleate, which the model does not describe; dilution alone would be wrong."""
    made = recipe()
    with pytest.raises(ValidityError, match="one hot injection only"):
        run(replaced(made, pot=(*made.pot, add("Cs2CO3", mass=50 * MG))))
