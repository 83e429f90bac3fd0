"""Merge several exports of one chat, by several members or at several times: nothing twice, nothing lost.

Two messages are one when minute, member and text agree; where a phone left out media, or a member edited or deleted a
message between the exports, minute, member and kind. The messenger's own lines agree in words, or, where the exports
are in two languages, in minute. Each export's own order is kept.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Sequence
from heapq import merge as in_time
from itertools import combinations, pairwise

import pandas as pd

from analysis import tables
from analysis.ingest.frame import MINUTE, minute_ids, nanoseconds
from analysis.ingest.words import SELVES, plain_line, system_language

NEAR = 90_000_000_000  # nanoseconds by which the clocks of two phones may differ
MOSTLY = 0.8  # of the messages found in other exports, that have one sender
FEWEST = 5  # texts that two chats share before they are taken for one
SAME = 0.8  # ... and their share of the texts of the one with fewer
LONG = 12  # characters of a text that is not written twice within NEAR

Pair = tuple[int, int]  # rows of the first and of the second export that are one message


def joined(exports: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, list[int]]:
    """All messages of all exports (columns as union takes them, and channel), each once; and how many of each export's
    messages an earlier export of the same chat has too.

    Exports are of one chat when each has one channel and they have the same. Without exports there are no messages.
    """
    if not exports:
        return tables.empty(tables.Messages).assign(own_id=pd.Series(dtype=bool)), []
    chats: dict[object, list[int]] = {}
    for i, export in enumerate(exports):
        channels = export["channel"].unique().tolist()
        chats.setdefault(channels[0] if len(channels) == 1 else i, []).append(i)
    shared = [0] * len(exports)
    whole = []
    for places in chats.values():
        messages, repeated = union([exports[i] for i in places])
        for i, n in zip(places, repeated, strict=True):
            shared[i] = n
        if len(places) > 1 and not messages["own_id"].all():
            stamps = nanoseconds(messages["time"])
            messages["message_id"] = minute_ids(messages["channel"].iloc[0], stamps).to_pylist()
        whole.append(messages)
    return pd.concat(whole, ignore_index=True), shared


def union(frames: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, list[int]]:
    """The messages of all exports in one table, and how many of each were in those before it.

    frames: columns time, member, text, kind, edited at least; where message ids are the export's own (column own_id
    true), they decide. The row of the first export is kept, the later state of an edited or deleted message.
    """
    whole, shared = frames[0].reset_index(drop=True), [0]
    for other in frames[1:]:
        after = other.reset_index(drop=True)
        pairs = _by_id(whole, after) if whole["own_id"].all() and after["own_id"].all() else _by_content(whole, after)
        shared.append(len(pairs))
        whole = _merged(whole, after, pairs)
    return whole, shared


def mostly_the_same(chats: Sequence[pd.DataFrame]) -> list[tuple[int, int, int]]:
    """The pairs of chats (columns time, kind, text) that hold mostly the same, and how many texts they share: SAME of
    the texts of the one with fewer are in the other, in the same minute and in the same words."""
    texts = [chat[chat["kind"] == "text"] for chat in chats]
    said = [set(zip((nanoseconds(own["time"]) // MINUTE).tolist(), own["text"], strict=True)) for own in texts]
    pairs = [(i, j, len(said[i] & said[j])) for i, j in combinations(range(len(said)), 2)]
    return [(i, j, n) for i, j, n in pairs if n >= max(FEWEST, SAME * min(len(said[i]), len(said[j])))]


def owner_of(own: pd.DataFrame, others: Sequence[pd.DataFrame]) -> str | None:
    """The writer of the messages that a phone signs with no name (columns time, sender, text): the sender of most of
    those that other exports also have, in the same minute and with the same text; None where too few agree."""
    there = pd.concat([other[["time", "sender", "text"]] for other in others]).dropna(subset="sender")
    there = there[~there["sender"].isin(SELVES)]
    unsigned, signed = (table.assign(time=table["time"].dt.floor("min")).drop_duplicates()
                        for table in (own[["time", "text"]], there))  # fmt: skip
    senders = unsigned.merge(signed, on=["time", "text"])["sender"].value_counts()
    return str(senders.index[0]) if len(senders) and senders.iloc[0] >= MOSTLY * senders.sum() else None


def _by_id(first: pd.DataFrame, second: pd.DataFrame) -> list[Pair]:
    places = dict(zip(first["message_id"], range(len(first)), strict=True))
    return [(places[i], j) for j, i in enumerate(second["message_id"]) if i in places]


def _by_content(first: pd.DataFrame, second: pd.DataFrame) -> list[Pair]:
    """Rows that are one message: first those that agree in all, then near in time, then of an edit or deletion."""
    frames = (first, second)
    minutes = [(nanoseconds(frame["time"]) // MINUTE).tolist() for frame in frames]
    who = [frame["member"].fillna("").tolist() for frame in frames]
    said = [list(zip(w, _essence(frame), strict=True)) for w, frame in zip(who, frames, strict=True)]
    exact = [list(zip(m, s, strict=True)) for m, s in zip(minutes, said, strict=True)]
    pairs = _agreeing(exact[0], exact[1], range(len(first)), range(len(second)))
    pairs += _near(first, second, said, *_unpaired(pairs, len(first), len(second)))
    pairs += _translated(first, second, minutes, *_unpaired(pairs, len(first), len(second)))
    wrote = [list(zip(m, w, strict=True)) for m, w in zip(minutes, who, strict=True)]
    altered = [(frame["edited"] | (frame["kind"] == "deleted")).to_numpy() for frame in frames]
    for was, now in ((False, True), (True, False), (True, True)):  # edited once and again, or edited and then deleted
        rows_a, rows_b = _unpaired(pairs, len(first), len(second))
        own_a, own_b = [i for i in rows_a if altered[0][i] == was], [j for j in rows_b if altered[1][j] == now]
        pairs += _agreeing(wrote[0], wrote[1], own_a, own_b)
    return sorted(pairs)


def _essence(frame: pd.DataFrame) -> list[str]:
    """The text of a text and of a line of the messenger's own, without direction marks, which not all phones write; of
    any other kind the kind, as phones write it in their own language."""
    return [f"text {t}" if k == "text" else f"system {plain_line(t)}" if k == "system" else k
            for t, k in zip(frame["text"], frame["kind"], strict=True)]  # fmt: skip


def _agreeing(a: Sequence, b: Sequence, rows_a: Sequence[int], rows_b: Sequence[int]) -> list[Pair]:
    waiting: dict[object, deque[int]] = defaultdict(deque)
    for i in rows_a:
        waiting[a[i]].append(i)
    return [(waiting[b[j]].popleft(), j) for j in rows_b if waiting.get(b[j])]


def _unpaired(pairs: Sequence[Pair], n: int, m: int) -> tuple[list[int], list[int]]:
    a, b = {i for i, _ in pairs}, {j for _, j in pairs}
    return [i for i in range(n) if i not in a], [j for j in range(m) if j not in b]


def _near(first: pd.DataFrame, second: pd.DataFrame, keys: list[list], rows_a: list[int], rows_b: list[int]) -> list:
    """Pairs of long texts of one member whose times differ a little between two phones: of a text that is posted every
    day, each with the nearest."""
    times = [nanoseconds(frame["time"]) for frame in (first, second)]
    long = [frame["text"].str.len().to_numpy() >= LONG for frame in (first, second)]
    waiting: dict[object, list[int]] = defaultdict(list)
    for i in rows_a:
        if long[0][i]:
            waiting[keys[0][i]].append(i)
    pairs = []
    for j in rows_b:
        same = waiting.get(keys[1][j], []) if long[1][j] else []
        nearest = min(same, key=lambda i: abs(times[0][i] - times[1][j]), default=None)
        if nearest is not None and abs(times[0][nearest] - times[1][j]) <= NEAR:
            same.remove(nearest)
            pairs.append((nearest, j))
    return pairs


def _translated(
    first: pd.DataFrame, second: pd.DataFrame, minutes: list[list[int]], rows_a: list[int], rows_b: list[int]
) -> list[Pair]:
    """Lines of the messenger's own of one minute, in exports that are in two languages."""
    system = [(frame["kind"] == "system").to_numpy() for frame in (first, second)]
    languages = [system_language(frame["text"][own]) for frame, own in zip((first, second), system, strict=True)]
    if None in languages or languages[0] == languages[1]:
        return []
    own_a, own_b = [i for i in rows_a if system[0][i]], [j for j in rows_b if system[1][j]]
    return _agreeing(minutes[0], minutes[1], own_a, own_b)


def _merged(first: pd.DataFrame, second: pd.DataFrame, pairs: list[Pair]) -> pd.DataFrame:
    """Both tables as one; of a pair the first's row, unless the second has the message's later state."""
    later = (second["edited"] | (second["kind"] == "deleted")).to_numpy()
    newer = [(i, j) for i, j in pairs if later[j] and first["kind"].iloc[i] != "deleted"]
    if newer:
        (rows, others), state = (list(side) for side in zip(*newer, strict=True)), ["text", "kind", "edited"]
        first = first.copy()
        first.loc[rows, state] = second.loc[others, state].to_numpy()
    order = _order(first["time"].tolist(), second["time"].tolist(), pairs)
    return pd.concat([first, second], ignore_index=True).iloc[order].reset_index(drop=True)


def _order(first: list, second: list, pairs: list[Pair]) -> list[int]:
    """Rows of the concatenated tables in the order of both: between two shared messages, by time."""
    n, taken = len(first), {j for _, j in pairs}
    order: list[int] = []
    for (i, j), (k, m) in pairwise([(-1, -1), *_rising(pairs), (n, len(second))]):
        left = [(first[row], row) for row in range(i + 1, k)]
        right = [(second[row], n + row) for row in range(j + 1, m) if row not in taken]
        order += [*(row for _, row in in_time(left, right, key=lambda entry: entry[0])), *([k] if k < n else [])]
    return order


def _rising(pairs: list[Pair]) -> list[Pair]:
    """The longest run of pairs that both exports have in the same order, by patience sorting (Schensted 1961)."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place, (_, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        tails[at : at + 1] = [j]
        before.append(ends[at - 1] if at else -1)
        ends[at : at + 1] = [place]
    run, place = [], ends[-1] if ends else -1
    while place >= 0:
        run.append(pairs[place])
        place = before[place]
    return run[::-1]
