"""Commands by which a study is checked: verify it, follow a number to its source, search for people."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import study, wording, workers
from analysis.cli.grammar import Command, described
from analysis.errors import InputError

if TYPE_CHECKING:  # it takes seconds to import
    from analysis.verify.checks import Outcome


def _verify(args: argparse.Namespace) -> None:
    """Check that the study is what it says it is; changes nothing.

    Files, parameters, notebooks, pages and packages must belong to one and the same run; no number may be typed, and no
    name left. Exits with 1 when a check fails. Notices, such as error rates measured on earlier code or code that is
    not the release's, are listed separately; they fail only with --release. docs/verify.md lists what it can find.
    """
    paths, begun = study.here(), time.monotonic()
    if args.diff:
        _show_what_the_author_changed(paths)
        return
    outcomes, stages = _checked(paths, args)
    seconds = time.monotonic() - begun
    from analysis.verify import checks, release
    from analysis.verify.subject import Subject

    said, resting = release.tool(paths.root).said(), checks.resting_on_the_lock(paths, outcomes)
    absent = checks.without_data(paths, outcomes)
    if args.json:
        whole = {"tool": said, **checks.as_json(outcomes), "seconds": round(seconds, 1), "stages": stages}
        whole |= {"resting_on_the_lock": resting, "left_out": [*Subject(paths).left_out]}
        print(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        print("\n".join(filter(None, [said, checks.report(outcomes, seconds), absent, checks.closing(resting)])))
    sys.stdout.flush()
    if failed := checks.named(outcomes, "failed"):
        raise InputError(f"{len(failed)} of {wording.count(len(outcomes), 'check')} failed: {', '.join(failed)}")


def _show_what_the_author_changed(paths: study.Paths) -> None:
    from analysis.verify import release
    from analysis.verify.subject import Subject

    print(release.whole_diff(Subject(paths)))


def _checked(paths: study.Paths, args: argparse.Namespace) -> tuple[list[Outcome], dict[str, float]]:
    """The outcome of each requested check, and the seconds that each rerun stage took. Raises InputError where nothing
    has run, so that there is nothing to verify."""
    if not args.only and not any(place.exists() for place in (paths.root / "dvc.lock", paths.metrics("ingest"))):
        raise InputError("this study has not been run, so there is no result to verify", fix="Run it: dvc repro")
    with nullcontext() if args.only else workers.pool(1) as second:
        if second:
            second.submit(import_module, "analysis.verify.checks")  # its import takes seconds in each process
        from analysis.verify import checks

        if args.rebuild or args.rerun:
            checks.require_data(paths)
        outcomes = checks.verify(paths, args.only, release=args.release, rebuild=args.rebuild, second=second)
    again, stages = checks.verify_by_rerun(paths) if args.rerun else ([], {})
    return outcomes + again, stages


def _trace(args: argparse.Namespace) -> None:
    """Follow a number to the rows, messages and raw lines that it comes from.

    KEY is a metric as the book's page of numbers lists it, such as sharing.sharers. Shows its file and line, the rows
    of the tables that it was counted from (and counts again), or the function that computed it and how many rows went
    in, then the messages with pseudonyms, and the files and lines of data/raw. With --as, KEY is the pseudonym under
    which a chapter shows somebody; shows what the study's tables call them, and what they wrote and said. Changes
    nothing.
    """
    from analysis.trace.report import TrailReport
    from analysis.trace.trail import Tracer

    tracer = Tracer.of(study.here())
    trail = tracer.person(args.chapter, args.key) if args.chapter else tracer.trail(args.key)
    report = TrailReport(trail, tracer.tables, args.limit)
    print(json.dumps(report.json(), indent=2, ensure_ascii=False) if args.json else report.text())


def _scan(args: argparse.Namespace) -> None:
    """Search a folder for names, numbers and addresses of people.

    Looks for names of the roster and of chat senders, telephone numbers, addresses and other identifiers. Reports where
    they are, and what they are only with --show. In Guyub's own code, tests and documentation, as in a research object,
    only people of this study count: others are counted separately, and --all reports them too.
    """
    from analysis import scan
    from analysis.scan.site_cache import to_clear
    from analysis.verify import release

    paths = study.here()
    released = release.tool(paths.root).hashes(paths.root)
    report = scan.by_hand(paths, args.folder, released, everything=args.all)
    scan.refuse(report, args.folder, args.show)
    print(scan.summary(report))
    if where := to_clear(study.here().root):
        print(where)


COMMANDS = {
    "verify": Command(_verify, {
        "--rebuild": described(
            "build the book again elsewhere, write simulated files again, and compare (a minute)", action="store_true"
        ),
        "--diff": described("show what the author changed in the release, and check nothing", action="store_true"),
        "--rerun": described("run the study again in a clean temporary copy, and compare", action="store_true"),
        "--release": described("make notices failures too", action="store_true"),
        "--only": described("run only this check (repeatable)", action="append", default=[], metavar="CHECK"),
        "--json": described("report everything, for a program to read", action="store_true"),
    }),
    "trace": Command(_trace, {
        "key": described("a metric, such as sharing.sharers; with --as, a pseudonym of that chapter", metavar="KEY"),
        "--as": described("the chapter that calls somebody KEY, such as 04-network", dest="chapter", metavar="CHAPTER"),
        "--limit": described("rows of each table to show (%(default)s)", type=int, default=5, metavar="N"),
        "--json": described("report everything, for a program to read", action="store_true"),
    }),
    "scan": Command(_scan, {
        "folder": described("any folder or file, such as book/_build", type=Path, metavar="DIR"),
        "--show": described("show what was found, not only where", action="store_true"),
        "--all": described("report the invented people of Guyub's own files too", action="store_true"),
    }),
}  # fmt: skip
