"""The study's findings on which advice rests: numbers by name, voices of the interviews, verdicts with their
robustness."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.claims import robust, rule
from analysis.coding.floor import too_different
from analysis.recommendations.advice import SMALL, Expected, Ground
from analysis.recommendations.gains import TODAY, TOP, WATCHED, JointDraw, Results, sign_depends_on
from analysis.recommendations.groups import days_since_1970
from analysis.recommendations.news import Pieces
from analysis.recommendations.scenarios import QUARTER, Setting
from analysis.resample import interval

OFFICE_SHARE = 0.5  # least share of officers among a group's members to be an officers' group
ENOUGH = 10  # fewest pieces that went from the officers' group to others for reporting their delay
WEEKS = 52 * QUARTER / 12  # weeks in which a number to watch is counted
NORMAL = stats.norm.ppf((np.arange(99) + 0.5) / 99)  # evenly spread quantiles, instead of random numbers
SWAYED = 1.0  # an assumption that moves the gain by at least this multiple of its size sways it


def numbers(today: Setting, metrics: Mapping[str, Mapping[str, Any]], sharing_groups: pd.DataFrame) -> dict[str, float]:
    """Findings by name that do not need the what-if. metrics: of the earlier steps. What a step could not compute is
    left out."""
    groups = today.groups
    size, n = groups.member_of.sum(axis=1), groups.members.size
    found: dict[str, float] = {
        "members": n,
        "groups": int(groups.shown.sum()),
        "messages_a_week": float(7 * groups.a_day @ size / n),
        "newcomers": int(today.newcomers().sum()),
        "writers": int((groups.written_days.sum(axis=0) > 0).sum()),
        "informal_share": float(np.nansum(today.informal * groups.a_day) / groups.a_day.sum()),
    }
    new = today.newcomers()
    found["newcomers_write"] = int((groups.written_days[:, new].sum(axis=0) > 0).sum())
    sharing = metrics.get("sharing", {})
    if sharing.get("status") == "ok":
        every, likely = sharing["members"], sharing.get("ever") or {}
        ever, too_low = likely.get("value"), likely.get("too_low") or 0.0
        sharers = round(ever if ever is not None else sharing["sharers"])
        if round(too_low):
            found |= {"sharers_too_low": round(too_low), "sharers_too_low_tenth": round(likely["too_low_tenth"])}
        found |= {
            "members": every,
            "sharers": sharers,
            "never_share": every - sharers,
            "never_part": 1 - sharers / every,
        }
        if (top := sharing.get("top") or {}).get("members"):
            found |= {"top_sharers": top["members"], "top_part": top["value"]}
        found |= {"members_for_half": sharing["members_for_half"], "half_part": sharing["members_for_half"] / every}
    rates = sharing_groups[sharing_groups["by"] == "chat"].set_index("group")["value"] if len(sharing_groups) else {}
    for name, place in (("largest_rate", groups.largest), ("social_rate", today.social)):
        if place is not None and groups.names[place] in rates:
            found[name] = float(rates[groups.names[place]])
    return {name: value for name, value in found.items() if value == value}


def of_news(
    results: Results, today: Setting, draws: Sequence[JointDraw], pieces: Sequence[Pieces], end: pd.Timestamp,
    confidence: float,
) -> dict[str, float]:  # fmt: skip
    """Findings of the what-if and of the pieces of news: reach today, news by ordinary members, delay through offices,
    recent sharers, posts in the social group. end: time of the last message; confidence: of the interval of reach."""
    week = results.of(TODAY, "reach_week")
    low, high = interval(week, confidence)
    ordinary = [draw.posts[~today.officers].sum() / draw.posts.sum() for draw in draws]
    lost = 1 - results.of(TODAY, "resilience")
    found = {
        "reach_week": float(np.median(week)),
        "reach_week_low": low,
        "reach_week_high": high,
        "news_a_week": float(np.median([draw.posts.sum() for draw in draws])),
        "sharers_lately": sharers_lately(pieces, end),
        "loss_of_top": float(np.median(lost)),
        **dict(zip(("loss_of_top_low", "loss_of_top_high"), interval(lost, confidence), strict=True)),
    }
    found |= lately(today, pieces, end)
    if (social := today.social) is not None:
        found["social_news"] = float(np.median([draw.posts[:, social].sum() for draw in draws]))
    if today.officers.any():
        found["ordinary_part"] = float(np.median(ordinary))
    moved, days = through_office(today, pieces)
    return found | ({"through_office": moved, "through_office_days": days} if moved >= ENOUGH else {})


def _quarter(pieces: Sequence[Pieces], end: pd.Timestamp) -> list[Pieces]:
    """The pieces of the QUARTER months before the end."""
    since = days_since_1970(pd.Series([end - pd.DateOffset(months=QUARTER)]))[0]
    return [one.where(one.time > since) for one in pieces]


def sharers_lately(pieces: Sequence[Pieces], end: pd.Timestamp) -> float:
    """Number of members who shared news in the QUARTER months before the end, mean over draws, as for all who ever
    share."""
    return float(np.mean([np.unique(one.author).size for one in _quarter(pieces, end)]))


def lately(today: Setting, pieces: Sequence[Pieces], end: pd.Timestamp) -> dict[str, float]:
    """The other numbers to watch in the QUARTER months before the end, and the number of pieces then: means over
    draws. Empty if there was no piece in some draw."""
    recent = _quarter(pieces, end)
    posts = [np.bincount(one.author, minlength=today.officers.size) for one in recent]
    if not all(each.sum() for each in posts):
        return {}
    found = {
        "news_lately": np.mean([each.sum() for each in posts]),
        "top_part_lately": np.mean([np.sort(each)[-TOP:].sum() / each.sum() for each in posts]),
    }
    if today.officers.any():
        found["ordinary_part_lately"] = np.mean([each[~today.officers].sum() / each.sum() for each in posts])
    if today.social is not None:
        found["social_news_lately"] = np.mean([(one.group == today.social).sum() for one in recent]) / WEEKS
    return {name: float(value) for name, value in found.items()}


def by_chance(found: Mapping[str, float], pieces: Sequence[Pieces]) -> dict[str, float]:
    """Standard deviation by chance of the change of each number to watch from one QUARTER to the next, with nothing
    changed: posts come one by one (Poisson). found: of_news."""
    if "news_lately" not in found:
        return {}
    number = found["news_lately"]
    shares = {name: found[f"{name}_lately"] for name in ("top_part", "ordinary_part") if f"{name}_lately" in found}
    variances = {name: share * (1 - share) / number for name, share in shares.items()}
    if "social_news_lately" in found:
        variances["social_news"] = found["social_news_lately"] / WEEKS
    expected = [np.bincount(one.author) * number / one.time.size for one in pieces if one.time.size]
    silent = [np.exp(-each) for each in expected]  # chance that a member posts nothing
    variances["sharers_lately"] = float(np.mean([(each * (1 - each)).sum() for each in silent]))
    return {name: float(np.sqrt(2 * variance)) for name, variance in variances.items()}


def through_office(today: Setting, pieces: Sequence[Pieces]) -> tuple[int, float]:
    """Number of pieces of news seen first in a group of officers and within a week in another (median over draws), and
    the delay in days (median)."""
    members = today.groups.member_of
    office = (members & today.officers).sum(axis=1) >= OFFICE_SHARE * members.sum(axis=1)
    each = [one.second_age[office[one.group[one.second_piece]]] for one in pieces]
    ages = np.concatenate(each) if each else np.empty(0)
    return int(np.median([one.size for one in each])), float(np.median(ages)) if ages.size else float("nan")


def voices(
    passages: pd.DataFrame, negative: pd.DataFrame, participants: int, declared: Mapping[str, Any]
) -> dict[str, tuple[int, int, int]]:
    """By name, the number of participants who say so, who speak against it, and in all.

    passages, negative: tables of the step themes; a passage in negative was marked by a coder as speaking against its
    theme. declared: the voices of advice.yaml, without those that are unsure.
    """
    marks = negative[["theme", "unit_id", "start", "end"]].drop_duplicates().assign(against=True)
    rows = passages.merge(marks, how="left", on=["theme", "unit_id", "start", "end"])
    text = (rows["text"].fillna("") + " " + rows["translation"].fillna("")).str.lower()
    counted = {}
    for name, voice in declared.items():
        own = rows["theme"].isin(voice["themes"])
        if voice["words"]:
            said = text.map(lambda words, voice=voice: any(word in words for word in voice["words"]))
            own &= said.astype(bool)  # without passages it would be of type str
        against = rows["against"].notna() & own
        counted[name] = (
            rows.loc[own & ~against, "member"].nunique(),
            rows.loc[against, "member"].nunique(),
            participants,
        )
    return counted


def unsure(agreed: pd.DataFrame, declared: Mapping[str, Any]) -> set[str]:
    """The voices with a theme on which the coders differ too much for conclusions. agreed: the table agreement of the
    step coding; declared: the voices of advice.yaml."""
    return {name for name, voice in declared.items() if too_different(agreed, voice["themes"])}


def expected(
    results: Results, bars: pd.DataFrame, assumed: Collection[str], confidence: float, chance: Mapping[str, float]
) -> dict[str, Expected]:
    """Each scenario's effect, by scenario. bars: the tornado; assumed: names of assumptions that were not fitted.
    chance: from by_chance."""
    found = {}
    for name in results.scenarios:
        gain = results.gain(name)
        own = bars[bars["scenario"] == name]
        moved = (own["gain_high"] - own["gain_low"]).abs() > SWAYED * abs(np.median(gain))
        swayed = [quantity for quantity in own.loc[moved, "quantity"] if quantity in assumed]
        least = own[["gain_low", "gain_high"]].min(axis=1)
        vanishes = own.loc[(least < SMALL) & (own["gain_middle"] >= SMALL) & own["quantity"].isin(assumed), "quantity"]
        found[name] = Expected(
            float(np.median(gain)), *interval(gain, confidence), float(np.median(results.gain(name, "messages"))),
            tuple(sign_depends_on(own, gain)), tuple(swayed), tuple(vanishes),
            _changes(results, name, confidence, chance),
        )  # fmt: skip
    return found


def _changes(
    results: Results, scenario: str, confidence: float, chance: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """A scenario's change of the numbers that may be watched, if it moves them: the interval over draws and chance."""
    changes = {name: results.gain(scenario, name) for name in WATCHED}
    return {
        name: interval(np.add.outer(change, chance.get(name, 0.0) * NORMAL).ravel(), confidence)
        for name, change in changes.items()
        if (change < 0).any() or (change > 0).any()
    }


def grounds(declared: Sequence[Mapping], metrics: Mapping[str, Mapping[str, Any]], alpha: float) -> dict[str, Ground]:
    """By claim, its verdict by the one rule and its robustness in the step robustness. declared: the tested claims."""
    numbers_of = [rule.evidence(claim, metrics[rule.step_of(claim)]) for claim in declared]
    varied = metrics.get("robustness", {}).get("claims") or {}
    return {
        row["id"]: Ground(
            row["id"],
            row["verdict"],
            robust.agreeing(row["verdict"], varied.get(row["id"], {})),
            robust.grade(row["verdict"], varied.get(row["id"], {})),
        )
        for row in rule.judge(declared, numbers_of, alpha)
    }
