"""What anybody outside a team can count."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from matcher.api import operations
from tests.builders import make_world


def test_care_19_no_figure_shown_outside_a_team_counts_people(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    app = Flask("matcher", static_folder=None)
    operations.add_to(app, world.outside, checks={}, saying={})
    quiet = _figures(app)
    world.an_opportunity()
    world.work()
    before = _figures(app)
    world.a_person()
    after = _figures(app)
    world.close()
    # Events and their age are all there is: they are counted by state alone, never by whom or what they are about.
    assert set(quiet) == set(before) == set(after)
    assert {name for name, _ in after} == {"matcher_events", "matcher_outbox_age_seconds"}
    assert {label for _, label in after} == {"waiting", "done", "dead", ""}


def _figures(app: Flask) -> list[tuple[str, str]]:
    text = app.test_client().get("/metrics").text
    families = text_string_to_metric_families(text)
    return [(sample.name, sample.labels.get("state", "")) for family in families for sample in family.samples]
