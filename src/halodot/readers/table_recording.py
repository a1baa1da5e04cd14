"""From tables of numbers to what a file holds: the kind of measurement, and what bare numbers may be."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halodot.errors import DataError, InputError
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import KINDS, METADATA, Curve, Recording
from halodot.readers.tables import UNKNOWN, Layout, Table, tables_of_cells
from halodot.readers.tabulated import Told, curves_of_table
from halodot.readers.workbooks import sheets
from halodot.units import to_si


def recording_of_tables(file: RawFile, tables: Sequence[Table], told: Told) -> Recording:
    """Return what tables of one file hold.

    Args:
        file: for messages.
        tables: of the file, at least one.
        told: what the columns are.

    Raises:
        DataError: a cell under a heading is no number.
    """
    curves: list[Curve] = []
    for table in tables:
        found = curves_of_table(file, table, told)
        titled = len(tables) > 1
        for curve in found:
            words = [table.title or str(len(curves) + 1), curve.label] if titled else [curve.label]
            curves.append(Curve(curve.axes, curve.signals, " ".join(word for word in words if word)))
        if not table.head and not told.columns:
            told.notes.append(_hint(curves[-1]))
        if table.cut:
            told.warnings.append("the file ends without a line end; its last row may be cut off and was left out")
    header = _header(tables)
    if tables[0].decimal_comma:
        told.notes.append("decimals stand behind commas")
    notes = tuple(dict.fromkeys(told.notes))
    kind, metadata = _exported(header)
    return Recording(
        kind or kind_of(curves), tuple(curves), metadata, header, tuple(dict.fromkeys(told.warnings)), notes
    )


def _exported(header: dict[str, str]) -> tuple[str, dict[str, str | float]]:
    """Return kind and settings that a text exported by halodot states, which are taken out of its header."""
    if any(f"# {key}" not in header for key in ("kind", "file", "sha256", "reader")) or header["# kind"] not in KINDS:
        return "", {}
    found: dict[str, str | float] = {}
    for word, (unit, _) in METADATA.items():
        if (written := header.pop(f"# {word}", "")) and word not in found:
            try:
                found[word] = to_si(float(written) if unit == "1" else written, unit) if unit else written
            except (InputError, ValueError):
                header[f"# {word}"] = written
    return header.pop("# kind"), found


def recording_of_workbook(file: RawFile, told: Told, layout: Layout = UNKNOWN, sheet: str = "") -> Recording:
    """Return what the sheets of a workbook hold.

    Args:
        file: the workbook.
        told: what the columns are.
        layout: what is known of the table.
        sheet: title of the only sheet to read; empty for all.

    Raises:
        DataError: the workbook cannot be read, or no sheet has a table of numbers.
    """
    book = sheets(file)
    chosen = [one for one in book if one.title == sheet] if sheet else book
    if not chosen:
        raise file.refusal(f"there is no sheet {sheet!r}; there are {', '.join(repr(one.title) for one in book)}")
    tables: list[Table] = []
    failures: list[DataError] = []
    for one in chosen:
        try:
            tables += tables_of_cells(file, one.rows, one.title, layout)
        except DataError as error:
            failures.append(error)
        if one.failed:
            told.warnings.append(f"sheet {one.title!r}: the formulas of {one.failed} cells failed; they were left out")
    if not tables:
        raise failures[0] if failures else file.refusal("no sheet of the workbook has a table of numbers")
    told.warnings += [f"not read: {str(error).removeprefix(f'{file.path}: ')}" for error in failures]
    return recording_of_tables(file, tables, told)


def _header(tables: Sequence[Table]) -> dict[str, str]:
    """Return what stands above the tables, by the first cell of its line."""
    found: dict[str, str] = {}
    for line in (line for table in tables for line in table.preamble if line):
        mark = next((mark for mark in ("\t", ":", "=", ";", ",") if mark in line), "\t")
        key, _, value = line.partition(mark)
        word = key.strip().strip('":')
        while word in found:
            word += "'"
        found[word] = value.strip().strip('\t;,"')
    return found


# ---------------------------------------------------------------------------------------------------------------- kinds


def kind_of(curves: Sequence[Curve]) -> str:
    """Return what is measured, from the quantities of the curves alone.

    Args:
        curves: of one file.
    """
    axis = curves[0].axes[0]
    signals = {signal.quantity for curve in curves for signal in curve.signals}
    words = " ".join(signal.heading for curve in curves for signal in curve.signals).casefold()
    optical = signals & {"absorbance", "transmittance", "reflectance"}
    if axis.quantity in ("wavelength", "photon_energy", "emission_wavelength"):
        if signals & {"eqe", "responsivity"}:
            return "quantum_efficiency"
        if optical:
            return "absorption"
        if signals & {"spectral_irradiance", "spectral_photon_flux"}:
            return "irradiance"
        pl = axis.quantity == "emission_wavelength" or re.search(r"\bpl\b|photoluminescence", words)
        return "photoluminescence" if pl else "spectrum"
    if axis.quantity == "time":
        span = float(np.nanmax(axis.values) - np.nanmin(axis.values)) if len(axis.values) else 0.0
        pulsed = axis.unit in ("ns", "ps", "fs") and signals & {"counts", "intensity", "number"} and span > 0.0
        return "decay" if pulsed else "time_series"
    if axis.quantity == "temperature" and signals & {"mass", "mass_fraction"}:
        return "thermogravimetry"
    kinds = {
        "excitation_wavelength": "excitation_spectrum",
        "wavenumber": "infrared",
        "raman_shift": "raman",
        "two_theta": "x_ray_diffraction",
        "binding_energy": "photoelectrons",
        "kinetic_energy": "photoelectrons",
        "voltage": "current_voltage",
        "current": "current_voltage",
        "current_density": "current_voltage",
    }
    return kinds.get(axis.quantity, "table")


# ---------------------------------------------------------------------------------------------------------------- hints


def _hint(curve: Curve) -> str:
    """Return what bare numbers may be, and how to say so."""
    first, *others = [signal.values for signal in curve.signals]
    start = "the file has no headings, and numbers alone do not say what they are"
    if not others:
        return f"{start}; say so with columns='intensity', or another quantity with its unit"
    ends = f"column 1, {first[0]:g} to {first[-1]:g}{_steps(first)}"
    guess = _guess(first)
    if not guess:
        return f"{start}; say so with columns='voltage (V), current (mA)' or whatever they are"
    names = ", ".join([guess[1], *([guess[2]] * len(others))])
    return f"{start}; {ends}, may be {guess[0]}: columns={names!r}"


def _steps(values: NDArray[np.float64]) -> str:
    steps = np.diff(values)
    even = steps.size and np.ptp(steps) <= 1e-6 * np.abs(values).max()
    return f" in steps of {abs(steps[0]):.6g}" if even and steps[0] else ""


def _guess(values: NDArray[np.float64]) -> tuple[str, str, str] | None:
    """Return what an axis may be, as one writes it, and what may stand beside it."""
    steps = np.diff(values)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not (np.all(steps > 0.0) or np.all(steps < 0.0)) or not steps.size:
        swept = -20.0 <= low <= 0.0 < high <= 20.0
        return ("voltages in V", "voltage (V)", "current (mA)") if swept and steps.size > 5 else None
    if low >= 390.0 and high <= 12_000.0 and (high > 2600.0 or (high > 1500.0 and steps[0] < 0.0)):
        return "wavenumbers in 1/cm", "wavenumber (1/cm)", "intensity"
    if low >= 180.0 and high <= 2600.0:
        return "wavelengths in nm", "wavelength (nm)", "intensity"
    if low >= -90.0 and high == 90.0:
        return "angles in degrees", "angle (degree)", "intensity"
    if low >= -20.0 and high <= 20.0:
        return ("voltages in V, or times", "voltage (V)", "current (mA)") if low < 0.0 else None
    return ("times", "time (s)", "intensity") if low == 0.0 else None
