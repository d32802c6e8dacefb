"""How a risk model is trained, and what it is measured by: how many crisis texts are found while a fixed share of everyday ones is flagged for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

import msgspec
import numpy as np
from scipy import stats
from sklearn.model_selection import StratifiedKFold

from analytics.risk import Flags, Floats, RiskModel, counted

# The version of what trains: raise it with any change of the features or of the fit.
CODE = "risk 1"
_FOLDS = 5


class Share(msgspec.Struct, frozen=True):
    """`count` of `of`, with a 95 % interval (Wilson 1927, doi 10.1080/01621459.1927.10502953)."""

    count: int
    of: int
    low: float
    high: float

    @classmethod
    def true(cls, flags: Flags) -> Self:
        """Of no flags at all, nothing is known: 0 to 1."""
        count, of = int(flags.sum()), len(flags)
        low, high = stats.binomtest(count, of).proportion_ci(method="wilson") if of else (0.0, 1.0)
        return cls(count, of, float(low), float(high))

    @property
    def share(self) -> float:
        return self.count / self.of if self.of else 0.0


class Measured(msgspec.Struct, frozen=True):
    """`recall`: of the crisis texts those that are flagged; `false_alarms`: of the everyday ones."""

    recall: Share
    false_alarms: Share


class Scores(msgspec.Struct, frozen=True):
    """What the lexicon, the model, and either of them flag; and of the crisis texts that the lexicon misses, what the model `adds`."""

    lexicon: Measured
    model: Measured
    both: Measured
    adds: Share


class Trial(msgspec.Struct, frozen=True):
    """A model fitted to all texts, and how models like it did, each on texts it had not seen."""

    model: RiskModel
    scores: Scores
    is_better: bool


def measured(is_crisis: Flags, lexicon: Flags, model: Flags) -> Scores:
    """A flag a text: what it is, and what either flags."""

    def one(flagged: Flags) -> Measured:
        return Measured(Share.true(flagged[is_crisis]), Share.true(flagged[~is_crisis]))

    return Scores(one(lexicon), one(model), one(lexicon | model), Share.true(model[is_crisis & ~lexicon]))


def evaluate(model: RiskModel | None, texts: Sequence[str], is_crisis: Sequence[bool], lexicon: Sequence[bool], false_alarms: float) -> tuple[Scores, Scores]:
    """Texts that the model has not seen: flagged from its own threshold on, and from the one that gives `false_alarms` among these very texts.

    Without a model it flags nothing.
    """
    crisis, by_lexicon = np.array(is_crisis, bool), np.array(lexicon, bool)
    if model is None:
        alone = measured(crisis, by_lexicon, np.zeros(len(crisis), bool))
        return alone, alone
    scores = model.scores(texts)
    here = threshold(scores[~crisis], false_alarms)
    return measured(crisis, by_lexicon, scores >= model.threshold), measured(crisis, by_lexicon, scores >= here)


def threshold(everyday: Floats, false_alarms: float) -> float:
    """The lowest threshold that at most this share of the everyday texts' scores reaches."""
    highest_first = np.sort(everyday)[::-1]
    return float(np.nextafter(highest_first[int(false_alarms * len(highest_first))], np.inf))


def train(texts: Sequence[str], is_crisis: Sequence[bool], lexicon: Sequence[bool], false_alarms: float) -> Trial:
    """Five-fold cross-validation, then a fit to everything. `lexicon`: what the first step says of each text.

    The texts of a fold are scored by a model fitted to the other four, and flagged from the threshold that the other four's everyday texts give, so that
    neither has seen them. `is_better` when of what the lexicon misses the model finds more than chance would: chance finds as many crisis texts as it flags
    everyday ones, and the lower end of the interval must lie above that.

    Takes time and memory linear in the texts: see `analytics.risk_texts` for how many there may be.
    """
    rows, crisis, by_lexicon = counted(texts), np.array(is_crisis, bool), np.array(lexicon, bool)
    folds = list(_folds(crisis))
    scores = np.empty(len(crisis))
    for train_on, test_on in folds:
        scores[test_on] = RiskModel.fitted(rows[train_on], crisis[train_on]).scores_of(rows[test_on])
    flagged = np.empty(len(crisis), bool)
    for train_on, test_on in folds:
        flagged[test_on] = scores[test_on] >= threshold(scores[train_on][~crisis[train_on]], false_alarms)
    model = RiskModel.fitted(rows, crisis)
    model.threshold = threshold(scores[~crisis], false_alarms)
    found = measured(crisis, by_lexicon, flagged)
    by_chance = max(false_alarms, found.model.false_alarms.share)
    return Trial(model, found, is_better=found.adds.of > 0 and found.adds.low > by_chance)


def _folds(is_crisis: Flags) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    folds: Iterator[tuple[np.ndarray, np.ndarray]] = StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(is_crisis, is_crisis)
    return folds
