"""The thickness of a substrate: stated and kept, assumed and listed, noted where the light depends on it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import halodot
from halodot.errors import InputError
from halodot.learn.device_sensitivity import sensitivity
from halodot.results.balances import photon_budget
from halodot.states import Note
from halodot.study import load

DEVICE = """halodot: 1
device:
  emitter: {{peak: 645 nm, fwhm: 38 nm, plqy: 0.87, radiative_lifetime: 8.1 ns}}
  layers:
    - {first}
    - {{ITO: 150 nm, contact: anode}}
    - {{PTAA: 30 nm}}
    - dots: {{thickness: 30 nm, cauchy_a: 1.85, relative_permittivity: 6, electron_affinity: 3.68 eV,
             ionisation_energy: 5.60 eV, electron_density_of_states: 5e18 1/cm3, hole_density_of_states: 5e18 1/cm3,
             electron_mobility: 1e-4 cm2/Vs, hole_mobility: 1e-4 cm2/Vs}}
    - {{PO-T2T: 40 nm}}
    - {{LiF: 1 nm}}
    - {{Al: 100 nm, contact: cathode}}
run: {{voltage: [0 V, 3 V]{more}}}
"""


def study(folder: Path, first: str, extinction: str = "1e-4", more: str = "") -> halodot.Study:
    name = f"tint-{extinction}.csv"
    (folder / name).write_text(f"wavelength_um,n,k\n0.3,1.52,{extinction}\n1.2,1.52,{extinction}\n", encoding="utf-8")
    (folder / "study.yaml").write_text(
        DEVICE.format(first=first.replace("tint.csv", name), more=more), encoding="utf-8"
    )
    return load(folder / "study.yaml")


def remarks(notes: tuple[Note, ...]) -> list[Note]:
    return [note for note in notes if note.where.endswith("thickness")]


def test_the_stated_thickness_and_extinction_count(tmp_path: Path) -> None:
    tinted = halodot.simulate(study(tmp_path, "{glass: 1 mm, table: tint.csv}"))
    clear = halodot.simulate(study(tmp_path, "{glass: 1 mm, table: tint.csv}", "0"))
    assert tinted.stack is not None
    assert tinted.stack.layers[0].thickness == 1e-3
    assert tinted.emission is not None
    assert clear.emission is not None
    passage = math.exp(-4.0 * math.pi * 1e-4 * 1e-3 / 645e-9)
    assert tinted.emission.luminance[-1] < 3.2e3
    assert tinted.emission.luminance[-1] == pytest.approx(passage * clear.emission.luminance[-1], rel=0.08)
    # What glass takes is a channel of its own, and the budget still adds up.
    assert tinted.emission.absorbed[0, -1] > 0.3
    assert clear.emission.absorbed[0, -1] == 0.0
    assert tinted.emission.balance_error < 1e-8
    budget = photon_budget(tinted.emission)
    assert budget["absorbed in glass"] == pytest.approx(tinted.emission.absorbed[0, -1], rel=1e-12)
    assert not remarks(tinted.notes)


def test_a_thickness_that_is_not_stated_is_listed_and_noted_where_it_matters(tmp_path: Path) -> None:
    library = study(tmp_path, "glass")
    entry = library.inputs["device.layers.glass.thickness"]
    assert (entry.kind, entry.value) == ("assumed", 1.1e-3)
    assert not remarks(library.notes)
    tinted = study(tmp_path, "{glass: {table: tint.csv}}")
    (note,) = remarks(tinted.notes)
    assert note.kind == "assumed"
    assert "1.1 mm" in note.text
    assert note.where == "device.layers[0].thickness"
    clear = study(tmp_path, "{glass: {table: tint.csv}}", "0")
    assert math.isinf(clear.stack.layers[0].thickness)
    assert "device.layers.glass.thickness" not in clear.inputs


def test_a_metal_may_be_the_substrate_and_a_film_may_not(tmp_path: Path) -> None:
    text = (tmp_path / "study.yaml", DEVICE.format(first="{Al: 1 mm, name: foil}", more=", stop_after: light"))
    text[0].write_text(text[1].replace("device:\n", "device:\n  emission_side: top\n"), encoding="utf-8")
    result = halodot.simulate(load(text[0]))
    assert result.optics is not None
    assert result.optics.back.max() == 0.0
    text[0].write_text(text[1].replace("1 mm", "100 nm"), encoding="utf-8")
    with pytest.raises(InputError, match="is no substrate"):
        load(text[0])


def test_the_light_follows_the_thickness_of_a_tinted_substrate(tmp_path: Path) -> None:
    result = halodot.simulate(study(tmp_path, "{glass: 1 mm, table: tint.csv}", "2e-5"))
    found = sensitivity(result, ["device.layers.glass.thickness"])
    light = []
    for thickness in ("0.95 mm", "1.05 mm"):
        other = halodot.simulate(study(tmp_path, f"{{glass: {thickness}, table: tint.csv}}", "2e-5"))
        assert other.emission is not None
        light.append(other.emission.luminance[-1])
    assert found.dL[0, -1] == pytest.approx((light[1] - light[0]) / 1e-4, rel=1e-3)
    assert found.dJ[0, -1] == 0.0
