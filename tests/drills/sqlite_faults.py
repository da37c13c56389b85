"""Drills 9 and 11: one file as the database, and a disk that is full."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.drills.checker import check, drain
from tests.drills.deployment import Deployment
from tests.drills.drill import drill
from tests.drills.stage import Stage

DISK = "16m"


@drill(9, "one file", "SQLite with two processes: kill -9 of each, the file locked by somebody else")
def one_file(stage: Stage) -> None:
    """The file stays whole."""
    with _elsewhere(stage, Path(mkdtemp()) / "matcher.db") as other, other.crowd(2):
        for _ in range(stage.many(1, 5)):
            for part in (*other.deployment.workers, other.deployment.api):
                other.until(lambda part=part: part.answers(), f"{part.name} again")
                time.sleep(stage.many(1, 2))
                part._process.kill()  # the supervisor finds it dead
                stage.fault()
        other.until(other.deployment.api.answers, "the API again")
        with closing(sqlite3.connect(_file_of(other), timeout=20)) as somebody:
            somebody.execute("begin immediate")
            stage.fault()
            time.sleep(stage.many(6, 12))
            somebody.rollback()
        stage.recoveries.append(_recovery(other))


@drill(11, "disk full", "no room left for the database and for the mail")
def disk_full(stage: Stage) -> None:
    """Nothing is acknowledged that was not committed; with room again it goes on by itself."""
    folder = Path(mkdtemp())
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        stage.figures["skipped"] = 1.0
        print(f"drill 11 needs leave to mount a tmpfs: {done.stderr.strip()}")
        return
    try:
        with (
            _elsewhere(stage, folder / "matcher.db", mail=f"maildir:{folder / 'mail'}") as other,
            other.crowd(2),
        ):
            for _ in range(stage.many(1, 3)):
                filler = folder / "filler"
                time.sleep(stage.many(2, 4))
                _fill(filler)
                stage.fault()
                time.sleep(stage.many(3, 8))
                filler.unlink()
            stage.recoveries.append(_recovery(other))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


def _recovery(other: Stage) -> float:
    other.recover()
    return other.recoveries[-1]


@contextmanager
def _elsewhere(stage: Stage, file: Path, mail: str | None = None) -> Iterator[Stage]:
    """A Matcher of its own with an SQLite file, checked like the other."""
    with Deployment(Path(mkdtemp()), workers=1, sqlite=file, mail=mail) as deployment:
        other = Stage(deployment, stage.number, stage.seed, stage.quick, stage.streets)
        yield other
        drain(deployment)
        verdict = check(deployment, other.history)
        for found in (verdict.lost, verdict.double, verdict.overbooked, verdict.after_stop):
            stage.failures += found
        stage.failures += other.failures
        stage.commands_elsewhere += other.history.acknowledged()
        deployment.database.close()
        with closing(sqlite3.connect(file)) as connection:
            said = connection.execute("pragma integrity_check").fetchone()
        stage.expect(said == ("ok",), f"integrity_check says {said}")


def _file_of(stage: Stage) -> str:
    return stage.deployment.direct_url.removeprefix("sqlite:///")
