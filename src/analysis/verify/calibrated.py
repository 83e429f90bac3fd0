"""Whether the error rates that the study reports were measured on its present code, and follow from what was tried."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from analysis import study
from analysis.calibration import run
from analysis.errors import InputError
from analysis.fingerprint import earlier_code, plan_changed
from analysis.verify.history import git
from analysis.verify.subject import Finding, Subject

FIX = "Measure them again: make calibrate, then dvc repro"
NOTED = "calibration/provenance.yaml"
RUNS = "calibration/runs"  # the communities that were tried; a study that was begun with Guyub has the tables only
BACK = "Take it from git, or measure again: make calibrate"


def rates_are_of_this_code(subject: Subject) -> Iterator[Finding]:
    """The tables of calibration were measured on the present code, data files and settings, and by the present plan."""
    if earlier := earlier_code(subject.root):
        what = f"rates were measured on earlier code (fingerprint {earlier})"
        yield Finding(NOTED, what, fix=FIX)
    if plan_changed(subject.root):
        yield Finding("calibration/plan.yaml", "rates were measured before this plan was changed", fix=FIX)


def tables_follow_from_the_communities(subject: Subject) -> Iterator[Finding]:
    """Each table of calibration, counted anew from the communities that were tried, is the one that is there.

    Nothing where those are not part of the study.
    """
    gone = [name for name in (git(subject, "ls-files", RUNS) or "").splitlines() if not (subject.root / name).is_file()]
    yield from (Finding(name, "it is gone, and the tables of calibration rest on it", BACK) for name in gone)
    if gone or not (subject.root / RUNS).is_dir() or not (subject.root / NOTED).is_file():
        return
    noted = subject.yaml(NOTED)
    plan = replace(run.load(subject.root, final=bool(noted["final"])), code=noted["code"])
    with tempfile.TemporaryDirectory() as made:
        shutil.copytree(subject.root / "calibration", Path(made) / "calibration")
        try:
            tables = run.write_tables(replace(plan, root=Path(made)))
        except InputError as error:
            yield Finding(RUNS, f"no tables can be counted from it: {error.what}", BACK)
            return
        for name in (f"calibration/{table}.csv" for table in tables):
            if subject.text(name) != (Path(made) / name).read_text(encoding="utf-8"):
                yield Finding(name, f"it is not what the communities in {RUNS} give", BACK)
        again = study.parsed_yaml((Path(made) / NOTED).read_text(encoding="utf-8"))
        differing = [key for key in ("communities", "full_chain", "described", "final") if again[key] != noted.get(key)]
        yield from (Finding(NOTED, f"{key} is not what {RUNS} gives", BACK) for key in differing)
