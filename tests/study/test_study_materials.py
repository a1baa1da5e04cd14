"""Every material of the library as a layer of a study: found by each name, seen by light, and carrying charges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot.light.index import refractive_index
from halodot.states import Layer
from halodot.study import Study, from_text, library

DEVICE = (Path(__file__).parent / "own_device.yaml").read_text(encoding="utf-8")
#: light of green to red dots, and what the eye sees of it
VISIBLE = np.linspace(450e-9, 750e-9, 61)
METALS = {"Ag", "Al", "Al-McPeak", "Au", "Ca", "Cu", "Mg", "Mg:Ag", "Pd"}
NAMES = [name for name in library.materials() if name != "dots"]
#: fresh from the vacuum deeper than any hole level beside them, which the study is told
DEEP = {"device.layers.MoO3.work_function", "device.layers.WO3.work_function"}
#: one of a kind: polymer, evaporated, oxide, fullerene, copper salt
STACKS = [("TFB", "TPBi"), ("TAPC", "B3PYMPM"), ("poly-TPD", "ZnMgO"), ("NiO", "PCBM"), ("CuSCN", "SnO2")]


def with_material(name: str) -> Study:
    """The device without a recipe with one layer of a material, where its role puts it."""
    values = library.material(name).values
    beside_anode = values.get("work_function", 0.0) > 4.5
    place, layer = {
        "substrate": ("- glass", name),
        "electrode": ("- {Al: 100 nm, contact: cathode}", f"{{{name}: 100 nm, contact: cathode}}"),
        "injection": ("- {PEDOT:PSS: 30 nm}" if beside_anode else "- {LiF: 1 nm}", f"{{{name}: 2 nm}}"),
        "transport": ("- {PTAA: 30 nm}", f"{{{name}: 30 nm}}"),
    }[values["role"]]
    assert place in DEVICE
    return from_text(DEVICE.replace(place, f"- {layer}"))


def layer_of(study: Study, material: str) -> Layer:
    assert study.stack is not None
    return next(layer for layer in study.stack.layers if layer.material == material)


@pytest.mark.parametrize("name", NAMES)
def test_a_study_takes_it_as_a_layer_that_light_sees(name: str) -> None:
    study = with_material(name)
    layer = layer_of(study, name)
    index = refractive_index(layer, VISIBLE)
    if name in METALS:
        assert np.all((index.imag > index.real) & (index.imag < 9)), "a metal reflects"
    elif name == "graphene":
        assert np.all((index.imag > 1) & (index.real < 3)), "a sheet of it absorbs 2 %"
    else:
        assert np.all((index.real >= 1.3) & (index.real < 3)) or name == "air"
        assert np.all(index.imag < (0.8 if name == "P3HT" else 0.1)), "light passes"
    assert not [
        note for note in study.notes if note.kind == "unlikely" and name in note.where and note.where not in DEEP
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if library.material(name).values["role"] == "transport"])
def test_levels_and_mobilities_are_those_of_a_layer_between_contacts(name: str) -> None:
    entry = library.material(name)
    gap = entry.values["ionisation_energy"] - entry.values["electron_affinity"]
    assert 1.5 < gap < 8
    for key in ("ionisation_energy", "electron_affinity"):
        assert 0.15 <= entry.inputs[key].high - entry.inputs[key].low <= 1.8
    for key in ("electron_mobility", "hole_mobility"):
        number = entry.inputs[key]
        assert number.high / number.low >= 10, "samples differ by ten and more"
        assert 1e-10 <= number.value * 1e4 <= 10, "cm2/Vs across a film"


def test_hole_conductors_conduct_holes_and_bar_electrons() -> None:
    for name in ("TFB", "PVK", "poly-TPD", "TAPC", "mCP", "spiro-OMeTAD", "P3HT", "NiO", "CuSCN", "CuI", "Cu2O"):
        values = library.material(name).values
        assert values["hole_mobility"] >= values["electron_mobility"], name
        assert values["electron_affinity"] < 3.4, f"{name}: above the electron level of lead halide dots"
        assert values["ionisation_energy"] < 6.1, name
    for name in ("BPhen", "BCP", "Alq3", "B3PYMPM", "B4PYMPM", "TSPO1", "PCBM", "C60", "ZnO", "ZnMgO", "SnO2", "TiO2"):
        values = library.material(name).values
        assert values["electron_mobility"] >= values["hole_mobility"], name
        assert values["ionisation_energy"] > 5.6, f"{name}: below the hole level of lead halide dots"


def test_orders_that_every_table_of_levels_has() -> None:
    def level(name: str, field: str) -> float:
        return float(library.material(name).values[field])

    def rising(field: str, *names: str) -> bool:
        values = [level(name, field) for name in names]
        return values == sorted(values)

    assert rising("ionisation_energy", "P3HT", "spiro-OMeTAD", "poly-TPD", "TAPC", "PVK", "mCP")
    assert rising("ionisation_energy", "m-MTDATA", "NPB", "Alq3", "BPhen", "B3PYMPM", "ZnO")
    assert rising("electron_affinity", "TAPC", "NPB", "TPBi", "BPhen", "B3PYMPM", "PCBM")
    assert rising("electron_affinity", "ZnMgO", "ZnO", "SnO2"), "magnesium lifts the electron level"
    assert rising("hole_mobility", "PVK", "TFB", "TAPC")
    assert rising("work_function", "Ca", "Mg", "Al", "Ag", "Au", "Pd")
    assert rising("work_function", "PEIE", "ITO", "2PACz", "MoO3")


@pytest.mark.parametrize(("holes", "electrons"), STACKS)
def test_a_diode_of_two_of_them_conducts_forwards(holes: str, electrons: str) -> None:
    layers = f"[{{anode: 5.1 eV}}, {{{holes}: 30 nm}}, {{{electrons}: 40 nm}}, {{cathode: 3.6 eV}}]"
    text = (
        f"halodot: 1\ndevice:\n  area: 4 mm2\n  layers: {layers}\nrun: {{voltage: [-1 V, 2 V, 4 V], tolerance: 0.1}}\n"
    )
    result = halodot.simulate(from_text(text))
    assert result.device_solution is not None
    current = result.device_solution.current_density
    assert np.all(np.isfinite(current))
    assert current[2] > current[1] > 0
    assert current[2] > 100 * abs(current[0]), "it rectifies"


def test_the_names_of_papers_find_them() -> None:
    found = {
        "alpha-NPD": "NPB", "spiro": "spiro-OMeTAD", "polyTPD": "poly-TPD", "ZnO NPs": "ZnO", "ZMO": "ZnMgO",
        "NiOx": "NiO", "PC61BM": "PCBM", "Bphen": "BPhen", "AlQ3": "Alq3", "silver": "Ag", "MgAg": "Mg:Ag",
        "F4TCNQ": "F4-TCNQ", "SnO2:F": "FTO", "bathocuproine": "BCP", "polyethylenimine": "PEI",
        "caesium carbonate": "Cs2CO3",
    }  # fmt: skip
    assert {word: library.find("materials", word) for word in found} == found
