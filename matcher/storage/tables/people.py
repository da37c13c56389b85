"""Who may be invited, what they agreed to, and what they asked never to happen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id

# Written out: neither database uses a partial index for a value it is given apart from the statement.
IS_OPEN = text("person.state = 'open'")


class PersonRow(Base):
    """One person. The columns that SQL gates on stand out; the rest of the intake lies in `intake`.

    `cell` and `reach_km` say who can reach a place (ARCHITECTURE §4); both are derived on every write. Their index holds
    every column that SQL gates on, so that nobody's whole row is read to be passed over. `packed` is derived likewise: what
    the rules read, in the form in which many are read at once; who has none is read from the documents. `comfort_path`
    keeps when the comfortable rungs moved or were said again, oldest first, for whoever looks back.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("state in ('open', 'paused', 'frozen', 'closed')", name="state"),
        CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", name="on_earth"),
        Index(
            "ix_person_open_cell", "cell", "reach_km", "kind_mask", "red_line_mask", "max_group_size", "language", "id",
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_person_open_reach_km", "reach_km",
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index("ix_person_team_id_id", "team_id", "id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"))
    caseworker_id: Mapped[str] = mapped_column(ForeignKey("caseworker.id"))
    alias: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    birth_year: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8), default="open")
    paused_at: Mapped[datetime | None]
    contact: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    supporters: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    notes: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)
    cell: Mapped[int] = mapped_column(Integer)
    reach_km: Mapped[float] = mapped_column(Float)
    max_group_size: Mapped[int] = mapped_column(Integer)
    kind_mask: Mapped[int] = mapped_column(Integer)
    red_line_mask: Mapped[int] = mapped_column(Integer)
    intake: Mapped[dict[str, Any]]
    comfort: Mapped[dict[str, Any]]
    packed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    comfort_path: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    unanswered: Mapped[int] = mapped_column(Integer, default=0)
    rest_until: Mapped[datetime | None]
    talk_reason: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)

    consents: Mapped[list[ConsentRow]] = relationship(
        lazy="selectin", order_by="ConsentRow.id", viewonly=True
    )
    introductions: Mapped[list[IntroductionRow]] = relationship(lazy="selectin", viewonly=True)


class ConsentRow(Base):
    """A consent: purpose, text version, given by, when, withdrawn when (CARE 21)."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(String(24))
    text_version: Mapped[str] = mapped_column(String(40))
    given_by: Mapped[str] = mapped_column(String(80))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class IntroductionRow(Base):
    """The caseworker introduced somebody to an organisation, which makes it a little less unfamiliar."""

    __tablename__ = "introduction"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    introduced_at: Mapped[datetime]


class ExclusionRow(Base):
    """Two who must not meet: a person and an organisation, or two people. Silent to the other side (CARE 18)."""

    __tablename__ = "exclusion"
    __table_args__ = (
        CheckConstraint("(organisation_id is null) <> (other_person_id is null)", name="one_other"),
        UniqueConstraint("person_id", "organisation_id"),
        UniqueConstraint("person_id", "other_person_id"),
        Index("ix_exclusion_other_person_id", "other_person_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    other_person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class LiftedExclusionRow(Base):
    """An exclusion that was ended, with who ended it and why; it binds nobody any more."""

    __tablename__ = "lifted_exclusion"
    __table_args__ = (Index("ix_lifted_exclusion_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    other_person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime]
    lifted_by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[Any] = mapped_column(SealedJson)


class TalkRow(Base):
    """The caseworker talked with somebody; what was said stays encrypted."""

    __tablename__ = "talk"
    __table_args__ = (Index("ix_talk_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    caseworker_id: Mapped[str] = mapped_column(ForeignKey("caseworker.id"))
    talked_at: Mapped[datetime]
    notes: Mapped[Any] = mapped_column(SealedJson, nullable=True)


class PauseLinkRow(Base):
    """A pause link that was ever written to somebody. It can only pause, and does not expire (CARE 4)."""

    __tablename__ = "pause_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))


class SweepRow(Base):
    """One nightly sweep a date (ARCHITECTURE §3): how much there is to do, how much is done, and when it ended.

    `people` were looked at, `renewed` had another menu than before, `invited` had agreed to be asked without asking again.
    """

    __tablename__ = "sweep"

    due_on: Mapped[date] = mapped_column(Date, primary_key=True)
    started_at: Mapped[datetime]
    regions: Mapped[int] = mapped_column(Integer, default=0)
    regions_done: Mapped[int] = mapped_column(Integer, default=0)
    people: Mapped[int] = mapped_column(Integer, default=0)
    renewed: Mapped[int] = mapped_column(Integer, default=0)
    invited: Mapped[int] = mapped_column(Integer, default=0)
    ended_at: Mapped[datetime | None]
