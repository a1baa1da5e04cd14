"""Old names lead to the names of today, and say so."""

from __future__ import annotations

import re

import pytest

import halodot
from halodot import aliases


@pytest.fixture
def old_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(aliases.RENAMED, "field", {"Layer.old_thickness": "thickness"})
    monkeypatch.setattr(aliases, "INPUTS", {r"pile\.(.+)": r"device.\1"})


@pytest.mark.usefixtures("old_names")
def test_an_old_name_gives_the_new_one_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match=r"'old_thickness' is called 'thickness' now"):
        assert aliases.current("field", "Layer.old_thickness") == "thickness"
    with pytest.warns(DeprecationWarning, match=r"study\.yaml:3: 'pile\.area' is called 'device\.area' now"):
        assert aliases.current("input", "pile.area", "study.yaml:3") == "device.area"


def test_a_present_name_is_itself_without_a_word() -> None:
    assert aliases.current("field", "Layer.thickness") == "thickness"
    assert aliases.current("input", "device.area") == "device.area"
    assert aliases.renamed("key", "title") == ""


@pytest.mark.parametrize("kind", [kind for kind in aliases.RENAMED if kind != "input"])
def test_no_new_name_is_an_old_one(kind: str) -> None:
    table = aliases.RENAMED[kind]
    old = {word.rpartition(".")[2] for word in table} if kind != "field" else set(table)
    new = (
        {f"{word.rpartition('.')[0]}.{name}" for word, name in table.items()} if kind == "field" else {*table.values()}
    )
    assert not old & new


def test_the_patterns_of_inputs_are_patterns() -> None:
    for pattern, replacement in aliases.INPUTS.items():
        assert re.compile(pattern).groups >= replacement.count("\\")


@pytest.mark.parametrize("method", aliases.METHODS)
def test_a_method_of_before_is_the_function_of_today(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, old = method.partition(".")
    function = aliases.METHODS[method]
    monkeypatch.setattr(halodot, function, lambda *arguments: arguments, raising=False)
    owner = type(name, (), {"__getattr__": aliases.moved_method})()
    with pytest.warns(DeprecationWarning, match=rf"the method '{old}' is the function halodot\.{function} now"):
        assert getattr(owner, old)(1.0) == (owner, 1.0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stack.area", "device.area"),
        ("stack.PEDOT:PSS.hole_states", "device.layers.PEDOT:PSS.hole_density_of_states"),
        ("emitter.charged_rate", "device.emitter.trion_auger_rate"),
        ("given.dots.air_kept", "given.dots.pl_retained_in_air"),
    ],
)
def test_an_old_path_leads_to_the_number(old: str, new: str) -> None:
    assert aliases.renamed("input", old) == new
