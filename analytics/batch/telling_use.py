"""What the report says and draws of what people use: programs, segments, engagement, chats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any

from analytics.batch.figures import Bar, Dot, Dots, Lines, Scale, around, bars, between, dates, line, percent, said
from analytics.batch.telling import Tables, count, estimate, span, tone

_OUTCOMES = {
    "higher": "higher than in the comparison",
    "lower": "lower than in the comparison",
    "no difference": "no difference that can be told",
    "too few": "too few people to compare",
}


_FEATURES = {"moods": "Logging moods", "notes": "Notes with a mood", "breathing": "Breathing", "programs": "Programs", "chat": "Chats with counselors"}
_AFTER = {"d1": "1 day", "d7": "7 days", "d30": "30 days"}
# More weeks of newcomers than a quarter's are in the file only.
_COHORTS = 13


def programs(tables: Tables) -> dict[str, Any]:
    completion, association = tables["programs"].rows, tables["program_association"].rows
    compared = [row for row in association if row["difference"] is not None]
    return {
        "completion": [_completed(row) for row in completion],
        "hidden": [row["title"] for row in completion if row["completed"] is None],
        "association": _association(compared) if compared else None,
        "sentences": [_sentence(row) for row in compared],
        "too_few": [row["title"] for row in association if row["difference"] is None],
    }


def _completed(row: Mapping[str, Any]) -> Bar:
    if row["completed"] is None:
        return Bar(row["title"], None, "hidden", note=f"{count(row['begun'])} people began it")
    share, low, high = (round(100 * row[name], 2) for name in ("completed", "low", "high"))
    return Bar(row["title"], share, f"{percent(row['completed'])} of {count(row['begun'])}", low, high, f"half of them within {row['median_days']:.0f} days")


def _association(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    axis = around([0.0, *(row[end] for row in rows for end in ("low", "high"))], least=0.6)
    dots = [
        Dot(
            row["title"], axis.at(row["difference"]), axis.at(row["low"]), axis.at(row["high"]), said(row["difference"], sign=True),
            f"{count(row['people'])} people, compared with {count(row['comparison'])}", tone(estimate(row, "difference")) if row["outcome"] != "no difference" else "plain",
        )
        for row in rows
    ]  # fmt: skip
    table = [
        (
            row["title"],
            count(row["people"]),
            count(row["comparison"]),
            said(row["difference"], sign=True),
            between(estimate(row, "difference"), sign=True),
            said(row["q"], 3),
            _OUTCOMES[row["outcome"]],
        )
        for row in rows
    ]
    return {"dots": Dots(dots, axis.ticks(), axis.at(0)), "rows": table}


def _sentence(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "title": row["title"], "outcome": row["outcome"], "size": said(abs(row["difference"])),
        "between": between(estimate(row, "difference"), sign=True), "people": count(row["people"]),
    }  # fmt: skip


def segments(tables: Tables) -> dict[str, Any]:
    rows = tables["segments"].rows
    checks = [
        (str(row["groups"]), said(row["stability"]), said(row["separation"]), said(row["separation_by_chance"]), "told" if row["is_told"] else "not told")
        for row in tables["segment_checks"].rows
    ]
    return {"cards": [_card(row) for row in rows], "checks": checks}


def _card(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = [
        ("Mean mood", said(row["mood_mean"]), _part(row, "mood_mean", 1, 5)),
        ("Days logged a week", said(row["days_per_week"], 1), _part(row, "days_per_week", 0, 7)),
        ("Ups and downs (SD)", said(row["mood_sd"]), _part(row, "mood_sd", 0, 2)),
        ("Slope in 30 days", said(row["mood_trend"], sign=True), None),
        ("Of their days logged", percent(row["regularity"]), round(100 * row["regularity"], 2)),
    ]
    return {"name": row["segment"], "people": count(row["people"]), "facts": facts}


def _part(row: Mapping[str, Any], name: str, low: float, high: float) -> float:
    return float(round(100 * (row[name] - low) / (high - low), 2))


def engagement(tables: Tables) -> dict[str, Any]:
    features = tables["feature_use"].rows
    used = any(row["people"] is not None for row in features)
    use: Mapping[str, Any] = next(iter(tables["use"].rows), {})
    cohorts = [row for row in tables["retention"].rows if row["people"] is not None]
    return {
        "active": _active(tables["active_people"].rows),
        "use": {name: None if use[name] is None else count(use[name]) for name in ("dau", "wau", "mau")} if any(use.values()) else None,
        "stickiness": None if use.get("stickiness") is None else percent(use["stickiness"]),
        "retention": [_returned(row) for row in tables["retention"].rows[-_COHORTS:]] if cohorts else [],
        "cohorts": len(tables["retention"].rows),
        "usual": [(after, percent(median(known))) for name, after in _AFTER.items() if (known := [row[name] for row in cohorts if row[name] is not None])],
        "features": bars([(_spoken(row["feature"]), row["people"], "hidden" if row["people"] is None else count(row["people"])) for row in features]) if used else [],
    }


def _active(rows: Sequence[Mapping[str, Any]]) -> Lines | None:
    known = [row[name] for row in rows for name in ("dau", "wau", "mau") if row[name] is not None]
    if len(rows) < 2 or not known:
        return None
    days = [row["date"] for row in rows]
    x, y = Scale(days[0].toordinal(), days[-1].toordinal()), Scale(0, 1.08 * max(known))
    names = {"mau": "in 30 days", "wau": "in 7 days", "dau": "on the day"}
    drawn = {words: [row[name] for row in rows] for name, words in names.items()}
    about = "; ".join(f"{words} {_range(values)}" for words, values in drawn.items())
    return Lines([line(words, days, values, x, y) for words, values in drawn.items()], y.ticks(), dates(days, x), f"People active {about}")


def _range(values: list[int | None]) -> str:
    known = [each for each in values if each is not None]
    return span(known) if known else "hidden"


def _returned(row: Mapping[str, Any]) -> dict[str, Any]:
    shares = [(None, "") if row[name] is None else (round(70 * row[name], 1), percent(row[name])) for name in ("d1", "d7", "d30")]
    return {"first": _day(row["first"]), "people": "hidden" if row["people"] is None else count(row["people"]), "shares": shares}


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _spoken(name: str) -> str:
    """`chat`: Chats with counselors; one that is not known here, `sleepDiary`: Sleep diary."""
    return _FEATURES.get(name) or re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def chats(tables: Tables) -> dict[str, Any]:
    waits, ratings, load = tables["chat_waits"].rows, tables["chat_ratings"].rows, tables["counselor_load"].rows
    stars = [row for row in ratings if row["rating"] != "mean"]
    mean = next((row for row in ratings if row["rating"] == "mean"), None)
    return {
        "all": next((_wait(row) for row in waits if row["priority"] == "all"), None),
        "waits": bars([(row["priority"].capitalize(), row["p50"], duration(row["p50"])) for row in waits if row["p50"] is not None]),
        "rows": [tuple(_wait(row).values()) for row in waits],
        "ratings": bars([(f"{row['rating']} of 5", row["people"], "hidden" if row["people"] is None else count(row["people"])) for row in reversed(stars)]) if stars else [],
        "mean": mean and {"value": said(mean["mean"], 1), "people": count(mean["people"]), "between": between(estimate(mean, "mean"), 1)},
        "load": _load(load[0]) if load else None,
    }


def _load(row: Mapping[str, Any]) -> dict[str, Any]:
    axis = Scale(0, 1.25 * row["p75"] or 1)
    dot = Dot("Counselors", axis.at(row["p50"]), axis.at(row["p25"]), axis.at(row["p75"]), said(row["p50"], 1), f"{said(row['p25'], 1)} to {said(row['p75'], 1)}")
    return {"counselors": count(row["counselors"]), "clients": count(row["clients"]), "p50": said(row["p50"], 1), "dots": Dots([dot], axis.ticks())}


def _wait(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "priority": row["priority"].capitalize(), "people": count(row["people"]), "chats": count(row["chats"]), "taken": "hidden" if row["taken"] is None else percent(row["taken"]),
        "p50": "hidden" if row["p50"] is None else duration(row["p50"]), "p95": "hidden" if row["p95"] is None else duration(row["p95"]),
    }  # fmt: skip


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
