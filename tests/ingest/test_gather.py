"""A raw folder is read whole, or refused with the file and the line; what is left alone is named."""

from __future__ import annotations

import hashlib
import json

import pytest

from analysis import tables
from analysis.errors import InputError
from analysis.ingest.corpus import read_corpus
from analysis.ingest.gather import gather
from analysis.ingest.readers import tabular
from analysis.privacy import Directory

from .community import CHAT, INTERVIEW, MEMBERS, corpus, write


def test_a_study_without_a_chat_is_one_of_its_interviews(tmp_path):
    alone = corpus(tmp_path, **{"chats/Chat WhatsApp dengan UMKM Guyub.txt": None})
    assert alone.messages.empty
    assert len(alone.utterances)


def test_a_study_without_a_chat_and_an_interview_is_refused(tmp_path):
    (tmp_path / "members.csv").write_text(MEMBERS, encoding="utf-8")
    with pytest.raises(InputError, match="there is no chat and no interview to read"):
        read_corpus(tmp_path, tz="Asia/Jakarta", date_order=None, key=b"key")


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


def test_the_roster_settles_where_a_senders_name_ends(tmp_path):
    members = MEMBERS + "Karim,Ketua RT: Karim,,,,,quotes\n"
    chat = CHAT + "24/07/24 09.50 - Ketua RT: Karim: besok: jam 7\n"
    c = corpus(tmp_path, **{"members.csv": members, "chats/Chat WhatsApp dengan UMKM Guyub.txt": chat})
    assert c.messages["text"].iloc[-1] == "besok: jam 7"


def test_a_memo_on_a_passage_that_was_not_coded_is_no_coding(tmp_path):
    digest, chat = hashlib.sha256(b"x").hexdigest(), "umkm-guyub-20240724T02"
    rows = ["unit_id,start,end,code,coder,text_sha256,memo", f"{chat}43-1,0,0,,ani,{digest},unsure"]
    rows += [f"{chat}44-1,0,1,,ani,{digest},none applies", f"{chat}45-1,0,0,,ani,{digest},"]
    raw = gather(write(tmp_path, **{"codings/ani.csv": "\n".join(rows) + "\n"}), tz="Asia/Jakarta", date_order=None)
    assert raw.codings["unit_id"].tolist() == [f"{chat}44-1", f"{chat}45-1"]


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("members.csv", "nama\nX\n", "no column name"),
        ("members.csv", "name,umur\nX,3\n", "unknown column umur"),
        ("members.csv", "name,telepon,sejak\nX,3,\n", r"phones by telepon\? Did you mean joined by sejak\?"),
        ("members.csv", "name,alias,panggilan\nX,Y,Z\n", r"aliases by alias\? It may have"),
        ("partnerships.csv", "member_a,member_b,mulai\nX,Y,\n", r"since by mulai\?"),
        ("members.csv", "name,consent\nX,maybe\n", r"members\.csv:2: consent is 'maybe'"),
        ("members.csv", "name,consent\nX,quotes\n,quotes\n", r"members\.csv:3: a member without a name"),
        ("members.csv", "name\nX\nx\n", "has two rows"),
        ("members.csv", "name,phones\nX,12\n", "not a telephone number"),
        ("members.csv", "name,joined\nX,24/07/2024\n", r":2: '24/07/2024' is not a date"),
        ("members.csv", "name,aliases\nA,Bu Sri\nB,Bu Sri\n", r"Guyub\.txt:3: . members go by the name Bu Sri"),
        ("partnerships.csv", "member_a,member_b\nBu Sri,\n", r"partnerships\.csv:2: nobody goes by the name"),
        ("partnerships.csv", "member_a,member_b\nBu Sri\n", r"partnerships\.csv:2: 1 cell under 2 columns"),
        ("partnerships.csv", "member_a,member_b\nBu Sri,Warga\n", r"csv:2: Warga was only interviewed and is"),
        ("members.csv", "name,name\nX,Y\n", "several columns name"),
        ("codings/a.csv", "unit_id,start,end,coder,text_sha256\nx,1,one,a," + "0" * 64, r"a\.csv:2: end is 'one'"),
        ("codebook.yaml", "version: 1\ncodes:\n  - {name: a}\n", r"yaml:3: the key 'definition' is missing here"),
        ("sample.csv", "unit_id,inclusion_probability\nx,2\n", r"sample\.csv:2: '2' is not a probability"),
        ("partnerships.csv", "member_a,member_b\nBu Sri,Sri Wahyuni\n", r"csv:2: both names are of one member"),
        ("codings/a.csv", "unit_id,start\nx,1\n", "no column end"),
        ("codings/a.csv", f"unit_id,start,end,round,coder,text_sha256\nx,1,2,b,a,{'0' * 64}\n", "csv:2: round is 'b'"),
        ("codings/a.csv", "unit_id,start,end,coder,text_sha256\nx,1,2,a,0\n", r"a\.csv:2: text_sha256 is '0'"),
        ("sample.csv", "unit_id,inclusion_probability\nx,1\nx,1\n", r"sample\.csv:3: the unit 'x' is here twice"),
    ],
)  # fmt: skip
def test_a_table_that_is_wrong_is_refused_with_the_place_and_what_to_do(tmp_path, name, text, what):
    with pytest.raises(InputError, match=what) as error:
        corpus(tmp_path, **{name: text})
    assert error.value.fix or name == "codebook.yaml"  # where what is missing says what to do


def test_a_table_in_another_encoding_is_refused_and_no_name_read_wrongly(tmp_path):
    raw = write(tmp_path)
    (raw / "members.csv").write_bytes("name,consent\nX,quotes\nRené,quotes\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"members\.csv:3: this line has bytes that are not UTF-8.*\n.*CSV UTF-8"):
        read_corpus(raw, tz="Asia/Jakarta", date_order=None, key=b"k" * 32)


def test_without_a_folder_of_chats_a_workspace_is_read_and_other_folders_are_reported(tmp_path):
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


def test_words_kept_from_a_spreadsheet_as_text_are_read_as_they_were(tmp_path):
    sha = hashlib.sha256(b"x").hexdigest()
    rows = "unit_id,start,end,code,coder,round,text_sha256,memo,translation,quotation\n"
    rows += f"wawancara-01-002,0,5,trust,a,1,{sha},'= beli,'pun,'+ ongkir\n"
    c = corpus(tmp_path, **{"codings/coder-a.csv": rows})
    assert c.codings.loc[0, ["memo", "translation", "quotation"]].tolist() == ["= beli", "'pun", "+ ongkir"]


def test_a_table_may_give_messages_the_kinds_that_the_tables_have():
    assert set(tabular.KINDS) == set(tables.KINDS)


def test_two_chats_of_one_table_whose_names_give_one_slug_are_two_on_pages_too(tmp_path):
    rows = ["time,sender,text,id,reply_to,channel"]
    for chat in ("Tim_A", "Tim-A", "Pak Harun", "pak-Harun"):
        rows += [f"2024-07-24T09:43,Bu Sri,a,1,,{chat}", f"2024-07-24T09:44,Pak Harun,b,2,1,{chat}"]
    messages = corpus(tmp_path, **{"chats/tim.csv": "\n".join(rows)}).messages
    own = messages[messages["source"] == "tim.csv"]
    assert own["message_id"].is_unique
    assert own["channel"].value_counts().tolist() == [2] * 4
    channel = own.set_index("message_id")["channel"]
    replies = own.dropna(subset="reply_to")
    assert replies["reply_to"].map(channel).tolist() == replies["channel"].tolist()
    assert len(replies) == 4


@pytest.mark.parametrize("name", ["Sri Wahyuni", "Orang Baru", "Warga Luar"])  # on the roster, in the chat, in neither
def test_every_label_of_a_participant_is_a_name_of_theirs_in_all_texts(tmp_path, name):
    talk = f"# peserta: {name}\n\nPewawancara: Siapa?\n\nLABEL: Saya.\n\nLABEL: Betul.\n"
    labels = {"wawancara-04": "Mbak Yuni", "wawancara-05": "Tante Keripik"}
    texts = {f"transcripts/{number}.txt": talk.replace("LABEL", label) for number, label in labels.items()}
    said = CHAT + "24/07/24 09.48 - Pak Harun: Mbak Yuni ikut, Tante Keripik juga\n"
    c = corpus(tmp_path, **texts, **{"chats/Chat WhatsApp dengan UMKM Guyub.txt": said})
    (own,) = c.utterances.loc[c.utterances["transcript"].isin(labels), "member"].dropna().unique()
    assert c.messages["text"].iloc[-1] == f"{own} ikut, {own} juga"


def test_a_label_that_another_member_goes_by_stays_theirs(tmp_path):
    text = INTERVIEW.replace("Bu Sri:", "Pak Harun:")
    raw = gather(write(tmp_path, **{"transcripts/wawancara-04.txt": text}), tz="Asia/Jakarta", date_order=None)
    assert Directory(raw.roster).who("Pak Harun") == {"harun al rasyid"}


@pytest.mark.parametrize("second", ["desa/wawancara-01.txt", "Wawancara_01.txt"])
def test_two_transcripts_of_one_name_are_refused_with_both_files(tmp_path, second):
    with pytest.raises(InputError, match="two transcripts are called wawancara-01: this one and") as error:
        corpus(tmp_path, **{f"transcripts/{second}": INTERVIEW})
    files = [str(tmp_path / "transcripts" / name) for name in (second, "wawancara-01.txt")]
    assert all(file in str(error.value) for file in files)
    assert error.value.fix


def test_interviews_come_in_the_order_of_their_numbers(tmp_path):
    spoken = "Pewawancara: Apa kabar?\n\nBu Sri: Baik.\n"
    named = {f"transcripts/interview {n}.txt": spoken for n in (1, 2, 9, 10, 11)}
    read = corpus(tmp_path, **named).utterances
    order = [source for source in read["source"].unique() if source.startswith("interview ")]
    assert order == [f"interview {n}.txt" for n in (1, 2, 9, 10, 11)]
