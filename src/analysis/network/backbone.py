"""The backbone of a network of weighted ties: the ties heavier than their members' activity alone would make them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.arrays import Floats


def disparity(ties: pd.DataFrame) -> Floats:
    """Probability of a tie at least as heavy if a member's weight fell on its ties at random: the disparity filter of
    Serrano, Boguñá and Vespignani (2009, PNAS 106:6483), (1 - w / s) ** (k - 1), s being the sum and k the number of
    the weights that the member gives, or gets; the smaller of the two.

    ties: source, target, weight (above 0), directed. Returns shape (ties,), from 0 (never) to 1 (a member's only tie).
    """
    ends = []
    for end in ("source", "target"):
        of_member = ties.groupby(end)["weight"]
        share = ties["weight"] / of_member.transform("sum")
        ends.append((1 - share) ** (of_member.transform("size") - 1))
    return np.minimum(*(end.to_numpy(float) for end in ends))
