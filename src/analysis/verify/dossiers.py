"""A claim's dossier: where its number is computed, shown and kept, so that a reader can follow it in a minute.

Also checks that the ledger of claims follows by the rule from claims.yaml and the metrics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis import reads, study, wording
from analysis.claims import needed, rule
from analysis.claims.step import measured
from analysis.closure import code
from analysis.glance import headline
from analysis.verify.provenance import Input, Shown, figures_and_tables, input_of
from analysis.verify.subject import Finding, Subject

NAME = "Name the function in full, such as analysis.sharing.page.null_figure."


@dataclass(frozen=True)
class Dossier:
    """A claim as declared, its row of the ledger, where it is shown, and its data. code: file and line."""

    claim: Mapping[str, Any]
    row: Mapping[str, Any]
    code: str
    shown: tuple[Shown, ...]
    data: tuple[Input, ...]


def dossiers(subject: Subject) -> list[Dossier]:
    """One dossier for each claim of claims.yaml, in its order; figures that a study without data lacks are left out.
    Raises InputError where claims.yaml or metrics/claims.json cannot be read."""
    rows = {row["id"]: row for row in subject.json("metrics/claims.json")["claims"]}
    listed = []
    for claim in rule.load_claims(subject.root / "claims.yaml"):
        makers = {subject.program.line(name) for name in claim["shown_by"]} - {""}
        shown = [each for each in figures_and_tables(subject, rule.step_of(claim)) if each.place in makers]
        data = tuple(input_of(subject, name) for name in claim["data"])
        place = subject.program.line(claim["computed_by"])
        listed.append(Dossier(claim, rows[claim["id"]], place, tuple(shown), data))
    return listed


def claims_lead_somewhere(subject: Subject) -> Iterator[Finding]:
    """Each claim's code, figures and data exist: in the source, in its chapter's notebook, among the outputs."""
    rows = {row["id"]: row for row in subject.json("metrics/claims.json")["claims"]}
    for claim in rule.load_claims(subject.root / "claims.yaml"):
        place = f"claims.yaml, {claim['id']}"
        for key in ("computed_by", "shown_by"):
            for name in [claim[key]] if isinstance(claim[key], str) else claim[key]:
                if not subject.program.line(name):
                    yield Finding(place, f"{key} names {name}, which is not there", NAME)
        notebook = code(subject.paths.notebook(rule.step_of(claim)))
        called = {subject.program.line(name) for _, name in reads.calls(notebook)}
        for name in claim["shown_by"]:
            if subject.program.line(name) not in called:
                yield Finding(place, f"shown_by names {name}, which {claim['chapter']} does not call", NAME)
        assessed = rows.get(claim["id"], {}).get("verdict") != "not assessable"
        for name in claim["data"] if assessed else ():
            if not (subject.root / name).is_file() and not subject.is_left_out(name):
                yield Finding(place, f"data names {name}, which is not there")


def ledger_follows_from_the_metrics(subject: Subject) -> Iterator[Finding]:
    """Each row of the ledger is the same when judged again from claims.yaml and the metrics, and each headline is that
    of its step's metrics. The reason why a claim is not assessable is compared only if the tables that show what would
    be needed are here."""
    declared = rule.load_claims(subject.root / "claims.yaml")
    written = {row["id"]: row for row in subject.json("metrics/claims.json")["claims"]}
    alpha = subject.yaml("params.yaml")["claims"]["alpha"]
    whole = needed.tables_are_here(subject.paths)
    numbers = [rule.evidence(claim, subject.json(f"metrics/{rule.step_of(claim)}.json")) for claim in declared]
    for row in rule.judge(declared, measured(subject.paths, declared) if whole else numbers, alpha):
        reason = {"reason": wording.agreeing(row.pop("reason"))}  # in the ledger's wording
        row |= reason if whole else {}
        old = written.pop(row["id"], {})
        wrong = sorted(name for name, value in row.items() if not _same(old.get(name), value))
        if wrong:
            what = "; ".join(f"{name} is {old.get(name)!r} and should be {row[name]!r}" for name in wrong)
            yield Finding(f"metrics/claims.json, {row['id']}", what)
    for name in written:
        yield Finding(f"metrics/claims.json, {name}", "claims.yaml has no such claim")
    for step in study.STEPS:
        place = subject.name(subject.paths.headline(step))
        if subject.json(place) != headline(step, subject.json(f"metrics/{step}.json")):
            yield Finding(place, f"it does not follow from metrics/{step}.json", f"dvc repro {step}")


def _same(old: object, new: object) -> bool:
    """Whether two values are equal, numbers to the precision of metrics."""
    if isinstance(old, int | float) and isinstance(new, int | float):
        return abs(old - new) < 10.0**-study.DIGITS
    return old == new
