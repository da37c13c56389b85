"""What is agreed, whom one need not meet, who was introduced, and what is comfortable: kept at the desk."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from matcher.domain.intake import CAREFUL
from matcher.services.people import people
from matcher.storage.people import comfort_of, person_of
from matcher.storage.tables import (
    AuditEntryRow,
    ConsentRow,
    EventRow,
    ExclusionRow,
    IntroductionRow,
    LiftedExclusionRow,
)
from tests.accounts import a_human
from tests.builders import World
from tests.pages.conftest import everything
from tests.pages.desks import Desk, another_team, set_desk
from tests.pages.intakes import Intake
from tests.pages.test_care import shown
from tests.pages.views import LANGUAGES, ORGANISATION

PAGES = ("agreements", "apart", "introductions", "comfort")
NOBODY = "00000000-0000-7000-8000-000000000000"


def open_page(one: Desk, name: str) -> str:
    page = one.browser.get(f"{one.path}/{name}")
    assert page.status_code == 200
    return page.text


def organisation_id(one: Desk, page: str) -> str:
    (found,) = re.findall(rf'value="([^"]+)">{ORGANISATION}', page)
    return found


def events(world: World) -> list[str]:
    with world.database.reading() as session:
        return list(session.scalars(select(EventRow.type).order_by(EventRow.id)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_21_an_agreement_is_a_sentence_with_when_and_by_whom(world: World, language: str) -> None:
    one = set_desk(world, language=language)
    page = shown(open_page(one, "agreements"))
    for said in {"en": ("Yes, since 1 November 2026", "Noted by Mori", "edition 2026-11"),
                 "ja": ("2026年11月1日", "森さん", "2026-11")}[language]:  # fmt: skip
        assert said in page


def test_care_21_taking_an_agreement_back_stops_everything_and_it_stays_on_record(world: World) -> None:
    one = set_desk(world, "sent")
    open_page(one, "agreements")
    assert one.do(f"{one.path}/agreements", purpose="matching", deed="take_back") == 303
    world.work()
    assert one.invitation.state == "withdrawn"
    page = shown(open_page(one, "agreements"))
    assert "taken back on" in page
    assert one.do(f"{one.path}/agreements", purpose="matching", deed="give") == 303
    with world.database.reading() as session:
        rows = session.scalars(select(ConsentRow).order_by(ConsentRow.id)).all()
    assert [row.withdrawn_at is None for row in rows] == [False, True]
    assert rows[1].given_by == world.caseworker.name


def test_the_same_said_twice_is_one_agreement(world: World) -> None:
    one = set_desk(world)
    for deed in ("give", "give", "take_back", "take_back"):
        open_page(one, "agreements")
        assert one.do(f"{one.path}/agreements", purpose="standing_approval", deed=deed) == 303
        assert (one.row.intake["approval"] == "standing") == (deed == "give")
    with world.database.reading() as session:
        rows = session.scalars(select(ConsentRow).filter_by(purpose="standing_approval")).all()
    assert len(rows) == 1


def test_care_18_an_organisation_is_kept_away_silently_until_it_is_lifted_with_a_reason(world: World) -> None:
    one = set_desk(world, "sent")
    chosen = organisation_id(one, open_page(one, "apart"))
    assert one.do(f"{one.path}/apart", organisation_id=chosen) == 303
    world.work()
    assert one.invitation.state == "withdrawn"
    page = open_page(one, "apart")
    assert f'value="{chosen}"' not in page  # not offered twice
    (path,) = re.findall(r'action="([^"]+/lift)"', page)
    assert one.do(path, reason=" ") == 422
    assert "Please say why" in one.browser.page.text
    before = len(events(world))
    assert one.do(path, reason="They met by chance and got on well.") == 303
    assert events(world)[before:] == ["person.changed"]
    with world.database.reading() as session:
        assert session.scalars(select(ExclusionRow)).all() == []
        kept = session.scalars(select(LiftedExclusionRow)).one()
        assert (kept.lifted_by, kept.reason) == (world.caseworker.name, "They met by chance and got on well.")
        stored = session.connection().exec_driver_sql("select reason from lifted_exclusion").scalar_one()
    assert "chance" not in stored  # sealed
    page = shown(open_page(one, "apart"))
    assert "got on well" in page
    assert "Noted by Mori" in page
    assert one.do(path, reason="Twice") == 404


def test_care_18_one_of_two_people_never_learns_of_it(world: World) -> None:
    one = set_desk(world)
    other_id = world.a_person(alias="Nana")
    page = open_page(one, "apart")
    assert f'value="{other_id}">Nana' in page
    assert one.do(f"{one.path}/apart", other_id=other_id) == 303
    assert "Nana" in shown(open_page(one, "apart"))
    theirs = Desk(world, one.browser, one.human, other_id)
    assert "Nobody so far" in open_page(theirs, "apart")
    with world.database.writing() as session:
        (exclusion,) = session.scalars(select(ExclusionRow))
    open_page(theirs, "apart")
    assert theirs.do(f"{theirs.path}/apart/{exclusion.id}/lift", reason="I would like to") == 404
    open_page(one, "apart")
    assert one.do(f"{one.path}/apart/{exclusion.id}/lift", reason="Asked for by the one who set it") == 303
    with world.database.reading() as session:
        told = [
            event.payload["person_id"]
            for event in session.scalars(select(EventRow).filter_by(type="person.changed"))
        ]
    assert {one.person_id, other_id} <= set(told)


@pytest.mark.parametrize(
    "fields", [{}, {"organisation_id": "x"}, {"organisation_id": NOBODY}, {"other_id": NOBODY}]
)
def test_nobody_is_kept_apart_from_nobody(world: World, fields: dict[str, str]) -> None:
    one = set_desk(world)
    open_page(one, "apart")
    before = everything(world)
    assert one.do(f"{one.path}/apart", **fields) == 422
    assert "Please choose either an organisation or a person" in one.browser.page.text
    assert everything(world) == before


def test_care_24_nobody_of_another_team_is_offered_or_kept_apart(world: World) -> None:
    one = set_desk(world)
    _caller, stranger_id = another_team(world)
    page = open_page(one, "apart")
    assert stranger_id not in page
    assert "Elsewhere" not in page
    assert one.do(f"{one.path}/apart", other_id=stranger_id) == 422


def test_an_introduction_is_noted_once_and_makes_it_less_new(world: World) -> None:
    one = set_desk(world)
    chosen = organisation_id(one, open_page(one, "introductions"))
    assert one.do(f"{one.path}/introductions", organisation_id=chosen) == 303
    page = open_page(one, "introductions")
    assert ORGANISATION in page
    assert f'value="{chosen}"' not in page
    with world.database.reading() as session:
        assert session.scalars(select(IntroductionRow)).one().organisation_id == chosen
    for wrong in ("", "x", NOBODY):
        assert one.do(f"{one.path}/introductions", organisation_id=wrong) == 422
        open_page(one, "introductions")


def rungs(**changes: str) -> dict[str, str]:
    return {
        "group": "1.5", "interaction": "2.0", "unfamiliarity": "3.0", "travel": "2.0", "commitment": "2.0",
        "stimulation": "1.0", **changes,
    }  # fmt: skip


def seen(page: str) -> str:
    return re.findall(r'name="seen" value="(\w+)"', page)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rung_is_set_by_hand_in_words(world: World, language: str) -> None:
    one = set_desk(world, language=language)
    page = open_page(one, "comfort")
    assert page.count("<select") == 6
    assert re.findall(r'<option value="([\d.]+)" selected', page) == list(rungs().values())
    assert one.do(f"{one.path}/comfort", seen=seen(page), **rungs(group="0.5")) == 303
    assert comfort_of(one.row).rungs.as_tuple() == (0.5, 2, 3, 2, 2, 1)


def test_saving_what_a_first_contact_left_open_moves_nothing(world: World) -> None:
    """What nobody chose then is assumed in whole numbers; it stands in the list, and saving it keeps it."""
    one = set_desk(world)
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, one.person_id)
        person = replace(person_of(row), comfort=CAREFUL.comfort)
        people.change(session, row, person, world.clock(), given_by="test")
    page = open_page(one, "comfort")
    chosen = re.findall(r'<option value="([\d.]+)" selected', page)
    assert [float(each) for each in chosen] == list(CAREFUL.comfort.as_tuple())


def test_what_was_learned_meanwhile_is_not_written_over_unseen(world: World) -> None:
    one = set_desk(world)
    before = seen(open_page(one, "comfort"))
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, one.person_id)
        person = person_of(row)
        changed = replace(person, comfort=replace(person.comfort, group=2))
        people.change(session, row, changed, world.clock(), given_by="test")
    assert one.do(f"{one.path}/comfort", seen=before, **rungs(group="0.5")) == 409
    page = one.browser.page.text
    assert "Something has changed meanwhile" in page
    assert comfort_of(one.row).rungs.group == 2
    assert re.findall(r'<option value="([\d.]+)" selected', page)[0] == "0.5"  # what was chosen still stands
    assert one.do(f"{one.path}/comfort", seen=seen(page), **rungs(group="0.5")) == 303
    assert comfort_of(one.row).rungs.group == 0.5


@pytest.mark.parametrize("wrong", ["", "9", "0.3", "much"])
def test_a_rung_that_is_none_is_refused(world: World, wrong: str) -> None:
    one = set_desk(world)
    page = open_page(one, "comfort")
    before = everything(world)
    assert one.do(f"{one.path}/comfort", seen=seen(page), **rungs(group=wrong)) == 422
    assert everything(world) == before


def test_care_9_24_looking_changes_nothing_and_strangers_see_nothing(world: World) -> None:
    one = set_desk(world)
    page = one.look()
    for name in PAGES:
        assert f'href="{one.path}/{name}"' in page
        open_page(one, name)
    world.caseworker = world.a_caseworker("Ito")
    stranger = Intake(world, a_human(world, email="ito@example.org"))
    before = everything(world)
    for name in PAGES:
        open_page(one, name)
        assert stranger.browser.get(f"{one.path}/{name}").status_code == 404
        stranger.browser.get("/desk/intakes/new")
        status = stranger.browser.send(
            f"{one.path}/{name}",
            purpose="matching",
            deed="give",
            organisation_id=NOBODY,
            **rungs(group="0.5"),
        ).status_code
        assert status == 404, name
        assert one.browser.send_bare(f"{one.path}/{name}").status_code == 400
    assert everything(world) == before


def test_care_23_every_look_stands_in_the_trail(world: World) -> None:
    one = set_desk(world)
    for path in (*PAGES, "intake", "intake/you"):
        before = readings(world, one.person_id)
        open_page(one, path)
        assert readings(world, one.person_id) == before + 1, path


def readings(world: World, person_id: str) -> int:
    with world.database.reading() as session:
        found = session.scalars(select(AuditEntryRow).filter_by(act="person.read", person_id=person_id))
        return len(found.all())
