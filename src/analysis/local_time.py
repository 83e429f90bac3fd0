"""The study's local time, which sets where days, weeks and months begin. Tables on disk keep times in UTC."""

from __future__ import annotations

import pandas as pd

from analysis import study
from analysis.errors import stage


def zone_of(paths: study.Paths) -> str:
    """The time zone of the study: that of the phones whose chats it reads (`ingest.tz` in params.yaml)."""
    return str(study.load_params(paths)["ingest"]["tz"])


@stage
def local(frame: pd.DataFrame, zone: str) -> pd.DataFrame:
    """A table with every time converted to a time zone, so that dates, weeks and months are local."""
    times = frame.select_dtypes("datetimetz").columns
    return frame.assign(**{name: frame[name].dt.tz_convert(zone) for name in times})
