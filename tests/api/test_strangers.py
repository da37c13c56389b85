"""Keys and links nobody was given, however they are written: refused, alike, and never a failure. More by FUZZ_REQUESTS."""

from __future__ import annotations

import os
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.domain.errors import NotSignedIn
from matcher.services.access import keys
from matcher.services.answers import answering
from matcher.services.my_pace import pause_links
from tests.api.conftest import NOW, World

MANY = settings(
    max_examples=int(os.environ.get("FUZZ_REQUESTS", "60")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
WRITTEN = st.one_of(st.text(max_size=80), st.from_regex(r"mk_[A-Za-z0-9_\-]{0,60}", fullmatch=True))


@MANY
@given(key=WRITTEN)
def test_a_key_nobody_was_given_is_refused(world: World, key: str) -> None:
    with world.outside.database.reading() as session:
        try:
            keys.authenticate(session, key, NOW)
        except NotSignedIn:
            return
    raise AssertionError(f"{key!r} let somebody in")


@MANY
@given(key=st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=60))
def test_whatever_the_header_holds_the_answer_is_401(world: World, key: str) -> None:
    answer = world.client.get("/v1/people", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


@MANY
@given(token=st.text(max_size=80))
def test_a_link_nobody_was_given_opens_nothing(world: World, token: str) -> None:
    with world.outside.database.writing() as session:
        assert answering.open_invitation(session, token, NOW) is None
        assert answering.answer(session, token, "accept", NOW) is None
        assert not pause_links.pause_by_link(session, token, NOW)


@MANY
@given(path=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_id_in_a_path_is_answered(world: World, path: str) -> None:
    answer = world.client.get(
        f"/v1/invitations/{quote(path, safe='')}", headers={"Authorization": "Bearer admin-a"}
    )
    assert answer.status_code in (308, 403, 404, 405), answer.status_code


def test_a_body_that_is_too_large_or_too_deep_is_refused_quickly(world: World) -> None:
    caller = {"Authorization": f"Bearer {world.admin.key}", "Content-Type": "application/json"}
    large = world.client.post("/v1/teams", data=b'{"name": "' + b"x" * (1 << 21) + b'"}', headers=caller)
    deep = world.client.post("/v1/teams", data=b"[" * 100_000 + b"]" * 100_000, headers=caller)
    assert (large.status_code, deep.status_code) == (413, 422)
