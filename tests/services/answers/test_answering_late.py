"""Answers that come twice, too late, or after something has come up; calling a visit off, and pausing beside an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher.services.answers import answering
from matcher.services.answers.answering import View
from matcher.services.listings import posting, vetting
from matcher.services.my_pace import pause_links
from matcher.services.people import exclusions, people
from matcher.storage.tables import (
    ConsentRow,
    EventRow,
    InvitationRow,
)
from tests.builders import NOW, World
from tests.services.answers.answered import (
    ANSWERS,
    TO_ORGANISATION,
    seats_taken,
    states,
    the_person,
    view,
    what_happened,
)
from tests.worlds import At


@pytest.mark.parametrize("second", ["accept", "not_now", "too_much"])
def test_answering_twice_keeps_the_first_answer(at_sqlite: At, second: str) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "not_for_me")
    opened = world.answer(invitation_id, second)
    assert opened is not None
    assert (opened.view, opened.answer) == (View.declined, "not_for_me")
    assert states(world, invitation_id) == ["approved", "sent", "declined"]


@pytest.mark.parametrize("deed", [*ANSWERS, "undo", "cancel"])
def test_an_expired_one_gets_a_kind_page_and_changes_nothing(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    world.clock.advance(days=7)
    opened = world.answer(invitation_id, deed)  # its event has not had its turn yet
    assert opened is not None
    assert opened.view is View.expired
    world.work()
    opened = world.answer(invitation_id, deed)
    assert opened is not None
    assert opened.view is View.expired
    assert states(world, invitation_id) == ["approved", "sent", "expired"]


@pytest.mark.parametrize("deed", [*ANSWERS, "undo", "cancel"])
def test_a_withdrawn_one_gets_a_kind_page_and_changes_nothing(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    _pause(world, world.invitation(invitation_id))
    world.work()
    opened = world.answer(invitation_id, deed)
    assert opened is not None
    assert (opened.view, opened.paused) == (View.withdrawn, True)
    assert states(world, invitation_id)[-1] == "withdrawn"


@pytest.mark.parametrize("deed", [*ANSWERS, "undo", "cancel"])
def test_what_is_over_stays_over(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("visited")
    world.clock.advance(minutes=15)
    opened = world.answer(invitation_id, deed)
    assert opened is not None
    assert opened.view is View.over


@pytest.mark.parametrize("deed", ANSWERS)
def test_what_was_not_sent_yet_cannot_be_answered(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("approved")
    world.answer(invitation_id, deed)
    assert world.invitation(invitation_id).state == "approved"


def test_care_09_a_visit_can_be_cancelled_until_it_begins(at: At) -> None:
    world, invitation_id = at("accepted")
    starts_at = world.invitation(invitation_id).occurrence.starts_at
    assert starts_at is not None
    world.clock.now = starts_at - timedelta(seconds=1)
    assert view(world, invitation_id).can_cancel
    opened = world.answer(invitation_id, "cancel")
    assert opened is not None
    assert opened.view is View.cancelled
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat, seats_taken(world)) == ("cancelled", False, False, 0)
    assert "METHOD:CANCEL" in (world.letters("haru@example.org")[0].calendar or "")
    assert len(world.letters(TO_ORGANISATION)) == 2
    assert what_happened(world) == []  # CARE 3: nothing is learned from it


def test_a_visit_that_began_is_not_cancelled(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    starts_at = world.invitation(invitation_id).occurrence.starts_at
    assert starts_at is not None
    world.clock.now = starts_at
    assert not view(world, invitation_id).can_cancel
    world.answer(invitation_id, "cancel")
    assert world.invitation(invitation_id).state == "accepted"


def test_care_04_pausing_with_an_answer_does_both(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    opened = world.answer(invitation_id, "accept", pause=True)
    assert opened is not None
    assert (opened.view, opened.paused) == (View.accepted, True)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"  # an accepted visit stays on a pause
    assert the_person(world).state == "paused"


def test_care_04_pausing_alone_withdraws_what_was_not_accepted(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "", pause=True)
    letters = len(world.letters())
    world.work()
    assert world.invitation(invitation_id).state == "withdrawn"
    assert len(world.letters()) == letters  # silently


def test_a_yes_taken_back_while_paused_is_withdrawn(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "accept", pause=True)
    world.work()
    world.answer(invitation_id, "undo")
    world.work()
    assert world.invitation(invitation_id).state == "withdrawn"
    world.clock.advance(days=8)
    world.work()
    assert the_person(world).unanswered == 0  # nobody was waiting for an answer


def _suspend(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        vetting.suspend(session, row.organisation_id, NOW)


def _withdraw_posting(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        posting.withdraw(session, posting.locked(session, row.organisation_id, row.opportunity_id), NOW)


def _exclude(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        person = people.lock(session, row.person_id)
        exclusions.exclude(
            session, person, organisation_id=row.organisation_id, other_person_id=None, now=NOW
        )


def _pause(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.pause(session, people.lock(session, row.person_id), NOW)


def _freeze(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.freeze(session, people.lock(session, row.person_id), NOW)


def _withdraw_consent(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        consent = session.scalars(select(ConsentRow)).one()
        people.withdraw_consent(session, people.lock(session, row.person_id), consent.id, NOW)


@pytest.mark.parametrize(
    "came_up", [_suspend, _withdraw_posting, _exclude, _pause, _freeze, _withdraw_consent],
    ids=lambda one: one.__name__.strip("_"),
)  # fmt: skip
def test_care_15_18_21_a_yes_that_can_no_longer_be_is_refused_kindly(at_sqlite: At, came_up: object) -> None:
    world, invitation_id = at_sqlite("sent")
    assert callable(came_up)
    came_up(world, world.invitation(invitation_id))
    opened = world.answer(invitation_id, "accept")
    assert opened is not None
    assert opened.view is View.withdrawn
    world.work()
    assert states(world, invitation_id) == ["approved", "sent", "withdrawn"]
    assert world.letters(TO_ORGANISATION) == []
    assert seats_taken(world) == 0


def test_nobody_is_told_no_because_of_what_only_makes_it_less_suitable(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    person_id = the_person(world).id
    with world.database.writing() as session:
        person = people.lock(session, person_id)
        person.rest_until, person.talk_reason, person.max_group_size = NOW + timedelta(days=9), "silence", 2
    world.answer(invitation_id, "accept")
    assert world.invitation(invitation_id).state == "accepted"


@pytest.mark.parametrize("deed", ANSWERS)
def test_answering_resets_the_count_of_silences(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    person_id = the_person(world).id
    with world.database.writing() as session:
        people.lock(session, person_id).unanswered = 2
    world.answer(invitation_id, deed)
    assert the_person(world).unanswered == 0


def test_care_25_a_page_reveals_no_identity(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    shown = str(view(world, invitation_id).card)
    row = the_person(world)
    for secret in (row.alias, row.contact["address"], row.id, f"latitude={row.latitude},"):
        assert secret not in shown


def test_care_04_the_pause_link_can_only_pause_and_does_not_expire(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    person_id = world.invitation(invitation_id).person_id
    token, of_the_invitation = (
        world.database.keyring.tokens("pause", person_id)[0],
        world.token(invitation_id),
    )
    world.clock.advance(days=3650)
    with world.database.writing() as session:
        assert answering.open_invitation(session, token, world.clock()) is None
        assert pause_links.knows_pause_link(session, token)
        assert not pause_links.knows_pause_link(session, of_the_invitation)
        for _ in range(2):
            assert pause_links.pause_by_link(session, token, world.clock())
        assert not pause_links.pause_by_link(session, "nobody-was-given-this", world.clock())
    assert the_person(world).state == "paused"
    with world.database.reading() as session:
        paused = list(session.scalars(select(EventRow.id).where(EventRow.type == "person.paused")))
    assert len(paused) == 1
