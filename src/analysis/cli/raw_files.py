"""Commands for raw files: take them in, and report what is there before a run."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from analysis import study, wording
from analysis.cli.grammar import Command, described
from analysis.errors import InputError


def _add(args: argparse.Namespace) -> None:
    """Take chat exports, interviews and tables into data/raw.

    Each file, and each in a folder given, is recognised by what it holds, copied to the folder of its kind and entered
    with its hash into data/raw/MANIFEST.csv, so that `guyub verify` knows it. Recordings and pictures that a phone
    exports next to a chat stay where they are. Codings and annotations are taken in by `guyub import`. To set
    the title or date order of a chat that is there already, give it again with --title or --date-order.
    """
    from analysis.tools.add import add, left_where_they_are

    paths = study.here()
    about = {"source": args.source, "licence": args.licence, "consent_basis": args.consent}
    about |= {"title": args.title, "date_order": args.date_order or ""}
    if args.title and (len(args.files) > 1 or args.files[0].is_dir()):
        raise InputError("--title applies to one chat only", fix="Give that chat's file alone.")
    added = add(paths, args.files, about, replace=args.replace, simulated=args.simulated)
    for each in added:
        renamed = "" if each.given.name.lower() == each.path.name.lower() else f" (from {each.given.name})"
        print(f"{each.path}: {each.kind}{renamed}{', which was there already' if each.before else ''}")
    for each in (each for each in added if each.nameless and not args.title):
        print(f"Pages call it {each.nameless!r}. For a title: guyub add --title TITLE {shlex.quote(str(each.given))}")
    if left := left_where_they_are(args.files):
        endings = ", ".join(sorted({path.suffix.lower() for path in left}))
        print(f"Left where they are, as no step reads such files: {wording.count(len(left), 'file')} ({endings})")
    print("Next: guyub check, then dvc repro")


def _check(_: argparse.Namespace) -> None:
    """Report what is in data/raw, what is missing and what to do.

    Reports before a run what is there, what follows from what is missing, what each claim needs at least, which senders
    are not on the roster and which dates are ambiguous. Writes nothing. Exits with 1 when the study cannot run yet.
    """
    from analysis.tools.check import check

    report = check(study.here())
    print(report.text())
    if report.stops:
        raise InputError(f"this study cannot run yet ({wording.count(len(report.stops), 'reason')} above)")


COMMANDS = {
    "add": Command(_add, {
        "files": described("files, or folders of them", type=Path, nargs="+", metavar="FILE"),
        "--source": described("where they come from, such as `exported by Bu Sri, 3 May`", default=""),
        "--licence": described("under what terms they may be used", default=""),
        "--consent": described("on what grounds they may be studied", default=""),
        "--title": described("what pages call this chat, instead of its file's name or a code", default=""),
        "--date-order": described("of day and month in these chats, where their dates are ambiguous and other files "
                                  "have another order", choices=("dmy", "mdy", "ymd")),
        "--simulated": described("nobody wrote them: every page will say so", action="store_true"),
        "--replace": described("replace an older file of the same name", action="store_true"),
    }),
    "check": Command(_check, {}),
}  # fmt: skip
