"""What can be written to, also where a carrier gave out addresses that no standard would."""

from __future__ import annotations

from email.headerregistry import Address

import pytest

from matcher.services.mail_address import deliverable


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("haru@example.org", "haru@example.org"),
        (" ｈａｒｕ＠example.org ", "haru@example.org"),
        ("haru@例え.jp", "haru@xn--r8jz45g.jp"),
        ("haru..kun@docomo.example.jp", '"haru..kun"@docomo.example.jp'),
        ("haru.@ezweb.example.jp", '"haru."@ezweb.example.jp'),
        ('"haru..kun"@docomo.example.jp', '"haru..kun"@docomo.example.jp'),
    ],
)
def test_an_address_is_kept_as_mail_is_sent_to_it(typed: str, kept: str) -> None:
    assert deliverable(typed) == kept
    assert Address(addr_spec=kept)  # a header can hold it


@pytest.mark.parametrize(
    "typed", ["haru", "haru@", "@example.org", "ha ru..@example.org", "haru@example", "..@", "春@example.org"]
)
def test_what_is_none_is_none(typed: str) -> None:
    assert deliverable(typed) is None
