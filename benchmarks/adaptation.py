"""How sure the reply model is, and how often right, once adapted to few annotated messages of simulated communities.

    python benchmarks/adaptation.py [--seeds N ...] [--draws N]
    python benchmarks/adaptation.py --write   # and keeps the figures over all communities in docs/replies.yaml

In each draw two simulated annotators mark the messages that `guyub annotate` samples with another seed. The adapted
model is judged by the planted replies to all messages that are not annotated and have no explicit reply. Stated minus
right is in percentage points: its mean over the draws, their standard deviation, and its mean and greatest distance
from 0.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from replies import keep

from analysis.calibration.observed import Observed, by_shortcut
from analysis.network.replies import adapt
from analysis.network.replies.annotate import certainty, sampled
from analysis.network.replies.labels import read_labels
from analysis.network.replies.scores import calibration_error, calibration_floor
from analysis.resample import seed_of
from analysis.simulate import annotators, simulate_community

SEEDS = tuple(range(20263100, 20263106))  # of communities
DRAWS = 20  # of annotated messages, of each size
SIZES = (100, 400)
TRUTH = "truth"  # an annotator who never errs


def measured(observed: Observed, draws: int, seed: int) -> Iterator[dict[str, float]]:
    """A row a draw: the scores of the adapted model and, as size 0, of the model as it came."""
    messages, truth = observed.messages, observed.parents[["message_id", "reply_to"]].assign(annotator=TRUTH)
    able = eligible(messages)
    marked = annotators.annotations(messages, truth, size=able, seed=seed)
    labels = read_labels(messages, pd.concat([marked, truth[truth["message_id"].isin(marked["message_id"])]]))
    planted, labels = labels.marked[:, -1], replace(labels, marked=labels.marked[:, :-1])
    yield {"size": 0, **judged(labels.p, planted)}
    place, stated = pd.Index(labels.message_id), certainty(messages)
    for size in SIZES:
        for draw in range(draws):
            own = seed_of(seed, f"{size} annotated, draw {draw}")
            items = sampled(messages, size=size, seed=own, stated=stated)
            ids = messages["message_id"].iloc[[rows[-1] for rows in items]]
            rows = place.get_indexer(ids)
            begun = time.process_time()
            adaptation = adapt.fit(labels.take(rows), seed=own)
            seconds = time.process_time() - begun
            held_out = labels.take(np.setdiff1d(np.arange(len(labels)), rows))
            p = adaptation.adapted(held_out.p, held_out.kinds_named(adaptation.offsets))
            scores = judged(p, planted[np.setdiff1d(np.arange(len(labels)), rows)])
            about = {"annotators' F": adapt.f_of_annotators(labels.take(rows)), "cpu_s": seconds}
            yield {"size": size, **scores, **about, "offsets": len(adaptation.offsets)}


def eligible(messages: pd.DataFrame) -> int:
    """How many messages `guyub annotate` can sample."""
    able = messages["member"].notna() & messages["reply_to"].isna() & (messages.groupby("channel").cumcount() > 0)
    return int(able.sum())


def judged(p: np.ndarray, planted: np.ndarray) -> dict[str, float]:
    """Scores of the likeliest answers. p: (n, C + 1); planted: whether each is the true one, (n, C + 2)."""
    at, top = np.arange(len(p)), p.argmax(axis=1)
    stated, hit = p[at, top], planted[at, top]
    scores = {"stated": stated.mean(), "right": hit.mean(), "overconfidence": stated.mean() - hit.mean()}
    floor = calibration_floor(stated, seed=0)
    return scores | {"calibration error": calibration_error(stated, hit), "its floor": floor}


def by_community(rows: pd.DataFrame) -> pd.DataFrame:
    """Stated minus right in points: a row a community and size, and one a size over all communities."""
    adapted = rows[rows["size"] > 0].assign(points=100 * rows["overconfidence"])
    whole = adapted.assign(community="all")
    each = pd.concat([adapted, whole]).groupby(["size", "community"], sort=False)["points"]
    distance = pd.concat([adapted, whole]).assign(points=lambda x: x["points"].abs())
    of = distance.groupby(["size", "community"], sort=False)["points"]
    over = of.agg(lambda points: 100 * (points > 5).mean())
    columns = {"mean": each.mean(), "sd": each.std(), "distance": of.mean(), "worst": of.max(), "over 5 (%)": over}
    return pd.DataFrame(columns).round(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="of the communities")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    rows = []
    for seed in args.seeds:
        observed = by_shortcut(simulate_community(seed, 40, 12))
        rows += [row | {"community": str(seed)} for row in measured(observed, args.draws, seed)]
    table = pd.DataFrame(rows)
    print(table.drop(columns="community").groupby("size").mean().round(3).T.to_string())
    print(f"\nStated minus right as it came, in points\n{came(table).to_string()}")
    print(f"\nStated minus right when adapted, in points\n{by_community(table).to_string()}")
    if args.write:
        keep({"adapted": overall(table)})


def overall(rows: pd.DataFrame) -> dict[str, object]:
    """Mean and greatest distance of stated and right over all communities and draws, by number of messages."""
    distance = rows["overconfidence"].abs().groupby(rows["size"])
    sizes = {size: {"distance": distance.mean()[size], "worst": distance.max()[size]} for size in SIZES}
    rounded = {str(size): {name: round(float(value), 3) for name, value in of.items()} for size, of in sizes.items()}
    script = {"script": "benchmarks/adaptation.py --write"}
    draws = int((rows["size"] == SIZES[0]).sum()) // rows["community"].nunique()
    return script | {"communities": int(rows["community"].nunique()), "draws": draws} | rounded


def came(rows: pd.DataFrame) -> pd.Series:
    """Stated minus right of the model as it came in each community, in points."""
    return (100 * rows[rows["size"] == 0].set_index("community")["overconfidence"]).round(1)


if __name__ == "__main__":
    main()
