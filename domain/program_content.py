"""What a module of a program holds, by its type: words to read, a script to be spoken, scenes to be seen, or questions.

    {"type": "text", "body": "markdown"}
    {"type": "audio", "script": [{"seconds": 20, "say": "…"}, {"seconds": 15, "pause": true}, …]}
    {"type": "video", "scenes": [{"seconds": 30, "shows": "what is seen", "say": "…"}, …]}
    {"type": "interactive", "intro": "…", "questions": [ … ], "outro": "…", "scoring": {…}}

A question is one of

    {"id": "q1", "kind": "scale", "prompt": "…", "min": 0, "max": 4, "labels": ["Never", "Always"], "scored": true}
    {"id": "q2", "kind": "choice", "prompt": "…", "options": [{"text": "…", "points": 0, "feedback": "…"}, …], "scored": true}
    {"id": "q3", "kind": "text", "prompt": "…"}                                 to reflect on, never scored

`scoring` is there exactly when a question is scored: `{"max": 8, "bands": [{"from": 0, "to": 3, "text": "…"}, …]}`, where `max` is the sum of
the highest points and the bands cover 0 to `max` without a gap. A scored scale begins at 0. Answers stay with the person: only a score is sent.

`"free": true` opens a module of a premium program to everybody: what somebody in danger needs must not be sold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from core.problem import Invalid, placed
from core.text import clean

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=3_600)]
Points = Annotated[int, msgspec.Meta(ge=0, le=100)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]


class _Part(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a module; what is not said is left out."""


class Step(_Part):
    """Something to say, or a pause."""

    seconds: Seconds
    say: Words | None = None
    pause: bool = False


class Scene(_Part):
    seconds: Seconds
    shows: Words
    say: Words


class ScaleQuestion(_Part, tag_field="kind", tag="scale"):
    id: Name
    prompt: Words
    min: Annotated[int, msgspec.Meta(ge=-100, le=100)]
    max: Annotated[int, msgspec.Meta(ge=-100, le=100)]
    labels: Annotated[list[Words], msgspec.Meta(min_length=2, max_length=2)]
    scored: bool = False


class Option(_Part):
    text: Words
    points: Points
    feedback: Words


class ChoiceQuestion(_Part, tag_field="kind", tag="choice"):
    id: Name
    prompt: Words
    options: Annotated[list[Option], msgspec.Meta(min_length=2, max_length=20)]
    scored: bool = False


class TextQuestion(_Part, tag_field="kind", tag="text"):
    id: Name
    prompt: Words


class Band(_Part):
    from_: Annotated[int, msgspec.Meta(ge=0)] = msgspec.field(name="from")
    to: Annotated[int, msgspec.Meta(ge=0)]
    text: Words


class Scoring(_Part):
    max: Annotated[int, msgspec.Meta(ge=1)]
    bands: Annotated[list[Band], msgspec.Meta(min_length=1, max_length=20)]


class _Content(_Part, tag_field="type"):
    free: bool = False


class TextContent(_Content, kw_only=True, tag="text"):
    """`body` is Markdown."""

    body: Annotated[str, msgspec.Meta(min_length=1, max_length=40_000)]


class AudioContent(_Content, kw_only=True, tag="audio"):
    script: Annotated[list[Step], msgspec.Meta(min_length=1, max_length=500)]


class VideoContent(_Content, kw_only=True, tag="video"):
    scenes: Annotated[list[Scene], msgspec.Meta(min_length=1, max_length=500)]


class InteractiveContent(_Content, kw_only=True, tag="interactive"):
    intro: Words
    questions: Annotated[list[ScaleQuestion | ChoiceQuestion | TextQuestion], msgspec.Meta(min_length=1, max_length=50)]
    outro: Words
    scoring: Scoring | None = None


Content = TextContent | AudioContent | VideoContent | InteractiveContent


def parse(type: str, said: dict[str, Any], path: str = "content") -> Content:
    """What somebody wrote as the content of a module of this type; its `type` need not be repeated in it. Raises Invalid, naming the place."""
    if said.get("type", type) != type:
        raise Invalid([(f"{path}.type", f"is not the module's, which is {type}")])
    try:
        found: Content = msgspec.convert(_cleaned({**said, "type": type}), Content)
    except msgspec.ValidationError as error:
        raise Invalid([placed(path, str(error))]) from None
    except ValueError as error:
        raise Invalid([(path, str(error))]) from None
    if wrong := [(f"{path}.{where}", why) for where, why in _wrong(found)]:
        raise Invalid(wrong)
    return found


def encode(content: Content) -> str:
    """As it is stored: with its type, without what is not said."""
    return msgspec.json.encode(content).decode()


def decode(stored: str) -> Content:
    found: Content = msgspec.json.decode(stored, type=Content)
    return found


def _cleaned(said: Any) -> Any:
    """Every text in it fit to be stored. Raises ValueError."""
    if isinstance(said, str):
        return clean(said, 160_000)
    if isinstance(said, list):
        return [_cleaned(each) for each in said]
    return {clean(name, 200): _cleaned(each) for name, each in said.items()} if isinstance(said, dict) else said


def _wrong(content: Content) -> Iterator[tuple[str, str]]:
    """What each field alone cannot show."""
    match content:
        case AudioContent():
            for index, step in enumerate(content.script):
                if (step.say is None) != step.pause:
                    yield f"script.{index}", "says something or is a pause"
        case InteractiveContent():
            yield from _wrong_questions(content)


def _wrong_questions(content: InteractiveContent) -> Iterator[tuple[str, str]]:
    highest, seen, any_scored = 0, set(), False
    for index, each in enumerate(content.questions):
        at = f"questions.{index}"
        if each.id in seen:
            yield f"{at}.id", "is there twice"
        seen.add(each.id)
        match each:
            case ScaleQuestion():
                if each.min >= each.max:
                    yield f"{at}.max", "is not above min"
                if each.scored and each.min != 0:
                    yield f"{at}.min", "is not 0, where a scored scale begins"
                highest += each.max if each.scored else 0
                any_scored |= each.scored
            case ChoiceQuestion():
                points = [option.points for option in each.options]
                if not each.scored and any(points):
                    yield f"{at}.scored", "is false, yet an option has points"
                highest += max(points) if each.scored else 0
                any_scored |= each.scored
    if any_scored != (content.scoring is not None):
        yield "scoring", "is there exactly when a question is scored"
    elif content.scoring is not None:
        yield from _wrong_scoring(content.scoring, highest)


def _wrong_scoring(scoring: Scoring, highest: int) -> Iterator[tuple[str, str]]:
    if scoring.max != highest:
        yield "scoring.max", f"is not {highest}, the sum of the highest points"
    follows = 0
    for index, band in enumerate(scoring.bands):
        if band.from_ != follows or band.to < band.from_:
            yield f"scoring.bands.{index}", f"does not begin at {follows} and end after it"
            return
        follows = band.to + 1
    if follows != scoring.max + 1:
        yield "scoring.bands", f"end at {follows - 1}, not at {scoring.max}"
