"""Factories: people who sign up through the API and act through it, and jobs that are done on demand."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import FormData
from aiohttp.test_utils import TestClient

from core import db, jobs
from domain import people
from domain.sign_in import Caller
from workers import handlers

__all__ = ["NOBODYS", "PASSWORD", "Account", "Answered", "World", "handlers"]

PASSWORD = "a quiet green lake"
# An id that nothing has.
NOBODYS = "018f0000-0000-7000-8000-000000000000"
_numbers = itertools.count(1)


@dataclass
class Answered:
    """A response, read."""

    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def paths(self) -> set[str]:
        """The fields a 422 names."""
        return {error["path"] for error in self.json["errors"]}


class World:
    """Sends requests and makes accounts."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def send(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, headers: dict[str, str] | None = None, form: FormData | None = None) -> Answered:
        """`body` is sent as JSON; `raw` as it is, as JSON unless a header says otherwise."""
        sent = dict(headers or {})
        data: Any = form
        if body is not None:
            data = json.dumps(body).encode()
        if raw is not None:
            data = raw
        if data is not None and form is None:
            sent.setdefault("Content-Type", "application/json")
        async with self.client.request(method, f"/api{path}", data=data, headers=sent, allow_redirects=False) as response:
            return Answered(response.status, response.headers, await response.read())

    async def user(self, *, email: str | None = None, password: str = PASSWORD, **about: Any) -> Account:
        """Somebody with an email address."""
        email = email or f"person{next(_numbers)}@example.org"
        answered = await self.send("POST", "/auth/register", {"email": email, "password": password, **about})
        assert answered.status == 201, answered.raw
        return Account(self, answered.json["user"]["id"], email, password, answered.json)

    async def anonymous(self, **about: Any) -> Account:
        answered = await self.send("POST", "/auth/register", {"isAnonymous": True, **about})
        assert answered.status == 201, answered.raw
        return Account(self, answered.json["user"]["id"], None, None, answered.json)

    async def counselor(self, **about: Any) -> Account:
        email = f"counselor{next(_numbers)}@example.org"
        options = {"first_name": "Cora", "last_name": "Lane", "license_number": "L-1", "specializations": ["anxiety"], "languages": ["en"], **about}
        await people.add_counselor(email, PASSWORD, **options)
        return await self._signed_in("counselor", email)

    async def staff(self, role: str = "admin") -> Account:
        email = f"staff{next(_numbers)}@example.org"
        await people.add_staff(email, PASSWORD, role)
        return await self._signed_in("staff", email)

    async def _signed_in(self, kind: str, email: str) -> Account:
        answered = await self.send("POST", "/auth/login", {"email": email, "password": PASSWORD, "kind": kind})
        assert answered.status == 200, answered.raw
        return Account(self, answered.json[kind]["id"], email, PASSWORD, answered.json)

    async def mailbox(self, to: str | None = None, kind: str | None = None) -> list[dict[str, Any]]:
        """Mails sent so far, newest first, after doing the jobs that send them."""
        await do_jobs()
        answered = await self.send("GET", "/dev/mailbox")
        return [mail for mail in answered.json if to in (None, mail["to"]) and kind in (None, mail["kind"])]


@dataclass
class Account:
    """A signed-in account."""

    world: World
    id: str
    email: str | None
    password: str | None
    tokens: dict[str, Any]

    @property
    def uuid(self) -> UUID:
        return UUID(self.id)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['accessToken']}"}

    async def send(self, method: str, path: str, body: Any = None, **options: Any) -> Answered:
        headers = {**self.bearer, **options.pop("headers", {})}
        return await self.world.send(method, path, body, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> Answered:
        return await self.send("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answered:
        return await self.send("POST", path, body, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> Answered:
        return await self.send("PUT", path, body, **options)

    async def delete(self, path: str, body: Any = None, **options: Any) -> Answered:
        return await self.send("DELETE", path, body, **options)

    async def log_mood(self, mood: int = 3, **about: Any) -> dict[str, Any]:
        answered = await self.post("/moods", {"mood": mood, **about})
        assert answered.status == 201, answered.raw
        found: dict[str, Any] = answered.json
        return found


CALLER = Caller("203.0.113.7", "tests")


async def confirmed(account: Account) -> None:
    """The account's address is confirmed, before any mail has left."""
    await db.execute("UPDATE users SET email_verified = true WHERE id = $1", account.uuid)


async def do_jobs(most_rounds: int = 50) -> list[str]:
    """Do all due jobs, and those they promise, in this process; returns each one's outcome."""
    outcomes = []
    for _ in range(most_rounds):
        rows = await db.fetch("SELECT id FROM jobs WHERE failed_at IS NULL AND lease_until IS NULL AND due_at <= now() ORDER BY due_at, id")
        if not rows:
            break
        for row in rows:
            outcomes.append(await jobs.run(row["id"]))
    return outcomes


async def count(table: str) -> int:
    """How many rows a table has."""
    found: int = await db.fetchval(f"SELECT count(*) FROM {table}")
    return found


def upload(content: bytes, name: str = "file", filename: str = "moods.csv", **fields: str) -> FormData:
    form = FormData()
    for field, value in fields.items():
        form.add_field(field, value)
    form.add_field(name, content, filename=filename, content_type="text/csv")
    return form
