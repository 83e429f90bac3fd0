"""Commands that hand texts to coders, annotators and other programs, and take back what these made of them."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from analysis import study, wording
from analysis.cli.grammar import SEED, Command, described
from analysis.errors import InputError

SAMPLE_GUIDE = """\
How to have messages coded, once the study has read its chats (dvc repro ingest; the whole study need not run):

  1. guyub sample sheet.html --size 200 --coder Sinta --coder Budi
     draws 200 messages that nobody has coded, from every chat in proportion, in random order, and writes
     sheet-Sinta.html and sheet-Budi.html. --turns 40 draws turns of interviews too. OUT's ending sets its form:
       .html  one page to code in a browser, also on a phone, without a network; it saves a .csv
       .xlsx  a sheet for a spreadsheet, with the codes and their meanings on a second one: in `codes`, the codes
              separated by ;, or 0 for none; empty where nobody read it
       .csv   the same as text, without the list of codes: send data/raw/codebook.yaml along
       .qdpx  a project for a coding program (REFI-QDA)
     Several OUT are several forms of the same draw, and --again 1 writes draw 1 once more.
  2. Each coder codes their own file, alone. Two who code the same passages make their agreement measurable.
  3. guyub agree SINTA.csv BUDI.csv --out decide.html
                                 shows at once how far they agree and what to discuss; on the page they decide, and it
                                 saves consensus.csv
  4. guyub import THEIR-FILE     takes what they coded or decided, and any translation, into data/raw/codings
                                 (.qdpx: add --all-read when every passage was read, coded or not)
  5. dvc repro                   learns from it, and measures everything again

A rare code is found faster where the model thinks it likely:
  guyub sample offers.html --size 100 --code offer

How many messages are enough depends on how rare a code is: guyub check says how many coded messages with it the model
needs, and how many have it. Besides codings, a claim needs members, partnerships or interviews: guyub check says which
are too few.

data/raw/sample.csv keeps the probability with which each message was drawn. Every share and every error of the model is
weighted by it, so that a code that was sought does not look frequent. Keep that file with the codings.
"""

ANNOTATE_GUIDE = """\
Who answers whom is inferred by a model that learned it in other chats. People who know yours can show how far it is
right there, and correct it:

  1. dvc repro ingest            reads the chats, so that their messages are there; the whole study need not run
  2. guyub annotate who.html --size 100
     samples 100 messages, spread evenly over the chats and over how sure the model is, as are the first 10 or 50. OUT's
     ending sets its form:
       .html  one page to annotate in a browser, also on a phone, without a network: one key or tap per message, about
              20 minutes for 100; it can be interrupted and continued, and saves a .csv
       .csv   a table for a spreadsheet: in the row marked ? of each item, write into `answers` the number in `back` of
              the message that it answers (several separated by ;), or 0 when it starts something new
  3. Give the same file to two people who know the chats, to annotate independently. What somebody does not know
     stays unanswered. One annotator is better than none, but two show how far people agree.
  4. guyub import SINTA.csv      takes what each saved into data/raw/annotations, without texts; the file's name is the
                                 annotator's
  5. dvc repro                   uses it for every link and tie, and the book shows its effect

From 30 messages on the model is adapted to them (guyub check counts them). With 100 the probabilities are corrected as
a whole; 400 and more allow finer corrections. Another --seed samples other messages; an annotator's second file goes
into a folder within data/raw/annotations, by the same name.

  guyub annotate --score first.csv second.csv
reports how far two annotators agree, which needs only the step ingest; once `dvc repro network` has inferred replies,
also how well these match each of them and what both marked, and what these figures mean. One sheet is enough for that.
"""

EXPORTS = ("qdpx", "qdc", "csv", "taguette", "ro-crate", "data-set")
NAMED = 5  # passages that are named of those that a coder left empty


def _sample(args: argparse.Namespace) -> None:
    """Draw a random sample of messages and interview turns for people to code."""
    from analysis.coding import handout

    wanted = handout.Wanted(args.size, args.turns, args.seed, args.code, args.even, args.again)
    files = handout.sample_study(study.here(), args.out, wanted, args.coder)
    for path in files:
        print(f"wrote {path}")
    if any(path.suffix == ".csv" and not path.is_relative_to(study.here().raw) for path in files):
        print("A .csv has no room for the codes: send data/raw/codebook.yaml along, which says what each one means.")
    print("Before they begin: guyub check says what each claim needs besides codings, and what is there")
    print("Next: have it coded by two people, each alone, then guyub agree FILE FILE and guyub import each FILE")
    _handed_out([file for file in files if not file.is_relative_to(study.here().raw)], "a coding sheet")


def _agree(args: argparse.Namespace) -> None:
    """Show how far coders agree, code by code, and which passages they should discuss.

    The files may have any form that guyub import takes, imported already or not; nothing is taken in. With --out,
    writes a page for deciding on the passages that coders coded differently. It saves consensus.csv; once taken in by
    guyub import, that file settles these passages.
    """
    from analysis.coding import agree, exchange

    paths = study.here()
    if args.out:
        agree.check_page(args.out)
    comparison = agree.compare(paths, args.files)
    _filled_in(args.files)
    print(comparison.text())
    own = [file for file in args.files if not exchange.place_of(paths, file).exists()]
    if args.out:
        print(f"wrote {agree.write_page(comparison, args.out)}")
        print(f"Next: decide together on that page, save, then {_imports([*own, Path('consensus.csv')])}")
        _handed_out([args.out], "a page to decide on codings")
    elif len(comparison.rows):
        print("Next: with --out decide.html, a page on which to decide on all of them")
    elif own:
        print(f"Next: {_imports(own)}")


def _imports(files: Sequence[Path]) -> str:
    """The commands that take these files in, and the run that uses them."""
    return " && ".join([*(f"guyub import {shlex.quote(str(file))}" for file in files), "dvc repro"])


def _annotate(args: argparse.Namespace) -> None:
    """Have people mark which message each one answers; score the inferred replies."""
    from analysis.network.replies import annotate

    if args.score:
        if len(args.score) > 2:
            raise InputError("more than two sheets cannot be scored at once", fix="Give one sheet, or two.")
        print("\n".join(annotate.in_words(annotate.score_sheets(study.here(), *args.score))))
        return
    print(f"wrote {annotate.write_sheet(study.here(), args.out, size=args.size, seed=args.seed)}")
    print("Next: have two people annotate it, each alone, then guyub import THEIR-FILE and dvc repro")
    _handed_out([args.out], "a sheet for annotating replies")


def _handed_out(files: Sequence[Path], what: str) -> None:
    """Remember files that leave the study, for `guyub forget`; warn of those that hold words of real people and that
    git sees."""
    from analysis.tools import handed

    paths = study.here()
    handed.remember(paths, files, what)
    if not paths.simulated and (seen := [str(out) for out in files if out.resolve().is_relative_to(paths.root)]):
        hold, it = ("holds", "it") if len(seen) == 1 else ("hold", "them")
        words = "words of real people, pseudonyms or not"
        print(f"{wording.listed(seen)} {hold} {words}, and git sees {it}: keep {it} out of git")


def _filled_in(files: Sequence[Path]) -> None:
    """Remember files outside data/raw that people filled in, for `guyub forget`: they hold words of people too."""
    from analysis.tools import handed

    paths = study.here()
    outside = [file for file in files if not file.resolve().is_relative_to(paths.raw.resolve())]
    if outside:
        handed.remember(paths, outside, "filled in by a coder or annotator")


def _export(args: argparse.Namespace) -> None:
    """Give the study to other programs.

    Texts, codebook and codings go to coding programs; the whole run becomes a research object; the data of members who
    agreed become a data set to publish.
    """
    if args.form == "ro-crate":
        from analysis.research_object import in_words
        from analysis.tools import crate
        from analysis.verify.subject import Subject

        print(f"wrote {crate.export(study.here(), args.out)}")
        if absent := crate.absent(Subject(study.here())):
            print(f"Left out on purpose, because it is people's ({in_words(absent)}).")
        print(f"Next, before you hand it on: cd {shlex.quote(str(args.out))} && guyub verify")
        _handed_out([args.out], "a research object")
        return
    if args.form == "data-set":
        from analysis.tools import dataset

        print(f"wrote {dataset.export(study.here(), args.out)}")
        _handed_out([args.out], "a public data set")
        return
    from analysis.coding import exchange

    for path in exchange.export_study(study.here(), args.out, args.form):
        print(f"wrote {path}")
    if args.form != "qdc":
        _handed_out([args.out], f"an export, {args.form}")


def _import(args: argparse.Namespace) -> None:
    """Take codings, decisions, a codebook or annotated replies into data/raw.

    Each coding is anchored to its words. One whose words are no longer found is reported, and left out. Annotated
    replies are a .csv or .xlsx from the page or the spreadsheet of `guyub annotate`.
    """
    from analysis.coding import exchange
    from analysis.coding.anchors import CLOSE
    from analysis.network.replies import annotate

    if annotate.is_sheet(args.file):
        target = annotate.take(study.here(), args.file)
        _filled_in([args.file])
        for path in exchange.listed(study.here(), target, "annotations", args.file.name):
            print(f"wrote {path}")
        return
    options = {"coder": args.coder, "project": args.project, "all_read": args.all_read, "newer": args.replace}
    taken = exchange.import_file(study.here(), args.file, **options)
    of_codes = taken.files[0].suffix == ".yaml"
    _filled_in([] if of_codes else [args.file])
    print("took a codebook" if of_codes else f"took {wording.count(len(taken.codings), 'coding')}")
    for coder, units in taken.unread.items():
        named = wording.listed([*units[:NAMED], *(["others"] if len(units) > NAMED else [])])
        print(f"{coder} left {wording.count(len(units), 'passage')} empty, counted as not read: {named}")
    if str(taken.report):
        print(taken.report)
    for path in taken.files:
        print(f"wrote {path}")
    for row in taken.broken.itertuples():
        place = f"; perhaps now {row.new_unit_id}, {row.new_start} to {row.new_end}" if row.likeness >= CLOSE else ""
        words = f": {row.quotation!r}" if isinstance(row.quotation, str) else ""
        print(f"left out: a coding of {row.unit_id}, {row.reason}{words}{place}")


COMMANDS = {
    "sample": Command(_sample, {
        "out": described("files to write: .html, .xlsx, .csv or .qdpx", type=Path, nargs="+", metavar="OUT"),
        "--size": described("how many messages of chats", type=int, default=0, metavar="N"),
        "--turns": described("how many turns of interviews", type=int, default=0, metavar="N"),
        "--coder": described("whose sheet it is (repeatable: one each)", action="append", default=[], metavar="NAME"),
        "--again": described("write an earlier draw again, by its number", default="", metavar="DRAW"),
        "--code": described("seek this code where the model thinks it likely", default=""),
        "--even": described("the same number from each chat, not in proportion", action="store_true"),
        "--seed": SEED,
    }, epilog=SAMPLE_GUIDE),
    "agree": Command(_agree, {
        "files": described("coders' files, of two or more coders", type=Path, nargs="+", metavar="FILE"),
        "--out": described("page to write, for deciding on differences: .html", type=Path, metavar="OUT"),
    }),
    "annotate": Command(_annotate, {
        "out": described("file to write: .html or .csv", type=Path, nargs="?", metavar="OUT"),
        "--score": described("a filled sheet to score, or two", type=Path, nargs="+", metavar="SHEET"),
        "--size": described("messages to sample (%(default)s)", type=int, default=100),
        "--seed": SEED,
    }, either=("out", "--score"), epilog=ANNOTATE_GUIDE),
    "export": Command(_export, {
        "form": described("qdpx (REFI-QDA), qdc (codebook), csv, taguette, ro-crate (the run), data-set (to publish)",
                          metavar="FORM", choices=EXPORTS),
        "out": described("file or folder to write", type=Path, metavar="OUT"),
    }),
    "import": Command(_import, {
        "file": described(".qdpx, .qdc, .csv, .xlsx, .yaml, or Taguette's .sqlite3", type=Path, metavar="FILE"),
        "--coder": described("who coded, where the file does not say", default=""),
        "--project": described("which project, where a Taguette file has several", default="", metavar="NAME"),
        "--replace": described("it is newer than the file of the same name in data/raw", action="store_true"),
        "--all-read": described("each coder read every unit: no code means that none applies", action="store_true"),
    }),
}  # fmt: skip
