"""Which blocks each line of a Markdown text stands in, next to what the parser of MyST makes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin

from analysis.verify import markdown, pages

MYST = MarkdownIt().use(colon_fence_plugin)
MARKS = (":::", "::::", ":::{note}", "::::{when} a.b = c", "::: {unless} a.b", ":::{code-block} python", "```", "````",
         "```{note} A title", "````{raw} html", "~~~", "```not` a mark", "    :::{when} a.b", "\t:::", "   :::{note}",
         "")  # fmt: skip


def words_within(text: str, within: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words `word` and a number of a text, each with the names of the blocks around it, by the parser of MyST."""
    for token in MYST.parse(text):
        if token.type in ("fence", "colon_fence"):
            name = token.info.strip().split("}")[0].removeprefix("{") if token.info.strip()[:1] == "{" else ""
            inside = (*within, name)
            if name in markdown.LITERAL:
                yield from ((word, inside) for word in token.content.split() if word.startswith("word"))
            else:
                yield from words_within(token.content, inside)
        elif token.type == "inline":
            yield from ((word, within) for word in token.content.split() if word.startswith("word"))


@given(st.lists(st.sampled_from((*MARKS, "word", "word")), max_size=14))
def test_each_line_stands_in_the_blocks_that_myst_gives_it(parts):
    text = "\n".join(f"{part}{number}" if part == "word" else part for number, part in enumerate(parts))
    seen = {line.text: tuple(block.name for block in line.within) for line in markdown.lines(text)}
    assert {line: names for line, names in seen.items() if line.startswith("word")} == dict(words_within(text))


@pytest.mark.parametrize("text", [
    "- An item.\n\n  :::{when} a.b\n  Only then.\n  :::\n",
    "An item.\n\n::::{when} a.b\n:::{list-table}\n- Only then.\n:::\nOnly then.\n::::\n",
    "An item.\n\n:::{when} a.b\n:::{list-table}\n- Only then.\n:::\n",
])  # fmt: skip
def test_what_stands_under_a_condition_need_not_be_on_the_page(text):
    assert list(pages.words_not_shown(text, "<p>An item.</p>")) == []


def test_what_stands_below_a_line_of_code_must_be_on_the_page():
    text = "A line of code:\n\n    :::{when} a.b\n\nShown whatever holds.\n"
    assert len(list(pages.words_not_shown(text, "<p>A line of code:</p>"))) == 1


def test_a_tag_that_a_page_shows_as_text_is_read_as_its_words():
    assert list(pages.words_not_shown(r"Write \<b\> here.", "<p>Write &lt;b&gt; here.</p>")) == []
    assert len(list(pages.words_not_shown(r"Write \<b\> here.", "<p>Write &lt;i&gt; here.</p>"))) == 1
