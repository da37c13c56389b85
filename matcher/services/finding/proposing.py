"""Proposals in the record: each person and session at most once, with everything that was said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matcher.domain.invitation import MatchState
from matcher.domain.values import Language
from matcher.scoring.evaluation import Evaluation
from matcher.scoring.sentences import why
from matcher.services.suitability.judging import Judged
from matcher.storage.sent import among
from matcher.storage.tables import MatchRow, new_id

Said = tuple[Judged, dict[str, Any]]
"""What was found, and the words for it."""


def proposals(session: Session, *where: Any) -> list[MatchRow]:
    """What stands proposed, as the database has it now."""
    query = select(MatchRow).where(MatchRow.state == MatchState.proposed, *where)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def make_stale(session: Session, matches: Iterable[MatchRow]) -> None:
    """Only what is still proposed: an approval that was faster keeps its match."""
    ids = [match.id for match in matches]
    if not ids:
        return
    session.execute(
        update(MatchRow)
        .where(among(session, MatchRow.id, ids), MatchRow.state == MatchState.proposed)
        .values(state=MatchState.stale, version=MatchRow.version + 1)
        .execution_options(synchronize_session=False)
    )


def renew(session: Session, known: Sequence[MatchRow], best: Sequence[Judged], now: datetime) -> None:
    """Let exactly the best stand proposed."""
    kept = store(session, known, best, now)
    make_stale(session, [match for match in known if match not in kept])


def store(
    session: Session,
    known: Sequence[MatchRow],
    best: Sequence[Judged],
    now: datetime,
    *,
    requested: bool = False,
) -> list[MatchRow]:
    """Save or renew proposals; the partial unique index keeps each the only one of its person and session.

    What was asked for stays asked for when its session moves (CARE 11).
    """
    asked = {(match.person_id, match.opportunity_id) for match in known if match.requested}
    standing = {(match.person_id, match.occurrence_id): match for match in known}
    said = [(one, explained(one.evaluation)) for one in best]
    fresh = [one for one in said if _pair(one[0]) not in standing]
    standing |= {(match.person_id, match.occurrence_id): match for match in _propose(session, fresh, now)}
    kept = [standing[_pair(one)] for one in best]
    for match, one in zip(kept, said, strict=True):
        _say(session, match, *one, requested=requested or (match.person_id, match.opportunity_id) in asked)
    session.flush()
    return kept


def _pair(judged: Judged) -> tuple[str, str]:
    """Whom, and which session."""
    assert judged.person.id is not None
    assert judged.evaluation.session.id is not None
    return judged.person.id, judged.evaluation.session.id


def _say(
    session: Session, match: MatchRow, judged: Judged, explanation: dict[str, Any], *, requested: bool
) -> None:
    """Let a proposal say what was found now."""
    found = judged.evaluation
    if (match.score, match.explanation) != (found.score, explanation) or (requested and not match.requested):
        # An approval that was faster keeps what it was given for.
        session.execute(
            update(MatchRow)
            .where(MatchRow.id == match.id, MatchRow.state == MatchState.proposed)
            .values(
                score=found.score or 0.0, step=str(found.step), explanation=explanation,
                requested=match.requested or requested, version=MatchRow.version + 1,
            )
        )  # fmt: skip


def _propose(session: Session, fresh: Iterable[Said], now: datetime) -> list[MatchRow]:
    """New proposals, all at once; or one by one where another worker has stored some of them this very moment."""
    in_order = sorted(fresh, key=lambda one: _pair(one[0]))
    made = [_match_of(*one, now) for one in in_order]
    try:
        with session.begin_nested():
            session.add_all(made)
        return made
    except IntegrityError:
        return [_propose_one(session, _match_of(*one, now)) for one in in_order]


def _propose_one(session: Session, match: MatchRow) -> MatchRow:
    """A new proposal, or the one that stands already: the index lets only one."""
    try:
        with session.begin_nested():
            session.add(match)
    except IntegrityError:
        theirs = (MatchRow.person_id == match.person_id, MatchRow.occurrence_id == match.occurrence_id)
        standing = proposals(session, *theirs)
        if not standing:
            raise
        return standing[0]
    return match


def _match_of(judged: Judged, explanation: dict[str, Any], now: datetime) -> MatchRow:
    found = judged.evaluation
    return MatchRow(
        id=new_id(), person_id=judged.person.id, occurrence_id=found.session.id, created_at=now,
        opportunity_id=found.opportunity.id, organisation_id=found.opportunity.organisation_id,
        score=found.score, step=found.step, explanation=explanation, version=1,
    )  # fmt: skip


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
