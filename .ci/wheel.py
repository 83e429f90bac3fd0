"""Puts into the wheel what a release holds besides its code, so that `guyub verify` can say what of it was changed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Release(BuildHookInterface):
    """Adds the files of [tool.guyub] to analysis/_release; an editable installation needs none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version != "standard":
            return
        patterns = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["guyub"]["released"]
        for path in (path for pattern in patterns for path in root.glob(pattern) if path.is_file()):
            name = path.relative_to(root).as_posix()
            if not name.startswith("src/") and path.suffix != ".pyc":
                build_data["force_include"][str(path)] = f"analysis/_release/{name}"
