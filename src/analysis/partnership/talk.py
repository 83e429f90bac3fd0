"""Exchange of pairs by kind of talk: informal, business and other, as far as codes and inferred replies can tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.network import nulls
from analysis.network.ties import Exchange, Floats, Whole, distinct, linked_turns, share_of

INFORMAL, BUSINESS, OTHER = "informal", "business", "other"

Seconds = NDArray[np.int64]
Links = tuple[Whole, Whole] | tuple[Whole, Whole, Floats]  # later and earlier turns, and where not all are 1, weights
Graph = Mapping[str, Links]  # by kind of talk


def shares(coded: pd.DataFrame, informal: Collection[str], business: Collection[str]) -> dict[str, pd.Series]:
    """By kind of talk, the probability that a message is of it, by message_id; coded: the table Coded."""
    is_informal = share_of(coded, informal)
    return {INFORMAL: is_informal, BUSINESS: share_of(coded, business), OTHER: 1 - is_informal}


@dataclass(frozen=True)
class Talk:
    """Turns that answer turns, by kind of talk.

    share: by kind, the probability that a message is of it, by message_id; linked: by kind, later, earlier and
    probability. A message of which no code is known is of no kind; other is what is not informal.
    """

    turns: Exchange
    share: dict[str, pd.Series]
    linked: dict[str, pd.DataFrame]

    @classmethod
    def of(cls, turns: Exchange, coded: pd.DataFrame, informal: Collection[str], business: Collection[str]) -> Talk:
        """coded: the table Coded; informal, business: the codes that make each kind."""
        share = shares(coded, informal, business)
        return cls(turns, share, {kind: linked_turns(turns.links, p) for kind, p in share.items()})

    @cached_property
    def likely(self) -> Graph:
        """All links, each with its probability as its weight: what drawn graphs are on average."""
        columns = ("later", "earlier", "probability")
        return {kind: tuple(linked[name].to_numpy() for name in columns) for kind, linked in self.linked.items()}

    @cached_property
    def told(self) -> tuple[float, float]:
        """How likely codes drawn from their probabilities call a message informal: one that is, and one that is not.

        Follows from the probabilities themselves where these are calibrated (coding sees to that): their mean weighted
        by themselves, and by their complement. Missing when all messages or none are informal.
        """
        q = self.share[INFORMAL].reindex(self.turns.answering[1]).dropna().to_numpy(float)
        informal, other = q.sum(), (1 - q).sum()
        if min(informal, other) <= 0:
            return float("nan"), float("nan")
        return float(q @ q / informal), float(q @ (1 - q) / other)

    def draw(self, rows: Whole, rng: np.random.Generator, share: dict[str, pd.Series] | None = None) -> Graph:
        """One reply graph by kind: rows as sampled_rows gives them, each message's kinds drawn from its codes.

        share: as this talk's own, when the codes themselves were drawn anew.
        """
        links = self.turns.links
        message, names = self.turns.answering
        u = {INFORMAL: rng.random(len(names))[message], BUSINESS: rng.random(len(names))[message]}
        u[OTHER] = 1 - u[INFORMAL]  # a message is of kind other exactly where it is not informal
        graph = {}
        for kind, probability in (share or self.share).items():
            p = self.turns.of_links(probability)
            graph[kind] = distinct(links, rows[(u[kind] < p)[rows]])
        return graph

    def between(self, later: Whole, earlier: Whole, weight: Floats | None, cuts: Seconds) -> Floats:
        """Exchange of each pair before each cut (later turn's time), both ways: shape (cuts, n, n), zero diagonal."""
        counts = self.directed(later, earlier, weight, cuts)
        return counts + np.swapaxes(counts, 1, 2)

    def directed(self, later: Whole, earlier: Whole, weight: Floats | None, cuts: Seconds) -> Floats:
        """Answers of the row's member to the column's before each cut: shape (cuts, n, n), zero diagonal."""
        member, n = self.turns.turns["member"].to_numpy(), self.turns.n
        stage = np.searchsorted(cuts, self.turns.seconds[later], side="right")
        cell = (stage * n + member[later]) * n + member[earlier]
        size = (len(cuts) + 1) * n * n
        counts = np.bincount(cell, weights=weight, minlength=size).astype(float).reshape(-1, n, n)[:-1].cumsum(axis=0)
        counts[:, np.arange(n), np.arange(n)] = 0
        return counts

    def expected(self, kind: str, cuts: Seconds, hours: float) -> Floats:
        """Exchange to expect before each cut if senders are shuffled within chat and hours, keeping what kind of turns
        each member writes there: shape (cuts, n, n)."""
        linked, blocks = self.linked[kind], nulls.hour_blocks(self.turns, hours)
        of_kind = self.turns.kind(self.share[kind])
        stage = np.searchsorted(cuts, self.turns.seconds[linked["later"].to_numpy()], side="right")
        total = np.cumsum(nulls.expected_stages(self.turns, linked, blocks, stage, len(cuts), of_kind), axis=0)
        return total + np.swapaxes(total, 1, 2)

    def activity(self, cuts: Seconds) -> Floats:
        """Sum of two members' log turns before each cut: shape (cuts, n, n)."""
        member, n = self.turns.turns["member"].to_numpy(), self.turns.n
        stage = np.searchsorted(cuts, self.turns.seconds, side="right")
        counts = np.bincount(stage * n + member, minlength=(len(cuts) + 1) * n).reshape(-1, n)[:-1].cumsum(axis=0)
        logs = np.log1p(counts)
        return logs[:, :, None] + logs[:, None, :]

    def shared_chats(self, cuts: Seconds) -> Floats:
        """In how many chats both members had written before each cut: shape (cuts, n, n)."""
        channel, names = self.turns.channels
        first = np.full((self.turns.n, len(names)), np.inf)
        np.minimum.at(first, (self.turns.turns["member"].to_numpy(), channel), self.turns.seconds.astype(float))
        wrote = first[None, :, :] < np.asarray(cuts)[:, None, None]
        return np.einsum("wic,wjc->wij", wrote.astype(float), wrote.astype(float))
