"""Elements of the page as HTML: what a study says of itself stands there as text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

pytest.importorskip("nicegui", reason="the page needs NiceGUI: pip install 'halodot[app]'")


class _Options(HTMLParser):
    """The options of a list as a browser reads them: value, text and whether it is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "option"
        self.found.append((dict(attrs)["value"] or "", "", "selected" in dict(attrs)))

    def handle_data(self, data: str) -> None:
        value, text, chosen = self.found[-1]
        self.found[-1] = (value, text + data, chosen)


def test_options_say_what_they_are_given_whatever_it_holds() -> None:
    from halodot.app.page.elements import options_of

    given = [("plain", "Plain"), ('"><script>alert(1)</script>', "a <b>bold</b> & 'odd' one"), ("", "none"), ("µ", "")]
    read = _Options()
    read.feed(options_of(given, ""))
    read.close()
    assert [(value, text) for value, text, _ in read.found] == given
    assert [value for value, _, chosen in read.found if chosen] == [""]
    assert "selected" not in options_of(given)
