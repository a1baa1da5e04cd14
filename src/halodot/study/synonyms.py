"""What the field calls things that a study calls otherwise: HOMO, Eg, mu_e, N2, overnight, ``0-6 V``.

A word of these leads to the right key, with how to convert where the meaning differs. They are hints in complaints
only: a study has one word for one thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """What a word of the field is in a study."""

    keys: tuple[str, ...]
    advice: str = ""  # how the value differs, empty where the value stays as it is


_LEVEL = "levels are counted downwards from vacuum as positive numbers, a {} at -5.4 eV is {}: 5.4 eV"
_IONISATION = Meaning(("ionisation_energy",), _LEVEL.format("HOMO or valence band", "ionisation_energy"))
_AFFINITY = Meaning(("electron_affinity",), _LEVEL.format("LUMO or conduction band", "electron_affinity"))
_GAP = Meaning(("ionisation_energy", "electron_affinity"), "ionisation_energy is electron_affinity + Eg")
_INDEX = Meaning(
    ("table", "refractiveindex", "cauchy_a"), "n and k come from a table, a page of refractiveindex.info, or cauchy_a"
)
_LIFETIME = Meaning(("radiative_lifetime",), "the radiative lifetime is the measured PL lifetime over the PLQY")
_SHUNT = Meaning(("shunt_conductance",), "the conductance per area is 1/(R area)")
_TEMPERATURE = Meaning((), "the temperature of the device is run.temperature")

#: word in small letters without marks -> what it means, the first meaning that is valid where it stands
_WORDS: Mapping[str, tuple[Meaning, ...]] = {
    **dict.fromkeys(
        ("homo", "vbm", "ie", "ip", "valenceband", "valencebandmaximum", "ionizationpotential"), (_IONISATION,)
    ),
    **dict.fromkeys(("ionisationpotential", "homolevel"), (_IONISATION,)),
    **dict.fromkeys(("lumo", "cbm", "ea", "chi", "conductionband", "conductionbandminimum", "lumolevel"), (_AFFINITY,)),
    **dict.fromkeys(("eg", "gap", "bandgap", "energygap", "egap"), (_GAP,)),
    **dict.fromkeys(
        ("n", "k", "nk", "index", "refractiveindexdata", "nkfile", "nktable", "opticalconstants"), (_INDEX,)
    ),
    **dict.fromkeys(("lifetime", "pllifetime", "tau", "decaytime", "trpl"), (_LIFETIME,)),
    **dict.fromkeys(("rsh", "rshunt", "shunt", "shuntresistance", "rp"), (_SHUNT,)),
    **dict.fromkeys(("temperature", "temp"), (Meaning(("temperature",)), _TEMPERATURE)),
}
#: key of a study -> other words for it
_OTHER_WORDS: Mapping[str, str] = {
    # layers
    "thickness": "d thick height length",
    "relative_permittivity": "epsilon eps epsr epsilonr er permittivity dielectricconstant kappa",
    "electron_mobility": "mue mun muelectron electronmob emobility",
    "hole_mobility": "muh mup muhole holemob hmobility",
    "electron_mobility hole_mobility": "mu mobility",
    "electron_density_of_states": "nc ncb conductionstates nlumo",
    "hole_density_of_states": "nv nvb valencestates nhomo",
    "electron_density_of_states hole_density_of_states": "dos densityofstates n0 states",
    "work_function": "wf phi workfunction ef fermilevel",
    "donor_density": "nd donors ndoping",
    "acceptor_density": "na acceptors pdoping",
    "donor_density acceptor_density": "doping dopingdensity",
    "trap_density": "nt traps",
    "trap_energy": "et traplevel",
    "bimolecular_coefficient": "krad kbr kbim radiativecoefficient",
    "langevin_factor": "langevin gammalangevin langevinprefactor",
    "electron_auger hole_auger": "auger augercoefficient",
    "interface_velocity": "vth thermionicvelocity",
    # light
    "peak": "wavelength lambda elpeak plpeak emission emissionpeak peakwavelength lambdamax",
    "fwhm": "linewidth width bandwidth",
    "plqy": "qy plqe quantumyield phipl photoluminescencequantumyield quantumefficiency",
    "horizontal_fraction": "orientation dipoleorientation horizontal anisotropy",
    # device and run
    "series_resistance": "rs rseries seriesresistance",
    "sheet_resistance": "rsheet rsquare ohmpersquare sheetresistivity",
    "area": "pixel pixelarea activearea devicearea",
    "voltage": "voltages v bias sweep vrange",
    "temperature": "t",
    "humidity": "rh relativehumidity",
    "wavelength": "wavelengths spectrum lambda",
    "from": "start min begin low",
    "to": "stop end max high",
    "step": "delta increment dv stepsize",
    "luminance": "l0 lum initialluminance brightness",
    # sections and steps
    "device": "stack layers led",
    "recipe": "synthesis procedure protocol",
    "run": "simulation settings sweep solver",
    "layers": "stack",
    "work_up": "purification washing workup",
    "pot": "synthesis reaction flask",
    "mass": "m weight wt",
    "volume": "vol v",
    "amount": "moles mole mmol quantity",
    "equivalents": "eq equiv",
    "under": "atmosphere gas",
    "over": "rate time dropwise slowly duration",
    "hold": "stir wait age anneal time duration for rest leave react",
    "time": "duration for hold",
    "dry": "degas vacuum outgas evaporate rotovap distil",
    "degas": "purge sparge evacuate",
    "stir": "sonicate shake vortex mix agitate ultrasonicate",
    "cool": "quench icebath",
    "wash": "precipitate antisolvent purify",
    "redisperse": "disperse dissolve resuspend",
    "dilute": "dilution",
    "add": "pour charge load drop",
    "centrifuge": "spin spindown decant",
    "spin": "spincoat spincoating deposit cast coat",
    "dip": "soak immerse dipcoat rinse",
    "heat": "bake reflux ramp",
    "anneal": "bake cure",
    "store": "shelf",
    "film": "films treatment deposition coating",
    "molar_mass": "mw molecularweight molarweight",
    "density": "rho",
}
#: other words for the value of a key that takes one of a few
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "under": {
        "n2": "nitrogen",
        "dinitrogen": "nitrogen",
        "ar": "argon",
        "vac": "vacuum",
        "inert": "nitrogen",
        "o2": "air",
    },
    "keep": {
        **dict.fromkeys(("pellet", "precipitate", "sediment", "solids", "dots"), "solid"),
        **dict.fromkeys(("supernatant", "solution", "supernate"), "liquid"),
    },
    "role": {
        **dict.fromkeys(("caesiumsource", "cesiumsalt", "caesiumsalt", "cesium"), "cesium source"),
        **dict.fromkeys(("leadsalt", "leadhalide", "lead"), "lead source"),
        **dict.fromkeys(("zinchalide", "metalhalide", "metalsource", "additivesalt", "dopant"), "metal salt"),
        **dict.fromkeys(("formamidinium", "methylammonium", "organiccation"), "organic cation source"),
        **dict.fromkeys(("halideprecursor", "acylhalide", "benzoylhalide", "silylhalide"), "halide source"),
        **dict.fromkeys(("acid", "fattyacid", "carboxylate", "organicacid"), "carboxylic acid"),
        **dict.fromkeys(("dicarboxylicacid", "diacid", "bidentateligand"), "bidentate acid"),
        **dict.fromkeys(("sulfonate", "sulphonicacid"), "sulfonic acid"),
        **dict.fromkeys(("phosphonate", "phosphinicacid"), "phosphonic acid"),
        **dict.fromkeys(("base", "alkylamine", "diamine"), "amine"),
        **dict.fromkeys(("ammoniumsalt", "ammonium", "aminehydrohalide"), "ammonium halide"),
        **dict.fromkeys(("quaternaryammonium", "quaternaryammoniumsalt"), "quaternary ammonium halide"),
        **dict.fromkeys(("aminoacids", "shortligand"), "amino acid"),
        **dict.fromkeys(("zwitterionicligand", "sulfobetaine", "phospholipid"), "zwitterion"),
        **dict.fromkeys(("mineralacid", "inorganicacid", "hydrohalicacid"), "strong acid"),
        **dict.fromkeys(("antisolvent", "cosolvent", "diluent"), "solvent"),
    },
    "mobility_law": {
        **dict.fromkeys(("pf", "poolefrenkel", "frenkel"), "poole_frenkel"),
        **dict.fromkeys(("egdm", "gdm", "pasveer", "gaussiandisorder", "disorder"), "extended_gaussian_disorder"),
    },
    "statistics": {"fd": "fermi_dirac", "fermi": "fermi_dirac", "mb": "boltzmann", "maxwellboltzmann": "boltzmann"},
    "emission_side": {"glass": "bottom", "substrate": "bottom"},
}
#: words in place of a number, by what is measured
_NUMBERS: Mapping[str, Mapping[str, str]] = {
    "s": {"overnight": "12 h", "o/n": "12 h", "onenight": "12 h", "aday": "1 day", "anhour": "1 h", "weekend": "60 h"},
    "K": {"rt": "25 degC", "r.t.": "25 degC", "roomtemperature": "25 degC", "ambient": "25 degC", "icebath": "0 degC"},
}
_RANGE = re.compile(
    r"(?P<low>-?[\d.]+)\s*(?P<first>[A-Za-z]*)\s*(?:-|–|to|\.\.+|:)\s*(?P<high>-?[\d.]+)\s*(?P<unit>[A-Za-z]+)"
)


def meaning(word: str, valid: Iterable[str]) -> Meaning | None:
    """Return what a word of the field means among the keys that are valid where it stands, None if nothing."""
    folded, keys = _folded(word), set(valid)
    for found in _WORDS.get(folded, ()):
        if not found.keys or keys & set(found.keys):
            return Meaning(tuple(key for key in found.keys if key in keys), found.advice)
    for targets, words in _OTHER_WORDS.items():
        fitting = tuple(key for key in targets.split() if key in keys)
        if fitting and folded in words.split():
            return Meaning(fitting)
    return None


def replacement(meant: Meaning, text: object) -> str:
    """Return the key that was meant, with its value where that follows: HOMO: -5.4 eV is ionisation_energy: 5.4 eV."""
    if meant in (_IONISATION, _AFFINITY) and isinstance(text, str) and re.match(r"[-−–]\s*[\d.]", text):
        return f"{meant.keys[0]}: {text.lstrip('-−– ')}"
    if "cauchy_a" in meant.keys and isinstance(text, str) and re.fullmatch(r"[\d.]+", text):
        return "cauchy_a"
    return meant.keys[0] if meant.keys else ""


def choice(key: str, word: str) -> str:
    """Return the valid word for a value of a key, empty if this is no other word for one."""
    return _CHOICES.get(key, {}).get(_folded(word), "")


def number(word: str, unit: str) -> str:
    """Return the number that a word in its place usually stands for, empty if it stands for none."""
    return _NUMBERS.get(unit, {}).get(re.sub(r"[ _-]", "", word.casefold()), "")


def grid(text: str, step: str) -> str:
    """Return a range that was written as a text (``0-6 V``) as a study writes it, empty if it is no range."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or found["first"] not in ("", found["unit"]):
        return ""
    return f"{{from: {found['low']} {found['unit']}, to: {found['high']} {found['unit']}, step: {step}}}"


def _folded(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.casefold().replace("₂", "2").replace("ε", "epsilon").replace("μ", "mu"))
