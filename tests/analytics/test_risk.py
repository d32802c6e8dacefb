"""The risk model: its numbers read again, anything else refused, its threshold kept, and judged better only where it is."""

from __future__ import annotations

import pickle
import random
import zlib
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.risk import FEATURES, MOST_CHARACTERS, RiskModel, counted
from analytics.risk_training import Share, evaluate, measured, threshold, train
from tests.labelled import CRISIS, EVERYDAY, texts, trial
from tests.properties import examples

BUCKETS = 2 * 2**17
NUMBERS = np.ones(BUCKETS, "<f4").tobytes()


def kept(**changes: Any) -> bytes:
    """A model as it is kept, in which something may be wrong."""
    return zlib.compress(msgspec.msgpack.encode({"features": FEATURES, "intercept": 0.5, "threshold": 1.0, "idf": NUMBERS, "weights": NUMBERS, **changes}))


def with_a(value: float) -> bytes:
    numbers = np.ones(BUCKETS, "<f4")
    numbers[77] = value
    return numbers.tobytes()


def test_what_was_learnt_is_found_in_texts_not_seen() -> None:
    model = trial().model
    assert model.alarming(texts(CRISIS, 30, seed=2)) == [True] * 30
    assert model.alarming(texts(EVERYDAY, 30, seed=2)) == [False] * 30


def test_read_again_it_scores_the_same_and_holds_no_words() -> None:
    model = trial().model
    raw = model.to_bytes()
    again = RiskModel.from_bytes(raw)
    unseen = [*texts(CRISIS, 10, seed=3), *texts(EVERYDAY, 10, seed=3), "", "?", "é 💀"]
    assert again.threshold == model.threshold
    assert again.scores(unseen).tolist() == model.scores(unseen).tolist()
    assert again.to_bytes() == raw
    plain = zlib.decompress(raw)
    assert not [word for word in " ".join(CRISIS + EVERYDAY).split() if len(word) > 4 and word.encode() in plain]


def test_a_whole_model_is_read() -> None:
    """Or the refusals below would say nothing."""
    assert RiskModel.from_bytes(kept()).threshold == 1.0


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"words",
        NUMBERS,
        pickle.dumps({"features": FEATURES}),
        zlib.compress(pickle.dumps({"features": FEATURES})),
        zlib.compress(b"null"),
        kept()[:-9],
        kept(features="words alone"),
        kept(more=1),
        kept(intercept="1"),
        kept(intercept=float("nan")),
        kept(threshold=float("inf")),
        kept(idf=NUMBERS[:-4]),
        kept(weights=NUMBERS + b"\x00\x00\x00\x00"),
        kept(weights=with_a(float("nan"))),
        kept(idf=with_a(float("inf"))),
        kept(idf=with_a(0)),
        zlib.compress(bytes(50_000_000), level=1),
    ],
    ids=range(19),
)
def test_whatever_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="risk model"):
        RiskModel.from_bytes(raw)


def test_a_long_text_is_read_up_to_its_limit() -> None:
    long = "ab " * MOST_CHARACTERS
    assert (counted([long]) != counted([long[:MOST_CHARACTERS]])).nnz == 0
    assert (counted([long]) != counted([long[: MOST_CHARACTERS - 300]])).nnz > 0


def test_the_same_texts_train_the_same_model_and_it_crosses_to_another_process() -> None:
    crisis, everyday = texts(CRISIS, 80), texts(EVERYDAY, 120)
    again = train(crisis + everyday, [True] * 80 + [False] * 120, [False] * 200, 0.01)
    assert again.model.to_bytes() == trial().model.to_bytes()
    assert again.scores == trial().scores
    crossed = pickle.loads(pickle.dumps(again))
    assert (crossed.model.to_bytes(), crossed.scores, crossed.is_better) == (again.model.to_bytes(), again.scores, True)


def test_what_the_lexicon_finds_too_is_no_gain() -> None:
    found = trial()
    assert found.is_better
    assert (found.scores.adds.count, found.scores.adds.of, found.scores.lexicon.recall.count) == (80, 80, 0)
    crisis, everyday = texts(CRISIS, 80), texts(EVERYDAY, 120)
    same = train(crisis + everyday, [True] * 80 + [False] * 120, [True] * 80 + [False] * 120, 0.01)
    assert not same.is_better
    assert (same.scores.model.recall.count, same.scores.adds.of) == (80, 0)


def test_chance_is_no_gain() -> None:
    """Labels that mean nothing: some are found, as many as everyday texts are flagged, and that is not enough."""
    unlike, chance = texts(EVERYDAY, 300), random.Random(4)
    found = train(unlike, [chance.random() < 0.4 for _ in unlike], [False] * 300, 0.05)
    assert not found.is_better
    assert found.scores.adds.count > 0


@examples(80)
@given(scores=st.lists(st.sampled_from([-1.0, 0.0, 0.5, 0.5000001, 2.0, 7.5]) | st.floats(-1e6, 1e6), min_size=1, max_size=300), rate=st.sampled_from([0.0001, 0.01, 0.05, 0.1]))
def test_a_threshold_lets_no_more_everyday_texts_through_than_asked(scores: list[float], rate: float) -> None:
    everyday = np.array(scores)
    at = threshold(everyday, rate)
    assert (everyday >= at).sum() <= rate * len(scores)
    # And it is the lowest such one: just under it there would be more.
    assert (everyday >= np.nextafter(at, -np.inf)).sum() > rate * len(scores)


@examples(50)
@given(flags=st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_both_find_all_that_either_finds(flags: list[tuple[bool, bool, bool]]) -> None:
    crisis, lexicon, model = (np.array(column, bool) for column in zip(*flags, strict=True))
    found = measured(crisis, lexicon, model)
    assert found.both.recall.count == found.lexicon.recall.count + found.adds.count
    assert found.both.recall.count == sum(c and (one or other) for c, one, other in flags)
    assert found.both.false_alarms.count == sum((one or other) and not c for c, one, other in flags)
    assert found.adds.of == sum(c and not one for c, one, _ in flags)
    for share in (found.both.recall, found.model.false_alarms, found.adds):
        assert 0 <= share.low <= share.share <= share.high <= 1


def test_an_interval_is_wilson_s() -> None:
    found = Share.true(np.array([True] * 8 + [False] * 2))
    assert (found.count, found.of, round(found.low, 4), round(found.high, 4)) == (8, 10, 0.4902, 0.9433)


def test_evaluated_at_the_rate_asked_for_and_as_it_is_used() -> None:
    crisis, everyday = texts(CRISIS, 50, seed=5), texts(EVERYDAY, 50, seed=5)
    both, labels = crisis + everyday, [True] * 50 + [False] * 50
    used, at_rate = evaluate(trial().model, both, labels, [False] * 100, 0.1)
    assert (used.model.recall.count, used.model.false_alarms.count) == (50, 0)
    assert at_rate.model.false_alarms.count == 5
    none, _ = evaluate(None, both, labels, [True] + [False] * 99, 0.1)
    assert (none.lexicon.recall.count, none.model.recall.count, none.both.recall.count) == (1, 0, 1)
