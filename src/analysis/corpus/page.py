"""The figures, tables and sentences of a corpus's page."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
from IPython.display import HTML, Markdown
from matplotlib.ticker import NullFormatter, ScalarFormatter

from analysis import wording
from analysis.claims.rule import VERDICTS
from analysis.corpus.groups import SHOWN_FROM, GroupVerdict
from analysis.errors import Missing
from analysis.figures import COLOURS, Figure, canvas, cell, titled

MOST_ROWS = 500  # of the table that a page holds; all groups are in tables/groups.parquet
MULTIPLES = 12  # groups drawn by themselves
Z = 1.96
SHOWN = {
    "channel": "group", "members": "members", "messages": "messages", "months": "months", "gini": "Gini",
    "gini_se": "± Gini", "top3_share": "top 3 write", "reciprocity": "returned", "reciprocity_se": "± returned",
    "trend": "trend (log)", "trend_se": "± trend",
}  # fmt: skip
FILTER = """<input type="search" placeholder="Filter: a code, or members&gt;20" aria-label="Filter the table"
oninput="const q=this.value.trim().toLowerCase(),m=q.match(/^(.+?)\\s*([&lt;&gt;])\\s*(-?[\\d.]+)$/);
const t=this.parentElement.querySelector('table'),h=[...t.tHead.rows[0].cells].map(c=>c.textContent.toLowerCase());
for(const r of t.tBodies[0].rows){let s;if(m){const v=parseFloat(r.cells[h.indexOf(m[1].trim())]?.textContent
.replace(/,/g,'').replace('−','-'));s=m[2]==='>'?v>+m[3]:v&lt;+m[3]}else s=r.textContent.toLowerCase().includes(q);
r.hidden=!s}">"""


def answer(groups: pd.DataFrame, verdicts: Sequence[GroupVerdict], source: str = "") -> Markdown:
    """The findings of the page, in a paragraph. source: where the data come from, such as "Simulated data."."""
    size = groups["members"]
    text = (
        f"**{wording.count(len(groups), 'group')}** wrote {wording.count(groups['messages'].sum(), 'message')}. "
        f"Half of them have {size.median():,.0f} members or fewer who wrote; the largest has {size.max():,}."
    )
    return Markdown("\n".join([f"{text} {source}".rstrip(), "", *(f"- {_said(each)}" for each in verdicts)]))


def _said(verdict: GroupVerdict) -> str:
    sign, sentence = VERDICTS[verdict.verdict], verdict.claim.sentence
    if isinstance(verdict.pooled, Missing):
        return f"{sign} *{sentence}* Not assessable: {verdict.pooled.reason}."
    p = verdict.pooled
    return (
        f"{sign} *{sentence}* {verdict.verdict.capitalize()}: {wording.number(p.mean)} "
        f"({wording.between(p.low, p.high)}) over {wording.count(p.groups, 'group')}; in another group between "
        f"{wording.number(p.expected_low)} and {wording.number(p.expected_high)} is expected."
    )


def size_figure(groups: pd.DataFrame) -> Figure:
    """Inequality against size, each group with its interval."""
    own = groups.dropna(subset=["gini", "gini_se"])
    _, axes = canvas(3.8)
    axes.errorbar(own["members"], own["gini"], Z * own["gini_se"], fmt="o", ms=3, lw=0.6, alpha=_alpha(len(own)),
                  color=COLOURS["all"], ecolor=COLOURS["interval"])  # fmt: skip
    axes.set(xscale="log", xlabel="Members who wrote", ylabel="Gini coefficient of messages", ylim=(0, 1))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    title = "Inequality by size"
    if own[["members", "gini"]].nunique().min() > 1:
        r = own["members"].corr(own["gini"], method="spearman")
        title = f"Inequality and size go together with ρ = {wording.number(r)}"
    axes.set_title(title)
    return titled(axes, "Each point is a group; bars: jackknife over its members, ± 1.96 standard errors.")


def forest_figure(groups: pd.DataFrame, verdict: GroupVerdict) -> Figure | Missing:
    """Every group's effect in order, with its interval, next to the mean's and to what is expected of another group."""
    if isinstance(verdict.pooled, Missing):
        return verdict.pooled
    name, p = verdict.claim.effect, verdict.pooled
    own = groups[(groups[verdict.claim.least[0]] >= verdict.claim.least[1]) & (groups[f"{name}_se"] > 0)]
    own = own.dropna(subset=[name]).sort_values(name, ignore_index=True)
    _, axes = canvas(3.4)
    axes.axvspan(p.expected_low, p.expected_high, color=COLOURS["null"], alpha=0.35, lw=0)
    axes.axvspan(p.low, p.high, color=COLOURS["interval"], alpha=0.6, lw=0)
    axes.errorbar(own[name], own.index, xerr=Z * own[f"{name}_se"], fmt="o", ms=2.5, lw=0.6, color=COLOURS["all"],
                  alpha=_alpha(len(own)))  # fmt: skip
    axes.axvline(0, color=COLOURS["all"], lw=0.8)
    axes.set(xlabel=verdict.claim.estimand[0].upper() + verdict.claim.estimand[1:], ylabel="Groups, in order")
    axes.xaxis.label.set(wrap=True)
    axes.set_title(f"{verdict.claim.id}: on average {wording.number(p.mean)}, with I² of {wording.percent(p.share)}")
    return titled(axes, "Points: groups, ± 1.96 standard errors. Dark band: interval of the mean. Light band: where "
                        "another group's effect is expected.")  # fmt: skip


def months_figure(groups: pd.DataFrame, months: pd.DataFrame) -> Figure:
    """Messages per month in each of the largest groups, and how many members wrote them."""
    largest = groups[groups["members"] >= SHOWN_FROM].nlargest(MULTIPLES, "messages")["channel"]
    drawing, all_axes = canvas(5.2, columns=4, rows=3, sharex=True)
    for axes, channel in zip(all_axes.ravel(), largest, strict=False):
        own = months[months["channel"] == channel].set_index("month")["messages"].sort_index()
        own = own.reindex(range(own.index.min(), own.index.max() + 1), fill_value=0)
        axes.fill_between(own.index / 12, own, color=COLOURS["interval"], alpha=0.6, lw=0)
        axes.plot(own.index / 12, own, color=COLOURS["all"], lw=0.8)
        axes.set_title(channel[:8], fontsize=8)
        axes.set_ylim(bottom=0)
        axes.tick_params(labelsize=7)
    for axes in all_axes.ravel()[len(largest) :]:
        axes.set_axis_off()
    drawing.supylabel("Messages a month", fontsize=9)
    groups_shown = wording.count(len(largest), "largest group", "largest groups")
    caption = f"Messages a month (UTC) in the {groups_shown}; scales differ."
    return Figure(drawing, caption, caption)


def verdict_table(verdicts: Sequence[GroupVerdict]) -> pd.DataFrame:
    """One row per claim: the mean with its interval, and how much groups differ."""
    rows = []
    for each in verdicts:
        row: dict[str, object] = {"claim": each.claim.id, "verdict": each.verdict}
        if not isinstance(p := each.pooled, Missing):
            row |= {"groups": p.groups, "mean": p.mean, "low": p.low, "high": p.high, "smallest": each.claim.smallest,
                    "tau": p.tau, "I²": p.share, "Q": p.q, "p of Q": p.q_p}  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def by_size_table(verdicts: Sequence[GroupVerdict]) -> pd.DataFrame | Missing:
    """One row per claim: how the mean changes with twice the members."""
    rows = [
        {"claim": each.claim.id, "change": size.slope, "low": size.slope_low, "high": size.slope_high,
         "p": size.slope_p, "tau": size.tau}
        for each in verdicts if not isinstance(size := each.by_size, Missing)
    ]  # fmt: skip
    return pd.DataFrame(rows) if rows else Missing("the groups are too few, or all of one size")


def filterable(groups: pd.DataFrame) -> HTML:
    """The groups as a table to filter, the most messages first."""
    own = groups[groups["members"] >= SHOWN_FROM].nlargest(MOST_ROWS, "messages")
    frame = own[[name for name in SHOWN if name in own]].rename(columns=SHOWN)
    body = frame.to_html(index=False, border=0, classes="guyub", na_rep="–", float_format=cell)
    hidden = len(groups) - len(own)
    rest = f" Not listed, as of fewer than {SHOWN_FROM} members or beyond {MOST_ROWS}: {hidden:,}." if hidden else ""
    caption = html.escape(f"Columns with ±: standard errors.{rest}")
    return HTML(f'<figure class="guyub guyub-table">{FILTER}{body}<figcaption>{caption}</figcaption></figure>')


def _alpha(points: int) -> float:
    """How opaque points are drawn, so that many do not hide each other."""
    return float(np.clip(30 / max(points, 1), 0.15, 0.9))
