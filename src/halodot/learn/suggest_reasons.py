"""Why an experiment is proposed, in one sentence."""

from __future__ import annotations

import math
from typing import NamedTuple

from halodot.learn.campaign import Campaign

#: trust in the model below which a suggestion rests on the results
_LITTLE = 0.35
#: share of the spread of a number below which results move the model little
_SMALL = 0.02
#: probability of success below which it is said
_RISKY = 0.75


class Reason(NamedTuple):
    """What a suggestion rests on, for the first goal."""

    expected: float  # SI
    model: float  # SI, nan where the model gives nothing
    best: float  # SI, of the best result
    beats: float  # probability that it beats this, nan without results or with several goals
    better: bool  # whether its middle beats this
    trust: float  # in the model
    success: float
    results: int  # experiments that gave a number of the goal


def sentence(campaign: Campaign, why: Reason) -> str:
    """Return the sentence of a suggestion.

    Args:
        campaign: whose first goal is spoken of.
        why: what the suggestion rests on.
    """
    goal = campaign.goals[0]
    said = "gives nothing here" if math.isnan(why.model) else f"says {goal.text(why.model)}"
    parts = []
    if not why.results:
        none = f"no experiment has given the {goal.quantity}" if campaign.experiments else "nothing is measured"
        parts.append(f"{none} yet, and the model {said} here, among its best")
    elif why.trust < _LITTLE:
        parts.append(f"your results follow the model little, and by themselves lead to {goal.text(why.expected)} here")
    elif math.isnan(why.model) or abs(why.expected - why.model) > _SMALL * abs(why.model):
        parts.append(f"the model {said}, and your results make {goal.text(why.expected)} of it")
    else:
        parts.append(f"the model {said}, and your results agree with it so far")
    if math.isfinite(why.beats) and goal.kind == "target":
        parts.append(f"the chance to come closer to {goal.text(goal.target)} than before is {why.beats:.0%}")
    elif math.isfinite(why.beats):
        parts.append(f"the chance to beat the best so far, {goal.text(why.best)}, is {why.beats:.0%}")
    if math.isfinite(why.beats):
        if not why.better:
            parts.append("it is tried for what is not known of it")
    elif len(campaign.goals) > 1 and why.results:
        parts.append("of all places it is expected to widen the front of the goals most")
    if why.success < _RISKY:
        parts.append(f"the chance that it gives a result at all is {why.success:.0%}")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] + "."
