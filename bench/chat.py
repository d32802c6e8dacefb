"""The chat's speed, and its ledger under kills; each run starts a whole system of its own.

    python -m bench.chat [seconds a step]            50 sessions of two, at saturation and at 300 messages a second
    python -m bench.chat --kills [messages] [kills]  10,000 messages while processes are killed 20 times

The client runs in a process of its own and shares the machine with the server, so compare runs on one machine only. The figures
set beside are of the same conversation on another machine, measured before this project: the Express stack cannot be run here.
"""

from __future__ import annotations

import asyncio
import base64
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import aiohttp
import msgspec
import psutil
import uvloop

from tests.ledger import Ledger, meeting, new_system, pairs_of
from tests.system import System
from tests.victims import ROUND, web_processes

SESSIONS = 50
SENTENCES = (
    "I could not sleep well last night, there was so much on my mind about the exam next week.",
    "That sounds exhausting. What did you do when you noticed that you were lying awake?",
    "Mostly I looked at my phone, which I know is not a good idea.",
    "Thank you for telling me.",
    "My sister called yesterday and we talked for an hour, that was really nice.",
    "Would you like to try the breathing exercise together before we go on?",
    "ok",
    "I went for a walk by the river, it rained a little and I did not mind at all.",
)
BEFORE = """\
measured elsewhere: Express + Sequelize + Socket.io  1,448/s, p99 112 ms, server 637 µs, PostgreSQL 370 µs a message
                    aiohttp, group commit            9,342/s, p99  21 ms, server  84 µs, PostgreSQL  31 µs (no encryption, no risk check, no receipts)"""


class _Message(msgspec.Struct, rename="camel"):
    seq: int
    client_id: str | None


class _Data(msgspec.Struct):
    message: _Message | None = None


class _Frame(msgspec.Struct):
    event: str
    ref: str | None = None
    ok: bool = True
    data: _Data | None = None


_decode = msgspec.json.Decoder(_Frame).decode


class Line(asyncio.Protocol):
    """A WebSocket client as cheap as can be, so that it is the server that is measured."""

    def __init__(self, host: str, token: str, on_frame: Callable[[_Frame], None]) -> None:
        self._request = (
            f"GET /api/realtime HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(random.randbytes(16)).decode()}\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        self._on_frame, self._buffer = on_frame, b""
        self.opened, self.lost = asyncio.Event(), asyncio.Event()
        self.transport: asyncio.Transport | None = None

    async def connect(self, port: int) -> None:
        """Returns when the server has taken the connection as a socket."""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        await asyncio.wait_for(self.opened.wait(), 30)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one in all but its class.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request.encode())

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        if not self.opened.is_set():
            head, found, rest = buffer.partition(b"\r\n\r\n")
            if found:
                assert b" 101 " in head.split(b"\r\n")[0], head
                buffer = rest
                self.opened.set()
        at = 0
        while self.opened.is_set() and len(buffer) - at >= 2:
            opcode, size, begin = buffer[at] & 15, buffer[at + 1], at + 2
            if size == 126:
                size, begin = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, begin = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if len(buffer) < begin + size:
                break
            at = begin + size
            if opcode == 1:
                self._on_frame(_decode(buffer[begin:at]))
            elif opcode == 9:
                self._write(10, buffer[begin:at])
        self._buffer = buffer[at:]

    def send(self, text: bytes) -> None:
        self._write(1, text)

    def _write(self, opcode: int, payload: bytes) -> None:
        # Masked, as clients must, with four zeros.
        size = len(payload)
        head = bytes([0x80 | opcode, 0x80 | size]) if size < 126 else bytes([0x80 | opcode, 0xFE]) + size.to_bytes(2, "big")
        if self.transport is not None:
            self.transport.write(head + b"\0\0\0\0" + payload)


@dataclass
class Figures:
    """Times in seconds."""

    acknowledged: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)


class Side:
    """One side of a session. At saturation it sends as soon as its last message is acknowledged."""

    def __init__(self, run: Run, session_id: str, name: str, host: str, token: str) -> None:
        self.line = Line(host, token, self._on_frame)
        self.joined = asyncio.Event()
        self._run, self._session_id, self._name, self._count = run, session_id, name, 0

    def join(self) -> None:
        self.line.send(msgspec.json.encode({"event": "chat:join", "ref": "join", "data": {"sessionId": self._session_id}}))

    def say(self) -> None:
        self._count += 1
        client_id = f"{self._name}-{self._count}"
        self._run.sent[client_id] = time.perf_counter()
        text = SENTENCES[self._count % len(SENTENCES)]
        self.line.send(msgspec.json.encode({"event": "chat:message", "ref": "m", "data": {"sessionId": self._session_id, "clientId": client_id, "message": text}}))

    def _on_frame(self, frame: _Frame) -> None:
        if frame.event == "chat:message":
            assert frame.data is not None
            assert frame.data.message is not None
            self._run.figures.delivered.append(time.perf_counter() - self._run.sent[frame.data.message.client_id or ""])
        elif frame.event == "reply":
            assert frame.ok, frame
            if frame.ref == "join":
                self.joined.set()
            else:
                self._run.figures.acknowledged.append(time.perf_counter() - self._run.sent[f"{self._name}-{self._count}"])
                if self._run.saturating:
                    self.say()


class Run:
    def __init__(self, system: System) -> None:
        self.sent: dict[str, float] = {}
        self.figures = Figures()
        self.saturating = False
        self.sides: list[Side] = []
        self._system = system

    async def open(self, sessions: int) -> None:
        host = f"127.0.0.1:{self._system.port}"
        async with aiohttp.ClientSession() as http:
            for session_id, *tokens in await pairs_of(http, self._system, sessions):
                self.sides += [Side(self, session_id, f"{len(self.sides) + n}", host, token) for n, token in enumerate(tokens)]
        for side in self.sides:
            await side.line.connect(self._system.port)
            side.join()
            await asyncio.wait_for(side.joined.wait(), 10)

    async def saturate(self, seconds: float) -> None:
        self.saturating = True
        for side in self.sides:
            side.say()
        await asyncio.sleep(2)  # what is warm then stays warm
        await self._measure("at saturation", seconds)
        self.saturating = False
        await asyncio.sleep(1)  # the last ones arrive

    async def at_rate(self, a_second: float, seconds: float) -> None:
        """Each side speaks at times of its own."""
        speaking = [asyncio.create_task(self._speak(side, len(self.sides) / a_second)) for side in self.sides]
        await asyncio.sleep(1)  # all have begun
        await self._measure(f"at {a_second:.0f}/s", seconds)
        for task in speaking:
            task.cancel()
        await asyncio.gather(*speaking, return_exceptions=True)
        await asyncio.sleep(1)  # the last ones arrive

    @staticmethod
    async def _speak(side: Side, pause: float) -> None:
        await asyncio.sleep(random.uniform(0, pause))  # not all at once
        while True:
            side.say()
            await asyncio.sleep(pause)  # the pace of speaking

    async def _measure(self, name: str, seconds: float) -> None:
        self.figures = Figures()
        api, postgres, began = self._cpu("api"), self._cpu("postgres"), time.perf_counter()
        await asyncio.sleep(seconds)  # the time measured
        took, found = time.perf_counter() - began, self.figures
        count = len(found.delivered)
        api, postgres = self._cpu("api") - api, self._cpu("postgres") - postgres
        acknowledged, delivered = (statistics.quantiles(times, n=100) for times in (found.acknowledged, found.delivered))
        print(
            f"{name:<14} {count / took:>7,.0f} delivered/s   ack p50 {acknowledged[49] * 1000:>5.1f} p99 {acknowledged[98] * 1000:>5.1f} ms   "
            f"delivery p50 {delivered[49] * 1000:>5.1f} p99 {delivered[98] * 1000:>5.1f} ms   API {api / count * 1e6:>4.0f} µs   PostgreSQL {postgres / count * 1e6:>4.0f} µs a message",
            flush=True,
        )

    def _cpu(self, whose: str) -> float:
        if whose == "api":
            found = web_processes(self._system)
        else:
            (postmaster,) = self._system.named("postgres", "-D")
            found = [postmaster, *postmaster.children()]
        return sum(sum(process.cpu_times()[:2]) for process in found if process.is_running())


async def speed(seconds: float, processes: int) -> None:
    with new_system(WEB_CONCURRENCY=str(processes)) as system:
        run = Run(system)
        await run.open(SESSIONS)
        print(f"{SESSIONS} sessions of two, {processes} API process{'es' if processes > 1 else ''}, {psutil.cpu_count()} cores, the client among them", flush=True)
        await run.saturate(seconds)
        await run.at_rate(300, seconds)


async def kills(messages: int, number: int) -> int:
    """Returns how many faults the ledger has."""
    with new_system(WEB_CONCURRENCY="2") as system:
        async with meeting(system, SESSIONS) as ledger:
            await ledger.part(system)
            began = time.perf_counter()
            talking = asyncio.create_task(ledger.talk(messages, pause_seconds=0.3))
            back = await _kill(ledger, system, messages, number)
            await talking
            took = time.perf_counter() - began
            began = time.perf_counter()
            await ledger.settled()
            healed = time.perf_counter() - began
            faults = await ledger.faults()
            times = sorted(seconds for talker in ledger.talkers for seconds in talker.seconds)
            print(f"{ledger.acknowledged:,} messages acknowledged in {SESSIONS} sessions in {took:.0f} s; the last ones everywhere {healed:.1f} s later")
            print(f"{sum(map(len, back.values()))} kills; seconds until all was back:")
            for name, seconds in back.items():
                print(f"    {name:<18} {len(seconds)}   {'  '.join(f'{each:.1f}' for each in seconds)}")
            closed = sum((talker.closed for talker in ledger.talkers), Counter[int | None]())
            print(
                f"{sum(talker.reconnects for talker in ledger.talkers)} reconnects (closed with 1012: {closed[1012]}), {sum(talker.resends for talker in ledger.talkers)} resends"
            )
            print(f"acknowledged after p50 {times[len(times) // 2] * 1000:.0f} ms, p99 {times[len(times) * 99 // 100] * 1000:.0f} ms, slowest {times[-1]:.1f} s")
            print(f"faults: {len(faults)}")
            for fault in faults[:20]:
                print(f"    {fault}")
            return len(faults)


async def _kill(ledger: Ledger, system: System, messages: int, number: int) -> dict[str, list[float]]:
    back: dict[str, list[float]] = defaultdict(list)
    apart: list[int] = []
    for n in range(number):
        while ledger.acknowledged < messages * (n + 0.5) / (number + 1):
            await asyncio.sleep(0.05)  # between two looks at what others do
        victim = ROUND[n % len(ROUND)]
        apart.append(await asyncio.to_thread(ledger.apart, system))
        back[victim.name].append(await asyncio.to_thread(victim.kill, system))
        await ledger.all_ready()
    print(f"sessions whose sides were at two processes, before each kill: {' '.join(map(str, apart))}")
    return back


def main(words: list[str]) -> int:
    numbers = [float(word) for word in words if not word.startswith("-")]
    if "--kills" in words:
        return asyncio.run(kills(int(numbers[0]) if numbers else 10_000, int(numbers[1]) if len(numbers) > 1 else 20)) and 1
    for processes in (1, 2):
        uvloop.run(speed(numbers[0] if numbers else 8, processes))
    print(BEFORE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
