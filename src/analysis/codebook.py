"""The codebook: codes with their definitions, in a hierarchy.

A codebook.yaml has `version`, `language` and `codes`, a list of codes. A code has `name` and `definition`, and may have
`include`, `exclude`, `example`, `introduced` (the interview that led to it, if it was not set beforehand), `colour`
(#RRGGBB) and `children`, a list of codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import yaml

from analysis import study, tables
from analysis.errors import InputError, Missing, noting, refuse

TEXTS = ("definition", "include", "exclude", "example", "introduced")
CODE_KEYS = ("name", *TEXTS, "colour", "children")
BOOK_KEYS = ("version", "language", "codes")
COLOUR = re.compile(r"^#[0-9A-Fa-f]{6}$")


@dataclass(frozen=True)
class Code:
    """One code. parent: the name of the code above it, missing at the top. Missing texts are empty."""

    name: str
    parent: str | None = None
    definition: str = ""
    include: str = ""
    exclude: str = ""
    example: str = ""
    colour: str = ""
    introduced: str = ""


@dataclass(frozen=True)
class Codebook:
    """Codes in the codebook's order, each after its parent.

    Raises InputError on names that are not unique, a parent that is not a code, or a code that is its own ancestor.
    """

    codes: tuple[Code, ...]
    version: str = "1"
    language: str = ""

    def __post_init__(self) -> None:
        names = [code.name for code in self.codes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(f"two codes are called {twice[0]!r}", fix="Give every code a name of its own.")
        for code in self.codes:
            if code.parent is not None and code.parent not in names:
                raise InputError(f"the code {code.name!r} is under {code.parent!r}, which is not a code")
            self.ancestors(code.name)

    @cached_property
    def by_name(self) -> dict[str, Code]:
        return {code.name: code for code in self.codes}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(code.name for code in self.codes)

    @property
    def parents(self) -> tuple[str, ...]:
        """Names of codes with codes under them, in order."""
        above = {code.parent for code in self.codes}
        return tuple(name for name in self.names if name in above)

    @property
    def leaves(self) -> tuple[str, ...]:
        """Names of codes with none under them, in order."""
        return tuple(name for name in self.names if name not in self.parents)

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Names of the codes above a code, the nearest first. Raises InputError on a code that is its own ancestor."""
        line = [name]
        while (parent := self[line[-1]].parent) is not None:
            if parent in line:
                raise InputError(f"the code {parent!r} is its own ancestor", fix="Correct the codes' parents.")
            line.append(parent)
        return tuple(line[1:])

    def children(self, name: str) -> tuple[str, ...]:
        """Names of the codes directly under a code, in order."""
        return tuple(code.name for code in self.codes if code.parent == name)

    def top(self, name: str) -> str:
        """The name of the topmost code above a code, or the code itself."""
        return (name, *self.ancestors(name))[-1]

    def colour(self, name: str) -> str:
        """The code's colour, or that of the nearest code above it that has one; empty when none has."""
        return next((self[n].colour for n in (name, *self.ancestors(name)) if self[n].colour), "")

    def table(self) -> pd.DataFrame:
        """The codebook as tables.Codebook, one row per code."""
        rows = [vars(code) | {"version": self.version, "language": self.language} for code in self.codes]
        frame = pd.DataFrame(rows).rename(columns={"name": "code"})
        return tables.conform(frame[list(tables.Codebook.columns)], tables.Codebook)

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> Codebook | Missing:
        """The codebook of a table (tables.Codebook); Missing where it has no rows: the study has no codebook."""
        if table.empty:
            return Missing("there is no codebook")
        codes = table.drop(columns=["version", "language"]).rename(columns={"code": "name"})
        rows = codes.astype(object).where(codes.notna(), None).to_dict("records")
        return cls(tuple(Code(**row) for row in rows), table["version"].iloc[0], table["language"].iloc[0])

    def __getitem__(self, name: str) -> Code:
        if name not in self.by_name:
            raise InputError(f"no code is called {name!r}", fix=f"The codebook has {', '.join(self.names)}.")
        return self.by_name[name]


def read(path: Path) -> Codebook | Missing:
    """The codebook that ingest wrote as a table; Missing where the study has none."""
    return Codebook.of_table(tables.read(path, tables.Codebook))


def load(path: Path) -> Codebook:
    """Read a codebook.yaml. Raises InputError, with the line, on anything but the shape above."""
    book = _Reader(path)
    fields = book.mapping(study.yaml_nodes(path), BOOK_KEYS, needed=("version", "codes"))
    codes = tuple(book.codes(fields["codes"], parent=None))
    return Codebook(codes, book.text(fields["version"]), book.text(fields["language"]) if "language" in fields else "")


def checked(path: Path) -> Codebook:
    """Read a codebook.yaml like `load`. Raises InputError that lists every error in it, not only the first."""
    try:
        return load(path)
    except InputError as first:
        book = _PatientReader(path)
        with noting(book.errors):
            fields = book.mapping(study.yaml_nodes(path), BOOK_KEYS, needed=("version", "codes"))
            book.look_at(book.listed(fields["codes"]) if "codes" in fields else [])
        refuse({str(error): error for error in (first, *book.errors)}.values())
        raise


class _Reader:
    """Reads YAML nodes, so that every error can name its line. lines: the line that names each code."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, int] = {}

    def refuse(self, node: yaml.Node | None, what: str, fix: str = "") -> InputError:
        return InputError(what, path=self.path, line=node.start_mark.line + 1 if node else None, fix=fix)

    def mapping(self, node: yaml.Node | None, keys: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.refuse(node, f"this must be a mapping with {', '.join(needed)}")
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if name not in keys:
                raise self.refuse(key, f"unknown key {name!r}", f"Known keys are {', '.join(keys)}.")
            if name in fields:
                raise self.refuse(key, f"the key {name!r} is repeated here")
            fields[name] = value
        if missing := [name for name in needed if name not in fields]:
            raise self.refuse(node, f"the key {missing[0]!r} is missing here")
        return fields

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self.refuse(node, "this must be a text")
        return node.value.strip()

    def codes(self, node: yaml.Node, parent: str | None) -> Iterator[Code]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.refuse(node, "this must be a list of codes")
        for item in node.value:
            fields = self.mapping(item, CODE_KEYS, needed=("name", "definition"))
            yield (code := self.code(fields, parent))
            if "children" in fields:
                yield from self.codes(fields["children"], code.name)

    def code(self, fields: dict[str, yaml.Node], parent: str | None) -> Code:
        name = self.text(fields["name"])
        if name in self.lines:
            what = f"two codes are called {name!r}, here and in line {self.lines[name]}"
            raise self.refuse(fields["name"], what, "Give every code a name of its own.")
        self.lines[name] = fields["name"].start_mark.line + 1
        colour = self.text(fields["colour"]) if "colour" in fields else ""
        if colour and not COLOUR.match(colour):
            raise self.refuse(fields["colour"], f"{colour!r} is not a colour", 'Write it in quotes as "#RRGGBB".')
        return Code(name, parent, **{t: self.text(fields[t]) for t in TEXTS if t in fields}, colour=colour)


class _PatientReader(_Reader):
    """Continues after an error. errors: all errors, some of them twice."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.errors: list[InputError] = []

    def mapping(self, node: yaml.Node | None, keys: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, yaml.Node]:
        """The usable part of a mapping, without keys that are unknown or repeated."""
        if not isinstance(node, yaml.MappingNode):
            return super().mapping(node, keys, needed)  # raises InputError
        usable = yaml.MappingNode(node.tag, [], node.start_mark)
        for pair in node.value:
            with noting(self.errors):
                super().mapping(yaml.MappingNode(node.tag, [*usable.value, pair], node.start_mark), keys, ())
                usable.value.append(pair)
        for name in needed:
            with noting(self.errors):
                super().mapping(usable, keys, (name,))
        return super().mapping(usable, keys, ())

    def look_at(self, nodes: list[yaml.Node]) -> None:
        """Note what is wrong with codes and the codes under them."""
        for node in nodes:
            with noting(self.errors):
                fields = self.mapping(node, CODE_KEYS, needed=("name", "definition"))
                for name in (name for name in fields if name != "children"):
                    with noting(self.errors):
                        self.text(fields[name])
                with noting(self.errors):
                    if "name" in fields:
                        self.code(fields, parent=None)
                if "children" in fields:
                    self.look_at(self.listed(fields["children"]))

    def listed(self, node: yaml.Node) -> list[yaml.Node]:
        """The codes in a list of codes."""
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.refuse(node, "this must be a list of codes")
        return list(node.value)
