"""Absolute PL of a film or a cell: external luminescence yield and quasi-Fermi-level splitting."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from halodot.errors import DataError
from halodot.lab.choices import number, span
from halodot.lab.findings import Analysis, Finding, Panel, Trace
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.signals import signal, signals, within
from halodot.names import Quantity

if TYPE_CHECKING:
    import xarray

YIELD = Quantity("luminescence_yield", "1", "%", "External luminescence quantum yield", "LuQY")
SPLITTING = Quantity("quasi_fermi_level_splitting", "eV", "eV", "Quasi-Fermi-level splitting", "QFLS")
_FEWEST_POINTS = 5
#: half a step of the last digit that a header states, as a standard uncertainty
_ROUNDING = 0.5 / math.sqrt(3.0)
#: difference from the yield that the instrument states, beyond rounding, above which one of both is wrong
_UNLIKE = 0.03
#: uncertainty of the absorption edge that PL alone leaves, over kT: the line stands within this of the edge
_EDGE = 2.0


@dataclass(frozen=True)
class LuqySettings:
    """What can be chosen."""

    window: tuple[float, float] | None = span("m", "wavelengths that are integrated; all of the spectrum", shown="nm")
    incident: float | None = number(
        "1/m2/s", "photons of the excitation that are absorbed; what the header says", valid="positive"
    )
    incident_uncertainty: float | None = number(
        "1", "its standard uncertainty, relative; the rounding of the header", valid="fraction"
    )
    calibration_uncertainty: float = number(
        "1", "standard uncertainty of the photon flux, relative", 0.0, valid="fraction"
    )
    bandgap: float | None = number("eV", "absorption edge; what the header says", valid="positive")
    temperature: float = number("K", "temperature of the sample", 298.15, valid="positive")


def luqy(data: xarray.Dataset, settings: LuqySettings | None = None) -> Analysis:
    """Return external luminescence yield and quasi-Fermi-level splitting of an absolute PL spectrum.

    The yield is the emitted photon flux over that of the excitation which is absorbed; of a header in suns the latter
    is suns J_sc / (q EQE). The splitting follows for an absorptance that steps from 0 to 1 at the edge,

        Phi = 2 pi / (h^3 c^2) int_Eg E^2 dE exp((QFLS - E) / kT)

    (P. Wuerfel, J. Phys. C 1982); where the edge really is, PL alone does not tell to better than about 2 kT.

    Args:
        data: photon flux of a surface against wavelength, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: there is no photon flux, or nothing says how much light excited it.
    """
    chosen = settings or LuqySettings()
    whole = signal(data, ("wavelength",), ("spectral_photon_flux",))
    if whole.x.size < _FEWEST_POINTS:
        raise DataError(f"{whole.x.size} points are too few for a spectrum")
    low, high = chosen.window or (float(whole.x[0]), float(whole.x[-1]))
    used = within(whole, low, high)
    if used.x.size < _FEWEST_POINTS:
        raise DataError(f"{used.x.size} points from {low * 1e9:g} to {high * 1e9:g} nm; choose a wider window")
    flux = float(np.trapezoid(used.y, used.x))
    if not flux > 0.0:
        raise DataError("no light is emitted in this window")
    header = _header(data)
    notes: list[str] = []
    warnings: list[str] = []
    chosen = _filled(replace(chosen, window=(low, high)), header, notes)
    findings = [*_yield(flux, chosen, header, warnings, notes), *_splitting(flux, chosen, notes)]
    if not findings:
        raise DataError("neither the excitation nor the band gap is stated: incident: or bandgap: in the settings")
    panel = Panel("Wavelength (nm)", "Photon flux (1/(s cm2 nm))", (Trace(used.x * 1e9, used.y * 1e-13),))
    return Analysis("luqy", chosen, tuple(findings), tuple(warnings), tuple(notes), (panel,))


def _header(data: xarray.Dataset) -> Mapping[str, str]:
    try:
        found = json.loads(str(data.attrs.get("header", "{}")))
    except json.JSONDecodeError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _stated(header: Mapping[str, str], name: str) -> tuple[float, float] | None:
    """Return a number of the header and the standard uncertainty of its rounding, None where it is not there."""
    text = header.get(name, "").strip()
    try:
        value = float(text)
    except ValueError:
        return None
    digits = len(text.partition(".")[2])
    return (value, _ROUNDING * 10.0**-digits) if math.isfinite(value) else None


def _filled(chosen: LuqySettings, header: Mapping[str, str], notes: list[str]) -> LuqySettings:
    """Return the choices with what the header says of excitation and band gap."""
    if chosen.bandgap is None and (gap := _stated(header, "Bandgap (eV)")) and gap[0] > 0.0:
        chosen = replace(chosen, bandgap=gap[0])
    if chosen.incident is not None:
        return replace(chosen, incident_uncertainty=chosen.incident_uncertainty or 0.0)
    names = ("Laser intensity (suns)", "Jsc (mA/cm2)", "EQE @ laser wavelength")
    parts = [part for name in names if (part := _stated(header, name)) is not None and part[0] > 0.0]
    if len(parts) < len(names):
        return chosen
    (suns, _), (current, _), (efficiency, _) = parts
    rounding = math.sqrt(sum((deviation / value) ** 2 for value, deviation in parts))
    notes.append("the excitation is that of the header: suns J_sc / (q EQE)")
    return replace(
        chosen,
        incident=suns * current * 10.0 / ELEMENTARY_CHARGE / efficiency,
        incident_uncertainty=rounding if chosen.incident_uncertainty is None else chosen.incident_uncertainty,
    )


def _yield(
    flux: float, chosen: LuqySettings, header: Mapping[str, str], warnings: list[str], notes: list[str]
) -> list[Finding]:
    stated = _stated(header, "LuQY (%)")
    if chosen.incident is None:
        if stated is None:
            notes.append("the yield needs the excitation: incident: 1e21 1/m2/s")
            return []
        warnings.append("the header does not state the excitation to a digit; the yield is what the instrument states")
        return [Finding(YIELD, 0.01 * stated[0], 0.01 * stated[1], "stated by the instrument")]
    value = flux / chosen.incident
    relative = math.hypot(chosen.incident_uncertainty or 0.0, chosen.calibration_uncertainty)
    if not chosen.calibration_uncertainty:
        notes.append("the photon flux is taken for exact; calibration_uncertainty: states its uncertainty")
    if stated is not None and stated[0] > 0.0:
        away = abs(0.01 * stated[0] / value - 1.0)
        if away > _UNLIKE + 3.0 * math.hypot(relative, stated[1] / stated[0]):
            warnings.append(
                f"the instrument states a yield of {stated[0]:g} %, the spectrum holds {100.0 * value:.3g} %: it may be"
                " background, or another range was integrated"
            )
    return [Finding(YIELD, value, value * relative, "emitted photons integrated, over those of the excitation")]


def _splitting(flux: float, chosen: LuqySettings, notes: list[str]) -> list[Finding]:
    if chosen.bandgap is None:
        notes.append("the quasi-Fermi-level splitting needs the absorption edge: bandgap: 1.6 eV")
        return []
    thermal = BOLTZMANN * chosen.temperature / ELEMENTARY_CHARGE
    gap = chosen.bandgap
    states = 2.0 * math.pi * ELEMENTARY_CHARGE**3 / (PLANCK**3 * SPEED_OF_LIGHT**2)
    edge = states * thermal * (gap**2 + 2.0 * gap * thermal + 2.0 * thermal**2)
    value = gap + thermal * math.log(flux / edge)
    deviation = thermal * math.hypot(_EDGE, chosen.calibration_uncertainty)
    return [Finding(SPLITTING, value, deviation, "generalised Planck law, absorptance a step at the band gap")]


def _takes(data: xarray.Dataset) -> bool:
    photons = signals(data, ("wavelength",), ("spectral_photon_flux",))
    return data.attrs.get("kind") == "photoluminescence" and len(photons) == 1


def _analyse(inputs: Inputs, settings: LuqySettings) -> Analysis:
    return luqy(inputs["spectrum"][0], settings)


METHOD = Method(
    name="luqy",
    title="Absolute PL",
    settings=LuqySettings,
    quantities=(YIELD, SPLITTING),
    roles=(Role("spectrum", "emitted photon flux against wavelength", _takes),),
    analyse=_analyse,
)
