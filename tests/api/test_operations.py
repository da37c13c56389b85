"""What operators' programs are told: each part is named, and what is wrong with it, by the whole application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from sqlalchemy import text, update

from matcher.bootstrap import Runtime, build, create_app, prepare_database, start_worker
from matcher.services.access import staff
from matcher.settings import load_settings
from matcher.storage import schema
from matcher.storage.encryption import Keyring
from matcher.storage.tables import EventRow
from tests.builders import NOW
from tests.cli.test_commands import run
from tests.local_server import free_port
from tests.servers import ValkeyServer
from tests.smtp import SmtpServer

Start = Callable[..., tuple[Runtime, FlaskClient]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A whole application with these settings, its database up to date."""
    with ExitStack() as stack:

        def started(**settings: str) -> tuple[Runtime, FlaskClient]:
            runtime = build(load_settings({"MATCHER_DATA_DIR": str(tmp_path / "var"), **settings}))
            stack.callback(runtime.close)
            prepare_database(runtime)
            return runtime, create_app(runtime).test_client()

        yield started


def production(database_url: str, redis_url: str, mail_url: str) -> dict[str, str]:
    return {
        "MATCHER_DATABASE_URL": database_url, "MATCHER_REDIS_URL": redis_url, "MATCHER_MAIL_URL": mail_url,
        "MATCHER_SECRET_KEYS": Fernet.generate_key().decode(), "MATCHER_BASE_URL": "https://example.org",
    }  # fmt: skip


def ready(client: FlaskClient) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json


def test_every_part_is_named_while_all_is_well(
    start: Start, postgres_url: str, valkey_url: str, smtp_server: SmtpServer
) -> None:
    _, client = start(**production(postgres_url, valkey_url, smtp_server.url))
    parts = dict.fromkeys(("database", "mail", "broker", "workers"), "ok")
    assert ready(client) == (200, {"status": "ready", **parts})
    assert client.get("/livez").json == {"status": "alive"}


def test_the_people_in_memory_are_said_where_a_process_keeps_them(start: Start) -> None:
    runtime, client = start()
    worker = start_worker(runtime)
    said = ready(client)[1]["memory"]
    worker.stop()
    assert said == "ok" or said.startswith("being built")


def _no_mail(_runtime: Runtime, smtp: SmtpServer, _valkey: ValkeyServer) -> None:
    smtp.go_away()


def _an_older_database(runtime: Runtime, _smtp: SmtpServer, _valkey: ValkeyServer) -> None:
    schema.downgrade(runtime.outside.database)


def _a_newer_database(runtime: Runtime, _smtp: SmtpServer, _valkey: ValkeyServer) -> None:
    with runtime.outside.database.writing() as session:
        session.execute(text("update alembic_version set version_num = '9999'"))


def _other_keys(runtime: Runtime, _smtp: SmtpServer, _valkey: ValkeyServer) -> None:
    """Whoever wrote this had another secret key."""
    strange = Keyring((Fernet.generate_key().decode(),)).seal('"mori@example.org"')
    with runtime.outside.database.writing() as session:
        team = staff.create_team(session, name="West", now=NOW)
        staff.create_caseworker(session, name="Mori", email="m@example.org", team_id=team.id, now=NOW)
        session.execute(text("update caseworker set email = :sealed"), {"sealed": strange})


def _no_worker(runtime: Runtime, _smtp: SmtpServer, _valkey: ValkeyServer) -> None:
    with runtime.outside.database.writing() as session:
        session.execute(
            text(
                "insert into event (id, aggregate, aggregate_version, type, payload, created_at, available_at, "
                "executions, postponements) values ('e', 'sweep:x', 0, 'sweep.due', '{}', now(), now(), 0, 0)"
            )
        )
        long_ago = runtime.outside.clock() - timedelta(seconds=61)
        session.execute(update(EventRow).values(available_at=long_ago))


def _setting(name: str, value: str) -> Callable[[Runtime, SmtpServer, ValkeyServer], None]:
    def change(_runtime: Runtime, _smtp: SmtpServer, valkey: ValkeyServer) -> None:
        with redis.Redis.from_url(valkey.url) as client:
            client.config_set(name, value)

    return change


@pytest.fixture
def own_valkey(valkey_server: ValkeyServer) -> Iterator[ValkeyServer]:
    """Valkey, as it was again afterwards."""
    yield valkey_server
    with redis.Redis.from_url(valkey_server.url) as client:
        client.config_set("maxmemory", "0")
        client.config_set("maxmemory-policy", "noeviction")


@pytest.mark.parametrize(
    ("what", "part", "said"),
    [
        (_no_mail, "mail", "cannot be used"), (_an_older_database, "database", "matcher db upgrade"),
        (_a_newer_database, "database", "made by a newer Matcher (migration 9999"),
        (_other_keys, "database", "MATCHER_SECRET_KEYS"),
        (_no_worker, "workers", "is a worker running"), (_setting("maxmemory", "1"), "broker", "full"),
        (_setting("maxmemory-policy", "allkeys-lru"), "broker", "allkeys-lru"),
    ],
    ids=["mail", "migrations", "newer", "keys", "relay age", "broker full", "broker policy"],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_part_alone(
    start: Start, postgres_url: str, own_valkey: ValkeyServer, smtp_server: SmtpServer,
    tmp_path: Path, what: Any, part: str, said: str,
) -> None:  # fmt: skip
    settings = production(postgres_url, own_valkey.url, smtp_server.url)
    runtime, client = start(**settings)
    what(runtime, smtp_server, own_valkey)
    status, parts = ready(client)
    assert (status, parts.pop("status")) == (503, "not ready")
    assert said in parts.pop(part)
    assert set(parts.values()) == {"ok"}
    if part == "workers":  # a backlog is for /readyz: the doctor looks at what was set up
        return
    doctor = run(tmp_path, "doctor", **settings)
    named = next(line for line in doctor.stdout.splitlines() if line.startswith(part))
    assert (doctor.returncode, said in named) == (1, True)
    if what is _no_mail:
        smtp_server.come_back()  # so that it can be closed


@pytest.mark.parametrize("part", ["database", "broker"])
def test_a_server_that_is_away_is_named(
    tmp_path: Path, postgres_url: str, valkey_url: str, smtp_server: SmtpServer, part: str
) -> None:
    settings = production(postgres_url, valkey_url, smtp_server.url)
    nowhere = f"127.0.0.1:{free_port()}"
    settings |= {
        "database": {"MATCHER_DATABASE_URL": f"postgresql+psycopg://{nowhere}/matcher"},
        "broker": {"MATCHER_REDIS_URL": f"redis://{nowhere}/0"},
    }[part]
    runtime = build(load_settings({**settings, "MATCHER_DATA_DIR": str(tmp_path)}))
    status, parts = ready(create_app(runtime).test_client())
    runtime.close()
    assert status == 503
    assert "does not answer" in parts[part]
    assert nowhere.partition(":")[2] not in str(parts)  # of hosts and users strangers hear nothing
    doctor = run(tmp_path, "doctor", **settings)
    named = next(line for line in doctor.stdout.splitlines() if line.startswith(part))
    assert (doctor.returncode, "does not answer" in named) == (1, True)
