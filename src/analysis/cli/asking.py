"""Commands that ask in a terminal: decisions on the scrubbing and on quotations, a withdrawal, a new study."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from analysis import study
from analysis.cli.grammar import Command, described
from analysis.errors import InputError

Answer = TypeVar("Answer")


def _review(args: argparse.Namespace) -> None:
    """Decide on what the scrubbing left that may lead to a person.

    Shows each word or number in its context and waits for a key: k (keep), r (remove), b (back), q (stop; the next call
    resumes there). The decisions are kept in data/raw/reviewed.csv, and the next dvc repro removes what is to go.
    """
    from analysis.tools import review

    _decide(review, args)


def _quotes(args: argparse.Namespace) -> None:
    """Approve what the book quotes, turn by turn.

    Shows each turn of an interview that the book would quote, with what a reader could infer from it, and waits for a
    key: s (show), w (withhold), b (back), q (stop; the next call resumes there). The decisions are kept in
    data/raw/quotations.csv. With `quotations: approved` in study.yaml the book quotes approved turns only.
    """
    from analysis.tools import quotes

    _decide(quotes, args)


def _decide(tool: ModuleType, args: argparse.Namespace) -> None:
    """List what a person has to decide on, or go through it key by key. tool: tools.review or tools.quotes."""
    paths = study.here()
    if args.list:
        print(tool.table(tool.of_study(paths)).to_string(index=False))
        return
    outcome = tool.go_through(paths, args.reviewer, tool.key_of_terminal)
    print(f"\n{outcome.text(tool.COMMAND)}")


def _forget(args: argparse.Namespace) -> None:
    """Remove what earlier runs left, after a member has withdrawn.

    A member withdraws when their consent is set to `none` in data/raw/members.csv. First lists who withholds consent,
    what will be removed (including DVC's cache and their words in data/raw/codings and data/raw/annotations), what
    stays and what is out of reach, and asks. Then `dvc repro` makes everything without them.
    """
    from analysis.tools import forget

    paths = study.here()
    plan = forget.plan(paths)
    print(plan.text())
    if plan.nothing:
        return
    if args.yes and not plan.names:
        raise InputError("nobody withholds consent, so nothing was removed",
                         fix="Set a member's consent to `none` in data/raw/members.csv; "
                         "or answer the question without --yes.")  # fmt: skip
    if args.yes or _answered(lambda: input("Remove all this? [y/N] ")).strip().lower() in ("y", "yes", "ya"):
        forget.remove(plan)
        print("Removed. Next: dvc repro")


def _answered(ask: Callable[[], Answer]) -> Answer:
    """The answer to a question. Raises InputError when nobody answers."""
    try:
        return ask()
    except EOFError as error:
        raise InputError("nobody answered", fix="Answer in a terminal, or give --yes.") from error


def _new(args: argparse.Namespace) -> None:
    """Begin a study of your own community, from any folder.

    Makes a new folder with this code, your raw files, commented parameters, the claims as declared today, a codebook to
    begin with, consent forms and an outline of a data management plan. What is not given is asked for in a terminal;
    the book calls what is left empty not stated. Names and keys stay out of its git, in which nothing is committed yet:
    your first commit shows that the claims came before the numbers. Any kind of raw file may be missing, and can be
    added later with guyub add; until then, what needs it is not assessable.
    """
    from analysis.tools import new

    about = new.About(**{name: getattr(args, name) for name in new.QUESTIONS}).checked()
    new.require_room(args.folder, args.raw)
    if sys.stdin.isatty() and not args.yes:
        about = _answered(lambda: new.asked(about, input))
    new.new_study(args.folder, args.raw, about)
    yours = "study.yaml, params.yaml, README.md, CITATION.cff, papers/"
    print(f"wrote a study to {args.folder}; what is yours to fill in: {yours}")
    begin, add = f"cd {shlex.quote(str(args.folder))}", "" if args.raw else "guyub add YOUR-FILES && "
    if (args.folder / ".git").exists():
        begin += ' && git commit --message "The claims, before any number"'
    print(f"Next: {begin}\n      {add}guyub check && dvc repro")


COMMANDS = {
    "review": Command(_review, {
        "--reviewer": described("who decides", default=""),
        "--list": described("show all as a table, and ask nothing", action="store_true"),
    }, stopped="What was decided is kept; guyub review continues there."),
    "quotes": Command(_quotes, {
        "--reviewer": described("who decides", default=""),
        "--list": described("show all as a table, and ask nothing", action="store_true"),
    }, stopped="What was decided is kept; guyub quotes continues there."),
    "forget": Command(_forget, {"--yes": described("do not ask first", action="store_true")}),
    "new": Command(_new, {
        "folder": described("the new study's folder (must be new or empty)", type=Path, metavar="DIR"),
        "--raw": described("folder with your chat exports and other raw files, laid out as data/raw", type=Path),
        "--title": described("title of the study", default=""),
        "--authors": described("names, separated by ;", default=""),
        "--tz": described("time zone of the phones, such as Asia/Jakarta", default=""),
        "--language": described("language of the talk, as a tag such as id", default=""),
        "--ethics": described("who approved the study, and under which number", default=""),
        "--contact": described("how members and reviewers reach you", default=""),
        "--yes": described("ask nothing", action="store_true"),
    }),
}  # fmt: skip
