"""`mentalspace insights run`: an analysts' run computed by this command, into a folder.

What it needs is the database (DATABASE_URL) and the master secrets (SECRET_KEYS), from which the key of the pseudonyms comes: the same as the worker
fleet uses, so that both write the same bytes. Redis, the file storage and the rest of the system need not be reachable.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analytics import batch
from analytics.findings import Window
from commands.engines import CannotRun, compute_all, dask, on_a_process
from commands.processes import Engine, local
from core import db, keys, telemetry
from core.crypto import CannotOpen
from core.runtime import ring_for
from core.settings import Settings
from domain import insight_runs, insight_shards
from domain.insight_shards import Shard
from workers.insight_runs import engagement_of
from workers.shards import Features

_DATABASE_SECONDS = 10
_LOCAL_TRIES = 3

Tell = Callable[[str, int, int], None]


async def run(settings: Settings, first: str, last: str, out: Path, scheduler: str | None) -> list[Path]:
    """Compute a run over these dates and write its files to `out`, an empty folder or none yet; returns them. SIGTERM ends it as Ctrl-C does.

    Raises CannotRun, Invalid, SettingsError, one of `core.db.LOST`.
    """
    window = Window(_date("--from", first), _date("--to", last))
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    database = settings.database()
    engine, tries = (dask(scheduler), 1) if scheduler else (local(os.cpu_count() or 1, DATABASE_URL=database), _LOCAL_TRIES)
    with _claimed(out), progress() as tell:
        async with _opened(settings, database), insight_runs.by_hand(database, window.first, window.last) as run_id:
            return await compute(run_id, window, out, engine, tries=tries, tell=tell)


async def compute(run_id: UUID, window: Window, out: Path, engine: Engine, *, tries: int, tell: Tell) -> list[Path]:
    """Compute the shards of a run of one's own, conclude it, write its files. Raises CannotRun."""
    shards = await insight_shards.take_all(run_id)
    done = 0

    async def keep(shard: Shard, features: Features) -> None:
        nonlocal done
        if await insight_shards.shard_done(run_id, shard.number, features.people) is None:
            raise CannotRun("the run was deleted while it was computed")
        done += 1
        tell("parts", done, len(shards))

    tell("parts", 0, len(shards))
    features = await compute_all(shards, engine, keep, tries=tries)
    tell("report", 0, 1)
    counted = await engagement_of(window.first, window.last)
    contents = await on_a_process(batch.conclude, window, [each.content for each in features], counted)
    async with db.transaction():
        # Written last, and undone with it where it fails: the run is done exactly if its files are there.
        if not await insight_shards.done(run_id, []):
            raise CannotRun("the run was deleted while it was computed")
        written = write(out, contents)
    tell("report", 1, 1)
    return written


def _date(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CannotRun(f"{option} must be a date like 2026-01-31") from None


@asynccontextmanager
async def _opened(settings: Settings, database: str) -> AsyncIterator[None]:
    telemetry.set_up(settings, "command")
    await db.open_database(database, pool=2, wait_seconds=_DATABASE_SECONDS)
    try:
        found = keys.Keys(ring_for(settings))
        await found.load_system()
        keys.use(found)
        yield
    except CannotOpen:
        raise CannotRun("SECRET_KEYS does not open this database's keys: they must be those that the system runs with") from None
    except asyncpg.UndefinedTableError:
        raise CannotRun("the database is not in the present shape: run `mentalspace migrate`") from None
    finally:
        await db.close_database()


@contextmanager
def _claimed(out: Path) -> Iterator[None]:
    """An empty folder that can be written to, made where there is none, and gone again where nothing came of it. Raises CannotRun."""
    is_new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise CannotRun(f"--out {out} is not empty: name a folder that is, or that is not there yet")
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise CannotRun(f"--out {out} cannot be written: {error.strerror}") from None
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):
                out.rmdir()
        raise


def write(out: Path, contents: dict[str, bytes]) -> list[Path]:
    """All of the files or none: each is there whole before the first has its name. Raises CannotRun."""
    drafts: list[tuple[Path, Path]] = []
    try:
        for name, content in sorted(contents.items()):
            drafts.append((out / f".{name}.part", out / name))
            with drafts[-1][0].open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        return [draft.replace(path) for draft, path in drafts]
    except OSError as error:
        for draft, _ in drafts:
            draft.unlink(missing_ok=True)
        raise CannotRun(f"--out {out} cannot be written: {error.strerror}") from None


@contextmanager
def progress() -> Iterator[Tell]:
    """Shows how far it is: a bar on a terminal, a line for each step elsewhere; on stderr, for stdout names the files."""
    if not sys.stderr.isatty():
        yield lambda what, done, of: print(f"{what}: {done}/{of}", file=sys.stderr, flush=True)
        return
    with Progress(TextColumn("{task.description:<7}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks = {what: bars.add_task(what, total=None) for what in ("parts", "report")}
        yield lambda what, done, of: bars.update(tasks[what], completed=done, total=of)
