"""The curves of a result as sheets that people plot: bench units, one voltage or one angle a column.

Everything else of a result is in its netCDF file; :mod:`halodot.results.tables` has every array in SI.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from halodot.names import QUANTITIES, unit_at_the_bench
from halodot.results.balances import EXCITON_PARTS, PHOTON_PARTS, current_parts
from halodot.results.data import Result
from halodot.results.summary import bias_point
from halodot.states import Array, DeviceSolution, Emission
from halodot.units import from_si

#: of the sweep, in the order of a datasheet
_OF_THE_SWEEP = (
    "voltage",
    "current_density",
    "luminance",
    "eqe",
    "current_efficiency",
    "luminous_efficacy",
    "charge_balance",
    "exciton_yield",
    "outcoupling",
    "eqe_lambertian",
    "lambertian_factor",
    "el_peak",
    "el_fwhm",
    "dominant_wavelength",
    "cie_x",
    "cie_y",
    "cie_u",
    "cie_v",
    "rec_2020",
    "temperature",
)
_PROFILES = (
    "potential",
    "electron_density",
    "hole_density",
    "recombination",
    "cation_density",
    "anion_density",
)
#: carriers [1/m3] below which a quasi-Fermi level is round-off
_FEWEST_CARRIERS = 1e6
#: share of an exciton's energy that is round-off
_ROUND_OFF = 1e-12
#: units of times that are not those of a decay
_TIMES = {"ageing": "h"}


@dataclass(frozen=True)
class Column:
    """One column: numbers in the unit of its heading, nan where there is none, or texts."""

    name: str
    unit: str  # empty for a pure number and for texts
    values: Array | Sequence[str]

    @property
    def heading(self) -> str:
        """Name and unit as they stand above the column."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True)
class Sheet:
    """One table of a result."""

    name: str  # of its file
    about: str
    columns: tuple[Column, ...]

    @property
    def rows(self) -> int:
        """How many there are below the heading."""
        return len(self.columns[0].values)


def sheets(result: Result) -> tuple[Sheet, ...]:
    """Return the summary, the inputs and every curve of a result, those that it does not have left out.

    Args:
        result: what was computed.

    Returns:
        Sheets with numbers in the units of the bench; curves of voltage and place at the voltage of the highest EQE,
        without light at the last one solved.
    """
    made = (_summary(result), _inputs(result), *_device(result), *_light(result), *_chemistry(result), *_layers(result))
    return tuple(sheet for sheet in made if sheet is not None and sheet.columns and sheet.rows)


def listing(found: Iterable[Sheet], endings: str = ".csv") -> Sheet:
    """Return what each sheet holds, one row a file."""
    rows = [
        (f"{sheet.name}{endings}", str(sheet.rows), ", ".join(column.heading for column in sheet.columns), sheet.about)
        for sheet in found
    ]
    columns = zip(("file", "rows", "columns", "about"), zip(*rows, strict=True), strict=True)
    return Sheet("contents", "What each file holds", tuple(Column(name, "", values) for name, values in columns))


# -------------------------------------------------------------------------------------------------------------- numbers


def _column(name: str, values: Any, label: str = "", unit: str = "") -> Column:
    """Return values in SI under the name of their quantity, in the unit in which a laboratory writes them."""
    known = QUANTITIES[name]
    shown = unit or known.shown_unit
    return Column(label or known.label, "" if shown == "1" else shown, converted(values, known.unit, shown))


def converted(values: Any, unit: str, shown: str) -> Array:
    """Return values in another unit."""
    numbers = np.asarray(values, dtype=float)
    offset = from_si(0.0, unit, shown)
    factor = from_si(1.0, unit, shown) - offset
    found: Array = numbers * factor + offset if offset else numbers * factor
    return found


def _summary(result: Result) -> Sheet:
    rows = []
    for name, entry in result.summary.items():
        if entry.value is None:
            continue
        known = QUANTITIES[name]
        value, sd = (float(number) for number in converted([entry.value, entry.sd], known.unit, known.shown_unit))
        sd -= from_si(0.0, known.unit, known.shown_unit)
        unit = "" if known.shown_unit == "1" else known.shown_unit
        rows.append((known.label, value, sd, unit, entry.role, ", ".join(entry.depends_on or ()), name))
    names = ("Quantity", "Value", "Standard deviation", "Unit", "Role", "Depends on", "Name in results.json")
    return Sheet("summary", "The headline numbers with their role and uncertainty", _of_rows(names, rows, (1, 2)))


def _inputs(result: Result) -> Sheet:
    rows = []
    for path, entry in result.study.inputs.items():
        unit = unit_at_the_bench(path, entry.unit, entry.value or entry.high)
        zero = from_si(0.0, entry.unit, unit)
        value, low, high = (from_si(number, entry.unit, unit) for number in (entry.value, entry.low, entry.high))
        sd = from_si(entry.sd, entry.unit, unit) - zero
        told = (entry.kind, entry.source, entry.about)
        rows.append((path, value, low, high, sd, "" if unit == "1" else unit, *told))
    names = ("Input", "Value", "Lower end of 95 %", "Upper end of 95 %", "Standard deviation", "Unit", "Kind")
    about = "Every number that enters, with its origin"
    return Sheet("inputs", about, _of_rows((*names, "Source", "About"), rows, (1, 2, 3, 4)))


def _of_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], numbers: Sequence[int]) -> tuple[Column, ...]:
    if not rows:
        return ()
    columns = zip(*rows, strict=True)
    return tuple(
        Column(name, "", np.array(values, dtype=float) if place in numbers else values)
        for place, (name, values) in enumerate(zip(names, columns, strict=True))
    )


# --------------------------------------------------------------------------------------------------------------- device


def _device(result: Result) -> Iterator[Sheet | None]:
    solution = result.device_solution
    if solution is None:
        return
    states = [state for state in (result.emission, solution) if state is not None]
    columns = [_column(name, values) for name in _OF_THE_SWEEP if (values := _first(states, name)) is not None]
    solved = tuple("yes" if point else "no" for point in solution.converged)
    yield Sheet(
        "current_voltage",
        "Current, luminance and efficiencies by voltage",
        (*columns, Column("Solved", "", solved)),
    )
    yield Sheet(
        "currents",
        "Where the current goes; the parts add up to the current, and how excitons end to their formation",
        (
            _column("voltage", solution.voltage),
            _column("current_density", solution.current_density),
            *(
                _column("current_density", getattr(solution, part), called[:1].upper() + called[1:])
                for part, called in {**current_parts(solution), **EXCITON_PARTS}.items()
            ),
        ),
    )
    point = bias_point(solution, result.emission)
    if point is not None and result.stack is not None:
        yield _profiles(result, solution, point)
        yield _excitons(solution, point)


def _first(states: Sequence[Any], name: str) -> Array | None:
    """Return an array by voltage of the first state that has it."""
    found = (getattr(state, name, None) for state in states)
    return next((values for values in found if values is not None and values.size), None)


def _profiles(result: Result, solution: DeviceSolution, point: int) -> Sheet:
    assert result.stack is not None
    layers = [layer.transport for layer in result.stack.layers]
    owner, potential = solution.layer_of_node, solution.potential[point]
    conduction, valence = (
        np.array([getattr(layer, name) for layer in layers])[owner] + potential
        for name in ("electron_affinity", "ionisation_energy")
    )
    electrons, holes = (
        np.where(density[point] >= _FEWEST_CARRIERS, level[point], np.nan)
        for density, level in (
            (solution.electron_density, solution.electron_quasi_fermi_level),
            (solution.hole_density, solution.hole_quasi_fermi_level),
        )
    )
    energies = {
        "Conduction band or LUMO": conduction,
        "Valence band or HOMO": valence,
        "Electron quasi-Fermi level": electrons,
        "Hole quasi-Fermi level": holes,
    }
    voltage = np.full(solution.position.size, solution.voltage[point])
    return Sheet(
        "profiles",
        "Bands (energies relative to vacuum at the cathode) and densities by position at"
        f" {solution.voltage[point]:.4g} V",
        (
            _column("voltage", voltage),
            _column("position", solution.position),
            Column("Layer", "", tuple(result.stack.layers[index].name for index in owner)),
            *(_column("energy", -values, name) for name, values in energies.items()),
            *(_column(name, values[point]) for name in _PROFILES if (values := getattr(solution, name)).size),
        ),
    )


def _excitons(solution: DeviceSolution, point: int) -> Sheet | None:
    if not solution.exciton_position.size or not solution.exciton_generation.size:
        return None
    voltage = np.full(solution.exciton_position.size, solution.voltage[point])
    return Sheet(
        "excitons",
        f"Excitons formed and radiative decays in the emitting layer at {solution.voltage[point]:.4g} V",
        (
            _column("voltage", voltage),
            _column("exciton_position", solution.exciton_position),
            _column("exciton_generation", solution.exciton_generation[point]),
            _column("radiative_decay", solution.radiative_decay[point]),
        ),
    )


# ---------------------------------------------------------------------------------------------------------------- light


def _light(result: Result) -> Iterator[Sheet | None]:
    if result.optics is not None:
        optics = result.optics
        names = ("position", "outcoupling", "purcell")
        about = "Outcoupling and Purcell factor by the place of the emitter"
        yield Sheet("outcoupling", about, tuple(_column(name, getattr(optics, name)) for name in names))
    if result.emission is None:
        return
    yield _photons(result.emission)
    point = bias_point(result.device_solution, result.emission) if result.device_solution is not None else None
    yield _spectra(result.emission, point)
    yield _far_field(result.emission, point)


def _photons(emission: Emission) -> Sheet:
    parts = [
        _column("air", getattr(emission, part), called[:1].upper() + called[1:])
        for part, called in PHOTON_PARTS.items()
    ]
    absorbed = [
        _column("absorbed", np.where(np.abs(share) < _ROUND_OFF, 0.0, share), f"Absorbed in {name}")
        for name, share in zip(emission.layer_names, emission.absorbed)
    ]
    about = "What becomes of an exciton by voltage; the shares add up to 100 %"
    return Sheet("photons", about, (_column("voltage", emission.voltage), *parts, *absorbed))


def _spectra(emission: Emission, point: int | None) -> Sheet | None:
    """Return the spectra, a column a voltage; the normalised one of the highest EQE first."""
    lit = np.flatnonzero(np.any(emission.el > 0.0, axis=1))
    if not lit.size:
        return None
    point = int(lit[-1]) if point is None or point not in lit else point
    normalised = emission.el[point] / np.max(emission.el[point])
    return Sheet(
        "el_spectra",
        "Electroluminescence: photons into air by wavelength, a column a voltage",
        (
            _column("wavelength", emission.wavelength),
            Column(f"EL at {emission.voltage[point]:.4g} V, maximum 1", "", normalised),
            *(_column("el", emission.el[index], f"EL at {emission.voltage[index]:.4g} V") for index in lit),
        ),
    )


def _far_field(emission: Emission, point: int | None) -> Sheet | None:
    if point is None or not emission.angular_luminance.size or not emission.luminance[point] > 0.0:
        return None
    voltage = np.full(emission.radiance_angle.size, emission.voltage[point])
    luminance = emission.angular_luminance[point]
    return Sheet(
        "far_field",
        f"Luminance and colour by angle at {emission.voltage[point]:.4g} V; a Lambertian source has a luminance of 1",
        (
            _column("voltage", voltage),
            _column("radiance_angle", emission.radiance_angle),
            _column("angular_luminance", luminance),
            Column("Luminance relative to the normal", "", luminance / luminance[0]),
            _column("angular_u", emission.angular_u[point]),
            _column("angular_v", emission.angular_v[point]),
        ),
    )


# ------------------------------------------------------------------------------------------------- chemistry and layers


def _chemistry(result: Result) -> Iterator[Sheet | None]:
    about = {
        "flask": {"size": "How the dots share the edge lengths", "recipe_time": "The pot from the first step on"},
        "dots": {
            "wavelength": "Absorption and photoluminescence in solution",
            "time": "Photoluminescence after a pulse",
            "air_time": "Photoluminescence kept in air",
        },
        "film": {"wavelength": "Refractive index and emission of the film"},
        "ageing": {"time": "Luminance of the lifetime test"},
    }
    names = {
        ("flask", "size"): "sizes",
        ("flask", "recipe_time"): "pot",
        ("dots", "wavelength"): "absorption_and_pl",
        ("dots", "time"): "pl_decay",
        ("dots", "air_time"): "pl_in_air",
        ("film", "wavelength"): "film",
        ("ageing", "time"): "lifetime",
    }
    for name, by_dimension in about.items():
        state = getattr(result, name)
        for dimension, text in by_dimension.items() if state is not None else ():
            yield _along(names[name, dimension], text, state, dimension, _TIMES.get(name, ""))
    yield _washes(result)


def _along(name: str, about: str, state: Any, dimension: str, unit: str) -> Sheet:
    """Return the arrays of a state along one dimension, the coordinate first."""
    found = [
        (item.name, getattr(state, item.name))
        for item in fields(state)
        if item.metadata.get("dimensions") == (dimension,) and getattr(state, item.name).size
    ]
    found.sort(key=lambda pair: pair[0] != dimension)
    columns = (_column(key, values, unit=unit if key == dimension else "") for key, values in found)
    return Sheet(name, about, tuple(columns))


def _washes(result: Result) -> Sheet | None:
    samples = result.flask.samples if result.flask is not None else ()
    if not samples:
        return None
    columns = [Column("Washes", "", np.array([float(sample.washes) for sample in samples]))]
    for name in ("coverage_native", "coverage_short", "coverage_bare", "halide_vacancies"):
        columns.append(_column(name, [getattr(sample, name) for sample in samples]))
    if result.dots is not None and result.dots.plqy_by_wash.size == len(samples):
        columns.append(_column("plqy_by_wash", result.dots.plqy_by_wash))
        columns.append(_column("trap_rate_by_wash", result.dots.trap_rate_by_wash))
    return Sheet("washes", "Surface and quantum yield of the dots by washes", tuple(columns))


def _layers(result: Result) -> Iterator[Sheet | None]:
    if result.stack is None:
        return
    layers = result.stack.layers
    yield Sheet(
        "layers",
        "The stack from the substrate up",
        (
            Column("Layer", "", tuple(layer.name for layer in layers)),
            Column("Role", "", tuple(layer.role for layer in layers)),
            _column("thickness", [layer.thickness for layer in layers]),
            _column("electron_affinity", [layer.transport.electron_affinity for layer in layers]),
            _column("ionisation_energy", [layer.transport.ionisation_energy for layer in layers]),
        ),
    )
    for index, layer in enumerate(layers):
        optics = layer.optics
        if optics.table_wavelength.size:
            columns = (("wavelength", "table_wavelength"), ("index", "table_index"), ("extinction", "table_extinction"))
            safe = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in layer.name).strip("-")
            yield Sheet(
                f"nk_{index}_{safe}",
                f"Refractive index of {layer.name}",
                tuple(_column(name, getattr(optics, field)) for name, field in columns),
            )
