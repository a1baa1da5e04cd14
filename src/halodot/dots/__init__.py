"""Flask to dots: sizes, confinement, spectra, recombination, stability."""

from halodot.dots.characterisation import characterise
from halodot.dots.parameters import DotsParameters

__all__ = ["DotsParameters", "characterise"]
