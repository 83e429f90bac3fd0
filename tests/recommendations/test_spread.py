"""The spreading process: cases with a known answer, and EoN on the same graphs."""

import random

import networkx as nx
import numpy as np
import pytest

from analysis.recommendations.spread import Process, left, on_graph, spread

PIECES = 4000


def graph_of(edges, n, chance=1.0):
    hears = np.zeros((n, n))
    for a, b in edges:
        hears[a, b] = chance
    return hears


def both_ways(graph, chance):
    return nx.to_numpy_array(graph) * chance


def run(process, start, pieces=1, seed=0):
    """Read times of pieces that the member `start` posts to those who hear from them."""
    posted = np.full((pieces, len(process.member_of)), np.inf)
    posted[:, start] = 0.0
    return spread(process, posted, np.full(pieces, start), np.random.default_rng(seed))


def test_sure_news_walks_down_a_chain_one_member_a_step():
    read, _ = run(on_graph(graph_of([(0, 1), (1, 2), (2, 3)], 4)), 0)
    assert read[0].tolist() == [0, 1, 2, 3]


def test_a_member_who_does_not_pass_on_ends_the_walk():
    passes = np.array([True, True, False, True])
    read, _ = run(on_graph(graph_of([(0, 1), (1, 2), (2, 3)], 4), passes), 0)
    assert read[0].tolist() == [0, 1, 2, np.inf]


def test_on_a_chain_each_further_member_hears_with_one_more_power_of_the_chance():
    read, _ = run(on_graph(graph_of([(0, 1), (1, 2), (2, 3)], 4, chance=0.6)), 0, PIECES)
    heard = np.isfinite(read).mean(axis=0)
    assert heard == pytest.approx([1, 0.6, 0.36, 0.216], abs=0.03)


def test_from_the_centre_of_a_star_each_hears_with_the_chance_and_from_a_tip_with_its_square():
    star = both_ways(nx.star_graph(9), 0.5)
    from_centre, _ = run(on_graph(star), 0, PIECES)
    from_tip, _ = run(on_graph(star), 1, PIECES)
    assert np.isfinite(from_centre[:, 1:]).mean() == pytest.approx(0.5, abs=0.02)
    assert np.isfinite(from_tip[:, 2:]).mean() == pytest.approx(0.25, abs=0.02)


def test_in_a_complete_graph_sure_news_reaches_all_in_one_step():
    read, _ = run(on_graph(both_ways(nx.complete_graph(12), 1.0)), 3)
    assert sorted(read[0].tolist()) == [0, *[1] * 11]


def test_in_a_complete_graph_of_three_the_reach_is_that_of_the_paths():
    """A third member is reached directly (p) or by the other ((1 - p) p p)."""
    p = 0.4
    read, _ = run(on_graph(both_ways(nx.complete_graph(3), p)), 0, 3 * PIECES)
    assert np.isfinite(read[:, 1:]).mean() == pytest.approx(p + (1 - p) * p * p, abs=0.015)


@pytest.mark.parametrize(("mean_degree", "few"), [(0.5, True), (3.0, False)])
def test_above_the_percolation_threshold_of_a_random_graph_news_reaches_a_giant_part(mean_degree, few):
    """Below one live tie a member all outbreaks are small (Newman 2002); above it some reach the giant component."""
    n, degree = 150, 10
    graph = nx.gnp_random_graph(n, degree / n, seed=4)
    read, _ = run(on_graph(both_ways(graph, mean_degree / degree)), 0, 400)
    largest = np.isfinite(read).sum(axis=1).max()
    assert (largest < 0.25 * n) if few else (largest > 0.8 * n)


@pytest.mark.parametrize("seed", range(3))
def test_it_reaches_as_many_as_eon_on_the_same_graph(seed):
    EoN = eon()
    random.seed(seed)  # from which EoN draws
    graph, p = nx.connected_watts_strogatz_graph(40, 4, 0.2, seed=seed), 0.35
    read, _ = run(on_graph(both_ways(graph, p)), 0, PIECES, seed)
    theirs = [EoN.basic_discrete_SIR(graph, p, initial_infecteds=[0])[-1][-1] for _ in range(PIECES)]
    ours = np.isfinite(read).sum(axis=1)
    error = np.hypot(ours.std(), np.std(theirs)) / np.sqrt(PIECES)
    assert abs(ours.mean() - np.mean(theirs)) < 4 * error


def test_it_is_as_fast_step_by_step_as_eon():
    EoN = eon()
    graph, p = nx.connected_watts_strogatz_graph(40, 4, 0.2, seed=9), 0.5
    read, _ = run(on_graph(both_ways(graph, p)), 0, PIECES)
    curves = [EoN.basic_discrete_SIR(graph, p, initial_infecteds=[0])[1] for _ in range(PIECES)]
    theirs = np.mean([40 - curve[min(3, len(curve) - 1)] for curve in curves])
    assert (read <= 3).sum(axis=1).mean() == pytest.approx(theirs, abs=0.6)


def eon():
    """EoN, of which random numbers come from the module random; skipped where it is not installed."""
    import random
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # EoN imports names that scipy deprecates
        try:
            import EoN
        except ImportError:
            pytest.skip("no EoN")
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    return EoN


# Groups


def process(inside, *, passes=None, **kwargs):
    inside = np.asarray(inside, dtype=bool)
    g, n = inside.shape
    own = {
        "writes": np.full((g, n, 1), np.inf),
        "opens": np.full((g, n), 1.0),
        "kept": np.full(g, np.inf),
        "notices": np.ones(g),
        "ages": np.inf,
    } | kwargs
    return Process(member_of=inside, passes=np.zeros((n, g)) if passes is None else passes, **own)


def in_group(model, group=0, author=0, pieces=PIECES):
    posted = np.full((pieces, len(model.member_of)), np.inf)
    posted[:, group] = 0.0
    return spread(model, posted, np.full(pieces, author), np.random.default_rng(1))


def test_silent_reading_is_as_frequent_as_the_rate_of_opening_says():
    read, _ = in_group(process([[1, 1]], opens=np.full((1, 2), 2.0)))
    assert (read[:, 1] <= 0.5).mean() == pytest.approx(1 - np.exp(-1), abs=0.03)


def test_whoever_writes_has_read():
    read, _ = in_group(process([[1, 1]], writes=np.full((1, 2, 1), 0.25), opens=np.zeros((1, 2))))
    assert (read[:, 1] == 0.25).all()


def test_what_is_out_of_sight_is_not_read():
    read, _ = in_group(process([[1, 1]], kept=np.array([0.5])))
    late = read[:, 1][np.isfinite(read[:, 1])]
    assert late.max() <= 0.5
    assert np.isfinite(read[:, 1]).mean() == pytest.approx(1 - np.exp(-0.5), abs=0.03)


def test_nobody_reads_in_a_group_that_they_are_not_in():
    read, _ = in_group(process([[1, 1, 0]]))
    assert np.isinf(read[:, 2]).all()


def test_news_crosses_to_another_group_by_a_member_of_both_who_passes_on():
    inside, passes = [[1, 1, 0], [0, 1, 1]], np.zeros((3, 2))
    passes[1, 1] = 0.4
    read, has = in_group(process(inside, passes=passes))
    assert np.isfinite(has[:, 1]).mean() == pytest.approx(0.4, abs=0.03)
    crossed = np.isfinite(has[:, 1])
    assert (read[crossed, 2] > has[crossed, 1]).all()
    assert (has[crossed, 1] == read[crossed, 1]).all()


def test_readers_of_old_news_pass_it_on_less():
    inside, passes = [[1, 1, 0], [0, 1, 1]], np.zeros((3, 2))
    passes[1, 1] = 1.0
    writes = np.full((2, 3, 1), 2.0)
    _, has = in_group(process(inside, passes=passes, writes=writes, opens=np.zeros((2, 3)), ages=2.0))
    assert np.isfinite(has[:, 1]).mean() == pytest.approx(0.25, abs=0.03)
    assert left(np.array([0.0, 2.0, np.inf]), 2.0).tolist() == [1, 0.25, 0]


def test_equal_seeds_give_equal_cascades_and_no_pieces_give_none():
    model = process([[1, 1, 1]])
    assert np.array_equal(in_group(model)[0], in_group(model)[0])
    assert in_group(model, pieces=0)[0].shape == (0, 3)


def test_pieces_are_spread_in_parts_when_there_are_many(monkeypatch):
    from analysis.recommendations import spread as module

    monkeypatch.setattr(module, "AT_ONCE", 30)
    read, has = in_group(process([[1] * 5, [1] * 5]), pieces=50)
    assert read.shape == (50, 5)
    assert has.shape == (50, 2)
