"""The nomenclature: every quantity that halodot reports, with its SI unit, the unit it is shown in, and its names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """How one quantity is called and shown."""

    name: str
    unit: str  # SI, eV and V for energies and potentials; "1" for a pure number
    shown_unit: str  # what a laboratory uses
    label: str
    symbol: str

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the most that it can be [SI]; infinite where nothing forbids more."""
        base = _AT_LUMINANCE.sub("", self.name)
        return (0.0, 1.0) if base in _SHARES.split() else (0.0 if base in _SIZES.split() else -math.inf, math.inf)

    @property
    def axis(self) -> str:
        """Label of an axis, the shown unit in brackets where there is one."""
        return self.label if self.shown_unit == "1" else f"{self.label} [{self.shown_unit}]"


#: shares of a whole, which lie between 0 and 1; what is relative to another sample or a start may lie above
_SHARES = """
    plqy plqy_by_wash plqy_first_wash film_plqy solution_plqy eqe eqe_max eqe_lambertian outcoupling
    charge_balance exciton_yield coverage_native coverage_short coverage_bare stripped_fraction stripped
    halide_vacancies weight_loss core_fraction polar_fraction air substrate guided back fill_factor
    power_conversion_efficiency cie_x cie_y
"""
#: quantities that are never below 0
_SIZES = """
    edge_length gap roughness first_exciton pl_peak pl_fwhm lifetime lifetime_amplitude lifetime_intensity
    biexciton_lifetime trion_auger_lifetime half_life time_to_90_percent luminance luminance_max
    current_efficiency current_efficiency_max power_efficiency power_efficiency_max mobility leakage_conductance
    excess_acid undissolved_ligand film_index el_peak el_fwhm dominant_wavelength rec_2020 lambertian_factor
    relative_luminance pl_retained_in_air half_efficiency_current thickness trap_density
"""
_AT_LUMINANCE = re.compile(r"_at_\d+$")
_TABLE: tuple[tuple[str, str, str, str, str], ...] = (
    # the flask
    ("edge_length", "m", "nm", "Edge length of the dots", "L"),
    ("edge_length_spread", "m", "nm", "Spread of the edge length in micrographs", "sigma_TEM"),
    ("spectroscopic_spread", "m", "nm", "Spread of the edge length in the spectrum", "sigma_L"),
    ("edge_length_deviation", "m", "nm", "Uncertainty of the edge length of an untried recipe", "u(L)"),
    ("chemical_yield", "1", "%", "Limiting ion in dots", "Y"),
    ("volume", "m3", "mL", "Volume", "V"),
    ("polar_fraction", "1", "%", "Volume share of polar liquid", "phi"),
    ("size", "m", "nm", "Edge length", "L"),
    ("size_share", "1", "%", "Share of the dots", "p(L)"),
    ("recipe_time", "s", "min", "Time since the first step", "t"),
    ("pot_temperature", "K", "degC", "Temperature of the pot", "T"),
    ("pot_volume", "m3", "mL", "Volume of the pot", "V"),
    ("pot_polar_fraction", "1", "%", "Volume share of polar liquid in the pot", "phi"),
    ("pot_water", "mol", "mmol", "Water in the pot", "n_w"),
    ("amount", "mol", "mmol", "Amount", "n"),
    ("sites", "mol", "mmol", "Surface sites", "N_s"),
    ("dots", "mol", "nmol", "Dots", "N_QD"),
    ("excess_acid", "mol", "mmol", "Acid left by the short ligand", "H"),
    ("free_amine", "mol", "mmol", "Free amine", "B"),
    ("undissolved_ligand", "mol", "mmol", "Undissolved short ligand", "n_AVA"),
    ("stripped_fraction", "1", "%", "Sites stripped by acid", "S"),
    ("material_retained", "1", "%", "Material that survived etching", "q"),
    ("antisolvent_ratio", "1", "1", "Antisolvent per volume of dispersion", "V_anti/V_disp"),
    ("coverage_native", "1", "%", "Sites with native ligand", "theta_L"),
    ("coverage_short", "1", "%", "Sites with short ligand", "theta_A"),
    ("coverage_bare", "1", "%", "Bare sites", "theta_0"),
    ("halide_vacancies", "1", "%", "Halide vacancies", "theta_X"),
    ("stripped", "1", "%", "Sites that acid opened", "theta_H"),
    ("surface_left", "1", "%", "Surface of a dot that is left", "A/A_max"),
    ("short_ligand_length", "m", "nm", "Length of the short ligand", "l_A"),
    ("native_ligand_length", "m", "nm", "Length of the native ligand", "l_L"),
    ("short_ligand_mass", "kg/mol", "g/mol", "Molar mass of the short ligand", "M_A"),
    ("native_ligand_mass", "kg/mol", "g/mol", "Molar mass of the native ligand", "M_L"),
    # the dots
    ("wavelength", "m", "nm", "Wavelength", "lambda"),
    ("absorbance", "1", "1", "Absorbance", "A"),
    ("pl", "1", "1", "PL", "I_PL"),
    ("first_exciton", "m", "nm", "First exciton absorption peak", "lambda_abs"),
    ("pl_peak", "m", "nm", "PL peak", "lambda_PL"),
    ("pl_fwhm", "m", "nm", "PL line width (FWHM)", "FWHM_PL"),
    ("plqy", "1", "%", "PL quantum yield in solution", "PLQY"),
    ("plqy_by_wash", "1", "%", "PL quantum yield by washes", "PLQY_w"),
    ("plqy_first_wash", "1", "%", "PL quantum yield after one wash", "PLQY_1"),
    ("radiative_rate", "1/s", "1/ns", "Radiative rate", "k_r"),
    ("nonradiative_rate", "1/s", "1/ns", "Non-radiative rate", "k_nr"),
    ("trap_rate", "1/s", "1/ns", "Trap rate", "k_t"),
    ("trap_rate_by_wash", "1/s", "1/ns", "Trap rate by washes", "k_t,w"),
    ("time", "s", "ns", "Time", "t"),
    ("trpl", "1", "1", "PL after a pulse", "I(t)"),
    ("lifetime", "s", "ns", "Average PL lifetime", "tau"),
    ("lifetime_amplitude", "s", "ns", "PL lifetime, amplitude average", "tau_amp"),
    ("lifetime_intensity", "s", "ns", "PL lifetime, intensity average", "tau_int"),
    ("traps", "1", "1", "Traps on a dot", "N_t"),
    ("loss_per_trap", "1/s", "1/ns", "Loss rate of one trap", "k_loss"),
    ("biexciton_lifetime", "s", "ps", "Auger lifetime of two excitons", "tau_XX"),
    ("trion_auger_lifetime", "s", "ps", "Auger lifetime beside one charge", "tau_tri"),
    ("quenching_field", "V/m", "MV/cm", "Field that halves the radiative rate", "E_q"),
    ("nonradiative_activation_energy", "eV", "meV", "Activation energy of the non-radiative rate", "E_nr"),
    ("air_time", "s", "day", "Time in air", "t"),
    ("pl_in_air", "1", "%", "PL kept in air", "PL(t)/PL(0)"),
    ("pl_retained_in_air", "1", "%", "PL kept after 20 days in air", "PL(20 d)/PL(0)"),
    ("phase_driving_force", "J/mol", "kJ/mol", "Free energy gained by turning yellow", "dG"),
    ("energy_spread", "eV", "meV", "Spread of the transition energy", "sigma_E"),
    ("first_exciton_deviation", "eV", "meV", "Uncertainty of the first exciton from published sizes", "u(E_1)"),
    ("exciton_binding", "eV", "meV", "Binding energy of the exciton", "E_b"),
    ("level_spacing", "eV", "meV", "Second level of a carrier on a dot above its first", "Delta"),
    ("weight_loss", "1", "%", "Weight loss at 500 °C", "w"),
    # the film
    ("gap", "m", "nm", "Gap between neighbouring dots", "d"),
    ("core_fraction", "1", "%", "Volume share of the cores", "f"),
    ("index", "1", "1", "Refractive index", "n"),
    ("film_index", "1", "1", "Refractive index of the film at the PL peak", "n_film"),
    ("extinction", "1", "1", "Extinction coefficient", "k"),
    ("spectrum", "1", "1", "Intrinsic emission", "S"),
    ("mobility", "m2/V/s", "cm2/Vs", "Mobility of the film", "mu"),
    ("electron_affinity", "eV", "eV", "LUMO or conduction band below vacuum", "E_C"),
    ("ionisation_energy", "eV", "eV", "HOMO or valence band below vacuum", "E_V"),
    ("density_of_states", "1/m3", "1/cm3", "Density of transport states", "N"),
    ("relative_permittivity", "1", "1", "Relative permittivity", "eps_r"),
    ("film_plqy", "1", "%", "PL quantum yield of the film", "PLQY_film"),
    ("solution_plqy", "1", "%", "PL quantum yield of its dots in solution", "PLQY_sol"),
    ("transfer_loss", "1/s", "1/ns", "Loss by transfer to dots with traps", "k_transfer"),
    ("interface_loss", "1/s", "1/ns", "Loss at the faces outside a device", "k_face"),
    ("roughness", "m", "nm", "Roughness (RMS)", "R_q"),
    ("leakage_conductance", "S/m2", "mS/cm2", "Leakage conductance", "G_leak"),
    ("trap_density", "1/m3", "1/cm3", "Trap density", "N_t"),
    ("carrier_disorder", "eV", "meV", "Spread of the level of one carrier", "sigma_c"),
    ("dot_volume", "m3", "nm3", "Volume of the film for each dot", "v"),
    ("trion_auger_rate", "1/s", "1/ns", "Auger rate beside one charge", "k_tri"),
    ("charging_energy", "eV", "meV", "Charging energy of a dot", "U"),
    ("exciton_diffusivity", "m2/s", "cm2/s", "Diffusion coefficient of excitons", "D_X"),
    # the device
    ("thickness", "m", "nm", "Thickness", "d"),
    ("index_offset", "1", "1", "Offset of the refractive index", "dn"),
    ("cauchy_a", "1", "1", "Cauchy A", "A"),
    ("cauchy_b", "m2", "um2", "Cauchy B", "B"),
    ("cauchy_c", "m4", "um4", "Cauchy C", "C"),
    ("area", "m2", "mm2", "Active area", "A"),
    ("voltage", "V", "V", "Voltage", "V"),
    ("current_density", "A/m2", "mA/cm2", "Current density", "J"),
    ("exciton_formation_current", "A/m2", "mA/cm2", "Current that forms excitons", "J_ex"),
    ("emitter_trap_current", "A/m2", "mA/cm2", "Trap recombination in the emitter", "J_trap"),
    ("outside_emitter_current", "A/m2", "mA/cm2", "Recombination outside the emitter", "J_else"),
    ("electron_leakage", "A/m2", "mA/cm2", "Electron leakage to the anode", "J_n,leak"),
    ("hole_leakage", "A/m2", "mA/cm2", "Hole leakage to the cathode", "J_p,leak"),
    ("shunt_current", "A/m2", "mA/cm2", "Shunt current", "J_shunt"),
    ("charge_balance", "1", "%", "Charge balance", "gamma"),
    ("exciton_generation", "1/m2/s", "1/cm2/s", "Excitons formed", "G"),
    ("exciton_position", "m", "nm", "Position in the emitting layer", "z"),
    ("auger_current", "A/m2", "mA/cm2", "Current lost to Auger recombination", "J_Auger"),
    ("interface_recombination_current", "A/m2", "mA/cm2", "Recombination at interfaces", "J_int"),
    ("radiative_current", "A/m2", "mA/cm2", "Radiative decay of excitons", "J_rad"),
    ("nonradiative_current", "A/m2", "mA/cm2", "Non-radiative decay of excitons", "J_nr"),
    ("quenching_current", "A/m2", "mA/cm2", "Quenching by neighbouring layers", "J_q"),
    ("trion_auger_current", "A/m2", "mA/cm2", "Auger decay of charged dots (trions)", "J_tri"),
    ("radiative_decay", "1/m2/s", "1/cm2/s", "Radiative decays", "G_r"),
    ("current_density_error", "1", "%", "Error that the grid leaves in the current", "delta J"),
    ("radiative_current_error", "1", "%", "Error that the grid leaves in the light", "delta J_rad"),
    ("luminance_error", "1", "%", "Error that wavelengths and positions leave in the luminance", "delta L_v"),
    ("cation_density", "1/m3", "1/cm3", "Density of mobile cations", "c+"),
    ("anion_density", "1/m3", "1/cm3", "Density of mobile anions", "c-"),
    ("position", "m", "nm", "Position", "x"),
    ("potential", "V", "V", "Potential", "phi"),
    ("electron_density", "1/m3", "1/cm3", "Electron density", "n"),
    ("hole_density", "1/m3", "1/cm3", "Hole density", "p"),
    ("electron_quasi_fermi_level", "eV", "eV", "Electron quasi-Fermi level", "E_Fn"),
    ("hole_quasi_fermi_level", "eV", "eV", "Hole quasi-Fermi level", "E_Fp"),
    ("recombination", "1/m3/s", "1/cm3/s", "Recombination", "R"),
    ("converged", "1", "1", "Whether a point was solved", "-"),
    ("layer_of_node", "1", "1", "Layer of a grid point", "i"),
    ("short_circuit_current", "A/m2", "mA/cm2", "Short-circuit current density", "J_sc"),
    ("open_circuit_voltage", "V", "V", "Open-circuit voltage", "V_oc"),
    ("fill_factor", "1", "%", "Fill factor", "FF"),
    ("power_conversion_efficiency", "1", "%", "Power conversion efficiency", "PCE"),
    ("turn_on_voltage", "V", "V", "Turn-on voltage (1 cd/m²)", "V_on"),
    # the light
    ("power", "1", "1", "Radiated power relative to the bulk", "F"),
    ("purcell", "1", "1", "Purcell factor", "F"),
    ("outcoupling", "1", "%", "Outcoupling efficiency", "eta_out"),
    ("radiance_angle", "rad", "degree", "Angle in air", "theta"),
    ("radiance", "1/sr", "1/sr", "Radiance into air", "I"),
    ("el", "1/m2/s/m", "1/m2/s/nm", "EL", "I_EL"),
    ("luminance", "cd/m2", "cd/m2", "Luminance", "L_v"),
    ("luminance_max", "cd/m2", "cd/m2", "Highest luminance of the sweep", "L_max"),
    (
        "luminance_max_current_density",
        "A/m2",
        "mA/cm2",
        "Current density from which the luminance falls",
        "J_Lmax",
    ),
    ("eqe", "1", "%", "EQE", "EQE"),
    ("eqe_max", "1", "%", "Peak EQE", "EQE_max"),
    ("eqe_max_voltage", "V", "V", "Voltage of the peak EQE", "V_max"),
    ("eqe_max_current_density", "A/m2", "mA/cm2", "Current density of the peak EQE", "J_max"),
    ("half_efficiency_current", "A/m2", "mA/cm2", "Current density at which the EQE has fallen to half", "J50"),
    ("eqe_lambertian", "1", "%", "EQE from forward luminance, taken as Lambertian", "EQE_0"),
    ("exciton_yield", "1", "%", "Radiative decays per exciton", "eta_rad"),
    ("cie_x", "1", "1", "CIE 1931 x", "x"),
    ("cie_y", "1", "1", "CIE 1931 y", "y"),
    ("cie_u", "1", "1", "CIE 1976 u'", "u'"),
    ("cie_v", "1", "1", "CIE 1976 v'", "v'"),
    ("dominant_wavelength", "m", "nm", "Dominant wavelength", "lambda_d"),
    ("rec_2020", "1", "%", "Rec. 2020 gamut with this red", "A/A_2020"),
    ("lambertian_factor", "1", "1", "Lambertian factor", "pi L_0/M"),
    ("angular_luminance", "cd/m2", "cd/m2", "Luminance by angle", "L_v(theta)"),
    ("angular_u", "1", "1", "CIE 1976 u' by angle", "u'(theta)"),
    ("angular_v", "1", "1", "CIE 1976 v' by angle", "v'(theta)"),
    ("el_peak", "m", "nm", "EL peak", "lambda_EL"),
    ("el_fwhm", "m", "nm", "EL line width (FWHM)", "FWHM_EL"),
    ("current_efficiency", "cd/A", "cd/A", "Current efficiency", "CE"),
    ("current_efficiency_max", "cd/A", "cd/A", "Current efficiency at the peak EQE", "CE_max"),
    ("power_efficiency_max", "lm/W", "lm/W", "Highest power efficiency", "PE_max"),
    *(
        (f"{name}_at_{luminance}", unit, shown_unit, f"{label} at {luminance} cd/m²", f"{symbol}({luminance})")
        for luminance in (100, 1000)
        for name, unit, shown_unit, label, symbol in (
            ("voltage", "V", "V", "Voltage", "V"),
            ("current_density", "A/m2", "mA/cm2", "Current density", "J"),
            ("eqe", "1", "%", "EQE", "EQE"),
            ("current_efficiency", "cd/A", "cd/A", "Current efficiency", "CE"),
            ("power_efficiency", "lm/W", "lm/W", "Power efficiency", "PE"),
            ("el_peak", "m", "nm", "EL peak", "lambda_EL"),
            ("el_fwhm", "m", "nm", "EL line width (FWHM)", "FWHM_EL"),
        )
    ),
    ("luminous_efficacy", "lm/W", "lm/W", "Power efficiency", "PE"),
    ("air", "1", "%", "Light into air", "eta_air"),
    ("substrate", "1", "%", "Light trapped in the substrate", "eta_sub"),
    ("guided", "1", "%", "Light in waveguide modes and surface plasmon", "eta_guided"),
    ("back", "1", "%", "Light out at the back", "eta_back"),
    ("absorbed", "1", "%", "Light absorbed in a layer", "eta_abs"),
    ("guided_absorbed", "1", "%", "Waveguide and plasmon light absorbed in a layer", "eta_guided,i"),
    ("nonradiative", "1", "%", "Non-radiative decay of excitons", "eta_nr"),
    ("balance_error", "1", "1", "Gap of the photon budget", "delta"),
    # ageing
    ("half_life", "s", "h", "Half life (T50)", "T50"),
    ("time_to_90_percent", "s", "h", "Time to 90 % (T90)", "T90"),
    ("half_life_current_density", "A/m2", "mA/cm2", "Current density of the lifetime test", "J_T50"),
    ("relative_luminance", "1", "%", "Luminance relative to the start", "L/L_0"),
    # what instruments record
    ("excitation_wavelength", "m", "nm", "Excitation wavelength", "lambda_exc"),
    ("emission_wavelength", "m", "nm", "Emission wavelength", "lambda_em"),
    ("photon_energy", "eV", "eV", "Photon energy", "h nu"),
    ("wavenumber", "1/m", "1/cm", "Wavenumber", "nu"),
    ("raman_shift", "1/m", "1/cm", "Raman shift", "Delta nu"),
    ("optical_path_difference", "m", "mm", "Optical path difference", "x"),
    ("chemical_shift", "1", "ppm", "Chemical shift", "delta"),
    ("coordinate", "1", "1", "Coordinate", "x"),
    ("kubelka_munk", "1", "1", "Kubelka-Munk function", "F(R)"),
    ("log_inverse_reflectance", "1", "1", "Logarithm of the inverse reflectance", "log(1/R)"),
    ("transmittance", "1", "%", "Transmittance", "T"),
    ("reflectance", "1", "%", "Reflectance", "R"),
    ("intensity", "1", "1", "Intensity", "I"),
    ("counts", "1", "1", "Counts", "N"),
    ("count_rate", "1/s", "1/s", "Count rate", "N/t"),
    ("attenuation_factor", "1", "1", "Factor by which a beam was weakened", "f"),
    ("spectral_irradiance", "W/m2/m", "uW/cm2/nm", "Spectral irradiance", "E_lambda"),
    ("spectral_radiance", "W/m2/sr/m", "W/m2/sr/nm", "Spectral radiance", "L_lambda"),
    ("spectral_photon_flux", "1/m2/s/m", "1/cm2/s/nm", "Spectral photon flux", "Phi_lambda"),
    ("two_theta", "rad", "degree", "Scattering angle", "2 theta"),
    ("angle", "rad", "degree", "Angle", "alpha"),
    ("binding_energy", "eV", "eV", "Binding energy", "E_B"),
    ("kinetic_energy", "eV", "eV", "Kinetic energy", "E_K"),
    ("analyser_transmission", "1", "1", "Transmission of the analyser", "T"),
    ("x_ray_energy", "eV", "keV", "Energy of the X-rays", "E"),
    ("energy_loss", "eV", "eV", "Energy loss of the electrons", "Delta E"),
    ("channel", "1", "1", "Channel", "i"),
    ("arrival_time", "s", "s", "Arrival time", "t"),
    ("micro_time", "s", "ns", "Time after the pulse", "t"),
    ("mass", "kg", "mg", "Mass", "m"),
    ("mass_fraction", "1", "%", "Mass relative to the start", "m/m_0"),
    ("mass_rate", "kg/s", "mg/min", "Rate of change of the mass", "dm/dt"),
    ("heat_flow", "W", "mW", "Heat flow", "P"),
    ("specific_heat_flow", "W/kg", "mW/mg", "Heat flow per mass", "P/m"),
    ("gas_flow", "m3/s", "mL/min", "Gas flow", "V/t"),
    ("segment", "1", "1", "Segment of the temperature program", "i"),
    ("mass_to_charge", "1", "1", "Mass-to-charge ratio", "m/z"),
    ("x_position", "m", "nm", "x", "x"),
    ("y_position", "m", "nm", "y", "y"),
    ("x_pixel", "1", "1", "Pixel along x", "i"),
    ("y_pixel", "1", "1", "Pixel along y", "j"),
    ("x_frequency", "1/m", "1/nm", "Spatial frequency along x", "k_x"),
    ("y_frequency", "1/m", "1/nm", "Spatial frequency along y", "k_y"),
    ("height", "m", "nm", "Height", "z"),
    ("force", "N", "nN", "Force", "F"),
    ("phase_angle", "rad", "degree", "Phase", "phi"),
    ("signal_voltage", "V", "V", "Signal", "U"),
    ("image_intensity", "1", "1", "Image intensity", "I"),
    ("deflection", "m", "nm", "Deflection of the cantilever", "d"),
    ("modulus", "Pa", "GPa", "Modulus", "E"),
    ("stiffness", "N/m", "N/m", "Stiffness", "k"),
    ("frequency", "1/s", "kHz", "Frequency", "f"),
    ("energy_loss", "eV", "eV", "Energy loss", "Delta E"),
    ("energy", "eV", "eV", "Energy", "E"),
    ("frame", "1", "1", "Frame", "n"),
    ("current", "A", "mA", "Current", "I"),
    ("photocurrent", "A", "uA", "Photocurrent", "I_ph"),
    ("responsivity", "A/W", "A/W", "Responsivity", "R"),
    ("power_density", "W/m2", "mW/cm2", "Power per area", "P/A"),
    ("power_efficacy", "lm/W", "lm/W", "Power efficiency", "eta_p"),
    ("resistance", "ohm", "ohm", "Resistance", "R"),
    ("electric_field", "V/m", "MV/cm", "Electric field", "F"),
    ("capacitance", "F/m2", "nF/cm2", "Capacitance per area", "C"),
    ("row", "1", "1", "Row of a table", "i"),
    ("number", "1", "1", "Number whose meaning the file does not say", "x"),
    # surroundings
    ("temperature", "K", "degC", "Temperature", "T"),
    ("humidity", "1", "%", "Relative humidity", "RH"),
)

#: every quantity by its name
QUANTITIES: Mapping[str, Quantity] = {row[0]: Quantity(*row) for row in _TABLE}


def shown(name: str, value: float) -> tuple[float, str]:
    """Return a value in SI as it is shown: the number and the unit, empty for a pure number.

    Args:
        name: of the quantity.
        value: in its SI unit.

    Raises:
        KeyError: no such quantity.
    """
    from halodot.units import from_si

    quantity = QUANTITIES[name]
    unit = quantity.shown_unit
    return from_si(value, quantity.unit, unit), "" if unit == "1" else unit


def impossible(name: str, value: float) -> str:
    """Return why a quantity cannot have a value, empty where it can or where the value is not a number.

    Args:
        name: of the quantity.
        value: in its SI unit.
    """
    low, high = QUANTITIES[name].limits
    if not (value < low or value > high):
        return ""
    (number, unit), (least, _), (most, _) = (shown(name, one) for one in (value, low, high))
    told = f"{number:.4g} {unit}".strip()
    if math.isinf(high):
        return f"cannot be {told}; it is never below 0"
    return f"cannot be {told}; it lies between {least:.3g} and {most:.3g} {unit}".strip()


#: numbers in K that are called a temperature and are none: the slope of a logarithm with -1/T
_SLOPES = ("length_temperature",)


def unit_at_the_bench(path: str, unit: str, value: float = math.nan) -> str:
    """Return the unit in which an input is shown: by its size, by the quantity of its name, else the bench's usual one.

    Args:
        path: of the input; its last part is the name.
        unit: in which it is stored, SI.
        value: of the input in ``unit``, whose size chooses between nm, um and mm; not a number where it is not known.
    """
    from halodot.units import from_si, unit_by_size

    name = path.rsplit(".", 1)[-1]
    if unit == "K" and (name in _SLOPES or not name.endswith(("temperature", "boiling_point"))):
        return unit  # a distance between two temperatures
    quantity = QUANTITIES.get(name)
    if quantity is None or quantity.unit != unit or unit == "K":
        return unit_by_size(value, unit)
    known = not math.isfinite(value) or value == 0.0 or 0.1 <= abs(from_si(value, unit, quantity.shown_unit)) < 1000.0
    return quantity.shown_unit if known else unit_by_size(value, unit, quantity.shown_unit)


def input_text(path: str, value: float, unit: str, digits: int = 5) -> str:
    """Return an input with its unit as it is written at the bench: ``1.1 mm``, ``15 ns``, ``8000 g`` of a centrifuge.

    Args:
        path: of the input.
        value: in ``unit``.
        unit: in which it is stored, SI.
        digits: significant digits.
    """
    return _in(path, value, unit, unit_at_the_bench(path, unit, value), digits)


def range_text(path: str, value: float, ends: tuple[float, float], unit: str, digits: int = 4) -> str:
    """Return the range of an input in the unit in which its value is shown: ``0.5 to 2 mm``.

    Args:
        path: of the input.
        value: in ``unit``; where it is 0 the upper end chooses the unit.
        ends: in ``unit``.
        unit: in which it is stored, SI.
        digits: significant digits.
    """
    chosen = unit_at_the_bench(path, unit, value or ends[1])
    low = _in(path, ends[0], unit, chosen, digits)
    return f"{low.split(' ')[0]} to {_in(path, ends[1], unit, chosen, digits)}"


def difference_unit(unit: str) -> str:
    """Return the unit of a difference of two numbers: of temperatures in degrees Celsius it is kelvin."""
    return {"1": "", "degC": "K"}.get(unit, unit)


def _in(path: str, value: float, unit: str, chosen: str, digits: int) -> str:
    """Return a number as figures of a chosen unit, with the unit."""
    from halodot.units import from_si

    behind = "g" if path.endswith("centrifugal_force") else "" if chosen == "1" else chosen
    return f"{from_si(value, unit, chosen):.{digits}g} {behind}".strip()
