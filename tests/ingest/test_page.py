"""The page of ingest shows what came in, whatever is missing."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import figures
from analysis.errors import Missing
from analysis.ingest import accuracy, page, step
from analysis.ingest.corpus import assess

from .community import CHAT, PARAMS, corpus, paths

TZ = "Asia/Jakarta"
WITHOUT = dict.fromkeys(
    ("members.csv", "partnerships.csv", "transcripts/wawancara-01.txt", "transcripts/wawancara-03.txt")
)


def test_the_page_shows_what_came_in(tmp_path):
    c = corpus(tmp_path)
    sentences = [
        page.answer(c, accuracy.read()), page.say_activity(c.messages, TZ), page.say_consent(c),
        page.say_accuracy(accuracy.read()),
        page.say_problems(c),
    ]  # fmt: skip
    assert all(sentence.endswith(".") for sentence in sentences)
    assert page.scrub_table(c.marks, c.reports).sum(numeric_only=True).sum() == c.marks["count"].sum()
    shares = page.accuracy_table(accuracy.read())
    assert shares["recall"].between(shares["from"] - 1e-9, shares["to"] + 1e-9).all()
    assert ((shares["from"] >= 0) & (shares["to"] <= 1)).all()
    for figure in (page.activity_figure(c.messages, TZ), page.hours_figure(c.messages, TZ)):
        assert figure.alt
        figures.show(figure, "")
    figures.checks(page.page_checks(c))


def test_the_tables_of_the_page_add_up_to_the_metrics(tmp_path):
    study = paths(tmp_path, "yes")
    raw = step.read(PARAMS, study)
    c = assess(raw, key=b"k" * 32, tz=TZ)
    metrics = step.write(study, c)
    assert page.conservation_table(c.reports)["lines"].iloc[-1] == metrics["lines"]
    assert c.consent["members"].tolist() == [metrics["members"] + c.withheld["members"]] == [5]
    formats = page.formats_table(raw)
    assert formats["files"].sum() == metrics["files"]
    assert formats["format"].tolist() == ["whatsapp", "transcript"]


def test_what_was_read_is_printed_without_a_name(tmp_path):
    raw = step.read(PARAMS, paths(tmp_path))
    assert repr(raw) == "Raw(1 chat, 3 transcripts, 4 members, 0 codings)"
    shown = page.formats_table(raw).to_csv()
    assert not [name for name in ("Sri", "Harun", "Tutik", "Warga") if name in shown]


def test_messages_of_two_exports_are_said_to_count_once(tmp_path):
    again = {"chats/Chat WhatsApp dengan UMKM Guyub (1).txt": CHAT}
    c = corpus(tmp_path, **again)
    shared = c.reports.query("part == 'chats'")["shared"].tolist()
    said = page.say_shared(c.messages, shared)
    assert said.startswith("8 messages of 1 export are in an earlier export of the same chat too and count once")
    assert page.say_shared(c.messages, [0, 0]).startswith("No message is in two exports")


def messages_at(*times):
    return pd.DataFrame({"time": pd.to_datetime(times, utc=True), "channel": "a", "kind": "text"})


def test_weeks_that_the_messages_fill_in_part_are_not_drawn():
    """Wednesday to Wednesday, ten weeks apart: the nine whole weeks between are left."""
    messages = messages_at(*pd.date_range("2024-01-03 05:00", "2024-03-13 05:00", freq="D").astype(str))
    counts, period = page.activity(messages, TZ)
    assert (period, counts["a"].tolist()) == ("week", [7] * 9)
    assert "is not drawn" in page.activity_figure(messages, TZ).caption


def test_of_a_short_chat_every_day_is_drawn():
    messages = messages_at("2024-01-03 05:00", "2024-01-04 05:00")
    assert page.activity(messages, TZ)[0]["a"].tolist() == [1, 1]
    assert "is not drawn" not in page.activity_figure(messages, TZ).caption


def test_without_a_message_that_may_be_shown_the_figures_say_so(tmp_path):
    nobody = (
        "name,consent\nBu Sri,none\nPak Harun,none\nTutik Handayani,none\nOrang Baru,none\n+62 813-1111-2222,none\n"
    )
    c = corpus(tmp_path, **WITHOUT | {"members.csv": nobody})
    assert page.hours_figure(c.messages, TZ) == Missing("no member wrote")
    none = c.messages.iloc[:0]
    assert page.activity_figure(none, TZ) == page.say_activity(none, TZ) == Missing("there are no messages")


def test_an_alarm_rings_when_a_line_is_lost(tmp_path):
    c = corpus(tmp_path)
    c.reports.loc[0, "continuation"] += 1
    with pytest.raises(AssertionError, match="not accounted for"):
        figures.checks(page.page_checks(c))


def test_without_a_roster_nobody_is_said_to_consent(tmp_path):
    said = page.say_consent(corpus(tmp_path, **WITHOUT))
    assert said.startswith("What anybody agreed to is not known")
    assert "withholds" not in said
