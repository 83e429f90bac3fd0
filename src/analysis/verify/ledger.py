"""Whether the ledger of claims is what the rule makes of claims.yaml and the metrics."""

from __future__ import annotations

from collections.abc import Iterator

from analysis import study
from analysis.claims import rule
from analysis.verify.subject import Finding, Subject


def ledger_follows_from_the_metrics(subject: Subject) -> Iterator[Finding]:
    """Each row of the ledger comes out as it is written when it is judged again from claims.yaml and the metrics."""
    declared = rule.load_claims(subject.root / "claims.yaml")
    written = {row["id"]: row for row in subject.json("metrics/claims.json")["claims"]}
    alpha = subject.yaml("params.yaml")["claims"]["alpha"]
    numbers = [rule.evidence(claim, subject.json(f"metrics/{rule.step_of(claim)}.json")) for claim in declared]
    for row in rule.judge(declared, numbers, alpha):
        old = written.pop(row["id"], {})
        wrong = sorted(name for name, value in row.items() if not _same(old.get(name), value))
        if wrong:
            what = "; ".join(f"{name} is {old.get(name)!r} and should be {row[name]!r}" for name in wrong)
            yield Finding(f"metrics/claims.json, {row['id']}", what)
    for name in written:
        yield Finding(f"metrics/claims.json, {name}", "claims.yaml has no such claim")


def _same(old: object, new: object) -> bool:
    """Whether two values are equal, numbers as far as metrics are written."""
    if isinstance(old, int | float) and isinstance(new, int | float):
        return abs(old - new) < 10.0**-study.DIGITS
    return old == new
