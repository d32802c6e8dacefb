"""Email addresses: what is one, and the keyed index that finds its owner without storing it in clear."""

from __future__ import annotations

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from core import keys

_UPPER = re.compile("[A-Z]+")
_CONTROLS = re.compile(r"[\x00-\x20\x7f]")


def parse(text: str) -> str:
    """The address as it will be mailed. Raises ValueError unless it is exactly one, with a dot in its domain."""
    if len(text) > 254 or _CONTROLS.search(text):
        raise ValueError("is not an email address")
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False, strict=True)
    except (EmailNotValidError, ValueError):
        raise ValueError("is not an email address") from None
    if "." not in found.ascii_domain or len(found.normalized) > 254:
        raise ValueError("is not an email address")
    return canonical(found.normalized)


def canonical(address: str) -> str:
    """One spelling an address: NFC, ASCII letters lowered. What merely looks alike, like a dotless i, stays what it is."""
    return _UPPER.sub(lambda match: match[0].lower(), unicodedata.normalize("NFC", address))


def at_work(address: str) -> str:
    """The one spelling of a counselor's or staff's address, as it is stored and looked up: every letter lowered, not ASCII ones alone."""
    return unicodedata.normalize("NFC", canonical(address).lower())


def index(address: str) -> bytes:
    """What an address is found by: the same for the same address, telling nothing without the key."""
    return keys.keys().mac("index", canonical(address).encode())
