"""The figures, sentences, tables and checks of the chapter `themes`.

What people said in their own words is shown by excerpts.py; epistemic networks are compared by difference.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import pandas as pd

from analysis import approvals, figures, wording
from analysis.arrays import Floats
from analysis.codebook import Codebook
from analysis.errors import InputError, Missing, stage
from analysis.published import FEWEST
from analysis.themes.chat import ChatNetwork
from analysis.themes.compare import Comparison
from analysis.themes.ena import EpistemicNetwork
from analysis.themes.matrix import SIDES
from analysis.themes.quotations import RULE
from analysis.themes.saturation import CodesHeard, RandomOrders, Saturation
from analysis.themes.step import Data
from analysis.themes.theory import AS_EXPECTED, TOWARDS, UNKNOWN
from analysis.themes.triangulation import AGREES, DISAGREES, NO_DIFFERENCE, SMALL, differing_by_chance
from analysis.themes.triangulation import UNKNOWN as NOT_ASSESSABLE

WORD_AND_DEED = (
    "Means of participants (how many in brackets), and how often one who voices the theme is higher than one who does "
    f"not. Less than {100 * SMALL:.0f} points from half of the time counts as no difference. There is no test, as the "
    "groups are small and nobody was drawn."
)
Check = tuple[str, object, bool]  # assertion, value, whether it holds
PAIRS_DRAWN = 10
FEW = 3  # most interviews, or coefficients, that a sentence names
HEADINGS = {"helps": "helps", "hinders": "hinders", "weighs": "is weighed"}
CLOSED = (
    " The codebook does not record which interview introduced a code: it was closed beforehand, so the curve shows how "
    "soon its codes were met, not whether anything unknown was left to find."
)


def readable(theme: str) -> str:
    """A code's name as words."""
    return theme.replace("_", " ")


def _refuse_none(rows: pd.DataFrame, reason: str) -> None:
    """Raise InputError if there are no rows to show."""
    if rows.empty:
        raise InputError(reason)


def colour(codebook: Codebook, theme: str) -> str:
    """The house's colour of the topmost code above a theme."""
    return figures.COLOURS.get(codebook.top(theme), figures.COLOURS["all"])


@stage
def answer(
    counts: pd.DataFrame, turns: pd.DataFrame, differing: str = "", negative: pd.DataFrame | Missing | None = None
) -> str:
    """The page's answer: what helps and hinders. counts: as from matrix.prevalence; differing: the themes that coders
    read too differently, as from below_floor; negative: passages that say the opposite of a theme."""
    n = {side: int(((counts["side"] == side) & (counts["participants"] > 0)).sum()) for side in ("helps", "hinders")}
    said = [
        f"In {wording.count(turns['transcript'].nunique(), 'interview')}, participants voice "
        f"{wording.count(n['helps'], 'theme')} of what helps and {n['hinders']} of what hinders."
    ]
    for side in n:
        themes, how_many = leading(counts, side, differing)
        if themes:
            verb = "is" if len(themes) == 1 else "are"
            apart = passed_over(counts, side, differing)
            aside = f", leaving out {wording.listed(apart)}, on which agreement is below the floor" if apart else ""
            of = f"{how_many}{_opposite(themes, negative)}"
            said.append(f"Of what {side}, {wording.listed(themes)} {verb} named most often ({of}){aside}.")
    weighed = [readable(theme) for theme in counts.query("side == 'weighs' and participants > 0")["theme"]]
    if weighed and any(n.values()):
        total = sum(n.values()) + len(weighed)
        said.append(f"With {wording.listed(weighed)}, by which both are weighed, that makes {total} themes.")
    return " ".join(said)


def leading(counts: pd.DataFrame, side: str, differing: str = "") -> tuple[list[str], str]:
    """The themes of a side that most participants voice, by name, and how many do ("9 of 12"); none if nobody does.
    Themes that coders read too differently (differing, as from below_floor) are passed over."""
    rows = counts[(counts["side"] == side) & (counts["participants"] > 0)]
    rows = rows[~rows["theme"].map(lambda theme: _differs(theme, differing)).astype(bool)]
    top = rows[rows["participants"] == rows["participants"].max()].sort_values("theme")
    return [readable(theme) for theme in top["theme"]], f"{rows['participants'].max()} of {rows['of'].max()}"


def passed_over(counts: pd.DataFrame, side: str, differing: str) -> list[str]:
    """The themes of a side that are voiced at least as often as the leading ones, but that coders read too
    differently."""
    rows = counts[(counts["side"] == side) & (counts["participants"] > 0)]
    apart = rows["theme"].map(lambda theme: _differs(theme, differing)).astype(bool)
    least = rows.loc[~apart, "participants"].max() if (~apart).any() else 0
    return [readable(theme) for theme in rows.loc[apart & (rows["participants"] >= least), "theme"].sort_values()]


def _differs(theme: str, differing: str) -> bool:
    """Whether the theme is among those that coders read too differently."""
    return bool(re.search(rf"(?:\bon|\band|,) {re.escape(readable(theme))} \(alpha", differing))


def _opposite(themes: Collection[str], negative: pd.DataFrame | Missing | None) -> str:
    """How many of those who name these themes say the opposite, with a leading semicolon; empty if nobody does."""
    if negative is None or isinstance(negative, Missing):
        return ""
    rows = negative[negative["theme"].map(readable).isin(list(themes))]
    people = rows["member"].nunique()
    return f"; {people} of them {'says' if people == 1 else 'say'} the opposite" if people else ""


@stage
def prevalence_figure(counts: pd.DataFrame, codebook: Codebook, differing: str = "") -> figures.Figure:
    """How many participants voice each theme, by side. differing: as answer."""
    ordered = counts.assign(at=counts["side"].map(SIDES.index)).sort_values(
        ["at", "participants"], ascending=[False, True], kind="stable"
    )
    steps, people = (ordered["side"] != ordered["side"].shift()).cumsum().to_numpy(), ordered["of"].max()
    height = np.arange(len(ordered)) + 0.9 * steps
    _, axes = figures.canvas(height=1.2 + 0.27 * (len(ordered) + steps.max()))
    colours = [colour(codebook, theme) for theme in ordered["theme"]]
    axes.barh(height, ordered["participants"], color=colours, height=0.7)
    for y, row in zip(height, ordered.itertuples(), strict=True):
        top = codebook.top(row.theme)
        above = f", {readable(top)}" if top != row.theme else ""
        axes.text(row.participants + 0.1, y, f"{row.participants} of {row.of}{above}", va="center", fontsize=9)
    for side, group in pd.DataFrame({"side": ordered["side"].to_numpy(), "y": height}).groupby("side"):
        axes.text(0, group["y"].max() + 0.45, f" What {HEADINGS[side]}", fontsize=9, fontweight="bold", va="bottom")
    axes.set_yticks(height, [readable(theme) for theme in ordered["theme"]])
    axes.set(xlabel="participants who voice it", xlim=(0, people * 1.5), ylim=(0, height.max() + 1.3))
    most = [(side, *leading(ordered, side, differing)) for side in SIDES[:2]]
    lead = [f"of what {side}, {wording.listed(names)} ({n})" for side, names, n in most if names]
    axes.set_title(f"Named most often: {'; '.join(lead)}" if lead else "No theme is voiced")
    axes.set_xticks([tick for tick in axes.get_xticks() if tick <= people])
    text = (
        "Bars: participants who voice a theme at least once, or say its opposite; next to each, and by colour, its "
        "group of codes."
    )
    if apart := [theme for side in SIDES[:2] for theme in passed_over(ordered, side, differing)]:
        text += f" Left out of the title, as agreement on it is below the floor: {wording.listed(apart)}."
    said = "; ".join(f"{readable(r.theme)} {r.participants} of {r.of}" for r in ordered[::-1].itertuples())
    return figures.titled(axes, text, f"{said}.")


@stage
def matrix_sentence(turns: pd.DataFrame, matrix: pd.DataFrame, withheld: int) -> str:
    """How many turns have a theme. withheld: interviews left out."""
    bear = int((turns[matrix.columns].sum(axis=1) > 0).sum())
    out = f" {wording.count(withheld, 'interview')} stayed out for want of consent." if withheld else ""
    of = wording.count(len(turns), "turn")
    return f"{bear} of {of} of participants {'bears' if bear == 1 else 'bear'} a theme.{out}"


@stage
def turns_table(turns: pd.DataFrame, alone: Collection[str], head: int) -> pd.DataFrame:
    """The first coded turns of participants who are shown by themselves, a dot where a theme is not voiced."""
    return turns[turns["member"].isin(list(alone))].head(head).rename(columns=readable).replace({0: "·"})


@stage
def worded(rows: pd.DataFrame) -> pd.DataFrame:
    """A table of results for reading: codes, and the names of columns, as words."""
    codes = [name for name in ("theme", "theme_a", "theme_b", "found") if name in rows]
    return rows.assign(**{name: rows[name].map(readable) for name in codes}).rename(columns=readable)


@stage
def agreement_sentence(counts: pd.DataFrame, differing: str) -> str:
    """Which themes support no conclusion, since the coders read them too differently (differing, empty if none)."""
    if differing:
        said = differing if differing.count("alpha") <= FEW else re.sub(r" \(alpha [^)]*\)", "", differing)
        return f"Shown, but not to be built on: {said}."
    return "No theme has an agreement of its coders below the floor that the chapter on coding sets."


@stage
def group_table(by_group: pd.DataFrame) -> pd.DataFrame:
    """Themes x groups of participants, "3 of 4" in each cell. by_group: as from matrix.by_group. Missing where all
    participants are one group."""
    if by_group["group"].nunique() < 2:
        raise InputError(f"fewer than two groups have {FEWEST} participants or more, so that none can be compared")
    cells = by_group.assign(cell=[f"{r.participants} of {r.of}" for r in by_group.itertuples()])
    wide = cells.assign(theme=cells["theme"].map(readable)).pivot_table("cell", "theme", "group", "first", sort=False)
    return wide.reset_index().rename_axis(columns=None)


@stage
def together_figure(together: pd.DataFrame, window: int, alpha: float) -> figures.Figure:
    """The pairs of themes that are close together, next to what is expected under the shuffle."""
    _refuse_none(together, "no two themes occur")
    top = together.head(PAIRS_DRAWN)[::-1].reset_index(drop=True)
    _, axes = figures.canvas(height=1.3 + 0.3 * len(top))
    axes.hlines(top.index, top["expected"], top["together"], color=figures.COLOURS["null"], lw=2)
    axes.plot(top["expected"], top.index, "|", color=figures.COLOURS["all"], ms=12, mew=2, label="expected by chance")
    axes.plot(top["together"], top.index, "o", color=figures.COLOURS["exchange"], ms=7, label="observed")
    axes.set_yticks(top.index, (top["theme_a"] + " and " + top["theme_b"]).map(readable))
    axes.set(xlabel=f"times close together (within {window} turns)", xlim=(0, None))
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.14), ncols=2)
    beyond, pairs = int((together["p_adjusted"] <= alpha).sum()), wording.count(len(together), "pair")
    axes.set_title(
        f"{beyond} of {pairs} of themes {'is' if beyond == 1 else 'are'} together beyond chance"
        if beyond
        else f"Of {pairs} of themes, none is clearly together beyond chance"
    )
    text = "The pairs furthest beyond chance. Marks: mean of the shuffled interviews; dots: observed."
    return figures.titled(axes, text)


@stage
def together_sentence(together: pd.DataFrame, turns: pd.DataFrame, alpha: float) -> str:
    """How many pairs of themes are together beyond chance, and which, if they are few."""
    _refuse_none(together, "no two themes occur")
    beyond, pairs = together[together["p_adjusted"] <= alpha], wording.count(len(together), "pair")
    if beyond.empty:
        interviews = wording.count(turns["transcript"].nunique(), "interview")
        return f"With {interviews}, no pair of themes is clearly together beyond chance ({pairs} tested)."
    named = [f"{readable(row.theme_a)} with {readable(row.theme_b)}" for row in beyond.itertuples()]
    which = f": {wording.listed(named)}" if 0 < len(named) <= FEW else ""
    verb = "is" if len(beyond) == 1 else "are"
    return f"{len(beyond)} of {pairs} of themes {verb} together beyond chance{which}."


@stage
def cases_table(deviant: pd.DataFrame, negative: pd.DataFrame, alone: Collection[str]) -> pd.DataFrame:
    """Deviant and negative cases, for reading. alone: participants who are shown by themselves."""
    opposite = negative[["theme", "member"]].assign(case="says the opposite")
    rows = pd.concat([opposite, deviant], ignore_index=True)
    rows = rows[rows["member"].isin(list(alone))]
    _refuse_none(rows, "no participant deviates from the others")
    return rows.assign(theme=rows["theme"].map(readable)).rename(columns={"member": "participant"})


@stage
def cases_sentence(deviant: pd.DataFrame, negative: pd.DataFrame, alone: Collection[str], nearly_all: float) -> str:
    """What counts as nearly all, and how many cases the table leaves out."""
    hidden = sum(int((~cases["member"].isin(list(alone))).sum()) for cases in (negative, deviant))
    others = f" The table leaves out {hidden} of participants who count in sums only." if hidden else ""
    return f"Nearly all participants are {wording.percent(nearly_all)} of them or more.{others}"


@stage
def saturation_figure(heard: CodesHeard, saturation: Saturation, orders: RandomOrders) -> figures.Figure:
    """Codes found so far over the interviews, in their order and in random orders."""
    curve, reached, (low, high) = saturation.curve, saturation.reached, orders.band()
    _, axes = figures.canvas(height=3.6)
    grey = {"color": figures.COLOURS["null"], "alpha": 0.6, "lw": 0}
    axes.fill_between(curve["interview"], low, high, label="90 % of random orders", **grey)
    axes.plot(
        curve["interview"],
        curve["found"],
        "o-",
        color=figures.COLOURS["all"],
        lw=2,
        label="in their files' order",
    )
    if reached is not None:
        axes.axvline(reached, color=figures.COLOURS["exchange"], ls="--", lw=1.5, label="saturation reached")
    axes.set(xlabel="interviews", ylabel=f"codes {heard.basis} so far", ylim=(0, None), xticks=curve["interview"])
    axes.legend(loc="lower right")
    axes.set_title(f"Little is new after interview {reached}" if reached else "The codes are not saturated")
    text = "Line: codes found so far. Band: where the line runs in 90 % of random orders of the same interviews."
    return figures.titled(axes, text)


@stage
def saturation_table(saturation: Saturation) -> pd.DataFrame:
    """The curve of saturation, for reading."""
    return saturation.curve.rename(columns={"found": "found so far", "new_information": "new information of the run"})


@stage
def saturation_sentence(heard: CodesHeard, saturation: Saturation, orders: RandomOrders) -> str:
    """Whether the interviews saturate the codes, and how much their order matters."""
    reached = [n for n in orders.reached if n is not None]
    middle = f", after {wording.number(float(np.median(reached)), 0)} interviews in the median one" if reached else ""
    first = (
        "Saturation is not reached"
        if saturation.reached is None
        else f"Saturation is reached after {wording.count(saturation.reached, 'interview')} and confirmed by the next "
        f"{saturation.run}"
    )
    fewest = f" No fewer than {saturation.base} can come out, as the first {saturation.base} are the base."
    least = fewest if saturation.reached == saturation.base else ""
    codes = wording.count(heard.codes.shape[1], "code")
    own = f" The line counts the {codes} that the interviews brought, and none that was set beforehand."
    counted = own if heard.basis == "introduced" else CLOSED
    return (
        f"{first}.{least} It is reached in {wording.percent(len(reached) / len(orders.reached))} of random "
        f"orders{middle}. "
        f"{against_orders(saturation.curve, *orders.band())}{counted}"
    )


def against_orders(curve: pd.DataFrame, low: Floats, high: Floats) -> str:
    """At which interviews the curve (interview, found) is outside the band of random orders; low, high: shape
    (interviews,)."""
    found = curve["found"].to_numpy()
    sides = {"above": curve["interview"][found > high], "below": curve["interview"][found < low]}
    outside = [f"{side} the band {_at(which, len(curve))}" for side, which in sides.items() if len(which)]
    if not outside:
        return "The line stays inside the band."
    inside = " and inside it at all others" if sum(map(len, sides.values())) < len(curve) else ""
    return f"The line is {wording.listed(outside)}{',' if len(outside) > 1 and inside else ''}{inside}."


def _at(interviews: pd.Series, of: int) -> str:
    """At which interviews: "at interviews 1 and 3", or, if there are many, "at 5 of 12 interviews"."""
    if len(interviews) > FEW:
        return f"at {len(interviews)} of {of} interviews"
    return f"at interview{'' if len(interviews) == 1 else 's'} {wording.listed(map(str, interviews))}"


@stage
def connections_table(network: EpistemicNetwork) -> pd.DataFrame:
    """Every connection of the mean network, the strongest first, for reading."""
    mean = network.lines.mean().sort_values(ascending=False, kind="stable")
    return mean.rename_axis("connection").rename(readable).reset_index(name="mean strength")


@stage
def comparison_sentence(comparison: Comparison, first: str, second: str, alpha: float) -> str:
    """Whether the networks of two groups differ. first, second: the groups in words."""
    c = comparison
    return (
        f"The networks of {first} and {second} {'differ' if c.p <= alpha else 'do not differ beyond chance'}. On an "
        f"axis drawn to separate them, their means are {wording.number(c.effect)} standard deviations apart (Cohen's "
        f"d). Relabelled groups, each on an axis of its own, give {wording.number(c.by_chance)} "
        f"({wording.p_value(c.p)})."
    )


@stage
def chat_sentence(chat: ChatNetwork) -> str:
    """Which members are compared in the chats."""
    design = (
        "The same members are compared in both settings"
        if chat.paired
        else "Too few write in both settings to compare the same people, so who writes there may make the difference"
    )
    members, texts = wording.count(chat.member.nunique(), "member"), wording.count(chat.rows, "text")
    return f"{members} write enough among {texts}. {design}."


@stage
def quotations_sentence(quotations: pd.DataFrame, passages: pd.DataFrame, data: Data, limit: int) -> str:
    """The rule of quotations, their distribution over participants, and what waits for approval. limit: most quotations
    of one participant."""
    waiting = _waiting(passages, data)
    _refuse_none(quotations, "; ".join(["no passage is chosen as a quotation", *waiting]))
    chosen = "1 quotation is" if len(quotations) == 1 else f"{len(quotations)} quotations are"
    shared = f"{wording.count(quotations['member'].nunique(), 'participant')} and at most {limit} of one"
    return " ".join([f"{chosen} chosen, of {shared}. {RULE}", *(f"{sentence}." for sentence in waiting)])


def _waiting(passages: pd.DataFrame, data: Data) -> list[str]:
    """How many turns with passages await a decision, if study.yaml requires approval."""
    units = set(passages.loc[passages["member"].isin(data.agreed), "unit_id"]) - data.decided
    return [] if data.approved is None or not units else [approvals.waiting(len(units))]


@stage
def theory_sentence(judged: pd.DataFrame) -> str:
    """How many expectations are met, of those tested against chance and of those judged by a count alone."""
    unknown, met = judged["outcome"] == UNKNOWN, judged["outcome"] == AS_EXPECTED
    tested = judged["found"].str.contains(" by chance (", regex=False) & ~unknown
    said = [_met(met, f"of {wording.count(len(judged), 'expectation')}") + "."]
    if tested.any():
        said.append(f"{_clear(met[tested], judged.loc[tested, 'outcome'] == TOWARDS)}.")
    if (counted := ~tested & ~unknown).any():
        said.append(f"{_met(met[counted], f'of the {counted.sum()} judged by a count alone')}.")
    if unknown.any():
        said.append(f"{unknown.sum()} {'is' if unknown.sum() == 1 else 'are'} not assessable.")
    return " ".join(said)


def _clear(met: pd.Series, towards: pd.Series) -> str:
    """How many of those tested against chance are clearly met, and how many of the others point that way."""
    verb = "is" if met.sum() < 2 else "are"
    first = f"Tested against chance, {met.sum() or 'none'} of {met.size} {verb} clearly met"
    if met.all():
        return first
    points = "points" if towards.sum() == 1 else "point"
    return f"{first}; {towards.sum() or 'none'} {'more ' if met.any() else ''}{points} as expected, within chance"


def _met(met: pd.Series, of: str) -> str:
    """How many are met: "4 of 13 expectations are met"."""
    if met.size == 1:
        return f"{of.replace('of the 1', 'The one').replace('of 1', 'The one')} is {'' if met.all() else 'not '}met"
    return f"{met.sum() or 'None'} {of} {'is' if met.sum() < 2 else 'are'} met"


@stage
def word_and_deed_table(deeds: pd.DataFrame) -> pd.DataFrame:
    """Each theme's trace in the chats, for reading. deeds: as from triangulation.word_and_deed."""
    _refuse_none(deeds, "no theme has a trace in the chats")
    rows = [
        {
            "theme": readable(row.theme),
            "in the chat": row.measure if row.measure == "messages" else f"share of texts: {readable(row.measure)}",
            "expected of those who voice it": row.expected,
            "who voice it": f"{_mean(row.voicing, row.measure)} ({row.n_voicing})",
            "others": f"{_mean(row.others, row.measure)} ({row.n_others})",
            "one who voices it is higher": "–" if np.isnan(row.superiority) else f"{100 * row.superiority:.0f} %",
            "outcome": row.outcome,
        }
        for row in deeds.itertuples()
    ]
    return pd.DataFrame(rows)


def _mean(value: float, measure: str) -> str:
    """A mean of messages as a number, a mean of shares in percent, a dash if it is missing."""
    if np.isnan(value):
        return "–"
    return wording.number(value, 0) if measure == "messages" else wording.percent(value)


@stage
def self_report_table(reports: pd.DataFrame, alone: Collection[str]) -> pd.DataFrame:
    """What participants say about their sharing compared with the counts, for reading."""
    rows = reports[reports["member"].isin(list(alone))]
    _refuse_none(rows, "nobody who is shown by themselves says how often they share")
    placed = rows.assign(place=[_place(row.shared, row.rank, row.of) for row in rows.itertuples()])
    heads = {"member": "participant", "says": "says they share", "place": "place among members"}
    return placed[["member", "says", "place", "outcome"]].rename(columns=heads)


def _place(shared: int, rank: int, of: int) -> str:
    """A participant's rank by how much they shared, without a number that would identify them in other chapters."""
    if not shared:
        return "shared nothing"
    return "lower half" if rank > of / 2 else "upper quarter" if rank <= of / 4 else "second quarter"


def triangulation_sentence(deeds: pd.DataFrame | Missing, reports: pd.DataFrame | Missing) -> str | Missing:
    """Whether interviews and chats point the same way."""
    if isinstance(deeds, Missing):
        return deeds
    agrees, disagrees, same, unknown = (
        (deeds["outcome"] == outcome).sum() for outcome in (AGREES, DISAGREES, NO_DIFFERENCE, NOT_ASSESSABLE)
    )
    parts = [
        f"{agrees} {'agrees' if agrees == 1 else 'agree'} with it",
        f"{disagrees} {'disagrees' if disagrees == 1 else 'disagree'}",
        *([f"{same} {'shows' if same == 1 else 'show'} no difference"] if same else []),
        *([f"{unknown} {'is' if unknown == 1 else 'are'} not assessable"] if unknown else []),
    ]
    first = f"Of {wording.count(len(deeds), 'theme')} with a trace in the chats, {wording.listed(parts)}."
    first += _by_chance(deeds[deeds["outcome"] != NOT_ASSESSABLE])
    if isinstance(reports, Missing):
        return f"{first} What participants say of their own sharing is compared with nothing: {reports.reason}."
    if reports.empty:
        return f"{first} No coder noted how often a member says they share (memo `self-report: often`)."
    agree, people = int((reports["outcome"] == "agrees").sum()), wording.count(len(reports), "participant")
    return (
        f"{first} Of {people} who say how often they share business news, "
        f"{agree} {'agrees' if agree == 1 else 'agree'} with their rank among the members.{_seldom(reports)}"
    )


def _by_chance(deeds: pd.DataFrame) -> str:
    """How many themes would agree or disagree by chance alone, as a sentence after a space. deeds: those compared."""
    if deeds.empty:
        return ""
    sides = zip(deeds["n_voicing"], deeds["n_others"], strict=True)
    number = round(sum(differing_by_chance(int(voicing), int(others)) for voicing, others in sides))
    return f" By chance alone, about {number} of {len(deeds)} would agree or disagree."


def _seldom(reports: pd.DataFrame) -> str:
    """How much was shared by those who say that they share seldom but whose rank says otherwise, with a leading space:
    a rank is not a frequency. Empty for a single participant, who could be identified by the number."""
    seldom = reports["says"].isin(("seldom", "never")) & (reports["outcome"] == "disagrees")
    shared = reports.loc[seldom, "shared"]
    if len(shared) < 2:
        return ""
    least, most = int(shared.min()), int(shared.max())
    pieces = wording.count(most, "piece") if least == most else f"{least:,} to {wording.count(most, 'piece')}"
    return (
        f" A rank is no frequency: {len(shared)} who say that they share seldom or never shared {pieces} each, and "
        "half of the members shared no more than that."
    )


def page_checks(checklist: pd.DataFrame, evidence: list[Check] | Missing) -> list[Check]:
    """What must hold on this page. evidence: as from evidence_checks."""
    items = ("COREQ has its 32 items", len(checklist), len(checklist) == 32)
    if isinstance(evidence, Missing):
        return [items, ("it is said why no interview counts", evidence.reason, bool(evidence.reason))]
    return [items, *evidence]


@stage
def evidence_checks(
    counts: pd.DataFrame, quotations: pd.DataFrame, turns: pd.DataFrame, alone: Collection[str], data: Data, limit: int
) -> list[Check]:
    """What must hold for the interviews. alone: participants shown by themselves; limit: most quotations of one."""
    interviewers = data.utterances.loc[data.utterances["role"] == "interviewer", "utterance_id"]
    asked = set(interviewers) & set(turns["unit_id"])
    said = quotations["unit_id"].map(data.utterances.set_index("utterance_id")["text"])
    literal = [text in turn for text, turn in zip(quotations["text"], said, strict=True)]
    quoted, most = quotations["member"], int(quotations["member"].value_counts().max()) if len(quotations) else 0
    voiced = counts.loc[counts["participants"] > 0, "side"]
    return [
        ("no turn of the interviewer counts as evidence", len(asked), not asked),
        ("every participant shown consents to it", len(alone), set(alone) <= data.agreed),
        ("nobody else is quoted", quoted.nunique(), set(quoted) <= set(alone)),
        ("no participant is quoted more often than the limit", most, most <= limit),
        ("every quotation is in its turn, word for word", len(literal), all(literal)),
        ("themes of each side add up", len(voiced), sum((voiced == side).sum() for side in SIDES) == len(voiced)),
    ]
