"""Simulation-based calibration of what is Bayesian here: the posterior that labels are redrawn from (GroupScale).

Talts, Betancourt, Simpson, Vehtari and Gelman (2018): draw parameters from the prior, data from the parameters, and
draws from the posterior given the data; the true value's rank among the draws is then uniform.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.calibration.rates import NOMINAL, wilson
from analysis.coding.calibrate import WIDE, GroupScale

DRAWS = 39  # so that the true value has one of 40 ranks
LEFT_OUT = {NOMINAL: 1, 0.8: 4, 0.5: 10}  # ranks at each end that a middle interval leaves out, by its level
CODED, NEW, MEMBERS = 200, 100, 10
SPREAD = 1.5  # standard deviation of the classifier's logits


def rank(rng: np.random.Generator) -> int:
    """The rank (0 to DRAWS) of the true mean probability of new messages among draws from its posterior."""
    said = rng.normal(0, SPREAD, CODED + NEW)
    member = rng.integers(MEMBERS, size=CODED + NEW)
    slope, offset = rng.normal(0, WIDE, 2)
    departures = rng.normal(0, abs(rng.standard_cauchy()), MEMBERS)
    probability = _logistic(slope * said + offset + departures[member])
    ids = [f"u{k}" for k in range(CODED + NEW)]
    known = pd.DataFrame({"unit_id": ids, "probability": _logistic(said), "value": rng.random(said.size) < probability})
    groups = pd.DataFrame({"member": [f"m{each}" for each in member]}, index=ids)
    scale = GroupScale.of(known[:CODED].astype({"value": "int64"}), known[CODED:], groups)
    drawn = [each.mean() for each in scale.draws(DRAWS, rng)]
    return int(np.sum(np.array(drawn) < probability[CODED:].mean()))


def _logistic(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(logit, -500, 500)))


def covered(samples: int, seed: int) -> Iterator[dict]:
    """Rows of the table of coverage: how often middle intervals of the posterior hold the true mean probability; were
    its ranks not uniform, one of them would not."""
    ranks = np.array([rank(rng) for rng in np.random.default_rng(seed).spawn(samples)])
    for level, out in LEFT_OUT.items():
        held = (ranks >= out) & (ranks <= DRAWS - out)
        low, high = wilson(int(held.sum()), samples)
        row = {"scenario": "drawn from the prior", "quantity": "posterior of a code's probability", "nominal": level}
        yield row | {"communities": samples, "coverage": float(held.mean()), "low": low, "high": high}
