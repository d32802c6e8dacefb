"""Gunicorn's settings: WEB_CONCURRENCY processes behind one port, each started again when it dies."""

import gc

from core.settings import Settings

_settings = Settings.from_env()

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.web_concurrency
# Read once, by the master: a process that takes another's place serves at once, and they share the memory.
preload_app = True
worker_class = "aiohttp.GunicornUVLoopWebWorker"
proc_name = "mentalspace-web"
timeout = 30
graceful_timeout = 12
backlog = 2048
accesslog = None
loglevel = "warning"
control_socket_disable = True

# What the application is made of is no garbage: nobody looks through it while it is read, nor the processes afterwards, who would stop sharing it by that.
gc.disable()


def when_ready(_server: object) -> None:
    gc.freeze()
    gc.enable()


def child_exit(_server: object, worker: object) -> None:
    """Forget the live gauges of a process that ended."""
    from prometheus_client import multiprocess  # noqa: PLC0415 (only the master needs it)

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[attr-defined,no-untyped-call]
