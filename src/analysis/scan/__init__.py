"""Search for what leads to a person, in anything that a study makes.

readable: the words of a file, piece by piece; people: who and what is searched for; search: the search and its report;
program: what `guyub scan` does in addition.
"""

from analysis.scan.people import Watchlist, watchlist
from analysis.scan.program import by_hand
from analysis.scan.search import Hit, Survey, guard, hits_of, listing, of_this_study, refuse, summary, survey, watched

__all__ = [
    "Hit",
    "Survey",
    "Watchlist",
    "by_hand",
    "guard",
    "hits_of",
    "listing",
    "of_this_study",
    "refuse",
    "summary",
    "survey",
    "watched",
    "watchlist",
]
