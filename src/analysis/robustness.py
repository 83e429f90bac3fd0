"""Robustness: C1 to C3 again under every combination of defensible choices (a multiverse; Steegen et al. 2016).

Each universe is judged by the ledger's own rule (claims.judge). What universes share is computed once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from matplotlib.axes import Axes
from tqdm import tqdm

from analysis import claims, figures, partnership, sharing, study, tables, wording
from analysis.errors import InputError

TESTED = ("C1", "C2", "C3")
REPLIES = ("addressee rule", "previous message")
AS_SETTLED = "as settled"


@dataclass(frozen=True)
class Params:
    """codes: "as settled", or thresholds on the model's probability; replies: rules of who answers whom, of REPLIES.

    least_messages: members who wrote fewer are left out of C3. draws, permutations, shuffles, bootstrap: resamples in
    each universe. alpha: level of the tests.
    """

    codes: Sequence[str | float]
    replies: Sequence[str]
    least_messages: Sequence[int]
    draws: int
    permutations: int
    shuffles: int
    bootstrap: int
    alpha: float


@dataclass(frozen=True)
class Result:
    """What the page shows. universes: a row a universe and claim: choices, numbers, verdict, reason."""

    metrics: dict
    universes: pd.DataFrame


@dataclass(frozen=True)
class Inputs:
    """The tables that universes start from, and the parameters of the steps that they repeat."""

    messages: pd.DataFrame
    members: pd.DataFrame
    partnerships: pd.DataFrame
    coded: pd.DataFrame
    held_out: pd.DataFrame
    replies: pd.DataFrame
    sharing: sharing.Params
    partnership: partnership.Params


def run(params: Params, paths: study.Paths) -> Result:
    """Judge C1 to C3 in every universe; write the table of universes and metrics."""
    declared = [claim for claim in claims.load_claims(paths.root / "claims.yaml") if claim["id"] in TESTED]
    universes = pd.DataFrame(multiverse(load(params, paths), declared, params))
    metrics = {"status": "ok", "universes": universes["universe"].nunique(), "claims": summary(universes)}
    numbers = dict.fromkeys(("value", "low", "high", "p_holm"), float)
    tables.write(universes.astype(numbers), paths.processed("robustness") / "universes.parquet")
    study.write_metrics(paths, "robustness", metrics)
    return Result(metrics, universes)


def load(params: Params, paths: study.Paths) -> Inputs:
    """The inputs, with the steps' own parameters at this step's numbers of resamples."""
    ingested = paths.processed("ingest")
    own = study.load_params(paths)
    fewer = {"draws": params.draws, "permutations": params.permutations, "shuffles": params.shuffles}
    return Inputs(
        messages=tables.read(ingested / "messages.parquet", tables.Messages),
        members=tables.read(ingested / "members.parquet", tables.Members),
        partnerships=tables.read(ingested / "partnerships.parquet", tables.Partnerships),
        coded=tables.read(paths.processed("coding") / "coded.parquet", tables.Coded),
        held_out=tables.read(paths.processed("coding") / "held_out.parquet"),
        replies=tables.read(paths.processed("network") / "replies.parquet", tables.Replies),
        sharing=replace(sharing.Params(**own["sharing"]), bootstrap=params.bootstrap),  # type: ignore[arg-type]
        partnership=replace(partnership.Params(**own["partnership"]), **fewer),  # type: ignore[arg-type]
    )


# Methods


def multiverse(inputs: Inputs, declared: Sequence[Mapping], params: Params) -> Iterator[dict]:
    """One row a universe and claim. The first option of each choice makes the universe of the main analysis."""

    choices = list(itertools.product(params.codes, params.replies, params.least_messages))
    ties = _each(partial(_pairs, inputs), [(codes, replies) for codes, replies, _ in choices])
    spread = _each(partial(_spread, inputs), [(codes, least) for codes, _, least in choices])
    for number, (codes, replies, least) in enumerate(choices, 1):
        found = {**ties[codes, replies], "C3": spread[codes, least]}
        for row in claims.judge(declared, [found[claim["id"]] for claim in declared], params.alpha):
            kept = {key: row[key] for key in ("value", "low", "high", "p_holm", "verdict", "reason")}
            yield {"universe": number, "claim": row["id"], "codes": str(codes), "replies": replies,
                   "least_messages": least, **kept}  # fmt: skip


def _each(work: Callable[..., dict], options: Iterable[tuple]) -> dict[tuple, dict]:
    """What the work gives for each distinct tuple of options, done once each, on all cores."""
    distinct = list(dict.fromkeys(options))
    jobs = tqdm((delayed(work)(*option) for option in distinct), desc="universes", total=len(distinct), disable=None)
    return dict(zip(distinct, Parallel(n_jobs=-1)(jobs), strict=True))


def settle(coded: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """The model's codes taken as certain where their probability reaches the threshold; people's codes stay."""
    over = (coded["probability"] >= threshold).astype("int64")
    value = coded["value"].where(coded["origin"] == "human", over)
    return coded.assign(value=value, probability=value.astype(float))


def link(inputs: Inputs, rule: str) -> pd.DataFrame:
    """Replies as the step inferred them, or each message answering the last one by another member of its channel."""
    if rule not in REPLIES:
        raise InputError(f"no rule of replies is called {rule!r}", mend=f"Rules are {wording.listed(REPLIES)}.")
    return inputs.replies if rule == REPLIES[0] else previous_message(inputs.messages)


def previous_message(messages: pd.DataFrame) -> pd.DataFrame:
    """The naive rule, in the shape of infer_replies: message_id, reply_to, probability (all 1)."""
    spoken = messages[messages["member"].notna()]
    by_channel = spoken.groupby("channel", sort=False)
    new_turn = spoken["member"] != by_channel["member"].shift()
    before = by_channel["message_id"].shift().where(new_turn)
    answered = before.groupby(spoken["channel"], sort=False).ffill()
    return pd.DataFrame(
        {"message_id": spoken["message_id"], "reply_to": answered.astype("str"), "probability": 1.0}
    ).reset_index(drop=True)


def _pairs(inputs: Inputs, codes: str | float, rule: str) -> dict:
    """C1's and C2's numbers."""
    settled = codes == AS_SETTLED
    result, _ = partnership.assess(
        inputs.messages,
        inputs.members,
        inputs.partnerships,
        inputs.coded if settled else settle(inputs.coded, float(codes)),
        link(inputs, rule),
        inputs.partnership,
        inputs.held_out if settled else None,
        beside=False,
    )
    return {name: result.metrics[name] for name in ("C1", "C2")}


def _spread(inputs: Inputs, codes: str | float, least: int) -> dict:
    """C3's numbers, over members who wrote at least so many messages."""
    params = inputs.sharing
    if codes == AS_SETTLED:
        labels = sharing.redrawn(inputs.messages, inputs.coded, inputs.held_out, params)
        return sharing.over_labels((_weekly(inputs, drawn, least) for drawn in labels), params)
    weekly = _weekly(inputs, settle(inputs.coded, float(codes)), least)
    return sharing.excess_over_activity(weekly, sharing.null_of(weekly, params), params)


def _weekly(inputs: Inputs, coded: pd.DataFrame, least: int) -> pd.DataFrame:
    weekly = sharing.weekly_counts(inputs.messages, coded, inputs.members["member"], inputs.sharing.code)
    wrote = weekly.groupby("member")["messages"].sum()
    return weekly[weekly["member"].isin(wrote.index[wrote >= least])]


def summary(universes: pd.DataFrame) -> dict:
    """Per claim: in how many universes it could be assessed, the share of them that support it, and its range."""
    return {str(claim): _summary(rows) for claim, rows in universes.groupby("claim")}


def _summary(rows: pd.DataFrame) -> dict:
    assessed = rows[rows["verdict"] != "not assessable"]
    values = assessed["value"].astype(float)
    return {
        "assessed": len(assessed),
        "share_supported": (assessed["verdict"] == "supported").mean() if len(assessed) else None,
        "least": values.min(),
        "most": values.max(),
        "verdicts": rows["verdict"].value_counts().to_dict(),
    }


# The page


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    found = {claim: row for claim, row in result.metrics["claims"].items() if row["assessed"]}
    if not found:
        return "No claim could be assessed in any universe: see the chapters of the steps for what is missing."
    parts = [f"{claim} is supported in {wording.percent(row['share_supported'])}" for claim, row in found.items()]
    return (
        f"Of {wording.count(result.metrics['universes'], 'universe')} of defensible choices, {wording.listed(parts)}."
    )


def curve_figure(result: Result) -> figures.Figure:
    """Specification curves (Simonsohn, Simmons and Nelson 2020): each claim's value in every universe, in order."""
    shown = result.universes[result.universes["verdict"] != "not assessable"]
    names = sorted(shown["claim"].unique())
    if not names:
        return figures.nothing("no claim could be assessed in any universe")
    drawing, axes = figures.canvas(height=3.4, columns=len(names), squeeze=False)
    for cell, name in zip(axes[0], names, strict=True):
        _curve(cell, shown[shown["claim"] == name].sort_values("value", kind="stable"), name)
    text = (
        "Dots: value in each universe, lowest first; bars: interval. Filled: supported; hollow: not. Dotted: no effect."
    )
    alt = f"{answer(result)} {text}"
    return figures.Figure(drawing, alt, text)


def _curve(cell: Axes, rows: pd.DataFrame, name: str) -> None:
    place = np.arange(1, len(rows) + 1)
    cell.vlines(place, rows["low"].astype(float), rows["high"].astype(float), color=figures.COLOURS["interval"], lw=2)
    yes = (rows["verdict"] == "supported").to_numpy()
    values = rows["value"].astype(float).to_numpy()
    cell.plot(place[yes], values[yes], "o", color=figures.COLOURS["all"], ms=5)
    cell.plot(place[~yes], values[~yes], "o", mfc="white", mec=figures.COLOURS["all"], ms=5)
    cell.axhline(0, color=figures.COLOURS["null"], ls=":")
    cell.set(xlabel="universe (by value)", ylabel="value (the claim's unit)" if name == "C1" else "", xticks=[])
    cell.set_title(f"{name}: {yes.sum()} of {yes.size}")


def by_choice(result: Result) -> pd.DataFrame:
    """Share of universes that support each claim, by option: choice, option, a column a claim."""
    rows = result.universes.assign(supported=(result.universes["verdict"] == "supported").astype(float))
    parts = [
        rows.pivot_table(index=choice, columns="claim", values="supported", sort=False)
        .rename_axis("option")
        .reset_index()
        .assign(choice=choice.replace("_", " "), option=lambda part: part["option"].astype(str))
        for choice in ("codes", "replies", "least_messages")
    ]
    table = pd.concat(parts, ignore_index=True).rename_axis(columns=None)
    return table[["choice", "option", *sorted(set(table) - {"choice", "option"})]]


def say_choices(result: Result) -> str:
    """Which choice moves each claim's verdict, in words."""
    table = by_choice(result)
    sentences = []
    for claim in sorted(set(table) - {"choice", "option"}):
        spans = table.groupby("choice", sort=False)[claim].agg(lambda shares: shares.max() - shares.min())
        if spans.max() == 0:
            sentences.append(f"For {claim} no choice moves the share of universes that support it.")
        else:
            name = str(spans.idxmax()).replace("_", " ")
            sentences.append(f"{claim} moves most with *{name}*, by {wording.percent(spans.max())} of universes.")
    return " ".join(sentences)


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    rows = result.universes
    once = not rows.duplicated(["claim", "codes", "replies", "least_messages"]).any()
    judged = rows.groupby("universe")["claim"].nunique()
    return [
        ("no universe stands twice", len(judged), bool(once)),
        ("every tested claim is judged in every universe", len(TESTED), bool((judged == len(TESTED)).all())),
    ]
