"""Drill 17: a backup taken under load, put back after more has happened."""

from __future__ import annotations

import json
import time
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import select

from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.tables import InvitationRow, LetterRow
from tests.drills.checker import check, drain
from tests.drills.clients import History
from tests.drills.deployment import Deployment
from tests.drills.drill import drill
from tests.drills.stage import Stage

LETTERS_WAIT_SECONDS = 3.0


@drill(17, "backup put back", "backup under load, more happens, all is lost, restore, every event once more")
def put_back(stage: Stage) -> None:
    """No old invitation is sent again."""
    with Deployment(Path(mkdtemp()), workers=1) as deployment:
        other = Stage(deployment, stage.number, stage.seed, stage.quick, stage.streets)
        file = deployment.folder / "backup.zip"
        with other.crowd(3):
            time.sleep(stage.many(5, 10))
            _approve_unsent(other)
            code, said = deployment.run("db", "backup", str(file), "--json")
            stage.expect(code == 0, f"backup: {said[-300:]}")
            deployment.mail.come_back()
            time.sleep(stage.many(2, 8))
        drain(deployment)
        deployment.letters.catch_up()
        copies, invitations = dict(deployment.letters.copies), _invitation_letters(deployment)
        stage.commands_elsewhere += other.history.acknowledged()
        _lose_everything(stage, deployment, file)
        drain(deployment)
        time.sleep(LETTERS_WAIT_SECONDS)
        deployment.letters.catch_up()
        for letter_id, before in copies.items():
            after = deployment.letters.copies[letter_id]
            extra = 0 if letter_id in invitations else 1
            stage.expect(
                after <= before + extra,
                f"letter {letter_id} came {after - before} times more after the restore",
            )
        new = set(deployment.letters.copies) - set(copies)
        stage.expect(not new & _invitation_letters(deployment), "an invitation nobody approved anew went out")
        verdict = check(deployment, History())
        stage.failures += [
            *verdict.double,
            *verdict.overbooked,
            *(one for one in verdict.lost if "came" not in one),
        ]


def _approve_unsent(stage: Stage) -> None:
    """Approvals that stand in the backup as not sent, and go out right after it."""
    stage.deployment.mail.go_away()
    town = stage.town("unsent", 2)
    for _ in range(stage.many(1, 5)):
        number, latitude, longitude = stage.streets()
        town.post(number, latitude, longitude)
        for one in range(2):
            town.ask(town.register(number, one, latitude, longitude))
        stage.fault()


def _lose_everything(stage: Stage, deployment: Deployment, file: Path) -> None:
    assert deployment.postgres is not None
    with deployment.held():
        for part in (deployment.api, *deployment.workers):
            part.kill()
    stage.fault()
    deployment.direct_url = deployment.postgres.create_database()
    deployment.settings["MATCHER_DATABASE_URL"] = deployment.direct_url
    began = time.monotonic()
    code, said = deployment.run(
        "db", "restore", str(file), "--json", MATCHER_DATABASE_URL=deployment.direct_url
    )
    stage.expect(code == 0, f"restore: {said[-600:]}")
    stage.figures["restore_seconds"] = time.monotonic() - began
    if code == 0:
        stage.figures |= {name: float(value) for name, value in json.loads(said.splitlines()[-1]).items()}
    deployment.database.close()
    deployment.database = Database(deployment.direct_url, Keyring((deployment.secret,)))
    for part in (deployment.api, *deployment.workers):
        part.start()


def _invitation_letters(deployment: Deployment) -> set[str]:
    with deployment.database.reading() as session:
        assert session.scalars(select(InvitationRow.id)).first() is not None
        return set(session.scalars(select(LetterRow.id).where(LetterRow.kind == "invitation")))
