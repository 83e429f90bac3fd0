"""A new study carries the code and none of the old community."""

import configparser
import datetime
import re
import shlex
import subprocess

import pytest
import yaml

import analysis
from analysis import book, cli, study
from analysis.claims.rule import load_claims as claims_of
from analysis.claims.rule import load_common
from analysis.codebook import load
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.ingest.gather import OWN_FILES, gather
from analysis.tools import new
from analysis.verify.environment import study_can_be_used_and_cited
from analysis.verify.facts import licences_agree
from analysis.verify.history import changes_are_amendments, claims_come_before_the_numbers
from analysis.verify.release import code_is_that_of_the_release
from analysis.verify.rerun import copy, sources
from analysis.verify.stated import citation_is_of_this_study
from analysis.verify.subject import Subject


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


def test_every_file_that_a_study_reads_by_its_name_has_its_kind_in_the_manifest(tmp_path):
    for name in OWN_FILES:
        if name != "manifest.csv":
            (tmp_path / name).write_text("x\n", encoding="utf-8")
    new.write_manifest(tmp_path)
    assert {name: row["kind"] for name, row in manifest.read(tmp_path).items()} == {
        "codebook.yaml": "codebook", "members.csv": "roster", "partnerships.csv": "partnerships",
        "quotations.csv": "decisions", "reviewed.csv": "decisions", "sample.csv": "sample",
    }  # fmt: skip


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


def test_without_git_on_the_machine_dvc_is_run_without_it(root, tmp_path, monkeypatch):
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


def test_a_new_study_carries_nothing_that_guyub_says_of_itself_or_of_its_data(root, folder):
    assert [name for name in sources(folder) if name in ("CHANGELOG.md", "docs/replication.md")] == []
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(f"# {ABOUT.title}\n")
    assert all(words in readme for words in ("Rina A.; Joko B.", ABOUT.ethics, ABOUT.contact, "are not published"))
    assert not re.search(r"simulat|\{|!\[", readme)
    for link in re.findall(r"\]\(([^)]+)\)", readme):
        assert (folder / link).is_file(), link
    licence = (folder / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("This study is made with Guyub.")
    assert licence.endswith((root / "LICENSE").read_text(encoding="utf-8"))


def test_a_new_study_is_cited_by_its_own_title_and_authors_and_refers_to_what_guyub_refers_to(root, folder):
    cited, guyubs = (yaml.safe_load((top / "CITATION.cff").read_text(encoding="utf-8")) for top in (folder, root))
    assert (cited["title"], cited["authors"]) == (ABOUT.title, [{"name": "Rina A."}, {"name": "Joko B."}])
    program, *works = cited["references"]
    assert works[0] | {"scope": ""} == guyubs["references"][0] | {"scope": ""}
    assert {key: program[key] for key in ("title", "version", "authors")} == {
        key: guyubs[key] for key in ("title", "version", "authors")
    }


def test_claims_of_a_new_study_are_declared_by_it_as_they_are_and_without_anothers_amendments(root, folder):
    before, after = (claims_of(top / "claims.yaml") for top in (root, folder))
    assert any("amendments" in claim for claim in before)
    assert after == [{key: value for key, value in claim.items() if key != "amendments"} for claim in before]
    assert load_common(root / "claims.yaml")
    assert load_common(folder / "claims.yaml") == []
    text = (folder / "claims.yaml").read_text(encoding="utf-8")
    assert text.startswith(f"# Declared on {datetime.date.today()}, when this study was begun")
    assert "# A tenth. A pair that would" in text, "why an effect is the smallest that matters stays with it"


def test_what_a_new_study_says_of_itself_passes_its_own_check(folder):
    subject = Subject(study.Paths(folder))
    found = [study_can_be_used_and_cited, citation_is_of_this_study, licences_agree, changes_are_amendments]
    assert [finding for check in found for finding in check(subject)] == []
    assert list(code_is_that_of_the_release(subject)) == [], "what the command wrote is no change of the author's"


def test_guyubs_licence_has_to_be_whole_below_what_the_authors_of_a_study_say(tmp_path):
    new.new_study(tmp_path / "mine", None, ABOUT)
    place = tmp_path / "mine" / "LICENSE"
    place.write_text(
        place.read_text(encoding="utf-8").replace("is under the MIT License below.", "is."), encoding="utf-8"
    )
    assert [finding.place for finding in licences_agree(Subject(study.Paths(tmp_path / "mine")))] == ["LICENSE"]


def test_a_study_begun_from_a_study_takes_over_none_of_its_papers(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder)
    new.new_study(tmp_path / "next", None, new.About(title="Next", authors="Siti"))
    for name in ("README.md", "CITATION.cff", "papers/consent-en.md", "study.yaml"):
        assert "Rina A." not in (tmp_path / "next" / name).read_text(encoding="utf-8")
    assert (tmp_path / "next" / "LICENSE").read_text(encoding="utf-8") == (folder / "LICENSE").read_text(
        encoding="utf-8"
    )
    assert (tmp_path / "next" / "claims.yaml").read_text(encoding="utf-8").count("# Declared on") == 1
    assert (tmp_path / "next" / ".gitignore").read_text(encoding="utf-8").count("/data/raw/") == 1


def test_a_study_of_simulated_files_says_so_in_its_readme(root, tmp_path):
    new.new_study(tmp_path / "mine", root / "tests/fixtures/study/raw", new.About())
    assert "The data are simulated: nobody wrote" in (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")


def test_what_to_do_next_begins_with_a_commit_so_that_the_claims_come_first(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "my study", "--yes", "--title", "Studi"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "Next: cd 'my study' && git commit --message \"The claims, before any number\""
    assert said[2].strip() == "guyub add YOUR-FILES && guyub check && dvc repro"
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", "my study", *who, *shlex.split(said[1].split(" && git ")[1])], check=True)
    assert list(claims_come_before_the_numbers(Subject(study.Paths(tmp_path / "my study")))) == []


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
    assert not any(code.example or code.introduced for code in codes.codes)


def test_what_is_not_given_is_asked_and_what_is_given_is_not():
    questions = []

    def ask(question):
        questions.append(question)
        return " Rina A. " if "Authors" in question else ""

    about = new.asked(new.About(title="Studi", tz="Asia/Jakarta"), ask)
    assert about == new.About(title="Studi", tz="Asia/Jakarta", authors="Rina A.")
    assert len(questions) == 4


def test_an_answer_that_cannot_be_used_is_asked_for_again_and_no_other_is_lost():
    answers = iter(["Studi", "Rina A.", "WIB", "asia/jakarta", "Bahasa Indonesia", "ID-latn", "", "r@example.org"])
    said = []
    about = new.asked(new.About(), lambda question: next(answers), said.append)
    assert about == new.About("Studi", "Rina A.", "Asia/Jakarta", "id-latn", "", "r@example.org")
    assert ["no time zone is called 'WIB'" in said[0], "not a language tag" in said[1], len(said)] == [True, True, 2]


@pytest.mark.parametrize(
    "words", [["full"], ["mine", "--raw", "nowhere"], ["mine", "--tz", "WIB"]], ids=["folder", "raw files", "time zone"]
)
def test_what_stops_a_new_study_is_said_before_anybody_is_asked(tmp_path, monkeypatch, capsys, words):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: pytest.fail(f"asked: {question}"))
    assert cli.main(["new", *words]) == 1
    assert capsys.readouterr().err.count("\n") <= 2


def test_nobody_at_the_terminal_is_said_in_a_sentence(tmp_path, monkeypatch, capsys):
    def gone(question):
        raise EOFError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", gone)
    assert cli.main(["new", "mine"]) == 1
    assert "nobody answered" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("about", "said"),
    [(new.About(tz="WIB"), "no time zone"), (new.About(language="Bahasa Indonesia"), "not a language tag")],
)
def test_a_time_zone_or_language_that_is_none_is_refused_before_anything_is_written(tmp_path, about, said):
    with pytest.raises(InputError, match=said):
        new.new_study(tmp_path / "mine", None, about)
    assert not (tmp_path / "mine").exists()
