"""No sentence of a chapter is false, whatever was collected: codings x interviews x partnerships x members."""

import os
import re
from itertools import combinations

import pytest

from .cells import CODINGS, GRID, INTERVIEWS, MEMBERS, PARTNERSHIPS
from .checker import findings, numbers_of
from .grid import Grid

LEVELS = (CODINGS, INTERVIEWS, PARTNERSHIPS, MEMBERS)
WHOLE = "GUYUB_GRID" in os.environ  # all cells, in about a minute more on two cores


def levels(cell):
    """The place of each of a cell's levels."""
    values = (cell.codings, cell.interviews, cell.partnerships, cell.members)
    return tuple(every.index(value) for every, value in zip(LEVELS, values, strict=True))


def is_read(cell):
    """Whether the suite reads a cell: twelve of them, in which any two levels come together."""
    codings, interviews, partnerships, members = levels(cell)
    return interviews == (codings + partnerships) % 2 and members == (codings + partnerships) % 3


READ = GRID if WHOLE else [cell for cell in GRID if is_read(cell)]


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    return Grid(tmp_path_factory.mktemp("grid"))


@pytest.mark.parametrize("cell", READ, ids=lambda cell: cell.name)
def test_no_sentence_of_a_chapter_is_false(grid, cell):
    pages, facts = grid.read(cell)
    assert len(pages) == 8
    assert sum(map(len, pages.values())) > 60
    found = findings(pages, facts)
    assert not found, "\n".join(map(str, found))


def test_no_computed_sentence_holds_more_than_three_numbers(grid):
    if not grid.sentences:
        grid.read(READ[0])
    assert len(grid.sentences) > 30
    short = r"\d+ \w+ where \d+ are needed"
    reasons = re.compile(rf"[Nn]ot assessable|differ too much|^{short}(?:; {short})*\.$")  # list all that is missing
    sentences = [sentence for sentence in grid.sentences if not reasons.search(sentence)]
    crowded = sorted(sentence for sentence in sentences if len(numbers_of(sentence)) > 3)
    assert not crowded, "\n".join(crowded)


def test_the_grid_is_every_combination():
    assert len(set(GRID)) == 4 * 2 * 3 * 3


def test_any_two_levels_are_read_together():
    for one, other in combinations(range(4), 2):
        pairs = {(levels(cell)[one], levels(cell)[other]) for cell in READ}
        assert len(pairs) == len(LEVELS[one]) * len(LEVELS[other])
