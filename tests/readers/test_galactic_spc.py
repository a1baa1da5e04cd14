"""Galactic SPC, built here from spc.h: byte orders, integers and floats, one spectrum and several."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError
from halodot.readers.raw_file import RawFile
from halodot.readers.recognise import recognised, recorded
from halodot.readers.recording import Recording

HALF, MULTI, ORDERED, LABELLED, OWN, GIVEN = 0x01, 0x04, 0x10, 0x20, 0x40, 0x80
#: 2026-11-28 13:05
DATE = 2026 << 20 | 11 << 16 | 28 << 11 | 13 << 6 | 5


def new(
    flags: int, axis: int, ordinate: int, x: np.ndarray, spectra: list[np.ndarray], *, big: bool = False,
    exponent: int = -128, technique: int = 4, depth: int = 0, log: bytes = b"", labels: bytes = b"",
    own: list[np.ndarray] | None = None,
) -> bytes:  # fmt: skip
    """Write a file of the new format; spectra are floats, or integers where the exponent is none of floats."""
    order = ">" if big else "<"
    kind = f"{order}f4" if exponent == -128 else (f"{order}i2" if flags & HALF else f"{order}i4")
    body = x.astype(f"{order}f4").tobytes() if flags & GIVEN and not flags & OWN else b""
    for place, values in enumerate(spectra):
        points = len(values) if own else 0
        head = (0, exponent, place, 2.5 * place, 2.5 * place + 2.5, 0.0, points, 8, 0.0)
        body += struct.pack(order + "BbHfffIIf4x", *head)
        body += own[place].astype(f"{order}f4").tobytes() if own else b""
        body += values.astype(kind).tobytes()
    at = 512 + len(body) if log else 0
    header = struct.pack(
        order + "BBBbIddIBBBBI9s9sH32x130s30sIIBBHf48sfIfB187x",
        flags, 0x4C if big else 0x4B, technique, exponent, 0 if own else len(x), x[0], x[-1], len(spectra),
        axis, ordinate, depth, 0, DATE, b"4 cm-1", b"FTS 40", 0, b"a film", labels, at, 0,
        0, 0, 0, 0.0, b"", 0.0, 0, 0.0, 0,
    )  # fmt: skip
    if log:
        body += struct.pack(order + "IIIII44x", 64 + len(log) + 1, 4096, 64, 0, 0) + log + b"\0"
    return header + body


def old(values: list[np.ndarray], exponent: int, half: bool = False) -> bytes:
    """Write a file of LabCalc: the large half of each ordinate first."""
    flags = (MULTI if len(values) > 1 else 0) | (HALF if half else 0)
    head = struct.pack(
        "<BBhfffBBHBBBB8sHH28x130s30x",
        flags, 0x4D, exponent, len(values[0]), 400.0, 4000.0, 1, 2, 1993, 11, 28, 13, 5, b"2", 0, 16, b"an old film",
    )  # fmt: skip
    for place, one in enumerate(values):
        head += struct.pack("<BbHfffIIf4x", 0, exponent, place, float(place), float(place), 0.0, 0, 0, 0.0)
        if half:
            head += one.astype("<i2").tobytes()
        else:
            words = one.astype("<i4").view("<u2").reshape(-1, 2)
            head += words[:, ::-1].tobytes()
    return head


def opened(data: bytes) -> Recording:
    file = RawFile("x.spc", data)
    return recorded(file, recognised(file))


@pytest.mark.parametrize("big", [False, True])
def test_reads_floats_over_even_abscissas_in_both_byte_orders(tmp_path: Path, big: bool) -> None:
    y = np.linspace(0.0, 1.5, 30)
    log = b"KEY = a value\r\na remark\r\n"
    (tmp_path / "a").write_bytes(new(0, 1, 2, np.linspace(4000.0, 400.0, 30), [y], big=big, log=log))
    found = read(tmp_path / "a")
    np.testing.assert_allclose(found["wavenumber"], np.linspace(4e5, 4e4, 30))
    np.testing.assert_allclose(found["absorbance"], y, rtol=1e-7)
    assert found.attrs["kind"] == "infrared"
    assert found.attrs["date"] == "2026-11-28T13:05:00"
    assert (found.attrs["resolution"], found.attrs["scans"], found.attrs["comment"]) == (400.0, 8.0, "a film")


@pytest.mark.parametrize(("half", "bits"), [(True, 16), (False, 32)])
def test_reads_integers_with_their_exponent(half: bool, bits: int) -> None:
    y = np.array([1, -2, 2 ** (bits - 1) - 1, -(2 ** (bits - 1)), 0])
    found = opened(new(HALF if half else 0, 3, 5, np.linspace(500.0, 540.0, 5), [y], exponent=3))
    np.testing.assert_allclose(found.curves[0].signals[0].values, y * 2.0 ** (3 - bits), rtol=1e-15)
    assert found.curves[0].axes[0].quantity == "wavelength"


@pytest.mark.parametrize(
    ("axis", "technique", "quantity", "kind"),
    [
        (1, 4, "wavenumber", "infrared"),
        (1, 11, "raman_shift", "raman"),
        (13, 0, "raman_shift", "raman"),
        (2, 0, "wavelength", "absorption"),
        (14, 0, "photon_energy", "absorption"),
        (5, 0, "time", "time_series"),
        (18, 8, "two_theta", "x_ray_diffraction"),
    ],
)
def test_axes_follow_the_codes_of_the_header(axis: int, technique: int, quantity: str, kind: str) -> None:
    found = opened(new(0, axis, 2, np.linspace(10.0, 20.0, 11), [np.ones(11)], technique=technique))
    assert (found.curves[0].axes[0].quantity, found.kind) == (quantity, kind)


def test_reads_given_abscissas_and_labels_in_words() -> None:
    x = np.array([300.0, 301.0, 305.0, 330.0])
    labels = b"Wavelength (nm)\0Counts\0"
    found = opened(new(GIVEN | LABELLED, 0, 0, x, [np.arange(4.0)], labels=labels))
    assert found.curves[0].axes[0].quantity == "wavelength"
    assert found.curves[0].signals[0].quantity == "counts"
    np.testing.assert_array_equal(found.curves[0].axes[0].values, x)


def test_reads_several_spectra_in_time_and_with_their_own_abscissas(tmp_path: Path) -> None:
    x, y = np.linspace(500.0, 510.0, 6), np.arange(6.0)
    (tmp_path / "m").write_bytes(new(MULTI | ORDERED, 3, 2, x, [y / 10, y / 20, y / 40], depth=5))
    found = read(tmp_path / "m")
    np.testing.assert_allclose(found["time"], [0.0, 150.0, 300.0])
    np.testing.assert_allclose(found["absorbance"], [y / 10, y / 20, y / 40], rtol=1e-6)
    own = [x[:3], x[2:]]
    each = opened(new(MULTI | OWN | GIVEN, 9, 0, x, [y[:3], y[2:]], own=own))
    assert [list(curve.axes[0].values) for curve in each.curves] == [list(one) for one in own]
    assert [list(curve.signals[0].values) for curve in each.curves] == [list(y[:3]), list(y[2:])]


@pytest.mark.parametrize("half", [False, True])
def test_reads_the_old_format(half: bool) -> None:
    y = [np.array([5, -7, 30000, -30000, 123]) * (1 if half else 60000), np.array([1, 2, 3, 4, 5])]
    found = opened(old(y, 4, half))
    for curve, one in zip(found.curves, y, strict=True):
        np.testing.assert_allclose(curve.signals[0].values, one * 2.0 ** (4 - (16 if half else 32)))
    np.testing.assert_allclose(found.curves[0].axes[0].values, np.linspace(400.0, 4000.0, 5))
    assert found.metadata["date"] == "1993-11-28T13:05:00"


def test_refuses_files_cut_off() -> None:
    x = np.linspace(500.0, 510.0, 60)
    files = (
        new(0, 3, 2, x, [x / 600]),
        new(MULTI, 3, 2, x, [x / 600, x / 700]),
        new(MULTI | OWN | GIVEN, 3, 2, x, [x / 600, x / 700], own=[x, x + 1]),
        old([np.arange(50), np.arange(50)], 4),
    )
    for data in files:
        for kept in range(260, len(data) - 3, 37):
            with pytest.raises(DataError, match=r"x\.spc"):
                opened(data[:kept])


def test_refuses_sizes_that_cannot_be() -> None:
    data = bytearray(new(0, 3, 2, np.linspace(500.0, 510.0, 60), [np.ones(60)]))
    for place, value in ((4, 2**31), (24, 2**30)):
        damaged = bytearray(data)
        struct.pack_into("<I", damaged, place, value)
        with pytest.raises(DataError, match=r"stated|need"):
            opened(bytes(damaged))


def test_reads_real_files() -> None:
    truth = expected("spc_galactic/Ft-ir.spc")
    found = read(real("spc_galactic/Ft-ir.spc"))
    y = 100.0 * found["transmittance"].values
    assert found["wavenumber"].values[[0, -1]] == pytest.approx([4e5, 4.5e4])
    assert (len(y), y[0], y[-1], y.sum()) == pytest.approx(
        tuple(truth[key] for key in ("n", "y_first", "y_last", "y_sum")), rel=1e-9
    )
    laser = read(real("spc_galactic/HENE25.SPC"))
    np.testing.assert_allclose(laser["wavenumber"].values[[0, -1]], [1582000.0, 1581500.0])  # of its header, 51 points
    assert laser["intensity"].values.max() > 100.0 * np.median(laser["intensity"].values) > 0.0  # one line
    masses = read(real("spc_galactic/m_xyxy.spc"))
    assert masses.attrs["kind"] == "mass_spectrum"
    assert sum(str(name).startswith("intensity") for name in masses.data_vars) == 512
    ocean = read(real("ocean_optics/OceanOptics.spc"))
    assert ocean.sizes == {"wavelength": 3648}
    assert ocean.attrs["integration_time"] == pytest.approx(0.2)
