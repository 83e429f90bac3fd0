"""The command line teaches, and fails with words."""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import cli, study
from analysis.cli import entry, handing
from analysis.verify import release


def commands():
    (sub,) = (a for a in entry.parser()._actions if isinstance(a, argparse._SubParsersAction))
    return sub


def test_every_command_and_every_option_has_a_help_text():
    assert all(choice.help for choice in commands()._choices_actions)
    for command in commands().choices.values():
        assert all(action.help for action in command._actions)


def test_every_command_is_named_in_the_readme(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert [name for name in commands().choices if f"guyub {name}" not in readme] == []


def test_the_readme_calls_no_command_before_it_makes_the_commands_known(root):
    """`make` does so for its own commands alone."""
    blocks = re.findall(r"(?s)```\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"))
    lines = [line for block in blocks for line in block.splitlines()]
    first = next(k for k, line in enumerate(lines) if re.match(r"(guyub|dvc)\b", line))
    assert any(line.startswith("source .venv/bin/activate") for line in lines[:first])


def test_an_input_error_is_reported_in_words_and_ends_with_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", "sharing"]) == 1
    assert capsys.readouterr().err.startswith("guyub: ")


def test_where_no_study_is_a_way_to_one_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check"]) == 1
    said = capsys.readouterr().err
    assert "cd FOLDER" in said
    assert "guyub new FOLDER" in said


def test_the_version_is_shown(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"guyub {release.version()}\n"


def test_an_unknown_step_is_refused(capsys):
    with pytest.raises(SystemExit):
        cli.main(["run", "shering"])
    assert "sharing" in capsys.readouterr().err


def test_chats_of_many_communities_are_simulated_in_place_of_a_study(tmp_path, capsys):
    asked = ["--groups", "4", "--messages", "400", "--members", "12"]
    assert cli.main(["simulate", "--out", str(tmp_path / "many"), *asked]) == 0
    assert "simulated chats" in capsys.readouterr().out
    assert len(list((tmp_path / "many" / "chats").iterdir())) == 4
    assert not (tmp_path / "many" / "codings").exists()


def test_a_study_runs_its_own_source(root, tmp_path):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    (tmp_path / "params.yaml").write_text("{}\n", encoding="utf-8")
    own = tmp_path / "src/analysis"
    (own / "cli").mkdir(parents=True)
    for package in (own, own / "cli"):
        (package / "__init__.py").write_text("", encoding="utf-8")
    (own / "cli/__main__.py").write_text("print('own source')\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "analysis.cli", "run", "sharing"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "own source\n"


@pytest.mark.parametrize(
    ("out", "simulated", "said"), [("sheet.html", "no", True), ("sheet.html", "yes", False), ("../s.html", "no", False)]
)
def test_a_sheet_of_real_peoples_words_that_git_would_take_along_is_reported(
    bare_study, monkeypatch, capsys, out, simulated, said
):
    bare_study.raw.mkdir(parents=True)
    (bare_study.raw / "MANIFEST.csv").write_text(f"path,simulated\nchat.txt,{simulated}\n", encoding="utf-8")
    monkeypatch.chdir(bare_study.root)
    handing._handed_out([Path(out)], "a coding sheet")
    assert ("keep it out of git" in capsys.readouterr().out) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "\nguyub: stopped.\n"),
        (["review"], "\nguyub: stopped. What was decided is kept; guyub review continues there.\n"),
        (["run", "ingest"], "\nguyub: stopped. dvc repro continues with this step; what ran before is kept.\n"),
    ],
)
def test_an_interrupted_command_ends_with_a_sentence_and_130(monkeypatch, capsys, words, said):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "here", interrupted)
    monkeypatch.setattr(entry, "use_own_source", lambda _: None)
    assert cli.main(words) == 130
    assert capsys.readouterr().err == said


def test_without_a_command_the_commands_are_listed(capsys):
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert all(re.search(rf"\n +{name}\s", said) for name in commands().choices)


@pytest.mark.parametrize("seed", ["-1", "1.5", "x"])
@pytest.mark.parametrize("words", [["sample", "a.html"], ["annotate", "a.html"], ["simulate", "--out", "a"]])
def test_a_seed_that_is_none_is_refused_in_words(capsys, words, seed):
    with pytest.raises(SystemExit):
        cli.main([*words, f"--seed={seed}"])
    assert f"'{seed}' is not a seed: give a whole number from 0 on" in capsys.readouterr().err


@pytest.mark.parametrize("lock", [None, "schema: '2.0'\nstages:\n  notebooks: {cmd: guyub notebooks}\n"])
def test_what_has_not_run_is_no_research_object(bare_study, monkeypatch, capsys, lock):
    (bare_study.root / "dvc.lock").unlink(missing_ok=True)
    if lock:
        (bare_study.root / "dvc.lock").write_text(lock, encoding="utf-8")
    monkeypatch.chdir(bare_study.root)
    monkeypatch.setattr(entry, "use_own_source", lambda _: None)
    assert cli.main(["export", "ro-crate", "crate"]) == 1
    said = capsys.readouterr().err
    assert "this study has not been run, so there is no run to export\nRun it: dvc repro" in said
    assert not (bare_study.root / "crate").exists()


def test_what_has_no_effect_on_groups_of_simulated_chats_is_refused(tmp_path, capsys):
    assert cli.main(["simulate", "--out", str(tmp_path / "out"), "--groups", "2", "--scenario", "null"]) == 1
    assert "--scenario has no effect with --groups" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
