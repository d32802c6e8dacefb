"""Jobs that follow an uploaded avatar."""

from __future__ import annotations

from core.jobs import handles
from domain import avatars
from domain.avatars import MakeAvatar, RemoveFiles
from workers import images


@handles(MakeAvatar)
async def make(job: MakeAvatar) -> None:
    await avatars.make(job.user_id, job.upload_id, images.squares)


@handles(RemoveFiles)
async def remove_files(job: RemoveFiles) -> None:
    await avatars.remove_files(job.files)
