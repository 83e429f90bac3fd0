"""Labels drawn from the posterior of the true codes, given that coders err, the classifier errs and members differ.

Coders (Dawid and Skene 1979, Applied Statistics 28, 20-28): whether a code truly applies is not observed. A coder gives
a code that applies with probability s (sensitivity) and one that does not with probability f (false positives), each
coder on their own. Two coders alone do not identify s and f; the classifier's score, a third witness, does.

Members (label shift; Saerens, Latinne and Decaestecker 2002, Neural Computation 14, 21-41): texts of a class are alike
for all writers, while each member has a prevalence of their own. A classifier trained on all members pulls them
together, because it gives the text of a member who never shares news the odds of the average member. So the odds that a
code applies to a text are

    logit P(z = 1) = offset + slope * score + shift * (logit prevalence of the member - logit prevalence of all)

and prevalences are Beta(a, b) over members, a and b unknown (prior as in Gelman et al. 2013, section 5.3). offset,
slope and shift are learned only from the texts that coders read (a cut, Plummer 2015), so that a model that is wrong
about the many unread texts cannot change what scores mean. shift is 1 where the score carries no information on
members and less where it already does.

Where coders' errors cannot be learned, what they settled on is taken as true (Sample.errors_known).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.special import betaln, expit, logit

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.lookup import places_of
from analysis.resample import interval, seed_of

LEAST_GIVEN = 20  # units of several coders that one of them gave the code, for the coders' errors to be learned
HITS, ALARMS = (1.7, 0.3), (0.05, 1.95)  # Beta priors of s and f: together worth the codings of one unit by two coders
MEAN = np.array([1.0, 0.0, 1.0])  # mean of the normal prior of slope, offset and shift: a calibrated score
SPREAD = np.array([2.0, 5.0, 0.5])
EDGE = 1e-6  # probabilities are kept this far from 0 and 1
WARM, THINNING = 150, 15  # sweeps discarded at the start, and sweeps from one draw to the next
CLOSE = 5  # sweeps between two draws that are summarised and need not be independent


class CoderErrors(NamedTuple):
    """How coders err on a code (sensitivity, false_positives), what scores mean (slope, offset on the logit scale), and
    the probability that the code truly applies to each coded unit."""

    sensitivity: float
    false_positives: float
    slope: float
    offset: float
    probability: Floats


@dataclass(frozen=True)
class Sample:
    """The coders' judgements on one code: arrays over the units that they read.

    score: logit of the classifier's held-out probability. readers: coders who read the unit alone; given: how many of
    them gave the code. value: what they settled on, 0 or 1. decided: whether after discussion. weight: 1 / inclusion
    probability, any scale.
    """

    score: Floats
    readers: Ints
    given: Ints
    value: Ints
    decided: Flags
    weight: Floats

    @property
    def errors_known(self) -> bool:
        """Whether coders' errors can be learned: LEAST_GIVEN units or more were read by several coders and given the
        code by at least one of them."""
        return int(((self.readers > 1) & (self.given > 0)).sum()) >= LEAST_GIVEN

    @cached_property
    def known(self) -> Flags:
        """The units whose truth is taken as settled: those decided after discussion on which coders differed or that no
        coder read alone; all units where coders' errors cannot be learned.

        A discussion that repeats what every coder said (about another code of the unit, say) adds no information.
        """
        if not self.errors_known:
            return np.ones(self.value.size, dtype=bool)
        repeated = (self.given == self.readers * self.value) & (self.readers > 0)
        return self.decided & ~repeated

    @cached_property
    def precision(self) -> Floats:
        """Weights that sum to the effective number of units (Kish 1965): 1 each where all had the same inclusion."""
        return self.weight * self.weight.sum() / (self.weight @ self.weight)

    @cached_property
    def _certain(self) -> Floats:
        """Log odds of each unit if its truth were known."""
        return np.where(self.value == 1, np.inf, -np.inf)

    @cached_property
    def _codings(self) -> tuple[Floats, Floats]:
        """How many coders gave each unit the code, and how many did not."""
        return self.given.astype(float), (self.readers - self.given).astype(float)

    def evidence(self, sensitivity: float, false_positives: float) -> Floats:
        """Log odds that the coders' judgements add to those of the score; infinite where the truth is known."""
        if self.known.all():
            return self._certain
        with_code, without = self._codings
        odds = with_code * np.log(sensitivity / false_positives)
        odds = odds + without * np.log((1 - sensitivity) / (1 - false_positives))
        return np.where(self.known, self._certain, odds)

    def coder_counts(self, applies: Floats) -> tuple[float, float, float, float]:
        """Expected codings of units to which the code applies, with it and without, and the same of others."""
        with_code, without = self._codings
        return (
            float(applies @ with_code), float(applies @ without),
            float((1 - applies) @ with_code), float((1 - applies) @ without),
        )  # fmt: skip


def coder_errors(sample: Sample, *, sweeps: int = 200) -> CoderErrors:
    """Coders' errors and the calibration of scores by expectation-maximisation (Dawid and Skene 1979), with the priors
    HITS, ALARMS, MEAN and SPREAD. Where errors cannot be learned, coders are taken to make none: 1 and 0."""
    sensitivity, false_positives = 0.85, 0.01
    x = np.column_stack([sample.score, np.ones(sample.score.size)])
    beta = MEAN[:2]
    for _ in range(sweeps):
        before = np.array([sensitivity, false_positives, *beta])
        applies = expit(x @ beta + sample.evidence(sensitivity, false_positives))
        if sample.errors_known:
            hit, miss, alarm, quiet = sample.coder_counts(applies)
            sensitivity = (hit + HITS[0]) / (hit + miss + sum(HITS))
            false_positives = (alarm + ALARMS[0]) / (alarm + quiet + sum(ALARMS))
        for _ in range(3):
            p = expit(x @ beta)
            gradient = x.T @ (sample.precision * (applies - p)) - (beta - MEAN[:2]) / SPREAD[:2] ** 2
            beta = beta + np.clip(np.linalg.solve(_curvature(x, p, sample, SPREAD[:2]), gradient), -1, 1)
        if np.abs(before - [sensitivity, false_positives, *beta]).max() < 1e-6:
            break
    if not sample.errors_known:
        sensitivity, false_positives = 1.0, 0.0
    return CoderErrors(sensitivity, false_positives, float(beta[0]), float(beta[1]), applies)


def _curvature(x: Floats, p: Floats, sample: Sample, spread: Floats) -> Floats:
    """Curvature of the log posterior of a logistic regression on x with fitted probabilities p."""
    return x.T @ (x * (sample.precision * p * (1 - p))[:, None]) + np.diag(spread**-2.0)  # type: ignore[no-any-return]


class Draw(NamedTuple):
    """One draw from the posterior. applies: whether the code applies to each text. probability: that it does, given all
    else in the draw. sensitivity, false_positives: of coders. prevalence: of each member. shift: see the module."""

    applies: Flags
    probability: Floats
    sensitivity: float
    false_positives: float
    prevalence: Floats
    shift: float


@dataclass(frozen=True)
class LabelShift:
    """The model of one code in all texts that have a score for it.

    units: unit ids. score: logit of the classifier's probability. member: who wrote each text, a place in members.
    places: the coded texts; sample: the coders' judgements on them, in that order.
    """

    units: pd.Index
    score: Floats
    member: Ints
    members: pd.Index
    places: Ints
    sample: Sample

    @classmethod
    def of(cls, coded: pd.DataFrame, held_out: pd.DataFrame, member: pd.Series) -> Self:
        """The model from tables. coded, held_out: rows of one code of the tables that the step coding writes. member:
        by unit id. Raises InputError where a text has no member."""
        labelled = held_out.set_index("unit_id")
        by_model = coded[coded["origin"] == "model"].set_index("unit_id")["probability"]
        unread = places_of(labelled.index, by_model.index) < 0
        said = pd.concat([labelled["probability"], by_model[unread]]).sort_index()
        writer, members = pd.factorize(member.reindex(said.index), sort=True)
        if (writer < 0).any():
            raise InputError(f"the text {said.index[writer < 0][0]!r} has a code but no member who wrote it")
        places = places_of(said.index, labelled.index)
        readers, share = labelled["readers"].to_numpy("int64"), labelled["share"].fillna(0).to_numpy(float)
        sample = Sample(
            _log_odds(labelled["probability"].to_numpy(float)),
            readers,
            np.rint(share * readers).astype("int64"),
            labelled["value"].to_numpy("int64"),
            labelled["decided"].to_numpy(bool),
            labelled["weight"].to_numpy(float),
        )
        return cls(said.index, _log_odds(said.to_numpy(float)), writer, pd.Index(members), places, sample)

    def draws(
        self, count: int, rng: np.random.Generator, *, warm: int = WARM, thinning: int = THINNING
    ) -> Iterator[Draw]:
        """Draws from the posterior by Gibbs sampling. warm: sweeps discarded at the start. thinning: sweeps from one
        draw to the next."""
        chain = _GibbsSampler(self, rng)
        for _ in range(warm):
            chain.sweep()
        for _ in range(count):
            for _ in range(thinning):
                chain.sweep()
            yield Draw(
                chain.applies, chain.probability, chain.sensitivity, chain.false_positives, chain.prevalence,
                float(chain.beta[2]),
            )  # fmt: skip


def _log_odds(probability: Floats) -> Floats:
    return logit(np.clip(probability, EDGE, 1 - EDGE))  # type: ignore[no-any-return]


class _GibbsSampler:
    """The state of the sampler: truths, coders' errors, members' prevalences and their spread, what scores mean."""

    def __init__(self, given: LabelShift, rng: np.random.Generator) -> None:
        self.given, self.rng = given, rng
        start = coder_errors(given.sample)
        self.sensitivity, self.false_positives = start.sensitivity, start.false_positives
        weight = given.sample.precision
        mean = float(np.clip(weight @ start.probability / weight.sum(), EDGE, 1 - EDGE))
        self.centre = float(logit(mean))
        self.texts = np.bincount(given.member, minlength=len(given.members))
        self.prevalence, self.shape = np.full(len(given.members), mean), np.array([20 * mean, 20 * (1 - mean)])
        self.beta = np.array([start.slope, start.offset, 1.0])
        coded = np.column_stack([given.sample.score, np.ones(given.places.size)])
        p = expit(coded @ self.beta[:2])
        self.information = (given.sample.precision * p * (1 - p))[:, None]
        self.x, self.writer = np.column_stack([coded, np.zeros(len(coded))]), given.member[given.places]

    def sweep(self) -> None:
        """One pass over truths, coders' errors, the spread of prevalences, prevalences, and what scores mean.

        The spread is drawn with the prevalences integrated out, so they must be drawn after it and not before (van Dyk
        and Park 2008, Journal of the American Statistical Association 103, 790-796): a pass ends with both from their
        joint distribution.
        """
        given, sample = self.given, self.given.sample
        departure = logit(self.prevalence) - self.centre
        odds = self.beta[0] * given.score + self.beta[1] + (self.beta[2] * departure)[given.member]
        odds[given.places] += sample.evidence(self.sensitivity, self.false_positives)
        self.probability = 1 / (1 + np.exp(-odds))  # takes a third of expit's time
        self.applies = self.rng.random(odds.size) < self.probability
        coded = self.applies[given.places].astype(float)
        if sample.errors_known:
            self._coders(coded)
        count = np.bincount(given.member, self.applies, self.texts.size).astype(np.float64)
        self._spread(count)
        drawn = self.rng.beta(self.shape[0] + count, self.shape[1] + self.texts - count)
        self.prevalence = np.clip(drawn, EDGE, 1 - EDGE)
        self._scores(coded)

    def _coders(self, applies: Floats) -> None:
        """Sensitivity and false positives; the first is kept above the second, which identifies the two classes."""
        hit, miss, alarm, quiet = self.given.sample.coder_counts(applies)
        sensitivity = self.rng.beta(hit + HITS[0], miss + HITS[1])
        false_positives = self.rng.beta(alarm + ALARMS[0], quiet + ALARMS[1])
        if EDGE < false_positives < sensitivity < 1 - EDGE:
            self.sensitivity, self.false_positives = sensitivity, false_positives

    def _spread(self, count: Floats) -> None:
        """The parameters of the prevalences' beta distribution, by two Metropolis steps on their logarithms."""
        for _ in range(2):
            proposal = self.shape * np.exp(0.3 * self.rng.normal(size=2))
            gain = self._of_shape(proposal, count) - self._of_shape(self.shape, count)
            if np.log(self.rng.random()) < gain:
                self.shape = proposal

    def _of_shape(self, shape: Floats, count: Floats) -> float:
        """Log posterior of the beta distribution's parameters, given how many texts of each member have the code; prior
        proportional to (a + b) ** (-5 / 2), on the logarithms."""
        a, b = shape
        fit = betaln(a + count, b + self.texts - count) - betaln(a, b)
        return float(fit.sum() - 2.5 * np.log(a + b) + np.log(a) + np.log(b))

    def _scores(self, applies: Floats) -> None:
        """Slope, offset and shift, from the coded texts alone, by three Metropolis steps."""
        x = self.x
        x[:, 2] = (logit(self.prevalence) - self.centre)[self.writer]
        curvature = x.T @ (x * self.information) + np.diag(SPREAD**-2.0)
        stride = 1.3 * np.linalg.inv(np.linalg.cholesky(curvature)).T
        now = self._of_scores(self.beta, x, applies)
        for _ in range(3):
            proposal = self.beta + stride @ self.rng.normal(size=3)
            then = self._of_scores(proposal, x, applies)
            if np.log(self.rng.random()) < then - now:
                self.beta, now = proposal, then

    def _of_scores(self, beta: Floats, x: Floats, applies: Floats) -> float:
        """Log posterior of slope, offset and shift."""
        eta = x @ beta
        fit = float(self.given.sample.precision @ (applies * eta - np.log1p(np.exp(eta))))
        return fit - 0.5 * float((((beta - MEAN) / SPREAD) ** 2).sum())


def label_draws(
    coded: pd.DataFrame, held_out: pd.DataFrame, member: pd.Series, *, draws: int, seed: int
) -> Iterator[pd.DataFrame]:
    """Tables like Coded with labels drawn from the posterior: of the texts that the model coded, and of those that
    coders read, since coders err too.

    coded, held_out: as the step coding writes them. member: who wrote each message, by message id. seed: each code has
    a stream of its own. Codings of interviews, and of codes that no model carries, stay unchanged. value is
    the drawn label, probability its posterior probability in that draw.
    """
    chains = []
    for code, shift, rows in _by_code(coded, held_out, member):
        rng = np.random.default_rng(seed_of(seed, f"labels of {code}"))
        chains.append((rows, places_of(shift.units, coded["unit_id"].iloc[rows]), shift.draws(draws, rng)))
    for _ in range(draws):
        value, probability = coded["value"].to_numpy(copy=True), coded["probability"].to_numpy(copy=True)
        for rows, places, chain in chains:
            drawn = next(chain)
            value[rows], probability[rows] = drawn.applies[places], drawn.probability[places]
        yield coded.assign(value=value, probability=probability)


def _by_code(coded: pd.DataFrame, held_out: pd.DataFrame, member: pd.Series) -> Iterator[tuple[str, LabelShift, Ints]]:
    """Each carried code in order, its LabelShift, and the rows of coded that it applies to."""
    labelled = dict(list(held_out.groupby("code")))
    for code, rows in sorted(coded.groupby("code").indices.items()):
        if code in labelled:
            shift = LabelShift.of(coded.iloc[rows], labelled[code], member)
            yield str(code), shift, rows[places_of(shift.units, coded["unit_id"].iloc[rows]) >= 0]


class Posterior(NamedTuple):
    """Posterior results of a study's codes.

    coded: the table Coded, with the probability that the code truly applies, and value whether that is more likely than
    not. errors: one row per carried code, ERRORS. prevalence: one row per code and member, and one per code over all
    members (member missing), PREVALENCE: the share of texts to which the code truly applies.
    """

    coded: pd.DataFrame
    errors: pd.DataFrame
    prevalence: pd.DataFrame


ERRORS = (
    "code", "errors_known", "readers", "sensitivity", "sensitivity_low", "sensitivity_high",
    "false_positives", "false_positives_low", "false_positives_high", "shift", "shift_low", "shift_high",
)  # fmt: skip
PREVALENCE = ("code", "member", "units", "counted", "value", "low", "high")


def posterior(
    coded: pd.DataFrame, held_out: pd.DataFrame, member: pd.Series, *, draws: int, confidence: float, seed: int
) -> Posterior:
    """The posterior of each carried code over draws; arguments as in label_draws. confidence: of percentile intervals.
    Raises InputError when no code is carried."""
    probability, errors, shares = coded["probability"].to_numpy(copy=True), [], []
    for code, shift, rows in _by_code(coded, held_out, member):
        rng = np.random.default_rng(seed_of(seed, f"posterior of {code}"))
        each = list(shift.draws(draws, rng, thinning=CLOSE))
        mean = np.mean([draw.probability for draw in each], axis=0)
        probability[rows] = mean[places_of(shift.units, coded["unit_id"].iloc[rows])]
        row: dict[str, object] = {"code": code, "errors_known": shift.sample.errors_known}
        row["readers"] = int(shift.sample.readers.max())
        for name in ("sensitivity", "false_positives", "shift"):
            values = [getattr(draw, name) for draw in each]
            low, high = interval(values, confidence)
            row |= {name: float(np.mean(values)), f"{name}_low": low, f"{name}_high": high}
        errors.append(row)
        counted = coded.iloc[rows].set_index("unit_id")["value"].reindex(shift.units).to_numpy(float)
        shares.append(_shares(shift, each, counted, confidence).assign(code=code))
    if not errors:
        raise InputError("no code is carried by a model")
    table, prevalence = pd.DataFrame(errors)[list(ERRORS)], pd.concat(shares, ignore_index=True)[list(PREVALENCE)]
    value = coded["value"].mask(coded["code"].isin(table["code"]), (probability >= 0.5).astype("int64"))
    return Posterior(coded.assign(value=value, probability=probability), table, prevalence)


def _shares(shift: LabelShift, draws: list[Draw], counted: Floats, confidence: float) -> pd.DataFrame:
    """The share of each member's texts, and of all (member missing), to which the code applies. Where nearly all draws
    are the same, their mean may be outside their quantiles, which are then widened to include it."""
    size = len(shift.members)
    texts = np.append(np.bincount(shift.member, minlength=size), shift.member.size)

    def share(applies: Floats | Flags) -> Floats:
        return np.append(np.bincount(shift.member, applies, size), applies.sum()) / texts  # type: ignore[no-any-return]

    drawn = np.array([share(draw.applies) for draw in draws])
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    mean = drawn.mean(axis=0)
    table = {"member": [*shift.members, None], "units": texts, "counted": share(counted), "value": mean}
    return pd.DataFrame(table | {"low": np.minimum(low, mean), "high": np.maximum(high, mean)})
