"""DVC's index of the study's files, which is outside the study and holds their names: a chat's file is often named
after somebody."""

from __future__ import annotations

from pathlib import Path

from dvc.repo import Repo


def site_cache(root: Path) -> Path | None:
    """Where DVC keeps the names of the files of the study at root, None where it keeps none."""
    if not (root / ".dvc").is_dir():
        return None
    with Repo(str(root), config={"core": {"no_scm": True}}) as repo:  # with git or without, it is the same place
        place = Path(repo.site_cache_dir)
    return place if place.is_dir() and any(path.is_file() for path in place.rglob("*")) else None


def to_clear(root: Path) -> str:
    """How to clear it, in a sentence; empty where there is nothing to clear."""
    place = site_cache(root)
    if place is None:
        return ""
    return f"DVC keeps the names of this study's files outside it; to clear them, delete {place} (DVC makes it again)."
