"""Files that organisations brought and their rows, between the record and the domain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.imports import ImportLine, ImportReport, ImportResult, RowNote
from matcher.domain.opportunity import AgeRange, GroupSize, Host, Opportunity, OpportunityState, Place
from matcher.domain.opportunity import Session as SessionTime
from matcher.domain.values import Interaction, Kind, Requirement, StayStep, Stimulation
from matcher.storage.tables import ImportLineRow

_LISTS = ("provides", "languages", "topics", "not_expected")


def lines_of(session: Session, import_id: str) -> Sequence[ImportLineRow]:
    """The rows of one file, in its order."""
    return session.scalars(
        select(ImportLineRow).where(ImportLineRow.import_id == import_id).order_by(ImportLineRow.line)
    ).all()


def line_of(row: ImportLineRow) -> ImportLine:
    """One row as the report has it."""
    notes = tuple(RowNote(*note) for note in row.notes)
    return ImportLine(row.line, ImportResult(row.result), row.title, notes, row.opportunity_id)


def report_of(rows: Sequence[ImportLineRow]) -> ImportReport:
    """The report of one file."""
    return ImportReport(tuple(map(line_of, rows)))


def kept(posting: Opportunity) -> dict[str, Any]:
    """A posting that has no row of its own, as JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(posting), default=datetime.isoformat))
    return plain


def posting_of(said: dict[str, Any]) -> Opportunity:
    """The posting that `kept` was given."""
    read: dict[str, Any] = {
        "kind": _as(Kind, said["kind"]),
        "place": said["place"] and Place(**said["place"]),
        "sessions": tuple(
            SessionTime(datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"]))
            for one in said["sessions"]
        ),
        "open_session": None,
        "group_size": GroupSize(**said["group_size"]),
        "host": Host(**said["host"]),
        "age": said["age"] and AgeRange(**said["age"]),
        "interaction": _as(Interaction, said["interaction"]),
        "stimulation": _as(Stimulation, said["stimulation"]),
        "requires": None if said["requires"] is None else tuple(map(Requirement, said["requires"])),
        "stay_step": _as(StayStep, said["stay_step"]),
        "state": OpportunityState(said["state"]),
    }
    read |= {name: None if said[name] is None else tuple(said[name]) for name in _LISTS}
    return Opportunity(**said | read)


def _as(kind: Any, value: Any) -> Any:
    return None if value is None else kind(value)
