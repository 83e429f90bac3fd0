"""Sheets on which people annotate replies, and the scores of the inferred replies against them."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pandas as pd
import pytest
from tests.browser.served import reload

from analysis import study, tables
from analysis.cli import main
from analysis.errors import InputError
from analysis.ingest.annotations import by_annotator, of_the_study, read_annotations
from analysis.network.replies import annotate, infer_replies
from analysis.workbook import Sheet, write_sheets

ANA, BEN = "MAAAA", "MBBBB"


def chat(n=60):
    """Ana and Ben in turn in one chat, Ben alone in another."""
    start = pd.Timestamp("2024-07-24 09:00", tz="UTC")
    rows = [
        (f"{channel}-{k}", channel, start + pd.Timedelta(minutes=k), who[k % len(who)], "halo", "text", False, None,
         "c.txt", k + 1)
        for channel, who in (("umkm", (ANA, BEN)), ("bazar", (BEN,)))
        for k in range(n)
    ]  # fmt: skip
    return tables.conform(pd.DataFrame(rows, columns=list(tables.Messages.columns)), tables.Messages)


@pytest.fixture
def paths(tmp_path):
    paths, messages = study.Paths(tmp_path), chat()
    (tmp_path / "params.yaml").write_text("ingest: {tz: Asia/Jakarta}\n")
    tables.write(messages, paths.processed("ingest") / "messages.parquet", tables.Messages)
    tables.write(infer_replies(messages), paths.processed("network") / "replies.parquet", tables.Replies)
    return paths


def filled(sheet, path, answer):
    """The sheet with this answer, or answer(item), for every message to annotate."""
    marked = sheet["back"] == annotate.TO_ANSWER
    said = sheet["item"].map(answer) if callable(answer) else answer
    sheet.assign(answers=sheet["answers"].where(~marked, said)).to_csv(path, index=False)
    return path


def test_a_sheet_samples_each_channel_in_proportion_and_is_the_same_for_one_seed():
    sheet = annotate.sheet(chat(), size=20, seed=1)
    marked = sheet[sheet["back"] == annotate.TO_ANSWER]
    assert marked["message_id"].str.split("-").str[0].value_counts().to_dict() == {"umkm": 10, "bazar": 10}
    pd.testing.assert_frame_equal(sheet, annotate.sheet(chat(), size=20, seed=1))
    assert not sheet.equals(annotate.sheet(chat(), size=20, seed=2))


@pytest.mark.parametrize("size", [7, 40, 100, 333])
def test_every_beginning_of_a_sheet_is_spread_evenly_over_chats_and_how_sure_the_model_is(size):
    messages = chat(600)
    by_certainty = messages.assign(stated=annotate.certainty(messages)).sort_values(["channel", "stated"])
    place = {number: k for k, number in enumerate(by_certainty["message_id"])}
    for seed in range(5):
        marked = annotate.sheet(messages, size=size, seed=seed).query("back == @annotate.TO_ANSWER")["message_id"]
        eighth = marked.map(place).to_numpy() * 8 // len(messages)
        begun = np.cumsum(eighth[:, None] == np.arange(8), axis=0)
        assert np.abs(begun - np.arange(1, size + 1)[:, None] / 8).max() < 3


@pytest.mark.parametrize("order", ["certainty", "time"])
def test_every_message_is_as_likely_to_be_in_a_sheet_and_in_its_beginning(order):
    messages, draws, size = chat(), 1500, 21
    stated = annotate.certainty(messages) if order == "certainty" else None
    seeds = range(draws)
    drawn = np.array(
        [[rows[-1] for rows in annotate.sampled(messages, size=size, seed=k, stated=stated)] for k in seeds]
    )
    eligible = len(messages) - 2
    for k in (1, 5, size):
        often = np.bincount(drawn[:, :k].ravel(), minlength=len(messages))
        assert sorted(often)[:2] == [0, 0]  # the first message of each chat
        expected = draws * k / eligible
        assert np.abs(often[often > 0] - expected).max() < 5 * np.sqrt(expected)


def test_context_is_numbered_back_from_the_message_to_annotate():
    sheet = annotate.sheet(chat(), size=1, seed=3)
    place = sheet["message_id"].str.rsplit("-", n=1).str[1].astype(int)
    assert (place.iloc[-1] - place.iloc[:-1]).astype(str).tolist() == sheet["back"].iloc[:-1].tolist()


def test_two_who_mark_alike_agree_and_two_who_do_not_disagree(paths, tmp_path):
    sheet = annotate.sheet(chat(), size=20, seed=1)
    one = annotate.read_sheet(filled(sheet, tmp_path / "a.csv", "1"))
    other = annotate.read_sheet(filled(sheet, tmp_path / "b.csv", lambda item: "1" if item % 2 else "0"))
    speaker = chat().set_index("message_id")["member"]
    assert annotate.agreement(one, one, speaker)["f"] == 1
    assert annotate.agreement(one, other, speaker)["same"] == 0.5


def test_several_answers_and_none_are_read(tmp_path):
    sheet = annotate.sheet(chat(), size=2, seed=1)
    first, second = annotate.read_sheet(
        filled(sheet, tmp_path / "a.csv", lambda item: "1;2" if item == 1 else "0")
    ).groupby("message_id", sort=False)
    assert len(first[1]) == 2
    assert second[1]["reply_to"].isna().all()


@pytest.mark.parametrize(("answer", "said"), [("99", "'99'"), ("x", "'x'"), ("1;", "no answer")])
def test_a_wrong_number_is_refused_with_file_and_line(tmp_path, answer, said):
    path = filled(annotate.sheet(chat(), size=1, seed=1), tmp_path / "a.csv", answer)
    with pytest.raises(InputError, match=said) as error:
        annotate.read_sheet(path)
    assert (error.value.path, error.value.line) == (path, len(path.read_text().splitlines()))


def test_a_sheet_without_its_columns_and_a_missing_one_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("item,back\n1,?\n")
    with pytest.raises(InputError, match="answers"):
        annotate.read_sheet(tmp_path / "a.csv")
    with pytest.raises(InputError, match="no such file"):
        annotate.read_sheet(tmp_path / "b.csv")


def test_more_than_there_are_cannot_be_sampled():
    with pytest.raises(InputError, match="118"):
        annotate.sheet(chat(), size=500, seed=1)


def test_the_command_writes_a_sheet_and_scores_it(paths, tmp_path, monkeypatch, capsys):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "params.yaml").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    assert main(["annotate", "who.csv", "--size", "30"]) == 0
    sheet = pd.read_csv("who.csv", dtype=str, keep_default_na=False)
    for name in ("a.csv", "b.csv"):
        filled(sheet, tmp_path / name, "1")
    assert main(["annotate", "--score", "a.csv", "b.csv"]) == 0
    said = capsys.readouterr().out
    assert "a and b both annotated 30 messages, and gave the same answer to 100 %: F 1.00" in said
    assert "Inferred, against what both marked (30 messages): " in said
    assert "F is the share of links that two sides have in common" in said
    assert "Here people reach 1.00 against each other" in said
    assert "The next run adapts the model" in said
    assert main(["annotate", "--score", "a.csv"]) == 0
    assert "How far two people agree would say how much can be expected." in capsys.readouterr().out
    assert main(["annotate", "who.csv"]) == 1


def test_a_message_that_looks_like_a_formula_is_a_text_in_the_sheet(paths, tmp_path):
    place = paths.processed("ingest") / "messages.parquet"
    tables.write(tables.read(place).assign(text="=1+1"), place, tables.Messages)
    sheet = pd.read_csv(annotate.write_sheet(paths, tmp_path / "sheet.csv", size=5, seed=1))
    assert set(sheet["text"]) == {"'=1+1"}


def test_a_sheet_shows_times_by_the_clock_of_the_phones(paths, tmp_path):
    sheet = pd.read_csv(annotate.write_sheet(paths, tmp_path / "sheet.csv", size=5, seed=1))
    assert sheet["time"].min() >= "2024-07-24 16:00"


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8"), (";", "cp1252")])
def test_a_sheet_is_read_as_any_spreadsheet_saves_it(paths, tmp_path, separator, encoding):
    sheet = pd.read_csv(annotate.write_sheet(paths, tmp_path / "a.csv", size=5, seed=1), dtype=str).fillna("")
    sheet["answers"] = sheet["answers"].where(sheet["back"] != annotate.TO_ANSWER, "0;1")
    sheet.assign(text="é").to_csv(tmp_path / "b.csv", index=False, sep=separator, encoding=encoding)
    sheet.to_csv(tmp_path / "c.csv", index=False)
    saved, plain = (annotate.read_sheet(tmp_path / name) for name in ("b.csv", "c.csv"))
    pd.testing.assert_frame_equal(saved, plain)


def test_what_is_not_annotated_yet_is_left_out_and_a_sheet_without_an_answer_is_not_scored(tmp_path):
    sheet = annotate.sheet(chat(), size=4, seed=1)
    half = filled(sheet, tmp_path / "a.csv", lambda item: "1" if item % 2 else "")
    assert len(annotate.read_sheet(half)) == 2
    with pytest.raises(InputError, match="no message in this sheet is annotated"):
        annotate.read_sheet(filled(sheet, tmp_path / "b.csv", ""))


def test_items_come_in_random_order_so_that_the_first_ones_are_a_sample_too():
    first = annotate.sheet(chat(), size=40, seed=1).drop_duplicates("item").head(20)
    assert 5 <= first["message_id"].str.startswith("umkm").sum() <= 15


def test_a_file_of_another_ending_is_not_written(paths, tmp_path):
    with pytest.raises(InputError, match=r"a sheet must be"):
        annotate.write_sheet(paths, tmp_path / "who.xlsx", size=5, seed=1)
    assert not (tmp_path / "who.xlsx").exists()


def test_two_who_give_all_messages_one_answer_and_one_who_is_alone_are_counted_as_they_are(paths, tmp_path):
    sheet = annotate.sheet(chat(), size=20, seed=1)
    all_new = annotate.read_sheet(filled(sheet, tmp_path / "a.csv", "0"))
    assert all_new["reply_to"].isna().all()
    speaker = chat().set_index("message_id")["member"]
    assert annotate.agreement(all_new, all_new, speaker)["same"] == 1
    read = read_annotations(tmp_path / "a.csv").assign(annotator="a", source="a.csv")
    kept, unmatched = of_the_study(read, chat())
    assert by_annotator(read, kept).to_numpy().tolist() == [["a", 20, 0, 0]]
    assert unmatched.empty


def test_the_command_takes_a_sheet_into_the_study_without_its_texts(paths, tmp_path, monkeypatch, capsys):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    paths.raw.mkdir(parents=True)
    (paths.raw / "MANIFEST.csv").write_text("path,sha256,kind,source,simulated\na.txt,0,chat,,no\n")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handed").mkdir()
    given = filled(annotate.sheet(chat(), size=5, seed=1), tmp_path / "handed" / "sinta.csv", "1")
    assert main(["import", str(given)]) == 0
    target = paths.raw / "annotations" / "sinta.csv"
    assert "halo" not in target.read_text()
    pd.testing.assert_frame_equal(annotate.read_sheet(target), annotate.read_sheet(given))
    rows = pd.read_csv(paths.raw / "MANIFEST.csv", dtype=str).set_index("path")
    assert rows.loc["annotations/sinta.csv", "kind"] == "annotations"
    assert main(["import", str(given)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_the_command_takes_no_sheet_of_another_study(paths, tmp_path, monkeypatch, capsys):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    monkeypatch.chdir(tmp_path)
    foreign = chat().assign(message_id=lambda rows: "x" + rows["message_id"])
    given = filled(annotate.sheet(foreign, size=5, seed=1), tmp_path / "sinta.csv", "1")
    assert main(["import", str(given)]) == 1
    assert "not in this study" in capsys.readouterr().err
    assert not (paths.raw / "annotations").exists()


def test_two_annotators_agreement_needs_no_inferred_replies(paths, tmp_path, monkeypatch, capsys):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    monkeypatch.chdir(tmp_path)
    (paths.processed("network") / "replies.parquet").unlink()
    for name in ("a.csv", "b.csv"):
        filled(annotate.sheet(chat(), size=30, seed=1), tmp_path / name, "1")
    assert main(["annotate", "--score", "a.csv", "b.csv"]) == 0
    said = capsys.readouterr().out
    assert "a and b both annotated 30 messages, and gave the same answer to 100 %: F 1.00" in said
    assert "said after: dvc repro network" in said
    assert main(["annotate", "--score", "a.csv"]) == 1
    assert "dvc repro network" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["xlsx", "utf-16"])
def test_a_sheet_is_taken_in_whatever_form_a_spreadsheet_saved_it_in(paths, tmp_path, monkeypatch, form):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    paths.raw.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    plain = filled(annotate.sheet(chat(), size=5, seed=1), tmp_path / "sinta.csv", "1")
    given = tmp_path / "given" / ("sinta.xlsx" if form == "xlsx" else "sinta.csv")
    given.parent.mkdir()
    if form == "xlsx":
        with plain.open(encoding="utf-8", newline="") as file:
            write_sheets(given, [Sheet("Sheet1", [*csv.reader(file)])])
    else:
        given.write_text(plain.read_text(encoding="utf-8"), encoding="utf-16")
    assert main(["import", str(given)]) == 0
    taken = annotate.read_sheet(paths.raw / "annotations" / "sinta.csv")
    pd.testing.assert_frame_equal(taken, annotate.read_sheet(plain))
    assert not (paths.raw / "codebook.yaml").exists()


# The page for a browser

HOSTILE = (
    "<img src=x onerror=\"document.title='run'\"></script><script>document.title='run'</script><b>x</b> \u202e__DATA__"
)


def opened(browser, page_file, problems, **context):
    """The page in a browser of its own; problems: gets what the console says and every request to a network."""
    window = browser.new_context(**context)
    page = window.new_page()
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if request.url.startswith("http") else None)
    page.goto(page_file.as_uri())
    return page


def begun(page, name="Sinta"):
    page.locator("#name").fill(name)
    page.locator("#who button").click()


def saved(page, path):
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(path)
    return download.value.suggested_filename


SEED = 7  # of the page's sheet: its first messages have many before them


def numbered():
    """The chat, whose texts number its messages."""
    return chat().assign(text=lambda rows: "pesan " + rows["message_id"])


@pytest.fixture
def page_file(tmp_path):
    """Twelve messages of the chat to annotate."""
    place = tmp_path / "who.html"
    sheet = annotate.sheet(numbered(), size=12, seed=SEED)
    place.write_text(annotate.page(sheet, numbered()), encoding="utf-8")
    return place


def answers_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [row["answers"] for row in csv.DictReader(file) if row["back"] == annotate.TO_ANSWER]


def test_the_page_holds_texts_as_data_asks_nothing_of_the_network_and_lets_only_its_own_script_run():
    messages = chat().assign(text=HOSTILE)
    page = annotate.page(annotate.sheet(messages, size=3, seed=1), messages)
    assert "<img" not in page
    assert page.count("</script>") == 2
    assert "http:" not in page
    assert "https:" not in page
    assert re.search(r"default-src 'none'; script-src 'sha256-[\w+/]+=*'; style-src", page)
    held = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    assert {message["text"] for message in held["messages"].values()} == {HOSTILE}


def test_a_sheet_annotated_by_keys_is_read_by_ingest_as_it_was_annotated(browser, page_file, tmp_path):
    problems: list[str] = []
    page = opened(browser, page_file, problems, locale="en-GB")
    begun(page)
    shown = [page.locator("#asked .text").inner_text()]
    for key in ("1", "0", "3"):
        page.keyboard.press(key)
        shown.append(page.locator("#asked .text").inner_text())
    assert len(set(shown)) == 4
    page.keyboard.press("u")
    assert page.locator("#asked .text").inner_text() == shown[2]
    page.keyboard.press("2")
    for key in ("Shift+Digit1", "Shift+Digit4", "Enter", "ArrowRight"):
        page.keyboard.press(key)
    assert page.locator("#where").inner_text().startswith("4 of 12 annotated")
    assert saved(page, tmp_path / "first.csv") == "Sinta.csv"
    assert answers_of(tmp_path / "first.csv") == ["1", "0", "2", "1;4", *[""] * 8]

    reload(page)  # the browser kept it, for this annotator alone
    begun(page, "Budi")
    assert page.locator("#where").inner_text().startswith("0 of 12")
    reload(page)
    page.get_by_text("Go on as Sinta (4 of 12)").click()
    assert page.locator("#where").inner_text().startswith("4 of 12")
    page.keyboard.press("Backspace")  # undo goes on as well
    assert page.locator("#asked .text").inner_text() == shown[3]
    page.keyboard.press("1")
    for _ in range(8):
        page.keyboard.press("1")
    assert page.locator("#end").is_visible()
    saved(page, tmp_path / "Sinta.csv")
    assert problems == []
    page.context.close()
    links = annotate.read_sheet(tmp_path / "Sinta.csv").set_index("message_id")["reply_to"]
    assert shown[0].removeprefix("pesan ") in links.index
    assert pd.isna(links[shown[1].removeprefix("pesan ")])
    asked, answered = shown[2].removeprefix("pesan "), links[shown[2].removeprefix("pesan ")]
    assert int(asked.rsplit("-", 1)[1]) - int(answered.rsplit("-", 1)[1]) == 2
    of_the_study(read_annotations(tmp_path / "Sinta.csv").assign(source="Sinta.csv"), chat())


def test_on_a_phone_a_tap_answers_and_a_saved_file_goes_on_in_another_browser(browser, page_file, tmp_path):
    problems: list[str] = []
    phone = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "locale": "id-ID"}
    page = opened(browser, page_file, problems, **phone)
    assert page.locator("h1").first.inner_text() == "Siapa menjawab siapa?"
    begun(page)
    page.locator("[data-number='2']").tap()
    page.locator("#new").tap()
    page.locator("#several").tap()
    for number in (3, 1):
        page.locator(f"[data-number='{number}']").tap()
    page.locator("#confirm").tap()
    page.locator("#more").tap()
    page.locator("[data-number='11']").last.tap()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    saved(page, tmp_path / "Sinta.csv")
    page.context.close()
    assert answers_of(tmp_path / "Sinta.csv")[:3] == ["2", "0", "1;3"]
    assert "11" in answers_of(tmp_path / "Sinta.csv")

    page = opened(browser, page_file, problems, locale="en-GB")
    page.locator("#file").set_input_files(tmp_path / "Sinta.csv")
    page.get_by_text("4 annotations loaded").wait_for()
    assert page.locator("#name").input_value() == "Sinta"
    page.locator("#who button").click()
    assert page.locator("#where").inner_text().startswith("4 of 12")
    page.locator("#language").click()
    assert page.locator("#new").inner_text().endswith("Memulai hal baru")
    saved(page, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "Sinta.csv").read_bytes()
    page.context.close()
    assert problems == []


def test_a_sheet_from_a_spreadsheet_goes_on_on_the_page_and_a_foreign_one_does_not(browser, page_file, tmp_path):
    sheet = annotate.sheet(numbered(), size=12, seed=SEED)
    half = filled(sheet, tmp_path / "Budi.csv", lambda item: "1" if item <= 5 else "")
    pd.read_csv(half, dtype=str).to_csv(tmp_path / "Budi.csv", sep=";", index=False, encoding="utf-8-sig")
    foreign = filled(sheet.assign(message_id="x" + sheet["message_id"]), tmp_path / "other.csv", "1")
    problems: list[str] = []
    page = opened(browser, page_file, problems, locale="en-GB")
    page.locator("#file").set_input_files(foreign)
    page.get_by_text("This file is of other messages").wait_for()
    page.locator("#file").set_input_files(tmp_path / "Budi.csv")
    page.get_by_text("5 annotations loaded").wait_for()
    page.locator("#who button").click()
    assert page.locator("#where").inner_text().startswith("5 of 12")
    page.context.close()
    assert problems == []


def test_a_message_that_is_markup_is_shown_as_it_is_written_and_none_of_it_runs(browser, tmp_path):
    messages = chat().assign(text=HOSTILE)
    place = tmp_path / "who.html"
    place.write_text(annotate.page(annotate.sheet(messages, size=3, seed=1), messages), encoding="utf-8")
    problems: list[str] = []
    page = opened(browser, place, problems, locale="en-GB")
    begun(page)
    assert page.locator("#asked .text").text_content() == HOSTILE
    assert page.locator("#task img, #task b, #task script").count() == 0
    page.evaluate("document.getElementById('asked').innerHTML = '<img src=x onerror=\"document.title=1\">'")
    page.wait_for_timeout(200)
    assert page.title() == "Who answers whom?"
    assert any("Content Security Policy" in problem for problem in problems)  # what got in all the same would not run
    page.context.close()


def test_where_a_browser_keeps_nothing_the_page_says_so_and_still_saves(browser, page_file, tmp_path):
    window = browser.new_context(locale="en-GB")
    window.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    page = window.new_page()
    page.goto(page_file.as_uri())
    begun(page)
    page.keyboard.press("1")
    assert page.get_by_text("This browser keeps nothing").is_visible()
    saved(page, tmp_path / "Sinta.csv")
    window.close()
    assert answers_of(tmp_path / "Sinta.csv")[0] == "1"


def test_a_hundred_messages_take_a_hundred_keys_and_one_held_down_answers_one(browser, tmp_path):
    messages = chat()
    place = tmp_path / "who.html"
    place.write_text(annotate.page(annotate.sheet(messages, size=100, seed=1), messages), encoding="utf-8")
    page = opened(browser, place, [], locale="en-GB")
    begun(page)
    assert "about 20 min left" in page.locator("#where").inner_text()
    page.keyboard.down("1")
    page.keyboard.down("1")
    assert page.locator("#where").inner_text().startswith("1 of 100")
    page.keyboard.up("1")
    for k in range(99):
        page.keyboard.press("01"[k % 2])
    assert page.locator("#where").inner_text() == "100 of 100 annotated"
    page.context.close()
