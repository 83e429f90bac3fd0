"""Alarms: each thing that verify guards is broken here, and the check of that name reports it."""

import gzip
import html
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zlib
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
import yaml
from matplotlib import image

from analysis import cli, reads, study, tables, workers
from analysis.book import downloads, light_pages
from analysis.calibration import page as calibration
from analysis.calibration import run as plans
from analysis.cli import entry
from analysis.disk import sha256, wheel_sha256
from analysis.errors import InputError
from analysis.figures import plain
from analysis.themes import excerpts
from analysis.upstream import md5
from analysis.verify import (
    calibrated,
    checks,
    damage,
    differences,
    environment,
    facts,
    history,
    lock,
    numerals,
    pages,
    prose,
    quotations,
    recomputed,
    release,
    rerun,
    seeds,
    watcher,
)
from analysis.verify.catalogue import allowances, catalogue, checklist
from analysis.verify.subject import Finding, Subject, timed

from .mutate import unchanged_files_read_once

ROOT = Path(__file__).resolve().parents[2]
NAME = 'Kue & <b>kopi</b> <3 "enak" it\'s -- ... *y* _z_ a_b [k](l) {m} \\ &copy &lt; 🍪 كعك'
CHAT = "data/raw/chats/Chat WhatsApp dengan Kopdar dan Guyonan.txt"
CODINGS = "data/raw/codings/coder-a.csv"
MANIFEST = "data/raw/MANIFEST.csv"
SHARING, NETWORK = "book/executed/03-sharing.ipynb", "book/executed/04-network.ipynb"
PAGE = "book/_build/html/executed/03-sharing.html"
FIRST_PAGE = "book/_build/html/index.html"
SUMMARY = "book/_build/html/ringkasan.html"


def git(root, *words):
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


def findings(name, paths):
    return timed(checks.CHECKS[name], Subject(paths))[0]


def reported(name, paths):
    return listed(findings(name, paths))


def listed(found):
    return "".join(f"{each.place}: {each.what}\n" for each in found)


# What a whole study says


def test_no_check_fails_on_a_study_that_was_just_run_and_nothing_is_written(ran):
    def snapshot():
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in ran.root.rglob("*")}

    before = snapshot()
    outcomes = checks.verify(ran)
    assert [each.check.name for each in outcomes] == list(checks.CHECKS)
    assert checks.report([each for each in outcomes if each.state == "failed"], 0) == "0 checks passed (0.0 s)"
    assert snapshot() == before


def test_the_list_of_checks_names_each_check_once_and_says_what_it_catches():
    always = [entry.name for entry in catalogue() if not entry.needs]
    assert always == list(checks.CHECKS)
    assert all(entry.catches and entry.limits for entry in catalogue())
    assert {row["reason"] for row in allowances()}
    names = {entry.name for entry in catalogue()}
    for name in ("CODECHECK", "AEA", "FAIR4RS"):
        machine = {word for item in checklist(name) for word in item.machine if not word.startswith("guyub")}
        assert machine <= names
        assert all(item.machine or item.person for item in checklist(name))


# Alarms. Each: how the study is broken, the check that must fail, and what its finding says.


def a_message_is_changed(broken):
    broken(CHAT, "a", "b")


def a_coding_is_moved(broken):
    text = (broken.paths.root / CODINGS).read_text(encoding="utf-8")
    unit, start, rest = re.search(r"^([^,\n]+),(\d+),([^\n]*)$", text, re.M).groups()
    broken(CODINGS, f"{unit},{start},{rest}", f"{unit},{int(start) + 1},{rest}")


def a_raw_file_is_removed(broken):
    broken("data/raw/partnerships.csv", "", None)


def a_raw_file_is_added(broken):
    broken("data/raw/chats/another.txt", None, "x")


def the_manifest_is_removed(broken):
    broken(MANIFEST, "", None)


def a_message_is_changed_with_its_line_in_the_manifest(broken):
    import hashlib

    before = hashlib.sha256((broken.paths.root / CHAT).read_bytes()).hexdigest()
    broken(CHAT, "a", "b")
    broken(MANIFEST, before, hashlib.sha256((broken.paths.root / CHAT).read_bytes()).hexdigest())


def the_threshold_of_a_claim_is_moved(broken):
    broken("claims.yaml", "smallest_effect: 0.1", "smallest_effect: 0.01")


def code_is_changed_after_the_run(broken):
    broken("src/analysis/sharing/step.py", "\ndef run(", "\nQUICK = True\n\n\ndef run(")


def a_page_is_changed_after_the_build(broken):
    broken("book/theory.md", "Trust", "Mistrust")


def a_parameter_is_changed_after_the_run(broken):
    broken("params.yaml", "confidence: 0.95", "confidence: 0.9")


def a_parameter_is_unknown(broken):
    broken("params.yaml", "\nclaims:\n", "\nclaims:\n  beta: 1\n")


def a_metric_is_edited(broken):
    broken("metrics/ingest.json", '"messages": ', '"messages": 1')


def a_claim_names_code_that_is_not_there(broken):
    broken("claims.yaml", "analysis.sharing.excess.pooled_excess", "analysis.sharing.excess.excess")


def a_claim_names_a_figure_that_is_not_there(broken):
    broken("claims.yaml", "shown_by: [analysis.sharing.page.null_figure", "shown_by: [analysis.sharing.page.nil_figure")


def a_claim_names_a_figure_that_its_chapter_does_not_show(broken):
    broken("claims.yaml", "shown_by: [analysis.sharing.page.null_figure", "shown_by: [analysis.figures.canvas")


def a_claims_data_are_gone(broken):
    broken("data/processed/themes/matrix.parquet", "", None)


def a_figure_is_swapped(broken):
    notebook = nbformat.read(broken.keep(NETWORK), as_version=4)
    shown = [cell for cell in notebook.cells if 'class="drawing"' in str(cell.get("outputs"))]
    shown[0].outputs, shown[1].outputs = shown[1].outputs, shown[0].outputs
    nbformat.write(notebook, broken.paths.root / NETWORK)


def a_figure_is_swapped_and_covered_up(broken):
    a_figure_is_swapped(broken)
    broken.relock()


def a_row_of_a_table_is_dropped(broken):
    path = broken.keep("data/processed/sharing/counts.parquet")
    pd.read_parquet(path).iloc[1:].to_parquet(path)


def rows_of_a_table_are_dropped_and_covered_up(broken):
    path = broken.keep("data/processed/sharing/counts.parquet")
    pd.read_parquet(path).iloc[1:].to_parquet(path)
    broken.relock()


def a_passage_is_cut_before_its_but_and_covered_up(broken):
    path = broken.keep("data/processed/themes/passages.parquet")
    passages = pd.read_parquet(path)
    long = passages.index[passages["text"].str.contains(", ")][0]
    passages.loc[long, "text"] = passages.loc[long, "text"].split(", ")[0]
    passages.to_parquet(path)
    broken.relock()


def a_share_is_better_in_the_metrics_and_is_covered_up(broken):
    path = broken.keep("metrics/sharing.json")
    metrics = json.loads(path.read_text(encoding="utf-8"))
    metrics["share"]["counted"]["value"] *= 1.01
    path.write_text(json.dumps(metrics), encoding="utf-8")
    broken.relock()


def another_interview_brought_a_code_and_is_covered_up(broken):
    path = broken.keep("data/processed/ingest/codebook.parquet")
    codes = pd.read_parquet(path)
    codes.assign(introduced=codes["introduced"].where(codes["introduced"] == "", "wawancara-01")).to_parquet(path)
    broken.relock()


def a_stage_ran_with_code_that_was_put_back(broken):
    before = release.runs(Subject(broken.paths).locked)
    broken.monkeypatch.setattr(release.Tool, "runs", lambda *_: before)
    path = broken.keep("data/processed/coding/coded.parquet")
    coded = pd.read_parquet(path)
    coded.assign(probability=coded["probability"].clip(lower=0.2)).to_parquet(path)
    broken.relock()


def the_release_no_longer_says_what_its_run_made(broken):
    broken.monkeypatch.setattr(release.Tool, "runs", lambda *_: {})
    broken("release.json", None, json.dumps({"version": "1.0.0", "files": {}}))


def coders_agree_better_and_are_covered_up(broken):
    path = broken.keep("data/processed/coding/agreement.parquet")
    agreed = pd.read_parquet(path)
    agreed.assign(alpha=agreed["alpha"] + 0.05).to_parquet(path)
    broken.relock()


def a_classifier_errs_less_and_is_covered_up(broken):
    path, metrics = (broken.keep(n) for n in ("data/processed/coding/performance.parquet", "metrics/coding.json"))
    pd.read_parquet(path).eval("precision = precision + 0.05").to_parquet(path)
    better = json.loads(metrics.read_text(encoding="utf-8"))
    for code in better["by_code"].values():
        code["precision"] = code["precision"] and code["precision"] + 0.05
    metrics.write_text(json.dumps(better), encoding="utf-8")
    broken.relock()


def a_code_is_given_more_often_and_is_covered_up(broken):
    path = broken.keep("data/processed/coding/prevalence.parquet")
    shares = pd.read_parquet(path)
    likely = shares["kind"] == "corrected"
    shares.assign(value=shares["value"].where(~likely, shares["value"] * 1.5)).to_parquet(path)
    broken.relock()


def answers_are_likelier_and_are_covered_up(broken):
    path = broken.keep("data/processed/network/replies.parquet")
    replies = pd.read_parquet(path)
    replies.assign(probability=(replies["probability"] ** 0.9).clip(upper=1)).to_parquet(path)
    broken.relock()


def a_claim_has_another_number_in_the_metrics_and_is_covered_up(broken):
    path = broken.keep("metrics/partnership.json")
    metrics = json.loads(path.read_text(encoding="utf-8"))
    metrics["C1"]["value"] = 2.5
    path.write_text(json.dumps(metrics), encoding="utf-8")
    broken.relock()


def universes_that_say_otherwise_are_struck_and_covered_up(broken):
    path = broken.keep("data/processed/robustness/universes.parquet")
    rows = pd.read_parquet(path)
    rows.drop(index=rows.index[-3:]).to_parquet(path)
    broken.relock()


def all_universes_of_a_claim_are_struck_and_it_is_covered_up(broken):
    path = broken.keep("data/processed/robustness/universes.parquet")
    rows = pd.read_parquet(path)
    rows[rows["claim"] != "C3"].to_parquet(path)
    broken.relock()


def a_universe_gives_another_verdict_and_is_covered_up(broken):
    path = broken.keep("data/processed/robustness/universes.parquet")
    rows = pd.read_parquet(path)
    rows.loc[rows.index[-1], "verdict"] = "contradicted"
    rows.to_parquet(path)
    broken.relock()


def more_universes_are_counted_than_there_are_and_it_is_covered_up(broken):
    path = broken.keep("metrics/robustness.json")
    metrics = json.loads(path.read_text(encoding="utf-8"))
    metrics["claims"]["C3"]["universes"] += 40
    path.write_text(json.dumps(metrics), encoding="utf-8")
    broken.relock()


def a_word_is_taken_out_of_the_search_and_covered_up(broken):
    path = broken.keep("book/_build/html/searchindex.js")
    before, index, after = re.split(r"(?<=\()(.*)(?=\))", path.read_text(encoding="utf-8"), maxsplit=1, flags=re.DOTALL)
    terms = json.loads(index)
    for kind in ("terms", "titleterms"):
        terms[kind].pop("simul", None)
    path.write_text(f"{before}{json.dumps(terms)}{after}", encoding="utf-8")
    broken.relock()


def the_key_is_no_longer_kept_out_of_git(broken):
    broken(".gitignore", "/secrets/\n*.key\n", "")


def sections_are_taken_out_of_the_search_and_it_is_covered_up(broken):
    path = broken.keep("book/_build/html/searchindex.js")
    before, index, after = re.split(r"(?<=\()(.*)(?=\))", path.read_text(encoding="utf-8"), maxsplit=1, flags=re.DOTALL)
    terms = json.loads(index)
    del terms["alltitles"]["What this does not show"]
    path.write_text(f"{before}{json.dumps(terms)}{after}", encoding="utf-8")
    broken.relock()


def entries_of_the_inventory_change_places_and_it_is_covered_up(broken):
    path = broken.keep("book/_build/html/objects.inv")
    raw = path.read_bytes()
    start = raw.index(b"\n", raw.index(b"zlib.")) + 1
    listed = zlib.decompress(raw[start:]).replace(b" brief.html ", b" \0 ").replace(b" theory.html ", b" brief.html ")
    path.write_bytes(raw[:start] + zlib.compress(listed.replace(b" \0 ", b" theory.html ")))
    broken.rehash()
    broken.relock()


def a_picture_of_the_tutorial_is_another_and_is_covered_up(broken):
    path = broken.keep("book/_build/html/_images/coding.png")
    path.write_bytes((path.parent / "who.png").read_bytes())
    broken.rehash()
    broken.relock()


def the_alt_text_of_the_first_picture_misreports_it_and_is_covered_up(broken):
    page = (broken.paths.book / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    alt = re.search(r'<div class="drawing" role="img" aria-label="([^"]{20})', page)[1]
    broken("book/_build/html/index.html", alt, f"All members share alike. {alt}")
    broken.relock()


def the_picture_of_who_shares_counts_otherwise_and_is_covered_up(broken):
    page = (broken.paths.book / "_build" / "html" / "ringkasan.html").read_text(encoding="utf-8")
    shown = re.search(r'<figure class="guyub dots.*?</figure>|<p class="guyub missing">.*?</p>', page, re.DOTALL)[0]
    broken("book/_build/html/ringkasan.html", shown, shown.replace(">", "> ", 1))
    broken.relock()


def the_glossary_is_edited_and_covered_up(broken):
    broken("book/_build/html/glossary.html", "plausible", "certain")
    broken.relock()


def a_term_is_explained_otherwise_where_it_is_used_and_it_is_covered_up(broken):
    page = (broken.paths.book / "_build" / "html" / "trust.html").read_text(encoding="utf-8")
    meaning = re.search(r'data-meaning="([^"]{10})', page)[1]
    broken("book/_build/html/trust.html", f'data-meaning="{meaning}', f'data-meaning="Certainly {meaning}')
    broken.relock()


def a_score_in_a_table_of_the_reply_model_is_edited_and_covered_up(broken):
    page = (broken.paths.book / "_build" / "html" / "trust.html").read_text(encoding="utf-8")
    table = re.search(r'<table class="guyub replies.*?</table>', page, re.DOTALL)[0]
    score = re.search(r"<p>(\d\d\.\d)", table)[1]
    broken("book/_build/html/trust.html", table, table.replace(f"<p>{score}", "<p>99.9", 1))
    broken.relock()


def a_program_is_said_to_be_slower_and_it_is_covered_up(broken):
    page = (broken.paths.book / "_build" / "html" / "speed.html").read_text(encoding="utf-8")
    table = re.search(r'<table class="guyub speed.*?</table>', page, re.DOTALL)[0]
    ratio = re.findall(r"<p>(\d[\d.]*) \(", table)[-1]
    broken("book/_build/html/speed.html", table, table.replace(f"<p>{ratio} (", f"<p>9{ratio} (", 1))
    broken.relock()


def the_picture_beside_links_is_painted_over_and_covered_up(broken):
    path = broken.keep("book/_build/html/_static/card.png")
    picture = image.imread(path)
    picture[300:330, 900:1100] = 1
    image.imsave(path, picture)
    broken.relock()


def the_rule_is_softened_and_is_covered_up(broken):
    page = (broken.paths.root / FIRST_PAGE).read_text(encoding="utf-8")
    share = re.search(r"At least\s(\d+)\s%", page)
    broken(FIRST_PAGE, share.group(), share.group().replace(share[1], "30"))
    broken.relock()


def a_check_is_said_to_see_everything_and_is_covered_up(broken):
    limits = next(check.limits for check in catalogue() if check.name == "lock")
    broken("book/_build/html/reviewers.html", limits, "nothing")
    broken.relock()


def a_page_lists_other_code_than_ran_and_is_covered_up(broken):
    page = (broken.paths.root / PAGE).read_text(encoding="utf-8")
    name = re.search(r'<span class="n">(\w{6,})</span>', page)
    broken(PAGE, name.group(), name.group().replace(name[1], "milder"))
    broken.relock()


def a_number_on_a_page_is_edited(broken):
    page = (broken.paths.root / FIRST_PAGE).read_text(encoding="utf-8")
    shown = re.search('<span class="computed"[^>]*>', page).group()
    broken(FIRST_PAGE, shown, f"{shown}9")


def a_number_on_a_page_is_edited_and_covered_up(broken):
    a_number_on_a_page_is_edited(broken)
    broken.relock()


def a_verdict_on_a_page_is_edited_and_covered_up(broken):
    page = (broken.paths.root / FIRST_PAGE).read_text(encoding="utf-8")
    chip = re.search(r"– not assessable|\? undecided|✔ supported|✘ contradicted", page).group()
    broken(FIRST_PAGE, chip, "✔ supported" if chip != "✔ supported" else "? undecided")
    broken.relock()


def a_verdict_that_opens_a_chapter_is_edited_and_covered_up(broken):
    page = (broken.paths.root / PAGE).read_text(encoding="utf-8")
    chip = re.search(r'<span class="verdict[^"]*">([^<]*)</span>', page)
    broken(PAGE, chip.group(), chip.group().replace(chip[1], "✔ proven"))
    broken.relock()


def the_grounds_of_a_piece_of_advice_are_edited_and_covered_up(broken):
    page = (broken.paths.root / SUMMARY).read_text(encoding="utf-8")
    table = page[page.index('<table class="guyub advice') :]
    chip = re.search(r'<span class="verdict[^"]*">[^<]*</span>', table).group()
    broken(SUMMARY, table, table.replace(chip, '<span class="verdict">✔ terbukti</span>', 1))
    broken.relock()


def a_sentence_below_a_figure_is_edited_and_covered_up(broken):
    notebook = nbformat.read(broken.keep(SHARING), as_version=4)
    said = next(out.data for cell in notebook.cells for out in cell.get("outputs", []) if "text/markdown" in out.data)
    said["text/markdown"] += " All is well."
    nbformat.write(notebook, broken.paths.root / SHARING)
    broken.relock()


def edit_both(broken, notebook, old, new):
    """Change the first such place of a notebook's outputs there and on its page, and make dvc.lock fit both."""
    place = f"book/executed/{notebook}.ipynb"
    ran = nbformat.read(broken.keep(place), as_version=4)
    shown = [out.data for cell in ran.cells for out in cell.get("outputs", []) if "text/html" in out.get("data", {})]
    data = next(data for data in shown if re.search(old, data["text/html"]))
    before, data["text/html"] = data["text/html"], re.sub(old, new, data["text/html"], count=1)
    assert before != data["text/html"]
    nbformat.write(ran, broken.paths.root / place)
    page = f"book/_build/html/executed/{notebook}.html"
    bare = light_pages.breaking(downloads.bare((broken.paths.root / page).read_text(encoding="utf-8")))
    then, now = (light_pages.unpacked(text, "../").strip() for text in (before, data["text/html"]))
    assert then in bare
    broken(page, None, bare.replace(then, now))
    broken.relock()


def a_picture_is_edited_wherever_it_is(broken):
    edit_both(broken, "03-sharing", r'(<path d="M \d)', r"\g<1>1")


def a_caption_is_edited_wherever_it_is(broken):
    edit_both(broken, "03-sharing", "<figcaption>", "<figcaption>Nearly all share. ")


def a_number_in_a_table_is_edited_wherever_it_is(broken):
    edit_both(broken, "03-sharing", r"<td>(\d)", r"<td>9\1")


def the_data_of_the_map_are_edited_wherever_they_are(broken):
    edit_both(broken, "04-network", r'("y":\[-?)(\d)', r"\g<1>9\2")


def a_quotation_is_moved_to_somebody_else(broken):
    edit_both(broken, "06-themes", r'(<a href="#turn-[^"]+">)\w+', r"\1MAAAA")


def a_column_is_swapped_and_covered_up(broken):
    path = broken.keep("data/processed/sharing/counts.parquet")
    counts = pd.read_parquet(path)
    counts.assign(messages=counts["shares"], shares=counts["messages"]).to_parquet(path)
    broken.relock()


def a_metric_that_no_page_shows_is_rounded_up_and_covered_up(broken):
    broken("metrics/network.json", "{", '{"more": 1, ')
    broken.relock()


def the_minimum_of_a_claim_is_lowered_and_covered_up(broken):
    broken("claims.yaml", "minimum: {members: 15, pairs: 100}", "minimum: {members: 5, pairs: 10}")
    broken.relock()


def a_hash_on_a_card_is_edited_and_covered_up(broken):
    page = (broken.paths.root / PAGE).read_text(encoding="utf-8")
    broken(PAGE, re.search(r'<code title="([0-9a-f]{32})', page)[1], "0" * 32)
    broken.relock()


def a_table_of_calibration_is_edited_and_covered_up(broken):
    broken("calibration/verdicts.csv", "\nnull,C1,False", "\nnull,C1,True")
    broken.relock()


def a_sentence_of_calibration_is_edited_and_covered_up(broken):
    said = calibration.sentence(calibration.load(broken.paths.root), "run").split()[:3]
    broken("book/_build/html/calibration.html", " ".join(said), " ".join(reversed(said)))
    broken.relock()


def the_words_of_a_page_are_edited_and_covered_up(broken):
    broken("book/_build/html/theory.html", "Trust comes", "Distrust comes")
    broken.relock()


def the_words_of_a_chapter_are_edited_and_covered_up(broken):
    broken(PAGE, "Groups whose bars do not overlap differ", "Groups whose bars overlap differ")
    broken.relock()


def a_copy_of_a_source_is_edited_and_covered_up(broken):
    broken("book/_build/html/_sources/theory.md", "Trust", "Distrust")
    broken.relock()


def a_table_to_take_along_holds_more_than_its_page_and_is_covered_up(broken):
    broken("book/_build/html/_downloads/03-sharing-table-1.csv", "week,", "week,name,")
    broken.relock()


def a_file_to_take_along_is_added_and_covered_up(broken):
    broken("book/_build/html/_downloads/members.csv", None, "name,phone\n")
    broken.relock()


def a_number_of_a_figure_is_edited_and_covered_up(broken):
    broken(PAGE, ">Figure 3.1.<", ">Figure 3.7.<")
    broken.relock()


def the_entry_to_cite_is_edited_and_covered_up(broken):
    broken("book/_build/html/cite.html", "@misc{", "@misc{their")
    broken.relock()


def the_index_of_the_search_is_edited(broken):
    broken("book/_build/html/searchindex.js", "titles", "titlez")


def a_chapter_is_left_out_of_the_book(broken):
    broken(PAGE, "", None)


def a_hash_in_the_lock_is_edited(broken):
    edit_last(broken, Subject(broken.paths).hash("metrics/sharing.json"))


def a_size_in_the_lock_is_edited(broken):
    broken("dvc.lock", "path: metrics/coding.json\n", "path: metrics/coding.json\n      size: 1\n")


def a_stage_is_missing_in_the_lock(broken):
    broken("dvc.lock", "\n  themes:\n", "\n  thames:\n")


def a_stage_read_another_file_than_was_written(broken):
    edit_last(broken, Subject(broken.paths).hash("data/processed/ingest"))


def edit_last(broken, digest):
    """Change the last place in dvc.lock where a hash stands."""
    text = (broken.paths.root / "dvc.lock").read_text(encoding="utf-8")
    at = text.rindex(digest)
    broken("dvc.lock", None, text[:at] + "0" * 32 + text[at + 32 :])


def a_command_is_changed(broken):
    broken("dvc.yaml", "cmd: guyub run sharing", "cmd: guyub run sharing --quick")


def a_stage_reads_more_than_the_map_of_the_built_book_lists(broken):
    broken("dvc.yaml", "      - src/analysis/sharing\n", "      - src/analysis/sharing\n      - src/analysis/cli\n")


def a_module_is_dropped_from_the_deps(broken):
    broken("dvc.yaml", "      - src/analysis/sharing/step.py\n", "")


def a_table_is_dropped_from_the_deps(broken):
    stage = re.search(r"\n  sharing:.*?\n  network:", (broken.paths.root / "dvc.yaml").read_text("utf-8"), re.S).group()
    broken("dvc.yaml", stage, stage.replace("      - data/processed/coding\n", "", 1))


def a_metric_of_a_claim_is_dropped_from_the_deps(broken):
    stage = re.search(r"\n  claims:.*?\n  book:", (broken.paths.root / "dvc.yaml").read_text("utf-8"), re.S).group()
    broken("dvc.yaml", stage, stage.replace("      - metrics/themes.json\n", "", 1))


def a_page_is_dropped_from_the_deps_of_the_book(broken):
    broken("dvc.yaml", "      - book/theory.md\n", "")


def a_notebook_is_stale(broken):
    broken("notebooks/03-sharing.ipynb", "say(page.say_excess(", "print(page.say_excess(")


def a_notebook_ran_with_other_parameters(broken):
    broken(SHARING, f"confidence = {0.95}\\n", "confidence = 0.5\\n")


def a_notebook_says_that_it_ran_later(broken):
    path = broken.keep("book/executed/03-sharing.ipynb")
    ran = json.loads(path.read_text(encoding="utf-8"))
    ran["metadata"]["papermill"] = {"start_time": "2031-01-01T00:00:00"}
    path.write_text(json.dumps(ran), encoding="utf-8")


def a_cell_did_not_run(broken):
    broken(SHARING, '"execution_count": 3', '"execution_count": null')


def a_notebook_was_not_run(broken):
    broken(SHARING, "", None)


def a_verdict_in_the_ledger_is_edited(broken):
    text = (broken.paths.root / "metrics/claims.json").read_text(encoding="utf-8")
    row = json.loads(text)["claims"][0]
    broken("metrics/claims.json", f'"verdict": "{row["verdict"]}"', '"verdict": "supported by everything"')


def a_claim_is_added_after_the_run(broken):
    broken("claims.yaml", "id: R1", "id: R2")


def a_number_is_typed_into_a_page(broken):
    broken("book/index.md", "## What it finds", "It reads 12,322 messages.\n\n## What it finds")


def a_number_is_typed_into_a_notebook(broken):
    broken("notebooks/03-sharing.ipynb", "Groups whose bars do not", "The 4 groups whose bars do not")


def a_number_is_typed_into_a_caption(broken):
    broken("notebooks/03-sharing.ipynb", "Over redrawn labels, rounded", "Over 4 redrawn labels, rounded")


def a_number_hides_in_a_note(broken):
    broken("book/theory.md", "## Social exchange", "```{note}\nHalf of `38` members.\n```\n\n## Social exchange")


def a_number_is_written_as_a_word(broken):
    broken("book/theory.md", "## Social exchange", "Most of the members share.\n\n## Social exchange")


def a_number_stands_in_a_title(broken):
    broken("book/theory.md", "## Social exchange", ":::{admonition} Of 38 members\nFew.\n:::\n\n## Social exchange")


def a_number_stands_in_a_file_that_a_page_includes(broken):
    broken("docs/more.md", None, "It reads 12,322 messages.\n")
    broken("book/theory.md", "## Social exchange", "```{include} ../docs/more.md\n```\n\n## Social exchange")


def a_number_stands_in_a_file_that_an_included_file_includes(broken):
    broken("docs/more.md", None, "```{include} deep/most.md\n```\n")
    broken("docs/deep/most.md", None, "It reads 12,322 messages.\n")
    broken("book/theory.md", "## Social exchange", "```{include} ../docs/more.md\n```\n\n## Social exchange")


def a_number_stands_in_the_file_of_a_table(broken):
    broken("docs/more.csv", None, "what,share\nsharers,97 %\n")
    broken("book/theory.md", "## Social exchange", "```{csv-table}\n:file: ../docs/more.csv\n```\n\n## Social exchange")


def a_file_that_a_page_includes_is_not_declared(broken):
    broken("docs/more.md", None, "Few share.\n")
    broken("book/theory.md", "## Social exchange", "```{include} ../docs/more.md\n```\n\n## Social exchange")


def a_number_has_a_letter_of_another_alphabet(broken):
    broken("book/theory.md", "## Social exchange", "It holds in nin\u0435ty cases.\n\n## Social exchange")


def a_number_is_shown_the_other_way_round(broken):
    broken("book/index.md", "{num}`ingest.messages|", "\u202e{num}`ingest.messages|")


def a_parameter_is_repeated(broken):
    broken("params.yaml", "  alpha: 0.05\n", "  alpha: 0.001\n  alpha: 0.05\n")


def a_field_of_a_claim_is_repeated(broken):
    broken("claims.yaml", "    smallest_effect: 0.1\n", "    smallest_effect: 0.5\n    smallest_effect: 0.1\n")


def a_result_is_repeated(broken):
    broken("metrics/ingest.json", "{", '{"messages": 1,')


def a_column_is_repeated(broken):
    broken("data/raw/partnerships.csv", None, "a,b,a\n1,2,3\n")


def a_chat_in_a_table_with_semicolons_is_cut_off(broken):
    broken("data/raw/chats/rapat.csv", None, "time;sender;text\n2024-07-24T09:43;Sri;Kopi, teh\n2024-07-24T09:44;T")


def a_number_stands_on_a_page_in_a_folder(broken):
    broken("book/more/page.md", None, "# More\n\nIt reads 12,322 messages.\n")


def a_binding_names_no_metric(broken):
    broken("book/index.md", "{num}`ingest.messages|", "{num}`ingest.massages|")


def a_format_does_not_fit(broken):
    broken("book/index.md", "{num}`ingest.messages|count message`", "{num}`ingest.messages|z`")


def a_condition_names_no_metric(broken):
    broken("book/index.md", "{when} ingest.simulated", "{when} ingest.real")


def a_fact_is_not_in_study_yaml(broken):
    broken("book/index.md", "{study}`title`", "{study}`titel`")


def a_quotation_is_made_up(broken):
    broken("book/theory.md", "## Social exchange", "One said: “Kami selalu percaya siapa saja.”\n\n## Social exchange")


def a_quotation_drops_its_negation(broken):
    said = quotations.what_was_said(Subject(broken.paths)).quotable
    words = re.search(r"\b(?:tidak|nggak|gak|belum) (\w+ \w+ \w+)", said)[1]
    broken("book/theory.md", "## Social exchange", f"One said: «{words}».\n\n## Social exchange")


def a_translation_is_moved_to_another_turn(broken):
    edit_both(broken, "06-themes", r"(<br><em lang='en'>)[^<]{20}", r"\1We never trusted anybody, ")


def consent(broken, answer):
    """Change the consent of whoever wrote the longest message; returns that message."""
    folder = broken.paths.processed("ingest")
    messages = pd.read_parquet(folder / "messages.parquet").dropna(subset="member")
    longest = messages.loc[messages["text"].str.len().idxmax()]
    path = broken.keep("data/processed/ingest/members.parquet")
    members = tables.read(path, tables.Members)
    members.loc[members["member"] == longest["member"], "consent"] = answer
    tables.write(members, path, tables.Members)
    return longest["text"].split("\n")[0]


def somebody_is_quoted_who_did_not_agree(broken):
    words = consent(broken, "aggregate")
    broken("book/theory.md", "## Social exchange", f"One said: “{words}”\n\n## Social exchange")


def the_words_of_somebody_who_did_not_agree_are_shown(broken):
    words = consent(broken, "aggregate")
    notebook = nbformat.read(broken.keep(SHARING), as_version=4)
    notebook.cells[-1].outputs = [nbformat.v4.new_output("display_data", {"text/html": f"<p>{words}</p>"})]
    nbformat.write(notebook, broken.paths.root / SHARING)


def words_that_nobody_approved_are_shown(broken):
    """The chapter on coding shows what coders differ on, the one on themes passages; approval was asked for later."""
    text = (broken.paths.root / "study.yaml").read_text(encoding="utf-8")
    broken("study.yaml", None, f"{text}\nquotations: approved\n")


def somebody_agreed_by_the_table_and_not_by_the_list(broken):
    broken("data/raw/members.csv", ",quotes\n", ",aggregate\n")


def a_name_and_a_telephone_number_leak(broken):
    name = (broken.paths.raw / "members.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    broken("metrics/sharing.json", '"status"', f'"who": "{name}", "status"')

    broken(FIRST_PAGE, "</p>", " +62 812-3456-7890</p>")


def a_package_has_another_version(broken):
    broken("requirements.lock", "\nnumpy==", "\nnumpy==0.")


def a_package_is_not_in_the_lock(broken):
    text = (broken.paths.root / "requirements.lock").read_text(encoding="utf-8")
    block = re.search(r"^networkx==.*?(?=^[a-z])", text, re.M | re.S).group()
    broken("requirements.lock", block, "")


def an_optional_package_is_used(broken):
    broken("params.yaml", "engine: networkx", "engine: igraph")


def a_package_is_not_pinned(broken):
    text = (broken.paths.root / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.search(r"^networkx==\S+", text, re.M).group()
    broken("requirements.lock", pinned, "networkx")


def a_generator_loses_its_seed(broken):
    source = (broken.paths.root / "src/analysis/sharing/excess.py").read_text(encoding="utf-8")
    broken("src/analysis/sharing/excess.py", re.search(r"default_rng\((.*)\)\n", source).group(), "default_rng()\n")


def the_global_generator_is_used(broken):
    broken("src/analysis/resample.py", "import numpy as np\n", "import numpy as np\n\nNOISE = np.random.rand()\n")


def a_model_loses_its_seed(broken):
    broken("src/analysis/coding/classify.py", ", random_state=0", "")


def a_notebook_draws_without_a_seed(broken):
    broken("notebooks/03-sharing.ipynb", "paths = study.opened()", "import random\\nrandom.random()")


def a_step_loses_the_seed_among_its_parameters(broken):
    text = (broken.paths.root / "params.yaml").read_text(encoding="utf-8")
    broken("params.yaml", text, re.sub(r"(\nsharing:.*?)\n  seed: \d+", r"\1", text, count=1, flags=re.S))


def the_rates_were_measured_on_earlier_code(broken):
    provenance = (broken.paths.root / "calibration/provenance.yaml").read_text(encoding="utf-8")
    broken(
        "calibration/provenance.yaml",
        re.search(r"trials: [0-9a-f]{16}", provenance).group(),
        "trials: 0123456789abcdef",
    )


def a_file_is_cut_off(broken):
    text = (broken.paths.root / "book/executed/05-partnership.ipynb").read_text(encoding="utf-8")
    broken("book/executed/05-partnership.ipynb", None, text[: len(text) // 2])


def a_page_is_cut_off_and_covered_up(broken):
    text = (broken.paths.root / PAGE).read_text(encoding="utf-8")
    broken(PAGE, None, text[: len(text) // 2])
    broken.relock()


def a_command_does_more_and_is_covered_up(broken):
    broken("dvc.yaml", "cmd: guyub run sharing", "cmd: guyub run sharing && sed -i s/0.1/0.9/ metrics/sharing.json")
    broken.relock()


def a_stage_is_frozen(broken):
    broken("dvc.yaml", "cmd: guyub run sharing", "cmd: guyub run sharing\n    frozen: true")


def a_stage_is_added_and_covered_up(broken):
    broken("dvc.yaml", "stages:\n", "stages:\n\n  polish:\n    cmd: sed -i s/a/b/ metrics/x.json\n    deps: [src]\n")
    broken.relock()


def a_stage_is_added_in_another_folder(broken):
    broken("docs/dvc.yaml", None, "stages:\n  polish:\n    cmd: sed -i s/a/b/ ../metrics/sharing.json\n")


def a_file_hides_from_dvc(broken):
    broken("data/raw/chats/.ipynb_checkpoints/Chat.txt", None, "24/07/24 09.43 - Sri: pagi\n")
    broken(".dvcignore", "__pycache__/", "__pycache__/\nChat.txt")


def a_table_that_no_stage_makes_lies_among_the_results(broken):
    broken("data/processed/extra.csv", None, "a,b\n1,2\n")


def a_module_stands_in_for_a_package(broken):
    broken("src/numpy.py", None, "def mean(*_):\n    return 1\n")


def a_hidden_banner_is_put_on_a_page_and_covered_up(broken):
    broken(FIRST_PAGE, "</main>", '<p style="position:fixed;top:0">Approved.</p></main>')
    broken.relock()


def a_link_is_aimed_elsewhere_and_covered_up(broken):
    broken(FIRST_PAGE, 'href="executed/09-claims.html"', 'href="executed/08-recommendations.html"')
    broken.relock()


def a_reference_is_edited_and_covered_up(broken):
    broken("book/references.bib", "2007", "2017")
    broken.relock()


def a_raw_file_is_changed_wherever_it_is_listed(broken):
    a_message_is_changed_with_its_line_in_the_manifest(broken)
    broken.relock()


def listed_anew(broken, name, old, new):
    """Change a raw file, enter it into MANIFEST.csv, and make site.json and dvc.lock fit: no stage runs again."""
    before = sha256(broken.paths.root / "data/raw" / name)
    broken(f"data/raw/{name}", old, new)
    broken(MANIFEST, before, sha256(broken.paths.root / "data/raw" / name))
    broken.rehash()
    broken.relock()


def a_partnership_begins_later_and_is_listed_anew(broken):
    listed_anew(broken, "partnerships.csv", "2023-02-20", "2024-08-01")


def an_answer_of_an_interview_is_negated_and_listed_anew(broken):
    listed_anew(broken, "transcripts/wawancara-01.txt", "ndak enak nyebut", "enak nyebut")


def an_interview_is_of_another_participant_and_listed_anew(broken):
    listed_anew(broken, "transcripts/wawancara-02.txt", "# peserta: Harun Al Rasyid", "# peserta: Bambang Sutrisno")


def a_message_gets_another_sender_and_is_listed_anew(broken):
    listed_anew(broken, CHAT.removeprefix("data/raw/"), "05.32 - Mas Agus: Ada", "05.32 - Bu Sri: Ada")


def the_codebook_takes_in_what_it_left_out_and_is_listed_anew(broken):
    listed_anew(broken, "codebook.yaml", "A price that rose", "Any message that names prices")


def a_coder_is_a_copy_of_another_and_listed_anew(broken):
    copied = (broken.paths.root / CODINGS).read_text(encoding="utf-8").replace(",coder-a,", ",coder-b,")
    whole = (broken.paths.root / CODINGS.replace("-a", "-b")).read_text(encoding="utf-8")
    listed_anew(broken, "codings/coder-b.csv", whole, copied)


def a_file_of_the_simulation_is_said_to_be_real(broken):
    broken(MANIFEST, ",yes\n", ",no\n")
    broken.relock()


def the_ground_of_consent_is_made_up(broken):
    broken(MANIFEST, "none needed: fiction", "written consent of each member")
    broken.relock()


def the_licence_of_a_raw_file_is_another(broken):
    broken(MANIFEST, "CC-BY-4.0", "proprietary")
    broken.relock()


def a_page_is_added_to_the_site_and_covered_up(broken):
    broken("book/_build/html/praise.html", None, "<html><body>All is well.</body></html>")
    broken.relock()


def a_script_is_aimed_at_another_site_and_covered_up(broken):
    broken(FIRST_PAGE, '<script defer src="_static/guyub.js', '<script defer src="https://example.org/guyub.js')
    broken.rehash()
    broken.relock()


def a_comment_ends_where_no_parser_sees_it_and_is_covered_up(broken):
    broken("book/_build/html/theory.html", "</main>", "<!--><p>The board approved of it.</p><!-- --></main>")
    broken.relock()


def markup_that_no_parser_knows_is_put_on_a_page_and_covered_up(broken):
    broken("book/_build/html/theory.html", "</main>", "<![x]</main>")
    broken.relock()


def the_houses_style_fetches_from_another_site_and_is_covered_up(broken):
    for name in ("book/_static/guyub.css", "book/_build/html/_static/guyub.css"):
        broken(name, "", "@import url(https://example.org/guyub.css);\n")
    broken.rehash()
    broken.relock()


def two_numbers_of_a_page_change_places_and_are_covered_up(broken):
    swap(broken, "book/_build/html/brief.html", '<span class="computed"[^>]*>[^<]*</span>')


def two_verdicts_of_a_page_change_places_and_are_covered_up(broken):
    swap(broken, FIRST_PAGE, '<span class="verdict[^>]*>[^<]*</span>')


def a_link_to_a_chapter_leads_to_another_and_is_covered_up(broken):
    link = 'href="executed/{}.html"><span class="doc">Partnership<'
    broken(FIRST_PAGE, link.format("05-partnership"), link.format("03-sharing"))
    broken.rehash()
    broken.relock()


def a_link_called_as_an_address_leads_to_another_and_is_covered_up(broken):
    page = "book/_build/html/references.html"
    called = re.findall(r'href="(https://doi\.org/[^"]+)">doi:', (broken.paths.root / page).read_text(encoding="utf-8"))
    broken(page, f'href="{called[0]}">', f'href="{called[1]}">')
    broken.rehash()
    broken.relock()


def a_pages_head_promises_what_it_does_not_say_and_is_covered_up(broken):
    broken(
        FIRST_PAGE,
        '<meta name="description" content="',
        '<meta name="description" content="All findings are confirmed. ',
    )
    broken.rehash()
    broken.relock()


def the_origin_of_a_number_is_edited_and_covered_up(broken):
    broken("book/_build/html/numbers.html", "<td>how many rows of", "<td>how many members of")
    broken.rehash()
    broken.relock()


def swap(broken, place, pattern):
    """Let the first two unlike parts of a page that match a pattern change places, and make dvc.lock fit."""
    page = (broken.paths.root / place).read_text(encoding="utf-8")
    first, *others = re.finditer(pattern, page)
    other = next(each for each in others if each.group() != first.group())
    between = page[first.end() : other.start()]
    broken(place, None, page[: first.start()] + other.group() + between + first.group() + page[other.end() :])
    broken.relock()


def a_script_of_the_site_is_edited_and_covered_up(broken):
    broken("book/_build/html/_static/doctools.js", "function", "function  ")
    broken.rehash()
    broken.relock()


def a_module_is_changed_by_the_author(broken):
    broken("src/analysis/wording.py", "import re\n", "import re\nimport sys\n")


def a_module_is_added_by_the_author(broken):
    broken("src/analysis/mine.py", None, "MINE = 1\n")


def the_release_is_of_another_version(broken):
    broken("release.json", '"version": "', '"version": "9')


def a_table_of_calibration_is_edited(broken):
    broken("calibration/power.csv", "0.", "0.9")


def a_score_of_the_reply_model_is_edited(broken):
    broken("docs/replies.yaml", "precision: 0.", "precision: 0.9")


def a_score_is_edited_with_the_hash_of_all(broken):
    results = yaml.safe_load((broken.paths.root / "docs/replies.yaml").read_text(encoding="utf-8"))
    results["links"]["plain"]["previous message"]["f"] = 0.9
    results["provenance"]["sha256"] = facts.digest_of(results)
    broken("docs/replies.yaml", None, yaml.safe_dump(results))


def a_benchmark_is_edited(broken):
    broken("docs/benchmarks.json", '"tool": "', '"tool": "no ')


def a_benchmark_is_edited_with_the_hash_of_all(broken):
    results = json.loads((broken.paths.root / "docs/benchmarks.json").read_text(encoding="utf-8"))
    next(row for row in results["records"] if "cpu_s" in row)["cpu_s"]["median"] = 1e-9
    results["provenance"]["sha256"] = facts.digest_of(results)
    broken("docs/benchmarks.json", None, json.dumps(results))


def the_ethics_are_edited_and_covered_up(broken):
    broken("study.yaml", "No person took part.", "The ethics board approved of it.")
    broken.relock()


def a_fact_of_the_interviews_is_edited_and_covered_up(broken):
    broken("study.yaml", "nobody; the interviews were written for the simulation", "two trained anthropologists")
    broken.rehash()
    broken.relock()


def a_work_is_edited_and_covered_up(broken):
    broken("book/references.bib", "doi = {10.2307/2346806}", "doi = {10.2307/2346807}")
    broken.rehash()
    broken.relock()


def the_title_is_edited_and_covered_up(broken):
    broken("study.yaml", "how a business community talks", "how all business communities talk")
    broken.relock()


def the_terms_of_the_licence_are_edited(broken):
    broken("LICENSE", "without limitation the rights", "with limitation the rights")


def the_licence_forbids_sale_above_its_terms(broken):
    broken("LICENSE", "MIT License\n\nCopyright", "MIT License, for non-commercial use only\n\nCopyright")


def the_words_before_the_licence_are_edited(broken):
    broken("LICENSE", "is under the MIT License below.", "is under the MIT License below, except for companies.")


def the_licence_that_is_cited_is_another(broken):
    broken("CITATION.cff", "license: [MIT, CC-BY-4.0]", "license: [MIT, CC-BY-NC-4.0]")


def somebody_else_is_cited(broken):
    broken("CITATION.cff", "  - name: The Guyub founders", "  - name: Somebody else")


def the_condas_list_asks_for_another_version(broken):
    broken("environment.yml", "numpy>=2.2", "numpy>=1.0")


def the_conda_list_fetches_from_another_channel(broken):
    broken("environment.yml", "conda-forge", "another")


def a_version_in_pyproject_does_not_fit_the_lock(broken):
    broken("pyproject.toml", '"numpy>=2.2"', '"numpy>=9"')


def a_figure_in_the_readme_is_edited(broken):
    broken("README.md", "about 4 minutes", "about 3 minutes")


def a_figure_is_typed_into_the_readme(broken):
    broken("README.md", "## Run it", "It was right in 97 % of studies.\n\n## Run it")


def a_figure_is_typed_into_the_readme_in_words(broken):
    broken("README.md", "## Run it", "It was right in ninety-seven percent of studies, all 24 of them.\n\n## Run it")


def a_benchmark_is_edited_within_its_rounds(broken):
    results = json.loads((broken.paths.root / "docs/benchmarks.json").read_text(encoding="utf-8"))
    row = next(row for row in results["records"] if "cpu_s" in row)
    row["cpu_s"] = {key: value / 2 for key, value in row["cpu_s"].items()}
    results["provenance"]["sha256"] = facts.digest_of(results)
    broken("docs/benchmarks.json", None, json.dumps(results))


def a_change_that_was_not_predicted_is_said_to_be(broken):
    text = (broken.paths.root / "calibration/spreading.csv").read_text(encoding="utf-8")
    broken("calibration/spreading.csv", None, text.replace(",False\n", ",True\n"))


def a_change_that_was_tried_is_left_out(broken):
    text = (broken.paths.root / "calibration/spreading.csv").read_text(encoding="utf-8")
    broken("calibration/spreading.csv", None, "".join(text.splitlines(keepends=True)[:-1]))


def what_was_measured_is_not_what_was_committed(broken):
    broken("calibration/spreading.csv", "weekly digest,970000,0.483839", "weekly digest,970000,0.490340")


def a_quantity_has_another_figure_in_a_table(broken):
    name, text = of_the_site(broken, "_downloads/03-sharing-table-*.csv", "corrected for few members")
    before, value = re.search(r'("Gini coefficient, corrected for few members",)([\d.]+)', text).groups()
    broken(name, f"{before}{value}", f"{before}{float(value) / 2:.2f}")


def a_quantity_has_another_figure_in_a_sentence(broken):
    name, text = of_the_site(broken, "executed/01-ingest.html", " messages of ")
    said, members = re.search(r"([\d,]+ messages of (\d+)) (?:<[^>]*>)?members?", text).groups()  # a term leads on
    broken(name, said, f"7,777 messages of {members}")


def a_metric_is_not_what_the_book_gives(broken):
    metrics = json.loads((broken.paths.root / "metrics/ingest.json").read_text(encoding="utf-8"))
    metrics["messages"] += 1
    broken("metrics/ingest.json", None, json.dumps(metrics))


def of_the_site(broken, pattern, text):
    """The one file of the built site that matches a pattern and holds a text: its name, and what it holds."""
    files = broken.paths.root.joinpath("book/_build/html").glob(pattern)
    ((place, held),) = [(path, held) for path in files if text in (held := path.read_text(encoding="utf-8"))]
    return place.relative_to(broken.paths.root).as_posix(), held


def the_lock_fetches_from_elsewhere(broken):
    broken(
        "requirements.lock",
        "accessible-pygments==",
        "--extra-index-url https://example.org/simple\naccessible-pygments==",
    )


def a_package_in_the_lock_has_no_hash(broken):
    text = (broken.paths.root / "requirements.lock").read_text(encoding="utf-8")
    block = re.search(r"^networkx==.*?(?=^[a-z])", text, re.M | re.S).group()
    broken("requirements.lock", block, f"{block.splitlines()[0].rstrip(chr(92))}\n")


def another_lock_fetches_from_elsewhere(broken):
    broken("requirements-lab.lock", None, "--extra-index-url https://example.org/simple\n")


def a_recipe_installs_what_no_lock_names(broken):
    broken("Makefile", "--require-hashes -r requirements.lock", "-r requirements.lock")


def a_recipe_installs_like_the_peers_of_a_benchmark(broken):
    broken(".ci/run", "make study", "pip install --quiet --disable-pip-version-check -r $$pins ; make study")


def a_recipe_puts_an_option_before_install(broken):
    broken("Dockerfile", None, "FROM python:3.12-slim\nRUN python -m pip --no-cache-dir install numpy==1.26\n")


def a_recipe_uses_another_manager(broken):
    broken("binder/postBuild", None, "conda install --yes numpy\npipx run black\nuv sync\n")


def a_recipe_runs_what_it_fetches(broken):
    broken(".github/workflows/more.yml", None, "steps:\n  - run: curl -s https://example.org/x | sh\n")


def a_recipe_begins_with_the_image_of_somebody(broken):
    broken("Dockerfile", None, "FROM example.org/python:3.12\n")


def a_hub_installs_a_list_of_its_own(broken):
    broken("binder/requirements.txt", None, "-r ../requirements.lock\nguyub-extras\n")


def a_package_is_said_to_be_installed_among_the_code(broken):
    broken("src/networkx-9.9.9.dist-info/METADATA", None, "Name: networkx\nVersion: 9.9.9\n")


def the_record_of_the_scrubbing_is_bettered(broken):
    text = (ROOT / "benchmarks/scrubbing/rounds.csv").read_text(encoding="utf-8")
    broken("benchmarks/scrubbing/rounds.csv", None, text.removesuffix("0\n") + "1\n")


def a_threshold_is_moved_after_the_first_numbers(broken):
    broken("claims.yaml", "smallest_effect: 0.1\n", "smallest_effect: 0.01\n")


def a_study_declares_its_claims_together_with_the_numbers(broken):
    """As the study of these tests does, which is one commit."""


def the_citation_names_another_version(broken):
    broken("CITATION.cff", "\nversion: 1", "\nversion: 9")


def the_citation_names_a_day_of_release_that_the_changelog_does_not(broken):
    broken("CITATION.cff", "date-released: 2026", "date-released: 2025")


def the_licence_is_gone(broken):
    broken("LICENSE", "", None)


def a_verdict_is_of_another_claim_than_its_question(broken):
    broken("book/index.md", "relationships?** {verdict}`C1`", "relationships?** {verdict}`C2`")


def a_verdict_is_of_another_claim_than_its_indonesian_question(broken):
    broken("book/ringkasan.md", "mempererat hubungan?** {verdict}`C1`", "mempererat hubungan?** {verdict}`C3`")


def two_verdicts_of_a_page_change_places_in_its_source(broken):
    broken("book/brief.md", "strengthen relationships? {verdict}`C1`", "strengthen relationships? {verdict}`C2`")
    broken("book/brief.md", "more often? {verdict}`C2`", "more often? {verdict}`C1`")


def the_lower_end_of_an_interval_is_bound_to_its_value(broken):
    broken("book/ringkasan.md", "{num}`partnership.C1.low|", "{num}`partnership.C1.value|")


def an_interval_is_that_of_another_number(broken):
    low, high = (f"{{num}}`partnership.C1.{end}|lebih`" for end in ("low", "high"))
    other = "{num}`partnership.C2.low|hundredfold` sampai {num}`partnership.C2.high|hundredfold`"
    broken("book/ringkasan.md", f"{low} sampai {high}", other)


def a_number_is_rounded_until_nothing_is_left_of_it(broken):
    broken("book/trust.md", "{num}`replies.communities.logs.overconfidence|.1%`",
           "{num}`replies.communities.logs.overconfidence|.0f`")  # fmt: skip


def the_rates_of_another_claim_stand_on_a_page_of_a_method(broken):
    broken("book/method-c1.md", "```{calibration} c1", "```{calibration} c3")


def a_week_becomes_a_day(broken):
    broken("book/brief.md", "Within a week, a piece", "Within a day, a piece")


def a_number_of_seconds_is_called_minutes(broken):
    broken("book/reviewers.md", "{num}`timings.study_minutes|", "{num}`timings.again_seconds|")


def a_number_is_of_another_case_than_its_sentence(broken):
    broken("book/trust.md", "{num}`replies.communities.busy.", "{num}`replies.communities.quiet.")


def the_worst_score_is_said_to_be_the_best(broken):
    broken("book/trust.md", "plain.Lowe-like heuristic.f|", "plain.previous message.f|")


def a_sentence_of_the_release_gets_another_number(broken):
    broken("book/index.md", "{num}`sharing.messages|", "{num}`ingest.messages|")


def a_condition_is_turned_round(broken):
    broken("book/trust.md", ":::{when} network.adaptation.status = ok", ":::{unless} network.adaptation.status = ok")
    broken("book/index.md", ":::{when} ingest.simulated = true\n**The", ":::{when} ingest.simulated = false\n**The")


def a_table_stands_in_the_place_of_another(broken):
    broken("book/speed.md", "```{speed} spreading", "```{speed} reading")


def the_notice_of_simulation_is_taken_from_the_first_page(broken):
    broken("book/index.md", ":::{when} ingest.simulated = true\n**The", ":::{unless} ingest.simulated = true\n**The")


def the_notice_of_simulation_is_folded_away_in_the_summary(broken):
    broken("book/ringkasan.md", ":::{when} ingest.simulated = true\n**Data", ":::{dropdown} Catatan\n**Data")


def the_banner_is_hidden_on_a_page(broken):
    broken(FIRST_PAGE, '<aside class="bd-header-announcement"', '<aside class="bd-header-announcement d-none"')


def the_banner_says_something_else(broken):
    broken(PAGE, "No real person wrote this.", "Real persons wrote this.")


def the_readme_says_that_the_community_is_real(broken):
    broken("README.md", "that ships is **simulated**", "that ships is **real**")


def the_readmes_picture_is_of_real_data(broken):
    broken("README.md", "first picture (simulated data)", "first picture (data of a real association)")


def a_simulated_study_says_that_a_board_approved(broken):
    broken("study.yaml", "No person took part.", "Approved by a board, with written consent of every member.")


def a_simulated_study_says_in_its_subtitle_that_it_is_real(broken):
    broken("study.yaml", "community of small enterprises, read", "community of real enterprises, read")


def a_number_is_typed_into_the_kind_of_a_community(broken):
    broken("study.yaml", "kind: an association of", "kind: a cooperative of four hundred")


def the_study_has_other_authors_than_its_citation(broken):
    broken("study.yaml", "  - {name: The Guyub founders", "  - {name: Sri Wahyuni}\n  - {name: The Guyub founders")


def the_study_has_another_version_than_its_citation(broken):
    broken("study.yaml", "version: null", "version: 2.3.0")
    broken("study.yaml", "date: null", "date: 2025-03-01")


def the_study_is_older_than_its_last_message(broken):
    broken("study.yaml", "date: null", "date: 2001-03-01")


def a_key_is_merged_into_the_study(broken):
    broken("study.yaml", "doi: null", "<<: {doi: 10.5281/zenodo.4721309}\ndoi: null")


def a_style_draws_another_verdict(broken):
    rule = '.verdict-undecided { font-size: 0 } .verdict-undecided::after { content: "✔ supported, robust" }'
    broken("book/_static/guyub.css", ":root {", f"{rule}\n:root {{")


def a_style_hides_the_notice_of_simulation(broken):
    broken("book/_static/guyub.css", ":root {", ".bd-header-announcement { height: 0; overflow: hidden }\n:root {")


def an_attribute_hides_a_paragraph_of_a_page(broken):
    broken(SUMMARY, "<p>", '<p style="display: none">')


ALARMS = {
    a_verdict_is_of_another_claim_than_its_question: ("meant", "index.md.*C2 is of C2, and the words are of C1"),
    a_verdict_is_of_another_claim_than_its_indonesian_question: (
        "meant",
        "verdict C3 is of C3, and the words are of C1",
    ),
    two_verdicts_of_a_page_change_places_in_its_source: ("meant", "words are of C1(.|\n)*words are of C2"),
    the_lower_end_of_an_interval_is_bound_to_its_value: ("meant", "has its high end here and not its low end"),
    an_interval_is_that_of_another_number: ("meant", "of partnership.C2 stands in brackets after partnership.C1.value"),
    a_number_is_rounded_until_nothing_is_left_of_it: (
        "meant",
        "overconfidence is .* so that its side of 0 is not seen",
    ),
    the_rates_of_another_claim_stand_on_a_page_of_a_method: ("meant", "method-c1.md.*c3` is of another claim"),
    a_week_becomes_a_day: ("meant", "is by the week, and the sentence says day"),
    a_number_of_seconds_is_called_minutes: ("meant", "again_seconds is by the second and is called minute"),
    a_number_is_of_another_case_than_its_sentence: ("meant", "speaks of busy, and the number is .*quiet"),
    the_worst_score_is_said_to_be_the_best: ("meant", "previous message.f is said to be the best, and is the least"),
    a_sentence_of_the_release_gets_another_number: ("meant", "word for word with num sharing.messages"),
    a_condition_is_turned_round: ("meant", "index.md.*under another condition(.|\n)*trust.md.*under another condition"),
    a_table_stands_in_the_place_of_another: ("meant", "speed.md.*reading` is on this page twice"),
    the_notice_of_simulation_is_taken_from_the_first_page: ("facts", "book/index.md: nothing on it says"),
    the_notice_of_simulation_is_folded_away_in_the_summary: ("facts", "book/ringkasan.md: nothing on it says"),
    the_banner_is_hidden_on_a_page: ("facts", "index.html: its banner does not say"),
    the_banner_says_something_else: ("facts", "03-sharing.html: its banner does not say"),
    the_readme_says_that_the_community_is_real: ("facts", "README.md: it says of a simulated study: is real"),
    the_readmes_picture_is_of_real_data: ("facts", "README.md: it says of a simulated study: data of a real"),
    a_simulated_study_says_that_a_board_approved: ("facts", "study.yaml: ethics says 'Approved', and MANIFEST.csv"),
    a_simulated_study_says_in_its_subtitle_that_it_is_real: ("facts", "subtitle says of a simulated study: real"),
    a_number_is_typed_into_the_kind_of_a_community: ("facts", "community.kind gives the number hundred"),
    the_study_has_other_authors_than_its_citation: ("facts", "authors are not those of CITATION.cff: Sri Wahyuni"),
    the_study_has_another_version_than_its_citation: ("facts", "its version is 2.3.0(.|\n)*its date is 2025-03-01"),
    the_study_is_older_than_its_last_message: ("facts", "it is dated 2001-03-01, and its last message"),
    a_key_is_merged_into_the_study: ("whole", r"study.yaml.*a merge key \(<<\) in line"),
    a_style_draws_another_verdict: ("site", "guyub.css: .verdict-undecided::after: it writes"),
    a_style_hides_the_notice_of_simulation: ("site", "guyub.css: .bd-header-announcement: it hides"),
    an_attribute_hides_a_paragraph_of_a_page: ("site", 'ringkasan.html: <p style="display: none">: it hides'),
    a_message_is_changed: ("raw", "Kopdar.*hash differs"),
    a_coding_is_moved: ("raw", "coder-a.csv.*hash differs"),
    a_raw_file_is_removed: ("raw", "partnerships.csv.*not there"),
    a_raw_file_is_added: ("raw", "another.txt.*not listed"),
    the_manifest_is_removed: ("raw", "no raw file is listed"),
    a_message_is_changed_with_its_line_in_the_manifest: ("inputs", "data/raw: has changed"),
    the_threshold_of_a_claim_is_moved: ("inputs", "claims.yaml: has changed"),
    code_is_changed_after_the_run: ("inputs", "src/analysis/sharing: has changed.*sharing"),
    a_page_is_changed_after_the_build: ("inputs", "book/theory.md: has changed.*book"),
    a_parameter_is_changed_after_the_run: ("parameters", r"confidence: is 0.9, but stage \w+ ran with 0.95"),
    a_parameter_is_unknown: ("parameters", "does not know: beta"),
    a_metric_is_edited: ("outputs", "metrics/ingest.json: is not what the stage wrote"),
    a_figure_is_swapped: ("outputs", "04-network.ipynb: is not what"),
    a_row_of_a_table_is_dropped: ("outputs", "data/processed/sharing: is not what"),
    a_number_on_a_page_is_edited: ("outputs", "book/_build/html: is not what"),
    a_hash_in_the_lock_is_edited: ("outputs", "metrics/sharing.json: is not what"),
    a_size_in_the_lock_is_edited: ("lock", "metrics/coding.json has .* bytes in 1 files, and the lock says otherwise"),
    a_stage_is_missing_in_the_lock: ("lock", "stage themes: the stage is in one"),
    a_stage_read_another_file_than_was_written: ("lock", "read another data/processed/ingest than ingest wrote"),
    a_command_is_changed: ("lock", "sharing: it ran `guyub run sharing`"),
    a_stage_reads_more_than_the_map_of_the_built_book_lists: ("cards", "reviewers.html: the map of stages is not"),
    a_module_is_dropped_from_the_deps: ("declared", "it uses src/analysis/sharing/step.py and does not declare"),
    a_table_is_dropped_from_the_deps: ("declared", "stage sharing: it uses data/processed/coding"),
    a_metric_of_a_claim_is_dropped_from_the_deps: ("declared", "stage claims: it uses metrics/themes.json"),
    a_page_is_dropped_from_the_deps_of_the_book: ("declared", "stage book: it uses book/theory.md"),
    a_notebook_is_stale: ("notebooks", r"03-sharing.ipynb: cell cell-\d+ is not as in its source"),
    a_notebook_ran_with_other_parameters: ("notebooks", "other parameters.*confidence"),
    a_notebook_says_that_it_ran_later: ("notebooks", "03-sharing.ipynb: it says when or with which Python it ran"),
    a_cell_did_not_run: ("notebooks", "did not run once each"),
    a_notebook_was_not_run: ("notebooks", "has not been run"),
    a_claim_names_code_that_is_not_there: ("dossiers", "C3: computed_by names analysis.sharing.excess.excess,"),
    a_claim_names_a_figure_that_is_not_there: (
        "dossiers",
        "C3: shown_by names analysis.sharing.page.nil_figure, which is not",
    ),
    a_claim_names_a_figure_that_its_chapter_does_not_show: ("dossiers", "canvas, which 03-sharing does not call"),
    a_claims_data_are_gone: ("dossiers", "data names data/processed/themes/matrix.parquet"),
    a_verdict_in_the_ledger_is_edited: ("ledger", "verdict is 'supported by everything'"),
    a_claim_is_added_after_the_run: ("ledger", "R1: claims.yaml has no such claim"),
    a_figure_is_swapped_and_covered_up: ("book", "does not show, in its place, what cell cell-"),
    a_number_on_a_page_is_edited_and_covered_up: ("book", "shows a value that no binding gives: 9"),
    a_verdict_on_a_page_is_edited_and_covered_up: ("book", "index.html: it (does not show|shows a value)"),
    a_verdict_that_opens_a_chapter_is_edited_and_covered_up: ("book", "03-sharing.html: it shows .* proven"),
    the_grounds_of_a_piece_of_advice_are_edited_and_covered_up: (
        "book",
        "ringkasan.html: it shows .* terbukti",
    ),
    a_sentence_below_a_figure_is_edited_and_covered_up: ("book", "does not show, in its place, what cell"),
    the_words_of_a_page_are_edited_and_covered_up: ("book", "theory.html: it does not say, in its place.*Trust comes"),
    the_words_of_a_chapter_are_edited_and_covered_up: ("book", "03-sharing.html: it does not say, in its place"),
    a_copy_of_a_source_is_edited_and_covered_up: ("book", "_sources/theory.md: it is not the source"),
    a_picture_is_edited_wherever_it_is: ("cards", "reviewers.html: the list of figures and tables of sharing"),
    a_caption_is_edited_wherever_it_is: ("cards", "03-sharing.html: the card of where the chapter comes from"),
    a_number_in_a_table_is_edited_wherever_it_is: ("cards", "reviewers.html: the list of figures and tables of sh"),
    the_data_of_the_map_are_edited_wherever_they_are: ("cards", "04-network.html: the card of where"),
    a_column_is_swapped_and_covered_up: ("cards", "03-sharing.html: the card of where the chapter comes from"),
    a_metric_that_no_page_shows_is_rounded_up_and_covered_up: ("cards", "04-network.html: the card of where"),
    the_minimum_of_a_claim_is_lowered_and_covered_up: ("cards", "09-claims.html: the card of the claim C1"),
    a_hash_on_a_card_is_edited_and_covered_up: ("cards", "03-sharing.html: the card of where the chapter comes from"),
    a_table_of_calibration_is_edited_and_covered_up: ("cards", "calibration.html: the table `verdicts-table`"),
    a_sentence_of_calibration_is_edited_and_covered_up: (
        "cards",
        "calibration.html: the sentence `run` does not follow",
    ),
    the_index_of_the_search_is_edited: ("outputs", "book/_build/html: is not what"),
    a_quotation_is_moved_to_somebody_else: ("quotations", "06-themes.ipynb.*not of the person it names"),
    a_table_to_take_along_holds_more_than_its_page_and_is_covered_up: ("book", "table-1.csv: it does not hold what"),
    a_file_to_take_along_is_added_and_covered_up: ("book", "members.csv: it does not hold what its page shows"),
    a_number_of_a_figure_is_edited_and_covered_up: ("book", "numbers or links of its figures and tables"),
    a_quantity_has_another_figure_in_a_table: ("alike", "03-sharing-table-.*: it gives 0"),
    a_quantity_has_another_figure_in_a_sentence: ("alike", "01-ingest.html: it gives 7,777"),
    a_metric_is_not_what_the_book_gives: ("alike", "html: it gives .* metric ingest.messages is"),
    the_entry_to_cite_is_edited_and_covered_up: ("cards", "how the study is cited is not the one"),
    a_chapter_is_left_out_of_the_book: ("book", "the page is not in the book"),
    a_number_is_typed_into_a_page: ("numbers", r"index.md, line \d+: the number 12,322 is typed"),
    a_number_is_typed_into_a_notebook: ("numbers", r"03-sharing.ipynb, cell cell-\d+, line 3: the number 4"),
    a_number_is_typed_into_a_caption: ("numbers", r"03-sharing.ipynb, cell cell-26, line 3: the number 4 is typed"),
    a_number_hides_in_a_note: ("numbers", "theory.md.*the number 38"),
    a_number_is_written_as_a_word: ("numbers", "theory.md.*the number Most is typed"),
    a_number_stands_in_a_title: ("numbers", "theory.md.*the number 38 is typed"),
    a_number_stands_in_a_file_that_a_page_includes: ("numbers", "docs/more.md, line 1: the number 12,322"),
    a_number_stands_on_a_page_in_a_folder: ("numbers", "book/more/page.md, line 3: the number 12,322"),
    a_quotation_drops_its_negation: ("quotations", "theory.md: a quotation is not in the data"),
    a_translation_is_moved_to_another_turn: ("quotations", "06-themes.ipynb.*a quotation is not of"),
    a_binding_names_no_metric: ("bindings", "no value at 'ingest.massages'"),
    a_format_does_not_fit: ("bindings", "format 'z' does not fit"),
    a_condition_names_no_metric: ("bindings", "no value at 'ingest.real'"),
    a_fact_is_not_in_study_yaml: ("bindings", "no key 'titel'"),
    a_quotation_is_made_up: ("quotations", "theory.md: a quotation is not in the data.*Kami selalu"),
    somebody_is_quoted_who_did_not_agree: ("quotations", "theory.md: a quotation is not in the data, or not consented"),
    the_words_of_somebody_who_did_not_agree_are_shown: ("quotations", "words of members who did not agree"),
    words_that_nobody_approved_are_shown: ("quotations", r"02-coding(.|\n)*or that nobody approved"),
    a_name_and_a_telephone_number_leak: ("identifiers", r"metrics/sharing.json: NAME(.|\n)*index.html: PHONE"),
    a_package_has_another_version: ("environment", "numpy: the lock asks for 0."),
    a_package_is_not_in_the_lock: ("environment", "imports the package networkx"),
    an_optional_package_is_used: ("environment", "imports the package igraph, which the lock does not name"),
    a_package_is_not_pinned: ("environment", "networkx: it is not pinned"),
    a_generator_loses_its_seed: ("seeds", "excess.py, line .*not given a seed"),
    the_global_generator_is_used: ("seeds", "resample.py.*generator that all share"),
    a_model_loses_its_seed: ("seeds", "classify.py.*LogisticRegression` draws unless it is given `random_state`"),
    a_notebook_draws_without_a_seed: ("seeds", "03-sharing.ipynb.*generator that all share"),
    a_step_loses_the_seed_among_its_parameters: ("seeds", "params.yaml, sharing: the step draws at random"),
    the_rates_were_measured_on_earlier_code: ("calibrated", "earlier code .fingerprint.*trials 0123456789abcdef"),
    a_file_is_cut_off: ("whole", "05-partnership.ipynb: it cannot be read"),
    a_page_is_cut_off_and_covered_up: ("whole", "03-sharing.html: it does not end with </html>"),
    a_stage_ran_with_code_that_was_put_back: (
        "repeated",
        r"stage coding, data/processed/coding: it differs from what the release's run made",
    ),
    the_release_no_longer_says_what_its_run_made: ("repeated", "release.json: it does not say what the release's run"),
    a_command_does_more_and_is_covered_up: ("stages", "its command is `guyub run sharing && sed"),
    a_stage_is_frozen: ("stages", "stage sharing: it has frozen: True"),
    a_stage_is_added_and_covered_up: ("stages", "not those of a Guyub study: polish"),
    a_stage_is_added_in_another_folder: ("stages", "docs/dvc.yaml: DVC would run or fetch what it says"),
    a_file_hides_from_dvc: ("closed", "Chat.txt: .dvcignore hides it"),
    a_table_that_no_stage_makes_lies_among_the_results: ("closed", "data/processed/extra.csv: no stage makes it"),
    a_module_stands_in_for_a_package: ("closed", "src/numpy.py: Python would import it in place of"),
    a_hidden_banner_is_put_on_a_page_and_covered_up: ("site", "index.html: its words: not as the build made it"),
    a_link_is_aimed_elsewhere_and_covered_up: ("site", "index.html: its links and sources: not as the build"),
    a_reference_is_edited_and_covered_up: ("site", "references.bib: it has changed since the book was built"),
    a_raw_file_is_changed_wherever_it_is_listed: ("site", "data/raw: it has changed since the book was built"),
    a_partnership_begins_later_and_is_listed_anew: (
        "derived",
        "partnerships.parquet, 1: its since is not as in the raw",
    ),
    an_answer_of_an_interview_is_negated_and_listed_anew: ("derived", "utterances.parquet, wawancara-01-.*: its text"),
    an_interview_is_of_another_participant_and_listed_anew: ("derived", "parquet, wawancara-02-.*: its member"),
    a_message_gets_another_sender_and_is_listed_anew: ("derived", "messages.parquet, kopdar.*: its member is not"),
    the_codebook_takes_in_what_it_left_out_and_is_listed_anew: ("derived", "codebook.parquet, business_news: its incl"),
    a_coder_is_a_copy_of_another_and_listed_anew: ("derived", "codings.parquet"),
    rows_of_a_table_are_dropped_and_covered_up: ("recomputed", "sharing/counts.parquet: computed again .* rows"),
    a_passage_is_cut_before_its_but_and_covered_up: ("recomputed", "themes/passages.parquet: computed again .* text"),
    a_share_is_better_in_the_metrics_and_is_covered_up: ("recomputed", "sharing.json: .* share.counted.value was 0"),
    another_interview_brought_a_code_and_is_covered_up: ("recomputed", "themes/codes_heard.parquet: computed again"),
    a_classifier_errs_less_and_is_covered_up: ("recomputed", "coding/performance.parquet: computed again .* precision"),
    a_code_is_given_more_often_and_is_covered_up: ("recomputed", "coding/prevalence.parquet: computed again .* value"),
    coders_agree_better_and_are_covered_up: ("recomputed", "coding/agreement.parquet: computed again .* alpha"),
    answers_are_likelier_and_are_covered_up: ("recomputed", "network/replies.parquet: computed again .* probability"),
    a_claim_has_another_number_in_the_metrics_and_is_covered_up: (
        "recomputed",
        r"metrics/partnership.json: .* C1.value was 2\.5",
    ),
    universes_that_say_otherwise_are_struck_and_covered_up: ("recomputed", "robustness/universes.parquet: computed"),
    all_universes_of_a_claim_are_struck_and_it_is_covered_up: ("recomputed", "robustness/universes.parquet: computed"),
    a_universe_gives_another_verdict_and_is_covered_up: ("recomputed", "universes.parquet: computed again .* verdict"),
    more_universes_are_counted_than_there_are_and_it_is_covered_up: (
        "recomputed",
        r"metrics/robustness.json: .*C3\.universes was 51",
    ),
    a_word_is_taken_out_of_the_search_and_covered_up: ("site", "searchindex.js: its search finds no page for simul"),
    the_key_is_no_longer_kept_out_of_git: ("identifiers", ".gitignore: git would take along the key"),
    entries_of_the_inventory_change_places_and_it_is_covered_up: (
        "site",
        "objects.inv: 'brief' leads to theory.html, which is not its place",
    ),
    a_picture_of_the_tutorial_is_another_and_is_covered_up: ("site", "coding.png: it is not the picture of this name"),
    sections_are_taken_out_of_the_search_and_it_is_covered_up: (
        "site",
        r"searchindex.js: its search does not know What this does not show \(",
    ),
    the_alt_text_of_the_first_picture_misreports_it_and_is_covered_up: (
        "cards",
        "index.html: its block `overview` does not show",
    ),
    the_picture_of_who_shares_counts_otherwise_and_is_covered_up: (
        "cards",
        "ringkasan.html: its block `who-shares` does not show",
    ),
    the_glossary_is_edited_and_covered_up: ("book", "glossary.html: it does not say, in its place"),
    a_term_is_explained_otherwise_where_it_is_used_and_it_is_covered_up: (
        "book",
        "trust.html: a term is explained otherwise than in the glossary: 'Certainly",
    ),
    a_score_in_a_table_of_the_reply_model_is_edited_and_covered_up: (
        "cards",
        "trust.html: its block `reply-table` does not say",
    ),
    a_program_is_said_to_be_slower_and_it_is_covered_up: ("cards", "speed.html: its block `speed` does not say"),
    the_picture_beside_links_is_painted_over_and_covered_up: ("recomputed", "card.png: drawn again from the ledger"),
    the_rule_is_softened_and_is_covered_up: ("cards", "index.html: its block `grades` does not say: At least"),
    a_page_lists_other_code_than_ran_and_is_covered_up: (
        "cards",
        "03-sharing.html: it lists code that did not run: [^\n]*milder",
    ),
    a_check_is_said_to_see_everything_and_is_covered_up: ("cards", "reviewers.html: its block `checks` does not say"),
    a_file_of_the_simulation_is_said_to_be_real: ("derived", "simulated is 'no' for a file of the simulation"),
    the_ground_of_consent_is_made_up: ("derived", "consent_basis is 'written consent of each member' for a file"),
    the_licence_of_a_raw_file_is_another: ("derived", "licence is 'proprietary' for a file of the simulation"),
    a_page_is_added_to_the_site_and_covered_up: ("site", "praise.html: the build did not make it"),
    a_script_is_aimed_at_another_site_and_covered_up: ("site", "index.html: it fetches https://example.org/guyub.js"),
    a_comment_ends_where_no_parser_sees_it_and_is_covered_up: ("site", "theory.html: its comments.*: not as the build"),
    markup_that_no_parser_knows_is_put_on_a_page_and_covered_up: ("site", "theory.html: its comments.*: not as the bu"),
    the_houses_style_fetches_from_another_site_and_is_covered_up: (
        "site",
        "book/_static/guyub.css: it fetches https://example.org(.|\n)*html/_static/guyub.css: it fetches",
    ),
    two_numbers_of_a_page_change_places_and_are_covered_up: ("book", "brief.html: it shows a value in the place of"),
    a_link_called_as_an_address_leads_to_another_and_is_covered_up: ("book", "its link 'doi:"),
    a_link_to_a_chapter_leads_to_another_and_is_covered_up: ("book", "its link 'Partnership' leads to executed/03"),
    a_pages_head_promises_what_it_does_not_say_and_is_covered_up: (
        "book",
        "its head says of it what it does not: 'All",
    ),
    the_origin_of_a_number_is_edited_and_covered_up: (
        "cards",
        "numbers.html: the table of numbers of .* is not the one",
    ),
    two_verdicts_of_a_page_change_places_and_are_covered_up: ("book", "index.html: it shows a value in the place of"),
    a_script_of_the_site_is_edited_and_covered_up: ("site", "doctools.js: it is neither a file of an installed"),
    a_module_is_changed_by_the_author: (
        "release",
        r"src/analysis/wording.py: changed since the release: 1 lines more, 0",
    ),
    a_module_is_added_by_the_author: ("release", "src/analysis/mine.py: added since the release"),
    the_release_is_of_another_version: ("release", r"release.json: it is of version 9\S+, pyproject.toml of"),
    a_table_of_calibration_is_edited: ("facts", "calibration/power.csv: it is not the table that"),
    a_score_of_the_reply_model_is_edited: ("facts", "docs/replies.yaml: it is not as its benchmark wrote it"),
    a_score_is_edited_with_the_hash_of_all: ("facts", "links.plain.previous message: F is 0.9, which precision"),
    a_benchmark_is_edited: ("facts", "docs/benchmarks.json: it is not as its benchmark wrote it"),
    a_benchmark_is_edited_with_the_hash_of_all: ("facts", "docs/benchmarks.json: cpu_s of .* lies outside its own"),
    the_ethics_are_edited_and_covered_up: ("facts", "index.html: it does not show what study.yaml states: 'The ethics"),
    a_fact_of_the_interviews_is_edited_and_covered_up: (
        "facts",
        "06-themes.html: it does not show what .* 'two trained",
    ),
    a_work_is_edited_and_covered_up: ("facts", "references.html: it shows another doi of dawid1979"),
    the_title_is_edited_and_covered_up: ("facts", "its title is not that of study.yaml"),
    the_terms_of_the_licence_are_edited: ("facts", "LICENSE: its terms are not those of the MIT License"),
    the_licence_forbids_sale_above_its_terms: ("facts", "LICENSE: its terms are not those of the MIT License"),
    the_words_before_the_licence_are_edited: ("facts", "LICENSE: its terms are not those of the MIT License"),
    the_licence_that_is_cited_is_another: ("facts", "LICENSE: CITATION.cff names CC-BY-NC-4.0, which it does not"),
    somebody_else_is_cited: ("facts", "its authors are not those of pyproject.toml and LICENSE"),
    the_condas_list_asks_for_another_version: ("facts", "environment.yml: numpy is >=1.0, in pyproject.toml >=2.2"),
    the_conda_list_fetches_from_another_channel: ("facts", "environment.yml: it fetches from .'another'"),
    a_version_in_pyproject_does_not_fit_the_lock: ("facts", "pyproject.toml asks for numpy>=9, the lock has"),
    a_figure_in_the_readme_is_edited: ("facts", "README.md: it does not say `about 4 minutes"),
    a_figure_is_typed_into_the_readme: ("facts", "README.md, line 11: the number 97 % is bound to nothing"),
    the_lock_fetches_from_elsewhere: ("environment", "line 1: it fetches from elsewhere than the package index"),
    another_lock_fetches_from_elsewhere: ("environment", "requirements-lab.lock, line 1: it fetches from elsewhere"),
    a_recipe_installs_what_no_lock_names: ("environment", "Makefile: it installs what no lock with hashes names"),
    a_recipe_installs_like_the_peers_of_a_benchmark: ("environment", "ci/run: it installs what no lock with hashes"),
    the_record_of_the_scrubbing_is_bettered: ("facts", "rounds.csv: its last round is not the one in"),
    a_number_stands_in_a_file_that_an_included_file_includes: (
        "numbers",
        "docs/deep/most.md, line 1: the number 12,322",
    ),
    a_number_stands_in_the_file_of_a_table: ("numbers", "docs/more.csv, line 2: the number 97 %"),
    a_file_that_a_page_includes_is_not_declared: ("declared", "stage book: it uses docs/more.md"),
    a_number_has_a_letter_of_another_alphabet: ("numbers", "theory.md.* letters of another alphabet"),
    a_number_is_shown_the_other_way_round: ("numbers", r"index.md.*an invisible character, U\+202E"),
    a_parameter_is_repeated: ("whole", "params.yaml: .*the key alpha is repeated, in line"),
    a_field_of_a_claim_is_repeated: ("whole", "claims.yaml: .*the key smallest_effect is repeated, in line"),
    a_result_is_repeated: ("whole", "metrics/ingest.json: .*the key messages is repeated"),
    a_chat_in_a_table_with_semicolons_is_cut_off: ("whole", "rapat.csv: line 3: 2 cells under 3 columns"),
    a_column_is_repeated: ("whole", "partnerships.csv: its column a is repeated"),
    somebody_agreed_by_the_table_and_not_by_the_list: (
        "quotations",
        "members.csv: .* of its members agree to be quoted",
    ),
    a_recipe_puts_an_option_before_install: ("environment", "Dockerfile: it installs what no lock with hashes names"),
    a_recipe_uses_another_manager: ("environment", "names: conda install(.|\n)*names: pipx run(.|\n)*names: uv sync"),
    a_recipe_runs_what_it_fetches: ("environment", "more.yml: it fetches what no lock names"),
    a_recipe_begins_with_the_image_of_somebody: ("environment", "it begins with what no lock names: example.org/pyth"),
    a_hub_installs_a_list_of_its_own: ("environment", "binder/requirements.txt: it installs .*: guyub-extras"),
    a_package_is_said_to_be_installed_among_the_code: ("environment", "src/networkx-9.9.9.dist-info: it says"),
    a_figure_is_typed_into_the_readme_in_words: ("facts", "the number ninety is bound(.|\n)*the number 24 is bound"),
    a_benchmark_is_edited_within_its_rounds: ("facts", "speed.html: it does not show what docs/benchmarks.json has"),
    a_change_that_was_not_predicted_is_said_to_be: ("facts", "spreading.csv, line .*: inside is not what"),
    a_change_that_was_tried_is_left_out: ("facts", "spreading.csv: it does not hold each community"),
    what_was_measured_is_not_what_was_committed: ("calibrated", "spreading.csv: it is not what the last commit has"),
    a_package_in_the_lock_has_no_hash: ("environment", "networkx: it has no hash"),
    a_threshold_is_moved_after_the_first_numbers: ("amended", "C1: smallest_effect was changed since the last commit"),
    a_study_declares_its_claims_together_with_the_numbers: ("declared-first", "the commit of the first numbers"),
    the_citation_names_another_version: ("reuse", "cites version 9"),
    the_citation_names_a_day_of_release_that_the_changelog_does_not: ("reuse", "CITATION.cff: it was released on"),
    the_licence_is_gone: ("reuse", "LICENSE: the file is not there"),
}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.__name__)
def test_the_alarm_fails_when(broken, alarm):
    name, says = ALARMS[alarm]
    alarm(broken)
    found = ""
    with unchanged_files_read_once():
        for part in checks.IN_PARTS.get(name, [checks.CHECKS[name]]):
            found += listed(timed(part, Subject(broken.paths))[0])
            if re.search(says, found):
                return
    pytest.fail(found)


def test_every_check_has_an_alarm():
    assert {name for name, _ in ALARMS.values()} == set(checks.CHECKS)


def test_what_cannot_be_read_is_a_finding_and_no_crash(broken):
    broken("metrics/claims.json", None, "{")
    broken("dvc.lock", None, "a: [")
    for name in ("inputs", "outputs", "lock", "parameters"):
        assert "cannot be checked" in reported(name, broken.paths)


def test_a_study_that_has_not_run_is_asked_to_run(ran, tmp_path):
    shutil.copytree(
        ran.root,
        tmp_path / "fresh",
        ignore=shutil.ignore_patterns("metrics", "processed", "executed", "_build", "*.lock"),
    )
    shutil.copy(ran.root / "requirements.lock", tmp_path / "fresh")
    for name in ("outputs", "book", "ledger", "quotations", "notebooks"):
        assert any("dvc repro" in each.fix for each in findings(name, study.Paths(tmp_path / "fresh"))), name


def test_a_raw_file_of_real_people_is_not_named(broken):
    text = (broken.paths.root / MANIFEST).read_text(encoding="utf-8")
    broken(MANIFEST, None, text.replace(",yes", ",no"))
    a_message_is_changed(broken)
    assert "Kopdar" not in reported("raw", broken.paths)
    assert "in the order of names" in reported("raw", broken.paths)


# Notices


def test_a_notice_is_listed_separately_and_fails_only_a_release(ran, monkeypatch):
    monkeypatch.setitem(checks.CHECKS, "calibrated", lambda _: [Finding("rates.csv", "measured on earlier code")])
    (now,) = checks.verify(ran, ["calibrated"])
    assert (now.state, checks.as_json([now])["passed"]) == ("notice", True)
    assert checks.report([now], 0).endswith("0 checks passed; 1 notice to settle before a release: calibrated (0.0 s)")
    (then,) = checks.verify(ran, ["calibrated"], release=True)
    assert (then.state, checks.as_json([then])["passed"]) == ("failed", False)
    assert "1 of 1 checks failed: calibrated" in checks.report([then], 0)


def test_notices_come_after_the_checks_that_failed():
    rates, lock = (next(each for each in catalogue() if each.name == name) for name in ("calibrated", "lock"))
    outcomes = [checks.Outcome(check, [Finding("a", "b")], 0) for check in (rates, lock)]
    lines = [line for line in checks.report(outcomes, 0).splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in lines[:2]] == ["FAILED", "notice"]


# The command


def guyub(monkeypatch, capsys, paths, *words):
    monkeypatch.chdir(paths.root)
    monkeypatch.setenv("GUYUB_SOURCE", str(paths.root / "src"))
    code = cli.main(["verify", *words])
    return code, capsys.readouterr().out


def test_a_second_process_that_is_killed_leaves_its_checks_to_this_one(broken, monkeypatch):
    pool = workers.pool

    class Killed:
        """A pool whose process ends with whatever it is given."""

        def __init__(self, count):
            self.pool = pool(count)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.pool.shutdown()

        def submit(self, *_):
            return self.pool.submit(os._exit, 9)

    monkeypatch.setattr(workers, "pool", Killed)
    monkeypatch.setattr(checks, "SLOWEST", ("raw",))
    a_message_is_changed(broken)
    for outcome in checks.verify(broken.paths, ["raw", "lock"]):
        assert outcome.findings == timed(checks.CHECKS[outcome.check.name], Subject(broken.paths))[0]
        assert (outcome.state == "failed") == (outcome.check.name == "raw")


def test_an_object_of_the_cache_that_holds_something_else_is_found(broken):
    locked = yaml.safe_load((broken.paths.root / "dvc.lock").read_text(encoding="utf-8"))["stages"]["sharing"]
    out = next(each for each in locked["outs"] if each["md5"].endswith(".dir"))
    folder = broken.paths.root / out["path"]
    listed = json.dumps([{"md5": md5(path), "relpath": path.name} for path in sorted(folder.iterdir())], sort_keys=True)
    for digest, content in ((out["md5"], listed), *((md5(path), path) for path in folder.iterdir())):
        place = broken.keep(f".dvc/cache/files/md5/{digest[:2]}/{digest[2:]}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content.read_bytes())
    assert reported("lock", broken.paths) == ""
    place.write_bytes((folder / "groups.parquet").read_bytes() + b" ")
    assert f"{digest[2:]}: it holds something else than its name says" in reported("lock", broken.paths)
    broken(f".dvc/cache/files/md5/{out['md5'][:2]}/{out['md5'][2:]}", None, "[")
    assert f"{out['md5'][2:]}: it holds something else" in reported("lock", broken.paths)


def test_a_script_that_cannot_be_run_is_found(broken):
    script = broken.paths.root / ".ci" / "run"
    assert reported("reuse", broken.paths) == ""
    script.chmod(0o644)
    try:
        assert ".ci/run: it is a script, and its permissions do not let it run" in reported("reuse", broken.paths)
        git(broken.paths.root, "config", "core.fileMode", "false")  # as git sets it on a disk without permissions
        assert reported("reuse", broken.paths) == ""
    finally:
        git(broken.paths.root, "config", "core.fileMode", "true")
        script.chmod(0o755)


def test_whatever_git_has_and_no_study_makes_is_of_the_release():
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True)
    own = ("tests/", "benchmarks/", "data/raw/", "metrics/", "calibration/runs/", "dvc.lock", "study.yaml",
           "release.json")  # fmt: skip
    there = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    assert {name for name in there if not name.startswith(own)} - set(release.hashes(ROOT)) == set()


def test_the_command_ends_with_one_when_a_check_fails_and_reports_it_as_json(broken, monkeypatch, capsys):
    code, out = guyub(monkeypatch, capsys, broken.paths, "--only", "numbers", "--json")
    assert (code, json.loads(out)["passed"]) == (0, True)
    a_number_is_typed_into_a_page(broken)
    code, out = guyub(monkeypatch, capsys, broken.paths, "--only", "numbers", "--json")
    (check,) = json.loads(out)["checks"]
    assert (code, check["name"], check["passed"]) == (1, "numbers", False)
    assert check["findings"][0]["place"].startswith("book/index.md")
    code, out = guyub(monkeypatch, capsys, broken.paths, "--only", "numbers")
    assert "FAILED" in out
    assert "the number 12,322 is typed" in out


def test_the_first_line_says_when_the_study_checks_itself_and_the_last_what_was_not_made_again(
    ran, monkeypatch, capsys
):
    _, out = guyub(monkeypatch, capsys, ran, "--only", "lock")
    assert out.startswith("Checked by Guyub ")
    assert "Not made again: 39 outputs, data/processed/notebooks to book/_build/site.json" in out
    monkeypatch.setattr(release.analysis, "__file__", str(ran.root / "src/analysis/__init__.py"))
    _, out = guyub(monkeypatch, capsys, ran, "--only", "lock")
    assert out.startswith("Checked by the study's own source (src/)")


def test_verify_runs_its_own_code_where_other_commands_run_the_studys(ran, monkeypatch):
    started = []
    monkeypatch.chdir(ran.root)
    monkeypatch.delenv("GUYUB_SOURCE", raising=False)
    monkeypatch.setattr(os, "execve", lambda *words: started.append(words[1][3:]))
    entry.use_own_source(["verify", "--json"])
    assert started == []
    entry.use_own_source(["check"])
    assert len(started) == 1


def test_a_reader_who_has_had_enough_ends_the_command_quietly(ran):
    command = f"{sys.executable} -m analysis.cli verify --only lock --only numbers --json | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=ran.root, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_a_check_that_is_neutered_in_the_studys_source_is_run_by_make_verify_from_the_release(broken):
    a_number_is_typed_into_a_page(broken)
    source = "src/analysis/verify/prose.py"
    broken(
        source, "def numbers_are_computed(", "def numbers_are_computed(subject):\n    yield from ()\n\n\ndef _unused("
    )
    options = ["BIN=" + str(Path(sys.executable).parent), "VERIFY=--only numbers --only release --json"]
    run = ["make", "--no-print-directory", "-o", ".venv/.ready", "verify", *options]
    done = subprocess.run(run, cwd=broken.paths.root, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert ".guyub/verifier" in report["tool"]
    numbers, released = report["checks"]
    assert (numbers["state"], released["state"]) == ("failed", "notice")
    assert "the number 12,322 is typed, not computed" in {each["what"] for each in numbers["findings"]}
    changed = {each["place"]: each["what"] for each in released["findings"]}
    assert changed[source].startswith("changed since the release: ")


def test_what_tools_keep_in_hidden_folders_is_no_broken_file_of_the_study(tmp_path):
    for name in (".pytest_cache/empty.json", ".hypothesis/x.yaml", ".github/workflows/empty.yaml", "book/empty.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert {path.name for path in damage.files(tmp_path)} == {"empty.yaml", "empty.html"}


def test_the_diff_shows_what_the_author_changed_of_the_release(broken, monkeypatch, capsys):
    a_module_is_changed_by_the_author(broken)
    _, out = guyub(monkeypatch, capsys, broken.paths, "--diff")
    assert "+++ src/analysis/wording.py\n" in out
    assert "\n+import sys\n" in out


def test_a_check_that_does_not_exist_is_refused(ran):
    with pytest.raises(InputError, match=r"no check is called nmubers.*\n.*numbers"):
        checks.verify(ran, ["nmubers"])


class Package:
    """An installed package of one file."""

    name = "tiny"

    def __init__(self, folder):
        self.folder = folder

    def read_text(self, _):
        return f"tiny.py,sha256={wheel_sha256(self.folder / 'tiny.py')},9\n"

    def locate_file(self, name):
        return self.folder / name


def test_a_package_that_was_changed_after_it_was_installed_and_what_nobody_installed_are_found(tmp_path, monkeypatch):
    write(tmp_path, "tiny.py", "ONE = 1\n")
    package = Package(tmp_path)
    record = package.read_text("RECORD")
    monkeypatch.setattr(environment.importlib.metadata, "distributions", lambda: [package])
    monkeypatch.setattr(environment.sysconfig, "get_path", lambda _: str(tmp_path))
    assert list(environment._altered({"tiny"})) == []
    monkeypatch.setattr(package, "read_text", lambda _: record)
    write(tmp_path, "tiny.py", "ONE = 2\n")
    write(tmp_path, "more.pth", "import os\n")
    write(tmp_path, "sitecustomize.py", "")
    assert [each.place for each in environment._altered({"tiny"})] == ["tiny, tiny.py", "more.pth", "sitecustomize.py"]


def test_rows_of_a_long_manifest_are_compared_at_once():
    rows = [{"path": f"chats/{number}.txt", "simulated": "no"} for number in range(20_000)]
    began = time.process_time()
    assert list(lock._odd_rows(rows)) == []
    assert time.process_time() - began < 1
    assert [each.place for each in lock._odd_rows([*rows[:3], rows[1]])] == [
        "data/raw/MANIFEST.csv, line 3", "data/raw/MANIFEST.csv, line 5",
    ]  # fmt: skip


def a_history(root, *versions):
    """A repository whose claims.yaml has these versions; the first numbers come with the second commit."""
    git(write(root, "claims.yaml", "").parent, "init", "--quiet")
    for number, claims in enumerate(versions):
        write(root, "claims.yaml", yaml.safe_dump({"claims": claims}))
        if number == 1:
            write(root, "metrics/claims.json", "{}")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--allow-empty", "--message", str(number))
    return Subject(study.Paths(root))


def test_git_shows_whether_claims_came_before_the_numbers_and_changes_are_kept(tmp_path):
    first = {"id": "A", "test": "one", "estimand": "e"}
    second = first | {"test": "two"}
    kept = second | {"amendments": [{"former": {"test": "one"}, "seen": "the number", "why": "it was biased"}]}
    softened = second | {"amendments": [{"former": {"test": "one"}, "seen": "nothing", "why": "it was biased"}]}
    reworded = second | {"amendments": [{"former": {"test": "one"}, "seen": "the number", "why": "It was biased."}]}
    for name, versions, found in (
        ("kept", [[first], [first], [kept]], []),
        ("dropped", [[first], [first], [second]], ["test was changed in"]),
        ("before", [[first], [second]], ["test was changed in"]),
        ("gone", [[first], [first], []], ["estimand was changed in"]),
        ("softened", [[first], [first], [kept], [softened]], ["is not there any more as it was"]),
        ("reworded", [[first], [first], [kept], [reworded]], []),  # on the same day
        ("deleted", [[first], [first], [kept], [second]], ["test was changed in", "is not there any more as it was"]),
    ):
        subject = a_history(tmp_path / name, *versions)
        assert list(history.claims_come_before_the_numbers(subject)) == []
        whats = [each.what for each in history.changes_are_amendments(subject)]
        assert [text for text in found if any(text in what for what in whats)] == found
        assert bool(whats) == bool(found), name


def test_no_word_of_an_amendment_changes_after_the_day_of_its_commit(tmp_path, monkeypatch):
    first = {"id": "A", "test": "one", "estimand": "e"}
    amendment = {"former": {"test": "one"}, "seen": "the number", "why": "it was biased"}
    now = first | {"test": "two", "amendments": [amendment]}
    for number, other in enumerate(({"why": "a slip"}, {"seen": "nothing"}, {"former": {"test": "0"}}, {"note": "x"})):
        changed = first | {"test": "two", "amendments": [amendment | other]}
        monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-01T10:00:00")
        subject = a_history(tmp_path / str(number), [first], [first], [now])
        assert list(history.changes_are_amendments(subject)) == []
        write(subject.root, "claims.yaml", yaml.safe_dump({"claims": [changed]}))
        for later in (False, True):
            if later:
                monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-02T10:00:00")
                git(subject.root, "commit", "--quiet", "--all", "--message", "reworded")
            whats = [each.what for each in history.changes_are_amendments(Subject(subject.paths))]
            assert any("is not there any more as it was" in what for what in whats)


def test_what_hides_differences_in_this_folder_alone_is_found(tmp_path):
    subject = a_history(tmp_path, [], [])
    whats = [each.what for each in history.claims_come_before_the_numbers(subject)]
    assert not any("hides" in what for what in whats)
    lines = ["# *.csv -diff", "*.ipynb filter=nbstripout diff=ipynb", "* text=auto", "metrics/** -diff",
             "*.csv export-ignore", "claims.yaml diff=none", "*.yaml binary"]  # fmt: skip
    write(tmp_path, ".git/info/attributes", "\n".join(lines))
    found = [each.place for each in history.claims_come_before_the_numbers(subject) if "hides" in each.what]
    assert found == [f".git/info/attributes, line {number}" for number in (4, 5, 6, 7)]


def commits(root):
    """The commits of a repository, the first one first."""
    done = subprocess.run(
        ["git", "-C", str(root), "log", "--reverse", "--format=%H"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_an_amendment_is_looked_up_in_git(tmp_path):
    first = {"id": "A", "test": "one", "estimand": "e"}
    subject = a_history(tmp_path, [first], [first])
    true = commits(tmp_path)[-1]
    for commit, date, former, found in (
        (true, "2999-01-01", "one", ""),
        ("deadbee", "2999-01-01", "one", "names the commit deadbee, which is not in this history"),
        (true, "2019-01-01", "one", "is dated before its commit"),
        (true, "2999-01-01", "none", "says of test what the commit .* does not hold"),
    ):
        amendment = {"date": date, "commit": commit, "seen": "the number", "why": "x", "former": {"test": former}}
        write(tmp_path, "claims.yaml", yaml.safe_dump({"claims": [first | {"test": "two", "amendments": [amendment]}]}))
        whats = [each.what for each in history.changes_are_amendments(Subject(subject.paths))]
        assert bool(whats) == bool(found)
        assert not found or any(re.search(found, what) for what in whats)


def test_an_amendment_is_dated_no_earlier_than_what_it_changed_ended(tmp_path, monkeypatch):
    first = {"id": "A", "test": "one", "estimand": "e"}
    subject = a_history(tmp_path, [first], [first])
    held = commits(tmp_path)[-1]
    day = history.git(subject, "show", "--no-patch", "--format=%cs", held)
    write(tmp_path, "other.txt", "later")
    git(tmp_path, "add", "--all")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2098-01-09T12:00:00")
    git(tmp_path, "commit", "--quiet", "--message", "Something else")
    for dated, found in ((day, "is of something that still held in .* on 2098-01-09"), ("2098-01-08", "")):
        amendment = {"date": dated, "commit": held, "seen": "nothing", "why": "x", "former": {"test": "one"}}
        write(tmp_path, "claims.yaml", yaml.safe_dump({"claims": [first | {"test": "two", "amendments": [amendment]}]}))
        whats = [each.what for each in history.changes_are_amendments(Subject(subject.paths))]
        assert bool(whats) == bool(found)
        assert not found or any(re.search(found, what) for what in whats)


def test_amendments_with_which_a_history_begins_are_of_another():
    """Every new study begins with the claims of Guyub, whose amendments name commits of Guyub."""
    claim = {
        "id": "A",
        "test": "two",
        "amendments": [{"date": "2020-01-01", "commit": "deadbee", "former": {"test": "one"}}],
    }
    nowhere = Subject(study.Paths(Path("/nowhere")))
    assert list(history._false_amendments(nowhere, [("c", {"A": claim})], {"A": claim})) == []
    assert list(history._false_amendments(nowhere, [], {"A": claim})) == []  # in no commit yet
    assert list(history._false_amendments(nowhere, [("c", {})], {"A": claim}))


def test_a_file_that_git_does_not_look_at_or_shows_no_differences_of_is_found(tmp_path):
    subject = a_history(tmp_path, [{"id": "A"}], [{"id": "A"}])
    assert list(history._unseen(subject)) == []
    write(tmp_path, ".gitattributes", "*.md -diff\nclaims.yaml binary\n")
    assert [(each.place, each.what) for each in history._unseen(subject)] == [
        (".gitattributes", "by it git shows no differences of claims.yaml")
    ]
    (tmp_path / ".gitattributes").unlink()
    for flag in ("assume-unchanged", "skip-worktree"):
        git(tmp_path, "update-index", f"--{flag}", "claims.yaml")
        assert [each.place for each in history._unseen(subject)] == ["claims.yaml"]
        git(tmp_path, "update-index", f"--no-{flag}", "claims.yaml")
    assert list(history._unseen(subject)) == []


def test_whatever_field_of_a_claim_is_changed_is_missed_where_no_amendment_keeps_it(tmp_path):
    first = {
        "id": "A",
        "metrics": "a.A",
        "sentence": "s",
        "source": "x",
        "chapter": "1",
        "limits": "few",
        "data": ["d"],
    }
    subject = a_history(tmp_path, [first], [first])
    for field in first:
        write(tmp_path, "claims.yaml", yaml.safe_dump({"claims": [first | {field: "other"}]}))
        whats = " ".join(each.what for each in history.changes_are_amendments(Subject(subject.paths)))
        assert (f"{field} was changed since the last commit" in whats) == (field not in ("id", "limits", "data"))


def test_a_history_that_git_is_made_to_show_differently_is_read_as_it_is_kept_and_reported(tmp_path):
    first = {"id": "A", "test": "one", "estimand": "e"}
    subject = a_history(tmp_path, [first], [first], [first | {"test": "two"}])
    git(tmp_path, "replace", "--graft", commits(tmp_path)[-1])
    assert len(commits(tmp_path)) == 1
    assert "test was changed in" in next(history.changes_are_amendments(subject)).what
    (said,) = history.claims_come_before_the_numbers(subject)
    assert said.place.startswith("refs/replace/")
    git(tmp_path, "replace", "-d", said.place.rpartition("/")[2])
    write(tmp_path, ".git/info/grafts", f"{commits(tmp_path)[-1]}\n")
    assert "test was changed in" in next(history.changes_are_amendments(subject)).what
    assert [each.place for each in history.claims_come_before_the_numbers(subject)] == [".git/info/grafts"]


def test_without_a_history_nothing_is_said_to_have_been_declared_first(tmp_path):
    write(tmp_path, "claims.yaml", "claims: []")
    (finding,) = history.claims_come_before_the_numbers(Subject(study.Paths(tmp_path)))
    assert "git does not show when it was declared" in finding.what
    assert list(history.changes_are_amendments(Subject(study.Paths(tmp_path)))) == []


# What was tried


def test_tables_of_calibration_are_counted_anew_from_the_communities_that_were_tried(tmp_path):
    for name in ("claims.yaml", "params.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "calibration", tmp_path / "calibration")
    (tmp_path / "src").symlink_to(ROOT / "src")
    runs = plans.load(ROOT, final=plans.noted(plans.load(ROOT))["final"]).runs("").relative_to(ROOT)
    places = {name: tmp_path / "calibration" / name for name in ("power.csv", "verdicts.csv")}
    places["trials"] = tmp_path / runs / "trials.jsonl.gz"
    power, verdicts, trials = (path.read_bytes() for path in places.values())

    def found() -> set[str]:
        subject = Subject(study.Paths(tmp_path))
        return {each.place for each in calibrated.tables_follow_from_the_communities(subject)}

    assert found() == set()
    places["power.csv"].write_bytes(power.replace(b",60,60,0,1.0,", b",60,60,0,0.9,", 1))
    places["verdicts.csv"].write_bytes(verdicts.replace(verdicts.splitlines(keepends=True)[-1], b""))
    assert found() == {"calibration/power.csv", "calibration/verdicts.csv"}
    places["power.csv"].write_bytes(power)
    places["verdicts.csv"].write_bytes(verdicts)
    errors = tmp_path / runs / "errors.parquet"
    measured = errors.read_bytes()
    pd.read_parquet(errors).assign(messages=1).to_parquet(errors)
    assert found() == {"calibration/provenance.yaml"}
    errors.write_bytes(measured)
    fewer = gzip.decompress(trials).splitlines(keepends=True)[1:]
    places["trials"].write_bytes(gzip.compress(b"".join(fewer), mtime=0))
    assert "calibration/provenance.yaml" in found()
    places["trials"].unlink()
    assert found()


def test_a_community_that_was_tried_and_git_has_is_missed(tmp_path):
    write(tmp_path, "calibration/runs/trials.jsonl.gz", "")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    (tmp_path / "calibration/runs/trials.jsonl.gz").unlink()
    (finding,) = calibrated.tables_follow_from_the_communities(Subject(study.Paths(tmp_path)))
    assert finding.what.startswith("it is gone")


def test_communities_that_a_commit_took_out_or_that_are_others_than_committed_are_found(tmp_path):
    trials = write(tmp_path, "calibration/runs/trials.jsonl", "a")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "Tried")
    subject = Subject(study.Paths(tmp_path))
    assert list(calibrated._not_as_committed(subject)) == []
    trials.write_text("b", encoding="utf-8")
    git(tmp_path, "update-index", "--assume-unchanged", "calibration/runs/trials.jsonl")
    write(tmp_path, "calibration/runs/more.jsonl", "c")
    places = [each.place for each in calibrated._not_as_committed(subject)]
    assert places == ["calibration/runs/more.jsonl", "calibration/runs/trials.jsonl"]
    shutil.rmtree(tmp_path / "calibration/runs")
    git(tmp_path, "rm", "--quiet", "-r", "--cached", "calibration")
    git(tmp_path, "commit", "--quiet", "--message", "Gone")
    (finding,) = calibrated.tables_follow_from_the_communities(subject)
    assert (finding.place, finding.what[:16]) == ("calibration/runs", "it is gone since")


# What the checks are made of


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Of 12 members, −0.5 % and 3.", ["12", "−0.5 %", "3"]),
        ("{num}`ingest.messages|,.0f` of C1, in {cite:p}`holm1979` and {doc}`x <executed/09-claims>`", []),
        ("{doc}`the 9 claims <executed/09-claims>`", ["9"]),
        ("`guyub run 3 steps` but `42`", ["42"]),
        ("```python\nx = 5\n```\n```{note}\nIn 5 cases.\n```", ["5"]),
        ("~~~python\n7\n~~~\n% comment 8\n<!-- 9 -->", []),
        ("~~~\n7\n~~~\n```text\n8\n```\n<!-- shown: check -->\n```text\n9\n```\n", ["7", "8"]),
        ("From 0 to 1, where 1 is full agreement; beyond 0.", []),
        ("From 0.5 to 1.2, of 10 and 0 %.", ["0.5", "1.2", "10", "0 %"]),
        (":::{when} themes.C4.status = ok\nIn 6 cases.\n:::", ["6"]),
    ],
)
def test_a_typed_number_is_distinguished_from_a_computed_one(text, numbers):
    assert [number for _, number in prose.bare_numbers(text)] == numbers


def test_a_typed_number_is_reported_with_its_line():
    assert prose.bare_numbers("one\n\n```{note}\n\nIn 5 cases.\n```\n\nand 6\n") == [(5, "5"), (8, "6")]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import numpy as np\nnp.random.default_rng(None)", "not given a seed"),
        ("from numpy.random import default_rng\ndefault_rng()", "not given a seed"),
        ("import numpy as np\nnp.random.seed(1)", "generator that all share"),
        ("import random\nrandom.Random()", "not given a seed"),
        ("import uuid\nuuid.uuid4()", "no seed can repeat"),
        ("import networkx as nx\nnx.spring_layout(g)", "unless it is given `seed`"),
        ("frame.sample(5)", "without `random_state`"),
        ("from sklearn.model_selection import KFold\nKFold(shuffle=True)", "unless it is given `random_state`"),
    ],
)
def test_a_draw_without_a_seed_is_found(source, complaint):
    assert complaint in seeds.unseeded(source)[0][1]


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.default_rng([seed, 1])",
        "import random\nrandom.Random('a')",
        "import networkx as nx\nnx.spring_layout(g, seed=seed)",
        "frame.sample(5, random_state=seed)",
        "from sklearn.model_selection import KFold\nKFold(5)",
        "rng.random()",
        "distribution.sample(5, rng)",
    ],
)
def test_a_seeded_draw_is_let_pass(source):
    assert seeds.unseeded(source) == []


def test_what_a_notebook_reads_is_followed_through_functions_and_not_beyond(ran):
    program = reads.Program(ran.root)
    step = "from analysis import study\nfrom analysis.sharing import step\nstep.run(p, study.opened())"
    assert {"data/processed/coding", "data/processed/ingest"} <= reads.places(program, step)
    assert reads.places(program, "from analysis import study, sharing\nsharing.concentration([1, 2])") == set()
    written = "from analysis import study\npaths = study.here()\n(paths.root / 'a' / 'b.txt').read_text()\npaths.raw"
    assert reads.places(program, written) == {"a/b.txt", "data/raw"}


@pytest.mark.parametrize(
    ("words", "quotable"),
    [
        ("kami titip … di toko", True),
        ("kami titip [...] sebelah", True),
        ("kami sering titip barang", False),
        ("ami titip", False),  # no whole word
        ("kami titip bar", False),
        ("di toko … kami titip", False),  # the other way round
        ("kami titip … hasilnya dibagi", False),  # of two messages
        ("kami … percaya", False),  # a negation left out
        ("percaya orang", False),  # and right before
        ("tidak percaya orang", True),
        ("sempat buka", False),
        ("sarapan", False),
        ("titip lagi", False),
        ("kuat", False),
        ("often share", False),
        ("…", True),
    ],
)
def test_a_quotation_may_leave_words_out_but_turn_nothing_round(words, quotable):
    said = "kami titip barang di toko sebelah\nhasilnya dibagi rata\nkami tidak percaya orang baru\ngk sempat buka hp"
    said += "\nblm pernah sarapan\nmboten titip lagi\nnggaaak kuat\nwe hardly ever often share"
    assert quotations.is_quotable(words, said) == quotable


@pytest.mark.parametrize(
    "text",
    [
        "He said “kami titip barang di toko”.", 'He said "kami titip barang di toko".',
        "Said «kami titip barang di toko».", "Said „kami titip barang di toko”.",
        "Said ‘kami titip barang di toko’.", "Said 'kami titip barang di toko'.",
        "Said »kami titip barang di toko«.", "He said &ldquo;kami titip barang di toko&#8221;.",
        'He said "kami titip\nbarang di toko".', "Said ‘kami titip\nbarang di toko’.", "❝kami titip barang di toko❞",
        "＂kami titip barang di toko＂", "｢kami titip barang di toko｣", "``kami titip barang di toko''",
        "″kami titip barang di toko″", "<q>kami titip barang di toko</q>",
        "<blockquote><p>kami titip barang di toko</p></blockquote>",
        "| who | quotation |\n|---|---|\n| one | kami titip barang di toko |\n",
        "~~~{epigraph}\nkami titip barang di toko\n~~~\n",
        "> kami titip barang\n> di toko\n", "```{epigraph}\nkami titip barang di toko\n```\n",
        ":::{pull-quote}\nkami titip barang di toko\n:::\n",
    ],
)  # fmt: skip
def test_a_quotation_is_found_whatever_marks_it(text):
    assert [" ".join(words.split()) for words in quotations.quoted_in_prose(text)] == ["kami titip barang di toko"]


def test_an_apostrophe_and_a_quotation_from_a_work_are_none():
    text = "The community's pairs don't. “Trust comes first” {cite:p}`blau1964`, ‘so-called’."
    assert quotations.quoted_in_prose(text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Seven members share.", "Seven"), ("a third of the messages", "a third"), ("Most members share.", "Most"),
        ("nine in ten share", "nine in ten"), ("two out of three", "two out of three"), ("forty of them", "forty"),
        ("It is ½ of it.", "½"), ("It fell by ²³ points.", "²"), ("Of ４２ members.", "４２"), ("It is XIV.", "XIV"),
        ("the two who share most", "two"), ("dua yang paling banyak berbagi", "dua"),
        ("tujuh anggota", "tujuh"), ("sepertiga pesan", "sepertiga"), ("sebagian besar anggota", "sebagian besar"),
        ("about ninety percent", "ninety"), ("per cent of it", "per cent"), ("tiga puluh pesan", "puluh"),
        ("As Members 2019 say", "2019"), ("By Holm 1980", "1980"), ("C7 is supported", "7"), ("0 members share", "0"),
        ("```{admonition} Of 38 members\nx\n```", "38"), ("```{raw} html\n<b>97</b>\n```", "97"),
        ("a couple of members", "a couple of"), ("It rose tenfold.", "tenfold"), ("separo anggota", "separo"),
        ("nought point nought five", "point nought"), ("xcvii percent", "xcvii"), ("nin**e**ty of", "ninety"),
        ("ninet&yuml; or ninety", "ninety"),
        ("```{math}\np = 0.042\n```", "0.042"), ("It is `97 %` sure.", "97 %"), ("[97 %](x.md)", "97 %"),
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_written(text, number):
    assert number in [words for _, words in prose.bare_numbers(text, {("Holm", "1979")})]


@pytest.mark.parametrize(
    "text",
    [
        "Two tests must agree.", "the most frequent pairs", "By Holm 1979 and Holm (1979)", "CC BY, CD and MD",
        "at most", "`n_pairs = 5`", "between two people", "at once", "*p* < `0x1f`", "the only one of them",
        "```{math}\ny_1 = x^2\n```",
    ],
)  # fmt: skip
def test_a_word_that_counts_nothing_is_none(text):
    assert prose.bare_numbers(text, {("Holm", "1979")}) == []


@pytest.mark.parametrize(
    "text",
    [
        "nin\u0435ty of them", "nine\u200bty of them", "\u202e39", "n&shy;inety", "\u0455\u0456\u0445 members",
        "\ufb01ve",
        "\U0001d42c\U0001d422\U0001d431 members", "nine\u3164ty", "&#x202E;39",
    ],
)  # fmt: skip
def test_letters_that_are_not_what_they_look_like_are_found(text):
    assert [line for line, _ in numerals.deceiving(f"Few share.\n{text}")][:1] == [2]


def test_letters_of_another_alphabet_and_joined_emoji_deceive_nobody():
    text = "α of Krippendorff, π², café, Ayu’s, 👨\u200d👩\u200d👧, 東京, Привет"
    assert list(numerals.deceiving(text)) == []


@pytest.mark.parametrize(
    ("words", "who", "wrong"),
    [
        ("titip barang", "MABCD", 0),
        ("titip … sebelah", "MABCD", 0),
        ("titip barang", "MBBBB", 1),
        ("utang", "MABCD", 1),
    ],
)
def test_a_quotation_must_be_of_the_turn_and_the_person_it_names(words, who, wrong):
    row = {"text": words, "translation": "left", "member": who, "transcript": "t", "turn": 1, "unit_id": "t-001"}
    page = excerpts._quoted(pd.Series(row), SimpleNamespace(unnamed=(), language="id", approved=None))
    turns = {"t-001": ("MABCD", "kami titip barang di toko sebelah")}
    assert len(list(quotations.misattributed(page, turns))) == wrong


@pytest.mark.parametrize(
    ("page", "missed"),
    [
        ("<h1>Trust</h1><p>Few <em>share</em>; see <a>here</a>.</p><li>One</li>", []),
        ("<h1>Trust</h1><p>Few do not share; see <a>here</a>.</p><li>One</li>", ["Few share see"]),
        ("<h1>Trust</h1><li>One</li><p>Few <em>share</em>; see <a>here</a>.</p>", ["One"]),
    ],
)
def test_a_page_must_say_what_its_source_says_in_its_order(page, missed):
    text = "# Trust\n\nFew *share*; see [here](x.md).\n\n:::{when} a.b\nPerhaps.\n:::\n\n- One {num}`a.b|,`\n"
    assert list(pages.words_not_shown(text, page)) == missed


def test_a_cell_that_put_out_nothing_neither_hides_a_later_one_nor_is_missed():
    outputs = [{"text/html": html} for html in ("<b>1</b>", "", "<b>2</b>", "<b>3</b>")]
    cells = [{"cell_type": "code", "id": f"c{n}", "outputs": [{"data": data}]} for n, data in enumerate(outputs)]
    cells = [nbformat.from_dict(cell) for cell in cells]
    assert list(pages.cells_not_shown(cells, "<p><b>1</b></p><p><b>2</b></p><p><b>3</b></p>")) == []
    assert list(pages.cells_not_shown(cells, "<p><b>1</b></p><p><b>3</b></p>")) == ["c2"]


def test_a_name_of_signs_that_a_cell_put_out_or_a_head_gives_is_shown_by_its_words_and_another_is_not():
    data = {"text/markdown": f"No chat but {plain(NAME)} and R&region."}
    cells = [nbformat.from_dict({"cell_type": "code", "id": "c0", "outputs": [{"data": data}]})]
    for title, missed in ((NAME, []), (NAME.replace("kopi", "teh"), ["c0"]), (NAME.replace("<b>", ""), ["c0"])):
        shown = html.escape(title)
        page = f'<meta property="og:title" content="{html.escape(NAME)}" /><p>No chat but {shown} and R&amp;region.</p>'
        assert list(pages.cells_not_shown(cells, page)) == missed
        assert len(list(pages._only_in_the_head(page))) == len(missed)


@pytest.mark.parametrize("title", [NAME, "R&region <kue> &lt;", "Kue &amp; kopi", "Kue & kopi"])
def test_a_page_is_titled_after_the_book_whatever_signs_the_title_holds_and_not_after_another(title):
    for written in (title, html.escape(title)):
        page = f"<title>Search - {written}</title>"
        assert facts.is_titled(page, title)
        assert not facts.is_titled(page, title.replace("e", "a", 1))
    assert not facts.is_titled("<title></title>", title)


def test_words_of_somebody_in_a_computed_sentence_are_read_with_the_signs_that_they_have(monkeypatch):
    said = "kopi_susu *dan* teh < gula \\ &c."
    monkeypatch.setattr(quotations, "_outputs", lambda _: [("p", {"text/markdown": f"She wrote “{plain(said)}”."})])
    ((_, _, quoted, _),) = quotations._shown(SimpleNamespace(prose={}))
    assert quoted == [said]


def test_a_numbered_list_that_a_cell_put_out_is_shown_by_its_words():
    data = {"text/markdown": "1. Ask\n2. Pin"}
    shown = nbformat.from_dict({"cell_type": "code", "id": "c0", "outputs": [{"data": data}]})
    assert list(pages.cells_not_shown([shown], "<ol><li>Ask</li><li>Pin</li></ol>")) == []
    assert list(pages.cells_not_shown([shown], "<ol><li>Ask</li></ol>")) == ["c0"]


def test_a_page_may_set_the_apostrophe_of_a_bound_value_as_it_sets_all(ran):
    """Sphinx writes ’ where the words of a number have '."""
    text, subject = "{num}`sharing.members|count member's`", Subject(ran)
    (said,) = (value for value, _ in pages._given(subject, "brief", text, "num"))
    set_in_type = said.replace("'", "’")
    shown = f'<span class="computed">{set_in_type}</span>'
    assert set_in_type != said
    assert list(pages._wrong_values(subject, "brief", text, shown)) == []
    assert list(pages._wrong_values(subject, "brief", text, shown.replace("’", "")))


# What differs, and by how much


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_metric_that_differs_is_reported_with_its_path_and_by_how_much(tmp_path):
    old = write(tmp_path, "a.json", '{"C3": {"value": 0.25, "n": {"members": 9}}, "gone": 1}')
    new = write(tmp_path, "b.json", '{"C3": {"value": 0.5, "n": {"members": 9}}}')
    assert list(differences.differences(old, new)) == [
        "C3.value was 0.25, is 0.5 (+0.25)",
        "gone was 1, is None",
    ]


def test_a_column_that_differs_is_reported_with_its_rows(tmp_path):
    one = pd.DataFrame({"member": ["a", "b"], "n": [1.0, 2.0]})
    for name, frame in (("old", one), ("new", one.assign(n=[1.0, 2.5]))):
        (tmp_path / name).mkdir()
        frame.to_parquet(tmp_path / name / "t.parquet")
    (what,) = differences.differences(tmp_path / "old", tmp_path / "new")
    assert what == "t.parquet: column n differs in 1 of 2 rows, by at most 0.5; first in row 1: was 2.0, is 2.5"


def test_equal_bytes_differ_in_nothing(tmp_path):
    write(tmp_path, "a/x.html", "<p>1</p>\n<p>2</p>")
    write(tmp_path, "b/x.html", "<p>1</p>\n<p>2</p>")
    assert list(differences.differences(tmp_path / "a", tmp_path / "b")) == []
    write(tmp_path, "b/x.html", "<p>1</p>\n<p>3</p>")
    assert list(differences.differences(tmp_path / "a", tmp_path / "b")) == [
        "x.html: line 2 was '<p>2</p>', is '<p>3</p>'"
    ]


# The whole thing again


STEP = "import json, pathlib\nn = len(pathlib.Path('raw.txt').read_text().split())\nopen('extra.txt').read()\n"
STEP += "pathlib.Path('out').mkdir(exist_ok=True)\npathlib.Path('out/a.txt').write_text(str(n))\n"
STEP += "pathlib.Path('n.json').write_text(json.dumps({'words': n}))\n"
TINY = "stages:\n  count:\n    cmd: python guyub run count\n    deps: [guyub, raw.txt]\n    outs: [out]\n"
TINY += "    metrics: [{n.json: {cache: false}}]\n"


@pytest.fixture
def tiny(tmp_path):
    """A study of one stage, run by DVC itself."""
    root = tmp_path / "tiny"
    (root / "secrets").mkdir(parents=True)
    for name, text in {"guyub": STEP, "raw.txt": "a b c", "extra.txt": "", "dvc.yaml": TINY}.items():
        write(root, name, text)
    for name, text in {"params.yaml": "{}", ".dvcignore": "*.pyc\n", ".gitignore": "/out\n"}.items():
        write(root, name, text)
    write(root, ".dvc/config", "")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "A study")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run([sys.executable, "-m", "dvc", "repro", "--quiet"], cwd=root, env=environment, check=True)
    return study.Paths(root)


def test_a_rerun_reports_which_value_differs_by_how_much_and_which_file_was_opened(tiny):
    write(tiny.root, "out/b.pyc", "left out by .dvcignore")
    subject = Subject(tiny)
    assert {path: subject.hash(path) for path in subject.locked["count"].outs} == subject.locked["count"].outs
    (tiny.root / "out/b.pyc").unlink()
    found = rerun.rerun(tiny)
    assert found.differing == []
    assert [each.what for each in found.undeclared] == ["it opened extra.txt and does not declare it"]
    assert found.seconds["count"] >= 0
    write(tiny.root, "n.json", json.dumps({"words": 5}))
    (finding,) = rerun.rerun(tiny).differing
    assert (finding.place, finding.what) == ("n.json", "run again, it differs: words was 5, is 3 (-2)")


def test_a_study_that_lacks_a_file_in_git_does_not_pass_a_rerun(tiny):
    git(tiny.root, "rm", "--quiet", "--cached", "extra.txt")
    (finding,) = rerun.rerun(tiny).differing
    assert "does not run from its sources alone" in finding.what
    assert "extra.txt" in finding.what


def test_a_rerun_shows_separately_what_the_authors_code_changes(tiny, tmp_path, monkeypatch):
    released = tmp_path / "release"
    write(released, "dvc.yaml", TINY)
    write(released, "src/count.py", "")
    write(released, "pyproject.toml", "[tool.guyub]\nreleased = ['dvc.yaml', 'src/*.py']\n")
    changed = TINY.replace("python guyub run count", "python guyub run count && cp raw.txt out/b.txt")
    write(tiny.root, "dvc.yaml", changed)
    git(tiny.root, "commit", "--quiet", "--all", "--message", "Mine")
    monkeypatch.setattr(release, "tool", lambda _: release.Tool(released / "src" / "analysis", own=False))
    found = rerun.rerun(tiny)
    assert [each.place for each in found.by_author] == ["out"]
    assert "with the author's code, not the release's, it differs: b.txt: it is made now" in found.by_author[0].what


def test_a_rebuild_shows_what_was_changed_together_with_the_hashes_of_the_site(broken, quick_books):
    broken(FIRST_PAGE, "</main>", "<p>Approved.</p></main>")
    broken.rehash()
    broken.relock()
    assert reported("site", broken.paths) == ""
    with quick_books():
        outcomes = {each.check.name: each for each in checks.verify(broken.paths, ["rebuild", "longer", "simulated"])}
    assert [each.place for each in outcomes["rebuild"].findings] == [FIRST_PAGE]
    assert outcomes["longer"].state == outcomes["simulated"].state == "passed"


def test_a_step_of_some_seconds_is_computed_again_beside_a_rebuild(broken):
    path = broken.keep("metrics/recommendations.json")
    metrics = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(metrics | {"approved": True}), encoding="utf-8")
    broken.relock()
    (finding,) = recomputed.longer_steps_follow_from_their_tables(Subject(broken.paths))
    assert (finding.place, "approved" in finding.what) == ("metrics/recommendations.json", True)


def test_the_stage_is_distinguished_from_its_command_line():
    assert watcher.stage_of(["/bin/python", "/bin/guyub", "run", "sharing"]) == "sharing"
    assert watcher.stage_of(["python", "-m", "analysis.cli", "book"]) == "book"
    assert watcher.stage_of(["python", "src/analysis/cli", "book"]) == "book"
    assert watcher.stage_of(["python", "guyub", "verify"]) == ""
    assert watcher.stage_of(["python", "-m", "ipykernel_launcher"]) == ""


def test_without_the_raw_files_it_is_not_said_that_nobodys_name_is_there(broken, tmp_path):
    away = broken.paths.raw.rename(tmp_path / "raw")
    try:
        assert "nobody's name can be searched for" in reported("identifiers", broken.paths)
    finally:
        away.rename(broken.paths.raw)


def test_a_manifest_without_its_columns_is_a_finding_and_a_changed_file_is_reported_with_its_hash(broken):
    a_message_is_changed(broken)
    changed = next(path for path in broken.paths.raw.rglob("*Kopdar*"))
    assert sha256(changed) in reported("raw", broken.paths)
    broken(MANIFEST, None, "path,licence\nmembers.csv,none\n")
    assert "it has no column sha256" in reported("raw", broken.paths)


def test_a_study_that_was_never_run_is_said_to_be_so_in_one_sentence(bare_study, monkeypatch, capsys):
    monkeypatch.chdir(bare_study.root)
    assert cli.main(["verify"]) == 1
    assert "this study has not been run, so there is no result to verify" in capsys.readouterr().err
