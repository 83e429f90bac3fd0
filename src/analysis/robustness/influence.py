"""What hangs on single members, weeks and seeds, and how little it takes to change a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from analysis.arrays import Floats, Ints
from analysis.claims import rule
from analysis.errors import InputError, Missing, stage
from analysis.partnership import step as partnership
from analysis.robustness import spread
from analysis.robustness.inputs import Inputs
from analysis.robustness.parts import Edit, Parts, turn_changes
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, WeeklyCounts
from analysis.sharing.excess import equal_activity_null
from analysis.sharing.indices import corrected_gini

NOT_SHOWN = "members not shown, together"
TOGETHER = 3  # fewest people who stand in one row without names
MOST_MEMBERS, MOST_MESSAGES = 0.25, 0.1  # shares that are changed at most in search of another verdict
LEFT_OUT = ("claim", "what", "name", "value", "change")
SEEDS = ("seed", "claim", "value", "low", "high", "verdict")
FLIPS = ("claim", "what", "count", "of", "verdict")
DOWN, UP = -1, 1
TOWARDS = {"supported": (DOWN,), "contradicted": (UP,), "undecided": (DOWN, UP)}


@dataclass(frozen=True)
class News:
    """C3's main analysis: texts, which of them are news, and of whom (places)."""

    texts: Texts
    labels: spread.Labels
    places: Ints
    params: sharing.Params

    @classmethod
    def of(cls, inputs: Inputs) -> News:
        """Raises InputError where nothing is coded."""
        texts = spread.texts_of(inputs)
        labels = spread.labels(inputs, texts, {}, inputs.sharing)
        return cls(texts, labels, spread.roster(inputs, texts), inputs.sharing)

    @property
    def member(self) -> Ints:
        """Who wrote each text."""
        return self.texts.rows["member"].to_numpy()

    @property
    def weeks(self) -> Ints:
        """The week of each text."""
        return self.texts.rows["week"].to_numpy()

    def without(self, places: Ints | None = None, texts: NDArray[np.bool_] | None = None) -> News:
        """Without some members, or some texts."""
        told = self.labels.told.copy()
        if places is not None:
            told &= ~np.isin(self.member, places)
        if texts is not None:
            told &= ~texts
        left = self.places if places is None else np.setdiff1d(self.places, places)
        return replace(self, labels=replace(self.labels, told=told), places=left)

    def recoded(self, news: NDArray[np.bool_], other: NDArray[np.bool_]) -> News:
        """With some texts coded as news, and some as none, in every draw."""
        drawn = [(shares | news) & ~other for shares in self.labels.drawn]
        return replace(self, labels=replace(self.labels, drawn=drawn))

    @property
    def weeklies(self) -> list[WeeklyCounts]:
        """Counts by member and week, one a draw."""
        return [self.texts.counts(each, self.labels.told, members=self.places) for each in self.labels.drawn]

    def value(self) -> float:
        """C3's value: the mean excess over the draws."""
        found = []
        for weekly in self.weeklies[: max(len(self.labels.drawn) // 2, 1)]:
            if weekly.shares.sum():
                null = equal_activity_null(weekly, draws=400, seed=self.params.seed)
                shares = weekly.shares.sum(axis=(0, 1)).astype(float)
                found.append(float(corrected_gini(shares[None, :])[0]) - null.mean())
        return float(np.mean(found)) if found else float("nan")

    def numbers(self) -> dict:
        """C3's numbers, as the ledger judges them."""
        return rule.numbers_of(spread.excess(self.weeklies, self.params))


def numbers_of_news(inputs: Inputs) -> dict:
    """C3's numbers in the main analysis."""
    news = stage(News.of)(inputs)
    return rule.numbers_of(news) if isinstance(news, Missing) else news.numbers()


Taken = TypeVar("Taken")


def attempt(make: Callable[[], Taken]) -> Taken | None:
    """What can be taken apart, or None where the data do not allow it."""
    try:
        return make()
    except InputError:
        return None


# Without one member or week


def without_members(inputs: Inputs, pairs: Parts | None, news: News | None) -> tuple[pd.DataFrame, dict[str, Floats]]:
    """Each claim's value without each member: claim, what, name, value, change; and by claim, the change by place.

    A member is named if they agreed to be quoted; the others are left out together, with the first of those who agreed
    should they be fewer than TOGETHER. What is told by place is for looking on, not for showing.
    """
    shown = _shown((inputs.people["consent"] == "quotes").to_numpy())
    everyone = np.arange(shown.size)
    groups = [(str(inputs.everyone[k]), everyone[[k]]) for k in np.flatnonzero(shown)]
    groups += [(NOT_SHOWN, np.flatnonzero(~shown))] if not shown.all() else []
    rows: list[dict] = []
    alone: dict[str, Floats] = {}
    for main, without in _of_each(pairs, news):
        by_place = [without(everyone[[k]]) for k in everyone]
        values = [by_place[places[0]] if places.size == 1 else without(places) for _, places in groups]
        rows += _rows("member", [name for name, _ in groups], values, main)
        alone |= {claim: np.array([each.get(claim, np.nan) - main[claim] for each in by_place]) for claim in main}
    return pd.DataFrame(rows, columns=list(LEFT_OUT)), alone


def _shown(agreed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Who has a row of their own: those who agreed, less as many as make the others TOGETHER where there are others."""
    hidden = int((~agreed).sum())
    joining = np.flatnonzero(agreed)[: max(TOGETHER - hidden, 0) if hidden else 0]
    return agreed & ~np.isin(np.arange(agreed.size), joining)


Values = dict[str, float]  # by claim


def _of_each(pairs: Parts | None, news: News | None) -> list[tuple[Values, Callable[[Ints], Values]]]:
    """What is known of pairs and of news: values of the main analysis, and without some members."""
    found: list[tuple[Values, Callable[[Ints], Values]]] = []
    if pairs is not None:
        places = np.arange(pairs.talk.turns.n)
        found.append((pairs.effects(), lambda gone: _effects(pairs, np.setdiff1d(places, gone))))
    if news is not None:
        found.append(({"C3": news.value()}, lambda gone: {"C3": news.without(gone).value()}))
    return found


def _effects(pairs: Parts, kept: Ints | None = None) -> Values:
    """The values of C1 and C2, none where they cannot be computed."""
    try:
        return pairs.effects(kept)
    except InputError:
        return {}


def without_weeks(inputs: Inputs, pairs: Parts | None, news: News | None, jobs: int) -> pd.DataFrame:
    """Each claim's value without what was written in each week (named by its Monday): as without_members."""
    rows: list[dict] = []
    if pairs is not None:
        weeks = _weeks(pairs.talk.turns.turns["time"])
        names = sorted(set(weeks))
        parts = Parallel(n_jobs=jobs)(delayed(_without)(pairs, weeks == name) for name in names)
        rows += _rows("week", names, parts, pairs.effects())
    if news is not None:
        weeks = _weeks(inputs.messages.set_index("message_id")["time"].reindex(news.texts.rows.index))
        names = sorted(set(weeks))
        values = [{"C3": news.without(texts=weeks == name).value()} for name in names]
        rows += _rows("week", names, values, {"C3": news.value()})
    return pd.DataFrame(rows, columns=list(LEFT_OUT))


def _without(pairs: Parts, gone: NDArray[np.bool_]) -> Values:
    return _effects(pairs.without(gone))


def _weeks(times: pd.Series) -> NDArray:
    return times.dt.tz_localize(None).dt.to_period("W").dt.start_time.dt.strftime("%Y-%m-%d").to_numpy(dtype=object)


def _rows(what: str, names: Sequence[str], values: Sequence[Values], main: Values) -> list[dict]:
    return [
        {"claim": claim, "what": what, "name": name, "value": each[claim], "change": each[claim] - main[claim]}
        for claim in main
        for name, each in zip(names, values, strict=True)
        if claim in each
    ]


# Other seeds


def by_seed(
    inputs: Inputs, declared: Sequence[Mapping], seeds: int, permutations: int, alpha: float, jobs: int
) -> pd.DataFrame:
    """The main analysis with other seeds of all that is drawn: seed, claim, value, low, high, verdict."""
    work = (delayed(_seeded)(inputs, inputs.partnership.seed + k, permutations) for k in range(1, seeds + 1))
    rows = []
    for seed, found in enumerate(Parallel(n_jobs=jobs)(work), 1):
        judged = rule.judge(declared, [found[claim["id"]] for claim in declared], alpha)
        rows += [{"seed": seed, "claim": row["id"]} | {name: row[name] for name in SEEDS[2:]} for row in judged]
    return pd.DataFrame(rows, columns=list(SEEDS))


def _seeded(inputs: Inputs, seed: int, permutations: int) -> dict[str, dict]:
    params = replace(inputs.partnership, seed=seed, permutations=permutations, shuffles=permutations)
    both = partnership.claims_alone(inputs.of_pairs, params)
    news = numbers_of_news(replace(inputs, sharing=replace(inputs.sharing, seed=seed)))
    return {"C1": both["C1"], "C2": both["C2"], "C3": news}


# The smallest change that gives another verdict


def smallest(verdict_after: Callable[[int], str], verdict: str, most: int) -> tuple[int, str] | None:
    """The fewest of some ordered changes after which the verdict is another one, and which; None if `most` keep it.

    Found by doubling and then by halving to within a twentieth, so at most the fewest but for that: between two
    numbers tried, an earlier flip may be overlooked.
    """
    if most < 1:
        return None
    held, tried = 0, 1
    while (found := verdict_after(min(tried, most))) == verdict:
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
            tried, found = middle, between
    return tried, found


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


def flipped(
    pairs: Parts | None,
    news: News | None,
    claim: str,
    verdict: str,
    alone: Floats,
    messages: int,
    judge: Callable[[str, dict], str],
) -> list[dict]:
    """The smallest changes that flip a claim of pairs or of news: as flips. alone, messages: as changes_of_pairs."""
    if claim == "C3":
        changes = changes_of_news(news, verdict, alone) if news else []
    else:
        changes = changes_of_pairs(pairs, claim, verdict, alone, messages) if pairs else []
    return flips(claim, verdict, changes, judge)


def flips(claim: str, verdict: str, changes: Sequence[Change], judge: Callable[[str, dict], str]) -> list[dict]:
    """The smallest change found of each kind (members, messages, codings): claim, what, count, of, verdict.

    judge: the verdict of a claim with these numbers. Without a change that flips it, count and verdict are missing.
    """
    rows = []
    for what in dict.fromkeys(change.what for change in changes):
        of_kind = [change for change in changes if change.what == what]
        tried = [
            (change, smallest(partial(_verdict, judge, claim, change), verdict, change.most)) for change in of_kind
        ]
        found = [(change.size(hit[0]), hit[1]) for change, hit in tried if hit is not None]
        count, after = min(found, default=(None, None))
        rows.append({"claim": claim, "what": what, "count": count, "of": of_kind[0].of, "verdict": after})
    return rows


def _verdict(judge: Callable[[str, dict], str], claim: str, change: Change, k: int) -> str:
    try:
        numbers = change.numbers(k)
    except InputError as error:
        numbers = {"status": "missing", "reason": error.what}
    return judge(claim, numbers)


def changes_of_pairs(pairs: Parts, claim: str, verdict: str, alone: Floats, messages: int) -> list[Change]:
    """For C1 or C2: members left out, turns struck out, and turns coded as the other kind of talk.

    alone: the change of the value without each member. messages: how many there are.
    """
    turns, size = len(pairs.talk.turns.turns), pairs.talk.turns.turns["messages"].to_numpy()
    most, by_turn, found = int(MOST_MESSAGES * turns), turn_changes(pairs, claim), []
    for sign in TOWARDS[verdict]:
        members = np.argsort(-sign * np.nan_to_num(alone), kind="stable")
        struck = np.argsort(-sign * by_turn.struck, kind="stable")
        to_other = sign * by_turn.other >= sign * by_turn.informal
        recoded = np.argsort(-np.where(to_other, sign * by_turn.other, sign * by_turn.informal), kind="stable")
        found += [
            Change("members", partial(_left, pairs, claim, members), int, int(MOST_MEMBERS * alone.size), alone.size),
            Change("messages", partial(_struck, pairs, claim, struck), partial(_sum, size, struck), most, messages),
            Change(
                "codings",
                partial(_recoded, pairs, claim, recoded, to_other),
                partial(_sum, size, recoded),
                most,
                messages,
            ),
        ]
    return found


def _left(pairs: Parts, claim: str, order: Ints, k: int) -> dict:
    return pairs.numbers(claim, np.setdiff1d(order, order[:k]))


def _struck(pairs: Parts, claim: str, order: Ints, k: int) -> dict:
    nothing = Edit.nothing(order.size)
    return pairs.edited(replace(nothing, struck=_mask(order.size, order[:k]))).numbers(claim)


def _recoded(pairs: Parts, claim: str, order: Ints, to_other: NDArray[np.bool_], k: int) -> dict:
    some, nothing = _mask(order.size, order[:k]), Edit.nothing(order.size)
    return pairs.edited(replace(nothing, other=some & to_other, informal=some & ~to_other)).numbers(claim)


def _sum(size: Ints, order: Ints, k: int) -> int:
    """How many messages the first k turns have."""
    return int(size[order[:k]].sum())


def _mask(size: int, places: Ints) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=bool)
    mask[places] = True
    return mask


def changes_of_news(news: News, verdict: str, alone: Floats) -> list[Change]:
    """For C3: members left out, news struck out, and texts coded otherwise."""
    texts, members = len(news.texts.rows.index), int(MOST_MEMBERS * news.places.size)
    most, found = int(MOST_MESSAGES * texts), []
    for sign in TOWARDS[verdict]:
        order = np.argsort(-sign * np.nan_to_num(alone), kind="stable")
        struck, recoded = (greedy(news, sign, most, recode=recode) for recode in (False, True))
        found += [
            Change("members", partial(_news_left, news, order), int, members, news.places.size),
            Change("messages", partial(_news_struck, news, struck), int, struck.size, texts),
            Change("codings", partial(_news_recoded, news, recoded), int, recoded.size, texts),
        ]
    return found


def _news_left(news: News, order: Ints, k: int) -> dict:
    return news.without(order[:k]).numbers()


def _news_struck(news: News, order: Ints, k: int) -> dict:
    return news.without(texts=_mask(len(news.texts.rows.index), order[:k])).numbers()


def _news_recoded(news: News, order: Ints, k: int) -> dict:
    some, is_news = _mask(len(news.texts.rows.index), order[:k]), _likely(news) >= 0.5
    return news.recoded(some & ~is_news, some & is_news).numbers()


def _likely(news: News) -> Floats:
    """Share of the draws in which each text is news."""
    return np.mean(news.labels.drawn, axis=0)


def greedy(news: News, sign: int, most: int, *, recode: bool) -> Ints:
    """Texts in the order in which changing them moves the Gini coefficient most in a direction, each after the others.

    News is struck out (or coded as none); with recode other texts may become news too. Of a member's texts the surest
    come first. Activity is taken as it is.
    """
    member, likely, told = news.member, _likely(news), news.labels.told
    counts = np.bincount(member[told], likely[told], int(news.places.max()) + 1)[news.places]
    sure = np.lexsort((np.arange(likely.size), -np.abs(likely - 0.5)))
    sure = sure[told[sure]]
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
