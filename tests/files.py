"""Chats to send files to, and files to send: good ones, and such as claim to be what would take all memory."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image

from core import clock, db, keys, runtime
from tests.people import Account, Answered, upload

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
GPS = {1: "N", 2: (40.0, 25.0, 0.0), 3: "W", 4: (3.0, 42.0, 0.0)}


async def chat(person: Account, counselor: Account | None = None, status: str = "") -> UUID:
    """A chat of somebody; active when a counselor holds it, unless said otherwise."""
    session_id, key = clock.new_id(), await keys.keys().of(person.uuid)
    status = status or ("active" if counselor else "waiting")
    await db.execute(
        """
        INSERT INTO chat_sessions (id, user_id, counselor_id, status, priority, topic, language, last_seq, user_read_seq, counselor_read_seq, version,
            queued_at, created_at, updated_at, ended_at)
        VALUES ($1, $2, $3, $4, 'medium', $5, 'en', 0, 0, 0, 1, $6, $6, $6, $7)
        """,
        session_id, person.uuid, counselor.uuid if counselor else None, status, key.seal("sleep", "chat_sessions.topic", session_id), clock.now(),
        clock.now() if status == "closed" else None,
    )  # fmt: skip
    return session_id


async def close(session_id: UUID) -> None:
    await db.execute("UPDATE chat_sessions SET status = 'closed', ended_at = $2 WHERE id = $1", session_id, clock.now())


async def send(person: Account, session_id: UUID | str, content: bytes, *, filename: str = "file", **headers: str) -> Answered:
    return await person.post(f"/chat/sessions/{session_id}/attachments", form=upload(content, filename=filename), headers=headers)


async def sent(person: Account, session_id: UUID, content: bytes = PDF) -> UUID:
    answered = await send(person, session_id, content)
    assert answered.status == 201, answered.raw
    return UUID(answered.json["attachmentId"])


async def state(person: Account, session_id: UUID, attachment_id: UUID) -> dict[str, Any]:
    answered = await person.get(f"/chat/sessions/{session_id}/attachments/{attachment_id}")
    assert answered.status == 200, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def carry(attachment_id: UUID, session_id: UUID, person: Account) -> None:
    """A message that carries it."""
    await db.execute(
        """
        INSERT INTO chat_messages (id, session_id, seq, sender_type, sender_id, message, message_type, attachment_id, sent_at)
        VALUES ($1, $2, (SELECT count(*) + 1 FROM chat_messages WHERE session_id = $2), 'user', $3, ''::bytea, 'file', $4, $5)
        """,
        clock.new_id(), session_id, person.uuid, attachment_id, clock.now(),
    )  # fmt: skip


def path_of(url: str) -> str:
    """A link as `World.send` takes it."""
    base = f"{runtime.settings().base_url}/api"
    assert url.startswith(base)
    return url.removeprefix(base)


def kept(session_id: UUID) -> list[Path]:
    """What storage holds of a chat."""
    folder = runtime.settings().home / "files" / "chat" / str(session_id)
    return sorted(folder.iterdir()) if folder.exists() else []


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), *, mode: str = "RGB", frames: int = 1, **options: Any) -> bytes:
    """A picture with some colours in it; `options` are Pillow's for saving."""
    made = [Image.linear_gradient("L").resize(size).rotate(20 * n).convert(mode) for n in range(frames)]
    content = io.BytesIO()
    many = {"save_all": True, "append_images": made[1:]} if frames > 1 else {}
    made[0].save(content, kind, **many, **options)
    return content.getvalue()


def with_gps(kind: str, *, orientation: int = 1) -> bytes:
    """A picture that tells where and with what it was taken, in every way its format knows."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Canary Cameras"
    exif.get_ifd(0x8825).update(GPS)
    return picture(kind, exif=exif.tobytes(), icc_profile=b"canary-profile", xmp=b"<x:xmpmeta>canary-xmp</x:xmpmeta>")


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """As few bytes as claim so many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def huge_jpeg() -> bytes:
    """A small JPEG whose header says 65,500 × 65,500."""
    content = bytearray(picture("JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 65_500, 65_500)
    return bytes(content)


def huge_webp(kind: bytes) -> bytes:
    """A WebP header of one of its three kinds that says 16,000 × 16,000 or more."""
    says = {
        b"VP8X": bytes(4) + (49_999).to_bytes(3, "little") * 2,
        b"VP8L": b"\x2f" + (15_999 | 15_999 << 14).to_bytes(4, "little"),
        b"VP8 ": b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 16_000, 16_000),
    }[kind]
    body = b"WEBP" + kind + struct.pack("<I", len(says)) + says
    return b"RIFF" + struct.pack("<I", len(body)) + body + bytes(100)


def long_gif(frames: int, size: tuple[int, int] = (1, 1), *, controls: bool = False) -> bytes:
    """A GIF of so many frames of one pixel."""
    control = b"!\xf9\x04\0\x0a\0\0\0" if controls else b""
    frame = control + b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HH", *size) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff" + frame * frames + b";"


# Refused from the first bytes, whatever follows.
HUGE = {
    "png": huge_png(), "largest png": huge_png(2**31 - 1, 2**31 - 1), "long png": huge_png(50_001, 1000), "webp": huge_webp(b"VP8X"), "lossless webp": huge_webp(b"VP8L"),
    "lossy webp": huge_webp(b"VP8 "), "gif": long_gif(1, (65_535, 65_535)),
}  # fmt: skip
