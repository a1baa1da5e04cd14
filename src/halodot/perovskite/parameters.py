"""Parameters of the cesium lead halides; values and provenance are in library/parameters/perovskite.yaml."""

from __future__ import annotations

from halodot.states import number, state


@state
class PerovskiteParameters:
    """Numbers of bulk CsPbI3, CsPbBr3 and CsPbCl3, and how those of mixed crystals bend between them."""

    # CsPbI3
    iodide_band_gap: float = number("eV", "gap of bulk CsPbI3 at room temperature, for free carriers", valid="positive")
    iodide_reduced_mass: float = number(
        "1", "reduced mass of electron and hole in CsPbI3 in electron masses", valid="positive"
    )
    iodide_permittivity: float = number(
        "1", "relative permittivity between electron and hole in CsPbI3", valid="permittivity"
    )
    iodide_stokes_shift: float = number(
        "eV", "energy of the first exciton absorption of a dot of CsPbI3 above its emission, at 5.5 nm"
    )
    iodide_phonon_energy: float = number(
        "eV", "energy of the phonons that broaden the line of CsPbI3", valid="positive"
    )
    iodide_formula_mass: float = number("kg/mol", "molar mass of CsPbI3", valid="positive")
    iodide_formula_volume: float = number("m3/mol", "molar volume of CsPbI3", valid="positive")
    iodide_density: float = number("kg/m3", "density of CsPbI3", valid="positive")
    iodide_core_index: float = number("1", "refractive index of CsPbI3 at 645 nm", valid="positive")
    iodide_oscillator_energy: float = number(
        "eV", "energy of the oscillator that gives the dispersion of the index of CsPbI3", valid="positive"
    )
    iodide_core_absorption: float = number("1/m", "absorption coefficient of CsPbI3 at 400 nm")
    iodide_core_permittivity: float = number("1", "static relative permittivity of CsPbI3", valid="permittivity")
    iodide_ionisation_energy: float = number("eV", "valence band of CsPbI3 below vacuum")
    # CsPbBr3
    bromide_band_gap: float = number(
        "eV", "gap of bulk CsPbBr3 at room temperature, for free carriers", valid="positive"
    )
    bromide_reduced_mass: float = number(
        "1", "reduced mass of electron and hole in CsPbBr3 in electron masses", valid="positive"
    )
    bromide_permittivity: float = number(
        "1", "relative permittivity between electron and hole in CsPbBr3", valid="permittivity"
    )
    bromide_stokes_shift: float = number(
        "eV", "energy of the first exciton absorption of a dot of CsPbBr3 above its emission, at 5.5 nm"
    )
    bromide_phonon_energy: float = number(
        "eV", "energy of the phonons that broaden the line of CsPbBr3", valid="positive"
    )
    bromide_radiative_factor: float = number(
        "1", "radiative rate of dots of CsPbBr3 per that of dots of CsPbI3", valid="positive"
    )
    bromide_formula_mass: float = number("kg/mol", "molar mass of CsPbBr3", valid="positive")
    bromide_formula_volume: float = number("m3/mol", "molar volume of CsPbBr3", valid="positive")
    bromide_density: float = number("kg/m3", "density of CsPbBr3", valid="positive")
    bromide_stabilisation: float = number(
        "J/mol", "free energy of the yellow phase above the perovskite, beyond that of CsPbI3, of CsPbBr3", valid="any"
    )
    bromide_core_index: float = number("1", "refractive index of CsPbBr3 at 645 nm", valid="positive")
    bromide_oscillator_energy: float = number(
        "eV", "energy of the oscillator that gives the dispersion of the index of CsPbBr3", valid="positive"
    )
    bromide_core_absorption: float = number("1/m", "absorption coefficient of CsPbBr3 at 400 nm")
    bromide_core_permittivity: float = number("1", "static relative permittivity of CsPbBr3", valid="permittivity")
    bromide_ionisation_energy: float = number("eV", "valence band of CsPbBr3 below vacuum")
    # CsPbCl3
    chloride_band_gap: float = number(
        "eV", "gap of bulk CsPbCl3 at room temperature, for free carriers", valid="positive"
    )
    chloride_reduced_mass: float = number(
        "1", "reduced mass of electron and hole in CsPbCl3 in electron masses", valid="positive"
    )
    chloride_permittivity: float = number(
        "1", "relative permittivity between electron and hole in CsPbCl3", valid="permittivity"
    )
    chloride_stokes_shift: float = number(
        "eV", "energy of the first exciton absorption of a dot of CsPbCl3 above its emission, at 5.5 nm"
    )
    chloride_phonon_energy: float = number(
        "eV", "energy of the phonons that broaden the line of CsPbCl3", valid="positive"
    )
    chloride_radiative_factor: float = number(
        "1", "radiative rate of dots of CsPbCl3 per that of dots of CsPbI3", valid="positive"
    )
    chloride_formula_mass: float = number("kg/mol", "molar mass of CsPbCl3", valid="positive")
    chloride_formula_volume: float = number("m3/mol", "molar volume of CsPbCl3", valid="positive")
    chloride_density: float = number("kg/m3", "density of CsPbCl3", valid="positive")
    chloride_stabilisation: float = number(
        "J/mol", "free energy of the yellow phase above the perovskite, beyond that of CsPbI3, of CsPbCl3", valid="any"
    )
    chloride_core_index: float = number("1", "refractive index of CsPbCl3 at 645 nm", valid="positive")
    chloride_oscillator_energy: float = number(
        "eV", "energy of the oscillator that gives the dispersion of the index of CsPbCl3", valid="positive"
    )
    chloride_core_absorption: float = number("1/m", "absorption coefficient of CsPbCl3 at 350 nm")
    chloride_core_permittivity: float = number("1", "static relative permittivity of CsPbCl3", valid="permittivity")
    chloride_ionisation_energy: float = number("eV", "valence band of CsPbCl3 below vacuum")
    # mixed crystals: E = sum of the shares times the gaps, less b times the product of the two shares
    bromide_iodide_bowing: float = number("eV", "bowing of the gap of mixed CsPbBr3 and CsPbI3", valid="any")
    chloride_bromide_bowing: float = number("eV", "bowing of the gap of mixed CsPbCl3 and CsPbBr3", valid="any")
