"""The figures of a team: people, never below ten, never of another team, and nothing that ranks."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select, update

from matcher.services.access.keys import Caller
from matcher.services.desk import team
from matcher.services.desk.team import FEWEST_COUNTED, SPAN, outcomes
from matcher.storage.tables import (
    HistoryRow,
    InvitationRow,
    MatchRow,
    Occurrence,
    PersonRow,
    new_id,
)
from tests.accounts import a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import shown
from tests.pages.views import make_app

JUST = FEWEST_COUNTED


def people_of(world: World, number: int, caller: Caller | None = None) -> list[str]:
    """So many people, registered at once without looking for anything."""
    return [world.a_person(caller, alias=f"P{index}") for index in range(number)]


def came(world: World, person_ids: list[str], *, weeks_ago: float = 1, outcome: str = "ok") -> None:
    with world.database.writing() as session:
        for person_id in person_ids:
            at = world.clock() - timedelta(weeks=weeks_ago)
            session.add(
                HistoryRow(person_id=person_id, at=at, outcome=outcome, aspects=None, source=new_id())
            )


def figures(world: World, caller: Caller | None = None) -> team.Team:
    with world.database.reading() as session:
        return outcomes(session, caller or world.caseworker, world.clock())


def test_care_19_fewer_than_ten_people_are_not_counted(world: World) -> None:
    everybody = people_of(world, JUST)
    came(world, everybody[:-1])
    came(world, everybody[:-1], weeks_ago=2)  # more visits, not more people
    assert [one.came for one in figures(world).seasons] == [None] * 4
    came(world, everybody[-1:])
    assert [one.came for one in figures(world).seasons] == [None, None, None, JUST]


def test_only_what_was_all_right_counts_in_the_season_it_was_in(world: World) -> None:
    everybody = people_of(world, JUST)
    came(world, everybody, outcome="too_much")
    assert figures(world).seasons[-1].came is None
    came(world, everybody, weeks_ago=SPAN / timedelta(weeks=1) + 1)
    assert [one.came for one in figures(world).seasons] == [None, None, JUST, None]


def answered(world: World, person_ids: list[str], answer: str = "not_now") -> None:
    """Each was asked one thing, and answered yesterday."""
    opportunity_id = world.an_opportunity()
    yesterday = world.clock() - timedelta(days=1)
    with world.database.writing() as session:
        time = session.scalars(select(Occurrence).where(Occurrence.opportunity_id == opportunity_id)).one()
        ids = {
            "occurrence_id": time.id, "opportunity_id": opportunity_id, "organisation_id": time.opportunity.organisation_id,
        }  # fmt: skip
        for person_id in person_ids:
            match = MatchRow(
                id=new_id(), person_id=person_id, state="approved", score=0.5, step="within_comfort", explanation={},
                created_at=yesterday, **ids,
            )  # fmt: skip
            session.add(match)
            session.flush()
            session.add(
                InvitationRow(
                    id=new_id(), match_id=match.id, person_id=person_id, state="declined", live=False, holds_seat=False,
                    approved_by="", approved_at=yesterday, asked={}, travel_minutes=1, answer=answer, answered_at=yesterday,
                    token_hash=match.id, **ids,
                )
            )  # fmt: skip


def test_choosing_is_any_answer_after_a_visit_that_was_all_right(world: World) -> None:
    everybody = people_of(world, JUST)
    answered(world, everybody)
    came(world, everybody[:-1])
    assert figures(world).seasons[-1].chose is None
    came(world, everybody[-1:], weeks_ago=0)  # after the answer
    assert figures(world).seasons[-1].chose is None
    came(world, everybody[-1:])
    assert figures(world).seasons[-1].chose == JUST


def test_who_waits_is_grouped_by_how_long(world: World) -> None:
    everybody = people_of(world, JUST)
    assert figures(world).waiting == (JUST, None, None)
    world.clock.advance(weeks=5)
    assert figures(world).waiting == (None, JUST, None)
    with world.database.writing() as session:
        session.execute(update(PersonRow).where(PersonRow.id == everybody[0]).values(state="paused"))
    assert figures(world).waiting == (None, None, None)


def test_care_24_the_figures_are_of_the_own_team(world: World) -> None:
    other = world.a_caseworker("Ito")
    theirs = people_of(world, JUST, other)
    came(world, theirs)
    assert figures(world).seasons[-1].came is None
    assert figures(world).waiting == (None, None, None)
    assert figures(world, other).seasons[-1].came == JUST


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", shown(page))


def test_the_page_tells_nothing_of_a_few_and_ranks_nobody(world: World) -> None:
    browser = Browser(make_app(world))
    browser.sign_in(a_human(world))
    came(world, people_of(world, JUST - 1))
    before = everything(world)
    page = browser.get("/desk/team")
    assert page.status_code == 200
    assert plain(page.text).count("fewer than ten people") == 12
    assert f"{JUST - 1} people" not in plain(page.text)
    assert "Mori" not in page.text
    assert everything(world) == before


def test_the_page_draws_what_may_be_told(world: World) -> None:
    browser = Browser(make_app(world))
    browser.sign_in(a_human(world))
    everybody = people_of(world, 2 * JUST)
    came(world, everybody)
    came(world, everybody[:JUST], weeks_ago=20)
    page = browser.get("/desk/team").text
    assert re.findall(r'class="told" x="0" y="0" width="([\d.]+)%"', page) == [
        "50.0",
        "100.0",
        "100.0",
    ]
    assert "20 people" in plain(page)


def test_the_page_says_what_would_open_the_way_for_ten_or_more(world: World) -> None:
    browser = Browser(make_app(world))
    browser.sign_in(a_human(world))
    people_of(world, JUST - 1)
    assert "Nothing that would open the way" in browser.get("/desk/team").text
    people_of(world, 1)
    page = plain(browser.get("/desk/team").text)
    assert f"It would open a next step for {JUST} people" in page
    assert "Station" in page or "駅" in page
    assert not re.search(r"\d\d\.\d", page), "no place is told in degrees"
