"""What an analysis returns: numbers with their uncertainty, what was chosen to get them, and what its figure shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.names import Quantity

#: half width of a 95 % interval of a normal distribution in standard deviations
NORMAL_95 = 1.959964
NOT_STATED = (math.nan, math.nan)


@dataclass(frozen=True)
class Finding:
    """One number that an analysis found."""

    quantity: Quantity
    value: float  # SI, eV and V for energies and potentials
    uncertainty: float  # standard uncertainty in the same unit; nan where none can be stated, and a warning says why
    method: str  # how it was found, one clause: "pseudo-Voigt with a linear background, least squares"
    interval: tuple[float, float] = NOT_STATED  # 95 %, where it is not the value and 1.96 standard uncertainties
    bound: Literal["", "at least", "at most"] = ""  # where the value only limits the quantity
    of: str = ""  # which one, where a measurement has several: "(100) reflection", "forward sweep"
    measured_fraction: float = 1.0  # below 1: extrapolated, and this is the share of the way that was measured
    warnings: tuple[str, ...] = ()  # why this number may be wrong, one sentence each

    @property
    def name(self) -> str:
        """Name of the quantity."""
        return self.quantity.name

    @property
    def unit(self) -> str:
        """SI unit of the value."""
        return self.quantity.unit

    @property
    def interval_95(self) -> tuple[float, float]:
        """95 % interval, as stated or from the standard uncertainty."""
        if all(math.isfinite(end) for end in self.interval):
            return self.interval
        return self.value - NORMAL_95 * self.uncertainty, self.value + NORMAL_95 * self.uncertainty


@dataclass(frozen=True, eq=False)
class Trace:
    """One series of a panel, in the units of its axes."""

    x: Array
    y: Array
    name: str = ""  # in the legend; empty for none
    look: Literal["points", "line", "dashed", "bars", "band"] = "line"  # band: from ``y`` to ``upper``
    upper: Array | None = None
    error: Array | None = None  # standard deviation of y, drawn as bars


@dataclass(frozen=True)
class Mark:
    """A place on an axis that is worth a line."""

    place: float
    text: str = ""
    axis: Literal["x", "y"] = "x"


@dataclass(frozen=True, eq=False)
class Picture:
    """An image with outlines of what was found in it."""

    values: NDArray[Any] = field(repr=False)  # (row, column), first row above
    pixel: tuple[float, float] = (1.0, 1.0)  # height and width of a pixel in the unit of the axes
    labels: NDArray[np.integer[Any]] | None = None  # (row, column): number of the object, 0 outside; drawn as outlines
    name: str = ""  # of the values, with unit: the colour bar


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel of the figure of an analysis, as data."""

    x: str  # name of the axis with its unit in brackets: "Wavelength (nm)"
    y: str
    traces: tuple[Trace, ...] = ()
    marks: tuple[Mark, ...] = ()
    picture: Picture | None = None
    x_logarithmic: bool = False
    y_logarithmic: bool = False
    x_reversed: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Analysis:
    """All that one analysis of one measurement gives."""

    method: str  # name of the method: "pl"
    settings: Any  # record of choices as used: every automatic choice filled in, so that they give the same again
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...] = ()  # of the whole measurement, one sentence each; empty for a sound one
    notes: tuple[str, ...] = ()  # what was assumed, left out or read one way where another was possible
    panels: tuple[Panel, ...] = ()
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # "particles": {"diameter (nm)": values}

    def finding(self, name: str, of: str = "") -> Finding:
        """Return the finding of a quantity.

        Args:
            name: of the quantity.
            of: which one, where there are several.

        Raises:
            KeyError: there is none.
        """
        found = [item for item in self.findings if item.name == name and (not of or item.of == of)]
        if not found:
            there = ", ".join(item.name + (f" of {item.of}" if item.of else "") for item in self.findings)
            raise KeyError(f"no {name}{' of ' + of if of else ''}; there are {there or 'no findings'}")
        return found[0]
