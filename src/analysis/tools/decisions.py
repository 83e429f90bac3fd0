"""Decisions that a person makes one after the other at the keyboard, kept as raw data after each."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from analysis import study
from analysis.ingest import manifest

Waiting = TypeVar("Waiting")


def decided(
    waiting: Sequence[Waiting], key: Callable[[Waiting, int], str], *, keys: Mapping[str, str],
    name: Callable[[Waiting], str],
) -> Iterator[dict[str, str]]:  # fmt: skip
    """The decisions by name after each answer. key: asks for one, given how many were decided: one of keys, b (back to
    the one before) or q (stop); others ask again."""
    decisions: dict[str, str] = {}
    place = 0
    while place < len(waiting) and (answer := key(waiting[place], place)) != "q":
        if answer == "b" and place > 0:
            place -= 1
            decisions.pop(name(waiting[place]), None)
            yield {**decisions}
        elif answer in keys:
            decisions[name(waiting[place])] = keys[answer]
            place += 1
            yield {**decisions}


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table of decisions whole, or leave the one before."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    partial.replace(path)


def enter(paths: study.Paths, file: str) -> None:
    """Enter a table of decisions into MANIFEST.csv, where it is."""
    if (paths.raw / file).exists():
        simulated = {"simulated": "yes"} if paths.simulated else {}
        before = manifest.read(paths.raw).get(file, {"kind": "decisions"})
        manifest.entered(paths.raw, [{**before, "path": file, **simulated}])


def asked(question: str) -> str:
    """The key that answers a question; q where there is no terminal to answer."""
    print(question, end="", flush=True)
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
