"""The command `guyub`: a table of commands, each with its words for `--help`, its arguments and one function."""

from __future__ import annotations

import argparse
import datetime
import inspect
import io
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import analysis
from analysis import disk, memory, study, wording, workers
from analysis.errors import InputError

if TYPE_CHECKING:  # it takes seconds to import
    from analysis.verify.checks import Outcome

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

Answer = TypeVar("Answer")
INTERRUPTED = 130  # the exit code of shells for a command stopped by Ctrl-C
EXPORTS = ("qdpx", "qdc", "csv", "taguette", "ro-crate", "data-set")


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


@dataclass(frozen=True)
class Command:
    """A command. do: its function, whose docstring is its help; arguments: name to argparse's options.

    either: arguments of which exactly one must be given; epilog: a guide below the help; stopped: what Ctrl-C leaves.
    """

    do: Callable[[argparse.Namespace], None]
    arguments: Mapping[str, Mapping[str, Any]]
    either: tuple[str, ...] = ()
    epilog: str = ""
    stopped: str = ""


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


def _run(args: argparse.Namespace) -> None:
    """Run a step's notebook with its parameters from params.yaml.

    It reads what earlier steps wrote into data/processed, and writes its own tables there, its numbers into metrics/
    and the executed notebook into book/executed. `dvc repro` runs all steps that need it, in order.
    """
    paths, begun, start = study.here(), now(), time.monotonic()
    _require_whole_inputs(paths, args.step)
    made = study.run_step(paths, args.step)
    note(paths, args.step, begun, made)
    print(f"wrote {made}; {_spent(time.monotonic() - start)}")


def _spent(seconds: float) -> str:
    """What a step took, in words: seconds, the processor time of the processes that it started and waited for, and the
    memory of the largest of them."""
    import resource  # Unix only

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9  # bytes there, kibibytes elsewhere
    return f"{seconds:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processor, peak memory {peak:.1f} GB"


def _require_whole_inputs(paths: study.Paths, stage: str) -> None:
    """Raises InputError in a run of `dvc repro` when an output of an earlier stage is broken. A step run by hand may
    use changed inputs."""
    from analysis import upstream

    if upstream.DVC_STAGE in os.environ and upstream.FRESH not in os.environ:
        upstream.require_whole(paths, stage)


def _notebooks(_: argparse.Namespace) -> None:
    """Write each notebook without outputs, as the steps depend on it.

    A notebook that an editor saved with outputs makes no result out of date. Its outputs are removed; the notebook as
    it was saved is kept in .guyub/outputs.
    """
    from analysis import notebooks

    paths = study.here()
    for step in study.STEPS:
        aside = paths.root / ".guyub" / "outputs" / paths.notebook(step).name
        study.write_bare(paths, step)
        if notebooks.take_outputs_out(paths.notebook(step), aside):
            print(f"took outputs and an editor's notes out of {paths.notebook(step).name}; as it was: {aside}")


def _dag(_: argparse.Namespace) -> None:
    """Draw the stages, each below those whose results it reads.

    Like `dvc dag`, but in the width of a screen: an arrow that follows from others is left out.
    """
    from dvc.dagascii import draw

    from analysis import book

    mapped = book.stages(study.here().root / "dvc.yaml")
    arrows = [(stage.name, need) for stage in mapped for need in book.direct_needs(stage, mapped)]
    print(draw([stage.name for stage in mapped], arrows))


def now() -> str:
    """The current time in UTC, in ISO 8601 to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def note(paths: study.Paths, stage: str, begun: str, made: Path) -> None:
    """Note in .guyub/ran when a stage ran, with the hash of what it made: no result holds a time, so that equal inputs
    give equal bytes, but a research object says when its results were made."""
    place = paths.root / ".guyub" / "ran" / f"{stage}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = disk.sha256(made)
    place.write_text(json.dumps({"begun": begun, "ended": now(), "sha256": digest}) + "\n", encoding="utf-8")


def _book(_: argparse.Namespace) -> None:
    """Build the book from the executed notebooks.

    With the pages of book/ it goes into book/_build/html. Every step must have run. A book in which a name, number or
    address is found is not put in place.
    """
    paths, begun = study.here(), now()
    _require_whole_inputs(paths, "book")
    with workers.pool(1) as second:
        second.submit(import_module, "analysis.scan")  # its import takes a second in each process
        from analysis import book, site

        page = book.build(paths, second)
    note(paths, "book", begun, paths.book / "_build" / site.NAME)
    print(f"wrote {page}")


def _pdf(_: argparse.Namespace) -> None:
    """Print the built book as PDF, and its one-page summary.

    Chromium prints them; without it no PDF is made, and the book's pages offer none. `make study` does this last.
    """
    from analysis.book import pdf

    made = pdf.make(study.here())
    print("\n".join(f"As PDF: {path}" for path in made) or pdf.MISSING)


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


def _add(args: argparse.Namespace) -> None:
    """Take chat exports, interviews and tables into data/raw.

    Each file, and each in a folder given, is recognised by what it holds, copied to the folder of its kind and entered
    with its hash into data/raw/MANIFEST.csv, so that `guyub verify` knows it. Recordings and pictures that a phone
    exports next to a chat stay where they are. Codings and annotations are taken in by `guyub import`. To set
    the title or date order of a chat that is there already, give it again with --title or --date-order.
    """
    from analysis.tools.add import add

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


def seed(text: str) -> int:
    """A seed from the command line. Raises ArgumentTypeError unless it is a whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed: give a whole number from 0 on, such as 20240724")
    return int(text)


def described(meaning: str, **options: Any) -> dict[str, Any]:
    """An argument's options for argparse, with its line in the help."""
    return {"help": meaning, **options}


NAMED = 5  # passages that are named of those that a coder left empty
USUAL = 1_000  # messages per chat in a simulated corpus
SEED = described("seed of all random draws (%(default)s)", type=seed, default=20240724)
COMMANDS = {
    "run": Command(_run, {"step": described(", ".join(study.STEPS), metavar="STEP", choices=study.STEPS)},
                   stopped="dvc repro continues with this step; what ran before is kept."),
    "notebooks": Command(_notebooks, {}),
    "book": Command(_book, {}, stopped="dvc repro continues with the book; what ran before is kept."),
    "dag": Command(_dag, {}),
    "pdf": Command(_pdf, {}),
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


if __name__ == "__main__":
    command()
