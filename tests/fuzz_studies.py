"""Studies as nobody should write them: mutations of good ones, and what must hold for whatever comes of them."""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
import yaml

import halodot
from halodot.chain.simulate import examine
from halodot.cli.console import print_summary
from halodot.errors import ConvergenceError, DataError, FitError, InputError, ValidityError
from halodot.results.contract import document as as_json
from halodot.results.data import Result
from halodot.study import from_document, from_text, to_document
from halodot.study.model import Study

#: a base, what keeps its run short, and how often it is drawn
BASES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    (
        "device-only",
        ("run.voltage=[0 V, 3 V]", "run.positions=2", "run.wavelength={from: 560 nm, to: 740 nm, step: 20 nm}"),
        3,
    ),
    (
        "device-only",
        ("run.stop_after=light", "run.positions=1", "run.wavelength={from: 560 nm, to: 740 nm, step: 30 nm}"),
        1,
    ),
    ("3_bipolar_langevin", ("run.voltage=[0 V, 4 V]",), 3),
    ("2_pn_homojunction", ("run.voltage=[0 V, 0.5 V]",), 1),
    ("6_psc_ions_steady", ("run.voltage=[0.8 V]",), 1),
    ("recipe-only", (), 4),
    ("paper-post-synthesis", ("run.stop_after=film",), 1),
    (
        "paper-0.2",
        ("run.voltage=[0 V, 3 V]", "run.positions=2", "run.wavelength={from: 560 nm, to: 760 nm, step: 20 nm}"),
        2,
    ),
)
NUMBERS = (
    "0",
    "-1",
    "1e-30",
    "1e30",
    "0.5",
    "2",
    "100",
    "1e5",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "1e-400",
    "०",
    "½",
    "1_000",
)
UNITS = (
    *(
        "nm",
        "um",
        "m",
        "eV",
        "V",
        "K",
        "degC",
        "s",
        "ns",
        "1/s",
        "cm2/Vs",
        "m2/Vs",
        "1/cm3",
        "cm3/s",
        "m/s",
        "mL",
        "mg",
    ),
    *(
        "g",
        "mmol",
        "%",
        "",
        "cd/m2",
        "mm2",
        "ohm*cm2",
        "S/cm2",
        "nm2",
        "1/nm2",
        "kg/mol",
        "g/mL",
        "furlong",
        "celsius",
        "Å",
    ),
)
WORDS = (
    *(
        "",
        "yes",
        "none",
        "boltzmann",
        "fermi_dirac",
        "gaussian",
        "dot_levels",
        "top",
        "half_sphere",
        "frozen",
        "emitter",
        "substrate",
    ),
    *("electrode", "injection", "transport", "anode", "cathode", "flask", "dots", "film", "light", "air", "liquid"),
    *("oleic acid", "PbBr2", "water", "toluene", "ITO", "Al", "paper", "x" * 300, "\u0000", "é\u202e", "{", "[1]", "~"),
)
KEYS = (
    *("thickness", "role", "contact", "name", "statistics", "electron_disorder", "hole_disorder", "langevin_factor"),
    *("donor_density", "acceptor_density", "trap_density", "trap_energy", "electron_capture", "hole_capture"),
    *("cation_density", "anion_density", "interface_velocity", "interface_dipole", "tunnelling_mass", "work_function"),
    *("hopping_distance", "hole_field_activation", "generation", "barrier_lowering", "contact_electron_velocity"),
    *("index_offset", "cauchy_a", "table", "thermal_resistance", "series_resistance", "shunt_conductance", "ions"),
    *(
        "emission_side",
        "outcoupling",
        "trion_auger_rate",
        "dot_volume",
        "charging_energy",
        "quenching_field",
        "temperature",
        "humidity",
        "hold",
    ),
    *("illumination", "lifetime", "positions", "wavelength", "tolerance", "nodes_per_layer", "stop_after", "mass"),
    *("volume", "amount", "equivalents", "of", "keep", "per", "under", "purity", "density", "heat", "wash", "inject"),
    *("given", "parameters", "calibration", "extends", "title", "source", "kind", "value", "sd", "low", "high", "note"),
)


@cache
def base(index: int) -> str:
    """Return a base as JSON text."""
    name, changes, _ = BASES[index]
    return json.dumps(to_document(halodot.load(name, changes)))


def mutated(seed: int) -> Mapping[str, Any] | str:
    """Return the study of a seed: a document, or one time in eight its text with letters changed."""
    draw = random.Random(seed)
    index = draw.choices(range(len(BASES)), [weight for _, _, weight in BASES])[0]
    document = json.loads(base(index))
    mild = draw.random() < 0.7
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        if mild:
            _vary(draw, document)
        else:
            _mutate(draw, document)
    if draw.random() < 0.125:
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        for _ in range(draw.choice((1, 2, 5))):
            place = draw.randrange(len(text) + 1)
            text = (
                text[:place]
                + draw.choice(("", " ", "\n", ":", "-", "{", "]", "'", "#", "&a ", "0", "e", "\t"))
                + text[place + draw.randrange(3) :]
            )
        return text
    return document


def _vary(draw: random.Random, document: Any) -> None:
    """Change a number by a factor, or leave out, repeat or exchange layers and steps: mostly still a study."""
    holder, key = draw.choice(_places(document))
    value = holder[key]
    if isinstance(holder, list) and isinstance(value, (dict, str)):
        other = draw.randrange(len(holder))
        way = draw.random()
        if way < 0.4:
            holder[key], holder[other] = holder[other], holder[key]
        elif way < 0.7:
            holder.insert(other, copy.deepcopy(value))
        else:
            del holder[key]
    elif isinstance(value, (str, float, int)):
        number, _, unit = str(value).partition(" ")
        try:
            scale = 10.0 ** draw.choice((draw.gauss(0.0, 0.3), draw.gauss(0.0, 3.0)))
            holder[key] = f"{float(number) * scale:.4g} {unit}".strip()
        except ValueError:
            pass


def _mutate(draw: random.Random, document: Any) -> None:
    """Change one thing somewhere in a tree."""
    holder, key = draw.choice(_places(document))
    value = holder[key]
    action = draw.random()
    if action < 0.25 and isinstance(value, (str, float, int)):
        holder[key] = _other_number(draw, str(value))
    elif action < 0.40:
        holder[key] = draw.choice(
            (_quantity(draw), draw.choice(WORDS), None, [], {}, [_quantity(draw)], {"value": _quantity(draw)})
        )
    elif action < 0.52:
        del holder[key]
    elif action < 0.62 and isinstance(holder, list):
        other = draw.randrange(len(holder))
        holder[key], holder[other] = holder[other], holder[key]
    elif action < 0.72 and isinstance(holder, list):
        holder.insert(draw.randrange(len(holder) + 1), copy.deepcopy(value))
    elif action < 0.80:
        donor, where = draw.choice(_places(document))
        holder[key] = copy.deepcopy(donor[where])
    elif isinstance(value, dict):
        value[draw.choice(KEYS)] = draw.choice((_quantity(draw), draw.choice(WORDS)))
    elif isinstance(holder, dict):
        holder[draw.choice(KEYS)] = holder.pop(key) if draw.random() < 0.3 else _quantity(draw)


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Return every value of a tree as its holder and its key."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = []
    for key, value in items:
        found.append((node, key))
        found += _places(value)
    return found


def _quantity(draw: random.Random) -> Any:
    return f"{draw.choice(NUMBERS)} {draw.choice(UNITS)}".strip()


def _other_number(draw: random.Random, text: str) -> str:
    """Return a quantity with another number, or another unit."""
    number, _, unit = text.partition(" ")
    try:
        value = float(number)
    except ValueError:
        return f"{text} {draw.choice(WORDS)}"
    way = draw.random()
    if way < 0.5:
        return f"{value * 10.0 ** draw.uniform(-6, 6):.4g} {unit}"
    if way < 0.7:
        return f"{value * draw.uniform(0.5, 2.0):.4g} {unit}"
    return f"{draw.choice(NUMBERS)} {unit}" if way < 0.85 else f"{number} {draw.choice(UNITS)}"


@dataclass(frozen=True)
class Outcome:
    """What came of a study."""

    code: int  # as the command line would leave: 0, 2 or 3
    message: str
    result: Result | None


def follow(written: Mapping[str, Any] | str) -> Outcome:
    """Load, examine and simulate a study and show its result, as the command line does.

    Raises:
        Exception: a bug, for which the command line would leave with 1 and a traceback.
    """
    code, message, study = _coded(lambda: from_text(written) if isinstance(written, str) else from_document(written))
    if not isinstance(study, Study):
        assert message.strip(), "refused without a word"
        return Outcome(code, message, None)
    foreseen, warning, _ = _coded(lambda: examine(study))
    code, message, result = _coded(lambda: halodot.simulate(study))
    assert foreseen == 0 or (code, message) == (foreseen, warning), f"check says {warning!r}, run {message!r}"
    assert code != 2 or foreseen == 2, f"only run refuses: {message}"
    if not isinstance(result, Result):
        assert message.strip(), "refused without a word"
        return Outcome(code, message, None)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        print_summary(result)
    json.dumps(as_json(result), allow_nan=False)
    return Outcome(0 if result.converged else 3, result.failure, result)


def _coded(call: Any) -> tuple[int, str, Any]:
    try:
        return 0, "", call()
    except (InputError, DataError) as error:
        return 2, str(error), None
    except (ConvergenceError, ValidityError, FitError) as error:
        return 3, str(error), None


#: states of a result, and quantities that are nan where there is nothing to tell
_STATES = ("flask", "dots", "film", "optics", "device_solution", "emission")
_ABSENT = {
    *(
        "short_ligand_length",
        "short_ligand_mass",
        "native_ligand_length",
        "native_ligand_mass",
        "guided_absorbed",
        "lifetime_amplitude",
    ),
    *(
        "lifetime_intensity",
        "quenching_field",
        "free_amine",
        "material_retained",
        "stripped_fraction",
        "charge_balance",
    ),
}


def unsound(result: Result) -> list[str]:
    """Return the quantities of a result that are not finite although nothing says why."""
    if result.notes or result.failure or (result.flask is not None and not result.flask.survived):
        return []
    found = []
    for name in _STATES:
        state = getattr(result, name)
        for item in fields(state) if state is not None else ():
            values = getattr(state, item.name)
            if item.name in _ABSENT or name == "emission" or not isinstance(values, (float, np.ndarray)):
                continue
            if not np.all(np.isfinite(values)):
                found.append(f"{name}.{item.name}")
    emission = result.emission
    if emission is not None:
        lit = emission.luminance > 1e-6
        found += [
            f"emission.{name}" for name in ("eqe", "luminance") if not np.all(np.isfinite(getattr(emission, name)[lit]))
        ]
        if np.any(emission.eqe[lit] > 1.0):
            found.append("emission.eqe above 1")
    return found
