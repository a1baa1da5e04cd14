"""Dots to film: packing, transport, optical constants, levels, roughness."""
