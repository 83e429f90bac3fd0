"""The robustness of a verdict: one rule, from the multiverse and from the smallest change that turns the verdict.

The grade is what a reader of *supported* would want to know at once. It changes no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping

ROBUST, SENSITIVE, FRAGILE = GRADES = ("robust", "sensitive", "fragile")
FIRM, HALF = 0.8, 0.5  # least shares of universes that give the verdict: of a robust one; of one that is not fragile
RARELY, OFTEN = 0.01, 0.05  # largest shares that give the opposite verdict, for the same two grades
LARGE, TINY = 0.02, 0.001  # shares of members, messages or codings: a change below LARGE turns no robust verdict; one
# of at most TINY makes a verdict fragile, and so does the change of a single member
OPPOSITE = {"supported": "contradicted", "contradicted": "supported"}


def grade(verdict: str, varied: Mapping) -> str | None:
    """The robustness of a claim's verdict; None if it was not tried, or there is nothing to try.

    varied: of the claim, as the step robustness writes it: verdicts (number of universes that give each), flips (by
    kind of change: count, of).

    robust: at least FIRM of the universes give the verdict, at most RARELY the opposite one, and no change was found of
    less than LARGE of members, messages or codings that turns it. fragile: fewer than HALF of the universes give it, or
    more than OFTEN the opposite one, or a single member or at most TINY of the messages or codings turns it.
    sensitive: all else.
    """
    tried = sum((varied.get("verdicts") or {}).values())
    if not tried or verdict in ("described", "not assessable"):
        return None
    same, opposite = share_of(verdict, varied), share_of(OPPOSITE.get(verdict, ""), varied)
    change, member = smallest_share(varied.get("flips") or {}), _one_member(varied.get("flips") or {})
    if same < HALF or opposite > OFTEN or member or change <= TINY:
        return FRAGILE
    return ROBUST if same >= FIRM and opposite <= RARELY and change >= LARGE else SENSITIVE


def meanings() -> dict[str, str]:
    """What each grade means, in words."""
    firm, half, rarely, often, large, tiny = (f"{100 * x:g} %" for x in (FIRM, HALF, RARELY, OFTEN, LARGE, TINY))
    return {
        ROBUST: f"At least {firm} of the universes give the verdict, at most {rarely} the opposite one, and no change "
        f"of less than {large} of the members, messages or codings was found that turns it.",
        FRAGILE: f"Fewer than {half} of the universes give it, or, where it is supported or contradicted, more than "
        f"{often} the opposite one, or the change of a single member or of at most {tiny} of the messages or codings "
        "turns it.",
        SENSITIVE: "Neither of the two.",
    }


def share_of(verdict: str, varied: Mapping) -> float:
    """The share of universes that give this verdict, 0 to 1."""
    given: Mapping[str, int] = varied.get("verdicts") or {}
    return given.get(verdict, 0) / max(sum(given.values()), 1)


def agreeing(verdict: str, varied: Mapping) -> float | None:
    """The share of universes that give this verdict, 0 to 1; None if none was computed."""
    return share_of(verdict, varied) if sum((varied.get("verdicts") or {}).values()) else None


def smallest_share(flips: Mapping[str, Mapping]) -> float:
    """The smallest share of members, messages or codings whose change was found to turn the verdict; infinite if none
    was found."""
    shares = (flip["count"] / flip["of"] for flip in flips.values() if flip["count"] is not None and flip["of"])
    return min(shares, default=float("inf"))


def _one_member(flips: Mapping[str, Mapping]) -> bool:
    count = flips.get("members", {}).get("count")
    return count is not None and count <= 1
