"""C1: do a pair's other ties grow more over the months if its informal exchange exceeds what activity explains?

Growth is compared within pairs, so whatever is constant in a pair, a steady liking included, drops out. A liking that
increasingly shows in other talk does not. Shalizi and Thomas (2011) show why no data of this kind can distinguish it
from an influence; the claim's limits say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis import resample, wording
from analysis.arrays import Floats, Ints, Seconds
from analysis.errors import InputError, Missing, stage
from analysis.network.dyadic import dyadic_errors
from analysis.network.qap.relabel import relabellings
from analysis.partnership.design import Subset, misclassification_corrected, span_of
from analysis.partnership.poisson import conditional_poisson, informative, score_test
from analysis.partnership.regression import TESTED, Regression
from analysis.partnership.talk import INFORMAL, OTHER, Graph, Talk, weighted
from analysis.partnership.waves import DAY, Waves
from analysis.resample import seed_of

GROWTH = "growth"  # the tested term
ROLES = (INFORMAL, OTHER)  # the kind of talk whose effect is tested, and the kind that may grow
FEWEST_WINDOWS = 4
GROUPS = ("lower third", "middle third", "upper third")
Numbers = Mapping[str, dict | Missing]  # of the alternatives, by name


@dataclass(frozen=True)
class PairWindows:
    """The data of C1's regression: stacks of shape (windows, n, n).

    edges: when windows begin, and the end; shape (windows + 1,). answers: of the pair, both ways, in each window,
    corrected for misclassification (so at times below 0); expected: their expectation under the sender shuffle.
    exchange: turns of the kind whose effect is tested, from the first window through this one; expected_exchange: the
    same under the shuffle. partners: whether a partnership had begun before the window.
    """

    members: pd.Index
    edges: Seconds
    answers: Floats
    expected: Floats
    exchange: Floats
    expected_exchange: Floats
    partners: Floats

    @classmethod
    def of(
        cls, talk: Talk, waves: Waves, graph: Graph, *, days: float, hours: float, roles: tuple[str, str]
    ) -> PairWindows:
        """graph: links by kind, weighted by their probability. days: about the length of a window. hours: length of the
        shuffle's blocks. roles: the kind whose effect is tested, and the kind that may grow. Raises InputError when no
        member wrote, or the codes hardly distinguish informal talk."""
        exposure, outcome = roles
        first, end = span_of(talk)
        count = max(FEWEST_WINDOWS, round((end - first) / (days * DAY)))
        edges = np.linspace(first, end, count + 1).astype(np.int64)
        answers, exchange = counted(talk, graph, edges, roles)
        expected = np.maximum(np.diff(talk.expected(outcome, edges[1:], hours), axis=0, prepend=0), 0)
        expected_exchange = talk.expected(exposure, edges[1:], hours)
        partners = (waves.since < edges[:-1, None, None]).astype(float)
        return cls(talk.turns.members, edges, answers, expected, exchange, expected_exchange, partners)

    @property
    def time(self) -> Floats:
        """The place of each window in the study, 0 (the first) to 1 (the last): shape (windows, 1, 1)."""
        return np.linspace(0, 1, len(self.answers))[:, None, None]


def counted(talk: Talk, graph: Graph, edges: Seconds, roles: tuple[str, str]) -> tuple[Floats, Floats]:
    """answers and exchange of PairWindows."""
    exposure, outcome = roles
    answers = misclassification_corrected(talk, graph, edges, outcome)
    exchange = talk.between(*weighted(graph[exposure]), edges[1:])
    return answers + np.swapaxes(answers, 1, 2), exchange


@stage
def pair_windows(talk: Talk, waves: Waves, *, days: float, hours: float, roles: tuple[str, str] = ROLES) -> PairWindows:
    """The panel of C1, from links weighted by their probability; with the roles of c1_alternatives.SWAPPED, that of the
    placebo. Raises InputError where PairWindows.of does."""
    return PairWindows.of(talk, waves, talk.likely, days=days, hours=hours, roles=roles)


@dataclass(frozen=True)
class Form(Subset):
    """The form of the regression; without arguments, that of the main analysis.

    root: whether growth follows the root of time and
    not time itself. until: share of the time up to which exchange is counted. partners: whether a partnership begun is
    a term. own_trend: whether the pair's own level of answers, over the whole time, may go with growth too.
    """

    root: bool = False
    until: float = 1.0
    partners: bool = True
    own_trend: bool = False

    def terms(self, panel: PairWindows) -> dict[str, Floats]:
        """The regressors, stacks of shape (windows, n, n), without those that are the same everywhere."""
        time = np.sqrt(panel.time) if self.root else panel.time
        last = max(round(self.until * len(panel.exchange)), 1) - 1
        expected = panel.expected_exchange[last]
        terms = {
            GROWTH: time * np.log((panel.exchange[last] + 1) / (expected + 1)),
            "growth_by_expected_exchange": time * np.log1p(expected),
        }
        if self.partners:
            terms["partners"] = panel.partners
        if self.own_trend:
            answers = np.maximum(panel.answers, 0).sum(axis=0)
            terms["growth_by_answers"] = time * np.log((answers + 1) / (panel.expected.sum(axis=0) + 1))
        terms = {name: self.of(stack) for name, stack in terms.items()}
        return {name: stack for name, stack in terms.items() if np.ptp(stack) > 0}


MAIN = Form()


@dataclass(frozen=True)
class Cases:
    """The pairs of a panel that inform the regression. first, second: their members; counts, expected: shape
    (windows, pairs); terms: stacks by name."""

    first: Ints
    second: Ints
    counts: Floats
    expected: Floats
    terms: dict[str, Floats] = field(repr=False)

    @classmethod
    def of(cls, panel: PairWindows, form: Form = MAIN) -> Cases:
        """Raises InputError when no pair has answers of the kind that may grow, or all exchange is the same."""
        answers, expected = form.of(panel.answers), form.of(panel.expected)
        first, second = np.triu_indices(answers.shape[1], 1)
        counts, chance = np.maximum(answers[:, first, second], 0), expected[:, first, second]
        chance = np.where(chance > 1e-9, chance, 0)
        counts = np.where(chance > 0, counts, 0)
        used = informative(counts, chance)
        terms = form.terms(panel)
        if not used.any() or GROWTH not in terms:
            raise InputError("no pair has answers whose growth could be compared")
        return cls(first[used], second[used], counts[:, used], chance[:, used], terms)

    @property
    def design(self) -> Floats:
        """The regressors of the pairs: shape (windows, pairs, terms)."""
        return np.stack([stack[:, self.first, self.second] for stack in self.terms.values()], axis=-1)


@stage
def relabel_members(
    panel: PairWindows,
    *,
    permutations: int,
    seed: int,
    form: Form = MAIN,
    orders: Ints | None = None,
    every_term: bool = True,
) -> Regression:
    """C1's test: growth of a pair's other answers, by its informal exchange beyond what its activity explains.

    A conditional Poisson regression with an intercept for each pair (conditional_poisson). The outcome is a pair's
    answers outside informal talk in each window; the offset is the log of those expected under the sender shuffle.
    Growth is time, 0 to 1, times the log of informal exchange over the whole time relative to its expectation; the
    other terms are time times the log of that expectation, and partnership begun. The coefficient of growth is an
    elasticity: by how many doublings more the answers grow through the study per doubling of informal exchange. All
    exchange is counted by its probability. p is by relabelling members (score_test; column t is the score statistic);
    standard errors allow for dependence of pairs with a common member.
    orders: the relabellings, shape (R, kept), in place of those drawn by the seed. Raises InputError where Cases.of or
    conditional_poisson do.
    """
    cases, n = Cases.of(panel, form), form.of(panel.expected).shape[1]
    fit = conditional_poisson(cases.counts, cases.expected, cases.design)
    names = list(cases.terms)
    if orders is None:
        orders = relabellings(n, permutations, seed_of(seed, "C1 growth relabelling"))
    ends, stacks = (cases.first, cases.second), list(cases.terms.values())
    tests = {
        name: score_test(cases.counts, cases.expected, stacks, names.index(name), ends, orders)
        for name in (names if every_term else [GROWTH])
    }
    p = {
        name: (test.observed, resample.p_greater(test.null, test.observed),
               resample.p_greater(np.abs(test.null), abs(test.observed)))
        for name, test in tests.items()
    }  # fmt: skip
    table = pd.DataFrame({"coefficient": fit.coefficients, "standard_error": fit.errors(*ends)}, names)
    table = table.join(pd.DataFrame(p, index=["t", *TESTED[-2:]]).T)[list(TESTED)].rename_axis("term")
    null = pd.DataFrame({name: test.null for name, test in tests.items()})
    sizes = {"members": np.unique(ends).size, "pairs": len(ends[0])}
    return Regression(GROWTH, table, table.reset_index().assign(draw=0), null, sizes)


def interval(fit: Regression, confidence: float) -> dict[str, float]:
    """value, low, high: how much more other answers grow through the study per doubling of informal exchange, as a
    share. low and high: with t of members - 2 degrees of freedom."""
    ends = fit.interval(confidence)
    return {name: float(per_doubling(ends[name])) for name in ("value", "low", "high")}


def per_doubling(elasticity: ArrayLike) -> Floats:
    """How much more answers grow per doubling of exchange, as a share; elasticity: of growth by exchange."""
    return np.exp2(np.asarray(elasticity, dtype=float)) - 1


def effect(fit: Regression, *, confidence: float) -> dict:
    """value, low, high (as interval gives them), the elasticity itself, and one-sided and two-sided p."""
    tested = fit.tested
    p = {"p": float(tested["p_greater"]), "p_two_sided": float(tested["p_two_sided"])}
    return {**interval(fit, confidence), "elasticity": float(tested["coefficient"]), **p}


@stage
def numbers(fit: Regression, *, confidence: float, others: Numbers | None = None) -> dict:
    """C1: how much more a pair's other answers grow per doubling of informal exchange (effect). others: the numbers of
    the alternatives (c1_alternatives.numbers), or why they are missing; the test itself does not depend on them."""
    given = {name: each for name, each in (others or {}).items() if not isinstance(each, Missing)}
    without = {name: each.reason for name, each in (others or {}).items() if isinstance(each, Missing)}
    end = {"without": without} if without else {}
    return {"status": "ok", **effect(fit, confidence=confidence), "n": dict(fit.n), **given, **end}


@stage
def curves(panel: PairWindows, *, confidence: float) -> pd.DataFrame:
    """Answers outside informal talk over time, by thirds of pairs in order of their informal exchange beyond what
    activity explains: group, start (of the window), pairs, observed, expected, ratio, low, high.

    ratio: answers of all pairs of the third over those expected under the sender shuffle. Intervals allow for
    dependence of pairs with a common member. There are no controls. Raises InputError where Cases.of does, and with
    fewer pairs than thirds.
    """
    cases = Cases.of(panel)
    if (pairs := cases.first.size) < len(GROUPS):
        raise InputError(f"{wording.count(pairs, 'pair')} answered each other, too few for thirds of pairs")
    beyond = cases.terms[GROWTH][-1, cases.first, cases.second]
    third = (stats.rankdata(beyond, method="ordinal") - 1).astype(int) * len(GROUPS) // beyond.size
    reach = stats.t.ppf((1 + confidence) / 2, max(len(panel.members) - 2, 1))
    frames = []
    for number, group in enumerate(GROUPS):
        counts, expected = cases.counts[:, third == number], cases.expected[:, third == number]
        sums, chance = counts.sum(axis=1), expected.sum(axis=1)
        some = np.where(chance > 0, chance, np.nan)
        ratio = sums / some
        parts = np.nan_to_num((counts - ratio[:, None] * expected) / some[:, None])
        error = dyadic_errors(parts.T, cases.first[third == number], cases.second[third == number])
        rows = {"group": group, "start": pd.to_datetime(panel.edges[:-1], unit="s", utc=True), "pairs": counts.shape[1]}
        rows |= {"observed": sums, "expected": chance, "ratio": ratio}
        frames.append(pd.DataFrame(rows | {"low": np.maximum(ratio - reach * error, 0), "high": ratio + reach * error}))
    return pd.concat(frames, ignore_index=True)


@stage
def frame(panel: PairWindows) -> pd.DataFrame:
    """The panel as a table, one row per window and pair that informs the regression: member_a, member_b, start,
    answers, expected_answers, and the terms. Raises InputError where Cases.of does."""
    cases, names = Cases.of(panel), panel.members.to_numpy()
    windows, pairs = cases.counts.shape
    start = pd.to_datetime(panel.edges[:-1], unit="s", utc=True)
    rows = {
        "member_a": np.tile(names[cases.first], windows), "member_b": np.tile(names[cases.second], windows),
        "start": start.repeat(pairs), "answers": cases.counts.ravel(), "expected_answers": cases.expected.ravel(),
    }  # fmt: skip
    terms = zip(cases.terms, np.moveaxis(cases.design, -1, 0), strict=True)
    return pd.DataFrame(rows | {name: values.ravel() for name, values in terms})
