"""The runs: every community of the plan once, on all cores, kept as it is done, so that a broken run goes on.

A record is a line of JSON in calibration/runs/ (not in git), marked with the code it was made by; records of other code
do not count.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pandas as pd
import yaml
from joblib import Parallel, delayed
from tqdm import tqdm

from analysis import codebook, fingerprint
from analysis.calibration import described, laws, posterior, rates
from analysis.calibration.trial import Condition, Record, Settings, chain, trial
from analysis.claims import rule
from analysis.partnership import step as partnership
from analysis.sharing import step as sharing
from analysis.simulate.people import HERE

TESTED = ("C1", "C2", "C3")
ENTRY = "src/analysis/calibration/trial.py"
SIZE = {"members": 40, "months": 12}  # of a community, where the plan does not say


@dataclass(frozen=True)
class Described:
    """On which conditions, and on how many communities of each, the intervals of what is described are tried."""

    conditions: Sequence[str]
    communities: int
    network: described.Network


@dataclass(frozen=True)
class Plan:
    """calibration/plan.yaml, and what it rests on. code: hash of all that a trial runs and reads."""

    root: Path
    settings: Settings
    conditions: tuple[Condition, ...]
    described: Described
    code: str

    @property
    def folder(self) -> Path:
        return self.root / "calibration"

    def runs(self, name: str) -> Path:
        return self.folder / "runs" / name


def load(root: Path) -> Plan:
    """The plan of the study at root."""
    plan = yaml.safe_load((root / "calibration" / "plan.yaml").read_text(encoding="utf-8"))
    own = fingerprint.settings(root)
    settings = Settings(
        declared=[claim for claim in rule.load_claims(root / "claims.yaml") if claim["id"] in TESTED],
        book=codebook.load(HERE / "codebook.yaml"),
        partnership=partnership.Params(**own["partnership"]),
        sharing=sharing.Params(**own["sharing"]),
        **own["coding"],
        **own["claims"],
    )
    conditions = tuple(Condition(**{"changes": {}, "chain": 0, **SIZE, **each}) for each in plan["conditions"])
    wanted = plan["described"]
    others = Described(wanted["conditions"], wanted["communities"], described.Network(**own["network"]))
    return Plan(root, settings, conditions, others, fingerprint.code_fingerprint(root))


# Records


def append(path: Path, record: Mapping) -> None:
    """Add a record as a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    broken = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * broken + json.dumps(record, sort_keys=True) + "\n")


def records(path: Path, code: str) -> list[Record]:
    """The records of this code, by condition and seed, each once; a line that a broken run left unfinished is none."""
    found: dict[tuple[str, int], Record] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        record = json.loads(line) if line.endswith("}") else {}
        if record.get("code") == code:
            found[record["condition"], record["seed"]] = record
    return [found[key] for key in sorted(found)]


def measured(plan: Plan) -> pd.DataFrame:
    """What the full chain measured of coders and classifier (confusion.MEASURED), by this code."""
    folder = plan.runs("measured")
    return pd.concat([pd.read_parquet(path) for path in sorted(folder.glob(f"{plan.code} *.parquet"))])


# Running


def run_chain(plan: Plan, until: float, jobs: int = -1) -> None:
    """The full chain of the communities that the plan names for it. until: seconds of time.monotonic() to stop at."""
    waiting = _waiting(plan, "chain.jsonl", lambda condition: condition.chain)
    work = (delayed(chain)(condition, seed, plan.settings) for condition, seed in _in_time(waiting, until))
    for record, table in tqdm(_done(work, jobs), desc="full chain", total=len(waiting)):
        plan.runs("measured").mkdir(parents=True, exist_ok=True)
        table.to_parquet(plan.runs("measured") / f"{plan.code} {record['condition']} {record['seed']}.parquet")
        append(plan.runs("chain.jsonl"), record | {"code": plan.code})


def run_trials(plan: Plan, until: float, jobs: int = -1) -> None:
    """All communities by the shortcut. until: seconds of time.monotonic() to stop at."""
    waiting = _waiting(plan, "trials.jsonl", lambda condition: condition.communities)
    known = measured(plan)
    work = (delayed(trial)(condition, seed, known, plan.settings) for condition, seed in _in_time(waiting, until))
    for record in tqdm(_done(work, jobs), desc="communities", total=len(waiting)):
        append(plan.runs("trials.jsonl"), record | {"code": plan.code})


def run_described(plan: Plan, until: float, jobs: int = -1) -> None:
    """The intervals of what is described, on the first communities of some conditions. until: as in run_trials."""
    wanted = plan.described
    waiting = _waiting(
        plan, "described.jsonl", lambda each: wanted.communities if each.name in wanted.conditions else 0
    )
    known = measured(plan)
    work = (delayed(described.studied)(condition, seed, known, plan.settings, wanted.network) for condition, seed in
            _in_time(waiting, until))  # fmt: skip
    for record in tqdm(_done(work, jobs), desc="described", total=len(waiting)):
        append(plan.runs("described.jsonl"), record | {"code": plan.code})


def run_laws(plan: Plan, jobs: int = -1, samples: int = 400) -> None:
    """The intervals of concentration and agreement, on data from known laws, and the posterior of codes."""
    work = [
        delayed(laws.covered)(law, size, samples, plan.settings.sharing.seed)
        for law in laws.laws()
        for size in laws.SIZES
    ]
    work += [
        delayed(laws.others_covered)(law, SIZE["members"], samples, plan.settings.sharing.seed) for law in laws.laws()
    ]
    rows = [row for found in Parallel(n_jobs=jobs)(tqdm(work, desc="laws")) for row in found]
    rows += [
        *described.agreed(samples, plan.settings.sharing.seed),
        *posterior.covered(samples, plan.settings.sharing.seed),
    ]
    plan.runs("laws.json").parent.mkdir(parents=True, exist_ok=True)
    plan.runs("laws.json").write_text(json.dumps(rows), encoding="utf-8")


Job = tuple[Condition, int]


def _waiting(plan: Plan, name: str, number: Callable[[Condition], int]) -> list[Job]:
    """What is not done yet, all conditions in step: a run that is cut short has as large a part of each."""
    done = {(record["condition"], record["seed"]) for record in records(plan.runs(name), plan.code)}
    jobs = [(k / number(each), each, each.seed + k) for each in plan.conditions for k in range(number(each))]
    in_step = sorted(jobs, key=lambda job: job[0])
    return [(each, seed) for _, each, seed in in_step if (each.name, seed) not in done]


def _in_time(jobs: Iterable[Job], until: float) -> Iterator[Job]:
    for job in jobs:
        if time.monotonic() >= until:
            return
        yield job


def _done(work: Iterable, jobs: int) -> Iterator:
    """Answers as they come, in no order."""
    return Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)(work)


# The tables


def write_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Write what the records so far say as the small tables of calibration/, and where they come from."""
    done, chained, others = (
        records(plan.runs(f"{name}.jsonl"), plan.code) for name in ("trials", "chain", "described")
    )
    known = json.loads(plan.runs("laws.json").read_text("utf-8")) if plan.runs("laws.json").exists() else []
    tables = {
        "verdicts": rates.verdicts(done, plan.conditions),
        "naive": rates.verdicts(done, plan.conditions, of="naive"),
        "power": rates.power(done, plan.conditions),
        "coverage": pd.concat(
            [rates.coverage(done, plan.conditions), described.coverage(others, plan.conditions), pd.DataFrame(known)],
            ignore_index=True,
        ),
        "bias": pd.concat(
            [rates.bias(done, plan.conditions), described.bias(others, plan.conditions)], ignore_index=True
        ),
        "chain": rates.fairness(chained, done),
        "scenarios": rates.scenarios(plan.conditions),
    }
    for name, table in tables.items():
        text = table.round(4).to_csv(index=False, lineterminator="\n")
        (plan.folder / f"{name}.csv").write_bytes(text.encode())
    provenance(plan, done, chained, others, list(tables))
    return tables


def provenance(
    plan: Plan, done: Sequence[Record], chained: Sequence[Record], others: Sequence[Record], names: Sequence[str]
) -> None:
    """Write provenance.yaml: by what code, from how many communities, and the tables' hashes."""
    files = [*(f"{name}.csv" for name in names), "plan.yaml"]
    known = {
        "code": plan.code,
        "packages": {name: version(name) for name in ("numpy", "pandas", "scipy", "scikit-learn")},
        "communities": {each.name: sum(r["condition"] == each.name for r in done) for each in plan.conditions},
        "full_chain": len(chained),
        "described": len(others),
        "cpu_seconds": {"a_community": _median(done), "a_full_chain": _median(chained)},
        "cpu_hours": round(sum(record["cpu_s"] for record in [*done, *chained, *others]) / 3600, 2),
        "sha256": {name: hashlib.sha256((plan.folder / name).read_bytes()).hexdigest() for name in files},
    }
    (plan.folder / "provenance.yaml").write_text(yaml.safe_dump(known, sort_keys=False), encoding="utf-8")


def _median(found: Sequence[Record]) -> float | None:
    return round(median(record["cpu_s"] for record in found), 2) if found else None
