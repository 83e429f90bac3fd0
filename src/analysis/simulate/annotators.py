"""Two simulated annotators who say what messages answer, with human error."""

import numpy as np
import pandas as pd

ANNOTATORS = ("annotator-a", "annotator-b")
ERROR = 0.12  # share of an annotator's answers that are wrong, so that two agree on some 77 %
STARTS, NEARER = 0.25, 0.3  # of the wrong answers: the share that start a thread; each line further back is less likely


def annotations(messages: pd.DataFrame, truth: pd.DataFrame, *, size: int, seed: int) -> pd.DataFrame:
    """A systematic sample of `size` messages as both annotators mark them: annotator, message_id, reply_to.

    messages: as the table Messages has them; truth: their true replies, as the table Replies has them. Sampled are
    members' messages without an explicit reply that have a message before them in the channel.
    """
    rng = np.random.default_rng(seed)
    before = messages.groupby("channel", sort=False).cumcount().to_numpy()
    able = np.flatnonzero(messages["member"].notna() & messages["reply_to"].isna() & (before > 0))
    sample = able[((rng.random() + np.arange(size)) * able.size / size).astype(int)]
    ids = messages["message_id"].to_numpy(object)
    place = messages.groupby("channel", sort=False).indices
    true = truth.set_index("message_id")["reply_to"]
    rows = []
    for annotator in ANNOTATORS:
        for row in sample:
            answer = true[ids[row]]
            if rng.random() < ERROR:
                back = min(int(rng.geometric(NEARER)), before[row])
                channel = place[messages["channel"].iloc[row]]
                answer = None if rng.random() < STARTS else ids[channel[before[row] - back]]
            rows.append((annotator, ids[row], answer))
    return pd.DataFrame(rows, columns=["annotator", "message_id", "reply_to"]).astype({"reply_to": "str"})
