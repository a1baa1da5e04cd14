"""What the library believes of organic layers: one rule for one kind of number, and what numbers of a method share."""

from __future__ import annotations

import math

import numpy as np
import pytest
from library_files import Number, load, numbers

import halodot
from halodot.learn.priors import prior_of
from halodot.sources import METHODS
from halodot.states import Layer

NUMBERS = {str(number): number for number in numbers("materials", Layer)}
ORGANIC = (
    *("PTAA", "TmPyPB", "PO-T2T", "TPBi", "TCTA", "CBP"),
    *load("materials/hole_conductors.yaml"),
    *load("materials/electron_conductors.yaml"),
)
#: of a level that is found by a method, the part that all levels of the method share [eV]
SCALE = 0.1


def of_organics(*fields: str) -> list[Number]:
    return [NUMBERS[f"{name}.{field}"] for name in ORGANIC for field in fields if f"{name}.{field}" in NUMBERS]


@pytest.mark.parametrize("number", NUMBERS.values(), ids=str)
def test_methods_are_known_and_state_what_they_share(number: Number) -> None:
    entry = number.entry
    assert entry.get("method", METHODS[0]) in METHODS
    assert 0.0 <= float(entry.get("shared", 0.0)) <= 0.8
    assert "method" in entry or "shared" not in entry


@pytest.mark.parametrize("number", of_organics("electron_affinity", "ionisation_energy"), ids=str)
def test_a_level_shares_the_error_of_its_scale(number: Number) -> None:
    spread = (number.bound("high") - number.bound("low")) / 4.0
    assert float(number.entry["shared"]) == pytest.approx(min((SCALE / spread) ** 2, 0.8), abs=0.01)


@pytest.mark.parametrize("number", of_organics("electron_density_of_states", "hole_density_of_states"), ids=str)
def test_organic_layers_have_alike_states(number: Number) -> None:
    assert [number.bound("low"), number.value, number.bound("high")] == pytest.approx([1e26, 5e26, 2e27])


@pytest.mark.parametrize("number", of_organics("electron_field_activation", "hole_field_activation"), ids=str)
def test_mobilities_of_organic_layers_rise_with_the_field(number: Number) -> None:
    at_the_bench = math.sqrt(100.0)  # (m/V)^0.5 in (cm/V)^0.5
    found = [at_the_bench * value for value in (number.bound("low"), number.value, number.bound("high"))]
    assert found == pytest.approx([0.0, 2e-3, 7e-3])


def test_mobilities_by_time_of_flight_span_a_decade_either_way() -> None:
    found = [number for number in NUMBERS.values() if number.entry.get("method") == "time of flight"]
    assert len(found) >= 7
    for number in found:
        assert number.bound("low") == pytest.approx(number.value / 10.0)
        assert number.bound("high") == pytest.approx(number.value * 10.0)


def test_steps_between_layers_are_known_better_than_by_chance() -> None:
    names = ("TmPyPB", "PO-T2T")
    levels = [f"device.layers.{name}.electron_affinity" for name in names]
    mobilities = [f"device.layers.{name}.electron_mobility" for name in names]
    prior = prior_of(halodot.load("device-only"), levels + mobilities)
    values = prior.values(prior.draw(4000, seed=1))
    lower, upper = values[:, 0], values[:, 1]
    step = np.std(upper - lower)
    assert step < np.std(upper)
    assert step < 0.85 * math.hypot(np.std(lower), np.std(upper))
    first, second = np.log(values[:, 2]), np.log(values[:, 3])
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.8, abs=0.05)


def test_an_injector_is_a_contact_until_its_charges_are_stated() -> None:
    layers = "\n".join(
        (
            "    - glass",
            "    - {ITO: 150 nm, contact: anode}",
            "    - {PEDOT:PSS: 30 nm}",
            "    - {PTAA: 30 nm}",
            "    - {Al: 100 nm, contact: cathode}",
        )
    )
    text = f"halodot: 1\ndevice:\n  area: 4 mm2\n  layers:\n{layers}\n"
    contact = halodot.study.from_text(text)
    assert contact.stack.anode.layer == 2
    assert contact.stack.anode.work_function == pytest.approx(5.1)
    assert math.isnan(contact.stack.layers[2].transport.ionisation_energy)
    own = [path for path in contact.inputs if "PEDOT" in path]
    assert own == [f"device.layers.PEDOT:PSS.{name}" for name in ("index_offset", "work_function", "thickness")]
    solved = halodot.study.from_text(text.replace("PSS: 30 nm}", "PSS: 30 nm, ionisation_energy: 5.2 eV}"))
    assert solved.stack.layers[2].role == "transport"
    assert solved.stack.anode.layer == 1
    assert solved.stack.layers[2].transport.ionisation_energy == pytest.approx(5.2)
    assert solved.stack.layers[2].transport.acceptor_density == pytest.approx(1e24)
    assert "device.layers.PEDOT:PSS.work_function" not in solved.inputs
    again = halodot.study.from_text(text.replace("{PEDOT:PSS: 30 nm}", "{PEDOT:PSS: 30 nm, role: transport}"))
    assert again.stack.layers[2].transport.ionisation_energy == pytest.approx(5.15)
