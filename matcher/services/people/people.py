"""People: their intake, and everything that opens or closes the way to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import Conflict, InvalidInput, NotFound, NotSignedIn
from matcher.domain.events import EventType
from matcher.domain.person import Consent, Person, PersonState
from matcher.domain.person_rules import consent_problems, problems
from matcher.domain.values import Approval, Purpose
from matcher.scoring.comfort import initial, with_rungs
from matcher.services.access import pace_access, staff
from matcher.services.access.keys import Caller
from matcher.services.audit.auditing import record
from matcher.services.people import introductions
from matcher.storage.locking import lock_free_rows, lock_one
from matcher.storage.outbox import emit
from matcher.storage.people import comfort_of, consent_of, consent_rows, fill_person, person_of, set_comfort
from matcher.storage.sent import among
from matcher.storage.tables import (
    ConsentRow,
    ErasureRow,
    PersonRow,
    new_id,
)

ADDRESS_CHANGED: Final = (
    "address_changed"  # in the payload of a change, where they are written to elsewhere from now on
)


def register(session: Session, caller: Caller, person: Person, now: datetime) -> PersonRow:
    """Save an intake. Emits `person.registered`. Each call makes another person.

    Raises InvalidInput, and NotSignedIn where the caller has left the team this very moment.
    """
    _check(person, now)
    if staff.hold(session, str(caller.id), str(caller.team_id)) is None:
        raise NotSignedIn("You accompany nobody of this team any more.")
    row = PersonRow(id=new_id(), team_id=caller.team_id, caseworker_id=caller.id, created_at=now)
    fill_person(row, person)
    set_comfort(row, initial(person.comfort), now)
    session.add(row)
    session.flush()
    session.add_all(consent_rows(row.id, _stated(person).values(), caller.name, now))
    introductions.add(session, row.id, introductions.named_in(person), now)
    session.flush()
    session.refresh(row)
    record(session, Act.person_registered, now, about=f"person:{row.id}")
    tell(session, EventType.person_registered, row, now)
    return row


def get(session: Session, caller: Caller, person_id: str) -> PersonRow:
    """Somebody of the caller's team. Raises NotFound, whether or not they exist elsewhere (CARE 24)."""
    row = session.get(PersonRow, person_id)
    if row is None or not may_see(session, caller, person_id):
        raise NotFound("There is no such person.")
    return row


def may_see(session: Session, caller: Caller, person_id: str) -> bool:
    """Whether somebody is of the caller's team, and not being erased: then nobody finds them any more (CARE 23)."""
    row = session.get(PersonRow, person_id)
    return row is not None and row.team_id == caller.team_id and session.get(ErasureRow, person_id) is None


def of_team(caller: Caller) -> ColumnElement[bool]:
    """The same as a condition on `person`."""
    return (PersonRow.team_id == caller.team_id) & PersonRow.id.not_in(select(ErasureRow.person_id))


def locked(session: Session, caller: Caller, person_id: str) -> PersonRow:
    """The same, locked for a change."""
    get(session, caller, person_id)
    row = lock(session, person_id)
    get(session, caller, person_id)  # they may have been erased while this waited
    return row


def lock(session: Session, person_id: str) -> PersonRow:
    """Lock a person: everything that may reach them goes through this row first, one after the other."""
    return lock_one(session, select(PersonRow).where(PersonRow.id == person_id), PersonRow)


def lock_free(session: Session, person_ids: Iterable[str]) -> Sequence[PersonRow]:
    """Those of these people whom nobody is changing this very moment, locked in the order of their ids."""
    theirs = among(session, PersonRow.id, list(person_ids))
    return lock_free_rows(session, select(PersonRow).where(theirs).order_by(PersonRow.id), PersonRow)


def page(session: Session, caller: Caller, after: str | None, limit: int) -> Sequence[PersonRow]:
    """People of the caller's team, oldest first, those after the id `after`."""
    query = select(PersonRow).where(of_team(caller))
    if after is not None:
        query = query.where(PersonRow.id > after)
    return session.scalars(query.order_by(PersonRow.id).limit(limit)).all()


def change(session: Session, row: PersonRow, person: Person, now: datetime, *, given_by: str) -> PersonRow:
    """Save a changed intake; `row` comes from `locked`. Emits `person.changed`. A repeat changes nothing.

    With another address, what was opened by way of the former one is closed.
    Consents are added by it, never edited; one given with `withdrawn_at` is taken back now, as by `withdraw_consent`.
    Rungs set here replace what was learned. Raises InvalidInput, also for consents left out as if that withdrew them.
    """
    before = person_of(row)
    _check(person, now, before)
    if person.comfort != before.comfort:
        set_comfort(row, with_rungs(comfort_of(row), person.comfort), now)
    fill_person(row, person)
    _change_consents(session, row, person, given_by, now)
    new = {one: at for one, at in introductions.named_in(person).items() if one not in before.introduced_to}
    introductions.add(session, row.id, new, now)
    session.flush()
    session.refresh(row)
    if person_of(row) != before:
        record(session, Act.person_changed, now, about=f"person:{row.id}")
        moved = before.contact not in (None, person.contact)
        if moved:
            pace_access.close(session, row.id)
        _changed(session, row, now, **{ADDRESS_CHANGED: "yes"} if moved else {})
    return row


def _change_consents(session: Session, row: PersonRow, person: Person, given_by: str, now: datetime) -> None:
    """Add those that are new, and take back those now stated as withdrawn (CARE 21)."""
    stated = _stated(person)
    known = [(consent_of(made).identity, made) for made in row.consents]
    fresh = [one for identity, one in stated.items() if identity not in dict(known)]
    if not fresh and not stated.keys() >= dict(known).keys():
        raise InvalidInput.at(
            "/consents", "A consent stays on record; to take one back, use its call withdraw."
        )
    standing = {identity for identity, one in stated.items() if not one.taken_back(now)}
    ended = {
        made.purpose
        for one, made in known
        if one in stated.keys() - standing and not consent_of(made).taken_back(now)
    }
    # What a change does not name goes with what it takes back of the same purpose; what it names as standing stays.
    _take_back(
        session, row, [made for one, made in known if made.purpose in ended and one not in standing], now
    )
    session.add_all(consent_rows(row.id, fresh, given_by, now))


def _stated(person: Person) -> dict[tuple[Purpose, str, datetime], Consent]:
    """Each consent of a form once; of two alike, the one that says when it was taken back (CARE 21)."""
    ended_last = sorted(person.consents, key=lambda one: one.withdrawn_at is not None)
    return {one.identity: one for one in ended_last}


def pause(session: Session, row: PersonRow, now: datetime) -> None:
    """Nothing is sent until somebody resumes. Emits `person.paused`. A repeat changes nothing."""
    if row.paused_at is None:
        row.paused_at = now
        record(session, Act.person_paused, now, about=f"person:{row.id}")
        _settle(session, row, EventType.person_paused, now)


def resume(session: Session, row: PersonRow, now: datetime) -> None:
    """End a pause. Emits `person.resumed` when that opens the way. A repeat changes nothing."""
    if row.paused_at is not None:
        row.paused_at = None
        record(session, Act.person_resumed, now, about=f"person:{row.id}")
        _settle(session, row, EventType.person_resumed, now)


def freeze(session: Session, row: PersonRow, now: datetime) -> None:
    """A crisis: matching stops at once and a human takes over (CARE 12). Emits `person.frozen`."""
    if row.state == PersonState.closed:
        raise Conflict("This person's record is closed.")
    if row.state != PersonState.frozen:
        row.state = PersonState.frozen
        row.version += 1
        session.flush()
        record(session, Act.person_frozen, now, about=f"person:{row.id}")
        tell(session, EventType.person_frozen, row, now)


def unfreeze(session: Session, row: PersonRow, now: datetime) -> None:
    """The crisis is over, says a human; a pause that stood before still stands."""
    if row.state == PersonState.frozen:
        row.state = PersonState.open
        record(session, Act.person_unfrozen, now, about=f"person:{row.id}")
        _settle(session, row, EventType.person_resumed, now)


def introduce(session: Session, row: PersonRow, organisation_id: str, now: datetime) -> None:
    """They were introduced to an organisation. Emits `person.changed`. A repeat changes nothing."""
    if introductions.add(session, row.id, {organisation_id: "/organisation_id"}, now):
        record(session, Act.person_introduced, now, about=f"person:{row.id}")
        _changed(session, row, now)


def consent(session: Session, row: PersonRow, given: Consent, given_by: str, now: datetime) -> ConsentRow:
    """Add a consent. Emits `person.changed`. Safe to repeat: one of the same words and moment is on record already.

    A repeat gives nothing anew that was taken back since; one that says `withdrawn_at` takes it back.
    """
    if found := list(consent_problems(given, now)):
        raise InvalidInput(found)
    for known in row.consents:
        if consent_of(known).identity == given.identity:
            return known if given.withdrawn_at is None else withdraw_consent(session, row, known.id, now)
    made = consent_rows(row.id, [given], given_by, now)[0]
    session.add(made)
    session.flush()
    session.refresh(row, ["consents"])
    record(session, Act.consent_given, now, about=f"consent:{made.id}", person_id=row.id)
    _changed(session, row, now)
    return made


def withdraw_consent(session: Session, row: PersonRow, consent_id: str, now: datetime) -> ConsentRow:
    """Take a consent back; everything in flight that rests on it stops. Emits `consent.withdrawn`. Safe to repeat.

    Whatever else they agreed to for the same purpose, in other words or twice, is taken back with it (CARE 21).
    """
    made = session.get(ConsentRow, consent_id)
    if made is None or made.person_id != row.id:
        raise NotFound("There is no such consent of this person.")
    if not consent_of(made).taken_back(now):
        _take_back(session, row, [one for one in row.consents if one.purpose == made.purpose], now)
    return made


def _take_back(session: Session, row: PersonRow, consents: Iterable[ConsentRow], now: datetime) -> None:
    for made in consents:
        if consent_of(made).taken_back(now):
            continue
        made.withdrawn_at = now
        if made.purpose == Purpose.supporter_copy and row.supporters:
            # A yes given anew is for whoever it is given for, not for all who once had a copy (CARE 10).
            row.supporters = [{**one, "receives_copy": False} for one in row.supporters]
        row.version += 1
        session.flush()
        record(session, Act.consent_withdrawn, now, about=f"consent:{made.id}", person_id=row.id)
        tell(session, EventType.consent_withdrawn, row, now, consent_id=made.id)


def has_standing_approval(row: PersonRow, now: datetime) -> bool:
    """Both agreed that within-comfort invitations may go out, and still do (CARE 1)."""
    return row.intake["approval"] == Approval.standing and has_agreed(row, Purpose.standing_approval, now)


def has_agreed(row: PersonRow, purpose: Purpose, now: datetime) -> bool:
    """Whether they agreed to a purpose, and still do."""
    return any(one.purpose is purpose and one.in_force(now) for one in map(consent_of, row.consents))


def tell(session: Session, event_type: EventType, row: PersonRow, now: datetime, **ids: str) -> None:
    """Emit an event about somebody."""
    emit(session, event_type, f"person:{row.id}", {"person_id": row.id, **ids}, now=now, version=row.version)


def _check(person: Person, now: datetime, before: Person | None = None) -> None:
    if found := problems(person, now, before=before):
        raise InvalidInput(found)


def _settle(session: Session, row: PersonRow, event_type: EventType, now: datetime) -> None:
    """Bring the state in line with the pause; a frozen or closed person stays so."""
    if row.state in (PersonState.open, PersonState.paused):
        row.state = PersonState.open if row.paused_at is None else PersonState.paused
    row.version += 1
    session.flush()
    if event_type is not EventType.person_resumed or row.state == PersonState.open:
        tell(session, event_type, row, now)


def _changed(session: Session, row: PersonRow, now: datetime, **more: str) -> None:
    row.version += 1
    session.flush()
    tell(session, EventType.person_changed, row, now, **more)
