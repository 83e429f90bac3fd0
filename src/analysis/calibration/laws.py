"""How often intervals of a Gini coefficient cover when counts are drawn from laws whose own coefficient is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis import resample
from analysis.calibration.rates import NOMINAL, wilson
from analysis.inequality import corrected_gini, gini_interval, gini_of

Floats = NDArray[np.float64]
SIZES = (20, 40)  # members
BOOTSTRAP = 500
LARGE = 2_000_000  # draws that tell the coefficient of a law without a formula


@dataclass(frozen=True)
class Law:
    """draw(rng, n): n independent counts; gini: of the law itself."""

    name: str
    draw: Callable[[np.random.Generator, int], Floats]
    gini: float


def laws() -> Iterator[Law]:
    """From light to heavy tails; whole counts with many zeros last."""
    yield from map(_log_normal, (0.5, 1.0, 1.5, 2.0))
    yield from map(_pareto, (3.0, 2.0, 1.5))
    yield _sampled("Poisson of a log-normal, sd 1.2, mean 15", lambda rng, n: rng.lognormal(np.log(15) - 0.72, 1.2, n))
    yield _sampled("Poisson of a gamma, shape 1, mean 15", lambda rng, n: rng.gamma(1.0, 15.0, n))
    yield _sampled("Poisson of a gamma, shape 0.3, mean 15", lambda rng, n: rng.gamma(0.3, 50.0, n))


def _log_normal(sd: float) -> Law:
    gini = 2 * float(stats.norm.cdf(sd / np.sqrt(2))) - 1
    return Law(f"log-normal, sd {sd:g}", lambda rng, n: rng.lognormal(0, sd, n), gini)


def _pareto(exponent: float) -> Law:
    return Law(f"Pareto, exponent {exponent:g}", lambda rng, n: rng.pareto(exponent, n) + 1, 1 / (2 * exponent - 1))


def _sampled(name: str, rate: Callable[[np.random.Generator, int], Floats]) -> Law:
    """A law of whole counts by their rates, its coefficient told by many draws."""

    def draw(rng: np.random.Generator, n: int) -> Floats:
        return rng.poisson(rate(rng, n)).astype(float)

    return Law(name, draw, float(gini_of(draw(np.random.default_rng(0), LARGE)[None, :])[0]))


def covered(law: Law, members: int, samples: int, seed: int) -> list[dict]:
    """Rows of the table of coverage, of the study's interval and of the percentile interval. Samples that sum to 0 are
    drawn again."""
    rng = np.random.default_rng([seed, members])
    held = np.zeros((samples, 2), dtype=bool)
    for k in range(samples):
        counts = law.draw(rng, members)
        while not counts.sum():
            counts = law.draw(rng, members)
        resampled = corrected_gini(counts[rng.integers(members, size=(BOOTSTRAP, members))])
        ends = (
            gini_interval(counts, confidence=NOMINAL, bootstrap=BOOTSTRAP, rng=rng),
            resample.interval(resampled, NOMINAL),
        )
        held[k] = [low <= law.gini <= high for low, high in ends]
    rows = []
    for what, hits in zip((f"Gini of {members} counts", f"Gini of {members} counts, percentile"), held.T, strict=True):
        low, high = wilson(int(hits.sum()), samples)
        row = {"scenario": law.name, "quantity": what, "nominal": NOMINAL, "communities": samples}
        rows.append(row | {"coverage": float(hits.mean()), "low": low, "high": high})
    return rows
