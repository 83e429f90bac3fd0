"""The step ingest: a raw folder becomes tables in which every line is accounted for and nobody has a name."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from types import SimpleNamespace

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis import figures, study, tables
from analysis.codebook import Codebook
from analysis.errors import InputError
from analysis.ingest import page as pictures
from analysis.ingest import step
from analysis.ingest.corpus import read_corpus
from analysis.ingest.keys import fingerprint

DEMO = "guyub-demo-key-not-secret"
CHAT = """24/07/24 09.40 - Anda membuat grup "UMKM Guyub"
24/07/24 09.41 - Pak Harun menambahkan +62 813-1111-2222
24/07/24 09.43 - Bu Sri: Pagi semua, nomor saya 0812-3456-7890
24/07/24 09.44 - Pak Harun: pagi Bu Sri, @6281234567890
24/07/24 09.44 - +62 813-1111-2222: Mbak Tutik titip salam untuk harun
24/07/24 09.45 - Tutik Handayani: iya, rumah saya Jl. Mawar No. 3
24/07/24 09.46 - Orang Baru: kenalkan
24/07/24 09.47 - Bu Sri: monggo <Pesan ini diedit>
"""
MEMBERS = """name,aliases,phones,sector,role,joined,consent
Sri Wahyuni,Bu Sri;Sri,+62 812-3456-7890,food,chair,2023-06-24,quotes
Harun Al Rasyid,Pak Harun,,services,secretary,,aggregate
Nur Aini,Mbak Nur,0813 1111 2222,fashion,,2024-01-01,
Tutik Handayani,Mbak Tutik,,,,,none
"""
PARTNERSHIPS = """member_a,member_b,since,kind
Sri Wahyuni,Harun Al Rasyid,2024-03-01,supply
Nur Aini,Tutik Handayani,2024-03-01,joint
"""
INTERVIEW = """# peserta: Sri Wahyuni

Pewawancara: Siapa rekan Ibu?

Bu Sri: Pak Harun dan Mbak Tutik.
"""


def write(raw, **more):
    files = {
        "chats/Chat WhatsApp dengan UMKM Guyub.txt": CHAT, "members.csv": MEMBERS, "partnerships.csv": PARTNERSHIPS,
        "transcripts/wawancara-01.txt": INTERVIEW,
        "transcripts/wawancara-02.txt": INTERVIEW.replace("Sri Wahyuni", "Warga Luar").replace("Bu Sri", "Warga"),
        "transcripts/wawancara-03.txt": INTERVIEW.replace("Sri Wahyuni", "Tutik Handayani").replace("Bu Sri", "Tutik"),
    } | more  # fmt: skip
    for name, text in files.items():
        if text is not None:
            (raw / name).parent.mkdir(parents=True, exist_ok=True)
            (raw / name).write_text(text, encoding="utf-8")
    return raw


def corpus(folder, **more):
    return read_corpus(write(folder, **more), tz="Asia/Jakarta", date_order=None, key=b"k" * 32)


def test_every_table_fits_its_schema(tmp_path):
    c = corpus(tmp_path)
    for name in ("messages", "utterances", "members", "partnerships", "codings"):
        tables.conform(getattr(c, name), getattr(tables, name.capitalize()))


def test_senders_are_known_by_alias_number_and_name(tmp_path):
    c = corpus(tmp_path)
    said = c.messages.dropna(subset="member").set_index("text")["member"]
    assert said.filter(like="Pagi semua").iloc[0] == said["monggo"]
    assert c.members.set_index("member")["sector"].get(said["monggo"]) == "food"
    assert c.members["sector"].eq("fashion").sum() == 1
    assert c.strangers == 1


def test_nothing_of_a_member_who_withholds_consent_is_left(tmp_path):
    c = corpus(tmp_path)
    everything = c.messages.to_csv() + c.utterances.to_csv() + c.members.to_csv() + c.partnerships.to_csv()
    assert "utik" not in everything
    assert len(c.members) == 5
    assert c.withheld == {
        "members": 1, "messages": 1, "utterances": 2, "partnerships": 1, "codings": 0, "mentions": 3,
    }  # fmt: skip
    assert "[WITHHELD] titip salam" in "".join(c.messages["text"])
    assert set(c.utterances["transcript"]) == {"wawancara-01", "wawancara-02"}


NOBODY = "name,consent,aliases,phones\nSri Wahyuni,quotes,Bu Sri,\nNur Aini,none,Mbak Nur,+62 813-1111-2222\n"


def two(folder, **more):
    """The tables of a community of Bu Sri and of Mbak Nur, who withholds consent."""
    others = dict.fromkeys(("partnerships.csv", *(f"transcripts/wawancara-0{i}.txt" for i in (1, 2, 3))))
    if any(name.startswith("chats/") for name in more):
        others["chats/Chat WhatsApp dengan UMKM Guyub.txt"] = None
    return corpus(folder, **{"members.csv": NOBODY, **others, **more})


def test_a_withheld_number_is_known_with_the_dashes_of_an_iphone(tmp_path):
    chat = (
        "[24/07/24, 09.43.01] \u202a+62 813\u20111111\u20112222\u202c: rahasia\n[24/07/24, 09.44.02] Bu Sri: monggo\n"
    )
    c = two(tmp_path, **{"chats/umkm.txt": chat})
    assert "rahasia" not in c.messages.to_csv()
    assert (c.withheld["messages"], c.strangers) == (1, 0)


def test_an_interview_is_withheld_by_its_metadata_whoever_its_turns_are_given_to(tmp_path):
    talk = "# peserta: Nur Aini\n\nPewawancara: Apa kabar?\n\nrahasia besar saya.\n"
    c = two(tmp_path, **{"transcripts/wawancara-01.txt": talk})
    assert "wawancara-01" not in set(c.utterances["transcript"])


def test_copies_of_what_a_withheld_member_said_go_with_it(tmp_path):
    pasted = (
        "24/07/24 09.43 - Bu Sri: tadi:\n23/07/24 09.00 - Mbak Nur: rahasia\nlagi rahasia\n"
        "23/07/24 09.01 - Bu Sri: oh\n"
    )
    c = two(tmp_path, **{"chats/umkm.txt": pasted})
    text = c.messages["text"].iloc[0]
    assert "rahasia" not in text
    assert "[WITHHELD]" in text
    assert text.endswith("oh")


def test_a_message_forwarded_from_a_withheld_member_is_withheld(tmp_path):
    records = [
        {"id": k, "type": "message", "date": "2024-07-24T09:43:00", "from": "Bu Sri", "text": text, **more}
        for k, (text, more) in enumerate([("rahasia", {"forwarded_from": "Mbak Nur"}), ("monggo", {})])
    ]
    chat = json.dumps({"name": "UMKM", "type": "private_group", "id": 1, "messages": records})
    c = two(tmp_path, **{"chats/umkm.json": chat})
    assert "rahasia" not in c.messages.to_csv()
    assert c.messages["text"].tolist().count("[WITHHELD]") == 1


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


def test_two_owners_who_both_sign_with_no_name_are_told_by_each_others_exports(tmp_path):
    def seen_by(owner):
        said = [("Bu Sri", "pagi, ada rapat?"), ("Mbak Nur", "ada, jam sembilan"), ("Bu Sri", "siap")]
        lines = [(("Anda" if who == owner else who), text) for who, text in said]
        return "".join(f"24/07/24 09.4{k} - {who}: {text}\n" for k, (who, text) in enumerate(lines))

    chats = {f"chats/umkm{copy}.txt": seen_by(owner) for copy, owner in (("", "Bu Sri"), (" (1)", "Mbak Nur"))}
    c = two(tmp_path, **{"members.csv": NOBODY.replace("none", "quotes"), **chats})
    assert len(c.messages) == 3
    assert (c.strangers, c.shared) == (0, 3)
    assert c.messages["member"].nunique() == 2
    assert not any("signs its owner" in problem for problem in c.problems)


def test_consent_that_is_not_stated_counts_in_sums_only(tmp_path):
    c = corpus(tmp_path)
    assert sorted(c.members["consent"]) == ["aggregate"] * 4 + ["quotes"]


def test_dates_are_the_local_day(tmp_path):
    c = corpus(tmp_path)
    assert c.members["joined"].min() == pd.Timestamp("2023-06-24", tz="Asia/Jakarta")


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
    assert "1 codings refer to units that are not there" in c.problems[-1]


def test_words_kept_from_a_spreadsheet_as_text_are_read_as_they_were(tmp_path):
    sha = hashlib.sha256(b"x").hexdigest()
    rows = "unit_id,start,end,code,coder,round,text_sha256,memo,translation,quotation\n"
    rows += f"wawancara-01-002,0,5,trust,a,1,{sha},'= beli,'pun,'+ ongkir\n"
    c = corpus(tmp_path, **{"codings/coder-a.csv": rows})
    assert c.codings.loc[0, ["memo", "translation", "quotation"]].tolist() == ["= beli", "'pun", "+ ongkir"]


def test_what_is_missing_gives_empty_tables(tmp_path):
    only = dict.fromkeys(("members.csv", "partnerships.csv", *(f"transcripts/wawancara-0{i}.txt" for i in (1, 2, 3))))
    c = corpus(tmp_path, **only)
    assert c.utterances.empty
    assert c.partnerships.empty
    assert c.codings.empty
    assert c.members["consent"].unique().tolist() == ["aggregate"]
    assert "There is no members.csv" in c.problems[0]


def test_a_study_without_a_chat_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no chat to read"):
        corpus(tmp_path, **{"chats/Chat WhatsApp dengan UMKM Guyub.txt": None})


def test_a_file_in_chats_that_is_no_chat_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"catatan\.txt: no message found"):
        corpus(
            tmp_path,
            **{"chats/catatan.txt": "beli gula\n", "chats/README.md": "x", "chats/.DS_Store": "x"}
            | {"chats/README.md": None},
        )


def test_a_folder_without_chats_is_itself_looked_through(tmp_path):
    raw = write(
        tmp_path,
        **{
            "chats/Chat WhatsApp dengan UMKM Guyub.txt": None,
            "catatan.txt": "beli gula",
            "README.md": "Bu Sri",
            "UMKM.txt": CHAT,
        },
    )
    (raw / "chats").rmdir() if (raw / "chats").exists() else None
    c = read_corpus(raw, tz="Asia/Jakarta", date_order=None, key=b"k" * 32)
    assert len(c.messages) == 7
    left = c.reports[c.reports["part"] == "not read"].set_index("source")["note"]
    assert left["catatan.txt"].startswith("not read, because: no message found")
    assert left["README.md"] == "not read, because: a readme or licence"


def test_what_is_neither_transcript_nor_coding_is_left_alone_and_named(tmp_path):
    c = corpus(tmp_path, **{"transcripts/README.md": "x", "codings/study.qdpx": "x"})
    left = c.reports[c.reports["part"] == "not read"].set_index("source")["note"]
    assert left.to_dict() == {
        "README.md": "not read, because: a readme",
        "study.qdpx": "not read, because: no table of codings (.csv)",
    }


def test_the_exporting_phones_owner_has_to_be_named(tmp_path):
    c = corpus(tmp_path, **{"chats/Chat WhatsApp dengan UMKM Guyub.txt": CHAT.replace("- Bu Sri:", "- Anda:")})
    assert any("signs its owner's messages with Anda" in problem for problem in c.problems)
    assert "Anda membuat grup" in c.messages["text"][0]


def test_the_roster_settles_where_a_senders_name_ends(tmp_path):
    members = MEMBERS + "Karim,Ketua RT: Karim,,,,,quotes\n"
    chat = CHAT + "24/07/24 09.50 - Ketua RT: Karim: besok: jam 7\n"
    c = corpus(tmp_path, **{"members.csv": members, "chats/Chat WhatsApp dengan UMKM Guyub.txt": chat})
    assert c.messages["text"].iloc[-1] == "besok: jam 7"


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("members.csv", "nama\nX\n", "no column name"),
        ("members.csv", "name,umur\nX,3\n", "unknown column umur"),
        ("members.csv", "name,consent\nX,maybe\n", r"members\.csv:2: consent is 'maybe'"),
        ("members.csv", "name,consent\nX,quotes\n,quotes\n", r"members\.csv:3: a member without a name"),
        ("members.csv", "name\nX\nx\n", "stands twice"),
        ("members.csv", "name,phones\nX,12\n", "no telephone number"),
        ("members.csv", "name,joined\nX,24/07/2024\n", r":2: '24/07/2024' is no date"),
        ("members.csv", "name,aliases\nA,Bu Sri\nB,Bu Sri\n", r"Guyub\.txt:3: . members go by the name Bu Sri"),
        ("partnerships.csv", "member_a,member_b\nBu Sri,\n", r"partnerships\.csv:2: nobody goes by the name"),
        ("partnerships.csv", "member_a,member_b\nBu Sri\n", r"partnerships\.csv:2: 1 cell under 2 columns"),
        ("members.csv", "name,name\nX,Y\n", "several columns name"),
        ("codings/a.csv", "unit_id,start,end,coder,text_sha256\nx,1,one,a,0\n", r"a\.csv:2: end is 'one'"),
        ("codebook.yaml", "version: 1\ncodes:\n  - {name: a}\n", r"codebook\.yaml:3: here is no 'definition'"),
        ("sample.csv", "unit_id,inclusion_probability\nx,2\n", r"sample\.csv:2: '2' is no probability"),
        ("partnerships.csv", "member_a,member_b\nBu Sri,Sri Wahyuni\n", r"csv:2: both names are of one member"),
        ("codings/a.csv", "unit_id,start\nx,1\n", "no column end"),
    ],
)  # fmt: skip
def test_a_table_that_is_wrong_is_refused_with_the_place(tmp_path, name, text, what):
    with pytest.raises(InputError, match=what):
        corpus(tmp_path, **{name: text})


# The step


def paths(tmp_path, simulated=None) -> study.Paths:
    raw = write(tmp_path / "data" / "raw")
    if simulated:
        raw.joinpath("MANIFEST.csv").write_text(f"path,simulated\nmembers.csv,{simulated}\n", encoding="utf-8")
    return study.Paths(tmp_path)


PARAMS = step.Params(tz="Asia/Jakarta", date_order=None, demo_key=DEMO)


CODEBOOK = """\
version: 2
language: id
codes:
  - name: informal
    definition: Serves no task.
    children:
      - {name: humour, definition: Teases, example: wkwk Bu Sri ketiduran, introduced: wawancara Pak Harun}
"""


def test_the_codebook_and_the_sample_leave_ingest_as_tables_without_names(tmp_path):
    sample = "unit_id,draw,inclusion_probability,drawn\numkm-1,1,.25,yes\numkm-2,1,.25,no\n"
    c = corpus(tmp_path, **{"codebook.yaml": CODEBOOK, "sample.csv": sample})
    book = Codebook.of_table(c.codebook)
    assert (book.names, book.version, book.language) == (("informal", "humour"), "2", "id")
    assert re.fullmatch(r"wkwk M[A-Z2-7]{4} ketiduran", book["humour"].example)
    assert re.fullmatch(r"wawancara-m[a-z2-7]{4}", book["humour"].introduced)
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


def test_a_simulated_study_uses_the_public_key_and_makes_none(tmp_path):
    p = paths(tmp_path, "yes")
    step.run(PARAMS, p)
    assert not p.secrets.exists()


def test_a_real_study_makes_a_key_that_only_its_owner_can_read_and_keeps_it(tmp_path):
    p = paths(tmp_path)
    first = step.run(PARAMS, p)
    key = p.secrets / "pseudonym.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    second = step.run(PARAMS, p)
    assert first.corpus.members.equals(second.corpus.members)
    made = key.read_text().strip()
    for file in [*p.processed("ingest").iterdir(), p.metrics("ingest")]:
        assert made.encode() not in file.read_bytes()


def test_a_second_run_leaves_the_keys_fingerprint_as_it_is(tmp_path):
    p = paths(tmp_path)
    step.run(PARAMS, p)
    mark = p.root / ".guyub" / "pseudonym-key.fingerprint"
    before = mark.stat().st_mtime_ns
    step.run(PARAMS, p)
    assert mark.stat().st_mtime_ns == before


def test_a_missing_key_is_explained_and_not_made_again(tmp_path):
    p = paths(tmp_path)
    step.run(PARAMS, p)
    (p.secrets / "pseudonym.key").unlink()
    with pytest.raises(InputError, match="the key of this study's pseudonyms is missing") as error:
        step.run(PARAMS, p)
    assert "backup" in str(error.value)


@pytest.mark.parametrize(
    ("key", "what"), [("ab" * 32, "not the key"), ("kunci", "this is no key"), ("", "this is no key")]
)
def test_another_key_or_a_broken_one_is_refused(tmp_path, key, what):
    p = paths(tmp_path)
    step.run(PARAMS, p)
    (p.secrets / "pseudonym.key").write_text(key)
    with pytest.raises(InputError, match=what):
        step.run(PARAMS, p)


def test_a_fingerprint_tells_keys_apart_without_giving_them_away():
    assert fingerprint(b"a") != fingerprint(b"b")
    assert len(fingerprint(b"a")) == 16


def test_equal_inputs_give_equal_bytes(tmp_path):
    prints = []
    for folder in ("a", "b"):
        p = paths(tmp_path / folder, "yes")
        step.run(PARAMS, p)
        files = [*sorted(p.processed("ingest").iterdir()), p.metrics("ingest")]
        prints.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert prints[0] == prints[1]


def test_no_name_is_left_in_the_bytes_that_the_step_writes(tmp_path):
    p = paths(tmp_path, "yes")
    step.run(PARAMS, p)
    for file in p.processed("ingest").iterdir():
        table = pq.read_table(file)
        everything = str(table.schema.metadata) + table.to_pandas().to_csv()
        for secret in ("Sri", "Harun", "Tutik", "Mawar", "peserta"):
            assert secret not in everything, file.name


@pytest.mark.parametrize(
    ("given", "none", "shown"),
    [
        ({"quotes": 37, "aggregate": 2}, 1, {"aggregate or none": 3, "quotes": 37}),
        ({"quotes": 32, "aggregate": 7}, 1, {"aggregate or none": 8, "quotes": 32}),
        ({"quotes": 5, "aggregate": 4}, 0, {"aggregate": 4, "quotes": 5}),
        ({"aggregate": 2}, 0, {"aggregate": 2}),
    ],
)
def test_no_answer_of_fewer_than_three_people_is_a_row_of_its_own(given, none, shown):
    answers = [answer for answer, n in given.items() for _ in range(n)]
    corpus = SimpleNamespace(members=pd.DataFrame({"consent": answers}), withheld={"members": none})
    assert step.consent_counts(corpus).set_index("consent")["members"].to_dict() == shown


def test_the_page_shows_what_came_in(tmp_path):
    result = step.run(PARAMS, paths(tmp_path))
    sentences = [
        pictures.answer(result), pictures.say_conservation(result), pictures.say_activity(result),
        pictures.say_consent(result), pictures.say_scrubbing(result), pictures.say_recall(result),
        pictures.say_problems(result),
    ]  # fmt: skip
    assert all(sentence.endswith(".") for sentence in sentences)
    assert pictures.conservation_table(result)["lines"].sum() == result.metrics["lines"]
    assert pictures.consent_table(result)["members"].tolist() == [6]
    assert pictures.scrub_table(result).sum(numeric_only=True).sum() == sum(result.metrics["marks"].values())
    assert pictures.recall_table(result)["recall"].between(0, 1).all()
    for figure in (pictures.activity_figure(result), pictures.hours_figure(result)):
        assert figure.alt
        figures.show(figure, "")
    figures.checks(pictures.page_checks(result))


def activity_over(*times):
    messages = pd.DataFrame({"time": pd.to_datetime(times, utc=True), "channel": "a", "kind": "text"})
    return SimpleNamespace(corpus=SimpleNamespace(messages=messages), tz="Asia/Jakarta")


def test_weeks_that_the_messages_fill_in_part_are_not_drawn():
    """Wednesday to Wednesday, ten weeks apart: the nine whole weeks between are left."""
    days = pd.date_range("2024-01-03 05:00", "2024-03-13 05:00", freq="D").astype(str)
    counts, period = pictures.activity(activity_over(*days))
    assert (period, counts["a"].tolist()) == ("week", [7] * 9)
    assert "is not drawn" in pictures.activity_figure(activity_over(*days)).caption


def test_of_a_short_chat_every_day_is_drawn():
    result = activity_over("2024-01-03 05:00", "2024-01-04 05:00")
    assert pictures.activity(result)[0]["a"].tolist() == [1, 1]
    assert "is not drawn" not in pictures.activity_figure(result).caption


def test_an_alarm_rings_when_a_line_is_lost(tmp_path):
    result = step.run(PARAMS, paths(tmp_path))
    result.corpus.reports.loc[0, "continuation"] += 1
    with pytest.raises(AssertionError, match="not accounted for"):
        figures.checks(pictures.page_checks(result))


def test_a_table_in_another_encoding_is_refused_and_no_name_read_wrongly(tmp_path):
    raw = write(tmp_path)
    (raw / "members.csv").write_bytes("name,consent\nX,quotes\nRené,quotes\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"members\.csv:3: here are bytes that are no UTF-8.*\n.*CSV UTF-8"):
        read_corpus(raw, tz="Asia/Jakarta", date_order=None, key=b"k" * 32)


def test_without_a_folder_of_chats_a_workspace_is_read_and_other_folders_are_told(tmp_path):
    raw = write(tmp_path, **{"chats/Chat WhatsApp dengan UMKM Guyub.txt": None, "lama/UMKM.txt": CHAT})
    (raw / "chats").rmdir() if (raw / "chats").exists() else None
    said = {"type": "message", "user": "U1", "text": "halo", "ts": "1721800000.000100"}
    for name, content in (("users", [{"id": "U1", "name": "sri", "real_name": "Bu Sri"}]), ("umum/2024-07-24", [said])):
        place = raw / "mekar" / f"{name}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(content), encoding="utf-8")
    c = read_corpus(raw, tz="Asia/Jakarta", date_order=None, key=b"k" * 32)
    assert c.messages["text"].tolist() == ["halo"]
    left = c.reports[c.reports["part"] == "not read"].set_index("source")["note"]
    assert left["UMKM.txt"] == "not read, because: it lies in a folder other than chats"


def test_members_who_may_be_senders_under_another_name_are_told_to_count_twice(tmp_path):
    c = corpus(tmp_path, **{"members.csv": MEMBERS + "Diah Baru,,,,,,quotes\n"})
    assert any(problem.startswith("1 member of the roster wrote nothing. Whoever") for problem in c.problems)
    known = corpus(tmp_path / "known", **{"members.csv": MEMBERS.replace("Mbak Nur,", "Mbak Nur;Orang Baru,")})
    assert not any("counts twice" in problem for problem in known.problems)


def test_without_a_roster_nobody_is_said_to_consent(tmp_path):
    found = paths(tmp_path)
    for name in ("members.csv", "partnerships.csv", "transcripts/wawancara-01.txt", "transcripts/wawancara-03.txt"):
        (found.raw / name).unlink()
    said = pictures.say_consent(step.run(PARAMS, found))
    assert said.startswith("What anybody agreed to is not known")
    assert "withholds" not in said


def test_a_sender_who_may_be_a_participant_under_another_name_is_told_how_to_say_so(tmp_path):
    with pytest.raises(InputError, match=r"2 people go by the name Bu Sri\n.*one row of members\.csv with all names"):
        corpus(tmp_path, **{"members.csv": "name\nHarun Al Rasyid\n", "partnerships.csv": "member_a,member_b\n"})
