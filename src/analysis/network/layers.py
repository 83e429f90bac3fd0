"""Layers of ties: who answers whom, in all talk and by kind of talk, who names whom, who is in the same conversation;
and the same in parts of the time, among those who were members then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy import sparse
from scipy.sparse import csgraph

from analysis import tables
from analysis.arrays import Floats, Ints
from analysis.network import measures
from analysis.network.ties import Exchange, sampled, tally, ties

REPLY, MENTION, COMPANY = "reply", "mention", "company"
NAME = r"\b([MP][A-Z2-7]{4})(?![A-Z2-7])"  # a pseudonym, an ending joined to it or not: MABCDnya
STAYS = Path(__file__).with_name("stays.yaml")
SIDES = ("after", "before")  # of the name, where the phrase stands


def table(
    exchange: Exchange,
    messages: pd.DataFrame,
    kinds: Mapping[str, pd.Series],
    *,
    draws: int,
    confidence: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Every layer in the shape of Ties: reply, one for each of kinds, mention and company.

    kinds: by layer, the probability that a message is of it, by message_id (ties.share_of). low and high: over sampled
    reply graphs and, in a layer of kinds, sampled codes. A mention is read from the text, so that it has no width.
    """
    shares: dict[str, pd.Series | None] = {REPLY: None, **kinds}
    frames = [
        ties(exchange, layer, share=share, draws=draws, confidence=confidence, rng=rng)
        for layer, share in shares.items()
    ]
    named = measures.weighted(mentions(exchange, messages))
    frames += [
        _over(exchange.members, MENTION, [named], confidence),
        _over(exchange.members, COMPANY, company(exchange, draws, rng), confidence),
    ]
    return tables.conform(pd.concat(frames, ignore_index=True), tables.Ties)


def _over(members: pd.Index, layer: str, drawn: list[sparse.csr_array], confidence: float) -> pd.DataFrame:
    """Ties of a layer from its matrix in each drawn graph: the mean and the interval of each that any graph has."""
    n, graphs = len(members), [sparse.coo_array(graph) for graph in drawn]
    cells = np.unique(np.concatenate([graph.row.astype(np.int64) * n + graph.col for graph in graphs]))
    counts = np.zeros((len(graphs), cells.size))
    for row, graph in zip(counts, graphs, strict=True):
        row[np.searchsorted(cells, graph.row.astype(np.int64) * n + graph.col)] = graph.data
    source, target = cells // max(n, 1), cells % max(n, 1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(counts, [tail, 1 - tail], axis=0)
    frame = pd.DataFrame({"source": members[source], "target": members[target], "layer": layer})
    return frame.assign(weight=counts.mean(axis=0), low=low, high=high)


def within(exchange: Exchange, start: int, end: int) -> Exchange:
    """The exchange with those answers only that came from start (seconds) to before end; all turns and members stay."""
    then = (exchange.seconds >= start) & (exchange.seconds < end)
    return replace(exchange, links=exchange.links[then[exchange.links["later"].to_numpy(np.int64)]])


def stays(members: pd.Index, messages: pd.DataFrame, joined: pd.Series) -> tuple[Floats, Floats]:
    """When each member came and went, seconds since 1970, shape (n,) each; -inf: before the data, inf: did not leave.

    joined: by member, the roster's date. Where it is missing, the first system line counts by which they joined a chat
    (in a language of stays.yaml); but whoever wrote before that had come. A member has left if a system line says so,
    they wrote nothing after it, and left every chat in which they wrote: silence alone is no leaving.
    """
    wrote = messages.dropna(subset="member").groupby("member")
    first, last = wrote["time"].min().reindex(members), wrote["time"].max().reindex(members)
    lines = messages[messages["kind"] == "system"]
    new, gone = (
        lines.assign(member=lines["text"].map(lambda line, what=what: told(line, what))).explode("member")
        for what in ("joins", "leaves")
    )
    known = joined.reindex(members).fillna(new.groupby("member")["time"].min().reindex(members))
    came = np.minimum(_seconds(known, -np.inf), _seconds(first, np.inf))
    wrote_in, left_from = wrote["channel"].agg(set), gone.groupby("member")["channel"].agg(set)
    told_last = gone.groupby("member")["time"].max()
    everywhere = [name for name in told_last.index if wrote_in.get(name, set()) <= left_from[name]]
    went = _seconds(told_last[everywhere].reindex(members), np.inf)
    return came, np.where(went >= _seconds(last, -np.inf), went, np.inf)


def told(line: str, what: str) -> list[str]:
    """Members of whom a system line says that they join or leave (what: joins or leaves, of stays.yaml)."""
    found = _phrases(what).search(line)
    return re.findall(NAME, found[0]) if found else []


@cache
def _phrases(what: str) -> re.Pattern[str]:
    """A phrase of stays.yaml with one or several names beside it."""
    said = yaml.safe_load(STAYS.read_text(encoding="utf-8"))
    after, before = ("|".join(re.escape(p) for of in said[what][side].values() for p in of) for side in SIDES)
    name, joined = rf"(?:[~@]\s?)?{NAME}", "|".join(map(re.escape, said["and"]))
    names = rf"{name}(?:(?:,|,? (?:{joined})) {name})*"
    return re.compile(rf"\b(?:{before}) {names}|{names} (?:{after})\b")


def _seconds(times: pd.Series, missing: float) -> Floats:
    known = pd.to_datetime(times, utc=True)
    return ((known - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)).fillna(missing).to_numpy(float)


def mentions(exchange: Exchange, messages: pd.DataFrame) -> Floats:
    """Turns of the row's member that name the column's, shape (n, n): texts as ingest writes them, with pseudonyms."""
    written = messages[messages["member"].notna()]
    named = written.set_index("message_id")["text"].str.extractall(NAME)[0].reset_index(level=1, drop=True)
    frame = pd.DataFrame({"turn": exchange.turn_of.reindex(named.index), "named": exchange.members.get_indexer(named)})
    frame = frame[frame["named"] >= 0].drop_duplicates()
    member = exchange.turns["member"].to_numpy()
    return tally(member[frame["turn"].to_numpy(np.int64)], frame["named"].to_numpy(), None, exchange.n)


def company(exchange: Exchange, draws: int, rng: np.random.Generator) -> list[sparse.csr_array]:
    """Conversations in which both members wrote, in each of some sampled reply graphs: shape (n, n) each, symmetric.

    A conversation is what hangs together by replies; a turn that answers nothing and gets no answer is one by itself.
    """
    member, n = exchange.turns["member"].to_numpy(), exchange.n
    together = []
    for later, earlier in sampled(exchange.links, draws, rng):
        cells = np.unique(threads(len(member), later, earlier) * n + member)
        there = (np.ones(cells.size), (cells // n, cells % n))
        presence = sparse.csr_array(there, shape=(len(member), n))
        together.append(measures.weighted(presence.T @ presence))
    return together


def threads(turns: int, later: Ints, earlier: Ints) -> Ints:
    """The thread of each turn: what links join, however long the chain. Shape (turns,)."""
    links = sparse.coo_array((np.ones(later.size), (later, earlier)), shape=(turns, turns))
    return csgraph.connected_components(links, directed=False)[1].astype(np.int64)


def windows(first: int, last: int, length: int, placements: int) -> list[tuple[int, int]]:
    """Start and end of windows of equal length, placed anew by a part of it each time (Krings et al. 2012)."""
    step = max(length // placements, 1)
    return [(start, start + length) for start in range(first, last - length + 1, step)]
