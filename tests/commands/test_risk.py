"""`mentalspace risk`: trained from a file, measured, shown and stopped; one line for each thing that is wrong, and never a text."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path

from core import db
from domain import second_look
from tests.analytics.test_risk_texts import as_csv
from tests.commands.test_main import ROOT
from tests.labelled import CRISIS, EVERYDAY, texts
from tests.people import World

# Trains and measures in the command's own process: what a process of its own does is tested with the engines.
PROGRAM = """
import contextlib, io, json, sys
from commands import risk
from commands.main import main

async def here(work, *arguments):
    return work(*arguments)

risk.on_a_process = here
for words in json.load(sys.stdin):
    sys.argv = ["mentalspace", "risk", *words]
    said, errors, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors):
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
            if isinstance(status, str):
                status = errors.write(status + "\\n") and 1
    print(json.dumps([status, said.getvalue(), errors.getvalue()]))
"""


async def typed(environment: dict[str, str], *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Exit status, output and errors of each `mentalspace risk …`, typed one after the other into one process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, cwd=ROOT, env={**os.environ, **environment}, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, errors = await process.communicate(json.dumps(commands).encode())
    assert process.returncode == 0, errors.decode()
    return [tuple(json.loads(line)) for line in said.decode().splitlines()]


def labelled(path: Path, crisis: tuple[str, ...], everyday: tuple[str, ...], seed: int = 1) -> Path:
    return as_csv(path, [(text, 1) for text in texts(crisis, 60, seed)] + [(text, 0) for text in texts(everyday, 110, seed)])


async def test_trained_measured_shown_stopped_and_what_is_wrong_is_one_line(world: World, environment: dict[str, str], tmp_path: Path) -> None:
    learnt, other = labelled(tmp_path / "learnt.csv", CRISIS, EVERYDAY), labelled(tmp_path / "other.csv", CRISIS, EVERYDAY, seed=2)
    # What the lexicon finds all of; labels that mean nothing; too little.
    known = labelled(tmp_path / "known.csv", ("I want to kill myself",), EVERYDAY)
    chance = as_csv(tmp_path / "chance.csv", [(text, int(n % 3 == 0)) for n, text in enumerate(texts(EVERYDAY, 200))])
    few = as_csv(tmp_path / "few.csv", [("canary", 1)])
    await second_look.use("risk 1", b"no model", data={}, scores={})
    found = await typed(
        environment,
        ("show",),
        ("evaluate", "--texts", str(other)),
        ("train", "--texts", str(few)),
        ("train", "--texts", str(tmp_path / "none.csv")),
        ("train", "--texts", str(learnt), "--false-alarms", "0.5"),
        ("stop",),
        ("evaluate", "--texts", str(other)),
        ("show",),
        ("stop",),
        ("train", "--texts", str(learnt)),
        ("train", "--texts", str(known)),
        ("train", "--texts", str(chance), "--false-alarms", "0.05"),
        ("show",),
        ("evaluate", "--texts", str(learnt)),
        ("evaluate", "--texts", str(other), "--false-alarms", "0.1"),
        ("stop",),
    )
    wrong, right = found[:5], found[5:]
    assert [(status, said) for status, said, _ in wrong] == [(1, "")] * 3 + [(2, "")] * 2
    unreadable, unread, too_few, not_there, too_many = (errors.splitlines()[-1] for _, _, errors in wrong)
    assert unreadable == unread == "error: the model in use cannot be read, and nothing is looked at a second time: train one anew, or stop it"
    assert too_few == "error: few.csv: holds 1 different crisis (label 1) texts, and 50 are needed at 0.01 false alarms"
    assert "does not exist" in not_there
    assert "0.0001<=x<=0.1" in too_many

    assert [(status, errors) for status, _, errors in right] == [(0, "")] * 11
    stopped, alone, none, not_used, trained, no_gain, by_chance, shown, flattered, measured, stopped_again = (said.splitlines() for _, said, _ in right)
    assert alone == [
        "170 different texts: 60 crisis, 110 everyday (0 repeated ones passed over)", "no model is in use:",
        "  lexicon  finds 0 (0.0%, 0.0% to 6.0%) of 60 crisis texts; false alarms 0 (0.0%, 0.0% to 3.4%) of 110",
    ]  # fmt: skip
    assert none == ["no model is in use: the lexicon looks alone"]
    assert not_used == ["no model was in use"]
    assert stopped == stopped_again == ["stopped: the lexicon looks alone"]
    assert trained[1] == "each judged by a model that has not seen it, at 1.0% false alarms:"
    assert re.match(r"  model    finds (59|60) \(\d", trained[3])
    assert re.match(r"  of the 60 crisis texts that the lexicon misses the model finds (59|60) \(", trained[5])
    assert trained[6] == "in use from now on; what is written from 15 seconds from now on is looked at"
    assert no_gain[-2] == "  the lexicon misses none"
    assert no_gain[-1] == "the lexicon misses none of these crisis texts: the model is kept, and not used; what was in use before stays so"
    assert by_chance[-1] == "of what the lexicon misses the model finds no more than chance might: the model is kept, and not used; what was in use before stays so"
    rows = await db.fetch("SELECT id, is_used FROM trained_models ORDER BY trained_at, id")
    assert [row["is_used"] for row in rows] == [False] * 4
    assert shown[0].startswith(f"in use: {rows[1]['id']}, trained ")
    assert shown[1:] == ["on 60 crisis texts and 110 everyday ones, cross-validated at 1.0% false alarms:", *trained[2:6]]
    assert flattered[1] == "the model was trained on this very file: its figures here flatter it"
    assert measured[1] == "at 10.0% false alarms of the model in this file:"
    assert measured[3] == "  model    finds 60 (100.0%, 94.0% to 100.0%) of 60 crisis texts; false alarms 11 (10.0%, 5.7% to 17.0%) of 110"
    assert measured[4].replace("both ", "model") == measured[3]
    assert measured[6] == "with the threshold that is in use:"
    everything = str(found) + str([dict(each) for table in ("trained_models", "audit_entries") for each in await db.fetch(f"SELECT * FROM {table}")])
    assert not [word for word in ("heron", "lantern", "bread", "balcony", "canary") if word in everything]
