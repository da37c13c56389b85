"""The second step: codes by RFC 6238, each taken once, and recovery codes for a day without the app."""

from __future__ import annotations

import re
from base64 import b32encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.services.access import second_step
from matcher.services.access.second_step import STEP_SECONDS, step_of
from matcher.storage.tables import AccountRow, RecoveryCodeRow
from tests.accounts import Human, a_human
from tests.builders import World

RFC_SECRET = b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert step_of(RFC_SECRET, code, moment) == seconds // STEP_SECONDS


@given(st.integers(min_value=-5, max_value=5))
def test_a_code_is_good_for_one_step_each_way(steps: int) -> None:
    shown_at = datetime.fromtimestamp(1234567890, UTC)
    found = step_of(RFC_SECRET, "005924", shown_at + timedelta(seconds=steps * STEP_SECONDS))
    assert (found is not None) == (abs(steps) <= 1)


@pytest.mark.parametrize("typed", ["005 924", "００５９２４", " 005-924 "])
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    assert step_of(RFC_SECRET, typed, datetime.fromtimestamp(1234567890, UTC)) is not None


@pytest.mark.parametrize("typed", ["", "5924", "0059240", "٠٠٥٩٢٤", "零零五九二四", "x" * 10_000])
def test_anything_else_is_no_code(typed: str) -> None:
    assert step_of(RFC_SECRET, typed, datetime.fromtimestamp(1234567890, UTC)) is None


def _take(human: Human, code: str) -> bool:
    with human.world.database.writing() as session:
        account = session.get_one(AccountRow, human.account_id)
        return second_step.take(session, account, code, human.world.clock())


def test_a_code_is_taken_once_and_no_earlier_one_after_it(world: World) -> None:
    human = a_human(world)
    earlier = human.code(world.clock() - timedelta(seconds=STEP_SECONDS))
    now = human.code()
    assert _take(human, now)
    assert not _take(human, now)
    assert not _take(human, earlier)
    world.clock.advance(seconds=STEP_SECONDS)
    assert _take(human, human.code())


def test_a_recovery_code_is_taken_once_however_it_is_typed(world: World) -> None:
    human = a_human(world)
    with world.database.writing() as session:
        codes = second_step.new_recovery_codes(session, human.account_id)
    assert len(set(codes)) == second_step.RECOVERY_CODES
    assert all(re.fullmatch("([a-z2-7]{4}-){3}[a-z2-7]{4}", code) for code in codes)
    assert _take(human, codes[0].upper().replace("-", " "))
    assert not _take(human, codes[0])
    assert _take(human, codes[1])
    with world.database.reading() as session:
        assert second_step.recovery_codes_left(session, human.account_id) == len(codes) - 2


def test_new_recovery_codes_void_the_earlier_ones(world: World) -> None:
    human = a_human(world)
    with world.database.writing() as session:
        old = second_step.new_recovery_codes(session, human.account_id)
        second_step.new_recovery_codes(session, human.account_id)
    assert not _take(human, old[0])


def test_recovery_codes_belong_to_one_account(world: World) -> None:
    human, other = a_human(world), a_human(world, owner_id=world.a_caseworker().id, email="other@example.org")
    with world.database.writing() as session:
        codes = second_step.new_recovery_codes(session, human.account_id)
    assert not _take(other, codes[0])


def test_nothing_readable_is_kept_of_codes_and_secret(world: World) -> None:
    human = a_human(world)
    with world.database.writing() as session:
        codes = second_step.new_recovery_codes(session, human.account_id)
        kept = " ".join(row.code_hash for row in session.query(RecoveryCodeRow))
        sealed = session.connection().exec_driver_sql("select totp_secret, email from account").one()
    assert not any(code.replace("-", "") in kept for code in codes)
    assert human.secret not in sealed[0]
    assert "example.org" not in sealed[1]


def test_without_an_app_no_code_is_right(world: World) -> None:
    assert not _take(a_human(world, app=False), "000000")


def test_the_offered_secret_is_the_same_at_every_look_and_another_for_everybody_else(world: World) -> None:
    with world.database.reading() as session:
        first = second_step.enrolment(session, "link 1", "mori@example.org")
        again = second_step.enrolment(session, "link 1", "mori@example.org")
        other = second_step.enrolment(session, "link 2", "mori@example.org")
    assert first == again
    assert first.secret != other.secret
    assert len(first.secret) * 5 == second_step.SECRET_BYTES * 8
    parts = urlsplit(first.uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query) == {"secret": [first.secret], "issuer": ["Matcher"]}
