"""What the system promises when its processes are killed: nothing acknowledged is lost, every job takes effect once."""

from __future__ import annotations

import os
import signal
import threading
import time

import psutil
import pytest

from tests.system import System, until

pytestmark = [pytest.mark.early, pytest.mark.timeout(240), pytest.mark.xdist_group("kills")]

SECONDS_WITHOUT_REDIS = float(os.environ.get("SECONDS_WITHOUT_REDIS", "6"))


def _earned(system: System, token: str) -> set[str]:
    status, answered = system.send("GET", "/achievements/user", bearer=token)
    assert status in (200, 503, 0), answered  # while a server is down: nothing else
    return {each["achievement"]["name"] for each in answered["items"]} if status == 200 else set()


def test_kill_9_of_everything_loses_nothing_acknowledged(system: System) -> None:
    """Moods are posted without pause while the whole tree is killed; each 201 is there after the restart, its job done once."""
    token = system.sign_up()
    acknowledged: list[str] = []
    gone = threading.Event()

    def post() -> None:
        while not gone.is_set():
            status, mood = system.send("POST", "/moods", {"mood": 1 + len(acknowledged) % 5, "note": f"number {len(acknowledged)}"}, bearer=token)
            if status == 201:
                acknowledged.append(mood["id"])
            elif status == 0:
                return

    poster = threading.Thread(target=post)
    poster.start()
    until(lambda: len(acknowledged) >= 60)
    system.kill()
    gone.set()
    poster.join()

    system.start()
    stored, cursor = set(), ""
    while True:
        _, page = system.send("GET", f"/moods?limit=100{cursor}", bearer=token)
        stored |= {mood["id"] for mood in page["items"]}
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert set(acknowledged) <= stored
    assert len(stored) <= len(acknowledged) + 1  # the one that was under way when the kill came
    until(lambda: _earned(system, token) == {"First step", "Ten moments", "Fifty moments"})
    _, told = system.send("GET", "/notifications?limit=100", bearer=token)
    assert sorted(each for item in told["items"] for each in item["data"]["achievementIds"]) == sorted({each for item in told["items"] for each in item["data"]["achievementIds"]})
    assert sum(len(item["data"]["achievementIds"]) for item in told["items"]) == 3


def test_killed_processes_are_started_again_and_their_jobs_done(system: System) -> None:
    """Kill -9 of each API, worker and server process in turn."""
    for words in (["gunicorn"], ["dramatiq", "default"], ["scheduler"], ["redis-server"], ["postgres", "-D"]):
        token = until(lambda: _try_sign_up(system))
        until(lambda token=token: system.send("POST", "/moods", {"mood": 4}, bearer=token)[0] == 201)
        for process in system.named(*words) if words != ["scheduler"] else system.named("workers.schedule"):
            process.kill()
        until(lambda: system.send("GET", "/health/ready", timeout=3)[0] == 200)
        until(lambda token=token: "First step" in _earned(system, token), seconds=60)


def _try_sign_up(system: System) -> str | None:
    status, answered = system.send("POST", "/auth/register", {"isAnonymous": True})
    return answered["accessToken"] if status == 201 else None


def test_a_hanging_redis_stops_nobody_from_logging_a_mood(system: System) -> None:
    """Every POST answers 201 or a 503 problem within 2 s; every 201's job is done once Redis is back."""
    token = until(lambda: _try_sign_up(system))
    (redis,) = system.named("redis-server")
    redis.send_signal(signal.SIGSTOP)
    answers, slowest = [], 0.0
    try:
        stopped = time.monotonic()
        while time.monotonic() - stopped < SECONDS_WITHOUT_REDIS:
            began = time.monotonic()
            status, answered = system.send("POST", "/moods", {"mood": 2}, bearer=token)
            slowest = max(slowest, time.monotonic() - began)
            answers.append(status)
            assert status == 201 or (status == 503 and answered["code"] == "service_unavailable")
            time.sleep(0.05)  # the pace of posting, not a wait
        until(lambda: system.send("GET", "/health/ready", timeout=4)[0] == 503, seconds=5)
    finally:
        redis.send_signal(signal.SIGCONT)
    assert slowest < 2
    assert answers.count(201) >= 10
    until(lambda: {"First step", "Ten moments"} <= _earned(system, token))


def test_signing_out_ends_access_on_every_process_within_a_second(system: System) -> None:
    """Two API processes; each new connection may reach either."""
    token = until(lambda: _try_sign_up(system))
    assert system.send("POST", "/auth/logout", bearer=token)[0] == 204
    time.sleep(1)  # the promise itself: within a second
    assert {system.send("GET", "/users/profile", bearer=token)[0] for _ in range(40)} == {401}


def test_keys_are_rotated_while_requests_are_served(system: System) -> None:
    """Reads, writes and sign-ups go on; what was sealed before opens after, and the old master is needed no more."""
    token = until(lambda: _try_sign_up(system))
    assert system.send("POST", "/moods", {"mood": 4, "note": "before"}, bearer=token)[0] == 201
    statuses: list[int] = []
    gone = threading.Event()

    def ask() -> None:
        while not gone.is_set():
            statuses.append(system.send("GET", "/moods", bearer=token)[0])
            statuses.append(system.send("POST", "/auth/register", {"isAnonymous": True})[0])

    asking = threading.Thread(target=ask)
    asking.start()
    rotated = system.command("keys", "rotate")
    gone.set()
    asking.join()
    assert rotated.returncode == 0, rotated.stderr
    assert set(statuses) == {200, 201}
    fresh = system.sign_up()
    assert system.send("GET", "/users/profile", bearer=fresh)[0] == 200
    assert system.send("GET", "/moods", bearer=token)[1]["items"][0]["note"] == "before"


def test_killing_the_starter_alone_ends_the_whole_tree(system: System) -> None:
    """Nothing is left behind, and the home can be used again at once."""
    tree = system.tree
    tree[0].kill()
    system._reap()
    _, left = psutil.wait_procs(tree[1:], timeout=20)
    assert not left
    system.start()
