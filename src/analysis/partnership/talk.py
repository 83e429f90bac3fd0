"""Exchange of pairs by kind of talk (informal, business, other), by the probabilities of codes and inferred replies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Ints, Seconds
from analysis.coding.latent import label_draws
from analysis.network import nulls
from analysis.network.ties import CodedRows, Exchange, distinct, linked_turns, sampled_rows
from analysis.resample import seed_of

INFORMAL, BUSINESS, OTHER = "informal", "business", "other"

Links = tuple[Ints, Ints] | tuple[Ints, Ints, Floats]  # later and earlier turns, and where not all are 1, weights
Graph = Mapping[str, Links]  # by kind of talk
Shares = Mapping[str, pd.Series]  # by kind of talk, the probability that a message is of it, by message_id


def shares(coded: pd.DataFrame, informal: Collection[str], business: Collection[str]) -> Shares:
    """The probability that each coded message is of each kind of talk; coded: the table Coded."""
    return _shares(coded["probability"], CodedRows.of(coded, informal), CodedRows.of(coded, business))


def _shares(probability: pd.Series, informal: CodedRows, business: CodedRows) -> Shares:
    is_informal = informal.share(probability)
    return {INFORMAL: is_informal, BUSINESS: business.share(probability), OTHER: 1 - is_informal}


def drawn_shares(
    messages: pd.DataFrame,
    coded: pd.DataFrame,
    held_out: pd.DataFrame | None,
    informal: Collection[str],
    business: Collection[str],
    *,
    draws: int,
    seed: int,
) -> Iterator[Shares]:
    """Shares for each drawn reply graph, from codes drawn with the errors of coders and classifier and the differences
    between members (coding.latent.label_draws).

    held_out: coding's held_out.parquet, the coders' codes of the messages they read; without it each draw has the
    probabilities as they are.
    """
    if held_out is None or held_out.empty:
        yield from [shares(coded, informal, business)] * draws
        return
    own, labelled = (table[table["code"].isin([*informal, *business])] for table in (coded, held_out))
    member, stream = messages.set_index("message_id")["member"], seed_of(seed, "codes of reply graphs")
    kinds = CodedRows.of(own, informal), CodedRows.of(own, business)
    for drawn in label_draws(own, labelled, member, draws=draws, seed=stream):
        yield _shares(drawn["probability"], *kinds)


def weighted(links: Links) -> tuple[Ints, Ints, Floats | None]:
    """Later and earlier turns, and weights or None where each link counts 1."""
    return (*links, None) if len(links) == 2 else links


@dataclass(frozen=True)
class Talk:
    """Turns that answer turns, by kind of talk.

    informal, business: the codes that make each kind. share: by kind, the probability that a message is of it, by
    message_id; linked: by kind, later, earlier and probability. An uncoded message is of no kind; other is what is not
    informal.
    """

    turns: Exchange
    informal: Collection[str]
    business: Collection[str]
    share: Shares
    linked: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, turns: Exchange, coded: pd.DataFrame, informal: Collection[str], business: Collection[str]) -> Talk:
        """coded: the table Coded."""
        share = shares(coded, informal, business)
        return cls(turns, informal, business, share, {kind: linked_turns(turns.links, p) for kind, p in share.items()})

    @cached_property
    def likely(self) -> Graph:
        """All links, each weighted by its probability: the average of drawn graphs."""
        columns = ("later", "earlier", "probability")
        return {kind: tuple(linked[name].to_numpy() for name in columns) for kind, linked in self.linked.items()}

    @property
    def sensitivity(self) -> float:
        """Probability that drawn codes call an informal message informal; missing if no message may be informal.

        The mean probability of answering messages, weighted by itself: right where probabilities are calibrated, which
        the step coding ensures.
        """
        q = self._informal
        return float(q @ q / q.sum()) if q.sum() > 0 else float("nan")

    @property
    def false_positive_rate(self) -> float:
        """Probability that drawn codes call a message informal that is not; computed as sensitivity is."""
        q = self._informal
        return float(q @ (1 - q) / (1 - q).sum()) if (1 - q).sum() > 0 else float("nan")

    @cached_property
    def _informal(self) -> Floats:
        """The probability that each answering message is informal: shape (coded answering messages,)."""
        return self.share[INFORMAL].reindex(self.turns.answering[1]).dropna().to_numpy(float)

    def graphs(self, drawn: Iterable[Shares], *, draws: int, seed: int) -> Iterator[Graph]:
        """Reply graphs by kind: the turns' own where they were drawn jointly, and each message's kinds from the shares
        of that draw.

        Informal talk is drawn again, not taken from the draws of the replies: there, pairs that talk informally make it
        more certain than business talk, and the two must be measured alike to be compared.
        """
        rng, links = np.random.default_rng(seed_of(seed, "reply graphs")), self.turns.links
        message, names = self.turns.answering
        for rows, share in zip(sampled_rows(self.turns, draws, rng), drawn, strict=True):
            u = {INFORMAL: rng.random(len(names))[message], BUSINESS: rng.random(len(names))[message]}
            u[OTHER] = 1 - u[INFORMAL]  # a message is of kind other exactly where it is not informal
            of = {kind: u[kind] < self.turns.of_links(p) for kind, p in share.items()}
            yield {kind: distinct(links, rows[chosen[rows]]) for kind, chosen in of.items()}

    def exchanged(self, graph: Graph, cuts: Seconds) -> dict[str, Floats]:
        """Turns of informal and business exchange of each pair before each cut: shape (cuts, n, n) each."""
        return {kind: self.between(*weighted(graph[kind]), cuts) for kind in (INFORMAL, BUSINESS)}

    def between(self, later: Ints, earlier: Ints, weight: Floats | None, cuts: Seconds) -> Floats:
        """Exchange of each pair before each cut (later turn's time), both ways: shape (cuts, n, n), zero diagonal."""
        counts = self.directed(later, earlier, weight, cuts)
        return counts + np.swapaxes(counts, 1, 2)

    def directed(self, later: Ints, earlier: Ints, weight: Floats | None, cuts: Seconds) -> Floats:
        """Answers of the row's member to the column's before each cut: shape (cuts, n, n), zero diagonal."""
        member, n = self.turns.turns["member"].to_numpy(), self.turns.n
        stage = np.searchsorted(cuts, self.turns.seconds[later], side="right")
        cell = (stage * n + member[later]) * n + member[earlier]
        size = (len(cuts) + 1) * n * n
        counts = np.bincount(cell, weights=weight, minlength=size).astype(float).reshape(-1, n, n)[:-1].cumsum(axis=0)
        counts[:, np.arange(n), np.arange(n)] = 0
        return counts

    def expected(self, kind: str, cuts: Seconds, hours: float) -> Floats:
        """Exchange before each cut expected under the sender shuffle: shape (cuts, n, n). Senders are shuffled within
        chat and blocks of this many hours; each member keeps the kinds of their turns there."""
        linked, blocks = self.linked[kind], nulls.hour_blocks(self.turns, hours)
        of_kind = self.turns.kind(self.share[kind])
        stage = np.searchsorted(cuts, self.turns.seconds[linked["later"].to_numpy()], side="right")
        stages = nulls.expected_stages(self.turns, linked, blocks, stage, len(cuts), of_kind)
        of_stages = np.array([each.toarray() for each in stages]).reshape(len(cuts), self.turns.n, self.turns.n)
        total = of_stages.cumsum(axis=0)
        return total + np.swapaxes(total, 1, 2)

    def activity(self, cuts: Seconds) -> Floats:
        """Sum of the two members' log turns before each cut: shape (cuts, n, n)."""
        member, n = self.turns.turns["member"].to_numpy(), self.turns.n
        stage = np.searchsorted(cuts, self.turns.seconds, side="right")
        counts = np.bincount(stage * n + member, minlength=(len(cuts) + 1) * n).reshape(-1, n)[:-1].cumsum(axis=0)
        logs = np.log1p(counts)
        return logs[:, :, None] + logs[:, None, :]

    def shared_chats(self, cuts: Seconds) -> Floats:
        """Number of chats in which both members had written before each cut: shape (cuts, n, n)."""
        channel, names = self.turns.channels
        first = np.full((self.turns.n, len(names)), np.inf)
        np.minimum.at(first, (self.turns.turns["member"].to_numpy(), channel), self.turns.seconds.astype(float))
        wrote = first[None, :, :] < np.asarray(cuts)[:, None, None]
        return np.einsum("wic,wjc->wij", wrote.astype(float), wrote.astype(float))
