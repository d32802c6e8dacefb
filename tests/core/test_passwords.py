"""Passwords: every character counts, any keyboard's spelling, and never a queue without end."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections.abc import Iterator

import pytest

from core.passwords import PasswordHasher, normalise, weakness
from core.problem import ServiceUnavailable


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    made = PasswordHasher(4)
    yield made
    made.close()


@pytest.mark.parametrize("password", ["x" * 73, "x" * 256, "🦜" * 64, "ab" * 36 + "c", "é" * 200, "pass word with spaces ", "\u200bzero width", "tab\tand\nline"])
async def test_the_last_character_matters(hasher: PasswordHasher, password: str) -> None:
    hashed = await hasher.hash(password)
    assert await hasher.verify(password, hashed)
    for other in (password[:-1], password[:-1] + "y", password + "x", "X" + password[1:]):
        assert not await hasher.verify(other, hashed)


@pytest.mark.parametrize("password", ["contraseña-segura", "Ångström unit", "ﬁne ligature", "한국어 비밀번호 열쇠"])
async def test_every_spelling_of_the_same_characters_is_the_same_password(hasher: PasswordHasher, password: str) -> None:
    hashed = await hasher.hash(unicodedata.normalize("NFC", password))
    for form in ("NFD", "NFKD", "NFKC"):
        assert await hasher.verify(unicodedata.normalize(form, password), hashed)
    assert normalise("ｐａｓｓ") == "pass"


async def test_the_same_password_hashes_differently_each_time(hasher: PasswordHasher) -> None:
    assert await hasher.hash("a quiet green lake") != await hasher.hash("a quiet green lake")


async def test_nobody_has_no_password(hasher: PasswordHasher) -> None:
    """The same work is done; the answer is no, for the stand-in's own words too."""
    assert not await hasher.verify("a quiet green lake", None)
    assert not await hasher.verify("nobody's password", None)


@pytest.mark.parametrize(
    ("password", "email", "why"),
    [
        ("short", None, "must have 10 to 256"),
        ("x" * 9, None, "must have 10 to 256"),
        ("x1y2z3w4v" * 29, None, "must have 10 to 256"),
        ("ﬃ" * 3, None, "must have 10 to 256"),
        ("password123", None, "most common"),
        ("Password1234", None, "most common"),
        ("aaaaaaaaaaaa", None, "most common"),
        ("abababababab", None, "most common"),
        ("1234567890", None, "most common"),
        ("qwertyuiop", None, "most common"),
        ("ｐａｓｓｗｏｒｄ１２３", None, "most common"),
        ("sunshine!!", None, "most common"),
        ("abcdefghijkl", None, "most common"),
        ("ana.lane rocks", "Ana.Lane@example.org", "your email's name"),
        ("xxANALANExx42", "analane@example.org", "your email's name"),
        ("with\x00nul inside", None, "NUL"),
    ],
)
def test_weak_ones_are_refused_with_a_reason(password: str, email: str | None, why: str) -> None:
    found = weakness(password, email)
    assert found is not None
    assert why in found


@pytest.mark.parametrize(
    "password",
    [
        "a quiet green lake",
        "correct horse battery staple",
        "🦜🌊🔥🌲🍋🎲🧊🪁🛶🎷",
        "x7#Kq2!vL9",
        "al is here, hidden well",
        "contraseña larguísima",
        "x7#Kq2!vL9" * 25,
        "a" * 72 + "b",
        "🌊" * 64,
        "é" * 36 + "x",
        "😀" * 18 + "x",
    ],
)
def test_others_are_fine_without_any_rule_of_composition(password: str) -> None:
    assert weakness(password, "al@example.org") is None


async def test_a_full_queue_is_refused_at_once_and_works_again_after(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(4)
    gate = threading.Event()
    monkeypatch.setattr(hasher, "_context", _Slow(gate))
    waiting = [asyncio.create_task(hasher.hash("x")) for _ in range(hasher._most_waiting)]
    await asyncio.sleep(0)
    with pytest.raises(ServiceUnavailable) as refused:
        await hasher.verify("x", "hash")
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "3"})
    gate.set()
    assert await asyncio.gather(*waiting) == ["hashed"] * len(waiting)
    assert await hasher.hash("x") == "hashed"
    hasher.close()


class _Slow:
    def __init__(self, gate: threading.Event) -> None:
        self._gate = gate

    def hash(self, _password: str) -> str:
        self._gate.wait(10)
        return "hashed"

    def verify(self, _password: str, _hashed: str) -> bool:
        return True
