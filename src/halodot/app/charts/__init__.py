"""Charts of the page: from results to what ECharts draws, to sentences and to tables."""

from halodot.app.charts.panels import PANELS, Panel, panel_options, panel_table, panel_text
from halodot.app.charts.shown import Shown

__all__ = ["PANELS", "Panel", "Shown", "panel_options", "panel_table", "panel_text"]
