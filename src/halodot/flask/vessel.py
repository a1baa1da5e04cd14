"""Vessels and what is put into them: moles by compound, impurities, volume, polar volume, temperature."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from halodot.errors import ValidityError
from halodot.states import Chemical, Step, number, state

ROOM_TEMPERATURE = 293.15  # K
WATER = "water"
ACETIC_ACID = "acetic acid"
ETHANOL = "ethanol"
ETHYL_ACETATE = "ethyl acetate"

#: molar masses of what forms or arrives without being a reagent, kg/mol (standard atomic weights, rounded)
PRODUCT_MASSES = {WATER: 18.015e-3, ACETIC_ACID: 60.052e-3, ETHANOL: 46.069e-3}

#: roles whose reagents count for the volume; dissolved salts and amino acids are taken as volumeless
LIQUID_ROLES = frozenset({"carboxylic acid", "amine", "strong acid", "solvent", "phosphine", "thiol"})

#: normal boiling point below which a liquid leaves dots that are dried at room temperature or under vacuum, K
VOLATILE = 453.15
#: equal portions in which a liquid is added that takes its time
PORTIONS = 8
#: relative permittivity above which a solvent counts into the polar volume
POLAR_PERMITTIVITY = 4.0

#: share of an amount that is the rounding of sums and differences, and no amount of its own
ROUNDING = 1e-12


@state
class Vessel:
    """The contents of a stock bottle or of the pot."""

    contents: Mapping[str, float] = field(default_factory=dict)  # mol by compound
    gas: Mapping[str, float] = field(default_factory=dict)  # mol by compound that left as vapour
    neutralised: Mapping[str, float] = field(default_factory=dict)  # mol by acid, of the contents, now salt of an amine
    impurities: float = number("kg", "mass that is neither the compound nor water", default=0.0)
    volume: float = number("m3", "sum of the volumes of the liquids", default=0.0)
    polar_volume: float = number("m3", "the part of it that is polar", default=0.0)
    temperature: float = number("K", "temperature", default=ROOM_TEMPERATURE)


@state
class Portion:
    """A measured quantity of one reagent."""

    compound: float = number("mol", "the compound itself")
    mass: float = number("kg", "the reagent with its water and impurities")
    volume: float = number("m3", "the reagent, 0 for solids")


def measure_out(step: Step, chemicals: Mapping[str, Chemical], counted: float, reading: str) -> Portion:
    """Return the portion of a reagent that a step names by amount, mass, volume or equivalents.

    An amount is of the compound, a mass or a volume is of the reagent: n = purity m / M, m = rho V.

    Args:
        step: an ``add`` or ``inject`` of one chemical.
        chemicals: reagents by name.
        counted: amount [mol] of the chemical that ``equivalents`` counts.
        reading: meaning of "times" in equivalents: moles, or the same multiple of the reagent's ``mass`` or ``volume``.

    Raises:
        ValidityError: the step has no quantity, or the density it needs is unknown.
    """
    chemical = find(step.material, chemicals)
    if math.isfinite(step.equivalents):
        mass = _mass_of_equivalents(step, chemical, chemicals, counted, reading)
    elif math.isfinite(step.amount):
        mass = step.amount * chemical.molar_mass / chemical.purity
    elif math.isfinite(step.mass):
        mass = step.mass
    elif math.isfinite(step.volume):
        mass = step.volume * density(chemical)
    else:
        raise ValidityError(f"The recipe does not say how much {chemical.name} is added.")
    compound = chemical.purity * mass / chemical.molar_mass
    if chemical.role not in LIQUID_ROLES:
        return Portion(compound=compound, mass=mass, volume=0.0)
    return Portion(compound=compound, mass=mass, volume=mass / density(chemical) if mass else 0.0)


def _mass_of_equivalents(
    step: Step, chemical: Chemical, chemicals: Mapping[str, Chemical], counted: float, reading: str
) -> float:
    if counted == 0.0:
        return 0.0
    if reading == "moles":
        return step.equivalents * counted * chemical.molar_mass / chemical.purity
    reference = find(step.of, chemicals)
    reference_mass = counted * reference.molar_mass / reference.purity
    if reading == "mass":
        return step.equivalents * reference_mass
    if reading == "volume":
        return step.equivalents * reference_mass / density(reference) * density(chemical)
    raise ValidityError(f"Equivalents can be read by moles, mass or volume, not by {reading}.")


def find(name: str, chemicals: Mapping[str, Chemical]) -> Chemical:
    """Return a chemical by name.

    Raises:
        ValidityError: the recipe names no such chemical.
    """
    if name not in chemicals:
        raise ValidityError(f"The recipe uses {name!r}, which is neither a stock nor a chemical that it knows.")
    return chemicals[name]


def density(chemical: Chemical) -> float:
    """Return the density [kg/m3] of a reagent.

    Raises:
        ValidityError: it is unknown.
    """
    if not math.isfinite(chemical.density):
        raise ValidityError(f"The density of {chemical.name} is needed to turn its mass and volume into one another.")
    return chemical.density


def charge(
    vessel: Vessel, step: Step, chemicals: Mapping[str, Chemical], reading: str, together: Sequence[Step] = ()
) -> Vessel:
    """Return the vessel after the reagent of a step was put in; the arguments are those of :func:`dispense`."""
    return merge(vessel, dispense(step, chemicals, reading, vessel.contents, together))


def dispense(
    step: Step,
    chemicals: Mapping[str, Chemical],
    reading: str,
    present: Mapping[str, float],
    together: Sequence[Step] = (),
) -> Vessel:
    """Return the reagent of a step, measured out at room temperature.

    Args:
        step: an ``add`` or ``inject`` of one chemical.
        chemicals: reagents by name.
        reading: meaning of equivalents, as in :func:`measure_out`.
        present: contents of the vessel that receives it [mol by compound], for equivalents.
        together: the other steps of that vessel, where a chemical that equivalents count may come later.
    """
    chemical = find(step.material, chemicals)
    portion = measure_out(step, chemicals, _counted(present, step, chemicals, reading, together), reading)
    if portion.mass == 0.0:
        return Vessel()
    water = chemical.water_fraction * portion.mass
    contents = {chemical.name: portion.compound}
    if water:
        contents[WATER] = contents.get(WATER, 0.0) + water / PRODUCT_MASSES[WATER]
    return Vessel(
        contents=contents,
        impurities=portion.mass - water - portion.compound * chemical.molar_mass,
        volume=portion.volume,
        polar_volume=portion.volume if is_polar(chemical) else 0.0,
    )


def _counted(
    present: Mapping[str, float],
    step: Step,
    chemicals: Mapping[str, Chemical],
    reading: str,
    together: Sequence[Step],
) -> float:
    if not math.isfinite(step.equivalents):
        return 0.0
    if step.of in present:
        return present[step.of]
    later = [other for other in together if other.material == step.of and not math.isfinite(other.equivalents)]
    return math.fsum(measure_out(other, chemicals, 0.0, reading).compound for other in later)


def is_polar(chemical: Chemical) -> bool:
    """Whether a liquid counts into the polar volume: acids in water, esters, alcohols and the like."""
    return chemical.role == "strong acid" or (
        chemical.role == "solvent" and chemical.relative_permittivity > POLAR_PERMITTIVITY
    )


def dries_up(solvent: Chemical | None) -> bool:
    """Return whether drying takes a solvent off, as it does hexane, octane and toluene, but not octadecene.

    Args:
        solvent: of the dispersion, None for a crude solution, whose solvent boils high.
    """
    return solvent is not None and not solvent.boiling_point > VOLATILE


def take(vessel: Vessel, volume: float, name: str) -> tuple[Vessel, Vessel]:
    """Return what was drawn from a vessel and what stays in it.

    Args:
        vessel: well-mixed liquid.
        volume: volume to draw [m3]; nan draws everything.
        name: name of the vessel, for the message.

    Raises:
        ValidityError: more is drawn than there is.
    """
    if math.isnan(volume):
        return replace(vessel, gas={}), Vessel(gas=vessel.gas, temperature=vessel.temperature)
    if volume > vessel.volume * (1.0 + 1e-9):
        raise ValidityError(
            f"{volume * 1e6:.4g} mL of {name} are drawn, but only {vessel.volume * 1e6:.4g} mL are left."
        )
    share = min(volume / vessel.volume, 1.0) if vessel.volume else 0.0
    return part_of(replace(vessel, gas={}), share), replace(part_of(vessel, 1.0 - share), gas=vessel.gas)


def part_of(vessel: Vessel, share: float) -> Vessel:
    """Return a share [1] of what a vessel holds, gas left out of it."""
    return replace(
        vessel,
        contents={name: share * amount for name, amount in vessel.contents.items()},
        impurities=share * vessel.impurities,
        volume=share * vessel.volume,
        polar_volume=share * vessel.polar_volume,
        neutralised={name: share * amount for name, amount in vessel.neutralised.items()},
    )


def merge(vessel: Vessel, added: Vessel) -> Vessel:
    """Return the vessel after another was added, at the temperature of equal heat capacities per volume."""
    if not added.contents and not added.gas and added.volume == 0.0:
        return vessel
    volume = vessel.volume + added.volume
    heat = vessel.volume * vessel.temperature + added.volume * added.temperature
    return Vessel(
        contents=_sum(vessel.contents, added.contents),
        gas=_sum(vessel.gas, added.gas),
        impurities=vessel.impurities + added.impurities,
        volume=volume,
        polar_volume=vessel.polar_volume + added.polar_volume,
        temperature=heat / volume if volume else vessel.temperature,
        neutralised=_sum(vessel.neutralised, added.neutralised),
    )


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {
        name: one.get(name, 0.0) + other.get(name, 0.0) for name in (*one, *(key for key in other if key not in one))
    }


def evaporate(vessel: Vessel, chemical: Chemical, amount: float) -> Vessel:
    """Return the vessel after an amount [mol] of a liquid left as vapour, its heat not counted."""
    if amount == 0.0:
        return vessel
    volume = amount * chemical.molar_mass / chemical.purity / density(chemical)
    return replace(
        vessel,
        contents=dict(vessel.contents) | {chemical.name: vessel.contents[chemical.name] - amount},
        gas=_sum(vessel.gas, {chemical.name: amount}),
        volume=vessel.volume - volume,
        polar_volume=vessel.polar_volume - (volume if is_polar(chemical) else 0.0),
    )


def dry(vessel: Vessel) -> Vessel:
    """Return the vessel after its water left under vacuum or gas flow."""
    water = vessel.contents.get(WATER, 0.0)
    if not water:
        return vessel
    contents = {name: amount for name, amount in vessel.contents.items() if name != WATER}
    return replace(vessel, contents=contents, gas=_sum(vessel.gas, {WATER: water}))


def free_strong_acids(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> dict[str, float]:
    """Return the strong acids of a vessel [mol by compound] that no amine of it has neutralised."""
    free = {
        name: (amount, amount - vessel.neutralised.get(name, 0.0))
        for name, amount in vessel.contents.items()
        if name in chemicals and chemicals[name].role == "strong acid"
    }
    return {name: left if left > ROUNDING * amount else 0.0 for name, (amount, left) in free.items()}


def hydrolyse(vessel: Vessel, chemicals: Mapping[str, Chemical], share: float) -> Vessel:
    """Return a stock after a fraction of its ethyl acetate hydrolysed: ester + water = acetic acid + ethanol.

    Only a stock with free strong acid reacts, and no further than its water reaches; the volume stays.

    Args:
        vessel: stock before it, with amounts [mol by compound].
        chemicals: reagents by name.
        share: fraction of the ester [1].
    """
    acid = any(free_strong_acids(vessel, chemicals).values())
    water = vessel.contents.get(WATER, 0.0)
    extent = min(share * vessel.contents.get(ETHYL_ACETATE, 0.0), water) if acid else 0.0
    if extent == 0.0:
        return vessel
    change = {ETHYL_ACETATE: -extent, WATER: -extent, ACETIC_ACID: extent, ETHANOL: extent}
    return replace(vessel, contents=_sum(vessel.contents, change))
