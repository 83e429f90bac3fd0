"""A raw folder becomes tables in which everybody has a pseudonym and nobody a name."""

from __future__ import annotations

import hashlib
import json
import re

import pandas as pd
import pytest

from analysis import tables
from analysis.codebook import Codebook
from analysis.coding import human
from analysis.errors import InputError
from analysis.ingest import identities
from analysis.ingest.gather import gather

from .community import CHAT, CODEBOOK, INTERVIEW, MEMBERS, NOBODY, corpus, two, write


def test_every_table_fits_its_schema(tmp_path):
    c = corpus(tmp_path)
    for name in ("messages", "utterances", "members", "partnerships", "codings", "codebook", "sample"):
        tables.conform(getattr(c, name), getattr(tables, name.capitalize()))


def test_senders_are_known_by_alias_number_and_name(tmp_path):
    c = corpus(tmp_path)
    said = c.messages.dropna(subset="member").set_index("text")["member"]
    assert said.filter(like="Pagi semua").iloc[0] == said["monggo"]
    assert c.members.set_index("member")["sector"].get(said["monggo"]) == "food"
    assert c.members["sector"].eq("fashion").sum() == 1
    assert c.strangers == 1


@pytest.mark.parametrize(
    ("event", "left"),
    [
        ("Mbok Darmi keluar", "[NAME] keluar"),
        ("Bu Sri menambahkan Kripik Mantul, Zubaidah dan 2 lainnya", "{sri} menambahkan [NAME], [NAME] dan 2 lainnya"),
        (
            'Zubaidah mengubah subjek dari "UMKM" menjadi "UMKM Jaya"',
            '[NAME] mengubah subjek dari "UMKM" menjadi "UMKM Jaya"',
        ),
    ],
)
def test_what_the_messenger_writes_names_nobody_on_no_list(tmp_path, event, left):
    said = ("Bu Sri: monggo", "Bu Sri: Mbok Darmi.vcf (file terlampir)")
    chat = "".join(f"24/07/24 09.{minute} - {line}\n" for minute, line in enumerate((event, *said), 43))
    c = two(tmp_path, **{"chats/umkm.txt": chat})
    sri = c.messages["member"].dropna().iloc[0]
    assert c.messages["text"].tolist() == [left.format(sri=sri), "monggo", "[NAME].vcf (file terlampir)"]


def test_service_lines_of_telegram_name_nobody_on_no_list(tmp_path):
    records = [
        {"id": 1, "type": "service", "date": "2024-07-24T09:43:00", "actor": "Qwerty Uiop", "action": "invite_members",
         "members": ["Zubaidah Salon", "Bu Sri"]},
        {"id": 2, "type": "message", "date": "2024-07-24T09:44:00", "from": "Bu Sri", "text": "monggo"},
    ]  # fmt: skip
    chat = json.dumps({"name": "UMKM", "type": "private_group", "id": 1, "messages": records})
    c = two(tmp_path, **{"chats/umkm.json": chat})
    sri = c.messages["member"].dropna().iloc[0]
    assert f"[NAME] invite members [NAME], {sri}" in c.messages["text"].tolist()


def test_no_name_number_or_address_is_left_in_any_table(tmp_path):
    c = corpus(tmp_path)
    everything = "".join(
        getattr(c, t).to_csv() for t in ("messages", "utterances", "members", "partnerships", "reports", "marks")
    )
    for secret in (
        "Sri",
        "Wahyuni",
        "Harun",
        "harun",
        "Nur",
        "Tutik",
        "Mawar",
        "Orang Baru",
        "0812",
        "1111",
        "Warga",
        "UMKM Sri",
    ):
        assert secret not in everything


def test_names_in_file_names_do_not_reach_ids_or_reports(tmp_path):
    c = corpus(
        tmp_path,
        **{
            "chats/Chat WhatsApp dengan Bu Sri.txt": CHAT.replace("09.4", "10.4"),
            "transcripts/wawancara-harun_al_rasyid.txt": INTERVIEW,
        },
    )
    everything = c.messages.to_csv() + c.utterances.to_csv() + c.reports.to_csv()
    assert "ri.txt" not in everything
    assert "harun" not in everything.lower()


def test_an_explicit_mention_keeps_its_use_as_addressee(tmp_path):
    c = corpus(tmp_path)
    sri = c.messages.loc[c.messages["text"] == "monggo", "member"].iloc[0]
    assert f"@{sri}" in "".join(c.messages["text"])


def test_pseudonyms_do_not_depend_on_order_or_company(tmp_path):
    whole = corpus(tmp_path / "a")
    rows = MEMBERS.splitlines()
    turned = "\n".join([rows[0], *rows[:0:-1]]) + "\n"
    other = corpus(tmp_path / "b", **{"members.csv": turned, "transcripts/wawancara-02.txt": None})
    assert set(other.members["member"]) < set(whole.members["member"])


def test_participants_on_no_roster_get_a_pseudonym_of_their_own_kind(tmp_path):
    c = corpus(tmp_path)
    who = c.utterances.dropna(subset="member").set_index("transcript")["member"]
    assert who["wawancara-01"].startswith("M")
    assert who["wawancara-02"].startswith("P")


def test_two_owners_who_both_sign_with_no_name_are_named_by_each_others_exports(tmp_path):
    def seen_by(owner):
        said = [("Bu Sri", "pagi, ada rapat?"), ("Mbak Nur", "ada, jam sembilan"), ("Bu Sri", "siap")]
        lines = [(("Anda" if who == owner else who), text) for who, text in said]
        return "".join(f"24/07/24 09.4{k} - {who}: {text}\n" for k, (who, text) in enumerate(lines))

    chats = {f"chats/umkm{copy}.txt": seen_by(owner) for copy, owner in (("", "Bu Sri"), (" (1)", "Mbak Nur"))}
    c = two(tmp_path, **{"members.csv": NOBODY.replace("none", "quotes"), **chats})
    assert len(c.messages) == 3
    assert (c.strangers, c.reports["shared"].sum()) == (0, 3)
    assert c.messages["member"].nunique() == 2
    assert not any("signs its owner" in problem for problem in c.problems)


def test_dates_are_the_local_day(tmp_path):
    c = corpus(tmp_path)
    assert c.members["joined"].min() == pd.Timestamp("2023-06-24", tz="Asia/Jakarta")


def coded_by(*coders, unit="wawancara-01-002", words=",,"):
    """A file of codings of one unit. words: memo, translation and quotation."""
    head = "unit_id,start,end,code,coder,round,text_sha256,memo,translation,quotation\n"
    sha = hashlib.sha256(b"x").hexdigest()
    return head + "".join(f"{unit},0,5,trust,{coder},1,{sha},{words}\n" for coder in coders)


def test_codings_are_scrubbed_and_those_of_units_that_are_gone_are_gone(tmp_path):
    sha = hashlib.sha256(b"x").hexdigest()
    rows = "unit_id,start,end,code,coder,round,text_sha256,memo,translation,quotation\n"
    rows += f"wawancara-01-002,0,5,trust,a,1,{sha},kata Bu Sri,,saya dan Bu Sri\n"
    rows += f"wawancara-03-002,0,5,,a,1,{sha},,,\n"
    rows += f"wawancara-09-002,0,5,,a,,{sha},,,\n"
    c = corpus(tmp_path, **{"codings/coder-a.csv": rows})
    assert c.codings["unit_id"].tolist() == ["wawancara-01-002", "wawancara-09-002"]
    assert "Sri" not in c.codings["memo"][0]
    assert c.codings["quotation"][0].startswith("saya dan M")
    assert c.codings["round"].tolist() == [1, 1]
    assert pd.isna(c.codings["code"][1])
    assert "1 codings refer to units that do not exist" in c.problems[-1]


def test_of_a_unit_that_is_not_there_nobody_knows_whose_words_its_codings_quote(tmp_path):
    rows = coded_by("a", unit="wawancara-09-002", words="curhat,secret,rahasia")
    c = corpus(tmp_path, **{"codings/a.csv": rows})
    assert c.codings[["memo", "translation", "quotation"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("coders", "shown"),
    [
        (("coder-b", "coder-a", "consensus"), ["coder-b", "coder-a", "consensus"]),
        (("Sinta", "Budi", "consensus"), ["coder 2", "coder 1", "consensus"]),
        (("Sinta Wati", "Rina Wati"), ["coder 2", "coder 1"]),
        (("Budi", "Rina Wati", "Bu Sri"), ["coder 1", "coder 2", "member"]),
        (("Budi", "Mbak Tutik"), ["coder 1", "coder 2"]),
    ],
)
def test_two_coders_are_never_taken_for_one_and_none_is_named_next_to_one_who_is_not(tmp_path, coders, shown):
    c = corpus(tmp_path, **{"codings/all.csv": coded_by(*coders)})
    sri = next(member for member, role in zip(c.members["member"], c.members["role"], strict=True) if role == "chair")
    assert [name.replace(sri, "member") for name in c.codings["coder"]] == shown


def test_a_memo_calls_coders_as_the_table_does(tmp_path):
    rows = coded_by("Sinta", "Budi", "consensus", words="Sinta dan Budi sepakat,,")
    c = corpus(tmp_path, **{"codings/all.csv": rows})
    assert set(c.codings["memo"]) == {"coder 2 dan coder 1 sepakat"}


def test_the_coder_of_decisions_is_called_as_the_step_coding_calls_it():
    assert identities.CONSENSUS == human.CONSENSUS


def test_what_is_missing_gives_empty_tables(tmp_path):
    only = dict.fromkeys(("members.csv", "partnerships.csv", *(f"transcripts/wawancara-0{i}.txt" for i in (1, 2, 3))))
    c = corpus(tmp_path, **only)
    assert c.utterances.empty
    assert c.partnerships.empty
    assert c.codings.empty
    assert c.members["consent"].unique().tolist() == ["aggregate"]
    assert "There is no members.csv" in c.problems[0]


def test_the_exporting_phones_owner_has_to_be_named(tmp_path):
    c = corpus(tmp_path, **{"chats/Chat WhatsApp dengan UMKM Guyub.txt": CHAT.replace("- Bu Sri:", "- Anda:")})
    assert any("signs its owner's messages with Anda" in problem for problem in c.problems)
    assert "Anda membuat grup" in c.messages["text"][0]


def test_the_codebook_and_the_sample_leave_ingest_as_tables_without_names(tmp_path):
    sample = "unit_id,draw,inclusion_probability,drawn\numkm-1,1,.25,yes\numkm-2,1,.25,no\n"
    c = corpus(tmp_path, **{"codebook.yaml": CODEBOOK, "sample.csv": sample})
    book = Codebook.of_table(c.codebook)
    assert (book.names, book.version, book.language) == (("informal", "humour"), "2", "id")
    assert re.fullmatch(r"wkwk M[A-Z2-7]{4} ketiduran", book["humour"].example)
    assert re.fullmatch(r"interview-[a-z2-7]{4}", book["humour"].introduced)
    assert c.sample.to_numpy().tolist() == [["umkm-1", "1", 0.25, True], ["umkm-2", "1", 0.25, False]]


def test_without_a_codebook_and_a_sample_their_tables_are_empty(tmp_path):
    c = corpus(tmp_path)
    assert c.codebook.empty
    assert c.sample.empty


def test_nicknames_in_irc_events_and_of_discord_accounts_stay_nobodys_name(tmp_path):
    """Of people who never write in IRC, and of Discord accounts whose nickname others use in their talk."""
    log = (
        "=== lurker [~l@unaffiliated/lurkie] has joined #u\n[12:18] <usual> hai\n=== usual is now known as usual-away\n"
    )
    author = {"name": "bu.sri", "nickname": "Srikandi Kripik"}
    said = {"type": "Default", "timestamp": "2024-07-24T09:43:01+07:00", "author": author, "content": "halo"}
    asked = said | {"author": {"name": "budi"}, "content": "kata Srikandi Kripik besok"}
    rows = [said | {"id": "1"}, asked | {"id": "2"}]
    server = json.dumps({"guild": {"name": "U"}, "channel": {"name": "umum"}, "messages": rows})
    c = corpus(tmp_path, **{"chats/2004-11-15.txt": log, "chats/umum.json": server})
    text = "\n".join(c.messages["text"])
    assert not any(name in text for name in ("lurk", "usual", "Srikandi"))
    assert "[NAME] is" not in text
    assert re.search(r"kata M[A-Z2-7]{4} besok", text)


def test_members_who_may_be_senders_under_another_name_are_reported_to_count_twice(tmp_path):
    c = corpus(tmp_path, **{"members.csv": MEMBERS + "Diah Baru,,,,,,quotes\n"})
    assert any(problem.startswith("1 member of the roster wrote nothing. A member who") for problem in c.problems)
    known = corpus(tmp_path / "known", **{"members.csv": MEMBERS.replace("Mbak Nur,", "Mbak Nur;Orang Baru,")})
    assert not any("counts twice" in problem for problem in known.problems)


def test_a_sender_who_may_be_a_participant_under_another_name_stops_with_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"2 people go by the name Bu Sri\n.*one row of members\.csv with all names"):
        corpus(tmp_path, **{"members.csv": "name\nHarun Al Rasyid\n", "partnerships.csv": "member_a,member_b\n"})


def test_a_stage_that_runs_again_counts_its_marks_once(tmp_path):
    raw = gather(write(tmp_path), tz="Asia/Jakarta", date_order=None)
    people = identities.pseudonymiser(raw, b"k" * 32)
    assert identities.exports(raw, people).marks == identities.exports(raw, people).marks
