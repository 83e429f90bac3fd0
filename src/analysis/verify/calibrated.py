"""Check that reported error rates were measured on the present code, and follow from the communities tried."""

from __future__ import annotations

import hashlib
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
RUNS = "calibration/runs"  # the communities tried; a study made by `guyub new` has only the tables
SPREADING = "calibration/spreading.csv"  # whether changes midway were predicted: python calibration/spreading.py
COMMIT = "Commit what was measured, or take it from git."
BACK = "Take it from git, or measure again: make calibrate"


def rates_are_of_this_code(subject: Subject) -> Iterator[Finding]:
    """The tables of calibration were measured on the present code, data files and settings, and by the present plan."""
    if earlier := earlier_code(subject.root):
        what = f"rates were measured on earlier code (fingerprint {earlier})"
        yield Finding(NOTED, what, fix=FIX)
    if plan_changed(subject.root):
        yield Finding("calibration/plan.yaml", "rates were measured before this plan was changed", fix=FIX)
    yield from _not_as_committed(subject)


def _not_as_committed(subject: Subject) -> Iterator[Finding]:
    """Measured files that differ from the last commit; nothing where that has none of them."""
    listed = (git(subject, "ls-tree", "-r", "-z", "HEAD", "--", RUNS, SPREADING) or "").split("\0")
    committed = {name: entry.split()[2] for entry, _, name in (each.partition("\t") for each in listed) if name}
    there = {subject.name(path) for path in (subject.root / RUNS).rglob("*") if path.is_file()}
    for name in sorted({*committed, *there} if committed else ()):
        path = subject.root / name
        if path.is_file() and committed.get(name) != _blob(path.read_bytes(), committed.get(name, "")):
            yield Finding(name, "it is not what the last commit has", COMMIT)


def _blob(content: bytes, like: str) -> str:
    """The object name that git gives a content. like: another such name, whose length shows the kind of hash."""
    whole = b"blob %d\0%s" % (len(content), content)
    made = hashlib.sha256(whole) if len(like) == 64 else hashlib.sha1(whole, usedforsecurity=False)
    return made.hexdigest()


def tables_follow_from_the_communities(subject: Subject) -> Iterator[Finding]:
    """Each table of calibration is what the communities that were tried give when counted again.

    Nothing is checked where they are not part of the study.
    """
    gone = [name for name in (git(subject, "ls-files", RUNS) or "").splitlines() if not (subject.root / name).is_file()]
    yield from (Finding(name, "it is gone, and the tables of calibration rest on it", BACK) for name in gone)
    if (
        not gone
        and not (subject.root / RUNS).is_dir()
        and (last := git(subject, "log", "-1", "--format=%h", "--", RUNS))
    ):
        yield Finding(RUNS, f"it is gone since {last}, and the tables of calibration rest on it", BACK)
    yield from _spreading(subject)
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
        differing = [
            key
            for key in ("communities", "full_chain", "described", "errors", "carried", "final")
            if again[key] != noted.get(key)
        ]
        yield from (Finding(NOTED, f"{key} is not what {RUNS} gives", BACK) for key in differing)


def _spreading(subject: Subject) -> Iterator[Finding]:
    """Checks that outcomes are inside or outside the predicted band as the table says, once per community of the
    plan."""
    planned = "calibration/spreading.yaml"
    if not all((subject.root / name).is_file() for name in (SPREADING, planned)):
        return
    plan, rows = subject.yaml(planned), study.rows(subject.text(SPREADING), subject.root / SPREADING)
    for number, row in enumerate(rows, 2):
        low, realised, high = (float(row[key]) for key in ("low", "realised", "high"))
        if row["inside"] != str(low <= realised <= high):
            yield Finding(f"{SPREADING}, line {number}", "inside is not what its band and what came true give", BACK)
    changes = len({row["change"] for row in rows})
    seeds = [str(plan["seed"] + 1000 * k + i) for k in range(changes) for i in range(plan["communities"])]
    if [row["seed"] for row in rows] != seeds:
        yield Finding(SPREADING, f"it does not hold each community of {planned} exactly once", BACK)
