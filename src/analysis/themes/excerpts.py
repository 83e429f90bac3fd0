"""Interview excerpts as HTML: the matrix whose cells link to passages, the quotations, and the turns they come from.

Only participants who consent to quotations are shown in their words (alone, as from matrix.shown_alone); all text of
people is escaped, and people who may not be named are not named in it either.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby

import pandas as pd
from IPython.display import HTML

from analysis import wording
from analysis.errors import InputError, Missing, stage
from analysis.figures import absent
from analysis.themes.matrix import LEAST
from analysis.themes.page import readable
from analysis.themes.quotations import KINDS
from analysis.themes.step import Data

NOT_APPROVED = "Not shown: nobody has approved this passage for quoting (guyub quotes)."


def _shown_or_missing(function: Callable[..., str]) -> Callable[..., HTML]:
    """Wrap a function that returns HTML text so that it returns a notebook's output, or the reason if it is missing."""

    @functools.wraps(function)
    def shown(*args: object) -> HTML:
        body = stage(function)(*args)
        return absent(body) if isinstance(body, Missing) else HTML(f'<div class="guyub">{body}</div>')

    return shown


@_shown_or_missing
def matrix_table(matrix: pd.DataFrame, alone: Sequence[str]) -> str:
    """Themes x participants: turns with the theme, each cell a link to its passages.

    Participants who are shown in sums only share one column, if they are LEAST or more.
    """
    own, others = matrix.loc[alone], matrix.drop(index=alone)
    shared = [others.sum()] if len(others) >= LEAST else []
    heads = [*alone, *(f"{len(others)} others" for _ in shared)]
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heads)
    rows = []
    for theme in matrix.columns:
        links = [f'<a href="#{_passage_id(theme, who)}">{n}</a>' if n else "·" for who, n in own[theme].items()]
        cells = "".join(f"<td>{cell}</td>" for cell in [*links, *(turns[theme] or "·" for turns in shared)])
        rows.append(f'<tr><th scope="row">{html.escape(readable(theme))}</th>{cells}</tr>')
    note = " Participants who are counted in sums only share the last column." if shared else ""
    return (
        '<figure class="guyub guyub-table"><table class="guyub matrix"><thead><tr><th scope="col">theme</th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table><figcaption>Turns in which a participant "
        f"voices a theme. A number opens to its passages below.{note}</figcaption></figure>"
    )


def _passage_id(theme: object, member: object) -> str:
    return html.escape(f"passages-{theme}-{member}".replace("_", "-"))


@_shown_or_missing
def passages_by_theme(passages: pd.DataFrame, alone: Collection[str], data: Data) -> str:
    """Every passage counted in the matrix, by theme and participant, with a link to its turn."""
    shown = passages[passages["member"].isin(list(alone))]
    hidden = len(passages) - len(shown)
    parts = []
    for theme, group in shown.groupby("theme", sort=True):
        body = "".join(
            f'<div id="{_passage_id(theme, member)}"><strong>{html.escape(str(member))}</strong>'
            f"<ul>{''.join(f'<li>{_quoted(row, data)}{_given_by(row)}</li>' for _, row in own.iterrows())}</ul></div>"
            for member, own in group.groupby("member", sort=False)
        )
        parts.append(_folded(f"{readable(str(theme))}: {wording.count(len(group), 'passage')}", body))
    note = f"<p>{wording.count(hidden, 'passage')} counted and not shown.</p>" if hidden else ""
    return "".join(parts) + note


def _given_by(row: pd.Series) -> str:
    given = f" <small>(given by {row['coders']} of {wording.count(row['readers'], 'coder')})</small>"
    return "" if row["agreed"] else given


@_shown_or_missing
def quotations_by_theme(quotations: pd.DataFrame, data: Data) -> str:
    """The chosen quotations by theme: the words, the translation, who and where."""
    if quotations.empty:
        raise InputError("no passage is chosen as a quotation")
    return "".join(
        _folded(
            f"{readable(str(theme)).capitalize()}: {wording.count(len(group), 'quotation')}",
            "".join(
                f"<blockquote><p>{_quoted(row, data)} <small>{KINDS[row['kind']]}</small></p></blockquote>"
                for _, row in group.iterrows()
            ),
            "quotations",
        )
        for theme, group in quotations.groupby("theme", sort=True)
    )


@_shown_or_missing
def opposite_passages(negative: pd.DataFrame, passages: pd.DataFrame, alone: Collection[str], data: Data) -> str:
    """Passages that coders marked as saying the opposite of their theme: the words, and the coder's remark."""
    shown = negative[negative["member"].isin(list(alone))]
    if shown.empty:
        raise InputError("no passage is marked as saying the opposite of its theme")
    places = data.utterances.set_index("utterance_id")[["transcript", "turn", "text"]]
    rows = shown.join(places, on="unit_id")
    rows["text"] = [text[start:end] for text, start, end in zip(rows["text"], rows["start"], rows["end"], strict=True)]
    return "".join(
        f"<blockquote><p>{_quoted(row, data, row['unit_id'] in set(passages['unit_id']))} "
        f"<small>{html.escape(readable(row['theme']))}; {_said(row['memo'], data.unnamed)}</small></p></blockquote>"
        for _, row in rows.iterrows()
    )


def _quoted(row: pd.Series, data: Data, linked: bool = True) -> str:
    """A passage in its own language, its translation, and the link to its turn if that is shown; of a passage that
    nobody has approved, only the place."""
    if not _may_be_shown(row["unit_id"], data):
        return f"<small>{NOT_APPROVED}</small><br>{html.escape(row['member'])}, {html.escape(row['transcript'])}"
    text, translation = _said(row["text"], data.unnamed), row["translation"]
    english = "" if pd.isna(translation) else f"<br><em lang='en'>{_said(translation, data.unnamed)}</em>"
    place = f"{html.escape(row['member'])}, {html.escape(row['transcript'])}, turn {row['turn']}"
    link = f'<a href="#turn-{html.escape(row["unit_id"])}">{place}</a>' if linked else place
    return f"<span{_spoken(data)}>“{text}”</span>{english}<br>{link}"


def _may_be_shown(unit: str, data: Data) -> bool:
    return data.approved is None or unit in data.approved


def _spoken(data: Data) -> str:
    """The HTML attribute that gives screen readers the language of the talk."""
    return f' lang="{html.escape(data.language)}"'


def _said(text: str, unnamed: Collection[str]) -> str:
    """Talk as the page may show it."""
    return html.escape(wording.unnamed(text, unnamed))


@_shown_or_missing
def turns_in_full(passages: pd.DataFrame, alone: Collection[str], data: Data) -> str:
    """Each turn that contains a passage, in full, after the question it answers, with its place in the source file."""
    shown = passages[passages["member"].isin(list(alone))]
    if data.approved is not None:
        shown = shown[shown["unit_id"].isin(data.approved)]
    texts = data.utterances.set_index("utterance_id")["text"]
    parts = []
    for transcript, interview in shown.groupby("transcript", sort=False):
        units = interview.sort_values(["turn", "start"], kind="stable").groupby("unit_id", sort=False)
        body = "".join(_turn(str(unit), texts[unit], group, data) for unit, group in units)
        parts.append(_folded(f"{transcript}: {wording.count(len(units), 'turn')} that bear a theme", body))
    return "".join(parts)


def _turn(unit: str, text: str, passages: pd.DataFrame, data: Data) -> str:
    first, spoken = passages.iloc[0], _spoken(data)
    asked = _said(first["question"], data.unnamed)
    question = f"<p{spoken}><small>{asked}</small></p>" if first["question"] else ""
    named = wording.listed(dict.fromkeys(map(readable, passages["theme"])))
    words = _marked(text, zip(passages["start"], passages["end"], strict=True), data.unnamed)
    return (
        f'<div id="turn-{html.escape(unit)}">{question}<p{spoken}>{words}</p>'
        f"<p><small>{html.escape(first['member'])}, turn {first['turn']}; {html.escape(first['source'])}, "
        f"line {first['line']}; {html.escape(named)}</small></p><hr></div>"
    )


def _marked(text: str, spans: Iterable[tuple[int, int]], unnamed: Collection[str]) -> str:
    """The text, escaped, with spans (which may overlap) marked."""
    inside = {place for start, end in spans for place in range(start, end)}
    runs = [(marked, list(places)) for marked, places in groupby(range(len(text)), inside.__contains__)]
    pieces = [(marked, _said(text[places[0] : places[-1] + 1], unnamed)) for marked, places in runs]
    return "".join(f"<mark>{piece}</mark>" if marked else piece for marked, piece in pieces)


def _folded(title: str, body: str, kind: str = "") -> str:
    """An HTML element that unfolds. kind: its class."""
    named = f' class="{kind}"' if kind else ""
    return f"<details{named}><summary>{html.escape(title)}</summary>{body}</details>"
