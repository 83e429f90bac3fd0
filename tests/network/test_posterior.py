"""Replies and network together: what the draws recover where the rates of pairs are known, and where they are even."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.errors import InputError
from analysis.network import structure
from analysis.network.drawn import as_table, revised, with_graphs
from analysis.network.layers import of_kind, within
from analysis.network.posterior import INFORMAL, OTHER, PRIORS, expected_of_pairs, joint
from analysis.network.replies import infer_replies
from analysis.network.ties import Exchange, distinct, exchange, matrix_of, sampled, sampled_rows

from .chats import ANA, BEN, CUT, certain, chat, lively

EVEN = ((1e9, 1e9),)  # shapes that leave every rate at 1
UPPER = np.triu_indices(14, 1)  # the pairs of the members that `simulated` makes
NOBODY = pd.Series(dtype=float)  # no message is informal


def simulated(seed, *, members=14, turns=1800, shape=0.6, back=5, clear=1.7):
    """Turns, each with links to the `back` before it; the rows of the links that are true; and each pair's rate.

    A turn answers one of these, or none, in proportion to the pair's rate, which varies as a gamma of this shape. The
    true answer's score is normal with mean `clear`, that of the others with mean 0; the links' probabilities are what
    the scores say where all pairs are alike.
    """
    rng = np.random.default_rng(seed)
    rate = np.triu(rng.gamma(shape, 1 / shape, (members, members)), 1)
    rate += rate.T
    rate /= np.sqrt(np.outer(*2 * [rate.sum(axis=1) / (members - 1)]))
    np.fill_diagonal(rate, 1)
    member = rng.integers(members, size=turns)
    times = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.arange(turns), unit="min")
    table = pd.DataFrame({"channel": "umkm", "member": member, "time": times, "messages": 1})
    links, truth = [], np.full(turns, -1)
    for later in range(back, turns):
        earlier = np.arange(later - back, later)
        chance = np.append(rate[member[later], member[earlier]], 1)
        taken = rng.choice(back + 1, p=chance / chance.sum())
        p = np.exp(clear * rng.normal(clear * (np.arange(back + 1) == taken)))
        p /= p.sum()
        if taken < back:
            truth[later] = len(links) + taken
        links += [(f"m{later}", later, each, q) for each, q in zip(earlier, p[:-1], strict=True)]
    names = pd.Index([f"M{number:02d}" for number in range(members)])
    frame = pd.DataFrame(links, columns=["message_id", "later", "earlier", "probability"])
    turn_of = pd.Series(np.arange(turns), index=[f"m{turn}" for turn in range(turns)])
    return Exchange(names, table, frame, turn_of), np.sort(truth[truth >= 0]), rate


def counts(turns, graph):
    member = turns.turns["member"].to_numpy()
    source, target = (member[end] for end in graph)
    between = source != target
    return structure.counted(source[between], target[between], turns.n)


def covered(turns, graphs, truth):
    """Share of the pairs' counts within the graphs' 95 % intervals, and mean density (3 turns) minus the true one."""
    drawn, true = np.array([counts(turns, graph) for graph in graphs]), counts(turns, distinct(turns.links, truth))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    off = ~np.eye(turns.n, dtype=bool)
    density = [(each[off] >= 3).mean() for each in (*drawn, true)]
    return ((low <= true) & (true <= high))[off].mean(), np.mean(density[:-1]) - density[-1]


@pytest.mark.parametrize(("shape", "priors", "fewest"), [(0.6, ((0.6, 0.6),), 0.9), (2.0, PRIORS, 0.91)])
def test_where_pairs_differ_intervals_hold_the_truth_that_separate_draws_miss(shape, priors, fewest):
    ours, theirs = [], []
    for seed in (21, 22):
        turns, truth, _ = simulated(seed, shape=shape)
        graphs = joint(turns, NOBODY, hours=3, draws=60, seed=seed, priors=priors).sampled()
        ours.append(covered(turns, graphs, truth))
        theirs.append(covered(turns, sampled(turns, 60, np.random.default_rng(seed)), truth))
    (coverage, bias), (separate, separate_bias) = np.mean(ours, axis=0), np.mean(theirs, axis=0)
    assert coverage > fewest
    assert separate < coverage - 0.05
    assert abs(bias) < separate_bias / 2


def test_pairs_that_answer_more_than_their_activity_explains_are_found():
    turns, _, rate = simulated(11)
    posterior = joint(turns, NOBODY, hours=3, draws=20, seed=1)
    assert [each.tolist() for each in posterior.pairs] == [each.tolist() for each in UPPER]
    assert np.corrcoef(posterior.rates[OTHER], rate[UPPER])[0, 1] > 0.8


def test_where_pairs_are_alike_the_draws_hold_the_truth_too():
    turns, truth, _ = simulated(5, shape=1e6)
    coverage, bias = covered(turns, joint(turns, NOBODY, hours=3, draws=60, seed=1).sampled(), truth)
    assert coverage > 0.91
    assert abs(bias) < 0.04


def test_with_even_rates_links_are_drawn_as_the_model_says_and_separately():
    messages = chat((0, ANA, "?"), (1, BEN, "?"), (2, CUT, "a"), (3, ANA, "c"))
    turns = exchange(messages, certain((2, 0, 0.5), (2, 1, 0.2), (3, 1, 0.6), (3, 2, 0.1)))
    posterior = joint(turns, NOBODY, hours=3, draws=3000, seed=2, priors=EVEN)
    taken = (posterior.chosen[:, :, None] == np.arange(len(turns.links))).any(axis=1)
    assert taken.mean(axis=0) == pytest.approx(turns.links["probability"], abs=0.03)
    assert np.abs(np.corrcoef(taken[:, [0, 1]].T)[0, 1] + np.sqrt(0.5 / 0.5 * 0.2 / 0.8)) < 0.06  # of one message
    message = turns.links["message_id"].to_numpy()
    for one, other in [(i, j) for i in range(4) for j in range(4) if message[i] != message[j]]:
        assert abs(np.corrcoef(taken[:, one], taken[:, other])[0, 1]) < 0.06
    assert posterior.applied(turns).links["probability"].to_numpy() == pytest.approx(
        turns.links["probability"], abs=1e-3
    )


def test_a_message_takes_one_link_at_most_and_one_that_is_certain_always():
    turns, _, _ = simulated(3, turns=120)
    sure = turns.links.assign(probability=turns.links["probability"].where(turns.links["message_id"] != "m50", 0.0))
    row = np.flatnonzero(sure["message_id"] == "m50")[2]
    sure.loc[row, "probability"] = 1.0
    fixed = Exchange(turns.members, turns.turns, sure, turns.turn_of)
    posterior = joint(fixed, NOBODY, hours=3, draws=12, seed=1)
    for rows in posterior.rows():
        assert row in rows
        assert sure["message_id"].iloc[rows].is_unique
        assert (np.diff(rows) > 0).all()
    assert posterior.probability[row] == pytest.approx(1)


def test_graphs_have_the_shape_of_those_drawn_separately(busy):
    posterior = joint(busy, NOBODY, hours=3, draws=8, seed=1)
    places = set(zip(*busy.links[["later", "earlier"]].to_numpy().T, strict=True))
    graphs = list(posterior.sampled())
    assert len(graphs) == len(posterior) == 8
    for later, earlier in graphs:
        drawn = list(zip(later, earlier, strict=True))
        assert drawn == sorted(set(drawn))
        assert set(drawn) <= places
        assert (later > earlier).all()


def test_whatever_samples_from_the_turns_takes_the_joint_graphs(busy):
    posterior = joint(busy, NOBODY, hours=3, draws=6, seed=1)
    turns = posterior.applied(busy)
    rng = np.random.default_rng(1)
    taken = [list(zip(*graph, strict=True)) for graph in sampled(turns, 8, rng)]
    drawn = [list(zip(*graph, strict=True)) for graph in posterior.sampled()]
    assert sorted(taken[:6]) == sorted(drawn)
    assert taken[6:] == taken[:2]  # the first ones again where more are asked for


def test_another_seed_takes_other_ones_of_the_joint_graphs_first(busy):
    turns = joint(busy, NOBODY, hours=3, draws=12, seed=1).applied(busy)
    firsts = [[tuple(rows) for rows in sampled_rows(turns, 4, np.random.default_rng(seed))] for seed in (1, 2)]
    assert set(firsts[0]) != set(firsts[1])
    assert len(set(firsts[0])) == 4


def test_part_of_the_time_has_its_part_of_the_joint_graphs(busy):
    turns = joint(busy, NOBODY, hours=3, draws=6, seed=1).applied(busy)
    first, last = turns.span
    half = (first + last) // 2
    parts = [list(sampled(within(turns, *ends), 6, np.random.default_rng(1))) for ends in ((first, half), (half, last))]
    for early, late, whole in zip(*parts, sampled(turns, 6, np.random.default_rng(1)), strict=True):
        assert len(early[0])
        assert len(late[0])
        assert sorted(zip(*np.hstack([early, late]), strict=True)) == sorted(zip(*whole, strict=True))


def test_informal_talk_is_that_of_the_joint_graphs_in_any_part_of_the_time(busy):
    """Its ties are means over the drawn graphs, and those of two halves add up to those of the whole."""
    share = pd.Series(np.linspace(0.1, 0.9, len(busy.turn_of)), index=busy.turn_of.index)
    posterior = joint(busy, share, hours=3, draws=8, seed=1)
    turns, (first, last) = posterior.applied(busy), busy.span
    half = (first + last) // 2
    parts = [of_kind_everywhere(each) for each in (turns, within(turns, first, half), within(turns, half, last))]
    mean = np.mean([counts(turns, graph) for graph in posterior.sampled(INFORMAL)], axis=0)
    assert parts[0] == pytest.approx(mean)
    assert parts[1] + parts[2] == pytest.approx(mean)


def of_kind_everywhere(turns):
    """Weights of the ties of informal talk over all drawn graphs, without any share."""
    ties = of_kind(turns, "informal", NOBODY, draws=8, confidence=0.95, rng=np.random.default_rng(1))
    return matrix_of(ties, turns.members).toarray()


def test_graphs_written_as_a_table_are_taken_up_as_they_were(busy):
    share = pd.Series(0.4, index=busy.turn_of.index)
    replies = infer_replies(lively())
    turns = joint(busy, share, hours=3, draws=5, seed=1).applied(busy)
    table = tables.conform(as_table(turns, replies, most=4), tables.ReplyDraws)
    again = with_graphs(exchange(lively(), revised(replies, turns)), table)
    assert (again.chosen == turns.chosen[:4]).all()
    assert (again.informal == turns.informal[:4]).all()
    assert again.links["probability"].to_numpy() == pytest.approx(turns.links["probability"].to_numpy())
    assert with_graphs(busy, table.iloc[:0]) is busy


def test_revised_replies_sum_to_one_and_keep_what_is_certain(busy):
    replies = infer_replies(lively())
    after = revised(replies, joint(busy, NOBODY, hours=3, draws=5, seed=1).applied(busy))
    assert after.groupby("message_id")["probability"].sum().to_numpy() == pytest.approx(1)
    sure = replies["probability"] == 1
    assert (after.loc[sure, "probability"] > 1 - 1e-9).all()
    assert (after.loc[~sure, "probability"] - replies.loc[~sure, "probability"]).abs().max() > 0.01


def test_an_answer_that_a_rule_leaves_out_is_no_answer_in_the_drawn_graphs_either(busy):
    replies = infer_replies(lively())
    table = as_table(joint(busy, NOBODY, hours=3, draws=3, seed=1).applied(busy), replies, most=3)
    gone = set(replies["message_id"].drop_duplicates()[::3])
    kept = replies[~(replies["message_id"].isin(gone) & replies["reply_to"].notna())]
    turns = with_graphs(exchange(lively(), kept), table)
    assert not set(turns.links["message_id"]) & gone
    for rows in sampled_rows(turns, 3, np.random.default_rng(1)):
        assert set(turns.links["message_id"].iloc[rows]) <= set(kept["message_id"]) - gone


def test_draws_of_the_classifiers_errors_are_used_in_turn():
    turns = exchange(chat((0, ANA, "?"), (1, BEN, "a")), certain((1, 0, 1.0)))
    sets = [pd.Series({"umkm-1": 0.0}), pd.Series({"umkm-1": 1.0})]
    posterior = joint(turns, sets[0], hours=3, draws=4, seed=1, shares=sets, priors=((1, 1),))
    assert posterior.informal[:, 0].tolist() == [False, True, False, True]


def test_kinds_are_drawn_with_the_replies_and_follow_the_pair():
    """Ana answers Ben informally and Cut on business wherever that can be seen; where it cannot, it is likely too."""
    lines, pairs, share = [], [], {}
    for number in range(200):
        asks, q = ((BEN, 0.98), (CUT, 0.02))[number % 2]
        lines += [(20 * number, asks, "?"), (20 * number + 1, ANA, "a")]
        pairs.append((2 * number + 1, 2 * number, 0.95))
        share[f"umkm-{2 * number + 1}"] = 0.5 if number % 10 < 2 else q
    turns = exchange(chat(*lines), certain(*pairs))
    posterior = joint(turns, pd.Series(share), hours=1e6, draws=200, seed=1)
    informal = pd.Series(posterior.informal.mean(axis=0), index=turns.answering[1])
    unclear = [f"umkm-{2 * number + 1}" for number in range(200) if number % 10 < 2]
    assert informal[unclear[::2]].mean() > 0.6
    assert informal[unclear[1::2]].mean() < 0.4
    of_kind = [sum(map(len, posterior.rows(kind))) for kind in (INFORMAL, OTHER)]
    assert sum(of_kind) == sum(map(len, posterior.rows()))


def test_an_uncoded_message_is_not_informal(busy):
    assert not joint(busy, NOBODY, hours=3, draws=4, seed=1).informal.any()


def test_members_of_two_chats_that_share_nobody_have_no_rate_with_each_other():
    one, other = (simulated(seed, members=6, turns=300)[0] for seed in (31, 32))
    members = pd.Index([f"M{number:02d}" for number in range(12)])
    second = other.turns.assign(channel="other", member=other.turns["member"] + 6)
    later = other.links.assign(message_id="o" + other.links["message_id"])
    later[["later", "earlier"]] += 300
    turn_of = pd.concat([one.turn_of, (other.turn_of + 300).rename(lambda name: f"o{name}")])
    both = Exchange(members, pd.concat([one.turns, second], ignore_index=True), pd.concat([one.links, later]), turn_of)
    posterior = joint(both, NOBODY, hours=12.0, draws=4, seed=1, priors=((0.6, 0.6),))
    chats = [np.triu_indices(6, 1), 6 + np.array(np.triu_indices(6, 1))]
    assert np.array_equal(posterior.pairs, np.hstack(chats))
    assert (posterior.rates != 1).all()


def test_chance_sums_to_the_exchange_of_each_kind(busy):
    share = pd.Series(0.3, index=busy.turn_of.index)
    member = busy.turns["member"].to_numpy()
    between = member[busy.links["later"]] != member[busy.links["earlier"]]
    chance = expected_of_pairs(busy, share, hours=3)
    total = np.array([each.sum() for each in chance]) / 2
    assert total.sum() == pytest.approx(busy.links["probability"][between].sum(), rel=0.05)
    assert total[INFORMAL] / total.sum() == pytest.approx(0.3, abs=0.02)


def test_parameters_of_the_reply_model_are_used_in_turn():
    messages = chat((0, ANA, "?"), (1, BEN, "?"), (2, CUT, "a"))
    turns = exchange(messages, certain((2, 0, 0.5), (2, 1, 0.5)))
    sets = [np.array([1.0, 0.0]), np.array([0.0, 1.0])]
    posterior = joint(turns, NOBODY, hours=3, draws=6, seed=1, probabilities=sets, priors=((1, 1),))
    assert posterior.chosen[:, 0].tolist() == [0, 1, 0, 1, 0, 1]
    with pytest.raises(InputError, match="3 probabilities do not fit 2 links"):
        joint(turns, NOBODY, hours=3, draws=6, seed=1, probabilities=[np.ones(3)])


def test_the_same_seed_draws_the_same_graphs_and_fewer_draws_are_the_first_ones(busy):
    one, again, fewer = (joint(busy, NOBODY, hours=3, draws=draws, seed=7) for draws in (12, 12, 5))
    assert (one.chosen == again.chosen).all()
    assert (one.chosen[:5] == fewer.chosen).all()
    assert (one.chosen != joint(busy, NOBODY, hours=3, draws=12, seed=8).chosen).any()


def test_a_chat_in_which_nobody_answers_is_refused():
    turns = exchange(chat((0, ANA, "a"), (1, BEN, "b")), certain())
    with pytest.raises(InputError, match="no message answers another turn"):
        joint(turns, NOBODY, hours=3, draws=4, seed=1)
