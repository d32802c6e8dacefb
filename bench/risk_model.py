"""How much a trained model finds, at a fixed share of false alarms: `python -m bench.risk_model FOLDER`, with the folder of `everyday.csv` and `questions.csv`.

No labelled texts of people in crisis are at hand, so this cannot say what a model finds of those; `mentalspace risk evaluate` can, for whoever has such texts.
What it shows instead, in counts and shares only:

1. Made-up sentences. A model learns from those that the lexicon was written on (`tests/domain/sentences/caught.py`, `not_hidden.py`) and half of the
   everyday comments, and is tried on sentences written later without a look at the rules (`fresh.py`) and on the other half. The lexicon knows the fresh
   ones by now, so beside the model stands what it found at first sight, as noted there. Few hands wrote all of them: strangers' words will be harder.
   What a model of this kind cannot do is shown too: crisis words that are denied, quoted or a joke (`harmless.py`) alarm it.
2. Real questions. None is labelled a crisis; those about depression stand for it, against all others and the everyday comments, cross-validated. That shows
   how much is learnt of real writing from some dozens of texts, and nothing about crises. The lexicon is not made to find these.
3. What a look costs in CPU.

Ends with 1 when more than 1 % of the unseen half are flagged (beyond chance), or a text takes longer than 50 ms.
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from analytics.risk import MOST_CHARACTERS, RiskModel
from analytics.risk_training import Measured, Share, evaluate, train
from domain import risk
from tests.domain.sentences.caught import CATCH, DANGER
from tests.domain.sentences.fresh import HELD_OUT
from tests.domain.sentences.harmless import HELD_OUT_PASS, PASS
from tests.domain.sentences.not_hidden import NOT_HIDDEN

FALSE_ALARMS = 0.01
MOST_MILLISECONDS = 50
STANDS_FOR_CRISIS = "depression"
# Of the first four rounds of fresh sentences; noted in `fresh.py`.
ROUNDS_AT_FIRST_SIGHT, FIRST_SIGHT = 4, (112, 170)


def made_up(everyday: list[str]) -> tuple[RiskModel, bool]:
    """The model, and whether its false alarms on the unseen half are as few as they were meant to be."""
    known = [text for levels in CATCH.values() for texts in levels.values() for text in texts] + [text for texts in DANGER.values() for text in texts] + NOT_HIDDEN
    rounds = [[text for entries in each.values() for _, text in entries] for each in HELD_OUT]
    fresh = [text for each in rounds for text in each]
    seen, unseen = everyday[::2], everyday[1::2]
    model = train(known + seen, [True] * len(known) + [False] * len(seen), _lexicon(known + seen), FALSE_ALARMS).model
    used, at_rate = evaluate(model, fresh + unseen, [True] * len(fresh) + [False] * len(unseen), _lexicon(fresh + unseen), FALSE_ALARMS)
    print(f"made-up sentences: trained on {len(known)} and {len(seen)} everyday comments; tried on {len(fresh)} fresh ones and {len(unseen)} other comments")
    print(f"  model at {FALSE_ALARMS:.0%} of these comments: {_measured(at_rate.model)}")
    print(f"  model from the threshold of its training on: {_measured(used.model)}")
    first = [text for each in rounds[:ROUNDS_AT_FIRST_SIGHT] for text in each]
    print(f"  at first sight, rounds 1 to {ROUNDS_AT_FIRST_SIGHT}: model {sum(model.alarming(first))} of {len(first)}, lexicon {FIRST_SIGHT[0]} of {FIRST_SIGHT[1]}")
    missed = [text for text, found in zip(fresh, _lexicon(fresh), strict=True) if not found]
    print(f"  of the {len(missed)} that the lexicon of today misses the model finds {sum(model.alarming(missed))}")
    harmless = [text for texts in PASS.values() for text in texts] + list(HELD_OUT_PASS)
    print(f"  crisis words that mean none: model flags {sum(model.alarming(harmless))} of {len(harmless)}, lexicon {sum(_lexicon(harmless))}")
    return model, used.model.false_alarms.low <= FALSE_ALARMS


def questions(path: Path, everyday: list[str]) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        asked = {f"{row['title']}\n{row['text']}": row["topic"] == STANDS_FOR_CRISIS for row in csv.DictReader(file)}
    texts = [*asked, *everyday]
    labels = [*asked.values(), *(False for _ in everyday)]
    scores = train(texts, labels, _lexicon(texts), FALSE_ALARMS).scores
    print(f"real questions: {sum(labels)} about {STANDS_FOR_CRISIS} against {len(asked) - sum(labels)} others and {len(everyday)} comments, cross-validated")
    for name, one in (("lexicon", scores.lexicon), ("model", scores.model), ("both", scores.both)):
        print(f"  {name}: {_measured(one)}")


def cost(model: RiskModel, everyday: list[str]) -> bool:
    """Whether the longest text is scored fast enough; prints what texts cost in CPU, each by itself."""
    usual = statistics.median(_milliseconds(model, text) for text in everyday[:300])
    long = {
        name: _milliseconds(model, text[:MOST_CHARACTERS])
        for name, text in (("comments", " ".join(everyday)), ("one word", "ab" * MOST_CHARACTERS), ("signs", "ﬃ " * MOST_CHARACTERS))
    }
    print(f"a comment takes {usual:.2f} ms, {MOST_CHARACTERS} characters " + ", ".join(f"{each:.1f} ms ({name})" for name, each in long.items()) + f"; allowed {MOST_MILLISECONDS}")
    return max(long.values()) <= MOST_MILLISECONDS


def _milliseconds(model: RiskModel, text: str) -> float:
    times = []
    for _ in range(3):
        began = time.process_time()
        model.scores([text])
        times.append(time.process_time() - began)
    return min(times) * 1000


def _lexicon(texts: Iterable[str]) -> list[bool]:
    return [risk.assess(text) is not None for text in texts]


def _measured(one: Measured) -> str:
    return f"finds {_share(one.recall)}, false alarms {_share(one.false_alarms)}"


def _share(one: Share) -> str:
    return f"{one.count} of {one.of} ({one.share:.1%}, {one.low:.1%} to {one.high:.1%})"


def main() -> int:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    for name in ("everyday.csv", "questions.csv"):
        if not (data / name).exists():
            print(f"error: {data} holds no {name}", file=sys.stderr)
            return 1
    with (data / "everyday.csv").open(newline="", encoding="utf-8") as file:
        everyday = list(dict.fromkeys(row["text"] for row in csv.DictReader(file)))
    model, good = made_up(everyday)
    questions(data / "questions.csv", everyday)
    good &= cost(model, everyday)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
