"""The book built again elsewhere from the executed notebooks and pages, and compared with the built one, part by part.

Its PDFs are printed again too, if this machine has the Chromium that printed them, since versions draw differently.
It takes a minute and runs no step: changes on a page, in a caption that is not in the notebook, in a link or in a
script show as differences. A change of notebook and page together needs a rerun.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from analysis import book, site, study
from analysis.book import pdf
from analysis.verify.closed import REPRINT, differing
from analysis.verify.release import tool
from analysis.verify.subject import Finding, Subject

CODE = ("_ext", "_static")  # folders of the book: taken from the release if the tool brings one
LEFT = {".git", ".guyub", "book"}


def book_comes_out_the_same(subject: Subject) -> Iterator[Finding]:
    """The built site and its PDFs are the same when made again now. Writes nothing here.

    Raises InputError when the book cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="guyub-rebuild-") as temporary:
        folder = Path(temporary).resolve()
        copy = study.Paths(lay_out(subject, folder / "study"))
        html = book.make(copy, folder / "draft")
        (copy.book / "_build").symlink_to(html.parent)
        yield from _unlike(subject, site.hashes(html))
        yield from _misprinted(subject, copy)


def lay_out(subject: Subject, root: Path) -> Path:
    """A study's folder with links to everything but the book, whose sources are copied. Returns root."""
    root.mkdir()
    for path in (path for path in subject.root.iterdir() if path.name not in LEFT):
        (root / path.name).symlink_to(path)
    shutil.copytree(subject.paths.book, root / "book", ignore=shutil.ignore_patterns("_build", "__pycache__"))
    base = tool(subject.root).base
    for name in CODE:
        if base is not None:
            shutil.rmtree(root / "book" / name, ignore_errors=True)
            shutil.copytree(base / "book" / name, root / "book" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def _unlike(subject: Subject, made: dict[str, dict[str, str]]) -> Iterator[Finding]:
    there = site.hashes(subject.paths.book / "_build" / "html")  # of the present pages, regardless of site.json
    for each in differing(made, there):
        yield Finding(each.place, each.what.replace("the build", "a new build"), each.fix)


def _misprinted(subject: Subject, copy: study.Paths) -> Iterator[Finding]:
    """PDFs next to the site that differ when printed from the book built again (copy), except those printed by another
    version of the program than the one here."""
    folder, program = subject.paths.book / "_build" / site.FOLDER, pdf.browser()
    there = {name: (folder / name).read_bytes() for name in (pdf.BOOK, *pdf.SHEETS) if (folder / name).exists()}
    for name, raw in pdf.prints(program, copy) if program and there else ():
        before = there.get(name, raw)
        if before != raw and pdf.printer(before) in ("", pdf.printer(raw)):
            what = "it is not what Chromium prints here from the book built again"
            yield Finding(subject.name(folder / name), what, REPRINT)
