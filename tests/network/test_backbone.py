"""The backbone of a network: the disparity filter by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis.network.backbone import disparity


def ties(*rows):
    return pd.DataFrame(rows, columns=["source", "target", "weight"])


def test_the_disparity_filter_equals_its_formula():
    given = ties(("a", "b", 8.0), ("a", "c", 1.0), ("a", "d", 1.0), ("c", "b", 8.0))
    of_givers = [(1 - 0.8) ** 2, (1 - 0.1) ** 2, (1 - 0.1) ** 2, 1.0]
    of_takers = [(1 - 0.5) ** 1, 1.0, 1.0, (1 - 0.5) ** 1]
    assert disparity(given) == pytest.approx(np.minimum(of_givers, of_takers))


def test_equal_ties_are_no_backbone():
    even = ties(*((a, b, 1.0) for a in "abcde" for b in "abcde" if a != b))
    assert disparity(even).min() > 0.05
