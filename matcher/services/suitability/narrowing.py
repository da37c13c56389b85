"""From everybody who can reach a place those whom the rules leave, read afresh as columns: most say no, and cheaply.

Whoever is left is judged again one by one, with every reason; a test holds that nobody is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from matcher.domain.contact_policy import NOTICE_BEFORE_SESSION
from matcher.domain.opportunity import Opportunity
from matcher.scoring.columns.everybody import Everybody
from matcher.services.memory import memory_of
from matcher.storage.people_columns import read_people

SOON_JUDGED: Final = (
    5_000  # people judged as the rules are written sooner than they are compiled; judgement, 2026-11
)


def likely_people(session: Session, posting: Opportunity, ids: Sequence[str], now: datetime) -> Sequence[str]:
    """Of these people the ids of all whom a posting with an id suits as they stand in this transaction, the best first."""
    if not ids:
        return []
    memory = memory_of(session)
    is_compiled = memory is not None and memory.ready  # what memory compiled is there for us, too
    asked = Everybody(at_once=len(ids) <= SOON_JUDGED and not is_compiled)
    asked.people = read_people(session, asked.words, now, ids=ids)
    asked.listings.put(posting, now)
    asked.listings.settle()
    found = asked.best_people(str(posting.id), now, len(ids), NOTICE_BEFORE_SESSION)
    return [one.id for one in found]
