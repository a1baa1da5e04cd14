"""Beyond the paper: what a chemist expects of other recipes, through the whole chain to the dots."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

import halodot
from halodot import Result
from halodot.results.summary import evaluate
from halodot.study import from_document, to_document

Edit = Callable[[dict[str, Any]], None]


def changed(name: str, edit: Edit = lambda document: None, *overrides: str) -> Result:
    """The dots of a library study with its document edited."""
    document = copy.deepcopy(dict(to_document(halodot.load(name, ["run.stop_after=dots", *overrides]))))
    edit(document)
    return halodot.simulate(from_document(document))


def third_wash(document: dict[str, Any]) -> None:
    steps = document["recipe"]["work_up"]
    wash = next(step for step in reversed(steps) if "wash" in step)
    steps += [wash, {"redisperse": "octane", "volume": "1 mL"}]


def half_the_antisolvent(document: dict[str, Any]) -> None:
    for step in document["recipe"]["work_up"]:
        if "wash" in step and "per" not in step:
            step["wash"] = {"ethyl acetate": "3 mL", "methyl acetate": "3 mL"}


def plqy(name: str, edit: Edit = lambda document: None) -> float:
    return evaluate(changed(name, edit), "plqy")


def test_a_third_wash_costs_light_and_the_treated_dots_less_of_it() -> None:
    lost = {name: 1.0 - plqy(name, third_wash) / plqy(name) for name in ("paper-control", "paper-0.2")}
    assert 0.0 < lost["paper-0.2"] < 0.5 * lost["paper-control"]


def test_half_the_antisolvent_keeps_light_and_the_control_gains_more() -> None:
    gained = {name: plqy(name, half_the_antisolvent) / plqy(name) - 1.0 for name in ("paper-control", "paper-0.2")}
    assert 0.0 < gained["paper-0.2"] < gained["paper-control"]


def test_double_the_amine_means_less_stripping() -> None:
    plain = changed("paper-0.2")
    double = changed("paper-0.2", lambda document: None, "recipe.pot[5].volume=4 mL")
    assert 0.0 < evaluate(double, "stripped_fraction") < 0.6 * evaluate(plain, "stripped_fraction")


def test_moist_air_is_faster() -> None:
    moist = changed("paper-control", lambda document: None, "dots.air_humidity=0.8")
    assert evaluate(moist, "pl_retained_in_air") < 0.5 * evaluate(changed("paper-control"), "pl_retained_in_air")


def test_warm_air_is_faster_than_cold_and_at_500_k_nothing_is_left() -> None:
    kept = [
        evaluate(changed("paper-0.2", lambda document: None, f"dots.air_temperature={kelvin} K"), "pl_retained_in_air")
        for kelvin in (273, 298, 323, 500)
    ]
    assert kept[0] > kept[1] > kept[2] > kept[3] == 0.0


def test_a_longer_hold_makes_larger_dots() -> None:
    longer = changed("paper-control", lambda document: None, "recipe.pot[8].hold=20 s")
    assert evaluate(longer, "edge_length") > evaluate(changed("paper-control"), "edge_length")


def test_without_acid_the_zwitterion_stays_and_nothing_is_exchanged() -> None:
    dry = changed("paper-0.2", lambda document: None, "recipe.stocks.ligand[1].equivalents=0")
    assert evaluate(dry, "coverage_short") == 0.0
    assert evaluate(dry, "undissolved_ligand") == pytest.approx(0.97 * 0.2e-3, rel=0.05)


def test_a_strong_acid_without_iodide_strips_too() -> None:
    assert evaluate(changed("tetrafluoroboric-acid"), "stripped_fraction") > 0.01


def test_acid_with_much_more_amine_does_not_kill() -> None:
    assert not changed("paper-hi-only").flask.survived
    assert changed("paper-hi-only", lambda document: None, "recipe.pot[5].volume=4 mL").flask.survived
