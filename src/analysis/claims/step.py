"""The step `claims`: the ledger of the study's claims, judged by one rule.

The claims are in claims.yaml, written before the numbers; the numbers come from metrics/; this step joins them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import coverage, fingerprint, study, tables, tried
from analysis.claims import needed, rule
from analysis.claims.ledger import with_sensitivity

NUMBERS = ("value", "low", "high", "p", "p_holm", "universes_agreeing", "universes_supporting",
           "universes_contradicting", "wrongly_supported", "tried", "coverage", "coverage_of")  # fmt: skip
OTHER = "not tried for a study like this: the claim had another estimand or rule"


@dataclass(frozen=True)
class Params:
    """alpha: the level of the tests, after Holm's correction over all tested claims."""

    alpha: float


@dataclass(frozen=True)
class Data:
    """declared: the claims of claims.yaml. numbers: of each claim, as `measured` gives them. robustness: by claim, its
    universes and smallest changes. rates: calibration's table of verdicts; earlier_code: the fingerprint it was made
    with, if it differs from the present code's; not_tried: by claim, the words that replace its rate where that does
    not apply to this study. simulated: whether all data are simulated. amendments: those that apply to several claims.
    held: how often intervals held the truth (coverage.read). unlike: in what the study is unlike those that calibration
    tried, in words; None where it is like them.
    """

    declared: list[dict]
    numbers: list[dict]
    robustness: Mapping[str, Mapping]
    rates: pd.DataFrame
    earlier_code: str | None
    not_tried: Mapping[str, str]
    simulated: bool
    amendments: list[dict] = field(default_factory=list)
    held: Mapping[str, coverage.Coverage] = field(default_factory=dict)
    unlike: str | None = None


@dataclass(frozen=True)
class Results:
    """What the step writes. ledger: one row per claim. alpha: of Params; simulated, unlike: of Data."""

    ledger: Sequence[Mapping]
    alpha: float
    simulated: bool
    unlike: str | None


def run(params: Params, paths: study.Paths) -> dict[str, Any]:
    """Join the claims with their numbers, judge them by the rule, and write the ledger."""
    return write(paths, assess(read(paths, params), params))


def read(paths: study.Paths, params: Params) -> Data:
    """The declared claims, and the results of each step, of robustness and of calibration, whatever the parameters."""
    declared = rule.load_claims(paths.root / "claims.yaml")
    return Data(
        declared,
        measured(paths, declared),
        study.read_metrics(paths, "robustness").get("claims") or {},
        read_rates(paths.root / "calibration" / "verdicts.csv"),
        fingerprint.earlier_code(paths.root),
        not_tried(paths, declared),
        study.read_metrics(paths, "ingest")["simulated"],
        rule.load_common(paths.root / "claims.yaml"),
        coverage.read(paths.root),
        tried.not_tried(paths),
    )


def measured(paths: study.Paths, declared: Sequence[Mapping]) -> list[dict]:
    """Each claim's numbers as its step measured them, or, if there are none, what would be needed
    (needed.explained)."""
    available, params = needed.read(paths), study.load_params(paths)
    numbers = (rule.evidence(claim, study.read_metrics(paths, rule.step_of(claim))) for claim in declared)
    return [
        needed.explained(claim, own, available, needed.codes_of(claim, params))
        for claim, own in zip(declared, numbers, strict=True)
    ]


def read_rates(path: Path) -> pd.DataFrame:
    """Calibration's table of verdicts: scenario, claim, true, communities, rate; without rows if there is no file."""
    if not path.exists():
        return pd.DataFrame(columns=["scenario", "claim", "true", "communities", "rate"])
    return pd.read_csv(path, keep_default_na=False)


def not_tried(paths: study.Paths, declared: Sequence[Mapping]) -> dict[str, str]:
    """By claim, the words that replace a rate: the study is unlike those tried, or the claim's question was
    different."""
    provenance = paths.root / "calibration" / "provenance.yaml"
    asked = study.read_yaml(provenance).get("asked", {}) if provenance.exists() else {}
    tested = [claim for claim in declared if claim.get("direction")]
    other = {claim["id"]: OTHER for claim in tested if asked.get(claim["id"]) != rule.asked(claim)}
    unlike = tried.not_tried(paths)
    return dict.fromkeys([claim["id"] for claim in tested], unlike) if unlike else other


def assess(data: Data, params: Params) -> Results:
    """Judge the claims, and join what robustness and calibration say of them."""
    verdicts = rule.judge(data.declared, data.numbers, params.alpha)
    rows = with_sensitivity(verdicts, data.robustness, data.rates, data.earlier_code, data.held, data.not_tried)
    return Results(rows, params.alpha, data.simulated, data.unlike)


def write(paths: study.Paths, results: Results) -> dict[str, Any]:
    """Write the ledger as a table and as metrics; returns the metrics."""
    tables.write_all(tables_of(results), paths.results.processed("claims"))
    metrics = metrics_of(results)
    study.write_metrics(paths, "claims", metrics)
    return metrics


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    """The step's table by file name."""
    return {"ledger.parquet": pd.DataFrame(results.ledger).astype(dict.fromkeys(NUMBERS, float))}


def metrics_of(results: Results) -> dict[str, Any]:
    """The step's metrics."""
    about = {"alpha": results.alpha, "simulated": results.simulated, "not_tried": results.unlike}
    return {"status": "ok", **about, "claims": results.ledger}
