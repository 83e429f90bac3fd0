"""Alternatives to C1's test: what they must not count, and what the claim is without one of them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.errors import InputError
from analysis.partnership import c1_alternatives, page, step
from analysis.partnership.regression import Specification
from analysis.partnership.talk import Talk

from .community import PARAMS, assert_whole_page, assess, community, others_of, talk_of


def blurred(coded, seed=0):
    """The probabilities of a calibrated classifier that errs in about one message of eight."""
    truth = coded["probability"].to_numpy()
    score = np.where(truth > 0.5, 1.15, -1.15) + np.random.default_rng(seed).normal(size=truth.size)
    return coded.assign(probability=1 / (1 + np.exp(-2.3 * score)), origin="model")


def test_a_classifiers_errors_alone_do_not_tie_other_talk_to_informal_talk(monkeypatch):
    """Friends who talk informally and nothing else: what of it is taken for other talk must not count."""
    messages, members, partnerships, coded, replies = community(3, partners_from=None)
    data = step.Data(messages, members, partnerships, blurred(coded), replies)
    assert step.claims_alone(data, PARAMS)["C1"]["p"] > 0.05
    talk = talk_of(messages, blurred(coded), replies, members)
    sizes = {"splits": PARAMS.splits, "draws": PARAMS.draws, "hours": PARAMS.hours, "seed": 1}

    def former():
        return c1_alternatives.tested(
            c1_alternatives.relabel_members(c1_alternatives.pair_halves(talk, **sizes), permutations=199, seed=1), 0.95
        )

    corrected = former()
    with monkeypatch.context() as patch:
        patch.setattr(Talk, "sensitivity", 1.0)  # as if the codes never erred
        patch.setattr(Talk, "false_positive_rate", 0.0)
        trusting = former()
    assert corrected["p"] > 0.05
    assert trusting["value"] > corrected["value"] + 0.05
    assert 0.1 < talk.false_positive_rate < 1 - talk.sensitivity + 0.1 < 0.4


@pytest.mark.parametrize("way", ["choices", "reciprocal"])
def test_c1_is_assessed_though_another_way_of_asking_has_no_answer(friendly, assessed, monkeypatch, way):
    def refuse(*_, **__):
        raise InputError("the effects have no finite fit")

    if way == "choices":
        monkeypatch.setattr(c1_alternatives, "relational_events", refuse)
    else:
        monkeypatch.setattr(step, "both_ways_least", refuse)
    result = assess(*friendly)
    usual, numbers = step.metrics_of(assessed)["C1"], step.metrics_of(result)["C1"]
    assert way not in numbers
    without = {"without": {way: "the effects have no finite fit"}}
    assert numbers == {name: value for name, value in usual.items() if name != way} | without
    said = page.say_ways(result.c1, others_of(result))
    assert "is not assessable: the effects have no finite fit." in said
    assert re.search(" way| no clear difference", said)  # the other one is
    assert_whole_page(result, friendly[1])


def test_a_way_of_asking_whose_interval_holds_no_difference_points_nowhere():
    def number(value, error):
        return {"value": value, "low": value - error, "high": value + error}

    others = {"difference": number(-0.1, 0.4), "reciprocal": number(-0.5, 0.2), "choices": number(0.6, 0.1)}
    said = page.say_ways(number(0.5, 0.2), others)
    assert "The relational event model points the same way as C1." in said
    assert "Ties that go both ways point the other way." in said
    assert "Later ties (mean over splits) show no clear difference." in said
    others["difference"] = number(0.2, 0.21) | {"p": 0.008}
    said = page.say_ways(number(0.5, 0.2), others)
    assert "With p = .008 for later ties (mean over splits), the one-sided test points the same way as C1, but" in said


def test_members_who_are_left_out_are_in_no_pair(halves):
    kept = np.arange(12)
    fit = c1_alternatives.relabel_members(halves, permutations=1, seed=0, specification=Specification(kept))
    assert fit.n == {"members": 12, "pairs": 66}
