"""Explains terms where they are used: on each page the first use of a term of the glossary leads there, and shows its
meaning (terms.js) to whoever points at it, moves to it with the keyboard or touches it.

The meaning is an attribute, so that a page's words stay as they are written. Nothing is explained inside headings,
links, code, computed numbers and verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

LEFT_OUT = ("genindex", "api", "howto", "numbers", "references", "cite", "speed")  # pages without prose of the study
NEVER_IN = (nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.raw, nodes.math, nodes.term,
            nodes.citation, nodes.caption, addnodes.toctree, addnodes.pending_xref)  # fmt: skip
NEVER_OF = {"computed", "verdict", "stages"}  # classes of computed text


class explained(nodes.inline):
    """A term that leads to the glossary; meaning, place: what is shown and where it leads. Docutils calls nodes in
    small letters."""


def visit_explained(translator: nodes.NodeVisitor, node: explained) -> None:
    given = {"href": node["place"], "data-meaning": node["meaning"]}
    translator.body.append(translator.starttag(node, "a", "", CLASS="term", **given))


def depart_explained(translator: nodes.NodeVisitor, _: explained) -> None:
    translator.body.append("</a>")


def meanings(glossary: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Term, meaning and anchor of every entry of a page with glossaries; the meaning is an entry's first paragraph."""
    for item in glossary.findall(nodes.definition_list_item):
        said = next(item.findall(nodes.paragraph), None)
        for term in item.findall(nodes.term):
            if said is not None and term["ids"]:
                yield term.astext(), " ".join(said.astext().split()), term["ids"][0]


def explain(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Make the first use of each term on a page lead to the glossary of the page's language."""
    glossary = app.config.guyub_glossaries.get(app.config.guyub_languages.get(page, "en"), "")
    if page in {*app.config.guyub_glossaries.values(), *LEFT_OUT} or glossary not in app.env.found_docs:
        return
    entries = list(meanings(app.env.get_doctree(glossary)))
    left = {term.lower(): (meaning, anchor) for term, meaning, anchor in entries}
    to_glossary = app.builder.get_relative_uri(page, glossary)
    for text in list(doctree.findall(nodes.Text)):
        if left and _is_prose(text):
            _mark(text, left, to_glossary)


def _is_prose(text: nodes.Text) -> bool:
    node = text.parent
    while node is not None and not isinstance(node, nodes.document):
        if isinstance(node, NEVER_IN) or NEVER_OF & set(node.get("classes", ())):
            return False
        node = node.parent
    return True


def _mark(text: nodes.Text, left: dict[str, tuple[str, str]], to_glossary: str) -> None:
    """Mark each term in a text that has not been met, and take it, with others of the same entry, off the list."""
    words, pieces, at = text.astext(), [], 0
    for found in pattern(tuple(sorted(left))).finditer(words):
        met = " ".join(found[1].lower().split())
        if met not in left:  # explained in this text already
            continue
        meaning, anchor = left[met]
        for term in [term for term, (other, _) in left.items() if other == meaning]:
            del left[term]
        pieces += [nodes.Text(words[at : found.start()])] if found.start() > at else []
        pieces.append(explained("", found[0], meaning=meaning, place=f"{to_glossary}#{anchor}"))
        at = found.end()
    if pieces:
        rest = [nodes.Text(words[at:])] if at < len(words) else []
        text.parent.replace(text, [*pieces, *rest])


@cache
def pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of the terms as whole words, in the plural too, the longest first; in a power law there is no power."""
    ordered = sorted(terms, key=len, reverse=True)
    listed = "|".join(r"\s+".join(map(re.escape, term.split())) for term in ordered)
    return re.compile(rf"(?<![\w-])({listed})s?(?![\w-]|\s+law\b)", re.I)


def setup(app: Sphinx) -> dict[str, object]:
    """The entry point that Sphinx calls."""
    app.add_config_value("guyub_glossaries", {}, "env")
    app.add_node(explained, html=(visit_explained, depart_explained))
    app.connect("doctree-resolved", explain)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
