"""Sending an invitation: everything is looked at once more at that moment, and no failure loses or doubles a letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.errors import MailTemporaryError
from matcher.domain.person import ContactHours, HistoryEntry, Pace
from matcher.domain.ports import OutgoingMail
from matcher.domain.values import Approval, DayWindow, HistoryOutcome, Rungs
from matcher.scoring.comfort import learn, with_rungs
from matcher.services.listings import posting, vetting
from matcher.services.outside import Outside
from matcher.services.people import people
from matcher.services.suitability.judging import judge_held
from matcher.storage.people import comfort_of, fill_person, person_of, set_comfort
from matcher.storage.tables import (
    ConsentRow,
    EventRow,
    HistoryRow,
    InvitationRow,
    LetterRow,
    MatchRow,
    Occurrence,
    OpportunityRow,
    PersonRow,
)
from matcher.workers.actors import Handler
from tests.builders import NOW, STANDING_CONSENT, World, a_posting, an_intake, person_form
from tests.local_server import LOOPBACK, free_port
from tests.smtp import SmtpServer
from tests.worlds import At, with_mail

TO_PERSON, TO_CASEWORKER = "haru@example.org", "mori@example.org"


def _deliver(world: World) -> None:
    """Handle the delivery alone: no other event has had its turn."""
    with world.database.reading() as session:
        query = select(EventRow.id).where(
            EventRow.type == "invitation.approved",
            EventRow.done_at.is_(None),
            EventRow.available_at <= world.clock(),
        )
        due = list(session.scalars(query))
    for event_id in due:
        world.handler.handle(event_id)


def _person(world: World, invitation_id: str) -> PersonRow:
    with world.database.reading() as session:
        return session.get_one(PersonRow, session.get_one(InvitationRow, invitation_id).person_id)


def _letter(world: World, kind: str = "invitation") -> LetterRow:
    with world.database.reading() as session:
        return session.scalars(select(LetterRow).where(LetterRow.kind == kind)).one()


def _event(world: World, kind: str = "invitation.approved") -> EventRow:
    with world.database.reading() as session:
        return session.scalars(select(EventRow).where(EventRow.type == kind)).one()


def _change_intake(world: World, invitation_id: str, **changes: Any) -> None:
    with world.database.writing() as session:
        row = session.get_one(PersonRow, _person(world, invitation_id).id)
        fill_person(row, replace(person_of(row), **changes))


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


# What a caseworker, a person or an organisation may do after the approval; each alone must keep the letter from going.


def _pause(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.pause(session, people.lock(session, row.person_id), NOW)


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
        people.exclude(session, person, organisation_id=row.organisation_id, other_person_id=None, now=NOW)


def _exclude_person(world: World, row: InvitationRow) -> None:
    other = world.a_person(alias="Other")
    with world.database.writing() as session:
        person = people.lock(session, other)
        people.exclude(session, person, organisation_id=None, other_person_id=row.person_id, now=NOW)
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
    _change_intake(world, row.id, pace=Pace(0, 0))


def _forget_the_address(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.lock(session, row.person_id).contact = None


def _ask_too_much(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        changed = posting.locked(session, row.organisation_id, row.opportunity_id)
        posting.change(session, changed, a_posting(interaction="speaking_to_group", stimulation="loud"), NOW)


FORBIDDEN: list[Callable[[World, InvitationRow], None]] = [
    _pause, _freeze, _withdraw_consent, _exclude_organisation, _exclude_person, _suspend, _let_vetting_expire,
    _withdraw_posting, _drop_session, _ask_for_a_talk, _lower_the_pace_to_none, _forget_the_address, _ask_too_much,
]  # fmt: skip


@pytest.mark.parametrize("forbid", FORBIDDEN, ids=lambda one: one.__name__.strip("_"))
def test_care_02_18_21_everything_is_looked_at_again_at_the_moment_of_sending(
    at_sqlite: At, forbid: Callable[[World, InvitationRow], None]
) -> None:
    world, invitation_id = at_sqlite("approved")
    forbid(world, world.invitation(invitation_id))
    _deliver(world)
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
    _deliver(world)
    after = world.invitation(invitation_id)
    assert (after.state, after.version, after.sent_at) == (before.state, before.version, before.sent_at)
    assert len(world.letters()) == letters


# Hours, pace and notice: not now, but at the right moment.


def test_care_02_it_waits_for_the_hours_and_the_wait_does_not_count(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    _change_intake(
        world, invitation_id, contact_hours=ContactHours(DayWindow(18 * 60, 20 * 60), "Asia/Tokyo")
    )
    world.work()
    event = _event(world)
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
    assert _event(world).available_at == NOW + timedelta(days=4)
    world.clock.now = NOW + timedelta(days=4)
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_care_02_it_waits_for_the_rest_and_then_for_the_hours(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    with world.database.writing() as session:
        people.lock(session, world.invitation(invitation_id).person_id).rest_until = NOW + timedelta(hours=8)
    world.work()
    assert _event(world).available_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


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
    _change_intake(
        world, invitation_id, contact_hours=ContactHours(DayWindow(14 * 60, 20 * 60), "Asia/Tokyo")
    )
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


# Standing approvals.


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
    _deliver(world)
    assert world.invitation(invitation_id).state == "sent"


def test_care_01_a_standing_consent_taken_back_keeps_it_from_going(standing: tuple[World, str]) -> None:
    world, invitation_id = standing
    with world.database.writing() as session:
        person = people.lock(session, world.invitation(invitation_id).person_id)
        given = session.scalars(select(ConsentRow).where(ConsentRow.purpose == "standing_approval")).one()
        people.withdraw_consent(session, person, given.id, NOW)
    _deliver(world)
    assert (world.invitation(invitation_id).state, world.letters()) == ("withdrawn", [])


def test_care_01_an_agreement_that_became_each_time_keeps_it_from_going(standing: tuple[World, str]) -> None:
    world, invitation_id = standing
    _change_intake(world, invitation_id, approval=Approval.each)
    _deliver(world)
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
    _deliver(world)
    assert (world.invitation(invitation_id).state, world.letters()) == ("withdrawn", [])


# Mail that fails.


@pytest.mark.parametrize("reply", ["421 4.3.2 Try later", "451 4.7.1 Greylisted"])
def test_a_temporary_refusal_is_tried_again_from_the_outbox(
    at: At, smtp_server: SmtpServer, reply: str
) -> None:
    world, invitation_id = at("approved")
    with_mail(world, smtp_server.url)
    smtp_server.refuse(reply, times=3)
    for tries in (1, 2, 3):
        world.work()
        event = _event(world)
        assert (world.invitation(invitation_id).state, event.executions, event.postponements) == (
            "approved",
            0,
            tries,
        )
        assert event.available_at > world.clock()
        world.clock.now = event.available_at
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    (message,) = smtp_server.wait_for(1)
    assert message["Message-ID"] == f"<{_letter(world).id}@example.org>"
    assert _letter(world).tries == 3


def test_a_refused_connection_is_tried_again(at_sqlite: At, smtp_server: SmtpServer) -> None:
    world, invitation_id = at_sqlite("approved")
    with_mail(world, f"smtp://{LOOPBACK}:{free_port()}")
    world.work()
    assert world.invitation(invitation_id).state == "approved"
    with_mail(world, smtp_server.url)
    world.clock.now = _event(world).available_at
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    assert len(smtp_server.wait_for(1)) == 1


def test_a_folder_without_room_is_tried_again_within_seconds_however_long_that_lasts(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    world.mail_folder.write_text("no folder can be made here")
    for _ in range(6):
        world.work()
        assert world.invitation(invitation_id).state == "approved"
        world.clock.advance(seconds=5)
    world.mail_folder.unlink()
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_a_letter_that_cannot_go_for_days_becomes_undeliverable_and_a_human_is_told(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    maildir = world.outside.mailer
    with_mail(world, f"smtp://{LOOPBACK}:{free_port()}")
    world.work()
    world.clock.advance(days=3, seconds=1)
    _deliver(world)
    assert world.invitation(invitation_id).state == "undeliverable"
    world.outside = replace(world.outside, mailer=maildir)
    world.handler = Handler(world.outside)
    world.work()
    assert [letter.to for letter in world.letters()] == [TO_CASEWORKER]
    assert not world.invitation(invitation_id).holds_seat


def test_a_permanent_refusal_is_undeliverable_and_the_caseworker_is_told(
    at: At, smtp_server: SmtpServer
) -> None:
    world, invitation_id = at("approved")
    with_mail(world, smtp_server.url)
    smtp_server.refuse("550 5.1.1 No such mailbox")
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat) == ("undeliverable", False, False)
    (notice,) = smtp_server.wait_for(1)
    assert smtp_server.recipients == [[TO_CASEWORKER]]
    assert TO_PERSON not in notice.as_string()
    assert _letter(world).state == "undeliverable"


def test_everything_is_looked_at_again_before_the_second_try(at_sqlite: At, smtp_server: SmtpServer) -> None:
    world, invitation_id = at_sqlite("approved")
    with_mail(world, smtp_server.url)
    smtp_server.refuse("451 4.7.1 Greylisted")
    world.work()
    _pause(world, world.invitation(invitation_id))
    world.clock.now = _event(world).available_at
    _deliver(world)
    assert (world.invitation(invitation_id).state, smtp_server.messages) == ("withdrawn", [])


@pytest.mark.parametrize("lost", ["broken_off", "hanging"])
def test_after_an_answer_that_was_lost_one_extra_copy_at_most_with_the_same_id_and_link(
    at_sqlite: At, smtp_server: SmtpServer, lost: str
) -> None:
    world, invitation_id = at_sqlite("approved")
    with_mail(world, smtp_server.url, timeout_seconds=0.3)
    for _ in range(4):
        smtp_server.break_off() if lost == "broken_off" else smtp_server.hang(0.8)
    for _ in range(4):
        world.work()
        world.clock.now = max(world.clock(), _event(world).available_at)
    assert world.invitation(invitation_id).state == "sent"
    first, second = smtp_server.wait_for(2)
    assert len(smtp_server.messages) == 2
    assert first["Message-ID"] == second["Message-ID"]
    token = world.token(invitation_id)
    assert all(token in one.as_string().replace("=\n", "") for one in (first, second))


def test_a_clear_refusal_after_a_lost_answer_still_counts_the_lost_one(
    at_sqlite: At, smtp_server: SmtpServer
) -> None:
    world, invitation_id = at_sqlite("approved")
    with_mail(world, smtp_server.url)
    smtp_server.break_off()
    smtp_server.refuse("451 4.7.1 Greylisted")
    smtp_server.break_off()
    smtp_server.break_off()
    for _ in range(5):
        world.work()
        world.clock.now = max(world.clock(), _event(world).available_at)
    assert world.invitation(invitation_id).state == "sent"
    assert len(smtp_server.messages) == 2


class _Killed(BaseException):
    """The process ends while it hands a letter over."""


class _Interrupted:
    """Hands the letter over, then something happens before the answer is recorded."""

    def __init__(self, mailer: Any, happens: Callable[[], None]) -> None:
        self._mailer, self._happens = mailer, happens

    def send(self, message: OutgoingMail) -> None:
        self._mailer.send(message)
        self._happens()

    def check(self) -> None:
        self._mailer.check()


def _interrupt(world: World, happens: Callable[[], None]) -> Outside:
    before = world.outside
    world.outside = replace(before, mailer=_Interrupted(before.mailer, happens))
    world.handler = Handler(world.outside)
    return before


def test_a_process_killed_after_handing_over_sends_one_copy_more_with_the_same_id(at: At) -> None:
    world, invitation_id = at("approved")

    def killed() -> None:
        raise _Killed

    before = _interrupt(world, killed)
    for _ in range(3):
        with pytest.raises(_Killed):
            _deliver(world)
        world.clock.advance(seconds=31)  # its lease runs out
        if len(world.letters()) == 2:
            break
    world.outside, world.handler = before, Handler(before)
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    assert len(world.letters(TO_PERSON)) == 2
    assert len({letter.text for letter in world.letters(TO_PERSON)}) == 1


def test_a_pause_while_it_is_under_way_finds_a_kind_page_and_counts_for_the_pace(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")

    def pause() -> None:
        _pause(world, world.invitation(invitation_id))
        with world.database.reading() as session:
            due = session.scalars(select(EventRow.id).where(EventRow.type == "person.paused")).one()
        before.handler.handle(due)

    before = World.__new__(World)
    before.handler = Handler(world.outside)
    _interrupt(world, pause)
    _deliver(world)
    row = world.invitation(invitation_id)
    assert (row.state, row.sent_at) == ("withdrawn", NOW)
    assert _letter(world).state == "sent"
    opened = world.answer(invitation_id, "accept")
    assert opened is not None
    assert opened.view == "withdrawn"


def test_a_temporary_failure_of_other_letters_is_tried_again(at_sqlite: At, smtp_server: SmtpServer) -> None:
    world, invitation_id = at_sqlite("sent")
    with_mail(world, smtp_server.url)
    smtp_server.refuse("451 4.7.1 Greylisted", times=2)
    world.answer(invitation_id, "accept")
    world.work()
    assert smtp_server.messages == []
    world.clock.advance(minutes=1)
    world.work()
    assert sorted(one[0] for one in smtp_server.recipients) == [TO_PERSON, "izumi@example.org"]


def test_a_letter_that_went_out_is_not_sent_again_by_a_late_event(at: At) -> None:
    world, _ = at("accepted")
    before = len(world.letters())
    with world.database.writing() as session:  # its worker was killed before it could say that it was done
        for event in session.scalars(select(EventRow).where(EventRow.type == "letter.due")):
            event.done_at = None
    world.work()
    assert len(world.letters()) == before


def test_news_that_cannot_reach_the_person_reach_their_caseworker(
    at_sqlite: At, smtp_server: SmtpServer
) -> None:
    world, invitation_id = at_sqlite("sent")
    with_mail(world, smtp_server.url)
    world.answer(invitation_id, "accept")
    smtp_server.refuse("550 5.1.1 No such mailbox")
    world.work()
    to = [one[0] for one in smtp_server.recipients]
    assert TO_CASEWORKER in to
    assert TO_PERSON not in to
    assert world.invitation(invitation_id).state == "accepted"


def test_the_seat_stays_held_while_the_letter_waits(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    with_mail(world, f"smtp://{LOOPBACK}:{free_port()}")
    world.work()
    with world.database.reading() as session:
        occurrence = session.get_one(Occurrence, world.invitation(invitation_id).occurrence_id)
    assert occurrence.taken == 1


def test_a_lost_answer_is_told_apart_from_a_refusal() -> None:
    assert MailTemporaryError("lost", ambiguous=True).ambiguous
    assert not MailTemporaryError("refused").ambiguous
