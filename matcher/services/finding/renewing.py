"""The menus of one region of the nightly sweep: what still stands is left alone, the rest is worked out anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from matcher.domain.errors import NotYet
from matcher.domain.events import Event
from matcher.domain.invitation import MatchState
from matcher.domain.person import PersonState
from matcher.scoring.columns.everybody import Option
from matcher.scoring.kernel.limits import TOLERANCE
from matcher.services.finding import matching
from matcher.services.memory import Memory, Shortlist, equip
from matcher.services.outside import ONE_TURN, Outside
from matcher.storage.tables import MatchRow, Occurrence, PersonRow, SweepRow

# People are locked while they are matched, and nobody who wants to pause may have to wait for that. Judgement, 2026-11.
PEOPLE_AT_ONCE: Final = 20
WAIT_FOR_MEMORY: Final = timedelta(seconds=5)

Session_ = tuple[str, datetime | None]
"""An opportunity and when the session begins that is proposed."""


class Region(NamedTuple):
    """A span of cells by their numbers, both ends inside."""

    first_cell: int
    last_cell: int

    @classmethod
    def of(cls, event: Event) -> Region:
        """The region that an event is about."""
        return cls(int(event.subject("first_cell")), int(event.subject("last_cell")))

    def ids(self) -> dict[str, int]:
        """As an event carries it."""
        return self._asdict()

    def holds(self) -> ColumnElement[bool]:
        """Whether somebody lives in it, and is open."""
        inside = PersonRow.cell.between(self.first_cell, self.last_cell)
        return inside & (PersonRow.state == PersonState.open)


def renew_region(outside: Outside, event: Event) -> None:
    """Match everybody of a region anew whose menu no longer stands, a few in each transaction.

    Safe to repeat and to interrupt: who was renewed stands, and is not due again. Raises NotYet while the memory is being
    built, and, to go on at once, where there is more than fits into one turn.
    """
    begun, due_on, memory = outside.clock(), date.fromisoformat(event.subject("due_on")), outside.memory
    if memory is not None and memory.being_built:
        raise NotYet(begun + WAIT_FOR_MEMORY, "The memory is being built.")
    with outside.database.reading() as session:
        due = list(_due(session, memory, Region.of(event), begun))
    held: list[str] = []
    for first in range(0, len(due), PEOPLE_AT_ONCE):
        now = outside.clock()
        if now - begun > ONE_TURN and memory is not None and memory.ready:
            raise NotYet(now, "There is more of this region.")
        held += _renew(outside, dict(due[first : first + PEOPLE_AT_ONCE]), due_on)
    for one in held:
        _renew_held(outside, one, due_on)


def _renew(outside: Outside, due: Mapping[str, Shortlist | None], due_on: date) -> list[str]:
    """Match some people anew; returns those whom somebody else is changing just now."""
    with outside.database.writing() as session:
        equip(session, outside.memory)
        renewed = matching.match_people(session, due, outside.clock())
        _count(session, due_on, len(renewed))
    return [one for one in due if one not in renewed]


def _renew_held(outside: Outside, person_id: str, due_on: date) -> None:
    """The same for one who was being changed, or has gone meanwhile: it is their turn now, and they alone are waited for."""
    with outside.database.writing() as session:
        equip(session, outside.memory)
        if session.get(PersonRow, person_id) is not None:
            matching.match_person(session, person_id, outside.clock())
            _count(session, due_on, 1)


def _count(session: Session, due_on: date, renewed: int) -> None:
    session.execute(
        update(SweepRow)
        .where(SweepRow.due_on == due_on)
        .values(renewed=SweepRow.renewed + renewed)
        .execution_options(synchronize_session=False)
    )


def _due(
    session: Session, memory: Memory | None, region: Region, now: datetime
) -> Iterator[tuple[str, Shortlist | None]]:
    """Who of a region has another menu than what stands proposed to them, and what was listed for them (None: among
    everything); without a memory, everybody.
    """
    ids = session.scalars(select(PersonRow.id).where(region.holds()).order_by(PersonRow.id)).all()
    lists = {} if memory is None else memory.lists_for(ids, now, matching.KEPT_FOR_A_PERSON)
    proposed = _proposed(session, region) if lists else {}
    for one in ids:
        best = lists.get(one)
        if memory is None or best is None:
            yield one, None
        elif not _stands(best, proposed.get(one, {})):
            yield one, _listed(memory, one, now)


def _listed(memory: Memory, person_id: str, now: datetime) -> Shortlist | None:
    options = memory.lists_for([person_id], now, matching.LISTED_FOR_A_PERSON).get(person_id)
    if options is None:
        return None
    # Here a short list is all there is: neither side is new, and what comes meanwhile has an event of its own.
    return Shortlist([option.id for option in options], len(options) < matching.LISTED_FOR_A_PERSON)


def _proposed(session: Session, region: Region) -> Mapping[str, Mapping[Session_, float]]:
    """By person, the score of everything that stands proposed."""
    found: dict[str, dict[Session_, float]] = defaultdict(dict)
    query = (
        select(MatchRow.person_id, MatchRow.opportunity_id, Occurrence.starts_at, MatchRow.score)
        .join(PersonRow, PersonRow.id == MatchRow.person_id)
        .join(Occurrence, Occurrence.id == MatchRow.occurrence_id)
        .where(MatchRow.state == MatchState.proposed, region.holds())
    )
    for person_id, opportunity_id, starts_at, score in session.execute(query):
        found[person_id][opportunity_id, starts_at] = score
    return found


def _stands(best: Sequence[Option], proposed: Mapping[Session_, float]) -> bool:
    """Whether exactly these are proposed, with the same scores."""
    return len(best) == len(proposed) and all(
        abs(proposed.get((one.id, one.starts_at), -1.0) - one.score) <= TOLERANCE for one in best
    )
