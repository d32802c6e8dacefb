"""Where a command computes the shards of an analysts' run: in processes of this machine, or on a Dask cluster. Both are executors of futures.

Dask's workers are processes with this package installed, wherever they run. Each reads the database's address from DATABASE_URL of its own environment; it is sent
the dates, which shard, and the key of this run's pseudonyms, never a master secret, and sends back features of people under pseudonyms. So
between machines a cluster belongs behind TLS (`tls://`, with Dask's own settings), as the database does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from commands.processes import Engine, local, unheard
from core import db
from core.jobs import describe
from core.problem import Problem
from core.settings import SettingsError
from domain.insight_shards import Shard
from workers.shards import Features, compute

CONNECT_SECONDS = 10
# What a Dask worker's exception costs before it is ours; of a worker that dies its shard goes to another without that.
_DASK_RETRIES = 2


class CannotRun(Problem):
    """A foreseen failure of the command; the detail is for the person who typed it."""

    status, code, title = 503, "cannot_run", "The run could not be done"


async def compute_all(shards: Sequence[Shard], engine: Engine, tell: Callable[[Shard, Features], Any], *, tries: int) -> list[Features]:
    """The features of all shards, in their order; `tell` is awaited with each as it is there. What fails is tried `tries` times, each on a new engine.

    Cancelled, it leaves nothing running on this machine; what a Dask worker has begun ends there, unheard. Raises CannotRun.
    """
    found: dict[int, Features] = {}
    wrong: BaseException | None = None
    for _ in range(tries):
        left = [shard for shard in shards if shard.number not in found]
        if not left:
            break
        waiting: dict[asyncio.Future[Features], Shard] = {}
        with engine() as executor:
            try:
                with unheard():
                    waiting.update((asyncio.wrap_future(executor.submit(compute, shard)), shard) for shard in left)
                while waiting:
                    done, _pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                    for each in done:
                        shard = waiting.pop(each)
                        if each.cancelled():
                            wrong = CannotRun("a part was cancelled at the cluster")
                        elif (failure := each.exception()) is not None:
                            wrong = failure
                        else:
                            found[shard.number] = each.result()
                            await tell(shard, found[shard.number])
            except BrokenProcessPool as error:
                wrong = error
            finally:
                for each in waiting:
                    each.cancel()
    if len(found) < len(shards):
        raise CannotRun(_said(wrong))
    return [found[shard.number] for shard in shards]


async def on_a_process(work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work` returns, computed in a process of its own: it can be left at once, and its memory with it. Raises CannotRun."""
    with local(1)() as executor:
        with unheard():
            future = executor.submit(work, *arguments)
        try:
            return await asyncio.wrap_future(future)
        except Exception as error:  # noqa: BLE001 (whatever it was, one line says it)
            raise CannotRun(_said(error)) from None


def _said(error: BaseException | None) -> str:
    """Without the error's own text, which may hold somebody's words; but for those of ours."""
    if isinstance(error, SettingsError | Problem):
        return str(error)
    if isinstance(error, BrokenProcessPool):
        return "the processes that compute died again and again: is there memory enough?"
    if isinstance(error, asyncpg.QueryCanceledError):
        return "the queries of a part took too long"
    if isinstance(error, db.LOST):
        return f"the database cannot be reached from where the parts are computed ({type(error).__name__})"
    return f"a part could not be computed: {describe(error)}" if error is not None else "a part was not computed"


def dask(scheduler: str) -> Engine:
    """A Dask cluster, by its scheduler's address. Raises CannotRun: the extra is missing, the address is none, nobody answers there, it has no workers."""
    parts = urlsplit(scheduler)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not _port(scheduler):
        raise CannotRun("--scheduler must look like tcp://host:8786 (or tls://host:8786)")
    try:
        from distributed import Client  # noqa: PLC0415 (an optional extra)
    except ImportError:
        raise CannotRun("--scheduler needs the `dask` extra, which is not installed: pip install 'mentalspace[dask]'") from None
    connect: Any = Client  # which has no types

    @contextmanager
    def engine() -> Iterator[Executor]:
        try:
            client: Any = connect(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise CannotRun(f"no Dask scheduler answers at {scheduler} ({type(error).__name__})") from None
        try:
            try:
                client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            except TimeoutError:
                raise CannotRun(f"the Dask scheduler at {scheduler} has no workers") from None
            executor = client.get_executor(retries=_DASK_RETRIES, pure=False)
            try:
                yield executor
            finally:
                executor.shutdown(wait=False)
        finally:
            client.close(timeout=CONNECT_SECONDS)

    return engine


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None
