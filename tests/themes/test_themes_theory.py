"""Theory, triangulation, COREQ and the chat's networks: what was expected, the findings, what is missing."""

import itertools

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.codebook import Code, Codebook
from analysis.errors import InputError, Missing
from analysis.themes import coreq, step, theory, triangulation
from analysis.themes.chat import PAIRS_NEEDED, chat_network, chat_rows, settings
from analysis.themes.theory import Expectation

BOOK = Codebook((Code("talk"), Code("joke", "talk"), Code("greet", "talk"), Code("news")))


def expectation(test, value, theme="trust", chat=None):
    return Expectation(theme, "trust", "Blau 1964", "it is so", test, value, chat)


def judged(e, matrix, together=None, roles=None):
    together = (
        pd.DataFrame(columns=["theme_a", "theme_b", "together", "expected", "p"]) if together is None else together
    )
    (row,) = theory.judged((e,), matrix, together, pd.Series(roles or {}, dtype=str), 0.05).to_dict("records")
    return row["found"], row["outcome"]


def voices(*values):
    return pd.DataFrame({"trust": values}, index=[f"M{i}" for i in range(len(values))])


def messages(*rows):
    """rows: (id, member, channel, minute)."""
    table = pd.DataFrame(rows, columns=["message_id", "member", "channel", "minute"]).assign(kind="text")
    table["time"] = pd.Timestamp("2024-07-01", tz="UTC") + pd.to_timedelta(table.pop("minute"), unit="min")
    return table


def members(*people):
    return pd.DataFrame({"member": people})


def coded(*pairs):
    return pd.DataFrame([(unit, code, 1) for unit, code in pairs], columns=["unit_id", "code", "value"])


def test_the_expectations_that_ship_name_codes_of_the_codebook_and_measures_of_the_chat(root):
    from analysis.codebook import load

    names = load(root / "src/analysis/simulate/codebook.yaml").names
    for e in theory.load():
        assert e.theme in names
        assert e.chat is None or e.chat[0] in ("messages", *names)
        assert e.test != "together_with" or e.value in names


def test_a_share_of_voices_is_compared_with_what_is_expected():
    assert judged(expectation("voiced_by", 0.5), voices(1, 2, 0, 0)) == ("2 of 4 voice it", "as expected")
    assert judged(expectation("voiced_by", 0.6), voices(1, 2, 0, 0))[1] == "otherwise"


@pytest.mark.parametrize(
    ("times", "by_chance", "p", "outcome"),
    [(6, 3.0, 0.01, "as expected"), (6, 3.0, 0.2, "that way, within chance"), (3, 3.0, 0.6, "otherwise")],
)
def test_company_beyond_chance_is_as_expected_and_within_chance_is_said_to_be(times, by_chance, p, outcome):
    pair = pd.DataFrame([{"theme_a": "cost", "theme_b": "trust", "together": times, "expected": by_chance, "p": p}])
    assert judged(expectation("together_with", "cost"), voices(1), pair)[1] == outcome


def test_what_does_not_occur_has_no_outcome():
    assert judged(expectation("together_with", "cost"), voices(1))[1] == "not assessable"
    assert (
        judged(expectation("more_among", "member"), voices(1, 0), roles={"M0": "member", "M1": "member"})[1]
        == "not assessable"
    )


def test_roles_are_compared_by_the_share_of_those_who_voice_it():
    roles = {f"M{i}": "member" if i < 5 else "committee" for i in range(10)}
    row = judged(expectation("more_among", "member"), voices(1, *[0] * 9), roles=roles)
    assert row == ("1 of 5 with the role member, 0 of 5 others", "as expected")


def test_a_role_with_fewer_than_five_participants_is_not_compared():
    roles = {f"M{i}": "member" if i < 5 else "chair" for i in range(9)}
    row = judged(expectation("more_among", "member"), voices(1, *[0] * 8), roles=roles)
    assert row == ("fewer than 5 participants with the role member, or with another one", "not assessable")


def test_a_theme_that_nothing_is_expected_of_is_kept_with_empty_words():
    rows = theory.judged((), voices(1), pd.DataFrame(), pd.Series(dtype=str), 0.05)
    assert rows[["theme", "construct", "outcome"]].to_numpy().tolist() == [["trust", "", "not assessable"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"luck": 1}, "unknown: luck"),
        ({"test": {"seen": 1}}, "test must be one of"),
        ({"chat": {"measure": "messages", "direction": "up"}}, "more or less"),
        ({"drop": "reference"}, "missing or unknown: reference"),
    ],
)
def test_a_faulty_expectation_is_refused_in_words(tmp_path, change, words):
    entry = {"theme": "trust", "construct": "c", "reference": "r", "expect": "x", "test": {"voiced_by": 0.5}} | change
    entry.pop(entry.pop("drop", ""), None)
    path = tmp_path / "theory.yaml"
    path.write_text(yaml.safe_dump({"themes": [entry]}))
    with pytest.raises(InputError, match=words):
        theory.load(path)


def test_only_the_theme_that_is_listed_more_than_once_is_named(tmp_path):
    entry = {"construct": "c", "reference": "r", "expect": "x", "test": {"voiced_by": 0.5}}
    path = tmp_path / "theory.yaml"
    path.write_text(yaml.safe_dump({"themes": [entry | {"theme": name} for name in ("trust", "time", "trust")]}))
    with pytest.raises(InputError, match=r"more than once: trust$"):
        theory.load(path)


def test_measures_count_texts_and_a_code_above_others_once_a_text():
    said = messages(("1", "MA", "x", 0), ("2", "MA", "x", 1), ("3", "MB", "x", 2))
    measures = triangulation.chat_measures(
        said, coded(("1", "joke"), ("1", "greet"), ("3", "news")), BOOK, members("MA", "MB", "MC")
    )
    assert measures["messages"].tolist() == [2, 1, 0]
    assert measures.loc["MA", ["talk", "joke", "news"]].tolist() == [0.5, 0.5, 0]
    assert measures.loc["MC"].isna().sum() == 4


def test_who_was_only_interviewed_has_no_place_among_the_members():
    said = messages(*((str(k), member, "x", k) for k, member in enumerate(["MA", "MA", "MB", "MC", "MD"])))
    measures = triangulation.chat_measures(said, coded(("0", "news")), BOOK, members("MA", "MB", "MC", "MD", "PX"))
    codings = pd.DataFrame({"unit_id": ["u", "v"], "coder": "A", "memo": "Self-report: often"})
    turns = pd.DataFrame({"unit_id": ["u", "v"], "member": ["MA", "PX"]})
    reports = triangulation.self_reports(codings, turns, measures, "news")
    assert reports[["member", "rank", "of", "outcome"]].to_numpy().tolist() == [["MA", 1, 4, "agrees"]]


def test_superiority_counts_ties_as_half():
    assert triangulation.superiority([2, 1], [1, 0]) == pytest.approx(3.5 / 4)


def test_how_often_chance_alone_makes_a_difference_is_that_of_all_orders_of_the_values():
    for n, m in ((3, 4), (4, 4), (2, 6)):
        orders = list(itertools.combinations(range(n + m), n))
        values = [triangulation.superiority(own, sorted({*range(n + m)} - {*own})) for own in orders]
        apart = sum(abs(value - 0.5) >= triangulation.SMALL for value in values)
        assert triangulation.differing_by_chance(n, m) == pytest.approx(apart / len(orders))


@pytest.mark.parametrize(("direction", "outcome"), [("more", "agrees"), ("less", "disagrees")])
def test_word_and_deed_agree_when_those_who_voice_it_show_it(direction, outcome):
    measures = pd.DataFrame({"messages": [9, 8, 7, 1, 2, 3]}, index=[f"M{i}" for i in range(6)])
    e = expectation("voiced_by", 0.5, chat=("messages", direction))
    (row,) = triangulation.word_and_deed([e], voices(1, 1, 1, 0, 0, 0), measures).to_dict("records")
    assert (row["outcome"], row["superiority"]) == (outcome, 1)


def test_what_two_voices_do_in_the_chat_is_not_revealed():
    measures = pd.DataFrame({"messages": [9, 8, 1, 2, 3]}, index=[f"M{i}" for i in range(5)])
    e = expectation("voiced_by", 0.5, chat=("messages", "more"))
    (row,) = triangulation.word_and_deed([e], voices(1, 1, 0, 0, 0), measures).to_dict("records")
    assert row["outcome"] == "not assessable"
    assert np.isnan([row["voicing"], row["others"], row["superiority"]]).all()


@pytest.mark.parametrize(
    ("says", "shared", "outcome"),
    [
        ("often", 9, "agrees"),
        ("often", 0, "disagrees"),
        ("never", 0, "agrees"),
        ("seldom", 9, "disagrees"),
        ("sometimes", 2, "agrees"),
    ],
)
def test_what_someone_says_of_their_sharing_is_compared_with_the_counts(says, shared, outcome):
    counts = np.array([shared, 3, 3, 1, 0, 0, 0, 0])
    measures = pd.DataFrame({"messages": 10, "news": counts / 10}, index=[f"M{i}" for i in range(8)])
    codings = pd.DataFrame({"unit_id": ["u"], "coder": ["A"], "memo": [f"Self-report: {says}, he says"]})
    turns = pd.DataFrame({"unit_id": ["u"], "member": ["M0"]})
    (row,) = triangulation.self_reports(codings, turns, measures, "news").to_dict("records")
    assert (row["says"], row["shared"], row["outcome"]) == (says, shared, outcome)


def test_without_a_coders_note_there_is_no_self_report():
    codings = pd.DataFrame({"unit_id": ["u"], "coder": ["A"], "memo": pd.Series([None], dtype=str)})
    turns = pd.DataFrame({"unit_id": ["u"], "member": ["M0"]})
    measures = pd.DataFrame({"messages": [1], "news": [0.0]}, index=["M0"])
    assert triangulation.self_reports(codings, turns, measures, "news").empty


def test_coreq_has_thirty_two_items_each_asked_or_computed():
    items = coreq.load_items()
    assert items["number"].tolist() == list(range(1, 33))
    assert items[["stated", "computed"]].notna().any(axis=1).all()


def test_what_nobody_stated_is_shown_as_missing(tmp_path):
    items = coreq.load_items()
    (tmp_path / "study.yaml").write_text("coreq: {sampling: purposive, setting: null}\n")
    given = coreq.stated(tmp_path / "study.yaml", items)
    filled = coreq.fill(items, given, {"sample_size": "12 participants"}).set_index("item")
    assert filled.loc["how participants were selected", ["answer", "source"]].tolist() == ["purposive", "stated"]
    assert filled.loc["sample size", "source"] == "computed"
    assert filled.loc["where the data were collected", ["answer", "source"]].tolist() == ["not stated", "missing"]
    assert coreq.stated(tmp_path / "none.yaml", items) == {}


def test_a_coreq_key_that_no_item_asks_for_is_refused(tmp_path):
    (tmp_path / "study.yaml").write_text("coreq: {sampel: purposive}\n")
    with pytest.raises(InputError, match="sampel"):
        coreq.stated(tmp_path / "study.yaml", coreq.load_items())


def test_the_study_that_ships_states_only_what_coreq_asks(root):
    coreq.stated(root / "study.yaml", coreq.load_items())


def test_a_chats_setting_follows_from_its_name_and_is_never_both():
    names = pd.Series(["kopdar-x", "pengurus", "umum"])
    assert settings(names, "kopdar", "pengurus").fillna("").tolist() == ["informal", "committee", ""]
    with pytest.raises(InputError, match="both informal"):
        settings(pd.Series(["kopdar-pengurus"]), "kopdar", "pengurus")


def test_why_chats_are_not_compared_says_which_parameter_asks_for_what():
    names = pd.Series(["arisan", "umum", "arisan"])
    asked = "no chat has 'kopdar' (themes.informal) or 'pengurus' (themes.committee) in its name: arisan and umum"
    assert settings(names, "kopdar", "pengurus") == Missing(asked)
    ungiven = "params.yaml gives no word by which the committee’s chats (themes.committee) are known"
    assert settings(names, "arisan", "") == Missing(ungiven)


def test_a_long_silence_and_another_chat_end_a_conversation():
    said = messages(
        ("1", "MA", "kopdar", 0), ("2", "MA", "kopdar", 10), ("3", "MB", "kopdar", 200), ("4", "MB", "pengurus", 201)
    )
    rows = chat_rows(
        said, coded(("1", "joke"), ("4", "news")), BOOK, settings(said["channel"], "kopdar", "pengurus"), 60
    )
    assert rows["conversation"].tolist() == ["1", "1", "3", "4"]
    assert rows[["talk", "news"]].to_numpy().tolist() == [[1, 0], [0, 0], [0, 0], [0, 1]]


def rows_of(members, texts, rng):
    """Informal texts are talk and a joke together, the committee's news and talk in turns."""
    rows = []
    for setting, people in members.items():
        for who in people:
            for n in range(texts):
                codes = {
                    "talk": int(rng.random() < 0.7),
                    "news": int(rng.random() < 0.4),
                    "joke": int((setting == "informal") and rng.random() < 0.8),
                }
                rows.append(
                    {"member": who, "setting": setting, "channel": setting, "conversation": f"{who}{n // 5}"} | codes
                )
    return pd.DataFrame(rows)


def test_with_enough_members_in_both_settings_they_are_compared_with_themselves():
    both = [f"M{i}" for i in range(PAIRS_NEEDED)]
    rows = rows_of({"informal": [*both, "MX"], "committee": both}, 20, np.random.default_rng(0))
    chats = chat_network(rows, window=3, least=5)
    assert chats.paired
    assert chats.member.nunique() == PAIRS_NEEDED
    assert not any(unit.startswith("MX") for unit in chats.network.points.index)
    assert step.compare_settings(chats, permutations=999, seed=0).p < 0.05


def test_with_few_members_in_both_settings_all_are_compared_and_it_is_said():
    rows = rows_of(
        {"informal": ["MA", "MB", "MC", "MD"], "committee": ["MA", "ME", "MF"]}, 20, np.random.default_rng(0)
    )
    chats = chat_network(rows, window=3, least=5)
    assert not chats.paired
    compared = step.compare_settings(chats, permutations=19, seed=0)
    assert (compared.first, compared.second, chats.member.nunique()) == (3, 4, 6)


def test_a_setting_with_one_writer_is_not_compared():
    rows = rows_of({"informal": ["MA", "MB"], "committee": ["MA"]}, 20, np.random.default_rng(0))
    with pytest.raises(InputError, match="by 1 member and in informal ones by 2"):
        chat_network(rows, window=3, least=5)


def test_chats_that_nobody_coded_are_not_compared_and_the_reason_is_for_readers():
    rows = rows_of({"informal": ["MA", "MB"], "committee": ["MA", "MB"]}, 20, np.random.default_rng(0))
    uncoded = rows.assign(talk=0, news=0, joke=0)
    with pytest.raises(InputError, match=r"^no code that any message has is known for all of them$"):
        chat_network(uncoded, window=3, least=5)
