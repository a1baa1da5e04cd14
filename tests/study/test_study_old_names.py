"""What is written with the names of the last release is read as before, with a note for every such name."""

from __future__ import annotations

from pathlib import Path

import pytest

from halodot import simulate
from halodot.errors import InputError
from halodot.study import Study, from_text, load, to_document, with_inputs

NEW = """
halodot: 1
device:
  emission_side: top
  layers:
    - {anode: 5.2 eV}
    - film:
        thickness: 80 nm
        relative_permittivity: 3
        electron_affinity: 3 eV
        ionisation_energy: 5 eV
        electron_density_of_states: 1e20 1/cm3
        hole_density_of_states: 1e20 1/cm3
        electron_mobility: 1e-4 cm2/Vs
        hole_mobility: 1e-4 cm2/Vs
        ion_permeable: yes
    - {cathode: 3.1 eV}
run: {voltage: [1 V]}
"""
OLD = (
    NEW.replace("emission_side", "viewed")
    .replace("electron_density_of_states", "electron_states")
    .replace("hole_density_of_states", "hole_states")
    .replace("ion_permeable", "ions_enter")
)


def renamed(study: Study) -> list[str]:
    return [note.text for note in study.notes if "now; the next release" in note.text]


@pytest.mark.filterwarnings("ignore:.*is called:DeprecationWarning")
def test_old_keys_of_a_device_are_read_with_a_note() -> None:
    old, new = from_text(OLD), from_text(NEW)
    assert {path: entry.value for path, entry in old.inputs.items()} == {
        path: entry.value for path, entry in new.inputs.items()
    }
    assert old.stack is not None
    assert (old.stack.emission_side, old.stack.layers[1].ions.ion_permeable) == ("top", True)
    assert to_document(old) == to_document(new)
    assert len(renamed(old)) == 4
    assert not renamed(new)
    assert any("'electron_states' is called 'electron_density_of_states'" in text for text in renamed(old))


@pytest.mark.filterwarnings("ignore:.*is called:DeprecationWarning")
def test_a_word_that_is_written_in_two_layers_is_noted_once() -> None:
    film = OLD[OLD.index("    - film:") : OLD.index("    - {cathode")]
    study = from_text(OLD.replace(film, film + film.replace("film", "other film")))
    assert len(renamed(study)) == 4
    assert {note.where for note in study.notes if note.text in renamed(study)} == {"device", "device.layers[1]"}


@pytest.mark.filterwarnings("ignore:.*is called:DeprecationWarning")
def test_a_refusal_of_a_device_with_old_names_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(OLD.replace("ions_enter: yes", "cation_density: 1e28 1/cm3"), encoding="utf-8")
    with pytest.raises(InputError, match=r"study\.yaml:7:\d+: device\.layers\[1\]"):
        simulate(load(str(path)))


def test_an_old_key_warns() -> None:
    with pytest.warns(DeprecationWarning, match="'viewed' is called 'emission_side' now"):
        from_text(NEW.replace("emission_side", "viewed"))


@pytest.mark.filterwarnings("ignore:.*is called:DeprecationWarning")
@pytest.mark.parametrize(
    "written", ["parameters: {stack.film.thickness: 70 nm}", "parameters: {stack: {film: {thickness: 70 nm}}}"]
)
def test_old_paths_of_parameters_are_read_with_a_note(written: str) -> None:
    study = from_text(NEW + written + "\n")
    assert study.inputs["device.layers.film.thickness"].value == pytest.approx(7e-8)
    assert len(renamed(study)) == 1


def test_an_old_path_still_changes_its_number() -> None:
    study = load("device-only")
    with pytest.warns(DeprecationWarning, match=r"is called 'device\.layers\.dots\.thickness'"):
        changed = with_inputs(study, {"stack.dots.thickness": 2e-8})
    assert changed.inputs["device.layers.dots.thickness"].value == 2e-8
    with pytest.warns(DeprecationWarning, match="--set"):
        assert load("device-only", ["stack.dots.thickness=20 nm"]).inputs["device.layers.dots.thickness"].value == 2e-8
