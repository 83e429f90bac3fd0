"""How sure the reply model is, and how often right, once adapted to few annotated messages of a simulated community.

    python benchmarks/adaptation.py [--seed N] [--draws N]

Two simulated annotators mark the same messages, drawn anew in each draw. The adapted model is judged by the planted
replies to all messages that are not annotated and have no explicit reply.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.calibration.observed import by_shortcut
from analysis.network.replies import adapt, infer_replies
from analysis.network.replies.labels import read_labels
from analysis.network.replies.scores import score
from analysis.resample import seed_of
from analysis.simulate import annotators, simulate_community

SEED = 20260816  # of the community
DRAWS = 20  # of annotated messages, of each size
SIZES = (100, 400)
SHOWN = ("stated", "right", "overconfidence", "f", "cross_f", "calibration_error", "calibration_floor")


def measured(messages: pd.DataFrame, truth: pd.DataFrame, draws: int) -> Iterator[dict[str, float | str]]:
    """A row a draw: the scores of the adapted model and, as size 0, of the model as it came."""
    free = set(messages.loc[messages["member"].notna() & messages["reply_to"].isna(), "message_id"])
    speaker = messages.set_index("message_id")["member"]
    unmarked = truth[truth["message_id"].isin(free)]
    yield {"size": 0, **_shown(score(infer_replies(messages), unmarked, speaker))}
    for size in SIZES:
        for draw in range(draws):
            seed = seed_of(SEED, f"{size} annotated, draw {draw}")
            marked = annotators.annotations(messages, truth, size=size, seed=seed)
            begun = time.process_time()
            labels = read_labels(messages, marked)
            adaptation = adapt.fit(labels, seed=seed)
            seconds = time.process_time() - begun
            replies = infer_replies(messages, adaptation=adaptation)
            held_out = unmarked[~unmarked["message_id"].isin(marked["message_id"])]
            row: dict[str, float | str] = {
                "size": size,
                "annotators' f": adapt.f_of_annotators(labels),
                "cpu_s": seconds,
            }
            yield row | {"offsets": len(adaptation.offsets)} | _shown(score(replies, held_out, speaker))


def _shown(scores: dict[str, float]) -> dict[str, float | str]:
    return {name: scores[name] for name in SHOWN}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED, help="of the community")
    parser.add_argument("--draws", type=int, default=DRAWS)
    args = parser.parse_args()
    observed = by_shortcut(simulate_community(args.seed, 40, 12))
    rows = pd.DataFrame(measured(observed.messages, observed.parents, args.draws))
    print(rows.groupby("size").mean().round(3).T.to_string())
    for size, excess in rows[rows["size"] > 0].groupby("size")["overconfidence"]:
        distance = 100 * np.abs(excess)
        mean, worst = distance.mean(), distance.max()
        print(f"{size} annotated: |stated - right| is {mean:.1f} points on average, {worst:.1f} at worst")


if __name__ == "__main__":
    main()
