"""Inferred replies: what must hold of any messages, of explicit replies, and of the model on annotated chats."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from analysis.errors import InputError
from analysis.network.replies import ahead, features, infer_replies, threads
from analysis.network.replies import infer as replies
from analysis.network.replies import model as reply_model
from analysis.network.replies.rule import addressee_rule
from analysis.network.replies.words import read_names, tokenised

MEMBERS = ("MAAAA", "MBBBB", "MCCCC", "Bu Siti")
TEXTS = ("", "halo", "ada yang jual beras?", "MAAAA: ada 5 kg beras", "matur nuwun @MBBBB", "Bu Siti gimana?",
         "beras 5 kg", "wkwk", "Pak MCCCC monggo")  # fmt: skip
COLUMNS = ["message_id", "channel", "time", "member", "text", "kind", "reply_to"]


def chat(*lines, channel="umkm"):
    """Messages from (minute, member, text) or (minute, member, text, explicit reply to line number)."""
    start = pd.Timestamp("2024-07-24 09:00", tz="UTC")
    rows = [
        (f"{channel}-{n}", channel, start + pd.Timedelta(minutes=minute), member, text, "text" if member else "system",
         f"{channel}-{reply[0]}" if reply else None)
        for n, (minute, member, text, *reply) in enumerate(lines)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype(dict.fromkeys(("message_id", "channel", "member", "text", "kind", "reply_to"), "str")).astype(
        {"time": "datetime64[us, UTC]"}
    )


@st.composite
def chats(draw, largest=40):
    """A chat of some members with ties in time, empty texts, system lines and explicit replies."""
    lines, minute = [], 0
    for n in range(draw(st.integers(0, largest))):
        minute += draw(st.sampled_from((0, 0, 1, 5, 300)))
        member = draw(st.sampled_from((*MEMBERS, *MEMBERS, None)))
        reply = [draw(st.integers(0, n - 1))] if n and draw(st.integers(0, 5)) == 0 else []
        lines.append((minute, member, draw(st.sampled_from(TEXTS)), *reply))
    return chat(*lines)


METHODS = pytest.mark.parametrize("method", [infer_replies, addressee_rule])


@METHODS
@settings(max_examples=40)
@given(messages=chats())
def test_probabilities_sum_to_one_and_point_back_within_the_channel(method, messages):
    other = messages.assign(message_id=messages["message_id"] + "b", channel="pengurus", reply_to=None)
    both = pd.concat([messages, other]).sort_values("time", kind="stable", ignore_index=True)
    inferred = method(both)
    assert inferred.groupby("message_id")["probability"].sum().reindex(both["message_id"]).to_numpy() == pytest.approx(
        1
    )
    assert (inferred["probability"] > 0).all()
    place = pd.Series(both.index, index=both["message_id"])
    channel = both.set_index("message_id")["channel"]
    answers = inferred.dropna(subset="reply_to")
    assert (place[answers["reply_to"]].to_numpy() < place[answers["message_id"]].to_numpy()).all()
    assert (channel[answers["reply_to"]].to_numpy() == channel[answers["message_id"]].to_numpy()).all()


@settings(max_examples=40)
@given(messages=chats(), cut=st.integers(0, 40))
def test_what_comes_later_changes_nothing_for_the_causal_model(messages, cut):
    causal = reply_model.shipped("causal")
    whole = infer_replies(messages, model=causal)
    part = infer_replies(messages.iloc[:cut], model=causal)
    pd.testing.assert_frame_equal(part, whole[whole["message_id"].isin(part["message_id"])].reset_index(drop=True))


def test_the_model_that_looks_ahead_hears_what_the_member_says_next():
    """Budi writes without a name; that Ana then answers Budi by name makes her question likelier."""
    lines = [(0, "MAAAA", "ada yang jual beras?"), (0, "MCCCC", "besok kumpul di balai"), (1, "MBBBB", "saya ada")]
    reactions = {"Ana": (1, "MAAAA", "MBBBB: matur nuwun"), "Cici": (1, "MCCCC", "MBBBB: matur nuwun")}
    chance = {}
    for who, reaction in reactions.items():
        inferred = infer_replies(chat(*lines, reaction)).set_index(["message_id", "reply_to"])["probability"]
        chance[who] = inferred.get(("umkm-2", "umkm-0"), 0)
    assert chance["Ana"] > chance["Cici"] + 0.1


@settings(max_examples=40)
@given(messages=chats())
def test_a_name_matters_only_where_a_text_holds_it(messages):
    quiet = messages.assign(text=messages["text"].where(~messages["text"].str.contains("M[A-C]{4}|Siti"), "ya"))
    others = dict(zip(MEMBERS, ("P2222", "Zed", "MZZZZ", "M7777"), strict=True))
    renamed = quiet.assign(member=quiet["member"].map(others).astype("str"))
    pd.testing.assert_frame_equal(infer_replies(quiet), infer_replies(renamed))


@settings(max_examples=20)
@given(messages=chats())
def test_a_channel_does_not_depend_on_others_or_on_order_of_columns(messages):
    other = messages.assign(message_id=messages["message_id"] + "b", channel="pengurus", reply_to=None)
    both = pd.concat([other, messages], ignore_index=True)[COLUMNS[::-1]]
    alone, together = infer_replies(messages), infer_replies(both)
    pd.testing.assert_frame_equal(
        alone, together[together["message_id"].isin(alone["message_id"])].reset_index(drop=True)
    )


def test_an_explicit_reply_to_an_earlier_message_of_the_channel_is_taken_as_it_is():
    messages = chat(
        (0, "MAAAA", "?"), (1, "MBBBB", "!"), (2, None, "joined"), (900, "MCCCC", "ya", 0), (901, "MAAAA", "x", 2)
    )
    for method in (infer_replies, addressee_rule):
        inferred = method(messages).set_index("message_id")
        assert inferred.loc["umkm-3", "reply_to"] == "umkm-0"
        assert inferred.loc["umkm-4", "reply_to"] == "umkm-2"
        assert inferred.loc[["umkm-3", "umkm-4"], "probability"].tolist() == [1, 1]


def test_an_explicit_reply_to_a_later_message_or_itself_is_inferred():
    for method in (infer_replies, addressee_rule):
        inferred = method(chat((0, "MAAAA", "?", 1), (1, "MBBBB", "!", 1)))
        assert not (inferred["message_id"] == inferred["reply_to"]).any()
        assert not (inferred["reply_to"] == "umkm-1").any()


def test_an_explicit_reply_to_nothing_that_is_there_is_inferred():
    messages = chat((0, "MAAAA", "?"), (1, "MBBBB", "!", 7))
    assert infer_replies(messages)["message_id"].tolist().count("umkm-1") > 1


def test_an_explicit_reply_is_known_when_later_messages_are_judged():
    """Ben's answer to Ana's question is known; Ana's thanks then goes to Ben rather than to the talk between."""
    lines = [(0, "MAAAA", "ada yang jual beras?"), (1, "MCCCC", "besok kumpul"), (2, "MBBBB", "saya"),
             (3, "MCCCC", "jam 7"), (4, "MAAAA", "nggih")]  # fmt: skip
    chance = []
    for said in ([], [0]):
        answered = [(*line, *said) if n == 2 else line for n, line in enumerate(lines)]
        inferred = infer_replies(chat(*answered)).set_index(["message_id", "reply_to"])["probability"]
        chance.append(inferred.get(("umkm-4", "umkm-2"), 0))
    assert chance[1] > chance[0]


def test_who_is_named_is_likelier_to_be_answered():
    lines = [(0, "MAAAA", "ada beras"), (1, "MBBBB", "ada gula")]
    chance = []
    for text in ("saya mau", "Pak MAAAA saya mau"):
        inferred = infer_replies(chat(*lines, (2, "MCCCC", text)))
        chance.append(inferred.set_index(["message_id", "reply_to"])["probability"]["umkm-2", "umkm-0"])
    assert chance[1] > chance[0] + 0.2


@pytest.mark.parametrize("text", ["MBBBB: ya", "@MBBBB ya", "ya Bu MBBBB", "mbbbb, ya", "nuwun mas \u2068@MBBBB\u2069"])
def test_addresses_are_known_by_mark_title_or_place(text):
    members, speaker = pd.Index(["MBBBB", "MAAAA"]), np.array([0, 1], dtype=np.int32)
    named = read_names(tokenised(pd.Series(["halo", text]), members), speaker, members)
    assert named.address.tolist() == [-1, 0]


def test_a_word_that_is_used_like_any_other_is_no_name_but_a_pseudonym_always_is():
    texts = ["halo", *["kita all in"] * 9, *["kita MBBBB in"] * 9]
    members, speaker = pd.Index(["all", "MBBBB", "zed"]), np.array([0, 1, *[2] * 17], dtype=np.int32)
    named = read_names(tokenised(pd.Series(texts), members), speaker, members)
    assert (named.mention[2:4] == 0).all()
    assert (named.mention[6:10] == -1).all()
    assert (named.mention[10:] == 1).all()


@METHODS
@pytest.mark.parametrize("messages", [chat(), chat((0, None, "made")), chat((0, "MAAAA", ""))])
def test_next_to_no_messages_start_threads(method, messages):
    inferred = method(messages)
    assert inferred["message_id"].tolist() == messages["message_id"].tolist()
    assert inferred["reply_to"].isna().all()


def test_index_zone_and_type_of_columns_do_not_matter():
    messages = chat((0, "MAAAA", "?"), (1, "MBBBB", "ya"), (2, None, "left"), (3, "MAAAA", "nuwun"))
    other = messages.assign(
        time=messages["time"].dt.tz_convert("Asia/Jakarta"), channel=messages["channel"].astype("category")
    )
    other = other.rename(columns={"member": "sender"}).drop(columns="reply_to").set_index(pd.Index([9, 9, 9, 9]))
    pd.testing.assert_frame_equal(infer_replies(messages), infer_replies(other))


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="time"):
        infer_replies(chat((0, "MAAAA", "halo")).drop(columns="time"))


def test_a_growing_export_changes_answers_near_its_end_and_hardly_any_far_from_it():
    """200 messages are added to 400: probabilities of the last ten move ten times as far as those of the first 300."""
    rng = np.random.default_rng(3)
    lines = [(n, MEMBERS[rng.integers(4)], TEXTS[rng.integers(len(TEXTS))]) for n in range(600)]
    grown, before = (
        infer_replies(chat(*part)).fillna("none").set_index(["message_id", "reply_to"])["probability"]
        for part in (lines, lines[:400])
    )
    moved = grown.sub(before, fill_value=0).abs().groupby("message_id").sum() / 2
    of_line = moved.reindex([f"umkm-{n}" for n in range(400)]).to_numpy()
    assert of_line[-10:].mean() > 10 * of_line[:300].mean()
    assert of_line[:300].mean() < 0.01


SHIPPED = pytest.mark.parametrize("name", ["ahead", "causal"])


def stored(name):
    return json.loads(reply_model.WEIGHTS[name].read_text(encoding="utf-8"))


@SHIPPED
def test_the_shipped_weights_say_where_they_come_from_and_lie_on_their_grid(name):
    assert {"data", "licence", "script", "date", "calibrated_on", "dev"} <= set(stored(name)["provenance"])
    assert reply_model.WEIGHTS[name].stat().st_size < 200_000
    for network in reply_model.shipped(name).scorers:
        for field in fields(network):
            assert (getattr(network, field.name) * reply_model.FINE % 1 == 0).all()


def test_the_default_is_calibrated_on_chats_of_the_train_part_alone():
    calibrated_on = stored("ahead")["provenance"]["calibrated_on"]
    assert "train part" in calibrated_on
    assert "dev" not in calibrated_on


def test_the_default_has_three_passes_that_look_ahead_and_the_causal_model_two_that_do_not():
    default, causal = reply_model.shipped(), reply_model.shipped("causal")
    assert (len(default.scorers), default.looks_ahead, default.last_share) == (3, True, 0.75)
    assert (len(causal.scorers), causal.looks_ahead, causal.last_share) == (2, False, 1)


def long_stream(n=500, seed=0):
    """A channel whose members name each other, repeat words, fall silent and answer explicitly."""
    rng = np.random.default_rng(seed)
    words = (
        *TEXTS,
        "beras gula beras 5 kg",
        "monggo Bu Siti, gula 2 kg",
        "terima kasih semua",
        "MCCCC: jam 7 di balai",
    )
    minute, lines = 0, []
    for number in range(n):
        minute += int(rng.choice([0, 0, 1, 7, 2000]))
        explicit = [int(rng.integers(number))] if number and rng.random() < 0.1 else []
        lines.append((minute, MEMBERS[rng.integers(4)], words[rng.integers(len(words))], *explicit))
    return next(replies.read_channels(chat(*lines)))[1]


def inputs_of_passes(name, stream):
    """Each pass's network and its inputs."""
    model = reply_model.shipped(name)
    first = inputs = reply_model.first_inputs(stream, looks_ahead=model.looks_ahead)
    passes = [(model.scorers[0], first)]
    for scorer in model.scorers[1:]:
        p = reply_model.softmax(reply_model.scores(passes[-1][0], inputs), inputs)
        inputs = reply_model.next_inputs(first, inputs, p)
        passes.append((scorer, inputs))
    return passes


@SHIPPED
def test_scores_do_not_depend_on_the_order_of_sums(name):
    """Features turned round with their weights give the same scores to the last bit, in every pass."""
    for network, inputs in inputs_of_passes(name, long_stream()):
        flat = np.concatenate(inputs.pairs(slice(0, 256)))
        one, other = flat.T @ network.pair, np.ascontiguousarray(flat[::-1]).T @ network.pair[::-1]
        assert np.array_equal(one, other)


def hidden_units(network, inputs, of):
    """Sums into the hidden units of pairs and of "starts a thread", `of` applied to every factor."""
    pairs, message = of(np.concatenate(inputs.pairs(slice(0, inputs.stream.n)))), of(inputs.message)
    hidden = (pairs.T @ of(network.pair)).reshape(*inputs.candidates.place.shape, -1)
    hidden += (message @ of(network.message))[:, None]
    hidden += (of(inputs.answered) @ of(network.answered))[np.maximum(inputs.candidates.place, 0)] + of(network.bias)
    return hidden, message @ of(network.start) + of(network.start_bias)


@SHIPPED
def test_sums_of_products_stay_below_what_single_precision_holds_exactly(name):
    """Products are multiples of 1 / (GRID FINE); below 2 ** 24 of these every sum, in whatever order, is exact."""
    largest = 2**24 / (features.GRID * reply_model.FINE)
    for network, inputs in inputs_of_passes(name, long_stream()):
        assert max(part.max() for part in hidden_units(network, inputs, np.abs)) < largest
        hidden, starting = (np.maximum(part, 0) for part in hidden_units(network, inputs, np.asarray))
        assert (hidden @ np.abs(network.out)).max() < largest
        assert (starting @ np.abs(network.start_out) + np.abs(network.offset)).max() < largest


@SHIPPED
def test_scores_do_not_depend_on_how_many_messages_are_scored_at_a_time(name, monkeypatch):
    stream = long_stream(301)
    place, p = reply_model.probabilities(reply_model.shipped(name), stream)
    for pairs in (1, 500, 10_000):
        monkeypatch.setattr(reply_model, "PAIRS", pairs)
        again = reply_model.probabilities(reply_model.shipped(name), stream)
        assert np.array_equal(place, again[0])
        assert np.array_equal(p, again[1])


@SHIPPED
def test_an_explicit_reply_is_certain_in_every_pass(name):
    stream = long_stream()
    explicit = np.flatnonzero(stream.explicit >= 0)
    for network, inputs in inputs_of_passes(name, stream):
        p = reply_model.softmax(reply_model.scores(network, inputs), inputs)
        slot = p[explicit].argmax(axis=1)
        assert (p[explicit, slot] == 1).all()
        assert (inputs.candidates.place[explicit, slot] == stream.explicit[explicit]).all()


@SHIPPED
@settings(max_examples=30)
@given(messages=chats(largest=3))
def test_a_channel_of_few_messages_is_read_by_every_model(name, messages):
    inferred = infer_replies(messages, model=reply_model.shipped(name))
    assert inferred.groupby("message_id")["probability"].sum().to_numpy() == pytest.approx(1)
    assert set(inferred["message_id"]) == set(messages["message_id"])


@SHIPPED
def test_channels_in_turn_or_message_by_message_give_the_same_replies(name):
    model = reply_model.shipped(name)
    one, other = (
        chat(*((n // 3, MEMBERS[(n * k) % 3], TEXTS[n * k % 9]) for n in range(60)), channel=channel)
        for k, channel in ((5, "umkm"), (7, "pengurus"))
    )
    mixed = pd.concat([one, other]).sort_values("time", kind="stable", ignore_index=True)
    inferred = infer_replies(mixed, model=model).set_index(["message_id", "reply_to"])["probability"]
    alone = [
        infer_replies(each, model=model).set_index(["message_id", "reply_to"])["probability"] for each in (one, other)
    ]
    pd.testing.assert_series_equal(inferred.sort_index(), pd.concat(alone).sort_index())


def test_the_author_s_next_message_is_the_first_of_theirs_after_the_one_that_may_answer():
    stream = long_stream(80)
    candidates = features.read_candidates(stream)
    speaker = stream.speaker.tolist()
    for i in range(stream.n):
        for j, following in zip(candidates.place[i].tolist(), candidates.author_next[i].tolist(), strict=True):
            later = [k for k in range(i + 1, stream.n) if speaker[k] == speaker[j]]
            assert j < 0 or following == min(later, default=stream.n)


def test_words_shared_with_a_candidate_are_those_of_the_overlap():
    stream = long_stream(80)
    candidates = features.read_candidates(stream)
    i = np.arange(stream.n, dtype=np.int32)[:, None]
    expected = features.shared_with(stream, np.broadcast_to(i, candidates.place.shape), candidates.place)
    assert np.array_equal(candidates.shared, expected)
    assert (candidates.shared_with_author >= candidates.shared - 1e-6).all()


def test_soonest_is_the_first_place_after_with_the_value_wanted():
    values = np.array([2, 0, 2, 1, 0], dtype=np.int32)
    wanted, after = np.array([2, 2, 0, 1, 7], dtype=np.int32), np.array([0, 2, 1, 0, 0], dtype=np.int32)
    assert features.soonest(values, wanted, after).tolist() == [2, 5, 4, 3, 5]


def test_expected_replies_received_count_each_message_and_those_of_others_apart():
    """Half of message 1's answer, by another, and a quarter of message 2's, by the speaker, go to message 0."""
    stream = next(replies.read_channels(chat((0, "MAAAA", "a"), (1, "MBBBB", "b"), (2, "MAAAA", "c"))))[1]
    candidates = features.read_candidates(stream)
    p = np.zeros((3, features.CANDIDATES + 1), dtype=np.float32)
    p[1, 0], p[2, 1], p[:, -1] = 0.5, 0.25, (1, 0.5, 0.75)
    linked = threads.read_threads(stream, candidates, p)
    flow = ahead.read_flow(stream, candidates.at(linked.slot), linked)
    assert flow.received.tolist() == [0.75, 0, 0]
    assert flow.from_others.tolist() == [0.5, 0, 0]
    assert flow.own.tolist() == [0, 0, 0.25, 0]


@METHODS
def test_messages_without_a_channel_are_refused_and_not_left_out(method):
    messages = chat((0, "MAAAA", "a"), (1, "MBBBB", "b"))
    messages.loc[1, "channel"] = None
    with pytest.raises(InputError, match="1 message without a channel"):
        method(messages)


def test_replies_are_inferred_on_one_thread_and_the_others_are_given_back(monkeypatch):
    def threads():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    seen, probabilities = [], reply_model.probabilities
    monkeypatch.setattr(reply_model, "probabilities", lambda *given: (seen.append(threads()), probabilities(*given))[1])
    with threadpool_limits(2, "blas"):
        infer_replies(chat((0, "MAAAA", "a"), (1, "MBBBB", "b")))
        assert set(threads()) == {2}
    assert set(seen[0]) == {1}
