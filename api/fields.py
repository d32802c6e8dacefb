"""The kinds of text a client may send, each with its own rule; they validate in schemas and describe themselves in OpenAPI."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import available_timezones

import msgspec

from core.text import clean, clean_line
from domain import addresses

# Present in Python's zone database but not zones of any place, or taken by PostgreSQL for an abbreviation without summer time.
_NO_ZONES = {"Factory", "localtime", "posixrules", "CET", "EET", "MET", "WET"}
_ZONES = frozenset(zone for zone in available_timezones() if zone not in _NO_ZONES and not zone.startswith(("posix/", "right/")))
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")


class Text(str):
    """A string with a rule. Subclasses override `parse`, which raises ValueError, and `schema`."""

    __slots__ = ()
    most_bytes: ClassVar[int] = 8_000

    @classmethod
    def parse(cls, text: str) -> str:
        return clean(text, cls.most_bytes)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "description": f"at most {cls.most_bytes} bytes of UTF-8 after NFC"}


class Name(Text):
    """A person's name: one line."""

    most_bytes = 120

    @classmethod
    def parse(cls, text: str) -> str:
        return clean_line(text, cls.most_bytes)


class Note(Text):
    most_bytes = 8_000


class Label(Text):
    """A short line: at most 120 characters."""

    most: ClassVar[int] = 120

    @classmethod
    def parse(cls, text: str) -> str:
        found = clean_line(text, cls.most * 4)
        if len(found) > cls.most:
            raise ValueError(f"must have at most {cls.most} characters")
        return found

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "maxLength": cls.most}


class Factor(Label):
    """What went with a mood: 1 to 60 characters."""

    most = 60

    @classmethod
    def parse(cls, text: str) -> str:
        found = super().parse(text)
        if not found:
            raise ValueError("must not be empty")
        return found

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": cls.most}


class Topic(Text):
    """What a chat is to be about: one line."""

    most_bytes = 200

    @classmethod
    def parse(cls, text: str) -> str:
        found = clean_line(text, cls.most_bytes)
        if not found:
            raise ValueError("must not be empty")
        return found


class Feedback(Text):
    most_bytes = 4_000


class Specialization(Label):
    """What a counselor knows about: 1 to 60 characters, in lower case."""

    most = 60

    @classmethod
    def parse(cls, text: str) -> str:
        found = super().parse(text).lower()
        if not found:
            raise ValueError("must not be empty")
        return found


class Email(Text):
    @classmethod
    def parse(cls, text: str) -> str:
        return addresses.parse(text)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": 254}


class Password(Text):
    """Any characters but NUL; its strength is judged where it is set."""

    @classmethod
    def parse(cls, text: str) -> str:
        if len(text) > 256:
            raise ValueError("must have at most 256 characters")
        return clean(text, 4 * 256) and text

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "format": "password", "maxLength": 256}


class Zone(Text):
    @classmethod
    def parse(cls, text: str) -> str:
        if text not in _ZONES:
            raise ValueError("is not an IANA time zone")
        return text

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "examples": ["Europe/Madrid"], "description": "an IANA time zone"}


class Language(Text):
    @classmethod
    def parse(cls, text: str) -> str:
        if len(text) > 35 or not _LANGUAGE.match(text):
            raise ValueError("is not a BCP 47 language tag")
        return text

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "maxLength": 35, "examples": ["en", "es-MX"], "description": "a BCP 47 language tag"}


Gender = Literal["female", "male", "nonbinary", "other", "undisclosed"]
# The length too: Python's `$` lets a line feed follow.
LocalTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5, extra_json_schema={"examples": ["21:30"]})]
ClientId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+$", min_length=1, max_length=64)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


def read(kind: type[Any], value: Any) -> Any:
    """Msgspec's dec_hook for these types. Raises ValueError for a value outside the rule."""
    if issubclass(kind, Text):
        if not isinstance(value, str):
            raise ValueError("must be a string")
        return kind(kind.parse(value))
    raise NotImplementedError(kind)  # msgspec asks only for kinds it does not know; a new one must be added here


def describe(kind: type[Any]) -> dict[str, Any]:
    """Msgspec's schema_hook for these types."""
    if issubclass(kind, Text):
        return kind.schema()
    raise NotImplementedError(kind)  # msgspec asks only for kinds it does not know; a new one must be added here
