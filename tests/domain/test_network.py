"""What is counted as one network."""

from __future__ import annotations

import pytest

from matcher.domain.network import network_of


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:0:0:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("unix:", "unix:"),
        (None, ""),
    ],
)
def test_of_ipv6_what_one_household_has_is_one_network(remote: str | None, network: str) -> None:
    assert network_of(remote) == network
