"""Results of `make bench` (docs/benchmarks.json) in the book: a table for each group of tasks, and how often other
programs are faster. The book's extension makes a directive of it, speed; `guyub verify` looks for it on built pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis import study, wording
from analysis.book import prose_numbers

HEADS = ("Work", "Program", "CPU seconds", "Memory, MB", "Times as long as the first")
ANSWER = "answer"  # given instead of a group


def records(paths: study.Paths) -> list[dict[str, Any]]:
    """The measurements, one record per task and program."""
    return list(prose_numbers.lookup(paths, "benchmarks.records"))


def rows(paths: study.Paths, group: str) -> list[list[str]]:
    """The rows of a group's table."""
    return [[row["work"], *_cells(row)] for row in records(paths) if row["group"] == group]


def _cells(row: Mapping[str, Any]) -> list[str]:
    name = " ".join(filter(None, (row["tool"], row.get("version"))))
    if "not_run" in row:
        return [name, f"not run ({row['not_run']})", "–", "–"]
    return [name, _spread(row["cpu_s"]), prose_numbers.prose(row["peak_mb"], ",.0f"), _spread(row.get("ratio"))]


def _spread(value: Mapping[str, float] | None) -> str:
    """A median with minimum and maximum, where these differ."""
    if value is None:
        return "–"
    median, low, high = (_digits(value[key]) for key in ("median", "low", "high"))
    return median if low == high else f"{median} ({low} to {high})"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def answer(paths: study.Paths) -> str:
    """How often another program takes less time than Guyub, and which."""
    others = [row for row in records(paths) if "version" in row and "ratio" in row]
    ahead = [row for row in others if row["ratio"]["median"] < 1]
    counted = wording.count(len(others), "comparison")
    if not ahead:
        return f"In {counted} with other programs, none took less time than Guyub."
    named = wording.listed(f"{row['tool']} ({row['group']}: {row['work']})" for row in ahead)
    return f"In {counted} with other programs, the other took less time in {len(ahead)}: {named}."
