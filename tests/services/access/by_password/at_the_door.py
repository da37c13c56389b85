"""The first step of signing in, in tests."""

from __future__ import annotations

import pytest

from matcher.domain.errors import MatcherError
from matcher.services.access import signing_in
from matcher.services.access.signing_in import Opened, Origin
from tests.accounts import HERE, PASSWORD
from tests.builders import World

UNKNOWN = "nobody@example.org"


def give_password(
    world: World, email: str, password: str = PASSWORD, origin: Origin = HERE, *, code_optional: bool = False
) -> Opened:
    return signing_in.give_password(world.outside, email, password, origin, code_optional=code_optional)


def refusal_of(world: World, email: str, password: str, origin: Origin = HERE) -> MatcherError:
    with pytest.raises(MatcherError) as refusal:
        give_password(world, email, password, origin)
    return refusal.value
