"""Bruker OPUS, built here from its blocks and held against the library brukeropus where that is installed."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError
from halodot.readers.raw_file import RawFile
from halodot.readers.recognise import recognised, recorded
from halodot.readers.recording import Recording

X = np.linspace(4000.0, 400.0, 25)


def parameters(values: dict[str, int | float | str]) -> bytes:
    found = b""
    for key, value in values.items():
        if isinstance(value, int):
            form, raw = 0, struct.pack("<i", value)
        elif isinstance(value, float):
            form, raw = 1, struct.pack("<d", value)
        else:
            form, raw = 2, value.encode("cp1252").ljust(2 * (len(value) // 2 + 1), b"\0")
        found += key.encode() + b"\0" + struct.pack("<HH", form, len(raw) // 2) + raw
    found += b"END\0" + bytes(4)
    return found + bytes(-len(found) % 4)


def code(beam: int, kind: int, data: int, form: int = 0, part: int = 3) -> int:
    return part | beam << 2 | kind << 4 | data << 10 | form << 19


def opus(blocks: list[tuple[int, bytes]]) -> bytes:
    start, size = 24, 12 * (len(blocks) + 1)
    entries, body = struct.pack("<Iii", code(0, 0, 13, 0, 0), size // 4, start), b""
    for kind, content in blocks:
        entries += struct.pack("<Iii", kind, len(content) // 4, start + size + len(body))
        body += content
    return b"\n\n\xfe\xfe" + struct.pack("<diii", 920622.0, start, 40, len(blocks) + 1) + entries + body


def described(y: np.ndarray, unit: str = "WN", **changes: int | float | str) -> bytes:
    values: dict[str, int | float | str] = {
        "DPF": 1,
        "NPT": len(y),
        "FXV": 4000.0,
        "LXV": 400.0,
        "CSF": 1.0,
        "MXY": float(y.max()),
        "MNY": float(y.min()),
        "DAT": "28/11/2026",
        "TIM": "13:05:07.123 (GMT+2)",
        "DXU": unit,
    }
    return parameters(values | changes)


def floats(y: np.ndarray) -> bytes:
    return y.astype("<f4").tobytes()


SETTINGS = (code(0, 2, 0, 0, 0), parameters({"INS": "Tensor 27", "SRN": "0815"}))
ACQUISITION = (code(0, 3, 0, 0, 0), parameters({"RES": 4.0, "NSS": 64}))
SAMPLE = (code(0, 10, 0, 0, 0), parameters({"SNM": "film", "CNM": "JVL"}))


def measured() -> bytes:
    y = np.linspace(0.1, 1.2, 25)
    burst = np.linspace(-1.0, 3.0, 40)
    return opus(
        [
            (code(1, 0, 2), floats(burst)),
            (code(1, 1, 2), described(burst, "PNT", FXV=0.0, LXV=39.0)),
            (code(1, 0, 1), floats(10.0 * y)),
            (code(1, 1, 1), described(10.0 * y)),
            (code(3, 0, 4), floats(np.append(y, [9.0, 9.0]))),  # a block may be longer than its points
            (code(3, 1, 4), described(y)),
            SETTINGS,
            ACQUISITION,
            SAMPLE,
        ]
    )


def opened(data: bytes) -> Recording:
    file = RawFile("x.0", data)
    return recorded(file, recognised(file))


def test_reads_results_before_what_they_were_computed_from(tmp_path: Path) -> None:
    (tmp_path / "film.0").write_bytes(measured())
    found = opened(measured())
    assert [curve.label for curve in found.curves] == ["AB", "ScSm", "IgSm"]
    assert found.kind == "infrared"
    np.testing.assert_allclose(found.curves[0].signals[0].values, np.linspace(0.1, 1.2, 25), rtol=1e-6)
    np.testing.assert_allclose(found.curves[0].axes[0].values, X)
    assert found.curves[2].axes[0].quantity == "channel"
    data = read(tmp_path / "film.0")
    assert data.attrs["date"] == "2026-11-28T13:05:07+02:00"
    assert (data.attrs["instrument"], data.attrs["operator"], data.attrs["sample"]) == (
        "Bruker Tensor 27",
        "JVL",
        "film",
    )
    assert (data.attrs["resolution"], data.attrs["scans"]) == (400.0, 64.0)


def test_agrees_with_the_library(tmp_path: Path) -> None:
    library = pytest.importorskip("brukeropus")
    (tmp_path / "film.0").write_bytes(measured())
    other, found = library.read_opus(str(tmp_path / "film.0")), opened(measured())
    for curve, data in zip(found.curves, (other.a, other.sm, other.igsm), strict=True):
        np.testing.assert_array_equal(curve.axes[0].values, data.x)
        np.testing.assert_array_equal(curve.signals[0].values, data.y)


@pytest.mark.parametrize(
    ("data", "quantity", "unit"), [(5, "transmittance", "1"), (12, "reflectance", "1"), (6, "kubelka_munk", "1")]
)
def test_reads_other_results(data: int, quantity: str, unit: str) -> None:
    y = np.linspace(0.2, 1.0, 25)
    found = opened(opus([(code(3, 0, data), floats(y)), (code(3, 1, data), described(y, CSF=0.5, MXY=0.5, MNY=0.1))]))
    signal = found.curves[0].signals[0]
    assert (signal.quantity, signal.unit) == (quantity, "1")
    np.testing.assert_allclose(signal.values, 0.5 * y, rtol=1e-6)


def test_reads_a_series_in_time() -> None:
    y = np.random.default_rng(1).random((3, 25)).astype("<f4")
    body = struct.pack("<6i", 0, 3, 32, 100, 152, 1) + struct.pack("<2i", 0, 2)
    for place, row in enumerate(y):
        after = struct.pack("<8i4d2i7d2i2d", *[0] * 8, *[0.0] * 4, 0, 0, *[0.0] * 7, 0, 0, place * 1.0, place + 0.9)
        body += row.tobytes() + after
    found = opened(opus([(code(3, 0, 4, 2), body), (code(3, 1, 4, 2), described(y, NPT=25))]))
    np.testing.assert_allclose(found.curves[0].axes[0].values, [0.9, 1.9, 2.9])
    np.testing.assert_array_equal(found.curves[0].signals[0].values, y)


def test_refuses_what_is_cut_off_or_makes_no_sense() -> None:
    data = measured()
    for kept in range(4, len(data) - 4, 23):
        with pytest.raises(DataError, match=r"x\.0"):
            opened(data[:kept])
    y = np.linspace(0.1, 1.2, 25)
    for changes, words in (
        ({"NPT": 2**30}, "points"),
        ({"NPT": 26}, "26 points are stated"),
        ({"DPF": 5}, "form 5"),
        ({"DXU": "FUR"}, "FUR"),
        ({"MXY": 0.2}, "are stated"),
    ):
        wrong = opus([(code(3, 0, 4), floats(y)), (code(3, 1, 4), described(y, **changes))])
        with pytest.raises(DataError, match=words):
            opened(wrong)
