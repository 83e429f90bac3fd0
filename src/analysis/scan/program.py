"""What `guyub scan` does beyond the guard of a build: a scan of a whole study or crate covers the program too.

Guyub's code, tests and documentation are full of invented people. In files of the release that searches, known by their
hashes, and in its tests and benchmarks, which no release lists, a hit counts only where it is of somebody in this study
(search.of_this_study), and never where the study is simulated. All other hits there are counted separately and reported
as a number, and `--all` reports them like any other hit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import compress
from pathlib import Path

from analysis import study
from analysis.disk import sha256
from analysis.scan.people import Watchlist, files_of, watchlist
from analysis.scan.search import Hit, Survey, of_this_study, survey

UNLISTED = ("tests", "benchmarks")  # folders of the program that no release lists
AUTHORS = ("data", "metrics", "book", "notebooks")  # folders with a study's own contents
INVENTED = ("src/analysis/simulate/", "src/analysis/identifiers/figures.txt")  # made up, or known to all
JSON_LD = ("@context", "@graph", "@id", "@type")  # in a crate's metadata, where they are no handles
METADATA = "ro-crate-metadata.json"


def by_hand(paths: study.Paths, folder: Path, released: Mapping[str, str], *, everything: bool = False) -> Survey:
    """Scan any folder; how far it is goes to standard error. released: SHA-256 of each file of the release that
    searches, by its path in a study. everything: what else is in the program's files counts as well. Raises InputError
    as survey."""
    watching = watchlist(paths)
    report = survey(paths, folder, watching, progress=True)
    hits = [hit for hit in report.hits if not (Path(hit.file).name == METADATA and hit.content in JSON_LD)]
    if everything:
        return replace(report, hits=hits)
    base = folder if folder.is_dir() else folder.parent
    files = {path.relative_to(base).as_posix(): _in_program(path, released) for path in files_of(folder)}
    apart = [bool(name := files[hit.file]) and not _counts(hit, name, paths, watching) for hit in hits]
    return replace(
        report,
        hits=[hit for hit, left_out in zip(hits, apart, strict=True) if not left_out],
        program=sum(map(bool, files.values())),
        apart=tuple(compress(hits, apart)),
    )


def _counts(hit: Hit, name: str, paths: study.Paths, watching: Watchlist) -> bool:
    """Whether a hit in a file of the program is of somebody. name: of the file, from its study's root."""
    return not (paths.simulated or name.startswith(INVENTED)) and of_this_study(hit, watching)


def _in_program(path: Path, released: Mapping[str, str]) -> str:
    """The name, from its study's root, of a file of the program; empty of any other."""
    root = _root(path.resolve().parent)
    if root is None:
        return ""
    name = path.resolve().relative_to(root)
    known = name.parts[0] not in AUTHORS and released.get(name.as_posix())
    own = name.parts[0] in UNLISTED or (known and known == sha256(path))
    return name.as_posix() if own else ""


@cache
def _root(folder: Path) -> Path | None:
    """The study that a folder is in, with the program."""
    needed = ("dvc.yaml", "params.yaml", "src/analysis")
    return next((up for up in (folder, *folder.parents) if all((up / name).exists() for name in needed)), None)
