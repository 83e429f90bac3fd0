"""The step's universes, verdicts and metrics, derived from the tables that it wrote, without computing any universe.

`guyub verify` compares them with the written ones: otherwise a universe that was struck out because it says otherwise,
or a verdict that does not follow from its numbers, would be found only by running the step again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis import study, tables
from analysis.claims import rule
from analysis.robustness import choices as chosen
from analysis.robustness.joint import JointTest
from analysis.robustness.step import CHOICES, Params, Results, idle, metrics_of, read, reading
from analysis.robustness.universes import TESTED, Multiverse, assessed, explained, summarise

NUMBERS = ("value", "low", "high", "p")
Rows = Mapping[str, Mapping[str, Any]]  # by claim, as rule.judge judges it


def again(params: Params, paths: study.Paths) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table of universes and the metrics of the step.

    Universes are those of the declared choices; an option that is not in the table is idle on these data, or missing.
    Numbers come from the table, those of the main analysis from its steps' metrics; verdicts follow by the rule. The
    numbers of a universe without a row in the table are missing.
    """
    names = ("universes", "shortcuts", "joint_null", "left_out", "seeds", "flips")
    written = {name: tables.read(paths.processed("robustness") / f"{name}.parquet") for name in names}
    metrics = study.read_metrics(paths, "robustness")
    declared = [claim for claim in rule.load_claims(paths.root / "claims.yaml") if claim["id"] in TESTED]
    main = _main(declared, paths, params.alpha, written["universes"])
    multiverse = _multiverse(params, paths, main, written["universes"])
    rows = _with_numbers(_universes(multiverse, main), written["universes"], multiverse)
    rows = _judged(rows, declared, main, params.alpha)
    joint = _joint(rows, written["joint_null"], metrics["claims"])
    summaries = summarise(rows, multiverse, explained(rows, multiverse), joint)
    others = {name: written[name] for name in ("shortcuts", "left_out", "seeds", "flips")}
    return rows, metrics_of(Results(multiverse, rows, summaries=summaries, joint=joint, **others))


def _main(declared: Sequence[Mapping], paths: study.Paths, alpha: float, rows: pd.DataFrame) -> Rows:
    """The claims judged by the numbers of their steps. rows: of the table."""
    metrics = {step: study.read_metrics(paths, step) for step in {rule.step_of(claim) for claim in declared}}
    exact = {row["claim"]: row for row in rows[rows["universe"] == 0].to_dict("records")}
    measured = [
        _unrounded(rule.evidence(claim, metrics[rule.step_of(claim)]), exact.get(claim["id"], {})) for claim in declared
    ]
    return {row["id"]: row for row in rule.judge(declared, measured, alpha)}


def _unrounded(numbers: Mapping[str, Any], exact: Mapping[str, float]) -> dict[str, Any]:
    """A claim's numbers in metrics, taken from the table (exact) where it has them with more digits: results computed
    from rounded numbers, which the step did not use, may differ by more than their last digit."""
    accuracy = 10.0**-study.DIGITS
    given = {name: numbers[name] for name in exact.keys() & NUMBERS if numbers.get(name) is not None}
    same = {n: exact[n] for n, number in given.items() if math.isclose(number, exact[n], rel_tol=0, abs_tol=accuracy)}
    return {**numbers, **same}


def _assessable(main: Rows) -> set[str]:
    return {claim for claim, row in main.items() if row["verdict"] != "not assessable"}


def _multiverse(params: Params, paths: study.Paths, main: Rows, rows: pd.DataFrame) -> Multiverse:
    """The universes of the options that are not idle, as many as the step draws."""
    declared = chosen.read_choices(params.choices, CHOICES, TESTED)
    used = chosen.without(declared, _idle(declared, params, paths, rows))
    exclusions = chosen.read_exclusions(params.excluded, declared)
    count = params.universes if _assessable(main) else 0
    return Multiverse.of(used, exclusions, count, params.together, seed=params.seed)


def _idle(declared: Sequence[chosen.Choice], params: Params, paths: study.Paths, rows: pd.DataFrame) -> pd.DataFrame:
    """Idle options of the choices that lack an option in the table: choice, option, reason. Others have none."""
    occur = {choice.name: set(rows[choice.name]) if choice.name in rows else set() for choice in declared}
    lacking = [choice for choice in declared if not occur[choice.name].issuperset(choice.options)]
    if not lacking:
        return pd.DataFrame(columns=["choice", "option", "reason"])
    data = read(paths, params)
    readings = {  # options in the table are in use, so an empty table stands for their reading
        option: reading(data, option) if option not in occur[choice.name] else pd.DataFrame()
        for choice in lacking if choice.name == "codes" for option in choice.options
    }  # fmt: skip
    return idle(lacking, data, readings)


def _universes(multiverse: Multiverse, main: Rows) -> pd.DataFrame:
    """One row per claim and universe that differs for it: number, claim and options, as in universes.judged."""
    few = [chosen.main_universe(multiverse.choices), *chosen.single_changes(multiverse.choices)]
    some = _assessable(main)

    def each() -> Iterator[dict[str, Any]]:
        seen = set()
        for number, universe in enumerate(multiverse.universes):
            for claim in main:
                key = claim, chosen.own(universe, claim, multiverse.choices)
                if key not in seen and (claim in some or universe in few):
                    seen.add(key)
                    blank = dict.fromkeys((choice.name for choice in multiverse.choices), "")
                    yield {"universe": number, "claim": claim, **blank, **dict(key[1])}

    return pd.DataFrame(list(each()))


def _with_numbers(expected: pd.DataFrame, rows: pd.DataFrame, multiverse: Multiverse) -> pd.DataFrame:
    """The expected universes with the numbers and reasons of the table, in the table's order of columns. One without a
    row there, as after other draws, has that as its reason."""
    options = [choice.name for choice in multiverse.choices]
    merged = expected.merge(rows.drop(columns="universe"), how="left", on=["claim", *options], indicator="found")
    merged.loc[merged["found"] == "left_only", "reason"] = "the table has no such universe"
    return merged[list(rows.columns)]


def _judged(rows: pd.DataFrame, declared: Sequence[Mapping], main: Rows, alpha: float) -> pd.DataFrame:
    """The rows with the main analysis's numbers as its steps computed them, and verdicts by the rule."""
    by_id = {claim["id"]: claim for claim in declared}
    judged = [_verdict(row, main[row["claim"]], by_id[row["claim"]], alpha) for row in rows.to_dict("records")]
    return pd.DataFrame(judged, columns=rows.columns).astype(rows.dtypes)


def _verdict(row: dict[str, Any], main: Mapping[str, Any], claim: Mapping[str, Any], alpha: float) -> dict[str, Any]:
    """A row with its verdict. main: the claim judged by the steps' numbers."""
    if row["universe"] == 0:
        return row | {name: main[name] for name in (*NUMBERS, "p_holm", "verdict", "reason")}
    if row["reason"]:
        return row | {"verdict": "not assessable"}
    return row | {"verdict": rule.verdict(claim, row, row["p_holm"], alpha)}


def _joint(rows: pd.DataFrame, null: pd.DataFrame, claims: Mapping[str, Mapping]) -> dict[str, JointTest]:
    """The joint tests: observed statistics from the metrics, p-values from the table of the null."""
    return {
        claim: JointTest(
            claims[claim]["joint"]["median"], _share(claims[claim]["joint"]["significant"], len(assessed(rows, claim))),
            part[["median", "significant"]],
        )
        for claim, part in null.groupby("claim")
    }  # fmt: skip


def _share(rounded: float, of: int) -> float:
    """The exact share of `of` universes that the metrics give rounded, for comparison with exact shares."""
    return round(rounded * of) / of
