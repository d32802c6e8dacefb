"""Counselors' accounts, as staff make, change and retire them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from api.admin import Title
from api.counselor import Capacity
from api.fields import Email, Language, Name, Note, Password, Specialization
from api.http import Call
from api.paging import PageQuery, page, position
from api.schema import Body, given
from core.problem import Invalid
from core.views import Page
from domain import counselor_accounts
from domain.counselor_accounts import CounselorToEdit

Role = Literal["counselor", "supervisor"]
Languages = Annotated[list[Language], msgspec.Meta(min_length=1, max_length=30)]
Specializations = Annotated[list[Specialization], msgspec.Meta(max_length=30)]


class License(Title):
    """One line of 1 to 64 characters."""

    most = 64


class CounselorListQuery(PageQuery):
    """All counselors, as staff see them."""


async def every(call: Call, query: CounselorListQuery) -> Page[CounselorToEdit]:
    """All counselors, retired ones too, newest first."""
    found = await counselor_accounts.page(after=position(call.principal.id, query), limit=query.limit + 1)
    return page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.created_at), each.id))


class NewCounselor(Body):
    email: Email
    password: Password
    first_name: Name
    last_name: Name
    license_number: License
    specializations: Specializations = msgspec.field(default_factory=list)
    languages: Languages | UnsetType = UNSET
    role: Role = "counselor"


async def create(call: Call, body: NewCounselor) -> CounselorToEdit:
    """Make a counselor's account."""
    return await counselor_accounts.add(
        call.principal, body.email, body.password, first_name=body.first_name, last_name=body.last_name, license_number=body.license_number,
        specializations=list(body.specializations), languages=list(body.languages) if body.languages else ["en"], role=body.role,
    )  # fmt: skip


class ChangeCounselor(Body):
    """`capacity`: how many sessions at once."""

    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET
    license_number: License | UnsetType = UNSET
    specializations: Specializations | UnsetType = UNSET
    languages: Languages | UnsetType = UNSET
    bio: Note | UnsetType = UNSET
    capacity: Capacity | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    password: Password | UnsetType = UNSET


async def change(call: Call, id: UUID, body: ChangeCounselor) -> CounselorToEdit:
    """Change a counselor's account; another role or password, and closing it, end their sessions at once."""
    changes = given(body)
    empty = [(public, "must not be empty") for name, public in (("first_name", "firstName"), ("last_name", "lastName")) if changes.get(name) == ""]
    if empty:
        raise Invalid(empty)
    return await counselor_accounts.change(call.principal, id, changes)


async def retire(call: Call, id: UUID) -> None:
    """Close a counselor's account: their access ends at once, their chats return to the front of the queue within minutes."""
    await counselor_accounts.retire(call.principal, id)
