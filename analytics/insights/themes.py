"""What the person's notes are about on better and worse days."""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise

import numpy as np

from analytics.diary import Diary
from analytics.insights.beside import LEAST, MOST_COMPARED, Presence, claimed, enough_of, entries_on, incidence
from analytics.insights.claims import Told, lacks
from analytics.insights.days import HALF_YEAR, Days, numbers
from analytics.insights.persistence import Persistence
from analytics.insights.word_lists import PHRASE, UNREMARKABLE, is_sensitive, words

_LEAST_NOTES = 20
_LEAST_LETTERS = 3


def themes(diary: Diary, days: Days, model: Persistence) -> Told:
    """`theme`: days whose notes hold a word, or two in a row, against other days with notes, over the last 26 weeks.

    Least data: 20 days with a note; 8 of them with and 8 without the theme, in 8 separate stretches. No themes are words that bind sentences, words that rate the
    day itself, and whatever is sensitive (`word_lists`). Of themes on the very same days the longest is told; at most the 40 commonest are compared.
    Statistic: as for factors (`beside.compared`), in a family of its own. Wording: higher or lower when notes mention it, never why.
    """
    half_year = days.last(HALF_YEAR)
    noted = half_year.where(_have_notes(diary, half_year))
    if len(noted) < _LEAST_NOTES:
        return lacks("theme", len(noted), _LEAST_NOTES, "notes")
    by_rows: dict[frozenset[int], str] = {}
    for theme, rows in sorted(_frequent(diary, noted).items(), key=lambda each: (len(each[0]), each[0])):
        if not is_sensitive(theme):
            by_rows[frozenset(rows)] = theme
    chosen = sorted((Presence(set(rows), Counter([theme])) for rows, theme in by_rows.items()), key=lambda each: (-len(each.rows), each.name))
    asked = incidence(chosen, len(noted))
    enough, _ = enough_of(asked)
    kept = np.flatnonzero(enough)[:MOST_COMPARED]
    return Told(claims=claimed("theme", [chosen[each] for each in kept], asked[:, kept], noted, model, named="theme", counted="notes"))


def _frequent(diary: Diary, noted: Days) -> dict[str, list[int]]:
    """The rows of the days on which each theme was written of, for those that may be on enough days with and without."""
    by_row: list[set[str]] = [set() for _ in range(len(noted))]
    for entry, row in zip(*entries_on(diary, noted), strict=True):
        by_row[row].update(_themes(diary.notes[entry]))
    count = Counter(chain.from_iterable(by_row))
    frequent = {theme for theme, days in count.items() if LEAST <= days <= len(noted) - LEAST}
    rows: dict[str, list[int]] = {theme: [] for theme in frequent}
    for row, found in enumerate(by_row):
        for theme in found & frequent:
            rows[theme].append(row)
    return rows


def _themes(note: str | None) -> list[str]:
    found = []
    for part in PHRASE.split(note or ""):
        telling = [each if len(each) >= _LEAST_LETTERS and each not in UNREMARKABLE else None for each in words(part)]
        found += [each for each in telling if each] + [f"{one} {two}" for one, two in pairwise(telling) if one and two and one != two]
    return found


def _have_notes(diary: Diary, days: Days) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    noted = np.fromiter((bool(note and note.strip()) for note in diary.notes), bool, len(diary))
    return np.isin(days.number, numbers(diary)[noted])
