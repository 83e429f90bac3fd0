"""Before a run the raw folder is looked at, and what is wrong is reported in words; nothing is written."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from analysis import cli, errors, study
from analysis.cli import handing
from analysis.errors import InputError
from analysis.ingest import clock, manifest, step
from analysis.ingest.gather import OUTSIDE
from analysis.privacy import FEW
from analysis.tools import add, check

CHAT = """24/07/24 09.43 - Bu Sri: Pagi semua
24/07/24 09.44 - Pak Harun: pagi
24/07/24 09.45 - Mas Harun Rasyid: saya juga
24/07/24 09.46 - +62 813-9999-2222: halo
24/07/24 09.47 - +62 813-9999-2222: halo lagi
24/07/24 09.48 - Toko Berkah: promo
24/07/24 09.49 - Mbak Tutik: nggih
"""
MEMBERS = """name,aliases,phones,sector,role,joined,consent
Sri Wahyuni,Bu Sri;Sri,+62 812-3456-7890,food,chair,2023-06-24,quotes
Harun Al Rasyid,Pak Harun,0857 9999 2222,services,secretary,,
Tutik Handayani,Mbak Tutik,,,,,none
Nur Aini,,+62 811-1111-1111,,,,quotes
"""
FILES = {
    "chats/UMKM Guyub.txt": CHAT,
    "members.csv": MEMBERS,
    "partnerships.csv": "member_a,member_b,since\nSri Wahyuni,Nur Aini,2024-03-01\n",
    "transcripts/wawancara-01.txt": "# peserta: Warga Luar\n\nPewawancara: Apa kabar?\n\nWarga Luar: Baik.\n",
    "codebook.yaml": "version: 1\ncodes:\n  - {name: greeting, definition: Greets.}\n",
    "MANIFEST.csv": "path,simulated\nmembers.csv,no\n",
}


@pytest.fixture
def a_study(bare_study, root) -> study.Paths:
    """A study of four members, before its first run."""
    (bare_study.root / "study.yaml").write_text("title: A study\n", encoding="utf-8")
    write(bare_study, FILES)
    return bare_study


def write(paths: study.Paths, files: dict[str, str]) -> None:
    for name, text in files.items():
        (paths.raw / name).parent.mkdir(parents=True, exist_ok=True)
        (paths.raw / name).write_text(text, encoding="utf-8")


def prints(folder: Path) -> dict[str, str]:
    """Every file with its hash."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_study_that_can_run_is_reported_and_nothing_is_written(a_study, monkeypatch, capsys):
    before = prints(a_study.root)
    monkeypatch.chdir(a_study.root)
    assert cli.main(["check"]) == 0
    said = capsys.readouterr().out
    assert said.endswith("The study can run: dvc repro\n")
    assert prints(a_study.root) == before


def test_what_is_there_is_reported_with_its_numbers(a_study):
    found = "\n".join(check.check(a_study).present)
    assert "UMKM Guyub.txt: whatsapp, 7 messages by 6 people, 2024-07-24 to 2024-07-24; dates read day first" in found
    assert "transcripts: 1 interview, 2 turns" in found
    assert "members.csv: 4 members; consent: 1 aggregate, 1 none and 2 quotes" in found
    assert "partnerships.csv: 1 partnership" in found


def test_a_link_among_the_codings_is_reported_with_all_else(a_study, tmp_path):
    (a_study.raw / "codings").mkdir(exist_ok=True)
    (a_study.raw / "codings" / "other.csv").symlink_to(tmp_path / "elsewhere.csv")
    found = check.check(a_study)
    assert any("other.csv" in stop for stop in found.stops)
    assert not any(line.startswith("codings:") for line in found.missing)
    assert any("4 members" in line for line in found.present)


def test_what_is_missing_is_reported_with_what_follows_from_it(a_study):
    for name in ("partnerships.csv", "codebook.yaml", "MANIFEST.csv"):
        (a_study.raw / name).unlink()
    shutil.rmtree(a_study.raw / "transcripts")
    found = check.check(a_study)
    named = [line.split(":")[0] for line in found.missing]
    tables = ["transcripts", "partnerships.csv", "codings", "annotations", "codebook.yaml", "MANIFEST.csv"]
    assert named == [*tables, "study.yaml"]
    assert found.stops == []


def test_whoever_codes_or_annotates_first_reads_everywhere_that_ingest_alone_is_enough(a_study, root):
    missing = {line.split(":")[0]: line for line in check.check(a_study).missing}
    page = (root / "docs" / "annotating.md").read_text(encoding="utf-8")
    for text in (missing["codings"], missing["annotations"], handing.SAMPLE_GUIDE, handing.ANNOTATE_GUIDE, page):
        assert re.findall(r"dvc repro( \w+)?", text)[0] == " ingest"


def test_an_interview_that_lies_next_to_the_chats_gets_directions(a_study):
    talk = "Pewawancara: Apa manfaatnya?\n\nBu Tutik: Banyak teman.\n"
    shutil.move(a_study.raw / "chats" / "UMKM Guyub.txt", a_study.raw)
    (a_study.raw / "chats").rmdir()  # exports lie in the folder itself
    (a_study.raw / "wawancara.txt").write_text(talk, encoding="utf-8")
    (note,) = (line for line in check.check(a_study).notes if "wawancara.txt" in line)
    assert note.endswith("If it is an interview, put it into data/raw/transcripts.")


def test_a_chat_and_an_interview_in_each_others_folder_are_sent_to_their_own(a_study):
    chat = "".join(f"12/0{day}/2024 09.15 - Ayu Lestari: kue lapis siap\n" for day in range(1, 9))
    talk = "Pewawancara: Sejak kapan jualan?\nAyu: Tahun lalu.\nPewawancara: Apa saja?\nAyu: Kue.\n"
    write(a_study, {"transcripts/obrolan.txt": chat, "chats/wawancara-ayu.txt": talk})
    stops = "\n".join(check.check(a_study).stops)
    assert "obrolan.txt: this is a chat. Move it to data/raw/chats." in stops
    assert "wawancara-ayu.txt: this is an interview. Move it to data/raw/transcripts." in stops


def test_what_each_claim_needs_is_said_next_to_what_is_there(a_study):
    said = check.check(a_study)
    by_claim = {line.split()[0]: line for line in said.needs}
    assert by_claim["C1"].endswith(
        "15 members (6 here) and 100 pairs of members who answer each other (at most 15 here)."
    )
    assert "10 partnerships that begin within the time of the chats (at most 0 here)" in by_claim["C2"]
    assert "30 messages with business news (shows once messages are coded) and 4 weeks" in by_claim["C3"]
    assert by_claim["C4"].endswith("3 participants of interviews (1 here).")
    assert "With these files C1, C2, C3, C4 and R1 cannot be assessed, however much is coded" in said.text()
    assert "on that have it, in 5 conversations. So far none is coded: there are no codings." in said.text()
    assert said.needs[-1].endswith("from 30 annotated messages on (0 here).")


def test_how_often_the_codes_that_claims_count_were_given_is_said(a_study):
    write(a_study, {"codebook.yaml": "version: 1\ncodes:\n  - {name: business_news, definition: News.}\n"})
    codings(a_study, "pagi", code="business_news")
    (line,) = (line for line in check.check(a_study).needs if "conversations" in line)
    assert "from 20 coded messages on" in line
    assert line.endswith(": informal interaction 0, information sharing 0, partnership 0 and business news 1.")


def test_how_many_messages_with_news_are_known_is_said_as_soon_as_messages_are_coded(a_study):
    write(a_study, {"codebook.yaml": "version: 1\ncodes:\n  - {name: business_news, definition: News.}\n"})
    codings(a_study, "pagi", code="business_news")
    needed = "30 messages with business news"
    (line,) = (line for line in check.check(a_study).needs if needed in line)
    assert f"{needed} (1 of 1 coded message; how many in all shows after `dvc repro coding`) and 4 weeks" in line
    codings(a_study, "pagi", code="")
    assert any(f"{needed} (0 of 1 coded message; " in line for line in check.check(a_study).needs)
    codings(a_study, "pagi", code="business_news")
    read = (a_study.raw / "codings" / "ani.csv").read_text(encoding="utf-8")
    write(a_study, {"chats/UMKM Guyub.txt": "24/07/24 09.44 - Pak Harun: pagi\n24/07/24 09.50 - Mbak Tutik: a\n",
                    "codings/ani.csv": read})  # fmt: skip
    (line,) = (line for line in check.check(a_study).needs if needed in line)
    assert f"{needed} (1 here) and 4 weeks" in line, "every message that may be read has been"


def test_what_a_claim_needs_is_read_from_the_study_itself(a_study):
    place = a_study.root / "claims.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace("{participants: 3}", "{participants: 1}"), "utf-8")
    assert "C4" not in next(line for line in check.check(a_study).needs if line.startswith("With these files"))


def test_what_each_claim_needs_is_said_before_there_is_anything_to_read(bare_study):
    needs = check.check(bare_study).needs
    assert needs[0].endswith("15 members and 100 pairs of members who answer each other.")
    assert not [line for line in needs if line.startswith("With these files") or "here" in line]


def test_who_was_only_interviewed_is_no_member_who_wrote_nothing(a_study):
    assert "1 member wrote nothing in these chats." in check.check(a_study).notes  # Nur Aini, and not Warga Luar


def test_people_on_no_roster_are_named_with_members_they_may_be(a_study):
    said = check.check(a_study).people
    assert said[0].startswith(
        "+62 813-9999-2222 (2 messages): perhaps Harun Al Rasyid; if so, add it to that member's ph"
    )
    assert said[1].startswith(
        "Mas Harun Rasyid (1 message): perhaps Harun Al Rasyid; if so, add it to that member's al"
    )
    assert said[2].startswith("Toko Berkah (1 message): like nobody on the roster")
    assert said[3].startswith("Warga Luar (interviewed): like nobody on the roster")
    assert len(said) == 4


def test_of_speakers_who_are_like_nobody_on_the_roster_the_ways_out_are_named(a_study):
    talk = "Tanggal: 3 Mei\n\nRina: Apa kabar?\n\nBu Wiwik: Baik.\n\nRina: Lalu?\n"
    nameless = "Pewawancara: Apa kabar?\n\nNarasumber: Baik.\n"
    write(a_study, {"transcripts/wawancara-02.txt": talk, "transcripts/wawancara-03.txt": nameless})
    interviewed = [line for line in check.check(a_study).people if "(interviewed)" in line]
    assert interviewed == [
        "Warga Luar, Tanggal, Rina and Bu Wiwik (interviewed): like nobody on the roster; name who asks the questions "
        "at the top of the file (`# interviewer: NAME`), put `#` before a line that says something of the interview, "
        "give a member a row in members.csv, and leave all others as they are.",
        "wawancara-03 Narasumber (interviewed): not named; for a member, write `# participant: NAME` at the top "
        "of the file.",
    ]


def test_that_a_member_who_may_be_meant_withholds_consent_is_said_however_little_they_wrote(a_study):
    more = "".join(f"24/07/24 10.{i:02d} - Tamu {chr(97 + i) * 5}: halo\n" * 2 for i in range(25))
    write(a_study, {"chats/UMKM Guyub.txt": f"{CHAT}{more}24/07/24 10.59 - Tutik Handayany: halo\n"})
    said = check.check(a_study).people
    (line,) = (line for line in said if line.startswith("Tutik"))
    assert line == (
        "Tutik Handayany (1 message): perhaps Tutik Handayani (withholds consent); if so, add it to that member's "
        "aliases in members.csv: until then their words are in the study."
    )
    assert f"and {28 - check.SHOWN} more with 14 messages together" in said
    assert not [other for other in said if other != line and "consent" in other]


@pytest.mark.parametrize(
    ("written", "members"),
    [
        ("Sri W.", ["Sri Wahyuni"]),
        ("~ Ibu Sri Wahyuni 🌸", ["Sri Wahyuni"]),
        ("Sri Wahyuny", ["Sri Wahyuni"]),
        ("Bu Sri Peyek", ["Sri Wahyuni"]),
        ("Wahyuni", ["Sri Wahyuni"]),
        ("Nuraini", ["Nur Aini"]),
        ("Tutik H", ["Tutik Handayani"]),
        ("0812 3456 7899", ["Sri Wahyuni"]),
        ("+62 899-0000-0000", []),
        ("Al", []),
        ("🌸", []),
        ("Toko Berkah", []),
    ],
)
def test_a_senders_name_is_matched_with_the_roster(a_study, written, members):
    roster = check.look(a_study.raw, "Asia/Jakarta", None).roster
    assert check.likely(written, roster) == members


def test_many_people_on_no_roster_are_cut_short(a_study):
    more = "".join(f"24/07/24 10.{i:02d} - Tamu {chr(97 + i) * 5}: halo\n" for i in range(25))
    write(a_study, {"chats/UMKM Guyub.txt": CHAT + more})
    assert f"and {28 - check.SHOWN} more with 8 messages together" in check.check(a_study).people


def test_without_a_roster_the_people_are_counted(a_study):
    (a_study.raw / "members.csv").unlink()
    (a_study.raw / "partnerships.csv").unlink()
    found = check.check(a_study)
    assert found.people == ["6 people: there is no roster."]
    assert found.stops == []


def test_ambiguous_dates_are_reported_with_the_line_and_the_fix_and_the_people_all_the_same(
    a_study, monkeypatch, capsys
):
    write(a_study, {"chats/UMKM Guyub.txt": CHAT.replace("24/07/24", "03/04/24").replace(".", ":")})
    monkeypatch.chdir(a_study.root)
    assert cli.main(["check"]) == 1
    out, err = capsys.readouterr()
    assert "data/raw/chats/UMKM Guyub.txt, line 1: no date in this file has a part above 12" in out
    assert "Set `ingest.date_order: dmy` (or mdy) in params.yaml" in out
    assert "Toko Berkah (1 message)" in out
    assert "The study can run" not in out
    assert err == "guyub: this study cannot run yet (1 reason above)\n"


def test_all_that_is_wrong_is_reported_at_once(a_study):
    write(a_study, {
        "chats/catatan.txt": "beli gula\n", "transcripts/kosong.txt": "halo\n", "partnerships.csv": "a,b\nx,y\n",
        "members.csv": MEMBERS.replace(",none", ",maybe"),
    })  # fmt: skip
    (a_study.root / "params.yaml").write_text("sharing: {}\n", encoding="utf-8")
    said = "\n".join(check.check(a_study).stops)
    for place in ("data/raw/chats/catatan.txt", "data/raw/transcripts/kosong.txt", "data/raw/members.csv, line 4"):
        assert place in said
    assert "lacks parameters of `ingest`" in said


def test_a_name_that_two_members_go_by_stops_the_study(a_study):
    write(a_study, {"members.csv": MEMBERS.replace("Nur Aini,,", "Nur Aini,Bu Sri,")})
    assert "2 members go by the name Bu Sri" in "".join(check.check(a_study).stops)


def test_a_study_without_raw_data_cannot_run(bare_study):
    found = check.check(bare_study)
    assert "there is no chat and no interview to read" in found.stops[-1]
    assert found.stops[-1].endswith("guyub add FILES"), "what is put there by hand is on no list of raw files"
    assert "Found in data/raw\n  Nothing." in found.text()


def codings(paths: study.Paths, text: str, code: str = "greeting") -> None:
    digest = hashlib.sha256(text.encode()).hexdigest()
    row = f"umkm-guyub-20240724T0244-1,0,4,{code},ani,1,{digest},,\n"
    header = "unit_id,start,end,code,coder,round,text_sha256,memo,translation\n"
    write(paths, {"codings/ani.csv": header + row, "MANIFEST.csv": "path,simulated\nmembers.csv,yes\n"})


def test_codings_that_fit_are_counted_and_codings_that_do_not_are_reported(a_study):
    codings(a_study, "pagi")
    assert "codings: 1 by 1 coder on 1 passage" in check.check(a_study).present
    assert not [note for note in check.check(a_study).notes if "fit" in note]
    codings(a_study, "selamat pagi")
    assert (
        "1 of 1 coding no longer fits and is left out: 1 since the unit's text has changed."
        in check.check(a_study).notes
    )


def test_the_counts_of_codings_add_up_and_the_consensus_is_no_coder(a_study):
    codings(a_study, "pagi")
    rows = (a_study.raw / "codings" / "ani.csv").read_text(encoding="utf-8")
    consensus = rows.replace(",ani,", ",consensus,")
    tutik = rows.replace("0244-1", "0249-1").replace(hashlib.sha256(b"pagi").hexdigest(), "0" * 64)  # left out
    write(a_study, {"codings/consensus.csv": consensus, "codings/budi.csv": tutik.replace(",ani,", ",budi,")})
    found = check.check(a_study)
    assert "codings: 2 by 2 coders on 2 passages and 1 decided together on 1 passage" in found.present
    assert "Of 1 member without consent, 1 message and 1 coding will be left out." in found.notes
    assert not [note for note in found.notes if "no longer fit" in note]
    codings(a_study, "selamat pagi")
    assert any(note.startswith("1 of the other 2 codings no longer fits") for note in check.check(a_study).notes)


def test_a_code_that_the_codebook_has_not_stops_the_study(a_study):
    codings(a_study, "pagi", code="greting")
    assert "Did you mean 'greeting'?" in "".join(check.check(a_study).stops)


def test_before_the_first_run_of_a_real_study_no_coding_can_be_checked_and_no_key_is_made(a_study):
    codings(a_study, "pagi")
    write(a_study, {"MANIFEST.csv": FILES["MANIFEST.csv"]})
    assert any("fit the texts shows after `dvc repro ingest`" in note for note in check.check(a_study).notes)
    assert not a_study.secrets.exists()


@pytest.mark.parametrize(
    ("key", "what"), [(None, "is missing"), ("ab" * 32, "is not the key"), ("kunci", "is not a key")]
)
def test_a_key_that_is_missing_or_another_stops_the_study(a_study, key, what):
    (a_study.root / ".guyub").mkdir()
    (a_study.root / ".guyub" / "pseudonym-key.fingerprint").write_text("0" * 16, encoding="ascii")
    if key:
        a_study.secrets.mkdir()
        (a_study.secrets / "pseudonym.key").write_text(key, encoding="ascii")
    assert what in "".join(check.check(a_study).stops)


def test_what_of_a_chat_could_be_read_in_two_ways_is_reported(a_study):
    chat = pd.DataFrame()
    chat.attrs["report"] = {
        "source": "a.txt", "pasted_headers": 2, "doubtful_senders": ["Bu Sri: Peyek"], "repeated_hour": 3,
        "clock": "12 hours without am and pm",
    }  # fmt: skip
    assert len(list(check._doubts(chat))) == 4


def test_late_messages_and_senders_read_otherwise_are_reported_with_their_numbers(a_study):
    rows = ["24/07/24 09.43 - Bu Sri: halo", "24/07/24 09.41 - Bu Sri: tertunda", "24/07/24 09.44 - Bu Sri:"]
    (a_study.raw / "chats" / "telat.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    text = str(check.check(a_study))
    assert "telat.txt: 1 message out of order in time" in text
    assert "every header a message: 3 messages; as read: 3" in text
    assert "in 1 line the text before the first colon is not the sender: 1 a name without text" in text


def test_a_codebook_that_is_wrong_stops_a_study_before_its_first_run(a_study):
    codings(a_study, "pagi", code="greting")
    write(a_study, {"MANIFEST.csv": FILES["MANIFEST.csv"]})
    assert "Did you mean 'greeting'?" in "".join(check.check(a_study).stops)
    write(a_study, {"codebook.yaml": "version: 1\ncodes:\n  - {name: greeting, defnition: Greets.}\n"})
    assert "line 3: unknown key 'defnition'" in "".join(check.check(a_study).stops)


def test_a_study_that_has_run_elsewhere_is_reported_that_its_key_is_not_here(a_study):
    lock = a_study.root / "dvc.lock"
    lock.write_text("schema: '2.0'\nstages:\n  notebooks:\n    cmd: ingest\n", encoding="utf-8")
    assert not any("secrets/pseudonym.key" in note for note in check.check(a_study).notes)  # no key was ever made
    lock.write_text("schema: '2.0'\nstages:\n  ingest:\n    cmd: guyub run ingest\n", encoding="utf-8")
    assert any("secrets/pseudonym.key" in note for note in check.check(a_study).notes)
    a_study.secrets.mkdir()
    (a_study.secrets / "pseudonym.key").write_text("ab" * 32, encoding="ascii")
    assert not any("secrets/pseudonym.key" in note for note in check.check(a_study).notes)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        (MEMBERS.replace("+62 812-3456-7890", "6.28123E+11"), "members.csv, line 2: '6.28123E+11' is not a telephone"),
        (MEMBERS + "Sri Wahyuni,,,,,,\n", "members.csv, line 6: the member Sri Wahyuni has two rows"),
    ],
)
def test_a_roster_that_a_spreadsheet_spoilt_is_reported_with_its_line(a_study, changed, what):
    write(a_study, {"members.csv": changed})
    found = check.check(a_study)
    assert what in "".join(found.stops)
    assert found.people == ["6 people: the roster cannot be read."]


def test_a_manifest_without_its_columns_makes_no_study_simulated(a_study):
    write(a_study, {"MANIFEST.csv": "path,sha256\nmembers.csv,0\n"})
    assert not a_study.simulated
    assert check.check(a_study).stops == []


def test_pictures_next_to_a_chat_are_left_alone_and_many_are_counted(a_study):
    write(a_study, {f"chats/IMG-{n}.jpg": "x" for n in range(8)} | {"members.xlsx": "x", "wawancara.txt": "x"})
    found = check.check(a_study)
    assert found.stops == []
    assert "8 files are ignored: a picture, recording or document, and no chat." in found.notes
    assert "members.xlsx is ignored: a spreadsheet; save it as CSV UTF-8." in found.notes
    (note,) = (note for note in found.notes if note.startswith("wawancara.txt"))
    assert note.endswith("If it is an interview, put it into data/raw/transcripts.")
    (a_study.raw / "chats" / "grup.xlsx").write_bytes(b"PK\x03\x04")
    assert "chats/grup.xlsx: this is a spreadsheet, which cannot be read as a chat." in "".join(
        check.check(a_study).stops
    )


def test_a_parameter_that_is_wrong_is_reported_once_and_raises_no_false_alarm_of_codings(a_study):
    codings(a_study, "pagi")
    text = (a_study.root / "params.yaml").read_text(encoding="utf-8")
    for name in ("sharing", "themes"):
        (a_study.root / "params.yaml").write_text(text.replace(f"\n{name}:", f"\n{name}s:"), encoding="utf-8")
        found = check.check(a_study)
        assert len(found.stops) == 1
        assert not any("no longer fit" in note for note in found.notes)


def test_a_code_that_the_parameters_name_and_the_codebook_lacks_is_reported(a_study):
    assert any("sharing.code names business_news, which codebook.yaml lacks" in note
               for note in check.check(a_study).notes)  # fmt: skip


def test_codings_that_were_imported_twice_are_reported(a_study):
    codings(a_study, "pagi")
    assert not any("are there twice" in note for note in check.check(a_study).notes)
    shutil.copy(a_study.raw / "codings" / "ani.csv", a_study.raw / "codings" / "ani-again.csv")
    assert "1 coding by the same coder are duplicates, and count once." in check.check(a_study).notes


def test_annotations_are_counted_and_those_of_another_export_stop_the_study(a_study):
    first, second = "umkm-guyub-20240724T0243-1", "umkm-guyub-20240724T0244-1"
    head = "item,back,answers,message_id\n"
    write(a_study, {"annotations/ani.csv": f"{head}1,1,,{first}\n1,?,1,{second}\n2,1,,{first}\n2,?,,{second}\n"})
    found = check.check(a_study)
    assert "annotations: what 1 message answer, by 1 annotator; 1 message not annotated yet" in found.present
    assert not [line for line in found.missing if line.startswith("annotations")]
    assert found.stops == []
    write(a_study, {"annotations/ani.csv": f"{head}1,1,,kopdar-1\n1,?,1,kopdar-2\n"})
    (stop,) = check.check(a_study).stops
    assert stop.startswith("data/raw/annotations/ani.csv, line 3: messages that are not in this study have 1 of")


def test_a_sheet_with_a_wrong_number_stops_the_study_with_its_line(a_study):
    write(a_study, {"annotations/ani.csv": "item,back,answers,message_id\n1,1,,a\n1,?,7,b\n"})
    (stop,) = check.check(a_study).stops
    assert stop.startswith("data/raw/annotations/ani.csv, line 3: '7' is not the number of a message shown.")


def test_a_page_of_the_book_that_names_a_member_stops_the_study_before_its_run(a_study):
    (a_study.book).mkdir()
    page = a_study.book / "index.md"
    page.write_text("# Hello\n\nWe thank the chair.\n", encoding="utf-8")
    assert not check.check(a_study).stops
    page.write_text("# Hello\n\nWe thank Sri Wahyuni, 0812-3456-7890.\n", encoding="utf-8")
    (stop,) = check.check(a_study).stops
    assert "book/index.md" in stop
    assert "the book would be refused" in stop
    assert "Sri Wahyuni" not in stop


def test_a_page_in_another_encoding_is_reported_and_hides_no_other_error(a_study):
    a_study.book.mkdir()
    (a_study.book / "about.md").write_bytes("# Café".encode("cp1252"))
    (a_study.book / "index.md").write_text("We thank Sri Wahyuni.\n", encoding="utf-8")
    named, unread = check.check(a_study).stops
    assert named.startswith("book/index.md")
    assert unread.startswith("book/about.md: this is not UTF-8")


def test_a_title_or_a_role_that_names_somebody_is_refused_before_the_run(a_study):
    members = MEMBERS.replace("1111-1111,,,,", "1111-1111,,wakil Tutik Handayani,,")
    write(a_study, {"members.csv": members})
    (stop,) = check.check(a_study).stops
    assert "members.csv: pages show this, and it leads to people" in stop
    assert "wakil Tutik Handayani" in stop
    write(a_study, {"members.csv": MEMBERS})
    write(a_study, {"MANIFEST.csv": "path,simulated,title\nchats/UMKM Guyub.txt,no,Grup Bu Sri\n"})
    assert "the title of chats/UMKM Guyub.txt leads to a person" in "\n".join(check.check(a_study).stops)


def test_a_chat_called_after_somebody_is_said_to_get_a_code_until_it_has_a_title(a_study):
    shutil.move(a_study.raw / "chats" / "UMKM Guyub.txt", a_study.raw / "chats" / "Chat WhatsApp dengan Pak Harun.txt")
    assert [
        note for note in check.check(a_study).notes if "a code in place of Chat WhatsApp dengan Pak Harun.txt" in note
    ]
    listed = "path,simulated,title\nchats/Chat WhatsApp dengan Pak Harun.txt,no,Purchasing\n"
    write(a_study, {"MANIFEST.csv": listed})
    found = check.check(a_study)
    assert found.stops == []
    assert not [note for note in found.notes if "a code in place of" in note]


def test_a_chat_whose_name_has_signs_is_not_said_to_get_a_code(a_study):
    chats = {"Pak Harun": CHAT.replace("24/07", "25/07"), "Keripik & Kue": CHAT.replace("24/07", "26/07")}
    write(a_study, {f"chats/{name}.txt": text for name, text in chats.items()})
    (note,) = [note for note in check.check(a_study).notes if "Pages show a code" in note]
    assert note.startswith("Pages show a code in place of Pak Harun.txt, as that leads to a person")


def test_a_chat_that_gets_a_code_is_named_in_a_study_of_so_many_people_that_codes_are_longer(a_study):
    many = "".join(f"Warga {number},,,,,,\n" for number in range(FEW))
    shutil.move(a_study.raw / "chats" / "UMKM Guyub.txt", a_study.raw / "chats" / "Chat WhatsApp dengan Pak Harun.txt")
    write(a_study, {"members.csv": MEMBERS + many})
    assert [note for note in check.check(a_study).notes if "a code in place of" in note]


def test_a_chat_whose_name_says_nothing_is_reported(a_study):
    assert not [note for note in check.check(a_study).notes if "says nothing" in note]
    shutil.move(a_study.raw / "chats" / "UMKM Guyub.txt", a_study.raw / "chats" / "_chat.txt")
    (note,) = (note for note in check.check(a_study).notes if "says nothing" in note)
    assert note.startswith("Pages call a chat 'chat'")


def test_chats_that_the_parameters_look_for_in_vain_are_reported(a_study):
    (note,) = (note for note in check.check(a_study).notes if "not compared" in note)
    assert "'kopdar' (themes.informal)" in note
    assert note.endswith("umkm-guyub.")
    place = a_study.root / "params.yaml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace(": kopdar", ': ""').replace(": pengurus", ': ""'), encoding="utf-8")
    assert not [note for note in check.check(a_study).notes if "not compared" in note]


def test_ambiguous_dates_stop_the_study_wherever_the_file_lies(a_study):
    text = "03/04/24 09.43 - Bu Sri: Pagi\n03/04/24 09.44 - Pak Harun: pagi\n"
    write(a_study, {"chats/lain.txt": text})
    assert "day and month cannot be distinguished" in "\n".join(check.check(a_study).stops)
    for path in (a_study.raw / "chats").iterdir():
        shutil.move(path, a_study.raw)
    (a_study.raw / "chats").rmdir()
    (stop,) = check.check(a_study).stops
    assert stop.startswith("data/raw/lain.txt: no date in this file has a part above 12")
    with pytest.raises(InputError, match="cannot be distinguished"):
        step.read(step.Params("Asia/Jakarta", None, ""), a_study)


def test_a_chat_of_ambiguous_dates_is_one_whatever_is_said_of_them(a_study, monkeypatch):
    def reworded(path, line, written):
        return type(said(path, line, written))(f"{written}: which is the month?", path=path, line=line, fix="Say so.")

    said = clock.ambiguous
    monkeypatch.setattr(clock, "ambiguous", reworded)
    text = "03/04/24 09.43 - Bu Sri: Pagi\n03/04/24 09.44 - Pak Harun: pagi\n"
    write(a_study, {"chats/lain.txt": text})
    found = check.check(a_study)
    assert "lain.txt: whatsapp, 2 messages by 2 people" in "\n".join(found.present)
    assert "which is the month?" in "\n".join(found.stops)
    shutil.move(a_study.raw / "chats" / "lain.txt", a_study.raw / "lain.txt")
    assert f"lain.txt is ignored: {OUTSIDE}." in check.check(a_study).notes
    given = a_study.root / "given.txt"
    shutil.move(a_study.raw / "lain.txt", given)
    (added,) = add.add(a_study, [given], {})
    assert added.kind == "chat"
    for path in (a_study.raw / "chats").iterdir():
        shutil.move(path, a_study.raw)
    (a_study.raw / "chats").rmdir()
    with pytest.raises(InputError, match="which is the month"):
        step.read(step.Params("Asia/Jakarta", None, ""), a_study)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_manifest_that_a_spreadsheet_saved_is_read(a_study, separator, encoding):
    rows = (("path", "simulated", "title"), ("chats/UMKM Guyub.txt", "no", "Belanja"))
    text = "".join(separator.join(row) + "\n" for row in rows)
    (a_study.raw / "MANIFEST.csv").write_text(text, encoding=encoding)
    assert manifest.titles(a_study.raw) == {"chats/UMKM Guyub.txt": "Belanja"}
    assert check.check(a_study).stops == []


def test_a_manifest_that_is_no_table_stops_the_study_with_a_way_out(a_study):
    (a_study.raw / "MANIFEST.csv").write_bytes(b"path,title\nchats/UMKM Guyub.txt,caf\xe9\n")
    (stop,) = check.check(a_study).stops
    assert stop.startswith("data/raw/MANIFEST.csv: this is not a readable table")
    assert stop.endswith("Save it again, in a spreadsheet as `CSV UTF-8`.")
    with pytest.raises(InputError, match="not a readable table"):
        _ = a_study.simulated
    write(a_study, {"MANIFEST.csv": "file,title\nchats/UMKM Guyub.txt,x\n"})
    assert "the table has no column path" in check.check(a_study).stops[0]


H = "0" * 64
MISTAKES = {  # files with mistakes: what is said of each, by its line
    "members.csv": (
        "name,phones,joined,consent\nAni,12,2024-02-31,ya\nBudi,,,\nani,x;y,,none\n,,,quotes\n",
        ["2: '2024-02-31' is not a date", "2: consent is 'ya'", "2: '12' is not a telephone number",
         "4: 'x' is not a telephone", "4: 'y' is not a telephone", "4: the member ani has two rows",
         "5: a member without a name"],
    ),
    "partnerships.csv": (
        "member_a,member_b,since\nSri Wahyuni,Nur Aini,1/3/24\nSri Wahyuni,Nur Aini,2024-13-01\n",
        ["2: '1/3/24' is not a date", "3: '2024-13-01' is not a date"],
    ),
    "codings/ani.csv": (
        f"unit_id,start,end,code,coder,text_sha256\na,x,1,,ani,{H}\n,0,1,,,{H}\na,0,y,,ani,0\n",
        ["2: start is 'x'", "3: there is no unit_id", "3: there is no coder", "4: end is 'y'", "4: text_sha256 is '0'"],
    ),
    "annotations/ani.csv": (
        "item,back,answers,message_id\n1,1,,a\n1,?,7;;8,b\n2,?,9,c\n",
        ["3: '7' is not the number", "3: there is no answer next to a `;`", "3: '8' is not", "4: '9' is not"],
    ),
    "annotations/budi.csv": (
        "item,back,answers,message_id\n1,1,2,a\n1,one,,b\n1,?,0,\n",
        ["2: an answer in the row of a message that is only context", "3: back is 'one'",
         "4: this row has no message_id"],
    ),
    "codebook.yaml": (
        "versio: 1\ncodes:\n  - {nme: a, definition: }\n  - name: b\n    colour: #fff\n    children:\n"
        "      - {name: c, definition: C, colour: red}\n      - {name: c, definition: C, defined: C}\n  - d\n",
        ["1: unknown key 'versio'", "1: the key 'version' is missing here", "3: unknown key 'nme'",
         "3: this must be a text",
         "3: the key 'name' is missing here", "4: the key 'definition' is missing here", "5: this must be a text",
         "7: 'red' is not a colour",
         "8: unknown key 'defined'", "8: two codes are called 'c'", "9: this must be a mapping"],
    ),
    "sample.csv": (
        "unit_id,inclusion_probability\na,2\na,x\nb,0.5\nb,0.5\n",
        ["2: '2' is not a probability", "3: 'x' is not a probability", "5: the unit 'b' is here twice"],
    ),
    "reviewed.csv": ("expression,decision\nUD,yes\nCV,no\n", ["2: the decision is 'yes'", "3: the decision is 'no'"]),
    "quotations.csv": (
        f"unit_id,text_sha256,decision\na,{H},yes\na,0,show\n",
        ["2: the decision is 'yes'", "3: text_sha256 is '0'", "3: the turn 'a' is here twice"],
    ),
    "chats/tabel.csv": (
        "time,sender,text\n2024-07-24T09:43,Bu Sri,pagi\nkemarin,Bu Sri,a\n2024-07-32T09:43,Bu Sri,b\n",
        ["3: 'kemarin' is not a time", "4: '2024-07-32T09:43' is not a time"],
    ),
    "MANIFEST.csv": (
        "path,simulated\nmembers.csv\ncodebook.yaml,no,no\n",
        ["2: 1 cell under 2 columns", "3: 3 cells under 2 columns"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_all_mistakes_of_one_file_are_said_at_once_each_with_its_line_by_the_check_and_by_the_step(a_study, name):
    text, mistakes = MISTAKES[name]
    write(a_study, {name: text})
    (stop,) = check.check(a_study).stops
    with pytest.raises(InputError) as error:
        step.run(step.Params("Asia/Jakarta", None, ""), a_study)
    assert stop.startswith(f"data/raw/{name}: {len(mistakes)} mistakes:\n")
    assert error.value.path == a_study.raw / name
    for said in (stop, str(error.value)):
        assert [mistake for mistake in mistakes[: errors.REPORTED] if f"line {mistake}" not in said] == []
    more = len(mistakes) - errors.REPORTED
    assert stop.endswith(f"\nand {more} more.") == (more > 0)


def test_the_mistakes_of_all_files_are_said_at_once(a_study):
    write(a_study, {name: text for name, (text, _) in MISTAKES.items() if name != "MANIFEST.csv"})
    said = "\n".join(check.check(a_study).stops)
    assert [name for name in MISTAKES if name != "MANIFEST.csv" and f"data/raw/{name}: " not in said] == []


def test_all_names_in_partnerships_that_nobody_has_are_said_at_once_with_the_members_meant(a_study):
    rows = "Sri Wahyni,Nur Aina\nPak Harun,Harun Al Rasyid\nSri Wahyuni,Nur Aini\n"
    write(a_study, {"partnerships.csv": "member_a,member_b\n" + rows})
    (stop,) = check.check(a_study).stops
    assert stop.startswith(
        "partnerships.csv: 3 mistakes:\nline 2: nobody goes by the name Sri Wahyni. Did you mean Sri W"
    )
    assert "\nline 2: nobody goes by the name Nur Aina. Did you mean Nur Aini by Nur Aina?" in stop
    assert "\nline 3: both names are of one member." in stop


UNEVEN = {"too many cells": "x,y", "too few cells": None}  # what stands in place of a row's last cell
SHEET = "unit_id,start,end,code,coder,text_sha256\na,0,1,greeting,ani," + "0" * 64 + "\n"


@pytest.mark.parametrize("how", UNEVEN)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MANIFEST.csv", "path,simulated,source\nmembers.csv,no,Bu Sri\n"),
        ("members.csv", MEMBERS),
        ("partnerships.csv", FILES["partnerships.csv"]),
        ("codings/ani.csv", SHEET),
        ("annotations/ani.csv", "item,back,answers,message_id\n1,?,0,b\n"),
        ("sample.csv", "unit_id,inclusion_probability\na,0.5\n"),
        ("reviewed.csv", "expression,decision\nUD Maju,keep\n"),
        ("quotations.csv", "unit_id,text_sha256,decision\na," + "0" * 64 + ",show\n"),
        ("chats/tabel.csv", "time,sender,text\n2024-07-24T09:43,Bu Sri,pagi\n"),
    ],
)
def test_a_row_of_any_table_with_more_or_fewer_cells_than_columns_is_an_error_with_its_line(a_study, name, text, how):
    header, row, *others = text.splitlines()
    cells = row.split(",")
    spoilt = ",".join([*cells[:-1], UNEVEN[how]] if UNEVEN[how] else cells[:-1])
    write(a_study, {name: "\n".join([header, spoilt, *others]) + "\n"})
    counts = f"{len(spoilt.split(','))} cells under {len(cells)} columns".replace("1 cells", "1 cell")
    (stop,) = check.check(a_study).stops
    assert stop.startswith(f"data/raw/{name}, line 2: {counts}. ")
    assert 'a text that holds `,` stands in double quotes, as in "a, b".' in stop
    with pytest.raises(InputError, match=counts):
        step.read(step.Params("Asia/Jakarta", None, ""), a_study)


def test_a_file_that_the_manifest_lists_and_that_is_gone_is_named(a_study):
    write(a_study, {"MANIFEST.csv": "path,simulated\nchats/UMKM Guyub.txt,no\ntranscripts/w-9.txt,no\n"})
    (note,) = [note for note in check.check(a_study).notes if "MANIFEST.csv lists" in note]
    assert note == "MANIFEST.csv lists transcripts/w-9.txt, which is not there. Put it back, or take its row out."


# What stands where, and is one chat or another


def test_a_chat_outside_chats_is_called_one_and_no_interview(a_study):
    write(a_study, {"Grup A.txt": CHAT.replace("24/07/24", "25/07/24")})
    (note,) = [note for note in check.check(a_study).notes if "Grup A.txt" in note]
    assert "it is a chat outside chats/" in note
    assert "move it into data/raw/chats" in note
    assert "interview" not in note


def test_two_chats_that_hold_mostly_the_same_are_named_with_the_way_to_make_them_one(a_study):
    again = CHAT.replace("24/07/24 09.49 - Mbak Tutik: nggih", "25/07/24 09.49 - Mbak Tutik: siap")
    write(a_study, {"chats/Laden.txt": again, "chats/Lain.txt": CHAT.replace("24/07/24", "26/07/24")})
    (note,) = [note for note in check.check(a_study).notes if "mostly the same" in note]
    assert note.startswith(
        "Laden.txt and UMKM Guyub.txt hold mostly the same messages (6 texts), and count as two chats"
    )
    assert "guyub add --title TITLE FILE" in note
    titled = [{"path": f"chats/{name}.txt", "simulated": "no", "title": "The shop"} for name in ("Laden", "UMKM Guyub")]
    manifest.entered(a_study.raw, titled)
    found = check.check(a_study)
    assert found.stops == []
    assert not [note for note in found.notes if "mostly the same" in note]


def test_where_one_wrong_file_stops_all_those_that_lie_there_are_named(a_study):
    for name in ("chats/UMKM Guyub.txt", "transcripts/wawancara-01.txt", "codebook.yaml"):
        (a_study.raw / name).unlink()
    write(a_study, {"members.csv": "name,consent\nBu Sri,ja\n"})
    assert check.check(a_study).present == ["members.csv and partnerships.csv: not read, see below."]


def test_a_date_that_shows_no_order_is_not_called_settled(a_study):
    write(a_study, {"chats/Kopi.txt": "1/2/24, 09:43 - Alice: pagi\n1/3/24, 09:44 - Bob: pagi\n"})
    (line,) = [line for line in check.check(a_study).present if line.startswith("Kopi.txt")]
    assert line.endswith("; dates read day first, which nothing settles yet")


def test_a_typo_in_partnerships_is_answered_with_the_member_meant(a_study):
    write(a_study, {"partnerships.csv": "member_a,member_b\nSri Wahyuni,Nur Aini\nSri Wahyni,Pak Harun\n"})
    (stop,) = check.check(a_study).stops
    assert stop.startswith("partnerships.csv, line 3: nobody goes by the name Sri Wahyni. Did you mean Sri Wahyuni by")


def test_a_partner_who_was_only_interviewed_stops_the_study_with_the_line(a_study):
    rows = "Sri Wahyuni,Nur Aini\nWarga Luar,Nur Aini\nSri Wahyuni,Warga Luar\nToko Berkah,Nur Aini\n"
    write(a_study, {"partnerships.csv": "member_a,member_b\n" + rows})
    (stop,) = check.check(a_study).stops
    fix = "Give them a row in members.csv, or leave this row out."
    lines = [f"line {n}: Warga Luar was only interviewed and is not a member. {fix}" for n in (3, 4)]
    assert stop.splitlines()[1:] == lines
    write(a_study, {"members.csv": MEMBERS + "Warga Luar,,,,,,\n"})
    assert check.check(a_study).stops == []


def test_a_trade_in_brackets_hides_no_member():
    roster = pd.DataFrame({"name": ["Ines Vogt", "Sri (batik)", "Sri (kopi)"], "aliases": "", "phones": ""})
    assert check.likely("Ines (Kerzen)", roster) == ["Ines Vogt"]
    assert check.likely("Sri batik", roster)[0] == "Sri (batik)"
