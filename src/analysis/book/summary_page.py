"""Parts of the summary page, as HTML in its reader's language: who shares, and the most frequent themes.

The book's extension makes directives of it, who-shares and voiced; `guyub verify` looks for it on built pages.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable

from analysis import study
from analysis.book import prose_numbers

THEMES = 6  # most frequent themes named on each side, together with ties for the last place
SIDES = {"Helps": "helps", "Hinders": "hinders"}
DOT, ROWS, COLUMNS = 22, 3, 20  # of the picture: SVG units per dot, rows, and least number of columns


def who_shares(paths: study.Paths, words: Callable[[str], str], language: str = "en") -> str:
    """Every member as a dot: the few who write most business news, others who share, those who never do."""
    names = ("members", "sharers", "top", "ever")
    of, sharers, few, ever = (prose_numbers.lookup(paths, f"sharing.{name}") for name in names)
    if not (of and sharers and few and few.get("members") and ever and ever.get("value")):
        reason = words("nobody has coded enough messages for it")
        return f'<p class="guyub missing">{words("Not shown: {reason}.").format(reason=reason)}</p>'
    top, share = few["members"], prose_numbers.prose(few["value"], "percent", language)
    likely = max(top, round(ever["value"]))
    groups = (
        ("most", top, "{n} with about {share} of it"),
        ("some", likely - top, "{n} more have likely shared some"),
        ("none", of - likely, "{n} likely never have"),
    )
    one = "{n} of {of} members writes about {share} of all business news"
    several = "{n} of {of} members write about {share} of all business news"
    title = words(one if top == 1 else several).format(n=top, of=of, share=share)
    legend = "".join(
        f'<span><svg width="14" height="14" aria-hidden="true"><circle class="{kind}" cx="7" cy="7" r="5.5"/></svg>'
        f"{words(line).format(n=n, share=share)}</span>"
        for kind, n, line in groups
    )
    source = f" {words(study.data_source(simulated=True))}" if paths.simulated else ""
    return (
        f'<figure class="guyub dots"><p class="figure-title">{title}</p>{_dots([(kind, n) for kind, n, _ in groups])}'
        f'<figcaption><span class="legend">{legend}</span> {words("One dot a member.")}{source}</figcaption></figure>'
    )


def _dots(groups: list[tuple[str, int]]) -> str:
    """Dots of several kinds, one after the other, as SVG."""
    kinds = [kind for kind, n in groups for _ in range(n)]
    columns = max(COLUMNS, math.ceil(len(kinds) / ROWS)) if len(kinds) < 200 else math.ceil(math.sqrt(5 * len(kinds)))
    circles = "".join(
        f'<circle class="{kind}" cx="{DOT * (i % columns) + DOT // 2}" cy="{DOT * (i // columns) + DOT // 2}" r="8"/>'
        for i, kind in enumerate(kinds)
    )
    height = DOT * math.ceil(len(kinds) / columns)
    return f'<svg aria-hidden="true" viewBox="0 0 {DOT * columns} {height}">{circles}</svg>'


def voiced(paths: study.Paths, words: Callable[[str], str]) -> str:
    """The themes voiced in most interviews, on each side, by name, and how many more there are. Themes with too little
    agreement between coders for conclusions are named separately after them."""
    themes = prose_numbers.lookup(paths, "themes.themes") or {}
    codes = prose_numbers.lookup(paths, "coding.by_code") or {}
    read_twice = {name: code for name, code in codes.items() if code["alpha"] is not None}
    unsure = [name for name in themes if not read_twice.get(name, {"usable": True})["usable"]]
    lines = []
    for label, side in SIDES.items():
        sure = [(name, each) for name, each in themes.items() if each["side"] == side and name not in unsure]
        every = sorted((-each["participants"], name) for name, each in sure if each["participants"])
        own = [one for one in every if one[0] <= every[:THEMES][-1][0]]
        if own:
            named = ", ".join(f"{html.escape(words(name.replace('_', ' ')))} ({-n})" for n, name in own)
            if rest := len(every) - len(own):
                named = words("{themes}, and {n} more").format(themes=named, n=rest)
            lines.append(f"<strong>{words(label)}</strong>: {named}.")
    if not lines:
        return ""
    of = max(each["of"] for each in themes.values())
    lines.insert(0, words("In brackets: in how many of {of} interviews it comes up, for or against.").format(of=of))
    if unsure:
        left = ", ".join(
            f"{html.escape(words(name.replace('_', ' ')))} ({themes[name]['participants']})" for name in sorted(unsure)
        )
        said = words("Left out here, because the coders’ agreement is below the floor: {themes}.")
        lines.append(said.format(themes=left))
    return f"<p>{' '.join(lines)}</p>"
