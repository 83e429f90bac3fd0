"""The computed sentences, tables for reading and checks of the chapter `themes`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import wording
from analysis.themes import report
from analysis.themes.compare import Comparison
from analysis.themes.interviews import SIDES
from analysis.themes.matrix import LEAST, OTHERS
from analysis.themes.pictures import band, leading, readable
from analysis.themes.quotations import RULE
from analysis.themes.step import Result
from analysis.themes.triangulation import SMALL

NOTHING = pd.DataFrame({"": ["nothing to show"]})
OUTCOMES = {
    "agrees": ("agrees", "agree"),
    "disagrees": ("disagrees", "disagree"),
    "no difference": ("shows no difference", "show no difference"),
    "cannot be told": ("cannot be told", "cannot be told"),
}
CLOSED = (
    " The codebook does not record which interview introduced a code: it was closed beforehand, so the curve tells how "
    "soon known codes were met, not whether anything unknown was left to find."
)


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    found, m = result.interviews, result.metrics
    if found is None:
        return f"What helps and what hinders cannot be told: {result.why('interviews')}."
    parts = []
    for side, verb in (("helps", "help"), ("hinders", "hinder")):
        rows = found.counts[(found.counts["side"] == side) & (found.counts["participants"] > 0)]
        themes, share = leading(found.counts, side)
        named = f", above all {wording.listed(themes)} ({share})" if themes else ""
        parts.append(f"{wording.count(len(rows), 'theme')} {verb if len(rows) != 1 else verb + 's'}{named}")
    return f"In {wording.count(m['interviews'], 'interview')}, {'; '.join(parts)}."


def say_matrix(result: Result) -> str:
    """What the thematic matrix shows."""
    found, m = result.interviews, result.metrics
    if found is None:
        return "There is no matrix."
    several = int((found.turns[found.matrix.columns].sum(axis=1) > 1).sum())
    kinds = (found.matrix > 0).sum(axis=1)
    out = f" {wording.count(m['withheld'], 'interview')} stayed out for want of consent." if m["withheld"] else ""
    return (
        f"{m['bearing']} of {wording.count(m['turns'], 'turn')} of participants bear a theme, {several} of them more "
        f"than one. A participant voices {kinds.min()} to {kinds.max()} of {len(found.matrix.columns)} themes.{out}"
    )


def say_apart(result: Result) -> str:
    """Which themes carry no conclusion, since the coders read them too differently."""
    if result.interviews is None:
        return "There are no themes to conclude from."
    if apart := result.metrics["apart"]:
        return f"Shown, but not to be built on: {apart}."
    return "No theme has an agreement of its coders below the floor that the chapter on coding sets."


def say_prevalence(result: Result) -> str:
    """Which themes are common, which are rare."""
    found = result.interviews
    if found is None:
        return "There are no themes to count."
    voiced = found.counts[found.counts["participants"] > 0]
    common = int((voiced["participants"] >= result.rule.common * voiced["of"]).sum())
    unheard = found.counts.loc[found.counts["participants"] == 0, "theme"]
    words = [
        f"{common} of {wording.count(len(found.counts), 'theme')} {'is' if common == 1 else 'are'} voiced by at least "
        f"{wording.percent(result.rule.common)} of participants"
    ]
    rare = voiced.sort_values("participants", kind="stable").head(1)
    words += [f"the rarest voiced is {readable(r.theme)} ({r.participants} of {r.of})" for r in rare.itertuples()]
    if len(unheard):
        words.append(f"nobody voices {wording.listed(map(readable, unheard))}")
    return f"{'; '.join(words)}. The participants were chosen on purpose, so the counts bear no intervals."


def group_table(result: Result, column: str) -> pd.DataFrame:
    """Themes x groups of participants (column: role or sector), "3 of 4" in each cell."""
    if result.interviews is None:
        return NOTHING
    rows = getattr(result.interviews, f"by_{column}")
    cells = rows.assign(cell=[f"{r.participants} of {r.of}" for r in rows.itertuples()])
    wide = cells.pivot_table(index="theme", columns="group", values="cell", aggfunc="first", sort=False)
    return wide.reset_index().assign(theme=lambda t: t["theme"].map(readable)).rename_axis(columns=None)


def say_groups(result: Result) -> str:
    """Where the share of those without an office and of those with one lies furthest apart."""
    found = result.interviews
    if found is None:
        return "There are no groups to compare."
    office = found.matrix.index.isin(found.offices)
    if min(office.sum(), (~office).sum()) < LEAST:
        return (
            f"{wording.count(office.sum(), 'participant')} with an office and {(~office).sum()} without: too few to "
            "set side by side without giving away who said what."
        )
    with_office, without = (found.matrix[office] > 0), (found.matrix[~office] > 0)
    gap = with_office.mean() - without.mean()
    theme = gap.abs().idxmax()
    merged = [column for column in ("role", "sector") if (getattr(found, f"by_{column}")["group"] == OTHERS).any()]
    small = f"Groups of fewer than {LEAST} participants stand together as *others*. " if merged else ""
    return (
        f"{small}Those with an office and those without lie furthest apart on {readable(theme)}: "
        f"{with_office[theme].sum()} of {len(with_office)} against {without[theme].sum()} of {len(without)}."
    )


def say_together(result: Result) -> str:
    """Which themes stand close together beyond chance."""
    found = result.interviews
    if found is None or found.together.empty:
        return "No two themes occur."
    top = found.together.iloc[0]
    beyond = int((found.together["p_adjusted"] <= result.rule.alpha).sum())
    lead = (
        f"{beyond or 'No'} {'pair stands' if beyond < 2 else 'pairs stand'} closer together than shuffled interviews do"
    )
    return (
        f"{lead}; furthest beyond chance are {readable(top['theme_a'])} and {readable(top['theme_b'])}, "
        f"{wording.count(top['together'], 'time')} where {wording.number(top['expected'], 1)} are expected "
        f"({wording.p_value(top['p'])} by itself, {wording.p_value(top['p_adjusted'])} among all pairs)."
    )


def cases_table(result: Result) -> pd.DataFrame:
    """Who stands apart: theme, participant, case. What those say who say the opposite, extracts.opposites shows."""
    found = result.interviews
    if found is None:
        return NOTHING
    opposite = found.negative[["theme", "member"]].assign(case="says the opposite")
    rows = pd.concat([opposite, found.deviant], ignore_index=True)
    rows = rows[rows["member"].isin(found.alone)]
    rows = rows.assign(theme=rows["theme"].map(readable)).rename(columns={"member": "participant"})
    return rows[["theme", "participant", "case"]] if len(rows) else NOTHING


def say_cases(result: Result) -> str:
    """How many cases stand apart."""
    found = result.interviews
    if found is None:
        return "There are no cases."
    alone = int((found.deviant["case"] == "alone voices it").sum())
    marked = len(found.negative)
    hidden = sum(int((~cases["member"].isin(found.alone)).sum()) for cases in (found.negative, found.deviant))
    others = f" The table leaves out {hidden} of participants who count in sums only." if hidden else ""
    return (
        f"{wording.count(marked, 'passage')} {'is' if marked == 1 else 'are'} marked as saying the opposite; "
        f"{len(found.deviant) - alone} times a participant lacks a theme that at least "
        f"{wording.percent(result.rule.nearly_all)} voice, and {alone} times one alone voices a theme.{others}"
    )


def say_saturation(result: Result) -> str:
    """Whether the interviews saturate the codes, and what the order has to do with it."""
    found = result.interviews
    if found is None or found.saturated.result is None:
        return f"Saturation cannot be assessed: {result.why('saturation')}."
    m = result.metrics["saturation"]
    words = f"Saturation is {report.saturation_in_words(found.saturated, result.rule)}."
    words += f" In random orders it is reached in {wording.percent(m['orders_reached'])} of them"
    middle = f", after {wording.number(m['orders_median'] or 0, 0)} interviews in the middle one"
    words += f"{middle if m['orders_reached'] else ''}. "
    words += against_orders(found.saturated.result.curve, *band(found.saturated))
    return words + ("" if found.saturated.basis == "introduced" else CLOSED)


def against_orders(curve: pd.DataFrame, low: NDArray[np.float64], high: NDArray[np.float64]) -> str:
    """Where the curve (interview, found) leaves the band of random orders; low, high: shape (interviews,)."""
    outside = curve["interview"][((curve["found"] < low) | (curve["found"] > high)).to_numpy()]
    if outside.empty:
        return "The line stays inside the band."
    return f"The line leaves the band after interview {wording.listed(map(str, outside))}."


def say_network(result: Result) -> str:
    """What the themes' network shows, and whether committee and members differ in it."""
    found = result.interviews
    if found is None or found.network is None:
        return f"There is no network: {result.why('network')}."
    network, people = found.network, wording.count(len(found.network.points), "participant")
    shares = wording.listed(wording.percent(share) for share in network.variance[:2])
    fit = (
        "with at least as many themes as participants the fit of the places says nothing"
        if len(network.codes) >= len(network.points)
        else f"places fit at r = {wording.listed(wording.number(r) for r in network.fit_pearson)}"
    )
    sentence = (
        f"The first two dimensions hold {shares} of the variance between {people}; {fit}. "
        f"Most often connected: {_connections(network.lines.mean())}. "
    )
    if found.roles is None:
        return sentence + f"Committee and members are not compared: {result.why('roles')}."
    return sentence + _difference(found.roles, "participants without an office", "with one", result.rule.alpha)


def _connections(mean: pd.Series) -> str:
    top = mean.sort_values(ascending=False, kind="stable").head(3)
    named = [(readable(str(name)).replace(" & ", " with "), value) for name, value in top.items()]
    return wording.listed(f"{name} ({wording.number(value)})" for name, value in named)


def _difference(c: Comparison, first: str, second: str, alpha: float) -> str:
    return (
        f"The networks of {c.first} {first} and {c.second} {second} "
        f"{'differ' if c.p <= alpha else 'do not differ beyond chance'} (Cohen's d {wording.number(c.effect)} on their "
        f"own axis, where relabelled groups give {wording.number(c.by_chance)}; {wording.p_value(c.p)}, axis refitted)."
    )


def say_chat(result: Result) -> str:
    """How informal chats and the committee's chat connect codes."""
    if result.chat is None:
        return f"The chats are not compared: {result.why('chat')}."
    chat = result.chat
    design = (
        "The same members are compared in both settings"
        if chat.paired
        else "Too few write in both settings to compare the same people, so who writes there may make the difference"
    )
    return (
        f"{wording.count(chat.members, 'member')} write enough among {wording.count(chat.rows, 'text')}. {design}. "
        + _difference(chat.comparison, "members in the committee's chat", "in informal chats", result.rule.alpha)
    )


def say_quotations(result: Result) -> str:
    """The rule of quotations, and how they are shared out."""
    found = result.interviews
    if found is None or found.quotations.empty:
        return "There is nothing to quote."
    most = found.quotations["member"].value_counts().iloc[0]
    return (
        f"{RULE} The limit is {result.rule.quotations}. So {wording.count(len(found.quotations), 'quotation')} of "
        f"{wording.count(found.quotations['member'].nunique(), 'participant')} are shown, at most {most} of one."
    )


def theory_table(result: Result) -> pd.DataFrame:
    """Theme, construct, reference, expected, found, outcome, for reading."""
    if result.interviews is None:
        return NOTHING
    rows = result.interviews.theory
    return rows.assign(theme=rows["theme"].map(readable), found=rows["found"].map(readable))


def say_theory(result: Result) -> str:
    """How many expectations are met."""
    if result.interviews is None:
        return "There is nothing to hold against the theory."
    outcomes = result.interviews.theory["outcome"].value_counts()
    parts = [f"{n} {outcome}" for outcome, n in outcomes.items()]
    return f"Of {wording.count(len(result.interviews.theory), 'expectation')}: {wording.listed(parts)}."


def word_and_deed_table(result: Result) -> pd.DataFrame:
    """Each theme's trace in the chats, for reading."""
    if result.interviews is None or result.interviews.word_and_deed.empty:
        return NOTHING
    rows = result.interviews.word_and_deed
    counted = rows["measure"] == "messages"
    shown = [
        [
            "–" if v != v else wording.number(v, 0) if c else wording.percent(v)
            for v, c in zip(rows[side], counted, strict=True)
        ]
        for side in ("voicing", "others")
    ]
    return pd.DataFrame(
        {
            "theme": rows["theme"].map(readable),
            "in the chat": [
                m if c else f"share of texts: {readable(m)}" for m, c in zip(rows["measure"], counted, strict=True)
            ],
            "expected of those who voice it": rows["expected"],
            "who voice it": [f"{v} ({n})" for v, n in zip(shown[0], rows["n_voicing"], strict=True)],
            "others": [f"{v} ({n})" for v, n in zip(shown[1], rows["n_others"], strict=True)],
            "one who voices it is higher": ["–" if v != v else f"{100 * v:.0f} %" for v in rows["superiority"]],
            "outcome": rows["outcome"],
        }
    )


def self_report_table(result: Result) -> pd.DataFrame:
    """What participants say of their sharing against what is counted, for reading."""
    found = result.interviews
    rows = found.self_reports[found.self_reports["member"].isin(found.alone)] if found else pd.DataFrame()
    if rows.empty:
        return NOTHING
    return pd.DataFrame(
        {
            "participant": rows["member"],
            "says they share": rows["says"],
            "shared": rows["shared"],
            "of their texts": rows["messages"],
            "rank among members": [f"{r.rank} of {r.of}" for r in rows.itertuples()],
            "outcome": rows["outcome"],
        }
    )


def say_triangulation(result: Result) -> str:
    """Whether word and deed point the same way."""
    found = result.interviews
    if found is None:
        return "There is nothing to hold against the chat."
    outcomes = found.word_and_deed["outcome"].value_counts()
    words = [f"{n} {OUTCOMES[str(outcome)][n != 1]}" for outcome, n in outcomes.items()]
    first = (
        f"Of {wording.count(len(found.word_and_deed), 'theme')} with a trace in the chats: {wording.listed(words)} "
        f"(within {100 * SMALL:.0f} percentage points of one half counts as no difference)."
    )
    if found.self_reports.empty:
        return f"{first} No coder noted how often a participant says they share (memo `self-report: often`)."
    agree = int((found.self_reports["outcome"] == "agrees").sum())
    people = wording.count(len(found.self_reports), "participant")
    return (
        f"{first} Of {people} who say how often they share business news, "
        f"{agree} {'is' if agree == 1 else 'are'} borne out by the counts."
    )


def say_coreq(result: Result) -> str:
    """How much of the checklist is filled."""
    sources = result.coreq["source"].value_counts()
    missing = sources.get("missing", 0)
    return (
        f"{len(result.coreq) - missing} of {wording.count(len(result.coreq), 'item')} are answered, "
        f"{sources.get('computed', 0)} of them by the data alone; {missing} are not stated, and only the author can "
        "state them (`study.yaml`)."
    )


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    rows: list[tuple[str, object, bool]] = [("COREQ has its 32 items", len(result.coreq), len(result.coreq) == 32)]
    found = result.interviews
    if found is None:
        return [*rows, ("the ledger is told why", result.why("interviews"), bool(result.why("interviews")))]
    asked = set(result.utterances.loc[result.utterances["role"] == "interviewer", "utterance_id"])
    as_evidence = len(asked & set(found.turns["unit_id"]))
    quoted = found.quotations["member"]
    said = dict(zip(result.utterances["utterance_id"], result.utterances["text"], strict=True))
    literal = [
        text in said[unit] for unit, text in zip(found.quotations["unit_id"], found.quotations["text"], strict=True)
    ]
    most = int(quoted.value_counts().max()) if len(quoted) else 0
    return [
        *rows,
        ("no turn of the interviewer counts as evidence", as_evidence, not as_evidence),
        ("every participant shown consents to it", len(found.alone), set(found.alone) <= result.consenting),
        ("nobody else is quoted", quoted.nunique(), set(quoted) <= set(found.alone)),
        ("no participant is quoted more often than the limit", most, most <= result.rule.quotations),
        ("every quotation is in its turn, word for word", len(literal), all(literal)),
        ("themes of each side add up", result.metrics["C4"]["value"], _adds_up(result.metrics)),
    ]


def _adds_up(metrics: dict) -> bool:
    return metrics["C4"]["value"] == sum(metrics[side] for side in SIDES)
