"""halodot follows a perovskite quantum-dot LED from the flask to the photon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Result",
    "Study",
    "__version__",
    "ageing",
    "analyse",
    "chain",
    "compare",
    "device",
    "dots",
    "draws",
    "errors",
    "extensions",
    "film",
    "fit",
    "flask",
    "lab",
    "learn",
    "light",
    "limits",
    "load",
    "load_json",
    "load_result",
    "measure",
    "optimise",
    "paper",
    "plot",
    "possible",
    "protocol",
    "read",
    "readers",
    "report",
    "results",
    "save",
    "save_study",
    "schema",
    "sensitivity",
    "simulate",
    "simulate_many",
    "spread",
    "states",
    "study",
    "suggest",
    "sweep",
    "to_csv",
    "to_json",
    "to_xlsx",
]

if TYPE_CHECKING:
    from halodot import (
        ageing,
        chain,
        device,
        dots,
        errors,
        extensions,
        film,
        flask,
        lab,
        learn,
        light,
        measure,
        paper,
        readers,
        report,
        results,
        states,
        study,
    )
    from halodot.chain.many import simulate_many
    from halodot.chain.protocol import protocol
    from halodot.chain.simulate import simulate
    from halodot.learn.device_sensitivity import sensitivity
    from halodot.learn.draws import draws
    from halodot.learn.fit import fit
    from halodot.learn.limits import limits
    from halodot.learn.optimise import optimise
    from halodot.learn.possible import possible
    from halodot.learn.spread import spread
    from halodot.learn.suggest import suggest
    from halodot.learn.sweep import sweep
    from halodot.readers import read
    from halodot.report.compare import compare
    from halodot.report.figures import plot
    from halodot.report.lab_folder import analyse
    from halodot.results.data import Result
    from halodot.results.files import load, load_json, load_result, save, save_study, to_csv, to_json, to_xlsx
    from halodot.results.schema import schema
    from halodot.study.model import Study

_HOME = {
    "read": "halodot.readers",
    "analyse": "halodot.report.lab_folder",
    "Study": "halodot.study",
    "simulate": "halodot.chain.simulate",
    "simulate_many": "halodot.chain.many",
    "protocol": "halodot.chain.protocol",
    "Result": "halodot.results.data",
    "load": "halodot.results.files",
    "save": "halodot.results.files",
    "save_study": "halodot.results.files",
    "load_json": "halodot.results.files",
    "load_result": "halodot.results.files",
    "to_json": "halodot.results.files",
    "to_csv": "halodot.results.files",
    "to_xlsx": "halodot.results.files",
    "schema": "halodot.results.schema",
    "sensitivity": "halodot.learn.device_sensitivity",
    "fit": "halodot.learn.fit",
    "suggest": "halodot.learn.suggest",
    "sweep": "halodot.learn.sweep",
    "draws": "halodot.learn.draws",
    "limits": "halodot.learn.limits",
    "optimise": "halodot.learn.optimise",
    "possible": "halodot.learn.possible",
    "spread": "halodot.learn.spread",
    "plot": "halodot.report.figures",
    "compare": "halodot.report.compare",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import halodot`` stays light."""
    if name not in __all__:
        raise AttributeError(f"module 'halodot' has no attribute {name!r}; it has {', '.join(sorted(__all__))}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name) if name in _HOME else import_module(f"halodot.{name}")


def __dir__() -> list[str]:
    return sorted(__all__)
