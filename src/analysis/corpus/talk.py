"""Who talks, who answers whom and how unequally, in all chats at once: expressions with the same result on any engine.

They are written in Narwhals, so that pandas, Polars, DuckDB and Spark carry out one and the same computation. Whole
numbers stay whole up to the last division: results are equal to the last bit, in whatever order an engine adds.
"""

from __future__ import annotations

import narwhals as nw

GAP_S = 300  # seconds of silence after which a member's next message begins another turn
WINDOW_S = 3600  # seconds back in which a message may be answered
NEEDED = ("channel", "place", "time", "second", "member", "answered")  # columns of messages that are read
DECIMALS = 9  # of standard errors
TOP = 3  # members whose share is given together


def spoken(messages: nw.LazyFrame) -> nw.LazyFrame:
    """The messages that members wrote, without the lines of the messenger."""
    return messages.select(*NEEDED).filter(~nw.col("member").is_null())


def turns(messages: nw.LazyFrame) -> nw.LazyFrame:
    """The messages of members with: begins (a turn: one member's messages in a row, no silence above GAP_S between
    them), other (the last other member who wrote before) and heard (the second of that one's last message)."""
    before = spoken(messages).with_columns(
        nw.col("member", "second").shift(1).over("channel", order_by="place").name.prefix("last_")
    )
    another = (nw.col("last_member") != nw.col("member")).fill_null(True)
    silence = (nw.col("second") - nw.col("last_second") > GAP_S).fill_null(True)
    marked = before.with_columns(
        begins=another | silence,
        other=nw.when(another).then(nw.col("last_member")),
        heard=nw.when(another).then(nw.col("last_second")),
    ).drop("last_member", "last_second")
    return marked.with_columns(nw.col("other", "heard").fill_null(strategy="forward").over("channel", order_by="place"))


def answers(messages: nw.LazyFrame) -> nw.LazyFrame:
    """Who answers whom by rule: channel, member, answered (the other member), second.

    A turn answers the member its first message explicitly replies to, else the last other member within WINDOW_S.
    A later message of a turn counts where it explicitly replies to yet another member. This is network.replies.rule
    without what needs texts (members named in them) and without its shares: here an answer counts as one.
    """
    explicit = ~nw.col("answered").is_null() & (nw.col("answered") != nw.col("member")).fill_null(False)
    by_rule = nw.col("begins") & (nw.col("second") - nw.col("heard") <= WINDOW_S).fill_null(False)
    further = explicit & (nw.col("answered") != nw.col("other")).fill_null(True)
    return (
        turns(messages)
        .with_columns(
            answered=nw.when(explicit & (nw.col("begins") | further))
            .then(nw.col("answered"))
            .when(by_rule)
            .then(nw.col("other"))
        )
        .filter(~nw.col("answered").is_null())
        .select("channel", "member", "answered", "second")
    )


def ties(messages: nw.LazyFrame) -> nw.LazyFrame:
    """channel, member, answered, weight: how many turns of a member answer another."""
    return _whole(answers(messages).group_by("channel", "member", "answered").agg(weight=nw.len()), "weight")


def counts(messages: nw.LazyFrame) -> nw.LazyFrame:
    """channel, member, messages: how many each member wrote."""
    return _whole(spoken(messages).group_by("channel", "member").agg(messages=nw.len()), "messages")


def months(messages: nw.LazyFrame) -> nw.LazyFrame:
    """channel, month (months since year 0, UTC), messages, members: how much is written each month, by how many."""
    dated = spoken(messages).with_columns(
        month=nw.col("time").dt.year().cast(nw.Int64) * 12 + nw.col("time").dt.month().cast(nw.Int64) - 1
    )
    counted = dated.group_by("channel", "month").agg(messages=nw.len(), members=nw.col("member").n_unique())
    return _whole(counted, "messages", "members")


def concentration(counts: nw.LazyFrame) -> nw.LazyFrame:
    """How unequally each chat's messages are spread over those who wrote: channel, members, messages, gini (times
    n / (n - 1), Deltas 2003), gini_se (jackknife over members), hhi (Herfindahl), top1_share and top3_share.

    With the members ranked from the most talkative, r, the Gini coefficient of n counts x is
    ((n + 1) T - 2 S) / ((n - 1) T), where T = sum(x) and S = sum(r x). Without one member, T loses x, and S loses r x
    and what those ranked below wrote. gini is missing for one member, gini_se for fewer than three.
    """
    x, r, n = nw.col("messages"), nw.col("rank"), nw.col("members")
    ranked = counts.with_columns(
        rank=x.rank("ordinal", descending=True).over("channel").cast(nw.Int64),
        members=nw.len().over("channel").cast(nw.Int64),
        total=x.sum().over("channel").cast(nw.Int64),
    ).with_columns(
        above=x.cum_sum().over("channel", order_by="rank").cast(nw.Int64),
        S=(r * x).sum().over("channel").cast(nw.Int64),
    )
    total, left = nw.col("total"), nw.col("total") - x
    gini = nw.when(n > 1).then(_ratio((n + 1) * total - 2 * nw.col("S"), (n - 1) * total))
    without = n * left - 2 * (nw.col("S") - r * x - (total - nw.col("above")))
    apart = nw.when((n > 2) & (left > 0)).then(_ratio(without, (n - 2) * left)) - nw.col("gini")
    by_member = ranked.with_columns(gini=gini).with_columns(apart=apart)
    terms = by_member.with_columns(
        square=nw.col("apart") * nw.col("apart"), squares=x * x, top=nw.when(r <= TOP).then(x).otherwise(0), most=x
    )
    added = terms.group_by("channel").agg(
        nw.col("members", "total", "gini", "most").max(), nw.col("squares", "top", "apart", "square").sum()
    )
    sums = _whole(added, "squares", "top")
    size = n.cast(nw.Float64)
    variance = (nw.col("square") - nw.col("apart") * nw.col("apart") / size) * (size - 1) / size
    return sums.select(
        "channel", "members", "gini", messages="total",
        gini_se=nw.when(n > 2).then(_root(variance)),
        hhi=_ratio(nw.col("squares"), total * total),
        top1_share=_ratio(nw.col("most"), total),
        top3_share=_ratio(nw.col("top"), total),
    )  # fmt: skip


def reciprocity(ties: nw.LazyFrame) -> nw.LazyFrame:
    """channel, dyads (pairs of members with an answer), answers, reciprocity: the share of answers that are
    returned, 2 sum(min(a, b)) / sum(a + b) over dyads, and reciprocity_se: as a ratio of sums over dyads, which are
    taken to be independent (Cochran 1977, section 6.4); missing for a single dyad.
    """
    back = ties.select("channel", member="answered", answered="member", back="weight")
    both = ties.join(back, on=["channel", "member", "answered"], how="left").with_columns(
        nw.col("back").fill_null(0).cast(nw.Int64)
    )
    dyads = both.filter((nw.col("member") < nw.col("answered")) | (nw.col("back") == 0)).select(
        "channel", a=nw.col("weight") + nw.col("back"), b=2 * nw.min_horizontal("weight", "back")
    )
    a, b = nw.col("a"), nw.col("b")
    added = (
        dyads.with_columns(aa=a * a, ab=a * b, bb=b * b)
        .group_by("channel")
        .agg(nw.col("a", "b", "aa", "ab", "bb").sum(), dyads=nw.len())
    )
    sums = _whole(added, "a", "b", "aa", "ab", "bb", "dyads")
    share, m = nw.col("reciprocity"), nw.col("dyads").cast(nw.Float64)
    aa, ab, bb, whole = (nw.col(name).cast(nw.Float64) for name in ("aa", "ab", "bb", "a"))
    variance = (bb - 2 * share * ab + share * share * aa) / (whole * whole) * m / (m - 1)
    return sums.with_columns(reciprocity=_ratio(b, a)).select(
        "channel", "dyads", "reciprocity", answers="a", reciprocity_se=nw.when(m > 1).then(_root(variance))
    )


def span(months: nw.LazyFrame) -> nw.LazyFrame:
    """channel, months (from the first to the last in which somebody wrote)."""
    ends = months.with_columns(last="month").group_by("channel").agg(nw.col("month").min(), nw.col("last").max())
    return ends.select("channel", months=nw.col("last") - nw.col("month") + 1)


def groups(counts: nw.LazyFrame, ties: nw.LazyFrame, months: nw.LazyFrame) -> nw.LazyFrame:
    """One row per chat: the columns of concentration, reciprocity and span."""
    with_ties = concentration(counts).join(reciprocity(ties), on="channel", how="left")
    whole = with_ties.join(span(months), on="channel", how="left").with_columns(nw.col("dyads", "answers").fill_null(0))
    return _whole(whole, "dyads", "answers")


def _whole(frame: nw.LazyFrame, *names: str) -> nw.LazyFrame:
    """The frame with these counts and sums, which every engine types in its own way, as whole numbers."""
    return frame.with_columns(nw.col(*names).cast(nw.Int64))


def _root(variance: nw.Expr) -> nw.Expr:
    """The root of a variance, of one that rounding made negative 0; to DECIMALS, as sums of fractions differ beyond."""
    return nw.when(variance > 0).then(variance.sqrt()).otherwise(0.0).round(DECIMALS)


def _ratio(part: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """The quotient of two whole numbers, both below 2**53, rounded once."""
    return part.cast(nw.Float64) / whole.cast(nw.Float64)
