"""The few pages that are shown before the page itself: a refusal, a password, and the way on."""

from __future__ import annotations

from html import escape

from halodot.report.page.look import STYLE

#: these pages hold no script and fetch nothing
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_OWN = """
main{max-width:32rem;margin:12vh auto 0;padding:0 1.25rem}
label{display:block;font-weight:600;margin:1rem 0 .3rem}
input,button{font:inherit;padding:.5rem .7rem;border-radius:.25rem;border:1px solid var(--quiet)}
input{width:100%;color:inherit;background:var(--paper)}
button{margin-top:1rem;background:var(--accent);color:var(--paper);border-color:var(--accent);cursor:pointer}
"""


def refusal_page(text: str) -> str:
    """Return the page that says why there is nothing to see."""
    return _page("halodot", f"<h1>halodot</h1>\n<p>{escape(text)}</p>")


def password_page(said: str = "") -> str:
    """Return the page that asks for the password.

    Args:
        said: what was wrong with the one before.
    """
    alert = f'<p class="warning" role="alert" id="said">{escape(said)}</p>\n' if said else ""
    wrong = ' aria-invalid="true" aria-describedby="said"' if said else ""
    return _page(
        "halodot: password",
        f'<h1>halodot</h1>\n{alert}<form method="post" action="/login">\n'
        '<label for="password">Password of this page</label>\n'
        '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus'
        f'{wrong}>\n<button type="submit">Open the page</button>\n</form>',
    )


def onward_page(address: str) -> str:
    """Return a page that goes on to an address of this server by itself.

    A browser that came from another page keeps the cookie back while it is redirected, not when this page goes on.
    """
    to = escape(address, quote=True)
    return _page(
        "halodot", f'<p><a href="{to}">Open halodot</a></p>', f'<meta http-equiv="refresh" content="0;url={to}">'
    )


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n{head}'
        f"<style>{STYLE}{_OWN}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
