"""The main analysis without each member and without each week, with all random draws held fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from joblib import delayed
from numpy.typing import NDArray

from analysis import tables
from analysis.arrays import Flags, Floats, Ints
from analysis.errors import Missing
from analysis.robustness.influence import PairAnalysis
from analysis.robustness.news import News
from analysis.robustness.options import Data
from analysis.workers import spread

PART = 6  # weeks in one task
NOT_SHOWN = "members not shown, together"
TOGETHER = 3  # fewest people who share a row without names
LEFT_OUT = ("claim", "what", "name", "value", "change")

Values = dict[str, float]  # by claim


def without_members(
    data: Data, pairs: PairAnalysis | Missing, news: News | Missing
) -> tuple[pd.DataFrame, dict[str, Floats]]:
    """Each claim's value without each of data.everyone: claim, what, name, value, change; and by claim, the change by
    place among the members of its analysis, missing for those who are not left out.

    A member is named if they agreed to be quoted. The others are left out together, with the first of those who agreed
    if they are fewer than TOGETHER. The changes by place are for computing on, not for showing.
    """
    agreed = tables.agrees(data.people["consent"]).to_numpy()
    everyone, hidden = np.arange(agreed.size), int((~agreed).sum())
    named = agreed & ~np.isin(everyone, np.flatnonzero(agreed)[: max(TOGETHER - hidden, 0) if hidden else 0])
    groups = [(str(data.everyone[k]), everyone[[k]]) for k in np.flatnonzero(named)]
    groups += [(NOT_SHOWN, np.flatnonzero(~named))] if not named.all() else []
    rows: list[dict] = []
    changes: dict[str, Floats] = {}
    for members, main, without in _analyses(pairs, news):
        places = members.get_indexer(data.everyone)
        alone = [without(places[[k]]) for k in everyone]
        values = [alone[some[0]] if some.size == 1 else without(places[some]) for _, some in groups]
        rows += _rows("member", [name for name, _ in groups], values, main)
        for claim in main:
            changes[claim] = np.full(members.size, np.nan)
            changes[claim][places] = [each.get(claim, np.nan) - main[claim] for each in alone]
    return pd.DataFrame(rows, columns=list(LEFT_OUT)), changes


def _analyses(
    pairs: PairAnalysis | Missing, news: News | Missing
) -> list[tuple[pd.Index, Values, Callable[[Ints], Values]]]:
    """For pairs and for news: the members, the values of the main analysis, and a function that recomputes them without
    some members, given by place."""
    each: list[tuple[pd.Index, Values, Callable[[Ints], Values]]] = []
    if not isinstance(pairs, Missing):
        turns = pairs.talk.turns
        places = np.arange(turns.n)
        each.append((turns.members, pairs.effects(), lambda gone: pairs.effects(np.setdiff1d(places, gone))))
    if not isinstance(news, Missing):
        main = {"C3": news.value()}
        each.append((news.texts.members, main, lambda gone: {"C3": news.without(gone).value()}))
    return each


def without_weeks(data: Data, pairs: PairAnalysis | Missing, news: News | Missing, *, jobs: int) -> pd.DataFrame:
    """Each claim's value without what was written in each week (named by its Monday, by the study's clock): as
    without_members."""
    rows: list[dict] = []
    written = data.news.messages.set_index("message_id")["time"]
    if not isinstance(pairs, Missing):
        weeks = _weeks(pairs.talk.turns.turns["time"].dt.tz_convert(written.dt.tz))
        names = sorted(set(weeks))
        parts = [names[k : k + PART] for k in range(0, len(names), PART)]
        work = [delayed(_effects_without)(pairs, [weeks == name for name in part]) for part in parts]
        each = spread(work, jobs=jobs, what="weeks left out", sizes=list(map(len, parts)))
        values = [effects for part in each for effects in part]
        rows += _rows("week", names, values, pairs.effects())
    if not isinstance(news, Missing):
        weeks = _weeks(written.reindex(news.texts.rows.index))
        names = sorted(set(weeks))
        values = [{"C3": news.without(texts=weeks == name).value()} for name in names]
        rows += _rows("week", names, values, {"C3": news.value()})
    return pd.DataFrame(rows, columns=list(LEFT_OUT))


def _effects_without(pairs: PairAnalysis, weeks: Sequence[Flags]) -> list[Values]:
    value_alone = replace(pairs, equal_waves=[])  # equally measured graphs are for a test, not for the value
    return [value_alone.without(gone).effects() for gone in weeks]


def _weeks(times: pd.Series) -> NDArray:
    """The Monday of each time's week, by the clock that the times have."""
    return times.dt.tz_localize(None).dt.to_period("W").dt.start_time.dt.strftime("%Y-%m-%d").to_numpy(dtype=object)


def _rows(what: str, names: Sequence[str], values: Sequence[Values], main: Values) -> list[dict]:
    return [
        {"claim": claim, "what": what, "name": name, "value": each[claim], "change": each[claim] - main[claim]}
        for claim in main
        for name, each in zip(names, values, strict=True)
        if claim in each
    ]
