"""Where every photon goes, and what a person sees of it."""

from halodot.light.emission import emit
from halodot.light.surroundings import environment

__all__ = ["emit", "environment"]
