"""Comparison of two coders' files as soon as both exist: agreement on each code, and the passages to discuss.

The passages on which they differ can be written to a page on which people decide together. It saves codings of the
coder `consensus`, which settle the passages' codes and leave each coder's own codings unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import disk, study, wording
from analysis.codebook import Codebook, load
from analysis.coding import exchange, forms, handout, human
from analysis.coding.agreement import agreement_table
from analysis.coding.anchors import check_anchors
from analysis.coding.human import CONSENSUS
from analysis.errors import InputError, noting, refuse
from analysis.ingest.sheets import coded

SHOWN = 5  # passages that are printed
WORDS = 160  # characters of a passage that are printed


@dataclass(frozen=True)
class CodersCompared:
    """The comparison of coders' files. coders: names. both: passages that two of them read. table: agreement_table of
    the codes that can be given. disputed: human.disputed. rows: the disputed passages as handout.passages returns them.
    said: the codes each coder gave. floor: least alpha for conclusions. broken: codings left out, as their words are
    not found."""

    book: Codebook
    coders: list[str]
    both: int
    table: pd.DataFrame
    disputed: pd.DataFrame
    rows: pd.DataFrame
    said: dict[str, dict[str, list[str]]]
    floor: float
    broken: int

    def text(self) -> str:
        """The comparison in plain words, the passages with most differences last."""
        same = self.both - len(self.disputed)
        passages = wording.count(self.both, "passage")
        coders = wording.listed(self.coders)
        who = f"{coders} both" if len(self.coders) == 2 else f"Two or more of {coders}"
        lines = [f"{who} read {passages}, and gave the same codes to {same}."]
        lines += [f"{wording.count(self.broken, 'coding')} left out: the words are not found any more."] * bool(
            self.broken
        )
        return "\n".join([*lines, "", *_table(self.table, self.floor), *self._passages()])

    def _passages(self) -> list[str]:
        if self.rows.empty:
            return []
        lines = [
            "",
            f"To discuss, those with most differing codes first ({min(SHOWN, len(self.rows))} of {len(self.rows)}):",
        ]
        said = self.disputed.set_index("unit_id")["said"]
        for row in self.rows.head(SHOWN).itertuples():
            short = row.text if len(row.text) <= WORDS else row.text[: WORDS - 1] + "…"
            lines += [f"  {row.unit_id}, {row.head}: {' '.join(short.split())!r}", f"      {said[row.unit_id]}"]
        return lines


def _table(table: pd.DataFrame, floor: float) -> list[str]:
    """Agreement by code as lines: alpha, its interval, and the passages to which all, and only some, gave the code."""
    given = table[(table["level"] == "leaf") & (table["agreed"] + table["disputed"] > 0)]
    width = max([len(code) for code in given["code"]] + [4])
    lines = [f"{'code':<{width}}  alpha  95% interval   all gave it  some did"]
    for row in given.itertuples():
        alpha = wording.number(row.alpha) if row.alpha == row.alpha else "none"
        between = wording.between(row.low, row.high) if row.low == row.low else ""
        mark = "" if row.alpha >= floor else "  below the floor" if row.alpha == row.alpha else ""
        lines.append(f"{row.code:<{width}}  {alpha:>5}  {between:<13}  {row.agreed:>11}  {row.disputed:>8}{mark}")
    floor_line = f"Alpha is Krippendorff's: 1 is full agreement, 0 what chance gives. The study's floor is {floor:g}."
    return [*lines, floor_line] if len(given) else ["Nobody gave any code."]


def compare(paths: study.Paths, files: Sequence[Path]) -> CodersCompared:
    """Compare coders' files in any form that `guyub import` takes; nothing is written.

    A coder is named as in the file, or after the file where it names none or where two files of a coder have a passage
    in common; files of different passages by one coder are joined. The floor, the confidence and the resamples are
    those of the step coding. Raises InputError when a file cannot be used, when there are fewer than two coders, or
    when no passage was read by two of them.
    """
    texts = exchange.units(paths).set_index("unit_id")["text"]
    parts, broken, errors = [], 0, list[InputError]()
    for file in files:
        with noting(errors):
            anchored = check_anchors(exchange.project_of(paths, file, texts, coder=file.stem).codings, texts)
            parts.append(coded(exchange.usable(paths, file, anchored, texts)))
            broken += len(anchored.broken)
    refuse(errors)
    codings = pd.concat(_named(parts, files), ignore_index=True)
    coders = sorted(set(codings["coder"]) - {CONSENSUS})
    if len(coders) < 2:
        raise InputError(f"fewer than two coders: {', '.join(coders)}", fix="Give the files of two coders.")
    book, params = load(paths.raw / "codebook.yaml"), study.step_params(paths, "coding")
    applied = human.independent(human.presence(codings, book))
    draws: dict[str, Any] = {name: params[name] for name in ("confidence", "bootstrap", "seed")}
    floor = float(str(params["alpha_floor"]))
    table = agreement_table(applied, book, floor=floor, **draws)
    disputed = human.disputed(applied, book.leaves)
    readers = applied.groupby("unit_id").size()
    rows = handout.passages(paths, disputed["unit_id"].tolist())
    said = forms.said(applied, book.leaves)
    return CodersCompared(book, coders, int((readers > 1).sum()), table, disputed, rows, said, floor, broken)


def _named(parts: list[pd.DataFrame], files: Sequence[Path]) -> list[pd.DataFrame]:
    """The codings of each file; a coder who read the same passage in two of them is named after each file instead."""
    read = pd.concat([part[["coder", "unit_id"]].drop_duplicates() for part in parts])
    shared = set(read.loc[read.duplicated(), "coder"]) - {CONSENSUS}
    if shared and len({file.stem for file in files}) < len(files):
        raise InputError(f"{sorted(shared)[0]!r} is the coder in two files of the same name", fix="Rename one of them.")
    return [
        part.assign(coder=part["coder"].where(~part["coder"].isin(shared), file.stem))
        for part, file in zip(parts, files, strict=True)
    ]


def check_page(out: Path) -> None:
    """Raises InputError when no page for decisions can be written there: not .html, or the file exists already."""
    if out.suffix.lower() != ".html":
        raise InputError("a page for decisions must be an .html file", path=out, fix="End its name in .html.")
    if out.exists():
        raise InputError("this file exists already", path=out, fix="Move it away, or give another name.")


def write_page(comparison: CodersCompared, out: Path) -> Path:
    """Write the page on which people decide on the disputed passages. Raises InputError when it is not .html, when the
    file exists already, and when nothing is disputed."""
    check_page(out)
    if comparison.rows.empty:
        raise InputError("there is nothing to decide: all coders gave the same codes")
    said = {unit: comparison.said[unit] for unit in comparison.rows["unit_id"]}
    disk.write_text(out, forms.page(comparison.rows, comparison.book, said=said))
    return out
