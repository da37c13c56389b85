"""A whole Matcher as production runs it: PostgreSQL, Valkey, a mail server, the web and workers, each its own process."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet

from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from tests.drills.letters import Letters, MaildirLetters
from tests.drills.wire import Wire
from tests.local_server import LOOPBACK, LocalServer, plain_environment
from tests.servers import PostgresServer, ValkeyServer
from tests.smtp import SmtpServer

ROOT = Path(__file__).parents[2]
ADMIN_KEYS = ("first-admin", "other-admin")
RESTARTED_AFTER_SECONDS = 1.0  # as a supervisor does it
RUN = "from tests.drills.faults import arm; arm(); from matcher.cli import main; main()"


class DurablePostgres(PostgresServer):
    """PostgreSQL as it is installed: what it has acknowledged survives its being killed."""

    def command(self) -> list[str]:
        words = super().command()
        for option in ("fsync", "synchronous_commit", "full_page_writes"):
            words += ["-c", f"{option}=on"]
        return words

    def end_immediately(self) -> None:
        """What `pg_ctl stop -m immediate` does: no clean-up, recovery at the next start."""
        self._end(signal.SIGQUIT)


class MatcherProcess(LocalServer):
    """One `matcher …` command in a process group of its own."""

    stop_signal = signal.SIGTERM

    def __init__(self, settings: dict[str, str], *arguments: str) -> None:
        super().__init__()
        self.settings = settings
        self.arguments = arguments
        self.wanted = False

    def command(self) -> list[str]:
        return [sys.executable, "-c", RUN, *self.arguments]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in plain_environment().items() if not name.startswith("MATCHER_")}
        return {**kept, "PYTHONPATH": str(ROOT), **self.settings}

    def start(self) -> None:
        self._log_path.unlink(missing_ok=True)
        super().start()
        self.wanted = True

    def stop(self) -> None:
        self.wanted = False
        super().stop()

    def kill(self) -> None:
        """SIGKILL to everything it started."""
        self.wanted = False
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        super().kill()

    def signal(self, how: signal.Signals) -> None:
        """Send a signal and do not wait."""
        os.kill(self.pid, how)

    def has_died(self) -> bool:
        """Whether it ended without being told to."""
        return self.wanted and (self._process is None or self.has_ended)


class Api(MatcherProcess):
    """`matcher api`."""

    name = "api"

    def __init__(self, settings: dict[str, str]) -> None:
        super().__init__(settings)

    def command(self) -> list[str]:
        return [*super().command(), "api", "--port", str(self.port), "--workers", "1"]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/livez", timeout=2):
                return True
        except OSError:
            return False


class Worker(MatcherProcess):
    """`matcher worker`."""

    name = "worker"

    def __init__(self, settings: dict[str, str]) -> None:
        super().__init__(settings, "worker", "--threads", "4")

    def answers(self) -> bool:
        return "ready" in self.said()


class Deployment:
    """Everything at work. `faults` is the folder in which a drill says what shall go wrong inside a worker.

    `wired`: the way to PostgreSQL is one that can be cut.
    """

    def __init__(
        self, folder: Path, *, workers: int = 2, sqlite: Path | None = None, mail: str | None = None,
        postgres: DurablePostgres | None = None, wired: bool = False,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.faults = folder / "faults"
        self.faults.mkdir(parents=True)
        self.valkey = ValkeyServer()
        self.mail = SmtpServer()
        self.letters = (
            Letters(self.mail) if mail is None else MaildirLetters(Path(mail.removeprefix("maildir:")))
        )
        self.postgres = None if sqlite is not None else postgres or DurablePostgres()
        self.secret = Fernet.generate_key().decode()
        self.direct_url = f"sqlite:///{sqlite}" if sqlite else self._postgres_url()
        self.wire = Wire(self.postgres.port) if self.postgres is not None and wired else None
        self.settings = {
            "MATCHER_DATABASE_URL": self._through_the_wire(),
            "MATCHER_REDIS_URL": self.valkey.url,
            "MATCHER_MAIL_URL": mail or self.mail.url,
            "MATCHER_BASE_URL": "http://127.0.0.1",
            "MATCHER_SECRET_KEYS": self.secret,
            "MATCHER_BOOTSTRAP_ADMIN_KEYS": ",".join(ADMIN_KEYS),
            "MATCHER_DATA_DIR": str(folder / "var"),
            "MATCHER_LANGUAGE": "en",
            "DRILL_FAULTS": str(self.faults),
        }
        self.api = Api(self.settings)
        self.settings["MATCHER_BASE_URL"] = self.base_url
        self.workers = [Worker(self.settings) for _ in range(workers)]
        self.database = Database(self.direct_url, Keyring((self.secret,)))
        self._ended = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._changing = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.api.port}"

    def __enter__(self) -> Self:
        self.api.start()
        for worker in self.workers:
            worker.start()
        self._supervisor.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._supervisor.join()
        self.database.close()
        for part in (*self.workers, self.api):
            part.kill()
            part.close()
        if self.wire is not None:
            self.wire.close()
        self.mail.close()
        self.valkey.close()
        if self.postgres is not None:
            self.postgres.close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """The supervisor restarts nothing while a drill holds something down."""
        with self._changing:
            yield

    def kill_worker(self, index: int) -> None:
        """SIGKILL; the supervisor starts it again."""
        os.killpg(self.workers[index].pid, signal.SIGKILL)

    def run(self, *arguments: str, seconds: float = 180, **settings: str) -> tuple[int, str]:
        """One `matcher …` command to its end: its exit status and what it printed."""
        import subprocess  # noqa: PLC0415

        done = subprocess.run(
            [sys.executable, "-c", "from matcher.cli import main; main()", *arguments],
            cwd=self.folder, env={**self.api.environment(), **settings}, capture_output=True, text=True,
            timeout=seconds, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def _postgres_url(self) -> str:
        assert self.postgres is not None
        return self.postgres.create_database()

    def _through_the_wire(self) -> str:
        if self.postgres is None or self.wire is None:
            return self.direct_url
        return self.direct_url.replace(f":{self.postgres.port}/", f":{self.wire.port}/")

    def _supervise(self) -> None:
        while not self._ended.wait(0.2):
            for part in (self.api, *self.workers):
                with self._changing:
                    if part.has_died():
                        time.sleep(RESTARTED_AFTER_SECONDS)
                        part.kill()
                        with contextlib.suppress(RuntimeError):
                            part.start()
                        part.wanted = True  # what did not start is tried again at the next look
