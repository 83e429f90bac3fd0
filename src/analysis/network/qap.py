"""Permutation tests for relations between the same members (quadratic assignment procedure).

A dyad of two members is one case, and cases that share a member are not independent; so every test here relabels
members, which keeps that dependence, instead of trusting the standard errors it prints beside.

Sources: Krackhardt 1988 (qap_correlation; null "y"); Dekker, Krackhardt and Snijders 2007 (null "dsp", double
semi-partialling: a covariate's residual given the others is relabelled, and the t or z value is compared, not the
coefficient); null "x" relabels the covariate itself. p-values are (b + 1) / (R + 1) (Phipson and Smyth 2010), values
within 1e-9 of the observed one count as ties, two-sided means by absolute value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.arrays import Floats
from analysis.errors import InputError
from analysis.network.dyadic import dyadic_errors, influence

NULLS = ("dsp", "y", "x")
INTERCEPT = "intercept"
TIE = 1e-9
CELLS = 1_000_000  # numbers that one batch of relabelled relations holds
ITERATIONS = 30  # of Newton's method; a logistic fit that exists needs about 8


@dataclass(frozen=True)
class QapCorrelation:
    """Correlation of two relations over their dyads, and how it stands among relabelled ones (permuted, shape (R,))."""

    correlation: float
    p_greater: float
    p_less: float
    p_two_sided: float
    n_dyads: int
    permuted: Floats


@dataclass(frozen=True)
class Mrqap:
    """A regression over dyads. table: index term; coef, se, statistic, p_greater, p_less, p_two_sided.

    se and statistic (t or z) are the classical ones, right only where dyads are independent; the p-values do not rest
    on that. permuted: R rows, a column a term, the statistic under the null. robust_se: by term, standard errors that
    allow dyads with a common member to depend (Aronow et al. 2015). influence: shape (n_dyads, terms), what each dyad
    adds to the error of each coefficient; ends: shape (n_dyads, 2), its members.
    """

    table: pd.DataFrame
    r2: float
    n_dyads: int
    permuted: pd.DataFrame
    robust_se: pd.Series
    influence: Floats
    ends: NDArray[np.intp]


@dataclass(frozen=True)
class LogisticQap:
    """As Mrqap, for a yes-or-no relation: coefficients are log odds ratios, and deviance stands for R2."""

    table: pd.DataFrame
    deviance: float
    n_dyads: int
    permuted: pd.DataFrame


def qap_correlation(
    a: ArrayLike, b: ArrayLike, *, directed: bool, permutations: int = 1000, seed: int = 0
) -> QapCorrelation:
    """Pearson correlation of two relations among the same members, tested by relabelling those of a (Krackhardt 1988).

    a, b: shape (n, n); the diagonal is not read, missing (NaN) dyads are left out. directed=False takes each pair once.
    Raises InputError when shapes differ, an undirected relation is not symmetric, or a relation is the same everywhere.
    """
    dyads = _Dyads.of({"a": a, "b": b}, directed)
    known = dyads.known(["a", "b"])
    x, y = (_varying(dyads.vectors[name][known], name) for name in ("a", "b"))
    observed = float(np.corrcoef(x, y)[0, 1])
    orders = _orders(dyads.n, permutations, seed)
    centre, fixed = x.mean(), dyads.vectors["b"] - y.mean()
    null = np.concatenate(
        [_correlations(block - centre, fixed) for (block,) in dyads.relabelled([dyads.vectors["a"]], orders)]
    )
    return QapCorrelation(observed, *_p_values(null, observed), n_dyads=int(known.sum()), permuted=null)


def mrqap(
    y: ArrayLike,
    x: Mapping[str, ArrayLike],
    *,
    directed: bool,
    null: str = "dsp",
    permutations: int = 1000,
    seed: int = 0,
    test: Collection[str] | None = None,
    orders: ArrayLike | None = None,
) -> Mrqap:
    """Least-squares regression of a relation on others, tested by relabelling members.

    y and every x: shape (n, n), or (waves, n, n) for several waves of the same members, which are then fitted as one
    and relabelled alike; the diagonal is not read, a dyad missing (NaN) in any of them is left out of the fit.
    null: "dsp" (Dekker et al. 2007), "y" or "x". directed=False takes each pair once and wants symmetric matrices.
    test: the terms to test (all by default), the others' p-values and permuted columns are missing: saves time.
    orders: the relabellings themselves, shape (R, n), in place of permutations drawn by the seed.
    Raises InputError on differing shapes, an asymmetric undirected relation, an unknown null, covariates that are
    combinations of each other, or a y that does not vary.
    """
    model = _Model.of(y, x, directed, null, test)
    design, seen = model.design[model.known], model.y[model.known]
    coef, se, rss = _least_squares(design, seen)
    total = float(np.sum((seen - seen.mean()) ** 2))
    first, second = (np.tile(ends, model.dyads.waves)[model.known] for ends in (model.dyads.rows, model.dyads.columns))
    influences = influence(design, seen - design @ coef)
    relabellings = _orders(model.dyads.n, permutations, seed) if orders is None else np.asarray(orders, dtype=np.intp)
    permuted = _null_distribution(model, null, relabellings, _t_of_one, _t_of_all)
    return Mrqap(
        table=_table(model, coef, se, coef / se, permuted),
        r2=1 - rss / total,
        n_dyads=int(model.known.sum()),
        permuted=pd.DataFrame(permuted, columns=model.terms),
        robust_se=pd.Series(dyadic_errors(influences, first, second), index=model.terms, name="robust_se"),
        influence=influences,
        ends=np.column_stack([first, second]),
    )


def logistic_qap(
    y: ArrayLike,
    x: Mapping[str, ArrayLike],
    *,
    directed: bool,
    null: str = "dsp",
    permutations: int = 1000,
    seed: int = 0,
    test: Collection[str] | None = None,
) -> LogisticQap:
    """Logistic regression of a yes-or-no relation on others, tested by relabelling members.

    As mrqap; y holds 0, 1 or NaN. Under "dsp" the residual of a covariate is the least-squares one, as in R's netlogit.
    Raises InputError as mrqap does, and when y is not 0 or 1 or a covariate splits it perfectly, so that no fit exists.
    """
    model = _Model.of(y, x, directed, null, test)
    seen = model.y[model.known]
    if not np.isin(seen, (0.0, 1.0)).all():
        raise InputError("y of a logistic regression must hold 0 and 1 only", fix="Use mrqap for a weighted relation.")
    coef, se, deviance = _logit(model.design[model.known], seen)
    permuted = _null_distribution(model, null, _orders(model.dyads.n, permutations, seed), _z_of_one, _z_of_all)
    table = _table(model, coef, se, coef / se, permuted)
    return LogisticQap(table, deviance, int(model.known.sum()), pd.DataFrame(permuted, columns=model.terms))


# --- dyads ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Dyads:
    """Relations among n members as vectors over dyads: each ordered pair, or with directed=False each pair once.

    With several waves, one wave's dyads after another's.
    """

    n: int
    waves: int
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    vectors: dict[str, Floats]

    @classmethod
    def of(cls, relations: Mapping[str, ArrayLike], directed: bool) -> _Dyads:
        if not isinstance(directed, (bool, np.bool_)):
            raise InputError(f"directed must be True or False, not {directed!r}")
        _check_labels(relations)
        stacks = {name: _stack(name, relation) for name, relation in relations.items()}
        sizes = {stack.shape for stack in stacks.values()}
        if len(sizes) != 1:
            shapes = ", ".join(f"{name} {np.shape(relation)}" for name, relation in relations.items())
            raise InputError(f"relations must be among the same members, but the shapes differ: {shapes}")
        waves, n, _ = sizes.pop()
        if n < 3:
            raise InputError(f"{n} members are too few to relabel", fix="Give relations among at least 3 members.")
        if not directed:
            _check_symmetric(stacks)
        rows, columns = np.nonzero(~np.eye(n, dtype=bool)) if directed else np.triu_indices(n, 1)
        vectors = {name: stack[:, rows, columns].ravel() for name, stack in stacks.items()}
        return cls(n, waves, rows, columns, vectors)

    def known(self, names: list[str]) -> NDArray[np.bool_]:
        """Which dyads are missing in none of the relations."""
        return _complete(np.column_stack([self.vectors[name] for name in names]))

    def relabelled(self, vectors: list[Floats], orders: NDArray[np.intp]) -> Iterator[list[Floats]]:
        """Each relation under each relabelling: for one batch after another, a block (batch, dyads) a vector.

        All waves are relabelled alike, so that what a dyad's waves have in common stays together.
        """
        flat = [self._flat(vector) for vector in vectors]
        batches = np.clip(len(orders) * self.rows.size * self.waves // CELLS, 1, len(orders))  # none of them empty
        for order in np.array_split(orders, batches):
            cells = self._cells(order)
            taken = (np.take(stack, cells, axis=1, mode="clip") for stack in flat)
            yield [np.moveaxis(block, 0, 1).reshape(len(order), -1) for block in taken]

    def _flat(self, vector: Floats) -> Floats:
        """The relation as matrices, flattened: shape (waves, n * n)."""
        stack = np.full((self.waves, self.n, self.n), np.nan)
        stack[:, self.columns, self.rows] = vector.reshape(self.waves, -1)  # the mirror first: if directed, the next
        stack[:, self.rows, self.columns] = vector.reshape(self.waves, -1)  # line overwrites it
        return stack.reshape(self.waves, -1)

    def _cells(self, order: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where each dyad's value stands in a flattened matrix after relabelling: shape (batch, dyads of a wave)."""
        if self.rows.size < self.n * (self.n - 1):
            return order[:, self.rows] * self.n + order[:, self.columns]
        square = (order[:, :, None] * self.n + order[:, None, :]).reshape(len(order), -1)
        without_diagonal = square[:, 1:].reshape(len(order), self.n - 1, self.n + 1)[:, :, :-1]
        return without_diagonal.reshape(len(order), -1)


def _complete(columns: Floats) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(columns).any(axis=1))


def _stack(name: str, relation: ArrayLike) -> Floats:
    """The relation as shape (waves, n, n)."""
    try:
        stack = np.asarray(relation, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"the relation {name} does not hold numbers only: {error}") from None
    stack = stack[None] if stack.ndim == 2 else stack
    if stack.ndim != 3 or stack.shape[1] != stack.shape[2]:
        raise InputError(f"the relation {name} must be a square matrix, but its shape is {np.shape(relation)}")
    if np.isinf(stack[:, ~np.eye(stack.shape[1], dtype=bool)]).any():
        raise InputError(f"the relation {name} holds an infinite value", fix="Mark missing dyads with NaN.")
    return stack


def _check_labels(relations: Mapping[str, ArrayLike]) -> None:
    """Labelled relations must name the same members in the same order, along rows and columns."""
    frames = {name: relation for name, relation in relations.items() if isinstance(relation, pd.DataFrame)}
    first = next(iter(frames.values()), pd.DataFrame()).index
    for name, frame in frames.items():
        if not (frame.index.equals(frame.columns) and frame.index.equals(first)):
            raise InputError(
                f"the relation {name} does not name the same members in the same order as the others",
                fix="Reindex every relation, rows and columns, by one list of members.",
            )


def _check_symmetric(stacks: Mapping[str, Floats]) -> None:
    for name, stack in stacks.items():
        if not np.allclose(stack, np.swapaxes(stack, 1, 2), rtol=0, atol=TIE, equal_nan=True):
            raise InputError(
                f"the relation {name} is not symmetric, so it is not undirected",
                fix="Use directed=True, or add the matrix to its transpose.",
            )


def _varying(values: Floats, name: str) -> Floats:
    if values.size == 0 or np.ptp(values) == 0:
        raise InputError(f"the relation {name} is the same in every dyad, so nothing can go with it")
    return values


def _orders(n: int, permutations: int, seed: int) -> NDArray[np.intp]:
    if not isinstance(permutations, (int, np.integer)) or permutations < 1:
        raise InputError(f"permutations must be a whole number of at least 1, not {permutations}")
    return np.random.default_rng(seed).permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)


# --- the model -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Model:
    """y (dyads,) and the design (dyads, terms) with the intercept first; known: which dyads enter the fit.

    tested: places of the terms to test.
    """

    dyads: _Dyads
    terms: list[str]
    tested: list[int]
    y: Floats
    design: Floats
    known: NDArray[np.bool_]

    @classmethod
    def of(
        cls, y: ArrayLike, x: Mapping[str, ArrayLike], directed: bool, null: str, test: Collection[str] | None
    ) -> _Model:
        if null not in NULLS:
            raise InputError(f"unknown null {null!r}", fix=f"Use one of {', '.join(NULLS)}.")
        if not isinstance(x, Mapping):
            raise InputError(f"x must map names to relations, but it is a {type(x).__name__}")
        if not x or INTERCEPT in x or "y" in x:
            raise InputError(f"x must name at least one covariate, and none {INTERCEPT!r} or 'y'")
        dyads = _Dyads.of({"y": y, **x}, directed)
        design = np.column_stack([np.ones(dyads.vectors["y"].size), *(dyads.vectors[name] for name in x)])
        known = dyads.known(["y", *x])
        _varying(dyads.vectors["y"][known], "y")
        terms = [INTERCEPT, *x]
        _check_rank(design[known], terms)
        if not set(terms).issuperset(test or ()):
            raise InputError(f"no such terms to test: {', '.join(sorted(set(test or ()) - set(terms)))}")
        tested = [place for place, term in enumerate(terms) if test is None or term in test]
        return cls(dyads, terms, tested, dyads.vectors["y"], design, known)

    def others(self, term: int) -> Floats:
        return np.delete(self.design, term, axis=1)

    def residual(self, term: int) -> Floats:
        """The covariate less what the others say of it, where all covariates are known; elsewhere missing."""
        whole = _complete(self.design)
        others, column = self.others(term)[whole], self.design[whole, term]
        residual = np.full(column.size if whole.all() else whole.size, np.nan)
        residual[whole] = column - others @ np.linalg.lstsq(others, column, rcond=None)[0]
        return residual


def _check_rank(design: Floats, terms: list[str]) -> None:
    if design.shape[0] <= design.shape[1]:
        raise InputError(f"{design.shape[0]} dyads are too few for {design.shape[1]} terms")
    scale = np.abs(design).max(axis=0)
    if (scale == 0).any():
        raise InputError(f"the covariate {terms[int(np.argmin(scale))]} is 0 in every dyad")
    if np.linalg.matrix_rank(design / scale, tol=1e-9 * np.sqrt(len(design))) < design.shape[1]:
        raise InputError(
            f"the covariates {', '.join(terms[1:])} are not independent: one is constant or a combination of others",
            fix="Leave one of them out.",
        )


def _table(model: _Model, coef: Floats, se: Floats, statistic: Floats, permuted: Floats) -> pd.DataFrame:
    p_values = np.full((len(model.terms), 3), np.nan)
    p_values[model.tested] = [_p_values(permuted[:, term], statistic[term]) for term in model.tested]
    columns = {"coef": coef, "se": se, "statistic": statistic}
    columns |= dict(zip(("p_greater", "p_less", "p_two_sided"), p_values.T, strict=True))
    return pd.DataFrame(columns, index=pd.Index(model.terms, name="term"))


def _p_values(null: Floats, observed: float) -> tuple[float, float, float]:
    """p greater, less and two-sided. A relabelling without a fit (NaN) counts as extreme, which can only raise p."""
    counts = (~(null < observed - TIE), ~(null > observed + TIE), ~(np.abs(null) < abs(observed) - TIE))
    greater, less, two_sided = ((np.sum(extreme) + 1) / (null.size + 1) for extreme in counts)
    return float(greater), float(less), float(two_sided)


# --- the null distributions ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Beside:
    """What stays in place while one covariate is relabelled, on the dyads (rows) where all of it is known.

    basis: orthonormal columns spanning the other covariates. y as it is, projected: y less its fit on the basis.
    """

    rows: NDArray[np.bool_]
    basis: Floats
    y: Floats
    projected: Floats

    @classmethod
    def of(cls, others: Floats, y: Floats) -> _Beside:
        rows = _complete(np.column_stack([others, y]))
        basis, _ = np.linalg.qr(others[rows])
        return cls(rows, basis, y[rows], y[rows] - basis @ (basis.T @ y[rows]))


OneTerm = Callable[[Floats, _Beside], Floats]
AllTerms = Callable[[Floats, Floats], Floats]


def _null_distribution(model: _Model, null: str, orders: NDArray[np.intp], one: OneTerm, every: AllTerms) -> Floats:
    """The statistic of each term under each relabelling, shape (R, terms).

    one(relabelled covariate (batch, dyads), what stands beside it): the covariate's statistic, shape (batch,).
    every(relabelled y (batch, dyads), design): all statistics, shape (batch, terms).
    Dyads that a relabelling makes missing are NaN in the relabelled matrix.
    """
    if null == "y":
        fit = _complete(model.design)
        batches = model.dyads.relabelled([model.y], orders)
        return np.concatenate([every(_at(block, fit), model.design[fit]) for (block,) in batches])
    moved = [model.residual(term) if null == "dsp" else model.design[:, term] for term in model.tested]
    fits = [_Beside.of(model.others(term), model.y) for term in model.tested]
    batches = model.dyads.relabelled(moved, orders)
    permuted = np.full((len(orders), len(model.terms)), np.nan)
    permuted[:, model.tested] = np.concatenate([_side_by_side(one, blocks, fits) for blocks in batches])
    return permuted


def _side_by_side(one: OneTerm, blocks: list[Floats], fits: list[_Beside]) -> Floats:
    return np.column_stack([one(_at(block, fit.rows), fit) for block, fit in zip(blocks, fits, strict=True)])


def _at(block: Floats, rows: NDArray[np.bool_]) -> Floats:
    return block if rows.all() else block[:, rows]


def _correlations(x: Floats, y: Floats) -> Floats:
    """Correlation of each row of x, shape (batch, dyads), with y, over the dyads known in both."""
    known = ~(np.isnan(x) | np.isnan(y))
    x, y = np.where(known, x, 0), np.where(known, y, 0)
    n = np.maximum(known.sum(axis=1), 1)
    sx, sy = x.sum(axis=1), y.sum(axis=1)
    xx, yy, xy = (np.einsum("bd,bd->b", a, b) for a, b in ((x, x), (y, y), (x, y)))
    sxx, syy = xx - sx**2 / n, yy - sy**2 / n
    both = np.where((sxx > 1e-12 * xx) & (syy > 1e-12 * yy), sxx * syy, np.nan)
    return (xy - sx * sy / n) / np.sqrt(both)


def _masked(block: Floats) -> tuple[Floats, Floats, bool]:
    """The block with 0 for missing; 1 for each dyad that is not missing; whether none is.

    The weights have shape (batch, dyads), or (1, dyads) when none is missing. A batch of one relabelling has a single
    row of weights in either case, so only the flag says which.
    """
    if not np.isnan(np.sum(block)):
        return block, np.ones((1, block.shape[1])), True
    missing = np.isnan(block)
    return np.where(missing, 0, block), (~missing).astype(float), False


def _t_of_one(moved: Floats, beside: _Beside) -> Floats:
    """t of the relabelled covariate beside the others, by projecting it and y off them (Frisch, Waugh and Lovell)."""
    moved, weight, complete = _masked(moved)
    basis, y = beside.basis, beside.projected
    both = np.column_stack([basis, y])
    cross, total = moved @ both, np.einsum("bd,bd->b", moved, moved)
    with_basis, with_y, n = cross[:, :-1], cross[:, -1], weight.sum(axis=1)
    if complete:  # basis and projected y are orthogonal on the dyads at hand
        xx, xy, yy = total - np.sum(with_basis**2, axis=1), with_y, np.array([y @ y])
    else:
        grams = _grams(weight, both)
        sides, yy = np.stack([with_basis, grams[:, :-1, -1]], axis=2), grams[:, -1, -1]
        solved = _solved(grams[:, :-1, :-1], sides)
        inner = np.einsum("bqi,bqj->bij", sides, solved)
        xx, xy, yy = total - inner[:, 0, 0], with_y - inner[:, 0, 1], yy - inner[:, 1, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(xx > 1e-12 * total, xy / xx, np.nan)
        t = slope / np.sqrt(np.maximum(yy - slope * xy, 0) / (n - basis.shape[1] - 1) / xx)
    return np.where(np.isfinite(t), t, np.nan)  # infinite where y does not vary on the dyads left: no fit


def _grams(weight: Floats, basis: Floats) -> Floats:
    """Products of every two columns, summed over the dyads that each row of weight keeps: shape (batch, q, q)."""
    q = basis.shape[1]
    rows, columns = np.triu_indices(q)
    grams = np.empty((len(weight), q, q))
    grams[:, rows, columns] = grams[:, columns, rows] = weight @ (basis[:, rows] * basis[:, columns])
    return grams


def _products(basis: Floats) -> Floats:
    """Products of every two columns: shape (dyads, q * q)."""
    return (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1)


def _t_of_all(moved: Floats, design: Floats) -> Floats:
    """t of every term when the rows of moved, shape (batch, dyads), stand for y."""
    basis, triangle = np.linalg.qr(design)
    moved, weight, _ = _masked(moved)
    q = basis.shape[1]
    gram = _grams(weight, basis)
    inverse, back = _inverse(gram), np.linalg.inv(triangle)
    cross = moved @ basis
    inner = np.einsum("bij,bj->bi", np.broadcast_to(inverse, (len(cross), q, q)), cross)
    total = np.einsum("bd,bd->b", moved, moved)
    rest = total - np.sum(cross * inner, axis=1)
    variance = np.einsum("ij,bjk,ik->bi", back, inverse, back)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.where(rest > 1e-12 * total, rest, np.nan) / (weight.sum(axis=1) - q))
        return (inner @ back.T) / (spread[:, None] * np.sqrt(variance))


def _solved(matrices: Floats, sides: Floats, singular: float = np.nan) -> Floats:
    """Solution of each symmetric linear system, shape (batch, q, sides); `singular` where there is none or many.

    A relabelling may leave dyads on which covariates are combinations of each other, when others are missing.
    """
    regular = np.linalg.matrix_rank(matrices, hermitian=True) == matrices.shape[-1]
    answer = np.full(sides.shape, singular)
    answer[regular] = np.linalg.solve(matrices[regular], sides[regular])
    return answer


def _inverse(matrices: Floats) -> Floats:
    """Inverse of each symmetric matrix, shape (batch, q, q); missing where there is none."""
    return _solved(matrices, np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape))


def _least_squares(design: Floats, y: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, classical standard errors, residual sum of squares."""
    basis, triangle = np.linalg.qr(design)
    back = np.linalg.inv(triangle)
    coef = back @ (basis.T @ y)
    rss = float(np.sum((y - design @ coef) ** 2))
    return coef, np.sqrt(rss / (len(y) - design.shape[1]) * np.sum(back**2, axis=1)), rss


# --- logistic fits, many at once -----------------------------------------------------------------------------------


def _logit(design: Floats, y: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, standard errors and deviance of a logistic regression by Newton's method."""
    basis, triangle = np.linalg.qr(design)
    beta, information, last_move = _newton_all(y[None, :], np.ones((1, len(y))), basis, tolerance=1e-20)
    variance = _inverse(information)[0]
    if last_move[0] > 1e-6 or np.isnan(variance).any():
        raise InputError(
            "the logistic regression has no finite fit: a covariate, or several together, split y perfectly",
            fix="Leave the covariate out, or use mrqap.",
        )
    back = np.linalg.inv(triangle)
    eta = basis @ beta[0]
    deviance = 2 * float(np.sum(np.logaddexp(0, eta) - y * eta))
    return back @ beta[0], np.sqrt(np.diag(back @ variance @ back.T)), deviance


def _newton(
    step: Callable[[Floats], tuple[Floats, Floats]], beta: Floats, tolerance: float = 1e-8
) -> tuple[Floats, Floats, Floats]:
    """Newton's method on a batch: step gives gradient (batch, q) and information (batch, q, q) at beta (batch, q).

    Stops when no deviance would fall by more than the tolerance, as R's glm does: a relabelling that happens to split y
    perfectly ends with a wide standard error and a z near 0. Returns beta, the information there, and the size of the
    last move relative to beta.
    """
    for _ in range(ITERATIONS):
        gradient, information = step(beta)
        move = _solved(information, gradient[:, :, None], singular=0.0)[:, :, 0]
        beta = beta + move
        if np.max(np.sum(move * gradient, axis=1)) < tolerance:
            break
    return beta, step(beta)[1], np.max(np.abs(move), axis=1) / (1 + np.max(np.abs(beta), axis=1))


def _newton_all(y: Floats, weight: Floats, basis: Floats, tolerance: float = 1e-8) -> tuple[Floats, Floats, Floats]:
    """Logistic fits of each row of y, shape (batch, dyads), on one orthonormal basis (dyads, q)."""
    q = basis.shape[1]
    products = _products(basis)

    def step(beta: Floats) -> tuple[Floats, Floats]:
        mean = _logistic(beta @ basis.T)
        return ((y - mean) * weight) @ basis, ((mean * (1 - mean) * weight) @ products).reshape(-1, q, q)

    return _newton(step, np.zeros((len(y), q)), tolerance)


def _logistic(eta: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(eta, -30, 30)))


def _z_of_one(moved: Floats, beside: _Beside) -> Floats:
    """z of the relabelled covariate beside the others in a logistic regression, one fit a row of moved."""
    moved, weight, _ = _masked(moved)
    scale = np.sqrt(np.sum(moved**2, axis=1))
    moved = moved / np.where(scale > 0, scale, 1)[:, None]
    basis, y, q = beside.basis, beside.y, beside.basis.shape[1]
    products = _products(basis)

    def step(beta: Floats) -> tuple[Floats, Floats]:
        mean = _logistic(beta[:, :-1] @ basis.T + beta[:, -1:] * moved)
        rest, spread = (y - mean) * weight, mean * (1 - mean) * weight
        gradient = np.column_stack([rest @ basis, np.einsum("bd,bd->b", rest, moved)])
        information = np.empty((len(moved), q + 1, q + 1))
        information[:, :q, :q] = (spread @ products).reshape(-1, q, q)
        information[:, :q, q] = information[:, q, :q] = (spread * moved) @ basis
        information[:, q, q] = np.einsum("bd,bd,bd->b", spread, moved, moved)
        return gradient, information

    start, _, _ = _newton_all(y[None, :], np.ones((1, len(y))), basis)
    beta, information, _ = _newton(step, np.column_stack([np.repeat(start, len(moved), axis=0), np.zeros(len(moved))]))
    return beta[:, -1] / np.sqrt(_inverse(information)[:, -1, -1])


def _z_of_all(moved: Floats, design: Floats) -> Floats:
    """z of every term in a logistic regression when the rows of moved, shape (batch, dyads), stand for y."""
    basis, triangle = np.linalg.qr(design)
    moved, weight, _ = _masked(moved)
    beta, information, _ = _newton_all(moved, weight, basis)
    back = np.linalg.inv(triangle)
    variance = np.einsum("ij,bjk,ik->bi", back, _inverse(information), back)
    return beta @ back.T / np.sqrt(variance)
