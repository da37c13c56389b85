"""One setting, and what it means."""

from __future__ import annotations

import pytest

from matcher.domain.errors import SettingError
from matcher.mail.maildir import MaildirMailer
from matcher.mail.smtp import Security, SmtpMailer, SmtpServer
from matcher.mail.transports import make_mailer


def _server(url: str) -> SmtpServer:
    mailer = make_mailer(url, timeout_seconds=3)
    assert isinstance(mailer, SmtpMailer)
    return mailer._server


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://mail.example.org", 25, Security.none),
        ("smtp+starttls://mail.example.org", 587, Security.starttls),
        ("smtps://mail.example.org/", 465, Security.tls),
        ("smtps://mail.example.org:2465", 2465, Security.tls),
    ],
)
def test_each_scheme_has_its_usual_port(url: str, port: int, security: Security) -> None:
    assert _server(url) == SmtpServer("mail.example.org", port, security, 3)


def test_user_and_password_may_be_escaped_and_are_never_shown() -> None:
    server = _server("smtps://me%40example.org:p%2Fss@[::1]:2465")
    assert (server.username, server.password, server.host) == ("me@example.org", "p/ss", "::1")
    assert "p/ss" not in repr(server)


def test_a_folder_may_be_relative() -> None:
    assert isinstance(make_mailer("maildir:var/mail"), MaildirMailer)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "maildir:",
        "maildir:a\0b",
        "var/mail",
        "http://mail.example.org",
        "smtp://",
        "smtp:mail.example.org",
        "smtp://:25",
        "smtp://mail.example.org:99999",
        "smtp://mail.example.org:0",
        "smtp://mail.example.org:port",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org?x=hunter2",
        "smtp://me@mail.example.org",
        "smtp://me:@mail.example.org",
        "smtp://me:hunter2ü@mail.example.org",
        "smtp://me:hunter2@[::1",
        "smtp://me:hunter2@" + "a" * 64 + ".example.org",
    ],
)
def test_a_wrong_url_stops_the_start_with_one_line_without_the_password(url: str) -> None:
    with pytest.raises(SettingError) as refused:
        make_mailer(url)
    assert "\n" not in str(refused.value)
    assert "MATCHER_MAIL_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)
