"""`check` finds, without solving anything, what `run` refuses from the inputs alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import halodot
from halodot.chain.simulate import examine
from halodot.errors import HalodotError, InputError, ValidityError
from halodot.study import from_text, library
from halodot.study.model import Study

#: a study of the library, a change of it, the kind of refusal, and what its message says
REFUSED = [
    ("device-only", "device.emission_side=top", None, ""),
    (
        "device-only",
        "device.emitter={peak: 645 nm, fwhm: 38 nm, plqy: 0.8, radiative_lifetime: 9 ns, trion_auger_rate: 1e10 1/s}",
        InputError,
        "volume of the film for each dot",
    ),
    ("device-only", "run.wavelength={from: 700 nm, to: 800 nm, step: 5 nm}", ValidityError, "peak at 645"),
    ("recipe-only", "recipe.pot[0].add=formamidinium acetate", ValidityError, "organic cation"),
    ("recipe-only", "recipe.pot[6].heat=30 degC", ValidityError, "hot injection"),
    ("paper-0.2", "recipe.pot[0].add=formamidinium acetate", ValidityError, "organic cation"),
]


def refusal(call: object, study: Study) -> str:
    """Return the refusal of a study by a function, empty if it is accepted."""
    assert callable(call)
    try:
        call(study)
    except HalodotError as error:
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.mark.parametrize(("name", "change", "kind", "text"), REFUSED, ids=[item[1] for item in REFUSED])
def test_check_refuses_what_run_refuses(name: str, change: str, kind: type | None, text: str) -> None:
    study = halodot.load(name, [change, "run.voltage=[0 V]"])
    found = refusal(examine, study)
    assert found == refusal(halodot.simulate, study)
    assert found.startswith(kind.__name__) if kind else not found
    assert text in found


@pytest.mark.parametrize("name", library.studies())
def test_the_librarys_studies_pass(name: str) -> None:
    assert not refusal(examine, halodot.load(name))


BARE = """halodot: 1
device:
  layers:
    - {anode: 5.1 eV}
    - film:
        thickness: 100 nm
        relative_permittivity: 3
        electron_affinity: 2.8 eV
        ionisation_energy: 5.2 eV
        electron_density_of_states: 1e20 1/cm3
        hole_density_of_states: 1e20 1/cm3
        electron_mobility: 1e-6 cm2/Vs
        hole_mobility: 1e-6 cm2/Vs
    - {cathode: 2.9 eV}
run: {voltage: [0 V]}
"""


def test_nothing_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    from halodot.device import current_voltage

    def solve(*_: object) -> None:
        raise AssertionError("the device is solved")

    monkeypatch.setattr(current_voltage, "sweep", solve)
    assert examine(from_text(BARE)).device_solution is None


def test_a_refusal_of_the_device_stands_in_its_file(tmp_path: Path) -> None:
    text = library.study_path("device-only").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("    class: perovskite dots\n", "    trion_auger_rate: 1e10 1/s\n"), encoding="utf-8")
    study = halodot.load(path)
    line = 1 + text.splitlines().index("  emitter:")
    for call in (examine, halodot.simulate):
        with pytest.raises(InputError) as caught:
            call(study)
        (problem,) = caught.value.problems
        assert (problem.file, problem.line) == (str(path), line)
