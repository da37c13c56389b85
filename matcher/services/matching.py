"""Finding: proposals for everybody a listing may suit, and a menu for everybody who is open."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import NOTICE_BEFORE_SESSION
from matcher.domain.errors import NotFound
from matcher.domain.events import EventType
from matcher.domain.invitation import MatchState
from matcher.domain.opportunity import OpportunityState
from matcher.domain.person import PersonState
from matcher.domain.values import Kind, Language
from matcher.scoring.evaluation import Evaluation
from matcher.scoring.ranking import Gap, gaps, menu, pick, rank_key, ranked
from matcher.scoring.sentences import gap_sentence, why
from matcher.scoring.weights import WEIGHTS
from matcher.services import inviting, people
from matcher.services.judging import Judged, fits, judge_opportunities, judge_people
from matcher.services.keys import Caller
from matcher.storage.opportunities import is_vetted, opportunity_of
from matcher.storage.outbox import emit
from matcher.storage.reach import candidate_ids, reachable_opportunities
from matcher.storage.tables import MatchRequestRow, MatchRow, Occurrence, OpportunityRow, PersonRow, new_id

BEST_OF_A_LISTING: Final = 200  # SCORING §7
KEPT_FOR_A_PERSON: Final = 20  # judgement, 2026-11: enough for a menu of three after some are set aside
SET_ASIDE_LASTS: Final = timedelta(days=90)  # judgement, 2026-11: as long as a person's own no


def match_opportunity(session: Session, opportunity_id: str, now: datetime) -> None:
    """Propose one listing to the 200 it suits best, renew what was proposed, drop what no longer fits.

    Emits `matches.proposed`; standing approvals act where seats suffice. Safe to repeat.
    """
    row = session.get(OpportunityRow, opportunity_id, populate_existing=True)
    if row is None:
        return
    known = _proposals(session, MatchRow.opportunity_id == opportunity_id)
    if row.state != OpportunityState.published or not is_vetted(row.organisation, now):
        _make_stale(session, known)
        return
    requested = {match.person_id for match in known if match.requested}
    wanted = list(
        dict.fromkeys([*candidate_ids(session, opportunity_of(row)), *(one.person_id for one in known)])
    )
    fitting = (one for one in judge_people(session, row, wanted, now, requested) if fits(one.evaluation, now))
    kept_out = _set_aside_people(session, opportunity_id, now)
    best = heapq.nsmallest(
        BEST_OF_A_LISTING,
        (one for one in fitting if one.person.id not in kept_out),
        key=lambda one: (*rank_key(one.evaluation), one.person.id),
    )
    _renew(session, known, best, now, requested_people=requested)
    _tell(session, f"opportunity:{opportunity_id}", {"opportunity_id": opportunity_id}, len(best), now)
    inviting.approve_standing(session, _sessions_of(best), now)


def match_person(session: Session, person_id: str, now: datetime) -> None:
    """Renew what is proposed to one person. Emits `matches.proposed`. Safe to repeat."""
    person = people.lock(session, person_id)
    known = _proposals(session, MatchRow.person_id == person_id)
    if person.state != PersonState.open:
        _make_stale(session, known)
        return
    requested = {match.opportunity_id for match in known if match.requested}
    rows = reachable_opportunities(session, person, also=requested)
    kept_out = _set_aside_opportunities(session, person_id, now)
    judged = judge_opportunities(session, person, rows, now, requested)
    fitting = ranked(one for one in judged if fits(one, now))
    best = [Judged(person, one) for one in fitting if one.opportunity.id not in kept_out]
    best = best[:KEPT_FOR_A_PERSON]
    _renew(session, known, best, now, requested_opportunities=requested)
    _tell(session, f"person:{person_id}", {"person_id": person_id}, len(best), now)
    for one in best:
        if inviting.approve_standing(session, _sessions_of([one]), now):
            break


def request(
    session: Session,
    person: PersonRow,
    caller: Caller,
    kinds: Sequence[Kind],
    note: str | None,
    now: datetime,
) -> MatchRequestRow:
    """A caseworker asks what there is for somebody, now and of these kinds. Emits `match.requested`."""
    row = MatchRequestRow(
        id=new_id(), person_id=person.id, caseworker_id=caller.id, kinds=list(kinds), note=note, created_at=now,
        match_ids=[], gaps=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    payload: dict[str, str | int | bool | None] = {"request_id": row.id, "person_id": person.id}
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

    This is the only way to communal living (CARE 11). What the person does not want stays out, whoever asks.
    """
    asked = session.get_one(MatchRequestRow, request_id)
    if asked.state == "ready":
        return
    person = people.lock(session, asked.person_id)
    rows = reachable_opportunities(session, person, also=(), everywhere=True)
    if asked.kinds:
        rows = [row for row in rows if row.kind in asked.kinds]
    judged = judge_opportunities(session, person, rows, now, {row.id for row in rows})
    chosen = menu(one for one in judged if fits(one, now))
    known = _proposals(session, MatchRow.person_id == person.id)
    made = [_store(session, known, Judged(person, one), now, requested=True) for one in chosen]
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


def make_session_stale(session: Session, occurrence_id: str) -> None:
    """A session is full: what is proposed of it is no longer current. Safe to repeat."""
    _make_stale(session, _proposals(session, MatchRow.occurrence_id == occurrence_id))


def _proposals(session: Session, *where: Any) -> list[MatchRow]:
    query = select(MatchRow).where(MatchRow.state == MatchState.proposed, *where)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _make_stale(session: Session, matches: Iterable[MatchRow]) -> None:
    """Only what is still proposed: an approval that was faster keeps its match."""
    ids = [match.id for match in matches]
    session.execute(
        update(MatchRow)
        .where(MatchRow.id.in_(ids), MatchRow.state == MatchState.proposed)
        .values(state=MatchState.stale, version=MatchRow.version + 1)
        .execution_options(synchronize_session="fetch")
    )


def _renew(
    session: Session,
    known: list[MatchRow],
    best: Sequence[Judged],
    now: datetime,
    *,
    requested_people: Collection[str] = (),
    requested_opportunities: Collection[str] = (),
) -> None:
    kept = {
        _store(
            session, known, one, now,
            requested=one.person.id in requested_people or one.evaluation.opportunity.id in requested_opportunities,
        ).id
        for one in best
    }  # fmt: skip
    _make_stale(session, [match for match in known if match.id not in kept])


def _store(
    session: Session, known: list[MatchRow], judged: Judged, now: datetime, *, requested: bool
) -> MatchRow:
    """Save or renew one proposal; the partial unique index keeps it the only one of its person and session."""
    found = judged.evaluation
    pair = (judged.person.id, found.session.id)
    match = next((one for one in known if (one.person_id, one.occurrence_id) == pair), None)
    match = match or _propose(session, judged, now)
    explanation = explained(found)
    if (match.score, match.explanation) != (found.score, explanation) or (requested and not match.requested):
        match.score, match.step, match.explanation = found.score or 0.0, str(found.step), explanation
        match.requested = match.requested or requested
        match.version += 1
    session.flush()
    return match


def _propose(session: Session, judged: Judged, now: datetime) -> MatchRow:
    """A new proposal, or the one that another worker has stored this very moment: the index lets only one stand."""
    found = judged.evaluation
    match = MatchRow(
        id=new_id(), person_id=judged.person.id, occurrence_id=found.session.id, created_at=now,
        opportunity_id=found.opportunity.id, organisation_id=found.opportunity.organisation_id,
        score=found.score, step=found.step, explanation={}, version=1,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(match)
    except IntegrityError:
        theirs = (MatchRow.person_id == judged.person.id, MatchRow.occurrence_id == found.session.id)
        standing = _proposals(session, *theirs)
        if not standing:
            raise
        return standing[0]
    return match


def explained(found: Evaluation) -> dict[str, Any]:
    """Everything a decision can say of itself, kept as it was said (in both languages)."""
    return {
        "chance": None if found.chance is None else asdict(found.chance),
        "parts": None if found.parts is None else asdict(found.parts),
        "distance_km": found.distance_km,
        "travel_minutes": found.travel_minutes,
        "aspects": [{**asdict(one), "aspect": one.aspect.value} for one in found.aspects],
        "why": {language.value: why(found, language) for language in Language},
    }


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
        emit(session, EventType.matches_proposed, aggregate, {**ids, "count": count}, now=now)
