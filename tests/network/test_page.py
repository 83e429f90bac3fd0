"""The figures, tables and sentences of the page."""

from __future__ import annotations

import dataclasses
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.coverage import Coverage, Miss
from analysis.errors import Missing
from analysis.figures import checks, folded_table, say, show
from analysis.network import matrix, page, sociogram, step
from analysis.network.replies import adapt

from .chats import ANA, chat, lively


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def minus_nulls(draws):
    """Observed minus each null model, of the whole network."""
    return step.whole(step.minus_nulls(draws), 0.95)


def shown_of(results):
    """Every sentence, figure and table of the page."""
    data, counts, structure, scores = (results[name] for name in ("data", "counts", "structure", "scores"))
    members, layers, periods, groups = (results[name] for name in ("members", "layers", "periods", "groups"))
    minus = minus_nulls(results["draws"])
    by_member = step.each(step.minus_nulls(results["draws"]), 0.95)
    most = page.most_answered(members, data.agreed)
    chart = sociogram.laid_out(members, layers, data.agreed, least=1)
    sentences = [
        page.answer(counts, structure),
        page.say_replies(counts),
        page.say_answering(results["answering"]),
        page.say_hidden(results["hidden"]),
        page.say_adaptation(results["adaptation"], results["effect"], results["annotated"]),
        page.say_structure(structure, minus),
        page.say_members(scores, by_member, most),
        page.say_communities(groups, members, structure),
        page.say_core(groups, structure),
        page.say_bridges(scores, data.agreed),
        page.say_periods(periods),
        page.say_change(periods),
        sociogram.say_replies(members, scores, data.agreed, least=1),
    ]
    drawn = [
        page.sureness_figure(results["sureness"]),
        page.structure_figure(structure, minus),
        page.members_figure(scores, by_member, most),
        page.periods_figure(periods),
        matrix.replies_figure(members, layers, data.agreed, least=1),
    ]
    tables = [
        page.strongest(results["ties"], data.agreed),
        page.structure_table(structure),
        page.differences_table(minus),
        page.draws_table(results["draws"]),
        page.effect_table(results["effect"], results["annotated"]),
        page.hidden_table(results["hidden"]),
        page.adaptation_table(results["adaptation"]),
        page.members_table(scores, most),
    ]
    sociogram.interactive(chart, layers, scores, "Simulated.")
    checks(page.page_checks(members, results["ties"]))
    return sentences, drawn, tables


def test_every_figure_sentence_and_table_of_the_page_is_made(results):
    sentences, drawn, tables = shown_of(results)
    for sentence in sentences:
        assert sentence.endswith(".")
    for figure in drawn:
        assert figure.alt
    assert all(len(table) for table in tables)
    assert "4 members" in sentences[0]
    assert tables[-1]["member"].iloc[0] == ANA


@pytest.mark.parametrize("messages", [chat(), chat((0, None, "group made")), chat((0, ANA, "halo"))])
def test_with_next_to_no_messages_the_page_gives_the_reasons(data_of, params, messages):
    data = data_of(messages, members=(ANA,) if len(messages) else ())
    sentences, drawn, tables = shown_of({"data": data, **vars(step.assess(data, params))})
    for sentence in sentences:
        assert say(sentence).data.endswith(".")
    for figure in drawn:
        assert show(figure, "Simulated.").data
    for table in tables:
        assert folded_table("Table", table) is not None
    if messages["member"].isna().all():
        assert isinstance(sentences[0], Missing)


def test_reciprocity_is_shown_without_an_interval_and_the_reason_is_given(results):
    structure, minus = results["structure"], minus_nulls(results["draws"])
    table = page.structure_table(structure).set_index("measure")
    reciprocity = table[table.index.str.contains("reciprocity")]
    assert reciprocity["value"].notna().all()
    assert reciprocity[["low", "high"]].isna().all(axis=None)
    assert table.loc[page.NAMES["density"], ["low", "high"]].notna().all()
    assert page.WHY_NO_INTERVAL in page.structure_figure(structure, minus).caption
    bare = page.structure_table(structure, page.without_interval({"density (true replies)": Coverage(0.2, 48, "null")}))
    assert bare.set_index("measure").loc[page.NAMES["density"], ["low", "high"]].isna().all()
    assert f"f the {len(page.NAMES) - 2} measures with an interval" in page.say_structure(structure, minus)


@pytest.mark.parametrize(
    ("edgewise", "said"),
    [
        (0.9, "Edgewise reciprocity and dyadic reciprocity lie above the values of all null models; no interval"),
        (0.5, "Dyadic reciprocity lies above the values of all null models and edgewise reciprocity lies below the"),
        (0.8, "edgewise reciprocity lies among the values of all null models; no interval is given, so this cannot be"),
    ],
)
def test_measures_without_an_interval_are_placed_and_not_judged(results, edgewise, said):
    structure = results["structure"].copy()
    at = structure["of"] == page.OBSERVED
    for measure, observed in (("reciprocity_edgewise", edgewise), ("reciprocity_dyadic", 0.9)):
        rows = structure["measure"] == measure
        structure.loc[rows & ~at, "value"] = [0.7, 0.8, 0.81]
        structure.loc[rows & at, "value"] = observed
    assert said in page.say_structure(structure, minus_nulls(results["draws"]))


def test_the_answer_says_how_often_its_interval_holds_and_what_shared_hours_alone_give(results):
    counts, structure = results["counts"], results["structure"]
    held = {"density (true replies)": Coverage(0.83, 48, "null")}
    said = page.answer(counts, structure, held=held, too_low=Miss(0.03, 0.045))
    assert "Such an interval held the truth in 83 % of 48 simulated communities." in said
    assert "where shared hours alone give" in said
    assert said.endswith("that share came out about 3 points too low on average.")
    assert "too low" not in page.answer(counts, structure)


def minus_of(low, high, measure="transitivity"):
    """Observed minus null, with one interval for every measure but one with another."""
    rows = [
        (null, name, *((low, low / 2 + high / 2, high) if name == measure else (-1.0, 0.0, 1.0)))
        for null in page.NULLS
        for name in page.NAMES
    ]
    return pd.DataFrame(rows, columns=["of", "measure", "low", "value", "high"])


@pytest.mark.parametrize(
    ("low", "high", "title", "said"),
    [
        (-0.06, -0.01, "closed less often than", "transitivity lies below all null models"),
        (0.01, 0.06, "closed more often than", "transitivity lies above all null models"),
        (-0.01, 0.06, "closed not clearly more or less often than", "None of the 7 measures with an interval lies"),
    ],
)
def test_differences_from_the_shuffles_of_the_same_graphs_decide_the_title_and_the_sentence(
    results, low, high, title, said
):
    minus = minus_of(low, high)
    assert title in page.structure_figure(results["structure"], minus).drawing.axes[0].get_title(loc="left")
    assert said in page.say_structure(results["structure"], minus)


def periods_of(*moves, width=0.02):
    """Windows of two lengths in which density goes so, with bands so wide."""
    rows = []
    for number, values in zip((6, 2), moves, strict=True):
        for k, value in enumerate(values):
            start = pd.Timestamp("2024-01-01", tz="UTC") + k * pd.Timedelta(days=180 / number)
            end = start + pd.Timedelta(days=180 / number)
            rows.append((number, start, end, "density", value, value - width / 2, value + width / 2))
            for measure in ("reciprocity_edgewise", "active", "present", "came", "went"):
                rows.append((number, start, end, measure, 9.0, 9.0, 9.0))
    return pd.DataFrame(rows, columns=["windows", "start", "end", "measure", "value", "low", "high"])


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        (((0.3, 0.2), (0.5, 0.4)), "Density falls from the first window to the last, at every length of window"),
        (((0.2, 0.3), (0.4, 0.5)), "Density rises from the first window to the last, at every length of window"),
        (((0.2, 0.3), (0.4, 0.41)), "Density does not clearly change over time"),
        (((0.2, 0.3), (0.5, 0.4)), "Density moves over time, and not one way at every length of window"),
        (((np.nan, np.nan), (0.5, 0.4)), "There are too few members to say whether density changes"),
    ],
)
def test_whether_density_changes_follows_the_rule_that_the_page_states(moves, said):
    periods = periods_of(*moves)
    assert page.say_change(periods).startswith(f"{said}. ")
    assert page.periods_figure(periods).title == said


def test_what_has_no_band_is_not_said_to_change():
    said = page.say_change(periods_of((0.3, 0.2), (0.5, 0.4)))
    assert "In windows of 30 days it goes from 30 % to 20 %." in said
    assert said.endswith("Whether reciprocity changes cannot be judged, as its intervals hold the truth too seldom.")
    unsure = page.without_interval({"density (true replies)": Coverage(0.2, 48, "null")})
    assert "Whether density changes cannot be judged" in page.say_change(periods_of((0.3, 0.2), (0.5, 0.4)), unsure)


def test_a_members_answers_are_the_same_number_in_sentence_and_table_and_a_share_of_graphs_has_no_interval(results):
    scores, members, data = results["scores"], results["members"], results["data"]
    table = page.members_table(scores, page.most_answered(members, data.agreed)).set_index("measure")
    value = table.loc[page.SCORES["in_strength"], "value"]
    assert f"about {np.ravel(value)[0]:,.0f} times" in sociogram.say_replies(members, scores, data.agreed, least=1)
    assert table.loc[page.SCORES["core"], ["low", "high"]].isna().all(axis=None)


def test_the_number_of_turns_from_which_there_is_a_tie_is_given():
    assert "a tie is there from 1 turn on." in page.say_ties(1.0)
    assert "the expected number is 2.5 turns or more." in page.say_ties(2.5)


def test_only_members_who_agreed_are_named(results):
    scores, members = results["scores"], results["members"]
    shown = page.most_answered(members, {ANA})
    assert shown == [ANA]
    assert set(page.members_table(scores, shown)["member"]) == {ANA}
    assert page.strongest(results["ties"], {ANA}).empty
    assert page.most_answered(members, set()) == Missing("no member agreed to be shown by themselves")
    assert page.say_bridges(scores, set()) == "No member's ties go to several groups."
    bridging = scores.assign(value=scores["value"].mask(scores["measure"] == "participation", 0.5))
    assert "nobody of the more active half agreed" in page.say_bridges(bridging, set())
    quiet = scores.assign(value=scores["value"].mask(scores["measure"].isin(["in_strength", "out_strength"]), 1.0))
    quiet.loc[(quiet["member"] == ANA) & quiet["measure"].isin(["in_strength", "out_strength"]), "value"] = 0.1
    spread = quiet.assign(value=quiet["value"].mask(quiet["measure"] == "participation", 0.5))
    assert ANA in page.say_bridges(bridging, {ANA})
    assert ANA not in page.say_bridges(spread, {ANA})


@pytest.mark.parametrize(
    ("found", "claim"), [(0.6, "are higher"), (0.79, "are not clearly higher"), (0.9, "are not clearly higher")]
)
def test_where_the_model_claims_too_much_of_marked_replies_the_page_says_so(found, claim):
    excess = 0.8 - found
    scores = {"found": found, "stated": 0.8, "last": 0.5, "overconfidence": excess, "overconfidence_low": excess - 0.08}
    scores["overconfidence_high"] = excess + 0.08
    sentence = page.say_hidden({"messages": 90, "links": scores, "members": scores})
    assert f"The probabilities that it states of them {claim} than the share that is right." in sentence
    assert f"the message in {100 * found:.0f} %" in sentence
    table = page.hidden_table({"links": scores, "members": scores})
    assert table["found by taking the last message of another member"].tolist() == ["50 %", "50 %"]


def test_without_an_adaptation_the_first_sentence_says_whose_links_these_are_and_why():
    missing = Missing("nobody has annotated messages of this study")
    first, where, _ = page.say_adaptation(missing, missing, missing).split(". ", 2)
    for words in ("of a model from elsewhere", "not adapted", missing.reason):
        assert words in first
    assert "how far such a model was off in four other communities" in where
    assert not re.search(r"\d", first + where)


def test_with_an_adaptation_the_page_says_what_it_did(results):
    sentence = page.say_adaptation(results["adaptation"], results["effect"], results["annotated"])
    assert sentence.startswith("The links are those of a model adapted to")
    shown = page.effect_table(results["effect"], results["annotated"])["stated minus right (points)"]
    for value, words in zip(results["effect"]["overconfidence"], shown, strict=False):
        assert words.startswith(f"{100 * value:.1f} (".replace("-", "−"))
    assert "left out, as the app marks the answer." in sentence
    made = page.say_adaptation(results["adaptation"], results["effect"], results["annotated"], simulated=True)
    assert "annotated by 2 simulated annotators." in made
    one = dataclasses.replace(results["adaptation"], double=0, same=float("nan"))
    assert "As one person annotated each message" in page.say_adaptation(one, results["effect"], results["annotated"])


def test_the_fitted_numbers_are_shown_with_their_errors_and_what_they_are_elsewhere(results):
    table = page.adaptation_table(results["adaptation"]).set_index("number")
    assert len(table) == 5
    assert table.loc["log factor of the log probabilities", "elsewhere"] < 0
    assert (table["standard error"] > 0).all()
    assert set(page.OFFSETS) == set(adapt.FINER)


def test_a_large_community_is_shown_without_paths_and_the_page_says_so(data_of, params, monkeypatch):
    monkeypatch.setattr(step.measures, "MANY", 0)
    data = data_of(lively())
    sentences, *_ = shown_of({"data": data, **vars(step.assess(data, params))})
    assert "takes long with networkx" in sentences[6]


def test_measures_that_no_graph_has_leave_no_empty_place_in_a_figure(data_of, params, monkeypatch):
    monkeypatch.setattr(step.measures, "MANY", 0)
    data = data_of(lively())
    results = step.assess(data, params)
    assert "betweenness" not in page.measured(results.scores, page.PANELS)
    drawing = page.structure_figure(results.structure, minus_nulls(results.draws)).drawing
    assert len(drawing.axes[0].get_yticks()) == len(page.NAMES) - 1
    assert page.measured(results.scores.assign(value=np.nan), page.PANELS) == list(page.PANELS)


def test_in_a_large_community_members_next_to_each_other_share_a_row_of_the_matrix():
    """And no turn is lost: each square's area follows the turns between its members."""
    names = [f"M{number:04d}" for number in range(1_200)]
    rng = np.random.default_rng(5)
    ends = rng.integers(0, 1_200, (9_000, 2))
    weight = rng.integers(1, 9, 9_000).astype(float)
    ties = pd.DataFrame({"source": [names[i] for i in ends[:, 0]], "target": [names[j] for j in ends[:, 1]]})
    _, axes = plt.subplots()
    matrix.draw(axes, names, ties.assign(weight=weight, backbone=ends[:, 0] % 2 == 0))
    assert matrix.together(1_200) == 5
    light, dark = (collection.get_paths() for collection in axes.collections)
    turns = np.bincount(ends[:, 0] // 5 * 240 + ends[:, 1] // 5 + 240 * 240 * (ends[:, 0] % 2 == 0), weight)
    assert [len(light), len(dark)] == [np.count_nonzero(part) for part in (turns[: 240 * 240], turns[240 * 240 :])]
    widths = sorted(np.ptp(path.vertices[:, 0]) for path in (*light, *dark))
    top = np.quantile(turns[turns > 0], 0.99)
    assert widths == pytest.approx(sorted(5 * matrix.LARGEST * np.sqrt(np.minimum(turns[turns > 0] / top, 1))))


def test_of_very_many_groups_only_those_with_room_are_named():
    _, axes = plt.subplots()
    groups = np.repeat(np.arange(101), [200, *[4] * 100])
    matrix.bounds(axes, groups.tolist())
    assert [text.get_text() for text in axes.texts] == ["group 1\n200"]
    assert not axes.lines


def test_a_longer_window_holds_more_ties_and_lengths_are_named_from_the_shortest(data_of, params):
    data = data_of(lively(days=40))
    periods = step.assess(data, params).periods
    density = periods[periods["measure"] == "density"].groupby("windows")["value"].agg(["size", "mean"])
    assert density["size"].tolist() == [4, 10, 34]  # of 2, 4 and 12 that make up the whole, each placed three times
    assert density["mean"].is_monotonic_decreasing
    sentence = page.say_periods(periods)
    assert sentence.index("3 days") < sentence.index("10 days") < sentence.index("20 days")
