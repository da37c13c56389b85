"""How a letter becomes a message: what it holds comes back, and nothing in it becomes a header."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.errors import MailPermanentError, MatcherError, SettingError
from matcher.domain.ports import OutgoingMail
from matcher.mail import letters
from matcher.mail.message import as_message, mail_policy, sender_address
from matcher.mail.rendering import readable
from tests.mail.samples import NOW, PERSON_POST, SENDER, card, letters_to_person, make_opportunity

MAIL = letters_to_person(card())["invitation"]
HEADERS = {
    "from", "to", "date", "subject", "message-id", "content-language", "auto-submitted", "list-unsubscribe",
    "list-unsubscribe-post", "mime-version", "content-type",
}  # fmt: skip


def _on_the_wire(mail: OutgoingMail) -> tuple[bytes, EmailMessage]:
    content = as_message(mail, sent_at=NOW).as_bytes(policy=mail_policy(linesep="\r\n"))
    return content, message_from_bytes(content, policy=policy.default)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@given(title=st.text(max_size=200), host=st.text(max_size=50))
def test_any_title_comes_back_and_none_becomes_a_header(title: str, host: str) -> None:
    opportunity = make_opportunity(title=title, host=replace(make_opportunity().host, name=host))
    mail = letters.invitation(card(opportunity=opportunity), **PERSON_POST)
    content, message = _on_the_wire(mail)
    assert {name.lower() for name in message.keys()} == HEADERS  # noqa: SIM118 - each header, repeated ones too
    assert len(message.keys()) == len(HEADERS)
    assert content.isascii()
    assert readable(title).strip() in _body(message, "plain").replace("\r\n", "\n")
    assert message["Subject"] == "For when you have a moment"


@given(value=st.text(max_size=60))
def test_a_header_value_comes_back_whole_or_is_refused(value: str) -> None:
    mail = replace(MAIL, subject=value)
    try:
        _, message = _on_the_wire(mail)
    except MailPermanentError:
        assert any(not character.isprintable() for character in value)
        return
    assert {name.lower() for name in message.keys()} == HEADERS  # noqa: SIM118
    assert "".join(str(message["Subject"]).split()) == "".join(value.split())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", "a@example.jp\r\nBcc: b@example.jp"),
        ("to", "a@example.jp, b@example.jp"),
        ("to", "a@example.jp\n"),
        ("to", "a\0@example.jp"),
        ("to", "a@example\u2028.jp"),
        ("to", "not an address"),
        ("to", ""),
        ("to", "はる@example.jp"),
        ("to", "haru@" + "a" * 64 + ".example"),
        ("subject", "Hello\nBcc: b@example.jp"),
        ("message_id", "<a@b>\r\nBcc: b@example.jp"),
        ("message_id", "no brackets"),
        ("headers", {"From": SENDER, "X-Note": "a\rb"}),
        ("headers", {"From": SENDER, "Bcc: x@example.jp\r\nX": "a"}),
    ],
)
def test_what_would_add_a_header_or_a_reader_is_refused(field: str, value: object) -> None:
    mail = MAIL
    with pytest.raises(MailPermanentError) as refused:
        as_message(replace(mail, **{field: value}), sent_at=NOW)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
    assert "example.jp" not in str(refused.value)  # CARE 22: an error ends up in a log


@pytest.mark.parametrize("sender", ["", "Matcher\r\nBcc: b@example.jp <a@example.org>"])
def test_a_sender_that_is_none_is_a_wrong_setting(sender: str) -> None:
    mail = replace(MAIL, headers={"From": sender})
    with pytest.raises(MatcherError):
        as_message(mail, sent_at=NOW)


def test_care_4_the_one_click_link_stays_in_one_piece_however_long() -> None:
    url = "https://" + "long-name." * 9 + "example.org/pause/" + "T" * 60
    mail = letters.invitation(card(), **{**PERSON_POST, "pause_url": url})
    content, _ = _on_the_wire(mail)
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in content
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content


def test_a_long_message_id_stays_in_one_piece() -> None:
    long_id = "<" + "a" * 90 + "@example.org>"
    content, _ = _on_the_wire(replace(MAIL, message_id=long_id))
    assert long_id.encode() in content


def test_the_same_letter_is_the_same_message_at_every_try() -> None:
    mail = MAIL
    assert _on_the_wire(mail)[1]["Message-ID"] == _on_the_wire(mail)[1]["Message-ID"] == mail.message_id


def test_the_calendar_travels_beside_the_letter_with_its_method() -> None:
    written = letters_to_person(card())
    for name, method in (
        ("accepted", "PUBLISH"),
        ("cancelled_by_person", "CANCEL"),
        ("called_off", "CANCEL"),
    ):
        _, message = _on_the_wire(written[name])
        (entry,) = message.iter_attachments()
        assert entry.get_content_type() == "text/calendar"
        assert entry.get_param("method") == method
        assert entry.get_filename() == "calendar.ics"
        assert f"METHOD:{method}" in entry.get_content()


def test_japanese_arrives_unharmed() -> None:
    _, message = _on_the_wire(letters_to_person(card("ja"))["invitation"])
    assert message["Subject"] == "お時間のあるときにご覧ください"
    assert "急ぎのご用ではありません" in _body(message, "plain")
    assert message["Content-Language"] == "ja"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_message_needs_no_server_that_takes_eight_bits() -> None:
    content, message = _on_the_wire(replace(MAIL, text="短い\n", html="<p>短い</p>\n"))
    assert content.isascii()
    assert _body(message, "html").strip() == "<p>短い</p>"


def test_a_sender_may_have_a_name_in_any_script() -> None:
    assert sender_address("お知らせ <no-reply@example.org>").display_name == "お知らせ"
    assert sender_address("no-reply@example.org").addr_spec == "no-reply@example.org"


@pytest.mark.parametrize("setting", ["", "Matcher", "Matcher <>", "A <a@b>\nBcc: c@example.org", "A <a b@c>"])
def test_a_wrong_sender_stops_the_start_with_one_line(setting: str) -> None:
    with pytest.raises(SettingError) as refused:
        sender_address(setting)
    assert "\n" not in str(refused.value)
