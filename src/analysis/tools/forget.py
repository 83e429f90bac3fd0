"""Remove people's data that earlier runs left, so that after a withdrawal only a new run remains.

A member withdraws by one edit: consent `none` in members.csv. The next run leaves them out, but tables, executed
notebooks and pages of earlier runs are still in DVC's cache. No file there shows whose data it holds, so all of it is
removed, and the next run makes it again. Sheets of annotated replies, codings and decisions on quotations in data/raw,
which were made from earlier tables, lose what shows the member; everything else in them stays (tools.withdrawn). What
is out of reach (git's history, remote storage, copies elsewhere) is named.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from analysis import disk, study, wording
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.repository import said
from analysis.scan.site_cache import to_clear
from analysis.tools import handed, withdrawn

MADE = {
    "data/processed": "tables of earlier runs",
    "book/executed": "executed notebooks",
    "book/_build": "the built book",
    "metrics": "numbers of earlier runs",
    "dvc_plots": "curves that `dvc plots` drew",
    ".guyub": "drafts and logs of runs that broke off",
    ".dvc/tmp/exps": "workspaces of DVC's experiments",
}
KEPT = ("README.md", "pseudonym-key.fingerprint", ".gitignore", handed.NAME)  # files that stay in these folders
DRAFTS = ".ipynb_checkpoints"
SKIPPED = (".git", ".venv", "raw", "secrets")  # folders that are not searched for drafts
IN_GIT = ("data/raw", "data/processed", "book/executed", "book/_build", "metrics")
MEGABYTE = 1_000_000
HANDED_OUT = (  # endings, in lower case, of files that leave the study or come back
    ".html", ".csv", ".xlsx", ".qdpx", ".qdc", ".sqlite3", ".zip", "ro-crate-metadata.json",
)  # fmt: skip
ELSEWHERE = "copies elsewhere: a published site, backups, other people's clones."
EXAMPLES = 5  # most names listed of many files
_HASH = re.compile(r"[0-9a-f]+(?:\.dir)?")  # or a word of these letters, which is not the hash of any output


@dataclass(frozen=True)
class Leftover:
    """Something to remove: a file or folder, and what it is. keep: names of files in it that stay."""

    path: Path
    what: str
    keep: tuple[str, ...] = ()

    @property
    def files(self) -> list[Path]:
        """The files that are removed."""
        if not self.path.is_dir():
            return [self.path]
        return [f for f in self.path.rglob("*") if (f.is_file() or f.is_symlink()) and f.name not in self.keep]


@dataclass(frozen=True)
class RosterHash:
    """The roster's hash for MANIFEST.csv, outdated since a member's withdrawal was entered in the roster."""

    listed: str
    now: str


@dataclass(frozen=True)
class Removal:
    """What would be removed, and what cannot be. notebooks: those whose outputs will be stripped. roster: the hash to
    enter. sheets, codings, approvals: files of data/raw that show these members, with their new text. names: members
    who withhold consent; interviews: the files of their transcripts, which stay."""

    root: Path
    items: list[Leftover]
    notebooks: list[Path] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    roster: RosterHash | None = None
    sheets: dict[Path, str] = field(default_factory=dict)
    codings: dict[Path, str] = field(default_factory=dict)
    approvals: dict[Path, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    interviews: tuple[Path, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to remove or change."""
        return not (self.items or self.notebooks or self.roster or self.sheets or self.codings or self.approvals)

    def text(self) -> str:
        """The plan in plain words."""
        who = wording.listed(self.names) or "none; set a member's consent to `none` in data/raw/members.csv"
        plan = self._removed() or ["Nothing of earlier runs is left in this study."]
        beyond = ["Out of reach of this command:"] * bool(self.beyond) + [f"  {line}" for line in self.beyond]
        return "\n".join([f"Members who withhold consent: {who}.", *plan, *self._kept(), *beyond])

    def _removed(self) -> list[str]:
        """What will be removed, one line each; empty where there is nothing."""
        lines = []
        for item in self.items:
            sizes = [file.lstat().st_size for file in item.files]
            size = f"{wording.count(len(sizes), 'file')}, {sum(sizes) / MEGABYTE:,.1f} MB"
            lines.append(f"{self._name(item.path)}: {item.what}, {size}")
        lines += [f"{self._name(path)}: the outputs in it; its text and code stay" for path in self.notebooks]
        lines += [f"{self._name(path)}: texts, and what shows these members; the other annotations stay"
                  for path in self.sheets]  # fmt: skip
        lines += [f"{self._name(path)}: codings of what these members wrote and said, and their names in other codings"
                  for path in self.codings]  # fmt: skip
        lines += [f"{self._name(path)}: what was decided on quoting these members" for path in self.approvals]
        plan = ["This will be removed:"] * bool(lines) + [f"  {line}" for line in lines]
        return plan + ["members.csv is entered into data/raw/MANIFEST.csv as it is now."] * bool(self.roster)

    def _kept(self) -> list[str]:
        """What stays in data/raw, and which of it belongs to members who withhold consent."""
        stays = "All else in data/raw and secrets/ stays as it is"
        if not self.names:
            return [f"{stays}."]
        if not self.interviews:
            return [f"{stays}, the chats too; no run uses what they wrote."]
        theirs = [f"  {self._name(path)}: an interview with one of them" for path in self.interviews]
        fix = "  Where you promised to delete it, delete the file and its line in data/raw/MANIFEST.csv."
        return [f"{stays}, the chats too; no run uses what they wrote and said:", *theirs, fix]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def plan(paths: study.Paths) -> Removal:
    """What earlier runs left in a study, and what to do with it. Raises InputError while DVC is at work in it."""
    root = paths.root
    lock = root / ".dvc" / "tmp" / "rwlock"
    held = lock.read_text(encoding="utf-8").strip() if lock.exists() else ""
    if held and json.loads(held):  # a run would write what is removed here again
        raise InputError("DVC is at work in this study", path=lock,
                         fix="Wait until it is done; if it was aborted, delete this file.")  # fmt: skip
    items = [Leftover(root / name, what, KEPT) for name, what in MADE.items() if (root / name).exists()]
    items += [Leftover(folder, "JupyterLab's copies of notebooks") for folder in sorted(_drafts(root))]
    items += _cached(root)
    notebooks = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8")).get("cells", [])
        notebooks += [path] * any(cell.get("outputs") for cell in cells)
    handed_out = [*handed.remembered(paths), *handed.nearby(paths)]
    beyond = [
        *_in_git(root),
        *_remotes(root),
        *(f"{line}: remove it, and ask whoever has it to do so." for line in handed_out),
        *_unknown(root, handed_out),
        *filter(None, [to_clear(root)]),
        ELSEWHERE,
    ]
    gone = withdrawn.withdrawal(paths)
    return Removal(
        root, [item for item in items if item.files], notebooks, beyond, _roster(paths),
        sheets=withdrawn.sheets_without(paths, gone), codings=withdrawn.codings_without(paths, gone),
        approvals=withdrawn.approvals_without(paths, gone),
        names=gone.names if gone else (),
        interviews=tuple(_interview(paths, name) for name in gone.interviews) if gone else (),
    )  # fmt: skip


def _interview(paths: study.Paths, name: str) -> Path:
    """The transcript of that name, in any folder of transcripts/."""
    return next(path for path in disk.regular_files(paths.raw / "transcripts") if path.name == name)


def remove(planned: Removal) -> None:
    """Remove what was planned, and the folders that this leaves empty."""
    for item in planned.items:
        for file in item.files:
            file.unlink()
        for folder in sorted((f for f in item.path.rglob("*") if f.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()
    for path in planned.notebooks:
        notebook = nbformat.read(path, as_version=4)
        for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
            cell.outputs, cell.execution_count = [], None
        disk.write_text(path, nbformat.writes(notebook) + "\n")
    hashes = {planned.roster.listed: planned.roster.now} if planned.roster else {}
    for path, text in {**planned.sheets, **planned.codings, **planned.approvals}.items():
        before = disk.sha256(path)
        disk.write_text(path, text)
        hashes[before] = disk.sha256(path)
    listing = planned.root / "data" / "raw" / manifest.NAME
    if hashes and listing.exists():
        text = listing.read_text(encoding="utf-8")
        for before, now in hashes.items():
            text = text.replace(before, now)
        disk.write_text(listing, text)


def _roster(paths: study.Paths) -> RosterHash | None:
    """The roster's hash in MANIFEST.csv and its present one, if they differ; otherwise None."""
    roster = paths.raw / "members.csv"
    listed = manifest.read(paths.raw).get(roster.name, {}).get("sha256")
    if not (roster.exists() and listed):
        return None
    now = disk.sha256(roster)
    return RosterHash(listed, now) if listed != now else None


# What lies in the study


def _drafts(root: Path) -> Iterator[Path]:
    """Folders in which JupyterLab keeps copies of notebooks."""
    for folder in root.iterdir():
        if folder.is_dir() and not folder.is_symlink() and folder.name not in SKIPPED:
            yield from [folder] if folder.name == DRAFTS else _drafts(folder)


# DVC's cache


def _cached(root: Path) -> list[Leftover]:
    """The study's own cache as a whole; from a cache shared with other studies, only what this one's locks name."""
    if not (root / ".dvc").is_dir():
        return []
    cache = Path(_run(root, sys.executable, "-m", "dvc", "cache", "dir").strip())
    what = "DVC's cache of tables, notebooks and pages of earlier runs"
    if cache.is_relative_to(root):
        return [Leftover(cache, what)] if cache.exists() else []
    return [Leftover(path, "in the cache that you share with other studies") for path in _shared(cache, _hashes(root))]


def _hashes(root: Path) -> set[str]:
    """Hashes of all outputs in the study's lock, now and in git's history."""
    here = root / "dvc.lock"
    locks = [here.read_text(encoding="utf-8")] if here.exists() else []
    commits = _git(root, "log", "--all", "--format=%H", "--", "dvc.lock").split()
    locks += [_git(root, "show", f"{commit}:./dvc.lock") for commit in commits]
    stages = [stage for lock in locks for stage in ((study.parsed_yaml(lock) or {}).get("stages") or {}).values()]
    return {out["md5"] for stage in stages for out in stage.get("outs", []) if "md5" in out}


def _shared(cache: Path, hashes: set[str]) -> list[Path]:
    """Objects with these hashes in a shared cache, those that folders among them list, and the runs that made them."""
    objects: list[Path] = []
    for name in sorted(hashes):
        place = _object(cache, name)
        if place.exists():
            objects.append(place)
            if name.endswith(".dir"):
                listed = json.loads(place.read_text(encoding="utf-8"))
                objects += [inner for entry in listed if (inner := _object(cache, entry["md5"])).exists()]
    runs = (path for path in (cache / "runs").rglob("*") if path.is_file())
    objects += [run for run in runs if not hashes.isdisjoint(_HASH.findall(run.read_text(encoding="utf-8")))]
    return sorted(set(objects))


def _object(cache: Path, name: str) -> Path:
    return cache / "files" / "md5" / name[:2] / name[2:]


# What lies beyond


def _in_git(root: Path) -> Iterator[str]:
    for name in IN_GIT:
        commits = _git(root, "log", "--all", "--format=%H", "--", name, ":(exclude,glob)**/README.md").split()
        if commits:
            kept = f"{wording.count(len(commits), 'commit')} of {name}, which git keeps"
            yield f"git's history: {kept}; to purge it, see git filter-repo."
    if _git(root, "for-each-ref", "refs/exps").strip():
        yield "DVC's experiments in git: remove them with dvc exp remove --all-commits."


def _unknown(root: Path, known: list[str]) -> Iterator[str]:
    """Files that git does not track and that coders may have written: sheets, projects and crates. known: lines of
    those already named."""
    elsewhere = (f":(exclude){name}" for name in ("data/raw", *MADE))
    files = _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", ".", *elsewhere).split("\0")
    handed_out = (name for name in files if name.lower().endswith(HANDED_OUT))
    unknown = [name for name in handed_out if not any(line.startswith(f"{name} (") for line in known)]
    if unknown:
        more = f" and {len(unknown) - EXAMPLES} more" if len(unknown) > EXAMPLES else ""
        names = ", ".join(sorted(unknown)[:EXAMPLES])
        yield f"{names}{more}: of no step; remove what guyub sample, annotate or export wrote."


def _remotes(root: Path) -> Iterator[str]:
    if (root / ".dvc").is_dir():
        for line in _run(root, sys.executable, "-m", "dvc", "remote", "list").splitlines():
            name = line.split()[0]
            yield f"DVC's remote storage {name!r}: after the next run, dvc gc --workspace --cloud --remote {name}."


def _git(root: Path, *words: str) -> str:
    """Output of git; empty without git or where it fails."""
    return said(root, *words) or ""


def _run(root: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"dvc failed: {done.stderr.strip()}", path=root, fix="Check that DVC is installed.")
    return done.stdout
