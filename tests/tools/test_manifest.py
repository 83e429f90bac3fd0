"""Every command that writes into data/raw enters what it wrote into MANIFEST.csv, in lines that verify accepts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis import cli, study, tables
from analysis.cli import entry
from analysis.coding.anchors import text_hash
from analysis.ingest import manifest, step
from analysis.tools import new
from analysis.verify.lock import raw_files_are_those_of_the_manifest
from analysis.verify.subject import Subject

CHAT = """24/07/24 09.43 - Bu Sri: tadi Zuvella mampir ke stan
24/07/24 09.44 - Pak Harun: iya, tadi Zuvella ke parkiran
24/07/24 09.45 - Bu Sri: ketemu angka 3388291
"""
FILES = {
    "chats/UMKM.txt": CHAT,
    "members.csv": "name,aliases,consent\nSri Wahyuni,Bu Sri,quotes\nHarun Al Rasyid,Pak Harun,quotes\n",
    "codebook.yaml": "version: 1\ncodes:\n  - {name: humour, definition: Jokes.}\n",
    "transcripts/w.txt": "Pewawancara: Apa kabar?\n\nHarun Al Rasyid: Rezeki lancar\n\nHarun Al Rasyid: Amin\n",
}
ID = "umkm-20240724T0244-1"
GIVEN = {
    "again.txt": CHAT.replace("24/07", "25/07"),
    "Budi.csv": "unit_id,start,end,code,coder,round,text_sha256\n{id},0,3,humour,Budi,1,{sha256}\n",
    "ani.csv": f"item,back,answers,message_id\n1,1,,umkm-20240724T0243-1\n1,?,1,{ID}\n",
    "codes.csv": "code,definition\nhumour,Jokes.\n",
}


@pytest.fixture
def ran(bare_study) -> study.Paths:
    """A study of two members that ran as far as people are asked what may be quoted."""
    for name, text in FILES.items():
        (bare_study.raw / name).parent.mkdir(parents=True, exist_ok=True)
        (bare_study.raw / name).write_text(text, encoding="utf-8")
    new.write_manifest(bare_study.raw)
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), bare_study)
    turns = tables.read(bare_study.processed("ingest") / "utterances.parquet", tables.Utterances)
    told = turns[turns["member"].notna()].rename(columns={"utterance_id": "unit_id"})[["unit_id", "member"]]
    for name in ("passages", "quotations"):
        tables.write(told, bare_study.processed("themes") / f"{name}.parquet")
    said = tables.read(bare_study.processed("ingest") / "messages.parquet", tables.Messages).set_index("message_id")
    for name, text in GIVEN.items():
        (bare_study.root.parent / name).write_text(
            text.replace("{id}", ID).replace("{sha256}", text_hash(said.loc[ID, "text"])), encoding="utf-8"
        )
    return bare_study


def guyub(*words: str) -> Callable[[study.Paths], Path]:
    """A call of the command in a study; returns its raw folder. A file that is given lies next to the study."""

    def call(paths: study.Paths) -> Path:
        given = [str(paths.root.parent / word) if word in GIVEN else word for word in words]
        assert cli.main([word.replace("STUDY", str(paths.root)) for word in given]) == 0
        return paths.raw

    return call


def withdrawn(paths: study.Paths) -> Path:
    roster = paths.raw / "members.csv"
    roster.write_text(FILES["members.csv"].replace("Harun,quotes", "Harun,none"), encoding="utf-8")
    return guyub("forget", "--yes")(paths)


def begun(paths: study.Paths) -> Path:
    (paths.raw / manifest.NAME).unlink()
    new.write_manifest(paths.raw)
    return paths.raw


def simulated(paths: study.Paths) -> Path:
    guyub("simulate", "--out", "STUDY/simulated", "--members", "12", "--months", "1")(paths)
    return paths.root / "simulated"


WRITING = {
    "add": [guyub("add", "again.txt")],
    "import": [guyub("import", "Budi.csv"), guyub("import", "ani.csv"), guyub("import", "codes.csv", "--replace")],
    "sample": [guyub("sample", "STUDY/sheet.csv", "--size", "1")],
    "review": [guyub("review"), guyub("review")],
    "quotes": [guyub("quotes"), guyub("quotes")],
    "forget": [withdrawn],
    "new": [begun],
    "simulate": [simulated],
}
READING = (
    "run", "notebooks", "book", "dag", "pdf", "corpus", "groups", "check", "verify", "trace", "scan", "agree",
    "annotate", "export",
)  # fmt: skip


def test_each_command_is_known_to_write_into_the_raw_folder_or_not_to():
    assert sorted([*WRITING, *READING]) == sorted(entry.COMMANDS)


@pytest.mark.parametrize("command", WRITING)
def test_what_a_command_writes_into_the_raw_folder_is_listed_whole(ran, command, monkeypatch):
    monkeypatch.chdir(ran.root)
    keys = iter("kqk" if command == "review" else "sqs")  # decide on one, stop, go on
    monkeypatch.setattr("analysis.tools.decisions._key", lambda: next(keys))
    for call in WRITING[command]:
        before = (ran.raw / manifest.NAME).read_text(encoding="utf-8")
        raw = call(ran)
        rows = manifest.read(raw)
        files = {path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.is_file()} - {manifest.NAME}
        assert {path for path, row in rows.items() if row["sha256"] == manifest.sha256(raw / path)} == files
        assert all(row["kind"] and row["simulated"] in ("yes", "no") for row in rows.values())
        if raw == ran.raw:
            assert list(raw_files_are_those_of_the_manifest(Subject(ran))) == []
            assert command == "new" or (raw / manifest.NAME).read_text(encoding="utf-8") != before


def test_a_row_without_an_answer_is_simulated_where_all_others_are(tmp_path):
    (tmp_path / "reviewed.csv").write_text("expression,decision\n", encoding="utf-8")
    for answers, expected in ((("yes", "yes"), "yes"), (("yes", "no"), "no"), (("yes", ""), "no")):
        rows = [{"path": str(n), "sha256": "0", "simulated": answer} for n, answer in enumerate(answers)]
        pd.DataFrame(rows).to_csv(tmp_path / manifest.NAME, index=False)
        manifest.entered(tmp_path, [{"path": "reviewed.csv"}])
        assert manifest.read(tmp_path)["reviewed.csv"]["simulated"] == expected
