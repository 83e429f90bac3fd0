"""Long work on several processes: the largest tasks first, with progress, and no worker that outlives the study."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from analysis import memory

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

PROGRESS = "GUYUB_PROGRESS"  # environment variable: the file by which a kernel tells `guyub run` how far it is
WATCHED = 1.0  # seconds between two looks whether the process that started a worker is still there

Task = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]  # as joblib.delayed makes it


class Progress:
    """How far a long computation is. what: its parts in the plural; total: how many there are."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done, self.begun = what, total, 0, time.monotonic()

    def add(self, parts: int) -> None:
        """Parts that are done; writes a line for the bar of `guyub run`, where it waits for one."""
        self.done += parts
        if place := os.environ.get(PROGRESS):
            Path(place).write_text(self.line(time.monotonic() - self.begun), encoding="utf-8")

    def line(self, seconds: float) -> str:
        """How far it is, after so many seconds: `universes 212 of 555, 40 s left`; empty at the end."""
        if self.done == self.total:
            return ""
        return f"{self.what} {self.done} of {self.total}, {seconds * (self.total - self.done) / self.done:.0f} s left"


def spread(tasks: Iterable[Task], *, jobs: int, what: str, sizes: Sequence[int] | None = None) -> list[Any]:
    """The tasks' results, in their order. jobs: processes at a time, -1 for one a processor.

    what: the parts that the tasks consist of, in the plural; sizes: how many of them each has. Tasks with many are
    begun first, so that none is left alone at the end.
    """
    from joblib import Parallel, delayed  # here, as every command imports this module, and joblib takes a while

    listed = list(tasks)
    parts = [1] * len(listed) if sizes is None else list(sizes)
    order = sorted(range(len(listed)), key=lambda place: -parts[place])
    progress, results = Progress(what, sum(parts)), [None] * len(listed)
    parallel = Parallel(
        n_jobs=jobs if len(listed) > 1 else 1, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs",
        backend="loky", initializer=_begin, initargs=(os.getpid(),),
    )  # fmt: skip
    for place, result in parallel(delayed(_placed)(place, *listed[place]) for place in order):
        results[place] = result
        progress.add(parts[place])
    return results


def pool(count: int) -> ProcessPoolExecutor:
    """So many processes that begin anew, as a copy of one with threads may hang. They leave interrupts to this one, and
    none outlives it."""
    import multiprocessing  # here, as every command imports this module
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(
        count, multiprocessing.get_context("spawn"), initializer=_begin_anew, initargs=(os.getpid(),)
    )


def _begin(parent: int) -> None:
    memory.collect_seldom()
    end_with(parent)


def _begin_anew(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    atexit.register(end_at_once)
    _begin(parent)


def end_at_once(code: int = 0) -> NoReturn:
    """End this process without freeing what it holds, which takes Python seconds where that is millions of objects."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _placed(place: int, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> tuple[int, Any]:
    return place, function(*args, **kwargs)


def end_with(parent: int) -> None:
    """Let this worker end when the process that started it is gone, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCHED)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
