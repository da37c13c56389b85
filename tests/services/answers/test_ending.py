"""How invitations end by themselves or by what happens to a person: silence, a lapse, a pause, a crisis, a consent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.contact_policy import rest_length
from matcher.domain.invitation import LAPSE_AFTER, OPEN_SEAT_HELD
from matcher.domain.person import Consent
from matcher.domain.values import Purpose
from matcher.services.asking import inviting
from matcher.services.listings import posting
from matcher.services.people import people
from matcher.storage.tables import ConsentRow, EventRow, HistoryRow, InvitationRow, Occurrence, PersonRow
from tests.builders import NOW, World, a_posting
from tests.worlds import At

TO_ORGANISATION, TO_CASEWORKER, TO_PERSON = "izumi@example.org", "mori@example.org", "haru@example.org"
OPEN = {"sessions": [], "duration_minutes": 30, "open_when": "Mondays from one to five"}


def _person(world: World) -> PersonRow:
    with world.database.reading() as session:
        return session.scalars(select(PersonRow)).one()


def _taken(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Occurrence).where(Occurrence.removed_at.is_(None))).one().taken


def _history(world: World) -> list[HistoryRow]:
    with world.database.reading() as session:
        return list(session.scalars(select(HistoryRow).order_by(HistoryRow.id)))


def _event(world: World, kind: str) -> EventRow:
    with world.database.reading() as session:
        return session.scalars(select(EventRow).where(EventRow.type == kind).order_by(EventRow.id)).all()[-1]


def _do(world: World, deed: Any, **arguments: Any) -> None:
    person_id = _person(world).id
    with world.database.writing() as session:
        deed(session, people.lock(session, person_id), now=world.clock(), **arguments)


def _change(world: World, invitation_id: str, **facts: Any) -> None:
    row = world.invitation(invitation_id)
    with world.database.writing() as session:
        changed = posting.locked(session, row.organisation_id, row.opportunity_id)
        posting.change(session, changed, a_posting(**facts), world.clock())


# Silence.


def test_an_unanswered_one_ends_silently_after_a_week(at: At) -> None:
    world, invitation_id = at("sent")
    letters = len(world.letters())
    world.clock.advance(days=7, seconds=-1)
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    world.clock.advance(seconds=1)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat, _taken(world)) == ("expired", False, False, 0)
    assert len(world.letters()) == letters
    (entry,) = _history(world)
    assert (entry.outcome, _person(world).unanswered) == ("no_answer", 1)
    assert _person(world).rest_until == world.clock() + rest_length(14, invitation_id)


def test_care_03_silence_lowers_nothing(at_sqlite: At) -> None:
    world, _ = at_sqlite("sent")
    before = _person(world).comfort
    world.clock.advance(days=7)
    world.work()
    assert _person(world).comfort == before


@pytest.mark.parametrize(("before", "days"), [(1, 28), (2, None)])
def test_the_second_silence_rests_longer_and_the_third_asks_a_human(
    at_sqlite: At, before: int, days: int | None
) -> None:
    world, invitation_id = at_sqlite("sent")
    person_id = _person(world).id
    with world.database.writing() as session:
        people.lock(session, person_id).unanswered = before
    world.clock.advance(days=7)
    world.work()
    person = _person(world)
    if days is None:
        assert (person.rest_until, person.talk_reason) == (None, "silence")
        assert [letter.to for letter in world.letters(TO_CASEWORKER)] == [TO_CASEWORKER]
    else:
        assert person.rest_until == world.clock() + rest_length(days, invitation_id)
        assert (person.talk_reason, world.letters(TO_CASEWORKER)) == (None, [])


# A visit nobody recorded.


def test_an_accepted_one_lapses_14_days_after_its_session_and_teaches_nothing(at: At) -> None:
    world, invitation_id = at("accepted")
    before = _person(world)
    ends_at = world.invitation(invitation_id).occurrence.ends_at
    assert ends_at is not None
    world.clock.now = ends_at + LAPSE_AFTER - timedelta(seconds=1)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    world.clock.advance(seconds=1)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, _history(world)) == ("lapsed", False, [])
    after = _person(world)
    assert (after.comfort, after.rest_until, after.talk_reason) == (before.comfort, None, None)


def test_a_visit_can_be_recorded_until_it_lapses(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    ends_at = world.invitation(invitation_id).occurrence.ends_at
    assert ends_at is not None
    world.clock.now = ends_at + timedelta(days=13)
    world.visit(invitation_id, "ok")
    world.clock.advance(days=2)
    world.work()
    assert world.invitation(invitation_id).state == "visited"


def test_a_session_that_moved_lapses_by_its_new_end(at: At) -> None:
    world, invitation_id = at("accepted")
    later = {"starts_at": "2026-12-15T13:00:00+09:00", "ends_at": "2026-12-15T13:30:00+09:00"}
    row = world.invitation(invitation_id)
    with world.database.writing() as session:
        occurrence = session.get_one(Occurrence, row.occurrence_id)
        occurrence.starts_at, occurrence.ends_at = (
            a_posting(sessions=[later]).sessions[0].starts_at, a_posting(sessions=[later]).sessions[0].ends_at,
        )  # fmt: skip
    first_due = _event(world, "invitation.lapsing").available_at
    world.clock.now = first_due
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    world.clock.advance(days=14)
    world.work()
    assert world.invitation(invitation_id).state == "lapsed"


def test_a_changed_posting_does_not_keep_it_from_lapsing(at: At) -> None:
    world, invitation_id = at("accepted")
    _change(world, invitation_id, stimulation="calm")  # guests get a new calendar entry
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    world.clock.now = _event(world, "invitation.lapsing").available_at
    world.work()
    assert world.invitation(invitation_id).state == "lapsed"


def test_a_change_right_after_the_yes_does_not_keep_it_from_being_announced(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "accept")
    _change(world, invitation_id, stimulation="calm")
    with world.database.reading() as session:
        changed = session.scalars(
            select(EventRow.id).where(EventRow.type == "opportunity.changed", EventRow.done_at.is_(None))
        ).one()
    world.handler.handle(changed)  # before the event of the yes
    world.work()
    assert len(world.letters(TO_ORGANISATION)) == 1
    with world.database.reading() as session:
        assert session.scalars(select(EventRow).where(EventRow.type == "invitation.lapsing")).one()


# Open sessions.


@pytest.fixture
def open_session(sqlite_world: World) -> tuple[World, str]:
    """An accepted visit at any time."""
    world = sqlite_world
    world.an_opportunity(**OPEN)
    person_id = world.a_person()
    world.work()
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    world.answer(invitation_id, "accept")
    world.work()
    return world, invitation_id


@pytest.mark.parametrize("outcome", ["ok", "left_early", "too_much", "did_not_come"])
def test_the_seat_of_an_open_session_is_freed_by_the_visit(
    open_session: tuple[World, str], outcome: str
) -> None:
    world, invitation_id = open_session
    assert _taken(world) == 1
    world.visit(invitation_id, outcome)
    world.work()
    assert (_taken(world), world.invitation(invitation_id).holds_seat) == (0, False)


def test_the_seat_of_an_open_session_is_freed_after_28_days(open_session: tuple[World, str]) -> None:
    world, invitation_id = open_session
    world.clock.advance(days=28, seconds=-1)
    world.work()
    assert _taken(world) == 1
    world.clock.advance(seconds=1)
    world.work()
    row = world.invitation(invitation_id)
    assert (_taken(world), row.state, row.live) == (0, "accepted", True)
    world.visit(invitation_id, "ok")  # still may be recorded, and frees nothing twice
    world.work()
    assert _taken(world) == 0


def test_an_open_one_without_a_visit_lapses_14_days_after_its_28(open_session: tuple[World, str]) -> None:
    world, invitation_id = open_session
    world.clock.advance(days=42, seconds=-1)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    world.clock.advance(seconds=1)
    world.work()
    assert world.invitation(invitation_id).state == "lapsed"
    assert _history(world) == []


def test_a_yes_given_anew_counts_its_28_days_anew(open_session: tuple[World, str]) -> None:
    world, invitation_id = open_session
    world.clock.advance(minutes=10)
    world.answer(invitation_id, "undo")
    world.clock.advance(minutes=5)
    world.answer(invitation_id, "accept")
    world.work()
    world.clock.now = NOW + OPEN_SEAT_HELD
    world.work()
    assert _taken(world) == 1
    world.clock.advance(minutes=15)
    world.work()
    assert _taken(world) == 0


def test_a_dated_session_keeps_its_seat_after_the_visit(at_sqlite: At) -> None:
    world, _ = at_sqlite("visited")
    assert _taken(world) == 1


# Pause, crisis, consent.


@pytest.mark.parametrize("point", ["approved", "sent"])
def test_care_02_a_pause_withdraws_silently_what_was_not_accepted(at: At, point: str) -> None:
    world, invitation_id = at(point)
    letters = len(world.letters())
    _do(world, people.pause)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.holds_seat, _taken(world), len(world.letters())) == (
        "withdrawn",
        False,
        0,
        letters,
    )
    assert world.matches(row.person_id) == []
    _do(world, people.resume)
    world.work()
    assert len(world.matches(row.person_id)) == 1


def test_an_accepted_visit_stays_on_a_pause(at: At) -> None:
    world, invitation_id = at("accepted")
    letters = len(world.letters())
    _do(world, people.pause)
    world.work()
    assert (world.invitation(invitation_id).state, len(world.letters())) == ("accepted", letters)


def test_somebody_who_resumed_at_once_keeps_what_they_have(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    _do(world, people.pause)
    _do(world, people.resume)
    world.work()
    assert world.invitation(invitation_id).state == "sent"


@pytest.mark.parametrize("point", ["approved", "sent", "accepted"])
def test_care_12_a_crisis_stops_everything_and_tells_a_human(at: At, point: str) -> None:
    world, invitation_id = at(point)
    to_person, to_organisation = len(world.letters(TO_PERSON)), len(world.letters(TO_ORGANISATION))
    _do(world, people.freeze)
    world.work()
    row = world.invitation(invitation_id)
    assert row.state == ("cancelled" if point == "accepted" else "withdrawn")
    assert (row.live, row.holds_seat) == (False, False)
    assert len(world.letters(TO_CASEWORKER)) == 1
    assert len(world.letters(TO_PERSON)) == to_person  # a human tells them, no letter does
    assert len(world.letters(TO_ORGANISATION)) == to_organisation + (1 if point == "accepted" else 0)
    assert world.matches(row.person_id) == []


def test_care_12_a_pause_that_stood_before_a_crisis_stands_after_it(sqlite_world: World) -> None:
    world = sqlite_world
    world.a_person()
    _do(world, people.pause)
    _do(world, people.freeze)
    _do(world, people.resume)
    assert _person(world).state == "frozen"  # only a human ends it
    _do(world, people.pause)
    _do(world, people.unfreeze)
    assert _person(world).state == "paused"
    _do(world, people.resume)
    assert _person(world).state == "open"


@pytest.mark.parametrize("point", ["approved", "sent", "accepted"])
def test_care_21_withdrawing_consent_stops_everything_in_flight(at: At, point: str) -> None:
    world, invitation_id = at(point)
    with world.database.reading() as session:
        consent_id = session.scalars(select(ConsentRow.id)).one()
    _do(world, people.withdraw_consent, consent_id=consent_id)
    world.work()
    row = world.invitation(invitation_id)
    assert row.state == ("cancelled" if point == "accepted" else "withdrawn")
    assert (row.holds_seat, world.matches(row.person_id)) == (False, [])


def test_care_21_a_consent_given_again_keeps_what_rests_on_it(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    with world.database.reading() as session:
        consent_id = session.scalars(select(ConsentRow.id)).one()
    _do(world, people.withdraw_consent, consent_id=consent_id)
    _do(world, people.consent, given=Consent(Purpose.matching, "2026-12", world.clock()), given_by="x")
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_care_21_another_consent_leaves_it_alone(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    _do(world, people.consent, given=Consent(Purpose.supporter_copy, "2026-11", NOW), given_by="x")
    with world.database.reading() as session:
        consent_id = session.scalars(
            select(ConsentRow.id).where(ConsentRow.purpose == "supporter_copy")
        ).one()
    _do(world, people.withdraw_consent, consent_id=consent_id)
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_a_caseworker_calls_an_accepted_visit_off_and_everybody_hears_of_it(at: At) -> None:
    world, invitation_id = at("accepted")
    before = len(world.letters(TO_PERSON)), len(world.letters(TO_ORGANISATION))
    with world.database.writing() as session:
        inviting.withdraw(session, session.get_one(InvitationRow, invitation_id), NOW)
    world.work()
    assert world.invitation(invitation_id).state == "cancelled"
    assert (len(world.letters(TO_PERSON)), len(world.letters(TO_ORGANISATION))) == (
        before[0] + 1,
        before[1] + 1,
    )
    assert "METHOD:CANCEL" in (world.letters(TO_PERSON)[0].calendar or "")
