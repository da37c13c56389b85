"""What must hold after every single step, and what must hold once everything has had its turn; written without the services."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from matcher.domain.values import Rungs
from matcher.scoring.comfort import replay
from matcher.services.finding import matching
from matcher.services.finding.proposing import proposals
from matcher.storage.people import comfort_of, history_entry_of
from matcher.storage.tables import (
    ConsentRow,
    ExclusionRow,
    HistoryRow,
    InvitationRow,
    MatchRow,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
)
from tests.machine.play import Handed, Play
from tests.machine.questions import (
    ANY,
    COMFORT,
    CORRECTED,
    INVITATIONS,
    LEARNED,
    LETTERS,
    REVEALABLE,
    SEATS,
    STANDING,
    STEPS,
    UNASKED,
    UNDONE,
)

# ARCHITECTURE §1, word for word.
MAY_FOLLOW = {
    "approved": {"sent", "withdrawn", "expired", "undeliverable"},
    "sent": {"accepted", "declined", "expired", "withdrawn", "undeliverable"},
    "accepted": {"visited", "cancelled", "lapsed", "sent"},
    "declined": {"sent"},
}
LIVE = {"approved", "sent", "accepted"}
TO_PERSON = {
    "invitation", "accepted", "changed", "cancelled_by_person", "called_off", "called_off_by_caseworker", "withdrawn", "reminder",
}  # fmt: skip
MAY_WAIT = {"invitation", "withdrawn", "reminder", "visitor_announced"}
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


def is_vetted(state: str, until: datetime | None, now: datetime) -> bool:
    """CARE 15."""
    return state == "vetted" and until is not None and until > now


def excluded(session: Session, row: Any) -> bool:
    """Whether person and organisation must not meet (CARE 18)."""
    query = select(ExclusionRow.id).filter_by(person_id=row.person_id, organisation_id=row.organisation_id)
    return session.scalars(query).first() is not None


def check_letter(play: Play, handed: Handed) -> None:
    """At the moment an invitation goes out, everything that it needs still holds (CARE 1, 2, 11, 15, 18)."""
    now = play.world.clock()
    if handed.kind in TO_PERSON:
        with play.world.database.reading() as session:
            _check_may_hear(session, handed, now)
    if handed.kind != "invitation":
        return
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
        host = session.get_one(OrganisationRow, row.organisation_id)
        assert is_vetted(host.state, host.vetted_until, now), "CARE 15: not vetted"
        assert not excluded(session, row), "CARE 18: sent for one they must not meet"
        assert posting.state == "published", f"sent for a posting that is {posting.state}"


def _check_may_hear(session: Session, handed: Handed, now: datetime) -> None:
    """No letter follows somebody into a crisis; what is no reply to them keeps to their hours (CARE 2, 12, 21)."""
    person = session.get_one(PersonRow, session.get_one(InvitationRow, handed.invitation_id).person_id)
    assert person.state not in ("frozen", "closed"), (
        f"CARE 12: {handed.kind} to somebody who is {person.state}"
    )
    if handed.kind in ("withdrawn", "reminder"):
        assert person.state == "open", f"CARE 2: {handed.kind} to somebody who is {person.state}"
        assert has_consent(session, person.id, "matching", now), f"CARE 21: {handed.kind} without a consent"
        _check_hours(person, now)


def _check_hours(person: PersonRow, now: datetime) -> None:
    opens, closes, zone = person.intake["hours"]
    local = now.astimezone(ZoneInfo(zone))
    assert opens <= local.hour * 60 + local.minute < closes, f"CARE 2: sent at {local}"


def _check_pace(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
    _check_hours(person, now)
    gap_days, most = person.intake["pace"]
    others = select(InvitationRow.sent_at).where(
        InvitationRow.person_id == person.id, InvitationRow.sent_at.is_not(None), InvitationRow.id != row.id
    )
    sent = [moment for moment in session.scalars(others) if moment is not None]
    assert all(now - moment >= timedelta(days=gap_days) for moment in sent), "CARE 2: too soon"
    recent = [moment for moment in sent if now - moment < timedelta(days=28)]
    assert len(recent) < most, "CARE 2: too many in 28 days"
    assert person.rest_until is None or person.rest_until <= now, "CARE 2: in a rest"
    assert person.talk_reason is None, "CARE 2: before the talk"


def check_always(play: Play, *, written: bool = True) -> None:
    """After every step. What was wrong with a letter is kept by the mail server: a worker would take it for its own failure.

    Where nothing was `written` since the last look, only what the clock alone can break is looked at.
    """
    for broken in play.mailer.broken:
        raise broken
    if written:
        with play.looking() as connection:
            _check_record(connection)
    with play.looking() as connection:
        if connection.execute(ANY).first() is None:
            return
    with play.world.database.reading() as session:
        _check_reveal(session, play.world.clock())


def _check_record(connection: Connection) -> None:
    rows = connection.execute(INVITATIONS).all()
    live = Counter(row.person_id for row in rows if row.live)
    assert all(count == 1 for count in live.values()), f"CARE 2: two live invitations: {live}"
    _check_histories(connection, {row.id: row.state for row in rows})
    assert all(row.live or row.state not in LIVE for row in rows)
    held = Counter(row.occurrence_id for row in rows if row.holds_seat)
    for one, taken, capacity in connection.execute(SEATS):
        assert taken == held[one], "seats and invitations disagree"
        assert taken <= capacity, "overbooked"
    assert not connection.execute(UNASKED).all(), "CARE 11: proposed by the machine on its own"


def _check_histories(connection: Connection, ends: dict[str, str]) -> None:
    histories: dict[str, list[str]] = {one: [] for one in ends}
    for one, state in connection.execute(STEPS):
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
        assert is_vetted(host.state, host.vetted_until, now), "CARE 15: shown to a host that is not vetted"


def check_comfort(before: dict[str, list[float]], play: Play) -> dict[str, list[float]]:
    """Nothing but too much ever lowers what somebody is comfortable with (CARE 3), unless it was raised by a word that was
    corrected; gives back how it stands now."""
    with play.looking() as connection:
        now = {one: list(comfort["rungs"]) for one, comfort in connection.execute(COMFORT)}
        lowered = {
            one for one, rungs in now.items() if any(map(lambda a, b: a < b, rungs, before.get(one, rungs)))
        }
        for person_id in lowered.difference(connection.scalars(CORRECTED) if lowered else ()):
            outcomes = set(connection.scalars(select(HistoryRow.outcome).filter_by(person_id=person_id)))
            assert outcomes - NEVER_LOWERS, f"CARE 3: lowered by {outcomes}"
    return now


def check_at_rest(play: Play) -> None:
    """Once everything due has had its turn."""
    now = play.world.clock()
    with play.looking() as connection:
        for row in connection.execute(UNDONE):
            assert row.dead_at is None, f"{row.type} was set aside: {row.error}"
            assert row.available_at > now, f"{row.type} still waits"
        for letter in connection.execute(LETTERS):
            copies = sum(one.letter_id == letter.letter_id for one in play.mailer.handed)
            assert copies <= 1 + (letter.unsure > 0), f"{letter.kind} went out {copies} times"
            # Who died between saying that sending starts and sending leaves a letter that may be there.
            assert letter.state != "sent" or copies or letter.unsure, (
                f"{letter.kind} is recorded as sent for sure and never went out"
            )
            assert letter.state not in ("due", "sending") or letter.kind in MAY_WAIT, (
                f"{letter.kind} never went"
            )
        once = Counter(connection.scalars(LEARNED))
        assert all(count == 1 for count in once.values()), "learned twice"
        live = connection.execute(STANDING, {"now": now}).all()
    with play.world.database.reading() as session:
        for row in live:
            _check_standing(session, row, now)
        for person in session.scalars(select(PersonRow)):
            _check_learned(session, person)


def _check_learned(session: Session, person: PersonRow) -> None:
    """Whatever was corrected, what is believed is what the history teaches from the intake on."""
    lines = select(HistoryRow).filter_by(person_id=person.id).order_by(HistoryRow.id)
    intake = Rungs(*person.comfort_path[0][1])
    told = replay(intake, map(history_entry_of, session.scalars(lines)))
    assert comfort_of(person) == told, "learned otherwise than the history tells"


def _check_standing(session: Session, row: Any, now: datetime) -> None:
    """A live invitation to which nothing is opposed any more."""
    assert row.person != "frozen", "CARE 12: live in a crisis"
    assert row.person == "open" or row.state == "accepted", f"{row.state} although {row.person}"
    assert has_consent(session, row.person_id, "matching", now), "CARE 21: live without consent"
    assert is_vetted(row.organisation, row.vetted_until, now), "CARE 15: live after the switch"
    assert not excluded(session, row), "CARE 18: live in spite of an exclusion"
    assert row.posting != "withdrawn", "live after the withdrawal"
    if row.state == "sent":
        assert row.expires_at is not None
        assert row.expires_at > now.astimezone(UTC), "silent beyond its time"


def check_menus(play: Play) -> None:
    """After a night nobody lacks anything that the record alone would propose to them, however old what a worker remembers."""
    now = play.world.clock()
    with play.world.database.reading() as session:
        for row in session.scalars(select(PersonRow).filter_by(state="open")):
            known = proposals(session, MatchRow.person_id == row.id)
            wanted = matching._best_opportunities(session, [row], known, now, {})[row.id]
            lacking = {one.evaluation.session.id for one in wanted} - {one.occurrence_id for one in known}
            assert not lacking, "lost: not proposed although it fits"
