"""Files of listings: read once, some rows at a time, and nothing of the file left behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from matcher.domain.errors import AddressNotFound, Conflict, GeocoderUnavailable
from matcher.domain.imports import DraftRow, ImportReading
from matcher.domain.opportunity import Opportunity
from matcher.domain.opportunity import Session as SessionTime
from matcher.domain.ports import Located
from matcher.domain.values import Kind, Requirement
from matcher.services.listings import importing, mending
from matcher.services.upkeep import sweeping
from matcher.storage.imports import kept, lines_of, posting_of, report_of
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import ImportLineRow, ImportRow, OpportunityRow
from tests.builders import NOW, World
from tests.exchange.municipal_files import as_text, listing
from tests.forms import a_posting

MANY = 45  # more than two portions
FILE = as_text(*[listing(名称=f"会 {number}") for number in range(MANY)]).encode()


def bring(world: World, organisation: str, file: bytes = FILE) -> str:
    with world.database.writing() as session:
        return importing.receive(session, organisation, "municipal-csv", file, world.clock()).id


def found(world: World, import_id: str) -> ImportRow:
    with world.database.reading() as session:
        return session.get_one(ImportRow, import_id)


def counts(world: World, import_id: str) -> dict[str, int]:
    with world.database.reading() as session:
        return report_of(lines_of(session, import_id)).counts


def drafts(world: World) -> list[str | None]:
    with world.database.reading() as session:
        return list(session.scalars(select(OpportunityRow.title).order_by(OpportunityRow.id)))


def test_every_row_becomes_a_draft_and_the_file_goes(world: World) -> None:
    import_id = bring(world, world.an_organisation())
    with world.database.reading() as session:
        stored = session.execute(text("select content from import_file")).scalar_one()
    assert "会" not in stored
    assert world.work() > 0
    assert (found(world, import_id).state, found(world, import_id).content) == ("ready", None)
    assert counts(world, import_id)["draft"] == MANY
    assert len(drafts(world)) == MANY


def test_a_worker_killed_half_way_loses_and_doubles_nothing(world: World) -> None:
    organisation = world.an_organisation()
    world.work()
    import_id = bring(world, organisation)
    commits = 0

    def pull_the_plug(_connection: object) -> None:
        nonlocal commits
        commits += 1
        if commits == 3:  # the lease, one portion, and then
            raise KeyboardInterrupt

    sql_event.listen(world.database.engine, "commit", pull_the_plug)
    with pytest.raises(KeyboardInterrupt):
        world.work()
    sql_event.remove(world.database.engine, "commit", pull_the_plug)
    assert 0 < counts(world, import_id)["rows"] < MANY
    assert found(world, import_id).content is not None
    world.clock.advance(minutes=1)
    world.work()
    assert counts(world, import_id) == {"rows": MANY, "draft": MANY, "unchanged": 0, "refused": 0}
    assert sorted(map(str, drafts(world))) == sorted(f"会 {number}" for number in range(MANY))


def test_a_long_file_leaves_others_their_turn(world: World) -> None:
    organisation = world.an_organisation()
    world.work()

    class Slow:
        def locate(self, address: str) -> Located:
            world.clock.advance(seconds=1)
            raise AddressNotFound(address)

    world.outside = replace(world.outside, geocoder=Slow())
    world.handler = type(world.handler)(world.outside)
    file = as_text(*[listing(名称=f"会 {n}", 緯度="", 経度="") for n in range(MANY)]).encode()
    import_id = bring(world, organisation, file)
    assert world.work() == 3
    assert counts(world, import_id)["draft"] == MANY


def test_what_the_organisation_made_of_a_draft_outlives_the_same_file(world: World) -> None:
    organisation = world.an_organisation()
    bring(world, organisation)
    world.work()
    with world.database.writing() as session:
        session.scalars(select(OpportunityRow)).first().title = "Ours"  # type: ignore[union-attr]
    again = bring(world, organisation)
    world.work()
    assert counts(world, again) == {"rows": MANY, "draft": 0, "unchanged": MANY, "refused": 0}
    assert "Ours" in drafts(world)
    assert len(drafts(world)) == MANY


def test_a_map_out_of_reach_leaves_the_addresses_for_later(world: World) -> None:
    class Away:
        asked = 0

        def locate(self, address: str) -> Located:
            self.asked += 1
            raise GeocoderUnavailable(address)

    away = Away()
    world.outside = replace(world.outside, geocoder=away)
    world.handler = type(world.handler)(world.outside)
    file = as_text(*[listing(名称=f"会 {n}", 緯度="", 経度="") for n in range(3)]).encode()
    import_id = bring(world, world.an_organisation(), file)
    world.work()
    assert counts(world, import_id)["draft"] == 3
    assert away.asked == 1


def test_a_reader_that_slips_costs_one_row_and_not_the_file(world: World) -> None:
    organisation = world.an_organisation()
    past = Opportunity(
        title="Past", sessions=(SessionTime(NOW - timedelta(days=2), NOW - timedelta(days=1)),)
    )
    rows = (DraftRow(2, "a", past), DraftRow(3, "b", Opportunity(title="To come")))
    with world.database.writing() as session:
        report = importing.import_listings(session, organisation, ImportReading(rows), NOW)
    assert [(line.result, line.opportunity_id is None) for line in report.lines] == [
        ("refused", True),
        ("draft", False),
    ]
    assert report.lines[0].notes[0].field.startswith("/sessions/0")


def test_reports_are_forgotten_after_their_keep_and_the_drafts_stay(world: World) -> None:
    import_id = bring(world, world.an_organisation())
    world.work()
    for days, left in ((179, 1), (1, 0)):
        world.clock.advance(days=days)
        with world.database.writing() as session:
            sweeping.begin(session, world.clock())
        world.work()
        with world.database.reading() as session:
            assert len(session.scalars(select(ImportRow)).all()) == left
            assert bool(lines_of(session, import_id)) == bool(left)
    assert len(drafts(world)) == MANY


def test_no_more_files_wait_than_are_soon_read(world: World) -> None:
    organisation = world.an_organisation()
    for _ in range(importing.WAITING_MAX):
        bring(world, organisation, b"x")
    with pytest.raises(Conflict):
        bring(world, organisation, b"x")
    bring(world, world.an_organisation("Kamome"), b"x")
    world.work()
    bring(world, organisation, b"x")


def test_the_database_itself_lets_no_file_outlive_its_reading(world: World) -> None:
    import_id = bring(world, world.an_organisation())
    for state in ("ready", "unreadable"):
        with pytest.raises(IntegrityError), world.database.writing() as session:
            session.get_one(ImportRow, import_id).state = state


def test_a_posting_comes_back_as_it_was_kept() -> None:
    whole = replace(a_posting(), sessions=(SessionTime(NOW, NOW + timedelta(hours=1)),))
    for one in (
        whole,
        Opportunity(),
        replace(whole, place=None, online=True, requires=(Requirement.camera,)),
    ):
        assert posting_of(kept(one)) == one


def test_mending_twice_at_once_makes_one_draft(world: World) -> None:
    organisation = world.an_organisation()
    import_id = bring(world, organisation, as_text(listing(名称="")).encode())
    world.work()
    with world.database.reading() as session:
        (row,) = mending.open_rows(session, organisation, import_id)
    assert (row.waits, row.standing.capacity, row.standing.title) == (True, 4, None)

    def named(row: mending.OpenRow) -> Opportunity:
        return replace(row.standing, title="苔を見る会", kind=Kind.hobby)

    first, again = (mending.mend(world.outside, organisation, import_id, 2, named) for _ in range(2))
    assert first == again
    with world.database.reading() as session:
        draft = opportunity_of(session.scalars(select(OpportunityRow)).one())
        line = session.scalars(select(ImportLineRow)).one()
    assert (draft.title, draft.kind, draft.capacity) == ("苔を見る会", Kind.hobby, 4)
    assert len(draft.sessions) == 1
    assert (line.result, line.rest, line.opportunity_id) == ("draft", None, first)
