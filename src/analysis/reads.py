"""The places of a study that a piece of code reads, by static analysis.

In everything that the code calls, function by function, each place named through study.Paths counts as read
(`paths.processed("ingest")`, `paths.root / "study.yaml"`). Methods of objects are not followed, and places composed at
run time are not seen; `guyub verify --rerun` watches which files a run opens.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from analysis.closure import PACKAGE, parsed, referents, walked

MAKERS = {"here", "opened", "paths_of", "Paths"}  # calls that give a study's paths
PLACES = {"raw": "data/raw", "secrets": "secrets", "simulated": "data/raw", "source": "metrics/ingest.json"}
STEPPED = {"processed": "data/processed/{}", "metrics": "metrics/{}.json", "read_metrics": "metrics/{}.json"}
ANY = "*"  # a step that the code names at run time
FREE = {
    "secrets": "the key of the pseudonyms, which no hash may reveal",
    ".guyub": "drafts and scratch results, of which nothing is kept",
    "ro-crate-metadata.json": "a research object alone has it, and no result follows from it",
    "dvc.yaml": "DVC lets no stage depend on it; verify compares it with dvc.lock and the map of stages in the book",
}

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
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
        self._found: dict[str, Target | None] = {}

    def module(self, file: str) -> Module:
        """A file's top level."""
        if file not in self._modules:
            self._modules[file] = top_level(parsed((self.root / file).read_text(encoding="utf-8")))
        return self._modules[file]

    def find(self, dotted: str) -> Target | None:
        """The file, and the name in it, that a dotted name of this package refers to; None for other packages."""
        if dotted not in self._found:
            self._found[dotted] = self._searched(dotted)
        return self._found[dotted]

    def _searched(self, dotted: str) -> Target | None:
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
        """The file and name that a name in a file refers to: defined there, or imported from elsewhere."""
        if not parts:
            return file, ""
        top, first = self.module(file), parts[0]
        if first not in top.defined and first in top.names:
            return self.find(".".join([top.names[first], *parts[1:]])) or (file, "")
        return file, first

    def reached(self, tree: ast.Module) -> list[tuple[Module, Node]]:
        """The tree and every definition reached from it, each with the module in which its names are looked up."""
        own = top_level(tree)
        reached: list[tuple[Module, Node]] = [(own, tree)]
        seen: set[Target] = set()
        for top, node in reached:  # grows while it is walked
            for dotted in references(node, top):
                target = self.find(dotted) if "." in dotted else None
                if target and target[1] and target not in seen and target[1] != "Paths":
                    seen.add(target)
                    top_of, name = self.module(target[0]), target[1]
                    reached += [(top_of, definition) for definition in top_of.defined.get(name, [])]
            if top is not own:
                reached += self._neighbours(top, node, seen)
        return reached

    def _neighbours(self, top: Module, node: Node, seen: set[Target]) -> list[tuple[Module, Node]]:
        """Definitions of the same module that a node names."""
        file = next(file for file, module in self._modules.items() if module is top)
        fresh = [name for name in own_names(top, node) if (file, name) not in seen and name != "Paths"]
        seen |= {(file, name) for name in fresh}
        return [(top, definition) for name in fresh for definition in top.defined[name]]


@cache
def top_level(tree: ast.Module) -> Module:
    """What the top level of a source imports and defines; imports inside functions count as well."""
    defined: dict[str, list[Node]] = {}
    for child in tree.body:
        targets = child.targets if isinstance(child, ast.Assign) else []
        targets = [child.target] if isinstance(child, ast.AnnAssign) else targets
        given = [part.id for target in targets for part in walked(target) if isinstance(part, ast.Name)]
        for name in [child.name] if isinstance(child, DEFINITIONS) else given:
            defined.setdefault(name, []).append(child)
    return Module(referents(tree), defined)


@cache
def own_names(top: Module, node: Node) -> tuple[str, ...]:
    """The names defined in its module that a node uses, in order."""
    return tuple(sorted({child.id for child in walked(node) if isinstance(child, ast.Name)} & set(top.defined)))


@cache
def references(node: Node, top: Module) -> frozenset[str]:
    """Full dotted names that a node uses, except in annotations."""
    notes = [getattr(child, key, None) for child in walked(node) for key in ("annotation", "returns")]
    skipped = {id(part) for note in notes if note is not None for part in walked(note)}
    used = (child for child in walked(node) if isinstance(child, ast.Name | ast.Attribute) and id(child) not in skipped)
    return frozenset(full_name(child, top.names) for child in used) - {""}


def dotted(node: Node) -> str:
    """The dotted name in an expression, such as study.here; empty when it is not one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def full_name(node: Node, names: Mapping[str, str]) -> str:
    """The full name of an imported name: numpy.random.rand for np.random.rand; empty when it is not imported.

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
    """A definition that is searched for uses of paths."""

    top: Module
    node: Node

    @cached_property
    def holders(self) -> set[str]:
        """Names in it that hold a study's paths."""
        noted = [arg for arg in walked(self.node) if isinstance(arg, ast.arg) and arg.annotation is not None]
        return {"paths", *(arg.arg for arg in noted if ast.unparse(arg).endswith("Paths"))}

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
        """The text of an argument: a literal, or a constant of the module; otherwise ANY."""
        if isinstance(node, ast.Name) and len(given := self.top.defined.get(node.id, [])) == 1:
            node = getattr(given[0], "value", node)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ANY


@cache
def _named(top: Module, node: Node) -> frozenset[str]:
    return frozenset(_Scope(top, node).places())


# Functions of study.py that are judged by each call.
OWN = ("read_metrics", "write_metrics", "step_params", "load_params", "here", "opened")


def places(program: Program, source: str) -> set[str]:
    """Places of the study that a source reads or writes when it runs; `metrics/*.json` for a step named at run time."""
    reached = program.reached(parsed(source))
    inside = [pair for pair in reached if getattr(pair[1], "name", "") not in OWN]
    named = {place for top, node in inside for place in _named(top, node)}
    return {place for place in named if place.split("/")[0] not in FREE and place != "params.yaml"}
