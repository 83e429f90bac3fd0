"""Partnership: the figures, tables and sentences of the page, each of one object of the method."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis import figures, wording
from analysis.arrays import Floats
from analysis.errors import Missing, stage
from analysis.network.ties import weights
from analysis.partnership.c1 import Numbers
from analysis.partnership.regression import Regression
from analysis.partnership.shuffle import SenderShuffle
from analysis.partnership.talk import Talk

ANY_MEMBERS = "if it did not matter which members a pair is made of"
MONTH = "%Y\N{NON-BREAKING HYPHEN}%m"
DATE = MONTH + "\N{NON-BREAKING HYPHEN}%d"
ANY_SENDERS = "if answers fell on whoever writes in the chat in those hours"


def answer(c1: Mapping | Missing, c2: Mapping | Missing) -> str:
    """The page's answer: each claim's number, or why there is none. c1, c2: the claims' numbers."""
    if isinstance(c1, Missing) and c1 == c2:
        return f"Whether informal ties strengthen others or go with partnerships is not assessable: {c1.reason}."
    before = _or_reason(_c2_answer(c2), "Whether informal exchange goes before partnerships")
    return f"{before} {_or_reason(_c1_answer(c1), 'Whether informal exchange strengthens ties')}"


def _or_reason(sentence: str | Missing, question: str) -> str:
    """The sentence, or one that says why the question has no answer."""
    return f"{question} is not assessable: {sentence.reason}." if isinstance(sentence, Missing) else sentence


@stage
def _c2_answer(c: Mapping) -> str:
    interval = wording.between(10 * c["low"], 10 * c["high"], 1)
    return (
        f"Pairs with a standard deviation more of informal exchange begin {_more(10 * c['value'], 1)} partnerships per "
        f"ten pairs ({interval}; {wording.p_value(c['p'])}, the largest of three tests)."
    )


def _more(value: float, decimals: int) -> str:
    """A difference in words: "0.9 more", "0.1 fewer"."""
    return f"{wording.number(abs(value), decimals)} {'more' if value >= 0 else 'fewer'}"


@stage
def _c1_answer(c: Mapping) -> str:
    return (
        f"A standard deviation of earlier informal exchange goes with {wording.number(abs(c['value']))} deviations "
        f"{'more' if c['value'] >= 0 else 'less'} of later other ties than one of business exchange does "
        f"({wording.between(c['low'], c['high'])}; {wording.p_value(c['p'])}, one-sided)."
    )


@stage
def exchange_table(talk: Talk) -> pd.DataFrame:
    """A row a kind of talk: expected answers between members, and pairs with at least one."""
    counts = {kind: weights(talk.turns, linked) for kind, linked in talk.linked.items()}
    rows = [(kind, n.sum(), int((np.triu(n + n.T, 1) >= 1).sum())) for kind, n in counts.items()]
    return pd.DataFrame(rows, columns=["talk", "answers (expected turns)", "pairs with one or more"])


@stage
def say_codes(talk: Talk) -> str:
    """How well the codes distinguish informal talk."""
    return (
        f"Drawn codes call {wording.percent(talk.sensitivity)} of the informal answers informal (sensitivity), and "
        f"{wording.percent(talk.false_positive_rate)} of the others (false-positive rate)."
    )


@stage
def groups_figure(groups: pd.DataFrame) -> figures.Figure:
    """Partnerships begun per ten pairs, by how much the pair had talked informally before."""
    drawing, axes = figures.canvas(height=3.2)
    bars = axes.bar(groups["group"], groups["per_ten"], color=figures.COLOURS["informal_interaction"])
    labels = [wording.count(n, "partnership") for n in groups["partnerships"]]
    axes.bar_label(bars, labels, fontsize=8, padding=2)
    axes.set(xlabel="informal exchange of the pair before", ylabel="partnerships begun\nper ten pairs")
    most, every = groups["partnerships"].iloc[-1], wording.count(groups["partnerships"].sum(), "partnership")
    axes.set_title(f"{most:.0f} of {every} began among the pairs that had talked informally most")
    text = (
        "Each pair counts once a wave, with what it had said by then; the bars are rates over the whole time. Hardly "
        "any: less than half a turn; the thirds are those of all other pairs."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


@stage
def members_figure(members: Regression) -> figures.Figure:
    """C2: mean t of informal exchange and its distribution when members are relabelled."""
    label = "t of informal exchange, mean over reply graphs"
    return _relabelled_figure(members, "partnership", label, "Informal exchange before a partnership")


@stage
def beyond_figure(beyond: Regression) -> figures.Figure:
    """C2: mean t of informal less business exchange and its distribution when members are relabelled."""
    label = "t of informal less business exchange, mean over reply graphs"
    return _relabelled_figure(beyond, "partnership", label, "Informal less business exchange before")


@stage
def strengthening_figure(later: Regression) -> figures.Figure:
    """C1: mean t of informal less business exchange and its distribution when members are relabelled."""
    label = "t of informal less business exchange, mean over thinnings and splits"
    what = "Earlier informal less business exchange"
    return _relabelled_figure(later, "informal_interaction", label, what, "thinning")


@stage
def senders_figure(senders: SenderShuffle) -> figures.Figure:
    """C2: partners' informal exchange and its distribution when senders are shuffled."""
    label = "partners' informal exchange before (turns; talkative pairs weigh less)"
    what = "Partners' informal exchange"
    return _against_null(senders.null, senders.observed, "partnership", label, ANY_SENDERS, what)


def _relabelled_figure(fit: Regression, colour: str, axis: str, what: str, each: str = "reply graph") -> figures.Figure:
    by_draw = fit.drawn.groupby("draw")["t"].mean().to_numpy()
    return _against_null(fit.null_t, fit.tested["t"], colour, axis, ANY_MEMBERS, what, by_draw, each)


def _against_null(
    null: Floats, observed: float, colour: str, label: str, null_label: str, what: str,
    drawn: Floats | None = None, each: str = "",
) -> figures.Figure:  # fmt: skip
    """drawn: what single draws give, drawn below; each: what is drawn."""
    drawing, axes = figures.canvas(height=3.0)
    axes.hist(null, bins=40, color=figures.COLOURS["null"], label=null_label)
    axes.axvline(observed, color=figures.COLOURS[colour], lw=2, label="observed")
    text = "Grey: the null model. Line: the observed value."
    if drawn is not None:
        low = -0.05 * axes.get_ylim()[1]
        axes.plot(drawn, np.full(drawn.size, low), "|", color=figures.COLOURS["all"], ms=8, label=f"each {each}")
        text = f"{text} Ticks below: each sampled {each}, whose mean the line is."
    axes.set(xlabel=label, ylabel="null draws (count)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3)
    beyond = int((null >= observed).sum())
    axes.set_title(f"{what}: {beyond:,} of {wording.count(null.size, 'null draw')} reach what was observed")
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


@stage
def say_groups(groups: pd.DataFrame) -> str:
    """Partnerships begun in each group."""
    per_ten = groups.set_index("group")["per_ten"]
    rates = [f"{wording.number(rate, 1)} ({group})" for group, rate in per_ten.dropna().items()]
    return f"Partnerships begun per ten pairs, by informal exchange before: {wording.listed(rates)}."


TERMS = {"standard_error": "standard error", "p_greater": "p, one-sided", "p_two_sided": "p, two-sided"}
ERRORS = "standard errors allow pairs with a common member to depend; t has the classical error"
EVERY_TERM = f"Every term, mean over draws; {ERRORS}, and p is by relabelling members. In coefficients.parquet."
EACH_DRAW = f"Every term of each draw; {ERRORS}, and p is by relabelling members. In coefficients.parquet."
EVERY_EFFECT = "Every effect on the log odds of an answer, by drawn reply graph. In choices.parquet."


@stage
def coefficients(fit: Regression, *, by_draw: bool = False) -> pd.DataFrame:
    """Every term of a regression, averaged over draws or of each draw."""
    frame = fit.by_draw if by_draw else fit.coefficients.reset_index()
    return frame.assign(term=frame["term"].str.replace("_", " ")).rename(columns=TERMS)


@stage
def head(frame: pd.DataFrame, rows: int = 8) -> pd.DataFrame:
    """The first rows of a long table, times as dates."""
    times = frame.select_dtypes("datetimetz").columns
    first = frame.head(rows)
    return first.assign(**{name: first[name].dt.strftime(DATE) for name in times})


@stage
def say_panel(frame: pd.DataFrame, name: str) -> str:
    """The caption below a panel's first rows. name: of its file."""
    return (
        f"Of {len(frame):,} rows, the first of members who agreed to be shown. Regressors in standard deviations, "
        f"means over draws. All rows are in {name}.parquet."
    )


@stage
def say_preceding(c: Mapping) -> str:
    """C2's three tests in words."""
    return (
        f"Over {wording.count(c['n']['partnerships'], 'partnership')} among {c['n']['pairs']:,} pairs, relabelling "
        f"members gives {wording.p_value(c['p_members'])}, shuffling senders {wording.p_value(c['p_senders'])} and "
        f"setting informal against business talk {wording.p_value(c['p_beyond_business'])} (all one-sided). "
        f"A standard deviation more of informal exchange goes with {_more(10 * c['value'], 1)} "
        f"partnerships per ten pairs (interval {wording.between(10 * c['low'], 10 * c['high'], 1)}; between sampled "
        f"reply graphs {wording.between(10 * c['link_low'], 10 * c['link_high'], 1)})."
    )


@stage
def say_strengthening(c: Mapping, later: Regression) -> str:
    """C1's number in words."""
    splits = wording.listed(wording.percent(split) for split in sorted(later.by_draw["split"].unique()))
    return (
        f"With the time split at {splits}, {c['n']['pairs']:,} pairs: the coefficient of informal exchange "
        f"{'exceeds' if c['value'] >= 0 else 'falls short of'} that of business exchange by "
        f"{wording.number(abs(c['value']))} (difference {wording.number(c['value'])}, interval "
        f"{wording.between(c['low'], c['high'])}; between random thinnings "
        f"{wording.between(c['link_low'], c['link_high'])}; {wording.p_value(c['p'])}, one-sided)."
    )


WAYS = {"reciprocal": "ties that go both ways", "choices": "relational event model"}


@stage
def other_ways_frame(later: Regression, others: Numbers) -> pd.DataFrame:
    """C1 in other ways: single splits, ties that go both ways, and the relational event model."""
    rows: list[tuple[str, float, float, float, float]] = []
    for split, part in later.drawn.groupby("split"):
        coef = part["coefficient"]
        rows.append((f"earlier: the first {wording.percent(split)}", coef.mean(), coef.min(), coef.max(), np.nan))
    for name, way in WAYS.items():
        if not isinstance(each := others[name], Missing):
            rows.append((way, each["value"], each["low"], each["high"], each["p"]))
    return pd.DataFrame(rows, columns=["outcome", "informal less business", "low", "high", "p, one-sided"])


@stage
def say_other_ways(c: Mapping, others: Numbers) -> str:
    """What the other outcomes give, and whether they agree with C1."""
    reciprocal = _reciprocal(others["reciprocal"], c), "The coefficient of ties that go both ways"
    choices = _choices(others["choices"], c), "The choice of later answers"
    return " ".join(_or_reason(sentence, question) for sentence, question in (reciprocal, choices))


@stage
def _reciprocal(each: Mapping, c: Mapping) -> str:
    difference = f"{wording.number(each['value'])} ({wording.p_value(each['p'])})"
    return f"Of ties that go both ways the difference is {difference}, which points {_same(each, c)} way."


@stage
def _choices(each: Mapping, c: Mapping) -> str:
    difference = f"{wording.number(each['value'])} ({wording.between(each['low'], each['high'])})"
    return (
        f"In {wording.count(each['events'], 'answer')} outside informal talk the log odds of a choice differ by "
        f"{difference}, which points {_same(each, c)} way."
    )


def _same(each: Mapping, c: Mapping) -> str:
    return "the same" if np.sign(each["value"]) == np.sign(c["value"]) else "another"


MOST = 15  # partnerships listed


@stage
def partners_frame(shown: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The partnerships of members who agreed to be shown, those with most informal exchange before first."""
    columns = {
        "member_a": "member", "member_b": "and", "since": "since", "informal": "informal (turns)",
        "informal_null": "expected under the shuffle", "business": "business (turns)",
    }  # fmt: skip
    frame = shown.sort_values(["informal", "since"], ascending=[False, True], kind="stable")
    return frame.assign(since=frame["since"].dt.strftime(MONTH))[list(columns)].rename(columns=columns).head(most)


@stage
def say_partners(partners: pd.DataFrame, shown: pd.DataFrame, most: int = MOST) -> str:
    """How many of the partnerships that count are listed, and why not all."""
    hidden, listed = len(partners) - len(shown), min(most, len(shown))
    words = f"{listed} of {wording.count(len(partners), 'partnership')} {'is' if listed == 1 else 'are'} listed"
    return f"{words}; {hidden} of members who count in sums only are not." if hidden else f"{words}."


def page_checks(
    c1: Mapping | Missing, c2: Mapping | Missing, partners: pd.DataFrame | Missing, shown: pd.DataFrame | Missing
) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    rows: list[tuple[str, object, bool]] = []
    if isinstance(partners, pd.DataFrame) and isinstance(shown, pd.DataFrame):
        counted, listed = len(partners), len(shown)
        rows += [
            ("no partnership is listed that does not count", listed, listed <= counted),
            ("each is listed once", listed, not shown.duplicated(["member_a", "member_b"]).any()),
            ("nobody is their own partner", counted, bool((partners["member_a"] != partners["member_b"]).all())),
        ]
    for name, c in {"C1": c1, "C2": c2}.items():
        if not isinstance(c, Missing):
            inside = bool(c["low"] <= c["value"] <= c["high"])
            rows.append((f"{name}: the value lies in its interval", round(c["value"], 3), inside))
    return rows
