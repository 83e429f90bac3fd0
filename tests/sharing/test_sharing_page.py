"""The sentences of the page, case by case."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.errors import Missing
from analysis.sharing import page


def excess(value, low):
    return SimpleNamespace(value=value, low=low)


@pytest.mark.parametrize(
    ("lows", "said"),
    [
        (
            (0.2, 0.17, 0.16, 0.17),
            "Whoever coded, the whole interval lies at or above the smallest effect that matters",
        ),
        ((0.2, 0.17, 0.04, 0.17), "Whether the whole interval lies at or above the smallest effect that matters"),
        ((0.03, 0.02, 0.04, 0.01), "Whoever coded, the interval reaches below the smallest effect that matters"),
    ],
)
def test_whether_the_answer_depends_on_the_coder_is_judged_by_what_the_claim_asks(lows, said):
    all_, as_coded, *alone = (excess(value, low) for value, low in zip((0.24, 0.22, 0.18, 0.19), lows, strict=True))
    sentence = page.say_alone(all_, as_coded, dict(zip(("ani", "budi"), alone, strict=True)), 0.05)
    assert sentence.startswith(f"{said} (0.05)")
    assert sentence.endswith("The size depends on whose codes are taken: 0.18 to 0.24.")


MONTHS = pd.DataFrame({
    "month": ["2024-01", "2024-02", "2024-03"], "value": [0.017, 0.067, 0.03], "low": [0.006, 0.042, 0.02],
    "high": [0.047, 0.106, 0.05], "writers": [30, 31, 32], "sharers": [10.0, 11.0, 12.0], "sharers_low": 8.0,
    "sharers_high": 14.0, "units": 900,
})  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "verb"),
    [(-0.2, 0.2, "neither clearly rises nor falls"), (0.1, 0.2, "rises"), (-0.2, -0.1, "falls")],
)
def test_the_title_of_the_months_is_their_trend_and_no_range_of_estimates(low, high, verb):
    figure = page.months_figure(MONTHS, page.trend_finding({"value": (low + high) / 2, "low": low, "high": high}))
    assert figure.title == f"The share of business news {verb} over 3 months"
    assert "1.7 % in 2024-01 (interval 0.6 to 4.7 %) and 6.7 % in 2024-02 (interval 4.2 to 10.6 %)" in figure.alt
    plt.close(figure.drawing)


def test_without_a_trend_the_title_of_the_months_says_what_is_shown():
    figure = page.months_figure(MONTHS, page.trend_finding(Missing("too few weeks")))
    assert figure.title == "Business news among messages over 3 months"
    plt.close(figure.drawing)


def test_the_curves_that_bear_the_title_are_in_the_legend():
    weekly = SimpleNamespace(by_member=lambda: pd.DataFrame({"messages": [30, 20, 10, 5], "shares": [9, 3, 1, 0]}))
    redrawn = [SimpleNamespace(shares=np.array([[[8, 4, 1, 0]]]), members=list("abcd")) for _ in range(3)]
    labels = {}
    for carried in (True, False):
        reading = SimpleNamespace(whole=True, carried=carried)
        figure = page.lorenz_figure(weekly, weekly, redrawn, reading)
        labels[carried] = figure.drawing.axes[0].get_legend_handles_labels()[1]
        plt.close(figure.drawing)
    assert "business news, as labelled" in labels[True]
    assert labels[True].count("business news, redrawn (title)") == 1
    assert labels[False][-1] == "business news"
