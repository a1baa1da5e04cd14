"""A layer more, on the page."""

from __future__ import annotations

from halodot.app.page.elements import Field, button, choice, element, mark, say, sentence, set_value
from halodot.app.page.host import Host
from halodot.app.page.stack_materials import material_list
from halodot.app.stack.edits import add_layer
from halodot.app.stack.rows import LayerRow


class NewLayer:
    """Where it is to lie, of which material, and how thick."""

    def __init__(self, page: Host) -> None:
        """Make the form in the present container.

        Args:
            page: that it stands on.
        """
        self._page = page
        self._names: tuple[str, ...] = ()
        self._place, self._material, self._thickness = 0, "", "20 nm"
        self._box = element("details", classes="new-layer")
        with self._box:
            element("summary", "Add a layer")
            self._above = element("div")
            self._list = material_list("Material of the new layer", "", self._chosen)
            self._field = Field("Thickness of the new layer", self._thickness, self._typed)
            button("Add the layer", self._add)
            self._error = element("p", classes="problem", role="alert")

    def refresh(self, rows: tuple[LayerRow, ...]) -> None:
        """Offer the places of the present stack.

        Args:
            rows: its layers, from the substrate up.
        """
        mark(self._box, hidden=None if rows else "")
        names = tuple(row.name for row in rows)
        if not rows or names == self._names:
            return
        self._names = names
        emitter = next((row.place for row in rows if row.emits), len(rows) - 2)
        self._place = emitter + 1
        self._above.clear()
        with self._above:
            options = {str(row.place + 1): f"above {row.name}" for row in reversed(rows)}
            choice("Place", options, str(self._place), self._placed)

    def _placed(self, word: str) -> None:
        if word.isascii() and word.isdigit():
            self._place = int(word)

    def _chosen(self, name: str) -> None:
        self._material = name

    def _typed(self, text: str) -> None:
        self._thickness = text

    def _add(self) -> None:
        place, name, thickness = self._place, self._material, self._thickness
        problems = self._page.opened.edit(
            lambda text, folder: add_layer(text, folder, place, name, thickness), f"added {name} {thickness}".strip()
        )
        say(self._error, " ".join(sentence(problem) for problem in problems))
        if not problems:
            self._material = ""
            set_value(self._list, "")
