"""What a heading of a table of measured numbers names: the quantity, its unit, and the way to SI."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from halodot.errors import InputError
from halodot.names import QUANTITIES as NAMES
from halodot.spellings import cleaned
from halodot.units import bench_unit, to_si

_HEADING = re.compile(
    r"(?P<name>.+?)\s*(?:\[(?P<square>[^\]]*)\]|\((?P<round>[^()]*(?:\([^()]*\)[^()]*)*)\)"
    r"|(?:\s*/\s+|\s+/\s*|,\s*|\s+in\s+)(?P<behind>\S.*)|(?<=\w)/(?P<slash>[^/\s].*))?"
)
#: a pixel, a scan or a repetition that a heading counts
_COUNTED = re.compile(r"[ _]*(?:(?:pixel|px|pix|scan|dot|device|run|no\.?|#)[ _]*)?[A-Ha-h]?\d+")
#: the same behind the unit, as tables that were joined have it: V (V).1, J (mA/cm2) pixel 2
_COUNTED_BEHIND = re.compile(
    r"(?P<heading>.*[\])])[ _.]*(?:(?:pixel|px|pix|scan|device|run|no\.?|#)[ _]*)?[A-Ha-h]?\d+"
)
#: a number behind a name whose last letter is no pixel's: EQE1, Voltage2
_NUMBERED = re.compile(r"[ _]*\d+$")
_DEVIATION = re.compile(
    r"(?:sd|std|sigma|σ|err|error|uncertainty|delta|δ)[ _]*(?:of )?(.+?)|(.+?)[ _](?:sd|std|err(?:or)?|uncertainty)"
)


@dataclass(frozen=True)
class Quantity:
    """What a column may hold: its SI unit and the spellings of its heading."""

    name: str
    unit: str  # SI; empty for a scale of its own (counts, arbitrary units)
    spellings: tuple[str, ...]


#: every quantity that a column may hold; a spelling of several is told apart by the unit
QUANTITIES: tuple[Quantity, ...] = (
    Quantity("voltage", "V", ("v", "u", "voltage", "bias", "applied bias", "applied voltage", "bias voltage", "vd")),
    Quantity(
        "current_density",
        "A/m2",
        ("j", "current density", "i", "current", "id", "|j|", "abs j", "abs(j)", "jd"),
    ),
    Quantity("current", "A", ("i", "current", "id", "device current", "|i|", "abs(i)")),
    Quantity("luminance", "cd/m2", ("l", "lv", "luminance", "brightness", "lum")),
    Quantity("eqe", "1", ("eqe", "external quantum efficiency", "η_eqe", "eta_eqe", "ηeqe", "quantum efficiency")),
    Quantity("current_efficiency", "cd/A", ("ce", "current efficiency", "luminous efficiency")),
    Quantity("wavelength", "m", ("wavelength", "wavelengths", "wl", "lambda", "λ")),
    Quantity("photon_energy", "eV", ("energy", "photon energy", "e", "hν", "hv")),
    Quantity("time", "s", ("t", "time", "delay", "time delay")),
    Quantity(
        "intensity",
        "",
        ("intensity", "counts", "count", "pl", "el", "signal", "spectrum", "pl intensity", "el intensity", "photons"),
    ),
    Quantity("thickness", "m", ("thickness", "d", "t", "layer thickness")),
    Quantity("temperature", "K", ("temperature", "temp", "t", "t_k")),
    Quantity("field", "V/m", ("field", "electric field", "e", "f")),
    Quantity("mobility", "m2/V/s", ("mobility", "mu", "μ", "hole mobility", "electron mobility")),
    Quantity("capacitance", "F/m2", ("c", "capacitance")),
)
#: what instruments write besides; fits know nothing of these, and a heading of theirs is no business of theirs
MORE_QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        "voltage", "V", ("voltage source", "source voltage", "sourced voltage", "set voltage", "measured voltage")
    ),
    Quantity("voltage", "V", ("vext", "volt", "volts", "smu voltage", "spannung", "tension", "电压", "電圧")),
    Quantity("current", "A", ("measured current", "smu current", "strom", "courant", "电流", "電流")),
    Quantity("current_density", "A/m2", ("jext", "stromdichte", "电流密度", "電流密度", "measured current density")),
    Quantity("luminance", "cd/m2", ("leuchtdichte", "luminanz", "亮度", "輝度")),
    Quantity("wavelength", "m", ("wellenlänge", "longueur d'onde", "波长", "波長", "wave length")),
    Quantity("excitation_wavelength", "m", ("excitation wavelength", "ex wavelength", "ex. wavelength", "λex")),
    Quantity("emission_wavelength", "m", ("emission wavelength", "em wavelength", "em. wavelength", "λem")),
    Quantity(
        "time", "s", ("zeit", "temps", "时间", "時間", "elapsed time", "relative time", "time stamp", "timestamp")
    ),
    Quantity("absorbance", "", ("absorbance", "abs", "abs.", "optical density", "od", "extinktion", "吸光度")),
    Quantity("transmittance", "1", ("transmittance", "transmission", "trans", "t", "透过率", "透過率")),
    Quantity("reflectance", "1", ("reflectance", "reflection", "refl", "r", "反射率")),
    Quantity("counts", "", ("raw counts", "photon counts", "measured counts")),
    Quantity("count_rate", "1/s", ("count rate", "counts per second", "signal rate")),
    Quantity("spectral_irradiance", "W/m2/m", ("irradiance", "spectral irradiance")),
    Quantity("spectral_photon_flux", "1/m2/s/m", ("photon flux", "spectral photon flux")),
    Quantity("binding_energy", "eV", ("binding energy", "be", "b.e.")),
    Quantity("kinetic_energy", "eV", ("kinetic energy", "ke", "k.e.")),
    Quantity("wavenumber", "1/m", ("wavenumber", "wavenumbers", "wave number", "波数")),
    Quantity("raman_shift", "1/m", ("raman shift",)),
    Quantity("two_theta", "rad", ("2theta", "2-theta", "2θ", "2 theta", "two theta", "2th")),
    Quantity("angle", "rad", ("angle", "theta", "θ", "viewing angle", "emission angle")),
    Quantity("responsivity", "A/W", ("sr", "spectral response", "responsivity", "spectral responsivity")),
    Quantity("eqe", "1", ("ipce",)),
    Quantity("eqe_max", "1", ("eqe max", "max eqe", "max. eqe", "maximum eqe", "peak eqe", "eqemax")),
    Quantity(
        "turn_on_voltage",
        "V",
        ("turn-on voltage", "turn on voltage", "turn-on", "turn on", "von", "v on", "v_on", "vt", "vturn-on"),
    ),
    Quantity(
        "luminance_max",
        "cd/m2",
        ("luminance max", "max luminance", "max. luminance", "maximum luminance", "lmax", "l max", "peak luminance"),
    ),
    Quantity("current_efficiency_max", "cd/A", ("ce max", "max ce", "cemax", "max current efficiency")),
    Quantity("half_life", "s", ("t50", "half life", "half-life", "lt50")),
    Quantity("open_circuit_voltage", "V", ("voc", "v oc", "open-circuit voltage", "open circuit voltage")),
    Quantity(
        "short_circuit_current",
        "A/m2",
        ("jsc", "j sc", "short-circuit current", "short-circuit current density", "short circuit current density"),
    ),
    Quantity("fill_factor", "1", ("ff", "fill factor")),
    Quantity("power_conversion_efficiency", "1", ("pce", "power conversion efficiency")),
    Quantity("plqy", "1", ("plqy", "qy", "pl quantum yield", "quantum yield")),
    Quantity(
        "photocurrent",
        "A",
        ("photocurrent", "photo current", "pd current", "photodiode current", "ipd", "i pd", "iph", "detector current"),
    ),
    Quantity("signal_voltage", "V", ("pd voltage", "photodiode voltage", "signal voltage", "signal", "v pd")),
    Quantity("resistance", "ohm", ("resistance", "r", "widerstand")),
    Quantity("power_density", "W/m2", ("power density", "power", "irradiance", "light intensity")),
    Quantity(
        "power_efficacy",
        "lm/W",
        ("pe", "power efficiency", "power efficacy", "luminous efficacy", "luminous power efficiency", "lpw"),
    ),
    Quantity("cie_x", "", ("cie x", "ciex", "cie1931 x", "cie 1931 x", "cie-x")),
    Quantity("cie_y", "", ("cie y", "ciey", "cie1931 y", "cie 1931 y", "cie-y")),
    Quantity("cie_u", "", ("cie u'", "u'")),
    Quantity("cie_v", "", ("cie v'", "v'")),
    Quantity("relative_luminance", "1", ("l/l0", "l/l 0", "relative luminance", "normalised luminance")),
    Quantity("mass", "kg", ("mass", "weight", "masse")),
    Quantity("mass_fraction", "1", ("mass", "weight", "mass fraction")),
    Quantity("humidity", "1", ("humidity", "relative humidity", "rh")),
    Quantity(
        "temperature", "K", ("temp.", "temperatur", "température", "温度", "sample temperature", "chuck temperature")
    ),
)
BY_NAME = {item.name: item for item in reversed(QUANTITIES + MORE_QUANTITIES)}
#: units of a scale that has no unit
_ARBITRARY: tuple[str, ...] = (
    "a.u.",
    "au",
    "a. u.",
    "arb. units",
    "arb. u.",
    "arb.u.",
    "arbitrary units",
    "counts",
    "cts",
    "cps",
)
_ARBITRARY += ("counts/s", "normalised", "normalized", "norm.", "norm", "photons", "1")


class Heading(NamedTuple):
    """What a heading names."""

    quantity: str  # empty where it names none
    unit: str  # as written, empty where it names none
    factor: float = math.nan  # SI = number * factor + zero
    zero: float = 0.0
    deviation: bool = False
    problem: str = ""
    suggestion: str = ""
    text: str = ""  # the heading as it was read, without the number of a pixel behind it


def read_heading(text: str, known: Sequence[Quantity] = QUANTITIES) -> Heading:
    """Return what a heading names, and in which unit.

    Args:
        text: as the file writes it, such as ``J [mA/cm2]``.
        known: the quantities that it may name.

    Returns:
        The quantity, empty where the name is not known; ``problem`` says what is wrong with its unit.
    """
    counted = _COUNTED_BEHIND.fullmatch(text.strip())
    written = counted["heading"] if counted else text
    name, unit = _parts(written, known)
    quantities, deviation = _named(name, known)
    if not quantities:
        name, behind, quantities, deviation = _with_underscores(written.replace(" ", "_"), known)
        unit = behind or unit
    if not quantities:
        return Heading("", unit)
    return _in_si(quantities, name, unit, deviation)._replace(text=written)


def _parts(text: str, known: Sequence[Quantity]) -> tuple[str, str]:
    """Return name and unit of a heading."""
    if any(text.strip().casefold() in item.spellings for item in known):
        return text.strip(), ""
    found = _HEADING.fullmatch(text.strip())
    if found is None:
        return text.strip(), ""
    unit = next((found[key] for key in ("square", "round", "behind", "slash") if found[key] is not None), "")
    return found["name"].strip(), unit.strip()


def _named(name: str, known: Sequence[Quantity]) -> tuple[tuple[Quantity, ...], bool]:
    """Return the quantities that a name may mean, and whether it is of their standard deviation."""
    word = " ".join(name.casefold().replace("_", " ").split())
    for deviation, candidate in ((False, word), (True, _of_deviation(word))):
        for spelled in (candidate, _NUMBERED.sub("", candidate), _COUNTED.sub("", candidate)):
            if spelled and (found := tuple(item for item in known if spelled.strip() in item.spellings)):
                return found, deviation
    return (), False


def _of_deviation(word: str) -> str:
    found = _DEVIATION.fullmatch(word)
    return (found[1] or found[2]) if found else ""


def _with_underscores(text: str, known: Sequence[Quantity]) -> tuple[str, str, tuple[Quantity, ...], bool]:
    """Return name and unit of a heading such as ``J_mA_cm2`` or ``EQE_percent``, whose second underscore divides."""
    pieces = text.strip().split("_")
    for length in range(1, len(pieces)):
        name, rest = "_".join(pieces[:length]), pieces[length:]
        found, deviation = _named(name, known)
        for unit in (" ".join(rest), "/".join(rest)):
            if any(_conversion(unit, item)[1] == "" for item in found):
                return name, unit, found, deviation
    return text, "", (), False


def _in_si(quantities: Sequence[Quantity], name: str, unit: str, deviation: bool) -> Heading:
    """Return the first of some quantities that a unit measures."""
    problems = []
    for item in quantities:
        found, problem = _conversion(unit, item)
        if not problem:
            zero = 0.0 if deviation else found[1]
            return Heading(item.name, unit, found[0], zero, deviation)
        problems.append(problem)
    example = _example(quantities[0])
    if not unit:
        what = f"{name!r} has no unit; write it behind the name, as in {name} ({example})"
        return Heading(quantities[0].name, "", deviation=deviation, problem=what, suggestion=f"{name} ({example})")
    return Heading(quantities[0].name, unit, deviation=deviation, problem=f"{name!r}: {problems[0]}")


def _conversion(unit: str, quantity: Quantity) -> tuple[tuple[float, float], str]:
    """Return factor and zero from a unit to SI, and what is wrong with the unit."""
    if not quantity.unit:
        arbitrary = not unit or cleaned(unit).casefold() in _ARBITRARY
        return (1.0, 0.0), "" if arbitrary else f"{unit!r} is no unit of a signal; write a.u. or counts"
    if not unit:
        return (math.nan, 0.0), "no unit"
    try:
        one, zero = to_si(f"1 {unit}", quantity.unit), to_si(f"0 {unit}", quantity.unit)
    except InputError as error:
        return (math.nan, 0.0), str(error.problems[0])
    return (one - zero if zero else one, zero), ""


def _example(quantity: Quantity) -> str:
    """Return the unit in which a laboratory writes a quantity."""
    kind, _, name = quantity.name.rpartition(" ")
    named = NAMES.get(name)
    if named is not None and named.unit == quantity.unit and (kind == "goal" or quantity.unit == "1"):
        return named.shown_unit
    return bench_unit(quantity.unit) if quantity.unit else "a.u."
