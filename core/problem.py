"""The one way a use case refuses: an exception that carries its RFC 9457 code and status."""

from __future__ import annotations

import re
from typing import Any, ClassVar

_UNKNOWN = re.compile("Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile("Object missing required field `(.*)`", re.DOTALL)


class Problem(Exception):
    """Raised by the domain, answered by the API as `application/problem+json`.

    Subclass it beside the function that raises it. `extra` members go into the answer as they are;
    `headers` are sent with it. One that `commits` does not undo what was written in the open transaction before it:
    what was refused has still told something that must be kept.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "Bad request"

    def __init__(self, detail: str | None = None, *, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.headers = headers or {}
        self.extra = extra
        self.commits = False


class NotFound(Problem):
    """Does not exist, or is somebody else's: the two look the same."""

    status, code, title = 404, "not_found", "Not found"


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "Not allowed"


class Conflict(Problem):
    status, code, title = 409, "conflict", "Conflicts with what is there"


class Stale(Problem):
    """If-Match named another version than the one stored."""

    status, code, title = 412, "stale", "Changed by somebody else meanwhile"


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", "Sign in first"

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **extra)


class ServiceUnavailable(Problem):
    status, code, title = 503, "service_unavailable", "Try again shortly"

    def __init__(self, detail: str | None = None, *, retry_after: int = 2, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **extra)


class RateLimited(Problem):
    status, code, title = 429, "rate_limited", "Too many requests"

    def __init__(self, retry_after: int, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **extra)
        self.retry_after = retry_after


class Invalid(Problem):
    """Well-formed, but not what the route takes. `errors` are (path, message) pairs."""

    status, code, title = 422, "validation_failed", "Some fields are not valid"

    def __init__(self, errors: list[tuple[str, str]], detail: str | None = None) -> None:
        super().__init__(detail, errors=[{"path": path, "message": message} for path, message in errors])


def placed(path: str, message: str) -> tuple[str, str]:
    """A message of msgspec's about what stands at `path` as a pair for `Invalid`: the place within it, and why."""
    why, _, where = message.partition(" - at `$")
    path += re.sub(r"\[(\d+)\]", r".\1", where.rstrip("`")).replace("[...]", "")
    if found := _UNKNOWN.fullmatch(why):
        return f"{path}.{found[1]}", "is not a known field"
    if found := _MISSING.fullmatch(why):
        return f"{path}.{found[1]}", "is required"
    return path, why[:1].lower() + why[1:].replace("`", "")
