"""Map a function over many arguments in worker processes, in bounded memory, and continue if a process is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import TypeVar

from analysis import workers

Argument = TypeVar("Argument")
Result = TypeVar("Result")

AHEAD = 4  # arguments queued per process


def mapped(
    function: Callable[[Argument], Result], arguments: Iterable[Argument], count: int
) -> Iterator[tuple[Argument, Result | BaseException]]:
    """Each argument with what the function returns or raises, in the order in which that is done.

    count: processes. An argument whose process was killed, for example for lack of memory, is tried once more alone; if
    that process is killed too, the result is the BrokenProcessPool.
    """
    left = iter(arguments)
    pool, running = workers.pool(count), dict[Future[Result], Argument]()
    try:
        while True:
            refused: list[Argument] = []
            for argument in islice(left, AHEAD * count - len(running)):
                try:
                    running[pool.submit(function, argument)] = argument
                except BrokenProcessPool:  # a process was killed since the last results were seen
                    refused = [argument]
                    break
            if not (running or refused):
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            if refused or any(isinstance(future.exception(), BrokenProcessPool) for future in done):
                pool.shutdown()
                yield from ((argument, _alone(function, argument)) for argument in running.values())
                pool, running, left = workers.pool(count), {}, chain(refused, left)
                continue
            for future in done:
                yield running.pop(future), future.exception() or future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(function: Callable[[Argument], Result], argument: Argument) -> Result | BaseException:
    """What the function returns or raises in a process for this argument only."""
    with workers.pool(1) as pool:
        future = pool.submit(function, argument)
        return future.exception() or future.result()
