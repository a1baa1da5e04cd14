"""How the luminance falls at constant current."""

from halodot.ageing.decay import age
from halodot.ageing.parameters import AgeingParameters

__all__ = ["AgeingParameters", "age"]
