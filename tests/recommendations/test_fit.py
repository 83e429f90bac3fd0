"""What is fitted: planted chances come back, and what follows news is found where it was planted."""

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.claims import rule
from analysis.errors import InputError
from analysis.local_time import local
from analysis.recommendations import fit, predictive
from analysis.recommendations.fit import Fading, ReadingHabits
from analysis.recommendations.groups import LEAST, groups_of
from analysis.recommendations.news import EDGES, Pieces, pieces
from analysis.resample import interval

from .communities import NAMES, groups_like

BINS = EDGES.size - 1
START = pd.Timestamp("2024-01-01", tz="UTC")


def rng(seed=0):
    return np.random.default_rng(seed)


# Groups


def messages(rows):
    """rows: channel, days since the start, member, text (kind system where there is no member)."""
    frame = pd.DataFrame(rows, columns=["channel", "days", "member", "text"])
    return pd.DataFrame({
        "message_id": [f"m{k}" for k in range(len(frame))],
        "channel": frame["channel"],
        "time": START + pd.to_timedelta(frame["days"], unit="D"),
        "member": frame["member"],
        "text": frame["text"],
        "kind": np.where(frame["member"].isna(), "system", "text"),
    })  # fmt: skip


def roster(n, joined=pd.NaT):
    rows = {"member": NAMES[:n], "sector": "food", "role": "member", "joined": joined, "consent": "quotes"}
    return tables.conform(pd.DataFrame(rows), tables.Members)


def talk(n=LEAST, days=20):
    """Everybody writes once a day in `all`, at the same hour; the first two also in `few`."""
    rows = [("all", day + i / 1000, NAMES[i], "hello") for day in range(days) for i in range(n)]
    rows += [("few", day + 0.5, NAMES[day % 2], "hello") for day in range(days)]
    return sorted(rows, key=lambda row: row[1])


def test_a_group_is_who_wrote_in_it_or_was_added_to_it():
    rows = [*talk(), ("few", 3.0, None, f"{NAMES[0]} added {NAMES[5]}")]
    groups = groups_of(messages(rows), roster(LEAST))
    few = groups.member_of[groups.place("few")]
    assert few.tolist() == [True, True, *[False] * 3, True, *[False] * (LEAST - 6)]


def test_a_member_of_no_known_group_reads_in_the_largest():
    groups = groups_of(messages(talk()), roster(LEAST + 1))
    assert groups.member_of[groups.largest].all()
    assert groups.names[groups.largest] == "all"


def test_delays_to_the_next_own_message_are_those_of_the_messages():
    groups = groups_of(messages(talk()), roster(LEAST))
    delays = groups.writes[groups.place("all"), 3]
    assert delays[np.isfinite(delays)].max() <= 1.0 + 1e-6
    assert groups.written_days[groups.place("all"), 3] == 20


def test_days_on_which_a_member_wrote_begin_by_the_clock_of_the_study():
    """Six in the evening of the last day, UTC, is already the next day in Jakarta, seven hours ahead."""
    said = messages([*talk(), ("all", 19.75, NAMES[3], "good night")])
    wrote = {zone: groups_of(local(said, zone), roster(LEAST)) for zone in ("UTC", "Asia/Jakarta")}
    days = {zone: int(groups.written_days[groups.place("all"), 3]) for zone, groups in wrote.items()}
    assert days == {"UTC": 20, "Asia/Jakarta": 21}


def test_who_left_every_group_is_no_reader():
    rows = [*talk(LEAST + 1), ("all", 19.9, None, f"{NAMES[LEAST]} left"), ("all", 20.0, NAMES[0], "bye")]
    groups = groups_of(messages(rows), roster(LEAST + 1))
    assert NAMES[LEAST] not in groups.members


def test_fewer_than_ten_members_are_refused():
    with pytest.raises(InputError, match=f"members who are still there where {LEAST} are needed"):
        groups_of(messages(talk(n=LEAST - 1)), roster(LEAST - 1))


def test_where_too_many_groups_and_members_would_be_followed_it_is_said(monkeypatch):
    monkeypatch.setattr("analysis.recommendations.groups.MOST", 10)
    with pytest.raises(InputError, match=rf"groups of {LEAST} members are too many"):
        groups_of(messages(talk()), roster(LEAST))


def test_a_what_if_needs_as_many_members_as_its_claim_declares(root):
    assert rule.declared(root)["R1"]["minimum"] == {"members": LEAST}


# What follows a piece of news


def followed(rows, answers=()):
    """The pieces of messages in `rows` of which the text starts with news; answers: (later, earlier) rows."""
    frame = messages([*talk(), *rows])
    groups = groups_of(frame, roster(LEAST))
    frame = frame.set_index("message_id")
    news = frame["text"].str.startswith("news").to_numpy()
    ids = frame.index[len(talk()) :]
    drawn = pd.DataFrame(
        [(0, ids[a], ids[b], False) for a, b in answers], columns=["draw", "message_id", "reply_to", "informal"]
    )
    [found] = pieces(frame, [news], drawn, groups)
    return found


def test_an_answer_is_counted_at_its_age():
    rows = [("all", 5.0, NAMES[0], "news bread"), ("all", 5.0 + 2 / 24, NAMES[1], "thanks")]
    found = followed(rows, answers=[(1, 0)])
    assert found.answers.sum() == 1
    [at] = np.flatnonzero(found.answers[0])
    assert EDGES[at] < 2 / 24 <= EDGES[at + 1]


def test_the_same_words_in_another_group_are_a_second_post_and_in_the_same_a_repetition():
    rows = [
        ("all", 5.0, NAMES[0], "news flour at the market costs more"),
        ("few", 6.0, NAMES[1], "news flour at the market costs more"),
        ("all", 7.5, NAMES[2], "news flour at the market costs more"),
    ]
    found = followed(rows)
    assert found.second.sum(axis=1).tolist() == [1, 1, 0]
    assert found.repeated.sum(axis=1).tolist() == [1, 0, 0]
    assert found.second_age.tolist() == pytest.approx([1.0, 1.5])


def test_other_words_and_the_same_words_weeks_later_are_none():
    rows = [
        ("all", 1.0, NAMES[0], "news flour at the market costs more"),
        ("few", 2.0, NAMES[1], "news training for bakers on monday"),
        ("few", 19.0, NAMES[1], "news flour at the market costs more"),
    ]
    assert followed(rows).second.sum() == 0


def test_who_posts_the_same_in_two_groups_has_not_passed_on_what_they_read():
    rows = [
        (group, 5.0 + k / 24, NAMES[0], "news flour at the market costs more") for k, group in enumerate(("all", "few"))
    ]
    found = followed(rows)
    assert found.second.sum() == 0
    assert found.second_piece.size == 0


@pytest.mark.parametrize("days", [40, 60, 120, 365])
def test_what_is_alike_by_chance_is_no_passing_on_however_short_the_study_is(days):
    """Two groups in which the same words come back at a constant rate, whoever read them."""
    dice, left = rng(days), []
    for _ in range(20):
        at = np.sort(dice.random(days) * days)
        rows = [(dice.choice(["all", "few"]), day, NAMES[dice.integers(LEAST)], "news flour costs more") for day in at]
        found = followed(rows)
        left.append(found.second.sum() - found.by_chance[1])
    assert abs(np.mean(left)) < 3 * np.std(left) / np.sqrt(len(left)) + 1e-9


def test_where_messages_end_too_early_to_know_all_is_by_chance():
    rows = [("all", 5.0, NAMES[0], "news flour costs more"), ("few", 6.0, NAMES[1], "news flour costs more")]
    found = followed(rows)
    assert found.second.sum() == found.by_chance[1] == 1


def test_without_news_there_is_a_reason():
    with pytest.raises(InputError, match="business news"):
        followed([("all", 1.0, NAMES[0], "hello")])


# The fit


def planted(chance, ages, pieces_n=400, seed=1, group_size=20):
    """Pieces answered as the model says: silent openings twice a day."""
    groups = groups_like(np.ones((1, group_size)))
    how = ReadingHabits(np.full((1, group_size), 2.0), np.array([np.inf]))
    empty = np.zeros((pieces_n, BINS))
    blank = Pieces(
        np.arange(pieces_n) / 2, np.zeros(pieces_n, dtype=int), np.zeros(pieces_n, dtype=int), empty, empty, empty,
        np.zeros(2), np.empty(0, dtype=int), np.empty(0),
    )  # fmt: skip
    truth = fit.Fitted(Fading(chance, ages), Fading(1e-5, 1.0), 100.0, None, np.ones(group_size), 0.0, 0.0)
    seen = predictive.predicted(blank, groups, how, truth, Fading(1e-5, 1.0), rng(seed))
    return (
        groups,
        how,
        Pieces(
            *[*vars(blank).values()][:3], seen.answers, empty, empty, np.zeros(2), np.empty(0, dtype=int), np.empty(0)
        ),
    )


@pytest.mark.parametrize(("chance", "ages"), [(0.2, 0.5), (0.05, 2.0), (0.6, 0.1)])
def test_planted_chance_and_age_come_back(chance, ages):
    groups, how, found = planted(chance, ages)
    draws = [fit.fit(found, groups, how, 30, rng(seed)).answering for seed in range(200)]
    low, high = interval([draw.chance for draw in draws], 0.99)
    assert low < chance * 1.05
    assert high > chance * 0.95
    low, high = interval([draw.ages for draw in draws], 0.99)
    assert low < ages * 1.1
    assert high > ages * 0.9


def test_events_by_chance_are_taken_off():
    able, noise = np.full(BINS, 100.0), 40.0
    width = np.diff(EDGES) / EDGES[-1]
    plain = [fit.fading(noise * width, able, 0.0, rng(k)).chance for k in range(100)]
    corrected = [fit.fading(noise * width, able, noise, rng(k)).chance for k in range(100)]
    assert np.median(corrected) < np.median(plain) / 10


def test_passing_on_is_fitted_only_beyond_what_chance_explains():
    groups = groups_like(np.ones((2, 20)))
    how = ReadingHabits(np.full((2, 20), 2.0), np.full(2, np.inf))
    empty = np.zeros((400, BINS))
    second = np.zeros((400, BINS))
    second[:, 5] = 1
    rows = np.arange(400.0), np.zeros(400, dtype=int), np.zeros(400, dtype=int), empty, empty, second
    for by_chance, fitted in ((365.0, False), (250.0, True)):
        found = Pieces(*rows, np.array([0.0, by_chance]), np.empty(0, dtype=int), np.empty(0))
        assert (fit.fit(found, groups, how, 30, rng()).passing is not None) is fitted


@pytest.mark.parametrize(("events", "fitted"), [(29, False), (31, True)])
def test_passing_on_is_fitted_from_thirty_events_on(events, fitted):
    groups = groups_like(np.ones((2, 20)))
    how = ReadingHabits(np.full((2, 20), 2.0), np.full(2, np.inf))
    second = np.zeros((50, BINS))
    second[np.arange(events), 5] = 1
    empty = np.zeros((50, BINS))
    found = Pieces(
        np.arange(50.0),
        np.zeros(50, dtype=int),
        np.zeros(50, dtype=int),
        empty,
        empty,
        second,
        np.zeros(2),
        np.empty(0, dtype=int),
        np.empty(0),
    )
    assert (fit.fit(found, groups, how, 30, rng()).passing is not None) is fitted


def test_more_reading_is_expected_the_more_often_members_open_and_never_beyond_sight():
    groups = groups_like(np.ones((1, 4)))
    rare, often = (
        fit.read_by_age(groups, ReadingHabits(np.full((1, 4), rate), np.array([np.inf]))) for rate in (0.1, 5.0)
    )
    assert (often.sum(axis=2) > rare.sum(axis=2)).all()
    short = fit.read_by_age(groups, ReadingHabits(np.full((1, 4), 0.1), np.array([0.5])))
    assert short[:, :, EDGES[:-1] >= 0.5].sum() == 0
    assert often.sum(axis=2) == pytest.approx(1 - np.exp(-5 * 7))


def test_who_posts_most_is_readiest_and_nobody_is_beyond_one():
    ready = fit.readiness(np.array([0.0, 1.0, 50.0]))
    assert ready[0] < ready[1] < ready[2] <= 1
    assert ready[0] > 0


def test_half_of_the_news_is_predicted_from_the_other_half_and_a_wrong_model_is_noticed():
    groups, how, found = planted(0.3, 0.5)
    first, second = predictive.halves(found)
    draws = [fit.fit(first, groups, how, 30, rng(k)) for k in range(100)]
    passing = Fading(1e-5, 1.0)
    right = [predictive.predicted(second, groups, how, one, passing, rng(k)) for k, one in enumerate(draws)]
    seen = [predictive.followed(second)] * 100
    assert predictive.check(seen, right, 0.95)["within"].all()
    doubled = [fit.Fitted(Fading(1.0, 0.5), *[*vars(one).values()][1:]) for one in draws]
    wrong = [predictive.predicted(second, groups, how, one, passing, rng(k)) for k, one in enumerate(doubled)]
    assert not predictive.check(seen, wrong, 0.95).set_index("statistic").loc["answers", "within"]


def test_too_few_pieces_cannot_be_halved():
    _, _, found = planted(0.3, 0.5, pieces_n=predictive.LEAST - 1)
    with pytest.raises(InputError, match="are needed to predict"):
        predictive.halves(found)
