"""How fragile a verdict is: the fewest members, messages or codings whose change gives another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Ints
from analysis.claims import rule
from analysis.errors import Missing
from analysis.partnership.step import as_numbers
from analysis.robustness.influence import Edit, PairAnalysis, turn_influence
from analysis.robustness.news import News, excess
from analysis.robustness.universes import Main
from analysis.sharing.indices import corrected_gini

MOST_MEMBERS, MOST_MESSAGES = 0.25, 0.1  # shares that are changed at most in search of another verdict
FLIPS = ("claim", "what", "count", "of", "verdict")
DOWN, UP = -1, 1
TOWARDS = {"supported": (DOWN,), "contradicted": (UP,), "undecided": (DOWN, UP)}


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
    many members, messages or codings these are; most: how many are tried; of: how many there are."""

    what: str
    numbers: Callable[[int], dict | Missing]
    size: Callable[[int], int]
    most: int
    of: int


def flips(
    claim: str, verdict: str, analysis: PairAnalysis | News | Missing, alone: Floats, messages: int, main: Main
) -> pd.DataFrame:
    """The smallest change found of each kind (members, messages, codings): FLIPS.

    verdict: of the main analysis. alone: the change of the value without each member, by place. messages: how many
    there are. Without a change that gives another verdict, count and verdict are missing.
    """
    changes: list[Change] = []
    for sign in TOWARDS[verdict]:
        if isinstance(analysis, News):
            changes += changes_of_news(analysis, sign, alone)
        elif isinstance(analysis, PairAnalysis):
            changes += changes_of_pairs(analysis, claim, sign, alone, messages)
    rows = []
    for what in dict.fromkeys(change.what for change in changes):
        of_kind = [change for change in changes if change.what == what]
        searches = [(each, smallest(partial(_verdict, main, claim, each), verdict, each.most)) for each in of_kind]
        hits = [(change.size(hit[0]), hit[1]) for change, hit in searches if hit is not None]
        count, after = min(hits, default=(None, None))
        rows.append((claim, what, count, of_kind[0].of, after))
    return pd.DataFrame(rows, columns=list(FLIPS))


def _verdict(main: Main, claim: str, change: Change, k: int) -> str:
    return main.verdict(claim, as_numbers(change.numbers(k)))


def _order(sign: int, change: Floats) -> Ints:
    """Places by how far they move the value in a direction, the farthest first."""
    return np.argsort(-sign * change, kind="stable")


def changes_of_pairs(pairs: PairAnalysis, claim: str, sign: int, alone: Floats, messages: int) -> list[Change]:
    """For C1 or C2: members left out, turns struck out, and turns coded as the other kind of talk."""
    size, by_turn = pairs.talk.turns.turns["messages"].to_numpy(), turn_influence(pairs, claim)
    left_out, struck = _order(sign, np.nan_to_num(alone)), _order(sign, by_turn.struck)
    to_other = sign * by_turn.other >= sign * by_turn.informal
    recoded = _order(sign, np.where(to_other, by_turn.other, by_turn.informal))
    members, most = int(MOST_MEMBERS * alone.size), int(MOST_MESSAGES * size.size)

    def edited(**turns: Ints) -> dict | Missing:
        return pairs.edited(Edit.of(size.size, **turns)).numbers(claim)

    def recoding(some: Ints) -> dict | Missing:
        return edited(other=some[to_other[some]], informal=some[~to_other[some]])

    def without(k: int) -> dict | Missing:
        return pairs.numbers(claim, np.setdiff1d(left_out, left_out[:k]))

    return [
        Change("members", without, int, members, alone.size),
        Change("messages", lambda k: edited(struck=struck[:k]), lambda k: size[struck[:k]].sum(), most, messages),
        Change("codings", lambda k: recoding(recoded[:k]), lambda k: size[recoded[:k]].sum(), most, messages),
    ]


def changes_of_news(news: News, sign: int, alone: Floats) -> list[Change]:
    """For C3: members left out, news struck out, and texts coded otherwise."""
    texts, is_news = len(news.texts.rows), news.likely >= 0.5
    left_out = _order(sign, np.nan_to_num(alone))
    struck, recoded = (greedy(news, sign, int(MOST_MESSAGES * texts), recode=recode) for recode in (False, True))

    def measured(changed: News) -> dict:
        return rule.numbers_of(excess(changed))

    def recoding(k: int) -> dict:
        some = np.isin(np.arange(texts), recoded[:k])
        return measured(news.recoded(some & ~is_news, some & is_news))

    def striking(k: int) -> dict:
        return measured(news.without(texts=np.isin(np.arange(texts), struck[:k])))

    members, of = int(MOST_MEMBERS * news.places.size), news.places.size
    return [
        Change("members", lambda k: measured(news.without(left_out[:k])), int, members, of),
        Change("messages", striking, int, struck.size, texts),
        Change("codings", recoding, int, recoded.size, texts),
    ]


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
