"""Figures, the page of a result, and the paper's scoreboard."""

from halodot.report.figures import draw, write_figures
from halodot.report.html import write

__all__ = ["draw", "write", "write_figures"]
