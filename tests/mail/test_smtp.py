"""Mail by SMTP against real servers on loopback: each way it can go wrong is told apart."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from matcher.domain.errors import MailPermanentError, MailTemporaryError
from matcher.domain.ports import OutgoingMail
from matcher.mail.transports import make_mailer
from tests.local_server import LOOPBACK, free_port
from tests.mail.certificates import make_certificate
from tests.mail.samples import NOW, card, letters_to_person
from tests.smtp import SmtpServer

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

MAIL = letters_to_person(card("ja"))["accepted"]


def _send(url: str, mail: OutgoingMail = MAIL, timeout_seconds: float = 5) -> None:
    make_mailer(url, timeout_seconds=timeout_seconds, clock=lambda: NOW).send(mail)


def test_a_letter_arrives_whole(smtp_server: SmtpServer) -> None:
    dotted = replace(MAIL, text="first\n.\n..two dots\nlast 最後\n")
    _send(smtp_server.url, dotted)
    (message,) = smtp_server.wait_for(1)
    assert smtp_server.recipients == [["reader@example.jp"]]
    assert (message["Message-ID"], message["Subject"]) == (MAIL.message_id, MAIL.subject)
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == dotted.text
    assert message["Date"].datetime == NOW
    assert [part.get_filename() for part in message.iter_attachments()] == ["calendar.ics"]


def test_lines_of_dots_arrive_as_they_were(smtp_server: SmtpServer) -> None:
    plain = replace(MAIL, text=".\n..\n.x\n", html=None, calendar=None)
    _send(smtp_server.url, plain)
    (message,) = smtp_server.wait_for(1)
    assert message.get_content().replace("\r\n", "\n") == plain.text


@pytest.mark.parametrize("moment", ["RCPT", "DATA"])
def test_a_5xx_about_the_address_or_the_letter_is_permanent(
    smtp_server: SmtpServer, moment: Literal["RCPT", "DATA"]
) -> None:
    smtp_server.refuse("550 5.1.1 <reader@example.jp> unknown", at=moment)
    with pytest.raises(MailPermanentError) as refused:
        _send(smtp_server.url)
    assert "550" in str(refused.value)
    assert "reader" not in str(refused.value)  # CARE 22: an error ends up in a log
    assert smtp_server.messages == []


@pytest.mark.parametrize(
    "answer", ["554 5.7.1 Relay access denied", "550 5.7.1 Blocked by a list", "530 5.7.0 Sign in first"]
)
def test_a_5xx_that_refuses_us_and_not_the_reader_is_temporary(smtp_server: SmtpServer, answer: str) -> None:
    smtp_server.refuse(answer, at="RCPT")
    with pytest.raises(MailTemporaryError):
        _send(smtp_server.url)


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA"])
def test_a_4xx_is_temporary(smtp_server: SmtpServer, moment: Literal["MAIL", "RCPT", "DATA"]) -> None:
    smtp_server.refuse("451 4.3.2 Try later", at=moment)
    with pytest.raises(MailTemporaryError) as refused:
        _send(smtp_server.url)
    assert not refused.value.ambiguous
    _send(smtp_server.url)
    assert len(smtp_server.wait_for(1)) == 1


def test_a_5xx_about_the_sender_says_nothing_about_the_reader(smtp_server: SmtpServer) -> None:
    smtp_server.refuse("550 5.7.1 Not from here", at="MAIL")
    with pytest.raises(MailTemporaryError):
        _send(smtp_server.url)


def test_a_break_after_the_content_is_ambiguous(smtp_server: SmtpServer) -> None:
    smtp_server.break_off()
    with pytest.raises(MailTemporaryError) as lost:
        _send(smtp_server.url)
    assert lost.value.ambiguous


def test_a_break_after_the_answer_undoes_nothing(smtp_server: SmtpServer) -> None:
    smtp_server.hang_up()
    _send(smtp_server.url)
    _send(smtp_server.url)
    assert len(smtp_server.wait_for(2)) == 2


def test_no_answer_in_time_after_the_content_is_ambiguous(smtp_server: SmtpServer) -> None:
    smtp_server.hang(1.0)
    with pytest.raises(MailTemporaryError) as lost:
        _send(smtp_server.url, timeout_seconds=0.3)
    assert lost.value.ambiguous


def test_nobody_listening_is_temporary() -> None:
    mailer = make_mailer(f"smtp://{LOOPBACK}:{free_port()}", timeout_seconds=1)
    with pytest.raises(MailTemporaryError) as refused:
        mailer.send(MAIL)
    assert not refused.value.ambiguous
    with pytest.raises(MailTemporaryError):
        mailer.check()


@contextmanager
def _scripted(*replies: bytes) -> Iterator[str]:
    """A server that greets and answers one line a reply, then closes; without replies it stays silent."""
    done = threading.Event()
    with socket.create_server((LOOPBACK, 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(ConnectionError):
                for reply in replies:
                    connection.sendall(reply)
                    connection.recv(4096)
                if not replies:
                    done.wait(5)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"smtp://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            done.set()
            thread.join(5)


@pytest.mark.parametrize(
    "replies",
    [
        (),
        (b"554 No service\r\n",),
        (b"220 hello\r\n", b"502 what\r\n", b"502 what\r\n"),
        (b"220 hello\r\n", b"250 hi\r\n", b"250 ok\r\n"),
        (b"220 hello\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n"),
        (b"gibberish\r\n",),
        (b"220 " + b"x" * 20_000 + b"\r\n",),
    ],
    ids=[
        "silent",
        "refused",
        "no greeting",
        "cut before address",
        "cut before content",
        "gibberish",
        "endless line",
    ],
)
def test_trouble_before_the_content_is_temporary_and_never_ambiguous(replies: tuple[bytes, ...]) -> None:
    with _scripted(*replies) as url, pytest.raises(MailTemporaryError) as refused:
        _send(url, timeout_seconds=0.5)
    assert not refused.value.ambiguous


def test_a_server_that_refuses_content_for_good_is_permanent() -> None:
    replies = (b"220 hello\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"554 no\r\n")
    with _scripted(*replies) as url, pytest.raises(MailPermanentError):
        _send(url)


def test_a_bad_farewell_does_not_undo_what_was_taken() -> None:
    greeting = (b"220 hello\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n")
    with socket.create_server((LOOPBACK, 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                for reply in greeting:
                    connection.sendall(reply)
                    lines.readline()
                connection.sendall(b"354 go\r\n")
                while lines.readline() != b".\r\n":
                    pass
                connection.sendall(b"250 taken\r\n")  # and gone, before QUIT

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        _send(f"smtp://{LOOPBACK}:{listener.getsockname()[1]}")
        thread.join(5)
    assert not thread.is_alive()


def test_the_check_greets_and_sends_nothing(smtp_server: SmtpServer) -> None:
    make_mailer(smtp_server.url).check()
    assert smtp_server.messages == []


def test_a_domain_in_another_script_is_written_as_servers_know_it(smtp_server: SmtpServer) -> None:
    _send(smtp_server.url, replace(MAIL, to="haru@例え.example"))
    smtp_server.wait_for(1)
    assert smtp_server.recipients == [["haru@xn--r8jz45g.example"]]


class _Guarded:
    """A server with TLS, a user and a password."""

    def __init__(self, folder: Path, *, tls: Literal["starttls", "whole", "none"]) -> None:
        self.messages = 0
        self.certificate = make_certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, folder / "key.pem")
        protection: dict[str, Any] = {
            "starttls": {"tls_context": context, "require_starttls": True},
            "whole": {"ssl_context": context},
            "none": {"auth_require_tls": False},
        }[tls]
        self._controller = Controller(
            self,
            hostname=LOOPBACK,
            port=free_port(),
            authenticator=self._authenticate,
            auth_required=True,
            **{"auth_require_tls": tls == "starttls", **protection},
        )
        self.port = self._controller.port
        self._controller.start()

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any
    ) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"me", b"s/cret"), handled=False)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.messages += 1
        return "250 OK"

    def close(self) -> None:
        self._controller.stop(no_assert=True)


@pytest.fixture
def guarded(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[_Guarded]:
    server = _Guarded(tmp_path, tls=request.param)
    yield server
    server.close()


@pytest.mark.parametrize(
    ("guarded", "scheme"), [("starttls", "smtp+starttls"), ("whole", "smtps")], indirect=["guarded"]
)
def test_a_protected_server_is_spoken_to_protected(
    guarded: _Guarded, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{scheme}://me:s%2Fcret@{LOOPBACK}:{guarded.port}"
    with pytest.raises(MailTemporaryError):  # nobody vouches for the certificate yet
        _send(url)
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded.certificate))
    make_mailer(url).check()
    _send(url)
    assert guarded.messages == 1


@pytest.mark.parametrize("guarded", ["starttls"], indirect=True)
def test_a_wrong_password_is_about_us_and_temporary(
    guarded: _Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded.certificate))
    url = f"smtp+starttls://me:wrong@{LOOPBACK}:{guarded.port}"
    with pytest.raises(MailTemporaryError) as refused:
        _send(url)
    assert "535" in str(refused.value)


@pytest.mark.parametrize("guarded", ["none"], indirect=True)
def test_starttls_never_falls_back_to_clear_text(guarded: _Guarded) -> None:
    with pytest.raises(MailTemporaryError):
        _send(f"smtp+starttls://me:s%2Fcret@{LOOPBACK}:{guarded.port}")
    assert guarded.messages == 0
