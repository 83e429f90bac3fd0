"""The comparison of two groups' networks: exact under random labels, and its effect that of rENA."""

import numpy as np
import pytest

from analysis.errors import InputError
from analysis.themes.compare import compare_groups, effects, relabelled
from analysis.themes.ena import EpistemicNetwork, centre, means_axes, unit_length


def lines(units=24, connections=10, seed=0):
    return unit_length(np.random.default_rng(seed).poisson(2, size=(units, connections)).astype(float))


def halves(units=24):
    return np.arange(units) >= units // 2


@pytest.mark.parametrize("tag", ["w4_mr", "w7_mr"])
def test_the_effect_size_is_renas_cohens_d_on_the_first_dimension(reference, tag):
    expected = reference("ena/summary.json")["results"][tag]
    call, rows = expected["call"], reference("ena/rescushell_codes.csv")
    net = EpistemicNetwork(call["units"], call["conversation"], call["codes"], window=call["window.size.back"]).fit(
        rows
    )
    compared = compare_groups(net.lines, net.lines.index.str.startswith("SecondGame"), permutations=499)
    assert compared.effect == pytest.approx(expected["group_dim1"]["cohens_d"], abs=1e-9)
    assert compared.p <= 0.002
    assert (compared.first, compared.second) == (26, 22)


def test_random_labels_are_rejected_no_more_often_than_the_level_when_the_axis_is_refitted():
    rng, data = np.random.default_rng(1), lines()
    p = [compare_groups(data, rng.permutation(halves()), permutations=99, seed=i).p for i in range(200)]
    assert np.mean(np.array(p) <= 0.05) < 0.10


def test_an_axis_kept_from_the_data_would_reject_random_labels_most_of_the_time():
    rng, centred, rejected = np.random.default_rng(1), centre(lines()), []
    for _ in range(100):
        labels = rng.permutation(halves())
        scores = centred @ means_axes(centred, ~labels, labels)[:, 0]
        observed = abs(scores[labels].mean() - scores[~labels].mean())
        shuffled = [rng.permutation(labels) for _ in range(99)]
        null = [abs(scores[other].mean() - scores[~other].mean()) for other in shuffled]
        rejected.append((np.sum(np.array(null) >= observed) + 1) / 100 <= 0.05)
    assert np.mean(rejected) > 0.5


def test_a_difference_between_groups_is_found():
    data = lines()
    data[halves(), 0] += 0.5
    compared = compare_groups(unit_length(data), halves(), permutations=199)
    assert compared.p == pytest.approx(0.005)
    assert compared.effect > compared.by_chance


def test_labels_are_exchanged_within_strata_only():
    stratum = np.array([0, 0, 1, 1, 2, 2, 3])
    labels = np.array([1, 0, 0, 1, 1, 1, 0], dtype=bool)
    drawn = relabelled(labels, stratum, 500, np.random.default_rng(0))
    for s in range(4):
        assert (drawn[:, stratum == s].sum(axis=1) == labels[stratum == s].sum()).all()
    assert 0.4 < drawn[:, 0].mean() < 0.6
    assert drawn[:, 4:6].all()


def test_what_members_bring_to_both_settings_is_no_difference_between_the_settings():
    own = lines(units=12)
    both = np.vstack([own, own])
    compared = compare_groups(both, halves(), strata=np.tile(np.arange(12), 2), permutations=99)
    assert compared.effect == 0
    assert compared.p == 1
    assert compared.strata == 12


def test_the_effect_is_the_distance_of_the_means_over_the_pooled_standard_deviation():
    centred, labels = centre(lines()), halves()
    scores = centred @ means_axes(centred, ~labels, labels)[:, 0]
    pooled = np.sqrt((scores[labels].var(ddof=1) + scores[~labels].var(ddof=1)) / 2)
    expected = (scores[labels].mean() - scores[~labels].mean()) / pooled
    assert effects(centred, labels[None])[0] == pytest.approx(expected, abs=1e-12)


def test_groups_that_cannot_be_compared_are_refused_in_words():
    with pytest.raises(InputError, match="two of each"):
        compare_groups(lines(), np.arange(24) == 0)
    with pytest.raises(InputError, match="no label can be exchanged"):
        compare_groups(lines(), halves(), strata=halves())
