"""Network: who answers whom, and what structure that has beyond who writes much and when.

Every number of the structure is taken over sampled reply graphs, because replies are inferred: its interval says how
much the number moves with who might have answered whom. It says nothing of other communities: the members are a census.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis import resample, study, tables
from analysis.network import groups, layers, measures, nulls
from analysis.network.replies import infer_replies
from analysis.network.ties import Exchange, Floats, Whole, exchange, matrix_of, sampled, ties

OBSERVED, BY_ACTIVITY, BY_HOURS = "observed", "message count", "message count and hours"
WINDOWS, PLACEMENTS, WINDOW_DRAWS = 4, 3, 30  # of the structure over time: in the whole, placings of each, reply graphs
MANY = 300  # members above which groups are sought in fewer runs


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

    members: measures a member; ties: layer reply; layers: ties by mention and company; structure: of, measure, value,
    low, high; periods: the same over time; sureness: probability of each message's likeliest answer; named: members
    who agreed to be shown by themselves, and not in sums alone.
    """

    metrics: dict
    members: pd.DataFrame
    ties: pd.DataFrame
    layers: pd.DataFrame
    structure: pd.DataFrame
    periods: pd.DataFrame
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
    relation = matrix_of(layer, turns.members)
    table, found = grouped(measures.members_table(relation, turns.members, least=params.least), relation, params)
    structure = summary(structure_draws(turns, params.hours, params.draws, rng), params.confidence)
    over_time = periods(turns, params.confidence, rng)
    metrics = _metrics(messages, replies, turns, table, structure, params.least) | found
    out = paths.processed("network")
    tables.write(replies, out / "replies.parquet", tables.Replies)
    tables.write(layer, out / "ties.parquet", tables.Ties)
    others = other_layers(turns, messages, rng)
    tables.write(others, out / "layers.parquet", tables.Ties)
    tables.write(over_time, out / "periods.parquet")
    tables.write(table, out / "members.parquet")
    tables.write(structure, out / "structure.parquet")
    study.write_metrics(paths, "network", metrics)
    named = frozenset(members.loc[members["consent"] == "quotes", "member"])
    return Result(metrics, table, layer, others, structure, over_time, sureness(messages, replies), named)


def grouped(table: pd.DataFrame, relation: Floats, params: Params) -> tuple[pd.DataFrame, dict]:
    """The members' table with constraint, coreness, core, community and participation, and the groups' measures.

    Core and coreness are of ties of at least `least` expected turns, communities of all ties by their weight.
    """
    present = relation >= params.least
    runs, restarts = (30, 20) if len(table) <= MANY else (5, 0)
    division = groups.communities(relation, runs=runs, seed=params.seed)
    core = groups.core_periphery(present, restarts=restarts, seed=params.seed) if len(table) > 2 else None
    table = table.assign(
        constraint=measures.constraint(relation),
        coreness=measures.coreness(present),
        core=core.members if core else False,
        community=division.members,
        participation=groups.participation(relation, division.members),
    )
    tied = table.loc[table["in_strength"] + table["out_strength"] > 0, "community"]
    found = {"number": int(tied.nunique()), "modularity": division.modularity, "stability": division.stability}
    size = int(core.members.sum()) if core else 0
    return table, {"communities": found, "core": {"members": size, "fit": core.fit if core else float("nan")},
                   "triads": measures.triad_census(present) if len(table) > 2 else {}}  # fmt: skip


def other_layers(turns: Exchange, messages: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Ties by mention (turns that name the other) and company (conversations in common), in the shape of Ties."""
    found = {"mention": layers.mentions(turns, messages), "company": layers.company(turns, WINDOW_DRAWS, rng)}
    frames = []
    for layer, matrix in found.items():
        source, target = np.nonzero(matrix)
        names = turns.members.to_numpy()
        frame = pd.DataFrame({"source": names[source], "target": names[target], "layer": layer})
        frames.append(frame.assign(weight=matrix[source, target], low=float("nan"), high=float("nan")))
    return pd.concat(frames, ignore_index=True)


def periods(turns: Exchange, confidence: float, rng: np.random.Generator) -> pd.DataFrame:
    """Structure over time, in windows placed anew by a part of their length (Krings et al. 2012).

    Columns: start, end, measure, value, low, high. Beside the measures of `structure`, active: members who wrote in the
    window, and first: those of them who had not written before. All members count in density, silent ones too.
    """
    seconds, member = turns.seconds, turns.turns["member"].to_numpy()
    first, last = (int(seconds.min()), int(seconds.max()) + 1) if seconds.size else (0, 0)
    spans = layers.windows(first, last, (last - first) // WINDOWS, PLACEMENTS) if last - first > WINDOWS else []
    graphs = list(sampled(turns.links, WINDOW_DRAWS, rng)) if spans else []
    rows = []
    for start, end in spans:
        within = (seconds >= start) & (seconds < end)
        wrote = set(member[within])
        counts = {"active": len(wrote), "first": len(wrote - set(member[seconds < start]))}
        draws = [{**counts, **_structure_within(turns, graph, within)} for graph in graphs]
        for _, measure, *numbers in _summary_rows(pd.DataFrame(draws).assign(of=OBSERVED), confidence):
            rows.append((start, end, measure, *numbers))
    frame = pd.DataFrame(rows, columns=["start", "end", "measure", "value", "low", "high"])
    times = {name: pd.to_datetime(frame[name], unit="s", utc=True) for name in ("start", "end")}
    return frame.assign(**times).astype({"measure": "str", "value": float, "low": float, "high": float})


def _structure_within(turns: Exchange, graph: tuple[Whole, Whole], within: NDArray[np.bool_]) -> dict[str, float]:
    member = turns.turns["member"].to_numpy()
    later, earlier = graph
    kept = within[later] & (member[later] != member[earlier])
    return structure(member[later[kept]], member[earlier[kept]], turns.n)


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
