"""The runs: every community of the plan once, on all cores, each record kept at once, so that a broken run goes on.

A record is a line of JSON in calibration/runs/ (not in git), marked with the fingerprint of the code that made it;
records of other code do not count.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from statistics import median

import pandas as pd
import yaml
from joblib import Parallel, delayed
from tqdm import tqdm

from analysis import codebook, fingerprint
from analysis.calibration import described, distributions, rates
from analysis.calibration.trial import Condition, Record, Settings, chain, trial
from analysis.claims import rule
from analysis.partnership import step as partnership
from analysis.sharing import step as sharing
from analysis.simulate.people import HERE

SIZE = {"members": 40, "months": 12}  # of a community, where the plan does not say


@dataclass(frozen=True)
class Plan:
    """calibration/plan.yaml, and the settings it leads to. code: the fingerprint of what a trial computes with. tried:
    how many communities of each condition, by name, the intervals of what is described are tried on. final: whether the
    conditions have the seeds that are kept for the last run."""

    root: Path
    settings: Settings
    conditions: tuple[Condition, ...]
    tried: Mapping[str, int]
    network: described.Network
    code: str
    final: bool = False

    @property
    def folder(self) -> Path:
        return self.root / "calibration"

    def runs(self, name: str) -> Path:
        return self.folder / "runs" / name


def load(root: Path, *, final: bool = False) -> Plan:
    """The plan of the study at root. final: with the seeds kept for the last run (plan.yaml, `final`)."""
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
    return Plan(root, settings, conditions, tried, network, fingerprint.code_fingerprint(root), final)


# Records


def append(path: Path, record: Mapping) -> None:
    """Add a record as a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    broken = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * broken + json.dumps(record, sort_keys=True) + "\n")


def records(path: Path, code: str) -> list[Record]:
    """The records of this code, by condition and seed, each once; a line that a broken run left unfinished is none."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    complete = (json.loads(line) for line in lines if line.endswith("}"))
    kept = {(record["condition"], record["seed"]): record for record in complete if record["code"] == code}
    return [kept[key] for key in sorted(kept)]


def _planned(kept: Sequence[Record], conditions: Sequence[Condition]) -> list[Record]:
    """The records of communities with the conditions' seeds: final ones are not mixed with others."""
    seeds = {each.name: range(each.seed, each.seed + each.communities) for each in conditions}
    return [record for record in kept if record["seed"] in seeds.get(record["condition"], ())]


def measured(plan: Plan) -> pd.DataFrame:
    """How coders and classifier erred in the full chain (confusion.MEASURED), by this code."""
    folder = plan.runs("measured")
    return pd.concat([pd.read_parquet(path) for path in sorted(folder.glob(f"{plan.code} *.parquet"))])


# Running


def run_chain(plan: Plan, until: float, jobs: int = -1) -> None:
    """The full chain of the communities that the plan names for it. until: seconds of time.monotonic() to stop at."""
    study = partial(chain, settings=plan.settings)
    for record, table in _results(plan, "chain", lambda each: each.chain, study, until, jobs):
        plan.runs("measured").mkdir(parents=True, exist_ok=True)
        table.to_parquet(plan.runs("measured") / f"{plan.code} {record['condition']} {record['seed']}.parquet")
        append(plan.runs("chain.jsonl"), record | {"code": plan.code})


def run_trials(plan: Plan, until: float, jobs: int = -1) -> None:
    """All communities by the shortcut. until: as in run_chain."""
    study = partial(trial, measured=measured(plan), settings=plan.settings)
    for record in _results(plan, "trials", lambda each: each.communities, study, until, jobs):
        append(plan.runs("trials.jsonl"), record | {"code": plan.code})


def run_described(plan: Plan, until: float, jobs: int = -1) -> None:
    """The intervals of what is described, on the first communities of some conditions. until: as in run_chain."""
    study = partial(described.studied, measured=measured(plan), settings=plan.settings, network=plan.network)
    for record in _results(plan, "described", lambda each: plan.tried.get(each.name, 0), study, until, jobs):
        append(plan.runs("described.jsonl"), record | {"code": plan.code})


def run_distributions(plan: Plan, jobs: int = -1, samples: int = 400) -> None:
    """The intervals of concentration and agreement on data from known distributions, and the posterior of codes."""
    seed, known = plan.settings.sharing.seed, list(distributions.distributions())
    work = [delayed(distributions.gini_coverage)(each, n, samples, seed) for each in known for n in distributions.SIZES]
    work += [delayed(distributions.other_coverage)(each, SIZE["members"], samples, seed) for each in known]
    rows = [row for some in Parallel(n_jobs=jobs)(tqdm(work, desc="distributions")) for row in some]
    rows += [*described.alpha_coverage(samples, seed), *distributions.posterior_coverage(samples, seed)]
    target = plan.runs("distributions.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(rows), encoding="utf-8")


def _results(
    plan: Plan, name: str, number: Callable[[Condition], int], study: Callable, until: float, jobs: int
) -> Iterator:
    """What study(condition, seed) gives for each community that has no record yet, as they come, in no order.

    number: how many communities of a condition are wanted. Conditions advance together, so that a run that is cut short
    has as large a part of each.
    """
    done = {(record["condition"], record["seed"]) for record in records(plan.runs(f"{name}.jsonl"), plan.code)}
    communities = [(k / number(each), each, each.seed + k) for each in plan.conditions for k in range(number(each))]
    together = sorted(communities, key=lambda one: one[0])
    waiting = [(each, seed) for _, each, seed in together if (each.name, seed) not in done]
    in_time = takewhile(lambda _: time.monotonic() < until, waiting)
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    return iter(tqdm(parallel(delayed(study)(*one) for one in in_time), desc=name, total=len(waiting)))


# The tables


def write_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Write the small tables of calibration/ from the records so far, and their provenance."""
    logs = (plan.runs(f"{name}.jsonl") for name in ("trials", "chain", "described"))
    done, chained, others = (_planned(records(log, plan.code), plan.conditions) for log in logs)
    source = plan.runs("distributions.json")
    known = pd.DataFrame(json.loads(source.read_text("utf-8")) if source.exists() else [])
    kinds = plan.conditions
    coverage = [rates.coverage(done, kinds), described.coverage(others, kinds), known]
    bias = [rates.bias(done, kinds), described.bias(others, kinds)]
    tables = {"verdicts": rates.verdicts(done, kinds), "naive": rates.verdicts(done, kinds, of="naive")}
    tables |= {"power": rates.power(done, kinds), "coverage": pd.concat(coverage, ignore_index=True)}
    tables |= {"bias": pd.concat(bias, ignore_index=True), "chain": rates.shortcut(chained, done)}
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
    files = [*(f"{name}.csv" for name in names), "plan.yaml"]
    content = {
        "code": plan.code,
        "final": plan.final,
        "packages": {name: version(name) for name in ("numpy", "pandas", "scipy", "scikit-learn")},
        "communities": {each.name: len(rates.of_condition(done, each)) for each in plan.conditions},
        "full_chain": len(chained),
        "described": len(others),
        "cpu_seconds": {"a_community": _median(done), "a_full_chain": _median(chained)},
        "cpu_hours": round(sum(record["cpu_s"] for record in [*done, *chained, *others]) / 3600, 2),
        "sha256": {name: hashlib.sha256((plan.folder / name).read_bytes()).hexdigest() for name in files},
    }
    (plan.folder / "provenance.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _median(records: Sequence[Record]) -> float | None:
    return round(median(record["cpu_s"] for record in records), 2) if records else None
