"""Check that all randomness in the study starts from a seed, in its code and its parameters.

A call of a computing package (COMPUTING) counts as a random draw when the function or class takes a seed (SEEDS): it
must be given one, unless it draws only on request (QUIET). The global generators of NumPy and Python and the system's
entropy must not be used at all. Draws by a method of an object are recognised only by its name (METHODS).
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache

from analysis import study
from analysis.closure import code, parsed, walked
from analysis.reads import calls
from analysis.verify.subject import Finding, Subject

SEEDS = ("seed", "random_state", "rng", "random_seed")
METHODS = {"sample": "random_state"}  # DataFrame.sample
GENERATORS = ("numpy.random.default_rng", "random.Random", "numpy.random.SeedSequence", "numpy.random.RandomState")
COMPUTING = ("numpy", "scipy", "pandas", "sklearn", "networkx", "seaborn", "statsmodels")
QUIET = {  # functions that draw only when this argument is given
    "sklearn.model_selection.KFold": "shuffle",
    "sklearn.model_selection.GroupKFold": "shuffle",
    "sklearn.model_selection.StratifiedKFold": "shuffle",
    "networkx.betweenness_centrality": "k",
}
SYSTEM = ("os.urandom", "uuid.uuid1", "uuid.uuid4", "random.SystemRandom", "secrets.")
ALLOWED = {
    "src/analysis/ingest/keys.py": "a real study's key of pseudonyms must not be foreseeable; it is kept",
    "src/analysis/corpus/build.py": "so must a corpus's key not be; it is kept",
}
FIX = "Give it a seed that comes from the parameters."


def chance_starts_from_seeds(subject: Subject) -> Iterator[Finding]:
    """Every generator is seeded, no global one is used, and each step that draws has a seed among its parameters."""
    sources = {subject.name(path): path.read_text("utf-8") for path in sorted((subject.root / "src").rglob("*.py"))}
    notebooks = {step: code(subject.paths.notebook(step)) for step in study.STEPS}
    named = {subject.name(subject.paths.notebook(step)): source for step, source in notebooks.items()}
    for file, source in {**sources, **named}.items():
        if file not in ALLOWED:
            for line, what in unseeded(source):
                yield Finding(f"{file}, line {line}", what, FIX)
    params = subject.yaml("params.yaml")
    for step, source in notebooks.items():
        names = {name.split(".")[0] for name in subject.declared[step].params}
        run = [source, *(sources[file] for file in subject.step_files(step) if file in sources)]
        drawn = any(name in GENERATORS for text in run for _, name in calls(text))
        if drawn and not any("seed" in (params.get(name) or {}) for name in names):
            yield Finding(f"params.yaml, {step}", "the step draws at random and has no seed", "Give it a `seed`.")


@cache
def unseeded(source: str) -> list[tuple[int, str]]:
    """Line and complaint of each call that draws without a seed."""
    complaints = [(call.lineno, what) for call, name in calls(source) if (what := _complaint(call, name))]
    for call in (node for node in walked(parsed(source)) if isinstance(node, ast.Call)):
        method = getattr(call.func, "attr", "")
        seeded = any(getattr(arg, "id", "") in SEEDS for arg in call.args)
        if method in METHODS and not (seeded or _given(call, METHODS[method])):
            complaints.append((call.lineno, f"`.{method}()` draws without `{METHODS[method]}`"))
    return complaints


def _complaint(call: ast.Call, name: str) -> str:
    if name.startswith(SYSTEM):
        return f"`{name}` draws what no seed can repeat"
    if name in GENERATORS:
        given = call.args[:1] or [word.value for word in call.keywords]
        return "" if given and ast.unparse(given[0]) != "None" else f"`{name}` is not given a seed"
    if name.startswith(("numpy.random.", "random.")) and not name.split(".")[-1][0].isupper():
        return f"`{name}` draws from a generator that all share"
    if name in QUIET and not any(word.arg in (QUIET[name], None) for word in call.keywords):
        return ""
    wanted = next((seed for seed in SEEDS if seed in _parameters(name)), None)
    return f"`{name}` draws unless it is given `{wanted}`" if wanted and not _given(call, wanted, name) else ""


def _given(call: ast.Call, seed: str, name: str = "") -> bool:
    """Whether a call passes the seed: by name, by position, or in unpacked arguments."""
    words = {word.arg: word.value for word in call.keywords}
    if seed in words:
        return ast.unparse(words[seed]) != "None"
    spread = None in words or any(isinstance(arg, ast.Starred) for arg in call.args)
    place = _parameters(name).index(seed) if seed in _parameters(name) else len(call.args)
    return spread or place < len(call.args)


@cache
def _parameters(name: str) -> tuple[str, ...]:
    """Parameter names of a computing package's function or class; empty where they are not known."""
    if name.split(".")[0] not in COMPUTING:
        return ()
    try:
        return tuple(inspect.signature(pkgutil.resolve_name(name)).parameters)
    except (
        ImportError,
        AttributeError,
        TypeError,
        ValueError,
    ):  # not installed, no such part, or no signature
        return ()
