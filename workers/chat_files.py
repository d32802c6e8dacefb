"""Jobs that follow an upload to a chat."""

from __future__ import annotations

from core.jobs import handles
from domain.chat import attachments
from domain.chat.attachments import RecompressImage
from workers import images


@handles(RecompressImage)
async def recompress(job: RecompressImage) -> None:
    await attachments.recompress(job.attachment_id, images.webp)
