"""Which analyses are proposed for the files of a folder."""

from __future__ import annotations

import pytest

from halodot.lab import method
from halodot.lab.findings import Analysis
from halodot.lab.folder import Seen
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods.pl import PlSettings
from halodot.lab.plan import Plan, proposed


def _nothing(inputs: Inputs, settings: object) -> Analysis:
    return Analysis("x", settings, ())


def _method(name: str, *roles: Role) -> Method:
    return Method(name, name, PlSettings, (), roles, _nothing)


def _never(data: object) -> bool:
    return False


METHODS = {
    item.name: item
    for item in (
        _method("decay", Role("decay", "", _never), Role("response", "", _never, "irf|prompt", required=False)),
        _method("spectrum", Role("spectrum", "", _never)),
        _method(
            "yield",
            Role("emission", "", _never, "in"),
            Role("blank", "", _never, "blank|ref"),
        ),
        _method("statistics", Role("sweeps", "", _never, several=True)),
    )
}


@pytest.fixture(autouse=True)
def _methods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halodot.lab.plan.all_methods", lambda: METHODS)
    assert method.all_methods()  # the real ones stay as they are


def plan(paths: dict[str, str]) -> Plan:
    """Return the plan of files, each with the letter of what it holds: decay, spectrum, sweep."""
    roles = {
        "d": {("decay", "decay"), ("decay", "response")},
        "s": {("spectrum", "spectrum"), ("yield", "emission"), ("yield", "blank")},
        "v": {("statistics", "sweeps")},
    }
    return proposed([Seen(path, kind="x", roles=frozenset(roles.get(what, ()))) for path, what in paths.items()], "top")


def files_of(plan: Plan, name: str) -> list[dict[str, tuple[str, ...]]]:
    return [dict(item.files) for item in plan.items if item.method == name]


def test_marked_companion_goes_with_every_measurement_that_has_none_of_its_own() -> None:
    found = files_of(plan({"TRPL/A.dat": "d", "TRPL/B.dat": "d", "TRPL/B_irf.dat": "d", "TRPL/irf.dat": "d"}), "decay")
    assert {"decay": ("TRPL/A.dat",), "response": ("TRPL/irf.dat",)} in found
    assert {"decay": ("TRPL/B.dat",), "response": ("TRPL/B_irf.dat",)} in found
    assert len(found) == 2


def test_companion_of_another_sample_is_not_taken() -> None:
    found = files_of(plan({"A.dat": "d", "B.dat": "d", "B_irf.dat": "d"}), "decay")
    assert {"decay": ("A.dat",)} in found


def test_companion_of_another_instrument_is_not_taken() -> None:
    roles = frozenset({("decay", "decay"), ("decay", "response")})
    files = [Seen("a/A.dat", kind="decay", reader="one", roles=roles), Seen("b/irf.dat", "", "decay", "two", roles)]
    assert files_of(proposed(files, "top"), "decay") == [{"decay": ("a/A.dat",)}]


def test_companion_with_more_of_the_same_words_is_nearer() -> None:
    paths = {f"JVL/px{number}{end}.dat": "d" for number in (1, 2) for end in ("", "_irf")}
    found = files_of(plan(paths), "decay")
    assert {"decay": ("JVL/px2.dat",), "response": ("JVL/px2_irf.dat",)} in found


def test_analysis_of_several_files_takes_them_from_the_others() -> None:
    made = plan({"QY/A_in.txt": "s", "QY/A_blank.txt": "s", "PL/A.txt": "s"})
    assert files_of(made, "yield") == [{"emission": ("QY/A_in.txt",), "blank": ("QY/A_blank.txt",)}]
    assert files_of(made, "spectrum") == [{"spectrum": ("PL/A.txt",)}]


def test_analysis_that_lacks_a_file_leaves_its_files_to_the_others() -> None:
    made = plan({"QY/A_in.txt": "s"})
    assert not files_of(made, "yield")
    assert files_of(made, "spectrum")


def test_measurements_of_a_sample_are_taken_together() -> None:
    made = plan({"A/px1.txt": "v", "A/px2.txt": "v", "B/px1.txt": "v"})
    assert files_of(made, "statistics") == [{"sweeps": ("A/px1.txt", "A/px2.txt")}, {"sweeps": ("B/px1.txt",)}]


def test_what_nothing_takes_is_left_out_with_a_reason() -> None:
    assert "no analysis takes it" in plan({"odd.bin": ""}).left_out["odd.bin"]


def test_order_of_files_changes_nothing() -> None:
    paths = {"TRPL/A.dat": "d", "TRPL/irf.dat": "d", "PL/A.txt": "s", "A/px1.txt": "v", "A/px2.txt": "v"}
    assert plan(paths).items == plan(dict(sorted(paths.items()))).items
