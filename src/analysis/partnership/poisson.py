"""Conditional Poisson regression of counts by pair and window of time, with an intercept for each pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.network.dyadic import dyadic_errors

ROUNDS = 60  # most iterations of Newton's method
CONVERGED = 1e-10  # a largest step below this, in any coefficient, counts as converged
LONGEST = 2.0  # longest step in any coefficient
SINGULAR = 1e-12  # share of a term's variance that the other terms and the pairs must leave
BATCH = 600_000  # numbers that one batch of relabelled terms holds


@dataclass(frozen=True)
class ConditionalPoisson:
    """A fitted conditional Poisson regression.

    coefficients: shape (terms,). mean: shape (windows, pairs), fitted counts. centred: shape (windows, pairs, terms),
    the terms less each pair's fitted mean of them. residual: shape (windows, pairs). inverse: shape (terms, terms), the
    inverse of the information.
    """

    coefficients: Floats
    mean: Floats
    centred: Floats
    residual: Floats
    inverse: Floats

    @property
    def influence(self) -> Floats:
        """Each pair's contribution to the error of each coefficient: shape (pairs, terms)."""
        return np.einsum("kp,kpt->pt", self.residual, self.centred) @ self.inverse

    def errors(self, first: Ints, second: Ints) -> Floats:
        """Standard errors that allow for dependence of pairs with a common member: shape (terms,). first, second: each
        pair's members. (Fafchamps and Gubert 2007; Aronow, Samii and Assenova 2015.)"""
        return dyadic_errors(self.influence, first, second)


def conditional_poisson(counts: Floats, expected: Floats, terms: Floats) -> ConditionalPoisson:
    """Poisson regression with an intercept for each pair, eliminated by conditioning on the pair's total.

    counts, expected: shape (windows, pairs), of informative pairs; expected is the exposure (its log the offset), 0
    where nothing could be counted, and counts then too; terms: shape (windows, pairs, terms). Given a pair's total, its
    counts are multinomial with shares proportional to expected * exp(terms @ coefficients) (Hausman, Hall and Griliches
    1984), so that whatever is constant in a pair drops out. The estimate needs only the mean to be right: counts
    may be overdispersed, and need not be whole (Wooldridge 1999). Raises InputError when terms are combinations of each
    other within the pairs, or no finite fit exists.
    """
    total, coefficients = counts.sum(axis=0), np.zeros(terms.shape[2])
    for _ in range(ROUNDS):
        mean = _fitted(terms @ coefficients, expected, total)
        centred = _centred(terms, mean)
        information = np.einsum("kp,kps,kpt->st", mean, centred, centred)
        scale = np.sqrt(np.diag(information))
        least = SINGULAR * np.einsum("kp,kpt->t", mean, terms**2)
        if not (scale**2 > least).all() or np.linalg.cond(information / np.outer(scale, scale)) > 1 / SINGULAR:
            raise InputError("the terms of the regression within pairs are combinations of each other")
        inverse = np.linalg.inv(information)
        residual = counts - mean
        step = inverse @ np.einsum("kp,kpt->t", residual, centred)
        if np.abs(step).max(initial=0) < CONVERGED:
            return ConditionalPoisson(coefficients, mean, centred, residual, inverse)
        coefficients = coefficients + step * min(1.0, LONGEST / np.abs(step).max())
    raise InputError("the regression within pairs has no finite fit")


def _fitted(log_rate: Floats, expected: Floats, total: Floats) -> Floats:
    """Each pair's total, shared out over windows: shape (windows, pairs)."""
    weight = expected * np.exp(log_rate - log_rate.max(axis=0))
    return total * weight / weight.sum(axis=0)


def _centred(terms: Floats, weight: Floats) -> Floats:
    """Terms (windows, pairs, ...) less their mean within each pair, weighted by (windows, pairs)."""
    share = (weight / weight.sum(axis=0)).reshape(weight.shape + (1,) * (terms.ndim - 2))
    return terms - (share * terms).sum(axis=0)


def informative(counts: Floats, expected: Floats) -> Flags:
    """The pairs that inform the regression: they have a count, and expected counts in at least two windows."""
    return np.asarray((np.where(expected > 0, counts, 0).sum(axis=0) > 0) & ((expected > 0).sum(axis=0) > 1))


@dataclass(frozen=True)
class ScoreTest:
    """Signed score statistic of one term, in standard deviations; null: under each relabelling, shape (R,)."""

    observed: float
    null: Floats


def score_test(
    counts: Floats, expected: Floats, terms: Sequence[Floats], place: int, pairs: tuple[Ints, Ints], orders: Ints
) -> ScoreTest:
    """Score test of one term of conditional_poisson, with its null distribution from relabelling members.

    counts, expected: as conditional_poisson takes them; pairs: the two members of each. terms: symmetric stacks
    (windows, n, n); place: of the term that is tested; orders: shape (R, n). The model without the term is fitted. The
    residual of the tested term on the others (in the regression within pairs, weighted by the fitted counts) is
    relabelled, and its product with the residual counts recomputed, over the root of its efficient information (less
    what the other terms explain of it): double semi-partialling (Dekker, Krackhardt and Snijders 2007) applied to this
    likelihood. The null keeps the counts, the other terms, the course of the tested term's residual within
    a pair, and which pairs share a member. Raises InputError as conditional_poisson does, or when the tested term is a
    combination of the others.
    """
    others = [stack for number, stack in enumerate(terms) if number != place]
    at = [stack[:, pairs[0], pairs[1]] for stack in others]
    restricted = conditional_poisson(counts, expected, np.stack(at, axis=-1) if at else np.empty((*counts.shape, 0)))
    left, tested = terms[place].astype(float), _centred(terms[place][:, pairs[0], pairs[1]], restricted.mean)
    if others:
        products = np.einsum("kp,kp,kpt->t", restricted.mean, tested, restricted.centred)
        left = left - np.einsum("t,tkij->kij", restricted.inverse @ products, np.stack(others))
    observed = _scores(restricted, left[:, pairs[0], pairs[1]][:, None])
    if np.isnan(observed[0]):
        raise InputError("the terms of the regression within pairs are combinations of each other")
    null = [_scores(restricted, moved) for moved in _relabelled(left, pairs, orders)]
    return ScoreTest(float(observed[0]), np.concatenate(null))


def _scores(fit: ConditionalPoisson, moved: Floats) -> Floats:
    """Statistics of a relabelled term (windows, batch, pairs): shape (batch,); missing where its efficient information,
    given the pairs' intercepts and the fitted terms, is 0."""
    total = fit.mean.sum(axis=0)
    score = np.einsum("kp,kbp->b", fit.residual, moved)
    weighted = fit.mean[:, None] * moved
    within = np.einsum("kbp,kbp->b", weighted, moved) - (weighted.sum(axis=0) ** 2 / total).sum(axis=1)
    shared = np.einsum("kbp,kpt->bt", weighted, fit.centred)
    information = within - np.einsum("bs,st,bt->b", shared, fit.inverse, shared)
    return score / np.sqrt(np.where(information > 1e-12, information, np.nan))


def _relabelled(stack: Floats, pairs: tuple[Ints, Ints], orders: Ints) -> Iterator[Floats]:
    """The pairs' values in a stack (windows, n, n) under each relabelling, in batches (windows, batch, pairs)."""
    batches = np.clip(len(orders) * stack.shape[0] * pairs[0].size // BATCH, 1, len(orders))
    for order in np.array_split(orders, batches):
        yield stack[:, order[:, pairs[0]], order[:, pairs[1]]]
