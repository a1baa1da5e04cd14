"""Derivatives of the numbers of a study by all its inputs, from far fewer solutions of its device than inputs.

The recipe, the dots and the film reach the device through the numbers of one stack, and most of their inputs move the
same few of these together. By the chain rule

    dq/dp = (dq/dp with the device held) + sum_k c_k (change of q along direction k of the stack's numbers)

each input is followed through the chemistry, which is quick, and its change of the stack is written as a sum of those
of a few inputs (:mod:`halodot.learn.directions`), for which alone optics and device are solved: at the voltages that
the numbers are read from, every voltage from the solution beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import numpy as np

from halodot.chain.neighbours import Beside, aged, beside, chemistry_of, device_of, on_the_same_device
from halodot.errors import HalodotError
from halodot.learn.directions import change_of, directions
from halodot.paths import root_of
from halodot.results.data import Result
from halodot.results.summary import peak_point
from halodot.states import Array, replaced
from halodot.study import Study, with_inputs

Reader = Callable[[Result], Mapping[str, float]]
Numbers = Mapping[str, float]
#: relative difference that leaving out voltages may make: what the solver leaves of its equations
_SOLVED = 1e-6
#: change of the current [of itself] up to which a curve has not moved to other voltages
_ROUNDING = 1e-6
#: share of a line's maximum below which every third wavelength is enough for derivatives
_DIM = 0.02
#: numbers of the solution and not of the model, which is solved on one grid here
_SETTINGS = ("run.tolerance",)


@dataclass(frozen=True, eq=False)
class Moved:
    """An input that has been moved by its step."""

    study: Study
    chemistry: Result | None = None  # up to the stack; None where there is none
    held: Numbers | None = None  # of its chemistry on the device as it was
    change: Mapping[str, Array] | None = None  # of the numbers of the stack


def changes_by_the_chain_rule(
    base: Result,
    reader: Reader,
    steps: Mapping[str, float],
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> list[Numbers]:
    """Return by how much numbers of a result change when each input is moved by its step.

    Args:
        base: on fixed grids, see :func:`halodot.chain.grid.on_fixed_grid`.
        reader: turns a result into named numbers.
        steps: of the inputs [SI], by path.
        workers: threads in which devices are solved; the solvers hold no lock of the interpreter.
        progress: called with (done, total).

    Returns:
        Changes of the numbers by name, for each input in its order; none of them where there is no solution.
    """
    near = Neighbours(base, reader)
    tell = _Told(progress, len(steps))
    running: dict[int, Future[Numbers]] = {}
    moved: list[Moved] = []
    with ThreadPoolExecutor(max(workers, 1)) as pool:

        def solve(k: int) -> None:
            running[k] = pool.submit(near.followed, moved[k])
            running[k].add_done_callback(lambda _: tell.one())

        order = sorted(steps, key=lambda path: root_of(path) != "device")  # which need no chemistry
        for k, path in enumerate(order):
            moved.append(near.moved(path, steps[path]))
            if moved[k].chemistry is not None and (moved[k].held is None or root_of(path) == "device"):
                solve(k)
            else:
                tell.one()
        along = [k for k, item in enumerate(moved) if item.change and k not in running]
        own, share = directions([moved[k].change or {} for k in along])
        tell.total += len(own)
        for k in own:
            solve(along[k])
        found = {k: future.result() for k, future in running.items()}
    summed = _summed(near.numbers, moved, found, dict(zip(along, share)), [along[k] for k in own])
    by_path = dict(zip(order, summed))
    return [by_path[path] for path in steps]


def _summed(
    numbers: Numbers, moved: Sequence[Moved], found: Mapping[int, Numbers], share: Mapping[int, Array], own: list[int]
) -> Iterator[Numbers]:
    """Yield the changes of each input: its own, or those along the directions that it is made of."""
    at_base = np.array(list(numbers.values()))
    by_device = np.zeros((len(own), at_base.size))
    for row, k in zip(by_device, own):
        row[:] = _difference(found[k], moved[k].held or {}, numbers)
    for k, item in enumerate(moved):
        if k in found:
            change = _difference(found[k], numbers, numbers)
        elif item.held is None:
            change = np.full(at_base.size, math.nan)
        else:
            change = _difference(item.held, numbers, numbers)
            if k in share:
                parts = share[k][:, np.newaxis] * by_device
                change = change + np.sum(parts, axis=0, where=share[k][:, np.newaxis] != 0.0)
        yield dict(zip(numbers, change.tolist()))


def _difference(one: Numbers, other: Numbers, names: Numbers) -> Array:
    return np.array([one.get(name, math.nan) - other.get(name, math.nan) for name in names])


class _Told:
    """How many steps are done of how many."""

    def __init__(self, progress: Callable[[int, int], None] | None, total: int) -> None:
        self.total, self._done, self._progress = total, 0, progress
        self._lock = Lock()

    def one(self) -> None:
        with self._lock:
            self._done += 1
            if self._progress:
                self._progress(self._done, self.total)


class Neighbours:
    """A result, and the results of inputs that are moved a little."""

    def __init__(self, base: Result, reader: Reader) -> None:
        self._reader = reader
        self.numbers = reader(base)
        self._whole = beside(base)
        self._few, self._places = self._with_few_voltages()

    def moved(self, path: str, step: float) -> Moved:
        """Follow the chemistry of an input that is moved by its step."""
        study = self._few.result.study
        if path in _SETTINGS:
            return Moved(study, self._few.result, self.numbers, {})
        try:
            study = with_inputs(study, {path: study.inputs[path].value + step}, remarked=False)
            chemistry = chemistry_of(study, self._few)
            held = on_the_same_device(chemistry, self._few)
            if held is None:
                return Moved(study, chemistry)
            change = change_of(self._few.result.stack, chemistry.stack)
            if change is None:
                return Moved(study, chemistry)
            return Moved(study, chemistry, self._reader(held), change)
        except HalodotError:
            return Moved(study)

    def followed(self, item: Moved) -> Numbers:
        """Return the numbers of a moved input, none where it has no solution."""
        if item.chemistry is None:
            return {}
        try:
            result = device_of(item.chemistry, self._few)
            if self._places is not None and not self._stays(result):
                whole = replaced(item.study.run, voltages=self._whole.result.study.run.voltages)
                study = replaced(item.study, run=whole)
                result = device_of(chemistry_of(study, self._whole), self._whole)
            return self._reader(result)
        except HalodotError:
            return {}

    # ------------------------------------------------------------------------------------------------ fewer voltages

    def _with_few_voltages(self) -> tuple[Beside, Array | None]:
        """Return the result at those voltages alone that its numbers are read from, and which these are."""
        base = self._whole.result
        if base.emission is None or base.device_solution is None or self._whole.solved is None:
            return self._whole, None
        count = base.device_solution.voltage.size
        read = {k for k in range(count) if not self._same_without(k)}
        places = np.array(sorted({j for k in read for j in (k - 1, k, k + 1) if 0 <= j < count}))
        if not 0 < places.size < count:
            return self._whole, None
        run = replaced(base.study.run, voltages=base.study.run.voltages[places])
        study = replaced(base.study, run=run)
        few = device_of(chemistry_of(study, self._whole), self._whole.at(places))
        if not _alike(self._reader(few), self.numbers, _SOLVED):
            return self._whole, None
        fewer = replaced(run, wavelength=_where_light_is(base))
        few = device_of(chemistry_of(replaced(study, run=fewer), self._whole), self._whole.at(places))
        self.numbers = self._reader(few)
        return Beside(few, self._whole.at(places).solved), places

    def _same_without(self, place: int) -> bool:
        """Whether the numbers would be the same if a voltage had not been solved."""
        base = self._whole.result
        assert base.emission is not None
        assert base.device_solution is not None
        changed = {}
        for name in ("luminance", "eqe", "current_density", "luminous_efficacy"):
            values = np.array(getattr(base.emission, name))
            values[place] = math.nan
            changed[name] = values
        converged = np.array(base.device_solution.converged)
        converged[place] = False
        without = replaced(
            base,
            emission=replaced(base.emission, **changed),
            device_solution=replaced(base.device_solution, converged=converged),
        )
        return _alike(self._reader(aged(without)), self.numbers, 0.0)

    def _stays(self, result: Result) -> bool:
        """Whether a neighbour's curve has moved by less than one voltage, so that nothing is read between others."""
        base, places = self._whole.result, self._places
        assert places is not None
        assert base.device_solution is not None
        assert result.device_solution is not None
        current = base.device_solution.current_density
        last = current.size - 1
        ends = np.stack((current[np.maximum(places - 1, 0)], current[places], current[np.minimum(places + 1, last)]))
        margin = _ROUNDING * np.abs(current[places])
        found = result.device_solution.current_density
        inside = (found >= ends.min(axis=0) - margin) & (found <= ends.max(axis=0) + margin)
        inside |= (places == 0) | (places == last)
        top = None if result.emission is None else peak_point(result.emission)
        block = np.zeros(places.size, dtype=bool)
        block[1:-1] = (np.diff(places)[1:] == 1) & (np.diff(places)[:-1] == 1)
        block[[0, -1]] = places[[0, -1]] == (0, last)
        return bool(np.all(inside)) and (top is None or bool(block[top]))


def _where_light_is(result: Result) -> Array:
    """Return the wavelengths of a result where its line is, and every third of the others, (wavelength,) [m]."""
    wavelength, emission = result.study.run.wavelength, result.emission
    if emission is None or emission.wavelength.size != wavelength.size:
        return wavelength
    brightest = np.nanmax(emission.el, axis=1, initial=0.0)
    line = np.nanmax(emission.el / np.where(brightest > 0.0, brightest, np.inf)[:, np.newaxis], axis=0)
    kept = np.nan_to_num(line) > _DIM
    kept[::3] = kept[-1] = True
    return np.asarray(wavelength[kept])


def _alike(one: Numbers, other: Numbers, share: float) -> bool:
    """Whether numbers agree within a share of themselves."""
    return all(
        (math.isnan(value) and math.isnan(other[name])) or abs(value - other[name]) <= share * abs(other[name])
        for name, value in one.items()
    )
