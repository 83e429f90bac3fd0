"""Results of the reply benchmark (docs/replies.yaml) in the book: tables of scores, and a reliability diagram.

The book's extension makes directives of it, reply-table and reliability; `guyub verify` looks for it on built pages.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from analysis import study
from analysis.book.prose_numbers import lookup, prose

SCORES = {"Precision": "precision", "Recall": "recall", "F": "f", "F between members": "cross_f",
          "Right": "right", "Stated minus right": "overconfidence",
          "Calibration error (floor)": "calibration_error"}  # fmt: skip
NETWORK = {"In-degree": "in_degree", "Out-degree": "out_degree", "Replies per message": "replies_per_message",
           "Reciprocity": "reciprocity", "Density": "density", "Ties in common": "jaccard"}  # fmt: skip
METHODS = {  # the benchmark's names that do not explain the method
    "addressee rule": "addressee rule (who is named, else who wrote last)",
    "causal model": "causal model (never looks ahead)",
}
SIDE, LEFT, BOTTOM = 300, 66, 44  # SVG units: the diagram's square, and room for its axes


def shown(paths: study.Paths, where: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Heads and rows of the table at a path under `replies`."""
    return network(paths, where) if where.startswith("network") else scores(paths, where)


def scores(paths: study.Paths, where: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Heads and rows of a table of scores. where: path under `replies` to a mapping of methods, or of communities."""
    rows = [[method, *(_score(scores, name) for name in SCORES.values())] for method, scores in _methods(paths, where)]
    return ("Community" if where == "communities" else "Method", *SCORES), rows


def network(paths: study.Paths, where: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Heads and rows of the table of how well networks are recovered; the annotated network's own in the last row."""
    methods = _methods(paths, where)
    rows = [[method, *(prose(measured[name], ".2f") for name in NETWORK.values())] for method, measured in methods]
    true = [prose(methods[0][1][f"{name}_annotated"], ".2f") for name in ("reciprocity", "density")]
    return ("Method", *NETWORK), [*rows, ["as people marked it", *["1.00"] * 3, *true, "1.00"]]


def _methods(paths: study.Paths, where: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [(METHODS.get(name, name), scores) for name, scores in lookup(paths, f"replies.{where}").items()]


def _score(scores: Mapping[str, float], name: str) -> str:
    """A score with its interval, where it has one; the calibration error with its noise floor."""
    if name == "calibration_error":
        error, floor = (prose(scores[key], ".3f") for key in ("calibration_error", "calibration_floor"))
        return f"{error} ({floor})"
    low, high = (prose(scores.get(f"{name}_{end}"), ".1%") for end in ("low", "high"))
    text = prose(scores[name], ".1%")
    return text if low == high else f"{text} ({low} to {high})"


def reliability(paths: study.Paths) -> str:
    """Reliability diagram as HTML: stated probability against share correct; calibrated on the diagonal."""
    curves = lookup(paths, "replies.reliability")
    alt = "; ".join(
        f"{name} text: " + ", ".join(f"{p['right']:.2f} right where {p['stated']:.2f} is stated" for p in points)
        for name, points in curves.items()
    )
    body = f'<path class="arc" d="M{LEFT},{SIDE} L{LEFT + SIDE},0"/>' + "".join(_tick(k / 4) for k in range(5))
    for name, points in curves.items():
        body += "".join(_point(point, hollow=name == "masked") for point in points)
    middle = LEFT + SIDE / 2
    body += f'<text x="{middle:g}" y="{SIDE + BOTTOM - 4}" text-anchor="middle">stated probability of the answer</text>'
    body += f'<text transform="translate(12,{SIDE / 2:g}) rotate(-90)" text-anchor="middle">share that is right</text>'
    caption = "Each point is a tenth of the messages; ● plain text, ○ names taken out; on the line, as sure as right."
    width, height = LEFT + SIDE + 20, SIDE + BOTTOM + 10
    return (
        f'<figure class="guyub stage-map"><svg role="img" aria-label="{html.escape(alt, quote=True)}" '
        f'viewBox="0 -10 {width} {height}" width="{width}" xmlns="http://www.w3.org/2000/svg">{body}</svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _tick(share: float) -> str:
    x, y = LEFT + SIDE * share, SIDE * (1 - share)
    return (
        f'<text x="{LEFT - 8}" y="{y + 4:g}" text-anchor="end">{share:g}</text>'
        f'<text x="{x:g}" y="{SIDE + 18}" text-anchor="middle">{share:g}</text>'
    )


def _point(point: Mapping[str, float], *, hollow: bool) -> str:
    style = ' style="fill:none;stroke:currentColor;stroke-width:2"' if hollow else ""
    return f'<circle cx="{LEFT + SIDE * point["stated"]:g}" cy="{SIDE * (1 - point["right"]):g}" r="5"{style}/>'
