"""The book: numbers in its prose, what it says of the study, and its build."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from analysis import book, study
from analysis.book import reply_scores
from analysis.claims import words
from analysis.claims.ledger import number_lines
from analysis.claims.rule import VERDICTS
from analysis.errors import InputError
from analysis.verify.stated import visible

ROOT = Path(__file__).parents[2]
PROSE = sorted((ROOT / "book").glob("*.md"))
MAP = '<figure class="guyub moving map"><svg></svg><script type="application/json">{"y":[1,2]}</script></figure>'
CLAIM = {"id": "C3", "sentence": "Few share", "unit": "points", "chapter": "03-sharing", "verdict": "supported",
         "value": 0.21, "low": 0.1, "high": 0.3, "p": 0.001, "p_holm": 0.002, "reason": ""}  # fmt: skip
ADVICE_TEXTS = {
    "advice": "Post at once.", "owner": "officers", "first": "Say so.", "cost": "None.", "watch": "Rumours.", "why": [],
    "grounds": ["8 of 12 participants speak of a formal tone"], "gain": "not computed", "strength": "moderate",
    "status": "recommended",
}  # fmt: skip
ADVISED = {"name": "post at once", "status": "recommended", "strength": "moderate", "verdicts": {"C3": "supported"},
           "pages": ["03-sharing"], "en": ADVICE_TEXTS, "id": ADVICE_TEXTS}  # fmt: skip
PLANTED = {
    "NAME": "Sri Wahyuni", "EMAIL": "keripik.sri@contoh.co.id", "PHONE": "0812-3456-7890", "NIK": "3515085205800001",
    "NPWP": "12.345.678.9-012.000", "ACCOUNT": "BCA 1234567890", "ADDRESS": "Jl. Mawar No. 3",
    "MAP": "https://maps.app.goo.gl/AbC123", "COORDINATES": "-7.4478, 112.7183", "PLATE": "W 1234 AB",
    "HANDLE": "@keripiksedap", "PROFILE": "https://instagram.com/keripiksedap",
}  # fmt: skip
METRICS = {
    "ingest": {"status": "ok", "simulated": True, "messages": 12345, "first": "2024-07-24T02:00:00+00:00"},
    "sharing": {"status": "ok", "share": 0.0423, "C3": {"status": "missing", "reason": "nobody wrote"}},
    "partnership": {"status": "missing", "reason": "there are no partnerships"},
    "themes": {"status": "ok", "themes": {"formality": {"participants": 8, "of": 12}}},
    "recommendations": {"status": "missing", "reason": "no news", "advice": [ADVISED], "actions": {"en": ["Begin."]}},
    "claims": {"status": "ok", "claims": [CLAIM]},
}
STAGES = """\
stages:
  prepare: {cmd: a, deps: [data/raw, src/analysis/ingest], outs: [data/processed/ingest]}
  sharing: {cmd: b, deps: [data/processed/ingest/messages.parquet], outs: [data/processed/sharing],
            metrics: [{metrics/sharing.json: {cache: false}}]}
  book: {cmd: c, deps: [metrics/sharing.json, data/processed/ingest]}
"""


def a_study(root: Path, page: str = "# A page\n", metrics: dict = METRICS) -> study.Paths:
    """A study folder with metrics and a book of one page and one chapter, dressed as the real one."""
    paths = study.Paths(root)
    for name in ("_ext", "_static"):
        shutil.copytree(ROOT / "book" / name, paths.book / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / "book" / name, paths.book / name)
    for name in ("claims.yaml", "params.yaml", "requirements.lock"):
        shutil.copy(ROOT / name, root)
    for name in ("src", "notebooks", "docs"):
        (root / name).symlink_to(ROOT / name)
    (root / "dvc.yaml").write_text(STAGES)
    (root / "study.yaml").write_text(book.blank_study("A study"))
    (paths.book / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters: [{file: executed/03-sharing}]\n")
    (paths.book / "index.md").write_text(page)
    for step, values in metrics.items():
        study.write_metrics(paths, step, values)
    a_chapter(paths.executed("sharing"))
    return paths


def a_chapter(target: Path) -> None:
    """An executed notebook with a parameter, a figure that answers and an opening that ran last."""
    shown = nbformat.v4.new_output("display_data", {"text/html": MAP})
    said = nbformat.v4.new_output("display_data", {"text/markdown": "Few share it."})
    cells = [
        nbformat.v4.new_markdown_cell("# Sharing", id="a"),
        nbformat.v4.new_code_cell("seed = 1", id="b", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("show()", id="c", outputs=[shown]),
        nbformat.v4.new_code_cell("say()", id="d", outputs=[said], metadata={"tags": ["opening"]}),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    target.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), target)


def with_metrics(root: Path) -> study.Paths:
    paths = study.Paths(root)
    for step, values in METRICS.items():
        study.write_metrics(paths, step, values)
    return paths


# Numbers in prose


@pytest.mark.parametrize(
    ("value", "spec", "language", "written"),
    [
        (12345, ",.0f", "en", "12,345"),
        (12345.5, ",.1f", "id", "12.345,5"),
        (0.0423, "percent", "en", "4.2 %"),
        (0.0851, "hundredfold", "id", "8,5"),
        (0.421, ".1%", "id", "42,1%"),
        (1.09, "lebih", "id", "109% lebih besar"),
        (-0.031, "lebih", "id", "3,1% lebih kecil"),
        (-0.5, ".2f", "en", "−0.50"),
        (0.0004, "p", "en", "p < .001"),
        (1, "count reply replies", "en", "1 reply"),
        (2000, "count message", "en", "2,000 messages"),
        ("2024-07-31T17:30:00+00:00", "date", "id", "1 Agustus 2024"),
        ("no codings", "", "en", "no codings"),
        (None, ".2f", "en", "not assessable"),
        (None, "percent", "id", "tidak dapat dinilai"),
    ],
)
def test_a_number_is_written_as_its_page_writes_numbers(value, spec, language, written):
    assert book.prose(value, spec, language, "Asia/Jakarta") == written


def test_a_format_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match="does not fit"):
        book.prose(1.5, "d")


def test_a_path_leads_to_its_metric(tmp_path):
    paths = with_metrics(tmp_path)
    assert book.lookup(paths, "ingest.messages") == 12345
    assert book.lookup(paths, "claims.claims.0.verdict") == "supported"


def test_what_could_not_be_computed_is_none_at_any_depth(tmp_path):
    paths = with_metrics(tmp_path)
    assert book.lookup(paths, "sharing.C3.value") is None
    assert book.lookup(paths, "partnership.C1.value") is None


@pytest.mark.parametrize("path", ["ingest.mesages", "sharing.C4.value", "sahring.share", "claims.claims.7.id"])
def test_a_path_that_leads_nowhere_is_refused(tmp_path, path):
    with pytest.raises(InputError, match=r"no value at|no numbers are called"):
        book.lookup(with_metrics(tmp_path), path)


def test_conditions_distinguish_values_and_absence(tmp_path):
    paths = with_metrics(tmp_path)
    assert book.holds(paths, "ingest.simulated = true")
    assert book.holds(paths, "sharing.share")
    assert not book.holds(paths, "sharing.C3.value")
    assert not book.holds(paths, "sharing.C3.status = ok")


def test_a_claim_gets_the_decimals_that_its_numbers_need():
    assert number_lines(CLAIM) == ["0.21 points", "interval 0.10 to 0.30; p = .002 after Holm"]
    small = {**CLAIM, "value": 0.012, "low": -0.003, "high": 0.04, "p_holm": None, "universes_supporting": 0.5}
    assert number_lines(small) == ["0.012 points", "interval −0.003 to 0.040", "supported in 50 % of universes"]
    assert number_lines({**CLAIM, "value": 9, "low": None, "high": None, "p_holm": None}) == ["9 points"]
    assert number_lines({**CLAIM, "value": None}) == []


def test_every_verdict_has_an_indonesian_word():
    assert set(words.VERDICTS["id"]) == set(VERDICTS)


# What only the author knows


def test_the_shipped_study_states_title_authors_and_that_nobody_took_part():
    about = book.load_study(study.Paths(ROOT))
    assert about["title"]
    assert about["authors"][0]["name"]
    assert "No person took part" in about["ethics"]


def test_a_blank_study_states_its_title_and_nothing_else(tmp_path):
    (tmp_path / "study.yaml").write_text(book.blank_study("Ten days of #ubuntu: a check"))
    about = book.load_study(study.Paths(tmp_path))
    assert about.pop("title") == "Ten days of #ubuntu: a check"
    assert not any(about.pop("coreq").values())
    assert not any(about.pop("community").values())
    assert not any(about.values())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title: A\nfounding: us\n", "unknown keys: founding"),
        ("title: A\ncoreq: {interveiwer: me}\n", "unknown keys: interveiwer"),
        ("title: A\nauthors: [{nmae: me}]\n", "unknown keys: nmae"),
        ("subtitle: A\n", "no title"),
    ],
)
def test_study_yaml_with_an_unknown_key_or_no_title_is_refused(tmp_path, text, complaint):
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(InputError, match=complaint):
        book.load_study(study.Paths(tmp_path))


def test_a_study_without_study_yaml_is_asked_to_write_one(tmp_path):
    with pytest.raises(InputError, match="nothing is stated"):
        book.load_study(study.Paths(tmp_path))


def test_what_the_author_does_not_state_is_said_to_be_not_stated(tmp_path):
    (tmp_path / "study.yaml").write_text("title: A\nlanguage: id\nauthors: [{name: Ani}, {name: Budi}]\n")
    about = book.load_study(study.Paths(tmp_path))
    assert book.fact(about, "authors") == "Ani and Budi"
    assert book.fact(about, "community.place", "id") == "tidak disebutkan"
    assert book.language_name(about["language"]) == "Indonesian (id)"
    with pytest.raises(InputError, match="no key"):
        book.fact(about, "community.climate")


# The map of stages


def test_a_stage_needs_the_stages_whose_outputs_it_reads(tmp_path):
    (tmp_path / "dvc.yaml").write_text(STAGES)
    found = {stage.name: stage for stage in book.stages(tmp_path / "dvc.yaml")}
    assert found["prepare"].code == ("src/analysis/ingest",)
    assert found["sharing"].needs == ("prepare",)
    assert found["book"].needs == ("prepare", "sharing")
    assert book.direct_needs(found["book"], list(found.values())) == ["sharing"]


# The order of a chapter


def a_cell(name: str, *tags: str, kind: str = "code") -> dict:
    return {"cell_type": kind, "id": name, "metadata": {"tags": list(tags)} if tags else {}, "source": name}


def test_a_chapter_opens_with_its_verdicts_and_its_answer_which_the_notebook_computes_last():
    cells = [a_cell("title", kind="markdown"), a_cell("parameters", "parameters"), a_cell("read"),
             a_cell("answer", "opening"), a_cell("picture", "hide-input", "opening"), a_cell("write")]  # fmt: skip
    declared = [{"id": "C3", "sentence": "Few share", "chapter": "03-sharing", "direction": "above",
                 "estimand": "The excess", "test": "A null model"}]  # fmt: skip
    page = book.page_cells(cells, "03-sharing", declared)
    order = ["title", "verdicts", "answer", "picture", "how-we-know", "parameters", "read", "write"]
    assert [cell["id"] for cell in page] == order
    assert page[1]["source"] == "- **C3** Few share: {verdict}`C3`"
    assert ":::{margin} How C3 is tested\nThe excess.\n\nTest: A null model.\n:::" in page[4]["source"]
    assert [cell["id"] for cell in cells] == ["title", "parameters", "read", "answer", "picture", "write"]


def test_a_chapter_without_a_claim_or_an_opening_stays_as_it_is():
    cells = [a_cell("title", kind="markdown"), a_cell("parameters", "parameters")]
    assert (
        book.page_cells(cells, "01-ingest", [{"id": "C3", "sentence": "Few share", "chapter": "03-sharing"}]) == cells
    )


# The prose


def test_every_reference_is_cited_and_every_citation_is_a_reference():
    entries = re.findall(r"^@\w+\{(\w+),", (ROOT / "book" / "references.bib").read_text(encoding="utf-8"), flags=re.M)
    pages = (*PROSE, *sorted((ROOT / "notebooks").glob("*.ipynb")))
    prose = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    cited = {key for keys in re.findall(r"\{cite:\w+\}`([^`]+)`", prose) for key in keys.split(",")}
    assert set(entries) == cited


# The build


@pytest.fixture
def build(quick_books):
    """build(paths): as book.build."""
    with quick_books():
        yield book.build


@pytest.fixture(scope="module")
def twins(tmp_path_factory, quick_books) -> tuple[Path, Path]:
    """The same book built in two folders."""
    page = "# {study}`title`\n\n{num}`ingest.messages|count message` {cite:p}`holm1979` $x^2$\n\n```{ledger}\n```\n"
    blocks = ("stages", "claims", "about", "advice", "actions", "bibliography")
    page += "".join(f"```{{{block}}}\n```\n" for block in blocks)
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("elsewhere") / "much" / "deeper"
    with quick_books():
        return book.build(a_study(here, page)), book.build(a_study(there, page))


def test_a_book_is_the_same_bytes_in_another_folder_and_names_no_folder(twins):
    first, second = ({p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.is_file()} for site in twins)
    assert first == second
    folders = [str(site.parents[2]).encode() for site in twins]
    assert not [name for name, content in first.items() if any(folder in content for folder in folders)]
    assert sorted(path.name for path in twins[0].parent.iterdir()) == ["html", "site.json"]


def test_a_page_shows_computed_numbers_verdicts_and_that_the_data_are_simulated(twins):
    index = (twins[0] / "index.html").read_text(encoding="utf-8")
    said = ("12,345 messages", "✔ supported", "Simulated data.", "Data simulasi.", *ADVICE_TEXTS["grounds"], "Begin.")
    for text in said:
        assert text in index


def test_a_figure_that_answers_brings_its_script_and_code_is_folded(twins):
    chapter, index = (
        (twins[0] / f"{name}.html").read_text(encoding="utf-8") for name in ("executed/03-sharing", "index")
    )
    assert chapter.count("_static/map.js") == chapter.count("_static/guyub.js") == 1
    assert "map.js" not in index
    assert chapter.count('<details class="admonition hide') == 3
    assert chapter.count('<details class="provenance">') == 1


def test_a_built_chapter_opens_with_its_verdict_and_answer(twins):
    chapter = (twins[0] / "executed" / "03-sharing.html").read_text(encoding="utf-8")
    body = chapter[chapter.index("<h1>Sharing") :]
    opening = [
        body.index(text) for text in ("Only a few members", "✔ supported", "Few share it.", "Parameters and what")
    ]
    assert opening == sorted(opening)
    assert "moving map" in body[opening[-1] :]


def test_prose_that_names_what_is_not_there_fails_the_build_at_its_line(tmp_path, build):
    wrong = {
        "{num}`ingest.mesages`": "no value at 'ingest.mesages'",
        "{num}`ingest.messages|z`": "format 'z' does not fit 12345",
        "{study}`comunity`": "study.yaml has no key 'comunity'",
        "{verdict}`C9`": "'C9' is neither a claim nor a verdict",
        ":::{when} ingest.smulated = true\nText.\n:::": "no value at 'ingest.smulated'",
        "{cite:p}`nobody2020`": 'could not find bibtex key "nobody2020"',
    }
    page = "# A page\n\n" + "\n\n".join(wrong) + "\n"
    with pytest.raises(InputError) as failure:
        build(a_study(tmp_path, page))
    for text, complaint in wrong.items():
        line = page[: page.index(text)].count("\n") + 1
        assert re.search(rf"index\.md:{line}: WARNING: {re.escape(complaint)}", str(failure.value)), complaint
    assert not (tmp_path / "book" / "_build").exists()


def test_a_book_in_which_anybody_is_left_is_not_built(tmp_path, build):
    """One of each class, planted where a chapter, a page and a caption could let it through."""
    paths = a_study(tmp_path, "# A page\n\n" + "\n\n".join(f"So said {what}." for what in PLANTED.values()) + "\n")
    chat = "24/07/24 09.43 - Bu Sri: pagi\n24/07/24 09.44 - Bu Sri: pagi lagi\n"
    (paths.raw / "chats").mkdir(parents=True)
    (paths.raw / "chats" / "UMKM.txt").write_text(chat, encoding="utf-8")
    (paths.raw / "members.csv").write_text("name,aliases\nSri Wahyuni,Bu Sri\n", encoding="utf-8")
    with pytest.raises(InputError, match="leads to people") as failure:
        build(paths)
    reported = set(re.findall(r"index\.html: ([A-Z]+), ", str(failure.value)))
    assert reported == set(PLANTED)
    assert not (tmp_path / "book" / "_build").exists()


def test_a_study_of_real_people_carries_no_banner_and_says_what_is_missing(tmp_path, build):
    metrics = {**METRICS, "ingest": {"status": "ok", "simulated": False}}
    page = "# A page\n\n{num}`sharing.C3.value|.2f`\n\n:::{unless} ingest.simulated = true\nReal people.\n:::\n"
    text = (build(a_study(tmp_path, page, metrics)) / "index.html").read_text(encoding="utf-8")
    assert "not assessable" in text
    assert "Real people." in text
    assert "Simulated data." not in text


# How far ties can be trusted


def test_without_annotations_the_trust_page_begins_with_how_far_off_the_model_was_in_four_communities():
    text = (ROOT / "book" / "trust.md").read_text(encoding="utf-8")
    first = text.partition(":::{unless} network.adaptation.status = ok\n")[2].partition(". ")[0]
    assert first.startswith("The links of this study are those of a model from elsewhere")
    shown = re.findall(r"\{num\}`(replies\.communities\.\w+\.overconfidence)\|", text.partition("\n:::\n")[0])
    assert len(set(shown)) == 4
    for name in shown:
        assert isinstance(book.lookup(study.Paths(ROOT), name), float)


def test_the_benchmark_of_replies_becomes_tables_and_a_diagram():
    paths = study.Paths(ROOT)
    heads, rows = reply_scores.scores(paths, "links.masked")
    assert [row[0] for row in rows][-1] == "trained model"
    assert re.fullmatch(r"0\.\d{3} \(0\.\d{3}\)", rows[-1][-1])  # the calibration error next to its noise floor
    assert " to " in rows[-1][heads.index("Stated minus right")]
    right = book.lookup(paths, "replies.links.masked.trained model.right")  # which the page's text gives too
    assert rows[-1][heads.index("Right")] == book.prose(right, ".1%")
    assert {len(row) for row in rows} == {len(heads)}
    heads, rows = reply_scores.scores(paths, "communities")
    assert heads[0] == "Community"
    assert len(rows) == 4
    heads, rows = reply_scores.network(paths, "network.plain")
    assert rows[-1][0] == "as people marked it"
    assert {len(row) for row in rows} == {len(heads)}
    drawn = reply_scores.reliability(paths)
    assert drawn.count("<circle") == 20
    assert "is stated" in drawn


@pytest.mark.parametrize("contact", [None, "ani@example.org"])
def test_readers_are_asked_to_report_a_name_only_where_it_says_to_whom(tmp_path, contact):
    stated = f"title: A study\ncontact: {contact or 'null'}\n"
    (tmp_path / "study.yaml").write_text(stated, encoding="utf-8")
    text = (ROOT / "book" / "ringkasan.md").read_text(encoding="utf-8")
    shown = visible(study.Paths(tmp_path), text)
    assert ("menemukan nama atau nomor" in shown) == bool(contact)
