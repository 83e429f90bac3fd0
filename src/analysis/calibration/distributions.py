"""How often intervals of concentration cover when counts are drawn from known distributions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis import resample
from analysis.arrays import Flags, Floats
from analysis.calibration.rates import NOMINAL, coverage_row
from analysis.sharing.indices import concentration, corrected_gini, gini_interval, gini_of

SIZES = (20, 40)  # members
BOOTSTRAP = 500
AVERAGED = 2_000  # samples whose mean is the truth of an index that depends on their size
OTHERS = {
    "top1_share": "share of the top member",
    "top3_share": "share of the top three",
    "hhi": "Herfindahl index",
    "theil": "Theil index",
}
LARGE = 2_000_000  # draws that evaluate the coefficient of a distribution without a formula


@dataclass(frozen=True)
class Distribution:
    """draw(rng, n): n independent counts; gini: the distribution's own Gini coefficient."""

    name: str
    draw: Callable[[np.random.Generator, int], Floats]
    gini: float

    def sample(self, n: int, rng: np.random.Generator) -> Floats:
        """n counts that do not sum to 0."""
        while not (counts := self.draw(rng, n)).sum():
            pass
        return counts


def distributions() -> Iterator[Distribution]:
    """From light to heavy tails; whole counts with many zeros last."""
    yield from map(_log_normal, (0.5, 1.0, 1.5, 2.0))
    yield from map(_pareto, (3.0, 2.0, 1.5))
    yield _mixed("Poisson of a log-normal, sd 1.2, mean 15", lambda rng, n: rng.lognormal(np.log(15) - 0.72, 1.2, n))
    yield _mixed("Poisson of a gamma, shape 1, mean 15", lambda rng, n: rng.gamma(1.0, 15.0, n))
    yield _mixed("Poisson of a gamma, shape 0.3, mean 15", lambda rng, n: rng.gamma(0.3, 50.0, n))


def _log_normal(sd: float) -> Distribution:
    gini = 2 * float(stats.norm.cdf(sd / np.sqrt(2))) - 1
    return Distribution(f"log-normal, sd {sd:g}", lambda rng, n: rng.lognormal(0, sd, n), gini)


def _pareto(exponent: float) -> Distribution:
    gini = 1 / (2 * exponent - 1)
    return Distribution(f"Pareto, exponent {exponent:g}", lambda rng, n: rng.pareto(exponent, n) + 1, gini)


def _mixed(name: str, rate: Callable[[np.random.Generator, int], Floats]) -> Distribution:
    """A Poisson mixture by the distribution of its rates; its Gini coefficient is evaluated from many draws."""

    def draw(rng: np.random.Generator, n: int) -> Floats:
        return rng.poisson(rate(rng, n)).astype(float)

    return Distribution(name, draw, float(gini_of(draw(np.random.default_rng(0), LARGE)[None, :])[0]))


def gini_coverage(of: Distribution, members: int, samples: int, seed: int) -> list[dict]:
    """Rows of the table of coverage, of the study's interval and of the percentile interval."""
    rng = np.random.default_rng([seed, members])
    held: Flags = np.zeros((samples, 2), dtype=bool)
    for k in range(samples):
        counts = of.sample(members, rng)
        resampled = corrected_gini(counts[rng.integers(members, size=(BOOTSTRAP, members))])
        ends = (
            gini_interval(counts, confidence=NOMINAL, bootstrap=BOOTSTRAP, rng=rng),
            resample.interval(resampled, NOMINAL),
        )
        held[k] = [low <= of.gini <= high for low, high in ends]
    names = (f"Gini of {members} counts", f"Gini of {members} counts, percentile")
    return [coverage_row(of.name, name, flags) for name, flags in zip(names, held.T, strict=True)]


def other_coverage(of: Distribution, members: int, samples: int, seed: int) -> list[dict]:
    """As gini_coverage, of the other indices of concentration. Each depends on the number of counts, so its truth is
    its mean over many samples of that size."""
    rng = np.random.default_rng([seed, members, 1])
    truth = _indices(np.array([of.sample(members, rng) for _ in range(AVERAGED)])).mean(axis=1)
    held: Flags = np.zeros((samples, len(OTHERS)), dtype=bool)
    for k in range(samples):
        own = int(rng.integers(2**31))
        table = concentration(of.sample(members, rng), confidence=NOMINAL, bootstrap=BOOTSTRAP, seed=own)
        ends = table.loc[list(OTHERS)]
        held[k] = (ends["low"] <= truth) & (truth <= ends["high"])
    names = [f"{words} of {members} counts" for words in OTHERS.values()]
    return [coverage_row(of.name, name, flags) for name, flags in zip(names, held.T, strict=True)]


def _indices(counts: Floats) -> Floats:
    """OTHERS of each row of counts: shape (len(OTHERS), rows)."""
    return np.array([concentration(row, bootstrap=1).loc[list(OTHERS), "value"].to_numpy() for row in counts]).T
