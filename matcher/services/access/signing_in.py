"""Signing in, step by step: password, then code. Whether an account exists shows neither in words nor in time.

A try is counted and committed before it is looked at, and a password is checked outside any transaction, so that a
wrong one costs a right one nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import FieldProblem, InvalidInput, NotSignedIn
from matcher.services.access import account_links, accounts, passwords, second_step, sign_ins, tries
from matcher.services.access.account_links import RECOVER, SET_UP
from matcher.services.access.second_step import Enrolment
from matcher.services.access.sign_ins import SignedIn
from matcher.services.access.tries import Counter
from matcher.services.audit import auditing
from matcher.services.outside import Outside
from matcher.storage.tables import AccountRow, SignInRow

# Tries before the next has to wait, for one account. Passwords and codes are counted apart. Judgement, 2026-11.
FREE_FROM_ONE_PLACE: Final = 5
FREE_FROM_EVERYWHERE: Final = 30
FREE_LETTERS: Final = 3
PASSWORD, CODE = "password", "code"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a try comes from: the network address, and the browser in a word or two."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What goes into the cookie. `needs_code`: only half-way. `recovery_codes` are shown this once."""

    token: str
    needs_code: bool = False
    recovery_codes: tuple[str, ...] = ()


def give_password(
    outside: Outside, email: str, password: str, origin: Origin, *, code_optional: bool
) -> Opened:
    """The first step. `code_optional` (embedded mode alone) lets in an account that has no app.

    Commits the counted try and, when it is right, a new half-way sign-in. Raises NotSignedIn with the same words
    whatever was wrong, TooManyTries.
    """
    counters = _counters(PASSWORD, email, origin)
    _count(outside, counters)
    with outside.database.reading() as session:
        known = accounts.find(session, email)
    right = passwords.fits(password, known.password_hash if known is not None else None)
    if known is None or not right or not (known.totp_secret or code_optional):
        _note_refusal(outside, known)
        raise _refusal()
    with outside.database.writing() as session:
        account = session.get(AccountRow, known.id, with_for_update=True)
        if account is None or account.password_hash != known.password_hash:
            raise _refusal()  # changed while it was being checked
        accounts.freshen(session, account, password)
        tries.forget(session, counters)
        needs_code = account.totp_secret is not None
        _, token = sign_ins.begin(session, account, origin.browser, outside.clock(), proven=not needs_code)
    return Opened(token, needs_code)


def give_code(outside: Outside, token: str, code: str, origin: Origin) -> Opened:
    """The second step: an app's code or a recovery code, for a half-way sign-in. Its token is good no longer.

    Raises NotSignedIn when the first step is to be taken again, InvalidInput at `/code`, TooManyTries.
    """

    def waiting(session: Session, now: datetime) -> SignInRow:
        row = sign_ins.half_way(session, token, now)
        if row is None:
            raise NotSignedIn("Please begin with your mail address and password.")
        return row

    return _prove(outside, waiting, origin, code)


def prove_again(outside: Outside, signed_in: SignedIn, proof: str, origin: Origin) -> Opened:
    """The second step once more, before something grave: a code, or the password where there is no app.

    Raises InvalidInput at `/code`, NotSignedIn, TooManyTries.
    """

    def mine(session: Session, now: datetime) -> SignInRow:  # noqa: ARG001 - the same shape as for a code
        return _own_row(session, signed_in)

    return _prove(outside, mine, origin, proof, or_password=True)


def ask_recovery(outside: Outside, email: str, origin: Origin) -> None:
    """A letter with a link to choose a new password, if the address is known; nobody but its reader can tell.

    Emits `letter.due` in either case. Raises TooManyTries.
    """
    now = outside.clock()
    name = accounts.same_address(email)
    counters = [
        Counter(f"letter {name}", FREE_LETTERS),
        Counter(f"letters {origin.address}", FREE_FROM_EVERYWHERE),
    ]
    with outside.database.writing() as session:
        tries.count(session, counters, now)
        account = accounts.find(session, email)
        sign_ins.note_unproven(session, Act.recovery_asked, account, now)
        account_links.send(session, account, now)


def offered_app(session: Session, token: str, now: datetime) -> Enrolment | None:
    """What the page of a link shows: the secret to bring into an app, or None where there is one already.

    Raises NotFound for a link that does not hold.
    """
    link = account_links.open_link(session, token, now)
    return None if link.purpose == RECOVER else _offer_for_link(session, link)


def follow_link(outside: Outside, token: str, password: str, code: str, origin: Origin) -> Opened:
    """Set an account up, or choose its new password, with a link and a code; then it is signed in here alone.

    Commits the counted try, then everything else at once. Emits `letter.due` after a recovery. Raises NotFound for a
    link that does not hold, InvalidInput at `/password` and `/code`, TooManyTries.
    """
    now = outside.clock()
    with outside.database.reading() as session:
        link = account_links.open_link(session, token, now)
    passwords.check_new(password, link.account.email)
    password_hash = passwords.hashed(password)
    counters = _counters(CODE, link.account.email, origin)
    _count(outside, counters)
    with outside.database.writing() as session:
        link = account_links.open_link(session, token, now)
        account = link.account
        codes: tuple[str, ...] = ()
        account_links.use(session, link)
        if link.purpose == SET_UP:
            codes = _connect(session, account, _offer_for_link(session, link), code, now)
        elif not second_step.take(session, account, code, now):
            raise _wrong_code()
        else:
            account_links.tell_of_change(session, account, now)
            sign_ins.note(session, Act.account_changed, account, now)
        account.password_hash = password_hash
        account.edition += 1
        sign_ins.end_all(session, account.id)
        tries.forget(session, counters)
        _, new_token = sign_ins.begin(session, account, origin.browser, now, proven=True)
    return Opened(new_token, recovery_codes=codes)


def change_password(outside: Outside, signed_in: SignedIn, old: str, new: str, origin: Origin) -> Opened:
    """Another password; every other browser is signed out. Emits `letter.due`.

    Raises FreshCodeNeeded, InvalidInput at `/old_password` and `/password`, TooManyTries, NotSignedIn.
    """
    now = outside.clock()
    sign_ins.require_fresh(signed_in, now)
    passwords.check_new(new, signed_in.email)
    counters = _counters(PASSWORD, signed_in.email, origin)
    _count(outside, counters)
    with outside.database.reading() as session:
        known = session.get_one(AccountRow, signed_in.account_id)
    if not passwords.fits(old, known.password_hash):
        raise InvalidInput.at("/old_password", "This is not the password in use.")
    password_hash = passwords.hashed(new)
    with outside.database.writing() as session:
        row = _own_row(session, signed_in)
        account = session.get_one(AccountRow, row.account_id)
        account.password_hash = password_hash
        tries.forget(session, counters)
        return _after_change(session, account, row, now)


def offered_new_app(session: Session, signed_in: SignedIn) -> Enrolment:
    """The secret to bring into another app; the one in use stays good until the new one has shown a code."""
    return _offer_for_account(session, session.get_one(AccountRow, signed_in.account_id))


def change_app(session: Session, signed_in: SignedIn, code: str, now: datetime) -> Opened:
    """Codes come from another app from now on, with new recovery codes; every other browser is signed out.

    Emits `letter.due`. Raises FreshCodeNeeded, InvalidInput at `/code`, NotSignedIn.
    """
    sign_ins.require_fresh(signed_in, now)
    row = _own_row(session, signed_in)
    account = session.get_one(AccountRow, row.account_id)
    codes = _connect(session, account, _offer_for_account(session, account), code, now)
    opened = _after_change(session, account, row, now)
    return Opened(opened.token, recovery_codes=codes)


def renew_recovery_codes(session: Session, signed_in: SignedIn, now: datetime) -> tuple[str, ...]:
    """New recovery codes in place of the earlier ones. Raises FreshCodeNeeded."""
    sign_ins.require_fresh(signed_in, now)
    auditing.record(session, Act.account_changed, now, about=f"account:{signed_in.account_id}")
    return tuple(second_step.new_recovery_codes(session, signed_in.account_id))


def _counters(what: str, email: str, origin: Origin) -> list[Counter]:
    name = f"{what} of {accounts.same_address(email)}"
    return [
        Counter(f"{name} from {origin.address}", FREE_FROM_ONE_PLACE),
        Counter(name, FREE_FROM_EVERYWHERE),
    ]


def _count(outside: Outside, counters: list[Counter]) -> None:
    with outside.database.writing() as session:
        tries.count(session, counters, outside.clock())


def _prove(
    outside: Outside,
    find: Callable[[Session, datetime], SignInRow],
    origin: Origin,
    proof: str,
    *,
    or_password: bool = False,
) -> Opened:
    """`or_password`: that is the proof where there is no app; an edition tells whether it changed meanwhile."""
    now = outside.clock()
    with outside.database.reading() as session:
        known = session.get_one(AccountRow, find(session, now).account_id)
    counters = _counters(CODE, known.email, origin)
    _count(outside, counters)
    by_password = or_password and known.totp_secret is None
    fits = by_password and passwords.fits(proof, known.password_hash)
    with outside.database.writing() as session:
        row = find(session, now)
        account = session.get_one(AccountRow, row.account_id)
        taken = not by_password and second_step.take(session, account, proof, now)
        if taken or (fits and account.edition == known.edition):
            tries.forget(session, counters)
            if row.proven_at is None:
                sign_ins.note(session, Act.signed_in, account, now, row.id)
            return Opened(sign_ins.prove(row, now))
    _note_refusal(outside, account)
    raise _wrong_code()


def _note_refusal(outside: Outside, account: AccountRow | None) -> None:
    with outside.database.writing() as session:
        sign_ins.note_unproven(session, Act.sign_in_refused, account, outside.clock())


def _own_row(session: Session, signed_in: SignedIn) -> SignInRow:
    row = session.get(SignInRow, signed_in.id)
    if row is None:  # signed out from somewhere else a moment ago
        raise NotSignedIn("Please sign in again.")
    return row


def _connect(
    session: Session, account: AccountRow, offer: Enrolment, code: str, now: datetime
) -> tuple[str, ...]:
    """An app is connected once it has shown a code; returns new recovery codes."""
    step = second_step.step_of(offer.secret, code, now)
    if step is None:
        raise _wrong_code()
    account.totp_secret, account.totp_step = offer.secret, step
    return tuple(second_step.new_recovery_codes(session, account.id))


def _after_change(session: Session, account: AccountRow, row: SignInRow, now: datetime) -> Opened:
    account.edition += 1
    sign_ins.note(session, Act.account_changed, account, now, row.id)
    sign_ins.end_all(session, account.id, but=row.id)
    account_links.tell_of_change(session, account, now)
    return Opened(sign_ins.rotate(row))


def _offer_for_link(session: Session, link: account_links.OpenLink) -> Enrolment:
    return second_step.enrolment(session, f"link {link.id}")


def _offer_for_account(session: Session, account: AccountRow) -> Enrolment:
    return second_step.enrolment(session, f"account {account.id} {account.edition}", account.email)


def _refusal() -> NotSignedIn:
    return NotSignedIn("This mail address and this password do not go together.")


def _wrong_code() -> InvalidInput:
    return InvalidInput([FieldProblem("/code", "This code is not good, or no longer; take the next one.")])
