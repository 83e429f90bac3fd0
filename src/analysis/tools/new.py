"""Make a study folder for another community: the same notebooks, code and book, with its own raw data and papers."""

from __future__ import annotations

import configparser
import dataclasses
import datetime
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import available_timezones

import analysis
from analysis import disk, study
from analysis.coding.exchange import starter
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.repository import git
from analysis.tools import papers
from analysis.verify import begun
from analysis.verify.release import GUYUBS_OWN, MANIFEST, version_of
from analysis.verify.rerun import copy, sources

LEFT_BEHIND = (  # of another study or of Guyub itself, and the walk through the tutorial
    "data/",
    "metrics/",
    "dvc.lock",
    "study.yaml",
    f"{papers.PAPERS}/",
    "tests/verify/test_walk.py",
    *GUYUBS_OWN,
)
MADE = frozenset((  # generated folders, left out where there is no git to say so
    ".git", ".venv", ".guyub", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache",
    "__pycache__", "_build", "build", "cache", "dist", "executed", "secrets", "tmp",
))  # fmt: skip
FOLDERS = ("chats", "transcripts", "codings", "annotations")
TABLES_EXPLAINED = "data/processed/README.md"
RELEASED, BEGUN_WITH = "_release", "_begun_with"  # in the installed package: see .ci/wheel.py
ZONES = "Write one such as Asia/Jakarta (WIB), Asia/Makassar (WITA), Asia/Jayapura (WIT) or Europe/Berlin."
KNOWN = ("language", "ethics", "contact")  # fields of About that study.yaml holds unchanged
QUESTIONS = {
    "title": "Title of the study",
    "authors": "Authors (separated by ;)",
    "tz": "Time zone of the phones, as in Asia/Jakarta",
    "language": "Language of the talk, as a tag such as id",
    "ethics": "Who approved the study, and under which number (empty: not yet)",
    "contact": "How members and reviewers reach you",
}


@dataclass(frozen=True)
class About:
    """Facts that only the author knows, as far as given. authors: separated by semicolons. tz: an IANA name."""

    title: str = ""
    authors: str = ""
    tz: str = ""
    language: str = ""
    ethics: str = ""
    contact: str = ""

    @property
    def names(self) -> list[str]:
        """The authors, one by one."""
        return [name.strip() for name in self.authors.split(";") if name.strip()]

    def checked(self) -> About:
        """The same, with the letter case of time zone and language tag corrected. Raises InputError when either is
        invalid."""
        zones = {name.lower(): name for name in available_timezones()}
        if self.tz and self.tz.lower() not in zones:
            raise InputError(f"no time zone is called {self.tz!r}", fix=ZONES)
        if self.language and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", self.language):
            raise InputError(f"{self.language!r} is not a language tag", fix="Write one such as id, jv or en-GB.")
        primary, dash, rest = self.language.partition("-")
        zone = zones[self.tz.lower()] if self.tz else ""
        return dataclasses.replace(self, tz=zone, language=f"{primary.lower()}{dash}{rest}")


def asked(about: About, ask: Callable[[str], str], say: Callable[[str], None] = print) -> About:
    """About, after asking for what is not known yet. An invalid answer is asked for again; an empty one leaves it open.
    ask: such as input."""
    for name in (name for name, value in vars(about).items() if not value):
        about = _answered(about, name, ask, say)
    return about


def _answered(about: About, name: str, ask: Callable[[str], str], say: Callable[[str], None]) -> About:
    """About with the answer to one question."""
    while True:
        try:
            return dataclasses.replace(about, **{name: ask(f"{QUESTIONS[name]}: ").strip()}).checked()
        except InputError as error:
            say(str(error))


def new_study(folder: Path, raw: Path | None, about: About) -> None:
    """Make a study in folder, with raw's files in its data/raw. git tracks its code from now on, but not data and keys.

    It runs from anywhere: the sources are those of the study here, else those that this command was installed with.
    Raises InputError when folder is not empty, raw is not a folder or holds something that is not a file (a link that
    leads out of it, a named pipe, a device), there are no sources, or the disk refuses; then nothing is left of it.
    """
    about, folder = about.checked(), folder.resolve()
    originals = require_room(folder, raw)
    with disk.filled(folder):
        for name, path in originals.items():
            if name == TABLES_EXPLAINED or not name.startswith(LEFT_BEHIND):
                copy(path, folder / name)
        _raw_files(folder / "data" / "raw", raw)
        _papers(folder, about)
        _begun(folder, about)
        _tracked(folder)


def require_room(folder: Path, raw: Path | None) -> dict[str, Path]:
    """The sources of a new study, by their names in it. Called before any question is asked. Raises InputError when
    folder is not empty, raw is not a folder, or there are no sources."""
    study.require_empty(folder)
    if raw is not None and not raw.is_dir():
        raise InputError("no such folder of raw files", path=raw)
    if raw is not None and folder.resolve().is_relative_to(raw.resolve()):
        raise InputError("the new study cannot be inside its own raw files", path=folder)
    return own_sources()


def own_sources() -> dict[str, Path]:
    """A study's sources, by their names in it: from the study here, else from the one that this code is part of, else
    from the installed package.

    Raises InputError when there are none.
    """
    try:
        root = study.here().root
    except InputError:
        root = Path(analysis.__file__).resolve().parents[2]
    if not (root / "dvc.yaml").is_file() or not (root / "notebooks").is_dir():
        return installed_sources(Path(analysis.__file__).resolve().parent)
    try:
        names = sources(root)
    except (InputError, FileNotFoundError):  # downloaded as an archive, or git is not installed
        names = sorted(_files(root, root))
    return {name: root / name for name in (*names, TABLES_EXPLAINED)}


def installed_sources(package: Path) -> dict[str, Path]:
    """The sources that an installed package brings (.ci/wheel.py), by their names in a study. Raises InputError when it
    brings none."""
    bases = [package / name for name in (RELEASED, BEGUN_WITH)]
    if not all(base.is_dir() for base in bases):
        fix = "Download or clone Guyub, and call `guyub new` in its folder."
        raise InputError("the notebooks and pages of a study did not come with this command", fix=fix)
    found = {path.relative_to(base).as_posix(): path for base in bases for path in base.rglob("*")}
    found.pop(MANIFEST, None)  # of the release, to compare with; a study has none of its own
    for code in (package, package.with_name("guyub")):
        modules = (path for path in code.rglob("*") if not any(path.is_relative_to(base) for base in bases))
        found |= {f"src/{path.relative_to(code.parent).as_posix()}": path for path in modules}
    return {name: path for name, path in found.items() if path.is_file() and "__pycache__" not in path.parts}


def _files(folder: Path, root: Path) -> Iterator[str]:
    """The files of a study without git, except what a run makes."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in MADE and not path.name.endswith(".egg-info"):
            yield from _files(path, root)
        elif path.is_file():
            yield path.relative_to(root).as_posix()


def _raw_files(target: Path, raw: Path | None) -> None:
    """Copy the raw files, with a manifest and the folders that are still empty. Without raw files, add a starter
    codebook: among a community's own files its examples would be scrubbed as the members' words."""
    if raw is not None:
        for path in disk.regular_files(raw, hidden=True):
            place = target / path.relative_to(raw)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    for name in FOLDERS:
        if raw is None or name != "chats":  # without this folder, chats are read where they are
            (target / name).mkdir(parents=True, exist_ok=True)
    if raw is None:
        (target / "codebook.yaml").write_text(starter(), encoding="utf-8")
    write_manifest(target)


def write_manifest(raw: Path) -> None:
    """List every raw file with its hash in MANIFEST.csv; what only a person knows (source, consent) is left empty.
    Raises InputError where an existing manifest cannot be read."""
    if (raw / manifest.NAME).exists():
        return
    names = sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.is_file())
    manifest.entered(raw, [{"path": name, "kind": manifest.kind_of(name), "simulated": "no"} for name in names])


def _papers(folder: Path, about: About) -> None:
    """Write what the study says about itself, and the documents that it needs."""
    known = {"title": about.title or folder.name} | {name: getattr(about, name) for name in KNOWN}
    simulated = study.Paths(folder).simulated
    papers.write(folder, known, about.names, version=version_of(folder), simulated=simulated)


def _begun(folder: Path, about: About) -> None:
    """Rewrite the files that the study takes over with its own content: the claims as declared today, without another
    study's amendments, the parameters, the book's contents and .gitignore."""
    today = datetime.date.today().isoformat()
    changes: dict[str, Callable[[str], str]] = {
        "claims.yaml": partial(begun.fresh, version=version_of(folder), day=today),
        "params.yaml": partial(begun.commented, tz=about.tz, notebook=study.Paths(folder).notebook),
        ".gitignore": begun.ignoring_raw,
        **{name: partial(begun.without_tutorial, name) for name in begun.TUTORIAL},
    }
    for name, change in changes.items():
        disk.write_text(folder / name, change((folder / name).read_text(encoding="utf-8")))


def _tracked(folder: Path) -> None:
    """Add what Guyub brought to git's index, except what is written later; without git, set DVC up without it."""
    if shutil.which("git") is None:
        config = configparser.ConfigParser()
        config.read(folder / ".dvc" / "config", encoding="utf-8")
        config["core"]["no_scm"] = "true"
        with (folder / ".dvc" / "config").open("w", encoding="utf-8") as out:
            config.write(out)
        return
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
