"""An object of DVC's cache that is broken is found by its hash before the next stage reads what was made of it."""

from __future__ import annotations

import hashlib
import json

import pytest
import yaml

from analysis import cli, study
from analysis.errors import InputError
from analysis.upstream import FRESH, OBJECTS, require_whole

FOLDER = "data/processed/ingest"
STAGES = {
    "ingest": {"cmd": "guyub run ingest", "deps": ["data/raw"], "outs": [FOLDER], "metrics": ["metrics/ingest.json"]},
    "coding": {"cmd": "guyub run coding", "deps": [f"{FOLDER}/messages.parquet", "metrics/ingest.json"], "outs": ["x"]},
}


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def ran(tmp_path):
    """A study whose stage ingest has run by DVC: a folder of two files, metrics, a lock, and the folder's objects."""
    contents = {"messages.parquet": b"messages", "members.parquet": b"members"}
    listed = [{"md5": _md5(contents[name]), "relpath": name} for name in sorted(contents)]
    whole = json.dumps(listed, sort_keys=True).encode()
    objects = {_md5(content): content for content in contents.values()} | {f"{_md5(whole)}.dir": whole}
    outs = [{"path": FOLDER, "md5": f"{_md5(whole)}.dir"}, {"path": "metrics/ingest.json", "md5": _md5(b"{}")}]
    files = {f"{FOLDER}/{name}": content for name, content in contents.items()} | {"metrics/ingest.json": b"{}"}
    files |= {f"{OBJECTS}/{name[:2]}/{name[2:]}": content for name, content in objects.items()}
    files["params.yaml"] = b"ingest: {}\n"
    files["dvc.yaml"] = yaml.safe_dump({"stages": STAGES}).encode()
    files["dvc.lock"] = yaml.safe_dump({"stages": {"ingest": {"cmd": "guyub run ingest", "outs": outs}}}).encode()
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return study.Paths(tmp_path)


def test_what_the_stages_before_wrote_may_be_read(ran):
    require_whole(ran, "coding")
    require_whole(ran, "ingest")  # its own outputs are about to be made again


@pytest.mark.parametrize("name", [f"{FOLDER}/messages.parquet", f"{FOLDER}/members.parquet", "metrics/ingest.json"])
@pytest.mark.parametrize("content", [b"messagez", b"", b"m"])
def test_a_broken_output_is_found_and_named_with_its_object(ran, name, content):
    (ran.root / name).write_bytes(content)
    with pytest.raises(InputError, match="it is not what the stage ingest wrote") as error:
        require_whole(ran, "coding")
    assert error.value.path == ran.root / name
    assert "dvc repro ingest" in error.value.fix
    assert (str(OBJECTS) in error.value.fix) == name.startswith(FOLDER)


def test_a_file_too_many_or_too_few_in_a_folder_is_found(ran):
    (ran.root / FOLDER / "members.parquet").unlink()
    with pytest.raises(InputError, match="not what the stage ingest wrote"):
        require_whole(ran, "coding")


def test_only_a_run_of_dvc_is_stopped_so_that_inputs_can_be_tried_by_hand(ran, monkeypatch, capsys):
    (ran.root / FOLDER / "messages.parquet").write_bytes(b"messagez")
    monkeypatch.chdir(ran.root)
    monkeypatch.setattr(study, "run_step", lambda paths, step: paths.metrics("ingest"))  # any file
    monkeypatch.delenv("DVC_STAGE", raising=False)
    assert cli.main(["run", "coding"]) == 0
    monkeypatch.setenv("DVC_STAGE", "coding")
    assert cli.main(["run", "coding"]) == 1
    assert "messages.parquet: it is not what the stage ingest wrote" in capsys.readouterr().err
    monkeypatch.setenv(FRESH, "yes")  # a rerun notes what a stage opens, and has just made all that it reads
    assert cli.main(["run", "coding"]) == 0


def test_without_a_lock_nothing_is_compared(ran):
    (ran.root / "dvc.lock").unlink()
    (ran.root / FOLDER / "messages.parquet").write_bytes(b"messagez")
    require_whole(ran, "coding")
