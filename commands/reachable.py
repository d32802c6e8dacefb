"""What `mentalspace up` is told to use and does not start itself: is it there?"""

from __future__ import annotations

import logging
import socket
from urllib.parse import urlsplit

from core.settings import Settings, SettingsError

SECONDS = 5


def require(settings: Settings, redis_url: str | None) -> None:
    """Raises SettingsError, naming the variable, where nobody answers. The database is asked by the migrations, before anything is served."""
    for variable, url in (("REDIS_URL", redis_url), ("BROKER_URL", settings.broker_url), ("S3_ENDPOINT_URL", settings.s3_endpoint_url)):
        if url:
            try:
                _ask(url)
            except _Away as error:
                raise SettingsError(f"{variable} leads nowhere: {error}") from None


class _Away(Exception):
    pass


def _ask(url: str) -> None:
    scheme = urlsplit(url).scheme
    if scheme.startswith("amqp"):
        _ask_rabbitmq(url)
    elif scheme.startswith("http"):
        _connect(url, 443 if scheme == "https" else 80)
    else:
        _ask_redis(url)


def _ask_redis(url: str) -> None:
    from redis import Redis  # noqa: PLC0415 (only where one is configured)
    from redis.exceptions import RedisError  # noqa: PLC0415

    try:
        with Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as redis:
            redis.ping()
    except (RedisError, OSError) as error:
        raise _Away(str(error)) from None


def _ask_rabbitmq(url: str) -> None:
    _connect(url, 5671 if url.startswith("amqps") else 5672)
    try:
        import pika  # type: ignore[import-untyped]  # noqa: PLC0415 (an extra)
    except ImportError:
        return
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    asked = pika.URLParameters(url)
    asked.connection_attempts, asked.socket_timeout, asked.stack_timeout = 1, SECONDS, SECONDS
    try:
        pika.BlockingConnection(asked).close()
    except Exception as error:  # noqa: BLE001 (it says in many ways that there is no RabbitMQ for us)
        raise _Away(" ".join(str(error).split()) or type(error).__name__) from None


def _connect(url: str, port: int) -> None:
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "", place.port or port), SECONDS).close()
    except OSError as error:
        raise _Away(f"{place.hostname}:{place.port or port}: {error.strerror or error}") from None
