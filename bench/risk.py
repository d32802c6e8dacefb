"""The crisis check on real comments and on hostile texts: `python -m bench.risk [folder with everyday.csv]`. Prints counts and times only.

The slowest of many 8,000-byte texts made to be slow must stay under 50 ms, at most 1 % of everyday comments may be flagged; a miss ends with status 1.
"""

from __future__ import annotations

import csv
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from domain import risk, risk_lexicon_en, risk_lexicon_es, risk_reading

MOST_BYTES = 8_000
MOST_MILLISECONDS = 50
MOST_FLAGGED = 0.01
REPEATED = (
    "a", "k ", "i ", "i'", "i.", "1 ", "$", "..", ". ", "\n\n", "'\"", "* ", "k*", "a-", "ﷺ", "ﬃ ", "①", "💀", "\u200b", "aa ", "don ' t ", "I", "lI", "no, ", "kill", "kill ",
    "want to ", "myself ", "killmyself", "wanttodie", "killmyselfx", "sui cide ", "ki ll ", "my self ", "k.i.l.l. ", "not going to ", "i dont want to die ",
    "no quiero morir ", "if i have to i want to die lol ", 'he said "i want to die" ', "when i was 15 i wanted to kill myself, i am happy ", "i want to kill myself ",
)  # fmt: skip


def everyday_flagged(path: Path) -> tuple[int, int]:
    """How many of the file's comments are flagged, and how many there are."""
    with path.open(newline="", encoding="utf-8") as file:
        results = [risk.assess(row["text"]) is not None for row in csv.DictReader(file)]
    return sum(results), len(results)


def everyday_passes(path: Path) -> bool:
    """Whether few enough of the file's comments are flagged; prints how many."""
    began = time.perf_counter()
    flagged, of = everyday_flagged(path)
    seconds = time.perf_counter() - began
    print(f"everyday.csv: {flagged} of {of} flagged ({flagged / of:.2%}, allowed {MOST_FLAGGED:.0%}); {seconds / of * 1e6:.0f} µs a comment")
    return flagged <= MOST_FLAGGED * of


def hostile_texts() -> Iterator[tuple[str, str]]:
    """Named texts that make a check of this kind slow: one thing repeated, words of the lexicon at random, and the words of each rule over and over."""
    chance = random.Random(1)
    words = sorted(risk_reading.SIGNS)
    for piece in REPEATED:
        yield repr(piece), piece * MOST_BYTES
    for number in range(20):
        yield f"random words {number}", " ".join(chance.choices(words, k=MOST_BYTES // 2))
        yield f"random words run together {number}", "".join(chance.choices(words, k=MOST_BYTES // 2))
        yield f"random disguises {number}", " ".join("".join(chance.choices("kilmysefdotwan1$*!@", k=9)) for _ in range(MOST_BYTES // 10))
        yield f"random separators {number}", "".join("k" + "".join(chance.choices(" .-_/~#%&'\"", k=3)) for _ in range(MOST_BYTES // 4))
    for block in [*risk_lexicon_en.RULES.values(), *risk_lexicon_es.RULES.values()]:
        for rule in re.sub(r"\n +", " ", block.strip()).splitlines():
            name, _, phrase = rule.partition(": ")
            plain = [word for word in phrase.split() if word in risk_reading.SIGNS]
            for length in range(1, 4):
                yield f"{name} {length}", " ".join(plain[:length] * MOST_BYTES)


def milliseconds(text: str) -> float:
    """The best of three: what the check takes, not what else the machine does."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        risk.assess(text)
        times.append(time.perf_counter() - began)
    return min(times) * 1000


def main() -> int:
    times = sorted((milliseconds(text.encode()[:MOST_BYTES].decode(errors="ignore")), name) for name, text in hostile_texts())
    print(
        f"{len(times)} hostile texts of {MOST_BYTES} bytes: median {times[len(times) // 2][0]:.1f} ms, slowest {times[-1][0]:.1f} ms ({times[-1][1]}); allowed {MOST_MILLISECONDS}"
    )
    good = times[-1][0] <= MOST_MILLISECONDS
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data") / "everyday.csv"
    if path.exists():
        good &= everyday_passes(path)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
