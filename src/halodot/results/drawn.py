"""What draws of the uncertain inputs say of a result: quantiles of its numbers and of its curves."""

from __future__ import annotations

from halodot.arrays import Array
from halodot.states import array, state

#: shares of the probability below the bounds of the central 95 and 68 %, and the median
BOUNDS = (0.025, 0.16, 0.5, 0.84, 0.975)


@state
class Drawn:
    """Quantiles 2.5, 16, 50, 84 and 97.5 % of draws of all uncertain inputs of a study."""

    quantities: tuple[str, ...]  # of the summary
    quantiles: Array = array("", "quantity", "bound")  # in the SI unit of each quantity
    share: Array = array("1", "quantity")  # of the draws in which there is such a number
    inputs: tuple[str, ...]
    input_quantiles: Array = array("", "input", "bound")  # in the SI unit of each input
    voltage: Array = array("V", "voltage")
    current_density: Array = array("A/m2", "bound", "voltage")
    luminance: Array = array("cd/m2", "bound", "voltage")
    eqe: Array = array("1", "bound", "voltage")
    driving_current_density: Array = array("A/m2", "current")  # at which the next one is given
    eqe_at_current: Array = array("1", "bound", "current")
    count: int = 0  # draws that are weighted
    failed: int = 0  # of those that were tried
    tried: int = 0
    ess: float = 0.0  # effective sample size
    seed: int = 0
    conditions: tuple[str, ...] = ()
    grid: str = ""  # in words, on which grids they were solved
