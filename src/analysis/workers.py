"""Long work in several processes: the largest tasks first, with progress, and no worker outlives the study."""

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
WATCHED = 1.0  # seconds between checks that the process that started a worker still exists

Task = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]  # as joblib.delayed makes it


class Progress:
    """How far a long computation is. what: its parts in the plural; total: how many there are."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done, self.begun = what, total, 0, time.monotonic()

    def add(self, parts: int) -> None:
        """Count parts as done; writes a line for the progress bar of `guyub run`, where it waits for one."""
        self.done += parts
        if place := os.environ.get(PROGRESS):
            Path(place).write_text(self.line(time.monotonic() - self.begun), encoding="utf-8")

    def line(self, seconds: float) -> str:
        """The progress after so many seconds: `universes 212 of 555, 40 s left`; empty at the end."""
        if self.done == self.total:
            return ""
        return f"{self.what} {self.done} of {self.total}, {seconds * (self.total - self.done) / self.done:.0f} s left"


def spread(tasks: Iterable[Task], *, jobs: int, what: str, sizes: Sequence[int] | None = None) -> list[Any]:
    """The tasks' results, in their order. jobs: processes at a time, -1 for one per processor.

    what: the parts that the tasks consist of, in the plural; sizes: how many of them each has. Tasks with many
    start first, so that none runs alone at the end.
    """
    from joblib import Parallel, delayed  # here, since every command imports this module, and joblib is slow to import

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
    """A pool of `count` newly started processes, since a fork of one with threads may hang. They leave interrupts to
    this process, and none outlives it."""
    import multiprocessing  # here, since every command imports this module
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
    """End this process without freeing its objects, which takes Python seconds when there are millions."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _placed(place: int, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> tuple[int, Any]:
    return place, function(*args, **kwargs)


def end_with(parent: int) -> None:
    """Let this worker end when the process that started it no longer exists, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCHED)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
