"""What a reported EQE asks: the numbers of the paper's stack, and that what is asked for gives the EQE."""

import math

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.errors import InputError
from halodot.learn.possible import (
    HORIZONTAL,
    ISOTROPIC,
    Own,
    Possible,
    StackLight,
    ceilings,
    check_reported,
    possible,
    reported_eqe,
    requirements,
    stack_light,
)
from halodot.learn.sensitivity import coarser
from halodot.light.colour import gaussian_line
from halodot.numerics import cell_centres
from halodot.report.possible_section import possible_section
from halodot.report.possible_text import possible_rows, possible_sentences
from halodot.states import Emitter, emitter_index, empty_array, replaced, with_properties

PAPER = 0.2445
WAVELENGTH = np.linspace(560e-9, 740e-9, 61)


def paper_light(index: float) -> StackLight:
    """The paper's stack with a clear film of dots of this index, a line of 38 nm at 645 nm and a uniform zone."""
    stack = halodot.load("paper-0.2").stack
    assert stack is not None
    emitting = emitter_index(stack)
    assert emitting is not None
    clear = {"cauchy_a": index} | {f"table_{name}": empty_array() for name in ("wavelength", "index", "extinction")}
    layers = list(stack.layers)
    layers[emitting] = with_properties(layers[emitting], **clear)
    line = gaussian_line(WAVELENGTH, 645e-9, 38e-9)
    emitter = Emitter(WAVELENGTH.copy(), line, radiative_rate=1.0, nonradiative_rate=0.0)
    heights = cell_centres(layers[emitting].thickness, 11)
    return stack_light(replaced(stack, layers=tuple(layers), emitter=emitter), WAVELENGTH, heights, np.ones(11))


@pytest.fixture(scope="module")
def lights() -> dict[float, StackLight]:
    """The light of the paper's stack by the index of its film."""
    return {index: paper_light(index) for index in (1.81, 1.86, 1.9, 2.1)}


@pytest.fixture(scope="module")
def coarse() -> Result:
    """The paper's device on coarse grids."""
    return halodot.simulate(coarser(halodot.load("paper-0.2")))


@pytest.fixture(scope="module")
def found(coarse: Result) -> Possible:
    """What the paper's EQE asks of it."""
    return possible(coarse, PAPER)


@pytest.mark.parametrize(
    ("index", "isotropic", "horizontal", "eqe", "plqy"),
    [(1.9, 0.273, 0.422, 0.239, 0.89), (2.1, 0.292, 0.400, 0.252, 0.84)],
)
def test_the_paper_s_stack_has_the_outcoupling_that_was_found_for_it(
    lights: dict[float, StackLight], index: float, isotropic: float, horizontal: float, eqe: float, plqy: float
) -> None:
    light = lights[index]
    assert light.outcoupling(ISOTROPIC) == pytest.approx(isotropic, abs=0.005)
    assert light.outcoupling(HORIZONTAL) == pytest.approx(horizontal, abs=0.005)
    assert light.eqe(0.87, ISOTROPIC) == pytest.approx(eqe, abs=0.005)
    assert light.eqe(plqy, ISOTROPIC) == pytest.approx(PAPER, abs=0.005)
    needed = requirements(light, PAPER, Own(0.87, math.nan, ISOTROPIC, math.nan))[0].needed
    assert needed == pytest.approx(plqy, abs=0.01)  # which was rounded to a hundredth


def test_a_film_of_the_effective_medium_s_index_needs_a_yield_above_nine_tenths(
    lights: dict[float, StackLight],
) -> None:
    # 0.91 to 0.93 for an index of 1.86 to 1.81, to half a point of the EQE
    assert lights[1.86].eqe(0.91, ISOTROPIC) == pytest.approx(PAPER, abs=0.005)
    assert lights[1.81].eqe(0.93, ISOTROPIC) == pytest.approx(PAPER, abs=0.005)


@pytest.mark.parametrize(("plqy", "share"), [(0.7, 0.84), (0.6, 0.98)])
def test_a_lower_yield_of_the_film_needs_dipoles_in_the_plane(
    lights: dict[float, StackLight], plqy: float, share: float
) -> None:
    assert lights[1.9].eqe(plqy, share) == pytest.approx(PAPER, abs=0.005)


def test_forward_luminance_overstates_the_eqe_more_the_lower_the_index(lights: dict[float, StackLight]) -> None:
    factors = [lights[index].lambertian(0.87, ISOTROPIC) for index in (1.81, 1.86, 1.9, 2.1)]
    assert factors == sorted(factors, reverse=True)
    assert factors[0] == pytest.approx(1.11, abs=0.02)


def test_what_is_needed_gives_the_reported_eqe(lights: dict[float, StackLight]) -> None:
    light, own = lights[1.9], Own(0.87, 0.85, 0.75, 0.97)
    rows = requirements(light, PAPER, own)
    assert light.eqe(rows[0].needed, ISOTROPIC) == pytest.approx(PAPER, rel=1e-6)
    assert light.eqe(rows[1].needed, HORIZONTAL) == pytest.approx(PAPER, rel=1e-6)
    assert light.eqe(rows[2].needed, 0.75, 0.97) == pytest.approx(PAPER, rel=1e-6)
    by_name = [row for row in rows if row.name == "horizontal_fraction"]
    for row, plqy, balance in zip(by_name, (1.0, 0.87, 0.85), (1.0, 1.0, 0.97), strict=True):
        assert light.eqe(plqy, row.needed, balance) == pytest.approx(PAPER, rel=1e-6)
    for row, plqy in zip(rows[-2:], (1.0, 0.85), strict=True):
        assert light.eqe(plqy, 0.75, row.needed) == pytest.approx(PAPER, rel=1e-6)


def test_the_highest_eqe_of_a_stack_is_that_of_a_perfect_emitter(lights: dict[float, StackLight]) -> None:
    best = ceilings(lights[2.1], ISOTROPIC)
    assert best["ceiling"] == best["ceiling_isotropic"] == pytest.approx(lights[2.1].outcoupling(ISOTROPIC))
    rows = requirements(lights[2.1], best["ceiling_horizontal"] + 0.01, Own(0.87, math.nan, ISOTROPIC, math.nan))
    assert all(math.isnan(row.needed) for row in rows)


def test_the_device_itself_has_its_own_eqe(coarse: Result, found: Possible) -> None:
    emission = coarse.emission
    assert emission is not None
    point = int(np.nanargmax(np.where(emission.luminance > 1.0, emission.eqe, np.nan)))
    again = possible(coarse, float(emission.eqe[point]))  # at the voltage whose excitons are looked at
    by_yield = next(row for row in again.requirements if row.name == "plqy")
    assert by_yield.needed == pytest.approx(again.device_plqy, rel=0.01)
    assert found.lambertian == pytest.approx(emission.eqe_lambertian[point] / emission.eqe[point], rel=0.005)


def test_nothing_is_said_of_a_device_that_was_not_computed(lights: dict[float, StackLight]) -> None:
    rows = requirements(lights[1.9], PAPER, Own(0.87, math.nan, 0.75, math.nan))
    assert not any("device's own" in row.given for row in rows)
    assert {row.own for row in rows if row.name == "horizontal_fraction"} == {0.75}
    assert all(math.isnan(row.own) for row in rows if row.name != "horizontal_fraction")
    film = next(row for row in rows if row.name == "charge_balance" and "film's own" in row.given)
    assert lights[1.9].eqe(0.87, 0.75, film.needed) == pytest.approx(PAPER, rel=1e-6)


def test_it_is_said_in_sentences_that_hold_the_numbers(coarse: Result, found: Possible) -> None:
    text = " ".join(possible_sentences(found))
    assert f"at least {100.0 * found.requirements[0].needed:.3g} %" in text
    assert f"index {found.film_index:.2f}" in text
    assert "Lambertian" in text
    rows = possible_rows(found)
    assert len(rows) == len(found.requirements)
    assert "impossible in this stack, whatever" in " ".join(possible_sentences(possible(coarse, 0.6)))
    middle = 0.5 * (found.ceiling_isotropic + found.ceiling_horizontal)
    assert "impossible in this stack with isotropic dipoles" in possible_sentences(possible(coarse, middle))[0]


def test_the_page_of_a_run_says_it(found: Possible) -> None:
    part = possible_section(found)
    assert "Is an EQE of 24.45 % possible?" in part
    assert "possible in this stack" in part or "needs a quantum yield" in part
    assert part.count("<tr>") == len(found.requirements) + 1


def test_a_uniform_zone_is_not_that_of_the_device(coarse: Result, found: Possible) -> None:
    uniform = possible(coarse, PAPER, "uniform")
    assert "uniform" in uniform.zone
    assert uniform.ceiling_isotropic != pytest.approx(found.ceiling_isotropic, rel=1e-3)


def test_what_is_reported_is_read_with_its_unit(coarse: Result, found: Possible) -> None:
    assert reported_eqe("eqe=24.45 %", coarse) == pytest.approx(PAPER)
    own = coarse.summary["current_efficiency_max"].value
    assert own is not None
    assert reported_eqe(f"current_efficiency={own} cd/A", coarse) == pytest.approx(found.eqe)
    for text, said in (
        ("eqe=3 cd/m2", "measures a luminance"),
        ("luminance=7494 cd/m2", "current efficiency"),
        ("24 %", "is not one of"),
    ):
        with pytest.raises(InputError, match=said):
            reported_eqe(text, coarse)
        with pytest.raises(InputError, match=said):
            check_reported(text, coarse.study)
    check_reported("eqe=24.45 %", coarse.study)
    with pytest.raises(InputError, match=r"24.45 has no unit.* Did you mean 'eqe=24.45 %'"):
        check_reported("eqe=24.45", coarse.study)
    with pytest.raises(InputError, match="between 0 and 100 %"):
        check_reported("eqe=124 %", coarse.study)
    with pytest.raises(InputError, match="stack that emits"):
        check_reported("eqe=24.45 %", halodot.load("recipe-only"))
    with pytest.raises(InputError, match="between 0 and 100 %"):
        possible(coarse, 24.45)
    with pytest.raises(InputError, match="stack that emits"):
        possible(halodot.load("npb-alq3"), PAPER)
