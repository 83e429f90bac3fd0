"""A sample goes out as sheets and projects, comes back as codings, and leaves behind what the estimators need."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import cli
from analysis.codebook import load
from analysis.coding import exchange, handout, sample, step
from analysis.coding.anchors import check_anchors, text_hash
from analysis.coding.refiqda import read_qdpx
from analysis.errors import InputError
from analysis.ingest.sheets import read_codings, read_sample

STEP = step.Params(
    confidence=0.95,
    bootstrap=50,
    alpha_floor=0.667,
    folds=5,
    min_positives=10,
    gap_minutes=60.0,
    chat_quotes=False,
    labels=20,
    seed=1,
)


@pytest.fixture
def community(tmp_path, make_messages, make_codings, write_study):
    """A study of 400 messages in two chats, of which 100 are coded."""
    messages = make_messages(400)
    messages["channel"] = np.where(np.arange(400) < 300, "umkm", "kopdar")
    paths = write_study(tmp_path / "study", messages, make_codings(messages.iloc[:100], double=0))
    (paths.root / "params.yaml").write_text("{}\n", encoding="utf-8")
    return paths


def test_nothing_that_is_coded_is_drawn_again(community, tmp_path):
    files = handout.sample_study(community, tmp_path / "sheet.csv", size=60, seed=1, form="csv")
    rows = pd.read_csv(files[0])
    assert [path.name for path in files] == ["sheet.csv", "sample.csv"]
    assert len(rows) == 60
    assert not set(rows["unit_id"]) & {f"umkm-{i:05d}" for i in range(100)}


def test_every_message_has_its_probability_and_they_add_up(community, tmp_path):
    handout.sample_study(community, tmp_path / "sheet.csv", size=60, seed=1, form="csv")
    coded = {f"umkm-{i:05d}" for i in range(100)}
    given_out = set(pd.read_csv(tmp_path / "sheet.csv")["unit_id"])
    untouched = sample.inclusion_of(read_sample(community.raw / "sample.csv"), coded)
    assert untouched.tolist() == pytest.approx([0.25] * 400)  # what is given out and not coded yet changes nothing
    inclusion = sample.inclusion_of(read_sample(community.raw / "sample.csv"), coded | given_out)
    assert len(inclusion) == 400
    assert inclusion.max() < 1
    assert inclusion.mean() == pytest.approx(0.25 + 0.75 * 60 / 300, abs=0.02)


def test_a_second_sample_leaves_the_first_alone_though_it_is_not_coded_yet(community, tmp_path):
    first, second = (
        pd.read_csv(handout.sample_study(community, tmp_path / f"{k}.csv", size=50, seed=k, form="csv")[0])
        for k in (1, 2)
    )
    assert not set(first["unit_id"]) & set(second["unit_id"])


def test_a_draw_that_nobody_will_code_is_taken_back_as_the_message_says(community, tmp_path):
    handout.sample_study(community, tmp_path / "first.csv", size=290, seed=1, form="csv")
    with pytest.raises(InputError, match=r"10 are neither coded nor given out already\n.*deleting its rows"):
        handout.sample_study(community, tmp_path / "second.csv", size=60, seed=1, form="csv")
    place = community.raw / "sample.csv"
    draws = read_sample(place)
    sample.write_draws(place, draws[draws["draw"] != draws["draw"].iloc[-1]])
    assert handout.sample_study(community, tmp_path / "second.csv", size=60, seed=1, form="csv")


def test_a_rare_code_is_sought_where_the_model_thinks_it_likely(community, tmp_path, make_messages):
    step.run(STEP, community)
    out = tmp_path / "news.csv"
    rows = pd.read_csv(handout.sample_study(community, out, size=60, seed=1, form="csv", code="news")[0])
    truth = make_messages(400).set_index("message_id")["code"] == "news"
    assert truth[rows["unit_id"]].mean() > 1.5 * truth.mean()
    inclusion = sample.inclusion_of(read_sample(community.raw / "sample.csv"), set(truth.index))
    assert inclusion[truth[truth].index].mean() > inclusion[truth[~truth].index].mean()


def test_a_spreadsheet_filled_in_comes_back_as_codings(community, tmp_path):
    out = tmp_path / "sheet.csv"
    rows = pd.read_csv(handout.sample_study(community, out, size=5, seed=1, form="csv")[0], dtype=str)
    filled = rows.assign(coder="cici", code=["news", "", "humour", "", "care"]).drop(columns=["head", "text"])
    filled.to_csv(tmp_path / "cici.csv", index=False)
    taken = exchange.import_file(community, tmp_path / "cici.csv")
    assert taken.broken.empty
    assert taken.codings["code"].fillna("").tolist() == ["news", "", "humour", "", "care"]


def test_a_project_for_a_coding_program_holds_the_sample_and_nothing_else(community, tmp_path):
    handout.sample_study(community, tmp_path / "sample.qdpx", size=7, seed=1, form="qdpx")
    texts = exchange.units(community).set_index("unit_id")["text"]
    project = read_qdpx(tmp_path / "sample.qdpx")
    assert len([unit for unit in project.sources if unit in texts.index]) == 7


def test_the_command_draws_a_sheet_of_the_form_that_the_name_says(community, tmp_path, monkeypatch, capsys):
    (community.root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    monkeypatch.chdir(community.root)
    for name in ("sheet.html", "sheet.csv", "sheet.qdpx"):
        assert cli.main(["sample", str(tmp_path / name), "--size", "20"]) == 0
        assert f"wrote {tmp_path / name}" in capsys.readouterr().out
    assert cli.main(["sample", str(tmp_path / "sheet.docx"), "--size", "20"]) == 1
    assert "Known are html, csv, qdpx" in capsys.readouterr().err


def test_a_sample_drawn_again_has_one_row_in_the_manifest_and_it_is_right(community, tmp_path):
    manifest = community.raw / "MANIFEST.csv"
    manifest.write_text("path,sha256,kind,source,licence,consent,simulated\na.txt,0,chat,,,,yes\n", encoding="utf-8")
    for k in range(2):
        handout.sample_study(community, tmp_path / f"{k}.csv", size=5, seed=k, form="csv")
    rows = pd.read_csv(manifest, dtype=str).set_index("path")
    assert rows.index.tolist() == ["a.txt", "sample.csv"]
    assert rows.loc["sample.csv", "sha256"] == hashlib.sha256((community.raw / "sample.csv").read_bytes()).hexdigest()
    assert rows.loc["a.txt", "sha256"] == "0"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"form": "docx"}, "no form of a sample"),
        ({"size": 5000}, "cannot be drawn"),
        ({"code": "gossip"}, "no code is called"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_leaves_nothing(community, tmp_path, changes, said):
    asked = {"size": 5, "seed": 1, "form": "csv"} | changes
    with pytest.raises(InputError, match=said):
        handout.sample_study(community, tmp_path / "out", **asked)
    assert not (tmp_path / "out").exists()
    assert not (community.raw / "sample.csv").exists()


def test_a_code_that_no_model_carries_cannot_be_sought(community, tmp_path):
    step.run(replace(STEP, min_positives=90), community)
    with pytest.raises(InputError, match="no model carries"):
        handout.sample_study(community, tmp_path / "out", size=5, seed=1, form="csv", code="care")


def test_without_a_codebook_the_error_says_where_to_begin(community, tmp_path):
    (community.raw / "codebook.yaml").unlink()
    with pytest.raises(InputError, match="coders need a codebook") as error:
        handout.sample_study(community, tmp_path / "sheet.csv", size=5, seed=1, form="csv")
    assert "simulate/codebook.yaml" in str(error.value)


def test_a_file_that_is_there_is_not_written_over(community, tmp_path):
    (tmp_path / "sheet.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="there already"):
        handout.sample_study(community, tmp_path / "sheet.csv", size=5, seed=1, form="csv")


def rows_of_the_sheet() -> pd.DataFrame:
    texts = ["harga 😀 tepung <b>naik</b>", "iya", 'wkwk 🙏 bu, "siap"\nbesok']
    return pd.DataFrame({"unit_id": ["u-1", "u-2", "u-3"], "head": "MAAAA, 2024-07-24 09:43", "text": texts})


@pytest.mark.slow
def test_codes_ticked_in_the_browser_come_back_on_the_words_that_were_marked(browser, codebook_file, tmp_path):
    rows = rows_of_the_sheet()
    page_file = tmp_path / "sheet.html"
    page_file.write_text(handout.sheet(rows, load(codebook_file)), encoding="utf-8")
    page = browser.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("request", lambda request: problems.append(request.url) if request.url.startswith("http") else None)
    page.goto(page_file.as_uri())
    page.evaluate(
        """() => {
            const node = document.querySelector('#u-1 .text').firstChild, range = document.createRange();
            range.setStart(node, 6); range.setEnd(node, 15);
            getSelection().removeAllRanges(); getSelection().addRange(range);
        }"""
    )
    page.locator("#u-1 input[name=news]").dispatch_event("pointerdown")
    page.locator("#u-1 input[name=news]").evaluate("box => box.click()")
    page.locator("#u-3 input[name=humour]").check()
    page.get_by_label("translation of the words coded news").fill('flour, "again"')
    page.locator("#u-2").get_by_text("none applies").click()
    page.locator("#coder").fill("cici")
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(tmp_path / "cici.csv")
    page.close()
    assert problems == []
    codings = read_codings(tmp_path / "cici.csv")
    texts = rows.set_index("unit_id")["text"]
    assert check_anchors(codings, texts).broken.empty
    spans = {row.code: texts[row.unit_id][row.start : row.end] for row in codings.dropna(subset="code").itertuples()}
    assert spans == {"news": "😀 tepung", "humour": texts["u-3"]}
    assert codings.loc[codings["code"].isna(), "unit_id"].tolist() == ["u-2"]
    assert codings.set_index("code").loc["news", "translation"] == 'flour, "again"'
    assert pd.isna(codings.set_index("code").loc["humour", "translation"])


def test_the_sheet_holds_texts_as_data_and_asks_nothing_of_the_network(codebook_file):
    page = handout.sheet(rows_of_the_sheet(), load(codebook_file))
    assert "<b>naik" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert text_hash(rows_of_the_sheet()["text"][0]) in page


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_the_spreadsheet_starts_a_formula_and_its_hash_stays_that_of_the_message(start):
    text = f'{start}HYPERLINK("x")'
    table = pd.read_csv(io.StringIO(handout.table(rows_of_the_sheet().head(1).assign(text=text, head=text))))
    assert table.loc[0, "text"] == table.loc[0, "head"] == f"'{text}"
    assert table.loc[0, "text_sha256"] == text_hash(text)
    assert table.loc[0, "end"] == len(text)


def test_the_spreadsheet_counts_code_points():
    table = pd.read_csv(io.StringIO(handout.table(rows_of_the_sheet())))
    assert table["end"].tolist() == [len(text) for text in rows_of_the_sheet()["text"]]
