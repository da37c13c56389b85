"""Finding: proposals for everybody a listing may suit, and a menu for everybody who is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import NOTICE_BEFORE_SESSION
from matcher.domain.events import EventType
from matcher.domain.invitation import MatchState
from matcher.domain.opportunity import OpportunityState
from matcher.domain.person import PersonState
from matcher.scoring.ranking import pick, rank_key, ranked
from matcher.scoring.weights import WEIGHTS
from matcher.services.asking import standing
from matcher.services.finding import set_aside
from matcher.services.finding.proposing import make_stale, proposals, renew
from matcher.services.memory import Shortlist, memory_of
from matcher.services.people import people
from matcher.services.suitability.judging import Judged, Several, fits, judge_people
from matcher.services.suitability.narrowing import likely_people
from matcher.storage.locking import is_alone
from matcher.storage.opportunities import is_vetted, opportunity_of
from matcher.storage.outbox import emit, note
from matcher.storage.reach import candidate_ids, offered, reachable_opportunities
from matcher.storage.sent import among
from matcher.storage.tables import MatchRow, Occurrence, OpportunityRow, PersonRow

BEST_OF_A_LISTING: Final = 200  # SCORING §7
KEPT_FOR_A_PERSON: Final = 20  # judgement, 2026-11: enough for a menu of three after some are set aside
# More than are kept are listed from memory, for those that fall out when they are judged again. Judgement, 2026-11.
SPARE_PEOPLE: Final = 50
LISTED_FOR_A_PERSON: Final = KEPT_FOR_A_PERSON + 10
NARROWED_MOST: Final = 2_000  # people read afresh for one listing, about 20 µs each; judgement, 2026-11
AFTER_THEM: Final = timedelta(seconds=1)  # judgement, 2026-11: a match takes a fraction of that


def match_opportunity(session: Session, opportunity_id: str, now: datetime) -> None:
    """Propose one listing to the 200 it suits best, renew what was proposed, drop what no longer fits.

    Whoever else has it and whom it still fits keeps it. Emits `matches.proposed`; standing approvals act where seats
    suffice. Where another worker is matching it, by what may have stood before, `opportunity.changed` for after them.
    Safe to repeat.
    """
    alone = is_alone(session, f"opportunity:{opportunity_id}")
    row = session.get(OpportunityRow, opportunity_id, populate_existing=True)
    if row is None:
        return
    known = proposals(session, MatchRow.opportunity_id == opportunity_id)
    if row.state != OpportunityState.published or not is_vetted(row.organisation, now):
        make_stale(session, known)
        return
    if not alone:
        match_later(session, opportunity_id, now, now + AFTER_THEM)
        return
    # What so many have is left to the night, beyond what one event can judge in its time.
    known = sorted(known, key=lambda match: (not match.requested, -match.score, match.id))[:NARROWED_MOST]
    best = _best_people(session, row, known, now)
    renew(session, known, best, now)
    _tell(session, f"opportunity:{opportunity_id}", {"opportunity_id": opportunity_id}, len(best), now)
    standing.approve_standing(session, _sessions_of(best), now)


def match_later(session: Session, opportunity_id: str, now: datetime, at: datetime | None = None) -> None:
    """Have one listing matched by an event of its own, so that nobody waits for it. Emits `opportunity.changed`."""
    payload: dict[str, str | int | bool | None] = {
        "opportunity_id": opportunity_id, "material": False, "sessions": "",
    }  # fmt: skip
    about = f"opportunity:{opportunity_id}"
    emit(session, EventType.opportunity_changed, about, payload, now=now, available_at=at)


def _best_people(
    session: Session, row: OpportunityRow, known: Sequence[MatchRow], now: datetime
) -> list[Judged]:
    """The best of everybody who can reach the place, and who has it already; of very many, by the shortlist from memory
    if enough of it fits.
    """
    requested, has_it = {one.person_id for one in known if one.requested}, {one.person_id for one in known}
    kept_out = set_aside.kept_from(session, row.id, now)

    def best_of(ids: Sequence[str]) -> list[Judged]:
        judged = judge_people(session, row, list(dict.fromkeys([*ids, *has_it])), now, requested)
        fitting = (one for one in judged if fits(one.evaluation, now) and one.person.id not in kept_out)
        in_order = sorted(fitting, key=lambda one: (*rank_key(one.evaluation), one.person.id))
        others = (one for one in in_order[BEST_OF_A_LISTING:] if one.person.id in has_it)
        return [*in_order[:BEST_OF_A_LISTING], *others]

    posting = opportunity_of(row, at=now)
    reachable = candidate_ids(session, posting, NARROWED_MOST + 1)
    if len(reachable) > NARROWED_MOST:
        memory = memory_of(session)
        listed = memory and memory.people_for(session, row.id, now, BEST_OF_A_LISTING + SPARE_PEOPLE)
        if memory and listed and (listed.whole or len(listed.ids) >= BEST_OF_A_LISTING):
            best = best_of([*listed.ids, *memory.unheard(session, "person_id", now)])
            if listed.whole or len(best) >= BEST_OF_A_LISTING:
                return best
        reachable = candidate_ids(session, posting)
    return best_of(likely_people(session, posting, reachable, now))


def match_person(session: Session, person_id: str, now: datetime) -> None:
    """Renew what is proposed to one person. Emits `matches.proposed`. Safe to repeat."""
    match_locked(session, people.lock(session, person_id), now)


def match_locked(session: Session, person: PersonRow, now: datetime) -> None:
    """The same for somebody whose row is locked."""
    _match(session, [person], {}, now)


def match_people(session: Session, listed: Mapping[str, Shortlist | None], now: datetime) -> set[str]:
    """The same for several people, who may each have been listed opportunities; returns who was matched.

    Left out is whoever is being changed this very moment: nobody waits while others are held.
    """
    rows = people.lock_free(session, listed)
    _match(session, rows, listed, now)
    return {row.id for row in rows}


def _match(
    session: Session, rows: Sequence[PersonRow], listed: Mapping[str, Shortlist | None], now: datetime
) -> None:
    """Renew what is proposed to people whose rows are locked."""
    known = proposals(session, among(session, MatchRow.person_id, [row.id for row in rows]))
    best = _best_opportunities(
        session, [row for row in rows if row.state == PersonState.open], known, now, listed
    )
    renew(session, known, [judged for theirs in best.values() for judged in theirs], now)
    for row in rows:
        theirs = best.get(row.id, [])
        _tell(session, f"person:{row.id}", {"person_id": row.id}, len(theirs), now)
        if people.has_standing_approval(row, now):
            for one in theirs:
                if standing.approve_standing(session, _sessions_of([one]), now):
                    break


def _best_opportunities(
    session: Session,
    rows: Sequence[PersonRow],
    known: Sequence[MatchRow],
    now: datetime,
    listed: Mapping[str, Shortlist | None],
) -> dict[str, list[Judged]]:
    """By person, the best of their shortlist where enough of it fits; otherwise of everything that they may reach."""
    requested, kept_out = _requested(known), set_aside.kept_away(session, [one.id for one in rows], now)
    lists, judging = _shortlists(session, rows, known, now, listed), Several(session, rows, now)
    postings = {one.id: one for one in offered(session, {one for some in lists.values() for one in some.ids})}

    def best_of(row: PersonRow, some: Sequence[OpportunityRow]) -> list[Judged]:
        fitting = ranked(one for one in judging.judge(row, some, requested[row.id]) if fits(one, now))
        left = [one for one in fitting if one.opportunity.id not in kept_out[row.id]]
        kept = pick(left, lambda one: one.opportunity.organisation_id, KEPT_FOR_A_PERSON)
        ids = {one.opportunity.id for one in kept}
        asked_for = (
            one for one in left if one.opportunity.id in requested[row.id] and one.opportunity.id not in ids
        )
        return [Judged(row, one) for one in (*kept, *asked_for)]

    best = {}
    for row in rows:
        if (short := lists.get(row.id)) is not None:
            some = [postings[one] for one in short.ids if one in postings]
            best[row.id] = best_of(row, some)
            if short.whole or _are_enough(best[row.id], short, some):
                continue
        best[row.id] = best_of(row, reachable_opportunities(session, row, also=requested[row.id]))
    return best


def _are_enough(best: Sequence[Judged], short: Shortlist, listed: Sequence[OpportunityRow]) -> bool:
    """Whether as many as are kept fit, and of several organisations, unless a single one's were all that could be listed."""
    organisations = {one.evaluation.opportunity.organisation_id for one in best}
    of_one = len(listed) == len(short.ids) and len({one.organisation_id for one in listed}) == 1
    return len(best) >= KEPT_FOR_A_PERSON and (len(organisations) >= WEIGHTS.menu_organisations or of_one)


def _shortlists(
    session: Session,
    rows: Sequence[PersonRow],
    known: Sequence[MatchRow],
    now: datetime,
    listed: Mapping[str, Shortlist | None],
) -> dict[str, Shortlist]:
    """What is to be judged for each person, where they were listed anything or this process has a memory."""
    stands: dict[str, list[str]] = defaultdict(list)
    for match in known:
        stands[match.person_id].append(match.opportunity_id)
    memory, found = memory_of(session), {}
    unheard = memory.unheard(session, "opportunity_id", now) if memory is not None and memory.ready else set()
    for row in rows:
        short = listed.get(row.id)
        if short is None and memory is not None:
            short = memory.listings_for(session, row, now, LISTED_FOR_A_PERSON)
        if short is not None:
            # It may be older than a posting that was proposed meanwhile: what stands is judged with it.
            found[row.id] = Shortlist(sorted({*short.ids, *stands[row.id], *unheard}), short.whole)
    return found


def _requested(known: Sequence[MatchRow]) -> Mapping[str, set[str]]:
    """By person, the opportunities that their caseworker asked for."""
    found: dict[str, set[str]] = defaultdict(set)
    for match in known:
        if match.requested:
            found[match.person_id].add(match.opportunity_id)
    return found


def current_menu(session: Session, person_id: str, now: datetime) -> list[MatchRow]:
    """At most three proposals of a person that could still be approved, of at least two organisations where possible."""
    rows = session.scalars(
        approvable(now)
        .where(MatchRow.person_id == person_id)
        .order_by(MatchRow.score.desc(), Occurrence.starts_at, MatchRow.opportunity_id)
    ).all()
    best: dict[str, MatchRow] = {}
    for row in rows:
        best.setdefault(row.opportunity_id, row)
    return pick(list(best.values()), lambda row: row.organisation_id)


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


def _sessions_of(best: Iterable[Judged]) -> list[str]:
    return list(dict.fromkeys(one.evaluation.session.id for one in best if one.evaluation.session.id))


def _tell(session: Session, aggregate: str, ids: dict[str, str], count: int, now: datetime) -> None:
    if count:
        note(session, EventType.matches_proposed, aggregate, {**ids, "count": count}, now)
