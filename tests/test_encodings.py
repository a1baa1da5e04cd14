"""Text in files and on the screen, whatever the system's own encoding is: instrument computers run Windows."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for folder in ("src", "tests", "benchmarks", "examples") for path in (ROOT / folder).rglob("*.py"))
#: calls that open a file as text unless their mode says otherwise
TEXT = ("open", "read_text", "write_text", "fdopen", "NamedTemporaryFile", "loadtxt", "savetxt", "genfromtxt")
#: calls of the same name that give bytes: a file's number, a member of an archive, a picture
BYTES = ("os.open", "archive.open", "Image.open")
#: what every such call has in it
OPENS = re.compile("|".join((*TEXT, "run", "Popen")))
BINARY = re.compile(r"[rwxa+]*b[rwxa+]*")


def opens_without_encoding(tree: ast.AST) -> list[int]:
    """Lines that open a file as text and leave its encoding to the system."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        method = isinstance(node.func, ast.Attribute)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        own = name in ("read_text", "write_text") and not method
        piped = name in ("run", "Popen") and "text" in {keyword.arg for keyword in node.keywords}
        if (name not in TEXT and not piped) or own or ast.unparse(node.func) in BYTES:
            continue
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        binary = any(isinstance(item, ast.Constant) and BINARY.fullmatch(str(item.value)) for item in values)
        if "encoding" not in {keyword.arg for keyword in node.keywords} and not binary:
            found.append(node.lineno)
    return found


def test_every_text_file_is_opened_with_its_encoding() -> None:
    found = {}
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if OPENS.search(text) and (lines := opens_without_encoding(ast.parse(text))):
            found[str(path.relative_to(ROOT))] = lines
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "open('a')",
        "open('a', 'w')",
        "Path('a').read_text()",
        "path.write_text(x)",
        "os.fdopen(3)",
        "np.loadtxt('a')",
        "run(x, text=True)",
    ],
)
def test_a_file_opened_in_the_systems_encoding_is_found(line: str) -> None:
    assert opens_without_encoding(ast.parse(line)) == [1]


@pytest.mark.parametrize("line", ["open('a', 'rb')", "open('a', encoding='utf-8')", "p.open('rb')", "write_text(p, x)"])
def test_a_file_opened_with_its_encoding_or_as_bytes_is_not(line: str) -> None:
    assert opens_without_encoding(ast.parse(line)) == []


def test_a_console_of_few_letters_shows_any_study(tmp_path: Path) -> None:
    study = "halodot: 1\ntitle: Größe 5 µm, Ωmega\nextends: recipe-only\n"
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(f"{study}Ω: 3\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    for name, code, shown in (("study.yaml", 0, "Gr\\xf6\\xdfe"), ("wrong.yaml", 2, "unknown key '\\u03a9'")):
        command = [sys.executable, "-m", "halodot", "check", name]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, encoding="ascii", check=False
        )
        assert done.returncode == code, done.stderr
        assert shown in done.stdout + done.stderr
