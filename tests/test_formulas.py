"""The formulas that a reader looks for first are functions of their standard name, with a source, and are in use."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "halodot"
FORMULAS = {
    "bernoulli": "device/laws/flux.py",
    "scharfetter_gummel_flux": "device/laws/flux.py",
    "srh_rate": "device/laws/recombination.py",
    "fresnel_coefficients": "light/multilayer.py",
    "dipole_power": "light/dipole.py",
    "two_band_confinement_energy": "dots/confinement.py",
    "poisson_plqy": "dots/recombination.py",
    "avrami_untransformed_fraction": "dots/stability.py",
    "debye_scattering": "measure/scattering.py",
    "hopping_mobility": "film/transport.py",
}
TEXTS = {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}


@pytest.mark.parametrize(("name", "file"), FORMULAS.items())
def test_a_formula_has_its_standard_name_and_its_source_and_is_used(name: str, file: str) -> None:
    functions = {node.name: node for node in ast.parse(TEXTS[SOURCE / file]).body if isinstance(node, ast.FunctionDef)}
    docstring = ast.get_docstring(functions[name]) or ""
    assert re.search(r"\b10\.\d{4,}/", docstring)
    calls = [path for path, text in TEXTS.items() if re.search(rf"(?<!def ){name}\(", text)]
    assert calls


def test_the_page_of_the_architecture_names_each() -> None:
    page = (SOURCE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [
        name for name, file in FORMULAS.items() if f"| `{name}` in [{file}](../src/halodot/{file}) |" not in page
    ] == []


def test_every_link_of_the_pages_leads_to_a_file() -> None:
    docs = SOURCE.parents[1] / "docs"
    for page in docs.glob("*.md"):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (docs / link).exists(), f"{page.name}: {link}"
