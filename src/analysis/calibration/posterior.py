"""Simulation-based calibration of the one posterior here, from which labels are redrawn (GroupScale).

Talts, Betancourt, Simpson, Vehtari and Gelman (2018): draw parameters from the prior, data given the parameters, and
draws from the posterior given the data. The rank of the true value among the draws is then uniform.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.calibration.rates import NOMINAL, coverage_row
from analysis.coding.calibrate import WIDE, GroupScale

DRAWS = 39  # so that the true value has one of 40 ranks
LEFT_OUT = {NOMINAL: 1, 0.8: 4, 0.5: 10}  # ranks that a central interval leaves out at each end, by its level
CODED, NEW, MEMBERS = 200, 100, 10
SPREAD = 1.5  # standard deviation of the classifier's logits


def rank(rng: np.random.Generator) -> int:
    """The rank (0 to DRAWS) of the true mean probability of new messages among draws from its posterior."""
    predicted = rng.normal(0, SPREAD, CODED + NEW)
    member = rng.integers(MEMBERS, size=CODED + NEW)
    slope, offset = rng.normal(0, WIDE, 2)
    departures = rng.normal(0, abs(rng.standard_cauchy()), MEMBERS)
    probability = _logistic(slope * predicted + offset + departures[member])
    ids = [f"u{k}" for k in range(CODED + NEW)]
    applies = rng.random(predicted.size) < probability
    labelled = pd.DataFrame({"unit_id": ids, "probability": _logistic(predicted), "value": applies})
    groups = pd.DataFrame({"member": [f"m{each}" for each in member]}, index=ids)
    scale = GroupScale.of(labelled[:CODED].astype({"value": "int64"}), labelled[CODED:], groups)
    drawn = [each.mean() for each in scale.draws(DRAWS, rng)]
    return int(np.sum(np.array(drawn) < probability[CODED:].mean()))


def _logistic(logit: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(logit, -500, 500)))


def coverage(samples: int, seed: int) -> Iterator[dict]:
    """Rows of the table of coverage: how often central intervals of the posterior hold the true mean probability.

    Were the ranks not uniform, the coverage of one of these intervals would differ from its level.
    """
    ranks = np.array([rank(rng) for rng in np.random.default_rng(seed).spawn(samples)])
    for level, out in LEFT_OUT.items():
        held = (ranks >= out) & (ranks <= DRAWS - out)
        yield coverage_row("drawn from the prior", "posterior of a code's probability", held, level)
