"""`matcher sweep`: tonight's sweep now, with this process as one of its workers."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from matcher.bootstrap import Runtime
from matcher.cli.progress import Bar
from matcher.cli.wiring import json_option, ready, show
from matcher.domain.events import EventType
from matcher.services.outside import DEFAULT_TIMEZONE
from matcher.services.upkeep import sweeping
from matcher.storage import outbox
from matcher.storage.tables import SweepRow
from matcher.workers.actors import Handler

SWEEPING: Final = (EventType.sweep_due, EventType.sweep_region_due, EventType.sweep_allocation_due)
LOOKS_EVERY_SECONDS: Final = 0.2
REGIONS_WORTH_WATCHING: Final = 2
AT_ONCE: Final = 50


@click.command()
@json_option
def sweep(as_json: bool) -> None:
    """Renew every menu and share out the seats now, once a day, beside any workers. Ctrl-C keeps what is done."""
    with ready() as runtime:
        clock = runtime.outside.clock
        asked_at = clock()
        with runtime.outside.database.writing() as session:
            begun = sweeping.begin(session, clock())
        try:
            row = _work(runtime)
        except KeyboardInterrupt:
            click.echo("What is done is kept; `matcher sweep` goes on, and so does any worker.", err=True)
            raise click.Abort from None
        found = _summary(row, clock(), begun=begun)
    show(found, as_json, _sentence(row, asked_at))


def _sentence(row: SweepRow, asked_at: datetime) -> str:
    if row.ended_at is None:
        return "Today's sweep waits for an event that was set aside; see `matcher events dead`."
    did = (
        f"{row.people} people in {row.regions} regions, {row.renewed} menus worked out anew,"
        f" {row.invited} invited by standing approval."
    )
    if row.ended_at > asked_at:
        return f"The sweep has ended: {did}"
    ended = row.ended_at.astimezone(ZoneInfo(DEFAULT_TIMEZONE))
    return (
        f"Nothing to do: today's sweep ended at {ended:%H:%M}: {did}"
        f" What is new since then is matched as it comes; the next sweep is due tomorrow at {sweeping.SWEEP_HOUR:02}:00."
    )


def _work(runtime: Runtime) -> SweepRow:
    """Take events of the sweep until it has ended, whoever else takes some."""
    outside = runtime.outside
    if not _is_over(row := _row(runtime)):
        assert outside.memory is not None
        bar = Bar("Reading everybody")
        outside.memory.build(bar)
        bar.close()
    handler = Handler(outside)
    handler.start()
    bar = Bar("Regions", REGIONS_WORTH_WATCHING)
    try:
        while not _is_over(row := _row(runtime)):
            bar(row.regions_done, row.regions)
            with outside.database.reading() as session:
                due = outbox.due(session, outside.clock(), AT_ONCE, SWEEPING)
            for event_id in due:
                handler.handle(event_id)
                now = _row(runtime)
                bar(now.regions_done, now.regions)
            if not due:
                time.sleep(LOOKS_EVERY_SECONDS)
    finally:
        bar.close()
        handler.stop()
    return row


def _row(runtime: Runtime) -> SweepRow:
    with runtime.outside.database.reading() as session:
        row = sweeping.of_today(session, runtime.outside.clock())
    assert row is not None
    return row


def _is_over(row: SweepRow) -> bool:
    return row.ended_at is not None


def _summary(row: SweepRow, now: datetime, *, begun: bool) -> dict[str, Any]:
    seconds = ((row.ended_at or now) - row.started_at).total_seconds()
    return {
        "begun": begun, "ended": row.ended_at is not None, "due_on": row.due_on.isoformat(), "seconds": seconds,
        "regions": row.regions, "regions_done": row.regions_done, "people": row.people, "renewed": row.renewed,
        "invited": row.invited,
    }  # fmt: skip
