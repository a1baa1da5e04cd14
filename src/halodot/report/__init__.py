"""Figures, the page of a result, and the paper's scoreboard."""

from halodot.report.figures import draw, write_figures
from halodot.report.html import write, write_files, written_by_a_run

__all__ = ["draw", "write", "write_figures", "write_files", "written_by_a_run"]
