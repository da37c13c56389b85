"""Drill 11: no room left on the disk, of one file and of PostgreSQL."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from tests.drills.deployment import Deployment, DurablePostgres
from tests.drills.drill import drill
from tests.drills.elsewhere import elsewhere, expect_whole_file
from tests.drills.stage import Stage
from tests.local_server import ServerFailedError

FILE_DISK, CLUSTER_DISK = "16m", "128m"
FULL = "No space left on device"


class CrampedPostgres(DurablePostgres):
    """PostgreSQL whose whole cluster lies on a small disk, its log of changes in pieces of 1 MB: it fills up, too."""

    def __init__(self, disk: Path) -> None:
        super().__init__(disk, "--wal-segsize=1")

    def command(self) -> list[str]:
        return [*super().command(), "-c", "min_wal_size=2MB", "-c", "max_wal_size=8MB"]


@drill(11, "disk full", "no room left for the database (a file, PostgreSQL) and for the mail")
def disk_full(stage: Stage) -> None:
    """Nothing is acknowledged that was not committed; with room again it goes on by itself."""
    try:
        with _small_disk(FILE_DISK) as file_disk, _small_disk(CLUSTER_DISK) as cluster_disk:
            with ThreadPoolExecutor(2) as pool:  # mostly they wait
                halves = [
                    pool.submit(_fill_up_a_file, stage, file_disk),
                    pool.submit(_fill_up_a_cluster, stage, cluster_disk),
                ]
            for half in halves:
                half.result()
    except PermissionError as refused:
        stage.figures["skipped"] = 1.0
        print(f"drill 11 needs leave to mount a tmpfs: {refused}")


def _fill_up_a_file(stage: Stage, disk: Path) -> None:
    file = disk / "matcher.db"
    deployment = Deployment(Path(mkdtemp()), workers=1, sqlite=file, mail=f"maildir:{disk / 'mail'}")
    with elsewhere(stage, deployment) as other, other.crowd(2):
        _fill_again_and_again(stage, other, disk)
    expect_whole_file(stage, file)


def _fill_up_a_cluster(stage: Stage, disk: Path) -> None:
    postgres, ended = CrampedPostgres(disk), threading.Event()
    supervisor = threading.Thread(target=_keep_up, args=(postgres, ended), daemon=True)
    deployment = Deployment(Path(mkdtemp()), workers=1, postgres=postgres)
    with elsewhere(stage, deployment) as other:
        supervisor.start()
        with other.crowd(2):
            _fill_again_and_again(stage, other, disk)
        ended.set()
        supervisor.join()
        stage.expect(FULL in postgres.said(), "PostgreSQL never ran out of room")
        stage.figures["postgres_panics"] = float(postgres.said().count("PANIC:"))


def _fill_again_and_again(stage: Stage, other: Stage, disk: Path) -> None:
    for _ in range(stage.many(1, 2)):
        time.sleep(stage.many(2, 4))
        _fill(disk / "filler")
        stage.fault()
        time.sleep(stage.many(6, 8))
        (disk / "filler").unlink()
        other.recover()


def _keep_up(postgres: DurablePostgres, ended: threading.Event) -> None:
    """As a supervisor does: what has ended is started again, until it stays."""
    down = False
    while not ended.wait(0.5):
        if down or postgres.has_ended:
            postgres.kill()
            down = True
            with suppress(ServerFailedError):  # as long as there is no room
                postgres.start()
                down = False


@contextmanager
def _small_disk(size: str) -> Iterator[Path]:
    """A tmpfs of its own; PermissionError where none may be mounted."""
    disk = Path(mkdtemp())
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "none", str(disk)]
    try:
        done = subprocess.run(words, check=False, capture_output=True, text=True)
    except FileNotFoundError as missing:
        raise PermissionError(missing) from None
    if done.returncode != 0:
        raise PermissionError(done.stderr.strip())
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
