"""data/raw/MANIFEST.csv: each raw file with its hash, and what only a person can know about it.

That is its source, its licence, on what ground it may be studied and, of a chat, a title that pages show and the order
of day, month and year in its dates, where it is another than that of the other files.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis import disk, study
from analysis.disk import sha256
from analysis.errors import InputError

NAME = "MANIFEST.csv"
FIELDS = ("path", "sha256", "kind", "source", "licence", "consent_basis", "simulated")
DECISIONS = "decisions"  # that people made in `guyub review` and `guyub quotes`
OWN = {  # files of a study that lie in data/raw itself, and their kinds
    "members.csv": "roster", "partnerships.csv": "partnerships", "codebook.yaml": "codebook", "sample.csv": "sample",
    "reviewed.csv": DECISIONS, "quotations.csv": DECISIONS,
}  # fmt: skip
KINDS = {"transcripts": "transcript", "codings": "codings", "annotations": "annotations", "chats": "chat"}


def read(raw: Path) -> dict[str, dict[str, str]]:
    """The manifest's rows by path; none where there is no manifest. Raises InputError where it is not a table
    of files."""
    listed = study.read_rows(raw / NAME)
    if listed and "path" not in listed[0]:
        fix = f"Its first line names the columns: {', '.join(FIELDS)}"
        raise InputError("the table has no column path", path=raw / NAME, line=1, fix=fix)
    return {row["path"]: row for row in listed}


def titles(raw: Path) -> dict[str, str]:
    """The titles that the author gave to chats, by path; none where there is no manifest or no column of them."""
    return _given(raw, "title")


def date_orders(raw: Path) -> dict[str, str]:
    """The orders of dates that the author gave for single chats, by path; none where there is no column of them."""
    return _given(raw, "date_order")


def _given(raw: Path, field: str) -> dict[str, str]:
    """The values of a field of the manifest's rows, by path."""
    return {path: value for path, row in read(raw).items() if (value := (row.get(field) or "").strip())}


def kind_of(path: str) -> str:
    """The kind of a raw file by its path in data/raw; empty where that does not say."""
    return OWN.get(path) or KINDS.get(path.partition("/")[0], "")


def simulated(raw: Path) -> set[str]:
    """The paths of the files that are simulated; none where there is no manifest."""
    return {path for path, row in read(raw).items() if row.get("simulated") == "yes"}


def entered(raw: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Enter rows (path, and any other fields), each in place of an older one of its path; without a hash, the file's.

    A row that does not say so is simulated where every file before it is: what is made of simulated texts is simulated.
    Writes the manifest, and returns its path. raw: the folder it describes.
    """
    before = read(raw)
    fields = dict.fromkeys(next(iter(before.values()), FIELDS))  # those that it has
    by_path = {path: {**row, "simulated": row.get("simulated") or "no"} for path, row in before.items()}
    usual = "yes" if {row["simulated"] for row in by_path.values()} == {"yes"} else "no"
    for row in rows:
        own = {**row, "sha256": row.get("sha256") or sha256(raw / row["path"])}
        own["simulated"] = row.get("simulated") or usual
        by_path[row["path"]] = own
        fields |= dict.fromkeys(name for name, value in own.items() if value)
    with disk.whole(raw / NAME) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        # a field that no row fills stays out
        writer = csv.DictWriter(out, list(fields), lineterminator="\n", restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(by_path.values())
    return raw / NAME
