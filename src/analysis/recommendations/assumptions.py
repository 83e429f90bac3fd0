"""Quantities that the study cannot estimate: named assumptions, each drawn from a range with everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.arrays import Floats
from analysis.errors import InputError

FIELDS = {"low", "high", "unit", "meaning"}
SHARES = ("probability", "share")  # units whose values are from 0 to 1
WIDE = 5.0  # least ratio of a range's ends, both above 0, for drawing its logarithm


@dataclass(frozen=True)
class Assumption:
    """A quantity that is assumed. low, high: of its range; unit; meaning: in a sentence."""

    name: str
    low: float
    high: float
    unit: str
    meaning: str

    @property
    def logarithmic(self) -> bool:
        """Whether the logarithm is drawn uniformly, because the order of magnitude is not known."""
        return self.low > 0 and self.high / self.low >= WIDE

    def at(self, share: Floats | float) -> Any:
        """The value at a share (0 to 1) of the range."""
        if self.logarithmic:
            return np.exp(np.log(self.low) + share * np.log(self.high / self.low))
        return self.low + share * (self.high - self.low)


def read_assumptions(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, Assumption]:
    """The assumptions by name. Raises InputError, with the key and the range, when one cannot be used."""
    found = {}
    for name, fields in declared.items():
        key = f"recommendations.assumptions.{name}"
        if odd := sorted(set(fields) ^ FIELDS):
            raise InputError(f"{key}: missing or unknown: {', '.join(odd)}")
        low, high = fields["low"], fields["high"]
        if not all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high)) or low > high:
            raise InputError(f"{key}: low and high must be numbers, low at most high; they are {low} and {high}")
        if fields["unit"] in SHARES and not 0 <= low <= high <= 1:
            raise InputError(f"{key}: a {fields['unit']} must be from 0 to 1; the range is {low} to {high}")
        if low < 0:
            raise InputError(f"{key}: must not be below 0; the range is {low} to {high}")
        found[name] = Assumption(name, float(low), float(high), str(fields["unit"]), str(fields["meaning"]))
    return found


def drawn(assumptions: Mapping[str, Assumption], draws: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Draws of every assumption, shape (draws,) each, spread evenly over its range (Latin hypercube; McKay et al.
    1979).

    A range whose ends are WIDE apart is drawn by its logarithm.
    """
    return {name: own.at((rng.permutation(draws) + rng.random(draws)) / draws) for name, own in assumptions.items()}
