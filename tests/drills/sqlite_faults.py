"""Drill 9: one file as the database."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

from tests.drills.deployment import Deployment
from tests.drills.drill import drill
from tests.drills.elsewhere import elsewhere, expect_whole_file
from tests.drills.stage import Stage


@drill(9, "one file", "SQLite with two processes: kill -9 of each, the file locked by somebody else")
def one_file(stage: Stage) -> None:
    """The file stays whole."""
    file = Path(mkdtemp()) / "matcher.db"
    with elsewhere(stage, Deployment(Path(mkdtemp()), workers=1, sqlite=file)) as other, other.crowd(2):
        for _ in range(stage.many(1, 3)):
            for part in (*other.deployment.workers, other.deployment.api):
                other.until(lambda part=part: part.answers(), f"{part.name} again")
                time.sleep(1)
                with other.deployment.held():  # not while the supervisor is starting it
                    part._process.kill()  # it finds it dead afterwards
                stage.fault()
        other.until(other.deployment.api.answers, "the API again")
        with closing(sqlite3.connect(file, timeout=20)) as somebody:
            somebody.execute("begin immediate")
            stage.fault()
            time.sleep(stage.many(6, 8))
            somebody.rollback()
        other.recover()
    expect_whole_file(stage, file)
