"""What `up` is told to use is there, or is named in one line."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from commands import reachable
from core.settings import Settings, SettingsError

NOBODY = "127.0.0.1:1"


def chosen(home: Path, **environment: str) -> Settings:
    return Settings.from_env({"MENTALSPACE_HOME": str(home), **environment})


def test_what_is_there_is_passed(tmp_path: Path, redis_url: str) -> None:
    with socket.socket() as service:
        service.bind(("127.0.0.1", 0))
        service.listen()
        port = service.getsockname()[1]
        reachable.require(chosen(tmp_path, BROKER_URL=redis_url, S3_BUCKET="files", S3_ENDPOINT_URL=f"http://127.0.0.1:{port}"), redis_url)
    reachable.require(chosen(tmp_path), None)


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("REDIS_URL", f"redis://:a-secret@{NOBODY}/0"), ("REDIS_URL", "unix:///nowhere/redis.sock"), ("BROKER_URL", f"redis://{NOBODY}/0"), ("BROKER_URL", f"amqp://guest:a-secret@{NOBODY}/"),
        ("S3_ENDPOINT_URL", f"http://{NOBODY}"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named_in_one_line_without_its_secret(tmp_path: Path, variable: str, url: str) -> None:
    settings = chosen(tmp_path, S3_BUCKET="files", **({} if variable == "REDIS_URL" else {variable: url}))
    with pytest.raises(SettingsError, match=f"^{variable} leads nowhere: [^\n]+$") as refused:
        reachable.require(settings, url if variable == "REDIS_URL" else None)
    assert "secret" not in str(refused.value)


def test_rabbitmq_that_does_not_speak_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as service:
        url = f"amqp://guest:a-secret@127.0.0.1:{service.getsockname()[1]}/"
        with pytest.raises(SettingsError, match=r"^BROKER_URL leads nowhere: [^\n]+$") as refused:
            reachable.require(chosen(tmp_path, BROKER_URL=url), None)
    assert "secret" not in str(refused.value)
