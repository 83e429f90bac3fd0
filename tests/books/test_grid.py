"""No sentence of a chapter is false, whatever was collected: codings x interviews x partnerships x members."""

import pytest

from .cells import GRID
from .checker import findings
from .grid import Grid


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    return Grid(tmp_path_factory.mktemp("grid"))


@pytest.mark.parametrize("cell", GRID, ids=lambda cell: cell.name)
def test_no_sentence_of_a_chapter_is_false(grid, cell):
    pages, facts = grid.read(cell)
    assert len(pages) == 8
    assert sum(map(len, pages.values())) > 60
    found = findings(pages, facts)
    assert not found, "\n".join(map(str, found))


def test_the_grid_is_every_combination():
    assert len(set(GRID)) == 4 * 2 * 3 * 3
