"""What idle sockets cost one API process: `python -m bench.sockets [number, 2000] [seconds, 60]`; it starts a whole system of its own.

Prints the memory of a socket (resident memory gained, by their number; signed in, nothing joined) and the processor time of the API and of
PostgreSQL while nobody says anything: heartbeats every 25 seconds, the beat of presence, the poll.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time

import aiohttp
import psutil
import uvloop

from bench.chat import Line
from tests.ledger import new_system, sign_in
from tests.system import System
from tests.victims import web_processes

AT_ONCE = 50
SOCKETS_EACH = 10


def _cpu(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes if process.is_running())


def _postgres(system: System) -> list[psutil.Process]:
    (postmaster,) = system.named("postgres", "-D")
    return [postmaster, *postmaster.children()]


async def main(number: int, seconds: float) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, max(8192, 2 * number)), most))
    with new_system(WEB_CONCURRENCY="1") as system:
        (web,) = web_processes(system)
        tokens, began = await _people(system, -(-number // SOCKETS_EACH)), time.perf_counter()
        before = web.memory_info().rss
        lines = await _open(system, tokens, number)
        took = time.perf_counter() - began
        await asyncio.sleep(3)  # what opening them left to do is done
        gained = web.memory_info().rss - before
        print(f"{number:,} sockets of {len(tokens)} people opened in {took:.1f} s ({number / took:,.0f}/s)", flush=True)
        print(f"memory: {before / 2**20:.0f} MiB before, {gained / 2**20:.0f} MiB more, {gained / number / 1024:.1f} KiB a socket", flush=True)
        api, postgres, began = _cpu([web]), _cpu(_postgres(system)), time.perf_counter()
        await asyncio.sleep(seconds)  # the time measured
        passed = time.perf_counter() - began
        api, postgres = _cpu([web]) - api, _cpu(_postgres(system)) - postgres
        lost = sum(line.lost.is_set() for line in lines)
        print(f"idle for {passed:.0f} s: API {100 * api / passed:.1f} % of a core, PostgreSQL {100 * postgres / passed:.1f} %; {lost} sockets lost")
        for line in lines:
            if line.transport is not None:
                line.transport.abort()


async def _people(system: System, number: int) -> list[str]:
    async with aiohttp.ClientSession() as http:
        return [await sign_in(http, f"http://127.0.0.1:{system.port}", "register", isAnonymous=True) for _ in range(number)]


async def _open(system: System, tokens: list[str], number: int) -> list[Line]:
    lines = [Line(f"127.0.0.1:{system.port}", tokens[n % len(tokens)], lambda _frame: None) for n in range(number)]
    gate = asyncio.Semaphore(AT_ONCE)

    async def connect(line: Line) -> None:
        async with gate:
            await line.connect(system.port)

    await asyncio.gather(*map(connect, lines))
    return lines


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, float(sys.argv[2]) if len(sys.argv) > 2 else 60))
