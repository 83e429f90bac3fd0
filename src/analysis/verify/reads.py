"""Which places of a study a piece of code reads, by static analysis.

Of all that the code calls, function by function, each place that is named through study.Paths counts as read
(`paths.processed("ingest")`, `paths.root / "study.yaml"`). What is called only as a method of an object is not
followed, nor is a place that is put together at run time; `guyub verify --rerun` watches which files a run opens.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from analysis.closure import PACKAGE, parsed, walked

MAKERS = {"here", "opened", "paths_of", "Paths"}  # calls that give a study's paths
PLACES = {"raw": "data/raw", "secrets": "secrets", "simulated": "data/raw", "source": "metrics/ingest.json"}
STEPPED = {"processed": "data/processed/{}", "metrics": "metrics/{}.json", "read_metrics": "metrics/{}.json"}
ANY = "*"  # a step that the code names at run time
FREE = {
    "secrets": "the key of the pseudonyms, which no hash may reveal",
    ".guyub": "drafts and scratch results, of which nothing is kept",
    "dvc.yaml": "DVC lets no stage depend on its own description; its entry is compared with dvc.lock instead",
}

Node = ast.AST
Target = tuple[str, str]  # file, name in it; the name is empty for the module itself


@dataclass(frozen=True, eq=False)
class Module:
    """A file's top level. names: what each imported name refers to; defined: functions, classes and variables."""

    names: dict[str, str]
    defined: dict[str, list[Node]]


class Program:
    """The code under root: looks names up from file to file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: dict[str, Module] = {}

    def module(self, file: str) -> Module:
        """A file's top level."""
        if file not in self._modules:
            self._modules[file] = top_level(parsed((self.root / file).read_text(encoding="utf-8")))
        return self._modules[file]

    def find(self, dotted: str) -> Target | None:
        """The file, and the name in it, that a dotted name of this package leads to; None for other packages."""
        parts = dotted.split(".")
        if parts[0] != PACKAGE:
            return None
        for i in range(len(parts), 0, -1):
            stem = "src/" + "/".join(parts[:i])
            file = next((f for f in (f"{stem}.py", f"{stem}/__init__.py") if (self.root / f).is_file()), None)
            if file:
                return self._member(file, parts[i:])
        return None

    def line(self, dotted: str) -> str:
        """Where a dotted name is defined, as file:line; empty when that is not in this package."""
        file, name = self.find(dotted) or ("", "")
        nodes = self.module(file).defined.get(name, []) if name else []
        return f"{file}:{nodes[0].lineno}" if nodes else ""  # type: ignore[attr-defined]

    def _member(self, file: str, parts: list[str]) -> Target:
        """What a name in a file is: defined there, or imported there from elsewhere."""
        if not parts:
            return file, ""
        top = self.module(file)
        if parts[0] not in top.defined and parts[0] in top.names:
            return self.find(".".join([top.names[parts[0]], *parts[1:]])) or (file, "")
        return file, parts[0]

    def reached(self, tree: ast.Module) -> list[tuple[Module, Node]]:
        """The tree and every definition that it leads to, each with the module that its names are looked up in."""
        own = top_level(tree)
        reached: list[tuple[Module, Node]] = [(own, tree)]
        seen: set[Target] = set()
        for top, node in reached:  # grows while it is walked
            for dotted in references(node, top):
                target = self.find(dotted) if "." in dotted else None
                if target and target[1] and target not in seen and target[1] != "Paths":
                    seen.add(target)
                    reached += self._definitions(*target)
            if top is not own:
                reached += self._neighbours(top, node, seen)
        return reached

    def _definitions(self, file: str, name: str) -> list[tuple[Module, Node]]:
        top = self.module(file)
        return [(top, node) for node in top.defined.get(name, [])]

    def _neighbours(self, top: Module, node: Node, seen: set[Target]) -> list[tuple[Module, Node]]:
        """Definitions of the same module that a node names."""
        file = next(file for file, module in self._modules.items() if module is top)
        named = {child.id for child in walked(node) if isinstance(child, ast.Name)} & set(top.defined)
        fresh = [name for name in sorted(named) if (file, name) not in seen and name != "Paths"]
        seen |= {(file, name) for name in fresh}
        return [pair for name in fresh for pair in self._definitions(file, name)]


@cache
def top_level(tree: ast.Module) -> Module:
    """What the top level of a source imports and defines; imports inside functions count as well."""
    names: dict[str, str] = {}
    for node in walked(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                names[alias.asname or whole] = whole
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    defined: dict[str, list[Node]] = {}
    for child in tree.body:
        for name in _names_given(child):
            defined.setdefault(name, []).append(child)
    return Module(names, defined)


def _names_given(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (t.id for target in targets for t in walked(target) if isinstance(t, ast.Name))


@cache
def references(node: Node, top: Module) -> frozenset[str]:
    """Dotted names, from their package on, that a node uses; annotations are none."""
    return frozenset(_references(node, top))


def _references(node: Node, top: Module) -> Iterator[str]:
    skipped = {id(part) for note in _annotations(node) for part in walked(note)}
    for child in walked(node):
        named = id(child) not in skipped and isinstance(child, ast.Name | ast.Attribute)
        if named and (name := full_name(child, top.names)):
            yield name


def _annotations(node: Node) -> Iterator[Node]:
    for child in walked(node):
        for note in (getattr(child, "annotation", None), getattr(child, "returns", None)):
            if note is not None:
                yield note


def dotted(node: Node) -> str:
    """The dotted name that an expression is, such as study.here; empty when it is none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def full_name(node: Node, names: Mapping[str, str]) -> str:
    """What an imported name refers to: numpy.random.rand for np.random.rand; empty when it is not imported.

    names: each imported name to what it refers to, as in Module.
    """
    first, *parts = dotted(node).split(".")
    return ".".join([names[first], *parts]) if first in names else ""


@cache
def calls(source: str) -> tuple[tuple[ast.Call, str], ...]:
    """Calls of what a source imports, each with its full name."""
    names = top_level(parsed(source)).names
    named = ((call, full_name(call.func, names)) for call in walked(parsed(source)) if isinstance(call, ast.Call))
    return tuple((call, name) for call, name in named if name)


@dataclass(frozen=True)
class _Scope:
    """A definition whose uses of paths are looked for."""

    top: Module
    node: Node

    @cached_property
    def holders(self) -> set[str]:
        """Names in it that hold a study's paths."""
        noted = {
            arg.arg
            for arg in walked(self.node)
            if isinstance(arg, ast.arg) and arg.annotation is not None and ast.unparse(arg.annotation).endswith("Paths")
        }
        return {"paths", *noted}

    def places(self) -> Iterator[str]:
        inner = {id(node.left) for node in walked(self.node) if isinstance(node, ast.BinOp)}
        for child in walked(self.node):
            if isinstance(child, ast.Attribute) and child.attr in PLACES and self._is_paths(child.value):
                yield PLACES[child.attr]
            elif isinstance(child, ast.Call):
                yield from self._stepped(child)
            elif isinstance(child, ast.BinOp) and isinstance(child.op, ast.Div) and id(child) not in inner:
                yield from self._below_root(child)

    def _is_paths(self, node: Node) -> bool:
        if isinstance(node, ast.Call):
            return dotted(node.func).split(".")[-1] in MAKERS
        return (isinstance(node, ast.Name) and node.id in self.holders) or getattr(node, "attr", "") == "paths"

    def _stepped(self, call: ast.Call) -> Iterator[str]:
        """Places of a step: `paths.processed("ingest")`, `study.read_metrics(paths, "ingest")`."""
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name == "read_metrics" and len(call.args) > 1:
            yield STEPPED[name].format(self._word(call.args[1]))
        elif name in STEPPED and isinstance(call.func, ast.Attribute) and call.args and self._is_paths(call.func.value):
            yield STEPPED[name].format(self._word(call.args[0]))

    def _below_root(self, node: ast.BinOp) -> Iterator[str]:
        """Places written out: `paths.root / "docs" / "timings.yaml"`."""
        parts, left = [self._word(node.right)], node.left
        while isinstance(left, ast.BinOp):
            parts.append(self._word(left.right))
            left = left.left
        if isinstance(left, ast.Attribute) and left.attr == "root" and self._is_paths(left.value) and ANY not in parts:
            yield "/".join(reversed(parts))

    def _word(self, node: Node) -> str:
        """The text that an argument is: written out, or a constant of the module; ANY otherwise."""
        if isinstance(node, ast.Name) and len(given := self.top.defined.get(node.id, [])) == 1:
            node = getattr(given[0], "value", node)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ANY


@cache
def _named(top: Module, node: Node) -> frozenset[str]:
    return frozenset(_Scope(top, node).places())


OWN = (
    "read_metrics",
    "write_metrics",
    "step_params",
    "load_params",
    "here",
    "opened",
)  # of study.py: judged by each call


def places(program: Program, source: str) -> set[str]:
    """Places of the study that a source reads or writes when it runs; `metrics/*.json` for a step named at run time."""
    reached = program.reached(parsed(source))
    inside = [pair for pair in reached if getattr(pair[1], "name", "") not in OWN]
    named = {place for top, node in inside for place in _named(top, node)}
    return {place for place in named if place.split("/")[0] not in FREE and place != "params.yaml"}
