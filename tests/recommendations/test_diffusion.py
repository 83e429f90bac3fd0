"""Recommendations: the what-if spreads news as its model says."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from analysis.errors import InputError
from analysis.recommendations import diffusion

CHAIN = sparse.csr_array(np.diag(np.ones(3), k=1))  # 1 hears from 0, 2 from 1 and 3 from 2, for sure
ALL = np.ones(4, dtype=bool)


def rng():
    return np.random.default_rng(0)


def test_sure_news_walks_down_a_chain_one_member_a_step():
    (reached,) = diffusion.cascade(CHAIN, np.array([0]), ALL, 4, rng())
    assert reached.tolist() == [0.25, 0.5, 0.75, 1, 1]


def test_a_member_who_does_not_pass_on_ends_the_walk():
    (reached,) = diffusion.cascade(CHAIN, np.array([0]), np.array([True, False, True, True]), 4, rng())
    assert reached[-1] == 0.5


def test_the_first_member_passes_on_even_if_they_never_shared_before():
    (reached,) = diffusion.cascade(CHAIN, np.array([0]), np.zeros(4, dtype=bool), 4, rng())
    assert reached[-1] == 0.5


def test_one_uncertain_tie_is_crossed_as_often_as_its_probability_says():
    pair = sparse.csr_array(np.array([[0, 0.3], [0, 0]]))
    reached = diffusion.cascade(pair, np.zeros(20_000, dtype=int), np.ones(2, dtype=bool), 1, rng())
    assert (reached[:, -1] == 1).mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 20_000))


def test_news_runs_from_the_answered_to_the_answering():
    ties = pd.DataFrame({"source": ["MB"], "target": ["MA"], "weight": [4.0]})
    hearing = diffusion.hearing_probability(ties, pd.Index(["MA", "MB"]), per=2.0, pass_on=0.5)
    assert hearing.toarray().tolist() == [[0, 0.75], [0, 0]]


def test_a_chance_above_one_is_refused():
    ties = pd.DataFrame({"source": ["MB"], "target": ["MA"], "weight": [4.0]})
    with pytest.raises(InputError, match="probability"):
        diffusion.hearing_probability(ties, pd.Index(["MA", "MB"]), per=2.0, pass_on=1.5)
