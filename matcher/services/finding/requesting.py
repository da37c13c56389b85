"""A caseworker asks what there is for somebody: everything near and far, and in words what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import NotFound
from matcher.domain.events import EventType
from matcher.domain.values import Kind, Language
from matcher.scoring.ranking import Gap, gaps, menu
from matcher.scoring.sentences import gap_sentence
from matcher.scoring.weights import WEIGHTS
from matcher.services.access.keys import Caller
from matcher.services.audit.auditing import record
from matcher.services.finding.proposing import proposals, store
from matcher.services.people import people
from matcher.services.suitability.judging import Judged, fits, judge_opportunities
from matcher.storage.outbox import emit
from matcher.storage.reach import reachable_opportunities
from matcher.storage.tables import MatchRequestRow, MatchRow, PersonRow, new_id

USUAL_KINDS: Final = tuple(kind for kind in Kind if kind is not Kind.communal_living)


def request(
    session: Session,
    person: PersonRow,
    caller: Caller,
    kinds: Sequence[Kind],
    note: str | None,
    now: datetime,
) -> MatchRequestRow:
    """A caseworker asks what there is for somebody, now and of these kinds (all usual ones, where none is named).

    Emits `match.requested`.
    """
    row = MatchRequestRow(
        id=new_id(), person_id=person.id, caseworker_id=caller.id, kinds=list(kinds), note=note, created_at=now,
        match_ids=[], gaps=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    payload: dict[str, str | int | bool | None] = {"request_id": row.id, "person_id": person.id}
    record(session, Act.match_requested, now, about=f"match_request:{row.id}", person_id=person.id)
    emit(session, EventType.match_requested, f"person:{person.id}", payload, now=now)
    return row


def get_request(session: Session, caller: Caller, request_id: str) -> MatchRequestRow:
    """A request about somebody of the caller's team. Raises NotFound."""
    row = session.get(MatchRequestRow, request_id)
    if row is not None and people.may_see(session, caller, row.person_id):
        return row
    raise NotFound("There is no such request.")


def answer_request(session: Session, request_id: str, now: datetime) -> None:
    """Work out a caseworker's request: at most three matches, and what stands in the way of more. Safe to repeat.

    This is the only way to communal living, and only where it is asked for by name (CARE 11). What the person does not
    want stays out, whoever asks.
    """
    asked = session.get_one(MatchRequestRow, request_id)
    if asked.state == "ready":
        return
    person = people.lock(session, asked.person_id)
    kinds = asked.kinds or USUAL_KINDS
    rows = [
        row for row in reachable_opportunities(session, person, also=(), everywhere=True) if row.kind in kinds
    ]
    judged = judge_opportunities(session, person, rows, now, {row.id for row in rows})
    chosen = menu(one for one in judged if fits(one, now))
    known = proposals(session, MatchRow.person_id == person.id)
    made = store(session, known, [Judged(person, one) for one in chosen], now, requested=True)
    asked.match_ids = [match.id for match in made]
    asked.gaps = [_gap_form(gap) for gap in gaps(judged)] if len(chosen) < WEIGHTS.menu_size else []
    asked.state, asked.ready_at = "ready", now
    session.flush()


def _gap_form(gap: Gap) -> dict[str, Any]:
    return {
        "reason": gap.reason.value,
        "opportunities": gap.opportunities,
        "example": {language.value: gap_sentence(gap, language) for language in Language},
    }
