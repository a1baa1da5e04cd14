"""Files come into a session under safe names, within limits and whole; and only those of a table go out."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

import pytest
from asgi_client import HOST, Reply, ask, asked, socket
from hypothesis import example, given
from hypothesis import strategies as st

import halodot.app.uploads
from halodot.app.downloads import FILES, Downloads, attachment
from halodot.app.file_names import DEEPEST, KINDS, LONGEST_NAME, LONGEST_PART, check_kind, place_below, safe_name
from halodot.app.gate_rules import GateRules
from halodot.app.uploads import UploadLimits, Uploads
from halodot.errors import InputError
from halodot.readers import formats

SESSION = "20260304-120000-0123abcd"
LIMITS = UploadLimits(file=1000, total=2500, files=4)
LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need rights that few users of Windows have")
#: pieces of names that have led out of folders
HOSTILE = st.lists(
    st.sampled_from(
        [
            "..",
            "/",
            "\\",
            ".",
            "a",
            "A1.txt",
            "C:",
            "\0",
            "\u202e",
            "\u200b",
            " ",
            "con",
            "NUL",
            ".txt",
            "COM¹",
            "~",
            "%2e",
            "é",
            "e\u0301",
            "\ud800",
            ":",
        ]
    ),
    max_size=14,
).map("".join)


@given(st.text(max_size=40) | HOSTILE)
@example(".\u200b./x.txt")
@example("a\u200b\u0301/../x")
@example("\uff0e\uff0e/x")
@example("a/ /b")
@example("nul .txt")
def test_a_name_that_is_kept_leads_nowhere_else_on_any_system(text: str) -> None:
    try:
        name = safe_name(text)
    except InputError:
        return
    assert safe_name(str(name)) == name
    assert not name.is_absolute()
    assert 0 < len(name.parts) <= DEEPEST
    assert len(str(name).encode("utf-8")) <= LONGEST_NAME
    windows = PureWindowsPath(str(name))
    assert not windows.anchor
    assert windows.parts == name.parts
    for part in name.parts:
        assert part not in (".", "..")
        assert not part.startswith(".")
        assert part.strip(" ") == part.rstrip(".") == part
        assert len(part.encode("utf-8")) <= LONGEST_PART
        assert not re.search(r'[\x00-\x1f<>:"|?*\\/]', part)
        assert part.split(".")[0].rstrip().upper() not in ("CON", "PRN", "AUX", "NUL", "COM1", "LPT9")


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=4, max_size=9), min_size=1, max_size=5))
def test_ordinary_names_stay_as_they_are(parts: list[str]) -> None:
    text = "/".join(f"s{part}" for part in parts) + ".txt"  # no name of a device begins so
    assert safe_name(text) == safe_name(text.replace("/", "\\")) == safe_name(str(safe_name(text)))
    if text.isascii():
        assert str(safe_name(text)) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("../A1.txt", "leads to another folder"),
        ("a/../../A1.txt", "leads to another folder"),
        ("a\\..\\A1.txt", "leads to another folder"),
        ("/etc/passwd.txt", "another place of the disk"),
        ("C:\\A1.txt", "another place of the disk"),
        ("\\\\server\\share\\A1.txt", "another place of the disk"),
        (".ssh/A1.txt", "hidden"),
        ("JVL/.A1.txt", "hidden"),
        ("JVL//A1.txt", "empty part"),
        ("JVL/con.txt", "device of Windows"),
        ("JVL/LPT1", "device of Windows"),
        ("A1\n.txt", "control characters"),
        ("A1\0.txt", "control characters"),
        ("a" * 300, "too long"),
        ("/".join("a" * 20), "deeper than"),
        ("", "empty part"),
    ],
)
def test_a_name_that_is_refused_says_why(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        safe_name(text)


def test_what_only_one_system_refuses_is_written_otherwise() -> None:
    assert str(safe_name("2026-03-04/A1 12:30?.txt")) == "2026-03-04/A1 12_30_.txt"
    assert str(safe_name("Me\u0301ssung/A\u200b1.txt")) == "M\u00e9ssung/A1.txt"


def test_every_ending_that_the_readers_name_is_taken() -> None:
    pages = [
        (Path(__file__).parents[2] / "docs/readers.md").read_text(encoding="utf-8").split("## Columns of your own")[0]
    ]
    pages += [(path.read_text(encoding="utf-8")).split('"""')[1] for path in Path(formats.__path__[0]).glob("*.py")]
    named = {word.lower() for page in pages for word in re.findall(r"(?<=[\s(])\.([A-Za-z][\w-]{1,7})\b", page)}
    assert len(named) > 40
    assert named - KINDS == set()


@pytest.mark.parametrize("name", ["A1.txt", "A1.CSV", "image.003", "film.0", "film.dm4", "TGA.ngb-ss3"])
def test_measurements_are_taken(name: str) -> None:
    check_kind(PurePosixPath(name))


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.exe", "a.py", "a.js", "a", "a.txt.lnk", "a.12345", "a.desktop"])
def test_what_is_no_measurement_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="of no kind that is read"):
        check_kind(PurePosixPath(name))


# ------------------------------------------------------------------------------------------------------------- sending


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a session."""
    found = tmp_path / "sessions" / SESSION
    found.mkdir(parents=True)
    return found


def uploads(folder: Path, limits: UploadLimits = LIMITS) -> Uploads:
    return Uploads(lambda name: folder if name == SESSION else None, limits)


def sent(app: Uploads, name: str, body: list[bytes], session: str = SESSION, **named: Any) -> Reply:
    return asked(app, "POST", f"/upload/{session}", f"name={quote(name, safe='')}", body=body, **named)


def below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_is_kept_below_the_lab_of_its_session(folder: Path) -> None:
    reply = sent(uploads(folder), "2026-03-04/JVL/A1.txt", [b"1 ", b"2\n"])
    assert (reply.status, json.loads(reply.body)) == (200, {"stored": "2026-03-04/JVL/A1.txt"})
    assert below(folder) == {"lab/2026-03-04/JVL/A1.txt": b"1 2\n"}
    assert sent(uploads(folder), "2026-03-04/JVL/A1.txt", [b"3"]).status == 200
    assert below(folder) == {"lab/2026-03-04/JVL/A1.txt": b"3"}


def test_letters_of_every_language_come_through(folder: Path) -> None:
    assert json.loads(sent(uploads(folder), "Messung µ 量子点.txt", [b"1"]).body) == {"stored": "Messung µ 量子点.txt"}


@pytest.mark.parametrize(
    "name", ["../../x.txt", "/tmp/x.txt", "a/../../x.txt", "..\\x.txt", "a.html", ".x.txt", "con.txt"]
)
def test_a_name_that_is_refused_writes_nothing(folder: Path, name: str) -> None:
    reply = sent(uploads(folder), name, [b"1"])
    assert reply.status == 400
    assert json.loads(reply.body)["refused"]
    assert below(folder.parent.parent) == {}


@pytest.mark.parametrize(
    ("session", "query", "headers", "status"),
    [
        ("other", "name=A1.txt", (), 404),
        ("../" + SESSION, "name=A1.txt", (), 404),
        (SESSION + "/x", "name=A1.txt", (), 404),
        (SESSION, "", (), 400),
        (SESSION, "name=A1.txt&name=A2.txt", (), 400),
        (SESSION, "name=%ff%fe.txt", (), 400),
        (SESSION, "name=A1.txt" + "&a=1" * 50, (), 400),
        (SESSION, "name=A1.txt", (("content-type", "multipart/form-data; boundary=x"),), 415),
        (SESSION, "name=A1.txt", (("content-length", "1001"),), 413),
    ],
)
def test_a_request_that_is_wrong_writes_nothing(
    folder: Path, session: str, query: str, headers: Any, status: int
) -> None:
    reply = asked(uploads(folder), "POST", f"/upload/{session}", query, (("host", HOST), *headers), [b"1"])
    assert reply.status == status
    assert list(json.loads(reply.body)) == ["refused"]
    assert below(folder) == {}


def test_a_file_or_all_files_over_the_limit_leave_nothing_of_themselves(folder: Path) -> None:
    app = uploads(folder)
    assert "and this one has more" in json.loads(sent(app, "big.txt", [b"x" * 400] * 3).body)["refused"]
    assert below(folder) == {}
    assert [sent(app, f"{number}.txt", [b"x" * 900]).status for number in range(3)] == [200, 200, 413]
    assert sorted(below(folder)) == ["lab/0.txt", "lab/1.txt"]
    assert [sent(app, f"small {number}.txt", [b"x"]).status for number in range(3)] == [200, 200, 413]
    assert len(below(folder)) == 4


def test_files_that_come_at_once_are_counted_together(folder: Path) -> None:
    app = uploads(folder)

    async def together() -> list[int]:
        asks = [
            ask(app, "POST", f"/upload/{SESSION}", f"name=a{number}.txt", body=[b"x" * 300] * 3) for number in range(8)
        ]
        return [reply.status for reply in await asyncio.gather(*asks)]

    assert asyncio.run(together()).count(200) <= 2
    assert sum(map(len, below(folder).values())) <= LIMITS.total


def test_a_browser_that_goes_away_leaves_no_half_file(folder: Path) -> None:
    answered = []

    async def cut() -> None:
        parts = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            return parts.pop(0)

        async def send(message: Any) -> None:
            answered.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": f"/upload/{SESSION}",
            "query_string": b"name=A1.txt",
            "headers": [],
        }
        await uploads(folder)(scope, receive, send)

    asyncio.run(cut())
    assert answered == []
    assert below(folder) == {}


@LINKS
def test_a_link_on_the_way_is_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "A1.txt").write_text("mine", encoding="utf-8")
    (folder / "lab").mkdir()
    (folder / "lab/JVL").symlink_to(outside)
    (folder / "lab/A1.txt").symlink_to(outside / "A1.txt")
    for name in ("JVL/A1.txt", "JVL/A2.txt", "A1.txt"):
        reply = sent(uploads(folder), name, [b"theirs"])
        assert reply.status == 400
        assert "link to another place" in json.loads(reply.body)["refused"]
    assert below(outside) == {"A1.txt": b"mine"}
    with pytest.raises(InputError, match="the folder of the files is a link"):
        place_below(folder / "lab/JVL", PurePosixPath("A1.txt"))


def test_names_that_differ_in_capitals_alone_and_files_in_place_of_folders_are_refused(folder: Path) -> None:
    app = uploads(folder)
    assert sent(app, "JVL/A1.txt", [b"1"]).status == 200
    for name, why in (
        ("JVL/a1.TXT", "take for the same name"),
        ("jvl/A2.txt", "take for the same name"),
        ("JVL/A1.txt/x.txt", "a file already"),
    ):
        assert why in json.loads(sent(app, name, [b"2"]).body)["refused"]
    (folder / "lab/B.txt").mkdir()
    assert "there is a folder of this name" in json.loads(sent(app, "B.txt", [b"2"]).body)["refused"]
    assert below(folder) == {"lab/JVL/A1.txt": b"1"}


@pytest.mark.parametrize(("number", "why"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "cannot be kept")])
def test_a_disk_that_takes_no_more_is_told_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    def fails(path: Path) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(halodot.app.uploads, "replacing", fails)
    reply = sent(uploads(folder), "A1.txt", [b"1"])
    assert reply.status == 409
    assert why in json.loads(reply.body)["refused"]
    assert str(folder) not in reply.text


# ------------------------------------------------------------------------------------------------------------ fetching


def fetched(folder: Path, path: str, method: str = "GET") -> Reply:
    return asked(Downloads(lambda name: folder if name == SESSION else None), method, path)


def test_files_of_the_table_are_fetched_to_be_saved(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out/report.html").write_bytes(b"<p>" + b"x" * 600_000)
    reply = fetched(folder, f"/download/{SESSION}/report.html")
    assert (reply.status, len(reply.body), reply.header("content-length")) == (200, 600_003, "600003")
    assert reply.header("content-disposition").startswith('attachment; filename="report.html"')
    assert reply.header("content-security-policy").startswith("sandbox;")
    head = fetched(folder, f"/download/{SESSION}/report.html", "HEAD")
    assert (head.status, head.body, head.header("content-length")) == (200, b"", "600003")


def test_of_several_analyses_the_newest_is_fetched(folder: Path) -> None:
    for name, time in (("a.analysed", 200), ("b.analysed", 100)):
        place = folder / "lab-results" / name
        place.mkdir(parents=True)
        (place / "analysis.yaml").write_text(name, encoding="utf-8")
        os.utime(place / "analysis.yaml", (time, time))
    assert fetched(folder, f"/download/{SESSION}/analysis.yaml").body == b"a.analysed"


@pytest.mark.parametrize(
    "path",
    [
        f"/download/{SESSION}/session.json",
        f"/download/{SESSION}/../session.json",
        f"/download/{SESSION}/out/study.yaml",
        f"/download/{SESSION}/",
        f"/download/{SESSION}",
        "/download/",
        "/download/other/study.yaml",
        f"/download/../{SESSION}/study.yaml",
        f"/download/{SESSION}/study.yaml/",
        f"/download/{SESSION}/*",
        f"/download/{SESSION}/results.nc",
    ],
)
def test_nothing_else_is_fetched(folder: Path, path: str) -> None:
    (folder / "out").mkdir()
    for place in ("session.json", "out/study.yaml"):
        (folder / place).write_text("mine", encoding="utf-8")
    reply = fetched(folder, path)
    assert reply.status == 404
    assert b"mine" not in reply.body
    assert str(folder) not in reply.text


@LINKS
def test_no_link_is_fetched(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/study.yaml").write_text("secret", encoding="utf-8")
    (folder / "out").mkdir()
    (folder / "out/study.yaml").symlink_to(tmp_path / "secret/study.yaml")
    assert fetched(folder, f"/download/{SESSION}/study.yaml").status == 404
    (folder / "out/study.yaml").unlink()
    (folder / "out").rmdir()
    (folder / "out").symlink_to(tmp_path / "secret")
    assert fetched(folder, f"/download/{SESSION}/study.yaml").status == 404


def test_the_table_names_places_below_the_session_alone() -> None:
    for name, offered in FILES.items():
        assert safe_name(name) == PurePosixPath(name)
        assert not {"..", ""} & set(offered.pattern.split("/"))


def test_a_file_with_letters_beyond_ascii_keeps_its_name() -> None:
    assert attachment('µ "x".txt') == "attachment; filename=\"_ _x_.txt\"; filename*=UTF-8''%C2%B5%20%22x%22.txt"


def test_no_socket_is_opened_where_files_go(folder: Path) -> None:
    for app in (uploads(folder), Downloads(lambda name: folder)):
        assert socket(app, f"/upload/{SESSION}").code == 1008


def test_the_limits_are_those_that_the_page_promises() -> None:
    text = " ".join((Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8").split())
    limits, rules = UploadLimits(), GateRules(1, "token")
    assert f"A request may have {rules.body / 1e6:g} MB, a message of the page {rules.message / 1e6:g} MB" in text
    assert f"an uploaded file {limits.file / 1e6:g} MB" in text
    assert f"{limits.files} files and {limits.total / 1e6:.0f} MB" in text
    assert rules.upload > limits.file  # so that the reason is told, and not a mere page of the gate
