"""What it is worth to assign those who wait together instead of one after the other: `python -m bench.assignment`. Made-up people and counselors; status 1 on a miss.

Once 200 people wait and 50 counselors come on duty; then eight hours in which people come and chats end, all accepted at once. Looked at are the points of
`domain.chat.matching`, who is served, how long people wait, and what it costs. Neither may ever leave out somebody for one behind them.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from uuid import UUID

from analytics.assignment import assign
from domain import topics
from domain.chat import matching
from domain.chat.matching import Candidate, Waiting
from domain.chat.views import PRIORITIES, SECONDS_A_PRIORITY

WAYS: dict[str, Callable[[list[list[float | None]]], list[int | None]]] = {"in turn": matching.in_turn, "together": assign}
# An offer comes within a second; so this is what planning may take, reading and writing aside.
MOST_SECONDS = 0.5
_STEP_SECONDS = 10


def main() -> int:
    good = at_once(waiting=200, counselors=50)
    return 0 if eight_hours() and good else 1


def at_once(*, waiting: int, counselors: int, times: int = 10) -> bool:
    served, points, seconds = ({way: list[float]() for way in WAYS} for _ in range(3))
    passed_over = 0
    for seed in range(times):
        chance = random.Random(seed)
        queue = sorted((person(chance, number, waited=chance.uniform(0, 1_500)) for number in range(waiting)), key=rank)
        crowd = [counselor(chance, number) for number in range(counselors)]
        for way, assigning in WAYS.items():
            began = time.process_time()
            _, table = matching.table(queue, crowd)
            found = assigning(table)
            seconds[way].append(time.process_time() - began)
            served[way].append(sum(place is not None for place in found))
            points[way].append(sum(table[row][place] or 0.0 for row, place in enumerate(found) if place is not None))
            if way == "together":
                passed_over += any_passed_over(table, found)
    print(f"{waiting} people wait, {counselors} counselors come on duty, {times} times:")
    for way in WAYS:
        print(
            f"  {way:9} {statistics.mean(served[way]):.1f} served, {statistics.mean(points[way]) / statistics.mean(served[way]):.1f} points each, "
            f"{statistics.mean(points[way]):.0f} in sum; CPU {statistics.median(seconds[way]):.2f} s"
        )
    gain = statistics.mean(points["together"]) / statistics.mean(points["in turn"]) - 1
    fewer = sum(ours < theirs for ours, theirs in zip(served["together"], served["in turn"], strict=True))
    good = not passed_over and not fewer and statistics.median(seconds["together"]) <= MOST_SECONDS
    print(
        f"  together gives {gain:+.1%} points; fewer served {fewer} times, somebody passed over {passed_over} times: none allowed; at most {MOST_SECONDS} s: {'holds' if good else 'MISSED'}"
    )
    return good


def any_passed_over(table: list[list[float | None]], found: list[int | None]) -> bool:
    """Whether somebody who was left out could have had a free place, or the place of one behind them."""
    taken = {place: row for row, place in enumerate(found) if place is not None}
    return any(found[row] is None and any(points is not None and taken.get(place, len(table)) > row for place, points in enumerate(table[row])) for row in range(len(table)))


def eight_hours(days: int = 3) -> bool:
    """A queue of the night, then as many people as the counselors can just serve; the same people and counselors for either way."""
    waits: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    points: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for seed in range(days):
        for way, assigning in WAYS.items():
            waited, given = a_day(seed, assigning)
            waits[way].append(waited)
            points[way].append(given)
    print(f"Eight hours, 20 counselors, 40 people of the night and one more every 45 s, {days} times:")
    for way in WAYS:
        every = [*chain(*waits[way])]
        print(
            f"  {way:9} {len(every)} served, {statistics.mean(chain(*points[way])):.1f} points each; "
            f"waited {statistics.mean(every):.0f} s, one in ten over {statistics.quantiles(every, n=10)[-1]:.0f} s, at most {max(every) / 60:.0f} min"
        )
    together, in_turn = (statistics.mean(chain(*waits[way])) for way in ("together", "in turn"))
    gains = [statistics.mean(ours) - statistics.mean(theirs) for ours, theirs in zip(points["together"], points["in turn"], strict=True)]
    print(f"  together: points {statistics.mean(gains):+.2f} each (by day {min(gains):+.2f} to {max(gains):+.2f})")
    good = together <= in_turn
    print(f"  people wait no longer together: {'holds' if good else 'MISSED'}")
    return good


def a_day(seed: int, assigning: Callable[[list[list[float | None]]], list[int | None]]) -> tuple[list[float], list[float]]:
    """Of all who were served, in order: how long they waited, and the points of whom they got."""
    chance = random.Random(seed)
    crowd = {each.id: each for each in (counselor(chance, number) for number in range(20))}
    coming = [(0.0, number) for number in range(40)] + [(at, 100 + number) for number, at in enumerate(range(0, 8 * 3600, 45))]
    people = {number: person(chance, number, waited=0) for _, number in coming}
    lengths = {number: chance.expovariate(1 / 1_500) for _, number in coming}
    queue: list[tuple[float, int]] = []
    ending: list[tuple[float, UUID]] = []
    waits, points = [], []
    for now in range(0, 8 * 3600, _STEP_SECONDS):
        for at, id_ in [each for each in ending if each[0] <= now]:
            crowd[id_] = replace(crowd[id_], load=crowd[id_].load - 1)
            ending.remove((at, id_))
        queue += [each for each in coming if now - _STEP_SECONDS < each[0] <= now]
        waiting = {number: replace(people[number], waited_seconds=now - at) for at, number in queue}
        order = sorted(waiting, key=lambda number: rank(waiting[number]))
        free = [each for each in crowd.values() if each.load < each.capacity]
        if not free or not order:
            continue
        places, table = matching.table([waiting[number] for number in order], free)
        for row, place in enumerate(assigning(table)):
            if place is not None:
                id_, number = places[place], order[row]
                crowd[id_] = replace(crowd[id_], load=crowd[id_].load + 1)
                ending.append((now + lengths[number], id_))
                waits.append(waiting[number].waited_seconds)
                points.append(table[row][place] or 0.0)
                queue = [each for each in queue if each[1] != number]
    return waits, points


def rank(waiting: Waiting) -> float:
    return -(waiting.waited_seconds + PRIORITIES.index(waiting.priority) * SECONDS_A_PRIORITY)


def person(chance: random.Random, number: int, *, waited: float) -> Waiting:
    """Twenty words of what the catalogue says about a topic."""
    language = chance.choices(["en", "es"], [4, 1])[0]
    stands = getattr(chance.choice(topics.load()).words, language).split()
    start = chance.randrange(len(stands) - 20)
    return Waiting(UUID(int=number + 1), " ".join(stands[start : start + 20]), language, chance.choice(["low", "medium", "medium", "high"]), waited)


def counselor(chance: random.Random, number: int) -> Candidate:
    specializations = [topic.slug for topic in chance.sample(topics.load(), 3)]
    return Candidate(
        UUID(int=number + 1_000_000), specializations, chance.choice([["en"], ["en"], ["en", "es"]]), chance.choice(["available", "available", "busy"]), chance.randint(1, 4), 0,
        chance.uniform(3.5, 5), f"I have worked for years with people and their {' and '.join(specializations)}, and with whoever else comes.",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
