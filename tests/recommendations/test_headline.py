"""What R1 is made of, in sentences: each case of what passing on adds and of how far news reaches."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.recommendations import headline, page
from analysis.recommendations.gains import TODAY, Results
from analysis.recommendations.scenarios import WhatIf
from analysis.recommendations.step import Headline

TEXT = {"en": "somebody", "id": "seseorang"}
ALONE = {"no_approval": {"held_back": 0.3}}
BOTH = WhatIf("flexible", TEXT, TEXT, ALONE | {"pass_on": {"willing": 0.5}})
POSTING = WhatIf("no approval", TEXT, TEXT, ALONE)
NOW = {"pieces_read": 7.0, "messages": 0.1, "reach_day": 0.4, "reach_week": 0.7}
SHIPPED = {"alone": (0.64, 1.4, 0.11, 0.01), "both": (0.64, 1.8, 0.11, 0.01)}


def results(alone=None, both=(0.64, 1.8, 0.11, 0.01), spread=0.02):
    """Three draws of today and the scenarios, given by what they add to NOW; spread: of reach between draws."""
    rows = []
    for name, added in ((TODAY, (0.0,) * 4), ("no approval", alone), ("flexible", both)):
        for draw, aside in enumerate((-spread, 0.0, spread)) if added is not None else ():
            off = np.array([0, 0, aside, aside]) * (name != TODAY)
            own = dict(zip(NOW, np.array([*NOW.values()]) + added + off, strict=True))
            rows.append({"scenario": name, "draw": draw, **own})
    frame = pd.DataFrame(rows)
    return Results(frame, {name: np.zeros((3, 1)) for name in frame["scenario"].unique()}, {}, {})


def said(language="en", declared=(BOTH, POSTING), **given):
    return headline.made_of(results(**given), declared, "flexible", 0.95, approval=True, fitted=False)[language]


def test_that_passing_on_adds_nothing_and_the_gain_is_assumed_is_said_in_both_languages():
    assert said(**SHIPPED) == (
        "Posting without approval by itself would bring 0.64 pieces for 1.4 more messages. Passing news on, as often "
        "as is assumed, adds hardly any news but 0.4 more messages to read. A piece would be read sooner; about as "
        "many members as now would read it within a week (+1, −1 to +3 percentage points). So the gain is news that "
        "approval, by assumption, holds back now."
    )
    fitted = headline.adds(results(**SHIPPED), (BOTH, POSTING), "flexible", 0.95, approval=True, fitted=True)
    assert "Passing news on adds hardly any news" in fitted["en"]
    brief = headline.adds(results(**SHIPPED), (BOTH, POSTING), "flexible", 0.95, approval=True, fitted=False)["en"]
    assert said(**SHIPPED) == f"{brief} So the gain is news that approval, by assumption, holds back now."
    indonesian = said("id", **SHIPPED)
    for part in (
        "Menulis tanpa izin saja menambah 0,64 kabar dan 1,4 pesan. Meneruskan kabar, sesering yang diandaikan, hampir "
        "tidak menambah kabar, tetapi menambah 0,4 pesan.",
        "Kabar lebih cepat dibaca; yang membacanya dalam seminggu hampir sama banyaknya",
        "(+1, −1 sampai +3 poin persen)",
        "menurut anggapan kini tertahan menunggu izin.",
    ):
        assert part in indonesian


@pytest.mark.parametrize(
    ("alone", "both", "english", "indonesian"),
    [
        ((0.3, 1, 0, 0), (0.9, 3, 0, 0), "adds 0.60 pieces, and 2.0 more", "menambah 0,60 kabar dan 2,0 pesan"),
        ((0.9, 1, 0, 0), (0.4, 9, 0, 0), "takes 0.50 pieces away", "malah mengurangi 0,50 kabar"),
        ((0.3, 1, 0, 0), (0.3, 1, 0, 0), "adds hardly any news. ", "hampir tidak menambah kabar. "),
        ((-0.3, 1, 0, 0), (0.3, 1, 0, 0), "by itself would take 0.30 pieces away", "saja mengurangi 0,30 kabar"),
    ],
)
def test_what_passing_on_adds_is_said_as_it_is(alone, both, english, indonesian):
    assert english in said(alone=alone, both=both)
    assert indonesian in said("id", alone=alone, both=both)
    if "hardly" not in english:
        assert "by assumption" not in said(alone=alone, both=both)


@pytest.mark.parametrize(
    ("day", "week", "spread", "english", "indonesian"),
    [
        (0.1, 0.2, 0.02, "read sooner; more members would", "dalam seminggu lebih banyak"),
        (
            -0.1,
            -0.2,
            0.02,
            "read later; fewer members would",
            "lambat dibaca; yang membacanya dalam seminggu lebih sedikit",
        ),
        (0.0, 0.0, 0.02, "sooner is open; about as many members as now", "Belum pasti apakah kabar lebih cepat"),
        (0.0, 0.1, 0.3, "sooner is open; so is whether more members", "begitu juga apakah yang membacanya"),
        (0.0, 0.0, 0.3, "sooner is open; so is whether more members", "begitu juga apakah yang membacanya"),
        (0.4, 0.1, 0.3, "sooner; whether more members would read it within a week is open", "dibaca; belum pasti"),
    ],
)
def test_how_far_and_how_soon_news_reaches_is_said_as_it_is(day, week, spread, english, indonesian):
    given = {"alone": (0.5, 1, day, week), "both": (0.5, 1, day, week), "spread": spread}
    assert english in said(**given)
    assert indonesian in said("id", **given)
    assert ("by assumption" in said(**given)) == ("about as many" in english)


def test_where_r1_is_another_scenario_or_posting_alone_was_not_computed_nothing_is_said_of_passing_on():
    only_passing = WhatIf("flexible", TEXT, TEXT, {"pass_on": {"willing": 0.5}})
    for words in (said(), said(declared=(BOTH,), **SHIPPED), said(declared=(only_passing, POSTING), **SHIPPED)):
        assert words.startswith("A piece would be read sooner")
        assert "approval" not in words


def test_where_nobody_approves_nothing_is_said_to_be_held_back_and_all_is_due_to_passing_on():
    own = results(alone=(0.0,) * 4, both=(0.3, 1.0, 0.2, 0.2))
    for said in (headline.adds, headline.made_of):
        shown = said(own, (BOTH, POSTING), "flexible", 0.95, approval=False, fitted=False)
        assert shown["en"] == (
            "According to the roster nobody needs an officer's approval here, so any change comes from passing on. "
            "A piece would be read sooner; more members would read it within a week (+20, +18 to +22 percentage "
            "points)."
        )
        assert shown["id"].startswith("Menurut daftar anggota, di sini tidak ada yang perlu izin pengurus")
        assert "saja" not in shown["id"]
    only_passing = WhatIf("flexible", TEXT, TEXT, {"pass_on": {"willing": 0.5}})
    assert (
        "approval" not in headline.made_of(own, (only_passing,), "flexible", 0.95, approval=False, fitted=False)["en"]
    )


def test_where_nothing_changes_a_piece_is_read_as_soon_as_now():
    shown = said(alone=(0.0,) * 4, both=(0.0,) * 4, spread=0.0)
    assert "A piece would be read as quickly as now; about as many members as now" in shown


@pytest.mark.parametrize(
    ("alone", "both", "words"),
    [
        (0.01, 0.02, "In the what-if it does not: about as many"),
        (0.2, 0.2, "In the what-if it does not: about as many"),
        (0.01, 0.3, "In the what-if it does."),
        (0.3, 0.01, "In the what-if it does not: fewer"),
    ],
)
def test_what_theory_expects_of_passing_on_is_held_against_posting_alone(alone, both, words):
    own = results(alone=(0.5, 1, 0, alone), both=(0.5, 1, 0, both))
    further = headline.further(own, (BOTH, POSTING), "flexible", 0.95)
    assumed = Headline("flexible", 0.5, 0.1, 1.0, (), 30, further=further)
    assert words in page.say_theory(assumed)
    assert page.say_theory(assumed).endswith("that says nothing for or against the theory.")
    assert page.say_theory(replace(assumed, passing_fitted=True)).endswith(("week.", "does."))


def test_where_the_reach_of_posting_alone_is_not_known_theory_is_held_against_today():
    assert headline.further(results(both=(0.5, 1, 0, 0.3)), (BOTH,), "flexible", 0.95) == headline.MORE
    wide = results(both=(0.5, 1, 0, 0.3), spread=0.5)
    further = headline.further(wide, (BOTH,), "flexible", 0.95)
    assert "leaves that open" in page.say_theory(Headline("flexible", 0.5, 0.1, 1.0, (), 30, further=further))
