"""Real people's ratings, brought in through the API, give the statistics that plain pandas gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.evaluate import computed_plainly
from commands.demo import ZONE, read_diaries
from tests.people import World, do_jobs, upload

MOODS = Path(__file__).parent.parent.parent / "shared" / "data" / "moods.csv"


@pytest.mark.early
@pytest.mark.skipif(not MOODS.exists(), reason="the real ratings are not part of the project")
async def test_statistics_of_real_ratings_agree_with_pandas(world: World) -> None:
    people = {}
    for name, diary in read_diaries(MOODS).items():
        people[name] = await world.anonymous(timezone=ZONE)
        assert (await people[name].post("/moods/import", form=upload(diary))).status == 202
    assert set(await do_jobs()) == {"done"}
    expected = computed_plainly(MOODS)
    assert len(expected) == 285
    for name, wanted in expected.items():
        found = (await people[name].get("/moods/stats?period=all")).json
        assert {field: found[field] for field in wanted} == wanted
