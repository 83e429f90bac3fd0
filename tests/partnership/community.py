"""A small community whose friends talk informally, with certain replies and codes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import tables
from analysis.errors import Missing
from analysis.network.ties import exchange
from analysis.partnership import page, step
from analysis.partnership.talk import Talk

PARAMS = step.Params(
    informal=["informal_interaction"], business=["information_sharing"], gap_s=300, hours=3, window_days=30,
    wave_days=30, splits=[0.4, 0.6], draws=2, permutations=199, shuffles=199, confidence=0.95, seed=1,
)  # fmt: skip
START = pd.Timestamp("2024-01-01", tz="UTC")
DAYS = 240


def name(number):
    return "M" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(number // 32**k) % 32] for k in range(4))


def community(seed=0, people=18, *, partners_from="informal", later_from=None):
    """Messages with certain replies and codes: everyone answers whoever wrote last, friends answer each other more.

    partners_from: what makes partners (informal talk, activity, or None for nobody). later_from: "informal" makes
    friends talk business with each other in the second half.
    """
    rng = np.random.default_rng(seed)
    friends = np.triu(rng.random((people, people)) < 0.15, 1)
    friends |= friends.T
    rate = rng.gamma(2, 1, size=people)
    rows, last, minute = [], None, 0.0
    for number in range(4200):
        minute += rng.exponential(DAYS * 1440 / 4200)
        who = int(rng.choice(people, p=rate / rate.sum()))
        informal = rng.random() < 0.5
        parent = None
        if last is not None and rng.random() < 0.9:
            bond = informal or (later_from == "informal" and minute > DAYS * 720)
            if bond and friends[last].any() and rng.random() < 0.6:
                who = int(rng.choice(np.flatnonzero(friends[last])))
            parent = number - 1 if who != last else None
        rows.append((number, minute, who, informal, parent))
        last = who
    messages, coded, replies = as_tables(rows)
    members = pd.DataFrame(
        {"member": [name(i) for i in range(people)], "sector": "food", "role": None, "joined": pd.NaT}
    )
    members = tables.conform(members.assign(consent="quotes"), tables.Members)
    return messages, members, declared(rng, friends, rate, partners_from), coded, replies


def as_tables(rows):
    ids = [f"umkm-{number}" for number, *_ in rows]
    messages = pd.DataFrame({"message_id": ids, "channel": "umkm", "text": "", "kind": "text", "edited": False})
    messages["time"] = START + pd.to_timedelta([minute for _, minute, *_ in rows], unit="min").round("s")
    messages["member"] = [name(who) for *_, who, _, _ in rows]
    messages = messages.assign(reply_to=None, source="chat.txt", line=np.arange(1, len(rows) + 1))
    informal = [float(each) for *_, each, _ in rows]
    coded = pd.concat(
        [
            pd.DataFrame({"unit_id": ids, "code": "informal_interaction", "probability": informal}),
            pd.DataFrame({"unit_id": ids, "code": "information_sharing", "probability": [1 - p for p in informal]}),
        ]
    ).assign(value=lambda t: t["probability"].astype(int), origin="human")
    parents = [None if parent is None else f"umkm-{parent}" for *_, parent in rows]
    replies = pd.DataFrame({"message_id": ids, "reply_to": parents, "probability": 1.0})
    return (
        tables.conform(messages[list(tables.Messages.columns)], tables.Messages),
        tables.conform(coded[list(tables.Coded.columns)], tables.Coded),
        tables.conform(replies, tables.Replies),
    )


def declared(rng, friends, rate, partners_from):
    people = len(friends)
    if partners_from is None:
        return tables.empty(tables.Partnerships)
    odds = {"informal": friends * 6.0, "activity": 2 * np.log(np.outer(rate, rate))}[partners_from]
    chosen = np.triu(rng.random(friends.shape) < 1 / (1 + np.exp(3.5 - odds)), 1)
    a, b = np.nonzero(chosen)
    since = START + pd.to_timedelta(rng.uniform(70, DAYS - 5, size=a.size).round(), unit="D")
    frame = pd.DataFrame({"member_a": [name(i) for i in a], "member_b": [name(i) for i in b], "since": since})
    assert people
    return tables.conform(frame.assign(kind=None), tables.Partnerships)


def assess(messages, members, partnerships, coded, replies, params=PARAMS, held_out=None):
    return step.assess(step.Data(messages, members, partnerships, coded, replies, held_out), params)


def held_out(coded, units=300, seed=0):
    """Codes by coders of some units that a classifier coded with this probability, wrong in one of five."""
    part = coded[coded["unit_id"].isin(coded["unit_id"].unique()[:units])]
    truth = part["value"] ^ (np.random.default_rng(seed).random(len(part)) < 0.2)
    frame = part[["unit_id", "code"]].assign(value=truth.astype(int), probability=0.1 + 0.8 * part["value"])
    alone = {"readers": 2, "share": frame["value"].astype(float), "decided": False, "weight": 1.0}
    return frame.assign(conversation=frame["unit_id"].str.slice(0, 6), **alone)


def talk_of(messages, coded, replies, members=None):
    """Exchange by kind of talk; among these members, or all who write."""
    everyone = None if members is None else pd.Index(members["member"])
    return Talk.of(exchange(messages, replies, everyone), coded, PARAMS.informal, PARAMS.business)


WAYS = ("placebo", "difference", "reciprocal", "choices")


def others_of(result):
    """C1's other ways of asking, as its numbers have them."""
    if isinstance(result.c1, Missing):
        return dict.fromkeys(WAYS, result.c1)
    without = {name: Missing(reason) for name, reason in result.c1.get("without", {}).items()}
    return {name: result.c1[name] for name in WAYS if name not in without} | without


def assert_whole_page(result, members):
    partners, groups = (result.frames[name] for name in ("partners", "groups"))
    shown = step.shown(partners, members)
    others = others_of(result)
    drawn = {
        page.groups_figure: groups,
        page.strengthening_figure: result.tests["C1"],
        page.curves_figure: result.frames["curves"],
    }  # fmt: skip
    assert all(isinstance(shows, Missing) or draw(shows).alt for draw, shows in drawn.items())
    nulls = page.nulls_figure(*(result.tests[name] for name in ("C2", "C2 timing", "C2 beyond")), result.senders)
    assert isinstance(nulls, Missing) or "null draws reach" in nulls.alt
    said = (
        page.say_partners(partners, shown),
        page.say_ways(result.c1, others),
        page.say_placebo(others["placebo"]),
    )  # fmt: skip
    assert all(each.reason if isinstance(each, Missing) else each.endswith(".") for each in said)
    assert page.answer(result.c1, result.c2).endswith(".")
    page.partners_frame(shown)
    page.ends_frame(result.c2)
    page.tests_frame(result.c2)
    page.other_ways_frame(others, result.tests["C1 difference"])
    page.forms_frame(result.frames["forms"])
    assert all(passed for *_, passed in page.page_checks(result.c1, result.c2, partners, shown))
