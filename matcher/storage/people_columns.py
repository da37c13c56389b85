"""Everybody from the database into columns in memory: all in one streamed pass, or one who changed.

The pass reads what is packed, a thousand people in the time of one; a test holds both to the same columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from matcher.domain.person import Consent, History, HistoryEntry, Person, PersonState
from matcher.domain.values import Purpose
from matcher.scoring.columns.encoding import ties_of
from matcher.scoring.columns.people import PeopleColumns
from matcher.scoring.columns.words import Words
from matcher.scoring.comfort import ComfortState
from matcher.scoring.experience import footing
from matcher.storage.invitations import live_people
from matcher.storage.people import (
    HISTORY_READ,
    comfort_of,
    consent_of,
    excluded_organisations,
    histories,
    history_entry_of,
    person_of,
)
from matcher.storage.people_chunk import Whole, chunk_of_people
from matcher.storage.progress import Progress, without_collecting
from matcher.storage.sent import among, as_micros
from matcher.storage.tables import (
    ConsentRow,
    ExclusionRow,
    HistoryRow,
    IntroductionRow,
    InvitationRow,
    PersonRow,
)

Ids = Sequence[str] | None  # None: everybody
KNOWN_AT_ONCE: Final = 500  # far below SQLite's limit of bound values
AS_IT_STANDS: Final = {"populate_existing": True}
CHUNK: Final = 5_000  # people held as rows at a time: about 10 MB


def read_people(
    session: Session, words: Words, as_of: datetime, progress: Progress | None = None, ids: Ids = None
) -> PeopleColumns:
    """Everybody but who has closed for good, settled; or only these of them.

    `progress` hears how many of how many, after each chunk.
    """
    columns, unpacked = PeopleColumns(words), []
    whole = _whole(session, words, ids)
    kept = select(func.count()).select_from(PersonRow).where(_is_kept())
    total = (session.scalar(kept) or 0) if ids is None else len(ids)
    columns.expect(total)
    done = 0
    with without_collecting():
        for rows in _streamed(session, _everybody(session, ids), ids):
            packed = [row for row in rows if row.packed is not None]
            if packed:
                columns.fill(*chunk_of_people(packed, whole, words, as_of))
            if len(packed) < len(rows):
                unpacked += [row.id for row in rows if row.packed is None]
            done += len(rows)
            if progress is not None:
                progress(done, total)
    for one in unpacked:
        put_person(columns, one, known_people(session, [one])[one], as_of)
    columns.settle()
    return columns


class KnownPerson(NamedTuple):
    """What columns say of somebody."""

    person: Person
    past: History
    comfort: ComfortState


def known_people(session: Session, person_ids: Sequence[str]) -> dict[str, KnownPerson | None]:
    """Some people as they stand in the database; None once they have gone or closed for good."""
    made: dict[str, KnownPerson | None] = dict.fromkeys(person_ids)
    for start in range(0, len(person_ids), KNOWN_AT_ONCE):
        some = PersonRow.id.in_(person_ids[start : start + KNOWN_AT_ONCE])
        made |= known_from(
            session, session.scalars(select(PersonRow).where(some), execution_options=AS_IT_STANDS).all()
        )
    return made


def known_from(session: Session, rows: Sequence[PersonRow]) -> dict[str, KnownPerson | None]:
    """The same of rows that are as the database has them now: locked, or just read."""
    ids = [row.id for row in rows if row.state != PersonState.closed]
    pasts, live = histories(session, ids), live_people(session, ids)
    excluded = excluded_organisations(session, ids)
    made: dict[str, KnownPerson | None] = dict.fromkeys(row.id for row in rows)
    for row in rows:
        if row.state != PersonState.closed:
            past = History(tuple(pasts.get(row.id, ())), live_invitation=row.id in live)
            made[row.id] = KnownPerson(person_of(row, excluded.get(row.id, [])), past, comfort_of(row))
    return made


def put_person(columns: PeopleColumns, person_id: str, known: KnownPerson | None, as_of: datetime) -> None:
    """Write one person down as they are known, in place, or forget them. Safe to repeat."""
    if known is None:
        columns.remove(person_id)
    else:
        columns.put(known.person, known.past, known.comfort, as_of)


def _streamed(session: Session, query: Any, ids: Ids) -> Iterator[Sequence[Any]]:
    """The rows of a query some thousand at a time, as the driver gives them; few at once, without a cursor of their own."""
    if ids is not None and len(ids) <= CHUNK:
        if rows := session.connection().execute(query).all():
            yield rows
        return
    yield from session.connection().execute(query, execution_options={"yield_per": CHUNK}).partitions(CHUNK)


def _of(session: Session, column: Any, ids: Ids) -> ColumnElement[bool]:
    return true() if ids is None else among(session, column, ids)


def _is_kept() -> Any:
    return PersonRow.state != PersonState.closed


def _everybody(session: Session, ids: Ids) -> Any:
    """One row a person: what is packed, and the only consent where there is but one."""
    given = (
        select(
            ConsentRow.person_id,
            func.min(ConsentRow.given_at).label("given_at"),
            func.min(ConsentRow.withdrawn_at).label("withdrawn_at"),
        )
        .where(ConsentRow.purpose == Purpose.matching, _of(session, ConsentRow.person_id, ids))
        .group_by(ConsentRow.person_id)
        .subquery()
    )
    return (
        select(
            PersonRow.id,
            PersonRow.state,
            PersonRow.packed,
            as_micros(session, given.c.given_at),
            as_micros(session, given.c.withdrawn_at),
        )
        .outerjoin(given, given.c.person_id == PersonRow.id)
        .where(_is_kept(), _of(session, PersonRow.id, ids))
    )


def _whole(session: Session, words: Words, ids: Ids) -> Whole:
    """What few people have, read once for all of them."""
    introduced = _gathered(
        session.execute(
            select(IntroductionRow.person_id, IntroductionRow.organisation_id).where(
                _of(session, IntroductionRow.person_id, ids)
            )
        )
    )
    excluded = _gathered(
        session.execute(
            select(ExclusionRow.person_id, ExclusionRow.organisation_id).where(
                ExclusionRow.organisation_id.is_not(None), _of(session, ExclusionRow.person_id, ids)
            )
        )
    )
    pasts = {person_id: (footing(entries), entries) for person_id, entries in _pasts(session, ids)}
    return Whole(
        live=frozenset(
            session.scalars(
                select(InvitationRow.person_id).where(
                    InvitationRow.live, _of(session, InvitationRow.person_id, ids)
                )
            )
        ),
        stands={person_id: stands for person_id, (stands, _entries) in pasts.items()},
        ties={
            one: ties_of(
                pasts[one][1] if one in pasts else (), words, introduced.get(one, ()), excluded.get(one, ())
            )
            for one in pasts.keys() | introduced.keys() | excluded.keys()
        },
        consents=_several_consents(session, ids),
    )


def _gathered(pairs: Iterable[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one, other in pairs:
        found[one].append(other)
    return found


def _pasts(session: Session, ids: Ids) -> Iterator[tuple[str, list[HistoryEntry]]]:
    """Person by person what happened, oldest first."""
    past = HistoryRow.__table__.c  # bare rows: an object for each would take as long as everything else
    read = [past[name] for name in ("person_id", *HISTORY_READ)]
    wanted = _of(session, HistoryRow.person_id, ids)
    query = select(*read).where(wanted).order_by(past.person_id, past.at, past.id)
    rows = (row for some in _streamed(session, query, ids) for row in some)
    for person_id, some in groupby(rows, key=lambda row: row.person_id):
        yield person_id, [history_entry_of(row) for row in some]


def _several_consents(session: Session, ids: Ids) -> dict[str, list[Consent]]:
    """The consents to matching of those who have given more than one."""
    to_matching = and_(ConsentRow.purpose == Purpose.matching, _of(session, ConsentRow.person_id, ids))
    several = (
        select(ConsentRow.person_id)
        .where(to_matching)
        .group_by(ConsentRow.person_id)
        .having(func.count() > 1)
    )
    found: dict[str, list[Consent]] = defaultdict(list)
    for row in session.scalars(select(ConsentRow).where(to_matching, ConsentRow.person_id.in_(several))):
        found[row.person_id].append(consent_of(row))
    return found
