"""Compares halodot with measured devices and writes the tables of docs/validation.md.

    python tools/validate_measured.py                 the fits that are kept, against the data, and the blind scores
    python tools/validate_measured.py --fit           everything is fitted anew first (a quarter of an hour)
    python tools/validate_measured.py --draws 1000    for the blind scores; 200 by default

The data of alpha-NPD and of the OLEDs have no licence, so that they do not ship: HALODOT_MEASURED names their folder.
The hole-only diodes ship with the tests.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import measured_blind as blind  # noqa: E402
import measured_families as families  # noqa: E402
from measured_data import (  # noqa: E402
    FOLDER,
    NPD_CURRENT,
    OLED_CURRENT,
    SHIPPED,
    hole_only_materials,
    present,
)
from measured_fits import Fit, inputs_of, stored  # noqa: E402

from halodot.study import load  # noqa: E402
from halodot.study.library import study_path  # noqa: E402
from halodot.units import bench_unit, from_si  # noqa: E402

#: what stands behind this line of a study is written here
FITTED = "  # written by tools/validate_measured.py"
#: source of a fitted number, by the beginning of the file's name
SOURCES = {"npd_": "vanmensfoort2010", "oled_melville": "melville2023", "": "fitsclc2018"}
PAGE = ROOT / "docs" / "validation.md"
_BLOCK = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
SERIES = "series_resistance"


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--fit", action="store_true", help="fit anew what is kept")
    parser.add_argument("--write-studies", action="store_true", help="write the fits that are kept into the studies")
    parser.add_argument("--draws", type=int, default=blind.DRAWS, help="draws of every family that is left out")
    chosen = parser.parse_args(arguments)
    if not present():
        print(f"there are no measured devices in {FOLDER}; HALODOT_MEASURED names their folder", file=sys.stderr)
        return 2
    if chosen.fit:
        for task in _every_task():
            print(f"fitting {task.name}", flush=True)
            task.keep(task.run())
    if chosen.fit or chosen.write_studies:
        for task, data in _study_tasks():
            write_study(task, data)
    tables = {name: _shown(name, make) for name, make in _tables(chosen.draws).items()}
    with PAGE.open(encoding="utf-8") as file:
        text = file.read()
    written = _BLOCK.sub(lambda found: f"{found[1]}{tables[found[2]]}\n{found[3]}", text)
    PAGE.write_text(written, encoding="utf-8", newline="\n")
    return 0


def _shown(name: str, make: Callable[[], str]) -> str:
    text = make()
    print(f"\n{name}\n{text}", flush=True)
    return text


def _every_task() -> Iterable[families.FitTask]:
    yield families.alpha_npd_task()
    for material in hole_only_materials():
        yield families.hole_only_task(material, series=False)
        yield families.hole_only_task(material, series=True)
    yield from families.oled_tasks()
    yield from families.joint_oled_tasks()


def _study_tasks() -> Iterable[tuple[families.FitTask, Path]]:
    """Yield what the library's studies state, with the file that it was fitted to."""
    yield families.alpha_npd_task(), FOLDER / NPD_CURRENT
    for material in hole_only_materials():
        yield families.hole_only_task(material, series=True), SHIPPED / f"{material}.csv"
    for task in families.joint_oled_tasks():
        yield task, FOLDER / OLED_CURRENT


def write_study(task: families.FitTask, data: Path) -> None:
    """Write the numbers of a fit behind the line `FITTED` of the task's study.

    Args:
        task: whose fit is kept.
        data: the file that it was fitted to.
    """
    path = study_path(task.study)
    sha256 = hashlib.sha256(data.read_bytes()).hexdigest()
    source = next(key for start, key in SOURCES.items() if data.name.startswith(start))
    about = f"Fitted to {data.name}, sha256 {sha256[:16]}."
    head = path.read_text(encoding="utf-8").partition(FITTED)[0].rstrip("\n")
    lines = [head if "\nparameters:" in head else f"{head}\n\nparameters:", FITTED]
    declared = load(task.study).inputs
    for place, value in inputs_of(task.numbers, stored()[task.name]).items():
        unit = declared[place].unit
        shown = bench_unit(unit)
        text = f"{from_si(value, unit, shown):.5g} {shown}"
        lines.append(f'  {place}: {{value: {text}, kind: calibrated, source: {source}, about: "{about}"}}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _tables(draws: int) -> Mapping[str, Callable[[], str]]:
    return {
        "alpha_npd": alpha_npd_table,
        "hole_only": hole_only_table,
        "oled": oled_table,
        "joint": joint_table,
        "blind": lambda: blind_table(draws),
    }


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [" | ".join(heads), "|".join("---" for _ in heads), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" if "---" not in line else f"|{line}|" for line in lines)


def alpha_npd_table() -> str:
    """Return what a diode of alpha-NPD says blind, and fitted."""
    task = families.alpha_npd_task()
    found = task.kept()
    rows = [
        (label, "blind, *seen*", "nothing", f"{low:+.2f} to {high:+.2f} decades")
        for label, low, high in blind.alpha_npd_blind()
    ]
    numbers = (
        f"mobility {_cm2(found.values['hole_mobility'])} cm2/Vs, "
        f"g {found.values['field_activation'] / families.ROOT:.2g} (cm/V)^0.5, "
        f"built-in voltage {found.values['built_in_voltage']:.2f} V"
    )
    rows.append(("Poole-Frenkel, ohmic anode", "calibrated", numbers, f"at most {100 * found.largest:.0f} %"))
    return _markdown(("model", "role", "fitted", "error from 2.5 to 7 V"), rows)


def hole_only_table() -> str:
    """Return the fits of the hole-only diodes, with and without a series resistance."""
    rows = []
    for material in hole_only_materials():
        bare, full = (families.hole_only_task(material, series) for series in (False, True))
        plain, with_series = bare.kept(), full.kept()
        v = with_series.values
        temperatures = [curve.temperature for curve in full.curves]
        rows.append(
            (
                f"`hole-only-{material}`",
                f"{min(temperatures):.0f}-{max(temperatures):.0f}",
                _cm2(v["hole_mobility"]),
                f"{1e3 * v['hole_disorder']:.0f}",
                f"{1e9 * v['sites'] ** (-1 / 3):.2f}",
                f"{v['built_in_voltage']:.2f}",
                f"{1e4 * v[SERIES]:.2g}",
                f"{100 * with_series.rms:.0f} %",
                f"{100 * plain.rms:.0f} %",
            )
        )
    heads = ("study", "K", "cm2/Vs", "meV", "hop, nm", "built in, V", "series, ohm cm2", "rms", "rms without series")
    return _markdown(heads, rows)


def oled_table() -> str:
    """Return the fit of every OLED substrate alone."""
    rows = []
    for task in families.oled_tasks():
        found, curve = task.kept(), task.curves[0]
        inside = families.inside_quartiles(curve, found.deviations[0])
        span = f"{curve.voltage[0]:.1f}-{curve.voltage[-1]:.1f}"
        shares = f"{100 * found.rms:.0f} %", f"{100 * inside:.0f} %"
        rows.append((task.name, f"`{task.study}`", span, _oled_numbers(found), *shares))
    return _markdown(("substrate", "study", "V", "fitted", "rms", "within the quartiles"), rows)


def _oled_numbers(found: Fit) -> str:
    said = []
    for name, value in found.values.items():
        layer, _, what = name.partition("_")
        if name.endswith("mobility"):
            said.append(f"{layer} {what.split('_')[0]} {_cm2(value)} cm2/Vs")
        elif name == "field_activation":
            said.append(f"g {value / families.ROOT:.1g} (cm/V)^0.5")
        else:
            said.append(f"{name.replace('_', ' ')} {value:.2f} eV")
    return ", ".join(said)


def joint_table() -> str:
    """Return the joint fits with the factor of every batch."""
    rows = []
    for task in families.joint_oled_tasks():
        found = task.kept()
        for curve, deviations in zip(task.curves, found.deviations, strict=True):
            inside = families.inside_quartiles(curve, deviations)
            rms = float(np.sqrt(np.mean(np.expm1(deviations) ** 2)))
            factor = found.scales[curve.device]
            rows.append((task.study, curve.device, f"{factor:.2f}", f"{100 * rms:.0f} %", f"{100 * inside:.0f} %"))
    return _markdown(("study", "batch", "factor on the model's current", "rms", "within the quartiles"), rows)


def blind_table(draws: int) -> str:
    """Return the scores of the families that are left out."""
    rows = []
    for score in blind.blind_scores(draws):
        mean, spread = score.share
        rows.append(
            (
                score.family,
                str(score.devices),
                f"{mean:+.1f} ± {spread:.1f}",
                f"{score.error:+.2f}",
                f"{score.worst:.2f}",
                f"{100 * score.coverage:.0f} %",
                f"{score.width:.1f}",
                str(score.draws),
            )
        )
    heads = (
        "left out",
        "devices",
        "mobility over time of flight, decades, from the others",
        "error, decades",
        "largest",
        "coverage of the 95 % interval",
        "its width, decades",
        "draws",
    )
    return _markdown(heads, rows)


def _cm2(value: float) -> str:
    return f"{value / families.CENTI:.1e}".replace("e-0", "e-")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
