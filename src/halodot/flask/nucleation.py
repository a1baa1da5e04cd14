"""How many nuclei a burst leaves, and so how large the dots become, from the pot at the moment of nucleation.

Nuclei appear until growth takes up the supply; their number is the supply over the solubility beside them (T.
Sugimoto, J. Colloid Interface Sci. 309, 106, 2007, quoted from memory), so that the edge length goes as
solubility^(1/3). The solubility follows from the product [Cs][Pb][X]^3: it falls with halide beyond what the lead
holds and with the concentration of the lead halide, and rises with temperature and with acid or amine that no partner
holds. The logarithm of the edge length is therefore a sum of these terms; their sizes are fitted across papers
(docs/chemistry.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from halodot.errors import ValidityError
from halodot.flask.amounts import totals
from halodot.flask.parameters import FlaskParameters
from halodot.flask.vessel import Vessel
from halodot.states import Chemical, number, state

#: carbon in a formula, and not chlorine
_CARBON = re.compile(r"C(?![a-z])")

#: temperature at which ``usual_length`` holds, K; concentration of lead halide there, mol/m3
USUAL_TEMPERATURE, USUAL_LEAD_HALIDE = 443.15, 30.0
#: free acid or amine per lead from which the lead halide dissolves noticeably better
FREE_LIGAND_SCALE = 5.0
#: term -> what the recipes of the fit span, in the unit of the term's quantity
DATA_RANGE: Mapping[str, tuple[float, float]] = {
    "temperature": (393.15, 513.15),
    "ammonium halide per lead": (0.0, 2.7),
    "other halide in excess per lead": (0.0, 28.0),
    "free acid or amine per lead": (0.0, 29.0),
    "lead halide": (9.0, 60.0),
}
#: term -> where it stops, so that no recipe is taken further from the data; 20 and more of another halide act as 8 do
BOUNDS: Mapping[str, tuple[float, float]] = {
    "temperature": (353.15, 523.15),
    "ammonium halide per lead": (0.0, 3.0),
    "other halide in excess per lead": (0.0, 8.0),
    "free acid or amine per lead": (0.0, 30.0),
    "lead halide": (5.0, 100.0),
}
#: cesium per lead at which half of the lead is expected in Cs4PbX6: the mean, by ratios, of the 1 and 4 of the phases
PHASE_RATIO = 2.0
#: steepness of that change, and the share of recipes whose phase the ratio does not tell
PHASE_STEEPNESS, PHASE_ERROR = 5.0, 0.02


@state
class NucleationConditions:
    """What is in the pot when cesium meets lead and halide."""

    temperature: float = number("K", "temperature of the pot when the last of them is added", valid="temperature")
    volume: float = number("m3", "volume of the pot with what is injected", valid="positive")
    cesium: float = number("mol")
    lead: float = number("mol")
    chloride: float = number("mol", "all chloride, whatever brings it", default=0.0)
    bromide: float = number("mol", "all bromide, whatever brings it", default=0.0)
    iodide: float = number("mol", "all iodide, whatever brings it", default=0.0)
    alkylammonium_halide: float = number("mol", "halide that came as an alkylammonium salt", default=0.0)
    carboxylic_acid: float = number("mol", "all carboxylic acid, also that of the cesium stock", default=0.0)
    amine: float = number("mol", "all amine that is not the salt of a halide", default=0.0)

    @property
    def halide(self) -> float:
        """Amount of all halide ions [mol]."""
        return self.chloride + self.bromide + self.iodide


@state
class ExpectedLength:
    """The edge length that a recipe is expected to give when all monomer is used."""

    length: float = number("m", "edge length")
    extrapolation: float = number("1", "standard deviation of its logarithm that lying outside the data adds")
    outside: tuple[str, ...] = ()  # what lies outside the recipes of the fit, in words


def nucleation_conditions(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> NucleationConditions:
    """Return the pot at the moment of nucleation from what is in it [K, m3, mol].

    The halide of ammonium itself, NH4X, is a solid in these liquids and counts as that of a metal.
    """
    amounts = totals(vessel, chemicals)
    solid = 0.0
    for name, amount in vessel.contents.items():
        chemical = chemicals.get(name)
        if chemical is not None and chemical.role == "ammonium halide" and not _CARBON.search(chemical.formula):
            solid += amount * chemical.halide_count
    return NucleationConditions(
        temperature=vessel.temperature,
        volume=vessel.volume,
        cesium=amounts.cesium,
        lead=amounts.lead,
        chloride=amounts.halides.get("Cl", 0.0),
        bromide=amounts.halides.get("Br", 0.0),
        iodide=amounts.halides.get("I", 0.0),
        alkylammonium_halide=max(ammonium_salts(vessel, chemicals) - solid, 0.0),
        carboxylic_acid=amounts.carboxylic_acid,
        amine=max(amounts.amine - amounts.ammonium_halide, 0.0),
    )


def ammonium_salts(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> float:
    """Return the halide [mol] of ammonium salts, weighed in or made from a strong acid and an amine."""
    weighed = [(name, amount) for name, amount in vessel.contents.items() if name in chemicals]
    salts = [(name, amount) for name, amount in weighed if chemicals[name].role.endswith("ammonium halide")]
    return math.fsum(amount * chemicals[name].halide_count for name, amount in (*salts, *vessel.neutralised.items()))


def terms(conditions: NucleationConditions) -> dict[str, float]:
    """Return the quantities that set the number of nuclei, each in its unit, before any bound.

    Args:
        conditions: the pot at the moment of nucleation [K, m3, mol].

    Returns:
        Temperature [K]; alkylammonium halide, other halide beyond two per lead, and acid or amine without a partner,
        each per lead [1]; lead halide that can dissolve [mol/m3].

    Raises:
        ValidityError: no volume, lead, cesium or halide.
    """
    lead, halide = conditions.lead, conditions.halide
    if not min(conditions.volume, lead, halide, conditions.cesium) > 0.0:
        raise ValidityError("Nuclei need a liquid with cesium, lead and halide; the pot lacks one of them.")
    excess = max(halide - 2.0 * lead, 0.0)
    ammonium = min(conditions.alkylammonium_halide, excess)
    return {
        "temperature": conditions.temperature,
        "ammonium halide per lead": ammonium / lead,
        "other halide in excess per lead": (excess - ammonium) / lead,
        "free acid or amine per lead": abs(conditions.carboxylic_acid - conditions.amine) / lead,
        "lead halide": min(lead, 0.5 * halide) / conditions.volume,
    }


def regressor(term: str, value: float) -> float:
    """Return the function of a term in which the logarithm of the edge length is linear.

    Args:
        term: one of ``DATA_RANGE``.
        value: its value, in the unit of :func:`terms`.

    Returns:
        1/443 K - 1/T [1/K] of the temperature, a logarithm [1] of the others.
    """
    if term == "temperature":
        return 1.0 / USUAL_TEMPERATURE - 1.0 / value
    if term == "lead halide":
        return math.log(value / USUAL_LEAD_HALIDE)
    return math.log1p(value / FREE_LIGAND_SCALE) if term.startswith("free") else math.log1p(value)


def bounded(value: float, limits: tuple[float, float]) -> float:
    """Return a value [any unit] moved to the nearer of two limits [the same unit] if it lies beyond them."""
    return min(max(value, limits[0]), limits[1])


def halide_shares(conditions: NucleationConditions) -> tuple[float, float]:
    """Return the fractions [1] of chloride and of iodide among all halide ions of the pot [mol]."""
    return conditions.chloride / conditions.halide, conditions.iodide / conditions.halide


def slopes(parameters: FlaskParameters) -> dict[str, float]:
    """Return how much the logarithm of the edge length changes with each regressor [K for temperature, else 1]."""
    return {
        "temperature": parameters.length_temperature,
        "ammonium halide per lead": parameters.length_of_ammonium_halide,
        "other halide in excess per lead": parameters.length_of_other_halide,
        "free acid or amine per lead": parameters.length_of_free_ligand,
        "lead halide": parameters.length_of_lead_halide,
    }


def expected_edge_length(conditions: NucleationConditions, parameters: FlaskParameters) -> ExpectedLength:
    """Return the edge length that a recipe is expected to give, and how far it lies outside the data.

    ln(L / L_0) = u + a_Cl x_Cl + a_I x_I + a_T (1/443 K - 1/T) + a_h ln(1 + h) + a_o ln(1 + o) + a_f ln(1 + f/5)
    + a_p ln(p / 30 mol/m3), with halide fractions x, alkylammonium halide h, other halide o beyond two per lead, acid
    or amine without a partner f, each per lead, lead halide p, and the recipe's own effect u. Every term stops at its
    bound; a term outside the recipes of the fit adds its own size beyond them to the standard deviation.

    Args:
        conditions: the pot at the moment of nucleation [K, m3, mol].
        parameters: numbers and switches of the flask stage.

    Returns:
        Edge length [m] with the standard deviation of its logarithm [1] from extrapolation, and what is outside.

    Raises:
        ValidityError: no volume, lead, cesium or halide.
    """
    if math.isnan(parameters.usual_length):
        raise ValidityError(
            "the usual edge length of dots is not known: the study was written by a version whose dots nucleated"
            " otherwise. Load its file anew, or state the length (flask.usual_length)."
        )
    found, variance, outside = terms(conditions), 0.0, []
    chloride, iodide = halide_shares(conditions)
    logarithm = parameters.recipe_effect
    logarithm += parameters.length_of_chloride * chloride + parameters.length_of_iodide * iodide
    for term, slope in slopes(parameters).items():
        value = bounded(found[term], BOUNDS[term])
        inside = bounded(value, DATA_RANGE[term])
        logarithm += slope * regressor(term, value)
        variance += (slope * (regressor(term, value) - regressor(term, inside))) ** 2
        if found[term] != bounded(found[term], DATA_RANGE[term]):
            outside.append(_told(term, found[term]))
    return ExpectedLength(parameters.usual_length * math.exp(logarithm), math.sqrt(variance), tuple(outside))


def _told(term: str, value: float) -> str:
    low, high = DATA_RANGE[term]
    if term == "temperature":
        return f"{value - 273.15:.0f} degC (data: {low - 273.15:.0f} to {high - 273.15:.0f} degC)"
    unit = " mmol/L" if term == "lead halide" else ""
    return f"{term} {value:.3g}{unit} (data: {low:.3g} to {high:.3g}{unit})"


def phase_probabilities(conditions: NucleationConditions) -> dict[str, float]:
    """Return the probabilities that the dots are perovskite and that they are Cs4PbX6.

    Cesium beyond one per lead goes into Cs4PbX6, which needs four: p = e + (1 - 2 e) r^n / (r^n + r_0^n) with cesium
    per lead r, r_0 = 2 and n = 5 (the lever rule with the scatter of recipes). The share e of recipes whose phase
    something else decides is that of a table of 120 published recipes, where the rule names 5 of 7 of Cs4PbX6. It
    says nothing of pots that are poor in acid or that copper changes.

    Args:
        conditions: the pot at the moment of nucleation [K, m3, mol].

    Returns:
        Probability [1] by phase: "perovskite" and "Cs4PbX6".
    """
    ratio = conditions.cesium / conditions.lead if conditions.lead > 0.0 else math.inf
    share = 1.0 / (1.0 + (PHASE_RATIO / ratio) ** PHASE_STEEPNESS) if ratio > 0.0 else 0.0
    other = PHASE_ERROR + (1.0 - 2.0 * PHASE_ERROR) * share
    return {"perovskite": 1.0 - other, "Cs4PbX6": other}
