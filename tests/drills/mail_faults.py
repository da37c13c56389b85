"""Drill 10: what a mail server can do."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import select

from matcher.storage.tables import InvitationRow, LetterRow
from tests.drills.drill import drill
from tests.drills.stage import Stage
from tests.drills.town import LINK


@drill(10, "mail server", "refused, 421, 451, 550, slow, hangs after DATA, cut before and after 250")
def misbehaving(stage: Stage) -> None:
    """Temporary trouble is tried again, what is final is told to the caseworker, and at most one extra copy goes out."""
    mail = stage.deployment.mail
    told: list[Callable[[], None]] = [
        lambda: mail.refuse("421 4.3.2 Try later", at="MAIL"),
        lambda: mail.refuse("451 4.7.1 Greylisted"),
        lambda: mail.hang(1.5),
        mail.break_off,
        mail.hang_up,
        lambda: mail.refuse("451 4.3.0 Disk full", at="DATA"),
    ]
    if not stage.quick:
        told.append(lambda: mail.hang(40))  # longer than we wait
    with stage.crowd(3):
        _refuse_for_good(stage)
        for _ in range(stage.many(1, 2)):
            for tell in told:
                tell()
                stage.fault()
                time.sleep(stage.many(1, 2))
        mail.go_away()
        stage.fault()
        time.sleep(stage.many(2, 5))
        mail.come_back()
    stage.recover()


def _refuse_for_good(stage: Stage) -> None:
    """One address that does not exist: undeliverable, the seat free again, and a letter to the caseworker."""
    mail = stage.deployment.mail
    town = stage.town("gone")
    number, latitude, longitude = stage.streets()
    town.post(number, latitude, longitude)
    asked = town.register(number, 0, latitude, longitude)
    mail.refuse_reader(asked.email, "550 5.1.1 No such mailbox")
    stage.fault()
    town.ask(asked)
    asked.ends = frozenset({"undeliverable"})
    stage.until(
        lambda: _state(stage, asked.invitation_id) == "undeliverable", "the end of an undeliverable one"
    )
    told = select(LetterRow.id).where(
        LetterRow.person_id == asked.person_id, LetterRow.reader == "caseworker", LetterRow.state == "sent"
    )

    def caseworker_knows() -> bool:
        with stage.deployment.database.reading() as session:
            return session.scalars(told).first() is not None

    stage.until(caseworker_knows, "the letter to the caseworker")
    stage.expect(
        stage.deployment.letters.link(asked.email, LINK) is None, "a refused letter was kept all the same"
    )


def _state(stage: Stage, invitation_id: str | None) -> str:
    with stage.deployment.database.reading() as session:
        return session.get_one(InvitationRow, invitation_id).state
