"""What the reagents of the table of published recipes bring, by the table's own abbreviations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from halodot.errors import DataError
from halodot.study import library


@dataclass(frozen=True)
class Reagent:
    """A reagent of the table: its name in the library and what a mole of it brings."""

    name: str  # in the library of chemicals
    cesium: float = 0.0
    lead: float = 0.0
    halide: str = ""  # Cl | Br | I
    count: float = 0.0  # halide ions
    foreign: float = 0.0  # cations that are neither cesium nor lead
    acid: float = 0.0
    amine: float = 0.0
    ammonium: bool = False  # its halide is that of an alkylammonium, or of a strong acid that makes one
    volume: float = 0.0  # m3/mol, of liquids


def _salt(
    name: str,
    halide: str,
    count: float,
    *,
    cesium: float = 0.0,
    lead: float = 0.0,
    foreign: float = 0.0,
    volume: float = 0.0,
) -> Reagent:
    return Reagent(name, cesium, lead, halide, count, foreign, volume=volume)


# Molar volumes are molar mass over density at 20 degC, as on data sheets.
REAGENTS: Mapping[str, Reagent] = {
    "Cs2CO3": Reagent("Cs2CO3", cesium=2.0),
    "CsAc": Reagent("cesium acetate", cesium=1.0),
    "CsOH": Reagent("cesium hydroxide", cesium=1.0),
    "CsBr": _salt("CsBr", "Br", 1.0, cesium=1.0),
    "PbCl2": _salt("PbCl2", "Cl", 2.0, lead=1.0),
    "PbBr2": _salt("PbBr2", "Br", 2.0, lead=1.0),
    "PbI2": _salt("PbI2", "I", 2.0, lead=1.0),
    "PbO": Reagent("PbO", lead=1.0),
    "PbAc2": Reagent("lead acetate trihydrate", lead=1.0),
    "MnCl2": _salt("MnCl2", "Cl", 2.0, foreign=1.0),
    "MnI2": _salt("MnI2", "I", 2.0, foreign=1.0),
    "BiCl3": _salt("BiCl3", "Cl", 3.0, foreign=1.0),
    "CeBr3": _salt("CeBr3", "Br", 3.0, foreign=1.0),
    "CuBr": _salt("CuBr", "Br", 1.0, foreign=1.0),
    "YbAc3": Reagent("ytterbium acetate", foreign=1.0),
    "Rb2CO3": Reagent("Rb2CO3", foreign=2.0),
    "FAAc": Reagent("formamidinium acetate", foreign=1.0),
    "NH4Cl": _salt("NH4Cl", "Cl", 1.0),
    "NH4Br": _salt("NH4Br", "Br", 1.0),
    "NH4I": _salt("NH4I", "I", 1.0),
    "OLA-HBr": Reagent("oleylammonium bromide", halide="Br", count=1.0, ammonium=True),
    "TOAB": Reagent("tetraoctylammonium bromide", halide="Br", count=1.0, ammonium=True),
    "DDOABr": Reagent("didodecyldimethylammonium bromide", halide="Br", count=1.0, ammonium=True),
    "HBr": Reagent("hydrobromic acid", halide="Br", count=1.0, ammonium=True, volume=114e-6),
    "HCl": Reagent("hydrochloric acid", halide="Cl", count=1.0, ammonium=True, volume=83e-6),
    "BC": _salt("benzoyl chloride", "Cl", 1.0, volume=116e-6),
    "BB": _salt("benzoyl bromide", "Br", 1.0, volume=118e-6),
    "BI": _salt("benzoyl iodide", "I", 1.0, volume=134e-6),
    "TMSCl": _salt("trimethylsilyl chloride", "Cl", 1.0, volume=127e-6),
    "TMSBr": _salt("trimethylsilyl bromide", "Br", 1.0, volume=132e-6),
    "OA": Reagent("oleic acid", acid=1.0, volume=315.6e-6),
    "OCTA": Reagent("octanoic acid", acid=1.0, volume=158.5e-6),
    "HA": Reagent("hexanoic acid", acid=1.0, volume=125e-6),
    "OLA": Reagent("oleylamine", amine=1.0, volume=329e-6),
    "OCT": Reagent("octylamine", amine=1.0, volume=165e-6),
    "DODA": Reagent("dodecylamine", amine=1.0, volume=230e-6),
    "TOP": Reagent("trioctylphosphine", volume=446e-6),
    "ODE": Reagent("1-octadecene", volume=320e-6),
    "toluene": Reagent("toluene", volume=106.3e-6),
    "hexane": Reagent("hexane", volume=130.7e-6),
    "EAC": Reagent("ethyl acetate", volume=97.9e-6),
    "CHCl3": Reagent("chloroform", volume=80.2e-6),
    "ethanol": Reagent("ethanol", volume=58.4e-6),
    "ISA": Reagent("2-propanol", volume=76.5e-6),
    "DMF": Reagent("N,N-dimethylformamide", volume=77.4e-6),
    "DMSO": Reagent("dimethyl sulfoxide", volume=71.0e-6),
    "H2O": Reagent("water", volume=18.0e-6),
    "CsPbBr3-2": _salt("CsPbBr3 dots", "Br", 3.0, cesium=1.0, lead=1.0),
}


#: roles of the library whose compounds are liquids, of which the pot's volume is made
_LIQUIDS = ("solvent", "carboxylic acid", "amine", "phosphine", "halide source")
_AMMONIUM = ("ammonium halide", "quaternary ammonium halide", "strong acid")


def reagent(word: str, where: str) -> Reagent:
    """Return a reagent by the abbreviation of the table, or by a name or alias of the library.

    Raises:
        DataError: neither has it.
    """
    found = REAGENTS.get(word) or _from_library(word)
    if found is None:
        raise DataError(
            f"{where}: the reagent {word!r} is not known; the library's names and {', '.join(REAGENTS)} are"
        )
    return found


@lru_cache(maxsize=256)
def _from_library(word: str) -> Reagent | None:
    name = library.find("chemicals", word)
    if name is None:
        return None
    usual: dict[str, Any] = {"halide": "", "halide_count": 0.0, "cation_count": 1.0, "density": 0.0}
    values = usual | dict(library.chemical(name).values)
    role, cations = str(values["role"]), float(values["cation_count"])
    liquid = role in _LIQUIDS and float(values["density"]) > 0.0
    return Reagent(
        name=name,
        cesium=cations if role == "cesium source" else 0.0,
        lead=cations if role == "lead source" else 0.0,
        halide=str(values["halide"]),
        count=float(values["halide_count"]),
        foreign=cations if role in ("metal salt", "organic cation source") else 0.0,
        acid=1.0 if role == "carboxylic acid" else 0.0,
        amine=1.0 if role == "amine" else 0.0,
        ammonium=role in _AMMONIUM,
        volume=float(values["molar_mass"]) / float(values["density"]) if liquid else 0.0,
    )
