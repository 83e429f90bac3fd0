"""The main analysis of C1 and C2 taken apart, so that a part can be left out while what is drawn stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats, Ints
from analysis.errors import Missing
from analysis.network.ties import Exchange
from analysis.partnership import c1, c2
from analysis.partnership import step as partnership
from analysis.partnership.design import both_ways_added, equally_measured, misclassification_corrected, span_of
from analysis.partnership.regression import DIFFERENCE, Regression, Specification
from analysis.partnership.shuffle import SenderShuffle, shuffle_senders
from analysis.partnership.talk import BUSINESS, INFORMAL, OTHER, Graph, Links, Talk, weighted
from analysis.partnership.waves import Waves
from analysis.robustness.choices import AS_SETTLED
from analysis.robustness.inputs import Inputs
from analysis.robustness.pairs import Ground, Kinds, given, turns_of

Turns = NDArray[np.bool_]  # one entry a turn


@dataclass(frozen=True)
class Edit:
    """Turns that are changed. struck: they and answers to them are taken out; other, informal: are coded so instead."""

    struck: Turns
    other: Turns
    informal: Turns

    @classmethod
    def nothing(cls, turns: int) -> Edit:
        """No turn is changed."""
        return cls(*np.zeros((3, turns), dtype=bool))

    def of(self, graph: Graph, whole: Graph) -> Graph:
        """The graph after the change; whole: the graph of which it is all or a part."""
        links: dict[str, Links] = {BUSINESS: graph[BUSINESS]}
        for kind, gone, come in ((INFORMAL, self.other, self.informal), (OTHER, self.informal, self.other)):
            if kind in graph:
                stay, join = _of(graph[kind], ~gone), _of(whole[OTHER if kind == INFORMAL else INFORMAL], come)
                links[kind] = tuple(np.concatenate(both) for both in zip(stay, join, strict=True))  # type: ignore[assignment]
        return {kind: self.standing(linked) for kind, linked in links.items()}

    def standing(self, links: Links) -> Links:
        """The links neither end of which is struck out."""
        stands = ~(self.struck[links[0]] | self.struck[links[1]])
        return tuple(each[stands] for each in links)  # type: ignore[return-value]


def _of(links: Links, turns: Turns) -> Links:
    """The links whose answer is one of these turns."""
    rows = turns[links[0]]
    return tuple(each[rows] for each in links)  # type: ignore[return-value]


@dataclass(frozen=True)
class Parts:
    """Talk, and its graphs: likely (C1) and drawn (C2), and both equally measured, by split and before the last wave.

    cuts: by split, when earlier ends; end: of the time; waves, shuffled: of C2.
    """

    talk: Talk
    likely: Graph
    graphs: list[Graph]
    cuts: dict[float, int]
    end: int
    equal: dict[float, list[Graph]]
    waves: Waves
    equal_waves: list[Graph]
    shuffled: SenderShuffle | None
    params: partnership.Params

    @classmethod
    def of(cls, inputs: Inputs, params: partnership.Params) -> Parts:
        """Raises InputError where C1 cannot be computed."""
        kinds = Kinds.of(inputs, {}, params)
        ground = Ground.of(inputs, turns_of(inputs, AS_SETTLED, AS_SETTLED), kinds, AS_SETTLED)
        talk, graphs = ground.talk, ground.graphs
        first, end = span_of(talk)
        cuts = {split: int(first + split * (end - first)) for split in params.splits}
        likely = [talk.likely] * params.draws
        equal = {split: c1.thinned(talk, likely, cut, seed=params.seed) for split, cut in cuts.items()}
        waves = Waves.of(talk.turns, inputs.members, inputs.partnerships, params.wave_days)
        rng = np.random.default_rng([params.seed, 4])
        some = waves.events > 0
        before = [equally_measured(talk, graph, waves.end, rng) for graph in graphs] if some else []
        sizes = {"hours": params.hours, "shuffles": params.shuffles}
        shuffled = given(shuffle_senders(talk, waves, **sizes, seed=rng)) if some else None
        return cls(talk, talk.likely, graphs, cuts, end, equal, waves, before, shuffled, params)

    @cached_property
    def halves(self) -> list[c1.PairHalves]:
        """C1's stacks."""
        likely, hours = [self.likely] * self.params.draws, self.params.hours
        return [
            c1.PairHalves.of(self.talk, likely, self.equal[split], split, (cut, self.end), hours=hours)
            for split, cut in self.cuts.items()
        ]

    @cached_property
    def panel(self) -> c2.PairWaves | None:
        """C2's stacks, where any partnership began in a wave."""
        if self.shuffled is None:
            return None
        return c2.PairWaves.of(self.talk, self.waves, self.graphs, self.equal_waves, hours=self.params.hours)

    def edited(self, edit: Edit) -> Parts:
        """With some turns struck out or recoded; what chance lets expect stays as it was."""
        graphs = [edit.of(graph, graph) for graph in self.graphs]
        equal = {split: [edit.of(part, self.likely) for part in parts] for split, parts in self.equal.items()}
        before = [
            edit.of(part, whole)
            for part, whole in zip(self.equal_waves, self.graphs[: len(self.equal_waves)], strict=True)
        ]
        changed = replace(
            self, likely=edit.of(self.likely, self.likely), graphs=graphs, equal=equal, equal_waves=before
        )
        changed.__dict__["halves"] = [_recounted(changed, half) for half in self.halves]
        if self.panel is not None:
            changed.__dict__["panel"] = replace(
                self.panel,
                exchange=[self.talk.exchanged(graph, self.waves.starts) for graph in graphs],
                equal=[self.talk.exchanged(graph, self.waves.starts) for graph in before],
            )
        return changed

    def without(self, gone: Turns) -> Parts:
        """Without these turns, as if they had never been written; what chance lets expect is computed anew."""
        place = np.cumsum(~gone) - 1

        def moved(links: pd.DataFrame) -> pd.DataFrame:
            later, earlier = links["later"].to_numpy(), links["earlier"].to_numpy()
            rows = links[~(gone[later] | gone[earlier])]
            return rows.assign(later=place[rows["later"]], earlier=place[rows["earlier"]]).reset_index(drop=True)

        struck = replace(Edit.nothing(gone.size), struck=gone)

        def graph(of: Graph) -> Graph:
            standing = {kind: struck.standing(linked) for kind, linked in of.items()}
            return {kind: (place[ends[0]], place[ends[1]], *ends[2:]) for kind, ends in standing.items()}

        turns, of = self.talk.turns, self.talk.turns.turn_of
        left = Exchange(
            turns.members,
            turns.turns[~gone].reset_index(drop=True),
            moved(turns.links),
            pd.Series(place[of[~gone[of]]], index=of.index[~gone[of]], dtype="int64"),
        )
        return replace(
            self,
            talk=replace(
                self.talk, turns=left, linked={kind: moved(linked) for kind, linked in self.talk.linked.items()}
            ),
            likely=graph(self.likely),
            graphs=[graph(each) for each in self.graphs],
            equal={split: [graph(each) for each in graphs] for split, graphs in self.equal.items()},
            equal_waves=[graph(each) for each in self.equal_waves],
        )

    def effects(self, kept: Ints | None = None) -> dict[str, float]:
        """The values of C1 and C2 (missing where there is none) among these members."""
        values = {"C1": float(self._later(kept, 1).tested["coefficient"])}
        if self.panel is not None:
            members = self._preceding(c2.relabel_members, kept, 1)
            values["C2"] = len(self.waves.starts) * float(members.tested["coefficient"])
        return values

    def _later(self, kept: Ints | None, permutations: int) -> Regression:
        own = {"permutations": permutations, "seed": self.params.seed, "every_term": False}
        return given(c1.relabel_members(self.halves, specification=Specification(kept), **own))

    def _preceding(self, test: Callable[..., Regression | Missing], kept: Ints | None, permutations: int) -> Regression:
        own = {"permutations": permutations, "seed": self.params.seed, "every_term": False}
        return given(test(self.panel, specification=Specification(kept), **own))

    def numbers(self, claim: str, kept: Ints | None = None) -> dict:
        """A claim's numbers among these members, as the ledger judges them."""
        permutations, confidence = self.params.permutations, self.params.confidence
        if claim == "C1":
            return given(c1.numbers(self._later(kept, permutations), confidence=confidence))
        assert self.shuffled is not None
        tests = (self._preceding(test, kept, permutations) for test in (c2.relabel_members, c2.beyond_business))
        members, beyond = tests
        return given(c2.numbers(members, self.shuffled.among(kept), beyond, self.waves, confidence=confidence))


def _recounted(parts: Parts, half: c1.PairHalves) -> c1.PairHalves:
    """A split's stacks with exchange counted anew and controls as they are."""
    cut = parts.cuts[half.split]
    return replace(
        half,
        earlier=[parts.talk.exchanged(graph, np.array([cut])) for graph in parts.equal[half.split]],
        later=[
            misclassification_corrected(parts.talk, graph, cut, parts.end)
            for graph in [parts.likely] * parts.params.draws
        ],
    )


# How much each turn moves a value


def slopes(y: Floats, x: dict[str, Floats], term: str) -> dict[str, Floats]:
    """How a least-squares coefficient moves with each cell of y (by the name "y") and of each x: stacks like y.

    First derivatives; cells of the lower triangle repeat those of the upper. A regression over each pair once.
    """
    names = list(x)
    upper = np.triu(np.ones(y.shape[1:], dtype=bool), 1)[None] & ~np.isnan(np.stack([y, *x.values()])).any(axis=0)
    design = np.column_stack([np.ones(upper.sum()), *(x[name][upper] for name in names)])
    inverse = np.linalg.inv(design.T @ design)
    coef = inverse @ (design.T @ y[upper])
    rest, place = y[upper] - design @ coef, 1 + names.index(term)
    by_y = design @ inverse[:, place]
    found = {"y": by_y}
    for k, name in enumerate(names, 1):
        found[name] = inverse[place, k] * rest - by_y * coef[k]
    return {name: _spread(values, upper) for name, values in found.items()}


def _spread(values: Floats, upper: NDArray[np.bool_]) -> Floats:
    stack = np.zeros(upper.shape)
    stack[upper] = values
    return stack + np.swapaxes(stack, 1, 2)


def _per_turn(counts: Floats, slope: Floats, known: Floats | None = None) -> Floats:
    """How the value moves with one more turn of exchange, whose standardised log enters with this slope."""
    off = np.broadcast_to(~np.eye(counts.shape[1], dtype=bool), counts.shape)
    counted = off if known is None else off & ~np.isnan(known)
    spread = [np.log1p(count[pairs]).std() or 1.0 for count, pairs in zip(counts, counted, strict=True)]
    return slope / np.array(spread)[:, None, None] / (1 + counts)


@dataclass(frozen=True)
class TurnChanges:
    """About how much the value rises when a turn is struck out, coded as other talk, or coded as informal.

    Shape (turns,) each: first derivatives summed over the turn's links, mean over drawn graphs.
    """

    struck: Floats
    other: Floats
    informal: Floats


def turn_changes(parts: Parts, claim: str) -> TurnChanges:
    """What changing each turn would do to the value of C1 or C2."""
    sums = np.zeros((3, len(parts.talk.turns.turns)))
    for graph, weighed in _weighed_c1(parts) if claim == "C1" else _weighed_c2(parts):
        for kind in (INFORMAL, OTHER):
            later, earlier, amount = weighted(graph[kind])
            as_informal, as_other = (each if amount is None else each * amount for each in weighed(later, earlier))
            standing, changed = (as_informal, as_other) if kind == INFORMAL else (as_other, as_informal)
            sums[0] -= np.bincount(later, standing, sums.shape[1])
            sums[1 if kind == INFORMAL else 2] += np.bincount(later, changed - standing, sums.shape[1])
    return TurnChanges(*sums)


# A drawn graph, and what its links (later and earlier turns) add to the value as informal and as other talk
Weighed = Iterator[tuple[Graph, Callable[[Ints, Ints], tuple[Floats, Floats]]]]


def _weighed_c1(parts: Parts) -> Weighed:
    member, seconds = parts.talk.turns.turns["member"].to_numpy(), parts.talk.turns.seconds
    called, wrongly = parts.talk.sensitivity, parts.talk.false_positive_rate
    off = ~np.eye(parts.talk.turns.n, dtype=bool)
    fits = 1 / (parts.params.draws * len(parts.halves))  # the mean coefficient
    for half in parts.halves:
        scale, cut = np.sqrt(half.expected + 1), parts.cuts[half.split]
        draws = zip(half.relations(), half.earlier, half.later, strict=True)
        for (y, x), counts, directed in draws:
            slope = slopes(y, x, DIFFERENCE)
            early = fits * _per_turn(counts[INFORMAL], (slope[DIFFERENCE] + slope["sum"]) / 2)[0]
            spread = (both_ways_added(directed) / scale)[:, off].std() or 1.0
            late = fits * (slope["y"] / scale)[0] / spread / (called - wrongly)
            yield parts.likely, partial(_halved, member, seconds < cut, early, late, called)


def _halved(
    member: Ints, before: Turns, early: Floats, late: Floats, called: float, later: Ints, earlier: Ints
) -> tuple[Floats, Floats]:
    """Links' weights: earlier informal exchange by one matrix, later exchange outside informal talk by the other."""
    cell = member[later], member[earlier]
    as_informal = np.where(before[later], early[cell], (called - 1) * late[cell])
    return as_informal, np.where(before[later], 0.0, called * late[cell])


def _weighed_c2(parts: Parts) -> Weighed:
    assert parts.panel is not None
    member, seconds = parts.talk.turns.turns["member"].to_numpy(), parts.talk.turns.seconds
    began, starts = parts.waves.began, parts.waves.starts
    stage = np.searchsorted(starts, seconds, side="right")
    draws = zip(parts.graphs, parts.panel.relations(INFORMAL), parts.panel.exchange, strict=True)
    for graph, (y, x), counts in draws:
        each = _per_turn(counts[INFORMAL], slopes(y, x, INFORMAL)[INFORMAL], began) * len(starts) / len(parts.graphs)
        since = np.concatenate([np.cumsum(each[::-1], axis=0)[::-1], np.zeros_like(each[:1])])
        yield graph, partial(_since, member, stage, since)


def _since(member: Ints, stage: Ints, since: Floats, later: Ints, earlier: Ints) -> tuple[Floats, Floats]:
    """Links' weights: informal exchange counts in every wave that starts after it, other talk does not."""
    return since[stage[later], member[later], member[earlier]], np.zeros(later.size)
