"""The material of a dot."""

from __future__ import annotations

from collections.abc import Mapping

from halodot.states.declare import number, state
from halodot.states.notes import Note


@state
class Perovskite:
    """Cesium lead halide of one composition, as a bulk crystal at room temperature."""

    halides: Mapping[str, float]  # share of Cl, Br, I, sum 1
    band_gap: float = number("eV", "gap of the bulk, for free carriers", valid="positive")
    reduced_mass: float = number("1", "reduced mass of electron and hole in electron masses", valid="positive")
    permittivity: float = number("1", "relative permittivity between electron and hole", valid="permittivity")
    stokes_shift: float = number("eV", "first exciton absorption above the emission of the same dot, at 5.5 nm")
    phonon_energy: float = number("eV", "energy of the phonons that broaden the line", valid="positive")
    radiative_factor: float = number("1", "radiative rate of its dots per that of dots of CsPbI3", valid="positive")
    formula_mass: float = number("kg/mol", "molar mass", valid="positive")
    formula_volume: float = number("m3/mol", "molar volume", valid="positive")
    density: float = number("kg/m3", "density", valid="positive")
    lattice_length: float = number("m", "edge of the cube of one formula unit", valid="positive")
    stabilisation: float = number("J/mol", "stability against the yellow phase beyond that of CsPbI3", valid="any")
    core_index: float = number("1", "refractive index at 645 nm", valid="positive")
    oscillator_energy: float = number("eV", "energy of the oscillator of that index", valid="positive")
    core_absorption: float = number("1/m", "absorption coefficient at the absorption wavelength")
    absorption_wavelength: float = number("m", "wavelength at which the absorption is stated", valid="positive")
    core_permittivity: float = number("1", "static relative permittivity", valid="permittivity")
    ionisation_energy: float = number("eV", "valence band below vacuum")
    notes: tuple[Note, ...] = ()
