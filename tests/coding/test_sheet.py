"""The page to code on: what a coder does by key, mouse or tap comes back as the codings that were meant."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from tests.browser.served import reload

from analysis.codebook import load
from analysis.coding import forms
from analysis.coding.anchors import check_anchors, text_hash
from analysis.ingest.sheets import notes_alone, read_codings

TEXTS = ["harga 😀 tepung <b>naik</b>", "iya", 'wkwk 🙏 bu, "siap"\nbesok']
HEAD = "MAAAA, 2024-07-24 09:43"
PICKED = """
window.files = {};
window.showSaveFilePicker = async ({suggestedName: name}) => ({name, createWritable: async () => ({
  write: async (text) => { window.files[name] = text; }, close: async () => {} })});
"""


@pytest.fixture
def rows() -> pd.DataFrame:
    around = ([("MBBBB, 2024-07-24 09:42", "harga apa <i>ya</i>?")], [("MBBBB, 2024-07-24 09:44", "oh")])
    units = pd.DataFrame({"unit_id": ["u-1", "u-2", "u-3"], "head": HEAD, "text": TEXTS, "document": "umkm"})
    return units.assign(around=[around] * 3)


@pytest.fixture
def sheet(rows, codebook_file, tmp_path):
    """sheet(**options): the page of three passages, as a file."""

    def write(**options):
        path = tmp_path / "sheet.html"
        path.write_text(forms.page(rows, load(codebook_file), **options), encoding="utf-8")
        return path

    return write


@pytest.fixture
def opened(browser):
    """opened(file, **window): the page in a window of its own; what it complains of or asks the network for is in
    opened.problems."""
    windows = []

    def open_page(path, *, script="delete window.showSaveFilePicker", **window):
        windows.append(browser.new_context(**({"locale": "en-GB"} | window)))
        windows[-1].add_init_script(script)
        page = windows[-1].new_page()
        page.on("console", lambda message: open_page.problems.append(message.text))
        page.on("pageerror", lambda error: open_page.problems.append(str(error)))
        page.on("request", lambda request: request.url.startswith("http") and open_page.problems.append(request.url))
        page.goto(path.as_uri())
        return page

    open_page.problems = []
    yield open_page
    for window in windows:
        window.close()
    assert open_page.problems == []


def begun(page, name="Cici"):
    page.locator("#name").fill(name)
    page.locator("#who button").click()


def saved(page, path):
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(path)
    return download.value.suggested_filename


def loaded(page, path):
    """Load a saved file and wait until the page has read it: it proposes the file's name as the coder's."""
    page.locator("#file").set_input_files(path)
    page.locator("#loaded:not(:empty)").wait_for()


def read_cells_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.reader(file)]


def mark(page, start, end):
    page.evaluate(
        """([start, end]) => {
            const node = document.querySelector('#text').firstChild, range = document.createRange();
            range.setStart(node, start); range.setEnd(node, end);
            getSelection().removeAllRanges(); getSelection().addRange(range);
        }""",
        [start, end],
    )


def test_the_page_holds_texts_as_data_and_asks_nothing_of_the_network(sheet):
    page = sheet().read_text(encoding="utf-8")
    assert "<b>naik" not in page
    assert "<i>ya" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert text_hash(TEXTS[0]) in page


def test_codes_given_by_key_come_back_on_the_words_that_were_marked(opened, sheet, tmp_path):
    page = opened(sheet())
    begun(page)
    assert page.locator(".asked .text").inner_text() == TEXTS[0]
    assert page.locator("#before .text").inner_text() == "harga apa <i>ya</i>?"
    assert "umkm" in page.locator(".asked .head").inner_text()
    mark(page, 6, 15)  # UTF-16, as browsers count
    page.keyboard.press("1")
    page.get_by_label("translation, if you make one: news").fill('flour, "again"')
    page.keyboard.press("Enter")
    page.locator("#given input").blur()
    page.keyboard.press("Enter")
    page.keyboard.press("0")
    page.keyboard.press("3")
    page.keyboard.press("4")
    page.keyboard.press("4")  # taken away again
    page.keyboard.press("m")
    page.keyboard.type("=ragu")
    page.keyboard.press("Enter")
    assert page.locator("#where").inner_text().startswith("3 of 3 done")
    assert saved(page, tmp_path / "cici.csv") == "Cici.csv"
    assert page.locator("#saved").inner_text().startswith("Cici.csv is among your downloads")
    codings = read_codings(tmp_path / "cici.csv")
    texts = pd.Series(dict(zip(["u-1", "u-2", "u-3"], TEXTS, strict=True)))
    assert check_anchors(codings, texts).broken.empty
    spans = {row.code: texts[row.unit_id][row.start : row.end] for row in codings.dropna(subset="code").itertuples()}
    assert spans == {"news": "😀 tepung", "humour": TEXTS[2]}
    assert codings.loc[codings["code"].isna(), "unit_id"].tolist() == ["u-2"]
    by_code = codings.set_index("code")
    assert by_code.loc["news", "translation"] == 'flour, "again"'
    assert by_code.loc["humour", "memo"] == "=ragu"
    assert set(codings["coder"]) == {"Cici"}


def test_two_parts_of_a_passage_are_two_codings_and_a_click_keeps_what_is_marked(opened, sheet, tmp_path):
    page = opened(sheet())
    begun(page)
    for start, end in ((0, 5), (9, 15)):
        mark(page, start, end)
        page.locator("[data-code=news]").click()
    saved(page, tmp_path / "a.csv")
    codings = read_codings(tmp_path / "a.csv")
    assert codings["quotation"].tolist() == ["harga", "tepung"]


def test_a_second_coder_in_the_same_browser_begins_with_nothing_and_the_first_goes_on(opened, sheet):
    page = opened(sheet())
    begun(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    reload(page)
    begun(page, "Dedi")
    assert page.locator("#where").inner_text().startswith("0 of 3")
    reload(page)
    page.get_by_text("Go on as Cici (1 of 3)").click()
    assert page.locator("#where").inner_text() == "1 of 3 done, now at number 2"
    page.keyboard.press("u")  # undo goes on as well, and goes where it was done
    assert page.locator("#where").inner_text() == "0 of 3 done, now at number 1"


def test_a_page_made_for_a_coder_takes_no_other_name(opened, sheet, tmp_path):
    page = opened(sheet(coder="Sinta"))
    assert page.locator("#name").input_value() == "Sinta"
    assert not page.locator("#name").is_editable()
    page.locator("#who button").click()
    page.keyboard.press("0")
    saved(page, tmp_path / "a.csv")
    assert read_codings(tmp_path / "a.csv")["coder"].tolist() == ["Sinta"]
    reload(page)
    page.get_by_text("Go on as Sinta (1 of 3)").wait_for(state="visible")
    assert not page.locator("#who").is_visible()


def test_a_file_that_the_coder_chose_holds_every_change_from_then_on(opened, sheet):
    page = opened(sheet(), script=PICKED)
    begun(page)
    page.keyboard.press("1")
    assert page.locator("#saved").inner_text() == "1 change is in no file yet"
    page.locator("#save").click()
    page.get_by_text("Saved in Cici.csv").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("0")
    page.get_by_text("Saved in Cici.csv").wait_for()
    page.wait_for_function("window.files['Cici.csv'].split('\\n').length === 4")
    text = page.evaluate("window.files['Cici.csv']")
    assert pd.read_csv(io.StringIO(text))["unit_id"].tolist() == ["u-1", "u-2"]


def test_a_saved_file_goes_on_in_another_browser_on_a_phone_and_in_indonesian(opened, sheet, tmp_path):
    page = opened(sheet())
    begun(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    saved(page, tmp_path / "Cici.csv")
    phone = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "locale": "id-ID"}
    page = opened(sheet(), **phone)
    assert page.locator("h1").first.inner_text() == "Pengodean"
    loaded(page, tmp_path / "Cici.csv")
    assert page.locator("#loaded").inner_text().startswith("1 bagian dibuka")
    page.locator("#who button").tap()
    assert page.locator("#where").inner_text().startswith("1 dari 3 selesai")
    page.locator("#none").tap()
    page.locator("[data-code=care]").tap()
    page.locator("#next").tap()
    assert page.locator("#end").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    saved(page, tmp_path / "again.csv")
    assert read_codings(tmp_path / "again.csv")["code"].fillna("").tolist() == ["news", "", "care"]


def test_the_list_finds_passages_by_words_state_and_code(opened, sheet):
    page = opened(sheet())
    begun(page)
    page.keyboard.press("1")
    page.keyboard.press("/")
    assert page.locator("#hits button").count() == 3
    page.locator("#query").fill("SIAP")
    assert page.locator("#hits button").count() == 1
    page.keyboard.press("Enter")
    assert page.locator(".asked .text").inner_text() == TEXTS[2]
    page.locator("#find").click()
    page.locator("#query").fill("")
    for choice, hits in (("todo", 2), ("done", 1), ("=news", 1), ("=care", 0), ("zero", 0), ("noted", 0), ("all", 3)):
        page.locator("#filter").select_option(choice)
        assert page.locator("#hits button").count() == hits, choice


SAID = {
    "u-1": {"ani": ["news", "care"], "budi": ["news"]},
    "u-2": {"ani": [], "budi": ["humour"]},
    "u-3": {"ani": ["humour"], "budi": ["care"]},
}


@pytest.mark.parametrize("said", [None, SAID], ids=["coding", "deciding"])
def test_who_presses_enter_alone_has_said_nothing_of_any_passage(opened, sheet, tmp_path, said):
    page = opened(sheet(said=said))
    begun(page, "Ani & Budi")
    for _ in TEXTS:
        assert page.locator("#onward").inner_text() == "Skip for now"
        page.keyboard.press("Enter")
    assert page.locator("#result").inner_text() == "0 of 3 passages are done."
    saved(page, tmp_path / "nothing.csv")
    assert read_codings(tmp_path / "nothing.csv").empty


def test_a_passage_is_decided_by_a_choice_by_keeping_what_all_gave_or_by_none_and_by_nothing_else(
    opened, sheet, tmp_path
):
    page = opened(sheet(said=SAID))
    begun(page, "Ani & Budi")
    assert page.locator("#shared").is_visible()
    page.keyboard.press("Space")  # news, and not care
    assert not page.locator("#shared").is_visible()  # of u-2 nothing was given by all
    page.keyboard.press("Space")
    assert page.locator("#where").inner_text() == "1 of 3 done, now at number 2"
    page.keyboard.press("4")
    assert page.locator("#onward").inner_text() == "Decide so"
    page.keyboard.press("Enter")
    page.keyboard.press("0")
    assert page.locator("#where").inner_text() == "3 of 3 done"
    saved(page, tmp_path / "consensus.csv")
    codings = read_codings(tmp_path / "consensus.csv")
    assert codings["code"].fillna("").tolist() == ["news", "care", ""]


@pytest.mark.parametrize("taken_away", ["by key", "by its cross"])
def test_a_decision_whose_last_code_is_taken_away_is_open_again(opened, sheet, tmp_path, taken_away):
    page = opened(sheet(said=SAID))
    begun(page, "Ani & Budi")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    if taken_away == "by key":
        page.keyboard.press("1")
    else:
        page.get_by_label("take news away").click()
    assert page.locator("#where").inner_text() == "0 of 3 done, now at number 1"
    page.keyboard.press("Enter")
    saved(page, tmp_path / "consensus.csv")
    assert read_codings(tmp_path / "consensus.csv").empty


def test_a_passage_with_a_memo_alone_is_not_counted_where_the_work_goes_on(opened, sheet):
    page = opened(sheet())
    begun(page)
    page.keyboard.press("m")
    page.keyboard.type("ragu")
    page.keyboard.press("Enter")
    reload(page)
    page.get_by_text("Go on as Cici (0 of 3)").wait_for(state="visible")


@pytest.mark.parametrize("said", [None, SAID])
def test_a_memo_on_a_passage_that_is_open_is_in_the_file_and_comes_back_from_it(opened, sheet, tmp_path, said):
    page = opened(sheet(said=said))
    begun(page)
    for key in ("m", "ragu"):
        page.keyboard.type(key)
    page.keyboard.press("Enter")
    saved(page, tmp_path / "a.csv")
    rows = read_codings(tmp_path / "a.csv")
    assert notes_alone(rows).tolist() == [True]
    assert rows["memo"].tolist() == ["Cici: ragu" if said else "ragu"]
    again = opened(sheet(said=said))
    loaded(again, tmp_path / "a.csv")
    begun(again)
    assert again.locator("#where").inner_text().startswith("0 of 3 done")
    assert again.locator("#memo").input_value() == "ragu"
    assert again.locator("#codes [aria-pressed=true]").count() == page.locator("#codes [aria-pressed=true]").count()
    saved(again, tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


def test_decisions_begin_with_what_both_gave_and_come_back_as_the_consensus(opened, sheet, tmp_path):
    page = opened(sheet(said=SAID))
    begun(page, "Ani & Budi")
    assert page.locator("[data-code=news] small").inner_text() == "ani, budi"
    assert page.locator("[data-code=news]").get_attribute("aria-pressed") == "true"
    assert page.locator("[data-code=care]").get_attribute("aria-pressed") == "false"
    page.keyboard.press("m")
    page.keyboard.type("menghibur juga")
    page.keyboard.press("Enter")
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.keyboard.press("0")  # none of the two
    assert page.locator("#where").inner_text().startswith("2 of 3 done")
    assert saved(page, tmp_path / "consensus.csv") == "consensus.csv"
    codings = read_codings(tmp_path / "consensus.csv")
    assert codings[["unit_id", "code"]].fillna("").to_numpy().tolist() == [
        ["u-1", "news"],
        ["u-1", "care"],
        ["u-2", ""],
    ]
    assert set(codings["coder"]) == {"consensus"}
    assert codings["memo"].tolist() == ["Ani & Budi: menghibur juga"] * 2 + ["Ani & Budi"]


def test_a_passage_that_is_markup_is_shown_as_it_is_written_and_none_of_it_runs(opened, rows, codebook_file, tmp_path):
    hostile = "</script><img src=x onerror=\"document.title='x'\"><b>b</b>"
    path = tmp_path / "hostile.html"
    path.write_text(forms.page(rows.assign(text=hostile), load(codebook_file)), encoding="utf-8")
    page = opened(path)
    begun(page)
    assert page.locator(".asked .text").text_content() == hostile
    assert page.locator("main img, main b").count() == 0
    assert page.title() == "Coding"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_the_csv_starts_a_formula_and_its_hash_stays_that_of_the_message(rows, start):
    text = f'{start}HYPERLINK("x")'
    cells = forms.cells(rows.head(1).assign(text=text, head=text))
    table = pd.read_csv(io.StringIO(forms.comma_separated(cells)))
    assert table.loc[0, "text"] == table.loc[0, "who"] == f"'{text}"
    assert table.loc[0, "text_sha256"] == text_hash(text)


def test_words_that_a_spreadsheet_would_run_are_texts_in_the_saved_file_and_load_as_they_were(
    opened, rows, codebook_file, tmp_path
):
    place = tmp_path / "sheet.html"
    place.write_text(forms.page(rows.assign(text='=HYPERLINK("x")'), load(codebook_file)), encoding="utf-8")
    page = opened(place)
    begun(page)
    page.keyboard.press("1")
    page.keyboard.press("m")
    page.keyboard.type("-ragu")
    page.keyboard.press("Enter")
    saved(page, tmp_path / "a.csv")
    [_, row] = read_cells_of(tmp_path / "a.csv")
    assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]
    [coding] = read_codings(tmp_path / "a.csv").itertuples()
    assert (coding.quotation, coding.memo) == ('=HYPERLINK("x")', "-ragu")
    other = opened(place)
    loaded(other, tmp_path / "a.csv")
    begun(other)
    saved(other, tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


@pytest.mark.parametrize("coder", ["Dr. Sari", "ꦱꦫꦶ", "Jana + Kai", "Ni Wayan (Denpasar)"])
def test_a_coder_named_by_the_study_keeps_that_name_in_the_page(opened, sheet, tmp_path, coder):
    page = opened(sheet(coder=coder))
    page.locator("#who button").click()
    page.keyboard.press("1")
    assert saved(page, tmp_path / "a.csv") == coder.replace("(", "").replace(")", "") + ".csv"
    assert set(read_codings(tmp_path / "a.csv")["coder"]) == {coder}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("ꦱꦫꦶ", "ꦱꦫꦶ"), (" Jana + Kai ", "Jana + Kai"), ("Ute <&> Sön", "Ute & Sön"), ("=1+1", "1+1"), ("a/b.", "a b")],
)
def test_a_name_typed_into_the_page_is_kept_as_a_file_can_be_called(opened, sheet, tmp_path, typed, kept):
    page = opened(sheet())
    begun(page, typed)
    page.keyboard.press("1")
    assert saved(page, tmp_path / "a.csv") == f"{kept}.csv"
    assert set(read_codings(tmp_path / "a.csv")["coder"]) == {kept}
