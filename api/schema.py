"""Reading what a client sent: strict JSON, strict fields, and every field that is wrong named at once."""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from api import fields
from core.problem import Invalid, Problem

T = TypeVar("T")


class Body(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A request's JSON object."""


class Query(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A request's query parameters."""


class MalformedBody(Problem):
    status, code, title = 400, "malformed_body", "The body is not valid JSON in UTF-8"


class _Malformed(ValueError):
    pass


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Malformed("a key stands twice in one object")
    return found


def _refuse_constant(name: str) -> Any:
    raise _Malformed(f"{name} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Malformed("a number is too large")
    return number


def _int(text: str) -> int:
    if len(text) > 30:
        raise _Malformed("a number is too large")
    return int(text)


_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int)


def parse_json(raw: bytes) -> Any:
    """RFC 8259 without its liberties: no duplicate keys, NaN, infinite numbers, BOM. Raises MalformedBody."""
    try:
        return _decoder.decode(raw.decode("utf-8"))
    except _Malformed as error:
        raise MalformedBody(str(error)) from None
    except (ValueError, RecursionError):
        raise MalformedBody from None


def convert(kind: type[T], value: Any, *, strict: bool = True) -> T:
    """Raises Invalid, naming each field that is wrong."""
    try:
        return msgspec.convert(value, kind, strict=strict, dec_hook=fields.read)
    except (msgspec.ValidationError, UnicodeEncodeError):
        raise Invalid(list(_explain(kind, value, "", strict)) or [("", "is not valid")]) from None


def _explain(kind: Any, value: Any, path: str, strict: bool) -> Iterator[tuple[str, str]]:
    if (struct := _struct_in(kind)) is not None and isinstance(value, dict):
        known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
        for name in value:
            if name not in known:
                yield _join(path, name), "is not a known field"
        for name, field in known.items():
            if name in value:
                yield from _explain(field.type, value[name], _join(path, name), strict)
            elif field.required:
                yield _join(path, name), "is required"
        return
    if (item := _item_of(kind)) is not None and isinstance(value, list):
        wrong = [error for index, each in enumerate(value) for error in _explain(item, each, _join(path, str(index)), strict)]
        if wrong:
            yield from wrong
            return
    try:
        msgspec.convert(value, kind, strict=strict, dec_hook=fields.read)
    except msgspec.ValidationError as error:
        yield path, _said(str(error))
    except UnicodeEncodeError:
        yield path, "must not contain lone surrogates"


def _join(path: str, name: str) -> str:
    name = name.encode(errors="replace").decode()
    return f"{path}.{name}" if path else name


def _said(message: str) -> str:
    message = re.sub(r" - at `[^`]*`$", "", message).replace("`", "")
    return message[:1].lower() + message[1:]


def _parts(kind: Any) -> list[Any]:
    if get_origin(kind) is Annotated:
        return _parts(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return [part for each in get_args(kind) for part in _parts(each)]
    return [kind]


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    return next((part for part in _parts(kind) if isinstance(part, type) and issubclass(part, msgspec.Struct)), None)


def _item_of(kind: Any) -> Any:
    return next((get_args(part)[0] for part in _parts(kind) if get_origin(part) is list), None)


def given(body: msgspec.Struct) -> dict[str, Any]:
    """The fields the client sent, under their Python names."""
    return {name: getattr(body, name) for name in body.__struct_fields__ if getattr(body, name) is not msgspec.UNSET}


def given_nested(body: msgspec.Struct) -> dict[str, Any]:
    """The fields the client sent, under their JSON names, nested objects alike."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(body):
        value = getattr(body, field.name)
        if value is not msgspec.UNSET:
            found[field.encode_name] = given_nested(value) if isinstance(value, msgspec.Struct) else value
    return found
