"""Partnership: the figures, tables and sentences of the page, each made from one object of the method."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.dates import DateFormatter
from scipy import sparse

from analysis import figures, wording
from analysis.arrays import Floats
from analysis.coverage import NOT_TRIED, Coverage, Miss, of_claim, remark
from analysis.errors import InputError, Missing, stage
from analysis.network.ties import weights
from analysis.partnership.c1 import Numbers
from analysis.partnership.regression import Regression
from analysis.partnership.shuffle import SenderShuffle
from analysis.partnership.talk import Talk
from analysis.partnership.waves import Waves

NOT_MEASURED: Mapping[str, Coverage] = {}
DOUBLING = (
    "A doubling is one of the pair's turns plus one, as from one turn to three or from three to seven. In a pair that "
    "has hardly talked, twice as much talk is far less than that."
)
FIRST_HALF = "informal exchange of the first half alone"  # the form of C1 that c1_alternatives calls so
ANY_MEMBERS = "if it did not matter which members a pair is made of"
MONTH = "%Y\N{NON-BREAKING HYPHEN}%m"
DATE = MONTH + "\N{NON-BREAKING HYPHEN}%d"


def answer(
    c1: Mapping | Missing,
    c2: Mapping | Missing,
    held: Mapping[str, Coverage] = NOT_MEASURED,
    too_large: Miss = NOT_TRIED,
    no_effect: tuple[float, str] | None = None,
    groups: pd.DataFrame | Missing | None = None,
) -> str:
    """The page's answer: each claim's number, or why there is none. c1, c2: the claims' numbers; held: the coverage of
    intervals (coverage.read); too_large, no_effect: by what share calibration found C2's number too large, and the
    number where there is no effect (coverage.too_large, coverage.without_effect); groups: partnerships by informal
    exchange (c2.by_informal_exchange)."""
    if isinstance(c1, Missing) and c1 == c2:
        return f"Whether informal ties strengthen others or go with partnerships is not assessable: {c1.reason}."
    before = _or_reason(
        _c2_answer(c2, of_claim(held, "C2"), too_large, no_effect, groups),
        "Whether informal exchange goes before partnerships",
    )
    ties = _or_reason(_c1_answer(c1, of_claim(held, "C1")), "Whether informal exchange strengthens ties")
    return f"{before} {ties} {DOUBLING}"


def _or_reason(sentence: str | Missing, question: str) -> str:
    """The sentence, or one that says why the question has no answer."""
    return f"{question} is not assessable: {sentence.reason}." if isinstance(sentence, Missing) else sentence


@stage
def _c2_answer(
    c: Mapping,
    held: Coverage | None,
    too_large: Miss,
    no_effect: tuple[float, str] | None,
    groups: pd.DataFrame | Missing | None,
) -> str:
    value = 100 * c["value"]
    more = f"{wording.number(abs(value), 1)} {'more' if value >= 0 else 'fewer'}"
    return (
        f"Among pairs of like activity, {more} partnerships begin per hundred pairs for each doubling of earlier "
        f"informal exchange{_span(c, held, 1)}.{remark(held)}{_of_all(c)}{_of_most(groups)}"
        f"{_ends(c, too_large, no_effect)}"
    )


def _of_all(c: Mapping) -> str:
    """How many partnerships begin per hundred pairs overall, with a leading space."""
    pairs, begun = c["n"]["pairs"], c["n"]["partnerships"]
    return (
        f" Of {wording.count(pairs, 'pair')} that could still become partners after the first month, {begun:,} "
        f"did ({wording.number(100 * begun / pairs, 1)} per hundred)."
    )


def _of_most(groups: pd.DataFrame | Missing | None) -> str:
    """Partnerships per hundred pairs among those that talked informally most and among the others, with a leading
    space; empty where that is not known."""
    if groups is None or isinstance(groups, Missing) or len(groups) < 2:
        return ""
    *others, most = (10 * groups["per_ten"]).tolist()
    return (
        " The number averages over all pairs and adds up the months, and most of it comes from the pairs that talk "
        f"most: of a hundred of these {most:.0f} become partners, of a hundred others "
        f"{wording.between(min(others), max(others), 1)}."
    )


def _ends(c: Mapping, too_large: Miss, no_effect: tuple[float, str] | None) -> str:
    """The bias of C2's number in simulated communities, and the former number, which is biased the other way, with a
    leading space; empty where the bias was not measured or is not upward."""
    single = c.get("single_draws")
    if single is None or isinstance(single, Missing) or not too_large.mean > 0:
        return ""
    value, low, high = (100 * single[name] for name in ("value", "low", "high"))
    return (
        f" In simulated communities in which the claim is true this number comes out too large: by "
        f"{wording.percent(too_large.mean)} on average in the kind where it does so most, and by "
        f"{wording.percent(too_large.tenth)} or more in one community of ten.{_if_false(no_effect)} Another way of "
        f"computing it, which comes out too small where the claim is true, gives "
        f"{wording.estimate(value, low, high, 1)}."
    )


def _if_false(no_effect: tuple[float, str] | None) -> str:
    """C2's number where there is no effect, with a leading space; empty where that was not measured."""
    if no_effect is None or not no_effect[0] > 0:
        return ""
    number, kind = no_effect
    return (
        f" Where informal talk has no effect, it can still average {wording.number(100 * number, 1)} (the kind "
        f"*{kind}*): there only the tests of timing and of business talk reject the claim."
    )


def _span(c: Mapping, held: Coverage | None, places: int, unit: str = "") -> str:
    """A hundred times a number's interval in brackets, written as a difference if the number is negative; empty where
    it may not be shown."""
    if held is not None and not held.shown:
        return ""
    what = "difference " if c["value"] < 0 else ""
    either = ", no difference included" if c["low"] <= 0 <= c["high"] else ""
    return f" ({what}{wording.between(100 * c['low'], 100 * c['high'], places)}{unit}{either})"


@stage
def _c1_answer(c: Mapping, held: Coverage | None) -> str:
    return (
        f"For each doubling of a pair's informal exchange relative to what its activity explains, its other answers at "
        f"the end of the study, relative to those at its start, are {_growth(c)} than in pairs as active"
        f"{_span(c, held, 0, ' %')}, if nothing else draws such pairs together more and more.{remark(held)}"
    )


def _growth(c: Mapping) -> str:
    """A relative difference of answers in words: "47 % more", "12 % fewer"."""
    return f"{wording.percent(abs(c['value']))} {'more' if c['value'] >= 0 else 'fewer'}"


@stage
def exchange_table(talk: Talk) -> pd.DataFrame:
    """One row per kind of talk: expected answers between members, and pairs with at least one."""
    counts = {kind: weights(talk.turns, linked) for kind, linked in talk.linked.items()}
    rows = [(kind, n.sum(), int((sparse.triu(n + n.T, 1).data >= 1).sum())) for kind, n in counts.items()]
    return pd.DataFrame(rows, columns=["talk", "answers (expected turns)", "pairs with one or more"])


@stage
def say_codes(talk: Talk, members: int) -> str:
    """How well the codes distinguish informal talk, and of which members where not all are followed. members: of the
    study."""
    few = talk.turns.n < members
    followed = f" Of {members:,} members, the {talk.turns.n:,} who wrote most are followed on this page." if few else ""
    return (
        f"Drawn codes call {wording.percent(talk.sensitivity)} of the informal answers informal (sensitivity), and "
        f"{wording.percent(talk.false_positive_rate)} of the others (false-positive rate).{followed}"
    )


@stage
def groups_figure(groups: pd.DataFrame) -> figures.Figure:
    """Partnerships begun per hundred pairs, by how much the pair had talked informally before."""
    drawing, axes = figures.canvas(height=3.2)
    rates = 10 * groups["per_ten"]
    bars = axes.bar(groups["group"], rates, color=figures.COLOURS["informal_interaction"])
    labels = [f"{rate:.1f} ({n:.0f})" for rate, n in zip(rates, groups["partnerships"], strict=True)]
    axes.bar_label(bars, labels, fontsize=9, padding=2)
    axes.set(xlabel="informal exchange of the pair before", ylabel="partnerships begun\nper hundred pairs")
    most, every = groups["partnerships"].iloc[-1], wording.count(groups["partnerships"].sum(), "partnership")
    share = wording.percent(groups["pair_waves"].iloc[-1] / max(groups["pair_waves"].sum(), 1))
    axes.set_title(
        f"{most:.0f} of {every} began among the pairs that had talked informally most ({share} of those counted)"
    )
    text = (
        "Each pair counts once per wave, with what it had said by then; the bars are rates over the whole time, with "
        "the number of partnerships in brackets. Hardly any: less than half a turn; the thirds are those of all other "
        "pairs."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


NULLS = ("exposure before", "its timing", "beyond business talk", "partners, senders shuffled")


@stage
def nulls_figure(
    before: Regression, timing: Regression, beyond: Regression, senders: SenderShuffle | None = None
) -> figures.Figure:
    """C2: each test's statistic next to its distribution under its null model, in standard deviations of the null.

    senders: the description by shuffled senders; None leaves it out.
    """
    measured = [(fit.null_t, fit.tested["t"]) for fit in (before, timing, beyond)]
    measured += [(senders.null, senders.observed)] if senders is not None else []
    _, axes = figures.canvas(height=0.9 + 0.5 * len(measured))
    reached = []
    for y, (null, observed) in enumerate(measured):
        scaled, at = (null - null.mean()) / null.std(), (observed - null.mean()) / null.std()
        axes.hlines(y, *np.quantile(scaled, (0.025, 0.975)), color=figures.COLOURS["null"], lw=9)
        axes.hlines(y, scaled.min(), scaled.max(), color=figures.COLOURS["null"], lw=2)
        axes.plot(at, y, "o", color=figures.COLOURS["partnership"], ms=8)
        reached.append(int((null >= observed).sum()))
        axes.annotate(f"{reached[-1]:,} of {null.size:,}", (max(at, scaled.max()), y), xytext=(8, 0),
                      textcoords="offset points", va="center", fontsize=9)  # fmt: skip
    axes.set_yticks(range(len(measured)), NULLS[: len(measured)])
    axes.set(xlabel="standard deviations of the null model", ylim=(len(measured) - 0.5, -0.5))
    axes.set_xlim(None, 1.25 * axes.get_xlim()[1])
    most = max(reached[:3])
    draws = wording.count(measured[0][0].size, "null draw")
    reach = f"at most {most:,} of {draws} {'reaches' if most == 1 else 'reach'}" if most else f"none of {draws} reaches"
    axes.set_title(f"In each test of C2, {reach} what was observed")
    text = (
        "Dot: observed. Thick grey: 95 % of the null draws; thin: all of them. The numbers count the null draws that "
        "reach the dot. Tests relabel the members of pairs"
        f"{'; the last row shuffles senders and is a description' if senders is not None else ''}."
    )
    return figures.titled(axes, text)


@stage
def strengthening_figure(grown: Regression) -> figures.Figure:
    """C1: score statistic of growth by informal exchange and its distribution when members are relabelled."""
    label = "score statistic of growth by informal exchange (standard deviations)"
    what = "Growth by informal exchange"
    return _against_null(grown.null_t, grown.tested["t"], "informal_interaction", label, ANY_MEMBERS, what)


LINES = {"upper third": ("-", 2.4), "middle third": ("--", 1.4), "lower third": (":", 1.8)}  # style and width of a line


@stage
def curves_figure(curves: pd.DataFrame) -> figures.Figure:
    """C1: answers outside informal talk over the months relative to chance, by thirds of pairs."""
    _, axes = figures.canvas(height=3.4)
    axes.axhline(1, color=figures.COLOURS["null"], lw=1)
    ends: dict[str, float] = {}
    for group, rows in curves.groupby("group", sort=False):
        style, width = LINES[group]
        colour = figures.COLOURS["all" if group == "middle third" else "informal_interaction"]
        at = rows["start"].dt.tz_localize(None)
        axes.plot(at, rows["ratio"], style, color=colour, lw=width)
        if group == "upper third":
            axes.fill_between(at, rows["low"], rows["high"], color=colour, alpha=0.18, lw=0)
        if group == "lower third":
            axes.fill_between(at, rows["low"], rows["high"], fc="none", ec=(colour, 0.35), hatch="///", lw=0.6)
        ends[group] = float(rows["ratio"].iloc[-1])
    axes.set(xlabel="start of the window", ylabel="answers outside informal talk,\nfor each one expected")
    axes.xaxis.set_major_formatter(DateFormatter(MONTH))
    axes.set_ylim(0)
    least, place = 0.07 * axes.get_ylim()[1], -np.inf
    for group in sorted(ends, key=ends.__getitem__):  # labels of lines that end close together are moved up
        place = max(ends[group], place + least)
        axes.annotate(group, (at.iloc[-1], place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9)
    start, end = changes(curves).T.to_numpy().tolist()
    axes.set_title(
        f"Other answers of pairs with most informal exchange go from {wording.number(start[-1])} to "
        f"{wording.number(end[-1])} times those expected, with least from {wording.number(start[0])} to "
        f"{wording.number(end[0])}"
    )
    text = (
        "Lines: thirds of the pairs in order of their informal exchange of the whole time, later months included, "
        "relative to what their activity explains. "
        "Answers expected are those of members who write so in the same chats and hours. Bands: intervals of the upper "
        "third (filled) and the lower (hatched), which allow for dependence between pairs that share a member. The "
        f"title compares the first and the last quarter. {_middle(start, end)}Nothing else is controlled."
    )
    return figures.titled(axes, text)


def _middle(start: list[float], end: list[float]) -> str:
    """How the middle third develops, as a sentence followed by a space; empty if there is no middle third."""
    if len(start) != len(LINES):
        return ""
    return f"The middle third goes from {wording.number(start[1])} to {wording.number(end[1])}. "


def changes(curves: pd.DataFrame) -> pd.DataFrame:
    """Observed over expected answers of each third in the first and in the last quarter of the windows: one row per
    third, columns first and last."""
    place = curves.groupby("group", sort=False).cumcount()
    windows = int(place.max()) + 1
    quarter = max(windows // 4, 1)
    parts = {"first": place < quarter, "last": place >= windows - quarter}
    sums = {
        part: curves[rows].groupby("group", sort=False)[["observed", "expected"]].sum() for part, rows in parts.items()
    }
    return pd.DataFrame({part: each["observed"] / each["expected"] for part, each in sums.items()})


def _against_null(
    null: Floats, observed: float, colour: str, label: str, null_label: str, what: str
) -> figures.Figure:  # fmt: skip
    drawing, axes = figures.canvas(height=3.0)
    axes.hist(null, bins=40, color=figures.COLOURS["null"], label=null_label)
    axes.axvline(observed, color=figures.COLOURS[colour], lw=2, label="observed")
    text = "Grey: the null model. Line: the observed value."
    axes.set(xlabel=label, ylabel="null draws (count)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3)
    beyond = int((null >= observed).sum())
    axes.set_title(
        f"{what}: {beyond:,} of {wording.count(null.size, 'null draw')} "
        f"{'reaches' if beyond == 1 else 'reach'} what was observed"
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


TERMS = {"standard_error": "standard error", "p_greater": "p, one-sided", "p_two_sided": "p, two-sided"}
ERRORS = "standard errors allow for dependence between pairs that share a member; t has the classical error"
EVERY_GROWTH_TERM = (
    "Every term of the regression within pairs: elasticities of growth, and the log of the factor by which answers of "
    "partners differ. Standard errors allow for dependence between pairs that share a member; t is the score "
    "statistic, and p is by relabelling members. In coefficients.parquet."
)
EVERY_C2_TERM = f"Every term, of expected exposure; {ERRORS}, and p is by relabelling members. In coefficients.parquet."
EVERY_TERM = f"Every term, mean over draws; {ERRORS}, and p is by relabelling members. In coefficients.parquet."
EACH_DRAW = f"Every term of each draw; {ERRORS}, and p is by relabelling members. In coefficients.parquet."
EVERY_EFFECT = (
    "Every effect on the log odds of an answer, by drawn reply graph. PSAB-BY and the like are participation shifts: A "
    "has just answered B, and then the first letter answers the second; X and Y are other members. In choices.parquet."
)
OF_A_KIND = (
    "Exchange by kind of talk. Only answers in texts have a kind: those in photos, voice notes and the like have none."
)


@stage
def coefficients(fit: Regression, *, by_draw: bool = False) -> pd.DataFrame:
    """Every term of a regression, averaged over draws or for each draw."""
    frame = fit.by_draw if by_draw else fit.coefficients.reset_index()
    return frame.assign(term=frame["term"].str.replace("_", " ")).rename(columns=TERMS)


@stage
def head(frame: pd.DataFrame, rows: int = 8) -> pd.DataFrame:
    """The first rows of a long table of pairs, times as dates and names of columns as words."""
    times = frame.select_dtypes("datetimetz").columns
    first = figures.alphabetical(frame.head(rows))
    first = first.assign(**{name: first[name].dt.strftime(DATE) for name in times})
    words = {name: name.replace("_", " ") for name in first.columns}
    return first.rename(columns=words | {"member_a": "member", "member_b": "and"})


@stage
def say_panel(frame: pd.DataFrame, name: str) -> str:
    """The caption below a panel's first rows. name: of its file."""
    return (
        f"Of {len(frame):,} rows, the first of members who agreed to be shown. Regressors in standard deviations, "
        f"means over draws. All rows are in {name}.parquet."
    )


@stage
def say_windows(frame: pd.DataFrame) -> str:
    """The caption below the first rows of C1's panel."""
    return (
        f"Of {len(frame):,} rows, the first of members who agreed to be shown. Answers are corrected for "
        "misclassification. All rows are in pair_windows.parquet."
    )


@stage
def say_declared(partnerships: pd.DataFrame, waves: Waves) -> str:
    """How many partnerships were declared, how many of them are counted, and why the others are not. partnerships: the
    table of ingest."""
    if not len(partnerships):
        raise InputError("no partnership was declared")
    of = wording.count(len(partnerships), "partnership")
    began = f"{waves.events or 'none'} began in a wave in which the pair could begin one"
    counted = f"{began}, and {'counts' if waves.events < 2 else 'count'} here"
    why = _not_counted(partnerships, waves)
    others = f" Of the others, {wording.listed(why)}." if why else ""
    return f"Of {of} that {'was' if len(partnerships) == 1 else 'were'} declared, {counted}.{others}"


def _not_counted(partnerships: pd.DataFrame, waves: Waves) -> list[str]:
    """Why partnerships are not counted: each reason with the number of partnerships it applies to."""
    since = partnerships["since"].dt.tz_localize(None)
    pair = pd.Series([frozenset(each) for each in zip(partnerships["member_a"], partnerships["member_b"], strict=True)])
    again = pair.loc[since.reset_index(drop=True).sort_values(kind="stable").index].duplicated().sort_index()
    since = since[~again.to_numpy()]
    starts = waves.starts if len(waves.starts) else np.array([waves.end])
    first, last = (pd.Timestamp(int(at), unit="s") for at in (starts[0], waves.end))
    before, after, undated = int((since < first).sum()), int((since >= last).sum()), int(since.isna().sum())
    late = len(since) - before - after - undated - waves.events
    reasons = (
        (before, "began before the first wave", ""),
        (after, "began after the last wave", ""),
        (late, "began in a wave at whose start one of the two was not yet a member", ""),
        (undated, "has no date", "have no date"),
        (int(again.sum()), "repeats another", "repeat others"),
    )
    return [f"{n} {one if n == 1 else many or one}" for n, one, many in reasons if n > 0]


@stage
def tests_frame(c: Mapping) -> pd.DataFrame:
    """The p-values of C2's three tests, one-sided, by relabelling members."""
    tests = {"exposure before": "p_before", "timing": "p_timing", "beyond business talk": "p_beyond_business"}
    return pd.DataFrame([(test, wording.p_value(c[name])) for test, name in tests.items()], columns=["test", "result"])


END_WORDS = ("partnerships more per hundred pairs, per doubling", "from", "to")


@stage
def ends_frame(c: Mapping) -> pd.DataFrame:
    """C2's number and the former one, per hundred pairs."""
    ends = {"expected exposure (the number)": c, "single draws (the former number)": c["single_draws"]}
    rows = [(name, *(100 * end[each] for each in ("value", "low", "high"))) for name, end in ends.items()]
    return pd.DataFrame(rows, columns=["exposure", *END_WORDS])


@stage
def say_placebo(c: Mapping) -> str:
    """What the placebo gives, and what it means."""
    meaning = (
        "So informal talk grows with other ties too, and a common cause is likely."
        if c["low"] > 0
        else "So informal talk grows less, not more, where other exchange is higher."
        if c["high"] < 0
        else "The interval includes zero. That speaks against a cause of both, but not against a liking that "
        "shows in informal talk from the start and in other talk only later."
    )
    return (
        f"With the roles swapped, for each doubling of other exchange, a pair's informal answers at the end of the "
        f"study, relative to those at its start, are {_growth(c)} than in pairs as active{_span(c, None, 0, ' %')}. "
        f"{meaning}"
    )


@stage
def say_first_half(forms: pd.DataFrame) -> str:
    """C1's number with informal exchange of the first half alone, which later growth cannot raise."""
    one = forms[forms["form"] == FIRST_HALF]
    if one.empty:
        raise InputError("the form with informal exchange of the first half alone has no fit")
    value, low, high = (100 * float(one[name].iloc[0]) for name in ("value", "low", "high"))
    return f"With informal exchange of the first half alone, C1's number is {wording.estimate(value, low, high, 0)} %."


FORM_WORDS = {
    "value": "higher at the end, relative to the start, per doubling (%)", "low": "from (%)", "high": "to (%)",
    "p": "p, one-sided",
}  # fmt: skip


@stage
def forms_frame(forms: pd.DataFrame) -> pd.DataFrame:
    """C1 in other forms of the regression, in percent."""
    return forms.assign(**{name: 100 * forms[name] for name in ("value", "low", "high")}).rename(columns=FORM_WORDS)


LEVEL = 0.05  # p-value up to which a one-sided test is said to point somewhere
WAYS = {"difference": "later ties (mean over splits)", "reciprocal": "ties that go both ways",
        "choices": "the relational event model"}  # fmt: skip


def say_ways(c: Mapping | Missing, others: Numbers) -> str:
    """Which other tests point the same way as C1, which show no clear difference (the interval includes 0), of which p
    and interval disagree, and which could not be assessed."""
    if isinstance(c, Missing):
        return f"Nothing is compared, as C1 has no number: {c.reason}."
    answers = {way: others[name] for name, way in WAYS.items()}
    known = {way: each for way, each in answers.items() if not isinstance(each, Missing)}
    wide = [way for way, each in known.items() if each["low"] <= 0 <= each["high"]]
    clear = {way: np.sign(each["value"]) for way, each in known.items() if way not in wide}
    tested = [way for way in wide if known[way].get("p", 1) <= LEVEL and known[way]["value"] * c["value"] > 0]
    unclear = [way for way in wide if way not in tested]
    same = [way for way in clear if clear[way] == np.sign(c["value"])]
    other = [way for way in clear if way not in same]
    pointing = ((same, ("points", "point"), "the same way as C1"), (other, ("points", "point"), "the other way"),
                (unclear, ("shows", "show"), "no clear difference"))  # fmt: skip
    said = [
        f"{wording.listed(ways)} {verbs[ways != [WAYS['choices']]]} {what}." for ways, verbs, what in pointing if ways
    ]
    said += [
        f"With {wording.p_value(known[way]['p'])} for {way}, the one-sided test points the same way as C1, but the "
        "interval includes no difference."
        for way in tested
    ]
    said += [f"{way} is not assessable: {each.reason}." for way, each in answers.items() if isinstance(each, Missing)]
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in said)


@stage
def other_ways_frame(others: Numbers, difference: Regression | Missing) -> pd.DataFrame:
    """Informal less business exchange: the former test, single splits, ties that go both ways, relational events."""
    rows: list[tuple[str, float, float, float, float]] = []
    for name, way in WAYS.items():
        if not isinstance(each := others[name], Missing):
            rows.append((way, each["value"], each["low"], each["high"], each["p"]))
    if not isinstance(difference, Missing):
        for split, part in difference.drawn.groupby("split"):
            coef = part["coefficient"]
            words = f"later ties, earlier being the first {wording.percent(split)}"
            rows.append((words, coef.mean(), coef.min(), coef.max(), np.nan))
    return pd.DataFrame(rows, columns=["outcome", "informal less business", "low", "high", "p, one-sided"])


MOST = 15  # partnerships listed


@stage
def partners_frame(shown: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The partnerships of members who agreed to be shown, those with most informal exchange before first."""
    columns = {
        "member_a": "member", "member_b": "and", "since": "since", "informal": "informal (turns)",
        "informal_null": "expected under the shuffle", "business": "business (turns)",
    }  # fmt: skip
    frame = figures.alphabetical(shown).sort_values(["informal", "since"], ascending=[False, True], kind="stable")
    return frame.assign(since=frame["since"].dt.strftime(MONTH))[list(columns)].rename(columns=columns).head(most)


@stage
def say_partners(partners: pd.DataFrame, shown: pd.DataFrame, most: int = MOST) -> str:
    """How many of the partnerships that count are listed, and why not all."""
    hidden, listed = len(partners) - len(shown), min(most, len(shown))
    words = f"{listed} of {wording.count(len(partners), 'partnership')} {'is' if listed == 1 else 'are'} listed"
    first = (
        f", {'the one' if listed == 1 else 'those'} with most informal exchange of the {len(shown)} that may be shown"
        if listed < len(shown)
        else ""
    )
    others = f" {hidden} of members who count in sums only {'is' if hidden == 1 else 'are'} left out." if hidden else ""
    return f"{words}{first}.{_beyond_shuffle(shown, most)}{others}"


def _beyond_shuffle(shown: pd.DataFrame, most: int) -> str:
    """How many of the partnerships listed had more informal exchange than senders shuffled give, with a leading space;
    empty if none is listed."""
    top = shown.sort_values(["informal", "since"], ascending=[False, True], kind="stable").head(most)
    if top.empty:
        return ""
    more = int((top["informal"] > top["informal_null"]).sum())
    had = f"{more or 'none'} had exchanged more informally than the shuffle gives"
    return f" Of {'these' if len(top) > 1 else 'it'}, {had}; the tests control that expectation."


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
