"""The raw files of a simulated study, written again by the simulation that MANIFEST.csv names, and compared.

So a changed chat, interview or coding of such a study is found even if every step was run on it. This takes some
seconds of processor time, and is done when the book is built again. Real files cannot be written again.
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
LARGEST = 10  # times the usual members and months: larger ones take too long to write again


class _Source(NamedTuple):
    """What a community is simulated from."""

    scenario: str
    seed: int
    members: int
    months: int


def simulated_files_are_those_of_the_simulation(subject: Subject) -> Iterator[Finding]:
    """Every raw file that MANIFEST.csv says the simulation wrote is, byte for byte, what it writes now.

    Files whose row does not say what they were simulated from, such as chats of many communities, and communities of
    more than LARGEST times the usual size are not checked.
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
    """The source named in MANIFEST.csv, if small enough to be written again; the usual size if it names none."""
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
