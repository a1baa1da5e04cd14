"""The edge length that a pot is expected to give: directions, limits, the edge of the data, and the phase."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from flask_bench import parameters
from hypothesis import given
from hypothesis import strategies as st

from halodot.errors import ValidityError
from halodot.flask.nucleation import (
    BOUNDS,
    DATA_RANGE,
    NucleationConditions,
    expected_edge_length,
    nucleation_conditions,
    phase_probabilities,
    terms,
)
from halodot.flask.vessel import Vessel
from halodot.states import Chemical

#: 0.2 mmol PbBr2 with 0.06 mmol Cs in 6.5 mL, acid and amine in equal amounts
USUAL = NucleationConditions(
    temperature=443.15,
    volume=6.5e-6,
    cesium=0.06e-3,
    lead=0.2e-3,
    bromide=0.4e-3,
    carboxylic_acid=1.6e-3,
    amine=1.6e-3,
)


def length(**changes: float) -> float:
    return expected_edge_length(replace(USUAL, **changes), parameters()).length


def test_usual_recipe_gives_the_usual_length() -> None:
    assert length(volume=0.2e-3 / 30.0) == pytest.approx(parameters().usual_length)


def test_hotter_pots_give_larger_dots_over_the_whole_range() -> None:
    found = [length(temperature=273.15 + t) for t in range(80, 251, 10)]
    assert all(one < two for one, two in pairwise(found))


def test_ammonium_halide_gives_smaller_dots() -> None:
    found = [length(bromide=0.4e-3 + x, alkylammonium_halide=x) for x in (0.0, 0.1e-3, 0.3e-3, 0.5e-3)]
    assert all(one > two for one, two in pairwise(found))


def test_the_halide_of_another_metal_acts_less_than_that_of_an_ammonium() -> None:
    assert length(bromide=0.8e-3, alkylammonium_halide=0.4e-3) < length(bromide=0.8e-3) < length()


def test_ammonium_halide_that_only_makes_up_for_lead_without_halide_is_no_excess() -> None:
    """PbO with two equivalents of an ammonium bromide is PbBr2."""
    assert length(alkylammonium_halide=0.4e-3) == length()


@pytest.mark.parametrize("ligand", ["carboxylic_acid", "amine"])
def test_acid_or_amine_without_a_partner_enlarges_and_a_pair_does_not(ligand: str) -> None:
    assert length(**{ligand: 4e-3}) > length()
    assert length(carboxylic_acid=4e-3, amine=4e-3) == length()


def test_diluted_pots_give_larger_dots() -> None:
    assert length(volume=13e-6) > length()


def test_scale_of_the_flask_does_not_matter() -> None:
    ten = {name: 10.0 * getattr(USUAL, name) for name in ("volume", "cesium", "lead", "bromide", "carboxylic_acid")}
    assert length(**ten, amine=10.0 * USUAL.amine) == pytest.approx(length())


@given(
    temperature=st.floats(200.0, 700.0),
    volume=st.floats(1e-9, 1.0),
    bromide=st.floats(1e-9, 1.0),
    acid=st.floats(0.0, 1.0),
    ammonium=st.floats(0.0, 1.0),
)
def test_no_recipe_is_taken_far_from_the_data(
    temperature: float, volume: float, bromide: float, acid: float, ammonium: float
) -> None:
    conditions = replace(
        USUAL,
        temperature=temperature,
        volume=volume,
        bromide=bromide,
        carboxylic_acid=acid,
        alkylammonium_halide=ammonium,
    )
    found = expected_edge_length(conditions, parameters())
    assert 1e-9 < found.length < 60e-9
    beyond = {
        term for term, value in terms(conditions).items() if not DATA_RANGE[term][0] <= value <= DATA_RANGE[term][1]
    }
    assert len(found.outside) == len(beyond)
    assert math.isfinite(found.extrapolation)


def test_leaving_the_data_widens_and_names_what_is_outside() -> None:
    inside, outside = (
        expected_edge_length(replace(USUAL, temperature=t), parameters()) for t in (443.15, BOUNDS["temperature"][0])
    )
    assert inside.extrapolation == 0.0
    assert inside.outside == ()
    assert outside.extrapolation == pytest.approx(
        parameters().length_temperature * (1.0 / 353.15 - 1.0 / 393.15), rel=1e-9
    )
    assert "80 degC" in outside.outside[0]


@pytest.mark.parametrize("name", ["cesium", "lead", "bromide", "volume"])
def test_no_nuclei_without_the_ions_and_a_liquid(name: str) -> None:
    with pytest.raises(ValidityError, match="lacks"):
        length(**{name: 0.0})


def test_phase_follows_cesium_per_lead() -> None:
    """Limits of the lever rule: CsPbX3 at one cesium per lead, Cs4PbX6 at four."""

    def share(cesium: float) -> float:
        found = phase_probabilities(replace(USUAL, cesium=cesium * USUAL.lead))
        assert math.isclose(sum(found.values()), 1.0)
        return found["Cs4PbX6"]

    assert share(1.0) < 0.1
    assert share(4.0) > 0.9
    assert share(0.3) < share(1.5) < share(3.0)
    assert phase_probabilities(replace(USUAL, lead=0.0))["Cs4PbX6"] > 0.9


@pytest.mark.parametrize(
    ("formula", "role", "alkyl"),
    [("C18H38BrN", "ammonium halide", True), ("H4BrN", "ammonium halide", False), ("Br2Zn", "metal salt", False)],
)
def test_only_the_halide_of_an_ammonium_with_carbon_is_free(formula: str, role: str, alkyl: bool) -> None:
    chemicals = {
        "salt": Chemical("salt", formula, role, 0.1, halide="Br", halide_count=1.0),
        "PbBr2": Chemical("PbBr2", "Br2Pb", "lead source", 0.367, halide="Br", halide_count=2.0, cation_count=1.0),
    }
    found = nucleation_conditions(Vessel(contents={"salt": 1e-4, "PbBr2": 2e-4}), chemicals)
    assert found.bromide == pytest.approx(5e-4)
    assert found.alkylammonium_halide == (1e-4 if alkyl else 0.0)
