"""The parts of the page on its left, in their order."""

from __future__ import annotations

from halodot.app.page.host import Builder
from halodot.app.page.lab import LabPart
from halodot.app.page.recipe import recipe_tab
from halodot.app.page.stack import stack_part

#: title and builder by key
PARTS: dict[str, tuple[str, Builder]] = {
    "recipe": ("Recipe", recipe_tab),
    "stack": ("Stack", stack_part),
    "lab": ("Lab", LabPart),
}
