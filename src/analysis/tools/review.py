"""Reviewing what the scrubbing left: a person looks at each word and number that may still lead to somebody, in its
context, and says keep or remove. The decisions are raw data (data/raw/reviewed.csv), which the next run applies.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import study, tables, wording
from analysis.errors import InputError
from analysis.identifiers.doubts import doubts
from analysis.ingest import manifest
from analysis.ingest.sheets import REVIEWED, read_reviewed
from analysis.privacy import fold

FILE = "reviewed.csv"
KEYS = {"k": "keep", "r": "remove"}  # b: back, q: stop
CONTEXTS = 3  # places of an expression that are shown
AROUND = 45  # characters of context on either side


@dataclass(frozen=True)
class Doubt:
    """An expression in small letters that may lead to a person. contexts: up to CONTEXTS places (before, it, after)."""

    expression: str
    kind: str
    times: int
    contexts: tuple[tuple[str, str, str], ...]


def doubts_in(texts: Iterable[str]) -> list[Doubt]:
    """What scrubbed texts hold that may lead to a person, the most frequent first."""
    places: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for text in texts:
        low = fold(text)
        for start, end, kind in sorted(set(doubts(low, text))):
            before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
            places.setdefault((low[start:end], kind), []).append((before, text[start:end], after))
    made = [Doubt(*what, len(seen), tuple(seen[:CONTEXTS])) for what, seen in places.items()]
    return sorted(made, key=lambda doubt: (-doubt.times, doubt.expression))


def of_study(paths: study.Paths) -> list[Doubt]:
    """What the study's scrubbed messages and utterances hold. Raises InputError before the first run of ingest."""
    folder = paths.processed("ingest")
    if not (folder / "messages.parquet").exists():
        raise InputError("there are no scrubbed texts yet", path=folder, fix="Run the study first: dvc repro ingest")
    messages = tables.read(folder / "messages.parquet", tables.Messages)["text"]
    return doubts_in([*messages, *tables.read(folder / "utterances.parquet", tables.Utterances)["text"]])


def shown(doubt: Doubt) -> str:
    """A doubt with its contexts, as lines."""
    places = [f"    {before}>>{it}<<{after}".replace("\n", " / ") for before, it, after in doubt.contexts]
    return "\n".join([f"{doubt.expression} ({wording.count(doubt.times, 'time')})", *places])


def decided(waiting: list[Doubt], key: Callable[[Doubt, int], str]) -> Iterator[dict[str, str]]:
    """The decisions by expression after each answer. key: asks for a doubt, given how many were decided: k (keep),
    r (remove), b (back to the one before) or q (stop); others ask again."""
    decisions: dict[str, str] = {}
    place = 0
    while place < len(waiting) and (answer := key(waiting[place], place)) != "q":
        if answer == "b" and place > 0:
            place -= 1
            decisions.pop(waiting[place].expression, None)
            yield {**decisions}
        elif answer in KEYS:
            decisions[waiting[place].expression] = KEYS[answer]
            place += 1
            yield {**decisions}


def go_through(paths: study.Paths, reviewer: str, key: Callable[[Doubt, int], str]) -> Path:
    """Ask for each doubt that nobody has decided on, and keep each decision at once, so that it can go on later."""
    path = paths.raw / FILE
    before = read_reviewed(path)
    settled = set(before["expression"])
    waiting = [doubt for doubt in of_study(paths) if doubt.expression not in settled]
    for decisions in decided(waiting, key):
        own = [(*decision, reviewer) for decision in decisions.items()]
        _write(path, [*before[[*REVIEWED]].itertuples(index=False, name=None), *own])
    if path.exists():
        simulated = {"simulated": "yes"} if paths.simulated else {}
        manifest.entered(
            paths.raw, [{**manifest.read(paths.raw).get(FILE, {"kind": "decisions"}), "path": FILE, **simulated}]
        )
    return path


def _write(path: Path, rows: list[tuple[str, ...]]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([REVIEWED, *rows])
    partial.replace(path)


def table(doubted: list[Doubt]) -> pd.DataFrame:
    """Doubts as a table: expression, kind, times, and the first context."""
    rows = [(d.expression, d.kind, d.times, "".join(d.contexts[0]).replace("\n", " / ")) for d in doubted]
    return pd.DataFrame(rows, columns=["expression", "kind", "times", "context"])


def key_of_terminal(doubt: Doubt, done: int) -> str:
    """Shows a doubt and waits for a key; q where there is no terminal to answer."""
    print(f"\n{done + 1}. {shown(doubt)}\n  [k]eep  [r]emove  [b]ack  [q]uit: ", end="", flush=True)
    answer = _key() or "q"
    print(answer)
    return answer.lower()


def _key() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()[:1]
    try:
        import termios
        import tty
    except ImportError:  # Windows
        import msvcrt

        return msvcrt.getwch()  # type: ignore[attr-defined, no-any-return]
    settings = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        return sys.stdin.read(1)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)
