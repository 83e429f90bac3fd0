"""The study's findings on which advice rests: numbers by name, voices of the interviews, verdicts with their
robustness."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims import robust, rule
from analysis.coding.floor import too_different
from analysis.recommendations.advice import Expected, Ground
from analysis.recommendations.gains import TODAY, WATCHED, JointDraw, Results, sign_depends_on
from analysis.recommendations.groups import days_since_1970
from analysis.recommendations.news import Pieces
from analysis.recommendations.scenarios import QUARTER, Setting
from analysis.resample import interval

OFFICE_SHARE = 0.5  # least share of officers among a group's members to be an officers' group
ENOUGH = 10  # fewest pieces that went from the officers' group to others for reporting their delay
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
    }
    if (social := today.social) is not None:
        found["social_news"] = float(np.median([draw.posts[:, social].sum() for draw in draws]))
    if today.officers.any():
        found["ordinary_part"] = float(np.median(ordinary))
    moved, days = through_office(today, pieces)
    return found | ({"through_office": moved, "through_office_days": days} if moved >= ENOUGH else {})


def sharers_lately(pieces: Sequence[Pieces], end: pd.Timestamp) -> float:
    """Number of members who shared news in the QUARTER months before the end, mean over draws, as for all who ever
    share."""
    since = days_since_1970(pd.Series([end - pd.DateOffset(months=QUARTER)]))[0]
    return float(np.mean([np.unique(one.author[one.time > since]).size for one in pieces]))


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


def expected(results: Results, bars: pd.DataFrame, assumed: Collection[str], confidence: float) -> dict[str, Expected]:
    """Each scenario's effect, by scenario. bars: the tornado; assumed: names of assumptions that were not fitted."""
    found = {}
    for name in results.scenarios:
        gain = results.gain(name)
        own = bars[bars["scenario"] == name]
        moved = (own["gain_high"] - own["gain_low"]).abs() > SWAYED * abs(np.median(gain))
        swayed = [quantity for quantity in own.loc[moved, "quantity"] if quantity in assumed]
        found[name] = Expected(
            float(np.median(gain)), *interval(gain, confidence), float(np.median(results.gain(name, "messages"))),
            tuple(sign_depends_on(own, gain)), tuple(swayed), _changes(results, name, confidence),
        )  # fmt: skip
    return found


def _changes(results: Results, scenario: str, confidence: float) -> dict[str, tuple[float, float]]:
    """A scenario's change of the numbers that may be watched, if it moves them: the interval over draws."""
    changes = {name: interval(results.gain(scenario, name), confidence) for name in WATCHED}
    return {name: (low, high) for name, (low, high) in changes.items() if low < 0 or high > 0}


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
