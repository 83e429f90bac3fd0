"""The multiverse: which universes there are, and which of them differ for a claim."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import study
from analysis.errors import InputError
from analysis.robustness.choices import (
    MAIN,
    Choice,
    Exclusion,
    distinct,
    hypercube,
    main_universe,
    own,
    possible,
    read_choices,
    read_exclusions,
    read_shortcuts,
    single_changes,
    without,
)
from analysis.robustness.step import CHOICES as NAMES
from analysis.robustness.universes import TESTED, Multiverse


def choice(name, claims=("C1",), *options):
    return Choice(name, tuple(claims), dict.fromkeys((MAIN, *options), "because"))


CHOICES = [
    choice("codes", ("C1", "C2"), "hard", "soft"),
    choice("ties", ("C1",), "root"),
    choice("waves", ("C2",), "60", "90"),
]
EXCLUDED = [Exclusion({"codes": ("hard",), "ties": ("root",)}, "no sense")]


def drawn(count=120, each=4, seed=1):
    return list(hypercube(CHOICES, count, ("codes",), each, np.random.default_rng(seed)))


def test_in_a_hypercube_every_option_occurs_equally_often():
    for each in CHOICES:
        counts = Counter(universe[each.name] for universe in drawn())
        assert set(counts.values()) == {120 // len(each.options)}


def test_options_that_share_work_stay_together_in_a_row():
    codes = [universe["codes"] for universe in drawn()]
    assert all(len(set(codes[k : k + 4])) == 1 for k in range(0, 120, 4))


def test_the_multiverse_starts_with_the_main_analysis_holds_each_once_and_nothing_excluded():
    universes = distinct(iter([main_universe(CHOICES), *single_changes(CHOICES), *drawn()]), EXCLUDED)
    assert universes[0] == dict.fromkeys(("codes", "ties", "waves"), MAIN)
    assert len({tuple(universe.items()) for universe in universes}) == len(universes)
    assert not any(universe["codes"] == "hard" and universe["ties"] == "root" for universe in universes)
    changed = [sum(option != MAIN for option in universe.values()) for universe in universes]
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
    one = main_universe(CHOICES)
    assert own(one, "C1", CHOICES) == own(one | {"waves": "60"}, "C1", CHOICES)
    assert own(one, "C2", CHOICES) != own(one | {"waves": "60"}, "C2", CHOICES)


def test_options_that_are_the_same_for_a_claim_are_one_universe_of_it():
    codes = replace(CHOICES[0], same={"C1": {"soft": MAIN}})
    choices = [codes, *CHOICES[1:]]
    soft = main_universe(choices) | {"codes": "soft"}
    assert own(soft, "C1", choices) == own(main_universe(choices), "C1", choices)
    assert own(soft, "C2", choices) != own(main_universe(choices), "C2", choices)
    assert (possible(choices, [], "C1"), possible(choices, [], "C2")) == (4, 9)


def test_a_choice_with_one_option_left_is_dropped():
    idle = pd.DataFrame([("ties", "root", ""), ("waves", "60", "")], columns=["choice", "option", "reason"])
    left = without(CHOICES, idle)
    assert [c.name for c in left] == ["codes", "waves"]
    assert list(left[1].options) == [MAIN, "90"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"shoes": {"claims": ["C1"], "options": {MAIN: "why"}}}, "none of"),
        ({"ties": {"claims": ["C9"], "options": {MAIN: "why"}}}, "claims other than"),
        ({"ties": {"claims": ["C1"], "options": {"root": "why"}}}, "first option"),
        ({"ties": {"claims": ["C1"], "options": {MAIN: "why", "root": None}}}, "no reason for root"),
    ],
)
def test_a_choice_without_sense_or_reason_is_refused(entry, said):
    with pytest.raises(InputError, match=said):
        read_choices(entry, NAMES, TESTED)


def test_an_exclusion_of_what_is_no_option_is_refused():
    with pytest.raises(InputError, match="is not an option"):
        read_exclusions([{"when": {"ties": "rooot"}, "because": "why"}], CHOICES)


SHORTCUTS = {
    "codes": {"claims": ["C1"], "options": {"hard": "misses", "0.5": "misses more"}},
    "ties": {"claims": ["C1"], "options": {"yes or no": "nearly all have one"}},
}


def test_shortcuts_are_taken_one_at_a_time_and_the_first_of_each_together():
    shortcuts = read_shortcuts(SHORTCUTS, NAMES, TESTED)
    taken = [{name: o for name, o in u.items() if o != MAIN} for u in Multiverse.of_shortcuts(shortcuts).universes]
    both = {"codes": "hard", "ties": "yes or no"}
    assert taken == [{}, {"codes": "hard"}, {"codes": "0.5"}, {"ties": "yes or no"}, both]


def test_a_shortcut_without_a_reason_is_refused():
    with pytest.raises(InputError, match="no reason for hard"):
        read_shortcuts({"codes": {"claims": ["C1"], "options": {"hard": ""}}}, NAMES, TESTED)


def test_no_option_is_both_defensible_and_a_shortcut(root):
    given = study.load_params(study.Paths(root))["robustness"]
    for name, entry in given["shortcuts"].items():
        assert not set(entry["options"]) & set(given["choices"].get(name, {"options": {}})["options"])
