"""Commands for communities besides the study: simulated ones, and a corpus of any number of chats."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from analysis import disk, study, wording
from analysis.cli.grammar import SEED, Command, described
from analysis.errors import InputError

USUAL = 1_000  # messages per chat in a simulated corpus


def _simulate(args: argparse.Namespace) -> None:
    """Write the raw files of a simulated community.

    They are chats, interviews, codings, roster and partnerships. With --groups they are the chats of many communities,
    to try `guyub corpus` and `guyub groups` on; --members is then the size of each.
    """
    from analysis.simulate import simulate_community
    from analysis.simulate.export import write_large, write_study

    study.require_empty(args.out)
    if args.groups and (ignored := [name for name in ("scenario", "months", "truth") if getattr(args, name)]):
        raise InputError(f"--{ignored[0]} has no effect with --groups: these chats follow the published scenario",
                         fix=f"Leave out --{ignored[0]}, or --groups.")  # fmt: skip
    with disk.filled(args.out):
        if args.groups:
            messages = args.messages or USUAL * args.groups
            write_large(args.out, groups=args.groups, messages=messages, seed=args.seed, members=args.members)
        else:
            community = simulate_community(
                args.seed, args.members, 12 if args.months is None else args.months,
                scenario=args.scenario or "published",
            )  # fmt: skip
            write_study(community, args.out, truth=args.truth)
    print(f"wrote {'simulated chats' if args.groups else 'a simulated community'} to {args.out}")


def _corpus(args: argparse.Namespace) -> None:
    """Read any number of chat exports into a corpus, without names.

    They are read in parallel, and written as Parquet, one partition per chat. What cannot be read is reported, and the
    rest is read. After an interruption, the same command resumes where it was; later it reads what is new or changed.
    """
    from analysis.corpus.build import build

    options = {name: getattr(args, name) for name in ("tz", "date_order", "engine", "master", "memory")}
    print(build(args.folder, args.out, processes=args.processes, prune=args.prune, **options).text())


def _groups(args: argparse.Namespace) -> None:
    """Compare the groups of a corpus, on the engine that its corpus.yaml names.

    Makes tables of who wrote, who answers whom and how much is written each month (OUT/tables), and a page that
    compares the groups (OUT/book). Who answers whom follows a rule; --model adds a table of ties by the trained
    reply model, made chat by chat on the engine's workers (about 46,000 messages per CPU second).
    """
    from analysis.corpus.site import make_page
    from analysis.corpus.summary import summarise

    groups = summarise(args.corpus, model=args.model)
    print(f"wrote the tables of {wording.count(len(groups), 'group')} to {args.corpus / 'tables'}")
    print(f"wrote {make_page(args.corpus)}")


COMMANDS = {
    "simulate": Command(_simulate, {
        "--out": described("folder to write to (must be new or empty)", type=Path, required=True),
        "--seed": SEED,
        "--members": described("how many members (%(default)s)", type=int, default=40),
        "--months": described("how many months (12)", type=int),
        "--scenario": described("what is true in it: a scenario of simulate/scenarios.yaml (published)"),
        "--truth": described("also write what was planted, to OUT/../truth", action="store_true"),
        "--groups": described("write this many chats instead of a study: a multiple of 4", type=int, default=0),
        "--messages": described(
            f"about how many messages these chats have in total ({USUAL} for each)", type=int, default=0
        ),
    }),
    "corpus": Command(_corpus, {
        "folder": described("folder of the exports, at any depth", type=Path, metavar="DIR"),
        "--out": described("folder of the corpus, new or of an earlier run", type=Path, required=True),
        "--processes": described("how many exports are read at once (%(default)s)", type=int, default=os.cpu_count()),
        "--tz": described("time zone of the phones, such as Asia/Jakarta"),
        "--date-order": described("dmy, mdy or ymd, where dates are ambiguous", choices=("dmy", "mdy", "ymd")),
        "--engine": described("engine that makes its tables: duckdb, polars, pandas or spark"),
        "--master": described("address of the Spark master, such as spark://host:7077"),
        "--memory": described("memory that duckdb, or a process of spark, may use, such as 4GB"),
        "--prune": described("remove the chats of exports that are no longer there", action="store_true"),
    }, stopped="The same command continues where it stopped."),
    "groups": Command(_groups, {
        "corpus": described("a corpus's folder", type=Path, metavar="OUT"),
        "--model": described("also make ties by the trained reply model", action="store_true"),
    }),
}  # fmt: skip
