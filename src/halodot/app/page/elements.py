"""Native elements of a page, each with its label: what a keyboard and a screen reader know without help."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nicegui import ui
from nicegui.element import Element

from halodot.errors import Problem

#: positions of a slider from end to end
SLIDER_STEPS = 1000
#: seconds between two positions that a drag sends
DRAG_EVERY = 0.02
#: from this ratio of its ends on, a slider is logarithmic
LOGARITHMIC_FROM = 30.0
#: of an input: what stands there before anybody has touched it
_VALUE_ATTRIBUTE = "^value"
_VALUE = "(event) => emit(event.target.value)"
_CHECKED = "(event) => emit(event.target.checked)"


def element(tag: str, text: str = "", classes: str = "", **attributes: Any) -> Element:
    """Return an element of HTML in the present container.

    Args:
        tag: of HTML.
        text: inside it, shown as it is.
        classes: of the style sheet.
        attributes: of HTML, with underscores for hyphens: ``aria_label="..."``; None and False leave one out.
    """
    made = ui.element(tag)
    if classes:
        made.classes(classes)
    given = {name: value for name, value in attributes.items() if value is not None and value is not False}
    with made.props.suspend_updates():  # it is sent once, as it is in the end
        made.props.update({name.strip("_").replace("_", "-"): value for name, value in given.items()})
    made._text = text or None
    return made


def option_list(tag: str, options: str = "") -> Element:
    """Return a list of options of which the browser alone makes elements.

    There are hundreds of them on a page, and every change of the page would go through each.

    Args:
        tag: of HTML, select or datalist.
        options: from :func:`options_of`.
    """
    return ui.html(options, sanitize=False, tag=tag)


def offer(made: Element, options: str) -> None:
    """Put other options into a list.

    Args:
        made: by :func:`option_list`.
        options: from :func:`options_of`.
    """
    made.set_content(options)  # type: ignore[attr-defined]


def options_of(shown: Iterable[tuple[str, str]], chosen: str | None = None) -> str:
    """Return options as HTML.

    Args:
        shown: value of each, and its text; any characters may stand in them.
        chosen: value that holds at first.
    """
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in shown
    )


def say(made: Element, text: str) -> None:
    """Put a text into an element, in place of an earlier one."""
    if made._text != text:
        made._text = text
        made.update()


def mark(made: Element, **attributes: Any) -> None:
    """Set or, with None, take away attributes of an element, which is sent again where one has changed."""
    wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
    gone = [key for key, value in wanted.items() if (value is None or value is False) and key in made.props]
    new = {key: value for key, value in wanted.items() if value is not None and value is not False}
    if gone or any(made.props.get(key) != value for key, value in new.items()):
        with made.props.suspend_updates():
            for key in gone:
                del made.props[key]
            made.props.update(new)
        made.update()


def set_value(made: Element, value: object) -> None:
    """Put a value into an input; what a browser holds of it otherwise stays as the user left it.

    Vue would put a property ``value`` back at every change of the page, while somebody types or drags, and would go
    through the whole page for it.
    """
    if made.props.get(_VALUE_ATTRIBUTE) != value:
        with made.props.suspend_updates():
            made.props[_VALUE_ATTRIBUTE] = value
    made.client.run_javascript(f"halodot.set({made.id}, {json.dumps(str(value))})")


def say_quickly(made: Element, text: str) -> None:
    """Put a text into an element that changes many times a second: the rest of the page is not gone through for it."""
    made._text = text
    made.client.run_javascript(f"halodot.say({made.id}, {json.dumps(text)})")


def heading(level: int, text: str, **attributes: Any) -> Element:
    """Return a heading."""
    return element(f"h{level}", text, **attributes)


def paragraph(text: str, classes: str = "") -> Element:
    """Return a paragraph."""
    return element("p", text, classes)


def button(text: str, on_click: Callable[[], Any], label: str = "", classes: str = "", **attributes: Any) -> Element:
    """Return a button.

    Args:
        text: on it.
        on_click: what it does.
        label: what it is called where the text alone does not say it, such as "move the layer PTAA up".
        classes: of the style sheet.
        attributes: of HTML.
    """
    made = element("button", text, classes, type="button", aria_label=label or None, **attributes)
    if label:
        made.props["title"] = label
    made.on("click", lambda _: on_click(), js_handler="() => emit()")
    return made


class Field:
    """A labelled input whose value counts when Enter is pressed or it is left, with what is wrong beside it."""

    def __init__(
        self,
        label: str,
        value: str,
        on_commit: Callable[[str], Iterable[Problem] | None],
        *,
        hidden_label: bool = False,
        known: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        """Make the input in the present container.

        Args:
            label: what is asked for.
            value: what stands there.
            on_commit: takes what was typed; returns the problems with it, nothing where it was taken.
            hidden_label: whether the label is for screen readers alone.
            known: words that are proposed.
            hint: below the field.
        """
        self._on_commit, self._value = on_commit, value
        self.box = element("div", classes="field")
        with self.box:
            name = element("label", label, "aside" if hidden_label else "")
            self.input = element("input", type="text", autocomplete="off", spellcheck="false")
            self.input.props[_VALUE_ATTRIBUTE] = value
            mark(name, **{"for": f"c{self.input.id}"})
            if known:
                words = option_list("datalist", options_of((word, "") for word in known))
                mark(self.input, list=f"c{words.id}")
            if hint:
                element("span", hint, "hint")
            self.error = element("span", classes="problem", role="alert")
        self.input.on("change", lambda event: self._commit(str(event.args)), js_handler=_VALUE)

    @property
    def value(self) -> str:
        """What holds."""
        return self._value

    @property
    def is_wrong(self) -> bool:
        """Whether what stands there was not taken."""
        return bool(self.error._text)

    def show(self, value: str) -> None:
        """Show a value that came from elsewhere, and that nothing is wrong."""
        self._value = value
        set_value(self.input, value)
        self.complain(())

    def propose(self, value: str) -> None:
        """Show a value that came from elsewhere, unless another is being typed."""
        before, self._value = self._value, value
        with self.input.props.suspend_updates():
            self.input.props[_VALUE_ATTRIBUTE] = value
        told = ",".join(map(json.dumps, (before, value)))
        self.input.client.run_javascript(f"halodot.propose({self.input.id},{told})")

    def complain(self, problems: Iterable[Problem]) -> None:
        """Say beside the field what is wrong, nothing where nothing is."""
        text = " ".join(sentence(problem) for problem in problems)
        say(self.error, text)
        wrong = bool(text)
        mark(
            self.input,
            aria_invalid="true" if wrong else None,
            aria_describedby=f"c{self.error.id}" if wrong else None,
        )

    def _commit(self, text: str) -> None:
        problems = tuple(self._on_commit(text) or ())
        if self.input.is_deleted:  # what was typed made another list of fields
            return
        if not problems:
            self._value = text
        self.complain(problems)


def sentence(problem: Problem) -> str:
    """Return what is wrong in one sentence, with the nearest word where there is one."""
    stop = "" if problem.message.endswith((".", "?", "!")) else "."
    hint = f" Did you mean {problem.suggestion!r}?" if problem.suggestion else ""
    return f"{problem.message}{stop}{hint}"


def choice(
    label: str, options: Mapping[str, str], value: str, on_choice: Callable[[str], Any], hidden_label: bool = False
) -> Element:
    """Return a list to choose one of.

    Args:
        label: what is chosen.
        options: what is shown by what is chosen.
        value: what holds.
        on_choice: takes what was chosen.
        hidden_label: whether the label is for screen readers alone.
    """
    with element("div", classes="field"):
        name = element("label", label, "aside" if hidden_label else "")
        made = option_list("select", options_of(options.items(), value))
        mark(name, **{"for": f"c{made.id}"})
        made.on("change", lambda event: on_choice(str(event.args)), js_handler=_VALUE)
    return made


def check_box(label: str, value: bool, on_change: Callable[[bool], Any]) -> Element:
    """Return a box to tick.

    Args:
        label: what holds when it is ticked.
        value: whether it holds.
        on_change: takes whether it holds now.
    """
    with element("label", classes="check"):
        made = element("input", type="checkbox", checked="" if value else None)
        element("span", label)
    made.on("change", lambda event: on_change(bool(event.args)), js_handler=_CHECKED)
    return made


def tick(box: Element, on: bool) -> None:
    """Tick a box of :func:`check_box`, or clear it."""
    box.client.run_javascript(f"halodot.tick({box.id},{json.dumps(on)})")


@dataclass(frozen=True)
class Scale:
    """Which value each position of a slider stands for."""

    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        """Whether equal steps are equal ratios."""
        return self.low > 0.0 and self.high / self.low > LOGARITHMIC_FROM

    def value(self, position: float) -> float:
        """Return the value at a position, 0 to :data:`SLIDER_STEPS`."""
        share = min(max(position / SLIDER_STEPS, 0.0), 1.0)
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def position(self, value: float) -> int:
        """Return the position nearest to a value."""
        if not self.high > self.low:
            return 0
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(SLIDER_STEPS * min(max(share, 0.0), 1.0))


class Slider:
    """A slider that tells where it is while it is dragged, and where it is let go."""

    def __init__(
        self,
        label: str,
        scale: Scale,
        value: float,
        told: Callable[[float], str],
        on_drag: Callable[[float], Any],
        on_release: Callable[[float], Any],
    ) -> None:
        """Make the slider in the present container.

        Args:
            label: for screen readers; what is seen stands beside it.
            scale: of its positions.
            value: where it stands.
            told: the value in words, with unit.
            on_drag: takes each value on the way.
            on_release: takes the value at which it is let go.
        """
        self.scale, self._told = scale, told
        self.input = element(
            "input",
            type="range",
            min=0,
            max=SLIDER_STEPS,
            step=1,
            aria_label=label,
            aria_valuetext=told(value),
        )
        self.input.props[_VALUE_ATTRIBUTE] = scale.position(value)
        self.input.on(
            "input",
            lambda event: on_drag(self.scale.value(_position(event.args))),
            js_handler=_VALUE,
            throttle=DRAG_EVERY,
        )
        self.input.on("change", lambda event: on_release(self.scale.value(_position(event.args))), js_handler=_VALUE)

    def show(self, value: float) -> None:
        """Show a value that came from elsewhere."""
        set_value(self.input, self.scale.position(value))
        self.tell(value)

    def tell(self, value: float) -> None:
        """Say in words at which value it stands, which its user has moved it to."""
        mark(self.input, aria_valuetext=self._told(value))


def _position(args: object) -> float:
    """Return a position that a browser sent, the lowest where it is none."""
    try:
        found = float(str(args))
    except ValueError:
        return 0.0
    return found if math.isfinite(found) else 0.0


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], classes: str = "") -> Element:
    """Return a table.

    Args:
        caption: what it holds.
        headings: of its columns.
        rows: of texts.
        classes: of the style sheet.
    """
    with element("div", classes="scroll", tabindex=0, role="region", aria_label=caption) as box, element("table"):
        element("caption", caption, classes or "aside")
        with element("thead"), element("tr"):
            for text in headings:
                element("th", text, scope="col")
        with element("tbody"):
            for row in rows:
                with element("tr"):
                    for text in row:
                        element("td", text)
    return box


class Tabs:
    """Parts of a page of which one is in sight, chosen by mouse or arrow keys; page.js does what is seen."""

    def __init__(self, name: str, titles: Mapping[str, str]) -> None:
        """Make the row of tabs and their empty parts in the present container.

        Args:
            name: what the tabs are of, for screen readers.
            titles: of the tabs, by key.
        """
        self.parts: dict[str, Element] = {}
        with element("div", classes="tabs", role="tablist", aria_label=name):
            buttons = {
                key: element(
                    "button",
                    title,
                    type="button",
                    role="tab",
                    data_tab=key,
                    aria_selected="true" if place == 0 else "false",
                    tabindex=0 if place == 0 else -1,
                )
                for place, (key, title) in enumerate(titles.items())
            }
        for place, key in enumerate(titles):
            part = element(
                "div",
                classes="part",
                role="tabpanel",
                data_part=key,
                hidden="" if place else None,
                aria_labelledby=f"c{buttons[key].id}",
            )
            mark(buttons[key], aria_controls=f"c{part.id}")
            self.parts[key] = part
