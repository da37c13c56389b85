"""Signing in: both steps, what is refused, and that nobody can tell who has an account."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event

from matcher.domain.errors import InvalidInput, MatcherError, NotSignedIn, TooManyTries
from matcher.services.access import accounts, passwords, second_step, sign_ins, signing_in
from matcher.services.access.keys import Role
from matcher.services.access.sign_ins import CODE_DUE_WITHIN
from matcher.services.access.signing_in import FREE_FROM_EVERYWHERE, FREE_FROM_ONE_PLACE, Opened, Origin
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.tables import AccountRow, SignInRow
from tests.accounts import HERE, PASSWORD, THERE, a_human, who
from tests.builders import SECRET, World

UNKNOWN = "nobody@example.org"


@pytest.fixture
def world(sqlite_world: World) -> World:
    """One database is enough for rules; `each_world` and `postgres_world` stand where the database decides."""
    return sqlite_world


@pytest.fixture(params=["sqlite", "postgres"])
def each_world(request: pytest.FixtureRequest) -> World:
    made: World = request.getfixturevalue(f"{request.param}_world")
    return made


def give_password(
    world: World, email: str, password: str = PASSWORD, origin: Origin = HERE, *, code_optional: bool = False
) -> Opened:
    return signing_in.give_password(world.outside, email, password, origin, code_optional=code_optional)


def refusal_of(world: World, email: str, password: str, origin: Origin = HERE) -> MatcherError:
    with pytest.raises(MatcherError) as refusal:
        give_password(world, email, password, origin)
    return refusal.value


def test_password_and_code_make_a_caller_of_the_right_role(each_world: World) -> None:
    world = each_world
    organisation = world.an_organisation()
    for role, owner_id in (
        (Role.admin, world.admins[0]),
        (Role.organisation, organisation),
        (Role.caseworker, world.caseworker.id),
    ):
        human = a_human(world, role, owner_id, email=f"{role}@example.org")
        found = who(world, human.sign_in())
        assert found is not None
        assert (found.caller.role, found.caller.id, found.caller.name) == (
            role,
            owner_id,
            f"{role}:{owner_id}",
        )
        assert found.caller.team_id == (world.caseworker.team_id if role is Role.caseworker else None)


def test_the_address_may_be_typed_in_capitals(world: World) -> None:
    human = a_human(world)
    human.email = " Mori@Example.ORG "
    assert who(world, human.sign_in()) is not None


def test_the_password_alone_opens_nothing(world: World) -> None:
    token = a_human(world).half_way()
    assert who(world, token) is None


def test_the_half_way_token_is_good_for_nothing_after_the_code(world: World) -> None:
    human = a_human(world)
    half_way = human.half_way()
    opened = signing_in.give_code(world.outside, half_way, human.code(), HERE)
    assert opened.token != half_way
    assert who(world, opened.token) is not None
    assert who(world, half_way) is None
    world.clock.advance(minutes=1)
    with pytest.raises(NotSignedIn):
        signing_in.give_code(world.outside, half_way, human.code(), HERE)


def test_the_code_is_due_within_minutes(world: World) -> None:
    human = a_human(world)
    half_way = human.half_way()
    world.clock.advance(seconds=CODE_DUE_WITHIN.total_seconds() + 1)
    with pytest.raises(NotSignedIn):
        signing_in.give_code(world.outside, half_way, human.code(), HERE)


def test_a_code_seen_over_the_shoulder_is_good_no_more(world: World) -> None:
    human = a_human(world)
    code, half_way, other = human.code(), human.half_way(), human.half_way(THERE)
    signing_in.give_code(world.outside, half_way, code, HERE)
    with pytest.raises(InvalidInput) as refusal:
        signing_in.give_code(world.outside, other, code, THERE)
    assert refusal.value.problems[0].pointer == "/code"


def test_a_recovery_code_stands_in_for_the_app_once(world: World) -> None:
    human = a_human(world)
    with world.database.writing() as session:
        code = second_step.new_recovery_codes(session, human.account_id)[0]
    assert signing_in.give_code(world.outside, human.half_way(), code, HERE).token
    with pytest.raises(InvalidInput):
        signing_in.give_code(world.outside, human.half_way(), code, HERE)


def test_without_an_app_only_the_embedded_mode_lets_in(world: World) -> None:
    human = a_human(world, app=False)
    assert str(refusal_of(world, human.email, PASSWORD)) == str(refusal_of(world, human.email, "wrong"))
    opened = give_password(world, human.email, code_optional=True)
    assert not opened.needs_code
    assert who(world, opened.token) is not None


def test_an_app_once_connected_is_needed_everywhere(world: World) -> None:
    opened = give_password(world, a_human(world).email, code_optional=True)
    assert opened.needs_code
    assert who(world, opened.token) is None


def test_every_refusal_of_a_password_reads_the_same(world: World) -> None:
    human = a_human(world)
    invited = "invited@example.org"
    with world.database.writing() as session:
        accounts.invite(session, Role.caseworker, world.a_caseworker().id, invited, world.clock())
    said = {
        (type(refusal), str(refusal))
        for refusal in (
            refusal_of(world, human.email, "another password"),
            refusal_of(world, UNKNOWN, PASSWORD),
            refusal_of(world, invited, ""),
            refusal_of(world, "", ""),
            refusal_of(world, "x" * 8000, "y" * 8000),
        )
    }
    assert len(said) == 1


def test_waiting_begins_at_the_same_try_for_known_and_unknown(world: World) -> None:
    human = a_human(world)
    courses = []
    for email in (human.email, UNKNOWN):
        refusals = [refusal_of(world, email, "wrong password") for _ in range(FREE_FROM_ONE_PLACE + 2)]
        courses.append([(type(one), str(one), getattr(one, "until", None)) for one in refusals])
    assert courses[0] == courses[1]
    assert [kind for kind, _, _ in courses[0]] == [NotSignedIn] * FREE_FROM_ONE_PLACE + [TooManyTries] * 2


def test_while_waiting_even_the_right_password_is_not_looked_at(world: World) -> None:
    human = a_human(world)
    for _ in range(FREE_FROM_ONE_PLACE):
        refusal_of(world, human.email, "wrong password")
    refusal = refusal_of(world, human.email, PASSWORD)
    assert isinstance(refusal, TooManyTries)
    world.clock.now = refusal.until
    assert who(world, human.sign_in()) is not None


def test_somebody_elses_tries_from_afar_do_not_keep_the_owner_out(world: World) -> None:
    human = a_human(world)
    for _ in range(FREE_FROM_ONE_PLACE + 5):
        refusal_of(world, human.email, "wrong password", THERE)
    assert who(world, human.sign_in(HERE)) is not None


def test_many_places_together_wait_as_well(world: World) -> None:
    human = a_human(world)
    for number in range(FREE_FROM_EVERYWHERE):
        refusal_of(world, human.email, "wrong password", Origin(f"203.0.113.{number}", ""))
    assert isinstance(refusal_of(world, human.email, PASSWORD, Origin("203.0.113.250", "")), TooManyTries)


def test_codes_cannot_be_guessed_without_waiting(world: World) -> None:
    human = a_human(world)
    half_way = human.half_way()
    wrong = "000000" if human.code() != "000000" else "000001"
    kinds = []
    for _ in range(FREE_FROM_ONE_PLACE):
        with pytest.raises(MatcherError) as refusal:
            signing_in.give_code(world.outside, half_way, wrong, HERE)
        kinds.append(type(refusal.value))
    assert kinds == [InvalidInput] * FREE_FROM_ONE_PLACE
    with pytest.raises(TooManyTries):
        signing_in.give_code(world.outside, half_way, human.code(), HERE)


def test_the_right_password_does_not_buy_more_codes(world: World) -> None:
    human = a_human(world)
    for _ in range(FREE_FROM_ONE_PLACE):
        with pytest.raises(InvalidInput):
            signing_in.give_code(world.outside, human.half_way(), "abc", HERE)
    with pytest.raises(TooManyTries):
        signing_in.give_code(world.outside, human.half_way(), human.code(), HERE)


def test_signing_in_takes_the_count_back(world: World) -> None:
    human = a_human(world)
    for _ in range(3):
        for _ in range(FREE_FROM_ONE_PLACE - 1):
            refusal_of(world, human.email, "wrong password")
        human.sign_in()


def test_known_and_unknown_cost_the_same_work(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    human = a_human(sqlite_world)
    checked: list[str] = []
    real = passwords._hasher().verify
    monkeypatch.setattr(
        type(passwords._hasher()),
        "verify",
        lambda _self, kept, text: (checked.append(kept), real(kept, text))[1],
    )
    courses = []
    for email in (human.email, UNKNOWN):
        said: list[str] = []

        def note(_c: object, _u: object, statement: str, *_more: object, said: list[str] = said) -> None:
            said.append(statement)

        event.listen(sqlite_world.database.engine, "before_cursor_execute", note)
        refusal_of(sqlite_world, email, "wrong password")
        event.remove(sqlite_world.database.engine, "before_cursor_execute", note)
        courses.append(said)
    assert courses[0] == courses[1]
    assert len(courses[0]) > 3
    costs = [kept.rsplit("$", 2)[0] for kept in checked]
    assert costs == [costs[0]] * 2


def test_known_and_unknown_take_the_same_time_within_reason(sqlite_world: World) -> None:
    human = a_human(sqlite_world)
    took: dict[str, list[float]] = {human.email: [], UNKNOWN: []}
    for number in range(9):
        for email, times in took.items():
            begun = time.perf_counter()
            refusal_of(sqlite_world, email, "wrong password", Origin(f"192.0.2.{number}", ""))
            times.append(time.perf_counter() - begun)
    known, unknown = (statistics.median(times) for times in took.values())
    assert (
        0.5 < known / unknown < 2
    )  # one argon2id and a few statements each; nothing at all would be a twentieth


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
