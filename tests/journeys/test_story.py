"""The story on both ways of running Matcher, from real commands to real letters."""

from __future__ import annotations

import signal
from email.message import EmailMessage
from pathlib import Path

from cryptography.fernet import Fernet

from matcher.mail.maildir import read_maildir
from tests.journeys.processes import Process, free_port
from tests.journeys.story import Story, play
from tests.servers import ValkeyServer
from tests.smtp import SmtpServer

ADMINS = {"MATCHER_BOOTSTRAP_ADMIN_KEYS": "first-admin,other-admin"}


def test_the_story_in_one_process_on_sqlite(tmp_path: Path) -> None:
    port = free_port()
    with Process("up", ["up", "--no-seed", "--port", str(port)], tmp_path, ADMINS) as matcher:
        matcher.wait_for("Matcher is ready")
        folder = tmp_path / "var" / "mail"
        play(Story(f"http://127.0.0.1:{port}", lambda: [mail.text or "" for mail in read_maildir(folder)]))
        assert matcher.stop(signal.SIGINT) == 0, matcher.said()


def test_the_story_on_postgresql_and_valkey_with_separate_workers(
    tmp_path: Path, postgres_url: str, valkey_server: ValkeyServer, smtp_server: SmtpServer
) -> None:
    port = free_port()
    valkey_server.flush()
    environment = {
        **ADMINS,
        "MATCHER_DATABASE_URL": postgres_url,
        "MATCHER_REDIS_URL": valkey_server.url,
        "MATCHER_MAIL_URL": smtp_server.url,
        "MATCHER_BASE_URL": f"http://127.0.0.1:{port}",
        "MATCHER_SECRET_KEYS": Fernet.generate_key().decode(),
    }
    with (
        Process("api", ["api", "--port", str(port)], tmp_path, environment) as api,
        Process("worker-1", ["worker"], tmp_path, environment) as one,
        Process("worker-2", ["worker"], tmp_path, environment) as other,
    ):
        api.wait_for_http(f"http://127.0.0.1:{port}/livez")
        for worker in (one, other):
            worker.wait_for("ready")
        play(Story(f"http://127.0.0.1:{port}", lambda: [_text(one) for one in smtp_server.messages]))
        for worker in (one, other):
            assert worker.stop() == 0, worker.said()


def _text(message: EmailMessage) -> str:
    """The readable part of a message."""
    body = message.get_body(("plain",))
    return "" if body is None else str(body.get_content())
