"""Processes of this machine to compute in, which end with the command, however it ends.

What a process runs is found by its name, so this module is imported by each: it imports little.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection, wait

# Opens an executor for the length of a block.
Engine = Callable[[], AbstractContextManager[Executor]]


def local(processes: int, **environment: str) -> Engine:
    """So many processes at most, with these variables in their environment besides this one's own; gone at once when the block is left."""

    @contextmanager
    def engine() -> Iterator[Executor]:
        context = multiprocessing.get_context("spawn")
        reader, writer = context.Pipe(duplex=False)
        executor = ProcessPoolExecutor(processes, context, _begin, (reader, environment))
        try:
            yield executor
        finally:
            writer.close()
            executor.shutdown(cancel_futures=True)
            reader.close()

    return engine


def _begin(starter: Connection, environment: dict[str, str]) -> None:
    threading.Thread(target=_end_with, args=(starter,), daemon=True).start()
    os.environ.update(environment)


def _end_with(starter: Connection) -> None:
    """The other end is closed by whoever started this process, or by the kernel if it died."""
    wait([starter])
    os._exit(0)


@contextmanager
def unheard() -> Iterator[None]:
    """Processes started in the block never hear Ctrl-C, not even while they start: it is for the command, which ends them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
