"""What people said, as HTML: the matrix whose cells open to passages, the quotations, the turns behind them.

Only participants who consent to quotations are shown in their words; all text of people is escaped, and who may not be
named is not named in it either.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Sequence

import pandas as pd
from IPython.display import HTML

from analysis import wording
from analysis.themes.matrix import LEAST
from analysis.themes.pictures import readable
from analysis.themes.quotations import KINDS
from analysis.themes.step import Result

NOTHING = HTML("<p>Nothing to show.</p>")


def matrix(result: Result) -> HTML:
    """Themes x participants: turns that bear the theme, each cell a link to its passages.

    Participants who are shown in sums only have one column, if they are LEAST or more.
    """
    found = result.interviews
    if found is None:
        return NOTHING
    alone, others = found.matrix.loc[found.alone], found.matrix.drop(index=found.alone)
    shared = [others.sum()] if len(others) >= LEAST else []
    heads = [*alone.index, *(f"{len(others)} others" for _ in shared)]
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heads)
    rows = "".join(_matrix_row(theme, alone[theme], [s[theme] for s in shared]) for theme in alone.columns)
    note = " Participants who are counted in sums only share the last column." if shared else ""
    return HTML(
        '<figure class="guyub guyub-table"><table class="guyub matrix"><thead><tr><th scope="col">theme</th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table><figcaption>Turns in which a participant "
        f"voices a theme. A number opens to its passages below.{note}</figcaption></figure>"
    )


def _matrix_row(theme: str, turns: pd.Series, others: Sequence[int]) -> str:
    cells = [
        f'<td><a href="#{_passage_id(theme, str(member))}">{n}</a></td>' if n else "<td>·</td>"
        for member, n in turns.items()
    ]
    cells += [f"<td>{n or '·'}</td>" for n in others]
    return f'<tr><th scope="row">{html.escape(readable(theme))}</th>{"".join(cells)}</tr>'


def _passage_id(theme: str, member: str) -> str:
    return html.escape(f"passages-{theme}-{member}".replace("_", "-"))


def passages(result: Result) -> HTML:
    """Every passage behind the matrix, by theme and participant, with a link to its turn."""
    found = result.interviews
    if found is None:
        return NOTHING
    shown = found.passages[found.passages["member"].isin(found.alone)]
    hidden = len(found.passages) - len(shown)
    parts = [
        _folded(
            f"{readable(str(theme))}: {wording.count(len(group), 'passage')}",
            _by_member(str(theme), group, result),
        )
        for theme, group in shown.groupby("theme", sort=True)
    ]
    note = f"<p>{wording.count(hidden, 'passage')} counted and not shown.</p>" if hidden else ""
    return HTML(f'<div class="guyub">{"".join(parts)}{note}</div>')


def _by_member(theme: str, group: pd.DataFrame, result: Result) -> str:
    return "".join(
        f'<div id="{_passage_id(theme, str(member))}"><strong>{html.escape(str(member))}</strong>'
        f"<ul>{''.join(f'<li>{_quoted(row, result)}{_agreement(row)}</li>' for _, row in own.iterrows())}</ul></div>"
        for member, own in group.groupby("member", sort=False)
    )


def _agreement(row: pd.Series) -> str:
    return (
        ""
        if row["agreed"]
        else f" <small>(given by {row['coders']} of {wording.count(row['readers'], 'coder')})</small>"
    )


def quotations(result: Result) -> HTML:
    """The chosen quotations by theme: the words, the translation, who and where."""
    found = result.interviews
    if found is None or found.quotations.empty:
        return NOTHING
    parts = [
        f"<h3>{html.escape(readable(str(theme)).capitalize())}</h3>"
        + "".join(
            f"<blockquote><p>{_quoted(row, result)} <small>{KINDS[row['kind']]}</small></p></blockquote>"
            for _, row in group.iterrows()
        )
        for theme, group in found.quotations.groupby("theme", sort=True)
    ]
    return HTML(f'<div class="guyub">{"".join(parts)}</div>')


def opposites(result: Result) -> HTML:
    """Passages that coders marked as saying the opposite of their theme: the words, and the coder's remark."""
    found = result.interviews
    shown = found.negative[found.negative["member"].isin(found.alone)] if found else pd.DataFrame()
    if found is None or shown.empty:
        return NOTHING
    places = result.utterances.set_index("utterance_id")[["transcript", "turn", "text"]]
    rows = shown.join(places, on="unit_id")
    rows["text"] = [text[start:end] for text, start, end in zip(rows["text"], rows["start"], rows["end"], strict=True)]
    parts = [
        f"<blockquote><p>{_quoted(row, result, row['unit_id'] in set(found.passages['unit_id']))} "
        f"<small>{html.escape(readable(row['theme']))}; {_shown(row['memo'], result.unnamed)}</small></p></blockquote>"
        for _, row in rows.iterrows()
    ]
    return HTML(f'<div class="guyub">{"".join(parts)}</div>')


def _quoted(row: pd.Series, result: Result, linked: bool = True) -> str:
    """A passage in its own language, its translation, and the link to its turn, where that is shown."""
    text, translation = _shown(row["text"], result.unnamed), row["translation"]
    english = "" if pd.isna(translation) else f"<br><em lang='en'>{_shown(translation, result.unnamed)}</em>"
    place = f"{html.escape(row['member'])}, {html.escape(row['transcript'])}, turn {row['turn']}"
    link = f'<a href="#turn-{html.escape(row["unit_id"])}">{place}</a>' if linked else place
    return f"<span{_spoken(result)}>“{text}”</span>{english}<br>{link}"


def _spoken(result: Result) -> str:
    """The attribute that tells a screen reader in which language people talk."""
    return f' lang="{html.escape(result.language)}"'


def _shown(text: str, unnamed: Collection[str]) -> str:
    """Talk as it may stand on the page."""
    return html.escape(wording.unnamed(text, unnamed))


def turns(result: Result) -> HTML:
    """Each turn behind a passage, in full, after the question it answers, with its place in the source file."""
    found = result.interviews
    if found is None:
        return NOTHING
    shown = found.passages[found.passages["member"].isin(found.alone)]
    said = result.utterances.set_index("utterance_id")["text"]
    parts = []
    for transcript, interview in shown.groupby("transcript", sort=True):
        units = interview.sort_values(["turn", "start"], kind="stable").groupby("unit_id", sort=False)
        body = "".join(_turn(str(unit), said[unit], group, result) for unit, group in units)
        parts.append(_folded(f"{transcript}: {wording.count(len(units), 'turn')} that bear a theme", body))
    return HTML(f'<div class="guyub">{"".join(parts)}</div>')


def _turn(unit: str, text: str, found: pd.DataFrame, result: Result) -> str:
    first, spoken = found.iloc[0], _spoken(result)
    asked = _shown(first["question"], result.unnamed)
    question = f"<p{spoken}><small>{asked}</small></p>" if first["question"] else ""
    named = wording.listed(dict.fromkeys(map(readable, found["theme"])))
    words = _marked(text, zip(found["start"], found["end"], strict=True), result.unnamed)
    return (
        f'<div id="turn-{html.escape(unit)}">{question}<p{spoken}>{words}</p>'
        f"<p><small>{html.escape(first['member'])}, turn {first['turn']}; {html.escape(first['source'])}, "
        f"line {first['line']}; {html.escape(named)}</small></p><hr></div>"
    )


def _marked(text: str, given: Iterable[tuple[int, int]], unnamed: Collection[str]) -> str:
    """The text, escaped, with spans (which may overlap) marked."""
    pieces, at = [], 0
    for start, end in _merged(given):
        pieces += [_shown(text[at:start], unnamed), f"<mark>{_shown(text[start:end], unnamed)}</mark>"]
        at = end
    return "".join([*pieces, _shown(text[at:], unnamed)])


def _merged(given: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(given):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{html.escape(title)}</summary>{body}</details>"
