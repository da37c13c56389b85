"""Drills 7 and 8: what can happen to PostgreSQL and to the way there."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from tests.drills.drill import drill
from tests.drills.stage import Stage
from tests.drills.town import Town
from tests.local_server import LOOPBACK

CUTS = 10  # whoever loses a connection may be faster in taking the free one than we are
REFUSED_WITHIN_SECONDS = (
    7.0  # a lock is waited for 5 s, whoever stands before us in the queue for the same row
)


@drill(7, "database restarted", "immediate restart in mid-transaction; the connection cut during COMMIT")
def restarted(stage: Stage) -> None:
    """The same command with the same key has one effect."""
    postgres, wire = stage.deployment.postgres, stage.deployment.wire
    assert postgres is not None
    assert wire is not None
    with stage.crowd():
        for _ in range(stage.many(2, 12)):
            for when in ("before", "after"):
                wire.cut(when)
                time.sleep(0.3)
        stage.until(lambda: wire.cuts >= stage.many(4, 24), "the cuts")
        stage.fault(wire.cuts)
        stage.time_recovery()
        for _ in range(stage.many(1, 4)):
            time.sleep(stage.many(1, 3))
            postgres.end_immediately()
            stage.fault()
            time.sleep(stage.many(1, 2))
            postgres.start()
            stage.deployment.database.engine.dispose()
            stage.time_recovery()


@drill(8, "database busy", "no connection left, a lock held for long, a deadlock")
def busy(stage: Stage) -> None:
    """503 with Retry-After in time, and no thread stuck: afterwards everything goes on."""
    with stage.crowd(2):
        town = stage.town("busy")
        number, latitude, longitude = stage.streets()
        for one in range(stage.many(1, 3)):
            asked = town.register(number, one, latitude, longitude)
            with _row_locked(stage, asked.person_id):
                stage.fault()
                _expect_refusal(stage, "row_locked", town, f"/v1/people/{asked.person_id}/pause")
            town.client.command("pause", town.caseworker, f"/v1/people/{asked.person_id}/pause")
        stage.time_recovery()
        with _no_connection_left(stage):
            stage.fault()
            _expect_refusal(stage, "no_connection", town, f"/v1/people/{asked.person_id}/resume")
            time.sleep(stage.many(1, 4))
        stage.time_recovery()
        for one in range(stage.many(1, 3)):
            _deadlock(stage, town.register(number, 100 + one, latitude, longitude).person_id, town.caseworker)
            stage.fault()
        stage.time_recovery()
    stage.until(lambda: not _at_work(stage), "a moment in which no thread is in a transaction")


def _at_work(stage: Stage) -> int:
    """Connections of others within a statement or a transaction."""
    with _connect(stage) as connection:
        found = connection.execute(
            "select count(*) from pg_stat_activity where backend_type = 'client backend' "
            "and datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()"
        ).fetchone()
    return int(found[0]) if found else 0


def _expect_refusal(stage: Stage, why: str, town: Town, path: str) -> None:
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {town.caseworker}", "Content-Type": "application/json"}
    try:
        status, _, answered = town.client.once("POST", path, "{}", headers)
    except (OSError, http.client.HTTPException) as error:
        stage.expect(False, f"no answer at all: {error}")
        return
    took = time.monotonic() - began
    name = f"refusal_seconds_{why}"
    stage.figures[name] = max(took, stage.figures.get(name, 0.0))
    stage.expect(status == 503, f"a busy database answered {status}")
    stage.expect("Retry-After" in answered, "no Retry-After")
    stage.expect(took < REFUSED_WITHIN_SECONDS, f"the refusal took {took:.1f} s")


def _connect(stage: Stage) -> psycopg.Connection[Any]:
    url = make_url(stage.deployment.direct_url)
    return psycopg.connect(
        host=LOOPBACK, port=url.port, user=url.username, dbname=url.database, connect_timeout=5
    )


@contextmanager
def _row_locked(stage: Stage, person_id: str) -> Iterator[psycopg.Connection[Any]]:
    with _connect(stage) as connection:
        connection.execute("select id from person where id = %s for update", [person_id])
        yield connection
        connection.rollback()


@contextmanager
def _no_connection_left(stage: Stage) -> Iterator[None]:
    """Every connection the server has is ours: those that Matcher had open are cut, and taken as well."""
    with ExitStack() as taken:
        ours: list[psycopg.Connection[Any]] = []
        for _ in range(CUTS):
            with suppress(psycopg.OperationalError):
                while True:
                    ours.append(taken.enter_context(_connect(stage)))
            ours[0].execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where backend_type = 'client backend' and not pid = any(%s)",
                [[one.info.backend_pid for one in ours]],
            )
            ours[0].commit()
        yield


def _deadlock(stage: Stage, person_id: str, key: str) -> None:
    """We hold the person's consents' table row and want the person; the request holds the person and wants ours."""
    client = stage.client()
    thread = threading.Thread(
        target=client.command, args=("pause", key, f"/v1/people/{person_id}/pause"), daemon=True
    )
    with _connect(stage) as connection:
        connection.execute("lock table event in share mode")  # the pause's own event has to wait for this
        thread.start()
        time.sleep(0.5)
        with suppress(psycopg.errors.DeadlockDetected):
            connection.execute("select id from person where id = %s for update", [person_id])
        connection.rollback()
    thread.join(60)
    stage.expect(not thread.is_alive(), "a request stayed stuck after a deadlock")
