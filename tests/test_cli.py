"""The command line teaches, and fails with words."""

import argparse
import os
import re
import subprocess
import sys

import pytest

from analysis import cli
from analysis.verify import release


def commands():
    (sub,) = (a for a in cli.parser()._actions if isinstance(a, argparse._SubParsersAction))
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
    own.mkdir(parents=True)
    (own / "__init__.py").write_text("", encoding="utf-8")
    (own / "cli.py").write_text("print('own source')\n", encoding="utf-8")
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
    cli._handed_out([cli.Path(out)], "a coding sheet")
    assert ("keep it out of git" in capsys.readouterr().out) == said
