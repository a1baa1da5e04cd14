"""What a reader returns: curves of named quantities in the units of the file, and what the file says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile

#: what is measured, by the word in ``Recording.kind``
KINDS: Mapping[str, str] = {
    "absorption": "absorbance, transmittance or reflectance against wavelength",
    "infrared": "infrared spectrum",
    "interferogram": "interferogram of an infrared spectrometer",
    "raman": "Raman spectrum",
    "photoluminescence": "PL spectrum",
    "excitation_spectrum": "PL excitation spectrum",
    "excitation_emission": "excitation-emission matrix",
    "spectrum": "signal of a spectrometer against wavelength",
    "irradiance": "calibrated spectrum of irradiance or photon flux",
    "decay": "histogram of photons after a pulse (TCSPC)",
    "photons": "stream of single photons (TTTR, FIFO)",
    "x_ray_diffraction": "X-ray diffraction pattern",
    "photoelectrons": "photoelectron spectrum (XPS, UPS)",
    "x_ray_emission": "spectrum of emitted X-rays (EDX, WDX, XRF)",
    "energy_loss": "energy loss of transmitted electrons (EELS)",
    "thermogravimetry": "mass against temperature",
    "topography": "channels of a scanning probe",
    "micrograph": "image of an electron microscope",
    "diffraction_image": "diffraction image of an electron microscope",
    "energy_spectrum": "energy-loss or X-ray spectrum of an electron microscope",
    "image": "picture without a scale",
    "current_voltage": "current against voltage, with or without light",
    "quantum_efficiency": "quantum efficiency or responsivity against wavelength",
    "time_series": "a signal followed over minutes to days",
    "mass_spectrum": "mass spectrum",
    "table": "columns of numbers",
}
#: what an instrument says of itself: name, SI unit (empty for text, 1 for a pure number) and meaning
METADATA: Mapping[str, tuple[str, str]] = {
    "instrument": ("", "maker and model"),
    "serial_number": ("", "serial number of the instrument"),
    "software": ("", "program that wrote the file, with its version"),
    "operator": ("", "who measured"),
    "sample": ("", "what was measured"),
    "title": ("", "title of the file"),
    "comment": ("", "remark of the operator"),
    "date": ("", "start of the measurement, ISO 8601, without a zone where the file states none"),
    "technique": ("", "as the file calls it"),
    "detector": ("", "detector"),
    "source": ("", "lamp, laser or X-ray source"),
    "atmosphere": ("", "gas around the sample"),
    "polarisation": ("", "setting of a polariser"),
    "integration_time": ("s", "time for one point, or one exposure"),
    "acquisition_time": ("s", "time of the whole measurement"),
    "scans": ("1", "scans or exposures averaged or added"),
    "boxcar": ("1", "half width of a moving average in points"),
    "dark_corrected": ("1", "1 where the dark signal was subtracted, 0 where it was not"),
    "nonlinearity_corrected": ("1", "1 where the detector's curve was applied, 0 where it was not"),
    "stray_light_corrected": ("1", "1 where stray light was corrected, 0 where it was not"),
    "slit_width": ("m", "width of a slit in the light path"),
    "bandwidth": ("m", "spectral width that the slits let pass"),
    "excitation_bandwidth": ("m", "spectral width of the excitation"),
    "excitation_wavelength": ("m", "wavelength of the excitation"),
    "emission_wavelength": ("m", "wavelength at which the emission is followed"),
    "resolution": ("1/m", "resolution of an infrared spectrometer"),
    "grating": ("", "grating"),
    "photon_energy": ("eV", "energy of the exciting photons"),
    "pass_energy": ("eV", "pass energy of the electron analyser"),
    "work_function": ("eV", "work function of the analyser"),
    "charge_shift": ("eV", "shift that the file says was applied to the energies"),
    "repetition_rate": ("1/s", "pulses per second"),
    "time_resolution": ("s", "width of a channel"),
    "x_ray_wavelength": ("m", "wavelength of the X-rays (K-alpha 1 where the file states lines)"),
    "x_ray_wavelength_2": ("m", "wavelength of the second line"),
    "x_ray_line_ratio": ("1", "intensity of the second line over that of the first"),
    "anode": ("", "anode of the X-ray tube"),
    "tube_voltage": ("V", "voltage of the tube, or of the electron microscope"),
    "tube_current": ("A", "current of the tube"),
    "magnification": ("1", "magnification"),
    "pixel_size": ("m", "edge of a pixel"),
    "scan_rate": ("1/s", "lines per second"),
    "sample_mass": ("kg", "mass of the sample at the start"),
    "crucible_mass": ("kg", "mass of the crucible"),
    "heating_rate": ("K/s", "heating rate"),
    "temperature": ("K", "temperature of the sample"),
    "area": ("m2", "area of the device"),
    "thickness": ("m", "thickness or path length"),
    "irradiance": ("W/m2", "irradiance of the light on a device"),
    "concentration": ("", "concentration, as written"),
    "scan_direction": ("", "forward or reverse"),
    "channel": ("", "channel of the instrument"),
}


class Match(IntEnum):
    """How sure a reader is that it knows a file."""

    NO = 0
    TABLE = 1  # columns of numbers that any program might have written
    LAYOUT = 2  # the words and the order of one program
    SIGNATURE = 3  # a mark that the format's definition asks for


@dataclass(frozen=True, eq=False)
class Values:
    """One quantity of a curve, as the file has it."""

    quantity: str  # a name of `halodot.names.QUANTITIES`
    values: NDArray[Any] = field(repr=False)
    unit: str = "1"  # of the values, any spelling that `halodot.units` reads
    name: str = ""  # of the variable, where the curve holds several of one quantity: "counts_dark"
    heading: str = ""  # as the file writes it


@dataclass(frozen=True, eq=False)
class Curve:
    """Signals on common axes."""

    axes: tuple[Values, ...]  # 1D each; together they span the signals, in the order of their dimensions
    signals: tuple[Values, ...]
    label: str = ""  # what tells it from the others of the file: "C 1s", "forward", "curve 2"
    metadata: Mapping[str, str | float] = field(default_factory=dict)  # of `METADATA`, of this curve alone


@dataclass(frozen=True, eq=False)
class Recording:
    """What one file holds."""

    kind: str  # of `KINDS`
    curves: tuple[Curve, ...]
    metadata: Mapping[str, str | float] = field(default_factory=dict)  # of `METADATA`, numbers in SI
    header: Mapping[str, str] = field(default_factory=dict)  # what else the file says, in its own words
    warnings: tuple[str, ...] = ()  # why a number may be wrong, one sentence each; empty for a sound file
    notes: tuple[str, ...] = ()  # how the file was read, where it might have been read otherwise


@dataclass(frozen=True)
class Reader:
    """A format: how it is recognised and how it is read.

    ``sniff`` looks at the content alone, is quick, and never raises. ``read`` returns what the file holds or raises
    :class:`halodot.errors.DataError` with the place.
    """

    name: str  # one word: "bruker_raw4"
    title: str  # maker, program and format, for people
    sniff: Callable[[RawFile], Match]
    read: Callable[[RawFile], Recording]
    library: str = ""  # distribution of the extra [lab] that does the reading
