"""How far devices of one recipe differ: the devices of a laboratory, their yield and champion, and what makes it.

This is about what VARIES from batch to batch and from pixel to pixel. What is UNCERTAIN, the same for every device and
not known, stays at its stated value here; :func:`halodot.draws` draws that.

The laboratory's devices are computed one by one. For all devices that could be made an estimate of every device stands
in, from steps of each input and from devices drawn at random (:mod:`halodot.learn.spread_estimate`); its own error is
part of every error that is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from halodot.arrays import Array
from halodot.chain.simulate import simulate
from halodot.errors import InputError, Problem
from halodot.learn.draws import coarse
from halodot.learn.limits import OUTPUTS
from halodot.learn.spread_estimate import Estimate, estimate_of, ranked_inputs, scaled
from halodot.learn.spread_population import champions, output_spread, population, yielded
from halodot.learn.spread_result import DeviceSpread, Laboratory
from halodot.learn.spread_space import AREA, Followed, Follower, Space, batch_numbers, drawn_devices, numbers_of
from halodot.results.dark_device import causes
from halodot.results.data import Result
from halodot.results.summary import peak_point
from halodot.states import Note
from halodot.study import Study
from halodot.study.spread import fits
from halodot.study.variations import Variations, stated_by_hand, variations_of

Progress = Callable[[str, int, int], None]
#: devices drawn at random for the estimate
USUAL = 96
MOST_DEVICES = 2000
#: streams of random numbers of one seed
_LABORATORY, _SHORTS, _TRAINING, _POPULATION = range(4)


def spread(
    study: Study | Result,
    devices: int = 20,
    *,
    seed: int = 1,
    sd: Mapping[str, Mapping[str, str]] | None = None,
    only: Collection[str] = (),
    training: int = USUAL,
    workers: int | None = None,
    progress: Progress | None = None,
) -> DeviceSpread:
    """Make the devices of a laboratory, which differ from batch to batch and from pixel to pixel.

    Args:
        study: with a device that emits, or its result; standard deviations from its section ``spread``, the library's
            for the rest.
        devices: that the laboratory makes.
        seed: of all random numbers; the same seed gives the same devices, whatever ``workers``.
        sd: standard deviations that count before the study's, by path, in which * stands for any text, and level, such
            as ``{"device.layers.PTAA.thickness": {"batch": "5 %", "pixel": "2 %"}}``.
        only: paths of what varies, all others do not.
        training: devices drawn at random for the estimate of all that could be made.
        workers: threads; as many as there are cores when not given.
        progress: called with (what, done, total).

    Returns:
        The laboratory's devices, and of all that could be made mean, standard deviation, yield, champion and the share
        of each variation, with errors.

    Raises:
        InputError: nothing varies, the study gives no light, or a number cannot be used.
    """
    of = study.study if isinstance(study, Result) else study
    refuse_counts(devices, training, seed)
    found = _varied(variations_of(of, stated_by_hand(of, sd or {})), tuple(only))
    told = progress or (lambda what, done, total: None)
    central = _lit(simulate(coarse(of)))
    space = Space(found.items)
    follower = Follower(central.study, space, central, workers)
    made = _made(follower, found, devices, seed, told)
    estimates, trained = _estimates(follower, training, seed, told)
    drawn, working = (
        population(space, estimates, found, max(devices, 100), (seed, _POPULATION)),
        _dark_share(made, trained),
    )
    outputs = {
        name: output_spread(estimate, drawn, space, made, float(numbers_of(central)[name]), seed)
        for name, estimate in estimates.items()
    }
    return DeviceSpread(
        title=of.title,
        seed=seed,
        variations=found,
        laboratory=_laboratory(found, space, made, seed),
        outputs=outputs,
        yielded=yielded(drawn, working, devices),
        champions=champions(drawn, estimates.get("eqe_max"), working, devices),
        computed=1 + devices + len(space.items) + training,
        notes=_notes(central, made, trained, estimates, training),
    )


def _lit(central: Result) -> Result:
    """Return the stated device, refusing one without light."""
    if central.emission is None or peak_point(central.emission) is None:
        text = "spread needs a study with a device that emits; this one gives no light that can be measured."
        raise InputError(" ".join((text, *causes(central))))
    return central


def refuse_counts(devices: int, training: int, seed: int) -> None:
    """Refuse numbers of devices that cannot be computed, and what is no seed.

    Args:
        devices: of the laboratory.
        training: devices drawn at random for the estimate.
        seed: of all random numbers.

    Raises:
        InputError: with each of them.
    """
    problems = []
    if not 1 <= devices <= MOST_DEVICES:
        many = "at least one device is needed" if devices < 1 else f"at most {MOST_DEVICES} devices are computed"
        problems.append(Problem(many, "devices"))
    if training < 8:
        problems.append(Problem("at least 8 devices are needed for an estimate", "training"))
    if seed < 0:
        problems.append(Problem("a seed is not negative", "seed"))
    if problems:
        raise InputError(problems)


def _varied(found: Variations, only: Sequence[str]) -> Variations:
    """Return the variations that are asked for."""
    unknown = [path for path in only if not any(fits(item.path, path) for item in found.items)]
    if unknown:
        raise InputError([Problem("is no number that varies between devices", path) for path in unknown])
    items = tuple(item for item in found.items if not only or any(fits(item.path, path) for path in only))
    if not items:
        message = "nothing varies between devices; state standard deviations, such as --pixel device.area='2 %'"
        raise InputError(Problem(message, "spread"))
    return replace(found, items=items)


def _made(follower: Follower, found: Variations, devices: int, seed: int, told: Progress) -> Followed:
    """Compute the devices of the laboratory, batch by batch."""
    pixels = int(found.pixels_per_batch.entry.value)
    deviates = drawn_devices(follower.space, devices, pixels, (seed, _LABORATORY))
    return follower.follow(deviates, batch_numbers(devices, pixels), lambda done, of: told("devices", done, of))


def _laboratory(found: Variations, space: Space, made: Followed, seed: int) -> Laboratory:
    """Return the devices of the laboratory, those with shorts marked."""
    values = space.values(made.deviates)
    count = len(values)
    defects = found.shorts.entry.value * area_of(space, values, found)
    return Laboratory(
        batch=batch_numbers(count, int(found.pixels_per_batch.entry.value)),
        inputs=tuple(item.path for item in space.items),
        values=values,
        numbers=made.numbers,
        shorted=np.random.default_rng((seed, _SHORTS)).random(count) < -np.expm1(-defects),
        failures=made.failures,
    )


def area_of(space: Space, values: Array, found: Variations) -> Array:
    """Return the area of devices [m2], (device,)."""
    place = space.place(AREA)
    return np.full(len(values), found.area) if place < 0 else values[:, place]


def _estimates(follower: Follower, training: int, seed: int, told: Progress) -> tuple[dict[str, Estimate], Followed]:
    """Return the estimate of each output, and the devices drawn at random behind them."""
    from scipy.stats import norm, qmc

    count = len(follower.space.items)
    stepped = follower.follow(np.eye(count), progress=lambda done, of: told("steps", done, of))
    points = qmc.Sobol(count, rng=np.random.default_rng((seed, _TRAINING))).random_base2((training - 1).bit_length())
    deviates = norm.ppf(np.clip(points[:training], 1e-12, 1.0 - 1e-12))
    trained = follower.follow(deviates, progress=lambda done, of: told("estimate", done, of))
    centre = numbers_of(follower.central)
    own = np.array([float(scaled(name, np.array(centre[name]))) for name in OUTPUTS])
    steps = np.stack([scaled(name, stepped.numbers[:, k]) for k, name in enumerate(OUTPUTS)], axis=1)
    order = ranked_inputs(own, steps)
    found = {}
    for k, name in enumerate(OUTPUTS):
        one = estimate_of(name, own[k], steps[:, k] - own[k], order, deviates, scaled(name, trained.numbers[:, k]))
        if one is not None:
            found[name] = one
    return found, trained


def _dark_share(*made: Followed) -> tuple[int, int]:
    """Return how many of the computed devices without shorts give light, and how many there are."""
    lit = [np.isfinite(item.numbers[:, 0]) for item in made]
    return int(sum(np.sum(one) for one in lit)), sum(len(one) for one in lit)


def _notes(
    central: Result, made: Followed, trained: Followed, estimates: Mapping[str, Estimate], training: int
) -> tuple[Note, ...]:
    """Return how the numbers were found, and what is left out."""
    run = central.study.run
    texts = [
        "What varies is drawn; what is uncertain stays at its stated value (halodot run --draws draws that).",
        "Instruments add nothing here: every device is read as it is, current and light over the stated area.",
        f"Devices are solved at {run.voltages.size} voltages, on {run.wavelength.size} wavelengths, and the grid of the"
        " device is not refined.",
        f"Of all devices that could be made, the numbers are those of a polynomial through {training} devices drawn at"
        " random; errors hold its own, the random devices, what it misses, and one device in as many that lies three"
        " standard deviations off unseen. Rarer kinds of devices are in no number.",
        "Layers up to the emitter are taken as made from solution, those above as evaporated, the lowest electrode as"
        " bought with its substrate.",
    ]
    notes = [Note("accuracy", text, "spread") for text in texts]
    seen = [bool(np.isfinite(column).any()) for column in np.vstack([made.numbers, trained.numbers]).T]
    missing = [OUTPUTS[name].called for k, name in enumerate(OUTPUTS) if name not in estimates and seen[k]]
    if missing:
        text = f"Too few devices give the {', '.join(missing)}, so that it is given for the computed devices alone."
        notes.append(Note("accuracy", text, "spread"))
    if none := [OUTPUTS[name].called for k, name in enumerate(OUTPUTS) if not seen[k]]:
        notes.append(Note("accuracy", f"No device of this study gives the {', '.join(none)}.", "spread"))
    failed = [reason for item in (made, trained) for reason in item.failures if reason]
    if failed:
        text = f"{len(failed)} computed devices have no solution, the first because: {failed[0]}"
        notes.append(Note("accuracy", text, "spread"))
    return tuple(notes)
