"""The field's words: names that were given up stay away, and a text does not fall back into them."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = [
    path for folder in ("src", "tests", "benchmarks", "examples", "tools") for path in (ROOT / folder).rglob("*.py")
]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
#: they tell of names of before
HISTORY = ("aliases.py", "test_aliases.py", "formats.py", "test_words.py", "decisions.md")

#: names of code that are gone -> the word of the field
NAMES: Mapping[str, str] = {
    # device: laws
    "bulk_flows": "scharfetter_gummel_flux",
    "interface_flows": "thermionic_emission_flux",
    "trap_empty": "emission rate of electrons from a trap",
    "trap_fill": "emission rate of holes from a trap",
    "tunnel_gain": "WKB factor",
    "lowering_gain": "Schottky factor",
    "mobility_gain": "field enhancement factor",
    "shortfall": "one_minus_exp",
    "Filling": "Carriers",
    "degenerate": "non-Boltzmann",
    "ease": "prefactor",
    # device: discretisation and solver
    "Junction": "ElectricalStack",
    "haste": "inverse_time_step",
    "inertia_rows": "storage_rows",
    "hold_levels": "poisson_only",
    "eased": "logarithmically damped",
    "AT_REST": "EQUILIBRIUM",
    "WHOLE": "GLOBAL",
    "EACH": "NODEWISE",
    "dark_rest": "equilibrium",
    "climb": "continue_to",
    "settle": "what is done: converge, integrate, pseudo-transient continuation",
    "Trail": "SweepBuffer",
    "aim": "operating condition",
    "Memory": "Workspace",
    # device: sensitivity
    "Lamp": "device with optics",
    "Shine": "optical sensitivities",
    "Mix": "functional weights",
    "Variation": "perturbation",
    # states
    "Operation": "DeviceSolution",
    "operate": "solve_device",
    "elsewhere_current": "outside_emitter_current",
    "capture_current": "exciton_formation_current",
    "charged_dot_current": "trion_auger_current",
    "electron_fermi": "electron_quasi_fermi_level",
    "hole_fermi": "hole_quasi_fermi_level",
    "electron_states": "electron_density_of_states",
    "hole_states": "hole_density_of_states",
    "charged_rate": "trion_auger_rate",
    "charged_lifetime": "trion_auger_lifetime",
    "charged_share": "trion_auger_ratio",
    "ions_enter": "ion_permeable",
    "viewed": "emission_side",
    "air_kept": "pl_retained_in_air",
    "material_kept": "material_retained",
    "coverage_exchanged": "coverage_short",
    "exchange_length": "short_ligand_length",
    "native_length": "native_ligand_length",
    "nothing": "empty_array",
    # light
    "echo": "round_trip_phase",
    "shine": "emitted flux",
    "dim": "reabsorption",
    "share_out": "absorbed fluxes",
    "fall_back": "backscatter",
    "hand_over": "flush",
    "open_up": "sinh map",
    "onto_axis": "sinh map",
    "ways_out": "channels",
    "place_slopes": "derivatives by position",
    "Scene": "Multilayer",
    "Tally": "FluxSums",
    "Room": "workspace",
    "surroundings": "stack_optics",
    "ELECTRON_CHARGE": "ELEMENTARY_CHARGE",
    # flask
    "Attack": "ProtonUptake",
    "Drop": "Injection",
    "strike": "add_acid",
    "wounded": "stripped sites",
    "mended": "iodide-repassivated sites",
    "retreat": "etch depth",
    "Course": "temperature program segment",
    # sources, learn, paper
    "stands_on": "depends_on",
    "flips": "tipping points",
    "Holds": "robustness",
}
#: phrases of texts that are gone -> how a paper puts it
PHRASES: Mapping[str, str] = {
    "is no voltage": "is not a voltage",
    "nobody knows why": "the cause is not known",
    "no bench holds this": "no laboratory",
    "seen aslant": "at oblique angles",
    "turned over by": "changes sign with",
    "wave of acid": "acid injection",
    "makes no or more excitons": "a mean number of excitons",
    "every number that a computer holds": "the range of floating-point numbers",
    "the books of": "the balance of",
}


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of every name in a file of code."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string


def code_words(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of every word that a page sets as code."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for code in re.findall(r"`([^`]+)`", line):
            yield from ((number, word) for word in re.findall(r"\w+", code))


def test_no_name_of_before_is_used() -> None:
    old = re.compile(rf"\b({'|'.join(map(re.escape, NAMES))})\b")
    found = []
    for path in (path for path in CODE if path.name not in HISTORY):
        if old.search(path.read_text(encoding="utf-8")):  # in a name, or in a text
            found += [f"{path}:{line}: {word}, now {NAMES[word]}" for line, word in names(path) if word in NAMES]
    assert found == []


def test_no_page_names_what_is_gone() -> None:
    found = []
    for path in (path for path in PAGES if path.name not in HISTORY):
        found += [f"{path}:{line}: {word}, now {NAMES[word]}" for line, word in code_words(path) if word in NAMES]
    assert found == []


def test_no_phrase_of_before_is_written() -> None:
    found = []
    for path in (path for path in (*CODE, *PAGES) if path.name not in HISTORY):
        text = " ".join(path.read_text(encoding="utf-8").split())
        found += [f"{path}: {phrase}" for phrase in PHRASES if phrase in text]
    assert found == []
