"""A community's own files are taken into data/raw by what they hold, and verify knows them."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from analysis import cli, study
from analysis.coding.exchange import starter
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.ingest.gather import gather
from analysis.ingest.readers.jsonstream import Window
from analysis.tools import papers
from analysis.tools.add import add
from analysis.verify.lock import raw_files_are_those_of_the_manifest
from analysis.verify.subject import Subject
from analysis.workbook import Sheet, write_sheets

CHAT = "24/07/24 09.43 - Bu Sri: halo\n24/07/24 09.44 - Dian: pagi Bu\n"
INTERVIEW = "Peneliti: Apa kabar?\nBu Sri: Baik, terima kasih.\n"
SHEET = "message_id,code\nx,offer\n"


@pytest.fixture
def own(bare_study) -> study.Paths:
    """A study of a community of one's own, without data."""
    return bare_study


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "from the phone"
    (folder / "media").mkdir(parents=True)
    (folder / "WhatsApp Chat with Alice.txt").write_text(CHAT, encoding="utf-8")
    (folder / "alice.txt").write_text(INTERVIEW, encoding="utf-8")
    (folder / "Members.csv").write_text("name,sector\nBu Sri,food\n", encoding="utf-8")
    (folder / "media" / "IMG-1.jpg").write_bytes(b"\xff\xd8")
    return folder


def test_each_file_goes_to_the_folder_of_its_kind_and_into_the_manifest(own, files):
    added = add(own, [files], {"source": "exported by Bu Sri"})
    places = {"chats/WhatsApp Chat with Alice.txt": "chat", "transcripts/alice.txt": "transcript",
              "members.csv": "roster"}  # fmt: skip
    assert {each.path.as_posix(): each.kind for each in added} == places
    rows = manifest.read(own.raw)
    assert {name: (row["kind"], row["source"], row["simulated"]) for name, row in rows.items()} == {
        name: (kind, "exported by Bu Sri", "no") for name, kind in places.items()
    }
    assert list(raw_files_are_those_of_the_manifest(Subject(own))) == []


def test_a_file_that_is_there_with_the_same_content_is_left_as_it_is(own, files):
    add(own, [files], {"source": "first"})
    assert all(each.before for each in add(own, [files], {"source": "again"}))
    assert {row["source"] for row in manifest.read(own.raw).values()} == {"first"}


@pytest.mark.parametrize("name", ["_chat.txt", "chat (1).txt", "result.json", "2024-07.txt"])
def test_a_chat_whose_name_says_nothing_is_named_with_the_way_to_a_title(own, tmp_path, monkeypatch, capsys, name):
    (own.root / "dvc.yaml").touch()
    monkeypatch.chdir(own.root)
    message = {"id": 1, "type": "message", "date": "2024-07-24T09:43:00", "from": "Bu Sri", "from_id": "1", "text": "a"}
    told = json.dumps({"type": "private_group", "id": 1, "messages": [message]})
    (tmp_path / name).write_text(told if name.endswith("json") else CHAT, encoding="utf-8")
    assert cli.main(["add", str(tmp_path / name)]) == 0
    assert f"guyub add --title TITLE {shlex.quote(str(tmp_path / name))}" in capsys.readouterr().out
    before = manifest.read(own.raw)
    assert cli.main(["add", "--title", "Purchasing", str(tmp_path / name)]) == 0
    assert "TITLE" not in capsys.readouterr().out
    assert manifest.read(own.raw) == {path: {**row, "title": "Purchasing"} for path, row in before.items()}


def test_what_of_a_folder_is_left_where_it_is_is_said(own, tmp_path, monkeypatch, capsys):
    (own.root / "dvc.yaml").touch()
    monkeypatch.chdir(own.root)
    for name, content in {"Kue.txt": CHAT, "persetujuan.pdf": "%PDF", "foto.JPG": "x"}.items():
        (tmp_path / "exp" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "exp" / name).write_text(content, encoding="utf-8")
    assert cli.main(["add", str(tmp_path / "exp")]) == 0
    assert "Left where they are, as no step reads such files: 2 files (.jpg, .pdf)" in capsys.readouterr().out


def test_a_chat_that_is_there_gets_an_order_of_its_dates_and_is_read_by_it(own, tmp_path, monkeypatch, capsys):
    (own.root / "dvc.yaml").touch()
    monkeypatch.chdir(own.root)
    (tmp_path / "Kopi.txt").write_text("1/2/24, 09:43 - Alice: pagi\n1/3/24, 09:44 - Bob: pagi\n", encoding="utf-8")
    (tmp_path / "Arisan.txt").write_text("14/02/24 09.43 - Alice: pagi\n", encoding="utf-8")
    assert cli.main(["add", str(tmp_path / "Kopi.txt"), str(tmp_path / "Arisan.txt")]) == 0
    assert cli.main(["check"]) == 1
    assert "guyub add --date-order dmy FILE" in capsys.readouterr().out
    assert cli.main(["add", "--date-order", "mdy", str(tmp_path / "Kopi.txt")]) == 0
    assert manifest.read(own.raw)["chats/Kopi.txt"]["date_order"] == "mdy"
    read = {chat["source"].iloc[0]: chat for chat in gather(own.raw, tz="Asia/Jakarta", date_order=None).chats}
    assert read["Kopi.txt"]["time"].dt.strftime("%d %b").tolist() == ["02 Jan", "03 Jan"]
    assert read["Arisan.txt"]["time"].dt.strftime("%d %b").tolist() == ["14 Feb"]


def test_a_chat_whose_name_says_something_needs_no_title(own, files):
    assert [each.nameless for each in add(own, [files], {})] == ["", "", ""]


def test_a_file_takes_the_place_of_another_only_when_asked(own, files):
    add(own, [files], {})
    chat = files / "WhatsApp Chat with Alice.txt"
    chat.write_text(CHAT + "24/07/24 09.45 - Dian: sudah?\n", encoding="utf-8")
    with pytest.raises(InputError, match="there already, with other content"):
        add(own, [chat], {})
    add(own, [chat], {}, replace=True)
    assert (own.raw / "chats" / chat.name).read_bytes() == chat.read_bytes()
    assert list(raw_files_are_those_of_the_manifest(Subject(own))) == []


def test_nothing_is_taken_when_one_file_is_of_no_kind_known(own, files):
    (files / "plan.md").write_text("# Our plan\n\nnothing that anybody says\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"plan.md: this is not a chat export"):
        add(own, [files], {})
    assert not list(own.raw.rglob("*.txt"))


LISTS = {
    "anggota.csv": ("name,aliases,phones,sector,role,joined,consent\nBu Sri,,,food,,,quotes\n", "members.csv"),
    "Daftar Anggota.csv": ("name;sector\nBu Sri;food\n", "members.csv"),
    "kerja sama.csv": ("member_a,member_b,since,kind\nBu Sri,Dian,2024-01,supply\n", "partnerships.csv"),
    "mitra.tsv": ("member_a\tmember_b\nBu Sri\tDian\n", "partnerships.csv"),
    "kode.yml": ("version: 1\nlanguage: id\ncodes: []\n", "codebook.yaml"),
    "undian.csv": ("unit_id,draw,inclusion_probability,drawn\nx,1,0.5,yes\n", "sample.csv"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_known_by_its_columns_whatever_it_is_called(own, tmp_path, name):
    text, place = LISTS[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    (added,) = add(own, [tmp_path / name], {})
    assert added.path.as_posix() == place
    assert (own.raw / place).read_text(encoding="utf-8") == text
    assert manifest.read(own.raw)[place]["kind"] == added.kind
    assert list(raw_files_are_those_of_the_manifest(Subject(own))) == []


def test_messages_in_a_table_with_names_and_roles_are_a_chat_and_no_list_of_members(own, tmp_path):
    (tmp_path / "chat.csv").write_text("time,name,role,text\n2024-07-24T09:43,Bu Sri,ketua,halo\n", encoding="utf-8")
    (added,) = add(own, [tmp_path / "chat.csv"], {})
    assert added.kind == "chat"


def test_two_lists_of_members_are_refused_as_a_study_has_one(own, files):
    (files / "anggota.csv").write_text("name,sector\nDian,batik\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"Members.csv is a roster too|anggota.csv is a roster too"):
        add(own, [files], {})


def test_a_list_in_a_spreadsheet_is_to_be_saved_as_a_table_first(own, tmp_path):
    write_sheets(tmp_path / "anggota.xlsx", [Sheet("Sheet1", [["name", "sector"], ["Bu Sri", "food"]])])
    with pytest.raises(InputError, match="Save it as CSV UTF-8"):
        add(own, [tmp_path / "anggota.xlsx"], {})


def test_a_file_that_is_not_there_is_said_in_a_sentence(own, tmp_path):
    with pytest.raises(InputError) as error:
        add(own, [tmp_path / "nix.txt"], {})
    assert str(error.value) == f"{tmp_path / 'nix.txt'}: there is no such file"


def test_what_was_said_of_a_file_stays_when_another_takes_its_place(own, files):
    chat = files / "WhatsApp Chat with Alice.txt"
    add(own, [chat], {"source": "exported by Rina", "licence": "closed"})
    chat.write_text(CHAT + "24/07/24 09.45 - Dian: sudah?\n", encoding="utf-8")
    add(own, [chat], {"source": "", "licence": "CC BY 4.0"}, replace=True)
    row = manifest.read(own.raw)[f"chats/{chat.name}"]
    assert (row["source"], row["licence"]) == ("exported by Rina", "CC BY 4.0")
    assert list(raw_files_are_those_of_the_manifest(Subject(own))) == []


def test_of_several_files_all_that_cannot_be_taken_in_are_named_and_that_none_was(own, files):
    (files / "plan.md").write_text("# Our plan\n\nnothing that anybody says\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)plan.md.*\nNothing was added\. Codings"):
        add(own, [files], {})
    (files / "more.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"(?s)2 of 5 files cannot be .*more.csv: .* has the column name.*plan.md: .*Nothing was added"
    ):
        add(own, [files], {})


@pytest.mark.parametrize(("name", "fix"), [("codes.qdpx", "guyub import"), ("codes.csv", "guyub import")])
def test_codings_are_pointed_to_their_own_command(own, tmp_path, name, fix):
    (tmp_path / name).write_text(SHEET, encoding="utf-8")
    with pytest.raises(InputError, match=fix):
        add(own, [tmp_path / name], {})


def test_two_files_of_one_name_and_other_content_are_refused(own, files, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "alice.txt").write_text(INTERVIEW + "Bu Sri: Ya.\n", encoding="utf-8")
    with pytest.raises(InputError, match="same name and other content"):
        add(own, [files, other], {})


def test_real_files_do_not_go_into_a_simulated_study(own, files):
    (own.raw / "chats").mkdir(parents=True)
    (own.raw / "chats" / "chat.txt").write_text(CHAT, encoding="utf-8")
    manifest.entered(own.raw, [{"path": "chats/chat.txt", "simulated": "yes"}])
    with pytest.raises(InputError, match="simulated community"):
        add(own, [files], {})


def test_simulated_files_make_a_study_that_says_so_and_do_not_go_with_real_ones(own, files):
    (own.raw).mkdir(parents=True, exist_ok=True)
    (own.raw / "codebook.yaml").write_text("version: 1\n", encoding="utf-8")
    manifest.entered(own.raw, [{"path": "codebook.yaml", "kind": "codebook", "simulated": "no"}])
    add(own, [files], {}, simulated=True)
    assert own.simulated
    assert list(raw_files_are_those_of_the_manifest(Subject(own))) == []


def test_a_readme_that_says_of_the_data_what_guyub_new_wrote_says_then_that_they_are_simulated(own, files):
    said = f"# Ours\n\n{papers.DATA[False]}\nMore.\n"
    (own.root / "README.md").write_text(said, encoding="utf-8")
    add(own, [files], {}, simulated=True)
    now = (own.root / "README.md").read_text(encoding="utf-8")
    assert now == said.replace(papers.DATA[False], papers.DATA[True])
    (own.root / "README.md").write_text("# Written by the authors\n", encoding="utf-8")
    add(own, [files], {}, simulated=True)
    assert (own.root / "README.md").read_text(encoding="utf-8") == "# Written by the authors\n"


def test_simulated_files_do_not_go_into_a_real_study(own, files):
    add(own, [files / "alice.txt"], {})
    with pytest.raises(InputError, match="holds real data, such as transcripts/alice"):
        add(own, [files], {}, simulated=True)


def test_a_codebook_takes_the_place_of_the_one_to_begin_with_and_of_no_other(own, tmp_path):
    own.raw.mkdir(parents=True, exist_ok=True)
    (own.raw / "codebook.yaml").write_text(starter(), encoding="utf-8")
    for k, text in enumerate(("version: 2\n", "version: 3\n")):
        (tmp_path / "codebook.yaml").write_text(text, encoding="utf-8")
        if k:
            with pytest.raises(InputError, match="there already"):
                add(own, [tmp_path / "codebook.yaml"], {})
        else:
            add(own, [tmp_path / "codebook.yaml"], {})
    assert (own.raw / "codebook.yaml").read_text(encoding="utf-8") == "version: 2\n"


def test_the_error_on_a_list_of_members_without_names_says_what_it_lacks(own, tmp_path):
    (tmp_path / "anggota.csv").write_text("nama,aliases,phones,consent\nSri,Bu Sri,,quotes\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column `name` but nama"):
        add(own, [tmp_path / "anggota.csv"], {})


@pytest.mark.parametrize("notes", ["catatan rapat tanggal 5: beli gula\n", "Senin: beras\nSelasa: gula\nRabu: kopi\n"])
def test_notes_in_which_nobody_asks_or_speaks_twice_are_no_interview(own, tmp_path, notes):
    (tmp_path / "catatan.txt").write_text(notes, encoding="utf-8")
    with pytest.raises(InputError, match="nobody asks or speaks twice"):
        add(own, [tmp_path / "catatan.txt"], {})
    assert not (own.raw / "transcripts" / "catatan.txt").exists()


# Where a chat goes, and what one export is

FIXTURES = Path(__file__).parents[1] / "fixtures" / "chats"
MONTH_FIRST = ["indonesian-ios-us.txt", "indonesian-ios-12h.txt"]


def chats_of(own: study.Paths) -> dict[str, int]:
    """The messages of each chat that a run would read."""
    read = gather(own.raw, tz="Asia/Jakarta", date_order=None).chats
    return {chat.attrs["report"]["source"]: len(chat) for chat in read}


def test_a_chat_is_added_to_those_that_lie_in_no_folder_chats(own, tmp_path):
    own.raw.mkdir(parents=True)
    (own.raw / "Grup A.txt").write_text(CHAT, encoding="utf-8")
    (tmp_path / "Grup B.txt").write_text(CHAT.replace("halo", "siang"), encoding="utf-8")
    (added,) = add(own, [tmp_path / "Grup B.txt"], {})
    assert added.path.as_posix() == "Grup B.txt"
    assert chats_of(own) == {"Grup A.txt": 2, "Grup B.txt": 2}
    assert add(own, [tmp_path / "Grup B.txt"], {})[0].before


@pytest.mark.parametrize("order", ["", "mdy"])
@pytest.mark.parametrize("name", MONTH_FIRST)
def test_a_chat_whose_dates_show_that_the_month_comes_first_is_a_chat(own, name, order):
    (added,) = add(own, [FIXTURES / "whatsapp" / name], {"date_order": order})
    assert added.kind == "chat"


def test_an_order_that_the_dates_of_a_chat_contradict_is_refused(own, files):
    chat = files / "WhatsApp Chat with Alice.txt"
    with pytest.raises(InputError, match=r"Alice.txt:1: date_order is mdy(?s:.*)Leave --date-order out"):
        add(own, [chat], {"date_order": "mdy"})
    add(own, [chat], {})
    with pytest.raises(InputError, match="date_order is mdy"):
        add(own, [chat], {"date_order": "mdy"})
    assert "date_order" not in manifest.read(own.raw)["chats/WhatsApp Chat with Alice.txt"]


def test_two_groups_exported_as_folders_are_two_chats(own, tmp_path):
    for group, shift in (("Grup A", "24.07.2024"), ("Grup B", "25.07.2024")):
        shutil.copytree(FIXTURES / "telegram-html", tmp_path / group)
        (tmp_path / group / "css").mkdir()
        (tmp_path / group / "css" / "style.css").write_text("a {}\n", encoding="utf-8")
        page = tmp_path / group / "messages.html"
        page.write_text(page.read_text(encoding="utf-8").replace("24.07.2024", shift), encoding="utf-8")
    added = [*add(own, [tmp_path / "Grup A"], {}), *add(own, [tmp_path / "Grup B"], {})]
    assert [(each.path.as_posix(), each.kind) for each in added] == [("chats/Grup A", "chat"), ("chats/Grup B", "chat")]
    assert sorted(manifest.read(own.raw)) == [
        f"chats/{group}/{page}.html" for group in ("Grup A", "Grup B") for page in ("messages", "messages2")
    ]
    assert set(chats_of(own)) == {"Grup A", "Grup B"}
    assert list(raw_files_are_those_of_the_manifest(Subject(own))) == []
    assert add(own, [tmp_path / "Grup A"], {})[0].before
    (tmp_path / "Grup A" / "messages2.html").unlink()
    (tmp_path / "Grup A" / "messages.html").write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(InputError, match="Call the folder otherwise"):
        add(own, [tmp_path / "Grup A"], {}, replace=True)


@pytest.mark.parametrize("name", ["google-chat/Google Chat", "instagram/inbox", "messenger"])
def test_a_folder_of_exports_of_several_files_is_taken_in_as_its_folders(own, name):
    (added,) = add(own, [FIXTURES / name], {})
    assert added.given.is_dir()
    assert added.kind == "chat"
    assert set(chats_of(own)) == {added.given.name}


def test_a_folder_that_holds_an_interview_next_to_pages_of_an_export_is_no_export(own, files):
    shutil.copy(FIXTURES / "telegram-html" / "messages.html", files)
    places = {each.path.as_posix() for each in add(own, [files], {})}
    assert {"chats/messages.html", "transcripts/alice.txt", "members.csv"} < places


@pytest.mark.parametrize("page", ["messages.html", "messages2.html"])
def test_a_page_of_an_export_given_alone_is_refused_as_the_others_would_be_missing(own, page):
    with pytest.raises(InputError, match=r"one of several files of an export(?s:.*)guyub add FOLDER"):
        add(own, [FIXTURES / "telegram-html" / page], {})


def test_the_same_file_given_twice_is_copied_once(own, tmp_path):
    folder = tmp_path / "t1"
    for place in ("aa.txt", "mm.txt", "sub/mm.txt", "zz.txt"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(CHAT.replace("halo", Path(place).stem), encoding="utf-8")
    added = add(own, [folder, folder / "zz.txt"], {})
    assert [(each.path.name, each.before) for each in added] == [
        ("aa.txt", False), ("mm.txt", False), ("mm.txt", True), ("zz.txt", False), ("zz.txt", True)
    ]  # fmt: skip
    assert sorted(manifest.read(own.raw)) == ["chats/aa.txt", "chats/mm.txt", "chats/zz.txt"]
    assert list(raw_files_are_those_of_the_manifest(Subject(own))) == []


def test_a_chat_that_is_there_under_another_name_is_named_and_not_taken_in_twice(own, files, tmp_path):
    copy, both = tmp_path / "Kopie (1).txt", tmp_path / "both"
    copy.write_text(CHAT, encoding="utf-8")
    add(own, [files], {})
    (again,) = add(own, [copy], {"title": "Alice and us"})
    assert (again.path.as_posix(), again.before) == ("chats/WhatsApp Chat with Alice.txt", True)
    assert set(chats_of(own)) == {"WhatsApp Chat with Alice.txt"}
    assert manifest.read(own.raw)[again.path.as_posix()]["title"] == "Alice and us"
    both.mkdir()
    for name in ("a.txt", "b.txt"):
        (both / name).write_text(CHAT.replace("halo", "siang"), encoding="utf-8")
    assert [each.path.name for each in add(own, [both], {})] == ["a.txt", "a.txt"]


# What is said of what cannot be taken in

REFUSED = {
    "anggota.csv": ("name,member_id,phone,joined_on\nSri,1,,\n", "Did you mean phones by phone.*docs/raw-data.md"),
    "Mitglieder.csv": ("Name;Spitzname;Telefon\nSri;S;0\n", "columns are name, spitzname, telefon.*aliases"),
    "Mitgliederliste.csv": (
        "Vollname;Spitznamen;Handynummer;Branche;Rolle;Mitglied seit;Einwilligung\nSri;S;0;a;b;c;d\n",
        "a list of members.*Did you mean name by vollname. Did you mean aliases by spitznamen. Did you mean phones by "
        "handynummer. Did you mean sector by branche. Did you mean role by rolle. Did you mean joined by mitglied "
        "seit. Did you mean consent by einwilligung",
    ),
    "daftar.csv": (
        "Nama,Nama panggilan,No. HP,Bidang usaha,Jabatan,Tanggal bergabung,Izin\nSri,S,0,a,b,c,d\n",
        "a list of members.*Did you mean name by nama. Did you mean aliases by nama panggilan. Did you mean phones by "
        "no. hp. Did you mean sector by bidang usaha. Did you mean role by jabatan. Did you mean joined by tanggal "
        "bergabung. Did you mean consent by izin",
    ),
    "kemitraan.csv": (
        "anggota_a,anggota_b,sejak,jenis\nSri,Nur,,\n",
        "a list of partnerships.*Did you mean member_a by anggota_a. Did you mean member_b by anggota_b. Did you mean "
        "since by sejak. Did you mean kind by jenis. It may have the columns member_a, member_b, since, kind",
    ),
    "Partner.csv": (
        "Mitglied 1;Mitglied 2;seit\nSri;Nur;\n",
        "member_a by mitglied 1.*member_b by mitglied 2.*since by",
    ),
    "spiel.csv": ("game,score\nSri,3\n", "this is not .*but its columns are game, score"),
    "bericht.pdf": ("%PDF-1.4\n", "Save an interview as .docx or .txt"),
    "alt.doc": ("\xd0\xcf\n", "Save an interview as .docx or .txt"),
    "foto.png": ("\x89PNG\n", "Pictures and recordings are not read"),
    "result.json": ('{"type": "private_group", "id": 1, "messages": [{"id": 1, "da', "broken JSON.*cut off on the way"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_taken_in_is_said_with_what_to_do(own, tmp_path, name):
    text, said = REFUSED[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"(?s){said}") as error:
        add(own, [tmp_path / name], {})
    assert "transcript format" not in str(error.value)


def test_a_cut_file_is_known_for_one_whatever_is_said_of_its_json(own, tmp_path, monkeypatch):
    said = Window.broken
    monkeypatch.setattr(Window, "broken", lambda self, why: type(said(self, why))("half a record", path=self.path))
    (tmp_path / "result.json").write_text(REFUSED["result.json"][0], encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)half a record.*cut off on the way"):
        add(own, [tmp_path / "result.json"], {})
