"""What follows from the study: headline numbers, remarks and panels, filled by page.js from every frame."""

from __future__ import annotations

import json
from functools import partial

import numpy as np

from halodot.app.charts import PANELS
from halodot.app.page.elements import Field, Scale, Slider, button, element, heading, paragraph, say, say_quickly
from halodot.app.page.host import Host
from halodot.names import QUANTITIES

#: what papers state of a device and its dots, and the page marks beside what is computed
REPORTED = ("eqe_max", "luminance_max", "el_peak", "cie_x", "cie_y", "half_life", "edge_length", "pl_peak")


class LiveArea:
    """The part of the page that shows what follows."""

    def __init__(self, page: Host) -> None:
        """Make the places that page.js fills, in the present container.

        Args:
            page: that they stand on.
        """
        self._page = page
        element("dl", classes="numbers", id_="numbers", aria_label="Headline numbers")
        element("div", classes="notes", id_="notes", role="region", aria_label="Remarks")
        with element("div", classes="tools"):
            button("Pin this result", self._pin, label="Pin this result: it stays on the page, to compare others with")
            self._pins = element("div", classes="tools")
        self._pinned: tuple[str, ...] = ()  # as the buttons tell them
        self._reported_values()
        with element("div", classes="panels"):
            for name, panel in PANELS.items():
                self._panel(name, panel.title)
        self.refresh()

    def refresh(self) -> None:
        """Show the pinned results and the reported values of the session."""
        state = self._page.opened.state
        pinned = tuple(pin.name for pin in state.pins)
        if pinned != self._pinned:
            self._pinned = pinned
            self._pins.clear()
            with self._pins:
                for name in pinned:
                    button(f"{name} \u00d7", partial(self._page.opened.unpin, name), f"take {name} \u00d7 off the page")
        for name, field in self._fields.items():
            field.show(state.reported.get(name, ""))
        self._voltage.scale = self._scale()
        self._voltage.show(self._volts() or self._voltage.scale.low)
        say(self._volts_said, _told(self._volts()))

    def _panel(self, name: str, title: str) -> None:
        with element("figure", classes="panel", data_panel=name):
            heading(2, title)
            element("div", classes="chart", role="img", aria_label=title)
            element("p", classes="empty", hidden="")
            if name == "bands":
                self._voltage_slider()
            table = button("Table", partial(self._page.run, f"halodot.table({json.dumps(name)})"), f"{title}: table")
            table.props["aria-expanded"] = "false"
            element(
                "div", classes="values scroll", hidden="", tabindex=0, role="region", aria_label=f"{title}: numbers"
            )

    def _voltage_slider(self) -> None:
        """Let the voltage of the bands be dragged over those of the run."""
        scale = self._scale()
        with element("div", classes="slider"):
            self._voltage = Slider(
                "voltage of the bands",
                scale,
                self._volts() or scale.low,
                _told,
                self._looked,
                lambda volts: self._looked(volts, True),
            )
            self._volts_said = element("output", _told(self._volts()))
            button("Peak", lambda: self._looked(None, True), "show the bands at the highest EQE")

    def _scale(self) -> Scale:
        """Return the voltages [V] that the study asks for."""
        study = self._page.opened.study
        voltages = study.run.voltages if study is not None and study.run.voltages.size else np.array([0.0, 1.0])
        return Scale(float(voltages.min()), float(max(voltages.max(), voltages.min() + 1e-3)))

    def _volts(self) -> float | None:
        """Return the voltage that was chosen [V], None for that of the highest EQE."""
        try:
            return float(self._page.opened.state.voltage)
        except ValueError:
            return None

    def _looked(self, volts: float | None, kept: bool = False) -> None:
        say_quickly(self._volts_said, _told(volts))
        self._page.opened.look_at(volts, kept)

    def _reported_values(self) -> None:
        """Let values be typed that somebody reported, to be marked in the charts."""
        with element("details", classes="reported"):
            element("summary", "Reported values")
            paragraph("What was measured or published of this device is marked beside what is computed.", "aside")
            self._fields = {}
            with element("div", classes="fields"):
                for name in REPORTED:
                    label = QUANTITIES[name].label
                    self._fields[name] = Field(label, "", partial(self._page.opened.report, name))

    def _pin(self) -> None:
        """Pin the present result by its last step, which tells it from the others."""
        session = self._page.opened.session
        taken = {pin.name for pin in session.state.pins}
        name, number = session.present.about, 2
        while name in taken:
            name, number = f"{session.present.about} ({number})", number + 1
        self._page.opened.pin(name)


def _told(volts: float | None) -> str:
    return "at the highest EQE" if volts is None else f"{volts:.2f} V"
