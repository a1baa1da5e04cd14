"""Text of Ocean Optics' server on a Raspberry Pi."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

X = 350.0 + 0.37 * np.arange(300.0)
Y = np.round(1500.0 + 900.0 * np.sin(X / 10.0))


@pytest.mark.parametrize("sequence", [False, True])
def test_reads_counts(tmp_path: Path, sequence: bool) -> None:
    head = ["Spectrum 1 of a sequence"] * sequence
    head += ["Saved at time: 123456", "Integration time: 20000", "Scans to average: 4", "Boxcar smoothing: 2", ""]
    path = tmp_path / "spectrum.pi"
    path.write_text("\n".join([*head, *(f"{x:.3f}\t{y:.2f}" for x, y in zip(X, Y)), ""]), encoding="ascii")
    found = read(path)
    np.testing.assert_allclose(found["wavelength"], np.round(X, 3) * 1e-9)
    np.testing.assert_array_equal(found["counts"], Y)
    assert [found.attrs[key] for key in ("integration_time", "scans", "boxcar")] == [0.02, 4.0, 2.0]
    whole = path.read_bytes()
    for cut in (60, 300, len(whole) - 2):
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError, match=r"spectrum\.pi"):
            read(path)
