"""A claim's result in a universe, and finished universes on disk, so that an interrupted run continues where it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis import disk, study
from analysis.arrays import Floats
from analysis.closure import stages
from analysis.errors import Missing
from analysis.robustness.choices import Universe


@dataclass(frozen=True)
class ClaimResult:
    """One claim in one universe. numbers: as the ledger judges them.

    observed: shape (tests,), permuted: shape (tests, R): the effect (first) and the statistics of further tests that
    must hold as well, on the data and under each of the relabellings that all universes share.
    """

    numbers: dict
    observed: Floats
    permuted: Floats


@dataclass(frozen=True)
class Finished:
    """Results of universes, stored by their inputs. folder: of all results with these inputs; None stores nothing."""

    folder: Path | None

    def of(self, *settings: object) -> Finished:
        """The results that were computed with these settings."""
        return Finished(self.folder and self.folder / _digest(repr(settings).encode()))

    def result(
        self, claim: str, universe: Universe, compute: Callable[[], ClaimResult | Missing]
    ) -> ClaimResult | Missing:
        """A claim's result in a universe, read from disk if it is there."""
        if self.folder is None:
            return compute()
        place = self.folder / f"{_digest(repr((claim, sorted(universe.items()))).encode())}.json"
        if place.exists():
            return _read(json.loads(place.read_text(encoding="utf-8")))
        result = compute()
        self.folder.mkdir(parents=True, exist_ok=True)
        disk.write_text(place, json.dumps(_written(result), default=lambda number: number.item()))
        return result


def place_of(paths: study.Paths) -> Path | None:
    """The folder, in .guyub, of results with the present parameters and dependencies of the stage; folders of earlier
    ones are removed. None if a notebook was opened by hand, as its code may differ from the files'."""
    described = paths.root / "dvc.yaml"
    if paths.scratch is not None or not described.exists():
        return None
    declared = stages(study.read_yaml(described))["robustness"].deps
    places = [paths.root / name for name in ("params.yaml", *sorted(declared))]
    files = [file for place in places for file in (sorted(place.rglob("*")) if place.is_dir() else [place])]
    read = hashlib.sha256()
    for file in (file for file in files if file.is_file() and file.suffix != ".pyc"):
        read.update(f"{file.relative_to(paths.root)} {_digest(file.read_bytes())}\n".encode())
    own = paths.root / ".guyub" / "robustness" / read.hexdigest()[:16]
    for other in (each for each in own.parent.glob("*") if each != own):
        shutil.rmtree(other)
    return own


def clear(paths: study.Paths) -> None:
    """Remove the stored results when the step has finished."""
    if paths.scratch is None:
        shutil.rmtree(paths.root / ".guyub" / "robustness", ignore_errors=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _written(result: ClaimResult | Missing) -> dict:
    if isinstance(result, Missing):
        return {"reason": result.reason}
    return {"numbers": result.numbers, "observed": result.observed.tolist(), "permuted": result.permuted.tolist()}


def _read(kept: dict) -> ClaimResult | Missing:
    if "reason" in kept:
        return Missing(kept["reason"])
    return ClaimResult(kept["numbers"], np.array(kept["observed"]), np.array(kept["permuted"]))
