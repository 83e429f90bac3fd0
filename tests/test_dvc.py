"""What users of DVC do with any repository works with a study: the real stages, with a stub in place of the command."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from analysis import study

ROOT = Path(__file__).resolve().parents[1]
STUB = f"""#!{sys.executable}
import json, sys, yaml
from pathlib import Path
sys.path.insert(0, "src")
if sys.argv[1] == "notebooks":  # takes no time, and is what is tested
    from analysis import cli
    sys.exit(cli.main())
whole, params = (yaml.safe_load(Path(name).read_text()) for name in ("dvc.yaml", "params.yaml"))
stage = whole["stages"][sys.argv[-1]]
for entry in [*stage["outs"], *stage.get("metrics", [])]:
    out = Path(next(iter(entry)) if isinstance(entry, dict) else entry)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix:
        out.write_text(json.dumps({{"bootstrap": params["sharing"]["bootstrap"]}}))
        continue
    out.mkdir(exist_ok=True)
    (out / "table.txt").write_text("1")
    for plot in whole["plots"]:
        (about,) = plot.values()
        (file, ys), x = *about["y"].items(), *about["x"].values()
        if Path(file).parent == out:
            rows = [[x, *ys], *([n, *(n * (k + 1) for k in range(len(ys)))] for n in range(3))]
            Path(file).write_text("".join(",".join(map(str, row)) + "\\n" for row in rows))
"""
COPIED = ("src", "notebooks", "book", "calibration", "docs", ".dvc/plots", ".dvc/config", ".dvcignore", ".gitignore",
          "dvc.yaml", "params.yaml", "claims.yaml", "study.yaml", "requirements.lock", "CITATION.cff")  # fmt: skip
WIDEST = 200  # characters of a line that a large screen shows


class Repository:
    """A study under git and DVC. dvc, git: what the command with these words prints; it must end well."""

    def __init__(self, root: Path) -> None:
        self.root = root
        path = os.pathsep.join([str(root.parent / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
        who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.environment = {**os.environ, **who, "PATH": path, "DVC_NO_ANALYTICS": "1", "COLUMNS": "1000"}

    def run(self, *words: str) -> str:
        done = subprocess.run(words, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def dvc(self, *words: str) -> str:
        return self.run(sys.executable, "-m", "dvc", *words)

    def git(self, *words: str) -> str:
        return self.run("git", *words)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A study whose stages have run, committed, its data pushed to a remote."""
    base = tmp_path_factory.mktemp("dvc")
    (base / "bin").mkdir()
    (base / "bin/guyub").write_text(STUB, encoding="utf-8")
    (base / "bin/guyub").chmod(0o755)
    root = base / "study"
    for name in COPIED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        left = shutil.ignore_patterns("__pycache__", "_build", "executed", "runs", ".ipynb_checkpoints")
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name, **({"ignore": left} if copy is shutil.copytree else {}))
    shutil.copytree(ROOT / "tests/fixtures/study/raw", root / "data/raw")
    repository = Repository(root)
    repository.git("init", "--quiet")
    repository.dvc("repro", "--quiet")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "Run")
    return repository


def test_the_state_is_clean_after_a_run(ran):
    assert json.loads(ran.dvc("status", "--json")) == {}


def test_its_metrics_fit_a_screen_and_are_the_headlines(ran):
    lines = ran.dvc("metrics", "show").splitlines()
    assert {line.split()[0] for line in lines[1:]} == {f"metrics/headline/{step}.json" for step in study.STEPS}
    assert max(map(len, lines)) < WIDEST


def test_its_stages_fit_a_screen(ran):
    drawn = ran.run(sys.executable, "-m", "analysis.cli", "dag")
    assert re.findall(r"\| (\w+) \|", drawn)[0] == "notebooks"
    assert max(map(len, drawn.splitlines())) <= 80


def as_vs_code_saves(path):
    """Save a notebook with outputs and with what VS Code notes down."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec = {"display_name": ".venv (3.12.1)", "language": "python", "name": "python3"}
    notebook.metadata.language_info = {"name": "python", "version": "3.12.1", "file_extension": ".py"}
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text="seen\n")], count
        cell.metadata |= {"vscode": {"languageId": "python"}, "execution": {"iopub.execute_input": "2026-11-28"}}
    nbformat.write(notebook, path)


def test_saving_notebooks_with_outputs_makes_no_step_run_again(ran):
    before = (ran.root / "dvc.lock").read_bytes()
    for step in study.STEPS:
        as_vs_code_saves(study.Paths(ran.root).notebook(step))
    assert set(json.loads(ran.dvc("status", "--json"))) == {"notebooks"}
    said = ran.dvc("repro")
    assert re.findall(r"Running stage '(\w+)'", said) == ["notebooks"]
    assert (ran.root / "dvc.lock").read_bytes() == before
    assert ran.git("status", "--porcelain") == ""
    assert "seen" in (ran.root / ".guyub/outputs/03-sharing.ipynb").read_text(encoding="utf-8")


def test_a_changed_cell_makes_its_step_run_again(ran):
    notebook = study.Paths(ran.root).notebook("themes")
    before = notebook.read_text(encoding="utf-8")
    notebook.write_text(before.replace("What this does not show", "What it does not show"), encoding="utf-8")
    ran.dvc("repro", "--quiet", "notebooks")
    assert "themes" in json.loads(ran.dvc("status", "--json"))
    notebook.write_text(before, encoding="utf-8")
    ran.dvc("repro", "--quiet")


def test_git_takes_a_notebook_in_without_its_outputs(ran):
    ran.git("config", "filter.notebook.clean", f"'{sys.executable}' -m analysis.notebooks")
    (ran.root / ".git/info/attributes").write_text((ROOT / ".gitattributes").read_text(encoding="utf-8"))
    notebook = study.Paths(ran.root).notebook("claims")
    as_vs_code_saves(notebook)
    ran.git("add", "notebooks")
    assert ran.git("status", "--porcelain") == ""
    assert "seen" in notebook.read_text(encoding="utf-8")


def test_an_experiment_with_another_parameter_runs_and_its_parameters_are_compared(ran):
    ran.dvc("exp", "run", "--quiet", "--set-param", "sharing.bootstrap=7", "sharing")
    (changed,) = json.loads(ran.dvc("params", "diff", "--json"))["params.yaml"].items()
    assert changed[0] == "sharing.bootstrap"
    assert changed[1]["new"] == 7
    assert json.loads(ran.dvc("metrics", "diff", "--json"))["metrics/headline/sharing.json"]
    ran.git("checkout", "--quiet", "--", ".")
    ran.dvc("checkout", "--quiet", "--force")


def test_a_clone_pulls_what_was_pushed_and_is_clean(ran):
    ran.dvc("remote", "add", "--quiet", "--local", "--default", "shelf", str(ran.root.parent / "shelf"))
    ran.dvc("push", "--quiet")
    ran.git("clone", "--quiet", ".", str(ran.root.parent / "clone"))
    clone = Repository(ran.root.parent / "clone")
    clone.dvc("remote", "add", "--quiet", "--local", "--default", "shelf", str(ran.root.parent / "shelf"))
    clone.dvc("pull", "--quiet")
    assert json.loads(clone.dvc("status", "--json")) == {}


def test_its_curves_are_drawn_without_a_network(ran, browser):
    ran.dvc("plots", "show", "--quiet")
    page, asked, errors = browser.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((ran.root / "dvc_plots/index.html").as_uri())
    titles = page.locator("svg .title").all_text_contents()
    plots = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["plots"]
    assert sorted(titles) == sorted(about["title"] for plot in plots for about in plot.values())
    assert page.locator("svg path[d*=L]").count() == sum(
        len(*about["y"].values()) for p in plots for about in p.values()
    )
    assert errors == []
    assert [url for url in asked if not url.startswith("file:")] == []
    page.close()
