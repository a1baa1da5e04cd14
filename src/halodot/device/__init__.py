"""Steady drift-diffusion through the stack."""
