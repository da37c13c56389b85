"""A whole night by `matcher sweep` on PostgreSQL: the first, in which every menu is new, and one in which nothing has changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet
from sqlalchemy import delete, update

from benchmarks.crowd import make_crowd, make_listings
from benchmarks.databases import fill
from benchmarks.report import Report, Row
from benchmarks.through import NotingPostgres
from matcher.domain.opportunity import Opportunity, Session
from matcher.services.listings import posting
from matcher.storage import schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.tables import EventRow, OrganisationRow, SweepRow

PEOPLE: Final = 150_000
LISTINGS: Final = 10_000
OF_AN_ORGANISATION: Final = 20
AT_ONCE: Final = 200
SECONDS: Final = 30


def measure(report: Report, people: int = PEOPLE, listings: int = LISTINGS) -> None:
    """Both nights by one process, reading everybody included."""
    size = f"{people:,} people × {listings:,} listings"
    postgres = NotingPostgres()
    try:
        secret = Fernet.generate_key().decode()
        database = Database(postgres.create_database(), Keyring((secret,)))
        schema.upgrade(database)
        fill(database, make_crowd(people))
        publish(database, listings)
        for name in ("every menu is new", "nothing has changed"):
            found = _night(database, secret)
            note = f"{found['renewed']:,} menus worked out anew in {found['regions']} regions"
            report.add(
                Row(f"a whole night, {name}", "PostgreSQL, one process", size, found["seconds"], "s", note)
            )
        report.at_most("a night in which nothing has changed", found["seconds"], "s", SECONDS)
        database.close()
    finally:
        postgres.close()


def publish(database: Database, count: int) -> None:
    """So many postings of vetted organisations where the people live, as if each had been seen to."""
    now = datetime.now(UTC)
    with database.writing() as session:
        organisations = [
            OrganisationRow(
                name=f"Organisation {number}", contact_email="desk@example.org", safeguarding_contact="Sato",
                created_at=now, state="vetted", vetted_until=now + timedelta(days=300),
            )
            for number in range(max(1, count // OF_AN_ORGANISATION))
        ]  # fmt: skip
        session.add_all(organisations)
        session.flush()
        ids = [one.id for one in organisations]
    offered = list(_offered(count, now))
    for first in range(0, count, AT_ONCE):
        with database.writing() as session:
            for number, one in enumerate(offered[first : first + AT_ONCE], first):
                posting.create(session, ids[number % len(ids)], one, now)
    with database.writing() as session:
        session.execute(update(EventRow).values(done_at=now))


def _offered(count: int, now: datetime) -> Iterator[Opportunity]:
    soon = (now + timedelta(days=8)).replace(hour=4, minute=0, second=0, microsecond=0)
    for number, one in enumerate(make_listings(count)):
        assert one.place is not None
        begins = soon + timedelta(days=number % 7)
        yield replace(
            one, id=None, open_session=None, duration_minutes=None, summary="Weeding, side by side.",
            sessions=(Session(begins, begins + timedelta(minutes=30), None, None),),
            place=replace(one.place, id=None, name=f"Hall {number}", address="Somewhere", entry="Green gate."),
            if_you_do_not_come="Nothing happens.", not_expected=("talking",),
        )  # fmt: skip


def _night(database: Database, secret: str) -> dict[str, Any]:
    """What `matcher sweep` says of one night; another may follow on the same day."""
    with tempfile.TemporaryDirectory(prefix="matcher-night-") as folder:
        settings = {
            "MATCHER_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "MATCHER_SECRET_KEYS": secret,
            "MATCHER_MAIL_URL": f"maildir:{Path(folder) / 'mail'}",
            "MATCHER_DATA_DIR": folder,
        }
        ours = {name: value for name, value in os.environ.items() if not name.startswith("MATCHER_")}
        command = [str(Path(sys.executable).with_name("matcher")), "sweep", "--json"]
        done = subprocess.run(command, env=ours | settings, check=True, capture_output=True, text=True)
    with database.writing() as session:
        session.execute(delete(SweepRow))
        session.execute(delete(EventRow).where(EventRow.type.startswith("sweep.")))
    found: dict[str, Any] = json.loads(done.stdout)
    return found
