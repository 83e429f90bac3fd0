"""Decisions that a person makes one by one at the keyboard, each saved at once as raw data."""

from __future__ import annotations

import csv
import os
import select
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from analysis import disk, wording
from analysis.ingest import manifest

Waiting = TypeVar("Waiting")
ESCAPE = "\x1b"
SPECIAL = "\0\xe0"  # characters before the code of a special key on Windows
FOLLOWS = 0.1  # seconds within which the rest of a special key's sequence arrives


@dataclass(frozen=True)
class Decided:
    """The outcome of one call: where decisions are kept, how many were made, and how many are left."""

    path: Path
    made: int
    left: int

    def text(self, command: str) -> str:
        """The outcome in sentences. command: what continues with the rest, such as `guyub quotes`."""
        if not (self.made or self.left):
            return "Nothing waits for a decision."
        left = f"{self.left} left: {command} continues there." if self.left else "None is left."
        if not self.made:
            return f"No decision made. {left}"
        made = f"{wording.count(self.made, 'decision')} made. {left}"
        return f"{made}\nDecisions are in {self.path}. Next: dvc repro"


def decided(
    waiting: Sequence[Waiting], key: Callable[[Waiting, str], str], *, before: int, keys: Mapping[str, str],
    name: Callable[[Waiting], str],
) -> Iterator[dict[str, str]]:  # fmt: skip
    """The decisions so far, by name, after each answer. key: asks for one, given its place, such as `3 of 8`, and
    returns one of keys, b (back) or q (stop); others ask again. before: how many were decided in earlier calls."""
    decisions: dict[str, str] = {}
    place, total = 0, f"{before + len(waiting):,}"
    while place < len(waiting) and (answer := key(waiting[place], f"{before + place + 1:,} of {total}")) != "q":
        if answer == "b" and place > 0:
            place -= 1
            decisions.pop(name(waiting[place]), None)
            yield {**decisions}
        elif answer in keys:
            decisions[name(waiting[place])] = keys[answer]
            place += 1
            yield {**decisions}


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], command: str) -> None:
    """Write a table of decisions in data/raw completely or not at all, and enter it into MANIFEST.csv, keeping what its
    older row states. command: with which people decide, such as `guyub review`. Raises InputError where
    MANIFEST.csv cannot be read."""
    with disk.whole(path) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    before = manifest.read(path.parent).get(path.name, {"kind": "decisions", "source": f"decided in {command}"})
    manifest.entered(path.parent, [{**before, "path": path.name, "sha256": manifest.sha256(path)}])


def asked(question: str) -> str:
    """The key pressed in answer to a question; q without a terminal."""
    print(question, end="", flush=True)
    answer = _key() or "q"
    print(answer if answer.isprintable() else "")
    return answer.lower()


def _key() -> str:
    """The key that was pressed, ESCAPE for a special key such as an arrow; empty without a terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()[:1]
    try:
        import termios
        import tty
    except ImportError:  # Windows
        import msvcrt

        key: str = msvcrt.getwch()  # type: ignore[attr-defined]
        if key not in SPECIAL:
            return key
        msvcrt.getwch()  # type: ignore[attr-defined]  # the code of the special key
        return ESCAPE
    settings = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        return _typed(sys.stdin.fileno())
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)


def _typed(terminal: int) -> str:
    """The next key of a terminal, which sends a special key as ESCAPE followed at once by characters such as `[B`.
    terminal: its file descriptor."""
    key = os.read(terminal, 1)
    if key == ESCAPE.encode():
        while select.select([terminal], [], [], FOLLOWS)[0] and os.read(terminal, 1):
            pass
    return key.decode("ascii", "replace")
