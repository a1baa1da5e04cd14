"""States to the records that instruments would make of them, seeded noise included."""

from halodot.measure.absorption import uv_vis
from halodot.measure.decay import trpl, trpl_response
from halodot.measure.diffraction import xrd
from halodot.measure.electroluminescence import angular_pattern, el
from halodot.measure.infrared import ftir
from halodot.measure.lifetime import jvl, luminance_decay
from halodot.measure.luminescence import pl, plqy
from halodot.measure.micrographs import tem_histogram
from halodot.measure.space_charge import sclc
from halodot.measure.thermogravimetry import tga
from halodot.measure.topography import afm

__all__ = [
    "afm",
    "angular_pattern",
    "el",
    "ftir",
    "jvl",
    "luminance_decay",
    "pl",
    "plqy",
    "sclc",
    "tem_histogram",
    "tga",
    "trpl",
    "trpl_response",
    "uv_vis",
    "xrd",
]
