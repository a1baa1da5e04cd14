"""A protocol as one page for the bench: it prints on A4, has boxes to tick, and needs no other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from halodot import __version__
from halodot.study.protocol_sheet import (
    LayerLine,
    Protocol,
    ProtocolStep,
    Stage,
    Supply,
    label_of,
    origin_of,
    reading_text,
    size_of,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --soft: #4a4a4a; --line: #b9b9b9; --paper: #fff; --mark: #8a3b00;
  --box: #f3f3f3; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --soft: #c2c2c2; --line: #5a5a5a; --paper: #161616;
  --mark: #ffb366; --box: #242424; } }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.6em; line-height: 1.25; margin: 0 0 0.3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2em; margin: 1.6rem 0 0.5rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05em; margin: 0.8rem 0 0.1rem; }
p { margin: 0.3rem 0; }
.soft { color: var(--soft); font-size: 0.92em; }
.caution { border-left: 4px solid var(--mark); padding: 0.1rem 0 0.1rem 0.8rem; margin: 0.4rem 0; }
.flag { background: var(--box); border-left: 4px solid var(--mark); padding: 0.3rem 0.6rem; margin: 0.3rem 0 0.5rem;
  font-size: 0.92em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 0.4rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.7rem 0.2rem 0; border-bottom: 1px solid var(--line); }
td.take { font-weight: 600; white-space: nowrap; }
td.whole { white-space: nowrap; }
ol, ul { margin: 0.3rem 0; padding: 0; list-style: none; }
li.step { display: grid; grid-template-columns: 1.4rem 2rem minmax(0, 1fr); margin: 0.35rem 0; }
.tick { width: 0.95rem; height: 0.95rem; border: 1.5px solid var(--ink); display: inline-block; margin-top: 0.2rem; }
td .tick { margin: 0.2rem 0.3rem 0 0; }
.hazards { columns: 2 22rem; column-gap: 2rem; }
.hazard { break-inside: avoid; }
.hazard h3 { margin-top: 0; padding-top: 0.6rem; }
.hazard p { margin: 0.1rem 0; }
.fill { border-bottom: 1px dotted var(--line); display: inline-block; min-width: 8rem; }
@media print {
  @page { size: A4; margin: 14mm 15mm; }
  :root { color-scheme: light; --ink: #000; --soft: #333; --line: #999; --paper: #fff; --mark: #8a3b00;
    --box: #f3f3f3; }
  body { font-size: 9.5pt; line-height: 1.35; max-width: none; margin: 0; padding: 0; }
  .scroll { overflow: visible; }
  .hazards { columns: 2; }
  li.step, tr, .flag, .caution, .hazard { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""
#: of a cell that is not broken into lines
_WHOLE = ' class="whole"'
_TICK = '<span class="tick"></span>'


def page_of(protocol: Protocol) -> str:
    """Return a protocol as HTML that needs no other file, light or dark as the screen is, light on paper.

    Args:
        protocol: from :func:`halodot.protocol`.
    """
    title = escape(protocol.title)
    parts = [
        f"<p>Protocol of the study {escape(protocol.study)}. {escape(size_of(protocol))}</p>",
        '<p class="soft">Date <span class="fill">&nbsp;</span> Name <span class="fill">&nbsp;</span>'
        ' Batch <span class="fill">&nbsp;</span></p>',
        *(f'<p class="caution">{escape(text)}</p>' for text in protocol.cautions),
        _section("Have ready", _supplies(protocol.supplies)),
        *(_stage(stage) for stage in protocol.stages),
        _device(protocol.device),
        _notes([*map(reading_text, protocol.readings), *protocol.remarks]),
        _section("Hazards", '<div class="hazards">', "".join(map(_hazards, protocol.supplies)), "</div>"),
        _sources(protocol),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Protocol: {title}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{title}</h1>\n{body}\n"
        f'<p class="soft">halodot {escape(__version__)}</p>\n</main>\n</body>\n</html>\n'
    )


def _section(heading: str, *content: str) -> str:
    return f"<section>\n<h2>{escape(heading)}</h2>\n" + "\n".join(content) + "\n</section>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """Return a table whose first column is a box to tick and whose second is what to take."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="take">{_TICK}{escape(cell)}</td>'
            if place == 0
            else f"<td{_WHOLE if head[place] == 'CAS' else ''}>{escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>\n"
        for row in rows
    )
    # A region that scrolls is reached by the keyboard as well.
    region = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
    return f"{region}<table>\n<thead><tr>{names}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>"


def _supplies(supplies: Sequence[Supply]) -> str:
    head = ("amount", "chemical", "formula", "CAS", "purity", "signal word")
    rows = [
        (item.total, item.chemical, item.formula, item.cas or "not known", item.purity, _signal(item))
        for item in supplies
    ]
    return _table(head, rows, "Chemicals to have ready")


def _signal(supply: Supply) -> str:
    if supply.hazards is None:
        return "no data"
    return "" if supply.hazards.signal == "none" else supply.hazards.signal.capitalize()


def _stage(stage: Stage) -> str:
    rows = [(item.take, item.chemical, item.about) for item in stage.measured]
    listed = _table(("take", "of", "that is"), rows, f"{stage.title}: what to measure out") if rows else ""
    contents = f'<p class="soft">{escape(stage.contents)}</p>' if stage.contents else ""
    return _section(stage.title, listed, contents, "<ol>", *map(_step, stage.steps), "</ol>")


def _step(step: ProtocolStep) -> str:
    flags = "".join(f'<div class="flag">{escape(text)}</div>' for text in _flags(step))
    note = f'<div class="soft">Note of the study: {escape(step.note)}</div>' if step.note else ""
    return f'<li class="step">{_TICK}<span>{step.number}.</span><div>{escape(step.text)}{note}{flags}</div></li>'


def _flags(step: ProtocolStep) -> Iterator[str]:
    yield from map(reading_text, step.readings)
    yield from step.remarks


def _device(layers: Sequence[LayerLine]) -> str:
    if not layers:
        return ""
    rows = [(item.name, item.thickness or "not stated", item.kind, item.about) for item in layers]
    return _section(
        "Device, from the substrate up", _table(("layer", "thickness", "kind", "about"), rows, "Layers of the device")
    )


def _notes(texts: Sequence[str]) -> str:
    items = "".join(f'<li class="flag">{escape(text)}</li>' for text in texts)
    return _section("Notes", f"<ul>{items}</ul>") if texts else ""


def _hazards(supply: Supply) -> str:
    hazards = supply.hazards
    lines = [f"<p><strong>{escape(label_of(hazards))}</strong></p>"]
    if hazards is not None:
        lines += [f"<p>{escape(item.code)} {escape(item.text)}</p>" for item in hazards.shown]
        lines.append(f'<p class="soft">{escape(origin_of(hazards))}</p>')
    return f'<div class="hazard"><h3>{escape(supply.chemical)}</h3>{"".join(lines)}</div>\n'


def _sources(protocol: Protocol) -> str:
    if not protocol.sources:
        return ""
    return f'<p class="soft">Sources, by their keys in the bibliography: {escape(", ".join(protocol.sources))}.</p>'
