"""Who should be asked again how much is comfortable: nothing that suits them has come up for long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import is_time_to_ask_again
from matcher.storage.people import comfort_path_of
from matcher.storage.sent import among
from matcher.storage.tables import InvitationRow, PersonRow, TalkRow


def to_be_asked(session: Session, without: Sequence[PersonRow], now: datetime) -> frozenset[str]:
    """The ids of those whom it is time to ask again, of people to whom nothing is proposed. Changes nothing."""
    since = {one.id: max(one.created_at, comfort_path_of(one)[-1][0]) for one in without}
    written = select(InvitationRow.person_id, func.max(InvitationRow.sent_at)).where(
        among(session, InvitationRow.person_id, list(since)), InvitationRow.sent_at.is_not(None)
    )
    talked = select(TalkRow.person_id, func.max(TalkRow.talked_at)).where(
        among(session, TalkRow.person_id, list(since))
    )
    for query in (written.group_by(InvitationRow.person_id), talked.group_by(TalkRow.person_id)):
        for person_id, at in session.execute(query):
            since[person_id] = max(since[person_id], at)
    return frozenset(one for one, at in since.items() if is_time_to_ask_again(at, now))
