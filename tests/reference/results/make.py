"""Write small results of the present version, which later versions are tested to load: python make.py [FOLDER].

A file once committed is never written again; only a new format of result files brings new ones.
"""

import json
import lzma
import sys
import tempfile
from pathlib import Path

import halodot
from halodot.results.formats import FORMAT

STUDIES = {
    "recipe": ("recipe-only", []),
    "current": ("sclc-dots", ["run.voltage=[0 V, 5 V]"]),
    "light": (
        "device-only",
        ["run.voltage=[0 V, 3 V]", "run.wavelength={from: 600 nm, to: 700 nm, step: 10 nm}", "run.positions=3"],
    ),
}


def main(folder: Path) -> None:
    """Simulate every study and write its result, compressed, and its summary."""
    for name, (study, changes) in STUDIES.items():
        result = halodot.simulate(halodot.load(study, changes))
        stem = f"format-{FORMAT}-{name}"
        with tempfile.TemporaryDirectory() as work:
            halodot.save(result, Path(work) / "result.nc")
            (folder / f"{stem}.nc.xz").write_bytes(lzma.compress((Path(work) / "result.nc").read_bytes()))
        summary = {key: entry.value for key, entry in result.summary.items() if entry.value is not None}
        current = [] if result.device_solution is None else result.device_solution.current_density.tolist()
        text = json.dumps({"halodot": halodot.__version__, "summary": summary, "current_density": current}, indent=1)
        (folder / f"{stem}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
