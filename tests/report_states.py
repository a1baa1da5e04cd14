"""Results put together by hand: curves of the right shape and known numbers, no model behind them."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np

from halodot.results.data import Result
from halodot.sources import Sourced
from halodot.states import (
    Ageing,
    DeviceSolution,
    Dispersion,
    Dots,
    Emission,
    Film,
    Flask,
    Interpretation,
    ShellRecord,
    SolveRecord,
    Stack,
    make_layer,
    replaced,
)
from halodot.study import Study
from halodot.study.model import Run

OUTSIDE = 2  # layers below the electrical ones: glass and ITO
WAVELENGTH = np.linspace(400e-9, 800e-9, 401)
VOLTAGE = np.linspace(0.0, 6.0, 61)
#: name, thickness in nm, electron affinity and ionisation energy in eV
LAYERS = (
    ("PEDOT:PSS", 30, 3.4, 5.1),
    ("PTAA", 30, 2.3, 5.2),
    ("dots", 30, 3.5, 5.5),
    ("TmPyPB", 6, 2.7, 6.7),
    ("PO-T2T", 40, 2.9, 7.0),
)


def make_study(title: str = "CsPbI3 dots, 0.2 mmol 5AVAI", inputs: dict[str, Sourced] | None = None) -> Study:
    """A study of a title and some inputs, with nothing to compute."""
    usual = {
        "device.layers.dots.thickness": Sourced(
            30e-9, "m", "assumed", "halodot", low=25e-9, high=35e-9, about="Not stated."
        ),
        "flask.exchange_constant": Sourced(12.5, "1", "calibrated", "paper", sd=2.0, about="Fitted to PLQY."),
        "recipe.pot[0].mass": Sourced(1.7e-4, "kg", "measured", "paper"),
    }
    return Study(
        title=title,
        name="made-by-hand",
        path="made-by-hand.yaml",
        document={"halodot": 1, "title": title},
        recipe=None,
        stack=None,
        emitter=None,
        run=Run(voltages=VOLTAGE, wavelength=WAVELENGTH),
        flask=None,
        dots=None,
        film=None,
        ageing=None,
        given={},
        inputs=usual if inputs is None else inputs,
    )


def make_flask(survived: bool = True, reason: str | None = None) -> Flask:
    """A flask of one wash."""
    return Flask(
        survived=survived,
        reason=reason,
        amounts={"PbI2": 3.7e-4},
        edge_length=5.29e-9,
        edge_length_spread=0.76e-9,
        sites=1e-5,
        dots=1e-8,
        excess_acid=1e-4,
        free_amine=2e-3,
        undissolved_ligand=0.0,
        stripped_fraction=0.4,
        material_retained=0.98,
        samples=(
            Dispersion(
                washes=0,
                antisolvent_ratio=0.0,
                coverage_native=0.5,
                coverage_short=0.4,
                coverage_bare=0.1,
            ),
        ),
        shell=tuple(
            ShellRecord(
                where=f"recipe.pot[{step}]",
                coverage_native=0.9 - 0.2 * step,
                coverage_short=0.2 * step,
                coverage_bare=0.1,
                halide_vacancies=0.04,
                stripped=0.02,
            )
            for step in range(3 if survived else 0)
        ),
        interpretations=(Interpretation("dose <unit>", "mmol", ("mol/L",), "The text says 0.2 M."),),
    )


def make_dots(peak: float = 645e-9, lifetime: float = 7.1e-9, kept: float = 0.75) -> Dots:
    """Dots of a Gaussian PL band, a step-like absorbance and a mono-exponential decay."""
    width = 38e-9 / 2.3548
    pl = np.exp(-0.5 * ((WAVELENGTH - peak) / width) ** 2)
    edge = 1.0 / (1.0 + np.exp((WAVELENGTH - peak + 15e-9) / 6e-9)) * (800e-9 - WAVELENGTH) / 400e-9
    bump = 0.15 * np.exp(-0.5 * ((WAVELENGTH - peak + 20e-9) / 9e-9) ** 2)
    time = np.linspace(0.0, 100e-9, 501)
    days = np.linspace(0.0, 20.0, 41) * 86400.0
    return Dots(
        edge_length=5.29e-9,
        edge_length_spread=0.76e-9,
        spectroscopic_spread=0.36e-9,
        wavelength=WAVELENGTH,
        absorbance=edge + bump,
        pl=pl,
        first_exciton=peak - 18e-9,
        pl_peak=peak,
        pl_fwhm=38e-9,
        plqy=0.87,
        plqy_by_wash=np.array([0.97, 0.95, 0.87]),
        radiative_rate=1.2e8,
        trap_rate=2e7,
        trap_rate_by_wash=np.array([3e6, 6e6, 2e7]),
        time=time,
        trpl=np.exp(-time / lifetime),
        lifetime=lifetime,
        air_time=days,
        pl_in_air=kept ** (days / days[-1]),
        pl_retained_in_air=kept,
        weight_loss=0.32,
        coverage_native=0.45,
        coverage_short=0.4,
        coverage_bare=0.15,
    )


def make_film(edge: float = 630e-9) -> Film:
    """A film of normal dispersion and an absorption edge."""
    extinction = 0.1 / (1.0 + np.exp((WAVELENGTH - edge) / 8e-9))
    return Film(
        gap=1.2e-9,
        core_fraction=0.45,
        wavelength=WAVELENGTH,
        index=1.8 + 2e-14 / WAVELENGTH**2,
        extinction=extinction,
        spectrum=np.exp(-0.5 * ((WAVELENGTH - 645e-9) / 16e-9) ** 2),
        mobility=1e-9,
        electron_affinity=3.5,
        ionisation_energy=5.5,
        density_of_states=1e26,
        relative_permittivity=4.0,
        plqy=0.8,
        radiative_rate=1.2e8,
        nonradiative_rate=3e7,
        roughness=3.25e-9,
        leakage_conductance=1e-3,
    )


def make_stack() -> Stack:
    """The electrical layers between two electrodes, with a substrate."""
    inner = tuple(
        make_layer(
            name=name,
            material=name,
            thickness=thickness * 1e-9,
            role="emitter" if name == "dots" else "transport",
            electron_affinity=affinity,
            ionisation_energy=ionisation,
        )
        for name, thickness, affinity, ionisation in LAYERS
    )
    glass = make_layer(name="glass", material="glass", thickness=np.inf, role="substrate")
    anode = make_layer(name="ITO", material="ITO", thickness=150e-9, role="electrode")
    cathode = make_layer(name="Al", material="Al", thickness=100e-9, role="electrode")
    return Stack(layers=(glass, anode, *inner, cathode))


def make_operation(gain: float = 1.0, unconverged: tuple[int, ...] = ()) -> DeviceSolution:
    """A diode with a shunt; the points named are nan and marked."""
    thickness = [layer[1] * 1e-9 for layer in LAYERS]
    faces = np.concatenate(([0.0], np.cumsum(thickness)))
    owner = np.repeat(np.arange(len(thickness)), 12) + OUTSIDE
    position = np.concatenate([np.linspace(low, high, 12) for low, high in pairwise(faces)])
    drive = np.clip(VOLTAGE - 2.0, 0.0, None)
    capture = gain * 10.0 * drive**3
    shunt = 1e-3 * VOLTAGE / gain
    leak = 1e-3 * capture * drive
    parts = {
        "exciton_formation_current": 0.9 * capture,
        "emitter_trap_current": 0.1 * capture,
        "outside_emitter_current": 1e-2 * capture,
        "electron_leakage": leak,
        "hole_leakage": 0.1 * leak,
        "shunt_current": shunt,
    }
    total = sum(parts.values())
    across = position[None, :] / position[-1]
    potential = (2.0 - VOLTAGE)[:, None] * across
    shape = np.where(owner == OUTSIDE + 2, np.exp(-(position - faces[2]) / 10e-9), 1e-8)
    curves = {**parts, "current_density": total}
    for values in curves.values():
        values[list(unconverged)] = np.nan
    converged = np.ones(VOLTAGE.size, dtype=bool)
    converged[list(unconverged)] = False
    with np.errstate(invalid="ignore", divide="ignore"):
        balance = parts["exciton_formation_current"] / total
    generation = np.outer(capture, np.ones(11)) / 1.602176634e-19 / 11
    return DeviceSolution(
        voltage=VOLTAGE,
        converged=converged,
        charge_balance=balance,
        exciton_generation=generation,
        exciton_position=30e-9 * (np.arange(11) + 0.5) / 11,
        radiative_decay=0.87 * generation,
        radiative_current=0.87 * capture,
        nonradiative_current=0.13 * capture,
        quenching_current=0.0 * capture,
        trion_auger_current=0.0 * capture,
        auger_current=0.0 * capture,
        interface_recombination_current=0.0 * capture,
        cation_density=np.zeros((VOLTAGE.size, position.size)),
        anion_density=np.zeros((VOLTAGE.size, position.size)),
        temperature=np.full(VOLTAGE.size, 300.0),
        position=position,
        layer_of_node=owner,
        potential=potential,
        electron_density=np.full((VOLTAGE.size, position.size), 1e20),
        hole_density=np.where(owner == owner[-1], 1.0, 1e20) * np.ones((VOLTAGE.size, 1)),
        electron_quasi_fermi_level=np.full((VOLTAGE.size, position.size), 3.6),
        hole_quasi_fermi_level=3.6 + VOLTAGE[:, None] * np.ones(position.size),
        recombination=np.outer(capture + 1e-30, shape) / 1.6e-19 / 10e-9,
        history=tuple(
            SolveRecord(float(voltage), bool(solved), 5, 1e-12, "" if solved else "the step became too small")
            for voltage, solved in zip(VOLTAGE, converged)
        ),
        **curves,
    )


def make_emission(device_solution: DeviceSolution, peak: float = 645e-9, eqe_max: float = 0.24) -> Emission:
    """Light whose photon budget adds up to 1 and whose EQE has a maximum at 3.5 V."""
    points = VOLTAGE.size
    eqe = eqe_max * np.exp(-0.5 * ((VOLTAGE - 3.5) / 1.5) ** 2) * np.where(device_solution.converged, 1.0, np.nan)
    spectrum = np.exp(-0.5 * ((WAVELENGTH - peak) / 16e-9) ** 2)
    even = np.ones(points)
    absorbed = np.outer([0.0, 0.04, 0.03, 0.004, 0.02, 0.001, 0.003, 0.06], even)
    other = {"substrate": 0.2 * even, "guided": 0.25 * even, "back": 1e-6 * even, "nonradiative": 0.1 * even}
    air = 1.0 - sum(other.values()) - absorbed.sum(axis=0)
    luminance = eqe * device_solution.current_density * 70.0
    angle = np.radians(np.linspace(0.0, 90.0, 19))
    shifted = np.multiply.outer(even, np.sin(angle) ** 2)
    return Emission(
        voltage=VOLTAGE,
        current_density=device_solution.current_density,
        wavelength=WAVELENGTH,
        el=np.outer(eqe * device_solution.current_density, spectrum),
        luminance=luminance,
        eqe=eqe,
        eqe_lambertian=1.08 * eqe,
        outcoupling=0.3 * even,
        exciton_yield=0.9 * even,
        cie_x=0.7106 * even,
        cie_y=0.2894 * even,
        el_peak=peak * even,
        el_fwhm=37.7e-9 * even,
        current_efficiency=16.0 * even,
        luminous_efficacy=12.0 * even,
        layer_names=("glass", "ITO", *(layer[0] for layer in LAYERS), "Al"),
        air=air,
        absorbed=absorbed,
        balance_error=1e-12,
        cie_u=0.542 * even,
        cie_v=0.516 * even,
        dominant_wavelength=635e-9 * even,
        rec_2020=0.9998 * even,
        lambertian_factor=1.05 * even,
        radiance_angle=angle,
        angular_luminance=np.multiply.outer(luminance, np.cos(angle) ** 0.1),
        angular_u=0.542 - 0.004 * shifted,
        angular_v=0.516 + 0.001 * shifted,
        **other,
    )


def make_ageing(half_life: float = 10.8 * 3600.0, extrapolated: bool = False) -> Ageing:
    """An exponential fall to its half."""
    time = np.concatenate(([0.0], np.geomspace(1e-3 * half_life, 4.0 * half_life, 200)))
    return Ageing(
        luminance=209.0,
        current_density=12.0,
        half_life=half_life,
        time=time,
        relative_luminance=0.5 ** (time / half_life),
        extrapolated=extrapolated,
    )


def whole(
    title: str = "CsPbI3 dots, 0.2 mmol 5AVAI",
    peak: float = 645e-9,
    gain: float = 1.0,
    half_life: float = 10.8 * 3600.0,
    unconverged: tuple[int, ...] = (),
) -> Result:
    """A result with every state but the optics."""
    device_solution = make_operation(gain, unconverged)
    return Result(
        study=make_study(title),
        flask=make_flask(),
        dots=make_dots(peak, lifetime=7.1e-9 * gain**0.3, kept=0.75 * gain**0.3),
        film=make_film(peak - 15e-9),
        stack=make_stack(),
        device_solution=device_solution,
        emission=make_emission(device_solution, peak, 0.24 * gain**0.2),
        ageing=make_ageing(half_life),
    )


def decomposed() -> Result:
    """A synthesis that ended with the acid."""
    return Result(study=make_study("HI only"), flask=make_flask(survived=False, reason="the acid <strips> every site"))


def chemistry_only() -> Result:
    """Dots and a film, no device."""
    return Result(study=make_study("no device"), flask=make_flask(), dots=make_dots(), film=make_film())


def shortened(result: Result, points: list[int]) -> Result:
    """The same device measured at only some of its voltages."""
    changed = {}
    for name in ("device_solution", "emission"):
        state = getattr(result, name)
        along = {item.name: item.metadata.get("dimensions", ()) for item in fields(state)}
        changed[name] = replaced(
            state,
            **{
                item: np.take(getattr(state, item), points, axis=dimensions.index("voltage"))
                for item, dimensions in along.items()
                if "voltage" in dimensions and getattr(state, item).size
            },
        )
    return replaced(result, **changed)
