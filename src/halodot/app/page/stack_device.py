"""The device as a whole, on the page: its pixel, its light, its sweep and its surroundings."""

from __future__ import annotations

from halodot.app.page.elements import element
from halodot.app.page.host import Host
from halodot.app.page.stack_properties import PropertyRows
from halodot.app.stack.device import device_properties
from halodot.study import Study

#: what one looks for also where a study leaves it as it usually is
_IN_SIGHT = ("device.emission_side", "device.outcoupling", "device.sheet_resistance", "device.emitter.class")


class DeviceProperties:
    """What can be set of the device as a whole, folded until it is asked for."""

    def __init__(self, page: Host) -> None:
        """Make the part in the present container.

        Args:
            page: that it stands on.
        """
        self._page = page
        self._rows: PropertyRows | None = None
        self._shape: tuple[str, ...] = ()
        with element("details", classes="device") as box:
            element("summary", "Device, sweep and surroundings")
            self._box = element("div")
        box.on("toggle", lambda event: self._toggled(event.args), js_handler="(event) => emit(event.target.open)")
        self._open = False

    def refresh(self, study: Study) -> None:
        """Show the study's numbers.

        Args:
            study: as it is read.
        """
        if not self._open:
            return
        items = device_properties(study)
        shape = tuple(item.path for item in items)
        if self._rows is None or shape != self._shape:
            self._shape = shape
            self._box.clear()
            with self._box:
                self._rows = PropertyRows(self._page, items, "the device", _IN_SIGHT)
        else:
            self._rows.show(items)

    def _toggled(self, opened: object) -> None:
        self._open = opened is True
        study = self._page.opened.study
        if study is not None:
            self.refresh(study)
