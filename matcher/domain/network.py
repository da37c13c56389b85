"""What an address says: which network is counted as one, and what leads to this machine alone."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

IPV6_PREFIX: Final = 64  # what one household or office is usually given (RFC 6177)


def network_of(remote: str | None) -> str:
    """The network that is counted as one: the address, or of IPv6 the part that one household or office has."""
    try:
        address = ip_address(remote or "")
    except ValueError:
        return remote or ""
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), IPV6_PREFIX), strict=False))
    return str(address)


def is_this_machine(host: str) -> bool:
    """Whether a name or an address leads to the machine that asks for it, and to no other."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
