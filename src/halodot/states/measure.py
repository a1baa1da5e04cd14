"""What an instrument records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from halodot.arrays import Array
from halodot.states.declare import array, empty_array, state


@state
class Dataset:
    """What one instrument records of one sample, whether it was measured or simulated."""

    name: str  # uv_vis | pl | plqy | trpl | tem | xrd | ftir | tga | sclc | afm | lifetime | jv | lv
    x: Array = array("", "point")
    y: Array = array("", "point")  # (point,), or (line, point) for a map of which x are the places along a line
    x_unit: str = "1"  # SI
    y_unit: str = "1"  # SI
    x_label: str = ""
    y_label: str = ""
    sd: Array = array("", "point", default_factory=empty_array)  # standard deviation of y; empty where it is not known
    meta: Mapping[str, float | str] = field(default_factory=dict)  # settings in SI, and where the data come from
