"""Everything kept about somebody: whole for their caseworker, without what CARE keeps for themselves (CARE 5, 18, 23)."""

from __future__ import annotations

import json

from sqlalchemy import select

from matcher.services.my_pace import exporting
from matcher.services.people import exclusions, people
from matcher.storage.tables import (
    InvitationRow,
)
from tests.builders import World
from tests.services.my_pace.test_privacy import SECRETS, export, somebody
from tests.worlds import At


def test_care_23_the_export_holds_everything_that_is_kept(sqlite_world: World) -> None:
    _, person_id = somebody(sqlite_world, "visited")
    found = export(sqlite_world, person_id)
    text = json.dumps(found, ensure_ascii=False)
    for secret in SECRETS:
        assert secret in text
    expected = {
        "person",
        "consent",
        "match",
        "invitation",
        "invitation_history",
        "visit",
        "history",
        "letter",
    }
    assert expected <= {name for name, rows in found["kept"].items() if rows}
    assert all(found["names"].values())
    assert "hash" not in text
    assert "Sora" not in text


def test_care_5_the_persons_own_export_holds_no_score_rung_or_what_they_were_not_offered(
    sqlite_world: World,
) -> None:
    _, person_id = somebody(sqlite_world, "visited")
    with sqlite_world.database.reading() as session:
        found = exporting.export_for_themselves(
            session, person_id, {"people": ["Two or three people."]}, sqlite_world.clock()
        )
    assert not {"match", "match_request"} & found["kept"].keys()
    columns = {column for rows in found["kept"].values() for row in rows for column in row}
    assert not {"comfort", "aspects", "asked", "score", "explanation", "step", "other_person_id"} & columns
    text = json.dumps(found, ensure_ascii=False)
    assert "a talk about rain" not in text
    assert "likes herons" in text
    assert "Two or three people." in text


def test_care_5_their_own_export_is_silent_of_an_idea_that_never_reached_them(at_sqlite: At) -> None:
    world, _invitation_id = at_sqlite("approved")
    with world.database.reading() as session:
        row = session.scalars(select(InvitationRow)).one()
        found = exporting.export_for_themselves(session, row.person_id, {}, world.clock())
    assert found["kept"].get("invitation", []) == []
    assert found["kept"].get("invitation_history", []) == []
    assert found["names"]["opportunity"] == {}
    assert "unanswered" not in found["kept"]["person"][0]


def test_care_18_the_export_is_silent_of_what_somebody_else_asked_for(sqlite_world: World) -> None:
    _, person_id = somebody(sqlite_world)
    other = sqlite_world.a_person(alias="Umi")
    with sqlite_world.database.writing() as session:
        row = people.locked(session, sqlite_world.caseworker, other)
        exclusions.exclude(
            session, row, organisation_id=None, other_person_id=person_id, now=sqlite_world.clock()
        )
    assert other not in json.dumps(export(sqlite_world, person_id))
