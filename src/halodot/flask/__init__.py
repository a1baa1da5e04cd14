"""Recipe to flask: amounts, acid and base, the surface of the dots, growth and work-up."""

from halodot.flask.parameters import FlaskParameters
from halodot.flask.synthesis import synthesise

__all__ = ["FlaskParameters", "synthesise"]
