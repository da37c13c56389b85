"""An invitation waits for the hours, the pace and the rest, or ends; what was agreed in advance has to hold still (CARE 1, 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from matcher.domain.person import ContactHours, HistoryEntry
from matcher.domain.values import Approval, DayWindow, HistoryOutcome, Rungs
from matcher.scoring.comfort import learn, with_rungs
from matcher.services.people import people
from matcher.services.suitability.judging import judge_held
from matcher.storage.people import comfort_of, set_comfort
from matcher.storage.tables import (
    ConsentRow,
    EventRow,
    HistoryRow,
    InvitationRow,
    OpportunityRow,
    PersonRow,
)
from tests.builders import NOW, World
from tests.forms import STANDING_CONSENT, an_intake, person_form
from tests.services.asking.sending import change_intake, deliver, the_event
from tests.worlds import At


def test_care_02_it_waits_for_the_hours_and_the_wait_does_not_count(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    change_intake(world, invitation_id, contact_hours=ContactHours(DayWindow(18 * 60, 20 * 60), "Asia/Tokyo"))
    world.work()
    event = the_event(world)
    assert (world.invitation(invitation_id).state, world.letters()) == ("approved", [])
    assert event.available_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert (event.executions, event.postponements, event.error) == (0, 0, None)
    world.clock.now = event.available_at - timedelta(seconds=1)
    world.work()
    assert world.letters() == []
    world.clock.now = event.available_at
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_care_02_it_waits_for_the_pace(at: At) -> None:
    world, invitation_id = at("approved")
    _was_sent(world, invitation_id, NOW - timedelta(days=3))
    world.work()
    assert world.invitation(invitation_id).state == "approved"
    # Day 7 after the last one, at the same hour: inside 13:00 to 20:00.
    assert the_event(world).available_at == NOW + timedelta(days=4)
    world.clock.now = NOW + timedelta(days=4)
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_care_02_it_waits_for_the_rest_and_then_for_the_hours(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    with world.database.writing() as session:
        people.lock(session, world.invitation(invitation_id).person_id).rest_until = NOW + timedelta(hours=8)
    world.work()
    assert the_event(world).available_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_care_02_what_could_only_go_out_within_a_day_of_the_start_ends(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    world.clock.now = datetime(2026, 11, 30, 4, 0, 1, tzinfo=UTC)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.holds_seat, world.letters()) == ("expired", False, [])
    with world.database.reading() as session:
        assert (
            session.get_one(PersonRow, row.person_id).unanswered == 0
        )  # they never saw it: that is no silence


def test_care_02_exactly_a_day_before_the_start_is_in_time(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    world.clock.now = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_care_02_it_ends_when_pace_and_notice_leave_no_moment(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    _was_sent(world, invitation_id, datetime(2026, 11, 22, 5, 0, tzinfo=UTC))
    world.clock.now = datetime(2026, 11, 29, 11, 0, tzinfo=UTC)  # 20:00: closed until 13:00 of the day before
    change_intake(world, invitation_id, contact_hours=ContactHours(DayWindow(14 * 60, 20 * 60), "Asia/Tokyo"))
    world.work()
    assert world.invitation(invitation_id).state == "expired"


def _was_sent(world: World, invitation_id: str, moment: datetime) -> None:
    """An earlier invitation of the same person, long ended."""
    row = world.invitation(invitation_id)
    with world.database.writing() as session:
        session.add(
            InvitationRow(
                match_id=row.match_id, person_id=row.person_id, occurrence_id=row.occurrence_id,
                opportunity_id=row.opportunity_id, organisation_id=row.organisation_id, state="expired", live=False,
                holds_seat=False, approved_by="x", approved_at=moment, sent_at=moment, asked=row.asked,
                travel_minutes=1.0, token_hash="earlier",
            )
        )  # fmt: skip


@pytest.fixture
def standing(sqlite_world: World) -> tuple[World, str]:
    """An invitation that went out on a standing approval, not delivered yet."""
    world = sqlite_world
    world.an_opportunity()
    form = person_form(approval="standing")
    form["consents"].append(STANDING_CONSENT)
    world.a_person(**form)
    with world.database.reading() as session:
        (due,) = session.scalars(select(EventRow.id).where(EventRow.type == "person.registered"))
    world.handler.handle(due)
    with world.database.reading() as session:
        return world, session.scalars(
            select(InvitationRow.id).where(InvitationRow.approved_by == "standing")
        ).one()


def test_care_01_a_standing_approval_sends_within_comfort(standing: tuple[World, str]) -> None:
    world, invitation_id = standing
    deliver(world)
    assert world.invitation(invitation_id).state == "sent"


def test_care_01_a_standing_consent_taken_back_keeps_it_from_going(standing: tuple[World, str]) -> None:
    world, invitation_id = standing
    with world.database.writing() as session:
        person = people.lock(session, world.invitation(invitation_id).person_id)
        given = session.scalars(select(ConsentRow).where(ConsentRow.purpose == "standing_approval")).one()
        people.withdraw_consent(session, person, given.id, NOW)
    deliver(world)
    assert (world.invitation(invitation_id).state, world.letters()) == ("withdrawn", [])


def test_care_01_an_agreement_that_became_each_time_keeps_it_from_going(standing: tuple[World, str]) -> None:
    world, invitation_id = standing
    change_intake(world, invitation_id, approval=Approval.each)
    deliver(world)
    assert (world.invitation(invitation_id).state, world.letters()) == ("withdrawn", [])


def test_care_01_what_became_a_stretch_is_not_sent_without_asking(standing: tuple[World, str]) -> None:
    world, invitation_id = standing
    row = world.invitation(invitation_id)
    rungs = replace(an_intake().comfort, interaction=1.0)  # as the person says now; side by side asks for 2
    with world.database.writing() as session:
        person = people.lock(session, row.person_id)
        easy = HistoryEntry(NOW, HistoryOutcome.ok, aspects=Rungs(0, 0, 0, 0, 0, 0))
        for number in range(12):  # long practice, so that one small stretch may be offered by hand
            session.add(
                HistoryRow(person_id=person.id, at=NOW, outcome="ok", aspects=row.asked, source=f"{number}")
            )
            set_comfort(person, learn(comfort_of(person), easy), NOW)
        set_comfort(person, with_rungs(comfort_of(person), rungs), NOW)
        session.flush()
        posting = session.get_one(OpportunityRow, row.opportunity_id)
        verdict = judge_held(session, person, posting, row.occurrence_id, NOW, requested=False)
        assert (verdict.eligible, verdict.step) == (True, "one_small_stretch")
    deliver(world)
    assert (world.invitation(invitation_id).state, world.letters()) == ("withdrawn", [])
