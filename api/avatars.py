"""A person's picture."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

from aiohttp import web

from api.answers import Answer, answer
from api.bodies import Form
from api.http import Call
from core import runtime
from core.limits import limiter
from core.storage import storage
from core.views import View
from domain import avatars
from domain.avatars import MOST_BYTES


class Processing(View):
    status: str = "processing"


class Uploaded(View):
    """`avatar` of the profile says when it is ready."""

    avatar: Processing


async def upload(call: Call, form: Form) -> Answer:
    """Take a picture (JPEG, PNG, WebP, AVIF; 10 MB, 50 megapixels), to be shown once workers have made it anew."""
    await limiter().require("uploads", runtime.settings().limit_uploads, call.user_id.hex)
    digest = hashlib.sha256()

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in form.file((), MOST_BYTES):
            digest.update(chunk)
            yield chunk

    kept = await avatars.keep_upload(call.user_id, chunks())
    used = False

    async def work() -> Answer:
        nonlocal used
        await avatars.replace(call.user_id, kept)
        used = True
        return answer(Uploaded(avatar=Processing()), 202)

    try:
        return await call.once(digest.digest(), work)
    finally:
        if not used:
            await storage().delete(kept.place)


async def remove(call: Call) -> None:
    """Show no picture any more."""
    await avatars.remove(call.user_id)


async def picture(_call: Call, key: str) -> web.Response:
    """One of a person's squares, by the address that their profile names."""
    return web.Response(
        body=await avatars.read(key),
        headers={
            "Content-Type": "image/webp",
            # Another picture has another address.
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
