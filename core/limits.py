"""Rate limits shared by all processes without a round trip on the hot path.

Each process counts for itself and, ten times a second, adds what it counted to Redis and learns what the
others did; a limit can so be overshot by what arrives within a tenth of a second. `hit_exactly` asks Redis
first, for limits that guard secrets. While Redis is away each process keeps counting alone.
A window begins with its first hit and lasts the rule's period.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextvars import ContextVar
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis

from core import redis_pool
from core.problem import RateLimited
from core.settings import Rate

log = structlog.get_logger(__name__)

_SYNC_SECONDS = 0.1
# How long an exact hit waits for Redis before this process counts alone.
_PATIENCE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after a hit; `reset` is in seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {"RateLimit-Limit": str(self.limit), "RateLimit-Remaining": str(self.remaining), "RateLimit-Reset": str(self.reset)}

    def refusal(self, detail: str | None = None) -> RateLimited:
        """The problem to raise when it is over; it carries this limit's headers, not those of a wider one."""
        refused = RateLimited(self.reset, detail)
        refused.headers |= self.headers()
        return refused


@dataclass(slots=True)
class Told:
    """The tightest limit that a request met, of those its caller is told of."""

    standing: Standing | None = None


_told: ContextVar[Told | None] = ContextVar("told", default=None)


def listen() -> Told:
    """From now on, in this task, what is told goes here."""
    told = Told()
    _told.set(told)
    return told


def tell(standing: Standing | None) -> None:
    """Let the caller of this request know. Not of a limit whose very counting would tell something, as of who has an account."""
    told = _told.get()
    if told is not None and standing is not None and (told.standing is None or standing.remaining < told.standing.remaining):
        told.standing = standing


@dataclass(slots=True)
class _Window:
    ends_at: float
    shared: int = 0
    unsent: int = 0


class Limiter:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._windows: dict[str, _Window] = {}
        self._unsent: set[str] = set()
        # One round with Redis at a time: two at once would both send the same hits.
        self._syncing = asyncio.Lock()

    def hit(self, rule: str, rate: Rate, key: str) -> Standing | None:
        """Count one request; None when the rule is off. A refused request is not counted."""
        if rate.count is None:
            return None
        name, now = f"{rule}:{key}", time.monotonic()
        window = self._windows.get(name)
        if window is None or window.ends_at <= now:
            window = self._windows[name] = _Window(now + rate.seconds)
        used = window.shared + window.unsent
        reset = _left(window, rate, now)
        if used >= rate.count:
            return Standing(False, rate.count, 0, reset)
        window.unsent += 1
        self._unsent.add(name)
        return Standing(True, rate.count, rate.count - used - 1, reset)

    async def hit_exactly(self, rule: str, rate: Rate, key: str) -> Standing | None:
        """Like `hit`, after asking what the other processes counted."""
        if rate.count is None:
            return None
        standing = self.hit(rule, rate, key)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._sync([f"{rule}:{key}"])
        except redis_pool.LOST as error:
            log.warning("limits.alone", error=type(error).__name__)
            return standing
        window = self._windows[f"{rule}:{key}"]
        reset = _left(window, rate, time.monotonic())
        allowed = bool(standing and standing.allowed) and window.shared + window.unsent <= rate.count
        return Standing(allowed, rate.count, max(0, rate.count - window.shared - window.unsent), reset)

    async def hit_informed(self, rule: str, rate: Rate, key: str) -> Standing | None:
        """Like `hit`, but a window's first hit in this process asks what the others counted: a new line to another process begins no new count."""
        window = self._windows.get(f"{rule}:{key}")
        if window is None or window.ends_at <= time.monotonic():
            return await self.hit_exactly(rule, rate, key)
        return self.hit(rule, rate, key)

    async def require(self, rule: str, rate: Rate, key: str) -> Standing | None:
        """`hit_exactly`, told to the caller and raising RateLimited when it is over."""
        standing = await self.hit_exactly(rule, rate, key)
        tell(standing)
        if standing is not None and not standing.allowed:
            raise standing.refusal()
        return standing

    def refund(self, rule: str, key: str) -> None:
        """Take one hit back: the attempt it guarded against did not happen."""
        window = self._windows.get(f"{rule}:{key}")
        if window is not None and window.shared + window.unsent > 0:
            window.unsent -= 1
            self._unsent.add(f"{rule}:{key}")

    async def run(self) -> None:
        """Share counts until cancelled."""
        while True:
            await asyncio.sleep(_SYNC_SECONDS)
            try:
                names, self._unsent = list(self._unsent), set()
                if names:
                    try:
                        await self._sync(names)
                    except redis_pool.LOST:
                        self._unsent.update(names)
                        await asyncio.sleep(0.5)
                now = time.monotonic()
                if len(self._windows) > 1000:
                    self._windows = {name: window for name, window in self._windows.items() if window.ends_at > now}
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 (limits must go on)
                log.error("limits.failed", error=type(error).__name__)

    async def _sync(self, names: list[str]) -> None:
        async with self._syncing:
            await self._share(names)

    async def _share(self, names: list[str]) -> None:
        now = time.monotonic()
        windows = [(name, self._windows[name]) for name in names if name in self._windows and self._windows[name].ends_at > now]
        if not windows:
            return
        pipeline = self._redis.pipeline(transaction=False)
        sent = []
        for name, window in windows:
            key, sending = f"limit:{name}", window.unsent
            pipeline.set(key, 0, px=max(1, int((window.ends_at - now) * 1000)), nx=True)
            pipeline.incrby(key, sending)
            pipeline.pttl(key)
            sent.append(sending)
        answers = await pipeline.execute()
        for index, (_, window) in enumerate(windows):
            window.shared = int(answers[index * 3 + 1])
            window.unsent -= sent[index]
            left = answers[index * 3 + 2]
            if left > 0:
                window.ends_at = time.monotonic() + left / 1000


def _left(window: _Window, rate: Rate, now: float) -> int:
    """Whole seconds until a window ends, 1 to its rule's period: what was added and taken away again may be a hair more."""
    return min(max(1, math.ceil(window.ends_at - now)), rate.seconds)


_limiter: Limiter | None = None


def use(limiter: Limiter) -> None:
    global _limiter  # noqa: PLW0603 (one limiter a process)
    _limiter = limiter


def limiter() -> Limiter:
    """The process's limiter. Raises RuntimeError before `use`."""
    if _limiter is None:
        raise RuntimeError("core.limits.use() has not been called")
    return _limiter
