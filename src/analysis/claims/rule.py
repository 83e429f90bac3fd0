"""The one rule of the verdicts: claims as declared before the numbers, their evidence, and Holm's correction.

It knows nothing of pages and figures, so that every step that judges a claim (robustness, calibration, verify) judges
by the same rule.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from analysis import study
from analysis.errors import InputError, Missing

VERDICTS = {"supported": "✔", "contradicted": "✘", "undecided": "?", "described": "…", "not assessable": "–"}
DIRECTIONS = ("greater", "less")
FIELDS = {
    "id", "sentence", "source", "estimand", "test", "direction", "smallest_effect", "unit", "minimum", "metrics",
    "computed_by", "shown_by", "data", "limits", "chapter",
}  # fmt: skip
UNTESTED = FIELDS - {"direction", "smallest_effect"}
# What a claim may declare under `supported_if`: what must reach the smallest effect that matters, the value (the
# default) or the end of its interval nearer to no effect (for a claim of less: high <= smallest_effect).
VALUE, NEARER_END = "value >= smallest_effect", "low >= smallest_effect"
AMENDED = {"date", "commit", "seen", "why", "former"}  # fields of an amendment
AMENDABLE = {"estimand", "test", "direction", "smallest_effect", "unit", "minimum", "limits", "supported_if"}


def load_claims(path: Path) -> list[dict]:
    """The claims of claims.yaml, in order. Raises InputError on an unknown or missing field, an amendment that does not
    say what was declared before, when and why it was changed, or a repeated id."""
    claims = study.read_yaml(path)["claims"]
    for claim in claims:
        needed = FIELDS if claim.get("direction") else UNTESTED
        if odd := sorted((set(claim) - {"amendments", "supported_if"}) ^ needed):
            raise InputError(f"claim {claim.get('id', '?')}: missing or unknown: {', '.join(odd)}", path=path)
        if claim.get("direction") not in (None, *DIRECTIONS):
            raise InputError(f"claim {claim['id']}: direction must be greater or less", path=path)
        if claim.get("supported_if", VALUE) not in (VALUE, NEARER_END):
            raise InputError(f"claim {claim['id']}: supported_if must be {VALUE!r} or {NEARER_END!r}", path=path)
        for amendment in claim.get("amendments", []):
            if problem := _wrong_amendment(amendment):
                raise InputError(f"claim {claim['id']}, amendment: {problem}", path=path)
    ids = [claim["id"] for claim in claims]
    if repeated := [name for name, times in Counter(ids).items() if times > 1]:
        raise InputError(f"repeated ids of claims: {', '.join(repeated)}", path=path)
    return claims


def declared(root: Path) -> dict[str, dict]:
    """The claims of the study in this folder, by id: load_claims."""
    return {claim["id"]: claim for claim in load_claims(root / "claims.yaml")}


def load_common(path: Path) -> list[dict]:
    """Amendments that apply to several claims, such as those of this rule. Raises InputError on a wrong amendment."""
    common = study.read_yaml(path).get("amendments") or []
    for amendment in common:
        free = {**amendment, "former": dict.fromkeys(["test"], True) if amendment.get("former") else None}
        if problem := _wrong_amendment(free):
            raise InputError(f"amendment for several claims: {problem}", path=path)
    return common


def asked(claim: Mapping) -> str:
    """A tested claim's question, in one line: its estimand and when it is supported. Error rates apply to this question
    only."""
    needed = f"{claim.get('supported_if', VALUE)} ({claim['smallest_effect']} {claim['unit']})"
    return f"{claim['estimand']}. Supported if {needed} and the test passes."


def _wrong_amendment(amendment: Mapping) -> str:
    """What is wrong with an amendment, if anything.

    date: of the change, as 2026-11-28; commit: the last one with the former fields; seen: which data and results had
    been seen by then; why; former: the fields that were changed, as they were.
    """
    if odd := sorted(set(amendment) ^ AMENDED):
        return f"missing or unknown: {', '.join(odd)}"
    if empty := sorted(name for name in AMENDED if not amendment[name]):
        return f"empty: {', '.join(empty)}"
    if odd := sorted(set(amendment["former"]) - AMENDABLE):
        return f"former may not hold {', '.join(odd)}"
    if not re.fullmatch(r"[0-9a-f]{7,40}", str(amendment["commit"])):
        return "commit is the hash of a commit, 7 to 40 hexadecimal digits"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(amendment["date"])):
        return "date is written as 2026-11-28"
    return ""


def amended(claim: Mapping) -> str | None:
    """The date of a claim's last amendment; None if it is as first declared."""
    return max((str(each["date"]) for each in claim.get("amendments", [])), default=None)


def step_of(claim: Mapping) -> str:
    """The step whose metrics a claim points at (`step.name`)."""
    return str(claim["metrics"].partition(".")[0])


def evidence(claim: Mapping, metrics: Mapping) -> dict:
    """A claim's numbers in the metrics of its step: a mapping with `status`. Raises InputError when there are none."""
    step, _, name = claim["metrics"].partition(".")
    if name not in metrics:
        if metrics.get("status") == "missing":
            return {"status": "missing", "reason": metrics["reason"]}
        raise InputError(f"claim {claim['id']} refers to {name}, which is missing", path=Path(f"metrics/{step}.json"))
    return metrics[name]  # type: ignore[no-any-return]


class Measured(Protocol):
    """A method's result that a claim rests on."""

    def numbers(self) -> dict:
        """status "ok", value, low, high, p, and n (counts by kind)."""


def numbers_of(result: Measured | Missing) -> dict:
    """A claim's numbers from a method's result, as judge takes them; the result may be Missing."""
    return {"status": "missing", "reason": result.reason} if isinstance(result, Missing) else result.numbers()


def judge(claims: Sequence[Mapping], numbers: Sequence[Mapping], alpha: float) -> list[dict]:
    """Verdicts of all claims, one row each; Holm (1979) over those that are tested and assessable.

    numbers: of each claim, as evidence gives them.
    """
    reasons = [why_not(claim, own) for claim, own in zip(claims, numbers, strict=True)]
    tested = [i for i, claim in enumerate(claims) if claim.get("direction") and not reasons[i]]
    corrected = dict(zip(tested, holm([numbers[i]["p"] for i in tested]), strict=True))
    return [
        {
            **{key: claim[key] for key in ("id", "sentence", "source", "unit", "chapter")},
            **{key: own.get(key) for key in ("value", "low", "high", "p")},
            "p_holm": corrected.get(i),
            **{key: claim.get(key) for key in ("direction", "smallest_effect")},
            "verdict": "not assessable" if reasons[i] else verdict(claim, own, corrected.get(i), alpha),
            "reason": reasons[i],
            "amended": amended(claim),
        }
        for i, (claim, own) in enumerate(zip(claims, numbers, strict=True))
    ]


def why_not(claim: Mapping, numbers: Mapping) -> str:
    """Why the claim cannot be assessed: data missing, or fewer than its minimum. Empty when it can."""
    if numbers["status"] != "ok":
        return str(numbers["reason"])
    n = Counter(numbers.get("n", {}))  # 0 for what is not counted
    short = [what for what, least in claim["minimum"].items() if n[what] < least]
    return "; ".join(f"{n[what]} {what} where {claim['minimum'][what]} are needed" for what in short)


def verdict(claim: Mapping, numbers: Mapping, p: float | None, alpha: float) -> str:
    """The rule, for a claim that can be assessed.

    described: the claim has no direction, so there is no test. supported: p (after Holm) is at most alpha, the whole
    interval is on the claim's side of no effect, and the value (or, by supported_if, the interval's nearer end)
    reaches the smallest effect that matters. contradicted: the whole interval falls short of that effect. undecided:
    anything else.
    """
    if not claim.get("direction") or p is None:
        return "described"
    sign = 1 if claim["direction"] == "greater" else -1
    least = sign * claim["smallest_effect"]
    nearest, furthest = sorted((sign * numbers["low"], sign * numbers["high"]))
    reached = nearest if claim.get("supported_if", VALUE) == NEARER_END else sign * numbers["value"]
    if p <= alpha and nearest > 0 and reached >= least:
        return "supported"
    return "contradicted" if furthest < least else "undecided"


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down adjusted p-values, in the order given."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate((p.size - np.arange(p.size)) * p[order]) if p.size else p
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted.tolist()
