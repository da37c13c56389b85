"""A letter of which nobody knows whether it arrived, and an invitation that ends before the next try."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.errors import Conflict, MailTemporaryError
from matcher.domain.ports import Mailer, OutgoingMail
from matcher.services.answers import suspension
from matcher.services.asking import delivering, inviting
from matcher.services.listings import vetting
from matcher.services.people import exclusions, people
from matcher.storage.tables import EventRow, InvitationRow
from matcher.workers.actors import Handler
from tests.builders import World
from tests.services.answers.followed import TO_ORGANISATION, TO_PERSON, withdraw
from tests.services.asking.sending import deliver, the_event, the_letter
from tests.waiting import until_somebody_waits
from tests.worlds import At


@dataclass
class Cut:
    """A mail server whose answer to the first letter is lost; `arrived`: the letter itself is not."""

    mailer: Mailer
    arrived: bool
    cut: bool = False

    def send(self, message: OutgoingMail) -> None:
        first, self.cut = not self.cut, True
        if self.arrived or not first:
            self.mailer.send(message)
        if first:
            raise MailTemporaryError("cut", ambiguous=self.arrived)

    def check(self) -> None:
        """Always there."""


def cut(world: World, *, arrived: bool) -> None:
    world.outside = replace(world.outside, mailer=Cut(world.outside.mailer, arrived))
    world.handler = Handler(world.outside)


def due(world: World, kind: str) -> list[str]:
    with world.database.reading() as session:
        query = select(EventRow.id).where(EventRow.type == kind, EventRow.done_at.is_(None))
        return list(session.scalars(query))


def test_care_02_a_letter_that_may_have_arrived_counts_for_the_pace_after_its_invitation_was_withdrawn(
    at: At,
) -> None:
    world, invitation_id = at("approved")
    cut(world, arrived=True)
    world.work()
    with world.database.writing() as session:
        inviting.withdraw(session, session.get_one(InvitationRow, invitation_id), world.clock())
    world.work()
    world.clock.now = max(world.clock(), the_event(world).available_at)
    world.work()
    (again, *_) = world.matches(world.invitation(invitation_id).person_id)
    with pytest.raises(Conflict) as refused:
        world.approve(again.id)
    assert refused.value.code == "pace"
    assert len(world.letters(TO_PERSON)) == 1
    assert (the_letter(world).state, the_letter(world).unsure) == ("sent", 1)


def test_a_letter_that_waited_for_its_next_try_is_dropped_with_its_invitation(at: At) -> None:
    world, invitation_id = at("approved")
    cut(world, arrived=False)
    world.work()
    organisation_id = world.invitation(invitation_id).organisation_id
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    world.work()
    world.clock.advance(days=4)
    world.work()
    assert the_letter(world).state == "dropped"
    assert world.invitation(invitation_id).sent_at is None
    with world.database.reading() as session:
        found = suspension.stopping(session, organisation_id)
    assert found is not None
    assert found.told


@pytest.mark.servers
def test_what_was_withdrawn_in_the_last_moment_is_not_recorded_as_sent(
    at_postgres: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, invitation_id = at_postgres("approved")
    really, faster = delivering._may_go_out, []

    def then_it_is_withdrawn(*arguments: Any) -> bool:
        good = really(*arguments)
        if good and not faster:
            faster.append(withdraw(world))
            world.handler.handle(*due(world, "opportunity.withdrawn"))
        return good

    monkeypatch.setattr(delivering, "_may_go_out", then_it_is_withdrawn)
    deliver(world)
    assert faster
    assert world.letters(TO_PERSON) == []
    assert world.invitation(invitation_id).sent_at is None
    assert the_letter(world).state == "dropped"


@pytest.mark.servers
def test_care_18_an_exclusion_waits_until_it_is_on_record_that_a_name_is_being_sent(
    at_postgres: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, invitation_id = at_postgres("sent")
    world.answer(invitation_id, "accept")
    world.handler.handle(*due(world, "invitation.accepted"))
    really, guest = delivering.compose, world.invitation(invitation_id)
    excluding = []

    def exclude() -> None:
        with world.database.writing() as session:
            person = people.lock(session, guest.person_id)
            exclusions.exclude(
                session,
                person,
                organisation_id=guest.organisation_id,
                other_person_id=None,
                now=world.clock(),
            )

    with ThreadPoolExecutor(1) as pool:

        def then_they_are_excluded(session: Any, outside: Any, letter: Any, now: Any) -> OutgoingMail | None:
            message = really(session, outside, letter, now)
            if letter.kind == "visitor_announced" and not excluding:
                excluding.append(pool.submit(exclude))
                until_somebody_waits(world.database)
            return message

        monkeypatch.setattr(delivering, "compose", then_they_are_excluded)
        for one in due(world, "letter.due"):
            world.handler.handle(one)
        excluding[0].result(20)
    assert len(world.letters(TO_ORGANISATION)) == 1
