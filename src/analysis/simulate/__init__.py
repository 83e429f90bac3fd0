"""The simulated community: raw files as phones and recorders give them; the planted truth is kept separately.

No step imports this package: a step never sees the truth.
"""

from analysis.simulate.community import Community, simulate_community

__all__ = ["Community", "simulate_community"]
