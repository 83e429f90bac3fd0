"""Check that the packages that run the study are those of requirements.lock, and that it can be used and cited."""

from __future__ import annotations

import csv
import importlib.metadata
import itertools
import os
import re
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from analysis.closure import PACKAGE, imported_names
from analysis.disk import wheel_sha256
from analysis.verify.history import git
from analysis.verify.subject import Finding, Subject
from analysis.verify.whose import is_guyubs_own

LOCK = "requirements.lock"
INSTALL = "Install the lock again: pip install --require-hashes -r requirements.lock"
PIN = "Pin it: give it a line with its version and hashes in requirements.lock."
# Files that set a study up, whichever program reads them
RECIPES = (
    "*Dockerfile*", "*Containerfile*", "*akefile", "*.mk", "tox.ini", "noxfile.py", "Pipfile", ".gitlab-ci.yml",
    ".circleci/*", ".ci/*", ".github/workflows/*", ".github/actions/*/*", "binder/*", ".binder/*", ".devcontainer/*",
    ".devcontainer/*/*", "docker/*",
)  # fmt: skip
INSTALLS = ("install", "add", "sync", "update", "create", "inject", "run", "download", "wheel", "upgrade", "tool")
MANAGERS = re.compile(
    r"(?:pip[\d.]*|pipx|uvx?|conda|mamba|micromamba|poetry|pipenv|pdm|hatch|rye|pixi|easy_install|npm|npx|yarn|gem|cargo)"
)
FETCHES = re.compile(
    r"\b(?:curl|wget|aria2c)\b|\bADD\s+\S*://|\bgit\s+clone\b.*://|urllib|urlretrieve|install\.packages"
)
IMAGES = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)|--from=(\S+)|\"(?:image|features)\"\s*:\s*(\"[^\"]*\"|\{)", re.M)
IMAGE = re.compile(r"python:3\.\d+[\w.-]*")  # Docker's official image
# What Guyub's Makefile also runs: the peers of benchmarks, pinned in benchmarks/peers, each in an environment of its
# own; and the wheel of the release that `make verify` runs, made here and installed from here
MAKEFILE = (
    "install --quiet --disable-pip-version-check -r $$pins",
    "wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation "
    "--wheel-dir $(VERIFIER) $(VERIFIER)/source",
    "install --quiet --disable-pip-version-check --no-deps --no-index $(VERIFIER)/*.whl",
    "install --silent --no-audit --no-fund",
)
OWN = (PACKAGE, "guyub")  # the packages of src/
CODE = ("src", "notebooks", "book", "book/_ext")  # folders from which Python may import
OPTIONAL = {"igraph"}  # may compute the network's measures, where params.yaml asks for it (docs/adr/0007)
RUN = (".py", ".so", ".pyd", ".dylib", ".pth")  # files of an installed package that run
OWN_LINK = "study.pth"  # file by which the environment of `make verify` sees the packages of .venv
SCRIPTS = (".ci", "binder")  # folders of scripts that a reviewer or a hub runs
CHANGES = "CHANGELOG.md"  # of Guyub
NEEDED = ("README.md", "LICENSE", "CITATION.cff", "study.yaml", "requirements.lock")
CITED = ("cff-version", "message", "title", "authors")  # required by the format
CITED_OF_GUYUB = ("version", "license")  # also required for the program


def locked_versions(text: str) -> dict[str, str]:
    """Package to version, from the lines of a lock that apply to this machine."""
    required = (Requirement(line.strip()) for line in re.findall(r"^([A-Za-z0-9][^\\#\n]*)", text, re.M))
    return {
        canonicalize_name(each.name): next((spec.version for spec in each.specifier), "")
        for each in required
        if each.marker is None or each.marker.evaluate()
    }


def environment_is_that_of_the_lock(subject: Subject) -> Iterator[Finding]:
    """Each package of the lock is installed in its version, and each that the code imports is in the lock, except
    optional packages that are not used."""
    locked = locked_versions(subject.text(LOCK))
    for name, version in locked.items():
        if not version:
            yield Finding(f"{LOCK}, {name}", "it is not pinned to one version", PIN)
        elif (there := installed(name)) != version:
            yield Finding(f"{LOCK}, {name}", f"the lock asks for {version}, {there or 'none'} is installed", INSTALL)
    for path in sorted(subject.root.glob("requirements*.lock")):
        yield from _foreign(path.name, subject.text(path.name))
    yield from _recipes(subject)
    yield from _forged(subject)
    yield from _altered(set(locked))
    sources = (path.read_text(encoding="utf-8") for path in sorted((subject.root / "src").rglob("*.py")))
    unused = OPTIONAL - {subject.yaml("params.yaml").get("network", {}).get("engine")}
    for name in sorted(set().union(*map(packages, sources)) - set(locked) - unused):
        yield Finding(LOCK, f"the code imports the package {name}, which the lock does not name", PIN)


def _foreign(name: str, lock: str) -> Iterator[Finding]:
    """Lines of a lock that fetch from outside the package index, and packages without a hash."""
    for number, line in enumerate(lock.splitlines(), 1):
        if re.match(r"\s*(-[a-z]\b|--(?!hash=))|[^#]*(://|\s@\s)", line):
            yield Finding(f"{name}, line {number}", "it fetches from elsewhere than the package index", "Take it out.")
    for block in re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.M)[1:]:
        if not re.search(r"--hash=sha256:[0-9a-f]{64}(?![0-9a-f])", block):
            yield Finding(f"{name}, {block.split('=')[0]}", "it has no hash, so any file passes for it", PIN)


def _recipes(subject: Subject) -> Iterator[Finding]:
    """Setup files that install anything but a lock with its hashes or the project alone, or that fetch anything else,
    and images that are not Docker's official one of Python."""
    for path in sorted({path for pattern in RECIPES for path in subject.root.glob(pattern) if path.is_file()}):
        name, text = subject.name(path), path.read_text(encoding="utf-8", errors="replace")
        lines = [line for line in re.sub(r"\\\n", " ", text).splitlines() if not re.match(r"\s*(?:#|//)", line)]
        for command in (part for line in lines for part in re.split(r"&&|\|\||[;|]", line)):
            if (words := _installing(command)) and not _is_of_a_lock(words) and not _of_guyub(name, words):
                yield Finding(name, f"it installs what no lock with hashes names: {command.strip()[:80]}", PIN)
        for line in filter(FETCHES.search, lines):
            yield Finding(name, f"it fetches what no lock names: {line.strip()[:80]}", PIN)
        stages = set(re.findall(r"(?i)\bAS\s+(\S+)", text))
        for image in (next(filter(None, found)) for found in IMAGES.findall("\n".join(lines))):
            if image not in stages and not IMAGE.fullmatch(image):
                yield Finding(name, f"it begins with what no lock names: {image}", PIN)
    yield from _lists(subject)


def _lists(subject: Subject) -> Iterator[Finding]:
    """Lists of packages that a hub would install instead of the lock."""
    for name in ("requirements.txt", "binder/requirements.txt", ".binder/requirements.txt"):
        lines = subject.text(name).splitlines() if (subject.root / name).is_file() else []
        for line in (line.strip() for line in lines):
            if line and not line.startswith("#") and not re.fullmatch(r"-r \S*requirements[\w-]*\.lock", line):
                yield Finding(name, f"it installs what no lock with hashes names: {line[:80]}", PIN)
    for folder in ("binder", ".binder"):
        for name in ("environment.yml", "environment.yaml", "Pipfile", "setup.py", "install.R", "default.nix"):
            if (subject.root / folder / name).is_file():
                yield Finding(f"{folder}/{name}", "a hub would install it instead of the lock", "Remove it.")


def _installing(command: str) -> list[str]:
    """The words of a command from the one that installs packages on; none if it installs nothing."""
    words = _words(command)
    for at, word in enumerate(words):
        program = word.rpartition("/")[2]
        if program in ("easy_install", "uvx", "npx"):
            return words[at:]
        if MANAGERS.fullmatch(program):
            if program == "uv" and words[at + 1 : at + 3] == ["pip", "compile"]:
                return []
            return next((words[i:] for i in range(at + 1, len(words)) if words[i] in INSTALLS), [])
    return []


def _words(command: str) -> list[str]:
    """The words of a command, also of one in JSON or YAML, without the enclosing punctuation."""
    return re.sub(r"[\"'\[\](),`@{}]", " ", re.sub(r"^\s*[-@]+", "", command)).split()


def _of_guyub(name: str, words: list[str]) -> bool:
    return name == "Makefile" and words in map(_words, MAKEFILE)


def _is_of_a_lock(words: list[str]) -> bool:
    """Whether pip installs only locks with their hashes, or the project without its dependencies."""
    given = [word for word in words[1:] if word not in ("-q", "--quiet") and not re.match(r"\d?>", word)]
    named = [after for option, after in itertools.pairwise(given) if option in ("-r", "--requirement")]
    bare = [word for word in given if not word.startswith("-") and word not in named]
    if words[0] != "install":
        return False
    if "--require-hashes" in given:
        return bool(named) and not bare and all(re.fullmatch(r"requirements[\w-]*\.lock", each) for each in named)
    return "--no-deps" in given and bare == ["."]


def _altered(locked: AbstractSet[str]) -> Iterator[Finding]:
    """Installed files of packages of the lock that have changed since installation, and files that Python would run at
    every start although no package brought them."""
    recorded: set[str] = set()
    for package in importlib.metadata.distributions():
        checked = canonicalize_name(package.name) in locked
        folder = str(package.locate_file(""))
        for row in csv.reader((package.read_text("RECORD") or "").splitlines()):
            if row[0].endswith(RUN):
                recorded.add(row[0])
                file = Path(folder, row[0])
                if checked and row[1] and not (file.is_file() and f"sha256={wheel_sha256(file)}" == row[1]):
                    what = "the installed file is not the one that was installed"
                    yield Finding(f"{package.name}, {row[0]}", what, INSTALL)
    for folder in {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}:
        for path in sorted([*Path(folder).glob("*.pth"), *Path(folder).glob("*customize.py")]):
            if path.name not in recorded and path.name != OWN_LINK:
                yield Finding(path.name, "it runs whenever Python starts, and no package brought it", "Remove it.")


def _forged(subject: Subject) -> Iterator[Finding]:
    """Package metadata in the folders of the study's code, which would make a package count as installed."""
    for folder in ("", *CODE):
        for kind in ("*.dist-info", "*.egg-info", "*.egg", "*.egg-link"):
            for path in sorted((subject.root / folder).glob(kind)):
                if canonicalize_name(path.stem.partition("-")[0]) not in OWN:
                    what = "it says that a package is installed, and is among the study's code"
                    yield Finding(subject.name(path), what, "Remove it.")


@cache
def installed(name: str) -> str | None:
    """The version of an installed package, ignoring folders of code; None when it is not installed."""
    places = [place for place in sys.path if {"site-packages", "dist-packages"} & {*Path(place).parts}]
    return next((found.version for found in importlib.metadata.distributions(name=name, path=places)), None)


def packages(source: str) -> set[str]:
    """Third-party packages that a source imports, as the lock names them; one not installed by its module name."""
    tops = (
        {name.split(".")[0] for name in imported_names(source)}
        - {PACKAGE, "guyub", "__future__"}
        - sys.stdlib_module_names
    )
    return {canonicalize_name(package) for top in tops for package in _providers().get(top, [top])}


_providers = cache(importlib.metadata.packages_distributions)  # top-level module to the packages that provide it


def packages_of(root: Path, files: set[str]) -> set[str]:
    """Third-party packages that code files of the study import."""
    code = (root / file for file in files if file.endswith(".py"))
    return set().union(*(packages(path.read_text(encoding="utf-8")) for path in code))


def study_can_be_used_and_cited(subject: Subject) -> Iterator[Finding]:
    """README, licence, citation and lock exist, and scripts are executable. The citation is complete; that of Guyub
    names the present version, and its day of release by the changelog."""
    yield from _not_executable(subject)
    own = is_guyubs_own(subject)
    gone = [name for name in (*NEEDED, *([CHANGES] if own else [])) if not (subject.root / name).is_file()]
    yield from (Finding(name, "the file is not there", "Write it.") for name in gone)
    if "CITATION.cff" in gone:
        return
    cited = subject.yaml("CITATION.cff")
    lacking = (key for key in (*CITED, *(CITED_OF_GUYUB if own else ())) if not cited.get(key))
    yield from (Finding("CITATION.cff", f"it does not say {key}", f"Add `{key}`.") for key in lacking)
    if own and CHANGES not in gone:
        yield from _of_another_version(subject, cited)


def _of_another_version(subject: Subject, cited: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether Guyub's citation names a version or day other than those of pyproject.toml and the changelog."""
    version = tomllib.loads(subject.text("pyproject.toml"))["project"]["version"]
    if cited.get("version") not in (None, version):
        what = f"it cites version {cited['version']}, this is {version}"
        yield Finding("CITATION.cff", what, "Write the same in both.")
    said = cited.get("date-released")
    if said and str(said) != (released := release_day(subject.text(CHANGES), version)):
        what = f"it was released on {said}, and {released or 'on no day'} by {CHANGES}"
        yield Finding("CITATION.cff", what, "Write the same in both.")


def _not_executable(subject: Subject) -> Iterator[Finding]:
    """Scripts that are not executable; nothing where the disk keeps no such permission."""
    if git(subject, "config", "core.fileMode") == "false":
        return
    for path in sorted(path for folder in SCRIPTS for path in (subject.root / folder).glob("*") if path.is_file()):
        with path.open("rb") as file:
            script = file.read(2) == b"#!"
        if script and not os.access(path, os.X_OK):
            name = subject.name(path)
            yield Finding(name, "it is a script, and its permissions do not let it run", f"chmod +x {name}")


def release_day(changelog: str, version: str) -> str | None:
    """The day in the changelog's heading of this version (`## 1.0.0 (2026-12-01)`); None where it has none."""
    heading = re.search(rf"^## \[?v?{re.escape(version)}\b.*?(\d{{4}}-\d\d-\d\d)", changelog, re.MULTILINE)
    return heading[1] if heading else None
