"""Jointly drawn reply graphs as a table, so that later steps use the same draws.

Without it a later step would draw replies again, each message separately, and its network would differ from that of
the step `network`. A table costs little; drawing from the posterior again needs the reply model, its adaptation and
the classifier's errors, in every step that uses a reply.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis import tables
from analysis.arrays import Floats, Ints
from analysis.lookup import places_of
from analysis.network.ties import Exchange


def link_of(turns: Exchange, message_id: pd.Series, reply_to: pd.Series) -> Ints:
    """The row of links by which each message answers the turn of reply_to, -1 where there is none: shape (rows,)."""
    message, names = turns.answering
    turn = np.append(turns.turn_of.to_numpy(np.int64), -1)  # the last element is for messages that are in no turn
    earlier = turn[places_of(turns.turn_of.index, reply_to)]
    answering, size = places_of(names, message_id), len(turns.turns)
    key = np.where((answering >= 0) & (earlier >= 0), answering * size + earlier, -1)
    of_links = message * size + turns.links["earlier"].to_numpy(np.int64)
    order = np.argsort(of_links)
    if not order.size:
        return np.full(key.size, -1)
    place = order[np.minimum(np.searchsorted(of_links, key, sorter=order), order.size - 1)]
    return np.where(of_links[place] == key, place, -1)


def revised(replies: pd.DataFrame, turns: Exchange) -> pd.DataFrame:
    """The table Replies with probabilities as the links of turns have them, those of the joint posterior.

    replies: by the reply model, of which the turns' links were made. Answers to one turn keep their proportions, and so
    do answers that are not links, which share the remainder. A message's probabilities sum to 1 as before.
    """
    row, message = link_of(turns, replies["message_id"], replies["reply_to"]), pd.factorize(replies["message_id"])[0]
    p, linked = replies["probability"].to_numpy(float), row >= 0
    before = np.bincount(row[linked], p[linked], len(turns.links)).astype(float)
    factor = _ratio(turns.links["probability"].to_numpy(float), before)
    now = np.where(linked, p * factor[row] if factor.size else 0.0, 0.0)
    unlinked, total = (np.bincount(message, each).astype(float) for each in (np.where(linked, 0, p), p))
    left = _ratio(np.maximum(total - np.bincount(message, now), 0), unlinked)
    return replies.assign(probability=np.clip(np.where(linked, now, p * left[message]), 0, 1))


def _ratio(now: Floats, before: Floats) -> Floats:
    """now / before; 0 where before is 0."""
    return np.divide(now, before, out=np.zeros(before.size), where=before > 1e-12)


def as_table(turns: Exchange, replies: pd.DataFrame, most: int) -> pd.DataFrame:
    """The first `most` graphs of these turns as the table ReplyDraws; without rows where none were drawn jointly.

    replies: those of the turns' links. A turn that is answered is named by the likeliest of its messages.
    """
    if turns.chosen is None or turns.informal is None:
        return tables.empty(tables.ReplyDraws)
    row = link_of(turns, replies["message_id"], replies["reply_to"])
    likeliest = (
        replies.assign(row=row)[row >= 0].sort_values("probability", kind="stable").drop_duplicates("row", keep="last")
    )
    named = likeliest.set_index("row")["reply_to"].reindex(np.arange(len(turns.links)))
    chosen, names = turns.chosen[:most], turns.answering[1]
    graphs, messages = chosen.shape
    return pd.DataFrame(
        {
            "draw": np.repeat(np.arange(graphs), messages),
            "message_id": names.array.take(np.tile(np.arange(messages), graphs)),
            "reply_to": named.array.take(chosen.ravel(), allow_fill=True),  # missing where chosen is -1
            "informal": turns.informal[:most].ravel(),
        }
    )


def with_graphs(turns: Exchange, drawn: pd.DataFrame | None) -> Exchange:
    """The turns, with the graphs of the table ReplyDraws as the sampled ones; unchanged if there are none.

    A message answers nothing in a graph where its answer is not among the turns' links.
    """
    if drawn is None or drawn.empty or turns.links.empty:
        return turns
    message = places_of(turns.answering[1], drawn["message_id"])
    known = np.flatnonzero(message >= 0)
    cell = drawn["draw"].to_numpy(np.int64)[known], message[known]
    shape = int(drawn["draw"].max()) + 1, len(turns.answering[1])
    chosen = np.full(shape, -1, dtype=np.int32)
    chosen[cell] = link_of(turns, drawn["message_id"], drawn["reply_to"])[known]
    informal = np.zeros(shape, dtype=bool)
    informal[cell] = drawn["informal"].to_numpy(bool)[known]
    return replace(turns, chosen=chosen, informal=informal)
