"""Who is offered a waiting session."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import topics
from domain.chat import matching
from domain.chat.matching import Candidate, Waiting
from tests.properties import examples

ANA, BEN, CLEO = UUID(int=1), UUID(int=2), UUID(int=3)


def waiting(**said: Any) -> Waiting:
    usual: dict[str, Any] = {"session_id": UUID(int=99), "topic": "I cannot sleep", "language": "en", "priority": "medium", "waited_seconds": 5.0}
    return Waiting(**usual | said)


def counselor(**said: Any) -> Candidate:
    usual: dict[str, Any] = {"id": ANA, "specializations": (), "languages": ("en",), "status": "available", "capacity": 3, "load": 1, "rating": 4.0}
    return Candidate(**usual | said)


def points(for_session: Waiting, candidate: Candidate) -> float:
    found = matching.score(for_session, candidate)
    assert found is not None
    return found.score


ids = st.sampled_from([ANA, BEN, CLEO])
sessions = st.builds(
    waiting,
    topic=st.sampled_from(["", "I cannot sleep", "panic at work", "my veterans benefits", "duelo por mi madre", "zzz"]),
    language=st.sampled_from(["en", "es-MX", "fr"]),
    priority=st.sampled_from(["low", "high", "emergency"]),
    waited_seconds=st.sampled_from([0.0, 599.9, 600.0, 5000.0]),
    preferred=st.none() | ids,
    previous=st.frozensets(ids),
    tried=st.frozensets(ids, max_size=1),
)
counselors = st.builds(
    counselor,
    id=ids,
    specializations=st.lists(st.sampled_from(["sleep", "anxiety & stress", "veterans", "cbt", "duelo"]), max_size=3).map(tuple),
    languages=st.lists(st.sampled_from(["en", "es", "fr-CA"]), max_size=2).map(tuple),
    status=st.sampled_from(["available", "busy", "offline"]),
    capacity=st.integers(0, 5),
    load=st.integers(0, 6),
    rating=st.none() | st.floats(1, 5),
)
crowds = st.lists(counselors, max_size=3, unique_by=lambda each: each.id)


@examples(100)
@given(session=sessions, candidate=counselors, more=st.integers(1, 5))
def test_more_load_never_raises_the_score(session: Waiting, candidate: Candidate, more: int) -> None:
    before, after = (matching.score(session, each) for each in (candidate, dataclasses.replace(candidate, load=candidate.load + more)))
    assert after is None or (before is not None and after.score <= before.score)


@examples(100)
@given(session=sessions, candidate=counselors, higher=st.floats(1, 5))
def test_a_better_rating_never_lowers_the_score(session: Waiting, candidate: Candidate, higher: float) -> None:
    low, high = sorted([candidate.rating or matching.UNRATED, higher])
    before, after = (matching.score(session, dataclasses.replace(candidate, rating=rating)) for rating in (low, high))
    assert (before is None) == (after is None)
    assert before is None or after is None or before.score <= after.score


@examples(100)
@given(session=sessions, candidate=counselors, other=counselors)
def test_who_was_asked_for_beats_everybody_who_speaks_the_language_no_better(session: Waiting, candidate: Candidate, other: Candidate) -> None:
    wanted = dataclasses.replace(candidate, id=ANA, languages=other.languages)
    session = dataclasses.replace(session, preferred=ANA)
    if matching.score(session, wanted) is not None:
        found = matching.best(session, [dataclasses.replace(other, id=BEN), wanted])
        assert found is not None and found.counselor_id == ANA


@examples(100)
@given(session=sessions, candidate=counselors)
def test_who_talked_with_the_person_before_beats_an_equal(session: Waiting, candidate: Candidate) -> None:
    session = dataclasses.replace(session, previous=frozenset({CLEO}), preferred=None, tried=frozenset())
    found = matching.best(session, [dataclasses.replace(candidate, id=each) for each in (ANA, BEN, CLEO)])
    assert found is None or found.counselor_id == CLEO


@examples(100)
@given(session=sessions, crowd=crowds, data=st.data())
def test_the_order_of_the_candidates_makes_no_difference(session: Waiting, crowd: list[Candidate], data: st.DataObject) -> None:
    assert matching.best(session, crowd) == matching.best(session, data.draw(st.permutations(crowd)))


@examples(100)
@given(session=sessions, crowd=crowds)
def test_the_best_is_one_of_the_highest_score_and_none_only_when_nobody_comes_into_question(session: Waiting, crowd: list[Candidate]) -> None:
    scores = {each.id: found for each in crowd if (found := matching.score(session, each)) is not None}
    best = matching.best(session, crowd)
    if best is None:
        assert not scores
    else:
        assert best == scores[best.counselor_id]
        assert best.score == max(each.score for each in scores.values())
        assert 0 <= best.score <= 215


@examples(100)
@given(session=sessions, candidate=counselors)
def test_nobody_is_asked_who_is_offline_or_was_asked_and_only_an_emergency_asks_the_full(session: Waiting, candidate: Candidate) -> None:
    if matching.score(session, candidate) is not None:
        assert candidate.status != "offline"
        assert candidate.id not in session.tried
        assert candidate.load < candidate.capacity or session.priority == "emergency"


def test_equals_are_told_apart_by_load_and_then_id() -> None:
    # 1 of 2 and 2 of 4 are the same share.
    crowd = [counselor(id=ANA, load=2, capacity=4), counselor(id=CLEO, load=1, capacity=2), counselor(id=BEN, load=1, capacity=2)]
    found = matching.best(waiting(), crowd)
    assert found is not None and found.counselor_id == BEN
    assert matching.best(waiting(), []) is None


def test_a_language_is_needed_until_ten_minutes_have_passed_or_in_an_emergency() -> None:
    spanish, english = waiting(language="es-MX", waited_seconds=599), counselor()
    assert matching.score(spanish, english) is None
    patient = matching.score(dataclasses.replace(spanish, waited_seconds=600), english)
    urgent = matching.score(dataclasses.replace(spanish, priority="emergency"), english)
    assert patient is not None and urgent is not None and "does not speak Spanish" in patient.reasons
    speaker = matching.score(spanish, counselor(languages=("en", "es")))
    assert speaker is not None and "speaks Spanish" in speaker.reasons
    assert speaker.score == patient.score + matching.LANGUAGE


@pytest.mark.parametrize(("asked", "spoken"), [("es", "es-MX"), ("ES-ar", "es"), ("zh_Hant", "zh")])
def test_languages_are_compared_by_their_primary_subtag(asked: str, spoken: str) -> None:
    assert matching.score(waiting(language=asked), counselor(languages=(spoken,))) is not None
    assert matching.score(waiting(language=asked), counselor(languages=("en", f"x{spoken}"))) is None


@pytest.mark.parametrize(
    ("topic", "language", "specialization", "reason"),
    [
        ("I lie awake at night and cannot sleep", "en", "insomnia", "sleep is among your specializations"),
        ("no puedo dormir", "es", "sleep", "sleep is among your specializations"),
        ("panic attacks", "en", "anxiety & stress", "anxiety is among your specializations"),
        ("I look for somebody who does CBT", "en", "cbt", "cbt is among your specializations"),
        ("coming home as a veteran", "en", "veterans", "veterans is among your specializations"),
    ],
)
def test_a_specialization_that_fits_the_topic_wins_and_is_given_as_reason(topic: str, language: str, specialization: str, reason: str) -> None:
    session = waiting(topic=topic, language=language)
    found = matching.best(session, [counselor(languages=("en", "es")), counselor(id=BEN, languages=("en", "es"), specializations=["taxes", specialization])])
    assert found is not None and found.counselor_id == BEN
    assert reason in found.reasons


def test_the_likeliest_topic_counts_in_full_and_a_topic_of_nothing_not_at_all() -> None:
    plain, sleep, anger = (counselor(specializations=each) for each in ([], ["sleep"], ["anger"]))
    assert points(waiting(), sleep) - points(waiting(), plain) == matching.TOPIC
    assert points(waiting(), anger) == points(waiting(), plain)
    assert points(waiting(topic="hello"), sleep) == points(waiting(topic="hello"), plain)


def test_busy_counts_less_and_the_unrated_as_a_four() -> None:
    assert points(waiting(), counselor()) - points(waiting(), counselor(status="busy")) == matching.AVAILABLE
    assert points(waiting(), counselor(rating=None)) == points(waiting(), counselor(rating=4.0)) < points(waiting(), counselor(rating=4.8))


def test_every_reason_is_told_weightiest_first() -> None:
    found = matching.score(waiting(preferred=ANA, previous=frozenset({ANA})), counselor(specializations=("sleep",)))
    assert found is not None
    assert found.reasons == ("this person asked for you", "you talked with this person before", "sleep is among your specializations", "speaks English", "1 of 3 places taken")
    assert found.score == 100 + 30 + 25 + 30 + 15 * 2 / 3 + 10 + 5 * 3 / 4


@examples(80)
@given(secret=st.text(alphabet="qxzjk", min_size=3, max_size=12), specializations=st.lists(st.sampled_from(["sleep", "cbt"]), max_size=2).map(tuple))
def test_no_word_of_the_persons_is_in_a_reason_or_the_sessions_repr(secret: str, specializations: tuple[str, ...]) -> None:
    session = waiting(topic=f"sleep {secret} cbt", language=f"{secret}-x", priority="emergency")
    found = matching.score(session, counselor(specializations=specializations))
    assert found is not None
    assert not any(secret in reason for reason in found.reasons)
    assert secret not in repr(dataclasses.replace(session, language="en"))


# --- Bio and experience --------------------------------------------------------------------------------------------------------------------


BIO = "I have helped people with insomnia: lying awake, waking up at three, nightmares, no sleep for nights."


def test_a_bio_counts_half_a_specialization_and_says_so() -> None:
    plain, says = counselor(), counselor(bio=BIO)
    assert points(waiting(), says) - points(waiting(), plain) == matching.TOPIC * matching.BIO
    assert points(waiting(), counselor(bio=BIO, specializations=("sleep",))) == points(waiting(), counselor(specializations=("sleep",)))
    found = matching.score(waiting(), says)
    assert found is not None and "your bio speaks of sleep" in found.reasons
    assert points(waiting(topic="grief"), says) == points(waiting(topic="grief"), plain)


@pytest.mark.parametrize(("languages", "is_read"), [(("es",), True), (("en", "es-MX"), True), (("en",), False), (("fr",), False)])
def test_a_bio_is_read_in_the_languages_its_counselor_speaks(languages: tuple[str, ...], is_read: bool) -> None:
    known = matching.knows((), languages, "Acompaño a personas en duelo, tras la muerte de un padre o una hija.")
    assert (max(known, key=known.__getitem__, default="") == "grief") is is_read


class Knows:
    """As if something had been learnt."""

    def __init__(self, shares: dict[str, float] | None, experience: dict[UUID, dict[str, float]] | None = None) -> None:
        self._shares, self.experience = shares, experience or {}

    def shares(self, stems: Sequence[str], language: str, similarities: Mapping[str, float]) -> dict[str, float] | None:
        assert (language, list(stems)) == ("en", list(topics.words("I cannot sleep"))) and similarities == dict(topics.guess("I cannot sleep"))
        return self._shares


def test_what_was_learnt_of_topics_takes_the_catalogues_place_where_its_language_was_learnt() -> None:
    crowd = [counselor(id=ANA, specializations=["sleep"]), counselor(id=BEN, specializations=["grief"])]
    for learnt, chosen in ((None, ANA), (Knows(None), ANA), (Knows({"grief": 1.0, "sleep": 0.2}), BEN), (Knows({}), ANA)):
        found = matching.best(waiting(), crowd, learnt)
        assert found is not None and found.counselor_id == chosen


def test_experience_adds_to_what_they_know_and_takes_from_it() -> None:
    shares = {"sleep": 1.0, "grief": 0.4}
    plain = points(waiting(), counselor())

    def fit(candidate: Candidate, experience: dict[str, float]) -> tuple[float, list[str]]:
        found = matching.score(waiting(), candidate, Knows(shares, {ANA: experience}))
        assert found is not None
        return round((found.score - plain) / matching.TOPIC, 4), [each for each in found.reasons if "sleep" in each]

    assert fit(counselor(), {"sleep": 0.6}) == (0.6, ["chats about sleep went well with you"])
    assert fit(counselor(), {"sleep": 0.1}) == (0.1, [])
    assert fit(counselor(specializations=["sleep"]), {"sleep": -0.3}) == (0.7, ["sleep is among your specializations"])
    assert fit(counselor(specializations=["sleep"]), {"sleep": 0.3}) == (1.0, ["sleep is among your specializations"])
    assert fit(counselor(specializations=["grief"]), {"grief": -1.0})[0] == 0
    assert fit(counselor(), {})[0] == 0


# --- Places --------------------------------------------------------------------------------------------------------------------------------


@examples(80)
@given(queue=st.lists(sessions, max_size=4), crowd=crowds)
def test_the_table_has_the_points_of_each_free_place_and_no_others(queue: list[Waiting], crowd: list[Candidate]) -> None:
    queue = [dataclasses.replace(each, priority="high" if each.priority == "emergency" else each.priority) for each in queue]
    places, table = matching.table(queue, crowd)
    for each in crowd:
        assert places.count(each.id) == max(0, min(len(queue), each.capacity - each.load))
    before: Counter[UUID] = Counter()
    for column, id_ in enumerate(places):
        one = next(each for each in crowd if each.id == id_)
        fuller = dataclasses.replace(one, load=one.load + before[id_])
        before[id_] += 1
        for session, row in zip(queue, table, strict=True):
            found = matching.score(session, fuller)
            assert (row[column] is None) is (found is None)
            assert found is None or row[column] == pytest.approx(found.score, abs=0.011)


@examples(80)
@given(session=sessions, crowd=crowds)
def test_one_alone_gets_in_turn_whom_it_suits_best(session: Waiting, crowd: list[Candidate]) -> None:
    session = dataclasses.replace(session, priority="low")
    places, table = matching.table([session], crowd)
    [place] = matching.in_turn(table)
    found = matching.best(session, crowd)
    assert (places[place] if place is not None else None) == (found.counselor_id if found is not None else None)
