"""The links in mails."""

from __future__ import annotations

import re

from tests.people import World


async def mailed_token(world: World, to: str, kind: str) -> str:
    """The token of the newest mail of this kind to this address."""
    mails = await world.mailbox(to, kind)
    assert mails, f"no {kind} mail to {to}"
    found = re.search(r"\?token=([\w-]+)", mails[0]["text"])
    assert found is not None
    return found[1]
