"""Whether each part that Matcher rests on is at work, for operators' programs and for the admin's page alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from matcher.domain.errors import MatcherError
from matcher.services.outside import Outside
from matcher.services.upkeep.sweeping import oldest_due
from matcher.storage import schema
from matcher.storage.fitting import check_keys
from matcher.storage.reaching import why_out_of_reach

# Judgement, 2026-11: something due for a minute means that no worker is at work, or none keeps up.
OLDEST_DUE_SECONDS_MAX: Final = 60.0

Check = Callable[[], str | None]
"""Says in one sentence what is wrong, or None."""


def parts_of(outside: Outside, checks: Mapping[str, Check]) -> dict[str, str | None]:
    """What is wrong with each part, None where nothing is; `checks` look at parts that are wired elsewhere."""
    found = {
        "database": database(outside),
        "mail": _mail(outside),
        **{name: check() for name, check in checks.items()},
    }
    if found["database"] is None:
        found["workers"] = _workers(outside)
    return found


def database(outside: Outside, *, why: bool = False) -> str | None:
    """What is wrong with the database in one sentence, or None; `why` for an operator's eyes, as it names users and hosts."""
    try:
        if not schema.is_current(outside.database):
            return "Run `matcher db upgrade` first."
        check_keys(outside.database)
    except MatcherError as error:
        return str(error)
    except SQLAlchemyError as error:
        said = (why_out_of_reach(error) if why else None) or type(error).__name__
        return f"It does not answer ({said.removesuffix('.')})."
    return None


def ledger(outside: Outside) -> str | None:
    """What is wrong with the ledger of erasures in one sentence, or None."""
    try:
        if outside.erased is not None:
            outside.erased.check()
    except MatcherError as error:
        return str(error)
    return None


def _mail(outside: Outside) -> str | None:
    try:
        outside.mailer.check()
    except MatcherError as error:
        return str(error)
    return None


def _workers(outside: Outside) -> str | None:
    with outside.database.reading() as session:
        waiting = oldest_due(session, outside.clock())
    return (
        None
        if waiting <= OLDEST_DUE_SECONDS_MAX
        else f"An event has been due for {waiting:.0f} s; is a worker running?"
    )
