"""Sharing: concentration agrees with published answers, and C3 can tell concentration from activity."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.sharing import step as sharing

PARAMS = sharing.Params(
    code="business_news",
    confidence=0.95,
    labels=20,
    bootstrap=200,
    null_draws=500,
    block_weeks=4,
    least_people=3,
    seed=1,
)
COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=60).filter(sum)


def sent_calls(reference):
    calls = reference("networks/data/wtc_police_calls.csv")
    return np.bincount(calls["source"], minlength=38)[1:]


def test_every_index_of_the_wtc_radio_calls_equals_r(reference):
    expected = reference("networks/inequality.json")["wtc_sent"]
    table = sharing.concentration(sent_calls(reference), bootstrap=9999)
    for index, name in {"theil": "theil_T"}.items() | {(i, i) for i in sharing.INDICES if i != "theil"}:
        assert table.loc[index, "value"] == pytest.approx(expected[name], abs=1e-12)
    assert [table.loc["gini", "low"], table.loc["gini", "high"]] == pytest.approx(expected["ci95_percentile"], abs=0.02)


def test_the_lorenz_curve_of_the_wtc_radio_calls_equals_r(reference):
    assert sharing.lorenz(sent_calls(reference)) == pytest.approx(
        reference("networks/inequality.json")["wtc_sent"]["lorenz"]
    )


def test_one_member_who_says_all_gives_one():
    assert sharing.gini([0, 0, 0, 9]) == 1


def test_members_who_say_the_same_give_zero():
    assert sharing.gini([4, 4, 4]) == 0


@given(COUNTS, st.integers(1, 9))
def test_a_gini_does_not_change_when_all_counts_are_multiplied(counts, factor):
    assert sharing.gini(counts) == pytest.approx(sharing.gini([factor * c for c in counts]))


@given(COUNTS)
def test_every_index_lies_in_its_range(counts):
    table = sharing.concentration(counts, bootstrap=20)["value"]
    assert (table >= -1e-12).all()
    assert table[["gini", "gini_corrected", "top1_share", "top3_share", "hhi"]].max() <= 1 + 1e-12
    assert table["theil"] <= np.log(len(counts)) + 1e-9


@pytest.mark.parametrize("counts", [[], [3], [0, 0], [1, -1], [1, float("nan")], [[1, 2], [3, 4]]])
def test_counts_that_cannot_be_concentrated_are_refused(counts):
    with pytest.raises(InputError):
        sharing.concentration(counts)


def community(rates, weeks=20, per_week=10, seed=0):
    """Weekly counts of members whose messages are shares at their own rates; activity is unequal by design."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, rate in enumerate(rates):
        messages = rng.poisson(per_week * (1 + i % 4), size=weeks)
        shares = rng.binomial(messages, rate)
        for week in range(weeks):
            rows.append(
                (f"M{i:04d}", pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=week), messages[week], shares[week])
            )
    return pd.DataFrame(rows, columns=["member", "week", "messages", "shares"])


def excess(weekly):
    totals = weekly.groupby("member")[["messages", "shares"]].sum()
    null = sharing.equal_activity_null(totals["messages"], totals["shares"].sum(), 500, np.random.default_rng(1))
    return sharing.excess_over_activity(weekly, null, PARAMS)


def test_sharing_that_follows_activity_is_no_excess():
    found = [excess(community([0.1] * 20, seed=seed)) for seed in range(20)]
    assert np.mean([f["p"] <= 0.05 for f in found]) <= 0.2
    assert np.mean([f["low"] <= 0 <= f["high"] for f in found]) >= 0.8


def test_a_few_sharers_among_equals_are_found():
    found = excess(community([0.4] * 2 + [0.01] * 18))
    assert found["p"] < 0.01
    assert found["low"] > 0.2


def test_a_community_that_shares_no_news_is_not_assessable():
    assert excess(community([0.0] * 5))["status"] == "missing"


def test_labels_that_differ_between_draws_widen_the_interval():
    rates = [0.4] * 2 + [0.02] * 18
    same = sharing.over_labels([community(rates)] * 8, PARAMS)
    redrawn = sharing.over_labels([community(rates, seed=seed) for seed in range(8)], PARAMS)
    assert redrawn["high"] - redrawn["low"] > same["high"] - same["low"]
    assert same["value"] == pytest.approx(excess(community(rates))["value"], abs=0.01)


def test_labels_redrawn_without_regard_to_the_member_are_no_excess():
    found = sharing.over_labels([community([0.1] * 20, seed=seed) for seed in range(8)], PARAMS)
    assert found["p"] > 0.05
    assert found["low"] <= 0 <= found["high"]


def test_c3_is_told_as_if_each_coder_alone_had_coded():
    messages = pd.DataFrame({"message_id": [f"a-{i}" for i in range(200)], "kind": "text"})
    messages["member"] = [f"MAAA{c}" for c in np.resize(list("ABCDEFGH"), 200)]
    messages["time"] = pd.date_range("2024-01-01", periods=200, freq="D", tz="UTC")
    one = pd.DataFrame({"unit_id": messages["message_id"], "code": "business_news", "coder": "ani"})
    one["value"] = (messages["member"] == "MAAAA").astype(int)
    two = one.assign(coder="budi", value=(np.arange(200) % 5 == 0).astype(int))
    found = sharing.by_each_coder(messages, pd.concat([one, two]), messages["member"].drop_duplicates(), PARAMS)
    assert found["ani"]["low"] > 0.5
    assert found["budi"]["low"] < 0 < found["budi"]["high"]


def test_without_a_share_in_any_draw_nothing_is_assessable():
    assert sharing.over_labels([community([0.0] * 5)] * 3, PARAMS)["status"] == "missing"


def test_silent_members_are_counted():
    messages = pd.DataFrame(
        {"message_id": ["a-1"], "member": ["MAAAA"], "kind": ["text"], "time": pd.to_datetime(["2024-01-03"], utc=True)}
    )
    coded = pd.DataFrame({"unit_id": ["a-1"], "code": ["business_news"], "value": [1]})
    weekly = sharing.weekly_counts(messages, coded, pd.Series(["MAAAA", "MBBBB"]), "business_news")
    assert weekly.set_index("member")["messages"].to_dict() == {"MAAAA": 1, "MBBBB": 0}


def test_a_code_that_no_model_carries_is_counted_among_the_messages_that_people_read():
    messages = pd.DataFrame({"message_id": [f"a-{i}" for i in range(6)], "member": "MAAAA", "kind": "text"})
    messages["time"] = pd.Timestamp("2024-01-03", tz="UTC")
    coded = pd.DataFrame({"unit_id": ["a-1", "a-2", "i-1"], "code": "business_news", "value": [1, 0, 1]})
    weekly = sharing.weekly_counts(messages, coded, pd.Series(["MAAAA"]), "business_news")
    assert weekly[["messages", "shares"]].to_numpy().tolist() == [[2, 1]]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_members_for_half_hold_half_and_one_fewer_does_not(counts):
    few = sharing.members_for_half(pd.Series(counts))
    ranked = sorted(counts, reverse=True)
    if sum(counts) == 0:
        assert few == 0
    else:
        assert sum(ranked[:few]) >= sum(counts) / 2 > sum(ranked[: few - 1])
