"""The way into somebody's own pages: a link from any letter, a code to their own channel, then a short visit (CARE 25).

The link alone shows nothing of them. The code is derived from the id of its row, so that a second try of its letter holds the
same digits and nothing at rest tells them. Tries are counted and committed before they are looked at.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final, TypedDict

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from matcher.domain.errors import InvalidInput, NotFound
from matcher.domain.events import EventType
from matcher.domain.ports import OutgoingMail
from matcher.mail import letters as mail
from matcher.services.access import tries
from matcher.services.access.tries import Counter
from matcher.services.outside import Outside
from matcher.storage.encryption import TOKEN_BYTES, keyring_of, token_hash
from matcher.storage.engine import changed
from matcher.storage.outbox import emit
from matcher.storage.tables import (
    LetterRow,
    PaceCodeRow,
    PaceLinkRow,
    PaceVisitRow,
    PauseLinkRow,
    PersonRow,
    new_id,
)

PATH: Final = "/me/"
CODE_LETTER: Final = "pace_code"
CODE_READER: Final = "pace_code:"  # who such a letter is for, in its `reader`
DIGITS: Final = 6
CODE_GOOD_FOR: Final = timedelta(minutes=10)  # judgement, 2026-11: long enough for a slow mail server
TRIES_A_CODE: Final = 5  # judgement, 2026-11: of a million
VISIT_LASTS: Final = timedelta(minutes=30)  # judgement, 2026-11: unhurried, and over on a borrowed phone
FREE_LETTERS: Final = 3  # judgement, 2026-11: then the next has to wait, longer each time
FREE_FROM_ONE_PLACE: Final = 30


class OwnLinks(TypedDict):
    """The two links in every letter to a person."""

    pause_url: str
    pace_url: str


@dataclass(frozen=True, slots=True)
class Door:
    """What the page before the code may know: whose link it is, and the language they are written to."""

    person_id: str
    language: str


def own_links(session: Session, outside: Outside, person_id: str) -> OwnLinks:
    """One link that can only pause and one to their own pages; kept for good, so that they work from the oldest letter."""
    pause, pace = (keyring_of(session).tokens(purpose, person_id)[0] for purpose in ("pause", "pace"))
    for table, token in ((PauseLinkRow, pause), (PaceLinkRow, pace)):
        if session.get(table, token_hash(token)) is None:
            session.add(table(token_hash=token_hash(token), person_id=person_id))
            session.flush()
    return {"pause_url": f"{outside.base_url}/pause/{pause}", "pace_url": f"{outside.base_url}{PATH}{pace}"}


def known_path(session: Session, person_id: str) -> str | None:
    """Where their own pages are, if a letter has told them so. Writes nothing (CARE 9)."""
    return _known(session, "pace", person_id, PaceLinkRow, PATH)


def known_pause_path(session: Session, person_id: str) -> str | None:
    """The same of the page that can only pause."""
    return _known(session, "pause", person_id, PauseLinkRow, "/pause/")


def _known(session: Session, purpose: str, person_id: str, table: Any, path: str) -> str | None:
    for token in keyring_of(session).tokens(purpose, person_id):
        if session.get(table, token_hash(token)) is not None:
            return f"{path}{token}"
    return None


def door(session: Session, link_token: str) -> Door:
    """The door that a link leads to. Raises NotFound for a link nobody was given."""
    link = session.get(PaceLinkRow, token_hash(link_token))
    if link is None:
        raise NotFound("This link was given to nobody.")
    return Door(link.person_id, session.get_one(PersonRow, link.person_id).language)


def ask_code(outside: Outside, link_token: str, address: str) -> None:
    """A new code by letter; it voids the earlier one. Emits `letter.due`. Raises NotFound, TooManyTries."""
    now = outside.clock()
    with outside.database.reading() as session:
        person_id = door(session, link_token).person_id
    with outside.database.writing() as session:
        tries.count(session, _letter_counters(person_id, address), now)
        session.execute(delete(PaceCodeRow).where(PaceCodeRow.person_id == person_id))
        code = PaceCodeRow(
            id=new_id(), person_id=person_id, tries_left=TRIES_A_CODE, expires_at=now + CODE_GOOD_FOR
        )
        letter = LetterRow(
            id=new_id(),
            kind=CODE_LETTER,
            reader=f"{CODE_READER}{code.id}",
            person_id=person_id,
            created_at=now,
        )
        session.add_all([code, letter])
        session.flush()
        emit(session, EventType.letter_due, f"letter:{letter.id}", {"letter_id": letter.id}, now=now)


def give_code(outside: Outside, link_token: str, typed: str, address: str) -> str:
    """Open the pages: returns the token of the visit, for the cookie alone; the code is used up.

    Raises NotFound for an unknown link, InvalidInput at `/code` in the same words whatever was wrong.
    """
    now = outside.clock()
    with outside.database.writing() as session:
        person_id = door(session, link_token).person_id
        counted = session.execute(
            update(PaceCodeRow)
            .where(
                PaceCodeRow.person_id == person_id, PaceCodeRow.tries_left > 0, PaceCodeRow.expires_at > now
            )
            .values(tries_left=PaceCodeRow.tries_left - 1)
        )
    with outside.database.writing() as session:
        code = session.scalars(select(PaceCodeRow).filter_by(person_id=person_id).with_for_update()).first()
        if not changed(counted) or code is None or not _fits(session, code, typed):
            raise InvalidInput.at("/code", "That code does not work, or no longer.")
        session.delete(code)
        session.execute(delete(PaceVisitRow).where(PaceVisitRow.expires_at <= now))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session.add(
            PaceVisitRow(token_hash=token_hash(token), person_id=person_id, expires_at=now + VISIT_LASTS)
        )
        tries.forget(session, _letter_counters(person_id, address))
    return token


def visitor(session: Session, link_token: str, visit_token: str, now: datetime) -> str | None:
    """Whose pages are open in a browser, where the link is theirs too; None before the code and after the visit's end."""
    person_id = door(session, link_token).person_id
    visit = session.get(PaceVisitRow, token_hash(visit_token))
    open_now = visit is not None and visit.person_id == person_id and visit.expires_at > now
    return person_id if open_now else None


def leave(session: Session, visit_token: str) -> None:
    """End a visit. Safe to repeat."""
    session.execute(delete(PaceVisitRow).where(PaceVisitRow.token_hash == token_hash(visit_token)))


def close(session: Session, person_id: str) -> None:
    """End every visit, and let no code count that is on its way: whoever reads the former address stays outside."""
    session.execute(delete(PaceVisitRow).where(PaceVisitRow.person_id == person_id))
    session.execute(delete(PaceCodeRow).where(PaceCodeRow.person_id == person_id))


def is_code(letter: LetterRow) -> bool:
    """Whether a letter brings a code."""
    return letter.reader.startswith(CODE_READER)


def compose(session: Session, outside: Outside, letter: LetterRow, now: datetime) -> OutgoingMail | None:
    """The letter with the digits; None when they are good no longer, or there is no address to write to."""
    code = session.get(PaceCodeRow, letter.reader.removeprefix(CODE_READER))
    if code is None or code.expires_at <= now:
        return None
    person = session.get_one(PersonRow, code.person_id)
    if not person.contact:
        return None
    return mail.pace_code(
        _digits(session, code)[0],
        language=person.language,
        to=person.contact["address"],
        message_id=outside.message_id(letter.id),
        sender=outside.sender,
        help_lines=outside.help_lines,
        **own_links(session, outside, person.id),
    )


def _digits(session: Session, code: PaceCodeRow) -> list[str]:
    """The digits under each key, newest first."""
    prints = keyring_of(session).fingerprints(f"pace code {code.id}")
    return [f"{int(one, 16) % 10**DIGITS:0{DIGITS}}" for one in prints]


def _fits(session: Session, code: PaceCodeRow, typed: str) -> bool:
    """Whether these are the digits, as people type them: full-width ones and gaps included."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", typed[:100]) if one.isalnum())
    return any(compare_digest(plain.encode(), digits.encode()) for digits in _digits(session, code))


def _letter_counters(person_id: str, address: str) -> list[Counter]:
    return [
        Counter(f"pace letter {person_id}", FREE_LETTERS),
        Counter(f"pace letters from {address}", FREE_FROM_ONE_PLACE),
    ]
