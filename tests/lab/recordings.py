"""Measurements as readers return them, made from arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray

from halodot.names import QUANTITIES


def recording(
    kind: str, axes: Mapping[str, np.ndarray], signals: Mapping[str, np.ndarray], **attributes: object
) -> xarray.Dataset:
    """Return a measurement in SI; names of axes and signals are quantities, as `halodot.read` gives them."""

    def described(name: str) -> dict[str, str]:
        quantity = name if name in QUANTITIES else name.rsplit("_", 1)[0]
        return {"units": QUANTITIES[quantity].unit, "long_name": QUANTITIES[quantity].label, "quantity": quantity}

    coordinates = {name: ((name,), np.asarray(values), described(name)) for name, values in axes.items()}
    variables = {name: (tuple(axes), np.asarray(values), described(name)) for name, values in signals.items()}
    plain = {
        "kind": kind,
        "file": "made.txt",
        "sha256": "0" * 64,
        "reader": "made",
        "warnings": "",
        "notes": "",
        "header": "{}",
    }
    return xarray.Dataset(variables, coordinates, {**plain, **attributes})
