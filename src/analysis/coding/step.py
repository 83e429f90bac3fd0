"""The step `coding`: check the anchors, measure agreement, settle each unit's codes, carry codes to all messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis import codebook, study, tables
from analysis.codebook import Codebook
from analysis.coding import carry, classify, human, latent, prevalence, quoting
from analysis.coding.agreement import AGREEMENT, SPANS, agreement_table, span_table
from analysis.coding.anchors import Anchored, check_anchors, units_of
from analysis.coding.carry import Carried
from analysis.coding.classify import character_models
from analysis.coding.conversations import conversations, with_neighbours
from analysis.coding.human import CONSENSUS, Settled
from analysis.coding.latent import Posterior
from analysis.coding.prevalence import CORRECTED, COUNTED, EVERYWHERE, LIKELY, Alone
from analysis.coding.sample import check_drawn, inclusion_of
from analysis.errors import InputError, Missing, stage

PLACED = ("unit_id", "conversation", "inclusion")
POOLED = ("model's probability", "coders' share", "if calibrated")


@dataclass(frozen=True)
class Params:
    """confidence: of intervals. bootstrap: resamples of units. alpha_floor: least alpha for conclusions.

    folds: of the cross-validation. min_positives: least coded messages with a code, for a model to carry it.
    gap_minutes: silence that ends a conversation. chat_quotes: whether chats may be quoted as well as interviews
    (anyone who has the chat can search it for the writer). labels: draws from the posterior of the true codes. seed: of
    resampling.
    """

    confidence: float
    bootstrap: int
    alpha_floor: float
    folds: int
    min_positives: int
    gap_minutes: float
    chat_quotes: bool
    labels: int
    seed: int


@dataclass(frozen=True)
class Data:
    """The tables that the step reads. units: member and text of every unit that can be coded, by unit id. draws: what
    `guyub sample` drew for coding. book: Missing where the study has no codebook."""

    messages: pd.DataFrame
    utterances: pd.DataFrame
    members: pd.DataFrame
    codings: pd.DataFrame
    draws: pd.DataFrame
    units: pd.DataFrame
    book: Codebook | Missing


class ByPeople(NamedTuple):
    """The results of the stages before any model, each of which may be Missing."""

    anchored: Anchored | Missing
    applied: pd.DataFrame | Missing
    agreement: pd.DataFrame | Missing
    spans: pd.DataFrame | Missing
    texts: pd.DataFrame
    settled: Settled | Missing
    inclusion: pd.Series | Missing | None
    codes: pd.DataFrame | Missing


@dataclass(frozen=True)
class Results:
    """What the step writes: the results of its stages, each of which may be Missing, and the alpha_floor of Params."""

    people: ByPeople
    carried: Carried | Missing
    performance: pd.DataFrame | Missing
    likely: Posterior | Missing
    shares: pd.DataFrame | Missing
    alone: Alone | Missing
    alpha_floor: float


def run(params: Params, paths: study.Paths) -> dict | Missing:
    """Write the step's tables and metrics: what coders settled on, what a model carries, and how far both are right."""
    return write(paths, assess(read(paths, params), params))


def read(paths: study.Paths, params: Params) -> Data:
    """The tables that ingest wrote, whatever the parameters. Raises InputError on a code that is not in the codebook, a
    coded message that no draw could have drawn, or two units with the same id."""
    ingested = paths.processed("ingest")
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    utterances = tables.read(ingested / "utterances.parquet", tables.Utterances)
    codings = tables.read(ingested / "codings.parquet", tables.Codings)
    book = codebook.read(ingested / "codebook.parquet")
    if not isinstance(book, Missing):
        human.check_codes(codings["code"], book)
    draws = tables.read(ingested / "sample.parquet", tables.Sample)
    draws = draws[draws["unit_id"].isin(messages["message_id"])].reset_index(drop=True)  # turns have no weights
    check_drawn(draws, set(codings["unit_id"]) & set(messages.loc[messages["kind"] == "text", "message_id"]))
    members = tables.read(ingested / "members.parquet", tables.Members)
    return Data(messages, utterances, members, codings, draws, units_of(messages, utterances), book)


def assess(data: Data, params: Params) -> Results:
    """The stages whose results are written, in the order of the notebook."""
    fit = {"folds": params.folds, "model": character_models()}
    people = coded_by_people(data, params)
    texts, settled, codes, inclusion = people.texts, people.settled, people.codes, people.inclusion
    carried = carry_codes(texts, settled, codes, inclusion=inclusion, **fit)
    performance = measure_error(codes, carried, texts, **fit)
    likely = likely_codes(texts, carried, draws=params.labels, confidence=params.confidence, seed=params.seed)
    shares = estimate_shares(texts, carried, settled, likely, inclusion=inclusion, confidence=params.confidence)
    of_one = {"min_positives": params.min_positives, "confidence": params.confidence}
    alone = code_alone(texts, people.applied, carried, data.book, inclusion=inclusion, **fit, **of_one)
    return Results(people, carried, performance, likely, shares, alone, params.alpha_floor)


def coded_by_people(data: Data, params: Params) -> ByPeople:
    """The stages before any model: what coders gave, settled on and agree on."""
    draws = {"confidence": params.confidence, "bootstrap": params.bootstrap, "seed": params.seed}
    anchored = anchor(data)
    applied = apply_codes(anchored, data.book)
    agreement = agreement_by_code(applied, data.book, floor=params.alpha_floor, **draws)
    spans = agreement_on_spans(anchored, data.utterances, data.book, **draws)
    texts = place(data, gap_minutes=params.gap_minutes)
    settled = settle(applied)
    inclusion = inclusion_in_sample(data, settled)
    codes = codes_to_carry(texts, settled, data.book, folds=params.folds, min_positives=params.min_positives)
    return ByPeople(anchored, applied, agreement, spans, texts, settled, inclusion, codes)


def write(paths: study.Paths, results: Results) -> dict | Missing:
    """Write the step's tables and metrics; returns the metrics."""
    schemas = {"coded": tables.Coded, "likely": tables.Coded}
    tables.write_all(tables_of(results), paths.results.processed("coding"), **schemas)
    metrics = metrics_of(results)
    study.write_metrics(paths, "coding", metrics)
    return metrics


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    """The step's tables by file name. A table that is Missing has no rows."""
    carried, alone = results.carried, results.alone
    nothing = tables.empty(tables.Coded)
    if isinstance(alone, Missing):
        alone = Alone(nothing.assign(coder=pd.Series(dtype=str)), _rows(alone, prevalence.PREVALENCE))
    coded, held_out = (nothing, carried) if isinstance(carried, Missing) else (carried.coded, carried.held_out)
    shares = pd.concat([_rows(results.shares, prevalence.PREVALENCE), alone.prevalence], ignore_index=True)
    likely = results.likely
    if isinstance(likely, Missing):
        likely = Posterior(nothing, _rows(likely, latent.ERRORS), _rows(likely, latent.PREVALENCE))
    return {
        "coded.parquet": coded,
        "likely.parquet": likely.coded,
        "agreement.parquet": _rows(results.people.agreement, AGREEMENT),
        "spans.parquet": _rows(results.people.spans, SPANS),
        "performance.parquet": _rows(results.performance, carry.PERFORMANCE),
        "held_out.parquet": _rows(held_out, carry.HELD_OUT),
        "prevalence.parquet": shares,
        "alone.parquet": alone.coded,
        "conversations.parquet": _rows(_placed(results.people.texts, results.people.inclusion), PLACED),
        "coder_errors.parquet": likely.errors,
        "member_shares.parquet": likely.prevalence,
        "calibration.csv": _rows(pooled_calibration(carried), POOLED),
    }


@stage
def pooled_calibration(carried: Carried) -> pd.DataFrame:
    """The calibration curve of all carried codes together for `dvc plots`: POOLED, in ten bins of equal size. Missing
    where none is carried."""
    if not carried.codes:
        raise InputError(carry.NONE_CARRIED)
    truth = carried.labels
    said, weights = carried.predictions[list(truth)], np.repeat(carried.weights, truth.shape[1])
    pooled = classify.calibration(said.to_numpy().ravel(), truth.to_numpy().ravel(), weights, bins=10)
    return pd.DataFrame(dict(zip(POOLED, (pooled["said"], pooled["seen"], pooled["said"]), strict=True)))


def _rows(table: pd.DataFrame | Missing, columns: tuple[str, ...]) -> pd.DataFrame:
    """The table; without rows where it is missing."""
    return pd.DataFrame({name: pd.Series(dtype=str) for name in columns}) if isinstance(table, Missing) else table


@stage
def _placed(texts: pd.DataFrame, inclusion: pd.Series | None) -> pd.DataFrame:
    """Each text's conversation, and its inclusion probability if there was a sample."""
    placed = texts[["message_id", "conversation"]].rename(columns={"message_id": "unit_id"})
    drawn = placed["unit_id"].map(inclusion).astype(float) if inclusion is not None else float("nan")
    return placed.assign(inclusion=drawn)


# The stages, in the order of the notebook

agreement_by_code = stage(agreement_table)
settle = stage(human.adjudicated)
codes_to_carry = stage(carry.codes_to_carry)
measure_error = stage(carry.performance)
calibrate = stage(carry.calibration_curves)
learn = stage(carry.learning_curves)
estimate_shares = stage(prevalence.prevalence)
code_alone = stage(prevalence.coders_alone)
quotable = quoting.quotable
examples = stage(quoting.examples)
disputed = stage(quoting.disputed)
decisions = stage(quoting.decisions)
broken = stage(quoting.broken)


def anchor(data: Data) -> Anchored | Missing:
    """The codings whose anchors hold, and those whose text has changed."""
    if isinstance(data.book, Missing):
        return data.book
    if data.codings.empty:
        return Missing("there are no codings")
    anchored = check_anchors(data.codings, data.units["text"])
    return Missing("no coding's anchor holds: the texts have changed") if anchored.holding.empty else anchored


@stage
def apply_codes(anchored: Anchored, book: Codebook) -> pd.DataFrame:
    """Which codes each coder applied to each unit they read: booleans, (unit_id, coder) x codes."""
    return human.presence(anchored.holding, book)


@stage
def differences(applied: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """Codes that one coder gave in place of another's, most frequent first: first, second, units."""
    return human.confusions(applied, book.leaves)


@stage
def agreement_on_spans(
    anchored: Anchored, utterances: pd.DataFrame, book: Codebook, *, seed: int, **draws: float
) -> pd.DataFrame:
    """How far coders mark the same words of the interviews, one row per code. draws: confidence, bootstrap."""
    turns = utterances.set_index("utterance_id")["text"]
    return span_table(anchored.holding, turns, book, seed=seed, **draws)


def place(data: Data, *, gap_minutes: float) -> pd.DataFrame:
    """Members' texts with their conversation and the texts before and after."""
    named = data.messages.assign(conversation=conversations(data.messages, gap_minutes))
    return with_neighbours(named[(named["kind"] == "text") & named["member"].notna()])


@stage
def inclusion_in_sample(data: Data, settled: Settled) -> pd.Series | None:
    """Inclusion probability of each message in the coded sample; None if no draw was recorded: all had the same."""
    return inclusion_of(data.draws, settled.value.index)


@stage
def carry_codes(
    texts: pd.DataFrame, settled: Settled, codes: pd.DataFrame, *, inclusion: pd.Series | None, **fit: Any
) -> Carried:
    """The codes that are frequent enough, carried to all messages by cross-fitted classifiers. fit: folds, model."""
    return carry.carry(texts, settled, codes.loc[codes["carried"], "code"].tolist(), inclusion=inclusion, **fit)


@stage
def likely_codes(texts: pd.DataFrame, carried: Carried, *, draws: int, confidence: float, seed: int) -> Posterior:
    """Which codes truly apply, given that coders and classifier err and members differ: latent.posterior."""
    if not carried.codes:
        raise InputError(carry.NONE_CARRIED)
    member = texts.set_index("message_id")["member"]
    return latent.posterior(carried.coded, carried.held_out, member, draws=draws, confidence=confidence, seed=seed)


def metrics_of(results: Results) -> dict | Missing:
    """The step's metrics: how much was coded, and each code's agreement, error and share."""
    people, shares = results.people, _rows(results.shares, prevalence.PREVALENCE)
    agreement = _rows(people.agreement, AGREEMENT)
    return _summary(people.anchored, people.applied, results.performance, agreement, shares, results.alpha_floor)


@stage
def _summary(
    anchored: Anchored,
    applied: pd.DataFrame,
    performance: pd.DataFrame,
    agreement: pd.DataFrame,
    shares: pd.DataFrame,
    alpha_floor: float,
) -> dict:
    coders = applied.index.get_level_values("coder")
    readers = human.independent(applied).groupby("unit_id").size()
    units = applied.index.get_level_values("unit_id").nunique()
    counts = {"coders": int(coders[coders != CONSENSUS].nunique()), "consensus": int((coders == CONSENSUS).sum())}
    counts |= {"units": int(units), "double_coded": int((readers > 1).sum()), "codes": len(performance)}
    counts |= {"messages": int(performance["units"].max()), "carried": int(performance["carried"].sum())}
    counts |= {"usable": int(agreement["usable"].sum()) if len(agreement) else 0}
    anchors = {"codings": len(anchored.holding) + len(anchored.broken), "anchors_broken": len(anchored.broken)}
    by_code = _by_code(agreement, performance, shares)
    return {"status": "ok", **counts, **anchors, "alpha_floor": alpha_floor, "by_code": by_code}


def _by_code(agreed: pd.DataFrame, performance: pd.DataFrame, shares: pd.DataFrame) -> dict[str, dict]:
    """Each code's agreement, error and share of messages, as later steps and the ledger read them."""
    columns = ["positives", "coded_share", "carried", "precision", "recall", "f1"]
    agreement = agreed.set_index("code")[["alpha", "low", "high", "percent", "usable"]]
    table = performance.set_index("code")[columns].join(agreement)
    everywhere = shares[shares["of"] == EVERYWHERE].set_index("code")
    counted = everywhere.loc[everywhere["kind"] == COUNTED, "value"]
    corrected, likely = (everywhere.loc[everywhere["kind"] == k, ["value", "low", "high"]] for k in (CORRECTED, LIKELY))
    table = table.join(corrected.add_prefix("share_").rename(columns={"share_value": "share"}))
    table = table.join(counted.rename("share_counted")).join(likely.add_prefix("likely_"))
    table = table.rename(columns={"likely_value": "likely"})
    table["usable"] = table["usable"].eq(True)
    return table.astype({"carried": bool, "usable": bool}).to_dict("index")
