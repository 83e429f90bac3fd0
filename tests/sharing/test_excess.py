"""C3 distinguishes concentration from unequal activity, and its interval holds weeks and labels."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.sharing.counts import Texts, WeeklyCounts
from analysis.sharing.excess import by_each_coder, excess_over_activity, pooled_excess

SIZES = {"confidence": 0.95, "bootstrap": 200, "null_draws": 500, "seed": 1}


def community(rates, weeks=20, per_week=10, seed=0):
    """Weekly counts of members whose messages are shares at their own rates; activity is unequal by design."""
    rng = np.random.default_rng(seed)
    messages = np.array([rng.poisson(per_week * (1 + i % 4), size=weeks) for i in range(len(rates))]).T
    shares = rng.binomial(messages, rates)
    members = pd.Index([f"M{i:04d}" for i in range(len(rates))])
    mondays = pd.date_range("2024-01-01", periods=weeks, freq="W-MON")
    return WeeklyCounts(members, mondays, messages[None], shares[None])


def excess(counts):
    return excess_over_activity(counts, **SIZES)


def test_sharing_that_follows_activity_is_no_excess():
    each = [excess(community([0.1] * 20, seed=seed)) for seed in range(20)]
    assert np.mean([one.p <= 0.05 for one in each]) <= 0.2
    assert np.mean([one.low <= 0 <= one.high for one in each]) >= 0.8


def test_a_few_sharers_among_equals_are_an_excess():
    few = excess(community([0.4] * 2 + [0.01] * 18))
    assert few.p < 0.01
    assert few.low > 0.2


def test_a_community_that_shares_no_news_is_not_assessable():
    with pytest.raises(InputError, match="no message has the code"):
        excess(community([0.0] * 5))
    with pytest.raises(InputError, match="no message has the code"):
        pooled_excess([community([0.0] * 5)] * 3, **SIZES)


def test_one_member_alone_cannot_be_compared():
    with pytest.raises(InputError, match="takes two to compare"):
        excess(community([0.4]))


def test_news_that_belongs_to_one_chat_is_no_excess_within_chats():
    """In one stratum nobody shares, in the other all alike; who writes in which differs."""
    both = [community([rate] * 10, seed=seed) for seed, rate in enumerate((0.0, 0.3))]
    here = np.arange(10) < 5
    messages = np.concatenate([both[0].messages * here, both[1].messages * ~here])
    shares = np.concatenate([both[0].shares * here, both[1].shares * ~here])
    strata = WeeklyCounts(both[0].members, both[0].weeks, messages, shares)
    together = WeeklyCounts(
        both[0].members, both[0].weeks, messages.sum(0, keepdims=True), shares.sum(0, keepdims=True)
    )
    assert excess(together).low > 0.2
    assert excess(strata).low <= 0 <= excess(strata).high


def test_labels_that_differ_between_draws_widen_the_interval():
    rates = [0.4] * 2 + [0.02] * 18
    same = pooled_excess([community(rates)] * 8, **SIZES)
    redrawn = pooled_excess([community(rates, seed=seed) for seed in range(8)], **SIZES)
    assert redrawn.high - redrawn.low > same.high - same.low
    assert same.value == pytest.approx(excess(community(rates)).value, abs=0.01)


def test_labels_redrawn_without_regard_to_the_member_are_no_excess():
    pooled = pooled_excess([community([0.1] * 20, seed=seed) for seed in range(8)], **SIZES)
    assert pooled.p > 0.05
    assert pooled.low <= 0 <= pooled.high


def test_every_draw_of_the_labels_can_be_seen_with_its_null_and_its_resamples():
    pooled = pooled_excess([community([0.1] * 20, seed=seed) for seed in range(3)], **SIZES)
    table, null = pooled.table(), pooled.long("null")
    assert table["value"].mean() == pytest.approx(pooled.value)
    assert null.groupby("draw")["null"].mean().tolist() == pytest.approx(table["expected"].tolist())
    assert len(pooled.long("resampled")) == 3 * 30


def test_c3_is_computed_as_if_each_coder_alone_had_coded():
    messages = pd.DataFrame({"message_id": [f"a-{i}" for i in range(200)], "kind": "text", "channel": "umkm"})
    messages["member"] = [f"MAAA{c}" for c in np.resize(list("ABCDEFGH"), 200)]
    messages["time"] = pd.date_range("2024-01-01", periods=200, freq="D", tz="UTC")
    one = pd.DataFrame({"unit_id": messages["message_id"], "code": "business_news", "coder": "ani"})
    one["value"] = (messages["member"] == "MAAAA").astype(int)
    two = one.assign(coder="budi", value=(np.arange(200) % 5 == 0).astype(int))
    none = one.assign(coder="citra", value=0)
    alone = by_each_coder(Texts.of(messages, []), pd.concat([one, two, none]), "business_news", **SIZES)
    assert list(alone) == ["ani", "budi"]
    assert alone["ani"].low > 0.5
    assert alone["budi"].low < 0 < alone["budi"].high
