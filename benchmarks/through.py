"""From the `POST` of a listing to its matches committed, on a whole Matcher: PostgreSQL, Valkey, one web process, workers.

PostgreSQL notes when each transaction was committed (`track_commit_timestamp`), so that nothing has to be asked while it runs.
"""

from __future__ import annotations

import http.client
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from cryptography.fernet import Fernet
from sqlalchemy import text

from benchmarks.crowd import make_crowd, make_listings
from benchmarks.databases import fill
from benchmarks.report import Report, Row
from matcher.storage import schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from tests.drills.deployment import ADMIN_KEYS, Api, DurablePostgres, Worker
from tests.forms import opportunity_form
from tests.local_server import LOOPBACK
from tests.servers import ValkeyServer

PEOPLE: Final = 150_000
A_SECOND: Final = 20.0
CLIENTS: Final = 10
IDLE_SECONDS: Final = 3.0
DRAINS_WITHIN_SECONDS: Final = 300.0
WORKERS: Final = (1, 2, 4)
POSTED: Final = (
    "select e.aggregate, pg_xact_commit_timestamp(o.xmin) as posted, pg_xact_commit_timestamp(e.xmin) as matched, "
    "(select count(*) from match m where m.opportunity_id = o.id) as proposed "
    "from event e join opportunity o on e.aggregate = 'opportunity:' || o.id "
    "where e.type = 'opportunity.published' and e.done_at is not null"
)


class NotingPostgres(DurablePostgres):
    """As it is installed, and it knows when each transaction was committed."""

    def command(self) -> list[str]:
        """The program and its arguments."""
        return [*super().command(), "-c", "track_commit_timestamp=on", "-c", "shared_buffers=512MB"]


@dataclass
class Whole:
    """Everything at work, with one vetted organisation that has a key."""

    api: Api
    database: Database
    key: str

    def post(self, document: dict[str, Any], name: str) -> tuple[str, float]:
        """One listing: its id, and when its POST began."""
        began = time.time()
        return str(_command(self.api.port, self.key, "/v1/opportunities", document, name)["id"]), began


def measure(report: Report, people: int = PEOPLE, seconds: float = 20.0) -> None:
    """Latency while listings arrive, after idling, and how many a second so many worker processes manage."""
    postgres = NotingPostgres()
    try:
        secret = Fernet.generate_key().decode()
        database = Database(postgres.create_database(), Keyring((secret,)))
        schema.upgrade(database)
        fill(database, make_crowd(people))
        documents = _documents()
        for workers in WORKERS:
            with _at_work(database, secret, workers) as whole:
                size = f"{people:,} people, {workers} worker{'s' if workers > 1 else ''}"
                if workers == WORKERS[1]:
                    _idle(report, whole, documents, size)
                    _steady(report, whole, documents, size, seconds)
                _all_at_once(report, whole, documents, size)
        database.close()
    finally:
        postgres.close()


def _steady(
    report: Report, whole: Whole, documents: Iterator[dict[str, Any]], size: str, seconds: float
) -> None:
    """So many listings a second, from several clients."""
    took = _took(whole, _post_all(whole, documents, int(A_SECOND * seconds), A_SECOND))
    note = f"p95 {1000 * np.quantile(took, 0.95):.0f} ms, {len(took)} listings at {A_SECOND:.0f} a second"
    value = 1000 * statistics.median(took)
    report.add(
        Row("POST of a listing to its matches committed", "PostgreSQL and Valkey", size, value, "ms", note)
    )
    report.at_most("POST to matches committed, median", value, "ms", 150)


def _idle(report: Report, whole: Whole, documents: Iterator[dict[str, Any]], size: str) -> None:
    """One listing after a pause: from its commit to the start of its matching."""
    starts = []
    for number in range(8):
        time.sleep(IDLE_SECONDS)
        with _noting_starts(whole.database) as started:
            name, _began = whole.post(next(documents), f"idle {size} {number}")
            _wait(whole, [name])
        with whole.database.engine.connect() as connection:
            query = text(f"{POSTED} and o.id = :one")
            posted = connection.execute(query, {"one": name}).one().posted
        starts.append((started[f"opportunity:{name}"] - posted).total_seconds())
    value = 1000 * statistics.median(starts)
    report.add(
        Row(
            "commit of a listing to the start of its matching, after idling",
            "PostgreSQL and Valkey",
            size,
            value,
            "ms",
        )
    )
    report.at_most("commit to start after idling", value, "ms", 50)


@contextmanager
def _noting_starts(database: Database) -> Iterator[dict[str, datetime]]:
    """When each event was first begun, noted by PostgreSQL itself."""
    begun: dict[str, datetime] = {}
    with database.engine.begin() as connection:
        connection.exec_driver_sql("create table if not exists bench_start (aggregate text, at timestamptz)")
        connection.exec_driver_sql("truncate bench_start")
        connection.exec_driver_sql(
            "create or replace function bench_note() returns trigger language plpgsql as $$ begin "
            "insert into bench_start values (new.aggregate, clock_timestamp()); return new; end $$"
        )
        connection.exec_driver_sql(
            "create or replace trigger bench_begun after update on event for each row "
            "when (old.executions = 0 and new.executions = 1) execute function bench_note()"
        )
    yield begun
    with database.engine.begin() as connection:
        begun |= {one.aggregate: one.at for one in connection.exec_driver_sql("select * from bench_start")}
        connection.exec_driver_sql("drop trigger bench_begun on event")


def _all_at_once(report: Report, whole: Whole, documents: Iterator[dict[str, Any]], size: str) -> None:
    """As many as the clients can post, then how long until the last is matched."""
    began = time.monotonic()
    posted = _post_all(whole, documents, 200, None)
    _wait(whole, [name for name, _at in posted])
    seconds = time.monotonic() - began
    report.add(
        Row(
            "listings posted and matched a second", "PostgreSQL and Valkey", size, len(posted) / seconds, "/s"
        )
    )


def _post_all(
    whole: Whole, documents: Iterator[dict[str, Any]], count: int, a_second: float | None
) -> list[tuple[str, float]]:
    """Post so many from several threads, at a steady pace or as fast as answers come."""
    given = [next(documents) for _ in range(count)]
    found: list[tuple[str, float]] = []
    begun = time.monotonic()

    def play(first: int) -> None:
        for number in range(first, count, CLIENTS):
            if a_second is not None:
                time.sleep(max(0.0, begun + number / a_second - time.monotonic()))
            found.append(whole.post(given[number], f"{begun} {number}"))

    threads = [threading.Thread(target=play, args=(first,)) for first in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _took(whole: Whole, posted: Sequence[tuple[str, float]]) -> list[float]:
    """Seconds from each POST to the commit of its matches."""
    _wait(whole, [name for name, _at in posted])
    with whole.database.engine.connect() as connection:
        matched = {row.aggregate: row.matched for row in connection.execute(text(POSTED))}
    return [matched[f"opportunity:{name}"].timestamp() - began for name, began in posted]


def _wait(whole: Whole, names: Sequence[str]) -> None:
    """Until each of these listings has been matched."""
    ends = time.monotonic() + DRAINS_WITHIN_SECONDS
    query = text(
        "select count(*) from event where type = 'opportunity.published' and done_at is null and aggregate = any(:those)"
    )
    those = [f"opportunity:{one}" for one in names]
    while time.monotonic() < ends:
        with whole.database.engine.connect() as connection:
            if not connection.scalar(query, {"those": those}):
                return
        time.sleep(0.05)
    raise TimeoutError("Not matched in time.")


@contextmanager
def _at_work(database: Database, secret: str, workers: int) -> Iterator[Whole]:
    """A web process and so many workers, each with everybody in memory."""
    folder = Path(tempfile.mkdtemp(prefix="matcher-through-"))
    valkey = ValkeyServer()
    settings = {
        "MATCHER_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "MATCHER_REDIS_URL": valkey.url,
        "MATCHER_MAIL_URL": f"maildir:{folder / 'mail'}",
        "MATCHER_BASE_URL": "http://127.0.0.1",
        "MATCHER_SECRET_KEYS": secret,
        "MATCHER_BOOTSTRAP_ADMIN_KEYS": ",".join(ADMIN_KEYS),
        "MATCHER_DATA_DIR": str(folder / "var"),
        "DRILL_FAULTS": str(folder / "faults"),
    }
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(valkey.close)
        parts = [Api(settings), *(Worker(settings) for _ in range(workers))]
        for part in parts:
            stack.callback(part.close)
            stack.callback(part.kill)
            part.start()
        _until_in_memory(parts[1:])
        yield Whole(parts[0], database, _key_of_a_vetted_organisation(parts[0].port))


def _until_in_memory(workers: Sequence[Any]) -> None:
    ends = time.monotonic() + DRAINS_WITHIN_SECONDS
    while not all("memory.ready" in worker.said() for worker in workers):
        if time.monotonic() > ends:
            raise TimeoutError("The workers' memory was not built in time.")
        time.sleep(0.2)


def _key_of_a_vetted_organisation(port: int) -> str:
    first, other = ADMIN_KEYS
    name = f"bench {time.time()}"
    form = {"name": name, "contact_email": "desk@example.org", "safeguarding_contact": "Sato"}
    made = _command(port, first, "/v1/organisations", form, name)["id"]
    for admin in (first, other):
        _command(port, admin, f"/v1/organisations/{made}/vet", {}, f"{name} {admin}")
    return str(_command(port, first, f"/v1/organisations/{made}/keys", {}, f"{name} key")["key"])


def _command(port: int, key: str, path: str, document: dict[str, Any], name: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": name}
    try:
        connection.request("POST", path, json.dumps(document), headers)
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status >= 400:
        raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")
    found: dict[str, Any] = json.loads(said)
    return found


def _documents() -> Iterator[dict[str, Any]]:
    """Postings where the crowd lives, as JSON; never the same twice."""
    first = (datetime.now(UTC) + timedelta(days=8)).replace(hour=4, minute=0, second=0, microsecond=0)
    session = {"starts_at": first.isoformat(), "ends_at": (first + timedelta(minutes=30)).isoformat()}
    for number, one in enumerate(make_listings(20_000)):
        assert one.place is not None
        place = {
            "name": f"Garden {number}", "address": "Somewhere", "latitude": float(one.place.latitude or 0),
            "longitude": float(one.place.longitude or 0), "entry": "Green gate; Aoki waits there.",
        }  # fmt: skip
        yield opportunity_form(title=f"Quiet gardening {number}", place=place, sessions=[session])
