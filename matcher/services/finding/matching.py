"""Finding: proposals for everybody a listing may suit, and a menu for everybody who is open."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.contact_policy import NOTICE_BEFORE_SESSION
from matcher.domain.errors import NotFound
from matcher.domain.events import EventType
from matcher.domain.invitation import MatchState
from matcher.domain.opportunity import OpportunityState
from matcher.domain.person import PersonState
from matcher.domain.values import Kind, Language
from matcher.scoring.ranking import Gap, gaps, menu, pick, rank_key, ranked
from matcher.scoring.sentences import gap_sentence
from matcher.scoring.weights import WEIGHTS
from matcher.services.access.keys import Caller
from matcher.services.asking import standing
from matcher.services.audit.auditing import record
from matcher.services.finding.proposing import make_stale, proposals, renew, store
from matcher.services.memory import Shortlist, memory_of
from matcher.services.people import people
from matcher.services.suitability.judging import Judged, OnePerson, fits, judge_opportunities, judge_people
from matcher.services.suitability.narrowing import likely_people
from matcher.storage.opportunities import is_vetted, opportunity_of
from matcher.storage.outbox import emit, note
from matcher.storage.reach import candidate_ids, offered, reachable_opportunities
from matcher.storage.tables import MatchRequestRow, MatchRow, Occurrence, OpportunityRow, PersonRow, new_id

USUAL_KINDS: Final = tuple(kind for kind in Kind if kind is not Kind.communal_living)
BEST_OF_A_LISTING: Final = 200  # SCORING §7
KEPT_FOR_A_PERSON: Final = 20  # judgement, 2026-11: enough for a menu of three after some are set aside
# More than are kept are listed from memory, for those that fall out when they are judged again. Judgement, 2026-11.
SPARE_PEOPLE: Final = 50
LISTED_FOR_A_PERSON: Final = KEPT_FOR_A_PERSON + 10
NARROWED_MOST: Final = 2_000  # people read afresh for one listing, about 20 µs each; judgement, 2026-11
SET_ASIDE_LASTS: Final = timedelta(days=90)  # judgement, 2026-11: as long as a person's own no


def match_opportunity(session: Session, opportunity_id: str, now: datetime) -> None:
    """Propose one listing to the 200 it suits best, renew what was proposed, drop what no longer fits.

    Emits `matches.proposed`; standing approvals act where seats suffice. Safe to repeat.
    """
    row = session.get(OpportunityRow, opportunity_id, populate_existing=True)
    if row is None:
        return
    known = proposals(session, MatchRow.opportunity_id == opportunity_id)
    if row.state != OpportunityState.published or not is_vetted(row.organisation, now):
        make_stale(session, known)
        return
    best = _best_people(session, row, known, now)
    renew(session, known, best, now)
    _tell(session, f"opportunity:{opportunity_id}", {"opportunity_id": opportunity_id}, len(best), now)
    standing.approve_standing(session, _sessions_of(best), now)


def _best_people(
    session: Session, row: OpportunityRow, known: Sequence[MatchRow], now: datetime
) -> list[Judged]:
    """Everybody who can reach the place; where they are very many, the shortlist from memory if enough of it fits."""
    requested = {match.person_id for match in known if match.requested}
    kept_out = _set_aside_people(session, row.id, now)

    def best_of(ids: Sequence[str]) -> list[Judged]:
        wanted = list(dict.fromkeys([*ids, *(one.person_id for one in known)]))
        fitting = (
            one for one in judge_people(session, row, wanted, now, requested) if fits(one.evaluation, now)
        )
        return heapq.nsmallest(
            BEST_OF_A_LISTING,
            (one for one in fitting if one.person.id not in kept_out),
            key=lambda one: (*rank_key(one.evaluation), one.person.id),
        )

    posting = opportunity_of(row, at=now)
    reachable = candidate_ids(session, posting, NARROWED_MOST + 1)
    if len(reachable) > NARROWED_MOST:
        memory = memory_of(session)
        listed = memory and memory.people_for(session, row.id, now, BEST_OF_A_LISTING + SPARE_PEOPLE)
        if listed and (listed.whole or len(listed.ids) >= BEST_OF_A_LISTING):
            best = best_of(listed.ids)
            if listed.whole or len(best) == BEST_OF_A_LISTING:
                return best
        reachable = candidate_ids(session, posting)
    return best_of(likely_people(session, posting, reachable, now))


def match_person(session: Session, person_id: str, now: datetime, listed: Shortlist | None = None) -> None:
    """Renew what is proposed to one person, who may have been `listed` opportunities. Emits `matches.proposed`.

    Safe to repeat.
    """
    match_locked(session, people.lock(session, person_id), now, listed)


def match_locked(session: Session, person: PersonRow, now: datetime, listed: Shortlist | None = None) -> None:
    """The same for somebody whose row is locked."""
    person_id = person.id
    known = proposals(session, MatchRow.person_id == person_id)
    if person.state != PersonState.open:
        make_stale(session, known)
        return
    best = _best_opportunities(session, person, known, now, listed)
    renew(session, known, best, now)
    _tell(session, f"person:{person_id}", {"person_id": person_id}, len(best), now)
    if people.has_standing_approval(person, now):
        for one in best:
            if standing.approve_standing(session, _sessions_of([one]), now):
                break


def _best_opportunities(
    session: Session, person: PersonRow, known: Sequence[MatchRow], now: datetime, listed: Shortlist | None
) -> list[Judged]:
    """The shortlist where enough of it fits; otherwise everything that the person may reach."""
    requested = {match.opportunity_id for match in known if match.requested}
    kept_out = _set_aside_opportunities(session, person.id, now)
    judging = OnePerson(session, person, now, requested)

    def best_of(rows: Sequence[OpportunityRow]) -> list[Judged]:
        fitting = ranked(one for one in judging.judge(rows) if fits(one, now))
        kept = [Judged(person, one) for one in fitting if one.opportunity.id not in kept_out]
        return kept[:KEPT_FOR_A_PERSON]

    memory = memory_of(session)
    if listed is None and memory is not None:
        listed = memory.listings_for(session, person, now, LISTED_FOR_A_PERSON)
    if listed is not None:
        # A list from memory may be older than a posting that was proposed meanwhile: what stands is judged with it.
        stands = {match.opportunity_id for match in known}
        best = best_of(offered(session, {*listed.ids, *stands}))
        if listed.whole or len(best) == KEPT_FOR_A_PERSON:
            return best
    return best_of(reachable_opportunities(session, person, also=requested))


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
    if row is not None and session.get_one(PersonRow, row.person_id).team_id == caller.team_id:
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


def current_menu(session: Session, person_id: str, now: datetime) -> list[MatchRow]:
    """At most three proposals of a person that could still be approved, of at least two organisations where possible."""
    rows = session.scalars(
        approvable(now)
        .where(MatchRow.person_id == person_id)
        .order_by(MatchRow.score.desc(), Occurrence.starts_at, MatchRow.opportunity_id)
    ).all()
    best_first = list({row.opportunity_id: row for row in reversed(rows)}.values())[::-1]
    return pick(best_first, lambda row: row.organisation_id)


def approvable(now: datetime) -> Select[tuple[MatchRow]]:
    """Proposals that the record shows nothing against: published, with a seat left and in time to ask gently."""
    return (
        select(MatchRow)
        .join(Occurrence, Occurrence.id == MatchRow.occurrence_id)
        .join(OpportunityRow, OpportunityRow.id == MatchRow.opportunity_id)
        .where(
            MatchRow.state == MatchState.proposed,
            OpportunityRow.state == OpportunityState.published,
            Occurrence.removed_at.is_(None),
            Occurrence.taken < Occurrence.capacity,
            or_(Occurrence.starts_at.is_(None), Occurrence.starts_at >= now + NOTICE_BEFORE_SESSION),
        )
    )


def follow_full_session(session: Session, occurrence_id: str, now: datetime) -> None:
    """A session is full: what is proposed of it is no longer current, and a later one is offered instead.

    Emits `matches.proposed`. Safe to repeat.
    """
    make_stale(session, proposals(session, MatchRow.occurrence_id == occurrence_id))
    match_opportunity(session, session.get_one(Occurrence, occurrence_id).opportunity_id, now)


def _gap_form(gap: Gap) -> dict[str, Any]:
    return {
        "reason": gap.reason.value,
        "opportunities": gap.opportunities,
        "example": {language.value: gap_sentence(gap, language) for language in Language},
    }


def _set_aside_people(session: Session, opportunity_id: str, now: datetime) -> set[str]:
    return set(
        session.scalars(
            select(MatchRow.person_id).where(
                _recently_set_aside(now), MatchRow.opportunity_id == opportunity_id
            )
        )
    )


def _set_aside_opportunities(session: Session, person_id: str, now: datetime) -> set[str]:
    return set(
        session.scalars(
            select(MatchRow.opportunity_id).where(_recently_set_aside(now), MatchRow.person_id == person_id)
        )
    )


def _recently_set_aside(now: datetime) -> Any:
    return and_(MatchRow.state == MatchState.set_aside, MatchRow.created_at > now - SET_ASIDE_LASTS)


def _sessions_of(best: Iterable[Judged]) -> list[str]:
    return list(dict.fromkeys(one.evaluation.session.id for one in best if one.evaluation.session.id))


def _tell(session: Session, aggregate: str, ids: dict[str, str], count: int, now: datetime) -> None:
    if count:
        note(session, EventType.matches_proposed, aggregate, {**ids, "count": count}, now)
