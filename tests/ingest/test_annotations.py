"""Annotated replies come in from sheets: what is wrong is named with file and line, what is not done yet is counted."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis import tables
from analysis.errors import InputError, Missing
from analysis.ingest import page, step
from analysis.ingest.annotations import COLUMNS, by_annotator, read_annotations, reduced

from .community import CHAT, PARAMS, corpus, paths

HEADER = ",".join(COLUMNS)
SRI, HARUN, NUR, TUTIK, BARU, SRI_AGAIN = (
    f"umkm-guyub-20240724T02{minute}" for minute in ("43-1", "44-1", "44-2", "45-1", "46-1", "47-1")
)


def sheet(*items: tuple[list[str], str]) -> str:
    """A sheet: each item the messages shown, the one to annotate last, and what is written into answers."""
    rows = [HEADER]
    for item, (shown, answers) in enumerate(items, 1):
        rows += [f"{item},{len(shown) - 1 - k},,{name}" for k, name in enumerate(shown[:-1])]
        rows += [f"{item},?,{answers},{shown[-1]}"]
    return "\n".join(rows) + "\n"


def links(table: pd.DataFrame) -> set[tuple[str, str, str]]:
    return set(table.fillna("").itertuples(index=False, name=None))


def test_a_study_without_annotations_has_an_empty_table(tmp_path):
    study = paths(tmp_path, simulated="yes")
    metrics = step.run(PARAMS, study)
    table = tables.read(study.processed("ingest") / "annotations.parquet", tables.Annotations)
    assert len(table) == metrics["annotations"] == metrics["annotators"] == 0
    none = page.annotators_table(corpus(tmp_path / "other").annotators)
    assert none == Missing("nobody has marked which message answers which in these chats")


def test_two_annotators_answers_are_read_and_counted(tmp_path):
    ani = sheet(
        ([SRI, HARUN], "1"), ([SRI, HARUN, NUR], "1;2"), ([HARUN, NUR, BARU], "0"), ([NUR, BARU, SRI_AGAIN], "")
    )
    budi = sheet(([SRI, HARUN], "0"))
    c = corpus(tmp_path, **{"annotations/ani.csv": ani, "annotations/budi.csv": budi})
    assert links(c.annotations) == {
        ("ani", HARUN, SRI), ("ani", NUR, HARUN), ("ani", NUR, SRI), ("ani", BARU, ""), ("budi", HARUN, ""),
    }  # fmt: skip
    assert c.annotators.to_numpy().tolist() == [["ani", 3, 1, 0], ["budi", 1, 0, 0]]
    assert page.annotators_table(c.annotators)["messages"].tolist() == [3, 1]


def test_nobodys_name_is_left_in_the_name_of_an_annotator_and_two_are_never_taken_for_one(tmp_path):
    names = ("Bu Sri", "cici", "Rina Wati", "Budi Santoso")
    c = corpus(tmp_path, **{f"annotations/{name}.csv": sheet(([SRI, HARUN], "1")) for name in names})
    sri = c.messages.set_index("message_id").loc[SRI, "member"]
    assert set(c.annotations["annotator"]) == {sri, "annotator 1", "annotator 2", "annotator 3"}
    assert c.annotators["annotated"].tolist() == [1, 1, 1, 1]


def test_annotations_of_and_answers_to_those_who_withhold_consent_are_left_out_and_counted(tmp_path):
    shown = sheet(
        ([NUR, TUTIK], "1"), ([NUR, TUTIK, BARU], "1"), ([TUTIK, BARU, SRI_AGAIN], "1;2"), ([SRI, HARUN], "1")
    )
    c = corpus(tmp_path, **{"annotations/ani.csv": shown})
    assert links(c.annotations) == {("ani", SRI_AGAIN, BARU), ("ani", HARUN, SRI)}
    assert c.withheld["annotations"] == 3
    assert c.annotators.to_numpy().tolist() == [["ani", 2, 0, 2]]
    assert page.withheld_table(c).set_index("of members who withhold consent")["left out"]["annotations"] == 3


def test_annotations_of_another_export_are_refused_with_file_and_line(tmp_path):
    other = sheet(([SRI, HARUN], "1"), (["pasar-1", "pasar-2"], "1"), (["pasar-2", "pasar-3"], "0"))
    with pytest.raises(InputError, match="not in this study have 2 of its 3 annotations") as error:
        corpus(tmp_path, **{"annotations/ani.csv": other})
    assert str(error.value.path).endswith("annotations/ani.csv")
    assert error.value.line == 5


def test_a_few_annotations_of_messages_that_are_gone_are_left_out_and_reported(tmp_path):
    some = sheet(([SRI, HARUN], "1"), ([SRI, HARUN, NUR], "1"), (["gone", SRI_AGAIN], "1"))
    c = corpus(tmp_path, **{"annotations/ani.csv": some})
    assert len(c.annotations) == 2
    assert c.annotators.to_numpy().tolist() == [["ani", 2, 0, 1]]
    assert any("1 annotation of messages that do not exist" in problem for problem in c.problems)


@pytest.mark.parametrize("shown", [[SRI_AGAIN, HARUN], [HARUN, HARUN]])
def test_an_answer_to_itself_or_a_later_message_is_refused_with_file_and_line(tmp_path, shown):
    with pytest.raises(InputError, match="not earlier") as error:
        corpus(tmp_path, **{"annotations/ani.csv": sheet((shown, "1"))})
    assert error.value.line == 3


def test_an_answer_to_another_channel_is_refused_with_file_and_line(tmp_path):
    kopdar = "24/07/24 08.00 - Bu Sri: halo\n24/07/24 08.01 - Pak Harun: halo\n"
    files = {"chats/Kopdar.txt": kopdar, "annotations/ani.csv": sheet((["kopdar-20240724T0100-1", HARUN], "1"))}
    with pytest.raises(InputError, match="another channel") as error:
        corpus(tmp_path, **files)
    assert error.value.line == 3


def test_a_second_file_of_the_same_name_is_the_same_annotators(tmp_path):
    files = {
        "annotations/ani.csv": sheet(([SRI, HARUN], "1")),
        "annotations/more/ani.csv": sheet(([SRI, HARUN], "1"), ([HARUN, NUR], "0")),
    }
    c = corpus(tmp_path, **files)
    assert links(c.annotations) == {("ani", HARUN, SRI), ("ani", NUR, "")}


def test_a_copy_that_a_browser_numbered_is_no_second_annotator(tmp_path):
    one = sheet(([SRI, HARUN], "1"))
    c = corpus(tmp_path, **{"annotations/coder-a.csv": one, "annotations/coder-a (1).csv": one})
    assert links(c.annotations) == {("coder-a", HARUN, SRI)}


def test_an_annotator_who_contradicts_themselves_is_refused_with_file_and_line(tmp_path):
    files = {"annotations/ani.csv": sheet(([SRI, HARUN], "1")), "annotations/more/ani.csv": sheet(([SRI, HARUN], "0"))}
    with pytest.raises(InputError, match="other answers in another place") as error:
        corpus(tmp_path, **files)
    assert str(error.value.path).endswith("more/ani.csv")
    assert error.value.line == 3


def test_what_lies_in_the_folder_and_is_no_sheet_is_left_alone_and_named(tmp_path):
    c = corpus(tmp_path, **{"annotations/README.md": "x", "annotations/ani.xlsx": "x"})
    notes = c.reports.loc[c.reports["part"] == "not read", "note"].tolist()
    assert notes == ["not read, because: a readme", "not read, because: no table of annotations (.csv)"]


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        (["1,1,,a", "1,?,2,b"], 3, "'2' is not the number"),
        (["1,1,,a", "1,?,1;;1,b"], 3, "no answer next to"),
        (["1,1,1,a", "1,?,,b"], 2, "only context"),
        (["1,1,,a", "1,1,,c", "1,?,1,b"], 3, "back is '1'"),
        (["1,x,,a", "1,?,1,b"], 2, "back is 'x'"),
        (["1,0,,a", "1,?,0,b"], 2, "back is '0'"),
        (["1,1,,", "1,?,1,b"], 2, "no message_id"),
        (["1,1,,a"], None, "no message to annotate"),
    ],
)
def test_a_sheet_that_is_wrong_is_refused_with_its_line(tmp_path, rows, line, said):
    place = tmp_path / "ani.csv"
    place.write_text("\n".join([HEADER, *rows]) + "\n")
    with pytest.raises(InputError, match=said) as error:
        read_annotations(place)
    assert (error.value.path, error.value.line) == (place, line)


def test_a_sheet_that_a_spreadsheet_sorted_is_read_as_it_was(tmp_path):
    plain = sheet(([SRI, HARUN], "1"), ([SRI, HARUN, NUR], "2"))
    (tmp_path / "a.csv").write_text(plain)
    head, *rows = plain.splitlines()
    (tmp_path / "b.csv").write_text("\n".join([head, *sorted(rows, reverse=True)]) + "\n")
    a, b = (
        {*read_annotations(tmp_path / name)[["message_id", "reply_to"]].itertuples(index=False, name=None)}
        for name in ("a.csv", "b.csv")
    )
    assert a == b == {(HARUN, SRI), (NUR, SRI)}


def test_next_to_chats_that_lie_in_the_raw_folder_itself_a_sheet_is_no_chat(tmp_path):
    chat = {"chats/Chat WhatsApp dengan UMKM Guyub.txt": None, "UMKM Guyub.txt": CHAT}
    c = corpus(tmp_path, **chat, **{"annotations/ani.csv": sheet(([SRI, HARUN], "1"))})
    assert set(c.messages["channel"]) == {"umkm-guyub"}
    assert links(c.annotations) == {("ani", HARUN, SRI)}


ITEMS = st.lists(
    st.integers(0, 20).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.integers(1, n), max_size=3) if n else st.just(set()), st.booleans())
    ),
    min_size=1, max_size=6,
)  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(
    items=ITEMS,
    text=TEXT,
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
    crlf=st.booleans(),
)
def test_what_was_answered_is_what_is_read_however_a_spreadsheet_wrote_it(
    tmp_path_factory, items, text, separator, encoding, crlf
):
    """items: how many messages are shown, the answers (none: not yet, or something new)."""
    out, expected = io.StringIO(), set()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n" if crlf else "\n")
    writer.writerow(["item", "back", "answers", "text", "message_id"])
    for item, (n, answers, new) in enumerate(items):
        writer.writerows([item, back, "", text, f"{item}-{back}"] for back in range(n, 0, -1))
        writer.writerow([item, "?", ";".join(map(str, sorted(answers))) or "0" * new, text, f"{item}-0"])
        expected |= {(f"{item}-0", f"{item}-{back}", True) for back in answers} or {(f"{item}-0", "", new)}
    place = tmp_path_factory.mktemp("sheet") / "ani.csv"
    place.write_bytes(out.getvalue().encode(encoding))
    read = read_annotations(place).fillna({"reply_to": ""})
    assert set(read[["message_id", "reply_to", "answered"]].itertuples(index=False, name=None)) == expected


CELL = st.one_of(st.sampled_from(["", "?", "0", "1", "2", "1;2", "9", ";", "a", " 1 ", '"']), TEXT)


@example(rows=[["1", "?", "", "a"]])
@given(rows=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=8))
def test_a_damaged_sheet_is_read_or_refused_and_nothing_else(tmp_path_factory, rows):
    place = tmp_path_factory.mktemp("sheet") / "ani.csv"
    place.write_text("\n".join([HEADER, *(",".join(row) for row in rows)]), encoding="utf-8", newline="")
    try:
        read = read_annotations(place)
    except InputError as refused:
        said = str(refused)
        assert said.startswith(str(place))
    else:
        assert read["message_id"].str.strip().ne("").all()
        assert read.loc[~read["answered"], "reply_to"].isna().all()
        assert read_annotations(place).equals(read)


def test_a_reduced_sheet_holds_no_text_and_nothing_of_a_message_that_is_gone(tmp_path):
    place = tmp_path / "ani.csv"
    place.write_text(
        "item,back,answers,text,message_id\n1,2,,rahasia,a\n1,1,,lain,b\n1,?,1;2,halo,c\n"
        "2,1,,rahasia,a\n2,?,1,halo,d\n3,1,,halo,d\n3,?,1,rahasia,a\n4,1,,rahasia,a\n4,?,,halo,e\n"
    )
    text = reduced(place, frozenset("a"))
    assert text == "item,back,answers,message_id\n1,1,,b\n1,?,1,c\n4,?,,e\n"
    (tmp_path / "b.csv").write_text(text)
    assert read_annotations(tmp_path / "b.csv")["reply_to"].fillna("").tolist() == ["b", ""]


def test_a_message_annotated_in_one_file_and_open_in_another_is_not_open():
    read = pd.DataFrame(
        [("ani", "m", "a", True, 3), ("ani", "m", None, False, 9), ("ani", "n", None, False, 5)],
        columns=["annotator", "message_id", "reply_to", "answered", "line"],
    )
    assert by_annotator(read, read[read["answered"]]).to_numpy().tolist() == [["ani", 1, 1, 0]]
