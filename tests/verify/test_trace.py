"""From a number to its rows, messages and raw lines: for every metric, true to the files, and counted again."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from analysis import cli, study, wording
from analysis.errors import InputError
from analysis.trace import origins
from analysis.trace.metrics import with_lines
from analysis.trace.origins import matched
from analysis.trace.page import numbers_table
from analysis.trace.raw import RawFiles
from analysis.trace.report import SUMS_ONLY, TrailReport
from analysis.trace.rows import agree
from analysis.trace.trail import Tracer

ROOT = Path(__file__).resolve().parents[2]
SEVERAL = {"rows", "distinct", "sum"}  # what takes several rows, and so may find none


@pytest.fixture(scope="module")
def tracer(ran):
    return Tracer.of(ran)


def declared(tracer):
    """Key, value and origin of every metric."""
    for step in study.STEPS:
        for names, value, _ in tracer.held(step):
            yield ".".join((step, *names)), value, origins.origin(step, names, tracer.values)


def test_the_rows_that_are_declared_give_every_metric_that_is_counted_or_kept_in_a_table(tracer):
    found = [(key, value, origin) for key, value, origin in declared(tracer) if origin and origin.rows]
    assert len(found) > 500
    wrong = [
        (key, value, given) for key, value, origin in found if not agree(value, given := tracer.tables.given(origin))
    ]
    assert wrong == []


def test_every_metric_here_and_of_the_study_that_ships_has_a_declared_origin(tracer):
    shipped = Tracer.of(study.Paths(ROOT))
    assert [key for own in (tracer, shipped) for key, _, origin in declared(own) if origin is None] == []


def test_every_table_that_a_computed_metric_names_is_there(tracer):
    every = (rows for _, value, origin in declared(tracer) if origin and value is not None for rows in origin.inputs)
    inputs = {str(rows): rows for rows in every}
    assert len(inputs) > 50
    for rows in inputs.values():
        tracer.tables.select(rows)


def test_every_function_and_column_that_is_declared_is_there(ran, tracer):
    stages = {origin.stage for _, _, origin in declared(tracer) if origin and origin.stage}
    for step in study.STEPS:
        for table in origins.declared(step).get("tables", {}):
            link = origins.link(f"{step}/{table}", tracer.values)
            stages.add(link.stage)
            for rows in link.inputs if (ran.root / tracer.tables.file(f"{step}/{table}")).exists() else ():
                assert set(rows.by) <= set(tracer.tables[f"{step}/{table}"]), table
                assert set(rows.by.values()) <= set(tracer.tables[rows.of]), table
    assert [stage for stage in stages if not tracer.program.line(stage)] == []


def test_a_number_leads_to_its_messages_and_the_lines_of_the_raw_files(ran, tracer):
    trail = tracer.trail("sharing.read")
    [messages] = trail.parts
    assert (trail.given, trail.agrees, len(messages.chosen)) == (trail.value, True, trail.value)
    written = messages.chosen[messages.chosen["source"].str.endswith(".txt")]  # in JSON the line is the record's first
    plain = written[written["text"].str.fullmatch(r"[a-z0-9 ,.?!]+")]  # no pseudonym in it
    assert len(plain)
    for row, text in plain["text"].items():
        place = messages.places[messages.chosen.index.get_loc(row)]
        assert text in (ran.root / place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]


def test_a_number_of_members_leads_to_them_to_their_ties_and_to_what_they_wrote(tracer):
    members, ties, messages = tracer.trail("network.members").parts
    assert [part.rows.of for part in (members, ties, messages)] == [
        "network/members",
        "network/ties",
        "ingest/messages",
    ]
    assert set(ties.chosen["source"]) <= set(members.chosen["member"])
    assert set(messages.chosen["member"]) == set(ties.chosen["source"]) & set(
        tracer.tables["ingest/messages"]["member"]
    )
    assert len(messages.places) == len(messages.chosen)


@pytest.mark.parametrize("table", ["codings", "partnerships", "members", "annotations", "codebook"])
def test_rows_of_tables_that_people_made_are_found_in_their_lines(ran, tracer, table):
    rows = tracer.tables[f"ingest/{table}"]
    places = tracer.raw.places(f"ingest/{table}", rows)
    told = {"codings": "unit_id", "annotations": "message_id", "codebook": "code", "partnerships": "kind",
            "members": "sector"}[table]  # fmt: skip
    assert len(places) == len(rows)
    for value, place in zip(rows[told].fillna(""), places, strict=True):
        assert value in (ran.root / place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]


def test_codings_are_found_in_folders_and_files_as_ingest_finds_them(ran, tracer, tmp_path):
    rows = tracer.tables["ingest/codings"]
    raw = tmp_path / "data" / "raw" / "codings"
    shutil.copytree(ran.raw / "codings", raw)
    (raw / "round 1").mkdir()
    for path in sorted(raw.glob("*.csv")):
        path.rename(raw / "round 1" / f"{path.stem}.CSV")
    places = RawFiles(study.Paths(tmp_path)).places("ingest/codings", rows)
    assert all(place.line and place.file.startswith("data/raw/codings/round 1/") for place in places)


def test_whom_a_chapter_names_is_led_back_to_the_tables_and_to_all_that_they_wrote(ran, tracer, capsys, monkeypatch):
    own, shown = next(iter(study.called(ran, "network")[0].items()))
    trail = tracer.person("04-network", shown)
    assert (trail.value, trail.agrees) == (own, True)
    chosen = {part.rows.of: part.chosen for part in trail.parts}
    for table in ("members", "messages", "utterances"):
        whole = tracer.tables[f"ingest/{table}"]
        assert chosen[f"ingest/{table}"].equals(whole[whole["member"] == own])
    monkeypatch.chdir(ran.root)
    monkeypatch.setenv("GUYUB_SOURCE", str(ran.root / "src"))  # the command would start again with the study's own
    assert cli.main(["trace", "--as", "04-network", shown]) == 0
    assert capsys.readouterr().out.startswith(f"04-network {shown} = {own}\n")


def test_a_pseudonym_that_a_chapter_does_not_use_is_led_back_to_nobody(ran, tracer):
    own, shown = next(iter(study.called(ran, "network")[0].items()))
    for chapter, name in (("03-sharing", shown), ("04-network", own), ("network", shown)):
        with pytest.raises(InputError, match="nobody is called"):
            tracer.person(chapter, name)


def test_a_computed_number_names_its_function_and_how_many_rows_went_in(tracer):
    key, origin = next((key, origin) for key, value, origin in declared(tracer)
                       if isinstance(value, float) and origin.stage and not origin.rows)  # fmt: skip
    text = TrailReport(tracer.trail(key), tracer.tables, 2).text()
    assert re.search(rf"Computed by {re.escape(origin.stage)} \(src/\S+:\d+\) from ", text)
    for rows in origin.inputs:
        assert f"{wording.count(len(tracer.tables.select(rows)), 'row')} of {tracer.tables.file(rows.of)}" in text


def test_rows_that_give_another_number_are_reported(broken, ran):
    path = broken.keep("data/processed/network/members.parquet")
    pd.read_parquet(path).iloc[1:].to_parquet(path)
    tracer = Tracer.of(ran)
    trail = tracer.trail("network.members")
    assert (trail.given, trail.agrees) == (trail.value - 1, False)
    assert f"{trail.value - 1}, which is NOT {trail.value}" in TrailReport(trail, tracer.tables, 2).text()


def test_texts_of_members_who_did_not_agree_to_be_quoted_are_not_shown(broken, ran):
    path = broken.keep("data/processed/ingest/members.parquet")
    pd.read_parquet(path).assign(consent="aggregate").to_parquet(path)
    tracer = Tracer.of(ran)
    shown = TrailReport(tracer.trail("sharing.read"), tracer.tables, 50).json()["tables"][0]["first"]
    assert {row["text"] for row in shown} == {SUMS_ONLY}


def test_a_file_called_after_people_is_found_by_the_name_that_ingest_gave_it(ran, tracer, monkeypatch):
    rows = tracer.tables["ingest/messages"].head(1)
    chat = next(path for path in tracer.raw._files if path.name == rows["source"].iloc[0])
    monkeypatch.setattr(
        "analysis.trace.raw.file_name", lambda people, name, kind: f"{kind}-1" if name == chat.name else ""
    )
    raw = type(tracer.raw)(ran)
    [place] = raw.of_sources(rows.assign(source="chat-1"))
    assert place.file == chat.relative_to(ran.root).as_posix()
    [place] = raw.of_sources(rows.assign(source="chat-2"))
    assert (place.file, place.here) == ("chat-2", False)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("network.member", r"no metric is called 'network.member'\nNear it: .*network.members"),
        ("netwrk.members", r"Near it: network.members"),
        ("ingest.kinds", r"holds several numbers\nSuch as ingest.kinds."),
        ("nothing", r"Near it: ingest\."),
        ("", r"no metric is called ''"),
    ],
)
def test_a_key_that_is_not_there_is_answered_with_the_nearest(tracer, key, message):
    with pytest.raises(InputError, match=message):
        tracer.find(key)


def test_a_key_that_could_not_be_computed_is_answered_with_the_reason(broken, ran):
    broken("metrics/sharing.json", None, '{\n  "reason": "nobody has coded",\n  "status": "partial"\n}\n')
    with pytest.raises(InputError, match="it could not be computed: nobody has coded"):
        Tracer.of(ran).find("sharing.sharers")


def test_a_key_is_found_on_its_line(ran, tracer):
    for step in study.STEPS:
        lines = ran.metrics(step).read_text(encoding="utf-8").splitlines()
        for names, value, line in tracer.held(step):
            told = json.dumps(value, ensure_ascii=False)
            assert lines[line - 1].strip().rstrip(",") in (f'"{names[-1]}": {told}', told)


def test_empty_lists_and_texts_that_end_in_brackets_move_no_line():
    text = '{\n  "a": [],\n  "b": {},\n  "c": "x [",\n  "d": [\n    1,\n    "}"\n  ]\n}\n'
    assert with_lines(text) == [(("c",), "x [", 4), (("d", "0"), 1, 6), (("d", "1"), "}", 7)]


def test_patterns_match_parts_of_keys():
    assert matched("a.{b:x|y}_{c}.**", ("a", "x_2", "p", "q")) == {"b": "x", "c": "2"}
    assert matched("a.{b:x|y}", ("a", "z")) is None
    assert matched("a.{b}", ("a", "z", "p")) is None


def test_the_command_shows_as_many_rows_as_asked_for_and_writes_json(ran, monkeypatch, capsys):
    monkeypatch.chdir(ran.root)
    monkeypatch.setenv("GUYUB_SOURCE", str(ran.root / "src"))  # the command would start again with the study's own
    assert cli.main(["trace", "claims.claims.3.value", "--limit", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["copied"]["key"]) == ("copied", "themes.C4.value")
    tables = found["copied"]["tables"]
    assert [len(table["first"]) for table in tables] == [min(3, table["rows"]) for table in tables]
    assert {"themes/counts", "themes/passages", "ingest/utterances"} <= {table["table"] for table in tables}
    assert cli.main(["trace", "sharing.confidence"]) == 0
    line = int(re.search(r"params\.yaml:(\d+)", capsys.readouterr().out)[1])
    assert "confidence:" in (ran.root / "params.yaml").read_text(encoding="utf-8").splitlines()[line - 1]
    assert cli.main(["trace", "sharing.member"]) == 1


def test_the_books_page_lists_every_number_with_key_line_and_rows(ran, tracer):
    page = (ran.book / "_build" / "html" / "numbers.html").read_text(encoding="utf-8").replace("<wbr>", "")
    table = numbers_table(tracer, "sharing").replace("<wbr>", "")
    _, _, value, line = tracer.find("sharing.members")
    row = f"<tr><td><code>sharing.members</code></td><td>{value}</td><td>{line}</td>"
    assert f"{row}<td>how many rows of sharing/counts</td>" in table
    numbers = [value for _, value, _ in declared(tracer) if type(value) in (int, float)]
    assert row in page
    assert page.count("<tr><td><code>") == len(numbers)
