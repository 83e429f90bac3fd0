"""Posterior predictive checks (Gelman et al. 2013, chapter 6): half of the study's news, predicted from the other
half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.errors import InputError
from analysis.recommendations.fit import Fading, Fitted, ReadingHabits
from analysis.recommendations.groups import Groups
from analysis.recommendations.news import EDGES, WEEK, Pieces
from analysis.recommendations.spread import Process, left, readings
from analysis.resample import interval

CHECKED = ("statistic", "seen", "predicted", "low", "high", "within")
LEAST = 20  # fewest pieces for predicting one half from the other
STATISTICS = {  # statistics of what follows pieces: name, and meaning with its unit
    "answers": "direct answers to a piece",
    "unanswered": "share of pieces without an answer",
    "most": "most answers to a piece",
    "median_minutes": "minutes to an answer, median",
    "late": "share of answers later than six hours",
    "repeated": "repetitions in the same group per hundred pieces",
    "second": "posts in a second group per hundred pieces",
}


@dataclass(frozen=True)
class Followed:
    """What follows pieces: answers, shape (pieces, bins of EDGES); repeated, second: numbers in all."""

    answers: Floats
    repeated: float
    second: float

    @property
    def statistics(self) -> dict[str, float]:
        """STATISTICS by name."""
        each, by_age = self.answers.sum(axis=1), self.answers.sum(axis=0)
        every = max(by_age.sum(), 1)
        late = by_age[np.searchsorted(EDGES[:-1], 0.25) :].sum() / every
        return {
            "answers": each.mean(),
            "unanswered": (each == 0).mean(),
            "most": each.max(),
            "median_minutes": _median(by_age) * 1440,
            "late": late,
            "repeated": 100 * self.repeated / len(each),
            "second": 100 * self.second / len(each),
        }


def _median(by_age: Floats) -> float:
    """The age by which half of the events came, interpolated linearly within bins; missing without events."""
    reached = np.append(0, np.cumsum(by_age))
    return float(np.interp(reached[-1] / 2, reached, EDGES)) if reached[-1] else float("nan")


def halves(pieces: Pieces) -> tuple[Pieces, Pieces]:
    """Every other piece in order of time, and the others. Raises InputError when there are fewer than LEAST."""
    if pieces.time.size < LEAST:
        raise InputError(
            f"there are {pieces.time.size} pieces of news where {LEAST} are needed to predict half of them"
        )
    odd = np.argsort(np.argsort(pieces.time, kind="stable")) % 2 == 1
    return pieces.where(~odd), pieces.where(odd)


def predicted(
    pieces: Pieces, groups: Groups, how: ReadingHabits, fitted: Fitted, passing: Fading, rng: np.random.Generator
) -> Followed:
    """What would follow these pieces under the process, given when and where they were posted.

    passing: as fitted or as assumed. Events by chance are added.
    """
    size = pieces.time.size, groups.members.size
    process = Process(
        groups.member_of, groups.writes, how.opens, how.kept, np.ones(groups.names.size), np.zeros((0, 0)), np.inf
    )
    ages = readings(process, pieces.group, np.zeros(size[0]), rng)
    ages[np.arange(size[0]), pieces.author] = np.inf
    varied = rng.gamma(fitted.alike, 1 / fitted.alike, size=(size[0], 1))
    answers = rng.random(size) < varied * fading_at(fitted.answering, ages)
    repeats = rng.random(size) < fading_at(fitted.repeating, ages)
    elsewhere = np.maximum(groups.member_of.sum(axis=0) - 1, 0) * fitted.ready
    posts = rng.poisson(np.where(ages <= WEEK, fading_at(passing, ages), 0) * elsewhere)
    piece, _ = np.nonzero(answers & (ages <= WEEK))
    at = np.clip(np.searchsorted(EDGES, ages[answers & (ages <= WEEK)], side="left") - 1, 0, EDGES.size - 2)
    counts = np.bincount(piece * (EDGES.size - 1) + at, minlength=size[0] * (EDGES.size - 1))
    by_chance = rng.poisson(pieces.by_chance)
    return Followed(
        counts.reshape(size[0], -1).astype(float),
        float(repeats.sum() + by_chance[0]),
        float(posts.sum() + by_chance[1]),
    )


def fading_at(fading: Fading, ages: Floats) -> Floats:
    """The chance at each age, 0 where it is infinite."""
    return fading.chance * left(ages, fading.ages)


def check(seen: Sequence[Followed], foretold: Sequence[Followed], confidence: float) -> pd.DataFrame:
    """statistic, seen, predicted, low, high, within: medians over draws; the predictive interval.

    seen, foretold: of each draw. within: whether the observed value is in the interval, by the share of draws in which
    the prediction is at least, and at most, as large.
    """
    rows = []
    for name in STATISTICS:
        own, other = (np.array([one.statistics[name] for one in each], dtype=float) for each in (seen, foretold))
        known = ~(np.isnan(own) | np.isnan(other))
        if known.any():
            tail = min((other >= own)[known].mean(), (other <= own)[known].mean())
            ends = interval(other[known], confidence)
            rows.append((name, np.median(own[known]), np.median(other[known]), *ends, tail >= (1 - confidence) / 2))
    return pd.DataFrame(rows, columns=list(CHECKED))


def followed(pieces: Pieces) -> Followed:
    """What was seen after pieces."""
    return Followed(pieces.answers, pieces.repeated.sum(), pieces.second.sum())
