"""Jobs that keep the house: signing keys, leftovers past their time."""

from __future__ import annotations

from core.jobs import handles
from domain import access, upkeep
from domain.upkeep import RemoveLeftovers, TendSigningKeys


@handles(TendSigningKeys)
async def tend_signing_keys(_job: TendSigningKeys) -> None:
    await access.tend_signing_keys()


@handles(RemoveLeftovers)
async def remove_leftovers(_job: RemoveLeftovers) -> None:
    await upkeep.remove_leftovers()
