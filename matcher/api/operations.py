"""What operators look at: alive, ready, and figures without a word about anybody."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from matcher.services.health import Check, parts_of
from matcher.services.outside import Outside
from matcher.services.sweeping import oldest_due
from matcher.storage.tables import EventRow


def add_to(app: Flask, outside: Outside, *, checks: Mapping[str, Check], saying: Mapping[str, Check]) -> None:
    """Add `/livez`, `/readyz` and `/metrics`; `checks` say what is wrong with parts that the API itself does not use.

    What `saying` tells of a part is shown, and decides nothing.
    """

    def livez() -> Response:
        return jsonify(status="alive")

    def readyz() -> tuple[Response, int]:
        found = parts_of(outside, checks)
        healthy = not any(found.values())
        parts = {name: said or "ok" for name, said in found.items()}
        parts |= {name: said for name, say in saying.items() if (said := say()) is not None}
        return jsonify(status="ready" if healthy else "not ready", **parts), 200 if healthy else 503

    def metrics() -> Response:
        return Response(generate_latest(_figures(outside)), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/livez", view_func=livez)
    app.add_url_rule("/readyz", view_func=readyz)
    app.add_url_rule("/metrics", view_func=metrics)


def _figures(outside: Outside) -> CollectorRegistry:
    registry = CollectorRegistry()
    events = Gauge("matcher_events", "Events of the outbox by state.", ["state"], registry=registry)
    age = Gauge("matcher_outbox_age_seconds", "How long the oldest due event has waited.", registry=registry)
    with outside.database.reading() as session:
        for state, count in _events_by_state(session).items():
            events.labels(state).set(count)
        age.set(oldest_due(session, outside.clock()))
    return registry


def _events_by_state(session: Session) -> dict[str, int]:
    state = case(
        (EventRow.dead_at.is_not(None), "dead"), (EventRow.done_at.is_not(None), "done"), else_="waiting"
    )
    counted = session.execute(select(state, func.count()).group_by(state)).all()
    return {"waiting": 0, "done": 0, "dead": 0} | {str(name): int(count) for name, count in counted}
