"""Processes of a running system to kill, and when each has come back."""

from __future__ import annotations

import http.client
import random
import time
from dataclasses import dataclass

import psutil

from tests.system import System, says, until

SECONDS_TO_COME_BACK = 40


def web_processes(system: System) -> list[psutil.Process]:
    """The processes that serve; their master is not one of them."""
    found = system.named("gunicorn")
    masters = {process.pid for process in found}
    return [process for process in found if process.ppid() in masters]


def web_master(system: System) -> psutil.Process:
    serving = {process.pid for process in web_processes(system)}
    (master,) = [process for process in system.named("gunicorn") if process.pid not in serving]
    return master


def ports_served_by(process: psutil.Process) -> set[int]:
    """The other ends of its open TCP connections."""
    try:
        return {each.raddr.port for each in process.net_connections("tcp") if each.raddr}
    except psutil.Error:
        return set()


def serves(system: System, pid: int) -> bool:
    """Whether this process takes connections; asked by opening some, which may land at any of them."""
    opened = []
    try:
        for _ in range(8):
            connection = http.client.HTTPConnection("127.0.0.1", system.port, timeout=2)
            opened.append(connection)
            connection.request("GET", "/api/health/live")
            connection.getresponse().read()
            if connection.sock is not None and connection.sock.getsockname()[1] in ports_served_by(psutil.Process(pid)):
                return True
    except (OSError, http.client.HTTPException, psutil.Error):
        return False
    finally:
        for connection in opened:
            connection.close()
    return False


@dataclass(frozen=True)
class Victim:
    """A kind of process that gets killed: which ones now, and whether they are back given the pids that were killed."""

    name: str

    def processes(self, system: System) -> list[psutil.Process]:
        match self.name:
            case "api process":
                return random.sample(web_processes(system), 1)
            case "api master":
                return [web_master(system)]
            case "worker":
                return system.named("dramatiq", "default")
            case "redis":
                return system.named("redis-server")
            case "postgres":
                return system.named("postgres", "-D")
            case "postgres backend":
                (postmaster,) = system.named("postgres", "-D")
                return random.sample([each for each in postmaster.children() if says(each, "mentalspace")], 1)
        raise ValueError(self.name)

    def kill(self, system: System) -> float:
        """Kill -9, and wait until the system is whole again; returns after how many seconds."""
        before = {each.pid for each in web_processes(system)}
        victims = self.processes(system)
        assert victims, self.name
        # One backend's end makes the server end all of them.
        falling = victims[0].parent().children() if self is BACKEND else victims
        began = time.monotonic()
        for process in victims:
            process.kill()
        _, left = psutil.wait_procs(falling, timeout=SECONDS_TO_COME_BACK)
        assert not [each for each in left if says(each, "mentalspace")], left
        killed = {process.pid for process in victims}
        if self.name in ("api process", "api master"):
            # A master's processes end with it.
            gone = killed if self.name == "api process" else before | killed
            until(lambda: self._serve_again(system, gone, len(before)), SECONDS_TO_COME_BACK)
        elif self is not BACKEND:
            until(lambda: len(self.processes(system)) >= len(killed), SECONDS_TO_COME_BACK)
        until(lambda: system.send("GET", "/health/ready", timeout=3)[0] == 200, SECONDS_TO_COME_BACK)
        return time.monotonic() - began

    @staticmethod
    def _serve_again(system: System, gone: set[int], number: int) -> bool:
        now = {process.pid for process in web_processes(system)} - gone
        return len(now) == number and all(serves(system, pid) for pid in now)


# A whole round of kinds; the master's end takes its processes with it.
API, MASTER, WORKER, REDIS, POSTGRES, BACKEND = (Victim(name) for name in ("api process", "api master", "worker", "redis", "postgres", "postgres backend"))
ROUND = (API, POSTGRES, REDIS, WORKER, BACKEND, MASTER)
