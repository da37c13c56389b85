"""Mail that fails: no letter is lost, at most one copy too many goes out, and a human is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.errors import MailTemporaryError
from matcher.domain.ports import OutgoingMail
from matcher.services.outside import Outside
from matcher.storage.tables import (
    EventRow,
    Occurrence,
)
from matcher.workers.actors import Handler
from tests.builders import NOW, World
from tests.local_server import LOOPBACK, free_port
from tests.services.asking.sending import (
    TO_CASEWORKER,
    TO_PERSON,
    deliver,
    pause_the_person,
    the_event,
    the_letter,
)
from tests.smtp import SmtpServer
from tests.worlds import At, with_mail


@pytest.mark.parametrize("reply", ["421 4.3.2 Try later", "451 4.7.1 Greylisted"])
def test_a_temporary_refusal_is_tried_again_from_the_outbox(
    at: At, smtp_server: SmtpServer, reply: str
) -> None:
    world, invitation_id = at("approved")
    with_mail(world, smtp_server.url)
    smtp_server.refuse(reply, times=3)
    for tries in (1, 2, 3):
        world.work()
        event = the_event(world)
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
    assert message["Message-ID"] == f"<{the_letter(world).id}@example.org>"
    assert the_letter(world).tries == 3


def test_a_refused_connection_is_tried_again(at_sqlite: At, smtp_server: SmtpServer) -> None:
    world, invitation_id = at_sqlite("approved")
    with_mail(world, f"smtp://{LOOPBACK}:{free_port()}")
    world.work()
    assert world.invitation(invitation_id).state == "approved"
    with_mail(world, smtp_server.url)
    world.clock.now = the_event(world).available_at
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
    deliver(world)
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
    assert the_letter(world).state == "undeliverable"


def test_everything_is_looked_at_again_before_the_second_try(at_sqlite: At, smtp_server: SmtpServer) -> None:
    world, invitation_id = at_sqlite("approved")
    with_mail(world, smtp_server.url)
    smtp_server.refuse("451 4.7.1 Greylisted")
    world.work()
    pause_the_person(world, world.invitation(invitation_id))
    world.clock.now = the_event(world).available_at
    deliver(world)
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
        world.clock.now = max(world.clock(), the_event(world).available_at)
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
        world.clock.now = max(world.clock(), the_event(world).available_at)
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
            deliver(world)
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
        pause_the_person(world, world.invitation(invitation_id))
        with world.database.reading() as session:
            due = session.scalars(select(EventRow.id).where(EventRow.type == "person.paused")).one()
        before.handler.handle(due)

    before = World.__new__(World)
    before.handler = Handler(world.outside)
    _interrupt(world, pause)
    deliver(world)
    row = world.invitation(invitation_id)
    assert (row.state, row.sent_at) == ("withdrawn", NOW)
    assert the_letter(world).state == "sent"
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
