"""Assumptions and scenarios as data, and what each lever does."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import published, study
from analysis.errors import InputError
from analysis.recommendations import fit, gains, page
from analysis.recommendations.assumptions import drawn, read_assumptions
from analysis.recommendations.fit import ReadingHabits
from analysis.recommendations.scenarios import LEVERS, WhatIf, read_scenarios

from .communities import community_of, groups_like

TWO = [[1] * 8 + [0] * 4, [0] * 4 + [1] * 8]
TEXT = {"en": "somebody", "id": "seseorang"}
QUANTITIES = {
    "silent_openings": 2.0, "lurking": 0.5, "read_back": 100.0, "passing_chance": 0.01, "passing_age": 1.0,
    "approval_days": 1.0, "answers_a_piece": 1.0, "answers_per_reader": 0.1, "answering_age": 0.1,
}  # fmt: skip


def assumption(**changes):
    return {"low": 0.1, "high": 0.4, "unit": "share", "meaning": "how much"} | changes


def scenario(**levers):
    return WhatIf("changed", TEXT, TEXT, levers)


def today(**kwargs):
    roles = ["chair", *["member"] * 11]
    posts = np.zeros((12, 2))
    posts[0, 0], posts[5, 0], posts[6, 1] = 6.0, 2.0, 2.0
    return community_of(groups_like(TWO), posts, informal=[0.2, 0.8], roles=roles, **kwargs)


# Assumptions


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"low": -0.1}, "recommendations.assumptions.x: a share must be from 0 to 1; the range is -0.1 to 0.4"),
        ({"high": 1.2}, "recommendations.assumptions.x: a share must be from 0 to 1; the range is 0.1 to 1.2"),
        ({"unit": "probability", "high": 2}, "a probability must be from 0 to 1; the range is 0.1 to 2"),
        ({"unit": "days", "low": -1}, "must not be below 0; the range is -1 to 0.4"),
        ({"low": 0.5}, "low at most high; they are 0.5 and 0.4"),
        ({"low": "few"}, "must be numbers"),
        ({"high": True}, "must be numbers"),
        ({"note": "?"}, "missing or unknown: note"),
    ],
)
def test_an_assumption_that_cannot_be_used_is_refused_with_its_key_and_range(changes, says):
    with pytest.raises(InputError) as error:
        read_assumptions({"x": assumption(**changes)})
    assert says in str(error.value)


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.4), (0.001, 1.0), (0.0, 1.0), (0.3, 0.3)])
def test_draws_fill_the_range_evenly_and_stay_in_it(low, high):
    own = read_assumptions({"x": assumption(low=low, high=high)})
    values = drawn(own, 200, np.random.default_rng(0))["x"]
    assert low - 1e-12 <= values.min() <= values.max() <= high + 1e-12
    middle = np.sqrt(low * high) if own["x"].logarithmic else (low + high) / 2
    assert np.median(values) == pytest.approx(middle, rel=0.05)


# Scenarios as data


def test_the_shipped_scenarios_use_every_assumption_of_levers_and_every_lever():
    params = study.load_params(study.here())["recommendations"]
    assumed = read_assumptions(params["assumptions"])
    scenarios = read_scenarios(params["scenarios"], assumed)
    used = {name for one in scenarios for name in one.assumed(assumed)}
    assert set(assumed) - used == set(gains.READING)
    assert {lever for one in scenarios for lever in one.levers} == set(LEVERS)
    assert params["headline"] in [one.name for one in scenarios]


@pytest.mark.parametrize(
    ("levers", "says"),
    [
        ({"shout": {}}, "no lever is called shout; there are further_posts"),
        ({"digest": {"group": "largest", "holds": 0.9}}, "missing or unknown: heeded"),
        ({"digest": {"group": "largest", "holds": 0.9, "heeded": 1.5}}, "must be from 0 to 1; it is 1.5"),
        ({"digest": {"group": "largest", "holds": "some", "heeded": 0.5}}, "no assumption is called some"),
        ({"leave": {"top_sharers": -1}}, "must be a number of at least 0"),
    ],
)
def test_a_scenario_that_cannot_be_used_is_refused_with_its_key(levers, says):
    declared = {"odd": {"who": TEXT, "does": TEXT, "levers": levers}}
    with pytest.raises(InputError, match=r"recommendations\.scenarios\.odd") as error:
        read_scenarios(declared, {"x": None})
    assert says in str(error.value)


def test_a_scenario_says_who_does_what_in_both_languages():
    with pytest.raises(InputError, match="must have a text in each of en and id"):
        read_scenarios({"odd": {"who": {"en": "we"}, "does": TEXT, "levers": {}}}, {})


@pytest.mark.parametrize(
    ("levers", "says"),
    [
        ({"close": {"group": "market", "moves": 0.5}}, "no group is called market; there are group-0, group-1"),
        ({"further_posts": {"by": "role:treasurer", "group": "largest", "share": 1}}, "member has the role treasurer"),
        ({"further_posts": {"by": "sector:craft", "group": "largest", "share": 1}}, "no member has the sector craft"),
        ({"further_posts": {"by": "bosses", "group": "largest", "share": 1}}, "'bosses' does not name members"),
        ({"welcome": {"days": 30, "lift": 1}}, "nobody joined in the last 30 days"),
        ({"no_approval": {"held_back": 1.0}}, "held back"),
    ],
)
def test_a_group_role_or_member_that_is_not_there_is_reported_in_plain_words(levers, says):
    with pytest.raises(InputError) as error:
        scenario(**levers).applied(today(), {})
    assert says in str(error.value)
    results = evaluated(scenario(**levers))
    assert says in results.missing["changed"]


def test_one_group_has_no_social_one_and_cannot_close():
    alone = community_of(groups_like(np.ones((1, 12))))
    for levers in (
        {"also_in": {"first": "largest", "group": "social", "share": 1}},
        {"close": {"group": "largest", "moves": 1}},
    ):
        with pytest.raises(InputError, match=r"(?i)one group (only|has)"):
            scenario(**levers).applied(alone, {})


def test_a_group_of_few_members_is_neither_the_social_one_nor_shown_by_itself():
    """Three members of a committee: what is said of their group would be said of each of them."""
    inside = np.array([[True] * 12, [False] * 5 + [True] * 7, [True] * 3 + [False] * 9])
    own = community_of(groups_like(inside), np.zeros((12, 3)), informal=[0.1, 0.2, 0.9])
    assert own.social == 1
    assert page.groups_table(own)["group"].tolist() == ["group-0", "group-1", "1 group of fewer than 5 members"]
    assert page.groups_table(own)["members"].astype("str").tolist()[:2] == ["12", "7"]
    assert community_of(groups_like(inside[[0, 2]])).social is None


# What levers do


def draw(community, **changes):
    quantities = QUANTITIES | changes
    how = ReadingHabits(np.where(community.groups.member_of, 1.0, 0.0), np.full(community.groups.names.size, 10.0))
    return gains.JointDraw(quantities, how, community.posts, fit.readiness(community.posts.sum(axis=1)))


def evaluated(*scenarios, community=None, pieces=2000, **changes):
    own = community or today()
    return gains.evaluate(own, scenarios, [draw(own, **changes)] * 2, pieces=pieces, seed=3)


def test_a_scenario_counts_in_the_draws_that_leave_somebody_to_act_and_adds_nothing_in_the_others():
    own = today()
    everybody_posts = replace(draw(own), posts=np.full_like(own.posts, 1.0))
    silent = scenario(further_posts={"by": "silent", "group": "largest", "each_a_month": 1.0, "share": 1.0})
    for draws in ([draw(own), everybody_posts], [everybody_posts, draw(own)]):
        results = gains.evaluate(own, [silent], draws, pieces=500, seed=3)
        assert results.missing == {}
        assert (results.gain("changed") > 0.5).tolist() == [each is not everybody_posts for each in draws]
    results = gains.evaluate(own, [silent], [everybody_posts] * 2, pieces=10, seed=3)
    assert results.missing == {"changed": "every member posts business news now"}


def gain(measure="pieces_read", community=None, quantities=None, **levers):
    results = evaluated(scenario(**levers), community=community, **(quantities or {}))
    assert not results.missing, results.missing
    return results.gain("changed", measure).mean()


def test_more_pieces_are_read_where_more_are_posted_and_more_messages():
    more = {"further_posts": {"by": "silent", "group": "largest", "each_a_month": 2, "share": 0.5}}
    assert gain(**more) > 0
    assert gain("messages", **more) > 0


def test_further_posts_count_as_messages_also_where_they_are_no_news():
    def more(new):
        return {"further_posts": {"by": "everyone", "group": "largest", "a_week": 4, "share": 1, "new": new}}

    assert gain(**more(1)) > gain(**more(0.2))
    assert gain("messages", **more(1)) == pytest.approx(gain("messages", **more(0.2)), rel=0.1)


def test_posting_that_floods_a_group_makes_each_piece_be_read_less():
    flood = {"further_posts": {"by": "everyone", "group": "largest", "a_week": 2000, "share": 1, "new": 0.0}}
    assert gain("reach_week", **flood) < -0.1


def test_a_digest_reaches_who_missed_it_and_only_within_the_week():
    short = today()
    digest = {"digest": {"group": "largest", "holds": 1.0, "heeded": 1.0}}
    assert gain("reach_week", community=short, **digest) > 0
    assert gain("messages", **digest) == pytest.approx(
        8 / 12 * 2, abs=0.05
    )  # one a week in a group of 8, with an answer


def test_without_approval_news_is_known_sooner_and_what_was_held_back_is_posted():
    at_once = {"no_approval": {"held_back": 0.0}}
    assert gain("reach_day", **at_once) > 0.05
    assert gain("reach_day", quantities={"approval_days": 0.0}, **at_once) == pytest.approx(0, abs=1e-9)
    assert gain(no_approval={"held_back": 0.5}) > gain(**at_once)


def test_where_nobody_holds_an_office_nobody_approves_today_or_under_a_scenario():
    own = community_of(groups_like(TWO), today().posts)
    posting, passing = {"no_approval": {"held_back": 0.5}}, {"pass_on": {"willing": 1.0}}
    results = evaluated(scenario(**posting), community=own, approval_days=3.0)
    for measure in ("pieces_read", "messages", "reach_day"):
        assert results.gain("changed", measure).tolist() == [0, 0]
    readily = {"passing_chance": 0.3}
    both, alone = (gain(community=own, quantities=readily, **levers) for levers in (posting | passing, passing))
    assert both == alone > 0.02


def test_a_bridge_and_passing_on_bring_news_to_the_other_group():
    assert gain("reach_week", bridge={"first": "largest", "group": "social", "keeps": 0.9}) > 0.1
    assert gain("reach_week", quantities={"passing_chance": 0.3}, pass_on={"willing": 1.0}) > 0.02


def test_what_is_posted_in_both_groups_reaches_both():
    both = {"also_in": {"first": "group-0", "group": "group-1", "share": 1.0}}
    assert gain("reach_week", **both) > 0.1


def test_welcomed_newcomers_read_more():
    groups = groups_like(TWO, days=[360.0] * 8 + [100.0] * 4)
    own = community_of(groups, today().posts)
    assert gain("reach_day", community=own, welcome={"days": 365, "lift": 3.0}) > 0


def test_in_a_short_study_nobody_is_new_who_was_there_from_the_first_day():
    short = community_of(groups_like(TWO, days=60.0))
    assert not short.newcomers().any()
    mixed = community_of(groups_like(TWO, days=[60.0] * 11 + [20.0]))
    assert mixed.newcomers().tolist() == [False] * 11 + [True]


def test_whoever_joined_by_the_roster_in_the_last_year_is_new_in_a_study_of_some_months_too():
    own = community_of(groups_like(TWO, days=60.0, member_for=[np.inf] * 9 + [150.0, 500.0, 58.0]))
    own.people["joined"] = pd.to_datetime([None] * 9 + ["2024-11-20", "2023-12-06", None])
    assert own.newcomers().tolist() == [False] * 9 + [True, False, False]  # the last was seen first in the first week


def test_a_draw_in_which_nobody_posts_reads_nothing_and_stops_nothing():
    own = today()
    silent = replace(draw(own), posts=np.zeros((12, 2)))
    results = gains.evaluate(own, [scenario()], [draw(own), silent], pieces=50, seed=1)
    assert results.of(gains.TODAY, "pieces_read")[1] == 0
    assert results.gain("changed").tolist() == [0, 0]


def test_members_pass_on_as_readily_as_the_fit_had_it_whatever_the_length_of_the_study():
    own, fitted = today(), np.linspace(0, 1, 12)
    passes = gains.community(own, replace(draw(own, passing_chance=0.5), ready=fitted)).passes
    assert passes[own.groups.member_of.T] == pytest.approx(
        (0.5 * fitted[:, None] * own.groups.member_of.T)[own.groups.member_of.T]
    )


def test_silent_are_those_who_posted_nothing_and_not_those_who_posted_once():
    own = today()
    posts = np.zeros((12, 2))
    posts[:3, 0] = 1.0
    posts[3, 0] = 0.001
    more = scenario(further_posts={"by": "silent", "group": "largest", "each_a_month": 1.0, "share": 1.0})
    changed = more.applied(gains.community(own, replace(draw(own), posts=posts)), QUANTITIES)
    assert (changed.posts.sum(axis=1) > posts.sum(axis=1)).tolist() == [False] * 4 + [True] * 8


def test_losses_take_news_away_and_the_more_the_more_who_leave():
    one, two = (gain(leave={"top_sharers": n}) for n in (1, 2))
    assert two < one < 0
    assert gain(close={"group": "group-1", "moves": 0.0}) < 0


def test_when_all_who_post_leave_the_page_says_why_there_is_no_number():
    results = evaluated(scenario(leave={"top_sharers": 3}))
    assert results.missing == {"changed": "nobody is left who posts business news"}


@pytest.mark.parametrize(("sharers", "read"), [(10, 9.0), (1, 0.9)])
def test_ten_members_who_read_everything_read_the_pieces_of_the_others_today_and_in_the_tornado(sharers, read):
    posts = np.zeros((10, 1))
    posts[:sharers] = 1.0
    own = community_of(groups_like(np.ones((1, 10))), posts)
    eager = draw(own, silent_openings=1e3, lurking=1e3, read_back=1e4, approval_days=0.0)
    eager = replace(eager, how=fit.reading(own.groups, eager.quantities))
    another = scenario(further_posts={"by": "everyone", "group": "largest", "a_week": 10.0, "share": 1.0})
    results = gains.evaluate(own, [another], [eager], pieces=200, seed=1)
    assert results.of(gains.TODAY, "pieces_read") == pytest.approx(read)
    assert results.gain("changed") == pytest.approx(9.0)
    assert gains.tornado(own, [another], [eager], pieces=200, seed=1)["gain_middle"].to_numpy() == pytest.approx(9.0)


def test_equal_draws_give_equal_results_and_no_change_no_gain():
    first, second = (evaluated(scenario()) for _ in range(2))
    assert first.rows.equals(second.rows)
    assert first.gain("changed").tolist() == [0, 0]


# The tornado and the sign


def test_a_scenario_whose_sign_depends_on_an_assumption_is_found_out():
    """Closing a group: its news is lost, or posted where more members read it."""
    posts = np.zeros((12, 2))
    posts[8, 1], posts[0, 0] = 5.0, 1.0
    inside = [[1] * 12, [0] * 8 + [1] * 4]
    own = community_of(groups_like(inside), posts)
    draws = [draw(own, moves=value) for value in np.linspace(0.0, 1.0, 21)]
    closing = scenario(close={"group": "group-1", "moves": "moves"})
    results = gains.evaluate(own, [closing], draws, pieces=500, seed=1)
    bars = gains.tornado(own, [closing], draws, pieces=2000, seed=1)
    assert gains.sign_depends_on(bars, results.gain("changed")) == ["moves"]
    bar = bars.set_index("quantity").loc["moves"]
    assert min(bar["gain_low"], bar["gain_high"]) < bar["gain_middle"] < max(bar["gain_low"], bar["gain_high"])
    assert len({*bars["gain_middle"]}) == 1
    leaving = scenario(leave={"top_sharers": 1})
    results = gains.evaluate(own, [leaving], draws, pieces=500, seed=1)
    bars = gains.tornado(own, [leaving], draws, pieces=2000, seed=1)
    assert gains.sign_depends_on(bars, results.gain("changed")) == []


def test_a_gains_interval_holds_what_is_assumed():
    own = today()
    more = scenario(further_posts={"by": "everyone", "group": "largest", "a_week": 3, "share": "follow"})
    wide, narrow = (
        gains.summary(gains.evaluate(own, [more], [draw(own, follow=x) for x in xs], pieces=400, seed=1), 0.95)
        for xs in (np.linspace(0.1, 0.9, 20), np.full(20, 0.5))
    )
    spans = [
        float((table["high"] - table["low"])[table["measure"] == "pieces_read"].iloc[0]) for table in (wide, narrow)
    ]
    assert spans[0] > 2 * spans[1]


def test_reach_is_shown_by_parts_of_enough_people_only():
    own = today()
    results = gains.evaluate(own, [], [draw(own)] * 2, pieces=50, seed=1)
    parts = gains.by_part(results, own, 3, 0.95)
    assert set(parts["part"]) == {"group-0", "group-1", "food", "others"}  # the members would reveal the one chair
    assert parts["members"].min() >= published.FEWEST
    assert parts["value"].between(0, 1).all()


# Numbers to watch


def watched(changed, **values):
    """WATCHED today and as changed, in one simulated draw."""
    how, own = ReadingHabits(np.full((2, 12), 5.0), np.full(2, 50.0)), QUANTITIES | values
    each = [gains.outcome(now, how, own, 400, 0).watched for now in (today(), changed.applied(today(), own))]
    return each[0], each[1]


def test_further_posts_by_all_take_a_part_of_the_news_from_those_who_share_most():
    lever = {"by": "everyone", "group": "largest", "a_week": 2.0, "share": 0.6}
    now, then = watched(scenario(further_posts=lever))
    assert now["top_part"] == 1.0
    assert then["top_part"] == pytest.approx((10 + 3 * 0.1) / 11.2)
    assert (now["ordinary_part"], then["ordinary_part"]) == pytest.approx((0.4, (4 + 11 * 0.1) / 11.2))


def test_of_those_who_are_asked_only_those_who_share_nothing_now_add_to_who_shares_in_a_quarter():
    rarely = {"by": "everyone", "group": "largest", "each_a_month": 0.1, "share": 0.5}
    assert watched(scenario(further_posts=rarely))[1]["sharers_lately"] == pytest.approx(9 * 0.5 * 0.3)
    monthly = {"by": "silent", "group": "largest", "each_a_month": 1.0, "share": 0.5}
    now, then = watched(scenario(further_posts=monthly))
    assert (now["sharers_lately"], then["sharers_lately"]) == (0.0, 9 * 0.5)


def test_news_of_the_social_group_counts_what_is_posted_there_too_and_what_a_bridge_carries_over():
    crossing = {"first": "largest", "group": "social", "share": 0.5}
    now, then = watched(scenario(also_in=crossing), passing_chance=0.0)
    assert (now["social_news"], then["social_news"]) == (8.0, 8.0 + 0.5 * 2.0)
    carried = watched(scenario(bridge={"first": "largest", "group": "social", "keeps": 0.9}))[1]["social_news"]
    assert 8.0 + 0.3 * 2.0 < carried <= 8.0 + 0.9 * 2.0


def test_where_there_is_one_group_nothing_is_counted_of_a_social_one():
    alone = community_of(groups_like([[1] * 12]))
    assert np.isnan(gains.watched(alone, np.zeros(1))["social_news"])
