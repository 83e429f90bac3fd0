"""What the step reports in numbers: its metrics, and the facts that fill COREQ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis import wording
from analysis.codebook import Codebook
from analysis.themes.chat import ChatNetwork
from analysis.themes.compare import Comparison
from analysis.themes.ena import EpistemicNetwork
from analysis.themes.interviews import SIDES, Interviews, Saturated, Settings, Tables
from analysis.themes.matrix import groups


def metrics(
    found: Interviews | None,
    chat: ChatNetwork | None,
    reasons: Mapping[str, str],
    checklist: pd.DataFrame,
    withheld: int,
    s: Settings,
) -> dict:
    """metrics/themes.json: what the ledger and the book's prose read."""
    common = {
        "withheld": withheld,
        "coreq": checklist["source"].value_counts().to_dict(),
        "chat": _chat(chat, reasons["chat"]),
    }
    if found is None:
        missing = {"status": "missing", "reason": reasons["interviews"]}
        return common | missing | {"C4": dict(missing)}
    voiced = found.counts[found.counts["participants"] > 0]
    sides = {side: int((voiced["side"] == side).sum()) for side in SIDES}
    return common | {
        "status": "ok",
        "participants": len(found.matrix),
        "interviews": found.turns["transcript"].nunique(),
        "turns": len(found.turns),
        "bearing": int(found.turns[s.themes].any(axis=1).sum()),
        "coders": len(found.coders),
        "themes": found.counts.set_index("theme").to_dict("index"),
        **sides,
        "common": voiced.loc[voiced["participants"] >= s.common * voiced["of"], "theme"].tolist(),
        "saturation": _saturation(found.saturated, s),
        "network": _network(found.network, found.without.get("network", "")),
        "roles": _comparison(found.roles, found.without.get("roles", "")),
        "together": int((found.together["p_adjusted"] <= s.alpha).sum()),
        "quotations": len(found.quotations),
        "quoted": found.quotations["member"].nunique(),
        "theory": found.theory["outcome"].value_counts().to_dict(),
        "word_and_deed": found.word_and_deed["outcome"].value_counts().to_dict(),
        "self_reports": found.self_reports["outcome"].value_counts().to_dict(),
        "C4": {
            "status": "ok",
            "value": len(voiced),
            **sides,
            "saturated_after": found.saturated.result.reached if found.saturated.result else None,
            "n": {"participants": len(found.matrix), "interviews": found.turns["transcript"].nunique()},
        },
    }


def _saturation(saturated: Saturated, s: Settings) -> dict:
    if saturated.result is None:
        return {"status": "missing", "reason": saturated.reason}
    reached = [n for n in saturated.reached if n is not None]
    return {
        "status": "ok",
        "basis": saturated.basis,
        "base": s.base,
        "run": s.run,
        "threshold": s.threshold,
        "codes": int(saturated.result.curve["found"].iloc[-1]),
        "base_codes": saturated.result.base_codes,
        "reached": saturated.result.reached,
        "orders_reached": len(reached) / len(saturated.reached),
        "orders_median": float(np.median(reached)) if reached else None,
    }


def _network(network: EpistemicNetwork | None, reason: str) -> dict:
    if network is None:
        return {"status": "missing", "reason": reason}
    return {
        "status": "ok",
        "units": len(network.points),
        "codes": len(network.nodes),
        "variance": network.variance[:2].tolist(),
        "fit": network.fit_pearson.tolist(),
    }


def _comparison(comparison: Comparison | None, reason: str) -> dict:
    return {"status": "missing", "reason": reason} if comparison is None else {"status": "ok"} | vars(comparison)


def _chat(chat: ChatNetwork | None, reason: str) -> dict:
    if chat is None:
        return {"status": "missing", "reason": reason}
    sizes = {"messages": chat.rows, "members": chat.members, "paired": chat.paired}
    return _network(chat.network, "") | sizes | {"comparison": _comparison(chat.comparison, "")}


def facts(found: Interviews, given: Tables, codebook: Codebook, withheld: int, s: Settings) -> dict[str, str]:
    """The facts of coreq.yaml that the study counts itself, in words."""
    voiced = found.counts[found.counts["participants"] > 0]
    major = voiced[voiced["participants"] >= s.common * voiced["of"]]
    minor = voiced[voiced["participants"] < s.common * voiced["of"]]
    interviews = found.turns.groupby("member")["transcript"].nunique()
    quoted = found.quotations["theme"].nunique()
    return {
        "sample_size": f"{wording.count(len(interviews), 'participant')} in "
        f"{wording.count(interviews.sum(), 'interview')}",
        "non_participation": _non_participation(found, given, withheld),
        "sample": f"roles: {_tally(found, given, 'role')}; sectors: {_tally(found, given, 'sector')}",
        "repeat_interviews": f"{(interviews > 1).sum()} of {len(interviews)} participants were interviewed again",
        "duration": _duration(given.utterances, found.turns),
        "saturation": saturation_in_words(found.saturated, s),
        "coders": f"{wording.count(len(found.coders), 'coder')}: {wording.listed(found.coders)}",
        "coding_tree": "; ".join(_branch(codebook, top) for top in dict.fromkeys(map(codebook.top, codebook.names))),
        "derivation": _derivation(found.saturated),
        "quotations": f"{wording.count(len(found.quotations), 'quotation')} of "
        f"{wording.count(found.quotations['member'].nunique(), 'participant')}, with pseudonym, interview and turn",
        "consistency": f"{quoted} of {wording.count(len(voiced), 'theme')} found are quoted, and every count opens to "
        "the passages behind it",
        "major_themes": _named(major, "none"),
        "minor_themes": f"{_named(minor, 'none')}; {wording.count(found.deviant['member'].nunique(), 'participant')} "
        f"stand apart in a theme, {wording.count(len(found.negative), 'passage')} marked as saying the opposite",
    }


def _non_participation(found: Interviews, given: Tables, withheld: int) -> str:
    roster = given.members["member"]
    words = f"{roster.isin(found.matrix.index).sum()} of {wording.count(len(roster), 'member')} were interviewed"
    out = f"{wording.count(withheld, 'interview')} left out, whose participants consent to no use"
    return f"{words}; {out}" if withheld else words


def _tally(found: Interviews, given: Tables, column: str) -> str:
    sizes = groups(found.matrix.index, given.members, column).value_counts().sort_index()
    return ", ".join(f"{name} {n}" for name, n in sizes.items())


def _duration(utterances: pd.DataFrame, turns: pd.DataFrame) -> str:
    spoken = utterances[utterances["transcript"].isin(turns["transcript"])]
    sizes = spoken.groupby("transcript").size()
    words = f"{sizes.min()} to {sizes.max()} turns an interview"
    last = spoken.groupby("transcript")[["start_s", "end_s"]].max().max(axis=1).dropna() / 60
    if last.empty:
        return f"not timed; {words}"
    return f"{wording.number(last.min(), 0)} to {wording.number(last.max(), 0)} minutes; {words}"


def _branch(codebook: Codebook, top: str) -> str:
    under = [name for name in codebook.leaves if name != top and codebook.top(name) == top]
    return f"{top} ({', '.join(under)})" if under else top


def _derivation(saturated: Saturated) -> str:
    if saturated.basis != "introduced" or saturated.result is None:
        return "the codebook records of no code which interview introduced it"
    codes = int(saturated.result.curve["found"].iloc[-1])
    return f"{wording.count(codes, 'code')} entered the codebook with an interview, as it records"


def _named(counts: pd.DataFrame, none: str) -> str:
    return ", ".join(f"{row.theme} ({row.participants} of {row.of})" for row in counts.itertuples()) or none


def saturation_in_words(saturated: Saturated, s: Settings) -> str:
    """How far the interviews saturate the codes, in one clause."""
    if saturated.result is None:
        return f"cannot be assessed: {saturated.reason}"
    rule = (
        f"base of {wording.count(s.base, 'interview')}, runs of {s.run}, at most "
        f"{wording.percent(s.threshold)} new codes"
    )
    reached = saturated.result.reached
    if reached is None:
        return f"not reached ({rule})"
    return f"reached after {wording.count(reached, 'interview')} and confirmed by the next {s.run} ({rule})"
