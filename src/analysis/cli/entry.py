"""The entry point of the command `guyub`: its table of commands, and how a command starts and ends."""

from __future__ import annotations

import argparse
import inspect
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import analysis
from analysis import disk, memory, study, workers
from analysis.cli import asking, corpora, handing, raw_files, stages, trust
from analysis.errors import InputError

GUIDE = """\
A study runs with `dvc repro` (or `make study`), which calls `guyub run` for each step and `guyub book` last.

  guyub run sharing                    run one step's notebook with its parameters
  guyub notebooks                      remove the outputs from the notebooks
  guyub dag                            draw which stage needs which, on one screen
  guyub book                           build the book from the executed notebooks
  guyub pdf                            print the built book as PDF (needs Chromium)
  guyub add chat.txt interview.docx     take your files into data/raw, with their hashes
  guyub check                          report what is in the raw files before a run
  guyub sample sheet.html --size 200   draw messages for people to code
  guyub agree SINTA.csv BUDI.csv       show how far two coders agree, and what they should discuss
  guyub import CODED.csv               take back what they coded or annotated (also .xlsx, .qdpx, .qdc, Taguette)
  guyub annotate who.html --size 100   have people mark which message each one answers
  guyub export qdpx study.qdpx         give the study to a coding program (also csv, taguette, ro-crate, data-set)
  guyub verify                         check that the study is what it says it is
  guyub trace sharing.sharers          follow a number to its rows, messages and raw lines
  guyub review                         decide on what the scrubbing left that may lead to a person
  guyub quotes                         approve each quotation, with what a reader could infer from it
  guyub scan book/_build               search outputs for names, numbers and addresses
  guyub forget                         remove what earlier runs left, after a member has withdrawn
  guyub new ../mine                    begin a study of your own community (commit it before its first run)
  guyub corpus EXPORTS --out OUT       read any number of chats at once, without names
  guyub groups OUT                     compare the groups of such a corpus
  guyub simulate --out /tmp/community  write a simulated community's raw files
"""
INTERRUPTED = 130  # the exit code of shells for a command stopped by Ctrl-C
COMMANDS = {  # in the order of the help
    **stages.COMMANDS,
    **corpora.COMMANDS,
    **raw_files.COMMANDS,
    **trust.COMMANDS,
    **asking.COMMANDS,
    **handing.COMMANDS,
}


def main(argv: list[str] | None = None) -> int:
    """Entry point. Returns the exit code: 0, 1 with the error on standard error, or 130 where it was interrupted."""
    use_own_source(sys.argv[1:] if argv is None else argv)
    os.environ.update(study.rounding())  # before numpy is imported: what is recomputed must round as the steps did
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file may have a name that no encoding takes
        sys.stdout.reconfigure(errors="backslashreplace")
    args = parser().parse_args(argv)
    try:
        args.do(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print(f"\nguyub: stopped.{args.stopped and ' '}{args.stopped}", file=sys.stderr)
        return INTERRUPTED
    except InputError as error:
        print(f"guyub: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader has closed the pipe, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if (refused := disk.refusal(error)) is None:
            raise
        print(f"guyub: {refused}", file=sys.stderr)
        return 1
    return 0


def command() -> NoReturn:
    """The command `guyub`: main() with the words of the command line."""
    memory.collect_seldom()  # imports alone take a tenth longer otherwise
    code = main()
    if sys.argv[1:2] == ["verify"]:  # freeing all that its checks read takes seconds
        workers.end_at_once(code)
    sys.exit(code)


def use_own_source(words: Sequence[str]) -> None:
    """Start again with the study's own src/ when another copy of the package was imported.

    A study made by `guyub new` carries its source; what dvc.yaml declares must be what runs. `guyub verify` alone keeps
    the imported copy, since a study must not check itself. words: of the command line.
    """
    if words[:1] == ["verify"]:
        return
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
    raw = argparse.RawDescriptionHelpFormatter
    about = (analysis.__doc__ or "").strip().splitlines()[0]
    top = argparse.ArgumentParser(prog="guyub", description=about, epilog=GUIDE, formatter_class=raw)
    top.add_argument("--version", action=_Version, nargs=0, help="show which Guyub this is, and exit")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    top.set_defaults(do=lambda _: top.print_help(), stopped="")
    for name, each in COMMANDS.items():
        words = inspect.getdoc(each.do) or ""
        texts: dict[str, Any] = {"help": words.splitlines()[0], "description": words, "epilog": each.epilog}
        own = commands.add_parser(name, **texts, formatter_class=raw)
        either = own.add_mutually_exclusive_group(required=True) if each.either else own
        for argument, options in each.arguments.items():
            (either if argument in each.either else own).add_argument(argument, **options)
        own.set_defaults(do=each.do, stopped=each.stopped)
    return top


class _Version(argparse.Action):
    """The option that shows the version. The module that knows it takes half a second to import, hence only here."""

    def __call__(self, top: argparse.ArgumentParser, *_: object) -> None:
        from analysis.verify import release

        print(f"{top.prog} {release.version()}")
        top.exit()
