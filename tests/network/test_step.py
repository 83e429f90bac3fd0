"""The step as a whole: its tables, its metrics, and what it does where data are missing."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from analysis import study, tables
from analysis.errors import InputError, Missing
from analysis.network import page, step
from analysis.network.posterior import PRIORS
from analysis.network.replies import infer_replies

from .chats import ANA, annotations, chat, drawn_truth, lively


@pytest.fixture(scope="module")
def written(results, tmp_path_factory):
    """The folder of the step's results, and its metrics."""
    paths = study.Paths(tmp_path_factory.mktemp("study"))
    return paths, step.write(paths, step.Results(**{name: value for name, value in results.items() if name != "data"}))


def test_the_step_writes_tables_that_fit_their_schemas(results, written):
    paths, metrics = written
    replies = tables.read(paths.processed("network") / "replies.parquet", tables.Replies)
    assert replies.groupby("message_id")["probability"].sum().to_numpy() == pytest.approx(1)
    drawn = tables.read(paths.processed("network") / "reply_draws.parquet", tables.ReplyDraws)
    assert drawn["draw"].nunique() == min(step.KEPT, len(results["turns"].chosen))
    assert set(replies["message_id"]) == set(results["data"].messages["message_id"])
    layer = tables.read(paths.processed("network") / "ties.parquet", tables.Ties)
    assert (layer["low"] <= layer["high"]).all()
    assert layer["weight"].sum() == pytest.approx(metrics["expected_replies"], rel=1e-3)
    assert study.read_metrics(paths, "network")["status"] == "ok"
    assert all(passed for _, _, passed in page.page_checks(results["members"], results["ties"]))


def test_of_many_messages_later_steps_take_up_fewer_graphs_and_as_many_of_each_prior(results, monkeypatch):
    answers = len(results["turns"].answering[1])
    monkeypatch.setattr(step, "ROWS", 11 * answers)
    assert step.kept(results["turns"]) == 2 * len(PRIORS)
    monkeypatch.setattr(step, "ROWS", 1)
    assert step.kept(results["turns"]) == len(PRIORS)


def test_the_draws_of_the_measures_and_of_the_nulls_are_written(results, written, params):
    paths, metrics = written
    draws = tables.read(paths.processed("network") / "structure_draws.parquet")
    assert draws.groupby("of", sort=False).size().to_dict() == dict.fromkeys(page.KINDS, params.draws)
    mean = draws[draws["of"] == "observed"]["density"].mean()
    assert mean == pytest.approx(metrics["structure"]["observed"]["density"]["value"], abs=1e-6)
    members = tables.read(paths.processed("network") / "member_draws.parquet")
    assert members["draw"].nunique() == params.slow_draws == metrics["slow_draws"]


def test_run_reads_assesses_and_writes(results, written, params, tmp_path):
    paths, data = study.Paths(tmp_path), results["data"]
    tables.write(data.messages, paths.processed("ingest") / "messages.parquet", tables.Messages)
    tables.write(data.members, paths.processed("ingest") / "members.parquet", tables.Members)
    tables.write(data.annotations, paths.processed("ingest") / "annotations.parquet", tables.Annotations)
    tables.write(data.coded, paths.processed("coding") / "coded.parquet", tables.Coded)
    tables.write(data.coded.iloc[:0], paths.processed("coding") / "held_out.parquet")
    step.run(params, paths)
    ours, theirs = (place.metrics("network").read_text() for place in (paths, written[0]))
    assert ours == theirs


def test_explicit_replies_are_hidden_and_scored_and_without_any_the_reason_is_given(results, data_of):
    marked = results["data"].messages
    assert 0 < results["hidden"]["messages"] < marked["reply_to"].notna().sum()  # those to other members
    for of in ("links", "members"):
        scores = results["hidden"][of]
        assert 0 < scores["last"] <= 1
        assert scores["overconfidence"] == pytest.approx(scores["stated"] - scores["found"])
        assert scores["overconfidence_low"] < scores["overconfidence"] < scores["overconfidence_high"]
    bare = data_of(marked.assign(reply_to=None).astype({"reply_to": "str"}))
    assert "marks no reply" in step.hidden_score(bare, results["adaptation"], seed=1).reason
    unadapted = step.hidden_score(results["data"], Missing("nobody annotated"), seed=1)
    assert unadapted["links"]["stated"] != results["hidden"]["links"]["stated"]


def test_every_tie_rests_on_the_adapted_replies(results, params):
    adaptation = results["adaptation"]
    assert adaptation.messages + results["annotated"]["explicit"] == 90
    pd.testing.assert_frame_equal(results["replies"], infer_replies(results["data"].messages, adaptation=adaptation))
    bare = dataclasses.replace(results["data"], annotations=tables.empty(tables.Annotations))
    unadapted = step.assess(bare, params)
    assert isinstance(unadapted.adaptation, Missing)
    pd.testing.assert_frame_equal(unadapted.replies, infer_replies(bare.messages))
    assert unadapted.ties["weight"].sum() != pytest.approx(results["ties"]["weight"].sum(), rel=1e-3)
    assert unadapted.members["in_strength"].sum() == pytest.approx(unadapted.ties["weight"].sum(), rel=1e-3)


def test_the_numbers_are_kept_with_the_hash_of_the_annotations(results, written, params):
    metrics = study.read_metrics(written[0], "network")
    assert metrics["adaptation"]["offsets"].keys() == results["adaptation"].offsets.keys()
    assert metrics["adaptation"]["effect"].keys() == {"as_it_came", "adapted"}
    shuffled = results["data"].annotations.sample(frac=1, random_state=1)
    data = dataclasses.replace(results["data"], annotations=shuffled)
    labels = step.labels_of(data)
    assert step.annotated(data, labels)["sha256"] == metrics["annotated"]["sha256"]
    assert step.adapted(labels, seed=params.seed).scale == pytest.approx(results["adaptation"].scale, rel=1e-6)
    fewer = dataclasses.replace(data, annotations=shuffled.iloc[1:])
    assert step.annotated(fewer, step.labels_of(fewer))["sha256"] != metrics["annotated"]["sha256"]


def test_without_enough_annotations_the_metrics_say_why(data_of, params, tmp_path):
    messages = lively()
    few = annotations(drawn_truth(messages), size=12)
    metrics = step.write(study.Paths(tmp_path), step.assess(data_of(messages, marked=few), params))
    kept = study.read_metrics(study.Paths(tmp_path), "network")["adaptation"]
    assert kept["status"] == "missing"
    assert "30 are the fewest" in kept["reason"]
    assert metrics["annotated"]["annotators"] == 2


@pytest.mark.parametrize("lengths", [[4, 0], []])
def test_a_length_that_is_no_part_of_the_time_is_refused(data_of, params, lengths):
    with pytest.raises(InputError, match=r"network.windows: \["):
        step.assess(data_of(lively(days=1)), dataclasses.replace(params, windows=lengths))


@pytest.mark.parametrize("messages", [chat(), chat((0, None, "group made"))])
def test_without_a_message_of_a_member_every_result_is_missing_and_later_steps_find_empty_tables(
    data_of, params, tmp_path, messages
):
    paths = study.Paths(tmp_path)
    metrics = step.write(paths, step.assess(data_of(messages, members=()), params))
    assert (metrics["status"], metrics["reason"]) == ("missing", "no message of a member was read")
    assert tables.read(paths.processed("network") / "ties.parquet", tables.Ties).empty
    assert len(tables.read(paths.processed("network") / "replies.parquet", tables.Replies)) == len(messages)


def test_one_message_is_a_network_of_one_member_without_ties(data_of, params, tmp_path):
    results = step.assess(data_of(chat((0, ANA, "halo")), members=(ANA,)), params)
    metrics = step.write(study.Paths(tmp_path), results)
    assert (metrics["status"], metrics["members"], metrics["unconnected"]) == ("ok", 1, 1)
    assert isinstance(results.periods, Missing)


def test_a_large_community_is_measured_without_paths_by_networkx(data_of, params, monkeypatch):
    monkeypatch.setattr(step.measures, "MANY", 0)
    results = step.assess(data_of(lively()), params)
    scores, members = results.scores, results.members
    assert scores.query("measure == 'betweenness'")["value"].isna().all()
    assert members[["betweenness", "betweenness_error"]].notna().all(axis=None)
    assert scores.query("measure == 'in_strength'")["value"].notna().all()


def test_a_study_without_codes_has_no_layers_by_code(results, params):
    data = dataclasses.replace(results["data"], coded=tables.empty(tables.Coded))
    turns = step.turns_of(data, results["replies"], gap_s=300)
    codes = {"informal": params.informal, "business": params.business}
    layers = step.layers_by_period(turns, data, codes, draws=5, confidence=0.95, seed=1)
    assert set(layers["layer"]) == {"reply", "company"}
    assert sorted(layers["period"].unique()) == list(range(step.PARTS + 1))


def test_leaving_a_layer_out_moves_no_other(results, params):
    """Each layer of each period has a random stream of its own."""
    data, replies, adaptation = (results[name] for name in ("data", "replies", "adaptation"))
    turns = step.turns_of(data, replies, gap_s=300)
    turns = step.drawn_jointly(
        turns, data, replies, adaptation, informal=params.informal, hours=3, draws=params.draws, seed=1
    )
    layers = step.layers_by_period(turns, data, {}, draws=params.draws, confidence=0.95, seed=1)
    both = results["layers"][results["layers"]["layer"].isin(["reply", "company"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(layers, both)


def test_the_same_data_give_the_same_numbers(results, params):
    again = step.assess(results["data"], params)
    for name in ("structure", "scores", "ties", "layers", "periods"):
        pd.testing.assert_frame_equal(results[name], getattr(again, name))
    assert not (results["groups"].relation != again.groups.relation).nnz
