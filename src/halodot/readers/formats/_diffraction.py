"""Diffractometers, whoever made them: what their drives are called, what their detectors count, their tubes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.archives import local
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Values
from halodot.readers.settings import setting

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NUMBERS = re.compile(r"[-+\d.eE\s]*")
#: entries and letters of a header that are kept; calibration tables of detectors are no settings
_MOST_LEAVES = 300
_LONGEST_LEAF = 400


class Drive(NamedTuple):
    """What a goniometer moves."""

    quantity: str
    unit: str
    name: str  # of the variable, empty for the quantity's own


_TWO_THETA = Drive("two_theta", "degree", "")
#: names that makers give to drives and scans, without blanks and hyphens; a coupled scan is drawn against two theta
_DRIVES: Mapping[str, Drive] = {
    **dict.fromkeys(
        (
            "2theta", "twotheta", "2thetaomega", "twothetaomega", "2thetatheta", "twothetatheta", "theta2theta",
            "thetatwotheta", "gonio", "coupled", "lockedcoupled", "unlockedcoupled", "detectorscan", "twothetascan",
            "2thetachi", "twothetachi", "2thetachiphi", "twothetachiphi", "2th", "tth", "twothetab",
            "coupledtwothetatheta", "coupledtwothetaomega", "thetatheta", "2thetachi/phi",
        ),
        _TWO_THETA,
    ),
    **dict.fromkeys(("theta", "thetas", "th"), Drive("angle", "degree", "theta")),
    **dict.fromkeys(
        ("omega", "rockingcurve", "rocking", "omega2theta", "omegatwotheta", "om"), Drive("angle", "degree", "omega")
    ),
    "thetad": Drive("angle", "degree", "theta_detector"),
    **dict.fromkeys(("chi", "khi"), Drive("angle", "degree", "chi")),
    **dict.fromkeys(("phi", "phiscan"), Drive("angle", "degree", "phi")),
    **dict.fromkeys(("psi", "psiscan"), Drive("angle", "degree", "psi")),
    **dict.fromkeys(("alpha", "beta", "alphai", "betai"), Drive("angle", "degree", "tilt")),
    **dict.fromkeys(("x", "xdrive"), Drive("x_position", "mm", "")),
    **dict.fromkeys(("y", "ydrive"), Drive("y_position", "mm", "")),
    **dict.fromkeys(("z", "zdrive", "zs", "height"), Drive("height", "mm", "")),
    "time": Drive("time", "s", ""),
}  # fmt: skip
_GREEK = {
    **dict.fromkeys(("θ", "Θ"), "theta"),
    **dict.fromkeys(("ω", "Ω"), "omega"),
    "χ": "chi",
    **dict.fromkeys(("φ", "ϕ"), "phi"),
    "ψ": "psi",
}


def drive(name: str) -> Drive | None:
    """Return what a drive or a scan moves, None where its name is not known.

    Args:
        name: as a maker writes it: ``"2Theta-Omega"``, ``"Locked Coupled"``, ``"2θ/θ"``.
    """
    for letter, word in _GREEK.items():
        name = name.replace(letter, word)
    return _DRIVES.get(re.sub(r"[\s_\-/]", "", name).casefold().removesuffix("scan"))


#: written by programs of Bruker where nothing was measured
_UNMEASURED = -9999.0


def measured(values: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Return the values of a scan up to its last measured point, and how many points were never measured.

    Points in between that were not measured become nan.

    Args:
        values: as a program of Bruker writes them, (point,) or (point, channel).
    """
    absent = values == _UNMEASURED
    rows = absent.reshape(len(values), -1).all(axis=1)
    if not absent.any():
        return values, 0
    last = len(values) - int(np.argmin(rows[::-1])) if not rows.all() else 0
    kept = values[:last].astype(np.float64)
    kept[absent[:last]] = math.nan
    return kept, int(rows.sum())


#: share of whole numbers from which on a scan holds counts, but for those that an absorber has scaled
_MOSTLY = 0.9


def check_counts(file: RawFile, values: NDArray[Any], place: int, record: int = 4) -> None:
    """Refuse broken numbers among counts of 32 bits.

    Counts are whole. An absorber scales them by a factor of up to three decimals, which a flipped bit does not keep to.

    Args:
        file: for the message.
        values: of a scan, (point,).
        place: byte of the first.
        record: bytes from one to the next.

    Raises:
        DataError: nearly all are whole, and others have more than three decimals.
    """
    whole_ones = values == np.floor(values)
    if whole_ones.all() or not np.isfinite(values).all() or whole_ones.mean() < _MOSTLY:
        return
    thousandths = values.astype(np.float64) * 1e3
    broken = np.abs(thousandths - np.round(thousandths)) > 1e-6 + np.abs(thousandths) * 2.0**-22
    if broken.any():
        first = int(np.argmax(broken))
        what = f"{values[first]:g} stands among whole counts, as damaged bytes leave it"
        raise file.refusal(what, byte=place + first * record)


#: counts beside which no count at all has a chance of less than exp(-50)
_MANY = 50.0


def dropouts(values: NDArray[Any], where: str) -> list[str]:
    """Return the warning that there are points without a count between points of many counts.

    Args:
        values: of a scan, (point,).
        where: the scan is, for the warning.
    """
    counted = np.flatnonzero(values != 0)
    gaps = np.flatnonzero(np.diff(counted) > 1)
    broken = [gap for gap in gaps if min(values[counted[gap]], values[counted[gap + 1]]) >= _MANY]
    if not broken:
        return []
    points = int(sum(counted[gap + 1] - counted[gap] - 1 for gap in broken))
    first = int(counted[broken[0]]) + 2
    many = f"{_MANY:g} counts and more"
    return [f"{where}: {points} points from point {first} on are 0 between {many}: the beam was off, or bytes are lost"]


def check_line_end(file: RawFile) -> None:
    """Refuse a text whose last line has no end, which its program always writes.

    Args:
        file: the text.

    Raises:
        DataError: it is cut off within a line.
    """
    if file.lines[-1].strip():
        raise file.refusal("the last line has no end; the file is cut off", line=len(file.lines))


def shortest(value: float) -> float:
    """Return the number that a person entered, from the nearest one that a file keeps in 32 bits."""
    return float(str(np.float32(value)))


def numbers(file: RawFile, text: str, what: str) -> NDArray[np.float64]:
    """Return the numbers of a text parted by blanks.

    Args:
        file: for messages.
        text: of an element or a column.
        what: they are, for messages.

    Raises:
        DataError: there is something else among them.
    """
    if not _NUMBERS.fullmatch(text):
        raise file.refusal(f"numbers were expected as {what}, not {' '.join(text.split())[:40]!r}")
    try:
        return np.array(text.split(), dtype=np.float64)
    except ValueError as error:
        raise file.refusal(f"numbers were expected as {what} ({error})") from error


def whole(values: NDArray[np.float64]) -> NDArray[Any]:
    """Return numbers as integers where they all are."""
    fits = bool(np.all(np.isfinite(values)) and np.all(np.abs(values) < 2.0**53) and np.all(values == np.round(values)))
    return values.astype(np.int64) if fits else values


def attenuated(values: NDArray[np.float64], factors: NDArray[np.float64], corrected: bool) -> tuple[Values, ...]:
    """Return the signal behind an attenuator and, where it was ever in the beam, its factor.

    Args:
        values: as the file has them.
        factors: by which the beam was weakened, (point,).
        corrected: whether the file's values were multiplied by them already.
    """
    if np.all(factors == 1.0):
        return (intensities(whole(values), "counts"),)
    scaled = values if corrected else values * factors
    return (Values("intensity", scaled, "1"), Values("attenuation_factor", factors, "1"))


def iso_time(text: str) -> str:
    """Return a time stamp of an XML document to the second, as it is where it is none."""
    try:
        return datetime.fromisoformat(text.strip()).isoformat(timespec="seconds")
    except ValueError:
        return text.strip()


def leaves(element: Element, skipped: tuple[str, ...] = ()) -> dict[str, str]:
    """Return what the elements of an XML document say, by their names from the root on.

    Args:
        element: the root.
        skipped: names of elements that are left out with all that they hold.
    """
    found: dict[str, str] = {}
    _add_leaves(element, "", found, skipped)
    return found


def _add_leaves(element: Element, path: str, found: dict[str, str], skipped: tuple[str, ...]) -> None:
    for child in element:
        name = local(child.tag)
        if name in skipped or len(found) >= _MOST_LEAVES:
            continue
        unit = child.get("unit") or child.get("Unit")
        name = child.get("LogicName", "").rpartition(".")[2] or name
        place = f"{path}{name}" + (f" [{unit}]" if unit else "")
        text = (child.text or "").strip() or child.get("Value") or (child.get("name", "") if len(child) else "")
        if text and len(text) < _LONGEST_LEAF:
            found[_free(place, found)] = text
        _add_leaves(child, f"{path}{name}/", found, skipped)


def _free(key: str, found: Mapping[str, str]) -> str:
    number = 1
    while (new := key if number == 1 else f"{key} {number}") in found:
        number += 1
    return new


def intensities(values: NDArray[Any], declared: str = "", heading: str = "") -> Values:
    """Return the signal of a detector.

    Args:
        values: as the file has them.
        declared: unit that the file states, empty for none. Programs write ``counts`` over corrected numbers too, so
            that only whole numbers that are not negative are counts.
        heading: as the file writes it.
    """
    word = declared.strip().casefold()
    if word in ("cps", "counts/s", "counts per second", "counts/sec", "c/s", "cts/s"):
        return Values("count_rate", values, "1/s", heading=heading)
    kept = values[np.isfinite(values)]
    counted = bool(kept.size) and bool(np.all(kept >= 0) and np.all(kept == np.floor(kept)))
    if counted and word in ("", "counts", "count", "cts"):
        return Values("counts", values, "1", heading=heading)
    return Values("intensity", values, "1", heading=heading)


def of_one_kind(curves: Sequence[Curve]) -> tuple[Curve, ...]:
    """Return the scans of a file with one quantity for all: counts only where all of them are.

    Args:
        curves: of one file.
    """
    found = {signal.quantity for curve in curves for signal in curve.signals}
    if not {"counts", "intensity"} <= found:
        return tuple(curves)
    return tuple(
        replace(
            curve,
            signals=tuple(
                replace(signal, quantity="intensity") if signal.quantity == "counts" else signal
                for signal in curve.signals
            ),
        )
        for curve in curves
    )


#: what is written in place of a setting that nobody entered
_UNSET = (0.0, -1.0, 9999.0, 9999.9, -9999.0)


def settings(**numbers: tuple[float, str]) -> dict[str, str | float]:
    """Return settings in SI, without those that nobody entered.

    Args:
        numbers: by the word of `halodot.readers.recording.METADATA`, each with its unit.
    """
    return {
        word: setting(word, float(value), unit)
        for word, (value, unit) in numbers.items()
        if math.isfinite(value) and value > 0.0 and round(value, 4) not in _UNSET
    }


def texts(**words: str) -> dict[str, str | float]:
    """Return what was entered as text, without what is empty."""
    return {word: text.strip() for word, text in words.items() if text and text.strip()}


def tube(anode: str, lines: tuple[float, float, float], voltage: float, current: float) -> dict[str, str | float]:
    """Return the settings of a tube.

    Args:
        anode: chemical symbol.
        lines: wavelengths of K-alpha 1 and 2 [angstrom] and the intensity of the second over the first.
        voltage: [kV].
        current: [mA].
    """
    return texts(anode=anode) | settings(
        x_ray_wavelength=(lines[0], "angstrom"),
        x_ray_wavelength_2=(lines[1], "angstrom"),
        x_ray_line_ratio=(lines[2], "1"),
        tube_voltage=(voltage, "kV"),
        tube_current=(current, "mA"),
    )


def steps(start: float, step: float, count: int) -> NDArray[np.float64]:
    """Return the positions of a scan in equal steps, rounded to what a goniometer resolves.

    Args:
        start: position of the first point.
        step: between points.
        count: of the points.
    """
    return np.round(start + step * np.arange(count), 9)
