"""Other layers of ties than replies: who names whom, and who is in the same conversation; and ties over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from analysis.network.ties import Exchange, Floats, Whole, sampled, tally

NAME = r"\b([MP][A-Z2-7]{4})\b"  # a pseudonym


def mentions(exchange: Exchange, messages: pd.DataFrame) -> Floats:
    """Turns of the row's member that name the column's, shape (n, n): texts as ingest writes them, with pseudonyms."""
    written = messages[messages["member"].notna()]
    named = written.set_index("message_id")["text"].str.extractall(NAME)[0].reset_index(level=1, drop=True)
    frame = pd.DataFrame({"turn": exchange.turn_of.reindex(named.index), "named": exchange.members.get_indexer(named)})
    frame = frame[frame["named"] >= 0].drop_duplicates()
    member = exchange.turns["member"].to_numpy()
    return tally(member[frame["turn"].to_numpy(np.int64)], frame["named"].to_numpy(), None, exchange.n)


def company(exchange: Exchange, draws: int, rng: np.random.Generator) -> Floats:
    """Conversations in which both members wrote, mean over sampled reply graphs: shape (n, n), symmetric.

    A conversation is what hangs together by replies; a turn that answers nothing and gets no answer is one by itself.
    """
    member, n = exchange.turns["member"].to_numpy(), exchange.n
    total = np.zeros((n, n))
    for later, earlier in sampled(exchange.links, draws, rng):
        cells = np.unique(threads(len(member), later, earlier) * n + member)
        there = (np.ones(cells.size), (cells // n, cells % n))
        presence = sparse.csr_array(there, shape=(len(member), n))
        total += (presence.T @ presence).toarray()
    np.fill_diagonal(total, 0)
    return total / draws


def threads(turns: int, later: Whole, earlier: Whole) -> Whole:
    """The thread of each turn: what links join, however long the chain. Shape (turns,)."""
    links = sparse.coo_array((np.ones(later.size), (later, earlier)), shape=(turns, turns))
    return csgraph.connected_components(links, directed=False)[1].astype(np.int64)


def windows(first: int, last: int, length: int, placements: int) -> list[tuple[int, int]]:
    """Start and end of windows of equal length, placed anew by a part of it each time (Krings et al. 2012)."""
    step = max(length // placements, 1)
    return [(start, start + length) for start in range(first, last - length + 1, step)]
