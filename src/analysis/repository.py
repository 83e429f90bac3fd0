"""Output of git for a folder. File names need not be UTF-8: other bytes stay as the system has them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from analysis.errors import InputError


def said(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> str | None:
    """What git says; None where it says nothing, as without git or without such a thing in it. environment:
    variables for git in addition to this process's."""
    done = _run(folder, words, environment or {})
    return os.fsdecode(done.stdout) if done and done.returncode == 0 else None


def git(folder: Path, *words: str) -> str:
    """What git says. Raises InputError when it fails, or is not installed."""
    if (done := _run(folder, words, {})) is None:
        raise InputError("git is not installed", path=folder, fix="Install it, then try again.")
    if done.returncode:
        what = f"git {words[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()}"
        raise InputError(what, path=folder, fix="Start from a git checkout.")
    return os.fsdecode(done.stdout)


def _run(
    folder: Path, words: tuple[str, ...], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes] | None:
    """The completed git process for these arguments; None where git is not installed."""
    if shutil.which("git") is None:
        return None
    run = ["git", "-C", str(folder), *words]
    return subprocess.run(run, capture_output=True, check=False, env={**os.environ, **environment})
