"""The broker, as far as it can be looked at without a RabbitMQ."""

from __future__ import annotations

from pathlib import Path
from socket import socket
from typing import Any

import pytest
from dramatiq.errors import ConnectionClosed

from core import clock, jobs
from core.broker import DramatiqBroker, open_broker
from core.settings import Settings


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Any:
    """A RabbitMQ that is not there."""
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        yield open_broker(Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), "BROKER_URL": f"amqp://127.0.0.1:{port}"}))


def test_what_rabbitmq_did_not_take_is_not_sent(rabbitmq: Any) -> None:
    """So its row stays to be sent; and a message counts as taken when RabbitMQ says so, not when it was written."""
    with pytest.raises(ConnectionClosed):
        DramatiqBroker(rabbitmq).send([(clock.new_id(), "default")])
    assert rabbitmq.confirm_delivery


@pytest.mark.parametrize("queue", jobs.QUEUES)
def test_rabbitmq_does_not_say_what_it_holds(rabbitmq: Any, queue: str) -> None:
    assert DramatiqBroker(rabbitmq).waiting(queue) is None
