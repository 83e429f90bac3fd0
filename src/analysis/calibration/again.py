"""Whether code that was changed still computes what calibration's communities were tried on: some are tried again.

Rewriting how a number is computed (sparse matrices in place of full ones) is meant to change none. Trying 2,600
communities again would take hours to show that. A part's rows are instead kept as those of the present code where
communities drawn from every condition, tried again, give the same records to the last digit that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from joblib import delayed
from tqdm import tqdm

from analysis.calibration import rows, run
from analysis.calibration.described import studied
from analysis.calibration.trial import Condition, Record, chain, trial
from analysis.errors import InputError

EACH = {"chain": 2, "trials": 3, "described": 7}  # communities of each condition


def carry_over(plan: run.Plan, part: str, jobs: int = -1) -> int:
    """Keep a part's rows, of earlier code, as the present code's, where communities tried again give the same ones.

    The communities are drawn by the present code's fingerprint, so that code cannot be written for those that are drawn
    without another draw. Returns how many were tried, 0 where the rows are of the present code. Raises InputError where
    there are no rows, where some are of other code than the tables', or where a record differs.
    """
    kept = rows.records(plan.log(part), None)
    if not kept:
        raise InputError(f"no community of the part {part} has been tried", fix="Run it: make calibrate")
    if {record["code"] for record in kept} == {plan.mark(part)}:
        return 0
    computed = _computed(plan, part, kept)
    drawn = _drawn(plan, part, kept)
    study = _study(plan, part)
    work = (delayed(study)(condition, record["seed"]) for condition, record in drawn)
    found = run.in_parallel(jobs)(tqdm(work, desc=f"{part} again", total=len(drawn)))
    for (_, before), now in zip(drawn, found, strict=True):
        if differing := _differing(before, now):
            raise InputError(
                f"{part}: {before['condition']} {before['seed']} gives another record than on code {computed}: "
                f"{', '.join(differing)}",
                path=plan.log(part).parent,
                fix=f"Try all again with `python calibration/calibrate.py {part} --fresh`.",
            )
    note = {"computed": computed, "present": plan.code[part], "communities": len(drawn)}
    text = json.dumps(run.carried(plan) | {part: note}, indent=1, sort_keys=True)
    plan.runs(run.CARRIED).write_text(f"{text}\n", encoding="utf-8")
    return len(drawn)


def _computed(plan: run.Plan, part: str, kept: list[Record]) -> str:
    """The fingerprint of the code that computed these rows, by the tables' provenance. Raises InputError where the rows
    are of other code."""
    noted = run.noted(plan)
    computed = noted.get("carried", {}).get(part, {}).get("computed", noted["code"][part])
    if {record["code"] for record in kept} != {plan.marked(part, computed)}:
        raise InputError(
            f"the rows of {part} are not all of code {computed}, which the tables of calibration are of",
            path=plan.log(part).parent,
            fix="Take the folder calibration from git.",
        )
    return str(computed)


def _drawn(plan: run.Plan, part: str, kept: list[Record]) -> list[tuple[Condition, Record]]:
    """EACH communities of every condition of a part, by the present code's fingerprint."""
    rng = np.random.default_rng(int(plan.code[part], 16))
    drawn = []
    for condition in plan.conditions:
        of_condition = [record for record in kept if record["condition"] == condition.name]
        for place in rng.permutation(len(of_condition))[: EACH[part]]:
            drawn.append((condition, of_condition[place]))
    return drawn


def _study(plan: run.Plan, part: str) -> Callable[[Condition, int], Record]:
    """What tries one community of a part."""
    if part == "chain":
        return partial(_chain_record, settings=plan.settings)
    measured = run.measured(plan)
    if part == "trials":
        return partial(trial, measured=measured, settings=plan.settings)
    return partial(studied, measured=measured, settings=plan.settings, network=plan.network)


def _chain_record(condition: Condition, seed: int, settings: Any) -> Record:
    return chain(condition, seed, settings)[0]


def _differing(before: Record, now: Record) -> list[str]:
    """What of two records of a community differs, besides the time it took."""
    was, found = (_flat(json.loads(json.dumps(record))) for record in (before, now))
    names = sorted({*was, *found} - {"code", "cpu_s"})
    return [f"{name} {was.get(name)} -> {found.get(name)}" for name in names if was.get(name) != found.get(name)]


def _flat(record: Mapping, above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        flat |= _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return flat
