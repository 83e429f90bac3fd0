"""How fragile a verdict is: the fewest members, messages or codings whose change gives another verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

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
CHANGED = ("members", "messages", "codings")
DOWN, UP = -1, 1
TOWARDS = {"supported": (DOWN,), "contradicted": (UP,), "undecided": (DOWN, UP)}


def smallest(verdict_after: Callable[[int], str], verdict: str, most: int) -> tuple[int, str] | None:
    """The fewest of some ordered changes that give another verdict, and that verdict; None if `most` keep it.

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
    claim: str,
    verdict: str,
    analysis: PairAnalysis | News | Missing,
    alone: Floats,
    messages: int,
    main: Main,
    what: str,
) -> tuple[str, str, float | None, int, str | None] | None:
    """The smallest change found of a kind (of CHANGED): a row of FLIPS; None where nothing can be changed.

    verdict: of the main analysis. alone: the change of the value without each member, by place. messages: their number;
    for codings, the number that can have a code. If no change gives another verdict, count and verdict are missing.
    """
    if isinstance(analysis, Missing):
        return None
    hits, of = [], 0
    for sign in TOWARDS[verdict]:
        if isinstance(analysis, News):
            change = change_of_news(analysis, what, sign, alone)
        else:
            change = change_of_pairs(analysis, claim, what, sign, alone, messages)
        of = of or change.of
        if hit := smallest(partial(_verdict, main, claim, change), verdict, change.most):
            hits.append((change.size(hit[0]), hit[1]))
    count, after = min(hits, default=(None, None))
    return claim, what, count, of, after


def _verdict(main: Main, claim: str, change: Change, k: int) -> str:
    return main.verdict(claim, as_numbers(change.numbers(k)))


def _order(sign: int, change: Floats) -> Ints:
    """Places by how far they move the value in a direction, the farthest first."""
    return np.argsort(-sign * change, kind="stable")


def change_of_pairs(pairs: PairAnalysis, claim: str, what: str, sign: int, alone: Floats, messages: int) -> Change:
    """For C1 or C2: members left out, turns struck out, or turns coded as the other kind of talk."""
    if what == "members":
        left_out = _order(sign, np.nan_to_num(alone))

        def without(k: int) -> dict | Missing:
            return pairs.numbers(claim, np.setdiff1d(left_out, left_out[:k]))

        return Change(what, without, int, int(MOST_MEMBERS * alone.size), alone.size)
    size, by_turn = pairs.talk.turns.turns["messages"].to_numpy(), turn_influence(pairs, claim)
    to_other = sign * by_turn.other >= sign * by_turn.informal
    recoding = np.where(to_other, by_turn.other, by_turn.informal)
    order = _order(sign, by_turn.struck if what == "messages" else recoding)

    def edited(k: int) -> dict | Missing:
        some = order[:k]
        kinds = {"other": some[to_other[some]], "informal": some[~to_other[some]]}
        turns = {"struck": some} if what == "messages" else kinds
        return pairs.edited(Edit.of(size.size, **turns)).numbers(claim)

    return Change(what, edited, lambda k: size[order[:k]].sum(), int(MOST_MESSAGES * size.size), messages)


def change_of_news(news: News, what: str, sign: int, alone: Floats) -> Change:
    """For C3: members left out, news struck out, or texts coded otherwise."""
    texts, is_news = len(news.texts.rows), news.likely >= 0.5
    if what == "members":
        left_out = _order(sign, np.nan_to_num(alone))
        members, of = int(MOST_MEMBERS * news.places.size), news.places.size
        return Change(what, lambda k: rule.numbers_of(excess(news.without(left_out[:k]))), int, members, of)
    order = greedy(news, sign, int(MOST_MESSAGES * texts), recode=what == "codings")

    def changed(k: int) -> dict:
        some = np.isin(np.arange(texts), order[:k])
        recoded = news.recoded(some & ~is_news, some & is_news) if what == "codings" else news.without(texts=some)
        return rule.numbers_of(excess(recoded))

    return Change(what, changed, int, order.size, texts)


def greedy(news: News, sign: int, most: int, *, recode: bool) -> Ints:
    """Texts in greedy order: each is the one whose change, after those before it, moves the Gini coefficient most.

    sign: the direction. News is struck out (or coded as not news); with recode other texts may become news too. A
    member's surest texts come first. Activity is left as it is.
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
