"""Files that a browser sends into a session: one a request, counted and weighed while they come in.

``POST /upload/<session>?name=2026-03-04/JVL/A1.txt`` with the file as the body. The answer is JSON: ``stored`` with the
name under which it is kept below the session's folder ``lab``, or ``refused`` with a sentence for the user.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs

from halodot.app.asgi import Receive, Scope, Send, header, not_http, text_answer
from halodot.app.file_names import check_kind, place_below, safe_name
from halodot.app.gate_rules import UPLOADS
from halodot.errors import InputError
from halodot.outputs import replacing

#: where the files of a session lie, below its folder
FOLDER = "lab"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class UploadLimits:
    """How much a session takes: bytes of one file and of all, and how many files."""

    file: int = 256_000_000
    total: int = 4_000_000_000
    files: int = 10_000


class _Refused(Exception):
    """A file is not taken, for a reason that the user is told."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class _Gone(Exception):
    """The browser went away."""


@dataclass
class _Usage:
    """What a session holds, and how many files are on their way into it."""

    files: int = 0
    size: int = 0
    under_way: int = 0
    beginning: asyncio.Lock = field(default_factory=asyncio.Lock)


class Uploads:
    """An ASGI application that keeps the files which a browser sends."""

    def __init__(self, session_folder: Callable[[str], Path | None], limits: UploadLimits = UploadLimits()) -> None:
        """Take files for the sessions of a server.

        Args:
            session_folder: gives the folder of a session that is open, None for every other name.
            limits: of each session.
        """
        self._session_folder, self._limits = session_folder, limits
        self._usage: dict[str, _Usage] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if await not_http(scope, send):
            return
        left = _Body(receive)
        try:
            session, folder, name = self._asked(scope)
            await self._keep(session, folder / FOLDER, name, left)
        except _Gone:
            return
        except _Refused as refused:
            await self._refuse(send, left, refused.status, refused.sentence)
        except InputError as error:
            await self._refuse(send, left, 400, str(error))
        except OSError as error:
            full = error.errno in _FULL
            why = "the disk is full; make room, then send it again" if full else f"it cannot be kept ({error.strerror})"
            await self._refuse(send, left, 409, why)
        else:
            await text_answer(send, 200, json.dumps({"stored": name.as_posix()}), "application/json")

    def _asked(self, scope: Scope) -> tuple[str, Path, PurePosixPath]:
        """Return the session, its folder and the name that a request asks for."""
        if scope["method"] != "POST":
            raise _Refused(405, "files are sent by POST")
        session = scope["path"].removeprefix(UPLOADS)
        folder = self._session_folder(session)
        if folder is None:
            raise _Refused(404, "there is no such session; reload the page")
        if header(scope, b"content-type").lower().startswith("multipart/"):
            raise _Refused(415, "the file itself is to be the body of the request")
        try:
            query = parse_qs(scope.get("query_string", b"").decode("ascii"), errors="strict", max_num_fields=10)
        except ValueError as error:
            raise _Refused(400, "the name of the file is not written in UTF-8; rename it") from error
        names = query.get("name", [])
        if len(names) != 1:
            raise _Refused(400, "the request is to give one name to the file")
        name = safe_name(names[0])
        check_kind(name)
        stated = header(scope, b"content-length")
        if stated.isdecimal() and int(stated[:20]) > self._limits.file:
            raise _Refused(413, self._too_large(name))
        return session, folder, name

    async def _keep(self, session: str, lab: Path, name: PurePosixPath, body: _Body) -> None:
        """Write a file, whole or not at all."""
        usage = self._usage.setdefault(session, _Usage())
        async with usage.beginning:
            if usage.under_way == 0:
                usage.files, usage.size = await asyncio.to_thread(_held, lab)
            if usage.files >= self._limits.files:
                raise _Refused(413, f"{name}: the session holds {self._limits.files} files already, and takes no more")
            usage.under_way += 1
            usage.files += 1
        size = 0
        try:
            place = place_below(lab, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            with replacing(place) as temporary, temporary.open("wb") as stream:
                async for chunk in body.chunks():
                    size += len(chunk)
                    usage.size += len(chunk)
                    if size > self._limits.file:
                        raise _Refused(413, self._too_large(name))
                    if usage.size > self._limits.total:
                        most = self._limits.total / 1e6
                        raise _Refused(413, f"{name}: all files of a session may have {most:.0f} MB, and this is more")
                    stream.write(chunk)
                place_below(lab, name)  # while it came in, the way may have become another
        except BaseException:
            usage.files -= 1
            usage.size -= size
            raise
        finally:
            usage.under_way -= 1

    def _too_large(self, name: PurePosixPath) -> str:
        return f"{name}: a file may have {self._limits.file / 1e6:.0f} MB, and this one has more; export less of it"

    async def _refuse(self, send: Send, body: _Body, status: int, sentence: str) -> None:
        """Say why a file is not taken, once the browser has sent what it had to: it hears nothing before."""
        try:
            left = self._limits.file
            async for chunk in body.chunks():
                left -= len(chunk)
                if left < 0:
                    break
        except _Gone:
            return
        await text_answer(send, status, json.dumps({"refused": sentence}), "application/json")


class _Body:
    """The body of a request as it comes in."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._ended = receive, False

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give what has not been given yet, part by part.

        Raises:
            _Gone: the browser went away before the end.
        """
        while not self._ended:
            message = await self._receive()
            if message["type"] != "http.request":
                self._ended = True
                raise _Gone
            self._ended = not message.get("more_body")
            yield message.get("body", b"")


def _held(folder: Path) -> tuple[int, int]:
    """Return how many files a folder holds, and their bytes."""
    files = size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            files += 1
            try:
                size += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue  # it was removed while we counted
    return files, size
