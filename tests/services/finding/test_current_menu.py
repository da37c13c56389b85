"""The menu as it stands proposed: each opportunity once, at the place of its best session."""

from __future__ import annotations

from sqlalchemy import select

from matcher.services.finding import matching
from matcher.storage.tables import MatchRow, Occurrence
from tests.builders import World

TWO_SESSIONS = [
    {"starts_at": f"2026-11-{day}T13:00:00+09:00", "ends_at": f"2026-11-{day}T13:30:00+09:00"}
    for day in (26, 27)
]


def test_of_two_sessions_the_better_one_keeps_its_opportunity_at_its_place(sqlite_world: World) -> None:
    world = sqlite_world
    best = world.an_opportunity(sessions=TWO_SESSIONS)
    others = [world.an_opportunity() for _ in range(3)]
    person_id = world.a_person(availability=[])
    world.work()
    scores = dict(zip([best, *others], (0.9, 0.8, 0.7, 0.6), strict=True))
    with world.database.writing() as session:
        for match in session.scalars(select(MatchRow)):
            match.score = scores[match.opportunity_id]
        match = session.scalars(select(MatchRow).filter_by(opportunity_id=best)).one()
        of_best = Occurrence.opportunity_id == best
        later = session.scalars(select(Occurrence).where(of_best, Occurrence.id != match.occurrence_id)).one()
        session.add(
            MatchRow(
                person_id=person_id, occurrence_id=later.id, created_at=match.created_at, opportunity_id=best,
                organisation_id=match.organisation_id, score=0.5, step=match.step, explanation=match.explanation,
            )
        )  # fmt: skip
    with world.database.reading() as session:
        menu = matching.current_menu(session, person_id, world.clock())
    assert [one.score for one in menu] == [0.9, 0.8, 0.7]
