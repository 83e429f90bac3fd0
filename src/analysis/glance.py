"""The overview that DVC shows of a study: headline numbers (`dvc metrics show`) and curves (`dvc plots show`).

metrics/<step>.json holds every number that the book reads, over a thousand; metrics/headline/<step>.json a few. A claim
has one name in all of these: its value where it is measured, the share of universes that support it in `robustness`,
its verdict in `claims`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # slow to import, and every command imports study.py, which imports this
    import pandas as pd

NAMED: Mapping[str, Mapping[str, str]] = {  # by step: a headline's name and its place in the step's metrics
    "ingest": {"messages": "messages", "members": "members", "interviews": "interviews"},
    "coding": {"coded": "units", "usable": "usable"},
    "sharing": {"news": "share_of_messages", "half_by": "members_for_half", "C3": "C3.value"},
    "network": {"answers": "answering.value"},
    "partnership": {"C1": "C1.value", "C2": "C2.value"},
    "themes": {"C4": "C4.value"},
    "robustness": {claim: f"claims.{claim}.share_supported" for claim in ("C1", "C2", "C3")},
    "recommendations": {"R1": "R1.value"},
}
DECIMALS = 3  # of a headline
DRAWN = 4  # decimals of a curve


def headline(step: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """A step's headline numbers, by name; None where the study could not compute one. metrics: as they are written."""
    if step == "claims":
        return {row["id"]: row["verdict"] for row in metrics.get("claims", [])}
    return {name: _at(metrics, place) for name, place in NAMED[step].items()}


def _at(values: Any, place: str) -> Any:
    """The value at a dotted place, rounded; None where there is none."""
    for key in place.split("."):
        values = values.get(key) if isinstance(values, Mapping) else None
    return round(values, DECIMALS) if isinstance(values, float) else values


def write_curve(frame: pd.DataFrame, path: Path) -> None:
    """Write a curve as the small CSV that `dvc plots` draws, one point per row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.round(DRAWN).to_csv(path, index=False, lineterminator="\n")
