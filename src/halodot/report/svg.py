"""A vector figure as matplotlib writes it, made small, and made part of an HTML page in light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

#: black and white that stay so on a dark page, such as a number on a coloured bar
FIXED_BLACK, FIXED_WHITE = "#010101", "#fefefe"
#: prefix of the ids of what lies below a figure or a panel and is left out of a page
GROUND = "ground"
_DECIMALS = 2  # of a coordinate, in points
_TAG = re.compile(r"(<[^>]*>)")
_ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
_NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?|-?\d+e[-+]?\d+")
_NO_TURN = re.compile(r"rotate\(-?0 [^)]*\) ?")
_GROUNDS = re.compile(rf'<g id="{GROUND}[^"]*">\s*<path [^>]*/>\s*</g>\s*')
_FONT = re.compile(r"font-family: [^;\"]*;? ?|font: (?P<size>[\d.]+px) [^;\"]*")
_COORDINATES = {"d", "x", "y", "width", "height", "transform", "points", "cx", "cy", "r", "viewBox"}


def compact(text: str) -> str:
    """Return a figure's SVG with coordinates of two decimals and without what no program needs.

    Args:
        text: the file that matplotlib writes.
    """
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    used = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", text))
    kept = {name for pair in used for name in pair if name}

    def smaller(found: re.Match[str]) -> str:
        name, value = found.groups()
        if name in _COORDINATES:
            value = " ".join(_rounded(_NO_TURN.sub("", value)).split())
            return f'{name}="{value}"' if value else ""
        if name == "id" and value not in kept and not value.startswith(GROUND):
            return ""
        return found.group(0)

    text = _in_tags(text, lambda tag: tag if tag.startswith("<?") else _trimmed(_ATTRIBUTE.sub(smaller, tag)))
    return _without_bare_groups(re.sub(r">\s*\n\s*<", ">\n<", text))


def inlined(text: str, name: str, label: str) -> str:
    """Return a compact figure as an ``<svg>`` element of a page.

    Args:
        text: what :func:`compact` returned.
        name: prefix of every id, which no other figure of the page may have.
        label: what the figure shows, for those who cannot see it.

    Returns:
        The element: black is the page's text colour, white its variable ``--paper``, letters have the page's font.
    """
    text = _GROUNDS.sub("", text[text.index("<svg") :])
    text = _in_tags(text, lambda tag: _of_page(tag, name))
    box = re.search(r'viewBox="([^"]*)"', text)
    start = text.index(">") + 1
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box.group(1) if box else ""}" role="img"'
        f' aria-labelledby="{name}-title" class="figure" fill="currentColor"'
        ' style="stroke-linejoin: round; stroke-linecap: butt; font-family: inherit">'
        f'<title id="{name}-title">{escape(label)}</title>'
    )
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", text[start:], flags=re.DOTALL)
    return opening + body.strip()


def _of_page(tag: str, name: str) -> str:
    tag = re.sub(r'\bid="', f'id="{name}-', tag)
    tag = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', tag).replace("url(#", f"url(#{name}-")
    tag = tag.replace("xlink:href=", "href=")
    tag = re.sub(r"(?<=: )#000000\b", "currentColor", tag)
    tag = re.sub(r"(?<=: )#ffffff\b", "var(--paper, #fff)", tag)
    if tag.startswith("<text"):
        tag = _FONT.sub(lambda found: f"font-size: {found['size']}" if found["size"] else "", tag)
    return tag


def _in_tags(text: str, change: Callable[[str], str]) -> str:
    """Return the text with every tag changed and what stands between them as it was."""
    return "".join(change(part) if part.startswith("<") else part for part in _TAG.split(text))


def _rounded(text: str) -> str:
    def shorter(found: re.Match[str]) -> str:
        number = f"{float(found.group()):.{_DECIMALS}f}".rstrip("0").rstrip(".")
        return "0" if number in ("-0", "") else number

    return _NUMBER.sub(shorter, text)


def _trimmed(tag: str) -> str:
    return re.sub(r"\s+(/?>)$", r"\1", re.sub(r"\s{2,}", " ", tag))


def _without_bare_groups(text: str) -> str:
    """Take out groups that neither name nor clip nor move anything."""
    parts, open_groups = [], []
    for part in _TAG.split(text):
        if re.fullmatch("<g( [^>]*)?/>", part):
            continue
        if part == "<g>":
            open_groups.append(False)
        elif part.startswith("<g "):
            open_groups.append(True)
            parts.append(part)
        elif part == "</g>":
            if open_groups.pop():
                parts.append(part)
        else:
            parts.append(part)
    return re.sub(r"\n\s*\n+", "\n", "".join(parts))
