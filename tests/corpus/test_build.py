"""A corpus: every export once, whatever stops the run; nobody's name; what fails does not stop the rest."""

from __future__ import annotations

import csv
import errno
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest

from analysis import cli, workers
from analysis.corpus import build as building
from analysis.corpus import workers as spread
from analysis.corpus.build import MANIFEST, build
from analysis.corpus.chats import SCHEMA, ingest, key_of
from analysis.corpus.journal import opened
from analysis.corpus.summary import source
from analysis.corpus.workers import mapped
from analysis.errors import InputError
from analysis.ingest import files, manifest, read_chat
from analysis.ingest.gather import Raw
from analysis.ingest.readers.whatsapp import textstream
from analysis.privacy import length_for, pseudonym
from analysis.study import data_source

TELEGRAM = Path(__file__).resolve().parents[1] / "fixtures" / "chats" / "telegram-html"
NAMES = ("Bu Sri Wahyuni", "Pak Harun Santoso", "Toko Jaya", "+62 812-3456-7890")
TEXTS = ("siap bu", "Pak Harun Santoso, stok masih ada?", "hubungi 0812-3456-7890 ya", "besok jam 9 di balai desa")

SLEEPERS = """
import time
from analysis.corpus.workers import mapped
list(mapped(time.sleep, [99, 99], 2))
"""


def export(path: Path, seed: int, messages: int = 20) -> Path:
    rng = random.Random(seed)
    stamps = sorted(rng.sample(range(28 * 24 * 60), messages))
    lines = [f"{m // 1440 + 1:02d}/02/24 {m % 1440 // 60:02d}.{m % 60:02d} - {rng.choice(NAMES)}: {rng.choice(TEXTS)}"
             for m in stamps]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(f"{line}\n" for line in lines) + "28/02/24 23.59 - Toko Jaya: sampai besok\n", encoding="utf-8"
    )
    return path


def here(function: Callable, arguments: Iterable, count: int) -> Iterator[tuple]:
    """workers.mapped in this process."""
    for argument in arguments:
        try:
            yield argument, function(argument)
        except (InputError, OSError) as error:
            yield argument, error


@pytest.fixture
def exports(tmp_path, monkeypatch) -> Path:
    """A folder of six exports, two of them in a folder within it, read in this process."""
    monkeypatch.setattr(building, "mapped", here)
    for number in range(6):
        export(
            tmp_path / "raw" / ("deeper" if number > 3 else "") / f"Chat WhatsApp dengan Bu Sri {number}.txt", number
        )
    return tmp_path / "raw"


def whole(out: Path) -> dict[str, bytes]:
    """What a corpus holds, by place."""
    files = [path for path in [*(out / "messages").rglob("*"), out / MANIFEST] if path.is_file()]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def with_key_of(other: Path, out: Path) -> Path:
    (out / "secrets").mkdir(parents=True)
    shutil.copy(other / "secrets" / "pseudonym.key", out / "secrets")
    return out


def test_a_corpus_is_made_on_processes_and_gone_on_with(tmp_path, capsys):
    raw, out = tmp_path / "raw", tmp_path / "out"
    first = export(raw / "one.txt", 1)
    shutil.copy(first, raw / "copy.txt")
    (raw / "broken.txt").write_text("nothing\n", encoding="utf-8")
    (raw / "photo.jpg").write_bytes(b"\xff\xd8")
    arguments = ["corpus", str(raw), "--out", str(out), "--processes", "1"]
    assert cli.main(arguments) == 0
    said = capsys.readouterr()
    assert "21 messages in 1 chat of 1 export, 1 read now" in said.out
    assert "broken.txt: " in said.out
    assert "3/3" in said.err
    manifest = pd.read_parquet(out / MANIFEST)
    assert manifest["status"].value_counts().to_dict() == {"read": 1, "copy": 1, "failed": 1}
    table = pq.read_table(next((out / "messages").rglob("*.parquet")))
    assert table.schema.equals(SCHEMA)
    assert table.num_rows == len(read_chat(raw / "copy.txt")) == manifest["messages"].sum()
    with (out / "secrets" / "failures.csv").open(encoding="utf-8", newline="") as file:
        assert [row["export"] for row in csv.DictReader(file)] == ["broken.txt"]


def test_nothing_outside_secrets_names_anybody(exports, tmp_path):
    build(exports, out := tmp_path / "out", processes=1)
    tables = [pd.read_parquet(path) for path in out.rglob("*.parquet")]
    text = "\n".join(table.to_csv() for table in tables) + "\n".join(path.as_posix() for path in out.rglob("*"))
    assert not [name for name in ("Sri", "Harun", "3456-7890", "WhatsApp dengan") if name in text]
    assert oct((out / "secrets").stat().st_mode)[-2:] == "00"


def test_a_person_cannot_be_followed_from_one_export_to_another(exports, tmp_path):
    build(exports, out := tmp_path / "out", processes=1)
    members = [set(pd.read_parquet(path)["member"].dropna()) for path in (out / "messages").rglob("*.parquet")]
    assert len(set.union(*members)) == sum(map(len, members)) == 4 * 6


def test_exports_that_a_manifest_calls_simulated_are_called_so_in_captions(exports, tmp_path):
    build(exports, out := tmp_path / "out", processes=1)
    assert source(out) == ""
    names = [path.relative_to(exports).as_posix() for path in sorted(exports.rglob("*.txt"))]
    manifest.entered(exports, [{"path": name, "simulated": "yes"} for name in names[:2]])
    build(exports, out, processes=1)
    assert source(out) == "Some of these groups are simulated: no real person wrote in them."
    manifest.entered(exports, [{"path": name, "simulated": "yes"} for name in names])
    build(exports, out, processes=1)
    assert source(out) == data_source(True)


def test_who_withholds_consent_is_in_no_message(exports, tmp_path):
    (exports / "members.csv").write_text("name,consent\nPak Harun Santoso,none\n", encoding="utf-8")
    build(exports, out := tmp_path / "out", processes=1)
    written = sum(path.read_text("utf-8").count(" - Pak Harun Santoso: ") for path in exports.rglob("*.txt"))
    manifest = pd.read_parquet(out / MANIFEST)
    assert manifest["withheld"].sum() == written > 0
    texts = pd.concat([pd.read_parquet(path) for path in (out / "messages").rglob("*.parquet")])["text"]
    assert texts.str.contains("[WITHHELD]", regex=False).any()


def test_a_run_that_is_killed_ten_times_loses_and_doubles_nothing(exports, tmp_path):
    begun = time.monotonic()
    build(exports, once := tmp_path / "once", processes=1)
    seconds, rng = time.monotonic() - begun, random.Random(3)
    out = with_key_of(once, tmp_path / "out")
    for _ in range(10):
        if (child := os.fork()) == 0:
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            build(exports, out, processes=1)
            os._exit(0)
        time.sleep(rng.uniform(0, seconds))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    done = build(exports, out, processes=1)
    assert whole(out) == whole(once)
    assert sum(chat.messages for entry in done.entries for chat in entry.chats) == 6 * 21


def test_a_line_that_a_kill_cut_off_is_read_again(exports, tmp_path):
    build(exports, out := tmp_path / "out", processes=1)
    before, book = whole(out), out / "secrets" / "journal.jsonl"
    book.write_bytes(book.read_bytes()[:-30])
    assert build(exports, out, processes=1).fresh == 1
    assert whole(out) == before


def test_what_is_new_changed_or_lost_is_read_and_nothing_else(exports, tmp_path):
    build(exports, out := tmp_path / "out", processes=1)
    assert build(exports, out, processes=1).fresh == 0
    export(exports / "new.txt", 7)
    export(exports / "Chat WhatsApp dengan Bu Sri 0.txt", 0, messages=30)
    next((out / "messages").rglob("*.parquet")).unlink()
    assert 2 <= build(exports, out, processes=1).fresh <= 3
    assert pd.read_parquet(out / MANIFEST)["messages"].sum() == 6 * 21 + 31


def test_a_withdrawn_export_is_reported_and_pruned_when_asked(exports, tmp_path):
    build(exports, out := tmp_path / "out", processes=1)
    (gone := exports / "Chat WhatsApp dengan Bu Sri 1.txt").rename(exports / "renamed.txt")
    assert build(exports, out, processes=1).gone == [gone.name]
    assert pd.read_parquet(out / MANIFEST)["messages"].sum() == 6 * 21  # the renamed one is its copy
    assert build(exports, out, processes=1, prune=True).gone == []
    assert pd.read_parquet(out / MANIFEST)["messages"].sum() == 6 * 21
    (exports / "renamed.txt").unlink()
    build(exports, out, processes=1, prune=True)
    assert len(list((out / "messages").iterdir())) == 5


def test_an_export_that_is_kept_under_another_name_when_the_next_takes_its_place_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "mapped", here)
    raw, out = tmp_path / "raw", tmp_path / "out"
    january = export(raw / "grup.txt", 1)
    build(raw, out, processes=1)
    january.rename(raw / "grup-januari.txt")
    export(raw / "grup.txt", 2, messages=30)
    assert build(raw, out, processes=1).fresh == 2
    assert pd.read_parquet(out / MANIFEST)["messages"].sum() == 21 + 31
    assert build(raw, out, processes=1).fresh == 0


def test_a_copy_is_read_once_the_export_that_it_was_a_copy_of_has_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "mapped", here)
    raw, out = tmp_path / "raw", tmp_path / "out"
    first = export(raw / "a.txt", 1)
    shutil.copy(first, raw / "b.txt")
    build(raw, out, processes=1)
    assert pd.read_parquet(out / MANIFEST)["messages"].sum() == 21
    export(first, 2, messages=30)
    build(raw, out, processes=1)
    assert pd.read_parquet(out / MANIFEST)["messages"].sum() == 21 + 31


def test_a_copy_stays_a_copy_when_its_original_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "mapped", here)
    raw, out = tmp_path / "raw", tmp_path / "out"
    first = export(raw / "b.txt", 1)
    build(raw, out, processes=1)
    shutil.copy(first, raw / "a.txt")
    build(raw, out, processes=1)
    before = whole(out)
    next((out / "messages").rglob("*.parquet")).unlink()
    assert build(raw, out, processes=1).fresh == 1
    assert whole(out) == before


def test_a_member_who_withdraws_later_is_in_no_message_any_more(exports, tmp_path):
    roster = exports / "members.csv"
    roster.write_text("name,consent\nPak Harun Santoso,quotes\n", encoding="utf-8")
    build(exports, out := tmp_path / "out", processes=1)
    roster.write_text("name,consent\nPak Harun Santoso,none\n", encoding="utf-8")
    done = build(exports, out, processes=1)
    assert done.fresh == 6
    assert "read again for members.csv as it is now: 6 exports" in done.text()
    build(exports, fresh := with_key_of(out, tmp_path / "fresh"), processes=1)
    assert whole(out) == whole(fresh)
    assert pd.read_parquet(out / MANIFEST)["withheld"].sum() > 0


def test_a_member_who_is_listed_later_is_marked_in_every_text(exports, tmp_path):
    said = "".join(f"28/02/24 09.{minute} - Toko Jaya: kata Mbak Wening besok\n" for minute in range(10, 19))
    (exports / "other.txt").write_text(said, encoding="utf-8")
    build(exports, out := tmp_path / "out", processes=1)
    (exports / "members.csv").write_text("name,consent\nMbak Wening,quotes\n", encoding="utf-8")
    build(exports, out, processes=1)
    texts = pd.concat([pd.read_parquet(path) for path in (out / "messages").rglob("*.parquet")])["text"]
    assert texts.str.contains("kata ").sum() == 9
    assert not texts.str.contains("Wening").any()


def test_a_roster_with_the_same_members_makes_no_export_be_read_again(exports, tmp_path):
    roster = exports / "members.csv"
    roster.write_text("name,consent\nPak Harun Santoso,quotes\n", encoding="utf-8")
    build(exports, out := tmp_path / "out", processes=1)
    roster.write_text("consent;name\n\nquotes;Pak Harun Santoso\n", encoding="utf-8")
    done = build(exports, out, processes=1)
    assert done.fresh == 0
    assert "members.csv" not in done.text()


def test_a_run_that_is_stopped_after_a_member_withdrew_goes_on_with_the_exports_that_are_left(
    exports, tmp_path, monkeypatch
):
    build(exports, out := tmp_path / "out", processes=1)
    (exports / "members.csv").write_text("name,consent\nPak Harun Santoso,none\n", encoding="utf-8")

    def two(function: Callable, arguments: Iterable, count: int) -> Iterator[tuple]:
        yield from itertools.islice(here(function, arguments, count), 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(building, "mapped", two)
    with pytest.raises(KeyboardInterrupt):
        build(exports, out, processes=1)
    monkeypatch.setattr(building, "mapped", here)
    assert build(exports, out, processes=1).fresh == 4
    build(exports, fresh := with_key_of(out, tmp_path / "fresh"), processes=1)
    assert whole(out) == whole(fresh)


def test_chats_that_cannot_be_read_again_for_a_member_who_withdrew_are_refused_until_pruned(exports, tmp_path):
    build(exports, out := tmp_path / "out", processes=1)
    (gone := exports / "Chat WhatsApp dengan Bu Sri 1.txt").unlink()
    (exports / "members.csv").write_text("name,consent\nPak Harun Santoso,none\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"(?s)1 export .*members.csv.*{gone.name}.*--prune"):
        build(exports, out, processes=1)
    assert build(exports, out, processes=1, prune=True).fresh == 5
    assert (
        pd.read_parquet(out / MANIFEST)["messages"].sum() == 5 * 21 - pd.read_parquet(out / MANIFEST)["withheld"].sum()
    )


def test_a_worker_that_is_killed_while_it_writes_stops_nothing(exports, tmp_path, monkeypatch):
    def leaves_a_draft(task: object, name: str) -> object:
        (tmp_path / "out" / "drafts" / "cabc.1").write_bytes(b"PAR1")
        return ingest(task, name)

    monkeypatch.setattr(building, "ingest", leaves_a_draft)
    assert build(exports, out := tmp_path / "out", processes=1).fresh == 6
    assert (out / MANIFEST).exists()
    assert not (out / "drafts").exists()


def test_a_file_whose_name_is_not_utf8_is_reported_like_any_other_that_is_no_chat(exports, tmp_path, capsys):
    (exports / os.fsdecode(b"caf\xe9.txt")).write_text("nothing\n", encoding="utf-8")
    out = tmp_path / "out"
    assert cli.main(["corpus", str(exports), "--out", str(out), "--processes", "1"]) == 0
    assert "  caf\\udce9.txt: " in capsys.readouterr().out
    with (out / "secrets" / "failures.csv").open(encoding="utf-8", newline="") as file:
        assert [row["export"] for row in csv.DictReader(file)] == ["caf\\udce9.txt"]


def test_a_chat_whose_name_is_not_utf8_is_left_out_with_what_to_do(exports, tmp_path):
    (exports / "Chat WhatsApp dengan Bu Sri 1.txt").rename(exports / os.fsdecode(b"caf\xe9.txt"))
    done = build(exports, tmp_path / "out", processes=1)
    assert done.fresh == 5
    assert next(entry.why for entry in done.entries if entry.status == "failed").endswith("Rename it.")


def test_a_picture_whose_name_is_not_utf8_in_the_folder_of_an_export_stops_nothing(exports, tmp_path):
    shutil.copytree(TELEGRAM, exports / "ChatExport")
    (exports / "ChatExport" / os.fsdecode(b"foto\xe9.jpg")).write_bytes(b"\xff\xd8")
    assert build(exports, tmp_path / "out", processes=1).fresh == 7


def test_a_full_disk_stops_the_run_with_a_sentence_and_it_goes_on_later(exports, tmp_path, monkeypatch):
    def full(task: object, name: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(building, "ingest", full)
    with pytest.raises(InputError, match="continues where it stopped"):
        build(exports, out := tmp_path / "out", processes=1)
    assert not (out / MANIFEST).exists()
    monkeypatch.undo()
    monkeypatch.setattr(building, "mapped", here)
    assert build(exports, out, processes=1).fresh == 6


@pytest.fixture
def large(tmp_path, monkeypatch) -> Path:
    """A folder of one export that is too large to be read at once, read in this process, in parts."""
    monkeypatch.setattr(building, "mapped", here)
    monkeypatch.setattr(textstream, "PIECE", 30_000)
    monkeypatch.setattr(files, "LARGEST", 50_000)
    export(tmp_path / "raw" / "Chat WhatsApp dengan Bu Sri.txt", 1, messages=2_500)
    (tmp_path / "raw" / "members.csv").write_text("name,consent\nPak Harun Santoso,none\n", encoding="utf-8")
    return tmp_path / "raw"


def test_an_export_too_large_to_be_held_comes_out_as_if_it_were_held(large, tmp_path, monkeypatch):
    build(large, parts := tmp_path / "parts", processes=1)
    monkeypatch.setattr(files, "LARGEST", 1_000_000)
    build(large, once := with_key_of(parts, tmp_path / "once"), processes=1)
    pd.testing.assert_frame_equal(pd.read_parquet(parts / MANIFEST), pd.read_parquet(once / MANIFEST))
    tables = [pq.read_table(next((out / "messages").rglob("*.parquet"))) for out in (parts, once)]
    assert tables[0].equals(tables[1])
    assert pq.ParquetFile(next((parts / "messages").rglob("*.parquet"))).num_row_groups > 1


def test_a_disk_that_fills_in_the_middle_of_an_export_leaves_nothing_of_it(large, tmp_path, monkeypatch):
    def full(writer: pq.ParquetWriter, table: object) -> None:
        written.append(write(writer, table))
        if len(written) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    write, written = pq.ParquetWriter.write_table, list[None]()
    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(InputError, match="nothing more can be written here: No space left"):
        build(large, out := tmp_path / "out", processes=1)
    assert [path for name in ("drafts", "messages") for path in (out / name).rglob("*")] == []
    monkeypatch.setattr(pq.ParquetWriter, "write_table", write)
    assert build(large, out, processes=1).fresh == 1


def test_a_kill_in_the_middle_of_an_export_leaves_no_part_of_it_in_place(large, tmp_path, monkeypatch):
    out = tmp_path / "out"
    if (child := os.fork()) == 0:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
        monkeypatch.setattr(pq.ParquetWriter, "write_table", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        build(large, out, processes=1)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert len(list((out / "drafts").iterdir())) == 1
    assert list((out / "messages").iterdir()) == []
    build(large, out, processes=1)
    assert not (out / "drafts").exists()


def test_two_runs_at_once_a_changed_zone_and_an_empty_folder_are_refused(exports, tmp_path):
    build(exports, out := tmp_path / "out", processes=1)
    with opened(out / "secrets" / "journal.jsonl"), pytest.raises(InputError, match="another process"):
        build(exports, out, processes=1)
    with pytest.raises(InputError, match="was read with tz Asia/Jakarta, not Asia/Tokyo"):
        build(exports, out, processes=1, tz="Asia/Tokyo")
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no export"):
        build(empty, tmp_path / "other", processes=1)


def test_a_time_zone_that_there_is_none_of_is_not_written_down(exports, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InputError, match="no time zone is called 'Asia/Jakrta'"):
        build(exports, out, processes=1, tz="Asia/Jakrta")
    assert not (out / "corpus.yaml").exists()
    assert build(exports, out, processes=1, tz="Asia/Makassar").fresh == 6


def test_thousands_of_people_in_an_export_have_pseudonyms_of_their_own():
    many = pd.DataFrame({"name": [f"Orang {n}" for n in range(6_000)]})
    nobody = many[:0]
    raw = Raw([], [], many, nobody, nobody, [], nobody, nobody)
    own = key_of(b"of the corpus", "grup.txt", raw)
    assert len({pseudonym(name, own, length=length_for(6_000)) for name in many["name"]}) == 6_000
    assert key_of(b"of the corpus", "grup.txt", raw) == own
    assert key_of(b"of the corpus", "other.txt", raw) != own


def test_no_process_at_all_is_refused(exports, tmp_path):
    with pytest.raises(InputError, match="must be at least 1, not"):
        build(exports, out := tmp_path / "out", processes=0)
    assert not out.exists()


def test_an_argument_that_kills_its_process_does_not_stop_the_others():
    deadly = "__import__('os')._exit(1)"
    results = dict(mapped(eval, ["1 + 1", deadly, "2 + 2", "1 / 0"], 1))
    assert {argument: results[argument] for argument in ("1 + 1", "2 + 2")} == {"1 + 1": 2, "2 + 2": 4}
    assert type(results["1 / 0"]).__name__ == "ZeroDivisionError"
    assert type(results[deadly]).__name__ == "BrokenProcessPool"


def test_a_process_that_is_killed_while_the_results_are_used_stops_nothing_and_loses_nothing():
    deadly = f"__import__('os').kill(__import__('os').getpid(), {signal.SIGKILL:d})"
    arguments = ["1 + 1", deadly, *(f"{number} + 0" for number in range(8))]
    results = {}
    for argument, result in mapped(eval, iter(arguments), 1):
        results[argument] = result
        time.sleep(1 if len(results) == 1 else 0)  # meanwhile the process dies, which the next submission finds
    assert isinstance(results.pop(deadly), BrokenProcessPool)
    assert results == {argument: eval(argument) for argument in arguments if argument != deadly}


def test_a_process_that_is_killed_while_it_has_nothing_to_do_stops_nothing(monkeypatch):
    pool, pools = workers.pool, []

    def remembered(count: int) -> ProcessPoolExecutor:
        pools.append(pool(count))
        return pools[-1]

    def arguments() -> Iterator[str]:
        yield "1 + 1"
        pools[0].submit(os._exit, 1).exception()  # what it waits for is that the pool is broken
        yield "2 + 2"

    monkeypatch.setattr(workers, "pool", remembered)
    monkeypatch.setattr(spread, "AHEAD", 1)
    assert dict(mapped(eval, arguments(), 1)) == {"1 + 1": 2, "2 + 2": 4}


def test_no_process_outlives_the_one_that_started_it():
    parent = subprocess.Popen([sys.executable, "-c", SLEEPERS])
    until = time.monotonic() + 60
    while len(children := psutil.Process(parent.pid).children(recursive=True)) < 3 and time.monotonic() < until:
        time.sleep(0.1)  # the two, and what watches over their semaphores
    parent.kill()
    parent.wait()
    assert len(children) >= 2
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
