"""What is counted as one network."""

from __future__ import annotations

import pytest

from matcher.domain.network import is_this_machine, network_of


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


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_what_leads_to_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host", ["", "example.org", "127.example.org", "localhost.example.org", "0.0.0.0", "192.0.2.7"]
)
def test_what_leads_elsewhere(host: str) -> None:
    assert not is_this_machine(host)
