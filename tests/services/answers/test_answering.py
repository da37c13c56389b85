"""The person's own hand: every answer, taking it back, cancelling, and the many ways it may come too late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher.domain.errors import InvalidInput
from matcher.services.answers import answering
from matcher.services.answers.answering import View
from matcher.services.listings import posting, vetting
from matcher.services.my_pace import pause_links
from matcher.services.people import people
from matcher.storage.tables import (
    ConsentRow,
    EventRow,
    HistoryRow,
    InvitationRow,
    Occurrence,
    PersonRow,
)
from tests.builders import NOW, World
from tests.worlds import At

ANSWERS = ["accept", "not_now", "too_much", "not_for_me"]
TO_ORGANISATION = "izumi@example.org"


def _person(world: World) -> PersonRow:
    with world.database.reading() as session:
        return session.scalars(select(PersonRow)).one()


def _taken(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Occurrence)).one().taken


def _history(world: World) -> list[str]:
    with world.database.reading() as session:
        return list(session.scalars(select(HistoryRow.outcome).order_by(HistoryRow.id)))


def _view(world: World, invitation_id: str) -> answering.Opened:
    token = world.token(invitation_id)
    with world.database.reading() as session:
        opened = answering.open_invitation(session, token, world.clock())
    assert opened is not None
    return opened


def _states(world: World, invitation_id: str) -> list[str]:
    return [line.state for line in world.invitation(invitation_id).history]


def test_care_09_looking_changes_nothing(at: At) -> None:
    world, invitation_id = at("sent")
    before = world.invitation(invitation_id)
    with world.database.reading() as session:
        events = len(list(session.scalars(select(EventRow.id))))
    for _ in range(3):
        assert _view(world, invitation_id).view is View.open
    after = world.invitation(invitation_id)
    assert (after.state, after.version) == (before.state, before.version)
    with world.database.reading() as session:
        assert len(list(session.scalars(select(EventRow.id)))) == events


def test_a_link_nobody_was_given_opens_nothing(sqlite_world: World) -> None:
    for token in ("", "x" * 40, "\ud800", "é"):
        with sqlite_world.database.writing() as session:
            assert answering.open_invitation(session, token, NOW) is None
            assert answering.answer(session, token, "accept", NOW) is None


def test_an_unknown_answer_is_refused_and_changes_nothing(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    with pytest.raises(InvalidInput) as refused:
        world.answer(invitation_id, "maybe")
    assert refused.value.problems[0].pointer == "/answer"
    assert world.invitation(invitation_id).state == "sent"


@pytest.mark.parametrize("deed", ANSWERS)
def test_care_04_every_answer_is_taken_at_once_and_asks_for_nothing_more(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    opened = world.answer(invitation_id, deed)
    assert opened is not None
    row = world.invitation(invitation_id)
    assert (row.state, row.answer) == ("accepted" if deed == "accept" else "declined", deed)
    assert (opened.can_undo, row.answered_at, row.live) == (True, NOW, True)


def test_a_yes_acts_at_once(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "accept")
    world.work()
    assert {letter.to for letter in world.letters()} == {"haru@example.org", TO_ORGANISATION}
    entry = next(letter for letter in world.letters("haru@example.org") if letter.calendar)
    assert "DTSTART;TZID=Asia/Tokyo:20261201T130000" in (entry.calendar or "")
    assert _taken(world) == 1


def test_a_no_waits_for_its_15_minutes_before_seat_and_learning(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=14, seconds=59)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.live, row.holds_seat, _taken(world), _history(world)) == (True, True, 1, [])
    assert _person(world).rest_until is None
    world.clock.advance(seconds=1)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat, _taken(world)) == ("declined", False, False, 0)
    assert _history(world) == ["answered_not_now"]
    assert _person(world).rest_until is not None


@pytest.mark.parametrize("deed", ANSWERS)
def test_care_09_an_answer_can_be_taken_back_until_14_59_and_given_anew(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, deed)
    world.work()
    world.clock.advance(minutes=14, seconds=59)
    opened = world.answer(invitation_id, "undo")
    assert opened is not None
    assert (opened.view, opened.answer, opened.can_undo) == (View.open, None, False)
    world.clock.advance(seconds=1)
    world.work()  # the event of the answer finds that it was taken back
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat, _taken(world)) == ("sent", True, True, 1)
    assert _history(world) == []
    world.answer(invitation_id, "accept")
    assert world.invitation(invitation_id).state == "accepted"


@pytest.mark.parametrize("deed", ANSWERS)
def test_care_09_after_15_minutes_it_stands(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, deed)
    world.clock.advance(minutes=15)
    before = world.invitation(invitation_id)
    opened = world.answer(invitation_id, "undo")  # also before its event had its turn
    assert opened is not None
    assert not opened.can_undo
    assert world.invitation(invitation_id).version == before.version


def test_the_answer_that_was_given_anew_counts_alone(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "too_much")
    world.clock.advance(minutes=10)
    world.answer(invitation_id, "undo")
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=10)  # the window of the first is over, that of the second is not
    world.work()
    assert _history(world) == []
    assert world.invitation(invitation_id).live
    world.clock.advance(minutes=5)
    world.work()
    assert _history(world) == ["answered_not_now"]
    assert _person(world).talk_reason is None


def test_taking_a_yes_back_tells_those_who_heard_of_it(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    before = len(world.letters(TO_ORGANISATION))
    world.answer(invitation_id, "undo")
    world.work()
    assert len(world.letters(TO_ORGANISATION)) == before + 1
    newest = world.letters("haru@example.org")[0]
    assert "METHOD:CANCEL" in (newest.calendar or "")


def test_taking_a_yes_back_before_anybody_heard_of_it_tells_nobody(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "accept")
    world.answer(invitation_id, "undo")
    world.work()
    assert world.letters(TO_ORGANISATION) == []


def test_a_yes_given_anew_is_announced_anew(at: At) -> None:
    world, invitation_id = at("accepted")
    world.answer(invitation_id, "undo")
    world.answer(invitation_id, "accept")
    world.work()
    subjects = [letter.subject for letter in world.letters(TO_ORGANISATION)]
    assert subjects.count(subjects[0]) == len(subjects) == 2  # announced twice, never called off
    world.answer(invitation_id, "cancel")
    world.work()
    assert len(world.letters(TO_ORGANISATION)) == 3


def test_undoing_near_the_end_leaves_time_to_answer(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    expires_at = world.invitation(invitation_id).expires_at
    assert expires_at is not None
    world.clock.now = expires_at - timedelta(minutes=1)
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=5)
    world.work()  # its end has come and found an answer
    assert world.invitation(invitation_id).state == "declined"
    world.answer(invitation_id, "undo")
    assert _view(world, invitation_id).view is View.open
    world.clock.advance(minutes=15)
    world.work()
    assert world.invitation(invitation_id).state == "expired"


def test_the_end_that_was_put_off_by_undoing_is_the_one_that_counts(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    expires_at = world.invitation(invitation_id).expires_at
    assert expires_at is not None
    world.clock.now = expires_at - timedelta(minutes=10)
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=5)
    world.answer(invitation_id, "undo")
    world.clock.now = expires_at  # the first end has its turn
    world.work()
    assert _view(world, invitation_id).view is View.open
    world.clock.advance(minutes=10)
    world.work()
    assert world.invitation(invitation_id).state == "expired"


@pytest.mark.parametrize("second", ["accept", "not_now", "too_much"])
def test_answering_twice_keeps_the_first_answer(at_sqlite: At, second: str) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "not_for_me")
    opened = world.answer(invitation_id, second)
    assert opened is not None
    assert (opened.view, opened.answer) == (View.declined, "not_for_me")
    assert _states(world, invitation_id) == ["approved", "sent", "declined"]


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
    assert _states(world, invitation_id) == ["approved", "sent", "expired"]


@pytest.mark.parametrize("deed", [*ANSWERS, "undo", "cancel"])
def test_a_withdrawn_one_gets_a_kind_page_and_changes_nothing(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    _pause(world, world.invitation(invitation_id))
    world.work()
    opened = world.answer(invitation_id, deed)
    assert opened is not None
    assert (opened.view, opened.paused) == (View.withdrawn, True)
    assert _states(world, invitation_id)[-1] == "withdrawn"


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
    assert _view(world, invitation_id).can_cancel
    opened = world.answer(invitation_id, "cancel")
    assert opened is not None
    assert opened.view is View.cancelled
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat, _taken(world)) == ("cancelled", False, False, 0)
    assert "METHOD:CANCEL" in (world.letters("haru@example.org")[0].calendar or "")
    assert len(world.letters(TO_ORGANISATION)) == 2
    assert _history(world) == []  # CARE 3: nothing is learned from it


def test_a_visit_that_began_is_not_cancelled(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    starts_at = world.invitation(invitation_id).occurrence.starts_at
    assert starts_at is not None
    world.clock.now = starts_at
    assert not _view(world, invitation_id).can_cancel
    world.answer(invitation_id, "cancel")
    assert world.invitation(invitation_id).state == "accepted"


def test_care_04_pausing_with_an_answer_does_both(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    opened = world.answer(invitation_id, "accept", pause=True)
    assert opened is not None
    assert (opened.view, opened.paused) == (View.accepted, True)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"  # an accepted visit stays on a pause
    assert _person(world).state == "paused"


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
    assert _person(world).unanswered == 0  # nobody was waiting for an answer


# What came up between the letter and the yes.


def _suspend(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        vetting.suspend(session, row.organisation_id, NOW)


def _withdraw_posting(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        posting.withdraw(session, posting.locked(session, row.organisation_id, row.opportunity_id), NOW)


def _exclude(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        person = people.lock(session, row.person_id)
        people.exclude(session, person, organisation_id=row.organisation_id, other_person_id=None, now=NOW)


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
    assert _states(world, invitation_id) == ["approved", "sent", "withdrawn"]
    assert world.letters(TO_ORGANISATION) == []
    assert _taken(world) == 0


def test_nobody_is_told_no_because_of_what_only_makes_it_less_suitable(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    person_id = _person(world).id
    with world.database.writing() as session:
        person = people.lock(session, person_id)
        person.rest_until, person.talk_reason, person.max_group_size = NOW + timedelta(days=9), "silence", 2
    world.answer(invitation_id, "accept")
    assert world.invitation(invitation_id).state == "accepted"


@pytest.mark.parametrize("deed", ANSWERS)
def test_answering_resets_the_count_of_silences(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    person_id = _person(world).id
    with world.database.writing() as session:
        people.lock(session, person_id).unanswered = 2
    world.answer(invitation_id, deed)
    assert _person(world).unanswered == 0


def test_care_25_a_page_reveals_no_identity(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    shown = str(_view(world, invitation_id).card)
    row = _person(world)
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
    assert _person(world).state == "paused"
    with world.database.reading() as session:
        paused = list(session.scalars(select(EventRow.id).where(EventRow.type == "person.paused")))
    assert len(paused) == 1
