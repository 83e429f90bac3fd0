"""Partnership: what the page shows and says of a Result."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis import figures, wording
from analysis.network.ties import Floats
from analysis.partnership.step import Evidence, Result

ANY_MEMBERS = "if it did not matter which members a pair is made of"
ANY_SENDERS = "if answers fell on whoever writes in the chat in those hours"


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    m = result.metrics
    if m["status"] != "ok" and m["C1"]["reason"] == m["C2"]["reason"]:
        return f"Whether informal ties strengthen others or go with partnerships cannot be told: {m['reason']}."
    return f"{_c2_answer(m['C2'])} {_c1_answer(m['C1'])}"


def _c2_answer(c: Mapping) -> str:
    if c["status"] != "ok":
        return f"Whether informal exchange goes before partnerships cannot be told: {c['reason']}."
    return (
        f"Pairs with a standard deviation more of informal exchange begin {_more(10 * c['value'], 1)} partnerships per "
        "ten pairs "
        f"({wording.between(10 * c['low'], 10 * c['high'], 1)}; {wording.p_value(c['p'])}, the largest of three tests)."
    )


def _more(value: float, decimals: int) -> str:
    """A difference in words: "0.9 more", "0.1 fewer"."""
    return f"{wording.number(abs(value), decimals)} {'more' if value >= 0 else 'fewer'}"


def _c1_answer(c: Mapping) -> str:
    if c["status"] != "ok":
        return f"Whether informal exchange strengthens ties cannot be told: {c['reason']}."
    less = "more" if c["value"] >= 0 else "less"
    return (
        f"A standard deviation of earlier informal exchange goes with {wording.number(abs(c['value']))} deviations "
        f"{less} of later other ties than one of business exchange does "
        f"({wording.between(c['low'], c['high'])}; {wording.p_value(c['p'])}, one-sided)."
    )


def groups_figure(result: Result) -> figures.Figure:
    """Partnerships begun per ten pairs, by how much the pair had talked informally before."""
    if result.c2 is None:
        return figures.nothing(result.metrics["C2"]["reason"])
    drawing, axes = figures.canvas(height=3.2)
    bars = axes.bar(result.groups["group"], result.groups["per_ten"], color=figures.COLOURS["informal_interaction"])
    labels = [wording.count(n, "partnership") for n in result.groups["partnerships"]]
    axes.bar_label(bars, labels, fontsize=8, padding=2)
    axes.set(xlabel="informal exchange of the pair before", ylabel="partnerships begun\nper ten pairs")
    axes.set_title(_groups_title(result.groups))
    text = (
        "Each pair counts once a wave, with what it had said by then; the bars are rates over the whole time. Hardly "
        "any: less than half a turn; the thirds are those of all other pairs."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _groups_title(groups: pd.DataFrame) -> str:
    most, rest = groups["partnerships"].iloc[-1], groups["partnerships"].sum()
    return f"{most:.0f} of {wording.count(rest, 'partnership')} began among the pairs that had talked informally most"


def members_figure(result: Result) -> figures.Figure:
    """C2: mean t of informal exchange beside its distribution when members are relabelled."""
    if result.c2 is None:
        return figures.nothing(result.metrics["C2"]["reason"])
    return _against_null(
        result.c2.informal.permuted, result.c2.informal.statistic, "partnership",
        "t of informal exchange, mean over reply graphs", ANY_MEMBERS, "Informal exchange before a partnership",
        _by_graph(result.c2.informal),
    )  # fmt: skip


def senders_figure(result: Result) -> figures.Figure:
    """C2: partners' informal exchange beside its distribution when senders are shuffled."""
    if result.c2 is None:
        return figures.nothing(result.metrics["C2"]["reason"])
    return _against_null(
        result.c2.shuffle.null, result.c2.shuffle.observed, "partnership",
        "partners' informal exchange before (turns; talkative pairs weigh less)", ANY_SENDERS,
        "Partners' informal exchange",
    )  # fmt: skip


def beyond_figure(result: Result) -> figures.Figure:
    """C2: mean t of informal less business exchange beside its distribution when members are relabelled."""
    if result.c2 is None:
        return figures.nothing(result.metrics["C2"]["reason"])
    return _against_null(
        result.c2.beyond_business.permuted, result.c2.beyond_business.statistic, "partnership",
        "t of informal less business exchange, mean over reply graphs", ANY_MEMBERS,
        "Informal less business exchange before", _by_graph(result.c2.beyond_business),
    )  # fmt: skip


def strengthening_figure(result: Result) -> figures.Figure:
    """C1: mean t of informal less business exchange beside its distribution when members are relabelled."""
    if result.c1 is None:
        return figures.nothing(result.metrics["C1"]["reason"])
    return _against_null(
        result.c1.later.permuted, result.c1.later.statistic, "informal_interaction",
        "t of informal less business exchange, mean over thinnings and splits", ANY_MEMBERS,
        "Earlier informal less business exchange", _by_graph(result.c1.later), "thinning",
    )  # fmt: skip


def _by_graph(evidence: Evidence) -> Floats:
    """The statistic of each draw."""
    return evidence.fits.groupby("draw")["statistic"].mean().to_numpy()


def _against_null(
    null: Floats,
    observed: float,
    colour: str,
    label: str,
    null_label: str,
    what: str,
    drawn: Floats | None = None,
    each: str = "reply graph",
) -> figures.Figure:
    """drawn: what single draws give, drawn below; each: what is drawn."""
    drawing, axes = figures.canvas(height=3.0)
    axes.hist(null, bins=40, color=figures.COLOURS["null"], label=null_label)
    axes.axvline(observed, color=figures.COLOURS[colour], lw=2, label="observed")
    text = "Grey: what the null model gives. Line: what was observed."
    if drawn is not None:
        low = -0.05 * axes.get_ylim()[1]
        axes.plot(drawn, np.full(drawn.size, low), "|", color=figures.COLOURS["all"], ms=8, label=f"each {each}")
        text = f"{text} Ticks below: each sampled {each}, whose mean the line is."
    axes.set(xlabel=label, ylabel="null draws (count)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3)
    beyond = int((null >= observed).sum())
    axes.set_title(f"{what}: {beyond:,} of {wording.count(null.size, 'null draw')} reach what was observed")
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def say_groups(result: Result) -> str:
    """Rates of the two ends."""
    if result.c2 is None:
        return f"C2 is not assessable: {result.metrics['C2']['reason']}."
    groups = result.groups.set_index("group")["per_ten"]
    rates = [f"{wording.number(rate, 1)} ({group})" for group, rate in groups.dropna().items()]
    return f"Partnerships begun per ten pairs, by informal exchange before: {wording.listed(rates)}."


def say_preceding(result: Result) -> str:
    """C2's three tests in words."""
    c = result.metrics["C2"]
    if c["status"] != "ok":
        return f"C2 is not assessable: {c['reason']}."
    return (
        f"Over {wording.count(c['n']['partnerships'], 'partnership')} among {c['n']['pairs']:,} pairs, relabelling "
        f"members gives {wording.p_value(c['p_members'])}, shuffling senders {wording.p_value(c['p_senders'])} and "
        f"setting informal against business talk {wording.p_value(c['p_beyond_business'])} (all one-sided). "
        f"A standard deviation more of informal exchange goes with {_more(10 * c['value'], 1)} "
        f"partnerships per ten pairs (interval {wording.between(10 * c['low'], 10 * c['high'], 1)}; between sampled "
        f"reply graphs {wording.between(10 * c['link_low'], 10 * c['link_high'], 1)})."
    )


def say_strengthening(result: Result) -> str:
    """C1's number in words."""
    c = result.metrics["C1"]
    if result.c1 is None:
        return f"C1 is not assessable: {c['reason']}."
    splits = wording.listed(wording.percent(split) for split in sorted(result.c1.later.fits["split"].unique()))
    return (
        f"With the time split at {splits}, {c['n']['pairs']:,} pairs: the coefficient of informal exchange "
        f"{'exceeds' if c['value'] >= 0 else 'falls short of'} that of business exchange by "
        f"{wording.number(abs(c['value']))} (difference {wording.number(c['value'])}, interval "
        f"{wording.between(c['low'], c['high'])}; between random thinnings "
        f"{wording.between(c['link_low'], c['link_high'])}; {wording.p_value(c['p'])}, one-sided)."
    )


def other_ways_frame(result: Result) -> pd.DataFrame:
    """C1 asked in other ways: single splits, ties that go both ways, and the relational event model."""
    rows: list[tuple[str, float, float, float, float]] = []
    if result.c1 is not None:
        for split, part in result.c1.later.fits.groupby("split"):
            coef = part["coef"]
            rows.append((f"earlier: the first {wording.percent(split)}", coef.mean(), coef.min(), coef.max(), np.nan))
        c = result.metrics["C1"]
        for name, way in (("ties that go both ways", "reciprocal"), ("relational event model", "choices")):
            if each := c.get(way):
                rows.append((name, each["value"], each["low"], each["high"], each["p"]))
    return pd.DataFrame(rows, columns=["asked of", "informal less business", "low", "high", "p, one-sided"])


def say_other_ways(result: Result) -> str:
    """Whether the other ways of asking C1 agree."""
    c = result.metrics["C1"]
    if c["status"] != "ok":
        return f"C1 is not assessable: {c['reason']}."
    others = [c[way]["value"] for way in ("reciprocal", "choices") if way in c]
    agree = sum(np.sign(value) == np.sign(c["value"]) for value in others)
    if len(others) == 2:
        both = ("none points", "one points", "both point")[agree]
        return f"Of the two other outcomes, {both} the same way. {_reciprocal(c)}; {_choices(c)}."
    asked = [say(c) for say, way in ((_reciprocal, "reciprocal"), (_choices, "choices")) if way in c]
    told = [f"{said}, which points {'the same' if agree else 'another'} way" for said in asked]
    return " ".join(f"{said}." for said in [*told, *_unasked(c)])


def _reciprocal(c: Mapping) -> str:
    each = c["reciprocal"]
    return f"Of ties that go both ways the difference is {wording.number(each['value'])} ({wording.p_value(each['p'])})"


def _choices(c: Mapping) -> str:
    each = c["choices"]
    return (
        f"in {wording.count(each['events'], 'answer')} outside informal talk the log odds of whom to answer differ by "
        f"{wording.number(each['value'])} ({wording.between(each['low'], each['high'])})"
    )


def _unasked(c: Mapping) -> list[str]:
    """What C1 could not be asked of, each in a sentence without its full stop."""
    of = {"reciprocal": "Ties that go both ways", "choices": "Whom later answers choose"}
    return [f"{of[way]} cannot be told: {why}" for way, why in c["without"].items()]


def partners_frame(result: Result, most: int = 15) -> pd.DataFrame:
    """The partnerships behind C2 of members who agreed to be shown, those with most informal exchange before first."""
    columns = {
        "member_a": "member",
        "member_b": "and",
        "since": "since",
        "informal": "informal (turns)",
        "informal_null": "shuffled senders give",
        "business": "business (turns)",
    }
    frame = result.partners.sort_values(["informal", "since"], ascending=[False, True], kind="stable")
    since = frame["since"].dt.strftime("%Y\N{NON-BREAKING HYPHEN}%m")
    return frame.assign(since=since)[list(columns)].rename(columns=columns).head(most)


def counted(result: Result) -> int:
    """The partnerships that count in C2."""
    c2 = result.metrics["C2"]
    return c2["n"]["partnerships"] if c2["status"] == "ok" else len(result.partners)


def say_partners(result: Result, most: int = 15) -> str:
    """How many partnerships the table shows, and why not all."""
    hidden, shown = counted(result) - len(result.partners), min(most, len(result.partners))
    words = f"{shown} of {wording.count(counted(result), 'partnership')} {'is' if shown == 1 else 'are'} listed"
    return f"{words}; {hidden} of members who count in sums only are not." if hidden else f"{words}."


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    metrics, partners = result.metrics, result.partners
    return [
        ("no partnership is listed that does not count", len(partners), len(partners) <= counted(result)),
        ("each is listed once", len(partners), not partners.duplicated(["member_a", "member_b"]).any()),
        ("nobody is their own partner", len(partners), bool((partners["member_a"] != partners["member_b"]).all())),
        *(
            (f"{name}: the value lies in its interval", round(c["value"], 3), bool(c["low"] <= c["value"] <= c["high"]))
            for name, c in ((name, metrics[name]) for name in ("C1", "C2"))
            if c["status"] == "ok"
        ),
    ]
