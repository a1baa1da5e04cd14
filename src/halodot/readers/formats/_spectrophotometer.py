"""Names that spectrophotometers give to their axes and ordinates, for the readers of several makers."""

from __future__ import annotations

from collections.abc import Mapping

from halodot.readers.raw_file import RawFile

#: axis by its unit as written, in lower case without dots, blanks and brackets
AXES: Mapping[str, tuple[str, str]] = {
    "nm": ("wavelength", "nm"),
    "nanometers": ("wavelength", "nm"),
    "um": ("wavelength", "um"),
    "µm": ("wavelength", "um"),
    "microns": ("wavelength", "um"),
    "cm-1": ("wavenumber", "1/cm"),
    "1/cm": ("wavenumber", "1/cm"),
    "ev": ("photon_energy", "eV"),
    "s": ("time", "s"),
    "sec": ("time", "s"),
    "second": ("time", "s"),
    "min": ("time", "min"),
    "minute": ("time", "min"),
}
#: ordinate as written, in lower case without dots and blanks
ORDINATES: Mapping[str, tuple[str, str]] = {
    "a": ("absorbance", "1"),
    "abs": ("absorbance", "1"),
    "absorbance": ("absorbance", "1"),
    "absorption": ("absorbance", "1"),
    "%t": ("transmittance", "%"),
    "t%": ("transmittance", "%"),
    "%transmittance": ("transmittance", "%"),
    "transmittance%": ("transmittance", "%"),
    "transmittance(%)": ("transmittance", "%"),
    "t": ("transmittance", "1"),
    "%r": ("reflectance", "%"),
    "r%": ("reflectance", "%"),
    "%reflectance": ("reflectance", "%"),
    "reflectance%": ("reflectance", "%"),
    "r": ("reflectance", "1"),
    "egy": ("intensity", "1"),
    "energy": ("intensity", "1"),
    "e": ("intensity", "1"),
    "e1": ("intensity", "1"),
    "e2": ("intensity", "1"),
    "int": ("intensity", "1"),
    "intensity": ("intensity", "1"),
}


def plain(text: str) -> str:
    """Return a name without blanks, dots, quotation marks and capitals."""
    return "".join(text.split()).strip('"').replace(".", "").replace("⁻¹", "-1").casefold()


def axis_of(file: RawFile, text: str, line: int = 0, byte: int = -1) -> tuple[str, str]:
    """Return the quantity and the unit of an abscissa.

    Raises:
        DataError: no spectrophotometer is known to write it.
    """
    found = AXES.get(plain(text))
    if found is None:
        what = f"the unit of the abscissa is {text!r}; nm, cm-1, um, eV, s or min was expected"
        raise file.refusal(what, line=line, byte=byte)
    return found


def ordinate_of(file: RawFile, text: str, line: int = 0, byte: int = -1) -> tuple[str, str]:
    """Return the quantity and the unit of an ordinate.

    Raises:
        DataError: no spectrophotometer is known to write it.
    """
    found = ORDINATES.get(plain(text))
    if found is None:
        what = f"the ordinate is {text!r}; A, %T, %R, T, R or an energy or intensity was expected"
        raise file.refusal(what, line=line, byte=byte)
    return found


def kind_of(axis: str, ordinate: str) -> str:
    """Return what a spectrophotometer measured with these quantities on its axes."""
    if axis == "time":
        return "time_series"
    if axis == "wavenumber":
        return "infrared"
    return "absorption" if ordinate in ("absorbance", "transmittance", "reflectance") else "spectrum"
