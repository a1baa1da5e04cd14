"""Studies as laboratories write them, drawn around their practice, and the same with one slip of the pen."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from typing import Any

Study = dict[str, Any]
#: levels (eV), mobilities (cm2/Vs, lowest and highest that are reported), states (1/cm3), permittivity and index of
#: layers that studies describe themselves, from the literature of organic and quantum-dot LEDs
HOLE_CONDUCTORS: Mapping[str, tuple[Any, ...]] = {
    "TFB": (2.3, 5.35, (1e-9, 1e-7), (1e-4, 1e-2), 1e21, 3.0, 1.67),
    "poly-TPD": (2.4, 5.3, (1e-9, 1e-7), (1e-5, 1e-3), 1e21, 3.0, 1.68),
    "PVK": (2.2, 5.7, (1e-9, 1e-8), (1e-7, 1e-5), 1e21, 3.0, 1.67),
    "NPB": (2.4, 5.4, (1e-8, 1e-6), (1e-5, 1e-3), 1e21, 3.2, 1.77),
}
ELECTRON_CONDUCTORS: Mapping[str, tuple[Any, ...]] = {
    "ZnO": (4.1, 7.5, (1e-4, 1e-2), (1e-7, 1e-5), 1e19, 8.5, 1.9),
    "ZnMgO": (3.9, 7.5, (1e-5, 1e-3), (1e-7, 1e-5), 1e19, 8.5, 1.8),
    "B3PYMPM": (3.2, 6.8, (1e-6, 1e-4), (1e-8, 1e-6), 1e21, 3.0, 1.75),
    "Bphen": (3.0, 6.4, (1e-5, 1e-3), (1e-8, 1e-6), 1e21, 3.0, 1.72),
}
#: electron level, gap (eV), mobility, states, permittivity, index, line (nm), class
EMITTERS: Mapping[str, tuple[Any, ...]] = {
    "CsPbI3 dots": (3.5, 1.95, (1e-6, 1e-4), 5e18, 6.0, 1.85, (640, 690), "perovskite dots"),
    "CsPbBr3 dots": (3.4, 2.45, (1e-6, 1e-4), 5e18, 5.0, 1.85, (508, 522), "perovskite dots"),
    "CdSe/ZnS dots": (4.0, 2.1, (1e-6, 1e-4), 1e19, 6.0, 1.8, (610, 635), "core-shell dots"),
    "InP/ZnS dots": (3.6, 2.15, (1e-6, 1e-4), 1e19, 6.0, 1.8, (600, 630), "core-shell dots"),
    "Alq3": (3.0, 2.75, (1e-6, 1e-5), 1e21, 3.3, 1.72, (515, 530), "no dots"),
    "CBP:Ir(ppy)3": (2.7, 3.1, (1e-5, 1e-3), 1e21, 3.0, 1.78, (508, 520), "no dots"),
}
#: conductors of the library, with the least and the largest thickness (nm)
SHIPPED: Mapping[str, tuple[int, int]] = {
    "PTAA": (15, 50),
    "TCTA": (10, 50),
    "TPBi": (30, 60),
    "PO-T2T": (30, 60),
}
#: what laboratories put on the side of the holes and of the electrons of each class of emitters
PARTNERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "perovskite dots": (("PTAA", "PTAA", "poly-TPD", "TFB"), ("TPBi", "TPBi", "TPBi", "PO-T2T", "B3PYMPM")),
    "core-shell dots": (("TFB", "TFB", "poly-TPD", "PVK"), ("ZnO", "ZnMgO")),
    "no dots": (("NPB", "NPB", "TCTA"), ("TPBi", "TPBi", "Bphen", "Bphen", "B3PYMPM")),
}


def ordinary(seed: int) -> Study:
    """Return the study of a seed: a light-emitting diode, a recipe, or a bare device."""
    draw = random.Random(seed)
    kind = draw.random()
    if kind < 0.6:
        return light_emitting_diode(draw)
    return recipe(draw) if kind < 0.85 else bare_device(draw)


def light_emitting_diode(draw: random.Random) -> Study:
    """Return a diode on glass and ITO with an emitter of its own and layers of the library and of its own."""
    name = draw.choices(tuple(EMITTERS), (3, 3, 2, 2, 1, 1))[0]
    affinity, gap, mobility, states, permittivity, index, line, word = EMITTERS[name]
    organic = word == "no dots"
    peak = draw.uniform(*line)
    emitter = {
        "peak": f"{peak:.0f} nm",
        "fwhm": f"{draw.uniform(18, 45) if not organic else draw.uniform(60, 95):.0f} nm",
        "plqy": f"{draw.uniform(25, 95):.0f} %",
        "radiative_lifetime": f"{draw.uniform(5, 60):.3g} ns"
        if word != "no dots"
        else f"{draw.uniform(0.01, 2):.2g} us",
        "class": word,
    }
    if draw.random() < 0.3:
        emitter["horizontal_fraction"] = f"{draw.uniform(0.6, 0.85):.2f}"
    level = affinity + draw.uniform(-0.1, 0.1)
    own = _layer(level, level + gap, mobility, mobility, states, permittivity, index, draw) | {
        "thickness": f"{draw.uniform(10, 40):.0f} nm",
        "role": "emitter",
    }
    layers: list[Any] = ["glass", {"ITO": f"{draw.uniform(80, 180):.0f} nm", "contact": "anode"}]
    if draw.random() < 0.8:
        layers.append({"PEDOT:PSS": f"{draw.uniform(25, 50):.0f} nm"})
    holes, electrons = PARTNERS[word]
    layers += [_conductor(draw, draw.choice(holes)), {name: own}, _conductor(draw, draw.choice(electrons))]
    oxide = next(iter(layers[-1])).startswith("Zn")
    layers += [] if oxide else [{"LiF": f"{draw.uniform(0.5, 1.5):.1f} nm"}]
    layers.append({"Al": f"{draw.uniform(80, 150):.0f} nm", "contact": "cathode"})
    device: Study = {"area": f"{draw.choice((1, 2, 4, 4, 5, 9, 16))} mm2", "emitter": emitter, "layers": layers}
    if draw.random() < 0.2:
        device["series_resistance"] = f"{draw.uniform(1, 20):.2g} ohm*cm2"
    return {"halodot": "1", "title": f"LED with {name}", "device": device, "run": _run(draw)}


def _layer(
    affinity: float, ionisation: float, electrons: Any, holes: Any, states: float, permittivity: float, index: float,
    draw: random.Random,
) -> Study:  # fmt: skip
    return {
        "cauchy_a": f"{index + draw.uniform(-0.03, 0.03):.2f}",
        "relative_permittivity": f"{permittivity * draw.uniform(0.9, 1.15):.2g}",
        "electron_affinity": f"{affinity:.2f} eV",
        "ionisation_energy": f"{ionisation:.2f} eV",
        "electron_density_of_states": f"{states:.0e} 1/cm3",
        "hole_density_of_states": f"{states:.0e} 1/cm3",
        "electron_mobility": f"{_between(draw, *electrons):.1e} cm2/Vs",
        "hole_mobility": f"{_between(draw, *holes):.1e} cm2/Vs",
    }


def _conductor(draw: random.Random, name: str) -> Study:
    if name in SHIPPED:
        return {name: f"{draw.uniform(*SHIPPED[name]):.0f} nm"}
    affinity, ionisation, electrons, holes, states, permittivity, index = {**HOLE_CONDUCTORS, **ELECTRON_CONDUCTORS}[
        name
    ]
    shift = draw.uniform(-0.1, 0.1)
    layer = _layer(affinity + shift, ionisation + shift, electrons, holes, states, permittivity, index, draw)
    return {name: layer | {"thickness": f"{draw.uniform(20, 60):.0f} nm"}}


def _between(draw: random.Random, low: float, high: float) -> float:
    return float(low * (high / low) ** draw.random())


def _run(draw: random.Random) -> Study:
    run: Study = {"voltage": {"from": "0 V", "to": f"{draw.choice((4, 5, 5, 6))} V", "step": "0.25 V"}}
    if draw.random() < 0.5:
        run["temperature"] = draw.choice(("20 degC", "25 degC", "298 K", "300 K"))
    return run


def recipe(draw: random.Random) -> Study:
    """Return a hot injection of CsPbI3 dots, with or without a short ligand, and their washing."""
    lead = draw.uniform(80, 400)
    pot: list[Any] = [{"add": "PbI2", "mass": f"{lead:.0f} mg"}]
    if draw.random() < 0.5:
        pot.append({"add": "ZnI2", "mass": f"{lead * draw.uniform(1.0, 2.0):.0f} mg"})
    volume = lead / 170.0
    pot += [
        {"add": "1-octadecene", "volume": f"{volume * draw.uniform(5, 8):.1f} mL"},
        {
            "dry": f"{draw.choice((30, 60))} min",
            "temperature": "120 degC",
            "under": draw.choice(("vacuum", "argon", "nitrogen")),
        },
        {"inject": "oleic acid", "volume": f"{volume * draw.uniform(0.8, 1.2):.2f} mL"},
        {"inject": "oleylamine", "volume": f"{volume * draw.uniform(1.4, 2.2):.2f} mL"},
        {"heat": f"{draw.uniform(140, 170):.0f} degC"},
        {"inject": "cs_oleate", "volume": f"{volume * draw.uniform(1.2, 2.4):.2f} mL"},
        {"hold": f"{draw.choice((5, 10, 15))} s"},
    ]
    stocks: Study = {
        "cs_oleate": [
            {"add": "Cs2CO3", "mass": f"{draw.uniform(120, 200):.0f} mg"},
            {"add": "1-octadecene", "volume": "11 mL"},
            {"add": "oleic acid", "volume": f"{draw.uniform(3, 6):.1f} mL"},
            {"heat": "120 degC", "hold": "30 min", "under": "argon"},
        ]
    }
    if draw.random() < 0.5:
        amount = volume * draw.uniform(0.05, 0.25)
        stocks["ligand"] = [
            {"add": "5-aminopentanoic acid", "amount": f"{amount:.3f} mmol"},
            {"add": "hydroiodic acid", "equivalents": f"{draw.uniform(1.0, 1.5):.2f}", "of": "5-aminopentanoic acid"},
            {"add": "ethyl acetate", "volume": "1 mL"},
        ]
        pot += [{"cool": "100 degC"}, {"inject": "ligand"}]
    pot.append({"cool": "25 degC"})
    work_up: list[Any] = [{"wash": {"methyl acetate": f"{draw.uniform(2, 4):.1f}"}, "per": "volume of dispersion"}]
    for _ in range(draw.choice((1, 2))):
        work_up += [
            {"centrifuge": f"{draw.choice((8000, 9000, 10000))} rpm", "time": "5 min", "keep": "solid"},
            {"redisperse": draw.choice(("hexane", "octane", "toluene")), "volume": f"{draw.uniform(1, 4):.1f} mL"},
        ]
        if len(work_up) < 5:
            work_up.append({"wash": {"methyl acetate": f"{draw.uniform(3, 8):.1f} mL"}})
    if work_up[-1].get("wash"):
        work_up.append({"redisperse": "octane", "volume": "2 mL"})
    work_up.append({"filter": "0.22 um"})
    return {
        "halodot": "1",
        "title": "CsPbI3 dots",
        "recipe": {"stocks": stocks, "pot": pot, "work_up": work_up},
        "calibration": "none",
    }


def bare_device(draw: random.Random) -> Study:
    """Return layers between two contacts: a single-carrier device, a diode or a solar cell."""
    if draw.random() < 0.5:
        name = draw.choice(tuple(HOLE_CONDUCTORS))
        affinity, ionisation, electrons, holes, states, permittivity, index = HOLE_CONDUCTORS[name]
        layer = _layer(affinity, ionisation, electrons, holes, states, permittivity, index, draw)
        layers: list[Any] = [
            {"anode": f"{ionisation - draw.uniform(0.0, 0.3):.2f} eV"},
            {name: layer | {"thickness": f"{draw.uniform(60, 250):.0f} nm"}},
            {"cathode": f"{ionisation - draw.uniform(0.0, 0.4):.2f} eV"},
        ]
        return {"halodot": "1", "title": f"holes in {name}", "device": {"layers": layers}, "run": _run(draw)}
    perovskite = _layer(3.9, 5.5, (0.1, 10.0), (0.1, 10.0), 4e18, 25.0, 2.3, draw) | {
        "thickness": f"{draw.uniform(300, 700):.0f} nm",
        "generation": f"{draw.uniform(1, 4):.1f}e21 1/cm3/s",
        "bimolecular_coefficient": f"{_between(draw, 1e-11, 3e-10):.1e} cm3/s",
    }
    if draw.random() < 0.5:
        density = f"{_between(draw, 1e15, 1e17):.1e} 1/cm3"
        perovskite |= {"cation_density": density, "anion_density": density}
    layers = [
        {"cathode": "4.1 eV"},
        {"C60": _layer(4.0, 5.9, (1e-3, 1e-1), (1e-5, 1e-4), 5e20, 5.0, 2.0, draw) | {"thickness": "25 nm"}},
        {"perovskite": perovskite},
        {"PTAA": f"{draw.uniform(10, 30):.0f} nm"},
        {"anode": "5.2 eV"},
    ]
    run = {"voltage": {"from": "0 V", "to": "1.3 V", "step": "0.1 V"}}
    return {"halodot": "1", "title": "solar cell", "device": {"layers": layers}, "run": run}


# ------------------------------------------------------------------------------------------------------------- slips


def _with_unit(unit: str, other: str) -> Callable[[str], str]:
    return lambda text: text.replace(unit, other)


def _times(factor: float) -> Callable[[str], str]:
    def changed(text: str) -> str:
        number, _, unit = text.partition(" ")
        return f"{float(number) * factor:.4g} {unit}".strip()

    return changed


#: what is written wrongly: the key, and how
SLIPS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "micrometres for nanometres": ("thickness", _with_unit("nm", "um")),
    "a line in micrometres": ("peak", _with_unit("nm", "um")),
    "a level ten times too deep": ("ionisation_energy", _times(10.0)),
    "a level ten times too shallow": ("electron_affinity", _times(0.1)),
    "a level as a negative number": ("ionisation_energy", lambda text: f"-{text}"),
    "a mobility of holes in m2": ("hole_mobility", _with_unit("cm2", "m2")),
    "states in 1/m3": ("electron_density_of_states", _with_unit("1/cm3", "1/m3")),
    "an area in m2": ("area", _with_unit("mm2", "m2")),
    "seconds for nanoseconds": ("radiative_lifetime", lambda text: text.replace("ns", "s").replace("us", "s")),
    "a yield without percent": ("plqy", _with_unit(" %", "")),
    "kelvin for degrees Celsius, of a device": ("temperature", lambda _: "25 K"),
    "kelvin for degrees Celsius, of a pot": ("heat", _with_unit("degC", "K")),
    "grams for milligrams": ("mass", _with_unit("mg", "g")),
    "litres for millilitres": ("volume", _with_unit("mL", "L")),
    "moles for millimoles": ("amount", _with_unit("mmol", "mol")),
    "ten times the short ligand": ("amount", _times(10.0)),
    "a permittivity without its decimal point": ("relative_permittivity", _times(1000.0)),
    "generation in 1/m3": ("generation", _with_unit("1/cm3/s", "1/m3/s")),
    "ions a million times too many": ("cation_density", _times(1e8)),
    "a coefficient in m3": ("bimolecular_coefficient", _with_unit("cm3", "m3")),
    "a resistance in m2": ("series_resistance", _with_unit("cm2", "m2")),
    "kilovolts": ("to", _with_unit(" V", " kV")),
    "a contact at the other level": ("anode", lambda _: "2.9 eV"),
    "the pellet thrown away": ("keep", lambda _: "liquid"),
}


def with_slip(study: Study, slip: str, seed: int) -> Study | None:
    """Return a study with one slip somewhere, None where it has nothing to slip on."""
    key, change = SLIPS[slip]
    changed = copy.deepcopy(study)
    found = [(holder, name) for holder, name in _leaves(changed) if name == key and isinstance(holder[name], str)]
    if slip == "grams for milligrams":
        found = [(holder, name) for holder, name in found if "mg" in holder[name]]
    if not found:
        return None
    holder, name = random.Random(seed).choice(found)
    holder[name] = change(holder[name])
    return changed


def _leaves(node: Any) -> list[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = []
    for key, value in items:
        found.append((node, key))
        found += _leaves(value)
    return found
