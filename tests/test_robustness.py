"""The step `robustness`: which universes there are, what an option takes, and what all universes say together."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from dataclasses import replace

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest

from analysis import study, tables
from analysis.claims import ledger
from analysis.codebook import Code, Codebook
from analysis.errors import InputError
from analysis.robustness import influence, joint, page, pairs, parts, spread, step
from analysis.robustness import inputs as of_inputs
from analysis.robustness.choices import (
    AS_SETTLED,
    Choice,
    Exclusion,
    hypercube,
    multiverse,
    own,
    possible,
    read_choices,
    read_exclusions,
    settled,
    single_changes,
    without,
)
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, weekly_counts
from analysis.sharing.excess import excess_over_activity


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def choice(name, claims=("C1",), *options):
    return Choice(name, tuple(claims), dict.fromkeys((AS_SETTLED, *options), "because"))


CHOICES = [
    choice("codes", ("C1", "C2"), "hard", "soft"),
    choice("ties", ("C1",), "root"),
    choice("waves", ("C2",), "60", "90"),
]
EXCLUDED = [Exclusion({"codes": ("hard",), "ties": ("root",)}, "no sense")]


# Which universes there are


def drawn(count=120, each=4, seed=1):
    return list(hypercube(CHOICES, count, ("codes",), each, np.random.default_rng(seed)))


def test_in_a_hypercube_every_option_stands_equally_often():
    for each in CHOICES:
        counts = Counter(universe[each.name] for universe in drawn())
        assert set(counts.values()) == {120 // len(each.options)}


def test_options_that_share_work_stay_together_in_a_row():
    codes = [universe["codes"] for universe in drawn()]
    assert all(len(set(codes[k : k + 4])) == 1 for k in range(0, 120, 4))


def test_the_multiverse_starts_with_the_main_analysis_holds_each_once_and_nothing_excluded():
    universes = multiverse(iter([settled(CHOICES), *single_changes(CHOICES), *drawn()]), EXCLUDED)
    assert universes[0] == dict.fromkeys(("codes", "ties", "waves"), AS_SETTLED)
    assert len({tuple(universe.items()) for universe in universes}) == len(universes)
    assert not any(universe["codes"] == "hard" and universe["ties"] == "root" for universe in universes)
    changed = [sum(option != AS_SETTLED for option in universe.values()) for universe in universes]
    assert changed[1 : 1 + 5] == [1] * 5


@pytest.mark.parametrize("claim", ["C1", "C2"])
def test_a_claims_own_universes_are_as_many_as_can_be_counted(claim):
    every = [
        dict(zip((c.name for c in CHOICES), options, strict=True))
        for options in itertools.product(*(c.options for c in CHOICES))
    ]
    allowed = {own(u, claim, CHOICES) for u in every if not EXCLUDED[0].holds(u)}
    assert possible(CHOICES, EXCLUDED, claim) == len(allowed)


def test_a_choice_that_cannot_move_a_claim_adds_no_universe_to_it():
    one = settled(CHOICES)
    assert own(one, "C1", CHOICES) == own(one | {"waves": "60"}, "C1", CHOICES)
    assert own(one, "C2", CHOICES) != own(one | {"waves": "60"}, "C2", CHOICES)


def test_options_that_are_the_same_for_a_claim_are_one_universe_of_it():
    codes = replace(CHOICES[0], same={"C1": {"soft": AS_SETTLED}})
    choices = [codes, *CHOICES[1:]]
    soft = settled(choices) | {"codes": "soft"}
    assert own(soft, "C1", choices) == own(settled(choices), "C1", choices)
    assert own(soft, "C2", choices) != own(settled(choices), "C2", choices)
    assert (possible(choices, [], "C1"), possible(choices, [], "C2")) == (4, 9)


def test_a_choice_of_which_one_option_is_left_is_no_choice():
    left = without(CHOICES, {("ties", "root"), ("waves", "60")})
    assert [c.name for c in left] == ["codes", "waves"]
    assert list(left[1].options) == [AS_SETTLED, "90"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"shoes": {"claims": ["C1"], "options": {AS_SETTLED: "why"}}}, "none of"),
        ({"ties": {"claims": ["C9"], "options": {AS_SETTLED: "why"}}}, "claims other than"),
        ({"ties": {"claims": ["C1"], "options": {"root": "why"}}}, "first option"),
        ({"ties": {"claims": ["C1"], "options": {AS_SETTLED: "why", "root": None}}}, "no reason for root"),
    ],
)
def test_a_choice_without_sense_or_reason_is_refused(entry, said):
    with pytest.raises(InputError, match=said):
        read_choices(entry, step.CHOICES, step.TESTED)


def test_an_exclusion_of_what_is_no_option_is_refused():
    with pytest.raises(InputError, match="no option"):
        read_exclusions([{"when": {"ties": "rooot"}, "because": "why"}], CHOICES)


def test_the_notebook_and_the_parameters_name_the_same_choices(root):
    nb = nbformat.read(root / "notebooks/07-robustness.ipynb", as_version=4)
    cell = next(cell for cell in nb.cells if "parameters" in cell.metadata.get("tags", []))
    given = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}
    assert given == study.load_params(study.Paths(root))["robustness"]


# What an option takes


NAMES = ["MAAAA", "MBBBB", "MCCCC", "MDDDD"]
START = pd.Timestamp("2024-01-01", tz="UTC")


def chat(*rows):
    """Messages of one chat: (minute, number of the member)."""
    frame = pd.DataFrame({"message_id": [f"m{k}" for k in range(len(rows))], "channel": "umkm", "kind": "text"})
    frame["time"] = START + pd.to_timedelta([minute for minute, _ in rows], unit="min")
    frame["member"] = [NAMES[who] for _, who in rows]
    frame = frame.assign(text="x", edited=False, reply_to=None, source="s", line=1)
    return tables.conform(frame[list(tables.Messages.columns)], tables.Messages)


SHARING = sharing.Params(
    code="news", confidence=0.95, labels=4, bootstrap=60, null_draws=99, block_weeks=4, least_people=3, seed=1
)


def given(messages, **changes):
    members = pd.DataFrame({"member": NAMES, "sector": None, "role": ["chair", "member", "bot", None]})
    members = members.assign(joined=pd.NaT, consent=["quotes", "quotes", "aggregate", "quotes"])
    nothing = {
        "members": tables.conform(members, tables.Members),
        "partnerships": tables.empty(tables.Partnerships),
        "coded": tables.empty(tables.Coded),
        "held_out": pd.DataFrame(columns=["unit_id", "conversation", "code", "value", "probability"]),
        "replies": tables.empty(tables.Replies),
        "agreement": {},
        "apart": {"pairs": "", "news": ""},
        "book": None,
        "alone": [],
        "read_alone": None,
        "sharing": SHARING,
        "partnership": None,
    }
    return of_inputs.Inputs(messages=messages, **{**nothing, **changes})


def test_the_previous_message_is_answered_within_the_hour_and_by_others_only():
    found = of_inputs.previous_message(chat((0, 0), (1, 1), (2, 1), (90, 0), (95, 2)))
    assert found["message_id"].tolist() == ["m0", "m1", "m2", "m4"]
    assert found["reply_to"].tolist()[1:] == ["m0", "m0", "m3"]


def test_a_window_drops_older_answers_and_keeps_what_starts_a_thread():
    messages = chat((0, 0), (1, 1), (30, 2))
    replies = pd.DataFrame({"message_id": ["m0", "m1", "m2"], "reply_to": [None, "m0", "m0"], "probability": 1.0})
    assert of_inputs.within(replies, messages, 600)["message_id"].tolist() == ["m0", "m1"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("without bots", AS_SETTLED, AS_SETTLED), "ABD"),
        (("without officers", AS_SETTLED, AS_SETTLED), "BD"),
        ((AS_SETTLED, "1", AS_SETTLED), "AB"),
        ((AS_SETTLED, "2", AS_SETTLED), "A"),
        ((AS_SETTLED, AS_SETTLED, "quotes"), "ABD"),
        (("without officers", "1", "quotes"), "B"),
    ],
)
def test_who_counts(options, names):
    assert of_inputs.kept(given(chat((0, 0), (1, 1), (2, 0))), *options) == {f"M{each * 4}" for each in names}


def test_a_floor_replaces_a_code_by_those_of_its_parts_that_reach_it():
    book = Codebook((Code("talk"), Code("joke", "talk"), Code("greeting", "talk"), Code("news")))
    coded = pd.DataFrame({"code": ["talk", "joke", "greeting", "news"]})
    data = given(chat((0, 0)), book=book, coded=coded, agreement={"joke": 0.9, "greeting": 0.7, "news": 0.6})
    assert of_inputs.agreed(data, ["talk", "news"], "0.8") == ["joke"]
    assert of_inputs.agreed(data, ["talk"], "0.65") == ["talk"]
    assert of_inputs.agreed(data, ["talk", "news"], AS_SETTLED) == ["talk", "news"]


def test_an_option_that_changes_nothing_is_left_out_with_its_reason():
    silent = given(chat((0, 0), (1, 1), (2, 2), (3, 3)))
    options = [Choice("active", ("C3",), dict.fromkeys((AS_SETTLED, "1", "2", "3"), "why"))]
    left = step.idle(options, silent).set_index("option")["reason"]
    assert left.to_dict() == {"1": "takes the same here (as settled)", "3": "takes the same here (2)"}


# One relabelling for all universes


def test_a_relabelling_of_all_gives_every_relabelling_of_some_equally_often():
    orders = np.array(list(itertools.permutations(range(5))))
    found = Counter(map(tuple, pairs.among(orders, np.array([0, 2, 3]))))
    assert set(found) == set(itertools.permutations(range(3)))
    assert set(found.values()) == {120 // 6}


def test_a_relabelling_of_all_is_kept_where_it_stays_among_some():
    orders = np.array([[2, 1, 0, 4, 3]])
    assert pairs.among(orders, np.array([0, 2, 3])).tolist() == [[1, 0, 2]]


def test_shares_fall_by_chance_on_as_many_texts_in_each_stratum():
    data = given(chat(*((k, k % 4) for k in range(40))))
    texts = spread.texts_of(data)
    stratum = np.repeat([0, 1], 20)
    shares = np.arange(40) < 6  # all in the first stratum
    only_first = np.where(stratum == 0, texts.rows["member"], 3)  # the second stratum is all of the last member
    texts = replace(texts, rows=texts.rows.assign(member=only_first))
    seen = []
    everything, places, keys = np.ones(40, dtype=bool), np.arange(4), spread.keys_of(40, 50, 1)

    def counted(counts):
        seen.append(counts)
        return counts[:, 0]

    null = spread.shuffled(texts, shares[None, :], everything, places, stratum, keys, counted)
    assert seen[0].sum(axis=1).tolist() == [6] * 50
    assert seen[0][:, 3].max() <= 5  # as many as this member wrote in the first stratum
    assert null.mean() == pytest.approx(0)


def test_the_step_sharing_and_the_main_universe_count_alike():
    messages = chat(*((60 * k, k % 3) for k in range(300)))
    data = given(messages)
    texts = spread.texts_of(data)
    news = np.random.default_rng(1).random(300) < np.array([0.5, 0.1, 0.1])[np.arange(300) % 3]
    coded = pd.DataFrame({"unit_id": messages["message_id"], "code": "news", "value": news.astype(int)})
    weekly = weekly_counts(Texts.of(messages, data.members["member"]), coded, "news")
    mine = texts.counts(news, members=spread.roster(data, texts))
    expected = excess_over_activity(weekly, **data.sharing.of_excess)
    assert spread.excess([mine], data.sharing).numbers() == expected.numbers()


# All universes at once


def universes_of(effect, count=30, draws=99, seed=1):
    """Universes that share most of their chance, with an effect."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=draws + 1)
    found = []
    for _ in range(count):
        values = 0.9 * common + 0.1 * rng.normal(size=draws + 1)
        found.append(pairs.Found({}, np.array([values[0] + effect]), values[None, 1:]))
    return found


def test_a_strong_effect_is_found_and_chance_alone_is_not():
    strong, none = joint.joint_test(universes_of(5), 0.05), joint.joint_test(universes_of(0), 0.05)
    assert strong["p_median"] == 1 / 100
    assert strong["p_significant"] <= 0.05
    assert none["p_median"] > 0.05


def test_universes_that_share_their_chance_count_as_little_more_than_one():
    p = [joint.joint_test(universes_of(0, draws=39, seed=seed), 0.05)["p_median"] for seed in range(200)]
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09


def test_a_universe_is_significant_where_all_its_tests_are():
    null = np.arange(99.0)
    both = pairs.Found({}, np.array([200.0, 200.0]), np.array([null, null]))
    one = pairs.Found({}, np.array([200.0, -1.0]), np.array([null, null]))
    assert joint.joint_test([both, one], 0.05)["significant"] == 0.5


def test_what_a_choice_explains():
    rows = pd.DataFrame(list(itertools.product("ab", "xyz")), columns=["codes", "ties"])
    rows["value"] = 2.0 * (rows["codes"] == "a") + 1.0 * (rows["ties"] == "z")
    shares = joint.variance_explained(rows, ["codes", "ties", "absent"][:2])
    assert shares["all"] == pytest.approx(1)
    assert shares["codes"] == pytest.approx(1 / (1 + 2 / 9))


# The page


def result_of(rows, numbers=()):
    frame = pd.DataFrame(rows)
    nothing = pd.DataFrame()
    return step.Result({"claims": {}}, CHOICES, EXCLUDED, nothing, frame, list(numbers), nothing, nothing, nothing)


def universe_row(**changes):
    row = {"universe": 0, "claim": "C1", "codes": AS_SETTLED, "ties": AS_SETTLED, "waves": "", "value": 0.1}
    return {**row, "low": 0.0, "high": 0.2, "verdict": "undecided", **changes}


def failed(result):
    return [said for said, _, passed in page.page_checks(result) if not passed]


def test_the_page_stops_where_the_main_universe_is_not_the_steps_own():
    own_verdict = {"id": "C1", "verdict": "undecided", "value": 0.1}
    assert failed(result_of([universe_row()], [own_verdict])) == []
    for other in ({"verdict": "supported"}, {"value": 0.1001}, {"value": None}):
        assert failed(result_of([universe_row()], [own_verdict | other])) == [
            "the main universe has the steps' own verdicts and values"
        ]


def test_the_page_stops_where_a_universe_stands_twice_or_is_excluded():
    twice = [universe_row(), universe_row(universe=3)]
    assert failed(result_of(twice)) == ["no claim is asked twice in the same universe"]
    senseless = [universe_row(universe=1, codes="hard", ties="root")]
    assert failed(result_of(senseless)) == ["no excluded combination is computed"]


# What the main analysis hangs on


@pytest.mark.parametrize(("flips_at", "found"), [(1, (1, "no")), (7, (7, "no")), (20, (20, "no")), (21, None)])
def test_the_smallest_change_is_found_up_to_the_most(flips_at, found):
    assert influence.smallest(lambda k: "no" if k >= flips_at else "yes", "yes", 20) == found


def test_a_slope_is_what_a_small_step_gives():
    rng = np.random.default_rng(1)
    y, a, b = (each + np.swapaxes(each, 1, 2) for each in rng.normal(size=(3, 2, 6, 6)))
    y[0, 1, 2] = y[0, 2, 1] = np.nan
    upper = np.triu(np.ones((6, 6), dtype=bool), 1)[None] & ~np.isnan(y)

    def coefficient(x):
        design = np.column_stack([np.ones(upper.sum()), x[upper], b[upper]])
        return np.linalg.lstsq(design, y[upper], rcond=None)[0][1]

    slope = parts.slopes(y, {"a": a, "b": b}, "a")["a"]
    moved = a.copy()
    moved[1, 0, 3] += 1e-6
    assert slope[1, 0, 3] == pytest.approx((coefficient(moved) - coefficient(a)) / 1e-6, rel=1e-4)
    assert slope[0, 1, 2] == 0


def test_struck_turns_take_their_answers_along_and_recoded_ones_change_kind():
    def links(*pairs):
        return tuple(np.array(each, dtype=np.intp) for each in zip(*pairs, strict=True))

    graph = {"informal": links((1, 0), (2, 1), (3, 0)), "other": links((4, 3), (5, 4)), "business": links((5, 4))}
    nothing = parts.Edit.nothing(6)
    mark = lambda *turns: np.isin(np.arange(6), turns)  # noqa: E731
    struck = replace(nothing, struck=mark(1)).of(graph, graph)
    assert struck["informal"][0].tolist() == [3]
    recoded = replace(nothing, other=mark(2), informal=mark(5)).of(graph, graph)
    assert sorted(recoded["informal"][0].tolist()) == [1, 3, 5]
    assert sorted(recoded["other"][0].tolist()) == [2, 4]
    assert recoded["business"][0].tolist() == [5]


def news_of_three():
    """Three members of whom the first writes nearly all news."""
    messages = chat(*((60 * k, k % 3) for k in range(300)))
    news = (np.arange(300) % 3 == 0) & (np.arange(300) % 2 == 0) | (np.arange(300) % 30 == 1)
    coded = pd.DataFrame({"unit_id": messages["message_id"], "code": "news", "value": news.astype(int)})
    coded = tables.conform(coded.assign(probability=news.astype(float), origin="human"), tables.Coded)
    return given(messages, coded=coded)


def test_news_is_struck_or_recoded_first_where_it_moves_the_concentration_most():
    news = influence.News.of(news_of_three())
    down, up = (influence.greedy(news, sign, 5, recode=False) for sign in (-1, 1))
    assert set(news.member[down]) == {0}
    assert set(news.member[up]) == {1}
    recoded = influence.greedy(news, -1, 3, recode=True)
    assert set(news.member[recoded]) <= {2, 3}  # those without news gain some


def test_members_who_count_in_sums_only_are_left_out_together_and_not_named():
    data = news_of_three()
    table, alone = influence.without_members(data, None, influence.News.of(data))
    assert set(table["name"]) == {"MDDDD", influence.NOT_SHOWN}  # one counts in sums only; two who agreed join them
    assert alone["C3"].size == 4


def test_the_smallest_changes_in_words():
    flips = {
        "members": {"count": 2, "of": 39, "verdict": "undecided"},
        "messages": {"count": None, "of": 12348, "verdict": None},
    }
    assert ledger.smallest_change(flips) == "undecided with 2 of 39 members left out"
    assert ledger.smallest_change({"messages": flips["messages"]}) == "no other verdict found with few changes"
    assert ledger.smallest_change({}) is None
