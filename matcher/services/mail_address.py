"""What can be an address that somebody is written to."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email


def deliverable(text: str) -> str | None:
    """The address as mail is sent to it, None when there can be none; its domain is not looked up.

    Names kept for tests and for one's own network may be used; whether they can be reached, mail finds out.
    """
    try:
        found = validate_email(
            unicodedata.normalize("NFKC", text).strip(),
            check_deliverability=False,
            globally_deliverable=False,
            allow_smtputf8=False,
        )
    except EmailNotValidError:
        return None
    return found.ascii_email if found.ascii_email and "." in found.ascii_domain else None
