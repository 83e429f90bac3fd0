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
from analysis.network.qap import Mrqap, mrqap
from analysis.partnership.talk import BUSINESS, INFORMAL
from analysis.partnership.waves import standardised

DIFFERENCE = "difference"
TESTED = ("coefficient", "standard_error", "t", "p_greater", "p_two_sided")
Relations = tuple[Floats, dict[str, Floats]]  # outcome and regressors by name, each of shape (waves, n, n)


@dataclass(frozen=True)
class Specification:
    """How pairs are compared; without arguments, as in the main analysis.

    kept: places of the members whose pairs count (all by default). amount: the transformation of a count of turns.
    null: which relation is relabelled, as mrqap has it. orders: the relabellings, shape (R, kept), in place of those
    drawn by the seed.
    """

    kept: Ints | None = None
    amount: Callable[[Floats], Floats] = np.log1p
    null: str = "dsp"
    orders: Ints | None = None

    def of(self, stack: Floats) -> Floats:
        """The stack (waves, n, n) among the members kept."""
        return stack if self.kept is None else stack[:, self.kept[:, None], self.kept]

    def standard(self, counts: Floats, at_risk: Floats | None = None) -> Floats:
        """Standardised amounts of exchange among the members kept."""
        return standardised(self.amount(self.of(counts)), at_risk)

    def difference_and_sum(self, counts: Mapping[str, Floats], at_risk: Floats | None = None) -> dict[str, Floats]:
        """Half the difference and half the sum of the two kinds' standardised amounts.

        Halved, the coefficient of the difference is that of informal exchange less that of business exchange, had the
        two been the regressors.
        """
        informal, business = (self.standard(counts[kind], at_risk) for kind in (INFORMAL, BUSINESS))
        return {DIFFERENCE: (informal - business) / 2, "sum": (informal + business) / 2}


MAIN = Specification()


@dataclass(frozen=True)
class Regression:
    """Regressions of the same pairs, one a draw, and their average.

    term: the regressor that is tested. coefficients: a row a term; the mean coefficient, its standard error, which
    allows pairs with a common member to depend (Aronow et al. 2015), the mean t (coefficient over its classical error)
    and its p-values under relabelling. by_draw: the same for each draw (and split of the time). null: shape (R, terms),
    the mean t of each tested term under each relabelling of members. n: how many members and pairs entered.
    """

    term: str
    coefficients: pd.DataFrame
    by_draw: pd.DataFrame
    null: pd.DataFrame
    n: Mapping[str, int]

    @property
    def tested(self) -> pd.Series:
        """The row of coefficients that is tested."""
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
    tables, null, influence = [], Mean(), Mean()
    for labels, (y, x) in draws:
        fit = _fit(y, x, term, permutations, seed, specification, every_term)
        tables.append(fit.table.reset_index().assign(**labels, robust=fit.robust_se.to_numpy()))
        null.add({name: fit.permuted[name].to_numpy() for name in fit.permuted if fit.permuted[name].notna().any()})
        influence.add(dict(zip(fit.table.index, fit.influence.T, strict=True)))
    names = {"coef": "coefficient", "robust": "standard_error", "statistic": "t"}
    by_draw = pd.concat(tables, ignore_index=True).rename(columns=names)[[*labels, "term", *TESTED]]
    coefficients = by_draw.groupby("term", sort=False)[["coefficient", "t"]].mean()
    errors = dyadic_errors(np.column_stack([influence.of[name] for name in coefficients.index]), *fit.ends.T)
    under_null = pd.DataFrame(null.of)
    p = {name: _p_values(under_null[name], coefficients.loc[name, "t"]) for name in under_null}
    tested = coefficients.assign(standard_error=errors).join(pd.DataFrame(p, index=TESTED[-2:]).T)
    return Regression(term, tested[list(TESTED)], by_draw, under_null, n)


def _fit(
    y: Floats,
    x: Mapping[str, Floats],
    term: str,
    permutations: int,
    seed: int,
    specification: Specification,
    every: bool,
) -> Mrqap:
    """The regression of y on the regressors that vary. Raises InputError if the term does not."""
    varying = {name: stack for name, stack in x.items() if np.nanmax(np.abs(stack), initial=0) > 0}
    if term not in varying:
        raise InputError(f"the {term} exchange is the same in every pair")
    return mrqap(
        y, varying, directed=False, null=specification.null, permutations=permutations, seed=seed,
        test=list(varying) if every else [term], orders=specification.orders,
    )  # fmt: skip


def _p_values(null: pd.Series, observed: float) -> tuple[float, float]:
    """One-sided (greater) and two-sided."""
    return resample.p_greater(null, observed), resample.p_greater(null.abs(), abs(observed))


def panel(draws: Iterable[Relations], members: pd.Index, outcome: str) -> pd.DataFrame:
    """What the regressions take, mean over draws: member_a, member_b, wave, outcome and regressors; a row a case."""
    mean = Mean()
    for y, x in draws:
        mean.add({outcome: y, **x})
    wave, a, b = np.nonzero(np.triu(~np.isnan(mean.of[outcome]), 1))
    names = members.to_numpy()
    cells = {name: stack[wave, a, b] for name, stack in mean.of.items()}
    return pd.DataFrame({"member_a": names[a], "member_b": names[b], "wave": wave, **cells})


class Mean:
    """Running means of arrays by name, each over the draws that have it; no draw is kept."""

    def __init__(self) -> None:
        self._sums: dict[str, Floats] = {}
        self._counts: Counter[str] = Counter()

    def add(self, arrays: Mapping[str, Floats]) -> None:
        """Add one draw."""
        self._sums |= {name: self._sums.get(name, 0.0) + values for name, values in arrays.items()}
        self._counts.update(arrays.keys())

    @property
    def of(self) -> dict[str, Floats]:
        """The means by name."""
        return {name: total / self._counts[name] for name, total in self._sums.items()}
