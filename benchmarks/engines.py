"""From messages to ties on each engine: CPU time, wall time and peak memory against size.

    .venv-engines/bin/python benchmarks/engines.py                 # 10^4 to 10^7 messages
    .venv-engines/bin/python benchmarks/engines.py --largest 8     # to 10^8; on DuckDB and Polars only
    .venv-engines/bin/python benchmarks/engines.py --sizes 2e7     # the size of docs/scale.md's comparison
    python benchmarks/table.py engines                             # 10^6, next to each other in the table of speed

Each engine has a process of its own a size, with the engine's and its children's CPU time and the peak of their memory
together. All read the same Parquet files and must give the same ties, by hash. What starting an engine takes is
included: it is what a small corpus pays. Draws build/engines.png and writes build/engines.json.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from table import ROOT, Case, Tool

from analysis.corpus import talk
from analysis.corpus.engines import ENGINES, engine
from analysis.corpus.summary import fingerprint, in_order

BUILD = ROOT / "build" / "engines"
TABLED = 1_000_000  # messages, in the table of speed
A_CHAT = 2_000  # messages
A_FILE = 1_000_000  # messages: at these sizes the files of a corpus are joined (docs/scale.md)
MOST = {"pandas": 10**7, "spark": 10**7}  # messages, beyond which an engine is left out
MEMORY = "4GB"
LINE = "{engine:8} {messages:>12,} messages {wall:8.1f} s {cpu:8.1f} CPU s {peak:>16,.0f} bytes"


def write_messages(folder: Path, messages: int, seed: int = 0) -> None:
    """Chats of A_CHAT messages, each of 5 to 60 members who write unequally often."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, chat = np.random.default_rng(seed), 0
    for number, first in enumerate(range(0, messages, A_FILE)):
        parts = []
        for _ in range(-(-min(A_FILE, messages - first) // A_CHAT)):
            parts.append(one_chat(rng, chat))
            chat += 1
        pq.write_table(pa.concat_tables(parts), folder / f"{number:04d}.parquet", compression="zstd")


def one_chat(rng: np.random.Generator, chat: int) -> pa.Table:
    members = int(rng.integers(5, 61))
    share = rng.dirichlet(np.full(members, 0.5))
    writer = rng.choice(members, A_CHAT, p=share)
    second = 1_600_000_000 + np.cumsum(rng.exponential(600, A_CHAT).astype(np.int64))
    names = pa.array([f"M{chat:07d}{member:02d}" for member in range(members)])
    return pa.table({
        "channel": pa.array([f"c{chat:012d}"] * A_CHAT), "place": np.arange(A_CHAT),
        "time": pa.array(second).cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("us", "UTC")), "second": second,
        "member": names.take(pa.array(writer)), "answered": pa.nulls(A_CHAT, pa.string()),
    })  # fmt: skip


def make_ties(name: str, folder: Path, into: Path) -> None:
    """What is measured: the messages of a folder to ties, written as Parquet."""
    with engine(name, master="local[*]", memory=MEMORY, spill=into.parent / "spill") as own:
        talk.ties(own.read(folder)).sink_parquet(str(into))


def running(pid: int) -> list[psutil.Process]:
    """A process and its children, as far as they are there."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def measured(name: str, folder: Path, into: Path) -> dict[str, float]:
    """CPU seconds, wall seconds and peak memory (bytes) of make_ties in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--only", name, str(folder), str(into)]
    begun, process = time.monotonic(), subprocess.Popen(command)
    peak, cpu, done = 0, dict[int, float](), threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            together = 0
            for each in running(process.pid):
                with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                    together += each.memory_info().rss
                    spent = each.cpu_times()
                    cpu[each.pid] = spent.user + spent.system
            peak = max(peak, together)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    code = process.wait()
    done.set()
    watching.join()
    if code:
        raise SystemExit(f"{name} failed at {folder.name}")
    return {"wall": time.monotonic() - begun, "cpu": sum(cpu.values()), "peak": peak}


def cases(folder: Path) -> Iterator[Case]:
    """Every engine on the same messages; starting it counts, and so do processes that it starts and leaves."""
    write_messages(folder / "messages", TABLED)
    python = ROOT / ".venv-engines" / "bin" / "python"
    tools = []
    for name in ENGINES:
        arguments = ["--tabled", name, str(folder / "messages"), str(folder / f"{name}.parquet")]
        own = sys.executable if name == "pandas" else str(python)
        tools.append(Tool(f"Guyub with {name}", [own, __file__, *arguments], "make .venv-engines/.ready"))
    yield Case(f"{TABLED:,} messages to ties, whole process", tools)


def draw(rows: pd.DataFrame, into: Path) -> None:
    from analysis.figures import canvas

    drawing, axes = canvas(3.4, columns=2)
    for ax, column, label in zip(axes, ("wall", "peak"), ("Seconds", "Peak memory, GB"), strict=True):
        for name, own in rows.groupby("engine"):
            ax.plot(own["messages"], own[column] / (1e9 if column == "peak" else 1), "o-", label=name, ms=3)
        ax.set(xscale="log", yscale="log", xlabel="Messages", ylabel=label)
    axes[0].legend()
    drawing.savefig(into, dpi=144)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--largest", type=int, default=7, help="exponent of the largest size (default 7)")
    arguments.add_argument("--sizes", type=float, nargs="+", help="sizes instead")
    arguments.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    arguments.add_argument("--only", nargs=3, help=argparse.SUPPRESS)
    arguments.add_argument("--tabled", nargs=3, help=argparse.SUPPRESS)
    args = arguments.parse_args()
    if args.only:
        name, folder, into = args.only
        make_ties(name, Path(folder), Path(into))
        return
    if args.tabled:
        name, *places = args.tabled
        shutil.rmtree(places[1], ignore_errors=True)  # a folder of the round before, where Spark wrote it
        took = measured(name, *map(Path, places))
        result = len(pd.read_parquet(places[1]))
        print(
            json.dumps({"cpu_s": took["cpu"], "wall_s": took["wall"], "peak_mb": took["peak"] / 1e6, "result": result})
        )
        return
    shutil.rmtree(BUILD / "ties", ignore_errors=True)
    (BUILD / "ties").mkdir(parents=True)
    rows = []
    for size in [int(size) for size in args.sizes or [10**n for n in range(4, args.largest + 1)]]:
        folder = BUILD / f"messages-{size}"
        if not folder.exists():
            write_messages(folder, size)
        ties = {}
        for name in args.engines:
            if size <= MOST.get(name, size):
                into = BUILD / "ties" / f"{size}-{name}.parquet"
                rows.append({"engine": name, "messages": size, **measured(name, folder, into)})
                ties[name] = in_order(pd.read_parquet(into))
                print(
                    "{engine:8} {messages:>12,} messages {wall:8.1f} s {cpu:8.1f} CPU s {peak:,.0f} bytes".format(
                        **rows[-1]
                    )
                )
        hashes = {name: fingerprint(table) for name, table in ties.items()}
        assert len(set(hashes.values())) == 1, hashes
        print(f"{len(next(iter(ties.values()))):,} ties, the same on {', '.join(ties)}")
    table = pd.DataFrame(rows)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    report = {"date": datetime.now(UTC).isoformat(), "commit": commit, "rows": rows}
    (BUILD.parent / "engines.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    draw(table, BUILD.parent / "engines.png")


if __name__ == "__main__":
    main()
