"""The report: one HTML page that needs nothing else, made of the tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analytics.batch import telling, telling_use
from analytics.batch.figures import between, said
from analytics.batch.tables import Kind
from analytics.batch.telling import Tables, count, when
from analytics.findings import Window

_FOLDER = Path(__file__).with_name("page")
_pages = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

_CONTENTS = (
    ("people", "Who this is about"), ("mood", "How people felt"), ("change", "How moods changed"), ("programs", "Programs"), ("segments", "Kinds of diarists"),
    ("engagement", "How the app is used"), ("chats", "Chats"), ("methods", "Methods and limits"), ("files", "The files"),
)  # fmt: skip


def report(window: Window, tables: Tables, kinds: Iterable[Kind]) -> bytes:
    about = {
        "who": telling.who(tables),
        "mood": telling.mood(tables),
        "programs": telling_use.programs(tables),
        "segments": telling_use.segments(tables),
        "engagement": telling_use.engagement(tables),
        "chats": telling_use.chats(tables),
    }
    page = _pages.get_template("page.html").render(
        **about, first=when(window.first), last=when(window.last), days=(window.last - window.first).days + 1, contents=_CONTENTS, tiles=_tiles(about), kinds=list(kinds),
        said=said, between=between,
    )  # fmt: skip
    return page.encode()


def _tiles(about: dict[str, dict[str, Any]]) -> list[dict[str, str]]:
    """What the page begins with, as far as there is something to show."""
    mood, chats, engagement = about["mood"], about["chats"], about["engagement"]
    tiles = []
    if about["who"]["diarists"]:
        tiles.append({"name": "Diarists", "value": count(about["who"]["diarists"]), "note": "people with 7 days or more"})
    if mood["level"]:
        tiles.append({"name": "Mean mood, of 1 to 5", "value": said(mood["level"].value), "note": f"95 % interval {between(mood['level'])}"})
    if mood["change"]:
        is_told = mood["change"]["is_told"] and not mood["change"]["is_small"]
        tiles.append(
            {
                "name": "First half to second",
                "value": mood["change"]["value"],
                "note": f"points of mood, {mood['change']['between']}" if is_told else "points: no change to speak of",
            }
        )
    if engagement["use"] and engagement["use"]["mau"]:
        tiles.append(
            {
                "name": "Active in the last 30 days",
                "value": engagement["use"]["mau"],
                "note": f"of whom {engagement['stickiness']} on an average day" if engagement["stickiness"] else "people",
            }
        )
    if chats["all"] and chats["all"]["p50"] != "hidden":
        tiles.append({"name": "Wait for a counselor", "value": chats["all"]["p50"], "note": "for half of the chats, or less"})
    return tiles
