"""Which measurement of the laboratory would settle an uncertain number."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from halodot.paths import chemical_of, layer_of


class Measurement(NamedTuple):
    """A measurement by the name that a laboratory gives it."""

    method: str
    subject: str  # what it is done on


#: pattern of a path -> what is measured, on what; {} stands for the layer or the reagent; the first that fits counts
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("device.layers.*_mobility", "space-charge-limited current (SCLC)", "single-carrier devices of {}"),
    ("device.layers.*_field_activation", "space-charge-limited current (SCLC)", "single-carrier devices of {}"),
    ("device.layers.*_disorder", "SCLC at several temperatures", "single-carrier devices of {}"),
    ("device.layers.*_density_of_states", "SCLC at several temperatures", "single-carrier devices of {}"),
    ("device.layers.*.ionisation_energy", "photoelectron spectroscopy (UPS)", "{}"),
    ("device.layers.*.work_function", "photoelectron spectroscopy (UPS) or Kelvin probe", "{}"),
    ("device.layers.*.electron_affinity", "inverse photoemission (LEIPS), or UPS with the optical gap", "{}"),
    ("device.layers.*.cauchy_?", "ellipsometry", "{}"),
    ("device.layers.*.index_offset", "ellipsometry", "{}"),
    ("device.layers.*.relative_permittivity", "impedance (capacitance)", "{}"),
    ("device.layers.*.thickness", "profilometer or AFM at a scratch", "{} in the device"),
    ("device.layers.*.quenching_rate", "time-resolved PL (TRPL)", "dots on {}"),
    ("device.layers.*.langevin_factor", "transient EL or impedance under bias", "the device"),
    ("device.layers.*.interface_hop", "current-voltage curves at several temperatures", "the device"),
    ("device.layers.*trap*", "thermally stimulated current, or trap-filled limit in SCLC", "{}"),
    ("device.sheet_resistance", "four-point probe", "the transparent electrode"),
    ("device.series_resistance", "a shorted device", "leads and contacts"),
    ("device.shunt_conductance", "dark current below the turn-on", "the device"),
    ("device.emitter.plqy", "integrating sphere (PLQY)", "the film of dots"),
    ("device.emitter.radiative_lifetime", "time-resolved PL (TRPL) with the PLQY", "the film of dots"),
    ("device.emitter.horizontal_fraction", "angle-resolved PL (back focal plane)", "the film of dots"),
    ("device.emitter.quenching_field", "PL under reverse bias", "the device"),
    ("device.emitter.trion_auger_rate", "TRPL at high excitation or under charging", "the dots"),
    ("device.emitter.charging_energy", "electrochemical charging with absorption", "the film of dots"),
    ("device.emitter.exciton_diffusivity", "TRPL on films of several thicknesses", "the film of dots"),
    ("device.emitter.peak", "PL spectrum", "the film of dots"),
    ("device.emitter.fwhm", "PL spectrum", "the film of dots"),
    ("device.emitter.*", "time-resolved PL (TRPL)", "the film of dots"),
    ("perovskite.*ionisation_energy", "photoelectron spectroscopy (UPS)", "a film of the dots"),
    ("perovskite.*index", "ellipsometry", "a film of the dots"),
    ("perovskite.*oscillator_energy", "ellipsometry", "a film of the dots"),
    ("perovskite.*permittivity", "ellipsometry and impedance", "a film of the dots"),
    ("perovskite.*absorption", "absorption with the concentration (ICP)", "a dispersion of the dots"),
    ("perovskite.*density", "pycnometer, or the cell by XRD", "the perovskite"),
    ("perovskite.*volume", "the cell by XRD", "the perovskite"),
    ("perovskite.*", "absorption of dots of known sizes (TEM)", "dispersions of several sizes"),
    ("dots.size_offset", "absorption of dots of known sizes (TEM)", "dispersions of several sizes"),
    ("dots.exciton_shift", "absorption of dots of known sizes (TEM)", "dispersions of several sizes"),
    ("dots.*spread*", "TEM (size distribution)", "the dots"),
    ("dots.*width*", "PL of single dots", "the dots"),
    ("dots.stokes*", "absorption and PL", "dispersions of several sizes"),
    ("dots.elastic_share", "absorption of dots of known sizes (TEM)", "dispersions of several sizes"),
    ("dots.radiative_rate", "time-resolved PL (TRPL) with the PLQY", "a dispersion of the dots"),
    ("dots.*trap*", "time-resolved PL (TRPL) with the PLQY", "dispersions of several coverages"),
    ("dots.background_rate", "time-resolved PL (TRPL) with the PLQY", "a dispersion of the dots"),
    ("dots.biexciton*", "TRPL at high excitation", "a dispersion of the dots"),
    ("dots.trion*", "TRPL at high excitation or under charging", "a dispersion of the dots"),
    ("dots.air*", "PL against the time in air", "a film of the dots"),
    ("dots.heat*", "PL against the time on a hot plate", "a film of the dots"),
    ("dots.*organics", "thermogravimetry (TGA)", "the washed dots"),
    ("dots.*", "PL and absorption", "a dispersion of the dots"),
    ("film.reference_mobility", "space-charge-limited current (SCLC)", "single-carrier devices of the film of dots"),
    ("film.reference_*", "SCLC of films with ligands of several lengths", "the film of dots"),
    ("film.tunnelling_decay", "SCLC of films with ligands of several lengths", "the film of dots"),
    ("film.states_per_dot", "SCLC at several temperatures", "single-carrier devices of the film of dots"),
    ("film.carrier_share", "SCLC at several temperatures", "single-carrier devices of the film of dots"),
    ("film.interdigitation", "grazing-incidence scattering (GISAXS)", "the film of dots"),
    ("film.packing", "ellipsometry", "the film of dots"),
    ("film.ligand_index", "ellipsometry", "the film of dots"),
    ("film.ligand_permittivity", "impedance (capacitance)", "the film of dots"),
    ("film.*spread", "atomic force microscopy (AFM)", "the film of dots"),
    ("film.thin_spot*", "dark current below the turn-on", "the device"),
    ("film.visited_dots", "integrating sphere (PLQY) in solution and in the film", "the dots"),
    ("film.face_velocity", "TRPL on films of several thicknesses", "the film of dots"),
    ("film.red_shift", "PL spectrum in solution and in the film", "the dots"),
    ("film.*", "integrating sphere (PLQY)", "the film of dots"),
    ("flask.*length*", "TEM (edge length) of syntheses in which one reagent varies", "the crude dots"),
    ("flask.recipe_effect", "TEM (edge length)", "the crude dots of this recipe"),
    ("flask.usual_length", "TEM (edge length)", "the crude dots of this recipe"),
    ("flask.laboratory_scatter", "TEM (edge length) of repeated syntheses", "the crude dots"),
    ("flask.*growth*", "absorption in the flask against time", "the growing dots"),
    ("flask.*nucle*", "absorption in the flask against time", "the growing dots"),
    ("flask.*ripening*", "TEM (size distribution) against time", "the crude dots"),
    ("flask.*solub*", "absorption in the flask against time", "the growing dots"),
    ("flask.*amine*", "titration, or 1H NMR of the free amine", "the reaction mixture"),
    ("flask.*hydrolysed", "titration, or 1H NMR", "the ligand's stock"),
    ("flask.*wash*", "1H NMR or TGA of the ligands after every wash", "the washed dots"),
    ("flask.*carry_over", "1H NMR or TGA of the ligands after every wash", "the washed dots"),
    ("flask.rotor*", "ruler", "the centrifuge"),
    ("flask.sedimentation*", "ruler", "the centrifuge"),
    ("flask.*temperature", "thermometer", "the flask"),
    ("flask.*time", "clock", "the flask"),
    ("flask.*", "1H NMR or XPS of the ligand shell against the dose", "the treated dots"),
    ("ageing.*", "lifetime at three currents, temperatures and humidities", "devices"),
    ("recipe.chemicals.*.purity", "titration or 1H NMR", "{}"),
    ("recipe.chemicals.*.water_fraction", "Karl Fischer titration", "{}"),
    ("recipe.chemicals.*.ligand_length", "GISAXS spacing of the film", "dots with {}"),
    ("recipe.chemicals.*", "data sheet or density bottle", "{}"),
    ("recipe.*mass", "balance", "the recipe"),
    ("recipe.*amount", "balance", "the recipe"),
    ("recipe.*equivalents", "balance", "the recipe"),
    ("recipe.*volume", "pipette, weighed", "the recipe"),
    ("recipe.*.wash.*", "pipette, weighed", "the recipe"),
    ("recipe.*temperature", "thermometer", "the flask"),
    ("recipe.*", "clock", "the recipe"),
    ("given.*plqy", "integrating sphere (PLQY)", "the dots"),
    ("given.*lifetime", "time-resolved PL (TRPL)", "the dots"),
    ("given.*length", "TEM (edge length)", "the dots"),
    ("given.*mobility", "space-charge-limited current (SCLC)", "single-carrier devices of the film of dots"),
    ("given.*coverage*", "1H NMR or XPS of the ligand shell", "the dots"),
    ("given.*index", "ellipsometry", "the film of dots"),
    ("given.*", "PL and absorption", "the dots"),
    ("device.area", "microscope", "the pixel"),
    ("run.temperature", "thermometer", "the device"),
    ("run.lifetime_luminance", "luminance meter", "the device"),
    ("run.humidity", "hygrometer", "the surroundings"),
)
#: where no row fits
_OTHER = Measurement("a measurement of this very number", "")


def measurement_of(path: str) -> Measurement:
    """Return by which measurement an input could be known.

    Args:
        path: of the input.
    """
    layer, chemical = layer_of(path), chemical_of(path)
    named = layer.name if layer is not None else chemical[0] if chemical is not None else ""
    named = "the film of dots" if layer is not None and named == "dots" else named
    for pattern, method, subject in _TABLE:
        if fnmatchcase(path, pattern):
            return Measurement(method, subject.format(named))
    return _OTHER


def by_measurement(paths: Iterable[str]) -> dict[Measurement, tuple[str, ...]]:
    """Return which inputs each measurement would settle at once.

    Args:
        paths: of uncertain inputs.
    """
    found: dict[Measurement, list[str]] = {}
    for path in paths:
        found.setdefault(measurement_of(path), []).append(path)
    return {measurement: tuple(own) for measurement, own in found.items()}
