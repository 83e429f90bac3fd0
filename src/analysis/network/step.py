"""Network: who answers whom, and what structure that has beyond who writes much and when.

Every number of the structure is taken over sampled reply graphs, because replies are inferred: its interval says how
much the number moves with who might have answered whom. It says nothing of other communities: the members are a census.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import resample, study, tables
from analysis.network import measures, nulls
from analysis.network.replies import infer_replies
from analysis.network.ties import Exchange, Whole, exchange, matrix_of, sampled, ties

OBSERVED, BY_ACTIVITY, BY_HOURS = "observed", "message count", "message count and hours"


@dataclass(frozen=True)
class Params:
    """gap_s: silence (seconds) that ends a turn; least: expected turns that make a tie count as present in the
    members' table and the drawing; hours: length of the null's blocks; draws: sampled reply graphs; confidence; seed.
    """

    gap_s: float
    least: float
    hours: float
    draws: int
    confidence: float
    seed: int


@dataclass(frozen=True)
class Result:
    """What the page shows.

    members: measures a member; ties: layer reply; structure: of, measure, value, low, high; sureness: probability of
    each message's likeliest answer; named: members who agreed to be shown by themselves, and not in sums alone.
    """

    metrics: dict
    members: pd.DataFrame
    ties: pd.DataFrame
    structure: pd.DataFrame
    sureness: pd.Series
    named: frozenset[str]


def run(params: Params, paths: study.Paths) -> Result:
    """Infer replies, build the reply layer, measure its structure against two null models; write tables and metrics."""
    messages = tables.read(paths.processed("ingest") / "messages.parquet", tables.Messages)
    members = tables.read(paths.processed("ingest") / "members.parquet", tables.Members)
    replies = infer_replies(messages)
    turns = exchange(messages, replies, pd.Index(members["member"]), gap_s=params.gap_s)
    rng = np.random.default_rng(params.seed)
    layer = ties(turns, "reply", draws=params.draws, confidence=params.confidence, rng=rng)
    table = measures.members_table(matrix_of(layer, turns.members), turns.members, least=params.least)
    structure = summary(structure_draws(turns, params.hours, params.draws, rng), params.confidence)
    metrics = _metrics(messages, replies, turns, table, structure, params.least)
    out = paths.processed("network")
    tables.write(replies, out / "replies.parquet", tables.Replies)
    tables.write(layer, out / "ties.parquet", tables.Ties)
    tables.write(table, out / "members.parquet")
    tables.write(structure, out / "structure.parquet")
    study.write_metrics(paths, "network", metrics)
    named = frozenset(members.loc[members["consent"] == "quotes", "member"])
    return Result(metrics, table, layer, structure, sureness(messages, replies), named)


def structure_draws(turns: Exchange, hours: float, draws: int, rng: np.random.Generator) -> pd.DataFrame:
    """Structure of sampled reply graphs and of the same graphs with senders shuffled: a row a draw and kind.

    Columns: of (observed; message count: shuffled within chats; message count and hours: within chats and hours), and
    one a measure.
    """
    member = turns.turns["member"].to_numpy()
    blocks = {BY_ACTIVITY: nulls.chat_blocks(turns), BY_HOURS: nulls.hour_blocks(turns, hours)}
    shuffles = {of: nulls.keeping_who_writes_when(block, draws, rng) for of, block in blocks.items()}
    rows = []
    for later, earlier in sampled(turns.links, draws, rng):
        between = member[later] != member[earlier]
        later, earlier = later[between], earlier[between]
        rows.append({"of": OBSERVED, **structure(member[later], member[earlier], turns.n)})
        for of, places in shuffles.items():
            moved = nulls.mended(member[next(places)], later, earlier, blocks[of], rng)
            rows.append({"of": of, **structure(moved[later], moved[earlier], turns.n)})
    return pd.DataFrame(rows)


def structure(source: Whole, target: Whole, n: int) -> dict[str, float]:
    """Measures of the network in which a tie is at least one answering turn."""
    relation = sparse.csr_array((np.ones(source.size), (source, target)), shape=(n, n))
    return {
        "density": measures.density(relation),
        "reciprocity": measures.reciprocity(relation)["edgewise"],
        "transitivity": measures.transitivity(relation)["weak"],
        "in_centralization": measures.centralization(relation, "in_degree"),
        "out_centralization": measures.centralization(relation, "out_degree"),
    }


def summary(draws: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Mean and interval over draws: of, measure, value, low, high."""
    return pd.DataFrame(_summary_rows(draws, confidence), columns=["of", "measure", "value", "low", "high"])


def _summary_rows(draws: pd.DataFrame, confidence: float) -> Iterator[tuple]:
    for of, rows in draws.groupby("of", sort=False):
        for measure in rows.columns.drop("of"):
            yield of, measure, rows[measure].mean(), *resample.interval(rows[measure], confidence)


def sureness(messages: pd.DataFrame, replies: pd.DataFrame) -> pd.Series:
    """Probability of the likeliest answer (another message or none) of each message of a member without an explicit
    reply, by message_id."""
    guessed = messages.loc[messages["member"].notna() & messages["reply_to"].isna(), "message_id"]
    best = replies.groupby("message_id", sort=False)["probability"].max()
    return best[best.index.isin(guessed)]


def _metrics(
    messages: pd.DataFrame,
    replies: pd.DataFrame,
    turns: Exchange,
    table: pd.DataFrame,
    structure: pd.DataFrame,
    least: float,
) -> dict:
    written = int(messages["member"].notna().sum())
    if not written:
        return {"status": "missing", "reason": "no message of a member was read"}
    by_kind = {of: rows.set_index("measure").drop(columns="of") for of, rows in structure.groupby("of", sort=False)}
    guess = sureness(messages, replies)
    return {
        "status": "ok",
        "members": turns.n,
        "messages": written,
        "turns": len(turns.turns),
        "explicit_replies": int((messages["member"].notna() & messages["reply_to"].notna()).sum()),
        "starts": float(replies.loc[replies["reply_to"].isna(), "probability"].sum()) - (len(messages) - written),
        "expected_replies": float(table["out_strength"].sum()),
        "mean_sureness": float(guess.mean()) if len(guess) else None,
        "least": least,
        "unconnected": int(((table["out_strength"] + table["in_strength"]) < least).sum()),
        "structure": {of: rows.to_dict("index") for of, rows in by_kind.items()},
    }
