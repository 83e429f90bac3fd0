"""What we write, read by other programs, and what they make of it, read back: pyrefiqda and a running Taguette 1.5.

Each program gets an environment of its own, made with pip and kept in pytest's cache.
"""

from __future__ import annotations

import csv
import http.cookiejar
import io
import json
import re
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
import uuid
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from analysis.codebook import Codebook, load
from analysis.coding.csvqda import read_codebook
from analysis.coding.refiqda import Report, read_qdc, read_qdpx, write_qdc, write_qdpx
from analysis.coding.refiqda.documents import bundle
from analysis.coding.refiqda.taguette import read_taguette, write_taguette

CLIENTS = {"pyrefiqda": ("pyrefiqda==0.3.1",), "taguette": ("taguette==1.5.2", "setuptools<81")}  # pkg_resources
UNITS = {
    "umkm-1": "Info, harga tepung naik 😀 lagi mulai Senin",
    "umkm-2": 'Ngopi yuk <nanti> & "sore"\ndi warung Cak Toha — jam lima é',
    "umkm-3": "wkwk",
}
DOCUMENTS = dict.fromkeys(UNITS, "umkm guyub")
HEADS = {"umkm-1": "M7K2A, 24 Jul 2024 09.43"}


def coded(unit: str, words: str, code: str) -> tuple:
    start = UNITS[unit].index(words)
    return unit, start, start + len(words), code, "SN"


CODINGS = pd.DataFrame(
    [
        coded("umkm-1", "harga tepung naik 😀", "business_news"),
        coded("umkm-1", "mulai Senin", "business_news"),
        coded("umkm-2", "<nanti> &", "meeting_up"),
        coded("umkm-2", "sore\"\ndi warung Cak Toha — jam lima é", "meeting_up"),
        coded("umkm-3", "wkwk", "humour"),
    ],
    columns=["unit_id", "start", "end", "code", "coder"],
)  # fmt: skip


@pytest.fixture(scope="module")
def book(root) -> Codebook:
    return load(root / "src/analysis/simulate/codebook.yaml")


@pytest.fixture(scope="module")
def client(request):
    """client("taguette"): the bin folder of an environment with that program."""

    def make(name: str) -> Path:
        folder = Path(request.config.cache.mkdir("clients")) / "+".join(CLIENTS[name])
        if not (folder / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            install = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--retries", "1", *CLIENTS[name]]
            installed = subprocess.run(install, capture_output=True, text=True)
            assert not installed.returncode, f"{CLIENTS[name]} cannot be installed: {installed.stderr}"
            (folder / "ready").touch()
        return folder / "bin"

    return make


# pyrefiqda

LISTING = """
import json, sys
from html.parser import HTMLParser
from pathlib import Path
from pyrefiqda import RefiCodebook, RefiProject

project, codebook = RefiProject.load(sys.argv[1], sys.argv[2]), RefiCodebook.load(sys.argv[3])
def codes(nodes, parent=None):
    for node in nodes:
        yield node.guid, node.name, parent, node.description
        yield from codes(node.code, node.name)
book = list(codes(project.code_book.codes.code))
names = {guid: name for guid, name, *_ in book}
users = {user.guid: user.name for user in project.users.user}
rows = []
for source in project.sources.text_source:
    text = RefiProject.resolve_source_path(source.plain_text_path, sys.argv[2]).read_bytes().decode("utf-8")
    for selection in source.plain_text_selection:
        for coding in selection.coding:
            words = text[selection.start_position : selection.end_position]
            rows.append([source.name, names[coding.code_ref.target_guid], users[coding.creating_user], words])
print(json.dumps({"origin": project.origin, "codes": [code[1:] for code in book], "rows": rows,
                  "qdc": [code[1:] for code in codes(codebook.codes.code)]}))
RefiProject.save(project, sys.argv[4], Path(sys.argv[2]) / "sources")
RefiCodebook.save(codebook, sys.argv[5])
"""


@pytest.fixture(scope="module")
def through_pyrefiqda(client, book, tmp_path_factory) -> tuple[dict, Path]:
    """What pyrefiqda saw in our files, and the folder where it saved them again."""
    folder = tmp_path_factory.mktemp("pyrefiqda")
    write_qdpx(folder / "study.qdpx", UNITS, CODINGS, book)
    write_qdc(folder / "codebook.qdc", book)
    names = ("study.qdpx", "unpacked", "codebook.qdc", "again.qdpx", "again.qdc")
    command = [client("pyrefiqda") / "python", "-c", LISTING, *(folder / name for name in names)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout), folder


def test_pyrefiqda_reads_the_codebook_and_the_coded_words_that_we_wrote(through_pyrefiqda, book):
    seen, _ = through_pyrefiqda
    assert seen["origin"] == "Guyub"
    assert [tuple(code[:2]) for code in seen["codes"]] == [(code.name, code.parent) for code in book.codes]
    assert seen["qdc"] == seen["codes"]
    expected = [
        [unit, code, coder, UNITS[unit][start:end]] for unit, start, end, code, coder in CODINGS.itertuples(index=False)
    ]
    assert seen["rows"] == expected


def test_what_pyrefiqda_saves_again_comes_back_equal(through_pyrefiqda, book):
    _, folder = through_pyrefiqda
    project = read_qdpx(folder / "again.qdpx")
    assert project.sources == UNITS
    assert project.codebook.codes == read_qdc(folder / "again.qdc").codes == book.codes
    assert project.codings[CODINGS.columns].to_numpy().tolist() == CODINGS.to_numpy().tolist()
    assert project.report.deviations == ()


# Taguette


class Taguette:
    """A Taguette server for one user on loopback, spoken to as its own pages do."""

    def __init__(self, bin_: Path, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [bin_ / "taguette", "--no-browser", "--port", str(port), "--database", str(home / "taguette.sqlite3")]
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        self.server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=home
        )
        said = ""
        while not (matched := re.search(r"http://localhost(:\d+/\?token=\S+)", said)):
            line = self.server.stdout.readline()
            assert line, f"Taguette did not start: {said}"
            said += line
        self.base = f"http://127.0.0.1:{port}"
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )
        self.get("/" + matched[1].split("/", 1)[1])
        self.get("/project/new")

    def stop(self) -> None:
        self.server.terminate()
        self.server.stdout.close()
        self.server.wait(timeout=20)

    def get(self, path: str) -> bytes:
        with self.opener.open(self.base + path, timeout=30) as answer:
            return answer.read()

    def send(self, path: str, body: bytes, kind: str, method: str = "POST") -> tuple[bytes, str]:
        token = next(cookie.value for cookie in self.cookies if cookie.name == "_xsrf")
        headers = {"Content-Type": kind, "X-XSRFToken": token}
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        with self.opener.open(request, timeout=30) as answer:
            return answer.read(), answer.url

    def form(self, path: str, fields: dict[str, str]) -> str:
        body = urllib.parse.urlencode(fields).encode()
        return self.send(path, body, "application/x-www-form-urlencoded")[1]

    def upload(self, path: str, fields: dict[str, str], file: Path, kind: str) -> bytes:
        boundary = uuid.uuid4().hex
        start = f"--{boundary}\r\nContent-Disposition: form-data; name="
        parts = [f'{start}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
        parts += [f'{start}"file"; filename="{file.name}"\r\nContent-Type: {kind}\r\n\r\n']
        body = "".join(parts).encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        return self.send(path, body, f"multipart/form-data; boundary={boundary}")[0]

    def json(self, path: str, value: object) -> dict:
        return json.loads(self.send(path, json.dumps(value).encode(), "application/json")[0])

    def project(self, name: str) -> int:
        """Start a project; the tag that Taguette gives to each is taken out."""
        number = int(self.form("/project/new", {"name": name, "description": ""}).rsplit("/", 1)[1])
        self.send(f"/api/project/{number}/tag/{self.tags(number)['interesting']}", b"", "application/json", "DELETE")
        return number

    def tags(self, project: int) -> dict[str, int]:
        page = self.get(f"/project/{project}").decode()
        matched = re.search(r"\btags = (\{.*?\});\n", page)
        return {tag["path"]: tag["id"] for tag in json.loads(matched[1]).values()}

    def import_codebook(self, project: int, file: Path) -> None:
        """Upload the CSV, then agree to every tag that Taguette shows, as a person would."""
        page = self.upload(f"/project/{project}/import_codebook", {}, file, "text/csv").decode()
        fields = Fields()
        fields.feed(page)
        self.form(f"/project/{project}/import_codebook", fields.values)


@pytest.fixture(scope="module")
def taguette(client, tmp_path_factory):
    server = Taguette(client("taguette"), tmp_path_factory.mktemp("taguette"))
    yield server
    server.stop()


class Fields(HTMLParser):
    """The fields of a page's form as a browser sends them: what is ticked, and texts without line breaks."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag, attrs):
        field = dict(attrs)
        if tag != "input" or "name" not in field or "disabled" in field or field["name"] == "_xsrf":
            return
        if field["type"] == "checkbox" and "checked" in field:
            self.values[field["name"]] = "on"
        elif field["type"] == "text":
            self.values[field["name"]] = re.sub(r"[\r\n]", "", field.get("value", ""))
        elif field["type"] == "hidden":
            self.values[field["name"]] = field.get("value", "")


@pytest.fixture(scope="module")
def exported(taguette, book, tmp_path_factory) -> dict[str, bytes]:
    """A project that a coder made in Taguette of our documents and our codebook, in each format it exports."""
    folder = tmp_path_factory.mktemp("for-taguette")
    page, codebook = write_taguette(folder, UNITS, book, documents=DOCUMENTS, heads=HEADS)
    project = taguette.project("Guyub")
    taguette.import_codebook(project, codebook)
    fields = {"name": "umkm guyub", "description": ""}
    answer = taguette.upload(f"/api/project/{project}/document/new", fields, page, "text/html")
    document, tags = json.loads(answer)["created"], taguette.tags(project)
    made = bundle(UNITS, HEADS)
    starts = {unit.unit_id: unit.start for unit in made.units}
    for unit, start, end, code, _ in CODINGS.itertuples(index=False):
        span = [len(made.text[: starts[unit] + at].encode()) for at in (start, end)]
        path = next(path for path in tags if path.endswith(f".{code}"))
        highlight = {"start_offset": span[0], "end_offset": span[1], "tags": [tags[path]]}
        taguette.json(f"/api/project/{project}/document/{document}/highlight/new", highlight)
    names = ("project.sqlite3", "codebook.csv", "codebook.qdc", "highlights/.csv")
    return {name: taguette.get(f"/project/{project}/export/{name}") for name in names}


def by_name(book: Codebook) -> list:
    return sorted(book.codes, key=lambda code: code.name)


def test_codebook_and_highlights_come_back_equal_from_taguettes_database(exported, book, tmp_path):
    (tmp_path / "project.sqlite3").write_bytes(exported["project.sqlite3"])
    project = read_taguette(tmp_path / "project.sqlite3", coder="SN")
    assert by_name(project.codebook) == by_name(book)
    assert project.sources == UNITS
    back = project.onto(UNITS)[CODINGS.columns]
    assert back.to_numpy().tolist() == CODINGS.to_numpy().tolist()
    assert {"utf8-offsets", "paths"} == project.report.kinds


def test_codebook_comes_back_equal_from_taguettes_csv(exported, book, tmp_path):
    (tmp_path / "codebook.csv").write_bytes(exported["codebook.csv"])
    assert by_name(read_codebook(tmp_path / "codebook.csv")) == by_name(book)


def test_codes_come_back_nested_from_taguettes_qdc_which_keeps_names_only(exported, book, tmp_path):
    (tmp_path / "codebook.qdc").write_bytes(exported["codebook.qdc"])
    report = Report()
    codes = read_qdc(tmp_path / "codebook.qdc", report=report).codes
    assert {(code.name, code.parent) for code in codes} == {(code.name, code.parent) for code in book.codes}
    assert report.kinds == {"empty-sets", "paths"}


def test_taguette_quotes_the_words_that_we_coded(exported):
    rows = list(csv.DictReader(io.StringIO(exported["highlights/.csv"].decode("utf-8"), newline="")))
    words = [
        UNITS[unit][start:end] for unit, start, end in CODINGS[["unit_id", "start", "end"]].itertuples(index=False)
    ]
    assert [" ".join(row["content"].split()) for row in rows] == [" ".join(word.split()) for word in words]
