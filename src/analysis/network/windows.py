"""Structure over time: measures in windows of several lengths, among the members at that time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis import resample, tables
from analysis.arrays import Floats
from analysis.errors import InputError
from analysis.network import structure
from analysis.network.layers import NAME
from analysis.network.ties import Exchange, sampled

PLACEMENTS, DRAWS = 3, 30  # placements of each length of window, sampled reply graphs
STAYS = Path(__file__).with_name("stays.yaml")
SIDES = ("after", "before")  # position of a phrase of stays.yaml relative to the name


def placed(first: int, last: int, length: int, placements: int) -> list[tuple[int, int]]:
    """Start and end of windows of equal length from first to last, each shifted by a part of the length (Krings et al.
    2012)."""
    count = (last - length - first) // max(length // placements, 1) + 1
    return [(start, start + length) for start in np.linspace(first, last - length, count).round().astype(int).tolist()]


def structure_over_time(
    turns: Exchange, messages: pd.DataFrame, joined: pd.Series, *, lengths: Sequence[int], least: float,
    confidence: float, seed: int
) -> pd.DataFrame:  # fmt: skip
    """Structure in windows of several lengths, placed PLACEMENTS times in each length; columns of Periods.

    lengths: how many windows of a length make up the whole. The structure is that among the members of the window: who
    joined before its end and did not leave before its start, silent ones too. In addition present: their number;
    active: how many of them wrote; came, went: how many joined, or left, in the window. Intervals are over sampled
    reply graphs, of which there are few (resample.interval_of_few), and hold no share below 0 or above 1. Raises
    InputError when the time has too few seconds for any length.
    """
    seconds, member = turns.seconds, turns.turns["member"].to_numpy()
    first, last = turns.span
    lengths = [n for n in lengths if last - first > n]
    windows = [(n, *window) for n in lengths for window in placed(first, last, (last - first) // n, PLACEMENTS)]
    if not windows:
        raise InputError("the time is too short to be split into windows")
    came, went = stays(turns.members, messages, joined)
    graphs = list(sampled(turns, DRAWS, np.random.default_rng(resample.seed_of(seed, "windows"))))
    rows = []
    for parts, start, end in windows:
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
            relation = structure.counted(member[later[then[later]]], member[earlier[then[later]]], turns.n)
            draws.append(counts | structure.whole(relation[there][:, there], least))
        for measure, values in pd.DataFrame(draws).items():
            most = np.inf if measure in counts else 1.0  # the measures of structure.whole are shares
            low, high = np.clip(resample.interval_of_few(values, confidence), 0, most)
            rows.append((parts, start, end, measure, values.mean(), low, high))
    frame = pd.DataFrame(rows, columns=list(tables.Periods.columns))
    times = {name: pd.to_datetime(frame[name], unit="s", utc=True) for name in ("start", "end")}
    return tables.conform(frame.assign(**times), tables.Periods)


def stays(members: pd.Index, messages: pd.DataFrame, joined: pd.Series) -> tuple[Floats, Floats]:
    """Times at which members joined and left, seconds since 1970, (n,) each; -inf: before the data, inf: never left.

    joined: by member, the roster's date. Where it is missing, the first system line by which they joined a chat counts
    (in a language of stays.yaml), or their first message if it is earlier. A member has left if a system line says so,
    they did not join that chat again and wrote nothing after it, and they left every chat in which they wrote: silence
    alone does not count as leaving.
    """
    wrote = messages.dropna(subset="member").groupby("member")
    first, last = wrote["time"].min().reindex(members), wrote["time"].max().reindex(members)
    lines = messages[messages["kind"] == "system"]
    new, gone = (
        lines.assign(member=lines["text"].map(lambda line, what=what: members_who(what, line))).explode("member")
        for what in ("joins", "leaves")
    )
    gone = _without_returned(gone, new)
    start = joined.reindex(members).fillna(new.groupby("member")["time"].min().reindex(members))
    came = np.minimum(_seconds(start, -np.inf), _seconds(first, np.inf))
    wrote_in, left_from = wrote["channel"].agg(set), gone.groupby("member")["channel"].agg(set)
    last_leaving = gone.groupby("member")["time"].max()
    everywhere = [name for name in last_leaving.index if wrote_in.get(name, set()) <= left_from[name]]
    went = _seconds(last_leaving[everywhere].reindex(members), np.inf)
    return came, np.where(went >= _seconds(last, -np.inf), went, np.inf)


def _without_returned(gone: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Lines by which members leave a chat (gone), except those after which they joined it again (new)."""
    back = new.groupby(["channel", "member"])["time"].max().rename("back")
    joined_again = gone.join(back, on=["channel", "member"])
    return gone[~(joined_again["back"] > joined_again["time"]).to_numpy()]


def members_who(what: str, line: str) -> list[str]:
    """The members who, by a system line, join or leave (what: joins or leaves, as in stays.yaml)."""
    match = _phrases(what).search(line)
    return re.findall(NAME, match[0]) if match else []


@cache
def _phrases(what: str) -> re.Pattern[str]:
    """A phrase of stays.yaml with one or several names next to it."""
    phrases = yaml.safe_load(STAYS.read_text(encoding="utf-8"))
    after, before = ("|".join(re.escape(p) for of in phrases[what][side].values() for p in of) for side in SIDES)
    name, joined = rf"(?:[~@]\s?)?{NAME}", "|".join(map(re.escape, phrases["and"]))
    names = rf"{name}(?:(?:,|,? (?:{joined})) {name})*"
    return re.compile(rf"\b(?:{before}) {names}|{names} (?:{after})\b")


def _seconds(times: pd.Series, missing: float) -> Floats:
    since = pd.to_datetime(times, utc=True) - pd.Timestamp(0, tz="UTC")
    return (since / pd.Timedelta(seconds=1)).fillna(missing).to_numpy(float)
