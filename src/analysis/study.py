"""A study's folder: where things are, what its parameters say, and how a step's notebook is run."""

from __future__ import annotations

import ast
import asyncio
import atexit
import contextlib
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import analysis
from analysis import disk, memory, notebooks, workers
from analysis.aliases import require_bounded, require_distinct_keys
from analysis.errors import InputError, Missing, Result
from analysis.glance import headline

STEPS = ("ingest", "coding", "sharing", "network", "partnership", "themes", "robustness", "recommendations", "claims")
AS_IT_WAS = "Indent with blanks, not tabs; `git diff` shows what was changed."
RESAMPLES = ("bootstrap", "draws", "labels", "null_draws", "permutations", "shuffles")  # at least one, wherever set
READ = ("date_order",)  # parameters that only the `read` of a step takes, out of its Params
RATES = ("confidence", "alpha")  # parameters between 0 and 1, wherever they stand
DIGITS = 6  # decimals kept in metrics
WARNED = re.compile(r"^(?P<file>.+):\d+: \w+: ", re.M)  # the beginning of a Python warning: file, line, category
CELL = re.compile(r"ipykernel_\d+")  # in the name that the kernel gives a cell as a file
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's where PyYAML was built with it: ten times as fast
AVX512 = "X86_V4 AVX512_ICL AVX512_SPR"  # what NumPy calls it
OS_ERRORS = {"OSError", "PermissionError", "IsADirectoryError", "NotADirectoryError"}  # that disk.CAUSES has words for
SETTLING = 1.0  # seconds that an interrupted cell has to end in, before its kernel is shut down
LOOKS = 1.0  # seconds between two looks at how far a step is
PIPELINE = "GUYUB_STEP"  # environment variable that `guyub run` sets: the step whose notebook it executes


@dataclass(frozen=True)
class Paths:
    """Every place in a study's folder that code reads or writes.

    root: the study's folder. scratch: where a step's results go instead of the study, when its notebook was opened by
    hand; None in a run of the pipeline.
    """

    root: Path
    scratch: Path | None = None

    @property
    def results(self) -> Paths:
        """The places that a step's results are written to: this study, or the scratch folder."""
        return self if self.scratch is None else Paths(self.scratch)

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def book(self) -> Path:
        return self.root / "book"

    def processed(self, step: str) -> Path:
        return self.root / "data" / "processed" / step

    def metrics(self, step: str) -> Path:
        return self.root / "metrics" / f"{step}.json"

    def headline(self, step: str) -> Path:
        return self.root / "metrics" / "headline" / f"{step}.json"

    def notebook(self, step: str) -> Path:
        return self.root / "notebooks" / f"{STEPS.index(step) + 1:02d}-{step}.ipynb"

    def bare(self, step: str) -> Path:
        """The step's notebook without outputs, which its stage depends on and runs."""
        return self.processed("notebooks") / self.notebook(step).name

    def executed(self, step: str) -> Path:
        return self.book / "executed" / self.notebook(step).name

    @property
    def simulated(self) -> bool:
        """Whether MANIFEST.csv says that every raw file is simulated. No manifest: no. Only ingest asks."""
        return {row.get("simulated") for row in read_rows(self.raw / "MANIFEST.csv")} == {"yes"}

    @property
    def source(self) -> str:
        """The statement in every caption of where its data come from, as ingest found it."""
        return data_source(read_metrics(self, "ingest")["simulated"])


def read_rows(place: Path) -> list[dict[str, str]]:
    """The rows of a small table; none where there is no file. Raises InputError where it is not a table."""
    if not place.exists():
        return []
    try:
        return rows(place.read_text(encoding="utf-8"), place)
    except UnicodeDecodeError as error:
        what = f"this is not a readable table: {error}"
        raise InputError(what, path=place, fix="Save it again, in a spreadsheet as `CSV UTF-8`.") from error


def rows(text: str, place: Path) -> list[dict[str, str]]:
    """The rows of a small table as written here or saved by a spreadsheet, with the mark of UTF-8 or without. Raises
    InputError as disk.cell_rows does. place: its file."""
    lines = text.removeprefix("\ufeff").removesuffix("\n").split("\n")
    header, *others = [cells for _, _, cells in disk.cell_rows(lines, place)] or [[]]
    return [dict(zip(header, cells, strict=True)) for cells in others]


def data_source(simulated: bool) -> str:
    """The statement in a caption of where its data come from."""
    return "Simulated data: no real person wrote this." if simulated else "Data: this community's own exports."


def here(*starts: Path) -> Paths:
    """The study that holds the first of these folders (by default the current one) that is in one.

    Raises InputError where none is.
    """
    places = [start.resolve() for start in starts or (Path.cwd(),)]
    for folder in (folder for place in places for folder in (place, *place.parents)):
        if (folder / "dvc.yaml").exists() and (folder / "params.yaml").exists():
            return Paths(folder)
    what = "no study here: neither this folder nor one above it holds dvc.yaml and params.yaml"
    raise InputError(what, path=places[0], fix="Go to a study's folder (cd FOLDER), or begin one: guyub new FOLDER")


def opened() -> Paths:
    """The study whose notebook is running. Its results go to .guyub/scratch unless `guyub run` executes it.

    The study is the one that holds the current folder, else the one that holds the notebook (as JupyterLab reports it),
    else the one that holds this code. Raises InputError when none of them is a study.
    """
    if PIPELINE in os.environ:
        memory.collect_seldom()
        atexit.register(workers.end_at_once)  # what is imported later is ended in order before
    session = os.environ.get("JPY_SESSION_NAME", "")  # JupyterLab gives the notebook's path to its kernel
    root = here(Path.cwd(), Path(session).parent, Path(analysis.__file__).parent).root
    return Paths(root, None if PIPELINE in os.environ else root / ".guyub" / "scratch")


def destination(paths: Paths, step: str) -> str:
    """Where the step's results were written, as a sentence for the end of its notebook."""
    places = paths.results.processed(step), paths.results.metrics(step)
    processed, metrics = (place.relative_to(paths.root).as_posix() for place in places)
    if paths.scratch is None:
        return f"Results: `{processed}/` and `{metrics}`."
    return (
        f"**Nothing of the study was changed.** This notebook was opened by hand, so its results are in `{processed}/` "
        f"and `{metrics}`. To change the study, write the parameter into `params.yaml` and run `dvc repro`."
    )


def write_metrics(paths: Paths, step: str, values: Mapping[str, object] | Missing) -> None:
    """Write metrics/<step>.json and its headline, each whole or not at all: sorted, rounded, missing numbers as null.

    A Missing is written as {"status": "missing", "reason": ...}.
    """
    plain: Any = _plain(values)
    for target, content in (
        (paths.results.metrics(step), plain),
        (paths.results.headline(step), headline(step, plain)),
    ):
        text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
        disk.write_text(target, text)


def read_metrics(paths: Paths, step: str) -> dict[str, Any]:
    """The metrics that a step wrote. Raises InputError when it has not run."""
    source = paths.metrics(step)
    if not source.exists():
        raise InputError("these metrics do not exist yet", path=source, fix=f"Run the step: dvc repro {step}")
    try:
        metrics: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    except ValueError as error:
        fix = f"Delete it, and make it again: dvc repro {step}"
        raise InputError(f"these metrics are broken: {error}", path=source, fix=fix) from error
    return metrics


def _plain(value: object) -> object:
    """The value in JSON's own types: floats rounded, nan and infinities as None, numpy's scalars as Python's."""
    if isinstance(value, Missing):
        return {"status": "missing", "reason": value.reason}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return round(value, DIGITS) if value == value and abs(value) != float("inf") else None
    return value


@cache
def parsed_yaml(text: str) -> Any:
    """The content of a text in YAML. Must not be modified: the same text gives the same object.

    Raises yaml.YAMLError, also on an invalid date or number, on a repeated key, and where aliases expand to too
    much.
    """
    try:
        require_bounded(yaml.parse(text, LOADER))
        loader = LOADER(text)  # a safe loader, both of them
        node = loader.get_single_node()
        require_distinct_keys(node)
        return None if node is None else loader.construct_document(node)
    except (ValueError, RecursionError) as error:
        raise yaml.YAMLError(str(error)) from error


def read_yaml(path: Path, fix: str = AS_IT_WAS) -> Any:
    """The content of a YAML file, as parsed_yaml. Raises InputError, with the line where it is known, when it is
    missing, not a file or not YAML."""
    return _understood(path, parsed_yaml, fix)


def read_text(path: Path) -> str:
    """A file's text. Raises InputError when it is missing, not a file or not UTF-8."""
    return _understood(path, str, AS_IT_WAS)


def yaml_nodes(path: Path, fix: str = AS_IT_WAS) -> yaml.Node | None:
    """The nodes of a YAML file, each with its line. Raises InputError as read_yaml does."""

    def composed(text: str) -> yaml.Node | None:
        require_bounded(yaml.parse(text, LOADER))
        return yaml.compose(text, yaml.SafeLoader)

    return _understood(path, composed, fix)


def _understood(path: Path, understand: Callable[[str], Result], fix: str) -> Result:
    if not path.exists():
        raise InputError("this file does not exist", path=path, fix="Restore it from git or a backup.")
    disk.require_regular(path)
    try:
        return understand(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        what = f"this is not UTF-8: {error.reason} at byte {error.start}"
        raise InputError(what, path=path, fix="Save it again as UTF-8.") from error
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        line = mark.line + 1 if mark else None
        raise InputError(f"this is not YAML: {problem or error}", path=path, line=line, fix=fix) from error


class Node(dict):
    """A part of a notebook, its entries as attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def read_notebook(path: Path) -> Node:
    """A notebook for reading, its texts joined; nbformat itself, which takes 1 s to import, is for writing.

    Raises InputError when the file is not a notebook of format 4.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"), object_hook=Node)
        for cell in notebook.cells:
            cell["source"] = _joined(cell.source)
            for output in cell.get("outputs", []):
                output |= {key: _joined(output[key]) for key in ("text",) if key in output}
                shown = output.get("data", {})
                shown |= {kind: _joined(value) for kind, value in shown.items() if not kind.endswith("json")}
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(
            f"this is not a notebook: {error}", path=path, fix="Restore it from git, or run dvc repro."
        ) from error
    return notebook


def _joined(text: Any) -> Any:
    """A text that may be stored as a list of lines; anything else as it is."""
    return "".join(text) if isinstance(text, list) and all(isinstance(line, str) for line in text) else text


def load_params(paths: Paths) -> dict[str, dict[str, object]]:
    """params.yaml: one mapping per step. Raises InputError when it is not that, and on a namespace of no step."""
    source = paths.root / "params.yaml"
    params = read_yaml(source)
    if not isinstance(params, dict) or not all(isinstance(own, dict | None) for own in params.values()):
        raise InputError("this file must hold the steps, each with its parameters", path=source, fix=AS_IT_WAS)
    unknown = sorted(set(params) - set(STEPS))
    if unknown:
        what = f"unknown step in the parameters: {', '.join(unknown)}"
        raise InputError(what, path=source, fix=f"Steps are {', '.join(STEPS)}.")
    return params


def _parameters(notebook: Path) -> tuple[set[str], set[str], dict[str, object]]:
    """Names that the notebook's cell tagged `parameters` assigns, names that its later code cells use (_used), and the
    values that are written out in that cell.

    Raises InputError when there is not exactly one such cell.
    """
    cells = [cell for cell in read_notebook(notebook).cells if cell.cell_type == "code"]
    tagged = [i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise InputError(f"{len(tagged)} cells are tagged `parameters`; there must be one", path=notebook)
    first, *later = (cell.source for cell in cells[tagged[0] :])
    values: dict[str, object] = {}
    for line in ast.parse(first).body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            with contextlib.suppress(ValueError):
                values[line.targets[0].id] = ast.literal_eval(line.value)
    return _assigned(first), set().union(*map(_used, later)), values


def defaults(paths: Paths, step: str) -> dict[str, object]:
    """The parameters of a step as its notebook writes them, which are those of the release."""
    return _parameters(paths.notebook(step))[2]


def _assigned(source: str) -> set[str]:
    """Names that a cell assigns."""
    return {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _used(source: str) -> set[str]:
    """Names that a cell uses. To hand a parameter on in `step.Params` is no use of it, unless it is one of READ."""
    tree = ast.parse(source)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "step.Params"]
    handed = {id(each.value) for call in calls for each in call.keywords if each.arg not in READ}
    names = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in handed)
    return {n.id for n in names if isinstance(n.ctx, ast.Load)}


def step_params(paths: Paths, step: str) -> dict[str, object]:
    """The step's parameters, checked against its notebook. Raises InputError on an unknown, missing or unused one."""
    given = load_params(paths).get(step) or {}
    notebook = paths.notebook(step)
    assigned, used, defaults = _parameters(notebook)
    for what, names in (
        (f"params.yaml gives `{step}` parameters that {notebook.name} does not know", set(given) - assigned),
        (f"params.yaml lacks parameters of `{step}` that {notebook.name} needs", assigned - set(given)),
        (f"{notebook.name} never uses parameters of `{step}`", (set(given) & assigned) - used),
    ):
        if names:
            raise InputError(f"{what}: {', '.join(sorted(names))}", path=paths.root / "params.yaml")
    for name, default in defaults.items():
        if wrong := _unlike(name, given[name], default):
            raise InputError(
                f"`{name}` of `{step}` is {given[name]!r}, which is {wrong}",
                path=paths.root / "params.yaml",
                fix=f"Write it as in {notebook.name}, which says what it means: {json.dumps(default)[:60]}",
            )
    return given


def _unlike(name: str, value: object, default: object) -> str:
    """What a parameter's value is not, compared with the notebook's own; empty when it is of the same kind."""
    if default is None:
        return "" if value is None or isinstance(value, str) else "not a text"
    kinds = {bool: "not true or false", int: "not a whole number", float: "not a number", str: "not a text"}
    fits = isinstance(value, type(default)) or (isinstance(default, float) and isinstance(value, int))
    if not fits or (isinstance(value, bool) and not isinstance(default, bool)):
        return kinds.get(type(default), "no list" if isinstance(default, list) else "no mapping")
    if name in RESAMPLES and int(value) < 1:  # type: ignore[call-overload]
        return "not above 0"
    if name in RATES and not 0 < float(value) < 1:  # type: ignore[arg-type]
        return "not between 0 and 1"
    return ""


def write_bare(paths: Paths, step: str) -> Path:
    """The step's bare notebook, rewritten unless it matches the notebook as it is. Raises InputError when that is not a
    notebook."""
    read_notebook(paths.notebook(step))
    target, text = paths.bare(step), notebooks.bare(paths.notebook(step).read_text(encoding="utf-8"))
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return target


def run_step(paths: Paths, step: str) -> Path:
    """Execute the step's notebook with its parameters; returns the executed notebook, written whole or not at all.

    On failure nothing of the step is left but the notebook as far as it came, in .guyub/ of the study. A warning of the
    study's own code is a failure; other packages' are kept in .guyub/<step>.log.
    """
    if step not in STEPS:
        raise InputError(f"no step is called {step!r}", fix=f"Steps are {', '.join(STEPS)}.")
    params = step_params(paths, step)
    draft = paths.root / ".guyub" / paths.notebook(step).name
    draft.parent.mkdir(exist_ok=True)
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(shutil.rmtree, paths.processed(step), ignore_errors=True)
        on_failure.callback(paths.metrics(step).unlink, missing_ok=True)
        on_failure.callback(paths.headline(step).unlink, missing_ok=True)
        _execute(paths, step, draft, params)
        others = _others_warnings(draft)
        _settle(draft, paths, step)
        on_failure.pop_all()
    log = draft.with_name(f"{step}.log")
    log.unlink(missing_ok=True)
    if others:
        log.write_text(others, encoding="utf-8")
        print(f"guyub: other packages warned while {step} ran; what they wrote is in {log}", file=sys.stderr)
    target = paths.executed(step)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(target)
    return target


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for the processes that are started within."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# Arrays of up to 256 MB come from what was freed before: asking the system for each took half of robustness' time
# there (mallopt(3), of the GNU C library; others do not read it).
HEAP = {"MALLOC_MMAP_THRESHOLD_": f"{256 << 20}", "MALLOC_TRIM_THRESHOLD_": f"{512 << 20}"}


def rounding() -> dict[str, str]:
    """Environment variables under which equal inputs give equal bytes, whatever the processor and its number of cores.

    NumPy's functions, and OpenBLAS where it knows the processor, have variants for AVX-512 that round the last digit
    differently (NumPy reference, `NPY_DISABLE_CPU_FEATURES`; OpenBLAS, `OPENBLAS_CORETYPE`); OpenBLAS with threads
    adds up in another order (`OPENBLAS_NUM_THREADS`). What takes long runs on processes of its own (workers.py).
    """
    processor = Path("/proc/cpuinfo")
    wide = processor.exists() and "avx512f" in processor.read_text(encoding="utf-8", errors="replace")
    variants = {"OPENBLAS_CORETYPE": "Haswell"} if wide else {}
    return {"NPY_DISABLE_CPU_FEATURES": AVX512, "OPENBLAS_NUM_THREADS": "1"} | variants


def _execute(paths: Paths, step: str, draft: Path, params: dict[str, object]) -> None:
    import papermill  # slow to import, and only needed here
    from papermill.engines import papermill_engines
    from traitlets.config import Config

    own_machine = Config({"KernelManager": {"transport": "ipc"}})  # no open port while it runs
    own_kernel = {"JUPYTER_PREFER_ENV_PATH": "1"}  # this environment's kernel, not one in the user's home
    notebook, progress = write_bare(paths, step), draft.with_name(f"{step}.progress")
    papermill_engines.register("guyub", _watched(progress))
    try:
        with environment({PIPELINE: step, workers.PROGRESS: str(progress), **own_kernel, **rounding(), **HEAP}):
            papermill.execute_notebook(
                *(str(notebook), str(draft)), parameters=params, cwd=str(paths.root), kernel_name="python3",
                engine_name="guyub", progress_bar={"desc": draft.stem}, config=own_machine,
                iopub_timeout=60,  # seconds; 4 s timed out
            )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        refused = disk.said_refusal(error.evalue) if error.ename in OS_ERRORS else None
        if error.ename != InputError.__name__ and refused is None:
            raise
        raise refused or InputError(error.evalue) from error  # what is wrong, without the notebook's trace
    finally:
        progress.unlink(missing_ok=True)


def _watched(progress: Path) -> type:
    """Papermill's engine, whose bar shows next to the cells how far a long computation in the kernel is. progress: the
    file in which the kernel says so (workers.Progress)."""
    from jupyter_client.manager import AsyncKernelManager
    from papermill.engines import NBClientEngine, NotebookExecutionManager

    computing: set[int] = set()  # the cell, if one is

    class Quiet(AsyncKernelManager):
        """Shuts a kernel down without interrupting it, unless a cell computes: jupyter_client always does (8.8), and
        IPython, which may not be done with the last cell, then reports an interrupt that nobody made."""

        async def _async_interrupt_kernel(self) -> None:
            if self.shutting_down and not computing:
                return
            waiting = asyncio.all_tasks() - {asyncio.current_task()}
            await super()._async_interrupt_kernel()
            if self.shutting_down and waiting:  # by Ctrl-C: nobody else waits any more for what the cell reports
                done, _ = await asyncio.wait(waiting, timeout=SETTLING)
                for task in done:
                    task.cancelled() or task.exception()

    class Watched(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: NotebookExecutionManager, *args: Any, **kwargs: Any) -> Any:
            with _shown_while(progress, nb_man.pbar.set_postfix_str):
                return super().execute_managed_notebook(
                    nb_man, *args, kernel_manager_class=Quiet,
                    on_cell_execute=lambda cell, cell_index: computing.add(cell_index),
                    on_cell_executed=lambda cell, cell_index, execute_reply: computing.discard(cell_index), **kwargs,
                )  # fmt: skip

    return Watched


@contextlib.contextmanager
def _shown_while(progress: Path, show: Callable[[str], object]) -> Iterator[None]:
    """Show what a file says, whenever that changes, as long as the context lasts; nothing where the file is gone."""
    over = threading.Event()

    def look() -> None:
        said = ""
        while not over.wait(LOOKS):
            line = progress.read_text(encoding="utf-8") if progress.exists() else ""
            if line != said:
                show(said := line)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


def _others_warnings(notebook: Path) -> str:
    """What other packages wrote to standard error, empty when nothing.

    Raises InputError when a warning points to a cell or to this project's code. A package that warns its caller of a
    change to come points to the caller, so such a warning counts as the caller's.
    """
    cells = read_notebook(notebook).cells
    text = "".join(out["text"] for cell in cells for out in cell.get("outputs", []) if out.get("name") == "stderr")
    own = str(Path(__file__).parent)
    if any(file.startswith(own) or CELL.search(file) for file in WARNED.findall(text)):
        raise InputError(f"the notebook gave a warning:\n{text.strip()}", path=notebook, fix="Fix its cause.")
    return text


def _settle(notebook: Path, paths: Paths, step: str) -> None:
    """Strip what differs between runs or machines, so that equal inputs give equal bytes, and call people as the
    chapter does.

    Stripped are times, versions, random ids and standard error, which holds paths of this machine. Raises InputError as
    as_published does.
    """
    import nbformat

    nb = nbformat.read(notebook, as_version=4)
    nb.metadata.pop("papermill", None)
    nb.metadata.get("language_info", {}).pop("version", None)
    for cell in nb.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    shown = as_published(paths, step, [_without_stderr(cell.outputs) for cell in code])
    for cell, outputs in zip(code, shown, strict=True):
        cell.outputs = nbformat.from_dict(outputs)
    nbformat.write(nb, notebook)


def called(paths: Paths, step: str) -> tuple[dict[str, str], frozenset[str]]:
    """The names of people in the step's chapter, by the study's pseudonyms, and the pseudonyms of those who may be
    counted in sums only. Empty before ingest has run."""
    from analysis import published  # pandas takes long to import

    return published.read_chapter(paths.processed("ingest"), paths.notebook(step).stem)


def as_published(paths: Paths, step: str, outputs: list[Any]) -> list[Any]:
    """Each cell's outputs with the pseudonyms of the step's chapter. Raises InputError when they show somebody who may
    be counted in sums only."""
    from analysis import published

    names, hidden = called(paths, step)
    text = published.renamed(json.dumps(outputs, ensure_ascii=False), names)
    if shown := published.named_in(text, hidden):
        what = f"this notebook shows {len(shown)} of the people who may be counted in sums only"
        raise InputError(what, path=paths.notebook(step), fix="Leave them out where the page is made.")
    return list(json.loads(text))


def _without_stderr(outputs: list[Any]) -> list[Any]:
    """The outputs without standard error. Pieces of standard output that it had separated become one again."""
    kept: list[Any] = []
    for output in outputs:
        if output.get("name") == "stderr":
            continue
        if kept and output.output_type == kept[-1].output_type == "stream":
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def require_empty(folder: Path) -> None:
    """Raises InputError unless the folder is new or empty."""
    if folder.exists() and any(folder.iterdir()):
        raise InputError("this folder is not empty", path=folder, fix="Give a new folder.")
