"""Sealing: a value opens with its key, in its place, unaltered, or not at all."""

from __future__ import annotations

import base64
import struct
from collections.abc import AsyncIterator, Iterable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import crypto
from core.crypto import CannotOpen, Key
from tests.properties import examples

KEY = Key(b"k" * 32)
ROW, OTHER = UUID(int=1), UUID(int=2)


@examples(80)
@given(text=st.text(st.characters(codec="utf-8")), column=st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=20), row=st.uuids())
def test_what_was_sealed_opens_in_its_place(text: str, column: str, row: UUID) -> None:
    sealed = KEY.seal(text, column, row)
    assert sealed is not None
    assert KEY.open(sealed, column, row) == text
    assert KEY.seal(text, column, row) != sealed


def test_it_opens_nowhere_else() -> None:
    sealed = KEY.seal("secret", "users.email", ROW)
    for key, column, row in ((KEY, "users.email", OTHER), (KEY, "users.name", ROW), (Key.new(), "users.email", ROW)):
        with pytest.raises(CannotOpen):
            key.open(sealed, column, row)


def test_nothing_stays_nothing() -> None:
    assert KEY.seal(None, "a", ROW) is None
    assert KEY.open(None, "a", ROW) is None


def test_any_altered_bit_and_any_cut_is_noticed() -> None:
    sealed = KEY.seal_bytes(b"some text", b"place")
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(CannotOpen):
            KEY.open_bytes(bytes(altered), b"place")
        with pytest.raises(CannotOpen):
            KEY.open_bytes(sealed[:position], b"place")
    with pytest.raises(CannotOpen):
        KEY.open_bytes(sealed + b"x", b"place")


def test_a_place_cannot_be_said_in_two_ways() -> None:
    assert crypto.place("a", UUID(bytes=b"b" * 16)) != crypto.place("ab", UUID(bytes=b"b" * 16))
    assert crypto.mac(b"s", b"ab", b"c") != crypto.mac(b"s", b"a", b"bc") != crypto.mac(b"s", b"abc")
    assert crypto.mac(b"s", b"a") != crypto.mac(b"s", b"a", b"")


def test_each_purpose_has_its_own_key() -> None:
    assert len({crypto.derive(master, purpose) for master in ("one", "two") for purpose in ("wrap", "sign")}) == 4
    assert crypto.derive("one", "wrap") == crypto.derive("one", "wrap")


@examples(80)
@given(raw=st.binary(max_size=40))
def test_base64_has_one_spelling(raw: bytes) -> None:
    text = crypto.b64(raw)
    assert crypto.unb64(text) == raw
    assert "=" not in text
    for other in (text + "=", text + "==", text + "\n", " " + text, text + "A" * (4 - len(text) % 4 + 1)):
        if other != text:
            try:
                assert crypto.unb64(other) != raw
            except ValueError:
                continue


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "+/+/", "é", "A A=", "AAAA====", "****"])
def test_base64_that_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        crypto.unb64(text)


def test_base64_trailing_bits_are_refused() -> None:
    assert base64.urlsafe_b64decode("AB==") == base64.urlsafe_b64decode("AA==")
    assert crypto.unb64("AA") == b"\x00"
    with pytest.raises(ValueError, match="canonical"):
        crypto.unb64("AB")


async def _stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _sealed(*chunks: bytes, name: str = "file") -> bytes:
    return b"".join([piece async for piece in crypto.seal_stream(KEY, name, _stream(chunks))])


async def _opened(*chunks: bytes, name: str = "file", key: Key = KEY) -> bytes:
    return b"".join([piece async for piece in crypto.open_stream(key, name, _stream(chunks))])


def _frames(sealed: bytes) -> list[bytes]:
    found = []
    while sealed:
        size = 5 + struct.unpack(">I", sealed[:4])[0]
        found.append(sealed[:size])
        sealed = sealed[size:]
    return found


@examples(25)
@given(sizes=st.lists(st.sampled_from([0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]), max_size=4), cut=st.integers(1, 70_000))
async def test_a_stream_comes_back_however_it_is_cut(sizes: list[int], cut: int) -> None:
    chunks = [bytes([index + 1]) * size for index, size in enumerate(sizes)]
    sealed = await _sealed(*chunks)
    assert await _opened(*(sealed[at : at + cut] for at in range(0, len(sealed), cut))) == b"".join(chunks)


async def test_pieces_left_out_moved_doubled_or_added_are_noticed() -> None:
    first, second, third = _frames(await _sealed(b"a" * 65_536, b"b" * 65_536, b"c"))
    foreign = _frames(await _sealed(b"x" * 65_536, b"y", name="other"))
    for pieces in (
        [first, second],
        [first, third],
        [second, third],
        [second, first, third],
        [first, first, second, third],
        [first, second, third, third],
        [third],
        [foreign[0], second, third],
        [first, second, third, b"\x00"],
        [first, second, third[:-1]],
        [],
    ):
        with pytest.raises(CannotOpen):
            await _opened(*pieces)
    assert len(await _opened(first, second, third)) == 131_073


async def test_an_early_end_cannot_be_forged() -> None:
    """The mark of the last piece is sealed with it."""
    first, _ = _frames(await _sealed(b"a" * 65_536, b"b"))
    with pytest.raises(CannotOpen):
        await _opened(first[:4] + b"\x01" + first[5:])


async def test_a_stream_is_bound_to_its_name_and_key() -> None:
    sealed = await _sealed(b"text")
    with pytest.raises(CannotOpen):
        await _opened(sealed, name="other")
    with pytest.raises(CannotOpen):
        await _opened(sealed, key=Key.new())


async def test_an_empty_stream_is_something() -> None:
    sealed = await _sealed()
    assert sealed
    assert await _opened(sealed) == b""


async def test_a_sealed_stream_is_bounded_in_memory() -> None:
    sizes = [len(piece) async for piece in crypto.seal_stream(KEY, "f", _stream([b"x" * 1_000_000]))]
    assert len(sizes) == 16
    assert max(sizes) < 66_000
