"""What C1 and C2 compare: members kept, equally measured exchange, and later ties corrected for misclassification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Flags, Floats, Ints, Seconds
from analysis.errors import InputError
from analysis.partnership.talk import BUSINESS, INFORMAL, OTHER, Graph, Links, Talk, weighted

LEAST_YOUDEN = 0.1  # least Youden index (sensitivity less false-positive rate) of the codes of informal talk


@dataclass(frozen=True)
class Subset:
    """The members whose pairs count. kept: their places (all by default)."""

    kept: Ints | None = None

    def of(self, stack: Floats) -> Floats:
        """The stack (waves or windows, n, n) among the members kept."""
        return stack if self.kept is None else stack[:, self.kept[:, None], self.kept]


def span_of(talk: Talk) -> tuple[int, int]:
    """The time of the first turn, and one second after the last (seconds). Raises InputError when there is no turn."""
    seconds = talk.turns.seconds
    if seconds.size == 0:
        raise InputError("no message of a member was read")
    return int(seconds.min()), int(seconds.max()) + 1


def equally_measured(talk: Talk, graph: Graph, cut: int, rng: np.random.Generator) -> Graph:
    """Informal and business links between members before the cut, the more frequent kind thinned at random to the
    other's number, or, if links have weights, to about the other's sum. Raises InputError when one kind has none."""
    before = {kind: links_before(talk, graph[kind], cut) for kind in (INFORMAL, BUSINESS)}
    least = min(_amount(links) for links in before.values())
    if least == 0:
        raise InputError("there is no earlier informal or no earlier business exchange between members")
    kept: dict[str, Flags | Ints] = {
        kind: rng.random(links[0].size) < least / _amount(links)
        if len(links) == 3
        else np.sort(rng.choice(links[0].size, int(least), replace=False))
        for kind, links in before.items()
    }
    return {kind: picked(links, kept[kind]) for kind, links in before.items()}


def links_before(talk: Talk, links: Links, cut: int) -> Links:
    """The links between different members whose answer came before the cut."""
    later, earlier, _ = weighted(links)
    member = talk.turns.turns["member"].to_numpy()
    return picked(links, (talk.turns.seconds[later] < cut) & (member[later] != member[earlier]))


def picked(links: Links, rows: Flags | Ints) -> Links:
    """The links at these rows."""
    return tuple(each[rows] for each in links)  # type: ignore[return-value]


def _amount(links: Links) -> float:
    return float(links[2].sum()) if len(links) == 3 else float(links[0].size)


def misclassification_corrected(talk: Talk, graph: Graph, cuts: Seconds, kind: str = OTHER) -> Floats:
    """Answers of a kind (other or informal) between one cut and the next, corrected for the codes' errors: shape
    (cuts - 1, n, n), the row's member answering the column's.

    With sensitivity a and false-positive rate b of the code informal, (a * called other - (1 - a) * called informal) /
    (a - b) is right on average in every pair, and so is ((1 - b) * called informal - b * called other) / (a - b) (the
    matrix method of misclassification; Kuha and Skinner 1997), though not whole and at times below 0. Raises InputError
    when the codes hardly distinguish informal talk.
    """
    a, b = talk.sensitivity, talk.false_positive_rate
    if not a - b > LEAST_YOUDEN:
        raise InputError("the codes hardly distinguish informal talk from other talk")
    called = {of: np.diff(talk.directed(*weighted(graph[of]), cuts), axis=0) for of in (OTHER, INFORMAL)}
    weight = {OTHER: a, INFORMAL: a - 1} if kind == OTHER else {OTHER: -b, INFORMAL: 1 - b}
    return (weight[OTHER] * called[OTHER] + weight[INFORMAL] * called[INFORMAL]) / (a - b)


def both_ways_added(directed: Floats) -> Floats:
    """A pair's answers in both directions, of shape (waves, n, n)."""
    return directed + np.swapaxes(directed, 1, 2)


def both_ways_least(directed: Floats) -> Floats:
    """The fewer of a pair's answers in the two directions."""
    return np.minimum(directed, np.swapaxes(directed, 1, 2))
