"""The codebook is read whole or refused with the line and the way to fix it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import tables
from analysis.codebook import Code, Codebook, load, read
from analysis.errors import InputError, Missing

SHIPPED = Path(__file__).parents[2] / "src" / "analysis" / "simulate" / "codebook.yaml"


def test_codes_keep_their_order_and_their_place(codebook_file):
    book = load(codebook_file)
    assert book.names == ("sharing", "news", "promotion", "informal", "humour", "care", "coordination")
    assert book.parents == ("sharing", "informal")
    assert book.leaves == ("news", "promotion", "humour", "care", "coordination")
    assert book.children("informal") == ("humour", "care")
    assert book.ancestors("news") == ("sharing",)
    assert book.top("news") == "sharing"
    assert book.top("coordination") == "coordination"
    assert (book.version, book.language) == ("1", "en")


def test_a_code_has_the_colour_of_the_code_above_it(codebook_file):
    book = load(codebook_file)
    assert (book.colour("news"), book.colour("care")) == ("#0072B2", "")


def test_the_shipped_codebook_fits_the_claims():
    book = load(SHIPPED)
    assert {"information_sharing", "informal_interaction", "partnership", "exchange", "barriers"} <= set(book.parents)
    assert {"business_news", "coordination"} <= set(book.leaves)
    assert all(book[name].definition and book.colour(name) for name in book.names)


def test_a_codebook_comes_back_equal_from_its_table(tmp_path, codebook_file):
    for book in (
        load(codebook_file),
        load(SHIPPED),
        Codebook((Code("a"), Code("b", "a", introduced="x")), "2.1", "jv"),
    ):
        tables.write(book.table(), tmp_path / "codebook.parquet", tables.Codebook)
        assert read(tmp_path / "codebook.parquet") == book


def test_a_table_of_no_codes_says_that_there_is_no_codebook(tmp_path):
    tables.write(tables.empty(tables.Codebook), tmp_path / "codebook.parquet", tables.Codebook)
    assert read(tmp_path / "codebook.parquet") == Missing("there is no codebook")


def test_an_unknown_name_is_refused_with_the_known_ones(codebook_file):
    with pytest.raises(InputError, match=r"no code is called 'gossip'\nThe codebook has sharing"):
        load(codebook_file)["gossip"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("codes: [", 2, "not YAML"),
        ("version: 1\ncodes:\n  - {name: a, definition: d, colr: x}", 3, "unknown key 'colr'"),
        ("version: 1\nauthor: me\ncodes:\n  - {name: a, definition: d}", 2, "unknown key 'author'"),
        ("version: 1\ncodes:\n  - name: a\n    definition: d\n    name: b", 5, "is repeated here"),
        (
            "version: 1\ncodes:\n  - {name: a, definition: d}\n  - {name: a, definition: e}",
            4,
            "two codes are called 'a'",
        ),
        ("version: 1\ncodes:\n  - {name: a}", 3, "'definition' is missing here"),
        ("codes:\n  - {name: a, definition: d}", 1, "'version' is missing here"),
        ("version: 1\ncodes: []", 2, "list of codes"),
        ("version: 1\ncodes:\n  - a", 3, "mapping with name"),
        ("version: 1\ncodes:\n  - {name: ' ', definition: d}", 3, "must be a text"),
        ("version: 1\ncodes:\n  - {name: a, definition: d, colour: blue}", 3, "is not a colour"),
        (
            "version: 1\ncodes: &all\n  - &a\n    name: a\n    definition: d\n    children: [*a]",
            6,
            r"the alias \*a refers to a value that contains it",
        ),
        ("", None, "mapping with version"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, line, said):
    path = tmp_path / "codebook.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        load(path)
    assert caught.value.path == path
    assert caught.value.line == line


def test_codes_made_by_hand_are_checked_too():
    with pytest.raises(InputError, match="two codes are called 'a'"):
        Codebook((Code("a"), Code("a")))
    with pytest.raises(InputError, match="which is not a code"):
        Codebook((Code("a", parent="b"),))
    with pytest.raises(InputError, match="is its own ancestor"):
        Codebook((Code("a", parent="b"), Code("b", parent="a")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "does not exist"),
        ("version: 1\ncodes: [{name: é, definition: d}]".encode("latin-1"), "not UTF-8"),
        (b"version: 1\ncodes: " + b"[{name: a, definition: d, children: " * 400, "more than 100 deep"),
    ],
)
def test_a_file_that_cannot_be_read_as_yaml_is_refused(tmp_path, data, said):
    path = tmp_path / "codebook.yaml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        load(path)
