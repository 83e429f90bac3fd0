"""Fit of the process to the study's own messages: how readily members answer and pass on, and how news ages.

Readings are not observed, so their expectation is used: a member opens a group when they write in it, and silently at
an assumed rate (ReadingHabits). Given the readings, events by age are Poisson with a chance that fades (spread.left),
on a grid of chance and age, whose posterior is exact up to the grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.recommendations.groups import Groups
from analysis.recommendations.news import EDGES, REACHED, Pieces

AGES = np.geomspace(5 / 1440, 14.0, 25)  # days
CHANCES = np.geomspace(1e-5, 1.0, 100)
PRIOR = 0.5  # days of writing added to those seen (Jeffreys)
SURE = 2.0


@dataclass(frozen=True)
class ReadingHabits:
    """opens: shape (g, n), times a day that a member opens a group without writing. kept: shape (g,), days after
    which a message is further back than members read."""

    opens: Floats
    kept: Floats


@dataclass(frozen=True)
class Fading:
    """A chance per reader of fresh news, and the age in days at which a quarter of it remains."""

    chance: float
    ages: float


@dataclass(frozen=True)
class Fitted:
    """One draw of the fitted quantities. answering, repeating: direct answers per reader, and repetitions in the same
    group. alike: how similar pieces are in their answers, the shape of a gamma distribution of mean 1. passing: posts
    in another group per reader and group, where it could be fitted; ready: shape (n,), of readiness. second,
    chances_to: how many such posts there were beyond chance, and readers who could have made one."""

    answering: Fading
    repeating: Fading
    alike: float
    passing: Fading | None
    ready: Floats
    second: float
    chances_to: float


def reading(groups: Groups, values: Mapping[str, float], rng: np.random.Generator | None = None) -> ReadingHabits:
    """How the groups are read, given silent_openings, lurking and read_back; with rng, the rate at which members write
    is drawn given the days on which they wrote, otherwise its expectation is used."""
    days = groups.written_days + PRIOR
    rate = (rng.gamma(days) if rng is not None else days) / groups.days
    opens = values["silent_openings"] * rate * (groups.written_days > 0) + values["lurking"]
    return ReadingHabits(np.where(groups.member_of, opens, 0.0), values["read_back"] / np.maximum(groups.a_day, 1e-3))


def read_by_age(groups: Groups, how: ReadingHabits) -> Floats:
    """Probability that a member reads in a group at an age, shape (g, n, bins) for the bins between EDGES."""
    until = np.minimum(EDGES[None, :], how.kept[:, None])  # g, edges
    unwritten = np.stack([(groups.writes > until[:, k, None, None]).mean(axis=2) for k in range(EDGES.size)], axis=2)
    unread = unwritten * np.exp(-how.opens[:, :, None] * until[:, None, :])
    return np.where(groups.member_of[:, :, None], -np.diff(unread, axis=2), 0.0)


def readiness(posts: Floats) -> Floats:
    """Each member's readiness to post news, relative to those who post it now: 0 to 1, shape (n,).

    posts: shape (n,), pieces of each. A member's own rate, half a piece added, over that of the author of the average
    piece, at most 1.
    """
    own = posts + PRIOR
    return np.minimum(own / (own @ own / own.sum()), 1.0)


def fit(pieces: Pieces, groups: Groups, how: ReadingHabits, least: float, rng: np.random.Generator) -> Fitted:
    """One draw from the posterior of answering and passing on, given how the groups are read.

    least: posts in a second group, beyond chance, from which passing on is fitted, where they are also SURE standard
    errors of such a difference.
    """
    read = read_by_age(groups, how)
    number = np.bincount(pieces.group, minlength=groups.names.size)
    readers = number @ read.sum(axis=1)
    ready = readiness(np.bincount(pieces.author, minlength=groups.members.size).astype(float))
    elsewhere = np.maximum(groups.member_of.sum(axis=0) - 1, 0) * ready
    able = np.einsum("g,gnb,n->b", number, read, elsewhere)
    second = pieces.second.sum(axis=0)
    beyond = max(second.sum() - pieces.by_chance[1], 0.0)
    needed = max(least, SURE * np.sqrt(second.sum() + pieces.by_chance[1] / REACHED))
    passing = fading(second, able, pieces.by_chance[1], rng) if beyond >= needed else None
    answering = fading(pieces.answers.sum(axis=0), readers, 0.0, rng)
    repeating = fading(pieces.repeated.sum(axis=0), readers, pieces.by_chance[0], rng)
    return Fitted(answering, repeating, _alike(pieces.answers.sum(axis=1)), passing, ready, beyond, float(able.sum()))


def fading(events: Floats, able: Floats, by_chance: float, rng: np.random.Generator) -> Fading:
    """A draw of chance and age given events by age, shape (bins,).

    able: expected number of readers who could cause one, by age. by_chance: total number of events unrelated to
    readers, spread evenly over time. Priors are flat in the logarithms.
    """
    log_posterior = _log_likelihood(events, able, by_chance)
    weights = np.exp(log_posterior - log_posterior.max()).ravel()
    age, chance = np.unravel_index(rng.choice(weights.size, p=weights / weights.sum()), log_posterior.shape)
    return Fading(_within(CHANCES, chance, rng), _within(AGES, age, rng))


def _log_likelihood(events: Floats, able: Floats, by_chance: float) -> Floats:
    """Poisson, shape (ages, chances), up to a constant."""
    exposed = able * fresh(AGES)  # ages, bins
    width = np.diff(EDGES)
    noise = by_chance * width / width.sum()
    expected = CHANCES[None, :, None] * exposed[:, None, :] + noise + 1e-12
    return np.log(expected) @ events - expected.sum(axis=2)


def fresh(ages: Floats) -> Floats:
    """Mean remaining share of a chance in each bin of EDGES (spread.left), shape (ages, bins)."""
    until = EDGES / (1 + EDGES / ages[:, None])  # the integral of left
    return np.diff(until, axis=1) / np.diff(EDGES)


def _within(grid: Floats, place: int, rng: np.random.Generator) -> float:
    """A value near a point of a geometric grid, within half a step."""
    return float(min(grid[place] * (grid[1] / grid[0]) ** (rng.random() - 0.5), grid[-1]))


def _alike(answers: Floats) -> float:
    """Shape of a gamma distribution of mean 1 by moments: variance = mean + mean ** 2 / shape; 0.1 to 100."""
    mean, variance = answers.mean(), answers.var()
    return float(np.clip(mean**2 / max(variance - mean, 1e-9), 0.1, 100.0)) if mean else 100.0
