"""Who is written to, what each may know, and that a letter that no longer holds is not sent (CARE 4, 6, 7, 10, 17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from matcher.services.asking import letters, showing
from matcher.services.listings import vetting
from matcher.services.people import people
from matcher.storage.people import fill_person, person_of
from matcher.storage.tables import (
    ConsentRow,
    EventRow,
    InvitationRow,
    LetterRow,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
)
from tests.builders import NOW, World, person_form
from tests.worlds import At

TO_ORGANISATION, TO_PERSON, TO_MOTHER = "izumi@example.org", "haru@example.org", "mother@example.org"
COPY_CONSENT = {"purpose": "supporter_copy", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}


def _with_mother(world: World, *, receives_copy: bool = True) -> str:
    """An accepted invitation of somebody whose mother may get a copy; no event of the yes had its turn."""
    mother = {
        "relation": "mother", "contact": {"channel": "email", "address": TO_MOTHER}, "receives_copy": receives_copy,
    }  # fmt: skip
    form = person_form(supporters=[mother])
    form["consents"].append(COPY_CONSENT)
    world.an_opportunity()
    person_id = world.a_person(**form)
    world.work()
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    world.answer(invitation_id, "accept")
    return invitation_id


def _handle(world: World, kind: str) -> None:
    with world.database.reading() as session:
        due = list(
            session.scalars(select(EventRow.id).where(EventRow.type == kind, EventRow.done_at.is_(None)))
        )
    for event_id in due:
        world.handler.handle(event_id)


def _letter(world: World, kind: str) -> LetterRow:
    with world.database.reading() as session:
        return session.scalars(select(LetterRow).where(LetterRow.kind == kind)).one()


def _lock(world: World, invitation_id: str, deed: Any) -> None:
    person_id = world.invitation(invitation_id).person_id
    with world.database.writing() as session:
        deed(session, people.lock(session, person_id))


def test_care_17_the_organisation_learns_alias_session_and_agreed_needs_only(at: At) -> None:
    world, invitation_id = at("sent")
    person_id = world.invitation(invitation_id).person_id
    with world.database.writing() as session:
        row = session.get_one(PersonRow, person_id)
        fill_person(
            row,
            replace(person_of(row), topics=("secret-topic",), notes="secret-note", needs=("secret-need",)),
        )
    world.answer(invitation_id, "accept")
    world.work()
    (told,) = world.letters(TO_ORGANISATION)
    everything = f"{told.subject} {told.text} {told.html} {told.calendar}"
    assert "Haru" in told.text
    assert "13:00" in told.text
    assert "step" in told.text.lower()  # step-free access: the need that may be shared
    for secret in (
        "haru@example.org",
        "35.63",
        "139.58",
        "secret",
        "1994",
        "Mori",
        invitation_id,
        person_id,
        "/i/",
    ):
        assert secret not in everything


def test_care_16_the_organisation_hears_nothing_before_a_yes(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    with world.database.reading() as session:
        row = session.scalars(select(OpportunityRow)).unique().one()
        assert showing.visitors(session, row.id, row.organisation_id, NOW) == []
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=15)
    world.work()
    assert world.letters(TO_ORGANISATION) == []


def test_visitors_of_an_opportunity_are_those_still_to_come(at: At) -> None:
    world, invitation_id = at("accepted")
    with world.database.reading() as session:
        row = session.scalars(select(OpportunityRow)).unique().one()
        (visitor,) = showing.visitors(session, row.id, row.organisation_id, NOW)
        assert (visitor.alias, visitor.needs) == ("Haru", ("step_free",))
        assert visitor.occurrence.id == world.invitation(invitation_id).occurrence_id
        assert showing.visitors(session, row.id, "another", NOW) == []
    world.visit(invitation_id, "ok")
    with world.database.reading() as session:
        assert showing.visitors(session, row.id, row.organisation_id, NOW) == []


def _suspend(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        vetting.suspend(session, row.organisation_id, NOW)


def _let_the_vetting_end(world: World, row: InvitationRow) -> None:
    """Before the sweep has had its turn."""
    with world.database.writing() as session:
        session.get_one(OrganisationRow, row.organisation_id).vetted_until = NOW


def _freeze(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.freeze(session, people.lock(session, row.person_id), NOW)


def _withdraw_consent(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        consent = session.scalars(select(ConsentRow).where(ConsentRow.purpose == "matching")).one()
        people.withdraw_consent(session, people.lock(session, row.person_id), consent.id, NOW)


def _withdraw_posting(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        session.get_one(OpportunityRow, row.opportunity_id).state = "withdrawn"


@pytest.mark.parametrize(
    "forbid",
    [_suspend, _let_the_vetting_end, _freeze, _withdraw_consent, _withdraw_posting],
    ids=lambda one: one.__name__.strip("_"),
)
def test_care_12_15_21_a_guest_is_not_revealed_after_what_forbids_it(at: At, forbid: Any) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "accept")
    _handle(world, "invitation.accepted")
    forbid(world, world.invitation(invitation_id))
    row = world.invitation(invitation_id)
    with world.database.reading() as session:
        assert showing.visitors(session, row.opportunity_id, row.organisation_id, NOW) == []
    _handle(world, "letter.due")
    assert world.letters(TO_ORGANISATION) == []
    assert _letter(world, "visitor_announced").state == "dropped"


def test_a_pause_hides_no_guest(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "accept", pause=True)
    world.work()
    assert len(world.letters(TO_ORGANISATION)) == 1


def test_care_10_a_supporter_gets_a_copy_by_flag_and_consent(sqlite_world: World) -> None:
    world = sqlite_world
    _with_mother(world)
    world.work()
    (copy,) = world.letters(TO_MOTHER)
    assert "/i/" not in copy.text  # a copy can neither accept nor decline
    assert "/pause/" not in copy.text
    assert "13:00" in copy.text


def test_care_10_without_the_flag_there_is_no_copy(sqlite_world: World) -> None:
    world = sqlite_world
    _with_mother(world, receives_copy=False)
    world.work()
    assert world.letters(TO_MOTHER) == []


def test_care_10_a_flag_taken_back_before_it_goes_stops_the_copy(sqlite_world: World) -> None:
    world = sqlite_world
    invitation_id = _with_mother(world)
    _handle(world, "invitation.accepted")
    person_id = world.invitation(invitation_id).person_id
    with world.database.writing() as session:
        row = session.get_one(PersonRow, person_id)
        row.supporters = [{**row.supporters[0], "receives_copy": False}]
    world.work()
    assert world.letters(TO_MOTHER) == []


def test_care_10_a_consent_taken_back_before_it_goes_stops_the_copy(sqlite_world: World) -> None:
    world = sqlite_world
    invitation_id = _with_mother(world)
    _handle(world, "invitation.accepted")
    person_id = world.invitation(invitation_id).person_id
    with world.database.writing() as session:
        consent = session.scalars(select(ConsentRow).where(ConsentRow.purpose == "supporter_copy")).one()
        people.withdraw_consent(session, people.lock(session, person_id), consent.id, NOW)
    world.work()
    assert world.letters(TO_MOTHER) == []
    assert _letter(world, "supporter_copy").state == "dropped"


def test_care_10_a_visit_called_off_before_it_goes_stops_the_copy(sqlite_world: World) -> None:
    world = sqlite_world
    invitation_id = _with_mother(world)
    _handle(world, "invitation.accepted")
    world.answer(invitation_id, "undo")
    world.work()
    assert world.letters(TO_MOTHER) == []


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
    _handle(world, "invitation.accepted")
    world.answer(invitation_id, "cancel")
    _handle(world, "letter.due")
    assert _letter(world, "accepted").state == "dropped"
    assert _letter(world, "visitor_announced").state == "dropped"
    world.work()
    assert world.letters(TO_ORGANISATION) == []


def test_a_cancellation_that_comes_late_does_not_take_a_guest_off_again(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "undo")
    _handle(world, "invitation.reopened")
    world.answer(invitation_id, "accept")
    _handle(world, "invitation.accepted")
    world.work()  # both letters had waited for a mail server
    assert _letter(world, "visitor_cancelled").state == "dropped"
    assert [mail.subject for mail in world.letters(TO_ORGANISATION)] == [
        world.letters(TO_ORGANISATION)[0].subject
    ] * 2


def test_a_yes_taken_back_is_taken_out_of_the_calendar_even_after_a_pause(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.answer(invitation_id, "undo")
    _lock(world, invitation_id, lambda session, person: people.pause(session, person, NOW))
    _handle(world, "invitation.reopened")
    _handle(world, "person.paused")
    world.work()
    assert world.invitation(invitation_id).state == "withdrawn"
    assert "METHOD:CANCEL" in (world.letters(TO_PERSON)[0].calendar or "")


def test_the_link_of_an_invitation_stays_the_same_in_every_letter(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    token = world.token(invitation_id)
    assert all(f"/i/{token}" in mail.text for mail in world.letters(TO_PERSON))
