"""Parameters of the flask stage; values and provenance are in library/parameters/flask.yaml."""

from __future__ import annotations

import math

from halodot.states import number, state


@state
class FlaskParameters:
    """Numbers and switches of the flask stage."""

    # how the text of the recipe is read
    equivalents_reading: str  # moles | mass | volume: what "1.5 times" a reagent multiplies
    free_amine_reading: str  # amounts | titration: from the weighed amounts, or from titrated_free_amine
    size_causes: str  # any of iodide, etching, arrest: what may make the dots smaller when acid and ligand arrive
    # heat
    bath_temperature: float = number("K", "temperature of the bath that cools the pot", valid="temperature")
    cooling_time: float = number("s", "time constant of Newton cooling in that bath", valid="positive")
    heat_capacity: float = number("J/m3/K", "heat capacity of the liquids per volume", valid="positive")
    volatile_retained: float = number("1", "share of a solvent injected above its boiling point that stays in the pot")
    ester_hydrolysed: float = number("1", "share of the ethyl acetate that hydrolyses in a stock with strong acid")
    # acid and base
    pair_constant: float = number(
        "m3/mol", "association constant of amine and carboxylic acid to an ion pair", valid="positive"
    )
    free_amine_factor: float = number("1", "free amine over the value from the weighed amounts, for their purities")
    titrated_free_amine: float = number("mol", "free amine in the pot before acid, if it was titrated")
    ion_pair_sink: float = number("1", "rate at which an ion pair takes a proton, relative to free amine")
    ammonium_iodide_share: float = number(
        "1", "share of the metal salts' halide that the amine holds as ammonium halide"
    )
    # surface
    site_density: float = number("1/m2", "sites for ligand pairs on the dots", valid="positive")
    native_binding: float = number("m3/mol", "binding constant of the native ion pair to a site", valid="positive")
    proton_selectivity: float = number(
        "1", "rate at which a native site takes a proton, relative to free amine (k_s/k_b)"
    )
    healing_ratio: float = number(
        "1", "rate at which the short ligand fills an open site per acid proton, relative to k_b"
    )
    etching: float = number("1", "logarithm of the material lost per open share and unit of proton exposure")
    damage: float = number("1", "share of sites left damaged per open share and unit of proton exposure")
    iodide_healing: float = number("m3/mol", "binding constant of ammonium halide to a halide vacancy")
    exchange_constant: float = number("1", "short ligand for native pair: bound ratio over free ratio")
    mixing_time: float = number("s", "time constant in which an injected liquid mixes into the pot")
    adsorption_rate: float = number("m3/mol/s", "rate constant at 100 degC of a pair or short ligand on an open site")
    exchange_rate: float = number("m3/mol/s", "rate constant at 100 degC of short ligand for a native pair")
    filling_rate: float = number("m3/mol/s", "rate constant at 100 degC of ammonium halide in a halide vacancy")
    surface_activation: float = number("J/mol", "activation energy of adsorption, exchange and filling")
    standing_time: float = number("s", "time that a dispersion stands before it is purified")
    # survival
    critical_material: float = number("1", "share of the material below which the dots decompose")
    critical_coverage: float = number("1", "share of sites with ligand below which the dots decompose")
    critical_acid: float = number("1", "strong acid left per surface site above which the dots decompose")
    # washing
    native_wash_loss: float = number("1", "native ligand lost per volume of antisolvent and volume of dispersion")
    exchanged_wash_loss: float = number("1", "short ligand lost per volume of antisolvent and volume of dispersion")
    pool_carry_over: float = number("1", "share of the free amine and ion pairs that one purification leaves")
    # growth
    nucleus_length: float = number("m", "edge length of a nucleus", valid="positive")
    nucleation_time: float = number("s", "time constant in which the nuclei of a burst of CsPbI3 appear at 150 degC")
    growth_constant: float = number("m4/mol/s", "growth rate of the edge at 150 degC per concentration of monomer")
    growth_activation: float = number("J/mol", "activation energy of growth")
    solubility: float = number("mol/m3", "perovskite in solution beside large crystals at 150 degC")
    solubility_enthalpy: float = number("J/mol", "heat of dissolution of the perovskite")
    bare_surface_energy: float = number("J/m2", "surface energy of dots without ligand, which drives ripening")
    iodide_exponent: float = number("1", "power of the ammonium halide activity with which the edge length falls")
    growth_spread: float = number("1", "relative spread of the edge length of fully covered dots in micrographs")
    ripening_variance: float = number("1", "relative variance of the edge length gained per bare share of sites")
    # nuclei: the edge length of dots that share all monomer, by recipe; the defaults are those of older versions
    usual_length: float = number(
        "m",
        "edge length of CsPbBr3 dots of 30 mmol/L PbBr2 at 170 degC without excess halide",
        default=math.nan,
        valid="positive",
    )
    recipe_effect: float = number(
        "1",
        "logarithm of a recipe's edge length over the length expected from its conditions",
        default=0.0,
        valid="any",
    )
    length_of_chloride: float = number("1", "change of ln L from bromide to chloride", default=0.0, valid="any")
    length_of_iodide: float = number("1", "change of ln L from bromide to iodide", default=0.0, valid="any")
    length_temperature: float = number("K", "change of ln L with -1/T", default=0.0)
    length_of_ammonium_halide: float = number(
        "1", "change of ln L with ln(1 + alkylammonium halide per lead)", default=0.0, valid="any"
    )
    length_of_other_halide: float = number(
        "1", "change of ln L with ln(1 + other halide beyond two per lead)", default=0.0, valid="any"
    )
    length_of_free_ligand: float = number(
        "1", "change of ln L with ln(1 + free acid or amine per lead / 5)", default=0.0, valid="any"
    )
    length_of_lead_halide: float = number(
        "1", "change of ln L with the logarithm of the lead halide", default=0.0, valid="any"
    )
    length_scatter: float = number("1", "standard deviation of ln L between recipes of one paper", default=0.0)
    laboratory_scatter: float = number("1", "standard deviation of the recipe effect between papers", default=0.0)
    # growth and ripening of each halide
    ligands_per_lead: float = number(
        "1", "molecules of acid, amine or phosphine that dissolve one lead ion", default=2.0, valid="positive"
    )
    bromide_growth_factor: float = number(
        "1", "growth constant of CsPbBr3 per that of CsPbI3", default=1.0, valid="positive"
    )
    chloride_growth_factor: float = number(
        "1", "growth constant of CsPbCl3 per that of CsPbI3", default=1.0, valid="positive"
    )
    ripening_rate: float = number(
        "1/s", "relative variance of the edge length gained in a pot at 150 degC, at first", default=0.0
    )
    ripening_activation: float = number("J/mol", "activation energy of that ripening", default=0.0)
    # ligands that are not calibrated, and halide; the defaults are what versions without these numbers took
    amino_acid_exchange: float = number("1", "exchange constant of another amino acid", default=1.0, valid="positive")
    zwitterion_exchange: float = number("1", "exchange constant of a zwitterion", default=1.0, valid="positive")
    sulfonate_exchange: float = number("1", "exchange constant of a sulfonic acid", default=1.0, valid="positive")
    phosphonate_exchange: float = number("1", "exchange constant of a phosphonic acid", default=1.0, valid="positive")
    thiolate_exchange: float = number("1", "exchange constant of a thiol", default=1.0, valid="positive")
    bidentate_exchange: float = number("1", "exchange constant of a bidentate acid", default=1.0, valid="positive")
    quaternary_exchange: float = number("1", "exchange constant of quaternary ammonium", default=1.0, valid="positive")
    wash_loss_exponent: float = number(
        "1", "power of the exchange constant with which an uncalibrated ligand resists washing", default=0.0
    )
    vacancy_filling: float = number("1", "share of the halide vacancies that a chelating ligand can fill", default=0.0)
    halide_poor_vacancies: float = number(
        "1",
        "share of the sites of fresh dots that are halide vacancies where the liquid holds no free halide",
        default=0.0,
    )
    metal_binding: float = number("m3/mol", "binding constant of a metal halide to a halide vacancy", default=0.0)
    # the work-up; the defaults are what versions without these numbers took
    wash_polarity: float = number(
        "1", "logarithm of the ligand that an antisolvent takes per E_T^N above that of methyl acetate", default=0.0
    )
    rotor_radius: float = number("m", "of a centrifuge whose speed is stated", default=0.08, valid="positive")
    sedimentation_height: float = number("m", "of the liquid in a centrifuge tube", default=0.04, valid="positive")
    core_density: float = number("kg/m3", "density of the dots without ligands", default=4800.0, valid="positive")
    shell_thickness: float = number("m", "of the ligands on a dot in a liquid", default=1.5e-9)
    # of the perovskite that forms: not in the library's file, synthesise fills it in
    formula_volume: float = number("m3/mol", "molar volume of the dots", default=math.nan)
