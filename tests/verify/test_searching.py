"""Tests of analysis.verify.searching on small books: titles are known in whatever signs they are written."""

import html
import json
import shutil
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from sphinx.cmd.build import build_main

from analysis.verify.searching import INDEX, search_finds_what_pages_say

# A page's title is taken from a key of study.yaml, as the book does; a section's is Markdown.
CONF = """
from pathlib import Path
from docutils import nodes
extensions, html_theme, html_sourcelink_suffix = ["myst_parser"], "basic", ""

def stated(name, raw, text, line, inliner, options=None, content=()):
    return [nodes.Text((Path(inliner.document["source"]).parent / f"{text}.title").read_text("utf-8"))], []

def setup(app):
    app.add_role("study", stated)
"""
TITLES = (
    "Kue & kopi", "Kue &amp; kopi", "AT&T &copy", "a < b > c", "<b>Kue</b>", "<script>x</script>", "<!-- kue -->",
    "Kue \"enak\" dan 'murah'", "Bu Sri's kue", "Kue -- kopi --- teh", "Kue ... dan lain-lain", "Kue  dan   kopi",
    "*Kue* **dan** _kopi_ __teh__", r"Kue \ kopi \* teh", "[Kue](https://example.org) {kopi}`teh` |x| $x^2$",
    "Kue `kopi` ``teh``", "كعك & قهوة", "\u202bكعك\u202c kue", "Kue\u00a0kopi", "100 % kue; #1, @Sri ~ ^ = + / ?",
    "Camilan 🍪 & 👩🏽\u200d🍳", "{{ kue }} {% kopi %}", "🍪", "ß İ ŉ ﬁ e\u0301",
)  # fmt: skip
SECTIONS = (
    "Kue & kopi", "Kue &amp; kopi &lt;b&gt;", r"a \< b \* c \\ d", '"Kue" -- dan \'kopi\' ...', "Kue $x < y$",
    "*Kue* **dan** `a & b  <c>`", "[Kue & kopi](https://example.org)", "Camilan 🍪 كعك",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site of a book of a page for each title, with the sections."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    sections = "\n\n".join(f"## {section}\n\nWords." for section in SECTIONS)
    for number, title in enumerate(TITLES):
        (folder / f"page{number}.title").write_text(title, encoding="utf-8")
        (folder / f"page{number}.md").write_text(f"# {{study}}`page{number}`\n\n{sections}\n", encoding="utf-8")
    (folder / "index.md").write_text("# Book\n\n```{toctree}\n:glob:\npage*\n```\n", encoding="utf-8")
    with redirect_stdout(StringIO()):
        assert build_main(["-q", "-E", str(folder), str(folder / "site")]) == 0
    return folder / "site"


def found(site: Path) -> list[str]:
    return [finding.what for finding in search_finds_what_pages_say(site, "site")]


def test_a_title_is_known_whatever_signs_it_holds(site):
    assert found(site) == []


@pytest.mark.parametrize(("page", "old", "new"), [
    (0, "Kue & kopi", "Kue dan kopi"), (0, "Kue & kopi", "Kue &amp; kopi"), (1, "Kue &amp; kopi", "Kue & kopi"),
    (4, "<b>Kue</b>", "Kue"), (8, "Bu Sri’s kue", "Bu Sris kue"), (16, "كعك & قهوة", "كعك"), (16, "كعك & قهوة", None),
])  # fmt: skip
def test_a_title_that_is_missing_in_the_search_or_another_there_is_found(tmp_path, site, page, old, new):
    copy = shutil.copytree(site, tmp_path / "site")
    held = json.loads((copy / INDEX).read_text("utf-8").removeprefix("Search.setIndex(").removesuffix(")"))
    number = held["docnames"].index(f"page{page}")
    held["alltitles"][old].remove([number, None])
    if new is not None:
        held["alltitles"].setdefault(new, []).append([number, None])
        held["titles"][number] = html.escape(new, quote=False)
    (copy / INDEX).write_text(f"Search.setIndex({json.dumps(held)})", encoding="utf-8")
    assert f"its search does not know {old} (page{page}#)" in found(copy)
