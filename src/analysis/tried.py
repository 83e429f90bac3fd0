"""Whether a study is within the range that calibration tried, since its rates hold only for studies like those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from analysis import study, wording
from analysis.fingerprint import SETTINGS

SIZE = {"members": 40, "months": 12}  # of a simulated community, unless the plan says otherwise
MESSAGES = 27  # that a simulated member writes per month
MONTH = 365.25 / 12  # days


def not_tried(paths: study.Paths) -> str | None:
    """The end of a sentence that a page shows instead of a rate; None where the study is like those tried, has not run,
    or has no calibration plan."""
    known = paths.metrics("ingest").exists() and (paths.root / "calibration" / "plan.yaml").exists()
    outside = [*_sizes(paths), *_parameters(paths)] if known else []
    return f"not tried for a study like this: {wording.listed(outside)}" if outside else None


def _plan(paths: study.Paths) -> dict[str, Any]:
    return study.read_yaml(paths.root / "calibration" / "plan.yaml")  # type: ignore[no-any-return]


def _sizes(paths: study.Paths) -> Iterator[str]:
    """Sizes of the study that are above or below those of all communities tried, in words."""
    provenance = paths.root / "calibration" / "provenance.yaml"
    done: Mapping[str, int] = study.read_yaml(provenance)["communities"] if provenance.exists() else {}
    communities = [{**SIZE, **each} for each in _plan(paths)["conditions"] if done.get(each["name"], 0)]
    own = study.read_metrics(paths, "ingest")
    days = (pd.Timestamp(own["last"]) - pd.Timestamp(own["first"])).days if own["messages"] else 0
    size = {"member": own["members"], "month": round(days / MONTH), "message": own["messages"]}
    for what, value in size.items():
        if what == "message":
            tried = [each["members"] * each["months"] * MESSAGES for each in communities]
        else:
            tried = [each[f"{what}s"] for each in communities]
        if not tried or not min(tried) <= value <= max(tried):
            known = f"{min(tried):,} to {max(tried):,} were tried" if tried else "none were tried"
            yield f"{wording.count(value, what)} where {known}"


def _parameters(paths: study.Paths) -> Iterator[str]:
    """Parameters that calibration did not try, in words: fewer random draws than the plan's, or a value other than the
    notebook's own, with which communities are studied. The seed does not matter."""
    given, fewest = study.load_params(paths), _plan(paths)["settings"]
    for step, names in SETTINGS.items():
        usual = study.defaults(paths, step)
        for name in (name for name in names or usual if name != "seed"):
            value = given[step].get(name)
            if name in fewest.get(step, {}):
                if value < fewest[step][name]:
                    yield f"`{step}.{name}` is {value} where {fewest[step][name]} and more were tried"
            elif value != usual[name]:
                yield f"`{step}.{name}` is {value} where {usual[name]} was tried"
