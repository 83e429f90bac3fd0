"""Where a number comes from: from a key of the metrics to rows of the tables, to messages, to files and lines.

`origins/<step>.yaml` declares for each key of a step's metrics what it was counted from or by which stage it was
computed, and for each table of the step which rows of earlier tables lead to a row of it. A declaration may be wrong,
so `guyub trace` counts again, and reports where the rows give another number.
"""
