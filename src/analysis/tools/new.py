"""A new study folder for another community: the same notebooks, code and book, with its own raw data."""

from __future__ import annotations

import shutil
from pathlib import Path

from analysis import book, study
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.verify.rerun import copy, git, sources

LEFT_BEHIND = ("data/", "metrics/", "dvc.lock", "study.yaml")
IGNORED = "\n# this community's own: never in git\n/data/raw/\n"


def new_study(paths: study.Paths, folder: Path, raw: Path) -> None:
    """Make a study in folder whose data/raw are raw's files. git tracks its code from now on; data and keys stay out.

    Raises InputError when folder is not empty, raw is no folder, or the study here is not a git checkout.
    """
    folder, raw = folder.resolve(), raw.resolve()
    if not raw.is_dir():
        raise InputError("no such folder of raw files", path=raw)
    if folder.is_relative_to(raw):
        raise InputError("the new study cannot lie inside its own raw files", path=folder)
    study.require_empty(folder)
    for name in sources(paths.root):
        if not name.startswith(LEFT_BEHIND):
            copy(paths.root / name, folder / name)
    copy(paths.root / "data" / "processed" / "README.md", folder / "data" / "processed" / "README.md")
    shutil.copytree(raw, folder / "data" / "raw", copy_function=shutil.copyfile)
    write_manifest(folder / "data" / "raw")
    (folder / "study.yaml").write_text(book.blank_study(folder.name), encoding="utf-8")
    with (folder / ".gitignore").open("a", encoding="utf-8") as ignore:
        ignore.write(IGNORED)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")  # separates what Guyub brought from what is written later, such as coding sheets


def write_manifest(raw: Path) -> None:
    """List every raw file with its hash in MANIFEST.csv; what only a person knows (source, consent) is left empty."""
    if (raw / manifest.NAME).exists():
        return
    names = sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.is_file())
    kinds = {name: manifest.KINDS.get(name.split("/")[0], "") for name in names}
    manifest.entered(raw, [{"path": name, "kind": kind, "simulated": "no"} for name, kind in kinds.items()])
