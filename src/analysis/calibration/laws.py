"""How often intervals of concentration cover when counts are drawn from known laws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis import resample
from analysis.arrays import Floats
from analysis.calibration.rates import NOMINAL, wilson
from analysis.sharing.indices import concentration, corrected_gini, gini_interval, gini_of

SIZES = (20, 40)  # members
BOOTSTRAP = 500
AVERAGED = 2_000  # samples whose mean is the truth of an index that depends on their size
OTHERS = {
    "top1_share": "part of the first",
    "top3_share": "part of the first three",
    "hhi": "Herfindahl index",
    "theil": "Theil index",
}
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
        counts = _drawn(law, members, rng)
        resampled = corrected_gini(counts[rng.integers(members, size=(BOOTSTRAP, members))])
        ends = (
            gini_interval(counts, confidence=NOMINAL, bootstrap=BOOTSTRAP, rng=rng),
            resample.interval(resampled, NOMINAL),
        )
        held[k] = [low <= law.gini <= high for low, high in ends]
    names = (f"Gini of {members} counts", f"Gini of {members} counts, percentile")
    return [_row(law, what, hits) for what, hits in zip(names, held.T, strict=True)]


def _drawn(law: Law, members: int, rng: np.random.Generator) -> Floats:
    """Counts that do not sum to 0."""
    while not (counts := law.draw(rng, members)).sum():
        pass
    return counts


def _row(law: Law, quantity: str, held: NDArray[np.bool_]) -> dict:
    low, high = wilson(int(held.sum()), held.size)
    place = {"scenario": law.name, "quantity": quantity, "nominal": NOMINAL, "communities": held.size}
    return place | {"coverage": float(held.mean()), "low": low, "high": high}


def others_covered(law: Law, members: int, samples: int, seed: int) -> list[dict]:
    """As covered, of the other indices of concentration. Their truth is what so many counts of the law give on average:
    they depend on how many there are."""
    rng = np.random.default_rng([seed, members, 1])
    truth = _indices(np.array([_drawn(law, members, rng) for _ in range(AVERAGED)])).mean(axis=1)
    held = np.zeros((samples, len(OTHERS)), dtype=bool)
    for k in range(samples):
        sizes = {"confidence": NOMINAL, "bootstrap": BOOTSTRAP, "seed": int(rng.integers(2**31))}
        found = concentration(_drawn(law, members, rng), **sizes).loc[list(OTHERS)]  # type: ignore[arg-type]
        held[k] = (found["low"] <= truth) & (truth <= found["high"])
    return [
        _row(law, f"{words} of {members} counts", hits) for words, hits in zip(OTHERS.values(), held.T, strict=True)
    ]


def _indices(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """OTHERS of each row of counts: shape (len(OTHERS), rows)."""
    found = [concentration(row, bootstrap=1).loc[list(OTHERS), "value"].to_numpy() for row in counts]
    return np.array(found).T
