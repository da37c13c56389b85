"""What somebody may add to a yes: one letter before it begins, only if they ask for it, inside their hours (CARE 2, 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from matcher.services.answers import answering
from matcher.services.listings import posting
from matcher.services.people import people
from matcher.services.upkeep.restoring import settle_restored
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import InvitationRow, LetterRow, Occurrence, OpportunityRow, PersonRow
from tests.builders import World
from tests.services.asking.handing import TO_PERSON
from tests.worlds import At


def reminders(world: World) -> list[str]:
    """How each letter before it stands."""
    with world.database.reading() as session:
        return list(
            session.scalars(select(LetterRow.state).filter_by(kind="reminder").order_by(LetterRow.id))
        )


def starts_at(world: World, invitation_id: str) -> timedelta:
    """How long it is until it begins."""
    row = world.invitation(invitation_id)
    assert row.occurrence.starts_at is not None
    return row.occurrence.starts_at - world.clock()


def move_by(world: World, invitation_id: str, **by: float) -> None:
    with world.database.writing() as session:
        occurrence = session.get_one(Occurrence, session.get_one(InvitationRow, invitation_id).occurrence_id)
        assert occurrence.starts_at is not None
        assert occurrence.ends_at is not None
        occurrence.starts_at += timedelta(**by)
        occurrence.ends_at += timedelta(**by)


def test_without_being_asked_for_nothing_is_written_before_it(at: At) -> None:
    world, invitation_id = at("accepted")
    before = len(world.letters(TO_PERSON))
    world.clock.now += starts_at(world, invitation_id) - timedelta(minutes=1)
    world.work()
    assert (len(world.letters(TO_PERSON)), reminders(world)) == (before, [])


def test_care_02_one_letter_goes_out_about_a_day_before_inside_their_hours(at: At) -> None:
    world, invitation_id = at("accepted")
    before = len(world.letters(TO_PERSON))
    for _ in range(3):  # pressed again, it is asked for once
        world.answer(invitation_id, "remind")
    world.work()
    assert reminders(world) == ["due"]
    begins = world.clock() + starts_at(world, invitation_id)
    world.clock.now = begins - timedelta(hours=24, minutes=1)
    world.work()
    assert len(world.letters(TO_PERSON)) == before
    world.clock.now = begins - timedelta(hours=24)
    world.work()
    world.clock.now = begins - timedelta(hours=1)
    world.work()
    letter, *others = world.letters(TO_PERSON)
    assert (len(others), reminders(world)) == (before, ["sent"])
    assert f"/i/{world.token(invitation_id)}" in letter.text
    assert "Izumi allotment" in letter.text


def test_it_can_be_taken_back_and_asked_for_again(at: At) -> None:
    world, invitation_id = at("accepted")
    world.answer(invitation_id, "remind")
    world.answer(invitation_id, "do_not_remind")
    assert reminders(world) == ["dropped"]
    world.answer(invitation_id, "remind")
    assert reminders(world) == ["dropped", "due"]
    world.clock.now += starts_at(world, invitation_id) - timedelta(hours=23)
    world.work()
    assert reminders(world) == ["dropped", "sent"]


@pytest.mark.parametrize("stop", ["cancel", "undo", "pause", "freeze", "consent"])
def test_care_02_04_12_21_what_they_said_since_stops_it(at_sqlite: At, stop: str) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "remind")
    begins = world.clock() + starts_at(world, invitation_id)
    with world.database.writing() as session:
        person = people.lock(session, session.get_one(InvitationRow, invitation_id).person_id)
        if stop == "pause":
            people.pause(session, person, world.clock())
        elif stop == "freeze":
            people.freeze(session, person, world.clock())
        elif stop == "consent":
            people.withdraw_consent(session, person, person.consents[0].id, world.clock())
    if stop in ("cancel", "undo"):
        world.answer(invitation_id, stop)
    world.work()
    world.clock.now = begins - timedelta(hours=20)
    world.work()
    assert reminders(world) == ["dropped"]


def test_where_it_was_moved_to_a_later_day_the_letter_waits_with_it(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "remind")
    world.work()
    begun = world.clock() + starts_at(world, invitation_id)
    move_by(world, invitation_id, days=3)
    world.clock.now = begun - timedelta(hours=20)
    world.work()
    assert reminders(world) == ["due"]
    world.clock.now += timedelta(days=3)
    world.work()
    assert reminders(world) == ["sent"]


def test_of_what_has_begun_nothing_is_said(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "remind")
    world.clock.now += starts_at(world, invitation_id) + timedelta(minutes=1)
    world.work()
    assert reminders(world) == ["dropped"]


def test_it_is_not_offered_where_it_would_come_too_late_or_on_a_pause(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    with world.database.writing() as session:
        session.execute(update(PersonRow).values(state="paused", paused_at=world.clock()))
    world.answer(invitation_id, "remind")
    with world.database.writing() as session:
        session.execute(update(PersonRow).values(state="open", paused_at=None))
    world.clock.now += starts_at(world, invitation_id) - timedelta(hours=23)
    world.answer(invitation_id, "remind")
    assert reminders(world) == []


def move_posting(world: World, invitation_id: str, **by: float) -> None:
    """The organisation moves the session, and whoever is coming hears of it."""
    with world.database.writing() as session:
        opportunity_id = session.get_one(InvitationRow, invitation_id).opportunity_id
        organisation_id = session.get_one(OpportunityRow, opportunity_id).organisation_id
        row = posting.locked(session, organisation_id, opportunity_id)
        was = opportunity_of(row)
        moved = tuple(
            replace(one, starts_at=one.starts_at + timedelta(**by), ends_at=one.ends_at + timedelta(**by))
            for one in was.sessions
            if one.starts_at and one.ends_at
        )
        posting.change(session, row, replace(was, sessions=moved), world.clock())
    world.work()


def test_where_it_is_moved_to_a_nearer_day_the_letter_comes_sooner(at: At) -> None:
    world, invitation_id = at("accepted")
    world.answer(invitation_id, "remind")
    move_posting(world, invitation_id, days=-3)
    begins = world.clock() + starts_at(world, invitation_id)
    world.clock.now = begins - timedelta(hours=24, minutes=1)
    world.work()
    assert reminders(world) == ["due"]
    world.clock.now = begins - timedelta(hours=24)
    world.work()
    assert reminders(world) == ["sent"]


def test_what_is_moved_to_the_same_day_is_said_by_the_letter_about_the_move_alone(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "remind")
    world.clock.now += starts_at(world, invitation_id) - timedelta(hours=30)
    move_posting(world, invitation_id, hours=-25)
    assert reminders(world) == ["dropped"]


def test_after_a_move_a_mail_server_that_is_away_for_a_while_costs_nothing(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "remind")
    move_posting(world, invitation_id, days=5)
    with world.database.reading() as session:
        letter = session.scalars(select(LetterRow).filter_by(kind="reminder")).one()
    row = world.invitation(invitation_id)
    assert row.occurrence.starts_at is not None
    assert letter.created_at == row.occurrence.starts_at - timedelta(hours=24)


def test_after_a_restore_it_is_still_one_letter_and_can_be_taken_back(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "remind")
    with world.database.writing() as session:
        settle_restored(session, world.clock())
    world.answer(invitation_id, "remind")
    assert reminders(world) == ["due"]
    world.answer(invitation_id, "do_not_remind")
    assert reminders(world) == ["dropped"]


def test_during_a_pause_the_page_promises_nothing(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "remind")
    world.answer(invitation_id, "", pause=True)
    with world.database.reading() as session:
        opened = answering.open_invitation(session, world.token(invitation_id), world.clock())
    assert opened is not None
    assert (opened.paused, opened.reminds, opened.may_remind) == (True, False, False)
