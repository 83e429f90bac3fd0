"""The preview picture for links to the book: its title, each claim with its verdict, and the banner."""

from __future__ import annotations

import io
import textwrap

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis import study
from analysis.book import study_yaml
from analysis.claims.words import badge

NAME = "card.png"
SIZE, DOTS = (12.0, 6.3), 100  # inches, dots per inch: 1200 by 630 pixels, as sites ask for
INK, GREY, BAND = "#1a1a1a", "#5f6670", "#a84300"
COLOURS = {"supported": "#007a5a", "contradicted": "#b34b00", "described": "#0072b2"}  # text colours, as in guyub.css
SIMULATED = "Simulated data: no real person wrote this."


def draw(paths: study.Paths) -> bytes:
    """The card as PNG; equal studies give equal bytes. Raises InputError where the study has no ledger."""
    about, ledger = study_yaml.load_study(paths), study.read_metrics(paths, "claims")["claims"]
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        card = Figure(figsize=SIZE, dpi=DOTS, facecolor="white")
        top = _lines(card, textwrap.wrap(about["title"], 44)[:2], 0.87, 29, weight="bold")
        top = _lines(card, textwrap.wrap(about["subtitle"] or "", 74)[:2], top - 0.01, 17, color=GREY) - 0.04
        for i, row in enumerate(ledger):
            y = top - i * min(0.1, (top - 0.14) / max(len(ledger), 1))
            words = textwrap.shorten(f"{row['id']}  {row['sentence']}", 62, placeholder=" …")
            card.text(0.06, y, words, fontsize=16, color=INK, va="top")
            card.text(0.94, y, badge(row), fontsize=15, weight="bold", ha="right", va="top",
                      color=COLOURS.get(row["verdict"], GREY))  # fmt: skip
        if study.read_metrics(paths, "ingest").get("simulated") is True:
            card.patches.append(mpl.patches.Rectangle((0, 0), 1, 0.085, color=BAND, transform=card.transFigure))
            card.text(0.5, 0.04, SIMULATED, fontsize=16, weight="bold", color="white", ha="center", va="center")
        buffer = io.BytesIO()
        card.savefig(buffer, format="png", dpi=DOTS, metadata={"Software": None})
    return buffer.getvalue()


def _lines(card: Figure, lines: list[str], top: float, size: float, weight: str = "normal", color: str = INK) -> float:
    """Write lines below each other; returns where the next may begin."""
    step = 1.35 * size / 72 / SIZE[1]
    for i, line in enumerate(lines):
        card.text(0.06, top - i * step, line, fontsize=size, weight=weight, color=color, va="top")
    return top - len(lines) * step
