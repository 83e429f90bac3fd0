"""The list of checks as data: their names, what they catch, and what they cannot see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from analysis.errors import InputError


@dataclass(frozen=True)
class CheckDescription:
    """A check in words. catches: what a finding means; limits: what it cannot see; needs: "rebuild" (of the book) or
    "rerun" (of everything), where reading is not enough; notice: its findings are not failures until a release.

    data: files and folders without which, if a research object leaves one out, nothing can be checked; partly: those
    without which part of it cannot.
    """

    name: str
    catches: str
    limits: str
    needs: str = ""
    notice: bool = False
    data: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()


def catalogue() -> list[CheckDescription]:
    """Every check, in the order in which they are reported."""
    rows = yaml.safe_load(Path(__file__).with_name("catalogue.yaml").read_text(encoding="utf-8"))
    lists = ("data", "partly")
    return [CheckDescription(**row | {key: tuple(row[key]) for key in lists if key in row}) for row in rows]


@dataclass(frozen=True)
class ChecklistItem:
    """A line of a reviewer's checklist. machine: checks or commands that answer it; person: what a person must."""

    item: str
    machine: tuple[str, ...]
    person: str


def checklist(name: str) -> list[ChecklistItem]:
    """A checklist by its name. Raises InputError when there is none of that name."""
    lists = yaml.safe_load(Path(__file__).with_name("checklists.yaml").read_text(encoding="utf-8"))
    if name not in lists:
        raise InputError(f"no checklist is called {name!r}", fix=f"Use one of {', '.join(lists)}.")
    return [ChecklistItem(row["item"], tuple(row["machine"]), row["person"]) for row in lists[name]]


@cache
def allowances() -> list[dict[str, str]]:
    """Numbers that prose may hold: text, why (reason), and if any the pattern of which text is an example."""
    return yaml.safe_load(Path(__file__).with_name("allowed.yaml").read_text(encoding="utf-8"))
