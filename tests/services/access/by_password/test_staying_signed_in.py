"""What a sign-in is kept as, how long it lasts, and who ends it."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from matcher.domain.errors import InvalidInput, NotSignedIn
from matcher.services.access import passwords, sign_ins, signing_in
from matcher.services.access.keys import Role
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.tables import AccountRow, SignInRow
from tests.accounts import HERE, PASSWORD, THERE, a_human, who
from tests.builders import SECRET, World
from tests.services.access.by_password.at_the_door import give_password


def test_tokens_are_long_random_and_kept_as_hashes_only(world: World) -> None:
    tokens = {a_human(world).sign_in()}
    with world.database.reading() as session:
        row = session.query(SignInRow).one()
    assert all(len(token) * 6 >= 128 for token in tokens)
    assert row.token_hash not in tokens
    assert not any(token in repr(vars(row)) for token in tokens)


def test_a_token_from_elsewhere_is_never_taken_over(world: World) -> None:
    human = a_human(world)
    planted = "A" * 32
    with pytest.raises(NotSignedIn):
        signing_in.give_code(world.outside, planted, human.code(), HERE)
    assert human.sign_in() != planted
    assert who(world, planted) is None


def test_fresh_codes_are_asked_again_before_grave_things(world: World) -> None:
    human = a_human(world)
    token = human.sign_in()
    world.clock.advance(minutes=10)
    signed_in = who(world, token)
    assert signed_in is not None
    assert not signed_in.is_fresh(world.clock())
    with pytest.raises(InvalidInput):
        signing_in.prove_again(world.outside, signed_in, "abc", HERE)
    rotated = signing_in.prove_again(world.outside, signed_in, human.code(), HERE).token
    assert who(world, token) is None
    again = who(world, rotated)
    assert again is not None
    assert again.is_fresh(world.clock())


def test_without_an_app_the_password_is_asked_again(world: World) -> None:
    human = a_human(world, app=False)
    signed_in = who(world, give_password(world, human.email, code_optional=True).token)
    assert signed_in is not None
    world.clock.advance(minutes=11)
    with pytest.raises(InvalidInput):
        signing_in.prove_again(world.outside, signed_in, "wrong password", HERE)
    assert signing_in.prove_again(world.outside, signed_in, PASSWORD, HERE).token


def test_an_old_hash_is_renewed_by_signing_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PASSES", 1)
    passwords._hasher.cache_clear()
    human = a_human(world)
    monkeypatch.undo()
    passwords._hasher.cache_clear()
    human.sign_in()
    with world.database.reading() as session:
        kept = session.get_one(AccountRow, human.account_id).password_hash
    assert kept is not None
    assert f"t={passwords.PASSES}," in kept


def _with_keys(world: World, *secrets: str) -> None:
    """The same database under other keys, as after a restart."""
    database = Database(world.database.url.render_as_string(hide_password=False), Keyring(secrets))
    world.database.close()
    object.__setattr__(world.outside, "database", database)


def test_accounts_outlive_a_change_of_keys(sqlite_world: World) -> None:
    world, newer = sqlite_world, Fernet.generate_key().decode()
    human = a_human(world)
    token = human.sign_in()
    _with_keys(world, newer, SECRET)
    assert who(world, token) is not None
    human.sign_in()
    with world.database.reading() as session:
        account = session.get_one(AccountRow, human.account_id)
    assert account.email_fingerprint == Keyring((newer,)).fingerprint(f"account\0{human.email}")


def test_idle_and_old_sign_ins_end_by_themselves(world: World) -> None:
    human = a_human(world)
    token = human.sign_in()
    world.clock.advance(seconds=sign_ins.IDLE_AT_MOST.total_seconds() - 61)
    found = who(world, token)
    assert found is not None
    with world.database.writing() as session:
        sign_ins.touch(session, found.id, world.clock())
    world.clock.advance(hours=11)
    assert who(world, token) is not None
    world.clock.advance(hours=2)
    assert who(world, token) is None


def test_however_busy_a_sign_in_ends_after_a_week(world: World) -> None:
    token = a_human(world).sign_in()
    for _ in range(7 * 4):
        found = who(world, token)
        assert found is not None
        world.clock.advance(hours=6)
        with world.database.writing() as session:
            sign_ins.touch(session, found.id, world.clock())
    assert who(world, token) is None


def test_ended_sign_ins_are_not_kept(world: World) -> None:
    human = a_human(world)
    human.sign_in()
    world.clock.advance(hours=13)
    human.sign_in()
    with world.database.reading() as session:
        assert session.query(SignInRow).count() == 1


def test_signing_out_ends_one_browser_or_all(each_world: World) -> None:
    world = each_world
    human = a_human(world)
    here, there = human.sign_in(HERE), human.sign_in(THERE)
    found = who(world, here)
    assert found is not None
    with world.database.reading() as session:
        listed = [row.browser for row in sign_ins.in_use(session, human.account_id, world.clock())]
    assert listed == [THERE.browser, HERE.browser]
    with world.database.writing() as session:
        sign_ins.end(session, human.account_id, found.id)
    assert who(world, here) is None
    assert who(world, there) is not None
    with world.database.writing() as session:
        sign_ins.end_all(session, human.account_id)
    assert who(world, there) is None


def test_nobody_signs_another_one_out(world: World) -> None:
    human, other = a_human(world), a_human(world, Role.admin, email="admin@example.org")
    found = who(world, token := human.sign_in())
    assert found is not None
    with world.database.writing() as session:
        sign_ins.end(session, other.account_id, found.id)
        sign_ins.end_all(session, other.account_id)
    assert who(world, token) is not None


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_two_words(user_agent: str, name: str) -> None:
    assert sign_ins.browser_name(user_agent) == name


def test_freshness_ends_after_ten_minutes(world: World) -> None:
    signed_in = a_human(world).signed_in()
    assert signed_in.is_fresh(signed_in.proven_at + timedelta(minutes=10))
    assert not signed_in.is_fresh(signed_in.proven_at + timedelta(minutes=10, seconds=1))


def test_two_at_once_with_one_code_are_one(postgres_world: World) -> None:
    human = a_human(postgres_world)
    tokens, code = [human.half_way(), human.half_way()], human.code()
    let_in: list[str] = []

    def give(token: str) -> None:
        with contextlib.suppress(InvalidInput):
            let_in.append(signing_in.give_code(postgres_world.outside, token, code, HERE).token)

    threads = [threading.Thread(target=give, args=[token]) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(let_in) == 1
