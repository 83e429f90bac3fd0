"""The step `sharing`: who shares business news, and how unequally (C3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import study, tables
from analysis.arrays import Floats
from analysis.coding import corrected
from analysis.coding.floor import too_different
from analysis.errors import InputError, Missing, stage
from analysis.resample import seed_of
from analysis.sharing import indices, parts
from analysis.sharing.counts import Texts, WeeklyCounts, redrawn_as_coded, redrawn_counts, weekly_counts
from analysis.sharing.excess import PooledExcess, by_each_coder, equal_activity_null, pooled_excess


@dataclass(frozen=True)
class Params:
    """code: what counts as sharing; confidence: of intervals; labels: draws of the labels from what is likely true;
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

    @property
    def of_excess(self) -> dict[str, Any]:
        """The arguments of the functions in excess.py."""
        return {name: getattr(self, name) for name in ("confidence", "bootstrap", "null_draws", "seed")}


@dataclass(frozen=True)
class Data:
    """What the step reads: tables of the steps ingest (messages, members) and coding (the others)."""

    messages: pd.DataFrame
    members: pd.DataFrame
    coded: pd.DataFrame
    held_out: pd.DataFrame
    conversations: pd.DataFrame
    agreement: pd.DataFrame
    alone: pd.DataFrame


def run(params: Params, paths: study.Paths) -> dict[str, Any]:
    """Count shares a member, measure their concentration, test it against equal activity; write tables and metrics."""
    return write(paths, **assess(read(paths), params), confidence=params.confidence, least_people=params.least_people)


def read(paths: study.Paths) -> Data:
    """The tables of the earlier steps."""
    ingested, coding = paths.processed("ingest"), paths.processed("coding")
    return Data(
        tables.read(ingested / "messages.parquet", tables.Messages),
        tables.read(ingested / "members.parquet", tables.Members),
        tables.read(coding / "coded.parquet", tables.Coded),
        *(tables.read(coding / f"{name}.parquet") for name in ("held_out", "conversations", "agreement", "alone")),
    )


def assess(data: Data, params: Params) -> dict[str, Any]:
    """Every result of the step, by the names that write takes."""
    confidence, seed = params.confidence, params.seed
    sizes = {"confidence": confidence, "bootstrap": params.bootstrap, "seed": seed}
    texts = Texts.of(data.messages, data.members["member"])
    weekly = weekly_counts(texts, data.coded, params.code)
    codings = (texts, data.coded, data.held_out, params.code)
    redrawn, as_coded = (of(*codings, draws=params.labels, seed=seed) for of in (redrawn_counts, redrawn_as_coded))
    evidence = evidence_of(data, params.code)
    return {
        "weekly": weekly,
        "redrawn": redrawn,
        "evidence": evidence,
        "share": share(evidence, data.coded, redrawn, params.code, confidence),
        "activity": concentrated(weekly, "messages", **sizes),
        "news": concentrated(weekly, "shares", **sizes),
        "null": null(weekly, draws=params.null_draws, seed=seed),
        "excess": excess(redrawn, data.agreement, params.code, **params.of_excess),
        "as_coded": excess(as_coded, data.agreement, params.code, **params.of_excess),
        "alone": by_each_coder(texts, data.alone, params.code, **params.of_excess),
        "months": parts.by_month(evidence, redrawn, confidence),
        "change": trend(redrawn, block=params.block_weeks, draws=params.bootstrap, confidence=confidence, seed=seed),
        "groups": parts.by_group(evidence, redrawn, data.members, least=params.least_people, confidence=confidence),
    }


# Stages


trend = stage(parts.trend)
null = stage(equal_activity_null)


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


# Results


def write(
    paths: study.Paths, *, weekly: WeeklyCounts, confidence: float, least_people: int, **results: Any
) -> dict[str, Any]:
    """Write the step's tables and metrics; returns the metrics. results: the others from assess."""
    activity, news, excess, share = (results[name] for name in ("activity", "news", "excess", "share"))
    measured = {"messages": activity, "shares": news}
    spread = {what: table for what, table in measured.items() if not isinstance(table, Missing)}
    written = {
        "counts": weekly.by_member(),
        "months": results["months"],
        "groups": results["groups"],
        "concentration": pd.concat(spread, names=["of", "index"]).reset_index() if spread else activity,
        "excess": stage(PooledExcess.table)(excess),
        "null": stage(null_table)(results["null"], excess),
        "resampled": stage(PooledExcess.long)(excess, "resampled"),
    }
    for name, table in written.items():
        if not isinstance(table, Missing):
            tables.write(table, paths.results.processed("sharing") / f"{name}.parquet")
    metrics = {
        "status": "ok",
        **totals(weekly),
        "activity": stage(pd.DataFrame.to_dict)(activity, "index"),
        "news": stage(pd.DataFrame.to_dict)(news, "index"),
        "C3": stage(PooledExcess.numbers)(excess),
        "as_coded": stage(PooledExcess.numbers)(results["as_coded"]),
        "alone": {coder: one.numbers() for coder, one in results["alone"].items()},
        "share": stage(pd.DataFrame.to_dict)(share, "index"),
        "common": stage(parts.best_share)(share),
        "ever": parts.sharers(results["redrawn"], confidence) | {"certain": parts.certain_sharers(results["evidence"])},
        "trend": results["change"],
        "confidence": confidence,
        "least_people": least_people,
    }
    study.write_metrics(paths, "sharing", metrics)
    return metrics


def null_table(null: Floats, excess: PooledExcess) -> pd.DataFrame:
    """The nulls of the labels as they are (draw 0) and of every draw: draw, number, null."""
    first = pd.DataFrame({"draw": 0, "number": range(1, null.size + 1), "null": null})
    return pd.concat([first, excess.long("null")], ignore_index=True)


def totals(weekly: WeeklyCounts) -> dict[str, float]:
    """How many members, messages and shares there are, and how many members share."""
    counts = weekly.by_member()
    messages, shares = int(counts["messages"].sum()), int(counts["shares"].sum())
    return {
        "members": len(counts),
        "silent": int((counts["messages"] == 0).sum()),
        "messages": messages,
        "shares": shares,
        "share_of_messages": shares / messages if messages else float("nan"),
        "sharers": int((counts["shares"] > 0).sum()),
        "members_for_half": indices.members_for_half(counts["shares"]),
    }
