"""Books of studies with little in them: is any sentence of any book false?

    python benchmarks/grid.py                # six books more, some ten minutes
    python benchmarks/grid.py --cells 72     # the whole grid, some two hours of CPU
    python benchmarks/grid.py --studies      # the six small studies in which claims are false or data one-sided

Each cell of codings x interviews x partnerships x members (tests/books/cells.py) is simulated, run by its notebooks
with few draws and without robustness, built, and read page by page by tests/books/checker.py. A row goes into
benchmarks/grid.csv when its book is read: the cell, blocks of text read, false ones, CPU seconds, date and commit. What
has a row is not run again, so the next call goes on where this one stopped; `--fresh` begins anew. False sentences are
printed, and kept in build/grid/false.txt.
"""

from __future__ import annotations

import argparse
import csv
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.books import chain, checker  # noqa: E402
from tests.books.cells import GRID, STUDIES, Cell, community_of, write_raw  # noqa: E402

from analysis import book, study  # noqa: E402

TABLE, PLACE = HERE / "grid.csv", HERE.parent / "build" / "grid"
COLUMNS = ("cell", "scenario", "messages", "blocks", "false", "cpu_s", "date", "commit")
MESSAGES, MONTHS, MOST = 6_600, 9, 20  # of each community; draws of everything
MIN_POSITIVES = 20  # as in params.yaml


def cpu() -> float:
    """Seconds of CPU of this process and of those it waited for."""
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def built(name: str, cell: Cell, scenario: str, messages: int) -> study.Paths:
    """The cell's study in build/grid, run and built."""
    root = PLACE / name
    shutil.rmtree(root, ignore_errors=True)
    paths = chain.prepare(root, most=MOST, min_positives=MIN_POSITIVES, whole=True)
    write_raw(cell, community_of(cell.members, messages=messages, months=MONTHS, scenario=scenario), paths.raw)
    for step in study.STEPS:
        chain.run(paths, step, drawn=True)
    book.build(paths)
    return paths


def row_of(name: str, cell: Cell, scenario: str, messages: int) -> tuple[dict[str, object], list[checker.Finding]]:
    """A row of the table, and what is false in the book."""
    begun = cpu()
    paths = built(name, cell, scenario, messages)
    pages = checker.site_of(paths.book / "_build" / "html")
    found = checker.findings(pages, checker.facts_of(paths))
    commit = subprocess.run(["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    values = (name, scenario, messages, sum(map(len, pages.values())), len(found), round(cpu() - begun))
    return dict(zip(COLUMNS, (*values, date.today().isoformat(), commit.stdout.strip()), strict=True)), found


def wanted(studies: bool) -> Iterator[tuple[str, Cell, str, int]]:
    """Name, cell, scenario and messages of each book, in an order in which neighbours differ in all."""
    if studies:
        yield from ((name, cell, scenario, 2_400) for name, (cell, scenario) in STUDIES.items())
        return
    for cell in (GRID[k * 29 % len(GRID)] for k in range(len(GRID))):  # 29 and 72 have no factor in common
        yield cell.name, cell, "published", MESSAGES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=6, help="at most so many books more (%(default)s)")
    parser.add_argument("--messages", type=int, help="of each community, instead of the usual")
    parser.add_argument("--studies", action="store_true", help="the six small studies instead of the grid")
    parser.add_argument("--fresh", action="store_true", help="forget the rows that are there")
    options = parser.parse_args()
    if options.fresh:
        TABLE.unlink(missing_ok=True)
    done = list(csv.DictReader(TABLE.open(encoding="utf-8"))) if TABLE.exists() else []
    names = {row["cell"] for row in done}
    left = [each for each in wanted(options.studies) if each[0] not in names][: options.cells]
    for name, cell, scenario, messages in left:
        row, found = row_of(name, cell, scenario, options.messages or messages)
        done.append({column: str(row[column]) for column in COLUMNS})
        with TABLE.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(done)
        with (PLACE / "false.txt").open("a", encoding="utf-8") as out:
            out.writelines(f"{name} {each}\n" for each in found)
        print(f"{name}: {row['blocks']} blocks, {row['false']} false, {row['cpu_s']} s of CPU")
        print("".join(f"  {each}\n" for each in found), end="")
        shutil.rmtree(PLACE / name)
    false = sum(int(row["false"]) for row in done)
    print(f"{len(done)} books read, {false} false sentences")


if __name__ == "__main__":
    main()
