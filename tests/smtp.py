"""A real mail server on loopback for the tests, which keeps what it is sent and can be told to misbehave."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal

from aiosmtpd.controller import Controller

from tests.local_server import LOOPBACK, free_port

Moment = Literal["MAIL", "RCPT", "DATA"]


@dataclass(frozen=True)
class _Answer:
    moment: Moment
    reply: str
    keeps_mail: bool = False
    after_seconds: float = 0.0
    says_no_goodbye: bool = False


@dataclass
class SmtpServer:
    """A mail server that keeps what it is sent and can be told to refuse, to hang or to break off.

    Everything told applies to the next mail, in the order told; after that mails are taken again.
    """

    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    arrived_at: list[float] = field(default_factory=list)
    _answers: deque[_Answer] = field(default_factory=deque)
    _unknown: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._port = free_port()
        self.come_back()

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self._port}"

    def come_back(self) -> None:
        """Listen, for the first time or again on the same port."""
        self._controller = Controller(self, hostname=LOOPBACK, port=self._port)
        self._controller.start()

    def go_away(self) -> None:
        """Refuse every connection until `come_back`; what was kept stays."""
        self._controller.stop(no_assert=True)

    def refuse(self, reply: str, *, at: Moment = "RCPT", times: int = 1) -> None:
        """Answer the next mails with `reply`, such as `"421 4.3.2 Try later"` or `"550 5.1.1 No such mailbox"`."""
        self._answers.extend([_Answer(at, reply)] * times)

    def refuse_reader(self, address: str, reply: str) -> None:
        """Answer `reply` whenever a mail is for this address."""
        self._unknown[address] = reply

    def hang(self, seconds: float) -> None:
        """Take the next mail, but say so only after `seconds`: a client that gives up cannot know."""
        self._answers.append(_Answer("DATA", "250 OK", keeps_mail=True, after_seconds=seconds))

    def break_off(self) -> None:
        """Take the next mail and close the connection without an answer."""
        self._answers.append(_Answer("DATA", "", keeps_mail=True))

    def hang_up(self) -> None:
        """Take the next mail, say so, and close the connection before the goodbye."""
        self._answers.append(_Answer("DATA", "250 OK", keeps_mail=True, says_no_goodbye=True))

    def wait_for(self, count: int, seconds: float = 10.0) -> list[EmailMessage]:
        """Return the mails once there are `count`; fail when they have not come in time."""
        end = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < end, f"{len(self.messages)} of {count} mails came within {seconds} s"
            time.sleep(0.01)
        return list(self.messages)

    def clear(self) -> None:
        """Forget the mails and everything that was told."""
        self.messages.clear()
        self.recipients.clear()
        self.arrived_at.clear()
        self._answers.clear()
        self._unknown.clear()

    def close(self) -> None:
        self._controller.stop(no_assert=True)

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if (answer := self._told("MAIL")) is not None:
            return answer.reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self._unknown:
            return self._unknown[address]
        if (answer := self._told("RCPT")) is not None:
            return answer.reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self._told("DATA") or _Answer("DATA", "250 OK", keeps_mail=True)
        if answer.keeps_mail:
            self.recipients.append(list(envelope.rcpt_tos))
            self.arrived_at.append(time.time())
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        await asyncio.sleep(answer.after_seconds)
        if answer.says_no_goodbye:
            await server.push(answer.reply)
            server.transport.close()
        elif not answer.reply:
            server.transport.abort()
        return answer.reply or "250 OK"

    def _told(self, moment: Moment) -> _Answer | None:
        return self._answers.popleft() if self._answers and self._answers[0].moment == moment else None
