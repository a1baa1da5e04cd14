"""An own device shines: what an emitting layer does about which little is said, and what its class adds."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot import Result
from halodot.errors import InputError
from halodot.states import Layer, Note, Stack, replaced
from halodot.study import Study, from_document, from_text, library, study_schema, to_document
from halodot.study.emitter import EmitterClass

OWN = """
halodot: 1
device:
  emitter: {peak: 645 nm, fwhm: 35 nm, plqy: 72 %, radiative_lifetime: 11 ns}
  layers:
    - glass
    - {ITO: 150 nm, contact: anode}
    - PTAA: 30 nm
    - my dots:
        role: emitter
        thickness: 30 nm
        cauchy_a: 1.9
        relative_permittivity: 6
        electron_affinity: 3.4 eV
        ionisation_energy: 5.35 eV
        electron_density_of_states: 5e18 1/cm3
        hole_density_of_states: 5e18 1/cm3
        electron_mobility: 1e-5 cm2/Vs
        hole_mobility: 1e-5 cm2/Vs
    - PO-T2T: 40 nm
    - {LiF: 1 nm}
    - {Al: 100 nm, contact: cathode}
run: {voltage: [0 V, 2 V, 2.5 V, 3 V, 4 V]}
"""
PEROVSKITE = OWN.replace("11 ns}", "11 ns, class: perovskite dots}")


def emitting(study: Study) -> Layer:
    """The emitting layer of a study."""
    assert study.stack is not None
    return next(layer for layer in study.stack.layers if layer.role == "emitter")


def notes_of(study: Study, word: str) -> list[Note]:
    """The notes of a study that hold a word."""
    return [note for note in study.notes if word in note.text]


def test_an_emitter_about_whose_recombination_nothing_is_said_shines() -> None:
    study = from_text(OWN)
    entry = study.inputs["device.layers.my dots.langevin_factor"]
    assert (emitting(study).recombination.langevin_factor, entry.value, entry.kind, entry.source) == (
        1.0,
        1.0,
        "assumed",
        "halodot",
    )
    assert (entry.low, entry.high) == (0.1, 10.0)
    result = halodot.simulate(study)
    assert np.max(result.emission.luminance) > 1.0
    assert result.summary["eqe_max"].value > 0.01


@pytest.mark.parametrize(
    ("stated", "langevin", "coefficient"),
    [
        ("langevin_factor: 0.3", 0.3, 0.0),
        ("bimolecular_coefficient: 1e-11 cm3/s", 0.0, 1e-17),
        ("bimolecular_coefficient: 0 cm3/s", 0.0, 0.0),
        ("{langevin_factor: 0.5, bimolecular_coefficient: 1e-11 cm3/s}", 0.5, 1e-17),
        ("{electron_auger: 1e-29 cm6/s, hole_auger: 1e-29 cm6/s}", 1.0, 0.0),
        ("{trap_density: 1e15 1/cm3, trap_energy: 4.5 eV, electron_capture: 1e-8 cm3/s}", 1.0, 0.0),
    ],
)
def test_a_stated_way_to_form_excitons_wins(stated: str, langevin: float, coefficient: float) -> None:
    lines = "".join(f"        {item.strip()}\n" for item in stated.strip("{}").split(","))
    layer = emitting(study := from_text(OWN.replace("        role: emitter\n", f"        role: emitter\n{lines}")))
    assert (layer.recombination.langevin_factor, layer.recombination.bimolecular_coefficient) == (langevin, coefficient)
    assert bool(notes_of(study, "stays dark")) == (langevin == coefficient == 0.0)


@pytest.mark.parametrize("role", ["", "        role: transport\n"])
def test_a_layer_that_is_no_emitter_recombines_only_when_it_is_said(role: str) -> None:
    text = OWN.replace("        role: emitter\n", role).replace(OWN.split("\n")[3] + "\n", "")
    study = from_text(text)
    assert isinstance(study.stack, Stack)
    assert next(layer for layer in study.stack.layers if layer.name == "my dots").recombination.langevin_factor == 0.0
    assert "device.layers.my dots.langevin_factor" not in study.inputs


def test_materials_of_the_library_keep_their_own_recombination() -> None:
    study = from_text(OWN.replace("- my dots:\n        role: emitter\n", "- dots:\n"))
    assert study.inputs["device.layers.dots.langevin_factor"] == library.material("dots").inputs["langevin_factor"]
    examples = {"3_bipolar_langevin": (1.0, 0.0), "4_hetero3": (0.0, 1e-17), "5_qled_full": (0.0, 1e-17)}
    for name, (langevin, coefficient) in examples.items():
        layer = emitting(halodot.load(name))
        assert (layer.recombination.langevin_factor, layer.recombination.bimolecular_coefficient) == (
            langevin,
            coefficient,
        )


def test_without_class_or_auger_rate_a_note_says_that_roll_off_is_off() -> None:
    (note,) = notes_of(from_text(OWN), "roll-off is off")
    assert (note.kind, note.where) == ("missing physics", "device.emitter.class")
    assert all(word in note.text for word in library.emitter_classes())
    stated = "11 ns, trion_auger_rate: 0 1/ns}", "11 ns, trion_auger_rate: 5 1/ns, dot_volume: 400 nm3}"
    for text in (*(OWN.replace("11 ns}", words) for words in stated), PEROVSKITE):
        assert not notes_of(from_text(text), "roll-off")
    assert not notes_of(from_text(OWN.replace("run: {", "run: {stop_after: light, ")), "roll-off")


@pytest.mark.parametrize("word", library.emitter_classes())
def test_a_class_fills_in_what_is_not_stated_with_its_range(word: str) -> None:
    study = from_text(OWN.replace("11 ns}", f"11 ns, class: {word}}}"))
    entry = library.emitter_class(word, EmitterClass)
    numbers, inputs = EmitterClass(**entry.values), entry.inputs
    fates = ("trion_auger_rate", "charging_energy", "quenching_field", "exciton_diffusivity")
    for name in fates[:1] + fates[2:] if word == "no dots" else fates:
        assert study.inputs[f"device.emitter.{name}"] == inputs[name]
        assert getattr(study.stack.emitter, name) == getattr(numbers, name)
    layer = emitting(study)
    if word == "no dots":
        assert layer.transport.statistics == "fermi_dirac"
        assert math.isnan(study.stack.emitter.dot_volume)
        return
    volume = study.inputs["device.emitter.dot_volume"]
    assert study.stack.emitter.dot_volume == volume.value == pytest.approx(2.0 / 5e24)
    assert volume.low < volume.value < volume.high
    assert (layer.transport.statistics, layer.transport.electron_disorder) == ("gaussian", numbers.carrier_disorder)
    assert study.inputs["device.layers.my dots.hole_disorder"] == inputs["carrier_disorder"]


def test_stated_numbers_win_over_the_class() -> None:
    text = PEROVSKITE.replace("11 ns,", "11 ns, trion_auger_rate: 1 1/ns, dot_volume: 1000 nm3,")
    text = text.replace("        role: emitter\n", "        role: emitter\n        statistics: fermi_dirac\n")
    study = from_text(text)
    assert study.stack.emitter.trion_auger_rate == pytest.approx(1e9)
    assert study.stack.emitter.dot_volume == pytest.approx(1e-24)
    assert study.inputs["device.emitter.trion_auger_rate"].about == ""
    assert emitting(study).transport.statistics == "fermi_dirac"
    assert emitting(study).transport.electron_disorder == 0.0


def test_a_second_level_of_dots_takes_the_disorder_of_the_class_and_needs_its_spacing() -> None:
    stated = "        role: emitter\n        statistics: dot_levels\n"
    spacing = "        electron_level_spacing: 160 meV\n        hole_level_spacing: 150 meV\n"
    study = from_text(PEROVSKITE.replace("        role: emitter\n", stated + spacing))
    layer = emitting(study)
    assert layer.transport.statistics == "dot_levels"
    assert layer.transport.electron_disorder == study.inputs["device.layers.my dots.hole_disorder"].value > 0.0
    with pytest.raises(InputError, match="lacks electron_level_spacing, hole_level_spacing"):
        from_text(PEROVSKITE.replace("        role: emitter\n", stated))


def test_a_class_is_read_again_and_other_words_are_refused() -> None:
    study = from_text(PEROVSKITE)
    again = from_document(to_document(study))
    assert again.stack.emitter.trion_auger_rate == study.stack.emitter.trion_auger_rate
    assert emitting(again) == emitting(again)
    assert study_schema()["properties"]["device"]["properties"]["emitter"]["properties"]["class"]["enum"] == [
        *library.emitter_classes()
    ]
    with pytest.raises(InputError, match="perovskite dots") as caught:
        from_text(PEROVSKITE.replace("perovskite dots", "perovskite dot"))
    assert caught.value.problems[0].suggestion == "perovskite dots"


def test_a_class_beside_a_recipe_is_said_not_to_be_followed() -> None:
    study = halodot.load("paper-0.2", ["device.emitter.class=perovskite dots"])
    assert [note.kind for note in notes_of(study, "the film of the recipe")] == ["not followed"]
    assert "device.emitter.trion_auger_rate" not in study.inputs


def test_more_states_than_dots_have_are_noted() -> None:
    crowded = PEROVSKITE.replace("electron_density_of_states: 5e18", "electron_density_of_states: 1e20")
    assert [note.kind for note in notes_of(from_text(crowded), "less than 27 nm3")] == ["unlikely"]
    assert not notes_of(from_text(PEROVSKITE), "27 nm3")


def test_roll_off_lowers_the_efficiency_of_an_own_device_and_bounds_its_charge() -> None:
    off, on = halodot.simulate(from_text(OWN)), halodot.simulate(from_text(PEROVSKITE))
    assert np.nanmax(on.device_solution.trion_auger_current) > 0.0
    assert np.nanmax(off.device_solution.trion_auger_current) == 0.0
    assert on.emission.eqe[-1] < on.emission.eqe[1]
    inside = on.device_solution.layer_of_node == 3
    for density in (on.device_solution.electron_density, on.device_solution.hole_density):
        assert np.max(density[:, inside]) <= 5e24 * (1.0 + 1e-9)


def stated_again(result: Result, table: str) -> dict[str, object]:
    """The numbers that a recipe led to, written down as a device without a recipe."""
    emitter = result.stack.emitter
    plqy = emitter.radiative_rate / (emitter.radiative_rate + emitter.nonradiative_rate)
    light = {
        "peak": f"{result.dots.pl_peak!r} m",
        "fwhm": f"{result.dots.pl_fwhm!r} m",
        "plqy": plqy,
        "radiative_lifetime": f"{1.0 / emitter.radiative_rate!r} s",
        "trion_auger_rate": f"{emitter.trion_auger_rate!r} 1/s",
        "dot_volume": f"{emitter.dot_volume!r} m3",
        "charging_energy": f"{emitter.charging_energy!r} eV",
        "exciton_diffusivity": f"{emitter.exciton_diffusivity!r} m2/s",
        "quenching_field": f"{emitter.quenching_field!r} V/m",
    }
    layer = emitting_of(result.stack)
    units = {"_density_of_states": "1/m3", "_mobility": "m2/V/s", "_energy": "eV", "_affinity": "eV", "_disorder": "eV"}
    dots = {
        f"{carrier}{kind}": f"{getattr(layer.transport, carrier + kind)!r} {unit}"
        for kind, unit in units.items()
        for carrier in ("electron", "hole", "ionisation")
        if not math.isnan(getattr(layer.transport, carrier + kind, math.nan))
    }
    dots |= {"thickness": f"{layer.thickness!r} m", "relative_permittivity": layer.transport.relative_permittivity}
    dots |= {"statistics": layer.transport.statistics, "table": table}
    document = to_document(result.study)
    layers = [{"dots": dots} if "dots" in item else item for item in document["device"]["layers"]]
    conductance = f"{result.stack.shunt_conductance!r} S/m2"
    device = {**document["device"], "emitter": light, "layers": layers, "shunt_conductance": conductance}
    return {
        "halodot": 1,
        "device": device,
        "run": {"temperature": f"{result.stack.temperature!r} K", "voltage": ["2 V", "3 V", "4 V"]},
    }


def emitting_of(stack: Stack) -> Layer:
    """The emitting layer of a stack."""
    return next(layer for layer in stack.layers if layer.role == "emitter")


def test_a_device_from_a_recipe_and_one_from_the_same_numbers_agree(treated: Result, tmp_path: Path) -> None:
    layer = emitting_of(treated.stack)
    rows = np.column_stack(
        (layer.optics.table_wavelength * 1e6, layer.optics.table_index, layer.optics.table_extinction)
    )
    np.savetxt(
        tmp_path / "film.csv",
        rows,
        delimiter=",",
        header="wavelength_um,n,k",
        comments="",
        fmt="%.12g",
        encoding="utf-8",
    )
    study = from_document(stated_again(treated, str(tmp_path / "film.csv")))
    nodes = treated.device_solution.nodes_per_layer  # each chooses a grid of its own for the points that it solves
    bare = halodot.simulate(replaced(study, run=replaced(study.run, nodes_per_layer=nodes, tolerance=math.inf)))
    points = [int(np.argmin(np.abs(treated.device_solution.voltage - voltage))) for voltage in (2.0, 3.0, 4.0)]
    np.testing.assert_allclose(
        bare.device_solution.current_density, treated.device_solution.current_density[points], rtol=1e-6
    )
    # the line is a Gaussian here and the film's own spectrum there
    lost = [result.device_solution.trion_auger_current for result in (bare, treated)]
    np.testing.assert_allclose(lost[0], lost[1][points], rtol=5e-3)
    np.testing.assert_allclose(bare.emission.eqe, treated.emission.eqe[points], rtol=0.02)
    assert not notes_of(bare.study, "roll-off")
