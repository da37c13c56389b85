"""Drills 5, 6 and 13: what can happen to the broker, and what it can do to messages."""

from __future__ import annotations

import json
import random
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
from sqlalchemy import select

from matcher.storage.tables import EventRow, HistoryRow, InvitationRow, LetterRow, MatchRow, Occurrence
from matcher.workers.broker import Nudger, make_broker
from tests.drills import faults
from tests.drills.checker import drain
from tests.drills.drill import drill
from tests.drills.stage import Stage
from tests.drills.town import Town
from tests.drills.worker_faults import poison

PUT_OFF = timedelta(hours=1)


@drill(
    5,
    "broker lost",
    "kill -9 of Valkey as a reaction raises, FLUSHALL, restart with an empty store, absent at boot",
)
def lost(stage: Stage) -> None:
    """The API answers throughout; what waited has its effect soon after."""
    valkey = stage.deployment.valkey
    with stage.crowd(3):
        with _answers_throughout(stage):
            with _about_to_raise(stage):
                valkey.kill()
                stage.fault()
            time.sleep(stage.many(4, 45))
            valkey.start()
        stage.time_recovery()
        for _ in range(stage.many(1, 3)):
            time.sleep(stage.many(1, 3))
            valkey.flush()
            stage.fault()
            stage.time_recovery()
        with _answers_throughout(stage):
            valkey.kill()
            shutil.rmtree(valkey.folder / "appendonlydir", ignore_errors=True)
            stage.fault()
            time.sleep(1)
            valkey.start()
        stage.time_recovery()
    _absent_at_boot(stage)


def _absent_at_boot(stage: Stage) -> None:
    """The web and the workers start without it, answer, and work as soon as it is there."""
    valkey, deployment = stage.deployment.valkey, stage.deployment
    with deployment.held():
        valkey.stop()
        for part in (deployment.api, *deployment.workers):
            part.stop()
            part.start()
        stage.fault()
    with stage.crowd(3):
        with _answers_throughout(stage):
            time.sleep(3)
        valkey.start()
        stage.time_recovery()


@contextmanager
def _about_to_raise(stage: Stage) -> Iterator[None]:
    """Inside the block a worker stands within a reaction that raises as soon as the block ends; tried again, it is well."""
    town = stage.town("raises")
    number, latitude, longitude = stage.streets()
    event_id = poison(stage, "wait", town.register(number, 0, latitude, longitude))

    def failed() -> int:
        with stage.deployment.database.reading() as session:
            row = session.get_one(EventRow, event_id)
            return row.executions if row.error is None else -1

    stage.until(lambda: failed() == 1, "the reaction that is going to raise")
    yield
    faults.poison(stage.deployment.faults, event_id, "raise")
    stage.until(lambda: failed() == -1, "its failure")
    faults.heal(stage.deployment.faults, event_id)


@drill(6, "broker full", "Valkey at maxmemory; an eviction policy that drops messages")
def full(stage: Stage) -> None:
    """The API goes on; `/readyz` and `matcher doctor` say what is wrong."""
    deployment = stage.deployment
    with stage.crowd(3), redis.Redis.from_url(deployment.valkey.url) as client:
        for setting, wrong, right, word in (
            ("maxmemory", "1mb", "0", "full"),
            ("maxmemory-policy", "allkeys-lru", "noeviction", "allkeys-lru"),
        ):
            client.config_set(setting, wrong)
            stage.fault()
            with _answers_throughout(stage):
                status, parts = _ready(deployment.base_url)
                stage.expect(status == 503 and word in parts["broker"], f"/readyz says {status} {parts}")
                code, said = deployment.run("doctor")
                stage.expect(code == 1 and word in said, f"doctor says {code} {said[-300:]}")
                time.sleep(stage.many(1, 4))
            client.config_set(setting, right)
            stage.time_recovery()


@drill(13, "messages repeated", "every message three times, reversed and shuffled")
def repeated(stage: Stage) -> None:
    """While clients play, and once more for everything that ever happened: then nothing may change any more."""
    broker = make_broker(stage.deployment.valkey.url)
    send, ended = Nudger(broker), threading.Event()
    thread = threading.Thread(target=_repeat, args=(stage, send, ended), daemon=True)
    thread.start()
    with stage.crowd(4):
        time.sleep(stage.many(4, 25))
    ended.set()
    thread.join()
    _put_off(stage, PUT_OFF)  # what comes due by itself meanwhile would change something, and rightly
    drain(stage.deployment)
    before = _standing(stage)
    with stage.deployment.database.reading() as session:
        ids = list(
            session.scalars(select(EventRow.id).where(EventRow.done_at.is_not(None)).order_by(EventRow.id))
        )
    for order in (ids[::-1], ids, ids)[: stage.many(1, 3)]:
        random.Random(stage.seed).shuffle(order)
        send(order)
        stage.fault()
    time.sleep(stage.many(2, 5))
    drain(stage.deployment)
    stage.expect(_standing(stage) == before, "events that had had their effect changed something once more")
    _put_off(stage, -PUT_OFF)
    broker.close()


def _put_off(stage: Stage, by: timedelta) -> None:
    """Let everything that is still to come due do so later, or as before."""
    later = select(EventRow).where(EventRow.done_at.is_(None), EventRow.available_at > datetime.now(UTC))
    with stage.deployment.database.writing() as session:
        for row in session.scalars(later):
            row.available_at += by


def _repeat(stage: Stage, send: Nudger, ended: threading.Event) -> None:
    order = random.Random(stage.seed)
    while not ended.wait(0.3):
        with stage.deployment.database.reading() as session:
            ids = list(session.scalars(select(EventRow.id).order_by(EventRow.id.desc()).limit(60)))
        tripled = ids * 3
        order.shuffle(tripled)
        send(tripled)
        stage.fault()


def _standing(stage: Stage) -> list[Any]:
    """How everything stands."""
    with stage.deployment.database.reading() as session:
        return [
            sorted(session.execute(select(*columns)).tuples())
            for columns in (
                (InvitationRow.id, InvitationRow.state, InvitationRow.version, InvitationRow.holds_seat),
                (Occurrence.id, Occurrence.taken, Occurrence.capacity),
                (LetterRow.id, LetterRow.state, LetterRow.tries),
                (MatchRow.id, MatchRow.state, MatchRow.version),
                (HistoryRow.id, HistoryRow.source),
            )
        ]


@contextmanager
def _answers_throughout(stage: Stage) -> Iterator[None]:
    """Beside the block, commands go out one after the other: each has to be acknowledged at the first try."""
    town, ended = stage.town(f"p{stage.rng.getrandbits(32)}"), threading.Event()
    thread = threading.Thread(target=_register_people, args=(stage, town, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(60)


def _register_people(stage: Stage, town: Town, ended: threading.Event) -> None:
    number, latitude, longitude = stage.streets()
    one = 0
    while not ended.wait(0.1):
        with suppress(RuntimeError):  # the checker names what was never answered
            town.register(number, one, latitude, longitude)
        one += 1
        deed = town.client.last
        assert deed is not None
        stage.expect(deed.tries == 1, f"a command took {deed.tries} tries while the broker was away")
        took = (deed.answered_at or time.time()) - deed.began_at
        stage.figures["slowest_answer_seconds"] = max(took, stage.figures.get("slowest_answer_seconds", 0.0))


def _ready(base_url: str) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())
