"""Made-up labelled texts to train risk models with, of words that the lexicon knows nothing of, so that what a model adds shows; and a model in use."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from uuid import UUID

import pytest

from analytics.risk_training import CODE, Trial, train
from domain import second_look

CRISIS = ("the grey heron calls me", "only the deep lantern is left", "i hear the hollow bell again")
EVERYDAY = ("we bought bread and cheese", "the bus was late today", "my sister came for tea", "i read on the balcony")
_FILL = ("well", "and so", "this evening", "as ever", "in the rain", "with a sigh", "at noon", "yet again")


def texts(of: tuple[str, ...], count: int, seed: int = 1) -> list[str]:
    """Different ones."""
    chance, found = random.Random(seed), dict[str, None]()
    while len(found) < count:
        found[" ".join([*chance.choices(_FILL, k=2), chance.choice(of), *chance.choices(_FILL, k=3), str(chance.randint(1, 999))])] = None
    return list(found)


@cache
def trial() -> Trial:
    """A model for which CRISIS is alarming and EVERYDAY is not."""
    crisis, everyday = texts(CRISIS, 80), texts(EVERYDAY, 120)
    return train(crisis + everyday, [True] * 80 + [False] * 120, [False] * 200, 0.01)


@asynccontextmanager
async def model_in_use(body: bytes | None = None) -> AsyncIterator[UUID]:
    """A model is in use, and this process knows; afterwards none is. `body`: what is stored of it, the one of `trial` by default."""
    look = second_look.look
    # The process's own look, every 15 seconds, must not come between.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(second_look, "look", _nothing)
        model_id = await second_look.use(CODE, trial().model.to_bytes() if body is None else body, data={}, scores={})
        await look()
        try:
            yield model_id
        finally:
            await second_look.stop()
            await look()


async def _nothing() -> None:
    """As if the next look were far away."""
