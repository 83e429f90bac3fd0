"""Tables, figures and computed sentences of the chapter `ingest`."""

from __future__ import annotations

import calendar

import matplotlib.dates as mdates
import pandas as pd
from scipy import stats

from analysis import figures, tables, wording
from analysis.errors import InputError, stage
from analysis.ingest import accuracy
from analysis.ingest.corpus import Corpus
from analysis.ingest.gather import Raw

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LINES = 6  # channels drawn with a line of their own
TOGETHER = "all chats"
HEADS = {
    "source": "file", "headers": "start a message", "continuation": "continue one", "skipped": "hold none",
    "undecodable": "not a text", "shared": "read twice", "pasted": "pasted headers",
}  # fmt: skip
CLASSES = {
    "NAME": "names", "EMAIL": "e-mail addresses", "PHONE": "telephone numbers", "NIK": "identity numbers (NIK)",
    "NPWP": "tax numbers (NPWP)", "ACCOUNT": "bank accounts", "ADDRESS": "street addresses", "MAP": "map links",
    "COORDINATES": "coordinates", "PLATE": "vehicle plates", "HANDLE": "names on social media",
    "PROFILE": "profile links", "BIRTHDATE": "birth dates", "BPJS": "insurance numbers (BPJS)",
    "SIM": "driving licences (SIM)", "PASSPORT": "passport numbers", "CARD": "card numbers",
    "PIN": "secret codes (OTP, PIN)", "ORDER": "order and booking numbers",
    "WITHHELD": "names of members who withhold consent",
}  # fmt: skip
AGREED = {"quotes": "be quoted and shown by themselves", "aggregate": "be counted in sums only", "none": "nothing"}
IN_CLASSES = (
    "Labelled: what is there. Found: labelled and wholly taken out, under whatever mark. Marked: marks of the class. "
    "Right: marks that fall on something of their class. One thing may get two marks, or that of another class, so "
    "found and right may differ."
)
STYLES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 1)))


def answer(corpus: Corpus, measured: pd.DataFrame) -> str:
    """The page's answer: how much data was read, and how much of what identifies people a trial of the rules missed.
    measured: as accuracy.read."""
    messages, utterances, count = corpus.messages, corpus.utterances, wording.count
    written = int(messages["member"].notna().sum())
    chats = (
        f"{count(written, 'message')} of {count(messages['member'].nunique(), 'member')} in "
        f"{count(messages['channel'].nunique(), 'chat')}"
    )
    interviews = utterances["transcript"].nunique()
    said = [f"{chats} were read."] if len(messages) else []
    if written < len(messages):
        said.append(f"Apps added {count(len(messages) - written, 'notice')}.")
    if interviews:
        were = "was" if interviews == 1 else "were"
        said.append(f"{count(interviews, 'interview')} {were} read{' too' if said else ''}.")
    trial = accuracy.overall(measured)
    missed = (
        f"Every line is accounted for, and people have pseudonyms. In a trial the rules missed "
        f"{trial['labelled'] - trial['found']:,.0f} of {trial['labelled']:,.0f} names, numbers and addresses."
    )
    return " ".join([*said, missed])


def consent_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Members by what they agreed to, in words. counts: as consent.consent_counts."""
    words = counts["consent"].map(
        lambda answer: " or ".join(AGREED.get(each, each) for each in str(answer).split(" or "))
    )
    return counts.assign(consent=words).rename(columns={"consent": "agreed to"})


def formats_table(raw: Raw) -> pd.DataFrame:
    """What was read, by format: files, messages or turns, people who speak (as they are named there), first and last
    day."""
    rows = [
        {"format": each.attrs["report"]["format"], "rows": len(each), "people": set(each[who].dropna()),
         "first": each["time"].min() if "time" in each else pd.NaT,
         "last": each["time"].max() if "time" in each else pd.NaT}
        for who, files in (("sender", raw.chats), ("speaker", raw.transcripts)) for each in files
    ]  # fmt: skip
    groups = pd.DataFrame(rows).groupby("format", sort=False)
    table = groups.agg(
        files=("rows", "size"), messages=("rows", "sum"), names=("people", lambda sets: len(set().union(*sets))),
        first=("first", "min"), last=("last", "max"),
    ).reset_index()  # fmt: skip
    days = {end: table[end].map(lambda day: "" if pd.isna(day) else f"{day:%Y-%m-%d}") for end in ("first", "last")}
    return table.assign(**days).rename(columns={"messages": "messages or turns"})


def say_shared(messages: pd.DataFrame, shared: list[int]) -> str:
    """How much the exports of one chat overlap. messages: each once; shared: as overlap.joined."""
    if not any(shared):
        return "No message is in two exports."
    exports = wording.count(sum(map(bool, shared)), "export")
    return (
        f"{wording.count(sum(shared), 'message')} of {exports} are in an earlier export of the same chat too and count "
        f"once: {wording.count(len(messages), 'message')} remain."
    )


def _files_read(reports: pd.DataFrame) -> pd.DataFrame:
    return reports[reports["part"] != "not read"]


def conservation_table(reports: pd.DataFrame) -> pd.DataFrame:
    """Lines by class, one row per file read and one for all; a class that occurs in no file has no column."""
    files = _files_read(reports).rename(columns=HEADS)
    rare = [name for name in ("not a text", "read twice", "pasted headers", "note") if files[name].astype(bool).any()]
    shown = files[["file", "lines", "start a message", "continue one", "hold none", *rare, "format"]]
    whole = {"file": "all files"} | shown.drop(columns=["file", "format"]).sum().to_dict() | {"format": ""}
    return pd.concat([shown, pd.DataFrame([whole])], ignore_index=True) if len(shown) > 1 else shown


def say_not_read(reports: pd.DataFrame) -> str:
    """Files skipped, and why."""
    left = reports.query("part == 'not read'")["note"].value_counts(sort=False)
    if left.empty:
        return "No file was skipped."
    reasons = (f"{wording.count(n, 'file')} ({figures.plain(str(note))})" for note, n in left.items())
    return f"Skipped: {wording.listed(reasons)}."


def activity(messages: pd.DataFrame, tz: str) -> tuple[pd.DataFrame, str]:
    """Messages by period (rows) and channel (columns), and the period's name: day, week or year, by the span.

    The first and last period are left out where the messages fill a part of them only, if three others remain.
    """
    local = messages["time"].dt.tz_convert(tz).dt.tz_localize(None)
    span = (local.max() - local.min()).days if len(local) else 0
    period, code = ("day", "D") if span <= 60 else ("week", "W") if span <= 1100 else ("year", "Y")
    counts = pd.crosstab(local.dt.to_period(code), messages["channel"])
    whole = pd.period_range(counts.index.min(), counts.index.max(), freq=code) if len(counts) else counts.index
    filled = [p for p in whole if local.min().normalize() <= p.start_time and p.end_time.normalize() <= local.max()]
    return counts.reindex(filled if len(filled) > 2 else whole, fill_value=0), period


@stage
def activity_figure(messages: pd.DataFrame, tz: str) -> figures.Figure:
    """Messages over time, one line per channel and one for all; with many channels, only all of them together."""
    counts, period = activity(messages, tz)
    if counts.empty:
        raise InputError("there are no messages")
    total = counts.sum(axis=1)
    several, many = counts.shape[1] > 1, counts.shape[1] > LINES
    lines = pd.DataFrame(index=counts.index) if many else counts
    drawing, axes = figures.canvas(height=3.6)
    for style, name in zip(STYLES, lines.columns, strict=False):
        axes.plot(lines.index.to_timestamp(), lines[name], ls=style, marker=".", ms=3)
    if several:
        lines = lines.assign(**{TOGETHER: total})
        axes.plot(lines.index.to_timestamp(), total, color=figures.COLOURS["null"], lw=2.4, zorder=1)
    axes.set(xlabel=period, ylabel=f"messages per {period} (count)", ylim=(0, None))
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
    gap, place = 0.07 * axes.get_ylim()[1], -float("inf")
    for name, value in lines.iloc[-1].sort_values().items():  # each name at its line's end, above the one below
        place = max(float(value), place + gap)
        axes.annotate(f" {name}", (1, place), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    most, median = wording.count(total.max(), "message"), f"{total.median():,.0f}"
    axes.set_title(f"The busiest {period} has {most}, the median {period} {median}")
    left_out = counts.to_numpy().sum() < len(messages)
    part = f" A {period} at either end that the messages cover only in part is not drawn." if left_out else ""
    drawn = "all chats together" if many else f"each chat{' and, thick, of all together' if several else ''}"
    text = f"Messages of {drawn} per {period}, system lines included.{part}"
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def by_hour(messages: pd.DataFrame, tz: str) -> pd.DataFrame:
    """Messages of members by weekday (rows, Monday first) and hour of the local clock (columns 0 to 23)."""
    local = messages.loc[messages["kind"] != "system", "time"].dt.tz_convert(tz)
    return pd.crosstab(local.dt.day_of_week, local.dt.hour).reindex(index=range(7), columns=range(24), fill_value=0)


@stage
def hours_figure(messages: pd.DataFrame, tz: str) -> figures.Figure:
    """When members write: weekday by hour."""
    counts = by_hour(messages, tz)
    if not counts.to_numpy().sum():
        raise InputError("no member wrote")
    import seaborn as sns  # here, as its import takes longer than the other steps' figures

    drawing, axes = figures.canvas(height=3.0)
    sns.heatmap(counts, ax=axes, cmap="cividis", yticklabels=DAYS, cbar_kws={"label": "messages (count)"})
    axes.set(xlabel=f"hour of the day ({tz})", ylabel="")
    axes.set_xticks(range(0, 25, 3), labels=map(str, range(0, 25, 3)), rotation=0)
    axes.tick_params(axis="y", rotation=0)
    day, hour = divmod(int(counts.to_numpy().argmax()), 24)
    axes.set_title(f"The busiest hour is {calendar.day_name[day]}, {hour}:00 to {hour + 1}:00")
    text = "Messages of members by weekday and hour. The lighter, the more messages."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


@stage
def say_activity(messages: pd.DataFrame, tz: str) -> str:
    """When the messages were written, and how many of them are texts of members, which alone are coded."""
    if messages.empty:
        raise InputError("there are no messages")
    first, last = (moment.tz_convert(tz).date() for moment in (messages["time"].min(), messages["time"].max()))
    kinds = messages["kind"]
    texts, lines = int(((kinds == "text") & messages["member"].notna()).sum()), int((kinds == "system").sum())
    of = f"{texts:,} of {wording.count(len(messages), 'message')} {'is a text' if texts == 1 else 'are texts'}"
    rest, nobodys = int((~kinds.isin(["text", "system"])).sum()), int((kinds == "text").sum()) - texts
    others = [f"{lines:,} {'is a line' if lines == 1 else 'are lines'} of the app itself"] if lines else []
    others += [f"{rest:,} {'is' if rest == 1 else 'are'} of another kind, such as a photo"] if rest else []
    others += [f"{nobodys:,} {'is a text' if nobodys == 1 else 'are texts'} without a sender"] if nobodys else []
    more = f" Of the others, {wording.listed(others)}." if others else ""
    return (
        f"The messages run from {first} to {last}. {of} of members. Only these are coded, and shares of messages with "
        f"a code refer to these.{more}"
    )


def withheld_table(corpus: Corpus) -> pd.DataFrame:
    """What was left out for lack of consent: one row per kind that occurred."""
    kinds = ("messages", "utterances", "partnerships", "codings", "annotations", "mentions")
    rows = [(kind, corpus.withheld[kind]) for kind in kinds if corpus.withheld[kind]]
    return pd.DataFrame(rows, columns=["of members who withhold consent", "left out"])


def say_consent(corpus: Corpus) -> str:
    """Sentences on what was left out for lack of consent, and on who counts in sums only."""
    strangers = corpus.strangers
    unlisted = f"{wording.count(strangers, 'chat sender')} on no roster {'counts' if strangers == 1 else 'count'}"
    if corpus.withheld["members"]:
        said = "What was left out is counted below."
    elif strangers and strangers == len(tables.community(corpus.members)):
        said = "What anybody agreed to is not known, as there is no roster, so nobody is left out."
    else:
        said = "Nobody withholds consent, so nothing is left out for it."
    return f"{said} {unlisted} in sums only." if strangers else said


@stage
def annotators_table(annotators: pd.DataFrame) -> pd.DataFrame:
    """Who annotated replies, and how many messages. annotators: as annotations.by_annotator."""
    if annotators.empty:
        raise InputError("nobody has marked which message answers which in these chats")
    names = {"annotated": "messages", "unanswered": "skipped", "left_out": "left out"}
    return annotators.rename(columns=names)


@stage
def scrub_table(marks: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """How many of each class (rows) were taken out of the texts of each kind of file (columns), most first."""
    if marks.empty:
        raise InputError("no text held a name, number or address that the rules know")
    part = reports.drop_duplicates("source").set_index("source")["part"]
    kind = marks["source"].map(part).fillna("other files")
    table = marks.pivot_table(index="class", columns=kind, values="count", aggfunc="sum", fill_value=0)
    ranks = [table.sum(axis=axis).sort_values(ascending=False, kind="stable").index for axis in (1, 0)]
    shown = table.loc[ranks[0], ranks[1]].rename_axis(columns=None).reset_index()
    mark = ("[" + shown["class"] + "]").where(shown["class"] != "NAME", "pseudonym or [NAME]")
    return shown.assign(**{"class": shown["class"].map(CLASSES)}, mark=mark)


def accuracy_table(measured: pd.DataFrame) -> pd.DataFrame:
    """Recall, with its interval (Wilson 1927), and precision of the scrubbing on labelled messages, by class.

    measured: as accuracy.read. A mark does not show whether a name is on the roster: the row of those on the roster
    counts both kinds.
    """
    rows = accuracy.with_rates(measured)
    named = rows["class"] != "OTHER"
    shown = rows.assign(
        **{"class": rows["class"].map(CLASSES | {"NAME": "names on the roster", "OTHER": "names on no roster"})},
        **{name: rows[name].astype(object).where(named) for name in ("marked", "right")},
    )
    spans = [_wilson(int(found), int(of)) for found, of in zip(rows["found"], rows["labelled"], strict=True)]
    shown[["from", "to"]] = pd.DataFrame(spans, index=shown.index)
    return shown[["class", "labelled", "found", "recall", "from", "to", "marked", "right", "precision"]]


def _wilson(found: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share; missing where there was nothing to find."""
    return tuple(stats.binomtest(found, of).proportion_ci(method="wilson")) if of else (float("nan"), float("nan"))


def say_accuracy(measured: pd.DataFrame) -> str:
    """A sentence on the messages that recall and precision were measured on, and what that leaves open."""
    last = measured.iloc[0]
    return (
        f"The {wording.count(int(last['messages']), 'message')} were written and labelled on {last['date']} (by: "
        f"{last['author']}) before anything was changed for them, and scored once. Rules that were added "
        "afterwards for what was missed do not count in the tables. On real chats the rules may do worse. They are "
        "made for Indonesian and the languages of its regions, with English between; in others they take ordinary "
        "words for names. Read a sample before anything is published."
    )


def say_problems(corpus: Corpus) -> str:
    """What a reader should know of the input, as a list."""
    return "\n".join(f"- {figures.plain(problem)}" for problem in corpus.problems) or "Nothing else stood out."


def page_checks(corpus: Corpus) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    messages, reports = corpus.messages, corpus.reports
    off = reports["lines"] - reports[["headers", "continuation", "undecodable", "skipped"]].sum(axis=1)
    once = reports.query("part == 'chats'")["rows"].sum() - reports["shared"].sum() - corpus.withheld["messages"]
    linked = set(corpus.annotations["message_id"]) | set(corpus.annotations["reply_to"].dropna())
    writers = set(messages["member"].dropna()) | set(corpus.utterances["member"].dropna())
    return [
        ("lines that are not accounted for", int(off.abs().sum()), not off.any()),
        ("messages read, less those read twice or withheld, are in the table", len(messages),
         int(once) == len(messages)),
        ("every writer and participant is a member or participant of the table", len(writers),
         writers <= set(corpus.members["member"])),
        ("every annotated reply links messages of the table", len(corpus.annotations),
         linked <= set(messages["message_id"])),
        ("every message has an id of its own", len(messages), bool(messages["message_id"].is_unique)),
    ]  # fmt: skip
