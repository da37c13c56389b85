"""Passwords: what is kept of them, which are taken, and that nobody's costs as much as somebody's."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from matcher.domain.errors import InvalidInput
from matcher.services.access import passwords

GOOD = "three quiet herons"


def test_what_is_kept_is_argon2id_at_the_stated_cost() -> None:
    found = extract_parameters(passwords.hashed(GOOD))
    assert found.type is Type.ID
    assert (found.memory_cost, found.time_cost, found.parallelism) == (
        passwords.MEMORY_KIB,
        passwords.PASSES,
        passwords.LANES,
    )


def test_only_the_right_password_fits() -> None:
    kept = passwords.hashed(GOOD)
    assert passwords.fits(GOOD, kept)
    assert not passwords.fits(GOOD + "!", kept)
    assert not passwords.fits("", kept)
    assert not passwords.fits(GOOD, "not a hash")


def test_equal_passwords_are_kept_differently() -> None:
    assert passwords.hashed(GOOD) != passwords.hashed(GOOD)


def test_nothing_fits_nobody() -> None:
    assert not passwords.fits("", None)
    assert not passwords.fits(GOOD, None)


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    assert passwords.fits("しずかなﾀﾞｲｺﾝ123", passwords.hashed("しずかなダイコン１２３"))


def test_a_longer_text_never_fits_by_being_cut() -> None:
    longest = (GOOD * 20)[: passwords.LENGTH_MAX]
    kept = passwords.hashed(longest)
    assert passwords.fits(longest, kept)
    assert not passwords.fits(longest + "x", kept)
    assert not passwords.fits(longest + "x" * 5000, kept)


def test_a_hash_of_another_cost_is_dated() -> None:
    assert not passwords.is_dated(passwords.hashed(GOOD))
    assert passwords.is_dated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD))


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short words",
        "111111111111111",
        "ababababababab",
        "mori.kaoru@example.org",
        "Mori.Kaoru@Example.org",
        "mori.kaoru.no.sato",
        "x y z " * 40,
    ],
)
def test_what_is_short_long_or_easily_guessed_is_refused(password: str) -> None:
    local = "mori.kaoru.no.sato" if "sato" in password else "mori.kaoru"
    with pytest.raises(InvalidInput) as refusal:
        passwords.check_new(password, f"{local}@example.org")
    assert refusal.value.problems[0].pointer == "/password"


@pytest.mark.parametrize("password", [GOOD, "静かな庭にさぎが三羽いました", "correct horse battery"])
def test_a_few_words_are_enough(password: str) -> None:
    passwords.check_new(password, "mori@example.org")
