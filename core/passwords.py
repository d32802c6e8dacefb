"""Passwords: bcrypt over a pre-hash, in a bounded thread pool, so that hashing never blocks the loop.

`bcrypt_sha256` hashes HMAC-SHA-256 of the password first: every byte of a long one matters.
"""

from __future__ import annotations

import asyncio
import os
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from passlib.context import CryptContext

from core.problem import ServiceUnavailable

LEAST, MOST = 10, 256
_QUEUED_PER_THREAD = 16
# Up to so many characters, three of them over and over are what people type who must type something; a longer one was chosen.
_MOST_REPEATED = 16
_SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "98765432109876543210", "qwertyuiopasdfghjklzxcvbnm")


class PasswordHasher:
    def __init__(self, rounds: int) -> None:
        self._context = CryptContext(schemes=["bcrypt_sha256"], bcrypt_sha256__rounds=rounds)
        threads = max(1, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._most_waiting = threads * _QUEUED_PER_THREAD
        self._waiting = 0
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """Raises ServiceUnavailable when too many are waiting already."""
        hashed: str = await self._in_thread(self._context.hash, normalise(password))
        return hashed

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Takes the same time when there is nothing to compare with. Raises ServiceUnavailable."""
        known = hashed is not None
        if hashed is None:
            if self._dummy is None:
                self._dummy = await self.hash("nobody's password")
            hashed = self._dummy
        return bool(await self._in_thread(self._context.verify, normalise(password), hashed)) and known

    async def _in_thread(self, work: Any, *args: Any) -> Any:
        if self._waiting >= self._most_waiting:
            raise ServiceUnavailable("Too many people sign in at once; try again in a moment", retry_after=3)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def normalise(password: str) -> str:
    """NFKC, so that every keyboard's spelling of it is the same password."""
    return unicodedata.normalize("NFKC", password)


@lru_cache(1)
def _common() -> frozenset[str]:
    """The 30,000 most used passwords of zxcvbn's list (Wheeler, USENIX Security 2016)."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 (a megabyte that only registration needs)

    return frozenset(FREQUENCY_LISTS["passwords"])


def weakness(password: str, email: str | None) -> str | None:
    """Why a password is refused, or None: length, commonness, the address's own name; no composition rules."""
    password = normalise(password)
    if "\x00" in password:
        return "must not contain NUL"
    if not LEAST <= len(password) <= MOST:
        return f"must have {LEAST} to {MOST} characters"
    lowered = password.casefold()
    base = re.sub(r"[\d\W_]+\Z", "", lowered)
    is_repeated = len(set(lowered)) < 4 and len(lowered) <= _MOST_REPEATED
    if is_repeated or lowered in _common() or any(lowered in sequence for sequence in _SEQUENCES):
        return "is one of the most common passwords"
    if len(lowered) - len(base) <= 4 and base in _common():
        return "is one of the most common passwords with something added"
    local = (email or "").partition("@")[0].casefold()
    if len(local) >= 3 and local in lowered:
        return "must not contain your email's name"
    return None


_hasher: PasswordHasher | None = None


def use(hasher: PasswordHasher) -> None:
    global _hasher  # noqa: PLW0603 (one pool a process)
    _hasher = hasher


def hasher() -> PasswordHasher:
    """The process's hasher. Raises RuntimeError before `use`."""
    if _hasher is None:
        raise RuntimeError("core.passwords.use() has not been called")
    return _hasher
