"""Nine houses alike: every step laid out the same way, rooms import from below alone, nothing written twice."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import typing
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis import study

SRC = Path(__file__).resolve().parents[1] / "src" / "analysis"
STEP_FILES = {"__init__.py", "step.py", "page.py"}
STEP_NAMES = ("Params", "read", "assess", "write", "run")
STAGES = {  # the same arguments in every step but ingest, whose stages read names that no later step may see
    "read": ["paths", "params"],
    "assess": ["data", "params"],
    "tables_of": ["results"],
    "metrics_of": ["results"],
    "write": ["paths", "results"],
    "run": ["params", "paths"],
}
ALIKE = [step for step in study.STEPS if step != "ingest"]
LONG = 8  # lines from which a function may not stand twice
TWICE: dict[str, str] = {}  # functions that may stand twice, as "file:name", each with the reason
FLOORS = [  # the rooms of src/analysis, from the ground up: each imports only from floors below its own
    "aliases arrays browser drawings errors glance identifiers memory notebooks spreadsheet wording",
    "coverage disk lookup privacy repository resample workers",
    "site tables workbook",
    "published",
    "study",
    "closure codebook figures local_time research_object upstream",
    "fingerprint ingest reads",
    "coding scan tried",
    "approvals claims network",
    "corpus partnership sharing simulate themes trace",
    "book recommendations robustness",
    "calibration",
    "halfway verify",
    "tools",
    "cli",
]
DOCUMENTED = {"os._exit"}  # public all the same: Python's manual says when to call it
SAME_NAME = {"Params", "Data", "Results"}  # classes that every step's step.py may define


@cache
def modules() -> list[tuple[Path, ast.Module]]:
    """Every module with its syntax tree, which is not to be changed."""
    return list(parsed_anew())


def parsed_anew() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SRC.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("step", study.STEPS)
def test_a_step_is_a_package_with_its_stages_and_its_page(step):
    assert {path.name for path in (SRC / step).iterdir()} >= STEP_FILES
    module = importlib.import_module(f"analysis.{step}.step")
    assert [name for name in STEP_NAMES if not hasattr(module, name)] == []


def needed(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments that a function cannot do without."""
    return [name for name, each in inspect.signature(function).parameters.items() if each.default is each.empty]


@pytest.mark.parametrize("step", ALIKE)
def test_the_stages_of_a_step_take_what_those_of_every_step_take(step):
    module = importlib.import_module(f"analysis.{step}.step")
    assert {name: needed(getattr(module, name)) for name in STAGES} == STAGES
    assert not set(inspect.signature(module.write).parameters) - {*STAGES["write"]}


@pytest.mark.parametrize("step", ALIKE)
def test_a_step_hands_its_results_on_in_one_frozen_object(step):
    module = importlib.import_module(f"analysis.{step}.step")
    assert dataclasses.is_dataclass(module.Results)
    assert module.Results.__dataclass_params__.frozen
    hints = {name: typing.get_type_hints(getattr(module, name)) for name in STAGES}
    assert hints["assess"]["return"] is module.Results
    assert {hints[name]["results"] for name in ("tables_of", "metrics_of", "write")} == {module.Results}
    assert hints["read"]["return"] is hints["assess"]["data"]
    assert {hints[name]["params"] for name in ("read", "assess", "run")} == {module.Params}


@pytest.mark.parametrize("step", ALIKE)
def test_run_is_the_composition_of_the_stages_and_write_saves_what_the_pure_ones_give(step):
    functions = {
        node.name: node for node in ast.parse((SRC / step / "step.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }  # fmt: skip
    assert ast.unparse(functions["run"].body[-1]) == "return write(paths, assess(read(paths, params), params))"
    assert len(functions["run"].body) == 2  # the docstring, and this
    calls = {ast.unparse(node) for node in ast.walk(functions["write"]) if isinstance(node, ast.Call)}
    assert {"tables_of(results)", "metrics_of(results)"} <= calls


def rooms() -> dict[str, set[str]]:
    """The rooms (packages and modules of the top) that each room imports."""
    arrows: dict[str, set[str]] = defaultdict(set)
    for path, tree in modules():
        room = path.relative_to(SRC).parts[0].removesuffix(".py")
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "analysis":
                parts = (node.module or "").split(".")
                names = parts[1:2] or [alias.name for alias in node.names]
                arrows[room] |= {name for name in names if name != room and _is_room(name)}
    return arrows


def test_nothing_that_serves_one_step_alone_lies_at_the_top():
    users: dict[str, set[str]] = defaultdict(set)
    for room, imported in rooms().items():
        for name in imported:
            users[name].add(room)
    top = {path.stem for path in SRC.glob("*.py")}
    assert {name: step for name in top for step in study.STEPS if users[name] == {step} or name.startswith(step)} == {}


def _is_room(name: str) -> bool:
    return (SRC / name).is_dir() or (SRC / f"{name}.py").is_file()


def test_every_room_is_on_one_floor():
    there = {path.stem for path in SRC.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert sorted(" ".join(FLOORS).split()) == sorted(there - {"__init__"})


def test_a_room_imports_only_from_floors_below():
    floor = {room: level for level, named in enumerate(FLOORS) for room in named.split()}
    imported = [(room, name) for room, names in rooms().items() for name in sorted(names)]
    assert [(room, name) for room, name in imported if floor[name] >= floor[room]] == []


@pytest.mark.parametrize("step", [step for step in study.STEPS if step != "robustness"])
def test_a_step_imports_no_other_steps_task_code(step):
    """Only the methods of another step; robustness alone repeats the steps themselves."""
    task_code = {f"analysis.{other}.{part}" for other in study.STEPS if other != step for part in ("step", "page")}
    imported = set()
    for path, tree in modules():
        if path.is_relative_to(SRC / step):
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module:
                    imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    assert imported & task_code == set()


class Nameless(ast.NodeTransformer):
    """Takes names out of code, so that a copy with other names is the same."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name("_", node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg("_")


def repeated(trees: list[tuple[str, ast.Module]]) -> list[list[str]]:
    """Functions of LONG lines or more whose bodies are the same when names and docstrings are taken out, as they are
    here from the trees."""
    places = defaultdict(list)
    for file, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 >= LONG:
                body = node.body[1:] if ast.get_docstring(node) else node.body
                places["".join(ast.dump(Nameless().visit(line)) for line in body)].append(f"{file}:{node.name}")
    return [names for names in places.values() if len(names) > 1]


def test_no_function_stands_twice():
    twice = repeated([(path.relative_to(SRC).as_posix(), tree) for path, tree in parsed_anew()])
    assert [names for names in twice if not set(names) & set(TWICE)] == []


def test_a_copy_with_other_names_is_seen():
    lines = [f"    {{x}} = {{x}} + {n}" for n in range(LONG)]
    one, other = (
        "\n".join([f"def {name}({x}):", *lines, f"    return {x}"]).replace("{x}", x) for name, x in ("ab", "cd")
    )
    assert repeated([("one.py", ast.parse(one)), ("other.py", ast.parse(other))]) == [["one.py:a", "other.py:c"]]


def test_a_class_name_stands_for_one_class():
    names = Counter(node.name for _, tree in modules() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert {name for name, n in names.items() if n > 1} - SAME_NAME == set()


def is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def is_dotted(node: ast.expr) -> bool:
    """Whether an expression is names and dots alone."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and is_dotted(node.value))


def private_uses(tree: ast.Module) -> set[str]:
    """Names beginning with `_` that a module takes from others: by import, or as attributes of what it imported."""
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names}
    used = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_dotted(node)]
    taken = {name for name in used for known in imported if name.startswith(f"{known}.")}
    return {name for name in (*imported.values(), *taken) if is_private(name)}


def test_no_module_uses_anothers_private_names():
    uses = {path.relative_to(SRC).as_posix(): private_uses(tree) - DOCUMENTED for path, tree in modules()}
    assert {file: names for file, names in uses.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from analysis.a import _b", "analysis.a._b"),
        ("from analysis.a import _b as c", "analysis.a._b"),
        ("from analysis._a import b", "analysis._a.b"),
        ("from analysis import a\na._b(1)", "a._b"),
        ("import analysis.a as c\nx = c.d._e", "c.d._e"),
        ("import analysis.a\nanalysis.a._b", "analysis.a._b"),
        ("def f():\n    from analysis.a import B\n    return B._c", "B._c"),
    ],
)
def test_a_private_name_of_another_module_is_seen(source, name):
    assert private_uses(ast.parse(source)) == {name}


def test_a_modules_own_private_names_are_its_own():
    own = "from analysis import a\nclass B:\n    def c(self): return self._d + _e(a.__name__)"
    assert private_uses(ast.parse(own)) == set()


def test_array_types_are_named_in_one_place():
    aliases = [
        (path.name, ast.unparse(node))
        for path, tree in modules()
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("NDArray[") and path.name != "arrays.py"
    ]
    assert aliases == []


def test_no_module_bears_the_name_of_a_public_function_of_its_package():
    """`from analysis.sharing import concentration` is the function, whatever was imported before."""
    for package in [path.parent for path in SRC.rglob("__init__.py")]:
        name = ".".join(("analysis", *package.relative_to(SRC).parts))
        face = vars(importlib.import_module(name))
        public = {each for each in face.get("__all__", ()) if inspect.isroutine(face[each])}
        assert public & {path.stem for path in package.iterdir()} == set(), name


def declared() -> list[tuple[str, str]]:
    claims = yaml.safe_load((SRC.parents[1] / "claims.yaml").read_text(encoding="utf-8"))["claims"]
    return [
        (claim["id"], name) for claim in claims for name in [claim["computed_by"], *claim["shown_by"], *claim["data"]]
    ]


@pytest.mark.parametrize(("claim", "name"), declared())
def test_what_a_claim_names_is_there(claim, name):
    if "/" in name:
        stages = yaml.safe_load((SRC.parents[1] / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
        folders = {out for stage in stages.values() for out in stage["outs"] if isinstance(out, str)}
        assert Path(name).parent.as_posix() in folders
    else:
        module, _, attribute = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), attribute))
