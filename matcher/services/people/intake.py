"""First contact: an intake kept sealed question by question, until it has been read back and becomes a person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import Conflict, NotFound
from matcher.domain.person import Person
from matcher.services.access.keys import Caller
from matcher.services.audit.auditing import record
from matcher.services.people import people
from matcher.storage.tables import IntakeDraftRow, new_id

# Judgement, 2026-11: long enough for somebody to think it over, short enough not to keep words nobody agreed to keep.
KEPT: Final = timedelta(days=30)

Fields = Mapping[str, Sequence[str]]
"""The fields of one question's form, each with what was chosen or typed."""


def begin(session: Session, caller: Caller, question: str, fields: Fields, now: datetime) -> IntakeDraftRow:
    """Keep the first answer. Each call begins another one. Nothing is emitted: nothing is matched."""
    row = IntakeDraftRow(
        id=new_id(), team_id=caller.team_id, caseworker_id=caller.id, answers={question: _plain(fields)},
        created_at=now, changed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, Act.intake_begun, now, about=f"intake:{row.id}")
    return row


def get(session: Session, caller: Caller, draft_id: str) -> IntakeDraftRow:
    """One of the caller's team. Raises NotFound, whether or not it exists elsewhere (CARE 24)."""
    row = session.get(IntakeDraftRow, draft_id)
    if row is None or row.team_id != caller.team_id:
        raise NotFound("There is no such first contact.")
    return row


def locked(session: Session, caller: Caller, draft_id: str) -> IntakeDraftRow:
    """The same, locked for a change. Raises NotFound."""
    get(session, caller, draft_id)
    query = select(IntakeDraftRow).where(IntakeDraftRow.id == draft_id).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:  # thrown away between the two statements
        raise NotFound("There is no such first contact.")
    return row


def unfinished(session: Session, caller: Caller) -> Sequence[IntakeDraftRow]:
    """What the team has begun and not saved yet, the latest first."""
    query = select(IntakeDraftRow).where(
        IntakeDraftRow.team_id == caller.team_id, IntakeDraftRow.person_id.is_(None)
    )
    return session.scalars(query.order_by(IntakeDraftRow.changed_at.desc(), IntakeDraftRow.id)).all()


def answer(
    session: Session, row: IntakeDraftRow, question: str, fields: Fields, now: datetime, *, seen: str
) -> None:
    """Keep the answer to one question; `row` comes from `locked`, `seen` is the mark of what stood on the form.

    No fields leave the question open. A repeat changes nothing. Raises Conflict when somebody else answered the same
    question meanwhile, or when it was saved as a person.
    """
    if row.person_id is not None:
        raise Conflict("This first contact has been saved already.", code="saved")
    stands, wanted = row.answers.get(question, {}), _plain(fields)
    if stands == wanted:
        return
    unless_changed(stands, seen)
    others = {name: kept for name, kept in row.answers.items() if name != question}
    row.answers = {**others, question: wanted} if wanted else others
    row.changed_at = now
    record(session, Act.intake_answered, now, about=f"intake:{row.id}")


def unless_changed(stands: Fields, seen: str) -> None:
    """Raise Conflict unless what stands now is what the form was filled from: nobody's words are lost silently."""
    if mark(stands) != seen:
        raise Conflict("Somebody else has answered this meanwhile.", code="changed")


def mark(fields: Fields) -> str:
    """A short mark that differs whenever the answers of one question do; it says nothing of them."""
    said = json.dumps(_plain(fields), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def finish(session: Session, caller: Caller, row: IntakeDraftRow, person: Person, now: datetime) -> str:
    """Save it as a person and give their id; `row` comes from `locked`. The answers are gone from the draft.

    Emits `person.registered` through `people.register`. A repeat gives the same id. Raises InvalidInput.
    """
    if row.person_id is None:
        row.person_id = people.register(session, caller, person, now).id
        row.answers, row.changed_at = None, now
    return row.person_id


def discard(session: Session, row: IntakeDraftRow, now: datetime) -> None:
    """Throw it away for good."""
    record(session, Act.intake_discarded, now, about=f"intake:{row.id}")
    session.delete(row)


def forget_old(session: Session, now: datetime) -> None:
    """Drop what nobody has touched for KEPT. Safe to repeat."""
    session.execute(delete(IntakeDraftRow).where(IntakeDraftRow.changed_at < now - KEPT))


def _plain(fields: Fields) -> dict[str, list[str]]:
    """As it is kept: fields that say nothing are left out."""
    return {name: list(values) for name, values in sorted(fields.items()) if any(values)}
