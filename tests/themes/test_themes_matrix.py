"""The thematic matrix, and what goes with what beyond chance."""

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.errors import InputError
from analysis.themes import matrix
from analysis.themes.matrix import (
    by_group,
    coded_turns,
    deviant_cases,
    groups,
    prevalence,
    shown_alone,
    shuffled_cooccurrence,
    thematic_matrix,
)

THEMES = ["trust", "time", "cost"]


def utterances(turns=((1, "MAAAA"), (2, None), (3, "MAAAA"), (4, "MBBBB"))):
    rows = [
        {"utterance_id": f"w-01-{n:03d}", "transcript": "w-01", "turn": n, "member": who,
         "role": "participant" if who else "interviewer", "start_s": None, "end_s": None,
         "text": "ya", "source": "w-01.txt", "line": n}
        for n, who in turns
    ]  # fmt: skip
    return tables.conform(pd.DataFrame(rows), tables.Utterances)


def coded(*units):
    rows = [(unit, code, 1, 1.0, "human") for unit, code in units]
    return tables.conform(pd.DataFrame(rows, columns=list(tables.Coded.columns)), tables.Coded)


def turns(per_member):
    """per_member: member -> list of sets of themes, one a turn."""
    rows = [
        {"unit_id": f"{who}-{n}", "transcript": who, "turn": n, "member": who} | {t: int(t in codes) for t in THEMES}
        for who, said in per_member.items()
        for n, codes in enumerate(said, 1)
    ]
    return pd.DataFrame(rows)


def cooccurrence(turns, themes, *, window, permutations, seed):
    """The observed table against its own null."""
    null = shuffled_cooccurrence(turns, themes, window=window, permutations=permutations, seed=seed)
    return matrix.cooccurrence(turns, null, window=window)


def test_an_interviewers_turn_is_never_evidence():
    spoken = coded_turns(utterances(), coded(("w-01-002", "trust"), ("w-01-003", "trust")), THEMES)
    assert spoken["unit_id"].tolist() == ["w-01-001", "w-01-003", "w-01-004"]
    assert thematic_matrix(spoken, THEMES).loc["MAAAA", "trust"] == 1


def test_a_code_that_is_no_theme_and_a_value_of_zero_count_for_nothing():
    table = coded(("w-01-001", "trust"), ("w-01-001", "greeting"))
    table.loc[0, "value"] = 0
    assert coded_turns(utterances(), table, THEMES)[THEMES].to_numpy().sum() == 0


def test_the_matrix_counts_turns_and_prevalence_counts_participants():
    voices = thematic_matrix(turns({"A": [{"trust"}, {"trust", "time"}], "B": [{"time"}], "C": [set()]}), THEMES)
    assert voices.loc["A"].tolist() == [2, 1, 0]
    counts = prevalence(voices, dict.fromkeys(THEMES, "helps")).set_index("theme")
    assert counts.loc["trust"].tolist() == [1, 3, 2, "helps"]
    assert counts.loc["time"].tolist() == [2, 3, 2, "helps"]
    assert counts.loc["cost", "participants"] == 0


def test_groups_hold_everyone_once_also_those_not_on_the_roster():
    voices = thematic_matrix(turns({"A": [{"trust"}], "B": [{"time"}], "C": [{"time"}]}), THEMES)
    members = pd.DataFrame({"member": ["A", "B"], "role": ["chair", None]})
    rows = by_group(voices, members, "role", least=1).set_index(["group", "theme"])
    assert rows.loc[("chair", "trust"), ["participants", "of"]].tolist() == [1, 1]
    assert rows.loc[("unknown", "time"), ["participants", "of"]].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["chair", "treasurer", "secretary", "member", "member", "member"], {"member": 3, "others": 3}),
        (["chair", "member", "member", "member"], {"others": 4}),
        (["member", "member", "member"], {"member": 3}),
        (["chair"], {"others": 1}),
    ],
)
def test_small_groups_are_joined_until_nobody_stands_alone(roles, expected):
    people = pd.Index([f"M{i}" for i in range(len(roles))])
    found = groups(people, pd.DataFrame({"member": people, "role": roles}), "role", least=3)
    assert found.value_counts().to_dict() == expected


def test_themes_that_always_go_together_are_found_and_those_that_do_not_are_not():
    said = [{"trust", "cost"}] * 4 + [{"time"}] * 6
    pairs = cooccurrence(turns({"A": said, "B": said}), THEMES, window=1, permutations=499, seed=0)
    first = pairs.iloc[0]
    assert (first["theme_a"], first["theme_b"], first["together"]) == ("trust", "cost", 8)
    assert first["p_adjusted"] < 0.01
    assert first["expected"] == pytest.approx(2 * 4 * 4 / 10, abs=0.2)
    assert (pairs["p_adjusted"][1:] == 1).all()


def test_a_talkative_participant_makes_no_connection_by_having_many_codes():
    rng = np.random.default_rng(0)
    said = {
        who: [{t for t in THEMES if rng.random() < share} for _ in range(40)]
        for who, share in zip("ABCD", (0.8, 0.1, 0.1, 0.6), strict=True)
    }
    pairs = cooccurrence(turns(said), THEMES, window=1, permutations=499, seed=0)
    assert (pairs["p_adjusted"] > 0.05).all()


def test_an_adjusted_p_is_never_below_its_own_and_equal_seeds_give_equal_tables():
    rng = np.random.default_rng(3)
    said = {who: [{t for t in THEMES if rng.random() < 0.4} for _ in range(15)] for who in "ABC"}
    first, second = (cooccurrence(turns(said), THEMES, window=1, permutations=199, seed=5) for _ in range(2))
    assert (first["p_adjusted"] >= first["p"] - 1e-12).all()
    pd.testing.assert_frame_equal(first, second)


def test_themes_within_the_window_are_close_and_those_beyond_it_are_not():
    said = [{"trust"}, set(), {"cost"}, set(), set(), set(), {"time"}]
    pairs = cooccurrence(turns({"A": said}), THEMES, window=3, permutations=9, seed=0)
    together = pairs.set_index(["theme_a", "theme_b"])["together"].to_dict()
    assert together == {("trust", "cost"): 1, ("trust", "time"): 0, ("time", "cost"): 0}


def test_no_window_reaches_into_another_interview():
    pairs = cooccurrence(turns({"A": [{"trust"}], "B": [{"cost"}]}), THEMES, window=9, permutations=9, seed=0)
    assert pairs["together"].tolist() == [0]


def test_a_null_without_draws_is_refused_and_turns_without_pairs_give_an_empty_table():
    with pytest.raises(InputError, match="0 permutations"):
        cooccurrence(turns({"A": [{"trust"}]}), THEMES, window=1, permutations=0, seed=0)
    assert cooccurrence(turns({"A": [{"trust"}]}), THEMES, window=1, permutations=9, seed=0).empty


def test_deviant_cases_name_who_lacks_a_common_theme_and_who_alone_voices_one():
    voices = thematic_matrix(turns({"A": [{"trust"}], "B": [{"trust", "cost"}], "C": [{"time"}]}), ["trust", "cost"])
    cases = deviant_cases(voices, common=0.6)
    assert cases.to_numpy().tolist() == [["trust", "C", "does not voice it"], ["cost", "B", "alone voices it"]]


def test_one_who_counts_in_sums_only_is_joined_by_those_who_voice_fewest_so_that_three_share_a_column():
    voiced = pd.DataFrame({"trust": [1, 1, 0, 2, 1], "time": [1, 0, 1, 1, 0]}, index=list("abcde"))
    assert shown_alone(voiced, set("abcde")) == list("abcde")
    assert shown_alone(voiced, set("abde")) == ["a", "d"]
    assert shown_alone(voiced, set("ab")) == ["a", "b"]
    assert shown_alone(voiced.iloc[:2], {"a"}) == []
