"""Recipe to flask: amounts, acid and base, the surface of the dots, growth and work-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halodot.flask.parameters import FlaskParameters

if TYPE_CHECKING:
    from halodot.flask.effects import ReadingEffect, interpretation_effects, with_effects
    from halodot.flask.synthesis import synthesise

__all__ = ["FlaskParameters", "ReadingEffect", "interpretation_effects", "synthesise", "with_effects"]


def __getattr__(name: str) -> Any:
    """Import a verb when it is used: reading a study needs the parameters and no compiled kernels."""
    if name == "synthesise":
        from halodot.flask.synthesis import synthesise

        return synthesise
    if name in __all__:
        from halodot.flask import effects

        return getattr(effects, name)
    raise AttributeError(f"module 'halodot.flask' has no attribute {name!r}")
