"""People between the record and the domain, and their past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import Rest, TalkReason
from matcher.domain.person import (
    Consent,
    Contact,
    ContactHours,
    HistoryEntry,
    Pace,
    Person,
    PersonState,
    Supporter,
    Travel,
)
from matcher.domain.values import (
    Approval,
    Availability,
    DayWindow,
    GeoPoint,
    HistoryOutcome,
    Kind,
    Purpose,
    Requirement,
    Rungs,
    StayStep,
    TravelMode,
)
from matcher.scoring.bits import KIND_BIT, REQUIREMENT_BIT, mask
from matcher.scoring.cells import cell_of
from matcher.scoring.comfort import ComfortState
from matcher.scoring.distance import reach_km
from matcher.storage.people_packed import pack
from matcher.storage.tables import ConsentRow, ExclusionRow, HistoryRow, PersonRow

# What `history_entry_of` reads; what was believed before each line is a thousand bytes more.
HISTORY_READ: Final = (
    "at", "outcome", "aspects", "opportunity_id", "place_id", "organisation_id", "stay_step",
)  # fmt: skip


def fill_person(row: PersonRow, person: Person) -> None:
    """Write the intake into a row. The point is snapped here again: nothing finer is ever stored (CARE 20)."""
    point = person.start_point.snapped()
    row.alias, row.language, row.birth_year = person.alias, person.language, person.birth_year
    row.contact = _contact_form(person.contact)
    row.supporters = [
        {"relation": one.relation, "contact": _contact_form(one.contact), "receives_copy": one.receives_copy}
        for one in person.supporters
    ]
    row.notes = person.notes
    row.latitude, row.longitude = point.latitude, point.longitude
    row.cell, row.reach_km = cell_of(point), reach_km(person.travel)
    row.max_group_size = person.max_group_size
    row.kind_mask = mask(KIND_BIT, person.kinds)
    row.red_line_mask = mask(REQUIREMENT_BIT, person.red_lines)
    row.intake = {
        "travel": [person.travel.mode, person.travel.max_minutes, person.travel.half_life_minutes],
        "needs": list(person.needs),
        "kinds": list(person.kinds),
        "red_lines": sorted(person.red_lines),
        "topics": list(person.topics),
        "availability": [[one.weekday, one.window.start, one.window.end] for one in person.availability],
        "hours": [
            person.contact_hours.window.start,
            person.contact_hours.window.end,
            person.contact_hours.timezone,
        ],
        "pace": [person.pace.min_days_between, person.pace.max_per_28_days],
        "approval": person.approval,
        "companion": person.companion,
        "share_needs": list(person.share_needs),
    }
    _pack(row)


def person_of(row: PersonRow, excluded_organisation_ids: Iterable[str] = ()) -> Person:
    """The person as scoring and services see them."""
    intake = row.intake
    mode, max_minutes, half_life_minutes = intake["travel"]
    hours_start, hours_end, timezone = intake["hours"]
    return Person(
        id=row.id,
        alias=row.alias,
        language=row.language,
        birth_year=row.birth_year,
        contact=_contact_of(row.contact),
        start_point=GeoPoint(row.latitude, row.longitude),
        travel=Travel(TravelMode(mode), max_minutes, half_life_minutes),
        max_group_size=row.max_group_size,
        comfort=Rungs(*comfort_of(row).rungs.as_tuple()),
        contact_hours=ContactHours(DayWindow(hours_start, hours_end), timezone),
        pace=Pace(*intake["pace"]),
        red_lines=frozenset(Requirement(one) for one in intake["red_lines"]),
        needs=tuple(intake["needs"]),
        kinds=tuple(Kind(one) for one in intake["kinds"]),
        topics=tuple(intake["topics"]),
        availability=tuple(
            Availability(day, DayWindow(start, end)) for day, start, end in intake["availability"]
        ),
        approval=Approval(intake["approval"]),
        companion=intake["companion"],
        introduced_to=tuple(sorted(one.organisation_id for one in row.introductions)),
        share_needs=tuple(intake["share_needs"]),
        supporters=tuple(
            Supporter(one["relation"], _sure_contact(one["contact"]), one["receives_copy"])
            for one in row.supporters or ()
        ),
        consents=tuple(consent_of(one) for one in row.consents),
        excluded_organisation_ids=tuple(excluded_organisation_ids),
        state=PersonState(row.state),
        notes=row.notes,
    )


def consent_of(row: ConsentRow) -> Consent:
    """A consent as the domain sees it."""
    return Consent(
        Purpose(row.purpose), row.text_version, row.given_at, row.withdrawn_at, row.given_by, row.id
    )


def comfort_of(row: PersonRow) -> ComfortState:
    """What was learned so far of somebody's comfort."""
    return ComfortState.from_stored(row.comfort)  # type: ignore[arg-type]


def set_comfort(row: PersonRow, state: ComfortState, at: datetime) -> None:
    """Store what is believed of somebody's comfort from `at` on; where a rung moved, the path gets one more entry."""
    row.comfort = dict(state.to_stored())
    path, rungs = row.comfort_path or [], list(state.rungs.as_tuple())
    if not path or path[-1][1] != rungs:
        row.comfort_path = [*path, [at.isoformat(), rungs]]
    _pack(row)


def rest_of(row: PersonRow) -> Rest:
    """How somebody rests now."""
    return _rest(row.rest_until, row.talk_reason)


def as_it_stands(row: PersonRow) -> dict[str, Any]:
    """What is believed and how they rest now, to stand beside what changes it."""
    return rested({"comfort": row.comfort, "unanswered": row.unanswered}, rest_of(row))


def rested(stood: Mapping[str, Any], rest: Rest) -> dict[str, Any]:
    """The same, with the rest that stood then."""
    until = None if rest.until is None else rest.until.isoformat()
    return {**stood, "rest_until": until, "talk_reason": rest.talk}


def comfort_before(stood: Mapping[str, Any]) -> ComfortState:
    """What was believed when `as_it_stands` was taken."""
    return ComfortState.from_stored(stood["comfort"])


def rest_before(stood: Mapping[str, Any]) -> Rest:
    """How they rested then."""
    until = stood["rest_until"]
    return _rest(None if until is None else datetime.fromisoformat(until), stood["talk_reason"])


def _rest(until: datetime | None, talk: str | None) -> Rest:
    return Rest(until, None if talk is None else TalkReason(talk))


def note_said_again(row: PersonRow, at: datetime) -> None:
    """Somebody was asked again, and what is comfortable stays as it is."""
    row.comfort_path = [*(row.comfort_path or []), [at.isoformat(), list(comfort_of(row).rungs.as_tuple())]]


def comfort_path_of(row: PersonRow) -> tuple[tuple[datetime, Rungs], ...]:
    """Since when which rungs were comfortable, oldest first; whoever was there before it was kept starts with today's."""
    path = row.comfort_path or [[row.created_at.isoformat(), row.comfort["rungs"]]]
    return tuple((datetime.fromisoformat(at), Rungs(*rungs)) for at, rungs in path)


def excluded_organisations(session: Session, person_ids: Sequence[str]) -> dict[str, list[str]]:
    """For each person the organisations they must not meet."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in session.scalars(
        select(ExclusionRow).where(
            ExclusionRow.person_id.in_(person_ids), ExclusionRow.organisation_id.is_not(None)
        )
    ):
        found[row.person_id].append(str(row.organisation_id))
    return found


def histories(session: Session, person_ids: Sequence[str]) -> dict[str, list[HistoryEntry]]:
    """For each person what happened so far, oldest first."""
    found: dict[str, list[HistoryEntry]] = defaultdict(list)
    rows = session.scalars(
        select(HistoryRow).where(HistoryRow.person_id.in_(person_ids)).order_by(HistoryRow.at, HistoryRow.id)
    )
    for row in rows:
        found[row.person_id].append(history_entry_of(row))
    return found


def history_entry_of(row: HistoryRow) -> HistoryEntry:
    """One thing that happened."""
    return HistoryEntry(
        at=row.at,
        outcome=HistoryOutcome(row.outcome),
        aspects=None if row.aspects is None else Rungs(**row.aspects),
        opportunity_id=row.opportunity_id,
        place_id=row.place_id,
        organisation_id=row.organisation_id,
        stay_step=None if row.stay_step is None else StayStep(row.stay_step),
    )


def consent_rows(
    person_id: str, consents: Iterable[Consent], given_by: str, now: datetime
) -> list[ConsentRow]:
    """New rows for consents handed over with an intake; none may lie in the future."""
    return [
        ConsentRow(
            person_id=person_id, purpose=one.purpose, text_version=one.text_version, given_by=given_by,
            given_at=min(one.given_at, now), withdrawn_at=one.withdrawn_at,
        )
        for one in consents
    ]  # fmt: skip


def _pack(row: PersonRow) -> None:
    """Derive `packed` anew, once intake and comfort are both there: a new row gets one after the other."""
    if {"intake", "comfort"} <= row.__dict__.keys():
        row.packed = pack(row)


def _contact_form(contact: Contact | None) -> dict[str, str] | None:
    return None if contact is None else {"channel": contact.channel, "address": contact.address}


def _contact_of(form: Any) -> Contact | None:
    return None if form is None else _sure_contact(form)


def _sure_contact(form: Any) -> Contact:
    return Contact(form["channel"], form["address"])
