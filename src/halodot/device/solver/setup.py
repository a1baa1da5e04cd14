"""A device made ready for the compiled solver."""

from __future__ import annotations

from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.records import Device
from halodot.device.solver.settings import SolverSettings, check_settings
from halodot.device.solver.system import SolverParameters, System
from halodot.device.solver.workspace import empty_workspace
from halodot.errors import InputError


def system_of(device: Device, circuit: Circuit, settings: SolverSettings) -> System:
    """Return a device in its circuit with what a solve takes.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        settings: how it is solved.

    Raises:
        InputError: a knob is outside of its limits.
    """
    if problems := check_settings(settings):
        raise InputError(problems)
    parameters = SolverParameters(*(getattr(settings, name) for name in SolverParameters._fields))
    return System(device, circuit, parameters, empty_workspace(device))
