"""Sensitivities, calibration and optimisation."""

from halodot.learn.thickness import BestThickness, best_thickness

__all__ = ["BestThickness", "best_thickness"]
