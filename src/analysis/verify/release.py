"""The Guyub that checks a study, the release of the study's code, and what its author changed in it.

An installed Guyub brings the release: its own modules and, in analysis/_release, whatever else a study takes over. Run
from a source tree other than the study's, that tree is the release. Where the tool is the study's own source, only the
hashes in release.json are left for comparison, and a change of the source changes the check: `make verify` builds the
code of the last release from git and runs that.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.metadata
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import analysis
from analysis import study
from analysis.closure import Stage
from analysis.disk import sha256
from analysis.verify import begun
from analysis.verify.subject import Finding, Subject
from analysis.verify.whose import is_guyubs_own

MANIFEST = "release.json"
BEGUN = "_begun_with"  # in the installed package: what `guyub new` copies
EXTRA = "_release"  # in the installed package: what a release holds besides its modules
MODULES = "src/"
PACKAGES = ("analysis", "guyub")  # of src/, as they are installed
# Not taken over by a new study: what Guyub says about itself and its data, and the people of its tutorial
GUYUBS_OWN = (
    "README.md", "CITATION.cff", "CHANGELOG.md", "docs/replication.md", "docs/overview.png", "docs/two-phones",
    "docs/two_phones.py", "book/tutorial",
)  # fmt: skip
READS_GIT = "book"  # the stage whose output holds the history of the clone it is made in
READ = "Read what was changed: guyub verify --diff"
RENEW = "Before a release: make release, then commit release.json."
UNREAD = "this is not the code of a release, so nothing says what was changed"


@dataclass(frozen=True)
class Tool:
    """The Guyub that checks. package: where its modules lie; own: whether they are the study's source."""

    package: Path
    own: bool

    @cached_property
    def base(self) -> Path | None:
        """The folder with the rest of the release, besides its modules; None where the tool brings no release."""
        tree = self.package.parents[1]
        places = (self.package / EXTRA, *([] if self.own else [tree]))
        return next((place for place in places if (place / "dvc.yaml").is_file()), None)

    def file(self, name: str) -> Path | None:
        """A file of the release by its path in a study."""
        if self.base is None:
            return None
        return self.package.parent / name.removeprefix(MODULES) if name.startswith(MODULES) else self.base / name

    def hashes(self, root: Path) -> dict[str, str]:
        """SHA-256 of each file of the release, by its path in a study. root: of the study, for its release.json."""
        if self.base is None:
            return dict(_stated(root / MANIFEST, "files"))
        if self.base.name != EXTRA:
            return hashes(self.base)
        top = self.package.parent
        modules = [path for name in PACKAGES for path in (top / name).rglob("*") if not path.is_relative_to(self.base)]
        files = {f"{MODULES}{path.relative_to(top).as_posix()}": path for path in modules if BEGUN not in path.parts}
        files |= {path.relative_to(self.base).as_posix(): path for path in self.base.rglob("*")}
        files.pop(MANIFEST, None)
        return {name: sha256(path) for name, path in files.items() if _counts(path)}

    def runs(self, root: Path) -> dict[str, Any]:
        """What each stage got and gave in the release's run, as `runs` gives it. root: of the study, for its
        release.json."""
        return dict(_stated((root if self.base is None else self.base) / MANIFEST, "runs"))

    def said(self) -> str:
        """A sentence on which Guyub checks, for the first line of a report."""
        if self.own:
            return (
                "Checked by the study's own source (src/), so a change of it may change this check: "
                "`make verify` checks with the code of the last release."
            )
        return f"Checked by Guyub {version()} at {self.package}, not by the study's own code."


def _stated(place: Path, what: str) -> dict[str, Any]:
    """A part of a release.json; empty where there is no such file or part."""
    return json.loads(place.read_text(encoding="utf-8")).get(what) or {} if place.is_file() else {}


def tool(root: Path) -> Tool:
    """The running Guyub. root: of the study that it checks."""
    package = Path(analysis.__file__).resolve().parent
    return Tool(package, package == (root / "src" / "analysis").resolve())


def version() -> str:
    """The installed version of Guyub; "of a source tree" where none is installed."""
    try:
        return importlib.metadata.version("guyub")
    except importlib.metadata.PackageNotFoundError:
        return "of a source tree"


def hashes(root: Path) -> dict[str, str]:
    """SHA-256 of each file in a release of the tree at root, by path, as [tool.guyub] of its pyproject.toml lists."""
    patterns = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["guyub"]["released"]
    files = {path for pattern in patterns for path in root.glob(pattern) if _counts(path)}
    return {path.relative_to(root).as_posix(): sha256(path) for path in sorted(files)}


def _counts(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def runs(locked: Mapping[str, Stage]) -> dict[str, dict[str, Any]]:
    """For each stage of a lock but READS_GIT: one SHA-256 of its command, dependencies and parameters, and the MD5 of
    each output."""
    return {
        name: {"inputs": _digest([stage.cmd, stage.deps, stage.params]), "outputs": dict(stage.outs)}
        for name, stage in locked.items()
        if name != READS_GIT
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def manifest(root: Path) -> dict[str, Any]:
    """The content of release.json: the version, each file's hash, and the run."""
    locked = Subject(study.Paths(root)).locked
    return {"version": version_of(root), "files": hashes(root), "runs": runs(locked)}


def changes(subject: Subject) -> dict[str, str]:
    """The author's changes to the release: path to changed, added or removed. Raises InputError where study.yaml or
    CITATION.cff cannot be read."""
    used = tool(subject.root)
    released = used.hashes(subject.root)
    if not is_guyubs_own(subject):
        released = {name: digest for name, digest in released.items() if not name.startswith(GUYUBS_OWN)}
    folders = {str(Path(name).parent) for name in released} - {".", ".ci", ".dvc", "docs"}
    there = {name for folder in folders for name in _names(subject, folder)}
    now = {name: sha256(subject.root / name) for name in {*released, *there} if (subject.root / name).is_file()}
    states = {name: "changed" if name in now else "removed" for name in released if now.get(name) != released[name]}
    as_begun = {name for name, state in states.items() if state == "changed" and _is_as_begun(subject, used, name)}
    states = {name: state for name, state in states.items() if name not in as_begun}
    return dict(sorted((states | dict.fromkeys(there - set(released), "added")).items()))


def _is_as_begun(subject: Subject, used: Tool, name: str) -> bool:
    """Whether a file that differs from the release's is, character by character, what `guyub new` made from that."""
    return name in begun.CHANGED and _released(subject, used, name) == _text(subject.root / name)


def _released(subject: Subject, used: Tool, name: str) -> str | None:
    """The text of a file of the release, for studies other than Guyub's own as they began with it; None where the
    release is not available."""
    place, base = used.file(name), used.base
    if place is None or base is None:
        return None
    if name not in begun.CHANGED or is_guyubs_own(subject):
        return _text(place)
    now, stated = _text(subject.root / name), (subject.root / "pyproject.toml").is_file()
    version = version_of(subject.root) if stated else ""
    return begun.begun(name, _text(place), now, version=version, notebook=study.Paths(base).notebook)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _names(subject: Subject, folder: str) -> Iterator[str]:
    """Files directly in a folder of the study."""
    files = (path for path in (subject.root / folder).glob("*") if _counts(path) and not path.is_symlink())
    return (subject.name(path) for path in files)


def code_is_that_of_the_release(subject: Subject) -> Iterator[Finding]:
    """Code, notebooks, stages and pages are those of a Guyub release; what the author changed is listed."""
    used = tool(subject.root)
    if not used.hashes(subject.root):
        yield Finding(MANIFEST, UNREAD, RENEW)
        return
    if (named := named_version(subject)) not in ("", own := version_of(subject.root)):
        yield Finding(MANIFEST, f"it is of version {named}, pyproject.toml of {own}", RENEW)
    for name, state in changes(subject).items():
        size = f": {_size(subject, used, name)}" if state == "changed" and used.base else ""
        yield Finding(name, f"{state} since the release{size}", READ if used.base else RENEW)


def version_of(root: Path) -> str:
    """The version stated by the tree at root."""
    return str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def named_version(subject: Subject) -> str:
    """The version in release.json; empty where there is no such file."""
    return str(subject.json(MANIFEST)["version"]) if (subject.root / MANIFEST).is_file() else ""


def _size(subject: Subject, used: Tool, name: str) -> str:
    lines = list(diff(subject, used, name))[2:]
    more, less = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return f"{more} lines more, {less} lines less" if lines else "its bytes"


def diff(subject: Subject, used: Tool, name: str) -> Iterator[str]:
    """The author's changes to a file, as a unified diff; nothing where the release is not available."""
    before, now = _released(subject, used, name), _text(subject.root / name)
    if before is not None:
        yield from difflib.unified_diff(before.splitlines(), now.splitlines(), f"release/{name}", name, lineterm="")


def whole_diff(subject: Subject) -> str:
    """All of the author's changes to the release, as one diff. Raises InputError as changes does."""
    used = tool(subject.root)
    return "\n".join(line for name in changes(subject) for line in diff(subject, used, name))


if __name__ == "__main__":  # `make release`
    here = Path(analysis.__file__).resolve().parents[2]
    (here / MANIFEST).write_text(json.dumps(manifest(here), indent=1) + "\n", encoding="utf-8")
