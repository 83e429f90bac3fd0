"""The step themes as a whole: what it reads, writes and says, whatever is missing."""

import json
import re

import pandas as pd
import pytest

from analysis import study, tables
from analysis.codebook import Codebook
from analysis.errors import InputError
from analysis.figures import show
from analysis.themes import extracts, network_pictures, pictures, step
from analysis.themes import page as sentences

FIGURES = [
    pictures.prevalence_figure,
    pictures.together_figure,
    pictures.saturation_figure,
    network_pictures.network_figure,
    network_pictures.chat_figure,
]
SENTENCES = [getattr(sentences, name) for name in dir(sentences) if name.startswith("say_")] + [sentences.answer]
READING = [
    lambda result: sentences.group_table(result, "role"),
    lambda result: sentences.group_table(result, "sector"),
    sentences.cases_table,
    sentences.theory_table,
    sentences.word_and_deed_table,
    sentences.self_report_table,
]
SHOWN = [extracts.matrix, extracts.passages, extracts.quotations, extracts.opposites, extracts.turns]


def run(small, params):
    paths = small.write()
    return step.run(step.Params(**params), paths), paths


def draw_all(result):
    figures = [figure(result) for figure in FIGURES]
    assert all(show(figure, "Simulated data.").data for figure in figures)
    words = [sentence(result) for sentence in SENTENCES]
    assert all(figure.alt and figure.caption for figure in figures)
    assert all(word.endswith((".", ".)")) for word in words)
    assert all(isinstance(table(result), pd.DataFrame) for table in READING)
    assert all(html(result).data for html in SHOWN)
    assert all(passed for _, _, passed in sentences.page_checks(result))
    return words


def test_the_ledger_gets_how_many_themes_help_and_hinder_out_of_how_many_participants(usual):
    result, paths = usual
    claim = study.read_metrics(paths, "themes")["C4"]
    assert (claim["status"], claim["value"], claim["helps"], claim["hinders"]) == ("ok", 4, 2, 2)
    assert claim["n"]["participants"] == 6
    assert result.metrics["themes"]["trust"]["participants"] == 6
    assert result.metrics["themes"]["hierarchy"] == {"participants": 2, "of": 6, "turns": 2, "side": "hinders"}


def test_where_the_order_of_interviews_mattered_is_told(usual):
    curve = usual[0].interviews.saturated.result.curve
    found = curve["found"].to_numpy(dtype=float)
    assert sentences.against_orders(curve, found, found) == "The line stays inside the band."
    later = found + (curve["interview"] == 2)
    assert sentences.against_orders(curve, later, later) == "The line leaves the band after interview 2."


def test_words_carry_the_language_that_they_were_said_in(small, params):
    (small.paths.root / "study.yaml").write_text("title: A study\nlanguage: jv\n", encoding="utf-8")
    result, _ = run(small, params)
    said, turns = extracts.quotations(result).data, extracts.turns(result).data
    assert said.count('<span lang="jv">“') == said.count("“") > 0
    assert '<p lang="jv">' in turns


def test_a_theme_that_coders_read_too_differently_is_named_as_nothing_to_build_on(small, params):
    small.agreed = small.agreed.assign(alpha=[0.5, 0.9], usable=[False, True])
    result, _ = run(small, params)
    assert "trust (alpha 0.50)" in sentences.say_apart(result)


def test_every_figure_sentence_and_table_of_the_page_can_be_made(usual):
    result, _ = usual
    words = draw_all(result)
    assert "In 6 interviews, 2 themes help, above all reward and trust (6 of 6)" in words[-1]


def test_running_twice_writes_equal_bytes(small, params):
    _, paths = run(small, params)
    first = {file.name: file.read_bytes() for file in sorted(paths.processed("themes").iterdir())}
    assert {"matrix.parquet", "quotations.parquet", "network_points.parquet", "coreq.parquet"} <= set(first)
    metrics = paths.metrics("themes").read_bytes()
    step.run(step.Params(**params), paths)
    assert {file.name: file.read_bytes() for file in sorted(paths.processed("themes").iterdir())} == first
    assert paths.metrics("themes").read_bytes() == metrics


def test_without_transcripts_the_page_says_so_and_the_chats_are_still_compared(small, params):
    small.utterances = small.utterances.head(0)
    result, paths = run(small, params)
    draw_all(result)
    metrics = study.read_metrics(paths, "themes")
    assert metrics["status"] == metrics["C4"]["status"] == "missing"
    assert metrics["C4"]["reason"] == "there are no interview transcripts"
    assert metrics["chat"]["status"] == "ok"


def test_without_codings_the_claim_is_not_assessable(small, params):
    small.codings = small.codings.head(0)
    result, _ = run(small, params)
    draw_all(result)
    assert result.metrics["C4"]["reason"] == "no interview is coded"


def test_without_a_codebook_the_page_says_so(small, params):
    small.codebook = tables.empty(tables.Codebook)
    result, _ = run(small, params)
    draw_all(result)
    assert result.metrics["C4"]["reason"] == "there is no codebook"


def test_chats_of_other_names_are_not_compared(small, params):
    small.messages["channel"] = small.messages["channel"].str.replace("kopdar", "utama")
    result, _ = run(small, params)
    draw_all(result)
    assert result.metrics["chat"]["reason"] == "no chat has 'kopdar' in its name"


def test_who_consents_to_nothing_is_left_out_and_counted(small, params):
    small.members.loc[0, "consent"] = "none"
    result, _ = run(small, params)
    assert result.metrics["withheld"] == 1
    assert "MAAAA" not in result.interviews.matrix.index
    assert not any("MAAAA" in html(result).data for html in SHOWN)


def test_who_consents_to_aggregates_only_is_counted_and_never_quoted(usual):
    result, _ = usual
    assert result.interviews.matrix.loc["MEEEE", "trust"] == 1
    assert "MEEEE" not in set(result.interviews.quotations["member"])
    words = [extracts.passages(result).data, extracts.quotations(result).data, extracts.turns(result).data]
    assert not any("MEEEE" in text or "wawancara-05" in text for text in words)


def test_what_people_said_is_escaped(usual):
    result, _ = usual
    for html in SHOWN:
        assert "<b>" not in html(result).data
    assert "&lt;b&gt;baru&lt;/b&gt;" in extracts.passages(result).data


def test_every_cell_opens_to_its_passages_and_every_passage_to_its_turn(usual):
    result, _ = usual
    pages = [html(result).data for html in SHOWN]
    wanted = {link for page in pages for link in re.findall(r'href="#([^"]+)"', page)}
    there = [anchor for page in pages for anchor in re.findall(r'id="([^"]+)"', page)]
    assert wanted
    assert wanted <= set(there)
    assert len(there) == len(set(there))


def test_what_speaks_against_a_theme_is_shown_in_its_own_words_with_the_coders_remark(small, params):
    at = (small.codings["code"] == "time") & (small.codings["coder"] == "coder-a")
    small.codings["memo"] = small.codings["memo"].astype(object).mask(at, "negative: has time")
    result, _ = run(small, params)
    page = extracts.opposites(result).data
    shown = result.interviews.negative["member"].isin(result.interviews.alone).sum()
    assert page.count("“pagi goreng, gak sempat buka HP”") == page.count("negative: has time") == shown == 3
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', extracts.turns(result).data))


def test_every_turn_that_is_counted_has_a_passage_behind_it(usual):
    result, _ = usual
    found = result.interviews
    assert len(found.passages) == int(found.matrix.to_numpy().sum())
    alone = found.passages.set_index(["unit_id", "theme"]).loc[("wawancara-01-002", "reward")]
    assert not alone["agreed"]
    assert (alone["coders"], alone["readers"]) == (1, 2)


def test_a_small_role_never_gives_away_who_said_what(usual):
    result, _ = usual
    groups = result.interviews.by_role.groupby("group")["of"].first()
    assert groups.min() >= 3
    assert "chair" not in groups.index


def test_a_theme_that_is_no_code_is_refused(small, params):
    with pytest.raises(InputError, match="no code is called 'luck'"):
        run(small, params | {"weighs": ["luck"]})


def test_a_theme_cannot_both_help_and_hinder(small, params):
    with pytest.raises(InputError, match="two of helps, hinders and weighs"):
        run(small, params | {"weighs": ["trust"]})


def test_codes_that_the_codebook_says_an_interview_introduced_are_what_saturates(small, params):
    introduced = {"trust": "wawancara-01", "reward": "wawancara-01", "hierarchy": "wawancara-02"}
    small.codebook["introduced"] = small.codebook["code"].map(introduced).fillna("")
    assert step.introductions(Codebook.of_table(small.codebook)) == introduced


def test_with_too_few_interviews_saturation_is_not_assessed(small, params):
    result, _ = run(small, params | {"base_size": 5})
    draw_all(result)
    assert result.metrics["saturation"]["status"] == "missing"
    assert "too few" in result.metrics["saturation"]["reason"]


def test_interviews_in_which_no_theme_is_found_make_a_page_that_says_so(small, params):
    answers = small.codings["unit_id"].str.startswith("wawancara")
    small.codings.loc[answers, "code"] = None
    small.coded = small.coded[~small.coded["unit_id"].str.startswith("wawancara")]
    result, _ = run(small, params)
    draw_all(result)
    assert result.metrics["C4"]["value"] == 0
    assert result.metrics["network"]["status"] == "missing"


def test_a_participant_who_is_not_on_the_roster_is_counted_and_not_quoted(small, params):
    small.utterances["member"] = small.utterances["member"].replace({"MFFFF": "PFFFF"})
    result, _ = run(small, params)
    draw_all(result)
    assert result.interviews.matrix.loc["PFFFF", "reward"] == 2
    assert "PFFFF" not in set(result.interviews.quotations["member"])


def test_codes_that_a_model_carried_are_no_evidence_in_interviews(small, params):
    small.coded.loc[small.coded["unit_id"] == "wawancara-02-002", "origin"] = "model"
    result, _ = run(small, params)
    assert result.interviews.matrix.loc["MBBBB", "reward"] == 0


def test_the_metrics_hold_no_person(usual):
    result, paths = usual
    text = json.dumps(study.read_metrics(paths, "themes"))
    assert not any(member in text for member in result.interviews.matrix.index)


def test_a_broken_anchor_is_no_evidence_for_a_quotation(small, params):
    small.codings.loc[small.codings["unit_id"] == "wawancara-02-002", "text_sha256"] = "0" * 64
    result, _ = run(small, params)
    assert "wawancara-02-002" not in set(result.interviews.passages["unit_id"])


def test_the_tables_that_are_written_can_be_read_again(usual):
    result, paths = usual
    matrix = tables.read(paths.processed("themes") / "matrix.parquet")
    assert matrix.set_index("member")["trust"].to_dict() == result.interviews.matrix["trust"].to_dict()


def test_who_counts_in_sums_only_is_no_column_point_row_or_name_on_the_page(small, params):
    """Everything that the page shows, in a study in which two participants count in sums only and others name them."""
    small.members.loc[small.members["member"].isin(["MEEEE", "MFFFF"]), "consent"] = "aggregate"
    about = small.utterances["text"].str.startswith("Bagaimana")
    small.utterances.loc[about, "text"] = "Apa kata MEEEE dan MFFFFnya?"
    small.codings["memo"] = "negative: other than MEEEE"
    small.codings["translation"] = small.codings["translation"] + " told MFFFF"
    result, _ = run(small, params)
    words = draw_all(result)
    tables_shown = [table(result).to_html() for table in READING]
    shown = [html(result).data for html in SHOWN] + words + tables_shown + [f(result).caption for f in FIGURES]
    assert not any(member in text for member in ("MEEEE", "MFFFF") for text in shown)
    assert "Apa kata [NAME] dan [NAME]nya?" in extracts.turns(result).data
    assert "negative: other than [NAME]" in extracts.opposites(result).data
    assert "3 others" in extracts.matrix(result).data
    assert len(result.interviews.alone) == 3
    assert "Counted in the lines and not drawn: 2 participants." in network_pictures.network_figure(result).caption
