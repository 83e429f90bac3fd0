"""Speed and memory of what Guyub does, next to peers on the same work in the same run, in one table: `make bench`.

    python benchmarks/table.py                      # everything; at most 20 minutes
    python benchmarks/table.py reading agreement    # some groups
    python benchmarks/table.py --keep               # everything, kept in docs/benchmarks.json, which the book shows

What was measured goes into build/benchmarks.json. --keep with groups leaves the records of other groups as they are,
with date and commit of this run: for work of the same day.

Each tool works in a process of its own, on one thread unless it starts its own, and reads the input that was written
for all. It does the work twice, and the second time counts; work of over five CPU seconds is done once. Of a *whole
process* starting, importing and reading count too. The tools of a case take turns, up to ROUNDS rounds; no round begins
once a case has taken ENOUGH seconds. A ratio is a peer's CPU time over Guyub's in the same round. Peers that are not
installed are listed with the command that installs them.

A regression is reported, and ends the command with 1, where Guyub's fastest round takes over WORSE times the fastest
one of docs/benchmarks.json, or the largest memory has grown so. On another machine than that file's, ratios to peers
are compared instead.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from timed import CALLS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = ROOT / "docs" / "benchmarks.json"
MEASURED = ROOT / "build" / "benchmarks.json"
PEERS = ROOT / "build" / "peers"
GROUPS = {  # each with the script that has its cases
    "reading": "ingest", "replies": "reply_speed", "agreement": "agreement", "epistemic networks": "ena",
    "tests of relations": "qap", "networks": "network", "engines": "engines", "simulation": "simulator",
    "spreading": "diffusion", "the study": "steps",
}  # fmt: skip
ROUNDS, ENOUGH = 5, 25.0  # ENOUGH: seconds
WORSE = 1.2
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
INSTALL = "make bench-peers"
Record = dict[str, Any]


@dataclass(frozen=True)
class Tool:
    """Who does the work. command: prints what timed.report prints, unless whole processes are compared. install: the
    command that installs it; needs: a place that is there once it is."""

    name: str
    command: Sequence[str]
    install: str = ""
    needs: Path = ROOT

    @property
    def installed(self) -> bool:
        return self.needs.exists() and shutil.which(self.command[0]) is not None


@dataclass(frozen=True)
class Case:
    """One piece of work and its tools, Guyub's first. whole: whole processes are compared."""

    work: str
    tools: Sequence[Tool]
    whole: bool = False


def ours(script: str, *arguments: str) -> Tool:
    """Guyub, in one of these scripts with arguments that have it do one thing."""
    return Tool("Guyub", [sys.executable, str(HERE / script), *arguments])


def peer(name: str, script: str, *arguments: str) -> Tool:
    """A package of Python in an environment of its own, by a script in benchmarks/peers."""
    python = PEERS / name.lower() / "bin" / "python"
    return Tool(name, [str(python), str(HERE / "peers" / script), *arguments], INSTALL)


# Measuring


def measured(tool: Tool, *, whole: bool = False) -> Record:
    """CPU seconds, peak memory (in MB, of the largest process unless the tool reports its own) and what else one run of
    a tool reports; `failed`, with its last words, where it ends with an error."""
    search = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": search, **({CALLS: "1"} if whole else {})}
    launcher = [sys.executable, "-I", "-S", str(HERE / "launch.py"), *tool.command]
    done = subprocess.run(launcher, capture_output=True, text=True, check=False, env=environment)
    *said, took = done.stdout.strip().splitlines() or ["{}"]
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["without a word"])[-1]}
    spent = json.loads(took)
    own = json.loads(said[-1]) if said and said[-1].startswith("{") else {}
    return spent | own | ({"cpu_s": spent["process_cpu_s"]} if whole else {})


def rounds(tools: Sequence[Tool], *, whole: bool) -> list[list[Record]]:
    """What each tool took, in rounds in which they take turns."""
    start, taken = time.monotonic(), []
    while not taken or (len(taken) < ROUNDS and time.monotonic() - start < ENOUGH):
        taken.append([measured(tool, whole=whole) for tool in tools])
    return taken


def records(group: str, case: Case) -> list[Record]:
    """A record for each tool of a case: what it took over the rounds, or why it was not run."""
    there = [tool for tool in case.tools if tool.installed]
    by_round = rounds(there, whole=case.whole) if there else []
    runs = {tool.name: [each[i] for each in by_round] for i, tool in enumerate(there)}
    first = runs.get(case.tools[0].name, [])
    about = {"group": group, "work": case.work}
    return [about | {"tool": tool.name} | summary(tool, runs.get(tool.name, []), first) for tool in case.tools]


def summary(tool: Tool, runs: Sequence[Record], first: Sequence[Record]) -> Record:
    """What a tool's runs took together. first: the runs of Guyub in the same rounds."""
    failed = next((run["failed"] for run in runs if "failed" in run), None)
    if failed or not runs:
        return {"not_run": failed or "not installed", "install": tool.install}
    of = {"rounds": len(runs), "cpu_s": spread([run["cpu_s"] for run in runs])}
    of |= {"wall_s": round(median(run["wall_s"] for run in runs), 2)}
    of |= {"peak_mb": round(max(run["peak_mb"] for run in runs))}
    of |= {key: runs[-1][key] for key in ("version", "result") if key in runs[-1]}
    if first and runs is not first and all("cpu_s" in run for run in first):
        of["ratio"] = spread([run["cpu_s"] / own["cpu_s"] for run, own in zip(runs, first, strict=True)])
    return of


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most, to four digits."""
    three = {"median": median(values), "low": min(values), "high": max(values)}
    return {key: float(f"{value:.4g}") for key, value in three.items()}


# What is kept, and compared


def machine() -> str:
    """The processor's model and its number of cores; nothing that names this machine."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"


def results(measured_records: list[Record], load: float) -> dict[str, Any]:
    """What is kept: the records with when, where and of what they are, and a hash by which a later change shows.

    load: average number of processes of others that wanted a core when it began.
    """
    from analysis.verify.facts import digest_of

    describe = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    about = {"script": "make bench KEEP=1", "date": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit}
    made: dict[str, Any] = {"provenance": about | {"machine": machine(), "load": load}, "records": measured_records}
    made["provenance"]["sha256"] = digest_of(made)
    return made


def regressions(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What of Guyub has become over WORSE times as slow or large, or fails, in words."""
    same = before["provenance"]["machine"] == now["provenance"]["machine"]
    known = {_key(row): row for row in before["records"] if "cpu_s" in row}
    pairs = [(known[_key(row)], row) for row in now["records"] if _key(row) in known]
    return [f"{row['group']}, {row['work']}: {words}" for old, row in pairs for words in grown(old, row, same=same)]


def _key(row: Record) -> tuple[str, str, str]:
    return row["group"], row["work"], row["tool"]


def grown(old: Record, row: Record, *, same: bool) -> Iterator[str]:
    """How a record is worse than it was: Guyub's time and memory on the same machine, elsewhere its part of a peer's
    time."""
    compared: dict[str, tuple[float, float]] = {}
    if "ratio" in old:
        if "ratio" in row and not same:
            compared[f"of {row['tool']}'s CPU time"] = 1 / old["ratio"]["median"], 1 / row["ratio"]["median"]
    elif "not_run" in row:
        yield f"not run: {row['not_run']}"
    elif same:
        compared = {"CPU s": (old["cpu_s"]["low"], row["cpu_s"]["low"]), "MB": (old["peak_mb"], row["peak_mb"])}
    for unit, (was, now) in compared.items():
        if now > WORSE * was:
            yield f"{was:.3g} {unit} became {now:.3g}"


def write(made: dict[str, Any], place: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


# The table


def shown(rows: Iterable[Record]) -> Iterator[str]:
    """Records as text, a line each, below the work that they are about."""
    work = ""
    for row in rows:
        if row["work"] != work:
            work = row["work"]
            yield f"  {work}"
        yield f"    {row['tool'] + ' ' + row.get('version', ''):32}{took(row)}"


def took(row: Record) -> str:
    if "not_run" in row:
        return f"not run: {row['not_run']}" + (f"; {row['install']}" if row["install"] else "")
    cpu, ratio = row["cpu_s"], row.get("ratio")
    text = f"{cpu['median']:9.3g} CPU s ({cpu['low']:.3g} to {cpu['high']:.3g}) {row['peak_mb']:7,} MB"
    if not ratio:
        return text
    return text + f"   {ratio['median']:.3g} times the first ({ratio['low']:.3g} to {ratio['high']:.3g})"


def cases(group: str, folder: Path) -> list[Case]:
    """The cases of a group, with their inputs written into the folder."""
    return list(importlib.import_module(GROUPS[group]).cases(folder))


def main() -> int:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the results in docs/benchmarks.json, those of other groups as they are",
    )
    args = parser.parse_args()
    if unknown := sorted(set(args.groups) - set(GROUPS)):
        parser.error(f"no group is called {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    rows: list[Record] = []
    load = round(os.getloadavg()[0], 1)
    for group in args.groups or GROUPS:
        print(f"\n{group.upper()}")
        with TemporaryDirectory() as folder:
            for case in cases(group, Path(folder)):
                new = records(group, case)
                print("\n".join(shown(new)), flush=True)
                rows += new
    now = results(rows, load)
    before = json.loads(RESULTS.read_text(encoding="utf-8"))
    worse = regressions(before, now)
    write(now, MEASURED)
    if args.keep:
        others = [row for row in before["records"] if row["group"] not in (args.groups or GROUPS)]
        order = list(GROUPS)
        write(results(sorted(others + rows, key=lambda row: order.index(row["group"])), load), RESULTS)
    print(f"\n{now['provenance']['machine']}, {now['provenance']['date'][:10]}, {now['provenance']['commit']}")
    print("\n".join(f"REGRESSION {each}" for each in worse) or "No regression over 20%.")
    return bool(worse)


if __name__ == "__main__":
    sys.exit(main())
