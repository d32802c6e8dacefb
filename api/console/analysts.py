"""The analysts' page, signed in by the console's cookie too: a browser is signed in as one of staff or as a counselor, never as both."""

from __future__ import annotations

from datetime import date

import msgspec
from aiohttp import web

from api.console import cookies
from api.console.pages import SignIn, to
from api.console.templates import page
from api.http import Call
from api.schema import Query
from core.problem import Unauthenticated
from core.views import View
from domain import access, console
from domain import sign_in as accounts
from domain.people import StaffAccount, staff_account


class Dates(Query):
    """What the page begins with; it keeps them in the address."""

    from_: date | None = msgspec.field(name="from", default=None)
    to: date | None = None


async def engagement(call: Call, query: Dates) -> web.Response:
    """How the app is used, and the analysts' runs."""
    if await cookies.signed_in_as(call.request, "staff") is None:
        return to("/console/analysts/sign-in")
    return page("analysts.html", first=query.from_, last=query.to)


async def sign_in_page(call: Call) -> web.Response:
    """The way in."""
    if await cookies.signed_in_as(call.request, "staff") is not None:
        return to("/console/analysts")
    return page("sign-in.html", home="/console/analysts", development=False)


async def sign_in(call: Call, body: SignIn) -> None:
    """Sign in as an analyst or an admin; the answer sets the cookie."""
    tokens = await accounts.login(body.email, body.password, "staff", body.otp, call.caller)
    await cookies.begin(call.request, tokens.principal)


class StaffToken(View):
    """`expires_in` is in seconds."""

    access_token: str
    expires_in: int
    staff: StaffAccount


async def token(call: Call) -> StaffToken:
    """A short access token for the page, and whose it is."""
    principal = await cookies.signed_in_as(call.request, "staff")
    if principal is None:
        raise Unauthenticated
    return StaffToken(access_token=console.access_token(principal), expires_in=access.ACCESS_SECONDS, staff=await staff_account(principal.id))
