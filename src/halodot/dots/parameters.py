"""Parameters of the dots stage; values and provenance are in library/parameters/dots.yaml."""

from __future__ import annotations

from halodot.states import number, state


@state
class DotsParameters:
    """Numbers and switches of the dots stage."""

    # sizes
    size_distribution: str  # normal | lognormal
    size_offset: float = number(
        "m", "added to the edge length seen in micrographs to give the effective one", valid="any"
    )
    spread_factor: float = number("1", "size spread that the spectrum sees per size spread in micrographs")
    # confinement
    confinement_model: str  # two-band | parabolic
    # spectra
    homogeneous_width: float = number(
        "eV",
        "full width at half maximum of the line of a single dot of 5.5 nm effective edge length at 25 degC",
        valid="positive",
    )
    cross_section_exponent: float = number("1", "power of the edge length in the absorption cross section")
    first_exciton_strength: float = number("1", "height of the first exciton line relative to the absorption at 400 nm")
    continuum_exponent: float = number("1", "power of the energy above the first exciton in the absorption continuum")
    # recombination
    radiative_rate: float = number("1/s", "radiative decay rate of an exciton", valid="positive")
    background_rate: float = number("1/s", "non-radiative rate that no surface site is responsible for")
    trap_capture_rate: float = number("1/s", "rate at which one trap takes the exciton of its dot")
    trap_share: float = number("1", "share of the bare surface sites that are traps")
    detrapping_rate: float = number("1/s", "rate at which a trapped exciton comes back, 0 for deep traps")
    trapped_loss_rate: float = number("1/s", "rate at which a trapped exciton is lost, of no effect unless some return")
    lifetime_average: str  # amplitude | intensity
    # several excitons on one dot
    biexciton_lifetime: float = number(
        "s", "Auger lifetime of two excitons on a dot of 5.5 nm effective edge length", valid="positive"
    )
    biexciton_volume_exponent: float = number("1", "power of the volume of the dot in that lifetime")
    trion_auger_ratio: float = number("1", "Auger rate of an exciton beside one charge, per that of two excitons")
    # survival in air
    air_temperature: float = number("K", "temperature of storage", valid="temperature")
    air_humidity: float = number("1", "relative humidity of storage, at its temperature")
    air_duration: float = number("s", "length of storage")
    air_rate: float = number(
        "1/s", "rate of loss of large iodide dots at a bare share of 0.1, 25 degC and 50 % relative humidity"
    )
    air_coverage_exponent: float = number("1", "power of the bare share in the rate of loss in moist air")
    air_humidity_coefficient: float = number(
        "1", "logarithm of the rate of loss in moist air per unit of relative humidity", valid="any"
    )
    air_order: float = number("1", "Avrami exponent of the loss, 1 for one nucleus a dot")
    nucleation_barrier: float = number("eV", "barrier to the yellow phase in bulk CsPbI3 at 25 degC")
    transition_enthalpy: float = number("J/mol", "enthalpy of the black phase of CsPbI3 above the yellow one")
    transition_temperature: float = number(
        "K", "temperature at which both phases are equally stable in the bulk", valid="temperature"
    )
    surface_energy_difference: float = number(
        "J/m2", "surface energy of the yellow phase above the black one", valid="any"
    )
    # mass
    free_organics: float = number("1", "unbound native ligand molecules that dry with the dots, per surface site")
    sites_per_exchanged: float = number("1", "surface sites that one short ligand takes", valid="positive")
    # kinds of bare sites; the defaults are what versions without these numbers took
    vacancy_trap_ratio: float = number("1", "traps per halide vacancy over those per vacant site", default=1.0)
    stripped_trap_ratio: float = number("1", "traps per site that acid opened over those per vacant site", default=1.0)
    # survival in air: heat and other halides, 0 in results of earlier versions
    air_activation: float = number("eV", "activation of the loss in moist air at one relative humidity", default=0.0)
    air_bromide_factor: float = number(
        "1",
        "loss of bromide in moist air per that of iodide, of which as much is no yellowing",
        default=0.0,
        valid="fraction",
    )
    air_chloride_factor: float = number(
        "1", "loss of chloride in moist air per that of iodide", valid="fraction", default=0.0
    )
    heat_rate: float = number("1/s", "rate at which iodide dots are lost by heat at 500 K", default=0.0)
    heat_activation: float = number("eV", "activation of the loss of iodide dots by heat", default=0.0)
    heat_activation_bromide: float = number("eV", "added to it by bromide", default=0.0)
    heat_activation_chloride: float = number("eV", "added to it by chloride", default=0.0)
    # lines; the defaults are what versions without these numbers took
    exciton_shift: float = number(
        "eV",
        "energy by which the first exciton lies above the sizing curve, whose dots scatter",
        default=0.0,
        valid="any",
    )
    temperature: float = number(
        "K", "temperature of the dots when spectra are taken", default=298.15, valid="temperature"
    )
    elastic_share: float = number("1", "share of that width that phonons do not cause", default=1.0, valid="fraction")
    width_exponent: float = number(
        "1", "power of the reciprocal edge length in the width by phonons", default=0.0, valid="any"
    )
    stokes_exponent: float = number(
        "1", "power of the reciprocal edge length in the Stokes shift", default=0.0, valid="any"
    )
