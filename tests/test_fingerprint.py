"""The fingerprint of what computes: it changes with the computation, and with nothing else."""

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml

from analysis import study
from analysis.fingerprint import ENTRIES, definitions, earlier_code, fingerprints
from analysis.verify.calibrated import rates_are_of_this_code
from analysis.verify.subject import Subject

ROOT = Path(__file__).resolve().parents[1]
TRIAL = '''"""A trial."""
from analysis import shown
from analysis.method import double as twice

LEVEL = 0.05  # of the test


def trial(x: float) -> float:
    """One trial."""
    if x < LEVEL:
        raise ValueError("too small")
    return twice(x)


def draw(x):
    return shown.picture(x)
'''
METHOD = """FACTOR = 2


def double(x):
    return x * FACTOR


def unused(x):
    return x + 1
"""


def package(folder: Path, trial: str = TRIAL, method: str = METHOD) -> dict[tuple[str, str], str]:
    """What the trial of a package of three modules computes with."""
    home = folder / "src" / "analysis"
    home.mkdir(parents=True, exist_ok=True)
    for name, source in {"trial": trial, "method": method, "shown": "def picture(x): ..."}.items():
        (home / f"{name}.py").write_text(source, encoding="utf-8")
    return definitions(folder, ("analysis.trial.trial",))


def test_only_definitions_that_the_trial_uses_count(tmp_path):
    names = {f"{Path(file).stem}.{name}" for file, name in package(tmp_path) if name}
    assert names == {"trial.trial", "trial.LEVEL", "method.double", "method.FACTOR"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('    """One trial."""\n', ""),
        ("  # of the test", "  # another remark"),
        ("x: float) -> float", "x: int) -> int"),
        ("too small", "the number is too small"),
        ("return twice(x)", "return (\n        twice(x)\n    )"),
        ("shown.picture(x)", "shown.picture(x, 3)"),
    ],
)
def test_what_only_a_reader_sees_leaves_it(tmp_path, old, new):
    assert old in TRIAL
    assert package(tmp_path, TRIAL.replace(old, new)) == package(tmp_path, TRIAL)


@pytest.mark.parametrize(
    ("old", "new"),
    [("x * FACTOR", "x / FACTOR"), ("FACTOR = 2", "FACTOR = 3"), ("double(x):", "double(x, y=1):")],
)
def test_another_computation_changes_it(tmp_path, old, new):
    assert old in METHOD
    assert package(tmp_path, method=METHOD.replace(old, new)) != package(tmp_path)


def test_what_a_module_runs_on_import_counts(tmp_path):
    assert package(tmp_path, method=METHOD + "\nprint(FACTOR)\n") != package(tmp_path)


def test_a_module_that_is_passed_around_counts_whole(tmp_path):
    source = TRIAL.replace("twice(x)", "twice(shown)")
    assert ("src/analysis/shown.py", "picture") in package(tmp_path, source)


READERS = {
    "",
    "yaml_nodes",
    "_understood",
    "LOADER",
    "AS_IT_WAS",
    "rows",
    "read_rows",
}  # of study.py: of YAML and of MANIFEST.csv


def test_a_trial_of_this_study_draws_no_page():
    found = definitions(ROOT, sum(ENTRIES.values(), ()))
    files = {file for file, _ in found}
    assert not {file for file in files if Path(file).name in ("page.py", "figures.py") or "/book/" in file}
    assert {name for file, name in found if Path(file).name == "study.py"} <= READERS
    assert {"src/analysis/resample.py", "src/analysis/network/replies/model.py"} <= files


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of this study's code and settings, with tables of calibration that were measured on it."""
    root = tmp_path_factory.mktemp("study")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__", "labelled"))
    (root / "calibration").mkdir()
    for name in ("claims.yaml", "params.yaml", "calibration/plan.yaml"):
        shutil.copy(ROOT / name, root / name)
    plan = hashlib.sha256((root / "calibration" / "plan.yaml").read_bytes()).hexdigest()
    provenance = yaml.safe_dump({"code": fingerprints(root), "sha256": {"plan.yaml": plan}})
    (root / "calibration" / "provenance.yaml").write_text(provenance, encoding="utf-8")
    return root


def notices(root):
    return [finding.what for finding in rates_are_of_this_code(Subject(study.Paths(root)))]


def changed(root, name, old, new):
    """Whether the check gives a notice while the file has `new` where it had `old`."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = notices(root)
    path.write_text(text, encoding="utf-8")
    return bool(found)


def test_a_datum_counts_for_the_parts_that_use_what_names_it(copy):
    before, words = fingerprints(copy), copy / "src" / "analysis" / "identifiers" / "privacy.yaml"
    text = words.read_text(encoding="utf-8")
    words.write_text(text + "another: 1\n", encoding="utf-8")
    after = fingerprints(copy)
    words.write_text(text, encoding="utf-8")
    assert [part for part in before if before[part] != after[part]] == ["chain"]


def test_tables_that_were_measured_on_the_present_code_give_no_notice(copy):
    assert notices(copy) == []
    assert earlier_code(copy / "src") is None  # no tables, no notice


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("src/analysis/resample.py", "1e-9)) + 1)", "1e-9)) - 1)"),
        ("src/analysis/simulate/scenarios.yaml", "trust_talk: 4.5", "trust_talk: 4.6"),
        ("params.yaml", "wave_days: 30.0", "wave_days: 31.0"),
        ("claims.yaml", "smallest_effect: 0.1", "smallest_effect: 0.11"),
    ],
)
def test_another_operator_datum_or_setting_gives_a_notice_with_the_fingerprint(copy, name, old, new):
    assert changed(copy, name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("src/analysis/resample.py", "    A missing draw", "    A draw that is missing"),
        ("src/analysis/sharing/page.py", "import", "print()\nimport"),
        ("src/analysis/simulate/scenarios.yaml", "# The scenarios", "# All scenarios"),
        ("params.yaml", "windows: [12, 4, 2]", "windows: [12, 4]"),
        ("claims.yaml", "Only a few members", "Few members"),
        ("claims.yaml", "          smallest_effect: 0.05", "          smallest_effect: 0.06"),  # before an amendment
    ],
)
def test_words_pages_and_other_steps_settings_give_none(copy, name, old, new):
    assert not changed(copy, name, old, new)


def test_how_files_are_read_counts_for_the_chain_alone(copy):
    path = copy / "src" / "analysis" / "ingest" / "readers" / "whatsapp" / "messages.py"
    text, before = path.read_text(encoding="utf-8"), fingerprints(copy)
    path.write_text(text + "\nprint()\n", encoding="utf-8")
    after = fingerprints(copy)
    path.write_text(text, encoding="utf-8")
    assert [part for part in before if after[part] != before[part]] == ["chain"]
    assert earlier_code(copy) is None


def test_this_studys_notice_names_the_fingerprints_of_its_tables():
    measured = yaml.safe_load((ROOT / "calibration" / "provenance.yaml").read_text(encoding="utf-8"))["code"]
    named = (earlier_code(ROOT) or "").split(", ") if earlier_code(ROOT) else []
    assert {*named} <= {f"{part} {code}" for part, code in measured.items()}
