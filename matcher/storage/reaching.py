"""Why a database cannot be used at all, in one line for whoever set it."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError


def why_out_of_reach(error: Exception) -> str | None:
    """What the driver says of it, which holds no password; None where a single statement is what went wrong.

    Without a statement nothing had been asked yet: there is no such server or database, no such option, or the file is none.
    """
    if not isinstance(error, DBAPIError) or not (
        isinstance(error, OperationalError) or error.statement is None
    ):
        return None
    return " ".join(str(error.orig).split())
