"""How often a second the frames of a drag come in a bare loop, and how near they are to the exact ones."""

from __future__ import annotations

import time

import numpy as np
import pytest

from halodot.app.live.follow import Follower
from halodot.app.live.frames import Request
from halodot.study import library

DRAGS = {
    "thickness": "device.layers.TmPyPB.thickness={:.3f} nm",
    "mobility": "device.layers.PO-T2T.electron_mobility={:.6g} cm2/(V s)",
    "recipe": "recipe.stocks.ligand[0].amount={:.4f} mmol",
}
VALUES = {
    "thickness": np.linspace(6.0, 12.0, 25),
    "mobility": np.geomspace(1e-5, 1e-3, 25),
    "recipe": np.linspace(0.2, 0.3, 25),
}
STUDIES = [path.stem for path in sorted((library.ROOT / "studies").rglob("*.yaml"))]


def panels() -> tuple[str, ...]:
    """Return the names of all panels."""
    charts = pytest.importorskip("halodot.app.charts")
    return tuple(charts.PANELS)


@pytest.mark.parametrize("name", DRAGS)
def test_frames_a_second_of_the_papers_device(name: str) -> None:
    """Previews of a drag with all panels, one after the other in one process."""
    text, follower, rates = library.study_path("paper-0.2").read_text(encoding="utf-8"), Follower(), {}
    for shown, called in (((), "without panels"), (panels(), "with all panels")):
        follower.answer(Request(0, text, preview=True, panels=shown))
        start, computed = time.perf_counter(), time.process_time()
        for serial, value in enumerate(VALUES[name], 1):
            change = DRAGS[name].format(value)
            frame = follower.answer(Request(serial, text, changes=(change,), preview=True, panels=shown))
            assert not frame.failure
        count = VALUES[name].size
        rates[called] = count / (time.perf_counter() - start), 1e3 * (time.process_time() - computed) / count
    said = (
        f"{rate:.1f} frames a second {called}, {each:.0f} ms of a processor each"
        for called, (rate, each) in rates.items()
    )
    print(f"\n{name}: " + "; ".join(said))
    assert rates["with all panels"][1] < 250.0  # of a processor, which others may share


def test_previews_are_near_the_exact_frames() -> None:
    """Of every study of the library: relative difference of peak EQE and highest current density."""
    worst = 0.0
    for name in STUDIES:
        path = next((library.ROOT / "studies").rglob(f"{name}.yaml"))
        text, follower = path.read_text(encoding="utf-8"), Follower()
        folder = str(path.parent)
        quick, exact = (follower.answer(Request(1, text, folder, preview=preview)) for preview in (True, False))
        assert not quick.failure
        assert not exact.failure
        said = [f"{quick.seconds:.2f} s, exact {exact.seconds:.2f} s"]
        for quantity in ("eqe_max", "luminance_max", "turn_on_voltage", "half_life", "short_circuit_current"):
            if quantity in exact.summary:
                said.append(f"{quantity} {100.0 * (quick.summary[quantity] / exact.summary[quantity] - 1.0):+.2f} %")
        if "eqe_max" in exact.summary:
            worst = max(worst, abs(quick.summary["eqe_max"] / exact.summary["eqe_max"] - 1.0))
        print(f"\n{name}: {', '.join(said)}", end="")
    print(f"\nworst difference of a peak EQE: {100.0 * worst:.2f} %")
    assert worst < 0.03
