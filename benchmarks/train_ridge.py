"""Learns to what, and how far, the adaptation of the reply model is shrunk, from communities with known replies.

    python benchmarks/train_ridge.py --irc DIR           # the ridges, and how they do elsewhere; about 3 CPU minutes
    python benchmarks/train_ridge.py --irc DIR --write   # and keeps the ridges where the adaptation reads them

A domain is an annotated Ubuntu log, plain or with names masked, or a simulated community. The logs are those of the
development part, on which the reply model learnt nothing; each scenario of the simulator, of either generator, has one
community of each of SIZES, with seeds that serve nothing else. The adaptation is fitted to all replies of each domain,
with next to no ridge. Over domains its numbers are taken to be normal; mean and covariance are their maximum likelihood
by EM, each domain's own standard errors allowed for (a random-effects meta-analysis; DerSimonian and Laird 1986, van
Houwelingen et al. 2002). Logs have LOGS of the weight: they are of the channel from which the model learnt, so in them
it is as sure as it is right by training, and a community of one's own is another one. Each log weighs alike, and each
scenario.

How the ridges do elsewhere: 100 messages of logs or communities are annotated without error, the ridge being learnt
without this half of the logs, or without this generator. Stated minus right on the other messages, in points.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from irc import HOW, add_folder, annotated, read_chats
from scipy.special import logit

from analysis.arrays import Floats
from analysis.calibration.observed import by_shortcut
from analysis.network.replies import adapt
from analysis.network.replies.adapt import FINER, KINDS, Adaptation, Labels, Ridge
from analysis.network.replies.labels import read_labels
from analysis.simulate import simulate_community
from analysis.simulate.people import load_yaml

SEED = 20264000  # of the first community
SIZES = ((40, 12, 24), (20, 12, 24), (60, 3, 24), (30, 12, 8), (40, 2, 72))  # members, months, messages a month of each
MOST = 3000  # messages of a community
LOGS = 0.1  # weight of all logs together; the simulated communities have the rest
VAGUE = 3.0  # standard deviation of the ridge where a domain is fitted
CERTAIN = 1e-6  # the error of an annotator who never errs; above 0, as its logarithm is taken
STEPS = 300  # of EM
ANNOTATED, DRAWS = 100, 20
DIGITS = 6  # of what is kept: with fewer a covariance may be none, as some of its directions hardly vary


@dataclass(frozen=True)
class Domain:
    """name: the log or scenario, which weigh alike within their half; part: what is left out together."""

    name: str
    part: str
    labels: Labels

    @property
    def half(self) -> str:
        return "logs" if self.part.startswith("logs") else "simulated"


# Domains


def logs(folder: Path) -> Iterator[Domain]:
    """Every log of the folder, plain and masked."""
    for text in ("plain", "masked"):
        for number, chat in enumerate(read_chats(folder, masked=text == "masked")):
            by_members = chat.messages.loc[chat.messages["sender"].notna(), "message_id"]
            links = annotated(chat)
            labels = known(chat.messages, links[links["message_id"].isin(by_members)])
            yield Domain(f"{chat.name} {text}", f"logs {number % 2}", labels)


def communities() -> Iterator[Domain]:
    """A community of each scenario and size."""
    seed = SEED
    for scenario, settings in load_yaml("scenarios.yaml").items():
        for members, months, pace in SIZES:
            size = members * months * pace
            observed = by_shortcut(simulate_community(seed, members, months, scenario, messages=size))
            free = observed.messages.loc[observed.messages["reply_to"].isna(), "message_id"]
            links = observed.parents[observed.parents["message_id"].isin(free)]
            links = links.sample(min(MOST, len(links)), random_state=seed)
            yield Domain(scenario, settings.get("family", "agents"), known(observed.messages, links))
            seed += 1


def known(messages: pd.DataFrame, links: pd.DataFrame) -> Labels:
    """True replies as the labels of one annotator who never errs."""
    return read_labels(messages, links[["message_id", "reply_to"]].assign(annotator="truth"))


# The ridge


def learnt(domains: Sequence[Domain], fits: Sequence[Adaptation]) -> Ridge:
    """The ridge over domains, of adaptations that are fitted to each."""
    kinds = tuple(fits[0].offsets)
    values = np.array([[np.log(fit.scale), *fit.offsets.values(), logit(fit.unlisted)] for fit in fits])
    mean, covariance = normal(values, np.array([fit.covariance for fit in fits]), weights(domains))
    return Ridge(kinds, mean, covariance)


def whole(domain: Domain, kinds: tuple[str, ...]) -> Adaptation:
    """The adaptation to all replies of a domain, with next to no ridge."""
    size = len(kinds) + 2
    vague = Ridge(kinds, np.append(np.zeros(size - 1), logit(0.05)), VAGUE**2 * np.eye(size))
    return adapt.fitted(domain.labels, vague, error=CERTAIN)


def weights(domains: Sequence[Domain]) -> Floats:
    """Of each domain; they sum to 1. All logs weigh LOGS together, simulated communities the rest; in each all names
    weigh alike."""
    halves = {half: {domain.name for domain in domains if domain.half == half} for half in ("logs", "simulated")}
    times = Counter(domain.name for domain in domains)
    of = {"logs": LOGS, "simulated": 1 - LOGS}
    share = np.array([of[domain.half] / (len(halves[domain.half]) * times[domain.name]) for domain in domains])
    return share / share.sum()


def normal(values: Floats, errors: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of what `values`, (n, k), estimate with error covariances `errors`, (n, k, k), by EM."""
    mean, covariance = weight @ values, np.cov(values.T, aweights=weight)
    for _ in range(STEPS):
        gain = covariance @ np.linalg.inv(covariance + errors)
        expected = mean + np.einsum("nij,nj->ni", gain, values - mean)
        mean = weight @ expected
        around = expected - mean
        within = covariance - gain @ covariance
        covariance = np.einsum("n,nij->ij", weight, within + np.einsum("ni,nj->nij", around, around))
    return mean, (covariance + covariance.T) / 2


# How it does elsewhere


def left_out(domains: Sequence[Domain], fits: Sequence[Adaptation]) -> pd.DataFrame:
    """Stated minus right in points after ANNOTATED messages, with a ridge that knows nothing of this part."""
    rows = []
    for part in dict.fromkeys(domain.part for domain in domains):
        others = [place for place, domain in enumerate(domains) if domain.part != part]
        ridge = learnt([domains[place] for place in others], [fits[place] for place in others])
        for domain in pooled([domain for domain in domains if domain.part == part]):
            rows += [{"domains": domain.name, "points": points} for points in excess(domain.labels, ridge)]
    by = pd.DataFrame(rows).groupby("domains", sort=False)["points"]
    return pd.DataFrame({"mean": by.mean(), "sd": by.std(), "distance": by.agg(lambda x: x.abs().mean())}).round(1)


def pooled(domains: Collection[Domain]) -> Iterator[Domain]:
    """Logs with the same text as one domain, as each is short; communities as they are, by generator."""
    for text in ("plain", "masked"):
        some = [domain.labels for domain in domains if domain.name.endswith(text)]
        if some:
            message_id, p, kinds, marked = (
                np.concatenate([getattr(labels, name) for labels in some])
                for name in ("message_id", "p", "kinds", "marked")
            )
            yield Domain(f"logs, {text}", "logs", Labels(message_id, p, kinds, marked))
    yield from (Domain(domain.part, domain.part, domain.labels) for domain in domains if domain.half == "simulated")


def excess(labels: Labels, ridge: Ridge) -> Iterator[float]:
    """Stated minus right on the messages that are not annotated, in points, a draw at a time."""
    for draw in range(DRAWS):
        order = np.random.default_rng(draw).permutation(len(labels))
        adaptation = adapt.fitted(labels.take(order[:ANNOTATED]), ridge, error=CERTAIN)
        held_out = labels.take(order[ANNOTATED:])
        p = adaptation.adapted(held_out.p, held_out.kinds_named(ridge.kinds))
        at, top = np.arange(len(p)), p.argmax(axis=1)
        yield 100 * float((p[at, top] - held_out.marked[at, 0, top]).mean())


# The file


def stored(domains: Sequence[Domain], ridges: Sequence[Ridge]) -> dict[str, Any]:
    """The file's content: domains with their weights, and the ridges."""
    weight: Counter[str] = Counter()
    for domain, share in zip(domains, weights(domains), strict=True):
        weight[f"{domain.half}: {domain.name}"] += share
    provenance = {
        "what": "mean and covariance over communities of log scale, offsets and logit of unlisted, "
        "analysis.network.replies.adapt",
        "script": "benchmarks/train_ridge.py --write",
        "data": "Kummerfeld et al. (2019), #ubuntu, development part, CC BY 4.0; and simulated communities",
        "seeds": [SEED, SEED + sum(domain.half == "simulated" for domain in domains) - 1],
        "sizes": [dict(zip(("members", "months", "messages a month"), size, strict=True)) for size in SIZES],
        "weights": {name: round(share, DIGITS) for name, share in weight.items()},
    }
    rounded = [
        {"kinds": r.kinds, "mean": r.mean.round(DIGITS).tolist(), "covariance": r.covariance.round(DIGITS).tolist()}
        for r in ridges
    ]
    return {"provenance": provenance, "ridges": rounded}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the file that the adaptation reads")
    add_folder(parser)
    args = parser.parse_args()
    if args.irc is None:
        print(f"No ridge is learnt without the annotated Ubuntu logs: {HOW}")
        return
    domains = [*logs(args.irc / "dev"), *communities()]
    fits = {kinds: [whole(domain, kinds) for domain in domains] for kinds in (KINDS, FINER)}
    ridges = [learnt(domains, of) for of in fits.values()]
    for ridge in ridges:
        names = ["log scale", *ridge.kinds, "logit of unlisted"]
        print(pd.DataFrame({"mean": ridge.mean, "sd": ridge.spread}, index=names).round(2).T.to_string())
    print(f"\n{left_out(domains, fits[FINER]).to_string()}")
    if args.write:
        content = json.dumps(stored(domains, ridges), indent=1, ensure_ascii=False)
        adapt.ELSEWHERE.write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
