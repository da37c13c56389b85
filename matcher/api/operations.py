"""What operators look at: alive, ready, and figures without a word about anybody."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from flask import Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from matcher.domain.letter import LetterState
from matcher.services.audit import auditing
from matcher.services.outside import Outside
from matcher.services.upkeep.health import Check, parts_of
from matcher.services.upkeep.sweeping import oldest_due
from matcher.storage.tables import EventRow, LetterRow, Occurrence

COUNTED_IN: Final = 10  # CARE 19
EFFECTS_LOOKED_AT: Final = 500  # judgement, 2026-11: the last minutes of a busy day
NOT_FOR_EVERYBODY: Final = "These figures are for this machine, and for whoever sends `Authorization: Bearer` with MATCHER_METRICS_TOKEN.\n"


def number_requests(app: Flask) -> None:
    """Give each request a number: in the log, in the audit trail and in the answer. Added before everything else."""

    @app.before_request
    def begin() -> None:
        g.request_id = auditing.begin_request()

    @app.after_request
    def say(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        return response


def add_to(
    app: Flask,
    outside: Outside,
    *,
    checks: Mapping[str, Check],
    saying: Mapping[str, Check],
    metrics_token: str | None = None,
) -> None:
    """Add `/livez`, `/readyz` and `/metrics`; `checks` say what is wrong with parts that the API itself does not use.

    What `saying` tells of a part is shown, and decides nothing. `/metrics` is for this machine and for whoever knows the
    `metrics_token`: an organisation that posts a listing and counts the events could tell whether it suits anybody
    (CARE 16).
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
        if not (_comes_from_here() or _knows(metrics_token)):
            return Response(NOT_FOR_EVERYBODY, HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")
        return Response(generate_latest(_figures(outside)), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/livez", view_func=livez)
    app.add_url_rule("/readyz", view_func=readyz)
    app.add_url_rule("/metrics", view_func=metrics)


def _comes_from_here() -> bool:
    """Whether the request was made on this machine; one that a proxy hands on was not."""
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For"))
    return not forwarded and ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104 - nobody's address


def _knows(token: str | None) -> bool:
    said = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return token is not None and hmac.compare_digest(said.encode(), token.encode())


def _figures(outside: Outside) -> CollectorRegistry:
    """Events exactly; letters and seats in whole tens, because each of them stands for a person (CARE 19)."""
    registry = CollectorRegistry()
    with outside.database.reading() as session:
        _fill(registry, "matcher_events", "Events of the outbox by state.", _events_by_state(session))
        _fill(
            registry, "matcher_letters", "Letters by state, in whole tens.", _tens(_letters_by_state(session))
        )
        _fill(
            registry,
            "matcher_seats",
            "Seats of sessions to come, in whole tens.",
            _tens(_seats(session, outside)),
        )
        effects = Gauge(
            "matcher_effect_seconds",
            "From event to effect, of the newest events.",
            ["quantile"],
            registry=registry,
        )
        for quantile, seconds in _effect_seconds(session).items():
            effects.labels(quantile).set(seconds)
        age = Gauge(
            "matcher_outbox_age_seconds", "How long the oldest due event has waited.", registry=registry
        )
        age.set(oldest_due(session, outside.clock()))
    return registry


def _fill(registry: CollectorRegistry, name: str, help_text: str, figures: dict[str, int]) -> None:
    gauge = Gauge(name, help_text, ["state"], registry=registry)
    for state, count in figures.items():
        gauge.labels(state).set(count)


def _tens(figures: dict[str, int]) -> dict[str, int]:
    return {state: count - count % COUNTED_IN for state, count in figures.items()}


def _events_by_state(session: Session) -> dict[str, int]:
    state = case(
        (EventRow.dead_at.is_not(None), "dead"), (EventRow.done_at.is_not(None), "done"), else_="waiting"
    )
    counted = session.execute(select(state, func.count()).group_by(state)).all()
    return {"waiting": 0, "done": 0, "dead": 0} | {str(name): int(count) for name, count in counted}


def _letters_by_state(session: Session) -> dict[str, int]:
    counted = session.execute(select(LetterRow.state, func.count()).group_by(LetterRow.state)).all()
    return dict.fromkeys(map(str, LetterState), 0) | {str(name): int(count) for name, count in counted}


def _seats(session: Session, outside: Outside) -> dict[str, int]:
    to_come = or_(Occurrence.starts_at.is_(None), Occurrence.starts_at > outside.clock())
    query = select(func.sum(Occurrence.taken), func.sum(Occurrence.capacity))
    taken, capacity = session.execute(query.where(Occurrence.removed_at.is_(None), to_come)).one()
    return {"held": taken or 0, "free": (capacity or 0) - (taken or 0)}


def _effect_seconds(session: Session) -> dict[str, float]:
    """Of the newest events that were due at once and are done, by quantile; 0 where there is none yet."""
    query = (
        select(EventRow.created_at, EventRow.available_at, EventRow.done_at)
        .order_by(EventRow.id.desc())
        .limit(EFFECTS_LOOKED_AT)
    )
    took = sorted(
        (done - made).total_seconds()
        for made, due, done in session.execute(query)
        if done is not None and due == made
    )
    return {
        name: took[min(len(took) - 1, int(len(took) * float(name)))] if took else 0.0
        for name in ("0.5", "0.99")
    }
