"""A fingerprint of the code, data files and settings that calibration's numbers were computed with.

Code is followed from the functions that try a community, definition by definition: functions of the same modules that
only show or write something do not count, nor do docstrings, comments, formatting and error messages. Annotations
count only where an argument is of a class with methods, since those may be called.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis import study
from analysis.closure import PACKAGE, data_files, parsed, referents, strings, walked

# The functions that make the records of each part of calibration.
ENTRIES: dict[str, tuple[str, ...]] = {
    "distributions": ("analysis.calibration.distributions.gini_coverage",
                      "analysis.calibration.distributions.other_coverage",
                      "analysis.calibration.distributions.posterior_coverage",
                      "analysis.calibration.described.alpha_coverage"),
    "chain": ("analysis.calibration.trial.chain",),
    "trials": ("analysis.calibration.trial.trial",),
    "described": ("analysis.calibration.described.studied",),
}  # fmt: skip
SIMULATION = "src/analysis/simulate"  # names its data files at run time, so all of them count
SETTINGS: dict[str, tuple[str, ...]] = {
    "partnership": (), "sharing": (), "coding": ("folds", "gap_minutes"), "network": ("gap_s", "least"),
    "claims": ("alpha",),
}  # fmt: skip
RULE = ("id", "direction", "smallest_effect", "supported_if", "minimum")  # of a claim in claims.yaml
Use = tuple[str, list[str]]  # a name that code uses, and the attributes taken from it
WHOLE = "*"  # instead of a name: all of a module
SILENT = frozenset(("annotation", "returns", "type_params", "type_comment", "ctx", "kind"))  # fields of a syntax tree


def earlier_code(root: Path) -> str | None:
    """The parts of calibration whose tables were measured on other code than the present, each with its fingerprint.

    None where all were measured on the present code or there are no tables.
    """
    provenance = root / "calibration" / "provenance.yaml"
    if not provenance.exists():
        return None
    measured = study.read_yaml(provenance)["code"]
    return (
        ", ".join(f"{part} {measured[part]}" for part, code in fingerprints(root).items() if measured[part] != code)
        or None
    )


def plan_changed(root: Path) -> bool:
    """Whether calibration/plan.yaml has changed since the tables of calibration were measured."""
    folder = root / "calibration"
    if not (folder / "provenance.yaml").exists():
        return False
    measured = study.read_yaml(folder / "provenance.yaml")["sha256"]["plan.yaml"]
    return bool(measured != hashlib.sha256((folder / "plan.yaml").read_bytes()).hexdigest())


def fingerprints(root: Path) -> dict[str, str]:
    """For each part of calibration, 16 hexadecimal digits of the SHA-256 of all that a community is tried with."""
    return {part: code_fingerprint(root, entries) for part, entries in ENTRIES.items()}


def code_fingerprint(root: Path, entries: tuple[str, ...]) -> str:
    """16 hexadecimal digits of the SHA-256 of all that the entries (dotted names of functions) compute with."""
    code = definitions(root, entries)
    used: dict[str, set[str]] = {}
    for file, name in code:
        used.setdefault(file, set()).add(name)
    data = {name for file, names in used.items() for name in _data_files(root, file, names)}
    data |= {path.relative_to(root).as_posix() for path in (root / SIMULATION).rglob("*.yaml")}
    digest = hashlib.sha256(json.dumps(settings(root)).encode())
    for (file, name), text in sorted(code.items()):
        digest.update(f"{file} {name} {text}\n".encode())
    for file in sorted(data):
        content = (root / file).read_bytes()
        if file.endswith(".yaml"):
            content = _held(content)
        digest.update(f"{file} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _data_files(root: Path, file: str, names: Collection[str]) -> set[str]:
    """Data files named in the statements that bind these names of a module, not those that only other names use."""
    source = (root / file).read_text(encoding="utf-8")
    bound = [_bound(source, name) for name in names]
    located = any(asks for _, asks in bound)
    return data_files(root, Path(file), frozenset[str]().union(*(held for held, _ in bound)), located)


@cache
def _bound(source: str, name: str) -> tuple[frozenset[str], bool]:
    """The strings in the statements that bind a name at a module's top level (for "", in those that bind none), and
    whether these statements use __file__."""
    nodes = _statements(_module(source), name)
    located = any(isinstance(each, ast.Name) and each.id == "__file__" for node in nodes for each in walked(node))
    return frozenset[str]().union(*map(strings, nodes)), located


def _statements(module: TopLevel, name: str) -> list[ast.stmt]:
    """The statements that bind a name at a module's top level; for "", those that bind none."""
    return module.binding.get(name, []) if name else module.others


@cache
def _held(content: bytes) -> bytes:
    """The content of a YAML file without its comments."""
    return json.dumps(study.parsed_yaml(content.decode()), default=str).encode()


def settings(root: Path) -> dict[str, Any]:
    """What params.yaml, claims.yaml and calibration/plan.yaml set for a trial; the plan overrides the study."""
    plan = study.read_yaml(root / "calibration" / "plan.yaml")
    params = study.load_params(study.Paths(root))
    own = {step: {name: params[step][name] for name in names or params[step]} for step, names in SETTINGS.items()}
    for step, values in (plan["settings"] | {"network": {"draws": plan["described"]["draws"]}}).items():
        own[step] |= values
    claims = study.read_yaml(root / "claims.yaml")["claims"]
    return own | {"rule": [{name: claim.get(name) for name in RULE} for claim in claims if claim.get("direction")]}


# Code


@dataclass(frozen=True)
class TopLevel:
    """A module's top level. binding: the statements that bind each name; others: those that bind none;
    imported: the dotted name that each imported one stands for, imports inside functions included.
    """

    binding: dict[str, list[ast.stmt]]
    others: list[ast.stmt]
    imported: dict[str, str]


@cache
def _module(source: str) -> TopLevel:
    module = TopLevel({}, [], referents(parsed(source)))
    for statement in _computing(parsed(source).body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = {statement.name}
        else:
            stored = (node for node in walked(statement) if isinstance(node, ast.Name))
            names = {node.id for node in stored if isinstance(node.ctx, ast.Store)}
        for name in names:
            module.binding.setdefault(name, []).append(statement)
        if not names:
            module.others.append(statement)
    return module


def definitions(root: Path, entries: tuple[str, ...]) -> dict[tuple[str, str], str]:
    """The definitions that the entries (dotted names) compute with: by file and name, the text that binds the name.

    A name that a definition uses is followed to what binds it, through imports; so is the class of an argument, if it
    has methods. What a module runs on import without binding a name counts under the name "". A module that is passed
    around counts whole. Names composed at run time are not seen.
    """
    reached: dict[tuple[str, str], str] = {}
    sources: dict[str, str] = {}
    waiting = [*entries]
    while waiting:
        file, name = _place(root, waiting.pop())
        if not file or (file, name) in reached:
            continue
        if file not in sources:
            sources[file] = (root / file).read_text(encoding="utf-8")
        source = sources[file]
        module = _module(source)
        dotted = file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if name == WHOLE:
            waiting += [f"{dotted}.{each}" for each in module.binding]
        elif name in module.imported:
            waiting.append(module.imported[name])
        for part in {name, ""}:
            if (file, part) in reached:
                continue
            reached[file, part], uses, classes = _content(source, part)
            waiting += _dotted(module, dotted, uses)
            waiting += (each for each in _dotted(module, dotted, classes) if _has_methods(root, each))
    return reached


def _dotted(module: TopLevel, name: str, uses: Iterable[Use]) -> Iterator[str]:
    """The dotted names that a module, of this name, uses from other modules and from itself."""
    for first, attributes in uses:
        if first in module.imported:
            yield ".".join([module.imported[first], *attributes])
        elif first in module.binding:
            yield f"{name}.{first}"


def _has_methods(root: Path, dotted: str) -> bool:
    """Whether a dotted name refers to a class of this project with methods of its own."""
    file, name = _place(root, dotted)
    bound = _module((root / file).read_text(encoding="utf-8")).binding.get(name, []) if file else []
    inside = (part for each in bound if isinstance(each, ast.ClassDef) for part in each.body)
    return any(isinstance(part, ast.FunctionDef) for part in inside)


@cache
def _content(source: str, name: str) -> tuple[str, tuple[Use, ...], tuple[Use, ...]]:
    """The text of the statements that bind a name at a module's top level (for "", of those that bind none), what they
    use, and the classes of arguments."""
    statements = _statements(_module(source), name)
    arguments = (each for statement in statements for each in walked(statement) if isinstance(each, ast.arg))
    classes = (use for each in arguments if each.annotation for use in _uses(each.annotation))
    return _text(statements), tuple(_uses(ast.Module(statements, []))), tuple(classes)


@cache
def _place(root: Path, dotted: str) -> tuple[str, str]:
    """The file of this project, and the name in it, that a dotted name refers to; ("", "") if it refers elsewhere."""
    parts = dotted.split(".")
    for k in range(len(parts), 0, -1) if parts[0] == PACKAGE else ():
        for file in (f"src/{'/'.join(parts[:k])}.py", f"src/{'/'.join(parts[:k])}/__init__.py"):
            if (root / file).is_file():
                return file, parts[k] if k < len(parts) else WHOLE
    return "", ""


def _uses(node: ast.AST) -> list[Use]:
    """Names that code uses, each with the attributes taken from it: for `a.b.c`, a with [b, c]."""
    inner = node
    attributes: list[str] = []
    while isinstance(inner, ast.Attribute):
        attributes.insert(0, inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name):  # a field `chain: int` of a class does not use the function chain
        return [(inner.id, attributes)] if isinstance(inner.ctx, ast.Load) else []
    found: list[Use] = []
    for _, value in _fields(inner):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                found += _uses(child)
    return found


def _text(value: object) -> str:
    """A syntax tree as text that is the same in every version of Python that parses it to the same tree."""
    if isinstance(value, ast.AST):
        fields = [f"{name}={_text(child)}" for name, child in _fields(value)]
        return f"{type(value).__name__}({' '.join(fields)})"
    return f"[{' '.join([_text(each) for each in value])}]" if isinstance(value, list) else repr(value)


def _fields(node: ast.AST) -> list[tuple[str, Any]]:
    """The fields of a node that compute and are not empty. As a list, since there are a million of them."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return [("exc", node.exc.func)]
    there = [(name, getattr(node, name, None)) for name in node._fields if name not in SILENT]
    return [
        (name, _computing(value) if isinstance(value, list) else value)
        for name, value in there
        if value is not None and value != []
    ]


def _computing(nodes: list[Any]) -> list[Any]:
    """The nodes without docstrings and imports."""
    return [node for node in nodes if not (isinstance(node, ast.Import | ast.ImportFrom) or _is_docstring(node))]


def _is_docstring(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
