"""Runs of every community of the plan on all cores; each record is kept at once, so an interrupted run can continue."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import yaml
from joblib import Parallel, delayed
from tqdm import tqdm

from analysis import codebook, fingerprint, wording
from analysis.calibration import confusion, described, distributions, rates, rows
from analysis.calibration.trial import Condition, Record, Settings, chain, trial
from analysis.claims import rule
from analysis.errors import InputError
from analysis.partnership import step as partnership
from analysis.sharing import step as sharing
from analysis.simulate.people import HERE
from analysis.study import read_yaml
from analysis.workers import end_with

PARTS = ("chain", "trials", "described")
ALIKE = 0.005  # largest distance of two measurements that count as the same: half of the rarest code's sampling error
CARRIED = "carried.json"  # the parts whose rows are from earlier code that gives the same
UNREAD = 1_500  # texts of a community of the full chain whose predictions are kept, besides those that coders read
SIZE = {"members": 40, "months": 12}  # default size of a community


@dataclass(frozen=True)
class Plan:
    """calibration/plan.yaml, and the settings it leads to.

    code: by part, the fingerprint of its code. tried: by condition, the number of communities on which descriptive
    intervals are tried. final: whether the conditions have the seeds that are reserved for the last run.
    """

    root: Path
    settings: Settings
    conditions: tuple[Condition, ...]
    tried: Mapping[str, int]
    network: described.Network
    code: Mapping[str, str]
    final: bool = False

    @property
    def folder(self) -> Path:
        return self.root / "calibration"

    def runs(self, name: str) -> Path:
        """Where the communities tried are kept; those of the last run are kept separately."""
        return self.folder / ("runs/final" if self.final else "runs") / name

    def log(self, part: str) -> Path:
        """Where the rows of a part are written as it runs."""
        return self.runs(f"{part}.jsonl")

    def mark(self, part: str) -> str:
        """The mark of a part's rows from this code, or from earlier code that gives the same (carried)."""
        same = carried(self).get(part)
        return self.marked(part, same["computed"] if same else self.code[part])

    def marked(self, part: str, code: str) -> str:
        """The mark of a part's rows computed by some code: its fingerprint, combined with the measured errors with
        which it drew codings."""
        if part == "chain":
            return code
        digest = hashlib.sha256(code.encode())
        for path in tables_of(self, "measured"):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def wanted(self, part: str, condition: Condition) -> int:
        """How many communities of a condition a part tries."""
        numbers = (condition.chain, condition.communities, self.tried.get(condition.name, 0))
        return dict(zip(PARTS, numbers, strict=True))[part]


def load(root: Path, *, final: bool = False) -> Plan:
    """The plan of the study at root. final: with the seeds reserved for the last run (plan.yaml, `final`)."""
    plan = yaml.safe_load((root / "calibration" / "plan.yaml").read_text(encoding="utf-8"))
    own = fingerprint.settings(root)
    settings = Settings(
        declared=[claim for claim in rule.load_claims(root / "claims.yaml") if claim["id"] in rates.CLAIMS],
        book=codebook.load(HERE / "codebook.yaml"),
        partnership=partnership.Params(**own["partnership"]),
        sharing=sharing.Params(**own["sharing"]),
        **own["coding"],
        **own["claims"],
    )
    conditions = tuple(Condition(**{"changes": {}, "chain": 0, **SIZE, **each}) for each in plan["conditions"])
    if final:
        first, step = plan["final"]["seed"], plan["final"]["step"]
        conditions = tuple(replace(each, seed=first + step * k) for k, each in enumerate(conditions))
    tried = dict.fromkeys(plan["described"]["conditions"], plan["described"]["communities"])
    network = described.Network(**own["network"])
    return Plan(root, settings, conditions, tried, network, fingerprint.fingerprints(root), final)


# Running


def _planned(kept: Sequence[Record], conditions: Sequence[Condition]) -> list[Record]:
    """The records of communities with the conditions' seeds: final ones are not mixed with others."""
    seeds = {each.name: range(each.seed, each.seed + each.communities) for each in conditions}
    return [record for record in kept if record["seed"] in seeds.get(record["condition"], ())]


def forget(plan: Plan, parts: Sequence[str]) -> None:
    """Delete what these parts have tried so far."""
    if plan.runs(CARRIED).exists():
        left = {part: note for part, note in _read(plan.runs(CARRIED)).items() if part not in parts}
        plan.runs(CARRIED).write_text(json.dumps(left, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for part in {*parts} & {*PARTS}:
        rows.forget(plan.log(part))
    if "chain" in parts:
        shutil.rmtree(plan.runs("anew"), ignore_errors=True)
    if "distributions" in parts:
        plan.runs("distributions.json").unlink(missing_ok=True)


def carried(plan: Plan) -> dict[str, dict[str, Any]]:
    """By part whose rows were computed by earlier code that was found to give the same (again.carry_over): computed,
    present: fingerprints of that code and of the present one; communities: how many were tried again;
    rounded_otherwise: how many of these gave, with both codes alike, a record that differs from the kept one."""
    file = plan.runs(CARRIED)
    notes = _read(file) if file.exists() else {}
    return {part: note for part, note in notes.items() if note["present"] == plan.code[part]}


def noted(plan: Plan) -> dict[str, Any]:
    """provenance.yaml of the tables; empty before there are any."""
    source = plan.folder / "provenance.yaml"
    return dict(read_yaml(source)) if source.exists() else {}


def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def measured(plan: Plan) -> pd.DataFrame:
    """Errors of coders and classifier in the full chain (confusion.MEASURED), with which codings are drawn.

    Raises InputError when the chain has never been completed.
    """
    return _joined(plan, "measured")


def tables_of(plan: Plan, folder: str) -> list[Path]:
    """The files of measured errors in a folder of runs, one per community, by condition and seed."""
    files = plan.runs(folder).glob("*.parquet")
    return sorted(files, key=lambda path: (path.stem.rpartition(" ")[0], int(path.stem.rpartition(" ")[2])))


def _joined(plan: Plan, folder: str) -> pd.DataFrame:
    tables = tables_of(plan, folder)
    if not tables:
        raise InputError("no errors have been measured: the full chain has not run", fix="Run the part `chain` first.")
    return pd.concat([pd.read_parquet(path) for path in tables])


def run_chain(plan: Plan, until: float, jobs: int = -1) -> None:
    """The full chain of the communities that the plan names for it. until: seconds of time.monotonic() to stop at."""
    study, anew = partial(chain, settings=plan.settings), plan.runs("anew")
    for record, table in _results(plan, "chain", study, until, jobs):
        anew.mkdir(parents=True, exist_ok=True)
        file = anew / f"{record['condition']} {record['seed']}.parquet"
        kept_of(table, record["seed"]).to_parquet(file, compression="zstd")
        rows.append(plan.log("chain"), record | {"code": plan.mark("chain")})
    rows.pack(plan.log("chain"), plan.mark("chain"))
    if anew.is_dir() and not waiting(plan, "chain", plan.mark("chain")):
        settle(plan)


def settle(plan: Plan) -> None:
    """Adopt the errors that the chain has measured, for trials to draw with; but if communities were tried with errors
    that are alike (ALIKE), these and the trials are kept. The distribution of the new errors is kept."""
    anew, used = plan.runs("anew"), plan.runs("measured")
    found = confusion.distribution(_joined(plan, "anew"))
    found.to_parquet(plan.runs("errors.parquet"), compression="zstd")
    tried = any(rows.records(plan.log(part), None) for part in ("trials", "described"))
    if tried and used.is_dir() and confusion.distance(confusion.distribution(measured(plan)), found) <= ALIKE:
        shutil.rmtree(anew)
        return
    shutil.rmtree(used, ignore_errors=True)
    anew.rename(used)
    plan.runs("measured.json").write_text(json.dumps({"code": plan.code["chain"]}) + "\n", encoding="utf-8")


def errors_in_use(plan: Plan) -> dict[str, str | float] | None:
    """code: the chain's code that measured the errors with which codings are drawn; distance: from them to the errors
    that the present chain measured. None before the chain has been completed."""
    source, found = plan.runs("measured.json"), plan.runs("errors.parquet")
    if not (source.exists() and found.exists()):
        return None
    far = confusion.distance(confusion.distribution(measured(plan)), pd.read_parquet(found))
    return _read(source) | {"distance": round(far, 5)}


def run_trials(plan: Plan, until: float, jobs: int = -1) -> None:
    """All communities by the shortcut. until: as in run_chain."""
    study = partial(trial, measured=measured(plan), settings=plan.settings)
    _kept("trials", plan, study, until, jobs)


def run_described(plan: Plan, until: float, jobs: int = -1) -> None:
    """The descriptive intervals, on the first communities of some conditions. until: as in run_chain."""
    study = partial(described.studied, measured=measured(plan), settings=plan.settings, network=plan.network)
    _kept("described", plan, study, until, jobs)


def _kept(part: str, plan: Plan, study: Callable, until: float, jobs: int) -> None:
    mark = plan.mark(part)
    for record in _results(plan, part, study, until, jobs):
        rows.append(plan.log(part), record | {"code": mark})
    rows.pack(plan.log(part), mark)


def kept_of(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The part of a community's measured errors that is kept in git: all texts that coders read, and UNREAD random ones
    of the others; probabilities to three digits."""
    coded = table["coded"].to_numpy()
    unread = table[~coded].sample(min(UNREAD, int((~coded).sum())), random_state=seed)
    return pd.concat([table[coded], unread]).round(3)


def run_distributions(plan: Plan, jobs: int = -1, samples: int = 400) -> None:
    """The intervals of concentration and agreement on data from known distributions, and the posterior of codes."""
    if known_rows(plan):
        return
    seed, known = plan.settings.sharing.seed, list(distributions.distributions())
    work = [delayed(distributions.gini_coverage)(each, n, samples, seed) for each in known for n in distributions.SIZES]
    work += [delayed(distributions.other_coverage)(each, SIZE["members"], samples, seed) for each in known]
    found = [row for some in in_parallel(jobs)(tqdm(work, desc="distributions")) for row in some]
    found += [*described.alpha_coverage(samples, seed), *distributions.posterior_coverage(samples, seed)]
    target = plan.runs("distributions.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        json.dumps({"code": plan.code["distributions"], "rows": found}, indent=0) + "\n", encoding="utf-8"
    )


def known_rows(plan: Plan) -> list[dict]:
    """The rows that run_distributions found on this code; none before it has run."""
    source = plan.runs("distributions.json")
    kept: dict = json.loads(source.read_text("utf-8")) if source.exists() else {}
    return list(kept["rows"]) if kept.get("code") == plan.code["distributions"] else []


def waiting(plan: Plan, part: str, mark: str | None) -> list[tuple[Condition, int]]:
    """The communities (condition, seed) of a part that have no record yet. mark: that of the part's rows, None for any.

    Conditions advance together, so that an interrupted run has an equal share of each.
    """
    done = {(record["condition"], record["seed"]) for record in rows.records(plan.log(part), mark)}
    numbers = [(each, plan.wanted(part, each)) for each in plan.conditions]
    communities = [(k / number, each, each.seed + k) for each, number in numbers for k in range(number)]
    together = sorted(communities, key=lambda one: one[0])
    return [(each, seed) for _, each, seed in together if (each.name, seed) not in done]


def say_cost(plan: Plan, jobs: int) -> Iterator[str]:
    """The work ahead: communities by part, CPU seconds each as last measured, and approximate minutes in all."""
    last, total = noted(plan), 0.0
    complete = not waiting(plan, "chain", plan.mark("chain"))
    for part in PARTS:
        seconds = {name: s for name, s in last.get("cpu_seconds_by_condition", {}).get(part, {}).items() if s}
        mark = plan.mark(part) if complete or part == "chain" else None  # otherwise known only after the chain has run
        ahead, usual = waiting(plan, part, mark), median(seconds.values()) if seconds else np.nan
        cost = sum(seconds.get(each.name, usual) for each, _ in ahead)
        total += cost
        each = f"{cost / len(ahead):.1f} CPU seconds a community" if ahead else "nothing to do"
        yield f"{part}: {wording.count(len(ahead), 'community', 'communities')}, {each}"
    known = f"about {total / 60 / jobs:.0f} minutes" if total == total else "how long is not known before a first run"
    yield f"{known} on {wording.count(jobs, 'core')}, by the last measurement"


def _results(plan: Plan, part: str, study: Callable, until: float, jobs: int) -> Iterator:
    """Results of study(condition, seed) for each waiting community, as they finish, in no order."""
    ahead = waiting(plan, part, plan.mark(part))
    in_time = takewhile(lambda _: time.monotonic() < until, ahead)
    parallel = in_parallel(jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    return iter(tqdm(parallel(delayed(study)(*one) for one in in_time), desc=part, total=len(ahead)))


def in_parallel(jobs: int, **options: Any) -> Parallel:
    """A pool of this many processes, none of which outlives this one."""
    return Parallel(n_jobs=jobs, backend="loky", initializer=end_with, initargs=(os.getpid(),), **options)


# The tables


def write_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Write the small tables of calibration/ from the records so far, and their provenance."""
    chained, done, others = (_planned(rows.records(plan.log(part), plan.mark(part)), plan.conditions) for part in PARTS)
    kinds, known = plan.conditions, pd.DataFrame(known_rows(plan))
    coverage = [rates.coverage(done, kinds), described.coverage(others, kinds), known]
    bias = [rates.bias(done, kinds), described.bias(others, kinds)]
    tables = {"verdicts": rates.verdicts(done, kinds), "naive": rates.verdicts(done, kinds, of="naive")}
    tables |= {"power": rates.power(done, kinds), "coverage": pd.concat(coverage, ignore_index=True)}
    tables |= {"bias": pd.concat(bias, ignore_index=True), "chain": rates.shortcut(chained, done)}
    misses = [rates.misses(done, kinds), described.misses(others, kinds)]
    tables |= {"misses": pd.concat(misses, ignore_index=True)}
    tables |= {"scenarios": rates.scenarios(kinds)}
    for name, table in tables.items():
        text = table.round(4).to_csv(index=False, lineterminator="\n")
        (plan.folder / f"{name}.csv").write_bytes(text.encode())
    provenance(plan, done, chained, others, list(tables))
    return tables


def provenance(
    plan: Plan, done: Sequence[Record], chained: Sequence[Record], others: Sequence[Record], names: Sequence[str]
) -> None:
    """Write provenance.yaml: the code, the number of communities, and the tables' hashes."""
    kinds, files = plan.conditions, [*(f"{name}.csv" for name in names), "plan.yaml"]
    content = {
        "code": dict(plan.code),
        "final": plan.final,
        "asked": {claim["id"]: rule.asked(claim) for claim in plan.settings.declared},
        "packages": {name: version(name) for name in ("numpy", "pandas", "scipy", "scikit-learn")},
        "communities": {each.name: len(rates.of_condition(done, each)) for each in kinds},
        "full_chain": len(chained),
        "described": len(others),
        "errors": errors_in_use(plan),
        "carried": carried(plan),
        "cpu_seconds": {"a_community": _median(done), "a_full_chain": _median(chained)},
        "cpu_seconds_by_condition": {
            part: {
                each.name: _median(rates.of_condition(tried, each))
                for each in plan.conditions
                if plan.wanted(part, each)
            }
            for part, tried in zip(PARTS, (chained, done, others), strict=True)
        },
        "cpu_hours": round(sum(record["cpu_s"] for record in [*done, *chained, *others]) / 3600, 2),
        "sha256": {name: hashlib.sha256((plan.folder / name).read_bytes()).hexdigest() for name in files},
    }
    (plan.folder / "provenance.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _median(records: Sequence[Record]) -> float | None:
    return round(median(record["cpu_s"] for record in records), 2) if records else None
