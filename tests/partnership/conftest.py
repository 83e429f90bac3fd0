"""A community in which friends talk informally and become partners, and what the step makes of it."""

from __future__ import annotations

import pytest

from analysis.partnership import c1_alternatives, c2, step
from analysis.partnership.waves import Waves

from .community import PARAMS, assess, community


@pytest.fixture(scope="session")
def friendly():
    """A community in which friends talk informally and become partners."""
    return community(later_from="informal")


@pytest.fixture(scope="session")
def assessed(friendly):
    return assess(*friendly)


@pytest.fixture(scope="session")
def staged(friendly):
    """The stages from which the claims are computed: the panels of C1 and C2 at these draws."""

    def stages(draws=PARAMS.draws):
        data = step.Data(*friendly)
        turns = step.exchange(data.messages, data.replies, data.everyone, gap_s=PARAMS.gap_s)
        waves = Waves.of(turns, data.members, data.partnerships, PARAMS.wave_days)
        talk = step.kinds_of_talk(turns, data.coded, None, PARAMS.informal, PARAMS.business)
        graphs = step.reply_graphs(talk, data, draws=draws, seed=PARAMS.seed)
        own = {"hours": PARAMS.hours, "seed": PARAMS.seed}
        return c1_alternatives.pair_halves(talk, splits=PARAMS.splits, draws=draws, **own), c2.pair_waves(
            talk, waves, graphs, **own
        )

    return stages


@pytest.fixture(scope="session")
def halves(staged):
    return staged()[0]


@pytest.fixture(scope="session")
def panel(staged):
    return staged()[1]
