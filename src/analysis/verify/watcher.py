"""Record which files a process opens for reading.

It imports nothing of the project, because `guyub verify --rerun` starts it as sitecustomize. Python reports every file
that it opens itself (PEP 578); what a compiled library opens on its own is not seen. The stage is taken from the
command line of `guyub run STEP` and `guyub book`, and passed on to the processes that they start.
"""

import atexit
import os
import sys
import time

LOG, STAGE = "GUYUB_WATCH", "GUYUB_STAGE"  # environment variables: the file to note in, the stage that runs
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def stage_of(words: list[str]) -> str:
    """The stage that a command line runs; empty when it runs none."""
    for at, word in enumerate(words):
        if os.path.basename(word) in ("guyub", "analysis.cli", "cli"):
            command, *arguments = [*words[at + 1 :], ""]
            return arguments[0] if command == "run" else "book" if command == "book" else ""
    return ""


def watch(log: str) -> None:
    """Record every file that this process opens for reading, once each, and how long a stage took."""
    own = stage_of(sys.orig_argv)
    stage = os.environ.setdefault(STAGE, own) or own
    if not stage:
        return
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    seen: set[str] = set()

    def note(event: str, given: tuple) -> None:
        if event == "open" and isinstance(given[0], str) and not (given[2] or 0) & WRITING and given[0] not in seen:
            seen.add(given[0])
            os.write(out, f"{stage}\topened\t{os.path.abspath(given[0])}\n".encode("utf-8", "replace"))

    sys.addaudithook(note)
    if own:
        begun = time.monotonic()
        atexit.register(lambda: os.write(out, f"{own}\ttook\t{time.monotonic() - begun:.1f}\n".encode()))


if os.environ.get(LOG):
    watch(os.environ[LOG])
