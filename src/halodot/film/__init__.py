"""Dots to film: packing, transport, optical constants, levels, roughness."""

from halodot.film.deposition import deposit
from halodot.film.parameters import FilmParameters

__all__ = ["FilmParameters", "deposit"]
