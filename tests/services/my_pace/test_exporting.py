"""Everything kept about somebody: whole for their caseworker, without what CARE keeps for themselves (CARE 5, 18, 23)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.services.my_pace import exporting
from matcher.services.people import exclusions, people
from matcher.storage.erasing import rows_about
from matcher.storage.tables import InvitationRow
from tests.builders import World
from tests.services.my_pace.test_privacy import SECRETS, export, somebody
from tests.worlds import At

# Decided column by column: what is new is shown to nobody before somebody decides whether CARE keeps it from them.
THEIRS = {
    "person": "alias birth_year contact created_at id intake language latitude longitude max_group_size notes paused_at"
    " rest_until state supporters talk_reason",
    "break_glass": "caseworker_id ends_at id opened_at person_id reason",
    "consent": "given_at given_by id person_id purpose text_version withdrawn_at",
    "exclusion": "created_at id organisation_id person_id",
    "history": "at id opportunity_id organisation_id outcome person_id place_id stay_step",
    "intake_draft": "answers caseworker_id changed_at created_at id person_id team_id",
    "introduction": "introduced_at organisation_id person_id",
    "invitation": "answer answered_at approved_at brings_somebody expires_at id occurrence_id opportunity_id"
    " organisation_id person_id requested sending_at sent_at state travel_minutes",
    "invitation_history": "at invitation_id state",
    "letter": "changes created_at id invitation_id invitation_version kind person_id reader sent_at state tries unsure",
    "lifted_exclusion": "created_at id lifted_at organisation_id person_id",
    "own_word": "at heard_at id invitation_id person_id said subject",
    "pace_code": "expires_at id person_id tries_left",
    "pace_link": "person_id",
    "pace_visit": "expires_at person_id",
    "pause_link": "person_id",
    "talk": "id person_id talked_at",
    "visit": "corrected_at invitation_id outcome person_id recorded_at",
}


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


def test_care_5_their_own_export_shows_what_was_decided_and_nothing_else(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_id = sqlite_world.a_person()

    def one_of_each(_session: Session, _person_id: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for table in rows_about(person_id):
            names = [column.key for column in table.c]
            yield table.name, [{name: person_id if name == "person_id" else "said" for name in names}]

    monkeypatch.setattr(exporting, "kept_about", one_of_each)
    with sqlite_world.database.reading() as session:
        found = exporting.export_for_themselves(session, person_id, {}, sqlite_world.clock())
    assert {name: " ".join(sorted(row)) for name, (row,) in found["kept"].items()} == THEIRS


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
