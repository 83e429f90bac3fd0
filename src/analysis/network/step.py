"""Network: who answers whom, and what structure that has beyond who writes much and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import resample, study, tables
from analysis.errors import InputError
from analysis.network import groups, layers, measures
from analysis.network import structure as over_draws
from analysis.network.replies.infer import hidden_replies, infer_replies
from analysis.network.replies.scores import score
from analysis.network.ties import Exchange, Floats, exchange, matrix_of, sampled, share_of

PARTS = 4  # of the time, on the map
PLACEMENTS, WINDOW_DRAWS = 3, 30  # of the structure over time: placings of each length of window, reply graphs
MANY = 300  # members above which groups are sought in fewer runs, and networkx is asked for paths and triads but once
COST = 500_000  # draws times members squared of what takes long: fewer draws in larger communities
LEAST_DRAWS = 5


@dataclass(frozen=True)
class Params:
    """informal, business: codes of the two kinds of talk, a layer each; gap_s: silence (seconds) that ends a turn;
    least: turns that make a tie count as present; hours: length of a null's blocks; draws: sampled reply graphs;
    slow_draws: in how many of them members, groups and triads are measured; windows: lengths of the windows over time,
    as how many of them make up the whole; engine: networkx or igraph; confidence; seed.
    """

    informal: Sequence[str]
    business: Sequence[str]
    gap_s: float
    least: float
    hours: float
    draws: int
    slow_draws: int
    windows: Sequence[int]
    engine: str
    confidence: float
    seed: int


@dataclass(frozen=True)
class Result:
    """What the page shows.

    members: a row each; ties: layer reply; layers: by period (0: the whole time), its start and end, and the ties of
    every layer; structure: of, measure, value, low, high; scores: the same by member; periods: the same over time;
    sureness: probability of each message's likeliest answer; named: members who agreed to be shown by themselves, and
    not in sums alone.
    """

    metrics: dict
    members: pd.DataFrame
    ties: pd.DataFrame
    layers: pd.DataFrame
    structure: pd.DataFrame
    scores: pd.DataFrame
    periods: pd.DataFrame
    sureness: pd.Series
    named: frozenset[str]


def run(params: Params, paths: study.Paths) -> Result:
    """Infer replies, build the layers of ties, measure structure beside null models; write tables and metrics."""
    messages = tables.read(paths.processed("ingest") / "messages.parquet", tables.Messages)
    members = tables.read(paths.processed("ingest") / "members.parquet", tables.Members)
    coded = tables.read(paths.processed("coding") / "coded.parquet", tables.Coded)
    replies = infer_replies(messages)
    turns = exchange(messages, replies, pd.Index(members["member"]), gap_s=params.gap_s)
    rng = np.random.default_rng(params.seed)
    every = layers_by_period(turns, messages, kinds_of_talk(coded, params), params, rng)
    layer = every[(every["period"] == 0) & (every["layer"] == layers.REPLY)][list(tables.Ties.columns)]
    relation = matrix_of(layer, turns.members)
    table, found = members_table(relation, turns, params)
    slow = min(params.slow_draws, params.draws, max(LEAST_DRAWS, COST // max(turns.n, 1) ** 2))
    draws, drawn_scores = over_draws.measured(
        turns, table["community"].to_numpy(), hours=params.hours, least=params.least, draws=params.draws,
        slow_draws=slow, rng=rng, engine=params.engine, paths=turns.n <= MANY or params.engine != "networkx",
    )  # fmt: skip
    structure = over_draws.summary(draws, params.confidence)
    scores = over_draws.scores_summary(drawn_scores, params.confidence)
    over_time = periods(turns, messages, members.set_index("member")["joined"], params, rng)
    metrics = _metrics(messages, replies, turns, table, structure, params.least) | found
    out = paths.processed("network")
    tables.write(replies, out / "replies.parquet", tables.Replies)
    tables.write(layer, out / "ties.parquet", tables.Ties)
    tables.write(every, out / "layers.parquet")
    tables.write(table, out / "members.parquet")
    tables.write(structure, out / "structure.parquet")
    tables.write(scores, out / "scores.parquet")
    tables.write(over_time, out / "periods.parquet", tables.Periods)
    metrics |= {"slow_draws": slow if metrics["status"] == "ok" else 0}
    study.write_metrics(paths, "network", metrics)
    named = frozenset(members.loc[members["consent"] == "quotes", "member"])
    shown = sureness(messages, replies)
    return Result(metrics, table, layer, every, structure, scores, over_time, shown, named)


def kinds_of_talk(coded: pd.DataFrame, params: Params) -> dict[str, pd.Series]:
    """Layers by code: informal and business, each with messages' probabilities to be of it; none if none is coded."""
    if coded.empty:
        return {}
    return {"informal": share_of(coded, params.informal), "business": share_of(coded, params.business)}


def layers_by_period(
    turns: Exchange, messages: pd.DataFrame, kinds: dict[str, pd.Series], params: Params, rng: np.random.Generator
) -> pd.DataFrame:
    """The ties of every layer in the whole time (period 0) and in each of PARTS equal parts of it (1, 2, ...).

    Columns: period, start, end, and those of Ties.
    """
    first, last = span(turns)
    parts = layers.windows(first, last, max((last - first) // PARTS, 1), 1)[:PARTS]
    frames = []
    for period, (start, end) in enumerate([(first, last), *parts]):
        spoken = messages[messages["time"].between(_time(start), _time(end), inclusive="left")]
        part = layers.table(
            layers.within(turns, start, end), spoken, kinds, draws=params.draws, confidence=params.confidence, rng=rng
        )
        for place, (name, value) in enumerate((("period", period), ("start", _time(start)), ("end", _time(end)))):
            part.insert(place, name, value)
        frames.append(part)
    return pd.concat(frames, ignore_index=True)


def span(turns: Exchange) -> tuple[int, int]:
    """The first second of the turns, and the second after the last; zeros if there are none."""
    seconds = turns.seconds
    return (int(seconds.min()), int(seconds.max()) + 1) if seconds.size else (0, 0)


def _time(seconds: int) -> pd.Timestamp:
    return pd.Timestamp(seconds, unit="s", tz="UTC")


def members_table(relation: Floats, turns: Exchange, params: Params) -> tuple[pd.DataFrame, dict]:
    """Measures of each member on the expected ties, with coreness, core, community and participation; and the groups'.

    Core and coreness are of ties of at least `least` expected turns, communities of all ties by their weight.
    """
    present, engine = relation >= params.least, params.engine
    written = np.bincount(turns.turns["member"], minlength=turns.n).astype(float)
    runs, restarts = (30, 20) if turns.n <= MANY else (5, 0)
    division = groups.communities(relation, runs=runs, seed=params.seed, engine=engine)
    core = groups.core_periphery(present, restarts=restarts, seed=params.seed) if turns.n > 2 else None
    table = over_draws.of_members(measures.weighted(relation), params.least, written, engine).assign(
        coreness=measures.coreness(present, engine=engine),
        core=core.members if core else False,
        community=division.members,
        participation=groups.participation(relation, division.members),
    )
    table.insert(0, "member", turns.members.to_numpy())
    tied = table.loc[table["in_strength"] + table["out_strength"] > 0, "community"]
    found = {"number": int(tied.nunique()), "modularity": division.modularity, "stability": division.stability}
    size = int(core.members.sum()) if core else 0
    return table, {"communities": found, "core": {"members": size, "fit": core.fit if core else float("nan")}}


def periods(
    turns: Exchange, messages: pd.DataFrame, joined: pd.Series, params: Params, rng: np.random.Generator
) -> pd.DataFrame:
    """Structure over time, in windows of several lengths, placed anew by a part of their length (Krings et al. 2012).

    Columns: windows (how many of the length make up the whole), start, end, measure, value, low, high. The structure is
    that among those who were members in the window: who had come before its end and not left before its start, silent
    ones too. Beside it present: how many these are; active: who of them wrote; came, went: who came, or left, in the
    window. A time of fewer seconds than windows has none of that length. Raises InputError when a length is no whole
    part of the time, or there is none.
    """
    seconds, member = turns.seconds, turns.turns["member"].to_numpy()
    first, last = span(turns)
    if min(params.windows, default=0) < 1:
        raise InputError(
            f"network.windows: {params.windows} is not how many windows make up the whole", fix="Give numbers from 1."
        )
    spans = [
        (parts, *span)
        for parts in params.windows
        if last - first > parts
        for span in layers.windows(first, last, (last - first) // parts, PLACEMENTS)
    ]
    came, went = layers.stays(turns.members, messages, joined)
    graphs = list(sampled(turns.links, WINDOW_DRAWS, rng)) if spans else []
    rows = []
    for parts, start, end in spans:
        there = np.flatnonzero((came < end) & (went >= start))
        then = (seconds >= start) & (seconds < end)
        counts = {
            "present": there.size,
            "active": np.unique(member[then]).size,
            "came": int(((came >= start) & (came < end)).sum()) if start > first else 0,
            "went": int(((went >= start) & (went < end)).sum()),
        }
        draws = []
        for later, earlier in graphs:
            kept = then[later]
            relation = over_draws.counted(member[later[kept]], member[earlier[kept]], turns.n)
            draws.append(counts | over_draws.whole(relation[there][:, there], params.least))
        rows += [(parts, start, end, *row) for row in _over(pd.DataFrame(draws), params.confidence)]
    frame = pd.DataFrame(rows, columns=list(tables.Periods.columns))
    times = {name: pd.to_datetime(frame[name], unit="s", utc=True) for name in ("start", "end")}
    return tables.conform(frame.assign(**times), tables.Periods)


def _over(draws: pd.DataFrame, confidence: float) -> Iterator[tuple]:
    for measure, values in draws.items():
        yield measure, values.mean(), *resample.interval(values, confidence)


def hidden(messages: pd.DataFrame) -> dict:
    """How well explicit replies are inferred when they are hidden: scores as of reply_scores, or why not."""
    links, inferred = hidden_replies(messages)
    if links.empty:
        return {"status": "missing", "reason": "no message says by the app's mark which one it answers"}
    return {"status": "ok"} | score(inferred, links, messages.set_index("message_id")["member"])


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
        "hidden": hidden(messages),
        "mean_sureness": float(guess.mean()) if len(guess) else None,
        "least": least,
        "unconnected": int(((table["out_strength"] + table["in_strength"]) < least).sum()),
        "structure": {of: rows.to_dict("index") for of, rows in by_kind.items()},
    }
