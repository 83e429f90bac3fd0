"""The pseudonyms of people in each chapter of the book, kept by the researchers like the other tables."""

from __future__ import annotations

import pandas as pd

from analysis import published, study, tables


def write(paths: study.Paths, members: pd.DataFrame, key: bytes) -> None:
    """Write the pseudonyms of each chapter. members: tables.Members; key: the study's."""
    names = [paths.notebook(step).stem for step in study.STEPS]
    place = paths.results.processed("ingest") / published.FILE
    tables.write(published.chapters(members, key, names), place, published.Chapters)
