"""What came of long work: sentences, charts, tables whose numbers can be put under a slider, and files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

from nicegui.element import Element

from halodot.app.job_process import Bars, Curves, Done, Rows
from halodot.app.page.elements import button, choice, element, heading, mark, paragraph
from halodot.app.page.host import Host
from halodot.app.work_charts import height_of, option_of, text_of

#: rows of a table that are shown before one asks for all
_FEW = 12


class Outcome:
    """What came of a job, in a place of its own."""

    def __init__(self, page: Host, rankings: Mapping[str, str] | None = None) -> None:
        """Make an empty place in the present container.

        Args:
            page: that it stands on.
            rankings: what is ranked by, in words, by the key of :attr:`Rows.by`.
        """
        self._page, self._rankings = page, rankings or {}
        self._box = element("div", classes="outcome")
        self._done: Done | None = None
        self._theme = page.opened.theme
        self._by = next(iter(self._rankings), "")
        self._charts: list[tuple[Element, Bars | Curves]] = []
        self._more: Callable[[], None] = lambda: None

    def show(self, done: Done, more: Callable[[], None] = lambda: None) -> None:
        """Show what came of a job.

        Args:
            done: from the job.
            more: makes what stands below it.
        """
        self._done, self._more = done, more
        self._draw()

    def themed(self, theme: str) -> None:
        """Draw the charts in the colours of a theme.

        Args:
            theme: "light" or "dark".
        """
        self._theme = theme
        for made, chart in self._charts:
            self._chart(made, chart)

    # ---------------------------------------------------------------------------------------------------------- parts

    def _draw(self) -> None:
        done = self._done
        self._box.clear()
        self._charts = []
        if done is None:
            return
        with self._box:
            for line in done.said:
                paragraph(line)
            with element("p", classes="files"):
                for name in done.files:
                    link(self._page, name)
            known = {key: words for key, words in self._rankings.items() if any(one.by == key for one in done.tables)}
            if known:
                choice("Ranked by", known, self._by, self._ranked)
            for chart in done.charts:
                if chart_of(chart) in ("", self._by):
                    self._figure(chart)
            for rows in done.tables:
                if rows.by in ("", self._by):
                    self._table(rows)
            self._more()
            if done.notes:
                with element("details"):
                    element("summary", f"{len(done.notes)} remarks")
                    with element("ul"):
                        for note in done.notes:
                            element("li", note)

    def _ranked(self, by: str) -> None:
        self._by = by if by in self._rankings else self._by
        self._draw()

    def _figure(self, chart: Bars | Curves) -> None:
        with element("figure", classes="panel"):
            heading(3, chart.title)
            made = element("div", classes="chart", role="img", aria_label=text_of(chart))
            made.style(f"height:{height_of(chart)}px")
        self._charts.append((made, chart))
        self._chart(made, chart)

    def _chart(self, made: Element, chart: Bars | Curves) -> None:
        option = json.dumps(option_of(chart, self._theme), allow_nan=False)
        self._page.run(f"halodot.chart({made.id},{option})")

    def _table(self, rows: Rows) -> None:
        heading(3, rows.title)
        with element("div", classes="scroll", tabindex=0, role="region", aria_label=rows.title) as box:
            self._rows(rows, rows.rows[:_FEW])
        if len(rows.rows) > _FEW:
            more = button(f"All {len(rows.rows)} rows", lambda: self._all(rows, box, more), f"all rows: {rows.title}")

    def _all(self, rows: Rows, box: Element, more: Element) -> None:
        box.clear()
        with box:
            self._rows(rows, rows.rows)
        mark(more, hidden="")

    def _rows(self, table: Rows, rows: tuple[tuple[str, ...], ...]) -> None:
        with element("table"):
            with element("thead"), element("tr"):
                for text in table.head:
                    element("th", text, scope="col")
            with element("tbody"):
                for place, row in enumerate(rows):
                    with element("tr"):
                        with element("td"):
                            element("span", row[0])
                            if table.paths and table.paths[place]:
                                self._slider(table.paths[place], row[0])
                        for text in row[1:]:
                            element("td", text)

    def _slider(self, path: str, called: str) -> None:
        button("Slider", partial(self._put, path), f"put under a slider: {called}", data_path=path)

    def _put(self, path: str) -> None:
        if path not in self._page.opened.state.sliders:
            self._page.put_under_a_slider(path)


def chart_of(chart: Bars | Curves) -> str:
    """Return what a chart is ranked by, empty where it is no ranking."""
    return chart.by if isinstance(chart, Bars) else ""


def link(page: Host, name: str) -> Element:
    """Return a link by which a file of the session is saved.

    Args:
        page: that it stands on.
        name: of the table of downloads.
    """
    return element("a", name, href=f"/download/{page.opened.session.id}/{name}", download=name)
