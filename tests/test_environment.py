"""The locks, pyproject.toml and environment.yml say the same, and the locks hold no address."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONDA_NAMES = {"matplotlib-base": "matplotlib"}


LOCKS = ("requirements.lock", "requirements-test.lock")


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


def project_specs(root):
    project = pyproject(root)["project"]
    return [Requirement(spec) for spec in sum(project["optional-dependencies"].values(), project["dependencies"])]


def name(spec):
    return canonicalize_name(CONDA_NAMES.get(spec.name, spec.name))


def test_the_locked_version_satisfies_every_spec(root):
    versions = locked(root)
    for spec in [*conda_specs(root), *project_specs(root)]:
        assert versions[name(spec)] in spec.specifier, f"{spec} against {versions[name(spec)]}"


def test_environment_yml_asks_for_what_the_project_asks_for(root):
    ours = {canonicalize_name(spec.name): str(spec.specifier) for spec in project_specs(root)}
    assert {name(spec): str(spec.specifier) for spec in conda_specs(root)} == ours


def test_what_only_the_tests_need_is_in_their_lock_and_in_no_other(root):
    specs = [Requirement(spec) for spec in pyproject(root)["dependency-groups"]["test"]]
    versions = locked(root, "requirements-test.lock")
    assert {spec.name for spec in specs} == {"igraph"}
    assert all(versions[name(spec)] in spec.specifier for spec in specs)
    assert not versions.keys() & {*locked(root), *map(name, project_specs(root)), *map(name, conda_specs(root))}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash_and_none_an_address(root, lock):
    text = (root / lock).read_text(encoding="utf-8")
    assert "://" not in text
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
