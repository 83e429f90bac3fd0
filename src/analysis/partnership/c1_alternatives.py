"""Alternatives to C1's test (c1): a placebo, other forms of its regression, the former test, and an event model.

The former test compares kinds of talk instead of months: is earlier informal exchange more strongly associated with
later ties outside informal talk than earlier business exchange is?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Floats
from analysis.errors import Missing, stage
from analysis.network.events import EventModel, exchanged_before, relational_events, standard
from analysis.partnership import c1, regression
from analysis.partnership.design import (
    both_ways_added,
    equally_measured,
    links_before,
    misclassification_corrected,
    span_of,
)
from analysis.partnership.regression import DIFFERENCE, MAIN, Regression, Relations, Specification
from analysis.partnership.talk import BUSINESS, INFORMAL, OTHER, Graph, Talk
from analysis.partnership.waves import standardised
from analysis.resample import seed_of

EVENT_GRAPHS = 3  # drawn graphs to which the relational event model is fitted
CONTROLS = 60  # pairs that did not act, drawn for each event
CHOICE_EFFECTS = (
    "recency_sent", "recency_received", "sender_activity", "receiver_popularity",
    "PSAB-BA", "PSAB-BY", "PSAB-AY", "PSAB-XA", "PSAB-XB",
)  # fmt: skip
Outcome = Callable[[Floats], Floats]  # answers of both directions, shape (waves, n, n), as ties of pairs
SWAPPED = (OTHER, INFORMAL)  # of the placebo: does informal talk grow where other talk is high?
FORMS = {
    "as in the main analysis": c1.MAIN,
    "growth follows the root of time": c1.Form(root=True),
    "informal exchange of the first half alone": c1.Form(until=0.5),
    "the pair's own level of answers may go with growth": c1.Form(own_trend=True),
    "partnership begun is not controlled": c1.Form(partners=False),
}


@stage
def other_forms(panel: c1.PairWindows, *, permutations: int, seed: int, confidence: float) -> pd.DataFrame:
    """C1 in other forms of the regression: form, value, low, high, p (one-sided). A form without a fit is left out."""
    sizes = {"permutations": permutations, "seed": seed, "every_term": False}
    fits = {name: c1.relabel_members(panel, form=form, **sizes) for name, form in FORMS.items()}
    rows = [
        {"form": name, **c1.interval(fit, confidence), "p": float(fit.tested["p_greater"])}
        for name, fit in fits.items()
        if not isinstance(fit, Missing)
    ]
    return pd.DataFrame(rows, columns=["form", "value", "low", "high", "p"])


@dataclass(frozen=True)
class PairHalves:
    """Data of the former test at one split of the time: stacks (1, n, n) of earlier exchange and later ties.

    controls: by name; expected: later exchange outside informal talk expected under the sender shuffle; earlier, later:
    one per draw, turns exchanged earlier by kind, equally measured, and directed answers outside informal talk later.
    """

    members: pd.Index
    split: float
    controls: dict[str, Floats]
    expected: Floats
    earlier: list[dict[str, Floats]]
    later: list[Floats]

    @classmethod
    def of(
        cls,
        talk: Talk,
        graphs: Sequence[Graph],
        equal: Sequence[Graph],
        split: float,
        between: tuple[int, int],
        *,
        hours: float,
    ) -> PairHalves:
        """graphs: reply graphs; equal: the same before the cut, equally measured. between: the cut, and the end. hours:
        length of the shuffle's blocks. Raises InputError when the codes hardly distinguish informal talk."""
        cut, end = between
        early, both = np.array([cut]), np.array([cut, end])
        expected = {kind: talk.expected(kind, both, hours) for kind in (INFORMAL, BUSINESS, OTHER)}
        later = expected[OTHER][1:] - expected[OTHER][:1]
        controls = {"activity": talk.activity(early), "shared_chats": talk.shared_chats(early)}
        controls |= {f"expected_{kind}": np.log1p(expected[kind][:1]) for kind in (INFORMAL, BUSINESS)}
        controls["expected_later"] = np.log1p(later)
        answers = [misclassification_corrected(talk, graph, both) for graph in graphs]
        return cls(talk.turns.members, split, controls, later, [talk.exchanged(g, early) for g in equal], answers)

    def relations(self, ties: Outcome = both_ways_added, specification: Specification = MAIN) -> Iterator[Relations]:
        """Outcome and regressors of each draw."""
        controls = {name: standardised(specification.of(stack)) for name, stack in self.controls.items()}
        scale = np.sqrt(specification.of(self.expected) + 1)
        for counts, directed in zip(self.earlier, self.later, strict=True):
            y = standardised(ties(specification.of(directed)) / scale)
            yield y, {**specification.difference_and_sum(counts), **controls}


@stage
def pair_halves(talk: Talk, *, splits: Sequence[float], draws: int, hours: float, seed: int) -> list[PairHalves]:
    """The panel of the former test at each split, from links weighted by their probability and thinned again for each
    draw. Raises InputError when there is too little of a kind of talk, or the codes hardly distinguish informal talk.
    """
    graphs = [talk.likely] * draws
    first, end = span_of(talk)
    cuts = [int(first + split * (end - first)) for split in splits]
    equal = [thinned(talk, graphs, cut, seed=seed) for cut in cuts]
    each = zip(splits, cuts, equal, strict=True)
    return [PairHalves.of(talk, graphs, of_cut, split, (cut, end), hours=hours) for split, cut, of_cut in each]


def thinned(talk: Talk, graphs: Sequence[Graph], cut: int, *, seed: int) -> list[Graph]:
    """Each graph's links before the cut, the two kinds equally measured."""
    generators = (np.random.default_rng([seed_of(seed, "C1 thinning"), draw]) for draw in range(len(graphs)))
    return [equally_measured(talk, graph, cut, rng) for graph, rng in zip(graphs, generators, strict=True)]


@stage
def frame(halves: Sequence[PairHalves]) -> pd.DataFrame:
    """One row per pair and split of the time.

    member_a, member_b, split; later: ties outside informal talk, and the regressors as the regressions take them, in
    standard deviations (difference and sum: halves); informal_turns, business_turns: exchanged earlier, equally
    measured. Means over draws.
    """
    frames = []
    for half in halves:
        draws = (
            (later, x | {f"{kind}_turns": turns for kind, turns in counts.items()})
            for counts, (later, x) in zip(half.earlier, half.relations(), strict=True)
        )
        frames.append(regression.panel(draws, half.members, "later").assign(wave=half.split))
    return pd.concat(frames, ignore_index=True).rename(columns={"wave": "split"})


@stage
def relabel_members(
    halves: Sequence[PairHalves],
    *,
    permutations: int,
    seed: int,
    ties: Outcome = both_ways_added,
    specification: Specification = MAIN,
    every_term: bool = True,
) -> Regression:
    """The former test: later ties outside informal talk regressed on earlier informal less business exchange.

    For each split of the time: standardised later exchange outside informal talk, on the difference of the standardised
    logs of earlier informal and business exchange and on their sum, controlling for activity, shared chats and answers
    of each kind expected under the sender shuffle. All exchange is counted by its probability: to regress on an
    expectation leaves a coefficient as it is (regression calibration; Carroll, Ruppert, Stefanski and Crainiceanu 2006,
    chapter 4), where reply graphs drawn without regard to the outcome bias it towards zero. The splits are early,
    because once ties have grown, business talk shows them too, and the difference is gone (docs/adr/0010). Later
    exchange is corrected for informal talk that is coded otherwise (misclassification_corrected), or a classifier's
    errors alone would tie it to earlier informal talk, and divided by the root of its expectation. The kind with more
    exchange is thinned at random to the other's amount, again for each draw, so that both are measured equally. ties:
    how answers of both directions make a pair's tie. Raises InputError where mrqap does.
    """
    n = specification.of(halves[0].expected).shape[1]
    draws = zip(*(half.relations(ties, specification) for half in halves), strict=True)
    each = (
        ({"draw": draw, "split": half.split}, relations)
        for draw, parts in enumerate(draws)
        for half, relations in zip(halves, parts, strict=True)
    )
    return regression.average(
        each, DIFFERENCE, {"members": n, "pairs": n * (n - 1) // 2},
        permutations=permutations, seed=seed_of(seed, "C1 relabelling"), specification=specification,
        every_term=every_term,
    )  # fmt: skip


@stage
def later_choices(talk: Talk, graphs: Sequence[Graph], *, split: float, seed: int) -> list[EventModel]:
    """Relational event models (Butts 2008) of later answers outside informal talk, for some drawn graphs (C1).

    History is the pair's earlier informal and business exchange, thinned to equal amounts; next to their difference and
    sum the model has inertia, reciprocity, recency, activity and participation shifts within the chat. Raises
    InputError when a model cannot be fitted.
    """
    rng = np.random.default_rng(seed_of(seed, "C1 choices"))
    first, end = span_of(talk)
    cut = int(first + split * (end - first))
    return [_choices_of(talk, graph, cut, end, rng) for graph in graphs[:EVENT_GRAPHS]]


def _choices_of(talk: Talk, graph: Graph, cut: int, end: int, rng: np.random.Generator) -> EventModel:
    equal = equally_measured(talk, graph, end, rng)
    parts = [links_before(talk, graph[OTHER], end), equal[INFORMAL], equal[BUSINESS]]
    kind = np.repeat([0, 1, 2], [links[0].size for links in parts])
    later, earlier = (np.concatenate([links[side] for links in parts]) for side in (0, 1))
    order = np.lexsort((kind, later, talk.turns.seconds[later]))  # an answer comes before its own trace in the history
    later, earlier, kind = later[order], earlier[order], kind[order]
    member, channel = talk.turns.turns["member"].to_numpy(), talk.turns.turns["channel"].to_numpy()
    informal, business, either = exchanged_before(kind == 1), exchanged_before(kind == 2), kind > 0
    effects = {
        DIFFERENCE: lambda history: informal(history) - business(history),
        "sum": lambda history: informal(history) + business(history),
        "inertia": lambda history: np.log1p(history.before(history.source, history.target, either)),
        "reciprocity": lambda history: np.log1p(history.before(history.target, history.source, either)),
        **standard(*CHOICE_EFFECTS),
    }
    return relational_events(
        member[later], member[earlier], effects, members=talk.turns.n, stratum=channel[later], controls=CONTROLS,
        modelled=(kind == 0) & (talk.turns.seconds[later] >= cut), seed=int(rng.integers(2**31)),
    )  # fmt: skip


@stage
def effects_table(choices: Sequence[EventModel]) -> pd.DataFrame:
    """graph, effect, coef, se, z, p (two-sided); one row per drawn graph and effect."""
    tables = [model.table.reset_index().assign(graph=graph) for graph, model in enumerate(choices)]
    return pd.concat(tables, ignore_index=True)[["graph", "effect", "coef", "se", "z", "p"]]


@stage
def pooled(choices: Sequence[EventModel], confidence: float) -> dict:
    """Log odds ratio of an answer per log unit of informal less business exchange, pooled over graphs (Rubin 1987)."""
    coef, se = 2 * np.array([model.table.loc[DIFFERENCE, ["coef", "se"]] for model in choices], dtype=float).T
    between = coef.var(ddof=1) * (1 + 1 / coef.size) if coef.size > 1 else 0.0
    value, error = coef.mean(), np.sqrt((se**2).mean() + between)
    reach = stats.norm.ppf((1 + confidence) / 2) * error
    ends = {"value": value, "low": value - reach, "high": value + reach, "p": stats.norm.sf(value / error)}
    return {**{name: float(number) for name, number in ends.items()}, "events": int(choices[0].events)}


@stage
def tested(fit: Regression, confidence: float) -> dict:
    """Value, interval and one-sided p of the tested term."""
    return {**fit.interval(confidence), "p": float(fit.tested["p_greater"])}


def numbers(
    placebo: Regression | Missing,
    difference: Regression | Missing,
    reciprocal: Regression | Missing,
    choices: Sequence[EventModel] | Missing,
    *,
    confidence: float,
) -> c1.Numbers:
    """The numbers of the placebo (roles swapped), the former test, the former test with reciprocal ties, and the
    relational event model, or why they are missing."""
    return {
        "placebo": stage(c1.effect)(placebo, confidence=confidence), "difference": tested(difference, confidence),
        "reciprocal": tested(reciprocal, confidence), "choices": pooled(choices, confidence),
    }  # fmt: skip
