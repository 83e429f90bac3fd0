"""Regressions over pairs of members (MRQAP), one for each draw of replies and codes, and their average over draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis import resample
from analysis.arrays import Floats, Ints
from analysis.errors import InputError
from analysis.network.dyadic import dyadic_errors
from analysis.network.qap import mrqap
from analysis.partnership.design import Subset
from analysis.partnership.talk import BUSINESS, INFORMAL
from analysis.partnership.waves import standardised

DIFFERENCE = "difference"
TESTED = ("coefficient", "standard_error", "t", "p_greater", "p_two_sided")
Relations = tuple[Floats, dict[str, Floats]]  # outcome and regressors by name, each of shape (waves, n, n)


@dataclass(frozen=True)
class Specification(Subset):
    """How pairs are compared; without arguments, as in the main analysis.

    amount: the transformation of a count of turns. null: which relation is relabelled, as mrqap has it. orders: the
    relabellings, shape (R, kept), in place of those drawn by the seed.
    """

    amount: Callable[[Floats], Floats] = np.log1p
    null: str = "dsp"
    orders: Ints | None = None

    def each(self, counts: Mapping[str, Floats], at_risk: Floats | None = None) -> dict[str, Floats]:
        """Standardised amounts of exchange by kind among the members kept."""
        return {kind: standardised(self.amount(self.of(stack)), at_risk) for kind, stack in counts.items()}

    def difference_and_sum(self, counts: Mapping[str, Floats], at_risk: Floats | None = None) -> dict[str, Floats]:
        """Half the difference and half the sum of the two kinds' standardised amounts. With halves, the coefficient of
        the difference is that of informal exchange less that of business exchange, had the two been the regressors."""
        both = self.each(counts, at_risk)
        informal, business = both[INFORMAL], both[BUSINESS]
        return {DIFFERENCE: (informal - business) / 2, "sum": (informal + business) / 2}


MAIN = Specification()


@dataclass(frozen=True)
class Regression:
    """Regressions of the same pairs, one per draw, and their average.

    term: the regressor that is tested. coefficients: one row per term; the mean coefficient, its standard error, which
    allows for dependence of pairs with a common member (Aronow et al. 2015), the mean t (coefficient over its classical
    error) and its p-values under relabelling. by_draw: the same for each draw (and split of the time). null: shape (R,
    terms), the mean t of each tested term under each relabelling of members. n: how many members and pairs entered.
    """

    term: str
    coefficients: pd.DataFrame
    by_draw: pd.DataFrame
    null: pd.DataFrame
    n: Mapping[str, int]

    @property
    def tested(self) -> pd.Series:
        """The row of the tested term in coefficients."""
        return self.coefficients.loc[self.term]

    @property
    def drawn(self) -> pd.DataFrame:
        """The tested term in each draw."""
        return self.by_draw[self.by_draw["term"] == self.term]

    @property
    def null_t(self) -> Floats:
        """The tested term's t under each relabelling: shape (R,)."""
        return self.null[self.term].to_numpy()

    def interval(self, confidence: float, scale: float = 1.0) -> dict[str, float]:
        """value, low, high of the tested coefficient times scale; link_low, link_high: its range between draws.

        The interval takes the dyadic-cluster-robust error of the mean and the error of a mean over a finite number of
        draws, with t of members - 2 degrees of freedom.
        """
        value, error = self.tested["coefficient"], self.tested["standard_error"]
        by_draw = self.drawn.groupby("draw")["coefficient"].mean()
        between = by_draw.var(ddof=1) / len(by_draw) if len(by_draw) > 1 else 0.0
        reach = stats.t.ppf((1 + confidence) / 2, max(self.n["members"] - 2, 1)) * np.sqrt(error**2 + between)
        ends = {"value": value, "low": value - reach, "high": value + reach}
        spread = {"link_low": by_draw.min(), "link_high": by_draw.max()}
        return {name: float(number * scale) for name, number in (ends | spread).items()}


def average(
    draws: Iterable[tuple[Mapping[str, float], Relations]],
    term: str,
    n: Mapping[str, int],
    *,
    permutations: int,
    seed: int,
    specification: Specification = MAIN,
    every_term: bool = True,
) -> Regression:
    """The regression of each draw and their average over draws.

    draws: labels of a draw (draw, split), outcome and regressors. All relabel members in the same orders, so that their
    t average order by order, and have the same cases, so that their influences average case by case, which gives the
    mean coefficient's error. every_term: whether all regressors are tested, or the term alone (faster; p-values of the
    others are then missing). Raises InputError where mrqap does, and where the term does not vary.
    """
    tables, fits = [], []
    for labels, (y, x) in draws:
        varying = {name: stack for name, stack in x.items() if np.nanmax(np.abs(stack), initial=0) > 0}
        if term not in varying:
            raise InputError(f"exchange ({term}) is the same in every pair")
        tested = list(varying) if every_term else [term]
        fit = mrqap(
            y, varying, directed=False, null=specification.null, permutations=permutations, seed=seed, test=tested,
            orders=specification.orders,
        )  # fmt: skip
        fits.append(fit)
        tables.append(fit.table.reset_index().assign(**labels, robust=fit.robust_se.to_numpy()))
    names = {"coef": "coefficient", "robust": "standard_error", "statistic": "t"}
    by_draw = pd.concat(tables, ignore_index=True).rename(columns=names)[[*labels, "term", *TESTED]]
    coefficients = by_draw.groupby("term", sort=False)[["coefficient", "t"]].mean()
    influence = mean(dict(zip(fit.table.index, fit.influence.T, strict=True)) for fit in fits)
    errors = dyadic_errors(np.column_stack([influence[name] for name in coefficients.index]), *fits[0].ends.T)
    under_null = pd.DataFrame(mean(dict(fit.permuted.dropna(axis="columns", how="all").items()) for fit in fits))
    p = {
        name: (resample.p_greater(null_t, t), resample.p_greater(null_t.abs(), abs(t)))
        for (name, null_t), t in zip(under_null.items(), coefficients["t"].reindex(under_null.columns), strict=True)
    }
    whole = coefficients.assign(standard_error=errors).join(pd.DataFrame(p, index=TESTED[-2:]).T)
    return Regression(term, whole[list(TESTED)], by_draw, under_null, n)


def panel(draws: Iterable[Relations], members: pd.Index, outcome: str) -> pd.DataFrame:
    """Data of the regressions, mean over draws: member_a, member_b, wave, outcome and regressors; one row per case."""
    means = mean({outcome: y, **x} for y, x in draws)
    wave, a, b = np.nonzero(np.triu(~np.isnan(means[outcome]), 1))
    names = members.to_numpy()
    cells = {name: stack[wave, a, b] for name, stack in means.items()}
    return pd.DataFrame({"member_a": names[a], "member_b": names[b], "wave": wave, **cells})


def mean(draws: Iterable[Mapping[str, Floats]]) -> dict[str, Floats]:
    """Means of arrays by name, each over the draws that have it; no draw is kept."""
    sums: dict[str, Floats] = {}
    counts: Counter[str] = Counter()
    for arrays in draws:
        sums |= {name: sums.get(name, 0.0) + values for name, values in arrays.items()}
        counts.update(arrays.keys())
    return {name: total / counts[name] for name, total in sums.items()}
