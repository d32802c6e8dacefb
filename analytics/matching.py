"""What a chat is about and who suits it, learnt from the chats that counselors took.

Topics are told by complement naive Bayes over TF-IDF (Rennie et al. 2003, ICML, "Tackling the poor assumptions of naive Bayes text classifiers"), and by the
first step's similarity to the catalogue. The catalogue's own description of each topic is one more text about it, so that a topic nobody spoke of is known too.
A word that the catalogue does not have counts only where ten people used it (`core.disclosure`), and words are kept as hashes: a model holds no words. Whoever holds it could still ask it about a word, so it is sealed.

The constants were chosen on `bench/topics.py`'s questions, by cross-validation; half or double of each moves the share of questions whose topic is among the first three
by less than two points.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Self
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.disclosure import shown

Floats = NDArray[np.float64]
# Each text's stems, in any order.
Stems = Sequence[str]

# What the numbers of a model belong to: name it anew with any change of what is counted or how it is weighed.
FEATURES = "stems, crc32, sublinear TF-IDF, complement naive Bayes"
# What every word is taken to have been used once more than it was (Lidstone's smoothing).
_SMOOTHING = 1.0
# As how many texts the catalogue's description of a topic counts.
_DESCRIPTION = 3.0
# What a similarity of 1 to the catalogue adds, beside naive Bayes.
_CATALOGUE = 0.5
# Naive Bayes is told that its words are independent, and is too sure: this many times the score, as a softmax, gave the least log loss.
_SHARPNESS = 8.0
# The probability from which the likeliest topic is taken as meant; below it, topics count in proportion. One question in ten has less.
CLEAR = 0.2
# A counselor's experience with a topic is drawn towards none as by so many usual chats.
SHRINKAGE = 10


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Little-endian: sorted hashes of 32 bits, then floats of 32 bits: one each, and one each and topic."""

    hashes: bytes
    idf: bytes
    weights: bytes


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    features: str
    topics: tuple[str, ...]
    languages: dict[str, _Words]
    experience: dict[UUID, dict[str, float]]


class TopicWords:
    """The words of one language, and what each says for each topic: `hashes` (V, sorted), `idf` (V), `weights` (V × topics)."""

    def __init__(self, hashes: NDArray[np.uint32], idf: Floats, weights: Floats) -> None:
        self.hashes, self.idf, self.weights = hashes, idf, weights
        self._at = {value: index for index, value in enumerate(hashes.tolist())}

    @classmethod
    def fitted(cls, texts: Sequence[Stems], people: Sequence[int], about: Floats, descriptions: Sequence[Stems]) -> Self:
        """`people`: whose each text is; `about` (texts × topics): how much each is about each, 0 for all where nothing is known of it; `descriptions`: one a topic.

        Whoever wrote much counts no more than whoever wrote once. Linear in the texts: 50,000 of 30 words take a few seconds.
        """
        used_by: dict[int, set[int]] = {}
        for text, person in zip(texts, people, strict=True):
            for word in set(text):
                used_by.setdefault(_hash(word), set()).add(person)
        described = {_hash(word) for text in descriptions for word in text}
        hashes = np.array(sorted(described | {each for each, by in used_by.items() if shown(len(by))}), np.uint32)
        counted = cls(hashes, np.ones(len(hashes)), np.zeros((len(hashes), about.shape[1])))
        counts = [counted._counts(text) for text in (*texts, *descriptions)]
        document_frequency = np.bincount(np.concatenate([at for at, _ in counts]), minlength=len(hashes))
        # Rounded as they are kept, so that what is read again scores the same.
        counted.idf = _rounded(np.log((1 + len(counts)) / (1 + document_frequency)) + 1)
        of_person = np.bincount(np.asarray(people, np.intp))
        shares = np.vstack([about / of_person[np.asarray(people, np.intp)][:, None], _DESCRIPTION * np.eye(about.shape[1])])
        for (at, times), share in zip(counts, shares, strict=True):
            counted.weights[at] += np.outer(counted._weighed(at, times), share)
        elsewhere = counted.weights.sum(axis=1, keepdims=True) - counted.weights + _SMOOTHING
        counted.weights = _rounded(-np.log(elsewhere / elsewhere.sum(axis=0)))
        return counted

    def scores(self, texts: Sequence[Stems], similarities: Floats) -> Floats:
        """Texts × topics; `similarities`, of the same shape, are the first step's. All 0 for a text without a known word."""
        found = _CATALOGUE * np.asarray(similarities, float)
        for row, text in enumerate(texts):
            at, times = self._counts(text)
            if len(at):
                found[row] += self._weighed(at, times) @ self.weights[at]
        return found

    def shares(self, texts: Sequence[Stems], similarities: Floats) -> Floats:
        """Texts × topics, 0–1: 1 for the likeliest if it is clear, all 0 where nothing is known."""
        scores = self.scores(texts, similarities)
        odds = np.exp(_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
        probable = odds / odds.sum(axis=1, keepdims=True)
        shares: Floats = np.where(scores.any(axis=1, keepdims=True), probable / np.maximum(CLEAR, probable.max(axis=1, keepdims=True)), 0.0)
        return shares

    def _counts(self, text: Stems) -> tuple[NDArray[np.intp], Floats]:
        """Where its known words stand, and 1 + ln of how often each was said."""
        found = Counter(at for word in text if (at := self._at.get(_hash(word))) is not None)
        return np.fromiter(found, np.intp, len(found)), 1 + np.log(np.fromiter(found.values(), float, len(found)))

    def _weighed(self, at: NDArray[np.intp], times: Floats) -> Floats:
        """Times idf, brought to length 1."""
        weighed = times * self.idf[at]
        length = float(np.sqrt(weighed @ weighed))
        return weighed / length if length > 0 else weighed


class Learnt:
    """A model: `languages`, and by counselor what `experience` says of their chats about a topic: from −1 to 1, how much better than usual they went."""

    def __init__(self, topics: Sequence[str], languages: Mapping[str, TopicWords], experience: Mapping[UUID, Mapping[str, float]]) -> None:
        self.topics, self.languages, self.experience = tuple(topics), dict(languages), {counselor: dict(found) for counselor, found in experience.items()}

    def shares(self, stems: Stems, language: str, similarities: Mapping[str, float]) -> dict[str, float] | None:
        """What a text may be about, 0–1; None for a language that was not learnt. `language`: one that we speak."""
        words = self.languages.get(language)
        if words is None:
            return None
        found = words.shares([stems], np.array([[similarities.get(slug, 0.0) for slug in self.topics]]))[0].tolist()
        return {slug: share for slug, share in zip(self.topics, found, strict=True) if share > 0}

    def to_bytes(self) -> bytes:
        languages = {
            language: _Words(words.hashes.astype("<u4").tobytes(), words.idf.astype("<f4").tobytes(), words.weights.astype("<f4").tobytes())
            for language, words in self.languages.items()
        }
        return msgspec.msgpack.encode(_Wire(FEATURES, self.topics, languages, self.experience))

    @classmethod
    def from_bytes(cls, raw: bytes, topics: Sequence[str]) -> Self:
        """Raises ValueError for what is no model of the features and topics that this code knows."""
        try:
            wire = msgspec.msgpack.decode(raw, type=_Wire)
        except msgspec.DecodeError as error:
            raise ValueError("not a matching model") from error
        if wire.features != FEATURES or wire.topics != tuple(topics):
            raise ValueError("a matching model of other features or topics")
        return cls(topics, {language: _words(words, len(topics)) for language, words in wire.languages.items()}, wire.experience)


def _words(kept: _Words, topics: int) -> TopicWords:
    if len(kept.hashes) % 4 or len(kept.idf) != len(kept.hashes) or len(kept.weights) != topics * len(kept.hashes):
        raise ValueError("a matching model that is cut short, or too long")
    hashes, idf, weights = np.frombuffer(kept.hashes, "<u4"), np.frombuffer(kept.idf, "<f4").astype(float), np.frombuffer(kept.weights, "<f4").astype(float)
    if not (np.isfinite(idf).all() and np.isfinite(weights).all()):
        raise ValueError("a matching model with impossible numbers")
    return TopicWords(hashes, idf, weights.reshape(len(hashes), topics))


def _hash(word: str) -> int:
    return zlib.crc32(word.encode())


def _rounded(numbers: Floats) -> Floats:
    return numbers.astype("<f4").astype(float)
