"""How a part of a kernel is compiled."""

from __future__ import annotations

from numba import njit

#: For a function that one kernel alone calls: it is compiled within it and not once more by itself, which saves a
#: third of the first compilation.
part = njit(cache=True, inline="always", error_model="numpy")
