"""Regressions over pairs, averaged over draws."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.partnership import c2

from .community import PARAMS


def test_the_tested_term_has_the_same_numbers_whether_or_not_every_term_is_tested(panel):
    sizes = {"permutations": PARAMS.permutations, "seed": 5}
    every = c2.timing(panel, **sizes)
    alone = c2.timing(panel, **sizes, every_term=False)
    assert alone.tested.equals(every.tested)
    assert np.array_equal(alone.null_t, every.null_t)
    assert every.coefficients.drop("intercept").notna().all(axis=None)
    assert list(alone.null) == ["informal"]


def test_the_coefficient_of_the_difference_is_that_of_informal_less_business_exchange(panel):
    """By ordinary least squares on the two kinds themselves."""
    fit = c2.beyond_business(panel, permutations=1, seed=0)
    began, x = panel.expected(c2.BEYOND)
    kinds = {"informal": x["sum"] + x["difference"], "business": x["sum"] - x["difference"]}
    terms = {**kinds, **{name: stack for name, stack in x.items() if name not in ("sum", "difference")}}
    terms = {name: stack for name, stack in terms.items() if np.nanmax(np.abs(stack)) > 0}
    cases = np.triu(~np.isnan(began), 1)
    design = np.column_stack([np.ones(cases.sum()), *(stack[cases] for stack in terms.values())])
    coef = np.linalg.lstsq(design, began[cases], rcond=None)[0]
    assert fit.tested["coefficient"] == pytest.approx(coef[1] - coef[2])
