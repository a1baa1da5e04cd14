"""The materials of the library on the page, by role, with their levels and whose these are."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from nicegui.element import Element

from halodot.app.page.elements import element, mark, option_list, options_of, say, sentence, set_value
from halodot.app.page.host import Host
from halodot.app.stack.edits import set_material
from halodot.app.stack.materials import Material, material, materials
from halodot.app.stack.rows import LayerRow

_ROLES = {
    "substrate": "Substrates",
    "electrode": "Electrodes",
    "injection": "Injection layers",
    "transport": "Transport layers",
    "emitter": "Emitters",
}


def material_list(label: str, value: str, on_choice: Callable[[str], None]) -> Element:
    """Return a list of all materials of the library, by role.

    Args:
        label: what is chosen.
        value: what holds, in the library or not.
        on_choice: takes the name of a material.
    """
    found = materials()
    known = {item.name for items in found.values() for item in items}
    with element("div", classes="field"):
        name = element("label", label)
        other = f"{value} (of this study)" if value else "choose"
        options = "" if value in known else options_of([(value, other)], value)
        for role in sorted(found, key=lambda role: list(_ROLES).index(role) if role in _ROLES else len(_ROLES)):
            own = options_of(((item.name, item.line) for item in found[role]), value)
            options += f'<optgroup label="{escape(_ROLES.get(role, role))}">{own}</optgroup>'
        made = option_list("select", options)
        mark(name, **{"for": f"c{made.id}"})
        made.on("change", lambda event: on_choice(str(event.args)), js_handler="(event) => emit(event.target.value)")
    return made


class MaterialChoice:
    """The material of a layer, and what the library says of it."""

    def __init__(self, page: Host, row: LayerRow) -> None:
        """Make the list in the present container.

        Args:
            page: that it stands on.
            row: of the layer.
        """
        self._page, self._row = page, row
        self._list = material_list("Material", row.material, self._chosen)
        self._error = element("p", classes="problem", role="alert")
        if (found := material(row.material)) is not None:
            material_numbers(found)

    def _chosen(self, name: str) -> None:
        place, before = self._row.place, self._row.name
        problems = self._page.opened.edit(
            lambda text, folder: set_material(text, folder, place, name), f"{name} in place of {before}"
        )
        if problems:  # else the layer is another one, with a list of its own
            say(self._error, " ".join(map(sentence, problems)))
            set_value(self._list, self._row.material)


def material_numbers(found: Material) -> None:
    """Show in the present container what the library says of a material, and whose numbers these are.

    Args:
        found: the material.
    """
    if found.about:
        element("p", found.about, "aside")
    if not found.numbers:
        return
    with element("table", classes="levels"), element("tbody"):
        for number in found.numbers:
            with element("tr"):
                element("th", number.label, scope="row")
                element("td", number.text)
                element("td", ", ".join(part for part in (number.kind, number.source) if part))
