"""Whether results that take a moment follow from the tables that they are computed of: these are computed here again.

With this tool's code, and not where the author changed what the step runs: `release` lists that. Steps that take longer
are computed again by --rerun alone.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import study
from analysis.verify import release
from analysis.verify.differences import differences
from analysis.verify.subject import Finding, Subject

STEPS = ("sharing", "themes", "claims")  # a second or two each
ALIKE = 1e-6  # relative; another processor rounds otherwise
FIX = "Compute it again: dvc repro --force {step}"


def results_follow_from_their_tables(subject: Subject) -> Iterator[Finding]:
    """The tables and metrics of STEPS are those that the tables of earlier steps give."""
    others = release.changes(subject).keys() if release.tool(subject.root).base else frozenset[str]()
    for step in STEPS:
        if subject.paths.metrics(step).exists() and not others & subject.step_files(step):
            yield from _differing(subject.paths, step)


def _differing(paths: study.Paths, step: str) -> Iterator[Finding]:
    """What a step gives now and what it wrote, where they differ."""
    module = import_module(f"analysis.{step}.step")
    with tempfile.TemporaryDirectory(prefix="guyub-recompute-") as folder:
        scratch = study.Paths(paths.root, Path(folder).resolve())
        module.run(module.Params(**study.step_params(paths, step)), scratch)
        for made in sorted(path for path in scratch.results.root.rglob("*") if path.is_file()):
            name = made.relative_to(scratch.results.root).as_posix()
            there = paths.root / name
            if not alike(there, made):
                what = f"computed again from the tables of earlier steps, it differs: {next(differences(there, made))}"
                yield Finding(name, what, FIX.format(step=step))


def alike(there: Path, made: Path) -> bool:
    """Whether two files, tables or JSON, hold the same, numbers to within ALIKE."""
    if not there.is_file():
        return False
    if there.read_bytes() == made.read_bytes():
        return True
    if made.suffix == ".parquet":
        return _same(*(pd.read_parquet(path).to_dict("split") for path in (there, made)))
    return _same(*(json.loads(path.read_text(encoding="utf-8")) for path in (there, made)))


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same, numbers in them to within ALIKE."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= ALIKE * max(1.0, abs(one)) or (one != one and other != other)
    return bool(one == other) or (pd.api.types.is_scalar(one) and pd.isna(one) and pd.isna(other))
