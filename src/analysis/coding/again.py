"""The step's tables and metrics, derived from the probabilities that it wrote, without fitting any classifier.

`guyub verify` compares them with the written ones: otherwise a classifier that errs less in the tables and metrics than
on the messages held out, or a share that does not follow from the codes, would be found only by running the step again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import study, tables
from analysis.coding import carry, step
from analysis.coding.latent import Posterior
from analysis.coding.prevalence import Alone
from analysis.errors import Missing

TABLES = ("coded", "held_out", "performance", "prevalence", "likely", "coder_errors", "member_shares", "alone")


def again(params: step.Params, paths: study.Paths) -> step.Results:
    """The results of the step. The classifiers' probabilities, and what needs other fits (f1_by_member, a coder alone,
    the posterior), come from the tables. Where no code was carried, the step itself, which then fits nothing."""
    data = step.read(paths, params)
    people = step.coded_by_people(data, params)
    texts, settled, codes, inclusion = people.texts, people.settled, people.codes, people.inclusion
    if isinstance(codes, Missing) or isinstance(settled, Missing) or not codes["carried"].any():
        return step.assess(data, params)
    written = {name: tables.read(paths.processed("coding") / f"{name}.parquet") for name in TABLES}
    truth, weights = carry.settled_truth(texts, settled, codes.loc[codes["carried"], "code"].tolist(), inclusion)
    said = _probabilities(written["coded"], written["held_out"]).reindex(index=texts["message_id"], columns=list(truth))
    conversation = carry.coded_texts(texts, truth)["conversation"].to_numpy()
    carried = carry.labelled(said, truth, settled, conversation, weights)
    performance = _performance(codes, carried, written["performance"])
    likely = Posterior(written["likely"], written["coder_errors"], written["member_shares"])
    how = {"inclusion": inclusion, "confidence": params.confidence}
    shares = step.estimate_shares(texts, carried, settled, likely, **how)
    alone = Alone(written["alone"], _of_coders(written["prevalence"], written["alone"]))
    return step.Results(people, carried, performance, likely, shares, alone, params.alpha_floor)


def _probabilities(coded: pd.DataFrame, held_out: pd.DataFrame) -> pd.DataFrame:
    """The written probabilities, messages x codes: those held out of coded messages, the model's of all others."""
    both = pd.concat([held_out, coded[coded["origin"] == "model"]])
    return both.pivot_table(index="unit_id", columns="code", values="probability", aggfunc="first")


def _performance(codes: pd.DataFrame, carried: carry.Carried, written: pd.DataFrame) -> pd.DataFrame:
    """The error of each carried code on the messages held out, with f1_by_member as written."""
    measured = carry.measured(carried, np.full(carried.labels.shape, np.nan)).drop(columns="f1_by_member")
    by_member = written.set_index("code")["f1_by_member"]
    return codes.join(measured.join(by_member)[list(carry.MEASURES)], on="code")


def _of_coders(shares: pd.DataFrame, alone: pd.DataFrame) -> pd.DataFrame:
    """The rows of prevalence that a coder alone would have given."""
    return shares[shares["kind"].isin(set(alone["coder"]))].reset_index(drop=True)
