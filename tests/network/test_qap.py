"""Permutation tests against R's sna (netlm, netlogit, qaptest) and against what must hold of any such test."""

from __future__ import annotations

import contextlib
import time

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.network.qap import logistic_qap, mrqap, qap_correlation, relabel

SNA_NULLS = {"dsp": "qapspp", "y": "qapy", "x": "qapx"}


def monte_carlo(p: float, first: int, second: int) -> float:
    """Four standard errors of the difference of two simulated p-values, and one draw of the coarser."""
    return 4 * np.sqrt(p * (1 - p) * (1 / first + 1 / second)) + 2 / first


def assert_p_agree(table, sna, permutations):
    for column, name in (("p_greater", "p_ge"), ("p_less", "p_le"), ("p_two_sided", "p_two_abs")):
        for ours, theirs in zip(table[column], sna[name], strict=True):
            assert ours == pytest.approx(theirs, abs=monte_carlo(theirs, permutations, sna["reps"]))


@pytest.fixture(scope="module")
def florentine(relation, reference):
    nodes = reference("networks/data/florentine_nodes.csv")
    wealth, priorates = nodes["wealth"].to_numpy(float), nodes["priorates"].to_numpy(float)
    x = {
        "marriage": relation("florentine_marriage"),
        "abs_wealth_diff": np.abs(np.subtract.outer(wealth, wealth)),
        "sum_priorates": np.add.outer(priorates, priorates),
    }
    return relation("florentine_business"), x


@pytest.fixture
def noise():
    def draw(n, *, directed=True, seed=1):
        rng = np.random.default_rng(seed)
        matrices = [rng.normal(size=(n, n)) for _ in range(4)]
        if not directed:
            matrices = [matrix + matrix.T for matrix in matrices]
        return matrices[0], dict(zip("abc", matrices[1:], strict=True))

    return draw


@pytest.mark.parametrize("null", SNA_NULLS)
def test_the_florentine_regression_agrees_with_netlm(florentine, reference, null):
    y, x = florentine
    sna = reference("networks/mrqap_netlm.json")[f"florentine_business_{SNA_NULLS[null]}"]
    ours = mrqap(y, x, directed=False, null=null, permutations=5000, seed=1)
    assert list(ours.table.index) == ["intercept", *x]
    assert ours.table["coef"].to_numpy() == pytest.approx(np.array(sna["coef"]), abs=1e-9)
    assert ours.table["se"].to_numpy() == pytest.approx(np.array(sna["se_classical"]), abs=1e-9)
    assert ours.table["statistic"].to_numpy() == pytest.approx(np.array(sna["t"]), abs=1e-9)
    assert ours.r2 == pytest.approx(sna["r2"], abs=1e-9)
    assert ours.n_dyads == sna["n_dyads"]
    assert ours.permuted.std().to_numpy() == pytest.approx(np.array(sna["perm_sd"]), rel=0.05, abs=1e-9)
    assert_p_agree(ours.table, sna, 5000)


@pytest.mark.parametrize("null", ["dsp", "y"])
def test_the_florentine_logistic_regression_agrees_with_netlogit(florentine, reference, null):
    y, x = florentine
    sna = reference("networks/netlogit.json")[f"florentine_business_{SNA_NULLS[null]}"]
    ours = logistic_qap(y, x, directed=False, null=null, permutations=5000, seed=1)
    assert ours.table["coef"].to_numpy() == pytest.approx(np.array(sna["coef"]), abs=1e-5)
    assert ours.table["se"].to_numpy() == pytest.approx(np.array(sna["se"]), abs=1e-5)
    assert ours.deviance == pytest.approx(sna["deviance"], abs=1e-9)
    assert ours.n_dyads == sna["n"]
    assert_p_agree(ours.table, sna, 5000)


@pytest.mark.parametrize(
    ("name", "a", "b", "directed"),
    [
        ("florentine_marriage_business", "florentine_marriage", "florentine_business", False),
        ("coleman_fall_spring", "coleman_fall", "coleman_spring", True),
    ],
)
def test_correlations_agree_with_qaptest(relation, reference, name, a, b, directed):
    sna = reference("networks/qap_correlation.json")[name]
    ours = qap_correlation(relation(a), relation(b), directed=directed, permutations=5000, seed=1)
    assert ours.correlation == pytest.approx(sna["gcor"], abs=1e-12)
    assert ours.p_greater == pytest.approx(sna["p_ge"], abs=monte_carlo(sna["p_ge"], 5000, sna["reps"]))
    assert ours.p_less == pytest.approx(sna["p_le"], abs=monte_carlo(sna["p_le"], 5000, sna["reps"]))
    assert ours.permuted.std() == pytest.approx(sna["perm_sd"], rel=0.05)


@pytest.mark.parametrize("null", ["dsp", "y", "x"])
@pytest.mark.parametrize("directed", [True, False])
def test_each_null_statistic_is_the_fit_of_the_relabelled_relations(noise, null, directed):
    """The vectorised algebra against a plain regression of each relabelled relation, some dyads missing."""
    y, x = noise(9, directed=directed)
    y[2, 5] = y[5, 2] = x["b"][1, 3] = x["b"][3, 1] = np.nan
    ours = mrqap(y, x, directed=directed, null=null, permutations=5, seed=3).permuted
    orders = np.random.default_rng(3).permuted(np.tile(np.arange(9), (5, 1)), axis=1)
    assert ours.to_numpy() == pytest.approx(np.array([plain_null(y, x, directed, null, order) for order in orders]))


def plain_null(y, x, directed, null, order):
    dyads = ~np.eye(len(y), dtype=bool) if directed else np.triu(np.ones_like(y, dtype=bool), 1)
    design = [np.ones_like(y), *x.values()]

    def t(response, columns):
        rows = np.column_stack([column[dyads] for column in columns])
        seen = ~np.isnan(rows).any(axis=1) & ~np.isnan(response[dyads])
        rows, response = rows[seen], response[dyads][seen]
        coef, rss, *_ = np.linalg.lstsq(rows, response, rcond=None)
        return coef / np.sqrt(rss[0] / (len(rows) - rows.shape[1]) * np.diag(np.linalg.inv(rows.T @ rows)))

    if null == "y":
        return t(y[np.ix_(order, order)], design)
    return [relabel_one(t, y, design, term, null, order, dyads) for term in range(len(design))]


def relabel_one(t, y, design, term, null, order, dyads):
    others = [column for place, column in enumerate(design) if place != term]
    moved = residual(design[term], others, dyads) if null == "dsp" else design[term]
    return t(y, [*others, moved[np.ix_(order, order)]])[-1]


def residual(column, others, dyads):
    rows = np.column_stack([other[dyads] for other in others])
    seen = ~np.isnan(rows).any(axis=1) & ~np.isnan(column[dyads])
    coef = np.linalg.lstsq(rows[seen], column[dyads][seen], rcond=None)[0]
    left = column - sum(weight * other for weight, other in zip(coef, others, strict=True))
    return left


def test_waves_are_fitted_as_one_and_relabelled_alike(noise):
    y, x = noise(9, seed=1)
    later, x_later = noise(9, seed=2)
    y[1, 2] = np.nan
    stacked = {name: np.stack([x[name], x_later[name]]) for name in x}
    ours = mrqap(np.stack([y, later]), stacked, directed=True, permutations=4, seed=3)
    order = np.random.default_rng(3).permuted(np.tile(np.arange(9), (4, 1)), axis=1)[2]
    off = ~np.eye(9, dtype=bool)

    def long(first, second):
        return np.concatenate([first[off], second[off]])

    rows = np.column_stack([np.ones(144), *(long(x[name], x_later[name]) for name in x)])
    left = rows[:, 1] - rows[:, [0, 2, 3]] @ np.linalg.lstsq(rows[:, [0, 2, 3]], rows[:, 1], rcond=None)[0]
    moved = []
    for part in np.split(left, 2):
        matrix = np.zeros((9, 9))
        matrix[off] = part
        moved.append(matrix[np.ix_(order, order)])
    rows[:, 1] = long(*moved)
    response = long(y, later)
    seen = ~np.isnan(response)
    coef, rss, *_ = np.linalg.lstsq(rows[seen], response[seen], rcond=None)
    t = coef / np.sqrt(rss[0] / (seen.sum() - 4) * np.diag(np.linalg.inv(rows[seen].T @ rows[seen])))
    assert ours.permuted["a"][2] == pytest.approx(t[1])
    assert ours.n_dyads == 143


def test_one_wave_in_a_stack_is_as_no_stack(noise):
    y, x = noise(8)
    plain = mrqap(y, x, directed=True, permutations=20)
    stacked = mrqap(y[None], {name: matrix[None] for name, matrix in x.items()}, directed=True, permutations=20)
    pd.testing.assert_frame_equal(plain.table, stacked.table)


def test_terms_left_untested_have_missing_p_and_the_others_the_same(noise):
    y, x = noise(8)
    every = mrqap(y, x, directed=True, permutations=20)
    some = mrqap(y, x, directed=True, permutations=20, test=["b"])
    pd.testing.assert_series_equal(every.table.loc["b"], some.table.loc["b"])
    assert some.table["p_greater"].isna().sum() == 3
    with pytest.raises(InputError, match="no such terms to test: z"):
        mrqap(y, x, directed=True, test=["z"])


def test_robust_errors_are_those_of_the_double_sum_over_dyads_that_share_a_member(noise):
    """Against the definition in Aronow et al. (2015), a loop over every two dyads."""
    y, x = noise(8, directed=False)
    ours = mrqap(y, x, directed=False, permutations=1)
    rows, columns = np.triu_indices(8, 1)
    design = np.column_stack([np.ones(28), *(matrix[rows, columns] for matrix in x.values())])
    score = design * (y[rows, columns] - design @ ours.table["coef"].to_numpy())[:, None]
    ends = [{i, j} for i, j in zip(rows, columns, strict=True)]
    meat = sum(np.outer(score[d], score[e]) for d in range(28) for e in range(28) if ends[d] & ends[e])
    bread = np.linalg.inv(design.T @ design)
    variance = np.diag(bread @ meat @ bread) * 8 / 7
    pairs_only = np.diag(bread @ score.T @ score @ bread) * 8 / 7
    assert ours.robust_se.to_numpy() == pytest.approx(np.sqrt(np.maximum(variance, pairs_only)))


def test_the_logistic_null_is_the_fit_of_the_relabelled_residual(noise):
    _, x = noise(12)
    y = (x["a"] + np.random.default_rng(0).normal(size=(12, 12)) > 0.5).astype(float)
    off = ~np.eye(12, dtype=bool)
    ours = logistic_qap(y, x, directed=True, permutations=3, seed=3).permuted["a"]
    orders = np.random.default_rng(3).permuted(np.tile(np.arange(12), (3, 1)), axis=1)
    others = [np.ones_like(y), x["b"], x["c"]]
    moved = residual(x["a"], others, off)
    for value, order in zip(ours, orders, strict=True):
        relabelled = {"b": x["b"], "c": x["c"], "a": moved[np.ix_(order, order)]}
        fit = logistic_qap(y, relabelled, directed=True, permutations=1)
        assert value == pytest.approx(fit.table.loc["a", "statistic"], rel=1e-6)


@pytest.mark.parametrize("null", ["dsp", "y", "x"])
@pytest.mark.parametrize("fit", [mrqap, logistic_qap])
@pytest.mark.parametrize("waves", [1, 3])
def test_relabellings_one_by_one_in_batches_and_all_at_once_give_the_same_statistics(
    noise, monkeypatch, null, fit, waves
):
    """Only memory decides how many relabellings are fitted together. Dyads are missing in y and in covariates."""
    n, permutations = 12, 21
    relations = [noise(n, seed=wave) for wave in range(waves)]
    y = np.stack([y for y, _ in relations])
    x = {name: np.stack([x[name] for _, x in relations]) for name in "abc"}
    y = (y > 0).astype(float) if fit is logistic_qap else y
    y[0, 2, 5] = x["a"][-1, 4, 2] = x["b"][0, 1, 3] = x["b"][0, 3, 1] = np.nan

    def permuted(batch):
        monkeypatch.setattr(relabel, "CELLS", batch * n * (n - 1) * waves)
        return fit(y, x, directed=True, null=null, permutations=permutations, seed=2).permuted.to_numpy()

    together = permuted(permutations)
    for batch in (4, 1, 0.25):  # 0.25: one relabelling holds more numbers than a batch may
        assert permuted(batch) == pytest.approx(together, rel=1e-9, abs=1e-9)


def test_a_directed_relation_and_its_transpose_tell_the_same(noise):
    y, x = noise(8)
    forward = mrqap(y, x, directed=True, permutations=50).table
    backward = mrqap(y.T, {name: matrix.T for name, matrix in x.items()}, directed=True, permutations=50).table
    pd.testing.assert_frame_equal(forward, backward)


def test_an_undirected_relation_counts_each_pair_once(noise):
    y, x = noise(8, directed=False)
    assert mrqap(y, x, directed=False, permutations=10).n_dyads == 28
    assert mrqap(y, x, directed=True, permutations=10).n_dyads == 56


def test_the_diagonal_is_never_read(noise):
    y, x = noise(8)
    plain = mrqap(y, x, directed=True, permutations=50).table
    np.fill_diagonal(y, np.nan)
    np.fill_diagonal(x["a"], np.inf)
    pd.testing.assert_frame_equal(plain, mrqap(y, x, directed=True, permutations=50).table)


def test_missing_dyads_are_left_out_of_the_fit(noise):
    y, x = noise(10)
    y[0, 1] = x["a"][4, 2] = np.nan
    assert mrqap(y, x, directed=True, permutations=10).n_dyads == 88
    seen = ~np.isnan(y) & ~np.isnan(x["a"]) & ~np.eye(10, dtype=bool)
    rows = np.column_stack([np.ones(seen.sum()), *(matrix[seen] for matrix in x.values())])
    expected = np.linalg.lstsq(rows, y[seen], rcond=None)[0]
    assert mrqap(y, x, directed=True, permutations=10).table["coef"].to_numpy() == pytest.approx(expected)
    pair = ~np.isnan(y) & ~np.isnan(x["a"]) & ~np.eye(10, dtype=bool)
    observed = qap_correlation(y, x["a"], directed=True, permutations=10).correlation
    assert observed == pytest.approx(np.corrcoef(y[pair], x["a"][pair])[0, 1])


def test_a_value_equal_to_every_relabelling_has_p_one():
    star = np.zeros((5, 5))
    star[0] = star[:, 0] = 1
    complete = qap_correlation(star, star, directed=False, permutations=99)
    assert complete.correlation == pytest.approx(1)
    assert complete.p_less == 1
    ties = np.mean(complete.permuted > 1 - 1e-9)
    assert complete.p_greater == pytest.approx((99 * ties + 1) / 100)


def test_p_values_hold_their_level_when_members_differ_but_relations_do_not():
    """Sender effects in both relations, no relation between them: the classical t rejects too often, DSP does not."""
    rng = np.random.default_rng(5)
    p, t = [], []
    for _ in range(200):
        effects = rng.normal(size=(2, 15, 1)) + rng.normal(size=(2, 1, 15))
        y, x = effects + rng.normal(size=(2, 15, 15))
        row = mrqap(y, {"x": x}, directed=True, permutations=99, seed=int(rng.integers(1e9))).table.loc["x"]
        p.append(row["p_two_sided"])
        t.append(abs(row["statistic"]) > 1.96)
    assert np.mean(np.array(p) <= 0.05) < 0.09
    assert np.mean(t) > 0.2


def test_the_same_seed_gives_the_same_and_another_seed_another(noise):
    y, x = noise(10)
    first, again = (mrqap(y, x, directed=True, permutations=20, seed=4).permuted for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(mrqap(y, x, directed=True, permutations=20, seed=5).permuted)


@pytest.mark.parametrize("seed", range(30))
def test_few_members_and_many_missing_dyads_give_a_p_or_are_told(seed):
    """A relabelling without a fit, for want of known dyads, counts as extreme: it can only raise p."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 8))
    y, a, b = (np.where(rng.random((n, n)) < 0.35, np.nan, rng.integers(0, 3, size=(n, n))) for _ in range(3))
    for call in (
        lambda: mrqap(y, {"a": a, "b": b}, directed=True, null=("dsp", "y", "x")[seed % 3], permutations=30).table,
        lambda: logistic_qap(np.minimum(y, 1), {"a": a}, directed=True, permutations=30).table,
        lambda: pd.DataFrame([vars(qap_correlation(a, b, directed=True, permutations=30))]),
    ):
        with contextlib.suppress(InputError):
            p = call()[["p_greater", "p_less", "p_two_sided"]].to_numpy()
            assert ((p > 0) & (p <= 1)).all()


def test_relations_that_are_no_numbers_and_covariates_without_names_are_refused(noise):
    y, x = noise(6)
    with pytest.raises(InputError, match="the relation a does not hold numbers"):
        mrqap(y, {"a": np.full((6, 6), "near")}, directed=True)
    with pytest.raises(InputError, match="must map names to relations, but it is a list"):
        mrqap(y, [x["a"]], directed=True)
    with pytest.raises(InputError, match="whole number"):
        mrqap(y, x, directed=True, permutations=10.5)


def test_unknown_nulls_and_modes_are_refused(noise):
    y, x = noise(6)
    with pytest.raises(InputError, match="unknown null 'qapspp'"):
        mrqap(y, x, directed=True, null="qapspp")
    with pytest.raises(InputError, match="directed must be True or False, not 'graph'"):
        mrqap(y, x, directed="graph")
    with pytest.raises(InputError, match="permutations must be a whole number of at least 1"):
        qap_correlation(y, x["a"], directed=True, permutations=0)


def test_an_asymmetric_relation_is_refused_as_undirected(noise):
    y, x = noise(6)
    with pytest.raises(InputError, match="the relation y is not symmetric"):
        mrqap(y, x, directed=False)
    with pytest.raises(InputError, match="the relation b is not symmetric"):
        qap_correlation(y + y.T, y, directed=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": np.zeros((5, 5))}, "the shapes differ"),
        ({"a": np.zeros((6, 5))}, "must be a square matrix"),
        ({"a": np.zeros((6, 6))}, "is 0 in every dyad"),
        ({"a": np.ones((6, 6))}, "not independent"),
        ({"a": np.full((6, 6), np.inf)}, "infinite"),
        ({"a": np.full((6, 6), np.nan)}, "too few|same in every dyad"),
        ({"intercept": np.zeros((6, 6))}, "may be called 'intercept'"),
    ],
)
def test_covariates_that_cannot_be_used_are_refused(noise, change, message):
    y, x = noise(6)
    with pytest.raises(InputError, match=message):
        mrqap(y, x | change, directed=True)


def test_a_relation_that_does_not_vary_is_refused(noise):
    _, x = noise(6)
    with pytest.raises(InputError, match="the relation y is the same in every dyad"):
        mrqap(np.ones((6, 6)), x, directed=True)
    with pytest.raises(InputError, match="the relation b is the same in every dyad"):
        qap_correlation(x["a"], np.zeros((6, 6)), directed=True)


def test_labelled_relations_must_name_the_same_members(noise):
    y, x = noise(6)
    labelled = pd.DataFrame(y, index=list("abcdef"), columns=list("abcdef"))
    reordered = pd.DataFrame(x["a"], index=list("bacdef"), columns=list("bacdef"))
    with pytest.raises(InputError, match="same members in the same order"):
        mrqap(labelled, {"a": reordered}, directed=True)


def test_a_logistic_fit_that_does_not_exist_is_refused(noise):
    _, x = noise(8)
    with pytest.raises(InputError, match="no finite fit"):
        logistic_qap((x["a"] > 0).astype(float), x, directed=True, permutations=10)
    with pytest.raises(InputError, match="0 and 1 only"):
        logistic_qap(x["a"], {"b": x["b"]}, directed=True)


def test_a_thousand_permutations_of_two_hundred_members_take_a_second_of_one_core(noise):
    y, x = noise(200)
    began = time.process_time()
    mrqap(y, x, directed=True, permutations=100)
    assert time.process_time() - began < 1  # a tenth of the permutations: the tenfold slack is for busy machines
