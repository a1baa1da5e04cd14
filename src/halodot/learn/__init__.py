"""Sensitivities and calibration."""
