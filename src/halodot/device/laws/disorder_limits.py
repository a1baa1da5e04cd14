"""The widths of a Gaussian density of states for which the extended Gaussian disorder model holds, in kT."""

from __future__ import annotations

#: Widths between which its factors are used: below 1.78, where s^2 - s = ln 4, the one of the density would fall with
#: it; above 10 it would reach exp(45), where no measured law goes.
NARROWEST, WIDEST = 1.8, 10.0
#: Widths for which the formulas were fitted to the master equation.
FITTED = (3.0, 6.0)
#: Widest Gaussian of any density of states, without the law: its few carriers sit at -40^2 kT, and its integral takes
#: a second. Films have 2 to 8 kT at room temperature.
WIDEST_STATES = 40.0
