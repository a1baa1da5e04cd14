"""A device without a recipe: every property of a layer in its unit, bare contacts, and what is refused."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import jsonschema
import pytest
from described_layers import described

from halodot.device.solver.settings import knobs
from halodot.errors import InputError, Problem
from halodot.states import Layer, Stack, anode_is_below, stated_default
from halodot.study import from_document, from_text, load, study_schema, to_document, with_inputs
from halodot.study.device import DEVICE_KEYS
from halodot.study.emitter import EMITTER_KEYS
from halodot.study.layers import LAYER_KEYS
from halodot.study.likeness import alike, same_stack
from halodot.study.model import EmitterNumbers
from halodot.study.records import fields_of, numbers_of
from halodot.units import to_si

PAGE = (Path(__file__).parents[2] / "docs" / "device.md").read_text(encoding="utf-8")
OPTICAL = {"index_offset", "cauchy_a", "cauchy_b", "cauchy_c", "table", "refractiveindex"}

#: every electrical property of a layer, as written, and its value in SI
PROPERTIES = {
    "thickness": ("40 nm", 40e-9),
    "relative_permittivity": ("4", 4.0),
    "electron_affinity": ("3.0 eV", 3.0),
    "ionisation_energy": ("5.5 eV", 5.5),
    "electron_density_of_states": ("1e20 1/cm3", 1e26),
    "hole_density_of_states": ("2e20 cm-3", 2e26),
    "statistics": ("gaussian", "gaussian"),
    "electron_disorder": ("80 meV", 0.08),
    "hole_disorder": ("0.1 eV", 0.1),
    "electron_level_spacing": ("160 meV", 0.16),
    "hole_level_spacing": ("0.15 eV", 0.15),
    "second_level_states": ("6", 6.0),
    "level_charging_energy": ("110 meV", 0.11),
    "electron_mobility": ("1e-4 cm2/Vs", 1e-8),
    "hole_mobility": ("1e-5 cm2/Vs", 1e-9),
    "mobility_temperature": ("20 degC", 293.15),
    "mobility_law": ("constant", "constant"),
    "electron_activation_energy": ("0.3 eV", 0.3),
    "hole_activation_energy": ("250 meV", 0.25),
    "site_spacing": ("1.6 nm", 1.6e-9),
    "electron_field_activation": ("5e-3 (cm/V)^0.5", 5e-4),
    "hole_field_activation": ("3e-4 (m/V)**0.5", 3e-4),
    "gill_temperature": ("500 K", 500.0),
    "hopping_distance": ("8 nm", 8e-9),
    "donor_density": ("1e15 1/cm3", 1e21),
    "acceptor_density": ("1e16 1/cm3", 1e22),
    "bimolecular_coefficient": ("1e-11 cm3/s", 1e-17),
    "langevin_factor": ("0.1", 0.1),
    "electron_auger": ("1e-29 cm6/s", 1e-41),
    "hole_auger": ("2e-29 cm6/s", 2e-41),
    "auger_saturation_density": ("1e19 1/cm3", 1e25),
    "trap_density": ("1e16 1/cm3", 1e22),
    "trap_energy": ("4.2 eV", 4.2),
    "electron_capture": ("1e-8 cm3/s", 1e-14),
    "hole_capture": ("1e-9 cm3/s", 1e-15),
    "trap_charge": ("donor", "donor"),
    "generation": ("1e21 1/cm3/s", 1e27),
    "quenching_rate": ("1 1/ns", 1e9),
    "cation_density": ("1e16 1/cm3", 1e22),
    "anion_density": ("1e16 1/cm3", 1e22),
    "ion_sites": ("1e21 1/cm3", 1e27),
    "ion_permeable": ("yes", True),
    "interface_velocity": ("1e5 cm/s", 1e3),
    "interface_electron_velocity": ("2e5 cm/s", 2e3),
    "interface_hole_velocity": ("30 m/s", 30.0),
    "interface_hop": ("0.8 nm", 0.8e-9),
    "interface_disorder": ("60 meV", 0.06),
    "interface_dipole": ("-0.2 V", -0.2),
    "tunnelling_mass": ("0.2", 0.2),
    "interface_trap_density": ("1e10 1/cm2", 1e14),
    "interface_trap_energy": ("4.3 eV", 4.3),
    "interface_electron_capture": ("1e-8 cm3/s", 1e-14),
    "interface_hole_capture": ("1e-8 cm3/s", 1e-14),
    "interface_trap_charge": ("acceptor", "acceptor"),
    "face_capture": ("yes", True),
    "face_hole_capture": ("1e-17 cm4/s", 1e-25),
    "face_electron_capture": ("2e-25 m4/s", 2e-25),
}
CONTACT = {
    "work_function": ("3.1 eV", 3.1),
    "contact_electron_velocity": ("1e7 cm/s", 1e5),
    "contact_hole_velocity": ("10 m/s", 10.0),
    "contact_spacing": ("0.5 nm", 0.5e-9),
    "barrier_lowering": ("yes", True),
}
WRITTEN = ["\n".join(f"        {name}: {text}" for name, (text, _) in group.items()) for group in (PROPERTIES, CONTACT)]
BARE = f"""halodot: 1
title: one layer between two contacts
device:
  ions: frozen
  emission_side: top
  outcoupling: half_sphere
  thermal_resistance: 20 K*cm2/W
  layers:
    - {{anode: 5.2 eV}}
    - film:
{WRITTEN[0]}
    - cathode:
{WRITTEN[1]}
run:
  voltage: {{from: 0 V, to: 1 V, step: 0.5 V}}
  illumination: 0.5
"""


def stack_of(text: str, *changes: str) -> Stack:
    found = from_text(text, overrides=changes).stack
    assert found is not None
    return found


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        from_text(text, "study.yaml")
    return tuple(caught.value.problems)


def changed(old: str, new: str) -> str:
    assert BARE.count(old) == 1, old
    return BARE.replace(old, new)


def test_every_electrical_property_of_a_layer_can_be_written() -> None:
    assert {*PROPERTIES, *CONTACT} == set(LAYER_KEYS) - OPTICAL - {"contact", "name", "role", "note"}
    study = from_text(BARE)
    assert study.stack is not None
    anode, film, cathode = described(study.stack)
    for layer, expected in ((film, PROPERTIES), (cathode, CONTACT)):
        for name, (_, value) in expected.items():
            exact = isinstance(value, str | bool)
            assert getattr(layer, name) == (value if exact else pytest.approx(value, rel=1e-12)), name
            assert exact or f"device.layers.{layer.name}.{name}" in study.inputs
    assert (anode.work_function, anode.role, cathode.role) == (5.2, "electrode", "electrode")
    assert math.isnan(anode.thickness)
    assert anode.contact_hole_velocity == math.inf
    assert (study.stack.ions, study.stack.emission_side, study.stack.outcoupling) == ("frozen", "top", "half_sphere")
    assert study.stack.thermal_resistance == pytest.approx(2e-3)
    assert study.run.illumination == 0.5
    assert study.stack.emitter is None
    assert [(note.kind, note.where) for note in study.notes] == [
        ("not followed", "device.layers.film.electron_field_activation")  # by a constant mobility
    ]


def test_a_bare_device_comes_back_from_its_document_and_obeys_the_schema() -> None:
    study = from_text(BARE)
    document = json.loads(json.dumps(to_document(study)))
    jsonschema.Draft202012Validator(study_schema()).validate(document)
    back = from_document(document)
    assert alike(study.stack, back.stack)
    assert back.inputs == study.inputs
    assert back.run.illumination == 0.5


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ions", "mobile"),
        ("emission_side", "side"),
        ("outcoupling", "lens"),
        ("layers[1].film.statistics", "fermi"),
        ("layers[1].film.trap_charge", "negative"),
        ("layers[1].film.electron_auger", 1e-30),
        ("layers[0].anode", 5.2),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(path: str, value: object) -> None:
    document = json.loads(json.dumps(to_document(from_text(BARE))))
    node = document["device"]
    *way, last = path.replace("[", ".[").split(".")
    for key in way:
        node = node[int(key[1:-1])] if key.startswith("[") else node[key]
    node[last] = value
    assert not jsonschema.Draft202012Validator(study_schema()).is_valid(document)
    with pytest.raises(InputError):
        from_document(document)


#: text, what takes its place, part of the message, suggestion, what the caret points at
REFUSED = [
    ("statistics: gaussian", "statistics: gausian", "'gausian' is not one of boltzmann", "gaussian", "gausian"),
    ("trap_charge: donor", "trap_charge: positive", "not one of neutral, acceptor, donor", "", "positive"),
    ("emission_side: top", "emission_side: side", "'side' is not one of bottom, top", "", "side"),
    ("ions: frozen", "ions: fixed", "'fixed' is not one of free, frozen", "", "fixed"),
    ("ion_permeable: yes", "ion_permeable: maybe", "neither yes nor no", "", "maybe"),
    ("trap_energy: 4.3 eV", "trap_energy: -4.3 eV", "counted downwards from vacuum", "4.3 eV", "-4.3 eV"),
    ("5e-3 (cm/V)^0.5", "5e-3 cm/V", "has another dimension, but a factor of the square root", "", "5e-3 cm/V"),
    ("hole_velocity: 10 m/s", "hole_velocity: inf", "leave contact_hole_velocity out", "", "inf"),
    ("hole_velocity: 10 m/s", "hole_velocity: 0 m/s", "must be larger than zero", "", "0 m/s"),
    ("illumination: 0.5", "illumination: -1", "is negative", "", "-1"),
    ("{anode: 5.2 eV}", "{anode: 100 nm}", "measures a length, but an energy is expected", "", "100 nm"),
    ("{anode: 5.2 eV}", "anode", "anode lacks work_function", "", "anode"),
    ("{anode: 5.2 eV}", "{anode: 5.2 eV, contact: cathode}", "a layer called anode is the anode", "", "cathode"),
    ("{anode: 5.2 eV}", "{anode: 5.2 eV, work_function: 5 eV}", "work function of anode is stated twice", "", "5 eV"),
    ("    - {anode: 5.2 eV}\n", "", "no layer is the anode", "", None),
    ("        trap_energy: 4.2 eV\n", "", "lacks trap_energy", "", "film:"),
    ("        electron_disorder: 80 meV\n", "", "lacks electron_disorder", "", "film:"),
    ("        interface_trap_energy: 4.3 eV\n", "", "lacks interface_trap_energy", "", "film:"),
    ("        interface_hole_capture: 1e-8 cm3/s\n", "", "lacks interface_hole_capture", "", "film:"),
    ("        hole_mobility: 1e-5 cm2/Vs\n", "", "lacks hole_mobility", "", "film:"),
    ("        thickness: 40 nm\n", "", "the thickness of film is missing", "", "film:"),
    ("interface_velocity:", "interface_velocty:", "unknown key", "interface_velocity", "interface_velocty"),
]


@pytest.mark.parametrize(("old", "new", "message", "suggestion", "caret"), REFUSED)
def test_a_mistake_is_refused_at_its_place(
    old: str, new: str, message: str, suggestion: str, caret: str | None
) -> None:
    (problem,) = [item for item in problems(changed(old, new)) if message in item.message]
    if suggestion:
        assert problem.suggestion == suggestion
    if caret is not None:
        assert problem.source_line[problem.column - 1 :].startswith(caret)


def test_light_needs_what_a_bare_device_does_not() -> None:
    emitter = "  emitter: {peak: 645 nm, fwhm: 38 nm, plqy: 0.87, radiative_lifetime: 8 ns}\n  layers:"
    text = changed("  layers:", emitter).replace(
        "        thickness: 40 nm", "        role: emitter\n        thickness: 40 nm"
    )
    found = [item.message for item in problems(text)]
    assert any("anode is no substrate" in message for message in found)
    assert any("anode lacks thickness, refractive index" in message for message in found)
    assert any("film is not in the library and lacks refractive index" in message for message in found)


def test_an_emitting_layer_without_light_is_a_bare_device_too() -> None:
    study = from_text(changed("        thickness: 40 nm", "        role: emitter\n        thickness: 40 nm"))
    assert study.stack is not None
    assert study.stack.emitter is None
    assert "without its light" in study.notes[0].text


def test_a_contact_is_changed_by_its_name() -> None:
    for change in (
        "device.layers.anode=5.0 eV",
        "device.layers.anode.work_function=5.0 eV",
        "device.layers[0]={anode: 5.0 eV}",
    ):
        assert described(stack_of(BARE, change))[0].work_function == 5.0
    assert described(stack_of(BARE, "device.layers.cathode.work_function=3.3 eV"))[2].work_function == 3.3
    found = stack_of(
        BARE, "device.layers.anode.contact_hole_velocity=5 m/s", "device.layers.film.interface_dipole=0.1 V"
    )
    assert found.anode is not None
    assert (found.anode.work_function, found.anode.hole_velocity) == (5.2, 5.0)
    assert found.interfaces[1].dipole == 0.1
    assert stack_of(BARE, "device.layers.film=55 nm").layers[1].thickness == 55e-9
    assert stack_of(BARE, "device.layers.film.trap_charge=neutral", "device.ions=free").ions == "free"


def test_the_cathode_may_be_the_lower_contact() -> None:
    text = BARE.replace("anode: 5.2", "kathode: 3.1").replace("- cathode:", "- anode:").replace("kathode", "cathode")
    assert anode_is_below(stack_of(BARE))
    assert not anode_is_below(stack_of(text))


@pytest.mark.parametrize(
    "change",
    [
        "device.layers.film.trap_charge=acceptor",
        "device.layers.film.ion_permeable=no",
        "device.layers.film.electron_auger=3e-29 cm6/s",
        "device.layers.cathode.contact_hole_velocity=20 m/s",
        "device.ions=free",
        "device.thermal_resistance=0 K*m2/W",
    ],
)
def test_devices_that_differ_in_one_property_are_not_the_same(change: str) -> None:
    assert same_stack(stack_of(BARE), stack_of(BARE, "device.area=1 mm2"))
    assert not same_stack(stack_of(BARE), stack_of(BARE, change))


def test_the_layer_s_own_defaults_hold_where_nothing_is_said() -> None:
    text = "\n".join(line for line in BARE.splitlines() if "interface_" not in line and "trap" not in line)
    film = described(stack_of(text))[1]
    for name in ("interface_dipole", "interface_trap_charge", "trap_density", "trap_charge"):
        assert getattr(film, name) == stated_default(name)
    # The two layers of an interface decide about its velocity, and this film has no neighbour.
    assert math.isnan(film.interface_velocity)


def rows_of_the_page() -> dict[str, list[str]]:
    """The tables of docs/device.md: key -> the other cells."""
    found: dict[str, list[str]] = {}
    for line in PAGE.splitlines():
        if (row := re.match(r"\| `(\w+)` \|(.*)\|$", line)) and not row[1][0].isdigit():
            found[row[1]] = [cell.strip() for cell in row[2].split("|")]
    return found


def test_the_page_tells_every_key_with_a_unit_of_its_dimension_and_its_default() -> None:
    rows = rows_of_the_page()
    solver = {knob.name for knob in knobs()}
    wanted = (set(LAYER_KEYS) - OPTICAL - {"contact", "name", "note"}) | (
        set(DEVICE_KEYS) - {"layers", "source", "kind"}
    )
    assert set(rows) - solver == wanted | set(EMITTER_KEYS)
    for record in (Layer, Stack, EmitterNumbers):
        for name, unit in numbers_of(record).items():
            if name not in rows:
                continue
            shown, *rest = rows[name]
            scale = to_si("1" if shown == "1" else f"1 {shown}", unit)
            default = fields_of(record)[name].default
            if name not in CONTACT and isinstance(default, float) and math.isfinite(default):
                assert float(rest[0]) * scale == pytest.approx(default, rel=1e-4), name


def test_the_studies_and_changes_of_the_page_can_be_read() -> None:
    example = PAGE.split("```yaml\n", 1)[1].split("```", 1)[0]
    assert from_text(example).stack is not None
    commands = re.findall(r"^halodot run (\S+) (--set .*)$", PAGE, re.MULTILINE)
    assert len(commands) == 3
    for name, options in commands:
        load(name, [quoted or bare for quoted, bare in re.findall(r'--set (?:"([^"]+)"|(\S+))', options)])


PAIR = """
halodot: 1
device:
  layers:
    - {anode: 5.4 eV}
    - one:
        thickness: 40 nm
        relative_permittivity: 10
        electron_affinity: 2.5 eV
        ionisation_energy: 5.5 eV
        electron_density_of_states: 1e20 1/cm3
        hole_density_of_states: 1e20 1/cm3
        electron_mobility: 20 cm2/Vs
        hole_mobility: 1e-4 cm2/Vs
    - other:
        thickness: 40 nm
        relative_permittivity: 10
        electron_affinity: 3.0 eV
        ionisation_energy: 6.0 eV
        electron_density_of_states: 1e20 1/cm3
        hole_density_of_states: 1e20 1/cm3
        electron_mobility: 20 cm2/Vs
        hole_mobility: 20 cm2/Vs
    - {cathode: 3.1 eV}
run: {voltage: [1 V]}
"""


def test_the_velocity_of_an_interface_is_listed_where_the_study_states_none() -> None:
    one = "device.layers.one.interface_"

    def listed(*overrides: str) -> dict[str, float]:
        study = from_text(PAIR, overrides=[f"device.layers.{text}" for text in overrides])
        found = {path.removeprefix(one): entry for path, entry in study.inputs.items() if path.startswith(one)}
        assert all(entry.kind == "assumed" for entry in found.values())
        return {word: entry.value for word, entry in found.items()}

    # electrons are free in both layers, holes hop in one: the hop is listed, from which their velocity follows
    assert listed() == {"electron_velocity": 2.7e4, "hop": 1e-9}
    assert listed("other.electron_mobility=1e-3 cm2/Vs") == {"hop": 1e-9}
    assert listed("one.hole_mobility=20 cm2/Vs") == {"velocity": 2.7e4}
    assert listed("one.interface_velocity=5 m/s") == {"velocity": 5.0, "hop": 1e-9}
    assert listed("one.interface_electron_velocity=5 m/s", "one.interface_hop=0 nm") == {
        "electron_velocity": 5.0,
        "hop": 0,
    }
    stack = from_text(PAIR).stack
    assert stack is not None
    assert (stack.interfaces[1].electron_velocity, stack.interfaces[1].hop_distance) == (2.7e4, 1e-9)
    assert math.isnan(stack.interfaces[1].hole_velocity)
    assert math.isnan(stack.interfaces[2].hop_distance)


def test_one_material_in_two_layers_has_no_velocity_to_list() -> None:
    levels = ["electron_affinity=3.0 eV", "ionisation_energy=6.0 eV", "hole_mobility=20 cm2/Vs"]
    study = from_text(PAIR, overrides=[f"device.layers.one.{level}" for level in levels])
    assert not [path for path in study.inputs if "interface" in path]


def test_notes_of_the_device_follow_its_numbers() -> None:
    study = from_text(PAIR, overrides=["device.layers.anode=6.0 eV"])
    assert [note.kind for note in study.notes] == ["corrected"]
    assert not with_inputs(study, {"device.layers.anode.work_function": 5.5}).notes
    stopped = from_text(PAIR, overrides=["device.layers.anode=6.0 eV", "run.stop_after=film"])
    assert "corrected" not in [note.kind for note in stopped.notes]
