"""The page of a corpus: its notebook run with the corpus's tables, and built as a small book."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from analysis.errors import InputError

NOTEBOOK = Path(__file__).with_name("groups.ipynb")
CONFIG = Path(__file__).with_name("book.yml")
PROGRAM = "import sys; from jupyter_book.cli.main import main; sys.argv[0] = 'jupyter-book'; main()"
LOG_LINES = 20


def make_page(out: Path) -> Path:
    """The page of a corpus whose tables are made: OUT/book/index.html, put in place whole.

    Raises InputError when its notebook or the build fails.
    """
    draft = out / "book.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    shutil.copy(CONFIG, draft / "_config.yml")
    (draft / "_toc.yml").write_text("format: jb-book\nroot: groups\n", encoding="utf-8")
    _run(draft / "groups.ipynb", out)
    build = [sys.executable, "-c", PROGRAM, "build", "--quiet", str(draft)]
    done = subprocess.run(build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    html = draft / "_build" / "html"
    if done.returncode or not (html / "index.html").exists():
        tail = "\n".join(done.stdout.splitlines()[-LOG_LINES:])
        raise InputError(f"the page could not be built:\n{tail}", path=draft)
    shutil.rmtree(out / "book", ignore_errors=True)
    html.replace(out / "book")
    shutil.rmtree(draft)
    return out / "book" / "index.html"


def _run(executed: Path, out: Path) -> None:
    """Run the notebook in the corpus's folder. Raises InputError with the error that stopped it."""
    import papermill  # 2 s to import, and only needed here
    from traitlets.config import Config

    own_machine = Config({"KernelManager": {"transport": "ipc"}})  # no open port while it runs
    try:
        papermill.execute_notebook(
            str(NOTEBOOK), str(executed), parameters={"corpus": "."}, cwd=str(out), kernel_name="python3",
            progress_bar=False, config=own_machine,
        )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        raise InputError(f"{error.ename}: {error.evalue}", path=executed) from error
