"""What a study is once it has been read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.device.solver.settings import SolverSettings
from halodot.errors import InputError
from halodot.sources import Sourced
from halodot.states import Array, Emitter, Note, Recipe, Stack, number, state
from halodot.study.evidence import Evidence
from halodot.study.spread import StatedSpread

if TYPE_CHECKING:
    from halodot.ageing.parameters import AgeingParameters
    from halodot.dots.parameters import DotsParameters
    from halodot.film.parameters import FilmParameters
    from halodot.flask.parameters import FlaskParameters
    from halodot.perovskite.parameters import PerovskiteParameters


@state
class Run:
    """What is computed and on which grid."""

    voltages: Array = field(metadata={"unit": "V"})
    wavelength: Array = field(metadata={"unit": "m"})  # of the optics
    positions: int = 11  # in the emitting layer
    lifetime_luminance: float = number(
        "cd/m2", "initial luminance of the lifetime test, nan for none", default=math.nan
    )
    temperature: float = number(
        "K", "temperature of the device and of the air around it", default=300.0, valid="temperature"
    )
    humidity: float = number("1", "relative humidity of the air", default=0.5, valid="fraction")
    illumination: float = number("1", "multiple of the layers' generation by light, 0 in the dark", default=1.0)
    stop_after: str = ""  # flask | dots | film | light, empty for all
    tolerance: float = number(
        "1",
        "relative error of the current and the light that the grids may leave",
        default=0.005,
        valid="positive",
    )
    nodes_per_layer: int = 0  # of the device's grid in each electrical layer, 0 for as many as the tolerance asks
    solver: SolverSettings = SolverSettings()  # how the equations of the device are solved
    open: tuple[str, ...] = ()  # which of wavelength and positions the study leaves to the emitter


@state
class EmitterNumbers:
    """The light of the emitting layer as a study states it; nan where the film says it."""

    peak: float = number(
        "m", "maximum of the line, a Gaussian in energy", default=math.nan, valid="positive", shown="nm"
    )
    fwhm: float = number("m", "full width at half maximum of the line", default=math.nan, valid="positive", shown="nm")
    plqy: float = number(
        "1", "photoluminescence quantum yield of the film outside a device", default=math.nan, valid="fraction"
    )
    radiative_lifetime: float = number(
        "s",
        "reciprocal radiative rate in an infinite medium: the measured lifetime over the yield",
        default=math.nan,
        valid="positive",
        shown="ns",
    )
    horizontal_fraction: float = number(
        "1", "share of the dipole moment in the plane", default=2.0 / 3.0, symbol="Theta", valid="fraction"
    )
    quenching_range: float = number(
        "m",
        "decay length of quenching by a neighbouring layer",
        default=1e-9,
        symbol="l_q",
        valid="positive",
        shown="nm",
    )
    exciton_diffusivity: float = number(
        "m2/s", "diffusion coefficient of excitons from dot to dot", default=math.nan, symbol="D_X", shown="cm2/s"
    )
    dot_volume: float = number(
        "m3",
        "volume of film for each dot; by class two states a dot in `electron_density_of_states`",
        default=math.nan,
        symbol="v",
        valid="positive",
        shown="nm3",
    )
    trion_auger_rate: float = number(
        "1/s",
        "Auger rate of an exciton on a dot that holds a charge; 0 where neither it nor a class is stated",
        default=math.nan,
        symbol="k_tri",
        shown="1/ns",
    )
    charging_energy: float = number(
        "eV",
        "energy by which two electrons, or two holes, on one dot repel each other; 0 where neither it nor a class is "
        "stated: the two places of a dot then fill independently",
        default=math.nan,
        symbol="U",
        shown="meV",
    )
    exciton_binding: float = number(
        "eV",
        "attraction of electron and hole on a dot, for `face_capture` alone; 0 where neither it nor a film states it",
        default=math.nan,
        symbol="E_b",
        shown="meV",
    )
    quenching_field: float = number(
        "V/m",
        "field that halves the radiative rate of an exciton",
        default=math.nan,
        symbol="E_q",
        valid="positive",
        shown="MV/cm",
    )
    nonradiative_activation_energy: float = number(
        "eV",
        "activation energy by which the non-radiative rate follows the temperature, from 25 degC; 0 where not stated",
        default=math.nan,
        symbol="E_nr",
        shown="meV",
    )


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """Everything that a computation needs, and where each of its numbers comes from."""

    title: str
    name: str  # of the file, without its ending
    path: str
    document: Mapping[str, Any]  # what was written, after all changes, as JSON knows it
    recipe: Recipe | None
    stack: Stack | None
    emitter: EmitterNumbers | None  # what the study states about the emitting layer's light
    run: Run
    flask: FlaskParameters | None  # None for a stage that does not enter, as the next three
    dots: DotsParameters | None
    film: FilmParameters | None
    ageing: AgeingParameters | None
    given: Mapping[str, Any]  # "dots.plqy" -> value, or "film" -> a whole state
    inputs: Mapping[str, Sourced]  # every number that enters, by its path
    calibration: str = ""  # a name of the library or the path of a file, empty for none
    calibrated_quantities: tuple[str, ...] = ()  # of the summary, whose data calibrated the parameters
    evidence: Evidence | None = None  # what the calibration's data say of the inputs
    priors: Mapping[str, Sourced] = field(default_factory=dict)  # of the numbers that the calibration has set
    tables: Mapping[str, str] = field(default_factory=dict)  # layer -> source of its refractive index
    notes: tuple[Note, ...] = ()
    perovskite: PerovskiteParameters | None = None  # of the dots, None without a stage of theirs
    fitted_to: str = ""  # what the calibration was fitted to, in words
    text: str = ""  # as it was read, before other studies that it extends and all changes; empty where it is not known
    files: Mapping[str, str] = field(default_factory=dict)  # the user's own that it names: word -> content
    spread: StatedSpread | None = None  # how far its devices differ, where it says so

    def __repr__(self) -> str:
        """The title and how much it holds."""
        parts = [name for name in ("recipe", "stack") if getattr(self, name) is not None]
        return f"<Study {self.title!r}: {', '.join(parts) or 'given states'}, {len(self.inputs)} numbers>"

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys or words of every source that a number or a table of this study names."""
        return tuple(sorted({*(entry.source for entry in self.inputs.values()), *self.tables.values()} - {""}))


def make_emitter(numbers: EmitterNumbers) -> Emitter:
    """Return the emitter of a device without a recipe: a line that is a Gaussian in energy.

    Raises:
        InputError: there is no light, since the quantum yield or the lifetime is zero.
    """
    if not (numbers.plqy > 0.0 and numbers.radiative_lifetime > 0.0):
        raise InputError("an emitter without quantum yield or lifetime gives no light to follow")
    from halodot.light.colour import gaussian_line

    span = max(60e-9, 3.0 * numbers.fwhm)
    # 24 steps over the width of the line, so that what is linear between them is that line within 0.2 %.
    count = min(max(241, 2 * math.ceil(24.0 * span / numbers.fwhm) + 1), 20_001)
    wavelength = np.linspace(max(numbers.peak - span, 0.3 * numbers.peak), numbers.peak + span, count)
    rate = 1.0 / numbers.radiative_lifetime
    return Emitter(
        wavelength=wavelength,
        spectrum=gaussian_line(wavelength, numbers.peak, numbers.fwhm),
        radiative_rate=rate,
        nonradiative_rate=rate * (1.0 / numbers.plqy - 1.0),
        horizontal_fraction=numbers.horizontal_fraction,
        quenching_range=numbers.quenching_range,
        **stated_fates(numbers),
    )


def stated_fates(numbers: EmitterNumbers) -> dict[str, float]:
    """Return what is said of how excitons move and end beside charges and in the field, by field of the emitter."""
    names = (
        "exciton_diffusivity",
        "dot_volume",
        "trion_auger_rate",
        "charging_energy",
        "exciton_binding",
        "quenching_field",
        "nonradiative_activation_energy",
    )
    return {name: getattr(numbers, name) for name in names if not math.isnan(getattr(numbers, name))}
