"""Matching as far as it is learnt: trained each night, held in the process while it is used; and who waits assigned together, where several are free."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from core.jobs import handles
from domain import matching_training, topics, trained
from domain.chat import matching
from domain.languages import SPOKEN
from domain.matching_training import Material, TrainMatching
from workers.held import Held

if TYPE_CHECKING:
    from analytics.matching import Learnt
    from analytics.matching_training import Trial

log = structlog.get_logger(__name__)


def _unpacked(body: bytes) -> Learnt:
    from analytics.matching import Learnt  # noqa: PLC0415 (no process loads it while nothing is learnt)

    return Learnt.from_bytes(body, list(topics.documents("en")))


held = Held("matching", _unpacked)


def assigned(points: list[list[float | None]]) -> list[int | None]:
    """Each session's place, or None. One session, or one place, needs no plan: nor what plans, which takes half a second to load, once."""
    if len(points) < 2 or len(points[0]) < 2:
        return matching.in_turn(points)
    from analytics.assignment import assign  # noqa: PLC0415

    return assign(points)


@handles(TrainMatching)
async def train(_job: TrainMatching) -> None:
    """Where too few allow it, none is used: not one of the past either, that people who said no since are in."""
    material = await matching_training.material()
    trial = await asyncio.to_thread(tried, material) if material.chats else None
    if trial is None:
        await trained.stop("matching")
        log.info("matching.too_few", chats=len(material.chats))
        return
    from analytics.matching_training import CODE  # noqa: PLC0415

    data = {"days": matching_training.WINDOW.days, **trial.data}
    await trained.keep("matching", CODE, trial.learnt.to_bytes(), data=data, scores=trial.scores, use=trial.is_better)
    log.info("matching.trained", is_used=trial.is_better, gain=trial.scores["gain"], people=trial.data["people"], chats=trial.data["chats"])


def tried(material: Material) -> Trial | None:
    import numpy as np  # noqa: PLC0415

    from analytics import matching_training as training  # noqa: PLC0415

    descriptions = {language: list(topics.documents(language).values()) for language in SPOKEN}
    slugs, chats, counselors = list(topics.documents("en")), material.chats, list(material.specialized)
    places = {counselor: place for place, counselor in enumerate(counselors)}
    # What each said: the chat, the counselor, how it went, whether they took it.
    answers = [(at, places[each.counselor], np.nan if each.rating is None else (each.rating - 1) / 4, True) for at, each in enumerate(chats) if each.counselor is not None]
    answers += [(at, places[counselor], 0.0, False) for at, each in enumerate(chats) for counselor in sorted(each.declined)]
    answers.sort(key=lambda each: each[:2])

    def table(rows: list[dict[str, float]]) -> np.ndarray:
        return np.array([[row.get(slug, 0.0) for slug in slugs] for row in rows]).reshape(-1, len(slugs))

    return training.train(
        slugs,
        descriptions,
        training.Chats(
            [each.person for each in chats],
            [each.language for each in chats],
            [each.stems for each in chats],
            similarities=table([each.similarities for each in chats]),
            first_shares=table([matching.first_shares(each.similarities) for each in chats]),
        ),
        training.Counselors(
            counselors,
            specialized=table([dict.fromkeys(material.specialized[each], 1.0) for each in counselors]) > 0,
            knows=table([dict(material.knows[each]) for each in counselors]),
        ),
        training.Answers(
            np.array([each[0] for each in answers], np.intp),
            np.array([each[1] for each in answers], np.intp),
            np.array([each[2] for each in answers], float),
            np.array([each[3] for each in answers], bool),
        ),
    )
