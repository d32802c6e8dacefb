"""`mentalspace up`: the whole system from one command, on the topology of the Procfile.

Embedded servers stand in for the ones that are not configured; then the release line runs, then every other
line of the Procfile, each started again when it dies. When this process ends, however it ends, all of it ends.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Popen, Process

from commands import reachable
from core.embedded import Embedded, launched
from core.settings import Settings, SettingsError, development_secrets
from core.telemetry import share_metrics

ROOT = Path(__file__).parent.parent
KILL_AFTER_SECONDS = 20
# Whoever lived so long did not fail at its start: what ended it may well not happen again.
SECONDS_OF_HEALTH = 5
_stopping: Any = multiprocessing.Event()
_speaking = threading.RLock()  # a signal handler may speak while its own thread does


class KeptProcess(Process):
    """A line of the Procfile, started again when it dies, with a pause that grows while it keeps dying."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._child_ctor = _spawn

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG: this process has nothing to tidy
        pause = 0.5
        while True:
            began = time.monotonic()
            super().run(_NoStop(events), ignore_signals)
            if _stopping.is_set():
                break
            pause = 0.5 if time.monotonic() - began > SECONDS_OF_HEALTH else min(pause * 2, 10)
            self._send_message(f"ended with {self._child.returncode}; starting it again in {pause:.0f} s\n".encode())
            if _stopping.wait(pause):
                break
        self._events = events
        self._send_message({"returncode": self._child.returncode}, type="stop")


class _NoStop:
    """Passes a process's events on, but not its ends: Honcho would end everything else."""

    def __init__(self, events: Any) -> None:
        self._events = events

    def put(self, message: Any) -> None:
        if message.type != "stop":
            self._events.put(message)


def _spawn(command: str, **options: Any) -> Any:
    # `exec`: the signal goes to the program, not to a shell in between.
    return Popen(f"exec {shlex.join(launched(['/bin/sh', '-c', f'exec {command}'], signal.SIGTERM))}", **options)


class _WholeLines:
    """Standard output for Honcho's printer, a line at a time: what another thread says never lands inside one."""

    def __init__(self) -> None:
        self._begun = ""

    def write(self, text: str) -> None:
        whole, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            _say(whole)

    def flush(self) -> None:
        """Whole lines are flushed as they are written."""

    def isatty(self) -> bool:
        return sys.stdout.isatty()


class KeptProcesses(Manager):
    """Honcho's manager over kept processes. Only the first process of each is signalled: it tells its own children."""

    def __init__(self) -> None:
        super().__init__(Printer(_WholeLines(), colour=sys.stdout.isatty()))
        self._process_ctor = KeptProcess
        self._procmgr = _FirstOnly()

    def terminate(self) -> None:
        if not _stopping.is_set():
            _stopping.set()
            threading.Thread(target=self._kill_late, daemon=True).start()
        super().terminate()

    def _kill_late(self) -> None:
        time.sleep(KILL_AFTER_SECONDS)  # a daemon thread: it ends with the process when all stop in time
        self.kill()

    def _system_print(self, data: str) -> None:
        if "started" not in data:
            super()._system_print(data)


class _FirstOnly:
    def terminate(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            return

    def kill(self, pid: int) -> None:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def up(settings: Settings) -> int:
    """Run everything until SIGINT or SIGTERM; returns the exit status. Raises SettingsError for what is wrong."""
    began = time.monotonic()
    _require_port(settings)
    configured_database, configured_redis = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if settings.production and not (configured_database and configured_redis):
        raise SettingsError("production needs DATABASE_URL and REDIS_URL")
    reachable.require(settings, configured_redis)
    signal.signal(signal.SIGTERM, _interrupt)
    embedded = Embedded(settings.home, say=_say)
    try:
        if not (configured_database and configured_redis):
            _say("starting PostgreSQL and Redis …" if not configured_database else "starting Redis …")
            embedded.start(postgres=not configured_database, redis=not configured_redis)
            embedded.announce(settings.services_file, settings.local_url)
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
            "MENTALSPACE_HOME": str(settings.home),
            "PORT": str(settings.port),
            "DATABASE_URL": configured_database or embedded.database_url,
            "REDIS_URL": configured_redis or embedded.redis_url,
            **share_metrics(settings.home),
        }
        if not settings.secret_keys:
            development_secrets(settings)
        lines = parse_procfile((ROOT / "Procfile").read_text()).processes
        _say("migrating and loading the catalogue …")
        if subprocess.run(lines.pop("release"), shell=True, env=environment, cwd=ROOT, check=False).returncode:  # noqa: S602 (our own Procfile)
            return 1
        _say(f"starting {', '.join(lines)} …")
        manager = KeptProcesses()
        for name, command in lines.items():
            manager.add_process(name, command, env=environment, cwd=str(ROOT))
        threading.Thread(target=_tell_when_ready, args=(settings, began), daemon=True).start()
        manager.loop()
    except KeyboardInterrupt:
        pass
    finally:
        _stopping.set()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        embedded.stop()
        _say("stopped")
    return 0


def _interrupt(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    with _speaking:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _require_port(settings: Settings) -> None:
    """Raises SettingsError when something else listens on the port."""
    deadline = time.monotonic() + 5
    while True:
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, settings.port))
                return
            except OSError as error:
                # A run that was killed a moment ago may still be letting go of it.
                if error.errno != 98 or time.monotonic() > deadline:
                    raise SettingsError(f"port {settings.port} on {settings.host} cannot be used: {error.strerror}; set PORT or HOST") from None
        time.sleep(0.3)  # a port tells nobody when it is free


def _tell_when_ready(settings: Settings, began: float) -> None:
    address = settings.local_url
    told = time.monotonic()
    while not _stopping.is_set():
        try:
            with urllib.request.urlopen(f"{address}/api/health/ready", timeout=3) as answer:  # noqa: S310 (our own address)
                json.load(answer)
            _say(f"ready {address}")
            _say(f"after {time.monotonic() - began:.1f} s; API description at {address}/api/docs; stop with Ctrl-C")
            return
        except (urllib.error.URLError, OSError, ValueError):
            if time.monotonic() - told > 10:
                told = time.monotonic()
                _say("still waiting for the API to be ready …")
            time.sleep(0.1)  # between two looks, in a thread of its own
