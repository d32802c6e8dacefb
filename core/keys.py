"""The keys: a ring of master secrets, one data key a person, and the system's own keys.

Only wrapped keys are stored. Rotating the masters rewraps them while requests are served; destroying a
person's data key makes all they wrote unreadable, in backups too.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

import asyncpg
import structlog

from core import clock, db
from core.crypto import CannotOpen, Key, derive, mac

log = structlog.get_logger(__name__)

_CACHED = 20_000


class KeyDestroyed(CannotOpen):
    """Whose key it was is gone, and with it all they wrote."""


def person_is_gone(error: BaseException) -> bool:
    """Whether an error shows that somebody was erased meanwhile: their key is gone, or a row has nobody to hang on."""
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return str(error.constraint_name).endswith(("_user_id_fkey", "_session_id_fkey"))
    return isinstance(error, KeyDestroyed)


class KeyRing:
    """Wraps and unwraps keys with master secrets, the newest first. `source` is asked again for an unknown one."""

    def __init__(self, source: Callable[[], tuple[str, ...]]) -> None:
        self._source = source
        self._load()

    def _load(self) -> None:
        self._masters: OrderedDict[str, Key] = OrderedDict()
        for secret in self._source():
            wrapping = derive(secret, "wrap")
            self._masters[mac(wrapping, b"id")[:6].hex()] = Key(wrapping)
        self.current = next(iter(self._masters))

    def wrap(self, key: Key, owner: UUID | str) -> tuple[bytes, str]:
        """Returns the wrapped key and the id of the master that wrapped it."""
        return self._masters[self.current].seal_bytes(key.secret, f"key:{owner}".encode()), self.current

    def unwrap(self, wrapped: bytes, master: str, owner: UUID | str) -> Key:
        """Raises CannotOpen when that master is not on the ring."""
        if master not in self._masters:
            self._load()
        if master not in self._masters:
            raise CannotOpen(f"no master secret {master} in SECRET_KEYS")
        return Key(self._masters[master].open_bytes(wrapped, f"key:{owner}".encode()))

    def reload(self) -> None:
        self._load()


class Keys:
    """Opens keys from the database and remembers the ones in use."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self._people: OrderedDict[UUID, Key] = OrderedDict()
        self._system: dict[str, Key] = {}

    async def create_for(self, owner: UUID) -> Key:
        """Make a person's data key, in the open transaction."""
        key = Key.new()
        wrapped, master = self.ring.wrap(key, owner)
        await db.execute(
            "INSERT INTO data_keys (owner_id, wrapped, master, created_at) VALUES ($1, $2, $3, $4)",
            owner, wrapped, master, clock.now(),
        )  # fmt: skip
        db.after_commit(lambda: self._remember(owner, key))
        return key

    async def of(self, owner: UUID) -> Key:
        """A person's data key. Raises KeyDestroyed."""
        key = self._people.get(owner)
        if key is not None:
            self._people.move_to_end(owner)
            return key
        row = await db.fetchrow("SELECT wrapped, master FROM data_keys WHERE owner_id = $1", owner)
        if row is None:
            raise KeyDestroyed("no such key: erased")
        key = self.ring.unwrap(row["wrapped"], row["master"], owner)
        self._remember(owner, key)
        return key

    def forget(self, owner: UUID) -> None:
        self._people.pop(owner, None)

    def _remember(self, owner: UUID, key: Key) -> None:
        self._people[owner] = key
        if len(self._people) > _CACHED:
            self._people.popitem(last=False)

    async def load_system(self) -> None:
        """Open the system's own keys, making the missing ones; several processes may do so at once."""
        for purpose in ("index", "cursor", "refresh", "one_time", "storage", "fingerprint", "device", "otp", "file", "audit", "receipt", "model", "report"):
            key = Key.new()
            wrapped, master = self.ring.wrap(key, purpose)
            await db.execute(
                "INSERT INTO system_keys (purpose, wrapped, master, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                purpose, wrapped, master, clock.now(),
            )  # fmt: skip
        for row in await db.fetch("SELECT purpose, wrapped, master FROM system_keys"):
            self._system[row["purpose"]] = self.ring.unwrap(row["wrapped"], row["master"], row["purpose"])

    def system(self, purpose: str) -> Key:
        return self._system[purpose]

    def mac(self, purpose: str, *parts: bytes) -> bytes:
        """A keyed fingerprint: the same for the same parts, telling nothing without the key."""
        return mac(self._system[purpose].secret, *parts)


async def rewrap_all(ring: KeyRing, batch: int = 500) -> int:
    """Wrap every stored key with the newest master, while requests are served; returns how many were rewrapped."""
    done = 0
    for table, owner in (("data_keys", "owner_id"), ("system_keys", "purpose"), ("signing_keys", "id")):
        while True:
            async with db.transaction() as scope:
                rows = await db.fetch(
                    f"SELECT {owner} AS owner, wrapped, master FROM {table} WHERE master <> $1 LIMIT $2 FOR UPDATE SKIP LOCKED",
                    ring.current, batch,
                )  # fmt: skip
                renewed = []
                for row in rows:
                    key = ring.unwrap(row["wrapped"], row["master"], row["owner"])
                    renewed.append((row["owner"], *ring.wrap(key, row["owner"])))
                await scope.connection.executemany(f"UPDATE {table} SET wrapped = $2, master = $3 WHERE {owner} = $1", renewed)
            done += len(rows)
            if not rows and not await db.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE master <> $1)", ring.current):
                break
            # Requests in this process go first; a row that somebody holds is waited for, or its old master could never go.
            await asyncio.sleep(0 if rows else 0.05)
    log.info("keys.rewrapped", count=done, master=ring.current)
    return done


_keys: Keys | None = None


def use(keys: Keys) -> None:
    global _keys  # noqa: PLW0603 (one ring a process, set once at its start)
    _keys = keys


def keys() -> Keys:
    """The process's keys. Raises RuntimeError before `use`."""
    if _keys is None:
        raise RuntimeError("core.keys.use() has not been called")
    return _keys
