"""Pieces of business news and what followed each: answers, repetitions in its group, posts in a second group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.recommendations.groups import Groups, days_since_1970

WORDS = r"(?u)\b\w\w+\b"
ALIKE = 0.5  # least cosine of two texts' weighted words for one to repeat the other's news
WEEK = 7.0  # days in which a repetition counts
LATER = 28.0  # days by which the window is shifted to count texts that are alike by chance
REACHED = 0.5  # least share of that window's days covered by messages, for the chance rate to be known
MOMENT = 1e-6  # days
EDGES = np.array([0, 5 / 1440, 15 / 1440, 0.5 / 24, 1 / 24, 3 / 24, 6 / 24, 0.5, 1, 2, 3, 5, 7.0])  # days


@dataclass(frozen=True)
class Pieces:
    """Pieces of news in one draw of the labels and replies: arrays over the pieces.

    time: days since 1970. group, author: places in Groups. answers: shape (pieces, bins), direct answers by age, in
    the bins between EDGES; repeated, second: shape (pieces, bins), repetitions by others in the same group, posts of
    it by others in another; by_chance: shape (2,), how many repetitions and posts in another group come about by
    chance, in all: all of them where the messages end too early to know. second_piece, second_age: of each post in
    another group within a week, which piece it repeats, and after how many days.
    """

    time: Floats
    group: Ints
    author: Ints
    answers: Floats
    repeated: Floats
    second: Floats
    by_chance: Floats
    second_piece: Ints
    second_age: Floats

    def where(self, chosen: Flags) -> Pieces:
        """Some of the pieces, with their part of what comes about by chance."""
        rows = self.time[chosen], self.group[chosen], self.author[chosen]
        followed = self.answers[chosen], self.repeated[chosen], self.second[chosen]
        kept = chosen[self.second_piece]
        place = np.cumsum(chosen) - 1
        second = place[self.second_piece[kept]], self.second_age[kept]
        return Pieces(*rows, *followed, self.by_chance * chosen.mean(), *second)


def pieces(messages: pd.DataFrame, labels: Sequence[Flags], replies: pd.DataFrame, groups: Groups) -> Iterator[Pieces]:
    """The pieces of news in each draw of the labels, with what followed.

    messages: text messages of members, indexed by message id. labels: of each draw, which of them are business news.
    replies: the table ReplyDraws; its draws are taken in turn. Raises InputError when no message is news in any draw.
    """
    ever = np.any(labels, axis=0)
    if not ever.any():
        raise InputError("no message is coded as business news")
    time = days_since_1970(messages["time"])
    group = groups.names.get_indexer(messages["channel"])
    author = groups.members.get_indexer(messages["member"])
    counted = (group >= 0) & (author >= 0)
    alike = _alike(messages["text"].to_numpy(), ever & counted)
    graphs = {draw: rows.dropna(subset="reply_to") for draw, rows in replies.groupby("draw")}
    for k, news in enumerate(labels):
        rows = np.flatnonzero(news & counted)
        graph = graphs[k % len(graphs)] if graphs else replies
        answers = _answers(messages.index, time, rows, graph)
        yield Pieces(time[rows], group[rows], author[rows], answers, *_repeated(time, group, author, rows, alike))


def _answers(ids: pd.Index, time: Floats, rows: Ints, graph: pd.DataFrame) -> Floats:
    """Direct answers to the messages at rows by age, shape (rows, bins)."""
    source, target = ids.get_indexer(graph["message_id"]), ids.get_indexer(graph["reply_to"])
    place = np.full(ids.size + 1, -1)
    place[rows] = np.arange(rows.size)
    piece = place[target]
    known = (piece >= 0) & (source >= 0)
    age = np.maximum(time[source] - time[target], MOMENT)  # exports have a resolution of minutes
    return _binned(piece[known], age[known], rows.size)


def _alike(texts: np.ndarray, ever: Flags) -> tuple[Ints, Ints]:
    """Pairs of messages that are news in some draw and have similar texts: two arrays of rows, both orders."""
    rows = np.flatnonzero(ever)
    try:
        words = TfidfVectorizer(token_pattern=WORDS, sublinear_tf=True).fit_transform(texts[rows])
    except ValueError:  # no text contains a word
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    close = (words @ words.T).tocoo()
    kept = (close.data >= ALIKE) & (close.row != close.col)
    return rows[close.row[kept]], rows[close.col[kept]]


def _repeated(
    time: Floats, group: Ints, author: Ints, rows: Ints, alike: tuple[Ints, Ints]
) -> tuple[Floats, Floats, Floats, Ints, Floats]:
    """The fields of Pieces from repeated to second_age."""
    place = np.full(time.size, -1)
    place[rows] = np.arange(rows.size)
    first, later = alike
    both = (place[first] >= 0) & (place[later] >= 0)
    first, later = first[both], later[both]
    lag, here = time[later] - time[first], group[later] == group[first]
    others = author[later] != author[first]  # an author who posts in two groups has not passed on what they read
    kinds = here & others, ~here & others
    counts = [_binned(place[first[kind]], lag[kind], rows.size) for kind in kinds]
    soon, much_later = (lag > 0) & (lag <= WEEK), (lag > LATER) & (lag <= LATER + WEEK)
    reached = later_reached(time[rows], float(time.max(initial=0.0)))
    chance = [
        float((much_later & kind).sum()) / reached if reached >= REACHED else float((soon & kind).sum())
        for kind in kinds
    ]
    passed = kinds[1] & soon
    return counts[0], counts[1], np.array(chance), place[first[passed]], lag[passed]


def later_reached(posted: Floats, end: float) -> float:
    """Days of the shifted window (LATER) after each piece that messages cover up to an end, over those of the first
    week."""
    soon, much_later = (np.clip(end - posted - start, 0, WEEK).sum() for start in (0.0, LATER))
    return float(much_later / soon) if soon > 0 else 0.0


def _binned(piece: Ints, age: Floats, size: int) -> Floats:
    """Events of each piece by age, shape (size, bins); those older than the last edge are left out."""
    bins = EDGES.size - 1
    at = np.searchsorted(EDGES, age, side="left") - 1
    inside = (age > 0) & (at < bins) & (at >= 0)
    return np.bincount(piece[inside] * bins + at[inside], minlength=size * bins).reshape(size, bins).astype(float)
