"""A run's files: what is always there, what is told of few, and that the page needs nothing but itself."""

from __future__ import annotations

import io
import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.batch import conclude, segments
from analytics.batch.conclusion import KINDS
from tests.analytics.batch.crowds import FIRST, diaries, flat, shard, window

ENGAGEMENT: dict[str, Any] = {
    "active": {"dau": 36, "wau": 100, "mau": 210, "stickiness": 0.17, "isSuppressed": False},
    "days": [{"date": f"2026-01-{day:02}", "dau": 20 + day, "wau": 100, "mau": 200 if day > 9 else None} for day in range(5, 32)],
    "retention": [{"from": "2026-01-05", "people": 40, "d1": 0.5, "d7": 0.25, "d30": None}, {"from": "2026-01-12", "people": None, "d1": None, "d7": None, "d30": None}],
    "features": [{"name": "moods", "people": 90}, {"name": "sleepDiary", "people": 50}, {"name": "chats", "people": None}],
}


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for segments has tests of its own."""
    monkeypatch.setattr(segments, "_BOOTSTRAPS", 3)
    monkeypatch.setattr(segments, "_CROWDS", 2)
    monkeypatch.setattr(segments, "MOST_GROUPS", 2)


def full() -> bytes:
    """A crowd of which everything can be told."""
    random = np.random.default_rng(11)
    moods = diaries(random, 240, 84 + 84, spread=0.3)
    programs = [{"n": n, "slug": "calm", "enrolled": 20 + n % 20, "completed": 60 if n % 2 else None} for n in range(60)]
    chats = [{"n": n, "wait": 30.0 + n, "rating": 1 + n % 5, "counselor": f"{n % 12:016x}", "priority": ("low", "medium", "high", "emergency")[n % 4]} for n in range(120)]
    return shard(moods, history=84, programs=programs, chats=chats, language=["en", "es", "fr"] * 80, breathing=[n % 12 for n in range(240)])


@cache
def of_all() -> dict[str, bytes]:
    return conclude(window(84), [full()], ENGAGEMENT)


def read(content: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return found


class Page(HTMLParser):
    """What a page refers to, holds open, and says."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "action", "data", "poster", "xlink:href", "background")]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in ("meta", "hr", "br", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "path":
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize("shards", [[], [shard(flat(1, 84))], [full()]], ids=["nobody", "one", "many"])
def test_the_files_are_always_the_same_ones(shards: list[bytes]):
    files = conclude(window(84), shards, {})
    assert set(files) == {"report.html", "dictionary.json", *(f"{kind.name}.parquet" for kind in KINDS)}


def test_the_dictionary_names_every_column_of_every_table():
    files = of_all()
    said = json.loads(files["dictionary.json"])
    assert (said["window"], said["threshold"]) == ({"from": "2026-01-05", "to": "2026-03-29"}, 10)
    described = {table["file"]: [column["name"] for column in table["columns"]] for table in said["tables"]}
    found = {name: pq.read_schema(io.BytesIO(content)).names for name, content in files.items() if name.endswith(".parquet")}
    assert described == found
    for table in said["tables"]:
        assert table["about"].endswith((".", "`."))
        assert table["row"]
        for column in table["columns"]:
            assert column["meaning"], (table["file"], column)
            assert column["type"] in {"text", "count", "number", "date", "yes or no"}
            assert bool(column["unit"]) == (column["type"] in {"count", "number"}), (table["file"], column)
        assert read(files[table["file"]]) or table["file"] == "segments.parquet"


def test_the_same_again_is_the_same_bytes_in_whatever_order():
    moods = diaries(np.random.default_rng(12), 120, 60)
    parts = [shard(moods[:50]), shard(moods[50:], first=50)]
    once = conclude(window(60), parts, ENGAGEMENT)
    assert once == conclude(window(60), parts[::-1], ENGAGEMENT)
    assert once == conclude(window(60), [shard(moods)], ENGAGEMENT)


def test_no_count_under_ten_is_in_any_table():
    files = of_all()
    counts = [
        value
        for kind in KINDS
        for row in read(files[f"{kind.name}.parquet"])
        for column in kind.columns
        if column.unit in ("people", "counselors", "chats") and (value := row[column.name]) is not None
    ]
    assert len(counts) > 40
    assert min(counts) >= 10


@pytest.mark.parametrize("count", [0, 1, 9])
def test_of_few_people_nothing_is_told(count: int):
    """Their programs, chats and moods are in no table, and there is no number of theirs on the page."""
    programs = [{"n": n, "slug": "rare-program", "enrolled": 30} for n in range(count)]
    chats = [{"n": n, "wait": 77.0, "rating": 1, "counselor": "00ff" * 4} for n in range(count)]
    few = shard(flat(count, 84, 4.4321), programs=programs, chats=chats, language=["cy"] * count, breathing=[33] * count)
    files = conclude(window(84), [few], {"features": [{"name": "moods", "people": count}]})
    for kind in KINDS:
        rows = read(files[f"{kind.name}.parquet"])
        if kind.name in ("profile", "feature_use"):
            assert all(row["people"] is None for row in rows)
            assert "cy" not in {row.get("value") for row in rows}
        else:
            assert rows == [], kind.name
    page = files["report.html"].decode()
    for told in ("4.43", "rare-program", "Rare-Program", ">cy<", "00ff00ff", "77 s", "1.3 min"):
        assert told not in page
    for empty in ("No mood level to show", "No change to show", "No programs to show", "No segments were looked for", "No engagement to show", "No chats to show"):
        assert empty in page


@pytest.mark.parametrize("shards", [[], [full()]], ids=["nobody", "many"])
def test_the_page_needs_nothing_else(shards: list[bytes]):
    content = conclude(window(84), shards, ENGAGEMENT)["report.html"]
    page = Page(content)
    assert not page.wrong
    assert not page.open
    assert all(address.startswith("#") and address[1:] in page.ids for address in page.addresses)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert not re.search(rb"url\(|@import|https?:|//[a-z]|javascript:| on[a-z]+=", content)
    assert len(page.ids) == len(set(page.ids))
    assert len(content) < 300_000


def test_a_page_of_nobody_says_so_at_once():
    text = conclude(window(84), [], {})["report.html"].decode()
    assert text.index("This run has nothing to tell") < text.index("Contents")
    assert "This run has nothing to tell" not in conclude(window(84), [full()], {})["report.html"].decode()


def test_every_figure_says_in_words_what_it_shows_and_from_whom():
    text = of_all()["report.html"].decode()
    said = re.findall(r'role="img" aria-label="([^"]*)"', text)
    assert len(said) == text.count('role="img"') >= 15
    assert "The mean mood of each week: " in "".join(said)
    assert "How many people gave each rating: 5 of 5 24; 4 of 5 24; 3 of 5 24; 2 of 5 24; 1 of 5 24" in said
    assert "People active in 30 days 200; in 7 days 100; on the day 25 to 51" in said
    assert all(re.search(r"\d", words) for words in said)
    figures = re.findall(r"<figure.*?</figure>", text, flags=re.DOTALL)
    explained = [figure for figure in figures if 'class="from"' in figure]
    assert len(figures) - len(explained) == text.split('id="mood"')[0].count("<figure"), "those of who is in here are explained together"
    assert all("Not shown:" in figure and re.search(r"[Pp]eople|counselors|chats", figure) for figure in explained)


def test_the_page_tells_all_there_is():
    text = of_all()["report.html"].decode()
    for said in (
        "240 people logged",
        "Mood, week by week",
        "Who completes what they began",
        "Mood after beginning a program",
        "Active people",
        "Who comes back",
        "Logging moods",
        "Sleep diary",
    ):
        assert said in text
    for said in ("The wait for a counselor", "How chats were rated", "From about 10 counselors with about 120 people", "Spanish", "5 January 2026 to 29 March 2026"):
        assert said in text
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).lower().split()
    assert "None" not in text


def test_nothing_that_comes_from_outside_is_markup():
    evil = '<script>alert("x")</script>'
    programs = [{"n": n, "slug": "evil", "title": evil, "enrolled": 30} for n in range(40)]
    moods = diaries(np.random.default_rng(13), 80, 84)
    engaged = {"features": [{"name": evil, "people": 50}]}
    text = conclude(window(84), [shard(moods, programs=programs, language=[evil] * 80)], engaged)["report.html"].decode()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_words_never_claim_a_cause():
    text = re.sub(r"<[^>]+>", " ", of_all()["report.html"].decode()).lower()
    assert "associated" in text
    for claim in ("because of", "caused by", "thanks to", "proves", "works for", "effective", "led to", "improved"):
        assert claim not in text


def test_what_is_no_shard_is_refused():
    with pytest.raises(pa.ArrowInvalid):
        conclude(window(84), [b"nothing of ours"], {})
    with pytest.raises(msgspec.ValidationError):
        conclude(window(84), [], {"days": 3})


def test_engagement_is_not_told_of_few_whoever_counted():
    engaged = {
        "active": {"dau": 3, "wau": 8, "mau": 9, "stickiness": 0.33},
        "days": [{"date": FIRST.isoformat(), "dau": 9, "wau": 50, "mau": 100}],
        "retention": [{"from": "2026-01-05", "people": 9, "d1": 0.5}],
    }
    files = conclude(window(84), [], engaged)
    assert read(files["active_people.parquet"]) == [{"date": FIRST, "dau": None, "wau": 50, "mau": 100}]
    assert read(files["use.parquet"]) == [{"dau": None, "wau": None, "mau": None, "stickiness": None}]
    assert read(files["retention.parquet"]) == [{"first": FIRST, "people": None, "d1": None, "d7": None, "d30": None}]
