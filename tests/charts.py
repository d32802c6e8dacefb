"""Charts made at will: pictures read as XML, and drawn without a worker."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from core import db
from domain.chart_drawing import DrawChart, Kind, Period
from tests.people import Account, Answered
from workers.charts import draw_chart

SVG = "{http://www.w3.org/2000/svg}"
# Counts waiting drawings of one person.
_WAITING = "SELECT count(*) FROM jobs WHERE name = $1 AND payload ->> 'user_id' = $2 AND failed_at IS NULL"


def read(raw: bytes) -> ET.Element:
    return ET.fromstring(raw)


def texts(raw: bytes) -> list[str]:
    """All that is written on a picture."""
    return [each.text or "" for each in read(raw).iter(f"{SVG}text")]


def told(raw: bytes) -> tuple[str, str]:
    """What is read aloud: title and description."""
    root = read(raw)
    return root.findtext(f"{SVG}title") or "", root.findtext(f"{SVG}desc") or ""


async def draw_now(person: Account, kind: Kind = "mood", period: Period = "30d") -> None:
    await draw_chart(DrawChart(user_id=person.uuid, kind=kind, period=period))


async def waiting(person: Account) -> int:
    found: int = await db.fetchval(_WAITING, DrawChart.name(), person.id)
    return found


async def seen(person: Account, query: str = "", **options: Any) -> Answered:
    return await person.get(f"/moods/chart.svg{query}", **options)
