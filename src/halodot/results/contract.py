"""The stable JSON contract of a result and its curves as CSV."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np

from halodot.aliases import WithOldNames, renamed
from halodot.outputs import write_text
from halodot.results.balances import charge_balance_error
from halodot.results.data import Result
from halodot.results.drawn import BOUNDS, Drawn
from halodot.results.schema import SCHEMA_VERSION
from halodot.results.summary import peak_point
from halodot.results.tables import Table, contents, tables
from halodot.states import Array, DeviceSolution, Emission, parts_of


def write_curves(result: Result, folder: Path) -> tuple[Path, ...]:
    """Write every array of a result as CSV, columns headed "name [unit]", and return the paths.

    ``contents.csv`` tells of every array in which file and column it stands, and which arrays are empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = tables(result)
    if found:
        found["contents"] = contents(result, found)
    return tuple(_write_table(folder / f"{name}.csv", table) for name, table in found.items())


def curve_files(folder: Path) -> frozenset[str]:
    """Return the names of the tables that an earlier result wrote into a folder, as its ``contents.csv`` tells."""
    listing = folder / "contents.csv"
    try:
        names = {cell.strip('"') for cell in re.split("[,;\r\n]", listing.read_text(encoding="utf-8-sig"))}
    except (OSError, ValueError):
        return frozenset()
    return frozenset({listing.name, *(name for name in names if name.endswith(".csv") and name == Path(name).name)})


def _write_table(path: Path, columns: Table) -> Path:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.heading for column in columns])
    writer.writerows(zip(*(column.values for column in columns), strict=True))
    write_text(path, stream.getvalue())
    return path


def _number(value: float | None, scale: float = 1.0) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value) * scale


def _list(values: Array | None, scale: float = 1.0) -> list[float | None]:
    return [] if values is None else [_number(float(value), scale) for value in values]


def document(result: Result) -> dict[str, Any]:
    """Return a result as the JSON contract: what was not computed or did not converge is null."""
    return {
        "halodot": result.version,
        "schema": SCHEMA_VERSION,
        "versions": dict(result.versions),
        "study": result.study.document,
        "summary": {
            name: {
                "value": _number(entry.value),
                "sd": _number(entry.sd),
                "unit": entry.unit,
                "role": entry.role,
                "depends_on": None if entry.depends_on is None else list(entry.depends_on),
                "not_counted": list(entry.not_counted),
            }
            for name, entry in result.summary.items()
        },
        "flask": _flask(result),
        "dots": _dots(result),
        "film": _film(result),
        "ageing": _ageing(result),
        "jv": _jv(result),
        "spectrum": _spectrum(result),
        "photons": _photons(result),
        "draws": _draws(result.drawn),
        "diagnostics": _diagnostics(result),
        "sources": list(result.study.sources),
    }


def with_present_names(value: Any) -> Any:
    """Return what a JSON document holds with every old name of a key replaced, and answering to the old ones still."""
    if isinstance(value, dict):
        return WithOldNames({renamed("json", key) or key: with_present_names(item) for key, item in value.items()})
    return [with_present_names(item) for item in value] if isinstance(value, list) else value


def _flask(result: Result) -> dict[str, Any] | None:
    flask = result.flask
    if flask is None:
        return None
    washed = result.dots.plqy_by_wash if result.dots else np.zeros(0)
    return {
        "survived": flask.survived,
        "reason": flask.reason,
        "amounts_mmol": {name: _number(amount, 1e3) for name, amount in flask.amounts.items()},
        "free_amine_mmol": _number(flask.free_amine, 1e3),
        "excess_acid_mmol": _number(flask.excess_acid, 1e3),
        "undissolved_ligand_mmol": _number(flask.undissolved_ligand, 1e3),
        "stripped_fraction": _number(flask.stripped_fraction),
        "material_retained": _number(flask.material_retained),
        "coverage": {
            "native": _number(flask.samples[-1].coverage_native) if flask.samples else None,
            "short": _number(flask.samples[-1].coverage_short) if flask.samples else None,
            "bare": _number(flask.samples[-1].coverage_bare) if flask.samples else None,
        },
        "samples": [
            {"washes": sample.washes, "plqy": _number(float(washed[index])) if index < washed.size else None}
            for index, sample in enumerate(flask.samples)
        ],
        "interpretations": [
            {
                "name": item.name,
                "taken": item.taken,
                "alternatives": list(item.alternatives),
                "note": item.note,
                "effect": item.effect or None,
                "where": item.where or None,
            }
            for item in flask.interpretations
        ],
    }


def _dots(result: Result) -> dict[str, Any] | None:
    dots = result.dots
    if dots is None:
        return None
    return {
        "edge_length_nm": _number(dots.edge_length, 1e9),
        "edge_length_sd_nm": _number(dots.edge_length_spread, 1e9),
        "spectroscopic_sd_nm": _number(dots.spectroscopic_spread, 1e9),
        "first_exciton_nm": _number(dots.first_exciton, 1e9),
        "pl_peak_nm": _number(dots.pl_peak, 1e9),
        "pl_fwhm_nm": _number(dots.pl_fwhm, 1e9),
        "plqy": _number(dots.plqy),
        "radiative_rate_per_ns": _number(dots.radiative_rate, 1e-9),
        "trap_rate_per_ns": _number(dots.trap_rate, 1e-9),
        "lifetime_ns": _number(dots.lifetime, 1e9),
        "lifetime_average": dots.lifetime_average,
        "lifetime_amplitude_ns": _number(dots.lifetime_amplitude, 1e9),
        "lifetime_intensity_ns": _number(dots.lifetime_intensity, 1e9),
        "pl_retained_in_air": _number(dots.pl_retained_in_air),
        "weight_loss": _number(dots.weight_loss),
    }


def _film(result: Result) -> dict[str, Any] | None:
    film = result.film
    if film is None:
        return None
    return {
        "gap_nm": _number(film.gap, 1e9),
        "core_fraction": _number(film.core_fraction),
        "mobility_cm2_Vs": _number(film.mobility, 1e4),
        "electron_affinity_eV": _number(film.electron_affinity),
        "ionisation_energy_eV": _number(film.ionisation_energy),
        "plqy": _number(film.plqy),
        "solution_plqy": _number(film.solution_plqy),
        "roughness_nm": _number(film.roughness, 1e9),
        "leakage_conductance_S_m2": _number(film.leakage_conductance),
    }


def _ageing(result: Result) -> dict[str, Any] | None:
    ageing = result.ageing
    if ageing is None:
        return None
    return {
        "luminance_cd_m2": _number(ageing.luminance),
        "current_density_A_m2": _number(ageing.current_density),
        "t50_h": _number(ageing.half_life, 1 / 3600.0),
        "t90_h": _number(ageing.time_to_90_percent, 1 / 3600.0),
        "extrapolated": ageing.extrapolated,
    }


def _jv(result: Result) -> dict[str, Any] | None:
    device_solution, emission = result.device_solution, result.emission
    if device_solution is None:
        return None
    return {
        "voltage_V": _list(device_solution.voltage),
        "current_density_A_m2": _list(device_solution.current_density),
        "luminance_cd_m2": _list(emission.luminance) if emission else [None] * device_solution.voltage.size,
        "eqe": _list(emission.eqe) if emission else [None] * device_solution.voltage.size,
        "charge_balance": _list(device_solution.charge_balance),
        "charges_A_m2": _parts(device_solution, "current_density"),
        "excitons_A_m2": _parts(device_solution, "exciton_formation_current"),
        "converged": [bool(value) for value in device_solution.converged],
    }


def _parts(device_solution: DeviceSolution, whole: str) -> dict[str, list[float | None]]:
    return {name: _list(getattr(device_solution, name)) for name in parts_of(DeviceSolution, whole)}


def _spectrum(result: Result) -> dict[str, Any] | None:
    if result.dots is None and result.emission is None:
        return None
    wavelength = result.dots.wavelength if result.dots else result.emission.wavelength if result.emission else None
    el = _el_at_peak(result, wavelength)
    return {
        "wavelength_nm": _list(wavelength, 1e9),
        "el": el,
        "pl": _list(result.dots.pl) if result.dots else None,
        "absorbance": _list(result.dots.absorbance) if result.dots else None,
    }


def _el_at_peak(result: Result, wavelength: Array | None) -> list[float | None] | None:
    emission = result.emission
    point = peak_point(emission) if emission else None
    if emission is None or point is None or wavelength is None:
        return None
    spectrum = emission.el[point] / np.max(emission.el[point])
    return _list(np.interp(wavelength, emission.wavelength, spectrum, left=np.nan, right=np.nan))


def _photons(result: Result) -> dict[str, Any] | None:
    emission = result.emission
    point = peak_point(emission) if emission else None
    if emission is None or point is None:
        return None
    shares = {name: getattr(emission, name) for name in parts_of(Emission, "exciton")}
    layers = shares.pop("absorbed")
    return {
        "voltage_V": _number(emission.voltage[point]),
        **{name: _number(share[point]) for name, share in shares.items()},
        "absorbed": {name: _number(share[point]) for name, share in zip(emission.layer_names, layers)},
    }


def _draws(drawn: Drawn | None) -> dict[str, Any] | None:
    if drawn is None:
        return None
    curves = ("current_density", "luminance", "eqe")
    units = ("current_density_A_m2", "luminance_cd_m2", "eqe")
    return {
        "count": drawn.count,
        "ess": _number(drawn.ess),
        "failed": drawn.failed,
        "tried": drawn.tried,
        "seed": drawn.seed,
        "conditions": list(drawn.conditions),
        "grid": drawn.grid,
        "bounds": list(BOUNDS),
        "summary": {
            name: {"quantiles": _list(row), "share": _number(float(share))}
            for name, row, share in zip(drawn.quantities, drawn.quantiles, drawn.share)
        },
        "inputs": {name: _list(row) for name, row in zip(drawn.inputs, drawn.input_quantiles)},
        "voltage_V": _list(drawn.voltage),
        **{unit: [_list(row) for row in getattr(drawn, name)] for name, unit in zip(curves, units)},
    }


def _diagnostics(result: Result) -> dict[str, Any]:
    device_solution = result.device_solution
    history = device_solution.history if device_solution else ()
    return {
        "failure": result.failure or None,
        "notes": [{"kind": note.kind, "where": note.where, "text": note.text} for note in result.notes],
        "bias_points": len(history),
        "bias_points_converged": sum(record.converged for record in history),
        "newton_iterations": sum(record.iterations for record in history),
        "unconverged": [{"voltage_V": r.voltage, "reason": r.message} for r in history if not r.converged],
        "charge_balance_error": None if device_solution is None else _number(charge_balance_error(device_solution)),
        "photon_balance_error": _number(result.emission.balance_error) if result.emission else None,
        "dipole_balance_error": _number(result.optics.balance_error) if result.optics else None,
    }
