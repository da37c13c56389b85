"""Mail kept in a folder, for a first run and for trying things out: written whole or not at all, and read back."""

from __future__ import annotations

import mailbox
import tempfile
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

from matcher.domain.errors import MailTemporaryError
from matcher.domain.ports import Clock, OutgoingMail
from matcher.mail.message import as_message, header_text, mail_policy

READ_AT_MOST: Final = (
    500  # letters shown by the reader; a page longer than that helps nobody (judgement, 2026-11)
)


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One letter found in the folder; `id` is its name there, `calendar` the text of an attached entry."""

    id: str
    to: str
    subject: str
    sent_at: datetime | None
    text: str
    html: str | None
    attachments: tuple[str, ...]
    calendar: str | None


class MaildirMailer:
    """Delivers into a maildir: a letter is written under `tmp`, then moved, so a reader never sees half of one."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def send(self, message: OutgoingMail) -> None:
        """Put one letter into the folder. Raises MailTemporaryError when it cannot be written."""
        content = as_message(message, sent_at=self._clock()).as_bytes()
        try:
            self._open().add(content)
        except (OSError, mailbox.Error) as error:
            raise self._unwritable(error) from error

    def check(self) -> None:
        """Raise MailTemporaryError when nothing could be written there now."""
        try:
            self._open()
            with tempfile.TemporaryFile(dir=self._folder / "tmp") as probe:
                probe.write(b"?")
        except (OSError, mailbox.Error) as error:
            raise self._unwritable(error) from error

    def _open(self) -> mailbox.Maildir:
        # Made here, because mailbox refuses whoever comes second when two come first.
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(mode=0o700, exist_ok=True)
        return mailbox.Maildir(self._folder)

    def _unwritable(self, error: Exception) -> MailTemporaryError:
        why = getattr(error, "strerror", None) or error
        return MailTemporaryError(f"Mail cannot be written to {self._folder}: {why}.", ours=True)


def read_maildir(folder: Path, *, limit: int = READ_AT_MOST) -> list[StoredMail]:
    """The letters in a maildir, newest first, at most `limit`; none where there is no folder yet."""
    found = []
    for path in [*folder.glob("new/*"), *folder.glob("cur/*")]:
        try:
            found.append((path.stat().st_mtime_ns, path.name, path))
        except FileNotFoundError:  # moved or deleted meanwhile
            continue
    letters = (_read(path) for _, _, path in sorted(found, reverse=True)[:limit])
    return [letter for letter in letters if letter is not None]


def _read(path: Path) -> StoredMail | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    message = message_from_bytes(content, policy=mail_policy(linesep="\n"))
    attachments = list(message.iter_attachments())
    entries = [part for part in attachments if part.get_content_type() == "text/calendar"]
    html = message.get_body(("html",))
    return StoredMail(
        id=path.name.partition(":")[0],
        to=header_text(message, "To"),
        subject=header_text(message, "Subject"),
        sent_at=_date(message),
        text=_text(message.get_body(("plain",))) or "",
        html=_text(html),
        attachments=tuple(part.get_filename() or part.get_content_type() for part in attachments),
        calendar=_text(entries[0]) if entries else None,
    )


def _text(part: MIMEPart[Any, Any] | None) -> str | None:
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # a letter by somebody else in another or a wrong charset
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _date(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(header_text(message, "Date"))
    except ValueError:
        return None
