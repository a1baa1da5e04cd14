"""Derivatives of what a solved device gives by everything that was put into it."""
