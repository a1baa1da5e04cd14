"""The JSON Schema (draft 2020-12) of what :func:`halodot.results.contract.document` writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from halodot.states import DeviceSolution, Emission, parts_of

#: version of the JSON contract: 2 has the present names, see the table of aliases
SCHEMA_VERSION = 2
_NUMBER: dict[str, Any] = {"type": ["number", "null"]}
_NUMBERS: dict[str, Any] = {"type": "array", "items": _NUMBER}
_TEXT: dict[str, Any] = {"type": ["string", "null"]}
_OPTIONAL_NUMBERS: dict[str, Any] = {"type": ["array", "null"], "items": _NUMBER}
_FLASK = ("free_amine_mmol", "excess_acid_mmol", "undissolved_ligand_mmol", "stripped_fraction", "material_retained")
_DOTS = (
    "edge_length_nm",
    "edge_length_sd_nm",
    "spectroscopic_sd_nm",
    "first_exciton_nm",
    "pl_peak_nm",
    "pl_fwhm_nm",
    "plqy",
    "radiative_rate_per_ns",
    "trap_rate_per_ns",
    "lifetime_ns",
    "lifetime_amplitude_ns",
    "lifetime_intensity_ns",
    "pl_retained_in_air",
    "weight_loss",
)
_FILM = (
    "gap_nm",
    "core_fraction",
    "mobility_cm2_Vs",
    "electron_affinity_eV",
    "ionisation_energy_eV",
    "plqy",
    "solution_plqy",
    "roughness_nm",
    "leakage_conductance_S_m2",
)
_AGEING = ("luminance_cd_m2", "current_density_A_m2", "t50_h", "t90_h")
_JV = ("voltage_V", "current_density_A_m2", "luminance_cd_m2", "eqe", "charge_balance")
_PHOTONS = ("voltage_V", *(name for name in parts_of(Emission, "exciton") if name != "absorbed"))
_CURRENTS = {"charges_A_m2": "current_density", "excitons_A_m2": "exciton_formation_current"}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what :func:`halodot.to_json` writes: every key is there, null if not computed."""
    by_name = {"type": "object", "additionalProperties": _NUMBER}
    properties = {
        "halodot": {"type": "string"},
        "schema": {"const": SCHEMA_VERSION},
        "versions": {"type": "object", "additionalProperties": {"type": "string"}},
        "study": {"type": "object"},
        "summary": {"type": "object", "additionalProperties": _summary_entry()},
        "flask": _nullable(_flask()),
        "dots": _nullable(_object(_each(_DOTS, _NUMBER) | {"lifetime_average": {"type": "string"}})),
        "film": _nullable(_object(_each(_FILM, _NUMBER))),
        "ageing": _nullable(_object(_each(_AGEING, _NUMBER) | {"extrapolated": {"type": "boolean"}})),
        "jv": _nullable(_jv()),
        "spectrum": _nullable(
            _object({"wavelength_nm": _NUMBERS} | _each(("el", "pl", "absorbance"), _OPTIONAL_NUMBERS))
        ),
        "photons": _nullable(_object(_each(_PHOTONS, _NUMBER) | {"absorbed": by_name})),
        "draws": _nullable(_draws()),
        "diagnostics": {"type": "object"},
        "sources": {"type": "array", "items": {"type": "string"}},
    }
    whole = _object(properties)
    for later in ("draws", "versions"):  # documents of this schema from before them do not have them
        whole["required"].remove(later)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "halodot result", **whole}


def _summary_entry() -> dict[str, Any]:
    return _object(
        {
            "value": _NUMBER,
            "sd": _NUMBER,
            "unit": {"type": "string"},
            "role": {"enum": ["given", "calibrated", "predicted", "checked"]},
            "depends_on": {"type": ["array", "null"], "items": {"type": "string"}},
            "not_counted": {"type": "array", "items": {"type": "string"}},
        }
    )


def _draws() -> dict[str, Any]:
    """Quantiles of the draws at the shares ``bounds``, of curves one row for each."""
    rows = {"type": "array", "items": _NUMBERS}
    numbers = {"type": "object", "additionalProperties": _object({"quantiles": _NUMBERS, "share": _NUMBER})}
    return _object(
        {
            **_each(("count", "failed", "tried", "seed"), {"type": "integer"}),
            "ess": _NUMBER,
            "conditions": {"type": "array", "items": {"type": "string"}},
            "grid": {"type": "string"},
            "bounds": {"type": "array", "items": {"type": "number"}},
            "summary": numbers,
            "inputs": {"type": "object", "additionalProperties": _NUMBERS},
            "voltage_V": _NUMBERS,
            **_each(("current_density_A_m2", "luminance_cd_m2", "eqe"), rows),
        }
    )


def _jv() -> dict[str, Any]:
    budgets = {key: _object(_each(parts_of(DeviceSolution, whole), _NUMBERS)) for key, whole in _CURRENTS.items()}
    return _object(_each(_JV, _NUMBERS) | budgets | {"converged": {"type": "array", "items": {"type": "boolean"}}})


def _flask() -> dict[str, Any]:
    sample = _object({"washes": {"type": "integer"}, "plqy": _NUMBER})
    return _object(
        {
            "survived": {"type": "boolean"},
            "reason": _TEXT,
            "amounts_mmol": {"type": "object", "additionalProperties": _NUMBER},
            **_each(_FLASK, _NUMBER),
            "coverage": _object(_each(("native", "short", "bare"), _NUMBER)),
            "samples": {"type": "array", "items": sample},
            "interpretations": {"type": "array", "items": {"type": "object"}},
        }
    )


def _each(names: Iterable[str], schema: dict[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(names, schema)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
