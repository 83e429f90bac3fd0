"""Puts into the wheel what a release holds besides its code, so that `guyub verify` can say what of it was changed, and
what a new study begins with, so that `guyub new` needs no clone."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Release(BuildHookInterface):
    """Adds the files of [tool.guyub] to analysis/_release and _begun_with; an editable installation needs none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version != "standard":
            return
        build_data["force_include"][str(root / "release.json")] = "analysis/_release/release.json"
        given = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["guyub"]
        for kind, folder in {"released": "_release", "begun_with": "_begun_with"}.items():
            for path in (path for pattern in given[kind] for path in root.glob(pattern) if path.is_file()):
                name = path.relative_to(root).as_posix()
                if not name.startswith("src/") and path.suffix != ".pyc":
                    build_data["force_include"][str(path)] = f"analysis/{folder}/{name}"
