"""Sharing: who shares business news, and how unequally (C3).

The members are a census, so the interval does not speak of other people: it says how much the figure would move in
other weeks like these (weeks are resampled whole) and with other answers of a model that errs (labels are redrawn).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis import resample, study, tables
from analysis.coding.corrected import evidence, label_draws, pooled
from analysis.coding.floor import too_different
from analysis.errors import InputError
from analysis.sharing import parts as sharing_parts
from analysis.sharing.gini import corrected_gini, gini_interval, gini_of

INDICES = ("gini", "gini_corrected", "top1_share", "top3_share", "hhi", "theil")


@dataclass(frozen=True)
class Params:
    """code: what counts as sharing; confidence: of intervals; labels: draws of the model's labels as it errs;
    bootstrap, null_draws: how many resamples; block_weeks: weeks next to each other that are resampled together for the
    trend; least_people: a group of fewer is not shown by itself; seed.
    """

    code: str
    confidence: float
    labels: int
    bootstrap: int
    null_draws: int
    block_weeks: int
    least_people: int
    seed: int


@dataclass(frozen=True)
class Result:
    """What the page shows. counts: member, messages, shares; activity, news: concentration; null: drawn Gini.

    drawn: shares of each member in every draw of the labels, draws x members. months, groups: as in sharing_parts.
    """

    metrics: dict
    counts: pd.DataFrame
    activity: pd.DataFrame
    news: pd.DataFrame
    null: NDArray[np.float64]
    drawn: NDArray[np.float64]
    months: pd.DataFrame
    groups: pd.DataFrame


def run(params: Params, paths: study.Paths) -> Result:
    """Count shares a member, measure their concentration, test it against equal activity; write tables and metrics."""
    messages = tables.read(paths.processed("ingest") / "messages.parquet", tables.Messages)
    members = tables.read(paths.processed("ingest") / "members.parquet", tables.Members)
    coded = tables.read(paths.processed("coding") / "coded.parquet", tables.Coded)
    held_out, placed = (tables.read(paths.processed("coding") / f"{n}.parquet") for n in ("held_out", "conversations"))
    weekly, *drawn = (
        weekly_counts(messages, labels, members["member"], params.code)
        for labels in (coded, *redrawn(messages, coded, held_out, params))
    )
    spoken = messages.set_index("message_id")[["channel", "member", "time"]]
    known = evidence(coded, held_out, placed, params.code).join(spoken)
    counts = weekly.groupby("member", as_index=False, observed=False)[["messages", "shares"]].sum()
    activity, news = (_measured(counts[column], params) for column in ("messages", "shares"))
    labels = coded[coded["code"] == params.code].set_index("unit_id")["value"]
    apart = too_different(tables.read(paths.processed("coding") / "agreement.parquet"), [params.code])
    claim = {"status": "missing", "reason": apart} if apart else over_labels(drawn, params)
    alone = tables.read(paths.processed("coding") / "alone.parquet")
    metrics = _metrics(counts, activity, news, claim) | _in_parts(known, labels, drawn, params)
    metrics["alone"] = by_each_coder(messages, alone, members["member"], params)
    least, confidence = params.least_people, params.confidence
    result = Result(
        metrics,
        counts,
        activity,
        news,
        null=null_of(weekly, params),
        drawn=_by_member(drawn, counts["member"]),
        months=sharing_parts.by_month(known, drawn, confidence),
        groups=sharing_parts.by_group(known, drawn, members, least=least, confidence=confidence),
    )
    _write(result, paths)
    return result


def _write(result: Result, paths: study.Paths) -> None:
    out = paths.processed("sharing")
    spread = pd.concat({"messages": result.activity, "shares": result.news}, names=["of", "index"])
    tables.write(spread.reset_index(), out / "concentration.parquet")
    for name in ("counts", "months", "groups"):
        tables.write(getattr(result, name), out / f"{name}.parquet")
    study.write_metrics(paths, "sharing", result.metrics)


# Methods


def gini(counts: ArrayLike) -> float:
    """Gini coefficient of non-negative counts, times n / (n - 1) (Deltas 2003).

    counts: shape (n,), one per member, silent members included as 0.
    Returns 0 (all equal) to 1 (one member has all). Raises InputError when n < 2 or the sum is 0.
    """
    x = _counts(counts)
    return float(corrected_gini(x[None, :])[0])


def concentration(counts: ArrayLike, *, confidence: float = 0.95, bootstrap: int = 2000, seed: int = 0) -> pd.DataFrame:
    """How unequally a total is spread over members, with percentile bootstrap intervals over members.

    counts: shape (n,), non-negative, silent members as 0. Returns a DataFrame indexed by gini, gini_corrected (times
    n / (n - 1), Deltas 2003), top1_share, top3_share, hhi (Herfindahl 1950), theil (T; Theil 1967) with columns value,
    low, high. Percentile intervals run low under heavy tails and few members, where a Gini's may cover in half of all
    samples; so gini_corrected has another (inequality.gini_interval).
    Raises InputError on negative or missing counts, fewer than two members, or a sum of 0.
    """
    x = _counts(counts)
    rng = np.random.default_rng(seed)
    draws = x[rng.integers(x.size, size=(bootstrap, x.size))]
    draws = draws[draws.sum(axis=1) > 0]
    values, resampled = _indices(x[None, :]), _indices(draws)
    rows = {name: (values[name][0], *resample.interval(resampled[name], confidence)) for name in INDICES}
    ends = gini_interval(x, confidence=confidence, bootstrap=bootstrap, rng=rng)
    rows["gini_corrected"] = (values["gini_corrected"][0], *ends)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"]).rename_axis("index")


def _counts(counts: ArrayLike) -> NDArray[np.float64]:
    x = np.asarray(counts, dtype=float)
    if x.ndim != 1 or x.size < 2:
        raise InputError("a concentration needs the counts of two members or more")
    if np.isnan(x).any() or (x < 0).any():
        raise InputError("a concentration needs counts that are neither missing nor negative")
    if x.sum() == 0:
        raise InputError("a concentration needs at least one count above 0")
    return x


def _indices(rows: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    n = rows.shape[1]
    shares = rows / rows.sum(axis=1, keepdims=True)
    ranked = np.sort(shares, axis=1)[:, ::-1]
    plain = gini_of(rows)
    logs = np.log(np.where(shares > 0, n * shares, 1))
    values = (
        plain,
        plain * n / (n - 1),
        ranked[:, 0],
        ranked[:, :3].sum(axis=1),
        (shares**2).sum(axis=1),
        (shares * logs).sum(axis=1),
    )
    return dict(zip(INDICES, values, strict=True))


def lorenz(counts: ArrayLike) -> NDArray[np.float64]:
    """Lorenz curve: share of the total held by the k members with least, k = 0..n; shape (n + 1,)."""
    x = np.sort(_counts(counts))
    return np.concatenate([[0.0], np.cumsum(x) / x.sum()])


def equal_activity_null(messages: ArrayLike, shares: int, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Corrected Gini of shares if every message were as likely to be a share, whoever wrote it.

    messages: shape (n,), per member. shares: how many are shares. Returns shape (draws,), empty when shares is 0.
    The null keeps each member's activity and the total of shares (multivariate hypergeometric).
    """
    return (
        corrected_gini(equal_activity(np.asarray(messages)[None, :], [shares], draws, rng)) if shares else np.empty(0)
    )


def equal_activity(messages: ArrayLike, shares: ArrayLike, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Counts of shares a member if, within each stratum, every message were as likely to be one: shape (draws, n).

    messages: shape (strata, n); shares: shape (strata,).
    """
    activity, totals = np.asarray(messages, dtype=np.int64), np.asarray(shares, dtype=np.int64)
    drawn = [
        rng.multivariate_hypergeometric(row, int(total), size=draws, method="marginals")
        for row, total in zip(activity, totals, strict=True)
    ]
    return np.sum(drawn, axis=0).astype(float)


def top_tenth(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each row's total that the tenth of the members with most hold (rounded up); shapes as corrected_gini."""
    ranked = np.sort(rows, axis=1)[:, ::-1]
    total = ranked.sum(axis=1)
    return ranked[:, : -(-rows.shape[1] // 10)].sum(axis=1) / np.where(total > 0, total, np.nan)


Index = Callable[[NDArray[np.float64]], NDArray[np.float64]]


# The step


def redrawn(
    messages: pd.DataFrame, coded: pd.DataFrame, held_out: pd.DataFrame, params: Params
) -> Iterator[pd.DataFrame]:
    """The code's labels drawn anew as the model errs, each member with a leaning of their own to the code."""
    own, known = (table[table["code"] == params.code] for table in (coded, held_out))
    leanings = messages.set_index("message_id")[["member"]]
    return label_draws(own, known, leanings, draws=params.labels, seed=params.seed)


def weekly_counts(messages: pd.DataFrame, coded: pd.DataFrame, members: pd.Series, code: str) -> pd.DataFrame:
    """Counts per member and week (from Monday, UTC): member, week, messages, shares; silent members in one row of 0.

    Where no model carries the code, the messages that people read are all that count.
    """
    texts = messages[(messages["kind"] == "text") & messages["member"].notna()]
    told = coded[coded["code"] == code]
    place = pd.Index(told["unit_id"]).get_indexer(texts["message_id"])
    shares = np.append(told["value"].to_numpy() == 1, False)[place].astype("int64")
    if len(told):
        texts, shares = texts[place >= 0], shares[place >= 0]
    week = texts["time"].dt.tz_localize(None).dt.to_period("W").dt.start_time
    rows = pd.DataFrame(
        {
            "member": texts["member"],
            "week": week,
            "messages": 1,
            "shares": shares,
        }
    )
    counts = rows.groupby(["member", "week"], as_index=False)[["messages", "shares"]].sum()
    silent = sorted(set(members) - set(counts["member"]))
    first = counts["week"].min()
    return pd.concat(
        [counts, pd.DataFrame({"member": silent, "week": first, "messages": 0, "shares": 0})], ignore_index=True
    )


def over_labels(weeklies: Iterable[pd.DataFrame], params: Params, index: Index = corrected_gini) -> dict:
    """C3 over several draws of the model's labels (tables of weekly_counts), so that its error counts too.

    value, low, high: pooled (Rubin 1987) over the draws' excesses and their errors over weeks. p: twice the mean of the
    draws' p-values, which holds its level however they depend (Rueschendorf 1982). Draws without a share are left out.
    """
    fewer = replace(params, bootstrap=max(params.bootstrap // 10, 30))  # an error is pooled, an interval is not needed
    found = [excess_over_activity(weekly, null_of(weekly, params, index), fewer, index) for weekly in weeklies]
    known = [one for one in found if one["status"] == "ok"]
    if len(known) < 2:
        return {"status": "missing", "reason": f"no message is coded as {params.code.replace('_', ' ')}"}
    value, low, high = pooled([c["value"] for c in known], [c["error"] for c in known], confidence=params.confidence)
    p = min(1.0, 2 * float(np.mean([one["p"] for one in known])))
    shares = int(np.median([one["n"]["shares"] for one in known]))
    return {"status": "ok", "value": value, "low": low, "high": high, "p": p, "n": known[0]["n"] | {"shares": shares}}


def null_of(weekly: pd.DataFrame, params: Params, index: Index = corrected_gini) -> NDArray[np.float64]:
    """The index under the equal-activity null of a table of weekly_counts; empty where there is no share."""
    messages, shares = (_stacked(weekly, column).sum(axis=1) for column in ("messages", "shares"))
    rng = np.random.default_rng(params.seed)
    if not shares.sum():
        return np.empty(0)
    return index(equal_activity(messages, shares.sum(axis=1), params.null_draws, rng))


def excess_over_activity(
    weekly: pd.DataFrame, null: NDArray[np.float64], params: Params, index: Index = corrected_gini
) -> dict:
    """C3: index of shares beyond what unequal activity alone gives, with a week-block interval and a one-sided p.

    weekly: as weekly_counts gives it; with a column stratum, activity is equal within each. error: standard deviation
    over resampled weeks.
    """
    if null.size == 0:
        return {"status": "missing", "reason": f"no message is coded as {params.code.replace('_', ' ')}"}
    messages, shares = (_stacked(weekly, column) for column in ("messages", "shares"))
    weeks, members = messages.shape[1:]
    rng = np.random.default_rng([params.seed, 1])
    observed = float(index(shares.sum(axis=(0, 1))[None, :].astype(float))[0]) - null.mean()
    picks = rng.integers(weeks, size=(params.bootstrap, weeks))
    draws = [_excess(messages[:, pick], shares[:, pick], rng, index) for pick in picks]
    low, high = resample.interval(draws, params.confidence)
    return {
        "status": "ok",
        "value": observed,
        "low": low,
        "high": high,
        "error": float(np.nanstd(draws, ddof=1)),
        "p": resample.p_greater(null - null.mean(), observed),
        "n": {"members": members, "shares": int(shares.sum()), "weeks": weeks},
    }


def _stacked(weekly: pd.DataFrame, column: str) -> NDArray[np.int64]:
    """Counts as strata x weeks x members; one stratum unless the table has several."""
    whole = weekly if "stratum" in weekly else weekly.assign(stratum=0)
    places, names = zip(*(pd.factorize(whole[by], sort=True) for by in ("stratum", "week", "member")), strict=True)
    stack = np.zeros([len(each) for each in names], dtype=np.int64)
    dated = places[1] >= 0  # where nobody wrote, silent members have no week
    np.add.at(stack, tuple(place[dated] for place in places), whole[column].to_numpy()[dated])
    return stack


def _excess(messages: NDArray, shares: NDArray, rng: np.random.Generator, index: Index) -> float:
    """The excess in one resample of weeks, stacks as strata x weeks x members; nan when no share was drawn."""
    total = shares.sum(axis=1)
    if not total.sum():
        return float("nan")
    null = index(equal_activity(messages.sum(axis=1), total.sum(axis=1), 30, rng))
    return float(index(total.sum(axis=0)[None, :].astype(float))[0] - null.mean())


def by_each_coder(messages: pd.DataFrame, alone: pd.DataFrame, members: pd.Series, params: Params) -> dict[str, dict]:
    """C3 by coder, as if that coder alone had coded and the model that learned from them were right.

    alone: the step coding's alone.parquet. A sensitivity analysis: the spread between coders beside the interval.
    """
    fewer = replace(params, bootstrap=max(params.bootstrap // 5, 50))
    found = {}
    for coder, coded in alone[alone["code"] == params.code].groupby("coder"):
        weekly = weekly_counts(messages, coded, members, params.code)
        found[str(coder)] = excess_over_activity(weekly, null_of(weekly, params), fewer)
    return {coder: one for coder, one in found.items() if one["status"] == "ok"}


def _measured(counts: pd.Series, params: Params) -> pd.DataFrame:
    """The concentration, or a table of missing values where nothing can be concentrated."""
    if len(counts) < 2 or counts.sum() == 0:
        return pd.DataFrame(float("nan"), index=pd.Index(INDICES, name="index"), columns=["value", "low", "high"])
    return concentration(counts, confidence=params.confidence, bootstrap=params.bootstrap, seed=params.seed)


def _metrics(counts: pd.DataFrame, activity: pd.DataFrame, news: pd.DataFrame, claim: dict) -> dict:
    messages, shares = int(counts["messages"].sum()), int(counts["shares"].sum())
    return {
        "status": "ok",
        "members": len(counts),
        "silent": int((counts["messages"] == 0).sum()),
        "messages": messages,
        "shares": shares,
        "share_of_messages": shares / messages if messages else float("nan"),
        "sharers": int((counts["shares"] > 0).sum()),
        "members_for_half": members_for_half(counts["shares"]),
        "activity": activity.to_dict("index"),
        "news": news.to_dict("index"),
        "C3": claim,
    }


def _in_parts(known: pd.DataFrame, labels: pd.Series, drawn: list[pd.DataFrame], params: Params) -> dict:
    """What the metrics hold beside concentration: the share of messages, how many ever share, the trend.

    common: the corrected share where there is one, else the one that the labels count.
    """
    share = sharing_parts.overall(known, labels, params.confidence)
    certain = int(known.loc[known["truth"] == 1, "member"].nunique())
    blocks = {"block": params.block_weeks, "draws": params.bootstrap, "seed": params.seed}
    fixed = share.get("corrected", {}).get("value", float("nan"))
    return {
        "confidence": params.confidence,
        "least_people": params.least_people,
        "share": share,
        "ever": sharing_parts.sharers(drawn, params.confidence) | {"certain": certain},
        "trend": sharing_parts.trend(drawn, confidence=params.confidence, **blocks),
        "common": share["counted"]["value"] if share and np.isnan(fixed) else fixed,
    }


def _by_member(drawn: list[pd.DataFrame], members: pd.Series) -> NDArray[np.float64]:
    """Shares of each member in each draw of the labels, shape (draws, members)."""
    totals = [weekly.groupby("member")["shares"].sum().reindex(members).to_numpy(float) for weekly in drawn]
    return np.array(totals).reshape(len(drawn), len(members))


def members_for_half(counts: pd.Series) -> int:
    """The smallest number of members who together hold at least half of the total; 0 when the total is 0."""
    ranked = counts.sort_values(ascending=False).cumsum()
    return int((ranked < ranked.iloc[-1] / 2).sum()) + 1 if len(ranked) and ranked.iloc[-1] else 0
