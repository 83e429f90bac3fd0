"""The exported run: whole, true to the files, the same twice, and nothing in it of real people."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
import yaml

from analysis import book, cli, scan, study
from analysis.cli import stages
from analysis.disk import sha256
from analysis.errors import InputError
from analysis.tools import crate
from analysis.verify import checks, release
from analysis.verify.rerun import copy_sources, sources
from analysis.verify.subject import Subject, md5

from .conftest import lock

MANIFEST = "data/raw/MANIFEST.csv"
# Who is searched for, with what was found in each piece of text: crates of one study share nearly all of them.
INVENTED, PEOPLE = cache(scan.watchlist), cache(scan.watchlist)


@pytest.fixture(scope="module")
def exported(ran, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("crate") / "out"
    with mock.patch.object(scan, "watchlist", INVENTED):
        crate.export(ran, out)
    return out


@pytest.fixture(scope="module")
def entities(exported):
    graph = json.loads((exported / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def references(value):
    """Every id that a value refers to."""
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            yield value["@id"]
        else:
            for key, item in value.items():
                yield from references(item) if key != "@id" else ()
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def many(value):
    return value if isinstance(value, list) else [value]


def kinds(entity):
    return set(many(entity["@type"]))


def test_everything_that_is_referred_to_inside_the_crate_is_described(entities):
    named = {name for entity in entities.values() for name in references(entity)}
    assert {name for name in named if not name.startswith("http")} <= set(entities)


def test_each_file_is_there_and_has_the_hashes_and_the_size_that_the_crate_states(exported, entities):
    files = [entity for entity in entities.values() if "File" in kinds(entity)]
    assert len(files) > 30
    for entity in files:
        path = exported / entity["@id"]
        assert path.is_file(), entity["@id"]
        if "sha256" in entity:
            assert (entity["sha256"], entity["contentSize"]) == (sha256(path), str(path.stat().st_size))
        assert entity.get("md5") in (None, md5(path))


def test_the_map_of_stages_follows_from_what_each_action_read_and_made(ran, entities):
    subject = Subject(ran)
    for name, stage in subject.locked.items():
        action = entities[f"#run/{name}"]
        made = {each["@id"].rstrip("/") for each in many(action["result"])}
        assert made == set(stage.outs)
        read = {each["@id"].rstrip("/") for each in many(action["object"])}
        assert set(stage.deps) - {action["instrument"]["@id"]} <= read
        assert entities[f"#control/{name}"]["object"] == {"@id": f"#run/{name}"}
    assert [entities[f"#step/{name}"]["position"] for name in subject.declared] == list(
        range(1, 1 + len(subject.declared))
    )


def test_the_root_says_what_the_profiles_ask_for(entities):
    root = entities["./"]
    for key in ("name", "description", "datePublished", "license", "author", "mainEntity", "hasPart", "mentions"):
        assert root.get(key), key
    assert {each["@id"] for each in root["conformsTo"]} == set(crate.PROFILES)
    assert "simulated" in root["description"]
    assert {"ComputationalWorkflow", "SoftwareSourceCode", "File", "HowTo"} == kinds(entities["dvc.yaml"])


def test_every_parameter_of_the_run_is_in_the_crate(ran, entities):
    params = study.load_params(ran)
    for step, values in params.items():
        for name in values or {}:
            assert f"#param/{step}.{name}" in entities


def test_the_codecheck_manifest_names_files_that_are_there(exported):
    text = (exported / "codecheck.yml").read_text(encoding="utf-8")
    assert text.startswith("---\n")
    found = yaml.safe_load(text)
    assert len(found["manifest"]) > 20
    assert all((exported / row["file"]).is_file() and row["comment"] for row in found["manifest"])
    files = [row["file"] for row in found["manifest"]]
    names = [Path(file).name for file in files]
    assert len(names) == len(set(names)), "a codechecker may put all outputs into one folder"
    comments = [row["comment"] for row in found["manifest"]]
    assert len(comments) == len(set(comments))
    assert not [words for words in comments if study.data_source(True) in words or ":  " in words]
    assert found["paper"]["authors"][0]["name"]
    assert "codechecker" not in found


def test_who_ran_it_who_publishes_it_and_every_program_are_named(ran, entities):
    root = entities["./"]
    assert entities[root["publisher"]["@id"]]["name"] == "The Guyub founders"
    actions = [entity for name, entity in entities.items() if name.startswith("#run") or name == "#organise"]
    assert len(actions) == len(Subject(ran).locked) + 2
    assert {action["agent"]["@id"] for action in actions} == {root["author"]["@id"]}
    needed = ("agent", "instrument", "object", "result", "endTime")
    assert [(a["@id"], key) for a in actions for key in needed if key not in a] == []
    programs = [entity for entity in entities.values() if "SoftwareApplication" in kinds(entity)]
    assert len(programs) >= 20
    assert [p["@id"] for p in programs if not (p.get("name") and p.get("softwareVersion"))] == []
    assert [p["@id"] for p in programs if not (p.get("identifier") or p.get("url"))] == []


def test_a_stage_states_when_it_ran_as_long_as_what_it_made_is_here(ran, broken):
    place = ran.root / ".guyub" / "ran" / "sharing.json"
    try:
        stages.note(ran, "sharing", "2026-01-01T10:00:00+00:00", ran.executed("sharing"))
        times = crate.times(Subject(ran), "sharing")
        assert times["startTime"] == "2026-01-01T10:00:00+00:00" < times["endTime"]
        broken("book/executed/03-sharing.ipynb", '"cells"', '"cells" ')
        assert crate.times(Subject(ran), "sharing") == {}
    finally:
        shutil.rmtree(place.parent)
    assert crate.times(Subject(ran), "sharing") == {}


def test_unpacked_it_says_how_to_run_and_runs_without_git(exported, tmp_path):
    readme = (exported / "README.md").read_text(encoding="utf-8")
    assert "guyub verify --rerun" in readme.split("---")[0]
    assert "# Guyub" in readme, "the study's own follows"
    assert "dvc.lock" in sources(exported)
    made = (".guyub/", "book/_build/", "data/processed/ingest")
    assert not [name for name in sources(exported) if name.startswith(made)]
    copy_sources(Subject(study.Paths(exported)), tmp_path / "again")
    assert (tmp_path / "again" / "data" / "raw" / "MANIFEST.csv").is_file()
    own = {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(tmp_path / "dvc"), "GIT_CEILING_DIRECTORIES": "/"}
    command = [sys.executable, "-m", "dvc", "repro", "--dry", "ingest"]
    shutil.copytree(exported, tmp_path / "unpacked")
    done = subprocess.run(
        command, cwd=tmp_path / "unpacked", env=os.environ | own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_exports_are_the_same_bytes(ran, exported, tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "watchlist", INVENTED)
    crate.export(ran, tmp_path / "again")
    first, second = ({p.relative_to(top): p.read_bytes() for p in top.rglob("*") if p.is_file()}
                     for top in (exported, tmp_path / "again"))  # fmt: skip
    assert first == second


def test_a_study_whose_outputs_are_not_those_of_its_run_is_not_exported(broken, tmp_path):
    broken("metrics/ingest.json", '"messages": ', '"messages": 1')
    with pytest.raises(InputError, match=r"metrics/ingest.json is not what stage ingest wrote"):
        crate.export(broken.paths, tmp_path / "out")


def test_a_folder_that_is_not_empty_is_left_alone(ran, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        crate.export(ran, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture
def of_people(broken, monkeypatch):
    """The study as one of real people, to break; who they are is the same each time."""
    monkeypatch.setattr(scan, "watchlist", PEOPLE)
    text = (broken.paths.root / MANIFEST).read_text(encoding="utf-8")
    broken(MANIFEST, None, text.replace(",yes", ",no"))
    broken("study.yaml", None, "title: Our study\nlicence: CC BY-SA 4.0\n")
    return broken


def test_a_crate_of_real_people_names_their_files_by_hash_alone_and_the_programs_authors_nowhere(of_people, tmp_path):
    crate.export(of_people.paths, tmp_path / "out")
    inside = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    bare = {of_people.paths.bare(step).relative_to(of_people.paths.root).as_posix() for step in study.STEPS}
    assert {name for name in inside if name.startswith("data/")} - {"data/processed/README.md"} == bare
    assert "src/analysis/simulate/cast.yaml" in inside, "the program's invented people hold nothing back"
    metadata = (tmp_path / "out/ro-crate-metadata.json").read_text(encoding="utf-8")
    assert not [path.name for path in of_people.paths.raw.rglob("*") if path.suffix == ".txt" and path.stem in metadata]
    assert Subject(of_people.paths).hash("data/raw") in metadata
    entities = {entity["@id"]: entity for entity in json.loads(metadata)["@graph"]}
    root = entities["./"]
    assert "simulated" not in root["description"]
    assert entities[root["author"]["@id"]]["name"] == "not stated"
    assert entities[root["license"][0]["@id"]]["name"] == "CC BY-SA 4.0"
    assert entities[root["publisher"]["@id"]]["name"] == "not stated"
    assert "guyub verify --rerun" not in (tmp_path / "out/README.md").read_text(encoding="utf-8").split("---")[0]
    assert "Guyub founders" not in json.dumps(root) + json.dumps(entities[root["author"]["@id"]])


def test_a_crate_that_would_lead_to_a_person_by_a_page_or_by_the_code_is_not_left_behind(of_people, tmp_path):
    name = (of_people.paths.raw / "members.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    of_people("README.md", "# Guyub", f"# Guyub, for {name}")
    of_people("src/analysis/wording.py", "from __future__", f"# after {name}\nfrom __future__")
    with pytest.raises(InputError, match=r"(?s)README.md: NAME, 1 time.*wording.py: NAME, 1 time"):
        crate.export(of_people.paths, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_studys_own_list_of_a_release_hides_nobody_in_its_code(of_people, tmp_path, monkeypatch):
    name = (of_people.paths.raw / "members.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    of_people("src/analysis/wording.py", "from __future__", f"# after {name}\nfrom __future__")
    own = release.Tool(of_people.paths.root / "src/analysis", own=True)
    monkeypatch.setattr(release, "tool", lambda _: own)
    of_people("release.json", None, json.dumps(release.manifest(of_people.paths.root)))
    with pytest.raises(InputError, match=r"wording.py: NAME, 1 time"):
        crate.export(of_people.paths, tmp_path / "out")


def test_a_member_may_have_a_namesake_in_the_released_lists_of_names_but_no_number(of_people, tmp_path, monkeypatch):
    name, _, phones, *_ = (of_people.paths.raw / "members.csv").read_text(encoding="utf-8").splitlines()[1].split(",")
    place = of_people.paths.root / "src/analysis/identifiers/named.txt"
    listed = place.read_text(encoding="utf-8")
    of_people("src/analysis/identifiers/named.txt", None, f"{listed}{name}\n")
    own = release.Tool(of_people.paths.root / "src/analysis", own=True)
    monkeypatch.setattr(release, "tool", lambda _: own)
    with pytest.raises(InputError, match=r"named.txt: NAME, 1 time"):
        crate.export(of_people.paths, tmp_path / "out")
    of_people("release.json", None, json.dumps(release.manifest(of_people.paths.root)))
    assert crate.export(of_people.paths, tmp_path / "out").exists()
    of_people("src/analysis/identifiers/named.txt", None, f"{listed}{name} {phones}\n")
    of_people("release.json", None, json.dumps(release.manifest(of_people.paths.root)))
    with pytest.raises(InputError, match=r"named.txt: PHONE, 1 time"):
        crate.export(of_people.paths, tmp_path / "again")


# Unpacked


def failed(outcomes) -> dict[str, list[str]]:
    """Places and findings of each check that failed."""
    return {
        each.check.name: [f"{f.place}: {f.what}" for f in each.findings] for each in outcomes if each.state == "failed"
    }


def commands(readme: str) -> list[list[str]]:
    """The commands of `guyub` in the block of a crate's README, as words."""
    block = readme.split("```")[1]
    return [shlex.split(line, comments=True)[1:] for line in block.splitlines() if line.startswith("guyub ")]


def test_scripts_of_a_crate_run_as_they_did_and_its_figures_and_tables_are_whole(exported):
    assert failed(checks.verify(study.Paths(exported), ["whole", "reuse", "site", "lock"])) == {}
    assert os.access(exported / ".ci" / "run", os.X_OK)


@pytest.fixture(scope="module")
def handed_on(ran, quick_books, tmp_path_factory) -> study.Paths:
    """The crate of a study of real people: the study that ran, whose files are said to be real, with its book."""
    root = tmp_path_factory.mktemp("people") / "study"
    shutil.copytree(ran.root, root, ignore=shutil.ignore_patterns(".git"))
    paths = study.Paths(root)
    for name, old, new in (
        (MANIFEST, ",yes", ",no"),
        ("metrics/ingest.json", '"simulated": true', '"simulated": false'),
    ):
        text = (root / name).read_text(encoding="utf-8")
        (root / name).write_text(text.replace(old, new), encoding="utf-8")
    with quick_books():
        book.build(paths)
    lock(paths)
    crate.export(paths, root.parent / "crate")
    return study.Paths(root.parent / "crate")


def test_every_command_in_the_readme_of_a_crate_of_real_people_works_there_and_says_what_is_left_out(
    handed_on, monkeypatch, capsys
):
    monkeypatch.chdir(handed_on.root)
    monkeypatch.setenv("GUYUB_SOURCE", str(handed_on.root / "src"))  # equal to this one: stay in the process
    readme = (handed_on.root / "README.md").read_text(encoding="utf-8")
    assert "data/raw; in data/processed: ingest" in readme
    verify, trace = commands(readme)
    assert (verify, trace[0]) == (["verify"], "trace")
    assert cli.main(verify) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert re.findall(r"(?m)^unread  (\S+)", said) == ["raw", "derived", "recomputed", "quotations"]
    assert "on purpose, because it is people's (data/raw; in data/processed: ingest, coding" in said
    assert "Not checked without it: raw, derived, recomputed, quotations." in said
    assert "in part without it: inputs, outputs, lock, dossiers, site, cards, identifiers." in said
    assert cli.main(trace) == 0
    away = "The rows are left out of this research object, and stay with the researchers: data/processed/"
    assert away in capsys.readouterr().out


def test_a_check_whose_data_are_left_out_has_not_passed(handed_on):
    unread, read = checks.as_json(checks.verify(handed_on, ["raw", "seeds"]))["checks"]
    assert (unread["state"], unread["passed"], read["passed"]) == ("unread", False, True)


@pytest.mark.parametrize(
    ("name", "old", "new", "found"),
    [
        ("book/_build/html/index.html", "<title>", "<title>Else: ", "site"),
        ("metrics/sharing.json", '"status": ', '"status": 1', "outputs"),
        ("data/processed/notebooks/03-sharing.ipynb", '"cells"', '"cells" ', "inputs"),
        ("book/_build/html/executed/03-sharing.html", 'Where this chapter comes from</summary>', "", "cards"),
        ("ro-crate-metadata.json", '"#kept/data/processed/coding"', '"#gone/data/processed/coding"', "outputs"),
        ("ro-crate-metadata.json", '"@graph"', '"@graf"', "outputs"),
        ("outputs/sharing/sharing-cell-05.html", "</figure>", "", "whole"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_crate_of_real_people_is_found_all_the_same(handed_on, name, old, new, found):
    place = handed_on.root / name
    before = place.read_text(encoding="utf-8")
    assert old in before
    try:
        place.write_text(before.replace(old, new), encoding="utf-8")
        assert found in failed(checks.verify(handed_on, [found]))
    finally:
        place.write_text(before, encoding="utf-8")


def test_data_that_a_crate_leaves_out_count_as_such_under_the_hash_of_its_run_alone(handed_on):
    place = handed_on.root / "ro-crate-metadata.json"
    before = place.read_text(encoding="utf-8")
    digest = Subject(handed_on).locked["coding"].outs["data/processed/coding"]
    try:
        place.write_text(before.replace(digest, "0" * 32 + ".dir"), encoding="utf-8")
        assert "data/processed/coding" not in Subject(handed_on).left_out
        assert (
            "data/processed/coding: is not there (stage coding)"
            in failed(checks.verify(handed_on, ["outputs"]))["outputs"]
        )
    finally:
        place.write_text(before, encoding="utf-8")


def test_nothing_is_made_again_where_data_are_left_out(handed_on, monkeypatch, capsys):
    monkeypatch.chdir(handed_on.root)
    for again in ("--rerun", "--rebuild"):
        assert cli.main(["verify", again]) == 1
        assert "nothing can be made again here" in capsys.readouterr().err


def test_a_simulated_study_leaves_nothing_out_whatever_its_metadata_say(broken):
    kept = {"@graph": [{"@id": "#kept/data/raw", "md5": Subject(broken.paths).hash("data/raw")}]}
    broken("ro-crate-metadata.json", None, json.dumps(kept))
    assert Subject(broken.paths).left_out == {}
