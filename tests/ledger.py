"""A ledger of chats in trouble: many pairs talk as apps do, and in the end what the senders were told, what is stored and what arrived must agree.

Run as a program it makes counselors beside a running system: `python -m tests.ledger NUMBER`.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.system import ROOT, System
from tests.victims import ports_served_by, web_processes

PASSWORD = "a quiet green lake"
REPLY_SECONDS = 5
MOST_BACKOFF_SECONDS = 2.0
# What a client that loses its server may see; anything else is a fault.
TRY_AGAIN = (aiohttp.ClientError, ConnectionError, TimeoutError)


class Talker:
    """One side of a session, as an app would be it: it reconnects, joins after the last message it has, and sends again until acknowledged."""

    def __init__(self, http: aiohttp.ClientSession, address: str, token: str, session_id: str, *, by_rest: bool) -> None:
        self.session_id, self.by_rest = session_id, by_rest
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.received: dict[int, dict[str, Any]] = {}
        self.closed: Counter[int | None] = Counter()
        self.wrong: list[str] = []
        self.online: dict[str, bool] = {}
        self.seconds: list[float] = []  # from the first sending of a message to its acknowledgement
        self.reconnects = self.resends = self.repeated = 0
        self.ready = asyncio.Event()
        self.local_port: int | None = None
        self._http, self._address, self._bearer = http, address, {"Authorization": f"Bearer {token}"}
        self._line: aiohttp.ClientWebSocketResponse | None = None
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._last_seq = 0
        self._has_joined = False
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        self._told = 0  # the newest seq that this connection was pushed, or had when it joined

    @property
    def last_seq(self) -> int:
        """Up to here nothing is missing."""
        while self._last_seq + 1 in self.received:
            self._last_seq += 1
        return self._last_seq

    async def stay(self) -> None:
        """Keep a socket open and the session joined; runs until cancelled."""
        wait = 0.1
        while True:
            await self._may_connect.wait()
            with suppress(*TRY_AGAIN):
                async with self._http.ws_connect(f"{self._address}/api/realtime", headers=self._bearer, timeout=aiohttp.ClientWSTimeout(ws_close=1)) as line:
                    self._line = line
                    self.local_port = line.get_extra_info("sockname")[1]
                    await self._send("join", "chat:join", sessionId=self.session_id, afterSeq=self.last_seq)
                    await self._listen(line)
                    self.closed[line.close_code] += 1
            wait = 0.1 if self._has_joined else min(wait * 2, MOST_BACKOFF_SECONDS)
            self._has_joined = False
            self.ready.clear()
            self._line = None
            for each in self._replies.values():
                if not each.done():
                    each.cancel()
            self._replies.clear()
            self.reconnects += 1
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # the back-off itself

    async def hang_up(self) -> None:
        """The network changes: this connection is gone, `stay` makes another."""
        if self._line is not None:
            self.ready.clear()
            await self._line.close()

    def stay_away(self) -> None:
        """Do not connect again until `come_back`."""
        self._may_connect.clear()

    def come_back(self) -> None:
        self._may_connect.set()

    async def _send(self, ref: str, event: str, **data: Any) -> None:
        if self._line is None:
            raise ConnectionResetError
        await self._line.send_str(json.dumps({"event": event, "ref": ref, "data": data}))

    async def _listen(self, line: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in line:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            said = json.loads(frame.data)
            if said["event"] == "chat:message":
                self._pushed(said["data"]["message"])
            elif said["event"] == "chat:online":
                self.online[said["data"]["participantId"]] = said["data"]["isOnline"]
            elif said["event"] == "reply" and said["ref"] == "join":
                if not said["ok"]:
                    self._note_refusal("chat:join", said["error"])
                    return
                self._joined(said["data"])
            elif said["event"] == "reply" and (waiting := self._replies.pop(said["ref"], None)) is not None and not waiting.done():
                waiting.set_result(said)

    def _joined(self, taken: dict[str, Any]) -> None:
        if not taken["complete"]:
            self.wrong.append(f"not complete after {self.last_seq}, at {taken['lastSeq']}")
        for message in taken["messages"]:
            self._keep(message)
        self._told = taken["lastSeq"]
        self.online = {each["id"]: each["isOnline"] for each in taken["participants"]}
        self._has_joined = True
        self.ready.set()

    def _pushed(self, message: dict[str, Any]) -> None:
        seq = message["seq"]
        if seq in self.received:
            self.repeated += 1
        elif seq <= self._told:
            self.wrong.append(f"{seq} was pushed after {self._told}")
        self._told = max(self._told, seq)
        self._keep(message)

    def _keep(self, message: dict[str, Any]) -> None:
        known = self.received.setdefault(message["seq"], message)
        if known["id"] != message["id"] or known["message"] != message["message"]:
            self.wrong.append(f"{message['seq']} is two messages")

    async def say(self, text: str) -> None:
        """Send one message, again and again until it is acknowledged."""
        client_id, began, wait = uuid.uuid4().hex, asyncio.get_running_loop().time(), 0.1
        while True:
            message = None
            with suppress(*TRY_AGAIN):
                message = await (self._post(client_id, text) if self.by_rest else self._ask(client_id, text))
            if message is not None:
                break
            self.resends += 1
            await asyncio.sleep(wait)  # the back-off itself
            wait = min(wait * 2, MOST_BACKOFF_SECONDS)
        self.seconds.append(asyncio.get_running_loop().time() - began)
        self.acknowledged[client_id] = {**message, "text": text}
        self._keep(message)

    async def _ask(self, client_id: str, text: str) -> dict[str, Any] | None:
        await self.ready.wait()
        ref = uuid.uuid4().hex
        waiting = self._replies[ref] = asyncio.get_running_loop().create_future()
        try:
            await self._send(ref, "chat:message", sessionId=self.session_id, clientId=client_id, message=text)
            async with asyncio.timeout(REPLY_SECONDS):
                said = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            if waiting.cancelled():
                return None  # the connection is gone
            raise
        finally:
            self._replies.pop(ref, None)
        if said["ok"]:
            message: dict[str, Any] = said["data"]["message"]
            return message
        self._note_refusal("chat:message", said["error"])
        return None

    async def _post(self, client_id: str, text: str) -> dict[str, Any] | None:
        body, path = {"message": text, "clientId": client_id}, f"{self._address}/api/chat/sessions/{self.session_id}/messages"
        async with self._http.post(path, json=body, headers=self._bearer, timeout=aiohttp.ClientTimeout(REPLY_SECONDS)) as answer:
            said = await answer.json(content_type=None)
        if answer.status in (200, 201):
            message: dict[str, Any] = said["message"]
            return message
        self._note_refusal("POST messages", said)
        return None

    def _note_refusal(self, what: str, problem: dict[str, Any]) -> None:
        """While a server is away that is said by 503; nothing else may be said to an innocent."""
        if problem["status"] != 503:
            self.wrong.append(f"{what} was refused: {problem['status']} {problem['code']}")

    async def get(self, path: str) -> Any:
        async with self._http.get(f"{self._address}/api{path}", headers=self._bearer) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def close(self) -> None:
        """End the session."""
        async with self._http.post(f"{self._address}/api/chat/sessions/{self.session_id}/close", headers=self._bearer) as answer:
            assert answer.status == 200, await answer.text()

    async def go_off_duty(self) -> None:
        """For a counselor: be offered nothing more."""
        async with self._http.put(f"{self._address}/api/counselor/status", json={"status": "offline"}, headers=self._bearer) as answer:
            assert answer.status == 200, await answer.text()

    async def stored(self) -> list[dict[str, Any]]:
        """The whole session as the database has it."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self.get(f"/chat/sessions/{self.session_id}/messages?afterSeq={found[-1]['seq'] if found else 0}&limit=100")
            found += page["items"]
            if page["nextCursor"] is None:
                return found


@dataclass
class Ledger:
    """Pairs of talkers, one of each session."""

    pairs: list[tuple[Talker, Talker]]
    wanted: int = 0
    begun: int = field(default=0, init=False)

    @property
    def talkers(self) -> list[Talker]:
        return [talker for pair in self.pairs for talker in pair]

    @property
    def acknowledged(self) -> int:
        return sum(len(talker.acknowledged) for talker in self.talkers)

    async def all_ready(self) -> None:
        async with asyncio.timeout(30):
            for talker in self.talkers:
                await talker.ready.wait()

    async def part(self, system: System, tries: int = 5) -> None:
        """Have the two sides of every pair at two processes: who shares one with the other comes again while that process is held.

        Only while nobody talks: a process held in the middle of a transaction holds its locks too. One that is all the same, as for a beat, is let go and held again.
        """
        for process in await asyncio.to_thread(web_processes, system):
            if await self._came_again_while_held(process, tries):
                return

    async def _came_again_while_held(self, process: psutil.Process, tries: int) -> bool:
        """Whether any had both sides at this process; those have not any more."""
        ports = ports_served_by(process)
        together = [theirs for mine, theirs in self.pairs if {mine.local_port, theirs.local_port} <= ports]
        process.suspend()
        try:
            async with asyncio.timeout(6 if tries > 1 else 20):
                await asyncio.gather(*(talker.hang_up() for talker in together))
                for talker in together:
                    await talker.ready.wait()
            return bool(together)
        except TimeoutError:
            if tries == 1:
                raise
        finally:
            process.resume()
        await self.all_ready()
        await self._came_again_while_held(process, tries - 1)
        return True

    def apart(self, system: System) -> int:
        """How many pairs are at two processes now."""
        processes = [ports_served_by(process) for process in web_processes(system)]
        return sum(any((mine.local_port in ports) != (theirs.local_port in ports) for ports in processes) for mine, theirs in self.pairs)

    async def talk(self, messages: int, *, pause_seconds: float) -> None:
        """Both sides of every pair talk until so many messages are acknowledged in all; sometimes one changes its network."""
        self.wanted += messages
        await asyncio.gather(*(self._talk(talker, pause_seconds) for talker in self.talkers))

    async def _talk(self, talker: Talker, pause_seconds: float) -> None:
        while self.begun < self.wanted:
            self.begun += 1
            await talker.say(f"This is number {self.begun} of what we have to say.")
            if random.random() < 0.02:
                await talker.hang_up()
            await asyncio.sleep(random.uniform(0, 2 * pause_seconds))  # the pace of talking

    async def settled(self, seconds: float = 30) -> None:
        """Returns when every side has every message of its session, without asking again."""
        async with asyncio.timeout(seconds):
            for mine, theirs in self.pairs:
                while not (mine.ready.is_set() and theirs.ready.is_set() and len(mine.received) == len(theirs.received) == mine.last_seq == theirs.last_seq):
                    await asyncio.sleep(0.05)  # between two looks at what the readers keep

    async def faults(self) -> list[str]:
        """Where client acknowledgements, database and peers disagree; and what went wrong on the way."""
        found: list[str] = []
        for mine, theirs in self.pairs:
            stored = await mine.stored()
            where = mine.session_id
            if [message["seq"] for message in stored] != list(range(1, len(stored) + 1)):
                found.append(f"{where}: seq is not 1, 2, 3…")
            by_client = Counter(message["clientId"] for message in stored if message["clientId"] is not None)
            found += [f"{where}: {client_id} is stored {count} times" for client_id, count in by_client.items() if count > 1]
            rows = {message["clientId"]: message for message in stored}
            for talker in (mine, theirs):
                for client_id, acknowledged in talker.acknowledged.items():
                    row = rows.pop(client_id, None)
                    if row is None:
                        found.append(f"{where}: acknowledged and lost: {client_id}")
                    elif (row["id"], row["seq"], row["message"]) != (acknowledged["id"], acknowledged["seq"], acknowledged["text"]):
                        found.append(f"{where}: {client_id} is stored otherwise than acknowledged")
                if {seq: message["id"] for seq, message in talker.received.items()} != {message["seq"]: message["id"] for message in stored}:
                    found.append(f"{where}: one side has {len(talker.received)} of {len(stored)} messages, or others")
                found += [f"{where}: {each}" for each in talker.wrong]
            found += [f"{where}: stored and never acknowledged: {client_id}" for client_id in rows if client_id is not None]
            session = await mine.get(f"/chat/sessions/{mine.session_id}")
            if (session["status"], session["lastSeq"]) != ("active", len(stored)):
                found.append(f"{where}: is {session['status']} at {session['lastSeq']}")
        return found


@contextmanager
def new_system(**settings: str) -> Iterator[System]:
    """A whole system without the limits that a crowd behind one address would meet, stopped and removed at the end.

    Not under pytest's own folder: each run of pytest closes that one to all others, PostgreSQL's user too, when it starts.
    """
    with tempfile.TemporaryDirectory(prefix="mentalspace-chat-") as folder:
        Path(folder).chmod(0o755)
        found = System(Path(folder) / "home", settings={"LIMIT_MESSAGES": "off", "LIMIT_LOGIN_ADDRESS": "off", "LOG_LEVEL": "warning", **settings})
        found.start()
        try:
            yield found
        finally:
            found.stop()


@asynccontextmanager
async def meeting(system: System, sessions: int) -> AsyncIterator[Ledger]:
    """So many pairs, joined. A third of the talkers send by REST, each request over a connection of its own."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as http:
        pairs = [
            (
                Talker(http, _address(system), person, session_id, by_rest=number % 3 == 0),
                Talker(http, _address(system), counselor, session_id, by_rest=number % 3 == 1),
            )
            for number, (session_id, person, counselor) in enumerate(await pairs_of(http, system, sessions))
        ]
        found = Ledger(pairs)
        staying = [asyncio.create_task(talker.stay()) for talker in found.talkers]
        try:
            await found.all_ready()
            yield found
            for mine, theirs in pairs:
                # Before their place is free: the next meeting's sessions are not for them.
                await theirs.go_off_duty()
                await mine.close()
        finally:
            for task in staying:
                task.cancel()
            ended = await asyncio.gather(*staying, return_exceptions=True)
            assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended


def _address(system: System) -> str:
    return f"http://127.0.0.1:{system.port}"


async def pairs_of(http: aiohttp.ClientSession, system: System, sessions: int) -> list[tuple[str, str, str]]:
    """So many new sessions, each with its person's token and that of a counselor of their own."""
    found, address = [], _address(system)
    for email in await asyncio.to_thread(counselors, system, sessions):
        person, counselor = await sign_in(http, address, "register", isAnonymous=True), await sign_in(http, address, "login", email=email, password=PASSWORD, kind="counselor")
        found.append((await pair(http, address, person, counselor), person, counselor))
    return found


async def sign_in(http: aiohttp.ClientSession, address: str, how: str, **body: Any) -> str:
    async with http.post(f"{address}/api/auth/{how}", json=body) as answer:
        assert answer.status in (200, 201), await answer.text()
        token: str = (await answer.json())["accessToken"]
        return token


async def pair(http: aiohttp.ClientSession, address: str, person: str, counselor: str) -> str:
    """A new session of these two, by their tokens; nobody else must be on duty with a free place. Returns its id."""
    theirs, mine = {"Authorization": f"Bearer {counselor}"}, {"Authorization": f"Bearer {person}"}
    async with http.put(f"{address}/api/counselor/status", json={"status": "available", "capacity": 1}, headers=theirs) as answer:
        assert answer.status == 200, await answer.text()
    async with http.post(f"{address}/api/chat/sessions", json={"topic": "A talk"}, headers=mine) as answer:
        assert answer.status == 201, await answer.text()
        session_id: str = (await answer.json())["id"]
    async with http.post(f"{address}/api/counselor/queue/next", headers=theirs) as answer:
        assert answer.status == 200, await answer.text()
        assert (await answer.json())["id"] == session_id
    return session_id


# Of each home, by the two dozen: the process that makes them costs more than they do.
_spare: dict[Path, list[str]] = {}


def counselors(system: System, number: int) -> list[str]:
    """Make so many counselors' accounts; returns their addresses. A process of its own, since a process has one runtime."""
    spare = _spare.setdefault(system.home, [])
    if len(spare) < number:
        made = subprocess.run([sys.executable, "-m", "tests.ledger", str(number + 24)], cwd=ROOT, env=system.environment, capture_output=True, text=True, timeout=60, check=False)
        assert made.returncode == 0, made.stderr
        spare += json.loads(made.stdout.splitlines()[-1])
    found, spare[:] = spare[:number], spare[number:]
    return found


async def _make_counselors(number: int) -> list[str]:
    from core.runtime import running
    from core.settings import Settings
    from domain import people

    emails = [f"counselor-{uuid.uuid4().hex}@example.org" for _ in range(number)]
    async with running(Settings.from_env(), "tests", background=False):
        for email in emails:
            await people.add_counselor(email, PASSWORD, first_name="Cora", last_name="Lane", license_number="L-1", specializations=["anxiety"], languages=["en"])
    return emails


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_make_counselors(int(sys.argv[1])))))
