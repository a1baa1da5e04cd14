"""The next experiments of a campaign, from the model and from what the group's own results say beside it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from halodot.arrays import Array, BoolArray
from halodot.errors import InputError, Problem
from halodot.learn.campaign import Campaign, refuse_batch
from halodot.learn.campaign_file import read_campaign
from halodot.learn.goal_models import refuse_uncomputed
from halodot.learn.goals import Goal
from halodot.learn.suggest_belief import Belief, Known, learn, scikit_learn
from halodot.learn.suggest_gain import (
    chance_of_improvement,
    chance_of_success,
    drawn_utilities,
    expected_improvement,
    expected_volume,
    utility,
)
from halodot.learn.suggest_model import model_numbers
from halodot.learn.suggest_reasons import Reason, sentence
from halodot.learn.varied import values_at
from halodot.names import QUANTITIES

Progress = Callable[[int, int], None]
#: places that are compared: spread over the limits, and around the best of these
CANDIDATES, AROUND = 128, 32
#: distance of the latter from their centres, in shares of the limits
_BESIDE = 0.08
#: places closer than this are one
_SAME = 1e-6


@dataclass(frozen=True)
class Expected:
    """What one goal is expected to come to, with the ends of its 68 % interval, in SI."""

    quantity: str
    value: float
    low: float
    high: float
    model: float  # what the model alone says, nan where it says nothing


@dataclass(frozen=True)
class Suggestion:
    """One experiment that is proposed."""

    values: tuple[float, ...]  # SI, of what is varied
    expected: tuple[Expected, ...]  # one for each goal
    success: float  # probability that it gives a result
    gain: float  # share of the largest expected improvement
    reason: str


@dataclass(frozen=True, eq=False)
class Suggestions:
    """The experiments that a campaign should do next."""

    campaign: Campaign
    rows: tuple[Suggestion, ...]
    trust: tuple[float, ...]  # of each goal, the share of the model that holds by the results
    best: int | None  # the best experiment so far, of one goal
    notes: tuple[str, ...] = ()  # on how the campaign was read, and on what cannot be reached

    def __repr__(self) -> str:
        """The values of every experiment, a line each."""
        varied = self.campaign.varied
        lines = [", ".join(f"{v.name} {v.text(x)}" for v, x in zip(varied, one.values)) for one in self.rows]
        return "\n".join((f"<Suggestions for {self.campaign.title!r}>", *lines))


@dataclass(frozen=True, eq=False)
class Pool:
    """Places among which is chosen, and what the model says of them and of the experiments."""

    places: Array  # 0 to 1 between the limits, (place, input)
    model: Array  # SI, nan where it gives none, (place, goal)
    done: Array  # the same at the experiments, (experiment, goal)


@dataclass(frozen=True)
class Scale:
    """The units of spread in which a goal is learnt."""

    goal: Goal
    centre: float
    spread: float

    def numbers(self, values: Array) -> Array:
        """Return values [SI] in units of spread."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(((np.log(values) if self.goal.logarithmic else values) - self.centre) / self.spread)

    def value(self, number: float) -> float:
        """Return the value [SI] of a number in units of spread."""
        found = self.centre + self.spread * number
        return math.exp(found) if self.goal.logarithmic else found

    def variances(self, values: Array) -> Array:
        """Return the variance of one measurement of values [SI], nan where the goal states no noise."""
        goal = self.goal
        share = goal.noise if goal.noise_is_share else goal.noise / np.abs(values)
        size = share if goal.logarithmic else share * np.abs(values)
        return np.asarray((size / self.spread) ** 2 * np.ones(np.shape(values)))

    @property
    def wanted(self) -> tuple[str, float]:
        """Kind and target of the goal in these units."""
        target = math.nan if self.goal.kind != "target" else float(self.numbers(np.array(self.goal.target)))
        return self.goal.kind, target


def suggest(
    campaign: Campaign | str | os.PathLike[str],
    batch: int = 1,
    *,
    candidates: int = CANDIDATES,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Suggestions:
    """Propose the next experiments of a campaign.

    Args:
        campaign: a campaign, or its file.
        batch: how many experiments are done together.
        candidates: places between the limits that are compared; rounded up to a power of two.
        workers: simulations at a time; as many as there are cores when not given.
        progress: called with the number of simulations that are done, and that of all.

    Returns:
        The experiments with what is expected of each; the same for the same file.

    Raises:
        InputError: the campaign cannot be used, the study computes none of the goals, or scikit-learn is missing.
    """
    found = campaign if isinstance(campaign, Campaign) else read_campaign(campaign)
    refuse_batch(batch, candidates)
    refuse_uncomputed(found.study, [goal.quantity for goal in found.goals], found.file)
    scikit_learn()
    spread = _spread_places(found, candidates)
    total = len(spread) + AROUND + len(found.experiments)

    def at(places: Array, before: int) -> tuple[Array, Array]:
        values = [values_at(found.varied, one) for one in places]
        numbers = _model(found, values, workers, lambda done, _: progress(before + done, total))
        return np.array([[v.place(x) for v, x in zip(found.varied, row)] for row in values]), numbers

    rows = [one.values for one in found.experiments]
    done = _model(found, rows, workers, lambda done, _: progress(done, total))
    places, model = at(spread, len(rows))
    for k, goal in enumerate(found.goals):
        if not np.any(np.isfinite(model[:, k])):
            message = f"the study computes no {goal.quantity} anywhere between the limits; choose another goal or study"
            raise InputError(Problem(message, file=found.file))
    first = Pool(places, model, done)
    around = _around(found, choose(found, first, min(4, len(places))))
    more, numbers = at(around, len(rows) + len(spread))
    pool = Pool(np.vstack([places, more]), np.vstack([model, numbers]), done)
    return described(found, pool, batch)


def _model(found: Campaign, values: Sequence[Sequence[float]], workers: int | None, progress: Progress) -> Array:
    return model_numbers(found.study, found.varied, values, [goal.quantity for goal in found.goals], workers, progress)


def _spread_places(found: Campaign, candidates: int) -> Array:
    """Return places spread over the limits, Sobol points of the campaign's seed, (place, input)."""
    power = math.ceil(math.log2(candidates))
    return np.asarray(qmc.Sobol(len(found.varied), seed=np.random.default_rng(found.seed)).random_base2(power))


def _around(found: Campaign, chosen: Sequence[Chosen]) -> Array:
    """Return places around some, (place, input)."""
    random = np.random.default_rng((found.seed, 1))
    centres = np.array([chosen[k % len(chosen)].place for k in range(AROUND)])
    moved = centres + _BESIDE * random.standard_normal(centres.shape)
    return np.asarray(np.clip(moved, 0.0, 1.0))


# ------------------------------------------------------------------------------------------------------------- choosing


@dataclass(frozen=True, eq=False)
class Chosen:
    """One place that was chosen."""

    index: int  # in the pool
    place: Array
    gain: float  # expected, in units of spread
    success: float


@dataclass(frozen=True, eq=False)
class State:
    """What is believed at one time of the choosing."""

    scales: tuple[Scale, ...]
    beliefs: tuple[Belief, ...]
    model: Array  # in units of spread, 0 where the model gives none, (place, goal)
    reached: Array  # utilities of the results, (result, goal)


def state_of(campaign: Campaign, pool: Pool, physics: bool = True) -> State:
    """Return what the results say.

    Args:
        campaign: with its experiments.
        pool: what the model says.
        physics: whether the model is part of the mean.
    """
    scales, beliefs, models = [], [], []
    measured = campaign.measured
    reached = np.full(measured.shape, math.nan)
    for k, goal in enumerate(campaign.goals):
        scale = _scale(goal, pool.model[:, k], measured[:, k])
        seen = np.isfinite(measured[:, k])
        said = np.nan_to_num(scale.numbers(pool.done[:, k]))
        known = Known(
            campaign.places[seen],
            _numbered(campaign.batches)[seen],
            scale.numbers(measured[seen, k]),
            scale.variances(measured[seen, k]),
            said[seen],
        )
        belief = learn(known, physics)
        if np.any(seen):
            means, _ = belief.predict(known.places, known.model)
            reached[seen, k] = utility(belief.weights @ means, *scale.wanted)
        scales.append(scale)
        beliefs.append(belief)
        models.append(np.nan_to_num(scale.numbers(pool.model[:, k])))
    return State(tuple(scales), tuple(beliefs), np.column_stack(models), reached)


def choose(campaign: Campaign, pool: Pool, count: int, physics: bool = True) -> list[Chosen]:
    """Return the places of a pool that are worth most, each chosen as if those before it came out as expected.

    Args:
        campaign: with its experiments.
        pool: places and what the model says of them.
        count: places.
        physics: whether the model is part of the mean; without it a plain process chooses.
    """
    state = state_of(campaign, pool, physics)
    success = _success(campaign, pool, physics)
    left: BoolArray = np.ones(len(pool.places), dtype=bool)
    for row in (row for row, one in enumerate(campaign.experiments) if one.pending):
        place = campaign.places[row]
        state = _believing(state, place, _in_spread(state.scales, pool.done[row]))
        left &= np.max(np.abs(pool.places - place), axis=1) > _SAME
    found: list[Chosen] = []
    for turn in range(min(count, len(pool.places))):
        gain = _gain(campaign, state, pool, turn) * success
        gain[~left] = -1.0
        index = int(np.argmax(gain))
        found.append(Chosen(index, pool.places[index], float(gain[index]), float(success[index])))
        left[index] = False
        state = _believing(state, pool.places[index], state.model[index])
    return found


def _success(campaign: Campaign, pool: Pool, physics: bool) -> Array:
    stands = np.all(np.isfinite(pool.model), axis=1) if physics else np.ones(len(pool.places), dtype=bool)
    known = np.array([not one.pending for one in campaign.experiments], dtype=bool)
    stood = np.all(np.isfinite(pool.done), axis=1) if physics else np.ones(len(pool.done), dtype=bool)
    return chance_of_success(pool.places, stands, campaign.places[known], campaign.failed[known], stood[known])


def _gain(campaign: Campaign, state: State, pool: Pool, turn: int) -> Array:
    """Return the expected gain of every place."""
    goals = [scale.wanted for scale in state.scales]
    if len(goals) == 1:
        best = best_of(state)
        return expected_improvement(state.beliefs[0], pool.places, state.model[:, 0], goals[0], best)
    reached = state.reached[np.all(np.isfinite(state.reached), axis=1)]
    drawn = drawn_utilities(state.beliefs, pool.places, state.model, goals, campaign.seed + turn)
    return expected_volume(drawn, reached, campaign.seed + turn)


def best_of(state: State) -> float:
    """Return the utility of the best result of one goal; without a result that of the model's middle."""
    reached = state.reached[:, 0]
    if np.any(np.isfinite(reached)):
        return float(np.nanmax(reached))
    means, _ = state.beliefs[0].predict(np.zeros((len(state.model), 1)), state.model[:, 0])
    return float(np.median(utility(state.beliefs[0].weights @ means, *state.scales[0].wanted)))


def _in_spread(scales: Sequence[Scale], model: Array) -> Array:
    """Return what the model says in units of spread, 0 where it says nothing, (goal,)."""
    return np.array([float(np.nan_to_num(scale.numbers(model[k : k + 1]))[0]) for k, scale in enumerate(scales)])


def _believing(state: State, place: Array, model: Array) -> State:
    """Return what is believed were an experiment to come out as is expected."""
    beliefs, reached = [], []
    for k, belief in enumerate(state.beliefs):
        said = float(model[k])
        means, _ = belief.predict(place[None, :], np.array([said]))
        number = float(belief.weights @ means[:, 0])
        more = belief.believing if belief.processes else partial(_only, belief)
        beliefs.append(more(place, said, number))
        reached.append(float(utility(np.array(number), *state.scales[k].wanted)))
    return replace(state, beliefs=tuple(beliefs), reached=np.vstack([state.reached, reached]))


def _only(belief: Belief, place: Array, model: float, number: float) -> Belief:
    """Return the belief of a first result, without learning which share of the model holds."""
    known = Known(place[None, :], np.array([-2.0]), np.array([number]), np.array([math.nan]), np.array([model]))
    return replace(learn(known, len(belief.shares) > 1), weights=belief.weights)


def _scale(goal: Goal, model: Array, measured: Array) -> Scale:
    """Return the units of spread of a goal: of the results where there are some, else of the model."""
    raw = Scale(goal, 0.0, 1.0)
    results, said = raw.numbers(measured), raw.numbers(model)
    results, said = results[np.isfinite(results)], said[np.isfinite(said)]
    centre = float(np.mean(results)) if len(results) else float(np.mean(said))
    spread = float(np.std(results)) if len(results) >= 4 else 0.0
    spread = max(spread, float(np.std(said)) if len(said) else 0.0)
    return Scale(goal, centre, spread or abs(centre) or 1.0)


def _numbered(batches: Sequence[str]) -> Array:
    names = list(dict.fromkeys(batches))
    return np.array([float(names.index(name)) for name in batches])


# ------------------------------------------------------------------------------------------------------------ what for


def described(campaign: Campaign, pool: Pool, count: int) -> Suggestions:
    """Return the places of a pool that are worth most, with what is expected of them and why."""
    state = state_of(campaign, pool)
    chosen = choose(campaign, pool, count)
    most = max((one.gain for one in chosen), default=0.0) or 1.0
    trust = tuple(belief.trust for belief in state.beliefs)
    rows = []
    for one in chosen:
        expected = tuple(_expected(state, pool, one, k) for k in range(len(campaign.goals)))
        values = values_at(campaign.varied, one.place)
        reason = sentence(campaign, _reason(campaign, state, one, expected))
        rows.append(Suggestion(values, expected, one.success, one.gain / most, reason))
    reached = state.reached[:, 0]
    best = int(np.nanargmax(reached)) if len(campaign.goals) == 1 and np.any(np.isfinite(reached)) else None
    notes = (*campaign.notes, *_out_of_reach(campaign, pool))
    return Suggestions(campaign, tuple(rows), trust, best, notes)


def _out_of_reach(campaign: Campaign, pool: Pool) -> Iterator[str]:
    """Yield which targets neither the model nor a result comes near."""
    for k, goal in enumerate(campaign.goals):
        seen = np.concatenate([pool.model[:, k], pool.done[:, k], campaign.measured[:, k]])
        if text := goal.out_of_reach(seen):
            yield f"{text}, in the model as in the results"


def _expected(state: State, pool: Pool, one: Chosen, k: int) -> Expected:
    """Return median and 68 % interval of a goal, of all shares of the model together."""
    means, widths = state.beliefs[k].predict(one.place[None, :], state.model[one.index : one.index + 1, k])
    nodes = ndtri((np.arange(400) + 0.5) / 400)
    numbers = (means + widths * nodes).ravel()
    order = np.argsort(numbers)
    share = np.cumsum(np.repeat(state.beliefs[k].weights / 400, 400)[order])
    low, middle, high = (float(numbers[order][np.searchsorted(share, p)]) for p in (0.16, 0.5, 0.84))
    scale = state.scales[k]
    least, most = QUANTITIES[scale.goal.quantity].limits
    low, middle, high = (min(max(scale.value(number), least), most) for number in (low, middle, high))
    return Expected(
        scale.goal.quantity,
        middle,
        low,
        high,
        float(pool.model[one.index, k]),
    )


def _reason(campaign: Campaign, state: State, one: Chosen, expected: Sequence[Expected]) -> Reason:
    best = best_of(state)
    beats = math.nan
    if len(campaign.goals) == 1 and np.any(np.isfinite(state.reached)):
        said = float(state.model[one.index, 0])
        beats = chance_of_improvement(state.beliefs[0], one.place, said, state.scales[0].wanted, best)
    means, _ = state.beliefs[0].predict(one.place[None, :], state.model[one.index : one.index + 1, 0])
    middle = float(state.beliefs[0].weights @ means[:, 0])
    better = float(utility(np.array(middle), *state.scales[0].wanted)) - best
    return Reason(
        expected[0].value,
        expected[0].model,
        state.scales[0].value(best if campaign.goals[0].kind == "maximise" else -best),
        beats,
        better > 0.0,
        state.beliefs[0].trust,
        one.success,
        int(np.sum(np.isfinite(campaign.measured[:, 0]))),
    )
