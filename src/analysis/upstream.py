"""Check by hash that the inputs of a stage are what earlier stages wrote.

DVC assumes that a write-protected object of its cache is intact, and that what it links or copies from there is what
the lock names (dvc_data, LocalHashFileDB.check). So a bit flipped on the disk would affect every later number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis import study
from analysis.errors import InputError

DVC_STAGE = "DVC_STAGE"  # environment variable that `dvc repro` sets for the command of a stage
FRESH = "GUYUB_FRESH"  # environment variable, set where all was just made: nothing is compared or opened
OBJECTS = Path(".dvc/cache/files/md5")


def md5(path: Path) -> str:
    """MD5 of a file's bytes, in hexadecimal digits (DVC's choice; against accidents, not against forgers)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def folder_md5(folder: Path, files: Iterable[Path]) -> str:
    """DVC's hash of a folder: of the JSON list of its files' hashes and paths. files: in the order of their paths."""
    listed = [{"md5": md5(path), "relpath": path.relative_to(folder).as_posix()} for path in files]
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def require_whole(paths: study.Paths, stage: str) -> None:
    """Raises InputError, with the file and DVC's object, when an output that the stage depends on does not have
    the hash that dvc.lock records. Without a lock there is nothing to compare."""
    if not (paths.root / "dvc.lock").exists():
        return
    deps = [Path(dep) for dep in study.read_yaml(paths.root / "dvc.yaml")["stages"][stage]["deps"]]
    for maker, out in _outputs(paths.root, stage):
        place = Path(out["path"])
        if any(place == dep or place in dep.parents or dep in place.parents for dep in deps):
            for name, digest in _broken(paths.root, out["path"], out["md5"]):
                content = OBJECTS / digest[:2] / digest[2:]
                also = f" and {content}" if (paths.root / content).exists() else ""
                what = f"it is not what the stage {maker} wrote, by the hash in dvc.lock: it was changed, or is broken"
                raise InputError(what, path=paths.root / name, fix=f"Delete it{also}, then: dvc repro {maker}")


def _outputs(root: Path, stage: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The outputs of the other stages in dvc.lock: the stage, and the entry with path and md5."""
    for maker, entries in (study.read_yaml(root / "dvc.lock").get("stages") or {}).items():
        if maker != stage:
            yield from ((maker, out) for out in entries.get("outs") or ())


def _broken(root: Path, name: str, digest: str) -> Iterator[tuple[str, str]]:
    """The output, or its files, that exist and have another hash: their names, and the hashes they should have. DVC
    itself makes or reports what does not exist."""
    place, listed = root / name, root / OBJECTS / digest[:2] / digest[2:]
    if digest.endswith(".dir") and place.is_dir() and listed.exists():
        wanted = {entry["relpath"]: entry["md5"] for entry in json.loads(listed.read_text(encoding="utf-8"))}
        own = {inner: md5(place / inner) if (place / inner).is_file() else "" for inner in wanted}
        yield from ((f"{name}/{inner}", wanted[inner]) for inner in wanted if own[inner] != wanted[inner])
    elif place.is_dir():
        files = (path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))
        if folder_md5(place, sorted(files, key=lambda path: path.relative_to(place).as_posix())) != digest:
            yield name, digest
    elif place.exists() and md5(place) != digest:
        yield name, digest
