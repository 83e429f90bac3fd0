"""What git says of a folder, also where names and contents are not UTF-8, or there is no git."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from analysis import repository, study
from analysis.errors import InputError
from analysis.tools import forget
from analysis.verify import history
from analysis.verify.rerun import sources
from analysis.verify.subject import Subject

NAME = os.fsdecode(b"caf\xe9.txt")


@pytest.fixture
def tracked(tmp_path):
    """A folder in which git tracks a file whose name is not UTF-8."""
    (tmp_path / NAME).write_bytes(b"caf\xe9\n")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "x")):
        subprocess.run(["git", "-C", tmp_path, *who, *words], check=True)
    return tmp_path


def test_a_tracked_file_whose_name_is_not_utf8_is_a_source(tracked):
    assert sources(tracked) == [NAME]


def test_what_git_says_has_names_as_the_system_has_them(tracked):
    assert repository.said(tracked, "ls-files", "-z") == repository.git(tracked, "ls-files", "-z") == f"{NAME}\0"


def test_the_history_shows_contents_that_are_not_utf8_legibly(tracked):
    assert history.git(Subject(study.Paths(tracked)), "cat-file", "blob", "HEAD:" + NAME) == "caf\ufffd"


def test_where_git_fails_or_is_missing_only_who_needs_it_gets_an_error(tracked, monkeypatch):
    assert repository.said(tracked, "show", "nowhere") is None
    with pytest.raises(InputError, match=r"git show failed: .*nowhere"):
        repository.git(tracked, "show", "nowhere")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert repository.said(tracked, "ls-files") is None
    assert history.git(Subject(study.Paths(tracked)), "ls-files") is None
    assert forget._git(tracked, "ls-files") == ""
    assert sources(tracked) == [NAME]
    with pytest.raises(InputError, match="not installed"):
        repository.git(tracked, "ls-files")
