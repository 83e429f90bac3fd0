"""Reviewing what the scrubbing left: a person looks at each word and number that may still identify somebody, in its
context, and decides to keep or remove it. The decisions are raw data (data/raw/reviewed.csv), which the next run
applies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from analysis import study, tables, wording
from analysis.errors import InputError
from analysis.identifiers.doubts import doubts
from analysis.identifiers.folded import fold
from analysis.ingest.sheets import REVIEWED, read_reviewed
from analysis.tools import decisions

FILE = "reviewed.csv"
COMMAND = "guyub review"
KEYS = {"k": "keep", "r": "remove"}  # b: back, q: stop
CONTEXTS = 3  # most places of an expression shown
AROUND = 45  # characters of context on either side


@dataclass(frozen=True)
class Doubt:
    """An expression, in lower case, that may identify a person. contexts: up to CONTEXTS places (before, it, after)."""

    expression: str
    kind: str
    times: int
    contexts: tuple[tuple[str, str, str], ...]


def doubts_in(texts: Iterable[str]) -> list[Doubt]:
    """Expressions in scrubbed texts that may identify a person, the most frequent first."""
    places: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for text in texts:
        low = fold(text)
        for start, end, kind in sorted(set(doubts(low, text))):
            before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
            places.setdefault((low[start:end], kind), []).append((before, text[start:end], after))
    made = [Doubt(*what, len(seen), tuple(seen[:CONTEXTS])) for what, seen in places.items()]
    return sorted(made, key=lambda doubt: (-doubt.times, doubt.expression))


def of_study(paths: study.Paths) -> list[Doubt]:
    """The doubts in the study's scrubbed messages and utterances. Raises InputError before the first run of ingest."""
    folder = paths.processed("ingest")
    if not (folder / "messages.parquet").exists():
        raise InputError("there are no scrubbed texts yet", path=folder, fix="Run the study first: dvc repro ingest")
    messages = tables.read(folder / "messages.parquet", tables.Messages)["text"]
    return doubts_in([*messages, *tables.read(folder / "utterances.parquet", tables.Utterances)["text"]])


def shown(doubt: Doubt) -> str:
    """A doubt with its contexts, as lines."""
    places = [f"    {before}>>{it}<<{after}".replace("\n", " / ") for before, it, after in doubt.contexts]
    return "\n".join([f"{doubt.expression} ({wording.count(doubt.times, 'time')})", *places])


def go_through(paths: study.Paths, reviewer: str, key: Callable[[Doubt, str], str]) -> decisions.Decided:
    """Ask for each doubt that nobody has decided on, and save each decision at once, so that it can be continued later.
    Raises InputError where the table of earlier decisions cannot be read."""
    path, made = paths.raw / FILE, dict[str, str]()
    before = read_reviewed(path)
    settled = set(before["expression"])
    waiting = [doubt for doubt in of_study(paths) if doubt.expression not in settled]
    asking = decisions.decided(waiting, key, before=len(settled), keys=KEYS, name=lambda doubt: doubt.expression)
    for made in asking:
        own = [(*decision, reviewer) for decision in made.items()]
        decisions.write(path, REVIEWED, [*before[[*REVIEWED]].itertuples(index=False, name=None), *own], COMMAND)
    return decisions.Decided(path, len(made), len(waiting) - len(made))


def table(doubted: list[Doubt]) -> pd.DataFrame:
    """Doubts as a table: expression, kind, times, and the first context."""
    rows = [(d.expression, d.kind, d.times, "".join(d.contexts[0]).replace("\n", " / ")) for d in doubted]
    return pd.DataFrame(rows, columns=["expression", "kind", "times", "context"])


def key_of_terminal(doubt: Doubt, place: str) -> str:
    """Show a doubt and wait for a key; q without a terminal."""
    return decisions.asked(f"\n{place}: {shown(doubt)}\n  [k]eep  [r]emove  [b]ack  [q]uit: ")
