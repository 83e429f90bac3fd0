"""The list of checks as data: their names, what they catch, and what they cannot see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Entry:
    """A check in words. catches: what a finding means; limits: what it cannot see; rerun: it needs a whole run."""

    name: str
    catches: str
    limits: str
    rerun: bool = False


def catalogue() -> list[Entry]:
    """Every check, in the order of telling."""
    rows = yaml.safe_load(Path(__file__).with_name("catalogue.yaml").read_text(encoding="utf-8"))
    return [Entry(**row) for row in rows]
