"""COREQ: the 32-item checklist for reporting qualitative research (Tong, Sainsbury and Craig 2007).

The study fills in what it can count; study.yaml states what only the author knows; what nobody stated is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis import study
from analysis.errors import InputError, Missing

ITEMS = Path(__file__).with_name("coreq.yaml")
NOT_STATED = "not stated"


def load_items(path: Path = ITEMS) -> pd.DataFrame:
    """The items: number, domain, item, stated (a key in study.yaml), computed (a fact's name); missing if there is
    none.
    """
    frame = pd.DataFrame(study.read_yaml(path)["items"], dtype=object)
    return frame.astype({"number": "int64"})[["number", "domain", "item", "stated", "computed"]]


def stated(study_file: Path, items: pd.DataFrame) -> dict[str, str]:
    """The answers under `coreq` in study.yaml, without unknown ones (null); empty if there is no such file.

    Raises InputError on a key that no item asks for.
    """
    if not study_file.exists():
        return {}
    given = (study.read_yaml(study_file) or {}).get("coreq") or {}
    unknown = sorted(set(given) - set(items["stated"].dropna()))
    if unknown:
        raise InputError(
            f"`coreq` has keys that no item asks for: {', '.join(unknown)}",
            path=study_file,
            fix=f"The keys are {', '.join(items['stated'].dropna())}.",
        )
    return {key: str(value) for key, value in given.items() if value is not None}


def language(study_file: Path) -> str:
    """The language of the talk, a BCP 47 tag such as id; "und" (undetermined) if study.yaml does not state it."""
    given = (study.read_yaml(study_file) or {}) if study_file.exists() else {}
    return str(given.get("language") or "und")


def fill(items: pd.DataFrame, given: Mapping[str, str], *facts: Mapping[str, str] | Missing) -> pd.DataFrame:
    """The filled checklist: number, domain, item, answer, source (computed, stated, computed and stated, or missing).

    given: as from stated. facts: computed answers by name; none where there are no interviews.
    """
    computed = {name: words for part in facts if not isinstance(part, Missing) for name, words in part.items()}
    rows = []
    for row in items.itertuples(index=False):
        both = {"computed": computed.get(row.computed, ""), "stated": given.get(row.stated, "")}
        parts = {source: answer for source, answer in both.items() if answer}
        answer, source = "; ".join(parts.values()) or NOT_STATED, " and ".join(parts) or "missing"
        rows.append((row.number, row.domain, row.item, answer, source))
    return pd.DataFrame(rows, columns=["number", "domain", "item", "answer", "source"])
