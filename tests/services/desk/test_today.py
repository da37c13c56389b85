"""The first page of the morning while everything goes on beside it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from matcher.services.desk.today import whats_on
from matcher.services.finding import matching
from matcher.storage.tables import MatchRow
from tests.builders import World


@pytest.mark.servers
def test_whose_last_idea_goes_while_the_page_is_made_is_left_out(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = postgres_world
    world.an_opportunity()
    person_id = world.a_person()
    world.work()
    menu = matching.current_menu

    def meanwhile(session: Session, person_id: str, now: datetime) -> list[MatchRow]:
        with world.database.writing() as other:
            other.execute(update(MatchRow).values(state="stale"))
        return menu(session, person_id, now)

    with world.database.reading() as session:
        assert [
            one.person.id for one in whats_on(session, world.caseworker, world.clock()).waiting.items
        ] == [person_id]
    monkeypatch.setattr(matching, "current_menu", meanwhile)
    with world.database.reading() as session:
        assert whats_on(session, world.caseworker, world.clock()).waiting.items == ()
