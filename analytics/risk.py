"""A second look for crisis risk: a score for a text, by what it has in common with texts that people have labelled.

TF-IDF over groups of 3 to 5 letters within words and over words and pairs of words, then logistic regression. What a text is counted by is hashed
(Weinberger et al. 2009, doi 10.1145/1553374.1553516): the model holds two numbers for each of 262,144 buckets, and no words. Whoever holds it could still
ask it about a word, so it is sealed like what it was trained on.

A score is no probability: how common crises are among labelled texts says nothing about how common they are in chats. Only its order counts, and the
threshold that lets a known share of everyday texts through.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# As long as a message or a note may be; what comes after it is not read.
MOST_CHARACTERS = 8_000
# What the numbers of a model belong to: name it anew with any change of what is counted.
FEATURES = "char_wb 3-5, word 1-2, 2^17 each, sublinear"
_BUCKETS = 2**17
_KEPT = "<f4"
# The inverse strength of the penalty on the weights. Between 1 and 100 it moved the recall on `bench.risk_model`'s sentences by less than three points.
_PENALTY = 10.0

_COUNTERS = (
    HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), n_features=_BUCKETS, alternate_sign=False, norm=None, strip_accents="unicode"),
    HashingVectorizer(analyzer="word", token_pattern=r"\w+", ngram_range=(1, 2), n_features=_BUCKETS, alternate_sign=False, norm=None, strip_accents="unicode"),  # noqa: S106
)


def counted(texts: Sequence[str]) -> sparse.csr_matrix:
    """A row for each text: 1 + ln of how often each bucket is met. Takes about a millisecond for 500 characters."""
    cut = [text[:MOST_CHARACTERS] for text in texts]
    found = sparse.hstack([counter.transform(cut) for counter in _COUNTERS], format="csr", dtype=np.float32)
    found.data = 1 + np.log(found.data)
    return found


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model as it is kept: the arrays are little-endian floats of 32 bits."""

    features: str
    intercept: float
    threshold: float
    idf: bytes
    weights: bytes


class RiskModel:
    """`idf` and `weights`: one number for each bucket. A text is alarming when its score reaches `threshold`."""

    def __init__(self, idf: Floats, weights: Floats, intercept: float, threshold: float) -> None:
        self._idf, self._weights, self._intercept, self.threshold = idf, weights, intercept, threshold

    @classmethod
    def fitted(cls, rows: sparse.csr_matrix, is_crisis: Flags) -> Self:
        """To `counted` texts; crisis and everyday weigh the same in sum. Nothing is alarming yet. The same texts give the same model."""
        used_by = np.bincount(rows.indices, minlength=rows.shape[1])
        idf = np.log((1 + rows.shape[0]) / (1 + used_by)) + 1
        # More threads than one wait for each other longer than they compute.
        with threadpool_limits(1):
            found = LogisticRegression(C=_PENALTY, class_weight="balanced", solver="liblinear", random_state=0, max_iter=1000).fit(_weighed(rows, idf), is_crisis)
        # Rounded as they are kept, so that what is read again scores the same.
        return cls(idf.astype(_KEPT).astype(float), found.coef_[0].astype(_KEPT).astype(float), float(found.intercept_[0]), np.inf)

    def scores_of(self, rows: sparse.csr_matrix) -> Floats:
        """The score of each `counted` text."""
        scores: Floats = _weighed(rows, self._idf) @ self._weights + self._intercept
        return scores

    def scores(self, texts: Sequence[str]) -> Floats:
        return self.scores_of(counted(texts))

    def alarming(self, texts: Sequence[str]) -> list[bool]:
        found: list[bool] = (self.scores(texts) >= self.threshold).tolist()
        return found

    def to_bytes(self) -> bytes:
        """MessagePack, compressed: read again, it can be nothing but numbers."""
        wire = _Wire(FEATURES, self._intercept, self.threshold, self._idf.astype(_KEPT).tobytes(), self._weights.astype(_KEPT).tobytes())
        return zlib.compress(msgspec.msgpack.encode(wire))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Raises ValueError for what is no model of the features that this code knows."""
        # A little more than two arrays: however it was compressed, no more than that is unpacked.
        most = 2 * 4 * len(_COUNTERS) * _BUCKETS + 1_000
        try:
            unpacking = zlib.decompressobj()
            plain = unpacking.decompress(raw, most)
            wire = msgspec.msgpack.decode(plain, type=_Wire)
        except (zlib.error, msgspec.DecodeError) as error:
            raise ValueError("not a risk model") from error
        if wire.features != FEATURES:
            raise ValueError("a risk model of other features")
        if not unpacking.eof or {len(wire.idf), len(wire.weights)} != {4 * len(_COUNTERS) * _BUCKETS}:
            raise ValueError("a risk model that is cut short, or too long")
        idf, weights = (np.frombuffer(each, _KEPT).astype(float) for each in (wire.idf, wire.weights))
        if not (np.isfinite(idf).all() and np.isfinite(weights).all() and np.isfinite([wire.intercept, wire.threshold]).all() and idf.min() > 0):
            raise ValueError("a risk model with impossible numbers")
        return cls(idf, weights, wire.intercept, wire.threshold)


def _weighed(rows: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    """Each row times `idf`, then brought to length 1."""
    found = rows.copy()
    found.data = found.data * idf[found.indices]
    of_row = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    lengths = np.sqrt(np.bincount(of_row, found.data**2, minlength=found.shape[0]))
    found.data /= lengths[of_row]
    return found
