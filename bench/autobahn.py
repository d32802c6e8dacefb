"""Autobahn's cases against our sockets: `python -m bench.autobahn [case …]`, e.g. `python -m bench.autobahn '9.*'`.

The cases are those of Autobahn|Testsuite 25.10; kosoku, a development dependency, runs them on Python 3. They talk to an echo, which our
endpoint is none: this is an application of its own around the same Socket, with its queue and its writer, on uvloop as in production, and
with the options that `api.realtime.endpoint` gives its WebSocketResponse. Only sizes differ: the cases send up to 16 MiB.

What is not passed, and why:

- 12.* and 13.* (permessage-deflate) are "unimplemented": no compression is offered, so that nothing small on the wire is large in memory.
- 7.9.5 (a close frame with code 1006, which nobody may send) is answered with 1000 instead of 1002: aiohttp's reader takes it for a code like
  any other. The connection ends all the same, and nothing of ours looks at the code a client closes with.
- "Non-strict" are 3.2 to 3.4, 4.1.3 to 4.2.5, 5.15 and 6.4.*: what stood before a broken frame is not echoed any more once the frame after it
  has been read, and UTF-8 is checked when a message is whole. Both are allowed.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

import uvloop
from aiohttp import WSMsgType, web
from kosoku import FailureError, run_fuzzingclient

from api.realtime import socket as sockets
from api.realtime.endpoint import CLOSING_SECONDS
from api.realtime.frames import HEARTBEAT_SECONDS
from api.realtime.socket import Socket

EXPLAINED = ("12.", "13.", "7.9.5")
PASSED = ("OK", "NON-STRICT", "INFORMATIONAL")
MOST_BYTES = 17 * 1024 * 1024
CASES_AT_ONCE = 2


async def echo(request: web.Request) -> web.WebSocketResponse:
    connection = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MOST_BYTES, compress=False, timeout=CLOSING_SECONDS, autoping=False, writer_limit=0)
    await connection.prepare(request)
    socket = Socket(connection, request.transport, "echo")
    writer = asyncio.create_task(socket.write())
    try:
        while socket.open:
            await socket.room()
            message = await connection.receive()
            match message.type:
                case WSMsgType.TEXT:
                    socket.push(message.data.encode())
                case WSMsgType.BINARY:
                    socket.push(message.data, WSMsgType.BINARY)
                case WSMsgType.PING:
                    socket.push(message.data, WSMsgType.PONG)
                case WSMsgType.PONG:
                    continue
                case _:
                    break
    finally:
        await socket.end(writer)
    return connection


async def main(cases: list[str]) -> int:
    """Returns how many cases failed without an explanation."""
    sockets.MOST_QUEUED_BYTES = 2 * MOST_BYTES
    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        results = await run_fuzzingclient(f"ws://{host}:{port}/", cases=cases or None, concurrency=CASES_AT_ONCE)
    except FailureError as failed:
        results = failed.results
    finally:
        await runner.cleanup()
    print(Counter(f"{each.behavior.value} / close {each.behavior_close.value}" for each in results))
    unexplained = [each for each in results if not each.passed and not each.case_id.startswith(EXPLAINED)]
    for each in results:
        if each.behavior.value == "NON-STRICT" or each in unexplained:
            print(f"{each.case_id}: {each.behavior.value}, close {each.behavior_close.value} {each.remote_close_code}: {each.result} {each.result_close}")
    print(f"{len(results)} cases, {sum(each.passed for each in results)} passed, {len(unexplained)} failed without an explanation")
    return len(unexplained)


if __name__ == "__main__":
    sys.exit(min(uvloop.run(main(sys.argv[1:])), 1))
