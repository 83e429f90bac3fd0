"""The step `sharing`: who shares business news, and how unequally (C3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from analysis import coverage, study, tables, wording
from analysis.arrays import Floats
from analysis.claims import rule
from analysis.coding import corrected
from analysis.coding.floor import too_different
from analysis.errors import InputError, Missing, stage
from analysis.local_time import local, zone_of
from analysis.resample import seed_of
from analysis.sharing import indices, parts
from analysis.sharing.counts import Texts, WeeklyCounts, redrawn_as_coded, redrawn_counts, weekly_counts
from analysis.sharing.excess import Excess, PooledExcess, by_each_coder, equal_activity_null, pooled_excess

Counts = TypeVar("Counts")
LORENZ = ("members", "messages", "business news")


@dataclass(frozen=True)
class Params:
    """code: what counts as sharing; confidence: of intervals; labels: draws of the labels from what is likely true;
    bootstrap, null_draws: how many resamples; block_weeks: weeks next to each other that are resampled together for the
    trend; least_people: groups of fewer people are not shown by themselves, and never those of fewer than
    published.FEWEST; seed.
    """

    code: str
    confidence: float
    labels: int
    bootstrap: int
    null_draws: int
    block_weeks: int
    least_people: int
    seed: int

    @property
    def of_excess(self) -> dict[str, Any]:
        """The arguments of the functions in excess.py."""
        return {name: getattr(self, name) for name in ("confidence", "bootstrap", "null_draws", "seed")}


@dataclass(frozen=True)
class Data:
    """What the step reads: tables of the steps ingest (messages, by the study's clock, and members) and coding (the
    others). too_low: how far calibration found the number of members who ever share to come out too low
    (coverage.too_low)."""

    messages: pd.DataFrame
    members: pd.DataFrame
    coded: pd.DataFrame
    held_out: pd.DataFrame
    conversations: pd.DataFrame
    agreement: pd.DataFrame
    alone: pd.DataFrame
    too_low: coverage.Miss = coverage.NOT_TRIED


@dataclass(frozen=True)
class Labelled:
    """How many messages have a label of the code. messages: text messages of members; labelled: those with a label, by
    a person or by a model that carries the code; carried: whether a model does."""

    messages: int
    labelled: int
    carried: bool

    @property
    def whole(self) -> bool:
        """Whether every message has a label, so that members can be counted by what they share."""
        return 0 < self.labelled == self.messages

    @property
    def among(self) -> str:
        """The messages to which a share refers: "messages", or "the 120 messages read"."""
        return "messages" if self.whole else f"the {wording.count(self.labelled, 'message')} read"


@dataclass(frozen=True)
class Results:
    """What the step writes: the results of its stages, some of which may be Missing, too_low of Data, and confidence
    and least_people of Params."""

    reading: Labelled
    everything: WeeklyCounts
    weekly: WeeklyCounts
    redrawn: Sequence[WeeklyCounts]
    evidence: pd.DataFrame
    share: pd.DataFrame | Missing
    activity: pd.DataFrame | Missing
    news: pd.DataFrame | Missing
    null: Floats | Missing
    excess: PooledExcess | Missing
    as_coded: PooledExcess | Missing
    alone: Mapping[str, Excess]
    months: pd.DataFrame | Missing
    change: dict[str, Any] | Missing
    groups: pd.DataFrame | Missing
    too_low: coverage.Miss
    confidence: float
    least_people: int


def run(params: Params, paths: study.Paths) -> dict[str, Any]:
    """Count shares per member, measure their concentration, test it against equal activity; write the results."""
    return write(paths, assess(read(paths, params), params))


def read(paths: study.Paths, params: Params) -> Data:
    """The tables of the earlier steps, and what calibration found, whatever the parameters."""
    return replace(read_tables(paths), too_low=coverage.too_low(paths.root, parts.EVER))


def read_tables(paths: study.Paths) -> Data:
    """The tables of the earlier steps alone."""
    ingested, coding = paths.processed("ingest"), paths.processed("coding")
    return Data(
        local(tables.read(ingested / "messages.parquet", tables.Messages), zone_of(paths)),
        tables.community(tables.read(ingested / "members.parquet", tables.Members)),
        tables.read(coding / "coded.parquet", tables.Coded),
        *(tables.read(coding / f"{name}.parquet") for name in ("held_out", "conversations", "agreement", "alone")),
    )


def assess(data: Data, params: Params) -> Results:
    """Run every stage of the step, as the notebook shows them cell by cell."""
    confidence, seed = params.confidence, params.seed
    sizes = {"confidence": confidence, "bootstrap": params.bootstrap, "seed": seed}
    texts = Texts.of(data.messages, data.members["member"])
    everything, weekly = all_messages(texts), weekly_counts(texts, data.coded, params.code)
    reading = reading_of(texts, data.coded, params.code)
    codings = (texts, data.coded, data.held_out, params.code)
    redrawn, as_coded = (of(*codings, draws=params.labels, seed=seed) for of in (redrawn_counts, redrawn_as_coded))
    evidence = evidence_of(data, params.code)
    return Results(
        reading=reading,
        everything=everything,
        weekly=weekly,
        redrawn=redrawn,
        evidence=evidence,
        share=share(evidence, data.coded, redrawn, params.code, confidence),
        activity=concentrated(everything, "messages", **sizes),
        news=concentrated(among_all(weekly, reading), "shares", **sizes),
        null=null(among_all(weekly, reading), draws=params.null_draws, seed=seed),
        excess=excess(among_all(redrawn, reading), data.agreement, params.code, **params.of_excess),
        as_coded=excess(among_all(as_coded, reading), data.agreement, params.code, **params.of_excess),
        alone=alone(texts, data, params),
        months=months(evidence, redrawn, reading, confidence),
        change=trend(
            among_all(redrawn, reading),
            block=params.block_weeks,
            draws=params.bootstrap,
            confidence=confidence,
            seed=seed,
        ),
        groups=groups(evidence, redrawn, data.members, reading, least=params.least_people, confidence=confidence),
        too_low=data.too_low,
        confidence=confidence,
        least_people=params.least_people,
    )


# Stages


def alone(texts: Texts, data: Data, params: Params) -> dict[str, Excess]:
    """The excess by each coder alone; empty with fewer than two members."""
    return by_each_coder(texts, data.alone, params.code, **params.of_excess) if texts.members.size > 1 else {}


trend = stage(parts.trend)
null = stage(equal_activity_null)


def all_messages(texts: Texts) -> WeeklyCounts:
    """Every text message by member and week, none of them a share: how much members write, labelled or not."""
    return texts.counts(np.zeros(len(texts.rows), dtype=bool))


def reading_of(texts: Texts, coded: pd.DataFrame, code: str) -> Labelled:
    """How many messages have a label of the code. coded: the table Coded."""
    own = coded[coded["code"] == code]
    labelled = int(texts.labelled(coded, code).sum()) if len(own) else 0
    return Labelled(len(texts.rows), labelled, bool((own["origin"] == "model").any()))


@stage
def among_all(counts: Counts, reading: Labelled) -> Counts:
    """The counts if all messages have a label; Missing if none has, or only those that people read: members cannot be
    counted by what they share if only some of their messages were read."""
    if not reading.labelled:
        raise InputError("nobody has coded any message")
    if not reading.whole:
        read = wording.count(reading.labelled, "message")
        raise InputError(f"no model carries the code, so it is known of the {read} read alone")
    return counts


def evidence_of(data: Data, code: str) -> pd.DataFrame:
    """What coders and model say of the code in each message (corrected.evidence), with channel, member and time."""
    written = data.messages.set_index("message_id")[["channel", "member", "time"]]
    return corrected.evidence(data.coded, data.held_out, data.conversations, code).join(written)


@stage
def share(
    evidence: pd.DataFrame, coded: pd.DataFrame, redrawn: Sequence[WeeklyCounts], code: str, confidence: float
) -> pd.DataFrame:
    """The share of messages that have the code: parts.overall."""
    labels = coded[coded["code"] == code].set_index("unit_id")["value"]
    return parts.overall(evidence, labels, redrawn, confidence)


def months(
    evidence: pd.DataFrame, redrawn: Sequence[WeeklyCounts], reading: Labelled, confidence: float
) -> pd.DataFrame | Missing:
    """Sharing by month (parts.by_month), if all messages have a label."""
    return stage(parts.by_month)(among_all(evidence, reading), redrawn, confidence)


def groups(
    evidence: pd.DataFrame, redrawn: Sequence[WeeklyCounts], members: pd.DataFrame, reading: Labelled, **sizes: Any
) -> pd.DataFrame | Missing:
    """Sharing by chat, sector and role (parts.by_group), if all messages have a label. sizes: least, confidence."""
    return stage(parts.by_group)(among_all(evidence, reading), redrawn, members, **sizes)


@stage
def concentrated(weekly: WeeklyCounts, what: str, *, confidence: float, bootstrap: int, seed: int) -> pd.DataFrame:
    """Concentration of `messages` or `shares` over the members: indices.concentration."""
    stream = seed_of(seed, f"concentration of {what}")
    return indices.concentration(weekly.by_member()[what], confidence=confidence, bootstrap=bootstrap, seed=stream)


@stage
def excess(redrawn: Sequence[WeeklyCounts], agreement: pd.DataFrame, code: str, **sizes: Any) -> PooledExcess:
    """C3: excess.pooled_excess; missing where the coders differ too much on the code."""
    if reason := too_different(agreement, [code]):
        raise InputError(reason)
    return pooled_excess(redrawn, **sizes)


@stage
def enough(excess: PooledExcess, claim: Mapping[str, Any]) -> PooledExcess:
    """The excess, if it rests on at least the data that the claim requires. Raises InputError if not."""
    if reason := rule.why_not(claim, excess.numbers()):
        raise InputError(wording.agreeing(reason))
    return excess


# Results


def write(paths: study.Paths, results: Results) -> dict[str, Any]:
    """Write the step's tables and metrics; returns the metrics."""
    tables.write_all(tables_of(results), paths.results.processed("sharing"))
    metrics = metrics_of(results)
    study.write_metrics(paths, "sharing", metrics)
    return metrics


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    """The step's tables by file name, without those of the concentration, the excess and its null where there are
    none."""
    activity, excess = results.activity, results.excess
    measured = {"messages": activity, "shares": results.news}
    spread = {what: table for what, table in measured.items() if not isinstance(table, Missing)}
    made = {
        "counts.parquet": results.weekly.by_member(),
        "months.parquet": _or_none(results.months, parts.MONTHS),
        "groups.parquet": _or_none(results.groups, parts.PARTS),
        "concentration.parquet": pd.concat(spread, names=["of", "index"]).reset_index() if spread else activity,
        "excess.parquet": stage(PooledExcess.table)(excess),
        "null.parquet": stage(null_table)(results.null, excess),
        "resampled.parquet": stage(PooledExcess.long)(excess, "resampled"),
        "lorenz.csv": _or_none(lorenz_curves(results.everything, results.weekly, results.reading), LORENZ),
    }
    return {name: table for name, table in made.items() if not isinstance(table, Missing)}


def metrics_of(results: Results) -> dict[str, Any]:
    """The step's metrics.

    If not all messages have a label, they have the status "partial" and the reason, and no number that counts members
    by what they share.
    """
    ever = parts.ever_shared(results.redrawn, results.confidence)
    ever |= {"certain": parts.certain_sharers(results.evidence), "too_low": results.too_low.mean}
    ever |= {"too_low_tenth": results.too_low.tenth}
    most = parts.top_share(results.redrawn)
    top = {name: most[name] for name in ("members", "value", "least", "most")}
    return {
        **written_by(results.everything),
        "read": results.reading.labelled,
        **_counted(among_all(results.weekly, results.reading), ever, top),
        "activity": stage(pd.DataFrame.to_dict)(results.activity, "index"),
        "news": stage(pd.DataFrame.to_dict)(results.news, "index"),
        "C3": stage(PooledExcess.numbers)(results.excess),
        "as_coded": stage(PooledExcess.numbers)(results.as_coded),
        "alone": {coder: one.numbers() for coder, one in results.alone.items()},
        "share": stage(pd.DataFrame.to_dict)(results.share, "index"),
        "common": stage(parts.best_share)(results.share),
        "trend": results.change,
        "confidence": results.confidence,
        "least_people": results.least_people,
    }


@stage
def lorenz_curves(everything: WeeklyCounts, weekly: WeeklyCounts, reading: Labelled) -> pd.DataFrame:
    """Lorenz curves for `dvc plots`: LORENZ, shares from 0 to 1, one row per member, least active first; news is left
    out unless every message has a label. Missing without messages."""
    messages = indices.lorenz(everything.by_member()["messages"])
    news = weekly.by_member()["shares"] if reading.whole else None
    curve = np.nan if news is None or not news.any() else indices.lorenz(news)
    columns = (np.linspace(0, 1, messages.size), messages, curve)
    return pd.DataFrame(dict(zip(LORENZ, columns, strict=True)))


def _or_none(table: pd.DataFrame | Missing, columns: Sequence[str]) -> pd.DataFrame:
    """The table; without rows where it is missing."""
    return pd.DataFrame(columns=list(columns)) if isinstance(table, Missing) else table


def _counted(weekly: WeeklyCounts | Missing, ever: dict[str, float], top: dict[str, float]) -> dict[str, Any]:
    """How many members share, and the part of the few who share most, or why that cannot be counted."""
    if isinstance(weekly, Missing):
        return {"status": "partial", "reason": weekly.reason}
    return {"status": "ok", **totals(weekly), "ever": ever, "top": top}


def null_table(null: Floats, excess: PooledExcess) -> pd.DataFrame:
    """The nulls of the labels as they are (draw 0) and of every draw: draw, number, null."""
    first = pd.DataFrame({"draw": 0, "number": range(1, null.size + 1), "null": null})
    return pd.concat([first, excess.long("null")], ignore_index=True)


def written_by(everything: WeeklyCounts) -> dict[str, int]:
    """How many members there are, how many of them never wrote, and how many messages the others wrote."""
    messages = everything.by_member()["messages"]
    return {"members": len(messages), "silent": int((messages == 0).sum()), "messages": int(messages.sum())}


def totals(weekly: WeeklyCounts) -> dict[str, float]:
    """How many messages are shares, and how many members share. weekly: of all messages."""
    counts = weekly.by_member()
    messages, shares = int(counts["messages"].sum()), int(counts["shares"].sum())
    return {
        "shares": shares,
        "share_of_messages": shares / messages if messages else float("nan"),
        "sharers": int((counts["shares"] > 0).sum()),
        "members_for_half": indices.members_for_half(counts["shares"]),
    }
