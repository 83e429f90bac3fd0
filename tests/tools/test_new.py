"""A new study carries the code and none of the old community."""

import configparser
import re
import subprocess

import pytest

import analysis
from analysis import book, cli, study
from analysis.codebook import load
from analysis.errors import InputError
from analysis.ingest.gather import gather
from analysis.tools import new
from analysis.verify.rerun import copy, sources


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "chat.txt").write_text("24/07/24 09.43 - Bu Sri: halo\n", encoding="utf-8")
    return folder


def test_a_new_study_holds_the_code_and_only_the_new_data(tmp_path, raw):
    folder = tmp_path / "mine"
    new.new_study(folder, raw, new.About())
    assert (folder / "src/analysis/study.py").exists()
    files = sorted(p.name for p in (folder / "data/raw").rglob("*") if p.is_file())
    assert files == ["MANIFEST.csv", "chat.txt"]
    assert not list(folder.glob("metrics/*"))
    assert not (folder / "dvc.lock").exists()
    assert study.here(folder).root == folder
    assert not study.Paths(folder).simulated


def test_exports_that_lie_in_no_folder_of_chats_are_read_in_the_new_study(tmp_path, raw):
    new.new_study(tmp_path / "mine", raw, new.About())
    read = gather(tmp_path / "mine" / "data" / "raw", tz="Asia/Jakarta", date_order=None)
    assert [len(chat) for chat in read.chats] == [1]


def test_the_new_communitys_data_and_keys_stay_out_of_git(tmp_path, raw):
    folder = tmp_path / "mine"
    new.new_study(folder, raw, new.About())
    for private in ("data/raw/chat.txt", "secrets/pseudonym.key"):
        assert subprocess.run(["git", "-C", folder, "check-ignore", "-q", private], check=False).returncode == 0
    tracked = sources(folder)
    assert "src/analysis/study.py" in tracked
    assert not [name for name in tracked if name.startswith(("data/raw", "secrets"))]


def test_a_sheet_for_coders_that_lies_in_a_new_study_is_none_of_its_sources(tmp_path, raw):
    folder = tmp_path / "mine"
    new.new_study(folder, raw, new.About())
    (folder / "sheet.html").write_text("<p>halo</p>", encoding="utf-8")
    assert "README.md" in sources(folder)
    assert "sheet.html" not in sources(folder)


def test_a_folder_that_is_not_empty_is_refused(tmp_path, raw):
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="not empty"):
        new.new_study(raw, tmp_path / "other", new.About())


def test_raw_files_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        new.new_study(tmp_path / "mine", tmp_path / "nowhere", new.About())


def test_a_study_inside_its_own_raw_files_is_refused(raw):
    with pytest.raises(InputError, match="inside"):
        new.new_study(raw / "study", raw, new.About())


ABOUT = new.About(
    "Tiga grup: sebuah studi", "Rina A.; Joko B.", "Asia/Makassar", "id", "Komisi Etik 12/2026", "a@b.org"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A new study of which all is known."""
    made = tmp_path_factory.mktemp("about") / "mine"
    new.new_study(made, None, ABOUT)
    return made


def archived(root, folder):
    """The study's sources as they come in a downloaded archive: no git knows them; with what a run has made."""
    for name in sources(root):
        if not name.startswith(("tests/", "benchmarks/", "calibration/")):
            copy(root / name, folder / name)
    for made in ("book/_build/html/index.html", ".venv/bin/python", "secrets/pseudonym.key", ".dvc/cache/files/a"):
        (folder / made).parent.mkdir(parents=True, exist_ok=True)
        (folder / made).write_text("x", encoding="utf-8")
    return folder


@pytest.mark.parametrize("there", ["a folder of no study", "a downloaded archive"])
def test_it_runs_from_any_folder_outside_git_too(root, tmp_path, monkeypatch, there):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(archived(root, here) if "archive" in there else here)
    monkeypatch.setenv("GUYUB_SOURCE", str(here / "src"))  # stay in this process
    assert cli.main(["new", str(tmp_path / "mine"), "--yes", "--title", "Studi"]) == 0
    folder = tmp_path / "mine"
    ours = {
        name
        for name in sources(root)
        if not name.startswith((*new.LEFT_BEHIND, "tests/", "benchmarks/", "calibration/"))
    }
    theirs = set(sources(folder))
    assert ours <= theirs | {"tests/"}
    made = (".venv", "secrets", "book/_build", ".dvc/cache")
    assert not [name for name in theirs if name.startswith(made)]
    assert book.load_study(study.Paths(folder))["title"] == "Studi"


def test_without_git_on_the_machine_dvc_is_told_so(root, tmp_path, monkeypatch):
    here = archived(root, tmp_path / "here")
    monkeypatch.chdir(here)
    monkeypatch.setattr(new.shutil, "which", lambda name: None)
    new.new_study(tmp_path / "mine", None, ABOUT)
    assert not (tmp_path / "mine" / ".git").exists()
    config = configparser.ConfigParser()
    config.read(tmp_path / "mine" / ".dvc" / "config")
    assert config["core"]["no_scm"] == "true"


def test_code_that_came_without_a_study_says_where_to_get_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(analysis, "__file__", str(tmp_path / "site-packages" / "analysis" / "__init__.py"))
    with pytest.raises(InputError, match="did not come with this command"):
        new.new_study(tmp_path / "mine", None, new.About())


def test_the_tutorial_and_its_made_up_people_are_not_in_the_new_book(folder):
    for name in ("book/_toc.yml", "dvc.yaml"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "tutorial" not in text
        assert "Your own community" not in text
    assert not [name for name in sources(folder) if re.search("tutorial|two.phones|test_walk", name)]


def test_what_is_known_of_the_study_stands_in_its_files(folder):
    about = book.load_study(study.Paths(folder))
    assert (about["title"], about["language"], about["ethics"]) == (ABOUT.title, "id", ABOUT.ethics)
    assert [author["name"] for author in about["authors"]] == ["Rina A.", "Joko B."]
    papers = {path.name: path.read_text(encoding="utf-8") for path in (folder / "papers").iterdir()}
    assert set(papers) == {"consent-en.md", "consent-id.md", "data-management-plan.md"}
    for text in papers.values():
        assert all(words in text for words in (ABOUT.title, "Rina A.; Joko B.", ABOUT.ethics, ABOUT.contact))
        assert "{" not in text
    for choice in ("quotes", "aggregate", "none"):
        assert all(f"`{choice}`" in papers[f"consent-{language}.md"] for language in ("en", "id"))


def test_parameters_keep_their_values_and_say_what_they_mean(root, folder):
    before = study.load_params(study.Paths(root))
    after = study.load_params(study.Paths(folder))
    assert after["ingest"]["tz"] == "Asia/Makassar"
    themes = before["themes"] | {"informal": "", "committee": ""}  # words of chats that are not there
    assert after == before | {"ingest": before["ingest"] | {"tz": "Asia/Makassar"}, "themes": themes}
    lines = (folder / "params.yaml").read_text(encoding="utf-8").splitlines()
    bare = [line for line in lines if re.match(r"  \w+:", line) and " #" not in line]
    above = ["  choices:", "  excluded:", "  shortcuts:", "  assumptions:", "  scenarios:"]
    assert bare == above  # what they mean stands above them


def test_the_starter_has_every_code_that_a_parameter_names_and_no_example_of_others(root, folder):
    codes = load(folder / "data" / "raw" / "codebook.yaml")
    params = study.load_params(study.Paths(root))
    named = {params["sharing"]["code"], *params["themes"]["helps"], *params["themes"]["hinders"]}
    named |= {
        code for step in ("network", "partnership") for name in ("informal", "business") for code in params[step][name]
    }
    assert named <= set(codes.names)
    assert not any(code.example for code in codes.codes)


def test_what_is_not_given_is_asked_and_what_is_given_is_not():
    questions = []

    def ask(question):
        questions.append(question)
        return " Rina A. " if "Authors" in question else ""

    about = new.asked(new.About(title="Studi", tz="Asia/Jakarta"), ask)
    assert about == new.About(title="Studi", tz="Asia/Jakarta", authors="Rina A.")
    assert len(questions) == 4


@pytest.mark.parametrize(
    ("about", "said"), [(new.About(tz="WIB"), "no time zone"), (new.About(language="Bahasa Indonesia"), "no tag")]
)
def test_a_time_zone_or_language_that_is_none_is_refused_before_anything_is_written(tmp_path, about, said):
    with pytest.raises(InputError, match=said):
        new.new_study(tmp_path / "mine", None, about)
    assert not (tmp_path / "mine").exists()
