"""Laboratories whose chemistry is drawn from the priors, and campaigns that look for their best yield."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Literal

import numpy as np
from scipy.stats import qmc

import halodot
from halodot.arrays import Array
from halodot.learn.campaign import Campaign, Experiment
from halodot.learn.goals import read_goal, with_noise
from halodot.learn.priors import prior_of
from halodot.learn.suggest import Pool, choose
from halodot.learn.suggest_model import model_numbers
from halodot.learn.varied import read_varied, values_at
from halodot.study import with_inputs

Who = Literal["physics", "plain"]
#: what a laboratory varies
VARIED = {
    "dose": "recipe.stocks.ligand[0].amount=0.02..0.6 mmol",
    "acid": "recipe.stocks.ligand[1].equivalents=0.2..6",
    "amine": "recipe.pot[5].volume=0.3..6 mL",
    "hot": "recipe.pot[6].temperature=120..190 degC",
    "first_wash": "recipe.work_up[1].wash.methyl acetate=0..10",
    "second_wash": "recipe.work_up[3].wash.methyl acetate=0..20 mL",
}
#: places between the limits; experiments of the Latin hypercube; most experiments of a campaign
PLACES, START, MOST = 128, 2, 40
NOISE, NEAR = 0.05, 0.95
#: seed from which the places and the laboratories are drawn
SEED = 17


@dataclass(frozen=True, eq=False)
class Laboratory:
    """The true yields of a laboratory, and the order in which it starts."""

    seed: int
    yields: Array  # nan where the dots decompose, (place,)
    start: tuple[int, ...]  # places in the pool


def campaign() -> Campaign:
    """Return a campaign without experiments."""
    study = halodot.load("recipe-only", ["run.stop_after=dots"])
    varied = tuple(read_varied(text, study, name) for name, text in VARIED.items())
    return Campaign("synthetic", study, varied, (with_noise(read_goal("plqy"), "5 %", ""),), SEED)


def places(count: int = PLACES) -> Array:
    """Return the places that every process compares."""
    return np.asarray(qmc.Sobol(len(VARIED), seed=np.random.default_rng(SEED)).random(count))


def yields_of(seed: int | None, count: int = PLACES) -> Array:
    """Return the yields of the model, without a seed, or of a laboratory whose inputs are drawn from their priors."""
    own = campaign()
    study = own.study
    if seed is not None:
        prior = prior_of(study)
        drawn = prior.changes(prior.values(prior.draw(1, seed)[0]))
        varied = {item.path for item in own.varied}
        study = with_inputs(study, {path: value for path, value in drawn.items() if path not in varied}, remarked=False)
    values = [values_at(own.varied, one) for one in places(count)]
    return model_numbers(study, own.varied, values, ["plqy"], workers=1)[:, 0]


def laboratories(seeds: Sequence[int], count: int = PLACES) -> tuple[Array, list[Laboratory]]:
    """Return the yields of the model, and those of laboratories that make dots at all."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        model, *truths = pool.map(yields_of, [None, *seeds], [count] * (len(seeds) + 1))
    return model, [started(seed, truth, count) for seed, truth in zip(seeds, truths)]


def started(seed: int, truth: Array, count: int = PLACES) -> Laboratory:
    """Return a laboratory with its Latin hypercube, each point of it the nearest place of the pool."""
    cube = qmc.LatinHypercube(len(VARIED), seed=np.random.default_rng((SEED, seed))).random(START)
    every, order = places(count), []
    for point in cube:
        near = np.argsort(np.sum((every - point) ** 2, axis=1))
        order.append(next(int(one) for one in near if one not in order))
    return Laboratory(seed, truth, tuple(order))


def needed(lab: Laboratory, model: Array, who: Who, most: int = MOST) -> int:
    """Return how many experiments a laboratory does until one yields 95 % of its best, at most ``most`` + 1."""
    own, every = campaign(), places(len(model))
    best = np.nanmax(lab.yields)
    done: list[int] = []
    noise = np.random.default_rng((SEED, lab.seed, 2)).standard_normal(len(model))
    while len(done) < most:
        if len(done) < START:
            place = lab.start[len(done)]
        else:
            rows = tuple(_experiment(own, every[k], lab.yields[k], noise[k]) for k in done)
            left = [k for k in range(len(model)) if k not in done]
            pool = Pool(every[left], model[left, None], model[done, None])
            (found,) = choose(replace(own, experiments=rows), pool, 1, who == "physics")
            place = left[found.index]
        done.append(place)
        if lab.yields[place] >= NEAR * best:
            return len(done)
    return most + 1


def _experiment(own: Campaign, place: Array, true: float, noise: float) -> Experiment:
    failed = "" if np.isfinite(true) else "the dots decomposed"
    return Experiment(values_at(own.varied, place), (true * (1.0 + NOISE * noise),), "", failed)
