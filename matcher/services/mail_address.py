"""What can be an address that somebody is written to."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from email_validator import EmailNotValidError, validate_email

# Letters that need no quotation marks, and dots where they would.
_ODD_DOTS: Final = re.compile(r"(?=.*\.\.|.*\.$|\.)[\w.!#$%&'*+/=?^`{|}~-]{1,62}", re.ASCII)


def deliverable(text: str) -> str | None:
    """The address as mail is sent to it, None when there can be none; its domain is not looked up.

    Japanese carriers once gave out addresses with two dots in a row, or one at the end; they are written in quotation
    marks, as RFC 5321 has them. Names kept for tests and for one's own network may be used; whether they can be reached, mail finds out.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    local, _, domain = written.rpartition("@")
    if dotted := _ODD_DOTS.fullmatch(local.strip('"')):
        written = f'"{dotted.group()}"@{domain}'
    try:
        found = validate_email(
            written,
            check_deliverability=False,
            globally_deliverable=False,
            allow_smtputf8=False,
            allow_quoted_local=dotted is not None,
        )
    except EmailNotValidError:
        return None
    return found.ascii_email if found.ascii_email and "." in found.ascii_domain else None
