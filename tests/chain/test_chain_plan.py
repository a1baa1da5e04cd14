"""`check` says what will be computed and with what, every default included."""

from __future__ import annotations

import pytest

import halodot
from halodot.chain.plan import defaults, left_out, steps
from halodot.chain.simulate import examine
from halodot.study import from_document, from_text, to_document

STACK = """halodot: 1
device:
  layers:
    - {anode: 5.1 eV}
    - polymer:
        thickness: 100 nm
        relative_permittivity: 3
        electron_affinity: 2.8 eV
        ionisation_energy: 5.2 eV
        electron_density_of_states: 1e20 1/cm3
        hole_density_of_states: 1e20 1/cm3
        electron_mobility: 1e-6 cm2/Vs
        hole_mobility: 1e-6 cm2/Vs
    - {cathode: 2.9 eV}
"""


def taken(name: str, *changes: str) -> dict[str, str]:
    """Return the defaults of a study, value by path."""
    return {path: value for path, value, _ in defaults(examine(halodot.load(name, changes)))}


def test_a_device_says_its_stages_contacts_and_grids() -> None:
    chemistry, optics, charges, lifetime = steps(examine(halodot.load("paper-0.2")))
    assert chemistry == "Chemistry: flask, dots, film."
    assert "101 wavelengths from 560 to 760 nm at 11 positions" in optics
    assert "holes from 5.1 eV at the anode and electrons from 3.2" in charges  # held inside the gap of PO-T2T
    assert "61 voltages from 0 to 6 V at 298.1 K" in charges
    assert "209 cd/m2" in lifetime


def test_what_is_given_is_said() -> None:
    text = "halodot: 1\nextends: device-only\nrun: {stop_after: light}\n"
    (optics,) = steps(examine(from_text(text)))
    assert optics.startswith("Optics")


def test_a_decomposition_is_foreseen() -> None:
    said = steps(examine(halodot.load("paper-0.2", ["recipe.stocks.ligand[1].equivalents=20"])))
    assert "decomposed" in said[-1]


def test_a_bare_layer_lists_what_it_does_not_state() -> None:
    found = {path: value for path, value, _ in defaults(examine(from_text(STACK)))}
    assert found["run.voltage"] == "0 to 6 V, 61 points"
    assert found["device.layers.polymer.role"] == "transport"
    assert found["device.layers.polymer.statistics"] == "boltzmann"
    assert found["device.layers.polymer.langevin_factor"] == "0"


@pytest.mark.parametrize(
    ("name", "change", "path"),
    [
        ("3_bipolar_langevin", "device.layers.polymer.statistics=fermi_dirac", "device.layers.polymer.statistics"),
        ("paper-0.2", "run.positions=11", "run.positions"),
        ("paper-0.2", "run.wavelength={from: 560 nm, to: 760 nm, step: 2 nm}", "run.wavelength"),
        ("paper-0.2", "device.emission_side=bottom", "device.emission_side"),
        ("paper-0.2", "device.outcoupling=planar", "device.outcoupling"),
        ("paper-0.2", "parameters.dots.size_distribution=normal", "parameters.dots.size_distribution"),
        ("paper-0.2", "parameters={ageing: {decay: exponential}}", "parameters.ageing.decay"),
        ("paper-0.2", "run.nodes_per_layer=64", "run.nodes_per_layer"),
        ("6_psc_ions_steady", "run.illumination=1", "run.illumination"),
        ("6_psc_ions_steady", "device.layers.perovskite.ion_sites=1e22 1/cm3", "device.layers.perovskite.ion_sites"),
    ],
)
def test_what_is_stated_is_no_default(name: str, change: str, path: str) -> None:
    assert path in taken(name)
    assert path not in taken(name, change)


@pytest.mark.parametrize("name", ["device-only", "5_qled_full", "4_hetero3", "6_psc_ions_steady"])
def test_stating_the_defaults_changes_no_number(name: str) -> None:
    short = ["run.stop_after=light"] if name == "device-only" else ["run.voltage=[1 V]"]
    study = halodot.load(name, short)
    document = dict(to_document(study))
    rows = {path: value for path, value, _ in defaults(examine(study))}
    changes = [
        f"{path}={value}"
        for path, value in rows.items()
        if path.rsplit(".", 1)[-1]
        in ("role", "statistics", "langevin_factor", "emission_side", "outcoupling", "positions")
    ]
    assert changes
    one, other = halodot.simulate(study), halodot.simulate(from_document(document, overrides=changes))
    for state, quantity in (("device_solution", "current_density"), ("optics", "outcoupling")):
        if getattr(one, state) is not None:
            assert getattr(getattr(one, state), quantity) == pytest.approx(
                getattr(getattr(other, state), quantity), rel=1e-12
            )


def test_physics_that_is_not_stated_is_named() -> None:
    absent = left_out(examine(from_text(STACK)))
    assert {"traps", "mobile ions", "self-heating", "Auger recombination"} <= set(absent)
    some = left_out(examine(from_text(STACK, overrides=["device.layers.polymer.donor_density=1e16 1/cm3"])))
    assert set(absent) - set(some) == {"doping"}
