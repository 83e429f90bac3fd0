"""Check that folders of results, raw files and code hold nothing that the study does not name.

What DVC skips (.dvcignore, links, pipes, empty names) is checked here, since no hash covers it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from analysis import book, site, study, wording
from analysis.book import pdf
from analysis.disk import wheel_sha256
from analysis.scan.search import installed
from analysis.verify import fetching
from analysis.verify.inventory import INVENTORY, inventory_leads_where_it_says
from analysis.verify.searching import INDEX, search_finds_what_pages_say
from analysis.verify.styles import styles_leave_the_words_alone
from analysis.verify.subject import REBUILD, SITE, Finding, Subject

MADE = ("data/processed", "metrics", "book/executed", "book/_build")  # folders that only stages write to
KEPT = {"data/processed/README.md"}  # files that a person wrote there
AFTER = {f"{SITE}/{name}" for name in site.UNHASHED}  # made after the build; their content is checked below
TWIN = "Remove one of the two, or call it otherwise."
REMOVE = "Remove it, or name it as an output of the stage that makes it."
REPRINT = "Print it again: make pdf"
WRITTEN = ("documentation_options.js", "language_data.js", "pygments.css", "copybutton.js", "basic.css")  # by the build
GENERATED = {"genindex.html", "search.html", "searchindex.js", "objects.inv"}  # made by Sphinx, not from a page
HIDDEN = {".dvcignore", ".dvc", ".ci", ".github", ".gitignore", ".gitattributes"}  # part of the study, not of a tool
CODE = ("src", "notebooks", "book/_ext")  # folders that Python may import from, with the study's root
FETCHING = (".html", ".css", ".js")  # file types in which a browser follows addresses
FROM_ELSEWHERE = "Take the address out: a page of this book needs no other site."


def nothing_else_is_there(subject: Subject) -> Iterator[Finding]:
    """Every output in dvc.lock exists and nothing else does, no file is hidden from DVC, and no module shadows a
    package that the code imports."""
    outs = {out for stage in subject.locked.values() for out in stage.outs}
    for path in _everything(subject.root, MADE):
        name = subject.name(path)
        if not outs & {name, *map(str, Path(name).parents)} and name not in KEPT:
            yield Finding(name, "no stage makes it", REMOVE)
    looked_at = _looked_at(subject)
    yield from _links(subject, looked_at)
    yield from _twins(subject, looked_at)
    for path in _everything(subject.root, (*MADE, "data/raw", "calibration", *CODE, "book")):
        if subject.is_ignored(path) and not _left_behind(subject.name(path)) and subject.name(path) not in AFTER:
            yield Finding(_shown(subject, path), ".dvcignore hides it, so no hash holds it", "Take it out there.")
    yield from _importable(subject)


def _looked_at(subject: Subject) -> list[Path]:
    """Files directly in the study's folder, and the folders of its parts with all that is in them."""
    folders = dict.fromkeys(("data", *MADE, "data/raw", "calibration", *CODE, "book", "docs"))
    right_here = (path for path in subject.root.iterdir() if not path.name.startswith(".") or path.name in HIDDEN)
    inner = (subject.root / name for name in folders if "/" in name)
    return sorted({*right_here, *inner, *_everything(subject.root, tuple(folders))})


def _links(subject: Subject, looked_at: Iterable[Path]) -> Iterator[Finding]:
    """Links, pipes and devices."""
    for path in looked_at:
        if odd := _odd(path):
            yield Finding(_shown(subject, path), odd, "Put a plain file or folder in its place.")


def _twins(subject: Subject, looked_at: Iterable[Path]) -> Iterator[Finding]:
    """Names that differ only in case: macOS and Windows keep one of two such files, and a reader may open the other."""
    known = set[str]()
    for path in looked_at:
        if (name := subject.name(path).casefold()) in known:
            yield Finding(_shown(subject, path), "another file has its name but for the case of letters", TWIN)
        known.add(name)


def _everything(root: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    """Everything below folders except folders; links are not followed."""
    for name in folders:
        for folder, inner, names in os.walk(root / name):
            inner[:] = sorted(each for each in inner if not (name == "book" and each in ("_build", "executed")))
            links = [each for each in inner if (Path(folder) / each).is_symlink()]
            yield from (Path(folder) / each for each in sorted([*names, *links]))


def _odd(path: Path) -> str:
    """The kind of a path that is not a regular file or folder; empty when it is one, or does not exist."""
    if path.is_symlink():
        return "it is a link, not a file"
    plain = path.is_file() or path.is_dir() or not path.exists()
    return "" if plain else "it is a pipe or a device, not a file"


def _shown(subject: Subject, path: Path) -> str:
    """A path to show; not that of a raw file of real people, which may be named after one."""
    raw = subject.paths.raw in path.parents
    return subject.name(path) if not raw or subject.paths.simulated else "a file in data/raw"


def _left_behind(name: str) -> bool:
    """Whether it is a leftover of Python or JupyterLab among the sources, which the sources override."""
    return not name.startswith(("data/", "metrics/")) and (name.endswith(".pyc") or ".ipynb_checkpoints/" in name)


def _importable(subject: Subject) -> Iterator[Finding]:
    """Modules in places from which Python imports before the installed packages."""
    own = {"src/analysis", "src/guyub"}  # the project itself
    places = [path for folder in ("", *CODE) for path in sorted((subject.root / folder).glob("*"))]
    for path in places:
        name = subject.name(path)
        module = path.suffix in (".py", ".pth", ".so", ".pyc") or (path.is_dir() and (path / "__init__.py").is_file())
        if module and name not in own and not (name.startswith("book/_ext/guyub_") and path.suffix == ".py"):
            yield Finding(name, "Python would import it in place of a package of that name", "Move it elsewhere.")


# The site


def site_is_what_the_build_made(subject: Subject) -> Iterator[Finding]:
    """Every page and file of the built site is, in its parts, what the build made, and leads to a page of _toc.yml.

    Its sources are as they were at the build.
    """
    yield from differing(subject.made_site, subject.site_hashes)
    yield from _built_from(subject)
    yield from _pages_of_the_toc(subject)
    yield from _library(subject)
    yield from _pictures(subject)
    yield from _downloads(subject)
    yield from _fetching(subject)
    yield from styles_leave_the_words_alone(subject)
    if (subject.root / SITE / INDEX).exists():
        yield from search_finds_what_pages_say(subject.root / SITE, SITE)
    if (subject.root / SITE / INVENTORY).exists():
        yield from inventory_leads_where_it_says(subject.root / SITE, SITE)


def _fetching(subject: Subject) -> Iterator[Finding]:
    """Pages, styles and scripts of the site and of book/_static that need another site. Files of an installed package
    are not judged."""
    own = [path for path in subject.files(subject.paths.book / "_static") if path.suffix in FETCHING]
    made = [path for path in subject.files(subject.root / SITE) if path.suffix in FETCHING]
    for path in (*own, *made):
        name, raw = subject.name(path), path.read_bytes()
        if name not in subject.site and wheel_sha256(path) in installed():
            continue
        text = raw.decode("utf-8", "replace")
        read = fetching.on_page(text) if path.suffix == ".html" else fetching.in_code(text)
        for address in dict.fromkeys(read):
            yield Finding(name, f"it fetches {address[:80]}", FROM_ELSEWHERE)


def _built_from(subject: Subject) -> Iterator[Finding]:
    """Sources and results that have changed since the book was built, regardless of dvc.lock."""
    then = subject.json(f"book/_build/{site.NAME}")["built_from"]
    now = site.sources(subject.root, book.built_from(subject.paths))
    differ = (name for name in sorted({*then, *now}) if then.get(name) != now.get(name))
    for name in (name for name in differ if not subject.is_left_out(name)):
        state = "has changed" if name in then and name in now else "is gone" if name in then else "was not there"
        when = "when the book was built" if name not in then else "since the book was built"
        yield Finding(name, f"it {state} {when}", REBUILD)


def differing(made: dict[str, dict[str, str]], now: dict[str, dict[str, str]]) -> Iterator[Finding]:
    """Differences between the site as built and at present. made, now: hashes as from site.hashes."""
    for name in sorted({*made, *now}):
        if name not in now:
            yield Finding(f"{SITE}/{name}", "the build made it and it is not there", REBUILD)
        elif name not in made:
            yield Finding(f"{SITE}/{name}", "the build did not make it", REBUILD)
        elif parts := site.changed(made[name], now[name]):
            yield Finding(f"{SITE}/{name}", f"{', '.join(parts)}: not as the build made it", REBUILD)


def _pages_of_the_toc(subject: Subject) -> Iterator[Finding]:
    """Pages and chapters are those of _toc.yml, no more and no fewer, in the site and among the sources."""
    listed = set(_files(subject.yaml("book/_toc.yml")))
    pages = {name.removeprefix(f"{SITE}/") for name in subject.site}
    for name in sorted(pages - {f"{each}.html" for each in listed} - GENERATED):
        yield Finding(f"{SITE}/{name}", "_toc.yml has no such page", REBUILD)
    for name in sorted({f"{each}.html" for each in listed} - pages):
        yield Finding(f"{SITE}/{name}", "_toc.yml has this page and the book does not", REBUILD)
    sources = {name.removeprefix("book/").removesuffix(".md") for name in subject.pages}
    sources |= {f"executed/{subject.paths.executed(step).stem}" for step in study.STEPS}
    for name in sorted(sources - listed):
        yield Finding(f"book/{name}", "_toc.yml does not list this page, so no reader sees it", "List or remove it.")


def _files(node: Any) -> Iterator[str]:
    """Every page that a table of contents names."""
    if isinstance(node, dict):
        yield from (str(node[key]) for key in ("root", "file") if key in node)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _files(child)


def _library(subject: Subject) -> Iterator[Finding]:
    """Scripts and styles of the site are byte for byte those of an installed package or of book/_static.

    The small files that the build itself writes into _static are listed in WRITTEN.
    """
    own = {path.name: path.read_bytes() for path in (subject.paths.book / "_static").glob("*") if path.is_file()}
    for name in subject.site_hashes:
        path = subject.root / SITE / name
        if path.suffix not in (".js", ".css") or path.name in WRITTEN or "_static" not in path.parts:
            continue
        raw = path.read_bytes()
        if own.get(path.name) != raw and wheel_sha256(path) not in installed():
            what = "it is neither a file of an installed package nor one of book/_static"
            yield Finding(f"{SITE}/{name}", what, REBUILD)


def _pictures(subject: Subject) -> Iterator[Finding]:
    """Pictures of the site that lie among the book's sources, and are others there."""
    sources: dict[str, set[bytes]] = {}
    for path in _everything(subject.root, ("book",)):
        sources.setdefault(path.name, set()).add(path.read_bytes())
    for path in subject.files(subject.root / SITE / "_images"):
        if path.name in sources and path.read_bytes() not in sources[path.name]:
            yield Finding(subject.name(path), "it is not the picture of this name among the book's sources", REBUILD)


def _downloads(subject: Subject) -> Iterator[Finding]:
    """PDFs that are not of this book, and wrong entries of the script that offers them."""
    folder = subject.root / SITE
    made = site.made(folder, (name for name in site.UNHASHED if name.endswith(".pdf")))
    place = folder / site.DOWNLOADS
    if (place.read_text(encoding="utf-8") if place.exists() else "") != site.offering(made):
        what = "it does not offer the PDFs that lie here, or they were not printed from this site"
        yield Finding(subject.name(place), what, REPRINT)
    if (bound := folder / pdf.BOOK).exists():
        lacking = sorted(pdf.headings(subject.paths) - pdf.page_numbers(bound.read_bytes()).keys())
        if lacking:
            what = f"it lacks {wording.count(len(lacking), 'heading')} of the book, {lacking[0]} first"
            yield Finding(subject.name(bound), what, REPRINT)
    for name, title in pdf.titles(subject.paths).items():
        if (printed := folder / name).exists() and not pdf.is_plain(printed.read_bytes(), title):
            what = "its title, author or what else it says of itself is not what printing this book gives"
            yield Finding(subject.name(printed), what, REPRINT)
