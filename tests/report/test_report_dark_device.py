"""A device without light says where its current goes and what its carriers have to climb."""

import halodot
from halodot.report.conclusions import conclusions

SHORT = "run.voltage={from: 0 V, to: 4 V, step: 0.5 V}"


def said(*changes: str) -> str:
    """The conclusions on the template with some changes."""
    result = halodot.simulate(halodot.load("device-only", [SHORT, "run.positions=3", *changes]))
    return " ".join(conclusions(result))


def test_a_barrier_is_named_with_both_layers() -> None:
    text = said("device.layers.dots.ionisation_energy=6.4 eV", "device.layers.dots.electron_affinity=4.4 eV")
    assert "no light of 1 cd/m²" in text
    assert "1.15 eV for holes from PTAA to dots" in text


def test_losses_are_named_where_the_current_flows() -> None:
    text = said("device.layers.dots.langevin_factor=0", "device.layers.dots.bimolecular_coefficient=0 cm3/s")
    assert "no light of 1 cd/m²" in text
    assert "% of which is" in text
    assert "capture" not in text


def test_a_device_that_shines_says_nothing_of_it() -> None:
    assert "steps on the way" not in said()
