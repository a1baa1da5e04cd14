"""The scripts of examples/ run and say what they promise."""

import importlib.util
import math
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_every_script_runs() -> None:
    scripts = sorted(EXAMPLES.glob("*.py"))
    assert scripts
    for script in scripts:
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


def test_the_experiments_tell_the_causes_apart() -> None:
    spec = importlib.util.spec_from_file_location("tell_causes_apart", EXAMPLES / "tell_causes_apart.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.table()
    assert all(math.isfinite(value) for row in found.values() for value in row.values())
    salt, other_acid = found["oleylammonium iodide, no acid"], found["5AVA with HBF4 for HI"]
    assert salt["iodide"] < salt["etching"] - 0.05  # iodide without acid shrinks only if iodide is the cause
    assert other_acid["etching"] < other_acid["iodide"] - 0.05  # acid without iodide only if acid is
