"""The worker process, in more of a hurry to end than the real one: `dramatiq tests.workers.quick_actors`."""

from __future__ import annotations

from workers import actors

__all__ = ["broker"]

actors.CLOSING_SECONDS = 1
broker = actors.broker
