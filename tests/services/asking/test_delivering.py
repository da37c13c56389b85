"""Sending an invitation: everything is looked at once more at that moment (CARE 2, 18, 21)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.person import Pace
from matcher.services.listings import posting, vetting
from matcher.services.people import exclusions, people
from matcher.storage.tables import (
    EventRow,
    InvitationRow,
    MatchRow,
    OpportunityRow,
)
from tests.builders import NOW, World
from tests.forms import a_posting
from tests.services.asking.sending import TO_PERSON, change_intake, deliver, pause_the_person
from tests.worlds import At


def test_an_approved_invitation_is_sent_with_its_end(at: At) -> None:
    world, invitation_id = at("approved")
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.sent_at, row.sending_at) == ("sent", NOW, None)
    assert row.expires_at == NOW + timedelta(days=7)
    assert [letter.to for letter in world.letters()] == [TO_PERSON]
    assert world.token(invitation_id) in world.letters()[0].text


def test_the_end_comes_before_a_session_that_is_near(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    starts_at = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    world.clock.now = starts_at - timedelta(days=1)
    world.work()
    assert world.invitation(invitation_id).expires_at == starts_at - timedelta(hours=2)


def _freeze(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.freeze(session, people.lock(session, row.person_id), NOW)


def _withdraw_consent(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        person = people.lock(session, row.person_id)
        people.withdraw_consent(session, person, person.consents[0].id, NOW)


def _exclude_organisation(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        person = people.lock(session, row.person_id)
        exclusions.exclude(
            session, person, organisation_id=row.organisation_id, other_person_id=None, now=NOW
        )


def _exclude_person(world: World, row: InvitationRow) -> None:
    other = world.a_person(alias="Other")
    with world.database.writing() as session:
        person = people.lock(session, other)
        exclusions.exclude(session, person, organisation_id=None, other_person_id=row.person_id, now=NOW)
        session.add(_live_invitation(session, row, other))


def _live_invitation(session: Any, row: InvitationRow, person_id: str) -> InvitationRow:
    """Somebody else holds a seat in the same session."""
    match = MatchRow(
        person_id=person_id, occurrence_id=row.occurrence_id, opportunity_id=row.opportunity_id,
        organisation_id=row.organisation_id, state="approved", score=0.5, step="within_comfort", explanation={},
        created_at=NOW,
    )  # fmt: skip
    session.add(match)
    session.flush()
    return InvitationRow(
        match_id=match.id, person_id=person_id, occurrence_id=row.occurrence_id, opportunity_id=row.opportunity_id,
        organisation_id=row.organisation_id, state="sent", approved_by="x", approved_at=NOW, asked=row.asked,
        travel_minutes=1.0, token_hash=f"of-{person_id}",
    )  # fmt: skip


def _suspend(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        vetting.suspend(session, row.organisation_id, NOW)


def _let_vetting_expire(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        session.get_one(OpportunityRow, row.opportunity_id).organisation.vetted_until = NOW


def _withdraw_posting(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        posting.withdraw(session, posting.locked(session, row.organisation_id, row.opportunity_id), NOW)


def _drop_session(world: World, row: InvitationRow) -> None:
    sessions = [{"starts_at": "2026-12-08T13:00:00+09:00", "ends_at": "2026-12-08T13:30:00+09:00"}]
    with world.database.writing() as session:
        changed = posting.locked(session, row.organisation_id, row.opportunity_id)
        posting.change(session, changed, a_posting(sessions=sessions, duration_minutes=30), NOW)


def _ask_for_a_talk(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.lock(session, row.person_id).talk_reason = "too_much_answer"


def _lower_the_pace_to_none(world: World, row: InvitationRow) -> None:
    change_intake(world, row.id, pace=Pace(0, 0))


def _forget_the_address(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.lock(session, row.person_id).contact = None


def _ask_too_much(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        changed = posting.locked(session, row.organisation_id, row.opportunity_id)
        posting.change(session, changed, a_posting(interaction="speaking_to_group", stimulation="loud"), NOW)


FORBIDDEN: list[Callable[[World, InvitationRow], None]] = [
    pause_the_person, _freeze, _withdraw_consent, _exclude_organisation, _exclude_person, _suspend, _let_vetting_expire,
    _withdraw_posting, _drop_session, _ask_for_a_talk, _lower_the_pace_to_none, _forget_the_address, _ask_too_much,
]  # fmt: skip


@pytest.mark.parametrize("forbid", FORBIDDEN, ids=lambda one: one.__name__.strip("_"))
def test_care_02_18_21_everything_is_looked_at_again_at_the_moment_of_sending(
    at_sqlite: At, forbid: Callable[[World, InvitationRow], None]
) -> None:
    world, invitation_id = at_sqlite("approved")
    forbid(world, world.invitation(invitation_id))
    deliver(world)
    assert world.letters(TO_PERSON) == []
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.sent_at) == ("withdrawn", False, None)
    world.work()
    assert not world.invitation(invitation_id).holds_seat
    assert [letter.subject for letter in world.letters(TO_PERSON)] == []  # nor a word about it afterwards


@pytest.mark.parametrize("point", ["sent", "accepted", "declined"])
def test_a_late_delivery_of_what_was_sent_already_changes_nothing(at: At, point: str) -> None:
    world, invitation_id = at(point)
    before = world.invitation(invitation_id)
    with world.database.writing() as session:
        event = session.scalars(select(EventRow).where(EventRow.type == "invitation.approved")).one()
        event.done_at = None
    letters = len(world.letters())
    deliver(world)
    after = world.invitation(invitation_id)
    assert (after.state, after.version, after.sent_at) == (before.state, before.version, before.sent_at)
    assert len(world.letters()) == letters
