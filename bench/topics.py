"""How well `domain.topics` guesses what a question is about: `python -m bench.topics FOLDER`, with the folder of `questions.csv`. Prints counts and scores only.

Labels that mean one of our topics are mapped to it; the rest (`professional-ethics`, `social-relationships` …) have no honest counterpart and are left out. The
vocabulary was written without a look at the questions. Even ids were seen while the weighting was chosen; odd ids are held out, and theirs is the figure to quote.
"""

from __future__ import annotations

import csv
import math
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from domain import topics

MEANT = {
    "depression": "low-mood",
    "intimacy": "intimacy",
    "human-sexuality": "intimacy",
    "relationships": "relationships",
    "relationship-dissolution": "relationships",
    "marriage": "relationships",
    "anxiety": "anxiety",
    "family-conflict": "family",
    "parenting": "parenting",
    "self-esteem": "self-esteem",
    "trauma": "trauma",
    "anger-management": "anger",
    "lgbtq": "identity",
    "workplace-relationships": "work-study",
    "substance-abuse": "addiction",
    "addiction": "addiction",
    "domestic-violence": "violence",
    "grief-and-loss": "grief",
    "sleep-improvement": "sleep",
    "eating-disorders": "eating",
    "stress": "stress",
}

Question = tuple[str, str]  # text, slug


def read(path: Path) -> tuple[list[Question], list[Question], int]:
    """The questions of even and of odd ids, and how many were left out."""
    halves: tuple[list[Question], list[Question]] = ([], [])
    left_out = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if slug := MEANT.get(row["topic"]):
                halves[int(row["id"]) % 2].append((f"{row['title']}\n{row['text']}", slug))
            else:
                left_out += 1
    return *halves, left_out


def report(title: str, questions: list[Question]) -> None:
    """Accuracy with its 95 % interval (Wilson), and that of always saying what is commonest among these very questions."""
    usual, commonest = Counter(slug for _, slug in questions).most_common(1)[0]
    ranks = [next((rank for rank, (found, _) in enumerate(topics.guess(text)) if found == slug), 99) for text, slug in questions]
    n, right = len(ranks), sum(rank == 0 for rank in ranks)
    low, high = wilson(right, n)
    print(f"{title}: {n} questions; right {right / n:.1%} ({low:.1%} to {high:.1%}), among the first three {sum(rank < 3 for rank in ranks) / n:.1%}; ", end="")
    print(f"always “{usual}” {commonest / n:.1%}")
    for slug, count in Counter(slug for _, slug in questions).most_common():
        print(f"  {slug:15} {sum(rank == 0 for rank, (_, meant) in zip(ranks, questions, strict=True) if meant == slug):3} of {count}")


def wilson(right: int, n: int) -> tuple[float, float]:
    z, share = 1.96, right / n
    middle, reach = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)


def speed() -> None:
    """Milliseconds a guess, the median of 200."""
    for size in (200, 8_000):
        text = (topics.load()[3].words.en + topics.load()[5].words.en).replace("\n", " ") * 10
        taken = []
        for _ in range(200):
            began = time.perf_counter()
            topics.guess(text[:size])
            taken.append(1_000 * (time.perf_counter() - began))
        print(f"{size} bytes: {statistics.median(taken):.2f} ms")


def accuracy(path: Path) -> None:
    seen, held_out, left_out = read(path)
    print(f"questions.csv: {len(seen) + len(held_out)} mapped onto our topics, {left_out} left out")
    report("seen while building", seen)
    report("held out", held_out)


def main(folder: str) -> None:
    accuracy(Path(folder) / "questions.csv")
    speed()


if __name__ == "__main__":
    main(sys.argv[1])
