"""Connections to Redis: bounded, quick to give up, never blocking a request for long."""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

LOST = (RedisError, ConnectionError, TimeoutError, OSError)


def connect(url: str, *, connections: int = 8, timeout: float = 1.0) -> Redis:
    """A client whose commands fail after `timeout` seconds instead of waiting for a lost server."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=timeout, socket_timeout=timeout, socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0), health_check_interval=0,
    )  # fmt: skip
    return Redis.from_pool(pool)


def connect_listener(url: str) -> Redis:
    """A client for subscriptions: reads wait as long as the caller says."""
    return Redis.from_url(url, socket_timeout=None, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
