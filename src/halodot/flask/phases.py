"""What nucleates when cesium meets lead and halide: cubes of perovskite, platelets or Cs4PbX6."""

from __future__ import annotations

from collections.abc import Iterator

from halodot.errors import ValidityError
from halodot.flask.nucleation import NucleationConditions, phase_probabilities
from halodot.rounding import per_cent
from halodot.states import Note, state

#: pot temperatures at which a burst of nuclei after the injection is known, K
INJECTION_RANGE = (353.15, 523.15)
#: below it hot injection gives platelets, K: sheets at 90 to 100 degC and plates at 130 degC, where 150 degC gives
#: cubes (Bekenstein et al., J. Am. Chem. Soc. 137, 16008 (2015), doi:10.1021/jacs.5b11199, from memory)
PLATELETS_BELOW, CUBES_ABOVE = 373.15, 413.15
#: probability from which on a phase is taken for the one that forms, and from which on it is mentioned
_LIKELY, _POSSIBLE = 0.5, 0.1
_ROOM = 323.15  # K


@state
class Nucleated:
    """The phase and shape of what a pot nucleates."""

    phase: str  # perovskite | Cs4PbX6
    shape: str  # cube | platelet
    reason: str | None = None  # why the models follow it no further
    notes: tuple[Note, ...] = ()


def nucleated(conditions: NucleationConditions) -> Nucleated:
    """Return what nucleates in a pot, with the reason where it is nothing that the models follow.

    Args:
        conditions: the pot at the moment of nucleation [K, m3, mol].

    Raises:
        ValidityError: too cold or too hot for a burst of perovskite nuclei.
    """
    _check_temperature(conditions.temperature)
    other = phase_probabilities(conditions)["Cs4PbX6"]
    if other > _LIKELY:
        ratio = conditions.cesium / conditions.lead
        reason = (
            f"No perovskite dots: with {ratio:.2g} cesium per lead the pot gives Cs4PbX6 (probability"
            f" {per_cent(other)}), which does not emit; take less cesium or more lead."
        )
        return Nucleated("Cs4PbX6", "cube", reason)
    if conditions.temperature < PLATELETS_BELOW:
        reason = (
            f"No cubes: at {conditions.temperature - 273.15:.0f} degC hot injection gives platelets of a few unit"
            f" cells, whose thickness the growth of cubes does not tell; inject above {PLATELETS_BELOW - 273.15:.0f}"
            " degC."
        )
        return Nucleated("perovskite", "platelet", reason)
    return Nucleated("perovskite", "cube", None, tuple(_doubts(conditions, other)))


def _doubts(conditions: NucleationConditions, other: float) -> Iterator[Note]:
    if other > _POSSIBLE:
        likely = f"(probability {per_cent(other)})"
        text = f"Cs4PbX6 may form beside the perovskite {likely}; the dots are followed as perovskite."
        yield Note("extrapolated", text, "recipe.pot")
    if conditions.temperature < CUBES_ABOVE:
        text = (
            f"At {conditions.temperature - 273.15:.0f} degC platelets may form beside cubes, the more the shorter the"
            " amine; the dots are followed as cubes."
        )
        yield Note("extrapolated", text, "recipe.pot")


def _check_temperature(hot: float) -> None:
    low, high = INJECTION_RANGE
    if low <= hot <= high:
        return
    said = f"Cesium meets lead and halide at {hot - 273.15:.0f} degC"
    if hot < _ROOM:
        raise ValidityError(
            f"{said}: a heat-up synthesis or a precipitation at room temperature, which the growth model does not"
            f" follow. It knows hot injection between {low - 273.15:.0f} and {high - 273.15:.0f} degC: heat the pot"
            " before the last of the three is injected, or give the dots (given: dots)."
        )
    raise ValidityError(
        f"{said}; the growth model holds for hot injection between {low - 273.15:.0f} and {high - 273.15:.0f} degC."
    )
