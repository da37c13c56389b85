"""How a visit went was noted wrongly: it is noted anew, and what was learned since is learned again from there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from matcher.domain.audit import Act
from matcher.domain.contact_policy import Rest, rest_after_answer, rest_after_silence, rest_after_visit
from matcher.domain.errors import Conflict
from matcher.domain.events import Event, EventType
from matcher.domain.values import HistoryOutcome, Outcome
from matcher.scoring.comfort import Lesson, learned_anew
from matcher.services.answers.visiting import source_of
from matcher.services.asking.inviting import UNANSWERED, call_off, tell
from matcher.services.audit.auditing import record
from matcher.services.finding import matching
from matcher.services.people import people
from matcher.storage.invitations import live_of_person
from matcher.storage.people import (
    comfort_before,
    comfort_of,
    history_entry_of,
    rest_before,
    rested,
    set_comfort,
)
from matcher.storage.tables import HistoryRow, InvitationRow, PersonRow, VisitRow


def correct_visit(session: Session, row: InvitationRow, outcome: Outcome, now: datetime) -> InvitationRow:
    """Note anew how a visit went. Emits `visit.corrected`. The outcome that stands there already changes nothing.

    Raises Conflict where nothing is noted yet, or it was noted before Matcher kept what could be learned anew.
    """
    people.lock(session, row.person_id)
    visit = session.get(VisitRow, row.id, populate_existing=True)
    if visit is None:
        raise Conflict("How this visit went is not recorded yet.")
    if visit.outcome == outcome:
        return row
    line = _line_of(session, row)
    if line is not None and line.before is None:
        raise Conflict("This visit lies too far back to be corrected; set what is comfortable by hand.")
    visit.outcome, visit.corrected_at = outcome, now
    record(session, Act.visit_corrected, now, about=f"invitation:{row.id}", person_id=row.person_id)
    tell(session, EventType.visit_corrected, row, now)
    return row


def learn_anew(session: Session, event: Event, now: datetime) -> None:
    """Learn the corrected visit and everything since anew, rest as it asks, and look for the next step. Safe to repeat.

    A first learning that has not had its turn yet reads the corrected word by itself.
    """
    person = people.lock(session, event.subject("person_id"))
    row = session.get_one(InvitationRow, event.subject("invitation_id"))
    visit = session.get_one(VisitRow, row.id, populate_existing=True)
    line, outcome = _line_of(session, row), Outcome(visit.outcome)
    if line is None or line.before is None or line.outcome == outcome:
        return
    was = _visit_rest(visit, Outcome(line.outcome))
    since = _since(session, line)
    _teach_anew(person, since, outcome, now)
    _rest_anew(session, person, since, was, _visit_rest(visit, outcome))
    person.version += 1
    if outcome is Outcome.too_much:
        _stop_what_is_unanswered(session, person, now)
    matching.match_locked(session, person, now)


def _teach_anew(person: PersonRow, since: Sequence[HistoryRow], outcome: Outcome, now: datetime) -> None:
    """Let the first line say `outcome`, and each later one stand after what would have been believed then."""
    line, taught = since[0], [(one, one.before) for one in since if one.before is not None]
    lessons = [Lesson(comfort_before(before), history_entry_of(one)) for one, before in taught]
    invitation_id, _, _ = line.source.partition(":")
    line.outcome, line.source = outcome, source_of(invitation_id, HistoryOutcome(outcome))
    *earlier, current = learned_anew(lessons, history_entry_of(line), comfort_of(person))
    for (one, before), state in zip(taught[1:], earlier, strict=True):
        one.before = {**before, "comfort": state.to_stored()}
    set_comfort(person, current, now)


def _line_of(session: Session, row: InvitationRow) -> HistoryRow | None:
    """The line of their history that tells of this visit, once it has been learned."""
    sources = [source_of(row.id, HistoryOutcome(outcome)) for outcome in Outcome]
    query = select(HistoryRow).where(HistoryRow.source.in_(sources)).options(undefer(HistoryRow.before))
    return session.scalars(query).one_or_none()


def _since(session: Session, line: HistoryRow) -> list[HistoryRow]:
    """This line and everything that happened since, in the order in which it was learned."""
    query = select(HistoryRow).where(HistoryRow.person_id == line.person_id, HistoryRow.id >= line.id)
    return list(session.scalars(query.order_by(HistoryRow.id).options(undefer(HistoryRow.before))))


def _rest_anew(
    session: Session, person: PersonRow, since: Sequence[HistoryRow], wrongly: Rest, rightly: Rest
) -> None:
    """Rest as if the first line, which brought the rest `wrongly`, had brought `rightly` from the beginning.

    What came since brings its rest again, however much longer the wrong one was; a rest from elsewhere stays.
    """
    stood = rest_before(since[0].before or {})
    was, rest = stood.extended(wrongly), stood.extended(rightly)
    for one in since[1:]:
        if one.before is not None:
            one.before = rested(one.before, rest)
        was, rest = (_rest_after(session, one, before) for before in (was, rest))
    if person.rest_until != was.until:
        rest = rest.extended(Rest(person.rest_until))
    person.rest_until, person.talk_reason = rest.until, rest.talk


def _rest_after(session: Session, line: HistoryRow, before: Rest) -> Rest:
    """How they rested after a line of their history: whoever talked with them need not do so again."""
    invitation_id, _, _ = line.source.partition(":")
    if line.outcome == HistoryOutcome.talked:
        return Rest(before.until)
    if line.outcome == HistoryOutcome.no_answer:
        unanswered = (line.before or {}).get("unanswered", 0)
        return before.extended(rest_after_silence(unanswered + 1, line.at, invitation_id))
    if line.outcome in list(Outcome):
        visit = session.get_one(VisitRow, invitation_id)
        return before.extended(_visit_rest(visit, Outcome(line.outcome)))
    return before.extended(rest_after_answer(line.outcome.removeprefix("answered_"), line.at, invitation_id))


def _visit_rest(visit: VisitRow, outcome: Outcome) -> Rest:
    return rest_after_visit(outcome, visit.recorded_at, visit.invitation_id)


def _stop_what_is_unanswered(session: Session, person: PersonRow, now: datetime) -> None:
    """What went out as if it had been all right is taken back without a word; a visit they said yes to stays theirs."""
    live = live_of_person(session, person.id)
    if live is not None and live.state in UNANSWERED:
        call_off(session, live, now, by="caseworker", silent=True)
