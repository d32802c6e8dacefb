"""What a text is about, and which topics a specialization names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import topics
from domain.catalog import CatalogError
from tests.properties import examples

SLUGS = {topic.slug for topic in topics.load()}

PARAGRAPH = "word " * 30
GOOD = f"""
[[topics]]
slug = "sleep"
name = {{ en = "Sleep", es = "Sueño" }}
aliases = ["sleep"]
words = {{ en = "{PARAGRAPH}", es = "{PARAGRAPH}" }}
[[topics]]
slug = "anger"
name = {{ en = "Anger", es = "Ira" }}
aliases = ["anger", "anger management"]
words = {{ en = "{PARAGRAPH}", es = "{PARAGRAPH}" }}
"""


@pytest.mark.parametrize(
    ("text", "language", "slug"),
    [
        ("sleep", "en", "sleep"),
        ("I have not slept, I lie awake every night", "en", "sleep"),
        ("PANIC attacks on the bus", "en", "anxiety"),
        ("my dog died last week", "en", "grief"),
        ("I think I’m gay and don’t know how to tell my parents", "en-GB", "identity"),
        ("drinking again after a year sober", "en", "addiction"),
        ("my boss keeps shouting at me", "en", "work-study"),
        ("no puedo dormir", "es", "sleep"),
        ("NO CONSIGO DORMIR, llevo días con insomnio", "es-MX", "sleep"),
        ("mi novia me dejó y no lo supero", "es", "relationships"),
        ("me siento muy sola, sin amigas", "es", "loneliness"),
        ("exámenes de la universidad", "es", "work-study"),
        ("Insomnie, je cherche quelqu'un: insomnia", "fr", "sleep"),
        ("insomnio", "en", "sleep"),
    ],
)
def test_the_likeliest_topic_comes_first(text: str, language: str, slug: str) -> None:
    assert topics.guess(text, language)[0][0] == slug


def test_case_accents_apostrophes_and_endings_make_no_difference() -> None:
    assert topics.guess("ANSIEDAD y pánico", "es") == topics.guess("ansiedad y panico", "es")
    assert topics.guess("I can’t stop worrying", "en") == topics.guess("cant stop worry", "en")
    assert topics.guess("lonely", "en") == topics.guess("loneliness", "en") != []


@pytest.mark.parametrize("text", ["", "   ", "12345 !!", "the and of", "こんにちは", "hello, I need help please", "\u0301" * 50])
def test_words_of_no_topic_say_nothing(text: str) -> None:
    assert topics.guess(text) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_topics_own_words_and_name_lead_back_to_it(language: str) -> None:
    for topic in topics.load():
        assert topics.guess(getattr(topic.words, language), language)[0][0] == topic.slug
        assert topics.guess(topics.name(topic.slug, language), language)[0][0] == topic.slug


@examples(80)
@given(
    text=st.one_of(st.text(), st.lists(st.sampled_from(["sleep", "dying", "mother", "no", "work", "ansiedad", "é", "\n"])).map(" ".join)),
    language=st.sampled_from(["en", "es", "pt-BR", ""]),
)
def test_similarities_are_cosines_of_known_topics_in_order(text: str, language: str) -> None:
    found = topics.guess(text, language)
    assert {slug for slug, _ in found} <= SLUGS
    assert len({slug for slug, _ in found}) == len(found)
    assert all(0 < similarity <= 1 for _, similarity in found)
    assert found == sorted(found, key=lambda each: (-each[1], each[0]))


def test_the_weights_are_those_of_the_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against figures worked out by hand, for two topics: `moon` stands in both, twice in a; `fog` in a alone."""
    both = [topics.Topic(slug, topics.Name(moon, ""), aliases, topics.Vocabulary("", "")) for slug, moon, aliases in [("a", "moon moon", ("fog",)), ("b", "moon", ())]]
    monkeypatch.setattr(topics, "_catalogue", lambda: {topic.slug: topic for topic in both})
    index = topics._index.__wrapped__("en")
    monkeypatch.setattr(topics, "_index", lambda _: index)
    # idf: moon ln(3/3) + 1 = 1, fog ln(3/2) + 1 = 1.4055. Topic a: moon 1 + ln 2 = 1.6931, fog 1.4055, length 2.2004; topic b: moon alone.
    # The text: moon 1, fog 1.4055, length 1.7249.
    a, b = (1 * 1.6931 + 1.4055**2) / (1.7249 * 2.2004), 1 / 1.7249
    assert dict(topics.guess("Fog, the moon, thunder")) == pytest.approx({"a": a, "b": b}, abs=1e-4)


@pytest.mark.parametrize(
    ("specialization", "slugs"),
    [
        ("anxiety", {"anxiety"}),
        ("Anxiety ", {"anxiety"}),
        ("anxiety & stress", {"anxiety", "stress"}),
        ("anxiety, sleep and trauma", {"anxiety", "sleep", "trauma"}),
        ("grief and loss", {"grief"}),
        ("couples therapy", {"relationships"}),
        ("eating disorder", {"eating"}),
        ("lgbtq+ issues", {"identity"}),
        ("self esteem", {"self-esteem"}),
        ("depresion", {"low-mood"}),
        ("terapia de pareja", {"relationships"}),
        ("trastornos del sueño", {"sleep"}),
        ("trauma-informed care", {"trauma"}),
        ("social work", set()),
        ("cbt", set()),
        ("therapy", set()),
        ("", set()),
    ],
)
def test_a_specialization_names_topics(specialization: str, slugs: set[str]) -> None:
    assert topics.slugs_of(specialization) == slugs


def test_every_alias_and_name_names_its_topic() -> None:
    for topic in topics.load():
        assert all(topic.slug in topics.slugs_of(alias) for alias in (*topic.aliases, topic.name.en, topic.name.es))


def test_a_topic_has_a_name_in_either_language() -> None:
    assert topics.name("sleep") == topics.name("sleep", "de") == "Sleep"
    assert topics.name("sleep", "es-AR") == "Sueño"
    with pytest.raises(KeyError):
        topics.name("no-such-topic")


def test_the_vocabularies_are_paragraphs_of_like_length() -> None:
    """A topic with more words than the others would attract more texts."""
    assert all(60 <= len(words.split()) <= 120 for topic in topics.load() for words in (topic.words.en, topic.words.es))


def test_a_well_formed_catalogue_loads(tmp_path: Path) -> None:
    (tmp_path / "topics.toml").write_text(GOOD, encoding="utf-8")
    assert [topic.slug for topic in topics.load(tmp_path / "topics.toml")] == ["sleep", "anger"]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("[[topics]]", "[[topics", "topics.toml"),
        ('slug = "anger"', 'slug = "sleep"', "sleep: stands there 2 times"),
        ('slug = "anger"', 'slug = "Anger!"', r"topics\[1\].slug"),
        ('slug = "anger"', 'slug = "anger"\ncolour = "red"', "colour"),
        ('aliases = ["sleep"]', "aliases = []", r"topics\[0\].aliases"),
        ('aliases = ["sleep"]', 'aliases = ["Sleep"]', "sleep: 'Sleep'"),
        ('aliases = ["sleep"]', 'aliases = ["therapy"]', "sleep: 'therapy'"),
        (', es = "Ira"', "", r"topics\[1\].name"),
        (PARAGRAPH, "word", "words"),
    ],
)
def test_a_malformed_catalogue_is_refused_with_its_place(tmp_path: Path, before: str, after: str, says: str) -> None:
    assert before in GOOD
    (tmp_path / "topics.toml").write_text(GOOD.replace(before, after), encoding="utf-8")
    with pytest.raises(CatalogError, match=says):
        topics.load(tmp_path / "topics.toml")


def test_a_catalogue_that_is_not_there_or_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"topics\.toml"):
        topics.load(tmp_path / "topics.toml")
    (tmp_path / "topics.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogError, match=r"topics\.toml"):
        topics.load(tmp_path / "topics.toml")
