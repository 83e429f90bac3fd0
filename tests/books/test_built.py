"""The books of the three cells that differ most, built and read page by page."""

import pytest

from analysis import book, study

from . import chain
from .cells import Cell, community_of, write_raw
from .checker import facts_of, findings, site_of

CELLS = {  # with the messages of each, and how many coded ones a code needs to be carried
    Cell(0, 0, 0, 5): (240, 4),  # chats of a few, and nothing else
    Cell(120, 3, 1, 24): (300, 30),  # read in part, and no code carried
    Cell(2000, 3, 60, 40): (400, 4),
}


@pytest.fixture(scope="module", params=CELLS, ids=lambda cell: cell.name)
def built(request, tmp_path_factory, quick_books):
    """A cell's study, run and built."""
    messages, least = CELLS[request.param]
    paths = chain.prepare(tmp_path_factory.mktemp("books") / "study", most=20, min_positives=least, whole=True)
    write_raw(request.param, community_of(request.param.members, messages=messages, months=4), paths.raw)
    for step in study.STEPS:
        chain.run(paths, step, drawn=False)
    with quick_books():
        book.build(paths)
    return paths


def test_no_sentence_of_the_built_book_is_false(built):
    pages = site_of(built.book / "_build" / "html")
    assert {"index", "ringkasan", "03-sharing", "09-claims", "reviewers"} <= set(pages)
    found = findings(pages, facts_of(built))
    assert not found, "\n".join(map(str, found))


def test_a_book_without_codings_opens_with_what_it_can_say(built):
    opening = site_of(built.book / "_build" / "html")["index"]
    said = [block for block in opening if block.startswith("Nobody has read and coded")]
    assert len(said) == (facts_of(built).codings == 0)
