"""Files in a chat: sent by those who take part, fetched by links that need no sign-in."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

from aiohttp import web

from api.answers import Answer, answer
from api.bodies import Form
from api.http import Call
from core import runtime
from core.limits import limiter
from core.storage import storage
from domain.chat import attachments
from domain.chat.attachments import MOST_BYTES, AttachmentState
from domain.chat.file_kinds import PDF


async def attach(call: Call, id: UUID, form: Form) -> Answer:
    """Upload a picture or a PDF to a chat, for a message to carry within a day."""
    await limiter().require("uploads", runtime.settings().limit_uploads, call.principal.id.hex)
    digest = hashlib.sha256()

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in form.file((), MOST_BYTES):
            digest.update(chunk)
            yield chunk

    upload = await attachments.keep_upload(call.principal, id, chunks())
    used = False

    async def work() -> Answer:
        nonlocal used
        made = answer(await attachments.add(call.principal, id, upload), 201)
        used = True
        return made

    try:
        return await call.once(digest.digest(), work)
    finally:
        if not used:
            await storage().delete(upload.place)


async def attachment(call: Call, id: UUID, attachment: UUID) -> AttachmentState:
    """How far an attachment is, and where it is served."""
    return await attachments.state(call.principal, id, attachment)


async def file(call: Call, signed: str) -> web.StreamResponse:
    """An attachment, by the link that a message names."""
    found = await attachments.follow(signed)
    response = web.StreamResponse(
        headers={
            "Content-Type": found.content_type,
            "Content-Length": str(found.size),
            "Content-Disposition": 'attachment; filename="document.pdf"' if found.content_type == PDF else 'inline; filename="picture.webp"',
            "Cache-Control": f"private, max-age={found.seconds}",
            # Opened by itself, it runs nothing and loads nothing.
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
    )
    if call.request.method == "HEAD":
        return response
    await call.stream(response, found.chunks)
    return response
