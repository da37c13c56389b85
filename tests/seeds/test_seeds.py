"""The first run's invented world: whole, believable, and loaded once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from matcher.api.forms.opportunity import OpportunityForm
from matcher.cli import seeding
from matcher.cli.seeding import is_empty, posting_form, read_seeds, seed
from matcher.domain.errors import InvalidInput, MatcherError
from matcher.domain.events import EventType
from matcher.domain.opportunity import missing_facts
from matcher.domain.person import Person
from matcher.domain.values import Kind
from matcher.services.access import keys
from matcher.services.access.keys import Caller, Role
from matcher.services.asking import host_words
from matcher.services.desk import team
from matcher.services.desk.today import whats_on
from matcher.services.finding import requesting
from matcher.services.finding.matching import current_menu
from matcher.services.people import people
from matcher.services.upkeep.sweeping import oldest_due
from matcher.storage import outbox
from matcher.storage.opportunities import opportunity_of
from matcher.storage.people import person_of
from matcher.storage.tables import (
    AdminRow,
    ExclusionRow,
    HistoryRow,
    InvitationRow,
    MatchRequestRow,
    MatchRow,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
)
from tests.builders import NOW, World, make_world
from tests.mail.test_words import FORBIDDEN

FILES = ("organisations", "opportunities", "people", "past", "demo")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The seeds, and everything that workers make of them."""
    world = make_world(tmp_path_factory.mktemp("seeds"))
    seed(world.outside, world.clock())
    world.work()
    yield world
    world.close()


def test_there_are_enough_of_everything_and_every_kind(seeded: World) -> None:
    with seeded.database.reading() as session:
        organisations = Counter(session.scalars(select(OrganisationRow.state)))
        kinds = Counter(session.scalars(select(OpportunityRow.kind)))
        people = session.scalar(select(func.count()).select_from(PersonRow)) or 0
    assert organisations.total() >= 12
    assert organisations["applied"] >= 2
    assert kinds.total() >= 60
    assert set(Kind) <= {Kind(kind) for kind in kinds if kind}
    assert people == 40


def test_most_people_find_something_and_nobody_is_offered_a_home_by_the_machine(seeded: World) -> None:
    with seeded.database.reading() as session:
        open_people = session.scalars(select(PersonRow).where(PersonRow.state == "open")).all()
        asked = set(session.scalars(select(InvitationRow.person_id)))
        found = [
            one for one in open_people if one.id in asked or current_menu(session, one.id, seeded.clock())
        ]
        living = session.scalar(
            select(func.count())
            .select_from(MatchRow)
            .join(OpportunityRow, OpportunityRow.id == MatchRow.opportunity_id)
            .where(OpportunityRow.kind == Kind.communal_living)
        )
    assert len(found) >= 0.6 * len(open_people)
    assert living == 0, "CARE 11: communal living is never proposed by the machine on its own"


@pytest.mark.parametrize("days", [0, 2, 5, 200])
def test_some_have_a_past_whenever_it_is_loaded(tmp_path: Path, days: int) -> None:
    world = make_world(tmp_path)
    world.clock.advance(days=days)
    made = seed(world.outside, world.clock())
    haru, caller = made.people["ハル"]
    with world.database.reading() as session:
        (*_, season) = team.outcomes(session, caller, world.clock()).seasons
        lived = session.scalars(select(HistoryRow).filter_by(person_id=haru)).all()
        today = whats_on(session, caller, world.clock())
        wrote = host_words.about(session, haru)
    assert season.came is not None, "ten people came, and it was all right"
    assert season.chose is not None, "ten of them answered what came next"
    assert {one.outcome for one in lived} >= {"ok", "left_early"}
    assert all(one.at < world.clock() for one in lived)
    assert today.talks.items
    assert today.to_ask.items
    assert wrote
    assert world.letters() == [], "letters of that time were not kept"
    world.close()


def test_nothing_is_overdue_as_soon_as_the_seeds_are_there(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.database.writing() as session:  # as the invented past leaves something to do now and then
        about: dict[str, str | int | bool | None] = {"invitation_id": "earlier"}
        earlier = world.clock() - timedelta(days=4)
        outbox.emit(session, EventType.invitation_lapsing, "invitation:earlier", about, now=earlier)
    seed(world.outside, world.clock())
    with world.database.reading() as session:
        assert oldest_due(session, world.clock()) == 0
    world.close()


def test_a_repeat_changes_nothing(seeded: World) -> None:
    with pytest.raises(MatcherError, match="not empty"):
        seed(seeded.outside, seeded.clock())


def test_the_seeds_load_on_postgresql_with_a_key_for_each_role(tmp_path: Path, postgres_url: str) -> None:
    world = make_world(tmp_path, postgres_url)
    with world.database.reading() as session:
        assert is_empty(session)
    made = seed(world.outside, world.clock())
    with world.database.reading() as session:
        roles = [keys.authenticate(session, key, world.clock()).role for key in made.keys.values()]
    assert roles == ["admin", "admin", "organisation", "caseworker"]
    world.close()


def test_the_most_withdrawn_are_offered_text_alone_or_one_other_side_by_side(seeded: World) -> None:
    with seeded.database.reading() as session:
        offered = [
            opportunity_of(match.opportunity)
            for match in session.scalars(select(MatchRow))
            if session.get_one(PersonRow, match.person_id).max_group_size == 2
        ]
    assert offered
    for posting in offered:
        alone = posting.interaction == "side_by_side" and (posting.group_size.max or 0) <= 2
        assert posting.interaction == "text_only" or alone, posting.title


def test_every_kind_is_found_by_somebody_and_a_home_only_when_a_caseworker_asks(seeded: World) -> None:
    with seeded.database.reading() as session:
        kinds = set(session.scalars(select(OpportunityRow.kind).join(MatchRow)))
        asker = next(
            one for one in session.scalars(select(PersonRow)) if Kind.communal_living in person_of(one).kinds
        )
        caller = Caller(Role.caseworker, asker.caseworker_id, "", asker.team_id)
    assert kinds == set(Kind) - {Kind.communal_living}
    with seeded.database.writing() as session:
        person = people.locked(session, caller, asker.id)
        made = requesting.request(session, person, caller, [Kind.communal_living], None, seeded.clock())
        requesting.answer_request(session, made.id, seeded.clock())
        asked = session.get_one(MatchRequestRow, made.id)
        assert asked.match_ids or asked.gaps
        session.rollback()


def test_there_is_somebody_for_each_thing_a_caseworker_can_write_down(seeded: World) -> None:
    with seeded.database.reading() as session:
        rows = session.scalars(select(PersonRow)).all()
        intakes: list[Person] = [person_of(row) for row in rows]
        assert session.scalar(select(func.count()).select_from(ExclusionRow))
    assert {row.state for row in rows} == {"open", "paused"}
    assert {one.approval for one in intakes} == {"each", "standing"}
    assert {copy.receives_copy for one in intakes for copy in one.supporters} == {True, False}
    assert {one.language for one in intakes} == {"ja", "en"}
    assert min(one.max_group_size for one in intakes) == 2
    assert max(one.max_group_size for one in intakes) >= 8


def _documents(days: int) -> Iterator[dict[str, Any]]:
    """Each listing as the API would be sent it on a day `days` after the usual one."""
    file = read_seeds("opportunities")
    for entry in file["opportunity"]:
        whole = file["defaults"] | entry if entry.get("state") != "draft" else entry
        yield posting_form(whole, file["places"], NOW + timedelta(days=days))


@pytest.mark.parametrize("days", [0, 3, 40, 400])
def test_dates_lie_ahead_whenever_it_is_loaded(days: int) -> None:
    starts = [
        one.starts_at
        for document in _documents(days)
        for one in OpportunityForm().read(document).sessions
        if one.starts_at is not None
    ]
    assert min(starts) > NOW + timedelta(days=days + 5), "near enough to be asked in time"
    assert max(starts) < NOW + timedelta(days=days + 60)


def test_drafts_lack_facts_and_nothing_speaks_of_a_next_time_that_there_is_not() -> None:
    listings = [OpportunityForm().read(document) for document in _documents(0)]
    drafts = [one for one in listings if one.state == "draft"]
    assert len(drafts) >= 2
    assert all(missing_facts(one) for one in drafts)
    for one in listings:
        if len(one.sessions) < 2:
            assert "次の回" not in str(one.if_you_do_not_come), one.title
    assert any(one.sessions for one in listings)
    assert any(one.duration_minutes for one in listings)


def test_loading_that_breaks_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path)
    broken = read_seeds("people")
    broken["person"][-1]["birth_year"] = 2024
    monkeypatch.setattr(seeding, "read_seeds", lambda name: broken if name == "people" else read_seeds(name))
    with pytest.raises(InvalidInput):
        seed(world.outside, world.clock())
    with world.database.reading() as session:
        assert is_empty(session)
        assert set(session.scalars(select(AdminRow.id))) == set(world.admins), "no account of half a seeding"
    world.close()


def _texts(seeds: object) -> Iterator[str]:
    """Everything in a file that somebody may read; names of fields are none of it."""
    if isinstance(seeds, dict):
        for inside in seeds.values():
            yield from _texts(inside)
    elif isinstance(seeds, list):
        for inside in seeds:
            yield from _texts(inside)
    elif isinstance(seeds, str):
        yield seeds


@pytest.mark.parametrize("name", FILES)
def test_no_seed_uses_a_word_that_care_rules_out_or_an_address_of_somebody(name: str) -> None:
    texts = list(_texts(read_seeds(name)))
    assert [text for text in texts if FORBIDDEN.search(text)] == []
    assert all("！" not in text and "!" not in text for text in texts)
    domains = {domain for text in texts for domain in re.findall(r"@([\w.-]+)", text)}
    assert domains <= {"example.org", "example.jp"}
