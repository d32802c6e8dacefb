"""Email addresses: exactly one, and who looks alike is somebody else."""

from __future__ import annotations

import time

import pytest

from core import db
from domain import addresses
from tests.people import World

NO_ADDRESSES = [
    "", "ana", "@example.org", "ana@", "ana@localhost", "ana@@example.org", "a@evil.org@good.org", "a@x.org,b@y.org", "a@x.org;b@y.org", "a@x.org b@y.org",
    "ana@example.org\r\nBcc: b@y.org", "ana\n@example.org", "ana@example.org\n", " ana@example.org", "ana@example.org ", "ana\x00@example.org", "ana\x7f@example.org",
    "Ana <ana@example.org>", "<ana@example.org>", '"a b"@example.org', "ana@[127.0.0.1]", "ana@-x.org", "ana@x..org", ".ana@x.org", "ana.@x.org", "a..b@x.org",
    "ana@example.org.", f"{'a' * 65}@example.org", f"ana@{'a' * 64}.org", f"ana@{'a.' * 130}org", "ana@exa mple.org", "ana@x_y.org", "ana@\u202eexample.org", "a\ud800@example.org",
]  # fmt: skip


def test_what_is_not_one_address_is_refused() -> None:
    for text in NO_ADDRESSES:
        with pytest.raises(ValueError, match="is not an email address"):
            addresses.parse(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ana.Lane+x@Example.ORG", "ana.lane+x@example.org"),
        ("josé@example.org", "josé@example.org"),
        ("jose\u0301@example.org", "josé@example.org"),
        ("ana@BÜCHER.example", "ana@bücher.example"),
        ("ana@xn--bcher-kva.example", "ana@bücher.example"),
        ("用户@例子.广告", "用户@例子.广告"),
        ("o'hara!#$%&*/=?^_`{|}~-@example.org", "o'hara!#$%&*/=?^_`{|}~-@example.org"),
    ],
)
def test_an_address_has_one_spelling(text: str, kept: str) -> None:
    assert addresses.parse(text) == kept
    assert addresses.parse(kept) == kept


@pytest.mark.parametrize(
    "text", ["ana@example.org", "JOSÉ@Example.org", "jose\u0301@bücher.example", "ÀÉÎÕÜ@example.org", "İ@example.org", "ẞ@example.org", "ΣΑΣ@example.org", "用户@例子.广告"]
)
async def test_an_address_at_work_has_one_spelling_which_the_database_agrees_with(world: World, text: str) -> None:
    kept = addresses.at_work(addresses.parse(text))
    assert addresses.at_work(kept) == kept == addresses.parse(kept)
    assert addresses.at_work(addresses.canonical(text)) == kept
    assert await db.fetchval("SELECT lower($1::text)", kept) == kept


async def test_who_looks_alike_is_somebody_else(world: World) -> None:
    """A dotless i, a Cyrillic a: other people, who get their own mail."""
    for honest, alike in (("mike@example.org", "m\u0131ke@example.org"), ("ana@example.org", "\u0430na@example.org"), ("ss@example.org", "ß@example.org")):
        assert addresses.index(addresses.parse(honest)) != addresses.index(addresses.parse(alike))
        assert addresses.parse(alike) == alike
    assert addresses.index("ANA@example.org") == addresses.index("ana@example.org")


async def test_a_compatibility_letter_that_composes_to_a_plain_one_is_mailed_as_the_plain_one(world: World) -> None:
    """What is found is what is mailed: the Kelvin sign is a K to Unicode itself."""
    mike = await world.user(email="mike@example.org")
    assert mike.email is not None
    asked = await world.send("POST", "/auth/forgot-password", {"email": "mi\u212ae@example.org"})
    assert asked.status == 202
    assert {mail["to"] for mail in await world.mailbox(kind="reset_password")} <= {"mike@example.org"}


@pytest.mark.parametrize("text", ["a" * 250 + "@", "a@" + "b." * 120, "." * 254, "a@" * 127, "(" * 254, '"' * 254, "a@" + "-" * 250])
def test_hostile_strings_are_judged_quickly(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="is not an email address"):
        addresses.parse(text)
    assert time.process_time() - began < 0.05


async def test_the_index_says_nothing_of_the_address(world: World) -> None:
    found = addresses.index("ana@example.org")
    assert len(found) == 32
    assert b"ana" not in found
