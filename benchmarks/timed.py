"""Times a piece of work in a process of its own and reports it in one line of JSON, which benchmarks/table.py reads.

Standard library only: peers run it in environments of their own. The node and R peers print the same line.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

CALLS = "GUYUB_BENCH_CALLS"  # environment variable: how often the work is done; the last time counts
LONG = 5.0  # CPU seconds, after which starting up no longer matters: such work is done once


def report(work: Callable[[], Any], result: Callable[[Any], float], package: str = "") -> None:
    """Do the work, twice unless it is long, and print CPU seconds of the last time and what came out.

    result: makes of what the work gives one number, by which a reader sees that all did the same work. package: whose
    version is printed.
    """
    for _ in range(int(os.environ.get(CALLS, "2"))):
        made = None  # what the first call made is no part of the second one's memory
        start = time.process_time()
        made = work()
        spent = time.process_time() - start
        if spent > LONG:
            break
    about = {"version": version(package)} if package else {}
    print(json.dumps({"cpu_s": spent, "result": float(result(made)), **about}))


def chosen(tasks: Mapping[str, Callable[..., None]]) -> None:
    """Do the task that the command line names, with the arguments after it."""
    name, *arguments = sys.argv[1:] or [""]
    if name not in tasks:
        sys.exit(f"give one of {', '.join(tasks)}")
    tasks[name](*arguments)
