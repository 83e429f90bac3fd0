"""Commands that run the study: a step, the book and its PDF; the notebooks and the map of stages."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from analysis import disk, study, workers
from analysis.cli.grammar import Command, described


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


COMMANDS = {
    "run": Command(_run, {"step": described(", ".join(study.STEPS), metavar="STEP", choices=study.STEPS)},
                   stopped="dvc repro continues with this step; what ran before is kept."),
    "notebooks": Command(_notebooks, {}),
    "book": Command(_book, {}, stopped="dvc repro continues with the book; what ran before is kept."),
    "dag": Command(_dag, {}),
    "pdf": Command(_pdf, {}),
}  # fmt: skip
