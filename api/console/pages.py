"""The counselors' pages, and the three things they ask of the server besides the public API: sign in, sign out, a token."""

from __future__ import annotations

from functools import lru_cache

from aiohttp import web

from api.console import cookies
from api.console.templates import file, page
from api.fields import Email, Password, Secret
from api.http import Call
from api.schema import Body
from core import runtime
from core.problem import NotFound, Unauthenticated
from core.views import View
from domain import access, console, topics
from domain import sign_in as accounts
from domain.people import CounselorAccount, counselor_account


async def desk(call: Call) -> web.Response:
    """The work desk."""
    if await cookies.signed_in_as(call.request, "counselor") is None:
        return to("/console/sign-in")
    return page("desk.html", specializations=_specializations())


@lru_cache
def _specializations() -> list[str]:
    """What a chat may be handed over for."""
    return [topics.name(topic.slug) for topic in topics.load()]


async def sign_in_page(call: Call) -> web.Response:
    """The way in."""
    if await cookies.signed_in_as(call.request, "counselor") is not None:
        return to("/console")
    return page("sign-in.html", home="/console", development=not runtime.settings().production)


def to(place: str) -> web.Response:
    """Look there instead."""
    return web.Response(status=303, headers={"Location": place, "Cache-Control": "private, no-store"})


class SignIn(Body):
    """`otp` where the account has an authenticator: the problem `otp_required` says so."""

    email: Email
    password: Password
    otp: Secret | None = None


async def sign_in(call: Call, body: SignIn) -> None:
    """Sign in as a counselor; the answer sets the cookie."""
    tokens = await accounts.login(body.email, body.password, "counselor", body.otp, call.caller)
    await cookies.begin(call.request, tokens.principal)


async def sign_out(call: Call) -> None:
    """Sign out."""
    await cookies.end(call.request)


class Token(View):
    """`expires_in` is in seconds."""

    access_token: str
    expires_in: int
    counselor: CounselorAccount


async def token(call: Call) -> Token:
    """A short access token for the page, and whose it is."""
    principal = await cookies.signed_in_as(call.request, "counselor")
    if principal is None:
        raise Unauthenticated
    return Token(access_token=console.access_token(principal), expires_in=access.ACCESS_SECONDS, counselor=await counselor_account(principal.id))


async def try_page(_call: Call) -> web.Response:
    """The other side of the chat, to try it; not in production."""
    if runtime.settings().production:
        raise NotFound
    return page("try.html")


async def static(call: Call, name: str) -> web.Response:
    """Scripts and styles."""
    found = file(name, call.request.headers.get("If-None-Match"))
    if found is None:
        raise NotFound
    return found
