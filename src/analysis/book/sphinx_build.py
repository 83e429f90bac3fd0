"""The build itself: Sphinx run by Jupyter Book on book/ and the executed notebooks, and the site put in place whole."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from analysis import closure, memory, scan, site, study
from analysis.book.study_yaml import load_study
from analysis.errors import InputError

LOG_LINES = 30


def build(paths: study.Paths, second: Executor | None = None) -> Path:
    """Build the book from book/ and the executed notebooks; returns the site's folder, book/_build/html.

    Warnings are errors. The site is made in .guyub/ and moved into place whole, with the hashes of its pages and files
    next to it (site.json). second: a process that does half of the search for personal data and starts up while
    Sphinx works. Raises InputError with the log's end when the build fails, and when the new site holds anything that
    identifies a person.
    """
    load_study(paths)
    draft = paths.root / ".guyub" / "book"
    if second:
        second.submit(scan.watched, paths)
        with ThreadPoolExecutor(1) as thread:
            making = thread.submit(make, paths, draft)
            scan.watched(paths)
        html = making.result()
    else:
        html = make(paths, draft)
    scan.guard(paths, html, second=second)
    site.write(html, site.sources(paths.root, built_from(paths)))
    place = paths.book / "_build"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for made in (html, html.parent / site.NAME):
        made.replace(place / made.name)
    shutil.rmtree(draft)
    return place / site.FOLDER


def built_from(paths: study.Paths) -> list[str]:
    """Files and folders that the book is built from: what its stage depends on, and the parameters."""
    described = paths.root / "dvc.yaml"
    declared = closure.stages(study.read_yaml(described)) if described.exists() else {}
    return ["params.yaml", *(declared["book"].deps if "book" in declared else ())]


def make(paths: study.Paths, draft: Path) -> Path:
    """Build the site into a new folder, without what differs between equal builds (.buildinfo, a hash over absolute
    paths). Returns the site's folder in it. Raises InputError with the log's end when the build fails."""
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _jupyter_book(paths, draft)
    html = draft / "_build" / site.FOLDER
    (html / ".buildinfo").unlink(missing_ok=True)
    return html


def _jupyter_book(paths: study.Paths, output: Path) -> None:
    seldom = f"import gc; gc.set_threshold{memory.SELDOM}"  # otherwise collection takes a sixth of Sphinx's time
    program = f"import sys; {seldom}; from jupyter_book.cli.main import main; sys.argv[0] = 'jupyter-book'; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "build", str(paths.book), "--path-output", str(output), "-W", "-n",
         "--keep-going", "-q"],
        cwd=paths.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        log = re.sub(r"\x1b\[[\d;]*m", "", done.stdout).partition("Traceback (most recent call last)")[0]
        tail = "\n".join(log.strip().splitlines()[-LOG_LINES:])
        raise InputError(f"the book could not be built:\n{tail}", path=paths.book)
