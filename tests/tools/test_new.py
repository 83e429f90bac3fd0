"""A new study carries the code and none of the old community."""

import subprocess

import pytest

from analysis import study
from analysis.errors import InputError
from analysis.tools import new
from analysis.verify.rerun import sources


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "chat.txt").write_text("24/07/24 09.43 - Bu Sri: halo\n", encoding="utf-8")
    return folder


def test_a_new_study_holds_the_code_and_only_the_new_data(root, tmp_path, raw):
    folder = tmp_path / "mine"
    new.new_study(study.Paths(root), folder, raw)
    assert (folder / "src/analysis/study.py").exists()
    assert sorted(p.name for p in (folder / "data/raw").iterdir()) == ["MANIFEST.csv", "chat.txt"]
    assert not list(folder.glob("metrics/*"))
    assert not (folder / "dvc.lock").exists()
    assert study.here(folder).root == folder
    assert not study.Paths(folder).simulated


def test_the_new_communitys_data_and_keys_stay_out_of_git(root, tmp_path, raw):
    folder = tmp_path / "mine"
    new.new_study(study.Paths(root), folder, raw)
    for private in ("data/raw/chat.txt", "secrets/pseudonym.key"):
        assert subprocess.run(["git", "-C", folder, "check-ignore", "-q", private], check=False).returncode == 0
    tracked = sources(folder)
    assert "src/analysis/study.py" in tracked
    assert not [name for name in tracked if name.startswith(("data/raw", "secrets"))]


def test_a_sheet_for_coders_that_lies_in_a_new_study_is_none_of_its_sources(root, tmp_path, raw):
    folder = tmp_path / "mine"
    new.new_study(study.Paths(root), folder, raw)
    (folder / "sheet.html").write_text("<p>halo</p>", encoding="utf-8")
    assert "README.md" in sources(folder)
    assert "sheet.html" not in sources(folder)


def test_a_folder_that_is_not_empty_is_refused(root, tmp_path, raw):
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="not empty"):
        new.new_study(study.Paths(root), raw, tmp_path / "other")


def test_raw_files_that_are_not_there_are_refused(root, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        new.new_study(study.Paths(root), tmp_path / "mine", tmp_path / "nowhere")


def test_a_study_inside_its_own_raw_files_is_refused(root, raw):
    with pytest.raises(InputError, match="inside"):
        new.new_study(study.Paths(root), raw / "study", raw)
