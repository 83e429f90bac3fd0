"""The main analysis of C1 and C2 with members, turns or codings changed, with all random draws held fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import Missing, stage
from analysis.network.qap.model import DyadModel
from analysis.network.ties import Exchange
from analysis.partnership import c1, c2
from analysis.partnership import step as partnership
from analysis.partnership.design import picked
from analysis.partnership.poisson import conditional_poisson
from analysis.partnership.regression import Regression, Specification
from analysis.partnership.talk import BUSINESS, INFORMAL, OTHER, Graph, Links, Talk, weighted
from analysis.partnership.waves import Waves


@dataclass(frozen=True)
class Edit:
    """Turns that are changed, each of shape (turns,). struck: removed with the answers to them; other, informal: coded
    as that kind instead."""

    struck: Flags
    other: Flags
    informal: Flags

    @classmethod
    def of(cls, turns: int, **changed: Flags | Ints) -> Edit:
        """Changes of some of `size` turns, by name."""
        marks = dict(zip(("struck", "other", "informal"), np.zeros((3, turns), dtype=bool), strict=True))
        for name, these in changed.items():
            marks[name][these] = True
        return cls(**marks)

    def apply(self, graph: Graph, whole: Graph) -> Graph:
        """The graph after the change; whole: the graph of which it is all or a part."""
        links: dict[str, Links] = {BUSINESS: graph[BUSINESS]}
        for kind, gone, come in ((INFORMAL, self.other, self.informal), (OTHER, self.informal, self.other)):
            if kind in graph:
                stay = picked(graph[kind], ~gone[graph[kind][0]])
                source = whole[OTHER if kind == INFORMAL else INFORMAL]
                join = picked(source, come[source[0]])
                links[kind] = tuple(np.concatenate(both) for both in zip(stay, join, strict=True))  # type: ignore[assignment]
        return {kind: self.remaining(linked) for kind, linked in links.items()}

    def remaining(self, links: Links) -> Links:
        """The links of which neither end is struck out."""
        return picked(links, ~(self.struck[links[0]] | self.struck[links[1]]))


@dataclass(frozen=True)
class PairAnalysis:
    """Talk, and its graphs: likely (C1), and drawn (C2), these also equally measured before the end of the last wave.
    waves: of C2."""

    talk: Talk
    likely: Graph
    graphs: list[Graph]
    waves: Waves
    equal_waves: list[Graph]
    params: partnership.Params

    @cached_property
    def windows(self) -> c1.PairWindows | Missing:
        """The panel of C1."""
        days, hours = self.params.window_days, self.params.hours
        return stage(c1.PairWindows.of)(self.talk, self.waves, self.likely, days=days, hours=hours, roles=c1.ROLES)

    @cached_property
    def panel(self) -> c2.PairWaves | Missing:
        """The panel of C2."""
        own = self.talk, self.waves, self.graphs, self.equal_waves
        return stage(c2.PairWaves.of)(*own, hours=self.params.hours)

    def edited(self, edit: Edit) -> PairAnalysis:
        """With some turns struck out or recoded; what is expected under the sender shuffle stays as it was."""
        graphs = [edit.apply(graph, graph) for graph in self.graphs]
        before = [edit.apply(part, whole) for part, whole in zip(self.equal_waves, self.graphs, strict=False)]
        likely = edit.apply(self.likely, self.likely)
        changed = replace(self, likely=likely, graphs=graphs, equal_waves=before)
        if not isinstance(windows := self.windows, Missing):
            answers, exchanged = c1.counted(self.talk, likely, windows.edges, c1.ROLES)
            changed.__dict__["windows"] = replace(windows, answers=answers, exchange=exchanged)
        if not isinstance(self.panel, Missing):
            exchange, total = c2.counted(self.talk, self.waves, graphs)
            equal = [self.talk.exchanged(graph, self.waves.starts) for graph in before]
            changed.__dict__["panel"] = replace(self.panel, exchange=exchange, total=total, equal=equal)
        return changed

    def without(self, gone: Flags) -> PairAnalysis:
        """Without these turns, as if they had never been written; expectations are recomputed."""
        place = np.cumsum(~gone) - 1

        def moved(links: pd.DataFrame) -> pd.DataFrame:
            later, earlier = links["later"].to_numpy(), links["earlier"].to_numpy()
            rows = links[~(gone[later] | gone[earlier])]
            return rows.assign(later=place[rows["later"]], earlier=place[rows["earlier"]]).reset_index(drop=True)

        struck = Edit.of(gone.size, struck=gone)

        def graph(of: Graph) -> Graph:
            left = {kind: struck.remaining(linked) for kind, linked in of.items()}
            return {kind: (place[ends[0]], place[ends[1]], *ends[2:]) for kind, ends in left.items()}

        turns, of = self.talk.turns, self.talk.turns.turn_of
        stay = ~gone[of]
        turn_of = pd.Series(place[of[stay]], index=of.index[stay], dtype="int64")
        left = Exchange(turns.members, turns.turns[~gone].reset_index(drop=True), moved(turns.links), turn_of)
        linked = {kind: moved(links) for kind, links in self.talk.linked.items()}
        return replace(
            self,
            talk=replace(self.talk, turns=left, linked=linked),
            likely=graph(self.likely),
            graphs=[graph(each) for each in self.graphs],
            equal_waves=[graph(each) for each in self.equal_waves],
        )

    def effects(self, kept: Ints | None = None) -> dict[str, float]:
        """The values of C1 and C2 among these members, by their coefficients alone, without those that cannot be
        computed."""
        values = {"C1": c1_value(self.windows, c1.Form(kept)), "C2": c2_value(self.panel, Specification(kept))}
        return {claim: value for claim, value in values.items() if not isinstance(value, Missing)}

    def _c1_regression(self, kept: Ints | None, permutations: int) -> Regression | Missing:
        own = {"permutations": permutations, "seed": self.params.seed, "every_term": False}
        return c1.relabel_members(self.windows, form=c1.Form(kept), **own)

    def _c2_regression(
        self, test: Callable[..., Regression | Missing], kept: Ints | None, permutations: int
    ) -> Regression | Missing:
        own = {"permutations": permutations, "seed": self.params.seed, "every_term": False}
        return test(self.panel, specification=Specification(kept), **own)

    def numbers(self, claim: str, kept: Ints | None = None) -> dict | Missing:
        """A claim's numbers among these members, as the ledger judges them."""
        permutations, confidence = self.params.permutations, self.params.confidence
        if claim == "C1":
            return c1.numbers(self._c1_regression(kept, permutations), confidence=confidence)
        methods = (c2.exposure_before, c2.timing, c2.beyond_business)
        tests = (self._c2_regression(method, kept, permutations) for method in methods)
        return c2.numbers(self.panel, *tests, confidence=confidence, specification=Specification(kept))


@stage
def pair_analysis(data: partnership.Data, params: partnership.Params) -> PairAnalysis | Missing:
    """The main analysis with its random draws. Raises InputError when C1 cannot be computed."""
    turns = partnership.turns_of(data, gap_s=params.gap_s)
    talk = partnership.kinds_of_talk(turns, data.probable, data.agreement, params.informal, params.business)
    if isinstance(talk, Missing):
        return talk
    graphs = partnership.reply_graphs(talk, data, draws=params.draws, seed=params.seed)
    if isinstance(graphs, Missing):
        return graphs
    waves = Waves.of(turns, data.members, data.partnerships, params.wave_days)
    before = c2.thinned(talk, waves, graphs, seed=params.seed) if waves.events else []
    return PairAnalysis(talk, talk.likely, graphs, waves, before, params)


@stage
def c1_value(panel: c1.PairWindows, form: c1.Form) -> float:
    """C1's value without its test. Raises InputError when the regression cannot be fitted."""
    cases = c1.Cases.of(panel, form)
    fit = conditional_poisson(cases.counts, cases.expected, cases.design)
    return float(c1.per_doubling(fit.coefficients[list(cases.terms).index(c1.GROWTH)]))


@stage
def c2_value(panel: c2.PairWaves, specification: Specification) -> float:
    """C2's value without its tests. Raises InputError when the regression cannot be fitted."""
    began, every = panel.expected(c2.BEFORE, specification)
    varying = {name: stack for name, stack in every.items() if np.nanmax(np.abs(stack), initial=0) > 0}
    model = DyadModel.of(began, varying, False, specification.null, [INFORMAL])  # raises if informal talk does not vary
    basis, triangle = np.linalg.qr(model.design[model.complete])
    coefficients = np.linalg.inv(triangle) @ (basis.T @ model.y[model.complete])
    return panel.per_doubling(specification) * float(coefficients[model.terms.index(INFORMAL)])


# How far each turn moves a value


def slopes(y: Floats, x: dict[str, Floats], term: str) -> dict[str, Floats]:
    """Derivatives of a least-squares coefficient with respect to each cell of y (under the name "y") and of each x:
    stacks like y. The lower triangle repeats the upper. The regression takes each pair once."""
    names = list(x)
    upper = np.triu(np.ones(y.shape[1:], dtype=bool), 1)[None] & ~np.isnan(np.stack([y, *x.values()])).any(axis=0)
    design = np.column_stack([np.ones(upper.sum()), *(x[name][upper] for name in names)])
    inverse = np.linalg.inv(design.T @ design)
    coef = inverse @ (design.T @ y[upper])
    residual, place = y[upper] - design @ coef, 1 + names.index(term)
    by_y = design @ inverse[:, place]
    by_x = {name: inverse[place, k] * residual - by_y * coef[k] for k, name in enumerate(names, 1)}
    stacks = {name: np.zeros(upper.shape) for name in ("y", *by_x)}
    for name, values in {"y": by_y, **by_x}.items():
        stacks[name][upper] = values
    return {name: stack + np.swapaxes(stack, 1, 2) for name, stack in stacks.items()}


def _per_turn(counts: Floats, slope: Floats, at_risk: Floats | None = None) -> Floats:
    """Change of the value per additional turn of exchange, whose standardised log enters with this slope."""
    off = np.broadcast_to(~np.eye(counts.shape[1], dtype=bool), counts.shape)
    counted = off if at_risk is None else off & ~np.isnan(at_risk)
    spread = [np.log1p(count[pairs]).std() or 1.0 for count, pairs in zip(counts, counted, strict=True)]
    return slope / np.array(spread)[:, None, None] / (1 + counts)


@dataclass(frozen=True)
class TurnInfluence:
    """Approximate change of the value when a turn is struck out, coded as other talk, or coded as informal. Shape
    (turns,) each: first derivatives summed over the turn's links, mean over drawn graphs."""

    struck: Floats
    other: Floats
    informal: Floats


def turn_influence(analysis: PairAnalysis, claim: str) -> TurnInfluence:
    """The influence of each turn on the value of C1 or C2."""
    sums = np.zeros((3, len(analysis.talk.turns.turns)))
    for graph, weighed in _weighed_c1(analysis) if claim == "C1" else _weighed_c2(analysis):
        for kind in (INFORMAL, OTHER):
            later, earlier, amount = weighted(graph[kind])
            as_informal, as_other = (each if amount is None else each * amount for each in weighed(later, earlier))
            now, changed = (as_informal, as_other) if kind == INFORMAL else (as_other, as_informal)
            sums[0] -= np.bincount(later, now, sums.shape[1])
            sums[1 if kind == INFORMAL else 2] += np.bincount(later, changed - now, sums.shape[1])
    return TurnInfluence(*sums)


# A drawn graph, and what its links (later and earlier turns) add to the value as informal and as other talk
Weighed = Iterator[tuple[Graph, Callable[[Ints, Ints], tuple[Floats, Floats]]]]


def _weighed_c1(analysis: PairAnalysis) -> Weighed:
    assert not isinstance(analysis.windows, Missing)
    member, seconds = analysis.talk.turns.turns["member"].to_numpy(), analysis.talk.turns.seconds
    by_answer, by_exchange = c1_slopes(analysis.windows)
    window = np.searchsorted(analysis.windows.edges[1:], seconds, side="right")
    sensitivity, wrongly = analysis.talk.sensitivity, analysis.talk.false_positive_rate
    by_answer = by_answer / (sensitivity - wrongly)
    yield analysis.likely, partial(_within, member, window, by_answer, by_exchange, sensitivity)


def c1_slopes(panel: c1.PairWindows) -> tuple[Floats, Floats]:
    """Derivatives of C1's value by each answer, shape (windows, n, n), and by each turn of exchange, shape (n, n).

    At the solution the score is 0, so a coefficient moves by the inverse information times the score's change. Pairs
    that do not inform the regression, and windows whose corrected answers are below 0, have derivative 0.
    """
    cases = c1.Cases.of(panel)
    fit = conditional_poisson(cases.counts, cases.expected, cases.design)
    place = list(cases.terms).index(c1.GROWTH)
    row, coefficient, time = fit.inverse[place], fit.coefficients[place], panel.time[:, :, 0]
    along = fit.centred @ row
    centred = time - (fit.mean * time).sum(axis=0) / fit.mean.sum(axis=0)
    by_log = row[place] * (fit.residual * time).sum(axis=0) - coefficient * (fit.mean * centred * along).sum(axis=0)
    scale = np.log(2) * np.exp2(coefficient)  # derivative of the value by the coefficient
    answers, exchange = np.zeros(panel.answers.shape), np.zeros(panel.answers.shape[1:])
    answers[:, cases.first, cases.second] = scale * along
    exchange[cases.first, cases.second] = scale * by_log / (panel.exchange[-1, cases.first, cases.second] + 1)
    return (answers + np.swapaxes(answers, 1, 2)) * (panel.answers >= 0), exchange + exchange.T


def _within(
    member: Ints, window: Ints, by_answer: Floats, by_exchange: Floats, sensitivity: float, later: Ints, earlier: Ints
) -> tuple[Floats, Floats]:
    """Links' weights: informal exchange counts over the whole time, other answers in their window."""
    pair = member[later], member[earlier]
    answer = by_answer[window[later], *pair]
    return by_exchange[pair] + (sensitivity - 1) * answer, sensitivity * answer


def _weighed_c2(analysis: PairAnalysis) -> Weighed:
    assert not isinstance(analysis.panel, Missing)
    member, seconds = analysis.talk.turns.turns["member"].to_numpy(), analysis.talk.turns.seconds
    panel, began = analysis.panel, analysis.waves.began
    stage = np.searchsorted(analysis.waves.starts, seconds, side="right")
    slope = slopes(*panel.expected(c2.BEFORE), INFORMAL)[INFORMAL] * panel.per_doubling() / len(panel.exchange)
    for graph, counts in zip(analysis.graphs, panel.exchange, strict=True):
        each = _per_turn(counts[INFORMAL], slope, began)
        since = np.concatenate([np.cumsum(each[::-1], axis=0)[::-1], np.zeros_like(each[:1])])
        yield graph, partial(_since, member, stage, since)


def _since(member: Ints, stage: Ints, since: Floats, later: Ints, earlier: Ints) -> tuple[Floats, Floats]:
    """Links' weights: informal exchange counts in every wave that starts after it, other talk does not."""
    return since[stage[later], member[later], member[earlier]], np.zeros(later.size)
