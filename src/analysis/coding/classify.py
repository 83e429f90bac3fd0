"""Classifiers that carry codes from the hand-coded sample to all messages; the error is that on held-out conversations.

Any model with `fit` and `probabilities` can be used; the one here reads character n-grams, so that informal spelling,
mixed languages and stretched words (wkwkwk, siaaap) need no dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from analysis.arrays import Floats, Ints
from analysis.errors import InputError


class Classifier(Protocol):
    """The interface of a classifier. texts: one row per message, columns text, before, after (the neighbouring messages
    in its conversation, empty at an end). labels: texts x codes, 0 or 1. probabilities: texts x codes, 0 to 1."""

    def fit(self, texts: pd.DataFrame, labels: Ints) -> Self: ...

    def probabilities(self, texts: pd.DataFrame) -> Floats: ...


MakeClassifier: TypeAlias = Callable[[], Classifier]  # makes an unfitted one

PARTS = (
    ("text", "characters", 1.0), ("text", "words", 0.7), ("before", "characters", 0.5), ("after", "characters", 0.3),
)  # fmt: skip
FEATURES = 2**17  # hashed; texts of a year's chats have some fifty thousand different grams
WORD = r"\w+"  # any run of letters and digits: informal spelling has many of one letter


class Grams:
    """Counts of character 1- to 5-grams, words and pairs of words in each text; each text is counted once.

    Counts are hashed and enter as 1 + log (sublinear). They need no training, so all folds of a cross-validation may
    share them.
    """

    def __init__(self) -> None:
        hashed = {"alternate_sign": False, "norm": None, "dtype": np.float64, "n_features": FEATURES}
        self.counters = {
            "characters": HashingVectorizer(analyzer="char_wb", ngram_range=(1, 5), **hashed),
            "words": HashingVectorizer(token_pattern=WORD, ngram_range=(1, 2), **hashed),
        }
        self.places: dict[str, int] = {}
        self.counts = {kind: sparse.csr_matrix((0, FEATURES)) for kind in self.counters}

    def rows(self, texts: pd.Series) -> NDArray[np.intp]:
        """The row of each text in `counts`; texts not counted yet are counted now."""
        listed = texts.tolist()
        new = [text for text in dict.fromkeys(listed) if text not in self.places]
        if new:
            self.places.update({text: len(self.places) + i for i, text in enumerate(new)})
            for kind, counter in self.counters.items():
                more = counter.transform(new)
                more.data = 1 + np.log(more.data)
                self.counts[kind] = sparse.vstack([self.counts[kind], more], format="csr")
        return np.fromiter((self.places[text] for text in listed), dtype=np.intp, count=len(listed))


@dataclass
class _Part:
    """TF-IDF of one kind of gram in one column. idf: shape (features,), 0 for those that training did not see."""

    column: str
    kind: str
    weight: float
    idf: Floats
    weights: Floats  # features x codes: idf times coefficients


class CharacterModel:
    """TF-IDF of character n-grams and words, the neighbours' with less weight; one logistic regression per code.

    grams: counts to share with other models. strength: inverse of the ridge penalty. The only random part of fitting is
    the seeded order of liblinear's descent, in the dual because there are more features than texts.
    """

    def __init__(self, grams: Grams | None = None, strength: float = 30.0) -> None:
        self.grams = grams if grams is not None else Grams()
        self.strength = strength
        self.parts: list[_Part] = []
        self.offsets: Floats = np.empty(0)

    def fit(self, texts: pd.DataFrame, labels: Ints) -> Self:
        blocks, seen, self.parts = [], [], []
        for column, kind, weight in PARTS:
            rows = self.grams.rows(texts[column])
            counts = self.grams.counts[kind][rows]
            documents = counts.getnnz(axis=0)
            idf = np.where(documents > 0, np.log((1 + len(rows)) / (1 + documents)) + 1, 0.0)
            seen.append(np.flatnonzero(documents))
            scale = weight / _norms(counts, idf)
            blocks.append(sparse.diags_array(scale) @ counts[:, seen[-1]] @ sparse.diags_array(idf[seen[-1]]))
            self.parts.append(_Part(column, kind, weight, idf, np.zeros((FEATURES, labels.shape[1]))))
        x = sparse.hstack(blocks, format="csr")
        fitted = [self._one(x, labels[:, k]) for k in range(labels.shape[1])]
        self.offsets = np.array([offset for _, offset in fitted])
        weights = np.array([w for w, _ in fitted]).T
        ends = np.cumsum([columns.size for columns in seen])[:-1]
        for part, columns, block in zip(self.parts, seen, np.split(weights, ends), strict=True):
            part.weights[columns] = part.idf[columns, None] * block
        return self

    def _one(self, x: sparse.csr_matrix, y: Ints) -> tuple[Floats, float]:
        """Coefficients and offset; a code that never or always occurs gets its smoothed share and no coefficients."""
        if y.min() == y.max():
            share = (y.sum() + 0.5) / (y.size + 1)
            return np.zeros(x.shape[1]), float(np.log(share / (1 - share)))
        model = LogisticRegression(
            C=self.strength, solver="liblinear", dual=True, tol=0.01, random_state=0, max_iter=1000
        )
        model.fit(x, y)
        return model.coef_[0], float(model.intercept_[0])

    def probabilities(self, texts: pd.DataFrame) -> Floats:
        return 1 / (1 + np.exp(-(self.offsets + sum(self._scores(texts, part) for part in self.parts))))

    def _scores(self, texts: pd.DataFrame, part: _Part) -> Floats:
        """Contribution of one part on the logit scale: counts times (idf times coefficients), divided by each text's
        norm. No TF-IDF matrix is built, so ten thousand texts cost two products."""
        distinct, back = np.unique(self.grams.rows(texts[part.column]), return_inverse=True)
        counts = self.grams.counts[part.kind][distinct]
        scores = counts @ part.weights
        return part.weight * (scores / _norms(counts, part.idf)[:, None])[back]


def character_models() -> MakeClassifier:
    """Factory of unfitted CharacterModels that share their counts, so that each text is counted only once."""
    return partial(CharacterModel, Grams())


def _norms(counts: sparse.csr_matrix, idf: Floats) -> Floats:
    """Length of each text's TF-IDF; 1 for a text without a gram seen in training."""
    norm = np.sqrt(counts.multiply(counts) @ idf**2)
    return np.where(norm > 0, norm, 1.0)


def cross_fit(
    texts: pd.DataFrame, labels: Ints, groups: Sequence[str], folds: int, model: MakeClassifier = CharacterModel
) -> Iterator[tuple[NDArray[np.intp], Classifier]]:
    """The rows of each fold, and a model that saw none of its groups; a group (conversation or member) is never split.
    Raises InputError when there are fewer groups than folds."""
    names = np.asarray(groups, dtype=object)
    if len(set(names)) < folds:
        raise InputError(f"{len(set(names))} groups cannot be split into {folds} folds", fix="Code more.")
    for train, test in GroupKFold(folds).split(names, groups=names):
        yield test, model().fit(texts.iloc[train], labels[train])


def out_of_fold(
    texts: pd.DataFrame, labels: Ints, groups: Sequence[str], folds: int, model: MakeClassifier = CharacterModel
) -> Floats:
    """Probabilities for each text from a model that saw none of its group, texts x codes. Raises InputError when there
    are fewer groups than folds."""
    result = np.zeros(labels.shape)
    for test, fitted in cross_fit(texts, labels, groups, folds, model):
        result[test] = fitted.probabilities(texts.iloc[test])
    return result


def break_even(probabilities: Floats, truth: Ints, weights: Floats | None = None) -> float:
    """The threshold at which a code is given as often as the coders give it, so that precision equals recall.

    False positives and false negatives are then equal in number, so that totals are kept. Units with the same
    probability get the code together or not at all, so the nearest number that can be reached is taken. weights:
    of units (1 / inclusion probability). Returns 1 when no unit has the code.
    """
    w = np.ones(truth.size) if weights is None else weights
    wanted = float(w @ truth)
    if wanted == 0:
        return 1.0
    values, place = np.unique(-probabilities, return_inverse=True)
    given = np.cumsum([0.0, *np.bincount(place, weights=w)])  # to units above each value, and to all
    least = int(np.argmin(np.abs(given - wanted)))
    above, below = [1.0, *-values][least], [*-values, 0.0][least]
    return float((above + below) / 2)


def errors(probabilities: Floats, truth: Ints, threshold: float, weights: Floats | None = None) -> dict[str, float]:
    """Precision, recall, F1 (nan where undefined) and Brier score of one code, with the four counts they come from.
    weights: of units (1 / inclusion probability); the counts are unweighted."""
    w = np.ones(truth.size) if weights is None else weights
    given, true = probabilities >= threshold, truth == 1
    cells = {"hits": given & true, "false_alarms": given & ~true, "misses": ~given & true, "rejections": ~given & ~true}
    hit, false, missed = (float(w[cells[name]].sum()) for name in ("hits", "false_alarms", "misses"))

    def share(part: float, whole: float) -> float:
        return part / whole if whole else float("nan")

    return {name: int(cell.sum()) for name, cell in cells.items()} | {
        "precision": share(hit, hit + false),
        "recall": share(hit, hit + missed),
        "f1": share(2 * hit, 2 * hit + false + missed),
        "brier": float(np.average((probabilities - truth) ** 2, weights=w)),
    }


def calibration(probabilities: Floats, truth: Ints, weights: Floats | None = None, bins: int = 5) -> pd.DataFrame:
    """Calibration curve in bins of equal size: said (mean predicted probability), seen (share to which the coders gave
    the code), units. weights: of units (1 / inclusion probability); equal by default."""
    w = np.ones(truth.size) if weights is None else weights
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, order.size)) if part.size]
    rows = [(np.average(probabilities[p], weights=w[p]), np.average(truth[p], weights=w[p]), p.size) for p in parts]
    return pd.DataFrame(rows, columns=["said", "seen", "units"])


def learning_curve(
    texts: pd.DataFrame,
    labels: Ints,
    groups: Sequence[str],
    folds: int,
    shares: Sequence[float] = (0.2, 0.4, 0.6, 0.8, 1.0),
    seed: int = 0,
    model: MakeClassifier = CharacterModel,
    weights: Floats | None = None,
) -> pd.DataFrame:
    """F1 of each code when training uses only a share of the conversations: units, code, f1.

    labels: texts x codes; code is the column's number. A curve that still rises at its end says that more coding would
    help. Each share takes whole groups, drawn once (seeded), of every fold's training part; thresholds at break-even.
    weights: as in errors.
    """
    names = np.asarray(groups, dtype=object)
    rank = pd.Series(np.random.default_rng(seed).permutation(len(set(names))), index=sorted(set(names)))
    drawn = rank[names].to_numpy() / len(rank)
    splits = list(GroupKFold(folds).split(names, groups=names))
    rows = []
    for share in shares:
        probabilities, learned = np.zeros(labels.shape), 0
        for train, test in splits:
            part = train[(drawn[train] < share) | (drawn[train] == drawn[train].min())]  # one conversation at least
            learned += part.size
            probabilities[test] = model().fit(texts.iloc[part], labels[part]).probabilities(texts.iloc[test])
        for k in range(labels.shape[1]):
            threshold = break_even(probabilities[:, k], labels[:, k], weights)
            rows.append((learned // folds, k, errors(probabilities[:, k], labels[:, k], threshold, weights)["f1"]))
    return pd.DataFrame(rows, columns=["units", "code", "f1"])
