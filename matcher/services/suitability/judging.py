"""Brings together what the rules of scoring read, for one pair or for many, at every moment a decision is made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import latest_sending, next_contact_moment
from matcher.domain.opportunity import Opportunity, OpportunityState
from matcher.domain.person import History, Person
from matcher.scoring.comfort import ComfortState
from matcher.scoring.eligibility import ReasonCode
from matcher.scoring.evaluation import Evaluation, evaluate
from matcher.storage.invitations import live_people
from matcher.storage.opportunities import opportunity_of
from matcher.storage.people import comfort_of, excluded_organisations, histories, person_of
from matcher.storage.sent import among
from matcher.storage.tables import ExclusionRow, InvitationRow, OpportunityRow, PersonRow

# What can still stand between a yes and the visit: nobody is told no for anything else once they were asked.
FORBIDS_ACCEPTING = frozenset(
    {
        ReasonCode.consent_missing, ReasonCode.person_not_open, ReasonCode.organisation_not_vetted,
        ReasonCode.not_published, ReasonCode.excluded,
    }
)  # fmt: skip

CHUNK = 500  # people loaded at a time: bounded memory, and far below SQLite's limit of bound values


@dataclass(frozen=True, slots=True)
class Judged:
    """One person with what the rules say of one opportunity."""

    person: PersonRow
    evaluation: Evaluation


def judge_people(
    session: Session,
    row: OpportunityRow,
    person_ids: Sequence[str],
    now: datetime,
    requested: Collection[str] = (),
) -> Iterator[Judged]:
    """Judge one opportunity for many people; `requested` are those whose caseworker asked for it themselves."""
    posting = opportunity_of(row, at=now)
    going = _who_goes(session, row)
    for start in range(0, len(person_ids), CHUNK):
        ids = list(person_ids[start : start + CHUNK])
        known = _Known.of(session, ids)
        for person in session.scalars(select(PersonRow).where(PersonRow.id.in_(ids))):
            blocked = {place for place, people in going.items() if people & known.apart[person.id]}
            yield Judged(person, known.judge(person, posting, blocked, now, requested=person.id in requested))


def judge_opportunities(
    session: Session,
    person: PersonRow,
    rows: Sequence[OpportunityRow],
    now: datetime,
    requested: Collection[str] = (),
) -> list[Evaluation]:
    """Judge many opportunities for one person; `requested` are the opportunities their caseworker asked for."""
    return Several(session, [person], now).judge(person, rows, requested)


class Several:
    """People of whom what the rules read is read once, when the first opportunity is to be judged for any of them."""

    def __init__(self, session: Session, people: Sequence[PersonRow], now: datetime) -> None:
        self._session, self._people, self._now = session, people, now
        self._postings: dict[str, Opportunity] = {}

    def judge(
        self, person: PersonRow, rows: Sequence[OpportunityRow], requested: Collection[str] = ()
    ) -> list[Evaluation]:
        """Judge many opportunities for one of them; `requested` are those their caseworker asked for."""
        blocked = self._blocked[person.id] if rows else set()
        return [
            self._known.judge(person, self._posting(row), blocked, self._now, requested=row.id in requested)
            for row in rows
        ]

    def _posting(self, row: OpportunityRow) -> Opportunity:
        if row.id not in self._postings:
            self._postings[row.id] = opportunity_of(row, at=self._now)
        return self._postings[row.id]

    @cached_property
    def _known(self) -> _Known:
        return _Known.of(self._session, [one.id for one in self._people])

    @cached_property
    def _blocked(self) -> Mapping[str, set[str]]:
        return _blocked(self._session, self._known.apart)


def kept_apart(session: Session, person_id: str) -> set[str]:
    """Whom somebody must not meet, whichever of the two said so."""
    return _apart(session, [person_id])[person_id]


def judge_held(
    session: Session,
    person: PersonRow,
    row: OpportunityRow,
    occurrence_id: str,
    now: datetime,
    *,
    requested: bool,
) -> Evaluation:
    """Judge one session for somebody who holds, or is about to take, a seat in it: neither counts against them."""
    known = _Known.of(session, [person.id], ignore_live=True)
    only = _only(opportunity_of(row, at=now), occurrence_id)
    blocked = _blocked(session, known.apart)[person.id]
    return known.judge(person, only, blocked, now, requested=requested, held=True)


def may_accept(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> bool:
    """Whether somebody who was asked may say yes: only what came up since, and matters, stands against it."""
    posting = session.get_one(OpportunityRow, row.opportunity_id)
    verdict = judge_held(session, person, posting, row.occurrence_id, now, requested=row.requested)
    return not any(reason.code in FORBIDS_ACCEPTING for reason in verdict.reasons)


def _only(posting: Opportunity, occurrence_id: str) -> Opportunity:
    """The posting with this one session, whatever seats it has left; a session taken off is as good as withdrawn."""
    held = [replace(one, seats_left=None) for one in posting.all_sessions() if one.id == occurrence_id]
    if not held:
        return replace(posting, state=OpportunityState.withdrawn)
    return (
        replace(posting, sessions=tuple(held)) if posting.sessions else replace(posting, open_session=held[0])
    )


def askable(posting: Opportunity, moment: datetime) -> Opportunity:
    """The posting without sessions it is too late to ask for at `moment`, so that next week's is found behind tomorrow's.

    Where none is left the posting stays whole, for its reasons; `fits` says no to it.
    """
    left = tuple(one for one in posting.sessions if _is_in_time(one.starts_at, moment))
    return posting if len(left) in (0, len(posting.sessions)) else replace(posting, sessions=left)


def fits(found: Evaluation, now: datetime) -> bool:
    """Eligible, and an invitation could still go out in time, inside the person's contact hours (SCORING §8)."""
    if not found.eligible:
        return False
    starts_at = found.session.starts_at
    return starts_at is None or _is_in_time(starts_at, next_contact_moment(found.person.contact_hours, now))


def _is_in_time(starts_at: datetime | None, moment: datetime) -> bool:
    latest = latest_sending(starts_at)
    return latest is None or moment <= latest


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for a chunk of people."""

    organisations: dict[str, list[str]]
    apart: dict[str, set[str]]
    pasts: dict[str, History]
    people: dict[str, tuple[Person, ComfortState, datetime]]

    @classmethod
    def of(cls, session: Session, ids: list[str], *, ignore_live: bool = False) -> _Known:
        live = set() if ignore_live else live_people(session, ids)
        entries = histories(session, ids)
        return cls(
            organisations=excluded_organisations(session, ids),
            apart=_apart(session, ids),
            pasts={one: History(tuple(entries.get(one, ())), live_invitation=one in live) for one in ids},
            people={},
        )

    def judge(
        self,
        row: PersonRow,
        posting: Opportunity,
        blocked: Collection[str],
        now: datetime,
        *,
        requested: bool,
        held: bool = False,
    ) -> Evaluation:
        """Judge one posting for one person; unless a seat is `held`, among the sessions they can still be asked about."""
        if row.id not in self.people:
            person = person_of(row, self.organisations.get(row.id, ()))
            moment = next_contact_moment(person.contact_hours, now)
            self.people[row.id] = person, comfort_of(row), moment
        person, comfort, moment = self.people[row.id]
        if not held:
            posting = askable(posting, moment)
        if blocked:
            posting, nothing_left = _without(posting, blocked)
            if nothing_left and posting.organisation_id is not None:
                # Every session holds somebody they must not meet.
                excluded = (*person.excluded_organisation_ids, posting.organisation_id)
                person = replace(person, excluded_organisation_ids=excluded)
        return evaluate(person, posting, self.pasts[row.id], now, comfort=comfort, requested=requested)


def _without(posting: Opportunity, blocked: Collection[str]) -> tuple[Opportunity, bool]:
    """The posting without blocked sessions, and whether none is left; then it is kept whole, for its reasons."""
    if posting.sessions:
        left = tuple(one for one in posting.sessions if one.id not in blocked)
        return (replace(posting, sessions=left), False) if left else (posting, True)
    return posting, posting.open_session is not None and posting.open_session.id in blocked


def _who_goes(session: Session, row: OpportunityRow) -> dict[str, set[str]]:
    """By session of this opportunity, who holds a live invitation to it."""
    going: dict[str, set[str]] = defaultdict(set)
    query = select(InvitationRow.occurrence_id, InvitationRow.person_id)
    for occurrence_id, person_id in session.execute(
        query.where(InvitationRow.opportunity_id == row.id, InvitationRow.live)
    ):
        going[occurrence_id].add(person_id)
    return going


def _apart(session: Session, ids: list[str]) -> dict[str, set[str]]:
    """By person, whom they must not meet, whichever of the two said so."""
    apart: dict[str, set[str]] = defaultdict(set)
    wanted = ExclusionRow.person_id.in_(ids) | ExclusionRow.other_person_id.in_(ids)
    pairs = select(ExclusionRow.person_id, ExclusionRow.other_person_id)
    for one, other in session.execute(pairs.where(ExclusionRow.other_person_id.is_not(None), wanted)):
        apart[one].add(str(other))
        apart[str(other)].add(one)
    return apart


def _blocked(session: Session, apart: Mapping[str, set[str]]) -> Mapping[str, set[str]]:
    """By person, the sessions to which somebody they must not meet holds a live invitation."""
    found: dict[str, set[str]] = defaultdict(set)
    others = sorted(set().union(*apart.values()))
    if not others:
        return found
    going: dict[str, set[str]] = defaultdict(set)
    query = select(InvitationRow.person_id, InvitationRow.occurrence_id).where(InvitationRow.live)
    for other, occurrence_id in session.execute(query.where(among(session, InvitationRow.person_id, others))):
        going[other].add(occurrence_id)
    for one, kept_apart in apart.items():
        found[one].update(*(going[other] for other in kept_apart))
    return found
