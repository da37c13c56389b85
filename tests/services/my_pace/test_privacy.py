"""Erasing: nothing of a person stays, whoever was told of them hears that it is off, and no backup brings them back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from matcher.domain.errors import NotFound
from matcher.domain.events import EventType
from matcher.services.asking import showing
from matcher.services.my_pace import exporting, privacy
from matcher.services.people import exclusions, people, talks
from matcher.services.upkeep import sweeping
from matcher.storage.tables import (
    Base,
    ErasureRow,
    EventRow,
    InvitationRow,
    Occurrence,
    PaceLinkRow,
    PauseLinkRow,
    PersonRow,
)
from matcher.workers import actors
from matcher.workers.subscriptions import SUBSCRIPTIONS
from tests.builders import World
from tests.local_server import LOOPBACK, free_port
from tests.worlds import At, with_mail

SECRETS = (
    "Zwölfender",
    "haru@example.org",
    "sister@example.org",
    "likes herons",
    "a talk about rain",
    "cats",
)


def erase(world: World, person_id: str) -> None:
    with world.database.writing() as session:
        privacy.erase(session, people.locked(session, world.caseworker, person_id), world.clock())


def let_finish(world: World) -> None:
    """First those who were told hear of it, then the rows go."""
    for _ in range(2):
        world.work()
        world.clock.advance(minutes=1)
    world.work()


def everything(world: World) -> dict[str, list[Any]]:
    """Every row of every table, opened."""
    with world.database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in Base.metadata.sorted_tables
        }


def is_readable(world: World, word: str) -> bool:
    """Whether the database's file, or one that SQLite keeps beside it, holds a word."""
    path = Path(str(world.database.url.database))
    return any(word.encode() in one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def somebody(world: World, state: str = "accepted") -> tuple[str, str]:
    """An invitation and a person about whom everything is kept that can be."""
    supporter = {"relation": "sister", "contact": {"channel": "email", "address": "sister@example.org"}}
    invitation_id = world.an_invitation(
        state, alias="Zwölfender", notes="likes herons", supporters=[supporter], share_needs=["step_free"]
    )
    person_id = world.invitation(invitation_id).person_id
    other = world.a_person(alias="Sora", contact={"channel": "email", "address": "sora@example.org"})
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, person_id)
        talks.note(session, row, world.caseworker, "a talk about rain", world.clock())
        exclusions.exclude(session, row, organisation_id=None, other_person_id=other, now=world.clock())
    world.work()
    return invitation_id, person_id


def test_care_23_no_row_and_no_word_of_them_stays(world: World) -> None:
    _, person_id = somebody(world)
    erase(world, person_id)
    let_finish(world)
    kept = everything(world)
    for name, rows in kept.items():
        for secret in SECRETS:
            if secret != "cats":  # the other person likes them, too
                assert secret not in str(rows), name
        if name not in ("erasure", "event", "audit_entry"):  # which hold ids, and no more
            assert person_id not in str(rows), name
    about_them = [row for row in kept["event"] if person_id in str(row)]
    assert [row[3] for row in about_them] == ["person.erased"]
    assert len(kept["person"]) == 1
    assert kept["erasure"][0][2] is not None


def test_care_23_no_file_of_sqlite_holds_a_word_of_them(sqlite_world: World) -> None:
    _, person_id = somebody(sqlite_world)
    assert is_readable(sqlite_world, "Zwölfender")
    erase(sqlite_world, person_id)
    let_finish(sqlite_world)
    assert not is_readable(sqlite_world, "Zwölfender")


def test_care_23_what_a_process_that_ended_left_beside_the_file_goes_at_the_next_start(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, person_id = somebody(sqlite_world)
    ends_there = replace(SUBSCRIPTIONS[EventType.person_erased], after=None)
    monkeypatch.setattr(actors, "SUBSCRIPTIONS", {**SUBSCRIPTIONS, EventType.person_erased: ends_there})
    erase(sqlite_world, person_id)
    let_finish(sqlite_world)
    assert is_readable(sqlite_world, "Zwölfender")
    privacy.erase_again(sqlite_world.outside)  # as every start and every night does
    assert not is_readable(sqlite_world, "Zwölfender")


def test_with_the_asking_itself_the_way_to_them_is_closed(sqlite_world: World) -> None:
    invitation_id, person_id = somebody(sqlite_world)
    opportunity_id = sqlite_world.invitation(invitation_id).opportunity_id
    ways_in = (PauseLinkRow, PaceLinkRow)
    with sqlite_world.database.reading() as session:
        assert all(session.scalars(select(table)).first() for table in ways_in)  # letters have told them so
    erase(sqlite_world, person_id)
    with sqlite_world.database.reading() as session:
        assert not any(session.scalars(select(table)).first() for table in ways_in)
        row = session.get_one(PersonRow, person_id)
        organisation_id = sqlite_world.invitation(invitation_id).organisation_id
        assert (row.state, row.contact, row.supporters, row.notes) == ("closed", None, None, None)
        assert showing.visitors(session, opportunity_id, organisation_id, sqlite_world.clock()) == []
        with pytest.raises(NotFound):
            people.get(session, sqlite_world.caseworker, person_id)
        assert person_id not in [one.id for one in people.page(session, sqlite_world.caseworker, None, 50)]
    assert sqlite_world.invitation(invitation_id).state == "cancelled"


def test_whoever_was_told_of_a_visit_is_told_once_more_and_the_person_hears_nothing(
    sqlite_world: World,
) -> None:
    _, person_id = somebody(sqlite_world)
    before = len(sqlite_world.letters(to="haru@example.org"))
    erase(sqlite_world, person_id)
    let_finish(sqlite_world)
    assert "Zwölfender will not be your guest" in sqlite_world.letters(to="izumi@example.org")[0].text
    assert len(sqlite_world.letters(to="haru@example.org")) == before


def test_the_seat_is_free_for_somebody_else(sqlite_world: World) -> None:
    _, person_id = somebody(sqlite_world)
    erase(sqlite_world, person_id)
    let_finish(sqlite_world)
    with sqlite_world.database.reading() as session:
        assert session.scalars(select(Occurrence.taken)).all() == [0]


@pytest.mark.parametrize("state", ["approved", "sent", "declined", "visited"])
def test_an_invitation_in_any_state_goes_with_them(at_sqlite: At, state: str) -> None:
    world, invitation_id = at_sqlite(state)
    erase(world, world.invitation(invitation_id).person_id)
    letters = len(world.letters())
    let_finish(world)
    world.clock.advance(days=30)
    world.work()  # what was due later finds nothing to fail over
    with world.database.reading() as session:
        for table in (PersonRow, InvitationRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert session.scalars(select(Occurrence.taken)).all() == [0]
        assert session.scalars(select(EventRow.id).where(EventRow.dead_at.is_not(None))).all() == []
    assert len(world.letters()) == letters


def test_an_organisation_that_cannot_be_reached_is_waited_for_half_a_day_and_no_longer(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    person_id = world.invitation(invitation_id).person_id
    with_mail(world, f"smtp://{LOOPBACK}:{free_port()}")
    erase(world, person_id)
    world.work()
    for hours, there in ((11, True), (2, False)):
        world.clock.advance(hours=hours)
        world.work()
        with world.database.reading() as session:
            assert (session.get(PersonRow, person_id) is not None) is there


def test_asking_twice_is_asking_once(sqlite_world: World) -> None:
    _, person_id = somebody(sqlite_world)
    for _ in range(2):
        with sqlite_world.database.writing() as session:
            until = privacy.erase(session, people.lock(session, person_id), sqlite_world.clock())
    assert until == sqlite_world.clock() + timedelta(hours=24)
    with sqlite_world.database.reading() as session:
        asked = select(func.count()).where(EventRow.type == "person.erased")
        assert session.scalar(asked) == 1


def test_care_23_a_restored_backup_brings_nobody_back(at_sqlite: At, tmp_path: Path) -> None:
    world, invitation_id = at_sqlite("accepted")
    person_id = world.invitation(invitation_id).person_id
    path = Path(str(world.database.url.database))
    world.database.close()
    shutil.copy(path, tmp_path / "backup.db")
    erase(world, person_id)
    let_finish(world)
    world.database.close()
    for leftover in path.parent.glob(f"{path.name}-*"):
        leftover.unlink()
    shutil.copy(tmp_path / "backup.db", path)
    assert privacy.erase_again(world.outside) == 1  # as every start does
    with world.database.reading() as session, pytest.raises(NotFound):
        people.get(session, world.caseworker, person_id)
    let_finish(world)
    with world.database.reading() as session:
        assert session.get(PersonRow, person_id) is None
    assert privacy.erase_again(world.outside) == 0


def test_a_lost_ledger_is_written_anew_by_the_next_sweep(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    person_id = world.invitation(invitation_id).person_id
    erase(world, person_id)
    world.work()
    ledger = world.outside.erased
    assert ledger is not None
    assert ledger.ids() == [person_id]
    ledger.path.unlink()
    with world.database.writing() as session:
        sweeping.begin(session, world.clock())
    world.work()
    assert ledger.ids() == [person_id]


def test_an_erasure_whose_event_came_to_nothing_is_finished_by_the_next_sweep(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    person_id = world.invitation(invitation_id).person_id
    erase(world, person_id)
    with world.database.writing() as session:
        for row in session.scalars(select(EventRow).where(EventRow.type == "person.erased")):
            row.dead_at = world.clock()
    world.clock.advance(hours=13)
    with world.database.writing() as session:
        sweeping.begin(session, world.clock())
    world.work()
    with world.database.reading() as session:
        assert session.get(PersonRow, person_id) is None
        assert session.get_one(ErasureRow, person_id).done_at is not None


def test_nobody_else_is_touched(at_sqlite: At, tmp_path: Path) -> None:
    world, invitation_id = at_sqlite("visited")
    other_id = world.a_person(alias="Sora")
    world.work()
    before = everything(world)
    erase(world, world.invitation(invitation_id).person_id)
    let_finish(world)
    after = everything(world)
    kept = ("person", "match", "consent")
    for name in kept:
        mine = [row for row in before[name] if other_id in row]
        assert [row for row in after[name] if other_id in row] == mine
    for name in ("organisation", "place", "opportunity", "team", "caseworker", "api_key"):
        assert after[name] == before[name]


def export(world: World, person_id: str) -> dict[str, Any]:
    with world.database.reading() as session:
        return exporting.export(session, person_id, world.clock())
