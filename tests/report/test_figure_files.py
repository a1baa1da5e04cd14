"""Figures as files and as part of a page: text is text, ids do not clash, and black is the page's own ink."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from contextlib import nullcontext
from pathlib import Path

import pytest
import report_states as made

from halodot.report import margins, style
from halodot.report.figures import KINDS, draw, pictures

TITLE = 'dose <0.2> & id="x" d="1.23456"'
RESULTS = {TITLE: made.whole("treated")}


@pytest.fixture(scope="module")
def elements() -> dict[str, str]:
    """Every figure of a result as an element of a page."""
    return pictures(RESULTS)


def test_every_figure_of_a_result_is_an_element_with_its_caption(elements):
    assert tuple(elements) == tuple(KINDS)
    for kind, text in elements.items():
        root = ElementTree.fromstring(text)
        assert root.tag.endswith("svg")
        assert root.get("role") == "img"
        assert {"width", "height"}.isdisjoint(root.keys())
        assert root[0].tag.endswith("title")
        assert root[0].text == KINDS[kind].caption
        assert root.get("aria-labelledby") == root[0].get("id")


def test_figures_of_one_page_share_no_id_and_every_reference_is_answered(elements):
    seen: set[str] = set()
    for kind, text in elements.items():
        tags = "".join(re.findall(r"<[^>]*>", text))
        ids = re.findall(r'\bid="([^"]*)"', tags)
        assert len(ids) == len(set(ids))
        assert all(name.startswith(f"{kind}-") for name in ids)
        assert seen.isdisjoint(ids)
        seen.update(ids)
        assert set(re.findall(r"url\(#([^)]*)\)|href=\"#([^\"]*)\"", tags)) <= {
            pair for name in ids for pair in ((name, ""), ("", name))
        }


def test_text_is_text_in_the_page_s_font_and_untouched(elements):
    root = ElementTree.fromstring(elements["eqe"])
    texts = [item for item in root.iter() if item.tag.endswith("}text")]
    words = {item.text or "" for item in texts}
    assert "External quantum efficiency (%)" in words
    assert any(word.startswith(TITLE) for word in words)
    assert not any("font-family" in (item.get("style") or "") for item in texts)


def test_black_and_white_are_those_of_the_page(elements):
    for text in elements.values():
        assert "#000000" not in text
        assert "#ffffff" not in text
        assert "ground" not in text
    assert "currentColor" in elements["eqe"]
    assert "var(--paper, #fff)" in elements["budget"]


def test_a_page_of_figures_is_small(elements):
    assert sum(map(len, elements.values())) < 25_000 * len(elements)
    assert max(len(text) for kind, text in elements.items() if kind != "cie") < 60_000


def test_the_file_stands_alone_with_its_fonts(tmp_path: Path):
    (path,) = style.save_as(draw("eqe", RESULTS), tmp_path / "eqe", ("svg",))
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root.get("width") == "240.94pt"  # 85 mm
    text = next(item for item in root.iter() if item.text == "External quantum efficiency (%)")
    assert "Arial, Helvetica, 'DejaVu Sans', sans-serif" in str(text.get("style"))


@pytest.mark.parametrize("own", [True, False], ids=["our function", "matplotlib's"])
def test_letters_of_a_pdf_are_truetype(own: bool, tmp_path: Path):
    path = tmp_path / "eqe.pdf"
    if own:
        style.save_as(draw("eqe", RESULTS), tmp_path / "eqe", ("pdf",))
    else:
        draw("eqe", RESULTS).savefig(path)
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/CIDFontType2" in content or b"/TrueType" in content
    assert b"/Type3" not in content
    assert b"/Type 3" not in content


@pytest.mark.parametrize("kind", ["jvl", "cie", "flow", "profiles", "colour_shift"])
def test_marks_are_found_once_and_where_they_were(kind, monkeypatch):
    from matplotlib.axis import XAxis

    found, find = [], XAxis._update_ticks
    monkeypatch.setattr(XAxis, "_update_ticks", lambda axis: found.append(axis) or find(axis))
    once = style.rendered(draw(kind, RESULTS), ("svg", "png"))
    few = len(found)
    monkeypatch.setattr(margins, "marks_found_once", lambda figure: nullcontext())
    found.clear()
    assert style.rendered(draw(kind, RESULTS), ("svg", "png")) == once
    assert few < 0.6 * len(found)
