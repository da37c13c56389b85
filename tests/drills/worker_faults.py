"""Drills 1 to 4: what can happen to a worker."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from matcher.domain.events import EventType
from matcher.storage import outbox
from matcher.storage.tables import EventRow
from tests.drills import faults
from tests.drills.clients import Asked
from tests.drills.deployment import Worker
from tests.drills.drill import drill
from tests.drills.faults import Moment
from tests.drills.stage import Stage

ENDS_WITHIN_SECONDS = 30.0
POISONS = ("raise", "kill", "hang", "eat")
# Longer than a lease, and than the database lets a transaction lie.
SLEEPS_SECONDS: dict[Moment, int] = {"before-effect": 25, "before-commit": 45, "after-send": 90}
MOMENTS: tuple[Moment, ...] = ("before-effect", "before-commit", "after-commit", "after-send")


@drill(1, "killed worker", "kill -9 before the effect, before and after the commit, after a letter went out")
def killed(stage: Stage) -> None:
    """One at a time with the stopwatch, then many so close that one event may meet several."""
    with stage.crowd():
        for moment in ("before-commit",) if stage.quick else MOMENTS:
            if _kill_at(stage, moment):
                stage.recover()
        for moment in MOMENTS * stage.many(0, 2):
            _kill_at(stage, moment)
            time.sleep(1)


def _kill_at(stage: Stage, moment: Moment) -> bool:
    """The next worker that comes to a moment is killed there."""
    order = stage.deployment.faults / moment
    faults.ask(stage.deployment.faults, moment, signal.SIGKILL)
    if not stage.until(lambda: not order.exists(), f"the moment {moment}"):
        return False
    stage.fault()
    return True


@drill(2, "told to end", "SIGTERM to each worker and to the web, under load")
def told_to_end(stage: Stage) -> None:
    """Each ends by itself in time; the supervisor starts it again."""
    with stage.crowd():
        for _ in range(stage.many(1, 2)):
            for part in (*stage.deployment.workers, stage.deployment.api):
                stage.until(lambda part=part: part.answers() and not part.has_died(), f"{part.name} again")
                process, began = part._process, time.monotonic()
                assert process is not None
                process.send_signal(signal.SIGTERM)
                stage.fault()
                stage.time_recovery()
                stage.until(
                    lambda process=process: process.poll() is not None, "its end", ENDS_WITHIN_SECONDS
                )
                took = time.monotonic() - began
                stage.figures["slowest_end_seconds"] = max(
                    took, stage.figures.get("slowest_end_seconds", 0.0)
                )


@drill(3, "stopped worker", "SIGSTOP with an event in hand, or in its transaction, then SIGCONT")
def stopped(stage: Stage) -> None:
    """What it held is done by another meanwhile; its late copy changes nothing."""
    quick: tuple[Moment, ...] = ("before-effect",)
    moments = quick if stage.quick else (*quick, "before-commit", "after-send")
    for moment in moments:
        with stage.crowd(2):
            faults.ask(stage.deployment.faults, moment, signal.SIGSTOP)
            if not stage.until(lambda: _asleep(stage), "a worker that sleeps"):
                continue
            stage.fault()
            stage.time_recovery()
            time.sleep(stage.many(25, SLEEPS_SECONDS[moment]))
            for worker in _asleep(stage):
                worker.signal(signal.SIGCONT)


def _asleep(stage: Stage) -> list[Worker]:
    """Workers in state T."""
    return [one for one in stage.deployment.workers if _state_of(one.pid) == "T"]


def _state_of(pid: int) -> str:
    """The state letter of a process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


@drill(4, "poison", "a reaction that raises, kills its worker, hangs, or eats memory")
def poisoned(stage: Stage) -> None:
    """Dead after five starts, kept, and as good as new when it is replayed; neighbours flow, and none of them dies."""
    deployment = stage.deployment
    with _short_limits(stage), stage.crowd(3):
        town = stage.town("poison")
        number, latitude, longitude = stage.streets()
        ids = [
            poison(stage, how, town.register(number, one, latitude, longitude))
            for one, how in enumerate(POISONS)
        ]
        stage.fault(len(ids) * outbox.MAX_EXECUTIONS)
        stage.time_recovery(but=ids)
        began, ends = datetime.now(UTC), time.monotonic() + 240
        while len(_starts_of_the_dead(stage, ids)) < len(ids) and time.monotonic() < ends:
            _let_time_pass(stage, ids)
            time.sleep(1)
        starts = _starts_of_the_dead(stage, ids)
        stage.expect(
            starts == dict.fromkeys(ids, outbox.MAX_EXECUTIONS),
            f"not all of {POISONS} were dead after exactly five starts: {starts}",
        )
        stage.expect(_done_since(stage, began) > 0, "nothing else was done beside the poison")
        stage.expect(_dead(stage) == set(ids), "something innocent was set aside")
        for event_id in ids:
            faults.heal(deployment.faults, event_id)
            status, said = deployment.run("events", "replay", event_id)
            stage.expect(status == 0, f"replay: {said[-300:]}")
        stage.until(lambda: not _undone(stage, ids), "the replayed events' effect")


@contextmanager
def _short_limits(stage: Stage) -> Iterator[None]:
    """Workers that may take 3 s for a reaction instead of 60, and only so much memory."""
    for limit in ("3", ""):
        with stage.deployment.held():
            for worker in stage.deployment.workers:
                worker.stop()
                worker.settings = {**stage.deployment.settings, "DRILL_TIME_LIMIT": limit}
                worker.start()
        if limit:
            yield


def poison(stage: Stage, how: str, asked: Asked) -> str:
    """An event like any other, of which the workers' armour is told before it is due."""
    now = datetime.now(UTC)
    with stage.deployment.database.writing() as session:
        event_id = outbox.emit(
            session,
            EventType.person_changed,
            f"person:{asked.person_id}",
            {"person_id": asked.person_id},
            now=now,
        )
        faults.poison(stage.deployment.faults, event_id, how)
    return event_id


def _let_time_pass(stage: Stage, ids: list[str]) -> None:
    """Of the poisoned events alone: their backoff and the leases of their killed workers end at once."""
    now = datetime.now(UTC)
    waits = (EventRow.id.in_(ids), EventRow.done_at.is_(None), EventRow.dead_at.is_(None))
    with stage.deployment.database.writing() as session:
        session.execute(update(EventRow).where(*waits, EventRow.lease.is_(None)).values(available_at=now))
        forsaken = EventRow.lease_until < now + outbox.LEASE - timedelta(seconds=8)
        session.execute(
            update(EventRow).where(*waits, forsaken).values(lease_until=now - timedelta(seconds=1))
        )


def _starts_of_the_dead(stage: Stage, ids: list[str]) -> dict[str, int]:
    """How often those that were set aside had been begun."""
    query = select(EventRow.id, EventRow.executions).where(
        EventRow.id.in_(ids), EventRow.dead_at.is_not(None)
    )
    with stage.deployment.database.reading() as session:
        return dict(session.execute(query).tuples().all())


def _dead(stage: Stage) -> set[str]:
    with stage.deployment.database.reading() as session:
        return set(session.scalars(select(EventRow.id).where(EventRow.dead_at.is_not(None))))


def _done_since(stage: Stage, began: datetime) -> int:
    with stage.deployment.database.reading() as session:
        return session.scalar(select(func.count()).where(EventRow.done_at > began)) or 0


def _undone(stage: Stage, ids: list[str]) -> list[str]:
    with stage.deployment.database.reading() as session:
        return list(
            session.scalars(select(EventRow.id).where(EventRow.id.in_(ids), EventRow.done_at.is_(None)))
        )
