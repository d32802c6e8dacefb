"""What somebody may want to talk about, guessed from their words: TF-IDF over the counseling topics of `catalog/topics.toml`.

A topic's document is its name, its aliases and its vocabulary in one language. A word that stands tf times in a text weighs
(1 + ln tf) · idf with idf = ln((1 + N) / (1 + df)) + 1, for N topics of which df use the word (Salton & Buckley 1988,
doi 10.1016/0306-4573(88)90021-0; the idf smoothed, so that a word of every topic still counts); similarity is the cosine. Words
that no topic uses say nothing and are left out. `bench/topics.py` measures how often the guess is right.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec

from domain import catalog
from domain.languages import spoken

Slug = Annotated[str, msgspec.Meta(pattern="^[a-z]+(-[a-z]+)*$")]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Text = Annotated[str, msgspec.Meta(min_length=100, max_length=2_000)]


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: Line
    es: Line


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: Text
    es: Text


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slug: Slug
    name: Name
    aliases: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1)]
    words: Vocabulary


class _File(msgspec.Struct, forbid_unknown_fields=True):
    topics: Annotated[tuple[Topic, ...], msgspec.Meta(min_length=2)]


def guess(text: str, language: str = "en") -> list[tuple[str, float]]:
    """Slugs of the topics that share words with the text, with their similarity (above 0, at most 1), best first.

    `language` is any BCP 47 tag; one that we do not speak is read as English. Raises CatalogError at the first use of a malformed catalogue.
    """
    index = _index(spoken(language))
    found = Counter(word for word in words(text, language) if word in index)
    similarities: Counter[str] = Counter()
    length = 0.0
    for word, times in found.items():
        idf, postings = index[word]
        weight = (1 + math.log(times)) * idf
        length += weight * weight
        for slug, share in postings:
            similarities[slug] += weight * share  # type: ignore[assignment]
    return sorted(((slug, min(1.0, product / math.sqrt(length))) for slug, product in similarities.items()), key=lambda each: (-each[1], each[0]))


def documents(language: str) -> dict[str, list[str]]:
    """By slug, in the catalogue's order, what stands there about each topic in a language that we speak: its stems, in order."""
    return {slug: list(words("\n".join([_name(topic, language), *topic.aliases, getattr(topic.words, language)]), language)) for slug, topic in _catalogue().items()}


def name(slug: str, language: str = "en") -> str:
    """Raises KeyError for a slug that the catalogue does not have."""
    return _name(_catalogue()[slug], language)


@lru_cache(maxsize=4_096)
def slugs_of(specialization: str) -> frozenset[str]:
    """The topics that a counselor's specialization names: as a whole (`grief and loss`) or in its parts (`anxiety & stress`), with or without `therapy`, `disorders` and the like.

    A method, such as `cbt`, names no topic.
    """
    return frozenset().union(*(_aliases().get(key, frozenset()) for key in _keys(specialization)))


def load(path: Path | None = None) -> tuple[Topic, ...]:
    """Read and check the catalogue of topics. Raises CatalogError."""
    path = path or catalog.FOLDER / "topics.toml"
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).topics
    except (OSError, ValueError) as error:
        raise catalog.CatalogError(f"{path.name}: {error}") from None
    for slug, times in Counter(topic.slug for topic in found).items():
        if times > 1:
            raise catalog.CatalogError(f"{path.name}: {slug}: stands there {times} times")
    for topic in found:
        for alias in topic.aliases:
            if alias != alias.lower().strip() or not any(_keys(alias)):
                raise catalog.CatalogError(f"{path.name}: {topic.slug}: {alias!r} is not a lower-case name")
    return found


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Topic]:
    return {topic.slug: topic for topic in load()}


def _name(topic: Topic, language: str) -> str:
    return str(getattr(topic.name, spoken(language)))


@lru_cache
def _index(language: str) -> dict[str, tuple[float, list[tuple[str, float]]]]:
    """For each word its idf and its part in every topic that uses it, the topics' vectors being of length 1."""
    found = {slug: Counter(stems) for slug, stems in documents(language).items()}
    used_by = Counter(word for counts in found.values() for word in counts)
    index = {word: (math.log((1 + len(found)) / (1 + df)) + 1, list[tuple[str, float]]()) for word, df in used_by.items()}
    for slug, counts in found.items():
        weights = {word: (1 + math.log(times)) * index[word][0] for word, times in counts.items()}
        length = math.hypot(*weights.values())
        for word, weight in weights.items():
            index[word][1].append((slug, weight / length))
    return index


@lru_cache(maxsize=1)
def _aliases() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for slug, topic in _catalogue().items():
        for key in {key for each in (*topic.aliases, topic.name.en, topic.name.es) for key in _keys(each)}:
            found[key] = found.get(key, frozenset()) | {slug}
    return found


# --- Words ---------------------------------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W\d_]{2,40}")
_APOSTROPHE = re.compile("['’‘`´ʼ]")

_COMMONEST = {
    "en": """
        a about actually after again all almost also although always am an and any anymore anything are arent around as at away back be because been
        before being both but by came can cannot cant come could couldnt day days did didnt do does doesnt doing dont down each either else even ever
        every everything feel feeling feels felt few first for from get gets getting give go goes going gone got had has hasnt have havent having he
        hello help helped helping helps her here hers herself hes hey hi him himself his how i id if ill im in into is isnt it its itself ive just
        keep kind know known last lately let like little long lot made make makes many may maybe me might mine more most much must my myself need
        never new no not nothing now of off often on once one only or other our ours out over own people please put quite rather really said same say
        says see seem seems she shes should since so some someone something sometimes still such take tell than thank thanks that thats the their them
        themselves then there these they theyre thing things think this those though through time times to told too try trying under until up us very
        want wanted wants was wasnt way we well went were what when where which while who why will with without wont would wouldnt year years yes yet
        you your yours yourself
    """,
    "es": """
        a al algo alguien algun alguna algunas algunos alli ante antes aqui asi aun aunque ayuda ayudar ayudeme ayuden ayudenme bien buenas buenos
        cada casi como con contra cosa cosas cual cuando cuanto cuya da dan de deberia debo decir del desde despues dia dias dice donde dos durante e
        el ella ellas ello ellos en entonces entre era eran es esa esas ese eso esos esta estaba estado estamos estan estar estas este esto estos
        estoy favor fue fueron gracias ha haber habia hace hacer haces hacia hago han has hasta hay he hecho hemos hizo hola hoy incluso ir la las le
        les lo los luego mas me menos mi mia mientras mio mis misma mismo mucha muchas mucho muchos muy nada ni ningun ninguna no nos nosotras
        nosotros nuestra nuestro nunca o os otra otras otro otros para pero poco podria por porque puede pueden puedo pues que quien quiere quiero
        quizas saber se sea segun sentir ser si sido siempre siente siento sin sobre solo son soy su sus suya tal tambien tampoco tan tanto te tener
        tengo ti tiempo tiene tienen toda todas todavia todo todos tu tus un una unas uno unos va vamos van veces vez voy y ya yo
    """,
}
_STOP_WORDS = {language: frozenset(common.split()) for language, common in _COMMONEST.items()}

# A stem is the least of a word, three letters at least, that a known ending completes; vowels at its end and doubled letters in it go.
_ENDINGS = {
    "en": re.compile(r"(.{3,}?)(?:(?:ations?|ions?|iness|ness|ments?|ings?|edly|ed|ously|ous|ives?|fully|ful|less|ers?|ies|es|s)?)"),
    "es": re.compile(
        r"(.{3,}?)(?:(?:aciones|acion|iciones|icion|siones|sion|amientos?|imientos?|amente|mente|andome|iendome|ando|iendo|arme|erme|irme|arse|erse|irse|ad[oa]s?|id[oa]s?"
        r"|aba[ns]?|ab[oa]|ia[ns]?|os[oa]s?|it[oa]s?|ar|er|ir|an|en|es|s)?)"
    ),
}
_VOWELS_AT_THE_END = {"en": re.compile("(?<=...)[eiy]+$"), "es": re.compile("(?<=...)[aeio]+$")}
_DOUBLED = re.compile(r"([^aeiou])\1+")


def words(text: str, language: str = "en") -> Iterator[str]:
    """A text's words without the commonest, accents, case and endings."""
    language = spoken(language)
    common, endings, vowels = _STOP_WORDS[language], _ENDINGS[language], _VOWELS_AT_THE_END[language]
    for word in _WORD.findall(_folded(text)):
        if word not in common:
            stem = endings.fullmatch(word)
            yield _DOUBLED.sub(r"\1", vowels.sub("", stem[1] if stem else word))


def _folded(text: str) -> str:
    """Lower case, no accents, no apostrophes."""
    return _APOSTROPHE.sub("", "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c)))


_BETWEEN_PARTS = re.compile(r"[,;/&+|]|\b(?:and|or|y|e|o|u)\b")
_SAYS_NOTHING = """
    and apoyo asesoramiento at based care centered clinical con concern counseling counselling de del difficulties difficulty dificultades disorder
    disorders el en focused for general gestion in informed intervention issue issues la las los management manejo of or para por problem problema
    problemas problems psicoterapia related support terapia terapias the therapies therapist therapy trastorno trastornos tratamiento treatment with y
"""
_SAYS_NOTHING_WORDS = frozenset(_SAYS_NOTHING.split())


def _keys(specialization: str) -> Iterator[str]:
    """What a specialization, and each part of it, is looked up by."""
    folded = _folded(specialization)
    for part in (folded, *_BETWEEN_PARTS.split(folded)):
        if key := " ".join(word.removesuffix("s") for word in re.findall(r"[^\W_]+", part) if word not in _SAYS_NOTHING_WORDS):
            yield key
