"""What spectrometers call their axes and ordinates, by the words that their programs write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Named(NamedTuple):
    """A quantity and its unit in the file."""

    quantity: str
    unit: str


_AXIS_WORDS: tuple[tuple[str, Named], ...] = (
    ("1/cm cm-1 cm^-1 cm**-1 /cm percm reciprocalcm inversecm reciprocalcentimeters", Named("wavenumber", "1/cm")),
    ("wavenumber wavenumbers wavenumbercm-1 wavenumbercm^-1 wavenumber1/cm", Named("wavenumber", "1/cm")),
    ("wavenumberscm-1 wavenumberscm^-1 wavenumbers1/cm", Named("wavenumber", "1/cm")),
    ("ramanshift ramanshiftcm-1 ramanshift1/cm ramanshiftcm^-1 ramanshift/cm-1", Named("raman_shift", "1/cm")),
    ("nanometers nanometer nanometres nanometre nm nanometersnm", Named("wavelength", "nm")),
    ("wavelength wavelengthnm wavelength/nm wavelengthnanometers", Named("wavelength", "nm")),
    ("micrometers micrometer micrometres microns micron um µm μm micrometersum", Named("wavelength", "um")),
    ("wavelengthum wavelengthmicrometers wavelengthµm", Named("wavelength", "um")),
    ("angstroms angstrom wavelengthangstroms", Named("wavelength", "angstrom")),
    ("ev electronvolts electronvolt energyev photonenergyev", Named("photon_energy", "eV")),
    ("seconds second secs sec s times timesec timeseconds", Named("time", "s")),
    ("minutes minute min mins timemin timeminutes", Named("time", "min")),
    ("hours hour h", Named("time", "h")),
    ("milliseconds msec ms millisecondsmsec", Named("time", "ms")),
    ("microseconds usec us microsecondsusec", Named("time", "us")),
    ("nanoseconds nsec ns nanosecondsnsec", Named("time", "ns")),
    ("m/z m/e mass massm/z daltons amu", Named("mass_to_charge", "1")),
    ("hz hertz hertzhz frequencyhz", Named("frequency", "1/s")),
    ("ppm partspermillion partspermillionppm chemicalshift", Named("chemical_shift", "ppm")),
    ("datapoints points datapoint channel channels diodenumber", Named("channel", "1")),
    ("degrees2-theta degrees2theta 2theta 2-theta degrees", Named("two_theta", "degree")),
)
#: what an axis measures, by the words of its unit in small letters without blanks and brackets
AXES: Mapping[str, Named] = {word: named for words, named in _AXIS_WORDS for word in words.split()}

#: what an axis measures where its words stand among others
_AXIS_PATTERNS = (
    (r"raman", Named("raman_shift", "1/cm")),
    (r"cm ?\^?\(?[-−]1|1 ?/ ?cm|cm⁻¹|wave ?number", Named("wavenumber", "1/cm")),
    (r"\bnm\b|nanomet", Named("wavelength", "nm")),
    (r"\bum\b|[µμ]m\b|micromet|micron", Named("wavelength", "um")),
)

#: what an ordinate measures, by its words; the unit of a transmittance is settled by `percent_or_fraction`
_ORDINATES: tuple[tuple[str, Named], ...] = (
    (r"kubelka|munk|k-m\b|^km$", Named("kubelka_munk", "1")),
    (r"log.*1 ?/ ?r|log.*reflect", Named("log_inverse_reflectance", "1")),
    (r"absorb|^abs\b|^a\.?u\.? ?\(abs|optical density|^od$|^a$", Named("absorbance", "1")),
    (r"^% ?t\b|% ?trans|trans\w* ?\(?%|percent trans|^%t", Named("transmittance", "%")),
    (r"^% ?r\b|% ?reflect|reflect\w* ?\(?%|percent reflect", Named("reflectance", "%")),
    (r"transmi|^t$", Named("transmittance", "")),
    (r"reflect|^r$", Named("reflectance", "")),
    (r"counts? ?(/|per) ?s|counts? s-1|^cps$|count rate", Named("count_rate", "1/s")),
    (r"count", Named("counts", "1")),
    (r"millivolt|\bmv\b", Named("signal_voltage", "mV")),
    (r"\bvolts?\b|^v$", Named("signal_voltage", "V")),
)
#: above this a transmittance written without its unit is in percent: noise and a poor reference reach less
LARGEST_FRACTION = 2.0
#: of a transmittance in percent; above it the program wrote the detector's counts under the unit of its display
LARGEST_PERCENT = 1000.0


def axis_of(words: str, raman: bool = False) -> Named | None:
    """Return what an axis measures, nothing where its words are not known.

    Args:
        words: of the file, such as ``1/CM`` or ``Wavelength (nm)``.
        raman: whether the spectrum is a Raman spectrum, whose wavenumbers are shifts.
    """
    key = re.sub(r"[\s()\[\],_]+", "", words.strip().casefold())
    found = AXES.get(key) or next(
        (named for pattern, named in _AXIS_PATTERNS if re.search(pattern, words.casefold())), None
    )
    return Named("raman_shift", found.unit) if raman and found and found.quantity == "wavenumber" else found


def ordinate_of(words: str) -> Named | None:
    """Return what an ordinate measures, nothing where its words are not known.

    Args:
        words: of the file, such as ``TRANSMITTANCE`` or ``Absorbance (AU)``; the unit is empty where only the numbers
            say whether they are percent.
    """
    plain = " ".join(words.casefold().split())
    return next((named for pattern, named in _ORDINATES if re.search(pattern, plain)), None)


def percent_or_fraction(values: NDArray[Any]) -> str:
    """Return the unit of a transmittance or reflectance whose file states none: ``%`` or ``1``.

    Args:
        values: the numbers.
    """
    finite = np.abs(values[np.isfinite(values)])
    return "%" if finite.size and float(finite.max()) > LARGEST_FRACTION else "1"


def settled(named: Named, values: NDArray[Any], words: str) -> tuple[Named, str]:
    """Return what an ordinate measures once its numbers are seen, and a note where they decided.

    Args:
        named: from the words or the code of the file.
        values: the numbers.
        words: of the file, for the note.
    """
    note = ""
    if named.unit == "":
        named = Named(named.quantity, percent_or_fraction(values))
        if named.unit == "%":
            note = f"the ordinate is {words} without a unit; its numbers are read as percent"
    finite = values[np.isfinite(values)]
    raw = bool(finite.size and finite.min() >= 0.0)
    if named.unit == "%" and raw and float(finite.max()) > LARGEST_PERCENT:
        return Named("counts", "1"), f"the ordinate is called {words}, but holds the counts of the detector"
    if named.quantity == "counts" and not raw:
        return Named("intensity", "1"), "counts below zero are corrected counts, here an intensity"
    return named, note


def kind_of(axis: str, ordinate: str) -> str:
    """Return the kind of a recording from what its axis and its ordinate measure.

    Args:
        axis: a quantity.
        ordinate: a quantity.
    """
    if axis in ("wavelength", "photon_energy"):
        optical = ordinate in ("absorbance", "transmittance", "reflectance", "kubelka_munk", "log_inverse_reflectance")
        return "absorption" if optical else "spectrum"
    return {
        "wavenumber": "infrared",
        "raman_shift": "raman",
        "time": "time_series",
        "mass_to_charge": "mass_spectrum",
        "two_theta": "x_ray_diffraction",
        "optical_path_difference": "interferogram",
    }.get(axis, "table")
