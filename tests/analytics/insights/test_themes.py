"""Themes of notes: one word or two, never a filler, never what should not be held up to anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from analytics.diary import Diary
from analytics.findings import Finding, Need
from analytics.insights.themes import themes
from analytics.insights.word_lists import is_sensitive, words
from tests.analytics.insights.diaries import ago, chance, daily, findings, need, of, written

pytestmark = pytest.mark.filterwarnings("error")

DAYS = 60


def noted(note: Callable[[int], str | None], effect: float = -1.4, days: int = DAYS) -> Diary:
    """A mood a day; every third is better by so much. `note` gives that of a day, by its number."""
    moods = [3 + (0.5 if day % 2 == day // 2 % 2 else -0.5) + effect * (day % 3 == 0) for day in range(days)]
    return daily(moods, notes=[note(day) for day in range(days)])


def about(theme: str, effect: float = -1.4) -> Diary:
    """Every third day's note is of this, the others' of something else."""
    others = ("zebra", "quilt", "lamp", "brook")
    return noted(lambda day: f"{theme} {others[day // 3 % 4]}" if day % 3 == 0 else others[day % 4], effect)


def told(someone: Diary, theme: str) -> Finding | None:
    """What is told of a theme. Of the others, which are on the other days, the contrary may be told too."""
    return next((each for each in findings(someone, "theme") if each.subject == theme), None)


def asked(someone: Diary) -> set[str | None]:
    """The themes that were compared at all."""
    return {claim.tell().subject for claim in themes(someone, *of(someone)).claims}


@pytest.mark.parametrize(("notes", "expected"), [(0, Need("theme", 0, 20, "notes")), (19, Need("theme", 19, 20, "notes")), (20, None)])
def test_it_needs_twenty_days_with_a_note(notes: int, expected: Need | None) -> None:
    assert need(noted(lambda day: ("garden" if day % 2 else "lamp") if day < notes else ("", "  \n", None)[day % 3]), "theme") == expected


def test_several_notes_of_a_day_and_notes_of_last_year_do_not_count_for_it() -> None:
    assert need(written([(each // 2, 3) for each in range(37, -1, -1)], notes=["garden"] * 38), "theme") == Need("theme", 19, 20, "notes")
    assert need(daily([3] * 40, last=182, notes=["garden"] * 40), "theme") == Need("theme", 0, 20, "notes")


@pytest.mark.parametrize(("effect", "way"), [(1.4, "higher"), (-1.4, "lower")])
def test_a_theme_of_better_or_worse_days_is_told(effect: float, way: str) -> None:
    found = told(about("gardening", effect), "gardening")
    assert found
    assert (found.says, found.subject, found.n) == (f"theme.{way}", "gardening", DAYS)
    assert found.facts == {"theme": "gardening", "difference": pytest.approx(1.4, abs=0.15), "notes_with": 20, "notes_without": 40}
    assert found.evidence["daysWith"] == 20


def test_without_a_difference_none_is_told() -> None:
    assert told(about("gardening", 0.0), "gardening") is None
    assert asked(about("gardening", 0.0)) >= {"gardening"}


def test_days_without_a_note_are_not_compared() -> None:
    """They are the lowest of all, and yet the theme's days are the lower ones."""
    note = [None, "gardening", "lamp"]
    moods = [{0: 1.0, 1: 2.0, 2: 4.0}[day % 3] + (0.5 if day // 3 % 2 else -0.5) for day in range(90)]
    (lower, higher) = findings(daily(moods, notes=[note[day % 3] for day in range(90)]), "theme")
    assert {(each.says, each.subject, each.facts["notes_with"], each.facts["notes_without"]) for each in (lower, higher)} == {
        ("theme.lower", "gardening", 30, 30),
        ("theme.higher", "lamp", 30, 30),
    }


@pytest.mark.parametrize(
    "spell",
    [
        lambda day: "Gardening" if day % 2 else "GARDENING!",
        lambda day: f"{day} gardening, 🌱 gardening",
        lambda day: "gardening" if day % 2 else "the gardening",
    ],
)
def test_a_word_is_one_whatever_its_case_and_marks(spell: Callable[[int], str]) -> None:
    found = told(noted(lambda day: spell(day) if day % 3 == 0 else "lamp"), "gardening")
    assert found
    assert found.facts["notes_with"] == 20


def test_letters_with_marks_are_the_same_however_they_are_encoded() -> None:
    found = told(noted(lambda day: ("cafe\u0301" if day % 2 else "café") if day % 3 == 0 else "lamp"), "café")
    assert found
    assert found.facts["notes_with"] == 20


def test_of_themes_on_the_same_days_the_longest_is_told() -> None:
    assert asked(about("piano lesson")) >= {"piano lesson"}
    assert not asked(about("piano lesson")) & {"piano", "lesson"}
    assert told(about("piano lesson"), "piano lesson")


@pytest.mark.parametrize("filler", ["the", "feeling awful", "sad", "very tired today", "Monday", "triste", "me siento fatal", "ok", "12 34", "--"])
def test_fillers_and_words_that_rate_the_day_are_no_themes(filler: str) -> None:
    assert asked(about(filler)) == {"zebra", "quilt", "lamp", "brook"}


@pytest.mark.parametrize("days", [7, 53])
def test_what_is_on_too_few_days_or_on_nearly_all_is_not_compared(days: int) -> None:
    """Seven of sixty, and all but seven."""
    chosen = {round(number * 8.5) for number in range(7)}
    assert "gardening" not in asked(noted(lambda day: "gardening zz" if (day in chosen) is (days == 7) else "zz"))


def test_one_spell_is_not_compared() -> None:
    """Twenty days in a row, and then no more."""
    assert "gardening" not in asked(noted(lambda day: "gardening" if day < 20 else "zz"))


SENSITIVE = (
    "suicide", "suicidal", "kill", "died", "death", "self-harm", "selfharm", "cutting", "overdose", "pills", "rape", "raped", "abusive", "violence", "sex", "sexual", "porn",
    "pregnant", "miscarriage", "abortion", "cancer", "diagnosis", "bipolar", "anorexia", "vomiting", "drunk", "alcohol", "cocaine", "relapsed", "praying", "gay", "transgender", "prison",
    "suicidio", "matarme", "morir", "muerte", "autolesión", "autolesiones", "sangre", "pastillas", "violación", "abuso", "acoso", "embarazada", "cáncer", "borracho", "droga", "adicción",
    "policía", "cárcel",
)  # fmt: skip


def test_what_is_sensitive_is_never_a_theme() -> None:
    others = {"zebra", "quilt", "lamp", "brook"}
    assert [word for word in SENSITIVE if not is_sensitive(word) or not is_sensitive(word.upper()) or asked(about(word)) != others] == []


@pytest.mark.parametrize("phrase", ["self-harm", "self harm", "jump off", "jumping off", "hang myself", "end it", "acabar con todo", "quitarme la vida", "hacerme daño"])
def test_nor_is_what_is_left_of_a_sensitive_phrase(phrase: str) -> None:
    """Words that alone are harmless."""
    assert asked(about(phrase)) == {"zebra", "quilt", "lamp", "brook"}


def test_its_neighbours_may_be_but_never_together_with_it() -> None:
    found = asked(about("suicidal ceiling"))
    assert "ceiling" in found
    assert not [each for each in found if each and "suicid" in each]


@pytest.mark.parametrize("word", ["harmony", "skill", "studies", "grapes", "classical", "memoria", "matemáticas", "violín", "transport", "cutlery", "fathers", "weeding", "regalo"])
def test_harmless_words_that_look_like_it_may_be(word: str) -> None:
    assert not is_sensitive(word)
    assert word in asked(about(word))


def test_words_of_a_text() -> None:
    assert words("Don’t 2day—GO! l'été_x 🌱") == ("don't", "day", "go", "l'été", "x")
    assert words("") == ()


def test_none_of_the_words_of_chance_notes_is_told() -> None:
    """Eight people's notes, drawn without a look at the moods."""
    import random

    vocabulary = [one + two for one in ("ba", "do", "ki", "lu", "me") for two in ("nter", "lip", "gard", "molt")]
    shown = 0
    for seed in range(8):
        by_chance = random.Random(seed)
        notes = [" ".join(by_chance.sample(vocabulary, 5)) for _ in range(DAYS)]
        shown += bool(findings(daily(chance(DAYS, 300 + seed).tolist(), notes=notes), "theme"))
    assert shown <= 1


def test_notes_of_half_a_year_ago_are_still_read() -> None:
    listed: Iterable[tuple[int, float]] = [(181 - 3 * number, 3 + (-1.4 if number % 3 == 0 else 0) + (0.5 if number % 2 else -0.5)) for number in range(60)]
    found = told(written(listed, notes=["gardening" if number % 3 == 0 else "lamp" for number in range(60)]), "gardening")
    assert found
    assert found.window.first == ago(181)
