"""How fragile a verdict is: the fewest members, messages or codings whose change gives another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Ints
from analysis.claims import rule
from analysis.errors import Missing
from analysis.partnership.step import as_numbers
from analysis.robustness.influence import Edit, PairAnalysis, turn_influence
from analysis.robustness.news import News, excess
from analysis.sharing.indices import corrected_gini

MOST_MEMBERS, MOST_MESSAGES = 0.25, 0.1  # shares that are changed at most in search of another verdict
FLIPS = ("claim", "what", "count", "of", "verdict")
DOWN, UP = -1, 1
TOWARDS = {"supported": (DOWN,), "contradicted": (UP,), "undecided": (DOWN, UP)}

Judge = Callable[[dict], str]  # the verdict of a claim with these numbers


def smallest(verdict_after: Callable[[int], str], verdict: str, most: int) -> tuple[int, str] | None:
    """The fewest of some ordered changes after which the verdict is another one, and which; None if `most` keep it.

    The search doubles and then halves to within a twentieth, so it gives an upper bound: between two numbers tried, an
    earlier flip may be overlooked.
    """
    if most < 1:
        return None
    held, tried = 0, 1
    while (other := verdict_after(min(tried, most))) == verdict:
        if tried >= most:
            return None
        held, tried = tried, 2 * tried
    tried = min(tried, most)
    while tried - held > max(1, tried // 20):
        middle = (held + tried) // 2
        between = verdict_after(middle)
        if between == verdict:
            held = middle
        else:
            tried, other = middle, between
    return tried, other


@dataclass(frozen=True)
class Change:
    """Changes in order, those that should move the value most first. numbers: the claim's after the first k; size: how
    many members, messages or codings these are; most: how many are tried; of: how many there are.
    """

    what: str
    numbers: Callable[[int], dict]
    size: Callable[[int], int]
    most: int
    of: int


def flips(
    claim: str,
    verdict: str,
    pairs: PairAnalysis | Missing,
    news: News | Missing,
    alone: Floats,
    messages: int,
    judge: Judge,
) -> pd.DataFrame:
    """The smallest change found of each kind (members, messages, codings): FLIPS.

    verdict: of the main analysis. alone: the change of the value without each member, by place. messages: how many
    there are. Without a change that gives another verdict, count and verdict are missing.
    """  # fmt: skip
    changes: list[Change] = []
    if claim == "C3" and not isinstance(news, Missing):
        changes = changes_of_news(news, verdict, alone)
    elif claim != "C3" and not isinstance(pairs, Missing):
        changes = changes_of_pairs(pairs, claim, verdict, alone, messages)
    rows = []
    for what in dict.fromkeys(change.what for change in changes):
        of_kind = [change for change in changes if change.what == what]
        searches = [(each, smallest(partial(_verdict, judge, each), verdict, each.most)) for each in of_kind]
        hits = [(change.size(hit[0]), hit[1]) for change, hit in searches if hit is not None]
        count, after = min(hits, default=(None, None))
        rows.append((claim, what, count, of_kind[0].of, after))
    return pd.DataFrame(rows, columns=list(FLIPS))


def _verdict(judge: Judge, change: Change, k: int) -> str:
    return judge(change.numbers(k))


def changes_of_pairs(pairs: PairAnalysis, claim: str, verdict: str, alone: Floats, messages: int) -> list[Change]:
    """For C1 or C2: members left out, turns struck out, and turns coded as the other kind of talk."""
    turns, size = len(pairs.talk.turns.turns), pairs.talk.turns.turns["messages"].to_numpy()
    members, most, by_turn = int(MOST_MEMBERS * alone.size), int(MOST_MESSAGES * turns), turn_influence(pairs, claim)
    changes = []
    for sign in TOWARDS[verdict]:
        left_out = _order(sign, np.nan_to_num(alone))
        struck, to_other = _order(sign, by_turn.struck), sign * by_turn.other >= sign * by_turn.informal
        recoded = _order(sign, np.where(to_other, by_turn.other, by_turn.informal))
        changes += [
            Change("members", partial(_pairs_left, pairs, claim, left_out), int, members, alone.size),
            Change("messages", partial(_pairs_struck, pairs, claim, struck), partial(_sum, size, struck),
                   most, messages),
            Change(
                "codings", partial(_pairs_recoded, pairs, claim, recoded, to_other), partial(_sum, size, recoded),
                most, messages,
            ),
        ]  # fmt: skip
    return changes


def _order(sign: int, change: Floats) -> Ints:
    """Places by how far they move the value in a direction, the farthest first."""
    return np.argsort(-sign * change, kind="stable")


def _pairs_left(pairs: PairAnalysis, claim: str, order: Ints, k: int) -> dict:
    return as_numbers(pairs.numbers(claim, np.setdiff1d(order, order[:k])))


def _pairs_struck(pairs: PairAnalysis, claim: str, order: Ints, k: int) -> dict:
    return as_numbers(pairs.edited(Edit.of(order.size, struck=order[:k])).numbers(claim))


def _pairs_recoded(pairs: PairAnalysis, claim: str, order: Ints, to_other: Flags, k: int) -> dict:
    first, other = order[:k], to_other[order[:k]]
    return as_numbers(pairs.edited(Edit.of(order.size, other=first[other], informal=first[~other])).numbers(claim))


def _sum(size: Ints, order: Ints, k: int) -> int:
    """How many messages the first k turns have."""
    return int(size[order[:k]].sum())


def changes_of_news(news: News, verdict: str, alone: Floats) -> list[Change]:
    """For C3: members left out, news struck out, and texts coded otherwise."""
    texts, members = len(news.texts.rows), int(MOST_MEMBERS * news.places.size)
    changes = []
    for sign in TOWARDS[verdict]:
        left_out = _order(sign, np.nan_to_num(alone))
        struck, recoded = (greedy(news, sign, int(MOST_MESSAGES * texts), recode=recode) for recode in (False, True))
        changes += [
            Change("members", partial(_news_left, news, left_out), int, members, news.places.size),
            Change("messages", partial(_news_struck, news, struck), int, struck.size, texts),
            Change("codings", partial(_news_recoded, news, recoded), int, recoded.size, texts),
        ]
    return changes


def _news_left(news: News, order: Ints, k: int) -> dict:
    return rule.numbers_of(excess(news.without(order[:k])))


def _news_struck(news: News, order: Ints, k: int) -> dict:
    return rule.numbers_of(excess(news.without(texts=_mask(news, order[:k]))))


def _news_recoded(news: News, order: Ints, k: int) -> dict:
    some, is_news = _mask(news, order[:k]), news.likely >= 0.5
    return rule.numbers_of(excess(news.recoded(some & ~is_news, some & is_news)))


def _mask(news: News, texts: Ints) -> Flags:
    return np.isin(np.arange(len(news.texts.rows)), texts)


def greedy(news: News, sign: int, most: int, *, recode: bool) -> Ints:
    """Texts in the order in which changing them moves the Gini coefficient most in a direction, each after the others.

    News is struck out (or coded as none); with recode other texts may become news too. Of a member's texts the surest
    come first. Activity is taken as it is.
    """
    member, likely, counted = news.member, news.likely, news.counted
    counts = np.bincount(member[counted], likely[counted], int(news.places.max()) + 1)[news.places]
    sure = np.lexsort((np.arange(likely.size), -np.abs(likely - 0.5)))
    sure = sure[counted[sure]]
    queues = {
        (place, step): [t for t in sure if member[t] == news.places[place] and (likely[t] >= 0.5) == (step < 0)][::-1]
        for place in range(news.places.size)
        for step in ((-1, 1) if recode else (-1,))
    }
    chosen: list[int] = []
    while len(chosen) < most:
        options = [(place, step) for (place, step), queue in queues.items() if queue]
        if not options:
            break
        tried = np.repeat(counts[None, :], len(options), axis=0)
        for row, (place, step) in zip(tried, options, strict=True):
            text = queues[place, step][-1]
            row[place] += (1 - likely[text]) if step > 0 else -likely[text]
        best = int(np.argmax(sign * np.nan_to_num(corrected_gini(np.maximum(tried, 0)))))
        counts = np.maximum(tried[best], 0)
        chosen.append(queues[options[best]].pop())
    return np.array(chosen, dtype=np.intp)
