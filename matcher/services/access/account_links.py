"""One-time links by letter: to set up an account, or to choose a new password (CARE 25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from matcher.domain.errors import NotFound
from matcher.domain.events import EventType
from matcher.domain.ports import OutgoingMail
from matcher.mail import letters as mail
from matcher.services.outside import Outside
from matcher.storage.encryption import keyring_of, token_hash
from matcher.storage.engine import changed
from matcher.storage.outbox import emit
from matcher.storage.tables import AccountLinkRow, AccountRow, LetterRow, OrganisationRow, new_id

SET_UP, RECOVER = "set_up", "recover"
LASTS: Final = {
    SET_UP: timedelta(days=7),  # judgement, 2026-11: somebody may be on holiday
    RECOVER: timedelta(hours=1),  # judgement, 2026-11: asked for just now
}
PATH: Final = "/sign-in/link/"
ABOUT_LINK, ABOUT_ACCOUNT = "account_link:", "account:"  # who a letter is for, in its `reader`
CHANGED: Final = "account_changed"
ANEW: Final = "account_anew"
ADMIN_MADE: Final = "admin_made"
KEY_MADE: Final = "key_made"


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that holds: whose it is, and whether it sets up or recovers."""

    id: str
    purpose: str
    account: AccountRow


def send(session: Session, account: AccountRow | None, now: datetime, *, anew: bool = False) -> None:
    """A new link by letter; it voids the earlier ones. `anew`: they had a sign-in before. Emits `letter.due`.

    None stands for an address that nobody has: the same rows are written in the same time, and no letter comes of it.
    """
    ready = account is None or (account.password_hash is not None and account.totp_secret is not None)
    purpose = RECOVER if ready else SET_UP
    account_id = account.id if account is not None else None
    session.execute(
        delete(AccountLinkRow).where(
            or_(AccountLinkRow.expires_at <= now, AccountLinkRow.account_id == (account_id or ""))
        )
    )
    link_id = new_id()
    session.add(
        AccountLinkRow(
            id=link_id, account_id=account_id, purpose=purpose, created_at=now, expires_at=now + LASTS[purpose],
            token_hash=token_hash(_tokens(session, link_id)[0]),
        )
    )  # fmt: skip
    _queue(session, ANEW if anew else f"account_{purpose}", f"{ABOUT_LINK}{link_id}", now)


def open_link(session: Session, token: str, now: datetime) -> OpenLink:
    """The link of a token; looking changes nothing (CARE 9). Raises NotFound: unknown, used and expired read the same."""
    row = session.scalars(select(AccountLinkRow).filter_by(token_hash=token_hash(token))).first()
    if row is None or row.account_id is None or row.expires_at <= now:
        raise NotFound("This link was used already, or its time is over.")
    return OpenLink(row.id, row.purpose, session.get_one(AccountRow, row.account_id))


def use(session: Session, link: OpenLink) -> None:
    """Use a link up. Raises NotFound when somebody was faster."""
    if not changed(session.execute(delete(AccountLinkRow).where(AccountLinkRow.id == link.id))):
        raise NotFound("This link was used already, or its time is over.")


def tell_of_change(session: Session, account: AccountRow, now: datetime) -> None:
    """A letter that password or app were changed, so that nobody else does it unnoticed. Emits `letter.due`."""
    _queue(session, CHANGED, f"{ABOUT_ACCOUNT}{account.id}", now)


def tell_of_key(session: Session, owner: ColumnElement[bool], now: datetime) -> None:
    """A letter to whoever signs in for an `owner` that a key was made in their name, so that nobody makes one unnoticed.

    Emits `letter.due`.
    """
    for account in session.scalars(select(AccountRow).where(owner)):
        _queue(session, KEY_MADE, f"{ABOUT_ACCOUNT}{account.id}", now)


def tell_of_admin(session: Session, now: datetime) -> None:
    """A letter to every admin who can sign in that there is one more, so that nobody adds one unnoticed. Emits `letter.due`."""
    for account in session.scalars(select(AccountRow).where(AccountRow.admin_id.is_not(None))):
        _queue(session, ADMIN_MADE, f"{ABOUT_ACCOUNT}{account.id}", now)


def is_about_account(letter: LetterRow) -> bool:
    """Whether a letter is one of these."""
    return letter.reader.startswith((ABOUT_LINK, ABOUT_ACCOUNT))


def compose(session: Session, outside: Outside, letter: LetterRow, now: datetime) -> OutgoingMail | None:
    """The letter as it reads now; None when its link or its account is gone, or never was."""
    post = {
        "message_id": outside.message_id(letter.id),
        "sender": outside.sender,
        "language": outside.language,
    }
    if letter.reader.startswith(ABOUT_ACCOUNT):
        account = session.get(AccountRow, letter.reader.removeprefix(ABOUT_ACCOUNT))
        return None if account is None else _news(outside, letter.kind, to=account.email, **post)
    link = session.get(AccountLinkRow, letter.reader.removeprefix(ABOUT_LINK))
    if link is None or link.account_id is None or link.expires_at <= now:
        return None
    account = session.get_one(AccountRow, link.account_id)
    url = f"{outside.base_url}{PATH}{_token(session, link)}"
    if link.purpose == SET_UP and letter.kind != ANEW:
        name = _organisation(session, account)
        return mail.account_set_up(link_url=url, organisation=name, to=account.email, **post)
    write = mail.account_anew if link.purpose == SET_UP else mail.account_recover
    return write(link_url=url, to=account.email, **post)


def _news(outside: Outside, kind: str, **post: str) -> OutgoingMail:
    """What was done to an account or in its name, for whoever has it."""
    if kind == ADMIN_MADE:
        return mail.admin_made(admins_url=f"{outside.base_url}/admin/admins", **post)
    if kind == KEY_MADE:
        return mail.key_made(**post)
    return mail.account_changed(recovery_url=f"{outside.base_url}/sign-in/recovery", **post)


def _organisation(session: Session, account: AccountRow) -> str | None:
    """The name of the organisation an account is for: a stranger's letter that names nobody is thrown away."""
    known = account.organisation_id
    return None if known is None else session.get_one(OrganisationRow, known).name


def _queue(session: Session, kind: str, reader: str, now: datetime) -> None:
    letter = LetterRow(id=new_id(), kind=kind, reader=reader, created_at=now)
    session.add(letter)
    session.flush()
    emit(session, EventType.letter_due, f"letter:{letter.id}", {"letter_id": letter.id}, now=now)


def _tokens(session: Session, link_id: str) -> list[str]:
    return keyring_of(session).tokens("account_link", link_id)


def _token(session: Session, link: AccountLinkRow) -> str:
    """The token of a link: the same at every try, whichever key made it."""
    tokens = _tokens(session, link.id)
    token = next((one for one in tokens if token_hash(one) == link.token_hash), tokens[0])
    link.token_hash = token_hash(token)
    return token
