"""A thousand random cuts, and the offset resumed from each time: `python -m bench.resume [http://127.0.0.1:8080] [cuts]`.

A person and a counselor write to each other over sockets that are cut without a word at random moments, and come back with the
last `seq` they have. Every resume must go on exactly there, or say `complete: false`; at the end both have every message once.
Run it against an instance with LIMIT_MESSAGES=off LIMIT_DEFAULT=off LIMIT_UNAUTHENTICATED=off, and give a counselor on duty
by COUNSELOR_EMAIL and COUNSELOR_PASSWORD.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp


@dataclass
class Side:
    """One of the two, and what they have of the session."""

    token: str
    name: str
    have: list[int] = field(default_factory=list)
    acked: set[str] = field(default_factory=set)
    pending: str = ""
    cuts: int = 0
    resyncs: int = 0
    wrong: int = 0
    seconds: list[float] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)

    @property
    def last(self) -> int:
        return self.have[-1] if self.have else 0

    def take(self, seqs: list[int]) -> None:
        """Note what came; anything but the next ones, or ones had before, is wrong."""
        for seq in seqs:
            if seq == self.last + 1:
                self.have.append(seq)
            elif seq > self.last:
                self.wrong += 1
                self.have.append(seq)


async def live(http: aiohttp.ClientSession, side: Side, session: str, cuts: int) -> None:
    while side.cuts < cuts:
        connection = await http.ws_connect("/api/realtime", headers={"Authorization": f"Bearer {side.token}"})
        await connection.receive()
        began = time.perf_counter()
        await connection.send_str(json.dumps({"event": "chat:join", "ref": "join", "data": {"sessionId": session, "afterSeq": side.last}}))
        left = random.randrange(1, 10)  # how many frames until the cut
        while left:
            message = await connection.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            left -= 1
            frame = json.loads(message.data)
            data = frame.get("data") or {}
            if frame.get("ref") == "join":
                side.seconds.append(time.perf_counter() - began)
                found = [each["seq"] for each in data["messages"]]
                if not data["complete"]:
                    side.resyncs += 1
                    side.have += range(side.last + 1, found[0])
                elif found != list(range(side.last + 1, data["lastSeq"] + 1)):
                    side.wrong += 1
                side.take(found)
            elif frame["event"] == "chat:message" or frame.get("ref") == "send":
                if frame.get("ref") == "send":
                    side.acked.add(data["message"]["clientId"])
                    side.pending = ""
                side.take([data["message"]["seq"]])
            else:
                continue
            side.pending = side.pending or f"{side.name}{next(side.numbers)}"
            await connection.send_str(json.dumps({"event": "chat:message", "ref": "send", "data": {"sessionId": session, "clientId": side.pending, "message": side.pending}}))
        if connection._response.connection is not None and connection._response.connection.transport is not None:
            connection._response.connection.transport.abort()
        await connection.close()
        side.cuts += 1


async def main(address: str, cuts: int) -> None:
    async with aiohttp.ClientSession(address) as http:

        async def post(path: str, body: Any, token: str | None = None) -> Any:
            async with http.post(f"/api{path}", json=body, headers={"Authorization": f"Bearer {token}"} if token else {}) as answer:
                answer.raise_for_status()
                return await answer.json() if answer.status != 204 else None

        person = (await post("/auth/register", {"isAnonymous": True}))["accessToken"]
        counselor = (await post("/auth/login", {"email": os.environ["COUNSELOR_EMAIL"], "password": os.environ["COUNSELOR_PASSWORD"], "kind": "counselor"}))["accessToken"]
        async with http.put("/api/counselor/status", json={"status": "available"}, headers={"Authorization": f"Bearer {counselor}"}) as answer:
            answer.raise_for_status()
        session = (await post("/chat/sessions", {"topic": "resuming"}, person))["id"]
        assert (await post("/counselor/queue/next", {}, counselor))["id"] == session
        sides = [Side(person, "p"), Side(counselor, "c")]
        began = time.perf_counter()
        await asyncio.gather(*(live(http, side, session, cuts // 2) for side in sides))
        took = time.perf_counter() - began
        stored: list[dict[str, Any]] = []
        while True:
            async with http.get(f"/api/chat/sessions/{session}/messages?afterSeq={len(stored)}&limit=100", headers={"Authorization": f"Bearer {person}"}) as answer:
                items = (await answer.json())["items"]
            stored += items
            if not items:
                break
        ids = [each["clientId"] for each in stored if each["clientId"]]
        times = [each for side in sides for each in side.seconds]
        print(f"{sum(side.cuts for side in sides)} cuts in {took:.1f} s, {len(stored)} messages, {len(times)} resumes")
        print(f"resume p50 {statistics.median(times) * 1000:.1f} ms, p99 {statistics.quantiles(times, n=100)[98] * 1000:.1f} ms")
        print(f"complete:false {sum(side.resyncs for side in sides)}, wrong continuations {sum(side.wrong for side in sides)}")
        print(f"seq without gaps: {[each['seq'] for each in stored] == list(range(1, len(stored) + 1))}; doubled: {len(ids) - len(set(ids))}")
        print(f"acknowledged and lost: {len(set().union(*(side.acked for side in sides)) - set(ids))}")
        for side in sides:
            print(f"{side.name}: has {len(side.have)}, in order and without gaps: {side.have == list(range(1, len(side.have) + 1))}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080", int(sys.argv[2]) if len(sys.argv) > 2 else 1000))
