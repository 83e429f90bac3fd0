"""The library: its names are the code's own, its pages are true, and its wheel brings what a study needs."""

import doctest
import inspect
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import guyub
from analysis import study
from guyub import reference

ROOT = Path(__file__).parents[2]
CHANGES = (
    "from analysis import study; from analysis.verify import release, subject;"
    "print(release.changes(subject.Subject(study.here())))"
)
PROMISED = ("read_chat", "infer_replies", "mrqap", "EpistemicNetwork", "agreement", "load_results")


def a_study_that_ran(folder):
    paths = study.Paths(folder)
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(ROOT / name, folder / name)
    study.write_metrics(paths, "sharing", {"status": "ok", "members": 2})
    paths.processed("sharing").mkdir(parents=True)
    pd.DataFrame({"member": ["MA", "MB"], "shares": [1, 9]}).to_parquet(paths.processed("sharing") / "counts.parquet")
    return paths


@pytest.mark.parametrize("name", guyub.PLACES)
def test_a_name_of_the_library_is_the_codes_own_and_documented(name):
    value = getattr(guyub, name)
    assert value.__module__.startswith(guyub.PLACES[name].rpartition(".")[0] or guyub.PLACES[name])
    assert inspect.getdoc(value)


def test_the_promised_names_are_there_and_the_public_ones_alone_are_listed():
    assert set(PROMISED) <= set(guyub.PLACES) == set(guyub.__all__)
    assert {*PROMISED, "__version__"} <= set(dir(guyub))
    with pytest.raises(AttributeError, match="no attribute 'gini'"):
        guyub.gini  # noqa: B018


def test_the_typed_names_are_those_that_are_imported():
    typed = set(re.findall(r"^    from \S+ import (\w+) as \1$", inspect.getsource(guyub), flags=re.M))
    assert typed == set(guyub.PLACES)
    assert Path(guyub.__file__).with_name("py.typed").exists()


def test_the_version_is_that_of_pyproject():
    assert guyub.__version__ == tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_importing_the_library_imports_no_method_until_it_is_used():
    heavy = ("pandas", "analysis.network", "matplotlib")
    code = f"import guyub, sys; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_file_called_analysis_next_to_a_notebook_does_not_get_into_the_way(tmp_path):
    (tmp_path / "analysis.py").write_text("mine = True\n")
    code = "import guyub; print(guyub.agreement.__module__)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert said.stdout.strip() == "analysis.coding.agreement"
    late = subprocess.run(
        [sys.executable, "-c", f"import analysis, guyub; {code}"], capture_output=True, text=True, cwd=tmp_path
    )
    assert "Import guyub first" in late.stderr


# The results of a study


def test_the_results_of_a_study_are_frames(tmp_path):
    paths = a_study_that_ran(tmp_path)
    (paths.root / "notebooks").mkdir()
    results = guyub.load_results(paths.root / "notebooks")
    assert results.tables == ["sharing/counts"]
    assert results["sharing/counts"]["shares"].tolist() == [1, 9]
    assert results.numbers.to_numpy().tolist() == [["sharing", "members", 2], ["sharing", "status", "ok"]]
    with pytest.raises(guyub.InputError, match="no table 'sharing/count'"):
        results["sharing/count"]
    with pytest.raises(guyub.InputError, match="no ledger"):
        _ = results.claims


def test_a_study_that_has_not_run_has_no_results(bare_study):
    with pytest.raises(guyub.InputError, match="has not run"):
        guyub.load_results(bare_study.root)


# The pages


def test_the_reference_is_what_the_docstrings_say():
    written = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
    assert written == reference.reference(), "python -m guyub.reference writes it anew"


def test_the_recipes_run_and_show_what_the_page_says(tmp_path, monkeypatch):
    a_study_that_ran(tmp_path)
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(
        str(ROOT / "book" / "howto.md"), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert tried > 20
    assert not failed


# The wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment in which the wheel is installed; packages it needs are those of this environment."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    left = shutil.ignore_patterns(".*_cache", "__pycache__", "_build", "executed", ".venv", ".guyub", ".git", "cache",
                                  "processed", "raw", "fixtures", "build", "node_modules")  # fmt: skip
    shutil.copytree(ROOT, source, ignore=left, symlinks=True)
    shutil.copytree(ROOT / "data" / "processed", source / "data" / "processed", ignore=lambda folder, names: [
        name for name in names if name != "README.md"])  # fmt: skip
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(place), str(source)]
    subprocess.run(build, check=True)
    [wheel] = place.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "env")], check=True)
    python = place / "env" / "bin" / "python"
    install = [*pip, "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True)
    [packages] = (place / "env" / "lib").glob("python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return wheel, python


def run(python, *words, cwd):
    """What a program of the fresh environment prints; nothing of this environment's paths reaches it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    said = subprocess.run([str(python), *words], capture_output=True, text=True, cwd=cwd, env=environment)
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_the_wheel_brings_library_command_and_the_sources_of_a_study(installed, tmp_path):
    wheel, python = installed
    names = zipfile.ZipFile(wheel).namelist()
    assert {"guyub/__init__.py", "guyub/py.typed", "analysis/identifiers/privacy.yaml",
            "analysis/network/replies/weights.json", "analysis/_release/notebooks/01-ingest.ipynb",
            "analysis/_release/dvc.yaml", "analysis/_release/release.json"} <= set(names)  # fmt: skip
    assert not [name for name in names if name.startswith(("tests/", "data/")) or "__pycache__" in name]
    where = run(
        python, "-c", "import guyub, analysis; print(guyub.__file__); print(guyub.read_chat.__module__)", cwd=tmp_path
    )
    assert str(python.parents[1]) in where
    assert "analysis.ingest" in where


def test_a_study_made_by_the_wheel_can_be_checked_and_its_stages_are_those_of_the_release(installed, tmp_path):
    _, python = installed
    command = python.with_name("guyub")
    raw = ROOT / "tests" / "fixtures" / "study" / "raw"
    run(command, "new", "study", "--raw", str(raw), cwd=tmp_path)
    folder = tmp_path / "study"
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    needed = {"dvc.yaml", "params.yaml", "claims.yaml", "Makefile", "README.md", "pyproject.toml",
              "notebooks/03-sharing.ipynb",
              "book/_toc.yml", "src/analysis/cli/entry.py", "src/guyub/__init__.py", "data/processed/README.md",
              "calibration/verdicts.csv", "docs/replies.yaml", ".gitignore", ".dvc/config"}  # fmt: skip
    assert needed - made == set()
    without_tutorial = re.sub(r" +- book/tutorial(?:\.md)?\n", "", (ROOT / "dvc.yaml").read_text())
    assert (folder / "dvc.yaml").read_text() == without_tutorial
    assert "The study can run" in run(command, "check", cwd=folder)
    assert run(python, "-c", CHANGES, cwd=folder) == "{}\n"  # what `guyub new` wrote is no change of the author's
    (folder / "claims.yaml").write_text(
        (folder / "claims.yaml").read_text().replace("smallest_effect: 0", "smallest_effect: 1")
    )
    with (folder / "dvc.yaml").open("a") as stages:
        stages.write("# and mine\n")
    assert run(python, "-c", CHANGES, cwd=folder) == "{'claims.yaml': 'changed', 'dvc.yaml': 'changed'}\n"
