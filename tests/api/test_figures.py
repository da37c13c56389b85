"""What anybody outside a team can count."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from matcher.api import operations
from matcher.storage.tables import EventRow
from tests.builders import make_world


def test_care_19_no_figure_shown_outside_a_team_counts_people(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    app = Flask("matcher", static_folder=None)
    operations.add_to(app, world.outside, checks={}, saying={})
    quiet = _figures(app)
    world.an_opportunity(capacity=4)
    world.work()
    before = _figures(app)
    for number in range(3):
        person_id = world.a_person(alias=f"Guest {number}")
        world.work()
        world.approve(world.matches(person_id)[0].id)
    world.work()
    after = _figures(app)
    world.close()
    # Events are counted by state alone, never by whom they are about; what stands for people, in whole tens.
    assert set(quiet) == set(before) == set(after)
    assert {name for name, _ in after} == {
        "matcher_events", "matcher_letters", "matcher_seats", "matcher_effect_seconds", "matcher_outbox_age_seconds",
    }  # fmt: skip
    assert {label for _, label in after} == {
        "waiting", "done", "dead", "due", "sending", "sent", "undeliverable", "dropped", "held", "free", "0.5", "0.99", "",
    }  # fmt: skip
    small = {name: value for name, value in after.items() if name[0] in ("matcher_letters", "matcher_seats")}
    assert set(small.values()) == {0.0}, "three people are never counted"
    assert after["matcher_events", "done"] > before["matcher_events", "done"]


def test_what_stands_for_people_is_counted_from_ten_on(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    app = Flask("matcher", static_folder=None)
    operations.add_to(app, world.outside, checks={}, saying={})
    organisation_id = world.an_organisation()
    for number in range(4):
        world.an_opportunity(organisation_id, title=f"Garden {number}", capacity=4)
    assert _figures(app)["matcher_seats", "free"] == 10.0  # 16 of them
    world.close()


def test_how_long_events_wait_and_take_and_which_were_set_aside(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    app = Flask("matcher", static_folder=None)
    operations.add_to(app, world.outside, checks={}, saying={})
    world.an_organisation()
    world.work()
    world.an_opportunity(world.an_organisation("Kamome"))
    world.clock.advance(seconds=7)
    waiting = _figures(app)
    assert waiting["matcher_outbox_age_seconds", ""] == 7.0
    assert waiting["matcher_events", "waiting"] > 0
    with world.database.writing() as session:
        session.execute(update(EventRow).where(EventRow.done_at.is_(None)).values(dead_at=world.clock()))
    assert _figures(app)["matcher_events", "dead"] == waiting["matcher_events", "waiting"]
    with world.database.writing() as session:
        session.execute(update(EventRow).values(dead_at=None))
    world.work()
    done = _figures(app)
    assert (done["matcher_outbox_age_seconds", ""], done["matcher_events", "waiting"]) == (0.0, 0.0)
    assert done["matcher_effect_seconds", "0.99"] == 7.0
    world.close()


@pytest.mark.parametrize(
    ("who", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.7"}, 403),
        ("203.0.113.7", {}, 403),
        ("203.0.113.7", {"Authorization": "Bearer another"}, 403),
        ("203.0.113.7", {"Authorization": "Bearer of figures"}, 200),
    ],
)
def test_care_16_nobody_counts_from_elsewhere_what_a_listing_set_going(
    tmp_path: Path, who: str, headers: dict[str, str], status: int
) -> None:
    world = make_world(tmp_path)
    app = Flask("matcher", static_folder=None)
    operations.add_to(app, world.outside, checks={}, saying={}, metrics_token="of figures")
    found = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": who})
    world.close()
    assert found.status_code == status
    assert ("matcher_events" in found.text) == (status == 200)


def test_without_a_token_none_opens_the_figures(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    app = Flask("matcher", static_folder=None)
    operations.add_to(app, world.outside, checks={}, saying={})
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    for said in ("", "Bearer ", "Bearer None"):
        headers = {"Authorization": said}
        assert app.test_client().get("/metrics", headers=headers, environ_base=elsewhere).status_code == 403
    world.close()


def _figures(app: Flask) -> dict[tuple[str, str], float]:
    text = app.test_client().get("/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(one.name, next(iter(one.labels.values()), "")): one.value for one in samples}
