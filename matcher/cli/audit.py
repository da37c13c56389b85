"""The audit trail from the command line: whether its seals hold."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Final

import click

from matcher.cli.wiring import json_option, ready, show
from matcher.services.audit.verifying import Break, Verdict, verify

_SAID: Final = {
    Break.entry_changed: "entry {place} was changed after it was sealed",
    Break.entry_missing: "entry {place} is gone",
    Break.entry_added: "entry {place} was added long after its hour was sealed",
    Break.seal_wrong: "seal {place} does not fit what lies under it (or its secret key is no longer configured)",
    Break.seal_missing: "seal {place} is gone",
    Break.mark_missing: "no seal bears the mark {place}: the newest ones were cut off or written anew",
}


@click.group()
def audit() -> None:
    """Who did and read what."""


@audit.command("verify")
@click.option("--contains", metavar="MARK", help="A mark noted earlier, that a seal must still bear.")
@json_option
def verify_seals(contains: str | None, as_json: bool) -> None:
    """Check every seal, and name the first place that was touched; the exit status is 1 when there is one."""
    with ready() as runtime, runtime.outside.database.reading() as session:
        found = verify(session, contains=contains)
    result = asdict(found) | {
        "holds": found.holds,
        "sealed_until": found.sealed_until and found.sealed_until.isoformat(),
        "broken": found.broken
        and {
            "what": found.broken.what,
            "place": found.broken.place,
            "hour": found.broken.hour and found.broken.hour.isoformat(),
        },
    }
    show(result, as_json, _sentence(found))
    if not found.holds:
        sys.exit(1)


def _sentence(found: Verdict) -> str:
    if found.broken is not None:
        hour = f", hour of {found.broken.hour.isoformat()}" if found.broken.hour else ""
        return f"Broken: {_SAID[found.broken.what].format(place=found.broken.place)}{hour}."
    if found.mark is None:
        return f"Nothing is sealed yet; {found.waiting} entries wait for their hour to end."
    until = found.sealed_until and found.sealed_until.isoformat()
    return (
        f"All {found.seals} seals over {found.entries} entries hold, until {until}; {found.waiting} wait for theirs.\n"
        f"Newest mark, worth noting elsewhere: {found.mark}"
    )
