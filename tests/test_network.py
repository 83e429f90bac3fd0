"""The step `network` as a whole, and the methods that turn messages into ties."""

from __future__ import annotations

import dataclasses

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from analysis import study, tables
from analysis.errors import InputError
from analysis.network import nulls, page, step, structure
from analysis.network import sociogram as community_map
from analysis.network.replies.infer import infer_replies
from analysis.network.ties import exchange, linked_turns, matrix_of, sampled, ties, weights

ANA, BEN, CUT, DED = "MAAAA", "MBBBB", "MCCCC", "MDDDD"
PARAMS = step.Params(
    informal=["informal_interaction"], business=["partnership"], gap_s=300, least=1, hours=3, draws=20, slow_draws=8,
    windows=[12, 4, 2], engine="networkx", confidence=0.95, seed=1,
)  # fmt: skip


SENTENCES = (
    page.answer,
    page.say_sureness,
    page.say_hidden,
    page.say_structure,
    page.say_members,
    page.say_groups,
    page.say_periods,
    community_map.say_sociogram,
    community_map.say_layers,
)
FIGURES = (
    page.sureness_figure,
    page.structure_figure,
    page.members_figure,
    page.triads_figure,
    page.periods_figure,
    community_map.sociogram,
    community_map.layers_figure,
)


def chat(*lines, channel="umkm"):
    """Messages from (minute, member, text) or (minute, member, text, explicit reply to line number)."""
    rows = []
    for number, (minute, member, text, *reply) in enumerate(lines):
        time = pd.Timestamp("2024-07-24 09:00", tz="UTC") + pd.Timedelta(minutes=minute)
        reply_to = f"{channel}-{reply[0]}" if reply else None
        kind = "text" if member else "system"
        rows.append((f"{channel}-{number}", channel, time, member, text, kind, False, reply_to, "chat.txt", number + 1))
    return tables.conform(pd.DataFrame(rows, columns=list(tables.Messages.columns)), tables.Messages)


def certain(*pairs, channel="umkm"):
    rows = [(f"{channel}-{later}", f"{channel}-{earlier}", p) for later, earlier, p in pairs]
    return pd.DataFrame(rows, columns=["message_id", "reply_to", "probability"])


def lively(days=6, seed=0):
    """Four members who write in two chats by day and night, explicit replies among them."""
    rng = np.random.default_rng(seed)
    chats = []
    for channel in ("umkm", "pengurus"):
        lines = []
        for day in range(days):
            for minute in np.sort(rng.integers(0, 600, size=30)):
                who = [ANA, BEN, CUT, DED][rng.choice(4, p=[0.5, 0.3, 0.15, 0.05])]
                back = [int(len(lines) - 1)] if lines and rng.random() < 0.4 else []
                lines.append((1440 * day + int(minute), who, "halo", *back))
        chats.append(chat(*lines, channel=channel))
    return pd.concat(chats, ignore_index=True)


def coded_by_turns(messages):
    """Every second message informal, the others business."""
    written = messages.loc[messages["member"].notna(), "message_id"].reset_index(drop=True)
    code = np.where(written.index % 2 == 0, "informal_interaction", "partnership")
    coded = pd.DataFrame({"unit_id": written, "code": code, "value": 1, "probability": 0.9, "origin": "model"})
    return coded if len(coded) else tables.empty(tables.Coded)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def folder(tmp_path):
    """A study's folder with these messages and members ingested."""

    def make(messages, members=(ANA, BEN, CUT, DED)):
        paths = study.Paths(tmp_path)
        roster = pd.DataFrame({"member": list(members), "sector": None, "role": None, "joined": pd.NaT})
        tables.write(messages, paths.processed("ingest") / "messages.parquet", tables.Messages)
        tables.write(roster.assign(consent="quotes"), paths.processed("ingest") / "members.parquet", tables.Members)
        tables.write(coded_by_turns(messages), paths.processed("coding") / "coded.parquet", tables.Coded)
        return paths

    return make


# Turns and ties


def test_messages_in_a_row_are_one_turn_until_another_writes_or_silence_falls():
    messages = chat((0, ANA, "a"), (1, ANA, "b"), (2, BEN, "c"), (3, ANA, "d"), (20, ANA, "e"), (21, None, "left"))
    turns = exchange(messages, certain()).turns
    assert turns["messages"].tolist() == [2, 1, 1, 1]


def test_a_burst_of_answers_counts_once():
    messages = chat((0, ANA, "?"), (1, BEN, "a"), (1, BEN, "b"), (1, BEN, "c"))
    once = exchange(messages, certain((1, 0, 1.0), (2, 0, 1.0), (3, 0, 1.0)))
    assert weights(once, linked_turns(once.links)).sum() == 1


def test_ties_run_from_who_answers_to_who_is_answered():
    messages = chat((0, ANA, "?"), (1, BEN, "a"))
    both = exchange(messages, certain((1, 0, 0.7)))
    matrix = pd.DataFrame(weights(both, linked_turns(both.links)), index=both.members, columns=both.members)
    assert matrix.loc[BEN, ANA] == pytest.approx(0.7)
    assert matrix.loc[ANA, BEN] == 0


def test_expected_ties_are_the_mean_of_sampled_reply_graphs():
    messages = chat((0, ANA, "?"), (1, BEN, "?"), (2, CUT, "a"), (2, CUT, "b"), (3, ANA, "c"))
    turns = exchange(messages, certain((2, 0, 0.5), (2, 1, 0.2), (3, 0, 0.3), (4, 1, 0.6)))
    share = pd.Series({"umkm-2": 0.5, "umkm-3": 1.0, "umkm-4": 0.25})
    expected = weights(turns, linked_turns(turns.links, share))
    member, total = turns.turns["member"].to_numpy(), np.zeros_like(expected)
    for later, earlier in sampled(turns.links, 4000, np.random.default_rng(1), share):
        np.add.at(total, (member[later], member[earlier]), 1)
    assert total / 4000 == pytest.approx(expected, abs=0.03)


def test_a_tie_that_is_certain_has_no_width_and_an_uncertain_one_has():
    messages = chat((0, ANA, "?"), (1, BEN, "a"), (2, CUT, "b"))
    turns = exchange(messages, certain((1, 0, 1.0), (2, 0, 0.5)))
    layer = ties(turns, "reply", rng=np.random.default_rng(1)).set_index("source")
    assert (layer.loc[BEN, "low"], layer.loc[BEN, "high"]) == (1, 1)
    assert (layer.loc[CUT, "low"], layer.loc[CUT, "high"]) == (0, 1)
    assert matrix_of(layer.reset_index(), turns.members).sum() == pytest.approx(1.5)


def test_silent_members_stay_in():
    turns = exchange(chat((0, ANA, "a")), certain(), pd.Index([ANA, BEN]))
    assert turns.n == 2


def test_a_reply_from_an_unknown_message_is_refused():
    with pytest.raises(InputError, match="umkm-9"):
        exchange(chat((0, ANA, "a")), certain((9, 0, 1.0)))


# Null models


@pytest.fixture(scope="module")
def busy():
    messages = lively()
    return exchange(messages, infer_replies(messages))


def test_the_sender_shuffle_keeps_each_members_turns_in_each_block(busy):
    blocks = nulls.hour_blocks(busy, 3)
    member = busy.turns["member"].to_numpy()
    place = next(nulls.keeping_who_writes_when(blocks, 1, np.random.default_rng(1)))
    before = pd.crosstab(blocks, member)
    pd.testing.assert_frame_equal(before, pd.crosstab(blocks, member[place]))
    assert (member != member[place]).any()


def test_swaps_leave_hardly_a_self_link_and_keeps_each_members_turns(busy):
    member, blocks, rng = busy.turns["member"].to_numpy(), nulls.chat_blocks(busy), np.random.default_rng(1)
    later, earlier = next(iter(sampled(busy.links, 1, rng)))
    between = member[later] != member[earlier]
    later, earlier = later[between], earlier[between]
    shuffled = member[next(nulls.keeping_who_writes_when(blocks, 1, rng))]
    moved = nulls.without_self_links(shuffled, later, earlier, blocks, rng)
    assert np.mean(moved[later] == moved[earlier]) < 0.1 < np.mean(shuffled[later] == shuffled[earlier])
    pd.testing.assert_frame_equal(pd.crosstab(blocks, member), pd.crosstab(blocks, moved))


@pytest.mark.parametrize("blocks_of", [nulls.chat_blocks, lambda turns: nulls.hour_blocks(turns, 3)])
def test_expected_ties_are_the_mean_of_weighted_shuffles(busy, blocks_of):
    blocks, linked = blocks_of(busy), linked_turns(busy.links)
    member = busy.turns["member"].to_numpy()
    later, earlier, p = (linked[column].to_numpy() for column in ("later", "earlier", "probability"))
    p = np.where(member[later] == member[earlier], 0, p) / nulls.chance_of_tie(busy, later, earlier, blocks)
    total = np.zeros((busy.n, busy.n))
    for place in nulls.keeping_who_writes_when(blocks, 2000, np.random.default_rng(2)):
        moved = member[place]
        np.add.at(total, (moved[later], moved[earlier]), p)
    np.fill_diagonal(total, 0)
    expected = nulls.expected_stages(busy, linked, blocks, np.zeros(len(linked), dtype=np.intp), 1)[0]
    assert total / 2000 == pytest.approx(expected, rel=0.05, abs=0.2)
    assert expected.sum() == pytest.approx(weights(busy, linked).sum())


def test_rewiring_keeps_how_often_each_answers_and_is_answered():
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, 8, size=(2, 300))
    keep = source != target
    source, target = source[keep], target[keep]
    dealt = next(nulls.keeping_strength(source, target, 1, rng))
    assert np.bincount(dealt).tolist() == np.bincount(target).tolist()
    assert (source != dealt).all()


# The step


def test_the_step_writes_tables_that_fit_their_schemas(folder):
    messages = lively()
    paths = folder(messages)
    result = step.run(PARAMS, paths)
    replies = tables.read(paths.processed("network") / "replies.parquet", tables.Replies)
    assert replies.groupby("message_id")["probability"].sum().to_numpy() == pytest.approx(1)
    assert set(replies["message_id"]) == set(messages["message_id"])
    layer = tables.read(paths.processed("network") / "ties.parquet", tables.Ties)
    assert (layer["low"] <= layer["high"]).all()
    assert layer["weight"].sum() == pytest.approx(result.metrics["expected_replies"], rel=1e-3)
    assert study.read_metrics(paths, "network")["status"] == "ok"
    assert all(passed for _, _, passed in page.page_checks(result))


def test_explicit_replies_are_hidden_and_scored_and_where_there_are_none_it_is_said(folder):
    marked = lively()
    found = step.run(PARAMS, folder(marked)).metrics["hidden"]
    assert found["messages"] == marked["reply_to"].notna().sum()
    assert 0 < found["right"] < 1
    bare = step.run(PARAMS, folder(marked.assign(reply_to=None).astype({"reply_to": "str"})))
    assert bare.metrics["hidden"]["status"] == "missing"
    assert "cannot be told" in page.say_hidden(bare)


def test_the_same_study_gives_the_same_numbers(folder):
    paths = folder(lively())
    first = step.run(PARAMS, paths)
    again = step.run(PARAMS, paths)
    pd.testing.assert_frame_equal(first.structure, again.structure)
    pd.testing.assert_frame_equal(first.ties, again.ties)


def test_members_who_return_every_answer_stand_out_from_the_null():
    """Two pairs who answer each other only, at the same hours: reciprocity far above shuffled senders."""
    lines = []
    for exchange_no in range(120):
        pair = ((ANA, BEN), (CUT, DED))[exchange_no % 2]
        first = len(lines)
        lines += [
            (7 * exchange_no, pair[0], "?"),
            (7 * exchange_no + 1, pair[1], "!", first),
            (7 * exchange_no + 2, pair[0], "ok", first + 1),
        ]
    messages = chat(*lines)
    turns = exchange(messages, infer_replies(messages))
    table = measured(turns)[0]
    density = table[table["measure"] == "density"].set_index("of")
    assert density.loc[structure.OBSERVED, "value"] < density.loc[structure.BY_HOURS, "low"]


def measured(turns, draws=30, slow_draws=5):
    division = np.zeros(turns.n, dtype=np.int64)
    rng = np.random.default_rng(1)
    whole, scores = structure.measured(turns, division, hours=3, least=1, draws=draws, slow_draws=slow_draws, rng=rng)
    return structure.summary(whole, 0.95), structure.scores_summary(scores, 0.95)


def test_every_measure_has_an_interval_and_each_null_model_beside_it(busy):
    whole, scores = measured(busy)
    for table in (whole, scores):
        kinds = table.groupby("measure")["of"].agg(set)
        assert all(of == {structure.OBSERVED, *structure.NULLS} for of in kinds)
        known = table.dropna()
        assert ((known["low"] <= known["high"]) & known["value"].between(known["low"] - 1, known["high"] + 1)).all()
    assert {"betweenness_centralization", "modularity", "core_fit", "triad_300"} <= set(whole["measure"])
    assert set(page.SCORES) == set(scores["measure"])
    assert set(scores["member"]) == set(busy.members)


def test_certain_replies_have_no_width_in_what_is_observed_and_nulls_have():
    messages = lively()
    back = messages["message_id"].shift(1).where(messages["channel"] == messages["channel"].shift(1))
    replies = pd.DataFrame({"message_id": messages["message_id"], "reply_to": back, "probability": 1.0})
    _, scores = measured(exchange(messages, replies))
    width = (scores["high"] - scores["low"]).groupby([scores["of"], scores["measure"]]).max()
    assert width[structure.OBSERVED].drop("core").max() == 0
    assert width[structure.BY_COUNT]["in_strength"] > 0


def test_the_activity_null_keeps_how_often_each_answers_and_is_answered(busy):
    drawn = next(structure.graphs(busy, 3, 1, np.random.default_rng(0)))
    source, target = drawn[structure.OBSERVED]
    moved_source, moved_target = drawn[structure.BY_ACTIVITY]
    assert np.bincount(source).tolist() == np.bincount(moved_source).tolist()
    assert np.bincount(target).tolist() == np.bincount(moved_target).tolist()
    assert (target != moved_target).any()


def test_no_null_model_lets_members_answer_themselves_more_than_can_be_helped(busy):
    for drawn in structure.graphs(busy, 3, 5, np.random.default_rng(0)):
        for of, (source, target) in drawn.items():
            assert np.mean(source == target) < 0.1, of


def test_density_over_time_is_among_those_who_were_members_then():
    messages = pd.concat([lively(days=40), chat((1, None, f"{CUT} keluar"), channel="bazar")])
    turns = exchange(messages, infer_replies(messages), pd.Index(["MEEEE"]))
    first = pd.Timestamp("2024-07-24", tz="UTC")
    joined = pd.Series({"MEEEE": first + pd.Timedelta(days=35)})
    rows = step.periods(turns, messages, joined, PARAMS, np.random.default_rng(0)).query("windows == 4")
    counts = rows.pivot_table(index="start", columns="measure", values="value")
    assert counts["present"].iloc[0] == 4
    assert counts["present"].iloc[-1] == 5
    assert counts["active"].iloc[-1] == 4
    assert counts["came"].iloc[-1] == 1
    assert counts["density"].iloc[0] == pytest.approx(1)


def test_a_windows_length_is_varied_and_longer_ones_hold_more_ties(folder):
    result = step.run(PARAMS, folder(lively(days=40)))
    density = result.periods[result.periods["measure"] == "density"].groupby("windows")["value"].agg(["size", "mean"])
    assert density["size"].tolist() == [4, 10, 34]  # of 2, 4 and 12 that make up the whole, each placed three times
    assert density["mean"].is_monotonic_decreasing
    said = page.say_periods(result)
    assert said.index("3 days") < said.index("10 days") < said.index("20 days")


def test_a_length_that_is_no_part_of_the_time_is_refused(folder):
    with pytest.raises(InputError, match=r"network.windows: \[4, 0\]"):
        step.run(dataclasses.replace(PARAMS, windows=[4, 0]), folder(lively()))


@pytest.mark.parametrize("messages", [chat(), chat((0, None, "group made")), chat((0, ANA, "halo"))])
def test_next_to_no_messages_is_told_and_nothing_crashes(folder, messages):
    result = step.run(PARAMS, folder(messages, members=[ANA] if len(messages) else []))
    expected = "ok" if (messages["member"].notna()).any() else "missing"
    assert result.metrics["status"] == expected
    for said in SENTENCES:
        assert said(result).endswith(".")
    for drawn in FIGURES:
        assert drawn(result).alt
    page.folded_tables(result)
    community_map.interactive(result, "Simulated.")


def test_every_figure_and_sentence_of_the_page_is_made(folder):
    result = step.run(PARAMS, folder(lively()))
    for drawn in FIGURES:
        assert drawn(result).alt
    for said in SENTENCES:
        assert said(result).endswith(".")
    assert "4 members" in page.answer(result)
    assert page.members_frame(result)["member"].iloc[0] == ANA


def test_the_map_shows_only_members_who_agreed_and_every_layer_and_period(folder):
    messages = lively(days=20)
    naming = messages["text"].where(messages.index % 5 != 0, f"{BEN} gimana")
    result = step.run(PARAMS, folder(messages.assign(text=naming)))
    shown = dataclasses.replace(result, named=frozenset({ANA, BEN, CUT}))
    drawn = community_map.interactive(shown, "Simulated.").data
    assert all(label in drawn for label in community_map.VIEWS.values())
    assert drawn.count('"name":"until ') == step.PARTS
    assert f"<b>{ANA}" in drawn.encode().decode("unicode_escape")
    assert DED not in drawn
    assert DED not in page.folded_tables(shown).data
    assert 'id="guyub-map"' in drawn


@pytest.mark.parametrize(
    ("right", "said"), [(0.6, "claims too much"), (0.79, "does not claim too much"), (0.9, "does not claim too much")]
)
def test_where_the_model_claims_too_much_it_is_said_beside_the_ties(folder, right, said):
    result = step.run(PARAMS, folder(lively()))
    result.metrics["hidden"] |= {"right": right, "stated": 0.8}
    assert f" {said}: " in community_map.say_sociogram(result)
    result.metrics["hidden"] = {"status": "missing", "reason": "none"}
    assert "nothing in these chats tells" in community_map.say_sociogram(result)


def test_the_map_and_the_print_draw_a_tie_as_faint_as_it_is_unsure(folder):
    result = step.run(PARAMS, folder(lively()))
    _, ties = community_map.drawn(result)
    share = ties["low"] / ties["weight"]
    levels = community_map.sureness(ties)
    assert share[levels == 0].min() >= 0.6 > share[levels > 0].max()
    opacity = [alpha for _, alpha, _ in community_map.SURENESS]
    assert opacity == sorted(opacity, reverse=True)


def test_a_large_community_is_measured_without_paths_by_networkx_and_says_so(folder, monkeypatch):
    monkeypatch.setattr(step, "MANY", 0)
    result = step.run(PARAMS, folder(lively()))
    assert result.scores.query("measure == 'betweenness'")["value"].isna().all()
    assert result.scores.query("measure == 'in_strength'")["value"].notna().all()
    assert "takes long with networkx" in page.say_members(result)
    for drawn in FIGURES:
        assert drawn(result).alt
    assert page.say_structure(result).endswith(".")
    community_map.interactive(result, "Simulated.")


def test_a_study_without_codes_has_no_layers_by_code(folder):
    messages = lively()
    paths = folder(messages)
    tables.write(tables.empty(tables.Coded), paths.processed("coding") / "coded.parquet", tables.Coded)
    result = step.run(PARAMS, paths)
    assert set(result.layers["layer"]) == {"reply", "company"}
    assert community_map.layers_figure(result).alt


def test_the_same_study_gives_the_same_map(folder):
    paths = folder(lively())
    maps = [community_map.interactive(step.run(PARAMS, paths), "Simulated.").data for _ in range(2)]
    assert maps[0] == maps[1]


def test_a_rounding_error_moves_no_member_on_the_map():
    graph = nx.gnp_random_graph(40, 0.15, seed=1, directed=True)
    places = []
    for nudge in (0.0, 1e-13):  # processors differ in the last digits of a sum
        nx.set_edge_attributes(graph, {tie: 1.0 + tie[0] % 7 + nudge * tie[1] for tie in graph.edges}, "weight")
        places.append(np.array(list(community_map.places(graph).values())))
    np.testing.assert_allclose(*places, atol=1e-7)
