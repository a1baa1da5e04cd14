"""An emitter that holds more carriers than it has states is said to do so."""

from __future__ import annotations

from device_cases import but, described, rebuilt

import halodot
from halodot.device.emitter_notes import emitter_notes

NAME = "4_hetero3"
FULL = [
    "device.layers.emitter.electron_density_of_states=1e17 1/cm3",
    "device.layers.emitter.hole_density_of_states=1e17 1/cm3",
]
SHORT = "run.voltage={from: 0 V, to: 4 V, step: 0.5 V}"


def test_more_carriers_than_states_are_noted_at_the_first_such_voltage() -> None:
    result = halodot.simulate(halodot.load(NAME, [*FULL, SHORT]))
    (note,) = (note for note in result.notes if "in 1.0e+17 states/cm3" in note.text)
    assert (note.kind, note.where) == ("missing physics", "device.layers.emitter.statistics")
    inside = result.device_solution.layer_of_node == 2
    voltage = float(note.text.split("at ")[1].split(" V")[0])
    before = result.device_solution.voltage < voltage - 1e-9
    for density in (result.device_solution.electron_density, result.device_solution.hole_density):
        assert density[before][:, inside].max(initial=0.0) <= 1e23
    assert (
        max(
            float(density[~before][0, inside].max())
            for density in (result.device_solution.electron_density, result.device_solution.hole_density)
        )
        > 1e23
    )


def test_a_bounded_density_or_a_dilute_one_is_not_noted() -> None:
    dilute = halodot.simulate(halodot.load(NAME, [SHORT, *(item.replace("1e17", "1e22") for item in FULL)]))
    assert not emitter_notes(dilute.stack, dilute.device_solution)
    bounded = [f"device.layers.emitter.{name}=20 meV" for name in ("electron_disorder", "hole_disorder")]
    result = halodot.simulate(halodot.load(NAME, [*FULL, SHORT, "device.layers.emitter.statistics=gaussian", *bounded]))
    assert not emitter_notes(result.stack, result.device_solution)


def test_a_stack_without_emitter_has_nothing_to_note() -> None:
    result = halodot.simulate(halodot.load(NAME, [*FULL, SHORT]))
    plain = tuple(but(layer, role="transport") for layer in described(result.stack) if layer.role != "electrode")
    assert emitter_notes(rebuilt(result.stack, plain), result.device_solution) == ()
