"""What the chat promises when processes are killed: nothing acknowledged is lost, nothing is twice, every seq is there in order at both ends."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.ledger import Ledger, Talker, meeting, new_system
from tests.system import System
from tests.victims import ROUND, ports_served_by, web_master, web_processes

pytestmark = [pytest.mark.early, pytest.mark.timeout(240), pytest.mark.xdist_group("chat kills")]


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with new_system(WEB_CONCURRENCY="2") as found:
        yield found


@pytest.fixture
async def ledger(system: System, request: pytest.FixtureRequest) -> AsyncIterator[Ledger]:
    async with meeting(system, request.param) as found:
        await found.part(system)
        yield found


async def _until_acknowledged(ledger: Ledger, count: int) -> None:
    while ledger.acknowledged < count:
        await asyncio.sleep(0.05)  # between two looks at what others do


@pytest.mark.parametrize("ledger", [10], indirect=True)
async def test_kill_9_of_every_kind_of_process_loses_and_doubles_no_message(system: System, ledger: Ledger) -> None:
    """540 messages, one kill of each kind among them; `python -m bench.chat --kills` does it with 10,000 and 20."""
    talking = asyncio.create_task(ledger.talk(540, pause_seconds=0.2))
    for number, victim in enumerate(ROUND, start=1):
        await _until_acknowledged(ledger, number * 60)
        await asyncio.to_thread(victim.kill, system)
    await talking
    await ledger.settled()
    assert await ledger.faults() == []
    assert ledger.acknowledged == 540
    assert sum(talker.resends for talker in ledger.talkers) > 0


@pytest.mark.parametrize("ledger", [6], indirect=True)
@pytest.mark.parametrize("whom", ["one process", "the master"])
async def test_whoever_is_told_to_stop_tells_its_sockets_to_come_back(system: System, ledger: Ledger, whom: str) -> None:
    """Close code 1012, and nothing is lost."""
    talking = asyncio.create_task(ledger.talk(240, pause_seconds=0.1))
    await _until_acknowledged(ledger, 60)
    told = web_processes(system)[:1] if whom == "one process" else [web_master(system)]
    ports = set().union(*(ports_served_by(process) for process in (told if whom == "one process" else web_processes(system))))
    concerned = [talker for talker in ledger.talkers if talker.local_port in ports and talker.ready.is_set()]
    before = Counter({talker: talker.closed[1012] for talker in concerned})
    told[0].send_signal(signal.SIGTERM)
    await talking
    await ledger.settled()
    assert await ledger.faults() == []
    assert concerned
    # Whoever happened to hang up by itself at that moment was told nothing.
    assert sum(talker.closed[1012] > before[talker] for talker in concerned) >= len(concerned) - 2


@pytest.mark.parametrize("ledger", [1], indirect=True)
async def test_who_was_at_a_killed_process_is_offline_for_the_others_until_they_come_back(system: System, ledger: Ledger) -> None:
    """Within 30 seconds, with nobody there to say so."""
    ((mine, theirs),) = ledger.pairs
    other = (await mine.get(f"/chat/sessions/{mine.session_id}"))["counselorId"]
    await _until_online(mine, other, is_online=True)
    for process in web_processes(system):
        if theirs.local_port in ports_served_by(process):
            theirs.stay_away()
            process.kill()
    killed = time.monotonic()
    await _until_online(mine, other, is_online=False)
    assert time.monotonic() - killed < 30
    theirs.come_back()
    await _until_online(mine, other, is_online=True)


async def _until_online(talker: Talker, principal_id: str, *, is_online: bool) -> None:
    async with asyncio.timeout(40):
        while talker.online.get(principal_id) is not is_online:
            await asyncio.sleep(0.05)  # between two looks at what was pushed
