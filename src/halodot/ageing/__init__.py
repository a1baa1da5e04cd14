"""How the luminance falls at constant current."""
