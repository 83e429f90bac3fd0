"""Agreement on spans holds to third-party answers, to hand-made cases, and refuses what cannot be compared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.coding.agreement import unitizing_alpha
from analysis.errors import InputError

COLUMNS = ["coder", "code", "start", "end"]


def segments(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


THREE = segments(
    ("Alex", "1", 2, 5),
    ("Alex", "1", 9, 11),
    ("Alex", "2", 12, 20),
    ("Paul", "1", 2, 5),
    ("Paul", "2", 7, 15),
    ("Susan", "1", 2, 5),
    ("Susan", "2", 10, 15),
)


def test_the_family_equals_the_third_party_answer(case: Callable[[str], dict]) -> None:
    c = case("unitizing_ualpha_2016_three_coders")
    got = unitizing_alpha(pd.DataFrame(c["data"], columns=COLUMNS), 20)
    expected, off = c["expected"], c["tolerance"]
    assert got.u == pytest.approx(expected["u_alpha"], abs=off)
    assert got.cu == pytest.approx(expected["cu_alpha"], abs=off)
    assert got.ku == pytest.approx(expected["ku_alpha"], abs=off)


def test_it_unpacks_as_u_cu_ku() -> None:
    u, cu, ku = unitizing_alpha(THREE, 20)
    assert (u, cu) == (pytest.approx(0.474, abs=0.0006), pytest.approx(0.779, abs=0.0006))
    assert set(ku) == {"1", "2"}


def test_rows_without_names_and_codes_that_are_numbers_are_read_too() -> None:
    rows = [(coder, int(code), start, end) for coder, code, start, end in THREE.itertuples(index=False)]
    got = unitizing_alpha(rows, 20)
    assert got.u == unitizing_alpha(THREE, 20).u
    assert set(got.ku) == {1, 2}


def test_equal_spans_with_equal_codes_give_one() -> None:
    same = [(coder, code, s, e) for coder in "ab" for code, s, e in (("x", 0, 4), ("y", 6, 9))]
    got = unitizing_alpha(segments(*same), 12)
    assert (got.u, got.cu, got.ku) == (1, 1, {"x": 1, "y": 1})


def test_equal_cuts_with_crossed_codes_disagree() -> None:
    got = unitizing_alpha(segments(("a", "x", 0, 4), ("a", "y", 6, 9), ("b", "y", 0, 4), ("b", "x", 6, 9)), 12)
    assert got.cu < 0
    assert got.u < 1


def test_one_code_cannot_be_confused_so_cu_is_missing() -> None:
    got = unitizing_alpha(segments(("a", "x", 0, 4), ("b", "x", 1, 4)), 12)
    assert np.isnan(got.cu)
    assert np.isnan(got.ku["x"])
    assert 0 < got.u < 1


def test_the_order_of_rows_and_the_names_of_coders_do_not_matter() -> None:
    other = THREE.sample(frac=1, random_state=3).replace({"Alex": "Zoe"})
    assert unitizing_alpha(other, 20).u == pytest.approx(unitizing_alpha(THREE, 20).u)


def test_stretching_every_length_hardly_moves_u() -> None:
    """Lengths in characters or minutes are alike: only the correction for a span's own pieces moves."""
    doubled = THREE.assign(start=THREE["start"] * 50, end=THREE["end"] * 50)
    assert unitizing_alpha(doubled, 1000).u == pytest.approx(unitizing_alpha(THREE, 20).u, abs=0.02)


def test_a_coder_who_read_and_marked_nothing_counts() -> None:
    got = unitizing_alpha(segments(("a", "x", 0, 6), ("b", None, 0, 0)), 12)
    assert got.coders == 2
    assert got.u < 0.01


def test_several_continua_are_resampled_and_add_up() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for unit in range(60):
        start = int(rng.integers(0, 10))
        for coder in "ab":
            shift = int(rng.integers(0, 3))
            rows.append((f"u{unit}", coder, "xy"[unit % 2], start + shift, start + 8 + shift))
    frame = pd.DataFrame(rows, columns=["unit_id", *COLUMNS])
    got = unitizing_alpha(frame, {f"u{unit}": 25 for unit in range(60)})
    assert got.low < got.u < got.high
    assert got.interval == "percentile bootstrap over 60 continua, 1000 resamples"
    assert unitizing_alpha(frame, {f"u{unit}": 25 for unit in range(60)}) == got


def test_a_continuum_of_one_coder_is_left_out() -> None:
    frame = THREE.assign(unit_id="t1")
    alone = pd.DataFrame([("t2", "Alex", "1", 0, 5)], columns=["unit_id", *COLUMNS])
    both = unitizing_alpha(pd.concat([frame, alone]), {"t1": 20, "t2": 9})
    assert both.u == unitizing_alpha(THREE, 20).u


@pytest.mark.parametrize(
    ("rows", "length", "said"),
    [
        ([("a", "x", 0, 4), ("a", "y", 3, 6), ("b", "x", 0, 4)], 12, "overlap at 3"),
        ([("a", "x", 0, 40), ("b", "x", 0, 4)], 12, "outside the continuum"),
        ([("a", "x", 4, 4), ("b", "x", 0, 4)], 12, "is empty"),
        ([("a", "x", 0, 4)], 12, "nothing to compare"),
        ([("a", "x", 0, "four"), ("b", "x", 0, 4)], 12, "not a number"),
    ],
)
def test_spans_that_cannot_be_compared_are_refused(rows: list[tuple], length: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        unitizing_alpha(segments(*rows), length)


def test_places_written_as_words_are_numbers() -> None:
    spelled = unitizing_alpha(segments(("a", "x", "0", "4"), ("b", "x", "0", "5")), 12)
    assert spelled.u == unitizing_alpha(segments(("a", "x", 0, 4), ("b", "x", 0, 5)), 12).u


def test_missing_columns_and_unknown_continua_are_refused() -> None:
    with pytest.raises(InputError, match="lack the columns"):
        unitizing_alpha(pd.DataFrame({"coder": ["a"]}), 3)
    with pytest.raises(InputError, match="no length is given"):
        unitizing_alpha(THREE.assign(unit_id="t9"), {"t1": 20})
