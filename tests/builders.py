"""A small real Matcher for tests: a migrated database, a maildir, a clock that a test moves, and everybody in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from matcher.domain.ports import Geocoder
from matcher.geocoding import make_geocoder
from matcher.mail.maildir import StoredMail, read_maildir
from matcher.mail.transports import make_mailer
from matcher.services.access import keys, staff
from matcher.services.access.keys import Caller, Role
from matcher.services.answers import answering, visiting
from matcher.services.asking import inviting, letters
from matcher.services.listings import posting, vetting
from matcher.services.outside import Outside
from matcher.services.people import people
from matcher.storage import outbox, schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.erasing import ErasureLedger
from matcher.storage.tables import AdminRow, InvitationRow, MatchRow
from matcher.workers.actors import Handler
from tests.forms import a_posting, an_intake

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # a Monday, 14:00 in Tokyo: inside the usual contact hours
SECRET = Fernet.generate_key().decode()
MANY = 500  # far more rounds than any story needs


@dataclass
class MovableClock:
    """A clock that moves only when a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@cache
def empty_sqlite() -> Path:
    """A migrated SQLite file without rows, made once in a process and copied for each test."""
    path = Path(mkdtemp()) / "empty.db"
    database = Database(f"sqlite:///{path}", Keyring((SECRET,)))
    schema.upgrade(database)
    database.close()
    return path


@cache
def _gazetteer() -> Geocoder:
    """The built-in list, read once in a process."""
    return make_geocoder("gazetteer")


@dataclass
class World:
    """Everything wired by hand, events handled only when `work` is called."""

    outside: Outside
    clock: MovableClock
    mail_folder: Path
    handler: Handler = field(init=False)
    caseworker: Caller = field(init=False)
    admins: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.handler = Handler(self.outside)
        with self.database.writing() as session:
            keys.create_first_admins(session, ("admin-a", "admin-b"), self.clock())
            self.admins = list(session.scalars(select(AdminRow.id).order_by(AdminRow.id)))
        self.caseworker = self.a_caseworker()

    @property
    def database(self) -> Database:
        """The database of this world."""
        return self.outside.database

    def work(self) -> int:
        """Handle everything that is due until nothing is; returns how many events there were."""
        handled = 0
        for _ in range(MANY):
            with self.database.reading() as session:
                due = outbox.due(session, self.clock(), MANY)
            if not due:
                return handled
            for event_id in due:
                self.handler.handle(event_id)
                handled += 1
        raise AssertionError("Events keep coming due; something repeats itself.")

    def letters(self, to: str | None = None) -> list[StoredMail]:
        """What lies in the maildir, newest first."""
        return [mail for mail in read_maildir(self.mail_folder) if to is None or to in mail.to]

    def a_caseworker(self, name: str = "Mori", team_id: str | None = None) -> Caller:
        """A caseworker, with a team of their own unless told which."""
        with self.database.writing() as session:
            team = team_id or staff.create_team(session, name="West", now=self.clock()).id
            row = staff.create_caseworker(
                session, name=name, email="mori@example.org", team_id=team, now=self.clock()
            )
            return Caller(Role.caseworker, row.id, "", team)

    def an_organisation(self, name: str = "Izumi", *, vetted: bool = True) -> str:
        """The id of an organisation, vetted by both admins unless told otherwise."""
        with self.database.writing() as session:
            row = vetting.register_organisation(
                session,
                name=name,
                contact_email="izumi@example.org",
                safeguarding_contact="Sato",
                now=self.clock(),
            )
            for admin_id in self.admins if vetted else ():
                vetting.vet(session, row.id, admin_id, self.clock())
            return row.id

    def an_opportunity(self, organisation_id: str | None = None, **changes: Any) -> str:
        """The id of a published opportunity, of a new vetted organisation unless told which."""
        organisation_id = organisation_id or self.an_organisation()
        with self.database.writing() as session:
            return posting.create(session, organisation_id, a_posting(**changes), self.clock()).id

    def a_person(self, caller: Caller | None = None, **changes: Any) -> str:
        """The id of a registered person."""
        with self.database.writing() as session:
            return people.register(session, caller or self.caseworker, an_intake(**changes), self.clock()).id

    def matches(self, person_id: str) -> list[MatchRow]:
        """What is proposed to somebody, best first."""
        query = select(MatchRow).where(MatchRow.person_id == person_id, MatchRow.state == "proposed")
        with self.database.reading() as session:
            return list(session.scalars(query.order_by(MatchRow.score.desc())))

    def approve(self, match_id: str) -> InvitationRow:
        """The caseworker's yes."""
        with self.database.writing() as session:
            match = inviting.get_match(session, self.caseworker, match_id)
            return inviting.approve(session, match, self.caseworker.id, self.clock())

    def an_invitation(self, state: str = "sent", **person_changes: Any) -> str:
        """The id of an invitation of a new person to a new opportunity: approved, sent, accepted, declined or visited."""
        self.an_opportunity()
        person_id = self.a_person(**person_changes)
        self.work()
        invitation_id = self.approve(self.matches(person_id)[0].id).id
        if state == "approved":
            return invitation_id
        self.work()
        if state in ("accepted", "visited"):
            self.answer(invitation_id, "accept")
            self.work()
        elif state == "declined":
            self.answer(invitation_id, "not_now")
        if state == "visited":
            self.visit(invitation_id, "ok")
            self.work()
        return invitation_id

    def invitation(self, invitation_id: str) -> InvitationRow:
        """How an invitation stands now, with its history."""
        with self.database.reading() as session:
            return session.get_one(
                InvitationRow, invitation_id, options=[selectinload(InvitationRow.history)]
            )

    def token(self, invitation_id: str) -> str:
        """The token of an invitation's link."""
        with self.database.writing() as session:
            row = session.get_one(InvitationRow, invitation_id)
            return letters.answer_url(session, self.outside, row).rpartition("/")[2]

    def answer(self, invitation_id: str, deed: str, *, pause: bool = False) -> answering.Opened | None:
        """What the person's page posts."""
        token = self.token(invitation_id)
        with self.database.writing() as session:
            return answering.answer(session, token, deed, self.clock(), pause=pause)

    def visit(self, invitation_id: str, outcome: str) -> None:
        """The caseworker records how it went."""
        with self.database.writing() as session:
            row = session.get_one(InvitationRow, invitation_id)
            visiting.record_visit(session, row, visiting.Outcome(outcome), self.clock())

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def make_world(
    folder: Path, url: str | None = None, now: datetime = NOW, *, database: Database | None = None
) -> World:
    """A world of its own under `folder`; `url` names an empty database instead of a new SQLite file.

    `database` is a migrated one without rows that its owner uses again: its compiled statements stay warm.
    """
    path = folder / "matcher.db"
    if url is None and database is None:
        shutil.copy(empty_sqlite(), path)
    if database is None:
        database = Database(url or f"sqlite:///{path}", Keyring((SECRET,)))
    if url is not None:
        schema.upgrade(database)
    clock = MovableClock(now)
    outside = Outside(
        database=database,
        mailer=make_mailer(f"maildir:{folder / 'mail'}", clock=clock),
        geocoder=_gazetteer(),
        clock=clock,
        base_url="http://127.0.0.1:8000",
        sender="Matcher <post@example.org>",
        language="en",
        help_lines={"ja": "よりそいの電話 0120-000-000", "en": "Helpline 0120-000-000"},
        erased=ErasureLedger(folder / "erased.txt"),
    )
    return World(outside, clock, folder / "mail")
