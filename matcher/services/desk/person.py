"""Everything a caseworker sees of one person: what they said, what happened, and what could come next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, exists, literal, select
from sqlalchemy.orm import Session

from matcher.domain.card import Card
from matcher.domain.contact_policy import Refusal, next_contact_moment
from matcher.domain.invitation import InvitationState
from matcher.domain.person import Person, PersonState
from matcher.domain.ports import OutgoingMail
from matcher.domain.values import Purpose
from matcher.scoring.weights import WEIGHTS
from matcher.services.access import staff
from matcher.services.access.keys import Caller
from matcher.services.asking import inviting, letters
from matcher.services.desk.asking_again import to_be_asked
from matcher.services.desk.ladder import Ladder, ladder
from matcher.services.desk.today import Few
from matcher.services.finding import matching, requesting, set_aside
from matcher.services.outside import Outside
from matcher.services.people import people
from matcher.storage.invitations import has_begun, is_over, live_of_person
from matcher.storage.people import person_of
from matcher.storage.tables import (
    CaseworkerRow,
    EventRow,
    HistoryRow,
    InvitationHistoryRow,
    InvitationRow,
    MatchRequestRow,
    MatchRow,
    OpportunityRow,
    PersonRow,
    TalkRow,
    VisitRow,
)

# How invitations end that leave no line in anybody's history, for nothing is learned from them.
ENDED_BEFORE: Final = (
    InvitationState.withdrawn,
    InvitationState.cancelled,
    InvitationState.lapsed,
    InvitationState.undeliverable,
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One match with the letter that approving it would send. `stretches`: aspects that would be new for them.

    `in_time`: it could still be sent gently before it begins.
    """

    match: MatchRow
    card: Card
    letter: OutgoingMail
    stretches: tuple[str, ...]
    in_time: bool

    @property
    def is_open(self) -> bool:
        """Whether it can still be approved or set aside."""
        return self.match.state == "proposed"


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of what happened, with the title of what it was about, where it was about something.

    `outcome` is a HistoryOutcome or one of `ENDED_BEFORE`; `note` what was noted of a talk; `invitation_id` that of a
    visit whose outcome can be corrected.
    """

    at: datetime
    outcome: str
    title: str | None
    note: str | None = None
    invitation_id: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One person as their caseworker sees them. `hindrance`: why nothing may be sent now, where that is so.

    `looking`: what happened last is still being followed up, so that ideas may come at any moment;
    `ask_again`: nothing has suited them for long, and it is time to ask how much is comfortable now;
    `colleagues`: who of the team could accompany them instead;
    `has_begun`, `is_over`: the session of what is on its way to them; `has_agreed`: something may be looked for at all
    (CARE 21); `aside`: what is kept away from them because it was set aside.
    """

    row: PersonRow
    person: Person
    caseworker: str
    ladder: Ladder
    history: Few[Happened]
    live: InvitationRow | None
    live_card: Card | None
    has_begun: bool
    is_over: bool
    has_agreed: bool
    hindrance: Refusal | None
    may_ask: bool
    menu: tuple[Proposal, ...]
    ask_again: bool
    looking: bool
    aside: tuple[MatchRow, ...]
    requests: tuple[MatchRequestRow, ...]
    colleagues: tuple[CaseworkerRow, ...]

    @property
    def explained(self) -> MatchRequestRow | None:
        """The newest answered request where the menu is short: what it found in the way, in words."""
        if len(self.menu) == WEIGHTS.menu_size:
            return None
        return next((one for one in self.requests if one.state == "ready"), None)


def open_file(session: Session, outside: Outside, caller: Caller, person_id: str, now: datetime) -> File:
    """Somebody of the caller's team, everything on one page. Raises NotFound (CARE 24). Changes nothing."""
    row = people.get(session, caller, person_id)
    live = live_of_person(session, row.id)
    menu = (
        () if live is not None else proposals(session, outside, matching.current_menu(session, row.id, now))
    )
    hindrance = inviting.hindrance(session, row, now)
    caseworker = session.get_one(CaseworkerRow, row.caseworker_id)
    is_without = live is None and not menu and hindrance is None and row.state == PersonState.open
    return File(
        row=row,
        person=person_of(row),
        caseworker=caseworker.name,
        ladder=ladder(session, row, now),
        history=Few.of(_past(session, row.id)),
        live=live,
        live_card=None if live is None else letters.card_of(session, live),
        has_begun=live is not None and has_begun(live, now),
        is_over=live is not None and is_over(live, now),
        has_agreed=people.has_agreed(row, Purpose.matching, now),
        hindrance=_in_their_hours(row, hindrance),
        may_ask=may_ask(session, row, now),
        menu=menu,
        ask_again=is_without and row.id in to_be_asked(session, [row], now),
        looking=_is_followed_up(session, row.id, now),
        aside=tuple(set_aside.of_person(session, row.id, now)),
        requests=_requests(session, row.id),
        colleagues=tuple(staff.colleagues(session, caseworker)),
    )


def proposals(session: Session, outside: Outside, matches: Iterable[MatchRow]) -> tuple[Proposal, ...]:
    """Matches as they are looked at before a yes."""
    return tuple(
        Proposal(
            match,
            letters.draft_card(session, match),
            letters.draft(session, outside, match),
            tuple(one["aspect"] for one in match.explanation["aspects"] if (one["stretch"] or 0) > 0),
            inviting.is_in_time(
                session.get_one(PersonRow, match.person_id), match.occurrence, outside.clock()
            ),
        )
        for match in matches
    )


def may_ask(session: Session, row: PersonRow, now: datetime) -> bool:
    """Whether something could be sent to somebody now: they are open, nothing is on its way, and no rest or pace forbids it."""
    return (
        row.state == PersonState.open
        and live_of_person(session, row.id) is None
        and inviting.hindrance(session, row, now) is None
    )


def asked(session: Session, caller: Caller, request_id: str) -> tuple[MatchRequestRow, list[MatchRow]]:
    """A request of the caller's team and what came of it, best first. Raises NotFound."""
    row = requesting.get_request(session, caller, request_id)
    return row, [session.get_one(MatchRow, match_id) for match_id in row.match_ids]


def _is_followed_up(session: Session, person_id: str, now: datetime) -> bool:
    waits = select(EventRow.id).where(
        EventRow.aggregate == f"person:{person_id}",
        EventRow.done_at.is_(None),
        EventRow.dead_at.is_(None),
        EventRow.available_at <= now,
    )
    return bool(session.scalar(select(exists(waits))))


def _in_their_hours(row: PersonRow, found: Refusal | None) -> Refusal | None:
    """From when a letter could really go out: their next hours after that moment."""
    if found is None or found.from_at is None:
        return found
    return Refusal(found.code, next_contact_moment(person_of(row).contact_hours, found.from_at))


def _past(session: Session, person_id: str) -> list[Happened]:
    """What happened, newest first: the lines of their history, and what ended before anything could come of it."""
    lines = (
        select(HistoryRow.at, HistoryRow.outcome, OpportunityRow.title, TalkRow.notes, VisitRow.invitation_id)
        .outerjoin(OpportunityRow, OpportunityRow.id == HistoryRow.opportunity_id)
        .outerjoin(
            TalkRow,
            # The person first: by it their few talks are found, and not everybody's.
            and_(TalkRow.person_id == person_id, HistoryRow.source == literal("talk:") + TalkRow.id),
        )
        .outerjoin(
            VisitRow,
            and_(
                VisitRow.person_id == person_id,
                HistoryRow.source == VisitRow.invitation_id + literal(":") + VisitRow.outcome,
                HistoryRow.before.is_not(None),
            ),
        )
        .where(HistoryRow.person_id == person_id)
    )
    ends = (
        select(InvitationHistoryRow.at, InvitationHistoryRow.state, OpportunityRow.title)
        .join(InvitationRow, InvitationRow.id == InvitationHistoryRow.invitation_id)
        .join(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
        .where(InvitationRow.person_id == person_id, InvitationHistoryRow.state.in_(ENDED_BEFORE))
    )
    found = [Happened(*one) for one in session.execute(lines).tuples()]
    found += [Happened(*one) for one in session.execute(ends).tuples()]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _requests(session: Session, person_id: str) -> tuple[MatchRequestRow, ...]:
    """The newest few requests, newest first."""
    query = select(MatchRequestRow).where(MatchRequestRow.person_id == person_id)
    return tuple(session.scalars(query.order_by(MatchRequestRow.id.desc()).limit(3)))
