"""What is weighed in is what is there: every gram and every mole, through stocks, drying, boiling and hydrolysis."""

import math

import pytest
from flask_bench import CHEMICALS, MG, ML, MMOL, add, changed, inject, ligand_stock, parameters, recipe, treated
from flask_limits import total_mass
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import ValidityError
from halodot.flask.amounts import halide_of_acids, totals
from halodot.flask.pot import make_stocks, run_pot
from halodot.flask.vessel import PRODUCT_MASSES, Vessel, charge, dispense, dry, hydrolyse, measure_out, take
from halodot.states import Recipe, Step, replaced

volumes = st.floats(0.1, 10.0)


def weighed(steps: tuple[Step, ...]) -> float:
    """Mass of everything that a list of steps takes from the shelf, by hand [kg]."""
    mass = 0.0
    for step in steps:
        if step.material not in CHEMICALS:
            continue
        chemical = CHEMICALS[step.material]
        if math.isfinite(step.mass):
            mass += step.mass
        elif math.isfinite(step.volume):
            mass += step.volume * chemical.density
        else:
            mass += step.amount * chemical.molar_mass / chemical.purity
    return mass


@settings(max_examples=40, deadline=None)
@given(
    lead=st.floats(50.0, 400.0),
    zinc=st.floats(0.0, 600.0),
    solvent=volumes,
    amine=st.floats(1.5, 6.0),
    drawn=st.floats(0.5, 17.0),
    ligand=st.floats(0.05, 1.0),
    acid=st.floats(0.0, 0.2),
    retained=st.floats(0.0, 1.0),
    hydrolysed=st.floats(0.0, 0.2),
)
def test_mass_in_is_mass_in_the_vessels_and_the_vapour(
    lead: float,
    zinc: float,
    solvent: float,
    amine: float,
    drawn: float,
    ligand: float,
    acid: float,
    retained: float,
    hydrolysed: float,
) -> None:
    base = recipe(ligand_stock(ligand, acid=acid))
    pot = (
        add("PbI2", mass=lead * MG),
        add("ZnI2", mass=zinc * MG),
        add("1-octadecene", volume=solvent * ML),
        inject("oleic acid", volume=1 * ML),
        inject("oleylamine", volume=amine * ML),
        Step("heat", temperature=423.15),
        inject("cs_oleate", volume=drawn * ML),
        inject("ligand", volume=0.7 * ML),
        Step("cool", temperature=298.15),
    )
    result = run_pot(replaced(base, pot=pot), changed(volatile_retained=retained, ester_hydrolysed=hydrolysed))
    held = total_mass(result.vessel, CHEMICALS) + sum(total_mass(left, CHEMICALS) for left in result.stocks.values())
    put_in = weighed(pot) + sum(weighed(steps) for steps in base.stocks.values())
    assert held == pytest.approx(put_in, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(drawn=st.floats(0.1, 17.0), retained=st.floats(0.0, 1.0))
def test_moles_of_every_species_are_conserved(drawn: float, retained: float) -> None:
    base = treated(0.2)
    steps = tuple(replaced(step, volume=drawn * ML) if step.material == "cs_oleate" else step for step in base.pot)
    pot = run_pot(replaced(base, pot=steps), changed(volatile_retained=retained))
    before = make_stocks(base, parameters())
    direct = Vessel()
    for step in base.pot:
        if step.material in CHEMICALS:
            direct = charge(direct, step, CHEMICALS, "moles")
    put_in = [direct, *before.values()]
    held = [pot.vessel, *pot.stocks.values()]
    for name in {name for vessel in put_in for name in vessel.contents}:
        there = sum(vessel.contents.get(name, 0.0) + vessel.gas.get(name, 0.0) for vessel in held)
        assert there == pytest.approx(sum(v.contents.get(name, 0.0) for v in put_in), rel=1e-12)


def test_the_arithmetic_of_the_model_recipe() -> None:
    pot = run_pot(recipe(), parameters()).vessel
    amounts = totals(pot, CHEMICALS)
    assert amounts.lead / MMOL == pytest.approx(0.3688, abs=5e-5)
    assert amounts.zinc / MMOL == pytest.approx(1.081, abs=5e-4)
    assert amounts.halide / MMOL == pytest.approx(2.899, abs=5e-4)
    assert amounts.cesium / MMOL == pytest.approx(0.1144, abs=5e-5)
    assert amounts.carboxylic_acid / MMOL == pytest.approx(5.07, abs=5e-3)
    assert amounts.amine / MMOL == pytest.approx(5.47, abs=5e-3)
    assert pot.volume / ML == pytest.approx(11.2, rel=1e-12)
    assert amounts.halide / amounts.lead == pytest.approx(7.86, abs=5e-3)
    assert amounts.halide / pot.volume == pytest.approx(258.8, abs=0.05)
    assert amounts.cesium / amounts.lead == pytest.approx(0.31, abs=5e-3)
    assert amounts.perovskite == amounts.cesium


def test_the_cesium_stock_is_52_millimolar() -> None:
    stock = make_stocks(recipe(), parameters())["cs_oleate"]
    assert stock.volume / ML == pytest.approx(17.0)
    assert totals(stock, CHEMICALS).cesium / stock.volume == pytest.approx(52.0, abs=0.1)


@pytest.mark.parametrize(
    ("dose", "iodide", "water", "ratio"), [(0.1, 249.5, 0.83, 8.27), (0.2, 261.3, 1.66, 8.68), (0.3, 273.1, 2.50, 9.08)]
)
def test_the_dose_hardly_changes_the_iodide_if_the_ester_stays(
    dose: float, iodide: float, water: float, ratio: float
) -> None:
    pot = run_pot(treated(dose), changed(volatile_retained=1.0)).vessel
    amounts = totals(pot, CHEMICALS)
    assert amounts.halide / pot.volume == pytest.approx(iodide, abs=0.1)
    assert pot.contents["water"] / MMOL == pytest.approx(water, rel=0.02)
    assert amounts.halide / amounts.lead == pytest.approx(ratio, abs=0.005)
    assert halide_of_acids(pot, CHEMICALS) / MMOL == pytest.approx(1.5 * dose)


@pytest.mark.parametrize(("dose", "rise"), [(0.1, 0.05), (0.2, 0.10), (0.3, 0.155)])
def test_the_iodide_rises_with_the_dose_if_the_ester_boils_off(dose: float, rise: float) -> None:
    pot = run_pot(treated(dose), changed(volatile_retained=0.0)).vessel
    iodide = totals(pot, CHEMICALS).halide
    assert iodide / 2.899e-3 - 1.0 == pytest.approx(rise, abs=0.004)
    assert iodide / pot.volume / 258.8 - 1.0 == pytest.approx(rise, abs=0.007)


@pytest.mark.parametrize(("reading", "equivalents"), [("moles", 1.5), ("mass", 0.78), ("volume", 1.18)])
def test_three_readings_of_one_and_a_half_times(reading: str, equivalents: float) -> None:
    stock = make_stocks(treated(0.2), changed(equivalents_reading=reading))["ligand"]
    amounts = totals(stock, CHEMICALS)
    assert amounts.strong_acid / amounts.amino_acid == pytest.approx(equivalents, rel=0.04)


def test_equivalents_do_not_depend_on_the_order_of_the_steps() -> None:
    acid = add("hydroiodic acid", equivalents=1.5, of="5-aminopentanoic acid")
    ligand = add("5-aminopentanoic acid", amount=0.2 * MMOL)
    for steps in ((acid, ligand), (ligand, acid)):
        stocks = make_stocks(Recipe({"ligand": steps}, (Step("inject", "ligand"),), (), CHEMICALS), parameters())
        assert stocks["ligand"].contents["hydroiodic acid"] == pytest.approx(0.3 * MMOL, rel=1e-12)


def test_equivalents_of_an_absent_chemical_are_zero() -> None:
    step = add("hydroiodic acid", equivalents=1.5, of="5-aminopentanoic acid")
    assert dispense(step, CHEMICALS, "moles", {}).contents == {}


def test_an_amount_is_of_the_compound_and_a_mass_of_the_reagent() -> None:
    by_amount = measure_out(add("5-aminopentanoic acid", amount=0.2 * MMOL), CHEMICALS, 0.0, "moles")
    assert by_amount.mass / MG == pytest.approx(0.2 * 117.15 / 0.97)
    by_mass = measure_out(add("5-aminopentanoic acid", mass=by_amount.mass), CHEMICALS, 0.0, "moles")
    assert by_mass.compound == pytest.approx(0.2 * MMOL, rel=1e-14)
    assert by_mass.volume == 0.0


def test_hydroiodic_acid_is_seven_and_a_half_molar() -> None:
    portion = measure_out(add("hydroiodic acid", volume=1 * ML), CHEMICALS, 0.0, "moles")
    assert portion.compound / portion.volume == pytest.approx(7510.0, rel=2e-3)


def test_all_of_a_stock_or_a_part_of_it_can_be_drawn() -> None:
    stock = make_stocks(treated(0.2), parameters())["ligand"]
    drawn, left = take(stock, math.nan, "ligand")
    assert drawn.contents == stock.contents
    assert left.contents == {}
    third, rest = take(stock, stock.volume / 3.0, "ligand")
    assert third.polar_volume == pytest.approx(stock.polar_volume / 3.0)
    assert rest.volume == pytest.approx(2.0 * stock.volume / 3.0)


def test_more_than_the_stock_holds_is_refused() -> None:
    stock = make_stocks(recipe(), parameters())["cs_oleate"]
    with pytest.raises(ValidityError, match="only 17 mL are left"):
        take(stock, 18 * ML, "cs_oleate")


def test_drying_takes_the_water_and_nothing_else() -> None:
    stock = make_stocks(treated(0.2), parameters())["ligand"]
    dried = dry(stock)
    assert "water" not in dried.contents
    assert dried.gas["water"] == stock.contents["water"]
    assert total_mass(dried, CHEMICALS) == pytest.approx(total_mass(stock, CHEMICALS), rel=1e-14)


def test_hydrolysis_needs_acid_and_water() -> None:
    acidic = make_stocks(treated(0.2), parameters())["ligand"]
    half = hydrolyse(acidic, CHEMICALS, 0.05)
    assert half.contents["acetic acid"] == pytest.approx(0.05 * acidic.contents["ethyl acetate"])
    assert hydrolyse(acidic, CHEMICALS, 1.0).contents["water"] == pytest.approx(0.0, abs=1e-18)
    neutral = make_stocks(recipe(ligand_stock()), parameters())["ligand"]
    assert hydrolyse(neutral, CHEMICALS, 0.5) is neutral


def test_products_weigh_what_reacted() -> None:
    reacted = CHEMICALS["ethyl acetate"].molar_mass + PRODUCT_MASSES["water"]
    assert PRODUCT_MASSES["acetic acid"] + PRODUCT_MASSES["ethanol"] == pytest.approx(reacted, rel=1e-12)
