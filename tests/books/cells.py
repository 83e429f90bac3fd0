"""Raw files of studies that differ in how much was collected: the cells of the grid of books, and other small studies.

Shared by the tests and by benchmarks/grid.py. A cell's chats depend on its members alone, so that what its pages say
differs for one reason only.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from unittest import mock

import pandas as pd

from analysis.simulate import export, simulate_community
from analysis.simulate.community import Community

CODINGS, INTERVIEWS, PARTNERSHIPS, MEMBERS = (0, 12, 120, 2000), (0, 3), (0, 1, 60), (5, 24, 40)
SEED = 17
FEWEST = 8  # members of a simulated community; of fewer, the others are taken out of it


@dataclass(frozen=True)
class Cell:
    """How much was collected. codings: messages that two coders read (the interviews are coded too, unless it is 0);
    interviews; partnerships: declared ones, or one of every pair where there are fewer pairs; members; quotes: whether
    anybody agreed to be quoted."""

    codings: int
    interviews: int
    partnerships: int
    members: int
    quotes: bool = True

    @property
    def name(self) -> str:
        """The cell as a folder's name."""
        return f"c{self.codings}-i{self.interviews}-p{self.partnerships}-m{self.members}"


STUDIES = {  # studies in which claims are false or data one-sided, with the scenario of each
    "null": (Cell(800, 6, 60, 24), "null"),
    "open": (Cell(800, 6, 60, 24), "open"),
    "formal": (Cell(800, 6, 60, 24), "formal"),
    "broadcast": (Cell(800, 6, 60, 24), "broadcast"),
    "nobody-quoted": (Cell(800, 6, 60, 24, quotes=False), "published"),
    "one-partnership": (Cell(800, 6, 1, 24), "published"),
}
GRID = tuple(Cell(*each) for each in product(CODINGS, INTERVIEWS, PARTNERSHIPS, MEMBERS))


def community_of(members: int, *, messages: int, months: int, scenario: str = "published") -> Community:
    """The community whose chats the cells with so many members have."""
    whole = simulate_community(SEED, max(members, FEWEST), months, scenario, messages=messages)
    if members >= FEWEST:
        return whole
    kept = set(whole.people.name[:members])
    return replace(whole, messages=whole.messages[whole.messages.member.isin(kept)])


def write_raw(cell: Cell, community: Community, raw: Path) -> None:
    """Write the cell's raw files into raw, a new folder."""
    with mock.patch.object(export, "CODED", max(cell.codings, 1)), mock.patch.object(export, "ANNOTATED", 60):
        export.write_study(community, raw)
    people = set(community.people.name[: cell.members])
    keep_rows(raw / "members.csv", lambda row: row["name"] in people)
    if not cell.quotes:
        roster = raw / "members.csv"
        roster.write_text(roster.read_text("utf-8").replace(",quotes\n", ",aggregate\n"), encoding="utf-8")
    transcripts = sorted((raw / "transcripts").glob("*.txt"))
    for path in transcripts[cell.interviews :]:
        path.unlink()
    _partnerships(raw / "partnerships.csv", sorted(people), cell.partnerships)
    _codings(raw / "codings", cell)
    (raw / "MANIFEST.csv").unlink()
    export._manifest(community, [path for path in raw.rglob("*") if path.is_file()], raw)


def keep_rows(path: Path, wanted: Callable[[dict[str, str]], bool]) -> None:
    """Leave out the rows of a CSV file that are not wanted."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        names, rows = list(reader.fieldnames or ()), [row for row in reader if wanted(row)]
    path.write_text(export.to_csv(names, ([row[name] for name in names] for row in rows)), encoding="utf-8")


def _partnerships(path: Path, people: list[str], count: int) -> None:
    """So many declared partnerships: those of the community first, then of pairs in order; none is no file."""
    if not count:
        path.unlink()
        return
    rows = [
        row
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
        if {row["member_a"], row["member_b"]} <= set(people)
    ]
    taken = {frozenset((row["member_a"], row["member_b"])) for row in rows}
    days = pd.date_range("2024-03-01", periods=count, freq="3D").strftime("%Y-%m-%d")
    others = (pair for pair in combinations(people, 2) if frozenset(pair) not in taken)
    rows += [
        {"member_a": a, "member_b": b, "since": day, "kind": "resale"}
        for (a, b), day in zip(others, days, strict=False)
    ]
    chosen = rows[:count]
    path.write_text(
        export.to_csv(export.PARTNERS, ([row[name] for name in export.PARTNERS] for row in chosen)), encoding="utf-8"
    )


def _codings(folder: Path, cell: Cell) -> None:
    """Codings of units that the cell holds; no folder where nothing was coded."""
    if not cell.codings:
        shutil.rmtree(folder)
        return
    gone = tuple(f"wawancara-{number:02d}" for number in range(cell.interviews + 1, 13))
    for path in folder.glob("*.csv"):
        keep_rows(path, lambda row: not row["unit_id"].startswith(gone))
