"""From an `OutgoingMail` to a MIME message; the one place where a value becomes a header."""

from __future__ import annotations

import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any, Final

from matcher.domain.errors import MailPermanentError, SettingError
from matcher.domain.ports import OutgoingMail

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HEADER_NAME: Final = re.compile("[A-Za-z][A-Za-z0-9-]*")
_MESSAGE_ID: Final = re.compile(r"<[^<>@\s]+@[^<>@\s]+>", re.ASCII)
_NO_ADDRESS: Final = (ValueError, IndexError, MessageError)  # how the standard library says so
CALENDAR_NAME: Final = "calendar.ics"  # a name that says nothing (CARE 7)


class _Whole(UnstructuredHeader):
    """A header whose value stays in one piece: folded, a long link would be encoded and no longer be a link."""

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    registry.map_to_type("list-unsubscribe", _Whole)  # type: ignore[arg-type]
    return registry


def mail_policy(*, linesep: str) -> EmailPolicy[EmailMessage]:
    """Seven-bit messages, so that no server on the way has to change one."""
    return EmailPolicy(
        linesep=linesep,
        cte_type="7bit",
        header_factory=_registry(),
        raise_on_defect=False,
    )


def sender_address(setting: str) -> Address:
    """The sender from a setting such as `Matcher <no-reply@example.org>`. Raises SettingError."""
    name, spec = parseaddr(setting)
    if not _CONTROL.search(setting) and "@" in spec:
        try:
            return Address(display_name=name, addr_spec=_in_ascii(spec))
        except _NO_ADDRESS:
            pass
    raise SettingError(f"The sender must look like `Name <no-reply@example.org>`, not {setting!r}.")


def as_message(mail: OutgoingMail, *, sent_at: datetime) -> EmailMessage:
    """The MIME message for one mail, dated `sent_at` (aware).

    Raises MailPermanentError when a value does not fit into its header: a line break in a name is never repaired,
    because what follows it was meant to become a header.
    """
    message = EmailMessage(policy=mail_policy(linesep="\n"))
    headers = {"Subject": mail.subject, "Message-ID": mail.message_id, **mail.headers}
    for name, value in headers.items():
        _refuse(not _HEADER_NAME.fullmatch(name), "with an odd name")
        _refuse(bool(_CONTROL.search(value)), name)
    _refuse(not _MESSAGE_ID.fullmatch(mail.message_id), "Message-ID")
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    if mail.calendar is not None:
        message.add_attachment(
            mail.calendar,
            maintype="text",
            subtype="calendar",
            filename=CALENDAR_NAME,
            params={"method": mail.calendar_method, "charset": "utf-8"},
        )
    # After the content, which would take every `Content-…` header down into a part.
    message["From"] = sender_address(headers.pop("From", ""))
    message["To"] = _address(mail.to)
    message["Date"] = format_datetime(sent_at)
    for name, value in headers.items():
        message[name] = value
    return message


def header_text(message: EmailMessage, name: str) -> str:
    """A header's decoded text, empty when absent."""
    value: BaseHeader | None = message[name]
    return "" if value is None else str(value)


def _address(text: str) -> Address:
    """Exactly one mailbox: a comma must not add a second reader. A domain in another script is said in IDNA."""
    try:
        return Address(addr_spec=_in_ascii(text))
    except _NO_ADDRESS:
        raise MailPermanentError(
            "To must be one mail address in Latin letters, such as name@example.org."
        ) from None


def _in_ascii(spec: str) -> str:
    """An address as a header can hold it. Raises ValueError where there is none."""
    local, _, domain = spec.rpartition("@")
    return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"


def _refuse(wrong: bool, header: str) -> None:
    if wrong:
        raise MailPermanentError(f"The header {header} would hold something that is not allowed there.")
