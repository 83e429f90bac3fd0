"""Coverage of intervals on data from known distributions: indices of concentration, and the posterior of codes.

The only posterior here is that of the classifier's calibration by member, with coders taken as right (GroupScale). Its
simulation-based calibration is that of Talts, Betancourt, Simpson, Vehtari and Gelman (2018): draw parameters from the
prior, data given the parameters, and draws from the posterior given the data. The rank of the true value among the
draws is then uniform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis import resample
from analysis.arrays import Flags, Floats
from analysis.calibration.rates import NOMINAL, coverage_row
from analysis.coding.calibrate import WIDE, GroupScale
from analysis.sharing.indices import concentration, corrected_gini, gini_interval, gini_of

SIZES = (20, 40)  # members
BOOTSTRAP = 500
AVERAGED = 2_000  # samples whose mean is the truth of an index that depends on their size
OTHERS = {
    "top1_share": "share of the top member", "top3_share": "share of the top three", "hhi": "Herfindahl index",
    "theil": "Theil index",
}  # fmt: skip
LARGE = 2_000_000  # draws to evaluate the Gini coefficient of a distribution without a formula
DRAWS = 39  # so that the true value has one of 40 ranks
LEFT_OUT = {NOMINAL: 1, 0.8: 4, 0.5: 10}  # ranks that a central interval leaves out at each end, by its level
CODED, NEW, MEMBERS = 200, 100, 10
SPREAD = 1.5  # standard deviation of the classifier's logits


@dataclass(frozen=True)
class Distribution:
    """draw(rng, n): n independent counts; gini: the distribution's own Gini coefficient."""

    name: str
    draw: Callable[..., Floats]
    gini: float

    def sample(self, n: int, rng: np.random.Generator) -> Floats:
        """n counts that do not sum to 0."""
        while not (counts := self.draw(rng, n)).sum():
            pass
        return counts


def distributions() -> Iterator[Distribution]:
    """From light to heavy tails; whole counts with many zeros last."""
    for sd in (0.5, 1.0, 1.5, 2.0):
        gini = 2 * float(stats.norm.cdf(sd / np.sqrt(2))) - 1
        yield Distribution(f"log-normal, sd {sd:g}", lambda rng, n, sd=sd: rng.lognormal(0, sd, n), gini)
    for a in (3.0, 2.0, 1.5):
        yield Distribution(f"Pareto, exponent {a:g}", lambda rng, n, a=a: rng.pareto(a, n) + 1, 1 / (2 * a - 1))
    yield _mixed("Poisson of a log-normal, sd 1.2, mean 15", lambda rng, n: rng.lognormal(np.log(15) - 0.72, 1.2, n))
    yield _mixed("Poisson of a gamma, shape 1, mean 15", lambda rng, n: rng.gamma(1.0, 15.0, n))
    yield _mixed("Poisson of a gamma, shape 0.3, mean 15", lambda rng, n: rng.gamma(0.3, 50.0, n))


def _mixed(name: str, rate: Callable[[np.random.Generator, int], Floats]) -> Distribution:
    """A Poisson mixture with this distribution of rates; its Gini coefficient is evaluated from many draws."""

    def draw(rng: np.random.Generator, n: int) -> Floats:
        return rng.poisson(rate(rng, n)).astype(float)

    return Distribution(name, draw, float(gini_of(draw(np.random.default_rng(0), LARGE)[None, :])[0]))


def gini_coverage(of: Distribution, members: int, samples: int, seed: int) -> list[dict]:
    """Rows of the table of coverage for the Gini coefficient: the study's interval and the percentile interval."""
    rng = np.random.default_rng([seed, members])
    held: Flags = np.zeros((samples, 2), dtype=bool)
    for k in range(samples):
        counts = of.sample(members, rng)
        resampled = corrected_gini(counts[rng.integers(members, size=(BOOTSTRAP, members))])
        ours = gini_interval(counts, confidence=NOMINAL, bootstrap=BOOTSTRAP, rng=rng)
        held[k] = [low <= of.gini <= high for low, high in (ours, resample.interval(resampled, NOMINAL))]
    names = (f"Gini of {members} counts", f"Gini of {members} counts, percentile")
    return [coverage_row(of.name, name, flags) for name, flags in zip(names, held.T, strict=True)]


def other_coverage(of: Distribution, members: int, samples: int, seed: int) -> list[dict]:
    """As gini_coverage, for the other indices of concentration. Each depends on the number of counts, so its truth is
    its mean over many samples of that size."""
    rng = np.random.default_rng([seed, members, 1])
    samples_of_truth = (concentration(of.sample(members, rng), bootstrap=1) for _ in range(AVERAGED))
    truth = np.array([table.loc[list(OTHERS), "value"].to_numpy() for table in samples_of_truth]).mean(axis=0)
    held: Flags = np.zeros((samples, len(OTHERS)), dtype=bool)
    for k in range(samples):
        own = int(rng.integers(2**31))
        table = concentration(of.sample(members, rng), confidence=NOMINAL, bootstrap=BOOTSTRAP, seed=own)
        ends = table.loc[list(OTHERS)]
        held[k] = (ends["low"] <= truth) & (truth <= ends["high"])
    names = [f"{words} of {members} counts" for words in OTHERS.values()]
    return [coverage_row(of.name, name, flags) for name, flags in zip(names, held.T, strict=True)]


# The posterior


def rank(rng: np.random.Generator) -> int:
    """The rank (0 to DRAWS) of the true mean probability of new messages among draws from its posterior."""
    predicted = rng.normal(0, SPREAD, CODED + NEW)
    member = rng.integers(MEMBERS, size=CODED + NEW)
    slope, offset = rng.normal(0, WIDE, 2)
    departures = rng.normal(0, abs(rng.standard_cauchy()), MEMBERS)

    def logistic(logit: Floats) -> Floats:
        return 1 / (1 + np.exp(-np.clip(logit, -500, 500)))

    probability = logistic(slope * predicted + offset + departures[member])
    ids = [f"u{k}" for k in range(CODED + NEW)]
    applies = rng.random(predicted.size) < probability
    labelled = pd.DataFrame({"unit_id": ids, "probability": logistic(predicted), "value": applies})
    groups = pd.DataFrame({"member": [f"m{each}" for each in member]}, index=ids)
    scale = GroupScale.of(labelled[:CODED].astype({"value": "int64"}), labelled[CODED:], groups)
    drawn = [each.mean() for each in scale.draws(DRAWS, rng)]
    return int(np.sum(np.array(drawn) < probability[CODED:].mean()))


def posterior_coverage(samples: int, seed: int) -> Iterator[dict]:
    """Rows of the table of coverage: how often central intervals of the posterior hold the true mean probability. If
    the ranks were not uniform, the coverage of one of these intervals would differ from its level."""
    ranks = np.array([rank(rng) for rng in np.random.default_rng(seed).spawn(samples)])
    for level, out in LEFT_OUT.items():
        held = (ranks >= out) & (ranks <= DRAWS - out)
        yield coverage_row("drawn from the prior", "posterior of a code's probability", held, level)
