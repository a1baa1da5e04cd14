"""CSV of one spectrum, as UV WinLab writes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

X = np.arange(800.0, 399.0, -1.0)
Y = 40.0 + 30.0 * np.sin(X / 40.0)


@pytest.mark.parametrize(("head", "delimiter"), [("nm, %T", ","), ('"nm";"%T"', ";"), ("nm\t%T", "\t")])
def test_reads_transmittance(tmp_path: Path, head: str, delimiter: str) -> None:
    rows = [f"{x:.2f}{delimiter}{y:.6f}" for x, y in zip(X, Y)]
    text = "\n".join([head, *(row.replace(".", ",") if delimiter == ";" else row for row in rows), ""])
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="ascii")
    found = read(path)
    assert found.attrs["kind"] == "absorption"
    np.testing.assert_allclose(found["wavelength"], X * 1e-9)
    np.testing.assert_allclose(found["transmittance"], Y / 100.0, atol=6e-9)
    path.write_text(text[:-3], encoding="ascii")
    with pytest.raises(DataError, match=r"a\.csv: line 402: "):
        read(path)
