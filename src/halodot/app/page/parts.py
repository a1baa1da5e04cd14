"""The parts of the page on its left, in their order."""

from __future__ import annotations

from halodot.app.page.host import Builder
from halodot.app.page.keep import Keep
from halodot.app.page.lab import LabPart
from halodot.app.page.recipe import recipe_tab
from halodot.app.page.stack import stack_part
from halodot.app.page.work import Work

#: title and builder by key
PARTS: dict[str, tuple[str, Builder]] = {
    "recipe": ("Recipe", recipe_tab),
    "stack": ("Stack", stack_part),
    "lab": ("Lab", LabPart),
    "work": ("Work", Work),
    "keep": ("Keep", Keep),
}
