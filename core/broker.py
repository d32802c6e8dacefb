"""The Dramatiq broker: Redis by default, RabbitMQ for `amqp://`. It carries job ids and nothing else."""

from __future__ import annotations

from uuid import UUID

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Middleware, ShutdownNotifications
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.jobs import QUEUES
from core.settings import Settings, SettingsError

ACTOR = "run_job"


def open_broker(settings: Settings, middleware: list[Middleware] | None = None) -> dramatiq.Broker:
    """A broker with quick recovery of what a killed worker held (10 s, against Dramatiq's own minute and more)."""
    url = settings.broker()
    middleware = middleware if middleware is not None else [AgeLimit(), ShutdownNotifications()]
    broker: dramatiq.Broker
    if url.startswith("amqp"):
        try:
            from dramatiq.brokers.rabbitmq import RabbitmqBroker  # noqa: PLC0415 (an optional extra)
        except ImportError:
            raise SettingsError("BROKER_URL is amqp:// but the `amqp` extra is not installed") from None
        # Unconfirmed, what is written to a connection that has just died counts as sent, and waits ten minutes for the sweep.
        broker = RabbitmqBroker(url=url, middleware=middleware, confirm_delivery=True)
    else:
        client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
        broker = RedisBroker(client=client, middleware=middleware, heartbeat_timeout=10_000, maintenance_chance=200_000)  # type: ignore[no-untyped-call]
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker


class DramatiqBroker:
    """core.jobs.Broker over Dramatiq."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker

    def send(self, rows: list[tuple[UUID, str]]) -> None:
        for job_id, queue in rows:
            self._broker.enqueue(dramatiq.Message(queue_name=queue, actor_name=f"{ACTOR}_{queue}", args=(str(job_id),), kwargs={}, options={}))

    def waiting(self, queue: str) -> int | None:
        if isinstance(self._broker, RedisBroker):
            return int(self._broker.do_qsize(queue))
        return None

    def close(self) -> None:
        self._broker.close()
