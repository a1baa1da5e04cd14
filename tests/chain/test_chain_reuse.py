"""A state is taken over from an earlier result only where all that it is made of is the same."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import halodot
from halodot import Result, Study, load_result, simulate
from halodot.chain import simulate as followed
from halodot.chain import stages
from halodot.states import STATED, Contact, Layer, Note, replaced, stated_value, with_stated
from halodot.study import with_inputs

COARSE = ("run.voltage=[0 V, 3 V]", "run.wavelength={from: 600 nm, to: 700 nm, step: 20 nm}", "run.positions=2")
STATES = ("flask", "dots", "film", "stack", "optics", "device_solution", "emission", "ageing")


@pytest.fixture(scope="module")
def whole() -> Result:
    """From the recipe to ageing, on coarse grids."""
    return simulate(halodot.load("paper-0.2", [*COARSE, "run.lifetime={luminance: 100 cd/m2}"]))


_DIGESTS: dict[int, tuple[Any, str]] = {}  # of records that do not change, kept alive with them


def digest(value: Any) -> str:
    """Return a text that tells values apart; a state that bears a mark is told by it."""
    if isinstance(value, np.ndarray):
        return hashlib.sha256(
            f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes()
        ).hexdigest()
    if isinstance(value, tuple | list):
        return hashlib.sha256("".join(map(digest, value)).encode()).hexdigest()
    if isinstance(value, Mapping):
        return digest([part for item in value.items() for part in item])
    if not is_dataclass(value):
        return hashlib.sha256(f"{type(value)}{value!r}".encode()).hexdigest()
    if id(value) not in _DIGESTS:
        mark = next((note.text for note in getattr(value, "notes", ()) if note.where == "mark"), "")
        _DIGESTS[id(value)] = value, mark or digest([getattr(value, item.name) for item in fields(value)])
    return _DIGESTS[id(value)][1]


def marking(stage: stages.Stage, result: Result) -> stages.Stage:
    """Return a stage that gives the state of a result, marked with all that it was asked to make it of."""
    if stage.name == "stack":
        return stage  # cheap, and later stages look into it

    def run(*reads: Any) -> Mapping[str, Any]:
        made = replaced(getattr(result, stage.name), notes=(Note("assumed", digest(reads), "mark"),))
        return {stage.name: made} | ({"failure": ""} if stage.name == "device_solution" else {})

    return replace(stage, run=run)


@pytest.fixture
def marked(whole: Result, monkeypatch: pytest.MonkeyPatch) -> Callable[[Study], Result]:
    """Let the chain compute nothing, and mark every state with what it is made of."""
    for name in ("CHEMISTRY", "DEVICE"):
        made = tuple(marking(stage, whole) for stage in getattr(stages, name))
        monkeypatch.setattr(stages, name, made)
    return simulate


def marks(result: Result) -> dict[str, str]:
    return {name: digest(getattr(result, name)) for name in STATES}


def moved(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return (value * 1.01 or 1e-3) if math.isfinite(value) else 1.0
    if isinstance(value, np.ndarray):
        return value * 1.01 if value.size else np.ones(2)
    return value


def neighbours(study: Study) -> Iterator[tuple[str, Study]]:
    """Give every study that differs in one thing."""
    for path, entry in study.inputs.items():
        if path.startswith("device.layers."):
            continue  # below, every field of two layers
        yield path, with_inputs(study, {path: entry.value * 1.01 if entry.value else 1e-3}, remarked=False)
    for stage in ("run", "flask", "dots", "film", "ageing", "emitter", "stack"):
        record = getattr(study, stage)
        for item in fields(record) if is_dataclass(record) else ():
            value = getattr(record, item.name)
            if isinstance(value, str | int | float | np.ndarray) and item.name != "stop_after":
                yield f"{stage}.{item.name}", replace(study, **{stage: replaced(record, **{item.name: moved(value)})})
    for stop in ("flask", "dots", "film", "light"):
        yield f"stop after {stop}", replace(study, run=replaced(study.run, stop_after=stop))
    for stated in ("flask.edge_length", "dots.plqy", "film.plqy", "film.mobility"):
        yield f"given.{stated}", replace(study, given={stated: 0.5})
    assert study.stack is not None
    layers = study.stack.layers
    for index in (layers.index(layer) for layer in layers if layer.name in ("PTAA", "dots")):
        layer = layers[index]
        for word in STATED:
            if STATED[word][0] != "contact":
                stack = with_stated(study.stack, index, {word: moved(stated_value(study.stack, index, word))})
                yield f"{layer.name}.{word}", replace(study, stack=stack)
    for name in ("anode", "cathode"):
        contact = getattr(study.stack, name)
        for item in fields(Contact):
            changed = replaced(contact, **{item.name: moved(getattr(contact, item.name))})
            if item.name != "layer":
                yield f"{name}.{item.name}", replace(study, stack=replaced(study.stack, **{name: changed}))
    turned = (*layers[:2], layers[3], layers[2], *layers[4:])
    yield "order of layers", replace(study, stack=replaced(study.stack, layers=turned))
    yield "a layer less", replace(study, stack=replaced(study.stack, layers=(*layers[:2], *layers[3:])))


#: what changes nothing here: conditions of the run that replace a parameter, light on a device without generation,
#: disorder and tables of the film that win over the layer's, extinction where there is none
WITHOUT_EFFECT = {
    *("film.temperature", "film.nominal_thickness", "ageing.temperature", "ageing.humidity", "run.illumination"),
    *("dots.electron_disorder", "dots.hole_disorder", "dots.table_index", "dots.table_extinction"),
}


def test_no_state_is_kept_when_anything_that_it_is_made_of_differs(
    whole: Result, marked: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "refuse", lambda study, stack: None)
    base = marked(whole.study)
    changed, silent = 0, set()
    for name, study in neighbours(whole.study):
        fresh = marks(marked(study))
        assert marks(marked(study, base)) == fresh, name
        changed += 1
        silent |= {name} if fresh == marks(base) else set()
    assert changed > 300
    assert silent <= WITHOUT_EFFECT


def test_the_same_study_is_taken_over_as_a_whole(whole: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    again = halodot.load("paper-0.2", [*COARSE, "run.lifetime={luminance: 100 cd/m2}"])
    result = simulate(again, whole)
    assert result.study is again
    for name in STATES:
        assert getattr(result, name) is getattr(whole, name), name


CHANGES = {
    "wavelength": lambda study: replace(study, run=replaced(study.run, wavelength=np.linspace(6e-7, 7e-7, 11))),
    "positions": lambda study: replace(study, run=replaced(study.run, positions=3)),
    "voltages": lambda study: replace(study, run=replaced(study.run, voltages=np.array([2.5]))),
    "lifetime": lambda study: replace(study, run=replaced(study.run, lifetime_luminance=math.nan)),
    "temperature": lambda study: with_inputs(study, {"run.temperature": 310.0}),
    "side": lambda study: replace(study, stack=replaced(study.stack, outcoupling="half_sphere")),
    "name": lambda study: replace(study, stack=renamed(study.stack)),
    "given": lambda study: replace(study, given={"film.plqy": 0.5}),
    "stop": lambda study: replace(study, run=replaced(study.run, stop_after="light")),
}


def renamed(stack: Any) -> Any:
    layers = [replaced(layer, name="other") if layer.name == "TmPyPB" else layer for layer in stack.layers]
    return replaced(stack, layers=tuple(layers))


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_study_gives_what_a_fresh_run_gives(whole: Result, change: str) -> None:
    study = CHANGES[change](whole.study)
    fresh, reused = simulate(study), simulate(study, whole)
    for name in STATES:
        assert digest(getattr(reused, name)) == digest(getattr(fresh, name)), name
    if change in ("wavelength", "positions", "side", "name"):
        assert digest(fresh.optics) != digest(whole.optics)


def test_a_result_from_a_file_serves_and_one_of_another_version_does_not(whole: Result, tmp_path: Path) -> None:
    halodot.save(whole, tmp_path / "results.nc")
    loaded = load_result(tmp_path)
    assert simulate(whole.study, loaded).optics is loaded.optics
    older = replaced(loaded, version="0.0.1")
    assert (
        simulate(replace(whole.study, run=replaced(whole.study.run, stop_after="dots")), older).dots is not older.dots
    )


def test_light_reads_nothing_of_a_layer_but_what_it_is_given(whole: Result) -> None:
    from halodot.light import dipole_emission

    read: set[str] = set()

    class Watched(Layer):
        def __getattribute__(self, name: str) -> Any:
            read.add(name)
            return super().__getattribute__(name)

    stack, optics = whole.stack, whole.optics
    assert stack is not None
    assert optics is not None
    layers = tuple(
        Watched(**{item.name: getattr(layer, item.name) for item in fields(Layer)}) for layer in stack.layers
    )
    read.clear()
    watched = dipole_emission(replaced(stack, layers=layers), optics.wavelength, optics.position)
    assert digest(watched) == digest(optics)
    assert "thickness" in read
    seen = {"name", "material", "thickness", "role", "optics"}
    assert {name for name in read if not name.startswith("__")} <= seen
