"""The steady state of a device."""

from __future__ import annotations

from halodot.arrays import Array, BoolArray, IntArray
from halodot.states.declare import array, empty_array, state
from halodot.states.notes import Note


@state
class SolveRecord:
    """What one bias point took."""

    voltage: float
    converged: bool
    iterations: int
    residual: float
    message: str = ""


@state
class DeviceSolution:
    """The steady state of the device at every voltage; nan where a point did not converge."""

    voltage: Array = array("V", "voltage")
    current_density: Array = array("A/m2", "voltage")
    converged: BoolArray = array("1", "voltage")
    # charge budget, all in A/m2; they add up to current_density, each from its own integral
    exciton_formation_current: Array = array(
        "A/m2", "voltage", part_of="current_density"
    )  # bimolecular capture to excitons in the emitter
    emitter_trap_current: Array = array("A/m2", "voltage", part_of="current_density")
    auger_current: Array = array(
        "A/m2", "voltage", part_of="current_density"
    )  # Auger recombination of free carriers, all layers
    interface_recombination_current: Array = array(
        "A/m2", "voltage", part_of="current_density"
    )  # recombination at interfaces
    outside_emitter_current: Array = array(
        "A/m2", "voltage", part_of="current_density"
    )  # bimolecular and trap recombination in all other layers
    electron_leakage: Array = array("A/m2", "voltage", part_of="current_density")  # electrons that reach the anode
    hole_leakage: Array = array("A/m2", "voltage", part_of="current_density")  # holes that reach the cathode
    shunt_current: Array = array("A/m2", "voltage", part_of="current_density")
    charge_balance: Array = array("1", "voltage")  # exciton_formation_current / current_density
    # fate of the excitons, in A/m2 of the charges that made them; they add up to exciton_formation_current
    radiative_current: Array = array("A/m2", "voltage", part_of="exciton_formation_current")
    nonradiative_current: Array = array(
        "A/m2", "voltage", part_of="exciton_formation_current"
    )  # losses that the film has outside a device too
    quenching_current: Array = array("A/m2", "voltage", part_of="exciton_formation_current")  # by neighbouring layers
    trion_auger_current: Array = array(
        "A/m2", "voltage", part_of="exciton_formation_current"
    )  # Auger decay beside a charge
    # emission zone: events per area and time around each of Optics.position
    exciton_generation: Array = array("1/m2/s", "voltage", "exciton_position")
    radiative_decay: Array = array("1/m2/s", "voltage", "exciton_position")  # where excitons went by diffusion
    exciton_position: Array = array("m", "exciton_position")  # height above the lower interface of the emitter
    # profiles on the solver's grid
    position: Array = array("m", "node")
    layer_of_node: IntArray = array("1", "node")
    potential: Array = array("V", "voltage", "node")
    electron_density: Array = array("1/m3", "voltage", "node")
    hole_density: Array = array("1/m3", "voltage", "node")
    electron_quasi_fermi_level: Array = array("eV", "voltage", "node")  # quasi-Fermi level below vacuum at the cathode
    hole_quasi_fermi_level: Array = array("eV", "voltage", "node")
    recombination: Array = array("1/m3/s", "voltage", "node")
    cation_density: Array = array("1/m3", "voltage", "node")
    anion_density: Array = array("1/m3", "voltage", "node")
    temperature: Array = array("K", "voltage")
    history: tuple[SolveRecord, ...] = ()
    notes: tuple[Note, ...] = ()
    nodes_per_layer: int = 0  # of the grid that the states are on
    # what the grid leaves of error, relative; nan where it is not known, empty where it was not asked
    current_density_error: Array = array("1", "voltage", default_factory=empty_array)
    radiative_current_error: Array = array("1", "voltage", default_factory=empty_array)
