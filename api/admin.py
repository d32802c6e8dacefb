"""What staff do: the standing of people's accounts, and the kinds of text that their other routes take."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from api.fields import Label, Text
from api.http import Call
from api.schema import Body, given
from core.text import clean
from domain import accounts
from domain.accounts import Standing


class Title(Label):
    """One line of 1 to 120 characters."""

    @classmethod
    def parse(cls, text: str) -> str:
        found = super().parse(text)
        if not found:
            raise ValueError("must not be empty")
        return found


class Word(Title):
    """One line of 1 to 32 characters."""

    most = 32


class Paragraph(Text):
    """Some sentences."""

    most_bytes = 4_000

    @classmethod
    def parse(cls, text: str) -> str:
        found = clean(text, cls.most_bytes).strip()
        if not found:
            raise ValueError("must not be empty")
        return found


Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", min_length=1, max_length=64)]


class SetStanding(Body):
    is_premium: bool | UnsetType = UNSET
    is_banned: bool | UnsetType = UNSET


async def set_standing(call: Call, id: UUID, body: SetStanding) -> Standing:
    """Give or take premium, close or open a person's account; closing it ends their access at once."""
    return await accounts.set_standing(call.principal, id, **given(body))
