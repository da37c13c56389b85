"""What a letter to somebody invited says, and that one that no longer holds is not sent (CARE 4, 6, 7)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from matcher.services.asking import letters
from matcher.services.listings import posting
from matcher.services.people import people
from matcher.storage.tables import InvitationRow, OpportunityRow, PersonRow
from tests.builders import NOW, World
from tests.services.asking.handing import TO_ORGANISATION, TO_PERSON, handle
from tests.services.asking.sending import the_letter
from tests.worlds import At


def _lock(world: World, invitation_id: str, deed: Any) -> None:
    person_id = world.invitation(invitation_id).person_id
    with world.database.writing() as session:
        deed(session, people.lock(session, person_id))


def test_care_04_every_letter_to_the_person_carries_a_way_to_pause(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "cancel")
    world.work()
    mails = world.letters(TO_PERSON)
    assert len(mails) == 3
    pause = world.database.keyring.tokens("pause", world.invitation(invitation_id).person_id)[0]
    assert all(f"/pause/{pause}" in mail.text for mail in mails)


def test_care_06_an_invitation_says_everything_it_must(at_sqlite: At) -> None:
    world, _ = at_sqlite("sent")
    (mail,) = world.letters(TO_PERSON)
    for fact in (
        "Aoki",
        "gardener",
        "Izumi allotment",
        "Green gate",
        "13:00",
        "13:30",
        "話",
        "Nothing happens",
        "3",
        "4",
    ):
        assert fact in mail.text


def test_care_07_subject_and_sender_say_nothing(at_sqlite: At) -> None:
    world, _ = at_sqlite("sent")
    (mail,) = world.letters(TO_PERSON)
    for word in ("garden", "Izumi", "volunteer", "Haru", "invit", "ボランティア", "招待"):
        assert word not in mail.subject


def test_a_letter_is_queued_once_for_each_version(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    with world.database.writing() as session:
        row = session.get_one(InvitationRow, invitation_id)
        for _ in range(3):
            letters.queue(session, "changed", letters.PERSON, row, NOW)
    world.work()
    assert len(world.letters(TO_PERSON)) == 3


def test_news_that_no_longer_hold_are_not_sent(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "accept")
    handle(world, "invitation.accepted")
    world.answer(invitation_id, "cancel")
    handle(world, "letter.due")
    assert the_letter(world, "accepted").state == "dropped"
    assert the_letter(world, "visitor_announced").state == "dropped"
    world.work()
    assert world.letters(TO_ORGANISATION) == []


def test_a_cancellation_that_comes_late_does_not_take_a_guest_off_again(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "undo")
    handle(world, "invitation.reopened")
    world.answer(invitation_id, "accept")
    handle(world, "invitation.accepted")
    world.work()  # both letters had waited for a mail server
    assert the_letter(world, "visitor_cancelled").state == "dropped"
    assert [mail.subject for mail in world.letters(TO_ORGANISATION)] == [
        world.letters(TO_ORGANISATION)[0].subject
    ] * 2


def test_a_yes_taken_back_is_taken_out_of_the_calendar_even_after_a_pause(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "undo")
    _lock(world, invitation_id, lambda session, person: people.pause(session, person, NOW))
    handle(world, "invitation.reopened")
    handle(world, "person.paused")
    world.work()
    assert world.invitation(invitation_id).state == "withdrawn"
    assert "METHOD:CANCEL" in (world.letters(TO_PERSON)[0].calendar or "")


def test_the_link_of_an_invitation_stays_the_same_in_every_letter(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    token = world.token(invitation_id)
    assert all(f"/i/{token}" in mail.text for mail in world.letters(TO_PERSON))


def _withdraw_posting(world: World, invitation_id: str) -> None:
    with world.database.writing() as session:
        opportunity_id = session.get_one(InvitationRow, invitation_id).opportunity_id
        row = posting.locked(
            session, session.get_one(OpportunityRow, opportunity_id).organisation_id, opportunity_id
        )
        posting.withdraw(session, row, world.clock())
    handle(world, "opportunity.withdrawn")
    handle(world, "invitation.withdrawn")
    handle(world, "invitation.cancelled")


def _take_back_matching(session: Session, person: PersonRow) -> None:
    people.withdraw_consent(session, person, person.consents[0].id, NOW)


def _pause(session: Session, person: PersonRow) -> None:
    people.pause(session, person, NOW)


def _freeze(session: Session, person: PersonRow) -> None:
    people.freeze(session, person, NOW)


@pytest.mark.parametrize("stop", [_pause, _freeze, _take_back_matching])
def test_care_02_21_the_end_of_what_was_not_answered_is_not_written_after_a_stop(
    at_sqlite: At, stop: Any
) -> None:
    world, invitation_id = at_sqlite("sent")
    _withdraw_posting(world, invitation_id)
    _lock(world, invitation_id, stop)
    world.work()
    assert the_letter(world, "withdrawn").state == "dropped"
    assert len(world.letters(TO_PERSON)) == 1


def test_care_12_in_a_crisis_a_human_tells_that_a_visit_is_off(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    _withdraw_posting(world, invitation_id)
    _lock(world, invitation_id, _freeze)
    world.work()
    assert the_letter(world, "called_off").state == "dropped"


def test_that_a_visit_is_off_is_told_at_once_even_on_a_pause_and_at_night(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.clock.advance(hours=12)  # two at night
    _withdraw_posting(world, invitation_id)
    _lock(world, invitation_id, _pause)
    world.work()
    assert the_letter(world, "called_off").state == "sent"


def test_care_02_the_end_of_what_was_not_answered_waits_for_their_hours(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.clock.advance(hours=12)  # two at night
    _withdraw_posting(world, invitation_id)
    world.work()
    assert the_letter(world, "withdrawn").state == "due"
    world.clock.advance(hours=11)
    world.work()
    assert the_letter(world, "withdrawn").state == "sent"
