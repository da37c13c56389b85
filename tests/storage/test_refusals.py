"""What the database itself refuses, whatever the code above it does."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from matcher.domain.errors import Conflict
from matcher.domain.events import EventType
from matcher.domain.invitation import InvitationState
from matcher.storage.invitations import give_seat_back, move, take_seat
from matcher.storage.outbox import emit
from matcher.storage.tables import (
    ApiKeyRow,
    ConsentRow,
    EventRow,
    ExclusionRow,
    InvitationHistoryRow,
    InvitationRow,
    LetterRow,
    MatchRow,
    Occurrence,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
    VisitRow,
    new_id,
)
from tests.builders import NOW, World
from tests.worlds import At


@pytest.fixture
def world(at: At) -> World:
    """A world in which one invitation was sent."""
    return at("sent")[0]


@pytest.fixture
def invited(world: World) -> InvitationRow:
    """That invitation."""
    with world.database.reading() as session:
        return session.scalars(select(InvitationRow)).one()


def _copy(row: Any, **changes: Any) -> dict[str, Any]:
    """The columns that were read of a row, with a new id."""
    values = {name: getattr(row, name) for name in inspect(type(row)).columns.keys() & vars(row).keys()}
    return {**values, **({"id": new_id()} if "id" in values else {}), **changes}


def _refused(world: World, statement: Any, match: str = "") -> None:
    with pytest.raises(DBAPIError, match=match), world.database.writing() as session:
        session.execute(statement)


@pytest.mark.parametrize("taken", [-1, 3])
def test_a_session_is_never_overbooked(world: World, invited: InvitationRow, taken: int) -> None:
    _refused(world, update(Occurrence).values(taken=taken), "seats")


def test_seats_are_taken_until_there_are_none(world: World, invited: InvitationRow) -> None:
    with world.database.writing() as session:
        assert take_seat(session, invited.occurrence_id)  # the second of two
        assert not take_seat(session, invited.occurrence_id)
        assert session.get_one(Occurrence, invited.occurrence_id).taken == 2


def test_no_seat_of_a_removed_session_is_taken(world: World, invited: InvitationRow) -> None:
    with world.database.writing() as session:
        session.get_one(Occurrence, invited.occurrence_id).removed_at = NOW
        session.flush()
        assert not take_seat(session, invited.occurrence_id)


def test_a_seat_is_given_back_once(world: World, invited: InvitationRow) -> None:
    with world.database.writing() as session:
        row = session.get_one(InvitationRow, invited.id)
        assert take_seat(session, row.occurrence_id)
        assert [give_seat_back(session, row) for _ in range(3)] == [True, False, False]
        assert session.get_one(Occurrence, row.occurrence_id, populate_existing=True).taken == 1


def test_a_second_live_invitation_of_a_person_is_refused(world: World, invited: InvitationRow) -> None:
    second = _copy(invited, token_hash="another")
    with pytest.raises(IntegrityError), world.database.writing() as session:
        session.execute(insert(InvitationRow).values(**second))
    with world.database.writing() as session:  # ended ones may be many
        session.execute(insert(InvitationRow).values(**{**second, "state": "expired", "live": False}))


def test_a_live_state_cannot_be_called_dead(world: World, invited: InvitationRow) -> None:
    _refused(world, update(InvitationRow).values(live=False), "live_states")


def test_a_second_proposal_for_a_person_and_session_is_refused(world: World) -> None:
    with world.database.writing() as session:
        match = session.scalars(select(MatchRow)).one()
        match.state = "proposed"
    with pytest.raises(IntegrityError), world.database.writing() as session:
        session.execute(insert(MatchRow).values(**_copy(match)))
    with world.database.writing() as session:
        session.execute(insert(MatchRow).values(**_copy(match, state="stale")))


@pytest.mark.parametrize(
    "statement", [update(InvitationHistoryRow).values(at=NOW), delete(InvitationHistoryRow)]
)
def test_history_of_an_invitation_is_only_added_to(
    world: World, invited: InvitationRow, statement: Any
) -> None:
    _refused(world, statement, "append-only")
    assert [line.state for line in world.invitation(invited.id).history] == ["approved", "sent"]


POINTERS = [
    (InvitationRow, "person_id"), (InvitationRow, "match_id"), (InvitationRow, "occurrence_id"),
    (InvitationRow, "opportunity_id"), (InvitationRow, "organisation_id"),
    (InvitationHistoryRow, "invitation_id"), (MatchRow, "person_id"), (MatchRow, "occurrence_id"),
    (Occurrence, "opportunity_id"), (OpportunityRow, "organisation_id"), (OpportunityRow, "place_id"),
    (PersonRow, "team_id"), (PersonRow, "caseworker_id"), (ConsentRow, "person_id"),
    (LetterRow, "person_id"), (LetterRow, "invitation_id"),
]  # fmt: skip


def test_no_row_can_point_at_nothing(world: World) -> None:
    for table, column in POINTERS:
        with world.database.reading() as session:
            row = session.scalars(select(table).limit(1)).first()
        changes: dict[str, Any] = {"invitation_version": 9} if table is LetterRow else {}
        changes[column] = new_id()
        if table is InvitationRow:
            changes |= {"token_hash": "another", "live": False, "state": "expired"}
        _refused(world, insert(table).values(**_copy(row, **changes)), "(?i)foreign key")


def test_what_others_point_at_cannot_be_deleted(world: World) -> None:
    for table in (PersonRow, OrganisationRow, OpportunityRow, Occurrence, MatchRow):
        _refused(world, delete(table), "(?i)foreign key")


def test_an_unknown_state_is_refused(world: World) -> None:
    for table in (InvitationRow, MatchRow, OpportunityRow, OrganisationRow, PersonRow, LetterRow):
        _refused(world, update(table).values(state="perhaps"), "(?i)check")


def test_an_unknown_outcome_is_refused(world: World, invited: InvitationRow) -> None:
    visit = insert(VisitRow).values(
        invitation_id=invited.id, person_id=invited.person_id, outcome="great", recorded_at=NOW
    )
    _refused(world, visit, "(?i)check")


def test_a_vetted_organisation_has_an_end_of_its_vetting(world: World, invited: InvitationRow) -> None:
    _refused(world, update(OrganisationRow).values(vetted_until=None), "vetted_until")


@pytest.mark.parametrize("column", ["online", "capacity", "kind"])
def test_a_published_posting_is_whole(world: World, invited: InvitationRow, column: str) -> None:
    _refused(world, update(OpportunityRow).values({column: None}), "published_is_complete")


def test_online_has_no_place(world: World, invited: InvitationRow) -> None:
    _refused(world, update(OpportunityRow).values(online=True), "online_or_place")


def test_a_session_ends_after_it_starts(world: World, invited: InvitationRow) -> None:
    _refused(world, update(Occurrence).values(ends_at=Occurrence.starts_at), "order")
    _refused(world, update(Occurrence).values(ends_at=None), "dated")


@pytest.mark.parametrize("both", [True, False])
def test_an_exclusion_names_exactly_one_other(world: World, invited: InvitationRow, both: bool) -> None:
    other = world.a_person()
    row = insert(ExclusionRow).values(
        id=new_id(), person_id=invited.person_id, created_at=NOW,
        organisation_id=invited.organisation_id if both else None, other_person_id=other if both else None,
    )  # fmt: skip
    _refused(world, row, "one_other")


def test_a_key_has_one_owner(world: World, invited: InvitationRow) -> None:
    values = {"id": new_id(), "key_hash": "x", "prefix": "x", "created_at": NOW, "expires_at": NOW}
    _refused(world, insert(ApiKeyRow).values(**values), "one_owner")
    two = {"admin_id": world.admins[0], "caseworker_id": world.caseworker.id}
    _refused(world, insert(ApiKeyRow).values(**values, **two), "one_owner")


def test_a_place_lies_on_the_earth(world: World, invited: InvitationRow) -> None:
    _refused(world, update(PersonRow).values(latitude=90.01), "on_earth")


def test_a_move_that_is_not_allowed_changes_nothing(world: World, invited: InvitationRow) -> None:
    with pytest.raises(Conflict), world.database.writing() as session:
        move(session, session.get_one(InvitationRow, invited.id), InvitationState.lapsed, NOW)
    assert world.invitation(invited.id).state == "sent"


def test_of_two_moves_from_one_state_the_second_is_refused(world: World, invited: InvitationRow) -> None:
    with world.database.writing() as session:
        stale = session.get_one(InvitationRow, invited.id)
        session.expunge(stale)
        move(session, session.get_one(InvitationRow, invited.id), InvitationState.withdrawn, NOW)
    with pytest.raises(Conflict, match="has just changed"), world.database.writing() as session:
        move(session, stale, InvitationState.accepted, NOW)
    row = world.invitation(invited.id)
    assert (row.state, [line.state for line in row.history]) == (
        "withdrawn",
        ["approved", "sent", "withdrawn"],
    )


def test_a_moment_without_a_zone_is_refused(world: World) -> None:
    naive = datetime(2026, 11, 23, 5, 0)  # noqa: DTZ001 - that is the point
    with pytest.raises(StatementError, match="without a zone"), world.database.writing() as session:
        session.execute(update(OrganisationRow).values(created_at=naive))


def test_moments_come_back_as_the_same_instant_in_utc(world: World) -> None:
    organisation_id = world.an_organisation()
    tokyo = datetime.fromisoformat("2026-11-23T14:00:00.123456+09:00")
    with world.database.writing() as session:
        session.get_one(OrganisationRow, organisation_id).created_at = tokyo
    with world.database.reading() as session:
        found = session.get_one(OrganisationRow, organisation_id).created_at
    assert (found, found.utcoffset()) == (tokyo, timedelta(0))
    assert found.tzinfo is UTC


def test_a_failed_transaction_leaves_nothing_and_wakes_nobody(world: World) -> None:
    woken: list[str] = []
    world.database.nudge = woken.extend
    with world.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(EventRow))
    with suppress(RuntimeError), world.database.writing() as session:
        emit(session, EventType.sweep_due, "sweep", {}, now=NOW)
        session.flush()
        raise RuntimeError
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == before
    assert woken == []
    with world.database.writing() as session:
        event_id = emit(session, EventType.sweep_due, "sweep", {}, now=NOW)
        emit(session, EventType.sweep_due, "sweep", {}, now=NOW, available_at=NOW + timedelta(seconds=1))
        assert woken == []  # not before the commit
    assert woken == [event_id]  # and nothing that is only due later


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    milliseconds = [one[:13] for one in ids]
    assert milliseconds == sorted(milliseconds)
