"""The worked examples of CONTRIBUTING.md run as they are printed."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis import figures
from analysis.errors import InputError, Missing

TEXT = (Path(__file__).resolve().parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
TITLES = ("A new method", "A new chat format", "A new figure", "A new check")


def example(title: str) -> dict:
    """The names that the example under a heading defines."""
    source = re.search(rf"### {title}\n.*?```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert source is not None, f"CONTRIBUTING.md shows no example of: {title}"
    names: dict = {"__name__": title}
    exec(compile(source[1], title, "exec"), names)
    return names


@pytest.mark.parametrize("title", TITLES)
def test_an_example_and_its_own_tests_pass(title, tmp_path):
    for name, function in example(title).items():
        if name.startswith("test_"):
            function(*([tmp_path] if inspect.signature(function).parameters else []))


def test_the_new_method_refuses_what_it_cannot_measure():
    with pytest.raises(InputError, match="nothing to share out"):
        example("A new method")["hoover"]([0, 0])


def test_the_new_figure_is_drawn_or_says_why_it_is_not():
    figure = example("A new figure")["hoover_figure"]
    drawn = figures.show(figure(pd.Series({"MAAAA": 0.6, "MBBBB": 0.4})), "Simulated data.")
    assert "most active member" in drawn.data
    assert "Not shown: nobody shared" in figures.show(figure(Missing("nobody shared")), "Simulated data.").data


def test_the_new_check_finds_what_it_guards(tmp_path):
    check = example("A new check")["licence_is_there"]
    subject = SimpleNamespace(paths=SimpleNamespace(root=tmp_path))
    assert [finding.place for finding in check(subject)] == ["LICENSE"]
    (tmp_path / "LICENSE").write_text("MIT", encoding="utf-8")
    assert list(check(subject)) == []
