"""Made-up chats that ended, for matching to learn from: people who use words of their own for what the catalogue calls otherwise, and counselors who know some topics."""

from __future__ import annotations

import random
from uuid import UUID

from domain import topics
from domain.matching_training import Chat, Material

# For each of these topics, words that the catalogue knows nothing of.
SAID = {
    "sleep": ("gromble", "wexing", "plorten"),
    "anger": ("skrivel", "tombark", "uzzick"),
    "grief": ("velmori", "quoodle", "marnip"),
    "eating": ("fizzort", "nalquo", "bripsel"),
}
_FILL = ("please", "lately", "again", "evening", "sister", "window", "yellow", "train")


def practice(people: int = 200, *, seed: int = 1, at_random: bool = False, language: str = "en") -> Material:
    """One chat each. Who was asked first took it if it was for them, else mostly declined, and one who knows took it. `at_random`: nothing depends on anything."""
    chance, slugs = random.Random(seed), list(SAID)
    counselors = [UUID(int=number) for number in range(1, 9)]
    specialized = {counselor: frozenset({slugs[place % 4]}) for place, counselor in enumerate(counselors)}
    chats = []
    for number in range(people):
        slug = chance.choice(slugs)
        text = " ".join([*chance.sample(SAID[chance.choice(slugs) if at_random else slug], 2), *chance.sample(_FILL, 3)])
        asked = chance.choice(counselors)
        suits = slug in specialized[asked]
        takes = chance.random() < (0.5 if at_random else 1.0 if suits else 0.2)
        taken_by = asked if takes else chance.choice(counselors if at_random else [each for each in counselors if slug in specialized[each]])
        went_well = chance.random() < 0.5 if at_random else slug in specialized[taken_by]
        stems, similarities = list(topics.words(text, language)), dict(topics.guess(text, language))
        declined = frozenset({asked} - {taken_by}) if not takes else frozenset()
        chats.append(Chat(UUID(int=1_000 + number), language, stems, similarities, taken_by, chance.choice([4, 5, None]) if went_well else 2, declined))
    return Material(chats, specialized, {counselor: dict.fromkeys(known, 1.0) for counselor, known in specialized.items()})
