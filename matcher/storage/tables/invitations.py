"""What is proposed, asked and answered: matches, invitations with their history, requests and visits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id
from matcher.storage.tables.opportunities import Occurrence, OpportunityRow


class MatchRow(Base):
    """Person × session that passed; at most one proposed at a time. `explanation` is the score with its parts and words."""

    __tablename__ = "match"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'approved', 'set_aside', 'stale')", name="state"),
        Index(
            "uq_match_proposed", "person_id", "occurrence_id", unique=True,
            sqlite_where=text("state = 'proposed'"), postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_match_person_id_state", "person_id", "state"),
        Index("ix_match_opportunity_id_state", "opportunity_id", "state"),
        Index("ix_match_occurrence_id_state", "occurrence_id", "state"),
        Index("ix_match_organisation_id_state", "organisation_id", "state"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    occurrence_id: Mapped[str] = mapped_column(ForeignKey("occurrence.id"))
    opportunity_id: Mapped[str] = mapped_column(ForeignKey("opportunity.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    requested: Mapped[bool] = mapped_column(default=False)
    score: Mapped[float] = mapped_column(Float)
    step: Mapped[str] = mapped_column(String(20))
    explanation: Mapped[dict[str, Any]]
    set_aside_reason: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    set_aside_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)

    occurrence: Mapped[Occurrence] = relationship(lazy="joined", innerjoin=True, viewonly=True)
    opportunity: Mapped[OpportunityRow] = relationship(lazy="select", viewonly=True)


class InvitationRow(Base):
    """One invitation. `live` carries the one-a-person index; `holds_seat` makes giving the seat back happen once."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(
            "state in ('approved', 'sent', 'accepted', 'declined', 'expired', 'withdrawn', 'undeliverable',"
            " 'visited', 'cancelled', 'lapsed')",
            name="state",
        ),
        CheckConstraint("state not in ('approved', 'sent', 'accepted') or live", name="live_states"),
        Index(
            "uq_invitation_live", "person_id", unique=True,
            sqlite_where=text("live"), postgresql_where=text("live"),
        ),
        Index("ix_invitation_occurrence_id_state", "occurrence_id", "state"),
        Index("ix_invitation_opportunity_id_live", "opportunity_id", "live"),
        Index("ix_invitation_organisation_id_live", "organisation_id", "live"),
        Index("ix_invitation_person_id_id", "person_id", "id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    match_id: Mapped[str] = mapped_column(ForeignKey("match.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    occurrence_id: Mapped[str] = mapped_column(ForeignKey("occurrence.id"))
    opportunity_id: Mapped[str] = mapped_column(ForeignKey("opportunity.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(14), default="approved")
    live: Mapped[bool] = mapped_column(default=True)
    holds_seat: Mapped[bool] = mapped_column(default=True)
    approved_by: Mapped[str] = mapped_column(Id)
    approved_at: Mapped[datetime]
    requested: Mapped[bool] = mapped_column(default=False)
    sending_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(12))
    brings_somebody: Mapped[bool] = mapped_column(default=False, server_default=false())
    asked: Mapped[dict[str, Any]]
    travel_minutes: Mapped[float] = mapped_column(Float)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    former_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)
    links: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    version: Mapped[int] = mapped_column(Integer, default=1)

    occurrence: Mapped[Occurrence] = relationship(lazy="joined", innerjoin=True, viewonly=True)
    opportunity: Mapped[OpportunityRow] = relationship(lazy="select", viewonly=True)
    history: Mapped[list[InvitationHistoryRow]] = relationship(
        lazy="select", order_by="InvitationHistoryRow.version", viewonly=True
    )


class InvitationHistoryRow(Base):
    """One step of an invitation; rows are only ever added (triggers refuse anything else)."""

    __tablename__ = "invitation_history"

    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(14))


class VisitRow(Base):
    """How it went, in the person's own word; one a visit."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("outcome in ('ok', 'left_early', 'too_much', 'did_not_come')", name="outcome"),
    )

    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(12))
    recorded_at: Mapped[datetime]
    corrected_at: Mapped[datetime | None]


class HistoryRow(Base):
    """What learning and eligibility read of the past, oldest first by id; `source` keeps each fact from counting twice.

    `before` is what was believed of their comfort until then, and how they rested: what was noted wrongly can be learned anew.
    """

    __tablename__ = "history"
    __table_args__ = (UniqueConstraint("source"), Index("ix_history_person_id_id", "person_id", "id"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(24))
    aspects: Mapped[dict[str, Any] | None]
    opportunity_id: Mapped[str | None] = mapped_column(ForeignKey("opportunity.id"))
    place_id: Mapped[str | None] = mapped_column(ForeignKey("place.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    stay_step: Mapped[str | None] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(60))
    before: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)


class MatchRequestRow(Base):
    """A caseworker's own question: what is there for this person, of these kinds?"""

    __tablename__ = "match_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    caseworker_id: Mapped[str] = mapped_column(ForeignKey("caseworker.id"))
    kinds: Mapped[list[str]]
    note: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    state: Mapped[str] = mapped_column(String(8), default="pending")
    match_ids: Mapped[list[str]]
    gaps: Mapped[list[Any]]
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
