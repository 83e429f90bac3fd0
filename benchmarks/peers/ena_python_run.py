"""ena-python's connections, or connections and points, of the rows given."""

import sys

import pandas as pd
from ena_python import accumulate_data, make_set
from timed import report

UNITS, CONVERSATIONS = ["Condition", "UserName"], ["Condition", "GroupName", "ActivityNumber"]
CODES = ["Data", "Technical.Constraints", "Performance.Parameters"]
CODES += ["Client.and.Consultant.Requests", "Design.Reasoning", "Collaboration"]
task, rows = sys.argv[1], pd.read_csv(sys.argv[2])


def connections():
    return accumulate_data(rows, units=UNITS, conversation=CONVERSATIONS, codes=CODES, window_size_back=4)


if task == "accumulate":
    report(connections, lambda made: made.connection_counts.select_dtypes("number").to_numpy().sum(), "ena-python")
else:
    report(lambda: make_set(connections()), lambda made: made.variance.iloc[0], "ena-python")
