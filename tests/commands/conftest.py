"""For the tests of the commands."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="package")
def cluster(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Dask scheduler and two workers, processes of their own, each with an environment as its own machine would have."""
    # Only the process that has these tests reads so much.
    import dask
    from distributed import Client, LocalCluster

    folder = tmp_path_factory.mktemp("cluster")
    start: Any = LocalCluster  # neither has types
    connect: Any = Client
    # Workers are told so by their nannies; the scheduler reads it here.
    with dask.config.set({"temporary-directory": str(folder)}):
        made = start(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
            local_directory=str(folder), env={"DATABASE_URL": database_url, "PARTS_TOLD": str(folder / "told")},
        )  # fmt: skip
    yield made
    # A worker that was killed is being replaced, and one that is only starting is slow to stop.
    client = connect(made, set_as_default=False)
    client.wait_for_workers(2, timeout=30)
    client.close()
    made.close()
