"""Claims: the ledger of what the study says, and the one rule by which it says it.

The claims stand in claims.yaml, written before the numbers; the numbers come from metrics/; this module joins them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis import figures, study, tables, wording
from analysis.errors import InputError

VERDICTS = {
    "supported": "✔",
    "contradicted": "✘",
    "undecided": "?",
    "described": "…",
    "not assessable": "–",
}
DIRECTIONS = ("greater", "less")
FIELDS = {
    "id",
    "sentence",
    "source",
    "estimand",
    "test",
    "direction",
    "smallest_effect",
    "unit",
    "minimum",
    "metrics",
    "computed_by",
    "shown_by",
    "data",
    "limits",
    "chapter",
}
UNTESTED = FIELDS - {"direction", "smallest_effect"}


@dataclass(frozen=True)
class Params:
    """alpha: the level of the tests, after Holm's correction over all tested claims."""

    alpha: float


@dataclass(frozen=True)
class Result:
    """What the page shows. ledger: one row a claim."""

    metrics: dict
    ledger: pd.DataFrame


def run(params: Params, paths: study.Paths) -> Result:
    """Join the claims with their numbers, judge them by the rule, and write the ledger."""
    declared = load_claims(paths.root / "claims.yaml")
    found = [evidence(claim, study.read_metrics(paths, step_of(claim))) for claim in declared]
    rows = judge(declared, found, params.alpha)
    robust = study.read_metrics(paths, "robustness").get("claims") or {}
    for row in rows:
        own = robust.get(row["id"], {})
        row["universes_supporting"] = own.get("share_supported")
        row["smallest_change"] = smallest_change(own.get("flips") or {})
        row |= wrongly_supported(paths.root / "calibration" / "verdicts.csv", row["id"])
    ledger = pd.DataFrame(rows)
    tables.write(ledger.astype(dict.fromkeys(NUMBERS, float)), paths.processed("claims") / "ledger.parquet")
    metrics = {
        "status": "ok",
        "alpha": params.alpha,
        "simulated": study.read_metrics(paths, "ingest")["simulated"],
        "claims": rows,
    }
    study.write_metrics(paths, "claims", metrics)
    return Result(metrics, ledger)


NUMBERS = ("value", "low", "high", "p", "p_holm", "universes_supporting", "wrongly_supported", "tried")


def load_claims(path: Path) -> list[dict]:
    """The claims of claims.yaml, in order. Raises InputError on an unknown or missing field or a repeated id."""
    claims = yaml.safe_load(path.read_text(encoding="utf-8"))["claims"]
    for claim in claims:
        needed = FIELDS if claim.get("direction") else UNTESTED
        if set(claim) != needed:
            odd = sorted(set(claim) ^ needed)
            raise InputError(f"claim {claim.get('id', '?')}: missing or unknown: {', '.join(odd)}", path=path)
        if claim.get("direction") not in (None, *DIRECTIONS):
            raise InputError(f"claim {claim['id']}: direction is greater or less", path=path)
    ids = [claim["id"] for claim in claims]
    if len(set(ids)) < len(ids):
        raise InputError(f"a claim's id is repeated: {', '.join(ids)}", path=path)
    return claims


def step_of(claim: Mapping) -> str:
    """The step whose metrics a claim points at (`step.name`)."""
    return str(claim["metrics"].partition(".")[0])


def evidence(claim: Mapping, metrics: Mapping) -> dict:
    """A claim's numbers in the metrics of its step: a mapping with `status`. Raises InputError when not there."""
    step, _, name = claim["metrics"].partition(".")
    if name not in metrics:
        if metrics.get("status") == "missing":
            return {"status": "missing", "reason": metrics["reason"]}
        raise InputError(f"claim {claim['id']} points at {name}, which is not there", path=Path(f"metrics/{step}.json"))
    return metrics[name]  # type: ignore[no-any-return]


def judge(claims: Sequence[Mapping], found: Sequence[Mapping], alpha: float) -> list[dict]:
    """Verdicts of all claims; Holm (1979) over those that are tested and assessable."""
    reasons = [why_not(claim, numbers) for claim, numbers in zip(claims, found, strict=True)]
    tested = [i for i, claim in enumerate(claims) if claim.get("direction") and not reasons[i]]
    corrected = dict(zip(tested, holm([found[i]["p"] for i in tested]), strict=True))
    return [
        {
            **{key: claim[key] for key in ("id", "sentence", "source", "unit", "chapter")},
            **{key: numbers.get(key) for key in ("value", "low", "high", "p")},
            "p_holm": corrected.get(i),
            "direction": claim.get("direction"),
            "smallest_effect": claim.get("smallest_effect"),
            "verdict": "not assessable" if reasons[i] else verdict(claim, numbers, corrected.get(i), alpha),
            "reason": reasons[i],
        }
        for i, (claim, numbers) in enumerate(zip(claims, found, strict=True))
    ]


def why_not(claim: Mapping, numbers: Mapping) -> str:
    """Why the claim cannot be assessed: data missing, or fewer than its minimum. Empty when it can."""
    if numbers["status"] != "ok":
        return str(numbers["reason"])
    few = [
        f"{numbers.get('n', {}).get(what, 0)} {what} where {least} are needed"
        for what, least in claim["minimum"].items()
        if numbers.get("n", {}).get(what, 0) < least
    ]
    return "; ".join(few)


def verdict(claim: Mapping, numbers: Mapping, p: float | None, alpha: float) -> str:
    """The rule, for a claim that can be assessed.

    described: the claim has no direction, so there is no test. supported: p (after Holm) is at most alpha, the whole
    interval lies on the claim's side of no effect, and the value reaches the smallest effect that matters.
    contradicted: the whole interval falls short of that effect. undecided: anything else.
    """
    if not claim.get("direction") or p is None:
        return "described"
    sign = 1 if claim["direction"] == "greater" else -1
    least = sign * claim["smallest_effect"]
    nearest, furthest = sorted((sign * numbers["low"], sign * numbers["high"]))
    if p <= alpha and nearest > 0 and sign * numbers["value"] >= least:
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


CHANGED = {"members": "left out", "messages": "struck out", "codings": "changed"}


def wrongly_supported(path: Path, claim_id: str) -> dict[str, float | None]:
    """How often the claim was called supported in simulated communities in which it is false, where that was oftenest.

    path: calibration's table of verdicts. wrongly_supported: the rate; tried: how many communities; None where the
    claim was not tried.
    """
    table = pd.read_csv(path, keep_default_na=False) if path.exists() else pd.DataFrame(columns=["claim", "true"])
    wrong = table[(table["claim"] == claim_id) & ~table["true"].astype(bool)]
    if wrong.empty:
        return {"wrongly_supported": None, "tried": None}
    worst = wrong.sort_values(["rate", "communities"], kind="stable").iloc[-1]
    return {"wrongly_supported": float(worst["rate"]), "tried": int(worst["communities"])}


def smallest_change(flips: Mapping[str, Mapping]) -> str | None:
    """The fewest members, messages and codings found whose change gives another verdict, in words; None if not sought.

    flips: by what is changed, count (None: none found), of, verdict, as the step robustness found them.
    """
    found = [
        f"{flip['verdict']} with {flip['count']:,.0f} of {flip['of']:,.0f} {what} {CHANGED[what]}"
        for what, flip in flips.items()
        if flip["count"] is not None
    ]
    return "; ".join(found) or ("no other verdict found with few changes" if flips else None)


# The page


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    tally = result.ledger["verdict"].value_counts()
    parts = [f"{tally[word]} {'is' if tally[word] == 1 else 'are'} {word}" for word in VERDICTS if word in tally]
    return f"Of {wording.count(len(result.ledger), 'claim')}, {wording.listed(parts)}."


def ledger_table(result: Result) -> figures.HTML:
    """The ledger for reading."""
    shown = pd.DataFrame(
        {
            "claim": result.ledger["id"] + ": " + result.ledger["sentence"],
            "verdict": [f"{VERDICTS[v]} {v}" for v in result.ledger["verdict"]],
            "number": ["; ".join([*number_lines(row)[:2], *why(row)]) or "–" for row in result.metrics["claims"]],
            "look in": result.ledger["chapter"],
        }
    )
    return figures.table(
        shown,
        "The claims ledger: each claim, its verdict by the rule, and the number it rests on; below, how far it holds.",
    )


def _number(row: Mapping) -> str:
    return "; ".join([*number_lines(row), *why(row)]) or "–"


def why(row: Mapping) -> list[str]:
    """Why a claim is not assessable, as a list of one; empty where it can be assessed."""
    return [row["reason"]] if row.get("reason") else []


def number_lines(row: Mapping) -> list[str]:
    """A claim's number in lines: value and unit; interval and p-value; robustness. None where there is no number."""
    if row.get("value") is None:
        return []
    places = wording.digits([row["value"], row.get("low"), row.get("high")])
    lines = [f"{wording.number(row['value'], places)} {row['unit']}"]
    if row.get("low") is not None:
        lines.append(f"interval {wording.between(row['low'], row['high'], places)}")
    if row.get("p_holm") is not None:
        lines[-1] += f"; {wording.p_value(row['p_holm'])} after Holm"
    if row.get("universes_supporting") is not None:
        lines.append(f"supported in {100 * row['universes_supporting']:.0f} % of universes")
    if row.get("smallest_change"):
        lines.append(row["smallest_change"])
    if row.get("tried"):
        rate = wording.percent(row["wrongly_supported"])
        lines.append(f"supported in {rate} of {row['tried']:.0f} simulated communities in which it is false")
    return lines


def effects_figure(result: Result) -> figures.Figure:
    """Each tested claim's value and interval beside the smallest effect that matters."""
    rows = [row for row in result.metrics["claims"] if row["p_holm"] is not None]
    if not rows:
        return figures.nothing("no claim could be tested")
    drawing, axes = figures.canvas(height=1.4 * len(rows), rows=len(rows), squeeze=False)
    for cell, row in zip(axes[:, 0], rows, strict=True):
        cell.hlines(0, row["low"], row["high"], color=figures.COLOURS["interval"], lw=5)
        cell.plot(row["value"], 0, "o", color=figures.COLOURS["all"])
        cell.axvline(row["smallest_effect"], color=figures.COLOURS["all"], ls=":")
        cell.axvline(0, color=figures.COLOURS["null"], lw=1)
        cell.set(yticks=[], xlabel=row["unit"])
        cell.set_title(f"{row['id']}: {row['verdict']}")
    text = "Dot: value; bar: interval; grey line: no effect; dotted line: the smallest effect that matters."
    alt = "; ".join(f"{row['id']} {_number(row)}: {row['verdict']}" for row in rows)
    return figures.Figure(drawing, alt, text)


def say_claim(result: Result, claim_id: str) -> str:
    """One claim's verdict and number in a sentence."""
    row = next(row for row in result.metrics["claims"] if row["id"] == claim_id)
    number = _number(row)
    return f"**{row['id']}** ({row['sentence']}): *{row['verdict']}*. {number[:1].upper()}{number[1:]}."


def say_all(result: Result) -> str:
    """Every claim's verdict and number, as a list."""
    return "\n".join(f"- {say_claim(result, row['id'])}" for row in result.metrics["claims"])


def say_effects(result: Result) -> str:
    """Which tested claims reach the smallest effect that matters."""
    tested = [row for row in result.metrics["claims"] if row["p_holm"] is not None]
    if not tested:
        return "No claim could be tested on these data."
    rows = [f"{row['id']} {'reaches' if _reaches(row) else 'falls short of'} it" for row in tested]
    return f"Measured against the smallest effect that matters, {wording.listed(rows)}."


def _reaches(row: Mapping) -> bool:
    sign = 1 if row["direction"] == "greater" else -1
    return sign * row["value"] >= sign * row["smallest_effect"]


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    rows = result.metrics["claims"]
    return [
        ("every claim has one of the five verdicts", len(rows), all(row["verdict"] in VERDICTS for row in rows)),
        (
            "Holm never lowers a p-value",
            len(rows),
            all(row["p_holm"] is None or row["p_holm"] >= row["p"] for row in rows),
        ),
        (
            "what is not assessable says why",
            len(rows),
            all(row["reason"] for row in rows if row["verdict"] == "not assessable"),
        ),
    ]
