"""The command `guyub`: everything a person types, each command one function."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import analysis
from analysis import study, wording
from analysis.errors import InputError

GUIDE = """\
A study runs with `dvc repro` (or `make study`), which calls `guyub run` for each step and `guyub book` last.

  guyub run sharing                    run one step's notebook with its parameters
  guyub book                           build the book from the executed notebooks
  guyub check                          look at the raw files before a run
  guyub sample sheet.html --size 200   draw messages for people to code
  guyub import CODED.csv               take their codings back (also .qdpx, .qdc, Taguette)
  guyub annotate who.csv --size 100    have people say who answers whom, to score the inferred replies
  guyub export qdpx study.qdpx         give the study to a coding program (also csv, taguette, ro-crate)
  guyub verify                         check that the study is what it says it is
  guyub scan book/_build               search what was made for names, numbers and addresses
  guyub forget                         remove what earlier runs left, after a member has withdrawn
  guyub new ../mine --raw ~/exports    begin a study of your own community
  guyub simulate --out /tmp/community  write a simulated community's raw files
"""


SAMPLE_GUIDE = """\
How to have more messages coded:

  1. guyub sample sheet.html --size 200
     draws 200 messages that nobody has coded, from every chat in proportion, in random order. OUT's ending is its form:
       .html  one page to code in a browser, without a network; it saves a .csv
       .csv   a table for a spreadsheet: fill in code and coder, a row for each further code
       .qdpx  a project for a coding program (REFI-QDA)
  2. Give the file to each coder. Two who code the same file apart from each other tell how alike they read.
  3. guyub import THEIR-FILE     takes what they coded, and any translation, into data/raw/codings
                                 (.qdpx: add --all-read when every message was read, coded or not)
  4. dvc repro                   learns from it, and measures everything anew

A rare code is found faster where the model thinks it likely:
  guyub sample offers.html --size 100 --code offer

data/raw/sample.csv keeps each message's probability to be drawn. Every share and every error of the model is weighted
by it, so that a code that was sought does not look frequent. Keep that file with the codings.
"""

ANNOTATE_GUIDE = """\
How sure are the inferred replies in your own groups? Two people who know the talk tell:

  1. guyub annotate who.csv --size 100
     samples 100 messages, evenly through chats and time, each under the 20 messages before it
  2. Give each of the two a copy, to fill apart from each other: in the line marked ? write into `answers` the number in
     `back` of the message that it answers (several parted by ;), or 0 when it starts something new
  3. guyub annotate --score first.csv second.csv
     tells how far the two agree, and how well the inferred replies meet each of them and what both marked
"""

Commands = argparse._SubParsersAction  # which argparse gives no public name
EXPORTS = ("qdpx", "qdc", "csv", "taguette", "ro-crate")


def main(argv: list[str] | None = None) -> int:
    """Entry point. Returns the exit code: 0, or 1 with the error on standard error."""
    use_own_source()
    args = parser().parse_args(argv)
    try:
        args.do(args)
    except InputError as error:
        print(f"guyub: {error}", file=sys.stderr)
        return 1
    return 0


def use_own_source() -> None:
    """Start again with the study's own src/ when another copy of the package was imported.

    A study made by `guyub new` carries its source; what dvc.yaml declares must be what runs.
    """
    try:
        own = study.here().root / "src"
    except InputError:
        return
    here = Path(analysis.__file__).resolve().parents[1]
    if (own / "analysis").is_dir() and own != here and os.environ.get("GUYUB_SOURCE") != str(own):
        path = os.pathsep.join([str(own), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path, "GUYUB_SOURCE": str(own)}
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, "-m", "analysis.cli", *sys.argv[1:]], environment)


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(
        prog="guyub", description=(analysis.__doc__ or "").strip().splitlines()[0], epilog=GUIDE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _add_run, _add_book, _add_simulate, _add_check, _add_verify, _add_scan, _add_forget, _add_new, _add_sample,
        _add_annotate, _add_export, _add_import,
    ):  # fmt: skip
        add(commands)
    return top


def _add_run(commands: Commands) -> None:
    words = commands.add_parser(
        "run", help="run a step's notebook with its parameters from params.yaml",
        description="Run one step's notebook with its parameters from params.yaml. It reads what earlier steps wrote "
        "into data/processed and writes its own tables there, its numbers into metrics/ and the executed notebook into "
        "book/executed. `dvc repro` runs all steps that need it, in order.",
    )  # fmt: skip
    words.add_argument("step", metavar="STEP", choices=study.STEPS, help=", ".join(study.STEPS))
    words.set_defaults(do=_run)


def _add_book(commands: Commands) -> None:
    words = commands.add_parser(
        "book", help="build the book from the executed notebooks",
        description="Build the book from the executed notebooks and the pages of book/ into book/_build/html. Every "
        "step must have run. A book in which a name, number or address is found is not put in place.",
    )  # fmt: skip
    words.set_defaults(do=_book)


def _add_simulate(commands: Commands) -> None:
    words = commands.add_parser(
        "simulate", help="write the raw files of a simulated community",
        description="Write the raw files of a simulated community: chats, interviews, codings, roster, partnerships.",
    )  # fmt: skip
    words.add_argument("--out", type=Path, required=True, help="folder to write to (must be new or empty)")
    words.add_argument("--seed", type=int, default=20240724, help="of all random draws (%(default)s)")
    words.add_argument("--members", type=int, default=40, help="how many members (%(default)s)")
    words.add_argument("--months", type=int, default=12, help="how many months (%(default)s)")
    words.add_argument(
        "--scenario", default="published", help="what is true in it; see simulate/scenarios.yaml (%(default)s)"
    )
    words.add_argument("--truth", action="store_true", help="write what was planted too, in OUT/../truth")
    words.set_defaults(do=_simulate)


def _add_check(commands: Commands) -> None:
    words = commands.add_parser(
        "check", help="look at data/raw and tell what is there, what is missing and what to do",
        description="Look at data/raw before a run and tell what is there, what is missing and what follows from it, "
        "who is on no roster, which dates are ambiguous, and what to do. Writes nothing. Ends with 1 when the study "
        "cannot run yet.",
    )  # fmt: skip
    words.set_defaults(do=_check)


def _add_verify(commands: Commands) -> None:
    words = commands.add_parser(
        "verify", help="check that the study is what it says it is; changes nothing",
        description="Check that files, parameters, notebooks, pages and packages belong to one and the same run, that "
        "no number was typed and no name is left. Changes nothing. Ends with 1 when anything is found.",
    )  # fmt: skip
    words.add_argument("--rerun", action="store_true", help="make it again in a clean temporary copy, and compare")
    words.add_argument("--only", action="append", default=[], metavar="CHECK", help="run this check alone (repeatable)")
    words.add_argument("--json", action="store_true", help="tell everything, for a program to read")
    words.set_defaults(do=_verify)


def _add_scan(commands: Commands) -> None:
    words = commands.add_parser(
        "scan", help="search a folder for names, numbers and addresses of people",
        description="Search any folder for names of the roster and of chat senders, telephone numbers, addresses and "
        "other identifiers. Tells where, and not what, unless asked to.",
    )  # fmt: skip
    words.add_argument("folder", type=Path, metavar="DIR", help="any folder or file, such as book/_build")
    words.add_argument("--show", action="store_true", help="show what was found, not only where")
    words.set_defaults(do=_scan)


def _add_forget(commands: Commands) -> None:
    words = commands.add_parser(
        "forget", help="remove what earlier runs left, after a member has withdrawn",
        description="Remove what earlier runs left, DVC's cache included, after a member's consent was set to `none` "
        "in data/raw/members.csv. Says first what will go, and asks. Then `dvc repro` makes everything without them.",
    )  # fmt: skip
    words.add_argument("--yes", action="store_true", help="do not ask first")
    words.set_defaults(do=_forget)


def _add_new(commands: Commands) -> None:
    words = commands.add_parser(
        "new", help="begin a study of your own community",
        description="Begin the same study of your own community: a new folder with this code and your raw files. Names "
        "and keys stay out of its git. Every kind of raw file may be missing; what needs it is then not assessable.",
    )  # fmt: skip
    words.add_argument("folder", type=Path, metavar="DIR", help="the new study's folder (must be new or empty)")
    words.add_argument("--raw", type=Path, required=True, help="folder with your chat exports and other raw files")
    words.set_defaults(do=_new)


def _add_sample(commands: Commands) -> None:
    words = commands.add_parser(
        "sample", help="draw messages for people to code", epilog=SAMPLE_GUIDE,
        description="Draw a random sample of messages for coders, with known probabilities.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    words.add_argument("out", type=Path, metavar="OUT", help="file to write: .html, .csv or .qdpx")
    words.add_argument("--size", type=int, required=True, metavar="N", help="how many messages")
    words.add_argument("--code", default="", help="seek this code where the model thinks it likely")
    words.add_argument("--even", action="store_true", help="as many from each chat, not in proportion")
    words.add_argument("--seed", type=int, default=20240724, help="of the draw (%(default)s)")
    words.set_defaults(do=_sample)


def _add_annotate(commands: Commands) -> None:
    words = commands.add_parser(
        "annotate", help="have people say who answers whom, and score the inferred replies", epilog=ANNOTATE_GUIDE,
        description="Write a sheet on which people mark what each sampled message answers; score it when filled.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    either = words.add_mutually_exclusive_group(required=True)
    either.add_argument("out", type=Path, nargs="?", metavar="OUT", help="sheet to write, a .csv")
    either.add_argument("--score", type=Path, nargs=2, metavar="SHEET", help="two filled sheets to score")
    words.add_argument("--size", type=int, default=100, help="messages to sample (%(default)s)")
    words.add_argument("--seed", type=int, default=20240724, help="of the draw (%(default)s)")
    words.set_defaults(do=_annotate)


def _add_export(commands: Commands) -> None:
    words = commands.add_parser(
        "export", help="give the study to other programs",
        description="Give the study to other programs: texts, codebook and codings to those of coders, or the whole "
        "run as a research object.",
    )  # fmt: skip
    words.add_argument(
        "form", metavar="FORM", choices=EXPORTS,
        help="qdpx (REFI-QDA), qdc (its codebook alone), csv, taguette, or ro-crate (the run, with codecheck.yml)",
    )  # fmt: skip
    words.add_argument("out", type=Path, metavar="OUT", help="file or folder to write")
    words.set_defaults(do=_export)


def _add_import(commands: Commands) -> None:
    words = commands.add_parser(
        "import", help="take codings or a codebook made in another program into data/raw",
        description="Take codings or a codebook made in another program into data/raw, each coding anchored to its "
        "words. One whose words are not found any more is told, and left out.",
    )  # fmt: skip
    words.add_argument("file", type=Path, metavar="FILE", help=".qdpx, .qdc, .csv, or Taguette's .sqlite3")
    words.add_argument("--coder", default="", help="who coded, where the file does not say")
    words.add_argument(
        "--all-read", action="store_true", help="each coder read every unit: no code means that none applies"
    )
    words.set_defaults(do=_import)


def _run(args: argparse.Namespace) -> None:
    print(f"wrote {study.run_step(study.here(), args.step)}")


def _book(args: argparse.Namespace) -> None:
    from analysis import book

    print(f"wrote {book.build(study.here())}")


def _simulate(args: argparse.Namespace) -> None:
    from analysis.simulate import simulate_community
    from analysis.simulate.export import write_study

    study.require_empty(args.out)
    community = simulate_community(args.seed, args.members, args.months, scenario=args.scenario)
    write_study(community, args.out, truth=args.truth)
    print(f"wrote a simulated community to {args.out}")


def _check(_: argparse.Namespace) -> None:
    from analysis.tools.check import check

    found = check(study.here())
    print(found.text())
    if found.stops:
        raise InputError(f"this study cannot run yet ({wording.count(len(found.stops), 'reason')} above)")


def _verify(args: argparse.Namespace) -> None:
    from analysis.verify import checks

    begun = time.monotonic()
    stages: dict[str, Any] = {}
    outcomes = checks.verify(study.here(), args.only)
    if args.rerun:
        again, stages = checks.verify_by_rerun(study.here())
        outcomes += again
    seconds = time.monotonic() - begun
    whole = {**checks.as_json(outcomes), "seconds": round(seconds, 1), "stages": stages}
    print(json.dumps(whole, indent=2, ensure_ascii=False) if args.json else checks.told(outcomes, seconds))
    if rung := [each.entry.name for each in outcomes if not each.passed]:
        raise InputError(f"{wording.count(len(rung), 'check')} of {len(outcomes)} found something: {', '.join(rung)}")


def _scan(args: argparse.Namespace) -> None:
    from analysis.scan import search as scan

    print(scan.summary(scan.guard(study.here(), args.folder, show=args.show)))


def _forget(args: argparse.Namespace) -> None:
    from analysis.tools import forget

    paths = study.here()
    plan = forget.plan(paths)
    print(plan.text())
    if not plan.nothing and (args.yes or _agreed("Remove all this? [y/N] ")):
        forget.remove(plan)
        print("Removed. Next: dvc repro")


def _agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes", "ya")
    except EOFError as error:
        raise InputError("nobody answered", fix="With --yes nothing is asked.") from error


def _new(args: argparse.Namespace) -> None:
    from analysis.tools.new import new_study

    new_study(study.here(), args.folder, args.raw)
    print(f"wrote a study to {args.folder}. Next: cd {shlex.quote(str(args.folder))} && guyub check && dvc repro")


def _sample(args: argparse.Namespace) -> None:
    from analysis.coding import handout

    form = args.out.suffix.lstrip(".").lower()
    drawn = {"size": args.size, "seed": args.seed, "code": args.code, "even": args.even}
    for path in handout.sample_study(study.here(), args.out, form=form, **drawn):
        print(f"wrote {path}")
    print("Next: have it coded, then guyub import THEIR-FILE and dvc repro")
    _keep_out_of_git(args.out)


def _annotate(args: argparse.Namespace) -> None:
    from analysis.network.replies import annotate

    if args.score:
        for what, found in annotate.score_sheets(study.here(), *args.score).items():
            print(f"{what}: " + ", ".join(f"{name} {_short(value)}" for name, value in found.items()))
        return
    print(f"wrote {annotate.write_sheet(study.here(), args.out, size=args.size, seed=args.seed)}")
    print("Next: guyub annotate --help tells how it is filled and scored")
    _keep_out_of_git(args.out)


def _keep_out_of_git(out: Path) -> None:
    """Say that what was written holds words of real people, where git would take it along."""
    paths = study.here()
    if not paths.simulated and out.resolve().is_relative_to(paths.root):
        print(f"{out} holds words of real people, pseudonyms or not, and lies where git sees it: keep it out of git")


def _short(value: float) -> str:
    return str(value) if isinstance(value, int) else "(too few)" if value != value else f"{value:.2f}"


def _export(args: argparse.Namespace) -> None:
    if args.form == "ro-crate":
        from analysis.tools import crate

        print(f"wrote {crate.export(study.here(), args.out)}")
        return
    from analysis.coding import exchange

    for path in exchange.export_study(study.here(), args.out, args.form):
        print(f"wrote {path}")
    if args.form != "qdc":
        _keep_out_of_git(args.out)


def _import(args: argparse.Namespace) -> None:
    from analysis.coding import exchange
    from analysis.coding.anchors import CLOSE

    taken = exchange.import_file(study.here(), args.file, coder=args.coder, all_read=args.all_read)
    print(f"took {wording.count(len(taken.codings), 'coding')}" if len(taken.codings) else "took a codebook")
    if str(taken.report):
        print(taken.report)
    for path in taken.files:
        print(f"wrote {path}")
    for row in taken.broken.itertuples():
        place = f"; perhaps now {row.new_unit_id}, {row.new_start} to {row.new_end}" if row.likeness >= CLOSE else ""
        print(f"left out: a coding of {row.unit_id}, {row.reason}: {row.quotation!r}{place}")


if __name__ == "__main__":
    sys.exit(main())
