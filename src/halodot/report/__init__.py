"""Figures and the page of a result."""

from halodot.report.figures import draw, write_figures
from halodot.report.html import write, write_files, written_by_a_run

__all__ = ["draw", "write", "write_figures", "write_files", "written_by_a_run"]
