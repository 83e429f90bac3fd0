"""Positions of names in an index, by Arrow's hash tables, and of numbers in a sorted array.

pandas converts Arrow strings to Python's for each lookup. With thousands of message ids looked up hundreds of times,
that took a tenth of the total time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrays import Floats, Ints


def places_of(names: pd.Index, wanted: pd.Index | pd.Series) -> Ints:
    """The first position of each wanted string in names, -1 where it is absent or missing: shape (wanted,)."""
    found = pc.index_in(_arrow(wanted), value_set=_arrow(names), skip_nulls=True)
    return found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def values(by_name: pd.Series, names: pd.Index) -> Floats:
    """The value of each name in a series of numbers, 0 where it has none: shape (names,)."""
    place = places_of(by_name.index, names)
    return np.append(by_name.fillna(0.0).to_numpy(float), 0.0)[place]


def places_in(numbers: Ints, wanted: Ints) -> Ints:
    """The position of each wanted number in numbers (sorted, distinct), -1 where it is absent: shape (wanted,)."""
    if not numbers.size:
        return np.full(wanted.shape, -1)
    place = np.minimum(np.searchsorted(numbers, wanted), numbers.size - 1)
    return np.where(numbers[place] == wanted, place, -1)


def _arrow(strings: pd.Index | pd.Series) -> pa.Array:
    return pa.array(strings, from_pandas=True).cast(pa.large_string())
