"""Sharing by month and group is corrected, hides no small group's members, and a trend is distinguished from none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import published
from analysis.errors import InputError
from analysis.sharing import parts
from analysis.sharing.counts import Texts, WeeklyCounts
from analysis.sharing.page import whole_months

GROUPS = st.lists(st.sampled_from(["food", "craft", "fashion", "services", None]), max_size=30)


def spoken(n: int = 4000, seed: int = 0, rise: float = 0.0, harsh: float = 0.0) -> pd.DataFrame:
    """A year of messages by ten members in two chats, every fourth coded. harsh: by how much the model sees more."""
    rng = np.random.default_rng(seed)
    year = np.sort(rng.random(n))
    truth = (rng.random(n) < 0.1 + rise * (year - 0.5)).astype(float)
    said = 1 / (1 + np.exp(-(rng.normal(-2, 1, n) + 3 * truth + harsh)))
    return pd.DataFrame(
        {
            "said": said,
            "truth": np.where(np.arange(n) % 4 == 0, truth, np.nan),
            "true": truth,
            "conversation": np.arange(n) // 5,
            "channel": np.where(np.arange(n) % 3 == 0, "kopdar", "umkm"),
            "member": [f"M{i}" for i in rng.integers(0, 10, n)],
            "time": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(364 * year, unit="D"),
        },
        index=pd.Index([f"u{i}" for i in range(n)], name="unit_id"),
    )


def drawn(rows: pd.DataFrame, draws: int = 6) -> list[WeeklyCounts]:
    rng = np.random.default_rng(1)
    texts = Texts.of(rows.rename_axis("message_id").reset_index().assign(kind="text"), [])
    return [texts.counts(rng.random(len(rows)) < rows["true"].to_numpy() * 0.9 + 0.01) for _ in range(draws)]


def test_the_counted_share_is_of_the_messages_that_have_a_label():
    """Of 120 messages read 6 have the code: 5 %, however many others nobody read."""
    rows = spoken(harsh=1.0)
    read = pd.Series([1] * 6 + [0] * 114, index=rows.index[:120])
    share = parts.overall(rows, read, drawn(rows), 0.95)
    assert share.loc["counted", "value"] == pytest.approx(0.05)
    assert share.loc["counted", "low"] < 0.05 < share.loc["counted", "high"]


def test_the_corrected_share_is_nearer_to_the_truth_than_the_counted_one():
    rows = spoken(harsh=1.0)
    share = parts.overall(rows, (rows["said"] > 0.5).astype(int), drawn(rows), 0.95)
    counted, corrected = share.loc["counted"], share.loc["corrected"]
    assert abs(corrected["value"] - 0.1) < abs(counted["value"] - 0.1)
    assert corrected["low"] < 0.1 < corrected["high"]
    assert not counted["low"] < 0.1 < counted["high"]
    assert parts.best_share(share) == share.loc["latent", "value"]


def test_without_draws_that_differ_the_corrected_share_is_the_best_there_is():
    rows = spoken()
    share = parts.overall(rows, rows["true"].astype(int), drawn(rows, 1) * 3, 0.95)
    assert share.loc["latent"].isna().all()
    assert parts.best_share(share) == share.loc["corrected", "value"]


def test_without_a_coded_message_there_is_no_share():
    with pytest.raises(InputError, match="nobody has coded"):
        parts.overall(spoken().iloc[:0], pd.Series(dtype=int), [], 0.95)
    assert parts.by_month(spoken().iloc[:0], [], 0.95).empty
    assert parts.by_group(spoken().iloc[:0], [], pd.DataFrame(), least=3, confidence=0.95).empty


@given(GROUPS, st.integers(2, 5))
def test_no_group_that_is_shown_is_small_and_none_follows_from_the_others(groups, least):
    shown = parts.merged(pd.Series(groups, index=range(len(groups)), dtype=object), least)
    assert (shown.value_counts() >= least).all()
    assert shown.notna().all() or shown.isna().all()
    assert shown.isna().all() == (len(groups) < least)


def test_small_groups_are_put_together_and_the_next_smallest_joins_when_they_are_too_few():
    roles = pd.Series(["member"] * 9 + ["committee"] * 4 + ["chair"])
    assert parts.merged(roles, 3).value_counts().to_dict() == {"member": 9, parts.OTHERS: 5}
    roles = pd.Series(["member"] * 9 + ["committee"] * 4 + ["chair", "treasurer", None])
    assert parts.merged(roles, 3).value_counts().to_dict() == {"member": 9, "committee": 4, parts.OTHERS: 3}


def test_a_group_of_one_person_is_nowhere_in_the_table():
    rows = spoken()
    people = pd.DataFrame(
        {"member": [f"M{i}" for i in range(10)], "sector": "food", "role": ["chair"] + ["member"] * 9}
    )
    table = parts.by_group(rows, drawn(rows), people, least=3, confidence=0.95)
    assert "chair" not in set(table["group"])
    assert table["members"].min() >= published.FEWEST
    assert table.loc[table["by"] == "sector", "part"].tolist() == pytest.approx([1.0])


def test_a_chat_of_two_people_is_left_out():
    rows = spoken()
    rows["channel"] = np.where(rows["member"].isin(["M0", "M1"]), "berdua", "umkm")
    people = pd.DataFrame({"member": sorted(set(rows["member"])), "sector": "food", "role": "member"})
    table = parts.by_group(rows, drawn(rows), people, least=3, confidence=0.95)
    assert table.loc[table["by"] == "chat", "group"].tolist() == ["umkm"]


def test_the_number_who_ever_share_spreads_over_the_draws():
    rows = spoken(200)
    ever = parts.ever_shared(drawn(rows), 0.95)
    assert 1 <= ever["low"] <= ever["value"] <= ever["high"] <= 10


def test_months_hold_their_corrected_share_and_who_shared_of_those_who_wrote():
    rows = spoken(12_000)
    table = parts.by_month(rows, drawn(rows), 0.95)
    assert table["month"].tolist() == [f"2024-{m:02d}" for m in range(1, 13)]
    assert (table["sharers"] <= table["writers"]).all()
    assert ((table["low"] < 0.1) & (table["high"] > 0.1)).mean() >= 0.75


def test_a_share_that_rises_is_distinguished_from_one_that_does_not():
    slope = {"block": 4, "draws": 300, "confidence": 0.95, "seed": 1}
    risen = parts.trend(drawn(spoken(rise=0.2)), **slope)
    assert risen["low"] > 0
    assert risen["low"] < 0.9 * 0.2 / 12 < risen["high"]
    still = [parts.trend(drawn(spoken(seed=seed)), **slope) for seed in range(20)]
    assert np.mean([s["low"] <= 0 <= s["high"] for s in still]) >= 0.85


def test_a_trend_takes_three_blocks_of_weeks_and_two_draws():
    tables = drawn(spoken())
    slope = {"draws": 100, "confidence": 0.95, "seed": 1}
    for few, block in ((tables, 20), (tables[:1], 4)):
        with pytest.raises(InputError, match="too short"):
            parts.trend(few, block=block, **slope)


def test_weeks_of_a_block_are_next_to_each_other_whatever_the_pauses_of_a_chat():
    """Twelve weeks of talk, each four months after the last: a block of four weeks never joins two of them."""
    rows = spoken(600)
    week = np.arange(len(rows)) * 12 // len(rows)
    rows["time"] = pd.Timestamp("2020-01-06", tz="UTC") + pd.to_timedelta(120 * week, unit="D")
    found = parts.trend(drawn(rows), block=4, draws=100, confidence=0.95, seed=1)
    assert found["weeks"] == 120 * 11 // 7 + 1


def test_a_month_that_the_chats_hold_only_a_part_of_is_not_drawn_as_a_change():
    months = pd.DataFrame({"month": ["2023-12", "2024-01", "2024-02", "2024-03"], "units": [40, 900, 200, 950]})
    assert whole_months(months)["month"].tolist() == ["2024-01", "2024-02", "2024-03"]
    assert whole_months(months[1:])["month"].tolist() == ["2024-01", "2024-02", "2024-03"]


def test_the_few_who_share_most_are_taken_in_each_draw_of_the_labels():
    people = np.array(["A", "B", "C", "D"])
    weeks = pd.to_datetime(["2024-01-01"])
    counts = [
        WeeklyCounts(people, weeks, np.full((1, 1, 4), 9), np.array([[shares]]))
        for shares in ([4, 3, 2, 1], [0, 1, 1, 2], [0, 0, 0, 0])
    ]
    assert parts.top_share(counts) == {"members": 3, "value": pytest.approx(0.95), "least": 0.9, "most": 1.0}
    assert parts.top_share(counts[2:])["members"] == 0
