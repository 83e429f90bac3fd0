"""Check that changed code still gives calibration's records: a sample of communities is tried again.

Rewriting a computation (such as sparse matrices in place of full ones) should not change any number. Trying all 2,600
communities again to show that would take hours. Instead, a part's rows are kept as those of the present code if
communities drawn from every condition, tried again, give the same records to the last digit that is kept.

A record may differ from the kept one because another processor rounds differently, so that a random draw comes out
differently. Such a community is also tried with the former code on this machine, and both must agree.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed
from tqdm import tqdm

from analysis import repository, study
from analysis.calibration import rows, run
from analysis.calibration.described import studied
from analysis.calibration.trial import Condition, Record, Settings, chain, trial
from analysis.errors import InputError

EACH = {"chain": 2, "trials": 3, "described": 7}  # communities drawn from each condition
SCRIPT = Path("calibration", "records.py")


def carry_over(plan: run.Plan, part: str, jobs: int = -1) -> int:
    """Keep a part's rows from earlier code as the present code's, if communities tried again give the same records.

    The present code's fingerprint seeds the drawing, so code cannot be tailored to the drawn communities without
    changing the draw. Returns the number of communities tried, 0 if the rows are of the present code. Raises InputError
    when there are no rows, when some are not of the tables' code, or when the two codes differ in a record.
    """
    kept = rows.records(plan.log(part), None)
    if not kept:
        raise InputError(f"no community of the part {part} has been tried", fix="Run `make calibrate`.")
    if {record["code"] for record in kept} == {plan.mark(part)}:
        return 0
    computed, drawn = _computed(plan, part, kept), _drawn(plan, part, kept)
    present = _present(plan, part, drawn, jobs)
    unlike = [(before, now) for before, now in zip(drawn, present, strict=True) if differing(before, now)]
    former = _former(plan, part, computed, [before for before, _ in unlike], jobs) if unlike else []
    for before, (_, now) in zip(former, unlike, strict=True):
        if found := differing(before, now):
            raise InputError(
                f"{part}: {now['condition']} {now['seed']} gives a different record from code {computed}: {found[0]}",
                path=plan.log(part).parent,
                fix=f"Try all again with `python calibration/calibrate.py {part} --fresh`.",
            )
    numbers = {"communities": len(drawn), "rounded_otherwise": len(unlike)}
    note = {"computed": computed, "present": plan.code[part], **numbers}
    text = json.dumps(run.carried(plan) | {part: note}, indent=1, sort_keys=True)
    plan.runs(run.CARRIED).write_text(f"{text}\n", encoding="utf-8")
    return len(drawn)


def differing(before: Record, now: Record) -> list[str]:
    """Differences between two records of a community, except in computing time and the mark of the code."""
    was, found = (_flat(json.loads(json.dumps(record))) for record in (before, now))
    names = sorted({*was, *found} - {"code", "cpu_s"})
    return [f"{name} {was.get(name)} -> {found.get(name)}" for name in names if was.get(name) != found.get(name)]


def _flat(record: Mapping, above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        flat |= _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return flat


def _computed(plan: run.Plan, part: str, kept: Sequence[Record]) -> str:
    """The fingerprint of the code that computed these rows, from the tables' provenance. Raises InputError when the
    rows are of other code."""
    noted = run.noted(plan)
    computed = noted.get("carried", {}).get(part, {}).get("computed", noted["code"][part])
    if {record["code"] for record in kept} != {plan.marked(part, computed)}:
        raise InputError(
            f"not all rows of {part} were computed by code {computed}, as the tables of calibration were",
            path=plan.log(part).parent,
            fix="Restore the folder calibration from git.",
        )
    return str(computed)


def _drawn(plan: run.Plan, part: str, kept: Sequence[Record]) -> list[Record]:
    """Records of EACH communities of every condition of a part, drawn with the present code's fingerprint as seed."""
    rng = np.random.default_rng(int(plan.code[part], 16))
    drawn = []
    for condition in plan.conditions:
        of_condition = [record for record in kept if record["condition"] == condition.name]
        drawn += [of_condition[place] for place in rng.permutation(len(of_condition))[: EACH[part]]]
    return drawn


def _present(plan: run.Plan, part: str, drawn: Sequence[Record], jobs: int) -> list[Record]:
    """The records of these communities, computed by the present code."""
    conditions, one = {each.name: each for each in plan.conditions}, _study(plan, part)
    work = (delayed(one)(conditions[record["condition"]], record["seed"]) for record in drawn)
    return list(run.in_parallel(jobs)(tqdm(work, desc=f"{part} again", total=len(drawn))))


def _study(plan: run.Plan, part: str) -> Callable[[Condition, int], Record]:
    """The function that tries one community of a part."""
    if part == "chain":
        return partial(_chain_record, settings=plan.settings)
    measured = run.measured(plan)
    if part == "trials":
        return partial(trial, measured=measured, settings=plan.settings)
    return partial(studied, measured=measured, settings=plan.settings, network=plan.network)


def _chain_record(condition: Condition, seed: int, settings: Settings) -> Record:
    return chain(condition, seed, settings)[0]


# Former code


def _former(plan: run.Plan, part: str, computed: str, drawn: Sequence[Record], jobs: int) -> list[Record]:
    """The records of these communities, computed by the code that computed the rows, taken from git."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _unpacked(plan.root, part, computed, root)
        wanted = json.dumps([(record["condition"], record["seed"]) for record in drawn])
        command = [sys.executable, str(plan.root / SCRIPT), str(root), part, computed, str(jobs)]
        environment = os.environ | {"PYTHONPATH": str(root / "src")}
        done = subprocess.run(command, input=wanted, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InputError(f"code {computed} cannot be run: {done.stderr.strip().splitlines()[-1]}", path=root)
        return list(json.loads(done.stdout))


def _unpacked(root: Path, part: str, computed: str, place: Path) -> None:
    """Unpack the last commit whose tables of calibration have this fingerprint. Raises InputError when git has none."""
    provenance = "calibration/provenance.yaml"
    for commit in repository.git(root, "log", "--format=%H", "--", provenance).split():
        noted = study.parsed_yaml(repository.git(root, "show", f"{commit}:{provenance}"))
        if noted["code"].get(part) == computed:
            packed = os.fsencode(repository.git(root, "archive", commit))
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(place, filter="data")
            return
    raise InputError(
        f"git has no commit whose code of {part} is {computed}",
        path=root,
        fix="Try all again: `make calibrate FRESH=1`.",
    )
