"""The locks, pyproject.toml and environment.yml say the same, the locks hold no address, and the study's no GPL."""

import importlib.metadata
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

CONDA_NAMES = {"matplotlib-base": "matplotlib"}


LOCKS = ("requirements.lock", "requirements-lab.lock", "requirements-test.lock")
GPL_WITH_A_WAY_OUT = {  # packages of the study's lock whose metadata name a GPL, and why the study may bring them
    "docutils": "the library is in the public domain; only its Emacs mode, which nothing here runs, is under the GPL",
    "grandalf": "its LICENSE leaves the choice between the GPL and the Eclipse Public License; DVC brings it",
    "pygit2": "its COPYING permits linking from programs under any licence; DVC brings it",
}


def locked(root, lock="requirements.lock"):
    text = (root / lock).read_text(encoding="utf-8")
    return {canonicalize_name(n): v for n, v in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.M)}


def conda_specs(root):
    listed = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    plain = [spec for spec in listed if isinstance(spec, str) and not spec.startswith(("python>", "pip"))]
    return [Requirement(re.sub(r"(?<![<>=!~])=(?!=)", "==", spec)) for spec in [*plain, *pip]]


def pyproject(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def asked_for_by(root, lock):
    """What pyproject.toml asks for under the name of a lock."""
    project, groups = pyproject(root)["project"], pyproject(root)["dependency-groups"]
    specs = {
        "requirements.lock": [*project["dependencies"], *groups["build"]],
        "requirements-lab.lock": project["optional-dependencies"]["lab"],
        "requirements-test.lock": groups["test"],
    }
    return [Requirement(spec) for spec in specs[lock]]


def name(spec):
    return canonicalize_name(CONDA_NAMES.get(spec.name, spec.name))


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locked_version_satisfies_every_spec(root, lock):
    versions = locked(root, lock)
    for spec in asked_for_by(root, lock):
        assert versions[name(spec)] in spec.specifier, f"{spec} against {versions[name(spec)]}"


def test_environment_yml_asks_for_what_the_study_and_jupyterlab_need(root):
    ours = asked_for_by(root, "requirements.lock") + asked_for_by(root, "requirements-lab.lock")
    assert {name(spec): str(spec.specifier) for spec in conda_specs(root)} == {
        name(spec): str(spec.specifier) for spec in ours
    }


def test_the_builder_that_the_installation_needs_is_locked_with_the_study(root):
    builders = pyproject(root)["build-system"]["requires"]
    assert set(builders) <= set(pyproject(root)["dependency-groups"]["build"])


def test_the_other_locks_hold_only_what_comes_on_top_of_the_studys_and_agree(root):
    study, lab, tests = (locked(root, lock) for lock in LOCKS)
    assert not study.keys() & {*lab, *tests}
    assert all(lab[package] == tests[package] for package in lab.keys() & tests.keys())


COMPILE = "import pathlib, sys; [compile(p.read_bytes(), p, 'exec') for p in pathlib.Path(sys.argv[1]).rglob('*.py')]"


def test_every_admitted_python_that_is_here_compiles_the_sources(root):
    """GitHub's workflow runs the whole study on each of them."""
    lowest, below = (Version(spec.version).minor for spec in Requirement(f"python{requires(root)}").specifier)
    admitted = range(min(lowest, below), max(lowest, below))
    programs = {minor: shutil.which(f"python3.{minor}") for minor in admitted}
    assert [f"3.{minor}" for minor in admitted] == yaml.safe_load(
        (root / ".github/workflows/test.yml").read_text(encoding="utf-8")
    )["jobs"]["test"]["strategy"]["matrix"]["python"]
    for minor, program in programs.items():
        asked = [program, "-c", "import sys; print(sys.version_info.minor)"] if program else ["false"]
        there = subprocess.run(asked, capture_output=True, text=True, check=False)
        if there.stdout.strip() == str(minor):  # and no stand-in for a version that is not installed
            subprocess.run([str(program), "-c", COMPILE, str(root / "src")], check=True)


def requires(root):
    return pyproject(root)["project"]["requires-python"]


def licences(package):
    """What an installed package says of its licence, the text itself aside; nothing where it is not installed."""
    try:
        about = importlib.metadata.metadata(package)
    except importlib.metadata.PackageNotFoundError:
        return []
    named = [about.get("License-Expression"), (about.get("License") or "").partition("\n")[0]]
    return [text for text in (*named, *about.get_all("Classifier", [])) if text]


def is_copyleft(licence):
    return bool(re.search(r"\b[AL]?GPL|GNU .*General Public", licence)) and " OR " not in licence


@pytest.mark.parametrize(
    ("licence", "copyleft"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPLv3", True),
        ("LGPL-2.1-only AND MIT", True),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", True),
        ("MIT OR GPL-2.0-or-later", False),
        ("BSD-3-Clause", False),
    ],
)
def test_a_licence_of_the_gpl_family_is_recognised(licence, copyleft):
    assert is_copyleft(licence) == copyleft


def test_the_study_brings_no_package_under_the_gpl(root):
    bound = {package for package in locked(root) if any(map(is_copyleft, licences(package)))}
    assert bound == set(GPL_WITH_A_WAY_OUT)


def test_the_packages_under_the_gpl_that_the_tests_compare_with_are_recognised(root):
    there = {package for package in ("igraph", "krippendorff") if licences(package)}
    assert {package for package in there if any(map(is_copyleft, licences(package)))} == there


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash_and_none_an_address(root, lock):
    text = (root / lock).read_text(encoding="utf-8")
    assert "://" not in text
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
