"""Who can reach a listing, found by the index alone and never too few."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import select

from matcher.domain.person import Person, PersonState, Travel
from matcher.domain.values import GeoPoint, TravelMode
from matcher.scoring.cells import cell_of
from matcher.scoring.comfort import initial
from matcher.scoring.kernel import haversine_km
from matcher.storage import schema
from matcher.storage.people import fill_person, set_comfort
from matcher.storage.reach import candidate_ids, near
from matcher.storage.tables import PersonRow
from tests.builders import NOW, World
from tests.forms import a_posting, an_intake

AROUND = (GeoPoint(35.7, 139.7), GeoPoint(-16.8, 179.99), GeoPoint(69.6, 18.9))


def _scattered(world: World, middle: GeoPoint, count: int = 150) -> dict[str, Person]:
    """People around a point, each with a reach of their own, written down as the service would."""
    r, people = Random(7), {}
    with world.database.writing() as session:
        for number in range(count):
            north, east = (
                r.uniform(-0.15, 0.15),
                r.uniform(-0.15, 0.15) / math.cos(math.radians(middle.latitude)),
            )
            longitude = (middle.longitude + east + 180) % 360 - 180
            person = replace(
                an_intake(), id=f"{middle.latitude:.1f} {number:03}",
                start_point=GeoPoint(middle.latitude + north, longitude).snapped(),
                travel=Travel(r.choice(list(TravelMode)), r.choice((15, 20, 30, 45)), 20),
            )  # fmt: skip
            assert person.id is not None
            people[person.id] = person
            row = PersonRow(
                id=person.id, team_id=world.caseworker.team_id, caseworker_id=world.caseworker.id,
                state=PersonState.open, created_at=NOW,
            )  # fmt: skip
            fill_person(row, person)
            set_comfort(row, initial(person.comfort), NOW)
            session.add(row)
    return people


@pytest.mark.parametrize("middle", AROUND, ids=("tokyo", "dateline", "north"))
def test_nobody_is_missed_whose_reach_touches_the_place(world: World, middle: GeoPoint) -> None:
    people = _scattered(world, middle)
    with world.database.reading() as session:
        found = set(session.scalars(near(session, middle)))
        rows = {row.id: row for row in session.scalars(select(PersonRow)) if row.id in people}
    reached = {
        one
        for one, row in rows.items()
        if haversine_km(row.latitude, row.longitude, middle.latitude, middle.longitude) <= row.reach_km
    }
    assert reached
    assert reached <= found
    assert len(found & people.keys()) <= 1.6 * len(reached)


def test_who_is_not_open_is_not_found(world: World) -> None:
    people = _scattered(world, AROUND[0])
    with world.database.writing() as session:
        query = select(PersonRow).where(PersonRow.id.in_(people)).order_by(PersonRow.reach_km)
        *paused, _open = session.scalars(
            query
        ).all()  # who travels farthest stays, and how far is looked stays the same
        for row in paused:
            row.state = PersonState.paused
        ids = {row.id for row in paused}
    with world.database.reading() as session:
        assert not set(session.scalars(near(session, AROUND[0]))) & ids
        assert not set(candidate_ids(session, replace(a_posting(), online=True))) & ids


def test_the_index_alone_answers(world: World) -> None:
    _crowded(world)
    with world.database.reading() as session:
        compiled = near(session, AROUND[0]).compile(session.get_bind())
        values, order = compiled.construct_params(), compiled.positiontup
        given = tuple(values[name] for name in order) if order else values
        explain = "explain query plan " if world.database.is_sqlite else "explain "
        plan = session.connection().exec_driver_sql(explain + str(compiled), given).all()
    wanted = (
        "SEARCH person USING INDEX ix_person_open_cell (cell=? AND reach_km>?)"
        if world.database.is_sqlite
        else "Index Only Scan using ix_person_open_cell"
    )
    assert wanted in "\n".join(str(row[-1]) for row in plan), plan


def _crowded(world: World, times: int = 100) -> None:
    """So many that reading them all would take longer, in cells of their own."""
    _scattered(world, AROUND[0])
    columns = [one.name for one in PersonRow.__table__.columns if one.name not in ("id", "cell")]
    copies = (
        f"insert into person (id, cell, {', '.join(columns)}) "
        f"select n || ' ' || substr(id, 1, 20), cell + 1000 * n, {', '.join(columns)} from person, "
        f"(with recursive many(n) as (select 1 union all select n + 1 from many where n < {times}) select n from many) as many"
    )
    with world.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(copies)
        connection.exec_driver_sql("analyze" if world.database.is_sqlite else "vacuum analyze person")


def test_smaller_cells_are_numbered_anew(world: World) -> None:
    people = _scattered(world, AROUND[1], count=20)
    query = select(PersonRow).where(PersonRow.id.in_(people))
    schema.downgrade(world.database, "0012")
    with world.database.reading() as session:
        assert all(
            row.cell != cell_of(GeoPoint(row.latitude, row.longitude)) for row in session.scalars(query)
        )
    schema.upgrade(world.database)
    with world.database.reading() as session:
        assert all(
            row.cell == cell_of(GeoPoint(row.latitude, row.longitude)) for row in session.scalars(query)
        )
