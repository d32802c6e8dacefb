"""Where callers are: what is an address, and how much of one stands for a caller."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address(text: str) -> Address | None:
    """None where it is none. IPv4 written as IPv6 (`::ffff:10.0.0.1`, as a socket for both sees it) is IPv4."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def network(text: str) -> Network:
    """A CIDR, or one address; IPv4 written as IPv6 is IPv4. Raises ValueError."""
    found = ipaddress.ip_network(text, strict=False)
    if isinstance(found, ipaddress.IPv6Network) and found.prefixlen >= 96 and (mapped := found.network_address.ipv4_mapped) is not None:
        return ipaddress.IPv4Network((int(mapped), found.prefixlen - 96))
    return found


@lru_cache(10_000)
def counted(text: str) -> str:
    """What limits count by: an IPv4 address, the /64 of an IPv6 one, since a household has as many of those as it likes."""
    found = address(text)
    if found is None:
        return text
    return str(ipaddress.IPv6Network((int(found), 64), strict=False)) if isinstance(found, ipaddress.IPv6Address) else str(found)
