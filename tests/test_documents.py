"""What README and docs say works as it is written: every block runs, every command and every name exists."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import halodot
from halodot import cli
from halodot.errors import InputError
from halodot.learn.campaign_file import read_campaign
from halodot.study import library
from halodot.study.library import study_path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
#: what the repository holds at its top; results are written elsewhere
TOP = {".ci", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"} | {
    *("SECURITY.md", "benchmarks", "constraints.txt", "docs", "examples", "pyproject.toml", "src", "tests", "tools")
}
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


class Block(NamedTuple):
    """A block of code on a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Return the blocks of some languages, or all."""
    return [block for block in all_blocks() if block.language in languages or not languages]


def all_blocks() -> Iterator[Block]:
    """Yield the blocks of all pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            yield Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where there is nothing."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_every_block_names_its_language(block: Block) -> None:
    assert block.language in ("bash", "diff", "python", "text", "yaml")


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_runs(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    exec(compile(block.text, str(block), "exec"), {})


def commands(block: Block) -> list[list[str]]:
    """Return the words of every command of a block."""
    return [shlex.split(line, comments=True) for line in block.text.splitlines()]


def different(found: list[Block]) -> list[Block]:
    """Return the blocks but those of which another one has every command."""
    return [
        block
        for number, block in enumerate(found)
        if not any(all(one in commands(other) for one in commands(block)) for other in found[:number])
    ]


@pytest.mark.parametrize("block", different(blocks("bash")), ids=str)
def test_commands_run(block: Block, capsys: pytest.CaptureFixture[str]) -> None:
    for words in commands(block):
        match words:
            case ["halodot", *arguments]:
                with pytest.raises(SystemExit) as end:
                    cli.main(arguments)
                printed = capsys.readouterr()
                assert end.value.code == 0, printed.err
                assert printed.out + printed.err
            case ["make", target]:
                assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
            case [] | [".", ".venv/bin/activate"]:
                pass
            case other:
                pytest.fail(f"{block}: nothing is known of {other}")


STUDIES = [block for block in blocks("yaml") if block.page.name not in ("own_library.md", "suggest.md")]


@pytest.mark.parametrize("block", STUDIES, ids=str)
def test_studies_load(block: Block) -> None:
    """A study whole, a section of one on top of the paper's, a list of layers in a stack with the other ones."""
    written = yaml.safe_load(block.text)
    if "layers" in written:
        shipped = yaml.safe_load(study_path("paper-0.2").read_text(encoding="utf-8"))
        stack = {
            next(iter(entry)) if isinstance(entry, dict) else entry: entry for entry in shipped["device"]["layers"]
        }
        stack |= {next(iter(entry)): entry for entry in written["layers"]}
        written = {"device": {"layers": list(stack.values())}}
    if "halodot" not in written:
        written = {"halodot": 1, "extends": "paper-0.2", **written}
    Path("study.yaml").write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    study = halodot.load("study.yaml")
    for section, entries in written.items():
        assert set(entries) <= set(study.document[section]) if isinstance(entries, dict) else True


def test_campaigns_are_read() -> None:
    """The campaign of the page, and the causes that may stand in it."""
    campaign, causes = (block.text for block in blocks("yaml") if block.page.name == "suggest.md")
    Path("campaign.yaml").write_text(campaign + causes, encoding="utf-8")
    found = read_campaign("campaign.yaml")
    assert len(found.experiments) == 2
    assert [cause.name for cause in found.causes] == ["by moles", "by mass"]


def test_entries_of_a_library_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """A material and a reagent of one's own, as the page writes them."""
    material, chemical = (block.text for block in blocks("yaml") if block.page.name == "own_library.md")
    for path, text in {
        "materials/conductors.yaml": material,
        "materials/nk/spiro-2026.csv": "wavelength_nm,n,k\n300,1.9,0.1\n900,1.7,0\n",
        "chemicals/solvents.yaml": chemical,
    }.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
    monkeypatch.setenv("HALODOT_LIBRARY", str(Path.cwd()))
    for word, entry in yaml.safe_load(material).items():
        assert set(entry) - {"aliases", "about", "source", "table"} <= set(library.material(word).values)
        assert all(library.find("materials", alias) == word for alias in entry["aliases"])
    for word, entry in yaml.safe_load(chemical).items():
        assert set(entry) <= set(library.chemical(word).values)


def test_the_mistake_of_the_readme_is_answered_as_it_says() -> None:
    answer = next(block.text for block in blocks("text") if "paper.yaml:" in block.text).strip()
    line, column = map(int, answer.split(":")[1:3])
    lines = study_path("paper").read_text(encoding="utf-8").splitlines()
    assert lines[line - 1][column - 1 :].startswith("0.2 mmol")
    lines[line - 1] = lines[line - 1].replace("0.2 mmol", "0.2")
    Path("paper.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        halodot.load("paper.yaml")
    assert " ".join(str(refused.value).split()).startswith(answer)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    assert set(re.findall(r"`halodot ([a-z]+)\b", text)) <= commands
    for name in re.findall(r"\bhalodot((?:\.[a-z_]+)+)\(", text):
        found: Any = halodot
        for part in name[1:].split("."):
            found = getattr(found, part)
    for script in re.findall(r"`python (examples/\w+\.py)`", text):
        assert (ROOT / script).is_file()
    for target in re.findall(r"`make ([a-z]+)\b", text):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
    for extra in re.findall(r"`pip install 'halodot\[(\w+)\]'`", text):
        assert re.search(rf"^{extra} = \[", PROJECT, re.MULTILINE)
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / link).exists()


def test_every_public_name_exists() -> None:
    for name in halodot.__all__:
        assert getattr(halodot, name) is not None


@pytest.mark.parametrize(("page", "study"), [("own_recipe.md", ""), ("compare.md", "paper-0.2")])
def test_what_a_page_varies_is_there(page: str, study: str, tmp_path: Path) -> None:
    """A path of an example is one of the study of its page, of which steps are counted."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    own = tmp_path / "study.yaml"
    own.write_text(text.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    inputs = halodot.load(study or str(own)).inputs
    paths = re.findall(r'"(recipe\.[^"=\n]+?)=', text)
    assert paths
    for path in paths:
        step, _, word = path.rpartition(".")
        stated = {"hold": "duration", "heat": "temperature"}.get(word, word)
        assert f"{step}.{stated}" in inputs, path


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the files do not stand in a repository")
def test_no_results_are_kept_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
    assert {name.partition("/")[0] for name in listed.splitlines()} == TOP
