"""Places of names, as pandas finds them."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.lookup import places_of, values

NAMES = st.text(max_size=4)


@given(st.lists(NAMES, unique=True), st.lists(NAMES | st.none()))
def test_places_are_those_that_pandas_finds(names, wanted):
    index, series = pd.Index(names, dtype="str"), pd.Series(wanted, dtype="str")
    assert places_of(index, series).tolist() == index.get_indexer(series).tolist()


@given(st.dictionaries(NAMES, st.none() | st.floats(-10, 10)), st.lists(NAMES))
def test_a_name_without_a_value_has_zero(known, names):
    series = pd.Series(list(known.values()), index=pd.Index(list(known), dtype="str"), dtype=float)
    expected = series.reindex(pd.Index(names, dtype="str")).fillna(0.0)
    np.testing.assert_array_equal(values(series, pd.Index(names, dtype="str")), expected)


def test_ids_kept_as_python_objects_are_found_too():
    assert places_of(pd.Index(["a", "b"], dtype=object), pd.Series(["b", None, "c"], dtype=object)).tolist() == [
        1,
        -1,
        -1,
    ]
