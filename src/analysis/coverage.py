"""What calibration says about intervals and verdicts: the coverage of each interval and how it is therefore shown, how
often a claim was supported where it is false, and the number of communities needed to judge either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import wording

# What calibration takes as known when it computes the true value that a claim's interval should cover.
TRUTH = {"C1": "true replies and codes", "C2": "true replies and codes", "C3": "true codes"}
FEW = 30  # fewer communities than this: a rate or coverage is shown, but not judged
STUDIED = "as the study sees it"  # how the table of bias calls what is measured as in the study
RARELY = 0.1  # misses to one side, as a share of those to the other, up to which they are hardly any
GOOD, LEAST = 0.93, 0.8  # coverages below which an interval carries its coverage, and is not shown as an interval


@dataclass(frozen=True)
class Coverage:
    """Coverage of an interval in the kind of community where it is lowest. share: of simulated communities in which it
    held the truth; of: their number; where: their kind."""

    share: float
    of: int
    where: str

    @property
    def shown(self) -> bool:
        """Whether the interval may be shown as one."""
        return self.share >= LEAST

    def words(self) -> str:
        """ "held the truth in 53 % of 60 simulated communities"."""
        of = wording.count(self.of, "simulated community", "simulated communities")
        return f"held the truth in {wording.percent(self.share)} of {of}"


def read(root: Path) -> dict[str, Coverage]:
    """The lowest coverage of each kind of interval, by its name in calibration/coverage.csv, over kinds of community
    with at least FEW tried; empty where nothing was tried."""
    path = root / "calibration" / "coverage.csv"
    return lowest(pd.read_csv(path, keep_default_na=False, na_values=[""])) if path.exists() else {}


def lowest(table: pd.DataFrame) -> dict[str, Coverage]:
    """The lowest coverage of each kind of interval. table: scenario, quantity, communities, coverage."""
    tried = table[(table["communities"] >= FEW) & table["coverage"].notna()]
    worst = tried.sort_values("coverage", kind="stable").drop_duplicates("quantity")
    return {row.quantity: Coverage(row.coverage, int(row.communities), row.scenario) for row in worst.itertuples()}


@dataclass(frozen=True)
class Miss:
    """How far a number misses the truth to one side, in the kind of simulated community where it does so most.

    mean: on average. tenth: by this or more in one community of ten. Both are 0 where it misses to the other side in
    every kind, and missing where that was not measured in enough communities.
    """

    mean: float = float("nan")
    tenth: float = float("nan")


NOT_TRIED = Miss()


def too_low(root: Path, quantity: str) -> Miss:
    """By how much a number comes out too low. quantity: as in the table of coverage."""
    off = _misses(root, quantity)
    return _most(-off["mean"], -off["low"])


def too_large(root: Path, claim: str) -> Miss:
    """By how much a claim's number comes out too large, as a share of the mean truth; over kinds with an effect."""
    off = _misses(root, f"{claim} ({TRUTH.get(claim)})")
    if off.empty:
        return NOT_TRIED
    table = pd.read_csv(root / "calibration" / "bias.csv")
    known = table[(table["quantity"] == claim) & (table["measured"] == TRUTH[claim]) & (table["low"] > 0)]
    off = off.div(known.set_index("scenario")["mean"], axis=0).dropna()
    return _most(off["mean"], off["high"])


def _misses(root: Path, quantity: str) -> pd.DataFrame:
    """The table of misses, by kind of community with FEW or more; empty if not measured."""
    path = root / "calibration" / "misses.csv"
    numbers = ["mean", "low", "high", "above", "below"]
    table = (
        pd.read_csv(path) if path.exists() else pd.DataFrame(columns=["scenario", "quantity", "communities", *numbers])
    )
    tried = table[(table["quantity"] == quantity) & (table["communities"] >= FEW)]
    return tried.set_index("scenario")[numbers].astype(float)


def _most(mean: pd.Series, tenth: pd.Series) -> Miss:
    """The kind with the largest mean, by kind of community."""
    if mean.empty:
        return NOT_TRIED
    worst = mean.idxmax()
    return Miss(float(mean[worst]), float(tenth[worst])) if mean[worst] > 0 else Miss(0.0, 0.0)


def missed_above(root: Path, claim: str) -> bool:
    """Whether a claim's intervals that miss the truth lie above it, and hardly ever below, in the kind of community
    where they miss it most often."""
    off = _misses(root, f"{claim} ({TRUTH.get(claim)})")
    if off.empty:
        return False
    worst = off.loc[(off["above"] + off["below"]).idxmax()]
    return bool(worst["above"] > 0 and worst["below"] <= RARELY * worst["above"])


def without_effect(root: Path, claim: str) -> tuple[float, str] | None:
    """The highest mean of a claim's number over kinds of community in which the claim is false, and that kind; None
    where that was not measured in enough communities."""
    folder = root / "calibration"
    if not (folder / "bias.csv").exists() or not (folder / "verdicts.csv").exists():
        return None
    rates, table = (pd.read_csv(folder / f"{name}.csv", keep_default_na=False) for name in ("verdicts", "bias"))
    false = rates.loc[(rates["claim"] == claim) & (rates["true"].astype(str) == "False"), "scenario"]
    own = table[(table["quantity"] == claim) & (table["measured"] == STUDIED) & (table["communities"] >= FEW)]
    number = own[own["scenario"].isin(false)].set_index("scenario")["mean"].astype(float)
    return (float(number.max()), str(number.idxmax())) if len(number) else None


def means(root: Path, scenario: str) -> pd.DataFrame:
    """The mean of each quantity over communities of a kind, where FEW or more were tried: quantity x measured."""
    path = root / "calibration" / "bias.csv"
    if not path.exists():
        return pd.DataFrame()
    table = pd.read_csv(path)
    tried = table[(table["scenario"] == scenario) & (table["communities"] >= FEW)]
    return tried.pivot_table("mean", "quantity", "measured")


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of rates or coverages with enough communities, or all rows if none has enough."""
    enough = table[table["communities"] >= FEW]
    return table if enough.empty else enough


def where_false(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The rows of calibration's table of verdicts in which the claim is false."""
    return verdicts[~verdicts["true"].astype(bool)]


def worst_case(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each claim's worst-case false-support rate, by claim; of scenarios with enough communities, if there are any."""
    wrong = judged(where_false(verdicts)).sort_values(["rate", "communities"], ascending=False, kind="stable")
    return wrong.drop_duplicates("claim").set_index("claim").sort_index()


def of_claim(known: Mapping[str, Coverage], claim: str) -> Coverage | None:
    """The coverage of a claim's interval; None where it was not measured."""
    return known.get(f"{claim} ({TRUTH.get(claim)})")


def hidden(known: Mapping[str, Coverage], quantities: Mapping[str, str]) -> set[str]:
    """Names whose interval covered the truth too rarely to be shown. quantities: name to kind of interval."""
    return {name for name, quantity in quantities.items() if quantity in known and not known[quantity].shown}


def remark(coverage: Coverage | None, above: bool = False) -> str:
    """A sentence, after a space, on an interval whose coverage is below GOOD; empty for other intervals. above: whether
    those that miss the truth lie above it (missed_above)."""
    if coverage is None or coverage.share >= GOOD:
        return ""
    side = "; where it missed, the number was too large" if above else ""
    return f" {'Such' if coverage.shown else 'No interval is given, as such'} an interval {coverage.words()}{side}."


def interval(low: float, high: float, coverage: Coverage | None, places: int = 2, unit: str = "") -> str:
    """An interval in words, with its coverage where that is below GOOD; below LEAST it is not given."""
    ends = f"interval {wording.between(low, high, places)}{unit}"
    if coverage is None or coverage.share >= GOOD:
        return ends
    if coverage.shown:
        return f"{ends} ({coverage.words()})"
    return f"no interval, as the one computed {coverage.words()}"
