"""Decisions that a person makes one after the other at the keyboard, kept as raw data after each."""

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
SPECIAL = "\0\xe0"  # before the number of such a key, in Windows
FOLLOWS = 0.1  # seconds within which the rest of such a key arrives


@dataclass(frozen=True)
class Decided:
    """What was decided in one call: where it is kept, how many decisions were made, and how many are left."""

    path: Path
    made: int
    left: int

    def text(self, command: str) -> str:
        """What was done, in sentences. command: what goes on with the rest, such as `guyub quotes`."""
        if not (self.made or self.left):
            return "Nothing waits for a decision."
        left = f"{self.left} left: {command} goes on there." if self.left else "None is left."
        if not self.made:
            return f"No decision made. {left}"
        made = f"{wording.count(self.made, 'decision')} made. {left}"
        return f"{made}\nDecisions are in {self.path}. Next: dvc repro"


def decided(
    waiting: Sequence[Waiting], key: Callable[[Waiting, str], str], *, before: int, keys: Mapping[str, str],
    name: Callable[[Waiting], str],
) -> Iterator[dict[str, str]]:  # fmt: skip
    """The decisions by name after each answer. key: asks for one, given its place among all, such as `3 of 8`: one of
    keys, b (back to the one before) or q (stop); others ask again. before: how many were decided in earlier calls."""
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
    """Write a table of decisions in data/raw whole, or leave the one before, and enter it into MANIFEST.csv, where what
    its older row says stays. command: by which people decide, such as `guyub review`. Raises InputError where
    MANIFEST.csv cannot be read."""
    with disk.whole(path) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    before = manifest.read(path.parent).get(path.name, {"kind": "decisions", "source": f"decided in {command}"})
    manifest.entered(path.parent, [{**before, "path": path.name, "sha256": manifest.sha256(path)}])


def asked(question: str) -> str:
    """The key that answers a question; q where there is no terminal to answer."""
    print(question, end="", flush=True)
    answer = _key() or "q"
    print(answer if answer.isprintable() else "")
    return answer.lower()


def _key() -> str:
    """The key that was pressed, ESCAPE for one that no letter stands for, such as an arrow; empty where there is no
    terminal."""
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
        msvcrt.getwch()  # type: ignore[attr-defined]  # which of them
        return ESCAPE
    settings = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        return _typed(sys.stdin.fileno())
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)


def _typed(terminal: int) -> str:
    """The next key of a terminal, which sends one that no letter stands for as ESCAPE and what follows at once, such as
    `[B`. terminal: its file descriptor."""
    key = os.read(terminal, 1)
    if key == ESCAPE.encode():
        while select.select([terminal], [], [], FOLLOWS)[0] and os.read(terminal, 1):
            pass
    return key.decode("ascii", "replace")
