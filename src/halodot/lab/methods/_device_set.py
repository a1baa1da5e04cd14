"""The devices of a sample: each with its numbers, and whether it works, is short, open or dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import number, whole, word
from halodot.lab.efficiencies import common_error
from halodot.lab.led_quantities import LedCurve, LedSettings, Optics
from halodot.lab.light_emitting import led_curve
from halodot.lab.signals import quantity_of
from halodot.lab.sweeps import Sweep, directions, sweeps
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

WORKING, SHORT, OPEN, DARK = "working", "short", "open", "without light"
STATUSES = (WORKING, SHORT, OPEN, DARK)
#: what is compared among devices whose sweeps are there
OF_SWEEPS = ("eqe_max", "luminance_max", "current_efficiency_max", "turn_on_voltage")
#: what a table with a row for each device may state
OF_TABLES = (
    *OF_SWEEPS,
    "eqe",
    "luminance",
    "current_efficiency",
    "power_efficacy",
    "half_life",
    "open_circuit_voltage",
    "short_circuit_current",
    "fill_factor",
    "power_conversion_efficiency",
)
_FEWEST_ROWS = 3


@dataclass(frozen=True)
class DevicesSettings(LedSettings):
    """What can be chosen."""

    direction: str = word("forward", "reverse", default="forward", about="of the sweeps that are compared")
    short_voltage: float = number("V", "at which a device is judged to be short", 1.0)
    short_current_density: float = number(
        "A/m2", "from which it is short at that voltage", 10.0, shown="mA/cm2", valid="positive"
    )
    open_current_density: float = number(
        "A/m2", "that a device must reach in its sweep, or it is open", 1e-3, shown="mA/cm2", valid="nonnegative"
    )
    bootstrap: int = whole("resampled samples of the mean and the median", 4000, least=100)


@dataclass(frozen=True)
class Device:
    """One device."""

    name: str
    status: str
    values: Mapping[str, float] = field(default_factory=dict)  # SI, by name of the quantity
    bounds: tuple[str, ...] = ()  # quantities that are only bounded
    curve: LedCurve | None = None


@dataclass(frozen=True)
class DeviceSet:
    """The devices of one sample."""

    devices: tuple[Device, ...]
    common: Mapping[str, float] = field(default_factory=dict)  # relative uncertainty that all share, by quantity
    notes: tuple[str, ...] = ()

    def count(self, status: str) -> int:
        """Return how many devices have a status."""
        return sum(item.status == status for item in self.devices)

    def values(self, name: str) -> Array:
        """Return a quantity of the working devices that have it (device,)."""
        there = [item.values[name] for item in self.devices if item.status == WORKING and name in item.values]
        return np.array(there, float)


def device_set(measured: Sequence[xarray.Dataset], optics: Optics, settings: DevicesSettings) -> DeviceSet:
    """Return the devices of measurements: each curve of a sweep is one, or each row of a table.

    Args:
        measured: J-V-L sweeps, or tables with a row for each device.
        optics: of their light.
        settings: what is chosen.

    Raises:
        DataError: there are none.
    """
    tables = [data for data in measured if is_device_table(data)]
    found = [device for data in tables for device in _rows(data)]
    recorded = [(data, one) for data in measured if not is_device_table(data) for one in sweeps(data)]
    notes: list[str] = []
    common: dict[str, float] = {}
    several = len(measured) > 1
    for data, sweep in recorded:
        if sweep.light is None and sweep.eqe is None and sweep.irradiance > 0.0:
            notes.append(f"{data.attrs.get('file', '')}: a solar cell in light was left out")
            continue
        name = ", ".join(part for part in (str(data.attrs.get("file", "")) if several else "", sweep.label) if part)
        chosen = _direction(sweep, settings.direction)
        device = _device(name or f"device {len(found) + 1}", chosen, optics, settings)
        found.append(device)
        if not common and device.curve is not None:
            error = common_error(chosen, optics, settings)
            meter = settings.luminance_uncertainty
            efficiency = math.hypot(meter, settings.area_uncertainty)
            common = {"eqe_max": error, "luminance_max": meter, "current_efficiency_max": efficiency}
    if not found:
        raise DataError("there are no devices: sweeps with light, or a table with a row for each device, are needed")
    return DeviceSet(_distinct(found), common, tuple(notes))


def is_device_table(data: xarray.Dataset) -> bool:
    """Return whether a measurement is a table with a row for each device."""
    if data.attrs.get("kind") != "table" or "row" not in data.dims or data.sizes["row"] < _FEWEST_ROWS:
        return False
    return any(quantity_of(item) in OF_TABLES and item.ndim == 1 for item in data.data_vars.values())


def quantity_named(name: str) -> Quantity:
    """Return the quantity that a number of a device is; the EQE of a table is a peak EQE as far as it says."""
    return QUANTITIES[name]


def _rows(data: xarray.Dataset) -> Iterable[Device]:
    columns = {quantity_of(item): item.values.astype(float) for item in data.data_vars.values() if item.ndim == 1}
    there = {name: columns[name] for name in OF_TABLES if name in columns}
    for place in range(data.sizes["row"]):
        values = {name: float(row[place]) for name, row in there.items() if math.isfinite(row[place])}
        yield Device(f"row {place + 1}", WORKING if values else DARK, values)


def _direction(sweep: Sweep, wanted: str) -> Sweep:
    parts = directions(sweep)
    chosen = next((part for part in parts if part.label.endswith(wanted)), parts[0])
    return replace(chosen, label=sweep.label)


def _device(name: str, sweep: Sweep, optics: Optics, settings: DevicesSettings) -> Device:
    """Return one device with its numbers, judged by its current and light."""
    area = settings.area if settings.area is not None else sweep.area
    current = sweep.current / area if sweep.current is not None and area > 0.0 else sweep.current_density
    if current is not None:
        status = _by_current(sweep.voltage, np.abs(current), settings)
        if status:
            return Device(name, status)
    try:
        curve = led_curve(sweep, optics, settings)
    except DataError:
        return Device(name, DARK)
    own = [item for item in curve.findings if item.name in OF_SWEEPS]
    kept = [item for item in own if not (item.name == "turn_on_voltage" and item.bound)]
    return Device(
        name,
        WORKING,
        {item.name: item.value for item in kept},
        tuple(item.name for item in kept if item.bound),
        curve,
    )


def _by_current(voltage: Array, current: Array, settings: DevicesSettings) -> str:
    """Return short or open by the size of the current density [A/m2], empty where it is neither."""
    sound = np.isfinite(voltage) & np.isfinite(current)
    if not np.any(sound):
        return OPEN
    v, j = voltage[sound], current[sound]
    if float(np.max(j)) < settings.open_current_density:
        return OPEN
    order = np.argsort(v, kind="stable")
    if v[order[0]] <= settings.short_voltage <= v[order[-1]]:
        there = float(np.interp(settings.short_voltage, v[order], j[order]))
        return SHORT if there >= settings.short_current_density else ""
    return ""


def _distinct(found: Sequence[Device]) -> tuple[Device, ...]:
    """Return devices with names of their own."""
    names: dict[str, int] = {}
    made: list[Device] = []
    for item in found:
        names[item.name] = names.get(item.name, 0) + 1
        again = names[item.name]
        made.append(item if again == 1 else replace(item, name=f"{item.name} ({again})"))
    return tuple(made)


def as_table(found: DeviceSet, shown: Sequence[str]) -> dict[str, Any]:
    """Return the devices as columns.

    Args:
        found: the devices.
        shown: names of the quantities.
    """
    from halodot.units import from_si

    table: dict[str, Any] = {
        "device": [item.name for item in found.devices],
        "status": [item.status for item in found.devices],
    }
    for name in shown:
        quantity = quantity_named(name)
        unit = quantity.shown_unit
        column = [from_si(item.values.get(name, math.nan), quantity.unit, unit) for item in found.devices]
        table[f"{quantity.label} ({unit})"] = np.array(column)
    return table
