"""The study run again from its sources in a clean temporary folder, and compared with this one byte by byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pathspec

from analysis import study, upstream
from analysis.closure import missing
from analysis.repository import said
from analysis.verify import release, watcher
from analysis.verify.differences import differences
from analysis.verify.lock import DECLARE
from analysis.verify.subject import Finding, Subject

LOG_LINES = 15
FREE = {
    "dvc.yaml": "whatever runs a stage reads it",
    "dvc.lock": "whatever runs a stage reads it",
    "params.yaml": "a stage declares its parameters by name",
    "src/analysis/cli": "the command that starts a stage, and passes on nothing but its name",
    "src/analysis/upstream.py": "by it the command compares what the stage will read with the hashes of the lock",
}
NO_GIT = "[core]\n    no_scm = true\n"
NOT_SOURCES = (".git", "/.dvc/cache/", "/.dvc/tmp/", "/.guyub/")  # also where no .gitignore says so
SCRATCH = (".git", ".dvc", ".guyub", "secrets")
RUN = ("src/", "notebooks/", "book/_ext/", "book/_static/", "dvc.yaml")  # the part of a release that a run executes
OWN = "Read what the author changed, and why: guyub verify --diff"
AGAIN = "run again,"
FIX = "Find what makes the run differ: a time, an order, a machine, a file that is not in git."


@dataclass(frozen=True)
class Rerun:
    """Result of running the study again. seconds: by stage; by_author: what the author's own code changes."""

    differing: list[Finding]
    undeclared: list[Finding]
    seconds: dict[str, float]
    by_author: list[Finding] = field(default_factory=list)


def rerun(paths: study.Paths) -> Rerun:
    """Run the study in a copy of its sources and raw files, with no output and no cache. Writes nothing here.

    Sources are the files that git tracks; in a study without a commit, those that git does not ignore. The copy runs
    with another seed of Python's hashing, so that no result can depend on the order of a set. Where the author changed
    code of the release that the tool brings, a second copy runs the release's code. Raises InputError where dvc.yaml
    cannot be read.
    """
    subject = Subject(paths)
    with tempfile.TemporaryDirectory(prefix="guyub-rerun-") as temporary:
        folder = Path(temporary).resolve()
        again, log = folder / "study", folder / "watched"
        copy_sources(subject, again)
        failed = run_all(again, folder, log)
        opened, seconds = _notes(log)
        if failed:
            what = f"the study does not run from its sources alone:\n{failed}"
            return Rerun([Finding("dvc repro", what, FIX)], [], seconds)
        made = Subject(study.Paths(again))
        by_author = list(_by_author(subject, made, folder))
        return Rerun(list(_differing(subject, made)), list(_undeclared(made, opened)), seconds, by_author)


def run_all(study_folder: Path, folder: Path, log: Path) -> str:
    """Run every stage of a study. Returns the end of the log when one fails. folder: for temporary files."""
    hook = folder / "hook"
    hook.mkdir(exist_ok=True)
    shutil.copyfile(watcher.__file__, hook / "sitecustomize.py")
    without_git(study_folder)
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro", "--quiet"], cwd=study_folder, env=_environment(folder, hook, log),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return "\n".join(done.stdout.strip().splitlines()[-LOG_LINES:]) or "it gave no reason" if done.returncode else ""


def without_git(study_folder: Path) -> None:
    """Let DVC run in a folder outside any git repository."""
    place = study_folder / ".dvc" / "config.local"
    place.parent.mkdir(exist_ok=True)
    place.write_text(NO_GIT, encoding="utf-8")


def _by_author(subject: Subject, made: Subject, folder: Path) -> Iterator[Finding]:
    """Differences between results of the author's code and the release's. made: the study run with the author's."""
    used = release.tool(subject.root)
    changed = [name for name in release.changes(subject) if name.startswith(RUN)] if used.base else []
    if not changed:
        return
    other = folder / "release"
    copy_sources(subject, other)
    for name in changed:
        (other / name).unlink(missing_ok=True)
        if (released := used.file(name)) and released.is_file():
            copy(released, other / name)
    if failed := run_all(other, folder, folder / "watched by the release"):
        yield Finding("dvc repro", f"the study does not run with the release's code:\n{failed}", OWN)
        return
    for each in _differing(Subject(study.Paths(other)), made):
        yield Finding(each.place, each.what.replace(AGAIN, "with the author's code, not the release's,"), OWN)


def copy_sources(subject: Subject, folder: Path) -> None:
    """Copy what a run needs: sources, raw files and the key of the pseudonyms; nothing that a stage makes. Raises
    InputError where dvc.yaml cannot be read."""
    outs = {out for stage in subject.declared.values() for out in stage.outs}
    for name in sources(subject.root):
        if name != "dvc.lock" and not outs & {name, *map(str, Path(name).parents)}:
            copy(subject.root / name, folder / name)
    for kept in (subject.paths.raw, subject.paths.secrets):
        for path in (path for path in kept.rglob("*") if path.is_file()):
            copy(path, folder / path.relative_to(subject.root))


def sources(root: Path) -> list[str]:
    """Files that git tracks; if it tracks none yet, those that it does not ignore; without git, those that .gitignore
    does not name."""
    names = said(root, "ls-files", "-z", "--cached") or said(root, "ls-files", "-z", "--others", "--exclude-standard")
    listed = (names or "").split("\0")
    return [name for name in listed if name and (root / name).is_file()] or list(_not_ignored(root))


def _not_ignored(root: Path) -> Iterator[str]:
    """Files that .gitignore does not name, in order of their folders."""
    place = root / ".gitignore"
    lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    ignored = pathspec.GitIgnoreSpec.from_lines([*lines, *NOT_SOURCES])
    for folder, folders, files in os.walk(root):
        here = Path(folder).relative_to(root)
        folders[:] = sorted(name for name in folders if not ignored.match_file(f"{(here / name).as_posix()}/"))
        yield from (name for file in sorted(files) if not ignored.match_file(name := (here / file).as_posix()))


def copy(source: Path, target: Path) -> None:
    """Copy a file, making the folders above it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _environment(folder: Path, hook: Path, log: Path) -> dict[str, str]:
    """The environment of the copy's run: this Python, the copy's source, and no DVC files outside the folder."""
    kept = {key: value for key, value in os.environ.items() if key not in ("GUYUB_SOURCE", "PYTHONPATH")}
    own = {"PYTHONHASHSEED": "1", "PYTHONDONTWRITEBYTECODE": "1", "DVC_NO_ANALYTICS": "1", "PYTHONPATH": str(hook),
           "DVC_SITE_CACHE_DIR": str(folder / "dvc"), upstream.FRESH: "yes"}  # fmt: skip
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return kept | own | {"PATH": path, watcher.LOG: str(log)}


def _notes(log: Path) -> tuple[dict[str, set[str]], dict[str, float]]:
    """The watcher's records, by stage: files opened, and seconds."""
    opened: dict[str, set[str]] = defaultdict(set)
    seconds: dict[str, float] = {}
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        stage, what, value = line.split("\t", 2)
        if what == "opened":
            opened[stage].add(value)
        else:
            seconds[stage] = float(value)
    return opened, seconds


def _differing(here: Subject, made: Subject) -> Iterator[Finding]:
    """Outputs whose bytes differ from those here; an output that is not here is compared with dvc.lock."""
    for name, stage in here.declared.items():
        for out in stage.outs:
            now = here.hash(out) or here.locked[name].outs.get(out)
            if now != made.hash(out):
                changes = list(differences(here.root / out, made.root / out)) if here.hash(out) else []
                for what in changes or ["the hash is not the one in dvc.lock"]:
                    yield Finding(out, f"{AGAIN} it differs: {what}", FIX)


def _undeclared(made: Subject, opened: Mapping[str, set[str]]) -> Iterator[Finding]:
    """Files of the study that a stage opened but that are neither its dependencies nor its outputs."""
    for name, stage in made.declared.items():
        there = (Path(file) for file in opened.get(name, set()) if Path(file).is_relative_to(made.root))
        inside = {made.name(file) for file in there if file.is_file() and file.suffix != ".pyc"}
        inside = {file for file in inside if file.split("/")[0] not in SCRATCH}
        inside = {made.bare(file) for file in inside}
        for file in sorted(missing({*stage.deps, *stage.outs, *FREE}, inside)):
            yield Finding(f"dvc.yaml, stage {name}", f"it opened {file} and does not declare it", DECLARE)
