"""A quicker start of Numba, which would import scipy.linalg only to learn that it is there."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import suppress
from functools import lru_cache


@lru_cache(maxsize=1)
def start_numba() -> None:
    """Load what Numba needs for any kernel, without SciPy, a tenth of the time of a whole run.

    Numba asks at its start whether SciPy brings a BLAS, for ``numpy.cov``, which no kernel here uses. Linear algebra in
    kernels of others imports SciPy when it is first used, as it would have anyway. Where a version of Numba asks in
    another way, it starts as always.
    """
    if "scipy.linalg" in sys.modules or importlib.util.find_spec("scipy") is None:
        return
    with suppress(ImportError, AttributeError):
        from numba.np import linalg

        asked = linalg.ensure_blas
        linalg.ensure_blas = lambda: None
        try:
            import numba.np.arraymath  # noqa: F401  # asks while it is imported
        finally:
            linalg.ensure_blas = asked
