"""The interview turns that a person has read and lets the book quote (`guyub quotes`): the table that ingest makes from
data/raw/quotations.csv, and which of its decisions still hold."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis import study, tables, wording
from analysis.coding.anchors import text_hash
from analysis.errors import InputError

COLUMNS = ("unit_id", "text_sha256", "decision")  # text_sha256: of the text that was read
APPROVED = "approved"


def asked_for(study_file: Path) -> bool:
    """Whether study.yaml lets the book quote only what a person has approved. Raises InputError on any other value."""
    given = (study.read_yaml(study_file) or {}).get("quotations") if study_file.exists() else None
    if given not in (None, APPROVED):
        fix = f"Write {APPROVED}, or null for every turn whose speaker consents to quotations."
        raise InputError(f"`quotations` is {given!r}", path=study_file, fix=fix)
    return given == APPROVED


def read(ingest: Path) -> pd.DataFrame:
    """The decisions in ingest's folder: COLUMNS; none where it has no such table."""
    file = ingest / "approvals.parquet"
    return tables.read(file) if file.exists() else pd.DataFrame(columns=[*COLUMNS])


def approved(paths: study.Paths, utterances: pd.DataFrame) -> frozenset[str] | None:
    """The turns that may be quoted if study.yaml lets the book quote only approved ones; otherwise None."""
    if not asked_for(paths.root / "study.yaml"):
        return None
    return approved_turns(read(paths.processed("ingest")), utterances)


def approved_turns(approvals: pd.DataFrame, utterances: pd.DataFrame) -> frozenset[str]:
    """Turns that a person approved and whose text has not changed since."""
    decisions = settled(approvals, utterances)
    return frozenset(decisions.index[decisions == "show"])


def waiting(turns: int) -> str:
    """The sentence on pages and in `guyub check` that turns wait for a decision, without the final stop."""
    return wording.count(
        turns,
        "turn of interviews waits for approval (guyub quotes) and is not quoted until then",
        "turns of interviews wait for approval (guyub quotes) and are not quoted until then",
    )


def settled(approvals: pd.DataFrame, utterances: pd.DataFrame) -> pd.Series:
    """The decision on each turn whose text has not changed since it was read, by unit."""
    texts = utterances.set_index("utterance_id")["text"]
    now = approvals["unit_id"].map(texts.map(text_hash))
    return approvals[now == approvals["text_sha256"]].set_index("unit_id")["decision"]
