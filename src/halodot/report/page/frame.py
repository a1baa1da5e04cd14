"""The frame of every page: head, landmarks, contents, sections and tables; all text that goes in is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from types import MappingProxyType

from halodot import __version__
from halodot.report.page.look import SCRIPT, STYLE
from halodot.study.formulas import with_subscripts

Column = tuple[str, str]  # heading, class of its cells
Cell = str | tuple[str, str]  # text, or text and what it is sorted by
#: the one script that runs is this one, and nothing comes from anywhere else
_HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode("utf-8")).digest()).decode("ascii")
_POLICY = (
    f"default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'"
)
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>')
_EXPONENT = re.compile(r"(?<=\d)e([+-])0*(\d+)|(?<=\))e([+-])0*(\d+)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_AREAS = re.compile(r"((?:^|[\s/(])[cnmµ]?m)([23])(?!\w)")
_UNITS = re.compile(r"(?<=[a-zA-Z])([23])(?=$|[/ )·])")


def framed(title: str, sections: Iterable[str], top: str = "") -> str:
    """Return a whole page.

    Args:
        title: text, which is escaped.
        sections: HTML, the empty ones left out.
        top: HTML that stands below the title and above the contents.
    """
    heading = escape(with_subscripts(title))
    body = "\n".join(part for part in sections if part)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<div class="page">\n<header>\n<h1>{heading}</h1>\n</header>\n<main>\n{top}{_contents(body)}{body}\n</main>\n'
        f'<footer><p class="small">halodot {escape(__version__)}</p></footer>\n</div>\n'
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _contents(body: str) -> str:
    """Return links to the sections, where there are enough of them to need it."""
    found = _HEADING.findall(body)
    if len(found) < 4:
        return ""
    links = "".join(f'<li><a href="#{anchor}">{heading}</a></li>' for anchor, heading in found)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>\n'


def section(heading: str, *content: str) -> str:
    """Return a heading, escaped, above content that is HTML already."""
    anchor = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") or "section"
    return f'<h2 id="{anchor}">{escape(heading)}</h2>\n' + "\n".join(part for part in content if part)


def paragraph(text: str, kind: str = "") -> str:
    """Return a text, escaped, as a paragraph; nothing where it is empty."""
    return f"<p{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{escape(printed(text))}</p>" if text else ""


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    label: str = "",
    sortable: bool = False,
    groups: Mapping[int, str] = MappingProxyType({}),
    marked: Callable[[str], str] = escape,
) -> str:
    """Return a table; every cell is text and is escaped, and a column without any text is left out.

    Args:
        columns: heading and class of the cells of each.
        rows: their texts; a cell may be ``(text, key)`` where the table is sorted by the key.
        label: what the table is called by a screen reader.
        sortable: whether a reader can sort and filter it; it scrolls within itself then.
        groups: what stands above the row of a number, for it and those that follow.
        marked: turns the text of a cell into HTML; formulas have their subscripts by then, but in a path.
    """
    listed = [tuple(row) for row in rows]
    kept = [place for place in range(len(columns)) if not listed or any(_text(row[place]) for row in listed)]
    head = "".join(f'<th scope="col"{_class(columns[place][1])}>{escape(columns[place][0])}</th>' for place in kept)
    body = "".join(
        _group(groups.get(number, ""), len(kept))
        + f"<tr>{''.join(_cell(row[place], columns[place][1], marked) for place in kept)}</tr>\n"
        for number, row in enumerate(listed)
    )
    named = f' role="group" aria-label="{escape(label or columns[0][0], quote=True)}"'
    kind = ' class="sortable"' if sortable else ""
    return (
        f'<div class="scroll{" long" if sortable else ""}" tabindex="0"{named}>'
        f"<table{kind}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>"
    )


def _group(heading: str, width: int) -> str:
    return f'<tr><th scope="colgroup" class="group" colspan="{width}">{escape(heading)}</th></tr>\n' if heading else ""


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _cell(cell: Cell, kind: str, marked: Callable[[str], str]) -> str:
    key = "" if isinstance(cell, str) else f' data-sort="{escape(cell[1], quote=True)}"'
    text = _text(cell)
    shown = re.sub(r"(?<=[._])(?=\w)", "<wbr>", marked(text)) if kind == "path" else marked(printed(text))
    return f"<td{_class(kind)}{key}>{shown}</td>"


def typeset(text: str) -> str:
    """Return a number or unit as it is printed: 2.8 × 10⁻⁹, cm², a true minus sign."""

    return re.sub(r"(?<![\w.])-(?=\d)", "−", _EXPONENT.sub(_power, text))


def _power(found: re.Match[str]) -> str:
    sign, digits = found[1] or found[3], found[2] or found[4]
    return " × 10" + f"{'-' if sign == '-' else ''}{digits}".translate(_RAISED)


def printed(text: str) -> str:
    """Return a text with its formulas, powers and units as they are printed: PbI₂, 6.2 × 10², 80 °C, cd/m², 0.22 µm."""
    text = with_subscripts(_EXPONENT.sub(_power, text).replace("cm2/Vs", "cm²/(V s)").replace("cm-1", "cm⁻¹"))
    text = re.sub(r"(?<=\d)%", " %", re.sub(r"(?<=\d) ?degC\b", " °C", text))
    text = re.sub(r"(?<=\d) ?um\b", " µm", text)
    return _AREAS.sub(lambda found: found[1] + {"2": "²", "3": "³"}[found[2]], text)


def unit_text(unit: str) -> str:
    """Return a unit as it is printed: cm²/(V s) for cm2/Vs, °C for degC, nothing for a pure number."""
    if unit == "1":
        return ""
    known = {"cm2/Vs": "cm²/(V s)", "degC": "°C", "degree": "°", "um": "µm", "um2": "µm²", "um4": "µm⁴"}
    return known.get(unit) or _UNITS.sub(lambda found: {"2": "²", "3": "³"}[found[1]], unit)


def with_code(text: str) -> str:
    """Return a text as HTML, with what stands between backquotes as code."""
    parts = re.split("`([^`]+)`", text)
    return "".join(
        f"<code{_option(part)}>{escape(part)}</code>" if place % 2 else escape(printed(part))
        for place, part in enumerate(parts)
    )


def _option(code: str) -> str:
    """Return the class of code that stays on one line."""
    return ' class="option"' if len(code) < 24 else ""


def figure(picture: str, caption: str, hint: str = "", wide: bool = False) -> str:
    """Return a picture, HTML, with its caption and how to get it as a file.

    Args:
        picture: an svg or img element.
        caption: text, which is escaped.
        hint: HTML behind the caption.
        wide: whether it takes the whole width of the page.
    """
    kind = ' class="wide"' if wide else ""
    return f"<figure{kind}>{picture}<figcaption>{escape(caption)}{hint}</figcaption></figure>"


def image(data: bytes, about: str) -> str:
    """Return a PNG as an element that needs no other file.

    Args:
        data: the file.
        about: what it shows, for those who do not see it.
    """
    encoded = base64.b64encode(data).decode("ascii")
    return f'<img alt="{escape(about, quote=True)}" src="data:image/png;base64,{encoded}">'
