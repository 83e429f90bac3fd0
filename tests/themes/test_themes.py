"""The step themes as a whole: what it reads, writes and says, whatever is missing."""

import dataclasses
import json
import re

import pandas as pd
import pytest

from analysis import tables
from analysis.errors import InputError, Missing
from analysis.figures import say, show, table
from analysis.themes import difference, facts, page, step


def draw_all(chapter):
    """Everything that the page shows, as it shows it: what is missing by its reason."""
    figures, words = chapter.figures(), [say(sentence).data for sentence in chapter.sentences()]
    assert all(show(figure, "Simulated data.").data for figure in figures)
    assert all(isinstance(figure, Missing) or (figure.alt and figure.caption) for figure in figures)
    assert all(word.endswith((".", ".)")) for word in words)
    assert all(table(rows).data for rows in chapter.tables())
    assert all(chapter.html())
    assert all(passed for _, _, passed in chapter.checks())
    return words


def test_the_ledger_gets_how_many_themes_help_and_hinder_out_of_how_many_participants(usual):
    claim = usual.metrics["C4"]
    assert (claim["status"], claim["value"], claim["helps"], claim["hinders"]) == ("ok", 4, 2, 2)
    assert claim["n"]["participants"] == 6
    assert usual.metrics["themes"]["trust"]["participants"] == 6
    assert usual.metrics["themes"]["hierarchy"] == {"participants": 2, "of": 6, "turns": 2, "side": "hinders"}


def test_interviews_after_which_their_order_mattered_are_named(usual):
    curve = usual["saturation"].curve
    so_far = curve["found"].to_numpy(dtype=float)
    assert page.against_orders(curve, so_far, so_far) == "The line stays inside the band."
    later = so_far + (curve["interview"] == 2)
    assert (
        page.against_orders(curve, later, later)
        == "The line is below the band at interview 2 and inside it at all others."
    )
    both = later - 2 * (curve["interview"] == 1)
    assert page.against_orders(curve, both, both) == (
        "The line is above the band at interview 1 and below the band at interview 2, and inside it at all others."
    )


def test_a_rank_among_members_is_not_taken_for_a_frequency():
    reports = pd.DataFrame(
        [("MAAAA", "seldom", 2, 19, 39, "disagrees"), ("MBBBB", "never", 5, 11, 39, "disagrees"),
         ("MCCCC", "often", 90, 1, 39, "agrees"), ("MDDDD", "seldom", 0, 22, 39, "agrees")],
        columns=["member", "says", "shared", "rank", "of", "outcome"],
    )  # fmt: skip
    deeds = pd.DataFrame({"outcome": ["agrees"], "n_voicing": [6], "n_others": [6]})
    said = page.triangulation_sentence(deeds, reports)
    assert said.endswith("2 who say that they share seldom or never shared 2 to 5 pieces each, and half of the members "
                         "shared no more than that.")  # fmt: skip
    assert "A rank" not in page.triangulation_sentence(deeds, reports[1:])
    table = page.self_report_table(reports, reports["member"])
    assert table["place among members"].tolist() == [
        "second quarter",
        "second quarter",
        "upper quarter",
        "shared nothing",
    ]
    assert not table.astype(str).apply(lambda column: column.str.contains(r"\d")).to_numpy().any()


def test_words_carry_the_language_that_they_were_said_in(small, run):
    (small.paths.root / "study.yaml").write_text("title: A study\nlanguage: jv\n", encoding="utf-8")
    chapter = run()
    said, turns = chapter.quotations(), chapter.turns()
    assert said.count('<span lang="jv">“') == said.count("“") > 0
    assert '<p lang="jv">' in turns


def test_a_theme_that_coders_read_too_differently_is_named_as_nothing_to_build_on(small, run):
    small.agreed = small.agreed.assign(alpha=[0.5, 0.9], usable=[False, True])
    chapter = run()
    assert "trust (alpha 0.500)" in page.agreement_sentence(chapter["counts"], chapter["differing"])


def test_such_a_theme_is_not_the_one_that_leads(usual):
    turns, negative = usual["turns"], usual["negative"]
    said = page.answer(
        usual["counts"],
        turns,
        "the coders' agreement on trust (alpha 0.500) is below the floor for conclusions",
        negative,
    )
    assert "Of what helps, reward is named most often (6 of 6" in said
    assert "leaving out trust, on which agreement is below the floor." in said
    figure = page.prevalence_figure(
        usual["counts"], usual.data.codebook, "differ on reward (alpha 0.40) and trust (alpha 0.50)"
    )
    assert "of what helps" not in figure.alt
    assert "below the floor: reward and trust." in figure.caption


def test_expectations_tested_against_chance_and_judged_by_a_count_are_counted_separately():
    found = ["close to trust 5 times, 2.9 by chance (p = .104)", "9 of 12 voice it", "3 of 12 voice it", "too few"]
    outcome = ["that way, within chance", "as expected", "otherwise", "not assessable"]
    assert page.theory_sentence(pd.DataFrame({"found": found, "outcome": outcome})) == (
        "1 of 4 expectations is met. Tested against chance, none of 1 is clearly met; 1 points as expected, within "
        "chance. 1 of the 2 judged by a count alone is met. 1 is not assessable."
    )


def test_every_figure_sentence_and_table_of_the_page_can_be_made(usual):
    words = draw_all(usual)
    assert words[0].startswith("In 6 interviews, participants voice 2 themes of what helps and")
    assert "Of what helps, reward and trust are named most often (6 of 6)." in words[0]


def test_running_twice_writes_equal_bytes(run):
    chapter = run()
    folder, metrics = chapter.paths.processed("themes"), chapter.paths.metrics("themes")
    first, written = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}, metrics.read_bytes()
    assert {"matrix.parquet", "quotations.parquet", "network_points.parquet", "coreq.parquet"} <= set(first)
    step.run(chapter.params, chapter.paths)
    assert {file.name: file.read_bytes() for file in sorted(folder.iterdir())} == first
    assert metrics.read_bytes() == written


def test_all_that_the_claim_and_the_page_rest_on_is_written(usual):
    folder, p = usual.paths.processed("themes"), usual.params
    assert len(tables.read(folder / "turns.parquet")) == len(usual["turns"])
    assert tables.read(folder / "together_null.parquet").shape == (p.permutations, len(usual["together"]))
    assert len(tables.read(folder / "saturation_orders.parquet")) == p.orders
    null = tables.read(folder / "settings_null.parquet")["effect"]
    assert ((null >= usual["settings"].effect).sum() + 1) / (p.permutations + 1) == usual["settings"].p


def test_without_transcripts_the_page_says_so_and_the_chats_are_still_compared(small, run):
    small.utterances = small.utterances.head(0)
    chapter = run()
    draw_all(chapter)
    metrics = chapter.metrics
    assert metrics["status"] == metrics["C4"]["status"] == "missing"
    assert metrics["C4"]["reason"] == "there are no interview transcripts"
    assert metrics["chat"]["status"] == "ok"


def test_without_codings_the_claim_is_not_assessable(small, run):
    small.codings = small.codings.head(0)
    chapter = run()
    draw_all(chapter)
    assert chapter.metrics["C4"]["reason"] == "no interview is coded"


def test_without_a_codebook_the_page_says_so(small, run):
    small.codebook = tables.empty(tables.Codebook)
    chapter = run()
    draw_all(chapter)
    assert chapter.metrics["C4"]["reason"] == "there is no codebook"


def test_chats_of_other_names_are_not_compared(small, run):
    small.messages["channel"] = small.messages["channel"].str.replace("kopdar", "utama")
    chapter = run()
    draw_all(chapter)
    assert (
        chapter.metrics["chat"]["reason"]
        == "no chat has 'kopdar' (themes.informal) in its name: utama-guyub and pengurus-guyub"
    )


def test_who_consents_to_nothing_is_left_out_and_counted(small, run):
    small.members.loc[0, "consent"] = "none"
    chapter = run()
    assert chapter.metrics["withheld"] == 1
    assert "MAAAA" not in chapter["matrix"].index
    assert not any("MAAAA" in html for html in chapter.html())


def test_who_consents_to_aggregates_only_is_counted_and_never_quoted(usual):
    assert usual["matrix"].loc["MEEEE", "trust"] == 1
    assert "MEEEE" not in set(usual["quotations"]["member"])
    words = [usual.passages(), usual.quotations(), usual.turns()]
    assert not any("MEEEE" in text or "wawancara-05" in text for text in words)


def test_what_people_said_is_escaped(usual):
    assert not any("<b>" in html for html in usual.html())
    assert "&lt;b&gt;baru&lt;/b&gt;" in usual.passages()


def test_every_cell_opens_to_its_passages_and_every_passage_to_its_turn(usual):
    pages = usual.html()
    wanted = {link for page in pages for link in re.findall(r'href="#([^"]+)"', page)}
    there = [anchor for page in pages for anchor in re.findall(r'id="([^"]+)"', page)]
    assert wanted
    assert wanted <= set(there)
    assert len(there) == len(set(there))


def test_what_speaks_against_a_theme_is_shown_in_its_own_words_with_the_coders_remark(small, run):
    at = (small.codings["code"] == "time") & (small.codings["coder"] == "coder-a")
    small.codings["memo"] = small.codings["memo"].astype(object).mask(at, "negative: has time")
    chapter = run()
    opposites = chapter.opposites()
    shown = chapter["negative"]["member"].isin(chapter.alone).sum()
    assert opposites.count("“pagi goreng, gak sempat buka HP”") == opposites.count("negative: has time") == shown == 3
    assert set(re.findall(r'href="#([^"]+)"', opposites)) <= set(re.findall(r'id="([^"]+)"', chapter.turns()))


def test_every_turn_that_is_counted_has_a_passage_behind_it(usual):
    assert len(usual["passages"]) == int(usual["matrix"].to_numpy().sum())
    alone = usual["passages"].set_index(["unit_id", "theme"]).loc[("wawancara-01-002", "reward")]
    assert not alone["agreed"]
    assert (alone["coders"], alone["readers"]) == (1, 2)


def test_a_small_role_never_gives_away_who_said_what(usual):
    groups = usual["by_role"].groupby("group")["of"].first()
    assert groups.min() >= 3
    assert "chair" not in groups.index


def test_a_theme_that_is_no_code_is_refused(run):
    with pytest.raises(InputError, match="no code is called 'luck'"):
        run(weighs=["luck"])


def test_a_theme_cannot_both_help_and_hinder(run):
    with pytest.raises(InputError, match="two of helps, hinders and weighs"):
        run(weighs=["trust"])


def test_codes_that_the_codebook_says_an_interview_introduced_are_what_saturates(small, run):
    introduced = {"trust": "wawancara-01", "reward": "wawancara-01", "hierarchy": "wawancara-02"}
    small.codebook["introduced"] = small.codebook["code"].map(introduced).fillna("")
    heard = run()["codes_heard"]
    assert heard.basis == "introduced"
    assert set(heard.codes.columns) == set(introduced)
    assert heard.new[heard.new > 0].to_dict() == {"wawancara-01": 2, "wawancara-02": 1}


def test_with_too_few_interviews_saturation_is_not_assessed(run):
    chapter = run(base_size=5)
    draw_all(chapter)
    assert chapter.metrics["saturation"]["status"] == "missing"
    assert "too few" in chapter.metrics["saturation"]["reason"]


def test_interviews_in_which_no_theme_is_found_make_a_page_that_says_so(small, run):
    answers = small.codings["unit_id"].str.startswith("wawancara")
    small.codings.loc[answers, "code"] = None
    small.coded = small.coded[~small.coded["unit_id"].str.startswith("wawancara")]
    chapter = run()
    draw_all(chapter)
    assert chapter.metrics["C4"]["value"] == 0
    assert chapter.metrics["network"]["status"] == "missing"


def test_a_participant_who_is_not_on_the_roster_is_counted_and_not_quoted(small, run):
    small.utterances["member"] = small.utterances["member"].replace({"MFFFF": "PFFFF"})
    chapter = run()
    draw_all(chapter)
    assert chapter["matrix"].loc["PFFFF", "reward"] == 2
    assert "PFFFF" not in set(chapter["quotations"]["member"])


def test_the_page_says_how_many_turns_wait_for_approval_and_counts_no_decided_one(small, run, monkeypatch):
    (small.paths.root / "study.yaml").write_text("quotations: approved\n", encoding="utf-8")
    chapter = run()
    data, quotations, passages = chapter.data, chapter["quotations"], chapter["passages"]
    units = passages.loc[passages["member"].isin(data.agreed), "unit_id"].unique().tolist()
    (said,) = (each for each in chapter.sentences() if "wait for approval" in str(each))
    assert said.endswith(
        f" {len(units)} turns of interviews wait for approval (guyub quotes) and are not quoted until then."
    )
    none = page.quotations_sentence(quotations[:0], passages, data, 3)
    assert none.reason.startswith(f"no passage is chosen as a quotation; {len(units)} turns of interviews wait for app")
    decided = dataclasses.replace(data, decided=frozenset(units[1:]))
    assert " 1 turn of interviews waits for approval (guyub quotes)" in page.quotations_sentence(
        quotations, passages, decided, 3
    )
    for settled in (dataclasses.replace(data, decided=frozenset(units)), dataclasses.replace(data, approved=None)):
        assert "approval" not in page.quotations_sentence(quotations, passages, settled, 3)


def test_the_checklist_counts_as_members_interviewed_only_members(small, run):
    small.members = pd.concat([small.members, small.members.iloc[[0]].assign(member="PAAAA")])
    reached = run()["coreq"].set_index("number").loc[13, "answer"]
    assert reached.startswith("6 of 6 members were interviewed")
    people = pd.Series(["PAAAA", "PBBBB"])
    turns = pd.DataFrame({"member": people, "transcript": ["a", "b"], "start_s": 0.0, "end_s": 60.0})
    nobody = facts.sample_facts(turns, turns, members=turns[["member"]].assign(role=None, sector=None), coders=["A"],
                                withheld=0)  # fmt: skip
    assert nobody["non_participation"] == ""


def test_codes_that_a_model_carried_are_no_evidence_in_interviews(small, run):
    small.coded.loc[small.coded["unit_id"] == "wawancara-02-002", "origin"] = "model"
    chapter = run()
    assert chapter["matrix"].loc["MBBBB", "reward"] == 0


def test_the_metrics_hold_no_person(usual):
    text = json.dumps(usual.metrics)
    assert not any(member in text for member in usual["matrix"].index)


def test_a_broken_anchor_is_no_evidence_for_a_quotation(small, run):
    small.codings.loc[small.codings["unit_id"] == "wawancara-02-002", "text_sha256"] = "0" * 64
    chapter = run()
    assert "wawancara-02-002" not in set(chapter["passages"]["unit_id"])


def test_the_tables_that_are_written_can_be_read_again(usual):
    matrix = tables.read(usual.paths.processed("themes") / "matrix.parquet")
    assert matrix.set_index("member")["trust"].to_dict() == usual["matrix"]["trust"].to_dict()


def test_who_counts_in_sums_only_is_no_column_point_row_or_name_on_the_page(small, run):
    """Everything that the page shows, in a study in which two participants count in sums only and others name them."""
    small.members.loc[small.members["member"].isin(["MEEEE", "MFFFF"]), "consent"] = "aggregate"
    about = small.utterances["text"].str.startswith("Bagaimana")
    small.utterances.loc[about, "text"] = "Apa kata MEEEE dan MFFFFnya?"
    small.codings["memo"] = "negative: other than MEEEE"
    small.codings["translation"] = small.codings["translation"] + " says MFFFF"
    chapter = run()
    words = draw_all(chapter)
    tables_shown = [table(rows).data for rows in chapter.tables()]
    shown = (
        chapter.html()
        + words
        + tables_shown
        + [figure.caption for figure in chapter.figures() if not isinstance(figure, Missing)]
    )
    assert not any(member in text for member in ("MEEEE", "MFFFF") for text in shown)
    assert "Apa kata [NAME] dan [NAME]nya?" in chapter.turns()
    assert "negative: other than [NAME]" in chapter.opposites()
    assert "3 others" in chapter.matrix_table()
    assert len(chapter.alone) == 3


def test_which_themes_go_together_is_said_and_not_only_drawn(usual):
    pairs = [("trust", "care"), ("reward", "time"), ("cost", "time"), ("trust", "cost")]
    together = pd.DataFrame(pairs, columns=["theme_a", "theme_b"]).assign(p_adjusted=[0.5, 0.6, 0.7, 0.8])
    none = "With 6 interviews, no pair of themes is clearly together beyond chance (4 pairs tested)."
    assert page.together_sentence(together, usual["turns"], 0.05) == none
    one = together.assign(p_adjusted=[0.01, 0.6, 0.7, 0.8])
    said = page.together_sentence(one, usual["turns"], 0.05)
    assert said == "1 of 4 pairs of themes is together beyond chance: trust with care."
    every = together.assign(p_adjusted=0.01)
    said = page.together_sentence(every, usual["turns"], 0.05)
    assert said == "4 of 4 pairs of themes are together beyond chance."


@pytest.mark.parametrize("called", ["Member", "anggota", "Anggota", "bot"])
def test_whatever_a_member_without_an_office_is_called_they_hold_none(usual, called):
    """As in robustness and recommendations."""
    data, network = usual.data, usual["network"]
    renamed = dataclasses.replace(
        data, members=data.members.assign(role=data.members["role"].replace("member", called))
    )
    assert renamed.roles.eq(called).any()
    assert renamed.offices == data.offices == set(data.roles.index[data.roles.isin(["chair", "secretary"])])
    compared = (step.compare_offices(network, each.roles, permutations=49, seed=1) for each in (data, renamed))
    assert len({repr(each) for each in compared}) == 1


def test_too_few_with_an_office_are_not_drawn_by_themselves(usual):
    """A mean network of three would say what each of three known people connects."""
    network, everyone = usual["network"], list(usual["network"].points.index)
    assert len(everyone) == 6
    few = difference.offices_figure(network, everyone[:3], usual["offices"], 0.05)
    assert few == Missing("fewer than 5 participants hold an office")
    others = difference.offices_figure(network, everyone[:5], usual["offices"], 0.05)
    assert others == Missing("fewer than 5 participants hold none")


def test_the_checklist_counts_no_roles_where_one_alone_has_participants_enough():
    members = pd.DataFrame({"member": [f"M{k}" for k in range(12)], "role": ["member"] * 9 + list("abc")})
    people = pd.Index(members["member"])
    assert facts._tally(people, members, "role") == "not counted, as only one has 5 participants or more"
    several = members.assign(role=list("aabbccddeeff"))
    assert facts._tally(people, several, "role") == "not counted, as none has 5 participants or more"
    assert facts._tally(people, members.assign(role=["a"] * 6 + ["b"] * 6), "role") == "a 6, b 6"
