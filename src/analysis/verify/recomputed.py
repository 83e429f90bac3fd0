"""Check by recomputing that quick results follow from the tables that they are computed from.

Covers whole steps that are quick, and parts of others on which the claims rest: what follows from the codes that people
and classifiers gave, who answers whom, the numbers of C1 and C2 with their tests, and the universes with their
verdicts. It uses this tool's code, and skips steps whose code the author changed: `release` lists that. LONGER steps
are recomputed whole while --rebuild builds the book; coding, network and robustness only by --rerun.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import image

from analysis import study, tables
from analysis.book import preview_card
from analysis.coding import step as coding
from analysis.coding.again import again as coded_again
from analysis.network import step as network
from analysis.partnership import step as partnership
from analysis.robustness import step as robustness
from analysis.robustness.again import again
from analysis.verify import release
from analysis.verify.differences import differences
from analysis.verify.subject import REBUILD, SITE, Check, Finding, Subject

WHOLE = ("sharing", "themes", "claims")  # take a second or two each
LONGER = ("partnership", "recommendations")  # take some ten seconds each
ALIKE = 1.001e-6  # relative: one unit of metrics' last digit, since processors round differently
FITTED: dict[str, Any] = {  # tolerances where an optimiser's end point differs and equally probable rows change places
    "network": {"nearly": 1e-4, "by": ["message_id", "reply_to"]},
}
Make = Callable[[study.Paths], None]  # computes a step, or a part of it, into the scratch folder
CARD = f"{SITE}/_static/{preview_card.NAME}"
SHADE = 0.02  # of 1: most that a pixel may differ
FIX = "Compute it again: dvc repro --force {step}"


def _codes(paths: study.Paths) -> None:
    """Compute everything that follows from the coders' codes and the classifiers' probabilities."""
    coding.write(paths, coded_again(coding.Params(**_params(paths, "coding")), paths))


def _replies(paths: study.Paths) -> None:
    """Compute who answers whom, by marks, annotations and the model."""
    params = network.Params(**_params(paths, "network"))
    data = network.read(paths, params)
    adaptation = network.adapted(network.labels_of(data), seed=params.seed)
    replies = network.infer_replies(data.messages, adaptation=adaptation, scored=data.scored)
    tables.write(replies, paths.results.processed("network") / "replies.parquet", tables.Replies)


def _tested(paths: study.Paths) -> None:
    """Compute the numbers of C1 and C2, together with what else the step wrote."""
    params = partnership.Params(**_params(paths, "partnership"))
    data = partnership.read(paths, params)
    written = json.loads(paths.metrics("partnership").read_text(encoding="utf-8"))
    claims = {  # together with the claim's other specifications, which are not recomputed
        claim: numbers if numbers["status"] == "missing" else written[claim] | numbers
        for claim, numbers in partnership.claims_alone(data, params).items()
    }
    study.write_metrics(paths, "partnership", written | claims)


def _multiverse(paths: study.Paths) -> None:
    """Compute the universes that must exist, their verdicts, and the metrics of both; nothing where none were tried."""
    if study.read_metrics(paths, "robustness")["status"] == "missing":
        return
    rows, metrics = again(robustness.Params(**_params(paths, "robustness")), paths)
    tables.write(rows, paths.results.processed("robustness") / "universes.parquet")
    study.write_metrics(paths, "robustness", metrics)


PARTS: dict[str, Make] = {
    "coding": _codes, "network": _replies, "partnership": _tested, "robustness": _multiverse,
}  # fmt: skip


def results_follow_from_their_tables(subject: Subject) -> Iterator[Finding]:
    """The tables and metrics of WHOLE steps, and PARTS of others, are those that the tables of earlier steps give."""
    for part in EACH:
        yield from part(subject)


def longer_steps_follow_from_their_tables(subject: Subject) -> Iterator[Finding]:
    """All tables and metrics of LONGER steps are those that the tables of earlier steps give."""
    for step in LONGER:
        yield from _unlike(step, partial(_whole, step), subject)


def _of_the_author(subject: Subject) -> Collection[str]:
    """Files that differ from the release."""
    return release.changes(subject).keys() if release.tool(subject.root).base else ()


def _unlike(step: str, make: Make, subject: Subject) -> Iterator[Finding]:
    """Differences in a step that has run and uses none of the author's files."""
    if subject.paths.metrics(step).exists() and subject.step_files(step).isdisjoint(_of_the_author(subject)):
        yield from _differing(subject.paths, step, make)


def _card(subject: Subject) -> Iterator[Finding]:
    """A finding if the preview picture for links to the book is not what the ledger gives."""
    there = subject.paths.root / CARD
    own = "src/analysis/book/preview_card.py" not in _of_the_author(subject)
    if own and there.exists() and subject.paths.metrics("claims").exists():
        old, new = image.imread(there), image.imread(io.BytesIO(preview_card.draw(subject.paths)))
        if old.shape != new.shape or np.abs(old - new).max() > SHADE:
            yield Finding(CARD, "drawn again from the ledger, it differs", REBUILD)


def _differing(paths: study.Paths, step: str, make: Make) -> Iterator[Finding]:
    """Differences between what a step gives now (make) and what it wrote."""
    with tempfile.TemporaryDirectory(prefix="guyub-recompute-") as folder:
        scratch = study.Paths(paths.root, Path(folder).resolve())
        make(scratch)
        for made in sorted(path for path in scratch.results.root.rglob("*") if path.is_file()):
            name = made.relative_to(scratch.results.root).as_posix()
            there = paths.root / name
            if not alike(there, made, **FITTED.get(step, {})):
                what = f"computed again from the tables of earlier steps, it differs: {next(differences(there, made))}"
                yield Finding(name, what, FIX.format(step=step))


def _whole(step: str, paths: study.Paths) -> None:
    """Compute everything that a step writes."""
    module = import_module(f"analysis.{step}.step")
    module.run(module.Params(**_params(paths, step)), paths)


def _params(paths: study.Paths, step: str) -> dict[str, Any]:
    """A step's parameters as params.yaml gives them, of whatever type."""
    return study.step_params(paths, step)


def alike(there: Path, made: Path, nearly: float = ALIKE, by: Sequence[str] = ()) -> bool:
    """Whether two files, tables or JSON, hold the same. nearly: relative tolerance of numbers; by: columns by which a
    table's rows are sorted, if their order may differ."""
    if not there.is_file():
        return False
    if there.read_bytes() == made.read_bytes():
        return True
    if made.suffix == ".parquet":
        return _same_table(_table(there, by), _table(made, by), nearly)
    one, other = (json.loads(file.read_text(encoding="utf-8")) for file in (there, made))
    return _same(one, other, nearly)


def _table(file: Path, by: Sequence[str]) -> pd.DataFrame:
    """A table, sorted by columns if any are given."""
    table = pd.read_parquet(file)
    return table.sort_values([*by], ignore_index=True) if by else table


def _same_table(one: pd.DataFrame, other: pd.DataFrame, nearly: float) -> bool:
    """Whether two tables are the same. nearly: as in alike."""
    if list(one.columns) != list(other.columns) or not one.index.equals(other.index):
        return False
    return all(_same_column(one[name], other[name], nearly) for name in one.columns)


def _same_column(one: pd.Series, other: pd.Series, nearly: float) -> bool:
    """Whether two columns of numbers, words or lists are the same. nearly: as in alike."""
    if all(pd.api.types.is_float_dtype(column) for column in (one, other)):
        a, b = (column.to_numpy(float) for column in (one, other))
        return bool(np.all((np.abs(a - b) <= nearly * np.maximum(1.0, np.abs(a))) | (np.isnan(a) & np.isnan(b))))
    if "object" in (one.dtype, other.dtype):
        lists = ([list(cell) if isinstance(cell, np.ndarray) else cell for cell in column] for column in (one, other))
        return _same(next(lists), next(lists), nearly)
    return bool(((one == other) | (one.isna() & other.isna())).all())


def _same(one: Any, other: Any, nearly: float) -> bool:
    """Whether two values are the same. nearly: as in alike."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key], nearly) for key in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(partial(_same, nearly=nearly), one, other))
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= nearly * max(1.0, abs(one)) or (one != one and other != other)
    return bool(one == other) or (pd.api.types.is_scalar(one) and pd.isna(one) and pd.isna(other))


EACH: tuple[Check, ...] = (  # independent of one another, so that two processes can share them; the claims with the
    _card,  # checks that read code as they do
    *(partial(_unlike, step, make) for step, make in PARTS.items()),
    *(partial(_unlike, step, partial(_whole, step)) for step in WHOLE),
)
