"""Files that are none are refused before they are read, and what the disk refuses is said in one sentence with nothing
left half-written."""

from __future__ import annotations

import errno
import os
import resource
import socket
import stat
import zipfile
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from analysis import cli, disk, study, tables
from analysis.coding.refiqda import archive
from analysis.errors import InputError
from analysis.ingest import files, manifest, read_chat
from analysis.ingest.gather import gather
from analysis.tools import check, new
from analysis.tools.add import add

CHAT = "24/07/24 09.43 - Bu Sri: halo\n24/07/24 09.44 - Dian: pagi Bu\n"
TABLE = pd.DataFrame({"number": range(20_000), "text": [f"text {n * n}" for n in range(20_000)]})


@pytest.fixture
def raw(tmp_path):
    """A raw folder with one chat."""
    folder = tmp_path / "raw"
    (folder / "chats").mkdir(parents=True)
    (folder / "chats" / "chat.txt").write_text(CHAT, encoding="utf-8")
    return folder


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the whole path of a socket is bounded
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _circle(path: Path) -> None:
    path.symlink_to(path.with_name("there"))
    path.with_name("there").symlink_to(path)


NO_FILES = {
    "a link to a file outside": (lambda path: path.symlink_to("/etc/passwd"), "leads out of the folder"),
    "a link to a folder outside": (lambda path: path.symlink_to("/etc"), "leads out of the folder"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "leads out of the folder"),
    "a link upwards": (lambda path: path.symlink_to("../../.."), "leads out of the folder"),
    "a link to its own folder": (lambda path: path.symlink_to("."), "leads to a folder"),
    "a link to nothing": (lambda path: path.symlink_to("nothing"), "leads nowhere"),
    "links in a circle": (_circle, "leads nowhere, or in a circle"),
    "a named pipe": (os.mkfifo, "is a named pipe"),
    "a socket": (_socket, "is a socket"),
}
PLACES = ("chats/more.txt", "members.csv", "codebook.yaml", "codings/a.csv", "annotations/a.csv", "transcripts/a.docx",
          "chats/slack/users.json", "elsewhere/deep/x")  # fmt: skip


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_is_refused_wherever_it_lies_in_the_raw_folder(raw, kind, place):
    make, said = NO_FILES[kind]
    (raw / place).parent.mkdir(parents=True, exist_ok=True)
    make(raw / place)
    with pytest.raises(InputError, match=said):
        gather(raw, tz="Asia/Jakarta", date_order=None)


@pytest.mark.parametrize("kind", NO_FILES)
def test_a_new_study_copies_none_of_what_is_no_file_and_leaves_nothing(tmp_path, raw, kind):
    make, said = NO_FILES[kind]
    make(raw / ".hidden")
    with pytest.raises(InputError, match=said):
        new.new_study(tmp_path / "mine", raw, new.About())
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("kind", NO_FILES)
def test_nothing_that_is_no_file_is_added_from_a_folder_or_by_its_name(bare_study, tmp_path, raw, kind):
    make, said = NO_FILES[kind]
    make(raw / "members.csv")
    with pytest.raises(InputError, match=said):
        add(bare_study, [raw], {})
    if not (raw / "members.csv").is_dir():  # a folder is looked through, as above
        with pytest.raises(InputError, match=r"is a (link|named pipe|socket)"):
            add(bare_study, [raw / "members.csv"], {})
    assert not list(bare_study.raw.rglob("chat.txt"))


def test_a_link_that_stays_inside_is_copied_as_the_file_that_it_leads_to(tmp_path, raw):
    (raw / "chats" / "same.txt").symlink_to("chat.txt")
    new.new_study(tmp_path / "mine", raw, new.About())
    copied = tmp_path / "mine" / "data" / "raw" / "chats" / "same.txt"
    assert not copied.is_symlink()
    assert copied.read_text(encoding="utf-8") == CHAT


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full"])
def test_a_device_is_no_chat(path):
    with pytest.raises(InputError, match="is a device"):
        read_chat(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK])
@pytest.mark.parametrize("opened", ["a chat", "a project"])
def test_an_entry_of_an_archive_that_is_no_file_is_refused(tmp_path, kind, opened):
    place = tmp_path / "WhatsApp Chat.zip"
    with zipfile.ZipFile(place, "w") as made:
        entry = zipfile.ZipInfo("_chat.txt")
        entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
        made.writestr(entry, "/etc/passwd")
    with pytest.raises(InputError, match=r"_chat\.txt in this archive is a (link|named pipe|socket|device)"):
        read_chat(place) if opened == "a chat" else _read_project(place)


def _read_project(place: Path) -> None:
    with archive.opened(place) as project:
        project.read("_chat.txt", 100)


# What the disk refuses


@contextmanager
def full(size: int = 8_192):
    """A disk on which no file can grow beyond so many bytes: the system itself refuses to write more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


WRITERS = {
    "a table": lambda path: tables.write(TABLE, path),
    "metrics": lambda path: study.write_metrics(study.Paths(path.parents[1]), "ingest", {"x": list(range(20_000))}),
    "a text": lambda path: disk.write_text(path, "x" * 20_000),
    "an archive": lambda path: archive.write(path, {"a": bytes(20_000)}),
    "a manifest": lambda path: manifest.entered(path.parent, [{"path": str(n), "sha256": "0"} for n in range(3_000)]),
}  # fmt: skip


@pytest.mark.parametrize("what", WRITERS)
def test_a_full_disk_is_said_in_a_sentence_and_what_was_there_stays(tmp_path, what):
    targets = {"metrics": tmp_path / "metrics" / "ingest.json", "a manifest": tmp_path / "MANIFEST.csv"}
    target = targets.get(what, tmp_path / "target")
    target.parent.mkdir(exist_ok=True)
    target.write_text("path\nbefore\n", encoding="utf-8")
    with full(), pytest.raises(InputError, match="grew larger than this system lets it") as error:
        WRITERS[what](target)
    assert str(error.value.path) == str(target)
    assert target.read_text(encoding="utf-8") == "path\nbefore\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [target]


def test_files_that_do_not_fit_are_added_all_or_none(bare_study, raw):
    (raw / "chats" / "long.txt").write_text(CHAT * 400, encoding="utf-8")
    before = {path: path.read_bytes() for path in bare_study.raw.rglob("*") if path.is_file()}
    with full(), pytest.raises(InputError, match="grew larger"):
        add(bare_study, [raw], {})
    assert {path: path.read_bytes() for path in bare_study.raw.rglob("*") if path.is_file()} == before


def test_a_new_study_that_does_not_fit_leaves_nothing(tmp_path, raw):
    (raw / "chats" / "long.txt").write_text(CHAT * 40_000, encoding="utf-8")
    (tmp_path / "mine").mkdir()
    with full(1_000_000), pytest.raises(InputError, match="grew larger"):
        new.new_study(tmp_path / "mine", raw, new.About())
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("number", disk.CAUSES)
def test_every_command_ends_in_one_sentence_that_names_the_cause(number, capsys):
    refused = OSError(number, os.strerror(number), "some/file")
    with mock.patch.object(check, "check", side_effect=refused):
        assert cli.main(["check"]) == 1
    what, fix = disk.CAUSES[number]
    assert capsys.readouterr().err == f"guyub: some/file: {what}\n{fix}\n"


def test_an_error_of_the_system_that_no_user_can_do_anything_about_is_not_hidden():
    with (
        mock.patch.object(check, "check", side_effect=OSError(errno.EBADF, "Bad file descriptor")),
        pytest.raises(OSError, match="Bad file descriptor"),
    ):
        cli.main(["check"])


@pytest.mark.parametrize("text", ["[Errno 28] No space left on device: 'data/x.parquet'",
                                  "[Errno 28] Error writing bytes to file. Detail: [errno 28] No space left on device",
                                  "[Errno 30] Read-only file system: 'data/x.parquet'"])  # fmt: skip
def test_what_the_system_refused_to_a_notebook_is_said_as_well(text):
    refused = disk.said_refusal(text)
    assert refused is not None
    assert refused.what in ("the disk is full", "the disk or folder is read-only")
    assert refused.path == ("data/x.parquet" if "data/x.parquet" in text else None)
    assert disk.said_refusal("[Errno 2] No such file or directory: 'x'") is None


@pytest.mark.parametrize("content", [b"", b"no Parquet", b"PAR1", "a chat.txt", "cut", "swapped"])
def test_a_table_that_cannot_be_read_is_said_in_a_sentence(tmp_path, content):
    path = tmp_path / "ingest" / "messages.parquet"
    tables.write(TABLE, path)
    whole = path.read_bytes()
    swapped = whole[:50] + whole[-50:] + whole[50:-50]
    broken = {"a chat.txt": CHAT.encode(), "cut": whole[:-100], "swapped": swapped}
    path.write_bytes(content if isinstance(content, bytes) else broken[content])
    with pytest.raises(InputError, match="this table is broken") as error:
        tables.read(path)
    assert error.value.path == path
    assert "dvc repro ingest" in error.value.fix


def test_metrics_that_cannot_be_read_are_said_in_a_sentence(tmp_path):
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "ingest.json").write_text('{"status": "o', encoding="utf-8")
    with pytest.raises(InputError, match="these metrics are broken"):
        study.read_metrics(study.Paths(tmp_path), "ingest")


def test_a_file_that_is_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="not a regular file"):
        files.check(tmp_path)


@pytest.mark.parametrize(("before", "after"), [(0o600, 0o600), (0o640, 0o640), (0o444, 0o644)])
def test_who_may_read_a_file_stays_when_it_is_written_anew(tmp_path, before, after):
    (tmp_path / "a.csv").write_text("1", encoding="utf-8")
    (tmp_path / "a.csv").chmod(before)
    disk.write_text(tmp_path / "a.csv", "2")
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == after


def test_a_files_hash_is_the_one_that_its_bytes_have_and_wheels_record(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert disk.sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    recorded = next(f for f in distribution("pytest").files or [] if f.hash and f.name == "__init__.py")
    assert disk.wheel_sha256(Path(recorded.locate())) == recorded.hash.value
