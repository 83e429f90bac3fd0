"""The built book: what it is made from, what its pages show, and the build.

study_yaml: what only the author knows; prose_numbers: numbers in sentences; stage_map, chapter_page: parts of pages;
sphinx_build: the build; the other modules: one thing each that pages show or that is made of finished pages.
"""

from analysis.book.chapter_page import page_cells
from analysis.book.prose_numbers import holds, language_name, lookup, prose, verdict_badge, verdict_row
from analysis.book.sphinx_build import build, built_from, make
from analysis.book.stage_map import MappedStage, direct_needs, stages
from analysis.book.study_yaml import SHOWN, UNKNOWN, author, blank_study, fact, load_study

__all__ = [
    "SHOWN",
    "UNKNOWN",
    "MappedStage",
    "author",
    "blank_study",
    "build",
    "built_from",
    "direct_needs",
    "fact",
    "holds",
    "language_name",
    "load_study",
    "lookup",
    "make",
    "page_cells",
    "prose",
    "stages",
    "verdict_badge",
    "verdict_row",
]
