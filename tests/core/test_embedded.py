"""The embedded servers' files in the home, whoever else wrote there."""

from __future__ import annotations

import fcntl
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

from core import db, embedded
from core.embedded import Embedded
from core.settings import Settings, SettingsError


def test_what_is_announced_is_found_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "services.json").write_text("left by somebody else")
    servers = Embedded(tmp_path)
    servers.announce(tmp_path / "services.json", "http://127.0.0.1:9999")
    found = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path)})
    assert (found.local_url, found.instance_url) == ("http://127.0.0.1:8080", "http://127.0.0.1:9999")
    assert (found.database(), found.redis()) == (servers.database_url, servers.redis_url)
    servers.stop()
    assert found.instance_url == found.local_url
    assert list(tmp_path.iterdir()) == []


def test_an_announcement_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "services.json").mkdir()
    servers = Embedded(tmp_path)
    with pytest.raises(SettingsError, match=r"^.*/services\.json cannot be written: [^\n]+$"):
        servers.announce(tmp_path / "services.json")
    servers.stop()


@pytest.mark.parametrize(("written", "says"), [(b"4711\n", "pid 4711"), (b"", r"pid \?"), (b"\xff\xfe\x00", "pid ")])
def test_a_home_in_use_is_one_line_whatever_its_lock_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bytes, says: str) -> None:
    (tmp_path / "lock").write_bytes(written)
    clock = iter(range(0, 100, 20))
    monkeypatch.setattr(embedded, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda _: None))
    with (tmp_path / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SettingsError, match=f"^MENTALSPACE_HOME {tmp_path} is in use by a running instance .{says}"):
            Embedded(tmp_path, say=lambda _: None).start()


async def test_a_database_whose_making_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    """As by a kill -9: the version stands there before all the rest does."""
    tmp_path.chmod(0o755)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    (tmp_path / "postgres.unfinished").touch()
    servers = Embedded(tmp_path, for_tests=True, say=lambda _text: None)
    servers.start(redis=False)
    try:
        connection = await asyncpg.connect(**db.credentials(servers.database_url))
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        assert not (tmp_path / "postgres.unfinished").exists()
    finally:
        servers.stop()
