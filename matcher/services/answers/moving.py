"""Somebody is written to at another address from now on: what went to the former one leads nowhere any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.events import Event
from matcher.domain.invitation import InvitationState
from matcher.services.asking.inviting import UNANSWERED, call_off
from matcher.services.asking.letters import PERSON, queue
from matcher.services.finding import matching
from matcher.services.people import people
from matcher.storage.invitations import new_link, to_come, touch
from matcher.storage.tables import InvitationRow


def follow_person(session: Session, event: Event, now: datetime) -> None:
    """A person changed: their links follow them to another address, and they are matched anew.

    A repeat is harmless: it gives a yes one more link, which comes by letter, too.
    """
    person = people.lock(session, event.subject("person_id"))
    if event.payload.get(people.ADDRESS_CHANGED):
        for row in to_come(session, now, InvitationRow.person_id == person.id):
            went_out = row.sent_at or row.sending_at
            if (
                went_out is not None and went_out < event.available_at
            ):  # what goes out later goes to the new address
                _move(session, row, now)
    matching.match_person(session, person.id, now)


def _move(session: Session, row: InvitationRow, now: datetime) -> None:
    """A yes stands, and the letter with its link comes to the new address; what was only asked can be asked there anew."""
    if row.state in UNANSWERED:
        call_off(session, row, now, by="caseworker", silent=True)
        return
    new_link(session, row)
    touch(session, row)
    if row.state == InvitationState.accepted:
        queue(session, "accepted", PERSON, row, now)
