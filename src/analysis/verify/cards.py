"""Provenance as a reader sees it, in HTML: a chapter's folding card, and the list of figures and tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis import wording
from analysis.claims.ledger import number_lines
from analysis.claims.words import badge
from analysis.verify.dossiers import Dossier
from analysis.verify.provenance import Card, Input, Shown

OTHERWISE = {  # from the ledger's chapter
    "07-robustness.html": "under other choices, without each member and week, and the least that flips its verdict",
    "../calibration.html": "how often the study errs on such a claim",
}
UNKNOWN = "\ue002"  # a private character in place of what only data show that a research object leaves out
SHORT = 12  # digits shown of a hash; its title has the whole hash


def provenance_card(card: Card, seconds: float | None) -> str:
    """A chapter's card, folded. seconds: how long its step took; None if not measured."""
    rows = {
        "Inputs": _listed(_input(each) for each in card.inputs),
        "Outputs": _made(card.outputs),
        "Parameters": _listed(f"<code>{_text(name)}</code> = {_value(v)}" for name, v in card.parameters.items())
        or "none",
        "Code": f"{_hash(card.code)} over {_folded(f'{len(card.modules)} files', card.modules)}",
        "Packages": _folded(f"{len(card.packages)} packages", [f"{name} {v}" for name, v in card.packages.items()]),
        "Checks": _listed(f"{'✔' if held else '✘ not'} passed: {_text(words)}" for words, held in card.checks),
        "Run time": f"about {seconds:,.0f} s when it was last measured" if seconds else "not measured",
    }
    return _card("Where this chapter comes from", rows)


def claim_card(dossier: Dossier) -> str:
    """A claim's dossier, folded: what was declared, its numbers, what limits it, and where to look."""
    claim, row = dossier.claim, dossier.row
    fixed = ["at least " + ", ".join(f"{number:,} {what}" for what, number in claim["minimum"].items())]
    step, _, name = claim["metrics"].partition(".")
    places = [f'<a href="{_place(each, claim["chapter"] + ".html")}">{_text(each.label)}</a>: {_text(each.title)} '
              f"(<code>{_text(each.cell)}</code> of the notebook)" for each in dossier.shown]  # fmt: skip
    if claim.get("direction"):
        fixed.append(f"smallest effect that matters: {claim['direction']}, {claim['smallest_effect']} {claim['unit']}")
        fixed += [f"supported if {claim['supported_if']}"] if "supported_if" in claim else []
    rows = {
        "Source": _text(claim["source"]),
        "What is measured": _text(claim["estimand"]),
        "How it is tested": _text(claim["test"]),
        "As declared": _listed(map(_text, fixed)),
        "Numbers": _listed(map(_text, number_lines(row, claim))) or _text(row["reason"]),
        "Limits": _text(claim["limits"]),
        "Number at": f"<code>metrics/<wbr>{_text(step)}.json</code>, under <code>{_text(name or claim['id'])}</code>",
        "Shown in": _listed(places) or _text(claim["chapter"]),
        "Computed by": f"<code>{_text(claim['computed_by'])}</code>, <code>{_path(dossier.code)}</code>",
        "From the data": _listed(map(_input, dossier.data)),
    }
    if amendments := claim.get("amendments"):
        rows["Amended"] = _listed(_text(f"{each['date']}: {each['why']}") for each in amendments)
    if claim.get("direction"):
        rows["Otherwise"] = _listed(f'<a href="{page}">{words}</a>' for page, words in OTHERWISE.items())
    return _card(f"{claim['id']}: {claim['sentence']} – {badge(row)}", rows)


def _card(title: str, rows: Mapping[str, str]) -> str:
    """Facts that fold. rows: head to HTML."""
    body = "".join(f'<tr><th scope="row">{name}</th>\n<td>{value}</td></tr>\n' for name, value in rows.items())
    return (
        f'<details class="provenance"><summary>{_text(title)}</summary>'
        f'<div class="guyub-table"><table class="guyub provenance"><tbody>{body}</tbody></table></div></details>'
    )


def anchor(step: str, cell: str) -> str:
    """The id of the place in a chapter where a cell shows its output."""
    return f"{step}-{cell}"


def _place(each: Shown, page: str) -> str:
    return f"{page}#{anchor(each.step, each.cell)}"


def outputs_table(chapter: str, notebook: str, shown: Sequence[Shown], data: Iterable[tuple[str, str]]) -> str:
    """A chapter's figures and tables, folded: each with its cell, its code, the step's data, and its hash.

    chapter: its page, as seen from the list. data: path and hash of what the step wrote.
    """
    made = _made(data)
    rows = "".join(_output(each, chapter, notebook, made) for each in shown)
    names = ("Shown", "Notebook", "Code", "Data of the step", "Hash")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    table = f'<table class="guyub"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    title = f"{notebook.rpartition('/')[2]}: {wording.count(len(shown), 'figure or table', 'figures and tables')}"
    return f'<details class="paths"><summary>{_text(title)}</summary><div class="guyub-table">{table}</div></details>'


def _made(data: Iterable[tuple[str, str]]) -> str:
    """Paths with their hashes, as a list."""
    return _listed(f"<code>{_path(path)}</code> {_hash(digest)}" for path, digest in data)


def _output(each: Shown, chapter: str, notebook: str, made: str) -> str:
    code = f"<code>{_path(each.place)}</code> {_text(each.maker)}" if each.place else "the cell itself"
    return (
        f'<tr><td><a href="{_place(each, chapter)}">{_text(each.label)}</a>: {_text(each.title)}</td>'
        f"<td><code>{_path(notebook)}</code> {_text(each.cell)}</td>\n<td>{code}</td>\n"
        f"<td>{made}</td>\n<td>{_hash(each.hash)}</td></tr>\n"
    )


def _input(each: Input) -> str:
    if not each.here:
        known = [f"<code>{_path(each.path)}</code> ", *([f"{_hash(each.hash)} "] if each.hash else [])]
        return f"{''.join(known)}{UNKNOWN}"
    one = wording.count(each.rows, "row" if each.path.endswith(".parquet") else "line")
    many = f"{wording.count(each.files, 'file')}, {wording.count(each.rows, 'row or line', 'rows and lines')}"
    size = many if each.parts or each.files != 1 else one
    parts = [f"{name}: {rows:,} rows, {_short(digest)}" for name, rows, digest in each.parts]
    return f"<code>{_path(each.path)}</code> {_hash(each.hash)} {_folded(size, parts) if parts else size}"


def _value(value: Any) -> str:
    """A parameter's value as HTML; a mapping is folded."""
    if isinstance(value, Mapping):
        return _folded_pairs({str(name): part for name, part in value.items()})
    if isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
        return _folded_pairs({str(number): part for number, part in enumerate(value, 1)})
    return _text(wording.listed(map(str, value)) if isinstance(value, list) else "none" if value is None else value)


def _listed(items: Iterable[str]) -> str:
    """Pieces of HTML as a list."""
    rows = "".join(f"<li>{item}</li>\n" for item in items)  # the search index joins words that no space separates
    return rows and f'<ul class="paths">{rows}</ul>'


def _folded_pairs(parts: Mapping[str, Any]) -> str:
    rows = _listed(f"<code>{_path(name)}</code>: {_value(part)}" for name, part in parts.items())
    return f'<details class="paths"><summary>{wording.count(len(parts), "entry", "entries")}</summary>{rows}</details>'


def _folded(title: str, items: Iterable[str]) -> str:
    rows = _listed(f"<code>{_path(item)}</code>" for item in items)
    return f'<details class="paths"><summary>{_text(title)}</summary>{rows}</details>'


def _hash(digest: str) -> str:
    return f'<code title="{_text(digest)}">{_text(_short(digest))}</code>'


def _short(digest: str) -> str:
    """The beginning of a hash, long enough to contain a letter: digits alone might be a telephone number."""
    return digest[: max(SHORT, next((k for k, sign in enumerate(digest, 1) if sign.isalpha()), len(digest)))]


def _path(name: str) -> str:
    """A path that may break at its slashes."""
    return _text(name).replace("/", "/<wbr>")


def _text(value: object) -> str:
    return html.escape(str(value))
