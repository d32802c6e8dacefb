"""How the app is used: counted as a walk through everything would count it, and told of ten and more only."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from core import clock, db
from domain import engagement_counts
from domain.engagement import Engagement, engagement
from tests.crowds import JOINED, ask, begin, breathe, crowd, days, finish, log, noon, write
from tests.people import World

FIRST, LAST = date(2026, 3, 2), date(2026, 4, 5)
WITHOUT = '{"privacy": {"activityTracking": false}}'
# The clocks of Madrid go forward on 29 March, those of New York did on 8 March; Kiritimati is 14 hours before, Pago Pago 11 behind.
ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago")


@pytest.fixture(autouse=True)
def _empty(world: World) -> None:
    """What is counted here is what the test puts there."""


async def programs() -> list[UUID]:
    return [row["id"] for row in await db.fetch("SELECT id FROM programs WHERE is_active ORDER BY title, id")]


async def modules() -> list[UUID]:
    return [row["id"] for row in await db.fetch("SELECT id FROM program_modules ORDER BY id LIMIT 20")]


@pytest.mark.parametrize("seed", range(3))
async def test_counted_as_a_walk_through_everything_counts(seed: int) -> None:
    chance = random.Random(seed)
    program, module = (await programs())[0], await modules()
    did: dict[UUID, dict[str, set[date]]] = {}
    joined: dict[UUID, date] = {}
    for number in range(40):
        zone = ZoneInfo(ZONES[number % len(ZONES)])
        at = datetime(2026, 2, 20, tzinfo=UTC) + timedelta(minutes=chance.randrange(40 * 1440))
        is_left_out = number % 8 == 7
        (person,) = await crowd(1, at, zone.key, is_banned=number % 16 == 7, preferences=WITHOUT if number % 16 == 15 else "{}")

        def some(zone: ZoneInfo = zone, least: datetime = at) -> datetime:
            """Since they came; often near midnight, and near the hours when clocks change."""
            return max(least, datetime(2026, 2, 1, tzinfo=zone) + timedelta(days=chance.randrange(90), minutes=chance.choice([-70, -1, 0, 1, 70, 121, 700])))

        def local(at: datetime, zone: ZoneInfo = zone) -> date:
            return at.astimezone(UTC).astimezone(zone).date()

        own: dict[str, set[date]] = {name: set() for name in ("moods", "notes", "breathing", "programs", "chat")}
        own["moods"] = {date(2026, 2, 1) + timedelta(days=chance.randrange(90)) for _ in range(chance.randrange(30))}
        own["notes"] = {day for day in own["moods"] if chance.random() < 0.1}
        await log([person], own["moods"] - own["notes"])
        await log([person], own["notes"], b"sealed")
        for _ in range(chance.randrange(3)):
            day = local(some())
            own["breathing"].add(day)
            await breathe([person], day)
        if chance.random() < 0.4:
            started = some()
            own["programs"].add(local(started))
            await begin([person], program, started)
        for each in module[: chance.randrange(4)]:
            done = some()
            own["programs"].add(local(done))
            await finish([person], each, done)
        for _ in range(chance.randrange(3)):
            asked, wrote, answered = some(), some(), some()
            (session,) = await ask([person], asked)
            await write(session, wrote)
            await write(session, answered, "counselor")
            own["chat"] |= {local(asked), local(wrote)}
        if not is_left_out:
            joined[person] = local(at)
            did[person] = {name: {day for day in dates if day >= joined[person]} for name, dates in own.items()}
    active = {person: set().union(*own.values()) for person, own in did.items()}

    found = await engagement_counts.activity(FIRST, LAST)
    for day in days(FIRST, (LAST - FIRST).days + 1):
        expected = tuple(sum(any(day - timedelta(days=back) in own for back in range(span)) for own in active.values()) for span in (1, 7, 30))
        assert found.daily[day] == expected, day
    weeks: dict[date, tuple[int, list[int]]] = {}
    for monday in days(FIRST, 35)[::7]:
        those = [person for person, day in joined.items() if monday <= day <= monday + timedelta(days=6)]
        if those:
            weeks[monday] = (len(those), [sum(joined[person] + timedelta(days=after) in active[person] for person in those) for after in (1, 7, 30)])
    assert found.cohorts == weeks
    assert sum(sum(returned) for _, returned in weeks.values()) > 3
    used = await engagement_counts.use(FIRST, LAST)
    assert dict(used) == {name: sum(any(FIRST <= day <= LAST for day in own[name]) for own in did.values()) for name in ("moods", "notes", "breathing", "programs", "chat")}
    assert min(dict(used).values()) > 0


async def test_of_nobody_nothing_is_told() -> None:
    found = await engagement(FIRST, LAST)
    assert (found.active.dau, found.active.wau, found.active.mau, found.active.stickiness, found.active.is_suppressed) == (None, None, None, None, True)
    assert len(found.days) == 35
    assert all((each.dau, each.wau, each.mau, each.is_suppressed) == (None, None, None, True) for each in found.days)
    assert found.retention == []
    assert all((each.people, each.is_suppressed) == (None, True) for each in found.features)
    assert len(found.programs) > 0
    assert all((each.enrolled, each.completed, each.completion, each.is_suppressed) == (None, None, None, True) for each in found.programs)
    assert (found.chats.people, found.chats.chats, found.chats.wait_p50, found.chats.wait_p95, found.chats.is_suppressed) == (None, None, None, None, True)
    assert (found.ratings.people, found.ratings.mean, set(found.ratings.distribution.values()), found.ratings.is_suppressed) == (None, None, {None}, True)


@pytest.mark.parametrize(("people", "told"), [(9, None), (10, 10), (11, 11)])
async def test_nine_are_hidden_and_ten_are_told(people: int, told: int | None) -> None:
    await log(await crowd(people), [LAST])
    found = await engagement(LAST, LAST)
    (day,) = found.days
    # That nobody was active before them is told of nobody.
    assert (day.dau, day.wau, day.mau, day.is_suppressed) == (told, None, None, True)
    assert (found.active.dau, found.active.stickiness) == (told, None)
    assert found.features[0].people == (None if told is None else 10)
    assert found.features[0].is_suppressed is (told is None)


@pytest.mark.parametrize(
    ("today", "of_week", "of_month", "told"),
    [
        (12, 10, 10, (12, 22, 32)), (12, 9, 10, (12, None, 31)), (12, 9, 0, (12, None, None)), (12, 0, 9, (12, None, None)), (9, 1, 10, (None, 10, 20)),
        (9, 0, 1, (None, None, 10)), (3, 3, 3, (None, None, None)), (0, 10, 9, (None, 10, None)),
    ],
)  # fmt: skip
async def test_what_a_week_has_beyond_its_last_day_is_a_figure_too(today: int, of_week: int, of_month: int, told: tuple[int | None, ...]) -> None:
    await log(await crowd(today), [LAST])
    await log(await crowd(of_week), [LAST - timedelta(days=6)])
    await log(await crowd(of_month), [LAST - timedelta(days=7), LAST - timedelta(days=29)])
    await log(await crowd(50), [LAST - timedelta(days=30)])
    day = (await engagement(LAST, LAST)).days[-1]
    assert (day.dau, day.wau, day.mau) == told
    assert day.is_suppressed is (None in told)


async def test_active_people_are_averaged_over_the_days_that_are_told() -> None:
    many, few = await crowd(20), await crowd(5)
    await log(many, days(LAST - timedelta(days=19), 20))
    await log(few, days(LAST - timedelta(days=29), 10))
    await log(await crowd(20), [LAST - timedelta(days=7), LAST - timedelta(days=3)])
    found = await engagement(LAST - timedelta(days=9), LAST)
    assert [each.dau for each in found.days] == [20, 20, 40, 20, 20, 20, 40, 20, 20, 20]
    assert (found.active.dau, found.active.wau, found.active.mau) == (24, 40, None)
    await log(await crowd(10), [LAST - timedelta(days=25)])
    found = await engagement(LAST - timedelta(days=9), LAST)
    # Over the 30 days: 20 people on 18 of them, 40 on two, 15 on one; 9 days of five people are not told.
    assert (found.active.mau, found.active.stickiness, found.active.is_suppressed) == (55, round((18 * 20 + 2 * 40 + 15) / 21 / 55, 2), False)


async def test_consent_taken_back_takes_them_out_of_every_figure_and_given_again_brings_them_back() -> None:
    people = await crowd(30, noon(FIRST))
    await log(people, days(FIRST, 35), b"sealed")
    await breathe(people, LAST)
    await begin(people, (await programs())[0], noon(LAST))
    await ask(people, noon(LAST), 60, 5)

    async def figures() -> set[int | float | None]:
        found = await engagement(FIRST, LAST)
        ratings = [each for each in found.ratings.distribution.values() if each]
        return {
            found.active.dau,
            found.retention[0].people,
            *(each.people for each in found.features),
            found.programs[0].enrolled,
            found.chats.people,
            found.ratings.people,
            *ratings,
        }

    assert await figures() == {30}
    await db.execute("UPDATE users SET preferences = $1 WHERE id = ANY ($2)", WITHOUT, people[:10])
    assert await figures() == {20}
    await db.execute("UPDATE users SET is_banned = true WHERE id = ANY ($1)", people[10:21])
    assert await figures() - {None} == set()
    # What they said of the analysis of their moods is another matter.
    await db.execute("UPDATE users SET is_banned = false, preferences = $1", '{"privacy": {"insights": false}}')
    assert await figures() == {30}


async def test_an_imported_diary_is_no_use_before_its_person_came() -> None:
    people = await crowd(12, noon(LAST))
    await log(people, days(FIRST, 35), b"sealed")
    found = await engagement(FIRST, LAST)
    assert [each.dau for each in found.days] == [None] * 34 + [12]
    assert (await engagement(FIRST, LAST - timedelta(days=1))).features[1].people is None


async def test_a_day_is_each_persons_own_also_where_clocks_change() -> None:
    """23:30 in New York before the clocks change is 04:30 UTC, and after it 03:30; in Kiritimati it is the next day by then."""
    one, two, far = await crowd(10, zone="America/New_York"), await crowd(11, zone="America/New_York"), await crowd(12, zone="Pacific/Kiritimati")
    await ask(one, datetime(2026, 3, 8, 4, 30, tzinfo=UTC))
    await ask(two, datetime(2026, 3, 9, 3, 30, tzinfo=UTC))
    await ask(far, datetime(2026, 3, 9, 10, 0, tzinfo=UTC))
    found = await engagement(date(2026, 3, 7), date(2026, 3, 10))
    assert [each.dau for each in found.days] == [10, 11, None, 12]


async def test_cohorts_are_whole_weeks_whatever_dates_are_asked_for() -> None:
    monday = FIRST + timedelta(days=7)
    people = await crowd(40, noon(monday)) + await crowd(20, noon(monday + timedelta(days=6)))
    await log(people[:20], [monday + timedelta(days=1)])
    await log(people[40:], [monday + timedelta(days=13)])
    with clock.at(noon(monday + timedelta(days=60))):
        for first, last in ((FIRST, LAST), (monday, monday + timedelta(days=6)), (monday - timedelta(days=6), monday + timedelta(days=12))):
            (cohort,) = (await engagement(first, last)).retention
            assert (cohort.from_, cohort.people, cohort.observed_days) == (monday, 60, 30)
            assert (cohort.d1, cohort.d7, cohort.d30, cohort.is_suppressed) == (0.33, 0.33, None, True)
        for first, last in ((monday + timedelta(days=1), LAST), (FIRST, monday + timedelta(days=5))):
            assert (await engagement(first, last)).retention == []


@pytest.mark.parametrize(("hours", "observed"), [(-24, 0), (-1, 0), (0, 1), (143, 6), (144, 7), (24 * 29 - 1, 29), (24 * 29, 30), (24 * 300, 30)])
async def test_a_share_waits_until_the_day_is_over_for_all_of_the_week_everywhere(hours: int, observed: int) -> None:
    sunday = FIRST + timedelta(days=6)
    people = await crowd(30, noon(FIRST))
    await log(people[:12], [FIRST + timedelta(days=after) for after in (1, 7, 30)])
    # The Monday after it ends at 12:00 UTC of Tuesday, where it ends last.
    with clock.at(noon(sunday + timedelta(days=2)) + timedelta(hours=hours)):
        (cohort,) = (await engagement(FIRST, sunday)).retention
    assert (cohort.people, cohort.observed_days) == (30, observed)
    assert [cohort.d1, cohort.d7, cohort.d30] == [0.4 if observed >= after else None for after in (1, 7, 30)]
    assert cohort.is_suppressed is False


@pytest.mark.parametrize(("people", "back", "share"), [(30, 9, None), (30, 10, 0.33), (30, 20, 0.67), (30, 21, None), (30, 30, None), (30, 0, None), (19, 10, None), (9, 9, None)])
async def test_a_share_is_told_where_ten_did_and_ten_did_not(people: int, back: int, share: float | None) -> None:
    those = await crowd(people, noon(FIRST))
    await log(those[:back], [FIRST + timedelta(days=1)])
    (cohort,) = (await engagement(FIRST, LAST)).retention
    assert (cohort.d1, cohort.people) == (share, people if people >= 10 else None)


@pytest.mark.parametrize(
    ("began", "told"),
    [
        ((40, 30, 20), (40, 30, 20)),
        ((40, 30, 9), (40, None, None)),
        ((40, 12, 3), (40, None, None)),
        ((40, 8, 7), (40, None, None)),
        ((40, 39, 1), (40, None, None)),
        ((40, 4, 4), (None, None, None)),
    ],
)
async def test_a_program_of_few_is_not_known_from_the_others_either(began: tuple[int, ...], told: tuple[int | None, ...]) -> None:
    ids = await programs()
    for program, people in zip(ids, began, strict=False):
        await begin(await crowd(people), program, noon(LAST))
    found = {each.id: each for each in (await engagement(FIRST, LAST)).programs}
    assert [found[program].enrolled for program in ids[:3]] == [None if each is None else each // 10 * 10 for each in told]
    assert [found[program].enrolled for program in ids[3:]] == [None] * len(ids[3:])


async def test_programs_are_completed_by_the_last_date_of_those_who_began_within() -> None:
    program = (await programs())[0]
    await begin(await crowd(21), program, noon(FIRST), noon(LAST))
    await begin(await crowd(12), program, noon(FIRST), noon(LAST + timedelta(days=1)))
    await begin(await crowd(13), program, noon(FIRST))
    await begin(await crowd(50), program, noon(FIRST - timedelta(days=1)), noon(FIRST))
    (found,) = [each for each in (await engagement(FIRST, LAST)).programs if each.id == program]
    assert (found.enrolled, found.completed, found.completion, found.is_suppressed) == (40, 20, 0.46, False)
    (later,) = [each for each in (await engagement(FIRST, LAST + timedelta(days=1))).programs if each.id == program]
    assert (later.enrolled, later.completed, later.completion) == (40, 30, 0.72)


async def test_waits_are_of_those_who_were_taken_and_the_longest_are_told_of_a_hundred() -> None:
    await ask(await crowd(9), noon(LAST), 60)
    found = (await engagement(FIRST, LAST)).chats
    assert (found.people, found.wait_p50, found.wait_p95, found.is_suppressed) == (None, None, None, True)
    await ask(await crowd(12), noon(LAST))
    found = (await engagement(FIRST, LAST)).chats
    assert (found.people, found.chats, found.wait_p50, found.wait_p95, found.is_suppressed) == (20, 20, None, None, True)
    more = await crowd(90)
    await ask(more, noon(LAST), [60.4 + each for each in range(90)])
    found = (await engagement(FIRST, LAST)).chats
    assert (found.people, found.chats, found.wait_p50, found.wait_p95, found.is_suppressed) == (110, 110, 100, None, True)
    # A second chat of the same people makes no hundred of them.
    await ask(more[:30], noon(FIRST), 60)
    assert (await engagement(FIRST, LAST)).chats.wait_p95 is None
    await ask(await crowd(1), noon(LAST), 60)
    found = (await engagement(FIRST, LAST)).chats
    assert (found.people, found.chats, found.wait_p95, found.is_suppressed) == (110, 140, 143, False)


async def test_ratings_of_few_are_not_known_from_the_others() -> None:
    await ask(await crowd(40), noon(LAST), 1, 5)
    await ask(await crowd(25), noon(LAST), 1, 4)
    await ask(await crowd(3), noon(LAST), 1, 1)
    found = (await engagement(FIRST, LAST)).ratings
    assert (found.people, found.mean, found.is_suppressed) == (60, 4.5, True)
    assert found.distribution == {"1": None, "2": None, "3": None, "4": None, "5": 40}


async def test_of_each_rater_the_mean_counts_once() -> None:
    often = await crowd(10)
    for rating in (1, 1, 1, 3):
        await ask(often, noon(LAST) - timedelta(hours=rating), 1, rating)
    await ask(await crowd(30), noon(LAST), 1, 5)
    found = (await engagement(FIRST, LAST)).ratings
    assert (found.people, found.mean) == (40, round((10 * 1.5 + 30 * 5) / 40, 1))


async def test_a_window_longer_by_a_day_tells_nothing_of_that_day() -> None:
    """What is counted over the window itself moves in tens; what is told of a day is the same in every window."""
    people = await crowd(45, JOINED)
    await log(people, [FIRST], b"sealed")
    await ask(people, noon(FIRST), 60, 4)
    await begin(people, (await programs())[0], noon(FIRST))
    before = await engagement(FIRST, LAST - timedelta(days=1))
    some = await crowd(4)
    await log(some, [LAST], b"sealed")
    await ask(some, noon(LAST), 60, 4)
    await begin(some, (await programs())[0], noon(LAST))
    after = await engagement(FIRST, LAST)

    def told(found: Engagement) -> list[object]:
        return [found.features, found.programs, found.chats, found.ratings, found.days[:34]]

    assert told(before) == told(after)
    assert (after.days[-1].dau, after.features[0].people) == (None, 40)


async def test_no_count_is_of_fewer_than_ten() -> None:
    """Whatever the crowd: over many small ones."""
    chance = random.Random(5)
    program = (await programs())[0]
    seen: Counter[bool] = Counter()
    for _ in range(8):
        people = await crowd(chance.randrange(1, 14), noon(FIRST + timedelta(days=chance.randrange(14))))
        await log(people, [FIRST + timedelta(days=each) for each in range(20, 35) if chance.random() < 0.5])
        await begin(people, program, noon(LAST), noon(LAST) if chance.random() < 0.5 else None)
        await ask(people, noon(LAST), 5, chance.randrange(1, 6))
        found = await engagement(FIRST, LAST)
        figures = [each for day in found.days for each in (day.dau, day.wau, day.mau)] + list(found.ratings.distribution.values())
        figures += [each.people for each in found.features] + [each.people for each in found.retention] + [found.chats.people, found.ratings.people]
        figures += [each for used in found.programs for each in (used.enrolled, used.completed)]
        assert all(each is None or each >= 10 for each in figures)
        seen.update(each is None for each in figures)
    assert min(seen.values()) > 20
