"""The raw files of a simulated study, written again by the simulation that MANIFEST.csv names, and compared.

So whoever changes a chat, an interview or a coding of such a study, and runs every step on it, is found all the same.
It takes some seconds of processor, and goes with the book that is built again. Real files nobody can write again.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import NamedTuple

from analysis.simulate import simulate_community
from analysis.simulate.export import USUAL_SIZE, write_study
from analysis.verify.derived import GENERATED
from analysis.verify.differences import differences
from analysis.verify.subject import Finding, Subject

_SOURCE = re.compile(
    rf"{GENERATED} \(scenario (?P<scenario>\w+), seed (?P<seed>\d+)"
    r"(?:, (?P<members>\d+) members, (?P<months>\d+) months?)?\)"
)
AGAIN = "guyub simulate --out FOLDER --scenario {} --seed {} --members {} --months {}"
FIX = f"Take the file as the simulation writes it: {AGAIN}"
LARGEST = 10  # times the usual members and months: more takes too long to be written again


class _Source(NamedTuple):
    """What a community is simulated from."""

    scenario: str
    seed: int
    members: int
    months: int


def simulated_files_are_those_of_the_simulation(subject: Subject) -> Iterator[Finding]:
    """Every raw file that MANIFEST.csv says the simulation wrote is, byte for byte, what it writes now.

    Not of files whose line does not say what they were simulated from, as of chats of many communities, nor of a
    community of more than LARGEST times the usual size.
    """
    named: dict[_Source, list[str]] = {}
    for row in subject.manifest:
        if source := _source(str(row.get("source"))):
            named.setdefault(source, []).append(str(row.get("path")))
    for source, files in named.items():
        with tempfile.TemporaryDirectory(prefix="guyub-simulate-") as folder:
            again = Path(folder) / "raw"
            write_study(simulate_community(source.seed, source.members, source.months, source.scenario), again)
            yield from _unlike(subject, again, files, source)


def _source(written: str) -> _Source | None:
    """What a source in MANIFEST.csv names, of a size that is written again; the usual size where it names none."""
    if (found := _SOURCE.fullmatch(written)) is None:
        return None
    scenario, seed, members, months = found.group("scenario", "seed", "members", "months")
    size = USUAL_SIZE if members is None else (int(members), int(months))
    return _Source(scenario, int(seed), *size) if prod(size) <= LARGEST * prod(USUAL_SIZE) else None


def _unlike(subject: Subject, again: Path, files: list[str], source: _Source) -> Iterator[Finding]:
    for name in files:
        there = subject.paths.raw / name
        if there.is_file() and (unlike := next(differences(there, again / name), "")):
            what = f"the simulation that MANIFEST.csv names (seed {source.seed}) writes it otherwise: {unlike}"
            yield Finding(subject.name(there), what, FIX.format(*source))
