"""Layers of ties: replies in all talk and by kind of talk, mentions, and conversations in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from analysis import tables
from analysis.arrays import Ints
from analysis.network.ties import Exchange, distinct, sampled, sampled_graphs, tally, tie_table, ties
from analysis.network.weighed import Weighed
from analysis.resample import seed_of

REPLY, MENTION, COMPANY = "reply", "mention", "company"
INFORMAL = "informal"  # the layer whose kind of talk is drawn jointly with the replies
NAME = r"\b([MP][A-Z2-7]{4,8})(?![A-Z2-7])"  # a pseudonym, with or without an ending joined to it: MABCDnya


def table(
    exchange: Exchange, messages: pd.DataFrame, kinds: Mapping[str, pd.Series], *, draws: int, confidence: float,
    seed: int
) -> pd.DataFrame:  # fmt: skip
    """The ties of every layer, columns of Ties: reply, one for each of kinds, mention and company.

    kinds: by layer, the probability that a message belongs to it, by message_id (ties.share_of). low and high: over
    sampled reply graphs and, in a layer of kinds, sampled codes (of_kind). A mention is read from the text, so its
    interval has no width.
    """
    shares: dict[str, pd.Series | None] = {REPLY: None, **kinds}
    rng = {layer: np.random.default_rng(seed_of(seed, layer)) for layer in (*shares, COMPANY)}
    frames = [
        of_kind(exchange, layer, share, draws=draws, confidence=confidence, rng=rng[layer])
        for layer, share in shares.items()
    ]
    members, together = exchange.members, company(exchange, draws, rng[COMPANY])
    frames.append(_over(members, MENTION, [_counted(mentions(exchange, messages))], confidence))
    frames.append(_both_ways(_over(members, COMPANY, map(_counted, together), confidence)))
    return tables.conform(pd.concat(frames, ignore_index=True), tables.Ties)


def of_kind(
    exchange: Exchange, layer: str, share: pd.Series | None, *, draws: int, confidence: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Ties of all talk (share: None) or of a kind (ties.ties). If informal talk was drawn jointly with the replies, its
    ties are taken from there: the weight is then the mean over drawn graphs."""
    if layer != INFORMAL or exchange.informal is None:
        return ties(exchange, layer, share=share, draws=draws, confidence=confidence, rng=rng)
    return _over(exchange.members, layer, _of_informal(exchange, draws, rng), confidence)


def _of_informal(exchange: Exchange, draws: int, rng: np.random.Generator) -> Iterator[tuple[Ints, Ints]]:
    """Answers in informal talk, drawn jointly with the replies, in each graph: cells and counts (Weighed)."""
    member = exchange.turns["member"].to_numpy()
    for rows, informal in sampled_graphs(exchange, draws, rng):
        later, earlier = distinct(exchange.links, rows[informal])
        yield _counted(tally(member[later], member[earlier], None, exchange.n))


def _over(members: pd.Index, layer: str, drawn: Iterable[tuple[Ints, Ints]], confidence: float) -> pd.DataFrame:
    """Ties of a layer over drawn graphs: mean and interval of every tie that any graph has."""
    weighed = Weighed.of(drawn)
    cells, mean = weighed.mean()
    ends = np.divmod(cells, max(len(members), 1))
    return tie_table(members, layer, ends, mean, weighed.interval(cells, confidence))


def _counted(graph: sparse.csr_array) -> tuple[Ints, Ints]:
    """The cells of a matrix of counts (row times n plus column) and their values."""
    coo = graph.tocoo()
    return coo.row.astype(np.int64) * graph.shape[0] + coo.col, coo.data.astype(np.int64)


def _both_ways(ties: pd.DataFrame) -> pd.DataFrame:
    """Ties of an undirected layer, given once each, repeated from both ends."""
    turned = ties.rename(columns={"source": "target", "target": "source"})[ties.columns]
    return pd.concat([ties, turned]).sort_values(["source", "target"], ignore_index=True)


def within(exchange: Exchange, start: int, end: int) -> Exchange:
    """The exchange with only the answers from start (seconds) to before end; all turns and members are kept."""
    then = (exchange.seconds >= start) & (exchange.seconds < end)
    kept, chosen, informal = then[exchange.links["later"].to_numpy(np.int64)], exchange.chosen, exchange.informal
    if chosen is not None:
        messages = np.unique(exchange.answering[0][kept])  # a message keeps all of its links, or none
        place = np.append(np.cumsum(kept, dtype=np.int32) - 1, -1).astype(np.int32)  # the last element is for no link
        chosen, informal = (
            place[chosen[:, messages]],
            None if informal is None else informal[:, messages],
        )
    return replace(exchange, links=exchange.links[kept], chosen=chosen, informal=informal)


def mentions(exchange: Exchange, messages: pd.DataFrame) -> sparse.csr_array:
    """Turns of the row's member that name the column's, shape (n, n). In the texts members are named by pseudonyms."""
    written = messages[messages["member"].notna()]
    named = written.set_index("message_id")["text"].str.extractall(NAME)[0].reset_index(level=1, drop=True)
    frame = pd.DataFrame({"turn": exchange.turn_of.reindex(named.index), "named": exchange.members.get_indexer(named)})
    frame = frame[frame["named"] >= 0].drop_duplicates()
    member = exchange.turns["member"].to_numpy()
    return tally(member[frame["turn"].to_numpy(np.int64)], frame["named"].to_numpy(), None, exchange.n)


def company(exchange: Exchange, draws: int, rng: np.random.Generator) -> Iterator[sparse.csr_array]:
    """Number of conversations (connected replies) in which both members wrote, for each sampled graph: (n, n), with
    every pair once, above the diagonal."""
    member, turns = exchange.turns["member"].to_numpy(), len(exchange.turns)
    for later, earlier in sampled(exchange, draws, rng):
        wrote = sparse.csr_array((np.ones(turns), (threads(turns, later, earlier), member)), shape=(turns, exchange.n))
        wrote.data[:] = 1  # regardless of the number of turns
        yield sparse.csr_array(sparse.triu(wrote.T @ wrote, 1))


def threads(turns: int, later: Ints, earlier: Ints) -> Ints:
    """The thread of each turn, a connected component of the links: shape (turns,)."""
    links = sparse.coo_array((np.ones(later.size), (later, earlier)), shape=(turns, turns))
    return csgraph.connected_components(links, directed=False)[1].astype(np.int64)
