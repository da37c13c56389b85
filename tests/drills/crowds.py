"""Drill 16: many more than usual, most of them from one organisation."""

from __future__ import annotations

import statistics
import threading
import time
from datetime import UTC, datetime

from sqlalchemy import select

from matcher.storage.tables import EventRow
from tests.drills.drill import drill
from tests.drills.stage import Stage
from tests.drills.town import Town

USUAL_A_SECOND = 2.0  # commands of the others
BURST = 10
DRAINED_WITHIN_SECONDS = 300.0
SLOWER_AT_MOST = 2.0
FLOOR_SECONDS = 0.1  # judgement, 2026-11: what nobody notices; twice of next to nothing is next to nothing


@drill(16, "burst", "ten times as many commands for a minute, all from one organisation")
def burst(stage: Stage) -> None:
    """No loss; the others hardly notice; soon drained."""
    quiet, noisy = stage.town("quiet", 1), [stage.town(f"noisy{one}") for one in range(4)]
    seconds = stage.many(5, 60)
    before = _at_a_steady_pace(stage, quiet, seconds / 2, "a")
    ended = threading.Event()
    threads = [
        threading.Thread(
            target=_make_noise, args=(stage, town, USUAL_A_SECOND * BURST / len(noisy), ended), daemon=True
        )
        for town in noisy
    ]
    for thread in threads:
        thread.start()
    during = _at_a_steady_pace(stage, quiet, seconds, "b")
    ended.set()
    for thread in threads:
        thread.join(60)
    stage.fault()
    stage.recover()
    stage.expect(stage.recoveries.pop() < DRAINED_WITHIN_SECONDS, "the burst was not drained in time")
    for name, (usual, then) in {name: (before[name], during[name]) for name in before}.items():
        stage.figures |= {f"{name}_p95_before": usual, f"{name}_p95_during": then}
        bound = max(SLOWER_AT_MOST * usual, FLOOR_SECONDS)
        stage.expect(then <= bound, f"the others' {name} took {then:.2f} s (p95), {usual:.2f} s before")


def _at_a_steady_pace(stage: Stage, town: Town, seconds: float, name: str) -> dict[str, float]:
    """People are registered one after the other: how long each answer takes, and each effect (p95, s)."""
    since, answers, number = datetime.now(UTC), [], 0
    people = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        street, latitude, longitude = stage.streets()
        asked = town.register(street, number, latitude, longitude)
        deed = town.client.last
        assert deed is not None
        assert deed.answered_at is not None
        answers.append(deed.answered_at - deed.began_at)
        people.append(f"person:{asked.person_id}")
        number += 1
        time.sleep(1 / USUAL_A_SECOND)
    stage.until(lambda: not _effects(stage, people, since)[1], "the others' effects", DRAINED_WITHIN_SECONDS)
    return {"answer": _p95(answers), "effect": _p95(_effects(stage, people, since)[0])}


def _make_noise(stage: Stage, town: Town, a_second: float, ended: threading.Event) -> None:
    _, latitude, longitude = stage.streets()
    while not ended.is_set():
        began = time.monotonic()
        town.post(stage.streets()[0], latitude, longitude)
        time.sleep(max(0.0, 1 / a_second - (time.monotonic() - began)))


def _effects(stage: Stage, aggregates: list[str], since: datetime) -> tuple[list[float], int]:
    query = select(EventRow.created_at, EventRow.done_at).where(
        EventRow.created_at >= since, EventRow.aggregate.in_(aggregates), EventRow.type == "person.registered"
    )
    with stage.deployment.database.reading() as session:
        rows = session.execute(query).tuples().all()
    return [(done - made).total_seconds() for made, done in rows if done is not None], sum(
        done is None for _, done in rows
    )


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else sum(seconds)
