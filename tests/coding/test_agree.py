"""Two coders' files are compared before anything is taken in, and decisions on what they differ on settle it."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from analysis import cli, study
from analysis.coding import agree, exchange, handout, human, step
from analysis.coding.csvqda import write_codings
from analysis.errors import InputError
from analysis.ingest.sheets import read_codings


@pytest.fixture
def community(bare_study, tmp_path, make_messages, make_codings, write_study):
    """A study of 300 messages, nothing of it coded."""
    messages = make_messages(300)
    paths = write_study(tmp_path / "study", messages, make_codings(messages.iloc[:0], double=0))
    for name in ("dvc.yaml", "params.yaml", "notebooks"):
        (bare_study.root / name).rename(paths.root / name)
    return paths


@pytest.fixture
def files(community, tmp_path, make_messages, make_codings):
    """ani.csv and budi.csv: the same 120 messages, coded by each; budi read ten more."""
    both = make_codings(make_messages(300).iloc[:130], double=130, slip=0.15)
    for coder, n in (("ani", 120), ("budi", 130)):
        own = both[both["coder"] == coder].iloc[:n].reset_index(drop=True)
        write_codings(tmp_path / f"{coder}.csv", own)
    return [tmp_path / "ani.csv", tmp_path / "budi.csv"]


def test_agreement_is_that_of_the_step_that_measures_it_after_the_import(community, files):
    compared = agree.compare(community, files)
    for file in files:
        exchange.import_file(community, file)
    taken = pd.concat([read_codings(path) for path in sorted((community.raw / "codings").glob("*.csv"))])
    params = study.step_params(community, "coding")
    applied = human.presence(taken, compared.book)
    table = step.agreement_by_code(
        applied, compared.book, floor=0.667, **{k: params[k] for k in ("confidence", "bootstrap", "seed")}
    )
    pd.testing.assert_frame_equal(compared.table, table)
    assert compared.both == 120
    assert compared.coders == ["ani", "budi"]
    assert len(compared.rows) == len(human.disputed(applied, compared.book.leaves))


def test_the_next_commands_take_in_each_coders_file_that_is_not_in_the_study(community, files, monkeypatch, capsys):
    monkeypatch.chdir(community.root)
    exchange.import_file(community, files[0])
    assert cli.main(["agree", *map(str, files), "--out", "decide.html"]) == 0
    last = capsys.readouterr().out.splitlines()
    said = next(line for line in last if line.startswith("Next: "))
    assert said.endswith(f"then guyub import {files[1]} && guyub import consensus.csv && dvc repro")


def test_coders_who_agree_in_everything_learn_what_to_import(community, files, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(community.root)
    codings = read_codings(files[0])
    write_codings(tmp_path / "cici.csv", codings.assign(coder="cici"))
    assert cli.main(["agree", str(files[0]), str(tmp_path / "cici.csv")]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == f"Next: guyub import {files[0]} && guyub import {tmp_path / 'cici.csv'} && dvc repro"


def test_the_report_names_the_codes_and_what_to_discuss_and_takes_nothing_in(community, files, monkeypatch, capsys):
    monkeypatch.chdir(community.root)
    assert cli.main(["agree", *map(str, files)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"ani and budi both read 120 passages, and gave the same codes to \d+\.", said)
    assert re.search(r"news +0\.\d\d  +0\.\d\d to 0\.\d\d", said)
    assert re.search(r"umkm-\d+, MAAA\w, .*\n +ani: \w+; budi: \w+|ani: \(none\)", said)
    assert "with --out decide.html" in said
    assert not (community.raw / "codings").exists()


def test_files_of_one_coder_with_other_passages_are_one_coders(community, files, tmp_path):
    whole = agree.compare(community, files)
    table = pd.read_csv(files[0], keep_default_na=False)
    first = table["unit_id"].isin(table["unit_id"].unique()[: table["unit_id"].nunique() // 2])
    parts = [tmp_path / "first.csv", tmp_path / "rest.csv"]
    for part, rows in zip(parts, (table[first], table[~first]), strict=True):
        rows.to_csv(part, index=False)
    compared = agree.compare(community, [*parts, *files[1:]])
    assert (compared.coders, compared.both) == (whole.coders, whole.both)
    pd.testing.assert_frame_equal(compared.table, whole.table)


def test_one_coder_in_two_files_is_named_as_the_files_are(community, files, tmp_path):
    for file in files:
        write_codings(file, read_codings(file).assign(coder="me"))
    assert agree.compare(community, files).coders == ["ani", "budi"]


@pytest.mark.parametrize(("only", "said"), [([0], "fewer than two coders: ani"), ([0, 0], "of the same name")])
def test_files_that_are_not_of_two_coders_are_refused(community, files, only, said):
    with pytest.raises(InputError, match=said):
        agree.compare(community, [files[k] for k in only])


def test_what_is_wrong_in_the_files_of_both_coders_is_said_at_once(community, files):
    for file, code in zip(files, ("humor", "nws"), strict=True):
        write_codings(file, read_codings(file).assign(code=code))
    with pytest.raises(InputError) as error:
        agree.compare(community, files)
    assert [f"{file}, line 2: codebook.yaml has no code" in str(error.value) for file in files] == [True, True]


def test_that_coders_read_nothing_in_common_is_reported(community, files):
    write_codings(files[1], read_codings(files[1]).iloc[-10:])
    with pytest.raises(InputError, match="no unit was read by two coders"):
        agree.compare(community, files)


def test_the_page_for_decisions_holds_what_each_gave_and_nobodys_agreement(community, files, tmp_path):
    compared = agree.compare(community, files)
    page = agree.write_page(compared, tmp_path / "decide.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    assert data["deciding"]
    assert [unit["id"] for unit in data["units"]] == compared.disputed["unit_id"].tolist()
    assert all(set(unit["said"]) == {"ani", "budi"} for unit in data["units"])
    assert all(set(unit["agreed"]) == set.intersection(*map(set, unit["said"].values())) for unit in data["units"])
    with pytest.raises(InputError, match="exists already"):
        agree.write_page(compared, tmp_path / "decide.html")


@pytest.mark.parametrize(("name", "why"), [("decide.html", "exists already"), ("decide.pdf", "must be an .html file")])
def test_where_no_page_can_be_written_nothing_is_reported_first(
    community, files, tmp_path, monkeypatch, capsys, name, why
):
    monkeypatch.chdir(community.root)
    (tmp_path / "decide.html").touch()
    assert cli.main(["agree", *map(str, files), "--out", str(tmp_path / name)]) == 1
    out = capsys.readouterr()
    assert why in out.err
    assert out.out == ""


def test_coders_who_agree_on_all_have_nothing_to_decide(community, files, tmp_path):
    write_codings(files[1], read_codings(files[0]).assign(coder="budi"))
    compared = agree.compare(community, files)
    assert "gave the same codes to 120." in compared.text()
    with pytest.raises(InputError, match="nothing to decide"):
        agree.write_page(compared, tmp_path / "decide.html")


def test_decisions_made_on_the_page_settle_the_passage_after_the_import(browser, community, files, tmp_path):
    compared = agree.compare(community, files)
    page = browser.new_page(locale="en-GB")
    page.add_init_script("delete window.showSaveFilePicker")
    page.goto(agree.write_page(compared, tmp_path / "decide.html").as_uri())
    page.locator("#name").fill("Ani & Budi")
    page.locator("#who button").click()
    page.keyboard.press("0")
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(tmp_path / "consensus.csv")
    page.close()
    for file in (*files, tmp_path / "consensus.csv"):
        exchange.import_file(community, file)
    codings = pd.concat([read_codings(path) for path in sorted((community.raw / "codings").glob("*.csv"))])
    settled = human.adjudicated(human.presence(codings, compared.book))
    first = compared.disputed["unit_id"].iloc[0]
    assert settled.decided[settled.decided].index.tolist() == [first]
    assert not settled.value.loc[first].any()
    assert handout.passages(community, [first])["unit_id"].tolist() == [first]
