"""Where every injected pair of charges and every photon goes, as links between nodes that add up at every node."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halodot.results.balances import EXCITON_PARTS, PHOTON_PARTS, current_parts, forward_points
from halodot.states import DeviceSolution, Emission, parts_of

INJECTED = "injected current"
EXCITONS = "excitons"
PHOTONS = "photons"
GUIDED = "waveguide modes and surface plasmon"
#: nodes that pass on what they get, in the order of the current
NODES = (INJECTED, EXCITONS, PHOTONS)
#: what the ends are called that are small and collected, by the node that they leave
OTHERS: Mapping[str, str] = {
    INJECTED: "other losses of charge",
    EXCITONS: "other losses of excitons",
    PHOTONS: "other losses of light",
}
#: share of the current below which an end is one of the others
SMALL_SHARE = 0.01


@dataclass(frozen=True)
class Link:
    """What goes from a node to another one or to an end, as a share of the injected current."""

    source: str
    target: str
    share: float

    @property
    def ends(self) -> bool:
        """Whether nothing goes on from the target."""
        return self.target not in NODES

    @property
    def returns(self) -> bool:
        """Whether the link goes back: photons that the emitting layer absorbs make excitons again."""
        return self.source == PHOTONS and self.target == EXCITONS


def flow_point(solution: DeviceSolution, preferred: int | None) -> int | None:
    """Return the bias point that a flow is drawn at: the preferred one, or the last whose current flows forward.

    Args:
        solution: of the device.
        preferred: index of a bias point, such as that of the highest EQE; None where there is none.

    Returns:
        The index, or None where no current flows forward in all of its parts.
    """
    forward = np.flatnonzero(forward_points(solution))
    if not forward.size:
        return None
    return preferred if preferred is not None and preferred in forward else int(forward[-1])


def flow(
    solution: DeviceSolution, emission: Emission | None, point: int, guided: Mapping[str, float] | None = None
) -> tuple[Link, ...]:
    """Return where the injected current goes at one bias, down to the layers that absorb its light.

    The current J goes to excitons and to the losses of charge. With m excitons for each that the current makes, which
    is above 1 where the emitting layer absorbs its own photons and makes excitons of them again, m times the shares of
    the radiative decay and of each loss leave the excitons. Of the photons, the channels of the light budget leave for
    good and m - 1 return as excitons.

    Args:
        solution: of the device.
        emission: its light, None where the optics were not computed; radiative decay is then an end.
        point: index of a bias point whose current flows forward.
        guided: how the light beyond the substrate's light cone splits, shares by name that add up to 1; None leaves it
            whole.

    Returns:
        Links of which those that leave the injected current add up to 1, and those into each further node to those out
        of it; parts that are zero are left out.
    """
    total = float(solution.current_density[point])
    formed = float(solution.exciton_formation_current[point]) / total
    links = [
        Link(INJECTED, EXCITONS if part == "exciton_formation_current" else called, _at(solution, part, point) / total)
        for part, called in current_parts(solution).items()
    ]
    lit = emission is not None and formed > 0.0 and math.isfinite(float(emission.air[point]))
    made = excitons_per_pair(emission, point) if emission is not None and lit else 1.0
    for part, called in EXCITON_PARTS.items():
        target = PHOTONS if part == "radiative_current" and lit else called
        links.append(Link(EXCITONS, target, made * _at(solution, part, point) / total))
    if emission is not None and lit:
        links += [
            Link(PHOTONS, name, formed * share) for name, share in _light(emission, point, guided or {GUIDED: 1.0})
        ]
        links.append(Link(PHOTONS, EXCITONS, formed * (made - 1.0)))
    return tuple(link for link in links if link.share > 0.0)


def _at(solution: DeviceSolution, part: str, point: int) -> float:
    """A part of the current at a bias point; what flows backwards there is round-off."""
    return max(float(getattr(solution, part)[point]), 0.0)


def excitons_per_pair(emission: Emission, point: int) -> float:
    """Return how many excitons there are for each that the current makes, recycled ones included.

    Photons into air per exciton of the current over photons into air per radiative decay are the radiative decays per
    exciton of the current; over those per exciton they are the excitons. 1 where no light leaves.

    Args:
        emission: the light.
        point: index of a bias point.
    """
    decays = float(emission.outcoupling[point]) * float(emission.exciton_yield[point])
    made = float(emission.air[point]) / decays if decays > 0.0 else 1.0
    return max(made, 1.0) if abs(made - 1.0) > 1e-9 else 1.0


def _light(emission: Emission, point: int, guided: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    """Channels of the light for good, per exciton that the current makes."""
    for part in parts_of(Emission, "exciton"):
        if part == "guided":
            yield from ((name, share * float(emission.guided[point])) for name, share in guided.items())
        elif part == "absorbed":
            yield from (
                (f"absorbed in {name}", max(float(share[point]), 0.0))
                for name, share in zip(emission.layer_names, emission.absorbed)
            )
        elif part != "nonradiative":
            yield PHOTON_PARTS[part], max(float(getattr(emission, part)[point]), 0.0)


def gathered(links: Sequence[Link], small: float = SMALL_SHARE) -> tuple[Link, ...]:
    """Return the links with the small ends of each node as one end of :data:`OTHERS`, where there are several.

    Args:
        links: of :func:`flow`.
        small: share of the injected current below which an end is small.
    """
    found: list[Link] = []
    for node in NODES:
        leaving = [link for link in links if link.source == node]
        few = [link for link in leaving if link.ends and link.share < small]
        found += [link for link in leaving if link not in few or len(few) == 1]
        if len(few) > 1:
            found.append(Link(node, OTHERS[node], math.fsum(link.share for link in few)))
    return tuple(found)


def through(links: Sequence[Link], node: str) -> float:
    """Return what leaves a node, as a share of the injected current."""
    return math.fsum(link.share for link in links if link.source == node)
