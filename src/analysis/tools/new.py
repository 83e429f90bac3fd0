"""A new study folder for another community: the same notebooks, code and book, with its own raw data."""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
from pathlib import Path

from analysis import book, study
from analysis.errors import InputError

LEFT_BEHIND = ("data/", "metrics/", "dvc.lock", "study.yaml")
MANIFEST_FIELDS = ("path", "sha256", "kind", "source", "licence", "consent_basis", "simulated")
KINDS = {"transcripts": "transcript", "codings": "codings", "chats": "chat"}
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
    for name in tracked(paths.root):
        if not name.startswith(LEFT_BEHIND):
            _copy(paths.root / name, folder / name)
    _copy(paths.root / "data" / "processed" / "README.md", folder / "data" / "processed" / "README.md")
    shutil.copytree(raw, folder / "data" / "raw", copy_function=shutil.copyfile)
    write_manifest(folder / "data" / "raw")
    (folder / "study.yaml").write_text(book.blank_study(folder.name), encoding="utf-8")
    with (folder / ".gitignore").open("a", encoding="utf-8") as ignore:
        ignore.write(IGNORED)
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")  # what Guyub brought is told from what is written later, such as coding sheets


def tracked(root: Path) -> list[str]:
    """Files of the study that git tracks, relative to root. Raises InputError outside a git checkout."""
    listed = _git(root, "ls-files", "-z", "--cached")
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def write_manifest(raw: Path) -> None:
    """List every raw file with its hash in MANIFEST.csv; what only a person knows (source, consent) is left empty."""
    target = raw / "MANIFEST.csv"
    if target.exists():
        return
    files = sorted(path for path in raw.rglob("*") if path.is_file())
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, MANIFEST_FIELDS, lineterminator="\n", restval="")
        writer.writeheader()
        for path in files:
            name = path.relative_to(raw).as_posix()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            writer.writerow(
                {"path": name, "sha256": digest, "kind": KINDS.get(name.split("/")[0], ""), "simulated": "no"}
            )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(
            f"git {words[0]} failed: {done.stderr.strip()}", path=folder, fix="Start from a git checkout of Guyub."
        )
    return done.stdout
