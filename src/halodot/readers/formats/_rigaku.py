"""What the text and the archive of Rigaku have in common: the words of a scan, and its rows."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from halodot.errors import DataError
from halodot.readers.formats._diffraction import (
    attenuated,
    drive,
    intensities,
    iso_time,
    numbers,
    settings,
    texts,
    tube,
    whole,
)
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Values
from halodot.readers.settings import iso_date

_UNITS = {"deg": "degree", "degree": "degree", "mm": "mm", "": ""}


def rows_of(file: RawFile, lines: list[tuple[int, str]], what: str) -> tuple[NDArray[np.float64], list[int]]:
    """Return the rows of a scan, (point, 3): position, intensity and factor of the attenuator (1 where there is none).

    Args:
        file: for messages.
        lines: each with its number in the text.
        what: they are, for messages.

    Returns:
        The rows, and the numbers of the lines that somebody has commented out.

    Raises:
        DataError: a line is no row of two or three numbers.
    """
    kept = [(line, text) for line, text in lines if text.strip()]
    left_out = [line for line, text in kept if text.lstrip().startswith("#")]
    rows = [(line, text.split()) for line, text in kept if not text.lstrip().startswith("#")]
    for line, row in rows:
        if len(row) not in (2, 3):
            raise file.refusal(f"{what}: two or three numbers were expected, not {len(row)}", line=line)
    cells = [cell for _, row in rows for cell in (row if len(row) == 3 else [*row, "1"])]
    try:
        return numbers(file, " ".join(cells), what).reshape(-1, 3), left_out
    except DataError:
        place = next((line for line, row in rows if not all(math.isfinite(number(cell)) for cell in row)), 0)
        raise file.refusal(f"{what}: two or three numbers were expected", line=place) from None


def scan(file: RawFile, words: Mapping[str, str], rows: NDArray[np.float64], label: str, left_out: int = 0) -> Curve:
    """Return one scan.

    Args:
        file: for messages.
        words: of the header, by the keys of the text format (``MEAS_SCAN_AXIS_X``).
        rows: as `rows_of` returns them.
        label: that tells it from the others.
        left_out: rows that somebody has commented out.

    Raises:
        DataError: another number of rows is stated, or the axis is not known.
    """
    stated = number(words.get("MEAS_DATA_COUNT", ""))
    if math.isfinite(stated) and stated > 0 and int(stated) != len(rows) + left_out:
        raise file.refusal(f"{label or 'the scan'} states {stated:g} points, it has {len(rows) + left_out}")
    names = [words.get(key, "") for key in ("MEAS_SCAN_AXIS_X_INTERNAL", "MEAS_SCAN_AXIS_X", "DISP_TITLE_X")]
    moved = next((found for name in names if (found := drive(name)) is not None), None)
    if moved is None:
        name = next((name for name in names if name), "")
        raise file.refusal(f"{label or 'the scan'} is one of {name!r}, which is not known")
    unit = _UNITS.get(words.get("MEAS_SCAN_UNIT_X", "").casefold(), words.get("MEAS_SCAN_UNIT_X", ""))
    heading = names[1] or names[0]
    axis = Values(moved.quantity, rows[:, 0], unit or moved.unit, moved.name, heading)
    written = words.get("MEAS_SCAN_UNIT_Y", "")
    if np.all(rows[:, 2] == 1.0):
        signals: tuple[Values, ...] = (intensities(whole(rows[:, 1]), written, written),)
    elif written.casefold() == "cps":
        rate = Values("count_rate", rows[:, 1] * rows[:, 2], "1/s", heading=written)
        signals = (rate, Values("attenuation_factor", rows[:, 2]))
    else:
        signals = attenuated(rows[:, 1], rows[:, 2], corrected=False)
    return Curve((axis,), signals, label, _own(words))


def _own(words: Mapping[str, str]) -> dict[str, str | float]:
    """Return the settings of one scan."""
    speed = number(words.get("MEAS_SCAN_SPEED", ""))
    step = abs(number(words.get("MEAS_SCAN_STEP", "")))
    unit = words.get("MEAS_SCAN_SPEED_UNIT", "").casefold().replace(" ", "")
    seconds = math.nan
    if unit in ("deg/min", "deg./min", "mm/min") and speed > 0.0:
        seconds = step / speed * 60.0
    elif (
        unit in ("sec", "s", "sec.", "counts/sec", "sec/step")
        and words.get("MEAS_SCAN_MODE", "").upper() != "CONTINUOUS"
    ):
        seconds = speed
    technique = f"{words.get('MEAS_SCAN_AXIS_X', '')} {words.get('MEAS_SCAN_MODE', '').lower()}"
    return settings(integration_time=(round(seconds, 9), "s")) | texts(
        technique=technique, date=date(words.get("MEAS_SCAN_START_TIME", ""))
    )


def date(text: str) -> str:
    """Return when a scan started as ISO 8601; Rigaku writes the month before the day, and an archive ISO already."""
    if len(text) > 10 and text[4:5] == "-" and "T" in text:
        return iso_time(text)
    return iso_date(text, "%m/%d/%Y %H:%M:%S", "%m/%d/%y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d-%b-%y %H:%M:%S")


def metadata(words: Mapping[str, str]) -> dict[str, str | float]:
    """Return the settings of the instrument.

    Args:
        words: of the header, by the keys of the text format.
    """
    scale = {"nm": 10.0}.get(words.get("HW_XG_WAVE_LENGTH_UNIT", "").casefold(), 1.0)
    lines = [number(words.get(f"HW_XG_WAVE_LENGTH_ALPHA{line}", "")) * scale for line in (1, 2)]
    found = texts(
        instrument=f"Rigaku {words.get('FILE_SYSTEM_NAME', '')}".strip(),
        operator=words.get("FILE_OPERATOR", ""),
        sample=words.get("FILE_SAMPLE", ""),
        comment=words.get("FILE_COMMENT", "") or words.get("FILE_MEMO", ""),
        software=words.get("FILE_PARTICULAR_NAME", "") or words.get("FILE_PACKAGE_NAME", ""),
        detector=words.get("HW_COUNTER_SELECT_NAME", ""),
    )
    return found | tube(
        words.get("HW_XG_TARGET_NAME", ""),
        (lines[0], lines[1], math.nan),
        number(words.get("MEAS_COND_XG_VOLTAGE", "")),
        number(words.get("MEAS_COND_XG_CURRENT", "")),
    )
