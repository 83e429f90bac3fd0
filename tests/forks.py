"""Python's programs as children of a process that has imported what they need: each as if it had been started anew.

Sphinx and what the book imports take longer to import than a small book to build. `Forks().run` takes the place of
subprocess.run for `python -c` and `python -m`; the book that the browser's tests read is built without it.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.fingerprint import fingerprints

ROOT = Path(__file__).resolve().parents[1]
EXTENSIONS = ROOT / "book" / "_ext"
PRELOADED = ("jupyter_book.cli.main", "jupyter_book.sphinx", "myst_nb", "sphinx.builders.html", "sphinx_book_theme",
             "sphinx_external_toc", "sphinxcontrib.bibtex", "sphinx_togglebutton", "guyub_book")  # fmt: skip


class Forks:
    """Starts children of one process, which itself is started when it is first needed."""

    PIPE, STDOUT = subprocess.PIPE, subprocess.STDOUT

    def __init__(self) -> None:
        self._parent: subprocess.Popen[str] | None = None

    def run(self, words: Sequence[str], *, cwd: Path, **_: Any) -> subprocess.CompletedProcess[str]:
        """As subprocess.run, with standard error in the output."""
        if self._parent is None:
            command = [sys.executable, __file__]
            self._parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as said:
            asked = {"words": [*words[1:]], "cwd": str(cwd), "environment": dict(os.environ), "said": said.name}
            assert self._parent.stdin
            assert self._parent.stdout
            print(json.dumps(asked), file=self._parent.stdin, flush=True)
            code = int(self._parent.stdout.readline())
            return subprocess.CompletedProcess(words, code, said.read())

    def close(self) -> None:
        if self._parent is not None:
            self._parent.communicate()


def serve() -> None:
    """Import what is PRELOADED, and fork a child for each line that is asked."""
    sys.path.insert(0, str(EXTENSIONS))
    for name in PRELOADED:
        __import__(name)
    sys.path.remove(str(EXTENSIONS))
    fingerprints(ROOT)  # leaves the code's syntax trees, which each book asks for
    for name, module in list(sys.modules.items()):  # each book brings its own
        if str(getattr(module, "__file__", "")).startswith(str(EXTENSIONS)):
            del sys.modules[name]
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(run_as(**asked))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def run_as(words: Sequence[str], cwd: str, environment: Mapping[str, str], said: str) -> int:
    """What `python` with these words does; its exit code."""
    for stream, place in ((0, os.devnull), (1, said), (2, said)):
        os.dup2(os.open(place, os.O_RDWR | os.O_APPEND), stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = "" if words[0] == "-c" else cwd
    try:
        if words[0] == "-c":
            sys.argv = ["-c", *words[2:]]
            exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = list(words[1:])
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        return 0
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # as the interpreter does
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    serve()
