"""What a chat is about, by words that were learnt: which count, what is kept of them, and what is refused."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest

from analytics.matching import FEATURES, Learnt, TopicWords

TOPICS = ["sleep", "anger", "grief"]
DESCRIPTIONS = [["night", "awake", "bed"], ["rage", "shout", "fists"], ["loss", "mourn", "funeral"]]
ANA = UUID(int=1)


def fitted(texts: list[list[str]], about: list[int], people: list[int] | None = None) -> TopicWords:
    return TopicWords.fitted(texts, people if people is not None else list(range(len(texts))), np.eye(3)[about], DESCRIPTIONS)


def shares(words: TopicWords, *text: str, similar: tuple[float, float, float] = (0, 0, 0)) -> list[float]:
    found: list[float] = words.shares([list(text)], np.array([similar]))[0].tolist()
    return found


def knows(words: TopicWords, word: str) -> bool:
    return zlib.crc32(word.encode()) in words.hashes.tolist()


def test_the_catalogue_alone_tells_topics_nobody_spoke_of() -> None:
    words = fitted([], [])
    assert [np.argmax(shares(words, *said)) for said in (["awake", "bed"], ["shout"], ["mourn", "zzz"])] == [0, 1, 2]


def test_a_word_that_people_use_for_a_topic_tells_it() -> None:
    words = fitted([["gromble", "evening"]] * 15 + [["skrivel", "evening"]] * 15, [0] * 15 + [1] * 15)
    assert shares(words, "gromble")[0] == 1 > shares(words, "gromble")[1]
    assert shares(words, "skrivel")[1] == 1 > shares(words, "skrivel")[0]
    # What everybody says tells little.
    assert shares(words, "evening", "gromble")[0] == 1


def test_of_nothing_known_nothing_is_said_and_the_catalogues_similarity_counts() -> None:
    words = fitted([["gromble"]] * 12, [0] * 12)
    assert shares(words, "unheard", "of") == shares(words) == [0, 0, 0]
    assert np.argmax(shares(words, "unheard", similar=(0, 0.3, 0))) == 1


def test_a_word_of_fewer_than_ten_people_is_not_kept_however_often_one_says_it() -> None:
    texts = [["ten"]] * 10 + [["nine", "night"]] * 9 + [["mine"]] * 50
    words = fitted(texts, [0] * len(texts), [*range(10), *range(9), *[99] * 50])
    assert [knows(words, each) for each in ("ten", "nine", "mine", "night")] == [True, False, False, True]


def test_whoever_writes_much_counts_no_more_than_whoever_writes_once() -> None:
    # Twelve say the word once, of sleep; one of them fifty times more, of anger.
    texts = [["gromble"]] * 62
    words = fitted(texts, [0] * 12 + [1] * 50, [*range(12), *[0] * 50])
    assert np.argmax(shares(words, "gromble")) == 0


def test_a_text_that_nothing_is_known_of_teaches_no_topic() -> None:
    about = np.zeros((12, 3))
    words = TopicWords.fitted([["gromble"]] * 12, range(12), about, DESCRIPTIONS)
    found = shares(words, "gromble")
    assert max(found) - min(found) < 0.1


def model() -> Learnt:
    return Learnt(TOPICS, {"en": fitted([["gromble"]] * 12, [0] * 12)}, {ANA: {"sleep": 0.2}})


def test_what_is_read_again_says_the_same_and_holds_no_words() -> None:
    found = model()
    again = Learnt.from_bytes(found.to_bytes(), TOPICS)
    for text in (["gromble"], ["awake"], ["gromble", "rage", "rage"], []):
        assert again.shares(text, "en", {"anger": 0.2}) == found.shares(text, "en", {"anger": 0.2})
    assert again.experience == {ANA: {"sleep": 0.2}}
    assert not any(word.encode() in found.to_bytes() for word in ("gromble", "night", "awake"))


def test_a_language_that_was_not_learnt_is_left_to_the_first_step() -> None:
    assert model().shares(["gromble"], "es", {}) is None
    found = model().shares(["gromble"], "en", {})
    assert found is not None and max(found, key=found.__getitem__) == "sleep"


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    wire = msgspec.msgpack.decode(model().to_bytes())
    change(wire)
    return msgspec.msgpack.encode(wire)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no model",
        msgspec.msgpack.encode({"features": FEATURES}),
        changed(lambda wire: wire.update(features="others")),
        changed(lambda wire: wire.update(topics=["sleep", "anger"])),
        changed(lambda wire: wire["languages"]["en"].update(idf=b"\0" * 4)),
        changed(lambda wire: wire["languages"]["en"].update(weights=wire["languages"]["en"]["weights"][4:])),
        changed(lambda wire: wire["languages"]["en"].update(weights=np.full(len(wire["languages"]["en"]["weights"]) // 4, math.nan, "<f4").tobytes())),
    ],
)
def test_what_is_no_model_of_ours_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="matching model"):
        Learnt.from_bytes(raw, TOPICS)
