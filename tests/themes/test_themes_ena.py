"""The epistemic network: against rENA's own outputs, against the definition spelled out row by row, and its limits."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.themes.ena import EpistemicNetwork, accumulate, connection_names, pairs

UNITS, CONVERSATIONS = ["condition", "person"], ["condition", "talk"]
CODES = ["a", "b", "c", "d"]


def talk(rows=240, people=6, talks=4, seed=0, density=0.35):
    rng = np.random.default_rng(seed)
    coded = pd.DataFrame((rng.random((rows, len(CODES))) < density).astype(int), columns=CODES)
    person = rng.integers(people, size=rows)
    coded.insert(0, "person", [f"p{i}" for i in person])
    coded.insert(1, "condition", np.where(person < people // 2, "early", "late"))
    coded.insert(2, "talk", [f"t{i}" for i in rng.integers(talks, size=rows)])
    return coded


def fit(rows, **settings):
    return EpistemicNetwork(units=UNITS, conversations=CONVERSATIONS, codes=CODES, **settings).fit(rows)


def spelled_out(rows, window, forward, weight):
    """The definition, one row at a time, with no sums carried over."""
    total = {}
    for _, group in rows.groupby(CONVERSATIONS, sort=False):
        values = group[CODES].to_numpy()
        for i, (_, row) in enumerate(group.iterrows()):
            earlier, later = values[max(0, i - window + 1) : i], values[i + 1 : i + 1 + forward]
            stanza = np.vstack([earlier, values[i : i + 1], later]).sum(axis=0)
            counts = [
                stanza[a] * stanza[b]
                - earlier[:, a].sum() * earlier[:, b].sum()
                - later[:, a].sum() * later[:, b].sum()
                for a, b in pairs(len(CODES))
            ]
            unit = ".".join(row[UNITS])
            total[unit] = total.get(unit, 0) + (np.array(counts) > 0 if weight == "binary" else np.array(counts))
    return pd.DataFrame(total, index=connection_names(CODES)).T


@pytest.mark.parametrize("tag", ["w4_svd", "w7_svd", "w4_mr", "w7_mr"])
def test_every_output_of_rena_is_met_up_to_sign(reference, tag):
    rows, expected = reference("ena/rescushell_codes.csv"), reference("ena/summary.json")["results"][tag]
    theirs = {
        what: reference(f"ena/{tag}.{what}.csv", index_col=0) for what in ("adjacency", "points", "nodes", "centroids")
    }
    means = {"rotation": "means", "groups": ("Condition", "FirstGame", "SecondGame")} if tag.endswith("mr") else {}
    call = expected["call"]
    net = EpistemicNetwork(
        units=call["units"],
        conversations=call["conversation"],
        codes=call["codes"],
        window=call["window.size.back"],
        **means,
    ).fit(rows)
    pd.testing.assert_frame_equal(net.adjacency, theirs["adjacency"], check_names=False)
    sign = np.sign((net.points * theirs["points"]).sum())
    for what in ("points", "nodes", "centroids"):
        table = getattr(net, what) * sign
        pd.testing.assert_frame_equal(table, theirs[what], check_names=False, rtol=0, atol=1e-9)
    np.testing.assert_allclose(net.variance, list(expected["variance"].values()), atol=1e-9)
    np.testing.assert_allclose(net.fit_pearson, expected["goodness_of_fit"]["pearson"], atol=1e-9)


@pytest.mark.parametrize("weight", ["binary", "product"])
@pytest.mark.parametrize("window", [1, 2, 5, 1000])
def test_windows_of_any_size_follow_the_definition(window, weight):
    rows = talk()
    got = accumulate(rows, UNITS, CONVERSATIONS, CODES, window=window, weight=weight)
    expected = spelled_out(rows, window, 0, weight)
    pd.testing.assert_frame_equal(got, expected, check_names=False, check_dtype=False, check_like=True)


def test_an_infinite_window_reaches_back_to_the_conversations_first_row():
    rows = talk()
    infinite = accumulate(rows, UNITS, CONVERSATIONS, CODES, window="infinite")
    pd.testing.assert_frame_equal(infinite, accumulate(rows, UNITS, CONVERSATIONS, CODES, window=len(rows)))


@pytest.mark.parametrize("weight", ["binary", "product"])
def test_a_window_of_one_with_forward_rows_follows_the_definition(weight):
    rows = talk()
    got = accumulate(rows, UNITS, CONVERSATIONS, CODES, window=1, forward=3, weight=weight)
    expected = spelled_out(rows, 1, 3, weight)
    pd.testing.assert_frame_equal(got, expected, check_names=False, check_dtype=False, check_like=True)


def test_forward_rows_count_as_in_rena_also_before_the_end_of_a_conversation():
    rows = pd.DataFrame({"person": list("uuuu"), "condition": "x", "talk": "t"} | dict.fromkeys(CODES, 0))
    rows.loc[[0, 1, 2, 3], ["a", "b", "c", "d"]] = np.eye(4, dtype=int)
    got = accumulate(rows, UNITS, CONVERSATIONS, CODES, window=3, forward=1)
    # a b; a b, b c and a c across it; a c, b c, c d, and a d, b d across it; b d, c d, and (as in rENA) b c.
    expected = {"a & b": 2, "a & c": 2, "b & c": 3, "a & d": 1, "b & d": 2, "c & d": 2}
    assert got.loc["x.u"].to_dict() == expected


def test_a_whole_conversation_sums_each_persons_codes_before_they_are_connected():
    rows = talk()
    sums = rows.groupby(["condition", "talk", "person"], sort=False)[CODES].sum()
    products = pd.DataFrame({f"{x} & {y}": sums[x] * sums[y] for y in CODES for x in CODES if x < y})
    products = products[connection_names(CODES)]
    for weight, expected in (("product", products), ("binary", (products > 0).astype(int))):
        got = accumulate(rows, UNITS, CONVERSATIONS, CODES, window="conversation", weight=weight)
        by_unit = expected.groupby(["condition", "person"]).sum()
        by_unit.index = [".".join(key) for key in by_unit.index]
        pd.testing.assert_frame_equal(got.sort_index(), by_unit, check_names=False)


def test_counts_that_are_no_whole_numbers_make_no_connection_by_rounding():
    rows = talk(rows=2000, density=0.05)
    rows[CODES] *= 0.1
    product = accumulate(rows, UNITS, CONVERSATIONS, CODES, weight="product")
    binary = accumulate(rows, UNITS, CONVERSATIONS, CODES)
    whole = talk(rows=2000, density=0.05)
    pd.testing.assert_frame_equal(binary, accumulate(whole, UNITS, CONVERSATIONS, CODES))
    expected = accumulate(whole, UNITS, CONVERSATIONS, CODES, weight="product") * 0.01
    pd.testing.assert_frame_equal(product, expected)
    assert ((product > 0) == (expected > 0)).all(axis=None)


def test_rows_of_a_conversation_need_not_stand_together():
    rows = talk()
    together = rows.sort_values("talk", kind="stable")
    pd.testing.assert_frame_equal(fit(rows).adjacency.sort_index(), fit(together).adjacency.sort_index())


def test_a_unit_without_connections_stays_at_the_origin_and_moves_nobody():
    rows = talk()
    silent = rows[rows["person"] == "p1"].assign(person="p9", talk="alone", **dict.fromkeys(CODES, 0))
    alone, joined = fit(rows), fit(pd.concat([rows, silent], ignore_index=True))
    assert (joined.points.loc["early.p9"] == 0).all()
    assert (joined.centroids.loc["early.p9"] == 0).all()
    others = alone.points.index
    np.testing.assert_allclose(np.abs(joined.points.loc[others]), np.abs(alone.points), atol=1e-12)


def test_the_means_rotation_puts_all_difference_of_the_means_on_its_first_dimension():
    net = fit(talk(), rotation="means", groups=("condition", "early", "late"))
    late = net.points.index.str.startswith("late")
    difference = net.points[late].mean() - net.points[~late].mean()
    assert difference["MR1"] > 0
    assert np.abs(difference.drop("MR1")).max() < 1e-12
    np.testing.assert_allclose(net.axes.T @ net.axes, np.eye(net.axes.shape[1]), atol=1e-12)


def test_a_unit_of_a_third_group_is_placed_but_does_not_steer():
    rows = talk(people=9)
    rows.loc[rows["person"].isin(["p3", "p8"]), "condition"] = "between"
    net = fit(rows, rotation="means", groups=("condition", "early", "late"))
    groups = net.lines.groupby(net.lines.index.str.split(".").str[0]).mean()
    axis = groups.loc["late"] - groups.loc["early"]
    np.testing.assert_allclose(net.axes["MR1"], axis / np.linalg.norm(axis), atol=1e-12)
    assert "between.p3" in net.points.index


def test_the_fit_equals_the_correlation_over_all_pairs_of_units():
    net = fit(talk())
    at = list(combinations(range(len(net.points)), 2))
    for d in (0, 1):
        x, y = ([table.iloc[i, d] - table.iloc[j, d] for i, j in at] for table in (net.points, net.centroids))
        assert net.fit_pearson[d] == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-12)


def test_equal_rows_give_equal_bytes():
    first, second = fit(talk()), fit(talk())
    assert first.points.to_numpy().tobytes() == second.points.to_numpy().tobytes()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"window": 0}, "window 0"),
        ({"window": "sentence"}, "window 'sentence'"),
        ({"window": True}, "window True"),
        ({"forward": -1}, "forward -1"),
        ({"forward": 1, "window": "conversation"}, "forward 1"),
        ({"weight": "log"}, "weight 'log'"),
        ({"rotation": "pca"}, "rotation 'pca'"),
        ({"rotation": "means"}, "groups None"),
        ({"groups": ("condition", "early", "late")}, "rotation 'svd'"),
        ({"rotation": "means", "groups": ("condition", "early", "never")}, "both need at least one"),
        ({"rotation": "means", "groups": ("talk", "t0", "t1")}, "more than one value for the unit"),
        ({"rotation": "means", "groups": ("condition", "early", "early")}, "same mean network"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_words(settings, words):
    with pytest.raises(InputError, match=words):
        fit(talk(), **settings)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rows: rows.drop(columns="a"), "Missing: a"),
        (lambda rows: rows.head(0), "0 rows"),
        (lambda rows: rows.assign(a=np.nan), "'a' is nan in row 0"),
        (lambda rows: rows.assign(a=-1), "'a' is -1"),
        (lambda rows: rows.assign(a="yes"), "does not hold numbers"),
        (lambda rows: rows.assign(person=None), "'person' is missing in row 0"),
        (lambda rows: rows.assign(**dict.fromkeys(CODES, 0)), "0 of 6 units connect two codes"),
    ],
)
def test_rows_that_cannot_be_used_are_refused_in_words(spoil, words):
    with pytest.raises(InputError, match=words):
        fit(spoil(talk()))


def test_labels_that_would_run_together_are_refused():
    rows = talk().assign(condition=lambda t: np.where(t["person"] == "p0", "x.y", "x"))
    rows["person"] = np.where(rows["person"] == "p0", "z", "y.z")
    with pytest.raises(InputError, match="same label"):
        fit(rows)


def test_two_hundred_thousand_rows_are_accumulated_in_well_under_a_second():
    from time import perf_counter

    rows = talk(rows=191_200, people=2400, talks=4000)
    times = []
    for _ in range(3):
        start = perf_counter()
        accumulate(rows, UNITS, CONVERSATIONS, CODES)
        times.append(perf_counter() - start)
    assert min(times) < 1


@pytest.mark.parametrize("seed", range(20))
def test_a_dimension_in_which_points_differ_by_rounding_alone_has_no_fit(seed):
    assert np.isnan(fit(talk(people=2, seed=seed).assign(condition="one")).fit_pearson).all()  # one pair of units
    of_three = fit(talk(people=3, seed=seed).assign(condition="one")).fit_pearson
    assert ((np.abs(of_three) <= 1 + 1e-9) | np.isnan(of_three)).all()


def test_units_that_are_all_alike_cannot_be_placed():
    half = talk(rows=40).assign(condition="one", person="p0", talk="t0")
    with pytest.raises(InputError, match="nothing distinguishes them"):
        fit(pd.concat([half, half.assign(person="p1", talk="t1")], ignore_index=True))
