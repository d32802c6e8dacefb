"""A whole system of its own: `mentalspace up` in a process tree, to be stopped, killed and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
_OURS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEYS", "APP_ENV", "PYTEST_XDIST_WORKER")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def says(process: psutil.Process, *words: str) -> bool:
    """Whether a process that is alive has all these words in its command line."""
    try:
        line = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return all(word in line for word in words)


@dataclass
class System:
    """One home and one port; `start` may be called again after `kill` or `stop`."""

    home: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.home.parent / f"{self.home.name}.log"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in _OURS}
        fast = {"BCRYPT_ROUNDS": "4", "LIMIT_DEFAULT": "off", "LIMIT_REGISTER": "off", "LIMIT_UNAUTHENTICATED": "off"}
        return {**inherited, **fast, "MENTALSPACE_HOME": str(self.home), "PORT": str(self.port), **self.settings}

    def launch(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", "commands.main", "up"], cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        return self._process

    def start(self, seconds: float = 90) -> System:
        """Returns when the system says it is ready."""
        said = self.log.read_text().count("\nready ") if self.log.exists() else 0
        process, deadline = self.launch(), time.monotonic() + seconds
        while self.log.read_text().count("\nready ") <= said:
            assert process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)  # between two looks at a log that another process writes
        return self

    @property
    def tree(self) -> list[psutil.Process]:
        """Every process of the system, this one's child first."""
        assert self._process is not None
        try:
            root = psutil.Process(self._process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def named(self, *words: str) -> list[psutil.Process]:
        """The tree's processes whose command line holds all the words."""
        return [process for process in self.tree if says(process, *words)]

    def kill(self) -> None:
        """Kill -9 of all of it at once."""
        tree = self.tree
        for process in tree:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        _, left = psutil.wait_procs(tree, timeout=10)
        assert not left
        self._reap()

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; returns its exit status once every process of it is gone."""
        assert self._process is not None
        tree = self.tree
        if not tree:
            return self._reap()
        self._process.send_signal(sign)
        status = self._reap()
        _, left = psutil.wait_procs(tree[1:], timeout=5)
        assert not left, left
        return status

    def _reap(self) -> int:
        assert self._process is not None
        return self._process.wait(40)

    def send(self, method: str, path: str, body: Any = None, *, bearer: str | None = None, timeout: float = 10) -> tuple[int, Any]:
        """Status and parsed body; status 0 when nobody answers."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api{path}", method=method, headers=headers, data=json.dumps(body).encode() if body is not None else None)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                raw = answer.read()
                return answer.status, json.loads(raw) if raw else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
        except OSError:
            return 0, None

    def sign_up(self, **about: Any) -> str:
        """A new anonymous person's access token."""
        status, answered = self.send("POST", "/auth/register", {"isAnonymous": True, **about})
        assert status == 201, answered
        token: str = answered["accessToken"]
        return token

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run `mentalspace …` beside the running system."""
        return subprocess.run([sys.executable, "-m", "commands.main", *words], cwd=ROOT, env=self.environment, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def until(condition: Any, seconds: float = 40) -> Any:
    """Wait for a condition to hold; returns what it returned. Fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)  # between two looks: other processes make it hold, and tell nobody
    return found
