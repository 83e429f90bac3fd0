"""What a study found, as frames: the tables that its steps wrote and the numbers of its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import study
from analysis.errors import InputError
from analysis.trace.metrics import leaves


@dataclass(frozen=True)
class Results:
    """The results of a study that has run.

    root: its folder. metrics: of each step that has run, as in metrics/<step>.json. Its tables are read when asked for:
    `results["sharing/counts"]`; `results.tables` names them.
    """

    root: Path
    metrics: Mapping[str, Mapping[str, Any]]

    @property
    def tables(self) -> list[str]:
        """The names of the tables, `step/name`."""
        made = study.Paths(self.root).processed("ingest").parent
        return sorted(path.relative_to(made).with_suffix("").as_posix() for path in made.glob("*/*.parquet"))

    def __getitem__(self, name: str) -> pd.DataFrame:
        """A table by its name. Raises InputError when the study has none of that name."""
        if name not in self.tables:
            raise InputError(
                f"this study has no table {name!r}", path=self.root, fix=f"It has {', '.join(self.tables)}."
            )
        step, _, table = name.partition("/")
        return pd.read_parquet(study.Paths(self.root).processed(step) / f"{table}.parquet")

    @property
    def numbers(self) -> pd.DataFrame:
        """Every number and text of the metrics in a tidy frame: step, name (dotted), value. What could not be computed
        has the name `....status` with the value "missing", and its reason."""
        rows = [(step, ".".join(name), value) for step, own in self.metrics.items() for name, value in leaves(own)]
        return pd.DataFrame(rows, columns=["step", "name", "value"])

    @property
    def claims(self) -> pd.DataFrame:
        """The ledger: a row a claim with its value, interval, p-values, verdict and reason. Raises InputError when the
        step claims has not run."""
        if "claims" not in self.metrics:
            raise InputError("this study has no ledger yet", path=self.root, fix="Run it: dvc repro")
        return pd.DataFrame(self.metrics["claims"]["claims"])


def load_results(folder: str | Path = ".") -> Results:
    """The results of the study that holds this folder.

    folder: a study or a folder in one, such as that of its notebooks. Returns Results, whose tables and numbers are
    pandas frames. Raises InputError when the folder lies in no study, or the study has not run.
    """
    paths = study.here(Path(folder))
    metrics = {step: study.read_metrics(paths, step) for step in study.STEPS if paths.metrics(step).exists()}
    if not metrics:
        raise InputError("this study has not run", path=paths.root, fix="Run it: dvc repro")
    return Results(paths.root, metrics)
