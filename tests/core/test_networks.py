"""Addresses: two spellings of one are one, and one household is one caller."""

from __future__ import annotations

import ipaddress

import pytest

from core import networks


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"), ("::ffff:203.0.113.7", "203.0.113.7"), ("::FFFF:cb00:7107", "203.0.113.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"), ("2001:db8:1:3::1", "2001:db8:1:3::/64"), ("::1", "::/64"), ("fe80::1%eth0", "fe80::/64"), ("local", "local"), ("", ""),
        ("203.0.113.7:80", "203.0.113.7:80"), ("\ufffd", "\ufffd"),
    ],
)  # fmt: skip
def test_a_caller_is_an_ipv4_address_or_a_64(text: str, counted: str) -> None:
    assert networks.counted(text) == counted


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.1.2.3/8", "10.0.0.0/8"), ("192.0.2.7", "192.0.2.7/32"), ("2001:db8::5/32", "2001:db8::/32"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ("::/0", "::/0"), ("::ffff:0:0/96", "0.0.0.0/0"), ("::ffff:0:0/95", "::fffe:0:0/95"),
    ],
)  # fmt: skip
def test_a_network_written_the_long_way_is_the_same(text: str, network: str) -> None:
    assert networks.network(text) == ipaddress.ip_network(network)


@pytest.mark.parametrize("text", ["", "nonsense", "10.0.0.0/33", "::ffff:10.0.0.0/129", "10.0.0"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError):
        networks.network(text)
    assert networks.address(text) is None
