"""Accounts recovered by letter and code, begun anew, changed and removed."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from matcher.domain.errors import FreshCodeNeeded, InvalidInput, NotFound, NotSignedIn, TooManyTries
from matcher.services.access import account_links, accounts, signing_in
from matcher.services.access.signing_in import FREE_LETTERS
from matcher.storage.tables import AccountLinkRow, AccountRow, LetterRow, RecoveryCodeRow
from tests.accounts import HERE, PASSWORD, THERE, a_human, newest_link, who
from tests.builders import World
from tests.services.access.by_password.setting_up import (
    EMAIL,
    OTHER_PASSWORD,
    ask_recovery,
    invite,
    offered,
    set_up,
)


def test_a_forgotten_password_is_chosen_anew_with_letter_and_code(each_world: World) -> None:
    world = each_world
    human = a_human(world)
    elsewhere = human.sign_in(THERE)
    ask_recovery(world)
    token = newest_link(world)
    assert offered(world, token) is None
    with pytest.raises(InvalidInput):
        signing_in.follow_link(world.outside, token, OTHER_PASSWORD, "abc", HERE)
    opened = signing_in.follow_link(world.outside, token, OTHER_PASSWORD, human.code(), HERE)
    assert who(world, opened.token) is not None
    assert who(world, elsewhere) is None
    world.clock.advance(minutes=1)
    with pytest.raises(NotSignedIn):
        human.sign_in()
    human.password = OTHER_PASSWORD
    assert human.sign_in()
    world.work()
    assert "has just been changed" in world.letters(to=EMAIL)[0].text


def test_the_letter_alone_recovers_nothing(world: World) -> None:
    human = a_human(world)
    ask_recovery(world)
    token = newest_link(world)
    for _ in range(signing_in.FREE_FROM_ONE_PLACE):
        with pytest.raises(InvalidInput):
            signing_in.follow_link(world.outside, token, OTHER_PASSWORD, "000", HERE)
    with pytest.raises(TooManyTries):
        signing_in.follow_link(world.outside, token, OTHER_PASSWORD, human.code(), HERE)
    world.clock.advance(minutes=1)
    assert human.sign_in(THERE)


def test_asking_for_an_unknown_address_writes_the_same_rows_and_no_letter(each_world: World) -> None:
    world = each_world
    a_human(world)
    written = []
    for email in (EMAIL, "nobody@example.org"):
        ask_recovery(world, email)
        with world.database.reading() as session:
            link = session.scalars(select(AccountLinkRow).order_by(AccountLinkRow.id.desc())).first()
            letter = session.scalars(select(LetterRow).order_by(LetterRow.id.desc())).first()
        assert link is not None
        assert letter is not None
        written.append((link.purpose, letter.kind, letter.state, link.expires_at - world.clock()))
    assert written[0] == written[1] == ("recover", "account_recover", "due", timedelta(hours=1))
    world.work()
    assert [letter.to for letter in world.letters()] == [EMAIL]


def test_the_link_of_an_unknown_address_opens_nothing(world: World) -> None:
    ask_recovery(world, "nobody@example.org")
    with world.database.reading() as session:
        link = session.scalars(select(AccountLinkRow)).one()
        token = account_links._tokens(session, link.id)[0]
    with pytest.raises(NotFound):
        offered(world, token)


def test_letters_cannot_be_asked_for_without_end(world: World) -> None:
    a_human(world)
    until = []
    for email in (EMAIL, "nobody@example.org"):
        for _ in range(FREE_LETTERS):
            ask_recovery(world, email)
        with pytest.raises(TooManyTries) as refusal:
            ask_recovery(world, email)
        until.append(refusal.value.until)
    assert until[0] == until[1]


def test_who_never_set_up_is_sent_the_set_up_again(world: World) -> None:
    invite(world)
    world.clock.advance(days=8)
    ask_recovery(world)
    assert set_up(world, newest_link(world)).token


def test_start_over_ends_everything_and_invites_anew(world: World) -> None:
    human = a_human(world)
    signed_in = human.sign_in()
    with world.database.writing() as session:
        accounts.start_over(session, human.account_id, world.clock())
    assert who(world, signed_in) is None
    with pytest.raises(NotSignedIn):
        human.half_way()
    token = newest_link(world)
    assert offered(world, token) != human.secret
    assert set_up(world, token).token
    with world.database.writing() as session, pytest.raises(NotFound):
        accounts.start_over(session, "unknown", world.clock())


def test_a_removed_account_is_gone_at_once(each_world: World) -> None:
    world = each_world
    human = a_human(world)
    token = human.sign_in()
    ask_recovery(world)
    with world.database.writing() as session:
        accounts.remove(session, human.account_id, human.world.clock())
        accounts.remove(session, human.account_id, human.world.clock())
    assert who(world, token) is None
    world.work()
    assert world.letters() == []
    with world.database.reading() as session:
        assert not session.scalars(select(AccountRow)).all()
        assert not session.scalars(select(RecoveryCodeRow)).all()


def test_changing_the_password_signs_out_everywhere_else_and_says_so(world: World) -> None:
    human = a_human(world)
    there = human.sign_in(THERE)
    here = human.sign_in(HERE)
    signed_in = who(world, here)
    assert signed_in is not None
    with pytest.raises(InvalidInput) as refusal:
        signing_in.change_password(world.outside, signed_in, "wrong", OTHER_PASSWORD, HERE)
    assert refusal.value.problems[0].pointer == "/old_password"
    opened = signing_in.change_password(world.outside, signed_in, PASSWORD, OTHER_PASSWORD, HERE)
    assert [who(world, token) is None for token in (there, here, opened.token)] == [True, True, False]
    human.password = OTHER_PASSWORD
    assert human.sign_in()
    world.work()
    assert "It was not me" in world.letters(to=EMAIL)[0].text


def test_another_app_takes_over_only_after_it_has_shown_a_code(each_world: World) -> None:
    world = each_world
    human = a_human(world)
    there, signed_in = human.sign_in(THERE), human.signed_in()
    with world.database.reading() as session:
        offer = signing_in.offered_new_app(session, signed_in)
    with world.database.writing() as session, pytest.raises(InvalidInput):
        signing_in.change_app(session, signed_in, human.code(), world.clock())
    code = pyotp.TOTP(offer.secret).at(world.clock())
    with world.database.writing() as session:
        opened = signing_in.change_app(session, signed_in, code, world.clock())
    assert who(world, there) is None
    assert who(world, opened.token) is not None
    assert len(opened.recovery_codes) == 10
    with world.database.reading() as session:
        assert signing_in.offered_new_app(session, signed_in) != offer
    world.clock.advance(minutes=1)
    with pytest.raises(InvalidInput):
        human.sign_in()
    human.secret = offer.secret
    assert human.sign_in()


def test_grave_changes_need_a_fresh_code(world: World) -> None:
    signed_in = a_human(world).signed_in()
    world.clock.advance(minutes=11)
    with pytest.raises(FreshCodeNeeded):
        signing_in.change_password(world.outside, signed_in, PASSWORD, OTHER_PASSWORD, HERE)
    for change in (
        lambda session: signing_in.change_app(session, signed_in, "000000", world.clock()),
        lambda session: signing_in.renew_recovery_codes(session, signed_in, world.clock()),
    ):
        with world.database.writing() as session, pytest.raises(FreshCodeNeeded):
            change(session)


def test_a_browser_signed_out_meanwhile_changes_nothing(world: World) -> None:
    human = a_human(world)
    signed_in = human.signed_in()
    with world.database.writing() as session:
        accounts.sign_ins.end_all(session, human.account_id)
    with pytest.raises(NotSignedIn):
        signing_in.change_password(world.outside, signed_in, PASSWORD, OTHER_PASSWORD, HERE)
    assert human.sign_in()


def test_care_22_letters_and_events_carry_ids_only(world: World) -> None:
    invite(world)
    with world.database.reading() as session:
        rows = [repr(vars(row)) for row in session.scalars(select(LetterRow))]
    assert len(rows) == 1
    assert "example.org" not in rows[0]
