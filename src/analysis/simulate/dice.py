"""Randomness for the simulation: one seeded source of uniform numbers, so equal seeds give equal bytes everywhere."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class Dice:
    """Draws built on `random.Random.random()` alone, the one method Python promises to keep."""

    def __init__(self, *seed: int | str) -> None:
        self.random = random.Random("/".join(map(str, seed))).random

    def chance(self, p: float) -> bool:
        return self.random() < p

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.random() * len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in random order (Fisher and Yates)."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = int(self.random() * (i + 1))
            out[i], out[j] = out[j], out[i]
        return out

    def weighted(self, weights: NDArray[np.float64]) -> int:
        """Position drawn with the given weights, shape (n,); -1 when all are zero."""
        total = weights.cumsum()
        if total.size == 0 or not total[-1] > 0:
            return -1
        return int(total.searchsorted(self.random() * total[-1], side="right"))

    def normal(self) -> float:
        """Standard normal (Box and Muller 1958)."""
        return math.sqrt(-2 * math.log(1 - self.random())) * math.cos(2 * math.pi * self.random())

    def exponential(self, mean: float) -> float:
        return -mean * math.log(1 - self.random())

    def poisson(self, mean: float) -> int:
        """Poisson count by Knuth's product; meant for small means."""
        limit, k, product = math.exp(-mean), 0, self.random()
        while product > limit:
            k += 1
            product *= self.random()
        return k
