"""Starting and stopping: one clear line for each thing that is wrong, nothing left behind, no meeting of two instances."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system import ROOT, System, until

pytestmark = pytest.mark.timeout(200)


def _refused(home: Path, **settings: str) -> str:
    """The one line `up` says when it refuses to start."""
    system = System(home, settings=settings)
    ran = subprocess.run([sys.executable, "-m", "commands.main", "up"], cwd=ROOT, env=system.environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1, ran.stdout
    lines = ran.stderr.strip().splitlines()
    assert len(lines) == 1, ran.stderr
    return lines[0]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"S3_BUCKET": "My_Files"}, "S3_BUCKET"),
        ({"BROKER_URL": "amqp://127.0.0.1:1/"}, "BROKER_URL"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "REDIS_URL"),
        ({"APP_ENV": "production"}, "SECRET_KEYS"),
    ],
)
def test_a_wrong_setting_is_one_line_naming_it(tmp_path: Path, settings: dict[str, str], says: str) -> None:
    assert says in _refused(tmp_path / "home", **settings)


def test_a_taken_port_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "PORT" in _refused(tmp_path / "home", PORT=str(taken.getsockname()[1]))


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "MENTALSPACE_HOME" in _refused(tmp_path / "file" / "home")


def test_an_unreachable_database_is_one_line(tmp_path: Path) -> None:
    line = _refused(tmp_path / "home", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert "database" in line


@pytest.mark.early
@pytest.mark.xdist_group("kills")
def test_two_instances_run_side_by_side_and_do_not_meet(tmp_path: Path, system: System) -> None:
    tmp_path.chmod(0o755)
    one, other = system, System(tmp_path / "other")
    if not one.tree:
        one.launch()
    other.start()
    until(lambda: one.send("GET", "/health/ready")[0] == 200, seconds=90)
    try:
        token = one.sign_up()
        assert one.send("POST", "/moods", {"mood": 5}, bearer=token)[0] == 201
        assert other.send("GET", "/moods", bearer=token)[0] == 401
        added = one.command("counselor", "add", "--email", "Cora@Example.org", "--first-name", "Cora", "--last-name", "Lane", "--license-number", "L-1", "--specialization", "anxiety", "--language", "en", "--role", "supervisor", "--password-stdin", stdin="a quiet green lake\n")  # fmt: skip
        assert added.returncode == 0, added.stderr
        assert '"email": "cora@example.org"' in added.stdout
        again = one.command("counselor", "add", "--email", "cora@example.org", "--first-name", "C", "--last-name", "L", "--license-number", "L", "--specialization", "x", "--password-stdin", stdin="a quiet green lake\n")  # fmt: skip
        assert again.returncode == 1
        assert again.stderr.strip().splitlines() == ["error: This email address already has an account of that kind"]
        status, signed_in = one.send("POST", "/auth/login", {"email": "cora@example.org", "password": "a quiet green lake", "kind": "counselor"})
        assert status == 200
        assert signed_in["counselor"]["role"] == "supervisor"
        filled = one.command("demo", "--people", "4")
        assert filled.returncode == 0, filled.stderr
        assert "4 people" in filled.stdout
        assert "chats: 3 active, 3 ended and rated, 6 waiting" in filled.stdout
    finally:
        assert one.stop(signal.SIGINT) == 0
        assert other.stop() == 0
    refused = one.command("counselor", "add", "--email", "x@example.org", "--first-name", "C", "--last-name", "L", "--license-number", "L", "--specialization", "x", "--password-stdin", stdin="a quiet green lake\n")  # fmt: skip
    assert refused.stderr.strip().splitlines()[-1].startswith("error: DATABASE_URL is not set and no instance runs under")
