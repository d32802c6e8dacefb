"""`mentalspace risk`: the second look of the crisis check is trained, measured, shown and stopped. What is printed are counts and shares, never a text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from analytics import risk_texts, risk_training
from analytics.risk import RiskModel
from analytics.risk_texts import BadTexts, Texts
from analytics.risk_training import Measured, Scores, Share, Trial
from commands.engines import CannotRun, on_a_process
from core.crypto import CannotOpen
from core.runtime import running
from core.settings import Settings
from domain import risk, second_look, trained
from domain.trained import Trained

FALSE_ALARMS = 0.01


async def train(settings: Settings, path: Path, false_alarms: float) -> list[str]:
    """Learn from a file's texts, keep the model, and use it if it adds something to the lexicon; returns what to print. Raises CannotRun, SettingsError."""
    texts = _read(path, false_alarms)
    async with running(settings, "command", background=False):
        trial: Trial = await on_a_process(_trial, texts, false_alarms)
        data = {"crisis": sum(texts.is_crisis), "everyday": texts.is_crisis.count(False), "falseAlarms": false_alarms, "file": texts.digest}
        body, scores = trial.model.to_bytes(), msgspec.to_builtins(trial.scores)
        if trial.is_better:
            await second_look.use(risk_training.CODE, body, data=data, scores=scores)
        else:
            await trained.keep("risk", risk_training.CODE, body, data=data, scores=scores, use=False, leave=True)
    return [_counts(texts), f"each judged by a model that has not seen it, at {_percent(false_alarms)} false alarms:", *_table(trial.scores), _verdict(trial)]


async def evaluate(settings: Settings, path: Path, false_alarms: float | None) -> list[str]:
    """Measure the lexicon, the model in use, and both on a file's texts; returns what to print. Raises CannotRun, SettingsError.

    `false_alarms` is that of the model's training where it is not given.
    """
    async with running(settings, "command", background=False):
        used = await _used()
    if used is None:
        texts = _read(path, false_alarms or FALSE_ALARMS)
        _, scores = await on_a_process(_measured, None, texts, FALSE_ALARMS)
        return [_counts(texts), "no model is in use:", _row("lexicon", scores.lexicon)]
    rate = false_alarms or float(used.data["falseAlarms"])
    texts = _read(path, rate)
    as_used, at_rate = await on_a_process(_measured, used.body, texts, rate)
    return [
        _counts(texts),
        *(["the model was trained on this very file: its figures here flatter it"] if used.data["file"] == texts.digest else []),
        f"at {_percent(rate)} false alarms of the model in this file:", *_table(at_rate),
        "with the threshold that is in use:", *_table(as_used),
    ]  # fmt: skip


async def show(settings: Settings) -> list[str]:
    """What is in use, what it was trained on and how it did; to print. Raises CannotRun, SettingsError."""
    async with running(settings, "command", background=False):
        used = await _used()
    if used is None:
        return ["no model is in use: the lexicon looks alone"]
    return [
        f"in use: {used.id}, trained {used.trained_at:%Y-%m-%d %H:%M} UTC by {used.code}",
        f"on {used.data['crisis']:,} crisis texts and {used.data['everyday']:,} everyday ones, cross-validated at {_percent(used.data['falseAlarms'])} false alarms:",
        *_table(msgspec.convert(used.scores, Scores)),
    ]


async def stop(settings: Settings) -> list[str]:
    """Use no model from now on; returns what to print. Raises SettingsError."""
    async with running(settings, "command", background=False):
        stopped = await second_look.stop()
    return ["stopped: the lexicon looks alone" if stopped else "no model was in use"]


def _read(path: Path, false_alarms: float) -> Texts:
    try:
        return risk_texts.read(path, false_alarms)
    except BadTexts as error:
        raise CannotRun(str(error)) from None


async def _used() -> Trained | None:
    """The model in use, if this code can read it. Raises CannotRun."""
    try:
        used = await trained.used("risk")
        if used is not None:
            RiskModel.from_bytes(used.body)
        return used
    except (CannotOpen, ValueError):
        raise CannotRun("the model in use cannot be read, and nothing is looked at a second time: train one anew, or stop it") from None


def _lexicon(texts: Texts) -> list[bool]:
    """What the first step says of each text."""
    return [risk.assess(text) is not None for text in texts.texts]


def _trial(texts: Texts, false_alarms: float) -> Trial:
    return risk_training.train(texts.texts, texts.is_crisis, _lexicon(texts), false_alarms)


def _measured(body: bytes | None, texts: Texts, false_alarms: float) -> tuple[Scores, Scores]:
    model = RiskModel.from_bytes(body) if body is not None else None
    return risk_training.evaluate(model, texts.texts, texts.is_crisis, _lexicon(texts), false_alarms)


# --- Words ------------------------------------------------------------------------------------------------------------------------------------


def _counts(texts: Texts) -> str:
    crisis = sum(texts.is_crisis)
    return f"{len(texts.texts):,} different texts: {crisis:,} crisis, {len(texts.texts) - crisis:,} everyday ({texts.repeated:,} repeated ones passed over)"


def _table(scores: Scores) -> Iterator[str]:
    for name, one in (("lexicon", scores.lexicon), ("model", scores.model), ("both", scores.both)):
        yield _row(name, one)
    yield f"  of the {scores.adds.of:,} crisis texts that the lexicon misses the model finds {_share(scores.adds)}" if scores.adds.of else "  the lexicon misses none"


def _row(name: str, one: Measured) -> str:
    return f"  {name:8} finds {_share(one.recall)} of {one.recall.of:,} crisis texts; false alarms {_share(one.false_alarms)} of {one.false_alarms.of:,}"


def _share(one: Share) -> str:
    return f"{one.count:,} ({_percent(one.share)}, {_percent(one.low)} to {_percent(one.high)})"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.01 or share == 0 else f"{share:.2%}"


def _verdict(trial: Trial) -> str:
    if trial.is_better:
        return f"in use from now on; what is written from {second_look.LOOK_SECONDS} seconds from now on is looked at"
    why = "the lexicon misses none of these crisis texts" if trial.scores.adds.of == 0 else "of what the lexicon misses the model finds no more than chance might"
    return f"{why}: the model is kept, and not used; what was in use before stays so"
