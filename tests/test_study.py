"""The study's folder: parameters fail loudly, metrics are whole, notebooks settle, stages declare all they use."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from queue import Queue

import nbformat
import pytest
import yaml

from analysis import study, verify
from analysis.errors import InputError


def change_params(paths, step, **changes):
    source = paths.root / "params.yaml"
    params = yaml.safe_load(source.read_text(encoding="utf-8"))
    params[step] = {k: v for k, v in {**params[step], **changes}.items() if v is not ...}
    source.write_text(yaml.safe_dump(params), encoding="utf-8")


def test_a_step_runs_without_instructions_that_only_some_machines_have():
    code = (
        "import numpy._core._multiarray_umath as m; print(any(m.__cpu_features__[f] for f in ('X86_V4', 'AVX512_ICL')))"
    )
    environment = {**os.environ, **study.rounding()}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert (ran.stdout.strip(), ran.stderr) == ("False", "")


def test_a_step_adds_up_in_one_order_however_many_cores_there_are():
    code = "import numpy, threadpoolctl; print([pool['num_threads'] for pool in threadpoolctl.threadpool_info()])"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2", **study.rounding()}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[1]"


def test_what_a_command_computes_again_rounds_as_in_a_step(root):
    code = (
        "import sys; from analysis import cli; early = 'numpy' not in sys.modules; cli.main(['dag']);"
        "import os; from analysis import study; print(early, study.rounding().items() <= os.environ.items())"
    )
    environment = {name: value for name, value in os.environ.items() if name not in study.rounding()}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "True True"


@pytest.mark.parametrize("step", study.STEPS)
def test_the_shipped_parameters_fit_every_notebook(root, step):
    study.step_params(study.Paths(root), step)


def test_an_unknown_parameter_stops_the_run(bare_study):
    change_params(bare_study, "sharing", bootstraps=10)
    with pytest.raises(InputError, match="does not know: bootstraps"):
        study.step_params(bare_study, "sharing")


def test_a_missing_parameter_stops_the_run(bare_study):
    change_params(bare_study, "sharing", seed=...)
    with pytest.raises(InputError, match=r"lacks parameters.*seed"):
        study.step_params(bare_study, "sharing")


def test_an_unused_parameter_stops_the_run(bare_study):
    notebook = bare_study.notebook("sharing")
    nb = nbformat.read(notebook, as_version=4)
    for cell in nb.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source += "\nidle = 1"
    nbformat.write(nb, notebook)
    change_params(bare_study, "sharing", idle=1)
    with pytest.raises(InputError, match=r"never uses.*idle"):
        study.step_params(bare_study, "sharing")


def test_a_parameter_that_is_only_handed_on_is_not_used(bare_study):
    notebook = bare_study.notebook("sharing")
    nb = nbformat.read(notebook, as_version=4)
    for cell in nb.cells:
        if "parameters" not in cell.metadata.get("tags", []) and "step.Params(" not in cell.source:
            cell.source = re.sub(r"\bblock_weeks\b", "4", cell.source)
    nbformat.write(nb, notebook)
    with pytest.raises(InputError, match=r"never uses.*block_weeks"):
        study.step_params(bare_study, "sharing")


def test_parameters_of_no_step_stop_the_run(bare_study):
    with (bare_study.root / "params.yaml").open("a", encoding="utf-8") as params:
        params.write("shering: {seed: 1}\n")
    with pytest.raises(InputError, match="shering"):
        study.load_params(bare_study)


def test_metrics_are_rounded_sorted_and_hold_no_nan(bare_study):
    study.write_metrics(bare_study, "sharing", {"b": float("nan"), "a": 1 / 3, "c": {"d": [float("inf"), 2]}})
    text = bare_study.metrics("sharing").read_text(encoding="utf-8")
    assert json.loads(text) == {"a": 0.333333, "b": None, "c": {"d": [None, 2]}}
    assert text.index('"a"') < text.index('"b"')


@pytest.mark.parametrize(
    ("step", "name", "value", "wrong"),
    [
        ("coding", "confidence", 95, "not between 0 and 1"),
        ("coding", "confidence", "high", "not a number"),
        ("coding", "folds", "lima", "not a whole number"),
        ("coding", "folds", 5.5, "not a whole number"),
        ("coding", "chat_quotes", "yes please", "not true or false"),
        ("coding", "seed", True, "not a whole number"),
        ("ingest", "date_order", False, "not a text"),
        ("ingest", "tz", None, "not a text"),
        ("partnership", "splits", 0.3, "no list"),
        ("partnership", "permutations", 0, "not above 0"),
        ("robustness", "choices", [], "no mapping"),
    ],
)
def test_a_parameter_of_another_kind_than_the_notebooks_stops_the_run(bare_study, step, name, value, wrong):
    change_params(bare_study, step, **{name: value})
    with pytest.raises(InputError, match=f"`{name}` of `{step}` is .*, which is {wrong}"):
        study.step_params(bare_study, step)


def test_a_whole_number_will_do_for_a_number(bare_study):
    change_params(bare_study, "coding", gap_minutes=30)
    assert study.step_params(bare_study, "coding")["gap_minutes"] == 30


@pytest.mark.parametrize("text", ["", "coding\n", "coding: [1]\n", "coding:\n\tfolds: 5\n"])
def test_parameters_that_are_no_mapping_are_refused_with_the_file(bare_study, text):
    (bare_study.root / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"params\.yaml.*\n.*git diff"):
        study.load_params(bare_study)


def test_a_failing_notebook_leaves_nothing_of_its_step(bare_study):
    notebook = bare_study.notebook("sharing")
    nb = nbformat.read(notebook, as_version=4)
    write = "from pathlib import Path\nPath('data/processed/sharing').mkdir(parents=True)\nPath('metrics').mkdir()\n"
    write += "Path('metrics/sharing.json').write_text('half')\n1 / 0"
    nb.cells.insert(2, nbformat.v4.new_code_cell(write))
    nbformat.write(nb, notebook)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        study.run_step(bare_study, "sharing")
    assert not bare_study.processed("sharing").exists()
    assert not bare_study.metrics("sharing").exists()
    assert not bare_study.executed("sharing").exists()


def test_what_is_wrong_with_the_input_is_reported_without_the_notebooks_trace(bare_study):
    cell = nbformat.v4.new_code_cell("alpha = 0.5", metadata={"tags": ["parameters"]})
    told = "from analysis.errors import InputError\nraise InputError(f'no chat {alpha}', fix='Put one there.')"
    nb = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell(told)])
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nb, bare_study.notebook("claims"))
    with pytest.raises(InputError) as raised:
        study.run_step(bare_study, "claims")
    assert str(raised.value) == "no chat 0.05\nPut one there."


def write_claims_notebook(paths, source):
    """The notebook of the step claims: its parameters and one cell."""
    cell = nbformat.v4.new_code_cell("alpha = 0.5", id="parameters", metadata={"tags": ["parameters"]})
    nb = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell(source, id="second")])
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nb, paths.notebook("claims"))


@pytest.fixture
def other_package(bare_study):
    """Source that imports a module outside the project, which runs the given body when `talk` is called."""

    def write(body):
        folder = bare_study.root / "site-packages"
        folder.mkdir(exist_ok=True)
        (folder / "loud.py").write_text(f"import sys, warnings\n\ndef talk():\n    {body}\n", encoding="utf-8")
        return f"import sys\nsys.path.insert(0, {str(folder.relative_to(bare_study.root))!r})\nimport loud\n"

    return write


FROM_OWN_FILE = """\
import warnings
from analysis import errors
warnings.warn_explicit(f"alpha is {alpha}", FutureWarning, errors.__file__, 1)"""


@pytest.mark.parametrize("source", ["import warnings\nwarnings.warn(str(alpha))", FROM_OWN_FILE])
def test_a_warning_of_a_cell_or_of_the_projects_own_code_stops_the_run(bare_study, source):
    write_claims_notebook(bare_study, source)
    with pytest.raises(InputError, match=r"(User|Future)Warning: .*0\.05"):
        study.run_step(bare_study, "claims")
    assert not bare_study.executed("claims").exists()


def test_a_warning_that_another_package_addresses_to_its_caller_is_the_callers(bare_study, other_package):
    caller = other_package("warnings.warn('this argument will go', FutureWarning, stacklevel=2)")
    write_claims_notebook(bare_study, f"{caller}alpha\nloud.talk()")
    with pytest.raises(InputError, match="this argument will go"):
        study.run_step(bare_study, "claims")


@pytest.mark.parametrize(
    "body",
    [
        "warnings.warn('this package will change', FutureWarning)",
        "print('this package will change', file=sys.stderr, flush=True)",
        "import logging; logging.getLogger('loud').warning('this package will change')",
    ],
)
def test_what_another_package_complains_of_is_logged_and_leaves_the_page_as_it_is(
    bare_study, other_package, capsys, body
):
    cell = "print(alpha, flush=True)\nloud.talk()\nprint('after')"
    write_claims_notebook(bare_study, other_package("pass") + cell)
    silent = study.run_step(bare_study, "claims").read_bytes()
    assert ".log" not in capsys.readouterr().err
    other_package(body)
    loud = study.run_step(bare_study, "claims").read_bytes()
    assert loud == silent
    log = bare_study.root / ".guyub" / "claims.log"
    assert "this package will change" in log.read_text(encoding="utf-8")
    said = [line for line in capsys.readouterr().err.splitlines() if str(log) in line]
    assert said == [f"guyub: other packages warned while claims ran; what they wrote is in {log}"]


LISTENING = """
import atexit, signal
from IPython import get_ipython
from pathlib import Path
alpha
atexit.register(Path("ended").touch)
note = lambda *_: Path("interrupted").touch()
get_ipython().kernel.post_handler_hook = lambda: signal.signal(signal.SIGINT, note)
"""


def test_a_kernel_whose_cells_are_done_is_not_interrupted_and_ends_in_order(bare_study):
    """An interrupt that reaches it before it is done with the last cell is reported as an error."""
    write_claims_notebook(bare_study, LISTENING)
    study.run_step(bare_study, "claims")
    assert (bare_study.root / "ended").exists()
    assert not (bare_study.root / "interrupted").exists()


def test_an_interrupted_step_stops_its_kernel_and_ends_with_a_sentence(bare_study):
    source = "from pathlib import Path\nimport time\nalpha\nPath('begun').touch()\n"
    source += "try:\n    time.sleep(60)\nfinally:\n    Path('ended').touch()"
    write_claims_notebook(bare_study, source)
    words, here = [sys.executable, "-m", "analysis.cli", "run", "claims"], bare_study.root
    own = os.environ | {"GUYUB_SOURCE": str(here / "src")}
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores it otherwise
    with subprocess.Popen(words, cwd=here, env=own, stderr=subprocess.PIPE, text=True, preexec_fn=heard) as process:
        while not (here / "begun").exists():
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert said.endswith("\nguyub: stopped. dvc repro continues with this step; what ran before is kept.\n")
    assert "Traceback" not in said
    assert (here / "ended").exists()
    assert not bare_study.executed("claims").exists()


def test_two_runs_of_a_notebook_give_the_same_bytes(bare_study):
    write_claims_notebook(bare_study, "print(alpha)")
    first = study.run_step(bare_study, "claims").read_bytes()
    assert study.run_step(bare_study, "claims").read_bytes() == first
    assert b"0.05" in first


@pytest.mark.parametrize("step", study.STEPS)
def test_a_stage_declares_all_it_imports_and_nothing_else(root, step):
    paths = study.Paths(root)
    assert verify.undeclared(paths, step) == set()
    assert verify.superfluous(paths, step) == set()


def test_a_dropped_dependency_is_caught(bare_study, root):
    (bare_study.root / "src").symlink_to(root / "src")
    text = (bare_study.root / "dvc.yaml").read_text(encoding="utf-8")
    stage = text[text.index("  sharing:") :]
    broken = text.replace(stage, stage.replace("      - src/analysis/resample.py\n", "", 1))
    (bare_study.root / "dvc.yaml").write_text(broken, encoding="utf-8")
    assert verify.undeclared(bare_study, "sharing") == {"src/analysis/resample.py"}


def test_no_step_imports_another_steps_task(root):
    """A step's own task code is used by no other, robustness alone excepted; simulate by none at all."""
    paths = study.Paths(root)
    task = {step: f"src/analysis/{step}.py" for step in study.STEPS} | {
        step: f"src/analysis/{step}/step.py" for step in ("ingest", "coding", "network", "themes", "robustness")
    }
    for step in study.STEPS:
        used = verify.step_files(paths, step)
        foreign = {task[other] for other in study.STEPS if other != step} & used
        assert not foreign or step == "robustness", f"{step} uses {foreign}"
        assert not any("simulate" in file for file in used)


@pytest.mark.parametrize("step", study.STEPS)
def test_a_notebook_reads_as_nbformat_reads_it(root, step, tmp_path):
    notebook = nbformat.read(study.Paths(root).notebook(step), as_version=4)
    shown = {"text/html": "<p>a</p>\n<p>b</p>", "application/json": ["a", "b"]}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                nbformat.v4.new_output("display_data", shown),
                nbformat.v4.new_output("stream", text="a\nb"),
            ]
    nbformat.write(notebook, tmp_path / "a.ipynb")
    assert study.read_notebook(tmp_path / "a.ipynb") == nbformat.read(tmp_path / "a.ipynb", as_version=4)


def test_a_file_that_is_not_a_notebook_is_refused(tmp_path):
    for text in ("{", '{"cells": [{"a": 1}]}', "[]"):
        (tmp_path / "a.ipynb").write_text(text)
        with pytest.raises(InputError, match="not a notebook"):
            study.read_notebook(tmp_path / "a.ipynb")


@pytest.mark.parametrize("step", study.STEPS)
def test_a_notebook_calls_and_does_not_compute(root, step):
    nb = nbformat.read(study.Paths(root).notebook(step), as_version=4)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert not any(re.search(r"^\s*(def|for|while|class) ", cell.source, re.M) for cell in code)
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert nb.cells[0].cell_type == "markdown"
    assert nb.cells[0].source.startswith("# ")
    assert "What this does not show" in "".join(cell.source for cell in nb.cells)


def test_what_a_computation_says_of_itself_is_shown_whenever_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "LOOKS", 0.01)
    shown, progress = Queue[str](), tmp_path / "progress"
    with study._shown_while(progress, shown.put):
        for line in ("1 of 2", "2 of 2"):
            (tmp_path / "draft").write_text(line, encoding="utf-8")
            (tmp_path / "draft").replace(progress)
            assert shown.get(timeout=30) == line
    assert shown.empty()
