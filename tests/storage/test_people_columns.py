"""Everybody read in one pass stands in memory as each of them does who is read alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from matcher.domain.person import PersonState
from matcher.domain.values import Rungs
from matcher.scoring.columns.people import LISTS, PeopleColumns
from matcher.scoring.columns.words import Words
from matcher.scoring.comfort import with_rungs
from matcher.storage import people_packed
from matcher.storage.people import comfort_of, consent_rows, fill_person, person_of, set_comfort
from matcher.storage.people_columns import known_people, put_person, read_people
from matcher.storage.people_packed import pack, pack_missing
from matcher.storage.tables import (
    ExclusionRow,
    HistoryRow,
    IntroductionRow,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
    PlaceRow,
)
from tests.builders import World
from tests.scoring.columns.crowd import Known, case

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ORGANISATIONS = ("org-a", "org-b", "org-c")
CASES = 120


@pytest.fixture
def crowded(world: World) -> World:
    """The people of the edge cases in the database, with everything that the rules read of them."""
    with world.database.writing() as session:
        for one in ORGANISATIONS:
            session.add(
                OrganisationRow(
                    id=one, name=one, contact_email="a@example.org", safeguarding_contact="S", created_at=AT
                )
            )
        session.flush()
        for letter in "ab":
            session.add(
                PlaceRow(
                    id=f"place-{letter}", organisation_id="org-a", normalised_name=letter, latitude_milli=0,
                    longitude_milli=0, name=letter, latitude=0, longitude=0, timezone="UTC",
                )
            )  # fmt: skip
            session.add(
                OpportunityRow(
                    id=f"opp-{letter}", organisation_id="org-a", facts={}, created_at=AT, state="draft"
                )
            )
        session.flush()
        for seed in range(CASES):
            known, _opportunity, at = case(seed)
            _write(session, world, known, at)
    return world


def _write(session: Any, world: World, known: Known, at: datetime) -> None:
    person = known.person
    row = PersonRow(
        id=person.id, team_id=world.caseworker.team_id, caseworker_id=world.caseworker.id, state=person.state,
        created_at=AT,
    )  # fmt: skip
    fill_person(row, person)
    set_comfort(row, known.comfort, AT)
    session.add(row)
    session.flush()
    assert person.id is not None
    session.add_all(consent_rows(person.id, person.consents, "mori", max(AT, at)))
    for one in person.introduced_to:
        session.add(IntroductionRow(person_id=person.id, organisation_id=one, introduced_at=AT))
    for one in person.excluded_organisation_ids:
        session.add(ExclusionRow(person_id=person.id, organisation_id=one, created_at=AT))
    for number, entry in enumerate(known.history.entries):
        session.add(
            HistoryRow(
                person_id=person.id, at=entry.at, outcome=entry.outcome, opportunity_id=entry.opportunity_id,
                aspects=None if entry.aspects is None else {name: getattr(entry.aspects, name) for name in type(entry.aspects).__slots__},
                place_id=entry.place_id, organisation_id=entry.organisation_id, stay_step=entry.stay_step,
                source=f"{person.id} {number}",
            )
        )  # fmt: skip


def said_of(columns: PeopleColumns, person_id: str) -> dict[str, Any] | None:
    """Everything that the columns say of somebody, wherever it lies."""
    row = columns.table.row(person_id)
    if row is None:
        return None
    view = columns.view()
    said: dict[str, Any] = {
        name: np.asarray(getattr(view, name)[row]).tolist()
        for name in ("bars", "rank", "needs", "topic_bits")
    }
    said["cell"] = int(columns.table.arrays["cell"][row])
    facts = {name: np.asarray(view.facts[row][name]).tolist() for name in view.facts.dtype.names or ()}
    belief = view.beliefs[facts.pop("belief")]
    said["belief"] = {name: np.asarray(belief[name]).tolist() for name in view.beliefs.dtype.names or ()}
    said["facts"] = facts
    for place, name in enumerate(LISTS):
        begin, length = view.extents[row, 2 * place : 2 * place + 2]
        said[name] = sorted(np.asarray(getattr(view, name)[begin : begin + length]).tolist())
    return said


def each_alone(world: World, words: Words, at: datetime) -> PeopleColumns:
    columns = PeopleColumns(words)
    with world.database.reading() as session:
        for person_id in session.scalars(select(PersonRow.id)).all():
            put_person(columns, person_id, known_people(session, [person_id])[person_id], at)
    return columns


def test_the_one_pass_says_what_each_alone_says(crowded: World) -> None:
    words = Words()
    alone = each_alone(crowded, words, AT)
    heard: list[tuple[int, int]] = []
    with crowded.database.reading() as session:
        whole = read_people(session, words, AT, lambda done, total: heard.append((done, total)))
    with crowded.database.reading() as session:
        ids = session.scalars(select(PersonRow.id)).all()
    assert {one: said_of(whole, one) for one in ids} == {one: said_of(alone, one) for one in ids}
    assert len(whole) == heard[-1][0] == heard[-1][1]
    assert len(whole) < CASES == len(ids)  # some have closed for good
    assert whole.table.settled == len(whole)


def test_an_invitation_a_pause_and_a_farewell_are_seen(world: World) -> None:
    invited = world.invitation(world.an_invitation("sent")).person_id
    paused, closed = world.a_person(), world.a_person()
    with world.database.writing() as session:
        for one, state in ((paused, PersonState.paused), (closed, PersonState.closed)):
            session.execute(update(PersonRow).where(PersonRow.id == one).values(state=state))
    words = Words()
    alone = each_alone(world, words, world.clock())
    with world.database.reading() as session:
        whole = read_people(session, words, world.clock())
    said = {one: said_of(whole, one) for one in (invited, paused, closed)}
    assert said == {one: said_of(alone, one) for one in said}
    assert said[closed] is None
    free = whole.table.row(world_free := world.a_person())
    assert free is None
    with world.database.reading() as session:
        put_person(whole, world_free, known_people(session, [world_free])[world_free], world.clock())
    bars = [int(whole.view().bars[whole.table.row(one) or 0]) for one in (invited, paused, world_free)]
    assert bars[0] == bars[1] != bars[2]


def test_somebody_who_has_closed_is_forgotten(crowded: World) -> None:
    with crowded.database.reading() as session:
        columns = read_people(session, Words(), AT)
        somebody = next(
            one for one in session.scalars(select(PersonRow.id)) if columns.table.row(one) is not None
        )
    with crowded.database.writing() as session:
        session.execute(update(PersonRow).where(PersonRow.id == somebody).values(state=PersonState.closed))
    with crowded.database.reading() as session:
        for one in (somebody, "nobody"):
            put_person(columns, one, known_people(session, [one])[one], AT)
    assert columns.table.row(somebody) is None


def test_whoever_is_not_packed_is_read_from_the_documents(crowded: World) -> None:
    words = Words()
    alone = each_alone(crowded, words, AT)
    with crowded.database.writing() as session:
        session.execute(update(PersonRow).values(packed=None))
    with crowded.database.reading() as session:
        whole = read_people(session, words, AT)
        ids = session.scalars(select(PersonRow.id)).all()
    assert {one: said_of(whole, one) for one in ids} == {one: said_of(alone, one) for one in ids}


def test_what_a_migration_left_out_is_packed(crowded: World) -> None:
    with crowded.database.writing() as session:
        before = dict(session.execute(select(PersonRow.id, PersonRow.packed)).all())  # type: ignore[arg-type]
        session.execute(update(PersonRow).values(packed=None))
    with crowded.database.engine.begin() as connection:
        assert pack_missing(connection) == CASES
        assert pack_missing(connection) == 0
    with crowded.database.reading() as session:
        assert dict(session.execute(select(PersonRow.id, PersonRow.packed)).all()) == before  # type: ignore[arg-type]
    assert None not in before.values()


def test_what_is_packed_follows_every_change(world: World) -> None:
    one = world.a_person()
    with world.database.writing() as session:
        row = session.get_one(PersonRow, one)
        before = row.packed
        fill_person(row, replace(person_of(row), topics=("chess",)))
        after = row.packed
        set_comfort(row, with_rungs(comfort_of(row), Rungs(4, 4, 4, 4, 4, 4)), AT)
    assert before != after != row.packed
    with world.database.reading() as session:
        row = session.get_one(PersonRow, one)
        assert row.packed == pack(row)


def test_a_change_that_packs_nothing_anew_leaves_nothing_packed(world: World) -> None:
    one, other = world.a_person(), world.a_person()
    with world.database.writing() as session:
        session.execute(update(PersonRow).where(PersonRow.id == one).values(max_group_size=2))
        session.execute(update(PersonRow).where(PersonRow.id == other).values(unanswered=1))
    with world.database.reading() as session:
        assert session.get_one(PersonRow, one).packed is None
        assert session.get_one(PersonRow, other).packed is not None
        columns = read_people(session, Words(), world.clock(), ids=[one])
    assert columns.view().facts[0]["max_group_size"] == 2


def test_who_is_changed_meanwhile_is_packed_by_whoever_changes_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change comes between reading somebody who is not packed and writing down what was read."""
    one = world.a_person()
    with world.database.writing() as session:
        session.execute(update(PersonRow).values(packed=None))

    def late(row: Any) -> bytes:
        old = pack(row)
        change = update(PersonRow).where(PersonRow.id == one).values(packed=b"newer")
        connection.execute(change)
        return old

    monkeypatch.setattr(people_packed, "pack", late)
    with world.database.engine.begin() as connection:
        people_packed.pack_missing(connection)
    with world.database.reading() as session:
        assert session.get_one(PersonRow, one).packed == b"newer"
