"""What truly applies is found again: how coders err, how common a code is with each member, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import beta

from analysis import tables
from analysis.coding import latent
from analysis.coding.corrected import label_draws as landed_draws
from analysis.coding.latent import LabelShift, coder_errors, label_draws, posterior
from analysis.errors import InputError

SENSITIVITY, FALSE_POSITIVES = 0.8, 0.004
WEAK, STRONG = 2.0, 3.5  # by how much the scores of texts with the code exceed those of others, in their deviations


@dataclass
class World:
    """Texts of members who differ, scored by a classifier that knows no members, some of them read by coders."""

    coded: pd.DataFrame
    held_out: pd.DataFrame
    member: pd.Series
    applies: pd.Series

    @property
    def shift(self) -> LabelShift:
        return LabelShift.of(self.coded, self.held_out, self.member)

    @property
    def share(self) -> pd.Series:
        """Of each member's texts, how many the code truly applies to."""
        return self.applies.groupby(self.member).mean()


def world(
    seed, *, members=30, texts=6000, read=1500, coders=2, mean=0.08, size=3.0, hubs=None, apart=STRONG, discussed=False
):
    """mean, size: of the beta distribution of members' prevalences; hubs: in place of it, the prevalence with three
    members and with all others. discussed: whether differences are settled."""
    rng = np.random.default_rng(seed)
    prevalence = rng.beta(mean * size, (1 - mean) * size, members)
    if hubs:
        prevalence = np.where(np.arange(members) < 3, *hubs)
    member = rng.choice(members, texts, p=rng.dirichlet(np.full(members, 2.0)))
    applies = rng.random(texts) < prevalence[member]
    seen = rng.normal(np.where(applies, apart, 0.0), 1.0)
    score = expit(logit(applies.mean()) + apart * seen - apart**2 / 2)  # right on average, for no member in particular
    ids = pd.Index([f"u{k:05d}" for k in range(texts)])
    is_read = np.isin(np.arange(texts), rng.choice(texts, read, replace=False))
    votes = rng.random((texts, coders)) < np.where(applies, SENSITIVITY, FALSE_POSITIVES)[:, None]
    share, decided = votes.mean(axis=1), np.zeros(texts, dtype=bool)
    settled = np.where(share == 0.5, votes[:, 0], share > 0.5)
    if discussed:
        decided = (share > 0) & (share < 1)
        settled = np.where(decided, applies, settled)
    table = pd.DataFrame({"unit_id": ids, "code": "news", "value": np.where(is_read, settled, score >= 0.5)})
    table["probability"] = np.where(is_read, np.where(decided, settled, share), score)
    table["origin"] = np.where(is_read, "human", "model")
    columns = {"value": settled, "probability": score, "share": share, "decided": decided}
    held_out = pd.DataFrame({"unit_id": ids, "code": "news", "readers": coders, "weight": 1.0, **columns})[is_read]
    names = pd.Series([f"M{k:02d}" for k in member], index=ids)
    return World(tables.conform(table, tables.Coded), held_out, names, pd.Series(applies, index=ids))


def means(draws, *names):
    return [float(np.mean([getattr(draw, name) for draw in draws])) for name in names]


def gini(counts):
    x = np.sort(counts)
    return float((2 * np.arange(1, x.size + 1) - x.size - 1) @ x / (x.size * x.sum()))


@pytest.mark.parametrize("discussed", [False, True])
def test_the_errors_of_coders_are_found_again(discussed):
    off = []
    for seed in range(6):
        given = world(seed, discussed=discussed)
        by_em = coder_errors(given.shift.sample)
        draws = list(given.shift.draws(40, np.random.default_rng(seed)))
        assert means(draws, "sensitivity")[0] == pytest.approx(by_em.sensitivity, abs=0.03)
        off.append((by_em.sensitivity - SENSITIVITY, by_em.false_positives - FALSE_POSITIVES))
    bias, spread = np.mean(off, axis=0), np.std(off, axis=0)
    assert np.abs(bias).tolist() == pytest.approx([0, 0], abs=0.02)
    assert spread[0] < 0.05


def test_what_both_coders_miss_is_counted_and_what_one_invents_is_not():
    truth, settled, found = [], [], []
    for seed in range(10, 18):
        given = world(seed, texts=3000)
        truth.append(given.applies[given.held_out["unit_id"]].mean())
        settled.append(given.held_out["value"].mean())
        found.append(coder_errors(given.shift.sample).probability.mean())
    assert np.mean(settled) < 0.9 * np.mean(truth)
    assert np.mean(found) == pytest.approx(np.mean(truth), rel=0.03)


def test_members_prevalences_are_covered_and_not_pulled_together():
    held, pulled, landed = [], [], []
    for seed in range(20, 26):
        given = world(seed, apart=WEAK)
        found = posterior(given.coded, given.held_out, given.member, draws=40, confidence=0.9, seed=seed).prevalence
        found = found.dropna(subset="member").set_index("member")
        truth = given.share
        held += ((found["low"] <= truth) & (truth <= found["high"])).tolist()
        common = truth > 0.1  # members whose texts an average classifier gives too few of the code
        pulled += (found["value"] - truth)[common].tolist()
        groups = given.member.to_frame("member")
        drawn = [t.set_index("unit_id")["value"] for t in landed_draws(
            given.coded, given.held_out, groups, draws=10, seed=seed)]  # fmt: skip
        by_member = np.mean([labels.groupby(given.member).mean() for labels in drawn], axis=0)
        landed += (by_member - truth)[common].tolist()
    assert np.mean(held) >= 0.85
    assert abs(np.mean(pulled)) < 0.02
    assert np.mean(landed) < -0.03


def test_where_a_few_share_much_and_all_others_alike_too_few_are_drawn_as_sharing_at_all():
    """As chapter 3 says of the number of members who ever share; no beta distribution is like that."""
    odd = world(0, hubs=(0.28, 0.012), apart=WEAK)
    shift = odd.shift
    writers = odd.member.reindex(shift.units)
    drawn = [writers[draw.applies].nunique() for draw in shift.draws(20, np.random.default_rng(0))]
    assert np.mean(drawn) < odd.member[odd.applies].nunique() - 2


def test_prevalences_are_drawn_given_the_spread_of_the_same_sweep():
    """Given spread and labels, prevalences are independent draws from beta distributions, so that the mean of their
    quantiles deviates from a half by what chance gives (1). Drawn before the spread, it deviates by 1.2 to 1.6 here."""
    for seed in (1, 3):
        given = world(seed, members=60, texts=300, read=200, mean=0.3).shift
        sampler, off = latent._GibbsSampler(given, np.random.default_rng(seed)), []
        for _ in range(1000):
            sampler.sweep()
            count = np.bincount(given.member, sampler.applies, sampler.texts.size)
            a, b = sampler.shape
            quantiles = beta.cdf(sampler.prevalence, a + count, b + sampler.texts - count)[count > 0]
            off.append((quantiles.mean() - 0.5) * np.sqrt(12 * quantiles.size))
        assert np.std(off[50:]) == pytest.approx(1, abs=0.1)


def test_intervals_of_inequality_hold_the_truth_on_fresh_communities():
    held, off = 0, []
    for seed in range(40, 52):
        given = world(seed)
        place = pd.factorize(given.member[given.shift.units], sort=True)[0]
        draws = given.shift.draws(40, np.random.default_rng(seed))
        values = [gini(np.bincount(place, draw.applies, 30)) for draw in draws]
        truth = gini(np.bincount(place, given.applies[given.shift.units], 30))
        low, high = np.quantile(values, [0.05, 0.95])
        held += low <= truth <= high
        off.append(np.mean(values) - truth)
    assert held >= 9
    assert abs(np.mean(off)) < 0.01


def test_a_share_lies_in_its_interval_where_nearly_all_draws_are_the_same():
    """One draw of a hundred differs: the mean is beyond the ninety-five hundredths between which the others lie."""
    shift = world(3).shift
    applies = [np.arange(shift.member.size) < (31 if k == 0 else 30) for k in range(100)]
    found = latent._shares(
        shift, [latent.Draw(each, each * 1.0, 0.9, 0.0, np.zeros(30), 1.0) for each in applies], applies[1] * 1.0, 0.95
    )
    assert (found["low"] <= found["value"]).all()
    assert (found["value"] <= found["high"]).all()


def test_equal_members_are_not_made_to_differ():
    given = world(70, size=1e6, apart=WEAK)
    found = posterior(given.coded, given.held_out, given.member, draws=40, confidence=0.95, seed=1).prevalence
    members = found.dropna(subset="member")
    assert members["value"].std() < 1.5 * given.share.std()


def test_the_word_of_one_coder_is_taken_as_true():
    given = world(80, coders=1)
    assert not given.shift.sample.errors_known
    by_em = coder_errors(given.shift.sample)
    assert (by_em.sensitivity, by_em.false_positives) == (1, 0)
    human = given.coded["origin"] == "human"
    for drawn in label_draws(given.coded, given.held_out, given.member, draws=3, seed=1):
        assert drawn.loc[human, "value"].equals(given.coded.loc[human, "value"])
        assert not drawn.loc[~human, "value"].equals(given.coded.loc[~human, "value"])


def test_too_few_codes_of_two_coders_are_taken_as_true_too():
    given = world(81, read=120, mean=0.05)
    assert ((given.held_out["share"] > 0).sum() < 20) == (not given.shift.sample.errors_known)
    found = posterior(given.coded, given.held_out, given.member, draws=5, confidence=0.95, seed=1)
    read = found.coded["origin"] == "human"
    assert found.coded.loc[read, "probability"].isin([0, 1]).all()
    assert found.errors.loc[0, ["sensitivity", "false_positives"]].tolist() == [1, 0]


def test_what_was_decided_after_a_difference_is_true_and_a_repeated_word_is_not():
    given = world(82, discussed=True)
    held_out = given.held_out.assign(decided=True)  # every unit went through discussion, most without a change
    sample = LabelShift.of(given.coded, held_out, given.member).sample
    assert sample.known.tolist() == ((sample.given > 0) & (sample.given < sample.readers)).tolist()
    overruled = held_out.assign(value=1, share=0.0)
    assert LabelShift.of(given.coded, overruled, given.member).sample.known.all()


def test_a_sample_that_favours_a_kind_of_text_is_weighted():
    """Texts of which the classifier thinks little are read seldom, and their score means more in truth than it says."""
    given = world(83, read=5999, coders=3)
    rng = np.random.default_rng(1)
    inclusion = np.where(given.held_out["probability"] > 0.05, 0.9, 0.1)
    kept = given.held_out[rng.random(len(inclusion)) < inclusion]
    weight = 1 / inclusion[given.held_out.index.isin(kept.index)]
    shares = []
    for weights in (1.0, weight):
        sample = LabelShift.of(given.coded, kept.assign(weight=weights), given.member).sample
        shares.append(sample.precision @ coder_errors(sample).probability / sample.precision.sum())
    truth = given.applies.mean()
    assert abs(shares[1] - truth) < 0.01 < abs(shares[0] - truth)
    assert sample.precision.sum() < len(kept)


def test_equal_seeds_draw_equal_labels_and_another_code_moves_none():
    given = world(84)
    both = [pd.concat([table, table.assign(code="care")], ignore_index=True) for table in (given.coded, given.held_out)]
    alone, again = (next(label_draws(given.coded, given.held_out, given.member, draws=1, seed=9)) for _ in range(2))
    together = next(label_draws(*both, given.member, draws=1, seed=9))
    news, care = (together.loc[together["code"] == code, "value"].tolist() for code in ("news", "care"))
    assert alone.equals(again)
    assert news == alone["value"].tolist()
    assert care != news


def test_interviews_and_codes_that_no_model_carries_stay_as_coded():
    given = world(85)
    turn = pd.DataFrame({"unit_id": ["turn-1"], "code": "news", "value": 1, "probability": 0.5, "origin": "human"})
    rare = turn.assign(unit_id=given.coded["unit_id"].iloc[0], code="gossip")
    coded = pd.concat([given.coded, turn, rare], ignore_index=True)
    drawn = next(label_draws(coded, given.held_out, given.member, draws=1, seed=1))
    assert drawn.tail(2).equals(coded.tail(2))
    found = posterior(coded, given.held_out, given.member, draws=3, confidence=0.95, seed=1)
    assert found.coded.tail(2).equals(coded.tail(2))
    assert found.errors["code"].tolist() == ["news"]
    tables.conform(found.coded, tables.Coded)


def test_without_a_carried_code_there_is_no_posterior_and_without_a_writer_no_draw():
    given = world(86)
    with pytest.raises(InputError, match="no code is carried"):
        posterior(given.coded, given.held_out.iloc[:0], given.member, draws=2, confidence=0.95, seed=1)
    with pytest.raises(InputError, match="no member who wrote it"):
        next(label_draws(given.coded, given.held_out, given.member.iloc[:-1], draws=1, seed=1))
