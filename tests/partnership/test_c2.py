"""C2: partners who had talked informally, and what must not count as such."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.partnership import c2, step

from .community import PARAMS, START, assess, community, held_out


def test_partners_who_had_talked_informally_are_found_before_and_beyond_business(assessed):
    c2 = step.metrics_of(assessed)["C2"]
    assert c2["status"] == "ok"
    assert max(c2["p_before"], c2["p_timing"], c2["p_beyond_business"]) == c2["p"]
    assert max(c2["p_before"], c2["p_beyond_business"]) <= 0.05
    assert 0 < c2["low"] < c2["value"] < c2["high"]
    assert assessed.senders.p <= 0.05


def test_partners_by_activity_alone_are_not_taken_for_partners_by_talk():
    for seed in range(3):
        assert step.metrics_of(assess(*community(seed, partners_from="activity")))["C2"]["p"] > 0.05


def test_talk_among_partners_does_not_count_as_talk_before(friendly):
    messages, members, partnerships, coded, replies = friendly
    early = partnerships.assign(since=START + pd.Timedelta(days=35))
    result = assess(messages, members, early, coded, replies)
    alone = assess(messages[messages["time"] < START + pd.Timedelta(days=35)], members, early, coded, replies.head(1))
    assert result.frames["partners"]["informal"].max() < 40
    assert len(result.frames["partners"]) == len(early)
    assert step.metrics_of(alone)["C2"]["status"] == "missing"


def test_partnerships_from_before_the_chats_and_without_a_date_are_left_out(friendly):
    messages, members, partnerships, coded, replies = friendly
    changed = partnerships.copy()
    changed.loc[0, "since"] = START - pd.Timedelta(days=400)
    changed.loc[1, "since"] = pd.NaT
    result = assess(messages, members, changed, coded, replies)
    assert step.metrics_of(result)["C2"]["n"]["partnerships"] == len(partnerships) - 2


def test_uncertain_replies_and_codes_move_the_coefficient_between_draws(friendly):
    messages, members, partnerships, coded, replies = friendly
    unsure = coded.assign(probability=coded["probability"].clip(0.2, 0.8))
    doubted = pd.concat([replies.assign(probability=0.7), replies.assign(reply_to=None, probability=0.3)])
    doubted = tables.conform(doubted.sort_index(kind="stable"), tables.Replies)
    result = assess(messages, members, partnerships, unsure, doubted, replace(PARAMS, draws=3))
    single = step.metrics_of(result)["C2"]["single_draws"]
    assert single["link_low"] < single["link_high"]


def test_the_classifiers_measured_error_makes_the_number_less_sure(friendly, assessed):
    messages, members, partnerships, coded, replies = friendly
    guessed = coded.assign(origin="model", probability=0.1 + 0.8 * coded["value"])
    labelled = held_out(coded)
    result = assess(messages, members, partnerships, guessed, replies, PARAMS, labelled)
    unsure = step.metrics_of(result)["C2"]
    sure = step.metrics_of(assessed)["C2"]
    single, certain = unsure["single_draws"], sure["single_draws"]
    assert single["link_high"] - single["link_low"] > certain["link_high"] - certain["link_low"]
    assert single["value"] < certain["value"]  # what is coded wrongly hides part of the effect


def test_the_written_panel_of_c2_gives_its_regression(staged):
    """Its regressors are the means over draws that were fitted."""
    _, two_draws = staged(draws=2)
    fit, panel = c2.timing(two_draws, permutations=1, seed=0), c2.frame(two_draws)
    terms = [name for name in fit.coefficients.index if name != "intercept"]
    design = np.column_stack([np.ones(len(panel)), panel[terms]])
    coef = np.linalg.lstsq(design, panel["began"], rcond=None)[0]
    assert coef[1:] == pytest.approx(fit.coefficients.loc[terms, "coefficient"].to_numpy())
