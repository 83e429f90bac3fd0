"""The ordinal relational event model: who acts on whom next, given all that went before (Butts 2008).

Each event is a choice of one ordered pair among those that could have acted; its log odds are a sum of effects of the
history. Only the order of events counts, not the time between. With many members and events the pairs not chosen are
sampled (a case-control likelihood; Borgan, Goldstein and Langholz 1995; Vu, Pattison and Robins 2015), as the result
reports.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.arrays import Floats, Ints
from analysis.errors import InputError

WHOLE = 3_000_000  # pairs at risk over all events up to which all are compared
STEPS = 50  # at most, of Newton's method


@dataclass(frozen=True)
class EventModel:
    """table: index effect; coef, se, z, p (two-sided). deviance: residual. events: number of events explained.

    at_risk: pairs compared at each event. sampled: whether these were sampled from all pairs.
    """

    table: pd.DataFrame
    deviance: float
    events: int
    at_risk: int
    sampled: bool


@dataclass(frozen=True)
class History:
    """Events in order (sent by, received by: codes of n members), and the pairs at risk at the events to explain.

    last: shape (all events,), the event before in the same stratum (a chat), -1 at its first. event, source, target:
    shape (events, choices): the pairs at risk at each event, the chosen one first.
    """

    n: int
    sent: Ints
    received: Ints
    last: Ints
    event: Ints
    source: Ints
    target: Ints

    def before(self, source: Ints, target: Ints, of: NDArray[np.bool_] | None = None) -> Floats:
        """How often source had acted on target before the event; of: the only events to count, by default all."""
        return self.times(self.sent * self.n + self.received, source * self.n + target, of)

    def times(self, done: Ints, wanted: Ints, of: NDArray[np.bool_] | None = None) -> Floats:
        """How often a series by event (done, such as sent) had the wanted value before the event; of: as in before."""
        place, size = np.arange(done.size), done.size + 1
        counted = slice(None) if of is None else of
        keys = np.sort(done[counted] * size + place[counted])
        first = np.searchsorted(keys, wanted * size)
        return (np.searchsorted(keys, wanted * size + self.event) - first).astype(float)

    def since(self, source: Ints, target: Ints) -> Floats:
        """How many events ago source last acted on target; infinite if never."""
        size = self.sent.size + 1
        keys = np.sort((self.sent * self.n + self.received) * size + np.arange(self.sent.size))
        pair = (source * self.n + target) * size
        last = np.searchsorted(keys, pair + self.event) - 1
        key = keys[np.maximum(last, 0)] if keys.size else np.zeros_like(pair)
        return np.where((last >= 0) & (key >= pair), self.event - (key - pair), np.inf)

    def previous(self, of: Ints) -> Ints:
        """The sender or receiver (of) of the previous event in the stratum, -1 at its first."""
        last = self.last[self.event]
        return np.where(last >= 0, of[np.maximum(last, 0)], -1)


Effect = Callable[[History], Floats]  # of the pairs at risk, such as a covariate: lambda h: column[h.source]


def _shift(source_was: str, target_was: str) -> Effect:
    """A participation shift (Gibson 2003): after A acted on B, who acts on whom. Roles: A, B, or Y (anyone else)."""

    def effect(history: History) -> Floats:
        a, b = history.previous(history.sent), history.previous(history.received)
        roles = {"A": lambda m: m == a, "B": lambda m: m == b, "Y": lambda m: (m != a) & (m != b)}
        return ((a >= 0) & roles[source_was](history.source) & roles[target_was](history.target)).astype(float)

    return effect


EFFECTS: dict[str, Effect] = {
    "inertia": lambda h: np.log1p(h.before(h.source, h.target)),
    "reciprocity": lambda h: np.log1p(h.before(h.target, h.source)),
    "recency_sent": lambda h: 1 / h.since(h.source, h.target),
    "recency_received": lambda h: 1 / h.since(h.target, h.source),
    "sender_activity": lambda h: np.log1p(h.times(h.sent, h.source)),
    "receiver_popularity": lambda h: np.log1p(h.times(h.received, h.target)),
    "PSAB-BA": _shift("B", "A"),
    "PSAB-BY": _shift("B", "Y"),
    "PSAB-AY": _shift("A", "Y"),
    "PSAB-XA": _shift("Y", "A"),
    "PSAB-XB": _shift("Y", "B"),
    "PSAB-XY": _shift("Y", "Y"),
}


def standard(*names: str) -> dict[str, Effect]:
    """Effects of EFFECTS by name. Raises InputError for a name that is not among them."""
    if unknown := [name for name in names if name not in EFFECTS]:
        raise InputError(f"unknown effects: {', '.join(unknown)}", fix=f"Use some of {', '.join(EFFECTS)}.")
    return {name: EFFECTS[name] for name in names}


def exchanged_before(kind: ArrayLike) -> Effect:
    """Log (1 + events of this kind between the two, either way, before). kind: shape (events,), true or false."""
    of = np.asarray(kind, dtype=bool)
    return lambda history: np.log1p(
        history.before(history.source, history.target, of) + history.before(history.target, history.source, of)
    )


def relational_events(
    source: ArrayLike, target: ArrayLike, effects: Mapping[str, Effect], *, members: int,
    modelled: ArrayLike | None = None, stratum: ArrayLike | None = None, controls: int = 100, seed: int = 0
) -> EventModel:  # fmt: skip
    """Fit the ordinal relational event model by maximum likelihood.

    source, target: shape (events,), codes 0..members-1 in order of time. effects: by name, see EFFECTS (standard) and
    the functions above. modelled: the events to explain (all by default); the others are history only. stratum: shape
    (events,), such as the chat: participation shifts look at the event before in it, and only members who act or are
    acted on in it are at risk there. controls: number of pairs sampled for each event where all would be too many
    (WHOLE), or where strata differ.
    Raises InputError on an event of a member with themselves, an unknown member, or effects that have no finite fit.
    """
    sent, received = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
    _check(sent, received, members, effects)
    explained = np.arange(sent.size) if modelled is None else np.flatnonzero(np.asarray(modelled, dtype=bool))
    if explained.size == 0:
        raise InputError("there are no events to explain")
    place = np.zeros(sent.size, dtype=np.int64) if stratum is None else pd.factorize(np.asarray(stratum))[0]
    pairs = members * (members - 1)
    sampled = stratum is not None or (explained.size * pairs > WHOLE and controls + 1 < pairs)
    if sampled:
        risk = _some((sent, received, place), explained, members, controls, seed)
    else:  # every pair (source * members + target), the chosen one first
        every, chosen = np.flatnonzero(~np.eye(members, dtype=bool).ravel()), (sent * members + received)[explained]
        risk = np.tile(every, (chosen.size, 1))
        risk[np.arange(chosen.size), np.searchsorted(every, chosen)] = every[0]
        risk[:, 0] = chosen
    event = np.broadcast_to(explained[:, None], risk.shape)
    last, order = np.full(place.size, -1), np.argsort(place, kind="stable")
    same = place[order][1:] == place[order][:-1]
    last[order[1:][same]] = order[:-1][same]
    history = History(members, sent, received, last, event, risk // members, risk % members)
    columns = {name: effect(history) for name, effect in effects.items()}
    for name, values in columns.items():
        if np.shape(values) != risk.shape or not np.isfinite(values).all():
            raise InputError(f"the effect {name} is missing or infinite for some of the pairs at risk")
    return _fit(np.stack(list(columns.values()), axis=2), list(effects), sampled)


def _check(sent: Ints, received: Ints, members: int, effects: Collection[str]) -> None:
    if sent.shape != received.shape or sent.ndim != 1:
        raise InputError(f"source and target must be arrays of the same length, not {sent.shape} and {received.shape}")
    if not effects:
        raise InputError("name at least one effect")
    both = np.concatenate([sent, received])
    if both.size and (both.min() < 0 or both.max() >= members):
        raise InputError(f"events name members outside 0..{members - 1}")
    if (sent == received).any():
        raise InputError("an event has the same member as source and target", fix="Leave such events out.")


def _some(history: tuple[Ints, Ints, Ints], explained: Ints, members: int, controls: int, seed: int) -> Ints:
    """The chosen pair and others of its stratum's members at random, with replacement: shape (events, controls + 1)."""
    rng, (sent, received, stratum) = np.random.default_rng(seed), history
    risk = np.empty((explained.size, controls + 1), dtype=np.int64)
    for each in np.unique(stratum[explained]):
        there = stratum == each
        people = np.unique(np.concatenate([sent[there], received[there]]))
        rows = np.flatnonzero(there[explained])
        first, second = (np.searchsorted(people, end[explained[rows]]) for end in (sent, received))
        pairs = people.size * (people.size - 1)
        chosen = first * (people.size - 1) + second - (second > first)
        drawn = rng.integers(max(pairs - 1, 1), size=(rows.size, controls))
        drawn = np.column_stack([chosen, (drawn + (drawn >= chosen[:, None])) % pairs])
        first, second = drawn // (people.size - 1), drawn % (people.size - 1)
        risk[rows] = people[first] * members + people[second + (second >= first)]
    return risk


def _fit(design: Floats, names: list[str], sampled: bool) -> EventModel:
    """Newton's method on the conditional likelihood; design: shape (events, pairs at risk, effects), chosen first."""
    design = design - design[:, :1]  # relative to the chosen pair, whose part of the likelihood is then 0
    coef = np.zeros(design.shape[2])
    for _ in range(STEPS):
        gradient, information, _ = _likelihood(design, coef)
        if np.linalg.cond(information) > 1e12:
            break
        step = np.linalg.solve(information, gradient)
        coef = coef + np.clip(step, -2, 2)
        if np.max(np.abs(step)) < 1e-10:
            break
    gradient, information, deviance = _likelihood(design, coef)
    if np.linalg.cond(information) > 1e12 or np.max(np.abs(np.linalg.solve(information, gradient))) > 1e-6:
        raise InputError(
            f"the {len(names)} effects have no finite fit: one does not vary, or predicts every event perfectly",
            fix=f"Leave one of them out: {', '.join(names)}.",
        )
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    columns = {"coef": coef, "se": se, "z": coef / se, "p": 2 * stats.norm.sf(np.abs(coef / se))}
    table = pd.DataFrame(columns, index=pd.Index(names, name="effect"))
    return EventModel(table, deviance, len(design), design.shape[1], sampled)


def _likelihood(design: Floats, coef: Floats) -> tuple[Floats, Floats, float]:
    """Gradient, information and deviance at coef."""
    utility = design @ coef
    top = np.max(utility, axis=1, keepdims=True)
    weight = np.exp(utility - top)
    total = weight.sum(axis=1, keepdims=True)
    weight /= total
    mean = np.einsum("mc,mcp->mp", weight, design)
    square = (design.reshape(-1, coef.size) * weight.reshape(-1, 1)).T @ design.reshape(-1, coef.size)
    return -mean.sum(axis=0), square - mean.T @ mean, float(2 * np.sum(top + np.log(total)))
