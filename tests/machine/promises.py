"""What must hold after every single step, and what must hold once everything has had its turn; written without the services."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from matcher.services.asking.showing import revealable
from matcher.storage.tables import (
    ConsentRow,
    EventRow,
    ExclusionRow,
    HistoryRow,
    InvitationHistoryRow,
    InvitationRow,
    LetterRow,
    MatchRow,
    Occurrence,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
)
from tests.machine.play import Handed, Play

# ARCHITECTURE §1, word for word.
MAY_FOLLOW = {
    "approved": {"sent", "withdrawn", "expired", "undeliverable"},
    "sent": {"accepted", "declined", "expired", "withdrawn", "undeliverable"},
    "accepted": {"visited", "cancelled", "lapsed", "sent"},
    "declined": {"sent"},
}
LIVE = {"approved", "sent", "accepted"}
# The product's own question, put together once.
REVEALABLE = revealable(bindparam("now")).with_only_columns(  # type: ignore[arg-type]
    InvitationRow.state, InvitationRow.person_id, InvitationRow.organisation_id
)
NEVER_LOWERS = {
    "answered_accept",
    "answered_not_now",
    "answered_not_for_me",
    "no_answer",
    "left_early",
    "did_not_come",
}


def has_consent(session: Session, person_id: str, purpose: str, now: datetime) -> bool:
    """Whether somebody's opt-in stands (CARE 1, 21)."""
    rows = session.scalars(select(ConsentRow).filter_by(person_id=person_id, purpose=purpose))
    return any(row.given_at <= now and (row.withdrawn_at is None or row.withdrawn_at > now) for row in rows)


def is_vetted(organisation: OrganisationRow, now: datetime) -> bool:
    """CARE 15."""
    until = organisation.vetted_until
    return organisation.state == "vetted" and until is not None and until > now


def excluded(session: Session, row: Any) -> bool:
    """Whether person and organisation must not meet (CARE 18)."""
    query = select(ExclusionRow.id).filter_by(person_id=row.person_id, organisation_id=row.organisation_id)
    return session.scalars(query).first() is not None


def check_letter(play: Play, handed: Handed) -> None:
    """At the moment an invitation goes out, everything that it needs still holds (CARE 1, 2, 11, 15, 18)."""
    if handed.kind != "invitation":
        return
    now = play.world.clock()
    with play.world.database.reading() as session:
        row = session.get_one(InvitationRow, handed.invitation_id)
        person = session.get_one(PersonRow, row.person_id)
        posting = session.get_one(OpportunityRow, row.opportunity_id)
        assert has_consent(session, person.id, "matching", now), "CARE 1: sent without the person's opt-in"
        if row.approved_by == "standing":
            assert has_consent(session, person.id, "standing_approval", now), "CARE 1: no standing approval"
            assert session.get_one(MatchRow, row.match_id).step == "within_comfort", (
                "CARE 1: beyond what was agreed"
            )
        else:
            assert row.match_id in play.approved_by_hand, "CARE 1: no caseworker approved this"
        assert person.state == "open", f"CARE 2: sent to somebody who is {person.state}"
        assert row.state == "approved", f"sent when it was {row.state}"
        _check_pace(session, person, row, now)
        if posting.kind == "communal_living":
            assert row.requested, "CARE 11: communal living nobody asked for"
            assert has_consent(session, person.id, "communal_living", now), "CARE 11: without its own consent"
        assert is_vetted(session.get_one(OrganisationRow, row.organisation_id), now), "CARE 15: not vetted"
        assert not excluded(session, row), "CARE 18: sent for one they must not meet"
        assert posting.state == "published", f"sent for a posting that is {posting.state}"


def _check_pace(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
    (opens, closes, zone), (gap_days, most) = person.intake["hours"], person.intake["pace"]
    local = now.astimezone(ZoneInfo(zone))
    assert opens <= local.hour * 60 + local.minute < closes, f"CARE 2: sent at {local}"
    others = select(InvitationRow.sent_at).where(
        InvitationRow.person_id == person.id, InvitationRow.sent_at.is_not(None), InvitationRow.id != row.id
    )
    sent = [moment for moment in session.scalars(others) if moment is not None]
    assert all(now - moment >= timedelta(days=gap_days) for moment in sent), "CARE 2: too soon"
    recent = [moment for moment in sent if now - moment < timedelta(days=28)]
    assert len(recent) < most, "CARE 2: too many in 28 days"
    assert person.rest_until is None or person.rest_until <= now, "CARE 2: in a rest"
    assert person.talk_reason is None, "CARE 2: before the talk"


def check_always(play: Play) -> None:
    """After every step. What was wrong with a letter is kept by the mail server: a worker would take it for its own failure.

    Columns and not whole rows: this is what a history spends most of its time on.
    """
    for broken in play.mailer.broken:
        raise broken
    with play.world.database.reading() as session:
        query = select(
            InvitationRow.id, InvitationRow.person_id, InvitationRow.occurrence_id, InvitationRow.state,
            InvitationRow.live, InvitationRow.holds_seat,
        )  # fmt: skip
        rows = session.execute(query).all()
        live = Counter(row.person_id for row in rows if row.live)
        assert all(count == 1 for count in live.values()), f"CARE 2: two live invitations: {live}"
        _check_histories(session, {row.id: row.state for row in rows})
        assert all(row.live or row.state not in LIVE for row in rows)
        held = Counter(row.occurrence_id for row in rows if row.holds_seat)
        for one, taken, capacity in session.execute(
            select(Occurrence.id, Occurrence.taken, Occurrence.capacity)
        ):
            assert taken == held[one], "seats and invitations disagree"
            assert taken <= capacity, "overbooked"
        unasked = select(MatchRow.id).join(OpportunityRow, OpportunityRow.id == MatchRow.opportunity_id)
        unasked = unasked.where(
            MatchRow.state.in_(("proposed", "approved")),
            OpportunityRow.kind == "communal_living",
            ~MatchRow.requested,
        )
        assert not session.scalars(unasked).all(), "CARE 11: proposed by the machine on its own"
        if rows:
            _check_reveal(session, play.world.clock())


def _check_histories(session: Session, ends: dict[str, str]) -> None:
    lines = select(InvitationHistoryRow.invitation_id, InvitationHistoryRow.state)
    histories: dict[str, list[str]] = {one: [] for one in ends}
    for one, state in session.execute(lines.order_by(InvitationHistoryRow.version)):
        histories[one].append(state)
    for one, states in histories.items():
        assert states[:1] == ["approved"], states
        assert states[-1] == ends[one], f"{ends[one]} is not in the history {states}"
        for before, after in itertools.pairwise(states):
            assert after in MAY_FOLLOW.get(before, set()), f"{before} became {after}"


def _check_reveal(session: Session, now: datetime) -> None:
    """What hosts could read at this moment (CARE 15, 17, 18)."""
    for row in session.execute(REVEALABLE, {"now": now}):
        assert row.state == "accepted", "CARE 17: shown to a host without a yes"
        assert not excluded(session, row), "CARE 18: shown to a host in spite of an exclusion"
        host = session.get_one(OrganisationRow, row.organisation_id)
        assert is_vetted(host, now), "CARE 15: shown to a host that is not vetted"


def check_comfort(before: dict[str, list[float]], play: Play) -> dict[str, list[float]]:
    """Nothing but too much ever lowers what somebody is comfortable with (CARE 3); gives back how it stands now."""
    with play.world.database.reading() as session:
        query = select(PersonRow.id, PersonRow.comfort)
        now = {one: list(comfort["rungs"]) for one, comfort in session.execute(query)}
        lowered = {
            one for one, rungs in now.items() if any(map(lambda a, b: a < b, rungs, before.get(one, rungs)))
        }
        for person_id in lowered:
            outcomes = set(session.scalars(select(HistoryRow.outcome).filter_by(person_id=person_id)))
            assert outcomes - NEVER_LOWERS, f"CARE 3: lowered by {outcomes}"
    return now


def check_at_rest(play: Play) -> None:
    """Once everything due has had its turn."""
    now = play.world.clock()
    with play.world.database.reading() as session:
        for row in session.scalars(select(EventRow).where(EventRow.done_at.is_(None))):
            assert row.dead_at is None, f"{row.type} was set aside: {row.error}"
            assert row.available_at > now, f"{row.type} still waits"
        for row in session.scalars(select(InvitationRow).where(InvitationRow.live)):
            _check_standing(session, row, now)
        for letter in session.scalars(select(LetterRow)):
            copies = sum(one.letter_id == letter.id for one in play.mailer.handed)
            assert copies <= 1 + (letter.unsure > 0), f"{letter.kind} went out {copies} times"
            assert letter.state != "sent" or copies, f"{letter.kind} is recorded as sent and never went out"
            assert letter.state not in ("due", "sending") or letter.kind == "invitation", (
                f"{letter.kind} never went"
            )
        once = Counter(session.scalars(select(HistoryRow.source)))
        assert all(count == 1 for count in once.values()), "learned twice"


def _check_standing(session: Session, row: InvitationRow, now: datetime) -> None:
    """A live invitation to which nothing is opposed any more."""
    person = session.get_one(PersonRow, row.person_id)
    if row.state == "declined":
        return
    assert person.state != "frozen", "CARE 12: live in a crisis"
    assert person.state == "open" or row.state == "accepted", f"{row.state} although {person.state}"
    assert has_consent(session, person.id, "matching", now), "CARE 21: live without consent"
    assert is_vetted(session.get_one(OrganisationRow, row.organisation_id), now), (
        "CARE 15: live after the switch"
    )
    assert not excluded(session, row), "CARE 18: live in spite of an exclusion"
    assert session.get_one(OpportunityRow, row.opportunity_id).state != "withdrawn", (
        "live after the withdrawal"
    )
    if row.state == "sent":
        assert row.expires_at is not None
        assert row.expires_at > now.astimezone(UTC), "silent beyond its time"
