"""Mail by SMTP, with each way it can go wrong told apart: try again, never, or perhaps it arrived."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from matcher.domain.errors import MailPermanentError, MailTemporaryError
from matcher.domain.ports import Clock, OutgoingMail
from matcher.mail.message import as_message, mail_policy

_LEADING_DOT: Final = re.compile(rb"(?m)^\.")  # RFC 5321 §4.5.2
_OK: Final = range(200, 300)
_GO_AHEAD: Final = range(354, 355)
_NEVER: Final = range(500, 600)
# What a server has against us and not against this address or letter: it wants a sign-in, does not relay for us, or has
# us on a list (RFC 3463 X.7). Somebody puts that right, and the letters wait for it.
_REFUSES_US: Final = (530, 535)
_POLICY: Final = re.compile(rb"^5\.7\.\d+\b")


class Security(StrEnum):
    """How the connection is protected; `starttls` never falls back to none."""

    none = "smtp"
    starttls = "smtp+starttls"
    tls = "smtps"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to hand mail over; `timeout_seconds` bounds each step of the conversation."""

    host: str
    port: int
    security: Security
    timeout_seconds: float
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class SmtpMailer:
    """One connection a letter: simple, and nothing to go stale between two."""

    def __init__(self, server: SmtpServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    def send(self, message: OutgoingMail) -> None:
        """Hand over one letter.

        Raises
        ------
        MailPermanentError
            The server said that it will never take this letter for this address (5xx to RCPT or DATA).
        MailTemporaryError
            Anything else: no connection, 4xx, and also a 5xx before an address was named, which is about us and
            says nothing about the reader. `ambiguous` when the answer to the letter's content was lost.
        """
        mime = as_message(message, sent_at=self._clock())
        content = mime.as_bytes(policy=mail_policy(linesep="\r\n"))
        with self._connected() as smtp:
            _expect(_OK, smtp.mail(mime["From"].addresses[0].addr_spec), "the sender")
            _expect(_OK, smtp.rcpt(mime["To"].addresses[0].addr_spec), "the address", final=True)
            _hand_over(smtp, content)

    def check(self) -> None:
        """Raise MailTemporaryError when the server cannot be reached or does not let us in."""
        with self._connected() as smtp:
            _expect(_OK, smtp.noop(), "a greeting")

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A conversation past its greetings, closed whatever happens; everything unexpected is temporary."""
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._connect()
            yield smtp
            with suppress(
                smtplib.SMTPException, OSError
            ):  # the letter is theirs: a bad farewell changes nothing
                smtp.quit()
        except smtplib.SMTPResponseException as error:
            raise MailTemporaryError(f"The mail server answered {error.smtp_code}.") from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailTemporaryError(f"The mail server cannot be used now: {_why(error)}.") from error
        finally:
            if smtp is not None:
                smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security is Security.tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host,
                server.port,
                timeout=server.timeout_seconds,
                context=ssl.create_default_context(),
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.security is Security.starttls:
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            if server.username is not None and server.password is not None:
                smtp.login(server.username, server.password)
        except (smtplib.SMTPException, OSError):
            smtp.close()
            raise
        return smtp


def _hand_over(smtp: smtplib.SMTP, content: bytes) -> None:
    _expect(_GO_AHEAD, smtp.docmd("DATA"), "the letter", final=True)
    # In steps and not by `smtp.data()`, because from here on a silence may mean that the letter arrived.
    try:
        smtp.send(_LEADING_DOT.sub(b"..", content).removesuffix(b"\r\n") + b"\r\n.\r\n")
        reply = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        detail = f"The mail server did not say whether it took the letter: {_why(error)}."
        raise MailTemporaryError(detail, ambiguous=True) from error
    _expect(_OK, reply, "the letter", final=True)


def _expect(wanted: range, reply: tuple[int, bytes], what: str, *, final: bool = False) -> None:
    """Pass a wanted reply; a 5xx that is `final` is about this address and letter. No words of the server are kept:
    they often repeat the address (CARE 22)."""
    code = reply[0]
    if code in wanted:
        return
    detail = f"The mail server answered {code} to {what}."
    of_us = code in _REFUSES_US or _POLICY.search(reply[1]) is not None
    raise MailPermanentError(detail) if final and code in _NEVER and not of_us else MailTemporaryError(detail)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
