"""Who tries to join two chapters of the published book, by pseudonyms or by attributes, and cannot."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from analysis import published, scan, study, tables
from analysis.book import downloads
from analysis.errors import InputError

READ = (".html", ".ipynb", ".csv", ".json", ".svg")
TABLE = re.compile(r"<table.*?</table>", re.S)


@pytest.fixture(scope="module")
def members(ran):
    return tables.read(ran.processed("ingest") / "members.parquet", tables.Members)


@pytest.fixture(scope="module")
def site(ran):
    """What is published: the text of every file of the book and of the executed notebooks, by its name."""
    folders = (ran.book / "_build" / "html", ran.book / "executed")
    files = (file for folder in folders for file in folder.rglob("*") if file.suffix in READ)
    return {file.relative_to(ran.book).as_posix(): file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="module")
def called(ran):
    """By chapter, whom it calls how."""
    return {ran.notebook(step).stem: study.called(ran, step)[0] for step in study.STEPS}


def of_chapter(site, chapter):
    return {name: text for name, text in site.items() if re.search(rf"/{chapter}[.-]", name)}


def test_no_two_chapters_can_be_joined_by_pseudonyms(site, called, members):
    own = set(members["member"])
    assert [name for name, text in site.items() if published.named_in(text, own)] == []
    shown = {
        chapter: set().union(
            *(published.named_in(text, set(names.values())) for text in of_chapter(site, chapter).values())
        )
        for chapter, names in called.items()
    }
    assert sum(map(bool, shown.values())) >= 2
    assert [pair for pair in combinations(shown, 2) if shown[pair[0]] & shown[pair[1]]] == []


def test_a_page_names_people_as_its_own_chapter_does_and_one_that_is_no_chapter_nobody(site, called):
    every = {shown: chapter for chapter, names in called.items() for shown in names.values()}
    for name, text in site.items():
        strange = {every[code] for code in published.named_in(text, every)}
        assert all(re.search(rf"/{chapter}[.-]", name) for chapter in strange), name


def test_no_two_chapters_can_be_joined_by_attributes(site, called, members):
    """No row of a table says of somebody's pseudonym their sector, role, consent or when they joined."""
    attributes = {*members["sector"].dropna(), *members["role"].dropna(), *members["consent"]}
    attributes |= set(members["joined"].dropna().dt.strftime("%Y-%m-%d"))
    named_rows = []
    for chapter, names in called.items():
        for page in (text for name, text in of_chapter(site, chapter).items() if name.endswith(".html")):
            rows = [row for found in TABLE.findall(page) for row in downloads.rows_of(found)]
            named_rows += [row for row in rows if published.named_in(" ".join(row), set(names.values()))]
    assert named_rows
    assert [row for row in named_rows if attributes & set(row)] == []


def test_a_pseudonym_of_the_studys_own_in_the_book_is_refused(ran, broken, members):
    own = members.loc[members["consent"] == "quotes", "member"].iloc[0]
    places = f'<p>{own}</p><table><td>{own}</td></table><svg role="img" aria-label="{own} answers most"></svg>'
    broken("book/_build/html/executed/03-sharing.html", "</body>", f"{places}</body>")
    with pytest.raises(InputError, match=r"03-sharing\.html: PSEUDONYM, 3 times"):
        scan.guard(ran, ran.book / "_build" / "html" / "executed")
