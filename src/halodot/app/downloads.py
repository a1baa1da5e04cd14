"""Files of a session that a browser may fetch: each under a word of a table, and never by a path.

``GET /download/<session>/<kind>``, where the kind is one of `FILES`.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import quote

from halodot.app.asgi import Receive, Scope, Send, not_http, text_answer

DOWNLOADS = "/download/"
_CHUNK = 1 << 18
_YAML, _CSV, _ZIP, _HTML = "application/yaml", "text/csv", "application/zip", "text/html"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Offered:
    """A kind of file: where it lies below the folder of a session, the newest where there are several."""

    pattern: str
    media_type: str


#: what can be fetched, by the name under which it is saved
FILES: Mapping[str, Offered] = MappingProxyType(
    {
        "study.yaml": Offered("out/study.yaml", _YAML),
        "study.zip": Offered("out/study.zip", _ZIP),
        "results.nc": Offered("out/results.nc", "application/x-netcdf"),
        "results.zip": Offered("out/results.zip", _ZIP),
        "report.html": Offered("out/report.html", _HTML),
        "figures.zip": Offered("out/figures.zip", _ZIP),
        "tables.xlsx": Offered("out/tables.xlsx", _XLSX),
        "tables.zip": Offered("out/tables.zip", _ZIP),
        "limits.zip": Offered("out/limits.zip", _ZIP),
        "sweep.zip": Offered("out/sweep.zip", _ZIP),
        "sweep.csv": Offered("out/sweep.csv", _CSV),
        "fit.zip": Offered("out/fit.zip", _ZIP),
        "analysis.yaml": Offered("lab-results/*/analysis.yaml", _YAML),
        "results.csv": Offered("lab-results/*/results.csv", _CSV),
        "analysis.html": Offered("lab-results/*/report.html", _HTML),
    }
)


class Downloads:
    """An ASGI application that gives files of the table."""

    def __init__(self, session_folder: Callable[[str], Path | None], files: Mapping[str, Offered] = FILES) -> None:
        """Give files of the sessions of a server.

        Args:
            session_folder: gives the folder of a session that is open, None for every other name.
            files: what can be fetched, by name.
        """
        self._session_folder, self._files = session_folder, files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if await not_http(scope, send):
            return
        head_only = scope["method"] == "HEAD"
        if scope["method"] not in ("GET", "HEAD"):
            await text_answer(send, 405, "Files are fetched by GET.")
            return
        session, _, kind = scope["path"].removeprefix(DOWNLOADS).partition("/")
        folder, offered = self._session_folder(session), self._files.get(kind)
        if folder is None or offered is None:
            await text_answer(send, 404, "There is no such file; reload the page.", head_only=head_only)
            return
        stream = await asyncio.to_thread(_opened, folder, offered.pattern)
        if stream is None:
            await text_answer(send, 404, f"There is no {kind} yet; make it on the page first.", head_only=head_only)
            return
        with stream:
            size = os.fstat(stream.fileno()).st_size
            await send({"type": "http.response.start", "status": 200, "headers": _headers(kind, offered, size)})
            while not head_only and (chunk := await asyncio.to_thread(stream.read, min(_CHUNK, size))):
                size -= len(chunk)  # what is added to the file meanwhile is not sent
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def _opened(folder: Path, pattern: str) -> BinaryIO | None:
    """Open the newest file of a pattern below a folder; None where there is none, or a link on the way."""
    found = [(path.lstat().st_mtime_ns, path) for path in folder.glob(pattern) if not _leads_elsewhere(path, folder)]
    for _, path in sorted(found, reverse=True):
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            continue
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return os.fdopen(handle, "rb")
        os.close(handle)
    return None


def _leads_elsewhere(path: Path, folder: Path) -> bool:
    below = path.relative_to(folder)
    return any((folder / part).is_symlink() for part in (below, *below.parents) if part.parts) or not path.is_file()


def _headers(name: str, offered: Offered, size: int) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", offered.media_type.encode("ascii")),
        (b"content-length", str(size).encode("ascii")),
        (b"content-disposition", attachment(name).encode("ascii")),
        (b"content-security-policy", b"sandbox; default-src 'none'; frame-ancestors 'none'"),
    ]


def attachment(name: str) -> str:
    """Return the header that has a file saved under a name, also with letters beyond ASCII (RFC 6266)."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
